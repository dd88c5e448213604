//! Numbers on a common scale.

use super::StepError;
use super::change::{CellChange, Outcome};
use super::error::Stop;
use super::outliers::{deviation, finite_numbers, mean};
use super::text::chosen;
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, LOOK_EVERY, Value};
use polars::prelude::*;

pub(super) fn standardise(frame: &DataFrame, columns: &[String], monitor: &Monitor) -> Result<Outcome, Stop> {
    rescale(frame, columns, monitor, |numbers| {
        let mean = mean(numbers);
        (mean, deviation(numbers, mean))
    })
}

pub(super) fn min_max(frame: &DataFrame, columns: &[String], monitor: &Monitor) -> Result<Outcome, Stop> {
    rescale(frame, columns, monitor, |numbers| {
        let (least, greatest) =
            numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, g), v| (l.min(*v), g.max(*v)));
        (least, greatest - least)
    })
}

/// (value - origin) / unit, in decimals; missing and infinite cells become missing or stay missing.
fn rescale(
    frame: &DataFrame,
    columns: &[String],
    monitor: &Monitor,
    origin_and_unit: impl Fn(&[f64]) -> (f64, f64),
) -> Result<Outcome, Stop> {
    let mut outcome = Outcome::unchanged(frame);
    for (name, cells) in chosen(frame, columns, |c| matches!(c, Cells::Integer(_) | Cells::Decimal(_)))? {
        monitor.check()?;
        let numbers = finite_numbers(&cells);
        if numbers.is_empty() {
            if columns.is_empty() {
                continue;
            }
            return Err(StepError::NoValues { column: name }.into());
        }
        let (origin, unit) = origin_and_unit(&numbers);
        let scaled = |v: f64| match (v - origin) / unit {
            _ if !(unit > 0.0 && unit.is_finite()) => 0.0,
            number if number.is_finite() => number,
            // The difference alone was beyond the largest float.
            _ => v / unit - origin / unit,
        };
        let mut after = Vec::with_capacity(cells.len());
        for (row, v) in cells.numbers().unwrap_or_default().into_iter().enumerate() {
            if row % LOOK_EVERY == 0 {
                monitor.check()?;
            }
            let new = v.is_finite().then(|| scaled(v));
            after.push(new);
            if !v.is_nan() && new != Some(v) {
                outcome.count(new.is_none(), || CellChange {
                    row: row as u64,
                    column: name.clone(),
                    before: cells.get(row),
                    after: new.map(Value::Decimal),
                });
            }
        }
        outcome.replace(Series::new(name.as_str().into(), after))?;
    }
    Ok(outcome)
}
