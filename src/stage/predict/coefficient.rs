//! One line of a coefficient table, and the distributions behind its p-value and interval.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor, Normal, StudentsT};

/// What one more unit of a column does. Estimates are in the column's own units; for a logistic regression
/// they are log odds. Statistics are absent where the method gives none (penalised fits).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Coefficient {
    pub name: String,
    /// The feature it came from; the intercept has none.
    pub feature: Option<usize>,
    pub estimate: f64,
    pub std_error: Option<f64>,
    /// t (least squares) or z (logistic).
    pub statistic: Option<f64>,
    pub p_value: Option<f64>,
    /// The 95 % interval.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Variance inflation: how much of the column the others already say; 1 is nothing.
    pub vif: Option<f64>,
    /// The effect of one standard deviation of the column.
    pub standardised: Option<f64>,
    /// `exp(estimate)` and its 95 % interval, for a logistic regression.
    pub odds_ratio: Option<OddsRatio>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct OddsRatio {
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
}

impl Coefficient {
    /// Fills statistic, p-value and interval from a standard error; `df` nothing means the normal distribution.
    pub(super) fn with_error(mut self, std_error: f64, df: Option<f64>) -> Self {
        if !std_error.is_finite() {
            return self;
        }
        let statistic = if std_error > 0.0 { self.estimate / std_error } else { f64::INFINITY };
        let half = std_error * df.map_or_else(|| normal_quantile(0.975), |df| t_quantile(0.975, df));
        self.std_error = Some(std_error);
        self.statistic = statistic.is_finite().then_some(statistic);
        self.p_value = Some(df.map_or_else(|| normal_two_sided(statistic), |df| t_two_sided(statistic, df)));
        self.low = Some(self.estimate - half);
        self.high = Some(self.estimate + half);
        self
    }
}

/// P(|T| > |t|) of Student's t with `df` degrees of freedom.
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |d| 2.0 * d.sf(t.abs()))
}

pub fn t_quantile(p: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |d| d.inverse_cdf(p))
}

pub fn normal_two_sided(z: f64) -> f64 {
    Normal::standard().sf(z.abs()) * 2.0
}

pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// P(F > f) with `d1` and `d2` degrees of freedom.
pub fn f_above(f: f64, d1: f64, d2: f64) -> f64 {
    FisherSnedecor::new(d1, d2).map_or(f64::NAN, |d| d.sf(f))
}

/// P(χ² > x) with `df` degrees of freedom.
pub fn chi2_above(x: f64, df: f64) -> f64 {
    ChiSquared::new(df).map_or(f64::NAN, |d| d.sf(x.max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of scipy.stats 1.17: 2*t.sf, t.ppf, norm.ppf, f.sf, chi2.sf.
    #[test]
    fn distributions_agree_with_scipy() {
        let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
        near(t_two_sided(2.5, 17.0), 0.02294780698638494);
        near(t_two_sided(30.0, 40.0), 4.8509076605902047e-29);
        near(t_quantile(0.975, 7.0), 2.364624251592784);
        near(normal_quantile(0.975), 1.959963984540054);
        near(f_above(3.2, 4.0, 60.0), 0.01897539600144143);
        near(chi2_above(12.0, 5.0), 0.03478778050624185);
    }
}
