//! From canonical events to one row a customer: a single group-by for all that can be summed, then the ratios.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::canonical::{DAY, Events, Kind, Span, typed};
use super::{
    EventKind, Feature, FeatureError, FeatureRecipe, FeatureSource, Formula, Quantity, ReviewTable, USER, collect,
};

/// The average length of a month in days.
const MONTH: f64 = 30.4375;

pub(crate) struct Aggregated {
    pub frame: DataFrame,
    pub today: i64,
    /// Time of the last event used.
    pub last: i64,
}

/// Runs the whole plan; an empty frame when no event is left.
pub(crate) fn run(
    events: &Events,
    source: &FeatureSource,
    recipe: &FeatureRecipe,
    wanted: &[Feature],
    span: &Span,
) -> Result<Aggregated, FeatureError> {
    let seen = span.keep(events.plan.clone());
    let sums = needed_sums(wanted);
    let mut aggregates =
        vec![col("t").min().alias("__first"), col("t").max().alias("__last"), last_of(events, None).alias("__seen")];
    if sums.contains(&Feature::Recency) {
        aggregates.push(last_of(events, Some(EventKind::Purchase)).alias("__bought"));
    }
    let flagged = seen.clone().with_columns(flags(events, recipe));
    for feature in &sums {
        aggregates.extend(sum_of(*feature, events).map(|sum| sum.alias(feature.key())));
    }
    let users = collect(flagged.group_by([col("u")]).agg(aggregates))?;
    let Some(last) = users.column("__last")?.i64()?.max() else {
        return Ok(Aggregated { frame: users.clear(), today: span.today.unwrap_or(0), last: 0 });
    };
    let today = span.today.unwrap_or(last.saturating_add(1));
    let mut plan = users.lazy();
    if span.from.is_some() && wanted.iter().any(|feature| needs_first(*feature)) {
        // Tenure and the pace look at the whole past, not at the window only.
        let past = Span { from: None, today: Some(today) }.keep(events.plan.clone());
        let first = collect(past.group_by([col("u")]).agg([col("t").min().alias("__first_ever")]))?;
        plan = left_join(plan, first.lazy()).with_columns([col("__first_ever").alias("__first")]);
    }
    if wanted.contains(&Feature::TopCategory) {
        plan = left_join(plan, collect(top_category(seen))?.lazy());
    }
    if let Some(reviews) = &source.reviews
        && wanted.iter().any(|f| matches!(f, Feature::ReviewCount | Feature::ReviewSentiment))
    {
        let id = events.schema.get("u").cloned().unwrap_or(DataType::String);
        let reviews = review_sums(reviews, recipe, id, &Span { from: span.from, today: Some(today) })?;
        plan = left_join(plan, collect(reviews)?.lazy());
    }
    let frame = finish(plan, wanted, today, span)?;
    Ok(Aggregated { frame, today, last })
}

fn left_join(left: LazyFrame, right: LazyFrame) -> LazyFrame {
    left.join(right, [col("u")], [col("u")], JoinArgs::new(JoinType::Left))
}

fn needs_first(feature: Feature) -> bool {
    matches!(feature.definition().formula, Formula::DaysSinceFirst | Formula::PerMonth { .. })
}

/// The features that are sums over events, among those wanted and those the ratios need.
fn needed_sums(wanted: &[Feature]) -> BTreeSet<Feature> {
    let mut sums = BTreeSet::new();
    for feature in wanted {
        match feature.definition().formula {
            Formula::Ratio { top, bottom } => sums.extend([top, bottom]),
            Formula::PerMonth { top } => sums.extend([top]),
            Formula::MostFrequent { .. } | Formula::Reviews | Formula::ReviewMood | Formula::DaysSinceFirst => {}
            _ => sums.extend([*feature]),
        }
    }
    sums
}

