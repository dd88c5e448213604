//! A whole profile, worked by hand, and what no table may do to it.

use super::*;
use crate::base::time::Moment;
use crate::base::{Cancelled, Monitor};
use crate::stage::data::cell::Value;
use crate::stage::data::clean::{CleanRecipe, CleanStep, clean};
use crate::stage::data::kind::{Role, TableKind};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;
use proptest::prelude::*;

const DAY: i64 = 86_400_000;

fn roles(pairs: &[(&str, Role)]) -> Vec<(String, Role)> {
    pairs.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect()
}

/// Twenty order lines with one of each trouble.
fn orders() -> (DataFrame, Vec<(String, Role)>) {
    let mut user: Vec<Option<String>> = (0..20).map(|i| Some(format!("u{}", i % 7))).collect();
    user[3] = None;
    let item: Vec<String> = (0..20).map(|i| format!("p{}", i % 4)).collect();
    let mut name: Vec<String> = (0..20).map(|i| ["Tea", "Pot", "Cup", "Mug"][i % 4].to_owned()).collect();
    name[4] = "Green tea".into();
    name[5] = "pot".into();
    let mut city: Vec<&str> = ["上海", "北京"].repeat(10);
    (city[2], city[4], city[7]) = ("Shanghai", "上海市", "N/A");
    let mut quantity: Vec<i64> = (0..20).map(|i| 1 + i % 3).collect();
    (quantity[6], quantity[9]) = (-1, 5000);
    let mut price: Vec<f64> = (0..20).map(|i| 10.0 + f64::from(i)).collect();
    price[8] = 0.0;
    let paid: Vec<String> = (0..20).map(|i| format!("¥{}.50", 10 + i)).collect();
    let mut time: Vec<i64> = (0..20).map(|i| (20_600 + i) * DAY + 3_600_000).collect();
    (time[10], time[11]) = (40_000 * DAY, 0);
    // The last row repeats the one before it in everything.
    let (mut item, mut city) = (item, city.into_iter().map(str::to_owned).collect::<Vec<_>>());
    for texts in [&mut item, &mut name, &mut city] {
        texts[19] = texts[18].clone();
    }
    user[19] = user[18].clone();
    (quantity[19], price[19], time[19]) = (quantity[18], price[18], time[18]);
    let mut paid = paid;
    paid[19] = paid[18].clone();
    let frame = df!(
        "user" => user, "item" => item, "name" => name, "city" => city, "n" => quantity, "price" => price,
        "paid" => paid, "at" => time, "shop" => ["one"; 20],
    )
    .unwrap();
    let at = col("at").cast(DataType::Datetime(TimeUnit::Milliseconds, None));
    let frame = frame.lazy().with_column(at).collect().unwrap();
    let pairs = [
        ("user", Role::User),
        ("item", Role::Item),
        ("name", Role::Name),
        ("city", Role::City),
        ("n", Role::Quantity),
        ("price", Role::Price),
        ("paid", Role::Amount),
        ("at", Role::Time),
    ];
    (frame, roles(&pairs))
}

fn recipe() -> ProfileRecipe {
    ProfileRecipe { today: Some(Moment(20_700 * 86_400)), ..ProfileRecipe::default() }
}

fn of(frame: &DataFrame, kind: TableKind, roles: &[(String, Role)], recipe: &ProfileRecipe) -> Profile {
    profile_frame(frame, kind, roles, recipe, &Monitor::quiet()).unwrap()
}

fn find(profile: &Profile, is: impl Fn(&Problem) -> bool) -> &Finding {
    profile.findings.iter().find(|f| is(&f.problem)).unwrap_or_else(|| panic!("{:#?}", profile.findings))
}

