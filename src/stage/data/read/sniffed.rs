//! What a first look at a file shows, before it is read.

use super::{ReadError, ReadRecipe, TextEncoding};
use crate::stage::data::schema::{ColumnType, EventWord, Guess};
use serde::{Deserialize, Serialize};

/// How many rows a first look shows.
pub const PREVIEW_ROWS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    None,
    Gzip,
    Zip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Cells between delimiters: CSV, TSV and the like.
    Delimited,
    /// One JSON object a line.
    JsonLines,
    /// One JSON array of objects.
    JsonArray,
    Parquet,
    /// XLSX
    Workbook,
}

/// Something only the user can decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub enum Ask {
    /// Dates such as `example` can be day or month first: set `day_first`.
    DayFirst { column: String, example: String },
}

/// An event word of the file, how often it came in the sample and what it will be taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenWord {
    pub word: String,
    pub count: u64,
    pub meaning: EventWord,
}

/// A first look at a file: everything found out from its beginning, and its first rows as they are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sniffed {
    /// The file's name without its folder.
    pub file: String,
    /// Size on disk.
    pub bytes: u64,
    pub compression: Compression,
    pub format: FileFormat,
    /// Of a workbook; the one shown is `recipe.sheet`.
    pub sheets: Vec<String>,
    /// Of a text format only, as are the next two.
    pub encoding: Option<TextEncoding>,
    pub delimiter: Option<String>,
    pub quote: Option<char>,
    pub header: bool,
    /// Column names, made up (`column_1`) where the file has none.
    pub columns: Vec<String>,
    /// Columns of a type that cannot be read, with that type's name (Parquet only).
    pub columns_left_out: Vec<(String, String)>,
    /// Types as far as the sample tells.
    pub types: Vec<ColumnType>,
    pub guess: Guess,
    /// Of the event column, most frequent first.
    pub event_words: Vec<SeenWord>,
    pub asks: Vec<Ask>,
    /// What would make the reading fail, as far as the sample tells.
    #[serde(skip)]
    pub problem: Option<ReadError>,
    /// The first [`PREVIEW_ROWS`] rows as text; nothing for a missing cell.
    pub rows: Vec<Vec<Option<String>>>,
    /// The recipe with everything found out filled in, but `day_first` where it must be asked.
    pub recipe: ReadRecipe,
}
