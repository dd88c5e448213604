//! What can be wrong with a table, each with what is known of it. The words live in `ui/text`.

use crate::stage::data::cell::Value;
use crate::stage::data::clean::CleanAction;
use crate::stage::data::kind::Role;
use crate::stage::data::schema::ColumnType;
use serde::{Deserialize, Serialize};

/// A problem, how bad it is, and the steps that repair it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub problem: Problem,
    /// Rows it touches.
    pub rows: u64,
    /// From 0 to 1; the list is ordered by it.
    pub severity: f32,
    /// To be added to a recipe together, in this order. Empty: nothing can be done to the table.
    pub repair: Vec<CleanAction>,
}

/// Spellings of one thing with their rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantGroup {
    pub keep: String,
    pub keep_rows: u64,
    pub variants: Vec<(String, u64)>,
}

/// An id and some of its names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamePair {
    pub id: Value,
    pub names: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Problem {
    NoRows,
    /// Rows without a customer.
    MissingUser {
        column: String,
    },
    /// Cells without which a row of this kind of table says little.
    MissingValues {
        column: String,
        role: Role,
    },
    MostlyMissing {
        column: String,
        share: f64,
    },
    /// One value in every row.
    ConstantColumn {
        column: String,
        value: Value,
    },
    /// Rows that repeat another one. `exact` is false for an estimate.
    ExactDuplicates {
        exact: bool,
    },
    /// An id that should be of one row each is in several: products, users.
    RepeatedId {
        column: String,
    },
    /// The groups with the most rows to change first, at most 50 of `count`.
    SpellingVariants {
        column: String,
        groups: Vec<VariantGroup>,
        count: u64,
    },
    UntidySpaces {
        column: String,
    },
    /// Words that stand for nothing, such as N/A.
    PlaceholderWords {
        column: String,
        words: Vec<String>,
    },
    NumbersAsText {
        column: String,
        to: ColumnType,
        unreadable: u64,
    },
    DatesAsText {
        column: String,
        to: ColumnType,
        unreadable: u64,
    },
    /// Beyond 3 · IQR from the quartiles.
    FarOutliers {
        column: String,
        low: f64,
        high: f64,
        below: u64,
        above: u64,
    },
    InfiniteNumbers {
        column: String,
    },
    NegativeQuantity {
        column: String,
    },
    NegativePrice {
        column: String,
    },
    ZeroPrice {
        column: String,
    },
    /// A rating or age that there is not.
    OutOfRange {
        column: String,
        low: f64,
        high: f64,
    },
    FutureDates {
        column: String,
        last: Value,
    },
    /// 1970-01-01, which stands for a time that was never set.
    UnsetDates {
        column: String,
    },
    TimeGaps {
        column: String,
        days: u64,
        longest_from: Value,
        longest_to: Value,
    },
    /// `ids` of `checked` ids stand beside several names.
    IdWithManyNames {
        id: String,
        column: String,
        ids: u64,
        checked: u64,
        examples: Vec<NamePair>,
    },
    /// Rows in Chinese characters and rows in Latin letters.
    MixedLanguages {
        column: String,
        chinese: u64,
        latin: u64,
    },
}

impl Problem {
    /// How bad it is when every row has it, 0 to 1: figures go wrong, figures are bent, groups fall apart, a note.
    pub(super) fn weight(&self) -> f32 {
        use Problem::*;
        match self {
            NoRows | MissingUser { .. } | FutureDates { .. } => 1.0,
            NumbersAsText { .. } | DatesAsText { .. } | RepeatedId { .. } => 0.9,
            ExactDuplicates { .. } | NegativeQuantity { .. } | NegativePrice { .. } | UnsetDates { .. } => 0.8,
            FarOutliers { .. } | InfiniteNumbers { .. } | OutOfRange { .. } | MissingValues { .. } => 0.7,
            SpellingVariants { .. } | IdWithManyNames { .. } | PlaceholderWords { .. } | ZeroPrice { .. } => 0.6,
            UntidySpaces { .. } => 0.5,
            TimeGaps { .. } => 0.3,
            MostlyMissing { .. } | ConstantColumn { .. } | MixedLanguages { .. } => 0.2,
        }
    }

    /// The column it is about.
    pub fn column(&self) -> Option<&str> {
        use Problem::*;
        match self {
            NoRows | ExactDuplicates { .. } => None,
            MissingUser { column }
            | MissingValues { column, .. }
            | MostlyMissing { column, .. }
            | ConstantColumn { column, .. }
            | RepeatedId { column }
            | SpellingVariants { column, .. }
            | UntidySpaces { column }
            | PlaceholderWords { column, .. }
            | NumbersAsText { column, .. }
            | DatesAsText { column, .. }
            | FarOutliers { column, .. }
            | InfiniteNumbers { column }
            | NegativeQuantity { column }
            | NegativePrice { column }
            | ZeroPrice { column }
            | OutOfRange { column, .. }
            | FutureDates { column, .. }
            | UnsetDates { column }
            | TimeGaps { column, .. }
            | IdWithManyNames { column, .. }
            | MixedLanguages { column, .. } => Some(column),
        }
    }
}
