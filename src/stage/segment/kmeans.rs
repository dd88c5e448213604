//! k-means: Lloyd's iteration from a k-means++ start (Arthur & Vassilvitskii 2007), the best of several starts.
//!
//! linfa's own loop took seven times scikit-learn's time on a million customers, so the loop is ours ([`super::nearest`])
//! and linfa's traits and types stay: a [`KMeansModel`] predicts like any linfa model. The starts are tried on a sample;
//! the best goes on with all customers. Sums are taken in chunks of fixed size, so the same seed gives the same result
//! on any number of threads.

use linfa::traits::PredictInplace;
use ndarray::{Array1, Array2, ArrayBase, ArrayView2, Axis, Data, Ix2};
use rand::seq::index;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::nearest::{Blocks, CHUNK};
use super::{SegmentError, wrong};
use crate::base::{Cancelled, Monitor, Step};

/// What decides a k-means fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KMeansRecipe {
    pub k: usize,
    pub seed: u64,
    /// Number of k-means++ starts; the one with the smallest inertia goes on.
    pub starts: usize,
    /// Starts are tried on at most so many customers.
    pub start_sample: usize,
    pub max_iterations: usize,
    /// Stops when the centres' squared shift falls to this share of the mean variance (as scikit-learn).
    pub tolerance: f64,
}

impl Default for KMeansRecipe {
    fn default() -> Self {
        Self { k: 5, seed: 0, starts: 8, start_sample: 16_384, max_iterations: 300, tolerance: 1e-4 }
    }
}

impl KMeansRecipe {
    pub fn check(&self) -> Result<(), SegmentError> {
        if !(1..=1000).contains(&self.k) {
            return wrong("k", "must be from 1 to 1,000");
        }
        if self.starts == 0 || self.max_iterations == 0 {
            return wrong("starts", "starts and iterations must be at least 1");
        }
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            return wrong("tolerance", "must not be negative");
        }
        Ok(())
    }
}

/// The centres, biggest cluster first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansModel {
    /// `centres[cluster][column]`, on the scaled features.
    pub centres: Vec<Vec<f64>>,
}

/// A fitted k-means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansFit {
    pub model: KMeansModel,
    pub labels: Vec<u32>,
    pub sizes: Vec<u64>,
    /// Sum of squared distances to the nearest centre.
    pub inertia: f64,
    pub iterations: usize,
    pub converged: bool,
}

/// Fits on the rows of `values`; all must be finite.
pub fn fit(values: ArrayView2<'_, f64>, recipe: &KMeansRecipe, monitor: &Monitor) -> Result<KMeansFit, SegmentError> {
    recipe.check()?;
    let n = values.nrows();
    if n < recipe.k {
        return Err(SegmentError::TooFewCustomers { have: n, need: recipe.k });
    }
    monitor.report(Step::Fitting, 0, 0);
    let sample = (n > recipe.start_sample.max(4 * recipe.k)).then(|| {
        let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
        let mut rows = index::sample(&mut rng, n, recipe.start_sample.max(4 * recipe.k)).into_vec();
        rows.sort_unstable();
        values.select(Axis(0), &rows)
    });
    let start = match &sample {
        Some(sample) => match best_start(sample.view(), recipe, monitor) {
            // The sample may miss the few customers who differ.
            Err(SegmentError::TooFewDifferent { .. }) => best_start(values, recipe, monitor)?,
            other => other?,
        },
        None => best_start(values, recipe, monitor)?,
    };
    let lloyd = Lloyd::new(values);
    Ok(lloyd.run(start, recipe, monitor)?.fit())
}

/// Fits from given centres (`start[cluster, column]`).
pub fn fit_from(
    values: ArrayView2<'_, f64>,
    start: ArrayView2<'_, f64>,
    recipe: &KMeansRecipe,
    monitor: &Monitor,
) -> Result<KMeansFit, SegmentError> {
    recipe.check()?;
    if start.ncols() != values.ncols() || start.nrows() == 0 {
        return wrong("start", "needs a centre a cluster, as wide as the data");
    }
    if values.nrows() < start.nrows() {
        return Err(SegmentError::TooFewCustomers { have: values.nrows(), need: start.nrows() });
    }
    Ok(Lloyd::new(values).run(start.iter().copied().collect(), recipe, monitor)?.fit())
}

