//! Questions about the days after a cut: features from before it, answers from it on.

use polars::prelude::DataFrame;

use super::target::Outcome;
use crate::base::Monitor;
use crate::base::time::Moment;
use crate::stage::data::features::index::EventIndex;
use crate::stage::data::features::predict::{BOUGHT, CutRecipe, QUIET, SPEND, prepare};
use crate::stage::data::features::{FeatureError, FeatureRecipe, FeatureSource, USER, compute_on};

/// What a model learns from, and whom it scores.
#[derive(Debug, Clone)]
pub struct EventTables {
    /// [`USER`], features strictly before `cut`, and the outcome's column ([`Outcome::column`]).
    pub learn: DataFrame,
    /// [`USER`] and the same features as of the last event.
    pub today: DataFrame,
    pub cut: Moment,
    /// How many days after the cut the data covers; fewer than asked about means that late ones are not known yet.
    pub covered_days: f64,
}

const DAY: i64 = 86_400;

/// The latest cut after which the data still covers `days`; nothing without events.
pub fn usual_cut(source: &FeatureSource, days: u32, monitor: &Monitor) -> Result<Moment, FeatureError> {
    let last = EventIndex::build(source, monitor)?.last_time().ok_or(FeatureError::NoEvents)?;
    Ok(Moment(last.saturating_add(1).saturating_sub(i64::from(days) * DAY)))
}

/// Both tables, with the cut given or the usual one.
///
/// # Errors
/// [`FeatureError::NoEvents`] when nothing happened before the cut.
pub fn tables(
    source: &FeatureSource,
    features: &FeatureRecipe,
    cut: Option<Moment>,
    outcome: Outcome,
    monitor: &Monitor,
) -> Result<EventTables, FeatureError> {
    let cut = match cut {
        Some(cut) => cut,
        None => usual_cut(source, outcome.days(), monitor)?,
    };
    let recipe = CutRecipe { features: features.clone(), cut, horizon_days: outcome.days() };
    let set = prepare(source, &recipe, monitor)?;
    let label = match outcome {
        Outcome::Buys { .. } => BOUGHT,
        Outcome::GoesQuiet { .. } => QUIET,
        Outcome::Spends { .. } => SPEND,
    };
    let label = set.labels.column(label).map_err(|_| FeatureError::NotPossible {
        feature: crate::stage::data::features::Feature::Monetary,
        need: crate::stage::data::features::Need::Price,
    })?;
    let mut learn = set.table.frame.clone();
    learn.with_column(label.clone().with_name(outcome.column().into()))?;

    // The same features for everybody, as of today. Reviews without a time took no part in learning.
    let mut source = source.clone();
    source.reviews = source.reviews.take().filter(|reviews| reviews.time.is_some());
    let known = set.table.definitions.iter().map(|d| d.feature).collect();
    let now = FeatureRecipe { features: Some(known), today: None, ..features.clone() };
    let index = EventIndex::build(&source, monitor)?;
    let today = compute_on(&index, &source, &now, monitor)?.frame;
    debug_assert_eq!(today.get_column_names().first().map(|n| n.as_str()), Some(USER));
    Ok(EventTables { learn, today, cut: set.cut, covered_days: set.covered_days })
}
