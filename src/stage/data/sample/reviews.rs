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
    #[expect(dead_code, reason = "names the fragments for whoever reads the file")]
    pub name: String,
    /// Departments and lines it can be said about, by English name; empty for all.
    pub only: Vec<String>,
    pub bad: Vec<String>,
    pub mixed: Vec<String>,
    pub good: Vec<String>,
}

impl Aspect {
    /// Whether it can be said about a product of this category, "department > line".
    fn fits(&self, path: &str) -> bool {
        self.only.is_empty() || path.split(" > ").any(|part| self.only.iter().any(|name| name == part))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// How names end and what people then call the thing, "ending" or "ending=noun"; the longest ending counts.
    pub nouns_en: Vec<String>,
    pub nouns_zh: Vec<String>,
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
    let (en, zh) = noun(&product.name, texts);
    let noun = if english { en } else { zh };
    let path = &catalogue.categories[usize::from(product.line)].path.0;
    let text = text(words, stars, path, english, dice).replace("{p}", &noun);
    let title = one(&words.titles[usize::from(stars) - 1], dice).replace("{p}", &noun);
    // One to nine days after the purchase, some hours later; the last ones between the purchase and today's end.
    let end = DAYS as u32 * DAY_SECONDS - 1;
    let later = event.second + (1 + dice.below(9) as u32) * DAY_SECONDS + dice.below(3 * 3600) as u32;
    let second = if later <= end { later } else { event.second + dice.below((end - event.second) as usize + 1) as u32 };
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
fn text(words: &Words, stars: u8, path: &str, english: bool, dice: &mut Dice) -> String {
    let mut parts = Vec::with_capacity(4);
    if dice.chance(0.7) {
        parts.push(one(&words.openings[usize::from(stars) - 1], dice));
    }
    let mut aspects: Vec<&Aspect> = words.aspects.iter().filter(|a| a.fits(path)).collect();
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

/// What people call the thing, in English and Chinese: by the ending of its name, else the last English word and
/// the last two Chinese characters. The parts of a variant's name after the comma don't count.
pub fn noun(name: &Both, texts: &Texts) -> (String, String) {
    let written = name.0.split(',').next().unwrap_or_default().to_lowercase();
    let written_zh = name.1.split(' ').next().unwrap_or_default();
    let en =
        known(&written, &texts.nouns_en).unwrap_or_else(|| written.rsplit(' ').next().unwrap_or_default().to_owned());
    let zh = known(written_zh, &texts.nouns_zh).unwrap_or_else(|| {
        let characters: Vec<char> = written_zh.chars().collect();
        characters[characters.len().saturating_sub(2)..].iter().collect()
    });
    (en, zh)
}

fn known(name: &str, endings: &[String]) -> Option<String> {
    endings
        .iter()
        .map(|entry| entry.split_once('=').unwrap_or((entry, entry)))
        .filter(|(ending, _)| name.ends_with(ending))
        .max_by_key(|(ending, _)| ending.len())
        .map(|(_, noun)| noun.to_owned())
}

fn capital(text: String) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(words: &Words) -> usize {
        let whole: usize = words.titles.iter().chain(&words.openings).map(Vec::len).sum();
        whole + words.aspects.iter().map(|a| a.bad.len() + a.mixed.len() + a.good.len()).sum::<usize>()
    }

    #[test]
    fn there_are_fragments_for_every_product_and_every_star() {
        let texts = texts().unwrap();
        let catalogue = Catalogue::make(400, 1).unwrap();
        for words in [&texts.en, &texts.zh] {
            assert!(count(words) >= 150, "{}", count(words));
            assert!(words.titles.iter().chain(&words.openings).all(|list| list.len() >= 6));
            for aspect in &words.aspects {
                assert!(!aspect.bad.is_empty() && !aspect.mixed.is_empty() && !aspect.good.is_empty());
                for name in &aspect.only {
                    let known = catalogue.categories.iter().any(|c| c.path.0.split(" > ").any(|part| part == name));
                    assert!(known, "{name} is no department or line");
                }
            }
            for category in &catalogue.categories {
                let fitting = words.aspects.iter().filter(|a| a.fits(&category.path.0)).count();
                assert!(fitting >= 6, "{}: {fitting} aspects", category.path.0);
            }
        }
        let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let all = |words: &Words| -> Vec<String> {
            words.aspects.iter().flat_map(|a| a.bad.iter().chain(&a.mixed).chain(&a.good).cloned()).collect()
        };
        assert!(all(&texts.en).iter().all(|t| !chinese(t)));
        assert!(all(&texts.zh).iter().all(|t| chinese(t) && t.ends_with('。')));
    }

    #[test]
    fn nouns_are_what_people_say() {
        let texts = texts().unwrap();
        let say = |en: &str, zh: &str| noun(&Both(en.to_owned(), zh.to_owned()), &texts);
        let both = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
        assert_eq!(say("Walnut Dry Tea Tray", "胡桃木干泡茶盘"), both("tea tray", "茶盘"));
        assert_eq!(say("Soy Milk Maker, Set of 2", "豆浆机 2 件装"), both("soy milk maker", "豆浆机"));
        assert_eq!(say("Bamboo Charcoal Soap", "竹炭皂"), both("soap", "香皂"));
    }
}
