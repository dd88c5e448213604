//! The recommend stage on a project: its tables into the stage's input, a fit into a run's parts and back. Shared by
//! both front doors.

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::blob::{Reader, frame_from_parquet, parquet_bytes};
pub use super::groups::{Group, Groups, groups, groups_key};
use super::sources::{SourceError, Sources, event_tables, newest, shop_tables};
use crate::base::{Fingerprint, Monitor};
use crate::project::{Input, InputRef, Item, Project, Run, RunId};
use crate::stage::Stage;
use crate::stage::data::{Role, TableKind};
use crate::stage::recommend::counter::Counter;
use crate::stage::recommend::evaluate::{EvaluateRecipe, Evaluation, evaluate};
use crate::stage::recommend::fit::{Fit, FitRecipe};
use crate::stage::recommend::neural::Epoch;
use crate::stage::recommend::rules::Rules;
use crate::stage::recommend::search::{SearchRecipe, SearchResult, search};
use crate::stage::recommend::{
    Algorithm, Catalogue, EventLog, Ids, Interactions, Product, RecommendError, WeightRecipe, shop,
};

/// Why a project gives no recommendations.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Recommend(#[from] RecommendError),
}

/// The methods of this stage's runs.
pub const FIT: &str = "fit";
pub const EVALUATE: &str = "evaluate";
pub const SEARCH: &str = "search";

/// The project keeps one of each of these decisions.
pub const ID: &str = "shop";

impl Item for FitRecipe {
    const KIND: &'static str = "recommend_recipe";
}

impl Item for Rules {
    const KIND: &'static str = "recommend_rules";
}

impl Item for EvaluateRecipe {
    const KIND: &'static str = "recommend_evaluate";
}

/// What a run says of itself; kept as its summary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FitSummary {
    pub customers: usize,
    /// Products with events, and all that are known.
    pub touched: usize,
    pub items: usize,
    pub events: usize,
    /// Rows that count for nothing here.
    pub skipped: usize,
    pub no_catalogue: bool,
    pub models: Vec<ModelSummary>,
    pub missing: Vec<MissingSummary>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    pub algo: Algorithm,
    pub seconds: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<Epoch>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingSummary {
    pub algo: Algorithm,
    pub why: String,
}

/// The tables that lists are made from, as they are now.
pub fn inputs(project: &Project) -> Vec<InputRef> {
    let is_review = |id| project.table(id).is_some_and(|table| table.kind == TableKind::Reviews);
    let tables = shop_tables(project).into_iter().filter(|id| !is_review(*id));
    tables.filter_map(|id| project.input(Input::Table(id))).collect()
}

/// Changes when any of these tables does.
pub fn inputs_key(project: &Project) -> Fingerprint {
    let inputs: Vec<String> = inputs(project).iter().map(|input| input.fingerprint.to_string()).collect();
    Fingerprint::of(&inputs)
}

/// The run was made from the very tables that there are now; one that came since counts too.
pub fn is_current(project: &Project, run: &Run) -> bool {
    inputs(project) == run.inputs
}

/// Whether there is anything to learn from.
pub fn has_events(project: &Project) -> bool {
    !event_tables(project).is_empty()
}

pub fn log(project: &Project, reader: &Reader, monitor: &Monitor) -> Result<EventLog, ShopError> {
    let frame = Sources::new(project, reader).events(monitor)?;
    Ok(shop::event_log(&frame, monitor)?)
}

/// The catalogue's rows; the names in the order lines where there is no products table.
pub fn products(project: &Project, reader: &Reader, monitor: &Monitor) -> Result<Vec<Product>, ShopError> {
    const ROLES: [Role; 10] = [
        Role::Item,
        Role::Name,
        Role::Title,
        Role::Category,
        Role::Brand,
        Role::Description,
        Role::Attributes,
        Role::Picture,
        Role::Price,
        Role::Stock,
    ];
    let sources = Sources::new(project, reader);
    if let Some(id) = newest(project, TableKind::Products) {
        return Ok(shop::products(&sources.by_role(id, &ROLES, monitor)?)?);
    }
    let Some(mut named) = sources.products(monitor)? else { return Ok(Vec::new()) };
    let Some(title) = named.title else { return Ok(Vec::new()) };
    let renamed = named.frame.rename(&named.item, Role::Item.key().into()).is_ok()
        && named.frame.rename(&title, Role::Name.key().into()).is_ok();
    if renamed { Ok(shop::products(&named.frame)?) } else { Ok(Vec::new()) }
}

/// Everything that is learned from: events, and products that nobody touched yet as items too.
pub fn shop_data(
    log: &EventLog,
    products: &[Product],
    weights: WeightRecipe,
    monitor: &Monitor,
) -> Result<(Interactions, Catalogue), ShopError> {
    let mut items = log.items.clone();
    let catalogue = Catalogue::new(products.to_vec(), &mut items)?;
    let data = Interactions::from_rows(log.users.clone().into(), items.into(), log.rows(), weights, monitor)?;
    Ok((data, catalogue))
}

/// A fit on its way into a run.
pub struct Made {
    pub counter: Counter,
    pub summary: FitSummary,
    pub parts: Vec<(String, Vec<u8>)>,
}

