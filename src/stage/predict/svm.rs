//! Support vector machines, linear and with a Gaussian kernel, for classes and for numbers. They learn from at
//! most a stated number of rows; a chance comes from Platt scaling of cross-validated decision values.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dcd;
use super::encode::{Encoded, Meaning, Scaler};
use super::error::{PredictError, Result};
use super::logistic::sigmoid;
use super::matrix::{Matrix, pick};
use super::smo::{Points, Problem, Solution, solve};
use super::split::{Rows, SplitRecipe, deal};
use super::target::Task;
use crate::base::monitor::Monitor;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SvmRecipe {
    pub kernel: Kernel,
    /// The price of a row on the wrong side.
    pub c: f64,
    /// For numbers: errors below this many standard deviations of the target cost nothing.
    pub epsilon: f64,
    /// With more training rows than this, a seeded sample of so many is learned from.
    pub row_limit: usize,
    /// The largest violation of optimality that is let pass.
    pub tolerance: f64,
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kernel", rename_all = "snake_case")]
pub enum Kernel {
    Linear,
    /// `exp(-gamma |a - b|²)`; left out: 1 / the number of columns.
    Rbf {
        gamma: Option<f64>,
    },
}

impl Default for SvmRecipe {
    fn default() -> Self {
        let kernel = Kernel::Rbf { gamma: None };
        Self { kernel, c: 1.0, epsilon: 0.1, row_limit: 10_000, tolerance: 1e-3, seed: 42 }
    }
}

impl SvmRecipe {
    pub fn check(&self) -> Result<()> {
        let bad = PredictError::recipe;
        let is_above = |v: f64| v > 0.0 && v.is_finite();
        if !is_above(self.c) {
            return Err(bad("c", "above 0"));
        }
        if matches!(self.kernel, Kernel::Rbf { gamma: Some(g) } if !is_above(g)) {
            return Err(bad("gamma", "above 0"));
        }
        if !(self.epsilon >= 0.0 && self.epsilon.is_finite()) {
            return Err(bad("epsilon", "0 or more"));
        }
        if !(50..=1_000_000).contains(&self.row_limit) {
            return Err(bad("row_limit", "50 to 1,000,000"));
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return Err(bad("tolerance", "between 0 and 1"));
        }
        Ok(())
    }
}

/// `decision = bias + Σ weights · K(vectors, row)`, or `bias + slopes · row`, of the scaled row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Svm {
    pub scaler: Scaler,
    /// Of the linear kernel: one a column. Empty for the Gaussian kernel.
    pub slopes: Vec<f64>,
    /// Of the Gaussian kernel: 1 / its squared width; the support vectors, row after row; their weights.
    pub gamma: f64,
    pub vectors: Vec<f64>,
    pub weights: Vec<f64>,
    pub bias: f64,
    /// The chance of yes is `1 / (1 + exp(a · decision + b))`; absent for numbers.
    pub platt: Option<(f64, f64)>,
    /// Numbers are brought back by `mean + deviation · decision`.
    pub target_scale: (f64, f64),
    pub trained_on: usize,
    pub of_rows: usize,
    pub iterations: usize,
    pub converged: bool,
}

/// The fewest and the most steps of a Gaussian machine; 50 a row between them.
const ITERATIONS: (usize, usize) = (100_000, 2_000_000);

pub fn fit(
    x: &Matrix,
    y: &[f64],
    columns: &[Encoded],
    recipe: &SvmRecipe,
    task: Task,
    monitor: &Monitor,
) -> Result<Svm> {
    recipe.check()?;
    let classes = (task == Task::Classification).then_some(y);
    let rows = sample(x.rows, classes, recipe)?;
    let mut scaled = x.take_rows(&rows);
    let goal = pick(y, &rows);
    let scaler = scaler(&scaled, columns);
    scaler.apply(&mut scaled);
    let gamma = match recipe.kernel {
        Kernel::Linear => None,
        Kernel::Rbf { gamma } => Some(gamma.unwrap_or(1.0 / x.cols.max(1) as f64)),
    };
    let data = row_major(&scaled);
    let machine = Machine { width: x.cols, gamma, recipe, task };
    let (goal, target_scale) = machine.goal(goal);
    let learned = machine.train(&data, &goal, monitor)?;
    let platt = match task {
        Task::Classification => Some(machine.calibrate(&data, &goal, monitor)?),
        Task::Regression => None,
    };
    let mut svm = Svm {
        scaler,
        slopes: Vec::new(),
        gamma: gamma.unwrap_or(0.0),
        vectors: Vec::new(),
        weights: Vec::new(),
        bias: 0.0,
        platt,
        target_scale,
        trained_on: rows.len(),
        of_rows: x.rows,
        iterations: 0,
        converged: false,
    };
    svm.keep(learned, &data, x.cols);
    Ok(svm)
}

