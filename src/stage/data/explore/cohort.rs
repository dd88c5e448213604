//! Users by the month or week of their first row, and how many come back.

use super::groups::{codes, filtered, millis, steps};
use super::recipe::{CohortRecipe, Grain};
use super::{ChartError, calendar};
use crate::base::Monitor;
use crate::stage::data::cell::MISSING;
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Milliseconds since 1970-01-01 at which its month or week begins.
    pub at: i64,
    /// Users whose first row is in it.
    pub size: u64,
    /// How many of them have a row so many months or weeks later, from 0 (all) to the table's last one.
    pub active: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortData {
    pub grain: Grain,
    /// Oldest first; those without users are there too.
    pub cohorts: Vec<Cohort>,
    /// Older cohorts that are not shown.
    pub not_shown: u64,
    /// Rows without a user or time.
    pub left_out: u64,
}

pub(super) fn cohorts(frame: &DataFrame, recipe: &CohortRecipe, monitor: &Monitor) -> Result<CohortData, ChartError> {
    let frame = filtered(frame, &recipe.filters, monitor)?;
    let users = codes(&frame, &recipe.user, monitor)?;
    let steps = steps(&millis(&frame, &recipe.time)?, recipe.grain)?;
    monitor.check()?;
    let there = || users.of_row.iter().zip(&steps.of_row).filter(|(u, s)| **u != MISSING && **s != MISSING);
    let mut first = vec![MISSING; users.values.len()];
    there().for_each(|(&user, &step)| first[user as usize] = first[user as usize].min(step));
    // A user counts once a month, whatever the rows.
    let mut active: Vec<u64> = there().map(|(&user, &step)| u64::from(user) << 32 | u64::from(step)).collect();
    let left_out = (users.of_row.len() - active.len()) as u64;
    monitor.check()?;
    active.par_sort_unstable();
    active.dedup();
    monitor.check()?;
    // Only the newest cohorts are counted: a wrong date must not make a matrix of a million months.
    let hidden = steps.count.saturating_sub(recipe.most as usize);
    let mut cohorts: Vec<Cohort> = (hidden..steps.count)
        .map(|step| Cohort {
            at: calendar::begins(steps.first + step as i64, recipe.grain),
            size: 0,
            active: vec![0; steps.count - step],
        })
        .collect();
    for pair in active {
        let (start, step) = (first[(pair >> 32) as usize] as usize, (pair & 0xFFFF_FFFF) as usize);
        if let Some(cohort) = start.checked_sub(hidden).and_then(|place| cohorts.get_mut(place)) {
            cohort.size += u64::from(step == start);
            cohort.active[step - start] += 1;
        }
    }
    if cohorts.iter().all(|cohort| cohort.size == 0) && hidden == 0 {
        return Err(ChartError::NoRows);
    }
    Ok(CohortData { grain: recipe.grain, cohorts, not_shown: hidden as u64, left_out })
}
