//! Recommend: the page by label, the verb on the real binary, and what shops throw at both.

use std::path::{Path, PathBuf};

use egui_kittest::kittest::{NodeT, Queryable};
use serde_json::Value;
use shopwright::project::Item;
use shopwright::project::document::Label;
use shopwright::stage::Stage;
use shopwright::stage::copy::brief::{CopyBrief, Scope};
use shopwright::stage::recommend::rules::Rules;
use shopwright::stage::segment::rule::{Compare, Rule};
use shopwright::stage::segment::saved::{Origin, SavedSegment};
use shopwright::store::recommend as shop;
use shopwright::store::{Store, copydesk};
use shopwright::ui::page::recommend::RecommendCommand;
use shopwright::ui::{Action, Command, Page};
use tempfile::TempDir;

use crate::command_line::{json, shopwright};
use crate::support::Stand;

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A project made of these files.
fn project(folder: &TempDir, files: &[(&str, &str)]) -> PathBuf {
    let project = folder.path().join("shop.shopwright");
    for (name, content) in files {
        add(&project, name, content);
    }
    project
}

fn add(project: &Path, name: &str, content: &str) {
    let file = project.with_file_name(name);
    std::fs::write(&file, content).expect("writable");
    let output = shopwright(&["import", text(&file), "--project", text(project)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const HEAD: &str = "user_id,product_id,event,time\n";

/// Two tastes: customers a… buy tea things (p0–p4), b… garden things (q0–q4); each lacks one of its kind.
fn two_tastes() -> String {
    let mut rows = HEAD.to_owned();
    for customer in 0..24usize {
        let (letter, kind) = if customer % 2 == 0 { ('a', 'p') } else { ('b', 'q') };
        for step in 0..4usize {
            let item = (customer / 2 + step) % 5;
            rows.push_str(&format!("{letter}{customer},{kind}{item},purchase,2026-01-{:02} 10:00:00\n", 1 + step));
        }
    }
    rows
}

const PRODUCTS: &str = "product_id,name,category,price,stock\np0,Teapot,Tea,40,5\np1,Tea cup,Tea,10,0\n\
    p2,Tea tray,Tea,30,7\np3,Tea tin,Tea,8,9\np4,Tea whisk,Tea,12,3\nq0,Spade,Garden,20,5\nq1,Rake,Garden,18,4\n\
    q2,Seeds,Garden,2,90\nq3,Gloves,Garden,6,12\nq4,Pot,Garden,9,2\n";

fn run(args: &[&str]) -> Value {
    let output = shopwright(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    json(&output)
}

fn complaint(args: &[&str]) -> String {
    let output = shopwright(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    assert!(output.stdout.is_empty());
    let line = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

#[test]
fn one_customers_list_names_the_missing_product_of_their_taste_and_adds_up() {
    let folder = TempDir::new().expect("folder");
    let project = project(&folder, &[("events.csv", &two_tastes()), ("products.csv", PRODUCTS)]);
    for algo in ["als", "neighbours", "ease", "content", "bpr", "blend"] {
        let got =
            run(&["recommend", "--project", text(&project), "--algo", algo, "--user", "a0", "--top", "3", "--json"]);
        assert_eq!(got["user"], "a0");
        assert_eq!(got["history"].as_array().expect("history").len(), 4);
        let first = &got["items"][0];
        // a0 bought p0 to p3; p4 is what is left of its kind.
        assert_eq!((&first["item"], &first["name"]), (&"p4".into(), &"Tea whisk".into()), "{algo}: {got}");
        let why = first["why"].as_array().expect("why");
        assert!(why.iter().all(|part| part["item"].as_str().expect("id").starts_with('p')), "{algo}: {first}");
        if ["als", "neighbours", "ease"].contains(&algo) {
            let sum: f64 = why.iter().map(|part| part["contribution"].as_f64().expect("number")).sum();
            let score = first["score"].as_f64().expect("score");
            assert!((sum - score).abs() <= 1e-4 * score.abs().max(1.0), "{algo}: {sum} {score}");
        }
        assert!(
            got["items"]
                .as_array()
                .expect("items")
                .iter()
                .all(|row| { !["p0", "p1", "p2", "p3"].contains(&row["item"].as_str().expect("id")) })
        );
    }
}

#[test]
fn a_fit_is_kept_and_read_again_and_newer_events_are_folded_in() {
    let folder = TempDir::new().expect("folder");
    let project = project(&folder, &[("events.csv", &two_tastes()), ("products.csv", PRODUCTS)]);
    let ask = |user: &str| run(&["recommend", "--project", text(&project), "--algo", "als", "--user", user, "--json"]);
    let first = ask("a0");
    let runs = || Store::open_to_read(&project).expect("project").project.runs().count();
    assert_eq!(runs(), 1);
    assert_eq!(ask("a0"), first);
    assert_eq!(runs(), 1, "nothing was learned again");

    add(
        &project,
        "later.csv",
        &format!("{HEAD}newcomer,q0,purchase,2026-02-01 09:00:00\nnewcomer,q9,view,2026-02-01\n"),
    );
    let got = ask("newcomer");
    assert_eq!(runs(), 1);
    assert!(got["items"][0]["item"].as_str().expect("id").starts_with('q'), "{got}");
    let note = got["note"].as_str().expect("said");
    assert!(note.contains("2 events are newer than the fit, 1 of them"), "{note}");
}

#[test]
fn an_evaluation_has_the_agreed_fields_with_popularity_beside() {
    let folder = TempDir::new().expect("folder");
    let project = project(&folder, &[("events.csv", &two_tastes())]);
    let project = text(&project);
    let got = run(&[
        "recommend",
        "--project",
        project,
        "--algo",
        "ease",
        "--evaluate",
        "--split",
        "last-out",
        "--k",
        "3,5",
        "--json",
    ]);
    let keys: Vec<&String> = got.as_object().expect("object").keys().collect();
    assert_eq!(keys, ["split", "users", "items", "algos"]);
    assert_eq!((&got["split"], &got["users"], &got["items"]), (&"last-out".into(), &24.into(), &10.into()));
    let algos = got["algos"].as_array().expect("rows");
    let names: Vec<&str> = algos.iter().map(|row| row["algo"].as_str().expect("name")).collect();
    assert_eq!(names, ["ease", "popular"]);
    for key in
        ["ndcg@3", "recall@3", "precision@3", "map@3", "mrr@3", "hit@5", "coverage@5", "fit_seconds", "rank_seconds"]
    {
        assert!(algos[0][key].is_number(), "{key}: {}", algos[0]);
    }
    let (low, high) = (&algos[0]["ndcg@3_interval"][0], &algos[0]["ndcg@3_interval"][1]);
    assert!(low.as_f64() <= algos[0]["ndcg@3"].as_f64() && algos[0]["ndcg@3"].as_f64() <= high.as_f64());
    assert_eq!(algos[0]["surely_better_than"], serde_json::json!(["popular"]));
    // Two are left of each taste, and three places: the taste is found always, popularity cannot know it.
    assert_eq!(algos[0]["recall@3"], 1.0);
    assert!(algos[1]["recall@3"].as_f64().expect("number") < 1.0);
}

#[test]
fn everybodys_lists_go_into_files_of_all_three_kinds() {
    let folder = TempDir::new().expect("folder");
    let project = project(&folder, &[("events.csv", &two_tastes()), ("products.csv", PRODUCTS)]);
    for (name, magic) in
        [("lists.csv", &b"\xef\xbb\xbfcustomer,rank"[..]), ("lists.xlsx", b"PK"), ("lists.parquet", b"PAR1")]
    {
        let out = folder.path().join(name);
        let args = [
            "recommend",
            "--project",
            text(&project),
            "--algo",
            "ease",
            "--all",
            "--top",
            "2",
            "--out",
            text(&out),
            "--json",
        ];
        let got = run(&args);
        assert_eq!((&got["users"], &got["rows"]), (&24.into(), &48.into()));
        assert!(std::fs::read(&out).expect("written").starts_with(magic), "{name}");
    }
    let csv = std::fs::read_to_string(folder.path().join("lists.csv")).expect("text");
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("\u{feff}customer,rank,item,name,score,source,reason_item,reason"));
    let first: Vec<&str> = lines.next().expect("a row").split(',').collect();
    assert_eq!((&first[..4], first[5]), (&["a0", "1", "p4", "Tea whisk"][..], "ease"));
    assert!(first[6].starts_with('p') && first[7].starts_with("Tea"), "{first:?}");
}

#[test]
fn what_a_shop_throws_at_it_gives_a_list_or_one_clear_line() {
    let folder = TempDir::new().expect("folder");
    // Nothing to learn from.
    let empty = folder.path().join("empty.shopwright");
    let made = shopwright(&[
        "import",
        text(&{
            let file = folder.path().join("products.csv");
            std::fs::write(&file, PRODUCTS).expect("writable");
            file
        }),
        "--project",
        text(&empty),
    ]);
    assert!(made.status.success());
    let ask =
        |project: &Path, user: &str| complaint(&["recommend", "--project", text(project), "--user", user, "--json"]);
    assert!(ask(&empty, "a0").contains("no table of events or orders"));

    let ours = TempDir::new().expect("folder");
    let project = project(&ours, &[("events.csv", &two_tastes())]);
    assert!(ask(&project, "nobody").contains("unknown customer nobody"));
    let no_text = complaint(&["recommend", "--project", text(&project), "--algo", "content", "--user", "a0"]);
    assert!(no_text.contains("import a products table"), "{no_text}");
    let no_segment = complaint(&["recommend", "--project", text(&project), "--segment", "Tea lovers", "--json"]);
    assert!(no_segment.contains("no segment \"Tea lovers\""), "{no_segment}");
    let ending = ours.path().join("lists.doc");
    let bad =
        complaint(&["recommend", "--project", text(&project), "--algo", "popular", "--all", "--out", text(&ending)]);
    assert!(bad.contains(".csv, .xlsx or .parquet"), "{bad}");
    // No products table: numbers stand for names, and it is said.
    let bare = run(&["recommend", "--project", text(&project), "--algo", "als", "--user", "a0", "--json"]);
    assert_eq!(bare["items"][0]["name"], bare["items"][0]["item"]);
    assert!(bare["note"].as_str().expect("said").contains("no products table"));
}

#[test]
fn one_customer_one_item_and_no_history_each_give_a_sensible_list() {
    let folder = TempDir::new().expect("folder");
    let single = project(&folder, &[("events.csv", &format!("{HEAD}a,p0,view,2026-01-01\na,p1,view,2026-01-02\n"))]);
    for algo in ["popular", "neighbours", "als", "ease", "bpr"] {
        let got = run(&["recommend", "--project", text(&single), "--algo", algo, "--user", "a", "--json"]);
        assert_eq!(got["history"].as_array().expect("history").len(), 2, "{algo}");
        assert!(!got["items"].as_array().expect("items").is_empty(), "{algo}: {got}");
    }
    let folder = TempDir::new().expect("folder");
    let mut rows = HEAD.to_owned();
    (0..9).for_each(|n| rows.push_str(&format!("u{n},only,purchase,2026-01-0{}\n", n + 1)));
    rows.push_str("returner,only,purchase,2026-01-01\nreturner,only,return,2026-01-02\n");
    let one_item = project(&folder, &[("events.csv", &rows)]);
    let got = run(&["recommend", "--project", text(&one_item), "--algo", "ease", "--user", "u1", "--json"]);
    assert_eq!(got["items"], Value::Array(vec![]));
    assert_eq!(got["removed"][0]["reason"], "bought", "{got}");
    let back = run(&["recommend", "--project", text(&one_item), "--algo", "ease", "--user", "returner", "--json"]);
    assert_eq!(back["items"][0]["item"], "only");
    assert!(back["note"].as_str().expect("said").contains("popular products"), "{back}");
    let nothing = complaint(&["recommend", "--project", text(&one_item), "--evaluate", "--split", "last-out"]);
    assert!(nothing.contains("two products or more"), "{nothing}");
}

#[test]
fn a_product_no_longer_in_the_catalogue_is_not_shown_and_said() {
    let folder = TempDir::new().expect("folder");
    let fewer: String =
        PRODUCTS.lines().filter(|line| !line.starts_with("p4")).map(|line| format!("{line}\n")).collect();
    let project = project(&folder, &[("events.csv", &two_tastes()), ("products.csv", &fewer)]);
    let got =
        run(&["recommend", "--project", text(&project), "--algo", "ease", "--user", "a0", "--top", "3", "--json"]);
    let gone = got["removed"].as_array().expect("removed").iter().find(|row| row["item"] == "p4").expect("said");
    assert_eq!((&gone["rank"], &gone["reason"]), (&1.into(), &"not_in_catalogue".into()), "{got}");
    assert!(got["items"].as_array().expect("items").iter().all(|row| row["item"] != "p4"));
}

fn open_page(stand: &mut Stand) {
    stand.open_sample();
    stand.send(Command::Do(Action::Go(Page::Recommend)));
}

#[test]
fn the_page_learns_shows_lists_with_reasons_and_opens_again_without_learning() {
    let mut stand = Stand::new();
    stand.send(Command::Do(Action::Go(Page::Recommend)));
    assert!(stand.sees("Nobody did anything yet"));
    open_page(&mut stand);
    assert!(stand.sees("Ready to learn"));
    stand.click("Learn from what customers did");
    assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
    for name in ["Similar customers", "Learned tastes", "Similar goods", "Because of the past", "Place in each list"] {
        assert!(stand.sees(name), "{name} is not shown");
    }
    assert!(stand.sees("because of"));
    let run =
        stand.app().project().and_then(|p| p.latest_run(Stage::Recommend)).map(|(_, run)| run.clone()).expect("run");
    assert_eq!(run.method, shop::FIT);
    for part in ["als", "ease", "items", "events"] {
        assert!(run.part(part).is_some(), "{part} is not kept");
    }
    let mut stand = stand.again();
    stand.send(Command::Do(Action::Go(Page::Recommend)));
    stand.settle();
    assert!(stand.sees("because of"));
    assert_eq!(stand.app().project().map(|p| p.runs().count()), Some(1));
}

#[test]
fn events_that_come_later_are_in_the_lists_at_once_and_counted() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    let more = "user_id,product_id,event,time\nlatecomer,P001,purchase,2026-11-20 10:00:00\nU0001,P002,view,2026-11-20 11:00:00\n";
    let file = stand.write("more_events.csv", more);
    stand.send(Command::Data(shopwright::ui::page::data::DataCommand::look(file)));
    stand.click("Import");
    stand.click("Done");
    stand.send(Command::Do(Action::Go(Page::Recommend)));
    stand.settle();
    assert!(stand.sees("2 newer events"));
    stand.click("latecomer");
    assert!(stand.sees("Customer latecomer"));
    assert!(stand.sees("because of Ice-Crackle Celadon Teapot"));
    assert_eq!(stand.app().project().map(|p| p.runs().count()), Some(1), "nothing was learned again");
}

#[test]
fn pins_hides_and_chips_are_decisions_that_can_be_undone() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    let rules = |stand: &mut Stand| stand.app().project().and_then(|p| p.item::<Rules>(shop::ID)).unwrap_or_default();
    assert!(stand.sees("Not bought already"));
    stand.click("Hide");
    let hidden = rules(&mut stand).exclude;
    assert_eq!(hidden.len(), 1);
    assert!(stand.sees("hidden by you"), "what a rule removed is shown");
    stand.click("Pin");
    let pinned = rules(&mut stand).pin;
    assert!(pinned.len() == 1 && pinned != hidden);
    assert!(stand.sees("pinned by you"));
    stand.click("Take out: Not bought already");
    assert_ne!(rules(&mut stand).owned, Rules::default().owned);
    for _ in 0..3 {
        stand.send(Command::Do(Action::Undo));
    }
    assert_eq!(rules(&mut stand), Rules::default());
}

#[test]
fn leaving_a_past_item_out_changes_the_lists_and_can_be_put_back() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    let lists = |stand: &Stand| {
        let places = stand.harness.query_all_by_label_contains(". ");
        places.filter_map(|node| node.accesskit_node().label()).collect::<Vec<String>>()
    };
    let before = lists(&stand);
    let crosses = stand.harness.query_all_by_label_contains("Leave out ");
    let cross = crosses.filter_map(|node| node.accesskit_node().label()).find(|label| !label.contains('('));
    stand.click(&cross.expect("a reason with a cross"));
    assert!(stand.sees("1 left out"));
    assert!(stand.sees("without learning again"));
    let after = lists(&stand);
    assert_ne!(before, after);
    stand.click("Put back");
    assert_eq!(lists(&stand), before);
    assert_eq!(stand.app().project().map(|p| p.runs().count()), Some(1), "nothing was learned again");
}

#[test]
fn a_visitor_a_group_a_product_and_the_worth_have_their_faces() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    stand.click("A new visitor");
    assert!(stand.sees("everybody sees what sells most"));
    assert!(stand.sees("No history that counts"));
    let product = "Ice-Crackle Celadon Teapot";
    stand.harness.get_by_label("Product name or number").focus();
    stand.harness.step();
    stand.harness.event(egui::Event::Text(product.to_owned()));
    stand.settle();
    stand.click(product);
    assert!(stand.sees(&format!("because of {product}")), "what was picked is the reason");
    stand.click("A group");
    assert!(stand.sees("have a history that counts"));
    stand.click("A product");
    assert!(stand.sees("Times chance"));
    stand.click("How good");
    stand.click("Measure");
    assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
    assert!(stand.sees("Which differences are real"));
    assert!(stand.sees("What sells most: "));
    stand.click("One customer");
    assert!(stand.sees("customers in 100"));
}

#[test]
fn lists_for_everyone_are_written_where_the_dialog_says() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    let out = stand.folder.join("lists.csv");
    stand.script.will_choose(out.clone());
    stand.click("Make lists for everyone");
    stand.click("Choose the file");
    assert!(stand.app().failures().is_empty(), "{:?}", stand.app().failures());
    let written = std::fs::read_to_string(&out).expect("written");
    let customers: std::collections::BTreeSet<&str> =
        written.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!(customers.len() > 1900, "{}", customers.len());
}

