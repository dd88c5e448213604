//! The chosen draft in the shape of its channel, at real widths and with the cuts that really happen.

use egui::text::LayoutJob;
use egui::{Align2, CornerRadius, Frame, Margin, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::{CopyView, Desk};
use crate::stage::copy::channel::Channel;
use crate::stage::copy::version::CopyText;
use crate::ui::PageContext;
use crate::ui::text::copy as words;
use crate::ui::theme::{Tokens, regular, semibold, text_size};
use crate::ui::widget::{self, card};

pub fn preview_card(ui: &mut Ui, cx: &PageContext<'_>, view: &CopyView, desk: &Desk<'_>) {
    let Some((id, text)) = view.chosen.clone().and_then(|id| Some((id.clone(), desk.project.item::<CopyText>(&id)?)))
    else {
        return;
    };
    let shown = match &view.editing {
        Some(editing) if editing.id == id => editing.text.clone(),
        _ => text.text().to_owned(),
    };
    let shop = desk.project.name().to_owned();
    let product = desk.product_of(&text);
    card(ui, |ui| {
        let title = match text.channel {
            Channel::Title | Channel::Short | Channel::Long | Channel::Bullets => words::preview_shop(cx.lang),
            Channel::Ad => words::preview_ad(cx.lang),
            Channel::Push | Channel::Sms => words::preview_phone(cx.lang),
            Channel::Email => words::preview_mail(cx.lang),
            Channel::Note | Channel::Social => words::preview_note(cx.lang),
        };
        widget::heading(ui, title);
        match text.channel {
            Channel::Push => phone(ui, cx, |ui| push(ui, cx, &shop, &shown)),
            Channel::Sms => phone(ui, cx, |ui| bubble(ui, &shown)),
            Channel::Email => mail(ui, cx, &shop, &shown),
            Channel::Ad => ad(ui, cx, &shop, &shown),
            Channel::Note | Channel::Social => note(ui, cx, &shop, &shown),
            _ => {
                let price = product.and_then(|product| product.price.clone()).unwrap_or_default();
                let name = product.map(|product| product.name.clone()).unwrap_or_default();
                shop_page(ui, cx, text.channel, [&name, &price, &shown]);
            }
        }
    });
}

/// Where a text stands in real life: the width and size of its letters in points, and the rows before it is cut.
#[derive(Clone, Copy)]
struct Place {
    width: f32,
    letters: f32,
    rows: usize,
}

/// Usual places, on a phone 393 points wide.
const PUSH_TITLE: Place = Place { width: 297.0, letters: 15.0, rows: 1 };
const PUSH_BODY: Place = Place { width: 297.0, letters: 15.0, rows: 4 };
const MAIL_SUBJECT: Place = Place { width: 330.0, letters: 15.0, rows: 1 };
const MAIL_FIRST: Place = Place { width: 330.0, letters: 15.0, rows: 2 };
const AD_HEAD: Place = Place { width: 345.0, letters: 20.0, rows: 2 };
const NOTE_TITLE: Place = Place { width: 156.0, letters: 14.0, rows: 2 };
const NOTE_BODY: Place = Place { width: 345.0, letters: 16.0, rows: 6 };
const SHOP_TITLE: Place = Place { width: 361.0, letters: 16.0, rows: 2 };
const SHOP_TEXT: Place = Place { width: 361.0, letters: 15.0, rows: 14 };

/// What of a text is seen in a place, with an ellipsis where it is cut: laid out as large as it is there, whatever the
/// size of the picture here. And how many of its characters that are, when it is cut.
fn seen(ui: &Ui, text: &str, place: Place) -> (String, Option<usize>) {
    let font = regular(place.letters);
    let mut job = LayoutJob::simple(text.to_owned(), font, egui::Color32::BLACK, place.width);
    job.wrap.max_rows = place.rows;
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    if !galley.elided {
        return (text.to_owned(), None);
    }
    let glyphs: usize = galley.rows.iter().map(|row| row.glyphs.len() + usize::from(row.ends_with_newline)).sum();
    // The ellipsis is a glyph too.
    let count = glyphs.saturating_sub(1);
    let head: String = text.chars().take(count).collect();
    (format!("{}…", head.trim_end()), Some(count))
}

/// A text as it is seen in its place, in letters that fit here; told where it is cut.
fn placed(ui: &mut Ui, cx: &PageContext<'_>, text: &str, font: egui::FontId, colour: egui::Color32, place: Place) {
    let (shown, cut) = seen(ui, text, place);
    let job = LayoutJob::simple(shown, font, colour, ui.available_width());
    ui.add(egui::Label::new(job).wrap());
    if let Some(count) = cut {
        let tokens = Tokens::of(ui);
        let said = words::preview_cut(cx.lang, count, text.chars().count());
        ui.label(egui::RichText::new(said).font(regular(text_size::TINY)).color(tokens.warn));
    }
}

/// A text with all its rows.
fn rows(ui: &mut Ui, text: &str, font: egui::FontId, colour: egui::Color32) {
    let job = LayoutJob::simple(text.to_owned(), font, colour, ui.available_width());
    ui.add(egui::Label::new(job).wrap());
}

fn split(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// A phone's upper half with the lock screen's clock.
fn phone(ui: &mut Ui, cx: &PageContext<'_>, add: impl FnOnce(&mut Ui)) {
    let tokens = Tokens::of(ui);
    let frame = Frame::new()
        .fill(tokens.sunken)
        .stroke(Stroke::new(1.0, tokens.line_strong))
        .corner_radius(CornerRadius { nw: 28, ne: 28, sw: 0, se: 0 })
        .inner_margin(Margin { left: 12, right: 12, top: 12, bottom: 18 });
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
        let notch = Rect::from_center_size(bar.center(), vec2(62.0, 6.0));
        ui.painter().rect_filled(notch, CornerRadius::same(3), tokens.line_strong);
        ui.vertical_centered(|ui| {
            let clock = cx.now.local_text("%H:%M");
            ui.label(egui::RichText::new(clock).font(semibold(24.0)).color(tokens.text));
        });
        add(ui);
        ui.add_space(24.0);
    });
}

