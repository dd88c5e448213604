//! Endless made-up product sheets: every name, brand, number and unit form is drawn, so that the only way to write
//! a true text is to copy from the sheet.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::names;
use super::parse::{Attribute, AttributeKind, Category, Slot};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::prompt::Sheet;

/// A sheet, and what each slot stands for on it.
#[derive(Debug, Clone)]
pub struct MadeSheet {
    pub sheet: Sheet,
    pub lang: CopyLang,
    pub values: BTreeMap<Slot, String>,
    /// The label each attribute key carries on this sheet.
    pub labels: BTreeMap<String, String>,
}

/// Where a sheet's words come from, and what it must hold.
pub struct SheetPlan<'a> {
    pub lang: CopyLang,
    pub nouns: &'a [String],
    pub modifiers: &'a [String],
    pub category_names: &'a [String],
    pub price: [f64; 2],
    /// Attributes that must be on it.
    pub needed: Vec<&'a Attribute>,
    /// Attributes that may be on it.
    pub others: Vec<&'a Attribute>,
    pub needs_brand: bool,
    pub needs_price: bool,
}

impl<'a> SheetPlan<'a> {
    /// A plan for a category's own words, with nothing needed.
    pub fn of(category: &'a Category, lang: CopyLang) -> Self {
        let words = category.words.of(lang);
        Self {
            lang,
            nouns: &words.nouns,
            modifiers: &words.modifiers,
            category_names: &words.category,
            price: category.price,
            needed: Vec::new(),
            others: category.attributes.iter().collect(),
            needs_brand: false,
            needs_price: false,
        }
    }
}

/// Draws a sheet after a plan.
pub fn make(plan: &SheetPlan, rng: &mut ChaCha8Rng) -> MadeSheet {
    let lang = plan.lang;
    let brand = (plan.needs_brand || rng.random_bool(0.8)).then(|| match lang {
        CopyLang::En => names::brand_en(rng),
        CopyLang::Zh => names::brand_zh(rng),
    });
    let mut name = product_name(plan, rng);
    if let Some(brand) = brand.as_ref().filter(|_| !plan.needs_brand && rng.random_bool(0.12)) {
        name = if lang == CopyLang::En { format!("{brand} {name}") } else { format!("{brand}{name}") };
    }
    let price = (plan.needs_price || rng.random_bool(0.8)).then(|| price_text(plan.price, lang, rng));
    let style = UnitStyle::draw(rng);
    let mut values = BTreeMap::new();
    let mut labels = BTreeMap::new();
    let mut attributes = Vec::new();
    for attribute in chosen_attributes(plan, rng) {
        let label = label_text(attribute.labels.of(lang), rng);
        if attributes.iter().any(|(known, _): &(String, String)| known.to_lowercase() == label.to_lowercase()) {
            // Two attributes may share a label ("Suited to"); a sheet can't say which is which.
            continue;
        }
        let value = value_text(&attribute.kind, lang, &style, rng);
        attributes.push((label.clone(), value.clone()));
        values.insert(Slot::Attribute(attribute.key.clone()), value);
        labels.insert(attribute.key.clone(), label);
    }
    values.insert(Slot::Name, name.clone());
    values.extend(brand.clone().map(|brand| (Slot::Brand, brand)));
    values.extend(price.clone().map(|price| (Slot::Price, price)));
    let category = (rng.random_bool(0.93)).then(|| plan.category_names.choose(rng).cloned()).flatten();
    MadeSheet { sheet: Sheet { name, brand, category, price, attributes }, lang, values, labels }
}

/// The needed ones and some of the others, each key once, in any order.
fn chosen_attributes<'a>(plan: &SheetPlan<'a>, rng: &mut ChaCha8Rng) -> Vec<&'a Attribute> {
    let total = if rng.random_bool(0.1) { rng.random_range(9..=16) } else { rng.random_range(0..=11) };
    let total = plan.needed.len().max(total);
    let mut others = plan.others.clone();
    others.shuffle(rng);
    let mut chosen = plan.needed.clone();
    for attribute in others {
        let known = chosen.iter().any(|seen| seen.key == attribute.key);
        if chosen.len() < total && !known {
            chosen.push(attribute);
        }
    }
    if rng.random_bool(0.7) {
        chosen.shuffle(rng);
    }
    chosen
}

/// A product's name: mostly a modifier and a noun, in the ways real catalogues write them.
fn product_name(plan: &SheetPlan, rng: &mut ChaCha8Rng) -> String {
    let lang = plan.lang;
    let noun = plan.nouns.choose(rng).cloned().unwrap_or_default();
    let listed = plan.modifiers.choose(rng).cloned().unwrap_or_default();
    let made = match lang {
        CopyLang::En => names::pseudo_word(rng),
        CopyLang::Zh => names::pseudo_hanzi(rng),
    };
    let modifier = match rng.random_range(0..20) {
        0..=7 => listed,
        8..=16 => made,
        17 => join(lang, &listed, &made),
        18 => join(lang, &made, &listed),
        _ => String::new(),
    };
    let mut name = match rng.random_range(0..40) {
        0..=1 if lang == CopyLang::En => join(lang, &modifier, &noun.to_lowercase()),
        2 if lang == CopyLang::En && !modifier.is_empty() => format!("{noun} {modifier}"),
        3 if lang == CopyLang::Zh && !modifier.is_empty() => format!("{modifier} {noun}"),
        4 if lang == CopyLang::Zh && !modifier.is_empty() => format!("{modifier}·{noun}"),
        5 if !modifier.is_empty() => modifier,
        _ => join(lang, &modifier, &noun),
    };
    if rng.random_bool(0.12) {
        let series = names::series(rng);
        let glued = lang == CopyLang::Zh && rng.random_bool(0.6);
        name = if glued { format!("{name}{series}") } else { format!("{name} {series}") };
    }
    name
}

