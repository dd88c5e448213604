//! How often each number came, within a bounded number of counters.
//!
//! Numbers are kept as integers of the same order. While at most `limit` distinct ones have come, each has its own
//! counter. When more come, the lowest bits are dropped until half the counters are free, so that neighbours share
//! one: floats then agree in their leading digits, whole numbers to a power of two. From then on distinct numbers
//! are estimated.

use super::distinct::{Distinct, Sketch};
use crate::stage::data::cell::{from_order_key, hash_number, order_key};
use polars::prelude::PlHashMap;

/// What the keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Whole,
    Float,
}

impl Scale {
    fn number(self, key: u64) -> f64 {
        match self {
            Self::Whole => whole(key) as f64,
            Self::Float => from_order_key(key),
        }
    }
}

pub(super) fn whole_key(v: i64) -> u64 {
    (v as u64) ^ (1 << 63)
}

fn whole(key: u64) -> i64 {
    (key ^ (1 << 63)) as i64
}

pub(super) fn float_key(v: f64) -> u64 {
    order_key(v)
}

#[derive(Debug, Clone)]
pub(super) struct Counts {
    counters: PlHashMap<u64, u64>,
    scale: Scale,
    /// Bits dropped from every key.
    shift: u32,
    limit: usize,
    /// Of all numbers, from the first time that bits are dropped.
    sketch: Option<Sketch>,
}

impl Counts {
    pub fn new(scale: Scale, limit: usize) -> Self {
        Self { counters: PlHashMap::default(), scale, shift: 0, limit: limit.max(2), sketch: None }
    }

    pub fn is_exact(&self) -> bool {
        self.shift == 0
    }

    /// Runs of equal keys cost one look-up.
    pub fn add_all(&mut self, keys: impl Iterator<Item = u64>) {
        let mut run: Option<(u64, u64)> = None;
        for key in keys {
            match &mut run {
                Some((last, count)) if *last == key => *count += 1,
                _ => {
                    if let Some((last, count)) = run.replace((key, 1)) {
                        self.add(last, count);
                    }
                }
            }
        }
        if let Some((last, count)) = run {
            self.add(last, count);
        }
    }

    fn add(&mut self, key: u64, count: u64) {
        if let Some(sketch) = &mut self.sketch {
            sketch.add(hash_number(key));
        }
        *self.counters.entry(key >> self.shift).or_default() += count;
        if self.counters.len() > self.limit {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        let mut keys: Vec<u64> = self.counters.keys().copied().collect();
        keys.sort_unstable();
        if self.sketch.is_none() {
            self.sketch = Some(keys.iter().map(|key| hash_number(*key)).collect());
        }
        // Two neighbours stay apart until the highest bit in which they differ is dropped.
        let mut part_at = [0_usize; 65];
        for pair in keys.windows(2) {
            part_at[64 - (pair[0] ^ pair[1]).leading_zeros() as usize] += 1;
        }
        let mut left = keys.len();
        let mut drop = 0;
        while left > self.limit / 2 && drop < 63 - self.shift as usize {
            drop += 1;
            left -= part_at[drop];
        }
        let mut coarse = PlHashMap::default();
        for (key, count) in self.counters.drain() {
            *coarse.entry(key >> drop).or_default() += count;
        }
        self.counters = coarse;
        self.shift += drop as u32;
    }

    pub fn distinct(&self) -> Distinct {
        Distinct::of(self.counters.len(), self.sketch.as_ref())
    }

    /// In order of the numbers.
    pub fn finish(&self) -> Sorted {
        let mut pairs: Vec<(u64, u64)> = self.counters.iter().map(|(k, c)| (*k, *c)).collect();
        pairs.sort_unstable();
        let middle = if self.shift == 0 { 0 } else { 1_u64 << (self.shift - 1) };
        let keys: Vec<u64> = pairs.iter().map(|(key, _)| (key << self.shift) | middle).collect();
        let mut seen = 0;
        let up_to = pairs
            .iter()
            .map(|(_, count)| {
                seen += count;
                seen
            })
            .collect();
        Sorted { keys, up_to, scale: self.scale, exact: self.is_exact() }
    }
}

/// The numbers in order with how many stand at or before each.
#[derive(Debug, Clone)]
pub(super) struct Sorted {
    keys: Vec<u64>,
    up_to: Vec<u64>,
    scale: Scale,
    pub exact: bool,
}

impl Sorted {
    pub fn total(&self) -> u64 {
        self.up_to.last().copied().unwrap_or(0)
    }

    fn count(&self, i: usize) -> u64 {
        self.up_to[i] - if i == 0 { 0 } else { self.up_to[i - 1] }
    }

    /// The `rank`-th smallest, from 0.
    fn ranked(&self, rank: u64) -> Option<u64> {
        self.keys.get(self.up_to.partition_point(|&up_to| up_to <= rank)).copied()
    }

