//! The middle of the page: the past, the rules, and the lists side by side.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::view::{Asked, Face, RecommendView};
use super::{Desk, past, rules, tile, who};
use crate::stage::recommend::Algorithm;
use crate::stage::recommend::counter::{Answer, Preview};
use crate::stage::recommend::list::Source;
use crate::ui::PageContext;
use crate::ui::failure::Worded;
use crate::ui::text::{number, recommend as words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, card_in, icon};

const PLACE: f32 = 74.0;
/// What a second line of the name adds.
const LINE: f32 = 17.0;

pub fn preview(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, room: Rect) {
    let asked = view.answer(cx, desk);
    let answered = asked.and_then(|asked| asked.preview.as_ref().ok());
    if let Some(preview) = answered {
        let past = preview.history.iter().rev().take(400).map(|past| past.event.item);
        let listed = preview.answers.iter().flat_map(|answer| answer.list.places.iter().map(|place| place.item));
        view.show_pictures(ui, cx, desk, past.chain(listed));
    }
    let past_card = Rect::from_min_size(room.min, vec2(room.width(), past::HEIGHT));
    card_in(ui, past_card, |ui| {
        past::past_card(ui, cx, view, desk, answered.map_or(&[], |preview| &preview.history));
    });
    let rules_room = Rect::from_min_max(
        pos2(room.left(), past_card.bottom() + size::S3),
        pos2(room.right(), past_card.bottom() + size::S3 + rules::HEIGHT),
    );
    rules::rules_bar(ui, cx, view, desk, rules_room, answered.map_or(&[], |preview| &preview.unknown));
    let below = Rect::from_min_max(pos2(room.left(), rules_room.bottom() + size::S3), room.max);
    match asked {
        Some(Asked { preview: Err(why), .. }) => card_in(ui, below, |ui| drop(widget::body(ui, why.text(cx.lang)))),
        Some(Asked { preview: Ok(preview), .. }) => side_by_side(ui, cx, view, desk, preview, below),
        None => {}
    }
}

fn side_by_side(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    desk: &Desk<'_>,
    preview: &Preview,
    room: Rect,
) {
    // Something is always chosen where there is room to tell of it; never what has just been hidden, which stays in
    // the lists until the new ones are made.
    let hidden = view.rules(desk).exclude;
    let visible = |item: u32| hidden.iter().all(|id| id != desk.counter.items.name(item));
    let stands = |(algorithm, item): (Algorithm, u32)| {
        visible(item) && preview.answers.iter().any(|answer| answer.algorithm == algorithm)
    };
    if !view.chosen.is_some_and(stands) {
        let first = preview.answers.iter().find_map(|answer| {
            let places = &answer.list.places;
            Some((answer.algorithm, places.iter().find(|place| visible(place.item))?.item))
        });
        view.chosen = first.filter(|_| view.wide);
    }
    let n = preview.answers.len().max(1) as f32;
    let width = ((room.width() - 8.0 - (n - 1.0) * size::S3) / n).floor();
    let mut body = ui.new_child(UiBuilder::new().id_salt("lists").max_rect(room));
    body.set_clip_rect(room.expand(2.0).intersect(ui.clip_rect()));
    egui::ScrollArea::vertical().id_salt(("lists", view.face == Face::Visitor)).auto_shrink(false).show(
        &mut body,
        |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = size::S3;
                for answer in &preview.answers {
                    ui.allocate_ui_with_layout(vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
                        ui.set_width(width);
                        column(ui, cx, view, desk, preview, answer);
                    });
                }
            });
            ui.add_space(size::S2);
            if view.face == Face::Visitor || view.edited() {
                let took = number::decimal(preview.seconds * 1000.0);
                widget::caption(ui, words::took(cx.lang, took));
            }
        },
    );
}

fn glyph(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Popular => icon::PREDICT,
        Algorithm::Neighbours => icon::SEGMENT,
        Algorithm::Als | Algorithm::Bpr => icon::RECOMMEND,
        Algorithm::Ease => icon::BAG,
        Algorithm::Content => icon::TAG,
        Algorithm::Neural => icon::PLAY,
        Algorithm::Blend => icon::PLUS,
    }
}

