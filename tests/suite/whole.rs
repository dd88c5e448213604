//! The whole way as a person goes it: from the sample shop and a messy file to exported copy, by window and by command
//! line. The model is tiny and writes noise; what is looked at is that everything is there, holds together and stays.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use egui_kittest::kittest::{NodeT, Queryable};
use shopwright::project::Item;
use shopwright::stage::Stage;
use shopwright::stage::copy::brief::{CopyBrief, Scope};
use shopwright::stage::copy::channel::Channel;
use shopwright::stage::copy::version::{Author, CopyText, Origin, Status};
use shopwright::stage::data::clean::CleanAction;
use shopwright::store::copydesk::{self, THE_ONE};
use shopwright::ui::page::data::DataCommand;
use shopwright::ui::{Action, Command as Ask, Page};
use tempfile::TempDir;

use crate::copy::{keep, model, stand_with_model, texts};
use crate::support::Stand;

/// An answer sheet as such files come: semicolons, stray spaces, rows twice, a customer missing.
const MESSY: &str = "user_id;city;score\nU0001; Suzhou;4\nU0002;Hangzhou ;5\nU0002;Hangzhou ;5\n;Suzhou;3\n\
                     U0003; Suzhou;4\nU0004;Wuxi;2\n";

fn go(stand: &mut Stand, page: Page) {
    stand.send(Ask::Do(Action::Go(page)));
    // What the page asks for when it is first drawn.
    stand.settle();
}

fn well(stand: &mut Stand, step: &str) {
    let failures = stand.app().failures();
    assert!(failures.is_empty(), "{step}: {failures:?}");
}

fn runs(stand: &mut Stand, stage: Stage) -> usize {
    stand.app().project().map_or(0, |project| project.runs().filter(|(_, run)| run.stage == stage).count())
}

/// Replaces what stands in the editor by typing.
pub fn type_over(stand: &mut Stand, words: &str) {
    let editor = |node: &egui_kittest::Node<'_>| {
        node.accesskit_node().role() == egui::Role::MultilineTextInput
            || node.accesskit_node().role() == egui::Role::TextInput
    };
    let found = stand.harness.query_all_by_label("Text").find(editor);
    found.unwrap_or_else(|| panic!("no editor: {:?}", stand.labels())).focus();
    stand.harness.step();
    stand.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    stand.harness.step();
    stand.harness.event(egui::Event::Text(words.to_owned()));
    stand.harness.step();
}

