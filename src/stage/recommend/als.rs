//! Implicit-feedback matrix factorisation by alternating least squares (Hu, Koren and Volinsky,
//! "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008).
//!
//! A pair with weight `r` is a preference 1 held with confidence `c = 1 + αr`; all other pairs are a
//! preference 0 with confidence 1. For fixed item factors Y a customer's factor solves
//! `(YᵀY + λI + Σ (c_i − 1) y_i y_iᵀ) x = Σ c_i y_i`, and likewise for items. The sweeps take a few steps of
//! conjugate gradients from the last solution (Takács, Pilászy and Tikk, RecSys 2011); the customers' final
//! factors are solved exactly, so that folding in the same history gives the same factor.
//! Why (section 5 of the paper): `score(j) = Σ c_i · y_jᵀ A⁻¹ y_i`, one term a past item.

use faer::linalg::cholesky::llt::{self, factor::LltParams};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Auto, MatMut, MatRef, Par, linalg::matmul::matmul};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::conjugate::{Normal, solve_rows};
use super::dense::{Factors, products_into};
use super::error::{count_within, within};
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::{Algorithm, Csr, History, Interactions, RecommendError};
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlsRecipe {
    /// Length of a factor.
    pub factors: usize,
    /// Times that both sides are solved.
    pub iterations: usize,
    /// The penalty on long factors, in parts of how many pairs a customer and an item have on average (see
    /// [`AlsRecipe::lambda`]): the same setting then suits a small shop and a large one.
    pub penalty: f32,
    /// α: how much one unit of weight adds to the confidence in a pair.
    pub confidence: f32,
    /// Steps of conjugate gradients a solve.
    pub steps: usize,
}

impl Default for AlsRecipe {
    fn default() -> Self {
        Self { factors: 64, iterations: 15, penalty: 0.3, confidence: 0.5, steps: 3 }
    }
}

impl AlsRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        count_within("als.factors", self.factors, 1, 512, "from 1 to 512")?;
        count_within("als.iterations", self.iterations, 1, 500, "from 1 to 500")?;
        count_within("als.steps", self.steps, 1, 100, "from 1 to 100")?;
        within("als.penalty", self.penalty, 1e-5, 1000.0, "from 0.00001 to 1000")?;
        within("als.confidence", self.confidence, 0.0, 1e5, "from 0 to 100000")
    }
}

impl AlsRecipe {
    /// λ for a matrix: the penalty times the mean of pairs a customer and pairs an item (those that have any).
    pub fn lambda(&self, matrix: &Csr) -> f32 {
        let users = (0..matrix.rows()).filter(|user| matrix.row_len(*user) > 0).count();
        let items = matrix.column_counts().iter().filter(|count| **count > 0).count();
        let pairs = matrix.entries() as f32;
        self.penalty * (pairs / users.max(1) as f32 + pairs / items.max(1) as f32) / 2.0
    }
}

pub struct Als {
    pub(super) penalty: f32,
    pub(super) confidence: f32,
    pub(super) users: Factors,
    pub(super) items: Factors,
    /// Items with events; the factors of the others say nothing.
    pub(super) active: Vec<bool>,
    /// `YᵀY + λI`, lower triangle by columns.
    gram: Vec<f64>,
}

impl Als {
    pub fn fit(data: &Interactions, recipe: &AlsRecipe, seed: u64, monitor: &Monitor) -> Result<Self, RecommendError> {
        recipe.check()?;
        monitor.check()?;
        let penalty = recipe.lambda(&data.matrix);
        let by_user = &data.matrix;
        let by_item = by_user.transpose();
        let active = (0..by_item.rows()).map(|item| by_item.row_len(item) > 0).collect();
        let mut users = Factors::zeros(by_user.rows(), recipe.factors);
        let mut items = start(by_item.rows(), recipe.factors, seed);
        let sweeps = 2 * recipe.iterations as u64 + 1;
        let solve = |rows: &Csr, fixed: &Factors, out: &mut Factors| {
            let gram: Vec<f32> = gram(fixed, penalty).into_iter().map(|v| v as f32).collect();
            let normal = Normal { rows, fixed, gram: &gram, confidence: recipe.confidence, steps: recipe.steps };
            solve_rows(&normal, out, monitor)
        };
        for iteration in 0..recipe.iterations as u64 {
            monitor.report(Step::Fitting, 2 * iteration, sweeps);
            solve(by_user, &items, &mut users)?;
            monitor.report(Step::Fitting, 2 * iteration + 1, sweeps);
            solve(&by_item, &users, &mut items)?;
        }
        if !items.values.iter().all(|v| v.is_finite()) {
            return Err(RecommendError::Unstable { algorithm: Algorithm::Als });
        }
        let gram = gram(&items, penalty);
        let mut model = Self { penalty, confidence: recipe.confidence, users, items, active, gram };
        let mut users = std::mem::take(&mut model.users);
        users.values.par_chunks_mut(recipe.factors).enumerate().try_for_each(|(user, out)| {
            if user % 64 == 0 {
                monitor.check()?;
            }
            let (columns, weights) = by_user.row(user);
            model.solve_user(columns.iter().copied().zip(weights.iter().copied()), out);
            Ok::<(), RecommendError>(())
        })?;
        model.users = users;
        monitor.report(Step::Fitting, sweeps, sweeps);
        Ok(model)
    }

