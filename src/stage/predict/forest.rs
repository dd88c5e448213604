//! Random forests (Breiman 2001): trees on bootstrap samples, trying a few columns at each split, averaged.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bins::Bins;
use super::cart::{Grower, Growth, Item};
use super::error::{PredictError, Result};
use super::matrix::Matrix;
use super::target::Task;
use super::tree::{Tree, centre};
use super::walk::sum_of_trees;
use crate::base::monitor::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ForestRecipe {
    pub trees: usize,
    pub max_depth: usize,
    pub min_leaf: usize,
    /// Columns tried at each split; left out: the square root of their number, a third for numbers.
    pub tried: Option<usize>,
    pub seed: u64,
}

impl Default for ForestRecipe {
    fn default() -> Self {
        Self { trees: 200, max_depth: 24, min_leaf: 3, tried: None, seed: 42 }
    }
}

impl ForestRecipe {
    pub fn check(&self) -> Result<()> {
        if !(1..=5000).contains(&self.trees) {
            return Err(PredictError::recipe("trees", "1 to 5000"));
        }
        if !(1..=64).contains(&self.max_depth) {
            return Err(PredictError::recipe("max_depth", "1 to 64"));
        }
        if self.min_leaf == 0 || self.tried == Some(0) {
            return Err(PredictError::recipe("min_leaf", "1 or more"));
        }
        Ok(())
    }
}

/// The score is the mean of the trees' scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    pub trees: Vec<Tree>,
    /// For each training row the mean score of the trees that did not see it; nothing where every tree did.
    #[serde(skip)]
    pub out_of_bag: Vec<Option<f64>>,
}

pub fn fit(x: &Matrix, y: &[f64], recipe: &ForestRecipe, task: Task, monitor: &Monitor) -> Result<Forest> {
    recipe.check()?;
    let bins = Bins::of(x, monitor)?;
    let p = x.cols.max(1);
    let usual = match task {
        Task::Classification => (p as f64).sqrt().round() as usize,
        Task::Regression => p.div_ceil(3),
    };
    let growth = Growth {
        max_depth: recipe.max_depth,
        min_leaf: recipe.min_leaf as f64,
        tried: recipe.tried.unwrap_or(usual).clamp(1, p),
        min_gain: 0.0,
    };
    let middle = centre(y, task);
    let done = std::sync::atomic::AtomicU64::new(0);
    let grown = (0..recipe.trees)
        .into_par_iter()
        .map(|t| {
            monitor.check()?;
            // A stream of its own for each tree: the forest is the same on any number of threads.
            let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
            rng.set_stream(t as u64 + 1);
            let drawn = draw(y.len(), &mut rng);
            let mut items = sample(&drawn, y, middle);
            let mut tree = Grower::new(&bins, growth).grow(&mut items, &mut rng, monitor)?;
            tree.value.iter_mut().for_each(|v| *v += middle);
            let unseen = (0..y.len() as u32).filter(|&i| drawn[i as usize] == 0);
            let left_out: Vec<(u32, f32)> = unseen.map(|i| (i, score_binned(&tree, x, i as usize) as f32)).collect();
            let finished = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            monitor.report(Step::Training, finished, recipe.trees as u64);
            Ok((tree, left_out))
        })
        .collect::<Result<Vec<(Tree, Vec<(u32, f32)>)>>>()?;
    let mut sums = vec![(0.0, 0u32); y.len()];
    let mut trees = Vec::with_capacity(grown.len());
    for (tree, left_out) in grown {
        for (row, score) in left_out {
            let (sum, count) = &mut sums[row as usize];
            *sum += f64::from(score);
            *count += 1;
        }
        trees.push(tree);
    }
    let out_of_bag = sums.into_iter().map(|(sum, count)| (count > 0).then(|| sum / f64::from(count))).collect();
    Ok(Forest { trees, out_of_bag })
}

