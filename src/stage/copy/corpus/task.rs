//! Training groups: one made-up sheet and several filled examples that are true to it.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::parse::{Attribute, Category, Corpus, Example, Slot, pieces};
use super::sheets::{self, MadeSheet, SheetPlan};
use super::{assemble, blend, listing};
use crate::stage::copy::channel::{Channel, CopyLang, Tone};
use crate::stage::copy::pointers::Pointers;
use crate::stage::copy::prompt::{Brief, Piece, Sheet, Special, attribute_number};

/// One sheet, and briefs with the texts that answer them, facts as pointers.
#[derive(Debug, Clone)]
pub struct Group {
    pub sheet: Sheet,
    pub lang: CopyLang,
    pub copies: Vec<(Brief, Vec<Piece>)>,
}

/// Which examples a maker draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    Train,
    HeldOut,
    All,
}

/// About one example in 40 is never trained on; which ones is decided by its text, so that adding texts moves none.
pub fn is_held_out(example: &Example) -> bool {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in example.text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash >> 17).is_multiple_of(40)
}

/// Things that no category of the corpus is about, so that the model learns to write of goods it does not know:
/// English and Chinese noun, one a line.
const OTHER_GOODS: &str = include_str!("nouns.txt");
const OTHER_SHELVES: [(&str, &str); 10] = [
    ("Home & Living", "家居"),
    ("Accessories", "配饰"),
    ("Hobbies", "兴趣"),
    ("Gifts", "礼品"),
    ("Outdoor", "户外"),
    ("Everyday", "日用"),
    ("Electronics", "数码"),
    ("Sports", "运动"),
    ("Office", "办公"),
    ("New in", "上新"),
];
/// Share of groups about such things.
const OTHER_SHARE: f64 = 0.25;
/// Share of a group's texts that are put together from parts.
const ASSEMBLED_SHARE: f64 = 0.6;
/// Share of texts that are joined from two.
const BLEND_SHARE: f64 = 0.5;
/// Share of groups with a text that only lists facts.
const LISTING_SHARE: f64 = 0.4;
/// An attribute is common to many goods when so many categories have it.
const WIDE_KEY: usize = 6;
/// Id of the category whose examples fit any product; its sheets are always about other goods.
const GENERAL: &str = "general";

/// Draws groups from a corpus.
pub struct TaskMaker<'a> {
    corpus: &'a Corpus,
    /// Example indices by language, then category.
    by_category: [Vec<Vec<usize>>; 2],
    /// Examples that fit any product, by language, then channel.
    neutral: [Vec<Vec<usize>>; 2],
    /// All attributes by key, from every category.
    by_key: BTreeMap<&'a str, Vec<&'a Attribute>>,
    goods: [Vec<String>; 2],
    /// Texts from parts go with written ones only where something is trained: figures are about written ones.
    assembles: bool,
}

impl<'a> TaskMaker<'a> {
    pub fn new(corpus: &'a Corpus, split: Split) -> Self {
        let mut by_category = [vec![Vec::new(); corpus.categories.len()], vec![Vec::new(); corpus.categories.len()]];
        let fits = neutral_examples(corpus);
        let mut neutral = [vec![Vec::new(); Channel::ALL.len()], vec![Vec::new(); Channel::ALL.len()]];
        for (index, example) in corpus.examples.iter().enumerate() {
            let wanted = match split {
                Split::Train => !is_held_out(example),
                Split::HeldOut => is_held_out(example),
                Split::All => true,
            };
            if !wanted {
                continue;
            }
            by_category[example.lang as usize][example.category].push(index);
            if fits[index] {
                neutral[example.lang as usize][example.channel as usize].push(index);
            }
        }
        let mut by_key: BTreeMap<&str, Vec<&Attribute>> = BTreeMap::new();
        for attribute in corpus.categories.iter().flat_map(|category| &category.attributes) {
            by_key.entry(&attribute.key).or_default().push(attribute);
        }
        let pairs: Vec<(&str, &str)> = OTHER_GOODS.lines().filter_map(|line| line.split_once('\t')).collect();
        let goods = [
            pairs.iter().map(|pair| pair.0.to_owned()).collect(),
            pairs.iter().map(|pair| pair.1.to_owned()).collect(),
        ];
        Self { corpus, by_category, neutral, by_key, goods, assembles: split == Split::Train }
    }

