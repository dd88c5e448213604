//! The list that a customer would be shown: scores, rules, and popular items where the scores run out.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::dense::{Scored, order, top_n};
use super::popular::Popular;
use super::rules::{CompiledRules, CustomerRules, Reason};
use super::{Algorithm, Catalogue, History, NO_OPINION, Recommender, scores_of};

/// Where a place on a list comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The recommender that was asked.
    Model,
    /// Popular items: the recommender had no opinion.
    Popular,
    /// The shop's own rule.
    Pin,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub item: u32,
    /// The source's own score, before boosts; popular items have theirs.
    pub score: f32,
    pub source: Source,
}

/// An item that would have stood on the list if not for the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    pub item: u32,
    /// Its place without rules, from 1.
    pub rank: usize,
    pub reason: Reason,
}

/// Why the list is not, or not wholly, the recommender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// It is.
    None,
    /// The recommender had fewer items to say something about; the rest is popular.
    Filled,
    /// Nothing in this customer's past counts: popular items.
    NoHistory,
    /// The past has only items that the recommender does not know: popular items.
    UnknownItems,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct List {
    pub algo: Algorithm,
    pub places: Vec<Place>,
    pub fallback: Fallback,
    /// By rank; also what was only moved down and off the end.
    pub removed: Vec<Removed>,
    /// All that rules keep from this customer, by reason, near the list or not.
    pub barred: BTreeMap<Reason, usize>,
    /// Items are known by their ids only: there is no products table.
    pub no_catalogue: bool,
}

/// How alike two items are, from 0 to 1.
pub type Likeness<'a> = &'a (dyn Fn(u32, u32) -> f32 + Sync);

/// Everything that decides a list besides the customer.
pub struct Server<'a> {
    pub model: &'a dyn Recommender,
    /// Stands in where the model has no opinion.
    pub popular: &'a Popular,
    pub catalogue: &'a Catalogue,
    pub rules: &'a CompiledRules,
    /// For the diversity slider.
    pub likeness: Likeness<'a>,
}

impl Server<'_> {
    /// The best `n` items for a history. `segment` is the customer's, for its price ceiling.
    pub fn list(&self, history: &History, segment: Option<&str>, n: usize) -> List {
        let scores = if history.is_empty() { Vec::new() } else { scores_of(self.model, history) };
        self.list_from(scores, history, segment, n)
    }

    /// The same from scores that were worked out already (in blocks, for all customers).
    pub fn list_from(&self, scores: Vec<f32>, history: &History, segment: Option<&str>, n: usize) -> List {
        let own = self.rules.for_customer(self.catalogue, history, segment);
        let plain = top_n(&scores, n);
        let fallback = match () {
            () if history.is_empty() && self.model.algorithm() != Algorithm::Popular => Fallback::NoHistory,
            () if history.is_empty() => Fallback::None,
            () if plain.is_empty() => Fallback::UnknownItems,
            () => Fallback::None,
        };
        let stands_in = scores.is_empty() || plain.is_empty();
        let (scores, source) = if stands_in {
            let source = if fallback == Fallback::None { Source::Model } else { Source::Popular };
            (scores_of(self.popular, history), source)
        } else {
            (scores, Source::Model)
        };
        let plain = if stands_in { top_n(&scores, n) } else { plain };
        let mut chosen = self.choose(scores, &own, n);
        let mut places = self.pins(&own, &chosen, n);
        let pinned: Vec<u32> = places.iter().map(|place| place.item).collect();
        chosen.retain(|scored| !pinned.contains(&scored.item));
        places.extend(chosen.iter().map(|s| Place { item: s.item, score: s.score, source }));
        places.truncate(n);
        let filled = places.len() < n && source == Source::Model && self.fill(&mut places, &own, history, n);
        let fallback = if filled && fallback == Fallback::None { Fallback::Filled } else { fallback };
        List {
            algo: self.model.algorithm(),
            removed: removed(&plain, &places, &own),
            places,
            fallback,
            barred: self.barred(&own),
            no_catalogue: self.catalogue.is_absent(),
        }
    }

    /// Candidates in the order of score, boosts and diversity, without what is barred.
    fn choose(&self, mut scores: Vec<f32>, own: &CustomerRules<'_>, n: usize) -> Vec<Scored> {
        own.hide(&mut scores);
        let rules = &self.rules.rules;
        if rules.lifts.is_empty() && rules.diversity == 0.0 {
            return top_n(&scores, n);
        }
        let pool = (5 * n).max(50);
        let candidates = top_n(&scores, pool);
        let span = match (candidates.first(), candidates.last()) {
            (Some(best), Some(worst)) => (best.score - worst.score).max(f32::MIN_POSITIVE),
            _ => return Vec::new(),
        };
        let mut lifted: Vec<f32> = scores.clone();
        for (item, score) in lifted.iter_mut().enumerate() {
            *score += self.rules.lift(item as u32) * span;
        }
        let candidates = top_n(&lifted, pool);
        let mut chosen = diversify(&candidates, rules.diversity, n, self.likeness);
        for scored in &mut chosen {
            scored.score = scores[scored.item as usize];
        }
        chosen
    }

    fn pins(&self, own: &CustomerRules<'_>, chosen: &[Scored], n: usize) -> Vec<Place> {
        let scores: HashMap<u32, f32> = chosen.iter().map(|scored| (scored.item, scored.score)).collect();
        let allowed = self.rules.pins.iter().filter(|item| own.barred(**item).is_none());
        let place =
            |item: &u32| Place { item: *item, score: scores.get(item).copied().unwrap_or(0.0), source: Source::Pin };
        allowed.take(n).map(place).collect()
    }

    /// Adds popular items until there are `n`; says whether there were any.
    fn fill(&self, places: &mut Vec<Place>, own: &CustomerRules<'_>, history: &History, n: usize) -> bool {
        let before = places.len();
        let mut scores = scores_of(self.popular, history);
        own.hide(&mut scores);
        for place in places.iter() {
            if let Some(score) = scores.get_mut(place.item as usize) {
                *score = NO_OPINION;
            }
        }
        let more = top_n(&scores, n - before);
        places.extend(more.iter().map(|s| Place { item: s.item, score: s.score, source: Source::Popular }));
        places.len() > before
    }

    fn barred(&self, own: &CustomerRules<'_>) -> BTreeMap<Reason, usize> {
        let mut counts = self.rules.barred_counts.clone();
        for (item, reason) in own.owned() {
            if own.barred(*item) == Some(*reason) {
                *counts.entry(*reason).or_insert(0) += 1;
            }
        }
        let ceiling = own.above_ceiling();
        if ceiling > 0 {
            counts.insert(Reason::Ceiling, ceiling);
        }
        counts
    }
}

