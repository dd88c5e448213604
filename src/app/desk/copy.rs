//! The copy desk's wiring: the catalogue, batches that are written text by text into the project, other words for a
//! draft, replays, exports and edits that come back.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::Outcome;
use super::run::{Desk, shown};
use crate::app::App;
use crate::app::services::Ask;
use crate::base::time::Moment;
use crate::base::{Fingerprint, Monitor};
use crate::jobs::{Slot, Worker};
use crate::project::document::Label;
use crate::project::{Edit, Item};
use crate::stage::Stage;
use crate::stage::copy::batch::{Batch, Task};
use crate::stage::copy::brief::{CopyBrief, Product, Rewrite, assemble, product_facts, rewrite_messages};
use crate::stage::copy::channel::{CopyLang, Tone};
use crate::stage::copy::check::Near;
use crate::stage::copy::lm::desk::{ModelKeeper, ModelSource, Request};
use crate::stage::copy::lm::generate::{Event, WIDTH};
use crate::stage::copy::version::{Author, CopyText, Status, Version};
use crate::store::copydesk::{self, Catalogue, CopyError, Pen};
use crate::store::copyfile::{self, ExportPlan, Row};
use crate::store::models::{self, ModelSettings};
use crate::ui::page::copy::{CopyCommand, catalogue_name};
use crate::ui::text::{copy as words, error as error_words};
use crate::ui::{Failure, Page};

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

/// A loaded model with its name and hash.
struct Loaded {
    model: Arc<crate::stage::copy::lm::load::Model>,
    name: String,
    hash: String,
}

impl Loaded {
    fn pen(&self) -> Pen<'_> {
        Pen { model: &self.model, name: self.name.clone(), hash: self.hash.clone() }
    }
}

/// Who writes which language, and the model in memory.
struct Writers {
    settings: ModelSettings,
    keeper: ModelKeeper,
}

impl Writers {
    /// The model `own`, else the one that writes the language.
    fn open(&self, own: Option<&ModelSource>, lang: CopyLang, monitor: &Monitor) -> Result<Loaded, Failure> {
        let source = own.cloned().unwrap_or_else(|| self.settings.writer_of(lang));
        let model = self.keeper.model(&source, &Default::default(), monitor)?;
        let hash = match self.settings.known(&source).and_then(|known| known.sha256.clone()) {
            Some(hash) => hash,
            None => models::sha256(&source, monitor)?.unwrap_or_default(),
        };
        Ok(Loaded { name: model.card.name.clone(), model, hash })
    }

    /// The model with this SHA-256, where it is known.
    fn with_hash(&self, hash: &str) -> Option<ModelSource> {
        let known = self.settings.known.iter().find(|known| known.sha256.as_deref() == Some(hash))?;
        self.settings.known(&known.source).map(|known| known.source.clone())
    }
}

/// Writes a batch's missing texts, eight at a time; every eight are handed over before the next are begun.
fn write(
    desk: &Desk,
    id: &str,
    batch: &Batch,
    writers: &Writers,
    at: Moment,
    worker: &Worker<Outcome>,
) -> Result<(), Failure> {
    let reader = desk.reader()?;
    let style = copydesk::style_of(&desk.project);
    let mut todo = copydesk::next_tasks(&desk.project, id, batch, usize::MAX);
    let (all, already) = (batch.len(), batch.len() - todo.len());
    // One language after the other: each may have a model of its own, and only one is in memory.
    todo.sort_by_key(|task| batch.langs.iter().position(|lang| *lang == task.lang));
    let mut opened: Option<(CopyLang, Loaded, Catalogue)> = None;
    let mut began = None;
    let mut done = 0;
    let mut near = copydesk::Neighbours::of(&desk.project, id);
    for tasks in todo.chunk_by(|a, b| a.lang == b.lang).flat_map(|run| run.chunks(WIDTH)) {
        worker.monitor.check()?;
        let Some(lang) = tasks.first().map(|task| task.lang) else { continue };
        if opened.as_ref().is_none_or(|(of, ..)| *of != lang) {
            drop(opened.take());
            let loaded = writers.open(batch.brief.model.as_ref(), lang, &worker.monitor)?;
            opened = Some((lang, loaded, copydesk::catalogue(&desk.project, &reader, lang, &worker.monitor)?));
        }
        let Some((_, loaded, catalogue)) = &opened else { continue };
        let pen = loaded.pen();
        // Loading a model is no part of a text's time.
        let began = *began.get_or_insert_with(Instant::now);
        let mut hear = |task: &Task, event: Event<'_>| {
            if let Event::Text { text, tokens_per_s, .. } = event {
                let (id, more) = (task.id(id), text.to_owned());
                worker.partial(Outcome::Copy(CopyOutcome::Streaming { id, more, tokens_per_s }));
            }
        };
        let written =
            copydesk::write_tasks_heard(&pen, batch, tasks, catalogue, &style, at, &worker.monitor, &mut hear)?;
        for (task, version) in tasks.iter().zip(&written) {
            if let Ok(version) = version {
                near.add(&task.id(id), task, &version.text);
            }
        }
        let texts = tasks.iter().zip(written).map(|(task, version)| {
            let others = near.of_text(&task.id(id), &task.product, task.lang);
            let (faults, doubts) = counts(batch, task, catalogue, &style, version.as_ref().ok(), &others);
            Finished { id: task.id(id), task: task.clone(), version, faults, doubts }
        });
        let texts: Vec<Finished> = texts.collect();
        done += texts.len();
        let seconds_each = began.elapsed().as_secs_f64() / done as f64;
        let (batch, done) = (id.to_owned(), already + done);
        worker.partial(Outcome::Copy(CopyOutcome::Written { batch, texts, done, all, seconds_each }));
    }
    Ok(())
}

