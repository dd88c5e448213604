//! The counter of the shop: a fit with the catalogue as it is now and everything that happened since, ready to answer
//! what a customer, a visitor, a group or a product would be shown.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::content::{Content, ContentRecipe};
use super::dense::{Scored, top_n};
use super::fit::{Fit, Fitted};
use super::group::{GroupList, tally};
use super::list::{List, Server};
use super::live::Live;
use super::popular::{Popular, PopularRecipe};
use super::recommender::map_scores;
use super::rules::{CompiledRules, Rules};
use super::together::{Together, TogetherRecipe, together};
use super::{
    Algorithm, Catalogue, Csr, EventKind, EventLog, Explanation, History, Ids, Interactions, NO_BASKET, PastEvent,
    Product, RecommendError, scores_of,
};
use crate::base::time::Moment;
use crate::base::{Fingerprint, Monitor};

/// How alike two products are, for variety on a list.
enum Alike {
    /// By what the catalogue says.
    Content(Box<Content>),
    /// By who touched them (cosine): the catalogue says nothing.
    Audience(Csr),
}

impl Alike {
    fn of(&self, a: u32, b: u32) -> f32 {
        match self {
            Self::Content(content) => content.likeness(a, b),
            Self::Audience(by_item) if (a.max(b) as usize) < by_item.rows() => {
                let (left, right) = (by_item.row(a as usize).0, by_item.row(b as usize).0);
                let (few, many) = if left.len() < right.len() { (left, right) } else { (right, left) };
                let both = few.iter().filter(|user| many.binary_search(user).is_ok()).count();
                if both == 0 { 0.0 } else { both as f32 / ((few.len() * many.len()) as f32).sqrt() }
            }
            Self::Audience(_) => 0.0,
        }
    }
}

pub struct Counter {
    pub fit: Fit,
    /// All items: those of the fit, and after them products that came since.
    pub items: Ids,
    pub catalogue: Catalogue,
    pub live: Live,
    pub together: Together,
    /// By item: a small number for its uppermost category, the same for all items of it.
    pub shades: Vec<u8>,
    /// Customers, those seen last first.
    pub recent: Vec<u32>,
    /// Of the tables as they were when the counter was opened; whoever opens it says.
    pub seen: Fingerprint,
    popular: Popular,
    alike: Alike,
}

/// Whom a list is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Customer(String),
    /// Somebody with no past but what is added.
    Visitor,
}

/// Something taken out of a history: every event with an item, or one of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Off {
    pub item: String,
    /// Seconds since 1970; nothing: all events with the item.
    pub time: Option<i64>,
}

/// A question to the counter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    pub who: Who,
    pub off: Vec<Off>,
    /// Items by id, as if they had been looked at or bought just now, in this order.
    pub added: Vec<(String, EventKind)>,
    pub algorithms: Vec<Algorithm>,
    pub n: usize,
    pub rules: Rules,
    /// The customer's, for its price ceiling.
    pub segment: Option<String>,
}

impl Ask {
    pub fn customer(id: &str, algorithms: &[Algorithm], n: usize) -> Self {
        Self {
            who: Who::Customer(id.to_owned()),
            off: Vec::new(),
            added: Vec::new(),
            algorithms: algorithms.to_vec(),
            n,
            rules: Rules::default(),
            segment: None,
        }
    }
}

/// An event of the history that was asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    pub event: PastEvent,
    pub off: bool,
    /// Not of the customer's own doing.
    pub added: bool,
}

/// One recommender's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub algorithm: Algorithm,
    pub list: List,
    /// Why, place by place.
    pub why: Vec<Explanation>,
    /// For every item on any of the lists: its place by this recommender's score alone, from 1.
    pub ranks: Vec<(u32, Option<usize>)>,
    /// The same before anything was switched off or added; empty when nothing was.
    pub ranks_before: Vec<(u32, Option<usize>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// In time order, what is switched off included.
    pub history: Vec<Past>,
    pub answers: Vec<Answer>,
    pub unknown: Vec<String>,
    pub seconds: f64,
}

