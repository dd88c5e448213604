//! A card: one question each, never one inside another.

use egui::{CornerRadius, Frame, InnerResponse, Margin, Rect, Stroke, Ui, UiBuilder};

use crate::ui::theme::{Tokens, size};

pub fn card_frame(tokens: &Tokens) -> Frame {
    Frame::new()
        .fill(tokens.surface)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin::same(16))
}

/// A card as wide as what it stands in and as high as what it holds.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let tokens = Tokens::of(ui);
    card_frame(tokens).show(ui, |ui| {
        ui.set_width(ui.available_width());
        add(ui)
    })
}

/// A card that fills `rect` whatever it holds; what does not fit is clipped.
pub fn card_in<R>(ui: &mut Ui, rect: Rect, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = Tokens::of(ui);
    ui.painter().add(card_frame(tokens).paint(rect.shrink(17.0)));
    let inner = rect.shrink(16.0);
    let mut child =
        ui.new_child(UiBuilder::new().id_salt(("card", rect.min.x as i32, rect.min.y as i32)).max_rect(inner));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    add(&mut child)
}