/// The best of the recipe's starts, run to convergence on these rows.
fn best_start(values: ArrayView2<'_, f64>, recipe: &KMeansRecipe, monitor: &Monitor) -> Result<Vec<f64>, SegmentError> {
    let lloyd = Lloyd::new(values);
    let starts: Vec<State> = (0..recipe.starts)
        .into_par_iter()
        .map(|start| {
            // One stream of random numbers a start, so that their order does not matter.
            let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
            rng.set_stream(start as u64 + 1);
            let centres = lloyd.plus_plus(recipe.k, &mut rng, monitor)?;
            lloyd.run(centres, recipe, monitor)
        })
        .collect::<Result<_, _>>()?;
    let best = starts.into_iter().min_by(|a, b| a.inertia.total_cmp(&b.inertia));
    best.map(|state| state.centres).ok_or(SegmentError::TooFewCustomers { have: 0, need: recipe.k })
}

/// The data of a run: row by row for sums, in blocks for distances.
struct Lloyd<'a> {
    rows: std::borrow::Cow<'a, [f64]>,
    blocks: Blocks,
    /// Mean over the columns of their variance.
    variance: f64,
}

struct State {
    columns: usize,
    centres: Vec<f64>,
    labels: Vec<u32>,
    counts: Vec<u64>,
    inertia: f64,
    iterations: usize,
    converged: bool,
}

/// What one chunk adds: sums and counts of each cluster, squared distances, labels that changed.
#[derive(Clone)]
struct Part {
    sums: Vec<f64>,
    counts: Vec<i64>,
    inertia: f64,
    changed: usize,
}

impl Part {
    fn new(k: usize, columns: usize) -> Self {
        Self { sums: vec![0.0; k * columns], counts: vec![0; k], inertia: 0.0, changed: 0 }
    }

    fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a += b);
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.inertia += other.inertia;
        self.changed += other.changed;
    }

    fn put(&mut self, label: u32, row: &[f64], sign: f64) {
        let label = label as usize;
        self.counts[label] += sign as i64;
        let sums = &mut self.sums[label * row.len()..][..row.len()];
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += sign * x);
    }
}

impl<'a> Lloyd<'a> {
    fn new(values: ArrayView2<'a, f64>) -> Self {
        let blocks = Blocks::new(values);
        let rows = match values.to_slice() {
            Some(slice) => std::borrow::Cow::Borrowed(slice),
            None => std::borrow::Cow::Owned(values.iter().copied().collect()),
        };
        let columns = values.ncols();
        let variance = values.var_axis(Axis(0), 0.0).sum() / columns.max(1) as f64;
        Self { rows, blocks, variance }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.rows[row * self.blocks.columns..][..self.blocks.columns]
    }

    /// Assigns every row to its nearest centre. Clusters' sums are changed by the rows that moved only.
    fn assign(&self, centres: &[f64], labels: &mut [u32], first: bool) -> Part {
        let (n, columns) = (self.blocks.rows, self.blocks.columns);
        let k = centres.len() / columns;
        let parts: Vec<Part> = labels
            .par_chunks_mut(CHUNK)
            .enumerate()
            .map_init(
                || (vec![0_u32; CHUNK], vec![0.0; CHUNK]),
                |(fresh, squares), (chunk, labels)| {
                    let length = labels.len();
                    let (fresh, squares) = (&mut fresh[..length], &mut squares[..length]);
                    self.blocks.nearest(chunk, centres, fresh, squares);
                    let mut part = Part::new(k, columns);
                    let real = length.min(n - chunk * CHUNK);
                    part.inertia = squares[..real].iter().sum();
                    for (place, (old, new)) in labels[..real].iter_mut().zip(fresh).enumerate() {
                        if first || *old != *new {
                            let row = self.row(chunk * CHUNK + place);
                            part.changed += 1;
                            part.put(*new, row, 1.0);
                            if !first {
                                part.put(*old, row, -1.0);
                            }
                            *old = *new;
                        }
                    }
                    part
                },
            )
            .collect();
        let mut total = Part::new(k, columns);
        parts.iter().for_each(|part| total.add(part));
        total
    }

