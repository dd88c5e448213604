//! What a recommender may learn from, and what it has to find.

use serde::{Deserialize, Serialize};

use super::error::within;
use super::{EventKind, Interactions, PastEvent, RecommendError};
use crate::base::time::Moment;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Split {
    /// Each customer's newest item is to be found; every event with that item is taken away.
    LastOut,
    /// The newest events of all customers are to be found: this share of all events.
    Time { test_share: f32 },
}

impl Default for Split {
    fn default() -> Self {
        Self::Time { test_share: 0.2 }
    }
}

impl Split {
    pub fn check(&self) -> Result<(), RecommendError> {
        match self {
            Self::LastOut => Ok(()),
            Self::Time { test_share } => within("split.test_share", *test_share, 0.01, 0.9, "from 0.01 to 0.9"),
        }
    }
}

/// What one customer is tested on.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub user: u32,
    /// To be found, ascending; never empty.
    pub items: Vec<u32>,
}

/// One way of cutting the events in two.
#[derive(Debug, Clone)]
pub struct Parts {
    pub train: Vec<(u32, PastEvent)>,
    /// By customer number.
    pub targets: Vec<Target>,
    /// Where time was cut: the test events are at or after it.
    pub cut: Option<Moment>,
    /// Customers who did something to be found, but nothing before it; nobody can be tested on them.
    pub newcomers: usize,
}

/// Cuts the events. `kinds` are the events worth finding (empty: all but returns); with `only_new`, items
/// that the customer had touched before are not looked for.
pub fn split(data: &Interactions, how: Split, kinds: &[EventKind], only_new: bool) -> Result<Parts, RecommendError> {
    how.check()?;
    let wanted = |kind: EventKind| match kinds {
        [] => kind != EventKind::Return,
        kinds => kinds.contains(&kind),
    };
    let parts = match how {
        Split::LastOut => last_out(data, wanted),
        Split::Time { test_share } => by_time(data, test_share, wanted, only_new),
    };
    if parts.targets.is_empty() || parts.train.is_empty() {
        let users = data.user_count();
        let with_two = (0..users).filter(|&user| data.matrix.row_len(user) > 1).count();
        return Err(RecommendError::NothingToTest { users, with_two });
    }
    Ok(parts)
}

/// The item whose first wanted event is the newest. Customers with nothing else stay in training.
fn last_out(data: &Interactions, wanted: impl Fn(EventKind) -> bool) -> Parts {
    let mut parts = Parts { train: Vec::new(), targets: Vec::new(), cut: None, newcomers: 0 };
    for user in 0..data.user_count() as u32 {
        let events = data.events_of(user);
        let mut seen = std::collections::HashSet::new();
        let mut last = None;
        for event in events.iter().filter(|event| wanted(event.kind)) {
            if seen.insert(event.item) {
                last = Some(event.item);
            }
        }
        let held = last.filter(|&item| events.iter().any(|event| event.item != item));
        parts.train.extend(events.iter().filter(|event| Some(event.item) != held).map(|event| (user, *event)));
        if let Some(item) = held {
            parts.targets.push(Target { user, items: vec![item] });
        }
    }
    parts
}

fn by_time(data: &Interactions, test_share: f32, wanted: impl Fn(EventKind) -> bool, only_new: bool) -> Parts {
    let mut times: Vec<Moment> = data.events().iter().map(|event| event.time).collect();
    times.sort_unstable();
    let first_test = ((1.0 - f64::from(test_share)) * times.len() as f64) as usize;
    let cut = times.get(first_test).copied().unwrap_or_default();
    let mut parts = Parts { train: Vec::new(), targets: Vec::new(), cut: Some(cut), newcomers: 0 };
    for user in 0..data.user_count() as u32 {
        let events = data.events_of(user);
        let (before, after) = events.split_at(events.partition_point(|event| event.time < cut));
        parts.train.extend(before.iter().map(|event| (user, *event)));
        let mut items: Vec<u32> = after.iter().filter(|event| wanted(event.kind)).map(|event| event.item).collect();
        items.sort_unstable();
        items.dedup();
        if only_new {
            items.retain(|item| before.iter().all(|event| event.item != *item));
        }
        if before.is_empty() {
            parts.newcomers += usize::from(!items.is_empty());
        } else if !items.is_empty() {
            parts.targets.push(Target { user, items });
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::WeightRecipe;
    use super::super::tests::{event, shop};
    use super::*;

    fn data() -> Interactions {
        let rows = [
            (0, event(0, EventKind::View, 1)),
            (0, event(1, EventKind::Purchase, 2)),
            (0, event(2, EventKind::View, 3)),
            (0, event(1, EventKind::View, 9)),
            (1, event(2, EventKind::View, 8)),
            (2, event(0, EventKind::View, 2)),
            (2, event(0, EventKind::View, 8)),
            (2, event(1, EventKind::Purchase, 8)),
        ];
        shop(3, 3, &rows, WeightRecipe::default())
    }

    fn target(user: u32, items: &[u32]) -> Target {
        Target { user, items: items.to_vec() }
    }

    #[test]
    fn last_out_takes_the_newest_item_whole() {
        let parts = split(&data(), Split::LastOut, &[], true).unwrap();
        // u0's newest first sight is item 2; u1 has one item only and keeps it; u2's is item 1.
        assert_eq!(parts.targets, [target(0, &[2]), target(2, &[1])]);
        assert_eq!(parts.train.len(), 6);
        // Counting purchases only, item 1 is u0's; its later view goes too.
        let parts = split(&data(), Split::LastOut, &[EventKind::Purchase], true).unwrap();
        assert_eq!(parts.targets, [target(0, &[1]), target(2, &[1])]);
        assert!(parts.train.iter().all(|(user, event)| *user != 0 || event.item != 1));
    }

    #[test]
    fn a_cut_in_time_separates_before_from_after() {
        // Times 1 2 2 3 8 8 8 9: half of them after the cut at 8.
        let parts = split(&data(), Split::Time { test_share: 0.5 }, &[], true).unwrap();
        assert_eq!(parts.cut, Some(event(0, EventKind::View, 8).time));
        // u0's only late item was seen before; u1 is new; u2 found item 1.
        assert_eq!((parts.targets, parts.newcomers, parts.train.len()), (vec![target(2, &[1])], 1, 4));
        let parts = split(&data(), Split::Time { test_share: 0.5 }, &[], false).unwrap();
        assert_eq!(parts.targets, [target(0, &[1]), target(2, &[0, 1])]);
    }

    #[test]
    fn nothing_to_test_is_said() {
        let data = shop(1, 1, &[(0, event(0, EventKind::View, 1))], WeightRecipe::default());
        for how in [Split::LastOut, Split::default()] {
            let got = split(&data, how, &[], true).err();
            assert_eq!(got, Some(RecommendError::NothingToTest { users: 1, with_two: 0 }));
        }
    }
}