pub(crate) fn is(events: &Events, kind: EventKind) -> Expr {
    let negative = || col("q").lt(lit(0.0)).fill_null(lit(false));
    if !events.has("e") {
        let returned = if events.has("q") { negative() } else { lit(false) };
        return match kind {
            EventKind::Purchase => returned.not(),
            EventKind::Return => returned,
            _ => lit(false),
        };
    }
    let word = col("e").eq(lit(kind.key()));
    match kind {
        EventKind::Purchase if events.has("q") => word.and(negative().not()),
        EventKind::Return if events.has("q") => word.or(col("e").eq(lit(EventKind::Purchase.key())).and(negative())),
        _ => word,
    }
}

/// Columns that several sums share.
fn flags(events: &Events, recipe: &FeatureRecipe) -> Vec<Expr> {
    let mut flags: Vec<Expr> = EventKind::ALL.iter().map(|kind| is(events, *kind).alias(kind.key())).collect();
    let local = || col("t") + lit(i64::from(recipe.utc_offset));
    flags.push(local().floor_div(lit(DAY)).alias("day"));
    flags.push(((local() % lit(DAY)).floor_div(lit(3600_i64))).alias("hour"));
    flags
}

fn last_of(events: &Events, kind: Option<EventKind>) -> Expr {
    match kind {
        None => col("t").max(),
        Some(kind) => when(is(events, kind)).then(col("t")).otherwise(lit(NULL)).max(),
    }
}

/// Number of different values, not counting missing ones.
fn distinct(value: Expr) -> Expr {
    value.clone().n_unique().cast(DataType::Int64) - value.is_null().any(true).cast(DataType::Int64)
}

fn pieces(events: &Events) -> Expr {
    if events.has("q") { col("q").abs().fill_null(lit(1.0)) } else { lit(1.0) }
}

/// Value of purchases less that of returns.
pub(crate) fn net_value(events: &Events) -> Expr {
    let (bought, returned) = (is(events, EventKind::Purchase), is(events, EventKind::Return));
    let sign = when(bought).then(lit(1.0)).when(returned).then(lit(-1.0)).otherwise(lit(0.0));
    (sign * pieces(events) * col("p")).sum()
}

/// The aggregate of a feature that is one sum, count or share over events.
fn sum_of(feature: Feature, events: &Events) -> Option<Expr> {
    let only = |of: Option<EventKind>, value: Expr| match of {
        Some(kind) => when(col(kind.key())).then(value).otherwise(lit(NULL)),
        None => value,
    };
    let whole = |sum: Expr| sum.cast(DataType::Int64);
    Some(match feature.definition().formula {
        Formula::Count { of: None } => whole(len()),
        Formula::Count { of: Some(kind) } => whole(col(kind.key()).sum()),
        Formula::Sum { what: Quantity::Pieces, of } => only(of, pieces(events)).sum(),
        Formula::Sum { what: Quantity::NetValue, .. } => net_value(events),
        Formula::Sum { of, .. } => only(of, col("dwell")).sum(),
        Formula::Mean { of, .. } => only(of, col("dwell")).mean(),
        Formula::Distinct { what: Quantity::Product, .. } => distinct(col("i")),
        Formula::Distinct { what: Quantity::Category, .. } => distinct(col("c")),
        Formula::Distinct { what: Quantity::Order, of } => distinct(only(of, order(events))),
        Formula::Distinct { .. } => col("day").n_unique().cast(DataType::Int64),
        Formula::HourShare { from, to } => {
            let hour = || col("hour");
            (hour().gt_eq(lit(i64::from(from))).and(hour().lt(lit(i64::from(to))))).sum().cast(DataType::Float64)
                / len().cast(DataType::Float64)
        }
        // 1970-01-01 was a Thursday.
        Formula::WeekdayShare { day } => {
            ((col("day") + lit(3_i64)) % lit(7_i64)).eq(lit(i64::from(day))).sum().cast(DataType::Float64)
                / len().cast(DataType::Float64)
        }
        _ => return None,
    })
}

/// The order number, or the day of the shop's clock where there are none.
fn order(events: &Events) -> Expr {
    if events.has("o") { col("o") } else { col("day") }
}

