//! Events turned into what recommenders learn from: a customer × item matrix of weights, and histories.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Csr, EventLog, Ids, PastEvent, RecommendError, WeightRecipe};
use crate::base::time::Moment;
use crate::base::{Monitor, Step};

/// One customer's past: events in time order, and what they come to per item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    events: Vec<PastEvent>,
    row: Vec<(u32, f32)>,
}

impl History {
    /// Sorts the events by time (earlier rows first among equals) and weighs them as of `as_of`.
    pub fn new(mut events: Vec<PastEvent>, weights: &WeightRecipe, as_of: Moment) -> Self {
        events.sort_by_key(|event| event.time);
        let row = weigh(&events, weights, as_of);
        Self { events, row }
    }

    /// In time order.
    pub fn events(&self) -> &[PastEvent] {
        &self.events
    }

    /// Item and weight above zero, items ascending.
    pub fn row(&self) -> &[(u32, f32)] {
        &self.row
    }

    /// No event counts: there is nothing to learn from.
    pub fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    pub fn weight_of(&self, item: u32) -> f32 {
        self.row.binary_search_by_key(&item, |entry| entry.0).map_or(0.0, |at| self.row[at].1)
    }
}

/// Item and weight, items ascending, weights above zero.
fn weigh(events: &[PastEvent], weights: &WeightRecipe, as_of: Moment) -> Vec<(u32, f32)> {
    let mut order: Vec<(u32, f32)> = events.iter().map(|event| (event.item, weights.of_event(event, as_of))).collect();
    order.sort_by_key(|entry| entry.0);
    order
        .chunk_by(|a, b| a.0 == b.0)
        .map(|pair| (pair[0].0, weights.of_pair(pair.iter().map(|entry| entry.1))))
        .filter(|entry| entry.1 > 0.0)
        .collect()
}

/// Everything recommenders learn from. Customers and items keep their numbers in every split.
#[derive(Debug, Clone)]
pub struct Interactions {
    pub users: Arc<Ids>,
    pub items: Arc<Ids>,
    pub weights: WeightRecipe,
    /// Ages are counted back from here: the newest event.
    pub as_of: Moment,
    /// Users × items, weights above zero.
    pub matrix: Csr,
    starts: Vec<usize>,
    events: Vec<PastEvent>,
}

impl Interactions {
    /// From a log; a million events take about a fifth of a second.
    pub fn new(log: &EventLog, weights: WeightRecipe, monitor: &Monitor) -> Result<Self, RecommendError> {
        Self::from_rows(Arc::new(log.users.clone()), Arc::new(log.items.clone()), log.rows(), weights, monitor)
    }

    /// From rows of customer and event, in any order. Rows with a number beyond the names are left out.
    pub fn from_rows(
        users: Arc<Ids>,
        items: Arc<Ids>,
        rows: &[(u32, PastEvent)],
        weights: WeightRecipe,
        monitor: &Monitor,
    ) -> Result<Self, RecommendError> {
        weights.check()?;
        monitor.report(Step::Preparing, 0, rows.len() as u64);
        let (starts, events) = group_by_user(users.len(), items.len(), rows);
        let as_of = events.iter().map(|event| event.time).max().ok_or(RecommendError::NoEvents)?;
        monitor.check()?;
        let weighed: Vec<Vec<(u32, f32)>> =
            starts.par_windows(2).map(|span| weigh(&events[span[0]..span[1]], &weights, as_of)).collect();
        let matrix = Csr::from_rows(items.len(), &weighed);
        if matrix.entries() == 0 {
            return Err(RecommendError::NothingCounts);
        }
        monitor.report(Step::Preparing, rows.len() as u64, rows.len() as u64);
        Ok(Self { users, items, weights, as_of, matrix, starts, events })
    }

    /// The same events with other weights.
    pub fn reweighed(&self, weights: WeightRecipe, monitor: &Monitor) -> Result<Self, RecommendError> {
        if weights == self.weights {
            return Ok(self.clone());
        }
        Self::from_rows(self.users.clone(), self.items.clone(), &self.rows(), weights, monitor)
    }

    /// Rows of customer and event, by customer and time.
    pub fn rows(&self) -> Vec<(u32, PastEvent)> {
        (0..self.user_count() as u32)
            .flat_map(|user| self.events_of(user).iter().map(move |event| (user, *event)))
            .collect()
    }

    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    pub fn item_count(&self) -> usize {
        self.items.len()
    }

    pub fn event_count(&self) -> usize {
        self.events.len()
    }

