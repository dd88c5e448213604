//! Answers worked by hand, and what must hold for every recipe.

use super::*;
use crate::base::{Cancelled, Monitor};
use crate::stage::data::cell::{Condition, Test, Value, WrongColumn, cells};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;
use proptest::prelude::*;

fn recipe(steps: impl IntoIterator<Item = CleanAction>) -> CleanRecipe {
    CleanRecipe { steps: steps.into_iter().map(CleanStep::from).collect() }
}

fn run(frame: &DataFrame, what: CleanAction) -> Result<(DataFrame, StepReport), StepError> {
    match clean(frame, &recipe([what]), &Monitor::quiet()) {
        Ok((frame, mut reports)) => Ok((frame, reports.remove(0))),
        Err(CleanError::Step { step: 0, why }) => Err(why),
        Err(other) => panic!("{other}"),
    }
}

fn column(frame: &DataFrame, name: &str) -> Vec<String> {
    let cells = cells(frame, name).unwrap();
    (0..cells.len()).map(|row| cells.get(row).map_or("-".into(), |v| v.to_string())).collect()
}

fn shop() -> DataFrame {
    df!(
        "user" => [Some(" u1 "), Some("u2"), None, Some("u2"), Some("u3"), Some("u2")],
        "city" => [Some("上海"), Some("Shanghai"), Some("上海市"), Some("Shanghai"), Some("  "), Some("Shanghai")],
        "n" => [Some(1_i64), Some(2), Some(3), Some(2), None, Some(100)],
        "x" => [Some(1.0), Some(2.0), Some(f64::NAN), Some(2.0), Some(4.0), None],
    )
    .unwrap()
}