/// What somebody did with a product: the most telling kind of event, how often, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Did {
    pub kind: EventKind,
    pub times: usize,
    pub last: Moment,
}

impl Preview {
    /// What was done with a product, without what was switched off. Lines of one order are one time.
    pub fn did(&self, item: u32) -> Option<Did> {
        const TELLING: [EventKind; 4] = [EventKind::Purchase, EventKind::Cart, EventKind::Favourite, EventKind::View];
        let own = || self.history.iter().filter(|past| past.event.item == item && !past.off).map(|past| past.event);
        let kind = TELLING.into_iter().find(|kind| own().any(|event| event.kind == *kind))?;
        let mut times: Vec<(u32, i64)> = own()
            .filter(|event| event.kind == kind)
            .map(|event| match event.basket {
                NO_BASKET => (NO_BASKET, event.time.0),
                basket => (basket, 0),
            })
            .collect();
        times.sort_unstable();
        times.dedup();
        let last = own().filter(|event| event.kind == kind).map(|event| event.time).max()?;
        Some(Did { kind, times: times.len(), last })
    }
}

impl Counter {
    /// `products` and `log` are the shop as it is now; what `log` has more than the fit is folded in.
    pub fn open(
        fit: Fit,
        products: Vec<Product>,
        log: Option<&EventLog>,
        monitor: &Monitor,
    ) -> Result<Self, RecommendError> {
        let mut items = (*fit.data.items).clone();
        let catalogue = Catalogue::new(products, &mut items)?;
        let mut live = Live::new(fit.data.clone());
        if let Some(log) = log {
            live.take_newer(log, monitor)?;
        }
        let popular = Popular::fit(&fit.data, &catalogue, &PopularRecipe::default(), monitor)?;
        let alike = match Content::fit(&fit.data, &catalogue, &ContentRecipe::default(), monitor) {
            Ok(content) => Alike::Content(Box::new(content)),
            Err(RecommendError::NoProductText) => Alike::Audience(fit.data.matrix.transpose()),
            Err(error) => return Err(error),
        };
        let together = together(&fit.data, &TogetherRecipe::default(), monitor)?;
        let mut recent: Vec<u32> = (0..live.customer_count() as u32).collect();
        recent.sort_by_key(|user| (std::cmp::Reverse(live.last_seen(*user)), *user));
        let shades = shades(&catalogue, items.len());
        Ok(Self { fit, items, catalogue, live, together, shades, recent, popular, alike, seen: Fingerprint::default() })
    }

    pub fn data(&self) -> &Arc<Interactions> {
        &self.fit.data
    }

    /// The product's name, or its id where there is none.
    pub fn name(&self, item: u32) -> &str {
        let named = self.catalogue.get(item).and_then(|product| product.name.as_deref());
        named.unwrap_or_else(|| self.items.name(item))
    }

    pub fn fitted(&self, algorithm: Algorithm) -> Result<&Fitted, RecommendError> {
        self.fit.get(algorithm).ok_or(RecommendError::NotFitted { algorithm })
    }

