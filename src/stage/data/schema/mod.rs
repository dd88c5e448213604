//! What a table is about and what its columns mean, found from their names and values.

mod guess;
mod types;
pub mod value;
pub mod when;
mod words;

pub use guess::{ColumnSample, Given, Guess, KindReason, RoleGuess, RoleReason, guess};
pub use types::{ColumnType, EventWord};
pub use words::{event_code, known_event, knows_name};
