//! Ridge, lasso and elastic net: least squares that pays for large coefficients.
//!
//! Columns are standardised; the objective is `1/(2n) |y - Zw|² + a (l |w|₁ + (1 - l)/2 |w|²)`, the same as
//! scikit-learn's `Lasso` and `ElasticNet` (its `Ridge` calls `n a` what is `a` here). Coordinate descent on the
//! cross products (Friedman, Hastie, Tibshirani 2010): after one pass over the rows, a step costs `p`, so that
//! the whole path and its cross-validation cost about as much as one least-squares fit.

use faer::Side;
use faer::linalg::solvers::Solve;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::coefficient::Coefficient;
use super::encode::Encoded;
use super::error::{PredictError, Result};
use super::linear::Linear;
use super::matrix::{Matrix, pick, square};
use super::moments::Moments;
use super::split::shuffled_folds;
use crate::base::monitor::{Monitor, Step};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PenalisedRecipe {
    /// 0 ridge, 1 lasso, between them elastic net.
    pub l1_ratio: f64,
    /// Left out: chosen by cross-validation from the path.
    pub penalty: Option<f64>,
    pub choice: Choice,
    /// Penalties on the path, evenly spaced in logarithm.
    pub steps: usize,
    /// Folds of the cross-validation.
    pub folds: usize,
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The smallest cross-validated error.
    #[default]
    Best,
    /// The largest penalty within one standard error of the best.
    Simplest,
}

impl Default for PenalisedRecipe {
    fn default() -> Self {
        Self { l1_ratio: 1.0, penalty: None, choice: Choice::Best, steps: 60, folds: 5, seed: 42 }
    }
}

impl PenalisedRecipe {
    pub fn check(&self) -> Result<()> {
        let bad = PredictError::recipe;
        if !(0.0..=1.0).contains(&self.l1_ratio) || (self.l1_ratio > 0.0 && self.l1_ratio < 0.01) {
            return Err(bad("l1_ratio", "0, or 0.01 to 1"));
        }
        if self.penalty.is_some_and(|a| !(a >= 0.0 && a.is_finite())) {
            return Err(bad("penalty", "0 or more"));
        }
        if !(2..=1000).contains(&self.steps) {
            return Err(bad("steps", "2 to 1000"));
        }
        if !(2..=50).contains(&self.folds) {
            return Err(bad("folds", "2 to 50"));
        }
        Ok(())
    }
}

/// The coefficients along falling penalties, to be drawn.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Path {
    pub penalties: Vec<f64>,
    /// For each penalty, the effect of one standard deviation of every encoded column.
    pub weights: Vec<Vec<f64>>,
    /// Mean cross-validated squared error of each penalty and its standard error; empty for a given penalty.
    pub cv_mse: Vec<f64>,
    pub cv_error: Vec<f64>,
    pub best: Option<usize>,
    pub simplest: Option<usize>,
    pub chosen: f64,
}

/// A point of the path changes by less than this share of the target's deviation: it has converged.
const TOLERANCE: f64 = 1e-9;
const SWEEPS: usize = 5_000;

pub fn fit(
    x: &Matrix,
    y: &[f64],
    columns: &[Encoded],
    recipe: &PenalisedRecipe,
    monitor: &Monitor,
) -> Result<(Linear, Path)> {
    recipe.check()?;
    if x.rows < 3 {
        return Err(PredictError::TooFewRows { rows: x.rows, needed: 3 });
    }
    let all = Moments::of(x, y, monitor)?;
    let problem = Problem::of(&all);
    let penalties = problem.grid(recipe);
    let weights = problem.path(&penalties, recipe.l1_ratio, monitor)?;
    let mut path = Path { penalties, weights, ..Path::default() };
    let w = match recipe.penalty {
        Some(penalty) => {
            path.chosen = penalty;
            problem.path(&[penalty], recipe.l1_ratio, monitor)?.remove(0)
        }
        None => {
            cross_validate(x, y, &all, recipe, &mut path, monitor)?;
            let at = if recipe.choice == Choice::Best { path.best } else { path.simplest }.unwrap_or(0);
            path.chosen = path.penalties[at];
            path.weights[at].clone()
        }
    };
    Ok((problem.linear(&w, columns), path))
}