/// At most `row_limit` rows, of each class its share, ascending.
fn sample(n: usize, classes: Option<&[f64]>, recipe: &SvmRecipe) -> Result<Vec<u32>> {
    if n <= recipe.row_limit {
        return Ok((0..n as u32).collect());
    }
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    let share = recipe.row_limit as f64 / n as f64;
    let mut taken = Vec::with_capacity(recipe.row_limit);
    for class in [Some(1.0), Some(0.0), None] {
        let is_in = |i: &u32| classes.map(|c| c[*i as usize]) == class;
        let mut rows: Vec<u32> = (0..n as u32).filter(is_in).collect();
        rows.shuffle(&mut rng);
        rows.truncate(((rows.len() as f64 * share).round() as usize).max(2));
        taken.extend(rows);
    }
    taken.sort_unstable();
    Ok(taken)
}

/// Numbers are standardised; yes/no columns keep their 0 and 1, so that rare ones do not outweigh everything.
fn scaler(x: &Matrix, columns: &[Encoded]) -> Scaler {
    let mut scaler = Scaler::learn(x);
    for (j, column) in columns.iter().enumerate() {
        if column.meaning != Meaning::Value {
            (scaler.mean[j], scaler.sd[j]) = (0.0, 1.0);
        }
    }
    scaler
}

fn row_major(x: &Matrix) -> Vec<f64> {
    let mut data = vec![0.0; x.rows * x.cols];
    for (i, row) in data.chunks_mut(x.cols.max(1)).enumerate() {
        x.row_into(i, row);
    }
    data
}

struct Machine<'a> {
    width: usize,
    gamma: Option<f64>,
    recipe: &'a SvmRecipe,
    task: Task,
}

impl Machine<'_> {
    /// Classes as -1 and 1; numbers standardised, with how to bring them back.
    fn goal(&self, y: Vec<f64>) -> (Vec<f64>, (f64, f64)) {
        match self.task {
            Task::Classification => (y.iter().map(|y| 2.0 * y - 1.0).collect(), (0.0, 1.0)),
            Task::Regression => {
                let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
                let sd = (y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / y.len().max(1) as f64).sqrt();
                let sd = if sd > 0.0 { sd } else { 1.0 };
                (y.iter().map(|y| (y - mean) / sd).collect(), (mean, sd))
            }
        }
    }

    fn train(&self, data: &[f64], goal: &[f64], monitor: &Monitor) -> Result<Learned> {
        if self.gamma.is_none() {
            let epsilon = (self.task == Task::Regression).then_some(self.recipe.epsilon);
            let SvmRecipe { c, tolerance, seed, .. } = *self.recipe;
            let rows = dcd::Rows { data, width: self.width, goal };
            return dcd::solve(&rows, &dcd::Settings { c, epsilon, tolerance, seed }, monitor).map(Learned::Line);
        }
        let n = goal.len() as u32;
        let points = Points { data, width: self.width, gamma: self.gamma };
        let (point, sign, linear) = match self.task {
            Task::Classification => ((0..n).collect(), goal.to_vec(), vec![-1.0; goal.len()]),
            Task::Regression => {
                let e = self.recipe.epsilon;
                let up = goal.iter().map(|y| e - y);
                let down = goal.iter().map(|y| e + y);
                let sign = (0..2 * n).map(|k| if k < n { 1.0 } else { -1.0 }).collect();
                ((0..n).chain(0..n).collect(), sign, up.chain(down).collect())
            }
        };
        let (c, tolerance) = (self.recipe.c, self.recipe.tolerance);
        let iterations = (50 * goal.len()).clamp(ITERATIONS.0, ITERATIONS.1);
        solve(&Problem { points, point, sign, linear, c, tolerance, iterations }, monitor).map(Learned::Support)
    }

    /// Platt's two numbers, from decision values of rows that the machine had not seen (three folds).
    fn calibrate(&self, data: &[f64], goal: &[f64], monitor: &Monitor) -> Result<(f64, f64)> {
        let yes: Vec<f64> = goal.iter().map(|g| f64::from(*g > 0.0)).collect();
        let recipe = SplitRecipe::KFold { folds: 3, stratified: true };
        let rows = Rows { n: goal.len(), classes: Some(&yes), times: None };
        let mut decisions = vec![0.0; goal.len()];
        for fold in deal(&recipe, &rows, self.recipe.seed)? {
            let part = |rows: &[u32]| -> Vec<f64> {
                rows.iter().flat_map(|&i| &data[i as usize * self.width..][..self.width]).copied().collect()
            };
            let (train, train_goal) = (part(&fold.train), pick(goal, &fold.train));
            if train_goal.iter().all(|g| *g == train_goal[0]) {
                continue;
            }
            let learned = self.train(&train, &train_goal, monitor)?;
            let found = self.decide(&train, &learned, &part(&fold.test), monitor)?;
            for (&i, d) in fold.test.iter().zip(found) {
                decisions[i as usize] = d;
            }
        }
        Ok(platt(&decisions, &yes))
    }

    fn decide(&self, data: &[f64], learned: &Learned, rows: &[f64], monitor: &Monitor) -> Result<Vec<f64>> {
        let points = Points { data, width: self.width, gamma: self.gamma };
        let support: Vec<usize> = match learned {
            Learned::Line(_) => Vec::new(),
            Learned::Support(s) => (0..points.len()).filter(|&i| s.weights[i] != 0.0).collect(),
        };
        let one = |row: &[f64]| match learned {
            Learned::Line(line) => line.bias + row.iter().zip(&line.slopes).map(|(v, s)| v * s).sum::<f64>(),
            Learned::Support(s) => {
                s.bias + support.iter().map(|&i| s.weights[i] * points.kernel(points.row(i), row)).sum::<f64>()
            }
        };
        rows.par_chunks(self.width.max(1) * 64)
            .map(|block| {
                monitor.check()?;
                Ok(block.chunks(self.width.max(1)).map(one).collect::<Vec<f64>>())
            })
            .collect::<Result<Vec<_>>>()
            .map(|blocks| blocks.concat())
    }
}