/// Of each customer the category with most events; of equals the first by name.
fn top_category(seen: LazyFrame) -> LazyFrame {
    let pairs = seen.filter(col("c").is_not_null()).group_by([col("u"), col("c")]).agg([len().alias("n")]);
    let best = pairs.clone().group_by([col("u")]).agg([col("n").max()]);
    pairs
        .join(best, [col("u"), col("n")], [col("u"), col("n")], JoinArgs::new(JoinType::Inner))
        .group_by([col("u")])
        .agg([col("c").min().cast(DataType::String).alias(Feature::TopCategory.key())])
}

/// Number of reviews and their mean mood, −1 to 1, of each customer.
fn review_sums(
    reviews: &ReviewTable,
    recipe: &FeatureRecipe,
    id: DataType,
    span: &Span,
) -> Result<LazyFrame, FeatureError> {
    let schema = reviews.frame.schema();
    let mut columns = vec![typed(schema, "reviews", &reviews.user, Kind::Key)?.cast(id).alias("u")];
    if let Some(time) = &reviews.time {
        columns.push(typed(schema, "reviews", time, Kind::Time)?.alias("t"));
    }
    let mood = if let Some(mood) = &reviews.mood {
        typed(schema, "reviews", mood, Kind::Number)?
    } else if let Some(rating) = &reviews.rating {
        let middle = f64::midpoint(recipe.best_rating, 1.0);
        (typed(schema, "reviews", rating, Kind::Number)? - lit(middle)) / lit(recipe.best_rating - middle)
    } else {
        lit(NULL).cast(DataType::Float64)
    };
    // Values off the scale are held at its ends.
    let mood =
        when(mood.clone().gt(lit(1.0))).then(lit(1.0)).when(mood.clone().lt(lit(-1.0))).then(lit(-1.0)).otherwise(mood);
    columns.push(mood.alias("mood"));
    let mut plan = reviews.frame.clone().lazy().select(columns).filter(col("u").is_not_null());
    if reviews.time.is_some() {
        plan = span.keep(plan.filter(col("t").is_not_null()));
    }
    Ok(plan.group_by([col("u")]).agg([
        len().cast(DataType::Int64).alias(Feature::ReviewCount.key()),
        col("mood").mean().alias(Feature::ReviewSentiment.key()),
    ]))
}

/// Days between a moment's column and today.
fn days(column: &str, today: i64) -> Expr {
    (lit(today) - col(column)).cast(DataType::Float64) / lit(DAY as f64)
}

/// Ratios and days, the columns in the order asked for, sorted by customer.
fn finish(plan: LazyFrame, wanted: &[Feature], today: i64, span: &Span) -> PolarsResult<DataFrame> {
    let mut columns = vec![col("u").alias(USER)];
    for feature in wanted {
        let value = match feature.definition().formula {
            Formula::DaysSinceLast { of: None } => days("__seen", today),
            Formula::DaysSinceLast { of: Some(_) } => days("__bought", today),
            Formula::DaysSinceFirst => days("__first", today),
            Formula::Ratio { top, bottom } => {
                let bottom = col(bottom.key()).cast(DataType::Float64);
                when(bottom.clone().gt(lit(0.0)))
                    .then(col(top.key()).cast(DataType::Float64) / bottom)
                    .otherwise(lit(NULL))
            }
            Formula::PerMonth { top } => {
                let window = span.from.map_or(f64::INFINITY, |from| (today - from) as f64 / DAY as f64);
                let observed = days("__first", today);
                let observed =
                    when(observed.clone().gt(lit(window))).then(lit(window)).otherwise(observed) / lit(MONTH);
                let observed = when(observed.clone().lt(lit(1.0))).then(lit(1.0)).otherwise(observed);
                col(top.key()).cast(DataType::Float64) / observed
            }
            Formula::Reviews => col(feature.key()).fill_null(lit(0_i64)),
            _ => col(feature.key()),
        };
        columns.push(value.alias(feature.key()));
    }
    collect(plan.select(columns).sort([USER], SortMultipleOptions::default()))
}
