//! The copy desk between the project and its stage: the catalogue as products, segments as audiences, what the project
//! keeps, and the writing of drafts. Shared by both front doors.

use std::collections::{BTreeMap, HashMap};

use super::StoreError;
pub use super::catalogue::{Catalogue, catalogue, fits};
use super::sources::SourceError;
use crate::base::time::Moment;
use crate::base::{Cancelled, Monitor};
use crate::project::{Edit, EditError, Item, Project};
use crate::stage::Stage;
use crate::stage::copy::batch::{Batch, Task};
use crate::stage::copy::brief::{Audience, BriefError, CopyBrief, HouseStyle, Product, assemble, product_facts};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::check::{Checker, Near, Other, Report, RuleError, style};
use crate::stage::copy::facts::FactSheet;
use crate::stage::copy::lm::desk::{self, Request};
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::generate::Event;
use crate::stage::copy::lm::load::Model;
use crate::stage::copy::prompt;
use crate::stage::copy::version::{Author, CopyText, Made, Status, Version};
use crate::stage::data::TableKind;
use crate::stage::segment::persona::Bilingual;
use crate::stage::segment::saved::SegmentNames;

impl Item for CopyBrief {
    const KIND: &'static str = "copy_brief";
}

impl Item for HouseStyle {
    const KIND: &'static str = "copy_style";
}

impl Item for Batch {
    const KIND: &'static str = "copy_batch";
}

impl Item for CopyText {
    const KIND: &'static str = "copy_text";
}

/// A brief kept under a name.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Template(pub CopyBrief);

impl Item for Template {
    const KIND: &'static str = "copy_template";
}

/// The one brief being worked on, the one house style.
pub const THE_ONE: &str = "copy";

