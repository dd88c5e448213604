//! Missing cells: their rows dropped, or something put into them.

use super::change::{CellChange, Outcome, keep_rows};
use super::error::Stop;
use super::recipe::Fill;
use super::text::{chosen, smaller};
use super::{StepError, outliers};
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, Codes, LOOK_EVERY, MISSING, Value, cells, series_of};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;

/// True where there is a value.
fn present(cells: &Cells) -> BooleanChunked {
    fn all<T>(cells: impl Iterator<Item = Option<T>>) -> BooleanChunked {
        BooleanChunked::from_iter_values(PlSmallStr::EMPTY, cells.map(|cell| cell.is_some()))
    }
    match cells {
        Cells::Text(c) => all(c.iter()),
        Cells::Integer(c) | Cells::Time(c) => all(c.iter()),
        Cells::Decimal(c) => all(c.iter().map(|v| v.filter(|v| !v.is_nan()))),
        Cells::YesNo(c) => all(c.iter()),
        Cells::Date(c) => all(c.iter()),
    }
}

pub(super) fn drop_rows(frame: &DataFrame, columns: &[String], monitor: &Monitor) -> Result<Outcome, Stop> {
    let mut keep = BooleanChunked::full(PlSmallStr::EMPTY, true, frame.height());
    for (_, cells) in chosen(frame, columns, |_| true)? {
        monitor.check()?;
        keep = keep & present(&cells);
    }
    keep_rows(frame, &keep)
}

pub(super) fn fill(frame: &DataFrame, column: &str, with: &Fill, monitor: &Monitor) -> Result<Outcome, Stop> {
    let cells = cells(frame, column)?;
    let mut outcome = Outcome::unchanged(frame);
    let mut codes = Codes::of(&cells, monitor)?;
    let holes: Vec<usize> =
        codes.of_row.iter().enumerate().filter(|(_, code)| **code == MISSING).map(|(row, _)| row).collect();
    let own = cells.column_type();
    if let Fill::Constant(value) = with
        && series_of(column, own, &[Some(value.clone())]).is_none()
    {
        return Err(StepError::WrongType { column: column.to_owned(), found: own }.into());
    }
    if holes.is_empty() {
        return Ok(outcome);
    }
    let mut values: Vec<Option<Value>> = codes.values.iter().cloned().map(Some).collect();
    if *with == Fill::Previous {
        for i in 1..codes.of_row.len() {
            if codes.of_row[i] == MISSING {
                codes.of_row[i] = codes.of_row[i - 1];
            }
        }
    } else {
        let fill = value_for(with, column, &cells, &codes)?;
        let code = values.len() as u32;
        values.push(Some(fill));
        holes.iter().for_each(|&row| codes.of_row[row] = code);
    }
    let palette = series_of(column, own, &values)
        .ok_or_else(|| StepError::WrongType { column: column.to_owned(), found: own })?;
    for (i, &row) in holes.iter().enumerate() {
        if i % LOOK_EVERY == 0 {
            monitor.check()?;
        }
        let code = codes.of_row[row];
        if code != MISSING {
            outcome.count(false, || CellChange {
                row: row as u64,
                column: column.to_owned(),
                before: None,
                after: values.get(code as usize).cloned().flatten(),
            });
        }
    }
    outcome.replace(codes.paint(&palette).map_err(StepError::from)?)?;
    Ok(outcome)
}

/// In integers, dates and times a mean or median is rounded.
fn value_for(with: &Fill, column: &str, cells: &Cells, codes: &Codes) -> Result<Value, StepError> {
    let none = || StepError::NoValues { column: column.to_owned() };
    let own = cells.column_type();
    match with {
        Fill::Constant(value) => Ok(value.clone()),
        Fill::Mean | Fill::Median => {
            if matches!(own, ColumnType::Text | ColumnType::YesNo) {
                return Err(StepError::WrongType { column: column.to_owned(), found: own });
            }
            let mut numbers = outliers::finite_numbers(cells);
            if numbers.is_empty() {
                return Err(none());
            }
            let number = match with {
                Fill::Mean => outliers::mean(&numbers),
                _ => outliers::quantile(&mut numbers, 0.5),
            };
            Ok(match own {
                ColumnType::Integer => Value::Integer(number.round() as i64),
                ColumnType::Date => Value::Date(number.round() as i32),
                ColumnType::Time => Value::Time(number.round() as i64),
                _ => Value::Decimal(number),
            })
        }
        Fill::Mode | Fill::Previous => {
            let counts = codes.counts();
            let mut best: Option<usize> = None;
            for code in 0..counts.len() {
                let better = best.is_none_or(|b| {
                    counts[code] > counts[b]
                        || (counts[code] == counts[b] && smaller(&codes.values[code], &codes.values[b]))
                });
                if better {
                    best = Some(code);
                }
            }
            best.and_then(|code| codes.values.get(code).cloned()).ok_or_else(none)
        }
    }
}
