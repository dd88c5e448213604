//! The copy desk's wiring: the catalogue, batches that are written text by text into the project, other words for a
//! draft, replays, exports and edits that come back.

use std::path::PathBuf;

use super::Outcome;
use super::copy_work::{Writers, export, rewritten, write};
use super::run::shown;
use crate::app::App;
use crate::app::services::Ask;
use crate::jobs::Slot;
use crate::project::document::Label;
use crate::project::{Edit, Item};
use crate::stage::Stage;
use crate::stage::copy::batch::{Batch, Task};
use crate::stage::copy::brief::Rewrite;
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::version::{CopyText, Status, Version};
use crate::store::copydesk::{self, Catalogue, CopyError};
use crate::store::copyfile;
use crate::ui::Page;
use crate::ui::page::copy::{CopyCommand, catalogue_name};
use crate::ui::text::{copy as words, error as error_words};

const LABEL: Label = Label::Change("copy");

/// What the copy desk's jobs bring back.
pub enum CopyOutcome {
    /// `more` of a text that is being written.
    Streaming {
        id: String,
        more: String,
        tokens_per_s: f64,
    },
    /// Texts of a batch, with the counts of what their checks found.
    Written {
        batch: String,
        texts: Vec<Finished>,
        done: usize,
        all: usize,
        seconds_each: f64,
    },
    /// Other words for a text that was `base` when they were asked for.
    Rewritten {
        id: String,
        base: String,
        version: Box<Version>,
    },
    Replayed {
        id: String,
        same: bool,
    },
    Exported {
        rows: u64,
        file: String,
    },
    Clipboard {
        rows: usize,
        text: String,
    },
    /// Keys and texts of a file that came back.
    Edits(Vec<(String, String)>),
}

pub struct Finished {
    pub id: String,
    pub task: Task,
    pub version: Result<Version, String>,
    pub faults: usize,
    pub doubts: usize,
}

impl App {
    pub(crate) fn copy_command(&mut self, command: CopyCommand) {
        match command {
            CopyCommand::WantCatalogue(lang) => self.make_catalogue(lang),
            CopyCommand::Start(batch) => self.start_batch(*batch),
            CopyCommand::Write(id) => self.write_batch(&id),
            CopyCommand::Retry(id) => self.retry_batch(&id),
            CopyCommand::Rewrite { id, how, from, to } => self.rewrite(id, how, from, to),
            CopyCommand::Replay(id) => self.replay(id),
            CopyCommand::Export { plan, batch } => {
                let name = if plan.workbook { "copy.xlsx" } else { "copy.csv" };
                self.copy_export = Some((*plan, batch));
                self.ask(Ask::ExportCopy, name);
            }
            CopyCommand::ExportTo(path) => self.export_copy(Some(path)),
            CopyCommand::Clipboard { plan, batch } => {
                self.copy_export = Some((*plan, batch));
                self.export_copy(None);
            }
            CopyCommand::AskEdits => self.ask(Ask::CopyEdits, ""),
            CopyCommand::TakeEdits(path) => {
                self.failures.remove(&Slot::Export);
                self.jobs
                    .start(Slot::Export, move |_| Ok(Outcome::Copy(CopyOutcome::Edits(copyfile::read_edits(&path)?))));
            }
        }
    }

