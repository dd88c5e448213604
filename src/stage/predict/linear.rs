//! Linear regression by ordinary least squares in closed form, with the statistics of the classical model.

use faer::Mat;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::coefficient::{Coefficient, f_above, t_quantile};
use super::encode::Encoded;
use super::error::{PredictError, Result};
use super::matrix::Matrix;
use super::moments::means;
use super::qr::{self, independent, inverse_upper};
use crate::base::monitor::Monitor;

/// `score = intercept + weights · columns`, in the columns' own units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    pub intercept: f64,
    /// One an encoded column; 0 for a dropped one.
    pub weights: Vec<f64>,
    /// The training mean of each column: where its contribution is 0.
    pub means: Vec<f64>,
    /// The intercept first.
    pub table: Vec<Coefficient>,
    pub dropped: Vec<Dropped>,
    pub summary: Option<Summary>,
    /// Covariance of intercept and weights, `(p + 1)²` row after row, for the confidence band.
    pub covariance: Vec<f64>,
}

/// A column that says nothing new: it is a combination of `with` (places of encoded columns), or constant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    pub column: usize,
    pub with: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    pub rows: usize,
    /// Columns with a coefficient, beside the intercept.
    pub columns: usize,
    pub df_residual: f64,
    pub r2: f64,
    pub adjusted_r2: f64,
    pub f: f64,
    pub f_p_value: f64,
    /// The residuals' standard deviation, in units of the target.
    pub residual_sd: f64,
    pub log_likelihood: f64,
    pub aic: f64,
    pub bic: f64,
    /// Durbin–Watson: 2 when neighbouring rows' residuals have nothing to do with each other.
    pub durbin_watson: f64,
}

/// An expected value with its 95 % confidence interval, and the interval that holds 95 % of single values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    pub fit: f64,
    pub low: f64,
    pub high: f64,
    pub single_low: f64,
    pub single_high: f64,
}

/// Fits `y` on the columns of `x`, after dropping columns that are combinations of others.
///
/// # Errors
/// [`PredictError::MoreFeaturesThanRows`] when no residual would be left.
pub fn fit(x: &Matrix, y: &[f64], columns: &[Encoded], monitor: &Monitor) -> Result<Linear> {
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
    let found = independent(&r, p);
    let solved = solve(&r, &found.kept);
    let df = (n - solved.beta.len() - 1) as f64;
    let back = |a: usize| scale[p] / scale[found.kept[a]];

    let mut weights = vec![0.0; p];
    for (a, &j) in found.kept.iter().enumerate() {
        weights[j] = solved.beta[a] * back(a);
    }
    let intercept = centre[p] - weights.iter().zip(&centre).map(|(w, m)| w * m).sum::<f64>();
    if !intercept.is_finite() || weights.iter().any(|w| !w.is_finite()) {
        return Err(PredictError::Numerical);
    }
    let sigma2 = solved.rss * scale[p] * scale[p] / df;
    let covariance = covariance(&solved.inverse, &found.kept, &scale, &centre, sigma2, n, p);
    let mut fitted = Linear {
        intercept,
        weights,
        means: centre[..p].to_vec(),
        table: Vec::new(),
        dropped: found.dropped.into_iter().map(|(column, with)| Dropped { column, with }).collect(),
        summary: None,
        covariance,
    };
    fitted.table = table(&fitted, columns, &found.kept, &solved, &scale, n, df);
    let tss = (0..=p).map(|i| r[(i, p)] * r[(i, p)]).sum::<f64>();
    let watson = durbin_watson(x, y, &fitted);
    fitted.summary = Some(summarise(n, found.kept.len(), solved.rss, tss, scale[p], watson));
    Ok(fitted)
}

/// Standard deviations of the columns and of `y`; infinite where a column does not vary, so that it scales to 0.
pub(super) fn spreads(x: &Matrix, y: &[f64], centre: &[f64]) -> Vec<f64> {
    let n = x.rows as f64;
    (0..=x.cols)
        .into_par_iter()
        .map(|j| {
            let column = if j < x.cols { x.col(j) } else { y };
            let sd = (column.iter().map(|v| (v - centre[j]).powi(2)).sum::<f64>() / n).sqrt();
            // Rounding of the mean leaves a spread of 1e-16 of it on a constant column.
            if sd > centre[j].abs() * 1e-13 { sd } else { f64::INFINITY }
        })
        .collect()
}

