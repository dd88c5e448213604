//! The cells of a table as the six types a table knows, and conditions on them.
//! Shared by profile, cleaning and charts.

mod cells;
mod codes;
mod condition;
mod hash;
mod value;

pub use cells::{Cells, WrongColumn, cells};
pub(crate) use codes::{Codes, LOOK_EVERY, MISSING, series_of};
pub use condition::{Condition, ConditionError, Test, rows_that};
pub(crate) use hash::{ROW_SEED, from_order_key, hash_number, hash_rows, hash_text, mix, order_key, same_cell};
pub(crate) use value::DAY_MS;
pub use value::Value;
