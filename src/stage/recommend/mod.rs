//! Recommend: what each customer would be shown, why, and how good it is.
//!
//! ```text
//! event, ids, catalogue   what is known, with numbers for names
//! weights, interactions   events → customer × item weights, and histories
//! recommender             the trait: score a history, say why, rank
//! popular … blend         the recommenders
//! fit, kept               several of them fitted together, and kept as bytes
//! rules, list, live       what the shop wants, the list that comes of it, what happened since
//! counter                 all of that, ready to be asked
//! shop                    tables in, tables out
//! ```

pub mod als;
pub mod blend;
pub mod bootstrap;
pub mod bpr;
pub mod catalogue;
mod conjugate;
pub mod content;
pub mod counter;
pub mod dense;
pub mod ease;
pub mod error;
pub mod evaluate;
pub mod event;
pub mod export;
pub mod fit;
pub mod group;
pub mod ids;
pub mod interactions;
mod kept;
pub mod list;
pub mod live;
pub mod metrics;
pub mod neighbours;
pub mod neural;
pub mod popular;
pub mod recipe;
pub mod recommender;
pub mod rules;
mod saved;
pub mod search;
pub mod shop;
mod softmax;
pub mod sparse;
pub mod split;
#[cfg(test)]
mod tests;
pub mod together;
pub mod weights;
pub mod words;

use serde::{Deserialize, Serialize};

pub use catalogue::{Catalogue, Product};
pub use dense::Scored;
pub use error::RecommendError;
pub use event::{EventKind, EventLog, NO_BASKET, PastEvent, RawEvent};
pub use ids::Ids;
pub use interactions::{History, Interactions};
pub use recipe::{ModelRecipe, Recipe};
pub use recommender::{Contribution, Explanation, NO_OPINION, Recommender, rank_users, scores_of, skip_seen};
pub use sparse::Csr;
pub use weights::{Repeats, WeightRecipe};

/// The recommenders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    Popular,
    Neighbours,
    Als,
    Bpr,
    Ease,
    Content,
    Neural,
    Blend,
}

impl Algorithm {
    pub const ALL: [Self; 8] =
        [Self::Popular, Self::Neighbours, Self::Als, Self::Bpr, Self::Ease, Self::Content, Self::Neural, Self::Blend];

    pub fn key(self) -> &'static str {
        match self {
            Self::Popular => "popular",
            Self::Neighbours => "neighbours",
            Self::Als => "als",
            Self::Bpr => "bpr",
            Self::Ease => "ease",
            Self::Content => "content",
            Self::Neural => "neural",
            Self::Blend => "blend",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.key() == key)
    }
}
