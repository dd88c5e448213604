//! How many distinct values there are.

use serde::{Deserialize, Serialize};

/// Distinct values; an estimate is within 2.4 % of the truth 99 times of 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Distinct {
    pub count: u64,
    pub exact: bool,
}

impl Distinct {
    pub(super) fn of(counted: usize, sketch: Option<&Sketch>) -> Self {
        match sketch {
            None => Self { count: counted as u64, exact: true },
            Some(sketch) => Self { count: sketch.estimate().max(counted as u64), exact: false },
        }
    }
}

const BITS: u32 = 14;
const REGISTERS: usize = 1 << BITS;

/// HyperLogLog (Flajolet et al. 2007) with 2^14 registers: a standard error of 1.04 / 2^7 = 0.8 %.
#[derive(Debug, Clone)]
pub(super) struct Sketch(Vec<u8>);

impl Sketch {
    pub fn add(&mut self, hash: u64) {
        let place = (hash >> (64 - BITS)) as usize;
        // The position of the first one bit among the others.
        let first = ((hash << BITS) | 1 << (BITS - 1)).leading_zeros() as u8 + 1;
        if self.0[place] < first {
            self.0[place] = first;
        }
    }

    pub fn estimate(&self) -> u64 {
        let m = REGISTERS as f64;
        let empty = self.0.iter().filter(|r| **r == 0).count() as f64;
        let sum: f64 = self.0.iter().map(|r| 2f64.powi(-i32::from(*r))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        // Few values are counted by the registers that are still empty.
        let estimate = if raw <= 2.5 * m && empty > 0.0 { m * (m / empty).ln() } else { raw };
        estimate.round() as u64
    }
}

impl FromIterator<u64> for Sketch {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Self {
        let mut sketch = Self(vec![0; REGISTERS]);
        hashes.into_iter().for_each(|hash| sketch.add(hash));
        sketch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::data::cell::hash_number;

    #[test]
    fn estimates_are_close_at_every_size() {
        for n in [0, 10, 1000, 30_000, 100_000, 3_000_000_u64] {
            let estimate = (0..n).map(hash_number).collect::<Sketch>().estimate();
            let wrong = (estimate as f64 - n as f64).abs();
            assert!(wrong <= 0.024 * n as f64, "{estimate} for {n}");
        }
        let twice = (0..1000).chain(0..1000).map(hash_number).collect::<Sketch>();
        assert_eq!(twice.estimate(), (0..1000).map(hash_number).collect::<Sketch>().estimate());
    }
}
