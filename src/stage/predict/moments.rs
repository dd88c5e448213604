//! Means and cross products of columns, in one pass over the rows: all that least squares needs to know.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;

use super::error::Result;
use super::matrix::Matrix;
use crate::base::monitor::Monitor;

/// Of the columns `[X | y]` (`k = cols + 1`): the count, the means, and the centred cross products `k × k`.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    pub n: f64,
    pub mean: Vec<f64>,
    /// Row after row, symmetric: `Σ (a - mean_a)(b - mean_b)`.
    pub cross: Vec<f64>,
}

/// Rows a block: a block of a hundred columns stays in the second-level cache.
const BLOCK: usize = 1024;

/// Splits `n` rows into at most 64 parts whose partial sums of `k × k` fit in memory. The parts depend on
/// `n` and `k` only, never on the number of threads, so that sums are the same everywhere.
pub(super) fn parts(n: usize, k: usize) -> Vec<std::ops::Range<usize>> {
    let most = (16_000_000 / (k * k).max(1)).clamp(1, 64);
    let size = n.div_ceil(most).max(4 * BLOCK);
    (0..n).step_by(size.max(1)).map(|start| start..(start + size).min(n)).collect()
}

/// The mean of every column of `x`, then of `y`.
pub(super) fn means(x: &Matrix, y: &[f64]) -> Vec<f64> {
    let n = x.rows.max(1) as f64;
    let mean = |column: &[f64]| column.iter().sum::<f64>() / n;
    let mut means: Vec<f64> = (0..x.cols).into_par_iter().map(|j| mean(x.col(j))).collect();
    means.push(mean(y));
    means
}

impl Moments {
    pub fn of(x: &Matrix, y: &[f64], monitor: &Monitor) -> Result<Self> {
        let mean = means(x, y);
        let k = x.cols + 1;
        let sums = parts(x.rows, k)
            .into_par_iter()
            .map(|part| {
                monitor.check()?;
                Ok(cross_of(x, y, &mean, None, part))
            })
            .collect::<Result<Vec<Mat<f64>>>>()?;
        Ok(Self { n: x.rows as f64, mean, cross: total(&sums, k) })
    }

    pub fn k(&self) -> usize {
        self.mean.len()
    }

    /// The moments of the rows that are in `self` but not in `part` (which must be a part of it).
    pub fn without(&self, part: &Self) -> Self {
        let n = self.n - part.n;
        let k = self.k();
        let ratio = part.n / n;
        let gap: Vec<f64> = self.mean.iter().zip(&part.mean).map(|(all, part)| all - part).collect();
        let mean: Vec<f64> = self.mean.iter().zip(&gap).map(|(all, gap)| all + gap * ratio).collect();
        // S_all = S_rest + S_part + (n·part/(n + part)) d dᵀ with d = mean_rest - mean_part (Chan et al. 1979).
        let weight = n * part.n / self.n;
        let d: Vec<f64> = mean.iter().zip(&part.mean).map(|(rest, part)| rest - part).collect();
        let cross = (0..k * k).map(|i| self.cross[i] - part.cross[i] - weight * d[i / k] * d[i % k]).collect();
        Self { n, mean, cross }
    }

    /// The standard deviation (of the population) of column `j`; 0 where rounding is all there is.
    pub fn sd(&self, j: usize) -> f64 {
        let sd = (self.cross[j * self.k() + j].max(0.0) / self.n).sqrt();
        if sd > self.mean[j].abs() * 1e-12 { sd } else { 0.0 }
    }

    /// Correlations of the features with each other (`p × p`) and with `y`; 0 with a column that does not vary.
    pub fn correlations(&self) -> (Vec<f64>, Vec<f64>) {
        let k = self.k();
        let sd: Vec<f64> = (0..k).map(|j| self.sd(j)).collect();
        let r = |a: usize, b: usize| {
            let scale = sd[a] * sd[b] * self.n;
            if scale > 0.0 { self.cross[a * k + b] / scale } else { 0.0 }
        };
        let p = k - 1;
        let between = (0..p * p).map(|i| r(i / p, i % p)).collect();
        (between, (0..p).map(|j| r(j, p)).collect())
    }
}

