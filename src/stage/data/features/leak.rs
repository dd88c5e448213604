//! Does a feature know the answer? Two proofs: its time stamp lies at or after the cut, or by itself it sorts
//! buyers from non-buyers (almost) without error, which no honest feature of the past does.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{FeatureError, USER};
use crate::base::time::Moment;

/// How a feature was caught.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeakReason {
    /// It was measured at this moment, not before the cut.
    AfterCut { measured: Moment },
    /// It ranks those who will buy above those who will not with this AUC (0.5: no idea, 1: knows).
    TellsLabel { auc: f64 },
}

/// Which AUC no honest feature reaches.
pub const TOO_GOOD: f64 = 0.995;
/// With fewer of either class a perfect ranking can be luck.
const FEWEST: usize = 20;

/// Area under the ROC curve of `score` for the `true` labels; ties count half; folded so that it is at least 0.5.
/// Rows without a score rank below all others. `None` when a class has fewer than 20 rows.
pub fn separation(score: &[Option<f64>], label: &[bool]) -> Option<f64> {
    let positives = label.iter().filter(|bought| **bought).count();
    let negatives = label.len() - positives;
    if positives < FEWEST || negatives < FEWEST {
        return None;
    }
    let value = |i: usize| score[i].filter(|x| !x.is_nan()).unwrap_or(f64::NEG_INFINITY);
    let mut order: Vec<usize> = (0..label.len()).collect();
    order.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
    let (mut rank_sum, mut i) = (0.0, 0);
    while i < order.len() {
        let mut end = i + 1;
        while end < order.len() && value(order[end]) == value(order[i]) {
            end += 1;
        }
        let rank = (i + end + 1) as f64 / 2.0;
        rank_sum += rank * order[i..end].iter().filter(|row| label[**row]).count() as f64;
        i = end;
    }
    let pairs = positives as f64 * negatives as f64;
    let auc = (rank_sum - positives as f64 * (positives as f64 + 1.0) / 2.0) / pairs;
    Some(auc.max(1.0 - auc))
}

/// Refuses the first numeric column of `features` that tells the `label` (a boolean column of the same rows).
pub fn check(features: &DataFrame, label: &BooleanChunked) -> Result<(), FeatureError> {
    let label: Vec<bool> = label.iter().map(|bought| bought.unwrap_or(false)).collect();
    for column in features.columns() {
        let number = column.dtype().is_primitive_numeric() || *column.dtype() == DataType::Boolean;
        if column.name() == USER || !number {
            continue;
        }
        let score = column.cast(&DataType::Float64)?;
        let score: Vec<Option<f64>> = score.f64()?.iter().collect();
        if let Some(auc) = separation(&score, &label).filter(|auc| *auc >= TOO_GOOD) {
            let feature = column.name().to_string();
            return Err(FeatureError::Leak { feature, reason: LeakReason::TellsLabel { auc } });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separation_by_hand() {
        // 20 negatives score 0..20, 20 positives score 10..30: of 400 pairs, positives win where larger.
        let score: Vec<_> = (0..20).chain(10..30).map(|x| Some(f64::from(x))).collect();
        let label: Vec<_> = (0..40).map(|i| i >= 20).collect();
        let mut wins = 0.0;
        for p in 10..30 {
            for n in 0..20 {
                wins += if p > n {
                    1.0
                } else if p == n {
                    0.5
                } else {
                    0.0
                };
            }
        }
        let auc = separation(&score, &label).unwrap();
        assert!((auc - wins / 400.0).abs() < 1e-12, "{auc}");
        assert_eq!(separation(&score[..30], &label[..30]), None);
        let flipped: Vec<_> = label.iter().map(|l| !l).collect();
        assert!((separation(&score, &flipped).unwrap() - auc).abs() < 1e-12);
    }
}