fn column(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    desk: &Desk<'_>,
    preview: &Preview,
    answer: &Answer,
) {
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(egui::RichText::new(glyph(answer.algorithm)).size(15.0).color(tokens.text_2));
        let name = egui::RichText::new(words::algorithm(cx.lang, answer.algorithm));
        let name = name.font(semibold(text_size::BODY)).color(tokens.text);
        ui.add(egui::Label::new(name).truncate()).on_hover_text(words::term(cx.lang, answer.algorithm));
    });
    let right = view.right_in_100(answer.algorithm);
    let under = match right {
        Some(value) => words::right_for(cx.lang, who::rounded(cx.lang, value)),
        None => words::not_measured(cx.lang).to_owned(),
    };
    widget::caption(ui, under);
    if let Some(text) = words::fallback(cx.lang, answer.list.fallback) {
        note(ui, text);
    }
    if answer.list.no_catalogue {
        note(ui, words::no_catalogue(cx.lang));
    }
    if answer.list.places.is_empty() {
        note(ui, words::no_list(cx.lang));
    }
    for at in 0..answer.list.places.len() {
        place(ui, cx, view, desk, preview, answer, at);
    }
    removed(ui, cx, desk, answer);
}

fn note(ui: &mut Ui, text: &str) {
    let tokens = Tokens::of(ui);
    egui::Frame::new().fill(tokens.warn_soft).corner_radius(6).inner_margin(8).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(egui::RichText::new(text).size(12.0).color(tokens.warn));
    });
}

/// How many of the lists hold an item.
pub fn lists_with(preview: &Preview, item: u32) -> usize {
    preview.answers.iter().filter(|answer| answer.list.places.iter().any(|place| place.item == item)).count()
}

/// A text in at most this many rows of this width; what is too long ends in dots.
fn laid(ui: &Ui, text: &str, font: egui::FontId, ink: egui::Color32, (width, rows): (f32, usize)) -> Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::single_section(text.to_owned(), egui::TextFormat::simple(font, ink));
    job.wrap = egui::text::TextWrapping { max_rows: rows, ..egui::text::TextWrapping::truncate_at_width(width) };
    job.wrap.break_anywhere = rows == 1;
    ui.painter().layout_job(job)
}

fn place(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    desk: &Desk<'_>,
    preview: &Preview,
    answer: &Answer,
    at: usize,
) {
    let tokens = Tokens::of(ui);
    let shown = answer.list.places[at];
    let name = desk.counter.name(shown.item);
    let side = if ui.available_width() < 190.0 { 34.0 } else { 44.0 };
    let room = ui.available_width() - side - 30.0;
    let title = laid(ui, name, semibold(text_size::SMALL), tokens.text, (room, 2));
    let more = if title.rows.len() > 1 { LINE } else { 0.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), PLACE + more), Sense::click());
    let chosen = view.chosen == Some((answer.algorithm, shown.item));
    let elsewhere = !chosen && view.chosen.is_some_and(|(_, item)| item == shown.item);
    let (reason, short) = reason(cx, desk, preview, answer, at);
    let label = format!("{}. {name}: {reason}", at + 1);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &label));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let fill = match (chosen || elsewhere, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        _ => tokens.surface,
    };
    let edge = if chosen { tokens.accent } else { tokens.line };
    let radius = CornerRadius::same(size::RADIUS_CARD);
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, Stroke::new(2.0, tokens.focus), StrokeKind::Inside);
    }
    let square = Rect::from_center_size(pos2(rect.left() + 12.0 + side / 2.0, rect.center().y), vec2(side, side));
    tile::tile(ui.painter(), tokens, desk.counter, shown.item, square);
    let clip = Rect::from_min_max(pos2(square.right() + 10.0, rect.top()), rect.max - vec2(8.0, 0.0));
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    let put = |y: f32, galley: Arc<egui::Galley>| {
        let at = pos2(clip.left(), rect.top() + y - galley.size().y / 2.0);
        painter.galley(at, galley, tokens.text);
    };
    let small = regular(12.0);
    put(19.0 + more / 2.0, title);
    let told = facts(cx, desk, preview, shown.item);
    put(37.0 + more, laid(ui, &told, small.clone(), tokens.text_2, (room - 18.0, 1)));
    let ink = if shown.source == Source::Model { tokens.accent_text } else { tokens.text_3 };
    // Where the whole reason has no room, what matters of it.
    let whole = laid(ui, &reason, small.clone(), ink, (room, 1));
    put(55.0 + more, if whole.elided { laid(ui, &short, small.clone(), ink, (room, 1)) } else { whole });
    let hover = format!("{name}\n{reason}\n{}", number::decimal(f64::from(shown.score)));
    if response.on_hover_text(hover).clicked() {
        view.chosen = Some((answer.algorithm, shown.item));
    }
    let rank = format!("{}", at + 1);
    let corner = rect.right_top() + vec2(-8.0, 37.0 + more);
    ui.painter().text(corner, Align2::RIGHT_CENTER, rank, small, tokens.text_3);
}

