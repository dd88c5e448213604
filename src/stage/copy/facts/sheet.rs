//! What a product's sheet says, and so what copy about it may say.

use super::claim::{Claim, Quantity, claims};
use super::fold::{Folded, fold_text};
use super::form::forms;
use super::unit::{ANY_CURRENCY, Dimension, Unit, unit_at};
use super::word::CERTIFICATIONS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A product's facts, as plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FactSheet {
    pub name: String,
    pub brand: String,
    /// Lines such as `Capacity: 500 ml` or `双层玻璃`.
    pub facts: Vec<String>,
    /// Prices, with or without their currency.
    pub prices: Vec<String>,
    /// The brief's own words; what stands there may be said too.
    pub brief: String,
    /// Other brands that may be named.
    pub other_brands: Vec<String>,
    /// Brands that may not be named, besides well-known ones: the catalogue's others.
    pub foreign_brands: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct Amount {
    value: f64,
    unit: Option<&'static Unit>,
}

/// A sheet, compiled: which claims it supports, and how supported claims may begin.
pub struct Allowed {
    amounts: Vec<Amount>,
    codes: BTreeSet<String>,
    certifications: BTreeSet<usize>,
    /// Names that may stand as they are, folded: product, brands.
    names: Vec<Vec<char>>,
    brands: Vec<String>,
    /// Sorted spellings of all amounts and codes, and the sheet's own words from each claim on.
    beginnings: Vec<String>,
}

/// Characters of the sheet's own words that are kept from a claim on.
const OWN_WORDS: usize = 40;

impl Allowed {
    pub fn new(sheet: &FactSheet) -> Self {
        let folded = |texts: &[String]| -> Vec<String> {
            texts.iter().map(|text| fold_text(text.trim())).filter(|text| !text.is_empty()).collect()
        };
        let own = folded(std::slice::from_ref(&sheet.brand)).into_iter().chain(folded(&sheet.other_brands));
        let own: Vec<String> = own.collect();
        let brands: Vec<String> = folded(&sheet.foreign_brands).into_iter().filter(|b| !own.contains(b)).collect();
        let names = folded(std::slice::from_ref(&sheet.name)).into_iter().chain(own.clone());
        let mut allowed = Self {
            amounts: Vec::new(),
            codes: BTreeSet::new(),
            certifications: BTreeSet::new(),
            names: names.map(|name| name.chars().collect()).collect(),
            brands,
            beginnings: Vec::new(),
        };
        [&sheet.name, &sheet.brand].into_iter().for_each(|name| allowed.take(name, true, false));
        sheet.facts.iter().chain([&sheet.brief]).for_each(|line| allowed.take(line, false, false));
        sheet.prices.iter().for_each(|price| allowed.take(price, false, true));
        for amount in allowed.amounts.clone() {
            allowed.beginnings.extend(forms(amount.value, amount.unit));
        }
        allowed.beginnings.extend(allowed.codes.iter().cloned());
        allowed.beginnings.sort();
        allowed.beginnings.dedup();
        allowed
    }

    /// Folded names of brands that count as claims besides the well-known.
    pub fn brands(&self) -> &[String] {
        &self.brands
    }

    /// Takes the claims of one line of the sheet.
    fn take(&mut self, line: &str, is_name: bool, is_price: bool) {
        let text = Folded::new(line);
        let label = label(&text);
        for claim in claims(&text, &[]) {
            let own = text.text(claim.from, claim.from + OWN_WORDS);
            match claim.quantity {
                Quantity::Amount { value, unit } => {
                    // A number in a name counts nothing, unless it has a unit.
                    if is_name && unit.is_none() {
                        continue;
                    }
                    self.amounts.push(Amount { value, unit });
                    let implied = match (unit, is_price) {
                        (None, true) => Some(&ANY_CURRENCY),
                        (None, false) => label.filter(|_| claim.from > 0),
                        _ => None,
                    };
                    self.amounts.extend(implied.map(|unit| Amount { value, unit: Some(unit) }));
                }
                Quantity::Code(code) => {
                    self.codes.insert(code);
                }
                Quantity::Certification(group) => {
                    self.certifications.insert(group);
                }
                Quantity::Brand(brand) => self.names.push(brand.chars().collect()),
            }
            self.beginnings.push(own);
        }
    }

    /// Whether the sheet supports `claim` as it stands in `text`.
    pub fn supports(&self, text: &Folded, claim: &Claim) -> bool {
        let supported = match &claim.quantity {
            Quantity::Amount { value, unit } => self.amounts.iter().any(|a| agree(a, *value, *unit)),
            Quantity::Code(code) => self.codes.contains(code),
            Quantity::Certification(group) => self.certifications.contains(group),
            Quantity::Brand(brand) => self.names.iter().any(|name| name.iter().copied().eq(brand.chars())),
        };
        supported || self.names.iter().any(|name| covered(text, claim, name, false))
    }

    /// Whether `claim`, which is not supported, may become a supported one when `text` goes on.
    pub fn may_become(&self, text: &Folded, claim: &Claim) -> bool {
        let rest = text.text(claim.from, text.len());
        let at = self.beginnings.partition_point(|beginning| *beginning < rest);
        // Sorted: what begins with `rest` comes at or right after it.
        let begins = self.beginnings[at..].iter().take(2).any(|b| b.len() > rest.len() && b.starts_with(&rest));
        begins || self.names.iter().any(|name| covered(text, claim, name, true))
    }

    /// The claims of `text` that the sheet does not support.
    pub fn unsupported(&self, text: &str) -> Vec<Claim> {
        let folded = Folded::new(text);
        claims(&folded, &self.brands).into_iter().filter(|claim| !self.supports(&folded, claim)).collect()
    }

