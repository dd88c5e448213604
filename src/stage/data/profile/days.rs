//! Which days a table has rows of.

use crate::stage::data::cell::DAY_MS;
use polars::prelude::PlHashMap;
use serde::{Deserialize, Serialize};

/// Days without rows between two with rows; both ends included, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub from: i32,
    pub to: i32,
}

impl Gap {
    pub fn days(&self) -> u64 {
        (i64::from(self.to) - i64::from(self.from) + 1).unsigned_abs()
    }
}

/// The days from the first to the last one with rows, as days since 1970-01-01. Days in the future and 1970-01-01
/// itself, which stands for a time that was never set, are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    pub first: i32,
    pub last: i32,
    pub days_with_rows: u64,
    pub days_without_rows: u64,
    /// The longest first, at most [`MOST_GAPS`].
    pub gaps: Vec<Gap>,
    /// Rows by day, for a picture; left out beyond [`MOST_DAYS`] days with rows.
    pub rows_by_day: Vec<(i32, u64)>,
}

pub const MOST_GAPS: usize = 100;
pub const MOST_DAYS: usize = 4000;
/// More distinct days than any shop has: these are no dates.
const TOO_MANY_DAYS: usize = 1 << 16;

#[derive(Debug, Default)]
pub(super) struct Days {
    rows: PlHashMap<i32, u64>,
    too_many: bool,
}

impl Days {
    /// Milliseconds since 1970-01-01.
    pub fn add_all(&mut self, millis: impl Iterator<Item = i64>) {
        let mut run: Option<(i64, u64)> = None;
        for at in millis {
            let day = at.div_euclid(DAY_MS);
            match &mut run {
                Some((last, count)) if *last == day => *count += 1,
                _ => {
                    if let Some((day, count)) = run.replace((day, 1)) {
                        self.add(day, count);
                    }
                }
            }
        }
        if let Some((day, count)) = run {
            self.add(day, count);
        }
    }

    fn add(&mut self, day: i64, count: u64) {
        match i32::try_from(day) {
            Ok(day) if !self.too_many => *self.rows.entry(day).or_default() += count,
            _ => self.too_many = true,
        }
        if self.rows.len() > TOO_MANY_DAYS {
            self.too_many = true;
            self.rows = PlHashMap::default();
        }
    }

    /// Rows on 1970-01-01.
    pub fn unset(&self) -> u64 {
        self.rows.get(&0).copied().unwrap_or(0)
    }

    pub fn after(&self, today: i32) -> u64 {
        self.rows.iter().filter(|(day, _)| **day > today).map(|(_, rows)| rows).sum()
    }

    /// Nothing when no day is left, or there are more than any calendar of a shop has.
    pub fn coverage(&self, today: Option<i32>) -> Option<Coverage> {
        if self.too_many {
            return None;
        }
        let real = |day: i32| day != 0 && today.is_none_or(|today| day <= today);
        let mut days: Vec<(i32, u64)> = self.rows.iter().map(|(d, n)| (*d, *n)).filter(|(d, _)| real(*d)).collect();
        days.sort_unstable();
        let (first, last) = (days.first()?.0, days.last()?.0);
        let between = |pair: &[(i32, u64)]| Gap { from: pair[0].0 + 1, to: pair[1].0 - 1 };
        let mut gaps: Vec<Gap> =
            days.windows(2).filter(|pair| i64::from(pair[1].0) - i64::from(pair[0].0) > 1).map(between).collect();
        gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.days()), gap.from));
        gaps.truncate(MOST_GAPS);
        let span = Gap { from: first, to: last }.days();
        let days_with_rows = days.len() as u64;
        if days.len() > MOST_DAYS {
            days.clear();
        }
        Some(Coverage {
            first,
            last,
            days_with_rows,
            days_without_rows: span - days_with_rows,
            gaps,
            rows_by_day: days,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_lie_between_days_with_rows() {
        let mut days = Days::default();
        days.add_all([10, 10, 11, 14, 20, 0, 500].into_iter().map(|d| d * DAY_MS + 5));
        let coverage = days.coverage(Some(400)).unwrap();
        assert_eq!((coverage.first, coverage.last), (10, 20));
        assert_eq!((coverage.days_with_rows, coverage.days_without_rows), (4, 7));
        assert_eq!(coverage.gaps, [Gap { from: 15, to: 19 }, Gap { from: 12, to: 13 }]);
        assert_eq!(coverage.rows_by_day[0], (10, 2));
        assert_eq!((days.unset(), days.after(400)), (1, 1));
    }

    #[test]
    fn times_that_are_none() {
        let mut days = Days::default();
        days.add_all([i64::MIN, i64::MAX, 5].into_iter());
        assert_eq!(days.coverage(None), None);
        assert_eq!(Days::default().coverage(None), None);
    }
}
