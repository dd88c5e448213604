//! A small word on a soft ground: a state, a count, a role.

use egui::{Color32, CornerRadius, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::icon;
use crate::ui::theme::{Tokens, regular, size, text_size};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Warn,
    Bad,
    Idle,
    Accent,
}

impl Tone {
    pub fn colours(self, t: &Tokens) -> (Color32, Color32) {
        match self {
            Self::Ok => (t.ok, t.ok_soft),
            Self::Warn => (t.warn, t.warn_soft),
            Self::Bad => (t.bad, t.bad_soft),
            Self::Idle => (t.idle, t.idle_soft),
            Self::Accent => (t.accent_text, t.accent_soft),
        }
    }

    fn icon(self) -> Option<&'static str> {
        match self {
            Self::Ok => Some(icon::CHECK),
            Self::Warn => Some(icon::AGAIN),
            Self::Bad => Some(icon::WARNING),
            Self::Idle | Self::Accent => None,
        }
    }
}

/// The colour comes with an icon and a word: never colour alone.
pub fn chip(ui: &mut Ui, tone: Tone, text: &str) -> Response {
    chip_with(ui, tone, tone.icon(), text)
}

pub fn chip_with(ui: &mut Ui, tone: Tone, icon: Option<&str>, text: &str) -> Response {
    let tokens = Tokens::of(ui);
    let (ink, ground) = tone.colours(tokens);
    let place = |text: &str, size| ui.painter().layout_no_wrap(text.to_owned(), regular(size), ink);
    let icon = icon.map(|glyph| place(glyph, text_size::SMALL + 1.0));
    let label = place(text, text_size::SMALL);
    let icon_width = icon.as_ref().map_or(0.0, |galley| galley.size().x + 4.0);
    let wanted = vec2(label.size().x + icon_width + 16.0, size::CHIP);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    let name = text.to_owned();
    response.widget_info(move || WidgetInfo::labeled(Role::Label, true, &name));
    if ui.is_rect_visible(rect) {
        ui.painter().rect_filled(rect, CornerRadius::same(size::RADIUS_KEY), ground);
        let mut x = rect.left() + 8.0;
        if let Some(icon) = icon {
            let y = rect.center().y - icon.size().y / 2.0;
            ui.painter().galley(egui::pos2(x, y), icon, ink);
            x += icon_width;
        }
        let y = rect.center().y - label.size().y / 2.0;
        ui.painter().galley(egui::pos2(x, y), label, ink);
    }
    response
}
