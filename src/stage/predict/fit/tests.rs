//! Whole runs: the customers of the fixtures, planted truths, and everything a table can have wrong with it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::error::{Leak, Reason};
use super::super::frame::Column;
use super::super::target::{LabelEvent, Outcome, label_events};
use super::super::testing::{customers, near};
use super::*;

fn run(frame: &Frame, recipe: &PredictRecipe) -> Result<PredictResult> {
    fit(frame, recipe, &Monitor::quiet())
}

fn buyers() -> PredictRecipe {
    let mut recipe = PredictRecipe::of("bought");
    recipe.columns.without.push("spend".into());
    recipe
}

fn with(mut frame: Frame, column: Column) -> Frame {
    frame.columns.push(column);
    frame
}

#[test]
fn every_model_beats_the_baseline_and_stands_on_the_board() {
    let result = run(&customers(), &buyers().with_models(&ModelKind::ALL)).expect("fits");
    assert_eq!(result.leaderboard.len(), 11);
    assert!(result.refused.is_empty());
    near(result.baseline.metrics[&Metric::Auc], 0.5, 1e-12);
    for model in &result.leaderboard {
        assert!(model.metrics[&Metric::Auc] > 0.6, "{:?} {:?}", model.kind, model.metrics);
        assert_eq!((model.per_fold.len(), model.model.rows), (5, 240));
    }
    let auc: Vec<f64> = result.leaderboard.iter().map(|m| m.metrics[&Metric::Auc]).collect();
    assert!(auc.windows(2).all(|w| w[0] >= w[1]));
    assert_eq!(result.comparisons.len(), 10);
    let lists = by_metric(&result.leaderboard[0].per_fold);
    near(lists[&Metric::Auc].iter().sum::<f64>() / 5.0, auc[0], 1e-12);
    assert_eq!(result.best().map(|m| m.kind), Some(result.leaderboard[0].kind));
    assert!(result.of(ModelKind::Tree).is_some());
    assert_eq!(result.winner, None, "linear and descent are the same model");
    let numbers = run(&customers(), &PredictRecipe::of("spend")).expect("fits");
    assert_eq!(numbers.metric, Metric::Rmse);
    assert!(numbers.leaderboard.iter().all(|m| m.metrics[&Metric::R2] > 0.5));
}

#[test]
fn the_same_recipe_gives_the_same_result_and_the_seed_matters() {
    let mut recipe = buyers();
    recipe.models = vec![ModelRecipe::usual(ModelKind::Logistic, 42), ModelRecipe::usual(ModelKind::Boost, 42)];
    let of = |recipe: &PredictRecipe| {
        let result = run(&customers(), recipe).expect("fits");
        result.leaderboard.iter().map(|m| (m.per_fold.clone(), m.model.clone())).collect::<Vec<_>>()
    };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert_eq!(of(&recipe), one.install(|| of(&recipe)));
    assert_ne!(of(&recipe), of(&PredictRecipe { seed: 7, ..recipe.clone() }));
}

#[test]
fn recipes_models_and_results_read_back_as_they_were() {
    let recipe = buyers().with_models(&ModelKind::ALL);
    let text = serde_json::to_string(&recipe).expect("writes");
    assert_eq!(serde_json::from_str::<PredictRecipe>(&text).expect("reads"), recipe);
    let result = run(&customers(), &recipe).expect("fits");
    let text = serde_json::to_string(&result).expect("writes");
    let back: PredictResult = serde_json::from_str(&text).expect("reads");
    assert_eq!(serde_json::to_string(&back).expect("writes"), text);
    for entry in &result.leaderboard {
        let stored = FittedModel::from_bytes(&entry.model.to_bytes().expect("writes")).expect("reads");
        let score = |model: &FittedModel| model.score(&customers(), &Monitor::quiet()).expect("scores");
        assert_eq!(score(&stored), score(&entry.model), "{:?}", entry.kind);
    }
    for bytes in [&b"nonsense"[..], &[], &result.leaderboard[0].model.to_bytes().expect("writes")[..40]] {
        assert!(matches!(FittedModel::from_bytes(bytes), Err(PredictError::Stored { .. })));
    }
}

