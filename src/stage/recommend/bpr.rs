//! Bayesian personalised ranking of a factor model (Rendle, Freudenthaler, Gantner and Schmidt-Thieme, UAI 2009):
//! what a customer touched should score above what they did not, `max Σ ln σ(s(i) − s(j)) − λ|·|²`, with
//! `s(i) = p·q_i + b_i`, by stochastic gradient steps on sampled pairs: the one touched drawn in proportion to
//! weight, the other as often as customers touch it.
//!
//! The steps run in one order on one thread, so that a seed decides the result. Customers' factors are then
//! solved anew against the fixed items, each on its own, and that is also how a changed history is folded in:
//! `min Σ ω_i ln(1 + e^{−x_i}) + λ/2·|p|²`, `x_i = p·(q_i − q̄) + b_i − b̄`, where ω are the customer's weights as
//! parts of 1 and q̄, b̄ the mean item, each item as often as customers touch it. Gradient steps from 0 keep `p = Σ a_i (q_i − q̄)` at every step, which is
//! the explanation: past item i adds `a_i (q_i − q̄)·q_j` to the score of j, and the base is `b_j`.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dense::{Factors, combine_into, dot, products_into};
use super::error::{count_within, within};
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::{Algorithm, History, Interactions, RecommendError};
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BprRecipe {
    pub factors: usize,
    /// Passes over as many pairs as there are.
    pub epochs: usize,
    pub rate: f32,
    /// λ.
    pub penalty: f32,
}

impl Default for BprRecipe {
    fn default() -> Self {
        Self { factors: 64, epochs: 30, rate: 0.05, penalty: 0.01 }
    }
}

impl BprRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        count_within("bpr.factors", self.factors, 1, 512, "from 1 to 512")?;
        count_within("bpr.epochs", self.epochs, 1, 10_000, "from 1 to 10000")?;
        within("bpr.rate", self.rate, 1e-5, 1.0, "from 0.00001 to 1")?;
        within("bpr.penalty", self.penalty, 1e-6, 10.0, "from 0.000001 to 10")
    }
}

pub struct Bpr {
    pub(super) recipe: BprRecipe,
    pub(super) users: Factors,
    pub(super) items: Factors,
    pub(super) biases: Vec<f32>,
    /// Items less the mean item.
    pub(super) away: Factors,
    pub(super) mean_bias: f32,
    pub(super) active: Vec<bool>,
}

/// Gradient steps of a fold-in; with Nesterov's momentum enough for four digits.
const FOLD_STEPS: usize = 40;

impl Bpr {
    pub fn fit(data: &Interactions, recipe: &BprRecipe, seed: u64, monitor: &Monitor) -> Result<Self, RecommendError> {
        recipe.check()?;
        monitor.check()?;
        let counts = data.matrix.column_counts();
        let active: Vec<bool> = counts.iter().map(|count| *count > 0).collect();
        let (mut items, mut biases) = (random(counts.len(), recipe.factors, seed, 0), vec![0f32; counts.len()]);
        let mut users = random(data.user_count(), recipe.factors, seed, 1);
        descend(data, recipe, (&mut users, &mut items, &mut biases), seed, monitor)?;
        if !items.values.iter().chain(&biases).all(|value| value.is_finite()) {
            return Err(RecommendError::Unstable { algorithm: Algorithm::Bpr });
        }
        let (mean, mean_bias) = mean_item(&items, &biases, &counts);
        let mut away = items.clone();
        for row in away.values.chunks_exact_mut(recipe.factors) {
            for (value, mean) in row.iter_mut().zip(&mean) {
                *value -= mean;
            }
        }
        let mut model = Self { recipe: *recipe, users: Factors::default(), items, biases, away, mean_bias, active };
        users.values.par_chunks_mut(recipe.factors).enumerate().try_for_each(|(user, out)| {
            if user % 64 == 0 {
                monitor.check()?;
            }
            out.copy_from_slice(&model.fold(data.matrix.iter_row(user)).1);
            Ok::<(), RecommendError>(())
        })?;
        model.users = users;
        Ok(model)
    }

    fn known(&self, item: u32) -> bool {
        self.active.get(item as usize).copied().unwrap_or(false)
    }