fn counts(
    batch: &Batch,
    task: &Task,
    catalogue: &Catalogue,
    style: &crate::stage::copy::brief::HouseStyle,
    version: Option<&Version>,
    others: &[(Near, &str)],
) -> (usize, usize) {
    let Some((version, product)) = version.zip(catalogue.product(&task.product)) else { return (0, 0) };
    let brief = batch.brief_of(task);
    let facts = product_facts(product, &brief, &catalogue.other_brands(product));
    match copydesk::report(&brief, style, &facts, &version.text, others) {
        Ok(report) => (report.faults(), report.doubts()),
        Err(_) => (0, 0),
    }
}

/// Other words for a text, or for bytes `marked` of it. The house model cannot be told what to change: it writes the
/// whole text anew, in another tone, or several times, of which the shortest or longest is taken.
#[expect(clippy::too_many_arguments, reason = "a text, where it stands, and what is asked of it")]
fn rewritten(
    desk: &Desk,
    text: &CopyText,
    id: &str,
    loaded: &Loaded,
    how: Rewrite,
    marked: (usize, usize),
    at: Moment,
    monitor: &Monitor,
) -> Result<Version, Failure> {
    let batch_id = id.split('/').next().unwrap_or_default();
    let batch = desk.project.item::<Batch>(batch_id);
    let mut brief = batch.map_or_else(CopyBrief::default, |batch| batch.brief);
    (brief.channel, brief.lang) = (text.channel, text.lang);
    let style = copydesk::style_of(&desk.project);
    let catalogue = copydesk::catalogue(&desk.project, &desk.reader()?, text.lang, monitor)?;
    let missing = || CopyError::UnknownProduct(text.product.clone());
    let product: &Product = catalogue.product(&text.product).ok_or_else(missing)?;
    let pen = loaded.pen();
    // A stream of its own, so that asking twice gives two answers.
    let stream = Fingerprint::of(&(id, text.versions.len(), how)).to_string();
    let stream = u64::from_str_radix(stream.get(..15).unwrap_or("1"), 16).unwrap_or(1);
    let others = catalogue.other_brands(product);
    if loaded.model.reads_sheets() {
        match how {
            Rewrite::Translate => return Err(CopyError::CannotTranslate.into()),
            Rewrite::Warmer => brief.tone = Tone::Warm,
            Rewrite::Plainer => brief.tone = Tone::Plain,
            Rewrite::Shorter | Rewrite::Longer => {}
        }
        let request = copydesk::request(&brief, &style, product, &others, stream)?;
        let requests = request.variants(4);
        let written = pen.write(&requests, &[product.fingerprint(); 4], at, monitor, &mut |_| {})?;
        let length = |version: &Version| version.text.chars().count();
        let full = written.into_iter().filter(|version| !version.text.is_empty());
        let best = match how {
            Rewrite::Shorter => full.min_by_key(length),
            Rewrite::Longer => full.max_by_key(length),
            _ => full.into_iter().next(),
        };
        return best.ok_or_else(|| CopyError::NotReplayable.into());
    }
    let words = text.text();
    let (from, to) =
        if marked.1 > marked.0 && words.get(marked.0..marked.1).is_some() { marked } else { (0, words.len()) };
    let asked = assemble(&brief, &style, product);
    let mut request: Request = copydesk::request(&brief, &style, product, &others, stream)?;
    request.messages = Some(rewrite_messages(&asked, how, words, &words[from..to]));
    // What stands in the text already may be said again.
    request.facts.brief.push_str(&format!("\n{words}"));
    let mut written = pen.write(&[request], &[product.fingerprint()], at, monitor, &mut |_| {})?;
    let mut version = written.pop().ok_or(CopyError::NotReplayable)?;
    version.text = format!("{}{}{}", &words[..from], version.text, &words[to..]);
    // Only a part of it is the model's: a replay would give that part alone.
    if (from, to) != (0, words.len()) {
        version.made = None;
        version.author = Author::Model;
    }
    Ok(version)
}

fn export(
    desk: &Desk,
    id: &str,
    plan: &ExportPlan,
    path: Option<PathBuf>,
    monitor: &Monitor,
) -> Result<Outcome, Failure> {
    let Some(batch) = desk.project.item::<Batch>(id) else { return Ok(Outcome::Nothing) };
    let reader = desk.reader()?;
    let mut catalogues: Vec<(CopyLang, Catalogue)> = Vec::new();
    for lang in &batch.langs {
        catalogues.push((*lang, copydesk::catalogue(&desk.project, &reader, *lang, monitor)?));
    }
    let texts = copydesk::texts_of(&desk.project, id, &batch);
    let of = |lang: CopyLang| catalogues.iter().find(|(known, _)| *known == lang).map(|(_, catalogue)| catalogue);
    let product = |text: &CopyText| of(text.lang)?.product(&text.product);
    let name = |text: &CopyText| product(text).map_or("", |product| product.name.as_str());
    let rows: Vec<Row<'_>> = texts.iter().map(|(key, text)| Row { key, name: name(text), text }).collect();
    let table = copyfile::frame(&rows, plan)?;
    let Some(path) = path else {
        let (rows, text) = (table.height(), copyfile::clipboard(&table));
        return Ok(Outcome::Copy(CopyOutcome::Clipboard { rows, text }));
    };
    let told = copyfile::write(&table, &path, plan.code, monitor)?;
    Ok(Outcome::Copy(CopyOutcome::Exported { rows: told.rows, file: error_words::file_name(&path) }))
}
