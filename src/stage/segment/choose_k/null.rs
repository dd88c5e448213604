//! Clouds without groups that look as much like the data as a groupless cloud can: what the data is judged against.

use faer::{Mat, Side};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use statrs::distribution::ContinuousCDF;

use super::super::SegmentError;
use super::super::map::pca::{Pca, covariance};
use super::hump::Hump;

/// A kind of groupless cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Null {
    /// One normal cloud with the data's covariance (as in SigClust, Liu et al. 2008).
    Normal,
    /// Evenly filled box along the features (as in the gap statistic, Tibshirani et al. 2001).
    Box,
    /// Evenly filled box along the principal components (the same paper's second form).
    TurnedBox,
    /// Along every principal component the data's own shape, smoothed until it has one hump, the components
    /// independent of each other.
    TurnedHumps,
    /// Every feature with its own shape, smoothed until it has one hump, and tied to the others by the correlations
    /// of their ranks (a normal copula).
    Humps,
}

impl Null {
    pub const ALL: [Self; 5] = [Self::Normal, Self::Box, Self::TurnedBox, Self::TurnedHumps, Self::Humps];
}

/// Draws clouds of one shape of data.
pub(crate) struct Clouds {
    rows: usize,
    ranges: Vec<(f64, f64)>,
    turned_ranges: Vec<(f64, f64)>,
    deviations: Vec<f64>,
    turned_humps: Vec<Hump>,
    humps: Vec<Hump>,
    /// Lower triangle of the root of the normal scores' correlations.
    root: Mat<f64>,
}

impl Clouds {
    pub fn new(values: ArrayView2<'_, f64>) -> Result<Self, SegmentError> {
        let pca = Pca::fit(values)?;
        let scores = pca.scores(values, values.ncols());
        let ranges = |values: ArrayView2<'_, f64>| values.axis_iter(Axis(1)).map(range).collect();
        let humps = |values: ArrayView2<'_, f64>| {
            let columns: Vec<Vec<f64>> = values.axis_iter(Axis(1)).map(|column| column.to_vec()).collect();
            columns.par_iter().map(|column| Hump::learn(column)).collect()
        };
        Ok(Self {
            rows: values.nrows(),
            ranges: ranges(values),
            turned_ranges: ranges(scores.view()),
            deviations: pca.variances.iter().map(|variance| variance.sqrt()).collect(),
            turned_humps: humps(scores.view()),
            humps: humps(values),
            root: rank_root(values)?,
        })
    }

    /// The cloud's place does not matter to clusters and distances, and neither does a turn: clouds along the
    /// components are not turned back.
    pub fn draw(&self, null: Null, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let d = self.ranges.len();
        let mut cloud = Array2::zeros((self.rows, d));
        let mut normals = vec![0.0; d];
        for mut row in cloud.outer_iter_mut() {
            let even = |(low, high): (f64, f64), rng: &mut ChaCha8Rng| low + (high - low) * rng.random::<f64>();
            normals.iter_mut().for_each(|z| *z = StandardNormal.sample(rng));
            for j in 0..d {
                row[j] = match null {
                    Null::Normal => self.deviations[j] * normals[j],
                    Null::Box => even(self.ranges[j], rng),
                    Null::TurnedBox => even(self.turned_ranges[j], rng),
                    Null::TurnedHumps => self.turned_humps[j].quantile(rng.random()),
                    Null::Humps => {
                        let z: f64 = (0..=j).map(|i| self.root[(j, i)] * normals[i]).sum();
                        self.humps[j].quantile(share_below(z))
                    }
                };
            }
        }
        cloud
    }
}

fn range(column: ArrayView1<'_, f64>) -> (f64, f64) {
    column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)))
}

/// The standard normal distribution function.
fn share_below(z: f64) -> f64 {
    0.5 * statrs::function::erf::erfc(-z / std::f64::consts::SQRT_2)
}

/// Cholesky root of the correlations of the columns' normal scores.
fn rank_root(values: ArrayView2<'_, f64>) -> Result<Mat<f64>, SegmentError> {
    let (n, d) = values.dim();
    let mut scores = Array2::zeros((n, d));
    let standard = statrs::distribution::Normal::standard();
    for (column, mut out) in values.axis_iter(Axis(1)).zip(scores.axis_iter_mut(Axis(1))) {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| column[*a].total_cmp(&column[*b]));
        let mut start = 0;
        while start < n {
            let end = start + order[start..].iter().take_while(|row| column[**row] == column[order[start]]).count();
            // Ties share their mean rank.
            let score = standard.inverse_cdf((start + end) as f64 / 2.0 / n as f64);
            order[start..end].iter().for_each(|row| out[*row] = score);
            start = end;
        }
    }
    let (_, covariance) = covariance(scores.view());
    let deviation = |i: usize| covariance[(i, i)].sqrt().max(f64::MIN_POSITIVE);
    let correlations = Mat::from_fn(d, d, |i, j| {
        // A touch of the identity keeps copies of a column from breaking the root.
        if i == j { 1.0 + 1e-6 } else { covariance[(i, j)] / (deviation(i) * deviation(j)) }
    });
    let root = correlations.llt(Side::Lower).map_err(|error| SegmentError::Fit(format!("correlations: {error:?}")))?;
    Ok(root.L().to_owned())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn clouds_keep_variance_and_correlation() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut values = Array2::zeros((2000, 3));
        for mut row in values.outer_iter_mut() {
            let shared = draw();
            row[0] = shared;
            row[1] = 2.0 * (0.8 * shared + 0.6 * draw());
            row[2] = 3.0 * draw();
        }
        let clouds = Clouds::new(values.view()).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for null in [Null::Normal, Null::TurnedHumps, Null::Humps] {
            let drawn = clouds.draw(null, &mut rng);
            let total = |x: &Array2<f64>| x.var_axis(Axis(0), 0.0).sum();
            let ratio = total(&drawn) / total(&values);
            assert!((ratio - 1.0).abs() < 0.15, "{null:?}: {ratio}");
        }
        let drawn = clouds.draw(Null::Humps, &mut rng);
        let (_, covariance) = covariance(drawn.view());
        let correlation = covariance[(0, 1)] / (covariance[(0, 0)] * covariance[(1, 1)]).sqrt();
        assert!((correlation - 0.8).abs() < 0.05, "{correlation}");
    }
}
