//! Columns cut into at most 256 bins, so that a tree looks for a split by adding up a bin at a time.

use rayon::prelude::*;

use super::error::Result;
use super::matrix::Matrix;
use crate::base::monitor::Monitor;

/// A row is in bin `b` of a column when `cuts[b - 1] < value <= cuts[b]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Bins {
    pub rows: usize,
    /// Rising, at most 255 a column; none for a column with one value.
    pub cuts: Vec<Vec<f64>>,
    /// Column after column.
    pub codes: Vec<u8>,
}

const MOST_CUTS: usize = 255;

impl Bins {
    pub fn of(x: &Matrix, monitor: &Monitor) -> Result<Self> {
        let columns = (0..x.cols)
            .into_par_iter()
            .map(|j| {
                monitor.check()?;
                let cuts = cuts(x.col(j));
                let code = |v: &f64| cuts.partition_point(|c| c < v) as u8;
                let codes: Vec<u8> = x.col(j).iter().map(code).collect();
                Ok((cuts, codes))
            })
            .collect::<Result<Vec<_>>>()?;
        let mut bins = Self { rows: x.rows, cuts: Vec::new(), codes: Vec::with_capacity(x.rows * x.cols) };
        for (cuts, codes) in columns {
            bins.cuts.push(cuts);
            bins.codes.extend(codes);
        }
        Ok(bins)
    }

    pub fn col(&self, j: usize) -> &[u8] {
        &self.codes[j * self.rows..(j + 1) * self.rows]
    }

    pub fn cols(&self) -> usize {
        self.cuts.len()
    }
}

/// The middles between neighbouring values; of many values, those that cut the rows into about equal parts.
fn cuts(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut cuts = Vec::new();
    let distinct = 1 + sorted.windows(2).filter(|w| w[0] < w[1]).count();
    let middle = |low: f64, high: f64| {
        let middle = low + (high - low) / 2.0;
        if middle < high { middle } else { low }
    };
    if distinct <= MOST_CUTS + 1 {
        cuts.extend(sorted.windows(2).filter(|w| w[0] < w[1]).map(|w| middle(w[0], w[1])));
        return cuts;
    }
    // Walk through the runs of equal values; cut when a bin holds its share of what is left.
    let (mut in_bin, mut start) = (0, 0);
    let mut left = sorted.len();
    while start < sorted.len() && cuts.len() < MOST_CUTS {
        let value = sorted[start];
        let end = start + sorted[start..].partition_point(|v| *v <= value);
        in_bin += end - start;
        let share = left.div_ceil(MOST_CUTS + 1 - cuts.len());
        if in_bin >= share && end < sorted.len() {
            cuts.push(middle(value, sorted[end]));
            left -= in_bin;
            in_bin = 0;
        }
        start = end;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(values: Vec<f64>) -> Bins {
        Bins::of(&Matrix::from_columns(values.len(), vec![values]), &Monitor::quiet()).expect("not cancelled")
    }

    #[test]
    fn few_values_are_cut_in_their_middles() {
        let b = bins(vec![3.0, 1.0, 1.0, 8.0]);
        assert_eq!(b.cuts[0], [2.0, 5.5]);
        assert_eq!(b.codes, [1, 0, 0, 2]);
        assert_eq!(bins(vec![4.0; 9]).cuts[0], Vec::<f64>::new());
    }

    #[test]
    fn many_values_fill_the_bins_evenly() {
        let b = bins((0..10_000).map(|i| f64::from((i * 7919) % 10_000)).collect());
        assert_eq!(b.cuts[0].len(), 255);
        let mut counts = [0; 256];
        b.codes.iter().for_each(|&c| counts[c as usize] += 1);
        assert!(counts.iter().all(|c| (38..=41).contains(c)), "{counts:?}");
    }

    #[test]
    fn a_heavy_value_takes_one_bin_and_neighbours_too_close_for_a_middle_are_told_apart() {
        let heavy = (0..4000).map(|i| if i % 2 == 0 { 0.0 } else { f64::from(i) });
        let b = bins(heavy.collect());
        assert_eq!(b.codes.iter().filter(|&&c| c == 0).count(), 2000);
        let next = f64::from_bits(1.0_f64.to_bits() + 1);
        assert_eq!(bins(vec![1.0, next]).codes, [0, 1]);
    }
}
