//! A card for each segment: how big, how much money, how they differ, what they like, when they come, who is typical,
//! and a name and a sentence written from these numbers.

mod habits;
mod name;
mod words;

use ndarray::Array2;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::matrix::{self, Missing, numbers};
use super::scale::{Scaling, mean_and_deviation, scale};
use super::{NO_SEGMENT, SegmentError};
use crate::base::{Monitor, Step};
use crate::stage::data::features::index::EventIndex;
use crate::stage::data::features::{Feature, ProductTable, USER};

pub use words::Bilingual;

/// What decides the cards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonaRecipe {
    /// Columns to compare; `None`: every numeric column.
    pub features: Option<Vec<String>>,
    /// The column that holds each customer's money.
    pub revenue: String,
    /// The shop's clock: seconds east of UTC.
    pub utc_offset: i32,
    pub favourites: usize,
    pub typical: usize,
    /// Names and sentences given by a person, by segment number; they win over the written ones.
    pub names: std::collections::BTreeMap<u32, Bilingual>,
}

impl Default for PersonaRecipe {
    fn default() -> Self {
        Self {
            features: None,
            revenue: Feature::Monetary.key().to_owned(),
            utc_offset: 0,
            favourites: 5,
            typical: 3,
            names: std::collections::BTreeMap::new(),
        }
    }
}

/// Events for tastes and rhythm. `places[row]` is the place of the table's customer in the index
/// ([`crate::stage::data::features::FeatureTable::places`]).
pub struct Habits<'a> {
    pub index: &'a EventIndex,
    pub places: &'a [u32],
    pub products: Option<&'a ProductTable>,
}

/// How a segment differs from everyone in one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub feature: String,
    /// Means over the customers who have a value.
    pub mean: f64,
    pub overall: f64,
    /// Difference of the means ÷ everyone's deviation, on the scale on which the feature is even (log where it has a
    /// long tail).
    pub standardised: f64,
}

/// A category or product the segment is fond of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Favourite {
    pub name: String,
    /// The item id where `name` is a product's title.
    pub item: Option<String>,
    /// Share of the segment's purchases (views where the shop has no purchases).
    pub share: f64,
    /// That share ÷ everyone's share.
    pub lift: f64,
}

impl Favourite {
    /// The last part of a category's path: `Food > Tea` is `Tea`.
    pub fn short(&self) -> &str {
        self.name.rsplit('>').next().map(str::trim).filter(|part| !part.is_empty()).unwrap_or(&self.name)
    }
}

/// One segment's card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Persona {
    pub segment: u32,
    pub name: Bilingual,
    pub sentence: Bilingual,
    pub size: u64,
    /// Of all customers in the table.
    pub share: f64,
    pub revenue: Option<f64>,
    pub revenue_share: Option<f64>,
    /// Strongest first.
    pub differences: Vec<Difference>,
    pub categories: Vec<Favourite>,
    pub products: Vec<Favourite>,
    /// Share of events by weekday (Monday first) and hour; empty without events.
    pub rhythm: Vec<[f64; 24]>,
    /// Mean mood of the reviews, −1 to 1, and everyone's; empty without reviews.
    pub mood: Option<f64>,
    pub mood_overall: Option<f64>,
    /// Ids of the customers nearest to the segment's mean.
    pub typical: Vec<String>,
    pub typical_rows: Vec<u32>,
}

impl Persona {
    /// The strongest differences that say different things: orders, purchases and pieces are one; then the rest.
    pub fn telling(&self, most: usize) -> Vec<&Difference> {
        let mut said: Vec<words::Theme> = Vec::new();
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for difference in &self.differences {
            let theme = words::theme(&difference.feature);
            if theme != words::Theme::Other && said.contains(&theme) {
                rest.push(difference);
            } else {
                said.push(theme);
                first.push(difference);
            }
        }
        // Of the rest only as many as fill the room; all in the order of their strength.
        first.extend(rest);
        first.truncate(most);
        first.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
        first
    }
}