    /// From what was kept of a fit.
    pub(super) fn of(penalty: f32, confidence: f32, users: Factors, items: Factors, active: Vec<bool>) -> Self {
        let gram = gram(&items, penalty);
        Self { penalty, confidence, users, items, active, gram }
    }

    /// Customers × factors, as fitted.
    pub fn users(&self) -> &Factors {
        &self.users
    }

    /// Items × factors.
    pub fn items(&self) -> &Factors {
        &self.items
    }

    /// The factor of a history that was not in the fit.
    pub fn fold_in(&self, history: &History) -> Vec<f32> {
        let mut factor = vec![0.0; self.items.width];
        self.solve_user(history.row().iter().copied(), &mut factor);
        factor
    }

    /// The loss that the fit makes smaller: `Σ c (p − x·y)² + λ(Σ|x|² + Σ|y|²)` over all pairs.
    pub fn loss(&self, data: &Interactions) -> f64 {
        let mut all = gram(&self.items, 0.0);
        super::sparse::mirror_upper(&mut all, self.items.width);
        let square = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let mut loss = f64::from(self.penalty) * (square(&self.users.values) + square(&self.items.values));
        for user in 0..data.matrix.rows() {
            let x = self.users.row(user);
            let (mut own, f) = (0.0, self.items.width);
            for a in 0..f {
                own += f64::from(x[a]) * (0..f).map(|b| all[a * f + b] * f64::from(x[b])).sum::<f64>();
            }
            for (item, weight) in data.matrix.iter_row(user) {
                let guess = f64::from(super::dense::dot(x, self.items.row(item as usize)));
                let confidence = 1.0 + f64::from(self.confidence * weight);
                own += confidence * (1.0 - guess).powi(2) - guess * guess;
            }
            loss += own;
        }
        loss
    }

    fn known(&self, item: u32) -> bool {
        self.active.get(item as usize).copied().unwrap_or(false)
    }

    /// Solves one customer's equations exactly, into `out`; zeros when there is nothing to go by.
    fn solve_user(&self, row: impl Iterator<Item = (u32, f32)>, out: &mut [f32]) {
        let terms: Vec<(u32, f32)> = row.filter(|(item, _)| self.known(*item)).collect();
        let mut right = vec![0f64; self.items.width];
        for &(item, weight) in &terms {
            let confidence = 1.0 + f64::from(self.confidence * weight);
            for (sum, &y) in right.iter_mut().zip(self.items.row(item as usize)) {
                *sum += confidence * f64::from(y);
            }
        }
        if terms.is_empty() || !self.solve_with(&terms, &mut right) {
            out.fill(0.0);
            return;
        }
        for (to, from) in out.iter_mut().zip(&right) {
            *to = *from as f32;
        }
    }

    /// Replaces each of the `columns` vectors in `right` by `A⁻¹` times it, `A = YᵀY + λI + Σ (c − 1) y yᵀ`. The sum
    /// is taken in single precision and solved in double: whatever its rounding, scores and explanations share the
    /// same `A`.
    fn solve_with(&self, terms: &[(u32, f32)], right: &mut [f64]) -> bool {
        let f = self.items.width;
        let mut rows = Vec::with_capacity(terms.len() * f);
        for &(item, weight) in terms {
            let root = (self.confidence * weight).sqrt();
            rows.extend(self.items.row(item as usize).iter().map(|y| y * root));
        }
        let mut own = vec![0f32; f * f];
        let rows = MatRef::from_row_major_slice(&rows, terms.len(), f);
        triangular::matmul(
            MatMut::from_column_major_slice_mut(&mut own, f, f),
            BlockStructure::TriangularLower,
            Accum::Replace,
            rows.transpose(),
            BlockStructure::Rectangular,
            rows,
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        let mut square: Vec<f64> = self.gram.iter().zip(&own).map(|(all, own)| all + f64::from(*own)).collect();
        let columns = right.len() / f;
        let params = <LltParams as Auto<f64>>::auto().into();
        let scratch = llt::factor::cholesky_in_place_scratch::<f64>(f, Par::Seq, params)
            .or(llt::solve::solve_in_place_scratch::<f64>(f, columns, Par::Seq));
        let mut memory = faer::dyn_stack::MemBuffer::new(scratch);
        let stack = faer::dyn_stack::MemStack::new(&mut memory);
        let lower = MatMut::from_column_major_slice_mut(&mut square, f, f);
        if llt::factor::cholesky_in_place(lower, Default::default(), Par::Seq, stack, params).is_err() {
            return false;
        }
        let lower = MatRef::from_column_major_slice(&square, f, f);
        let right = MatMut::from_column_major_slice_mut(right, f, columns);
        llt::solve::solve_in_place(lower, right, Par::Seq, stack);
        true
    }
}

/// Small numbers to begin with, the same for the same seed.
fn start(rows: usize, width: usize, seed: u64) -> Factors {
    let mut factors = Factors::zeros(rows, width);
    factors.values.par_chunks_mut(width).enumerate().for_each(|(row, out)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(row as u64);
        out.fill_with(|| rng.random::<f32>() * 0.01);
    });
    factors
}

