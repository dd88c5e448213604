//! Claims of fact in product copy, in English and Chinese: numbers with units, prices, percentages,
//! certifications, brands; and whether a product's sheet supports them.
//!
//! The fact lock uses this while a draft is written, the checker afterwards: what one lets through the
//! other accepts.

mod claim;
mod fold;
mod form;
mod number;
mod sheet;
mod unit;
mod word;

pub use claim::{Claim, Quantity, claims};
pub use fold::Folded;
pub use sheet::{Allowed, FactSheet};
pub use unit::{Dimension, Unit};

use serde::{Deserialize, Serialize};

/// The language of a piece of copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    English,
    Chinese,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// A number, alone or with a unit.
    Number,
    Price,
    Percent,
    /// A seal, a standard, or a word that only a test or an office may give.
    Certification,
    Brand,
}
