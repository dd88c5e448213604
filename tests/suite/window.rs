//! The real App, driven by role and label.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use egui_kittest::kittest::Queryable;
use shopwright::project::Edit;
use shopwright::project::document::Label;
use shopwright::store::settings::{LanguageChoice, ThemeChoice};
use shopwright::ui::page::data::DataCommand;
use shopwright::ui::text::Lang;
use shopwright::ui::{Action, Command, Page};

use crate::support::Stand;

#[test]
fn the_sample_opens_as_a_copy_shows_rows_and_is_there_after_a_restart() {
    let mut stand = Stand::new();
    assert!(stand.sees("No project open"));
    stand.click("Open the sample shop");
    stand.click("Data");
    for table in ["products", "users", "events", "reviews", "user_behavior"] {
        assert!(stand.sees(table), "{table} is not shown");
    }
    assert!(stand.sees("120,000 rows"));
    assert!(stand.sees("Rows 1 to"));
    let path = stand.app().project_path().expect("open").to_owned();
    assert!(path.starts_with(&stand.folder));

    let before = stand.app().project().expect("open").clone();
    let mut stand = stand.again();
    assert_eq!(stand.app().project(), Some(&before));
    assert_eq!(stand.app().project_path(), Some(path.as_path()));

    // Asked for again, a second copy is made and the first stays as it was.
    stand.send(Command::Do(Action::OpenSample));
    assert_ne!(stand.app().project_path(), Some(path.as_path()));
    assert!(path.exists());
}

#[test]
fn a_closed_project_is_one_file() {
    let mut stand = Stand::new();
    stand.open_sample();
    let path = stand.app().project_path().expect("open").to_owned();
    stand.send(Command::Do(Action::CloseProject));
    let folder = path.parent().expect("folder").to_owned();
    // Closing goes on in the background.
    for _ in 0..500 {
        if std::fs::read_dir(&folder).expect("folder").count() == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let left: Vec<_> = std::fs::read_dir(&folder).expect("folder").map(|e| e.expect("entry").file_name()).collect();
    assert_eq!(left, [path.file_name().expect("name")]);
}

#[test]
fn a_dropped_table_makes_a_project_and_undo_takes_the_import_back() {
    let mut stand = Stand::new();
    let file = stand.write("orders.csv", "order_id,user_id,price\n1,a,2.5\n2,b,3\n");
    stand.send(Command::Data(DataCommand::look(file)));
    assert_eq!(stand.app().page(), Page::Data);
    stand.click("Import");
    stand.click("Done");
    let rows = |stand: &mut Stand| stand.app().project().map(|p| p.tables().map(|(_, t)| t.rows()).sum::<u64>());
    assert_eq!(rows(&mut stand), Some(2));
    assert!(stand.sees("orders"));

    stand.send(Command::Do(Action::Undo));
    assert_eq!(rows(&mut stand), Some(0));
    stand.send(Command::Do(Action::Redo));
    assert_eq!(rows(&mut stand), Some(2));
    let mut stand = stand.again();
    assert_eq!(rows(&mut stand), Some(2));
}

#[test]
fn import_goes_through_the_file_dialog() {
    let mut stand = Stand::new();
    stand.open_sample();
    let file = stand.write("more.csv", "user_id,score\na,1\nb,2\nc,3\n");
    stand.script.will_choose(file);
    stand.click("Import a table");
    assert!(stand.sees("What is in this file?"));
    stand.click("Import");
    assert!(stand.sees("3 rows read"));
    stand.click("Done");
    assert!(stand.app().project().is_some_and(|p| p.table_named("more").is_some()));
    // A dialog that is cancelled changes nothing.
    let before = stand.app().project().cloned();
    stand.click("Import a table");
    assert_eq!(stand.app().project().cloned(), before);
}

#[test]
fn every_page_in_both_themes_and_languages() {
    for size in [egui::vec2(900.0, 620.0), egui::vec2(1440.0, 900.0), egui::vec2(1920.0, 1080.0)] {
        let mut stand = Stand::sized(size);
        for open in [false, true] {
            if open {
                stand.open_sample();
            }
            for theme in [ThemeChoice::Light, ThemeChoice::Dark] {
                for (language, lang) in [(LanguageChoice::English, Lang::En), (LanguageChoice::Chinese, Lang::Zh)] {
                    stand.send(Command::SetTheme(theme));
                    stand.send(Command::SetLanguage(language));
                    for page in Page::ALL {
                        stand.send(Command::Do(Action::Go(page)));
                        assert_eq!(stand.app().page(), page);
                        stand.harness.get_all_by_label(Page::Home.name(lang)).next().expect("the rail names Home");
                    }
                }
            }
        }
    }
}

#[test]
fn the_palette_finds_an_action_by_typing_in_either_language() {
    let mut stand = Stand::new();
    for query in ["setti", "设置"] {
        stand.send(Command::Do(Action::Go(Page::Home)));
        stand.send(Command::Do(Action::Find));
        stand.harness.event(egui::Event::Text(query.to_owned()));
        stand.harness.step();
        stand.harness.key_press(egui::Key::Enter);
        stand.settle();
        assert_eq!(stand.app().page(), Page::Settings, "{query}");
    }
}

#[test]
fn shortcuts_do_what_the_menu_does() {
    let mut stand = Stand::new();
    stand.open_sample();
    let project = |stand: &mut Stand| stand.app().project().cloned();
    let before = project(&mut stand);
    let edits = vec![Edit::Meta("name".into(), Some("Renamed".into()))];
    stand.send(Command::Edit { label: Label::RenameProject, edits, merge: None });
    let after = project(&mut stand);
    stand.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    stand.settle();
    assert_eq!(project(&mut stand), before);
    let redo = egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT);
    stand.harness.key_press_modifiers(redo, egui::Key::Z);
    stand.settle();
    assert_eq!(project(&mut stand), after);
    stand.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num2);
    stand.settle();
    assert_eq!(stand.app().page(), Page::Data);
}

