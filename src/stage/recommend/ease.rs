//! EASE: the best linear item-to-item weights with a zero diagonal, in closed form (Steck, "Embarrassingly
//! Shallow Autoencoders for Sparse Data", WWW 2019, equation 8).
//!
//! `P = (XᵀX + λI)⁻¹`, `B_ij = −P_ij / P_jj`, `B_jj = 0`, `score = x B`. The inverse goes by Cholesky:
//! `XᵀX + λI = L Lᵀ`, `P = L⁻ᵀ L⁻¹`, a third of the work of a general inverse.

use faer::linalg::cholesky::llt::factor::{LltParams, LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::traits::RealField;
use faer::{Accum, Auto, MatMut, MatRef, Par};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dense::{Factors, combine_into};
use super::error::{count_within, within};
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::sparse::gram_row_upper;
use super::{Algorithm, Csr, History, Interactions, RecommendError};
use crate::base::{Monitor, Step};

/// More items than this with events, and the inverse no longer fits an ordinary machine's memory.
pub const EASE_ITEM_LIMIT: usize = 20_000;

/// From here on in single precision: half the memory.
const SINGLE_FROM: usize = 8_000;

/// Work is always cut into this many parts, so that the sums are the same on any number of threads.
fn parallel() -> Par {
    Par::rayon(8)
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EaseRecipe {
    /// The penalty λ on large weights.
    pub penalty: f32,
    /// At most [`EASE_ITEM_LIMIT`].
    pub max_items: usize,
}

impl Default for EaseRecipe {
    fn default() -> Self {
        Self { penalty: 250.0, max_items: EASE_ITEM_LIMIT }
    }
}

impl EaseRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        within("ease.penalty", self.penalty, 1e-3, 1e7, "from 0.001 to 10000000")?;
        count_within("ease.max_items", self.max_items, 1, EASE_ITEM_LIMIT, "from 1 to 20000")
    }
}

pub struct Ease {
    pub(super) items: usize,
    /// Items with events, ascending; the rows and columns of `weights` in this order.
    pub(super) active: Vec<u32>,
    /// The place of an item in `active`, or `u32::MAX`.
    pub(super) place: Vec<u32>,
    /// B: active × active.
    pub(super) weights: Factors,
}

impl Ease {
    pub fn fit(data: &Interactions, recipe: &EaseRecipe, monitor: &Monitor) -> Result<Self, RecommendError> {
        recipe.check()?;
        monitor.check()?;
        let items = data.item_count();
        let counts = data.matrix.column_counts();
        let active: Vec<u32> = (0..items as u32).filter(|&item| counts[item as usize] > 0).collect();
        if active.len() > recipe.max_items {
            return Err(RecommendError::TooManyItems {
                algorithm: Algorithm::Ease,
                items: active.len(),
                limit: recipe.max_items,
            });
        }
        let mut place = vec![u32::MAX; items];
        for (at, &item) in active.iter().enumerate() {
            place[item as usize] = at as u32;
        }
        let x = Csr {
            cols: active.len(),
            columns: data.matrix.columns.iter().map(|&item| place[item as usize]).collect(),
            ..data.matrix.clone()
        };
        let weights = if active.len() < SINGLE_FROM {
            item_weights::<f64>(&x, recipe.penalty, monitor)?
        } else {
            item_weights::<f32>(&x, recipe.penalty, monitor)?
        };
        Ok(Self { items, active, place, weights })
    }

    /// B: what one unit of `from` adds to the score of `to`.
    pub fn weight(&self, from: u32, to: u32) -> f32 {
        match (self.place_of(from), self.place_of(to)) {
            (Some(from), Some(to)) => self.weights.row(from)[to],
            _ => 0.0,
        }
    }

    fn place_of(&self, item: u32) -> Option<usize> {
        self.place.get(item as usize).copied().filter(|&at| at != u32::MAX).map(|at| at as usize)
    }

    fn terms(&self, history: &History) -> Vec<(u32, f32)> {
        let known = |&(item, weight): &(u32, f32)| Some((self.place_of(item)? as u32, weight));
        history.row().iter().filter_map(known).collect()
    }
}

