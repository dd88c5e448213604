//! The measured worth of recommenders on this shop's own past: fit on a part, rank all items for every
//! tested customer (never a sample of them), compare with what the customer then did.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::bootstrap::{Interval, holm, interval, p_value, resample};
use super::dense::top_n_into;
use super::error::count_within;
use super::metrics::{Metric, Spread, coverage, diversity, gini, measure, novelty};
use super::recipe::{ModelRecipe, Recipe};
use super::recommender::map_scores;
use super::split::{Parts, Split, Target, split};
use super::{Algorithm, Catalogue, EventKind, Interactions, NO_OPINION, RecommendError, Recommender};
use crate::base::time::Moment;
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvaluateRecipe {
    pub split: Split,
    /// Lengths of list, each at least 1.
    pub ks: Vec<usize>,
    /// Leave out, and do not look for, what the customer had touched before.
    pub only_new: bool,
    /// The events worth finding; empty: all but returns.
    pub targets: Vec<EventKind>,
    /// What to compare; popularity joins them if it is not among them.
    pub entries: Vec<Recipe>,
    /// How often customers are resampled for the intervals.
    pub resamples: usize,
    /// Level of the intervals and of "real" differences.
    pub level: f64,
    pub seed: u64,
}

impl Default for EvaluateRecipe {
    fn default() -> Self {
        Self {
            split: Split::default(),
            ks: vec![10, 20],
            only_new: true,
            targets: Vec::new(),
            entries: vec![Recipe::of(Algorithm::Popular), Recipe::of(Algorithm::Als), Recipe::of(Algorithm::Ease)],
            resamples: 1000,
            level: 0.95,
            seed: 0,
        }
    }
}

impl EvaluateRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        self.split.check()?;
        count_within("ks", self.ks.len(), 1, 10, "one to ten lengths")?;
        for &k in &self.ks {
            count_within("ks", k, 1, 1000, "from 1 to 1000")?;
        }
        count_within("resamples", self.resamples, 0, 100_000, "from 0 to 100000")?;
        if !(self.level > 0.5 && self.level < 1.0) {
            return Err(RecommendError::BadSetting { name: "level", must_be: "between 0.5 and 1" });
        }
        self.entries.iter().try_for_each(Recipe::check)
    }
}

/// All measures at one length of list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtK {
    pub k: usize,
    pub recall: Interval,
    pub precision: Interval,
    pub ndcg: Interval,
    pub map: Interval,
    pub mrr: Interval,
    pub hit: Interval,
    pub spread: Spread,
}

/// One recommender's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    pub algo: Algorithm,
    pub recipe: Recipe,
    pub at: Vec<AtK>,
    /// Customers whose longest list could not be filled.
    pub short_lists: usize,
    pub fit_seconds: f64,
    /// Scoring, ranking and measuring all tested customers.
    pub rank_seconds: f64,
    /// Set when it could not be fitted; the rest is empty then.
    pub failed: Option<String>,
}

impl Worth {
    /// The lengths of list that it was measured at; nothing when it could not be fitted.
    pub fn lengths(&self) -> Option<Vec<usize>> {
        (!self.at.is_empty()).then(|| self.at.iter().map(|at| at.k).collect())
    }

    /// The row as a script wants it: `ndcg@10` and so on, each with its interval, beside names and times.
    pub fn flat(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut row = serde_json::Map::new();
        row.insert("algo".into(), self.algo.key().into());
        for at in &self.at {
            let means = [at.recall, at.precision, at.ndcg, at.map, at.mrr, at.hit];
            for (metric, value) in Metric::ALL.iter().zip(means) {
                row.insert(format!("{}@{}", metric.key(), at.k), value.mean.into());
                let interval = serde_json::json!([value.low, value.high]);
                row.insert(format!("{}@{}_interval", metric.key(), at.k), interval);
            }
            row.insert(format!("coverage@{}", at.k), at.spread.coverage.into());
            row.insert(format!("gini@{}", at.k), at.spread.gini.into());
            row.insert(format!("novelty@{}", at.k), at.spread.novelty.into());
            row.insert(format!("diversity@{}", at.k), at.spread.diversity.into());
        }
        row.insert("fit_seconds".into(), self.fit_seconds.into());
        row.insert("rank_seconds".into(), self.rank_seconds.into());
        if let Some(reason) = &self.failed {
            row.insert("failed".into(), reason.clone().into());
        }
        row
    }
}

