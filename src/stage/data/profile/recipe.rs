//! What a profile looks at.

use crate::base::Cancelled;
use crate::base::time::Moment;
use serde::{Deserialize, Serialize};

/// Everything that decides a profile besides the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileRecipe {
    /// Rows after this day are in the future. Not given: no row is.
    pub today: Option<Moment>,
    /// How many of the most frequent values are listed, 1 to 1,000.
    pub top_values: u32,
    /// At most so many bars in a histogram, 2 to 1,000.
    pub max_bins: u32,
    /// Distinct values a column counted exactly, 256 to 4,194,304; all columns together have four times as many.
    pub exact_values: u32,
    /// Rows compared exactly in the search for duplicates, and rows that Spearman's correlation is computed from.
    pub exact_rows: u32,
    pub sample_rows: u32,
}

impl Default for ProfileRecipe {
    fn default() -> Self {
        Self {
            today: None,
            top_values: 20,
            max_bins: 60,
            exact_values: 1 << 20,
            exact_rows: 1 << 24,
            sample_rows: 100_000,
        }
    }
}

impl ProfileRecipe {
    pub fn check(&self) -> Result<(), ProfileError> {
        let limits = [
            ("top_values", self.top_values, 1, 1000),
            ("max_bins", self.max_bins, 2, 1000),
            ("exact_values", self.exact_values, 256, 1 << 22),
            ("exact_rows", self.exact_rows, 256, 1 << 28),
            ("sample_rows", self.sample_rows, 256, 1 << 22),
        ];
        match limits.iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            Some(&(setting, value, low, high)) => Err(ProfileError::BadSetting { setting, value, low, high }),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProfileError {
    #[error("{setting} is {value}, not from {low} to {high}")]
    BadSetting { setting: &'static str, value: u32, low: u32, high: u32 },
    /// A chunk of the table could not be had.
    #[error("chunk {chunk}: {what}")]
    Source { chunk: u64, what: String },
    /// A chunk lacks a column, or holds it as another type than the first chunk.
    #[error("chunk {chunk}: column {column} is missing or of another type")]
    UnlikeChunk { chunk: u64, column: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
