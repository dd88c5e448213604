use polars::df;
use polars::prelude::*;
use proptest::prelude::*;

use super::leak::LeakReason;
use super::predict::{BOUGHT, CutRecipe, ExtraTable, SPEND, prepare};
use super::*;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn columns() -> EventColumns {
    let some = |name: &str| Some(name.to_owned());
    EventColumns {
        user: "who".into(),
        item: "what".into(),
        event: some("did"),
        time: "at".into(),
        dwell: some("dwell"),
        quantity: some("n"),
        price: some("price"),
        order: some("order"),
        category: None,
    }
}

/// Two customers, worked by hand. Day 0 is Thursday 1970-01-01.
fn input() -> FeatureInput {
    let at = [HOUR, 7 * HOUR, DAY + 13 * HOUR, DAY + 13 * HOUR, 4 * DAY + 20 * HOUR, 2 * DAY, 60 * DAY];
    let events = df![
        "who" => ["b", "b", "b", "b", "b", "a", "a"],
        "what" => [1_i64, 1, 1, 2, 2, 3, 3],
        "did" => ["view", "view", "purchase", "purchase", "return", "view", "cart"],
        "at" => at,
        "dwell" => [Some(10.0), Some(30.0), None, None, None, None, None],
        "n" => [None, None, Some(2_i64), Some(1), Some(1), None, None],
        "price" => [None, None, Some(5.0), Some(20.0), Some(20.0), None, None],
        "order" => [None, None, Some("x"), Some("x"), Some("y"), None, None],
    ]
    .unwrap();
    let products = df!["sku" => [1_i64, 2, 3], "cat" => ["tea", "cups", "tea"]].unwrap();
    let reviews = df![
        "who" => ["b", "b", "z"], "stars" => [5_i64, 2, 1], "at" => [DAY, 2 * DAY, DAY],
    ]
    .unwrap();
    FeatureInput {
        events,
        columns: columns(),
        products: Some(ProductTable { frame: products, item: "sku".into(), category: Some("cat".into()), title: None }),
        reviews: Some(ReviewTable {
            frame: reviews,
            user: "who".into(),
            item: None,
            rating: Some("stars".into()),
            mood: None,
            time: Some("at".into()),
        }),
    }
}

fn run(input: &FeatureInput, recipe: &FeatureRecipe) -> FeatureTable {
    compute(input, recipe, &Monitor::quiet()).unwrap()
}

fn value(table: &FeatureTable, feature: Feature, row: usize) -> Option<f64> {
    let column = table.frame.column(feature.key()).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().get(row)
}

#[test]
fn every_feature_of_two_customers_by_hand() {
    let recipe = FeatureRecipe { today: Some(Moment(61 * DAY)), ..FeatureRecipe::default() };
    let table = run(&input(), &recipe);
    assert!(table.skipped.is_empty());
    let users: Vec<_> = table.frame.column(USER).unwrap().str().unwrap().iter().flatten().collect();
    assert_eq!(users, ["a", "b"]);
    let months = |days: f64| days / 30.4375;
    let b: &[(Feature, f64)] = &[
        (Feature::Events, 5.0),
        (Feature::Views, 2.0),
        (Feature::Carts, 0.0),
        (Feature::Purchases, 2.0),
        (Feature::Orders, 1.0),
        (Feature::Returns, 1.0),
        (Feature::Units, 3.0),
        (Feature::BrowsingTime, 40.0),
        (Feature::MeanBrowsingTime, 20.0),
        (Feature::Recency, 61.0 - 1.0 - 13.0 / 24.0),
        (Feature::LastSeen, 61.0 - 4.0 - 20.0 / 24.0),
        (Feature::Tenure, 61.0 - 1.0 / 24.0),
        (Feature::PurchaseFrequency, 1.0 / months(61.0 - 1.0 / 24.0)),
        (Feature::Monetary, 10.0),
        (Feature::AverageBasket, 10.0),
        (Feature::CartRate, 0.0),
        (Feature::PurchaseRate, 1.0),
        (Feature::ReturnRate, 0.5),
        (Feature::DistinctProducts, 2.0),
        (Feature::DistinctCategories, 2.0),
        (Feature::ActiveDays, 3.0),
        (Feature::ShareNight, 0.2),
        (Feature::ShareMorning, 0.2),
        (Feature::ShareAfternoon, 0.4),
        (Feature::ShareEvening, 0.2),
        (Feature::ShareThursday, 0.4),
        (Feature::ShareFriday, 0.4),
        (Feature::ShareMonday, 0.2),
        (Feature::ShareSunday, 0.0),
        (Feature::ReviewCount, 2.0),
        (Feature::ReviewSentiment, (1.0 - 0.5) / 2.0),
    ];
    for (feature, expected) in b {
        let got = value(&table, *feature, 1).unwrap();
        assert!((got - expected).abs() < 1e-9, "{feature:?}: {got} for {expected}");
    }
    // b has three events with tea and two with cups; a has no purchase, so nothing to date or divide by.
    let top = table.frame.column("top_category").unwrap();
    assert_eq!(top.str().unwrap().get(1), Some("tea"));
    for feature in [Feature::Recency, Feature::AverageBasket, Feature::MeanBrowsingTime, Feature::ReviewSentiment] {
        assert_eq!(value(&table, feature, 0), None, "{feature:?}");
    }
    assert_eq!(value(&table, Feature::Orders, 0), Some(0.0));
    assert_eq!(value(&table, Feature::Monetary, 0), Some(0.0));
    assert_eq!(value(&table, Feature::ReviewCount, 0), Some(0.0));
}

