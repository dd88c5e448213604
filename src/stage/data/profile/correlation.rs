//! Which numbers go together.

use super::recipe::ProfileRecipe;
use super::sample::RowSample;
use crate::base::{Cancelled, Monitor};
use crate::stage::data::cell::Cells;
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Of each two columns, over the rows in which both have a number. Nothing where fewer than two rows do, or one of
/// the columns is constant there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Correlations {
    pub columns: Vec<String>,
    /// Pearson's r: how close to a straight line.
    pub pearson: Vec<Vec<Option<f64>>>,
    /// Spearman's ρ: how close to rising or falling together, ties at their mean rank.
    pub spearman: Vec<Vec<Option<f64>>>,
    /// Rows that `spearman` is computed from: all, or a sample.
    pub spearman_rows: u64,
    /// Columns of numbers beyond the first [`MOST_COLUMNS`].
    pub left_out: u64,
}

pub const MOST_COLUMNS: usize = 50;

/// Of the named columns of numbers (yes is 1); those that hold something else are passed over.
pub fn correlations(frame: &DataFrame, columns: &[String], monitor: &Monitor) -> Result<Correlations, Cancelled> {
    let cells = columns.iter().filter_map(|name| Some((name.clone(), Cells::of(frame.column(name).ok()?)?)));
    let all: Vec<(String, Vec<f64>)> = cells.filter_map(|(name, c)| Some((name, finite(c.numbers()?)))).collect();
    monitor.check()?;
    let left_out = all.len().saturating_sub(MOST_COLUMNS) as u64;
    let (names, numbers): (Vec<String>, Vec<Vec<f64>>) = all.into_iter().take(MOST_COLUMNS).unzip();
    let mut pairs = PairSums::new(names.len());
    let mut sample = RowSample::new(names.len(), ProfileRecipe::default().sample_rows as usize);
    pairs.add(&numbers, monitor)?;
    sample.add(&numbers, frame.height());
    finish(names, left_out, pairs, sample, monitor)
}

pub(super) fn finish(
    columns: Vec<String>,
    left_out: u64,
    pairs: PairSums,
    sample: RowSample,
    monitor: &Monitor,
) -> Result<Correlations, Cancelled> {
    let rows = sample.finish();
    let spearman_rows = rows.first().map_or(0, Vec::len) as u64;
    let spearman = spearman(&rows, monitor)?;
    Ok(Correlations { pearson: pairs.pearson(), spearman, spearman_rows, columns, left_out })
}

/// Infinity counts as missing.
pub(super) fn finite(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.iter_mut().filter(|v| v.is_infinite()).for_each(|v| *v = f64::NAN);
    numbers
}

/// What Pearson's r needs of two columns, over the rows where both have a number.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

/// Sums over all rows seen, of numbers less their column's first one.
#[derive(Debug)]
pub(super) struct PairSums {
    columns: usize,
    /// Subtracted from each column's numbers, so that large ones close together keep their digits.
    origin: Vec<Option<f64>>,
    /// (0, 1), (0, 2), (1, 2), (0, 3), …
    pairs: Vec<Pair>,
}

/// Rows that are added up together; they stay in the cache.
const BLOCK: usize = 4096;

impl PairSums {
    pub fn new(columns: usize) -> Self {
        Self {
            columns,
            origin: vec![None; columns],
            pairs: vec![Pair::default(); columns * columns.saturating_sub(1) / 2],
        }
    }

    /// NaN is missing.
    pub fn add(&mut self, columns: &[Vec<f64>], monitor: &Monitor) -> Result<(), Cancelled> {
        for (origin, numbers) in self.origin.iter_mut().zip(columns) {
            if origin.is_none() {
                *origin = numbers.iter().copied().find(|v| !v.is_nan());
            }
        }
        let height = columns.first().map_or(0, Vec::len);
        let places: Vec<(usize, usize)> = (0..self.columns).flat_map(|j| (0..j).map(move |i| (i, j))).collect();
        for from in (0..height).step_by(BLOCK) {
            monitor.check()?;
            let to = (from + BLOCK).min(height);
            let blocks: Vec<Block> =
                columns.iter().zip(&self.origin).map(|(c, o)| Block::of(&c[from..to], o.unwrap_or(0.0))).collect();
            let add = |(pair, &(i, j)): (&mut Pair, &(usize, usize))| pair.add(&blocks[i], &blocks[j]);
            if places.len() > 16 {
                self.pairs.par_iter_mut().zip(&places).for_each(add);
            } else {
                self.pairs.iter_mut().zip(&places).for_each(add);
            }
        }
        Ok(())
    }

