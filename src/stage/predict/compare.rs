//! Is one model better than another, or was it luck? Paired differences on the same folds or rows.

use serde::{Deserialize, Serialize};

use super::coefficient::{normal_two_sided, t_two_sided};
use super::model::ModelKind;

/// The leader against one other model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub leader: ModelKind,
    pub other: ModelKind,
    /// The mean advantage of the leader in the leaderboard's metric; positive is better.
    pub advantage: f64,
    /// Folds (or rows) in which the leader is better, and how many there are without ties.
    pub wins: usize,
    pub of: usize,
    pub p_value: f64,
    pub method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A t test on fold differences, its variance corrected for training parts that overlap
    /// (Nadeau, Bengio 2003).
    CorrectedFolds,
    /// With a single test part: a z test on the differences of its rows' squared errors.
    Rows,
}

/// Below this share of the metric two models count as the same: they differ by rounding only.
const SAME: f64 = 1e-7;

/// One advantage a fold, positive where the leader is better; `ratio` is test rows / training rows.
/// Returns wins, folds without ties and the p-value.
pub fn folds(differences: &[f64], ratio: f64, scale: f64) -> (usize, usize, f64) {
    let k = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / k.max(1.0);
    let bar = SAME * scale.abs();
    let wins = differences.iter().filter(|d| **d > bar).count();
    let decided = differences.iter().filter(|d| d.abs() > bar).count();
    if differences.len() < 2 || mean.abs() <= bar {
        return (wins, decided, 1.0);
    }
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (k - 1.0);
    let error = ((1.0 / k + ratio) * variance).sqrt();
    let p = if error > 0.0 { t_two_sided(mean / error, k - 1.0) } else { 0.0 };
    (wins, decided, p)
}

/// Squared errors of the same rows: the mean advantage of the first, its wins, decided rows and the p-value.
pub fn rows(leader: &[f64], other: &[f64]) -> (f64, usize, usize, f64) {
    let n = leader.len() as f64;
    let differences: Vec<f64> = other.iter().zip(leader).map(|(o, l)| o - l).collect();
    let mean = differences.iter().sum::<f64>() / n.max(1.0);
    let scale = leader.iter().sum::<f64>() / n.max(1.0);
    let bar = SAME * scale;
    let wins = differences.iter().filter(|d| **d > bar).count();
    let decided = differences.iter().filter(|d| d.abs() > bar).count();
    if differences.len() < 2 || mean.abs() <= bar {
        return (mean, wins, decided, 1.0);
    }
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let p = if variance > 0.0 { normal_two_sided(mean / (variance / n).sqrt()) } else { 0.0 };
    (mean, wins, decided, p)
}

/// A leader wins when it is better than every other model with p below 0.05. Where many are compared, or the
/// difference may be luck, nobody does.
pub fn has_winner(comparisons: &[Comparison]) -> bool {
    comparisons.iter().all(|c| c.advantage > 0.0 && c.p_value < 0.05)
}

#[cfg(test)]
mod tests {
    use super::super::testing::near;
    use super::*;

    #[test]
    fn the_corrected_test_by_hand() {
        // mean 0.02, variance 0.0001; t = 0.02 / sqrt((1/5 + 1/4) 0.0001) = 2.9814 on 4 degrees of freedom;
        // 2 * scipy.stats.t.sf(2.9814239699, 4) = 0.040681525827.
        let d = [0.02, 0.03, 0.01, 0.03, 0.01];
        let (wins, decided, p) = folds(&d, 0.25, 0.9);
        assert_eq!((wins, decided), (5, 5));
        near(p, 0.040681525827, 1e-9);
    }

    #[test]
    fn equal_models_have_no_winner() {
        assert_eq!(folds(&[1e-12, 2e-12, 1e-12], 0.25, 0.9), (0, 0, 1.0));
        let (_, wins, decided, p) = rows(&[0.2, 0.3, 0.1], &[0.2, 0.3, 0.1]);
        assert_eq!((wins, decided, p), (0, 0, 1.0));
        let (wins, _, p) = folds(&[0.02, -0.03, 0.04, -0.01, 0.0], 0.25, 0.9);
        assert!(wins == 2 && p > 0.5);
    }

    #[test]
    fn rows_that_are_better_throughout_win() {
        let leader: Vec<f64> = (0..200).map(|i| 0.1 + 0.001 * f64::from(i % 7)).collect();
        let other: Vec<f64> = leader.iter().enumerate().map(|(i, l)| l + 0.01 * ((i % 5) as f64)).collect();
        let (mean, wins, decided, p) = rows(&leader, &other);
        near(mean, 0.02, 1e-9);
        assert_eq!((wins, decided), (160, 160));
        assert!(p < 1e-6);
        let comparison = |advantage, p_value| Comparison {
            leader: ModelKind::Boost,
            other: ModelKind::Tree,
            advantage,
            wins,
            of: decided,
            p_value,
            method: Method::Rows,
        };
        assert!(has_winner(&[comparison(mean, p)]));
        assert!(!has_winner(&[comparison(mean, p), comparison(0.001, 0.3)]));
    }
}
