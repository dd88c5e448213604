//! The customers: five types that can be found again in what they do, and everyone's own taste.

use serde::Serialize;

use super::calendar::{DAYS, month_day, weekday};
use super::catalogue::{PriceLean, STYLES};
use super::number::{Dice, Purpose, running};

/// How often a type comes over the six months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Comes all the time.
    Steady,
    /// On the shop's offer days most of all.
    OfferDays,
    /// Registered in the last weeks.
    JustArrived,
    /// Came less and less, then no more.
    Fading,
}

/// How one type of customer behaves; every figure is planted, so it can be looked for.
#[derive(Debug, Clone, Serialize)]
pub struct Type {
    pub key: &'static str,
    pub name: &'static str,
    pub name_zh: &'static str,
    pub share: f64,
    pub pattern: Pattern,
    /// Events of one customer beside those of another type (a ratio, not a count).
    pub activity: f64,
    /// Monday to Sunday, relative.
    pub weekdays: [f64; 7],
    /// The hours they mostly come at: from, until (excluded; 26 is two in the night), and the share of visits then.
    pub hours: (usize, usize, f64),
    /// Mean number of products viewed in a visit.
    pub views: f64,
    /// Chance that a view ends in the cart, among the favourites; that a visit ends in a purchase.
    pub cart: f64,
    pub favourite: f64,
    pub buy: f64,
    /// Mean number of different products in a purchase, and of pieces of each.
    pub basket: f64,
    pub pieces: f64,
    /// Median seconds of a view.
    pub dwell: f64,
    #[serde(rename = "price_lean")]
    pub lean: PriceLean,
    /// Interest by department, relative, in shop order.
    pub taste: [f64; 8],
    /// Interest by style, relative (see `STYLES`).
    pub styles: [f64; 4],
    /// Mean shift of ratings in stars.
    pub mood: f64,
}

/// The shop's offer days: the 1st and 18th of a month.
pub fn is_offer_day(day: usize) -> bool {
    matches!(month_day(day), 1 | 18)
}

// Departments: kitchen, living, bedroom, bath, lighting, stationery, food, garden.
pub const TYPES: [Type; 5] = [
    Type {
        key: "loyal_regulars",
        name: "Loyal regulars",
        name_zh: "常来的老顾客",
        share: 0.24,
        pattern: Pattern::Steady,
        activity: 115.0,
        weekdays: [1.2, 1.2, 1.2, 1.2, 1.0, 0.35, 0.35],
        hours: (19, 22, 0.88),
        views: 4.5,
        cart: 0.20,
        favourite: 0.04,
        buy: 0.55,
        basket: 2.2,
        pieces: 1.6,
        dwell: 45.0,
        lean: PriceLean::None,
        taste: [3.0, 0.5, 0.8, 1.6, 0.4, 0.5, 3.0, 0.8],
        styles: [2.5, 1.5, 0.5, 0.6],
        mood: 0.35,
    },
    Type {
        key: "weekend_gift_buyers",
        name: "Weekend gift buyers",
        name_zh: "周末送礼客",
        share: 0.20,
        pattern: Pattern::Steady,
        activity: 50.0,
        weekdays: [0.04, 0.04, 0.04, 0.04, 0.12, 2.5, 2.5],
        hours: (13, 18, 0.9),
        views: 6.0,
        cart: 0.10,
        favourite: 0.16,
        buy: 0.75,
        basket: 1.3,
        pieces: 1.1,
        dwell: 110.0,
        lean: PriceLean::Dear,
        taste: [1.4, 2.4, 0.8, 0.8, 2.4, 2.4, 0.8, 0.3],
        styles: [0.6, 2.5, 1.0, 0.8],
        mood: 0.15,
    },
    Type {
        key: "deal_seekers",
        name: "Deal seekers",
        name_zh: "爱淘优惠的人",
        share: 0.20,
        pattern: Pattern::OfferDays,
        activity: 100.0,
        weekdays: [1.0; 7],
        hours: (11, 14, 0.86),
        views: 8.0,
        cart: 0.38,
        favourite: 0.03,
        buy: 0.16,
        basket: 1.5,
        pieces: 2.2,
        dwell: 12.0,
        lean: PriceLean::Cheap,
        taste: [1.2, 0.3, 2.6, 2.6, 0.4, 1.2, 1.0, 0.6],
        styles: [0.9, 0.4, 1.4, 1.2],
        mood: -0.25,
    },
    Type {
        key: "new_and_curious",
        name: "New and curious",
        name_zh: "好奇的新顾客",
        share: 0.20,
        pattern: Pattern::JustArrived,
        activity: 27.0,
        weekdays: [0.9, 0.9, 0.9, 0.9, 1.2, 1.2, 1.0],
        hours: (22, 26, 0.84),
        views: 6.0,
        cart: 0.07,
        favourite: 0.12,
        buy: 0.14,
        basket: 1.1,
        pieces: 1.0,
        dwell: 30.0,
        lean: PriceLean::None,
        taste: [0.8, 1.0, 0.6, 0.8, 1.6, 1.6, 0.8, 2.0],
        styles: [0.6, 0.4, 2.4, 1.4],
        mood: 0.1,
    },
    Type {
        key: "slipping_away",
        name: "Slipping away",
        name_zh: "渐行渐远的顾客",
        share: 0.16,
        pattern: Pattern::Fading,
        activity: 38.0,
        weekdays: [1.1, 1.1, 1.1, 1.1, 1.1, 0.5, 0.5],
        hours: (7, 10, 0.84),
        views: 5.0,
        cart: 0.12,
        favourite: 0.05,
        buy: 0.28,
        basket: 1.4,
        pieces: 1.2,
        dwell: 26.0,
        lean: PriceLean::None,
        taste: [0.8, 1.2, 1.4, 0.6, 1.4, 0.5, 0.6, 2.2],
        styles: [1.0, 0.8, 0.8, 2.0],
        mood: -0.6,
    },
];

