//! Odd customers: those near nobody. DBSCAN (Ester et al. 1996) on a sample finds the places where customers are at
//! home; whoever is farther than one step from all of them is odd. Memory grows with the sample only.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::choose_k::evidence::sample_rows;
use super::matrix::quantile;
use super::nearest::Blocks;
use super::{NO_SEGMENT, SegmentError, wrong};
use crate::base::{Cancelled, Monitor, Step};

/// Customers per task of the last step: one chunk of [`Blocks`].
use super::nearest::CHUNK;

/// What decides who is odd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OddRecipe {
    /// A customer with so many others within a step is at home.
    pub neighbours: usize,
    /// The length of a step, in deviations; `None`: by the data (see [`Odd::step`]).
    pub step: Option<f64>,
    pub sample: usize,
    pub seed: u64,
}

impl Default for OddRecipe {
    fn default() -> Self {
        Self { neighbours: 10, step: None, sample: 4_000, seed: 0 }
    }
}

/// One odd customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OddOne {
    pub row: u32,
    /// Distance to the nearest place where customers are at home, in steps; above 1.
    pub distance: f64,
    /// The column that makes most of the distance, and the scaled value in it.
    pub column: u32,
    pub value: f64,
}

/// Who is odd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Odd {
    /// The length of a step: by default the third quartile of the sample's distances to the `neighbours`-th neighbour
    /// plus three times the range between the quartiles (Tukey's far-out fence).
    pub step: f64,
    pub sample_rows: usize,
    /// Dense regions found by DBSCAN.
    pub regions: usize,
    /// The dense region of every customer, [`NO_SEGMENT`] for the odd.
    pub labels: Vec<u32>,
    /// Oddest first.
    pub odd: Vec<OddOne>,
}

/// Finds the odd among the scaled rows.
pub fn find(values: ArrayView2<'_, f64>, recipe: &OddRecipe, monitor: &Monitor) -> Result<Odd, SegmentError> {
    if !(1..=1000).contains(&recipe.neighbours) || !(100..=20_000).contains(&recipe.sample) {
        return wrong("neighbours", "must be from 1 to 1,000, in a sample of 100 to 20,000");
    }
    if recipe.step.is_some_and(|step| !(step > 0.0 && step.is_finite())) {
        return wrong("step", "must be above 0");
    }
    let n = values.nrows();
    if n <= recipe.neighbours {
        return Err(SegmentError::TooFewCustomers { have: n, need: recipe.neighbours + 1 });
    }
    let rows = sample_rows(n, recipe.sample, recipe.seed, 51);
    // In a thinned sample a step must reach as many customers as it would in the full table's shape; the count stays,
    // the step grows with the thinning by itself, because it comes from the sample's own distances.
    let sample = values.select(Axis(0), &rows);
    let blocks = Blocks::new(sample.view());
    let neighbours = recipe.neighbours.min(rows.len() - 1);
    let mut kth = kth_distances(&blocks, sample.view(), neighbours, monitor)?;
    let step = recipe.step.unwrap_or_else(|| fence(&mut kth.clone()));
    // With all distances 0 any step is as good.
    let step = if step > 0.0 { step } else { 1.0 };
    kth.iter_mut().for_each(|distance| *distance /= step);
    let home: Vec<usize> = (0..rows.len()).filter(|row| kth[*row] <= 1.0).collect();
    if home.is_empty() {
        return wrong("step", "no customer has so many neighbours within it");
    }
    let regions = regions(&blocks, sample.view(), &home, step, monitor)?;
    let (labels, odd) = place(values, sample.view(), &home, &regions, step, monitor)?;
    let count = regions.iter().map(|region| *region as usize + 1).max().unwrap_or(0);
    Ok(Odd { step, sample_rows: rows.len(), regions: count, labels, odd })
}

fn fence(distances: &mut [f64]) -> f64 {
    let (low, high) = (quantile(distances, 0.25), quantile(distances, 0.75));
    high + 3.0 * (high - low)
}

/// Distance of each sampled customer to the `count`-th nearest other.
fn kth_distances(
    blocks: &Blocks,
    sample: ArrayView2<'_, f64>,
    count: usize,
    monitor: &Monitor,
) -> Result<Vec<f64>, Cancelled> {
    (0..sample.nrows())
        .into_par_iter()
        .map_init(Vec::new, |squares: &mut Vec<f64>, row| {
            monitor.check()?;
            blocks.squares_to(&sample.row(row).to_vec(), squares);
            squares.truncate(sample.nrows());
            // The customer itself stands first, at distance 0.
            let (_, kth, _) = squares.select_nth_unstable_by(count, f64::total_cmp);
            Ok(kth.sqrt())
        })
        .collect()
}

