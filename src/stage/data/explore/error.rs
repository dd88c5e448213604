//! Why there is no chart.

use crate::base::Cancelled;
use crate::stage::data::cell::{ConditionError, WrongColumn};
use crate::stage::data::schema::ColumnType;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChartError {
    /// No column is chosen for this place.
    #[error("no column chosen for {setting}")]
    NotChosen { setting: &'static str },
    #[error("bad setting {setting}: {value}")]
    BadSetting { setting: &'static str, value: String },
    #[error(transparent)]
    Column(#[from] WrongColumn),
    /// The column's cells are of `found`, which cannot be drawn so.
    #[error("{column}: {} cells where {needed} are needed", .found.key())]
    WrongType { column: String, found: ColumnType, needed: &'static str },
    /// A filter that does not fit its column.
    #[error("{column}: a filter that does not fit {}", .found.key())]
    WrongFilter { column: String, found: ColumnType },
    /// No row with a value passes the filters.
    #[error("no rows to draw")]
    NoRows,
    /// The time axis would have more than `limit` steps: a coarser grain or a filter on the time is needed.
    #[error("{steps} steps of time, over the limit of {limit}")]
    TooFine { steps: u64, limit: u64 },
    /// The table library refused.
    #[error("{what}")]
    Table { what: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<ConditionError> for ChartError {
    fn from(error: ConditionError) -> Self {
        match error {
            ConditionError::Column(e) => Self::Column(e),
            ConditionError::Unfit { column, found } => Self::WrongFilter { column, found },
            ConditionError::Cancelled(c) => Self::Cancelled(c),
        }
    }
}

impl From<polars::prelude::PolarsError> for ChartError {
    fn from(error: polars::prelude::PolarsError) -> Self {
        Self::Table { what: error.to_string() }
    }
}
