//! From a customer's events, oldest first, to the features.

use std::ops::Range;

use polars::prelude::*;
use rayon::prelude::*;

use super::canonical::{DAY, Kind, typed};
use super::index::{CHUNK, EventIndex, MISSING};
use super::{Feature, FeatureError, FeatureRecipe, Formula, Quantity, ReviewTable, USER, ValueKind};
use crate::base::{Cancelled, Monitor, Step};

/// The average length of a month in days.
const MONTH: f64 = 30.4375;
const PURCHASE: usize = 3;

/// The window in seconds since 1970: `from` is in, `today` is out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub from: Option<i64>,
    pub today: i64,
}

/// All sums over one customer's events in the window.
#[derive(Debug, Clone, Default)]
struct Sums {
    /// By kind, the last for other words.
    count: [u32; 6],
    /// Time of the first event of all, of the last in the window, of the last purchase in it.
    first: i64,
    last: i64,
    bought: Option<i64>,
    dwell: f64,
    dwelled: u32,
    pieces: f64,
    net_value: f64,
    hours: [u32; 4],
    weekdays: [u32; 7],
    products: usize,
    categories: usize,
    days: usize,
    orders: usize,
    top_category: Option<u32>,
}

/// Which of the costlier sums are wanted.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    products: bool,
    categories: bool,
    orders: bool,
}

pub(crate) struct Aggregated {
    pub frame: DataFrame,
    /// The customers' places in the index.
    pub places: Vec<u32>,
    /// Time of the last event used.
    pub last: Option<i64>,
}

/// One row a customer with an event in the window, sorted by customer, the features in the order asked for.
pub(crate) fn run(
    index: &EventIndex,
    reviews: Option<&ReviewTable>,
    recipe: &FeatureRecipe,
    features: &[Feature],
    span: Span,
    monitor: &Monitor,
) -> Result<Aggregated, FeatureError> {
    let needs = |wanted: &[Feature]| features.iter().any(|feature| wanted.contains(feature));
    let wanted = Wanted {
        products: needs(&[Feature::DistinctProducts]),
        categories: needs(&[Feature::DistinctCategories, Feature::TopCategory]),
        orders: needs(&[Feature::Orders, Feature::PurchaseFrequency, Feature::AverageBasket]),
    };
    let chunks = index.len().div_ceil(CHUNK);
    let done = std::sync::atomic::AtomicU64::new(0);
    let parts: Vec<Part> = (0..chunks)
        .into_par_iter()
        .map(|chunk| {
            monitor.check()?;
            let users = chunk * CHUNK..((chunk + 1) * CHUNK).min(index.len());
            let part = part(index, users, recipe, features, span, wanted);
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            monitor.report(Step::Counting, done, chunks as u64);
            Ok(part)
        })
        .collect::<Result<_, Cancelled>>()?;
    let last = parts.iter().filter_map(|part| part.last).max();
    let places: Vec<u32> = parts.iter().flat_map(|part| part.users.iter().copied()).collect();
    let mut frame = assemble(index, features, &places, parts)?;
    if let Some(reviews) = reviews
        && needs(&[Feature::ReviewCount, Feature::ReviewSentiment])
    {
        frame = with_reviews(frame, reviews, recipe, features, span)?;
    }
    Ok(Aggregated { frame, places, last })
}

/// The rows of one chunk of customers: `values[f]` of each feature, NaN for empty.
struct Part {
    users: Vec<u32>,
    values: Vec<Vec<f64>>,
    top: Vec<Option<u32>>,
    last: Option<i64>,
}

fn part(
    index: &EventIndex,
    users: Range<usize>,
    recipe: &FeatureRecipe,
    features: &[Feature],
    span: Span,
    wanted: Wanted,
) -> Part {
    let mut part = Part { users: vec![], values: vec![vec![]; features.len()], top: vec![], last: None };
    let mut scratch = Vec::new();
    for user in users {
        let (past, _) = index.split(user, span.today);
        let first = past.start;
        let window = span.from.map_or(past.clone(), |from| index.split(user, from).1.start.min(past.end)..past.end);
        let Some(sums) = sum(index, first, window, recipe, wanted, &mut scratch) else { continue };
        part.users.push(user as u32);
        part.last = part.last.max(Some(sums.last));
        part.top.push(sums.top_category);
        for (values, feature) in part.values.iter_mut().zip(features) {
            values.push(value(*feature, &sums, span));
        }
    }
    part
}

