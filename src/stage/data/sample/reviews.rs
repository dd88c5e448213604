//! What customers write: stars by the product's quality, the customer's mood and chance; words by the stars.

use serde::Deserialize;

use super::SampleError;
use super::calendar::{DAY_SECONDS, DAYS};
use super::catalogue::{Both, Catalogue, read};
use super::events::{Event, PURCHASE};
use super::number::{Dice, Purpose};
use super::people::{Person, TYPES};
use crate::base::{Monitor, Step};

const TEXTS: &str = include_str!("../../../../assets/sample/reviews.json");

/// The written fragments of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// By stars, 1 to 5: titles; `{p}` stands for the product's noun.
    pub titles: [Vec<String>; 5],
    /// By stars, 1 to 5: a sentence on the whole.
    pub openings: [Vec<String>; 5],
    /// By aspect (material, size, delivery, …): sentences of those who mind, are in two minds, are pleased.
    pub aspects: Vec<Aspect>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aspect {
    #[allow(dead_code, reason = "names the fragments for whoever reads or tests the file")]
    pub name: String,
    /// Departments it can be said about, by position; empty for all.
    #[serde(default)]
    pub only: Vec<u8>,
    pub bad: Vec<String>,
    pub mixed: Vec<String>,
    pub good: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub en: Words,
    pub zh: Words,
}

pub fn texts() -> Result<Texts, SampleError> {
    read("reviews.json", TEXTS)
}

#[derive(Debug, Clone)]
pub struct Review {
    pub user: u32,
    pub product: u32,
    pub second: u32,
    pub stars: u8,
    pub title: String,
    pub text: String,
    pub english: bool,
}

/// `count` reviews in time order: of purchases drawn without repeats, then (where there are too few) of other events.
pub fn make(
    count: u32,
    events: &[Event],
    people: &[Person],
    catalogue: &Catalogue,
    seed: u64,
    monitor: &Monitor,
) -> Result<Vec<Review>, SampleError> {
    let texts = texts()?;
    let mut dice = Dice::new(seed, Purpose::Reviews, 0);
    let mut chosen = sample(events, count as usize, true, &mut dice);
    let rest = count as usize - chosen.len();
    chosen.extend(sample(events, rest, false, &mut dice));
    let mut reviews = Vec::with_capacity(chosen.len());
    for (i, event) in chosen.into_iter().enumerate() {
        if i % 1024 == 0 {
            monitor.check()?;
            monitor.report(Step::Generating, i as u64, u64::from(count));
        }
        let mut dice = Dice::new(seed, Purpose::Reviews, i as u64 + 1);
        reviews.push(write(&event, people, catalogue, &texts, &mut dice));
    }
    reviews.sort_by_key(|r| (r.second, r.user, r.product));
    Ok(reviews)
}

/// Up to `count` events that are (or are not) purchases, each at most once (Knuth's selection sampling).
fn sample(events: &[Event], count: usize, purchases: bool, dice: &mut Dice) -> Vec<Event> {
    let fits = |event: &&Event| (event.kind == PURCHASE) == purchases;
    let mut left = if count == 0 { 0 } else { events.iter().filter(fits).count() };
    let mut wanted = count.min(left);
    let mut chosen = Vec::with_capacity(wanted);
    for event in events.iter().filter(fits) {
        if wanted == 0 {
            break;
        }
        if dice.unit() * (left as f64) < wanted as f64 {
            chosen.push(*event);
            wanted -= 1;
        }
        left -= 1;
    }
    chosen
}

fn write(event: &Event, people: &[Person], catalogue: &Catalogue, texts: &Texts, dice: &mut Dice) -> Review {
    let person = &people[event.user as usize];
    let product = &catalogue.products[event.product as usize];
    let mood = TYPES[usize::from(person.kind)].mood;
    let stars = (3.75 + mood + 0.45 * product.quality + 0.95 * dice.normal()).round().clamp(1.0, 5.0) as u8;
    let english = if dice.chance(0.04) { !person.english } else { person.english };
    let words = if english { &texts.en } else { &texts.zh };
    let noun = if english { noun(&product.name).0 } else { noun(&product.name).1 };
    let department = catalogue.categories[usize::from(product.line)].department;
    let text = text(words, stars, department, english, dice).replace("{p}", &noun);
    let title = one(&words.titles[usize::from(stars) - 1], dice).replace("{p}", &noun);
    // One to nine days after the purchase, by the shop's last second at the latest.
    let later = event.second + DAY_SECONDS + dice.below(8 * DAY_SECONDS as usize) as u32;
    let second = later.min(DAYS as u32 * DAY_SECONDS - 1 - dice.below(3600) as u32).max(event.second);
    Review {
        user: event.user,
        product: event.product,
        second,
        stars,
        title: capital(title),
        text: capital(text),
        english,
    }
}

/// An opening by the stars (most of the time), then one to three aspects that fit them.
fn text(words: &Words, stars: u8, department: u8, english: bool, dice: &mut Dice) -> String {
    let mut parts = Vec::with_capacity(4);
    if dice.chance(0.7) {
        parts.push(one(&words.openings[usize::from(stars) - 1], dice));
    }
    let mut aspects: Vec<&Aspect> =
        words.aspects.iter().filter(|a| a.only.is_empty() || a.only.contains(&department)).collect();
    dice.shuffle(&mut aspects);
    for aspect in aspects.into_iter().take(1 + dice.pick(&[0.5, 0.85, 1.0])) {
        // The share of good, mixed and bad words by stars.
        let [good, mixed] =
            [[0.04, 0.10], [0.12, 0.40], [0.35, 0.85], [0.78, 0.97], [0.95, 1.0]][usize::from(stars) - 1];
        let x = dice.unit();
        let list = if x < good {
            &aspect.good
        } else if x < mixed {
            &aspect.mixed
        } else {
            &aspect.bad
        };
        parts.push(one(list, dice));
    }
    parts.join(if english { " " } else { "" })
}

fn one<'a>(list: &'a [String], dice: &mut Dice) -> &'a str {
    list.get(dice.below(list.len())).map_or("", String::as_str)
}

/// What people call the thing: the last English word of its name, the last two Chinese characters; the parts of a
/// variant's name after the comma don't count.
pub fn noun(name: &Both) -> (String, String) {
    let written = name.0.split(',').next().unwrap_or_default();
    let written_zh = name.1.split(' ').next().unwrap_or_default();
    let en = written.rsplit(' ').next().unwrap_or_default().to_lowercase();
    let characters: Vec<char> = written_zh.chars().collect();
    (en, characters[characters.len().saturating_sub(2)..].iter().collect())
}

fn capital(text: String) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => text,
    }
}
