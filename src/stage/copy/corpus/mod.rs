//! The corpus of the house model: categories, written examples with named slots, made-up product sheets.
//!
//! `parse` reads it, `validate` checks it, `sheets` makes products up, `blend` makes new texts of written ones, `assemble`
//! of `parts`, `listing` makes plain ones of its own, `task` joins all into training text.

mod assemble;
mod blend;
mod listing;
pub mod names;
pub mod parse;
pub mod parts;
pub mod sheets;
pub mod task;
pub mod validate;

pub use parse::{Attribute, AttributeKind, Category, Corpus, CorpusError, Example, Slot};
