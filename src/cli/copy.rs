//! `copy`: drafts for products, checked, kept in the project as a batch, and written to a file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::base::time::Moment;
use crate::project::{Edit, Item, Project};
use crate::stage::copy::batch::Batch;
use crate::stage::copy::brief::{CopyBrief, MOST_VARIANTS, Product, Scope, product_facts};
use crate::stage::copy::channel::{Channel, CopyLang, Tone};
use crate::stage::copy::check::{Finding, Report};
use crate::stage::copy::version::{CopyText, Status};
use crate::store::copydesk::{self, Catalogue, CopyError, Neighbours, Pen};
use crate::store::copyfile::{self, ExportPlan, Row};
use crate::store::export::ExportFormat;
use crate::store::{Store, models};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["product", "filter", "all", "resume"])))]
pub struct CopyArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// A product's id; may be given several times
    #[arg(long, value_name = "ID")]
    product: Vec<String>,
    /// Products that fit all parts, such as "category:tea price<200 celadon"
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
    /// The whole catalogue
    #[arg(long)]
    all: bool,
    /// Go on with the newest batch that is not finished
    #[arg(long)]
    resume: bool,
    /// title, short, long, bullets, ad, social, note, push, sms or email; several joined by commas
    #[arg(long, value_name = "C", value_parser = channel, value_delimiter = ',', default_value = "push")]
    channel: Vec<Channel>,
    /// The language of the copy: en, zh or en,zh
    #[arg(long, value_name = "L", value_parser = lang, value_delimiter = ',', default_value = "en")]
    lang: Vec<CopyLang>,
    /// plain, warm, playful, premium, urgent or expert
    #[arg(long, value_name = "T", value_parser = tone, default_value = "warm")]
    tone: Tone,
    /// A segment's name, whose likes the copy is written for
    #[arg(long, value_name = "S")]
    segment: Option<String>,
    /// What to build on, such as an attribute's name
    #[arg(long, value_name = "TEXT", default_value = "")]
    about: String,
    /// Drafts a product, 1 to 8
    #[arg(long, value_name = "N", default_value_t = 1)]
    n: usize,
    /// The same seed gives the same drafts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// house, a GGUF file, or a name that `shopwright model list` tells; the language's writer when not given
    #[arg(long, value_name = "M")]
    model: Option<String>,
    /// Approve drafts without any finding
    #[arg(long)]
    approve_clean: bool,
    /// Write the drafts (only approved ones with --approve-clean): .csv or .xlsx
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    output: OutArgs,
}

fn channel(text: &str) -> Result<Channel, String> {
    Channel::from_key(text).ok_or_else(|| format!("one of {}", Channel::ALL.map(Channel::key).join(", ")))
}

fn lang(text: &str) -> Result<CopyLang, String> {
    CopyLang::from_key(text).ok_or_else(|| "copy is written in en or zh".to_owned())
}

fn tone(text: &str) -> Result<Tone, String> {
    Tone::from_key(text).ok_or_else(|| format!("one of {}", Tone::ALL.map(Tone::key).join(", ")))
}

#[derive(Serialize)]
struct Printed {
    drafts: Vec<Value>,
    tokens_per_s: f64,
    batch: String,
    failed: Vec<Value>,
}

pub fn copy(args: &CopyArgs) -> Result<(), Failed> {
    if let Some(file) = &args.out
        && !matches!(ExportFormat::of(file), Some(ExportFormat::Csv | ExportFormat::Xlsx))
    {
        return Err(Failed(format!("{}: the ending must be .csv or .xlsx", file.display())));
    }
    if !(1..=MOST_VARIANTS).contains(&args.n) {
        return Err(Failed("--n: ask for 1 to 8 drafts a product".to_owned()));
    }
    let (mut store, mut project) = super::open_to_write(&args.project.project)?;
    let monitor = out::monitor();
    let (id, batch) = batch(args, &store, &mut project, &monitor)?;
    let mut catalogues = Vec::new();
    let (mut tokens, mut seconds) = (0, 0.0);
    for lang in &batch.langs {
        let catalogue = copydesk::catalogue(&project, &store.reader()?, *lang, &monitor)?;
        // A batch is begun only once there is a model to write it; one model at a time is in memory.
        let (model, name, hash) = model(args, &batch, *lang, &monitor)?;
        if project.raw_item(&Batch::key(&id)).is_none() {
            apply(&mut store, &mut project, vec![batch.put(&id)?])?;
        }
        let pen = Pen { model: &model, name, hash };
        let began = Instant::now();
        tokens += write_all(&pen, &id, &batch, *lang, &catalogue, &mut store, &mut project, &monitor)?;
        seconds += began.elapsed().as_secs_f64();
        catalogues.push((*lang, catalogue));
    }
    let printed = finish(args, &id, &batch, &catalogues, &mut store, &mut project)?;
    let tokens_per_s = if seconds > 0.0 { tokens as f64 / seconds } else { 0.0 };
    store.close()?;
    let printed = Printed { tokens_per_s: (tokens_per_s * 10.0).round() / 10.0, ..printed };
    Output::new(args.output).print(&printed, lines)
}

