use polars::df;

use super::*;
use crate::stage::data::features::{EventColumns, FeatureSource};

/// Thirty customers: ten spend much and often, ten sleep, ten look and seldom buy.
fn shop() -> (DataFrame, Vec<u32>) {
    let of = |values: [f64; 3]| -> Vec<f64> {
        (0..30).map(|i| values[i / 10] * (1.0 + 0.02 * ((i * 7 % 10) as f64 - 4.5))).collect()
    };
    let frame = df![
        USER => (0..30).map(|i| format!("c{i:02}")).collect::<Vec<_>>(),
        "monetary" => of([900.0, 200.0, 50.0]),
        "orders" => of([12.0, 3.0, 1.0]),
        "recency" => of([4.0, 200.0, 30.0]),
        "views" => of([50.0, 10.0, 240.0]),
        "purchase_rate" => of([0.24, 0.3, 0.004]),
        "review_count" => vec![1_i64; 30],
        "review_sentiment" => (0..30).map(|i| Some([0.5, -0.5, 0.0][i / 10])).collect::<Vec<_>>(),
    ]
    .unwrap();
    (frame, (0..30).map(|i| i / 10).collect())
}

fn cards(frame: &DataFrame, labels: &[u32]) -> Vec<Persona> {
    describe(frame, labels, 3, None, &PersonaRecipe::default(), &Monitor::quiet()).unwrap()
}

#[test]
fn cards_are_written_from_the_numbers() {
    let (frame, labels) = shop();
    let cards = cards(&frame, &labels);
    let names: Vec<&str> = cards.iter().map(|card| card.name.en.as_str()).collect();
    assert_eq!(names, ["Best customers", "Sleeping customers", "Window shoppers"]);
    assert_eq!(cards[1].name.zh, "沉睡客户");
    assert!((cards[0].revenue_share.unwrap() - 900.0 / 1150.0).abs() < 1e-9);
    assert_eq!(cards[0].mood, Some(0.5));
    assert!(cards[0].mood_overall.unwrap().abs() < 1e-12);
    let first = &cards[0].sentence;
    assert!(first.en.starts_with("33% of customers who bring 78% of revenue: they "), "{}", first.en);
    assert!(first.en.contains("last bought 4 days ago (average 78 days)"), "{}", first.en);
    assert!(first.zh.starts_with("占顾客的33%，贡献78%的销售额：") && first.zh.ends_with('。'), "{}", first.zh);
    let views = cards[2].differences.iter().find(|d| d.feature == "views").unwrap();
    assert!(views.standardised > 1.0 && (views.mean - 240.0).abs() < 1e-9 && (views.overall - 100.0).abs() < 1e-9);
    assert_eq!(cards[0].typical.len(), 3);
    assert!(cards[0].typical_rows.iter().all(|row| *row < 10));
}

#[test]
fn a_few_of_many_are_called_odd() {
    let money: Vec<f64> = (0..400).map(|i| if i == 7 { -800.0 } else { 100.0 + f64::from(i % 9) }).collect();
    let frame = df![
        USER => (0..400).map(|i| format!("c{i:03}")).collect::<Vec<_>>(),
        "average_basket" => &money,
        "orders" => (0..400).map(|i| f64::from(1 + i % 4)).collect::<Vec<_>>(),
    ]
    .unwrap();
    let labels: Vec<u32> = (0..400).map(|i| u32::from(i == 7)).collect();
    let cards = describe(&frame, &labels, 2, None, &PersonaRecipe::default(), &Monitor::quiet()).unwrap();
    assert_eq!((cards[1].name.en.as_str(), cards[1].name.zh.as_str()), ("One odd customer", "一位异常顾客"));
    let told = &cards[1].sentence;
    assert!(told.en.starts_with("One customer who is like no other: they spend per order −800 once"), "{}", told.en);
    assert!(told.zh.starts_with("1位与众不同的顾客："), "{}", told.zh);
    assert_ne!(cards[0].name.en, "One odd customer");
}

#[test]
fn names_are_unique_even_for_equal_segments() {
    let (frame, _) = shop();
    let labels: Vec<u32> = (0..30).map(|i| i % 5).collect();
    let cards = describe(&frame, &labels, 5, None, &PersonaRecipe::default(), &Monitor::quiet()).unwrap();
    for language in [|b: &Bilingual| b.en.clone(), |b: &Bilingual| b.zh.clone()] {
        let names: std::collections::BTreeSet<String> = cards.iter().map(|card| language(&card.name)).collect();
        assert_eq!(names.len(), 5, "{names:?}");
    }
    assert!(
        cards
            .iter()
            .all(|card| card.sentence.en.ends_with("do much as everyone does.") || card.sentence.en.contains("they "))
    );
}