    /// A group with up to `copies` texts (at least one, unless luck is out: then an empty one).
    pub fn group(&self, copies: usize, rng: &mut ChaCha8Rng) -> Group {
        let lang = if rng.random_bool(0.5) { CopyLang::En } else { CopyLang::Zh };
        let category = rng.random_range(0..self.corpus.categories.len());
        let general = self.corpus.categories[category].id == GENERAL;
        if general || rng.random_bool(OTHER_SHARE) {
            return self.other_group(lang, copies, rng);
        }
        let category_of = &self.corpus.categories[category];
        let mut list = self.by_category[lang as usize][category].clone();
        for _ in 0..list.len() / 6 {
            let channel = rng.random_range(0..Channel::ALL.len());
            let borrowed = self.neutral[lang as usize][channel].choose(rng).copied();
            list.extend(borrowed.filter(|&index| self.fits(index, category_of)));
        }
        list.sort_unstable();
        list.dedup();
        list.shuffle(rng);
        let (copies, assembled) = self.shares(copies, rng);
        let picked = self.picked(&list, copies, |key| category_of.attribute(key).is_some(), rng);
        let mut plan = SheetPlan::of(category_of, lang);
        if rng.random_bool(0.25) {
            plan.others.extend(self.foreign(rng));
        }
        self.finish(plan, (&picked, assembled), |key| category_of.attribute(key), rng)
    }

    /// How many of a group's texts are written ones, and how many are put together.
    fn shares(&self, copies: usize, rng: &mut ChaCha8Rng) -> (usize, usize) {
        let parts = self.assembles && self.corpus.parts.iter().all(|parts| !parts.is_empty());
        let assembled = if parts { (0..copies).filter(|_| rng.random_bool(ASSEMBLED_SHARE)).count() } else { 0 };
        (copies - assembled, assembled)
    }

    /// A group about a thing that the corpus has no category for.
    fn other_group(&self, lang: CopyLang, copies: usize, rng: &mut ChaCha8Rng) -> Group {
        let mut list = Vec::new();
        for _ in 0..copies * 2 {
            let channel = rng.random_range(0..Channel::ALL.len());
            list.extend(self.neutral[lang as usize][channel].choose_multiple(rng, 2));
        }
        list.sort_unstable();
        list.dedup();
        list.shuffle(rng);
        let (copies, assembled) = self.shares(copies, rng);
        let picked = self.picked(&list, copies, |key| self.by_key.contains_key(key), rng);
        let good = self.goods[lang as usize].choose(rng).cloned().unwrap_or_default();
        let shelf = OTHER_SHELVES.choose(rng).copied().unwrap_or(("", ""));
        let shelf = if lang == CopyLang::En { shelf.0 } else { shelf.1 };
        let names = [good.clone(), format!("{shelf} > {good}"), shelf.to_owned()];
        let words = self.corpus.categories.choose(rng).map(|category| category.words.of(lang));
        // One attribute for each key, the same through the whole group.
        let mut chosen: BTreeMap<&str, &Attribute> = BTreeMap::new();
        for (key, list) in &self.by_key {
            chosen.extend(list.choose(rng).map(|attribute| (*key, *attribute)));
        }
        let nouns = [good];
        let plan = SheetPlan {
            lang,
            nouns: &nouns,
            modifiers: words.map_or(&[], |words| &words.modifiers),
            category_names: &names,
            price: [5.0, 2000.0],
            needed: Vec::new(),
            others: self.foreign(rng),
            needs_brand: false,
            needs_price: false,
        };
        self.finish(plan, (&picked, assembled), |key| chosen.get(key).copied(), rng)
    }

    /// A category's sheets can fill the example's slots.
    fn fits(&self, index: usize, category: &Category) -> bool {
        self.corpus.examples[index].attribute_keys().iter().all(|key| category.attribute(key).is_some())
    }

