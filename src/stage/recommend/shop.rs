//! A shop's tables as this stage takes them. Columns are named by their roles' keys: `user`, `item`, `event`, `time`,
//! `quantity`, `order` for what customers did; `item`, `name`, `category`, `brand`, … for products.

use polars::prelude::*;

use super::catalogue::parse_attributes;
use super::{EventKind, EventLog, Ids, NO_BASKET, Product, RawEvent, RecommendError};
use crate::base::time::Moment;
use crate::base::{Monitor, Step};
use crate::stage::data::Role;

impl From<PolarsError> for RecommendError {
    fn from(error: PolarsError) -> Self {
        Self::Table(error.to_string())
    }
}

fn texts(frame: &DataFrame, role: Role) -> Result<Option<StringChunked>, RecommendError> {
    let Ok(column) = frame.column(role.key()) else { return Ok(None) };
    // Ids that came as 12345.0 because some were missing.
    let column = if column.dtype().is_float() && matches!(role, Role::User | Role::Item | Role::Order) {
        column.cast(&DataType::Int64)?
    } else {
        column.clone()
    };
    Ok(Some(column.cast(&DataType::String)?.str()?.clone()))
}

fn numbers(frame: &DataFrame, role: Role) -> Result<Option<Float64Chunked>, RecommendError> {
    let Ok(column) = frame.column(role.key()) else { return Ok(None) };
    Ok(Some(column.cast(&DataType::Float64)?.f64()?.clone()))
}

/// Seconds since 1970, from dates, moments or whole seconds.
fn times(frame: &DataFrame) -> Result<Option<Int64Chunked>, RecommendError> {
    let Ok(column) = frame.column(Role::Time.key()) else { return Ok(None) };
    if column.dtype().is_integer() {
        return Ok(Some(column.cast(&DataType::Int64)?.i64()?.clone()));
    }
    let millis = column.cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?.cast(&DataType::Int64)?;
    Ok(Some(millis.i64()? / 1000))
}

/// Rows of what customers did into a log, in their order. A row without a customer, an item or a time, or with an
/// event word that is none of [`EventKind`], is counted as skipped. Without an `event` column every row is a purchase.
pub fn event_log(frame: &DataFrame, monitor: &Monitor) -> Result<EventLog, RecommendError> {
    let mut log = EventLog::default();
    let (Some(users), Some(items)) = (texts(frame, Role::User)?, texts(frame, Role::Item)?) else {
        return Err(RecommendError::NoItems);
    };
    let Some(times) = times(frame)? else { return Err(RecommendError::NoEvents) };
    let (kinds, orders) = (texts(frame, Role::Event)?, texts(frame, Role::Order)?);
    let quantities = numbers(frame, Role::Quantity)?;
    let rows = frame.height();
    for row in 0..rows {
        if row % 65_536 == 0 {
            monitor.check()?;
            monitor.report(Step::Reading, row as u64, rows as u64);
        }
        let kind = match &kinds {
            Some(words) => words.get(row).and_then(EventKind::from_key),
            None => Some(EventKind::Purchase),
        };
        let (Some(user), Some(item), Some(time), Some(kind)) = (users.get(row), items.get(row), times.get(row), kind)
        else {
            log.skipped += 1;
            continue;
        };
        let quantity = quantities.as_ref().and_then(|column| column.get(row));
        let order = orders.as_ref().and_then(|column| column.get(row));
        log.push(RawEvent { user, item, kind, time: Moment(time), quantity, order })?;
    }
    monitor.report(Step::Reading, rows as u64, rows as u64);
    Ok(log)
}

/// Attributes as a table has them: a JSON object, or `colour:red;size:L`.
fn attributes(text: &str) -> Vec<(String, String)> {
    let object: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).ok();
    match object {
        Some(object) => object
            .into_iter()
            .map(|(name, value)| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                (name.trim().to_lowercase(), value.trim().to_lowercase())
            })
            .collect(),
        None => parse_attributes(text),
    }
}