/// Numbers that the inverse can be taken in.
trait Real: RealField + Copy + Send + Sync {
    fn narrow(self) -> f32;
    fn widen(value: f64) -> Self;
}

impl Real for f64 {
    fn narrow(self) -> f32 {
        self as f32
    }
    fn widen(value: f64) -> Self {
        value
    }
}

impl Real for f32 {
    fn narrow(self) -> f32 {
        self
    }
    fn widen(value: f64) -> Self {
        value as f32
    }
}

/// B, row by row, from the customer × item matrix.
fn item_weights<T: Real>(x: &Csr, penalty: f32, monitor: &Monitor) -> Result<Factors, RecommendError> {
    const STEPS: u64 = 4;
    let n = x.cols;
    let unstable = RecommendError::Unstable { algorithm: Algorithm::Ease };
    monitor.report(Step::Fitting, 0, STEPS);
    // Read by columns this upper triangle is a lower one, which is what the factorisation wants.
    let mut square = vec![T::widen(0.0); n * n];
    let by_item = x.transpose();
    square.par_chunks_mut(n).enumerate().try_for_each_init(
        || vec![0f64; n],
        |sums, (i, row)| {
            monitor.check()?;
            sums[i..].fill(0.0);
            gram_row_upper(x, &by_item, i, sums);
            sums[i] += f64::from(penalty);
            for (to, &from) in row[i..].iter_mut().zip(&sums[i..]) {
                *to = T::widen(from);
            }
            Ok::<(), RecommendError>(())
        },
    )?;
    monitor.check()?;
    monitor.report(Step::Fitting, 1, STEPS);
    let lower = MatMut::from_column_major_slice_mut(&mut square, n, n);
    let params = <LltParams as Auto<T>>::auto().into();
    let scratch = cholesky_in_place_scratch::<T>(n, parallel(), params);
    let mut memory = faer::dyn_stack::MemBuffer::new(scratch);
    let stack = faer::dyn_stack::MemStack::new(&mut memory);
    cholesky_in_place(lower, LltRegularization::default(), parallel(), stack, params).map_err(|_| unstable.clone())?;
    monitor.check()?;
    monitor.report(Step::Fitting, 2, STEPS);
    let mut inverse = vec![T::widen(0.0); n * n];
    let factor = MatRef::from_column_major_slice(&square, n, n);
    invert_lower_triangular(MatMut::from_column_major_slice_mut(&mut inverse, n, n), factor, parallel());
    monitor.check()?;
    monitor.report(Step::Fitting, 3, STEPS);
    let root = MatRef::from_column_major_slice(&inverse, n, n);
    triangular::matmul(
        MatMut::from_column_major_slice_mut(&mut square, n, n),
        BlockStructure::TriangularLower,
        Accum::Replace,
        root.transpose(),
        BlockStructure::TriangularUpper,
        root,
        BlockStructure::TriangularLower,
        T::widen(1.0),
        parallel(),
    );
    drop(inverse);
    monitor.check()?;
    let weights = from_inverse(&square, n);
    monitor.report(Step::Fitting, STEPS, STEPS);
    if weights.values.iter().all(|w| w.is_finite()) { Ok(weights) } else { Err(unstable) }
}

/// `B_ij = −P_ij / P_jj` from P's upper triangle by rows (its lower one by columns).
fn from_inverse<T: Real>(p: &[T], n: usize) -> Factors {
    const BLOCK: usize = 64;
    let diagonal: Vec<f32> = (0..n).map(|j| p[j * n + j].narrow()).collect();
    let mut weights = Factors::zeros(n, n);
    if n == 0 {
        return weights;
    }
    weights.values.par_chunks_mut(BLOCK * n).enumerate().for_each(|(band, rows)| {
        let top = band * BLOCK;
        let height = rows.len() / n;
        for left in (0..n).step_by(BLOCK) {
            for i in top..top + height {
                let row = &mut rows[(i - top) * n..(i - top + 1) * n];
                for j in left..(left + BLOCK).min(n) {
                    let entry = if i <= j { p[i * n + j] } else { p[j * n + i] };
                    row[j] = if i == j { 0.0 } else { -entry.narrow() / diagonal[j] };
                }
            }
        }
    });
    weights
}