#[test]
fn the_articles_case_can_be_said() {
    // purchase_probability on four columns, with a text column beside them; the truth is planted.
    let n = 2000;
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut draw = |low: f64, high: f64| (0..n).map(|_| rng.random_range(low..high)).collect::<Vec<f64>>();
    let (time, often, reviews, mood) = (draw(0.0, 60.0), draw(0.0, 10.0), draw(0.0, 20.0), draw(-1.0, 1.0));
    let noise = draw(-0.1, 0.1);
    let chance = (0..n).map(|i| 0.2 + 0.004 * time[i] + 0.02 * often[i] + 0.1 * mood[i] + noise[i]).collect();
    let texts: Vec<String> = (0..n).map(|i| format!("bought {i} cups and liked them well enough")).collect();
    let frame = Frame::new(vec![
        Column::number("browser_time", time),
        Column::number("purchase_frequency", often),
        Column::number("review_count", reviews),
        Column::number("review_sentiment", mood),
        Column::number("purchase_probability", chance),
        Column::text("review_content", texts.iter().map(String::as_str)),
    ])
    .expect("a frame");
    let mut recipe = PredictRecipe::of("purchase_probability").with_models(&[ModelKind::Linear]);
    recipe.split = SplitRecipe::Holdout { test_share: 0.2, stratified: false };
    recipe.threshold = Some(0.5);
    recipe.seed = 42;
    let result = run(&frame, &recipe).expect("fits");
    assert_eq!(result.set_aside, [SetAside { column: "review_content".into(), reason: Reason::Text }]);
    assert_eq!(result.folds, [(1600, 400)]);
    let linear = &result.leaderboard[0];
    assert!(linear.metrics[&Metric::Accuracy] >= 0.8 && linear.metrics[&Metric::Mse] <= 0.03);
    let found: Vec<f64> = linear.model.coefficients().iter().map(|c| c.estimate).collect();
    for (found, truth) in found.iter().zip([0.2, 0.004, 0.02, 0.0, 0.1]) {
        assert!((found - truth).abs() < 0.015, "{found} {truth}");
    }
}

#[test]
fn folds_can_be_given_or_cut_by_time() {
    let mut recipe = buyers().with_models(&[ModelKind::Logistic]);
    recipe.split = SplitRecipe::Given { fold_of: (0..240).map(|i| i % 3).collect() };
    assert_eq!(run(&customers(), &recipe).expect("fits").folds, [(160, 80); 3]);
    recipe.split = SplitRecipe::Given { fold_of: vec![0, 1] };
    assert!(matches!(run(&customers(), &recipe), Err(PredictError::Recipe { .. })));
    let days = Column { name: "day".into(), values: Values::Time((0..240).map(|i| (i * 7 % 240) * 1000).collect()) };
    let frame = with(customers(), days);
    recipe.split = SplitRecipe::ByTime { column: "day".into(), test_share: 0.5, folds: 3 };
    let result = run(&frame, &recipe).expect("fits");
    assert_eq!(result.folds, [(120, 40), (160, 40), (200, 40)]);
    assert_eq!(result.set_aside.last(), Some(&SetAside { column: "day".into(), reason: Reason::Time }));
    recipe.split = SplitRecipe::ByTime { column: "city".into(), test_share: 0.5, folds: 3 };
    assert!(matches!(run(&frame, &recipe), Err(PredictError::Recipe { .. })));
}

#[test]
fn labels_from_events_are_a_column_like_any_other() {
    let outcome = Outcome::Buys { days: 30 };
    let events = (0..240u32).filter(|i| i % 4 != 0).map(|user| LabelEvent { user, time: 5, paid: Some(1.0) });
    let frame = with(customers(), label_events(events, 240, 0, outcome));
    let recipe = PredictRecipe { target: TargetRecipe::Events { cut: None, outcome }, ..PredictRecipe::default() };
    let result = run(&frame, &recipe.with_models(&[ModelKind::Logistic])).expect("fits");
    assert_eq!(result.target.name, "buys_within_30_days");
    near(result.baseline.metrics[&Metric::Accuracy], 0.75, 1e-9);
}

#[test]
fn the_best_threshold_follows_the_costs() {
    let mut recipe = buyers().with_models(&[ModelKind::Logistic]);
    recipe.costs = Some(Costs { contact: 1.0, sale: 20.0 });
    let best = |recipe: &PredictRecipe| match run(&customers(), recipe).expect("fits").leaderboard.remove(0).tested {
        Tested::Classification { best_threshold, sweep, confusion, .. } => {
            assert_eq!((sweep.yes + sweep.no, confusion.rows()), (240, 240));
            best_threshold.expect("costs are given")
        }
        Tested::Regression { .. } => panic!("a classification"),
    };
    let cheap = best(&recipe);
    recipe.costs = Some(Costs { contact: 10.0, sale: 20.0 });
    let dear = best(&recipe);
    assert!(cheap.threshold < dear.threshold && cheap.confusion.contacted() > dear.confusion.contacted());
}

