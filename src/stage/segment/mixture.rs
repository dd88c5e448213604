//! Gaussian mixture (linfa): groups of any width and slant, and for every customer how surely they belong.
//!
//! The fit is linfa's, on a sample; how many groups is chosen by the Bayesian information criterion (Schwarz 1978). The
//! fitted components are kept as plain numbers, so that a stored run can judge new customers.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::GaussianMixtureModel;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::choose_k::evidence::sample_rows;
use super::map::pca::covariance;
use super::{SegmentError, wrong};
use crate::base::{Cancelled, Monitor, Step};

/// Rows judged by one task; fixed, so that sums don't depend on the number of threads.
const CHUNK: usize = 4096;

/// What decides a mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MixtureRecipe {
    /// Numbers of groups to try; the same twice for a fixed number.
    pub from: usize,
    pub to: usize,
    pub seed: u64,
    /// The fit sees at most so many customers.
    pub fit_sample: usize,
    /// Added to every variance, so that copies of a customer don't make a group of no width.
    pub ridge: f64,
}

impl Default for MixtureRecipe {
    fn default() -> Self {
        Self { from: 1, to: 8, seed: 0, fit_sample: 5_000, ridge: 1e-4 }
    }
}

impl MixtureRecipe {
    pub fn check(&self) -> Result<(), SegmentError> {
        if self.from == 0 || self.to < self.from || self.to > 30 {
            return wrong("to", "the number of groups runs from 1 to 30 at most, upwards");
        }
        if self.fit_sample < 50 {
            return wrong("fit_sample", "must be at least 50");
        }
        if !(self.ridge > 0.0 && self.ridge < 1.0) {
            return wrong("ridge", "must be between 0 and 1");
        }
        Ok(())
    }
}

/// One normal component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Component {
    pub weight: f64,
    pub mean: Vec<f64>,
    /// Row by row.
    pub covariance: Vec<f64>,
    /// Inverse of the covariance's lower Cholesky root, row by row, and half the logarithm of its determinant.
    inverse_root: Vec<f64>,
    half_log_determinant: f64,
}

/// How well a number of groups fits; the smallest is best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    pub k: usize,
    /// Empty when the fit broke down.
    pub bic: Option<f64>,
}

/// A fitted mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixture {
    /// Heaviest first.
    pub components: Vec<Component>,
    pub criteria: Vec<Criterion>,
    pub fit_rows: usize,
    /// The most likely group of every customer.
    pub labels: Vec<u32>,
    /// `membership[row * components + component]`: how surely the customer belongs, summing to 1.
    pub membership: Vec<f32>,
    pub sizes: Vec<u64>,
}

/// Fits every number of groups, keeps the best by BIC, and judges all scaled rows.
pub fn fit(values: ArrayView2<'_, f64>, recipe: &MixtureRecipe, monitor: &Monitor) -> Result<Mixture, SegmentError> {
    recipe.check()?;
    let (n, d) = values.dim();
    // A component has a mean and a covariance to learn.
    let need = |k: usize| 2 * k * (d + 1);
    if n < need(recipe.from) {
        return Err(SegmentError::TooFewCustomers { have: n, need: need(recipe.from) });
    }
    let mut rows = sample_rows(n, recipe.fit_sample, recipe.seed, 41);
    // linfa seeds its own start; the order of the rows carries our seed into it.
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(recipe.seed));
    let sample = values.select(Axis(0), &rows);
    let ks: Vec<usize> = (recipe.from..=recipe.to).filter(|k| need(*k) <= rows.len()).collect();
    let (mut criteria, mut best, mut last_error) = (Vec::new(), None, None);
    for (place, &k) in ks.iter().enumerate() {
        monitor.check()?;
        monitor.report(Step::Fitting, place as u64, ks.len() as u64);
        let fitted = components(&sample, k, recipe.ridge);
        let bic = match &fitted {
            Ok(components) => Some(bic(components, sample.view())),
            Err(_) => None,
        };
        criteria.push(Criterion { k, bic });
        match (fitted, bic) {
            (Ok(components), Some(bic)) if best.as_ref().is_none_or(|(least, _)| bic < *least) => {
                best = Some((bic, components));
            }
            (Err(error), _) => last_error = Some(error),
            _ => {}
        }
    }
    let Some((_, components)) = best else {
        return Err(last_error.unwrap_or(SegmentError::TooFewCustomers { have: n, need: need(recipe.from) }));
    };
    monitor.report(Step::Scoring, 0, 0);
    let (labels, membership) = judge(&components, values, monitor)?;
    let mut sizes = vec![0; components.len()];
    labels.iter().for_each(|label| sizes[*label as usize] += 1);
    Ok(Mixture { components, criteria, fit_rows: rows.len(), labels, membership, sizes })
}