#[test]
fn figures_of_a_column_worked_by_hand() {
    let frame =
        df!("x" => [Some(1.0), Some(2.0), Some(3.0), Some(4.0), Some(10.0), None, Some(f64::NAN), Some(f64::INFINITY)]);
    let profile = of(&frame.unwrap(), TableKind::Features, &[], &recipe());
    let column = &profile.columns[0];
    assert_eq!((column.rows, column.missing, column.distinct.count, column.distinct.exact), (8, 2, 5, true));
    let numbers = column.numbers.as_ref().unwrap();
    assert_eq!((numbers.count, numbers.infinite, numbers.min, numbers.max), (5, 1, 1.0, 10.0));
    // R's type 7 of 1 2 3 4 10: 1.04, 1.2, 2, 3, 4, 8.8, 9.76
    for (found, expected) in numbers.quantiles.iter().zip([1.04, 1.2, 2.0, 3.0, 4.0, 8.8, 9.76]) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
    assert_eq!(numbers.moments.mean, Some(4.0));
    // Quartiles 2 and 4: fences at -1 and 7; 10 is not beyond 10, where the far ones begin.
    let out = &numbers.outliers;
    assert_eq!((out.low_fence, out.high_fence, out.below, out.above, out.far_above), (-1.0, 7.0, 0, 1, 0));
    assert_eq!(column.examples.len(), 5);
    find(&profile, |p| matches!(p, Problem::InfiniteNumbers { .. }));
}