/// Adds up the events of the window; nothing when there are none. `first` is the customer's very first event.
fn sum(
    index: &EventIndex,
    first: usize,
    rows: Range<usize>,
    recipe: &FeatureRecipe,
    wanted: Wanted,
    scratch: &mut Vec<u64>,
) -> Option<Sums> {
    let last = rows.clone().next_back()?;
    let mut sums = Sums { first: index.time(first), last: index.time(last), ..Sums::default() };
    let mut day_before = None;
    for row in rows.clone() {
        let event = index.event(row);
        sums.count[usize::from(event.kind).min(5)] += 1;
        if event.kind == 0 && !event.dwell.is_nan() {
            sums.dwell += event.dwell;
            sums.dwelled += 1;
        }
        if usize::from(event.kind) == PURCHASE {
            sums.bought = Some(event.time);
            sums.pieces += event.pieces;
        }
        sums.net_value += event.net_value();
        let local = event.time.saturating_add(i64::from(recipe.utc_offset));
        let day = local.div_euclid(DAY);
        sums.hours[(local.rem_euclid(DAY) / (6 * 3600)) as usize] += 1;
        // 1970-01-01 was a Thursday.
        sums.weekdays[(day + 3).rem_euclid(7) as usize] += 1;
        sums.days += usize::from(day_before.replace(day) != Some(day));
    }
    if wanted.products {
        sums.products = distinct(scratch, rows.clone().map(|row| index.event(row).item));
    }
    if wanted.categories {
        let code = |row: usize| index.event(row).category.map_or(MISSING, u64::from);
        sums.categories = distinct(scratch, rows.clone().map(code));
        sums.top_category = longest_run(scratch).map(|code| code as u32);
    }
    if wanted.orders {
        let purchases = rows.map(|row| index.event(row)).filter(|e| usize::from(e.kind) == PURCHASE);
        let day = |time: i64| time.saturating_add(i64::from(recipe.utc_offset)).div_euclid(DAY) as u64;
        sums.orders = if index.has_orders() {
            distinct(scratch, purchases.map(|event| event.order))
        } else {
            distinct(scratch, purchases.map(|event| day(event.time)))
        };
    }
    Some(sums)
}

/// Number of different values but missing ones; leaves the sorted values in `scratch`.
fn distinct(scratch: &mut Vec<u64>, values: impl Iterator<Item = u64>) -> usize {
    scratch.clear();
    scratch.extend(values.filter(|value| *value != MISSING));
    scratch.sort_unstable();
    scratch.chunk_by(|a, b| a == b).count()
}

/// The value that stands most often in a sorted list; of equals the smallest.
fn longest_run(sorted: &[u64]) -> Option<u64> {
    let longest = sorted.chunk_by(|a, b| a == b).map(<[u64]>::len).max()?;
    sorted.chunk_by(|a, b| a == b).find(|run| run.len() == longest).map(|run| run[0])
}

fn ratio(top: f64, bottom: f64) -> f64 {
    if bottom > 0.0 { top / bottom } else { f64::NAN }
}

/// The value of a feature, NaN for empty.
fn value(feature: Feature, sums: &Sums, span: Span) -> f64 {
    let events: u32 = sums.count.iter().sum();
    let days_since = |time: i64| span.today.saturating_sub(time) as f64 / DAY as f64;
    let of = |feature| value(feature, sums, span);
    match feature.definition().formula {
        Formula::Count { of: None } => f64::from(events),
        Formula::Count { of: Some(kind) } => f64::from(sums.count[kind as usize]),
        Formula::Sum { what: Quantity::Pieces, .. } => sums.pieces,
        Formula::Sum { what: Quantity::NetValue, .. } => sums.net_value,
        Formula::Sum { .. } => sums.dwell,
        Formula::Mean { .. } => ratio(sums.dwell, f64::from(sums.dwelled)),
        Formula::Distinct { what: Quantity::Product, .. } => sums.products as f64,
        Formula::Distinct { what: Quantity::Category, .. } => sums.categories as f64,
        Formula::Distinct { what: Quantity::Order, .. } => sums.orders as f64,
        Formula::Distinct { .. } => sums.days as f64,
        Formula::DaysSinceLast { of: None } => days_since(sums.last),
        Formula::DaysSinceLast { of: Some(_) } => sums.bought.map_or(f64::NAN, days_since),
        Formula::DaysSinceFirst => days_since(sums.first),
        Formula::Ratio { top, bottom } => ratio(of(top), of(bottom)),
        Formula::PerMonth { top } => {
            let window = span.from.map_or(f64::INFINITY, days_since);
            of(top) / (days_since(sums.first).min(window) / MONTH).max(1.0)
        }
        Formula::HourShare { from, .. } => f64::from(sums.hours[usize::from(from / 6)]) / f64::from(events),
        Formula::WeekdayShare { day } => f64::from(sums.weekdays[usize::from(day)]) / f64::from(events),
        Formula::MostFrequent { .. } | Formula::Reviews | Formula::ReviewMood => f64::NAN,
    }
}

