//! Why cleaning stopped.

use crate::base::Cancelled;
use crate::stage::data::cell::{ConditionError, WrongColumn};
use crate::stage::data::schema::ColumnType;

/// What is wrong with one step on one table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Column(#[from] WrongColumn),
    /// The column's cells are of `found`, with which the step can do nothing.
    #[error("{column}: a step that does not fit {}", .found.key())]
    WrongType { column: String, found: ColumnType },
    #[error("bad setting {setting}: {value}")]
    BadSetting { setting: &'static str, value: String },
    /// A column with that name is there already.
    #[error("a second column named {name}")]
    NameTaken { name: String },
    /// Every date can be read as day first and as month first.
    #[error("{column}: {example} can be day or month first")]
    AmbiguousDates { column: String, example: String },
    /// There is no value to compute the fill, fence or scale from.
    #[error("{column}: no values to compute from")]
    NoValues { column: String },
    /// No row, or no column, would stay.
    #[error("nothing left")]
    NothingLeft,
    /// The table library refused.
    #[error("{what}")]
    Table { what: String },
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CleanError {
    /// `step` counts from 0 over all steps, those switched off included.
    #[error("step {}: {why}", step + 1)]
    Step { step: usize, why: StepError },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Inside a step: either of the two.
#[derive(Debug)]
pub(super) enum Stop {
    Why(StepError),
    Cancelled(Cancelled),
}

impl Stop {
    pub(super) fn at(self, step: usize) -> CleanError {
        match self {
            Self::Why(why) => CleanError::Step { step, why },
            Self::Cancelled(c) => CleanError::Cancelled(c),
        }
    }
}

impl<E: Into<StepError>> From<E> for Stop {
    fn from(why: E) -> Self {
        Self::Why(why.into())
    }
}

impl From<Cancelled> for Stop {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl From<polars::prelude::PolarsError> for StepError {
    fn from(error: polars::prelude::PolarsError) -> Self {
        Self::Table { what: error.to_string() }
    }
}

impl From<ConditionError> for Stop {
    fn from(error: ConditionError) -> Self {
        match error {
            ConditionError::Column(e) => Self::Why(e.into()),
            ConditionError::Unfit { column, found } => Self::Why(StepError::WrongType { column, found }),
            ConditionError::Cancelled(c) => Self::Cancelled(c),
        }
    }
}