/// What stood on the plain list and does not stand on the final one, with the reason.
fn removed(plain: &[Scored], places: &[Place], own: &CustomerRules<'_>) -> Vec<Removed> {
    let shown = |item: u32| places.iter().any(|place| place.item == item);
    plain
        .iter()
        .enumerate()
        .filter(|(_, scored)| !shown(scored.item))
        .map(|(at, scored)| Removed {
            item: scored.item,
            rank: at + 1,
            reason: own.barred(scored.item).unwrap_or(Reason::Displaced),
        })
        .collect()
}

/// Candidates that the diversity slider looks at.
const DIVERSIFIED: usize = 1000;

/// Maximal marginal relevance (Carbonell and Goldstein, 1998): again and again the candidate with the best
/// `(1 − d)·score − d·(likeness to the most alike one chosen)`, scores brought to 0..1.
pub fn diversify(candidates: &[Scored], d: f32, n: usize, likeness: Likeness<'_>) -> Vec<Scored> {
    let mut left: Vec<Scored> = candidates.to_vec();
    left.sort_by(order);
    let (Some(best), Some(worst)) = (left.first(), left.last()) else { return Vec::new() };
    let (low, span) = (worst.score, (best.score - worst.score).max(f32::MIN_POSITIVE));
    if d <= 0.0 {
        left.truncate(n);
        return left;
    }
    // The slider is about the part of a list that people see; what comes far below keeps its order.
    let rest = left.split_off(left.len().min(DIVERSIFIED));
    let mut nearest = vec![0f32; left.len()];
    let mut chosen = Vec::with_capacity(n);
    while chosen.len() < n && !left.is_empty() {
        let worth = |at: usize| (1.0 - d) * (left[at].score - low) / span - d * nearest[at];
        let mut pick = 0;
        for at in 1..left.len() {
            if worth(at) > worth(pick) {
                pick = at;
            }
        }
        let taken = left.remove(pick);
        nearest.remove(pick);
        for (near, scored) in nearest.iter_mut().zip(&left) {
            *near = near.max(likeness(taken.item, scored.item));
        }
        chosen.push(taken);
    }
    chosen.extend(rest.into_iter().take(n - chosen.len()));
    chosen
}
