//! The type of a column and the meaning of an event.

use serde::{Deserialize, Serialize};

/// The type of a column, as the marketer knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// polars `String`
    Text,
    /// polars `Int64`
    Integer,
    /// polars `Float64`
    Decimal,
    /// polars `Boolean`
    YesNo,
    /// polars `Date`
    Date,
    /// polars `Datetime` in milliseconds without zone: the clock on the wall in the recipe's time zone
    Time,
}

impl ColumnType {
    pub const ALL: [Self; 6] = [Self::Text, Self::Integer, Self::Decimal, Self::YesNo, Self::Date, Self::Time];

    pub fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::YesNo => "yes_no",
            Self::Date => "date",
            Self::Time => "time",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.key() == key)
    }
}

/// What a shop's word for an event means to every other stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventWord {
    View,
    Favourite,
    Cart,
    Purchase,
    Return,
    /// Kept under its own word; no stage counts it.
    Other,
    /// Rows with this word are set aside.
    Skip,
}

impl EventWord {
    pub const ALL: [Self; 7] =
        [Self::View, Self::Favourite, Self::Cart, Self::Purchase, Self::Return, Self::Other, Self::Skip];

    /// The value in the event column of an imported table.
    pub fn key(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Favourite => "favourite",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::Return => "return",
            Self::Other => "other",
            Self::Skip => "skip",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|w| w.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_serialised_names() {
        for t in ColumnType::ALL {
            assert_eq!(serde_json::to_value(t).unwrap(), t.key());
            assert_eq!(ColumnType::from_key(t.key()), Some(t));
        }
        for w in EventWord::ALL {
            assert_eq!(serde_json::to_value(w).unwrap(), w.key());
            assert_eq!(EventWord::from_key(w.key()), Some(w));
        }
    }
}
