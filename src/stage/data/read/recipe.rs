//! How a file is read: every choice, each of them detected where it is not given.

use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::{ColumnType, EventWord};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How the text of a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextEncoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Gb18030,
    Windows1252,
}

impl TextEncoding {
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Gb18030, Self::Windows1252];

    /// The name that the world uses for it, on the command line and in JSON too.
    pub fn key(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Gb18030 => "gb18030",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Also knows the usual other names (`gbk`, `latin1`, `utf8`, …), in any case.
    pub fn from_key(key: &str) -> Option<Self> {
        match key.trim().to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "ascii" => Some(Self::Utf8),
            "utf-16le" | "utf-16-le" | "utf-16" | "utf16" => Some(Self::Utf16Le),
            "utf-16be" | "utf-16-be" => Some(Self::Utf16Be),
            "gb18030" | "gbk" | "gb2312" | "cp936" => Some(Self::Gb18030),
            "windows-1252" | "cp1252" | "latin1" | "latin-1" | "iso-8859-1" => Some(Self::Windows1252),
            _ => None,
        }
    }
}

/// How to read one file. `None` and empty mean: find out from the file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadRecipe {
    pub encoding: Option<TextEncoding>,
    /// What stands between two cells: one or more characters, such as `,` or `::`.
    pub delimiter: Option<String>,
    /// What stands around a cell; a space for "no quotes".
    pub quote: Option<char>,
    /// Whether the first row holds the names of the columns.
    pub header: Option<bool>,
    /// The sheet of a workbook; the first one with cells when not given.
    pub sheet: Option<String>,
    /// Whether numbers are written `1.234,5`.
    pub decimal_comma: Option<bool>,
    /// Whether `01/02/2024` is the first of February.
    pub day_first: Option<bool>,
    /// The zone that moments are turned into: an IANA name (`Asia/Shanghai`), `UTC` or `+08:00`.
    /// Times without a zone of their own stay as written. `None` is UTC.
    pub time_zone: Option<String>,
    /// Bytes that are not text in the encoding become `�` instead of an error.
    pub lossy: bool,
    pub kind: Option<TableKind>,
    /// Role by column; columns not named here keep the role found.
    pub roles: BTreeMap<String, Role>,
    /// Type by column; columns not named here keep the type found.
    pub types: BTreeMap<String, ColumnType>,
    /// Meaning of the shop's event words, in lower case; words not named here are looked up in the built-in list.
    pub event_words: BTreeMap<String, EventWord>,
}

/// A recipe kept for the next file with the same columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadTemplate {
    pub name: String,
    pub columns: BTreeSet<String>,
    pub recipe: ReadRecipe,
}

impl ReadTemplate {
    pub fn new(name: &str, columns: &[String], recipe: ReadRecipe) -> Self {
        Self { name: name.to_owned(), columns: columns.iter().cloned().collect(), recipe }
    }

    /// Whether a file with these columns, in any order, has this template's shape.
    pub fn matches(&self, columns: &[String]) -> bool {
        columns.iter().collect::<BTreeSet<_>>() == self.columns.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_a_recipe_survives_json() {
        for e in TextEncoding::ALL {
            assert_eq!(TextEncoding::from_key(e.key()), Some(e));
        }
        assert_eq!(TextEncoding::from_key("GBK"), Some(TextEncoding::Gb18030));
        let recipe = ReadRecipe {
            delimiter: Some("::".into()),
            roles: [("a".to_owned(), Role::User)].into(),
            ..ReadRecipe::default()
        };
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<ReadRecipe>(&text).unwrap(), recipe);
        assert_eq!(serde_json::from_str::<ReadRecipe>("{}").unwrap(), ReadRecipe::default());
        assert!(serde_json::from_str::<ReadRecipe>(r#"{"delimeter":","}"#).is_err());
    }

    #[test]
    fn a_template_fits_the_same_columns_in_any_order() {
        let names = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let template = ReadTemplate::new("till", &names(&["user", "item"]), ReadRecipe::default());
        assert!(template.matches(&names(&["item", "user"])));
        assert!(!template.matches(&names(&["item", "user", "time"])));
        assert!(!template.matches(&names(&["item", "item"])));
        assert!(!template.matches(&names(&["user"])));
    }
}
