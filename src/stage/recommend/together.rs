//! What is bought together: how often two items share a basket, and how much more often than by chance.
//!
//! Over `n` baskets, with `c_a`, `c_b`, `c_ab` of them holding a, b and both: support `c_ab / n`, confidence
//! `c_ab / c_a`, lift `c_ab · n / (c_a · c_b)`. A basket is an order where the table has order numbers, else
//! what one customer bought within one day (UTC).

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::{count_within, within};
use super::{Csr, EventKind, Interactions, NO_BASKET, RecommendError};
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TogetherRecipe {
    /// What counts as putting something in a basket.
    pub kinds: Vec<EventKind>,
    /// Pairs that share fewer baskets than this are chance.
    pub min_together: u32,
    /// Pairs below this lift are left out; 1 is chance.
    pub min_lift: f32,
    /// How many companions an item keeps.
    pub companions: usize,
    /// A basket with more different items than this says nothing about pairs (dealers, stock-taking).
    pub largest_basket: usize,
}

impl Default for TogetherRecipe {
    fn default() -> Self {
        Self { kinds: vec![EventKind::Purchase], min_together: 3, min_lift: 1.0, companions: 20, largest_basket: 200 }
    }
}

impl TogetherRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        count_within("together.companions", self.companions, 1, 1000, "from 1 to 1000")?;
        count_within("together.largest_basket", self.largest_basket, 2, 5000, "from 2 to 5000")?;
        within("together.min_lift", self.min_lift, 0.0, 1e6, "from 0 to 1000000")
    }
}

/// An item that goes with another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Companion {
    pub item: u32,
    /// Baskets with both.
    pub together: u32,
    /// Share of all baskets that hold both.
    pub support: f64,
    /// Share of the baskets with the first that hold this one too.
    pub confidence: f64,
    /// How many times more often than by chance.
    pub lift: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// All baskets, those with one item and the largest included.
    pub baskets: usize,
    /// Baskets above the size limit; they count as baskets but pair nothing.
    pub oversized: usize,
    /// Whether the table had order numbers; if not, a basket is a customer's day.
    pub by_order: bool,
    /// By item: the companions that most surely belong with it, best first.
    pub companions: Vec<Vec<Companion>>,
}

impl Together {
    pub fn of(&self, item: u32) -> &[Companion] {
        self.companions.get(item as usize).map_or(&[], |list| list)
    }
}

/// Counts pairs over all baskets.
pub fn together(data: &Interactions, recipe: &TogetherRecipe, monitor: &Monitor) -> Result<Together, RecommendError> {
    recipe.check()?;
    let (baskets, by_order) = baskets(data, &recipe.kinds);
    let mut singles = vec![0u32; data.item_count()];
    for &item in baskets.iter().flatten() {
        singles[item as usize] += 1;
    }
    let sized = |basket: &&Vec<u32>| basket.len() <= recipe.largest_basket;
    let rows: Vec<Vec<(u32, f32)>> =
        baskets.iter().filter(sized).map(|basket| basket.iter().map(|item| (*item, 1.0)).collect()).collect();
    let by_basket = Csr::from_rows(data.item_count(), &rows);
    let by_item = by_basket.transpose();
    let done = std::sync::atomic::AtomicU64::new(0);
    let items = data.item_count() as u64;
    let companions: Result<Vec<Vec<Companion>>, RecommendError> = (0..data.item_count())
        .into_par_iter()
        .with_min_len(64)
        .map_init(
            || (vec![0u32; data.item_count()], Vec::new()),
            |(counts, touched), item| {
                monitor.check()?;
                let at = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if at.is_multiple_of(256) {
                    monitor.report(Step::Counting, at, items);
                }
                count_with(&by_basket, by_item.row(item).0, counts, touched);
                let pairs = touched.drain(..).map(|other: u32| (other, std::mem::take(&mut counts[other as usize])));
                let pairs: Vec<(u32, u32)> = pairs.filter(|pair| pair.0 as usize != item).collect();
                Ok(best_companions(item, &pairs, &singles, baskets.len(), recipe))
            },
        )
        .collect();
    monitor.report(Step::Counting, items, items);
    Ok(Together { baskets: baskets.len(), oversized: baskets.len() - rows.len(), by_order, companions: companions? })
}

/// How many of these baskets hold each item, in `counts`; `touched` lists the items that any of them holds.
fn count_with(by_basket: &Csr, baskets: &[u32], counts: &mut [u32], touched: &mut Vec<u32>) {
    for &basket in baskets {
        for &item in by_basket.row(basket as usize).0 {
            if counts[item as usize] == 0 {
                touched.push(item);
            }
            counts[item as usize] += 1;
        }
    }
}

fn best_companions(
    item: usize,
    pairs: &[(u32, u32)],
    singles: &[u32],
    baskets: usize,
    recipe: &TogetherRecipe,
) -> Vec<Companion> {
    let (n, own) = (baskets as f64, f64::from(singles[item]));
    let companion = |&(other, both): &(u32, u32)| Companion {
        item: other,
        together: both,
        support: f64::from(both) / n,
        confidence: f64::from(both) / own,
        lift: f64::from(both) * n / (own * f64::from(singles[other as usize])),
    };
    let mut list: Vec<Companion> = pairs
        .iter()
        .map(companion)
        .filter(|c| c.together >= recipe.min_together && c.lift >= f64::from(recipe.min_lift))
        .collect();
    list.sort_by(|a, b| surety(b).total_cmp(&surety(a)).then(a.item.cmp(&b.item)));
    list.truncate(recipe.companions);
    list
}

