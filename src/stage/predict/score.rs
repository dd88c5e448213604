//! How good predictions are: the usual metrics, on rows that the model had not seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sweep::Sweep;
use super::target::Task;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    Accuracy,
    BalancedAccuracy,
    Precision,
    Recall,
    F1,
    Auc,
    PrAuc,
    LogLoss,
    Brier,
    R2,
    Rmse,
    Mae,
    Mse,
}

impl Metric {
    pub const ALL: [Self; 13] = [
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Auc,
        Self::PrAuc,
        Self::LogLoss,
        Self::Brier,
        Self::R2,
        Self::Rmse,
        Self::Mae,
        Self::Mse,
    ];

    /// The name in files, in JSON and on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::Auc => "auc",
            Self::PrAuc => "pr_auc",
            Self::LogLoss => "log_loss",
            Self::Brier => "brier",
            Self::R2 => "r2",
            Self::Rmse => "rmse",
            Self::Mae => "mae",
            Self::Mse => "mse",
        }
    }

    pub fn is_better_high(self) -> bool {
        !matches!(self, Self::LogLoss | Self::Brier | Self::Rmse | Self::Mae | Self::Mse)
    }

    /// What a leaderboard is sorted by, when nothing else is asked for.
    pub fn usual(task: Task) -> Self {
        match task {
            Task::Classification => Self::Auc,
            Task::Regression => Self::Rmse,
        }
    }
}

/// A metric that is not defined on the rows at hand (AUC with one class, R² of a constant) is absent.
pub type Metrics = BTreeMap<Metric, f64>;

/// Of chances `p` against 0/1 in `y`; "yes" is said from `threshold` on.
pub fn classification(y: &[f64], p: &[f64], threshold: f64) -> Metrics {
    let mut metrics = Metrics::new();
    if y.is_empty() {
        return metrics;
    }
    let n = y.len() as f64;
    at_threshold(&Confusion::of(y, p, threshold), &mut metrics);
    let sweep = Sweep::of(y, p);
    metrics.extend(sweep.auc().map(|v| (Metric::Auc, v)));
    metrics.extend(sweep.average_precision().map(|v| (Metric::PrAuc, v)));
    let log = |p: f64| p.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
    let loss = |(y, p): (&f64, &f64)| if *y == 1.0 { -log(*p) } else { -log(1.0 - p) };
    metrics.insert(Metric::LogLoss, y.iter().zip(p).map(loss).sum::<f64>() / n);
    metrics.insert(Metric::Brier, y.iter().zip(p).map(|(y, p)| (y - p).powi(2)).sum::<f64>() / n);
    metrics
}

/// Of predicted numbers; with a `threshold`, accuracy and the like too, of both being at or above it.
pub fn regression(y: &[f64], p: &[f64], threshold: Option<f64>) -> Metrics {
    let mut metrics = Metrics::new();
    if y.is_empty() {
        return metrics;
    }
    let n = y.len() as f64;
    let mse = y.iter().zip(p).map(|(y, p)| (y - p).powi(2)).sum::<f64>() / n;
    let mean = y.iter().sum::<f64>() / n;
    let variance = y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 {
        metrics.insert(Metric::R2, 1.0 - mse / variance);
    }
    metrics.insert(Metric::Mse, mse);
    metrics.insert(Metric::Rmse, mse.sqrt());
    metrics.insert(Metric::Mae, y.iter().zip(p).map(|(y, p)| (y - p).abs()).sum::<f64>() / n);
    if let Some(threshold) = threshold {
        let is_yes: Vec<f64> = y.iter().map(|y| f64::from(*y >= threshold)).collect();
        at_threshold(&Confusion::of(&is_yes, p, threshold), &mut metrics);
    }
    metrics
}

fn at_threshold(c: &Confusion, metrics: &mut Metrics) {
    let ratio = |a: u64, b: u64| if b == 0 { 0.0 } else { a as f64 / b as f64 };
    metrics.insert(Metric::Accuracy, ratio(c.found + c.spared, c.rows()));
    metrics.insert(Metric::Precision, ratio(c.found, c.found + c.in_vain));
    metrics.insert(Metric::Recall, ratio(c.found, c.found + c.missed));
    metrics.insert(Metric::F1, ratio(2 * c.found, 2 * c.found + c.in_vain + c.missed));
    let recalls = [(c.found, c.missed), (c.spared, c.in_vain)];
    let of_classes: Vec<f64> = recalls.iter().filter(|(a, b)| a + b > 0).map(|&(a, b)| ratio(a, a + b)).collect();
    metrics.insert(Metric::BalancedAccuracy, of_classes.iter().sum::<f64>() / of_classes.len().max(1) as f64);
}

/// Rows by what they are and what is said of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Confusion {
    /// Yes, and said so (true positives).
    pub found: u64,
    /// Yes, but not said so (false negatives).
    pub missed: u64,
    /// No, but said to be yes (false positives).
    pub in_vain: u64,
    /// No, and said so (true negatives).
    pub spared: u64,
}

