//! How rows become a table of the project: cut into chunks, written as Parquet, described. Shared by both front doors.

use std::path::Path;

use polars::prelude::{DataFrame, DataType, PolarsResult};

use super::StoreError;
use super::blob::{CHUNK_ROWS, NewBlob, parquet_bytes};
use crate::base::time::Moment;
use crate::project::{Aside, Chunk, Column, ColumnType, Table};
use crate::stage::data::clean::CleanRecipe;
use crate::stage::data::read::{AsideRow, ReadSummary};
use crate::stage::data::{Role, TableKind};

/// Where a table's chunks go: straight into the open file, or to the thread that writes it.
pub type PutBlob<'a> = dyn FnMut(NewBlob) -> Result<(), StoreError> + 'a;

/// A table on its way into a project: chunks are written as they come, the description is made at the end.
#[derive(Default)]
pub struct Ingest {
    columns: Vec<Column>,
    chunks: Vec<Chunk>,
}

impl Ingest {
    /// Writes the next rows; every frame has the same columns.
    pub fn push(&mut self, frame: DataFrame, source: &Path, put: &mut PutBlob<'_>) -> Result<(), StoreError> {
        if self.columns.is_empty() {
            self.columns = frame
                .columns()
                .iter()
                .map(|column| Column {
                    name: column.name().to_string(),
                    kind: column_type(column.dtype()),
                    role: Role::Other,
                })
                .collect();
        }
        for start in (0..frame.height()).step_by(CHUNK_ROWS) {
            let mut part = frame.slice(start as i64, CHUNK_ROWS);
            let bytes = parquet_bytes(&mut part)
                .map_err(|error| StoreError::Table { path: source.to_owned(), what: error.to_string() })?;
            let blob = NewBlob::new(bytes);
            let (rows, bytes) = (part.height() as u64, blob.bytes.len() as u64);
            self.chunks.push(Chunk { rows, bytes, blob: blob.fingerprint });
            put(blob)?;
        }
        Ok(())
    }

    /// The table, with the roles found while reading and the rows that were set aside.
    pub fn finish_read(
        self,
        name: &str,
        source: &Path,
        summary: &ReadSummary,
        made_at: Moment,
        put: &mut PutBlob<'_>,
    ) -> Result<Table, StoreError> {
        let roles: Vec<_> = summary.columns.iter().map(|column| (column.name.clone(), column.role)).collect();
        let aside = put_aside(source, summary, put)?;
        let table = self.finish(name, &file_name(source), summary.kind, &roles, made_at);
        Ok(Table { aside, ..table })
    }

    pub fn finish(
        mut self,
        name: &str,
        source: &str,
        kind: TableKind,
        roles: &[(String, Role)],
        made_at: Moment,
    ) -> Table {
        for column in &mut self.columns {
            let found = roles.iter().find(|(name, _)| *name == column.name);
            column.role = found.map_or(Role::Other, |(_, role)| *role);
        }
        let (columns, chunks) = (self.columns, self.chunks);
        Table {
            name: name.to_owned(),
            kind,
            columns,
            chunks,
            source: source.to_owned(),
            made_at,
            cleaning: CleanRecipe::default(),
            aside: None,
        }
    }
}

/// The rows set aside, as a blob of their own.
fn put_aside(source: &Path, summary: &ReadSummary, put: &mut PutBlob<'_>) -> Result<Option<Aside>, StoreError> {
    if summary.set_aside.is_empty() {
        return Ok(None);
    }
    let rows = &summary.aside;
    let bytes = aside_frame(&summary.file, rows).and_then(|mut frame| parquet_bytes(&mut frame));
    let bytes = bytes.map_err(|error| StoreError::Table { path: source.to_owned(), what: error.to_string() })?;
    let blob = NewBlob::new(bytes);
    let (bytes, fingerprint) = (blob.bytes.len() as u64, blob.fingerprint);
    put(blob)?;
    let kept = Chunk { rows: rows.len() as u64, bytes, blob: fingerprint };
    Ok(Some(Aside { rows_read: summary.rows_read, counts: summary.set_aside.clone(), kept: Some(kept) }))
}

/// Rows set aside as a table: `file`, `line`, `reason`, `text`.
pub fn aside_frame(file: &str, rows: &[AsideRow]) -> PolarsResult<DataFrame> {
    use polars::prelude::Column;
    let columns = vec![
        Column::new("file".into(), vec![file; rows.len()]),
        Column::new("line".into(), rows.iter().map(|row| row.line).collect::<Vec<_>>()),
        Column::new("reason".into(), rows.iter().map(|row| row.reason.key()).collect::<Vec<_>>()),
        Column::new("text".into(), rows.iter().map(|row| row.text.as_str()).collect::<Vec<_>>()),
    ];
    DataFrame::new(rows.len(), columns)
}

/// What a table is called after its file: the name without folder and endings.
pub fn table_name(source: &Path) -> String {
    let mut name = file_name(source);
    for ending in [".gz", ".zip", ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx"] {
        if let Some(short) = name.to_lowercase().strip_suffix(ending).map(str::len) {
            name.truncate(short);
        }
    }
    let name = name.trim();
    if name.is_empty() { "table".to_owned() } else { name.to_owned() }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub fn column_type(kind: &DataType) -> ColumnType {
    match kind {
        DataType::Boolean => ColumnType::YesNo,
        DataType::Date => ColumnType::Date,
        DataType::Datetime(..) => ColumnType::Time,
        kind if kind.is_integer() => ColumnType::Integer,
        kind if kind.is_float() => ColumnType::Decimal,
        _ => ColumnType::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_called_after_their_files() {
        assert_eq!(table_name(Path::new("/a/online_retail.csv.gz")), "online_retail");
        assert_eq!(table_name(Path::new("订单 2026.XLSX")), "订单 2026");
        assert_eq!(table_name(Path::new(".csv")), "table");
    }
}