fn push(ui: &mut Ui, cx: &PageContext<'_>, shop: &str, text: &str) {
    let tokens = Tokens::of(ui);
    let (title, body) = split(text);
    Frame::new().fill(tokens.raised).corner_radius(14).inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            let (mark, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            ui.painter().rect_filled(mark, CornerRadius::same(4), tokens.series(2));
            widget::caption(ui, shop);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widget::caption(ui, words::preview_now(cx.lang));
            });
        });
        placed(ui, cx, title, semibold(text_size::SMALL), tokens.text, PUSH_TITLE);
        placed(ui, cx, body, regular(text_size::TINY), tokens.text_2, PUSH_BODY);
    });
}

fn bubble(ui: &mut Ui, text: &str) {
    let tokens = Tokens::of(ui);
    let round = CornerRadius { nw: 16, ne: 16, sw: 4, se: 16 };
    Frame::new().fill(tokens.raised).corner_radius(round).inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.set_max_width(220.0);
        rows(ui, text, regular(text_size::SMALL), tokens.text);
    });
}

fn mail(ui: &mut Ui, cx: &PageContext<'_>, shop: &str, text: &str) {
    let tokens = Tokens::of(ui);
    let (subject, first) = split(text);
    for (i, (from, subject, line)) in [(shop, subject, first), ("…", "", "")].into_iter().enumerate() {
        Frame::new().fill(if i == 0 { tokens.hover } else { tokens.surface }).inner_margin(Margin::same(10)).show(
            ui,
            |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.horizontal(|ui| {
                    widget::small_strong(ui, from);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        widget::caption(ui, cx.now.local_text("%H:%M"));
                    });
                });
                placed(ui, cx, subject, semibold(text_size::SMALL), tokens.text, MAIL_SUBJECT);
                placed(ui, cx, line, regular(text_size::TINY), tokens.text_3, MAIL_FIRST);
            },
        );
        widget::hairline(ui);
    }
}

fn ad(ui: &mut Ui, cx: &PageContext<'_>, shop: &str, text: &str) {
    let tokens = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.label(
            egui::RichText::new(words::preview_ad_mark(cx.lang)).font(semibold(text_size::TINY)).color(tokens.text),
        );
        widget::caption(ui, format!("· {shop}"));
    });
    placed(ui, cx, text, regular(18.0), tokens.accent_text, AD_HEAD);
}

fn note(ui: &mut Ui, cx: &PageContext<'_>, shop: &str, text: &str) {
    let tokens = Tokens::of(ui);
    picture(ui, 150.0);
    let (title, body) = split(text);
    placed(ui, cx, title, semibold(text_size::BODY), tokens.text, NOTE_TITLE);
    placed(ui, cx, body, regular(text_size::SMALL), tokens.text_2, NOTE_BODY);
    widget::caption(ui, shop);
}

fn shop_page(ui: &mut Ui, cx: &PageContext<'_>, channel: Channel, [name, price, text]: [&str; 3]) {
    let tokens = Tokens::of(ui);
    picture(ui, 130.0);
    let title = if channel == Channel::Title { text } else { name };
    placed(ui, cx, title, semibold(text_size::BODY), tokens.text, SHOP_TITLE);
    if !price.is_empty() {
        ui.label(egui::RichText::new(price).font(semibold(text_size::HEAD)).color(tokens.bad));
    }
    if channel != Channel::Title {
        placed(ui, cx, text, regular(text_size::SMALL), tokens.text_2, SHOP_TEXT);
    }
}

/// Where the product's picture would stand.
fn picture(ui: &mut Ui, height: f32) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let stroke = Stroke::new(1.0, tokens.line);
    ui.painter().rect(rect, CornerRadius::same(6), tokens.sunken, stroke, StrokeKind::Inside);
    let at = pos2(rect.center().x, rect.center().y);
    ui.painter().text(at, Align2::CENTER_CENTER, widget::icon::PACKAGE, regular(34.0), tokens.line_strong);
}