#[test]
fn the_language_switches_live_and_is_remembered() {
    let mut stand = Stand::new();
    stand.send(Command::Do(Action::Go(Page::Settings)));
    stand.click("简体中文");
    assert!(stand.sees("主页"));
    let mut stand = stand.again();
    assert!(stand.sees("主页"));
    stand.send(Command::Do(Action::Language));
    assert!(stand.sees("Home"));
}

#[test]
fn frames_go_on_while_a_job_runs_and_cancel_frees_the_slot() {
    let mut stand = Stand::new();
    let (go, wait) = mpsc::channel::<()>();
    let stopped = Arc::new(AtomicU32::new(0));
    let told = stopped.clone();
    stand.app().run_for_test(move |monitor| {
        let mut done = 0;
        while monitor.check().is_ok() && wait.recv_timeout(Duration::from_millis(1)).is_err() {
            done += 1;
            monitor.report(shopwright::base::Step::Counting, done, 1_000_000);
        }
        told.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    for _ in 0..30 {
        stand.harness.step();
    }
    assert!(!stand.app().is_idle());
    assert!(stand.sees("1 job"));
    stand.send(Command::Stop(shopwright::jobs::Slot::Export));
    assert!(stand.app().is_idle());
    for _ in 0..1000 {
        if stopped.load(Ordering::SeqCst) == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(stopped.load(Ordering::SeqCst), 1, "the worker was told to stop");
    drop(go);
}

#[test]
fn a_panic_in_a_job_is_shown_with_its_details_and_the_program_goes_on() {
    let mut stand = Stand::new();
    stand.app().run_for_test(|_| panic!("the abacus fell over"));
    stand.settle();
    assert!(stand.sees("The program made a mistake"));
    assert!(!stand.sees("the abacus fell over"));
    stand.click("Details");
    stand.harness.run_steps(20);
    assert!(stand.sees("the abacus fell over"));
    stand.click("Dismiss");
    assert!(!stand.sees("The program made a mistake"));
    stand.open_sample();
}

#[test]
fn a_broken_project_is_told_in_words_and_the_open_one_stays() {
    let mut stand = Stand::new();
    stand.open_sample();
    let before = stand.app().project().cloned();
    let broken = stand.write("broken.shopwright", "this is a text file, not a database at all");
    stand.send(Command::Open(broken));
    assert!(stand.sees("is not a Shopwright project"));
    assert_eq!(stand.app().project().cloned(), before);
}

#[test]
fn a_second_window_is_told_and_reads_only() {
    let mut first = Stand::new();
    first.open_sample();
    let path = first.app().project_path().expect("open").to_owned();
    let mut second = Stand::new();
    second.send(Command::Open(path));
    assert!(second.sees("Read only"));
    let before = second.app().project().cloned();
    let edits = vec![Edit::Meta("name".into(), Some("Changed".into()))];
    second.send(Command::Edit { label: Label::RenameProject, edits, merge: None });
    assert_eq!(second.app().project().cloned(), before);
}

#[test]
fn a_copy_is_saved_under_the_chosen_name() {
    let mut stand = Stand::new();
    stand.open_sample();
    let copy = stand.folder.join("copy");
    stand.script.will_choose(copy.clone());
    stand.send(Command::Do(Action::SaveCopy));
    let copy = copy.with_extension("shopwright");
    for _ in 0..1000 {
        stand.harness.step();
        if copy.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let opened = shopwright::store::Store::open_to_read(&copy).expect("a whole project");
    assert_eq!(Some(&opened.project), stand.app().project());
}
