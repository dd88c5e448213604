//! A switch, and a row of exclusive choices.

use egui::{CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::ui::theme::{Tokens, regular, semibold, size, text_size};

/// A switch named `name` for screen readers; the visible label stands beside it.
pub fn toggle(ui: &mut Ui, on: &mut bool, name: &str) -> Response {
    let tokens = Tokens::of(ui);
    let (rect, mut response) = ui.allocate_exact_size(vec2(32.0, 20.0), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let (state, name) = (*on, name.to_owned());
    response.widget_info(move || WidgetInfo::selected(Role::CheckBox, true, state, &name));
    let share = ui.ctx().animate_bool_responsive(response.id, *on);
    let fill = tokens.line_strong.lerp_to_gamma(tokens.accent, share);
    ui.painter().rect_filled(rect, CornerRadius::same(10), fill);
    let x = egui::lerp(rect.left() + 10.0..=rect.right() - 10.0, share);
    ui.painter().circle_filled(pos2(x, rect.center().y), 7.5, tokens.surface);
    if response.has_focus() {
        let ring = Stroke::new(2.0, tokens.focus);
        ui.painter().rect_stroke(rect.expand(2.0), CornerRadius::same(12), ring, StrokeKind::Outside);
    }
    response
}

/// Exclusive choices side by side; true when the choice changed.
pub fn segmented<T: Copy + PartialEq>(ui: &mut Ui, value: &mut T, choices: &[(T, &str)]) -> bool {
    let tokens = Tokens::of(ui);
    let padding = 14.0;
    let widths: Vec<f32> = choices
        .iter()
        .map(|(_, text)| {
            let galley = ui.painter().layout_no_wrap((*text).to_owned(), semibold(text_size::SMALL), tokens.text);
            galley.size().x + 2.0 * padding
        })
        .collect();
    let total: f32 = widths.iter().sum::<f32>() + 4.0;
    let (rect, _) = ui.allocate_exact_size(vec2(total, size::CONTROL), Sense::hover());
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    ui.painter().rect(rect, radius, tokens.sunken, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
    let mut changed = false;
    let mut x = rect.left() + 2.0;
    for ((choice, text), width) in choices.iter().zip(widths) {
        let cell = egui::Rect::from_min_size(pos2(x, rect.top() + 2.0), vec2(width, rect.height() - 4.0));
        x += width;
        let id = ui.scope_id().with(("segmented", *text, rect.left() as i32, rect.top() as i32));
        let response = ui.interact(cell, id, Sense::click());
        if response.clicked() && *value != *choice {
            *value = *choice;
            changed = true;
        }
        let chosen = *value == *choice;
        let name = (*text).to_owned();
        response.widget_info(move || WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
        let inner = CornerRadius::same(size::RADIUS_KEY);
        if chosen {
            ui.painter().rect(cell, inner, tokens.surface, Stroke::new(1.0, tokens.line_input), StrokeKind::Inside);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(cell, inner, Stroke::new(2.0, tokens.focus), StrokeKind::Inside);
        }
        let font = if chosen { semibold(text_size::SMALL) } else { regular(text_size::SMALL) };
        let ink = if chosen || response.hovered() { tokens.text } else { tokens.text_2 };
        ui.painter().text(cell.center(), egui::Align2::CENTER_CENTER, text, font, ink);
    }
    changed
}
