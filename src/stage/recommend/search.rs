//! A small search over settings: tried on a split inside the training part, so that the test part stays unseen;
//! the winner is then measured beside the defaults on the test part.

use std::time::Instant;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::blend::{BlendRecipe, Mix};
use super::error::count_within;
use super::evaluate::{EvaluateRecipe, Evaluation, evaluate, test};
use super::metrics::Metric;
use super::neighbours::Similarity;
use super::recipe::{ModelRecipe, Recipe};
use super::split::split;
use super::{Catalogue, Interactions, RecommendError, Repeats};
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchRecipe {
    /// What to search around; it is the first trial.
    pub start: Recipe,
    pub trials: usize,
    /// Also try other weights of age and repetition.
    pub weights_too: bool,
    pub metric: Metric,
    /// How to split and measure; its entries are not used.
    pub evaluate: EvaluateRecipe,
    pub seed: u64,
}

impl Default for SearchRecipe {
    fn default() -> Self {
        Self {
            start: Recipe::of(super::Algorithm::Als),
            trials: 20,
            weights_too: false,
            metric: Metric::Ndcg,
            evaluate: EvaluateRecipe::default(),
            seed: 0,
        }
    }
}

impl SearchRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        count_within("search.trials", self.trials, 1, 1000, "from 1 to 1000")?;
        self.start.check()?;
        self.evaluate.check()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    pub recipe: Recipe,
    /// The metric at the first length, on the inner split; nothing when it could not be fitted.
    pub score: Option<f64>,
    pub seconds: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResult {
    /// In the order they were tried.
    pub trials: Vec<Trial>,
    /// Place of the best in `trials`.
    pub best: usize,
    /// Start and winner beside popularity on the test part, which the search did not see.
    pub evaluation: Evaluation,
}

