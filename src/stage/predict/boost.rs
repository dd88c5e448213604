//! Gradient boosted trees: each tree learns what the ones before it got wrong. The trees are grown by
//! `forust-ml` on its histograms; the loop around them is here, so that it can be watched, stopped early and
//! cancelled.

use std::collections::HashMap;

use forust_ml::binning::{BinnedData, bin_matrix};
use forust_ml::data::Matrix as ForustMatrix;
use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::sampler::SampleMethod;
use forust_ml::splitter::MissingImputerSplitter;
use forust_ml::tree::Tree as ForustTree;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::{PredictError, Result};
use super::logistic::sigmoid;
use super::matrix::{Matrix, pick};
use super::split::{Rows, SplitRecipe, deal};
use super::target::Task;
use super::tree::Tree;
use super::walk::sum_of_trees;
use crate::base::monitor::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoostRecipe {
    /// The most trees.
    pub trees: usize,
    pub learning_rate: f64,
    pub max_depth: usize,
    pub max_leaves: usize,
    /// The least sum of second derivatives in a leaf: rows for numbers, about a fifth of them for yes/no.
    pub min_leaf_weight: f64,
    /// Half of this times the squared leaf weights is added to the loss.
    pub l2: f64,
    /// Shares of the rows and of the columns that each tree sees.
    pub rows: f64,
    pub columns: f64,
    /// The number of trees is chosen on a fifth of the rows, set aside: no better for so many trees ends the
    /// search; then that many are fitted on all rows. Absent: all `trees` are fitted.
    pub patience: Option<usize>,
    pub seed: u64,
}

impl Default for BoostRecipe {
    fn default() -> Self {
        Self {
            trees: 500,
            learning_rate: 0.05,
            max_depth: 5,
            max_leaves: 24,
            min_leaf_weight: 3.0,
            l2: 1.0,
            rows: 0.8,
            columns: 0.6,
            patience: Some(40),
            seed: 42,
        }
    }
}

impl BoostRecipe {
    pub fn check(&self) -> Result<()> {
        let bad = PredictError::recipe;
        let is_share = |s: f64| s > 0.0 && s <= 1.0;
        if !(1..=10_000).contains(&self.trees) {
            return Err(bad("trees", "1 to 10,000"));
        }
        if !is_share(self.learning_rate) {
            return Err(bad("learning_rate", "above 0, at most 1"));
        }
        if !(1..=16).contains(&self.max_depth) || self.max_leaves < 2 {
            return Err(bad("max_depth", "1 to 16, with 2 leaves or more"));
        }
        if !(self.min_leaf_weight >= 0.0 && self.l2 >= 0.0) {
            return Err(bad("min_leaf_weight", "0 or more"));
        }
        if !is_share(self.rows) || !is_share(self.columns) {
            return Err(bad("rows", "above 0, at most 1"));
        }
        if self.patience == Some(0) {
            return Err(bad("patience", "1 or more"));
        }
        Ok(())
    }
}

/// `score = start + scale · Σ trees`, in log odds for a classification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boost {
    pub start: f64,
    pub scale: f64,
    pub is_chance: bool,
    pub trees: Vec<Tree>,
    /// The loss on the rows set aside after each tree, when the number of trees was searched for: log loss, or
    /// the squared error as a share of the variance.
    pub search: Vec<f64>,
}

