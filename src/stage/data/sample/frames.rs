//! The sample shop as typed tables, without going through files.

use polars::prelude::*;

use super::calendar::FIRST_SECOND;
use super::events::{Event, KINDS, PURCHASE, VIEW};
use super::files::{attributes, language};
use super::people::{CHANNELS, CITIES, id_digits, user_id};
use super::{SampleError, SampleRecipe, Shop};
use crate::base::Monitor;
use crate::stage::data::kind::{Role, TableKind};

/// A table of the sample shop, ready for a project.
#[derive(Debug, Clone)]
pub struct SampleTable {
    pub name: &'static str,
    pub kind: TableKind,
    /// Column and what it means, in the order of the columns.
    pub roles: Vec<(String, Role)>,
    pub frame: DataFrame,
}

/// products, users, events, reviews and user_behavior, with the rows and columns of the files of that name. Times
/// are `Datetime(ms)` without zone, `registered` is `Date`.
pub fn tables(recipe: &SampleRecipe, monitor: &Monitor) -> Result<Vec<SampleTable>, SampleError> {
    let shop = Shop::make(recipe, monitor)?;
    let makers: [fn(&Shop) -> PolarsResult<SampleTable>; 5] = [products, users, events, reviews, behaviour];
    let mut tables = Vec::with_capacity(makers.len());
    for (maker, name) in makers.iter().zip(["products", "users", "events", "reviews", "user_behavior"]) {
        monitor.check()?;
        tables.push(maker(&shop).map_err(|e| SampleError::Table { table: name, what: e.to_string() })?);
    }
    Ok(tables)
}

fn table(name: &'static str, kind: TableKind, columns: Vec<(Role, PolarsResult<Column>)>) -> PolarsResult<SampleTable> {
    let mut roles = Vec::with_capacity(columns.len());
    let mut all = Vec::with_capacity(columns.len());
    for (role, column) in columns {
        let column = column?;
        roles.push((column.name().to_string(), role));
        all.push(column);
    }
    Ok(SampleTable { name, kind, roles, frame: DataFrame::new_infer_height(all)? })
}

fn text<T: AsRef<str>>(name: &str, values: impl Iterator<Item = T>) -> PolarsResult<Column> {
    let mut builder = StringChunkedBuilder::new(name.into(), values.size_hint().0);
    for value in values {
        builder.append_value(value.as_ref());
    }
    Ok(builder.finish().into_series().into())
}

fn whole(name: &str, values: impl Iterator<Item = Option<i64>>) -> PolarsResult<Column> {
    Ok(Series::new(name.into(), values.collect::<Vec<_>>()).into())
}

fn real(name: &str, values: impl Iterator<Item = Option<f64>>) -> PolarsResult<Column> {
    Ok(Series::new(name.into(), values.collect::<Vec<_>>()).into())
}

fn time(name: &str, seconds: impl Iterator<Item = u32>) -> PolarsResult<Column> {
    let millis: Vec<i64> = seconds.map(|s| (FIRST_SECOND + i64::from(s)) * 1000).collect();
    Series::new(name.into(), millis).cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).map(Column::from)
}

/// Fen to yuan.
fn yuan(fen: u32) -> f64 {
    f64::from(fen) / 100.0
}

fn products(shop: &Shop) -> PolarsResult<SampleTable> {
    let all = &shop.catalogue.products;
    let path = |line: u16| &shop.catalogue.categories[usize::from(line)].path;
    table(
        "products",
        TableKind::Products,
        vec![
            (Role::Item, text("product_id", all.iter().map(|p| &p.id))),
            (Role::Name, text("name", all.iter().map(|p| &p.name.0))),
            (Role::Other, text("name_zh", all.iter().map(|p| &p.name.1))),
            (Role::Category, text("category", all.iter().map(|p| &path(p.line).0))),
            (Role::Other, text("category_zh", all.iter().map(|p| &path(p.line).1))),
            (Role::Brand, text("brand", all.iter().map(|p| &p.brand.0))),
            (Role::Other, text("brand_zh", all.iter().map(|p| &p.brand.1))),
            (Role::Price, real("price", all.iter().map(|p| Some(yuan(p.price))))),
            (Role::Stock, whole("stock", all.iter().map(|p| Some(p.stock.into())))),
            (Role::Attributes, text("attributes", all.iter().map(|p| attributes(&p.attributes)))),
            (Role::Other, text("attributes_zh", all.iter().map(|p| attributes(&p.attributes_zh)))),
            (Role::Description, text("description", all.iter().map(|p| &p.description.0))),
            (Role::Other, text("description_zh", all.iter().map(|p| &p.description.1))),
        ],
    )
}

