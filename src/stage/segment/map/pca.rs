//! Principal components: the directions in which customers differ most.

use faer::{Mat, Side};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::SegmentError;

/// Rows added up by one task; fixed, so that sums don't depend on the number of threads.
const CHUNK: usize = 8192;

/// Means and principal directions, most varied first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pca {
    pub mean: Vec<f64>,
    /// `directions[component][column]`, unit length; the largest weight of each is positive.
    pub directions: Vec<Vec<f64>>,
    /// Variance along each direction (divided by n), never negative.
    pub variances: Vec<f64>,
}

/// How strongly a feature pulls along a component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loading {
    pub feature: String,
    /// Correlation of the feature with the component's score, −1 to 1: "more to the right: more of it".
    pub correlation: f64,
}

/// One axis of the map, for wording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis2 {
    /// Share of all variance, 0 to 1.
    pub share: f64,
    /// All features, strongest first.
    pub loadings: Vec<Loading>,
}

/// Mean and covariance (divided by n) of the rows.
pub(crate) fn covariance(values: ArrayView2<'_, f64>) -> (Vec<f64>, Mat<f64>) {
    let (n, d) = values.dim();
    let mean: Vec<f64> = values.mean_axis(Axis(0)).map_or_else(|| vec![0.0; d], |mean| mean.to_vec());
    let chunks: Vec<_> = (0..n.div_ceil(CHUNK)).collect();
    let parts: Vec<Vec<f64>> = chunks
        .into_par_iter()
        .map(|chunk| {
            let mut sums = vec![0.0; d * d];
            let mut centred = vec![0.0; d];
            for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(n) {
                centred.iter_mut().zip(values.row(row)).zip(&mean).for_each(|((c, x), m)| *c = x - m);
                for i in 0..d {
                    let factor = centred[i];
                    sums[i * d..=i * d + i].iter_mut().zip(&centred).for_each(|(sum, c)| *sum += factor * c);
                }
            }
            sums
        })
        .collect();
    let mut total = vec![0.0; d * d];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(a, b)| *a += b);
    }
    let covariance = Mat::from_fn(d, d, |i, j| total[i.max(j) * d + i.min(j)] / n.max(1) as f64);
    (mean, covariance)
}

impl Pca {
    /// All components of the rows.
    pub fn fit(values: ArrayView2<'_, f64>) -> Result<Self, SegmentError> {
        let d = values.ncols();
        let (mean, covariance) = covariance(values);
        let eigen = covariance
            .self_adjoint_eigen(Side::Lower)
            .map_err(|error| SegmentError::Fit(format!("principal components: {error:?}")))?;
        let (vectors, eigenvalues) = (eigen.U(), eigen.S().column_vector());
        let (mut directions, mut variances) = (Vec::new(), Vec::new());
        for place in (0..d).rev() {
            let mut direction: Vec<f64> = (0..d).map(|column| vectors[(column, place)]).collect();
            let strongest = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            direction.iter_mut().for_each(|weight| *weight *= strongest.signum());
            directions.push(direction);
            variances.push(eigenvalues[place].max(0.0));
        }
        Ok(Self { mean, directions, variances })
    }

    /// Scores of the rows on the first `count` components.
    pub fn scores(&self, values: ArrayView2<'_, f64>, count: usize) -> Array2<f64> {
        let count = count.min(self.directions.len());
        let mut scores = Array2::zeros((values.nrows(), count));
        scores.axis_iter_mut(Axis(0)).into_par_iter().zip(values.axis_iter(Axis(0))).for_each(|(mut out, row)| {
            for (score, direction) in out.iter_mut().zip(&self.directions) {
                let centred = row.iter().zip(&self.mean).map(|(x, m)| x - m);
                *score = centred.zip(direction).map(|(x, weight)| x * weight).sum();
            }
        });
        scores
    }

    /// Explained variance and loadings of the first `count` components.
    pub fn axes(&self, names: &[String], spread: &[f64], count: usize) -> Vec<Axis2> {
        let total: f64 = self.variances.iter().sum();
        let axis = |(direction, variance): (&Vec<f64>, &f64)| {
            let mut loadings: Vec<Loading> = (direction.iter().zip(spread).zip(names))
                .map(|((weight, spread), name)| {
                    let correlation = if *spread > 0.0 { weight * variance.sqrt() / spread } else { 0.0 };
                    Loading { feature: name.clone(), correlation: correlation.clamp(-1.0, 1.0) }
                })
                .collect();
            loadings.sort_by(|a, b| b.correlation.abs().total_cmp(&a.correlation.abs()));
            Axis2 { share: if total > 0.0 { variance / total } else { 0.0 }, loadings }
        };
        self.directions.iter().zip(&self.variances).take(count).map(axis).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn two_columns_by_hand() {
        // Points on the line y = 2x: one direction (1, 2)/√5 with variance 5 · var(x) = 5 · 2/3.
        let x = array![[-1.0, -2.0], [0.0, 0.0], [1.0, 2.0]];
        let pca = Pca::fit(x.view()).unwrap();
        assert!((pca.variances[0] - 10.0 / 3.0).abs() < 1e-12 && pca.variances[1].abs() < 1e-12);
        assert!((pca.directions[0][1] - 2.0 / 5.0_f64.sqrt()).abs() < 1e-12);
        let scores = pca.scores(x.view(), 2);
        assert!((scores[[2, 0]] - 5.0_f64.sqrt()).abs() < 1e-12);
        let spread = [(2.0_f64 / 3.0).sqrt(), (8.0_f64 / 3.0).sqrt()];
        let axes = pca.axes(&["a".into(), "b".into()], &spread, 2);
        assert!((axes[0].share - 1.0).abs() < 1e-12);
        assert!(axes[0].loadings.iter().all(|loading| (loading.correlation - 1.0).abs() < 1e-9));
    }
}
