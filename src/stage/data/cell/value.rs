//! One cell.

use crate::stage::data::schema::ColumnType;
use jiff::{SignedDuration, civil::DateTime};
use serde::{Deserialize, Serialize};

/// A cell that is not missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Text(String),
    Integer(i64),
    /// Never NaN, which is a missing cell. Infinity is written to JSON as text.
    #[serde(with = "decimal")]
    Decimal(f64),
    YesNo(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01 00:00 on the clock of the table.
    Time(i64),
}

impl Value {
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

    /// The number in it; yes is 1, no is 0. Nothing for text, dates and times, NaN and infinity.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(v) => Some(*v as f64),
            Self::Decimal(v) => v.is_finite().then_some(*v),
            Self::YesNo(v) => Some(f64::from(u8::from(*v))),
            Self::Text(_) | Self::Date(_) | Self::Time(_) => None,
        }
    }

    /// Milliseconds since 1970-01-01 of a date (its midnight) or time.
    pub fn millis(&self) -> Option<i64> {
        match self {
            Self::Date(days) => Some(i64::from(*days) * DAY_MS),
            Self::Time(millis) => Some(*millis),
            _ => None,
        }
    }
}

pub(crate) const DAY_MS: i64 = 86_400_000;

/// `2026-06-01 08:30:00`, or the bare number where a calendar has no such year.
pub(crate) fn time_text(millis: i64) -> String {
    match civil(millis) {
        Some(at) if millis.rem_euclid(1000) == 0 => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Some(at) => at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
        None => millis.to_string(),
    }
}

/// `2026-06-01`, or the bare number where a calendar has no such year.
pub(crate) fn date_text(days: i64) -> String {
    match days.checked_mul(DAY_MS).and_then(civil) {
        Some(at) => at.strftime("%Y-%m-%d").to_string(),
        None => days.to_string(),
    }
}

/// The calendar's view of milliseconds since 1970-01-01 00:00.
pub(crate) fn civil(millis: i64) -> Option<DateTime> {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(SignedDuration::from_millis(millis)).ok()
}

/// JSON has no infinity.
mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }

    pub fn serialize<S: Serializer>(v: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if v.is_finite() { serializer.serialize_f64(*v) } else { serializer.collect_str(v) }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(v) => Ok(v),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

impl std::fmt::Display for Value {
    /// The plain form used in exports: ISO dates, full precision, `true` and `false`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(v) => f.write_str(v),
            Self::Integer(v) => write!(f, "{v}"),
            Self::Decimal(v) => write!(f, "{v}"),
            Self::YesNo(v) => write!(f, "{v}"),
            Self::Date(v) => f.write_str(&date_text(i64::from(*v))),
            Self::Time(v) => f.write_str(&time_text(*v)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        // 2026-06-01 is 20,605 days after 1970-01-01.
        assert_eq!(Value::Date(20_605).to_string(), "2026-06-01");
        assert_eq!(Value::Time(20_605 * DAY_MS + 3_723_000).to_string(), "2026-06-01 01:02:03");
        assert_eq!(Value::Time(-1).to_string(), "1969-12-31 23:59:59.999");
        assert_eq!(Value::Time(i64::MAX).to_string(), i64::MAX.to_string());
        assert_eq!(Value::Date(i32::MIN).to_string(), i32::MIN.to_string());
        assert_eq!(Value::Decimal(0.5).to_string(), "0.5");
    }

    #[test]
    fn values_read_back_from_json() {
        for value in [
            Value::Text("茶".into()),
            Value::Integer(-3),
            Value::Decimal(1.5),
            Value::Decimal(2.0),
            Value::Decimal(f64::NEG_INFINITY),
            Value::YesNo(true),
            Value::Date(1),
            Value::Time(2),
        ] {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
        }
    }
}