#[test]
fn the_window_is_half_open_and_the_shops_clock_counts() {
    let features = Some(vec![Feature::Events, Feature::Tenure, Feature::ShareNight]);
    // Today at the very moment of b's last event: it is not seen. Two days back reach 2 d 20 h.
    let recipe = FeatureRecipe {
        features,
        today: Some(Moment(4 * DAY + 20 * HOUR)),
        window_days: Some(4),
        utc_offset: 6 * 3600,
        ..FeatureRecipe::default()
    };
    let table = run(&input(), &recipe);
    assert_eq!(table.from, Some(Moment(20 * HOUR)));
    assert_eq!(table.frame.height(), 2);
    assert_eq!(value(&table, Feature::Events, 1), Some(2.0));
    // The very first event lies before the window, and tenure knows it.
    let tenure = value(&table, Feature::Tenure, 1).unwrap();
    assert!((tenure - (4.0 + 19.0 / 24.0)).abs() < 1e-9, "{tenure}");
    assert_eq!(value(&table, Feature::ShareNight, 0), Some(0.0));
    let open = run(&input(), &FeatureRecipe::default());
    assert_eq!(open.today, Moment(60 * DAY + 1));
    assert_eq!(open.last_event, Some(Moment(60 * DAY)));
}

#[test]
fn an_invoice_table_has_purchases_and_returns() {
    let events = df![
        "c" => [1_i64, 1, 1], "s" => ["x", "y", "x"], "d" => [0_i64, DAY, 2 * DAY],
        "n" => [3_i64, 1, -2], "p" => [2.0, 4.0, 2.0],
    ]
    .unwrap();
    let columns = EventColumns {
        user: "c".into(),
        item: "s".into(),
        time: "d".into(),
        quantity: Some("n".into()),
        price: Some("p".into()),
        ..EventColumns::default()
    };
    let table = run(&FeatureInput { events, columns, products: None, reviews: None }, &FeatureRecipe::default());
    for (feature, expected) in [
        (Feature::Purchases, 2.0),
        (Feature::Returns, 1.0),
        (Feature::Orders, 2.0),
        (Feature::Monetary, 6.0 + 4.0 - 4.0),
        (Feature::Units, 4.0),
    ] {
        assert_eq!(value(&table, feature, 0), Some(expected), "{feature:?}");
    }
    let skipped: Vec<_> = table.skipped.iter().map(|s| (s.feature, s.need)).collect();
    assert!(skipped.contains(&(Feature::Views, Need::Event)));
    assert!(skipped.contains(&(Feature::TopCategory, Need::Category)));
}

#[test]
fn what_cannot_be_made_is_told() {
    let quiet = Monitor::quiet();
    let mut input = input();
    input.products = None;
    let ask = |feature| FeatureRecipe { features: Some(vec![feature]), ..FeatureRecipe::default() };
    let error = compute(&input, &ask(Feature::TopCategory), &quiet).unwrap_err();
    assert!(matches!(error, FeatureError::NotPossible { need: Need::Category, .. }), "{error}");
    let error = compute(&input, &FeatureRecipe { features: Some(vec![]), ..Default::default() }, &quiet).unwrap_err();
    assert!(matches!(error, FeatureError::NothingChosen));
    let early = FeatureRecipe { today: Some(Moment(-5)), ..FeatureRecipe::default() };
    assert!(matches!(compute(&input, &early, &quiet), Err(FeatureError::NoEvents)));
    input.columns.time = "did".into();
    assert!(matches!(compute(&input, &ask(Feature::Events), &quiet), Err(FeatureError::WrongType { .. })));
    input.columns.time = "when".into();
    assert!(matches!(compute(&input, &ask(Feature::Events), &quiet), Err(FeatureError::MissingColumn { .. })));
    let cancelled = Monitor::quiet();
    cancelled.cancel();
    assert!(matches!(compute(&input, &FeatureRecipe::default(), &cancelled), Err(FeatureError::Cancelled(_))));
}

