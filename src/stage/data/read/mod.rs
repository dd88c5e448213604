//! Files in, a typed table out, and an account of every row.

mod error;
mod recipe;
mod sniffed;
mod summary;

pub use error::ReadError;
pub use recipe::{ReadRecipe, ReadTemplate, TextEncoding};
pub use sniffed::{Ask, Compression, FileFormat, PREVIEW_ROWS, SeenWord, Sniffed};
pub use summary::{ASIDE_KEPT, AsideReason, AsideRow, ColumnInfo, ReadSummary};

use crate::base::monitor::Monitor;
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;
use std::path::Path;

/// Reads a whole file into one frame.
pub fn read_all(path: &Path, recipe: &ReadRecipe, monitor: &Monitor) -> Result<(DataFrame, ReadSummary), ReadError> {
    monitor.check()?;
    let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let io = |e: PolarsError| ReadError::Io { file: file.clone(), what: e.to_string() };
    let frame = CsvReadOptions::default()
        .try_into_reader_with_file_path(Some(path.to_path_buf()))
        .and_then(SerReader::finish)
        .map_err(io)?;
    let columns = frame
        .get_column_names()
        .iter()
        .map(|name| ColumnInfo {
            name: name.to_string(),
            column_type: ColumnType::Text,
            role: Role::Other,
            added: false,
        })
        .collect();
    let rows = frame.height() as u64;
    let summary = ReadSummary {
        file: file.clone(),
        kind: recipe.kind.unwrap_or(TableKind::Features),
        rows_read: rows,
        rows_kept: rows,
        set_aside: Default::default(),
        aside: Vec::new(),
        columns,
        columns_left_out: Vec::new(),
        encoding: Some(TextEncoding::Utf8),
        delimiter: Some(",".into()),
        event_words: Default::default(),
        recipe: recipe.clone(),
    };
    Ok((frame, summary))
}
