//! What a profile says.

use super::correlation::Correlations;
use super::days::Coverage;
use super::distinct::Distinct;
use super::duplicates::Duplicates;
use super::histogram::Histogram;
use super::problem::Finding;
use crate::stage::data::cell::Value;
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::ColumnType;
use serde::{Deserialize, Serialize};

/// The parts in 0..=1 that quantiles are given for.
pub const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub kind: Option<TableKind>,
    pub rows: u64,
    pub columns: Vec<ColumnProfile>,
    pub duplicates: Duplicates,
    /// Of the columns of numbers that are no ids.
    pub correlations: Correlations,
    /// Worst first.
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    pub name: String,
    pub role: Role,
    /// Nothing for a type that tables do not have; then nothing else is known of the column.
    #[serde(rename = "type")]
    pub column_type: Option<ColumnType>,
    pub rows: u64,
    /// NaN included.
    pub missing: u64,
    pub distinct: Distinct,
    /// Most frequent first; empty when too many values came to count any of them exactly and none stood out.
    pub top: Vec<TopValue>,
    /// Whether the counts in `top` are exact; otherwise they are at most a little low.
    pub top_exact: bool,
    /// The first few different values, in the order of the rows.
    pub examples: Vec<Value>,
    /// Of integers and decimals that are no ids.
    pub numbers: Option<NumberProfile>,
    /// Of texts.
    pub texts: Option<TextProfile>,
    /// Of dates and times.
    pub times: Option<TimeProfile>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopValue {
    pub value: Value,
    pub count: u64,
}

/// Of the finite numbers of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberProfile {
    pub count: u64,
    /// Left out of everything else.
    pub infinite: u64,
    pub min: f64,
    pub max: f64,
    /// At [`QUANTILES`], type 7 (linear between neighbours).
    pub quantiles: [f64; 7],
    /// Whether quantiles, outliers and histogram are exact; otherwise neighbouring numbers were counted together.
    pub exact: bool,
    #[serde(flatten)]
    pub moments: Moments,
    pub zeros: u64,
    pub negative: u64,
    pub outliers: Outliers,
    pub histogram: Histogram,
}

/// `None`: of too few numbers, or beyond what a float holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    pub mean: Option<f64>,
    /// Of a sample (n - 1).
    pub standard_deviation: Option<f64>,
    /// Adjusted Fisher–Pearson coefficient.
    pub skewness: Option<f64>,
}

/// Numbers beyond Tukey's fences: 1.5 · IQR from the quartiles, far ones 3 · IQR.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Outliers {
    pub low_fence: f64,
    pub high_fence: f64,
    pub below: u64,
    pub above: u64,
    pub far_below: u64,
    pub far_above: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextProfile {
    /// In characters.
    pub shortest: u64,
    pub mean_length: f64,
    pub longest: u64,
    /// Rows with nothing but space in them.
    pub blank: u64,
}

/// As the values themselves: dates as dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeProfile {
    pub first: Value,
    pub last: Value,
    /// At [`QUANTILES`].
    pub quantiles: Vec<Value>,
    /// Nothing where no day is a day of this shop.
    pub coverage: Option<Coverage>,
}
