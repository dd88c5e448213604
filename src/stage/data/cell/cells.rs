//! A column as one of the six types.

use super::Value;
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;

/// The cells of a column. Narrower numbers are widened, other time units become milliseconds.
#[derive(Debug, Clone)]
pub enum Cells {
    Text(StringChunked),
    Integer(Int64Chunked),
    Decimal(Float64Chunked),
    YesNo(BooleanChunked),
    /// Days since 1970-01-01.
    Date(Int32Chunked),
    /// Milliseconds since 1970-01-01 00:00.
    Time(Int64Chunked),
}

/// A column that cannot be used as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongColumn {
    #[error("no column named {0}")]
    Missing(String),
    /// A type that tables of this program do not have, such as a list.
    #[error("{column}: cells of type {found}")]
    Foreign { column: String, found: String },
}

/// The cells of `name` in `frame`.
pub fn cells(frame: &DataFrame, name: &str) -> Result<Cells, WrongColumn> {
    let column = frame.column(name).map_err(|_| WrongColumn::Missing(name.to_owned()))?;
    Cells::of(column).ok_or_else(|| WrongColumn::Foreign { column: name.to_owned(), found: column.dtype().to_string() })
}

impl Cells {
    /// Nothing for types that a table does not have.
    pub fn of(column: &Column) -> Option<Self> {
        let series = column.as_materialized_series();
        Some(match series.dtype() {
            DataType::String => Self::Text(series.str().ok()?.clone()),
            DataType::Boolean => Self::YesNo(series.bool().ok()?.clone()),
            DataType::Date => Self::Date(series.date().ok()?.physical().clone()),
            DataType::Datetime(TimeUnit::Milliseconds, _) => Self::Time(series.datetime().ok()?.physical().clone()),
            DataType::Datetime(..) => {
                let millis = series.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).ok()?;
                Self::Time(millis.datetime().ok()?.physical().clone())
            }
            DataType::Null => Self::Text(series.cast(&DataType::String).ok()?.str().ok()?.clone()),
            other if other.is_float() => Self::Decimal(series.cast(&DataType::Float64).ok()?.f64().ok()?.clone()),
            DataType::UInt64 => Self::Decimal(series.cast(&DataType::Float64).ok()?.f64().ok()?.clone()),
            other if other.is_integer() => Self::Integer(series.cast(&DataType::Int64).ok()?.i64().ok()?.clone()),
            _ => return None,
        })
    }

    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Text(_) => ColumnType::Text,
            Self::Integer(_) => ColumnType::Integer,
            Self::Decimal(_) => ColumnType::Decimal,
            Self::YesNo(_) => ColumnType::YesNo,
            Self::Date(_) => ColumnType::Date,
            Self::Time(_) => ColumnType::Time,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Text(c) => c.len(),
            Self::Integer(c) | Self::Time(c) => c.len(),
            Self::Decimal(c) => c.len(),
            Self::YesNo(c) => c.len(),
            Self::Date(c) => c.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Missing cells, NaN and infinity not counted.
    pub fn null_count(&self) -> usize {
        match self {
            Self::Text(c) => c.null_count(),
            Self::Integer(c) | Self::Time(c) => c.null_count(),
            Self::Decimal(c) => c.null_count(),
            Self::YesNo(c) => c.null_count(),
            Self::Date(c) => c.null_count(),
        }
    }

    /// One cell; nothing where it is missing or NaN, or `row` is past the end.
    pub fn get(&self, row: usize) -> Option<Value> {
        if row >= self.len() {
            return None;
        }
        match self {
            Self::Text(c) => c.get(row).map(|v| Value::Text(v.to_owned())),
            Self::Integer(c) => c.get(row).map(Value::Integer),
            Self::Decimal(c) => c.get(row).filter(|v| !v.is_nan()).map(Value::Decimal),
            Self::YesNo(c) => c.get(row).map(Value::YesNo),
            Self::Date(c) => c.get(row).map(Value::Date),
            Self::Time(c) => c.get(row).map(Value::Time),
        }
    }

    /// One piece of memory, so that `get` costs the same for every row.
    pub fn contiguous(self) -> Self {
        match self {
            Self::Text(c) => Self::Text(c.rechunk().into_owned()),
            Self::Integer(c) => Self::Integer(c.rechunk().into_owned()),
            Self::Decimal(c) => Self::Decimal(c.rechunk().into_owned()),
            Self::YesNo(c) => Self::YesNo(c.rechunk().into_owned()),
            Self::Date(c) => Self::Date(c.rechunk().into_owned()),
            Self::Time(c) => Self::Time(c.rechunk().into_owned()),
        }
    }

    /// Numbers with NaN for missing cells; yes is 1. Nothing for text, dates and times.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let nan = f64::NAN;
        match self {
            Self::Integer(c) => Some(c.iter().map(|v| v.map_or(nan, |v| v as f64)).collect()),
            Self::Decimal(c) => Some(c.iter().map(|v| v.unwrap_or(nan)).collect()),
            Self::YesNo(c) => Some(c.iter().map(|v| v.map_or(nan, |v| f64::from(u8::from(v)))).collect()),
            Self::Text(_) | Self::Date(_) | Self::Time(_) => None,
        }
    }

    /// Milliseconds since 1970-01-01 of dates and times.
    pub fn millis(&self) -> Option<Vec<Option<i64>>> {
        match self {
            Self::Date(c) => Some(c.iter().map(|v| v.map(|days| i64::from(days) * super::value::DAY_MS)).collect()),
            Self::Time(c) => Some(c.iter().collect()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_widened_to_one_of_the_six() {
        let frame = df!(
            "a" => [1_i32, 2], "b" => [1.5_f32, 2.0], "c" => [true, false], "d" => ["x", "y"], "e" => [1_u8, 2],
        )
        .unwrap();
        let types: Vec<_> = frame.columns().iter().map(|c| Cells::of(c).unwrap().column_type()).collect();
        use ColumnType::*;
        assert_eq!(types, [Integer, Decimal, YesNo, Text, Integer]);
        let micros = Series::new("t".into(), [1_500_000_i64]).cast(&DataType::Datetime(TimeUnit::Microseconds, None));
        let Some(Cells::Time(t)) = Cells::of(&micros.unwrap().into()) else { panic!("a time") };
        assert_eq!(t.get(0), Some(1500));
        assert_eq!(cells(&frame, "z").unwrap_err(), WrongColumn::Missing("z".into()));
    }

    #[test]
    fn a_column_of_nothing_is_text_without_cells() {
        let cells = Cells::of(&Column::full_null("n".into(), 3, &DataType::Null)).unwrap();
        assert_eq!((cells.len(), cells.null_count(), cells.get(0), cells.get(9)), (3, 3, None, None));
    }
}
