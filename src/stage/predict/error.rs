//! What can go wrong, what is set aside, and what the user should be warned of. Words for people live in `ui/text`.

use serde::{Deserialize, Serialize};

use super::frame::ColumnKind;
use super::model::{FitCheck, ModelKind};
use crate::base::monitor::Cancelled;

pub type Result<T> = std::result::Result<T, PredictError>;

#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum PredictError {
    #[error("cancelled")]
    Cancelled,
    #[error("the table could not be read: {message}")]
    Table { message: String },
    #[error("no column named {column:?}")]
    NoColumn { column: String },
    #[error("two columns are named {column:?}")]
    TwoColumns { column: String },
    #[error("no row has a value in {column:?}")]
    TargetEmpty { column: String },
    #[error("every row of {column:?} says {value:?}")]
    TargetConstant { column: String, value: String },
    #[error("{column:?} has {classes} classes; two are needed")]
    TargetManyClasses { column: String, classes: usize },
    #[error("{column:?} has no class {class:?}")]
    TargetNoClass { column: String, class: String },
    #[error("{column:?} is {kind:?}, which cannot be predicted as a number")]
    TargetNotNumber { column: String, kind: ColumnKind },
    #[error("{column:?} holds numbers beyond 1e150")]
    TargetOutOfRange { column: String },
    #[error("{labels} labels for {rows} rows")]
    LabelCount { labels: usize, rows: usize },
    #[error("no usable feature is left")]
    NoFeatures { set_aside: Vec<SetAside> },
    #[error("{rows} rows, at least {needed} are needed")]
    TooFewRows { rows: usize, needed: usize },
    #[error("class {class:?} has {count} rows, at least {needed} are needed")]
    TooFewOfClass { class: String, count: usize, needed: usize },
    #[error("{features} columns for {rows} rows: ordinary least squares has no unique answer")]
    MoreFeaturesThanRows { features: usize, rows: usize },
    #[error("{kind:?} cannot be fitted: its target must be yes or no")]
    NeedsYesNo { kind: ModelKind },
    #[error("{kind:?} has no row-by-row explanation")]
    NotExplained { kind: ModelKind },
    #[error("learning rate {learning_rate} diverged at epoch {epoch}; below {largest} it converges")]
    Diverged { epoch: usize, learning_rate: f64, largest: f64 },
    #[error("the numbers ran out of range while fitting")]
    Numerical,
    #[error("setting {field:?} is out of range: {message}")]
    Recipe { field: String, message: String },
    #[error("the table does not fit the model")]
    DoesNotFit { check: Box<FitCheck> },
    #[error("row {row} is beyond the {rows} rows")]
    NoRow { row: usize, rows: usize },
    #[error("the stored model cannot be read: {message}")]
    Stored { message: String },
}

impl From<Cancelled> for PredictError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<polars::error::PolarsError> for PredictError {
    fn from(error: polars::error::PolarsError) -> Self {
        Self::Table { message: error.to_string() }
    }
}

impl PredictError {
    pub(super) fn recipe(field: &str, message: impl Into<String>) -> Self {
        Self::Recipe { field: field.into(), message: message.into() }
    }
}

/// A column that is not used, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetAside {
    pub column: String,
    pub reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The recipe excludes it or does not list it.
    NotChosen,
    /// Free text: long or hardly ever the same twice.
    Text,
    /// A name of the row rather than a property of it.
    IdLike,
    /// The same value in every row.
    Constant,
    /// No value in any row.
    Empty,
    /// A date or time; used to split by time, not to predict.
    Time,
    /// Text that is mostly numbers: mend the column's type first.
    NumbersAsText { share: f64 },
    /// Numbers beyond 1e150 in size.
    OutOfRange,
    /// A type of column that no model reads.
    Unsupported { dtype: String },
}

/// Something found on the way that the user should know; the result stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum Warning {
    /// This column alone predicts the target perfectly.
    Leak {
        column: String,
        how: Leak,
    },
    /// Rows without a target value were left out.
    RowsWithoutTarget {
        rows: usize,
    },
    /// Infinite numbers were read as missing.
    Infinite {
        column: String,
        values: usize,
    },
    /// Only the most frequent `kept` of `levels` categories have a column of their own.
    ManyLevels {
        column: String,
        levels: usize,
        kept: usize,
    },
    /// The column is a combination of `with` and was dropped from this model.
    Collinear {
        model: ModelKind,
        column: String,
        with: Vec<String>,
    },
    /// The classes are separated perfectly; the model was fitted with a penalty and has no standard errors.
    Separation {
        model: ModelKind,
        columns: Vec<String>,
        complete: bool,
    },
    /// Too few rows for plain maximum likelihood; the model was fitted with a penalty and has no standard errors.
    Penalised {
        model: ModelKind,
        columns: usize,
        rows: usize,
    },
    NotConverged {
        model: ModelKind,
        after: usize,
    },
    /// The data ends before the days to be predicted are over: late ones are not known yet.
    NotCovered {
        days: u32,
        covered: f64,
    },
    /// The model learned from a seeded sample, because of its limit of rows.
    Sampled {
        model: ModelKind,
        rows: usize,
        of: usize,
    },
}

/// How a single column gives the target away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leak {
    /// A threshold on it separates yes from no without a mistake.
    Threshold,
    /// Each of its categories has one outcome only.
    Levels,
    /// It is there exactly when the target is yes (or no).
    Missing,
    /// The target is a straight line of it.
    Line,
    /// It puts the rows in the same order as the target.
    Order,
}
