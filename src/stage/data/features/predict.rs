//! Features for prediction: all strictly before the cut, labels only from the cut on, so that nothing leaks.

use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::canonical::{DAY, Kind, typed};
use super::index::EventIndex;
use super::leak::{self, LeakReason};
use super::{EventKind, FeatureError, FeatureRecipe, FeatureSource, FeatureTable, USER, collect, compute_on};
use crate::base::time::Moment;
use crate::base::{Monitor, Step};

/// Whether the customer bought in the horizon (boolean).
pub const BOUGHT: &str = "bought";
/// What they spent in it, less returns (number; only with prices).
pub const SPEND: &str = "spend";

/// Whether they did nothing at all in it (boolean).
pub const QUIET: &str = "quiet";

/// Where the past ends and how far ahead the answer lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CutRecipe {
    /// `today` in here is ignored: the cut takes its place.
    pub features: FeatureRecipe,
    /// Features see events before it; labels see events from it on.
    pub cut: Moment,
    pub horizon_days: u32,
}

/// Features and labels of the same customers in the same order.
#[derive(Debug, Clone)]
pub struct CutTable {
    pub table: FeatureTable,
    /// [`USER`], [`BOUGHT`], [`QUIET`] and, with prices, [`SPEND`].
    pub labels: DataFrame,
    pub cut: Moment,
    /// Labels see events before it.
    pub until: Moment,
    /// How many days after the cut the data covers: less than the horizon means that late buyers are not known yet.
    pub covered_days: f64,
}

/// More columns a customer, from another table, to be joined to the features.
#[derive(Clone)]
pub struct ExtraTable {
    pub frame: DataFrame,
    pub user: String,
    /// A column with the moment each row was measured.
    pub measured: Option<String>,
}

/// Makes features and labels around the cut, and refuses features that know the answer.
///
/// Customers are those with an event before the cut (in the window). Reviews without a time are left out, because
/// nobody can say on which side of the cut they were written.
pub fn prepare(source: &FeatureSource, recipe: &CutRecipe, monitor: &Monitor) -> Result<CutTable, FeatureError> {
    if recipe.horizon_days == 0 {
        return Err(FeatureError::Recipe { field: "horizon_days", problem: "must be at least 1" });
    }
    let mut source = source.clone();
    source.reviews = source.reviews.take().filter(|reviews| reviews.time.is_some());
    let mut past = recipe.features.clone();
    past.today = Some(recipe.cut);
    past.check()?;
    let index = EventIndex::build(&source, monitor)?;
    let table = compute_on(&index, &source, &past, monitor)?;
    monitor.report(Step::Checking, 0, 0);
    let until = Moment(recipe.cut.0.saturating_add(i64::from(recipe.horizon_days) * DAY));
    let labels = labels(&index, &table.places, recipe.cut, until)?;
    let last = index.last_time().unwrap_or(recipe.cut.0);
    let covered_days = (last.saturating_sub(recipe.cut.0)).max(0) as f64 / DAY as f64;
    let set = CutTable { table, labels, cut: recipe.cut, until, covered_days };
    set.check()?;
    monitor.check()?;
    Ok(set)
}

impl CutTable {
    /// Refuses a table in which anything was measured at or after the cut, or tells the label by itself.
    pub fn check(&self) -> Result<(), FeatureError> {
        if let Some(measured) = self.table.last_event.filter(|last| *last >= self.cut) {
            let reason = LeakReason::AfterCut { measured };
            return Err(FeatureError::Leak { feature: USER.to_owned(), reason });
        }
        leak::check(&self.table.frame, self.labels.column(BOUGHT)?.bool()?)
    }

    /// Joins further columns; refuses them when any row was measured at or after the cut, or tells the label.
    pub fn with_extra(mut self, extra: &ExtraTable) -> Result<Self, FeatureError> {
        let schema = extra.frame.schema();
        let id = self.table.frame.column(USER)?.dtype().clone();
        let user = typed(schema, "extra", &extra.user, Kind::Key)?.cast(id).alias(USER);
        let names: Vec<_> = schema
            .iter_names()
            .filter(|n| **n != extra.user && Some(n.as_str()) != extra.measured.as_deref())
            .cloned()
            .collect();
        if let Some(measured) = &extra.measured {
            let time = typed(schema, "extra", measured, Kind::Time)?.max().alias("t");
            let latest = collect(extra.frame.clone().lazy().select([time]))?.column("t")?.i64()?.get(0).map(Moment);
            if let Some(measured) = latest.filter(|latest| *latest >= self.cut) {
                let feature = names.iter().map(|n| n.as_str()).collect::<Vec<_>>().join(", ");
                return Err(FeatureError::Leak { feature, reason: LeakReason::AfterCut { measured } });
            }
        }
        if let Some(clash) = names.iter().find(|n| self.table.frame.schema().contains(n.as_str())) {
            return Err(FeatureError::WrongType { table: "extra", column: clash.to_string(), wanted: "a new name" });
        }
        let columns: Vec<Expr> = std::iter::once(user).chain(names.iter().map(|n| col(n.clone()))).collect();
        let firsts: Vec<Expr> = names.iter().map(|n| col(n.clone()).first()).collect();
        let right = extra.frame.clone().lazy().select(columns).group_by_stable([col(USER)]).agg(firsts);
        let left = self.table.frame.clone().lazy();
        let joined = left.join(right, [col(USER)], [col(USER)], JoinArgs::new(JoinType::Left));
        self.table.frame = joined.sort([USER], SortMultipleOptions::default()).collect()?;
        self.check()?;
        Ok(self)
    }
}

/// Labels of the customers at these places of the index.
fn labels(index: &EventIndex, places: &[u32], cut: Moment, until: Moment) -> PolarsResult<DataFrame> {
    let ((bought, quiet), spend): ((Vec<bool>, Vec<bool>), Vec<f64>) = places
        .par_iter()
        .map(|place| {
            let (_, after) = index.split(*place as usize, cut.0);
            let within = after.map(|row| index.event(row)).take_while(|event| event.time < until.0);
            within.fold(((false, true), 0.0), |((bought, _), spend), event| {
                ((bought || event.kind == EventKind::Purchase as u8, false), spend + event.net_value())
            })
        })
        .unzip();
    let rows = IdxCa::from_vec("rows".into(), places.to_vec());
    let mut columns =
        vec![index.users.take(&rows)?, Column::new(BOUGHT.into(), bought), Column::new(QUIET.into(), quiet)];
    if index.has_prices() {
        columns.push(Column::new(SPEND.into(), spend));
    }
    DataFrame::new(places.len(), columns)
}
