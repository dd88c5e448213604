//! t-SNE (van der Maaten & Hinton 2008) by Barnes–Hut sums (van der Maaten 2014): neighbours stay neighbours,
//! distances between groups mean little.
//!
//! linfa-tsne shows no frames on the way and can't be stopped, so the loop is ours. It begins at the principal components
//! (Kobak & Berens 2019), uses no random numbers but for the sample, and adds up in fixed order.

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::choose_k::evidence::sample_rows;
use super::super::nearest::Blocks;
use super::super::{SegmentError, wrong};
use super::pca::Pca;
use super::tree::Tree;
use crate::base::{Cancelled, Monitor, Step};

/// Points handled by one task; fixed, so that sums don't depend on the number of threads.
const CHUNK: usize = 256;
/// Attraction is this much stronger in the first third of the run, so that groups find together.
const EXAGGERATION: f64 = 12.0;

/// What decides the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TsneRecipe {
    /// About how many neighbours each customer has; lowered when there are few customers.
    pub perplexity: f64,
    pub iterations: usize,
    /// 0 exact, 0.5 usual, larger coarser.
    pub theta: f64,
    /// More customers than this are sampled.
    pub sample: usize,
    pub seed: u64,
    /// Every how many iterations a frame is shown.
    pub frame_every: usize,
}

impl Default for TsneRecipe {
    fn default() -> Self {
        Self { perplexity: 30.0, iterations: 600, theta: 0.5, sample: 20_000, seed: 0, frame_every: 10 }
    }
}

impl TsneRecipe {
    pub fn check(&self) -> Result<(), SegmentError> {
        if !(2.0..=200.0).contains(&self.perplexity) {
            return wrong("perplexity", "must be from 2 to 200");
        }
        if !(30..=10_000).contains(&self.iterations) {
            return wrong("iterations", "must be from 30 to 10,000");
        }
        if !(0.0..=1.5).contains(&self.theta) {
            return wrong("theta", "must be from 0 to 1.5");
        }
        if !(10..=100_000).contains(&self.sample) || self.frame_every == 0 {
            return wrong("sample", "must be from 10 to 100,000");
        }
        Ok(())
    }
}

/// The map so far.
pub struct Frame<'a> {
    pub iteration: usize,
    pub points: &'a [[f32; 2]],
}

/// The finished map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tsne {
    /// The table's rows that are on the map: all, or a sample of them.
    pub rows: Vec<u32>,
    pub points: Vec<[f32; 2]>,
    /// How many customers there are; more than `rows` when sampled.
    pub of: usize,
    /// Kullback–Leibler divergence at the end (smaller is truer).
    pub divergence: f64,
}

