//! What the customers do: visits made of views, carts, favourites and purchases.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::SampleError;
use super::calendar::{DAY_SECONDS, DAYS};
use super::catalogue::{Catalogue, STYLES, Shelves};
use super::number::{Dice, Purpose, running};
use super::people::{self, Person, TYPES, Type, is_offer_day};
use crate::base::{Monitor, Step};

pub const VIEW: u8 = 0;
pub const CART: u8 = 1;
pub const FAVOURITE: u8 = 2;
pub const PURCHASE: u8 = 3;
/// The words for the kinds of events, by number.
pub const KINDS: [&str; 4] = ["view", "cart", "favourite", "purchase"];

/// One event. The order of the fields is the order of the events table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Seconds since the first day began.
    pub second: u32,
    pub user: u32,
    pub kind: u8,
    /// Pieces, in purchases only.
    pub pieces: u8,
    /// Seconds looked at, in views only.
    pub dwell: u16,
    pub product: u32,
    /// Fen paid for one piece, in purchases only.
    pub price: u32,
}

/// After a view: stay in the same line, go on to its companion line, else choose afresh by taste.
pub const STAY: f64 = 0.60;
pub const GO_ON: f64 = 0.14;
/// A view goes back to something bought before.
pub const AGAIN: f64 = 0.10;
/// A view follows the customer's own style rather than any.
pub const OWN_STYLE: f64 = 0.85;
/// Part of the list price paid on offer days.
pub const OFFER_PRICE: f64 = 0.85;
/// Each customer has this many lines of their own, liked so many times more than the type's taste says.
pub const OWN_LINES: (usize, f64) = (4, 7.0);

const BLOCK: usize = 256;

/// All events in time order; within a second by user. Each user has a random stream of their own and a slice of
/// their own to fill, so any number of threads gives the same.
pub fn make(people: &[Person], catalogue: &Catalogue, seed: u64, monitor: &Monitor) -> Result<Vec<Event>, SampleError> {
    let total: usize = people.iter().map(|p| p.events as usize).sum();
    let mut events = vec![Event::default(); total];
    let prices = catalogue.categories.iter().map(|line| typical_price(catalogue, &line.products)).collect();
    let world = World {
        catalogue,
        prices,
        shelves: Shelves::build(catalogue),
        hours: TYPES.each_ref().map(people::hours),
        days: TYPES.each_ref().map(people::type_days),
        offer_days: std::array::from_fn(is_offer_day),
    };
    let done = AtomicU64::new(0);
    blocks(&mut events, people).into_par_iter().try_for_each(|(first, people, mut slice)| {
        monitor.check()?;
        let filled = slice.len() as u64;
        for (i, person) in people.iter().enumerate() {
            let (own, rest) = slice.split_at_mut(person.events as usize);
            slice = rest;
            world.live(own, (first + i) as u32, person, &mut Dice::new(seed, Purpose::Events, (first + i) as u64));
        }
        monitor.report(Step::Generating, done.fetch_add(filled, Ordering::Relaxed) + filled, total as u64);
        Ok::<(), SampleError>(())
    })?;
    monitor.check()?;
    monitor.report(Step::Sorting, 0, total as u64);
    events.par_sort_unstable();
    monitor.report(Step::Sorting, total as u64, total as u64);
    Ok(events)
}

type Block<'a> = (usize, &'a [Person], &'a mut [Event]);

fn blocks<'a>(mut events: &'a mut [Event], people: &'a [Person]) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    for (b, people) in people.chunks(BLOCK).enumerate() {
        let (own, rest) = events.split_at_mut(people.iter().map(|p| p.events as usize).sum());
        blocks.push((b * BLOCK, people, own));
        events = rest;
    }
    blocks
}

fn typical_price(catalogue: &Catalogue, products: &[u32]) -> f64 {
    let sum: f64 = products.iter().map(|&p| f64::from(catalogue.products[p as usize].price)).sum();
    sum / products.len().max(1) as f64
}

struct World<'a> {
    catalogue: &'a Catalogue,
    /// The typical price of each line in fen: the mean over its products.
    prices: Vec<f64>,
    shelves: Shelves,
    /// By type: running weights of the hours, and weights of the days.
    hours: [Vec<f64>; 5],
    days: [Vec<f64>; 5],
    offer_days: [bool; DAYS],
}

/// What one customer carries along.
struct Mind {
    days: Vec<f64>,
    lines: Vec<f64>,
    bought: Vec<u32>,
    /// Readiness to buy: each visit adds the type's share, a purchase takes one away. So everyone who comes buys
    /// at least once, and about as often as their type does.
    ready: f64,
}