/// `Σ w (z - centre)(z - centre)ᵀ` over a range of rows of `[X | y]`, block after block.
pub(super) fn cross_of(
    x: &Matrix,
    y: &[f64],
    centre: &[f64],
    weights: Option<&[f64]>,
    rows: std::ops::Range<usize>,
) -> Mat<f64> {
    let k = x.cols + 1;
    let mut sum = Mat::<f64>::zeros(k, k);
    let mut block = Mat::<f64>::zeros(BLOCK.min(rows.len()), k);
    for start in rows.clone().step_by(BLOCK) {
        let end = (start + BLOCK).min(rows.end);
        for (j, &middle) in centre.iter().enumerate() {
            let source = if j < x.cols { &x.col(j)[start..end] } else { &y[start..end] };
            let into = &mut block.col_as_slice_mut(j)[..end - start];
            match weights {
                None => into.iter_mut().zip(source).for_each(|(b, s)| *b = s - middle),
                Some(w) => {
                    let roots = w[start..end].iter();
                    into.iter_mut().zip(source).zip(roots).for_each(|((b, s), w)| *b = (s - middle) * w.sqrt());
                }
            }
        }
        let filled = block.as_ref().subrows(0, end - start);
        matmul(sum.as_mut(), Accum::Add, filled.transpose(), filled, 1.0, Par::Seq);
    }
    sum
}

pub(super) fn total(sums: &[Mat<f64>], k: usize) -> Vec<f64> {
    let mut all = vec![0.0; k * k];
    for sum in sums {
        for (i, slot) in all.iter_mut().enumerate() {
            *slot += sum[(i / k, i % k)];
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(n: usize) -> (Matrix, Vec<f64>) {
        let column = |a: usize| (0..n).map(|i| ((i * a) % 101) as f64 * 0.37 + 1000.0).collect::<Vec<f64>>();
        (Matrix::from_columns(n, vec![column(7), column(13)]), column(29))
    }

    #[test]
    fn cross_products_by_hand() {
        let x = Matrix::from_columns(3, vec![vec![1.0, 2.0, 6.0]]);
        let m = Moments::of(&x, &[1.0, 0.0, 5.0], &Monitor::quiet()).expect("not cancelled");
        assert_eq!(m.mean, [3.0, 2.0]);
        // (-2, -1, 3)·(-2, -1, 3) = 14, with (-1, -2, 3): 13, (-1, -2, 3)²: 14.
        assert_eq!(m.cross, [14.0, 13.0, 13.0, 14.0]);
    }

    #[test]
    fn taking_a_part_away_leaves_the_moments_of_the_rest() {
        let (x, y) = data(9000);
        let of = |rows: Vec<u32>| {
            let y: Vec<f64> = rows.iter().map(|&i| y[i as usize]).collect();
            Moments::of(&x.take_rows(&rows), &y, &Monitor::quiet()).expect("not cancelled")
        };
        let all = of((0..9000).collect());
        let left = all.without(&of((0..2000).collect()));
        let right = of((2000..9000).collect());
        for (a, b) in left.cross.iter().zip(&right.cross) {
            assert!((a - b).abs() < 1e-7 * b.abs().max(1.0), "{a} {b}");
        }
        assert!((left.mean[0] - right.mean[0]).abs() < 1e-9);
    }

    #[test]
    fn one_thread_sums_to_the_same_bits_as_many() {
        let (x, y) = data(30_000);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        let alone = pool.install(|| Moments::of(&x, &y, &Monitor::quiet()));
        assert_eq!(alone, Moments::of(&x, &y, &Monitor::quiet()));
    }
}
