//! A measure by hour of the day and day of the week.

use super::aggregate::aggregate;
use super::groups::{filtered, unfit};
use super::recipe::HeatRecipe;
use super::{ChartError, calendar};
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, MISSING, cells};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeatData {
    /// By day of the week from Monday, then by hour from 0.
    pub values: Vec<Vec<Option<f64>>>,
    /// Rows in each cell, in the same order.
    pub rows: Vec<Vec<u64>>,
    /// Rows without a time.
    pub left_out: u64,
}

pub(super) fn heat(frame: &DataFrame, recipe: &HeatRecipe, monitor: &Monitor) -> Result<HeatData, ChartError> {
    let frame = filtered(frame, &recipe.filters, monitor)?;
    let cells = cells(&frame, &recipe.time)?;
    // A date has no hours.
    let Cells::Time(times) = &cells else { return Err(unfit(&recipe.time, &cells, "time of day")) };
    let cell = |ms: i64| (calendar::weekday(ms) * 24 + calendar::hour(ms)) as u32;
    let of_row: Vec<u32> = times.iter().map(|time| time.map_or(MISSING, cell)).collect();
    let buckets = aggregate(&frame, &recipe.measure, &of_row, 7 * 24, monitor)?;
    Ok(HeatData {
        values: buckets.chunks(24).map(|day| day.iter().map(|bucket| bucket.value).collect()).collect(),
        rows: buckets.chunks(24).map(|day| day.iter().map(|bucket| bucket.rows).collect()).collect(),
        left_out: times.null_count() as u64,
    })
}