    /// Some attributes from anywhere.
    fn foreign(&self, rng: &mut ChaCha8Rng) -> Vec<&'a Attribute> {
        let keys: Vec<&&str> = self.by_key.keys().collect();
        let mut out = Vec::new();
        for _ in 0..rng.random_range(1..=6) {
            let list = keys.choose(rng).and_then(|key| self.by_key.get(**key));
            out.extend(list.and_then(|list| list.choose(rng).copied()));
        }
        out
    }

    /// The first `copies` examples of the list whose attributes fit on one sheet, some blended with another of the
    /// list.
    fn picked(
        &self,
        list: &[usize],
        copies: usize,
        known: impl Fn(&str) -> bool,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Example> {
        let room = rng.random_range(4..=10);
        let mut keys = BTreeSet::new();
        let mut out: Vec<Example> = Vec::new();
        for &index in list {
            if out.len() >= copies {
                break;
            }
            let example = self.blended(index, list, rng).unwrap_or_else(|| self.corpus.examples[index].clone());
            let own = example.attribute_keys();
            let mut with = keys.clone();
            with.extend(own.iter().cloned());
            if own.iter().all(|key| known(key)) && (with.len() <= room || out.is_empty()) {
                keys = with;
                out.push(example);
            }
        }
        out
    }

    /// The example joined with another one of the list, in a share of cases and where a fitting one is found.
    fn blended(&self, index: usize, list: &[usize], rng: &mut ChaCha8Rng) -> Option<Example> {
        let example = &self.corpus.examples[index];
        if !rng.random_bool(BLEND_SHARE) {
            return None;
        }
        let start = rng.random_range(0..list.len());
        let others = list[start..].iter().chain(&list[..start]).map(|&other| &self.corpus.examples[other]);
        let fitting = others.filter(|other| other.channel == example.channel && blend::alike(other.tone, example.tone));
        fitting.take(3).find_map(|other| blend::blend(example, other, rng))
    }

    fn finish<'b>(
        &self,
        mut plan: SheetPlan<'b>,
        (picked, assembled): (&[Example], usize),
        attribute: impl Fn(&str) -> Option<&'b Attribute>,
        rng: &mut ChaCha8Rng,
    ) -> Group {
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for example in picked {
            let slots = example.slots();
            plan.needs_brand |= slots.contains(&Slot::Brand);
            plan.needs_price |= slots.contains(&Slot::Price);
            keys.extend(example.attribute_keys());
        }
        plan.needed = keys.iter().filter_map(|key| attribute(key)).collect();
        let made = sheets::make(&plan, rng);
        let mut copies: Vec<_> = picked.iter().filter_map(|example| answer(example, &made, rng)).collect();
        for _ in 0..assembled {
            let channel = Channel::ALL[rng.random_range(0..Channel::ALL.len())];
            let tone = Tone::ALL[rng.random_range(0..Tone::ALL.len())];
            let parts = &self.corpus.parts[made.lang as usize];
            // Some draws come out too long for their channel, or ask for what the sheet lacks.
            let text = (0..4).find_map(|_| answer(&assemble::assemble(parts, &made, channel, tone, rng)?, &made, rng));
            copies.extend(text);
        }
        if rng.random_bool(LISTING_SHARE) {
            copies.extend(listing::listing(&made, rng));
        }
        Group { sheet: made.sheet, lang: made.lang, copies }
    }

    /// Groups for the held-out categories: their sheets, and examples whose slots those sheets can fill.
    pub fn held_out_group(&self, copies: usize, rng: &mut ChaCha8Rng) -> Option<Group> {
        let lang = if rng.random_bool(0.5) { CopyLang::En } else { CopyLang::Zh };
        let category = self.corpus.held_out.choose(rng)?;
        let mut list: Vec<usize> = self.neutral[lang as usize].iter().flatten().copied().collect();
        list.retain(|&index| self.fits(index, category));
        list.shuffle(rng);
        let picked = self.picked(&list, copies, |key| category.attribute(key).is_some(), rng);
        Some(self.finish(SheetPlan::of(category, lang), (&picked, 0), |key| category.attribute(key), rng))
    }
}

