//! Columns as charts need them: filtered, as numbers, as times, in groups.

use super::recipe::GroupBy;
use super::result::Label;
use super::{ChartError, Grain, calendar};
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, Codes, Condition, MISSING, Value, cells, rows_that};
use polars::prelude::*;

/// The rows that pass; never none.
pub(super) fn filtered(frame: &DataFrame, filters: &[Condition], monitor: &Monitor) -> Result<DataFrame, ChartError> {
    let frame = if filters.is_empty() { frame.clone() } else { frame.filter(&rows_that(frame, filters, monitor)?)? };
    if frame.height() == 0 { Err(ChartError::NoRows) } else { Ok(frame) }
}

/// NaN for cells without a finite number.
pub(super) fn numbers(frame: &DataFrame, column: &str) -> Result<Vec<f64>, ChartError> {
    let cells = cells(frame, column)?;
    let mut numbers = cells.numbers().ok_or_else(|| unfit(column, &cells, "number"))?;
    numbers.iter_mut().filter(|v| v.is_infinite()).for_each(|v| *v = f64::NAN);
    Ok(numbers)
}

pub(super) fn unfit(column: &str, cells: &Cells, needed: &'static str) -> ChartError {
    ChartError::WrongType { column: column.to_owned(), found: cells.column_type(), needed }
}

/// Milliseconds of dates and times.
pub(super) fn millis(frame: &DataFrame, column: &str) -> Result<Vec<Option<i64>>, ChartError> {
    let cells = cells(frame, column)?;
    cells.millis().ok_or_else(|| unfit(column, &cells, "time"))
}

pub(super) fn codes(frame: &DataFrame, column: &str, monitor: &Monitor) -> Result<Codes, ChartError> {
    Ok(Codes::of(&cells(frame, column)?, monitor)?)
}

/// Each row's group, and the groups' names.
pub(super) struct Groups {
    pub labels: Vec<Label>,
    /// Empty: all rows are in the one group.
    of_row: Vec<u8>,
}

impl Groups {
    /// The most frequent values first, then the others, then rows without a value.
    pub fn of(frame: &DataFrame, by: Option<&GroupBy>, monitor: &Monitor) -> Result<Self, ChartError> {
        let Some(by) = by else { return Ok(Self { labels: vec![Label::All], of_row: Vec::new() }) };
        let codes = codes(frame, &by.column, monitor)?;
        let counts = codes.counts();
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&code| (std::cmp::Reverse(counts[code]), code));
        let most = (by.most as usize).clamp(1, 12);
        // One value alone beyond the most frequent ones needs no collective name.
        let named = if order.len() == most + 1 { most + 1 } else { order.len().min(most) };
        let mut labels: Vec<Label> = order[..named].iter().map(|&c| Label::Value(codes.values[c].clone())).collect();
        let mut group_of = vec![labels.len() as u8; counts.len()];
        for (group, &code) in order[..named].iter().enumerate() {
            group_of[code] = group as u8;
        }
        if order.len() > named {
            labels.push(Label::Others);
        }
        let missing = labels.len() as u8;
        if codes.of_row.contains(&MISSING) {
            labels.push(Label::Missing);
        }
        let of_row = codes.of_row.iter().map(|&code| group_of.get(code as usize).copied().unwrap_or(missing)).collect();
        Ok(Self { labels, of_row })
    }

    pub fn of_row(&self, row: usize) -> usize {
        self.of_row.get(row).copied().unwrap_or(0).into()
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// All rows' groups; empty when there is only one.
    pub fn into_rows(self) -> (Vec<Label>, Vec<u8>) {
        (self.labels, self.of_row)
    }
}

/// Each row's step of time from the first one on, and the number of steps. Rows without a time have `MISSING`.
pub(super) struct Steps {
    pub of_row: Vec<u32>,
    pub first: i64,
    pub count: usize,
}

/// More steps than any screen has room for, and enough for two centuries of days.
pub(super) const MOST_STEPS: u64 = 100_000;

pub(super) fn steps(times: &[Option<i64>], grain: Grain) -> Result<Steps, ChartError> {
    let step = |time: &Option<i64>| time.map(|ms| calendar::step(ms, grain));
    let mut ends: Option<(i64, i64)> = None;
    for at in times.iter().filter_map(step) {
        let (first, last) = ends.unwrap_or((at, at));
        ends = Some((first.min(at), last.max(at)));
    }
    let (first, last) = ends.ok_or(ChartError::NoRows)?;
    let steps = last.abs_diff(first).saturating_add(1);
    if steps > MOST_STEPS {
        return Err(ChartError::TooFine { steps, limit: MOST_STEPS });
    }
    let of_row = times.iter().map(|time| step(time).map_or(MISSING, |at| (at - first) as u32)).collect();
    Ok(Steps { of_row, first, count: steps as usize })
}

/// Numbers before texts before the rest, each in its own order.
pub(super) fn value_order(a: &Value, b: &Value) -> std::cmp::Ordering {
    use Value::*;
    match (a, b) {
        (Text(a), Text(b)) => a.cmp(b),
        (Integer(a), Integer(b)) | (Time(a), Time(b)) => a.cmp(b),
        (Decimal(a), Decimal(b)) => a.total_cmp(b),
        (YesNo(a), YesNo(b)) => a.cmp(b),
        (Date(a), Date(b)) => a.cmp(b),
        // One column has one type.
        _ => std::cmp::Ordering::Equal,
    }
}