/// 400 customers; everyone views before day 10, every third buys on day 12.
fn shop() -> FeatureInput {
    let (mut who, mut did, mut at, mut price) = (vec![], vec![], vec![], vec![]);
    for user in 0..400_i64 {
        for k in 0..=(user % 7) {
            who.push(user);
            did.push("view");
            at.push(k * DAY + user);
            price.push(None);
        }
        if user % 3 == 0 {
            who.push(user);
            did.push("purchase");
            at.push(12 * DAY);
            price.push(Some(9.0));
        }
    }
    let item = vec![1_i64; who.len()];
    let events = df!["who" => who, "what" => item, "did" => did, "at" => at, "price" => price].unwrap();
    let columns = EventColumns { dwell: None, quantity: None, order: None, ..columns() };
    FeatureInput { events, columns, products: None, reviews: None }
}

fn cut() -> CutRecipe {
    CutRecipe { features: FeatureRecipe::default(), cut: Moment(10 * DAY), horizon_days: 5 }
}

#[test]
fn labels_come_from_after_the_cut_only() {
    let set = prepare(&(&shop()).into(), &cut(), &Monitor::quiet()).unwrap();
    assert_eq!(set.table.frame.height(), 400);
    let bought = set.labels.column(BOUGHT).unwrap().bool().unwrap().clone();
    let spend = set.labels.column(SPEND).unwrap().f64().unwrap().clone();
    for user in 0..400 {
        assert_eq!(bought.get(user), Some(user % 3 == 0));
        assert_eq!(spend.get(user), Some(if user % 3 == 0 { 9.0 } else { 0.0 }));
        assert_eq!(value(&set.table, Feature::Purchases, user), Some(0.0));
    }
    assert_eq!(set.covered_days, 2.0);
}

#[test]
fn a_planted_leak_is_refused() {
    let set = prepare(&(&shop()).into(), &cut(), &Monitor::quiet()).unwrap();
    let who: Vec<i64> = (0..400).collect();
    let knows: Vec<f64> = who.iter().map(|u| if u % 3 == 0 { 9.0 } else { 0.1 * (*u as f64 % 5.0) }).collect();
    let honest: Vec<f64> = who.iter().map(|u| (*u as f64 * 0.7).sin()).collect();
    let table = |name: &str, values: &[f64], at: i64| ExtraTable {
        frame: df!["id" => who.clone(), name => values, "t" => vec![at; 400]].unwrap(),
        user: "id".into(),
        measured: Some("t".into()),
    };
    let told = set.clone().with_extra(&table("later_spend", &knows, 9 * DAY)).unwrap_err();
    let FeatureError::Leak { feature, reason: LeakReason::TellsLabel { auc } } = told else { panic!("{told}") };
    assert_eq!(feature, "later_spend");
    assert!(auc > 0.999);
    let late = set.clone().with_extra(&table("score", &honest, 10 * DAY)).unwrap_err();
    assert!(matches!(late, FeatureError::Leak { reason: LeakReason::AfterCut { .. }, .. }), "{late}");
    let fine = set.with_extra(&table("score", &honest, 10 * DAY - 1)).unwrap();
    assert_eq!(fine.table.frame.column("score").unwrap().f64().unwrap().get(7), Some(honest[7]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever happens after the cut, the features do not move.
    #[test]
    fn the_future_does_not_reach_the_features(
        rows in prop::collection::vec((0_i64..5, 0_usize..5, 0_i64..20 * DAY, 0.0..50.0_f64), 1..60)
    ) {
        let words = ["view", "cart", "favourite", "purchase", "return"];
        let make = |keep: &dyn Fn(i64) -> bool| {
            let rows: Vec<_> = rows.iter().chain([(9, 0, 0, 1.0)].iter()).filter(|r| keep(r.2)).collect();
            let events = df![
                "who" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
                "what" => rows.iter().map(|r| r.2 % 3).collect::<Vec<_>>(),
                "did" => rows.iter().map(|r| words[r.1]).collect::<Vec<_>>(),
                "at" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
                "price" => rows.iter().map(|r| r.3).collect::<Vec<_>>(),
            ].unwrap();
            let columns = EventColumns { dwell: None, quantity: None, order: None, ..columns() };
            FeatureInput { events, columns, products: None, reviews: None }
        };
        let all = prepare(&(&make(&|_| true)).into(), &cut(), &Monitor::quiet()).unwrap();
        let past = prepare(&(&make(&|t| t < 10 * DAY)).into(), &cut(), &Monitor::quiet()).unwrap();
        prop_assert!(all.table.frame.equals_missing(&past.table.frame));
    }
}
