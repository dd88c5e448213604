//! Events that are newer than a fit: folded into histories at once, counted, never refitted here.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{History, Ids, Interactions, PastEvent, RawEvent, RecommendError};

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
pub struct Live<'a> {
    fitted: &'a Interactions,
    /// Customers the fit did not know; their numbers go on after the fit's.
    newcomers: Ids,
    newer: HashMap<u32, Vec<PastEvent>>,
    new_items: BTreeSet<String>,
    behind: Behind,
}

impl<'a> Live<'a> {
    pub fn new(fitted: &'a Interactions) -> Self {
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
