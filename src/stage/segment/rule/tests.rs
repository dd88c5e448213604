use polars::df;
use polars::prelude::IntoLazy;

use super::*;
use crate::base::Monitor;
use crate::stage::data::features::{EventColumns, FeatureSource, ProductTable, USER};
use crate::stage::segment::SegmentError;
use crate::stage::segment::rfm::{RfmRecipe, score};

const DAY: i64 = 86_400;

/// Customers a to d; today is day 100.
struct Shop {
    features: DataFrame,
    index: EventIndex,
}

fn shop() -> Shop {
    let rows = [
        // a: tea twice within 30 days, long ago; quiet since day 40.
        ("a", "purchase", 1, 10, 5.0),
        ("a", "purchase", 1, 40, 5.0),
        // b: tea on days 80 and 95, cups on 90.
        ("b", "purchase", 1, 80, 5.0),
        ("b", "purchase", 2, 90, 20.0),
        ("b", "purchase", 1, 95, 5.0),
        ("b", "return", 2, 96, 20.0),
        // c: looks only; one look lies at today and is not seen.
        ("c", "view", 1, 99, 0.0),
        ("c", "view", 1, 100, 0.0),
    ];
    let events = df![
        "u" => rows.map(|r| r.0), "e" => rows.map(|r| r.1), "i" => rows.map(|r| r.2 as i64),
        "t" => rows.map(|r| r.3 as i64 * DAY), "p" => rows.map(|r| r.4),
    ]
    .unwrap();
    let columns = EventColumns {
        user: "u".into(),
        item: "i".into(),
        event: Some("e".into()),
        time: "t".into(),
        price: Some("p".into()),
        ..EventColumns::default()
    };
    let products = df!["sku" => [1_i64, 2], "cat" => ["tea", "cups"]].unwrap();
    let products = ProductTable { frame: products, item: "sku".into(), category: Some("cat".into()), title: None };
    let source = FeatureSource { events: events.lazy(), columns, products: Some(products), reviews: None };
    let index = EventIndex::build(&source, &Monitor::quiet()).unwrap();
    let features = df![
        USER => ["a", "b", "c"], "orders" => [2_i64, 3, 0], "recency" => [Some(60.0), Some(5.0), None],
        "monetary" => [10.0, 10.0, 0.0], "top_category" => ["tea", "tea", "cups"],
    ]
    .unwrap();
    Shop { features, index }
}

fn ask(rule: &Rule) -> Result<RuleResult, SegmentError> {
    let shop = shop();
    let rfm = score(&shop.features, &RfmRecipe::default(), &Monitor::quiet()).unwrap();
    let table = df!["id" => ["c", "a", "a", "x"], "city" => ["Bern", "Basel", "Bern", "Chur"]].unwrap();
    let properties = align(&shop.features, &table, "id").unwrap();
    let data = RuleData {
        features: &shop.features,
        events: Some((&shop.index, &[0, 1, 2])),
        properties: Some(&properties),
        rfm: Some(&rfm),
        segments: &[("lookers".to_owned(), UserSet::from_rows(3, &[2]))],
        today: Moment(100 * DAY),
    };
    run(rule, &data, &Monitor::quiet())
}

fn met(rule: &Rule) -> Vec<u32> {
    ask(rule).unwrap().set.iter().collect()
}

fn feature(name: &str, compare: Compare, value: f64) -> Rule {
    Rule::Feature { feature: name.into(), compare, value }
}

fn bought(category: &str, least: u32, most: Option<u32>, within: Within) -> Rule {
    let what = Deed { event: Some(EventKind::Purchase), category: Some(category.into()), item: None };
    Rule::Did { what, least, most, within }
}

#[test]
fn every_condition_by_hand() {
    assert_eq!(met(&feature("orders", Compare::AtLeast, 2.0)), [0, 1]);
    assert_eq!(met(&feature("recency", Compare::NotEqual, 5.0)), [0]);
    assert_eq!(met(&bought("tea", 2, None, Within::Ever)), [0, 1]);
    assert_eq!(met(&bought("tea", 2, None, Within::LastDays(60))), [1]);
    assert_eq!(met(&bought("tea", 2, None, Within::AnyDays(31))), [0, 1]);
    assert_eq!(met(&bought("tea", 2, None, Within::AnyDays(30))), [1]);
    assert_eq!(met(&bought("tea", 0, Some(0), Within::LastDays(30))), [0, 2]);
    let spring = Within::Between(Moment(10 * DAY), Moment(40 * DAY));
    assert_eq!(met(&bought("tea", 1, Some(1), spring)), [0]);
    let looked = Deed { event: Some(EventKind::View), category: None, item: Some("1".into()) };
    assert_eq!(met(&Rule::Did { what: looked, least: 1, most: Some(1), within: Within::Ever }), [2]);
    assert_eq!(met(&Rule::Spent { least: Some(10.0), most: None, within: Within::Ever }), [0, 1]);
    assert_eq!(met(&Rule::Spent { least: None, most: Some(9.0), within: Within::LastDays(30) }), [0, 2]);
    assert_eq!(met(&Rule::StoppedBuying { orders: 2, quiet_days: 50 }), [0]);
    assert_eq!(met(&Rule::StoppedBuying { orders: 3, quiet_days: 50 }), [] as [u32; 0]);
    assert_eq!(met(&Rule::Property { column: "city".into(), values: vec!["Basel".into()] }), [0]);
    assert_eq!(met(&Rule::Property { column: "top_category".into(), values: vec!["tea".into()] }), [0, 1]);
    assert_eq!(met(&Rule::Segment { name: "lookers".into() }), [2]);
    let grouped = met(&Rule::Rfm { groups: RfmGroup::ALL.to_vec() });
    assert_eq!(grouped, [0, 1]);
}