pub fn fit(x: &Matrix, y: &[f64], recipe: &BoostRecipe, task: Task, monitor: &Monitor) -> Result<Boost> {
    recipe.check()?;
    let mut boost =
        Boost { start: 0.0, scale: 1.0, is_chance: task == Task::Classification, trees: vec![], search: vec![] };
    let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
    let goal: Vec<f64> = match task {
        Task::Classification => {
            boost.start = (mean / (1.0 - mean)).ln();
            y.to_vec()
        }
        Task::Regression => {
            let sd = (y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / y.len() as f64).sqrt();
            (boost.start, boost.scale) = (mean, sd);
            y.iter().map(|v| (v - mean) / sd).collect()
        }
    };
    if !boost.start.is_finite() || !(boost.scale > 0.0) {
        return Err(PredictError::Numerical);
    }
    let trees = match recipe.patience {
        Some(patience) if x.rows >= 50 => search(x, &goal, recipe, task, patience, &mut boost, monitor)?,
        _ => recipe.trees,
    };
    let mut rounds = Rounds::new(x, &goal, recipe, task)?;
    for done in 0..trees {
        monitor.check()?;
        monitor.report(Step::Training, done as u64, trees as u64);
        boost.trees.push(rounds.grow());
    }
    Ok(boost)
}

/// The number of trees that does best on rows set aside.
fn search(
    x: &Matrix,
    goal: &[f64],
    recipe: &BoostRecipe,
    task: Task,
    patience: usize,
    boost: &mut Boost,
    monitor: &Monitor,
) -> Result<usize> {
    let classes = boost.is_chance.then_some(goal);
    let split = SplitRecipe::Holdout { test_share: 0.2, stratified: true };
    let fold = deal(&split, &Rows { n: x.rows, classes, times: None }, recipe.seed)?.remove(0);
    let (learn, learn_goal) = (x.take_rows(&fold.train), pick(goal, &fold.train));
    let (held, held_goal) = (x.take_rows(&fold.test), pick(goal, &fold.test));
    let mut rounds = Rounds::new(&learn, &learn_goal, recipe, task)?;
    let mut scores = vec![rounds.start; held.rows];
    let mut best = (f64::INFINITY, 0);
    for tree in 1..=recipe.trees {
        monitor.check()?;
        monitor.report(Step::Searching, tree as u64, recipe.trees as u64);
        let grown = rounds.grow();
        let added = sum_of_trees(std::slice::from_ref(&grown), &held, 0.0, 1.0, monitor)?;
        scores.iter_mut().zip(&added).for_each(|(s, a)| *s += a);
        let loss = mean_loss(&scores, &held_goal, task);
        boost.search.push(loss);
        if loss < best.0 {
            best = (loss, tree);
        } else if tree >= best.1 + patience {
            break;
        }
    }
    Ok(best.1.max(1))
}

fn mean_loss(scores: &[f64], goal: &[f64], task: Task) -> f64 {
    let loss = |s: f64, y: f64| match task {
        Task::Classification => {
            let odds = if y == 1.0 { s } else { -s };
            (-odds.abs()).exp().ln_1p() + (-odds).max(0.0)
        }
        Task::Regression => (s - y) * (s - y),
    };
    scores.iter().zip(goal).map(|(s, y)| loss(*s, *y)).sum::<f64>() / goal.len().max(1) as f64
}

/// The state between one tree and the next.
struct Rounds<'a> {
    x: &'a Matrix,
    goal: &'a [f64],
    recipe: &'a BoostRecipe,
    task: Task,
    bins: BinnedData<f64>,
    start: f64,
    scores: Vec<f64>,
    rng: ChaCha8Rng,
}

const BINS: u16 = 255;
const CHUNK: usize = 16_384;

impl<'a> Rounds<'a> {
    fn new(x: &'a Matrix, goal: &'a [f64], recipe: &'a BoostRecipe, task: Task) -> Result<Self> {
        let data = ForustMatrix::new(&x.data, x.rows, x.cols);
        let weights = vec![1.0; x.rows];
        let bins = bin_matrix(&data, &weights, BINS, f64::NAN, true).map_err(|_| PredictError::Numerical)?;
        let mean = goal.iter().sum::<f64>() / goal.len().max(1) as f64;
        let start = match task {
            Task::Classification => (mean / (1.0 - mean)).ln(),
            Task::Regression => mean,
        };
        if !start.is_finite() {
            return Err(PredictError::Numerical);
        }
        let scores = vec![start; x.rows];
        let rng = ChaCha8Rng::seed_from_u64(recipe.seed);
        Ok(Self { x, goal, recipe, task, bins, start, scores, rng })
    }