/// One frame from the chunks' rows.
fn assemble(index: &EventIndex, features: &[Feature], places: &[u32], parts: Vec<Part>) -> PolarsResult<DataFrame> {
    let users = IdxCa::from_vec("rows".into(), places.to_vec());
    let height = users.len();
    let mut columns = vec![index.users.take(&users)?];
    for (place, feature) in features.iter().enumerate() {
        let name = PlSmallStr::from_static(feature.key());
        if *feature == Feature::TopCategory {
            let codes = parts.iter().flat_map(|part| &part.top);
            let words = codes.map(|code| code.and_then(|code| index.categories.get(code as usize)).map(String::as_str));
            columns.push(StringChunked::from_iter_options(name, words).into_column());
            continue;
        }
        let values = parts.iter().flat_map(|part| part.values[place].iter().copied());
        columns.push(if feature.definition().kind == ValueKind::Count && !feature.needs_reviews() {
            Int64Chunked::from_iter_values(name, values.map(|count| count.round() as i64)).into_column()
        } else {
            Float64Chunked::from_iter_options(name, values.map(|x| x.is_finite().then_some(x))).into_column()
        });
    }
    DataFrame::new(height, columns)
}

/// Fills the review columns: number, and mean mood from −1 to 1.
fn with_reviews(
    frame: DataFrame,
    reviews: &ReviewTable,
    recipe: &FeatureRecipe,
    features: &[Feature],
    span: Span,
) -> Result<DataFrame, FeatureError> {
    let id = frame.column(USER)?.dtype().clone();
    let mood = mood(reviews, recipe)?;
    let schema = reviews.frame.schema();
    let mut columns =
        vec![typed(schema, "reviews", &reviews.user, Kind::Key)?.cast(id).alias("u"), mood.alias("__mood")];
    if let Some(time) = &reviews.time {
        columns.push(typed(schema, "reviews", time, Kind::Time)?.alias("t"));
    }
    let mut plan = reviews.frame.clone().lazy().select(columns).filter(col("u").is_not_null());
    if reviews.time.is_some() {
        plan = plan.filter(col("t").lt(lit(span.today)));
        if let Some(from) = span.from {
            plan = plan.filter(col("t").gt_eq(lit(from)));
        }
    }
    // In the table's order, so that the mean does not depend on threads.
    let sums = plan.collect()?.lazy().group_by_stable([col("u")]);
    let sums = sums.agg([len().cast(DataType::Int64).alias("__reviews"), col("__mood").mean()]);
    let joined = frame.lazy().join(sums, [col(USER)], [col("u")], JoinArgs::new(JoinType::Left));
    let columns = std::iter::once(col(USER)).chain(features.iter().map(|feature| match feature {
        Feature::ReviewCount => col("__reviews").fill_null(lit(0_i64)).alias(feature.key()),
        Feature::ReviewSentiment => col("__mood").alias(feature.key()),
        _ => col(feature.key()),
    }));
    let columns: Vec<Expr> = columns.collect();
    Ok(joined.sort([USER], SortMultipleOptions::default()).select(columns).collect()?)
}

/// The mood of a review: a column of its own, or (rating − middle) ÷ half the scale, held within −1 to 1.
fn mood(reviews: &ReviewTable, recipe: &FeatureRecipe) -> Result<Expr, FeatureError> {
    let schema = reviews.frame.schema();
    let mood = if let Some(mood) = &reviews.mood {
        typed(schema, "reviews", mood, Kind::Number)?
    } else if let Some(rating) = &reviews.rating {
        let middle = f64::midpoint(recipe.best_rating, 1.0);
        (typed(schema, "reviews", rating, Kind::Number)? - lit(middle)) / lit(recipe.best_rating - middle)
    } else {
        return Ok(lit(NULL).cast(DataType::Float64));
    };
    let held = when(mood.clone().lt(lit(-1.0))).then(lit(-1.0)).otherwise(mood.clone());
    Ok(when(mood.gt(lit(1.0))).then(lit(1.0)).otherwise(held))
}
