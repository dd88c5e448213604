//! Features: what each customer did inside a window of time, one row a customer, sorted by customer.
//!
//! The events are read through a polars lazy plan (a scan or a table in memory) by the streaming engine and sorted by
//! customer and time ([`index::EventIndex`]). [`compute`] makes the table; [`predict::prepare`] makes features strictly
//! before a cut and labels only from it on; [`leak`] refuses a feature that knows the answer.

mod aggregate;
mod canonical;
mod definition;
pub mod index;
pub mod leak;
pub mod predict;
#[cfg(test)]
mod tests;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::time::Moment;
use crate::base::{Cancelled, Monitor};
use index::EventIndex;

pub use definition::{Definition, EventKind, Feature, Formula, Need, Quantity, Unit, ValueKind};

/// The column of customer ids in every feature table.
pub const USER: &str = "user";

/// Which columns of the events table mean what. Without `event`, every row is a purchase, or a return where the
/// quantity is negative.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventColumns {
    pub user: String,
    pub item: String,
    /// One of `view`, `cart`, `favourite`, `purchase`, `return`; other words count as activity only.
    pub event: Option<String>,
    /// Date, datetime or whole seconds since 1970.
    pub time: String,
    /// Seconds.
    pub dwell: Option<String>,
    pub quantity: Option<String>,
    /// Per piece.
    pub price: Option<String>,
    pub order: Option<String>,
    /// Where the events carry it themselves; otherwise it comes from the products.
    pub category: Option<String>,
}

/// The products table and the columns used here.
#[derive(Clone)]
pub struct ProductTable {
    pub frame: DataFrame,
    pub item: String,
    pub category: Option<String>,
    pub title: Option<String>,
}

/// The reviews table and the columns used here.
#[derive(Clone)]
pub struct ReviewTable {
    pub frame: DataFrame,
    pub user: String,
    pub item: Option<String>,
    pub rating: Option<String>,
    /// −1 to 1, where a model has read the texts; it wins over the rating.
    pub mood: Option<String>,
    pub time: Option<String>,
}

/// Everything that features are made from, held in memory.
#[derive(Clone)]
pub struct FeatureInput {
    pub events: DataFrame,
    pub columns: EventColumns,
    pub products: Option<ProductTable>,
    pub reviews: Option<ReviewTable>,
}

/// The same with the events as a lazy scan, so that a file need not be loaded first.
#[derive(Clone)]
pub struct FeatureSource {
    pub events: LazyFrame,
    pub columns: EventColumns,
    pub products: Option<ProductTable>,
    pub reviews: Option<ReviewTable>,
}

impl From<&FeatureInput> for FeatureSource {
    fn from(input: &FeatureInput) -> Self {
        Self {
            events: input.events.clone().lazy(),
            columns: input.columns.clone(),
            products: input.products.clone(),
            reviews: input.reviews.clone(),
        }
    }
}

/// What decides a feature table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureRecipe {
    /// `None`: all that the tables allow. A feature asked for by name must be possible.
    pub features: Option<Vec<Feature>>,
    /// The moment features look back from; events at or after it are not seen. `None`: just after the last event.
    pub today: Option<Moment>,
    /// How many days before today to look at; `None`: all.
    pub window_days: Option<u32>,
    /// The shop's clock: seconds east of UTC, for hours, weekdays and calendar days.
    pub utc_offset: i32,
    /// The best rating there is; the worst is 1.
    pub best_rating: f64,
}

impl Default for FeatureRecipe {
    fn default() -> Self {
        Self { features: None, today: None, window_days: None, utc_offset: 0, best_rating: 5.0 }
    }
}

/// A feature left out, and what the tables would need for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub feature: Feature,
    pub need: Need,
}

/// One row a customer, sorted by customer: [`USER`], then a column a feature (named by its key).
#[derive(Debug, Clone)]
pub struct FeatureTable {
    pub frame: DataFrame,
    pub definitions: Vec<Definition>,
    pub skipped: Vec<Skipped>,
    /// The customers' places in the [`EventIndex`] the table was made from.
    pub places: Vec<u32>,
    pub today: Moment,
    /// Start of the window, when there is one.
    pub from: Option<Moment>,
    /// The last event that went in; always before `today`.
    pub last_event: Option<Moment>,
}

/// Why features could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FeatureError {
    #[error("column {column:?} is not in the {table} table")]
    MissingColumn { table: &'static str, column: String },
    #[error("column {column:?} of the {table} table cannot be read as {wanted}")]
    WrongType { table: &'static str, column: String, wanted: &'static str },
    #[error("feature {:?} needs {need:?}", feature.key())]
    NotPossible { feature: Feature, need: Need },
    #[error("feature {:?} is listed twice", .0.key())]
    Twice(Feature),
    #[error("no feature chosen")]
    NothingChosen,
    #[error("no events with a customer and a time before today")]
    NoEvents,
    #[error("{rows} events are more than fit one computer's index (4,294,967,295)")]
    TooManyEvents { rows: usize },
    #[error("{field}: {problem}")]
    Recipe { field: &'static str, problem: &'static str },
    #[error("feature {feature:?} knows what comes after the cut ({reason:?})")]
    Leak { feature: String, reason: leak::LeakReason },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("table engine: {0}")]
    Engine(#[from] PolarsError),
}

