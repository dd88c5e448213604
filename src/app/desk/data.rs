//! Projects, imports, rows and the figures of Home: what starts them and what they bring back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::DataFrame;

use crate::app::App;
use crate::app::logic::{free_path, stem};
use crate::base::time::Moment;
use crate::base::{Fingerprint, Monitor, Step};
use crate::jobs::Slot;
use crate::jobs::writer::BlobSink;
use crate::project::Item;
use crate::project::document::Label;
use crate::project::table::{Chunk, Table, TableId};
use crate::project::{Edit, Project};
use crate::stage::data::Role;
use crate::stage::data::overview::{self, Overview, Source};
use crate::stage::data::read::{self, ReadRecipe, ReadSummary, ReadTemplate, Sniffed};
use crate::stage::data::sample::{self, SampleRecipe};
use crate::store::blob::Reader;
use crate::store::ingest::{Ingest, table_name};
use crate::store::{Opened, Store, StoreError};
use crate::ui::page::data::DataCommand;
use crate::ui::shown::Importing;
use crate::ui::text::error as error_words;
use crate::ui::{Failure, Page, text};

use super::Outcome;

/// What the data stage's jobs bring back.
pub enum DataOutcome {
    /// The last: whether a template decided how.
    Looked(PathBuf, Arc<Sniffed>, bool),
    Imported {
        table: Box<Table>,
        summary: Arc<ReadSummary>,
        template: Option<Box<ReadTemplate>>,
    },
    Rows(Fingerprint, Arc<DataFrame>),
    Overview(Fingerprint, Arc<Overview>),
}

impl App {
    pub(crate) fn data_command(&mut self, command: DataCommand) {
        match command {
            DataCommand::Look { path, recipe } => self.look(path, *recipe),
            DataCommand::Import { path, recipe, remember } => self.import(path, *recipe, remember),
            DataCommand::CloseImport => self.shown.importing = None,
            DataCommand::WantRows(blob) => self.fetch_rows(blob),
            DataCommand::WantOverview => self.make_overview(),
            DataCommand::WantProfile(id) => self.want_profile(id),
            DataCommand::WantCleaned(id) => self.want_cleaned(id),
            DataCommand::MakeFeatures(choice) => self.make_features(*choice),
            DataCommand::WantFeatures(id) => self.want_features(id),
            DataCommand::AskAside(of) => self.ask_aside(of),
            DataCommand::AsideTo { of, path } => self.aside_to(of, path),
        }
    }

    pub(crate) fn data_outcome(&mut self, outcome: DataOutcome) {
        match outcome {
            DataOutcome::Looked(path, sniffed, remembered) => {
                self.shown.importing = Some(Importing::Looked { path, sniffed, remembered });
            }
            DataOutcome::Imported { table, summary, template } => {
                self.imported(*table, template.map(|template| *template));
                self.shown.importing = Some(Importing::Done { summary });
            }
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

    fn look(&mut self, path: PathBuf, recipe: ReadRecipe) {
        self.failures.remove(&Slot::Import);
        let Some(open) = &self.open else {
            // A table without a project begins one, named after it.
            let project = free_path(&self.services.projects_folder, &stem(&path));
            self.import_next.push(path);
            let name = stem(&project);
            self.jobs.start(Slot::Project, move |_| new_project(&project, &name));
            return;
        };
        if open.writer().is_none() {
            self.notices.problem(text::common::read_only_file(self.lang()));
            return;
        }
        let templates = open.document.project().items_of::<ReadTemplate>();
        self.page = Page::Data;
        self.jobs.start(Slot::Import, move |worker| look_at(path, &recipe, &templates, &worker.monitor));
    }

    fn import(&mut self, path: PathBuf, recipe: ReadRecipe, remember: bool) {
        self.failures.remove(&Slot::Import);
        let Some(open) = &self.open else { return };
        let Some(sink) = open.writer().map(|writer| writer.blobs()) else { return };
        let name = open.document.project().free_table_name(&table_name(&path));
        let now = (self.services.clock)();
        self.jobs
            .start(Slot::Import, move |worker| read_in(&path, &name, &recipe, remember, now, &sink, &worker.monitor));
    }

    fn fetch_rows(&mut self, blob: crate::base::Fingerprint) {
        if self.rows_wanted == Some(blob) || self.failures.contains_key(&Slot::Rows) {
            return;
        }
        let Some(open) = &self.open else { return };
        let aside = |table: &Table| table.aside.as_ref().and_then(|aside| aside.kept);
        let tables = open.document.project().tables();
        let mut chunks = tables.flat_map(|(_, table)| table.chunks.iter().copied().chain(aside(table)));
        let Some(chunk) = chunks.find(|chunk| chunk.blob == blob) else { return };
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

    fn imported(&mut self, mut table: Table, template: Option<ReadTemplate>) {
        let lang = self.lang();
        let Some(open) = &mut self.open else { return };
        let project = open.document.project();
        table.name = project.free_table_name(&table.name);
        let (id, label) = (project.next_table_id(), Label::ImportTable(table.name.clone()));
        let mut edits = vec![Edit::Table(id, Some(table))];
        edits.extend(template.and_then(|template| template.put(&template.name).ok()));
        if let Err(error) = open.edit(label, edits, None) {
            self.notices.problem(error_words::edit(lang, &error));
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
        let source = format!("{}.csv", made.name);
        let mut ingest = Ingest::default();
        ingest.push(made.frame, Path::new(&source), &mut |blob| opened.store.put_blob(&blob))?;
        let table = ingest.finish(made.name, &source, made.kind, &made.roles, now);
        edits.push(Edit::Table(TableId(i as i64 + 1), Some(table)));
    }
    opened.store.write(&edits)?;
    // What has just been written is what is open.
    opened.project.apply_all(&edits).map_err(|error| Failure::Panicked(error.to_string()))?;
    Ok(Outcome::Opened(opened))
}

/// A first look. A file shaped like one that was imported before is read as that one was, until the user says else.
fn look_at(
    path: PathBuf,
    recipe: &ReadRecipe,
    templates: &[(String, ReadTemplate)],
    monitor: &Monitor,
) -> Result<Outcome, Failure> {
    let mut sniffed = read::sniff(&path, recipe, monitor)?;
    let kept = templates.iter().find(|(_, template)| template.matches(&sniffed.columns));
    let kept = kept.filter(|_| *recipe == ReadRecipe::default());
    if let Some((_, template)) = kept {
        sniffed = read::sniff(&path, &template.recipe, monitor)?;
    }
    Ok(Outcome::Data(DataOutcome::Looked(path, Arc::new(sniffed), kept.is_some())))
}

fn read_in(
    path: &Path,
    name: &str,
    recipe: &ReadRecipe,
    remember: bool,
    now: Moment,
    sink: &BlobSink,
    monitor: &Monitor,
) -> Result<Outcome, Failure> {
    let mut ingest = Ingest::default();
    let summary = read::read(path, recipe, monitor, |frame| -> Result<(), Failure> {
        Ok(ingest.push(frame, path, &mut |blob| sink.put(blob.bytes).map(drop))?)
    })?;
    let table = ingest.finish_read(name, path, &summary, now, &mut |blob| sink.put(blob.bytes).map(drop))?;
    let names: Vec<String> = summary.columns.iter().filter(|c| !c.added).map(|c| c.name.clone()).collect();
    let template = remember.then(|| Box::new(ReadTemplate::new(&names.join("|"), &names, summary.recipe.clone())));
    Ok(Outcome::Data(DataOutcome::Imported { table: Box::new(table), summary: Arc::new(summary), template }))
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
