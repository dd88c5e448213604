//! Pictures of the pages, compared with those in `tests/snapshots`. Behind the feature `snapshots`, because they need
//! a Vulkan driver; a software one will do. After a wanted change: `UPDATE_SNAPSHOTS=1`, and look at them.

use std::sync::Arc;

use egui_kittest::{Harness, SnapshotOptions};
use shopwright::app::App;
use shopwright::app::services::Services;
use shopwright::base::time::Moment;
use shopwright::store::settings::{LanguageChoice, ThemeChoice};
use shopwright::ui::text::Lang;
use shopwright::ui::{Action, Command, Page};
use tempfile::TempDir;

use crate::support::Script;

/// 2026-11-01 09:31 in UTC.
fn stopped_clock() -> Moment {
    Moment(1_793_525_460)
}

fn settle(harness: &mut Harness<'static, App>) {
    let mut quiet = 0;
    while quiet < 12 {
        harness.step();
        quiet = if harness.state().is_idle() { quiet + 1 } else { 0 };
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn pages_look_as_they_did() {
    let folder = Arc::new(TempDir::new().expect("temp folder"));
    let services = Services {
        dialogs: Box::new(Script::default()),
        settings_file: None,
        projects_folder: folder.path().to_owned(),
        system_lang: Lang::En,
        clock: stopped_clock,
        started: std::time::Instant::now(),
    };
    let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(400);
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1440.0, 900.0))
        .with_options(options)
        .allow_missing_glyphs()
        .wgpu()
        .build_eframe(|cc| App::new(cc, services, None));
    let mut problems = Vec::new();
    let looks = [
        ("light", ThemeChoice::Light, LanguageChoice::English),
        ("dark-zh", ThemeChoice::Dark, LanguageChoice::Chinese),
    ];
    for open in [false, true] {
        if open {
            harness.state_mut().send(Command::Do(Action::OpenSample));
            settle(&mut harness);
        }
        for (look, theme, language) in looks {
            harness.state_mut().send(Command::SetTheme(theme));
            harness.state_mut().send(Command::SetLanguage(language));
            for page in Page::ALL {
                // Paths and licences differ from machine to machine.
                if !open && page != Page::Home || matches!(page, Page::Settings | Page::About) {
                    continue;
                }
                harness.state_mut().send(Command::Do(Action::Go(page)));
                settle(&mut harness);
                let name = format!("{page:?}-{look}{}", if open { "" } else { "-empty" }).to_lowercase();
                if let Err(error) = harness.try_snapshot(&name) {
                    problems.push(error.to_string());
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
