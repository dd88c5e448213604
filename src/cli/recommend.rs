//! `recommend`: what a customer, or everybody, would be shown, and how good the recommenders are on this shop's past.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::base::time::Moment;
use crate::project::{Edit, Project, Run};
use crate::stage::Stage;
use crate::stage::recommend::bootstrap::Interval;
use crate::stage::recommend::counter::{Ask, Counter, Preview};
use crate::stage::recommend::evaluate::{EvaluateRecipe, Evaluation, Worth};
use crate::stage::recommend::export::{self, ListsAsk};
use crate::stage::recommend::fit::FitRecipe;
use crate::stage::recommend::list::{Fallback, List};
use crate::stage::recommend::rules::Rules;
use crate::stage::recommend::split::Split;
use crate::stage::recommend::{Algorithm, EventKind, Explanation, ModelRecipe, Recipe};
use crate::store::blob::NewBlob;
use crate::store::recommend::{self as shop, Groups, ShopError};
use crate::store::{Access, Store};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whom").required(true).args(["user", "all", "segment", "evaluate"])))]
pub struct RecommendArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// popular, neighbours, als, bpr, ease, content, neural or blend; several, with commas, when they are compared
    #[arg(long, value_name = "A", value_parser = algorithm, value_delimiter = ',')]
    algo: Vec<Algorithm>,
    /// One customer's list, with the reasons
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Lists for every customer
    #[arg(long)]
    all: bool,
    /// Lists for the customers of a segment
    #[arg(long, value_name = "S")]
    segment: Option<String>,
    /// Measure recommenders on this shop's own past, popularity beside them
    #[arg(long)]
    evaluate: bool,
    /// Length of the lists
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top: u32,
    /// What is hidden and looked for: the newest fifth of all events, or each customer's last product
    #[arg(long, value_name = "HOW", default_value = "time", value_parser = split)]
    split: Split,
    /// Lengths of list that are measured
    #[arg(long, value_name = "K", default_value = "10,20", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=1000))]
    k: Vec<u32>,
    /// Write the lists to a file instead: .csv, .xlsx or .parquet
    #[arg(long, value_name = "FILE", conflicts_with_all = ["evaluate"])]
    out: Option<PathBuf>,
    /// The same seed gives the same lists
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    output: OutArgs,
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    Algorithm::from_key(text).ok_or_else(|| format!("one of {}", Algorithm::ALL.map(Algorithm::key).join(", ")))
}

fn split(text: &str) -> Result<Split, String> {
    match text {
        "time" => Ok(Split::default()),
        "last-out" => Ok(Split::LastOut),
        _ => Err("one of time, last-out".to_owned()),
    }
}

pub fn recommend(args: &RecommendArgs) -> Result<(), Failed> {
    if args.evaluate {
        return evaluate(args);
    }
    let algorithm = match args.algo.as_slice() {
        [] => Algorithm::Als,
        [one] => *one,
        _ => return Err(Failed("--algo: one recommender at a time for lists; several with --evaluate".to_owned())),
    };
    // A segment that is not there is told before anything is learned.
    let groups = groups(args)?;
    if let Some(name) = &args.segment {
        members(&groups, name)?;
    }
    let (project, counter) = counter(args, algorithm)?;
    let rules: Rules = project.item(shop::ID).unwrap_or_default();
    match &args.user {
        Some(user) => one(args, &groups, &counter, algorithm, user, rules),
        None => many(args, &groups, &counter, algorithm, rules),
    }
}

/// The newest kept fit that has the recommender; without one it is fitted now and kept, if the file can be written.
fn counter(args: &RecommendArgs, algorithm: Algorithm) -> Result<(Project, Counter), Failed> {
    let path = &args.project.project;
    let opened = Store::open(path)?;
    let (mut store, mut project) = (opened.store, opened.project);
    let reader = store.reader()?;
    let monitor = out::monitor();
    let kept = shop::latest_fit(&project, Some(algorithm)).filter(|(_, run)| run.seed == args.seed);
    if let Some((_, run)) = kept {
        let counter = shop::open(&project, &reader, run, &monitor).map_err(told)?;
        return Ok((project, counter));
    }
    let began = std::time::Instant::now();
    // What was decided in the window, or learned before, stays in: the newest fit is what the window shows.
    let before = shop::latest_fit(&project, None).and_then(|(_, run)| serde_json::from_value(run.recipe.clone()).ok());
    let mut recipe: FitRecipe = project.item(shop::ID).or(before).unwrap_or_else(|| FitRecipe::of(&[]));
    recipe.set(algorithm, true);
    recipe.seed = args.seed;
    let made = shop::fit(&project, &reader, &recipe, &monitor, &mut |_| {}).map_err(told)?;
    if let Some(missing) = made.counter.fit.missing.iter().find(|missing| missing.algorithm == algorithm) {
        return Err(told(missing.why.clone().into()));
    }
    if store.access() == Access::Write {
        let mut run = Run {
            stage: Stage::Recommend,
            method: shop::FIT.to_owned(),
            recipe: serde_json::to_value(&recipe)?,
            seed: args.seed,
            inputs: shop::inputs(&project),
            made_at: Moment::now(),
            seconds: began.elapsed().as_secs_f64(),
            summary: serde_json::to_value(&made.summary)?,
            parts: Vec::new(),
        };
        for (name, bytes) in made.parts {
            let blob = NewBlob::new(bytes);
            run.parts.push(crate::project::RunPart { name, bytes: blob.bytes.len() as u64, blob: blob.fingerprint });
            store.put_blob(&blob)?;
        }
        let edits = [Edit::Run(project.next_run_id(), Some(run))];
        project.apply_all(&edits)?;
        store.write(&edits)?;
        store.close()?;
    }
    Ok((project, made.counter))
}