#[test]
fn strange_tables_still_give_cards() {
    // Unknown features, one customer, an empty segment, labels outside, a name given by hand.
    let frame = df!["browser_time" => [1.0, 2.0, 30.0, 31.0], "same" => [1, 1, 1, 1]].unwrap();
    let mut recipe = PersonaRecipe::default();
    recipe.names.insert(2, Bilingual::new("Mine", "我的"));
    let labels = [0, 0, 2, NO_SEGMENT];
    let cards = describe(&frame, &labels, 3, None, &recipe, &Monitor::quiet()).unwrap();
    assert_eq!(cards.iter().map(|card| card.segment).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(cards[0].name.en, "Low browser_time");
    assert_eq!(cards[1].name.en, "Mine");
    assert_eq!(cards[1].typical, ["3"]);
    assert!(cards[1].sentence.en.contains("average 30 in browser_time (everyone 16)"), "{}", cards[1].sentence.en);
    let unaligned = describe(&frame, &[0], 1, None, &recipe, &Monitor::quiet());
    assert!(matches!(unaligned, Err(SegmentError::Unaligned { have: 1, need: 4 })));
    let nothing = df!["same" => [1, 1, 1, 1]].unwrap();
    let cards = describe(&nothing, &[0, 0, 0, 1], 2, None, &recipe, &Monitor::quiet()).unwrap();
    assert_eq!(cards[0].name.en, "Typical customers");
    assert_eq!(cards[0].sentence.en, "75% of customers: they do much as everyone does.");
}

#[test]
fn tastes_and_rhythm_come_from_the_events() {
    // Customer a buys tea on Thursday 1970-01-01 at 9; b buys two cups at 21 on Friday and looks at tea.
    let events = df![
        "u" => ["a", "b", "b", "b"], "i" => [1_i64, 2, 3, 1],
        "e" => ["purchase", "purchase", "purchase", "view"],
        "t" => [9 * 3600_i64, (24 + 21) * 3600, (24 + 21) * 3600, (24 + 21) * 3600],
    ]
    .unwrap();
    let columns = EventColumns {
        user: "u".into(),
        item: "i".into(),
        event: Some("e".into()),
        time: "t".into(),
        ..EventColumns::default()
    };
    let products = ProductTable {
        frame:
            df!["sku" => [1_i64, 2, 3], "cat" => ["tea", "cups", "cups"], "name" => ["Oolong", "Blue cup", "Red cup"]]
                .unwrap(),
        item: "sku".into(),
        category: Some("cat".into()),
        title: Some("name".into()),
    };
    let source = FeatureSource { events: events.lazy(), columns, products: Some(products.clone()), reviews: None };
    let index = EventIndex::build(&source, &Monitor::quiet()).unwrap();
    let frame = df![USER => ["a", "b"], "x" => [1.0, 2.0]].unwrap();
    let habits = Habits { index: &index, places: &[0, 1], products: Some(&products) };
    let cards = describe(&frame, &[0, 1], 2, Some(&habits), &PersonaRecipe::default(), &Monitor::quiet()).unwrap();
    let cups = Favourite { name: "cups".into(), item: None, share: 1.0, lift: 1.5 };
    assert_eq!(cards[1].categories, [cups]);
    assert_eq!(cards[1].products.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Blue cup", "Red cup"]);
    assert_eq!(cards[0].products[0].item.as_deref(), Some("1"));
    assert_eq!(cards[0].rhythm[3][9], 1.0);
    assert_eq!(cards[1].rhythm[4][21], 1.0);
    assert!(cards[1].sentence.en.ends_with("like cups most."), "{}", cards[1].sentence.en);
}

#[test]
fn what_says_nothing_in_a_shop_of_rare_visits_is_left_out() {
    let shop = |days: f64, views: f64| {
        let rows = 40;
        let frame = df![
            USER => (0..rows).collect::<Vec<i64>>(),
            "active_days" => (0..rows).map(|i| days + (i % 2) as f64).collect::<Vec<_>>(),
            "share_sunday" => (0..rows).map(|i| (i % 2) as f64).collect::<Vec<_>>(),
            "orders" => (0..rows).map(|i| 1.0 + (i % 2) as f64 * 3.0).collect::<Vec<_>>(),
            "views" => vec![views; rows as usize],
            "monetary" => (0..rows).map(|i| 10.0 + (i % 2) as f64 * 90.0).collect::<Vec<_>>(),
        ]
        .unwrap();
        let labels: Vec<u32> = (0..rows as u32).map(|i| i % 2).collect();
        let told = cards(&frame, &labels)[1].differences.iter().map(|d| d.feature.clone()).collect::<Vec<_>>();
        ["active_days", "share_sunday", "orders"].map(|name| told.iter().any(|known| known == name))
    };
    // Whoever came once or twice came "all on Sundays" by chance; in a shop that only knows sales a visit is an order.
    assert_eq!(shop(1.0, 0.0), [false, false, true]);
    assert_eq!(shop(1.0, 5.0), [true, false, true]);
    assert_eq!(shop(30.0, 5.0), [true, true, true]);
}

#[test]
fn differences_too_small_to_tell_are_not_told() {
    use super::words::worth_telling;
    let of = |feature: &str, mean: f64, overall: f64, standardised: f64| {
        worth_telling(&Difference { feature: feature.into(), mean, overall, standardised })
    };
    assert!(!of("units", 98.0, 100.0, 0.6), "2 % less is nothing, however far on the log scale");
    assert!(of("units", 60.0, 100.0, -0.4));
    assert!(!of("units", 130.0, 100.0, -0.4), "the mean and the log scale disagree");
    assert!(!of("share_sunday", 0.14, 0.13, 0.3) && of("share_sunday", 0.3, 0.13, 0.3));
    assert!(of("returns", 0.2, 0.0, 0.3) && !of("returns", 0.0, 0.0, 0.0));
}