    /// Sums and counts from scratch.
    fn sums(&self, labels: &[u32], k: usize) -> Part {
        let parts: Vec<Part> = labels[..self.blocks.rows]
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(chunk, labels)| {
                let mut part = Part::new(k, self.blocks.columns);
                for (place, label) in labels.iter().enumerate() {
                    part.put(*label, self.row(chunk * CHUNK + place), 1.0);
                }
                part
            })
            .collect();
        let mut total = Part::new(k, self.blocks.columns);
        parts.iter().for_each(|part| total.add(part));
        total
    }

    fn run(&self, mut centres: Vec<f64>, recipe: &KMeansRecipe, monitor: &Monitor) -> Result<State, SegmentError> {
        let columns = self.blocks.columns;
        let k = centres.len() / columns;
        let mut labels = vec![0; self.blocks.padded()];
        let mut total = Part::new(k, columns);
        let (mut iterations, mut converged) = (0, false);
        while iterations < recipe.max_iterations && !converged {
            monitor.check()?;
            iterations += 1;
            let part = self.assign(&centres, &mut labels, iterations == 1);
            total.add(&part);
            if iterations % 16 == 0 {
                // Adding and taking away loses digits; start afresh now and then.
                total = self.sums(&labels, k);
            }
            self.fill_empty(&centres, &mut labels, &mut total)?;
            let moved = means(&total, columns);
            let shift: f64 = centres.iter().zip(&moved).map(|(a, b)| (a - b) * (a - b)).sum();
            centres = moved;
            converged = part.changed == 0 || shift <= recipe.tolerance * self.variance;
        }
        centres = means(&self.sums(&labels, k), columns);
        let part = self.assign(&centres, &mut labels, true);
        let counts = part.counts.iter().map(|count| *count as u64).collect();
        Ok(State { columns, centres, labels, counts, inertia: part.inertia, iterations, converged })
    }

    /// Gives every empty cluster the row farthest from its centre.
    fn fill_empty(&self, centres: &[f64], labels: &mut [u32], total: &mut Part) -> Result<(), SegmentError> {
        while let Some(empty) = total.counts.iter().position(|count| *count == 0) {
            let columns = self.blocks.columns;
            let square = |row: usize| -> f64 {
                let centre = &centres[labels[row] as usize * columns..][..columns];
                self.row(row).iter().zip(centre).map(|(x, c)| (x - c) * (x - c)).sum()
            };
            // The last of a cluster must stay, or its cluster would be empty next.
            let free = (0..self.blocks.rows).into_par_iter().filter(|row| total.counts[labels[*row] as usize] > 1);
            let far = free.map(|row| (square(row), std::cmp::Reverse(row)));
            let far = far.max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let Some((_, std::cmp::Reverse(row))) = far else {
                return Err(SegmentError::TooFewDifferent { have: total.counts.len() - 1, need: total.counts.len() });
            };
            let (old, values) = (labels[row], self.row(row));
            total.put(old, values, -1.0);
            total.put(empty as u32, values, 1.0);
            labels[row] = empty as u32;
        }
        Ok(())
    }

    /// k-means++ with 2 + ln k tries a centre, of which the one that lowers the inertia most is kept.
    fn plus_plus(&self, k: usize, rng: &mut ChaCha8Rng, monitor: &Monitor) -> Result<Vec<f64>, SegmentError> {
        let n = self.blocks.rows;
        let tries = 2 + (k as f64).ln() as usize;
        let mut centres = self.row(rng.random_range(0..n)).to_vec();
        let mut squares = vec![f64::INFINITY; self.blocks.padded()];
        let mut chunk_sums = self.lower(&centres.clone(), &mut squares)?;
        for have in 1..k {
            monitor.check()?;
            let total: f64 = chunk_sums.iter().sum();
            if total <= 0.0 {
                return Err(SegmentError::TooFewDifferent { have, need: k });
            }
            let mut best: Option<(f64, Vec<f64>, Vec<f64>, usize)> = None;
            for _ in 0..tries {
                let row = pick(&squares[..n], &chunk_sums, rng.random::<f64>() * total);
                let mut lowered = squares.clone();
                let sums = self.lower(self.row(row), &mut lowered)?;
                let potential: f64 = sums.iter().sum();
                if best.as_ref().is_none_or(|(least, ..)| potential < *least) {
                    best = Some((potential, lowered, sums, row));
                }
            }
            if let Some((_, lowered, sums, row)) = best {
                (squares, chunk_sums) = (lowered, sums);
                centres.extend_from_slice(self.row(row));
            }
        }
        Ok(centres)
    }

    /// Lowers the squared distances to those of a new centre; the sums of each chunk.
    fn lower(&self, centre: &[f64], squares: &mut [f64]) -> Result<Vec<f64>, Cancelled> {
        let n = self.blocks.rows;
        let lower = |(chunk, squares): (usize, &mut [f64])| {
            let before = squares.to_vec();
            self.blocks.lower(chunk, centre, &before, squares);
            squares[..(n - chunk * CHUNK).min(squares.len())].iter().sum()
        };
        Ok(squares.par_chunks_mut(CHUNK).enumerate().map(lower).collect())
    }
}