/// The stage's error with how to mend it.
fn told(error: ShopError) -> Failed {
    use crate::stage::recommend::RecommendError as E;
    let mend = match &error {
        ShopError::Recommend(E::UnknownUser { .. }) => "; ids are those of the events table",
        ShopError::Recommend(E::NoItems) => "; import it again with --map item=COLUMN",
        ShopError::Recommend(E::NoProductText) => "; import a products table with names or categories",
        ShopError::Recommend(E::NothingToTest { .. }) => "; some customers must have two products or more",
        ShopError::Recommend(E::TooManyItems { .. }) => "; use als, neighbours or popular",
        ShopError::Recommend(E::NothingCounts) => "; give views or purchases a weight above zero",
        _ => "",
    };
    Failed(format!("{error}{mend}"))
}

#[derive(Serialize)]
struct OneList {
    user: String,
    history: Vec<PastRow>,
    items: Vec<PlaceRow>,
    /// Said only when there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed: Vec<RemovedRow>,
    /// Place by place, the first reason in words; for reading.
    #[serde(skip)]
    because: Vec<Option<String>>,
}

#[derive(Serialize)]
struct PastRow {
    item: String,
    name: String,
    event: &'static str,
    time: String,
}

#[derive(Serialize)]
struct PlaceRow {
    item: String,
    name: String,
    score: f32,
    why: Vec<WhyRow>,
}

#[derive(Serialize)]
struct WhyRow {
    item: String,
    contribution: f32,
}

#[derive(Serialize)]
struct RemovedRow {
    item: String,
    name: String,
    rank: usize,
    reason: Value,
}

fn groups(args: &RecommendArgs) -> Result<Groups, Failed> {
    let opened = Store::open_to_read(&args.project.project)?;
    shop::groups(&opened.project, &opened.store.reader()?, &out::monitor()).map_err(told)
}

fn one(
    args: &RecommendArgs,
    groups: &Groups,
    counter: &Counter,
    algorithm: Algorithm,
    user: &str,
    rules: Rules,
) -> Result<(), Failed> {
    let segment = groups.ruling(user, &rules);
    let ask = Ask { rules, segment, ..Ask::customer(user, &[algorithm], args.top as usize) };
    let preview = counter.preview(&ask).map_err(|error| told(error.into()))?;
    if let Some(path) = &args.out {
        let ask = ListsAsk { algorithm, customers: Some(vec![user.to_owned()]), rules: ask.rules, n: ask.n };
        return write(args, groups, counter, &ask, path);
    }
    let list = list_of(counter, user, &preview);
    Output::new(args.output).print(&list, lines_of_one)
}

fn list_of(counter: &Counter, user: &str, preview: &Preview) -> OneList {
    let id = |item: u32| counter.items.name(item).to_owned();
    let past = preview.history.iter().map(|past| PastRow {
        item: id(past.event.item),
        name: counter.name(past.event.item).to_owned(),
        event: past.event.kind.key(),
        time: past.event.time.iso(),
    });
    let mut one = OneList {
        user: user.to_owned(),
        history: past.collect(),
        items: vec![],
        note: None,
        removed: vec![],
        because: vec![],
    };
    let Some(answer) = preview.answers.first() else { return one };
    for (place, why) in answer.list.places.iter().zip(&answer.why) {
        let parts = why.parts.iter().map(|part| WhyRow { item: id(part.item), contribution: part.value });
        let name = counter.name(place.item).to_owned();
        one.because.push(because(counter, preview, place.item, why));
        one.items.push(PlaceRow { item: id(place.item), name, score: place.score, why: parts.collect() });
    }
    for removed in &answer.list.removed {
        let reason = serde_json::to_value(removed.reason).unwrap_or_default();
        let name = counter.name(removed.item).to_owned();
        one.removed.push(RemovedRow { item: id(removed.item), name, rank: removed.rank, reason });
    }
    one.note = note(counter, &answer.list);
    one
}