impl FeatureRecipe {
    pub fn check(&self) -> Result<(), FeatureError> {
        let wrong = |field, problem| Err(FeatureError::Recipe { field, problem });
        if self.window_days == Some(0) {
            return wrong("window_days", "must be at least 1");
        }
        if self.utc_offset.abs() > 18 * 3600 {
            return wrong("utc_offset", "must be within 18 hours");
        }
        if !(self.best_rating > 1.0 && self.best_rating.is_finite()) {
            return wrong("best_rating", "must be above 1");
        }
        let Some(features) = &self.features else { return Ok(()) };
        if features.is_empty() {
            return Err(FeatureError::NothingChosen);
        }
        match features.iter().enumerate().find(|(i, feature)| features[..*i].contains(feature)) {
            Some((_, feature)) => Err(FeatureError::Twice(*feature)),
            None => Ok(()),
        }
    }
}

/// The features of every customer with an event in the window.
pub fn compute(input: &FeatureInput, recipe: &FeatureRecipe, monitor: &Monitor) -> Result<FeatureTable, FeatureError> {
    compute_from(&input.into(), recipe, monitor)
}

/// As [`compute`], straight from a lazy scan.
pub fn compute_from(
    source: &FeatureSource,
    recipe: &FeatureRecipe,
    monitor: &Monitor,
) -> Result<FeatureTable, FeatureError> {
    recipe.check()?;
    choose(source, recipe)?;
    compute_on(&EventIndex::build(source, monitor)?, source, recipe, monitor)
}

/// As [`compute`], on events that are sorted already. Of `source` only the roles and the reviews are read.
pub fn compute_on(
    index: &EventIndex,
    source: &FeatureSource,
    recipe: &FeatureRecipe,
    monitor: &Monitor,
) -> Result<FeatureTable, FeatureError> {
    recipe.check()?;
    let (wanted, skipped) = choose(source, recipe)?;
    let last = index.last_time().ok_or(FeatureError::NoEvents)?;
    let today = recipe.today.map_or(last.saturating_add(1), |moment| moment.0);
    let from = recipe.window_days.map(|days| today.saturating_sub(i64::from(days) * canonical::DAY));
    let span = aggregate::Span { from, today };
    let result = aggregate::run(index, source.reviews.as_ref(), recipe, &wanted, span, monitor)?;
    let last_event = result.last.ok_or(FeatureError::NoEvents)?;
    Ok(FeatureTable {
        frame: result.frame,
        definitions: wanted.iter().map(|feature| feature.definition()).collect(),
        skipped,
        places: result.places,
        today: Moment(today),
        from: from.map(Moment),
        last_event: Some(Moment(last_event)),
    })
}

/// The features asked for, or all that the tables allow and those they do not.
fn choose(source: &FeatureSource, recipe: &FeatureRecipe) -> Result<(Vec<Feature>, Vec<Skipped>), FeatureError> {
    let missing = |feature: Feature| feature.needs().iter().copied().find(|need| !has(source, *need));
    if let Some(asked) = &recipe.features {
        for &feature in asked {
            if let Some(need) = missing(feature) {
                return Err(FeatureError::NotPossible { feature, need });
            }
        }
        return Ok((asked.clone(), Vec::new()));
    }
    let (mut wanted, mut skipped) = (Vec::new(), Vec::new());
    for feature in Feature::ALL {
        match missing(feature) {
            None => wanted.push(feature),
            Some(need) => skipped.push(Skipped { feature, need }),
        }
    }
    Ok((wanted, skipped))
}

fn has(source: &FeatureSource, need: Need) -> bool {
    let columns = &source.columns;
    let reviews = source.reviews.as_ref();
    match need {
        Need::Event => columns.event.is_some(),
        Need::Item => !columns.item.is_empty(),
        Need::Dwell => columns.dwell.is_some(),
        Need::Price => columns.price.is_some(),
        Need::Category => {
            columns.category.is_some() || source.products.as_ref().is_some_and(|table| table.category.is_some())
        }
        Need::Reviews => reviews.is_some(),
        Need::Ratings => reviews.is_some_and(|table| table.rating.is_some() || table.mood.is_some()),
    }
}

/// Runs a plan on the streaming engine.
pub(crate) fn collect(plan: LazyFrame) -> PolarsResult<DataFrame> {
    // One plan has one result; the several of `unwrap_single`'s panic come from `collect_all` only.
    Ok(plan.collect_with_engine(Engine::Streaming)?.unwrap_single())
}