struct Solved {
    beta: Vec<f64>,
    /// `R⁻¹` of the kept columns: `(Z'Z)⁻¹ = R⁻¹R⁻ᵀ`.
    inverse: Mat<f64>,
    rss: f64,
}

/// Least squares of the last column of the triangle `r` on its kept columns.
fn solve(r: &Mat<f64>, kept: &[usize]) -> Solved {
    let (m, last) = (kept.len(), r.ncols() - 1);
    let reduced = Mat::from_fn(r.nrows(), m + 1, |i, a| r[(i, if a < m { kept[a] } else { last })]);
    let small = reduced.qr().thin_R().to_owned();
    let inverse = inverse_upper(&small, m);
    let beta = (0..m).map(|i| (i..m).map(|j| inverse[(i, j)] * small[(j, m)]).sum()).collect();
    let rss = (m..small.nrows()).map(|i| small[(i, m)].powi(2)).sum();
    Solved { beta, inverse, rss }
}

/// `σ² (Z'Z)⁻¹` brought to the columns' units, with the intercept first; zeros for dropped columns.
fn covariance(
    inverse: &Mat<f64>,
    kept: &[usize],
    scale: &[f64],
    centre: &[f64],
    sigma2: f64,
    n: usize,
    p: usize,
) -> Vec<f64> {
    let q = p + 1;
    let mut covariance = vec![0.0; q * q];
    let product = inverse * inverse.transpose();
    for (a, &i) in kept.iter().enumerate() {
        for (b, &j) in kept.iter().enumerate() {
            covariance[(i + 1) * q + j + 1] = sigma2 * product[(a, b)] / (scale[i] * scale[j]);
        }
    }
    // b0 = ȳ - m'b, and ȳ is uncorrelated with b.
    let mut own = sigma2 / n as f64;
    for &i in kept {
        let with: f64 = kept.iter().map(|&j| covariance[(i + 1) * q + j + 1] * centre[j]).sum();
        covariance[i + 1] = -with;
        covariance[(i + 1) * q] = -with;
        own += centre[i] * with;
    }
    covariance[0] = own;
    covariance
}

fn table(
    fitted: &Linear,
    columns: &[Encoded],
    kept: &[usize],
    solved: &Solved,
    scale: &[f64],
    n: usize,
    df: f64,
) -> Vec<Coefficient> {
    let q = fitted.weights.len() + 1;
    let error = |i: usize| fitted.covariance[i * q + i].max(0.0).sqrt();
    let intercept = Coefficient { name: "(intercept)".into(), estimate: fitted.intercept, ..Coefficient::default() };
    let mut table = vec![intercept.with_error(error(0), Some(df))];
    for (a, &j) in kept.iter().enumerate() {
        let own: f64 = (a..kept.len()).map(|b| solved.inverse[(a, b)].powi(2)).sum();
        let line = Coefficient {
            name: columns[j].name.clone(),
            feature: Some(columns[j].feature),
            estimate: fitted.weights[j],
            // The columns have a squared length of n: 1/(1 - R²) = n (Z'Z)⁻¹.
            vif: Some(own * n as f64),
            standardised: Some(fitted.weights[j] * scale[j]),
            ..Coefficient::default()
        };
        table.push(line.with_error(error(j + 1), Some(df)));
    }
    table
}