    /// Past items with their `a`, and the factor `p = Σ a (q − q̄)`.
    fn fold(&self, row: impl Iterator<Item = (u32, f32)>) -> (Vec<(u32, f32)>, Vec<f32>) {
        let past: Vec<(u32, f32)> = row.filter(|entry| self.known(entry.0)).collect();
        let total: f32 = past.iter().map(|entry| entry.1).sum();
        let mut factor = vec![0f32; self.items.width];
        let mut parts: Vec<(u32, f32)> = past.iter().map(|entry| (entry.0, 0.0)).collect();
        if past.is_empty() {
            return (parts, factor);
        }
        // Stopping early holds factors short, the more so the fewer pairs a customer has; so does this.
        let seen = self.recipe.rate * self.recipe.epochs as f32 * past.len() as f32;
        let penalty = self.recipe.penalty + 1.0 / seen;
        let share = |at: usize| past[at].1 / total;
        let bend: f32 = past.iter().map(|(item, w)| 0.25 * w / total * square(self.away.row(*item as usize))).sum();
        let step = 1.0 / (penalty + bend);
        let mut before: Vec<f32> = vec![0.0; past.len()];
        let mut ahead: Vec<(u32, f32)> = parts.clone();
        for round in 0..FOLD_STEPS {
            factor.fill(0.0);
            combine_into(&mut factor, &self.away, &ahead);
            let momentum = round as f32 / (round as f32 + 3.0);
            for at in 0..past.len() {
                let item = past[at].0 as usize;
                let x = dot(&factor, self.away.row(item)) + self.biases[item] - self.mean_bias;
                let next = ahead[at].1 * (1.0 - step * penalty) + step * share(at) * sigmoid(-x);
                ahead[at].1 = next + momentum * (next - before[at]);
                before[at] = next;
            }
        }
        for (part, value) in parts.iter_mut().zip(&before) {
            part.1 = *value;
        }
        factor.fill(0.0);
        combine_into(&mut factor, &self.away, &parts);
        (parts, factor)
    }