#[test]
fn a_leaking_column_is_warned_of_and_a_winner_needs_proof() {
    let frame = customers();
    let bought = super::super::testing::numbers(&frame, "bought");
    let leak = Column::number("invoice", bought.iter().enumerate().map(|(i, b)| b * 40.0 + (i % 9) as f64).collect());
    let result = run(&with(frame, leak), &buyers().with_models(&[ModelKind::Logistic, ModelKind::Tree])).expect("fits");
    assert!(result.warnings.contains(&Warning::Leak { column: "invoice".into(), how: Leak::Threshold }));
    assert_eq!(result.winner, None, "both are perfect");
    let separated = |w: &Warning| matches!(w, Warning::Separation { model: ModelKind::Logistic, complete: true, .. });
    assert!(result.warnings.iter().any(separated));
    let alone = run(&customers(), &buyers().with_models(&[ModelKind::Logistic])).expect("fits");
    assert_eq!(alone.winner, Some(ModelKind::Logistic), "better than guessing");
}

#[test]
fn more_features_than_rows_refuse_least_squares_but_not_the_rest() {
    let n = 40;
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut column = |j: usize| Column::number(&format!("x{j}"), (0..n).map(|_| rng.random()).collect());
    let mut columns: Vec<Column> = (0..60).map(&mut column).collect();
    let y = super::super::testing::numbers(&Frame::new(columns[..1].to_vec()).expect("a frame"), "x0");
    columns.push(Column::number("y", y.iter().enumerate().map(|(i, v)| 3.0 * v + 0.1 * (i % 3) as f64).collect()));
    columns.push(Column::yes_no("yes", y.iter().enumerate().map(|(i, v)| *v > 0.5 || i == 3)));
    let frame = Frame::new(columns).expect("a frame");
    let mut recipe = PredictRecipe::of("y").with_models(&[ModelKind::Linear, ModelKind::Gd, ModelKind::Lasso]);
    recipe.columns.without.push("yes".into());
    let result = run(&frame, &recipe).expect("the lasso fits");
    assert_eq!(result.leaderboard.len(), 1);
    let too_many =
        |r: &(ModelKind, PredictError)| matches!(r.1, PredictError::MoreFeaturesThanRows { features: 60, .. });
    assert!(result.refused.len() == 2 && result.refused.iter().all(too_many));
    let only = recipe.clone().with_models(&[ModelKind::Linear]);
    assert!(matches!(run(&frame, &only), Err(PredictError::MoreFeaturesThanRows { .. })));
    let mut classes = PredictRecipe::of("yes").with_models(&[ModelKind::Logistic, ModelKind::Forest, ModelKind::Svm]);
    classes.columns.without.push("y".into());
    let result = run(&frame, &classes).expect("fits");
    assert!(result.warnings.iter().any(|w| matches!(w, Warning::Penalised { .. })));
}

#[test]
fn collinear_text_and_many_category_columns_are_dealt_with() {
    let frame = customers();
    let seconds = super::super::testing::numbers(&frame, "minutes").iter().map(|m| m * 60.0).collect();
    let codes: Vec<String> = (0..240).map(|i| format!("k{}", i % 110)).collect();
    let frame =
        with(with(frame, Column::number("seconds", seconds)), Column::text("code", codes.iter().map(String::as_str)));
    let mut recipe = PredictRecipe::of("spend").with_models(&[ModelKind::Linear]);
    recipe.encode.min_level_rows = 3;
    let result = run(&frame, &recipe).expect("fits");
    let collinear =
        Warning::Collinear { model: ModelKind::Linear, column: "seconds".into(), with: vec!["minutes".into()] };
    assert!(result.warnings.contains(&collinear), "{:?}", result.warnings);
    assert!(result.warnings.contains(&Warning::ManyLevels { column: "code".into(), levels: 110, kept: 20 }));
    let model = &result.leaderboard[0].model;
    let mut new = customers();
    new.columns.retain(|c| c.name != "city");
    let moved = Column::text("city", std::iter::repeat_n("Oslo", 240));
    let lost = model.score(&new, &Monitor::quiet());
    assert!(matches!(lost, Err(PredictError::DoesNotFit { check }) if check.missing.len() == 3));
    let mut whole = frame.clone();
    whole.columns.retain(|c| c.name != "city");
    let whole = with(whole, moved);
    assert_eq!(model.check(&whole).unseen.len(), 1);
    assert!(model.score(&whole, &Monitor::quiet()).expect("scores").iter().all(|s| s.is_finite()));
}