#[test]
fn settings_are_decisions_and_a_changed_one_asks_to_learn_again() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    assert!(stand.sees("Fresh"));
    stand.click("How it learns");
    stand.click("What sells most");
    assert!(stand.sees("Learn again"));
    stand.click("Back");
    assert!(stand.sees("Out of date"));
    let recipe = shopwright::stage::recommend::fit::FitRecipe::default();
    stand.send(Command::Recommend(RecommendCommand::Fit(Box::new(recipe))));
    assert_eq!(stand.app().project().map(|p| p.runs().count()), Some(2));
}

fn brief(stand: &mut Stand) -> CopyBrief {
    stand.app().project().and_then(|project| project.item(copydesk::THE_ONE)).expect("a brief")
}

#[test]
fn a_product_or_a_groups_list_goes_into_the_copy_brief() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    // The copy page has a brief of its own already; it takes this one over.
    stand.send(Command::Do(Action::Go(Page::Copy)));
    stand.settle();
    stand.send(Command::Do(Action::Go(Page::Recommend)));
    stand.settle();
    stand.click("Write for it");
    assert!(matches!(brief(&mut stand).scope, Scope::Products(ids) if ids.len() == 1));
    assert!(stand.sees("Brief"), "the Copy page is open");
    stand.send(Command::Do(Action::Go(Page::Recommend)));
    stand.settle();
    stand.click("A group");
    stand.click("Write for these");
    assert!(matches!(brief(&mut stand).scope, Scope::Products(ids) if ids.len() == 20));
    assert!(stand.sees("20 products"));
}

