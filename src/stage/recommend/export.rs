//! Lists for many customers as one table: a row a place.

use polars::prelude::*;
use rayon::prelude::*;

use super::counter::Counter;
use super::group::GroupList;
use super::list::{List, Source};
use super::rules::Rules;
use super::{Algorithm, RecommendError};
use crate::base::{Monitor, Step};

/// Which lists.
#[derive(Debug, Clone, PartialEq)]
pub struct ListsAsk {
    pub algorithm: Algorithm,
    /// By id; nothing: everybody, those who are new since the fit included.
    pub customers: Option<Vec<String>>,
    pub rules: Rules,
    pub n: usize,
}

/// The customers that are meant, by number, in their order; ids that nobody has are left out.
pub fn users_of(counter: &Counter, customers: Option<&[String]>) -> Vec<u32> {
    match customers {
        None => (0..counter.live.customer_count() as u32).collect(),
        Some(ids) => ids.iter().filter_map(|id| counter.live.find(id)).collect(),
    }
}

/// One customer's finished list.
pub struct Row {
    pub user: u32,
    pub list: List,
    /// The past item that speaks most for each place.
    pub reasons: Vec<Option<u32>>,
}

/// All the lists, with the reason for every place.
pub fn lists(
    counter: &Counter,
    ask: &ListsAsk,
    segment: &(dyn Fn(u32) -> Option<String> + Sync),
    monitor: &Monitor,
) -> Result<Vec<Row>, RecommendError> {
    let users = users_of(counter, ask.customers.as_deref());
    if users.is_empty() {
        return Err(RecommendError::EmptySegment);
    }
    let lists = counter.lists(ask.algorithm, &users, segment, &ask.rules, ask.n, monitor)?;
    let total = users.len() as u64;
    let done = std::sync::atomic::AtomicU64::new(0);
    users
        .into_par_iter()
        .zip(lists)
        .map(|(user, list)| {
            let at = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if at.is_multiple_of(64) {
                monitor.check()?;
                monitor.report(Step::Explaining, at, total);
            }
            let reasons = counter.reasons(ask.algorithm, user, &list)?;
            Ok(Row { user, list, reasons })
        })
        .collect()
}

/// `customer, rank, item, name, score, source, reason_item, reason`: a row a place. The source is the recommender, or
/// `popular` or `pin`; the reason is the customer's past product that speaks most for the place.
pub fn table(counter: &Counter, rows: &[Row]) -> Result<DataFrame, RecommendError> {
    let places = || {
        rows.iter().flat_map(|row| {
            let each = row.list.places.iter().zip(&row.reasons).enumerate();
            each.map(move |(at, (place, reason))| (row, at, place, *reason))
        })
    };
    let text = |name: &str, values: Vec<Option<&str>>| Column::new(name.into(), values);
    let source = |list: &List, source: Source| match source {
        Source::Model => list.algo.key(),
        Source::Popular => "popular",
        Source::Pin => "pin",
    };
    let columns = vec![
        text("customer", places().map(|(row, ..)| Some(counter.live.name(row.user))).collect()),
        Column::new("rank".into(), places().map(|(_, at, ..)| at as u32 + 1).collect::<Vec<_>>()),
        text("item", places().map(|(_, _, place, _)| Some(counter.items.name(place.item))).collect()),
        text("name", places().map(|(_, _, place, _)| Some(counter.name(place.item))).collect()),
        Column::new("score".into(), places().map(|(_, _, place, _)| place.score).collect::<Vec<_>>()),
        text("source", places().map(|(row, _, place, _)| Some(source(&row.list, place.source))).collect()),
        text("reason_item", places().map(|(.., reason)| Some(counter.items.name(reason?))).collect()),
        text("reason", places().map(|(.., reason)| Some(counter.name(reason?))).collect()),
    ];
    Ok(DataFrame::new(places().count(), columns)?)
}

/// `rank, item, name, score, share` of a group's list.
pub fn group_table(counter: &Counter, list: &GroupList) -> Result<DataFrame, RecommendError> {
    let places = &list.places;
    let columns = vec![
        Column::new("rank".into(), (1..=places.len() as u32).collect::<Vec<_>>()),
        Column::new("item".into(), places.iter().map(|p| counter.items.name(p.item)).collect::<Vec<_>>()),
        Column::new("name".into(), places.iter().map(|p| counter.name(p.item)).collect::<Vec<_>>()),
        Column::new("score".into(), places.iter().map(|p| p.score).collect::<Vec<_>>()),
        Column::new("share".into(), places.iter().map(|p| p.share).collect::<Vec<_>>()),
    ];
    Ok(DataFrame::new(places.len(), columns)?)
}
