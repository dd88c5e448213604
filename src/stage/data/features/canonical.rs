//! The events under fixed names and types, whatever they were called before:
//! `u` customer, `i` item, `c` category, `e` kind of event (its place in `EventKind::ALL`, 5 for others), `t` seconds since 1970, `dwell` seconds, `q` pieces,
//! `p` price, `o` order.

use polars::prelude::*;

use super::{EventKind, FeatureError, FeatureSource};

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
        ("c", &columns.category, Kind::Word),
        ("dwell", &columns.dwell, Kind::Number),
        ("q", &columns.quantity, Kind::Number),
        ("p", &columns.price, Kind::Number),
        ("o", &columns.order, Kind::Key),
    ];
    wanted.push(kind_code(&schema, source)?.alias("e"));
    for (name, column, kind) in optional {
        if let Some(column) = column {
            wanted.push(typed(&schema, "events", column, kind)?.alias(name));
        }
    }
    let mut plan = plan.select(wanted).filter(col("u").is_not_null().and(col("t").is_not_null()));
    let schema = plan.collect_schema()?.as_ref().clone();
    Ok(Events { plan, schema })
}

/// The kind of each event as a number, so that words need not be kept.
fn kind_code(schema: &Schema, source: &FeatureSource) -> Result<Expr, FeatureError> {
    let place = |kind: EventKind| lit(kind as u8);
    let columns = &source.columns;
    let negative = match &columns.quantity {
        Some(quantity) => typed(schema, "events", quantity, Kind::Number)?.lt(lit(0.0)).fill_null(lit(false)),
        None => lit(false),
    };
    let sold = when(negative).then(place(EventKind::Return)).otherwise(place(EventKind::Purchase));
    let Some(event) = &columns.event else { return Ok(sold.cast(DataType::UInt8)) };
    let word = typed(schema, "events", event, Kind::Word)?.cast(DataType::String);
    let is = |kind: EventKind| word.clone().eq(lit(kind.key()));
    let rest = when(is(EventKind::Return)).then(place(EventKind::Return)).otherwise(lit(5_u8));
    let rest = when(is(EventKind::Favourite)).then(place(EventKind::Favourite)).otherwise(rest);
    let rest = when(is(EventKind::Cart)).then(place(EventKind::Cart)).otherwise(rest);
    let rest = when(is(EventKind::Purchase)).then(sold).otherwise(rest);
    Ok(when(is(EventKind::View)).then(place(EventKind::View)).otherwise(rest).cast(DataType::UInt8))
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
        Kind::Key if *dtype == DataType::String => Ok(column),
        Kind::Key if dtype.is_integer() => Ok(column.cast(DataType::Int64)),
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
