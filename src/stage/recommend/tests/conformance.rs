//! What every recommender must hold to, whatever it is.

use super::*;
use crate::stage::recommend::als::AlsRecipe;
use crate::stage::recommend::blend::{BlendPart, BlendRecipe, Mix};
use crate::stage::recommend::bpr::BprRecipe;
use crate::stage::recommend::ease::EaseRecipe;
use crate::stage::recommend::list::{Fallback, Server, Source};
use crate::stage::recommend::neighbours::{NeighboursRecipe, Similarity};
use crate::stage::recommend::neural::NeuralRecipe;
use crate::stage::recommend::popular::{Popular, PopularRecipe};
use crate::stage::recommend::rules::{CompiledRules, Owned, Rules};

/// Every recommender, small enough for a test.
fn recipes() -> Vec<ModelRecipe> {
    let neighbours = |similarity| ModelRecipe::Neighbours(NeighboursRecipe { similarity, ..Default::default() });
    let als = ModelRecipe::Als(AlsRecipe { factors: 12, iterations: 4, ..Default::default() });
    let ease = ModelRecipe::Ease(EaseRecipe { penalty: 20.0, ..Default::default() });
    let bpr = ModelRecipe::Bpr(BprRecipe { factors: 8, epochs: 5, ..Default::default() });
    let neural = ModelRecipe::Neural(NeuralRecipe { width: 16, length: 12, epochs: 2, ..Default::default() });
    let parts = |models: &[&ModelRecipe]| {
        models.iter().map(|model| BlendPart { model: (*model).clone(), weight: 1.0 }).collect::<Vec<_>>()
    };
    let blend = |mix| {
        ModelRecipe::Blend(BlendRecipe { mix, parts: parts(&[&als, &ease, &bpr, &neighbours(Similarity::TfIdf)]) })
    };
    vec![
        ModelRecipe::Popular(PopularRecipe::default()),
        ModelRecipe::Popular(PopularRecipe { half_life_days: None, by_category: 0.7 }),
        neighbours(Similarity::Cosine),
        neighbours(Similarity::TfIdf),
        neighbours(Similarity::Bm25 { k1: 1.2, b: 0.75 }),
        blend(Mix::Scores),
        blend(Mix::ReciprocalRank { k: 60.0 }),
        als,
        ease,
        bpr,
        ModelRecipe::of(Algorithm::Content),
        neural,
    ]
}

fn shop_and_catalogue() -> (Interactions, Catalogue) {
    let data = planted(90, 48, 31);
    let kinds = ["mugs", "lamps", "trays", "books"];
    let categories: Vec<(u32, &str)> = (0..48).map(|item| (item, kinds[item as usize % 4])).collect();
    let catalogue = products(&data, &categories);
    (data, catalogue)
}

fn fit(recipe: &ModelRecipe, data: &Interactions, catalogue: &Catalogue) -> Box<dyn Recommender> {
    recipe.fit(data, catalogue, 5, &Monitor::quiet()).unwrap_or_else(|error| panic!("{recipe:?}: {error}"))
}

fn for_each(check: impl Fn(&ModelRecipe, &dyn Recommender, &Interactions, &Catalogue)) {
    let (data, catalogue) = shop_and_catalogue();
    for recipe in recipes() {
        check(&recipe, fit(&recipe, &data, &catalogue).as_ref(), &data, &catalogue);
    }
}

fn everybody(data: &Interactions) -> Vec<u32> {
    (0..data.user_count() as u32).collect()
}

fn ranked(model: &dyn Recommender, data: &Interactions) -> Vec<Vec<Scored>> {
    rank_users(model, data, &everybody(data), 10, skip_seen(data), &Monitor::quiet()).unwrap()
}

#[test]
fn all_algorithms_are_here() {
    let here: std::collections::BTreeSet<Algorithm> = recipes().iter().map(ModelRecipe::algorithm).collect();
    assert_eq!(here.into_iter().collect::<Vec<_>>(), Algorithm::ALL);
    for recipe in recipes() {
        assert_eq!(recipe.check(), Ok(()));
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<ModelRecipe>(&text).unwrap(), recipe);
        assert_eq!(ModelRecipe::of(recipe.algorithm()).algorithm(), recipe.algorithm());
    }
}

