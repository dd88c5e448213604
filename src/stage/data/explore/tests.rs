//! Charts worked by hand, and what no table may do to them.

use super::*;
use crate::base::{Cancelled, Monitor};
use crate::stage::data::cell::{Condition, Test, Value, WrongColumn, mix};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// 2026-06-01, a Monday.
const MONDAY: i64 = 20_605 * DAY;

fn timed(frame: DataFrame) -> DataFrame {
    let at = col("at").cast(DataType::Datetime(TimeUnit::Milliseconds, None));
    frame.lazy().with_column(at).collect().unwrap()
}

/// a buys in order; b buys before the cart; c only looks; d carts without a look.
fn events() -> DataFrame {
    timed(
        df!(
            "user" => [Some("a"), Some("a"), Some("a"), Some("b"), Some("b"), Some("b"), Some("c"), Some("d"), None],
            "event" => ["view", "cart", "purchase", "view", "purchase", "cart", "view", "cart", "view"],
            "item" => ["p", "p", "q", "p", "p", "p", "q", "p", "p"],
            "at" => [0, 1, 3, 0, 1, 2, 24, 5, 6].map(|h| MONDAY + h * HOUR),
            "spend" => [None, None, Some(10.0), None, Some(5.0), None, None, None, Some(f64::NAN)],
        )
        .unwrap(),
    )
}

fn draw(frame: &DataFrame, recipe: ChartRecipe) -> ChartData {
    let json = serde_json::to_string(&recipe).unwrap();
    assert_eq!(serde_json::from_str::<ChartRecipe>(&json).unwrap(), recipe);
    let data = chart(frame, &recipe, &Monitor::quiet()).unwrap();
    let json = serde_json::to_string(&data).unwrap();
    assert_eq!(serde_json::from_str::<ChartData>(&json).unwrap(), data);
    data
}