#[test]
fn a_reason_says_what_was_done_and_how_often() {
    let folder = TempDir::new().expect("folder");
    let mut rows = two_tastes();
    rows.push_str("fan,p0,purchase,2026-01-02\nfan,p0,purchase,2026-01-05\nfan,p0,view,2026-01-06\n");
    let project = project(&folder, &[("events.csv", &rows), ("products.csv", PRODUCTS)]);
    let output = shopwright(&["recommend", "--project", text(&project), "--algo", "ease", "--user", "fan"]);
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(told.contains("because of Teapot, bought twice"), "{told}");
}

#[test]
fn postage_and_fees_are_kept_out_and_it_is_said() {
    let folder = TempDir::new().expect("folder");
    let mut rows = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n".to_owned();
    for customer in 1..9 {
        for (code, name) in [("A1", "TEA TIN"), ("A2", "TEA TRAY"), ("POST", "POSTAGE"), ("A3", "MANUALLY WOVEN MAT")] {
            // Customer 1 never paid postage and never bought the mat.
            if customer > 1 || code.starts_with('A') && code != "A3" {
                rows.push_str(&format!("{customer},{code},{name},1,2026-01-0{customer} 10:00:00,2.5,{customer}\n"));
            }
        }
    }
    let project = project(&folder, &[("orders.csv", &rows)]);
    let got = run(&["recommend", "--project", text(&project), "--algo", "ease", "--user", "1", "--json"]);
    assert!(got["items"].as_array().expect("items").iter().all(|row| row["item"] != "POST"), "{got}");
    let gone = got["removed"].as_array().expect("removed").iter().find(|row| row["item"] == "POST").expect("said");
    assert!(got["items"].as_array().expect("items").iter().any(|row| row["item"] == "A3"), "a mat is goods: {got}");
    assert_eq!((&gone["reason"], &gone["name"]), (&"not_goods".into(), &"POSTAGE".into()));
}