#[test]
fn lists_are_sorted_and_never_hold_what_was_excluded() {
    for_each(|recipe, model, data, _| {
        for (user, list) in ranked(model, data).iter().enumerate() {
            assert!(!list.is_empty(), "{recipe:?}");
            assert!(list.windows(2).all(|pair| pair[0].score >= pair[1].score), "{recipe:?}");
            for scored in list {
                assert!(data.history(user as u32).weight_of(scored.item) == 0.0, "{recipe:?}");
            }
        }
    });
}

#[test]
fn rules_hold_for_every_recommender() {
    for_each(|recipe, model, data, catalogue| {
        let popular = Popular::fit(data, catalogue, &PopularRecipe::default(), &Monitor::quiet()).unwrap();
        let rules = Rules {
            owned: Owned::DropTouched,
            not_categories: vec!["lamps".into()],
            exclude: vec!["i0".into(), "i2".into()],
            diversity: 0.4,
            ..Rules::default()
        };
        let rules = CompiledRules::new(&rules, &data.items, catalogue).unwrap();
        let alike = |a: u32, b: u32| f32::from(u8::from(a % 4 == b % 4));
        let server = Server { model, popular: &popular, catalogue, rules: &rules, likeness: &alike };
        for user in everybody(data) {
            let history = data.history(user);
            let list = server.list(&history, None, 8);
            assert_eq!(list.places.len(), 8, "{recipe:?}");
            for place in &list.places {
                assert!(place.item % 4 != 1 && place.item != 0 && place.item != 2, "{recipe:?}");
                assert!(history.events().iter().all(|event| event.item != place.item), "{recipe:?}");
            }
            // Whatever the plain list had and this one has not is accounted for.
            let plain = dense::top_n(&scores_of(model, &history), 8);
            for scored in plain {
                let shown = list.places.iter().any(|place| place.item == scored.item);
                let told = list.removed.iter().any(|removed| removed.item == scored.item);
                assert!(shown != told, "{recipe:?}");
            }
        }
    });
}

#[test]
fn the_same_seed_gives_the_same_lists_on_any_thread_count() {
    let (data, catalogue) = shop_and_catalogue();
    let on = |threads: usize, recipe: &ModelRecipe| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| ranked(fit(recipe, &data, &catalogue).as_ref(), &data))
    };
    for recipe in recipes() {
        let once = on(1, &recipe);
        assert!(once == on(1, &recipe), "{recipe:?}");
        assert!(once == on(3, &recipe), "{recipe:?} on three threads");
    }
}

#[test]
fn explanations_add_up_to_the_score() {
    for_each(|recipe, model, data, _| {
        for user in (0..90).step_by(7) {
            let history = data.history(user);
            let scores = scores_of(model, &history);
            for item in 0..48u32 {
                let why = model.explain(&history, item);
                let score = scores[item as usize];
                if score == NO_OPINION {
                    assert!(why.parts.is_empty(), "{recipe:?}");
                    continue;
                }
                let size = why.parts.iter().map(|part| part.value.abs()).fold(why.base.abs().max(1.0), f32::max);
                assert!((why.score - score).abs() <= 1e-4 * size, "{recipe:?}: {} {score}", why.score);
                assert!((why.total() - score).abs() <= 1e-4 * size, "{recipe:?}: {why:?} {score}");
                assert!(why.parts.iter().all(|part| history.weight_of(part.item) > 0.0), "{recipe:?}");
            }
        }
    });
}

#[test]
fn folding_in_the_same_history_gives_the_fitted_list() {
    for_each(|recipe, model, data, _| {
        let lists = ranked(model, data);
        for user in everybody(data) {
            let folded = data.imagine(data.events_of(user).to_vec());
            let mut scores = scores_of(model, &folded);
            skip_seen(data)(user, &mut scores);
            let list = dense::top_n(&scores, 10);
            for (a, b) in list.iter().zip(&lists[user as usize]) {
                let size = a.score.abs().max(1.0);
                assert!((a.score - b.score).abs() <= 1e-5 * size, "{recipe:?}: {a:?} {b:?}");
                // Where a place differs, the two items have the same score to rounding.
                let other = scores[b.item as usize];
                assert!(a.item == b.item || (a.score - other).abs() <= 1e-5 * size, "{recipe:?}: {a:?} {b:?}");
            }
        }
    });
}

