//! Segments by both doors: the verb on the real binary, the page in the real App.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use shopwright::stage::Stage;
use shopwright::stage::segment::agreement::adjusted_rand;
use shopwright::stage::segment::picture::Picture;
use shopwright::stage::segment::rule::{Compare, Deed, Rule, Within};
use shopwright::stage::segment::run::Method;
use shopwright::stage::segment::saved::{Origin, SavedSegment, SegmentNames};
use shopwright::store::segments::{self, SegmentPlan};
use shopwright::store::{Store, blob};
use shopwright::ui::page::segment::{ExportSpec, Layout, SegmentCommand, Whom};
use shopwright::ui::text::Lang;
use shopwright::ui::{Action, Command as Send, Page};
use tempfile::TempDir;

use crate::support::Stand;

fn shopwright(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shopwright")).args(args).output().expect("starts")
}

fn told(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("path")
}

/// The sample shop as a project, by the command line.
fn sample_project(folder: &Path) -> PathBuf {
    let files = folder.join("files");
    let made = shopwright(&["sample", "--out", text(&files)]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let project = folder.join("shop.shopwright");
    for (file, kind) in [("events.csv", "events"), ("products.csv", "products"), ("reviews.csv", "reviews")] {
        let file = files.join(file);
        let output = shopwright(&["import", text(&file), "--project", text(&project), "--as", kind]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    project
}

#[test]
fn the_verb_finds_the_planted_types_and_keeps_the_run() {
    let folder = TempDir::new().expect("temp folder");
    let project = sample_project(folder.path());
    let out = folder.path().join("found.csv");
    let output = shopwright(&[
        "segment",
        "--project",
        text(&project),
        "--method",
        "kmeans",
        "--k",
        "auto",
        "--out",
        text(&out),
        "--json",
    ]);
    let report = told(&output);
    assert_eq!(report["method"], "kmeans");
    assert!(["clear", "weak"].contains(&report["verdict"].as_str().expect("verdict")), "{report}");
    let (low, high) = (&report["silhouette_ci"][0], &report["silhouette_ci"][1]);
    let silhouette = report["silhouette"].as_f64().expect("silhouette");
    assert!(low.as_f64().expect("low") < silhouette && silhouette < high.as_f64().expect("high"));
    let found = report["segments"].as_array().expect("segments");
    assert_eq!(found.len() as u64, report["k"].as_u64().expect("k"));
    let share: f64 = found.iter().map(|s| s["revenue_share"].as_f64().expect("share")).sum();
    assert!((share - 1.0).abs() < 1e-6);
    for segment in found {
        assert!(!segment["name"].as_str().expect("name").is_empty(), "{segment}");
        assert!(segment["sentence"].as_str().expect("sentence").ends_with('.'), "{segment}");
    }

    // The file's groups against what was planted.
    let truth = std::fs::read_to_string(folder.path().join("files/truth.json")).expect("truth");
    let truth: serde_json::Value = serde_json::from_str(&truth).expect("JSON");
    let mut codes: HashMap<String, u32> = HashMap::new();
    let mut code = |name: &str| {
        let next = codes.len() as u32;
        *codes.entry(name.to_owned()).or_insert(next)
    };
    let csv = std::fs::read_to_string(&out).expect("exported");
    let mut lines = csv.trim_start_matches('\u{feff}').lines();
    assert!(lines.next().expect("head").starts_with("user,segment,"));
    let (mut mine, mut planted) = (Vec::new(), Vec::new());
    for line in lines {
        let mut cells = line.split(',');
        let (user, segment) = (cells.next().expect("user"), cells.next().expect("segment"));
        mine.push(code(&format!("found {segment}")));
        planted.push(code(truth["user_type"][user].as_str().expect("a planted type")));
    }
    let agreement = adjusted_rand(&mine, &planted);
    assert!(agreement >= 0.9, "adjusted Rand index {agreement}");

    // The run is in the file, whole, and `info` sees it fresh.
    let opened = Store::open_to_read(&project).expect("opens");
    let (_, run) = opened.project.latest_run(Stage::Segment).expect("a run");
    let picture = segments::load(run, &blob::Reader::open(&project).expect("reader")).expect("loads");
    assert_eq!((picture.len(), picture.found.k), (mine.len(), found.len()));
    let info = told(&shopwright(&["info", "--project", text(&project), "--json"]));
    assert_eq!(
        (info["runs"][0]["method"].as_str(), info["runs"][0]["state"].as_str()),
        (Some("kmeans"), Some("fresh"))
    );

    // RFM needs no search; hashed ids are not the ids.
    let xlsx = folder.path().join("rfm.parquet");
    let args =
        ["segment", "--project", text(&project), "--method", "rfm", "--out", text(&xlsx), "--hash-ids", "--json"];
    let report = told(&shopwright(&args));
    assert_eq!((report["verdict"].is_null(), report["silhouette"].is_null()), (true, true));
    assert_eq!(report["cuts"]["recency"].as_array().map(Vec::len), Some(4), "{report}");
    let own = ["segment", "--project", text(&project), "--method", "rfm", "--recency-cuts", "7,30,90,180", "--json"];
    assert_eq!(told(&shopwright(&own))["cuts"]["recency"], serde_json::json!([7.0, 30.0, 90.0, 180.0]));
    let names: Vec<_> = report["segments"].as_array().expect("segments").iter().map(|s| s["name"].clone()).collect();
    assert!(names.contains(&"Champions".into()), "{names:?}");
    let bytes = std::fs::read(&xlsx).expect("written");
    let frame = blob::frame_from_parquet(bytes, None).expect("parquet");
    let ids = frame.column("user").expect("user").str().expect("text").clone();
    assert!(ids.iter().all(|id| id.is_some_and(|id| id.len() == 32)));
}

#[test]
fn the_verb_says_what_is_wrong_in_one_line() {
    let folder = TempDir::new().expect("temp folder");
    let csv = folder.path().join("orders.csv");
    let mut rows = String::from("order_id,user_id,item_id,quantity,time,price\n");
    for i in 0..3 {
        rows.push_str(&format!("{i},c{i},x,1,2024-03-0{} 10:00:00,{}\n", i + 1, i + 1));
    }
    std::fs::write(&csv, rows).expect("written");
    let project = folder.path().join("p.shopwright");
    let p = text(&project);
    let imported = shopwright(&["import", text(&csv), "--project", p, "--as", "orders"]);
    assert_eq!(imported.status.code(), Some(0), "{imported:?}");
    let none = folder.path().join("none.shopwright");
    let bad = folder.path().join("out.doc");
    let cases: [(&[&str], i32, &str); 8] = [
        (&["--project", text(&none)], 1, "no such file"),
        (&["--project", p], 1, "too few"),
        (&["--project", p, "--k", "5"], 1, "at least 5"),
        (&["--project", p, "--k", "2", "--features", "shoe_size"], 1, "shoe_size"),
        (&["--project", p, "--k", "2", "--features", "returns"], 1, "the same for everyone"),
        (&["--project", p, "--out", text(&bad)], 1, ".xlsx"),
        (&["--project", p, "--k", "1"], 2, "2 to 30"),
        (&["--project", p, "--method", "rfm", "--recency-cuts", "9,3,1,0"], 2, "four rising numbers"),
    ];
    for (args, code, says) in cases {
        let output = shopwright(&[&["segment", "--json"], args].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(says), "{args:?}: {error}");
        assert!(output.stdout.is_empty() && (code == 2 || error.trim_end().lines().count() == 1), "{args:?}: {error}");
    }
    // A small audience is written only when it is said so.
    let small = folder.path().join("small.csv");
    let args = ["segment", "--project", p, "--method", "rfm", "--out", text(&small)];
    let refused = shopwright(&args);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--small"), "{refused:?}");
    assert!(!small.exists());
    assert_eq!(shopwright(&[&args[..], &["--small"]].concat()).status.code(), Some(0));
    assert!(small.exists());
}

fn picture(stand: &Stand) -> Picture {
    let project = stand.harness.state().project().expect("open");
    let (_, run) = project.latest_run(Stage::Segment).expect("a run");
    let reader = blob::Reader::open(stand.harness.state().project_path().expect("path")).expect("reader");
    segments::load(run, &reader).expect("loads")
}

fn saved(stand: &Stand) -> Vec<SavedSegment> {
    let project = stand.harness.state().project().expect("open");
    project.items_of::<SavedSegment>().into_iter().map(|(_, segment)| segment).collect()
}

fn run_id(stand: &Stand) -> shopwright::project::RunId {
    stand.harness.state().project().expect("open").latest_run(Stage::Segment).expect("a run").0
}

#[test]
fn the_page_finds_names_keeps_compares_and_exports() {
    let mut stand = Stand::new();
    stand.open_sample();
    stand.send(Send::Do(Action::Go(Page::Segment)));
    assert!(stand.sees("No groups yet"));
    stand.click("Find groups");
    assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
    let found = picture(&stand);
    let first = found.found.personas[0].clone();
    assert!(stand.sees(&first.name.en) && stand.sees("Against the average") && stand.sees("Why here"));
    for tab in ["Table", "Profiles", "Rules", "Compare", "Map"] {
        stand.click(tab);
    }

    // A name given by hand is shown everywhere and survives a restart; undo takes it back.
    stand.click("Edit name and sentence");
    let run = run_id(&stand);
    let mut names = SegmentNames::default();
    let own = shopwright::stage::segment::persona::Bilingual { en: "Tea lovers".into(), zh: "爱茶人".into() };
    names.names.insert(first.segment, own);
    let edit = shopwright::project::Item::put(&names, &run.0.to_string()).expect("serialises");
    let label = shopwright::project::document::Label::Change("segment_names");
    stand.send(Send::Edit { label, edits: vec![edit], merge: None });
    stand.click("Cancel");
    assert!(stand.sees("Tea lovers"));

    // Drawn customers become the selection, then a segment.
    let all = vec![[-1e6, -1e6], [1e6, -1e6], [1e6, 1e6], [-1e6, 1e6]];
    let label = "drawn".to_owned();
    stand.send(Send::Segment(SegmentCommand::Drawn { run, layout: Layout::Plane, line: all, label }));
    assert!(stand.sees("customers selected"));
    stand.send(Send::Segment(SegmentCommand::KeepSelection { name: "Everybody".into() }));
    assert_eq!(saved(&stand)[0].count, found.len() as u64);

    // A live rule and a fixed one; the fixed one holds its customers.
    let bought = Deed { event: Some(shopwright::stage::data::features::EventKind::Purchase), ..Deed::default() };
    let rule = Rule::All {
        of: vec![
            Rule::Did { what: bought, least: 2, most: None, within: Within::AnyDays(60) },
            Rule::Not { of: Box::new(Rule::Segment { name: "Tea lovers".into() }) },
        ],
    };
    for (name, live) in [("Twice in sixty days", true), ("The same, kept", false)] {
        let rule = Box::new(rule.clone());
        stand.send(Send::Segment(SegmentCommand::KeepRule { id: None, name: name.into(), rule, live }));
    }
    let kept = saved(&stand);
    assert_eq!(kept.len(), 3, "{:?}", stand.app().failures());
    assert!(kept[1].is_live() && kept[1].count > 0 && kept[1].count < found.len() as u64);
    let Origin::Customers { ids } = &kept[2].origin else { panic!("{:?}", kept[2].origin) };
    assert_eq!(ids.len() as u64, kept[1].count);
    let tea: Vec<&str> = found.ids_of(first.segment);
    assert!(tea.iter().all(|id| !ids.contains(*id)));

    stand.click("Rules");
    assert!(stand.sees("Twice in sixty days") && stand.sees("live"));
    stand.click("Compare");
    stand.click("Two periods");
    assert!(stand.sees("stayed in their group"), "{:?}", stand.app().failures());

    // Export of one segment, ids hashed.
    let file = stand.folder.join("tea.xlsx");
    stand.script.will_choose(file.clone());
    stand.send(Send::Segment(SegmentCommand::AskExport(Box::new(ExportSpec {
        run,
        whom: Whom::Found(first.segment),
        name: "Tea lovers".into(),
        columns: vec!["monetary".into()],
        hashed: true,
        lang: Lang::En,
    }))));
    stand.settle();
    assert!(file.exists(), "{:?}", stand.app().failures());

    let mut stand = stand.again();
    stand.send(Send::Do(Action::Go(Page::Segment)));
    assert!(stand.sees("Tea lovers"), "the last result is there after a restart");
    assert_eq!(stand.app().project().expect("open").runs().count(), 1, "and nothing was computed again");
    stand.send(Send::Do(Action::Undo));
}

#[test]
fn rfm_on_the_page_shows_its_table_and_selects_a_cell() {
    let mut stand = Stand::new();
    stand.open_sample();
    stand.send(Send::Do(Action::Go(Page::Segment)));
    stand.click("RFM");
    stand.click("Find groups");
    assert!(stand.sees("Champions") && stand.sees("Cut points"));
    stand.click("RFM table");
    let found = picture(&stand);
    assert_eq!(found.found.method, Method::Rfm);
    let rfm = found.found.rfm.as_ref().expect("RFM");
    let best = rfm.in_cell(5, 5).len();
    assert!(best > 0);
    stand.click(&format!("Recency 5, frequency 5: {best} customers"));
    // Said where it was clicked, and wherever one goes from there.
    for tab in ["RFM table", "Table", "Map"] {
        stand.click(tab);
        assert!(stand.sees(&format!("{best} customers selected")), "{tab}");
    }
    // Why a group is one: its definition with the cut points in words.
    let cut = rfm.recency_cuts[1];
    assert!(cut.is_finite() && stand.sees("Days since last purchase up to"));
    stand.click("Definitions of the groups");
    assert!(stand.sees("The first line that holds decides"));
    stand.click("Add a line");
    stand.click("Done");
    assert!(!stand.sees("The first line that holds decides"), "the dialog is closed");
    assert!(stand.sees("Changed"), "{:?}", stand.values());
    assert!(stand.sees(&format!("{best} customers selected")));
}

#[test]
fn what_cannot_work_is_said_where_it_stands() {
    let mut stand = Stand::new();
    stand.open_sample();
    stand.send(Send::Do(Action::Go(Page::Segment)));
    let mut plan = SegmentPlan::of(stand.app().project().expect("open"));
    plan.segment.features = vec!["shoe_size".into()];
    stand.send(Send::Segment(SegmentCommand::Run(Box::new(plan.clone()))));
    assert!(stand.sees("There is no feature shoe_size"));
    plan.segment.features.clear();
    stand.send(Send::Segment(SegmentCommand::Run(Box::new(plan))));
    assert!(!stand.sees("There is no feature shoe_size"));

    // A rule that nobody meets says so at its condition; one that cannot be asked too.
    let nobody =
        Rule::All { of: vec![Rule::Feature { feature: "recency".into(), compare: Compare::Below, value: -1.0 }] };
    let unknown = Rule::All { of: vec![Rule::Segment { name: "Martians".into() }] };
    for (rule, live) in [(nobody, true), (unknown, true)] {
        let rule = Box::new(rule);
        stand.send(Send::Segment(SegmentCommand::KeepRule { id: None, name: "x".into(), rule, live }));
    }
    let kept = saved(&stand);
    assert_eq!((kept.len(), kept[0].count), (1, 0));
    assert!(stand.sees("There is no segment Martians"), "{:?}", stand.app().failures());
}