#[test]
fn segments_that_a_person_keeps_have_lists_and_ceilings_too() {
    let mut stand = Stand::new();
    open_page(&mut stand);
    stand.click("Learn from what customers did");
    let keep = |stand: &mut Stand, id: &str, name: &str, origin: Origin| {
        let made_at = shopwright::base::time::Moment::default();
        let saved = SavedSegment { name: name.to_owned(), origin, rule: None, made_at, count: 1 };
        let edits = vec![saved.put(id).expect("an edit")];
        stand.send(Command::Edit { label: Label::Change("segment"), edits, merge: None });
        stand.settle();
    };
    let recent = Rule::Feature { feature: "recency".into(), compare: Compare::AtMost, value: 10_000.0 };
    keep(&mut stand, "1", "Lately here", Origin::Rule { rule: recent });
    keep(&mut stand, "2", "Thrifty friends", Origin::Customers { ids: ["U0001".to_owned()].into() });
    stand.click("A group");
    assert!(stand.sees("Lately here"), "a live segment is asked again");
    stand.click("Thrifty friends");
    assert!(stand.sees("1 of 1 have a history that counts"));
    // Nothing costs less than one: the ceiling of the one segment that U0001 is in keeps everything away.
    let rules = Rules { price_ceilings: [("Thrifty friends".to_owned(), 1.0)].into(), ..Rules::default() };
    let edits = vec![rules.put(shop::ID).expect("an edit")];
    stand.send(Command::Edit { label: Label::Decide(Stage::Recommend), edits, merge: None });
    stand.click("One customer");
    stand.harness.get_by_label("Customer number").focus();
    stand.harness.step();
    stand.harness.event(egui::Event::Text("U0001".to_owned()));
    stand.settle();
    stand.click("U0001");
    assert!(stand.sees("The rules leave nothing to show"));
    assert!(stand.sees("above the segment’s ceiling"));
}