    /// Grows the next tree and adds it to the scores.
    fn grow(&mut self) -> Tree {
        let (gradient, hessian) = self.derivatives();
        let (rows, columns) = self.sample();
        let is_whole = rows.len() == self.x.rows;
        let method = if is_whole { SampleMethod::None } else { SampleMethod::Random };
        let data = ForustMatrix::new(&self.bins.binned_data, self.x.rows, self.x.cols);
        let recipe = self.recipe;
        let splitter = MissingImputerSplitter {
            l1: 0.0,
            l2: recipe.l2 as f32,
            max_delta_step: 0.0,
            gamma: 0.0,
            min_leaf_weight: recipe.min_leaf_weight as f32,
            learning_rate: recipe.learning_rate as f32,
            allow_missing_splits: false,
            constraints_map: HashMap::new(),
        };
        let mut grown = ForustTree::new();
        let cuts = &self.bins.cuts;
        let policy = GrowPolicy::LossGuide;
        let (leaves, depth) = (recipe.max_leaves, recipe.max_depth);
        grown.fit(&data, rows, &columns, cuts, &gradient, &hessian, &splitter, leaves, depth, true, &method, &policy);
        let tree = converted(&grown);
        let x = self.x;
        self.scores.par_chunks_mut(CHUNK).enumerate().for_each(|(c, scores)| {
            for (i, score) in scores.iter_mut().enumerate() {
                let row = c * CHUNK + i;
                let mut node = 0;
                while !tree.is_leaf(node) {
                    node = tree.child(node, x.get(row, tree.feature[node] as usize));
                }
                *score += tree.value[node];
            }
        });
        tree
    }

    fn derivatives(&self) -> (Vec<f32>, Vec<f32>) {
        let one = |(score, y): (&f64, &f64)| match self.task {
            Task::Classification => {
                let p = sigmoid(*score);
                ((p - y) as f32, (p * (1.0 - p)).max(1e-16) as f32)
            }
            Task::Regression => ((score - y) as f32, 1.0),
        };
        self.scores.par_iter().zip(self.goal).map(one).unzip()
    }

    /// The rows and columns that the next tree sees, ascending.
    fn sample(&mut self) -> (Vec<usize>, Vec<usize>) {
        let (n, p) = (self.x.rows, self.x.cols);
        let rows = if self.recipe.rows < 1.0 {
            let share = self.recipe.rows;
            let drawn: Vec<usize> = (0..n).filter(|_| self.rng.random::<f64>() < share).collect();
            if drawn.len() < 2 { (0..n).collect() } else { drawn }
        } else {
            (0..n).collect()
        };
        let count = ((p as f64 * self.recipe.columns).round() as usize).clamp(1, p);
        let mut columns: Vec<usize> = (0..p).collect();
        for k in 0..count {
            let drawn = self.rng.random_range(k..p);
            columns.swap(k, drawn);
        }
        columns.truncate(count);
        columns.sort_unstable();
        (rows, columns)
    }
}

/// In preorder, with `<=` in place of `<`.
fn converted(grown: &ForustTree) -> Tree {
    let mut tree = Tree::default();
    let mut stack: Vec<(usize, Option<usize>)> = vec![(0, None)];
    while let Some((at, parent)) = stack.pop() {
        let Some(node) = grown.nodes.get(at) else { continue };
        let place = tree.push(f64::from(node.weight_value), f64::from(node.hessian_sum));
        if let Some(parent) = parent {
            tree.right[parent] = place as u32;
        }
        if !node.is_leaf {
            tree.feature[place] = node.split_feature as u32;
            tree.threshold[place] = node.split_value.next_down();
            stack.push((node.right_child, Some(place)));
            stack.push((node.left_child, None));
        }
    }
    tree
}