impl Confusion {
    pub fn of(y: &[f64], p: &[f64], threshold: f64) -> Self {
        let mut c = Self::default();
        for (y, p) in y.iter().zip(p) {
            match (*y == 1.0, *p >= threshold) {
                (true, true) => c.found += 1,
                (true, false) => c.missed += 1,
                (false, true) => c.in_vain += 1,
                (false, false) => c.spared += 1,
            }
        }
        c
    }

    pub fn rows(&self) -> u64 {
        self.found + self.missed + self.in_vain + self.spared
    }

    pub fn contacted(&self) -> u64 {
        self.found + self.in_vain
    }
}

/// The mean of each metric over folds, where every fold has it.
pub fn mean(folds: &[Metrics]) -> Metrics {
    let of = |metric: Metric| {
        let values: Vec<f64> = folds.iter().filter_map(|f| f.get(&metric).copied()).collect();
        (!values.is_empty()).then(|| (metric, values.iter().sum::<f64>() / values.len() as f64))
    };
    Metric::ALL.into_iter().filter_map(of).collect()
}

/// What residuals look like, for the pictures of a regression.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Residuals {
    /// Actual and predicted value of rows spread evenly over the table, at most 2,000.
    pub pairs: Vec<(f64, f64)>,
    /// Quantiles of the standard normal distribution and of the standardised residuals, at most 200.
    pub quantiles: Vec<(f64, f64)>,
    pub mean: f64,
    pub sd: f64,
}

pub fn residuals(y: &[f64], p: &[f64]) -> Residuals {
    let n = y.len();
    let mut rest: Vec<f64> = y.iter().zip(p).map(|(y, p)| y - p).collect();
    let mean = rest.iter().sum::<f64>() / n.max(1) as f64;
    let sd = (rest.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n.max(1) as f64).sqrt();
    rest.sort_by(f64::total_cmp);
    let spread = |most: usize| {
        let count = n.min(most);
        (0..count).map(move |k| if count < n { k * n / count } else { k })
    };
    let pairs = spread(2000).map(|i| (y[i], p[i])).collect();
    let scale = if sd > 0.0 { sd } else { 1.0 };
    let quantile = |i: usize| {
        let normal = super::coefficient::normal_quantile((i as f64 + 0.5) / n as f64);
        (normal, (rest[i] - mean) / scale)
    };
    Residuals { pairs, quantiles: spread(200).map(quantile).collect(), mean, sd }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{arrays, list, near, number};
    use super::*;

    #[test]
    fn metrics_agree_with_scikit_learn() {
        let (_, spend, bought) = arrays();
        let found = classification(&bought, &list(&["scores", "chance"]), 0.5);
        let numbers = regression(&spend, &list(&["scores", "guess"]), None);
        assert_eq!(found.len() + numbers.len(), Metric::ALL.len());
        for (metric, value) in found.into_iter().chain(numbers) {
            near(value, number(&["scores", metric.key()]), 1e-9);
        }
    }

    #[test]
    fn keys_are_the_serialised_names() {
        for metric in Metric::ALL {
            assert_eq!(serde_json::to_value(metric).ok(), Some(metric.key().into()));
        }
        let json = serde_json::to_string(&Metrics::from([(Metric::Auc, 0.5)])).expect("writes");
        assert_eq!(json, r#"{"auc":0.5}"#);
        assert_eq!(serde_json::from_str::<Metrics>(&json).expect("reads")[&Metric::Auc], 0.5);
    }

    #[test]
    fn a_number_can_be_judged_at_a_threshold() {
        let metrics = regression(&[0.2, 0.6, 0.9, 0.5], &[0.1, 0.4, 0.7, 0.5], Some(0.5));
        near(metrics[&Metric::Accuracy], 0.75, 1e-12);
        near(metrics[&Metric::Mse], (0.01 + 0.04 + 0.04) / 4.0, 1e-12);
    }

    #[test]
    fn what_is_not_defined_is_absent() {
        let one_class = classification(&[1.0, 1.0], &[0.4, 0.6], 0.5);
        assert!(!one_class.contains_key(&Metric::Auc));
        assert_eq!(one_class[&Metric::BalancedAccuracy], 0.5);
        assert!(!regression(&[2.0, 2.0], &[1.0, 2.0], None).contains_key(&Metric::R2));
        assert!(classification(&[], &[], 0.5).is_empty());
    }

    #[test]
    fn residuals_are_thinned_and_standardised() {
        let y: Vec<f64> = (0..5000).map(|i| f64::from(i % 100)).collect();
        let r = residuals(&y, &vec![49.5; 5000]);
        assert_eq!((r.pairs.len(), r.quantiles.len()), (2000, 200));
        near(r.mean, 0.0, 1e-12);
        assert!(r.quantiles.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 <= w[1].1));
        assert_eq!(residuals(&[], &[]).pairs.len(), 0);
    }
}