#[test]
fn from_the_sample_shop_to_exported_copy_by_window() {
    let mut stand = stand_with_model();
    assert!(stand.sees("No project open"));
    stand.click("Open the sample shop");

    // A messy file comes in and is cleaned.
    let file = stand.write("answers.csv", MESSY);
    stand.send(Ask::Data(DataCommand::look(file)));
    stand.click("Import");
    stand.click("Done");
    well(&mut stand, "import");
    stand.click("Profile");
    stand.click("Keep one of each");
    stand.click("Cleaning");
    stand.click("Tidy the spaces");
    let cleaned =
        stand.app().project().and_then(|p| Some(p.table_named("answers")?.1.cleaning.clone())).expect("there");
    let steps = cleaned.steps.iter().filter(|step| step.on).count();
    assert!(steps >= 2 && matches!(cleaned.steps[0].what, CleanAction::DropDuplicates { .. }), "{cleaned:?}");

    // One row a customer, then groups of them.
    stand.click("Customers and features");
    stand.click("Make features");
    well(&mut stand, "features");
    go(&mut stand, Page::Segment);
    stand.click("Find groups");
    well(&mut stand, "segments");
    assert_eq!(runs(&mut stand, Stage::Segment), 1);

    // Who buys next.
    go(&mut stand, Page::Predict);
    for slow in ["Random forest", "Boosted trees"] {
        stand.click(slow);
    }
    stand.click("Predict now");
    stand.settle();
    well(&mut stand, "prediction");
    assert_eq!(runs(&mut stand, Stage::Predict), 1);

    // What three customers would be shown.
    go(&mut stand, Page::Recommend);
    stand.click("Learn from what customers did");
    well(&mut stand, "recommendation");
    let customer = |label: &String| {
        label.len() == 5 && label.starts_with('U') && label[1..].chars().all(|digit| digit.is_ascii_digit())
    };
    let shown: BTreeSet<String> = stand.labels().into_iter().filter(customer).collect();
    assert!(shown.len() >= 3, "{:?}", stand.labels());
    for customer in shown.iter().take(3) {
        stand.click(customer);
        assert!(stand.sees("because of") || stand.sees("Because"), "{customer}: no reasons");
    }
    well(&mut stand, "three customers");

    // A brief for one of the groups.
    let project = stand.app().project().expect("open");
    let audiences = copydesk::audiences(project, shopwright::stage::copy::channel::CopyLang::En);
    let audience = audiences.first().cloned().expect("a segment");
    assert!(!audience.habits.is_empty() && audience.customers > 0, "{audience:?}");
    go(&mut stand, Page::Copy);
    let brief = CopyBrief {
        scope: Scope::Products(vec!["P001".into()]),
        audience: Some(audience.clone()),
        channel: Channel::Sms,
        more_channels: vec![Channel::Short],
        variants: 2,
        ..CopyBrief::default()
    };
    keep(&mut stand, brief.put(THE_ONE).expect("json"));
    assert!(stand.sees(&audience.name) && stand.sees("Ice-Crackle Celadon Teapot"));
    stand.click("Write 4 texts");
    well(&mut stand, "drafts");
    let drafts = texts(&mut stand);
    assert_eq!(drafts.len(), 4);
    let channels: BTreeSet<Channel> = drafts.iter().map(|(_, text)| text.channel).collect();
    assert_eq!(channels.len(), 2);
    for (id, text) in &drafts {
        let made = text.made().unwrap_or_else(|| panic!("{id}: {:?}", text.status));
        assert!(made.prompt.contains(&audience.habits[0]), "the group stands in the prompt as plain facts");
    }

    // Noise is edited into a true text, which is approved.
    stand.click("Edit");
    type_over(&mut stand, "A celadon teapot that holds 260 ml.");
    stand.click("Done");
    let (id, edited) =
        texts(&mut stand).into_iter().find(|(_, text)| text.origin() == Origin::HumanEdited).expect("it");
    assert_eq!(edited.text(), "A celadon teapot that holds 260 ml.");
    assert_eq!(edited.versions.iter().map(|v| v.author).collect::<Vec<_>>(), [Author::Model, Author::Human]);
    assert!(stand.sees("Capacity: 260 ml"), "the fact is traced to the sheet");
    stand.click("Approve Draft A");
    let approved: Vec<String> = texts(&mut stand).into_iter().filter(approved_one).map(|(id, _)| id).collect();
    assert_eq!(approved, std::slice::from_ref(&id));

    let out = stand.folder.join("copy.csv");
    stand.script.will_choose(&out);
    stand.click("Export");
    stand.click("Save as a file");
    well(&mut stand, "export");
    let file = std::fs::read_to_string(&out).expect("exported");
    let rows: Vec<&str> = file.lines().collect();
    assert!(file.starts_with('\u{feff}') && rows.len() == 2, "{file}");
    assert!(rows[1].contains("A celadon teapot that holds 260 ml.,human-edited,approved"), "{file}");

    // Out and in again: all is there.
    let before = stand.app().project().expect("open").clone();
    let mut stand = stand.again();
    assert_eq!(stand.app().project(), Some(&before));
    for (page, sight) in [
        (Page::Segment, audience.name.as_str()),
        (Page::Predict, "Who is likely to buy"),
        (Page::Recommend, "because of"),
        (Page::Copy, "A celadon teapot that holds 260 ml."),
    ] {
        go(&mut stand, page);
        assert!(stand.sees(sight), "{page:?} does not show {sight:?}");
        well(&mut stand, "after the restart");
    }
}

fn approved_one((_, text): &(String, CopyText)) -> bool {
    text.status == Status::Approved
}

/// The script of the README on a small shop: each verb takes what the one before left in the project.
#[test]
fn from_raw_files_to_exported_copy_by_command_line() {
    let home = TempDir::new().expect("temp folder");
    let path = |name: &str| home.path().join(name).to_str().expect("path").to_owned();
    let (shop, project, out) = (path("shop"), path("shop.shopwright"), path("copy.csv"));
    let noise = model(home.path());
    let noise = noise.to_str().expect("path");
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_shopwright"))
            .args(args)
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .output()
            .expect("starts");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let told = |args: &[&str]| -> serde_json::Value { serde_json::from_slice(&run(args)).expect("one JSON object") };
    run(&["sample", "--users", "300", "--products", "40", "--events", "12000", "--reviews", "200", "--out", &shop]);
    for (file, kind) in [("events.csv", "events"), ("products.csv", "products"), ("reviews.csv", "reviews")] {
        run(&["import", &format!("{shop}/{file}"), "--project", &project, "--as", kind]);
    }
    let found = told(&["segment", "--project", &project, "--method", "kmeans", "--k", "3", "--json"]);
    let segment = found["segments"][0]["name"].as_str().expect("a name").to_owned();
    let added = told(&["model", "add", noise, "--link", "--json"]);
    assert!(added.to_string().contains("noise.gguf"), "{added}");
    let written = told(&[
        "copy",
        "--project",
        &project,
        "--filter",
        "price>0",
        "--channel",
        "sms,push",
        "--lang",
        "en,zh",
        "--segment",
        &segment,
        "--n",
        "1",
        "--model",
        "noise.gguf",
        "--out",
        &out,
        "--json",
    ]);
    let drafts = written["drafts"].as_array().expect("drafts");
    let kinds: BTreeSet<(&str, &str)> =
        drafts.iter().filter_map(|d| Some((d["channel"].as_str()?, d["lang"].as_str()?))).collect();
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    let products: BTreeSet<&str> = drafts.iter().filter_map(|d| d["product"].as_str()).collect();
    assert_eq!(drafts.len(), products.len() * 4);
    let rows = shopwright::store::copyfile::read_edits(Path::new(&out)).expect("an export");
    assert_eq!(rows.len(), drafts.len());
}