/// NDCG at the first length: `a` less `b`, customer by customer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Places in [`Evaluation::algos`].
    pub a: usize,
    pub b: usize,
    pub difference: Interval,
    /// Corrected for the number of pairs (Holm).
    pub p: f64,
    /// `p < 1 − level`.
    pub real: bool,
}

/// What likeness within a list was measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiversityBy {
    /// Alike: of the same category.
    Category,
    /// Alike: touched by the same customers (cosine). Used when there are no categories.
    Audience,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub split: Split,
    pub cut: Option<Moment>,
    /// Customers tested.
    pub users: usize,
    /// Customers with something to find but no past; nobody can be tested on them.
    pub newcomers: usize,
    /// Items with events in training: those that can be ranked by what customers did.
    pub items: usize,
    /// Things to find that had no event in training.
    pub unknown_targets: usize,
    pub diversity_by: DiversityBy,
    pub algos: Vec<Worth>,
    /// Every pair, the better first.
    pub differences: Vec<Difference>,
}

/// Fits every entry on the training part and measures it on the rest.
pub fn evaluate(
    data: &Interactions,
    catalogue: &Catalogue,
    recipe: &EvaluateRecipe,
    monitor: &Monitor,
) -> Result<Evaluation, RecommendError> {
    recipe.check()?;
    let parts = split(data, recipe.split, &recipe.targets, recipe.only_new)?;
    let mut entries = recipe.entries.clone();
    if !entries.iter().any(|entry| entry.model.algorithm() == Algorithm::Popular) {
        let weights = entries.first().map_or(data.weights, |entry| entry.weights);
        entries.push(Recipe { weights, model: ModelRecipe::of(Algorithm::Popular), seed: recipe.seed });
    }
    let Some(first) = entries.first() else { return Err(RecommendError::NoEvents) };
    let mut train = reweigh(data, &parts, first, monitor)?;
    let counts = train.matrix.column_counts();
    let (category, names) = catalogue.category_numbers(data.item_count());
    let diversity_by = if names.len() > 1 { DiversityBy::Category } else { DiversityBy::Audience };
    let mut algos = Vec::with_capacity(entries.len());
    let mut columns = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        monitor.report(Step::Evaluating, at as u64, entries.len() as u64);
        if train.weights != entry.weights {
            train = reweigh(data, &parts, entry, monitor)?;
        }
        let began = Instant::now();
        let fitted = entry.model.fit(&train, catalogue, entry.seed, monitor);
        let fit_seconds = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let tested = match fitted {
            Ok(model) => test(model.as_ref(), &train, &parts.targets, recipe, monitor)?,
            Err(RecommendError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(error) => {
                algos.push(Worth::failed(entry, &error));
                columns.push(None);
                continue;
            }
        };
        let rank_seconds = began.elapsed().as_secs_f64();
        let by_audience = audience_likeness(&train);
        let alike = |a: u32, b: u32| match diversity_by {
            DiversityBy::Category => {
                let (a, b) = (category[a as usize], category[b as usize]);
                if a == b && a != u32::MAX { 1.0 } else { 0.0 }
            }
            DiversityBy::Audience => by_audience(a, b),
        };
        let spreads: Vec<Spread> =
            recipe.ks.iter().map(|&k| spread(&tested.lists, k, &counts, train.user_count(), &alike)).collect();
        algos.push(Worth::new(entry, &tested, &recipe.ks, &spreads, fit_seconds, rank_seconds));
        columns.push(Some(tested.columns));
    }
    let items = counts.iter().filter(|count| **count > 0).count();
    let unknown_targets =
        parts.targets.iter().flat_map(|t| &t.items).filter(|item| counts[**item as usize] == 0).count();
    let differences = add_intervals(&mut algos, &columns, recipe, monitor)?;
    monitor.report(Step::Evaluating, entries.len() as u64, entries.len() as u64);
    Ok(Evaluation {
        split: recipe.split,
        cut: parts.cut,
        users: parts.targets.len(),
        newcomers: parts.newcomers,
        items,
        unknown_targets,
        diversity_by,
        algos,
        differences,
    })
}