/// Why no copy was written.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Brief(#[from] BriefError),
    #[error("the shop's own words, {0}")]
    Words(#[from] RuleError),
    #[error(transparent)]
    Model(#[from] LmError),
    #[error("the project has no products; import a table of products")]
    NoProducts,
    #[error("no product {0:?} in the catalogue")]
    UnknownProduct(String),
    #[error("no product fits {0:?}")]
    NothingFits(String),
    /// There is nothing to write about.
    #[error("product {0:?} has no name; give it one in the products table")]
    NoName(String),
    #[error("no segment named {0:?}; run segment first, or say one of its names")]
    UnknownSegment(String),
    #[error("this draft was not written by a model that is still known")]
    NotReplayable,
    #[error("the house model writes from the product sheet and cannot translate")]
    CannotTranslate,
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The segments of the newest run as audiences: names, sizes and what the shop found out about groups as a whole; then
/// the segments that a person made.
pub fn audiences(project: &Project, lang: CopyLang) -> Vec<Audience> {
    let found = project.latest_run(Stage::Segment);
    let own: SegmentNames = found.and_then(|(id, _)| project.item(&id.0.to_string())).unwrap_or_default();
    let lines = found.and_then(|(_, run)| run.summary["segments"].as_array());
    let audience = |line: &serde_json::Value| {
        let pick = |own: &BTreeMap<u32, Bilingual>, key: &str| {
            let id = line["id"].as_u64().and_then(|id| u32::try_from(id).ok());
            let key = if lang == CopyLang::En { key.to_owned() } else { format!("{key}_zh") };
            match id.and_then(|id| own.get(&id)) {
                Some(own) if lang == CopyLang::En => own.en.clone(),
                Some(own) => own.zh.clone(),
                None => line[key].as_str().unwrap_or_default().to_owned(),
            }
        };
        let habits = Some(pick(&own.sentences, "sentence")).filter(|text| !text.is_empty());
        let likes = line["likes"].as_array().into_iter().flatten();
        Audience {
            name: pick(&own.names, "name"),
            customers: line["size"].as_u64().unwrap_or(0),
            likes: likes.filter_map(|like| Some(like.as_str()?.to_owned())).collect(),
            // What they complain of comes with the reviews' own stage.
            complaints: Vec::new(),
            habits: habits.into_iter().collect(),
        }
    };
    let found = lines.into_iter().flatten().map(audience).filter(|audience| !audience.name.is_empty());
    found.chain(super::audiences::saved(project, lang)).collect()
}

/// A segment by either of its names.
pub fn audience_named(project: &Project, name: &str, lang: CopyLang) -> Result<Audience, CopyError> {
    let spelled = CopyLang::ALL.map(|known| audiences(project, known));
    let at = spelled.iter().find_map(|list| list.iter().position(|a| a.name.eq_ignore_ascii_case(name)));
    let found = at.and_then(|at| audiences(project, lang).into_iter().nth(at));
    found.ok_or_else(|| CopyError::UnknownSegment(name.to_owned()))
}

pub fn style_of(project: &Project) -> HouseStyle {
    project.item(THE_ONE).unwrap_or_default()
}

/// The request for one text.
pub fn request(
    brief: &CopyBrief,
    style: &HouseStyle,
    product: &Product,
    others: &[String],
    stream: u64,
) -> Result<Request, CopyError> {
    if product.is_blank() {
        return Err(CopyError::NoName(product.id.clone()));
    }
    let asked = assemble(brief, style, product);
    let mut request = Request::new(asked.sheet, asked.brief);
    request.facts = product_facts(product, brief, others);
    request.messages = Some(asked.messages);
    request.lock = brief.lock;
    request.sampling.seed = brief.seed;
    request.sampling.temperature = brief.temperature;
    request.sampling.top_p = brief.top_p;
    request.stream = stream;
    Ok(request)
}

/// A model with what a draft's record says of it.
pub struct Pen<'a> {
    pub model: &'a Model,
    pub name: String,
    pub hash: String,
}

impl Pen<'_> {
    /// Writes drafts for requests (all of one product or not); `hear` gets text as it comes.
    pub fn write(
        &self,
        requests: &[Request],
        rows: &[crate::base::Fingerprint],
        at: Moment,
        monitor: &Monitor,
        hear: &mut dyn FnMut(Event<'_>),
    ) -> Result<Vec<Version>, CopyError> {
        let began = std::time::Instant::now();
        let batch = desk::drafts(self.model, requests, monitor, hear)?;
        let each = began.elapsed().as_secs_f64() / batch.drafts.len().max(1) as f64;
        let mut out = Vec::with_capacity(requests.len());
        for ((draft, request), row) in batch.drafts.into_iter().zip(requests).zip(rows) {
            let made = Made {
                model: self.name.clone(),
                model_hash: self.hash.clone(),
                request: request.clone(),
                prompt: self.readable(request),
                row: *row,
                tokens: draft.tokens,
                seconds: each,
                end: draft.end,
                prevented: draft.prevented,
            };
            let text = draft.text.trim().to_owned();
            out.push(Version { text, author: Author::Model, at, made: Some(made), restored: None });
        }
        Ok(out)
    }

    /// The exact prompt as text.
    pub fn readable(&self, request: &Request) -> String {
        if self.model.reads_sheets() {
            return prompt::readable(&prompt::prompt_pieces(&request.sheet, &request.brief));
        }
        request.messages.as_ref().map(|messages| messages.join("\n\n")).unwrap_or_default()
    }

    /// Writes a draft again from its record: the same model gives the same text, byte for byte.
    pub fn replay(&self, made: &Made, monitor: &Monitor) -> Result<String, CopyError> {
        if made.model_hash != self.hash {
            return Err(CopyError::NotReplayable);
        }
        let batch = desk::drafts(self.model, std::slice::from_ref(&made.request), monitor, &mut |_| {})?;
        let text = batch.drafts.into_iter().next().map(|draft| draft.text.trim().to_owned());
        text.ok_or(CopyError::NotReplayable)
    }
}

/// The report on a text under a brief, held against other texts of its language.
pub fn report(
    brief: &CopyBrief,
    style: &HouseStyle,
    facts: &FactSheet,
    text: &str,
    others: &[(Near, &str)],
) -> Result<Report, RuleError> {
    let shingles = |(near, text): &(Near, &str)| Other { near: *near, shingles: style::shingles(text, brief.lang) };
    let others: Vec<Other> = others.iter().map(shingles).collect();
    Ok(Checker::new(brief, style, facts)?.report(text, &others))
}

/// The texts that others are held against: the batch's own drafts, and what was approved in earlier batches.
#[derive(Default)]
pub struct Neighbours {
    /// Ids, kinds and words of the texts about a product.
    texts: HashMap<(String, CopyLang), Vec<Neighbour>>,
}

type Neighbour = (String, Near, String);

/// Texts that one is held against at most.
const MOST_NEAR: usize = 24;

impl Neighbours {
    pub fn of(project: &Project, batch: &str) -> Self {
        let mut out = Self::default();
        for (id, text) in project.items_of::<CopyText>() {
            let near = match id.split('/').next() == Some(batch) {
                true => Near::OtherDraft,
                false if text.status == Status::Approved => Near::OldCopy,
                false => continue,
            };
            out.push(&id, near, &text.product, text.lang, text.text());
        }
        out
    }

    /// A draft of the batch that has just been written.
    pub fn add(&mut self, id: &str, task: &Task, text: &str) {
        self.push(id, Near::OtherDraft, &task.product, task.lang, text);
    }

    fn push(&mut self, id: &str, near: Near, product: &str, lang: CopyLang, text: &str) {
        let place = self.texts.entry((product.to_owned(), lang)).or_default();
        if place.len() < MOST_NEAR && !text.is_empty() {
            place.push((id.to_owned(), near, text.to_owned()));
        }
    }

    /// All but the text itself.
    pub fn of_text(&self, id: &str, product: &str, lang: CopyLang) -> Vec<(Near, &str)> {
        let known = self.texts.get(&(product.to_owned(), lang)).into_iter().flatten();
        known.filter(|(other, ..)| other != id).map(|(_, near, text)| (*near, text.as_str())).collect()
    }
}

/// The next `most` tasks of a batch without a text.
pub fn next_tasks(project: &Project, id: &str, batch: &Batch, most: usize) -> Vec<Task> {
    let there = |task: &Task| project.raw_item(&CopyText::key(&task.id(id))).is_some();
    batch.tasks().filter(|task| !there(task)).take(most).collect()
}

/// The edit that puts a batch's text into the project: none where one stands already, so that nothing is written twice
/// and no human word is touched.
pub fn put_text(project: &Project, id: &str, task: &Task, version: Result<Version, String>) -> Option<Edit> {
    if project.raw_item(&CopyText::key(id)).is_some() {
        return None;
    }
    let mut text = CopyText::new(&task.product, task.channel, task.lang, task.variant);
    match version {
        Ok(version) => {
            text.save(version);
        }
        Err(why) => text.status = Status::Failed(why),
    }
    text.put(id).ok()
}

/// The texts of a batch by id, in the order of its tasks.
pub fn texts_of(project: &Project, id: &str, batch: &Batch) -> Vec<(String, CopyText)> {
    let text = |task: Task| {
        let id = task.id(id);
        Some((id.clone(), project.item::<CopyText>(&id)?))
    };
    batch.tasks().filter_map(text).collect()
}

/// A free id for a new batch: `b1`, `b2`, …
pub fn free_batch_id(project: &Project) -> String {
    let taken: BTreeMap<String, Batch> = project.items_of::<Batch>().into_iter().collect();
    (1..).map(|n| format!("b{n}")).find(|id| !taken.contains_key(id)).unwrap_or_default()
}

/// Writes a batch's next texts, one version or reason for each task. A product that cannot be written about (no name,
/// no longer in the catalogue, too long for the model) gets its reason and does not hold up the others.
pub fn write_tasks(
    pen: &Pen<'_>,
    batch: &Batch,
    tasks: &[Task],
    catalogue: &Catalogue,
    style: &HouseStyle,
    at: Moment,
    monitor: &Monitor,
) -> Result<Vec<Result<Version, String>>, CopyError> {
    write_tasks_heard(pen, batch, tasks, catalogue, style, at, monitor, &mut |_, _| {})
}

/// [`write_tasks`], heard as it is written: `hear` gets the task whose text goes on.
#[expect(clippy::too_many_arguments, reason = "everything that a text is made from")]
pub fn write_tasks_heard(
    pen: &Pen<'_>,
    batch: &Batch,
    tasks: &[Task],
    catalogue: &Catalogue,
    style: &HouseStyle,
    at: Moment,
    monitor: &Monitor,
    hear: &mut dyn FnMut(&Task, Event<'_>),
) -> Result<Vec<Result<Version, String>>, CopyError> {
    let prepared: Vec<Result<(Request, crate::base::Fingerprint), CopyError>> = tasks
        .iter()
        .map(|task| {
            let missing = || CopyError::UnknownProduct(task.product.clone());
            let product = catalogue.product(&task.product).ok_or_else(missing)?;
            let brief = batch.brief_of(task);
            let others = catalogue.other_brands(product);
            let request = request(&brief, style, product, &others, task.stream())?;
            // Found out here, so that one over-long sheet fails alone.
            pen.model.prompt_tokens(&request.job(pen.model)?)?;
            Ok((request, product.fingerprint()))
        })
        .collect();
    let (requests, rows): (Vec<Request>, Vec<_>) = prepared.iter().flatten().cloned().unzip();
    let writing: Vec<&Task> =
        tasks.iter().zip(&prepared).filter(|(_, one)| one.is_ok()).map(|(task, _)| task).collect();
    let mut told = |event: Event<'_>| {
        let (Event::Text { draft, .. } | Event::Ended { draft, .. }) = event;
        if let Some(task) = writing.get(draft) {
            hear(task, event);
        }
    };
    let mut written = pen.write(&requests, &rows, at, monitor, &mut told)?.into_iter();
    let outcome = |prepared: Result<_, CopyError>| match prepared {
        Ok(_) => written.next().ok_or_else(|| "the model wrote nothing".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    Ok(prepared.into_iter().map(outcome).collect())
}

/// Changes when the catalogue must be read again.
pub fn catalogue_key(project: &Project) -> crate::base::Fingerprint {
    let tables: Vec<_> = project
        .tables()
        .filter(|(_, table)| matches!(table.kind, TableKind::Products | TableKind::Orders | TableKind::Events))
        .map(|(id, table)| (id, table.fingerprint()))
        .collect();
    crate::base::Fingerprint::of(&(tables, style_of(project).currency))
}

/// The batch made last, with its id.
pub fn newest_batch(project: &Project) -> Option<(String, Batch)> {
    let number = |id: &str| id.trim_start_matches('b').parse::<u64>().unwrap_or(0);
    project.items_of::<Batch>().into_iter().max_by_key(|(id, _)| number(id))
}