/// A card for each of the segments 0..`segments`; empty segments get none.
pub fn describe(
    frame: &DataFrame,
    labels: &[u32],
    segments: usize,
    habits: Option<&Habits<'_>>,
    recipe: &PersonaRecipe,
    monitor: &Monitor,
) -> Result<Vec<Persona>, SegmentError> {
    if labels.len() != frame.height() {
        return Err(SegmentError::Unaligned { have: labels.len(), need: frame.height() });
    }
    if let Some(habits) = habits.filter(|habits| habits.places.len() != frame.height()) {
        return Err(SegmentError::Unaligned { have: habits.places.len(), need: frame.height() });
    }
    monitor.report(Step::Explaining, 0, 0);
    let rows = members(labels, segments);
    let mut cards = compare(frame, &rows, recipe, monitor)?;
    if let Some(habits) = habits {
        add_habits(&mut cards, labels, habits, recipe, monitor)?;
    }
    add_money_and_mood(&mut cards, frame, &rows, recipe)?;
    cards.retain(|card| card.size > 0);
    let traits: Vec<name::Traits<'_>> = cards
        .iter()
        .map(|card| name::Traits {
            size: card.size,
            share: card.share,
            differences: &card.differences,
            categories: &card.categories,
        })
        .collect();
    let names = name::names(&traits);
    let sentences: Vec<Bilingual> =
        (cards.iter().zip(&traits)).map(|(card, traits)| name::sentence(card.revenue_share, traits)).collect();
    drop(traits);
    for (card, (name, sentence)) in cards.iter_mut().zip(names.into_iter().zip(sentences)) {
        card.name = recipe.names.get(&card.segment).cloned().unwrap_or(name);
        card.sentence = sentence;
    }
    monitor.report(Step::Explaining, 1, 1);
    Ok(cards)
}

fn members(labels: &[u32], segments: usize) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); segments];
    for (row, label) in labels.iter().enumerate().filter(|(_, label)| **label != NO_SEGMENT) {
        if let Some(rows) = rows.get_mut(*label as usize) {
            rows.push(row as u32);
        }
    }
    rows
}

/// All numeric columns but the id, and but those that say nothing new of this shop's customers.
fn comparable(frame: &DataFrame) -> Vec<String> {
    let silent = silent(frame);
    let numeric = |column: &&Column| column.dtype().is_primitive_numeric() && column.name() != USER;
    let names = frame.columns().iter().filter(numeric).map(|column| column.name().to_string());
    names.filter(|name| !Feature::from_key(name).is_some_and(|feature| silent.contains(&feature))).collect()
}

/// Customers must have come on so many days (in the median) before hours and weekdays say anything of a person: whoever
/// came once came "all in the morning".
const DAYS_FOR_RHYTHM: f64 = 8.0;

/// Whether hours and weekdays tell something of this shop's customers.
pub(crate) fn has_rhythm(frame: &DataFrame) -> bool {
    numbers(frame, Feature::ActiveDays.key()).is_ok_and(|mut days| matrix::quantile(&mut days, 0.5) >= DAYS_FOR_RHYTHM)
}

/// Whether the shop sees who looks, and not only who buys.
pub(crate) fn knows_views(frame: &DataFrame) -> bool {
    numbers(frame, Feature::Views.key()).is_ok_and(|views| views.iter().any(|views| *views > 0.0))
}

/// Features that repeat others or tell of chance: shares of a handful of visits; in a shop that only knows sales the
/// visits, which are the orders once more.
fn silent(frame: &DataFrame) -> Vec<Feature> {
    use Feature as F;
    let mut silent = Vec::new();
    if !has_rhythm(frame) {
        silent.extend([F::ShareNight, F::ShareMorning, F::ShareAfternoon, F::ShareEvening]);
        silent.extend([F::ShareMonday, F::ShareTuesday, F::ShareWednesday, F::ShareThursday, F::ShareFriday]);
        silent.extend([F::ShareSaturday, F::ShareSunday]);
    }
    if frame.schema().contains(F::Orders.key()) && !knows_views(frame) {
        silent.extend([F::Events, F::ActiveDays, F::LastSeen, F::Purchases, F::PurchaseFrequency]);
    }
    silent
}