fn reweigh(
    data: &Interactions,
    parts: &Parts,
    entry: &Recipe,
    monitor: &Monitor,
) -> Result<Interactions, RecommendError> {
    Interactions::from_rows(data.users.clone(), data.items.clone(), &parts.train, entry.weights, monitor)
}

/// What one model did for every tested customer.
pub(super) struct Tested {
    /// By length of list, then by metric: a value a customer.
    pub columns: Vec<Vec<f32>>,
    /// The longest lists.
    pub lists: Vec<Vec<u32>>,
    pub short_lists: usize,
}

pub(super) fn test(
    model: &dyn Recommender,
    train: &Interactions,
    targets: &[Target],
    recipe: &EvaluateRecipe,
    monitor: &Monitor,
) -> Result<Tested, RecommendError> {
    let longest = recipe.ks.iter().copied().max().unwrap_or(1);
    let users: Vec<u32> = targets.iter().map(|target| target.user).collect();
    let lists = map_scores(model, train, &users, monitor, |user, scores, best| {
        if recipe.only_new {
            for event in train.events_of(user) {
                scores[event.item as usize] = NO_OPINION;
            }
        }
        top_n_into(scores, longest, best);
        best.iter().map(|scored| scored.item).collect::<Vec<u32>>()
    })?;
    let mut columns = vec![Vec::with_capacity(lists.len()); recipe.ks.len() * Metric::ALL.len()];
    for (list, target) in lists.iter().zip(targets) {
        for (at, &k) in recipe.ks.iter().enumerate() {
            let values = measure(list, &target.items, k);
            for (metric, value) in values.into_iter().enumerate() {
                columns[at * Metric::ALL.len() + metric].push(value);
            }
        }
    }
    let short_lists = lists.iter().filter(|list| list.len() < longest).count();
    Ok(Tested { columns, lists, short_lists })
}

/// Customers whose lists diversity is measured on: enough for two digits.
const DIVERSITY_LISTS: usize = 1000;

fn spread(lists: &[Vec<u32>], k: usize, holders: &[u32], users: usize, alike: &dyn Fn(u32, u32) -> f64) -> Spread {
    let cut = || lists.iter().map(|list| &list[..list.len().min(k)]);
    let mut shown = vec![0u32; holders.len()];
    for &item in cut().flatten() {
        shown[item as usize] += 1;
    }
    // Items nobody ever touched can only be shown by content; they count once one does.
    let possible: Vec<u32> =
        shown.iter().zip(holders).filter(|(shown, held)| **held > 0 || **shown > 0).map(|pair| *pair.0).collect();
    let step = lists.len().div_ceil(DIVERSITY_LISTS).max(1);
    let (mut sum, mut measured) = (0.0, 0usize);
    for own in cut().step_by(step).filter_map(|list| diversity(list, alike)) {
        sum += own;
        measured += 1;
    }
    Spread {
        coverage: coverage(cut(), possible.len()),
        gini: gini(&possible),
        novelty: novelty(cut(), holders, users),
        diversity: if measured == 0 { 0.0 } else { sum / measured as f64 },
    }
}

/// Cosine of who touched two items, weights aside.
fn audience_likeness(train: &Interactions) -> impl Fn(u32, u32) -> f64 {
    let by_item = train.matrix.transpose();
    move |a, b| {
        let (left, right) = (by_item.row(a as usize).0, by_item.row(b as usize).0);
        let (few, many) = if left.len() < right.len() { (left, right) } else { (right, left) };
        let both = few.iter().filter(|user| many.binary_search(user).is_ok()).count();
        if both == 0 { 0.0 } else { both as f64 / ((few.len() * many.len()) as f64).sqrt() }
    }
}

impl Worth {
    fn new(
        recipe: &Recipe,
        tested: &Tested,
        ks: &[usize],
        spreads: &[Spread],
        fit_seconds: f64,
        rank_seconds: f64,
    ) -> Self {
        let at = ks
            .iter()
            .zip(spreads)
            .map(|(&k, &spread)| {
                let empty = Interval::default();
                AtK { k, recall: empty, precision: empty, ndcg: empty, map: empty, mrr: empty, hit: empty, spread }
            })
            .collect();
        Self {
            algo: recipe.model.algorithm(),
            recipe: recipe.clone(),
            at,
            short_lists: tested.short_lists,
            fit_seconds,
            rank_seconds,
            failed: None,
        }
    }