fn ids(shop: &Shop) -> Vec<String> {
    let digits = id_digits(shop.people.len());
    (0..shop.people.len()).map(|i| user_id(i, digits)).collect()
}

fn users(shop: &Shop) -> PolarsResult<SampleTable> {
    let people = &shop.people;
    let registered: Vec<i32> = people.iter().map(|p| (FIRST_SECOND / 86_400) as i32 + p.registered).collect();
    table(
        "users",
        TableKind::Users,
        vec![
            (Role::User, text("user_id", ids(shop).iter())),
            (Role::Registered, Series::new("registered".into(), registered).cast(&DataType::Date).map(Column::from)),
            (Role::City, text("city", people.iter().map(|p| CITIES[usize::from(p.city)].0))),
            (Role::Channel, text("channel", people.iter().map(|p| CHANNELS[usize::from(p.channel)].0))),
        ],
    )
}

fn events(shop: &Shop) -> PolarsResult<SampleTable> {
    let (all, ids) = (&shop.events, ids(shop));
    let only = |event: &Event, kind, value: i64| (event.kind == kind).then_some(value);
    table(
        "events",
        TableKind::Events,
        vec![
            (Role::User, text("user_id", all.iter().map(|e| &ids[e.user as usize]))),
            (Role::Item, text("product_id", all.iter().map(|e| &shop.catalogue.products[e.product as usize].id))),
            (Role::Event, text("event", all.iter().map(|e| KINDS[usize::from(e.kind)]))),
            (Role::Time, time("time", all.iter().map(|e| e.second))),
            (Role::Dwell, whole("dwell_seconds", all.iter().map(|e| only(e, VIEW, e.dwell.into())))),
            (Role::Quantity, whole("quantity", all.iter().map(|e| only(e, PURCHASE, e.pieces.into())))),
            (Role::Price, real("price", all.iter().map(|e| (e.kind == PURCHASE).then(|| yuan(e.price))))),
        ],
    )
}

fn reviews(shop: &Shop) -> PolarsResult<SampleTable> {
    let (all, ids) = (&shop.reviews, ids(shop));
    let digits = all.len().to_string().len().max(4);
    table(
        "reviews",
        TableKind::Reviews,
        vec![
            (Role::Other, text("review_id", (1..=all.len()).map(|i| format!("R{i:0digits$}")))),
            (Role::User, text("user_id", all.iter().map(|r| &ids[r.user as usize]))),
            (Role::Item, text("product_id", all.iter().map(|r| &shop.catalogue.products[r.product as usize].id))),
            (Role::Time, time("time", all.iter().map(|r| r.second))),
            (Role::Rating, whole("rating", all.iter().map(|r| Some(r.stars.into())))),
            (Role::Title, text("title", all.iter().map(|r| &r.title))),
            (Role::Text, text("text", all.iter().map(|r| &r.text))),
            (Role::Language, text("language", all.iter().map(language))),
        ],
    )
}

fn behaviour(shop: &Shop) -> PolarsResult<SampleTable> {
    let rows = &shop.behaviour;
    let content = |i: Option<u32>| i.map_or("", |i| shop.reviews[i as usize].text.as_str());
    table(
        "user_behavior",
        TableKind::Features,
        vec![
            (Role::Other, real("browser_time", rows.iter().map(|r| Some(r.browser_time)))),
            (Role::Other, real("purchase_frequency", rows.iter().map(|r| Some(r.purchase_frequency)))),
            (Role::Other, whole("review_count", rows.iter().map(|r| Some(r.review_count.into())))),
            (Role::Other, real("review_sentiment", rows.iter().map(|r| Some(r.review_sentiment)))),
            (Role::Label, real("purchase_probability", rows.iter().map(|r| Some(r.purchase_probability)))),
            (Role::Text, text("review_content", rows.iter().map(|r| content(r.review)))),
        ],
    )
}
