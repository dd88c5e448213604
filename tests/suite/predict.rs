//! Predict: the verb on the real binary, the page in the real App.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A project in a folder of its own, driven through the binary.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("temp folder") }
    }

    fn with_sample(table: &str) -> Self {
        let shop = Self::new();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data").join(table);
        shop.import_file(&sample);
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let project = self.path("p.shopwright");
        Command::new(env!("CARGO_BIN_EXE_shopwright"))
            .args(args)
            .args(["--json", "--project"])
            .arg(project)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .expect("starts")
    }

    fn import_file(&self, file: &Path) {
        let output = self.run(&["import", file.to_str().expect("path")]);
        assert!(output.status.success(), "{output:?}");
    }

    fn import(&self, name: &str, content: &str) {
        let file = self.path(name);
        std::fs::write(&file, content).expect("written");
        self.import_file(&file);
    }

    /// The JSON of a run that must succeed.
    fn predict(&self, args: &[&str]) -> Value {
        let output = self.run(&[&["predict"], args].concat());
        assert!(output.status.success(), "{args:?}: {output:?}");
        assert!(output.stderr.is_empty(), "silent when not on a terminal: {output:?}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(text.trim_end().lines().count(), 1);
        serde_json::from_str(&text).expect("JSON")
    }

    /// The one line of a run that must be refused.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(&[&["predict"], args].concat());
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(text.trim_end().lines().count(), 1, "{text}");
        text
    }

    fn runs(&self) -> Vec<Value> {
        let output = self.run(&["info"]);
        let info: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        info["runs"].as_array().expect("runs").clone()
    }
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|v| v.as_str().expect("a name")).collect()
}

fn models(report: &Value) -> Vec<&str> {
    report["leaderboard"].as_array().expect("a board").iter().map(|m| m["model"].as_str().expect("a name")).collect()
}

fn metric(report: &Value, place: usize, name: &str) -> f64 {
    report["leaderboard"][place]["metrics"][name].as_f64().unwrap_or_else(|| panic!("{name}: {report}"))
}

/// Made-up customers: `y` follows `a` and `b`; other columns are for the test to choose.
fn table(rows: usize, columns: &str, more: impl Fn(usize) -> String) -> String {
    let mut text = format!("customer_id,a,b,y{columns}\n");
    for i in 0..rows {
        let (a, b) = ((i * 37 % 101) as f64 / 10.0, (i * 53 % 97) as f64 / 10.0);
        let noise = (i * 7919 % 211) as f64 / 211.0;
        let y = u8::from(a + b + 6.0 * noise > 12.0);
        text.push_str(&format!("c{i},{a},{b},{y}{}\n", more(i)));
    }
    text
}

#[test]
fn the_articles_case_on_the_sample_shop() {
    let shop = Shop::with_sample("user_behavior.csv");
    let args = ["--table", "user_behavior", "--target", "purchase_probability"];
    let report = shop.predict(&[&args[..], &["--model", "linear", "--test-share", "0.2"]].concat());
    assert_eq!((&report["task"], &report["target"]), (&"regression".into(), &"purchase_probability".into()));
    assert_eq!(names(&report["features"]), ["browser_time", "purchase_frequency", "review_count", "review_sentiment"]);
    assert_eq!(models(&report), ["linear"]);
    assert_eq!(report["best"], "linear");
    assert!(metric(&report, 0, "accuracy") >= 0.80, "{report}");
    assert!(metric(&report, 0, "mse") <= 0.03, "{report}");
    let naive = report["baseline"]["mse"].as_f64().expect("a number");
    assert!(metric(&report, 0, "mse") < naive / 2.0, "{report}");
    assert_eq!(report["leaderboard"][0]["per_fold"]["mse"].as_array().map(Vec::len), Some(1));

    // The coefficients that were planted lie within the intervals found, and the intervals are narrow.
    let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/truth.json");
    let truth: Value = serde_json::from_slice(&std::fs::read(truth).expect("readable")).expect("JSON");
    let planted = &truth["purchase_probability"]["coefficients"];
    let found = report["coefficients"].as_array().expect("coefficients");
    assert_eq!(found.len(), 5);
    for line in found {
        let name = line["name"].as_str().expect("a name");
        let value = |key: &str| line[key].as_f64().unwrap_or_else(|| panic!("{key} of {name}"));
        let planted = planted[name.trim_matches(['(', ')'])].as_f64().expect("planted");
        assert_eq!(value("planted"), planted, "told beside what was found");
        // Chances are cut off at 0 and 1, which pulls every slope a little towards 0: a fifth is the most allowed.
        assert!((value("estimate") - planted).abs() < 0.2 * planted, "{name}: {} {planted}", value("estimate"));
        assert!(value("low") < value("estimate") && value("estimate") < value("high"), "{name}");
        assert!(value("std_error") > 0.0 && value("p_value") < 1e-6, "{name}");
    }

    // The same seed, the same answer (but for the time it took); a run is kept.
    let mut again = shop.predict(&[&args[..], &["--model", "linear", "--test-share", "0.2", "--seed", "42"]].concat());
    again["leaderboard"][0]["seconds"] = report["leaderboard"][0]["seconds"].clone();
    assert_eq!(again, report);
    let runs = shop.runs();
    assert_eq!((runs.len(), &runs[0]["stage"], &runs[0]["state"]), (2, &"predict".into(), &"fresh".into()));
}