    pub(crate) fn copy_outcome(&mut self, outcome: CopyOutcome) {
        let lang = self.lang();
        match outcome {
            CopyOutcome::Streaming { id, more, tokens_per_s } => {
                self.shown.copy.streaming.entry(id).or_default().push_str(&more);
                self.shown.copy.tokens_per_s = tokens_per_s;
            }
            CopyOutcome::Written { batch, texts, done, all, seconds_each } => {
                self.keep_written(texts);
                let shown = &mut self.shown.copy;
                (shown.batch, shown.done, shown.all) = (Some(batch), done, all);
                shown.seconds_each = Some(seconds_each).filter(|each| *each > 0.0);
            }
            CopyOutcome::Rewritten { id, base, version } => self.keep_rewritten(&id, &base, *version),
            CopyOutcome::Replayed { id, same } => {
                self.shown.copy.replayed = Some((id, same));
                let said = if same { words::replay_same(lang) } else { words::replay_other(lang) };
                self.notices.done(said.to_owned());
            }
            CopyOutcome::Exported { rows, file } => self.notices.done(words::exported(lang, rows, file)),
            CopyOutcome::Clipboard { rows, text } => {
                self.queue.push(crate::ui::Command::CopyText(text));
                self.notices.done(words::copied(lang, rows));
                (self.wake)();
            }
            CopyOutcome::Edits(edits) => self.take_edits(&edits),
        }
    }

    fn make_catalogue(&mut self, lang: CopyLang) {
        let Some(key) = self.open.as_ref().map(|open| copydesk::catalogue_key(open.document.project())) else { return };
        self.make_extra(Slot::Load(Stage::Copy), catalogue_name(lang), key, move |desk, worker| {
            // The page checks drafts once it has the catalogue.
            crate::stage::copy::check::warm_up();
            match copydesk::catalogue(&desk.project, &desk.reader()?, lang, &worker.monitor) {
                Ok(catalogue) => Ok(shown(catalogue)),
                // A project without products has an empty catalogue; the page says what to do.
                Err(CopyError::NoProducts | CopyError::Source(crate::store::sources::SourceError::NoEvents)) => {
                    Ok(shown(Catalogue::default()))
                }
                Err(error) => Err(error.into()),
            }
        });
    }

    fn start_batch(&mut self, batch: Batch) {
        let lang = self.lang();
        let Some(open) = &mut self.open else { return };
        let id = copydesk::free_batch_id(open.document.project());
        let Ok(edit) = batch.put(&id) else { return };
        match open.edit(LABEL, vec![edit], None) {
            Ok(()) => self.write_batch(&id),
            Err(error) => self.notices.problem(error_words::edit(lang, &error)),
        }
    }

    fn retry_batch(&mut self, id: &str) {
        let Some(open) = &mut self.open else { return };
        let project = open.document.project();
        let Some(batch) = project.item::<Batch>(id) else { return };
        let failed = copydesk::texts_of(project, id, &batch);
        let failed = failed.into_iter().filter(|(_, text)| matches!(text.status, Status::Failed(_)));
        let edits: Vec<Edit> = failed.map(|(key, _)| CopyText::remove(&key)).collect();
        if open.edit(LABEL, edits, None).is_ok() {
            self.write_batch(id);
        }
    }

    fn writers(&self) -> Writers {
        Writers { settings: self.settings.models.clone(), keeper: self.keeper.clone() }
    }

    fn write_batch(&mut self, id: &str) {
        let Some(desk) = self.desk() else { return };
        let Some(batch) = desk.project.item::<Batch>(id) else { return };
        self.page = Page::Copy;
        let slot = Slot::Stage(Stage::Copy);
        self.failures.remove(&slot);
        self.shown.copy = Default::default();
        let writers = self.writers();
        let (id, at) = (id.to_owned(), (self.services.clock)());
        self.jobs.start(slot, move |worker| {
            write(&desk, &id, &batch, &writers, at, worker)?;
            Ok(Outcome::Nothing)
        });
    }

    /// Puts written texts into the project. What stands there already stays as it is.
    fn keep_written(&mut self, texts: Vec<Finished>) {
        let lang = self.lang();
        for finished in &texts {
            self.shown.copy.streaming.remove(&finished.id);
        }
        let Some(open) = &mut self.open else { return };
        let project = open.document.project();
        let mut edits = Vec::new();
        for finished in texts {
            let Some(Edit::Item(key, Some(value))) =
                copydesk::put_text(project, &finished.id, &finished.task, finished.version)
            else {
                continue;
            };
            // The counts that the table shows.
            let mut value = value;
            value["faults"] = finished.faults.into();
            value["doubts"] = finished.doubts.into();
            edits.push(Edit::Item(key, Some(value)));
        }
        if let Err(error) = open.edit(LABEL, edits, Some("copy batch")) {
            self.notices.problem(error_words::edit(lang, &error));
        }
    }