fn apply(store: &mut Store, project: &mut Project, edits: Vec<Edit>) -> Result<(), Failed> {
    project.apply_all(&edits)?;
    Ok(store.write(&edits)?)
}

/// The batch to work on: a new one, or the newest that lacks texts.
fn batch(
    args: &CopyArgs,
    store: &Store,
    project: &mut Project,
    monitor: &crate::base::Monitor,
) -> Result<(String, Batch), Failed> {
    if args.resume {
        let open = |(id, batch): &(String, Batch)| !copydesk::next_tasks(project, id, batch, 1).is_empty();
        let mut batches = project.items_of::<Batch>();
        batches.sort_by_key(|(id, _)| (id.len(), id.clone()));
        let found = batches.into_iter().rev().find(open);
        return found.ok_or_else(|| Failed("every batch is finished; say --product, --filter or --all".to_owned()));
    }
    let scope = match (&args.filter, args.all) {
        (Some(filter), _) => Scope::Filter(filter.clone()),
        (None, true) => Scope::All,
        (None, false) => Scope::Products(args.product.clone()),
    };
    let (channel, lang) = match (args.channel.first(), args.lang.first()) {
        (Some(channel), Some(lang)) => (*channel, *lang),
        _ => return Err(Failed("--channel and --lang: name at least one".to_owned())),
    };
    let audience = args.segment.as_ref().map(|name| copydesk::audience_named(project, name, lang)).transpose()?;
    let brief = CopyBrief {
        scope,
        audience,
        channel,
        more_channels: args.channel.iter().copied().skip(1).collect(),
        tone: args.tone,
        lang,
        both_languages: args.lang.iter().any(|other| *other != lang),
        selling_point: args.about.clone(),
        variants: args.n,
        seed: args.seed,
        ..CopyBrief::default()
    };
    brief.check().map_err(CopyError::from)?;
    let catalogue = copydesk::catalogue(project, &store.reader()?, lang, monitor)?;
    let products = catalogue.chosen(&brief.scope)?.into_iter().map(|product| product.id.clone()).collect();
    let batch = Batch { products, channels: brief.channels(), langs: brief.langs(), brief, paused: false };
    Ok((copydesk::free_batch_id(project), batch))
}

/// The model, its name and the SHA-256 of its file.
fn model(
    args: &CopyArgs,
    batch: &Batch,
    lang: CopyLang,
    monitor: &crate::base::Monitor,
) -> Result<(crate::stage::copy::lm::load::Model, String, String), Failed> {
    let (file, settings) = super::model::kept()?;
    let source = match &args.model {
        Some(name) => {
            let shelf = models::shelf(&models::folder(&file), &settings.models);
            let missing = || Failed(format!("{name}: no such model; `shopwright model list` names them"));
            models::find(&shelf, name).ok_or_else(missing)?
        }
        None => batch.brief.model.clone().unwrap_or_else(|| settings.models.writer_of(lang)),
    };
    let told = |error: crate::stage::copy::lm::error::LmError| match error {
        crate::stage::copy::lm::error::LmError::NoHouseModel => Failed(
            "no model writes copy yet: this build holds no house model; say --model FILE.gguf, or add one with \
             `shopwright model add FILE.gguf`"
                .to_owned(),
        ),
        other => Failed(other.to_string()),
    };
    let hash = match settings.models.known(&source).and_then(|known| known.sha256.clone()) {
        Some(hash) => hash,
        None => models::sha256(&source, monitor).map_err(|error| Failed(error.to_string()))?.unwrap_or_default(),
    };
    let model = source.open(&Default::default(), monitor).map_err(told)?;
    let name = model.card.name.clone();
    Ok((model, name, hash))
}

/// Writes every text of a language that is missing, eight at a time, each saved before the next are begun.
#[expect(clippy::too_many_arguments, reason = "everything that a text is made from, and where it goes")]
fn write_all(
    pen: &Pen<'_>,
    id: &str,
    batch: &Batch,
    lang: CopyLang,
    catalogue: &Catalogue,
    store: &mut Store,
    project: &mut Project,
    monitor: &crate::base::Monitor,
) -> Result<usize, Failed> {
    let style = copydesk::style_of(project);
    let mut tokens = 0;
    let mut todo = copydesk::next_tasks(project, id, batch, usize::MAX);
    todo.retain(|task| task.lang == lang);
    for tasks in todo.chunks(crate::stage::copy::lm::generate::WIDTH) {
        let written = copydesk::write_tasks(pen, batch, tasks, catalogue, &style, Moment::now(), monitor)?;
        let mut edits = Vec::new();
        for (task, version) in tasks.iter().zip(written) {
            tokens += version.as_ref().map_or(0, |v| v.made.as_ref().map_or(0, |made| made.tokens));
            edits.extend(copydesk::put_text(project, &task.id(id), task, version));
        }
        apply(store, project, edits)?;
    }
    Ok(tokens)
}