/// Makes the map of the scaled rows; `on_frame` sees it while it grows.
pub fn tsne(
    values: ArrayView2<'_, f64>,
    recipe: &TsneRecipe,
    monitor: &Monitor,
    on_frame: &mut dyn FnMut(Frame<'_>),
) -> Result<Tsne, SegmentError> {
    recipe.check()?;
    let rows = sample_rows(values.nrows(), recipe.sample, recipe.seed, 21);
    if rows.len() < 4 {
        return Err(SegmentError::TooFewCustomers { have: rows.len(), need: 4 });
    }
    let sample = values.select(Axis(0), &rows);
    let links = Links::between(sample.view(), recipe.perplexity, monitor)?;
    let mut points = start(sample.view())?;
    let mut shown: Vec<[f32; 2]> = Vec::new();
    let early = recipe.iterations / 3;
    let mut step = Descent::new(points.len());
    for iteration in 0..recipe.iterations {
        monitor.check()?;
        monitor.report(Step::Projecting, iteration as u64, recipe.iterations as u64);
        let exaggeration = if iteration < early { EXAGGERATION } else { 1.0 };
        let gradient = gradient(&points, &links, recipe.theta, exaggeration);
        step.walk(&mut points, &gradient, if iteration < early { 0.5 } else { 0.8 });
        if iteration % recipe.frame_every == 0 {
            show(&points, &mut shown);
            on_frame(Frame { iteration, points: &shown });
        }
    }
    show(&points, &mut shown);
    on_frame(Frame { iteration: recipe.iterations, points: &shown });
    Ok(Tsne {
        rows: rows.iter().map(|row| *row as u32).collect(),
        of: values.nrows(),
        divergence: divergence(&points, &links, recipe.theta),
        points: shown,
    })
}

/// The rows that will be on the map.
pub fn rows(customers: usize, recipe: &TsneRecipe) -> Vec<u32> {
    sample_rows(customers, recipe.sample, recipe.seed, 21).into_iter().map(|row| row as u32).collect()
}

/// The first two components, small.
fn start(values: ArrayView2<'_, f64>) -> Result<Vec<[f64; 2]>, SegmentError> {
    let pca = Pca::fit(values)?;
    let scores = pca.scores(values, 2);
    let spread = pca.variances.first().copied().unwrap_or(0.0).sqrt().max(f64::MIN_POSITIVE);
    let second = |row: usize| if scores.ncols() > 1 { scores[[row, 1]] } else { (row as f64 * 0.618).fract() * 0.01 };
    // Customers with the same values must not start on one spot, or nothing would ever part them.
    let nudge = |row: usize, turn: f64| (row as f64 * turn).fract() - 0.5;
    let place = |row: usize| {
        let (x, y) = (scores[[row, 0]] / spread, second(row) / spread);
        [1e-4 * (x + 1e-3 * nudge(row, 0.754_877_666)), 1e-4 * (y + 1e-3 * nudge(row, 0.569_840_291))]
    };
    Ok((0..scores.nrows()).map(place).collect())
}

fn show(points: &[[f64; 2]], shown: &mut Vec<[f32; 2]>) {
    shown.clear();
    shown.extend(points.iter().map(|[x, y]| [*x as f32, *y as f32]));
}

/// How strongly each pair of neighbours belongs together; all sum to 1.
pub(crate) struct Links {
    offsets: Vec<usize>,
    to: Vec<u32>,
    strength: Vec<f64>,
}

impl Links {
    fn between(values: ArrayView2<'_, f64>, perplexity: f64, monitor: &Monitor) -> Result<Self, Cancelled> {
        let n = values.nrows();
        let perplexity = perplexity.min((n - 1) as f64 / 3.0).max(1.0);
        let count = ((3.0 * perplexity) as usize).clamp(1, n - 1);
        let blocks = Blocks::new(values);
        let done = std::sync::atomic::AtomicU64::new(0);
        let one_way: Vec<Vec<(u32, f64)>> = (0..n)
            .into_par_iter()
            .map_init(Vec::new, |squares: &mut Vec<f64>, row| {
                if row % CHUNK == 0 {
                    monitor.check()?;
                    let done = done.fetch_add(CHUNK as u64, std::sync::atomic::Ordering::Relaxed);
                    monitor.report(Step::Preparing, done, n as u64);
                }
                let centre: Vec<f64> = values.row(row).to_vec();
                blocks.squares_to(&centre, squares);
                let near = neighbours(&squares[..n], row, count);
                Ok(shares(&near, perplexity))
            })
            .collect::<Result<_, Cancelled>>()?;
        Ok(Self::both_ways(&one_way))
    }

    /// (p(j|i) + p(i|j)) ÷ 2n.
    fn both_ways(one_way: &[Vec<(u32, f64)>]) -> Self {
        let n = one_way.len();
        let mut of: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
        for (i, links) in one_way.iter().enumerate() {
            for (j, share) in links {
                let half = share / (2.0 * n as f64);
                of[i].push((*j, half));
                of[*j as usize].push((i as u32, half));
            }
        }
        let (mut offsets, mut to, mut strength) = (vec![0], Vec::new(), Vec::new());
        for mut links in of {
            links.sort_by_key(|link| link.0);
            for (j, share) in links {
                if to.len() > *offsets.last().unwrap_or(&0) && to.last() == Some(&j) {
                    if let Some(last) = strength.last_mut() {
                        *last += share;
                    }
                } else {
                    to.push(j);
                    strength.push(share);
                }
            }
            offsets.push(to.len());
        }
        Self { offsets, to, strength }
    }

    fn of(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.offsets[row]..self.offsets[row + 1];
        self.to[range.clone()].iter().map(|j| *j as usize).zip(self.strength[range].iter().copied())
    }
}

/// The `count` nearest other rows: (row, squared distance).
fn neighbours(squares: &[f64], row: usize, count: usize) -> Vec<(u32, f64)> {
    let mut others: Vec<(u32, f64)> = squares.iter().enumerate().map(|(j, square)| (j as u32, *square)).collect();
    others.swap_remove(row);
    let order = |a: &(u32, f64), b: &(u32, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
    if count < others.len() {
        others.select_nth_unstable_by(count, order);
        others.truncate(count);
    }
    others.sort_by(order);
    others
}

/// Shares exp(−β d²), with β such that their perplexity (2 to the entropy) is as asked.
fn shares(near: &[(u32, f64)], perplexity: f64) -> Vec<(u32, f64)> {
    let least = near.first().map_or(0.0, |nearest| nearest.1);
    let mean = near.iter().map(|(_, square)| square - least).sum::<f64>() / near.len() as f64;
    let unit = if mean > 0.0 { mean } else { 1.0 };
    let weigh = |beta: f64| -> Vec<f64> {
        let raw: Vec<f64> = near.iter().map(|(_, square)| (-beta * (square - least) / unit).exp()).collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|weight| weight / sum).collect()
    };
    let entropy = |p: &[f64]| -p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>();
    let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..60 {
        let difference = entropy(&weigh(beta)) - perplexity.ln();
        if difference.abs() < 1e-6 {
            break;
        }
        if difference > 0.0 {
            low = beta
        } else {
            high = beta
        }
        beta = if high.is_finite() { f64::midpoint(low, high) } else { beta * 2.0 };
    }
    near.iter().map(|(j, _)| *j).zip(weigh(beta)).collect()
}

/// 4 × (attraction − repulsion) on each point.
fn gradient(points: &[[f64; 2]], links: &Links, theta: f64, exaggeration: f64) -> Vec<[f64; 2]> {
    let tree = Tree::new(points);
    let parts: Vec<(Vec<[f64; 4]>, f64)> = points
        .par_chunks(CHUNK)
        .enumerate()
        .map_init(Vec::new, |stack, (chunk, mine)| {
            let (mut forces, mut sum) = (Vec::with_capacity(mine.len()), 0.0);
            for (place, point) in mine.iter().enumerate() {
                let push = tree.push(*point, theta, stack);
                let mut pull = [0.0; 2];
                for (j, strength) in links.of(chunk * CHUNK + place) {
                    let away = [point[0] - points[j][0], point[1] - points[j][1]];
                    let weight = strength / (1.0 + away[0] * away[0] + away[1] * away[1]);
                    pull[0] += weight * away[0];
                    pull[1] += weight * away[1];
                }
                sum += push.sum;
                forces.push([pull[0], pull[1], push.force[0], push.force[1]]);
            }
            (forces, sum)
        })
        .collect();
    let total: f64 = parts.iter().map(|part| part.1).sum::<f64>().max(f64::MIN_POSITIVE);
    let combine =
        |f: &[f64; 4]| [4.0 * (exaggeration * f[0] - f[2] / total), 4.0 * (exaggeration * f[1] - f[3] / total)];
    parts.iter().flat_map(|part| part.0.iter().map(combine)).collect()
}

/// Momentum and gains, as in the original.
struct Descent {
    velocity: Vec<[f64; 2]>,
    gains: Vec<[f64; 2]>,
    rate: f64,
}

impl Descent {
    fn new(n: usize) -> Self {
        // Belkina et al. 2019: n ÷ exaggeration, ours with the factor 4 inside the gradient.
        let rate = (n as f64 / EXAGGERATION / 4.0).max(50.0);
        Self { velocity: vec![[0.0; 2]; n], gains: vec![[1.0; 2]; n], rate }
    }

    fn walk(&mut self, points: &mut [[f64; 2]], gradient: &[[f64; 2]], momentum: f64) {
        for (i, point) in points.iter_mut().enumerate() {
            for axis in 0..2 {
                let (slope, velocity) = (gradient[i][axis], self.velocity[i][axis]);
                let gain = &mut self.gains[i][axis];
                *gain = if slope * velocity < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                self.velocity[i][axis] = momentum * velocity - self.rate * *gain * slope;
                point[axis] += self.velocity[i][axis];
            }
        }
        let n = points.len() as f64;
        let mean = points.iter().fold([0.0; 2], |sum, point| [sum[0] + point[0] / n, sum[1] + point[1] / n]);
        points.iter_mut().for_each(|point| *point = [point[0] - mean[0], point[1] - mean[1]]);
    }
}

/// Σ p ln(p ÷ q) over the linked pairs.
fn divergence(points: &[[f64; 2]], links: &Links, theta: f64) -> f64 {
    let tree = Tree::new(points);
    let mut stack = Vec::new();
    let total: f64 = points.iter().map(|point| tree.push(*point, theta, &mut stack).sum).sum();
    let pair = |i: usize, (j, p): (usize, f64)| {
        let square = (points[i][0] - points[j][0]).powi(2) + (points[i][1] - points[j][1]).powi(2);
        p * (p * total * (1.0 + square)).max(f64::MIN_POSITIVE).ln()
    };
    (0..points.len()).map(|i| links.of(i).map(|link| pair(i, link)).sum::<f64>()).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn blobs(n: usize, seed: u64) -> Array2<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_fn((n, 5), |(i, j)| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            noise + if i % 4 == j { 8.0 } else { 0.0 }
        })
    }

    fn run(x: &Array2<f64>, recipe: &TsneRecipe) -> Tsne {
        tsne(x.view(), recipe, &Monitor::quiet(), &mut |_| {}).unwrap()
    }

    #[test]
    fn neighbours_on_the_map_are_of_one_kind() {
        let x = blobs(600, 1);
        let mut frames = 0;
        let recipe = TsneRecipe { iterations: 300, ..TsneRecipe::default() };
        let map = tsne(x.view(), &recipe, &Monitor::quiet(), &mut |frame| {
            assert_eq!(frame.points.len(), 600);
            frames += 1;
        })
        .unwrap();
        assert_eq!(frames, 31);
        let square = |i: usize, j: usize| {
            let (a, b) = (map.points[i], map.points[j]);
            (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
        };
        let same = (0..600).filter(|i| {
            let near = (0..600).filter(|j| j != i).min_by(|a, b| square(*i, *a).total_cmp(&square(*i, *b)));
            near.is_some_and(|j| j % 4 == i % 4)
        });
        assert!(same.count() > 590);
        assert!(map.divergence > 0.0 && map.divergence < 1.5, "{}", map.divergence);
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_divergence() {
        let x = blobs(40, 2);
        let links = Links::between(x.view(), 5.0, &Monitor::quiet()).unwrap();
        assert!((links.strength.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let mut points: Vec<[f64; 2]> =
            (0..40).map(|i| [(i as f64 * 1.3).sin(), (i as f64 * 0.7).cos() * 2.0]).collect();
        let slope = gradient(&points, &links, 0.0, 1.0);
        for (i, axis) in [(0, 0), (7, 1), (23, 0)] {
            let h = 1e-5;
            points[i][axis] += h;
            let up = divergence(&points, &links, 0.0);
            points[i][axis] -= 2.0 * h;
            let down = divergence(&points, &links, 0.0);
            points[i][axis] += h;
            let numeric = (up - down) / (2.0 * h);
            assert!((numeric - slope[i][axis]).abs() < 1e-6, "{numeric} {}", slope[i][axis]);
        }
    }

    #[test]
    fn perplexity_is_as_asked() {
        let near: Vec<(u32, f64)> = (0..60).map(|i| (i, f64::from(i) * 0.3 + 1.0)).collect();
        let p = shares(&near, 15.0);
        let entropy: f64 = -p.iter().map(|(_, p)| p * p.ln()).sum::<f64>();
        assert!((entropy.exp() - 15.0).abs() < 1e-3);
    }

    #[test]
    fn few_equal_or_many_customers() {
        let recipe = TsneRecipe { iterations: 50, sample: 100, ..TsneRecipe::default() };
        let map = run(&blobs(500, 3), &recipe);
        assert_eq!((map.rows.len(), map.of), (100, 500));
        let same = run(&Array2::zeros((20, 3)), &recipe);
        assert!(same.points.iter().flatten().all(|x| x.is_finite()));
        let three = tsne(blobs(3, 1).view(), &recipe, &Monitor::quiet(), &mut |_| {});
        assert!(matches!(three, Err(SegmentError::TooFewCustomers { have: 3, need: 4 })));
        let one_column = run(&blobs(30, 4).select(Axis(1), &[0]), &recipe);
        assert!(one_column.points.iter().flatten().all(|x| x.is_finite()));
    }

    #[test]
    fn one_thread_or_three_draw_the_same_map() {
        let x = blobs(300, 5);
        let recipe = TsneRecipe { iterations: 60, ..TsneRecipe::default() };
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&x, &recipe))
        };
        assert_eq!(with(1), with(3));
    }
}
