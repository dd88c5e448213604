//! What the shop wants of its lists, whatever a recommender says; and why an item may not be shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{count_within, within};
use super::{Catalogue, EventKind, History, Ids, NO_OPINION, RecommendError};

/// What happens to items that the customer has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owned {
    /// What was bought (and not sent back) is left out.
    #[default]
    DropBought,
    /// What was so much as looked at is left out.
    DropTouched,
    /// Everything stays in: consumables, refills.
    Keep,
}

/// A group of items that a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Item(String),
    Category(String),
    Brand(String),
}

/// Boost (above 0) or bury (below 0).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    pub subject: Subject,
    /// From −1 to 1, in spans between the best and the weakest candidate: 1 lifts the weakest to the best.
    pub strength: f32,
}

/// Items by id, categories and brands by name. Text compares without regard to case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    pub owned: Owned,
    /// Nothing but these; empty: all.
    pub only_categories: Vec<String>,
    pub not_categories: Vec<String>,
    pub only_brands: Vec<String>,
    pub not_brands: Vec<String>,
    /// An item without a price passes.
    pub price_min: Option<f64>,
    pub price_max: Option<f64>,
    /// Leave out what has stock 0 or less; an item without a stock figure passes.
    pub in_stock: bool,
    /// Show items that are no longer in the catalogue.
    pub unlisted: bool,
    /// Show what stands in orders and is no goods: postage, fees, entries by hand.
    pub services: bool,
    pub exclude: Vec<String>,
    /// First on every list, in this order, whatever their score. Other rules still hold for them.
    pub pin: Vec<String>,
    pub lifts: Vec<Lift>,
    /// 0: by score alone; towards 1: unlike what stands above (maximal marginal relevance).
    pub diversity: f32,
    /// The most that an item may cost for customers of a segment.
    pub price_ceilings: BTreeMap<String, f64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            owned: Owned::default(),
            only_categories: Vec::new(),
            not_categories: Vec::new(),
            only_brands: Vec::new(),
            not_brands: Vec::new(),
            price_min: None,
            price_max: None,
            in_stock: false,
            unlisted: false,
            services: false,
            exclude: Vec::new(),
            pin: Vec::new(),
            lifts: Vec::new(),
            diversity: 0.0,
            price_ceilings: BTreeMap::new(),
        }
    }
}

impl Rules {
    pub fn check(&self) -> Result<(), RecommendError> {
        within("rules.diversity", self.diversity, 0.0, 1.0, "from 0 to 1")?;
        count_within("rules.pin", self.pin.len(), 0, 1000, "at most 1000 items")?;
        for lift in &self.lifts {
            within("rules.lift", lift.strength, -1.0, 1.0, "from -1 to 1")?;
        }
        let prices = self.price_min.iter().chain(&self.price_max).chain(self.price_ceilings.values());
        match prices.into_iter().all(|price| price.is_finite() && *price >= 0.0) {
            true => Ok(()),
            false => Err(RecommendError::BadSetting { name: "rules.price", must_be: "0 or more" }),
        }
    }
}

/// Why an item is not on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Bought,
    Touched,
    NotInCatalogue,
    /// Postage, a fee, an entry by hand.
    NotGoods,
    Excluded,
    Category,
    Brand,
    Price,
    /// Above the ceiling of the customer's segment.
    Ceiling,
    OutOfStock,
    /// No rule is against it: a pin, a boost, a burial or the diversity slider put others before it.
    Displaced,
}

/// Rules with ids and names looked up once, for all lists.
pub struct CompiledRules {
    pub rules: Rules,
    /// By item: why nobody may see it. Items beyond the end are free.
    barred: Vec<Option<Reason>>,
    /// By item; 0 for most.
    lifts: Vec<f32>,
    pub(super) pins: Vec<u32>,
    /// Ids in the rules that no item has.
    pub unknown: Vec<String>,
    /// How many items of the shop each rule bars from every list.
    pub barred_counts: BTreeMap<Reason, usize>,
}