/// How often each of `n` rows is drawn in `n` draws with replacement.
fn draw(n: usize, rng: &mut ChaCha8Rng) -> Vec<u16> {
    let mut drawn = vec![0u16; n];
    for _ in 0..n {
        let row = rng.random_range(0..n as u32) as usize;
        drawn[row] = drawn[row].saturating_add(1);
    }
    drawn
}

fn sample(drawn: &[u16], y: &[f64], middle: f64) -> Vec<Item> {
    let times = drawn.iter().zip(y).enumerate().filter(|(_, (d, _))| **d > 0);
    times.map(|(i, (&d, y))| Item { row: i as u32, weight: f32::from(d), sum: f64::from(d) * (y - middle) }).collect()
}

fn score_binned(tree: &Tree, x: &Matrix, row: usize) -> f64 {
    let mut node = 0;
    while !tree.is_leaf(node) {
        node = tree.child(node, x.get(row, tree.feature[node] as usize));
    }
    tree.value[node]
}

impl Forest {
    pub fn predict(&self, x: &Matrix, monitor: &Monitor) -> Result<Vec<f64>> {
        sum_of_trees(&self.trees, x, 0.0, 1.0 / self.trees.len().max(1) as f64, monitor)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::arrays;
    use super::*;

    fn recipe() -> ForestRecipe {
        ForestRecipe { trees: 40, ..ForestRecipe::default() }
    }

    #[test]
    fn the_forest_is_the_same_on_one_thread_and_on_many() {
        let (x, _, bought) = arrays();
        let fit = || fit(&x, &bought, &recipe(), Task::Classification, &Monitor::quiet()).expect("fits");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        assert_eq!(pool.install(fit), fit());
        let other = ForestRecipe { seed: 1, ..recipe() };
        assert_ne!(super::fit(&x, &bought, &other, Task::Classification, &Monitor::quiet()).expect("fits"), fit());
    }

    #[test]
    fn it_learns_what_no_line_can_and_says_so_on_rows_it_did_not_see() {
        // y depends on whether two numbers are on the same side of 50.
        let n = 2000;
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut column = || (0..n).map(|_| rng.random_range(0.0..100.0)).collect::<Vec<f64>>();
        let x = Matrix::from_columns(n, vec![column(), column(), column()]);
        let y: Vec<f64> = (0..n).map(|i| f64::from((x.get(i, 0) > 50.0) == (x.get(i, 1) > 50.0))).collect();
        let forest = fit(&x, &y, &recipe(), Task::Classification, &Monitor::quiet()).expect("fits");
        let pairs: Vec<(f64, f64)> = forest.out_of_bag.iter().zip(&y).filter_map(|(p, y)| p.map(|p| (p, *y))).collect();
        let right = pairs.iter().filter(|(p, y)| (*p > 0.5) == (*y == 1.0)).count() as f64 / pairs.len() as f64;
        assert!(right > 0.95, "{right}");
        let scores = forest.predict(&x, &Monitor::quiet()).expect("scores");
        assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)));
    }

    #[test]
    fn numbers_are_averaged_around_their_mean() {
        let (x, spend, _) = arrays();
        let shifted: Vec<f64> = spend.iter().map(|s| s + 1e6).collect();
        let fit = |y: &[f64]| {
            let forest = fit(&x, y, &recipe(), Task::Regression, &Monitor::quiet()).expect("fits");
            forest.predict(&x, &Monitor::quiet()).expect("scores")
        };
        let (a, b) = (fit(&spend), fit(&shifted));
        // Splits of equal gain may be told apart by the last digit, so a few rows differ a little.
        let same = a.iter().zip(&b).filter(|(a, b)| (*a + 1e6 - *b).abs() < 0.5).count();
        assert!(same > 230, "{same} of 240");
    }

    #[test]
    fn a_cancelled_forest_stops() {
        let (x, _, bought) = arrays();
        let monitor = Monitor::quiet();
        monitor.cancel();
        assert_eq!(fit(&x, &bought, &recipe(), Task::Classification, &monitor), Err(PredictError::Cancelled));
    }
}
