//! Columns of another type.

use super::change::Outcome;
use super::error::Stop;
use super::parse::{self, DayOrder};
use super::{StepError, text};
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, Codes, DAY_MS, Value, cells};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;

pub(super) fn fix(
    frame: &DataFrame,
    column: &str,
    to: ColumnType,
    day_first: Option<bool>,
    decimal_comma: bool,
    monitor: &Monitor,
) -> Result<Outcome, Stop> {
    let cells = cells(frame, column)?;
    let mut outcome = Outcome::unchanged(frame);
    let found = cells.column_type();
    if found == to {
        return Ok(outcome);
    }
    let dated = |t| matches!(t, ColumnType::Date | ColumnType::Time);
    let odd = |t| matches!(t, ColumnType::Integer | ColumnType::Decimal | ColumnType::YesNo);
    if (dated(found) && odd(to)) || (dated(to) && found == ColumnType::YesNo) {
        return Err(StepError::WrongType { column: column.to_owned(), found }.into());
    }
    let order = match day_first {
        Some(true) => DayOrder::DayFirst,
        Some(false) => DayOrder::MonthFirst,
        None if dated(to) && found == ColumnType::Text => order_in(column, &cells, monitor)?,
        None => DayOrder::MonthFirst,
    };
    let change = |value: &Value| convert(value, to, order, decimal_comma);
    text::change_values(&mut outcome, (column, &cells), to, change, monitor)?;
    Ok(outcome)
}

/// The order that most of the values which can only be read one way have.
fn order_in(column: &str, cells: &Cells, monitor: &Monitor) -> Result<DayOrder, Stop> {
    let (mut day, mut month, mut either) = (0, 0, None);
    let codes = Codes::of(cells, monitor)?;
    for value in &codes.values {
        let Value::Text(text) = value else { continue };
        match parse::day_order(text) {
            Some(Some(DayOrder::DayFirst)) => day += 1,
            Some(Some(DayOrder::MonthFirst)) => month += 1,
            Some(None) => either = either.or(Some(text)),
            None => {}
        }
    }
    match either {
        Some(example) if day == month => {
            Err(StepError::AmbiguousDates { column: column.to_owned(), example: example.clone() }.into())
        }
        _ if day > month => Ok(DayOrder::DayFirst),
        _ => Ok(DayOrder::MonthFirst),
    }
}

/// Nothing where the value cannot be read as the type.
fn convert(value: &Value, to: ColumnType, order: DayOrder, decimal_comma: bool) -> Option<Value> {
    match to {
        ColumnType::Text => Some(Value::Text(value.to_string())),
        ColumnType::Integer => match value {
            Value::Text(text) => parse::integer(text, decimal_comma).map(Value::Integer),
            Value::Decimal(v) => {
                // Beyond 2^53 a float no longer says which whole number it was.
                (v.abs() <= 2f64.powi(53)).then(|| Value::Integer(v.round() as i64))
            }
            Value::YesNo(v) => Some(Value::Integer((*v).into())),
            _ => None,
        },
        ColumnType::Decimal => match value {
            Value::Text(text) => parse::number(text, decimal_comma).map(Value::Decimal),
            other => other.number().map(Value::Decimal),
        },
        ColumnType::YesNo => match value {
            Value::Text(text) => parse::yes_no(text).map(Value::YesNo),
            other => match other.number() {
                Some(0.0) => Some(Value::YesNo(false)),
                Some(1.0) => Some(Value::YesNo(true)),
                _ => None,
            },
        },
        ColumnType::Time => millis(value, order).map(Value::Time),
        ColumnType::Date => {
            let days = millis(value, order)?.div_euclid(DAY_MS);
            i32::try_from(days).ok().map(Value::Date)
        }
    }
}

fn millis(value: &Value, order: DayOrder) -> Option<i64> {
    match value {
        Value::Text(text) => parse::time(text, order),
        Value::Integer(v) => parse::time(&v.to_string(), order),
        Value::Decimal(v) if v.fract() == 0.0 && v.abs() < 1e15 => parse::time(&(*v as i64).to_string(), order),
        other => other.millis(),
    }
}