/// Standardised columns against the centred target, as correlations and covariances.
struct Problem {
    mean: Vec<f64>,
    sd: Vec<f64>,
    y_mean: f64,
    y_sd: f64,
    /// `p × p` row after row; a column that does not vary is 0 everywhere.
    correlation: Vec<f64>,
    /// Of each standardised column with `y`, in units of `y`.
    covariance: Vec<f64>,
}

impl Problem {
    fn of(moments: &Moments) -> Self {
        let p = moments.k() - 1;
        let (correlation, with_y) = moments.correlations();
        let y_sd = moments.sd(p);
        Self {
            mean: moments.mean[..p].to_vec(),
            sd: (0..p).map(|j| moments.sd(j)).collect(),
            y_mean: moments.mean[p],
            y_sd,
            correlation,
            covariance: with_y.iter().map(|r| r * y_sd).collect(),
        }
    }

    /// From the smallest penalty at which every coefficient is 0 (for ridge: 100) down to a ten-thousandth of it.
    fn grid(&self, recipe: &PenalisedRecipe) -> Vec<f64> {
        let steepest = self.covariance.iter().fold(0.0, |most: f64, c| most.max(c.abs())).max(1e-12 * self.y_sd);
        let (top, span): (f64, f64) =
            if recipe.l1_ratio > 0.0 { (steepest / recipe.l1_ratio, 1e-4) } else { (100.0, 1e-7) };
        let last = (recipe.steps - 1) as f64;
        (0..recipe.steps).map(|i| top * span.powf(i as f64 / last)).collect()
    }

    /// Standardised coefficients at each penalty, each starting from the one before.
    fn path(&self, penalties: &[f64], l1_ratio: f64, monitor: &Monitor) -> Result<Vec<Vec<f64>>> {
        let mut w = vec![0.0; self.covariance.len()];
        let mut path = Vec::with_capacity(penalties.len());
        for &penalty in penalties {
            monitor.check()?;
            w = if l1_ratio == 0.0 { self.ridge(penalty)? } else { self.descend(w, penalty, l1_ratio, monitor)? };
            path.push(w.clone());
        }
        Ok(path)
    }

    /// `(C + a I) w = c`, in closed form.
    fn ridge(&self, penalty: f64) -> Result<Vec<f64>> {
        let p = self.covariance.len();
        let mut matrix = square(&self.correlation, p);
        for j in 0..p {
            matrix[(j, j)] = if self.sd[j] > 0.0 { matrix[(j, j)] + penalty.max(1e-12) } else { 1.0 };
        }
        let factor = matrix.llt(Side::Lower).map_err(|_| PredictError::Numerical)?;
        let right = faer::Mat::from_fn(p, 1, |i, _| self.covariance[i]);
        let solved = factor.solve(&right);
        Ok((0..p).map(|j| solved[(j, 0)]).collect())
    }

    fn descend(&self, mut w: Vec<f64>, penalty: f64, l1_ratio: f64, monitor: &Monitor) -> Result<Vec<f64>> {
        let p = w.len();
        let (l1, l2) = (penalty * l1_ratio, penalty * (1.0 - l1_ratio));
        let row = |j: usize| &self.correlation[j * p..(j + 1) * p];
        let mut product: Vec<f64> = (0..p).map(|j| row(j).iter().zip(&w).map(|(c, w)| c * w).sum()).collect();
        for sweep in 0..SWEEPS {
            if sweep % 64 == 63 {
                monitor.check()?;
            }
            let mut largest: f64 = 0.0;
            for j in (0..p).filter(|&j| self.sd[j] > 0.0) {
                let pull = self.covariance[j] - product[j] + w[j];
                let next = pull.signum() * (pull.abs() - l1).max(0.0) / (1.0 + l2);
                let change = next - w[j];
                if change != 0.0 {
                    w[j] = next;
                    product.iter_mut().zip(row(j)).for_each(|(q, c)| *q += c * change);
                    largest = largest.max(change.abs());
                }
            }
            if largest <= TOLERANCE * self.y_sd {
                break;
            }
        }
        Ok(w)
    }

