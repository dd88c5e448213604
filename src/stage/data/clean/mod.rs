//! Cleaning as a recipe over untouched source data: steps in order, each with an account of what it changed.

mod change;
mod error;
mod missing;
pub(crate) mod outliers;
pub(crate) mod parse;
mod recipe;
mod rows;
mod run;
mod scale;
pub(crate) mod spelling;
mod text;
mod types;

pub use change::{CellChange, DroppedRow};
pub use error::{CleanError, StepError};
pub use recipe::{CleanAction, CleanRecipe, CleanStep, Fence, Fill, Keep, SpellingGroup};
pub use run::{StepReport, clean};
pub(crate) use text::is_untidy;

#[cfg(test)]
mod tests;
