//! The events under fixed names and types, whatever they were called before:
//! `u` customer, `i` item, `c` category, `e` event word, `t` seconds since 1970, `dwell` seconds, `q` pieces,
//! `p` price, `o` order.

use polars::prelude::*;

use super::{FeatureError, FeatureRecipe, FeatureSource, collect};

pub(crate) const DAY: i64 = 86_400;

/// The canonical events, and which optional columns they have.
pub(crate) struct Events {
    pub plan: LazyFrame,
    pub schema: Schema,
}

impl Events {
    pub fn has(&self, name: &str) -> bool {
        self.schema.contains(name)
    }
}

/// The window in seconds since 1970: `from` is in, `today` is out. `today` may be unknown until the events are read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    pub from: Option<i64>,
    pub today: Option<i64>,
}

impl Span {
    /// Keeps the events of the window.
    pub fn keep(&self, mut plan: LazyFrame) -> LazyFrame {
        if let Some(from) = self.from {
            plan = plan.filter(col("t").gt_eq(lit(from)));
        }
        if let Some(today) = self.today {
            plan = plan.filter(col("t").lt(lit(today)));
        }
        plan
    }
}

/// The window of the recipe; reads the times once where "today" must be known first.
pub(crate) fn span(events: &Events, recipe: &FeatureRecipe) -> Result<Span, FeatureError> {
    let mut today = recipe.today.map(|moment| moment.0);
    if recipe.window_days.is_some() && today.is_none() {
        let last = collect(events.plan.clone().select([col("t").max()]))?;
        today = Some(last.column("t")?.i64()?.get(0).ok_or(FeatureError::NoEvents)?.saturating_add(1));
    }
    let from = recipe.window_days.zip(today).map(|(days, today)| today.saturating_sub(i64::from(days) * DAY));
    Ok(Span { from, today })
}

/// Renames and casts; rows without a customer or a time fall out.
pub(crate) fn events(source: &FeatureSource) -> Result<Events, FeatureError> {
    let mut plan = source.events.clone();
    let schema = plan.collect_schema()?;
    let columns = &source.columns;
    let mut wanted = vec![
        typed(&schema, "events", &columns.user, Kind::Key)?.alias("u"),
        typed(&schema, "events", &columns.time, Kind::Time)?.alias("t"),
    ];
    if !columns.item.is_empty() {
        wanted.push(typed(&schema, "events", &columns.item, Kind::Key)?.alias("i"));
    }
    let optional = [
        ("e", &columns.event, Kind::Word),
        ("c", &columns.category, Kind::Word),
        ("dwell", &columns.dwell, Kind::Number),
        ("q", &columns.quantity, Kind::Number),
        ("p", &columns.price, Kind::Number),
        ("o", &columns.order, Kind::Key),
    ];
    for (name, column, kind) in optional {
        if let Some(column) = column {
            wanted.push(typed(&schema, "events", column, kind)?.alias(name));
        }
    }
    let plan = plan.select(wanted).filter(col("u").is_not_null().and(col("t").is_not_null()));
    with_category(source, plan)
}

/// Joins the category from the products where the events have none of their own.
fn with_category(source: &FeatureSource, mut plan: LazyFrame) -> Result<Events, FeatureError> {
    let mut schema = plan.collect_schema()?;
    if let Some(products) = &source.products
        && let Some(category) = &products.category
        && !schema.contains("c")
        && let Some(item_type) = schema.get("i").cloned()
    {
        let lookup = [
            typed(products.frame.schema(), "products", &products.item, Kind::Key)?.cast(item_type).alias("i"),
            typed(products.frame.schema(), "products", category, Kind::Word)?.alias("c"),
        ];
        let lookup = products.frame.clone().lazy().select(lookup);
        // One category an item, so that the join adds no rows.
        let lookup = lookup.drop_nulls(None).group_by([col("i")]).agg([col("c").min()]);
        plan = plan.join(lookup, [col("i")], [col("i")], JoinArgs::new(JoinType::Left));
        schema = plan.collect_schema()?;
    }
    Ok(Events { plan, schema: schema.as_ref().clone() })
}

/// What a column must be readable as.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Whole number or text.
    Key,
    Word,
    Number,
    Time,
}

/// The column as an expression of the kind wanted, or why it cannot be one.
pub(crate) fn typed(schema: &Schema, table: &'static str, name: &str, kind: Kind) -> Result<Expr, FeatureError> {
    let Some(dtype) = schema.get(name) else {
        return Err(FeatureError::MissingColumn { table, column: name.to_owned() });
    };
    let wrong = |wanted| Err(FeatureError::WrongType { table, column: name.to_owned(), wanted });
    let column = col(name);
    match kind {
        Kind::Key if dtype.is_integer() || *dtype == DataType::String => Ok(column),
        // Ids that came as 12345.0 because some were missing.
        Kind::Key if dtype.is_float() => Ok(column.cast(DataType::Int64)),
        Kind::Key => wrong("an id"),
        Kind::Word if *dtype == DataType::String => Ok(column),
        Kind::Word if dtype.is_integer() => Ok(column.cast(DataType::Int64)),
        Kind::Word => wrong("words"),
        Kind::Number if dtype.is_primitive_numeric() => {
            let number = column.cast(DataType::Float64);
            Ok(if dtype.is_float() {
                when(number.clone().is_finite()).then(number).otherwise(lit(NULL))
            } else {
                number
            })
        }
        Kind::Number => wrong("a number"),
        Kind::Time => match dtype {
            DataType::Date => Ok(column.cast(DataType::Int64) * lit(DAY)),
            DataType::Datetime(unit, _) => {
                let per_second = match unit {
                    TimeUnit::Nanoseconds => 1_000_000_000,
                    TimeUnit::Microseconds => 1_000_000,
                    TimeUnit::Milliseconds => 1_000,
                };
                Ok(column.cast(DataType::Int64).floor_div(lit(per_second as i64)))
            }
            dtype if dtype.is_integer() => Ok(column.cast(DataType::Int64)),
            _ => wrong("a time"),
        },
    }
}
