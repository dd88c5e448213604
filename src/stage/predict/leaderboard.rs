//! The order of the models, and whether the first is better than the rest beyond luck.

use super::compare::{self, Comparison, Method, has_winner};
use super::fit::{Baseline, ModelResult};
use super::model::ModelKind;
use super::score::{Metric, Metrics};

/// The best first; models without the metric come last.
pub(super) fn sort(fitted: &mut [(ModelResult, Vec<Vec<f64>>)], metric: Metric) {
    let worst = if metric.is_better_high() { f64::NEG_INFINITY } else { f64::INFINITY };
    let of = |r: &ModelResult| r.metrics.get(&metric).copied().unwrap_or(worst);
    fitted.sort_by(|(a, _), (b, _)| {
        let order = of(b).total_cmp(&of(a));
        if metric.is_better_high() { order } else { order.reverse() }
    });
}

pub(super) struct Comparing<'a> {
    /// Sorted, each with its scores of every fold's test rows.
    pub fitted: &'a [(ModelResult, Vec<Vec<f64>>)],
    pub baseline: &'a Baseline,
    pub metric: Metric,
    /// The labels of every fold's test rows.
    pub labels: Vec<Vec<f64>>,
    /// Training and test rows of each fold.
    pub sizes: &'a [(usize, usize)],
}

/// The leader against each other model, and the leader's name if it is better than all of them, and than the
/// baseline, beyond luck.
pub(super) fn compare(c: &Comparing<'_>) -> (Vec<Comparison>, Option<ModelKind>) {
    let Some((leader, leader_scores)) = c.fitted.first() else { return (Vec::new(), None) };
    let comparisons: Vec<Comparison> = c.fitted[1..]
        .iter()
        .map(|(other, scores)| {
            let found = c.against(leader, leader_scores, &other.per_fold, scores);
            Comparison { leader: leader.kind, other: other.kind, ..found }
        })
        .collect();
    let guesses: Vec<Vec<f64>> = c.labels.iter().map(|y| vec![mean(y); y.len()]).collect();
    let naive = c.against(leader, leader_scores, &c.baseline.per_fold, &guesses);
    let wins = has_winner(&comparisons) && has_winner(std::slice::from_ref(&naive));
    (comparisons, wins.then_some(leader.kind))
}

impl Comparing<'_> {
    fn against(
        &self,
        leader: &ModelResult,
        leader_scores: &[Vec<f64>],
        other: &[Metrics],
        other_scores: &[Vec<f64>],
    ) -> Comparison {
        let sign = if self.metric.is_better_high() { 1.0 } else { -1.0 };
        let value = |m: &Metrics| m.get(&self.metric).copied();
        let pairs = leader.per_fold.iter().zip(other);
        let differences: Vec<f64> = pairs.filter_map(|(a, b)| Some(sign * (value(a)? - value(b)?))).collect();
        let advantage = mean(&differences);
        let (wins, of, p_value, method) = if self.labels.len() > 1 {
            let (train, test) = self.sizes.iter().fold((0, 0), |sum, s| (sum.0 + s.0, sum.1 + s.1));
            let scale = leader.metrics.get(&self.metric).copied().unwrap_or(1.0);
            let (wins, of, p) = compare::folds(&differences, test as f64 / train as f64, scale);
            (wins, of, p, Method::CorrectedFolds)
        } else {
            let (better, wins, of, p) = compare::rows(&self.errors(leader_scores), &self.errors(other_scores));
            // Ranked first by the metric, but not by squared error: nothing is proved.
            (wins, of, if better > 0.0 { p } else { 1.0 }, Method::Rows)
        };
        Comparison { leader: leader.kind, other: leader.kind, advantage, wins, of, p_value, method }
    }

    fn errors(&self, scores: &[Vec<f64>]) -> Vec<f64> {
        let rows = self.labels.iter().zip(scores).flat_map(|(y, s)| y.iter().zip(s));
        rows.map(|(y, s)| (y - s).powi(2)).collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
