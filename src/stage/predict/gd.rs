//! Linear regression by gradient descent: the closed form's answer, found step by step so that it can be watched.
//!
//! Columns and target are standardised. The gradient of half the mean squared error over all rows is `Cw - c`
//! with the correlations `C` of the columns and `c` with the target, so every epoch is exactly a full-batch
//! epoch over the rows, at the cost of `p²`.

use serde::{Deserialize, Serialize};

use super::coefficient::Coefficient;
use super::encode::Encoded;
use super::error::{PredictError, Result};
use super::linear::{Dropped, Linear, spreads};
use super::matrix::Matrix;
use super::moments::means;
use super::qr;
use crate::base::monitor::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GdRecipe {
    /// Left out: 1 / the largest eigenvalue of the correlations, which always converges.
    pub learning_rate: Option<f64>,
    /// The share of the last step that is taken again (heavy ball); 0 is plain descent.
    pub momentum: f64,
    pub epochs: usize,
    /// Stops when no part of the gradient (of the standardised problem) is larger.
    pub tolerance: f64,
}

impl Default for GdRecipe {
    fn default() -> Self {
        Self { learning_rate: None, momentum: 0.9, epochs: 200_000, tolerance: 1e-10 }
    }
}

impl GdRecipe {
    pub fn check(&self) -> Result<()> {
        let bad = PredictError::recipe;
        if self.learning_rate.is_some_and(|r| !(r > 0.0 && r.is_finite())) {
            return Err(bad("learning_rate", "above 0"));
        }
        if !(0.0..1.0).contains(&self.momentum) {
            return Err(bad("momentum", "0 to below 1"));
        }
        if !(1..=10_000_000).contains(&self.epochs) {
            return Err(bad("epochs", "1 to 10,000,000"));
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return Err(bad("tolerance", "between 0 and 1"));
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossPoint {
    pub epoch: usize,
    /// The mean squared error on the training rows, in squared units of the target.
    pub mse: f64,
}

/// How the descent went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Descent {
    pub learning_rate: f64,
    pub epochs: usize,
    pub converged: bool,
    /// The largest part of the last gradient.
    pub gradient: f64,
    /// At most about 400 points: every epoch at first, then ever wider apart.
    pub curve: Vec<LossPoint>,
}

/// Fits `y` on `x`; `watch` hears each point of the loss curve as it is drawn.
///
/// # Errors
/// [`PredictError::Diverged`] with the largest learning rate that converges, when the given one is too large.
pub fn fit(
    x: &Matrix,
    y: &[f64],
    columns: &[Encoded],
    recipe: &GdRecipe,
    monitor: &Monitor,
    watch: &mut dyn FnMut(LossPoint),
) -> Result<(Linear, Descent)> {
    recipe.check()?;
    let (n, p) = (x.rows, x.cols);
    if n <= p + 1 {
        return Err(PredictError::MoreFeaturesThanRows { features: p, rows: n });
    }
    let centre = means(x, y);
    let scale = spreads(x, y, &centre);
    if !scale[p].is_finite() {
        return Err(PredictError::Numerical);
    }
    let r = qr::triangle(x, y, &centre, &scale, monitor)?;
    let found = qr::independent(&r, p);
    let gram = r.transpose() * &r;
    let kept = &found.kept;
    let m = kept.len();
    let correlation: Vec<f64> = (0..m * m).map(|i| gram[(kept[i / m], kept[i % m])] / n as f64).collect();
    let with_y: Vec<f64> = kept.iter().map(|&j| gram[(j, p)] / n as f64).collect();

    let problem = Problem { correlation, with_y, variance: scale[p] * scale[p] };
    let (w, descent) = problem.descend(recipe, monitor, watch)?;
    let mut weights = vec![0.0; p];
    for (a, &j) in kept.iter().enumerate() {
        weights[j] = w[a] * scale[p] / scale[j];
    }
    let intercept = centre[p] - weights.iter().zip(&centre).map(|(w, m)| w * m).sum::<f64>();
    let mut table = vec![Coefficient { name: "(intercept)".into(), estimate: intercept, ..Coefficient::default() }];
    table.extend(kept.iter().map(|&j| Coefficient {
        name: columns[j].name.clone(),
        feature: Some(columns[j].feature),
        estimate: weights[j],
        standardised: Some(weights[j] * scale[j]),
        ..Coefficient::default()
    }));
    let dropped = found.dropped.into_iter().map(|(column, with)| Dropped { column, with }).collect();
    let means = centre[..p].to_vec();
    let linear = Linear { intercept, weights, means, table, dropped, summary: None, covariance: Vec::new() };
    Ok((linear, descent))
}

struct Problem {
    correlation: Vec<f64>,
    with_y: Vec<f64>,
    variance: f64,
}

impl Problem {
    fn descend(
        &self,
        recipe: &GdRecipe,
        monitor: &Monitor,
        watch: &mut dyn FnMut(LossPoint),
    ) -> Result<(Vec<f64>, Descent)> {
        let m = self.with_y.len();
        let steepest = self.largest_eigenvalue().max(f64::MIN_POSITIVE);
        let rate = recipe.learning_rate.unwrap_or(1.0 / steepest);
        let (mut w, mut step) = (vec![0.0; m], vec![0.0; m]);
        let mut descent =
            Descent { learning_rate: rate, epochs: 0, converged: false, gradient: 0.0, curve: Vec::new() };
        let mut next_point = 0;
        for epoch in 0..=recipe.epochs {
            if epoch % 256 == 0 {
                monitor.check()?;
                monitor.report(Step::Training, epoch as u64, recipe.epochs as u64);
            }
            let product = self.times(&w);
            let gradient: Vec<f64> = product.iter().zip(&self.with_y).map(|(a, b)| a - b).collect();
            let loss = 1.0 + (0..m).map(|j| w[j] * (product[j] - 2.0 * self.with_y[j])).sum::<f64>();
            if !loss.is_finite() || loss > 1e6 {
                let largest = 2.0 * (1.0 + recipe.momentum) / steepest;
                return Err(PredictError::Diverged { epoch, learning_rate: rate, largest });
            }
            descent.epochs = epoch;
            descent.gradient = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
            descent.converged = descent.gradient <= recipe.tolerance;
            let is_last = descent.converged || epoch == recipe.epochs;
            if epoch >= next_point || is_last {
                let point = LossPoint { epoch, mse: loss.max(0.0) * self.variance };
                descent.curve.push(point);
                watch(point);
                next_point = epoch + 1 + epoch / 40;
            }
            if is_last {
                break;
            }
            for j in 0..m {
                step[j] = recipe.momentum * step[j] - rate * gradient[j];
                w[j] += step[j];
            }
        }
        Ok((w, descent))
    }

    fn times(&self, w: &[f64]) -> Vec<f64> {
        let m = w.len();
        (0..m).map(|i| self.correlation[i * m..(i + 1) * m].iter().zip(w).map(|(c, w)| c * w).sum()).collect()
    }

    /// An upper bound within a millionth of the largest eigenvalue, by power iteration from an uneven start.
    fn largest_eigenvalue(&self) -> f64 {
        let m = self.with_y.len();
        let mut v: Vec<f64> = (0..m).map(|j| 1.0 + 0.01 * j as f64).collect();
        let mut value = 0.0;
        for _ in 0..1000 {
            let next = self.times(&v);
            let length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
            if length == 0.0 {
                return 1.0;
            }
            let before = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            let now = length / before;
            v = next.iter().map(|x| x / length).collect();
            if (now - value).abs() < 1e-7 * now {
                break;
            }
            value = now;
        }
        value.max(1.0) * 1.000_001
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NUMBERS, all_near, arrays, encoded, list, near};
    use super::*;

    fn run(recipe: GdRecipe) -> Result<(Linear, Descent)> {
        let (x, spend, _) = arrays();
        fit(&x, &spend, &encoded(&NUMBERS), &recipe, &Monitor::quiet(), &mut |_| {})
    }

    #[test]
    fn descent_finds_the_closed_form() {
        for momentum in [0.0, 0.9] {
            let (linear, descent) = run(GdRecipe { momentum, ..GdRecipe::default() }).expect("converges");
            assert!(descent.converged, "{descent:?}");
            let estimates: Vec<f64> = linear.table.iter().map(|c| c.estimate).collect();
            all_near(&estimates, &list(&["ols", "params"]), 1e-6);
        }
    }

    #[test]
    fn an_epoch_is_a_step_over_the_rows() {
        // One plain epoch by hand: from w = 0 the step is rate · correlation with the target.
        let recipe = GdRecipe { learning_rate: Some(0.1), momentum: 0.0, epochs: 1, tolerance: 1e-10 };
        let (linear, descent) = run(recipe).expect("runs");
        let (x, y, _) = arrays();
        let n = y.len() as f64;
        let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
        let sd = |v: &[f64]| (v.iter().map(|a| (a - mean(v)).powi(2)).sum::<f64>() / n).sqrt();
        let a = x.col(0);
        let r = a.iter().zip(&y).map(|(p, q)| (p - mean(a)) * (q - mean(&y))).sum::<f64>() / n / sd(a) / sd(&y);
        near(linear.weights[0], 0.1 * r * sd(&y) / sd(a), 1e-12);
        assert!(!descent.converged && descent.epochs == 1);
        near(descent.curve[0].mse, sd(&y).powi(2), 1e-9);
    }

    #[test]
    fn the_loss_curve_falls_and_is_heard() {
        let (x, spend, _) = arrays();
        let mut heard = Vec::new();
        let recipe = GdRecipe { momentum: 0.0, ..GdRecipe::default() };
        let columns = encoded(&NUMBERS);
        let (_, descent) = fit(&x, &spend, &columns, &recipe, &Monitor::quiet(), &mut |p| heard.push(p)).expect("fits");
        assert_eq!(heard, descent.curve);
        assert!(descent.curve.windows(2).all(|w| w[1].mse <= w[0].mse + 1e-9 && w[1].epoch > w[0].epoch));
    }

    #[test]
    fn too_large_a_learning_rate_is_told_with_the_limit() {
        let error =
            run(GdRecipe { learning_rate: Some(5.0), momentum: 0.0, ..GdRecipe::default() }).expect_err("diverges");
        let PredictError::Diverged { largest, .. } = error else { panic!("{error}") };
        let below = GdRecipe { learning_rate: Some(largest * 0.999), momentum: 0.0, ..GdRecipe::default() };
        assert!(run(below).expect("converges").1.converged);
        let above = GdRecipe { learning_rate: Some(largest * 1.01), momentum: 0.0, ..GdRecipe::default() };
        assert!(matches!(run(above), Err(PredictError::Diverged { .. })));
        assert!(matches!(run(GdRecipe { momentum: 1.0, ..GdRecipe::default() }), Err(PredictError::Recipe { .. })));
    }
}
