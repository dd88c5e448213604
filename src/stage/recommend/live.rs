//! Events that are newer than a fit: folded into histories at once, counted, never refitted here.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{EventLog, History, Ids, Interactions, NO_BASKET, PastEvent, RawEvent, RecommendError};
use crate::base::Monitor;

/// How far a fit is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// Events since the fit that count in histories.
    pub events: usize,
    /// Customers who did something since.
    pub customers: usize,
    /// Of them, customers whom the fit did not know.
    pub new_customers: usize,
    /// Items that the fit does not know; their events wait for the next fit.
    pub new_items: usize,
    pub waiting_events: usize,
}

/// The interactions of a fit and what happened since.
pub struct Live {
    fitted: Arc<Interactions>,
    /// Customers the fit did not know; their numbers go on after the fit's.
    newcomers: Ids,
    newer: HashMap<u32, Vec<PastEvent>>,
    new_items: BTreeSet<String>,
    behind: Behind,
}

/// What tells one event from another.
type EventKey = (u32, u32, super::EventKind, i64, u32);

fn key_of(user: u32, event: &PastEvent) -> EventKey {
    (user, event.item, event.kind, event.time.0, event.quantity.to_bits())
}

impl Live {
    pub fn new(fitted: Arc<Interactions>) -> Self {
        Self {
            fitted,
            newcomers: Ids::default(),
            newer: HashMap::new(),
            new_items: BTreeSet::new(),
            behind: Behind::default(),
        }
    }

    /// Takes an event in, in any order of time; the customer's next list knows it.
    pub fn push(&mut self, raw: RawEvent<'_>) -> Result<(), RecommendError> {
        let mut single = super::EventLog::default();
        single.push(raw)?;
        let Some((_, event)) = single.rows().first().copied() else { return Ok(()) };
        let Some(item) = self.fitted.items.find(raw.item.trim()) else {
            self.new_items.insert(raw.item.trim().to_owned());
            self.behind.new_items = self.new_items.len();
            self.behind.waiting_events += 1;
            return Ok(());
        };
        let user = match self.fitted.users.find(raw.user.trim()) {
            Some(user) => user,
            None => {
                let place = self.newcomers.intern(raw.user.trim(), "customers")?;
                let known = u32::try_from(self.fitted.user_count()).ok();
                known
                    .and_then(|known| known.checked_add(place))
                    .ok_or(RecommendError::TooManyIds { what: "customers" })?
            }
        };
        self.newer.entry(user).or_default().push(PastEvent { item, ..event });
        self.behind.events += 1;
        self.behind.customers = self.newer.len();
        self.behind.new_customers = self.newcomers.len();
        Ok(())
    }

    /// Takes in what `log` holds and the fit did not see: the rows that are not among the fit's, each counted as
    /// often as it occurs.
    pub fn take_newer(&mut self, log: &EventLog, monitor: &Monitor) -> Result<(), RecommendError> {
        let fitted = self.fitted.clone();
        let mut seen: HashMap<EventKey, u32> = HashMap::with_capacity(fitted.event_count());
        for user in 0..fitted.user_count() as u32 {
            for event in fitted.events_of(user) {
                *seen.entry(key_of(user, event)).or_insert(0) += 1;
            }
        }
        monitor.check()?;
        let users: Vec<Option<u32>> = log.users.iter().map(|(_, name)| fitted.users.find(name)).collect();
        let items: Vec<Option<u32>> = log.items.iter().map(|(_, name)| fitted.items.find(name)).collect();
        for (row, (user, event)) in log.rows().iter().enumerate() {
            if row % 65_536 == 0 {
                monitor.check()?;
            }
            if let (Some(known), Some(item)) = (users[*user as usize], items[event.item as usize])
                && let Some(left) = seen.get_mut(&key_of(known, &PastEvent { item, ..*event }))
                && *left > 0
            {
                *left -= 1;
                continue;
            }
            self.push(RawEvent {
                user: log.users.name(*user),
                item: log.items.name(event.item),
                kind: event.kind,
                time: event.time,
                quantity: Some(f64::from(event.quantity)),
                order: (event.basket != NO_BASKET).then(|| log.orders.name(event.basket)),
            })?;
        }
        Ok(())
    }

    /// Whether the customer did something since the fit.
    pub fn has_newer(&self, user: u32) -> bool {
        self.newer.contains_key(&user)
    }

    /// Customers known to the fit and those new since.
    pub fn customer_count(&self) -> usize {
        self.fitted.user_count() + self.newcomers.len()
    }

    /// The id of a customer, known to the fit or new since.
    pub fn name(&self, user: u32) -> &str {
        match (user as usize).checked_sub(self.fitted.user_count()) {
            None => self.fitted.users.name(user),
            Some(place) => self.newcomers.name(place as u32),
        }
    }

    /// When the customer last did something.
    pub fn last_seen(&self, user: u32) -> Option<crate::base::time::Moment> {
        let newer = self.newer.get(&user).into_iter().flatten().map(|event| event.time).max();
        newer.max(self.fitted.events_of(user).last().map(|event| event.time))
    }

    pub fn behind(&self) -> Behind {
        self.behind
    }

    /// Items that wait for the next fit, by id.
    pub fn new_items(&self) -> impl Iterator<Item = &str> {
        self.new_items.iter().map(String::as_str)
    }

    /// The number of a customer, known to the fit or new since.
    pub fn find(&self, user: &str) -> Option<u32> {
        let user = user.trim();
        self.fitted.users.find(user).or_else(|| {
            let place = self.newcomers.find(user)?;
            u32::try_from(self.fitted.user_count()).ok()?.checked_add(place)
        })
    }

    /// The customer's history up to now. Ages still count back from the newest event of the fit, so that
    /// nothing but the customer's own events changes a list.
    pub fn history(&self, user: u32) -> History {
        match self.newer.get(&user) {
            None => self.fitted.history(user),
            Some(newer) => {
                let events = self.fitted.events_of(user).iter().chain(newer).copied().collect();
                self.fitted.imagine(events)
            }
        }
    }
}
