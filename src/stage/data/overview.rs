//! The few figures of the Home page, straight from the tables by the roles of their columns.

use std::collections::{BTreeMap, HashMap, HashSet};

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Role, TableKind};
use crate::base::time::Moment;
use crate::base::{Cancelled, Monitor, Step};

/// A table with what its columns mean; only columns with a role are looked at.
pub struct Source<'a> {
    pub kind: TableKind,
    pub roles: Vec<(&'a str, Role)>,
    pub frame: DataFrame,
}

impl Source<'_> {
    fn column(&self, role: Role) -> Option<&Column> {
        let (name, _) = self.roles.iter().find(|(_, r)| *r == role)?;
        self.frame.column(name).ok()
    }

    fn texts(&self, role: Role) -> Option<StringChunked> {
        self.column(role)?.cast(&DataType::String).ok()?.str().ok().cloned()
    }

    fn numbers(&self, role: Role) -> Option<Float64Chunked> {
        self.column(role)?.cast(&DataType::Float64).ok()?.f64().ok().cloned()
    }

    /// Seconds since 1970.
    fn times(&self, role: Role) -> Option<Int64Chunked> {
        let column = self.column(role)?;
        let millis =
            column.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).ok()?.cast(&DataType::Int64).ok()?;
        Some(millis.i64().ok()? / 1000)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Week {
    pub monday: Moment,
    pub orders: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryShare {
    pub category: String,
    /// Of all revenue whose product has a category, 0..=1.
    pub share: f64,
}

/// Something a shopkeeper would want to know, with its count; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    UnknownProducts(u64),
    NoCategory(u64),
    NoDescription(u64),
    OutOfStock(u64),
    LowRatings(u64),
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Distinct customers over all events and orders; nothing when no table names customers.
    pub customers: Option<u64>,
    /// Whole weeks from Monday (UTC), oldest first, without gaps; the running week is left out.
    pub orders_by_week: Vec<Week>,
    /// Largest first.
    pub revenue_by_category: Vec<CategoryShare>,
    pub needs: Vec<Need>,
}

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// 1970-01-05 was a Monday.
const FIRST_MONDAY: i64 = 4 * DAY;

/// A purchase: `event` says so, or the table has no events but orders.
fn is_purchase(kind: TableKind, event: Option<&str>) -> bool {
    match event {
        Some(event) => event == "purchase",
        None => kind == TableKind::Orders,
    }
}

pub fn overview(sources: &[Source<'_>], monitor: &Monitor) -> Result<Overview, Cancelled> {
    let mut result = Overview::default();
    let mut customers: HashSet<String> = HashSet::new();
    let mut named_customers = false;
    let mut weeks: BTreeMap<i64, HashSet<String>> = BTreeMap::new();
    let mut revenue: HashMap<String, f64> = HashMap::new();
    let mut seen_items: HashMap<String, u64> = HashMap::new();
    let mut newest = i64::MIN;

    for (i, source) in sources.iter().enumerate() {
        monitor.check()?;
        monitor.report(Step::Counting, i as u64, sources.len() as u64);
        if !matches!(source.kind, TableKind::Events | TableKind::Orders) {
            continue;
        }
        let users = source.texts(Role::User);
        named_customers |= users.is_some();
        let (items, events, orders) = (source.texts(Role::Item), source.texts(Role::Event), source.texts(Role::Order));
        let (times, prices, quantities) =
            (source.times(Role::Time), source.numbers(Role::Price), source.numbers(Role::Quantity));
        for row in 0..source.frame.height() {
            if row % 65_536 == 0 {
                monitor.check()?;
            }
            let user = users.as_ref().and_then(|c| c.get(row));
            if let Some(user) = user.filter(|user| !customers.contains(*user)) {
                customers.insert(user.to_owned());
            }
            let item = items.as_ref().and_then(|c| c.get(row));
            if let Some(item) = item {
                match seen_items.get_mut(item) {
                    Some(count) => *count += 1,
                    None => drop(seen_items.insert(item.to_owned(), 1)),
                }
            }
            let time = times.as_ref().and_then(|c| c.get(row));
            newest = newest.max(time.unwrap_or(i64::MIN));
            if !is_purchase(source.kind, events.as_ref().and_then(|c| c.get(row))) {
                continue;
            }
            if let Some(time) = time {
                // Lines of one order count once; without order numbers a customer's purchases of one day do.
                let order = orders.as_ref().and_then(|c| c.get(row)).map(str::to_owned);
                let order = order.unwrap_or_else(|| format!("{}/{}", user.unwrap_or("?"), time.div_euclid(DAY)));
                weeks.entry((time - FIRST_MONDAY).div_euclid(WEEK)).or_default().insert(order);
            }
            let price = prices.as_ref().and_then(|c| c.get(row)).unwrap_or(0.0);
            let quantity = quantities.as_ref().and_then(|c| c.get(row)).unwrap_or(1.0);
            if let Some(item) = item.filter(|_| price * quantity > 0.0) {
                *revenue.entry(item.to_owned()).or_default() += price * quantity;
            }
        }
    }
    result.customers = named_customers.then_some(customers.len() as u64);
    result.orders_by_week = whole_weeks(&weeks, newest);
    for source in sources {
        monitor.check()?;
        match source.kind {
            TableKind::Products => products(source, &revenue, &seen_items, &mut result),
            TableKind::Reviews => result.needs.extend(low_ratings(source)),
            _ => {}
        }
    }
    Ok(result)
}

fn whole_weeks(weeks: &BTreeMap<i64, HashSet<String>>, newest: i64) -> Vec<Week> {
    let (Some(first), Some(last)) = (weeks.keys().next(), weeks.keys().next_back()) else { return Vec::new() };
    // A week is whole when the data reaches its Sunday.
    let running = (newest + DAY - FIRST_MONDAY).div_euclid(WEEK);
    (*first..=*last)
        .filter(|week| *week < running)
        .map(|week| Week {
            monday: Moment(FIRST_MONDAY + week * WEEK),
            orders: weeks.get(&week).map_or(0, |orders| orders.len() as u64),
        })
        .collect()
}

/// The first part of a category's path: "Kitchen" of "Kitchen > Tea ware".
fn department(category: &str) -> &str {
    category.split(['>', '/', '|']).next().unwrap_or(category).trim()
}

fn products(source: &Source<'_>, revenue: &HashMap<String, f64>, seen: &HashMap<String, u64>, result: &mut Overview) {
    let Some(items) = source.texts(Role::Item) else { return };
    let categories = source.texts(Role::Category);
    let known: HashSet<&str> = items.iter().flatten().collect();
    let unknown: u64 = seen.iter().filter(|(item, _)| !known.contains(item.as_str())).map(|(_, n)| n).sum();
    let blank = |texts: &StringChunked| texts.iter().filter(|t| t.is_none_or(|t| t.trim().is_empty())).count() as u64;
    let mut need = |need: fn(u64) -> Need, count: u64| {
        if count > 0 {
            result.needs.push(need(count));
        }
    };
    need(Need::UnknownProducts, unknown);
    if let Some(categories) = &categories {
        need(Need::NoCategory, blank(categories));
    }
    if let Some(texts) = source.texts(Role::Description) {
        need(Need::NoDescription, blank(&texts));
    }
    if let Some(stock) = source.numbers(Role::Stock) {
        need(Need::OutOfStock, stock.iter().flatten().filter(|left| *left <= 0.0).count() as u64);
    }
    let Some(categories) = categories else { return };
    let mut by_category: BTreeMap<&str, f64> = BTreeMap::new();
    for (item, category) in items.iter().zip(categories.iter()) {
        if let (Some(item), Some(category)) = (item, category) {
            *by_category.entry(department(category)).or_default() += revenue.get(item).copied().unwrap_or(0.0);
        }
    }
    let total: f64 = by_category.values().sum();
    let mut shares: Vec<_> = by_category
        .into_iter()
        .filter(|(_, value)| *value > 0.0)
        .map(|(category, value)| CategoryShare { category: category.to_owned(), share: value / total })
        .collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share));
    result.revenue_by_category = shares;
}

