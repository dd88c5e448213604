//! Every word on screen is there in both languages and has a glyph in the bundled fonts.

use egui::{FontFamily, FontId};
use shopwright::ui::text;
use shopwright::ui::theme::{SEMIBOLD, font_definitions};

fn fonts() -> egui::epaint::text::Fonts {
    egui::epaint::text::Fonts::new(egui::epaint::text::TextOptions::default(), font_definitions())
}

#[test]
fn every_word_has_both_languages_and_they_name_the_same_things() {
    let slots = |text: &str| {
        let mut names: Vec<String> =
            text.split('{').skip(1).filter_map(|rest| Some(rest.split('}').next()?.to_owned())).collect();
        names.sort();
        names
    };
    let mut count = 0;
    for (name, en, zh) in text::all() {
        count += 1;
        assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{name} lacks a language");
        assert_eq!(slots(en), slots(zh), "{name}: the languages name different things");
    }
    assert!(count > 100, "only {count} words found");
}

#[test]
fn every_word_has_a_glyph_in_both_weights() {
    let mut fonts = fonts();
    let families = [FontFamily::Proportional, FontFamily::Name(SEMIBOLD.into())];
    let mut missing = std::collections::BTreeSet::new();
    for (_, en, zh) in text::all() {
        for c in en.chars().chain(zh.chars()) {
            for family in &families {
                if !fonts.with_pixels_per_point(1.0).has_glyph(&FontId::new(13.0, family.clone()), c) {
                    missing.insert(c);
                }
            }
        }
    }
    assert!(missing.is_empty(), "no glyph for {missing:?}; run assets/fonts/make.py");
}

/// Pages say nothing that doesn't stand in `ui/text`: no Chinese and no sentence in their own code.
#[test]
fn pages_hold_no_words_of_their_own() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<_> = ["ui/page", "ui/widget", "app"].map(|folder| root.join(folder)).into();
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            read += 1;
            let text = std::fs::read_to_string(&path).expect("source");
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            assert!(!code.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{path:?} holds Chinese text");
        }
    }
    assert!(read > 20, "only {read} sources read");
}
