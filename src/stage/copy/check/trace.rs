//! Facts traced to the sheet: each number, unit, price, seal, brand and material, with the line that says so.

use serde::{Deserialize, Serialize};

use super::pattern::{Pattern, Pieces};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::facts::{Allowed, ClaimKind, FactSheet, Folded, claims};

/// What kind of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    Number,
    Price,
    Percent,
    Certification,
    Brand,
    Material,
    /// A value of the sheet, word for word.
    Value,
}

/// A fact in a text, bytes `from..to`; `source` is the sheet's line that supports it, nothing when none does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub from: usize,
    pub to: usize,
    pub kind: FactKind,
    pub source: Option<String>,
}

struct Line {
    shown: String,
    allowed: Allowed,
}

/// A sheet, compiled for tracing. One tracer serves all drafts about a product.
pub struct Tracer {
    lines: Vec<Line>,
    whole: Allowed,
    /// Values of the sheet that are worth finding word for word.
    values: Vec<(String, String)>,
    /// Materials that the sheet names, by their place in the list.
    materials: Vec<(usize, String)>,
}

const MATERIALS: &str = include_str!("../../../../assets/words/materials.txt");

/// The list of materials as patterns of a language.
fn materials(lang: CopyLang) -> &'static [Vec<Pattern>] {
    static BOTH: std::sync::OnceLock<[Vec<Vec<Pattern>>; 2]> = std::sync::OnceLock::new();
    let both = BOTH.get_or_init(|| {
        [CopyLang::En, CopyLang::Zh].map(|lang| {
            let lines = MATERIALS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
            lines.map(|line| line.split(", ").filter_map(|word| Pattern::parse(word, lang)).collect()).collect()
        })
    });
    &both[lang as usize]
}

fn found_materials(text: &str) -> Vec<(usize, usize, usize)> {
    let mut out: Vec<(usize, usize, usize)> = Vec::new();
    for lang in CopyLang::ALL {
        let pieces = Pieces::new(text, lang);
        for (index, patterns) in materials(lang).iter().enumerate() {
            for range in patterns.iter().flat_map(|pattern| pattern.find(&pieces)) {
                let (from, to) = (pieces.all[range.start].from, pieces.all[range.end - 1].to);
                if !out.iter().any(|(_, a, b)| *a < to && from < *b) {
                    out.push((index, from, to));
                }
            }
        }
    }
    out
}

impl Tracer {
    pub fn new(sheet: &FactSheet) -> Self {
        let one = |facts: &[String], prices: &[String]| FactSheet {
            facts: facts.to_vec(),
            prices: prices.to_vec(),
            ..FactSheet::default()
        };
        let mut lines: Vec<Line> = Vec::new();
        let mut add = |shown: &str, sheet: FactSheet| {
            if !shown.trim().is_empty() {
                lines.push(Line { shown: shown.trim().to_owned(), allowed: Allowed::new(&sheet) });
            }
        };
        for line in &sheet.facts {
            add(line, one(std::slice::from_ref(line), &[]));
        }
        for price in &sheet.prices {
            add(price, one(&[], std::slice::from_ref(price)));
        }
        add(&sheet.name, FactSheet { name: sheet.name.clone(), ..FactSheet::default() });
        add(&sheet.brand, FactSheet { brand: sheet.brand.clone(), ..FactSheet::default() });
        for line in sheet.brief.lines() {
            add(line, FactSheet { brief: line.to_owned(), ..FactSheet::default() });
        }
        let mut values = Vec::new();
        for line in &sheet.facts {
            let Some((_, value)) = line.split_once([':', '：']) else { continue };
            let value = value.trim();
            // Short words stand in any text by chance.
            let bare = value.chars().all(|c| c.is_ascii_alphabetic());
            if value.chars().count() >= 2 && value.len() >= if bare { 6 } else { 4 } && value.len() <= 80 {
                values.push((value.to_lowercase(), line.clone()));
            }
        }
        let named = sheet
            .facts
            .iter()
            .chain([&sheet.name])
            .chain(sheet.brief.lines().map(String::from).collect::<Vec<_>>().iter())
            .map(|line| (found_materials(line), line.clone()))
            .collect::<Vec<_>>();
        let materials = named.into_iter().flat_map(|(found, line)| {
            found.into_iter().map(move |(index, _, _)| (index, line.clone())).collect::<Vec<_>>()
        });
        let materials = materials.collect();
        Self { lines, whole: Allowed::new(sheet), values, materials }
    }