    fn with_server<T>(&self, fitted: &Fitted, rules: &CompiledRules, use_it: impl FnOnce(&Server<'_>) -> T) -> T {
        let likeness = |a: u32, b: u32| self.alike.of(a, b);
        use_it(&Server {
            model: &fitted.model,
            popular: &self.popular,
            catalogue: &self.catalogue,
            rules,
            likeness: &likeness,
        })
    }

    pub fn compile(&self, rules: &Rules) -> Result<CompiledRules, RecommendError> {
        CompiledRules::new(rules, &self.items, &self.catalogue)
    }

    /// The past of whoever is asked about, with what was switched off and added marked; and the history that counts.
    fn past(&self, ask: &Ask) -> Result<(Vec<Past>, History, Vec<String>), RecommendError> {
        let own = match &ask.who {
            Who::Visitor => History::default(),
            Who::Customer(id) => {
                let user = self.live.find(id).ok_or_else(|| RecommendError::UnknownUser { id: id.clone() })?;
                self.live.history(user)
            }
        };
        let mut unknown = Vec::new();
        let mut find = |id: &String| {
            let found = self.items.find(id.trim());
            if found.is_none() {
                unknown.push(id.clone());
            }
            found
        };
        let off: Vec<(u32, Option<i64>)> =
            ask.off.iter().filter_map(|off| Some((find(&off.item)?, off.time))).collect();
        let is_off = |event: &PastEvent| {
            off.iter().any(|(item, time)| *item == event.item && time.is_none_or(|t| t == event.time.0))
        };
        let mut past: Vec<Past> =
            own.events().iter().map(|event| Past { event: *event, off: is_off(event), added: false }).collect();
        let now = self.data().as_of.max(own.events().last().map(|event| event.time).unwrap_or_default());
        for (id, kind) in &ask.added {
            if let Some(item) = find(id) {
                past.push(Past { event: PastEvent::new(item, *kind, now), off: false, added: true });
            }
        }
        let counted = past.iter().filter(|past| !past.off).map(|past| past.event).collect();
        Ok((past, self.data().imagine(counted), unknown))
    }

    /// What somebody would be shown, by each recommender, and why. Nothing is fitted.
    pub fn preview(&self, ask: &Ask) -> Result<Preview, RecommendError> {
        let began = std::time::Instant::now();
        let rules = self.compile(&ask.rules)?;
        let (past, history, unknown) = self.past(ask)?;
        let edited = !ask.off.is_empty() || !ask.added.is_empty();
        let before = edited.then(|| {
            let own = past.iter().filter(|past| !past.added).map(|past| past.event).collect();
            self.data().imagine(own)
        });
        let fitted: Result<Vec<&Fitted>, RecommendError> =
            ask.algorithms.iter().map(|algorithm| self.fitted(*algorithm)).collect();
        type Row<'a> = (&'a Fitted, List, Vec<f32>, Vec<f32>, Vec<Explanation>);
        let rows: Vec<Row<'_>> = fitted?
            .into_par_iter()
            .map(|fitted| {
                let scores = scores_of(&fitted.model, &history);
                let scores_before = before.as_ref().map_or_else(Vec::new, |history| scores_of(&fitted.model, history));
                let given = if history.is_empty() { Vec::new() } else { scores.clone() };
                let list = self.with_server(fitted, &rules, |server| {
                    server.list_from(given, &history, ask.segment.as_deref(), ask.n)
                });
                let why = self.why(fitted, &history, &list);
                (fitted, list, scores, scores_before, why)
            })
            .collect();
        let mut shown: Vec<u32> = rows.iter().flat_map(|row| row.1.places.iter().map(|place| place.item)).collect();
        shown.sort_unstable();
        shown.dedup();
        let answers = rows
            .into_iter()
            .map(|(fitted, list, scores, scores_before, why)| Answer {
                algorithm: fitted.algorithm(),
                ranks: ranks(&scores, &shown),
                ranks_before: if edited { ranks(&scores_before, &shown) } else { Vec::new() },
                list,
                why,
            })
            .collect();
        Ok(Preview { history: past, answers, unknown, seconds: began.elapsed().as_secs_f64() })
    }

    /// Why each place of a list is there; what popular items fill has the popular list's reason.
    fn why(&self, fitted: &Fitted, history: &History, list: &List) -> Vec<Explanation> {
        let items: Vec<u32> = list.places.iter().map(|place| place.item).collect();
        fitted.model.explain_all(history, &items)
    }