fn summarise(n: usize, m: usize, rss: f64, tss: f64, y_scale: f64, durbin_watson: f64) -> Summary {
    let (rows, k) = (n as f64, m as f64);
    let df = rows - k - 1.0;
    let r2 = 1.0 - rss / tss;
    let f = ((tss - rss) / k) / (rss / df);
    let squares = rss * y_scale * y_scale;
    let log_likelihood = -rows / 2.0 * ((2.0 * std::f64::consts::PI * squares / rows).ln() + 1.0);
    Summary {
        rows: n,
        columns: m,
        df_residual: df,
        r2,
        adjusted_r2: 1.0 - (1.0 - r2) * (rows - 1.0) / df,
        f: finite(f),
        f_p_value: f_above(f, k, df),
        residual_sd: (squares / df).sqrt(),
        log_likelihood: finite(log_likelihood),
        aic: finite(2.0 * (k + 1.0) - 2.0 * log_likelihood),
        bic: finite(rows.ln() * (k + 1.0) - 2.0 * log_likelihood),
        durbin_watson: finite(durbin_watson),
    }
}

/// JSON has no infinity: a perfect fit's F and likelihood are kept as the largest number that has one.
fn finite(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(-1e300, 1e300) }
}

fn durbin_watson(x: &Matrix, y: &[f64], fitted: &Linear) -> f64 {
    let fit = x.times(fitted.intercept, &fitted.weights);
    let residuals: Vec<f64> = y.iter().zip(&fit).map(|(y, f)| y - f).collect();
    let steps: f64 = residuals.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    steps / residuals.iter().map(|r| r * r).sum::<f64>()
}

impl Linear {
    /// One value a row of `x`.
    pub fn predict(&self, x: &Matrix) -> Vec<f64> {
        x.times(self.intercept, &self.weights)
    }

    /// The expected value at a row of encoded columns, with its intervals; nothing without a covariance.
    pub fn band(&self, row: &[f64]) -> Option<Band> {
        let summary = self.summary.as_ref()?;
        let q = self.weights.len() + 1;
        if self.covariance.len() != q * q || row.len() + 1 != q {
            return None;
        }
        let at = |i: usize| if i == 0 { 1.0 } else { row[i - 1] };
        let variance: f64 = (0..q * q).map(|i| at(i / q) * self.covariance[i] * at(i % q)).sum();
        let fit = self.intercept + row.iter().zip(&self.weights).map(|(x, w)| x * w).sum::<f64>();
        let t = t_quantile(0.975, summary.df_residual);
        let half = t * variance.max(0.0).sqrt();
        let single = t * (variance.max(0.0) + summary.residual_sd.powi(2)).sqrt();
        let (low, high) = (fit - half, fit + half);
        Some(Band { fit, low, high, single_low: fit - single, single_high: fit + single })
    }