impl CompiledRules {
    pub fn new(rules: &Rules, items: &Ids, catalogue: &Catalogue) -> Result<Self, RecommendError> {
        rules.check()?;
        let mut unknown = Vec::new();
        let mut number = |id: &String| {
            let found = items.find(id.trim());
            if found.is_none() {
                unknown.push(id.clone());
            }
            found
        };
        let excluded: Vec<u32> = rules.exclude.iter().filter_map(&mut number).collect();
        let mut pins: Vec<u32> = rules.pin.iter().filter_map(&mut number).collect();
        let mut lifts = vec![0f32; if rules.lifts.is_empty() { 0 } else { items.len() }];
        for lift in &rules.lifts {
            match &lift.subject {
                Subject::Item(id) => {
                    if let Some(item) = number(id) {
                        lifts[item as usize] += lift.strength;
                    }
                }
                Subject::Category(name) => {
                    add_lift(&mut lifts, lift.strength, |item| same(catalogue.category(item), name))
                }
                Subject::Brand(name) => {
                    add_lift(&mut lifts, lift.strength, |item| same(catalogue.brand(item), name));
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        pins.retain(|item| seen.insert(*item));
        let mut barred: Vec<Option<Reason>> = items.iter().map(|(item, id)| bar(rules, catalogue, item, id)).collect();
        for item in excluded {
            barred[item as usize] = Some(Reason::Excluded);
        }
        let mut barred_counts = BTreeMap::new();
        for reason in barred.iter().flatten() {
            *barred_counts.entry(*reason).or_insert(0) += 1;
        }
        Ok(Self { rules: rules.clone(), barred, lifts, pins, unknown, barred_counts })
    }

    /// What boosts and burials come to for an item.
    pub(super) fn lift(&self, item: u32) -> f32 {
        self.lifts.get(item as usize).copied().unwrap_or(0.0)
    }

    /// The rules that hold for one customer: those for all, what is owned, and the segment's ceiling.
    pub fn for_customer<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        history: &History,
        segment: Option<&str>,
    ) -> CustomerRules<'a> {
        let ceiling = segment.and_then(|name| self.rules.price_ceilings.get(name)).copied();
        CustomerRules { all: self, catalogue, owned: owned(self.rules.owned, history), ceiling }
    }
}

pub struct CustomerRules<'a> {
    pub(super) all: &'a CompiledRules,
    catalogue: &'a Catalogue,
    /// Ascending.
    owned: Vec<(u32, Reason)>,
    ceiling: Option<f64>,
}

impl CustomerRules<'_> {
    /// Why this customer may not see the item; `None`: it may be shown.
    pub fn barred(&self, item: u32) -> Option<Reason> {
        if let Some(reason) = self.all.barred.get(item as usize).copied().flatten() {
            return Some(reason);
        }
        if let Ok(at) = self.owned.binary_search_by_key(&item, |entry| entry.0) {
            return Some(self.owned[at].1);
        }
        let ceiling = self.ceiling?;
        self.catalogue.price(item).filter(|price| *price > ceiling).map(|_| Reason::Ceiling)
    }

    /// Puts out of the running what this customer may not see.
    pub fn hide(&self, scores: &mut [f32]) {
        for (score, barred) in scores.iter_mut().zip(&self.all.barred) {
            if barred.is_some() {
                *score = NO_OPINION;
            }
        }
        for (item, _) in &self.owned {
            if let Some(score) = scores.get_mut(*item as usize) {
                *score = NO_OPINION;
            }
        }
        if self.ceiling.is_some() {
            for (item, score) in scores.iter_mut().enumerate() {
                if *score > NO_OPINION && self.barred(item as u32).is_some() {
                    *score = NO_OPINION;
                }
            }
        }
    }

    /// How many products only the ceiling of the customer's segment keeps away. Free where there is none: it is asked
    /// for every customer's list.
    pub(super) fn above_ceiling(&self) -> usize {
        match self.ceiling {
            None => 0,
            Some(_) => self.catalogue.listed().filter(|(at, _)| self.barred(*at) == Some(Reason::Ceiling)).count(),
        }
    }

    /// Every item that this customer may not see, and no rule for all customers bars already.
    pub fn owned(&self) -> &[(u32, Reason)] {
        &self.owned
    }
}