/// `FᵀF + penalty·I`, lower triangle by columns. Summed in double over parts of fixed length.
fn gram(factors: &Factors, penalty: f32) -> Vec<f64> {
    const PART: usize = 2048;
    let f = factors.width;
    let parts: Vec<Vec<f32>> = factors
        .values
        .par_chunks(PART * f)
        .map(|part| {
            let mut own = vec![0f32; f * f];
            let rows = MatRef::from_row_major_slice(part, part.len() / f, f);
            triangular::matmul(
                MatMut::from_column_major_slice_mut(&mut own, f, f),
                BlockStructure::TriangularLower,
                Accum::Replace,
                rows.transpose(),
                BlockStructure::Rectangular,
                rows,
                BlockStructure::Rectangular,
                1.0,
                Par::Seq,
            );
            own
        })
        .collect();
    let mut sum = vec![0f64; f * f];
    for part in parts {
        for (to, from) in sum.iter_mut().zip(part) {
            *to += f64::from(from);
        }
    }
    for k in 0..f {
        sum[k * f + k] += f64::from(penalty);
    }
    sum
}

impl Recommender for Als {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Als
    }

    fn item_count(&self) -> usize {
        self.items.rows()
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        if history.row().iter().any(|entry| self.known(entry.0)) {
            products_into(out, &self.items, &self.fold_in(history));
            self.hide_unknown(out);
        } else {
            out.fill(NO_OPINION);
        }
    }

    fn score_users(&self, data: &Interactions, users: &[u32], out: &mut [f32]) {
        let (f, items) = (self.items.width, self.items.rows());
        let mut left = vec![0f32; users.len() * f];
        for (row, &user) in left.chunks_exact_mut(f).zip(users) {
            if (user as usize) < self.users.rows() {
                row.copy_from_slice(self.users.row(user as usize));
            }
        }
        matmul(
            MatMut::from_row_major_slice_mut(out, users.len(), items),
            Accum::Replace,
            MatRef::from_row_major_slice(&left, users.len(), f),
            MatRef::from_column_major_slice(&self.items.values, f, items),
            1.0,
            Par::Seq,
        );
        for (row, &user) in out.chunks_exact_mut(items.max(1)).zip(users) {
            if (user as usize) < data.matrix.rows() && data.matrix.row_len(user as usize) > 0 {
                self.hide_unknown(row);
            } else {
                row.fill(NO_OPINION);
            }
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        self.explain_all(history, &[item]).pop().unwrap_or_else(|| Explanation::none(item))
    }

    fn explain_all(&self, history: &History, items: &[u32]) -> Vec<Explanation> {
        let terms: Vec<(u32, f32)> = history.row().iter().copied().filter(|entry| self.known(entry.0)).collect();
        let known: Vec<u32> = items.iter().copied().filter(|item| self.known(*item)).collect();
        let mut toward: Vec<f64> = Vec::with_capacity(known.len() * self.items.width);
        for item in &known {
            toward.extend(self.items.row(*item as usize).iter().map(|y| f64::from(*y)));
        }
        if terms.is_empty() || known.is_empty() || !self.solve_with(&terms, &mut toward) {
            return items.iter().map(|item| Explanation::none(*item)).collect();
        }
        let factor = self.fold_in(history);
        let mut solved = known.iter().zip(toward.chunks_exact(self.items.width));
        let mut explain = |item: u32| {
            let (_, toward) = solved.next()?;
            let part = |&(past, weight): &(u32, f32)| {
                let along: f64 = toward.iter().zip(self.items.row(past as usize)).map(|(w, y)| w * f64::from(*y)).sum();
                Contribution { item: past, value: ((1.0 + f64::from(self.confidence * weight)) * along) as f32 }
            };
            let score = super::dense::dot(&factor, self.items.row(item as usize));
            Some(Explanation::new(item, score, 0.0, terms.iter().map(part).collect()))
        };
        let one = |item: &u32| match self.known(*item) {
            true => explain(*item).unwrap_or_else(|| Explanation::none(*item)),
            false => Explanation::none(*item),
        };
        items.iter().map(one).collect()
    }

    fn to_bytes(&self) -> Option<Result<Vec<u8>, RecommendError>> {
        Some(self.keep())
    }
}

