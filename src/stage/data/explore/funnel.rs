//! How many users went from one step to the next, in the order of time.

use super::ChartError;
use super::groups::{codes, filtered, millis};
use super::recipe::FunnelRecipe;
use crate::base::Monitor;
use crate::stage::data::cell::{MISSING, Value};
use crate::stage::data::clean::outliers::quantile;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunnelStep {
    pub event: String,
    /// Rows with this event.
    pub events: u64,
    /// Users with this event at any time.
    pub users: u64,
    /// Users with this event after (or at the same moment as) every step before it.
    pub reached: u64,
    /// Of those who reached the first step, and of those who reached the step before. Nothing where nobody did.
    pub of_first: Option<f64>,
    pub of_previous: Option<f64>,
    /// The median time since the step before, at the earliest way through.
    pub seconds_since_previous: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunnelData {
    pub steps: Vec<FunnelStep>,
    /// Rows without a user or time (or product, where that counts).
    pub left_out: u64,
}

const NEVER: i64 = i64::MAX;

/// The earliest way through the steps decides: after the earliest moment of one step, the earliest moment of the next.
/// Whoever gets through at all gets through so. One pass over the rows for each step, nothing sorted.
pub(super) fn funnel(frame: &DataFrame, recipe: &FunnelRecipe, monitor: &Monitor) -> Result<FunnelData, ChartError> {
    let frame = filtered(frame, &recipe.filters, monitor)?;
    let users = codes(&frame, &recipe.user, monitor)?;
    let events = codes(&frame, &recipe.event, monitor)?;
    let times = millis(&frame, &recipe.time)?;
    let items = recipe.item.as_ref().map(|item| codes(&frame, item, monitor)).transpose()?;
    let (walker_of_row, user_of_walker) = walkers(&users.of_row, items.as_ref().map(|items| items.of_row.as_slice()));
    let left_out = (0..times.len()).filter(|&row| times[row].is_none() || walker_of_row[row] == MISSING).count();

    let mut steps: Vec<FunnelStep> = Vec::with_capacity(recipe.steps.len());
    let mut before: Vec<i64> = vec![i64::MIN; user_of_walker.len()];
    for (place, word) in recipe.steps.iter().enumerate() {
        monitor.check()?;
        let code = events.values.iter().position(|v| matches_word(v, word)).map_or(MISSING - 1, |code| code as u32);
        let mut at = vec![NEVER; before.len()];
        let mut seen = vec![false; users.values.len()];
        let mut rows = 0;
        for row in (0..times.len()).filter(|&row| events.of_row[row] == code) {
            rows += 1;
            let (Some(time), walker) = (times[row], walker_of_row[row]) else { continue };
            if walker == MISSING {
                continue;
            }
            seen[users.of_row[row] as usize] = true;
            let walker = walker as usize;
            if before[walker] != NEVER && time >= before[walker] {
                at[walker] = at[walker].min(time);
            }
        }
        let mut reached = vec![false; users.values.len()];
        at.iter().zip(&user_of_walker).filter(|(at, _)| **at != NEVER).for_each(|(_, u)| reached[*u as usize] = true);
        let count = |flags: &[bool]| flags.iter().filter(|flag| **flag).count() as u64;
        let reached = count(&reached);
        let share = |of: u64| (of > 0).then(|| reached as f64 / of as f64);
        steps.push(FunnelStep {
            event: word.clone(),
            events: rows,
            users: count(&seen),
            reached,
            of_first: share(steps.first().map_or(reached, |first| first.reached)),
            of_previous: share(steps.last().map_or(reached, |last| last.reached)),
            seconds_since_previous: if place == 0 { None } else { median_wait(&before, &at) },
        });
        before = at;
    }
    Ok(FunnelData { steps, left_out: left_out as u64 })
}

fn matches_word(value: &Value, word: &str) -> bool {
    match value {
        Value::Text(text) => text == word,
        other => other.to_string() == word,
    }
}

/// Who walks through the funnel: a user, or a user with one product. Each row's walker and each walker's user.
fn walkers(users: &[u32], items: Option<&[u32]>) -> (Vec<u32>, Vec<u32>) {
    let Some(items) = items else {
        let count = users.iter().filter(|u| **u != MISSING).max().map_or(0, |last| last + 1);
        return (users.to_vec(), (0..count).collect());
    };
    let mut known: PlHashMap<(u32, u32), u32> = PlHashMap::default();
    let mut user_of = Vec::new();
    let of_row = users
        .iter()
        .zip(items)
        .map(|(&user, &item)| {
            if user == MISSING || item == MISSING {
                return MISSING;
            }
            *known.entry((user, item)).or_insert_with(|| {
                user_of.push(user);
                (user_of.len() - 1) as u32
            })
        })
        .collect();
    (of_row, user_of)
}

fn median_wait(before: &[i64], at: &[i64]) -> Option<f64> {
    let through = before.iter().zip(at).filter(|(_, at)| **at != NEVER);
    let mut waits: Vec<f64> = through.map(|(before, at)| at.saturating_sub(*before) as f64 / 1000.0).collect();
    (!waits.is_empty()).then(|| quantile(&mut waits, 0.5))
}