fn text(word: &str) -> Value {
    Value::Text(word.into())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[test]
fn trim_leaves_no_space_and_nothing_for_nothing() {
    let (frame, report) = run(&shop(), CleanAction::Trim { columns: vec![] }).unwrap();
    assert_eq!(column(&frame, "user")[0], "u1");
    assert_eq!(column(&frame, "city")[4], "-");
    assert_eq!((report.cells_changed, report.set_missing, report.rows_after), (2, 1, 6));
    let first = CellChange { row: 0, column: "user".into(), before: Some(text(" u1 ")), after: Some(text("u1")) };
    assert_eq!(report.examples[0], first);
    let wide = df!("t" => ["a\u{3000} b", "\u{FEFF}c", "one \n two"]).unwrap();
    let (frame, _) = run(&wide, CleanAction::Trim { columns: names(&["t"]) }).unwrap();
    assert_eq!(column(&frame, "t"), ["a b", "c", "one \n two"]);
}

#[test]
fn types_are_fixed_and_what_cannot_be_read_is_counted() {
    let frame = df!("t" => ["1", "2.0", "two", "¥3"], "d" => ["2026-06-01", "13/6/2026 9:00", "5/6/2026", ""]).unwrap();
    let to =
        |column: &str, to| CleanAction::FixType { column: column.into(), to, day_first: None, decimal_comma: false };
    let (fixed, report) = run(&frame, to("t", ColumnType::Integer)).unwrap();
    assert_eq!(column(&fixed, "t"), ["1", "2", "-", "3"]);
    assert_eq!((report.cells_changed, report.set_missing), (4, 1));
    let (fixed, _) = run(&frame, to("d", ColumnType::Time)).unwrap();
    assert_eq!(column(&fixed, "d"), ["2026-06-01 00:00:00", "2026-06-13 09:00:00", "2026-06-05 00:00:00", "-"]);
    let (fixed, _) = run(&fixed, to("d", ColumnType::Date)).unwrap();
    assert_eq!(column(&fixed, "d")[1], "2026-06-13");
    assert!(matches!(run(&fixed, to("d", ColumnType::Integer)), Err(StepError::WrongType { .. })));
    let ambiguous = df!("d" => ["1/2/2026"]).unwrap();
    let error = StepError::AmbiguousDates { column: "d".into(), example: "1/2/2026".into() };
    assert_eq!(run(&ambiguous, to("d", ColumnType::Date)).unwrap_err(), error);
}

#[test]
fn values_are_mapped_by_their_type() {
    let map = vec![(text("上海"), Some(text("SH"))), (text("  "), None)];
    let (frame, report) = run(&shop(), CleanAction::MapValues { column: "city".into(), map }).unwrap();
    assert_eq!(column(&frame, "city"), ["SH", "Shanghai", "上海市", "Shanghai", "-", "Shanghai"]);
    assert_eq!((report.cells_changed, report.set_missing), (2, 1));
    let map = vec![(Value::Integer(2), Some(Value::Decimal(2.5)))];
    let (frame, _) = run(&shop(), CleanAction::MapValues { column: "x".into(), map }).unwrap();
    assert_eq!(column(&frame, "x"), ["1", "2.5", "-", "2.5", "4", "-"]);
    let map = vec![(text("a"), None)];
    assert!(matches!(
        run(&shop(), CleanAction::MapValues { column: "n".into(), map }),
        Err(StepError::WrongType { .. })
    ));
}

#[test]
fn duplicates_keep_the_first_or_the_last() {
    let by_user = |keep| CleanAction::DropDuplicates { columns: names(&["user"]), keep };
    let (first, report) = run(&shop(), by_user(Keep::First)).unwrap();
    assert_eq!(column(&first, "n"), ["1", "2", "3", "-"]);
    assert_eq!((report.rows_before, report.rows_after, report.dropped.len()), (6, 4, 2));
    assert_eq!(report.dropped[0].row, 3);
    assert_eq!(column(&run(&shop(), by_user(Keep::Last)).unwrap().0, "n"), ["1", "3", "-", "100"]);
    // Row 3 repeats row 1 in every column; rows 2 and 5 have holes and repeat nothing.
    let all = CleanAction::DropDuplicates { columns: vec![], keep: Keep::First };
    assert_eq!(run(&shop(), all.clone()).unwrap().0.height(), 5);
    let holes = df!("x" => [Some(f64::NAN), None, Some(0.0), Some(-0.0)]).unwrap();
    assert_eq!(run(&holes, all).unwrap().0.height(), 2);
}

#[test]
fn missing_rows_go_and_holes_are_filled() {
    let drop = |columns: &[&str]| CleanAction::DropMissing { columns: names(columns) };
    assert_eq!(run(&shop(), drop(&["x"])).unwrap().0.height(), 4);
    assert_eq!(run(&shop(), drop(&[])).unwrap().0.height(), 3);
    let fill = |column: &str, with| CleanAction::FillMissing { column: column.into(), with };
    for (with, expected) in [
        (Fill::Mean, "2.25"),
        (Fill::Median, "2"),
        (Fill::Mode, "2"),
        (Fill::Constant(Value::Integer(7)), "7"),
        (Fill::Previous, "2"),
    ] {
        let (frame, report) = run(&shop(), fill("x", with.clone())).unwrap();
        assert_eq!((column(&frame, "x")[2].as_str(), report.cells_changed), (expected, 2), "{with:?}");
    }
    // 1, 2, 3, 2, 100: mean 21.6, in a column of integers 22.
    assert_eq!(column(&run(&shop(), fill("n", Fill::Mean)).unwrap().0, "n")[4], "22");
    assert_eq!(column(&run(&shop(), fill("user", Fill::Mode)).unwrap().0, "user")[2], "u2");
    let first_hole = df!("x" => [None, Some(1_i64), None]).unwrap();
    let (frame, report) = run(&first_hole, fill("x", Fill::Previous)).unwrap();
    assert_eq!((column(&frame, "x"), report.cells_changed), (names(&["-", "1", "1"]), 1));
    let empty = df!("x" => [None::<f64>, None]).unwrap();
    assert_eq!(run(&empty, fill("x", Fill::Mean)).unwrap_err(), StepError::NoValues { column: "x".into() });
    assert!(matches!(run(&shop(), fill("user", Fill::Mean)), Err(StepError::WrongType { .. })));
    assert!(matches!(run(&shop(), fill("n", Fill::Constant(text("a")))), Err(StepError::WrongType { .. })));
}

#[test]
fn outliers_are_clipped_to_the_fence_or_dropped() {
    // 1, 2, 2, 3, 100: quartiles 2 and 3, so the fence of 1.5 IQR is 0.5 to 4.5, of integers 1 to 4.
    let iqr = Fence::Iqr { times: 1.5 };
    let (frame, report) = run(&shop(), CleanAction::ClipOutliers { column: "n".into(), fence: iqr }).unwrap();
    assert_eq!((column(&frame, "n"), report.cells_changed), (names(&["1", "2", "3", "2", "-", "4"]), 1));
    let (frame, _) = run(&shop(), CleanAction::DropOutliers { column: "n".into(), fence: iqr }).unwrap();
    assert_eq!(frame.height(), 5);
    let tens = df!("v" => (0..=100).map(f64::from).collect::<Vec<_>>()).unwrap();
    let quantile = Fence::Quantile { low: 0.05, high: 0.9 };
    let (frame, report) = run(&tens, CleanAction::ClipOutliers { column: "v".into(), fence: quantile }).unwrap();
    assert_eq!((column(&frame, "v")[0].as_str(), column(&frame, "v")[100].as_str()), ("5", "90"));
    assert_eq!(report.cells_changed, 15);
    // 0 … 100: mean 50, sample deviation 29.3; within one of them: 21 to 79.
    let z = Fence::ZScore { limit: 1.0 };
    assert_eq!(run(&tens, CleanAction::DropOutliers { column: "v".into(), fence: z }).unwrap().0.height(), 59);
    let endless = df!("v" => [1.0, 2.0, 3.0, f64::INFINITY, f64::NAN]).unwrap();
    let (frame, _) = run(&endless, CleanAction::ClipOutliers { column: "v".into(), fence: iqr }).unwrap();
    assert_eq!(column(&frame, "v"), ["1", "2", "3", "4", "-"]);
}

#[test]
fn scales() {
    let frame = df!("v" => [Some(2_i64), Some(4), None, Some(6)], "c" => [5.0; 4]).unwrap();
    let (scaled, _) = run(&frame, CleanAction::Standardise { columns: names(&["v"]) }).unwrap();
    assert_eq!(column(&scaled, "v"), ["-1", "0", "-", "1"]);
    let (scaled, _) = run(&frame, CleanAction::MinMax { columns: vec![] }).unwrap();
    assert_eq!((column(&scaled, "v"), column(&scaled, "c")), (names(&["0", "0.5", "-", "1"]), names(&["0"; 4])));
    let vast = df!("v" => [-f64::MAX, f64::MAX]).unwrap();
    assert!(run(&vast, CleanAction::Standardise { columns: vec![] }).is_ok());
}

#[test]
fn spellings_merge_and_one_id_gets_one_name() {
    let merge = |groups, places| CleanAction::MergeSpellings { column: "city".into(), groups, places };
    let (frame, report) = run(&shop(), merge(vec![], true)).unwrap();
    assert_eq!(column(&frame, "city"), ["Shanghai", "Shanghai", "Shanghai", "Shanghai", "  ", "Shanghai"]);
    assert_eq!(report.cells_changed, 2);
    let given = SpellingGroup { keep: "上海".into(), variants: names(&["上海市", "Shanghai"]) };
    let (frame, _) = run(&shop(), merge(vec![given], false)).unwrap();
    assert_eq!(column(&frame, "city"), ["上海", "上海", "上海", "上海", "  ", "上海"]);

    let names_of = df!(
        "id" => [Some("p"), Some("p"), Some("p"), Some("q"), Some("q"), None],
        "name" => [Some("Cup"), Some("Mug"), Some("Cup"), Some("b"), Some("a"), Some("c")],
    );
    let unify = CleanAction::UnifyByKey { key: "id".into(), column: "name".into() };
    let (frame, report) = run(&names_of.unwrap(), unify).unwrap();
    assert_eq!((column(&frame, "name"), report.cells_changed), (names(&["Cup", "Cup", "Cup", "a", "a", "c"]), 2));
}

#[test]
fn columns_are_renamed_and_dropped() {
    let rename = |to: &str| CleanAction::Rename { column: "n".into(), to: to.into() };
    assert!(run(&shop(), rename("pieces")).unwrap().0.column("pieces").is_ok());
    assert_eq!(run(&shop(), rename("x")).unwrap_err(), StepError::NameTaken { name: "x".into() });
    assert_eq!(run(&shop(), rename("n")).unwrap().1.cells_changed, 0);
    assert_eq!(run(&shop(), CleanAction::DropColumn { column: "n".into() }).unwrap().0.width(), 3);
    let only = df!("n" => [1]).unwrap();
    assert_eq!(run(&only, CleanAction::DropColumn { column: "n".into() }).unwrap_err(), StepError::NothingLeft);
    let gone = StepError::Column(WrongColumn::Missing("z".into()));
    assert_eq!(run(&shop(), CleanAction::DropColumn { column: "z".into() }).unwrap_err(), gone);
}

#[test]
fn errors_name_the_step_and_bad_settings_are_found_first() {
    let none_left = CleanAction::FilterRows { keep: vec![Condition::new("n", Test::Above(Value::Integer(1000)))] };
    let steps = recipe([CleanAction::Trim { columns: vec![] }, none_left]);
    let error = clean(&shop(), &steps, &Monitor::quiet()).unwrap_err();
    assert_eq!(error, CleanError::Step { step: 1, why: StepError::NothingLeft });
    let bad = recipe([CleanAction::DropOutliers { column: "n".into(), fence: Fence::Iqr { times: f64::NAN } }]);
    assert_eq!(bad.check().unwrap_err()[0].0, 0);
    assert!(CleanRecipe::default().check().is_ok());
    let stopped = Monitor::quiet();
    stopped.cancel();
    assert_eq!(clean(&shop(), &steps, &stopped).unwrap_err(), CleanError::Cancelled(Cancelled));
}

/// Every kind of step, on a table of every type.
fn all_actions() -> Vec<CleanAction> {
    let mut all = vec![
        CleanAction::Trim { columns: vec![] },
        CleanAction::DropDuplicates { columns: vec![], keep: Keep::Last },
        CleanAction::DropMissing { columns: vec![] },
        CleanAction::Standardise { columns: vec![] },
        CleanAction::MinMax { columns: vec![] },
    ];
    for name in ["user", "city", "n", "x", "ok", "day", "at", "none"] {
        let column = name.to_owned();
        all.extend(ColumnType::ALL.map(|to| CleanAction::FixType {
            column: column.clone(),
            to,
            day_first: Some(true),
            decimal_comma: false,
        }));
        for with in [Fill::Mean, Fill::Median, Fill::Mode, Fill::Previous, Fill::Constant(text("a"))] {
            all.push(CleanAction::FillMissing { column: column.clone(), with });
        }
        for fence in [Fence::Iqr { times: 1.5 }, Fence::Quantile { low: 0.1, high: 0.9 }, Fence::ZScore { limit: 2.0 }]
        {
            all.push(CleanAction::ClipOutliers { column: column.clone(), fence });
            all.push(CleanAction::DropOutliers { column: column.clone(), fence });
        }
        all.push(CleanAction::MergeSpellings { column: column.clone(), groups: vec![], places: true });
        all.push(CleanAction::UnifyByKey { key: "user".into(), column: column.clone() });
        all.push(CleanAction::FilterRows { keep: vec![Condition::new(name, Test::Present)] });
        all.push(CleanAction::DropColumn { column });
    }
    all
}

fn any_table() -> impl Strategy<Value = DataFrame> {
    let words =
        prop::option::of(prop::sample::select(vec!["", " a", "A", "上海", "Shanghai", "1", "2.5", "2026-01-02"]));
    let decimals =
        prop::option::of(prop::sample::select(vec![0.0, -0.0, 1.5, f64::NAN, f64::INFINITY, -1e308, f64::MAX]));
    let wholes = prop::option::of(prop::sample::select(vec![0, 1, -7, i64::MAX, i64::MIN, 20_260_101]));
    let row = (words.clone(), words, wholes.clone(), decimals, prop::option::of(any::<bool>()), wholes);
    prop::collection::vec(row, 0..12).prop_map(|rows| {
        let column = |name: &str, series: Series| series.with_name(name.into());
        let at = Series::new("at".into(), rows.iter().map(|r| r.5).collect::<Vec<_>>());
        let day = Series::new("day".into(), rows.iter().map(|r| r.5.map(|v| v as i32)).collect::<Vec<_>>());
        let all = vec![
            column("user", rows.iter().map(|r| r.0).collect()),
            column("city", rows.iter().map(|r| r.1).collect()),
            column("n", rows.iter().map(|r| r.2).collect()),
            column("x", rows.iter().map(|r| r.3).collect()),
            column("ok", rows.iter().map(|r| r.4).collect()),
            day.cast(&DataType::Date).unwrap(),
            at.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap(),
            Series::full_null("none".into(), rows.len(), &DataType::String),
        ];
        DataFrame::new_infer_height(all.into_iter().map(Column::from).collect()).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// No step panics on any table, accounts for every row, and leaves the source as it was.
    #[test]
    fn rows_are_accounted_for(frame in any_table()) {
        let source = frame.clone();
        for what in all_actions() {
            if let Ok((after, report)) = run(&frame, what.clone()) {
                prop_assert_eq!(report.rows_after as usize, after.height());
                prop_assert_eq!(report.rows_before as usize, frame.height());
                let gone = report.rows_before - report.rows_after;
                prop_assert_eq!(report.dropped.len() as u64, gone.min(10));
                let dropped_column = matches!(what, CleanAction::DropColumn { .. });
                prop_assert!(dropped_column || report.examples.len() as u64 == report.cells_changed.min(10));
                prop_assert!(report.set_missing <= report.cells_changed);
                let json = serde_json::to_string(&report).unwrap();
                prop_assert_eq!(serde_json::from_str::<StepReport>(&json).unwrap(), report);
            }
        }
        prop_assert!(frame.equals_missing(&source));
    }

    /// A second time these steps find nothing to do.
    #[test]
    fn repairs_are_idempotent(frame in any_table()) {
        for what in all_actions() {
            // What these compute from changes with every cut.
            let scales = matches!(
                what,
                CleanAction::ClipOutliers { .. }
                    | CleanAction::DropOutliers { .. }
                    | CleanAction::Standardise { .. }
                    | CleanAction::MinMax { .. }
            );
            if scales || matches!(what, CleanAction::DropColumn { .. }) {
                continue;
            }
            if let Ok((once, _)) = run(&frame, what.clone()) {
                let (twice, report) = run(&once, what.clone()).unwrap();
                prop_assert_eq!((report.cells_changed, report.rows_after), (0, once.height() as u64), "{:?}", what);
                prop_assert!(twice.equals_missing(&once));
            }
        }
    }

    /// A step switched off is a step that is not there.
    #[test]
    fn off_is_as_good_as_gone(frame in any_table(), a in 0..100_usize, b in 0..100_usize, off in 0..3_usize) {
        let all = all_actions();
        let mut with = recipe([all[a % all.len()].clone(), all[b % all.len()].clone(), all[0].clone()]);
        let mut without = with.clone();
        with.steps[off].on = false;
        without.steps.remove(off);
        let (with, without) = (clean(&frame, &with, &Monitor::quiet()), clean(&frame, &without, &Monitor::quiet()));
        match (with, without) {
            (Ok((with, _)), Ok((without, _))) => prop_assert!(with.equals_missing(&without)),
            (with, without) => prop_assert_eq!(with.is_err(), without.is_err()),
        }
    }
}
