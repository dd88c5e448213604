//! What the copy desk's jobs do on their threads: writing a batch, other words for a draft, exports.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::Outcome;
use super::copy::{CopyOutcome, Finished};
use super::run::Desk;
use crate::base::time::Moment;
use crate::base::{Fingerprint, Monitor};
use crate::jobs::Worker;
use crate::stage::copy::batch::{Batch, Task};
use crate::stage::copy::brief::{CopyBrief, HouseStyle, Product, Rewrite, assemble, product_facts, rewrite_messages};
use crate::stage::copy::channel::{CopyLang, Tone};
use crate::stage::copy::check::Near;
use crate::stage::copy::lm::desk::{ModelKeeper, ModelSource, Request};
use crate::stage::copy::lm::generate::{Event, WIDTH};
use crate::stage::copy::lm::load::Model;
use crate::stage::copy::version::{Author, CopyText, Version};
use crate::store::copydesk::{self, Catalogue, CopyError, Pen};
use crate::store::copyfile::{self, ExportPlan, Row};
use crate::store::models::{self, ModelSettings};
use crate::ui::Failure;
use crate::ui::text::error as error_words;

/// A loaded model with its name and hash.
pub struct Loaded {
    pub model: Arc<Model>,
    name: String,
    hash: String,
}

impl Loaded {
    pub fn pen(&self) -> Pen<'_> {
        Pen { model: &self.model, name: self.name.clone(), hash: self.hash.clone() }
    }
}

/// Who writes which language, and the model in memory.
pub struct Writers {
    pub settings: ModelSettings,
    pub keeper: ModelKeeper,
}

impl Writers {
    /// The model `own`, else the one that writes the language.
    pub fn open(&self, own: Option<&ModelSource>, lang: CopyLang, monitor: &Monitor) -> Result<Loaded, Failure> {
        let source = own.cloned().unwrap_or_else(|| self.settings.writer_of(lang));
        let model = self.keeper.model(&source, &Default::default(), monitor)?;
        let hash = match self.settings.known(&source).and_then(|known| known.sha256.clone()) {
            Some(hash) => hash,
            None => models::sha256(&source, monitor)?.unwrap_or_default(),
        };
        Ok(Loaded { name: model.card.name.clone(), model, hash })
    }

    /// The model with this SHA-256, where it is known.
    pub fn with_hash(&self, hash: &str) -> Option<ModelSource> {
        let known = self.settings.known.iter().find(|known| known.sha256.as_deref() == Some(hash))?;
        self.settings.known(&known.source).map(|known| known.source.clone())
    }
}

/// Writes a batch's missing texts, eight at a time; every eight are handed over before the next are begun.
pub fn write(
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
    style: &HouseStyle,
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
pub fn rewritten(
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

pub fn export(
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