    fn keep_rewritten(&mut self, id: &str, base: &str, version: Version) {
        let Some(open) = &mut self.open else { return };
        let Some(mut text) = open.document.project().item::<CopyText>(id) else { return };
        // Somebody wrote on meanwhile: their words stay, the model's stay away.
        if text.text() != base || !text.save(version) {
            return;
        }
        if let Ok(edit) = text.put(id) {
            let _ = open.edit(LABEL, vec![edit], None);
        }
    }

    fn rewrite(&mut self, id: String, how: Rewrite, from: usize, to: usize) {
        let Some(desk) = self.desk() else { return };
        let Some(text) = desk.project.item::<CopyText>(&id) else { return };
        let slot = Slot::Stage(Stage::Copy);
        self.failures.remove(&slot);
        let (writers, at) = (self.writers(), (self.services.clock)());
        self.jobs.start(slot, move |worker| {
            let batch = desk.project.item::<Batch>(id.split('/').next().unwrap_or_default());
            let own = batch.and_then(|batch| batch.brief.model);
            let loaded = writers.open(own.as_ref(), text.lang, &worker.monitor)?;
            let base = text.text().to_owned();
            let version = rewritten(&desk, &text, &id, &loaded, how, (from, to), at, &worker.monitor)?;
            Ok(Outcome::Copy(CopyOutcome::Rewritten { id, base, version: Box::new(version) }))
        });
    }

    fn replay(&mut self, id: String) {
        let Some(desk) = self.desk() else { return };
        let Some(text) = desk.project.item::<CopyText>(&id) else { return };
        let slot = Slot::Stage(Stage::Copy);
        self.failures.remove(&slot);
        let writers = self.writers();
        self.jobs.start(slot, move |worker| {
            let version = text.versions.iter().rev().find(|version| version.made.is_some());
            let (Some(version), Some(made)) = (version, text.made()) else {
                return Err(CopyError::NotReplayable.into());
            };
            let by_hash = writers.with_hash(&made.model_hash);
            let loaded = writers.open(by_hash.as_ref(), text.lang, &worker.monitor)?;
            let again = loaded.pen().replay(made, &worker.monitor)?;
            Ok(Outcome::Copy(CopyOutcome::Replayed { same: again == version.text, id }))
        });
    }

    fn export_copy(&mut self, path: Option<PathBuf>) {
        let Some((plan, id)) = self.copy_export.clone() else { return };
        let Some(desk) = self.desk() else { return };
        self.failures.remove(&Slot::Export);
        self.jobs.start(Slot::Export, move |worker| export(&desk, &id, &plan, path, &worker.monitor));
    }

    fn take_edits(&mut self, edits: &[(String, String)]) {
        let (lang, at) = (self.lang(), (self.services.clock)());
        let Some(open) = &mut self.open else { return };
        let project = open.document.project();
        let (mut changed, mut same, mut unknown, mut group) = (0, 0, 0, Vec::new());
        for (key, edited) in edits {
            let Some(mut text) = project.item::<CopyText>(key) else {
                unknown += 1;
                continue;
            };
            if copyfile::take_edit(&mut text, edited, at) {
                changed += 1;
                group.extend(text.put(key).ok());
            } else {
                same += 1;
            }
        }
        if let Err(error) = open.edit(LABEL, group, None) {
            self.notices.problem(error_words::edit(lang, &error));
            return;
        }
        self.notices.done(words::reimported(lang, changed, same));
        if unknown > 0 {
            self.notices.problem(words::reimport_unknown(lang, unknown));
        }
    }
}