fn add_lift(lifts: &mut [f32], strength: f32, is_in: impl Fn(u32) -> bool) {
    for (item, lift) in lifts.iter_mut().enumerate() {
        if is_in(item as u32) {
            *lift += strength;
        }
    }
}

fn same(name: Option<&str>, other: &str) -> bool {
    name.is_some_and(|name| name.to_lowercase() == other.trim().to_lowercase())
}

fn any_same(name: Option<&str>, list: &[String]) -> bool {
    list.iter().any(|other| same(name, other))
}

/// What shops' order lines call things that are no goods.
const SERVICES: &[&str] = &[
    "postage",
    "dotcom postage",
    "carriage",
    "shipping",
    "delivery",
    "delivery charge",
    "delivery fee",
    "manual",
    "discount",
    "bank charges",
    "amazon fee",
    "adjust bad debt",
    "cruk commission",
    "handling fee",
    "service fee",
    "邮费",
    "运费",
    "快递费",
    "配送费",
    "手续费",
    "服务费",
    "补差价",
];

/// Order lines have postage, fees and entries by hand among the goods. A catalogue that gives it a category knows
/// better.
fn is_service(catalogue: &Catalogue, item: u32, id: &str) -> bool {
    let product = catalogue.get(item);
    if product.is_some_and(|product| product.category.is_some()) {
        return false;
    }
    let name = product.and_then(|product| product.name.as_deref()).unwrap_or(id).trim();
    SERVICES.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// The rules for all customers, the plainest reason first.
fn bar(rules: &Rules, catalogue: &Catalogue, item: u32, id: &str) -> Option<Reason> {
    if !rules.unlisted && !catalogue.is_listed(item) {
        return Some(Reason::NotInCatalogue);
    }
    if !rules.services && is_service(catalogue, item, id) {
        return Some(Reason::NotGoods);
    }
    let (category, brand) = (catalogue.category(item), catalogue.brand(item));
    if any_same(category, &rules.not_categories)
        || (!rules.only_categories.is_empty() && !any_same(category, &rules.only_categories))
    {
        return Some(Reason::Category);
    }
    if any_same(brand, &rules.not_brands) || (!rules.only_brands.is_empty() && !any_same(brand, &rules.only_brands)) {
        return Some(Reason::Brand);
    }
    if let Some(price) = catalogue.price(item) {
        let low = rules.price_min.is_some_and(|min| price < min);
        let high = rules.price_max.is_some_and(|max| price > max);
        if low || high {
            return Some(Reason::Price);
        }
    }
    let stock = catalogue.get(item).and_then(|product| product.stock);
    (rules.in_stock && stock.is_some_and(|stock| stock <= 0.0)).then_some(Reason::OutOfStock)
}

/// What the customer has already, by item number. Bought and sent back again is not bought.
fn owned(rule: Owned, history: &History) -> Vec<(u32, Reason)> {
    if rule == Owned::Keep {
        return Vec::new();
    }
    let mut pieces: BTreeMap<u32, (bool, f64)> = BTreeMap::new();
    for event in history.events() {
        let (touched, bought) = pieces.entry(event.item).or_default();
        *touched = true;
        match event.kind {
            EventKind::Purchase => *bought += f64::from(event.quantity),
            EventKind::Return => *bought -= f64::from(event.quantity),
            _ => {}
        }
    }
    pieces
        .into_iter()
        .filter_map(|(item, (touched, bought))| match rule {
            _ if bought > 0.0 => Some((item, Reason::Bought)),
            Owned::DropTouched if touched => Some((item, Reason::Touched)),
            _ => None,
        })
        .collect()
}