/// How surely two items belong together: the support times the logarithm of the lift, with the count taken one
/// standard deviation (of a Poisson count) lower. Three baskets with lift 200 rank below 300 with lift 20.
fn surety(companion: &Companion) -> f64 {
    let lower = 1.0 - 1.0 / f64::from(companion.together.max(1)).sqrt();
    companion.support * (companion.lift * lower).max(1e-9).ln()
}

/// Baskets as ascending distinct items, in the order of customers and time; and whether by order number.
fn baskets(data: &Interactions, kinds: &[EventKind]) -> (Vec<Vec<u32>>, bool) {
    let by_order = data.events().iter().any(|event| event.basket != NO_BASKET && kinds.contains(&event.kind));
    let mut baskets: Vec<Vec<u32>> = Vec::new();
    for user in 0..data.user_count() as u32 {
        let mut places: HashMap<i64, usize> = HashMap::new();
        for event in data.events_of(user).iter().filter(|event| kinds.contains(&event.kind)) {
            let key = match (by_order, event.basket) {
                (true, NO_BASKET) => -1 - event.time.0.div_euclid(86_400).rem_euclid(i64::from(u32::MAX)),
                (true, order) => i64::from(order),
                (false, _) => event.time.0.div_euclid(86_400),
            };
            let place = *places.entry(key).or_insert_with(|| {
                baskets.push(Vec::new());
                baskets.len() - 1
            });
            baskets[place].push(event.item);
        }
    }
    for basket in &mut baskets {
        basket.sort_unstable();
        basket.dedup();
    }
    (baskets, by_order)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, shop};
    use super::super::{PastEvent, WeightRecipe};
    use super::*;

    #[test]
    fn support_confidence_and_lift_by_hand() {
        // Five baskets: ab, ab, a, bc, c.
        let rows: Vec<_> = [(0, 1, "ab"), (0, 2, "ab"), (1, 1, "a"), (1, 5, "bc"), (2, 1, "c")]
            .iter()
            .flat_map(|&(user, day, basket)| {
                basket.bytes().map(move |b| (user, event(u32::from(b - b'a'), EventKind::Purchase, day)))
            })
            .collect();
        let data = shop(3, 3, &rows, WeightRecipe::default());
        let recipe = TogetherRecipe { min_together: 1, min_lift: 0.0, ..TogetherRecipe::default() };
        let got = together(&data, &recipe, &Monitor::quiet()).unwrap();
        assert_eq!((got.baskets, got.by_order), (5, false));
        let ab = got.of(0)[0];
        assert_eq!((ab.item, ab.together), (1, 2));
        assert!((ab.support - 0.4).abs() < 1e-12);
        assert!((ab.confidence - 2.0 / 3.0).abs() < 1e-12);
        assert!((ab.lift - 2.0 * 5.0 / (3.0 * 3.0)).abs() < 1e-12);
        let bc = got.of(2)[0];
        assert!((bc.lift - 5.0 / 6.0).abs() < 1e-12 && (bc.confidence - 0.5).abs() < 1e-12);
        // Lift above 1 only: b and c meet less often than by chance.
        let recipe = TogetherRecipe { min_together: 1, ..TogetherRecipe::default() };
        assert!(together(&data, &recipe, &Monitor::quiet()).unwrap().of(2).is_empty());
    }

    #[test]
    fn order_numbers_make_baskets_when_there_are_any() {
        let order = |item, basket| (0, PastEvent { basket, ..event(item, EventKind::Purchase, 1) });
        // One day, two orders: a b and c; a view makes no basket.
        let rows = [order(0, 4), order(1, 4), order(2, 5), (0, event(2, EventKind::View, 1))];
        let data = shop(1, 3, &rows, WeightRecipe::default());
        let recipe = TogetherRecipe { min_together: 1, min_lift: 0.0, ..TogetherRecipe::default() };
        let got = together(&data, &recipe, &Monitor::quiet()).unwrap();
        assert_eq!((got.baskets, got.by_order), (2, true));
        assert_eq!(got.of(0).iter().map(|c| c.item).collect::<Vec<_>>(), [1]);
        assert!(got.of(2).is_empty() && got.of(99).is_empty());
    }

    #[test]
    fn a_dealers_basket_pairs_nothing() {
        let rows: Vec<_> = (0..5).map(|item| (0, event(item, EventKind::Purchase, 1))).collect();
        let data = shop(1, 5, &rows, WeightRecipe::default());
        let recipe = TogetherRecipe { min_together: 1, min_lift: 0.0, largest_basket: 4, ..TogetherRecipe::default() };
        let got = together(&data, &recipe, &Monitor::quiet()).unwrap();
        assert_eq!((got.oversized, got.of(0).len()), (1, 0));
    }
}
