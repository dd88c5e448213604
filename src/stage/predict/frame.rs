//! A table read for learning: every column as numbers, yes/no, categories or times.

use std::collections::HashMap;

use polars::prelude::{Column as PolarsColumn, DataFrame, DataType, TimeUnit};
use serde::{Deserialize, Serialize};

use super::error::{PredictError, Result};

/// The code of a missing category.
pub const NO_LEVEL: u32 = u32::MAX;
/// A missing time.
pub const NO_TIME: i64 = i64::MIN;

#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub rows: usize,
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub values: Values,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// NaN is missing; infinities stand as they came.
    Number(Vec<f64>),
    /// 1 yes, 0 no, NaN missing.
    YesNo(Vec<f64>),
    /// `codes` point into the sorted `levels`; [`NO_LEVEL`] is missing.
    Category { levels: Vec<String>, codes: Vec<u32> },
    /// Microseconds since 1970-01-01 UTC; [`NO_TIME`] is missing.
    Time(Vec<i64>),
    /// A type that no model reads.
    Unsupported { dtype: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Number,
    YesNo,
    Category,
    Time,
    Unsupported,
}

impl Values {
    pub fn kind(&self) -> ColumnKind {
        match self {
            Self::Number(_) => ColumnKind::Number,
            Self::YesNo(_) => ColumnKind::YesNo,
            Self::Category { .. } => ColumnKind::Category,
            Self::Time(_) => ColumnKind::Time,
            Self::Unsupported { .. } => ColumnKind::Unsupported,
        }
    }

    /// Categories from texts; blank texts are missing, levels are sorted.
    pub fn categories<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut seen: HashMap<&'a str, u32> = HashMap::new();
        let mut order: Vec<&'a str> = Vec::new();
        let codes: Vec<u32> = texts
            .map(|text| match text.map(str::trim) {
                None | Some("") => NO_LEVEL,
                Some(text) => *seen.entry(text).or_insert_with(|| {
                    order.push(text);
                    order.len() as u32 - 1
                }),
            })
            .collect();
        let mut sorted: Vec<u32> = (0..order.len() as u32).collect();
        sorted.sort_by_key(|&i| order[i as usize]);
        let mut place = vec![0; order.len()];
        for (new, &old) in sorted.iter().enumerate() {
            place[old as usize] = new as u32;
        }
        let levels = sorted.iter().map(|&i| order[i as usize].to_owned()).collect();
        let codes = codes.into_iter().map(|c| if c == NO_LEVEL { c } else { place[c as usize] }).collect();
        Self::Category { levels, codes }
    }

    /// Categories as yes/no, when their levels are words for it ("TRUE"/"FALSE", "yes"/"no", "是"/"否").
    fn or_yes_no(self) -> Self {
        let Self::Category { levels, codes } = &self else { return self };
        let meaning: Option<Vec<f64>> = levels.iter().map(|level| yes_no_word(level)).collect();
        match meaning {
            Some(meaning) if !meaning.is_empty() => {
                Self::YesNo(codes.iter().map(|&c| meaning.get(c as usize).copied().unwrap_or(f64::NAN)).collect())
            }
            _ => self,
        }
    }

    /// Numbers as categories, each named as it is written; others stay as they are.
    pub fn as_category(&self) -> Self {
        match self {
            Self::Number(values) => {
                let texts: Vec<Option<String>> = values.iter().map(|v| v.is_finite().then(|| v.to_string())).collect();
                Self::categories(texts.iter().map(Option::as_deref))
            }
            other => other.clone(),
        }
    }
}

/// 1 for a word that says yes, 0 for one that says no.
pub(super) fn yes_no_word(text: &str) -> Option<f64> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" | "t" | "是" => Some(1.0),
        "false" | "no" | "n" | "f" | "否" => Some(0.0),
        _ => None,
    }
}

impl Frame {
    /// Checks that columns are of one length and named once.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let rows = columns.iter().find_map(|c| c.len()).unwrap_or(0);
        for (i, column) in columns.iter().enumerate() {
            if column.len().is_some_and(|n| n != rows) {
                let message = format!("column {:?} is not {rows} rows long", column.name);
                return Err(PredictError::Table { message });
            }
            if columns[..i].iter().any(|c| c.name == column.name) {
                return Err(PredictError::TwoColumns { column: column.name.clone() });
            }
        }
        Ok(Self { rows, columns })
    }

    pub fn from_polars(table: &DataFrame) -> Result<Self> {
        let columns = table.columns().iter().map(column_from_polars).collect::<Result<Vec<_>>>()?;
        let mut frame = Self::new(columns)?;
        frame.rows = table.height();
        Ok(frame)
    }

    pub fn column(&self, name: &str) -> Result<&Column> {
        self.find(name).ok_or_else(|| PredictError::NoColumn { column: name.into() })
    }

    pub fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The given rows, in the given order.
    pub fn take_rows(&self, rows: &[u32]) -> Self {
        let columns = self.columns.iter().map(|c| c.take_rows(rows)).collect();
        Self { rows: rows.len(), columns }
    }
}