fn csv(data: &ChartData) -> Vec<String> {
    let mut out = Vec::new();
    write_csv(data, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

fn text(word: &str) -> Label {
    Label::Value(Value::Text(word.into()))
}

#[test]
fn a_line_counts_every_step_from_first_to_last() {
    let recipe = LineRecipe { time: "at".into(), ..LineRecipe::default() };
    let data = draw(&events(), ChartRecipe::Line(recipe.clone()));
    assert_eq!(csv(&data), ["at,rows,value", "2026-06-01,8,8", "2026-06-02,1,1"]);
    let hourly = LineRecipe {
        grain: Grain::Hour,
        measure: Measure::Mean("spend".into()),
        group: Some(GroupBy { column: "event".into(), most: 1 }),
        ..recipe.clone()
    };
    let ChartData::Line(line) = draw(&events(), ChartRecipe::Line(hourly)) else { panic!("a line") };
    assert_eq!((line.points.len(), &line.groups), (25, &vec![text("view"), Label::Others]));
    assert_eq!(line.points[1].values, [None, Some(5.0)]);
    assert_eq!((line.points[4].rows, &line.points[4].values), (0, &vec![None, None]));
    let distinct = LineRecipe { grain: Grain::Month, measure: Measure::Distinct("user".into()), ..recipe };
    assert_eq!(csv(&draw(&events(), ChartRecipe::Line(distinct)))[1], "2026-06-01,9,4");
}

#[test]
fn too_many_steps_are_refused() {
    let frame = timed(df!("at" => [0, 400 * 366 * DAY]).unwrap());
    let recipe = LineRecipe { time: "at".into(), grain: Grain::Hour, ..LineRecipe::default() };
    let error = chart(&frame, &ChartRecipe::Line(recipe), &Monitor::quiet()).unwrap_err();
    assert!(matches!(error, ChartError::TooFine { limit: 100_000, .. }));
}

#[test]
fn bars_by_value_with_the_others_last() {
    let recipe = BarsRecipe {
        category: "user".into(),
        measure: Measure::Sum("spend".into()),
        most: 2,
        group: Some(GroupBy::new("item")),
        ..BarsRecipe::default()
    };
    let data = draw(&events(), ChartRecipe::Bars(recipe.clone()));
    assert_eq!(csv(&data), ["category,rows,total,p,q", "a,3,10,0,10", "b,3,5,5,0", "others,2,0,0,0", ",1,0,0,0"]);
    let by_name = BarsRecipe { measure: Measure::Median("spend".into()), order: BarOrder::Name, most: 9, ..recipe };
    let ChartData::Bars(bars) = draw(&events(), ChartRecipe::Bars(by_name)) else { panic!("bars") };
    let labels: Vec<String> = bars.bars.iter().map(|bar| bar.label.to_string()).collect();
    assert_eq!((labels, bars.others), (["a", "b", "c", "d", ""].map(String::from).to_vec(), 0));
    assert_eq!(bars.bars[2].total, None);
}

#[test]
fn histogram_and_boxes() {
    let frame = df!("v" => [0.0, 1.0, 2.0, 3.0, 4.0, 100.0, f64::INFINITY], "g" => ["x", "x", "x", "y", "y", "y", "y"])
        .unwrap();
    let recipe =
        HistogramRecipe { column: "v".into(), bins: Some(4), group: Some(GroupBy::new("g")), ..Default::default() };
    let data = draw(&frame, ChartRecipe::Histogram(recipe));
    assert_eq!(csv(&data), ["from,to,y,x", "0,25,2,3", "25,50,0,0", "50,75,0,0", "75,100,1,0"]);
    let ChartData::Box(boxes) = draw(&frame, ChartRecipe::Box(BoxRecipe { column: "v".into(), ..Default::default() }))
    else {
        panic!("boxes")
    };
    // 0 1 2 3 4 100: quartiles 1.25 and 3.75, fences -2.5 and 7.5.
    let all = &boxes.groups[0];
    assert_eq!((all.q1, all.median, all.q3, all.low_whisker, all.high_whisker), (1.25, 2.5, 3.75, 0.0, 4.0));
    assert_eq!((all.outliers, &all.shown, boxes.left_out), (1, &vec![100.0], 1));
    let many =
        df!("v" => (0..10_000).map(|i| if i < 9000 { f64::from(i % 10) } else { f64::from(i) }).collect::<Vec<_>>())
            .unwrap();
    let ChartData::Box(boxes) = draw(&many, ChartRecipe::Box(BoxRecipe { column: "v".into(), ..Default::default() }))
    else {
        panic!("boxes")
    };
    let all = &boxes.groups[0];
    assert_eq!((all.outliers, all.shown.len(), all.shown[0], all.shown[199]), (1000, 200, 9000.0, 9999.0));
}

#[test]
fn heat_stands_on_weekday_and_hour() {
    let ChartData::Heat(heat) =
        draw(&events(), ChartRecipe::Heat(HeatRecipe { time: "at".into(), ..Default::default() }))
    else {
        panic!("heat")
    };
    assert_eq!((heat.rows[0][0], heat.rows[0][1], heat.rows[1][0], heat.rows[6][23]), (2, 2, 1, 0));
    assert_eq!(heat.rows.iter().flatten().sum::<u64>(), 9);
}

#[test]
fn a_funnel_goes_forward_in_time() {
    let recipe = FunnelRecipe { user: "user".into(), event: "event".into(), time: "at".into(), ..Default::default() };
    let ChartData::Funnel(funnel) = draw(&events(), ChartRecipe::Funnel(recipe.clone())) else { panic!("a funnel") };
    let figures: Vec<_> = funnel.steps.iter().map(|s| (s.events, s.users, s.reached)).collect();
    assert_eq!(figures, [(4, 3, 3), (3, 3, 2), (2, 2, 1)]);
    assert_eq!((funnel.steps[1].of_first, funnel.steps[2].of_previous), (Some(2.0 / 3.0), Some(0.5)));
    // a waits one hour for the cart, b two; a waits two more to buy.
    let waits: Vec<_> = funnel.steps.iter().map(|s| s.seconds_since_previous).collect();
    assert_eq!((waits, funnel.left_out), (vec![None, Some(5400.0), Some(7200.0)], 1));
    // a bought another product than was in the cart.
    let same = FunnelRecipe { item: Some("item".into()), ..recipe };
    let ChartData::Funnel(funnel) = draw(&events(), ChartRecipe::Funnel(same)) else { panic!("a funnel") };
    assert_eq!(funnel.steps.iter().map(|s| s.reached).collect::<Vec<_>>(), [3, 2, 0]);
}

/// Slowly: every user's events one by one.
fn funnel_by_hand(rows: &[(u8, u8, i64)], steps: usize) -> Vec<u64> {
    let mut reached = vec![0; steps];
    for user in 0..=u8::MAX {
        let mut after = i64::MIN;
        for (step, count) in reached.iter_mut().enumerate() {
            let next =
                rows.iter().filter(|r| r.0 == user && usize::from(r.1) == step && r.2 >= after).map(|r| r.2).min();
            let Some(next) = next else { break };
            after = next;
            *count += 1;
        }
    }
    reached
}

#[test]
fn cohorts_by_the_month_of_the_first_row() {
    // a: June, July, August; b: June, August; c: August, twice.
    let frame = timed(
        df!("u" => ["a", "a", "a", "b", "b", "c", "c"], "at" => [0, 35, 62, 3, 65, 70, 71].map(|d| MONDAY + d * DAY))
            .unwrap(),
    );
    let recipe = CohortRecipe { user: "u".into(), time: "at".into(), ..Default::default() };
    let data = draw(&frame, ChartRecipe::Cohorts(recipe.clone()));
    assert_eq!(csv(&data), ["cohort,users,0,1,2", "2026-06-01,2,2,1,2", "2026-07-01,0,0,0", "2026-08-01,1,1"]);
    let newest = CohortRecipe { most: 2, ..recipe };
    let ChartData::Cohorts(data) = draw(&frame, ChartRecipe::Cohorts(newest)) else { panic!("cohorts") };
    assert_eq!((data.cohorts.len(), data.not_shown, data.cohorts[1].size), (2, 1, 1));
}

fn cloud(frame: &DataFrame, recipe: &ScatterRecipe) -> PointCloud {
    PointCloud::of(frame, recipe, &Monitor::quiet()).unwrap()
}

fn xy() -> ScatterRecipe {
    ScatterRecipe { x: "x".into(), y: "y".into(), ..ScatterRecipe::default() }
}

#[test]
fn few_points_are_drawn_with_their_rows() {
    let frame = df!(
        "x" => [Some(0.0), None, Some(10.0), Some(5.0), Some(f64::NAN)],
        "y" => [1_i64, 2, 3, 4, 5],
        "g" => ["a", "a", "b", "a", "b"],
    )
    .unwrap();
    let recipe = ScatterRecipe {
        group: Some(GroupBy::new("g")),
        filters: vec![Condition::new("y", Test::Above(Value::Integer(1)))],
        ..xy()
    };
    let ChartData::Scatter(data) = draw(&frame, ChartRecipe::Scatter(recipe)) else { panic!("a scatter") };
    let ScatterView::Points(points) = &data.view else { panic!("points") };
    assert_eq!(
        points.iter().map(|p| (p.row, p.x, p.y, p.group)).collect::<Vec<_>>(),
        [(2, 10.0, 3.0, 1), (3, 5.0, 4.0, 0)]
    );
    assert_eq!((data.points, data.left_out), (2, 2));
    assert_eq!(csv(&ChartData::Scatter(data)), ["row,x,y,group", "2,10,3,b", "3,5,4,a"]);
}

#[test]
fn many_points_are_counted_in_cells_of_any_window() {
    // A grid of 100 × 100 points.
    let n = 10_000;
    let frame = df!(
        "x" => (0..n).map(|i| f64::from(i % 100)).collect::<Vec<_>>(),
        "y" => (0..n).map(|i| f64::from(i / 100)).collect::<Vec<_>>(),
    )
    .unwrap();
    let cloud = cloud(&frame, &ScatterRecipe { most_points: 30, cells: (20, 25), ..xy() });
    let monitor = Monitor::quiet();
    let ScatterView::Density(whole) = cloud.view(cloud.window(), (20, 25), &monitor).unwrap() else { panic!("cells") };
    assert_eq!((whole.points, whole.most), (10_000, 20));
    assert!(whole.counts.iter().all(|count| *count == 20));
    // From 9.5 to 29.5 there are 20 columns, from 0 to 9 ten rows.
    let window = Window { x: (9.5, 29.5), y: (0.0, 9.0) };
    let ScatterView::Density(part) = cloud.view(window, (20, 10), &monitor).unwrap() else { panic!("cells") };
    assert_eq!((part.points, part.most, part.count(0, 9, 19)), (200, 1, 1));
    let corner = Window { x: (4.0, 2.0), y: (-5.0, 1.0) };
    let ScatterView::Points(points) = cloud.view(corner, (20, 10), &monitor).unwrap() else { panic!("points") };
    assert_eq!(points.iter().map(|p| p.row).collect::<Vec<_>>(), [2, 3, 4, 102, 103, 104]);
}

#[test]
fn times_keep_their_milliseconds_when_zoomed() {
    let at: Vec<i64> = (0..1000).map(|i| MONDAY + i).chain([MONDAY + 3000 * DAY]).collect();
    let frame = timed(df!("at" => at, "y" => vec![1.0; 1001]).unwrap());
    let cloud =
        cloud(&frame, &ScatterRecipe { x: "at".into(), y: "y".into(), most_points: 50, ..ScatterRecipe::default() });
    let window = |from: i64, to: i64| Window { x: ((MONDAY + from) as f64, (MONDAY + to) as f64), y: (0.0, 2.0) };
    let monitor = Monitor::quiet();
    let ScatterView::Points(points) = cloud.view(window(100, 110), (20, 20), &monitor).unwrap() else {
        panic!("points")
    };
    assert_eq!(points.iter().map(|p| p.row).collect::<Vec<_>>(), (100..=110).collect::<Vec<_>>());
    let ScatterView::Density(cells) = cloud.view(window(0, 999), (10, 1), &monitor).unwrap() else { panic!("cells") };
    assert_eq!((cells.points, &cells.counts), (1000, &vec![100; 10]));
}

#[test]
fn rectangle_and_lasso_select_rows_and_users() {
    let frame = df!(
        "x" => [1.0, 5.0, 9.0, 5.0, 100.0],
        "y" => [1.0, 5.0, 1.0, 9.0, 1000.0],
        "user" => [Some("a"), Some("b"), Some("a"), None, Some("c")],
    )
    .unwrap();
    let monitor = Monitor::quiet();
    let plain = cloud(&frame, &xy());
    let select = |cloud: &PointCloud, shape| cloud.select(&shape, &monitor).unwrap();
    let rectangle = Shape::Rectangle(Window { x: (9.0, 1.0), y: (1.0, 5.0) });
    assert_eq!(select(&plain, rectangle), [0, 1, 2]);
    let triangle = Shape::Lasso(vec![(0.0, 0.0), (10.0, 0.0), (5.0, 8.0)]);
    let picked = select(&plain, triangle.clone());
    assert_eq!(picked, [0, 1, 2]);
    assert_eq!(users_of(&frame, "user", &[4, 0, 3, 2, 99], &monitor).unwrap(), ["c", "a"]);
    // A star's middle lies inside two turns.
    let star = Shape::Lasso(vec![(5.0, 12.0), (8.0, 0.0), (0.0, 7.0), (10.0, 7.0), (2.0, 0.0)]);
    assert_eq!(select(&plain, star), [3]);
    for nothing in [vec![], vec![(0.0, 0.0), (9.0, 9.0)], vec![(f64::NAN, 0.0), (1.0, 1.0), (2.0, 0.0)]] {
        assert!(select(&plain, Shape::Lasso(nothing)).is_empty());
    }
    // Lines are straight as drawn. From (0.9, 0.9) to (110, 500) one passes x = 5 at 19.7 on plain axes, on
    // logarithmic ones at 0.9 · (5 / 0.9)^1.315 = 8.6, below the point at 9.
    let log = cloud(&frame, &ScatterRecipe { log_x: true, log_y: true, ..xy() });
    let below = Shape::Lasso(vec![(0.9, 0.9), (110.0, 500.0), (110.0, 0.9)]);
    assert_eq!(select(&log, below.clone()), [0, 1, 2]);
    assert_eq!(select(&plain, below), [0, 1, 2, 3]);
}

#[test]
fn correlation_of_the_chosen_columns() {
    let frame = df!("a" => [1, 2, 3, 4], "b" => [2.0, 4.0, 6.0, 0.0], "t" => ["x"; 4]).unwrap();
    let recipe =
        CorrelationRecipe { filters: vec![Condition::new("a", Test::Below(Value::Integer(4)))], ..Default::default() };
    let data = draw(&frame, ChartRecipe::Correlation(recipe));
    assert_eq!(csv(&data), ["a,b,pearson,spearman", "a,b,1,1"]);
    let text = ChartRecipe::Correlation(CorrelationRecipe { columns: vec!["t".into()], ..Default::default() });
    assert!(matches!(chart(&frame, &text, &Monitor::quiet()), Err(ChartError::WrongType { .. })));
}

#[test]
fn errors_are_typed() {
    let error = |recipe: ChartRecipe| chart(&events(), &recipe, &Monitor::quiet()).unwrap_err();
    assert_eq!(error(ChartRecipe::default()), ChartError::NotChosen { setting: "x" });
    let gone = HeatRecipe { time: "z".into(), ..Default::default() };
    assert_eq!(error(ChartRecipe::Heat(gone)), ChartError::Column(WrongColumn::Missing("z".into())));
    let words = HeatRecipe { time: "user".into(), ..Default::default() };
    assert!(matches!(error(ChartRecipe::Heat(words)), ChartError::WrongType { .. }));
    let none = vec![Condition::new("user", Test::Is(vec![Value::Text("z".into())]))];
    let bars = BarsRecipe { category: "user".into(), filters: none, ..Default::default() };
    assert_eq!(error(ChartRecipe::Bars(bars)), ChartError::NoRows);
    let twice = FunnelRecipe {
        user: "user".into(),
        event: "event".into(),
        time: "at".into(),
        steps: vec!["a".into(); 2],
        ..Default::default()
    };
    assert!(matches!(error(ChartRecipe::Funnel(twice)), ChartError::BadSetting { setting: "steps", .. }));
    let stopped = Monitor::quiet();
    stopped.cancel();
    let bars = ChartRecipe::Bars(BarsRecipe { category: "user".into(), ..Default::default() });
    assert_eq!(chart(&events(), &bars, &stopped).unwrap_err(), ChartError::Cancelled(Cancelled));
}

/// Every chart of every pair of columns.
fn all_charts(names: &[&str]) -> Vec<ChartRecipe> {
    let mut all = Vec::new();
    for a in names.iter().map(|name| (*name).to_owned()) {
        for b in names.iter().map(|name| (*name).to_owned()) {
            let group = Some(GroupBy { column: b.clone(), most: 2 });
            let filters = vec![];
            for measure in
                [Measure::Count, Measure::Sum(b.clone()), Measure::Median(b.clone()), Measure::Distinct(b.clone())]
            {
                let (group, filters) = (group.clone(), filters.clone());
                for grain in [Grain::Day, Grain::Month] {
                    all.push(ChartRecipe::Line(LineRecipe {
                        time: a.clone(),
                        grain,
                        measure: measure.clone(),
                        group: group.clone(),
                        filters: filters.clone(),
                    }));
                }
                all.push(ChartRecipe::Bars(BarsRecipe {
                    category: a.clone(),
                    measure: measure.clone(),
                    most: 2,
                    group,
                    ..Default::default()
                }));
                all.push(ChartRecipe::Heat(HeatRecipe { time: a.clone(), measure, filters }));
            }
            all.push(ChartRecipe::Scatter(ScatterRecipe {
                x: a.clone(),
                y: b.clone(),
                log_x: true,
                most_points: 3,
                group: group.clone(),
                ..Default::default()
            }));
            all.push(ChartRecipe::Scatter(ScatterRecipe { x: a.clone(), y: b.clone(), ..Default::default() }));
            all.push(ChartRecipe::Histogram(HistogramRecipe {
                column: a.clone(),
                bins: Some(7),
                group: group.clone(),
                ..Default::default()
            }));
            all.push(ChartRecipe::Histogram(HistogramRecipe { column: a.clone(), ..Default::default() }));
            all.push(ChartRecipe::Box(BoxRecipe { column: a.clone(), group, ..Default::default() }));
            all.push(ChartRecipe::Cohorts(CohortRecipe {
                user: a.clone(),
                time: b.clone(),
                most: 3,
                ..Default::default()
            }));
            all.push(ChartRecipe::Funnel(FunnelRecipe {
                user: a.clone(),
                event: "t".into(),
                time: b.clone(),
                ..Default::default()
            }));
        }
    }
    all.push(ChartRecipe::Correlation(CorrelationRecipe::default()));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_table_panics_and_all_data_reads_back(seed in any::<u64>(), n in 0..12_usize) {
        let bits = |i: usize| mix(seed.wrapping_add(i as u64));
        let wild = |i: usize| match bits(i) % 5 {
            0 => None,
            1 => Some(f64::from_bits(bits(i))),
            2 => Some((bits(i) % 7) as f64),
            3 => Some([f64::INFINITY, f64::NAN, -0.0, f64::MAX, f64::MIN][i % 5]),
            _ => Some(bits(i) as f64 / 1e18),
        };
        let wholes: Vec<Option<i64>> = (0..n).map(|i| (bits(i + 50) % 4 > 0).then(|| bits(i) as i64 >> (bits(i + 9) % 64))).collect();
        let frame = df!(
            "t" => (0..n).map(|i| ["view", "cart", "purchase", ""][bits(i) as usize % 4]).collect::<Vec<_>>(),
            "f" => (0..n).map(wild).collect::<Vec<_>>(),
            "i" => &wholes,
            "at" => &wholes,
            "d" => wholes.iter().map(|v| v.map(|v| v as i32)).collect::<Vec<_>>(),
            "ok" => (0..n).map(|i| (bits(i) % 3 > 0).then_some(bits(i) % 2 == 0)).collect::<Vec<_>>(),
            "none" => vec![None::<f64>; n],
        ).unwrap();
        let frame = timed(frame).lazy().with_column(col("d").cast(DataType::Date)).collect().unwrap();
        for recipe in all_charts(&["t", "f", "i", "at", "d", "ok", "none"]) {
            if let Ok(data) = chart(&frame, &recipe, &Monitor::quiet()) {
                prop_assert!(!csv(&data).is_empty());
                let json = serde_json::to_string(&data).unwrap();
                prop_assert_eq!(serde_json::from_str::<ChartData>(&json).unwrap(), data, "{:?}", recipe);
            }
        }
    }

    #[test]
    fn the_funnel_is_the_one_of_single_steps(rows in prop::collection::vec((0..6_u8, 0..3_u8, 0..20_i64), 1..60)) {
        let words = ["view", "cart", "purchase"];
        let frame = timed(df!(
            "user" => rows.iter().map(|r| u32::from(r.0)).collect::<Vec<_>>(),
            "event" => rows.iter().map(|r| words[usize::from(r.1)]).collect::<Vec<_>>(),
            "at" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
        ).unwrap());
        let recipe = FunnelRecipe { user: "user".into(), event: "event".into(), time: "at".into(), ..Default::default() };
        let ChartData::Funnel(funnel) = chart(&frame, &ChartRecipe::Funnel(recipe), &Monitor::quiet()).unwrap() else { panic!() };
        prop_assert_eq!(funnel.steps.iter().map(|s| s.reached).collect::<Vec<_>>(), funnel_by_hand(&rows, 3));
    }

    /// Density, points and selection agree on what lies in a window.
    #[test]
    fn views_agree(points in prop::collection::vec((-50.0..50.0_f64, 0..40_i64), 1..200), a in -60.0..60.0_f64, b in -60.0..60.0_f64) {
        let frame = df!("x" => points.iter().map(|p| p.0).collect::<Vec<_>>(), "y" => points.iter().map(|p| p.1).collect::<Vec<_>>()).unwrap();
        let window = Window { x: (a, b), y: (3.0, 30.5) };
        let inside = points.iter().filter(|p| (a.min(b)..=a.max(b)).contains(&p.0) && (3..=30).contains(&p.1)).count();
        let few = cloud(&frame, &xy());
        let ScatterView::Points(seen) = few.view(window, (16, 16), &Monitor::quiet()).unwrap() else { panic!() };
        prop_assert_eq!(seen.len(), inside);
        prop_assert_eq!(few.select(&Shape::Rectangle(window), &Monitor::quiet()).unwrap().len(), inside);
        let many = cloud(&frame, &ScatterRecipe { most_points: 0, ..xy() });
        match many.view(window, (16, 16), &Monitor::quiet()).unwrap() {
            ScatterView::Density(density) => prop_assert_eq!(density.points as usize, inside),
            ScatterView::Points(seen) => prop_assert_eq!((seen.len(), inside), (0, 0)),
        }
    }

    /// Cells decide most points of a lasso; each of them as the line itself would.
    #[test]
    fn a_lasso_picks_what_lies_inside(
        points in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 3..60),
        corners in prop::collection::vec((-0.2..1.2_f64, -0.2..1.2_f64), 3..9),
    ) {
        // A triangle fan from the first corner, each triangle tested by the signs of its sides: odd many contain it.
        let side = |a: (f64, f64), b: (f64, f64), p: (f64, f64)| (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
        let within = |p: (f64, f64)| {
            let fan = corners.windows(2).skip(1).filter(|pair| {
                let sides = [side(corners[0], pair[0], p), side(pair[0], pair[1], p), side(pair[1], corners[0], p)];
                sides.iter().all(|s| *s > 0.0) || sides.iter().all(|s| *s < 0.0)
            });
            fan.count() % 2 == 1
        };
        let frame = df!("x" => points.iter().map(|p| p.0).collect::<Vec<_>>(), "y" => points.iter().map(|p| p.1).collect::<Vec<_>>()).unwrap();
        let expected: Vec<u32> = (0..points.len() as u32).filter(|i| within(points[*i as usize])).collect();
        let picked = cloud(&frame, &xy()).select(&Shape::Lasso(corners.clone()), &Monitor::quiet()).unwrap();
        prop_assert_eq!(picked, expected);
    }
}
