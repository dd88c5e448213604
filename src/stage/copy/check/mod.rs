//! The checks of a draft, each finding with its place, its reason and a mend.

pub mod pattern;
pub mod rules;