#[test]
fn groups_join_and_count_each_part() {
    let rule = Rule::All {
        of: vec![
            bought("tea", 1, None, Within::Ever),
            Rule::Not { of: Box::new(feature("recency", Compare::Above, 30.0)) },
            Rule::Any { of: vec![feature("orders", Compare::Equal, 3.0), feature("orders", Compare::Equal, 0.0)] },
        ],
    };
    let found = ask(&rule).unwrap();
    assert_eq!(found.set.iter().collect::<Vec<_>>(), [1]);
    let count = |path: &[usize]| found.counts.iter().find(|c| c.0 == path).map(|c| c.1);
    assert_eq!(count(&[]), Some(1));
    assert_eq!(count(&[1]), Some(2));
    assert_eq!(count(&[1, 0]), Some(1));
    assert_eq!(count(&[2, 1]), Some(1));
    assert_eq!(found.nobody, None);
    let text = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<Rule>(&text).unwrap(), rule);
}

#[test]
fn nobody_is_told_where() {
    let never = feature("orders", Compare::Above, 99.0);
    let some = feature("orders", Compare::Above, 0.0);
    let rule = Rule::All { of: vec![some.clone(), Rule::Any { of: vec![never] }] };
    assert_eq!(ask(&rule).unwrap().nobody, Some(vec![1, 0]));
    let apart = Rule::All { of: vec![some, feature("orders", Compare::Equal, 0.0)] };
    let found = ask(&apart).unwrap();
    assert_eq!((found.count, found.nobody), (0, Some(vec![])));
}

#[test]
fn what_cannot_be_asked_is_told_where() {
    let problem = |rule: Rule| match ask(&Rule::All { of: vec![feature("orders", Compare::Above, 0.0), rule] }) {
        Err(SegmentError::Rule { path, problem }) => {
            assert_eq!(path[0], 1);
            problem
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(problem(feature("nix", Compare::Above, 0.0)), RuleProblem::UnknownFeature("nix".into()));
    assert_eq!(problem(feature("top_category", Compare::Above, 0.0)), RuleProblem::WrongKind("top_category".into()));
    assert_eq!(problem(feature("orders", Compare::Above, f64::NAN)), RuleProblem::BadNumber);
    assert_eq!(problem(bought("wine", 1, None, Within::Ever)), RuleProblem::UnknownCategory("wine".into()));
    assert_eq!(problem(bought("tea", 3, Some(1), Within::Ever)), RuleProblem::BadNumber);
    assert_eq!(problem(bought("tea", 1, None, Within::LastDays(0))), RuleProblem::BadNumber);
    assert_eq!(problem(Rule::Any { of: vec![] }), RuleProblem::EmptyGroup);
    assert_eq!(problem(Rule::Segment { name: "nix".into() }), RuleProblem::UnknownSegment("nix".into()));
    assert_eq!(
        problem(Rule::Property { column: "nix".into(), values: vec!["a".into()] }),
        RuleProblem::UnknownProperty("nix".into())
    );
    assert_eq!(problem(Rule::Rfm { groups: vec![] }), RuleProblem::NothingChosen);
    let deep = (0..40).fold(feature("orders", Compare::Above, 0.0), |rule, _| Rule::Not { of: Box::new(rule) });
    assert_eq!(problem(deep), RuleProblem::TooDeep);
    let shop = shop();
    let bare = RuleData {
        features: &shop.features,
        events: None,
        properties: None,
        rfm: None,
        segments: &[],
        today: Moment(0),
    };
    let error = run(&Rule::StoppedBuying { orders: 1, quiet_days: 1 }, &bare, &Monitor::quiet());
    assert!(matches!(error, Err(SegmentError::Rule { problem: RuleProblem::NoEvents, .. })));
}
