//! What customers did, one row an event, with numbers for names.

use serde::{Deserialize, Serialize};

use super::{Ids, RecommendError};
use crate::base::time::Moment;

/// The kinds of event a shop records. Reading a table maps its own words to these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    View,
    Cart,
    Favourite,
    #[default]
    Purchase,
    Return,
}

impl EventKind {
    pub const ALL: [Self; 5] = [Self::View, Self::Cart, Self::Favourite, Self::Purchase, Self::Return];

    pub fn key(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Cart => "cart",
            Self::Favourite => "favourite",
            Self::Purchase => "purchase",
            Self::Return => "return",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// Stands for "no order number" in [`PastEvent::basket`].
pub const NO_BASKET: u32 = u32::MAX;

/// One thing that some customer did to an item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PastEvent {
    pub item: u32,
    pub kind: EventKind,
    pub time: Moment,
    /// Pieces; 1 where the table does not say.
    pub quantity: f32,
    /// Order number, or [`NO_BASKET`].
    pub basket: u32,
}

impl PastEvent {
    pub fn new(item: u32, kind: EventKind, time: Moment) -> Self {
        Self { item, kind, time, quantity: 1.0, basket: NO_BASKET }
    }
}

/// An event as a table gives it, names and all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawEvent<'a> {
    pub user: &'a str,
    pub item: &'a str,
    pub kind: EventKind,
    pub time: Moment,
    /// `None`: 1 piece. A negative number of pieces is a return, as in invoices.
    pub quantity: Option<f64>,
    pub order: Option<&'a str>,
}

/// All events with their names; rows in the order they came.
#[derive(Debug, Clone, Default)]
pub struct EventLog {
    pub users: Ids,
    pub items: Ids,
    pub orders: Ids,
    pub(super) rows: Vec<(u32, PastEvent)>,
    /// Rows without a customer or without an item; they count for nothing here.
    pub skipped: usize,
}

impl EventLog {
    /// Appends a row. One with an empty customer or item is counted in `skipped`, not kept.
    pub fn push(&mut self, raw: RawEvent<'_>) -> Result<(), RecommendError> {
        let (user, item) = (raw.user.trim(), raw.item.trim());
        if user.is_empty() || item.is_empty() {
            self.skipped += 1;
            return Ok(());
        }
        let user = self.users.intern(user, "customers")?;
        let item = self.items.intern(item, "items")?;
        let basket = match raw.order.map(str::trim).filter(|order| !order.is_empty()) {
            Some(order) => self.orders.intern(order, "orders")?,
            None => NO_BASKET,
        };
        let quantity = raw.quantity.filter(|q| q.is_finite() && *q != 0.0).unwrap_or(1.0);
        let kind = if quantity < 0.0 { EventKind::Return } else { raw.kind };
        let quantity = quantity.abs().min(1e9) as f32;
        self.rows.push((user, PastEvent { item, kind, time: raw.time, quantity, basket }));
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Customer number and event, in the order they came.
    pub fn rows(&self) -> &[(u32, PastEvent)] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_key(kind.key()), Some(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.key().into()));
        }
    }

    #[test]
    fn rows_without_names_are_counted_and_negative_pieces_are_returns() {
        let mut log = EventLog::default();
        let raw = RawEvent {
            user: "u",
            item: "i",
            kind: EventKind::Purchase,
            time: Moment(0),
            quantity: Some(-3.0),
            order: Some(" "),
        };
        log.push(raw).unwrap();
        log.push(RawEvent { user: " ", ..raw }).unwrap();
        log.push(RawEvent { quantity: Some(f64::NAN), ..raw }).unwrap();
        assert_eq!((log.len(), log.skipped), (2, 1));
        assert_eq!((log.rows[0].1.kind, log.rows[0].1.quantity), (EventKind::Return, 3.0));
        assert_eq!((log.rows[1].1.kind, log.rows[1].1.quantity), (EventKind::Purchase, 1.0));
        assert_eq!(log.rows[0].1.basket, NO_BASKET);
    }
}
