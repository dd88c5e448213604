//! What reading a file came to: every row read is kept or set aside under a reason.

use super::{ReadRecipe, TextEncoding};
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::ColumnType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many of the rows set aside are kept for looking at.
pub const ASIDE_KEPT: usize = 10_000;

/// Why a row is not part of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsideReason {
    /// More or fewer cells than there are columns.
    WrongColumns,
    /// Text stands after a closing quote.
    BadQuote,
    /// Not a JSON object.
    BadJson,
    /// A user column with nothing in it.
    NoUser,
    NoItem,
    NoEvent,
    NoTime,
    /// A time that cannot be read.
    BadTime,
    /// A quantity, price, amount, rating or other measure that is not a number.
    BadNumber,
    /// Neither yes nor no, in a column set to that type.
    BadYesNo,
    /// Neither bought nor returned.
    ZeroQuantity,
    /// An event word that the recipe skips.
    SkippedEvent,
}

impl AsideReason {
    pub const ALL: [Self; 12] = [
        Self::WrongColumns,
        Self::BadQuote,
        Self::BadJson,
        Self::NoUser,
        Self::NoItem,
        Self::NoEvent,
        Self::NoTime,
        Self::BadTime,
        Self::BadNumber,
        Self::BadYesNo,
        Self::ZeroQuantity,
        Self::SkippedEvent,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::WrongColumns => "wrong_columns",
            Self::BadQuote => "bad_quote",
            Self::BadJson => "bad_json",
            Self::NoUser => "no_user",
            Self::NoItem => "no_item",
            Self::NoEvent => "no_event",
            Self::NoTime => "no_time",
            Self::BadTime => "bad_time",
            Self::BadNumber => "bad_number",
            Self::BadYesNo => "bad_yes_no",
            Self::ZeroQuantity => "zero_quantity",
            Self::SkippedEvent => "skipped_event",
        }
    }
}

/// A row that is not part of the table: where it stood, why it was set aside, and its text (at most 1,000 bytes).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsideRow {
    pub line: u64,
    pub reason: AsideReason,
    pub text: String,
}

/// A column of the table made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnInfo {
    pub name: String,
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    pub role: Role,
    /// Made by the reader (the event of an order line, the number of a row), not in the file.
    pub added: bool,
}

/// What reading came to. `rows_read` = `rows_kept` + the sum of `set_aside`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadSummary {
    /// The file's name without its folder.
    pub file: String,
    pub kind: TableKind,
    pub rows_read: u64,
    pub rows_kept: u64,
    pub set_aside: BTreeMap<AsideReason, u64>,
    /// Rows kept that the reader made returns of, since their quantity or amount is below zero.
    #[serde(default)]
    pub returns: u64,
    /// The first [`ASIDE_KEPT`] rows set aside, in the file's order.
    pub aside: Vec<AsideRow>,
    pub columns: Vec<ColumnInfo>,
    /// Columns of a type that cannot be read, with that type's name (Parquet only).
    pub columns_left_out: Vec<(String, String)>,
    /// Of a text format only.
    pub encoding: Option<TextEncoding>,
    pub delimiter: Option<String>,
    /// How often each of the file's own event words came, before mapping (at most 1,000 of them).
    pub event_words: BTreeMap<String, u64>,
    /// The recipe with everything found out filled in: reading with it again gives the same table.
    pub recipe: ReadRecipe,
}

impl ReadSummary {
    pub fn rows_aside(&self) -> u64 {
        self.set_aside.values().sum()
    }

    pub fn column_of(&self, role: Role) -> Option<&ColumnInfo> {
        self.columns.iter().find(|c| c.role == role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_serialise_as_their_keys() {
        for reason in AsideReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.key());
        }
        let map: BTreeMap<AsideReason, u64> = [(AsideReason::NoUser, 3)].into();
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"no_user":3}"#);
    }
}