    /// What each column adds to the score of an average row; with [`Linear::average`] they add up to the score.
    pub fn contributions(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.weights).zip(&self.means).map(|((x, w), m)| w * (x - m)).collect()
    }

    /// The score of a row with the mean of every column.
    pub fn average(&self) -> f64 {
        self.intercept + self.weights.iter().zip(&self.means).map(|(w, m)| w * m).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NUMBERS, all_near, arrays, encoded, list, near, number, reference};
    use super::*;

    fn fitted() -> (Matrix, Linear) {
        let (x, spend, _) = arrays();
        let fitted = fit(&x, &spend, &encoded(&NUMBERS), &Monitor::quiet()).expect("fits");
        (x, fitted)
    }

    #[test]
    fn the_table_agrees_with_statsmodels() {
        let (_, fitted) = fitted();
        let of = |get: fn(&Coefficient) -> Option<f64>| -> Vec<f64> {
            fitted.table.iter().map(|c| get(c).expect("a statistic")).collect()
        };
        all_near(&of(|c| Some(c.estimate)), &list(&["ols", "params"]), 1e-9);
        all_near(&of(|c| c.std_error), &list(&["ols", "bse"]), 1e-9);
        all_near(&of(|c| c.statistic), &list(&["ols", "t"]), 1e-9);
        all_near(&of(|c| c.low), &list(&["ols", "low"]), 1e-9);
        all_near(&of(|c| c.high), &list(&["ols", "high"]), 1e-9);
        for (found, expected) in of(|c| c.p_value).iter().zip(list(&["ols", "p"])) {
            near(found / expected, 1.0, 1e-6);
        }
        let vif: Vec<f64> = fitted.table[1..].iter().filter_map(|c| c.vif).collect();
        all_near(&vif, &list(&["ols", "vif"]), 1e-9);
    }

    #[test]
    fn the_summary_and_the_band_agree_with_statsmodels() {
        let (x, fitted) = fitted();
        let s = fitted.summary.clone().expect("a summary");
        let pairs = [
            (s.r2, "r2"),
            (s.adjusted_r2, "adjusted_r2"),
            (s.f, "f"),
            (s.residual_sd, "sigma"),
            (s.log_likelihood, "llf"),
            (s.aic, "aic"),
            (s.bic, "bic"),
            (s.durbin_watson, "durbin_watson"),
        ];
        for (found, name) in pairs {
            near(found, number(&["ols", name]), 1e-9);
        }
        near(s.f_p_value / number(&["ols", "f_p"]), 1.0, 1e-6);
        let band = reference(&["ols", "band"]);
        for i in 0..3 {
            let b = fitted.band(&x.row(i)).expect("a band");
            for (j, found) in [b.fit, b.low, b.high, b.single_low, b.single_high].into_iter().enumerate() {
                near(found, band[j][i].as_f64().expect("a number"), 1e-9);
            }
        }
    }

    #[test]
    fn contributions_add_up_to_the_score() {
        let (x, fitted) = fitted();
        let score = fitted.predict(&x)[5];
        near(fitted.average() + fitted.contributions(&x.row(5)).iter().sum::<f64>(), score, 1e-12);
    }

    #[test]
    fn collinear_and_constant_columns_are_dropped_and_named() {
        let (x, spend, _) = arrays();
        let twice: Vec<f64> = x.col(0).iter().map(|v| v * 60.0).collect();
        let sum: Vec<f64> = x.col(1).iter().zip(x.col(3)).map(|(a, b)| a + b + 5.0).collect();
        let mut columns: Vec<Vec<f64>> = x.columns().map(<[f64]>::to_vec).collect();
        columns.extend([twice, sum, vec![3.7; x.rows]]);
        let wide = Matrix::from_columns(x.rows, columns);
        let names = ["minutes", "visits", "age", "basket", "discount", "seconds", "sum", "constant"];
        let fitted = fit(&wide, &spend, &encoded(&names), &Monitor::quiet()).expect("fits");
        let dropped = [
            Dropped { column: 5, with: vec![0] },
            Dropped { column: 6, with: vec![1, 3] },
            Dropped { column: 7, with: vec![] },
        ];
        assert_eq!(fitted.dropped, dropped);
        let estimates: Vec<f64> = fitted.table.iter().map(|c| c.estimate).collect();
        all_near(&estimates, &list(&["ols", "params"]), 1e-9);
    }

    #[test]
    fn more_columns_than_rows_are_refused_and_a_perfect_fit_can_be_stored() {
        let x = Matrix::from_columns(3, vec![vec![1.0, 2.0, 4.0], vec![1.0, 0.0, 1.0]]);
        let refused = fit(&x, &[1.0, 2.0, 3.0], &encoded(&["a", "b"]), &Monitor::quiet());
        assert_eq!(refused, Err(PredictError::MoreFeaturesThanRows { features: 2, rows: 3 }));
        let x = Matrix::from_columns(4, vec![vec![1.0, 2.0, 3.0, 4.0]]);
        let exact = fit(&x, &[2.0, 4.0, 6.0, 8.0], &encoded(&["a"]), &Monitor::quiet()).expect("fits");
        near(exact.weights[0], 2.0, 1e-12);
        let json = serde_json::to_string(&exact).expect("writes");
        assert_eq!(serde_json::from_str::<Linear>(&json).expect("reads back"), exact);
    }

    #[test]
    fn a_cancelled_fit_stops() {
        let (x, spend, _) = arrays();
        let monitor = Monitor::quiet();
        monitor.cancel();
        assert_eq!(fit(&x, &spend, &encoded(&NUMBERS), &monitor), Err(PredictError::Cancelled));
    }
}
