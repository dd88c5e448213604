//! What stands in a table and what is wrong with it.
//!
//! One pass over the table's chunks, each column by itself (in parallel), with memory that does not grow with the
//! rows: a column keeps a bounded table of counts. Up to that bound everything is exact; beyond it numbers share
//! counts with their neighbours (see `counts`), distinct values are estimated, and the profile says so.
//! Chunks rather than a lazy query, because a project stores its tables in chunks, because every chunk is a point
//! to report and to cancel at, and because a query of quantiles and distinct values holds every row.

mod column;
mod correlation;
mod counts;
mod days;
mod distinct;
mod duplicates;
mod findings;
mod histogram;
mod moments;
mod names;
mod problem;
mod recipe;
mod result;
mod run;
mod sample;
mod words;

pub use correlation::{Correlations, MOST_COLUMNS, correlations};
pub use days::{Coverage, Gap};
pub use distinct::Distinct;
pub use duplicates::Duplicates;
pub use histogram::{Bin, Histogram};
pub(crate) use histogram::{edges, usual_edges};
pub use problem::{Finding, NamePair, Problem, VariantGroup};
pub use recipe::{ProfileError, ProfileRecipe};
pub use result::{
    ColumnProfile, Moments, NumberProfile, Outliers, Profile, QUANTILES, TextProfile, TimeProfile, TopValue,
};
pub use run::{profile, profile_frame};

#[cfg(test)]
mod tests;