/// Tries settings and measures the best of them.
pub fn search(
    data: &Interactions,
    catalogue: &Catalogue,
    recipe: &SearchRecipe,
    monitor: &Monitor,
) -> Result<SearchResult, RecommendError> {
    recipe.check()?;
    let measure = &recipe.evaluate;
    let outer = split(data, measure.split, &measure.targets, measure.only_new)?;
    let (users, items) = (data.users.clone(), data.items.clone());
    let own = Interactions::from_rows(users.clone(), items.clone(), &outer.train, data.weights, monitor)?;
    let inner = split(&own, measure.split, &measure.targets, measure.only_new)?;
    let mut train = Interactions::from_rows(users, items, &inner.train, recipe.start.weights, monitor)?;
    let mut trials: Vec<Trial> = Vec::new();
    for candidate in candidates(recipe) {
        monitor.check()?;
        monitor.report(Step::Searching, trials.len() as u64, recipe.trials as u64);
        train = train.reweighed(candidate.weights, monitor)?;
        let began = Instant::now();
        let score = match candidate.model.fit(&train, catalogue, candidate.seed, monitor) {
            Ok(model) => {
                let tested = test(model.as_ref(), &train, &inner.targets, measure, monitor)?;
                let place = Metric::ALL.iter().position(|metric| *metric == recipe.metric).unwrap_or(0);
                let column = &tested.columns[place];
                Some(column.iter().map(|v| f64::from(*v)).sum::<f64>() / column.len().max(1) as f64)
            }
            Err(RecommendError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(_) => None,
        };
        trials.push(Trial { recipe: candidate, score, seconds: began.elapsed().as_secs_f64() });
    }
    let score = |at: usize| trials[at].score.unwrap_or(f64::NEG_INFINITY);
    let best = (0..trials.len()).fold(0, |best, at| if score(at) > score(best) { at } else { best });
    let mut entries = vec![trials[best].recipe.clone()];
    if best != 0 {
        entries.push(recipe.start.clone());
    }
    let evaluation = evaluate(data, catalogue, &EvaluateRecipe { entries, ..measure.clone() }, monitor)?;
    monitor.report(Step::Searching, recipe.trials as u64, recipe.trials as u64);
    Ok(SearchResult { trials, best, evaluation })
}

/// The start, and different settings drawn around it; fewer when there are no more.
fn candidates(recipe: &SearchRecipe) -> Vec<Recipe> {
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    let mut list = vec![recipe.start.clone()];
    for _ in 0..recipe.trials * 20 {
        if list.len() >= recipe.trials {
            break;
        }
        let mut next = recipe.start.clone();
        draw(&mut next.model, &mut rng);
        if recipe.weights_too {
            next.weights.half_life_days = one_of(&[None, Some(30.0), Some(90.0), Some(180.0), Some(365.0)], &mut rng);
            next.weights.repeats = one_of(&[Repeats::Once, Repeats::Log, Repeats::Sum], &mut rng);
        }
        if next.check().is_ok() && !list.contains(&next) {
            list.push(next);
        }
    }
    list
}

fn one_of<T: Copy>(values: &[T], rng: &mut ChaCha8Rng) -> T {
    values.choose(rng).copied().unwrap_or(values[0])
}

/// Other settings of the same recommender, from values that tend to matter.
fn draw(model: &mut ModelRecipe, rng: &mut ChaCha8Rng) {
    match model {
        ModelRecipe::Popular(own) => {
            own.half_life_days = one_of(&[None, Some(7.0), Some(14.0), Some(30.0), Some(60.0), Some(120.0)], rng);
            own.by_category = one_of(&[0.0, 0.3, 0.6, 0.9], rng);
        }
        ModelRecipe::Neighbours(own) => {
            let bm25 = |k1, b| Similarity::Bm25 { k1, b };
            own.similarity = one_of(&[Similarity::Cosine, Similarity::TfIdf, bm25(1.2, 0.75), bm25(10.0, 0.2)], rng);
            own.neighbours = one_of(&[20, 50, 100, 200, 500], rng);
            own.shrink = one_of(&[0.0, 10.0, 50.0], rng);
        }
        ModelRecipe::Als(own) => {
            own.factors = one_of(&[16, 32, 64, 128], rng);
            own.penalty = one_of(&[0.03, 0.1, 0.2, 0.3, 0.6, 1.0], rng);
            own.confidence = one_of(&[0.1, 0.25, 0.5, 1.0, 2.0, 5.0], rng);
        }
        ModelRecipe::Bpr(own) => {
            own.factors = one_of(&[16, 32, 64, 128], rng);
            own.epochs = one_of(&[15, 30, 60, 100], rng);
            own.rate = one_of(&[0.02, 0.05, 0.1], rng);
            own.penalty = one_of(&[0.003, 0.01, 0.03], rng);
        }
        ModelRecipe::Ease(own) => {
            own.penalty = one_of(&[5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0], rng);
        }
        ModelRecipe::Content(own) => {
            own.category = one_of(&[0.0, 0.25, 0.5, 1.0, 2.0], rng);
            own.attributes = one_of(&[0.0, 0.25, 0.5, 1.0, 2.0], rng);
        }
        ModelRecipe::Neural(own) => {
            own.width = one_of(&[32, 64, 128], rng);
            own.blocks = one_of(&[1, 2, 3], rng);
            own.length = one_of(&[20, 50, 100], rng);
            own.dropout = one_of(&[0.1, 0.2, 0.4], rng);
        }
        ModelRecipe::Blend(own) => draw_blend(own, rng),
    }
}

fn draw_blend(own: &mut BlendRecipe, rng: &mut ChaCha8Rng) {
    own.mix = one_of(&[Mix::Scores, Mix::ReciprocalRank { k: 60.0 }, Mix::ReciprocalRank { k: 10.0 }], rng);
    for part in &mut own.parts {
        part.weight = rng.random_range(0..=4) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Algorithm;
    use super::super::als::AlsRecipe;
    use super::super::tests::planted;
    use super::*;

    #[test]
    fn a_hopeless_start_is_left_behind() {
        let data = planted(300, 60, 41);
        // One factor and an enormous penalty: little better than chance.
        let als = AlsRecipe { factors: 1, iterations: 3, penalty: 900.0, ..AlsRecipe::default() };
        let recipe = SearchRecipe {
            start: Recipe { model: ModelRecipe::Als(als), ..Recipe::of(Algorithm::Als) },
            trials: 6,
            ..SearchRecipe::default()
        };
        let got = search(&data, &Catalogue::absent(), &recipe, &Monitor::quiet()).unwrap();
        assert_eq!(got.trials.len(), 6);
        assert!(got.best != 0 && got.trials[got.best].score > got.trials[0].score, "{got:?}");
        // The winner, the start, and popularity.
        assert_eq!(got.evaluation.algos.len(), 3);
        assert_eq!(got.evaluation.algos[0].recipe, got.trials[got.best].recipe);
        let again = search(&data, &Catalogue::absent(), &recipe, &Monitor::quiet()).unwrap();
        assert_eq!(again.best, got.best);
        assert_eq!(again.trials[3].score, got.trials[3].score);
    }

    #[test]
    fn every_recommender_has_settings_to_try() {
        for algorithm in Algorithm::ALL {
            let recipe =
                SearchRecipe { start: Recipe::of(algorithm), trials: 12, weights_too: true, ..SearchRecipe::default() };
            let list = candidates(&recipe);
            assert_eq!(list.len(), 12, "{algorithm:?}");
            assert!(list.iter().all(|candidate| candidate.check().is_ok()));
            assert!(list.iter().all(|candidate| candidate.model.algorithm() == algorithm));
        }
    }
}