    fn failed(recipe: &Recipe, error: &RecommendError) -> Self {
        Self {
            algo: recipe.model.algorithm(),
            recipe: recipe.clone(),
            at: Vec::new(),
            short_lists: 0,
            fit_seconds: 0.0,
            rank_seconds: 0.0,
            failed: Some(error.to_string()),
        }
    }
}

/// Fills in the intervals, and compares every pair that could be fitted.
fn add_intervals(
    algos: &mut [Worth],
    columns: &[Option<Vec<Vec<f32>>>],
    recipe: &EvaluateRecipe,
    monitor: &Monitor,
) -> Result<Vec<Difference>, RecommendError> {
    let all: Vec<Vec<f32>> = columns.iter().flatten().flatten().cloned().collect();
    let resampled = resample(&all, recipe.resamples, recipe.seed, monitor)?;
    let width = recipe.ks.len() * Metric::ALL.len();
    let mut fitted = Vec::new();
    for (at, worth) in algos.iter_mut().enumerate() {
        if columns[at].is_none() {
            continue;
        }
        let first = fitted.len() * width;
        for (place, own) in worth.at.iter_mut().enumerate() {
            let value = |metric: usize| {
                let column = first + place * Metric::ALL.len() + metric;
                interval(resampled.means[column], &resampled.draws[column], recipe.level)
            };
            (own.recall, own.precision, own.ndcg) = (value(0), value(1), value(2));
            (own.map, own.mrr, own.hit) = (value(3), value(4), value(5));
        }
        fitted.push(at);
    }
    let ndcg = |place: usize| place * width + 2;
    let mut pairs = Vec::new();
    for left in 0..fitted.len() {
        for right in left + 1..fitted.len() {
            let better = resampled.means[ndcg(left)] >= resampled.means[ndcg(right)];
            pairs.push(if better { (left, right) } else { (right, left) });
        }
    }
    let draws_of = |&(a, b): &(usize, usize)| -> Vec<f32> {
        resampled.draws[ndcg(a)].iter().zip(&resampled.draws[ndcg(b)]).map(|(a, b)| a - b).collect()
    };
    let mean_of = |pair: &(usize, usize)| resampled.means[ndcg(pair.0)] - resampled.means[ndcg(pair.1)];
    let p: Vec<f64> = pairs.iter().map(|pair| p_value(mean_of(pair), &draws_of(pair))).collect();
    let compare = |(pair, p): (&(usize, usize), f64)| Difference {
        a: fitted[pair.0],
        b: fitted[pair.1],
        difference: interval(mean_of(pair), &draws_of(pair), recipe.level),
        p,
        real: p < 1.0 - recipe.level,
    };
    Ok(pairs.iter().zip(holm(&p)).map(compare).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, planted, products, shop};
    use super::super::{WeightRecipe, als::AlsRecipe};
    use super::*;

    fn run(data: &Interactions, recipe: &EvaluateRecipe) -> Evaluation {
        evaluate(data, &Catalogue::absent(), recipe, &Monitor::quiet()).unwrap()
    }

    /// u0 took 0 then 1; u1 took 0, 2 then 1; u2 took 1 then 2. Left out: 1, 1, 2. Trained: 0 twice, 2 and 1 once.
    #[test]
    fn popularity_by_hand() {
        let rows = [(0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 2, 2), (1, 1, 3), (2, 1, 1), (2, 2, 2)]
            .map(|(user, item, day)| (user, event(item, EventKind::Purchase, day)));
        let data = shop(3, 3, &rows, WeightRecipe::seen_or_not());
        let popular = Recipe {
            weights: WeightRecipe::seen_or_not(),
            model: ModelRecipe::Popular(super::super::popular::PopularRecipe {
                half_life_days: None,
                by_category: 0.0,
            }),
            seed: 0,
        };
        let recipe = EvaluateRecipe {
            split: Split::LastOut,
            ks: vec![1, 2],
            entries: vec![popular],
            ..EvaluateRecipe::default()
        };
        let got = run(&data, &recipe);
        assert_eq!((got.users, got.items, got.algos.len()), (3, 3, 1));
        // u0 has 0: sees 1, 2 (tied, lower first) – hit at 1. u1 has 0 2: sees 1 – hit at 1.
        // u2 has 1: sees 0, 2 – hit at 2.
        let (one, two) = (&got.algos[0].at[0], &got.algos[0].at[1]);
        assert!((one.hit.mean - 2.0 / 3.0).abs() < 1e-6);
        assert!((two.hit.mean - 1.0).abs() < 1e-6);
        assert!((two.mrr.mean - 2.5 / 3.0).abs() < 1e-6);
        assert!((two.ndcg.mean - (2.0 + 1.0 / 3f64.log2()) / 3.0).abs() < 1e-6);
        assert_eq!(got.algos[0].short_lists, 1);
        // First places: 1, 1, 0.
        assert!((one.spread.coverage - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(got.algos[0].flat()["hit@2"], serde_json::json!(1.0));
    }

    #[test]
    fn planted_tastes_are_found_and_the_difference_is_real() {
        let data = planted(400, 80, 11);
        let als = ModelRecipe::Als(AlsRecipe { factors: 8, iterations: 8, penalty: 0.1, ..AlsRecipe::default() });
        let als = Recipe { weights: WeightRecipe::default(), model: als, seed: 1 };
        let recipe = EvaluateRecipe { entries: vec![als], split: Split::LastOut, ..EvaluateRecipe::default() };
        let got = run(&data, &recipe);
        assert_eq!(got.algos.iter().map(|w| w.algo).collect::<Vec<_>>(), [Algorithm::Als, Algorithm::Popular]);
        let difference = got.differences[0];
        assert_eq!((difference.a, difference.b, difference.real), (0, 1, true), "{difference:?}");
        let ndcg = got.algos[0].at[0].ndcg;
        assert!(ndcg.low < ndcg.mean && ndcg.mean < ndcg.high);
        assert!(got.algos[0].at[0].spread.coverage > got.algos[1].at[0].spread.coverage);
        assert!(got.algos[0].at[0].spread.gini < got.algos[1].at[0].spread.gini);
        assert!(got.algos[0].at[0].spread.novelty > got.algos[1].at[0].spread.novelty);
    }

    #[test]
    fn a_model_against_itself_is_no_real_difference() {
        let data = planted(200, 60, 12);
        let recipe = EvaluateRecipe {
            entries: vec![Recipe::of(Algorithm::Popular), Recipe::of(Algorithm::Popular)],
            ..EvaluateRecipe::default()
        };
        let got = run(&data, &recipe).differences[0];
        assert_eq!((got.difference.mean, got.real, got.p), (0.0, false, 1.0));
    }

    #[test]
    fn one_that_cannot_be_fitted_is_named_and_the_rest_go_on() {
        let data = planted(60, 40, 13);
        let small = super::super::ease::EaseRecipe { max_items: 5, ..Default::default() };
        let ease = Recipe { model: ModelRecipe::Ease(small), ..Recipe::of(Algorithm::Ease) };
        let got = run(&data, &EvaluateRecipe { entries: vec![ease], ..EvaluateRecipe::default() });
        assert!(got.algos[0].failed.is_some() && got.algos[0].at.is_empty());
        assert!(got.algos[1].failed.is_none() && got.differences.is_empty());
    }

    #[test]
    fn categories_measure_diversity_when_there_are_any() {
        let data = planted(60, 8, 14);
        let catalogue = products(&data, &(0..8).map(|i| (i, if i < 4 { "a" } else { "b" })).collect::<Vec<_>>());
        let recipe = EvaluateRecipe { entries: vec![], ks: vec![8], only_new: false, ..EvaluateRecipe::default() };
        let got = evaluate(&data, &catalogue, &recipe, &Monitor::quiet()).unwrap();
        assert_eq!(got.diversity_by, DiversityBy::Category);
        // All eight items on every list: 16 of the 28 pairs differ.
        assert!((got.algos[0].at[0].spread.diversity - 16.0 / 28.0).abs() < 1e-9);
    }
}
