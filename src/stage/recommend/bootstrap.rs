//! How sure a mean is: resampling customers with replacement (Efron), the same resamples for everything that
//! is compared, so that differences are paired.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::RecommendError;
use crate::base::Monitor;

/// A mean and the range that its true value lies in, at the level that was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

/// More customers than this are resampled in groups: the interval is as good and the time bounded.
const MOST_GROUPS: usize = 10_000;

/// Means of several measures of the same customers under the same resamples.
pub struct Resampled {
    /// By measure.
    pub means: Vec<f64>,
    /// By measure, one mean a resample.
    pub draws: Vec<Vec<f32>>,
}

/// Resamples `times` times. `columns` holds each measure's values, one a customer, equally many.
pub fn resample(columns: &[Vec<f32>], times: usize, seed: u64, monitor: &Monitor) -> Result<Resampled, RecommendError> {
    let customers = columns.first().map_or(0, Vec::len);
    let groups = customers.min(MOST_GROUPS);
    let size = |group: usize| (customers / groups + usize::from(group < customers % groups)) as f64;
    // Customer i belongs to group i mod groups.
    let grouped: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| {
            let mut sums = vec![0f64; groups];
            for (at, value) in column.iter().enumerate() {
                sums[at % groups] += f64::from(*value);
            }
            sums
        })
        .collect();
    let means: Vec<f64> = grouped.iter().map(|sums| sums.iter().sum::<f64>() / customers.max(1) as f64).collect();
    if customers == 0 {
        return Ok(Resampled { draws: vec![Vec::new(); columns.len()], means });
    }
    let rounds: Result<Vec<Vec<f32>>, RecommendError> = (0..times)
        .into_par_iter()
        .map(|round| {
            monitor.check()?;
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(round as u64);
            let mut counts = vec![0f64; groups];
            for _ in 0..groups {
                counts[rng.random_range(0..groups)] += 1.0;
            }
            let drawn: f64 = counts.iter().enumerate().map(|(group, count)| count * size(group)).sum();
            let mean = |sums: &Vec<f64>| {
                let sum: f64 = sums.iter().zip(&counts).map(|(sum, count)| sum * count).sum();
                (sum / drawn) as f32
            };
            Ok(grouped.iter().map(mean).collect())
        })
        .collect();
    let rounds = rounds?;
    let draws = (0..columns.len()).map(|measure| rounds.iter().map(|round| round[measure]).collect()).collect();
    Ok(Resampled { means, draws })
}

/// The mean with the range between the tails of the draws.
pub fn interval(mean: f64, draws: &[f32], level: f64) -> Interval {
    if draws.is_empty() {
        return Interval { mean, low: mean, high: mean };
    }
    let mut sorted = draws.to_vec();
    sorted.sort_by(f32::total_cmp);
    let tail = (1.0 - level) / 2.0;
    let at = |share: f64| f64::from(sorted[((sorted.len() - 1) as f64 * share).round() as usize]);
    Interval { mean, low: at(tail).min(mean), high: at(1.0 - tail).max(mean) }
}

/// How often chance alone would show a mean this far from 0, on either side: the draws give its standard error,
/// and means of many customers are normal. (Counting draws beyond 0 could not go below two in their number,
/// which the correction for many pairs would turn into "never real".)
pub fn p_value(mean: f64, draws: &[f32]) -> f64 {
    let count = draws.len().max(1) as f64;
    let middle = draws.iter().map(|d| f64::from(*d)).sum::<f64>() / count;
    let error = (draws.iter().map(|d| (f64::from(*d) - middle).powi(2)).sum::<f64>() / count).sqrt();
    match (mean == 0.0 || draws.is_empty(), error > 0.0) {
        (true, _) => 1.0,
        (false, true) => statrs::function::erf::erfc(mean.abs() / error / std::f64::consts::SQRT_2),
        (false, false) => 0.0,
    }
}

/// Holm's correction for looking at several differences at once: adjusted p-values in the same order.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut so_far = 0f64;
    for (rank, &at) in order.iter().enumerate() {
        so_far = so_far.max((p_values[at] * (p_values.len() - rank) as f64).min(1.0));
        adjusted[at] = so_far;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_a_share() {
        // 400 customers, a quarter of them hit: standard error √(.25·.75/400) = 0.02165.
        let column: Vec<f32> = (0..400).map(|i| if i % 4 == 0 { 1.0 } else { 0.0 }).collect();
        let got = resample(&[column], 4000, 3, &Monitor::quiet()).unwrap();
        let range = interval(got.means[0], &got.draws[0], 0.95);
        assert_eq!(range.mean, 0.25);
        let half = 1.96 * 0.02165;
        assert!((range.low - (0.25 - half)).abs() < 0.004, "{range:?}");
        assert!((range.high - (0.25 + half)).abs() < 0.004, "{range:?}");
    }

    #[test]
    fn groups_keep_the_mean_and_the_width() {
        // 30,001 customers in 10,000 groups of three or four; standard error √(.2·.8/30001) = 0.00231.
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let column: Vec<f32> = (0..30_001).map(|_| if rng.random::<f64>() < 0.2 { 1.0 } else { 0.0 }).collect();
        let exact = column.iter().map(|v| f64::from(*v)).sum::<f64>() / 30_001.0;
        let got = resample(&[column], 500, 4, &Monitor::quiet()).unwrap();
        let range = interval(got.means[0], &got.draws[0], 0.95);
        assert!((range.mean - exact).abs() < 1e-12);
        let width = range.high - range.low;
        assert!((width - 2.0 * 1.96 * 0.00231).abs() < 0.0015, "{width}");
    }

    #[test]
    fn one_customer_and_none() {
        let got = resample(&[vec![0.5]], 10, 0, &Monitor::quiet()).unwrap();
        assert_eq!(interval(got.means[0], &got.draws[0], 0.95), Interval { mean: 0.5, low: 0.5, high: 0.5 });
        let got = resample(&[vec![]], 10, 0, &Monitor::quiet()).unwrap();
        assert_eq!(interval(got.means[0], &got.draws[0], 0.95), Interval::default());
    }

    #[test]
    fn p_values_and_holm_by_hand() {
        // Standard error 1: 1.96 of it leaves a twentieth.
        assert!((p_value(1.959964, &[-1.0, 1.0]) - 0.05).abs() < 1e-6);
        assert_eq!((p_value(0.0, &[0.0, 0.0]), p_value(0.3, &[]), p_value(0.3, &[0.3])), (1.0, 1.0, 0.0));
        let got = holm(&[0.01, 0.04, 0.03]);
        for (got, want) in got.iter().zip([0.03, 0.06, 0.06]) {
            assert!((got - want).abs() < 1e-12);
        }
    }
}
