//! What can go wrong while recommending. The words that people read live in `ui/text`.

use crate::base::Cancelled;

use super::Algorithm;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecommendError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The table of events has no row with a customer and an item.
    #[error("no events")]
    NoEvents,
    /// The events don't say which product they are about.
    #[error("no column of products in the events")]
    NoItems,
    #[error("table: {0}")]
    Table(String),
    /// A kept fit that cannot be read back.
    #[error("the kept fit is damaged: {0}")]
    Kept(String),
    /// There are events, but with these weights none of them counts for anything.
    #[error("every event has weight zero or less")]
    NothingCounts,
    #[error("setting {name}: must be {must_be}")]
    BadSetting { name: &'static str, must_be: &'static str },
    /// More different customers, items or orders than fit 32 bits.
    #[error("too many different {what}")]
    TooManyIds { what: &'static str },
    #[error("{} takes at most {limit} items with events, found {items}", .algorithm.key())]
    TooManyItems { algorithm: Algorithm, items: usize, limit: usize },
    /// Content needs names, descriptions, categories, brands or attributes.
    #[error("no product has any text")]
    NoProductText,
    #[error("{} is not among the recommenders that were fitted", .algorithm.key())]
    NotFitted { algorithm: Algorithm },
    #[error("unknown customer {id}")]
    UnknownUser { id: String },
    #[error("unknown item {id}")]
    UnknownItem { id: String },
    #[error("the segment has no customers")]
    EmptySegment,
    /// The split leaves nobody with both a past and something to find.
    #[error("nothing to test: {users} customers, {with_two} of them with two items or more")]
    NothingToTest { users: usize, with_two: usize },
    /// A matrix that should be positive definite is not: the numbers overflowed or the penalty is too small.
    #[error("{}: the equations have no stable solution", .algorithm.key())]
    Unstable { algorithm: Algorithm },
    #[error("neural network: {0}")]
    Net(String),
}

/// `Err` unless `value` is finite and within the closed range.
pub(super) fn within(
    name: &'static str,
    value: f32,
    low: f32,
    high: f32,
    must_be: &'static str,
) -> Result<(), RecommendError> {
    if value.is_finite() && value >= low && value <= high {
        Ok(())
    } else {
        Err(RecommendError::BadSetting { name, must_be })
    }
}

/// The same for counts.
pub(super) fn count_within(
    name: &'static str,
    value: usize,
    low: usize,
    high: usize,
    must_be: &'static str,
) -> Result<(), RecommendError> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(RecommendError::BadSetting { name, must_be }) }
}