    /// Lists for many customers, in their order; `segment` names each one's segment. Customers with events newer than
    /// the fit get theirs folded in.
    pub fn lists(
        &self,
        algorithm: Algorithm,
        users: &[u32],
        segment: &(dyn Fn(u32) -> Option<String> + Sync),
        rules: &Rules,
        n: usize,
        monitor: &Monitor,
    ) -> Result<Vec<List>, RecommendError> {
        let fitted = self.fitted(algorithm)?;
        let rules = self.compile(rules)?;
        let likeness = |a: u32, b: u32| self.alike.of(a, b);
        let server = Server {
            model: &fitted.model,
            popular: &self.popular,
            catalogue: &self.catalogue,
            rules: &rules,
            likeness: &likeness,
        };
        map_scores(&fitted.model, self.data(), users, monitor, |user, scores, _| {
            let segment = segment(user);
            let history = self.live.history(user);
            if self.live.has_newer(user) {
                server.list(&history, segment.as_deref(), n)
            } else {
                let scores = if history.is_empty() { Vec::new() } else { scores.to_vec() };
                server.list_from(scores, &history, segment.as_deref(), n)
            }
        })
    }

    /// The items that the members' own lists agree on most.
    pub fn group(
        &self,
        algorithm: Algorithm,
        members: &[u32],
        segment: Option<&str>,
        rules: &Rules,
        n: usize,
        monitor: &Monitor,
    ) -> Result<GroupList, RecommendError> {
        let fitted = self.fitted(algorithm)?;
        let rules = self.compile(rules)?;
        self.with_server(fitted, &rules, |server| {
            tally(server, self.data(), members, |user| self.live.history(user), segment, n, monitor)
        })
    }

    /// The reasons for an exported list: the strongest past item that speaks for each place.
    pub fn reasons(&self, algorithm: Algorithm, user: u32, list: &List) -> Result<Vec<Option<u32>>, RecommendError> {
        let fitted = self.fitted(algorithm)?;
        let history = self.live.history(user);
        let strongest = |why: &Explanation| why.parts.iter().find(|part| part.value > 0.0).map(|part| part.item);
        Ok(self.why(fitted, &history, list).iter().map(strongest).collect())
    }

    /// The best sellers in the weight of all customers, best first.
    pub fn best_sellers(&self, n: usize) -> Vec<Scored> {
        top_n(self.popular.popularity(), n)
    }
}

/// `Kitchen > Tea ware` and `Kitchen > Pots` share a number; they go round after 256.
fn shades(catalogue: &Catalogue, items: usize) -> Vec<u8> {
    let mut tops: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let shade = |item: u32| {
        let top = catalogue.category(item).and_then(|name| name.split(['>', '/', '|']).next()).unwrap_or("").trim();
        let next = tops.len();
        *tops.entry(top).or_insert(next) as u8
    };
    (0..items as u32).map(shade).collect()
}

/// The place of each of these items (ascending) by score alone, from 1; nothing where there is no opinion.
fn ranks(scores: &[f32], items: &[u32]) -> Vec<(u32, Option<usize>)> {
    let of = |item: u32| scores.get(item as usize).copied().filter(|score| score.is_finite());
    let mut known: Vec<f32> = items.iter().filter_map(|item| of(*item)).collect();
    known.sort_by(f32::total_cmp);
    known.dedup_by(|a, b| a.total_cmp(b).is_eq());
    // How many scores lie above each of the known ones.
    let mut above = vec![0usize; known.len() + 1];
    for score in scores.iter().filter(|score| score.is_finite()) {
        above[known.partition_point(|value| value.total_cmp(score).is_lt())] += 1;
    }
    let mut better = vec![0usize; known.len() + 1];
    for at in (0..known.len()).rev() {
        better[at] = better[at + 1] + above[at + 1];
    }
    let rank =
        |item: u32| Some(better[known.binary_search_by(|value| value.total_cmp(&of(item).unwrap_or(0.0))).ok()?] + 1);
    items.iter().map(|item| (*item, of(*item).and_then(|_| rank(*item)))).collect()
}