/// The row at which the running sum of squares passes `target`; rows at distance 0 are never picked.
fn pick(squares: &[f64], chunk_sums: &[f64], mut target: f64) -> usize {
    let mut last = 0;
    for (chunk, sum) in chunk_sums.iter().enumerate() {
        if target > *sum {
            target -= sum;
            continue;
        }
        for (place, square) in squares[chunk * CHUNK..].iter().take(CHUNK).enumerate() {
            if *square > 0.0 {
                last = chunk * CHUNK + place;
                target -= square;
                if target <= 0.0 {
                    return last;
                }
            }
        }
    }
    // Rounding may leave a crumb of the target after the last chunk.
    if squares[last] > 0.0 { last } else { squares.iter().rposition(|square| *square > 0.0).unwrap_or(0) }
}

fn means(total: &Part, columns: usize) -> Vec<f64> {
    let mean = |(sums, count): (&[f64], &i64)| sums.iter().map(|x| x / (*count).max(1) as f64).collect::<Vec<_>>();
    total.sums.chunks_exact(columns).zip(&total.counts).flat_map(mean).collect()
}

impl State {
    /// Numbers the clusters by size, biggest first; of equals by their centre.
    fn fit(self) -> KMeansFit {
        let centres: Vec<&[f64]> = self.centres.chunks_exact(self.columns).collect();
        let mut order: Vec<usize> = (0..centres.len()).collect();
        let key = |i: usize| (std::cmp::Reverse(self.counts[i]), centres[i]);
        order.sort_by(|a, b| {
            key(*a)
                .0
                .cmp(&key(*b).0)
                .then_with(|| key(*a).1.partial_cmp(key(*b).1).unwrap_or(std::cmp::Ordering::Equal))
        });
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, old)| rank[*old] = place as u32);
        KMeansFit {
            model: KMeansModel { centres: order.iter().map(|i| centres[*i].to_vec()).collect() },
            sizes: order.iter().map(|i| self.counts[*i]).collect(),
            labels: self.labels,
            inertia: self.inertia,
            iterations: self.iterations,
            converged: self.converged,
        }
        .relabelled(&rank)
    }
}

impl KMeansFit {
    fn relabelled(mut self, rank: &[u32]) -> Self {
        let rows = self.sizes.iter().sum::<u64>() as usize;
        self.labels.truncate(rows);
        self.labels.par_iter_mut().for_each(|label| *label = rank[*label as usize]);
        self
    }
}

impl KMeansModel {
    pub fn k(&self) -> usize {
        self.centres.len()
    }

    /// The nearest centre of each row and the squared distance to it.
    pub fn nearest(&self, values: ArrayView2<'_, f64>) -> (Vec<u32>, Vec<f64>) {
        let blocks = Blocks::new(values);
        let centres = self.centres.concat();
        let (mut labels, mut squares) = (vec![0; blocks.padded()], vec![0.0; blocks.padded()]);
        let buffers = labels.par_chunks_mut(CHUNK).zip(squares.par_chunks_mut(CHUNK)).enumerate();
        buffers.for_each(|(chunk, (labels, squares))| blocks.nearest(chunk, &centres, labels, squares));
        labels.truncate(values.nrows());
        squares.truncate(values.nrows());
        (labels, squares)
    }

    /// `centres[cluster, column]`.
    pub fn matrix(&self) -> Array2<f64> {
        let columns = self.centres.first().map_or(0, Vec::len);
        Array2::from_shape_fn((self.k(), columns), |(i, j)| self.centres[i][j])
    }
}

impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<usize>> for KMeansModel {
    fn predict_inplace(&self, x: &ArrayBase<D, Ix2>, y: &mut Array1<usize>) {
        let (labels, _) = self.nearest(x.view());
        y.iter_mut().zip(labels).for_each(|(target, label)| *target = label as usize);
    }

    fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Array1<usize> {
        Array1::zeros(x.nrows())
    }
}

#[cfg(test)]
mod tests;