impl Column {
    pub fn number(name: &str, values: Vec<f64>) -> Self {
        Self { name: name.into(), values: Values::Number(values) }
    }

    pub fn yes_no(name: &str, values: impl IntoIterator<Item = bool>) -> Self {
        Self { name: name.into(), values: Values::YesNo(values.into_iter().map(f64::from).collect()) }
    }

    pub fn text<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Self {
        Self { name: name.into(), values: Values::categories(values.map(Some)).or_yes_no() }
    }

    fn len(&self) -> Option<usize> {
        match &self.values {
            Values::Number(v) | Values::YesNo(v) => Some(v.len()),
            Values::Category { codes, .. } => Some(codes.len()),
            Values::Time(v) => Some(v.len()),
            Values::Unsupported { .. } => None,
        }
    }

    pub fn take_rows(&self, rows: &[u32]) -> Self {
        let at = |i: &u32| *i as usize;
        let values = match &self.values {
            Values::Number(v) => Values::Number(rows.iter().map(|i| v[at(i)]).collect()),
            Values::YesNo(v) => Values::YesNo(rows.iter().map(|i| v[at(i)]).collect()),
            Values::Category { levels, codes } => {
                Values::Category { levels: levels.clone(), codes: rows.iter().map(|i| codes[at(i)]).collect() }
            }
            Values::Time(v) => Values::Time(rows.iter().map(|i| v[at(i)]).collect()),
            Values::Unsupported { dtype } => Values::Unsupported { dtype: dtype.clone() },
        };
        Self { name: self.name.clone(), values }
    }
}

fn column_from_polars(column: &PolarsColumn) -> Result<Column> {
    let dtype = column.dtype();
    let numbers = |column: &PolarsColumn| -> Result<Vec<f64>> {
        let cast = column.cast(&DataType::Float64)?;
        Ok(cast.f64()?.iter().map(|v| v.unwrap_or(f64::NAN)).collect())
    };
    let values = match dtype {
        DataType::Boolean => Values::YesNo(column.bool()?.iter().map(|v| v.map_or(f64::NAN, f64::from)).collect()),
        DataType::String => Values::categories(column.str()?.iter()).or_yes_no(),
        DataType::Date | DataType::Datetime(..) => {
            let stamped = column.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
            let micros = stamped.cast(&DataType::Int64)?;
            Values::Time(micros.i64()?.iter().map(|v| v.unwrap_or(NO_TIME)).collect())
        }
        DataType::Duration(unit) => {
            let ticks = match unit {
                TimeUnit::Nanoseconds => 1e9,
                TimeUnit::Microseconds => 1e6,
                TimeUnit::Milliseconds => 1e3,
            };
            let counted = numbers(&column.cast(&DataType::Int64)?)?;
            Values::Number(counted.into_iter().map(|v| v / ticks).collect())
        }
        DataType::Null => Values::Number(vec![f64::NAN; column.len()]),
        dtype if dtype.is_primitive_numeric() => Values::Number(numbers(column)?),
        other => Values::Unsupported { dtype: other.to_string() },
    };
    Ok(Column { name: column.name().to_string(), values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{IntoColumn, NamedFrom, Series};

    #[test]
    fn polars_columns_become_typed_columns() {
        let day = Series::new("day".into(), [0i32, 1, 2]).cast(&DataType::Date).expect("days");
        let table = DataFrame::new(
            3,
            vec![
                Series::new("n".into(), [Some(1i64), None, Some(3)]).into_column(),
                Series::new("city".into(), [Some("Xi'an"), Some(" "), Some("Bath")]).into_column(),
                Series::new("again".into(), ["TRUE", "FALSE", "TRUE"]).into_column(),
                Series::new("flag".into(), [Some(true), None, Some(false)]).into_column(),
                day.into_column(),
            ],
        )
        .expect("a table");
        let frame = Frame::from_polars(&table).expect("reads");
        assert_eq!(frame.rows, 3);
        let Values::Number(n) = &frame.columns[0].values else { panic!("number") };
        assert!(n[0] == 1.0 && n[1].is_nan() && n[2] == 3.0);
        let city = Values::Category { levels: vec!["Bath".into(), "Xi'an".into()], codes: vec![1, NO_LEVEL, 0] };
        assert_eq!(frame.columns[1].values, city);
        assert_eq!(frame.columns[2].values, Values::YesNo(vec![1.0, 0.0, 1.0]));
        let Values::YesNo(flag) = &frame.columns[3].values else { panic!("yes/no") };
        assert!(flag[0] == 1.0 && flag[1].is_nan() && flag[2] == 0.0);
        assert_eq!(frame.columns[4].values, Values::Time(vec![0, 86_400_000_000, 172_800_000_000]));
    }

    #[test]
    fn columns_of_different_length_or_the_same_name_are_refused() {
        let short = Frame::new(vec![Column::number("a", vec![1.0]), Column::number("b", vec![])]);
        assert!(matches!(short, Err(PredictError::Table { .. })));
        let twice = Frame::new(vec![Column::number("a", vec![1.0]), Column::number("a", vec![2.0])]);
        assert_eq!(twice, Err(PredictError::TwoColumns { column: "a".into() }));
    }
}
