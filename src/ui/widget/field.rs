//! Labelled fields of a recipe.

use egui::{ComboBox, Response, Ui};

use super::{caption, small};
use crate::ui::theme::{Tokens, regular, text_size};
use crate::ui::widget::chip::{Tone, chip_with};

/// A label over a list of choices as wide as the column; true when the choice changed.
pub fn choice<T: Clone + PartialEq>(
    ui: &mut Ui,
    label: &str,
    note: Option<&str>,
    value: &mut T,
    choices: &[(T, String)],
) -> bool {
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal(|ui| {
        small(ui, label);
        if let Some(note) = note {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                chip_with(ui, Tone::Ok, None, note);
            });
        }
    });
    bare_choice(ui, label, value, choices)
}

/// The list alone; `label` is for screen readers.
pub fn bare_choice<T: Clone + PartialEq>(ui: &mut Ui, label: &str, value: &mut T, choices: &[(T, String)]) -> bool {
    let mut changed = false;
    let shown = choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, text)| text);
    let response = ComboBox::from_id_salt(label)
        .width(ui.available_width())
        .height(380.0)
        .truncate()
        .selected_text(egui::RichText::new(shown).font(regular(text_size::SMALL)))
        .icon(caret)
        .show_ui(ui, |ui| {
            for (choice, text) in choices {
                let text = egui::RichText::new(text).font(regular(text_size::SMALL));
                if ui.selectable_label(choice == value, text).clicked() && choice != value {
                    *value = choice.clone();
                    changed = true;
                }
            }
        })
        .response;
    let (name, text) = (label.to_owned(), shown.to_owned());
    response.widget_info(move || {
        let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &name);
        info.current_text_value = Some(text.clone());
        info
    });
    changed
}

pub fn caret(ui: &Ui, rect: egui::Rect, visuals: &egui::style::WidgetVisuals, _open: bool) {
    let middle = egui::Align2::CENTER_CENTER;
    ui.painter().text(rect.center(), middle, super::icon::DOWN, regular(14.0), visuals.text_color());
}

/// A label at the left and a switch at the right; true when it was switched.
pub fn switch(ui: &mut Ui, label: &str, on: &mut bool) -> bool {
    ui.horizontal(|ui| {
        ui.set_height(30.0);
        small(ui, label);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            super::toggle::toggle(ui, on, label).changed()
        })
        .inner
    })
    .inner
}

/// What is wrong with a field, under it.
pub fn field_error(ui: &mut Ui, text: &str) -> Response {
    let t = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(egui::RichText::new(super::icon::WARNING).size(14.0).color(t.bad));
        ui.label(egui::RichText::new(text).size(12.0).color(t.bad))
    })
    .inner
}

/// A quiet sentence under a field.
pub fn hint(ui: &mut Ui, text: &str) {
    caption(ui, text);
}
