//! Sets of customers as one bit a row: union, intersection and difference in a blink.

use serde::{Deserialize, Serialize};

/// A set of rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSet {
    rows: usize,
    words: Vec<u64>,
}

impl UserSet {
    pub fn none(rows: usize) -> Self {
        Self { rows, words: vec![0; rows.div_ceil(64)] }
    }

    pub fn all(rows: usize) -> Self {
        let mut set = Self { rows, words: vec![u64::MAX; rows.div_ceil(64)] };
        set.trim();
        set
    }

    /// Bits past the last row stay 0.
    fn trim(&mut self) {
        if let Some(last) = self.words.last_mut().filter(|_| !self.rows.is_multiple_of(64)) {
            *last &= (1 << (self.rows % 64)) - 1;
        }
    }

    /// The rows for which `holds` is true.
    pub fn from_fn(rows: usize, holds: impl Fn(usize) -> bool + Sync) -> Self {
        use rayon::prelude::*;
        let word = |word: usize| {
            let bits = (64 * word..(64 * word + 64).min(rows)).filter(|row| holds(*row));
            bits.fold(0, |word, row| word | 1 << (row % 64))
        };
        Self { rows, words: (0..rows.div_ceil(64)).into_par_iter().with_min_len(64).map(word).collect() }
    }

    /// Rows past the end are left out.
    pub fn from_rows(rows: usize, chosen: &[u32]) -> Self {
        let mut set = Self::none(rows);
        chosen.iter().for_each(|row| set.insert(*row as usize));
        set
    }

    /// The rows with one of these labels.
    pub fn from_labels(labels: &[u32], wanted: &[u32]) -> Self {
        Self::from_fn(labels.len(), |row| wanted.contains(&labels[row]))
    }

    pub fn insert(&mut self, row: usize) {
        if row < self.rows {
            self.words[row / 64] |= 1 << (row % 64);
        }
    }

    pub fn contains(&self, row: usize) -> bool {
        row < self.rows && self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// Rows of the table, in the set or not.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows in the set.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    place as u32 * 64 + bit
                })
            })
        })
    }

    /// Rows in both. Sets of different tables: only rows that both have.
    pub fn and(&self, other: &Self) -> Self {
        self.join(other, |a, b| a & b)
    }

    pub fn or(&self, other: &Self) -> Self {
        self.join(other, |a, b| a | b)
    }

    /// Rows in this set but not in the other.
    pub fn minus(&self, other: &Self) -> Self {
        self.join(other, |a, b| a & !b)
    }

    pub fn not(&self) -> Self {
        Self::all(self.rows).minus(self)
    }

    fn join(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let theirs = |place: usize| other.words.get(place).copied().unwrap_or(0);
        let words = self.words.iter().enumerate().map(|(place, word)| join(*word, theirs(place))).collect();
        let mut set = Self { rows: self.rows, words };
        set.trim();
        set
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_sets_of_numbers(
            rows in 0_usize..300,
            a in prop::collection::btree_set(0_u32..300, 0..80),
            b in prop::collection::btree_set(0_u32..300, 0..80)
        ) {
            let keep = |set: &std::collections::BTreeSet<u32>| set.iter().copied().filter(|row| (*row as usize) < rows).collect::<std::collections::BTreeSet<_>>();
            let bits = |set: &std::collections::BTreeSet<u32>| UserSet::from_rows(rows, &set.iter().copied().collect::<Vec<_>>());
            let (x, y) = (bits(&a), bits(&b));
            let (a, b) = (keep(&a), keep(&b));
            prop_assert!(x.iter().eq(a.iter().copied()));
            prop_assert!(x.and(&y).iter().eq(a.intersection(&b).copied()));
            prop_assert!(x.or(&y).iter().eq(a.union(&b).copied()));
            prop_assert!(x.minus(&y).iter().eq(a.difference(&b).copied()));
            prop_assert_eq!(x.not().count() as usize, rows - a.len());
            prop_assert_eq!(UserSet::from_fn(rows, |row| a.contains(&(row as u32))), x);
        }
    }
}