    /// In the columns' own units: the intercept, then a weight a column.
    fn raw(&self, w: &[f64]) -> (f64, Vec<f64>) {
        let weights: Vec<f64> = w.iter().zip(&self.sd).map(|(w, sd)| if *sd > 0.0 { w / sd } else { 0.0 }).collect();
        let intercept = self.y_mean - weights.iter().zip(&self.mean).map(|(w, m)| w * m).sum::<f64>();
        (intercept, weights)
    }

    fn linear(&self, w: &[f64], columns: &[Encoded]) -> Linear {
        let (intercept, weights) = self.raw(w);
        let first = Coefficient { name: "(intercept)".into(), estimate: intercept, ..Coefficient::default() };
        let lines = columns.iter().enumerate().map(|(j, column)| Coefficient {
            name: column.name.clone(),
            feature: Some(column.feature),
            estimate: weights[j],
            standardised: Some(w[j]),
            ..Coefficient::default()
        });
        Linear {
            intercept,
            means: self.mean.clone(),
            table: std::iter::once(first).chain(lines).collect(),
            dropped: Vec::new(),
            summary: None,
            covariance: Vec::new(),
            weights,
        }
    }
}

/// Errors of each penalty over folds; means, deviations and coefficients are learned from the other folds alone.
fn cross_validate(
    x: &Matrix,
    y: &[f64],
    all: &Moments,
    recipe: &PenalisedRecipe,
    path: &mut Path,
    monitor: &Monitor,
) -> Result<()> {
    let fold_of = shuffled_folds(x.rows, recipe.folds.min(x.rows), recipe.seed);
    cross_validate_over(x, y, all, recipe.l1_ratio, &fold_of, path, monitor)
}

fn cross_validate_over(
    x: &Matrix,
    y: &[f64],
    all: &Moments,
    l1_ratio: f64,
    fold_of: &[u32],
    path: &mut Path,
    monitor: &Monitor,
) -> Result<()> {
    let folds = fold_of.iter().max().map_or(0, |m| m + 1);
    let done = std::sync::atomic::AtomicU64::new(0);
    let errors = (0..folds)
        .into_par_iter()
        .map(|fold| {
            let rows: Vec<u32> = (0..x.rows as u32).filter(|&i| fold_of[i as usize] == fold).collect();
            let held_out = Moments::of(&x.take_rows(&rows), &pick(y, &rows), monitor)?;
            let problem = Problem::of(&all.without(&held_out));
            let weights = problem.path(&path.penalties, l1_ratio, monitor)?;
            let finished = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            monitor.report(Step::Searching, finished, u64::from(folds));
            Ok(weights.iter().map(|w| mean_squared_error(&held_out, &problem.raw(w))).collect())
        })
        .collect::<Result<Vec<Vec<f64>>>>()?;
    let k = f64::from(folds);
    for i in 0..path.penalties.len() {
        let mean = errors.iter().map(|e| e[i]).sum::<f64>() / k;
        let variance = errors.iter().map(|e| (e[i] - mean).powi(2)).sum::<f64>() / (k - 1.0).max(1.0);
        path.cv_mse.push(mean);
        path.cv_error.push((variance / k).sqrt());
    }
    let best = (0..path.cv_mse.len()).min_by(|&a, &b| path.cv_mse[a].total_cmp(&path.cv_mse[b])).unwrap_or(0);
    let bar = path.cv_mse[best] + path.cv_error[best];
    path.best = Some(best);
    path.simplest = path.cv_mse.iter().position(|&e| e <= bar);
    Ok(())
}