/// Fits `k` components; one alone needs no search.
fn components(sample: &Array2<f64>, k: usize, ridge: f64) -> Result<Vec<Component>, SegmentError> {
    let d = sample.ncols();
    if k == 1 {
        let (mean, covariance) = covariance(sample.view());
        let covariance: Vec<f64> =
            (0..d * d).map(|at| covariance[(at / d, at % d)] + if at / d == at % d { ridge } else { 0.0 }).collect();
        return Ok(vec![Component::new(1.0, mean, covariance)?]);
    }
    let model = GaussianMixtureModel::params(k)
        .n_runs(1)
        .max_n_iterations(500)
        .tolerance(1e-3)
        .reg_covariance(ridge)
        .fit(&DatasetBase::from(sample.clone()))
        .map_err(|error| SegmentError::Fit(error.to_string()))?;
    let mut components = Vec::new();
    for place in 0..k {
        let mean = model.means().row(place).to_vec();
        let covariance = model.covariances().index_axis(Axis(0), place).iter().copied().collect();
        components.push(Component::new(model.weights()[place], mean, covariance)?);
    }
    components.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    Ok(components)
}

impl Component {
    fn new(weight: f64, mean: Vec<f64>, covariance: Vec<f64>) -> Result<Self, SegmentError> {
        let d = mean.len();
        let broken = || SegmentError::Fit("a group has no width".to_owned());
        let matrix = faer::Mat::from_fn(d, d, |i, j| covariance[i * d + j]);
        let root = matrix.llt(faer::Side::Lower).map_err(|_| broken())?;
        let root = root.L();
        let mut inverse = vec![0.0; d * d];
        // Forward substitution, column by column of the identity.
        for column in 0..d {
            for row in column..d {
                let done: f64 = (column..row).map(|k| root[(row, k)] * inverse[k * d + column]).sum();
                inverse[row * d + column] = (f64::from(u8::from(row == column)) - done) / root[(row, row)];
            }
        }
        let half_log_determinant = (0..d).map(|i| root[(i, i)].ln()).sum();
        if !weight.is_finite() || inverse.iter().any(|x| !x.is_finite()) {
            return Err(broken());
        }
        Ok(Self { weight, mean, covariance, inverse_root: inverse, half_log_determinant })
    }

    /// ln(weight × density).
    fn log_density(&self, row: ArrayView1<'_, f64>, centred: &mut Vec<f64>) -> f64 {
        let d = self.mean.len();
        centred.clear();
        centred.extend(row.iter().zip(&self.mean).map(|(x, m)| x - m));
        let mut square = 0.0;
        for i in 0..d {
            let z: f64 = self.inverse_root[i * d..=i * d + i].iter().zip(&*centred).map(|(a, x)| a * x).sum();
            square += z * z;
        }
        let constant = d as f64 * (2.0 * std::f64::consts::PI).ln();
        self.weight.ln() - self.half_log_determinant - 0.5 * (square + constant)
    }
}

/// Log densities of all components, and the logarithm of their sum.
fn densities(components: &[Component], row: ArrayView1<'_, f64>, centred: &mut Vec<f64>, logs: &mut Vec<f64>) -> f64 {
    logs.clear();
    logs.extend(components.iter().map(|component| component.log_density(row, centred)));
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + logs.iter().map(|log| (log - most).exp()).sum::<f64>().ln()
}

/// −2 ln likelihood + parameters × ln n.
fn bic(components: &[Component], values: ArrayView2<'_, f64>) -> f64 {
    let (n, d, k) = (values.nrows() as f64, values.ncols() as f64, components.len() as f64);
    let (mut centred, mut logs) = (Vec::new(), Vec::new());
    let likelihood: f64 = values.outer_iter().map(|row| densities(components, row, &mut centred, &mut logs)).sum();
    let parameters = k - 1.0 + k * d + k * d * (d + 1.0) / 2.0;
    -2.0 * likelihood + parameters * n.ln()
}

