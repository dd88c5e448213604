//! Several recommenders as one: a weighted mean of their scores, or of their ranks.
//!
//! By score: each part's scores for the customer are brought to 0..1 (its lowest to its highest; no opinion
//! is 0), then weighed. By rank: `Σ weight / (k + rank)` over each part's first thousand (reciprocal rank fusion,
//! Cormack, Clarke and Büttcher, SIGIR 2009).
//! Why: by score, the parts' own explanations on the same scale, exactly. By rank, each part's share of the score
//! is dealt out in proportion to the contributions that speak for the item (and to the base, if that does).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dense::top_n;
use super::error::{count_within, within};
use super::recipe::ModelRecipe;
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::{Algorithm, Catalogue, History, Interactions, RecommendError, scores_of};
use crate::base::Monitor;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Mix {
    Scores,
    ReciprocalRank { k: f32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlendPart {
    pub model: ModelRecipe,
    pub weight: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlendRecipe {
    pub mix: Mix,
    pub parts: Vec<BlendPart>,
}

impl Default for BlendRecipe {
    fn default() -> Self {
        let part = |algorithm| BlendPart { model: ModelRecipe::of(algorithm), weight: 1.0 };
        Self {
            mix: Mix::ReciprocalRank { k: 60.0 },
            parts: vec![part(Algorithm::Ease), part(Algorithm::Als), part(Algorithm::Neighbours)],
        }
    }
}

impl BlendRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        count_within("blend.parts", self.parts.len(), 1, 10, "one to ten recommenders")?;
        if let Mix::ReciprocalRank { k } = self.mix {
            within("blend.k", k, 0.0, 10_000.0, "from 0 to 10000")?;
        }
        for part in &self.parts {
            within("blend.weight", part.weight, 0.0, 1000.0, "from 0 to 1000")?;
            if part.model.algorithm() == Algorithm::Blend {
                return Err(RecommendError::BadSetting { name: "blend.parts", must_be: "no blends themselves" });
            }
            part.model.check()?;
        }
        match self.parts.iter().any(|part| part.weight > 0.0) {
            true => Ok(()),
            false => Err(RecommendError::BadSetting { name: "blend.weight", must_be: "above 0 for one of them" }),
        }
    }
}

pub struct Blend {
    mix: Mix,
    /// Weights sum to 1.
    parts: Vec<(Box<dyn Recommender>, f32)>,
    items: usize,
}

impl Blend {
    pub fn fit(
        data: &Interactions,
        catalogue: &Catalogue,
        recipe: &BlendRecipe,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<Self, RecommendError> {
        recipe.check()?;
        let used = || recipe.parts.iter().filter(|part| part.weight > 0.0);
        let parts: Result<Vec<_>, RecommendError> =
            used().map(|part| Ok((part.model.fit(data, catalogue, seed, monitor)?, part.weight))).collect();
        Ok(Self::of(parts?, recipe.mix))
    }

    /// From recommenders that are fitted already, on the same items.
    pub fn of(mut parts: Vec<(Box<dyn Recommender>, f32)>, mix: Mix) -> Self {
        let total: f32 = parts.iter().map(|part| part.1).sum();
        for part in &mut parts {
            part.1 /= total;
        }
        let items = parts.iter().map(|part| part.0.item_count()).min().unwrap_or(0);
        Self { mix, parts, items }
    }

    /// Adds one part's scores, mixed, into `out`; `scores` are the part's own.
    fn add(&self, scores: &[f32], weight: f32, out: &mut [f32]) {
        let mut add = |item: usize, value: f32| {
            let slot = &mut out[item];
            *slot = if *slot == NO_OPINION { value } else { *slot + value };
        };
        match self.mix {
            Mix::Scores => {
                let Some(scale) = Scale::of(scores) else { return };
                for (item, &score) in scores.iter().enumerate().take(self.items) {
                    if score > NO_OPINION {
                        add(item, weight * scale.bring(score));
                    }
                }
            }
            Mix::ReciprocalRank { k } => {
                for (at, scored) in top_n(&scores[..self.items], RANKED).iter().enumerate() {
                    add(scored.item as usize, weight / (k + at as f32 + 1.0));
                }
            }
        }
    }
}

/// Ranks beyond this count for nothing.
const RANKED: usize = 1000;

/// The lowest finite score and the way from there to the highest.
struct Scale {
    low: f32,
    span: f32,
}

impl Scale {
    fn of(scores: &[f32]) -> Option<Self> {
        let finite = || scores.iter().copied().filter(|score| score.is_finite());
        let (low, high) = (finite().reduce(f32::min)?, finite().reduce(f32::max)?);
        // All the same: everything is at the top.
        Some(if high > low { Self { low, span: high - low } } else { Self { low: low - 1.0, span: 1.0 } })
    }

    fn bring(&self, score: f32) -> f32 {
        (score - self.low) / self.span
    }
}

impl Recommender for Blend {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Blend
    }

    fn item_count(&self) -> usize {
        self.items
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        out.fill(NO_OPINION);
        for (model, weight) in &self.parts {
            self.add(&scores_of(model.as_ref(), history), *weight, out);
        }
    }

    fn score_users(&self, data: &Interactions, users: &[u32], out: &mut [f32]) {
        out.fill(NO_OPINION);
        for (model, weight) in &self.parts {
            let width = model.item_count();
            let mut scores = vec![NO_OPINION; users.len() * width];
            model.score_users(data, users, &mut scores);
            for (row, out) in scores.chunks_exact(width.max(1)).zip(out.chunks_exact_mut(self.items.max(1))) {
                self.add(row, *weight, out);
            }
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        if item as usize >= self.items {
            return Explanation::none(item);
        }
        let (mut base, mut score) = (0f32, NO_OPINION);
        let mut sums: BTreeMap<u32, f32> = BTreeMap::new();
        for (model, weight) in &self.parts {
            let scores = scores_of(model.as_ref(), history);
            let mut mixed = vec![NO_OPINION; self.items];
            self.add(&scores, *weight, &mut mixed);
            let own = mixed[item as usize];
            if own == NO_OPINION {
                continue;
            }
            score = if score == NO_OPINION { own } else { score + own };
            let why = model.explain(history, item);
            let (own_base, parts) = match (self.mix, Scale::of(&scores)) {
                (Mix::Scores, Some(scale)) => {
                    let by = weight / scale.span;
                    let parts = why.parts.iter().map(|part| (part.item, part.value * by)).collect();
                    ((why.base - scale.low) * by, parts)
                }
                _ => deal(own, &why),
            };
            base += own_base;
            for (item, value) in parts {
                *sums.entry(item).or_insert(0.0) += value;
            }
        }
        if score == NO_OPINION {
            return Explanation::none(item);
        }
        let parts = sums.into_iter().map(|(item, value)| Contribution { item, value }).collect();
        Explanation::new(item, score, base, parts)
    }
}

/// Deals `share` out over what speaks for the item; all of it to the base when nothing does.
fn deal(share: f32, why: &Explanation) -> (f32, Vec<(u32, f32)>) {
    let base = why.base.max(0.0);
    let total = base + why.parts.iter().map(|part| part.value.max(0.0)).sum::<f32>();
    if !(total > 0.0 && total.is_finite()) {
        return (share, Vec::new());
    }
    let speaking = why.parts.iter().filter(|part| part.value > 0.0);
    (share * base / total, speaking.map(|part| (part.item, share * part.value / total)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixed scores; item 0 of the past adds all of them.
    struct Fixed(Vec<f32>);

    impl Recommender for Fixed {
        fn algorithm(&self) -> Algorithm {
            Algorithm::Content
        }
        fn item_count(&self) -> usize {
            self.0.len()
        }
        fn score(&self, _: &History, out: &mut [f32]) {
            out.copy_from_slice(&self.0);
        }
        fn explain(&self, _: &History, item: u32) -> Explanation {
            let score = self.0[item as usize];
            Explanation::new(item, score, 0.0, vec![Contribution { item: 0, value: score }])
        }
    }

    fn blend(mix: Mix) -> Blend {
        let a: Box<dyn Recommender> = Box::new(Fixed(vec![10.0, 30.0, 20.0, NO_OPINION]));
        let b: Box<dyn Recommender> = Box::new(Fixed(vec![0.5, NO_OPINION, 0.1, NO_OPINION]));
        Blend::of(vec![(a, 3.0), (b, 1.0)], mix)
    }

    fn close(got: &[f32], want: &[f32]) {
        for (got, want) in got.iter().zip(want) {
            assert!(got == want || (got - want).abs() < 1e-6, "{got} is not {want}");
        }
    }

    #[test]
    fn by_score_by_hand() {
        let got = scores_of(&blend(Mix::Scores), &History::default());
        close(&got, &[0.25, 0.75, 0.375, NO_OPINION]);
        let why = blend(Mix::Scores).explain(&History::default(), 2);
        close(&[why.score, why.total()], &[0.375, 0.375]);
    }

    #[test]
    fn by_rank_by_hand() {
        let got = scores_of(&blend(Mix::ReciprocalRank { k: 1.0 }), &History::default());
        // Ranks 3 1 2 and 1 – 2.
        close(&got, &[0.75 / 4.0 + 0.25 / 2.0, 0.75 / 2.0, 0.75 / 3.0 + 0.25 / 3.0, NO_OPINION]);
        let why = blend(Mix::ReciprocalRank { k: 1.0 }).explain(&History::default(), 0);
        close(&[why.score, why.total()], &[got[0], got[0]]);
    }

    #[test]
    fn blends_of_blends_and_of_nothing_are_refused() {
        let part = |algorithm, weight| BlendPart { model: ModelRecipe::of(algorithm), weight };
        for parts in [vec![], vec![part(Algorithm::Blend, 1.0)], vec![part(Algorithm::Als, 0.0)]] {
            let recipe = BlendRecipe { parts, ..BlendRecipe::default() };
            assert!(matches!(recipe.check(), Err(RecommendError::BadSetting { .. })));
        }
        assert_eq!(BlendRecipe::default().check(), Ok(()));
    }
}