fn facts(cx: &PageContext<'_>, desk: &Desk<'_>, preview: &Preview, item: u32) -> String {
    let agree = lists_with(preview, item);
    let price = desk.counter.catalogue.price(item).map(tile::price);
    let also = match agree {
        n if n > 1 => Some(words::lists_agree(cx.lang, n)),
        _ => {
            let stock = desk.counter.catalogue.get(item).and_then(|product| product.stock);
            match stock {
                Some(stock) if stock <= 0.0 => Some(words::out_of_stock(cx.lang).to_owned()),
                Some(stock) if stock.is_finite() => Some(words::in_stock_n(cx.lang, number::whole(stock as u64))),
                _ => None,
            }
        }
    };
    [price, also].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// In a few words, why this place; and in fewer.
fn reason(cx: &PageContext<'_>, desk: &Desk<'_>, preview: &Preview, answer: &Answer, at: usize) -> (String, String) {
    let place = answer.list.places[at];
    let both = |text: &str| (text.to_owned(), text.to_owned());
    if place.source != Source::Model {
        return both(words::placed_by(cx.lang, place.source));
    }
    let why = &answer.why[at];
    let strongest = why.parts.iter().find(|part| part.value > 0.0);
    match strongest.filter(|part| part.value > why.base || answer.algorithm != Algorithm::Popular) {
        Some(part) => {
            let did = preview.did(part.item).map(|did| words::did(cx.lang, &did));
            if part.item == place.item {
                return both(did.as_deref().unwrap_or_else(|| words::because_itself(cx.lang)));
            }
            let name = desk.counter.name(part.item);
            let short = words::because(cx.lang, name);
            (did.map_or_else(|| short.clone(), |did| words::because_did(cx.lang, name, did)), short)
        }
        None if why.base > 0.0 => both(words::because_popular(cx.lang)),
        None => both(words::because_nothing(cx.lang)),
    }
}

/// What the rules took from this list, by name.
fn removed(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>, answer: &Answer) {
    const TOLD: usize = 6;
    let tokens = Tokens::of(ui);
    let gone = &answer.list.removed;
    let barred: usize = answer.list.barred.values().sum();
    if gone.is_empty() && barred == 0 {
        return;
    }
    egui::Frame::new().fill(tokens.sunken).corner_radius(6).inner_margin(10).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        if !gone.is_empty() {
            widget::small_strong(ui, words::removed_here(cx.lang, gone.len()));
        }
        for removed in gone.iter().take(TOLD) {
            let name = desk.counter.name(removed.item);
            widget::caption(
                ui,
                words::removed_line(cx.lang, removed.rank, name, words::reason(cx.lang, removed.reason)),
            );
        }
        if barred > 0 {
            let counts = answer.list.barred.iter();
            let counts = counts.map(|(reason, n)| format!("{}: {n}", words::reason(cx.lang, *reason)));
            let counts = counts.collect::<Vec<_>>().join("\n");
            widget::caption(ui, words::kept_out(cx.lang, number::whole(barred as u64))).on_hover_text(counts);
        }
    });
}
