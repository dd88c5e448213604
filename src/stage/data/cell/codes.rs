//! Distinct values numbered in the order in which they first come.

use super::{Cells, Value};
use crate::base::{Cancelled, Monitor};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;
use std::hash::Hash;

/// The code of a missing cell.
pub(crate) const MISSING: u32 = u32::MAX;

/// Each row's code, and each code's value. NaN counts as missing, -0 as 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Codes {
    pub of_row: Vec<u32>,
    pub values: Vec<Value>,
}

impl Codes {
    pub fn of(cells: &Cells, monitor: &Monitor) -> Result<Self, Cancelled> {
        match cells {
            Cells::Text(c) => numbered(c.iter(), |v: &str| v, |v| Value::Text(v.to_owned()), monitor),
            Cells::Integer(c) => numbered(c.iter(), |v| v, Value::Integer, monitor),
            Cells::Decimal(c) => {
                let values = c.iter().map(|v| v.filter(|v| !v.is_nan()).map(|v| v + 0.0));
                numbered(values, f64::to_bits, Value::Decimal, monitor)
            }
            Cells::YesNo(c) => numbered(c.iter(), |v| v, Value::YesNo, monitor),
            Cells::Date(c) => numbered(c.iter(), |v| v, Value::Date, monitor),
            Cells::Time(c) => numbered(c.iter(), |v| v, Value::Time, monitor),
        }
    }

    /// Rows a code.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.values.len()];
        for &code in &self.of_row {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// Row by row the value that `palette` has for the row's code.
    pub fn paint(&self, palette: &Series) -> PolarsResult<Series> {
        let codes = self.of_row.iter().map(|&code| (code != MISSING).then_some(code as IdxSize));
        palette.take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, codes))
    }
}

/// How many rows pass between two looks at the monitor.
pub(crate) const LOOK_EVERY: usize = 1 << 16;

fn numbered<T: Copy, K: Hash + Eq>(
    cells: impl Iterator<Item = Option<T>>,
    key: impl Fn(T) -> K,
    value: impl Fn(T) -> Value,
    monitor: &Monitor,
) -> Result<Codes, Cancelled> {
    let mut codes = Codes { of_row: Vec::with_capacity(cells.size_hint().0), values: Vec::new() };
    let mut known: PlHashMap<K, u32> = PlHashMap::default();
    for (row, cell) in cells.enumerate() {
        if row % LOOK_EVERY == 0 {
            monitor.check()?;
        }
        let code = cell.map_or(MISSING, |cell| {
            *known.entry(key(cell)).or_insert_with(|| {
                codes.values.push(value(cell));
                (codes.values.len() - 1) as u32
            })
        });
        codes.of_row.push(code);
    }
    Ok(codes)
}

/// A column of the type; an integer will do for a decimal and a date for a time.
/// Nothing when another value doesn't fit.
pub(crate) fn series_of(name: &str, column_type: ColumnType, values: &[Option<Value>]) -> Option<Series> {
    fn all<T>(values: &[Option<Value>], pick: impl Fn(&Value) -> Option<T>) -> Option<Vec<Option<T>>> {
        values.iter().map(|v| v.as_ref().map_or(Some(None), |v| pick(v).map(Some))).collect()
    }
    let name = PlSmallStr::from_str(name);
    Some(match column_type {
        ColumnType::Text => {
            let texts: Option<Vec<Option<&str>>> = values
                .iter()
                .map(|v| match v {
                    None => Some(None),
                    Some(Value::Text(text)) => Some(Some(text.as_str())),
                    Some(_) => None,
                })
                .collect();
            Series::new(name, texts?)
        }
        ColumnType::Integer => {
            Series::new(name, all(values, |v| if let Value::Integer(v) = v { Some(*v) } else { None })?)
        }
        ColumnType::Decimal => Series::new(
            name,
            all(values, |v| match v {
                Value::Integer(v) => Some(*v as f64),
                Value::Decimal(v) => Some(*v),
                _ => None,
            })?,
        ),
        ColumnType::YesNo => Series::new(name, all(values, |v| if let Value::YesNo(v) = v { Some(*v) } else { None })?),
        ColumnType::Date => {
            let days = all(values, |v| if let Value::Date(v) = v { Some(*v) } else { None })?;
            Series::new(name, days).cast(&DataType::Date).ok()?
        }
        ColumnType::Time => {
            let millis = Series::new(name, all(values, Value::millis)?);
            millis.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).ok()?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_by_first_appearance_and_paint_back() {
        let column: Column = Series::new("c".into(), [Some("b"), None, Some("a"), Some("b")]).into();
        let codes = Codes::of(&Cells::of(&column).unwrap(), &Monitor::quiet()).unwrap();
        assert_eq!(codes.of_row, [0, MISSING, 1, 0]);
        assert_eq!(codes.counts(), [2, 1]);
        let palette = series_of("c", ColumnType::Text, &[None, Some(Value::Text("x".into()))]).unwrap();
        let painted = codes.paint(&palette).unwrap();
        assert_eq!(painted.str().unwrap().iter().collect::<Vec<_>>(), [None, None, Some("x"), None]);
    }

    #[test]
    fn nan_is_missing_and_the_zeros_are_one() {
        let column: Column = Series::new("c".into(), [0.0, -0.0, f64::NAN, f64::INFINITY]).into();
        let codes = Codes::of(&Cells::of(&column).unwrap(), &Monitor::quiet()).unwrap();
        assert_eq!(codes.of_row, [0, 0, MISSING, 1]);
    }

    #[test]
    fn a_series_takes_only_values_that_fit() {
        use Value::{Date, Integer, Text, Time};
        assert!(series_of("x", ColumnType::Integer, &[Some(Text("1".into()))]).is_none());
        let wide = series_of("x", ColumnType::Decimal, &[Some(Integer(2)), None]).unwrap();
        assert_eq!(wide.f64().unwrap().get(0), Some(2.0));
        let times = series_of("x", ColumnType::Time, &[Some(Date(1)), Some(Time(5))]).unwrap();
        assert_eq!(times.datetime().unwrap().physical().get(0), Some(super::super::DAY_MS));
    }
}