#[test]
fn an_empty_history_falls_back_and_says_so() {
    for_each(|recipe, model, data, catalogue| {
        let popular = Popular::fit(data, catalogue, &PopularRecipe::default(), &Monitor::quiet()).unwrap();
        let rules = CompiledRules::new(&Rules::default(), &data.items, catalogue).unwrap();
        let server = Server { model, popular: &popular, catalogue, rules: &rules, likeness: &|_, _| 0.0 };
        let list = server.list(&History::default(), None, 5);
        assert_eq!(list.places.len(), 5, "{recipe:?}");
        if recipe.algorithm() == Algorithm::Popular {
            assert_eq!(list.fallback, Fallback::None);
        } else {
            assert_eq!(list.fallback, Fallback::NoHistory, "{recipe:?}");
            assert!(list.places.iter().all(|place| place.source == Source::Popular));
            assert!(scores_of(model, &History::default()).iter().all(|s| *s == NO_OPINION), "{recipe:?}");
            assert!(model.explain(&History::default(), 3).parts.is_empty(), "{recipe:?}");
        }
    });
}

#[test]
fn changed_histories_change_lists_without_a_new_fit() {
    for_each(|recipe, model, data, _| {
        let before = data.history(3);
        let mut events = before.events().to_vec();
        let newest = events.last().map_or(0, |event| event.time.0 / 86_400);
        // Three purchases of another taste, today.
        for item in [1, 5, 9] {
            events.push(event(item, EventKind::Purchase, newest));
        }
        let after = data.imagine(events);
        if recipe.algorithm() == Algorithm::Popular {
            return;
        }
        assert!(scores_of(model, &before) != scores_of(model, &after), "{recipe:?}");
        // Items beyond the shop and impossible customers break nothing.
        let strange = data.imagine(vec![event(4_000_000, EventKind::View, 1), event(2, EventKind::View, 1)]);
        assert_eq!(strange.events().len(), 1);
        assert_eq!(scores_of(model, &strange).len(), 48);
        assert_eq!(model.explain(&before, 4_000_000), Explanation::none(4_000_000));
        let mut row = vec![0.0; 48];
        model.score_users(data, &[4_000_000], &mut row);
        assert!(row.iter().all(|score| *score == NO_OPINION || recipe.algorithm() == Algorithm::Popular));
    });
}

#[test]
fn the_smallest_shops_break_nothing() {
    let buy = |user: u32, item: u32| (user, event(item, EventKind::Purchase, i64::from(item)));
    let shops = [
        ("one event", shop(1, 1, &[buy(0, 0)], WeightRecipe::default())),
        ("one customer", shop(1, 6, &[buy(0, 0), buy(0, 1), buy(0, 2)], WeightRecipe::default())),
        ("one item", shop(5, 1, &[buy(0, 0), buy(1, 0), buy(2, 0), buy(4, 0)], WeightRecipe::default())),
        ("all on one item of many", shop(3, 4, &[buy(0, 2), buy(1, 2), buy(2, 2)], WeightRecipe::default())),
        (
            "hardly any weight",
            shop(
                2,
                3,
                &[buy(0, 0), buy(0, 1), buy(1, 1), buy(1, 2)],
                WeightRecipe { purchase: 1e-3, half_life_days: Some(0.1), ..WeightRecipe::default() },
            ),
        ),
    ];
    for (name, data) in &shops {
        let all: Vec<(u32, &str)> = (0..data.item_count() as u32).map(|item| (item, "all")).collect();
        let catalogue = products(data, &all);
        for recipe in recipes() {
            let model = fit(&recipe, data, &catalogue);
            for user in everybody(data) {
                let history = data.history(user);
                let scores = scores_of(model.as_ref(), &history);
                assert!(scores.iter().all(|s| s.is_finite() || *s == NO_OPINION), "{name}: {recipe:?} {scores:?}");
                for item in 0..data.item_count() as u32 {
                    let why = model.explain(&history, item);
                    assert!(why.total().is_finite(), "{name}: {recipe:?}");
                }
            }
            ranked(model.as_ref(), data);
        }
    }
}

#[test]
fn a_cancelled_fit_stops() {
    let (data, catalogue) = shop_and_catalogue();
    let monitor = Monitor::quiet();
    monitor.cancel();
    for recipe in recipes() {
        let got = recipe.fit(&data, &catalogue, 0, &monitor).err();
        assert!(matches!(got, Some(RecommendError::Cancelled(_))), "{recipe:?}: {got:?}");
        let model = fit(&recipe, &data, &catalogue);
        let got = rank_users(model.as_ref(), &data, &everybody(&data), 3, |_, _| {}, &monitor);
        assert!(matches!(got, Err(RecommendError::Cancelled(_))), "{recipe:?}");
    }
}
