//! Small shops for the tests of this stage.

mod conformance;
mod counter;
mod lists;

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::base::Monitor;
use crate::base::time::Moment;

/// An event on a day.
pub fn event(item: u32, kind: EventKind, day: i64) -> PastEvent {
    PastEvent::new(item, kind, Moment(day * 86_400))
}

fn names(prefix: char, count: usize) -> Arc<Ids> {
    let mut ids = Ids::default();
    for number in 0..count {
        ids.intern(&format!("{prefix}{number}"), "names").unwrap();
    }
    Arc::new(ids)
}

/// Customers u0… and items i0… with these events.
pub fn shop(users: usize, items: usize, rows: &[(u32, PastEvent)], weights: WeightRecipe) -> Interactions {
    Interactions::from_rows(names('u', users), names('i', items), rows, weights, &Monitor::quiet()).unwrap()
}

/// A catalogue that gives these items a category.
pub fn products(data: &Interactions, categories: &[(u32, &str)]) -> Catalogue {
    let mut items = (*data.items).clone();
    let list = categories
        .iter()
        .map(|&(item, category)| Product {
            id: data.items.name(item).into(),
            name: Some(format!("{category} {item}")),
            category: Some(category.into()),
            ..Product::default()
        })
        .collect();
    Catalogue::new(list, &mut items).unwrap()
}

/// A planted truth: four tastes; customer u has taste u % 4, and four of five of its events fall on items with
/// i % 4 equal to it, within a taste the lower item more often. Every item has an event.
pub fn planted(users: usize, items: usize, seed: u64) -> Interactions {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = Vec::new();
    for item in 0..items {
        rows.push(((item % users) as u32, event(item as u32, EventKind::View, 0)));
    }
    for user in 0..users {
        for day in 0..rng.random_range(6..16) {
            let popular = (rng.random::<f64>().powi(2) * items as f64) as usize;
            let own = (popular / 4 * 4 + user % 4).min(items - 1);
            let item = if rng.random::<f64>() < 0.8 { own } else { popular };
            let kind = if rng.random::<f64>() < 0.3 { EventKind::Purchase } else { EventKind::View };
            rows.push((user as u32, event(item as u32, kind, 1 + day)));
        }
    }
    shop(users, items, &rows, WeightRecipe::default())
}