/// Rows of a products table.
pub fn products(frame: &DataFrame) -> Result<Vec<Product>, RecommendError> {
    let Some(ids) = texts(frame, Role::Item)? else { return Ok(Vec::new()) };
    let [name, title, category, brand, description, tags, picture] =
        [Role::Name, Role::Title, Role::Category, Role::Brand, Role::Description, Role::Attributes, Role::Picture]
            .map(|role| texts(frame, role));
    let (name, title, category, brand) = (name?, title?, category?, brand?);
    let (description, tags, picture) = (description?, tags?, picture?);
    let (price, stock) = (numbers(frame, Role::Price)?, numbers(frame, Role::Stock)?);
    let text = |column: &Option<StringChunked>, row: usize| {
        let text = column.as_ref()?.get(row)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let number = |column: &Option<Float64Chunked>, row: usize| column.as_ref()?.get(row);
    let product = |row: usize| {
        Some(Product {
            id: ids.get(row)?.to_owned(),
            name: text(&name, row).or_else(|| text(&title, row)),
            category: text(&category, row),
            brand: text(&brand, row),
            description: text(&description, row),
            attributes: text(&tags, row).map_or_else(Vec::new, |text| attributes(&text)),
            price: number(&price, row),
            stock: number(&stock, row),
            picture: text(&picture, row),
        })
    };
    Ok((0..frame.height()).filter_map(product).collect())
}

/// A log as a table again, in the same order, for keeping beside a fit.
pub fn log_frame(log: &EventLog) -> Result<DataFrame, RecommendError> {
    let rows = log.rows();
    let column = |name: &str, values: Vec<&str>| Column::new(name.into(), values);
    let order = |basket: u32| (basket != NO_BASKET).then(|| log.orders.name(basket));
    Ok(DataFrame::new(
        rows.len(),
        vec![
            column("user", rows.iter().map(|row| log.users.name(row.0)).collect()),
            column("item", rows.iter().map(|row| log.items.name(row.1.item)).collect()),
            column("event", rows.iter().map(|row| row.1.kind.key()).collect()),
            Column::new("time".into(), rows.iter().map(|row| row.1.time.0).collect::<Vec<_>>()),
            Column::new("quantity".into(), rows.iter().map(|row| row.1.quantity).collect::<Vec<_>>()),
            Column::new("order".into(), rows.iter().map(|row| order(row.1.basket)).collect::<Vec<_>>()),
        ],
    )?)
}

/// The log of [`log_frame`], its items numbered as `items` says.
pub fn log_from_frame(frame: &DataFrame, items: Ids, monitor: &Monitor) -> Result<EventLog, RecommendError> {
    let mut log = EventLog { items, ..EventLog::default() };
    let (Some(users), Some(names), Some(times)) = (texts(frame, Role::User)?, texts(frame, Role::Item)?, times(frame)?)
    else {
        return Err(RecommendError::Table("columns are missing".to_owned()));
    };
    let (kinds, orders) = (texts(frame, Role::Event)?, texts(frame, Role::Order)?);
    let quantities = numbers(frame, Role::Quantity)?;
    for row in 0..frame.height() {
        if row % 65_536 == 0 {
            monitor.check()?;
        }
        let kind = kinds.as_ref().and_then(|words| words.get(row)).and_then(EventKind::from_key).unwrap_or_default();
        log.push(RawEvent {
            user: users.get(row).unwrap_or_default(),
            item: names.get(row).unwrap_or_default(),
            kind,
            time: Moment(times.get(row).unwrap_or_default()),
            quantity: quantities.as_ref().and_then(|column| column.get(row)),
            order: orders.as_ref().and_then(|column| column.get(row)),
        })?;
    }
    Ok(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> DataFrame {
        df!(
            "user" => [Some("a"), Some("b"), None, Some("a")],
            "item" => [7i64, 8, 7, 9],
            "event" => ["view", "purchase", "view", "waved"],
            "time" => [10i64, 20, 30, 40],
            "quantity" => [None, Some(-2.0), None, None],
            "order" => [None, Some("o1"), None, None],
        )
        .unwrap()
    }

    #[test]
    fn rows_become_events_and_come_back() {
        let log = event_log(&frame(), &Monitor::quiet()).unwrap();
        assert_eq!((log.len(), log.skipped), (2, 2));
        assert_eq!(log.rows()[1].1.kind, EventKind::Return);
        assert_eq!(log.items.name(0), "7");
        let kept = log_frame(&log).unwrap();
        let again = log_from_frame(&kept, log.items.clone(), &Monitor::quiet()).unwrap();
        assert_eq!(again.rows(), log.rows());
        assert_eq!(again.orders.name(0), "o1");
    }

    #[test]
    fn a_table_of_sales_needs_no_events_and_one_without_items_is_refused() {
        let sales = df!("user" => ["a"], "item" => ["x"], "time" => [1i64]).unwrap();
        assert_eq!(event_log(&sales, &Monitor::quiet()).unwrap().rows()[0].1.kind, EventKind::Purchase);
        let visits = df!("user" => ["a"], "time" => [1i64]).unwrap();
        assert_eq!(event_log(&visits, &Monitor::quiet()).unwrap_err(), RecommendError::NoItems);
    }

    #[test]
    fn products_read_attributes_in_either_form() {
        let table = df!(
            "item" => ["p1", "p2"],
            "name" => ["Tray", " "],
            "price" => [2i64, 3],
            "attributes" => ["{\"Material\":\"Oak\",\"Legs\":4}", "colour:red"],
        )
        .unwrap();
        let list = products(&table).unwrap();
        assert_eq!(list[0].attributes, [("material".into(), "oak".into()), ("legs".into(), "4".into())]);
        assert_eq!(list[1].attributes, [("colour".into(), "red".into())]);
        assert_eq!((list[1].name.clone(), list[0].price), (None, Some(2.0)));
    }
}