enum Learned {
    Line(dcd::Line),
    Support(Solution),
}

impl Svm {
    /// Stores what scoring needs: the slopes of a linear machine, the support vectors of another.
    fn keep(&mut self, learned: Learned, data: &[f64], width: usize) {
        match learned {
            Learned::Line(line) => {
                (self.bias, self.iterations, self.converged) = (line.bias, line.passes, line.converged);
                self.slopes = line.slopes;
            }
            Learned::Support(s) => {
                (self.bias, self.iterations, self.converged) = (s.bias, s.iterations, s.converged);
                for (i, &weight) in s.weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                    self.weights.push(weight);
                    self.vectors.extend_from_slice(&data[i * width..(i + 1) * width]);
                }
            }
        }
    }
}

/// The `a` and `b` of `1 / (1 + exp(a d + b))` with the largest likelihood, by Newton's method on Platt's
/// softened targets (Lin, Lin, Weng 2007).
fn platt(decisions: &[f64], yes: &[f64]) -> (f64, f64) {
    let positives = yes.iter().sum::<f64>();
    let negatives = yes.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let goal: Vec<f64> = yes.iter().map(|y| if *y == 1.0 { high } else { low }).collect();
    let (mut a, mut b) = (0.0, ((negatives + 1.0) / (positives + 1.0)).ln());
    let loss = |a: f64, b: f64| -> f64 {
        let one = |(d, t): (&f64, &f64)| {
            let f = a * d + b;
            t * f + (-f).max(0.0) + (-f.abs()).exp().ln_1p()
        };
        decisions.iter().zip(&goal).map(one).sum()
    };
    let mut value = loss(a, b);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for (d, t) in decisions.iter().zip(&goal) {
            let p = sigmoid(-(a * d + b));
            let (error, weight) = (t - p, p * (1.0 - p));
            ga += d * error;
            gb += error;
            haa += d * d * weight;
            hab += d * weight;
            hbb += weight;
        }
        if ga.abs() < 1e-8 && gb.abs() < 1e-8 {
            break;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant);
        let mut share = 1.0;
        while share > 1e-10 {
            let next = loss(a + share * da, b + share * db);
            if next < value + 1e-4 * share * (ga * da + gb * db) {
                (a, b, value) = (a + share * da, b + share * db, next);
                break;
            }
            share /= 2.0;
        }
        if share <= 1e-10 {
            break;
        }
    }
    if a.is_finite() && b.is_finite() { (a, b) } else { (-1.0, 0.0) }
}

