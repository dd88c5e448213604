//! Segment: who the customers are, honestly, and in words a marketer uses.
//!
//! Everything starts from a table of features, one row a customer. [`rfm`] and [`kmeans`] (with [`choose_k`]) and
//! [`mixture`] give every customer a label; [`odd`] finds those who fit nowhere; [`map`] lays them on a plane;
//! [`persona`] and [`why`] describe a segment; [`rule`] builds one by hand; [`compare`] looks at two side by side.
//!
//! Labels are `Vec<u32>` in the order of the table's rows; [`NO_SEGMENT`] stands for "in none".

pub mod agreement;
pub mod apply;
pub mod choose_k;
pub mod compare;
pub mod ground;
pub mod kmeans;
pub mod map;
pub mod matrix;
pub mod mixture;
pub(crate) mod nearest;
pub mod odd;
pub mod persona;
pub mod picture;
pub mod report;
pub mod rfm;
pub mod rule;
pub mod run;
pub mod saved;
pub mod scale;
pub mod sets;
pub mod why;

use crate::base::Cancelled;
use crate::stage::data::features::FeatureError;

/// The label of a customer who is in no segment.
pub const NO_SEGMENT: u32 = u32::MAX;

/// Why a segmentation could not be made. The fields say what and where; the words live in `ui/text`.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    #[error("column {0:?} is not in the feature table")]
    UnknownFeature(String),
    #[error("column {0:?} is not a number")]
    NotNumeric(String),
    #[error("feature {0:?} is chosen twice")]
    Twice(String),
    #[error("no feature chosen")]
    NothingChosen,
    #[error("every chosen feature is empty or the same for everyone: {0:?}")]
    NoInformation(Vec<String>),
    #[error("{have} customers; at least {need} are needed")]
    TooFewCustomers { have: usize, need: usize },
    #[error("{have} different customers; {need} groups need at least as many")]
    TooFewDifferent { have: usize, need: usize },
    #[error("{field}: {problem}")]
    Recipe { field: &'static str, problem: &'static str },
    #[error("condition {path:?}: {problem:?}")]
    Rule { path: Vec<usize>, problem: rule::RuleProblem },
    #[error("{have} labels for {need} customers")]
    Unaligned { have: usize, need: usize },
    #[error("a chosen value is infinite or too large to compute with: {0:?}")]
    TooLarge(String),
    #[error("the fit broke down: {0}")]
    Fit(String),
    #[error(transparent)]
    Features(#[from] FeatureError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("table engine: {0}")]
    Engine(#[from] polars::prelude::PolarsError),
}

/// Shorthand for a recipe's complaint.
pub(crate) fn wrong<T>(field: &'static str, problem: &'static str) -> Result<T, SegmentError> {
    Err(SegmentError::Recipe { field, problem })
}
