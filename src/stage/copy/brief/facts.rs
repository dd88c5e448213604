//! From a product of the catalogue to the sheet that a model sees and the facts that may be claimed.

use super::{Audience, CopyBrief, Product, redact};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::facts::FactSheet;
use crate::stage::copy::prompt::Sheet;

/// Characters of one field that a prompt takes; a 10,000-character description is cut, the checks see all of it.
const MOST_FIELD: usize = 400;
/// Attributes that a prompt takes.
const MOST_ATTRIBUTES: usize = 30;

/// One line of printable text without personal marks, cut where it is endless.
fn tidy(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c }).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    redact(&line).chars().take(MOST_FIELD).collect()
}

/// Characters that show nothing, or that turn the direction of writing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The sheet for a prompt. The product's id stays out; a description becomes an attribute of its own.
pub fn product_sheet(product: &Product, lang: CopyLang) -> Sheet {
    let some = |text: &Option<String>| text.as_deref().map(tidy).filter(|text| !text.is_empty());
    let mut attributes: Vec<(String, String)> = product
        .attributes
        .iter()
        .map(|(label, value)| (tidy(label), tidy(value)))
        .filter(|(label, value)| !label.is_empty() && !value.is_empty())
        .take(MOST_ATTRIBUTES)
        .collect();
    let label = match lang {
        CopyLang::En => "Description",
        CopyLang::Zh => "描述",
    };
    // What the attributes say already need not be said twice.
    if let Some(text) = some(&product.description).filter(|_| attributes.len() < 4) {
        attributes.push((label.to_owned(), text));
    }
    Sheet {
        name: tidy(&product.name),
        brand: some(&product.brand),
        category: some(&product.category).map(|path| path.split(" > ").last().unwrap_or(&path).to_owned()),
        price: some(&product.price),
        attributes,
    }
}

/// What copy about a product may claim: all that stands on its sheet, and the brief's own words. `others` are the
/// catalogue's other brands.
pub fn product_facts(product: &Product, brief: &CopyBrief, others: &[String]) -> FactSheet {
    let lines = product.attributes.iter().map(|(label, value)| format!("{label}: {value}"));
    let words = [&brief.selling_point, &brief.instructions];
    let own = words.into_iter().chain(&brief.must).chain(brief.for_product.get(&product.id));
    FactSheet {
        name: product.name.clone(),
        brand: product.brand.clone().unwrap_or_default(),
        facts: product.category.iter().chain(&product.description).cloned().chain(lines).collect(),
        prices: product.price.iter().cloned().collect(),
        brief: own.map(String::as_str).collect::<Vec<_>>().join("\n"),
        other_brands: Vec::new(),
        foreign_brands: others.to_vec(),
    }
}

impl Product {
    /// Attributes of the same label that say different things.
    pub fn contradictions(&self) -> Vec<&str> {
        let clash = |(i, (label, value)): (usize, &(String, String))| {
            let same = |other: &&(String, String)| other.0.eq_ignore_ascii_case(label) && other.1 != *value;
            self.attributes[..i].iter().find(same).map(|(label, _)| label.as_str())
        };
        self.attributes.iter().enumerate().filter_map(clash).collect()
    }

    /// Nothing that copy could be about.
    pub fn is_blank(&self) -> bool {
        tidy(&self.name).is_empty()
    }

    /// Nothing but a name.
    pub fn is_bare(&self) -> bool {
        let empty = |text: &Option<String>| text.as_deref().is_none_or(|text| tidy(text).is_empty());
        self.attributes.iter().all(|(_, value)| tidy(value).is_empty()) && empty(&self.description)
    }

    /// Changes whenever anything on the sheet does.
    pub fn fingerprint(&self) -> crate::base::Fingerprint {
        crate::base::Fingerprint::of(self)
    }
}

impl Audience {
    /// The segment in words for a prompt; its name is the shop's own, its size is no business of the model.
    pub fn lines(&self, lang: CopyLang) -> Vec<String> {
        let joined = |list: &[String]| list.iter().map(|text| tidy(text)).collect::<Vec<_>>().join(", ");
        let line = |en: &str, zh: &str, list: &[String]| {
            let label = if lang == CopyLang::En { en } else { zh };
            (!list.is_empty()).then(|| format!("{label}{}", joined(list)))
        };
        let lines = [
            line("They like: ", "他们喜欢：", &self.likes),
            line("They complain of: ", "他们抱怨：", &self.complaints),
            line("Habits: ", "习惯：", &self.habits),
        ];
        lines.into_iter().flatten().collect()
    }
}