/// Cities with their English names, weights, and whether the people there mostly write English.
pub const CITIES: [(&str, f64, bool); 24] = [
    ("上海", 12.0, false),
    ("北京", 11.0, false),
    ("深圳", 8.0, false),
    ("广州", 7.5, false),
    ("杭州", 7.0, false),
    ("成都", 6.5, false),
    ("苏州", 4.5, false),
    ("南京", 4.5, false),
    ("武汉", 4.5, false),
    ("西安", 3.5, false),
    ("重庆", 3.5, false),
    ("长沙", 3.0, false),
    ("厦门", 2.5, false),
    ("青岛", 2.5, false),
    ("昆明", 2.0, false),
    ("大连", 1.5, false),
    ("Singapore", 6.0, true),
    ("London", 3.5, true),
    ("Sydney", 3.0, true),
    ("Vancouver", 2.5, true),
    ("Melbourne", 2.0, true),
    ("Auckland", 1.5, true),
    ("San Francisco", 2.0, true),
    ("Toronto", 1.5, true),
];

/// Where customers come from, with weights for those who are new and for the rest.
pub const CHANNELS: [(&str, f64, f64); 6] = [
    ("search", 2.0, 3.0),
    ("app store", 1.5, 2.0),
    ("wechat", 2.0, 3.0),
    ("tiktok", 4.0, 1.0),
    ("email", 0.5, 1.2),
    ("friend", 1.2, 1.6),
];

/// A customer.
#[derive(Debug, Clone)]
pub struct Person {
    /// Position in [`TYPES`].
    pub kind: u8,
    /// Day of registration, counted from the first day of events.
    pub registered: i32,
    pub city: u8,
    pub channel: u8,
    /// Writes English.
    pub english: bool,
    pub style: u8,
    /// Day after which a fading customer no longer comes.
    pub last_day: u16,
    /// Events this customer makes.
    pub events: u32,
}

/// Width of the number in a user's id.
pub fn id_digits(users: usize) -> usize {
    users.to_string().len().max(4)
}

/// `U0001` for position 0.
pub fn user_id(position: usize, digits: usize) -> String {
    format!("U{:0digits$}", position + 1)
}

/// `users` customers who together make exactly `events` events. Types are dealt in their shares and shuffled,
/// so that neither id nor order tells a type.
pub fn make(users: u32, events: u64, seed: u64) -> Vec<Person> {
    let kinds = deal(users as usize, seed);
    let mut people = Vec::with_capacity(kinds.len());
    let mut weights = Vec::with_capacity(kinds.len());
    let cities = running(CITIES.iter().map(|c| c.1));
    for (i, kind) in kinds.into_iter().enumerate() {
        let mut dice = Dice::new(seed, Purpose::Users, i as u64 + 1);
        let (person, weight) = person(kind, &cities, &mut dice);
        people.push(person);
        weights.push(weight);
    }
    let whole: f64 = weights.iter().sum();
    let (mut so_far, mut given) = (0.0, 0);
    for (person, weight) in people.iter_mut().zip(weights) {
        so_far += weight;
        // Rounding the running sum gives everyone their part and makes the parts add up.
        let until = ((so_far / whole * events as f64).round() as u64).min(events);
        person.events = (until - given) as u32;
        given = until;
    }
    if let Some(last) = people.last_mut() {
        last.events += (events - given) as u32;
    }
    people
}