    pub fn pearson(&self) -> Vec<Vec<Option<f64>>> {
        symmetric(self.columns, |i, j| self.pairs[j * (j - 1) / 2 + i].r())
    }
}

/// A column's numbers with 0 for missing ones.
struct Block {
    numbers: Vec<f64>,
    /// 1 where there is a number; empty when that is everywhere.
    there: Vec<f64>,
    sum: f64,
    squares: f64,
}

impl Block {
    fn of(numbers: &[f64], origin: f64) -> Self {
        let holes = numbers.iter().any(|v| v.is_nan());
        let there = if holes { numbers.iter().map(|v| f64::from(u8::from(!v.is_nan()))).collect() } else { Vec::new() };
        let numbers: Vec<f64> = numbers.iter().map(|v| if v.is_nan() { 0.0 } else { v - origin }).collect();
        Self { sum: numbers.iter().sum(), squares: dot(&numbers, &numbers), numbers, there }
    }
}

/// Eight sums side by side, which the processor adds at once; always in the same order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

impl Pair {
    fn add(&mut self, x: &Block, y: &Block) {
        self.xy += dot(&x.numbers, &y.numbers);
        if y.there.is_empty() {
            self.n += if x.there.is_empty() { x.numbers.len() as f64 } else { x.there.iter().sum() };
            self.x += x.sum;
            self.xx += x.squares;
        } else {
            self.n += if x.there.is_empty() { y.there.iter().sum() } else { dot(&x.there, &y.there) };
            self.x += dot(&x.numbers, &y.there);
            self.xx += x.numbers.iter().zip(&y.there).map(|(v, there)| v * v * there).sum::<f64>();
        }
        if x.there.is_empty() {
            self.y += y.sum;
            self.yy += y.squares;
        } else {
            self.y += dot(&y.numbers, &x.there);
            self.yy += y.numbers.iter().zip(&x.there).map(|(v, there)| v * v * there).sum::<f64>();
        }
    }

    fn r(&self) -> Option<f64> {
        let sxx = self.xx - self.x * self.x / self.n;
        let syy = self.yy - self.y * self.y / self.n;
        let sxy = self.xy - self.x * self.y / self.n;
        // What is left of a constant is rounding.
        let flat = |s: f64, squares: f64| s.is_nan() || s <= squares * 1e-13;
        if self.n < 2.0 || flat(sxx, self.xx) || flat(syy, self.yy) {
            return None;
        }
        let both = sxx * syy;
        let scale = if both.is_normal() { both.sqrt() } else { sxx.sqrt() * syy.sqrt() };
        Some((sxy / scale).clamp(-1.0, 1.0)).filter(|r| r.is_finite())
    }
}

/// 1 on the diagonal; `of(i, j)` is asked for i < j.
fn symmetric(size: usize, of: impl Fn(usize, usize) -> Option<f64>) -> Vec<Vec<Option<f64>>> {
    let cell = |i: usize, j: usize| match i.cmp(&j) {
        std::cmp::Ordering::Less => of(i, j),
        std::cmp::Ordering::Equal => Some(1.0),
        std::cmp::Ordering::Greater => of(j, i),
    };
    (0..size).map(|i| (0..size).map(|j| cell(i, j)).collect()).collect()
}

fn spearman(columns: &[Vec<f64>], monitor: &Monitor) -> Result<Vec<Vec<Option<f64>>>, Cancelled> {
    // Each column's rows with a number, from the smallest.
    let orders: Vec<Vec<u32>> = columns
        .par_iter()
        .map(|numbers| {
            let mut rows: Vec<u32> = (0..numbers.len() as u32).filter(|&r| !numbers[r as usize].is_nan()).collect();
            rows.sort_by(|&a, &b| numbers[a as usize].total_cmp(&numbers[b as usize]));
            rows
        })
        .collect();
    let places: Vec<(usize, usize)> = (0..columns.len()).flat_map(|j| (0..j).map(move |i| (i, j))).collect();
    let rho: Vec<Option<f64>> = places
        .par_iter()
        .map(|&(i, j)| {
            monitor.check()?;
            let x = ranks(&columns[i], &orders[i], &columns[j]);
            let y = ranks(&columns[j], &orders[j], &columns[i]);
            let mut pair = Pair::default();
            let middle = x.iter().filter(|v| !v.is_nan()).count() as f64 / 2.0;
            pair.add(&Block::of(&x, middle), &Block::of(&y, middle));
            Ok(pair.r())
        })
        .collect::<Result<_, Cancelled>>()?;
    Ok(symmetric(columns.len(), |i, j| rho[j * (j - 1) / 2 + i]))
}