#[test]
fn targets_and_tables_that_cannot_be_learned_are_refused() {
    let refused = |frame: &Frame, recipe: &PredictRecipe| run(frame, recipe).expect_err("refused");
    let recipe = |name: &str| PredictRecipe::of(name);
    let constant = with(customers(), Column::number("same", vec![3.0; 240]));
    assert!(matches!(refused(&constant, &recipe("same")), PredictError::TargetConstant { .. }));
    assert!(matches!(refused(&customers(), &recipe("nowhere")), PredictError::NoColumn { .. }));
    assert!(matches!(refused(&customers(), &recipe("city")), PredictError::TargetManyClasses { classes: 4, .. }));
    assert!(matches!(refused(&customers(), &recipe("")), PredictError::Recipe { .. }));
    let empty = customers().take_rows(&[]);
    assert!(matches!(refused(&empty, &recipe("spend")), PredictError::TooFewRows { rows: 0, .. }));
    let three = customers().take_rows(&[0, 1, 2]);
    assert!(matches!(refused(&three, &recipe("spend")), PredictError::TooFewRows { rows: 3, needed: 5 }));
    let rare = Column::yes_no("rare", (0..240).map(|i| i == 7));
    assert!(matches!(refused(&with(customers(), rare), &recipe("rare")), PredictError::TooFewOfClass { count: 1, .. }));
    let number = recipe("spend").with_models(&[ModelKind::Logistic]);
    assert_eq!(refused(&customers(), &number), PredictError::NeedsYesNo { kind: ModelKind::Logistic });
    let mut nothing = recipe("spend");
    nothing.columns.only = vec!["city".into()];
    nothing.columns.without = vec!["city".into()];
    assert!(matches!(refused(&customers(), &nothing), PredictError::NoFeatures { .. }));
    let twice = recipe("spend").with_models(&[ModelKind::Tree, ModelKind::Tree]);
    assert!(matches!(refused(&customers(), &twice), PredictError::Recipe { .. }));
}

#[test]
fn missing_infinite_and_enormous_numbers_do_no_harm() {
    let mut frame = customers();
    for (j, value) in [(0, f64::NAN), (1, f64::INFINITY), (2, f64::NAN), (7, f64::NAN)] {
        if let Values::Number(v) = &mut frame.columns[j].values {
            (0..240).step_by(9).for_each(|i| v[i] = value);
        }
    }
    let frame = with(frame, Column::number("huge", (0..240).map(|i| f64::from(i % 7) * 1e148).collect()));
    for kind in ModelKind::ALL {
        let mut recipe = buyers().with_models(&[kind]);
        recipe.columns.only = vec!["minutes".into(), "visits".into(), "age".into(), "huge".into()];
        let result = run(&frame, &recipe).expect("fits");
        let scores = result.leaderboard[0].model.score(&frame, &Monitor::quiet()).expect("scores");
        assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)), "{kind:?}");
        assert!(result.warnings.contains(&Warning::Infinite { column: "visits".into(), values: 27 }));
    }
    let spend = run(&frame, &PredictRecipe::of("spend").with_models(&[ModelKind::Linear])).expect("fits");
    assert!(spend.warnings.contains(&Warning::RowsWithoutTarget { rows: 27 }));
    assert_eq!(spend.rows, 213);
}

#[test]
fn cancelling_stops_every_model() {
    for kind in ModelKind::ALL {
        let monitor = Monitor::quiet();
        monitor.cancel();
        let stopped = fit(&customers(), &buyers().with_models(&[kind]), &monitor);
        assert_eq!(stopped.err(), Some(PredictError::Cancelled));
    }
}

#[test]
fn results_are_told_as_they_come() {
    let mut heard = (0, Vec::new());
    let recipe = PredictRecipe::of("spend").with_models(&[ModelKind::Gd, ModelKind::Linear]);
    fit_watched(&customers(), &recipe, &Monitor::quiet(), &mut |partial| match partial {
        Partial::Loss(_) => heard.0 += 1,
        Partial::Fitted(result) => heard.1.push(result.kind),
    })
    .expect("fits");
    assert!(heard.0 > 10);
    assert_eq!(heard.1, [ModelKind::Gd, ModelKind::Linear]);
}
