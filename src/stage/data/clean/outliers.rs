//! Numbers beyond a fence: clipped to it, or their rows dropped.

use super::StepError;
use super::change::{CellChange, Outcome, keep_rows};
use super::error::Stop;
use super::recipe::Fence;
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, LOOK_EVERY, Value, cells};
use polars::prelude::*;

/// The finite numbers of a column; dates as days, times as milliseconds.
pub(super) fn finite_numbers(cells: &Cells) -> Vec<f64> {
    match cells {
        Cells::Integer(c) | Cells::Time(c) => c.iter().flatten().map(|v| v as f64).collect(),
        Cells::Decimal(c) => c.iter().flatten().filter(|v| v.is_finite()).collect(),
        Cells::Date(c) => c.iter().flatten().map(f64::from).collect(),
        Cells::Text(_) | Cells::YesNo(_) => Vec::new(),
    }
}

/// Of at least one number. Around the first value, so that large numbers close together keep their digits.
pub(super) fn mean(numbers: &[f64]) -> f64 {
    let Some(&origin) = numbers.first() else { return f64::NAN };
    // Divided before summing: numbers near the largest float must not overflow.
    let n = numbers.len() as f64;
    let scaled = numbers.iter().any(|v| v.abs() > 1e150);
    let offset: f64 = if scaled {
        numbers.iter().map(|v| v / n - origin / n).sum()
    } else {
        numbers.iter().map(|v| v - origin).sum::<f64>() / n
    };
    origin + offset
}

/// Of a sample (n - 1); 0 for a single number.
pub(super) fn deviation(numbers: &[f64], mean: f64) -> f64 {
    if numbers.len() < 2 {
        return 0.0;
    }
    let largest = numbers.iter().map(|v| (v - mean).abs()).fold(0.0, f64::max);
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let squares: f64 = numbers.iter().map(|v| ((v - mean) / largest).powi(2)).sum();
    largest * (squares / (numbers.len() - 1) as f64).sqrt()
}

/// Hyndman and Fan's type 7, as in R, NumPy and Excel: linear between the two nearest of the sorted numbers.
/// Of at least one number; reorders them.
pub(crate) fn quantile(numbers: &mut [f64], q: f64) -> f64 {
    let Some(last) = numbers.len().checked_sub(1) else { return f64::NAN };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let (low, share) = (place.floor() as usize, place.fract());
    let (_, low_value, above) = numbers.select_nth_unstable_by(low.min(last), f64::total_cmp);
    let low_value = *low_value;
    if share == 0.0 || above.is_empty() {
        return low_value;
    }
    let high_value = above.iter().copied().fold(f64::INFINITY, f64::min);
    low_value * (1.0 - share) + high_value * share
}

/// The least and the greatest number inside the fence.
fn bounds(column: &str, cells: &Cells, fence: &Fence) -> Result<(f64, f64), StepError> {
    if !matches!(cells, Cells::Integer(_) | Cells::Decimal(_)) {
        return Err(StepError::WrongType { column: column.to_owned(), found: cells.column_type() });
    }
    let mut numbers = finite_numbers(cells);
    if numbers.is_empty() {
        return Err(StepError::NoValues { column: column.to_owned() });
    }
    Ok(match *fence {
        Fence::Iqr { times } => {
            let (q1, q3) = (quantile(&mut numbers, 0.25), quantile(&mut numbers, 0.75));
            (q1 - times * (q3 - q1), q3 + times * (q3 - q1))
        }
        Fence::Quantile { low, high } => (quantile(&mut numbers, low), quantile(&mut numbers, high)),
        Fence::ZScore { limit } => {
            let mean = mean(&numbers);
            let deviation = deviation(&numbers, mean);
            (mean - limit * deviation, mean + limit * deviation)
        }
    })
}

/// In a column of integers the fence is moved inwards to a whole number.
pub(super) fn clip(frame: &DataFrame, column: &str, fence: &Fence, monitor: &Monitor) -> Result<Outcome, Stop> {
    let cells = cells(frame, column)?;
    let (low, high) = bounds(column, &cells, fence)?;
    let mut outcome = Outcome::unchanged(frame);
    let mut note = |row: usize, before: Value, after: Value| {
        outcome.count(false, || CellChange {
            row: row as u64,
            column: column.to_owned(),
            before: Some(before),
            after: Some(after),
        });
    };
    let series = match &cells {
        Cells::Integer(c) => {
            // Where no whole number lies between the two, both become the nearest one.
            let (low, high) =
                if low.ceil() <= high.floor() { (low.ceil(), high.floor()) } else { (low.round(), low.round()) };
            let (low, high) = (low as i64, high as i64);
            let mut clipped = Vec::with_capacity(c.len());
            for (row, cell) in c.iter().enumerate() {
                look(row, monitor)?;
                clipped.push(cell.map(|v| {
                    let after = v.clamp(low, high);
                    if after != v {
                        note(row, Value::Integer(v), Value::Integer(after));
                    }
                    after
                }));
            }
            Series::new(column.into(), clipped)
        }
        Cells::Decimal(c) => {
            let mut clipped = Vec::with_capacity(c.len());
            for (row, cell) in c.iter().enumerate() {
                look(row, monitor)?;
                clipped.push(cell.map(|v| {
                    let after = if v.is_nan() { v } else { v.max(low).min(high) };
                    if after != v && !v.is_nan() {
                        note(row, Value::Decimal(v), Value::Decimal(after));
                    }
                    after
                }));
            }
            Series::new(column.into(), clipped)
        }
        _ => return Ok(outcome),
    };
    outcome.replace(series)?;
    Ok(outcome)
}

fn look(row: usize, monitor: &Monitor) -> Result<(), crate::base::Cancelled> {
    if row.is_multiple_of(LOOK_EVERY) { monitor.check() } else { Ok(()) }
}

/// Rows without a number stay: a missing cell is no outlier.
pub(super) fn drop_rows(frame: &DataFrame, column: &str, fence: &Fence, monitor: &Monitor) -> Result<Outcome, Stop> {
    let cells = cells(frame, column)?;
    let (low, high) = bounds(column, &cells, fence)?;
    monitor.check()?;
    let inside = |v: f64| v.is_nan() || (low..=high).contains(&v);
    let keep = cells.numbers().unwrap_or_default().into_iter().map(inside);
    keep_rows(frame, &BooleanChunked::from_iter_values(PlSmallStr::EMPTY, keep))
}