/// Of a linear score on the rows that `m` was made of, from their moments alone.
fn mean_squared_error(m: &Moments, (intercept, weights): &(f64, Vec<f64>)) -> f64 {
    let (k, p) = (m.k(), m.k() - 1);
    let direction = |j: usize| if j < p { -weights[j] } else { 1.0 };
    let spread: f64 = (0..k * k).map(|i| direction(i / k) * m.cross[i] * direction(i % k)).sum();
    let offset = m.mean[p] - intercept - weights.iter().zip(&m.mean).map(|(w, m)| w * m).sum::<f64>();
    spread.max(0.0) / m.n + offset * offset
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::testing::{NUMBERS, all_near, arrays, encoded, list};
    use super::*;

    fn at(l1_ratio: f64, penalty: f64) -> Linear {
        let (x, spend, _) = arrays();
        let recipe = PenalisedRecipe { l1_ratio, penalty: Some(penalty), ..PenalisedRecipe::default() };
        fit(&x, &spend, &encoded(&NUMBERS), &recipe, &Monitor::quiet()).expect("fits").0
    }

    #[test]
    fn ridge_lasso_and_elastic_net_agree_with_scikit_learn() {
        for (name, l1_ratio) in [("ridge", 0.0), ("lasso", 1.0), ("elastic", 0.5)] {
            for penalty in ["0.05", "1.0", "6.0"] {
                let linear = at(l1_ratio, penalty.parse().expect("a number"));
                let found: Vec<f64> = linear.table[1..].iter().filter_map(|c| c.standardised).collect();
                all_near(&found, &list(&["penalised", &format!("{name} {penalty}")]), 1e-6);
            }
        }
    }

    #[test]
    fn cross_validated_errors_agree_with_scikit_learn() {
        let (x, spend, _) = arrays();
        let all = Moments::of(&x, &spend, &Monitor::quiet()).expect("not cancelled");
        let fold_of: Vec<u32> = (0..x.rows as u32).map(|i| i % 5).collect();
        let mut path = Path { penalties: list(&["penalised", "cv", "grid"]), ..Path::default() };
        cross_validate_over(&x, &spend, &all, 1.0, &fold_of, &mut path, &Monitor::quiet()).expect("runs");
        all_near(&path.cv_mse, &list(&["penalised", "cv", "mse"]), 1e-6);
    }

    #[test]
    fn the_path_starts_with_nothing_and_ends_at_least_squares() {
        let (x, spend, _) = arrays();
        let (linear, path) =
            fit(&x, &spend, &encoded(&NUMBERS), &PenalisedRecipe::default(), &Monitor::quiet()).expect("fits");
        assert!(path.weights[0].iter().all(|w| *w == 0.0));
        assert!(path.weights[1].iter().any(|w| *w != 0.0));
        let last = path.weights.last().expect("a path");
        let sd = |j: usize| linear.table[j + 1].standardised.expect("given") / linear.weights[j];
        let ols: Vec<f64> = list(&["ols", "params"])[1..].iter().enumerate().map(|(j, b)| b * sd(j)).collect();
        all_near(last, &ols, 0.01);
        assert!(path.simplest <= path.best);
    }

    #[test]
    fn planted_zeros_are_found_and_many_columns_are_no_obstacle() {
        // 30 rows, 60 columns, of which the first two count.
        let n = 30;
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let columns = (0..60).map(|_| (0..n).map(|_| rng.random_range(0.0..20.0)).collect()).collect();
        let x = Matrix::from_columns(n, columns);
        let y: Vec<f64> = (0..n).map(|i| 5.0 * x.get(i, 0) - 4.0 * x.get(i, 1)).collect();
        let names: Vec<String> = (0..60).map(|j| format!("c{j}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let recipe = PenalisedRecipe { penalty: Some(2.0), ..PenalisedRecipe::default() };
        let (linear, _) = fit(&x, &y, &encoded(&names), &recipe, &Monitor::quiet()).expect("fits");
        let strongest = linear.table[1..].iter().filter(|c| c.standardised.unwrap_or(0.0).abs() > 10.0).count();
        assert_eq!(strongest, 2);
        assert!(linear.weights[0] > 3.0 && linear.weights[1] < -2.5, "{:?}", &linear.weights[..3]);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for recipe in [
            PenalisedRecipe { l1_ratio: 1.5, ..PenalisedRecipe::default() },
            PenalisedRecipe { penalty: Some(-1.0), ..PenalisedRecipe::default() },
            PenalisedRecipe { folds: 1, ..PenalisedRecipe::default() },
            PenalisedRecipe { steps: 1, ..PenalisedRecipe::default() },
        ] {
            assert!(matches!(recipe.check(), Err(PredictError::Recipe { .. })));
        }
    }
}