impl Boost {
    /// Log odds for a classification, the number itself for a regression.
    pub fn raw(&self, x: &Matrix, monitor: &Monitor) -> Result<Vec<f64>> {
        sum_of_trees(&self.trees, x, self.start, self.scale, monitor)
    }

    pub fn predict(&self, x: &Matrix, monitor: &Monitor) -> Result<Vec<f64>> {
        let mut scores = self.raw(x, monitor)?;
        if self.is_chance {
            scores.iter_mut().for_each(|s| *s = sigmoid(*s));
        }
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::arrays;
    use super::*;

    fn planted(n: usize) -> (Matrix, Vec<f64>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut column = || (0..n).map(|_| rng.random_range(0.0..100.0)).collect::<Vec<f64>>();
        let x = Matrix::from_columns(n, vec![column(), column(), vec![7.0; n]]);
        let number: Vec<f64> = (0..n).map(|i| (x.get(i, 0) / 20.0).sin() * 5.0 + x.get(i, 1) * 0.1 + 1000.0).collect();
        let yes = (0..n).map(|i| f64::from((x.get(i, 0) > 50.0) == (x.get(i, 1) > 50.0))).collect();
        (x, number, yes)
    }

    #[test]
    fn numbers_and_classes_that_no_line_fits_are_learned() {
        let (x, number, yes) = planted(3000);
        let train: Vec<u32> = (0..2000).collect();
        let test: Vec<u32> = (2000..3000).collect();
        let run = |y: &[f64], task| {
            let boost = fit(&x.take_rows(&train), &pick(y, &train), &BoostRecipe::default(), task, &Monitor::quiet())
                .expect("fits");
            assert!(boost.trees.iter().all(|t| t.is_sound(3)));
            boost.predict(&x.take_rows(&test), &Monitor::quiet()).expect("scores")
        };
        let scores = run(&number, Task::Regression);
        let y = pick(&number, &test);
        let mean = y.iter().sum::<f64>() / 1000.0;
        let error: f64 = scores.iter().zip(&y).map(|(s, y)| (s - y).powi(2)).sum();
        let r2 = 1.0 - error / y.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
        assert!(r2 > 0.98, "{r2}");
        let chance = run(&yes, Task::Classification);
        let right = chance.iter().zip(pick(&yes, &test)).filter(|(p, y)| (**p > 0.5) == (*y == 1.0)).count();
        assert!(right > 960, "{right} of 1000");
    }

    #[test]
    fn the_search_stops_early_on_noise() {
        let (x, _, _) = arrays();
        let noise: Vec<f64> = (0..240).map(|i| f64::from((i * i * 31) % 17 > 8)).collect();
        let boost = fit(&x, &noise, &BoostRecipe::default(), Task::Classification, &Monitor::quiet()).expect("fits");
        assert!(boost.trees.len() < 60, "{}", boost.trees.len());
        assert!(boost.search.len() < 110);
    }

    #[test]
    fn the_same_seed_gives_the_same_trees_on_any_number_of_threads() {
        let (x, _, yes) = planted(4000);
        let recipe = BoostRecipe { trees: 20, ..BoostRecipe::default() };
        let fit = || fit(&x, &yes, &recipe, Task::Classification, &Monitor::quiet()).expect("fits");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        assert_eq!(pool.install(fit), fit());
    }

    #[test]
    fn cancelling_and_bad_settings() {
        let (x, _, bought) = arrays();
        let monitor = Monitor::quiet();
        monitor.cancel();
        let stopped = fit(&x, &bought, &BoostRecipe::default(), Task::Classification, &monitor);
        assert_eq!(stopped, Err(PredictError::Cancelled));
        let bad = BoostRecipe { learning_rate: 0.0, ..BoostRecipe::default() };
        assert!(matches!(bad.check(), Err(PredictError::Recipe { .. })));
    }
}