#[test]
fn descent_agrees_with_the_closed_form() {
    let shop = Shop::with_sample("user_behavior.csv");
    let of = |model: &str| {
        let args = ["--table", "user_behavior", "--target", "purchase_probability", "--test-share", "0.2"];
        let report = shop.predict(&[&args[..], &["--model", model]].concat());
        let lines = report["coefficients"].as_array().expect("coefficients").clone();
        lines.iter().map(|line| line["estimate"].as_f64().expect("a number")).collect::<Vec<_>>()
    };
    for (closed, descent) in of("linear").into_iter().zip(of("gd")) {
        assert!((closed - descent).abs() < 1e-6, "{closed} {descent}");
    }
}

#[test]
fn all_models_stand_on_one_board_beside_the_baseline_and_scores_are_written() {
    let shop = Shop::new();
    shop.import("people.csv", &table(400, "", |_| String::new()));
    let out = shop.path("scores.csv");
    let args = ["--table", "people", "--target", "y", "--model", "all", "--folds", "4"];
    let report = shop.predict(&[&args[..], &["--out", out.to_str().expect("path")]].concat());
    assert_eq!(report["task"], "classification");
    assert_eq!(names(&report["features"]), ["a", "b"], "a customer's number says nothing");
    let mut found = models(&report);
    found.sort_unstable();
    assert_eq!(found, ["boost", "elastic", "forest", "gd", "lasso", "linear", "logistic", "ridge", "svm", "tree"]);
    let metrics = ["accuracy", "balanced_accuracy", "precision", "recall", "f1", "auc", "pr_auc", "log_loss", "brier"];
    for place in 0..10 {
        metrics.iter().for_each(|name| assert!(metric(&report, place, name).is_finite()));
        assert_eq!(report["leaderboard"][place]["per_fold"]["auc"].as_array().map(Vec::len), Some(4));
        assert!(metric(&report, place, "auc") > 0.8);
    }
    assert_eq!(report["baseline"]["auc"], 0.5);
    assert_eq!(report["comparisons"].as_array().map(Vec::len), Some(9));
    assert!(report["winner"].is_null(), "closed form and descent are one model: {}", report["winner"]);

    let text = std::fs::read_to_string(&out).expect("written");
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    assert_eq!(lines.next(), Some("user,chance_y"));
    let scores: Vec<(String, f64)> = lines
        .map(|line| line.split_once(',').expect("two cells"))
        .map(|(id, score)| (id.to_owned(), score.parse().expect("a number")))
        .collect();
    assert_eq!((scores.len(), scores[17].0.as_str()), (400, "c17"));
    assert!(scores.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
}

#[test]
fn a_kept_model_is_applied_to_another_table_after_a_look_at_it() {
    let shop = Shop::new();
    let city = |i: usize| format!(",{}", ["Bath", "Leeds", "York"][i % 3]);
    shop.import("old.csv", &table(300, ",city", city));
    shop.refused(&["--kept", "--table", "old"]);
    let learned = shop.predict(&["--table", "old", "--target", "y", "--model", "logistic"]);
    assert_eq!(names(&learned["features"]), ["a", "b", "city"]);

    shop.import("new.csv", "customer_id,a,b,city\nn1,9,9,Bath\nn2,0.5,0.5,Oz\nn3,9,9,Oz\n");
    let out = shop.path("new-scores.csv");
    let applied = shop.predict(&["--kept", "--table", "new", "--out", out.to_str().expect("path")]);
    assert_eq!((&applied["rows"], &applied["fits"], &applied["model"]), (&3.into(), &true.into(), &"logistic".into()));
    let unseen = &applied["check"]["unseen"][0];
    assert_eq!((&unseen["feature"], &unseen["level"], &unseen["rows"]), (&"city".into(), &"Oz".into(), &2.into()));
    let text = std::fs::read_to_string(&out).expect("written");
    let score = |line: usize| -> f64 {
        text.lines().nth(line).and_then(|l| l.split(',').nth(1)).expect("a cell").parse().expect("a number")
    };
    assert!(score(1) > 0.9 && score(2) < 0.1 && score(3) > 0.9, "{text}");

    shop.import("short.csv", "customer_id,a,city\nn1,9,Bath\nn2,2,Bath\n");
    let line = shop.refused(&["--kept", "--table", "short"]);
    assert!(line.contains("does not fit") && line.contains("\"b\""), "{line}");
    shop.import("typed.csv", "customer_id,a,b,city\nn1,many,3,Bath\nn2,few,2,Bath\n");
    let line = shop.refused(&["--kept", "--table", "typed"]);
    assert!(line.contains("\"a\""), "{line}");
    assert_eq!(shop.runs().len(), 2, "what was refused is not kept");
}

#[test]
fn questions_about_the_days_after_a_cut_are_made_from_events() {
    let shop = Shop::with_sample("events.csv");
    for (outcome, task, target) in [
        ("buys", "classification", "buys_within_30_days"),
        ("quiet", "classification", "quiet_for_30_days"),
        ("spends", "regression", "spends_within_30_days"),
    ] {
        let model = if task == "regression" { "linear" } else { "logistic" };
        let report = shop.predict(&["--outcome", outcome, "--days", "30", "--model", model]);
        assert_eq!((&report["task"], &report["target"]), (&task.into(), &target.into()));
        assert!(report["rows"].as_u64().is_some_and(|rows| rows > 1_000), "{report}");
        assert!(!names(&report["features"]).contains(&"user"));
        let (key, better) = if task == "regression" { ("r2", 0.1) } else { ("auc", 0.65) };
        assert!(metric(&report, 0, key) > better, "{outcome}: {report}");
        let warned = report["warnings"].as_array().expect("warnings");
        assert!(warned.iter().all(|w| w["warning"] != "not_covered" && w["warning"] != "leak"), "{report}");
    }
    // A cut that leaves too few days is told of; one before everything is refused.
    let late = shop.predict(&["--outcome", "buys", "--days", "30", "--cut", "2026-10-20", "--model", "logistic"]);
    assert!(late["warnings"].as_array().expect("warnings").iter().any(|w| w["warning"] == "not_covered"), "{late}");
    let line = shop.refused(&["--outcome", "buys", "--cut", "1999-01-01"]);
    assert!(line.contains("no events"), "{line}");
}

#[test]
fn segments_are_made_from_what_was_predicted() {
    let shop = Shop::with_sample("events.csv");
    let score = "chance_buys_within_30_days";
    let args = ["segment", "--k", "3", "--features", "recency,orders,chance_buys_within_30_days"];
    let refused = shop.run(&args);
    assert_eq!(refused.status.code(), Some(1), "nothing was predicted yet: {refused:?}");
    shop.predict(&["--outcome", "buys", "--model", "logistic"]);
    let out = shop.path("segments.csv");
    let made = shop.run(&[&args[..], &["--out", out.to_str().expect("path")]].concat());
    assert!(made.status.success(), "{made:?}");
    let text = std::fs::read_to_string(&out).expect("written");
    let head = text.lines().next().expect("a head").to_owned();
    assert!(head.contains(score), "{head}");
    let runs = shop.runs();
    assert_eq!(runs.iter().map(|run| run["state"].as_str()).collect::<Vec<_>>(), [Some("fresh"), Some("fresh")]);
    // Another answer to the question: segments made from the old one are out of date.
    shop.predict(&["--outcome", "buys", "--model", "tree"]);
    let runs = shop.runs();
    let segment = runs.iter().find(|run| run["stage"] == "segment").expect("the segments");
    assert_eq!(segment["state"], "out_of_date", "{runs:?}");
}

#[test]
fn time_or_given_folds_decide_who_is_tested() {
    let shop = Shop::new();
    let day = |i: usize| format!(",2026-{:02}-{:02},{}", 1 + i / 28 % 12, 1 + i % 28, i % 3);
    shop.import("dated.csv", &table(300, ",seen,part", day));
    let base = ["--table", "dated", "--target", "y", "--model", "logistic"];
    let by_time = shop.predict(&[&base[..], &["--by-time"]].concat());
    assert_eq!(by_time["leaderboard"][0]["per_fold"]["auc"].as_array().map(Vec::len), Some(1));
    let given = shop.predict(&[&base[..], &["--fold-column", "part"]].concat());
    assert_eq!(given["leaderboard"][0]["per_fold"]["auc"].as_array().map(Vec::len), Some(3));
    assert!(!names(&given["features"]).contains(&"part"));
    let line = shop.refused(&[&base[..], &["--fold-column", "a"]].concat());
    assert!(line.contains("fold numbers"), "{line}");
}

#[test]
fn tables_that_cannot_be_learned_from_are_refused_in_one_line() {
    let shop = Shop::new();
    shop.import("people.csv", &table(60, ",same,word", |i| format!(",4,{}", ["x", "y", "z"][i % 3])));
    let tries: [(&[&str], &str); 6] = [
        (&["--table", "people", "--target", "same"], "every row of \"same\" says"),
        (&["--table", "people", "--target", "word"], "3 classes"),
        (&["--table", "people", "--target", "nothing"], "no column named \"nothing\""),
        (&["--table", "nobody", "--target", "y"], "no table named \"nobody\""),
        (&["--table", "people", "--target", "a", "--model", "logistic"], "yes or no"),
        (&["--table", "people", "--target", "y", "--positive", "maybe"], "no class \"maybe\""),
    ];
    for (args, expected) in tries {
        let line = shop.refused(args);
        assert!(line.contains(expected), "{args:?}: {line}");
    }
    assert!(shop.runs().is_empty());
    let wide: String = (0..30).map(|j| format!(",w{j}")).collect();
    shop.import("wide.csv", &table(20, &wide, |i| (0..30).map(|j| format!(",{}", (i * j * 31) % 17)).collect()));
    let line = shop.refused(&["--table", "wide", "--target", "a", "--model", "linear"]);
    assert!(line.contains("no unique answer"), "{line}");
}

#[test]
fn doubtful_columns_are_set_aside_or_warned_of() {
    let shop = Shop::new();
    let text = table(400, ",double,leak,code,note", |i| {
        let (a, b) = ((i * 37 % 101) as f64 / 10.0, (i * 53 % 97) as f64 / 10.0);
        let leak = if a + b + 6.0 * ((i * 7919 % 211) as f64 / 211.0) > 12.0 { 90 + i % 7 } else { i % 7 };
        format!(",{},{leak},k{},thanks for parcel number {i} it came on time", 2.0 * a, i * 5 % 250)
    });
    shop.import("people.csv", &text);
    let report = shop.predict(&["--table", "people", "--target", "y", "--model", "logistic,tree", "--without", "leak"]);
    let aside: Vec<&str> =
        report["set_aside"].as_array().expect("a list").iter().filter_map(|a| a["column"].as_str()).collect();
    assert!(aside.contains(&"note") && aside.contains(&"leak"), "{report}");
    let kinds = |report: &Value| {
        let warnings = report["warnings"].as_array().expect("a list").clone();
        warnings.iter().filter_map(|w| w["warning"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert!(kinds(&report).contains(&"collinear".to_owned()), "{report}");
    let leaking = shop.predict(&["--table", "people", "--target", "y", "--model", "logistic,tree"]);
    assert!(kinds(&leaking).contains(&"leak".to_owned()), "{leaking}");
    assert!(kinds(&leaking).contains(&"separation".to_owned()), "{leaking}");
}

mod window {
    use egui_kittest::kittest::Queryable;
    use shopwright::project::{Input, Project, RunId, TableId};
    use shopwright::stage::Stage;
    use shopwright::stage::predict::fit::{Costs, PredictRecipe};
    use shopwright::stage::predict::model::ModelKind;
    use shopwright::stage::predict::target::{Outcome, TargetRecipe};
    use shopwright::store::blob::Reader;
    use shopwright::store::settings::LanguageChoice;
    use shopwright::store::sources::FeatureChoice;
    use shopwright::store::study::{self, StudyPlan};
    use shopwright::ui::page::predict::PredictCommand;
    use shopwright::ui::{Action, Command, Page};

    use crate::support::Stand;

    fn go(stand: &mut Stand) {
        stand.send(Command::Do(Action::Go(Page::Predict)));
        // What the page asks for when it is first drawn.
        stand.settle();
    }

    fn table(project: &Project, name: &str) -> TableId {
        project.tables().find(|(_, table)| table.name == name).expect("the table").0
    }

    fn buys(kinds: &[ModelKind]) -> StudyPlan {
        let target = TargetRecipe::Events { cut: None, outcome: Outcome::Buys { days: 30 } };
        let learn = PredictRecipe { target, ..PredictRecipe::default() }.with_models(kinds);
        StudyPlan { rows: FeatureChoice::default(), learn }
    }

    fn run(stand: &mut Stand, plan: StudyPlan) -> RunId {
        stand.send(Command::Predict(PredictCommand::Run(Box::new(plan))));
        stand.settle();
        assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
        study::newest(stand.app().project().expect("open")).expect("a run").0
    }

    /// Chooses a model's row of the board; the recipe has a check box of the same name.
    fn choose(stand: &mut Stand, model: &str) {
        use egui_kittest::kittest::NodeT;
        let rows = stand.harness.query_all_by_label(model);
        let row = rows.into_iter().find(|node| node.accesskit_node().role() == egui::Role::Button);
        row.unwrap_or_else(|| panic!("no row {model:?}")).click();
        stand.harness.step();
        stand.settle();
    }

    fn image(stand: &Stand, label: &str) -> bool {
        stand.harness.query_all_by_label_contains(label).any(|node| {
            use egui_kittest::kittest::NodeT;
            node.accesskit_node().role() == egui::Role::Image
        })
    }

    #[test]
    fn a_prediction_is_made_looked_at_kept_and_there_after_a_restart() {
        let mut stand = Stand::new();
        stand.open_sample();
        go(&mut stand);
        assert!(stand.sees("Nothing predicted yet"));
        assert!(stand.sees("Who buys in the next 30 days?"));
        for slow in ["Random forest", "Boosted trees"] {
            stand.click(slow);
        }
        stand.click("Predict now");
        stand.settle();
        assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
        assert!(stand.sees("Who is likely to buy"));
        assert!(stand.sees("likelier to buy within 30 days") || stand.sees("less likely to buy within 30 days"));
        assert!(stand.sees("This is a link, not proof of a cause."));
        assert!(stand.sees("Which model to trust") && stand.sees("Keep the"));
        assert!(image(&stand, "ROC, AUC 0."));

        // Another model; its picture; a customer of it.
        choose(&mut stand, "Decision tree");
        assert!(stand.sees("Right about"));
        stand.click("Customer");
        let first = {
            let project = stand.app().project().expect("open").clone();
            let path = stand.app().project_path().expect("open").to_owned();
            let (_, run) = study::newest(&project).expect("a run");
            let kept = study::load(run, &Reader::open(&path).expect("reads")).expect("a study");
            let tree = kept.study.result.of(ModelKind::Tree).expect("a tree");
            let scores = tree.model.score(&kept.frame, &shopwright::base::Monitor::quiet()).expect("scores");
            let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(b.cmp(a)));
            kept.id(best.expect("customers"))
        };
        stand.click(&first);
        assert!(stand.sees("What pushed it up and down") && stand.sees("An average customer starts at"));

        let before = stand.app().project().cloned();
        let mut stand = stand.again();
        assert_eq!(stand.app().project().cloned(), before);
        go(&mut stand);
        assert!(stand.sees("Which model to trust") && stand.sees("Logistic regression"));
        stand.send(Command::SetLanguage(LanguageChoice::Chinese));
        assert!(stand.sees("该信哪个模型") && stand.sees("可能性"));
    }

    #[test]
    fn a_columns_pictures_are_those_of_its_model() {
        let mut stand = Stand::new();
        stand.open_sample();
        let id = table(stand.app().project().expect("open"), "user_behavior");
        let kinds = [ModelKind::Linear, ModelKind::Gd, ModelKind::Lasso, ModelKind::Tree];
        let learn = PredictRecipe::of("purchase_probability").with_models(&kinds);
        run(&mut stand, StudyPlan { rows: FeatureChoice::Table(id), learn });
        go(&mut stand);
        assert!(stand.sees("What purchase_probability depends on"));
        assert!(stand.sees("higher in “purchase_probability”") || stand.sees("lower in “purchase_probability”"));
        choose(&mut stand, "Linear regression");
        assert!(image(&stand, "Fit line") && image(&stand, "Predicted and actual"));
        // Each model's own picture stands in the list of pictures.
        for (model, picture) in [
            ("Lasso", "Penalty path"),
            ("Linear, step by step", "Loss, step by step"),
            ("Decision tree", "The tree in words"),
        ] {
            choose(&mut stand, model);
            stand.click("Left picture");
            stand.click(picture);
            let shown = image(&stand, picture) || stand.sees("Everybody");
            assert!(shown, "{picture} of {model}");
        }
        choose(&mut stand, "Linear regression");
        stand.click("Coefficient");
        assert!(stand.sees("Standard error") && stand.sees("95 % interval"));
        stand.click("Right picture");
        stand.click("Are misses normal? (Q–Q)");
        assert!(image(&stand, "Are misses normal? (Q–Q)"));
    }

    #[test]
    fn scores_are_written_lists_are_kept_and_a_kept_model_scores_other_rows() {
        let mut stand = Stand::new();
        stand.open_sample();
        let mut plan = buys(&[ModelKind::Logistic]);
        plan.learn.costs = Some(Costs { contact: 1.0, sale: 30.0 });
        let id = run(&mut stand, plan);
        go(&mut stand);
        assert!(stand.sees("Earns most above"));
        let out = stand.folder.join("out.csv");
        stand.script.will_choose(out.clone());
        stand.click("Export scores");
        let picture = stand.folder.join("out.png");
        stand.script.will_choose(picture.clone());
        stand.click("Save the right picture");
        let size = image::image_dimensions(&picture).expect("a picture");
        assert!(size.0 > 1_000 && size.1 > 700);
        let text = std::fs::read_to_string(&out).expect("written");
        assert!(text.contains("user,chance_buys_within_30_days") && text.lines().count() > 1_500);

        // The same customers as of now: the scores are those of the run, and a part that other stages read.
        let rows = FeatureChoice::default();
        stand.send(Command::Predict(PredictCommand::Apply(id, ModelKind::Logistic, rows)));
        stand.settle();
        assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
        let project = stand.app().project().expect("open").clone();
        let path = stand.app().project_path().expect("open").to_owned();
        let (scores_id, scored) = project.latest_run_of(Stage::Predict, study::SCORES).expect("scored");
        assert!(scores_id > id && project.run_is_fresh(scored));
        let reader = Reader::open(&path).expect("reads");
        let columns = study::score_columns(&project);
        assert_eq!(columns.len(), 1, "one question, its newest answer: {columns:?}");
        assert_eq!((columns[0].name.as_str(), columns[0].run), ("chance_buys_within_30_days", scores_id));
        let scores = study::scores(&project, &reader).expect("reads");
        assert_eq!(scores[0].height() + 1, text.lines().count());
        let sources = shopwright::store::sources::Sources::new(&project, &reader);
        let features = sources.features(&FeatureChoice::default(), &shopwright::base::Monitor::quiet()).expect("made");
        let both = shopwright::stage::segment::ground::beside(&features.frame, &scores);
        assert_eq!((both.height(), both.width()), (features.frame.height(), features.frame.width() + 1));
        let column = both.column("chance_buys_within_30_days").expect("the score");
        assert_eq!(column.null_count(), 0);

        // A table without the features is refused in words.
        let other = FeatureChoice::Table(table(&project, "user_behavior"));
        stand.send(Command::Predict(PredictCommand::Apply(id, ModelKind::Logistic, other)));
        stand.settle();
        assert!(stand.sees("The table does not fit the model"));
    }

    #[test]
    fn a_score_is_a_feature_for_segments_rules_and_briefs() {
        use shopwright::base::Monitor;
        use shopwright::stage::copy::channel::CopyLang;
        use shopwright::stage::segment::rule::{Compare, Rule};
        use shopwright::stage::segment::saved::{Origin, SavedSegment};
        use shopwright::store::segments::{self, SegmentPlan};
        use shopwright::store::{copydesk, recommend};

        let mut stand = Stand::new();
        stand.open_sample();
        let id = run(&mut stand, buys(&[ModelKind::Logistic]));
        go(&mut stand);
        stand.settle();
        let keep = stand.labels().into_iter().find(|label| label.starts_with("Keep the ")).expect("the button");
        stand.click(&keep);
        stand.settle();
        let project = stand.app().project().expect("open").clone();
        let path = stand.app().project_path().expect("open").to_owned();
        let reader = Reader::open(&path).expect("reads");

        // The list is a segment: of customers, with the rule behind it.
        let kept: Vec<SavedSegment> = project.items_of().into_iter().map(|(_, kept)| kept).collect();
        assert_eq!(kept.len(), 1);
        let Origin::Customers { ids } = &kept[0].origin else { panic!("a list") };
        assert!(ids.len() > 100 && ids.len() as u64 == kept[0].count);
        let Some(Rule::Feature { feature, compare: Compare::AtLeast, .. }) = &kept[0].rule else { panic!("a rule") };
        assert_eq!(feature, "chance_buys_within_30_days");
        // Recommendations take it for a group, briefs for an audience with what was predicted in words.
        let groups = recommend::groups(&project, &reader, &shopwright::base::Monitor::quiet()).expect("reads");
        assert!(groups.groups.iter().any(|group| group.en == kept[0].name && group.customers.len() == ids.len()));
        let audience = copydesk::audience_named(&project, &kept[0].name, CopyLang::En).expect("an audience");
        assert_eq!(audience.habits, ["more likely than most to buy within 30 days"]);

        // Segments can be made from it, and are out of date when it is.
        let mut plan = SegmentPlan::default();
        assert!(!plan.inputs(&project).iter().any(|input| input.input == Input::Run(id)));
        plan.segment.features = vec!["recency".into(), feature.clone()];
        assert!(plan.inputs(&project).iter().any(|input| input.input == Input::Run(id)));
        let ground = segments::ground(&project, &reader, &plan.customers, &Monitor::quiet()).expect("customers");
        assert!(ground.numeric().contains(feature));
        let none: Vec<String> = Vec::new();
        assert!(!ground.chosen(&none).schema().contains(feature.as_str()), "only who asks for it gets it");
    }

    #[test]
    fn what_cannot_be_learned_is_told_in_words_and_nothing_is_kept() {
        let mut stand = Stand::new();
        stand.open_sample();
        let mut plan = buys(&[ModelKind::Logistic]);
        let long_ago = study::cut_of("1999-01-01");
        plan.learn.target = TargetRecipe::Events { cut: long_ago, outcome: Outcome::Buys { days: 30 } };
        stand.send(Command::Predict(PredictCommand::Run(Box::new(plan))));
        go(&mut stand);
        assert!(stand.sees("Nothing happened before the chosen day"));
        assert!(study::newest(stand.app().project().expect("open")).is_none());
    }
}