/// Reviews of one or two stars in the last 30 days of the table.
fn low_ratings(source: &Source<'_>) -> Option<Need> {
    let (ratings, times) = (source.numbers(Role::Rating)?, source.times(Role::Time)?);
    let newest = times.max()?;
    let recent = |time: Option<i64>| time.is_some_and(|time| time > newest - 30 * DAY);
    let low =
        ratings.iter().zip(times.iter()).filter(|(rating, time)| rating.is_some_and(|r| r <= 2.0) && recent(*time));
    Some(low.count() as u64).filter(|count| *count > 0).map(Need::LowRatings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> i64 {
        // Days from Monday 2026-06-01 (20,605 days after 1970-01-01), in milliseconds.
        (20_605 + n) * DAY * 1000
    }

    #[test]
    fn figures_of_a_small_shop_worked_by_hand() {
        let events = df!(
            "u" => ["a", "a", "b", "b", "c"],
            "i" => ["p", "p", "q", "x", "p"],
            "e" => ["view", "purchase", "purchase", "purchase", "purchase"],
            "t" => [day(0), day(0), day(1), day(8), day(14)],
            "q" => [None, Some(2), Some(1), Some(1), Some(1)],
            "m" => [None, Some(10.0), Some(60.0), Some(5.0), Some(20.0)],
        )
        .expect("frame");
        let events = events.lazy().with_column(col("t").cast(DataType::Datetime(TimeUnit::Milliseconds, None)));
        let products = df!("i" => ["p", "q"], "c" => [Some("Tea"), None], "s" => [0, 4]).expect("frame");
        let sources = [
            Source {
                kind: TableKind::Events,
                roles: vec![
                    ("u", Role::User),
                    ("i", Role::Item),
                    ("e", Role::Event),
                    ("t", Role::Time),
                    ("q", Role::Quantity),
                    ("m", Role::Price),
                ],
                frame: events.collect().expect("frame"),
            },
            Source {
                kind: TableKind::Products,
                roles: vec![("i", Role::Item), ("c", Role::Category), ("s", Role::Stock)],
                frame: products,
            },
        ];
        let result = overview(&sources, &Monitor::quiet()).expect("not cancelled");
        assert_eq!(result.customers, Some(3));
        // Two whole weeks; the third has only its Monday.
        let orders: Vec<_> = result.orders_by_week.iter().map(|week| week.orders).collect();
        assert_eq!(orders, [2, 1]);
        assert_eq!(result.orders_by_week[0].monday.utc_text("%Y-%m-%d"), "2026-06-01");
        assert_eq!(result.revenue_by_category, [CategoryShare { category: "Tea".into(), share: 1.0 }]);
        assert_eq!(result.needs, [Need::UnknownProducts(1), Need::NoCategory(1), Need::OutOfStock(1)]);
    }

    #[test]
    fn tables_without_roles_give_no_figures_and_no_panic() {
        let frame = df!("x" => [1, 2]).expect("frame");
        for kind in TableKind::ALL {
            let sources = [Source { kind, roles: Vec::new(), frame: frame.clone() }];
            let result = overview(&sources, &Monitor::quiet()).expect("not cancelled");
            assert_eq!((result.customers, result.needs.len()), (None, 0));
        }
    }
}