    /// A customer's events in time order; empty for an unknown number.
    pub fn events_of(&self, user: u32) -> &[PastEvent] {
        match (self.starts.get(user as usize), self.starts.get(user as usize + 1)) {
            (Some(&from), Some(&to)) => &self.events[from..to],
            _ => &[],
        }
    }

    /// All events, by customer and time.
    pub fn events(&self) -> &[PastEvent] {
        &self.events
    }

    /// A customer's history as the recommenders saw it; empty for an unknown number.
    pub fn history(&self, user: u32) -> History {
        if user as usize >= self.matrix.rows() {
            return History::default();
        }
        History { events: self.events_of(user).to_vec(), row: self.matrix.iter_row(user as usize).collect() }
    }

    /// A history that never was, weighed like the others: events switched off, added or picked.
    pub fn imagine(&self, events: Vec<PastEvent>) -> History {
        let known = events.into_iter().filter(|event| (event.item as usize) < self.item_count()).collect();
        History::new(known, &self.weights, self.as_of)
    }
}

/// A counting sort: offsets by customer, and events by customer and time (stable).
fn group_by_user(users: usize, items: usize, rows: &[(u32, PastEvent)]) -> (Vec<usize>, Vec<PastEvent>) {
    let usable = |row: &&(u32, PastEvent)| (row.0 as usize) < users && (row.1.item as usize) < items;
    let mut starts = vec![0usize; users + 1];
    for (user, _) in rows.iter().filter(usable) {
        starts[*user as usize + 1] += 1;
    }
    for i in 0..users {
        starts[i + 1] += starts[i];
    }
    let filler = PastEvent::new(0, super::EventKind::View, Moment(0));
    let mut events = vec![filler; starts[users]];
    let mut next = starts.clone();
    for (user, event) in rows.iter().filter(usable) {
        let at = &mut next[*user as usize];
        events[*at] = *event;
        *at += 1;
    }
    for span in starts.windows(2) {
        events[span[0]..span[1]].sort_by_key(|event| event.time);
    }
    (starts, events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::recommend::{EventKind, Repeats};

    fn ids(names: &[&str]) -> Arc<Ids> {
        let mut ids = Ids::default();
        for name in names {
            ids.intern(name, "items").unwrap();
        }
        Arc::new(ids)
    }

    fn build(rows: &[(u32, PastEvent)], weights: WeightRecipe) -> Result<Interactions, RecommendError> {
        Interactions::from_rows(ids(&["ann", "bob"]), ids(&["a", "b", "c"]), rows, weights, &Monitor::quiet())
    }

    fn event(item: u32, kind: EventKind, time: i64) -> PastEvent {
        PastEvent::new(item, kind, Moment(time))
    }

    #[test]
    fn events_become_sorted_histories_and_a_matrix() {
        let rows = [
            (1, event(2, EventKind::View, 30)),
            (0, event(1, EventKind::Purchase, 20)),
            (1, event(0, EventKind::Cart, 10)),
            (1, event(2, EventKind::Cart, 5)),
            (7, event(0, EventKind::View, 1)),
            (0, event(9, EventKind::View, 1)),
        ];
        let weights = WeightRecipe { repeats: Repeats::Sum, ..WeightRecipe::default() };
        let data = build(&rows, weights).unwrap();
        assert_eq!(data.event_count(), 4);
        assert_eq!(data.as_of, Moment(30));
        assert_eq!(data.matrix.row(0), (&[1u32][..], &[5.0f32][..]));
        assert_eq!(data.matrix.row(1), (&[0u32, 2][..], &[3.0f32, 4.0][..]));
        let times: Vec<i64> = data.events_of(1).iter().map(|e| e.time.0).collect();
        assert_eq!(times, [5, 10, 30]);
        assert!(data.events_of(9).is_empty() && data.history(9).is_empty());
        assert_eq!(data.imagine(data.events_of(1).to_vec()), data.history(1));
        assert_eq!(data.history(1).weight_of(2), 4.0);
    }

    #[test]
    fn nothing_to_learn_from_is_said() {
        assert_eq!(build(&[], WeightRecipe::default()).unwrap_err(), RecommendError::NoEvents);
        let only_returns = [(0, event(0, EventKind::Return, 1))];
        assert_eq!(build(&only_returns, WeightRecipe::default()).unwrap_err(), RecommendError::NothingCounts);
    }

    #[test]
    fn a_cancelled_build_stops() {
        let monitor = Monitor::quiet();
        monitor.cancel();
        let rows = [(0, event(0, EventKind::View, 1))];
        let got = Interactions::from_rows(ids(&["u"]), ids(&["i"]), &rows, WeightRecipe::default(), &monitor);
        assert!(matches!(got, Err(RecommendError::Cancelled(_))));
    }
}