    /// All facts of a text in order of place.
    pub fn facts(&self, text: &str) -> Vec<Fact> {
        let folded = Folded::new(text);
        let mut out: Vec<Fact> = Vec::new();
        for claim in claims(&folded, self.whole.brands()) {
            let bytes = claim.bytes(&folded);
            let kind = match claim.kind {
                ClaimKind::Number => FactKind::Number,
                ClaimKind::Price => FactKind::Price,
                ClaimKind::Percent => FactKind::Percent,
                ClaimKind::Certification => FactKind::Certification,
                ClaimKind::Brand => FactKind::Brand,
            };
            let source = self.whole.supports(&folded, &claim).then(|| {
                let line = self.lines.iter().find(|line| line.allowed.supports(&folded, &claim));
                line.map_or_else(String::new, |line| line.shown.clone())
            });
            out.push(Fact { from: bytes.start, to: bytes.end, kind, source });
        }
        for (index, from, to) in found_materials(text) {
            let source = self.materials.iter().find(|(known, _)| *known == index).map(|(_, line)| line.clone());
            add_free(&mut out, Fact { from, to, kind: FactKind::Material, source });
        }
        let lower = text.to_lowercase();
        // Where lower case has other lengths, places would not fit.
        if lower.len() == text.len() {
            for (value, line) in &self.values {
                for (from, found) in lower.match_indices(value.as_str()) {
                    let to = from + found.len();
                    let inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
                    let cut = inside(lower[..from].chars().next_back()) && inside(found.chars().next())
                        || inside(lower[to..].chars().next()) && inside(found.chars().next_back());
                    if !cut && text.is_char_boundary(from) && text.is_char_boundary(to) {
                        add_free(&mut out, Fact { from, to, kind: FactKind::Value, source: Some(line.clone()) });
                    }
                }
            }
        }
        out.sort_by_key(|fact| fact.from);
        out
    }
}

/// Adds a fact where no other stands; supported parts within a longer supported one give way to it.
fn add_free(out: &mut Vec<Fact>, fact: Fact) {
    let meets = |other: &Fact| other.from < fact.to && fact.from < other.to;
    let within = |other: &Fact| fact.from <= other.from && other.to <= fact.to && other.source.is_some();
    if out.iter().filter(|other| meets(other)).all(within) && fact.source.is_some() {
        out.retain(|other| !meets(other));
        out.push(fact);
    } else if !out.iter().any(meets) {
        out.push(fact);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracer() -> Tracer {
        let facts = ["Material: 100 % linen", "Size: 130 × 170 cm", "Included: gift box", "Finish: stone-washed"];
        Tracer::new(&FactSheet {
            name: "Washed linen throw".into(),
            brand: "Qinghe".into(),
            facts: facts.map(String::from).to_vec(),
            prices: vec!["¥319".into()],
            foreign_brands: vec!["Haolin".into()],
            ..FactSheet::default()
        })
    }

    fn told(text: &str) -> Vec<String> {
        let show = |fact: &Fact| format!("{} ← {}", &text[fact.from..fact.to], fact.source.as_deref().unwrap_or("?"));
        tracer().facts(text).iter().map(show).collect()
    }

    #[test]
    fn every_fact_has_its_line_or_none() {
        assert_eq!(
            told("100 % linen, 130 × 170 cm, gift box, now ¥319."),
            [
                "100 % linen ← Material: 100 % linen",
                "130 × 170 cm ← Size: 130 × 170 cm",
                "gift box ← Included: gift box",
                "¥319 ← ¥319"
            ]
        );
        assert_eq!(told("亚麻盖毯，170厘米"), ["亚麻 ← Material: 100 % linen", "170厘米 ← Size: 130 × 170 cm"]);
        assert_eq!(
            told("Pure silk, 200 cm, organic, like Haolin"),
            ["silk ← ?", "200 cm ← ?", "organic ← ?", "Haolin ← ?"]
        );
        assert_eq!(told("Something to keep."), [""; 0]);
        // A number word is a number: the sheet says nothing of two.
        assert_eq!(told("Something to keep, for two."), ["two ← ?"]);
    }

    #[test]
    fn odd_texts_have_no_facts_and_no_panic() {
        for text in ["", "İstanbul İ ﬁ", "\u{0}\u{202e}", "🙂🙂", &"9".repeat(5_000)] {
            let _ = tracer().facts(text);
        }
        assert!(Tracer::new(&FactSheet::default()).facts("12 cups").iter().all(|fact| fact.source.is_none()));
    }
}