    /// Whether the sheet says anything of a certification group.
    pub fn certified(&self, spelling: &str) -> bool {
        let spelling = fold_text(spelling);
        self.certifications.iter().any(|group| CERTIFICATIONS[*group].contains(&spelling.as_str()))
    }
}

/// The unit a line's label names, as in `Capacity (ml): 500` or `Layers: 2`; a price for `Price:`.
fn label(text: &Folded) -> Option<&'static Unit> {
    let colon = text.chars.iter().position(|c| *c == ':')?;
    let words = text.text(0, colon);
    if words.contains("price") || words.contains("价") {
        return Some(&ANY_CURRENCY);
    }
    let units = (0..colon).filter(|i| !text.get(*i).is_some_and(|c| c.is_ascii_alphabetic()) || text.begins_word(*i));
    // A single letter in a label is a word's, not a unit.
    let units = units.filter_map(|i| unit_at(text, i).filter(|(_, end)| end - i > 1 || !text.chars[i].is_ascii()));
    units.map(|(unit, _)| unit).next_back()
}

fn agree(amount: &Amount, value: f64, unit: Option<&Unit>) -> bool {
    let same = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(b.abs());
    match (amount.unit, unit) {
        (Some(sheet), Some(claim)) => match (sheet.dimension, claim.dimension) {
            (Dimension::Currency("any"), Dimension::Currency(_)) => same(amount.value, value),
            (a, b) => a == b && same(amount.value * sheet.factor, value * claim.factor),
        },
        (None, None) => same(amount.value, value),
        // "all 12" of 12 pieces, and 12 colours where the sheet says 12 only; but 12 is no 12 ml.
        (Some(sheet), None) => matches!(sheet.dimension, Dimension::Count(_)) && same(amount.value, value),
        (None, Some(claim)) => matches!(claim.dimension, Dimension::Count(_)) && same(amount.value, value),
    }
}

/// Whether `claim` lies within an occurrence of `name`; with `open`, one that the text's end cuts off.
fn covered(text: &Folded, claim: &Claim, name: &[char], open: bool) -> bool {
    let first = claim.from.saturating_sub(name.len());
    (first..=claim.from).any(|start| {
        let standing = &text.chars[start..text.len().min(start + name.len())];
        let cut = standing.len() < name.len();
        cut == open && name.starts_with(standing) && (open || start + name.len() >= claim.to)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> FactSheet {
        let line = |s: &str| s.to_string();
        FactSheet {
            name: "North Hill Kettle 3000 Pro".into(),
            brand: "North Hill".into(),
            facts: [
                "Capacity: 500 ml",
                "Keeps warm 12-15 hours",
                "Layers: 2",
                "Material: 18/8 steel",
                "BPA-free",
                "Weight (kg): 1.2",
                "12 colours",
                "20% lighter",
                "Power: 1,200 W",
            ]
            .map(line)
            .to_vec(),
            prices: vec!["29.90".into(), "¥199".into()],
            foreign_brands: vec!["Haolin".into()],
            ..FactSheet::default()
        }
    }

    fn wrong(text: &str) -> Vec<String> {
        let folded = Folded::new(text);
        Allowed::new(&sheet()).unsupported(text).iter().map(|claim| text[claim.bytes(&folded)].to_string()).collect()
    }

    #[test]
    fn what_the_sheet_says_may_be_said_in_other_words() {
        let fine = [
            "The North Hill Kettle 3000 Pro holds 500 ml, half a litre.",
            "0.5 L, five hundred millilitres, 500毫升, 五百毫升",
            "warm for 12 to 15 hours; 12 hours, 十二小时",
            "two layers, double-walled, 双层, 两层杯壁",
            "18/8 steel, without BPA, 不含BPA",
            "1.2 kg, 1200 g, all 12 colours, all twelve",
            "20% lighter, 百分之二十, 八折",
            "1200W, 1.2 kW, $29.90, 29.9 euros, 199元, ¥199",
            "One kettle for one and all, 一只好壶",
        ];
        for text in fine {
            assert_eq!(wrong(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_it_does_not_say_is_found() {
        assert_eq!(wrong("holds 550 ml and 500 g"), ["550 ml", "500 g"]);
        assert_eq!(wrong("for 24 hours; 3000 cups; 500 in all"), ["24 hours", "3000 cups", "500"]);
        assert_eq!(wrong("triple-walled, 三层"), ["triple-walled", "三层"]);
        assert_eq!(wrong("304 steel, 18/10, model K2"), ["304", "18/10", "K2"]);
        assert_eq!(wrong("30% off, 七折, $199"), ["30%", "七折", "$199"]);
        assert_eq!(wrong("organic and waterproof like Nike or haolin"), ["organic", "waterproof", "Nike", "haolin"]);
        assert_eq!(wrong("dozens love it, 上千人"), ["dozens", "上千"]);
        assert_eq!(wrong("¥299"), ["¥299"]);
    }

    #[test]
    fn beginnings_of_supported_claims_are_known() {
        let allowed = Allowed::new(&sheet());
        let may = |text: &str| {
            let folded = Folded::new(text);
            let claims = claims(&folded, &[]);
            let claim = claims.last().unwrap();
            !allowed.supports(&folded, claim) && allowed.may_become(&folded, claim)
        };
        for text in [
            "holds 5",
            "holds 50",
            "holds 500",
            "holds 500 m",
            "only $2",
            "only $29.",
            "the north hill kettle 3",
            "五百",
            "18/",
            "five",
            "five hundred",
        ] {
            assert!(may(text), "{text}");
        }
        for text in ["holds 6", "holds 500 g", "$3", "kettle 3", "六百", "11", "seven"] {
            assert!(!may(text), "{text}");
        }
    }
}