/// "Walnut tray, bought twice"; nothing where no past event speaks for the place.
fn because(counter: &Counter, preview: &Preview, item: u32, why: &Explanation) -> Option<String> {
    let part = why.parts.iter().find(|part| part.value > 0.0)?;
    let did = preview.did(part.item).map(|did| {
        let done = match did.kind {
            EventKind::Purchase => "bought",
            EventKind::Cart => "put in the cart",
            EventKind::Favourite => "saved as a favourite",
            _ => "looked at",
        };
        match did.times {
            1 => format!("{done} once"),
            2 => format!("{done} twice"),
            n => format!("{done} {n} times"),
        }
    });
    Some(match did {
        Some(did) if part.item == item => did,
        Some(did) => format!("because of {}, {did}", counter.name(part.item)),
        None => format!("because of {}", counter.name(part.item)),
    })
}

/// What a reader of the list should know of it.
fn note(counter: &Counter, list: &List) -> Option<String> {
    let mut notes = Vec::new();
    if list.places.is_empty() {
        notes.push("the rules leave nothing to show".to_owned());
    }
    match list.fallback {
        Fallback::None => {}
        Fallback::Filled => notes.push("filled up with popular products".to_owned()),
        Fallback::NoHistory => notes.push("no history that counts: popular products".to_owned()),
        Fallback::UnknownItems => notes.push("history with unknown products only: popular products".to_owned()),
    }
    if counter.catalogue.is_absent() {
        notes.push("no products table: ids instead of names".to_owned());
    }
    let behind = counter.live.behind();
    if behind.events + behind.waiting_events > 0 {
        notes.push(format!(
            "{} events are newer than the fit, {} of them about products that it does not know",
            behind.events + behind.waiting_events,
            behind.waiting_events
        ));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn lines_of_one(list: &OneList) -> String {
    let mut text = format!("{}: {} events\n", list.user, list.history.len());
    for past in list.history.iter().rev().take(10) {
        text.push_str(&format!("  {}  {:<10}{}\n", &past.time, past.event, past.name));
    }
    for (at, place) in list.items.iter().enumerate() {
        text.push_str(&format!("{:>3}. {:<42}{:>9.4}", at + 1, place.name, place.score));
        if let Some(Some(reason)) = list.because.get(at) {
            text.push_str("  ");
            text.push_str(reason);
        }
        text.push('\n');
    }
    for removed in &list.removed {
        let reason = removed.reason.as_str().unwrap_or_default().replace('_', " ");
        text.push_str(&format!("  left out: {} (would be {}.): {reason}\n", removed.name, removed.rank));
    }
    if let Some(note) = &list.note {
        text.push_str(&format!("  {note}\n"));
    }
    text
}

fn many(
    args: &RecommendArgs,
    groups: &Groups,
    counter: &Counter,
    algorithm: Algorithm,
    rules: Rules,
) -> Result<(), Failed> {
    let customers = match &args.segment {
        Some(name) => Some(members(groups, name)?),
        None => None,
    };
    let ask = ListsAsk { algorithm, customers, rules, n: args.top as usize };
    if let Some(path) = &args.out {
        return write(args, groups, counter, &ask, path);
    }
    let segment = |user: u32| groups.ruling(counter.live.name(user), &ask.rules);
    let rows = export::lists(counter, &ask, &segment, &out::monitor())?;
    let id = |item: u32| counter.items.name(item);
    let lists: Vec<Value> = rows
        .iter()
        .map(|row| {
            let items = row.list.places.iter().zip(&row.reasons).map(|(place, reason)| {
                serde_json::json!({"item": id(place.item), "name": counter.name(place.item), "score": place.score,
                    "reason": reason.map(id)})
            });
            serde_json::json!({"user": counter.live.name(row.user), "items": items.collect::<Vec<_>>()})
        })
        .collect();
    let object = serde_json::json!({"algo": algorithm.key(), "users": lists.len(), "lists": lists});
    Output::new(args.output).print(&object, |_| {
        let mut text = String::new();
        for row in &rows {
            let names: Vec<&str> = row.list.places.iter().map(|place| id(place.item)).collect();
            text.push_str(&format!("{}\t{}\n", counter.live.name(row.user), names.join(" ")));
        }
        text
    })
}

/// The customers of a segment, by its name in either language or its number.
fn members(groups: &Groups, name: &str) -> Result<Vec<String>, Failed> {
    if let Some(group) = groups.named(name) {
        return Ok(group.customers.clone());
    }
    let names: Vec<&str> = groups.groups.iter().map(|group| group.en.as_str()).collect();
    Err(Failed(match names.is_empty() {
        true => format!("no segment {name:?}: the project has no segments; make some with `shopwright segment`"),
        false => format!("no segment {name:?}; there are {}", names.join(", ")),
    }))
}

fn write(
    args: &RecommendArgs,
    groups: &Groups,
    counter: &Counter,
    ask: &ListsAsk,
    path: &std::path::Path,
) -> Result<(), Failed> {
    // A name that cannot be written is told before the work.
    if crate::store::export::ExportFormat::of(path).is_none() {
        return Err(crate::store::export::ExportError::Ending(path.to_owned()).into());
    }
    let monitor = out::monitor();
    let segment = |user: u32| groups.ruling(counter.live.name(user), &ask.rules);
    let rows = export::lists(counter, ask, &segment, &monitor)?;
    let exported = crate::store::export::write(&export::table(counter, &rows)?, path, &monitor)?;
    let mut object = Map::new();
    object.insert("algo".into(), ask.algorithm.key().into());
    object.insert("users".into(), rows.len().into());
    object.insert("rows".into(), exported.rows.into());
    object.insert("file".into(), path.display().to_string().into());
    Output::new(args.output)
        .print(&object, |_| format!("{}: {} lists, {} rows", path.display(), rows.len(), exported.rows))
}

#[derive(Serialize)]
struct Report {
    split: &'static str,
    users: usize,
    items: usize,
    algos: Vec<Map<String, Value>>,
}

fn evaluate(args: &RecommendArgs) -> Result<(), Failed> {
    let opened = Store::open_to_read(&args.project.project)?;
    let (project, reader) = (opened.project, opened.store.reader()?);
    let kept: FitRecipe = project.item(shop::ID).unwrap_or_default();
    let models: Vec<ModelRecipe> = match args.algo.as_slice() {
        [] => kept.models.clone(),
        asked => asked
            .iter()
            .map(|algorithm| kept.model(*algorithm).cloned().unwrap_or_else(|| ModelRecipe::of(*algorithm)))
            .collect(),
    };
    let entry = |model: ModelRecipe| Recipe { weights: kept.weights, model, seed: args.seed };
    let recipe = EvaluateRecipe {
        split: args.split,
        ks: args.k.iter().map(|k| *k as usize).collect(),
        entries: models.into_iter().map(entry).collect(),
        seed: args.seed,
        ..EvaluateRecipe::default()
    };
    let found = shop::measure(&project, &reader, &recipe, &out::monitor()).map_err(told)?;
    let split = if args.split == Split::LastOut { "last-out" } else { "time" };
    let row = |(at, worth): (usize, &Worth)| {
        let mut row = worth.flat();
        row.insert("surely_better_than".into(), surely_better(&found, at).into());
        row
    };
    let algos = found.algos.iter().enumerate().map(row).collect();
    let report = Report { split, users: found.users, items: found.items, algos };
    Output::new(args.output).print(&report, |_| lines_of_evaluation(&found))
}

/// The recommenders that this one beats by more than chance, by NDCG at the first length.
fn surely_better(found: &Evaluation, at: usize) -> Vec<&'static str> {
    let beaten = found.differences.iter().filter(|pair| pair.a == at && pair.real);
    beaten.map(|pair| found.algos[pair.b].algo.key()).collect()
}

fn lines_of_evaluation(found: &Evaluation) -> String {
    let mut text = format!("{} customers, {} products; intervals of 95 %\n", found.users, found.items);
    let ndcg = |at: &usize| found.algos[*at].at.first().map_or(-1.0, |at| at.ndcg.mean);
    let mut order: Vec<usize> = (0..found.algos.len()).collect();
    order.sort_by(|a, b| ndcg(b).total_cmp(&ndcg(a)));
    for place in order {
        let worth = &found.algos[place];
        text.push_str(&format!("{:<12}", worth.algo.key()));
        if let Some(why) = &worth.failed {
            text.push_str(&format!("{why}\n"));
            continue;
        }
        for at in &worth.at {
            let told = |name: &str, value: Interval| {
                format!("{name}@{} {:.4} ({:.4} to {:.4})  ", at.k, value.mean, value.low, value.high)
            };
            text.push_str(&told("ndcg", at.ndcg));
            text.push_str(&told("recall", at.recall));
        }
        text.push_str(&format!("fit {:.2} s, rank {:.2} s", worth.fit_seconds, worth.rank_seconds));
        let beaten = surely_better(found, place);
        if !beaten.is_empty() {
            text.push_str(&format!("; surely better than {}", beaten.join(", ")));
        }
        text.push('\n');
    }
    text
}