impl Svm {
    /// The decision value of one row of encoded columns: above 0 is yes, or the standardised number.
    pub fn decision(&self, row: &[f64]) -> f64 {
        let mut row = row.to_vec();
        self.scaler.apply_row(&mut row);
        if !self.slopes.is_empty() {
            return self.bias + row.iter().zip(&self.slopes).map(|(v, s)| v * s).sum::<f64>();
        }
        let points = Points { data: &self.vectors, width: row.len(), gamma: Some(self.gamma) };
        let sum: f64 = self.weights.iter().enumerate().map(|(i, w)| w * points.kernel(points.row(i), &row)).sum();
        self.bias + sum
    }

    /// The chance of yes, or the number, from a decision value.
    pub fn finish(&self, decision: f64) -> f64 {
        match self.platt {
            Some((a, b)) => sigmoid(-(a * decision + b)),
            None => self.target_scale.0 + self.target_scale.1 * decision,
        }
    }

    pub fn predict(&self, x: &Matrix, monitor: &Monitor) -> Result<Vec<f64>> {
        (0..x.rows)
            .into_par_iter()
            .with_min_len(64)
            .map(|i| {
                if i.is_multiple_of(64) {
                    monitor.check()?;
                }
                Ok(self.finish(self.decision(&x.row(i))))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NUMBERS, all_near, arrays, encoded, list, near};
    use super::*;

    fn run(kernel: Kernel, task: Task) -> (Matrix, Svm) {
        let (x, spend, bought) = arrays();
        let y = if task == Task::Classification { bought } else { spend };
        let recipe = SvmRecipe { kernel, tolerance: 1e-5, ..SvmRecipe::default() };
        let svm = fit(&x, &y, &encoded(&NUMBERS), &recipe, task, &Monitor::quiet()).expect("fits");
        assert!(svm.converged, "after {}", svm.iterations);
        (x, svm)
    }

    #[test]
    fn decisions_agree_with_scikit_learn() {
        for (kernel, name) in [(Kernel::Linear, "linear"), (Kernel::Rbf { gamma: Some(0.2) }, "rbf")] {
            for (task, name) in [(Task::Classification, name.to_string()), (Task::Regression, format!("{name} number"))]
            {
                let (x, svm) = run(kernel, task);
                let found: Vec<f64> = (0..x.rows).map(|i| svm.decision(&x.row(i))).collect();
                all_near(&found, &list(&["svm", &name]), 1e-3);
            }
        }
    }

    #[test]
    fn chances_are_calibrated() {
        let (x, svm) = run(Kernel::Linear, Task::Classification);
        let chances = svm.predict(&x, &Monitor::quiet()).expect("scores");
        let bought = arrays().2;
        assert!(chances.iter().all(|c| (0.0..=1.0).contains(c)));
        near(chances.iter().sum::<f64>() / 240.0, bought.iter().sum::<f64>() / 240.0, 0.03);
    }

    #[test]
    fn platt_finds_planted_numbers() {
        let decisions: Vec<f64> = (0..4000).map(|i| f64::from(i % 200) / 40.0 - 2.5).collect();
        let yes: Vec<f64> = decisions
            .iter()
            .enumerate()
            .map(|(i, d)| f64::from(f64::from(i as u32 / 200) / 20.0 + 0.025 < sigmoid(1.7 * d - 0.4)))
            .collect();
        let (a, b) = platt(&decisions, &yes);
        assert!((a + 1.7).abs() < 0.05 && (b - 0.4).abs() < 0.05, "{a} {b}");
    }

    #[test]
    fn more_rows_than_the_limit_are_sampled_by_class() {
        let classes: Vec<f64> = (0..1000).map(|i| f64::from(i % 10 == 0)).collect();
        let recipe = SvmRecipe { row_limit: 200, ..SvmRecipe::default() };
        let rows = sample(1000, Some(&classes), &recipe).expect("samples");
        assert!((200..=203).contains(&rows.len()));
        assert_eq!(rows.iter().filter(|&&i| classes[i as usize] == 1.0).count(), 20);
        assert_eq!(sample(1000, None, &recipe).expect("samples").len(), 200);
    }

    #[test]
    fn cancelling_stops_it_and_bad_settings_are_refused() {
        let (x, _, bought) = arrays();
        let monitor = Monitor::quiet();
        monitor.cancel();
        let columns = encoded(&NUMBERS);
        let stopped = fit(&x, &bought, &columns, &SvmRecipe::default(), Task::Classification, &monitor);
        assert_eq!(stopped, Err(PredictError::Cancelled));
        assert!(matches!(SvmRecipe { c: 0.0, ..SvmRecipe::default() }.check(), Err(PredictError::Recipe { .. })));
    }
}
