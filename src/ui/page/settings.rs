//! Settings: look, language, size, the project's name, shortcuts, privacy.

use egui::{Ui, UiBuilder, vec2};

use super::{Page, page_head};
use crate::project::Edit;
use crate::project::document::Label;
use crate::store::settings::{LanguageChoice, ThemeChoice};
use crate::ui::text::{common, home as words};
use crate::ui::theme::size;
use crate::ui::widget::toggle::segmented;
use crate::ui::widget::{self, Button, card, icon};
use crate::ui::{Action, Command, PageContext};

#[derive(Default)]
pub struct SettingsView {
    /// The name being typed; empty fields are not written.
    name: Option<String>,
}

pub fn settings_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SettingsView) {
    let room = page_head(ui, words::settings_title(cx.lang), words::settings_lead(cx.lang), |ui| {
        if ui.add(Button::plain(words::about_title(cx.lang)).icon(icon::INFO)).clicked() {
            cx.act(Action::Go(Page::About));
        }
        if ui.add(Button::plain(crate::ui::text::model::title(cx.lang)).icon(icon::MODEL)).clicked() {
            cx.act(Action::Go(Page::Models));
        }
    });
    let mut body = ui.new_child(UiBuilder::new().id_salt("settings").max_rect(room));
    egui::ScrollArea::vertical().id_salt("settings").auto_shrink(false).show(&mut body, |ui| {
        ui.spacing_mut().item_spacing = vec2(size::S4, size::S4);
        let two = room.width() > 860.0;
        if two {
            let half = (room.width() - size::S4) / 2.0;
            ui.horizontal_top(|ui| {
                column(ui, half, |ui| left_cards(ui, cx, view));
                column(ui, half, |ui| shortcuts_card(ui, cx));
            });
        } else {
            left_cards(ui, cx, view);
            shortcuts_card(ui, cx);
        }
    });
}

fn column(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ui.set_width(width);
        add(ui);
    });
}

fn left_cards(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SettingsView) {
    card(ui, |ui| look_card(ui, cx));
    if let Some(open) = cx.open {
        card(ui, |ui| project_card(ui, cx, view, open));
    }
    card(ui, |ui| {
        widget::heading(ui, words::settings_privacy(cx.lang));
        widget::small(ui, words::settings_privacy_text(cx.lang));
    });
}

fn look_card(ui: &mut Ui, cx: &PageContext<'_>) {
    ui.spacing_mut().item_spacing.y = 6.0;
    widget::heading(ui, words::settings_look(cx.lang));
    widget::small(ui, words::settings_theme(cx.lang));
    let mut theme = cx.settings.theme;
    let themes = [
        (ThemeChoice::System, words::theme_system(cx.lang)),
        (ThemeChoice::Light, words::theme_light(cx.lang)),
        (ThemeChoice::Dark, words::theme_dark(cx.lang)),
    ];
    if segmented(ui, &mut theme, &themes) {
        cx.send(Command::SetTheme(theme));
    }
    ui.add_space(size::S1);
    widget::small(ui, words::settings_language(cx.lang));
    let mut language = cx.settings.language;
    let languages = [
        (LanguageChoice::System, words::language_system(cx.lang)),
        (LanguageChoice::English, words::language_english(cx.lang)),
        (LanguageChoice::Chinese, words::language_chinese(cx.lang)),
    ];
    // "As the system" stands in both rows: the id keeps them apart.
    ui.push_id("language", |ui| {
        if segmented(ui, &mut language, &languages) {
            cx.send(Command::SetLanguage(language));
        }
    });
    ui.add_space(size::S1);
    widget::small(ui, words::settings_zoom(cx.lang));
    let mut zoom = cx.settings.zoom;
    let zooms = [(0.8, "80 %"), (0.9, "90 %"), (1.0, "100 %"), (1.1, "110 %"), (1.25, "125 %"), (1.5, "150 %")];
    if segmented(ui, &mut zoom, &zooms) {
        cx.send(Command::SetZoom(zoom));
    }
}

fn project_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SettingsView, open: crate::ui::context::OpenProject<'_>) {
    ui.spacing_mut().item_spacing.y = 6.0;
    widget::heading(ui, words::settings_project(cx.lang));
    let label = widget::small(ui, words::settings_project_name(cx.lang));
    let mut name = view.name.clone().unwrap_or_else(|| open.project.name().to_owned());
    let field = egui::TextEdit::singleline(&mut name).desired_width(320.0).char_limit(80).margin(vec2(10.0, 7.0));
    let response = ui.add_enabled(open.access.can_write(), field).labelled_by(label.id);
    if response.changed() {
        view.name = Some(name.clone());
        let trimmed = name.trim();
        if !trimmed.is_empty() && trimmed != open.project.name() {
            let edits = vec![Edit::Meta("name".into(), Some(trimmed.to_owned()))];
            cx.send(Command::Edit { label: Label::RenameProject, edits, merge: Some("project name") });
        }
    }
    if !response.has_focus() {
        view.name = None;
    }
    widget::small(ui, words::settings_project_file(cx.lang));
    widget::caption(ui, open.path.display().to_string());
    if ui.add(Button::plain(common::save_copy(cx.lang)).icon(icon::FILE)).clicked() {
        cx.act(Action::SaveCopy);
    }
}

fn shortcuts_card(ui: &mut Ui, cx: &PageContext<'_>) {
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        widget::heading(ui, words::settings_shortcuts(cx.lang));
        for action in Action::all() {
            let Some(keys) = action.shortcut() else { continue };
            ui.horizontal(|ui| {
                ui.set_height(26.0);
                widget::small(ui, action.name(cx.lang));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    widget::chip::chip_with(ui, widget::Tone::Idle, None, &ui.ctx().format_shortcut(&keys));
                });
            });
        }
    });
}
