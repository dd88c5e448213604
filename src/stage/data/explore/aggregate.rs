//! A measure of the rows that fall together.

use super::ChartError;
use super::groups::{codes, numbers};
use super::recipe::Measure;
use crate::base::Monitor;
use crate::stage::data::cell::MISSING;
use crate::stage::data::clean::outliers::quantile;
use polars::prelude::*;
use rayon::prelude::*;

/// What came of one bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Bucket {
    pub rows: u64,
    /// Nothing: a mean or median without numbers.
    pub value: Option<f64>,
}

/// `of_row` has each row's bucket, or `MISSING`; there are `count` buckets.
pub(super) fn aggregate(
    frame: &DataFrame,
    measure: &Measure,
    of_row: &[u32],
    count: usize,
    monitor: &Monitor,
) -> Result<Vec<Bucket>, ChartError> {
    let mut buckets = vec![Bucket::default(); count];
    for bucket in of_row {
        if let Some(bucket) = buckets.get_mut(*bucket as usize) {
            bucket.rows += 1;
        }
    }
    monitor.check()?;
    let values: Vec<Option<f64>> = match measure {
        Measure::Count => buckets.iter().map(|bucket| Some(bucket.rows as f64)).collect(),
        Measure::Sum(column) => sums(&numbers(frame, column)?, of_row, count).map(|(sum, _)| Some(sum)).collect(),
        Measure::Mean(column) => {
            let mean = |(sum, n): (f64, u64)| (n > 0).then(|| sum / n as f64);
            sums(&numbers(frame, column)?, of_row, count).map(mean).collect()
        }
        Measure::Median(column) => medians(&numbers(frame, column)?, of_row, count),
        Measure::Distinct(column) => distinct(&codes(frame, column, monitor)?.of_row, of_row, count),
    };
    monitor.check()?;
    for (bucket, value) in buckets.iter_mut().zip(values) {
        bucket.value = value.filter(|v| v.is_finite());
    }
    Ok(buckets)
}

/// Sum and count of the numbers there are.
fn sums(numbers: &[f64], of_row: &[u32], count: usize) -> impl Iterator<Item = (f64, u64)> {
    let mut sums = vec![(0.0, 0_u64); count];
    for (v, bucket) in numbers.iter().zip(of_row) {
        if let Some((sum, n)) = sums.get_mut(*bucket as usize).filter(|_| !v.is_nan()) {
            *sum += v;
            *n += 1;
        }
    }
    sums.into_iter()
}

fn medians(numbers: &[f64], of_row: &[u32], count: usize) -> Vec<Option<f64>> {
    let mut sorted = bucketed(numbers, of_row, count);
    sorted.par_iter_mut().map(|numbers| (!numbers.is_empty()).then(|| quantile(numbers, 0.5))).collect()
}

/// The numbers of each bucket, in the order of the rows.
pub(super) fn bucketed(numbers: &[f64], of_row: &[u32], count: usize) -> Vec<Vec<f64>> {
    let mut sizes = vec![0_usize; count];
    let there = || numbers.iter().zip(of_row).filter(|(v, bucket)| !v.is_nan() && (**bucket as usize) < count);
    there().for_each(|(_, bucket)| sizes[*bucket as usize] += 1);
    let mut all: Vec<Vec<f64>> = sizes.into_iter().map(Vec::with_capacity).collect();
    there().for_each(|(v, bucket)| all[*bucket as usize].push(*v));
    all
}

fn distinct(codes: &[u32], of_row: &[u32], count: usize) -> Vec<Option<f64>> {
    let there = codes.iter().zip(of_row).filter(|(code, bucket)| **code != MISSING && (**bucket as usize) < count);
    let mut pairs: Vec<u64> = there.map(|(code, bucket)| u64::from(*bucket) << 32 | u64::from(*code)).collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    let mut counts = vec![0_u64; count];
    pairs.iter().for_each(|pair| counts[(pair >> 32) as usize] += 1);
    counts.into_iter().map(|n| Some(n as f64)).collect()
}
