//! What jobs do: each is a plain function of owned inputs, run on a worker thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{DataFrame, DataType};

use crate::base::time::Moment;
use crate::base::{Fingerprint, Monitor, Step};
use crate::jobs::writer::BlobSink;
use crate::project::table::{Chunk, Column, ColumnType, Table, TableId};
use crate::project::{Edit, Project};
use crate::stage::data::overview::{self, Overview, Source};
use crate::stage::data::read::{self, ReadRecipe};
use crate::stage::data::sample::{self, SampleRecipe};
use crate::stage::data::{Role, TableKind};
use crate::store::blob::{CHUNK_ROWS, NewBlob, Reader, parquet_bytes};
use crate::store::{Opened, Store, StoreError};
use crate::ui::Failure;

/// What a job brings back.
pub enum Outcome {
    Opened(Box<Opened>),
    Imported(Box<Table>),
    Rows(Fingerprint, Arc<DataFrame>),
    Overview(Fingerprint, Arc<Overview>),
    Nothing,
}

pub fn open(path: &Path, monitor: &Monitor) -> Result<Outcome, Failure> {
    monitor.report(Step::Loading, 0, 0);
    Ok(Outcome::Opened(Box::new(Store::open(path)?)))
}

pub fn new_project(path: &Path, name: &str) -> Result<Outcome, Failure> {
    let project = Project::named(name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::io(path, &error))?;
    }
    let store = Store::create(path, &project)?;
    Ok(Outcome::Opened(Box::new(Opened { store, project, backup: None })))
}

/// Makes the sample shop as a new project of the user's own.
pub fn sample_project(path: &Path, name: &str, now: Moment, monitor: &Monitor) -> Result<Outcome, Failure> {
    let tables = sample::tables(&SampleRecipe::default(), monitor)?;
    let Outcome::Opened(mut opened) = new_project(path, name)? else { return Ok(Outcome::Nothing) };
    let mut edits = Vec::new();
    for (i, made) in tables.into_iter().enumerate() {
        monitor.report(Step::Writing, i as u64, 5);
        let put = |blob: &NewBlob| opened.store.put_blob(blob);
        let source = format!("{}.csv", made.name);
        let table = store_frame(made.frame, made.name, made.kind, &made.roles, &source, now, put)?;
        edits.push(Edit::Table(TableId(i as i64 + 1), Some(table)));
    }
    opened.store.write(&edits)?;
    // What has just been written is what is open.
    opened.project.apply_all(&edits).map_err(|error| Failure::Panicked(error.to_string()))?;
    Ok(Outcome::Opened(opened))
}

pub fn import(path: &Path, name: &str, now: Moment, sink: &BlobSink, monitor: &Monitor) -> Result<Outcome, Failure> {
    let (frame, summary) = read::read_all(path, &ReadRecipe::default(), monitor)?;
    let source = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let roles: Vec<_> = summary.columns.iter().map(|column| (column.name.clone(), column.role)).collect();
    monitor.report(Step::Writing, 0, 0);
    let table = store_frame(frame, name, summary.kind, &roles, &source, now, |blob| {
        monitor.check().map_err(|_| StoreError::Io { path: PathBuf::new(), what: "cancelled".into() })?;
        sink.put(blob.bytes.clone()).map(drop)
    })?;
    Ok(Outcome::Imported(Box::new(table)))
}

/// Cuts a frame into chunks, hands each to `put`, and describes the result.
pub fn store_frame(
    frame: DataFrame,
    name: &str,
    kind: TableKind,
    roles: &[(String, Role)],
    source: &str,
    made_at: Moment,
    mut put: impl FnMut(&NewBlob) -> Result<(), StoreError>,
) -> Result<Table, StoreError> {
    let columns = frame
        .columns()
        .iter()
        .map(|column| Column {
            name: column.name().to_string(),
            kind: column_type(column.dtype()),
            role: roles.iter().find(|(name, _)| name == column.name().as_str()).map_or(Role::Other, |(_, r)| *r),
        })
        .collect();
    let mut chunks = Vec::new();
    for start in (0..frame.height()).step_by(CHUNK_ROWS) {
        let mut part = frame.slice(start as i64, CHUNK_ROWS);
        let bytes = parquet_bytes(&mut part)
            .map_err(|error| StoreError::Table { path: PathBuf::from(source), what: error.to_string() })?;
        let blob = NewBlob::new(bytes);
        chunks.push(Chunk { rows: part.height() as u64, bytes: blob.bytes.len() as u64, blob: blob.fingerprint });
        put(&blob)?;
    }
    Ok(Table { name: name.to_owned(), kind, columns, chunks, source: source.to_owned(), made_at })
}

fn column_type(kind: &DataType) -> ColumnType {
    match kind {
        DataType::Boolean => ColumnType::YesNo,
        DataType::Date => ColumnType::Date,
        DataType::Datetime(..) => ColumnType::Time,
        kind if kind.is_integer() => ColumnType::Integer,
        kind if kind.is_float() => ColumnType::Decimal,
        _ => ColumnType::Text,
    }
}

pub fn rows(path: &Path, chunk: Chunk) -> Result<Outcome, Failure> {
    let frame = Reader::open(path)?.chunk(&chunk)?;
    Ok(Outcome::Rows(chunk.blob, Arc::new(frame)))
}

pub fn overview(path: &Path, project: &Project, monitor: &Monitor) -> Result<Outcome, Failure> {
    let reader = Reader::open(path)?;
    let mut sources = Vec::new();
    for (_, table) in project.tables() {
        monitor.check().map_err(|_| Failure::Panicked("cancelled".into()))?;
        let roles: Vec<_> = table
            .columns
            .iter()
            .filter(|column| column.role != Role::Other)
            .map(|column| (column.name.as_str(), column.role))
            .collect();
        let names: Vec<&str> = roles.iter().map(|(name, _)| *name).collect();
        if names.is_empty() {
            continue;
        }
        let frame = reader.frame(table, Some(&names))?;
        sources.push(Source { kind: table.kind, roles, frame });
    }
    let made = overview::overview(&sources, monitor).map_err(|error| Failure::Panicked(error.to_string()))?;
    Ok(Outcome::Overview(project.tables_fingerprint(), Arc::new(made)))
}