/// Sizes, differences and typical customers.
fn compare(
    frame: &DataFrame,
    rows: &[Vec<u32>],
    recipe: &PersonaRecipe,
    monitor: &Monitor,
) -> Result<Vec<Persona>, SegmentError> {
    let features = recipe.features.clone().unwrap_or_else(|| comparable(frame));
    let mut matrix = match matrix::read(frame, &features, Missing::Natural) {
        // Nothing tells anyone apart: cards without differences.
        Err(SegmentError::NoInformation(_) | SegmentError::NothingChosen) => {
            matrix::Matrix { names: vec![], values: Array2::zeros((frame.height(), 0)), notices: vec![] }
        }
        other => other?,
    };
    scale(&mut matrix, Scaling::Auto);
    let raw: Vec<Vec<f64>> = matrix.names.iter().map(|name| numbers(frame, name)).collect::<Result<_, _>>()?;
    let all: Vec<u32> = (0..frame.height() as u32).collect();
    let mut cards = Vec::new();
    for (segment, rows) in rows.iter().enumerate() {
        monitor.check()?;
        let mut centre = Vec::new();
        let mut differences = Vec::new();
        for (place, name) in matrix.names.iter().enumerate() {
            let scaled = matrix.values.column(place);
            let mean = rows.iter().map(|row| scaled[*row as usize]).sum::<f64>() / rows.len().max(1) as f64;
            centre.push(mean);
            // Columns are scaled to mean 0 and deviation 1 over everyone.
            let (of_rows, overall) = (known_mean(&raw[place], rows), known_mean(&raw[place], &all));
            if let (Some(of_rows), Some(overall)) = (of_rows, overall) {
                differences.push(Difference { feature: name.clone(), mean: of_rows, overall, standardised: mean });
            }
        }
        differences.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
        let typical_rows = nearest(&matrix.values, rows, &centre, recipe.typical);
        cards.push(Persona {
            segment: segment as u32,
            name: Bilingual::default(),
            sentence: Bilingual::default(),
            size: rows.len() as u64,
            share: rows.len() as f64 / frame.height().max(1) as f64,
            revenue: None,
            revenue_share: None,
            differences,
            categories: vec![],
            products: vec![],
            rhythm: vec![],
            mood: None,
            mood_overall: None,
            typical: ids(frame, &typical_rows),
            typical_rows,
        });
    }
    Ok(cards)
}

/// Mean of the values that are there.
fn known_mean(values: &[f64], rows: &[u32]) -> Option<f64> {
    let known: Vec<f64> = rows.iter().map(|row| values[*row as usize]).filter(|x| x.is_finite()).collect();
    (!known.is_empty()).then(|| mean_and_deviation(&known).0)
}

/// The rows nearest to the centre, nearest first.
fn nearest(values: &Array2<f64>, rows: &[u32], centre: &[f64], count: usize) -> Vec<u32> {
    let square = |row: u32| values.row(row as usize).iter().zip(centre).map(|(x, c)| (x - c) * (x - c)).sum::<f64>();
    let mut near: Vec<(f64, u32)> = rows.iter().map(|row| (square(*row), *row)).collect();
    let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let count = count.min(near.len());
    if count < near.len() {
        near.select_nth_unstable_by(count, order);
        near.truncate(count);
    }
    near.sort_by(order);
    near.into_iter().map(|(_, row)| row).collect()
}

/// Customer ids as text; row numbers (from 1) where the table has no ids.
fn ids(frame: &DataFrame, rows: &[u32]) -> Vec<String> {
    let Ok(column) = frame.column(USER) else { return rows.iter().map(|row| (row + 1).to_string()).collect() };
    let text = |row: &u32| match column.get(*row as usize) {
        Ok(AnyValue::String(id)) => id.to_owned(),
        Ok(id) => id.to_string(),
        Err(_) => String::new(),
    };
    rows.iter().map(text).collect()
}

fn add_money_and_mood(
    cards: &mut [Persona],
    frame: &DataFrame,
    rows: &[Vec<u32>],
    recipe: &PersonaRecipe,
) -> Result<(), SegmentError> {
    if frame.schema().contains(&recipe.revenue) {
        let money = numbers(frame, &recipe.revenue)?;
        let known = |x: &f64| if x.is_finite() { *x } else { 0.0 };
        let total: f64 = money.iter().map(known).sum();
        for (card, rows) in cards.iter_mut().zip(rows) {
            let revenue: f64 = rows.iter().map(|row| known(&money[*row as usize])).sum();
            card.revenue = Some(revenue);
            card.revenue_share = (total > 0.0).then(|| revenue / total);
        }
    }
    let (count, mood) = (Feature::ReviewCount.key(), Feature::ReviewSentiment.key());
    if frame.schema().contains(count) && frame.schema().contains(mood) {
        let (count, mood) = (numbers(frame, count)?, numbers(frame, mood)?);
        let mean = |rows: &mut dyn Iterator<Item = usize>| {
            let sums = rows.filter(|row| mood[*row].is_finite() && count[*row] > 0.0);
            let (sum, n) = sums.fold((0.0, 0.0), |(sum, n), row| (sum + mood[row] * count[row], n + count[row]));
            (n > 0.0).then(|| sum / n)
        };
        let overall = mean(&mut (0..frame.height()));
        for (card, rows) in cards.iter_mut().zip(rows) {
            card.mood = mean(&mut rows.iter().map(|row| *row as usize));
            card.mood_overall = overall;
        }
    }
    Ok(())
}

