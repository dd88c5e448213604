//! Typed conditions on rows, for cleaning and for the filters of charts.

use super::{Cells, Value, WrongColumn, cells};
use crate::base::{Cancelled, Monitor};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::HashSet;

/// What a cell is asked. A missing cell (and NaN) passes only `Missing` and `IsNot`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// One of these.
    Is(Vec<Value>),
    /// None of these.
    IsNot(Vec<Value>),
    Above(Value),
    AtLeast(Value),
    Below(Value),
    AtMost(Value),
    /// From `from` to `to`, both included.
    Between {
        from: Value,
        to: Value,
    },
    /// Text that has these characters in it, in any case.
    Holds(String),
    Missing,
    Present,
}

/// A test of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub column: String,
    pub test: Test,
}

impl Condition {
    pub fn new(column: impl Into<String>, test: Test) -> Self {
        Self { column: column.into(), test }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConditionError {
    #[error(transparent)]
    Column(#[from] WrongColumn),
    /// `column` holds `found`, which cannot be asked this.
    #[error("{column}: a test that does not fit {}", .found.key())]
    Unfit { column: String, found: ColumnType },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// True for the rows of `frame` that pass every condition.
pub fn rows_that(
    frame: &DataFrame,
    conditions: &[Condition],
    monitor: &Monitor,
) -> Result<BooleanChunked, ConditionError> {
    let mut all = BooleanChunked::full("mask".into(), true, frame.height());
    for condition in conditions {
        monitor.check()?;
        let cells = cells(frame, &condition.column)?;
        let one = ask(&cells, &condition.test)
            .ok_or_else(|| ConditionError::Unfit { column: condition.column.clone(), found: cells.column_type() })?;
        all = all & one;
    }
    Ok(all)
}

/// Nothing when the test does not fit the type.
fn ask(cells: &Cells, test: &Test) -> Option<BooleanChunked> {
    match cells {
        Cells::Text(c) => {
            let pass = text_test(test)?;
            Some(mask(c.iter(), test, pass))
        }
        Cells::Integer(c) => {
            let pass = ordered_test(test, ValueKind::Number, |v: &i64| Some(*v), |v, bound| integer_order(*v, bound))?;
            Some(mask(c.iter(), test, pass))
        }
        Cells::Decimal(c) => {
            let key = |v: &f64| Some(v.to_bits());
            let pass = ordered_test(test, ValueKind::Number, key, |v, bound| v.partial_cmp(&bound.number()?))?;
            Some(mask(c.iter().map(|v| v.filter(|v| !v.is_nan()).map(|v| v + 0.0)), test, pass))
        }
        Cells::YesNo(c) => {
            let pass = ordered_test(test, ValueKind::YesNo, |v: &bool| Some(*v), |_, _| None)?;
            Some(mask(c.iter(), test, pass))
        }
        Cells::Date(c) => {
            let millis = |v: &i64| Some(*v);
            let pass = ordered_test(test, ValueKind::Moment, millis, |v, bound| Some(v.cmp(&bound.millis()?)))?;
            Some(mask(c.iter().map(|v| v.map(|days| i64::from(days) * super::value::DAY_MS)), test, pass))
        }
        Cells::Time(c) => {
            let millis = |v: &i64| Some(*v);
            let pass = ordered_test(test, ValueKind::Moment, millis, |v, bound| Some(v.cmp(&bound.millis()?)))?;
            Some(mask(c.iter(), test, pass))
        }
    }
}

type Pass<'a, T> = Box<dyn Fn(&T) -> bool + 'a>;

fn mask<T>(values: impl Iterator<Item = Option<T>>, test: &Test, pass: Pass<'_, T>) -> BooleanChunked {
    let when_missing = matches!(test, Test::Missing | Test::IsNot(_));
    let passes = values.map(|v| v.map_or(when_missing, |v| pass(&v)));
    BooleanChunked::from_iter_values("mask".into(), passes)
}

fn text_test<'a>(test: &'a Test) -> Option<Pass<'a, &'a str>> {
    let words = |values: &'a [Value]| -> Option<HashSet<&'a str>> {
        values
            .iter()
            .map(|v| match v {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    };
    Some(match test {
        Test::Is(values) => {
            let words = words(values)?;
            Box::new(move |v| words.contains(v))
        }
        Test::IsNot(values) => {
            let words = words(values)?;
            Box::new(move |v| !words.contains(v))
        }
        Test::Holds(part) => {
            let part = part.to_lowercase();
            Box::new(move |v| v.to_lowercase().contains(&part))
        }
        Test::Missing => Box::new(|_| false),
        Test::Present => Box::new(|_| true),
        Test::Above(_) | Test::AtLeast(_) | Test::Below(_) | Test::AtMost(_) | Test::Between { .. } => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum ValueKind {
    Number,
    Moment,
    YesNo,
}

fn kind_of(value: &Value) -> Option<ValueKind> {
    match value {
        Value::Integer(_) => Some(ValueKind::Number),
        Value::Decimal(v) => (!v.is_nan()).then_some(ValueKind::Number),
        Value::YesNo(_) => Some(ValueKind::YesNo),
        Value::Date(_) | Value::Time(_) => Some(ValueKind::Moment),
        Value::Text(_) => None,
    }
}

/// Tests of anything with an order. `key` makes cells comparable by equality, `order` compares one with a bound.
fn ordered_test<'a, T, K: std::hash::Hash + Eq + 'a>(
    test: &'a Test,
    kind: ValueKind,
    key: impl Fn(&T) -> Option<K> + 'a,
    order: impl Fn(&T, &Value) -> Option<Ordering> + 'a,
) -> Option<Pass<'a, T>>
where
    T: FromValue + 'a,
{
    let fits = |value: &Value| kind_of(value) == Some(kind);
    let bound = |value: &Value| fits(value) && kind != ValueKind::YesNo;
    let set = |values: &[Value]| -> Option<HashSet<K>> {
        values.iter().all(fits).then(|| values.iter().filter_map(T::from_value).filter_map(|v| key(&v)).collect())
    };
    Some(match test {
        Test::Is(values) => {
            let set = set(values)?;
            Box::new(move |v| key(v).is_some_and(|k| set.contains(&k)))
        }
        Test::IsNot(values) => {
            let set = set(values)?;
            Box::new(move |v| key(v).is_none_or(|k| !set.contains(&k)))
        }
        Test::Above(b) if bound(b) => Box::new(move |v| order(v, b) == Some(Ordering::Greater)),
        Test::AtLeast(b) if bound(b) => Box::new(move |v| order(v, b).is_some_and(Ordering::is_ge)),
        Test::Below(b) if bound(b) => Box::new(move |v| order(v, b) == Some(Ordering::Less)),
        Test::AtMost(b) if bound(b) => Box::new(move |v| order(v, b).is_some_and(Ordering::is_le)),
        Test::Between { from, to } if bound(from) && bound(to) => {
            Box::new(move |v| order(v, from).is_some_and(Ordering::is_ge) && order(v, to).is_some_and(Ordering::is_le))
        }
        Test::Missing => Box::new(|_| false),
        Test::Present => Box::new(|_| true),
        _ => return None,
    })
}

/// A cell of this machine type that equals the value, if there can be one.
trait FromValue: Sized {
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(v) => Some(*v),
            Value::Decimal(v) => whole(*v),
            _ => value.millis(),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Option<Self> {
        // -0.0 and 0.0 are one number.
        match value {
            Value::Decimal(v) => Some(v + 0.0),
            _ => value.number(),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::YesNo(v) => Some(*v),
            _ => None,
        }
    }
}

/// The integer that a float is, if it is one.
fn whole(v: f64) -> Option<i64> {
    // 2^63 itself is not an i64.
    (v.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(63)).contains(&v)).then_some(v as i64)
}

/// Exact also where the integer has more digits than a float holds.
fn integer_order(v: i64, bound: &Value) -> Option<Ordering> {
    match bound {
        Value::Integer(b) => Some(v.cmp(b)),
        Value::Decimal(b) if *b >= 2f64.powi(63) => Some(Ordering::Less),
        Value::Decimal(b) if *b < -(2f64.powi(63)) => Some(Ordering::Greater),
        // Between whole numbers: above the lower one means above the bound.
        Value::Decimal(b) => {
            let floor = b.floor();
            Some(v.cmp(&whole(floor)?).then(if *b > floor { Ordering::Less } else { Ordering::Equal }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
