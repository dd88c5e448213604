//! Favourite categories and products and the rhythm of each segment, counted from the events.

use rayon::prelude::*;

use super::super::NO_SEGMENT;
use crate::base::{Cancelled, Monitor};
use crate::stage::data::features::EventKind;
use crate::stage::data::features::index::{EventIndex, FastMap, MISSING};

/// Customers handled by one task.
const CHUNK: usize = 4096;

/// Whole numbers only, so that adding up in any order gives the same.
#[derive(Clone)]
pub(crate) struct Counts {
    pub categories: Vec<Vec<u64>>,
    /// `rhythm[segment][weekday * 24 + hour]`, Monday first.
    pub rhythm: Vec<Vec<u64>>,
    /// By item key: events, and the first event with the item.
    pub products: Vec<FastMap<u64, (u64, usize)>>,
}

impl Counts {
    fn new(segments: usize, categories: usize) -> Self {
        Self {
            categories: vec![vec![0; categories]; segments],
            rhythm: vec![vec![0; 7 * 24]; segments],
            products: vec![FastMap::default(); segments],
        }
    }

    fn add(mut self, other: Self) -> Self {
        let sum = |a: &mut Vec<Vec<u64>>, b: &[Vec<u64>]| {
            a.iter_mut().zip(b).for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(a, b)| *a += b));
        };
        sum(&mut self.categories, &other.categories);
        sum(&mut self.rhythm, &other.rhythm);
        for (mine, theirs) in self.products.iter_mut().zip(other.products) {
            for (item, (count, row)) in theirs {
                let known = mine.entry(item).or_insert((0, row));
                known.0 += count;
                known.1 = known.1.min(row);
            }
        }
        self
    }
}

/// Counts events of labelled customers: of all kinds for the rhythm; for tastes purchases where there are any (in the
/// whole shop), all but returns otherwise. `places[row]` is the customer's place in the index.
pub(crate) fn count(
    index: &EventIndex,
    places: &[u32],
    labels: &[u32],
    segments: usize,
    utc_offset: i32,
    monitor: &Monitor,
) -> Result<Counts, Cancelled> {
    let bought = |place: &u32| index.of(*place as usize).any(|at| index.event(at).kind == EventKind::Purchase as u8);
    let purchases = places.par_iter().any(bought);
    let tasted = |kind: u8| if purchases { kind == EventKind::Purchase as u8 } else { kind != EventKind::Return as u8 };
    let empty = || Counts::new(segments, index.categories.len());
    places
        .par_chunks(CHUNK)
        .zip(labels.par_chunks(CHUNK))
        .map(|(places, labels)| {
            monitor.check()?;
            let mut counts = empty();
            for (place, label) in places.iter().zip(labels) {
                if *label == NO_SEGMENT || *label as usize >= segments {
                    continue;
                }
                let label = *label as usize;
                for at in index.of(*place as usize) {
                    let event = index.event(at);
                    let local = event.time.saturating_add(i64::from(utc_offset));
                    let weekday = (local.div_euclid(86_400) + 3).rem_euclid(7);
                    let hour = local.rem_euclid(86_400) / 3600;
                    counts.rhythm[label][(weekday * 24 + hour) as usize] += 1;
                    if !tasted(event.kind) {
                        continue;
                    }
                    if let Some(category) = event.category {
                        counts.categories[label][category as usize] += 1;
                    }
                    if event.item != MISSING {
                        let known = counts.products[label].entry(event.item).or_insert((0, at));
                        known.0 += 1;
                        known.1 = known.1.min(at);
                    }
                }
            }
            Ok(counts)
        })
        .try_reduce(empty, |a, b| Ok(a.add(b)))
}