/// Fewer purchases (or views) for each customer tell nothing of what they like.
const TASTE: f64 = 0.1;

fn add_habits(
    cards: &mut [Persona],
    labels: &[u32],
    habits: &Habits<'_>,
    recipe: &PersonaRecipe,
    monitor: &Monitor,
) -> Result<(), SegmentError> {
    let index = habits.index;
    let counts = habits::count(index, habits.places, labels, cards.len(), recipe.utc_offset, monitor)?;
    let everyone: Vec<u64> =
        (0..index.categories.len()).map(|code| counts.categories.iter().map(|of| of[code]).sum()).collect();
    let titles = habits.products.map(titles).transpose()?.unwrap_or_default();
    let mut all_products: std::collections::BTreeMap<u64, u64> = std::collections::BTreeMap::new();
    for of in &counts.products {
        of.iter().for_each(|(item, (count, _))| *all_products.entry(*item).or_default() += count);
    }
    let all: u64 = all_products.values().sum();
    for (place, card) in cards.iter_mut().enumerate() {
        // One purchase of a thousand people is nobody's taste.
        let enough = TASTE * card.size as f64;
        let most = |total: u64| if (total as f64) < enough { 0 } else { recipe.favourites };
        let total: u64 = counts.categories[place].iter().sum();
        let top = top(counts.categories[place].iter().copied().enumerate(), most(total));
        card.categories = top
            .into_iter()
            .map(|(code, count)| Favourite {
                name: index.categories[code].clone(),
                item: None,
                share: count as f64 / total as f64,
                lift: lift(count, total, everyone[code], everyone.iter().sum()),
            })
            .collect();
        let bought = &counts.products[place];
        let total: u64 = bought.values().map(|(count, _)| count).sum();
        let top = self::top(bought.iter().map(|(item, (count, _))| (*item, *count)), most(total));
        card.products = top
            .into_iter()
            .map(|(item, count)| {
                let id = index.item_name(bought[&item].1).unwrap_or_default();
                let lift = lift(count, total, all_products.get(&item).copied().unwrap_or(count), all);
                let name = titles.get(&id).cloned().unwrap_or_else(|| id.clone());
                Favourite { name, item: Some(id), share: count as f64 / total as f64, lift }
            })
            .collect();
        let rhythm = &counts.rhythm[place];
        let total: u64 = rhythm.iter().sum();
        if total > 0 {
            let share = |day: usize| std::array::from_fn(|hour| rhythm[day * 24 + hour] as f64 / total as f64);
            card.rhythm = (0..7).map(share).collect();
        }
    }
    Ok(())
}

fn lift(count: u64, total: u64, everyone: u64, all: u64) -> f64 {
    let (share, overall) = (count as f64 / total.max(1) as f64, everyone as f64 / all.max(1) as f64);
    if overall > 0.0 { share / overall } else { 0.0 }
}

/// The keys counted most, of equals the smaller key first; none that were never counted.
fn top<K: Ord + Copy>(counts: impl Iterator<Item = (K, u64)>, most: usize) -> Vec<(K, u64)> {
    let mut counts: Vec<(K, u64)> = counts.filter(|(_, count)| *count > 0).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    counts.truncate(most);
    counts
}

/// Titles by item id as text.
fn titles(products: &ProductTable) -> Result<std::collections::HashMap<String, String>, SegmentError> {
    let Some(title) = &products.title else { return Ok(Default::default()) };
    let text = |name: &str| -> Result<Column, SegmentError> {
        let column = products.frame.column(name).map_err(|_| SegmentError::UnknownFeature(name.to_owned()))?;
        Ok(column.cast(&DataType::String)?)
    };
    let (ids, names) = (text(&products.item)?, text(title)?);
    let pairs = ids.str()?.iter().zip(names.str()?.iter());
    Ok(pairs.filter_map(|(id, name)| Some((id?.to_owned(), name?.to_owned()))).collect())
}

#[cfg(test)]
mod tests;