/// An example with a sheet's pointers in its slots; nothing if a slot is missing or the text gets too long for its
/// channel.
pub fn answer(example: &Example, made: &MadeSheet, rng: &mut ChaCha8Rng) -> Option<(Brief, Vec<Piece>)> {
    let mut out = Vec::new();
    for piece in pieces(&example.text) {
        out.push(match piece {
            Ok(literal) => Piece::Text(literal.to_owned()),
            Err(key) => Piece::Control(pointer(&Slot::from_key(key), made)?),
        });
    }
    if Pointers::of(&made.sheet).fill(&out).chars().count() > example.channel.max_chars(example.lang) {
        return None;
    }
    let keys = example.attribute_keys();
    let focus = if rng.random_bool(0.5) { keys.choose(rng) } else { None };
    let focus = focus.and_then(|key| made.labels.get(key).cloned());
    Some((Brief { lang: example.lang, channel: example.channel, tone: example.tone, focus }, out))
}

fn pointer(slot: &Slot, made: &MadeSheet) -> Option<Special> {
    let head = |mark| made.values.contains_key(slot).then_some(mark);
    match slot {
        Slot::Name => head(Special::NAME),
        Slot::Brand => head(Special::BRAND),
        Slot::Price => head(Special::PRICE),
        Slot::Attribute(key) => attribute_number(&made.sheet, made.labels.get(key)?).map(Special::value),
    }
}

/// Which examples say nothing that only their category could. Units are words in English, pairs of characters in
/// Chinese. A unit is *special* if one category has half of its uses, three have four fifths, or no more than two
/// have it at all (and it is used at least three times), *rare* if fewer than three categories have it. An example
/// fits any product if it has no special unit, few rare ones, and only attributes that
/// many categories know.
fn neutral_examples(corpus: &Corpus) -> Vec<bool> {
    let mut uses: BTreeMap<(CopyLang, String), BTreeMap<usize, usize>> = BTreeMap::new();
    let units: Vec<BTreeSet<String>> = corpus.examples.iter().map(units_of).collect();
    for (example, units) in corpus.examples.iter().zip(&units) {
        for unit in units {
            *uses.entry((example.lang, unit.clone())).or_default().entry(example.category).or_default() += 1;
        }
    }
    let general = corpus.categories.iter().position(|category| category.id == GENERAL);
    let knowing = |key: &str| corpus.categories.iter().filter(|category| category.attribute(key).is_some()).count();
    let fits = |example: &Example, units: &BTreeSet<String>| {
        let (mut special, mut rare) = (0, 0);
        for unit in units {
            let Some(by_category) = uses.get(&(example.lang, unit.clone())) else { continue };
            let all: usize = by_category.values().sum();
            let mut counts: Vec<usize> = by_category.values().copied().collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            let three: usize = counts.iter().take(3).sum();
            let narrow = counts[0] * 2 >= all || counts.len() <= 2 || (all >= 5 && three * 5 >= all * 4);
            if all >= 3 && narrow {
                special += 1;
            } else if by_category.len() < 3 {
                rare += 1;
            }
        }
        let allowed = if example.lang == CopyLang::En { 0.15 } else { 0.4 };
        let plain = special == 0 && rare as f64 <= allowed * units.len() as f64;
        let common = example.attribute_keys().iter().all(|key| knowing(key) >= WIDE_KEY);
        (plain && common) || general == Some(example.category)
    };
    corpus.examples.iter().zip(&units).map(|(example, units)| fits(example, units)).collect()
}

fn units_of(example: &Example) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for literal in pieces(&example.text).into_iter().filter_map(Result::ok) {
        match example.lang {
            CopyLang::En => {
                let lower = literal.to_lowercase();
                let words = lower.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| !word.is_empty());
                out.extend(words.map(str::to_owned));
            }
            CopyLang::Zh => {
                let chars: Vec<char> = literal.chars().collect();
                let han = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
                out.extend(chars.windows(2).filter(|pair| pair.iter().all(han)).map(String::from_iter));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
