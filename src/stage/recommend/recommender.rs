//! What every recommender can do: score all items for a history, say why, and rank.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dense::{Scored, top_n_into};
use super::{Algorithm, History, Interactions, RecommendError};
use crate::base::{Monitor, Step};

/// The score of an item that a recommender has nothing to say about.
pub const NO_OPINION: f32 = f32::NEG_INFINITY;

/// What one past item adds to a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    pub item: u32,
    pub value: f32,
}

/// Why an item has its score: `score = base + Σ value`, to 1e-4 of the largest of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    pub item: u32,
    /// [`NO_OPINION`] is told as 0 with no parts.
    pub score: f32,
    /// What does not come from this customer's past: how popular the item is with everybody.
    pub base: f32,
    /// The largest effect first, whatever its sign.
    pub parts: Vec<Contribution>,
}

impl Explanation {
    pub fn new(item: u32, score: f32, base: f32, mut parts: Vec<Contribution>) -> Self {
        parts.retain(|part| part.value != 0.0);
        parts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()).then(a.item.cmp(&b.item)));
        Self { item, score, base, parts }
    }

    /// Nothing known about this item.
    pub fn none(item: u32) -> Self {
        Self { item, ..Self::default() }
    }

    /// `base + Σ value`, which should be `score`.
    pub fn total(&self) -> f32 {
        (f64::from(self.base) + self.parts.iter().map(|part| f64::from(part.value)).sum::<f64>()) as f32
    }
}

/// A fitted recommender. Scoring takes a history, not a customer: a changed history (an event switched off,
/// a new one, a visitor built by picking products) is folded in by scoring it, without a new fit.
pub trait Recommender: Send + Sync {
    fn algorithm(&self) -> Algorithm;

    fn item_count(&self) -> usize;

    /// The score of every item for `history` into `out` (length [`Self::item_count`]); higher is better,
    /// [`NO_OPINION`] where there is nothing to say. The same history always gives the same scores.
    fn score(&self, history: &History, out: &mut [f32]);

    /// Why `item` has the score that [`Self::score`] gives it.
    fn explain(&self, history: &History, item: u32) -> Explanation;

    /// [`Self::explain`] for several items of one history; worth having where they share the work.
    fn explain_all(&self, history: &History, items: &[u32]) -> Vec<Explanation> {
        items.iter().map(|item| self.explain(history, *item)).collect()
    }

    /// The fit as bytes, where reading it back is quicker than fitting again; see [`ModelRecipe::load`].
    ///
    /// [`ModelRecipe::load`]: super::ModelRecipe::load
    fn to_bytes(&self) -> Option<Result<Vec<u8>, RecommendError>> {
        None
    }

    /// Scores of several customers of the interactions that it was fitted on, row by row; `out` holds
    /// `users.len() × item_count`. The same numbers as [`Self::score`], to rounding.
    fn score_users(&self, data: &Interactions, users: &[u32], out: &mut [f32]) {
        if self.item_count() == 0 {
            return;
        }
        for (row, &user) in out.chunks_exact_mut(self.item_count()).zip(users) {
            self.score(&data.history(user), row);
        }
    }
}

/// The score of every item for one history.
pub fn scores_of(model: &dyn Recommender, history: &History) -> Vec<f32> {
    let mut scores = vec![NO_OPINION; model.item_count()];
    model.score(history, &mut scores);
    scores
}

/// How many customers are scored together: about four million scores at a time on each thread.
fn block_size(items: usize) -> usize {
    (4_000_000 / items.max(1)).clamp(1, 256)
}

/// The best `n` items of every customer in `users`, in their order; `skip(user, scores)` puts out of the
/// running what must not be shown (sets it to [`NO_OPINION`]).
pub fn rank_users(
    model: &dyn Recommender,
    data: &Interactions,
    users: &[u32],
    n: usize,
    skip: impl Fn(u32, &mut [f32]) + Sync,
    monitor: &Monitor,
) -> Result<Vec<Vec<Scored>>, RecommendError> {
    let lists = map_scores(model, data, users, monitor, |user, scores, best| {
        skip(user, scores);
        top_n_into(scores, n, best);
        best.clone()
    })?;
    Ok(lists)
}

/// Scores customers in blocks, on all threads, and hands each row to `each(user, scores, scratch)`.
pub fn map_scores<T: Send>(
    model: &dyn Recommender,
    data: &Interactions,
    users: &[u32],
    monitor: &Monitor,
    each: impl Fn(u32, &mut [f32], &mut Vec<Scored>) -> T + Sync,
) -> Result<Vec<T>, RecommendError> {
    let items = model.item_count();
    let done = std::sync::atomic::AtomicU64::new(0);
    let total = users.len() as u64;
    monitor.report(Step::Scoring, 0, total);
    let blocks: Result<Vec<Vec<T>>, RecommendError> = users
        .par_chunks(block_size(items))
        .map_init(
            || (Vec::new(), Vec::new()),
            |(scores, best), block| {
                monitor.check()?;
                scores.clear();
                scores.resize(block.len() * items, NO_OPINION);
                model.score_users(data, block, scores);
                let mut rows = Vec::with_capacity(block.len());
                for (at, &user) in block.iter().enumerate() {
                    rows.push(each(user, &mut scores[at * items..(at + 1) * items], best));
                }
                let before = done.fetch_add(block.len() as u64, std::sync::atomic::Ordering::Relaxed);
                monitor.report(Step::Scoring, before + block.len() as u64, total);
                Ok(rows)
            },
        )
        .collect();
    Ok(blocks?.into_iter().flatten().collect())
}

/// Puts everything out of the running that the customer of `data` has a weight for.
pub fn skip_seen(data: &Interactions) -> impl Fn(u32, &mut [f32]) + Sync + '_ {
    move |user, scores| {
        if (user as usize) < data.matrix.rows() {
            for &item in data.matrix.row(user as usize).0 {
                scores[item as usize] = NO_OPINION;
            }
        }
    }
}

impl<M: Recommender + ?Sized> Recommender for std::sync::Arc<M> {
    fn algorithm(&self) -> Algorithm {
        (**self).algorithm()
    }

    fn item_count(&self) -> usize {
        (**self).item_count()
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        (**self).score(history, out);
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        (**self).explain(history, item)
    }

    fn explain_all(&self, history: &History, items: &[u32]) -> Vec<Explanation> {
        (**self).explain_all(history, items)
    }

    fn to_bytes(&self) -> Option<Result<Vec<u8>, RecommendError>> {
        (**self).to_bytes()
    }

    fn score_users(&self, data: &Interactions, users: &[u32], out: &mut [f32]) {
        (**self).score_users(data, users, out);
    }
}