/// Labels and memberships of all rows.
pub(super) fn judge(
    components: &[Component],
    values: ArrayView2<'_, f64>,
    monitor: &Monitor,
) -> Result<(Vec<u32>, Vec<f32>), Cancelled> {
    let n = values.nrows();
    let chunks: Vec<usize> = (0..n.div_ceil(CHUNK)).collect();
    let parts: Vec<(Vec<u32>, Vec<f32>)> = chunks
        .into_par_iter()
        .map(|chunk| {
            monitor.check()?;
            let (mut labels, mut membership) = (Vec::new(), Vec::new());
            let (mut centred, mut logs) = (Vec::new(), Vec::new());
            for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(n) {
                let total = densities(components, values.row(row), &mut centred, &mut logs);
                let best = (0..logs.len()).max_by(|a, b| logs[*a].total_cmp(&logs[*b]).then(b.cmp(a)));
                labels.push(best.unwrap_or(0) as u32);
                membership.extend(logs.iter().map(|log| (log - total).exp() as f32));
            }
            Ok((labels, membership))
        })
        .collect::<Result<_, Cancelled>>()?;
    let (mut labels, mut membership) = (Vec::with_capacity(n), Vec::with_capacity(n * components.len()));
    for (some_labels, some_membership) in parts {
        labels.extend(some_labels);
        membership.extend(some_membership);
    }
    Ok((labels, membership))
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::stage::segment::agreement::adjusted_rand;

    /// A wide round cloud and a thin slanted one across it.
    fn two(n: usize, seed: u64) -> (Array2<f64>, Vec<u32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut x = Array2::zeros((n, 2));
        for i in 0..n {
            let (a, b): (f64, f64) = (StandardNormal.sample(&mut rng), StandardNormal.sample(&mut rng));
            let (u, v) = if i % 2 == 0 { (a, b) } else { (6.0 + 2.0 * a + 0.2 * b, 2.0 * a) };
            x[[i, 0]] = u;
            x[[i, 1]] = v;
        }
        (x, (0..n).map(|i| (i % 2) as u32).collect())
    }

    fn run(x: &Array2<f64>, recipe: &MixtureRecipe) -> Mixture {
        fit(x.view(), recipe, &Monitor::quiet()).unwrap()
    }

    #[test]
    fn two_slanted_groups_are_found_and_counted() {
        let (x, truth) = two(1200, 3);
        let recipe = MixtureRecipe { to: 4, ..MixtureRecipe::default() };
        let found = run(&x, &recipe);
        assert_eq!(found.components.len(), 2, "{:?}", found.criteria);
        assert!(adjusted_rand(&found.labels, &truth) > 0.95);
        let sums = found.membership.chunks_exact(2).map(|row| row.iter().sum::<f32>());
        assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        assert_eq!(found.sizes.iter().sum::<u64>(), 1200);
        assert_eq!(found, run(&x, &recipe));
    }

    #[test]
    fn one_cloud_is_one_group() {
        let (x, _) = two(800, 5);
        let one = x.select(Axis(0), &(0..800).step_by(2).collect::<Vec<_>>());
        assert_eq!(run(&one, &MixtureRecipe { to: 3, ..MixtureRecipe::default() }).components.len(), 1);
    }

    #[test]
    fn the_density_of_a_normal_by_hand() {
        // Mean 0, covariance diag(4, 1): at (2, 0) the density is exp(−1/2) / (2π · 2).
        let component = Component::new(1.0, vec![0.0, 0.0], vec![4.0, 0.0, 0.0, 1.0]).unwrap();
        let expected = (-0.5_f64).exp() / (4.0 * std::f64::consts::PI);
        let got = component.log_density(array![2.0, 0.0].view(), &mut Vec::new()).exp();
        assert!((got - expected).abs() < 1e-12);
        assert!(Component::new(1.0, vec![0.0], vec![0.0]).is_err());
    }

    #[test]
    fn bad_input_is_told() {
        let few = array![[1.0, 2.0], [2.0, 1.0], [0.0, 0.0]];
        let told = fit(few.view(), &MixtureRecipe::default(), &Monitor::quiet());
        assert!(matches!(told, Err(SegmentError::TooFewCustomers { have: 3, need: 6 })));
        let same = Array2::zeros((100, 2));
        assert_eq!(run(&same, &MixtureRecipe { to: 3, ..MixtureRecipe::default() }).labels.len(), 100);
        let wrong = MixtureRecipe { from: 0, ..MixtureRecipe::default() };
        assert!(matches!(fit(few.view(), &wrong, &Monitor::quiet()), Err(SegmentError::Recipe { .. })));
    }
}