#[test]
fn every_planted_problem_is_found_and_repaired() {
    let (frame, roles) = orders();
    let profile = of(&frame, TableKind::Orders, &roles, &recipe());
    let rows = |is: fn(&Problem) -> bool| find(&profile, is).rows;
    assert_eq!(rows(|p| matches!(p, Problem::MissingUser { .. })), 1);
    assert_eq!(rows(|p| matches!(p, Problem::ExactDuplicates { exact: true })), 1);
    assert_eq!(rows(|p| matches!(p, Problem::NegativeQuantity { .. })), 1);
    assert_eq!(rows(|p| matches!(p, Problem::ZeroPrice { .. })), 1);
    assert_eq!(rows(|p| matches!(p, Problem::FutureDates { .. })), 1);
    assert_eq!(rows(|p| matches!(p, Problem::UnsetDates { .. })), 1);
    assert_eq!(rows(|p| matches!(p, Problem::PlaceholderWords { .. })), 1);
    assert_eq!(rows(|p| matches!(p, Problem::ConstantColumn { column, .. } if column == "shop")), 20);
    assert_eq!(rows(|p| matches!(p, Problem::FarOutliers { column, above: 1, .. } if column == "n")), 1);
    let paid = find(&profile, |p| matches!(p, Problem::NumbersAsText { column, .. } if column == "paid"));
    assert!(matches!(paid.problem, Problem::NumbersAsText { to: ColumnType::Decimal, unreadable: 0, .. }));
    let Problem::SpellingVariants { groups, .. } =
        &find(&profile, |p| matches!(p, Problem::SpellingVariants { column, .. } if column == "city")).problem
    else {
        panic!("spellings")
    };
    let variants: Vec<&str> = groups[0].variants.iter().map(|(v, _)| v.as_str()).collect();
    assert_eq!((groups[0].keep.as_str(), variants), ("上海", vec!["Shanghai", "上海市"]));
    let Problem::IdWithManyNames { ids, checked, .. } =
        find(&profile, |p| matches!(p, Problem::IdWithManyNames { column, .. } if column == "name")).problem
    else {
        panic!("names")
    };
    assert_eq!((ids, checked), (2, 4));
    let gaps = find(&profile, |p| matches!(p, Problem::TimeGaps { .. }));
    assert!(matches!(&gaps.problem, Problem::TimeGaps { days: 2, .. }), "{gaps:?}");
    assert!(profile.findings.windows(2).all(|pair| pair[0].severity >= pair[1].severity));

    // All repairs one after the other, and nothing that can be repaired is left.
    let steps = profile.findings.iter().flat_map(|f| f.repair.clone()).map(CleanStep::from).collect();
    let (repaired, _) = clean(&frame, &CleanRecipe { steps }, &Monitor::quiet()).unwrap();
    let after = of(&repaired, TableKind::Orders, &roles, &recipe());
    let left: Vec<_> = after.findings.iter().filter(|f| !f.repair.is_empty()).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn chunks_make_no_difference() {
    let (frame, roles) = orders();
    let whole = of(&frame, TableKind::Orders, &roles, &recipe());
    for size in [1, 3, 7] {
        let chunks = (0..20).step_by(size).map(|from| Ok::<_, String>(frame.slice(from as i64, size)));
        let parts = profile(chunks, 20, TableKind::Orders, &roles, &recipe(), &Monitor::quiet()).unwrap();
        for (a, b) in whole.columns.iter().zip(&parts.columns) {
            assert_eq!((&a.name, a.missing, a.distinct, &a.top), (&b.name, b.missing, b.distinct, &b.top));
            assert_eq!((&a.times, &a.texts), (&b.times, &b.texts));
        }
        assert_eq!(whole.findings, parts.findings);
        assert_eq!(whole.duplicates, parts.duplicates);
    }
}

#[test]
fn beyond_the_bounds_it_says_so_and_stays_close() {
    let n = 20_000;
    let frame = df!(
        "id" => (0..n).map(|i| format!("u{i:05}")).collect::<Vec<_>>(),
        "x" => (0..n).map(|i| f64::from(i) * 0.37).collect::<Vec<_>>(),
        "k" => (0..n).map(i64::from).collect::<Vec<_>>(),
    )
    .unwrap();
    let bounded = ProfileRecipe { exact_values: 1024, exact_rows: 4096, sample_rows: 1000, ..recipe() };
    let roles = roles(&[("id", Role::User)]);
    let (exact, near) =
        (of(&frame, TableKind::Users, &roles, &recipe()), of(&frame, TableKind::Users, &roles, &bounded));
    for (a, b) in exact.columns.iter().zip(&near.columns) {
        assert!(a.distinct.exact && !b.distinct.exact);
        assert!(a.distinct.count.abs_diff(b.distinct.count) < 500, "{b:?}");
        let (Some(a), Some(b)) = (&a.numbers, &b.numbers) else { continue };
        assert_eq!((a.count, a.min, a.max, a.zeros), (b.count, b.min, b.max, b.zeros));
        assert!(a.exact && !b.exact);
        for (x, y) in a.quantiles.iter().zip(&b.quantiles) {
            assert!((x - y).abs() <= 0.01 * x.abs() + 32.0, "{x} {y}");
        }
        let counted: u64 = b.histogram.bins.iter().map(|bin| bin.count).sum();
        assert_eq!(counted + b.histogram.below + b.histogram.above, 20_000);
    }
    assert_eq!((near.duplicates.exact, near.duplicates.rows), (false, 0));
    assert_eq!(near.correlations.spearman_rows, 1000);
    assert!((near.correlations.spearman[0][1].unwrap() - 1.0).abs() < 1e-9);
}

#[test]
fn errors_are_typed() {
    let (frame, roles) = orders();
    let bad = ProfileRecipe { max_bins: 1, ..recipe() };
    let error = profile_frame(&frame, TableKind::Orders, &roles, &bad, &Monitor::quiet()).unwrap_err();
    assert!(matches!(error, ProfileError::BadSetting { setting: "max_bins", .. }));
    let run = |chunks: Vec<Result<DataFrame, String>>| {
        profile(chunks.into_iter(), 40, TableKind::Orders, &roles, &recipe(), &Monitor::quiet()).unwrap_err()
    };
    let broken = run(vec![Ok(frame.clone()), Err("cut".into())]);
    assert_eq!(broken, ProfileError::Source { chunk: 1, what: "cut".into() });
    let other = df!("user" => [1]).unwrap();
    assert_eq!(run(vec![Ok(frame.clone()), Ok(other)]), ProfileError::UnlikeChunk { chunk: 1, column: "user".into() });
    let stopped = Monitor::quiet();
    stopped.cancel();
    let error = profile_frame(&frame, TableKind::Orders, &roles, &recipe(), &stopped).unwrap_err();
    assert_eq!(error, ProfileError::Cancelled(Cancelled));
}

#[test]
fn empty_tables_are_said_to_be_empty() {
    for frame in [DataFrame::default(), orders().0.head(Some(0))] {
        let profile = of(&frame, TableKind::Events, &orders().1, &recipe());
        assert_eq!(profile.findings.len(), 1);
        assert_eq!(profile.findings[0].problem, Problem::NoRows);
        assert_eq!(profile.columns.len(), frame.width());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No table panics; the profile reads back from JSON; every row is counted.
    #[test]
    fn any_table_has_a_profile(
        texts in prop::collection::vec(prop::option::of("[ -~茶上海]{0,6}"), 0..40),
        seed in any::<u64>(),
        role in prop::sample::select(Role::ALL.to_vec()),
        kind in prop::sample::select(TableKind::ALL.to_vec()),
    ) {
        let bits = |i: usize| crate::stage::data::cell::mix(seed.wrapping_add(i as u64));
        let n = texts.len();
        let floats: Vec<Option<f64>> = (0..n).map(|i| (bits(i) % 5 > 0).then(|| f64::from_bits(bits(i)))).collect();
        let wholes: Vec<Option<i64>> = (0..n).map(|i| (bits(i) % 7 > 0).then(|| bits(i) as i64 >> (bits(i) % 64))).collect();
        let frame = df!("t" => texts, "f" => floats, "i" => &wholes, "d" => &wholes, "y" => wholes.iter().map(|v| v.map(|v| v as i32)).collect::<Vec<_>>()).unwrap();
        let frame = frame.lazy().with_columns([
            col("d").cast(DataType::Datetime(TimeUnit::Milliseconds, None)),
            col("y").cast(DataType::Date),
        ]).collect().unwrap();
        for column in ["t", "f", "i", "d", "y"] {
            let profile = of(&frame, kind, &roles(&[(column, role)]), &recipe());
            let json = serde_json::to_string(&profile).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Profile>(&json).unwrap(), &profile);
            for column in &profile.columns {
                let top: u64 = column.top.iter().map(|t| t.count).sum();
                prop_assert!(column.missing + top <= n as u64);
                prop_assert!(column.distinct.count <= n as u64);
            }
            for finding in &profile.findings {
                prop_assert!((0.0..=1.0).contains(&finding.severity));
                prop_assert!(finding.repair.iter().all(|step| step.check().is_ok()));
                let steps = finding.repair.iter().cloned().map(CleanStep::from).collect();
                let _ = clean(&frame, &CleanRecipe { steps }, &Monitor::quiet());
            }
        }
    }
}

#[test]
fn top_values_and_roles() {
    let frame = df!("user" => [7_i64, 7, 9], "ok" => [true, true, false]).unwrap();
    let profile = of(&frame, TableKind::Events, &roles(&[("user", Role::User)]), &recipe());
    let user = &profile.columns[0];
    assert!(user.numbers.is_none());
    assert_eq!(user.top[0], TopValue { value: Value::Integer(7), count: 2 });
    assert_eq!(profile.columns[1].top[0], TopValue { value: Value::YesNo(true), count: 2 });
    assert_eq!(profile.correlations.columns, ["ok"]);
}

#[test]
fn returns_may_have_a_quantity_below_zero() {
    let of_events = |events: [&str; 4]| {
        let frame = df!("user" => ["a", "b", "c", "d"], "event" => events, "quantity" => [1_i64, -1, -2, 3]).unwrap();
        let roles = [("user", Role::User), ("event", Role::Event), ("quantity", Role::Quantity)];
        let roles = roles.map(|(name, role)| (name.to_owned(), role));
        let profile = of(&frame, TableKind::Orders, &roles, &recipe());
        let found = profile.findings.into_iter().find(|f| matches!(f.problem, Problem::NegativeQuantity { .. }));
        found.map(|finding| (finding.rows, finding.repair.len()))
    };
    assert_eq!(of_events(["purchase", "return", "return", "purchase"]), None);
    assert_eq!(of_events(["purchase", "return", "purchase", "purchase"]), Some((1, 0)));
    assert_eq!(of_events(["purchase"; 4]), Some((2, 1)));
}

#[test]
fn a_few_whole_numbers_are_codes_and_none_of_them_lies_far() {
    let browser: Vec<i64> = (0..200).map(|i| if i % 20 == 0 { 13 } else { 1 + i % 2 }).collect();
    let seconds: Vec<i64> = (0..200).map(|i| if i == 0 { 9_000 } else { i }).collect();
    let frame = df!("browser" => browser, "seconds" => seconds).unwrap();
    let made = profile_frame(&frame, TableKind::Features, &[], &ProfileRecipe::default(), &Monitor::quiet()).unwrap();
    let far =
        |f: &Finding| matches!(f.problem, Problem::FarOutliers { .. }).then(|| f.problem.column().map(str::to_owned));
    let far: Vec<_> = made.findings.iter().filter_map(far).flatten().collect();
    assert_eq!(far, ["seconds"]);
}
