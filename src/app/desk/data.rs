//! Projects, imports, rows and the figures of Home: what starts them and what they bring back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{DataFrame, DataType};

use crate::app::App;
use crate::app::logic::{free_path, stem};
use crate::base::time::Moment;
use crate::base::{Fingerprint, Monitor, Step};
use crate::jobs::Slot;
use crate::jobs::writer::BlobSink;
use crate::project::document::Label;
use crate::project::table::{Chunk, Column, ColumnType, Table, TableId};
use crate::project::{Edit, Project};
use crate::stage::data::overview::{self, Overview, Source};
use crate::stage::data::read::{self, ReadRecipe};
use crate::stage::data::sample::{self, SampleRecipe};
use crate::stage::data::{Role, TableKind};
use crate::store::blob::{CHUNK_ROWS, NewBlob, Reader, parquet_bytes};
use crate::store::{Opened, Store, StoreError};
use crate::ui::page::data::DataCommand;
use crate::ui::text::error as error_words;
use crate::ui::{Failure, Page, text};

use super::Outcome;

/// What the data stage's jobs bring back.
pub enum DataOutcome {
    Imported(Box<Table>),
    Rows(Fingerprint, Arc<DataFrame>),
    Overview(Fingerprint, Arc<Overview>),
}

impl App {
    pub(crate) fn data_command(&mut self, command: DataCommand) {
        match command {
            DataCommand::Import(path) => self.import(path),
            DataCommand::WantRows(blob) => self.fetch_rows(blob),
            DataCommand::WantOverview => self.make_overview(),
        }
    }

    pub(crate) fn data_outcome(&mut self, outcome: DataOutcome) {
        match outcome {
            DataOutcome::Imported(table) => self.imported(*table),
            DataOutcome::Rows(blob, frame) => {
                self.shown.rows.put(blob, frame);
                self.rows_wanted = None;
            }
            DataOutcome::Overview(key, overview) => {
                self.shown.overview = Some((key, overview));
                self.overview_wanted = None;
            }
        }
    }

    fn import(&mut self, path: PathBuf) {
        self.failures.remove(&Slot::Import);
        let Some(open) = &self.open else {
            // A table without a project begins one, named after it.
            let project = free_path(&self.services.projects_folder, &stem(&path));
            self.import_next.push(path);
            let name = stem(&project);
            self.jobs.start(Slot::Project, move |_| new_project(&project, &name));
            return;
        };
        let Some(writer) = open.writer() else {
            self.notices.problem(text::common::read_only_file(self.lang()));
            return;
        };
        let sink = writer.blobs();
        let name = open.document.project().free_table_name(&stem(&path));
        self.page = Page::Data;
        let now = (self.services.clock)();
        self.jobs.start(Slot::Import, move |worker| import(&path, &name, now, &sink, &worker.monitor));
    }

    fn fetch_rows(&mut self, blob: crate::base::Fingerprint) {
        if self.rows_wanted == Some(blob) || self.failures.contains_key(&Slot::Rows) {
            return;
        }
        let Some(open) = &self.open else { return };
        let mut chunks = open.document.project().tables().flat_map(|(_, table)| table.chunks.iter());
        let Some(chunk) = chunks.find(|chunk| chunk.blob == blob).copied() else { return };
        let path = open.path.clone();
        self.rows_wanted = Some(blob);
        self.jobs.start(Slot::Rows, move |_| rows(&path, chunk));
    }

    fn make_overview(&mut self) {
        let Some(open) = &self.open else { return };
        let wanted = open.document.project().tables_fingerprint();
        if self.overview_wanted == Some(wanted) || self.failures.contains_key(&Slot::Overview) {
            return;
        }
        self.overview_wanted = Some(wanted);
        let (path, project) = (open.path.clone(), open.document.project().clone());
        self.jobs.start(Slot::Overview, move |worker| overview_of(&path, &project, &worker.monitor));
    }

    fn imported(&mut self, mut table: crate::project::Table) {
        let Some(open) = &mut self.open else { return };
        let project = open.document.project();
        table.name = project.free_table_name(&table.name);
        let (id, name) = (project.next_table_id(), table.name.clone());
        let label = Label::ImportTable(name);
        if let Err(error) = open.edit(label, vec![Edit::Table(id, Some(table))], None) {
            self.notices.problem(error_words::edit(self.lang(), &error));
        }
    }
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

fn import(path: &Path, name: &str, now: Moment, sink: &BlobSink, monitor: &Monitor) -> Result<Outcome, Failure> {
    let (frame, summary) = read::read_all(path, &ReadRecipe::default(), monitor)?;
    let source = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let roles: Vec<_> = summary.columns.iter().map(|column| (column.name.clone(), column.role)).collect();
    monitor.report(Step::Writing, 0, 0);
    let table = store_frame(frame, name, summary.kind, &roles, &source, now, |blob| {
        monitor.check().map_err(|_| StoreError::Io { path: PathBuf::new(), what: "cancelled".into() })?;
        sink.put(blob.bytes.clone()).map(drop)
    })?;
    Ok(Outcome::Data(DataOutcome::Imported(Box::new(table))))
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

fn rows(path: &Path, chunk: Chunk) -> Result<Outcome, Failure> {
    let frame = Reader::open(path)?.chunk(&chunk)?;
    Ok(Outcome::Data(DataOutcome::Rows(chunk.blob, Arc::new(frame))))
}

fn overview_of(path: &Path, project: &Project, monitor: &Monitor) -> Result<Outcome, Failure> {
    let reader = Reader::open(path)?;
    let mut sources = Vec::new();
    for (_, table) in project.tables() {
        monitor.check()?;
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
    let made = overview::overview(&sources, monitor)?;
    Ok(Outcome::Data(DataOutcome::Overview(project.tables_fingerprint(), Arc::new(made))))
}
