//! A measure over time.

use super::aggregate::aggregate;
use super::groups::{Groups, filtered, millis, steps};
use super::recipe::{Grain, LineRecipe};
use super::result::Label;
use super::{ChartError, calendar};
use crate::base::Monitor;
use crate::stage::data::cell::MISSING;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

/// One step of time; every step from the first to the last row's is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinePoint {
    /// Milliseconds since 1970-01-01 at which it begins.
    pub at: i64,
    pub rows: u64,
    /// One a group. Nothing: a mean or median of nothing.
    pub values: Vec<Option<f64>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineData {
    pub grain: Grain,
    pub groups: Vec<Label>,
    pub points: Vec<LinePoint>,
    /// Rows without a time.
    pub left_out: u64,
}

pub(super) fn line(frame: &DataFrame, recipe: &LineRecipe, monitor: &Monitor) -> Result<LineData, ChartError> {
    let frame = filtered(frame, &recipe.filters, monitor)?;
    let steps = steps(&millis(&frame, &recipe.time)?, recipe.grain)?;
    let groups = Groups::of(&frame, recipe.group.as_ref(), monitor)?;
    let width = groups.len();
    let bucket = |(row, step): (usize, &u32)| match *step {
        MISSING => MISSING,
        step => step * width as u32 + groups.of_row(row) as u32,
    };
    let of_row: Vec<u32> = steps.of_row.iter().enumerate().map(bucket).collect();
    let buckets = aggregate(&frame, &recipe.measure, &of_row, steps.count * width, monitor)?;
    let points = (steps.first..).zip(buckets.chunks(width)).map(|(step, groups)| LinePoint {
        at: calendar::begins(step, recipe.grain),
        rows: groups.iter().map(|bucket| bucket.rows).sum(),
        values: groups.iter().map(|bucket| bucket.value).collect(),
    });
    let left_out = of_row.iter().filter(|bucket| **bucket == MISSING).count() as u64;
    Ok(LineData { grain: recipe.grain, points: points.collect(), groups: groups.labels, left_out })
}