    fn finish(&self, scores: &mut [f32]) {
        for ((score, bias), active) in scores.iter_mut().zip(&self.biases).zip(&self.active) {
            *score = if *active { *score + bias } else { NO_OPINION };
        }
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn square(v: &[f32]) -> f32 {
    dot(v, v)
}

fn random(rows: usize, width: usize, seed: u64, stream: u64) -> Factors {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let mut factors = Factors::zeros(rows, width);
    if let Ok(normal) = Normal::new(0.0f32, 0.1 / (width as f32).sqrt()) {
        factors.values.fill_with(|| normal.sample(&mut rng));
    }
    factors
}

/// The mean of the items, each as often as it was touched.
fn mean_item(items: &Factors, biases: &[f32], counts: &[u32]) -> (Vec<f32>, f32) {
    let mut mean = vec![0f64; items.width];
    let (mut bias, mut total) = (0f64, 0f64);
    for (item, count) in counts.iter().enumerate() {
        let count = f64::from(*count);
        for (sum, value) in mean.iter_mut().zip(items.row(item)) {
            *sum += count * f64::from(*value);
        }
        bias += count * f64::from(biases[item]);
        total += count;
    }
    let total = total.max(1.0);
    (mean.into_iter().map(|sum| (sum / total) as f32).collect(), (bias / total) as f32)
}

/// All steps, in order.
fn descend(
    data: &Interactions,
    recipe: &BprRecipe,
    (users, items, biases): (&mut Factors, &mut Factors, &mut [f32]),
    seed: u64,
    monitor: &Monitor,
) -> Result<(), RecommendError> {
    let x = &data.matrix;
    let owners: Vec<u32> = (0..x.rows()).flat_map(|user| std::iter::repeat_n(user as u32, x.row_len(user))).collect();
    let pairs = Weighted::new(&x.values);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(2);
    let (rate, decay, width) = (recipe.rate, recipe.rate * recipe.penalty, recipe.factors);
    for epoch in 0..recipe.epochs {
        monitor.report(Step::Fitting, epoch as u64, recipe.epochs as u64);
        for step in 0..x.entries() {
            if step % 8192 == 0 {
                monitor.check()?;
            }
            let pair = pairs.draw(&mut rng);
            let (user, liked) = (owners[pair] as usize, x.columns[pair] as usize);
            let other = x.columns[rng.random_range(0..x.entries())] as usize;
            if x.row(user).0.binary_search(&(other as u32)).is_ok() {
                continue;
            }
            let p = &mut users.values[user * width..(user + 1) * width];
            let Some((q, r)) = two_rows(&mut items.values, width, liked, other) else { continue };
            let gap = dot(p, q) - dot(p, r) + biases[liked] - biases[other];
            let pull = rate * sigmoid(-gap);
            for ((p, q), r) in p.iter_mut().zip(q).zip(r) {
                let (was, liked, other) = (*p, *q, *r);
                *p += pull * (liked - other) - decay * was;
                *q += pull * was - decay * liked;
                *r -= pull * was + decay * other;
            }
            biases[liked] += pull - decay * biases[liked];
            biases[other] -= pull + decay * biases[other];
        }
    }
    monitor.report(Step::Fitting, recipe.epochs as u64, recipe.epochs as u64);
    Ok(())
}

/// Draws places in proportion to their weights in constant time (Walker's alias method, as Vose builds it).
struct Weighted {
    keep: Vec<f32>,
    alias: Vec<u32>,
}

impl Weighted {
    /// Weights above zero, at least one.
    fn new(weights: &[f32]) -> Self {
        let mean = weights.iter().map(|w| f64::from(*w)).sum::<f64>() / weights.len() as f64;
        let mut keep: Vec<f64> = weights.iter().map(|w| f64::from(*w) / mean).collect();
        let mut alias: Vec<u32> = (0..weights.len() as u32).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) = alias.iter().partition(|at| keep[**at as usize] < 1.0);
        while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
            alias[low as usize] = high;
            keep[high as usize] -= 1.0 - keep[low as usize];
            if keep[high as usize] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Self { keep: keep.into_iter().map(|k| k as f32).collect(), alias }
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> usize {
        let at = rng.random_range(0..self.keep.len());
        if rng.random::<f32>() < self.keep[at] { at } else { self.alias[at] as usize }
    }
}

/// Two different rows of one matrix at once.
fn two_rows(values: &mut [f32], width: usize, a: usize, b: usize) -> Option<(&mut [f32], &mut [f32])> {
    match values.get_disjoint_mut([a * width..(a + 1) * width, b * width..(b + 1) * width]) {
        Ok([a, b]) => Some((a, b)),
        Err(_) => None,
    }
}

impl Recommender for Bpr {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Bpr
    }

    fn item_count(&self) -> usize {
        self.items.rows()
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        let (past, factor) = self.fold(history.row().iter().copied());
        if past.is_empty() {
            out.fill(NO_OPINION);
            return;
        }
        products_into(out, &self.items, &factor);
        self.finish(out);
    }

    fn score_users(&self, data: &Interactions, users: &[u32], out: &mut [f32]) {
        for (row, &user) in out.chunks_exact_mut(self.item_count().max(1)).zip(users) {
            let known = (user as usize) < data.matrix.rows() && data.matrix.row_len(user as usize) > 0;
            if known && (user as usize) < self.users.rows() {
                products_into(row, &self.items, self.users.row(user as usize));
                self.finish(row);
            } else {
                row.fill(NO_OPINION);
            }
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        let (past, factor) = self.fold(history.row().iter().copied());
        if past.is_empty() || !self.known(item) {
            return Explanation::none(item);
        }
        let toward = self.items.row(item as usize);
        let parts = past
            .iter()
            .map(|&(past, a)| Contribution { item: past, value: a * dot(self.away.row(past as usize), toward) })
            .collect();
        let base = self.biases[item as usize];
        Explanation::new(item, dot(&factor, toward) + base, base, parts)
    }

    fn to_bytes(&self) -> Option<Result<Vec<u8>, RecommendError>> {
        Some(self.keep())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    #[test]
    fn a_customers_own_taste_ranks_above_the_others() {
        let data = planted(200, 80, 21);
        let recipe = BprRecipe { factors: 8, ..BprRecipe::default() };
        let model = Bpr::fit(&data, &recipe, 3, &Monitor::quiet()).unwrap();
        let mut scores = vec![0.0; 80];
        let (mut above, mut pairs) = (0, 0);
        for user in 0..200u32 {
            model.score(&data.history(user), &mut scores);
            for group in 0..20usize {
                // Items 4g … 4g+3 are equally popular by design; one of them is of this customer's taste.
                for other in (0..4).filter(|other| *other != user as usize % 4) {
                    above += u32::from(scores[4 * group + user as usize % 4] > scores[4 * group + other]);
                    pairs += 1;
                }
            }
        }
        assert!(f64::from(above) / f64::from(pairs) > 0.85, "{above} of {pairs}");
    }

    #[test]
    fn places_are_drawn_in_proportion_to_their_weight() {
        let weights = [1.0, 4.0, 0.5, 2.5, 2.0];
        let (pairs, mut rng) = (Weighted::new(&weights), ChaCha8Rng::seed_from_u64(9));
        let mut counts = [0f32; 5];
        for _ in 0..100_000 {
            counts[pairs.draw(&mut rng)] += 1.0;
        }
        for (count, weight) in counts.iter().zip(weights) {
            // Four standard errors of the commonest.
            assert!((count / 100_000.0 - weight / 10.0).abs() < 0.0065, "{counts:?}");
        }
        assert_eq!(Weighted::new(&[0.3]).draw(&mut rng), 0);
    }

    #[test]
    fn the_fold_in_is_where_the_gradient_vanishes() {
        let data = planted(60, 40, 22);
        let recipe = BprRecipe { factors: 6, epochs: 20, ..BprRecipe::default() };
        let model = Bpr::fit(&data, &recipe, 3, &Monitor::quiet()).unwrap();
        for user in 0..60 {
            let (past, factor) = model.fold(data.matrix.iter_row(user));
            let total: f32 = data.matrix.row(user).1.iter().sum();
            let penalty = recipe.penalty + 1.0 / (recipe.rate * 20.0 * past.len() as f32);
            for k in 0..6 {
                let pull: f32 = data
                    .matrix
                    .iter_row(user)
                    .map(|(item, weight)| {
                        let away = model.away.row(item as usize);
                        let x = dot(&factor, away) + model.biases[item as usize] - model.mean_bias;
                        weight / total * sigmoid(-x) * away[k]
                    })
                    .sum();
                assert!((pull - penalty * factor[k]).abs() < 2e-3, "{pull} {}", penalty * factor[k]);
            }
        }
    }
}