/// Type of each user: exact shares (the largest type takes the rounding), shuffled.
fn deal(users: usize, seed: u64) -> Vec<u8> {
    let mut kinds = Vec::with_capacity(users);
    for (kind, profile) in TYPES.iter().enumerate().skip(1) {
        kinds.resize(kinds.len() + (profile.share * users as f64).round() as usize, kind as u8);
    }
    kinds.truncate(users);
    kinds.resize(users, 0);
    Dice::new(seed, Purpose::Users, 0).shuffle(&mut kinds);
    kinds
}

fn person(kind: u8, cities: &[f64], dice: &mut Dice) -> (Person, f64) {
    let profile = &TYPES[usize::from(kind)];
    let new = profile.pattern == Pattern::JustArrived;
    let last = DAYS as i64 - 1;
    let registered = match profile.pattern {
        Pattern::JustArrived => dice.between(last - 38, last - 10),
        Pattern::Fading => dice.between(-700, -90),
        Pattern::Steady | Pattern::OfferDays => dice.between(-1000, -60),
    };
    let last_day = if profile.pattern == Pattern::Fading { dice.between(62, 96) } else { last };
    let city = dice.pick(cities);
    let channel = dice.pick(&running(CHANNELS.iter().map(|c| if new { c.1 } else { c.2 })));
    let person = Person {
        kind,
        registered: registered as i32,
        city: city as u8,
        channel: channel as u8,
        english: dice.chance(if CITIES[city].2 { 0.9 } else { 0.06 }),
        style: dice.pick(&running(profile.styles)) as u8 % STYLES.len() as u8,
        last_day: last_day as u16,
        events: 0,
    };
    (person, profile.activity * dice.lognormal(1.0, 0.25))
}

/// Weights of the 184 days for a type, before what is a person's own.
pub fn type_days(profile: &Type) -> Vec<f64> {
    let offers = profile.pattern == Pattern::OfferDays;
    (0..DAYS).map(|day| if offers && is_offer_day(day) { 6.0 } else { 1.0 } * profile.weekdays[weekday(day)]).collect()
}

/// Running weights of the days on which this person may come: not before registering, and fading where they fade.
pub fn days(person: &Person, of_type: &[f64]) -> Vec<f64> {
    let fading = TYPES[usize::from(person.kind)].pattern == Pattern::Fading;
    let (first, last) = (person.registered.max(0) as usize, usize::from(person.last_day));
    running(of_type.iter().enumerate().map(|(day, weight)| match day {
        _ if day < first || day > last => 0.0,
        _ if fading => weight * (1.3 - day as f64 / (last as f64 + 1.0)),
        _ => *weight,
    }))
}

/// Running weights of the 24 hours: the type's own hours, and for the rest of visits an even day from 7 to 23.
pub fn hours(profile: &Type) -> Vec<f64> {
    let (from, until, share) = profile.hours;
    running((0..24).map(|hour| {
        let own = if (from..until).contains(&hour) || (from..until).contains(&(hour + 24)) {
            share / (until - from) as f64
        } else {
            0.0
        };
        own + if (7..24).contains(&hour) { (1.0 - share) / 17.0 } else { 0.0 }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_add_up_and_shares_hold() {
        for (users, events) in [(2000, 120_000), (7, 3), (1, 1), (999, 50_001)] {
            let people = make(users, events, 42);
            assert_eq!(people.len(), users as usize);
            assert_eq!(people.iter().map(|p| u64::from(p.events)).sum::<u64>(), events);
        }
        let people = make(2000, 120_000, 42);
        for (kind, profile) in TYPES.iter().enumerate() {
            let count = people.iter().filter(|p| usize::from(p.kind) == kind).count();
            assert_eq!(count, (profile.share * 2000.0).round() as usize, "{}", profile.key);
        }
    }

    #[test]
    fn order_does_not_tell_the_type() {
        let people = make(2000, 120_000, 42);
        // Mean position of each type is near the middle: 577 / sqrt(320) = 32 is one standard error.
        for kind in 0..5u8 {
            let places: Vec<usize> = (0..2000).filter(|&i| people[i].kind == kind).collect();
            let mean = places.iter().sum::<usize>() as f64 / places.len() as f64;
            assert!((mean - 999.5).abs() < 130.0, "type {kind} sits around {mean}");
        }
    }

    #[test]
    fn shares_and_hours_are_whole() {
        assert!((TYPES.iter().map(|t| t.share).sum::<f64>() - 1.0).abs() < 1e-12);
        for profile in &TYPES {
            assert!((hours(profile).last().unwrap() - 1.0).abs() < 1e-9);
        }
    }
}