fn join(lang: CopyLang, left: &str, right: &str) -> String {
    match lang {
        CopyLang::En => format!("{left} {right}").trim().to_owned(),
        CopyLang::Zh => format!("{left}{right}"),
    }
}

/// A price in one of the forms that shops write.
fn price_text(range: [f64; 2], lang: CopyLang, rng: &mut ChaCha8Rng) -> String {
    let low = (range[0] * 0.5).max(1.0).ln();
    let high = (range[1] * 1.5).max(2.0).ln();
    let value = rng.random_range(low..=high.max(low)).exp();
    let whole = value.round().max(1.0) as i64;
    let cents = [0, 50, 90, 95, 99, 49, 80, rng.random_range(0..100)].choose(rng).copied().unwrap_or(0);
    let amount = if rng.random_bool(0.55) { whole.to_string() } else { format!("{whole}.{cents:02}") };
    let forms: &[&str] = match lang {
        CopyLang::En => &["$#", "$#", "$#", "£#", "€#", "¥#", "US$#", "# USD", "# €", "$ #", "A$#", "CNY #"],
        CopyLang::Zh => &["¥#", "¥#", "¥#", "￥#", "#元", "#元", "¥ #", "RMB #", "# 元", "人民币#元"],
    };
    forms.choose(rng).unwrap_or(&"#").replace('#', &amount)
}

/// How one sheet writes its units: a shop keeps to one way.
struct UnitStyle {
    spaced: bool,
    latin: bool,
    times: &'static str,
}

impl UnitStyle {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        let times = [" × ", " × ", " × ", "×", " x ", "x", "*"].choose(rng).copied().unwrap_or(" × ");
        Self { spaced: rng.random_bool(0.6), latin: rng.random_bool(0.35), times }
    }
}

fn label_text(labels: &[String], rng: &mut ChaCha8Rng) -> String {
    let label = labels.choose(rng).cloned().unwrap_or_default();
    match rng.random_range(0..20) {
        0 => label.to_lowercase(),
        1 if label.is_ascii() => label.to_uppercase(),
        _ => label,
    }
}

fn value_text(kind: &AttributeKind, lang: CopyLang, style: &UnitStyle, rng: &mut ChaCha8Rng) -> String {
    match kind {
        AttributeKind::Choice(values) => choice_text(values.of(lang), lang, rng),
        AttributeKind::Number { min, max, step, unit } => {
            let number = number_text(*min, *max, *step, rng);
            with_unit(&number, unit.of(lang), &unit.en, lang, style)
        }
        AttributeKind::Dimensions { ranges, unit } => {
            let halves = rng.random_bool(0.12);
            let mut parts = Vec::new();
            for [low, high] in ranges {
                let whole = rng.random_range(*low..=*high);
                parts.push(if halves { format!("{whole}.5") } else { whole.to_string() });
            }
            with_unit(&parts.join(style.times), unit.of(lang), &unit.en, lang, style)
        }
    }
}

/// A listed value; now and then two of them together, so that values get copied and not recognised.
fn choice_text(values: &[String], lang: CopyLang, rng: &mut ChaCha8Rng) -> String {
    let one = values.choose(rng).cloned().unwrap_or_default();
    let other = values.choose(rng).cloned().unwrap_or_default();
    if other == one || one.contains(' ') || !rng.random_bool(0.08) {
        return one;
    }
    match lang {
        CopyLang::En => format!("{one} and {other}"),
        CopyLang::Zh => format!("{one}和{other}"),
    }
}

fn number_text(min: f64, max: f64, step: f64, rng: &mut ChaCha8Rng) -> String {
    if step < 1.0 {
        return format!("{:.1}", rng.random_range(min..=max));
    }
    if rng.random_bool(0.35) {
        // Off the steps and beyond the range: numbers must be copied, not known.
        return (rng.random_range(min..=(max * 1.3)).round() as i64).to_string();
    }
    let steps = ((max - min) / step).floor() as i64;
    ((min + step * rng.random_range(0..=steps.max(0)) as f64).round() as i64).to_string()
}

fn with_unit(number: &str, unit: &str, latin: &str, lang: CopyLang, style: &UnitStyle) -> String {
    match lang {
        CopyLang::En => {
            let wordy = unit.chars().count() > 3 || unit.contains(' ');
            let gap = if wordy || style.spaced { " " } else { "" };
            format!("{number}{gap}{unit}")
        }
        // Only symbols (ml, cm, W) are used in Latin on a Chinese sheet, never English words.
        CopyLang::Zh if style.latin && latin.is_ascii() && latin.len() <= 3 && !latin.contains(' ') => {
            format!("{number}{}{latin}", if style.spaced { " " } else { "" })
        }
        CopyLang::Zh => format!("{number}{unit}"),
    }
}