/// Connected regions of the customers at home (within a step of each other), numbered by size of the region.
fn regions(
    blocks: &Blocks,
    sample: ArrayView2<'_, f64>,
    home: &[usize],
    step: f64,
    monitor: &Monitor,
) -> Result<Vec<u32>, SegmentError> {
    monitor.report(Step::Searching, 0, 0);
    let mut place = vec![usize::MAX; sample.nrows()];
    home.iter().enumerate().for_each(|(at, row)| place[*row] = at);
    let mut region = vec![u32::MAX; home.len()];
    let (mut count, mut squares, mut waiting) = (0, Vec::new(), Vec::new());
    for start in 0..home.len() {
        if region[start] != u32::MAX {
            continue;
        }
        region[start] = count;
        waiting.push(start);
        while let Some(at) = waiting.pop() {
            monitor.check()?;
            blocks.squares_to(&sample.row(home[at]).to_vec(), &mut squares);
            for (row, square) in squares[..sample.nrows()].iter().enumerate() {
                let other = place[row];
                if other != usize::MAX && region[other] == u32::MAX && *square <= step * step {
                    region[other] = count;
                    waiting.push(other);
                }
            }
        }
        count += 1;
    }
    let mut sizes: Vec<(std::cmp::Reverse<usize>, u32)> = (0..count)
        .map(|number| (std::cmp::Reverse(region.iter().filter(|region| **region == number).count()), number))
        .collect();
    sizes.sort_unstable();
    let mut rank = vec![0; count as usize];
    sizes.iter().enumerate().for_each(|(place, (_, number))| rank[*number as usize] = place as u32);
    Ok(region.into_iter().map(|number| rank[number as usize]).collect())
}

/// The region of every customer, and the odd ones.
fn place(
    values: ArrayView2<'_, f64>,
    sample: ArrayView2<'_, f64>,
    home: &[usize],
    regions: &[u32],
    step: f64,
    monitor: &Monitor,
) -> Result<(Vec<u32>, Vec<OddOne>), SegmentError> {
    let blocks = Blocks::new(values);
    let centres: Vec<f64> = home.iter().flat_map(|row| sample.row(*row).to_vec()).collect();
    let (mut labels, mut squares) = (vec![0; blocks.padded()], vec![0.0; blocks.padded()]);
    let done = std::sync::atomic::AtomicU64::new(0);
    let buffers = labels.par_chunks_mut(CHUNK).zip(squares.par_chunks_mut(CHUNK)).enumerate();
    buffers.try_for_each(|(chunk, (labels, squares))| {
        monitor.check()?;
        blocks.nearest(chunk, &centres, labels, squares);
        let done = done.fetch_add(CHUNK as u64, std::sync::atomic::Ordering::Relaxed);
        monitor.report(Step::Scoring, done, values.nrows() as u64);
        Ok::<(), Cancelled>(())
    })?;
    labels.truncate(values.nrows());
    let mut odd = Vec::new();
    for (row, label) in labels.iter_mut().enumerate() {
        let distance = squares[row].sqrt() / step;
        if distance <= 1.0 {
            *label = regions[*label as usize];
            continue;
        }
        let nearest = sample.row(home[*label as usize]);
        let away = |column: usize| (values[[row, column]] - nearest[column]).abs();
        let column = (0..values.ncols()).max_by(|a, b| away(*a).total_cmp(&away(*b))).unwrap_or(0);
        odd.push(OddOne { row: row as u32, distance, column: column as u32, value: values[[row, column]] });
        *label = NO_SEGMENT;
    }
    odd.sort_by(|a, b| b.distance.total_cmp(&a.distance).then(a.row.cmp(&b.row)));
    Ok((labels, odd))
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// Two clouds eight apart, and three odd customers.
    fn clouds(n: usize) -> Array2<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut x = Array2::from_shape_fn((n, 2), |(i, j)| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            noise * 0.5 + if i % 3 == 0 && j == 0 { 8.0 } else { 0.0 }
        });
        for (row, place) in [(5, [4.0, 9.0]), (50, [-30.0, 0.0]), (70, [4.0, -7.0])] {
            x[[row, 0]] = place[0];
            x[[row, 1]] = place[1];
        }
        x
    }

    #[test]
    fn the_planted_odd_are_found_with_the_reason() {
        for sample in [20_000, 300] {
            let x = clouds(1500);
            let found = find(x.view(), &OddRecipe { sample, ..OddRecipe::default() }, &Monitor::quiet()).unwrap();
            let rows: Vec<u32> = found.odd.iter().map(|odd| odd.row).collect();
            assert_eq!(rows[0], 50);
            assert!(rows.contains(&5) && rows.contains(&70) && rows.len() < 20, "{rows:?}");
            assert_eq!((found.odd[0].column, found.odd[0].value), (0, -30.0));
            assert_eq!(found.regions, 2);
            assert_eq!(found.labels[50], NO_SEGMENT);
            let second = (0..1500).step_by(3).filter(|row| found.labels[*row] == 1).count();
            assert!(second > 480, "{second}");
        }
    }

    #[test]
    fn equal_customers_are_not_odd_and_few_are_told() {
        let same = Array2::zeros((50, 2));
        let found = find(same.view(), &OddRecipe::default(), &Monitor::quiet()).unwrap();
        assert!(found.odd.is_empty() && found.regions == 1);
        let few = Array2::zeros((10, 2));
        let told = find(few.view(), &OddRecipe::default(), &Monitor::quiet());
        assert!(matches!(told, Err(SegmentError::TooFewCustomers { have: 10, need: 11 })));
        let none = find(clouds(200).view(), &OddRecipe { step: Some(1e-9), ..OddRecipe::default() }, &Monitor::quiet());
        assert!(matches!(none, Err(SegmentError::Recipe { field: "step", .. })));
    }
}
