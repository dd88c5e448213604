//! Parts that pages are built from. They know tokens, not pages.

pub mod bars;
pub mod button;
pub mod card;
pub mod chip;
pub mod cloud;
pub mod field;
pub mod grid;
pub mod icon;
pub mod plot;
pub mod toggle;
pub mod xy;

pub use button::Button;
pub use card::{card, card_in};
pub use chip::{Tone, chip};

use egui::{Label, Response, RichText, Ui};

use super::theme::{Tokens, regular, semibold, text_size};

/// 24 semibold: the one title of a page.
pub fn title(ui: &mut Ui, text: &str) -> Response {
    let tokens = Tokens::of(ui);
    let text = RichText::new(text).font(semibold(text_size::TITLE)).color(tokens.text);
    ui.add(Label::new(text).truncate())
}

/// 17 semibold: what a card is about.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    let tokens = Tokens::of(ui);
    ui.add(Label::new(RichText::new(text).font(semibold(text_size::HEAD)).color(tokens.text)).truncate())
}

/// 15: body text.
pub fn body(ui: &mut Ui, text: impl Into<String>) -> Response {
    let tokens = Tokens::of(ui);
    ui.add(Label::new(RichText::new(text).font(regular(text_size::BODY)).color(tokens.text)))
}

/// 15, quieter: the sentence under a title.
pub fn lead(ui: &mut Ui, text: impl Into<String>) -> Response {
    let tokens = Tokens::of(ui);
    ui.add(Label::new(RichText::new(text).font(regular(text_size::BODY)).color(tokens.text_2)).truncate())
}

/// 13: controls, tables, hints.
pub fn small(ui: &mut Ui, text: impl Into<String>) -> Response {
    let tokens = Tokens::of(ui);
    ui.add(Label::new(RichText::new(text).font(regular(text_size::SMALL)).color(tokens.text_2)))
}

pub fn small_strong(ui: &mut Ui, text: impl Into<String>) -> Response {
    let tokens = Tokens::of(ui);
    ui.add(Label::new(RichText::new(text).font(semibold(text_size::SMALL)).color(tokens.text)).truncate())
}

/// 12: captions and axes.
pub fn caption(ui: &mut Ui, text: impl Into<String>) -> Response {
    let tokens = Tokens::of(ui);
    ui.add(Label::new(RichText::new(text).font(regular(text_size::TINY)).color(tokens.text_3)))
}

/// A hairline across the available width.
pub fn hairline(ui: &mut Ui) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 1.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, 0.0, tokens.line);
}