    /// Hyndman and Fan's type 7 (R, NumPy, Excel): linear between the two nearest.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let last = self.total().checked_sub(1)?;
        let place = q.clamp(0.0, 1.0) * last as f64;
        let low = self.scale.number(self.ranked(place as u64)?);
        let share = place.fract();
        if share == 0.0 {
            return Some(low);
        }
        let high = self.scale.number(self.ranked(place as u64 + 1)?);
        Some(low * (1.0 - share) + high * share)
    }

    /// The nearest whole number to the quantile's place, for dates and times.
    pub fn whole_quantile(&self, q: f64) -> Option<i64> {
        let last = self.total().checked_sub(1)?;
        self.ranked((q.clamp(0.0, 1.0) * last as f64).round() as u64).map(whole)
    }

    /// How many are below `v`.
    pub fn below(&self, v: f64) -> u64 {
        self.up_to_index(self.keys.partition_point(|&key| self.scale.number(key) < v))
    }

    /// How many are above `v`.
    pub fn above(&self, v: f64) -> u64 {
        self.total() - self.up_to_index(self.keys.partition_point(|&key| self.scale.number(key) <= v))
    }

    fn up_to_index(&self, i: usize) -> u64 {
        i.checked_sub(1).map_or(0, |before| self.up_to[before])
    }

    /// Most frequent first; of equally frequent ones the smaller first.
    pub fn top(&self, many: usize) -> Vec<(u64, u64)> {
        let mut order: Vec<usize> = (0..self.keys.len()).collect();
        let rank = |i: &usize| (std::cmp::Reverse(self.count(*i)), *i);
        if order.len() > many {
            order.select_nth_unstable_by_key(many, rank);
            order.truncate(many);
        }
        order.sort_unstable_by_key(rank);
        order.into_iter().map(|i| (self.keys[i], self.count(i))).collect()
    }

    pub fn number_of(&self, key: u64) -> f64 {
        self.scale.number(key)
    }

    pub fn whole_of(key: u64) -> i64 {
        whole(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64], limit: usize) -> Sorted {
        let mut counts = Counts::new(Scale::Float, limit);
        counts.add_all(values.iter().map(|v| float_key(*v)));
        counts.finish()
    }

    #[test]
    fn quantiles_by_hand() {
        // R: quantile(c(1, 2, 2, 3, 100), c(.25, .5, .75, .9)) is 2, 2, 3, 61.2
        let sorted = of(&[100.0, 2.0, 1.0, 3.0, 2.0], 100);
        let at = |q| sorted.quantile(q).unwrap();
        assert_eq!((at(0.0), at(0.25), at(0.5), at(0.75), at(1.0)), (1.0, 2.0, 2.0, 3.0, 100.0));
        assert!((at(0.9) - 61.2).abs() < 1e-12);
        assert_eq!((sorted.below(2.0), sorted.above(2.0), sorted.above(1000.0)), (1, 2, 0));
        assert_eq!(sorted.top(2), [(float_key(2.0), 2), (float_key(1.0), 1)]);
        assert_eq!(of(&[], 4).quantile(0.5), None);
    }

    #[test]
    fn beyond_the_limit_neighbours_share_and_nothing_is_lost() {
        let values: Vec<f64> = (0..10_000).map(|i| 100.0 + f64::from(i) * 0.01).collect();
        let sorted = of(&values, 1000);
        assert!(!sorted.exact && sorted.keys.len() <= 1000);
        assert_eq!(sorted.total(), 10_000);
        // 0.005 of 150: a counter spans at most 1 in 2^8 of a doubling.
        assert!((sorted.quantile(0.5).unwrap() - 149.995).abs() < 0.5);
        let mut wholes = Counts::new(Scale::Whole, 256);
        wholes.add_all((0..100_000).map(|v| whole_key(v - 50_000)));
        let sorted = wholes.finish();
        assert!((sorted.whole_quantile(0.25).unwrap() + 25_000).abs() <= 1000);
    }

    proptest! {
        /// The order of the numbers does not matter, and the extremes of the type do no harm.
        #[test]
        fn order_does_not_matter(mut values in prop::collection::vec(any::<i64>(), 0..200), limit in 2..50_usize) {
            let count = |values: &[i64]| {
                let mut counts = Counts::new(Scale::Whole, limit);
                counts.add_all(values.iter().map(|v| whole_key(*v)));
                counts.finish()
            };
            let one = count(&values);
            values.reverse();
            let other = count(&values);
            prop_assert_eq!(one.total(), values.len() as u64);
            prop_assert_eq!(one.exact, other.exact);
            if one.exact {
                prop_assert_eq!(one.keys, other.keys);
            }
        }
    }
}
