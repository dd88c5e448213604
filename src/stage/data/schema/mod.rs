//! What a table is about and what its columns mean, found from their names and values.

mod guess;
mod types;

pub use guess::{Guess, KindReason, RoleGuess, RoleReason};
pub use types::{ColumnType, EventWord};