impl Als {
    fn hide_unknown(&self, scores: &mut [f32]) {
        for (score, known) in scores.iter_mut().zip(&self.active) {
            if !known {
                *score = NO_OPINION;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    fn fit(data: &Interactions, recipe: &AlsRecipe) -> Als {
        Als::fit(data, recipe, 7, &Monitor::quiet()).unwrap()
    }

    /// Largest entry of `b − A x` for one side, straight from the paper's equations, in double precision.
    fn residual(rows: &Csr, x: &Factors, y: &Factors, recipe: &AlsRecipe, penalty: f32) -> f64 {
        let f = recipe.factors;
        let mut worst = 0f64;
        for u in 0..rows.rows() {
            for a in 0..f {
                let mut left = f64::from(penalty * x.row(u)[a]);
                let mut right = 0.0;
                for i in 0..y.rows() {
                    let weight = rows.iter_row(u).find(|e| e.0 as usize == i).map_or(0.0, |e| e.1);
                    let confidence = 1.0 + f64::from(recipe.confidence * weight);
                    let guess: f64 = x.row(u).iter().zip(y.row(i)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                    left += confidence * guess * f64::from(y.row(i)[a]);
                    right += if weight > 0.0 { confidence * f64::from(y.row(i)[a]) } else { 0.0 };
                }
                worst = worst.max((left - right).abs() / (1.0 + right.abs()));
            }
        }
        worst
    }

    #[test]
    fn both_sides_solve_the_normal_equations_of_the_paper() {
        let data = planted(40, 25, 1);
        let recipe = AlsRecipe { factors: 6, iterations: 300, penalty: 0.05, confidence: 3.0, steps: 8 };
        let model = fit(&data, &recipe);
        let users = residual(&data.matrix, &model.users, &model.items, &recipe, model.penalty);
        assert!(users < 1e-5, "customers: {users}");
        // At the fixed point the items' equations hold for the final customers too.
        let items = residual(&data.matrix.transpose(), &model.items, &model.users, &recipe, model.penalty);
        assert!(items < 1e-2, "items: {items}");
    }

    #[test]
    fn more_sweeps_never_raise_the_loss() {
        let data = planted(60, 40, 2);
        let loss = |iterations| {
            let recipe = AlsRecipe { factors: 8, iterations, ..AlsRecipe::default() };
            fit(&data, &recipe).loss(&data)
        };
        let losses = [1, 2, 4, 8, 16].map(loss);
        assert!(losses.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-6)), "{losses:?}");
    }

    #[test]
    fn the_loss_is_the_sum_over_all_pairs() {
        let data = planted(9, 7, 3);
        let recipe = AlsRecipe { factors: 3, iterations: 2, penalty: 0.7, confidence: 2.0, steps: 3 };
        let model = fit(&data, &recipe);
        let pairs = data.matrix.entries() as f32;
        let lambda = 0.7 * (pairs / 9.0 + pairs / 7.0) / 2.0;
        let mut want = 0f64;
        for value in model.users.values.iter().chain(&model.items.values) {
            want += f64::from(lambda) * f64::from(*value).powi(2);
        }
        for u in 0..9 {
            for i in 0..7 {
                let weight = data.matrix.iter_row(u).find(|e| e.0 as usize == i).map_or(0.0, |e| e.1);
                let guess = f64::from(super::super::dense::dot(model.users.row(u), model.items.row(i)));
                let want_one = if weight > 0.0 { 1.0 } else { 0.0 };
                want += (1.0 + 2.0 * f64::from(weight)) * (want_one - guess).powi(2);
            }
        }
        assert!((model.loss(&data) - want).abs() < 1e-3 * want, "{} {want}", model.loss(&data));
    }

    #[test]
    fn any_thread_count_gives_the_same_factors() {
        let data = planted(300, 200, 4);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&data, &AlsRecipe { factors: 20, iterations: 3, ..AlsRecipe::default() }))
        };
        let (one, three) = (on(1), on(3));
        assert!(one.items == three.items && one.users == three.users);
    }

    #[test]
    fn extreme_weights_stay_finite() {
        let data = planted(20, 15, 5);
        for recipe in [
            AlsRecipe { factors: 5, confidence: 1e5, penalty: 1e-3, ..AlsRecipe::default() },
            AlsRecipe { factors: 40, confidence: 0.0, penalty: 1e3, ..AlsRecipe::default() },
        ] {
            let model = fit(&data, &recipe);
            assert!(model.users.values.iter().all(|v| v.is_finite()));
        }
    }
}