impl World<'_> {
    /// Fills `own` with visits of this person; the last visit ends where the slice does.
    fn live(&self, own: &mut [Event], user: u32, person: &Person, dice: &mut Dice) {
        let profile = &TYPES[usize::from(person.kind)];
        let mut mind = Mind {
            days: people::days(person, &self.days[usize::from(person.kind)]),
            lines: self.lines(profile, dice),
            bought: Vec::new(),
            ready: 1.0 - profile.buy * dice.unit(),
        };
        let mut visit = Vec::with_capacity(64);
        let mut filled = 0;
        while filled < own.len() {
            visit.clear();
            self.visit(&mut visit, user, person, &mut mind, dice);
            let take = visit.len().min(own.len() - filled);
            own[filled..filled + take].copy_from_slice(&visit[..take]);
            filled += take;
        }
    }

    /// Running weights over the lines: the type's taste by department, and lines of one's own.
    fn lines(&self, profile: &Type, dice: &mut Dice) -> Vec<f64> {
        let mut weights: Vec<f64> = self
            .catalogue
            .categories
            .iter()
            .zip(&self.prices)
            .map(|(line, &price)| {
                let taste = profile.taste.get(usize::from(line.department)).copied().unwrap_or(1.0);
                let liked = taste * profile.lean.factor(price) * (0.4 + 1.2 * dice.unit());
                if line.products.is_empty() { 0.0 } else { liked }
            })
            .collect();
        let by_taste = running(weights.iter().copied());
        for _ in 0..OWN_LINES.0 {
            weights[dice.pick(&by_taste)] *= OWN_LINES.1;
        }
        running(weights)
    }

    fn visit(&self, visit: &mut Vec<Event>, user: u32, person: &Person, mind: &mut Mind, dice: &mut Dice) {
        let profile = &TYPES[usize::from(person.kind)];
        let day = dice.pick(&mind.days);
        let hour = dice.pick(&self.hours[usize::from(person.kind)]);
        let mut second = day as u32 * DAY_SECONDS + hour as u32 * 3600 + dice.below(3600) as u32;
        let push = |visit: &mut Vec<Event>, second: u32, kind, product| {
            let second = second.min(DAYS as u32 * DAY_SECONDS - 1);
            visit.push(Event { second, user, kind, product, ..Event::default() });
        };
        let views = (profile.views * (0.5 + dice.unit())).round().max(1.0) as usize;
        let mut line = dice.pick(&mind.lines);
        let mut seen: Vec<(u32, bool)> = Vec::with_capacity(views);
        for _ in 0..views {
            let Some(product) = self.choose(&mut line, person, mind, dice) else { continue };
            push(visit, second, VIEW, product);
            let dwell = dice.lognormal(profile.dwell, 0.6).clamp(1.0, 1800.0) as u16;
            if let Some(view) = visit.last_mut() {
                view.dwell = dwell;
            }
            second += u32::from(dwell) + 1;
            if dice.chance(profile.favourite) {
                push(visit, second, FAVOURITE, product);
                second += 1 + dice.below(3) as u32;
            }
            let carted = dice.chance(profile.cart);
            if carted {
                push(visit, second, CART, product);
                second += 1 + dice.below(5) as u32;
            }
            match seen.iter_mut().find(|(p, _)| *p == product) {
                Some(known) => known.1 |= carted,
                None => seen.push((product, carted)),
            }
        }
        mind.ready += profile.buy;
        if mind.ready < 1.0 {
            return;
        }
        mind.ready -= 1.0;
        // What lies in the cart goes first, then what was seen last.
        seen.reverse();
        seen.sort_by_key(|(_, carted)| !carted);
        let mut basket = 1;
        while basket < seen.len() && dice.chance(1.0 - 1.0 / profile.basket) {
            basket += 1;
        }
        seen.truncate(basket);
        for &(product, carted) in &seen {
            if !carted {
                push(visit, second, CART, product);
                second += 2 + dice.below(5) as u32;
            }
        }
        second += 15 + dice.below(90) as u32;
        for &(product, _) in &seen {
            push(visit, second, PURCHASE, product);
            mind.bought.push(product);
            let list = self.catalogue.products[product as usize].price;
            let mut pieces = 1;
            while pieces < 12 && dice.chance(1.0 - 1.0 / profile.pieces) {
                pieces += 1;
            }
            if let Some(event) = visit.last_mut() {
                event.pieces = pieces;
                event.price = if self.offer_days[day] { (f64::from(list) * OFFER_PRICE).round() as u32 } else { list };
            }
        }
    }

    /// The next product looked at; moves `line` along.
    fn choose(&self, line: &mut usize, person: &Person, mind: &Mind, dice: &mut Dice) -> Option<u32> {
        if !mind.bought.is_empty() && dice.chance(AGAIN) {
            return mind.bought.get(dice.below(mind.bought.len())).copied();
        }
        let step = dice.unit();
        if step >= STAY + GO_ON {
            *line = dice.pick(&mind.lines);
        } else if step >= STAY {
            let next = usize::from(self.catalogue.categories[*line].next);
            if !self.catalogue.categories[next].products.is_empty() {
                *line = next;
            }
        }
        let style = if dice.chance(OWN_STYLE) { person.style } else { dice.below(STYLES.len()) as u8 };
        let lean = TYPES[usize::from(person.kind)].lean;
        self.shelves.pick(self.catalogue, *line, style, lean, dice)
    }
}