impl Recommender for Ease {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Ease
    }

    fn item_count(&self) -> usize {
        self.items
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        let terms = self.terms(history);
        if terms.is_empty() {
            out.fill(NO_OPINION);
        } else if self.active.len() == self.items {
            out.fill(0.0);
            combine_into(out, &self.weights, &terms);
        } else {
            let mut scores = vec![0.0; self.active.len()];
            combine_into(&mut scores, &self.weights, &terms);
            out.fill(NO_OPINION);
            for (&item, &score) in self.active.iter().zip(&scores) {
                out[item as usize] = score;
            }
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        let Some(to) = self.place_of(item) else { return Explanation::none(item) };
        let parts: Vec<Contribution> = history
            .row()
            .iter()
            .filter_map(|&(past, weight)| {
                Some(Contribution { item: past, value: weight * self.weights.row(self.place_of(past)?)[to] })
            })
            .collect();
        let score = parts.iter().map(|part| f64::from(part.value)).sum::<f64>() as f32;
        Explanation::new(item, score, 0.0, parts)
    }

    fn to_bytes(&self) -> Option<Result<Vec<u8>, RecommendError>> {
        (self.weights.values.len() <= super::kept::MOST_WEIGHTS).then(|| self.keep())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, planted, shop};
    use super::super::{EventKind, WeightRecipe, scores_of};
    use super::*;

    #[test]
    fn three_items_by_hand() {
        // ann: a b; bob: b c. XᵀX = [1 1 0; 1 2 1; 0 1 1], λ = 1: [2 1 0; 1 3 1; 0 1 2], determinant 8,
        // inverse (1/8)·[5 −2 1; −2 4 −2; 1 −2 5]; B divides column j by −P_jj.
        let rows = [(0, 0), (0, 1), (1, 1), (1, 2)].map(|(user, item)| (user, event(item, EventKind::View, 0)));
        let data = shop(2, 4, &rows, WeightRecipe::seen_or_not());
        let recipe = EaseRecipe { penalty: 1.0, ..EaseRecipe::default() };
        let model = Ease::fit(&data, &recipe, &Monitor::quiet()).unwrap();
        let want = [[0.0, 0.5, -0.2], [0.4, 0.0, 0.4], [-0.2, 0.5, 0.0]];
        for (i, row) in want.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                assert!((model.weight(i as u32, j as u32) - value).abs() < 1e-6, "B[{i}][{j}]");
            }
        }
        // ann's scores: a ← b .4; b ← a .5; c ← a −.2 + b .4. Item d was never touched.
        let scores = scores_of(&model, &data.history(0));
        for (got, want) in scores.iter().zip([0.4, 0.5, 0.2, NO_OPINION]) {
            assert!(*got == want || (got - want).abs() < 1e-6);
        }
        assert_eq!(model.weight(0, 3), 0.0);
    }

    #[test]
    fn single_and_double_precision_agree() {
        let data = planted(200, 90, 3);
        let double = item_weights::<f64>(&data.matrix, 20.0, &Monitor::quiet()).unwrap();
        let single = item_weights::<f32>(&data.matrix, 20.0, &Monitor::quiet()).unwrap();
        let worst = double.values.iter().zip(&single.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}");
    }

    #[test]
    fn any_thread_count_gives_the_same_bits() {
        let data = planted(500, 400, 4);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Ease::fit(&data, &EaseRecipe::default(), &Monitor::quiet()).unwrap().weights)
        };
        assert!(on(1) == on(3));
    }

    #[test]
    fn too_many_items_is_said_before_the_work() {
        let data = planted(50, 30, 5);
        let recipe = EaseRecipe { max_items: 10, ..EaseRecipe::default() };
        let got = Ease::fit(&data, &recipe, &Monitor::quiet()).err();
        assert!(matches!(got, Some(RecommendError::TooManyItems { items: 30, limit: 10, .. })), "{got:?}");
    }
}