/// Checks, approval, the file, and what is printed.
fn finish(
    args: &CopyArgs,
    id: &str,
    batch: &Batch,
    catalogues: &[(CopyLang, Catalogue)],
    store: &mut Store,
    project: &mut Project,
) -> Result<Printed, Failed> {
    let style = copydesk::style_of(project);
    let mut texts = copydesk::texts_of(project, id, batch);
    let (mut drafts, mut failed, mut edits) = (Vec::new(), Vec::new(), Vec::new());
    let near = Neighbours::of(project, id);
    for (key, text) in &mut texts {
        let blank = Product { id: text.product.clone(), ..Product::default() };
        let Some((_, catalogue)) = catalogues.iter().find(|(lang, _)| *lang == text.lang) else { continue };
        let product = catalogue.product(&text.product).unwrap_or(&blank);
        if let Status::Failed(why) = &text.status {
            failed.push(json!({ "product": text.product, "channel": text.channel, "lang": text.lang, "why": why }));
            continue;
        }
        let brief = CopyBrief { channel: text.channel, lang: text.lang, ..batch.brief.clone() };
        let facts = product_facts(product, &brief, &catalogue.other_brands(product));
        let others = near.of_text(key, &text.product, text.lang);
        let report = copydesk::report(&brief, &style, &facts, text.text(), &others).map_err(CopyError::from)?;
        (text.faults, text.doubts) = (report.faults(), report.doubts());
        if args.approve_clean && report.is_clean() && text.status == Status::Open {
            text.status = Status::Approved;
        }
        edits.push(text.put(key)?);
        drafts.push(draft(text, &report));
    }
    apply(store, project, edits)?;
    if let Some(path) = &args.out {
        let plan = ExportPlan { approved_only: args.approve_clean, ..ExportPlan::default() };
        export(path, &plan, &texts, catalogues)?;
    }
    Ok(Printed { drafts, tokens_per_s: 0.0, batch: id.to_owned(), failed })
}

fn export(
    path: &Path,
    plan: &ExportPlan,
    texts: &[(String, CopyText)],
    catalogues: &[(CopyLang, Catalogue)],
) -> Result<(), Failed> {
    let of = |lang: CopyLang| catalogues.iter().find(|(known, _)| *known == lang).map(|(_, catalogue)| catalogue);
    let product = |text: &CopyText| of(text.lang)?.product(&text.product);
    let name = |text: &CopyText| product(text).map_or("", |product| product.name.as_str());
    let rows: Vec<Row<'_>> = texts.iter().map(|(key, text)| Row { key, name: name(text), text }).collect();
    let table = copyfile::frame(&rows, plan)?;
    copyfile::write(&table, path, plan.code, &out::monitor())?;
    Ok(())
}

fn draft(text: &CopyText, report: &Report) -> Value {
    let words = text.text();
    let finding = |finding: &Finding| {
        json!({
            "from": finding.from, "to": finding.to, "words": words.get(finding.from..finding.to),
            "grade": finding.grade, "problem": finding.problem,
        })
    };
    let fact = |fact: &crate::stage::copy::check::Fact| json!({ "words": words.get(fact.from..fact.to), "kind": fact.kind, "source": fact.source });
    let made = text.made();
    json!({
        "product": text.product,
        "channel": text.channel,
        "lang": text.lang,
        "text": words,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "facts": report.facts.iter().map(fact).collect::<Vec<_>>(),
        "seed": made.map(|made| made.request.sampling.seed),
        "model": made.map(|made| made.model.clone()),
        "tokens": made.map(|made| made.tokens),
        "seconds": made.map(|made| (made.seconds * 1000.0).round() / 1000.0),
        "status": text.status,
    })
}

fn lines(printed: &Printed) -> String {
    let mut out = String::new();
    for draft in &printed.drafts {
        let text = draft["text"].as_str().unwrap_or_default();
        let findings = draft["findings"].as_array().map_or(0, Vec::len);
        let product = draft["product"].as_str().unwrap_or_default();
        out.push_str(&format!("{product}  {findings} findings\n{text}\n\n"));
    }
    for failed in &printed.failed {
        let (product, why) = (failed["product"].as_str(), failed["why"].as_str());
        out.push_str(&format!("{}  not written: {}\n", product.unwrap_or_default(), why.unwrap_or_default()));
    }
    out.push_str(&format!(
        "{} drafts, {} tokens a second, batch {}\n",
        printed.drafts.len(),
        printed.tokens_per_s,
        printed.batch
    ));
    out
}
