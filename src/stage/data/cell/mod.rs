//! The cells of a table as the six types a table knows, and conditions on them.
//! Shared by profile, cleaning and charts.

mod cells;
mod condition;
mod value;

pub use cells::{Cells, WrongColumn, cells};
pub use condition::{Condition, ConditionError, Test, rows_that};
pub use value::Value;