/// Ranks from 1 among the rows where `other` has a number too; ties share their mean rank. NaN elsewhere.
fn ranks(numbers: &[f64], order: &[u32], other: &[f64]) -> Vec<f64> {
    let mut ranks = vec![f64::NAN; numbers.len()];
    let both: Vec<usize> = order.iter().map(|&row| row as usize).filter(|&row| !other[row].is_nan()).collect();
    let mut seen = 0;
    for ties in both.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let rank = seen as f64 + (ties.len() as f64 + 1.0) / 2.0;
        ties.iter().for_each(|&row| ranks[row] = rank);
        seen += ties.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(frame: &DataFrame) -> Correlations {
        let names: Vec<String> = frame.columns().iter().map(|c| c.name().to_string()).collect();
        correlations(frame, &names, &Monitor::quiet()).unwrap()
    }

    #[test]
    fn both_coefficients_by_hand() {
        // x 1…5, y its cube: ρ 1; r = 12 · … : Σdx·dy = 310 - … worked below with means 3 and 45.
        // dx -2 -1 0 1 2, dy -44 -37 -18 19 80: Σ = 88 + 37 + 19 + 160 = 304; Σdx² 10; Σdy² 10,390.
        let frame = df!(
            "x" => [1, 2, 3, 4, 5], "y" => [1, 8, 27, 64, 125], "t" => ["a"; 5], "c" => [7; 5], "d" => [9.0, 9.0, 4.0, 1.0, 1.0],
        )
        .unwrap();
        let result = of(&frame);
        assert_eq!(result.columns, ["x", "y", "c", "d"]);
        assert!((result.pearson[0][1].unwrap() - 304.0 / (10.0_f64 * 10_390.0).sqrt()).abs() < 1e-12);
        assert!((result.spearman[0][1].unwrap() - 1.0).abs() < 1e-12);
        assert_eq!((result.pearson[0][2], result.spearman[2][0], result.pearson[2][2]), (None, None, Some(1.0)));
        // Ranks of d: 4.5 4.5 3 1.5 1.5: Σ = -2·1.5 - 1.5 - 1.5 - 3 = -9 over sqrt(10 · 9).
        assert!((result.spearman[3][0].unwrap() + 9.0 / 90_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn only_rows_with_both_count() {
        let nan = f64::NAN;
        let frame = df!(
            "x" => [Some(1.0), Some(2.0), Some(3.0), None, Some(100.0)],
            "y" => [Some(3.0), Some(2.0), Some(1.0), Some(50.0), Some(nan)],
            "z" => [Some(f64::INFINITY), None, Some(1.0), None, None],
        )
        .unwrap();
        let result = of(&frame);
        assert!((result.pearson[0][1].unwrap() + 1.0).abs() < 1e-12);
        assert!((result.spearman[1][0].unwrap() + 1.0).abs() < 1e-12);
        assert_eq!(result.pearson[0][2], None);
    }

    #[test]
    fn large_numbers_close_together_keep_their_digits() {
        let far: Vec<f64> = (0..10_000).map(|i| 1.7e12 + f64::from(i % 7)).collect();
        let near: Vec<f64> = (0..10_000).map(|i| f64::from(i % 7) * 2.0).collect();
        let result = of(&df!("far" => far, "near" => near).unwrap());
        assert!((result.pearson[0][1].unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_of_nothing() {
        let empty = of(&df!("x" => Vec::<f64>::new(), "y" => Vec::<f64>::new()).unwrap());
        assert_eq!((empty.pearson[0][1], empty.spearman[0][1], empty.spearman_rows), (None, None, 0));
        assert_eq!(of(&DataFrame::default()), Correlations::default());
    }
}
