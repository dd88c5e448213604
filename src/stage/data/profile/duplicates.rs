//! Rows that repeat an earlier one in every cell.

use crate::stage::data::cell::mix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rows that repeat another one. Rows are compared by 64-bit hashes: among 16 million different ones a false match
/// comes once in 100,000 tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Duplicates {
    pub rows: u64,
    pub exact: bool,
}

/// The hashes of rows; of those whose hash falls under a threshold, once there are too many. Equal rows fall on the
/// same side of it, so their share stays true.
#[derive(Debug)]
pub(super) struct RowHashes {
    hashes: Vec<u64>,
    /// Hashes with so many leading zero bits are kept.
    zeros: u32,
    rows: u64,
    limit: usize,
}

impl RowHashes {
    pub fn new(limit: usize) -> Self {
        Self { hashes: Vec::new(), zeros: 0, rows: 0, limit }
    }

    pub fn add(&mut self, hashes: &[u64]) {
        self.rows += hashes.len() as u64;
        let zeros = self.zeros;
        self.hashes.extend(hashes.iter().map(|h| mix(*h)).filter(|h| h.leading_zeros() >= zeros));
        while self.hashes.len() > self.limit && self.zeros < 64 {
            self.zeros += 1;
            let zeros = self.zeros;
            self.hashes.retain(|h| h.leading_zeros() >= zeros);
        }
    }

    pub fn finish(mut self) -> Duplicates {
        self.hashes.par_sort_unstable();
        let repeats = self.hashes.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
        if self.zeros == 0 {
            return Duplicates { rows: repeats, exact: true };
        }
        let share = repeats as f64 / (self.hashes.len().max(1)) as f64;
        Duplicates { rows: (share * self.rows as f64).round() as u64, exact: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_counted_and_estimated_beyond_the_limit() {
        let rows: Vec<u64> = (0..10_000_u64).chain(0..2_500).map(|v| v.wrapping_mul(0x1234_5678_9ABC_DEF1)).collect();
        let count = |limit| {
            let mut hashes = RowHashes::new(limit);
            rows.chunks(1000).for_each(|part| hashes.add(part));
            hashes.finish()
        };
        assert_eq!(count(20_000), Duplicates { rows: 2500, exact: true });
        let estimate = count(5000);
        assert!(!estimate.exact && estimate.rows.abs_diff(2500) < 400, "{estimate:?}");
        assert_eq!(RowHashes::new(10).finish(), Duplicates { rows: 0, exact: true });
    }
}