/// Fits all that the recipe names on the project as it is.
pub fn fit(
    project: &Project,
    reader: &Reader,
    recipe: &FitRecipe,
    monitor: &Monitor,
    tell: &mut dyn FnMut(Epoch),
) -> Result<Made, ShopError> {
    recipe.check()?;
    let (log, products) = (log(project, reader, monitor)?, products(project, reader, monitor)?);
    let (data, catalogue) = shop_data(&log, &products, recipe.weights, monitor)?;
    let fit = Fit::make(data, &catalogue, recipe, monitor, tell)?;
    let mut parts = fit.parts()?;
    let names: Vec<&str> = fit.data.items.iter().map(|(_, name)| name).collect();
    parts.push(("items".to_owned(), serde_json::to_vec(&names).unwrap_or_default()));
    let events = parquet_bytes(&mut shop::log_frame(&log)?).map_err(RecommendError::from)?;
    parts.push(("events".to_owned(), events));
    let summary = summary(&fit, &log, &catalogue);
    let mut counter = Counter::open(fit, products, None, monitor)?;
    counter.seen = inputs_key(project);
    Ok(Made { counter, summary, parts })
}

fn summary(fit: &Fit, log: &EventLog, catalogue: &Catalogue) -> FitSummary {
    let model = |fitted: &crate::stage::recommend::fit::Fitted| ModelSummary {
        algo: fitted.algorithm(),
        seconds: fitted.seconds,
        curve: fitted.curve.clone(),
    };
    let missing =
        |one: &crate::stage::recommend::fit::Unfitted| MissingSummary { algo: one.algorithm, why: one.why.to_string() };
    FitSummary {
        customers: fit.data.user_count(),
        touched: log.items.len(),
        items: fit.data.item_count(),
        events: fit.data.event_count(),
        skipped: log.skipped,
        no_catalogue: catalogue.is_absent(),
        models: fit.models.iter().map(model).collect(),
        missing: fit.missing.iter().map(missing).collect(),
    }
}

/// A kept fit with the shop as it is now: nothing is trained; events that came since are folded in.
pub fn open(project: &Project, reader: &Reader, run: &Run, monitor: &Monitor) -> Result<Counter, ShopError> {
    let recipe: FitRecipe = serde_json::from_value(run.recipe.clone()).map_err(damaged)?;
    let part = |name: &str| -> Result<Vec<u8>, ShopError> {
        let part = run.part(name).ok_or_else(|| damaged(format!("{name} is missing")))?;
        Ok(reader.blob(part.blob)?)
    };
    let names: Vec<String> = serde_json::from_slice(&part("items")?).map_err(damaged)?;
    let mut items = Ids::default();
    for name in &names {
        items.intern(name, "items")?;
    }
    let frame = frame_from_parquet(part("events")?, None).map_err(RecommendError::from)?;
    let kept = shop::log_from_frame(&frame, items, monitor)?;
    let products = products(project, reader, monitor)?;
    let mut known = kept.items.clone();
    let catalogue = Catalogue::new(products.clone(), &mut known)?;
    let (users, items) = (kept.users.clone().into(), kept.items.clone().into());
    let data = Interactions::from_rows(users, items, kept.rows(), recipe.weights, monitor)?;
    let bytes = |algorithm: Algorithm| part(algorithm.key()).ok();
    let fit = Fit::with(data, &catalogue, &recipe, &bytes, monitor, &mut |_| {})?;
    let newer = if is_current(project, run) { None } else { log(project, reader, monitor).ok() };
    let mut counter = Counter::open(fit, products, newer.as_ref(), monitor)?;
    counter.seen = inputs_key(project);
    Ok(counter)
}

fn damaged(what: impl std::fmt::Display) -> ShopError {
    RecommendError::Kept(what.to_string()).into()
}

/// Measures recommenders on the project's own past.
pub fn measure(
    project: &Project,
    reader: &Reader,
    recipe: &EvaluateRecipe,
    monitor: &Monitor,
) -> Result<Evaluation, ShopError> {
    recipe.check()?;
    let (log, products) = (log(project, reader, monitor)?, products(project, reader, monitor)?);
    let weights = recipe.entries.first().map(|entry| entry.weights).unwrap_or_default();
    let (data, catalogue) = shop_data(&log, &products, weights, monitor)?;
    Ok(evaluate(&data, &catalogue, recipe, monitor)?)
}

/// Looks for better settings.
pub fn tune(
    project: &Project,
    reader: &Reader,
    recipe: &SearchRecipe,
    monitor: &Monitor,
) -> Result<SearchResult, ShopError> {
    recipe.check()?;
    let (log, products) = (log(project, reader, monitor)?, products(project, reader, monitor)?);
    let (data, catalogue) = shop_data(&log, &products, recipe.start.weights, monitor)?;
    Ok(search(&data, &catalogue, recipe, monitor)?)
}

/// The newest fit, and the newest that has this recommender.
pub fn latest_fit(project: &Project, algorithm: Option<Algorithm>) -> Option<(RunId, &Run)> {
    let mut runs = project.runs().rev().filter(|(_, run)| run.stage == Stage::Recommend && run.method == FIT);
    let has = |run: &Run| {
        let summary: FitSummary = serde_json::from_value(run.summary.clone()).unwrap_or_default();
        algorithm.is_none_or(|algorithm| summary.models.iter().any(|model| model.algo == algorithm))
    };
    runs.find(|(_, run)| has(run))
}
