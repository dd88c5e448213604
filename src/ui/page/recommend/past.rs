//! The history as a timeline: what was bought as tiles above the axis, everything as marks on it.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::view::{Face, RecommendView};
use super::{Desk, tile};
use crate::base::time::Moment;
use crate::stage::recommend::EventKind;
use crate::stage::recommend::counter::{Off, Past};
use crate::ui::PageContext;
use crate::ui::text::{Lang, number, recommend as words};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::{self, Button};

pub const HEIGHT: f32 = 192.0;
const TILE: f32 = 40.0;
const STEP: f32 = 62.0;
const DAY: i64 = 86_400;

/// What happened on one day, as one tile: an order, or what was looked at where nothing was bought.
struct Stop {
    at: Moment,
    bought: bool,
    added: bool,
    /// Different products, the first one shown.
    items: Vec<u32>,
    off: bool,
}

fn day_of(past: &Past) -> i64 {
    past.event.time.0.div_euclid(DAY)
}

/// The newest stops that fit, orders first; then by time.
fn stops(history: &[Past], most: usize) -> Vec<Stop> {
    let mut found: Vec<Stop> = Vec::new();
    for group in history.chunk_by(|a, b| day_of(a) == day_of(b) && !a.added && !b.added) {
        for bought in [true, false] {
            let own: Vec<&Past> =
                group.iter().filter(|past| (past.event.kind == EventKind::Purchase) == bought).collect();
            let Some(first) = own.first() else { continue };
            let mut items: Vec<u32> = Vec::new();
            for past in &own {
                if !items.contains(&past.event.item) {
                    items.push(past.event.item);
                }
            }
            let (at, added) = (first.event.time, first.added);
            found.push(Stop { at, bought, added, items, off: own.iter().all(|past| past.off) });
        }
    }
    found.sort_by_key(|stop| (!stop.added, !stop.bought, std::cmp::Reverse(stop.at)));
    found.truncate(most);
    found.sort_by_key(|stop| (stop.added, stop.at));
    found
}

pub fn past_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, history: &[Past]) {
    let tokens = Tokens::of(ui);
    head(ui, cx, view, desk, history);
    let room = ui.available_rect_before_wrap();
    let plot = Rect::from_min_max(room.min, pos2(room.right(), room.top() + 108.0));
    if history.is_empty() {
        let text = if view.face == Face::Visitor { words::visitor_empty(cx.lang) } else { words::no_history(cx.lang) };
        let text = egui::RichText::new(text).font(regular(text_size::SMALL)).color(tokens.text_3);
        ui.put(plot, egui::Label::new(text));
        return;
    }
    let axis = axis_of(history);
    let x_of = |at: Moment| {
        let share = (at.0 - axis.0).max(0) as f32 / (axis.1 - axis.0).max(1) as f32;
        egui::lerp(plot.left() + 12.0..=plot.right() - 12.0, share)
    };
    let line = plot.top() + 78.0;
    ui.painter().hline(plot.left()..=plot.right(), line, Stroke::new(1.0, tokens.axis));
    months(ui, cx.lang, axis, line, x_of);
    for past in history.iter().rev().take(800) {
        mark(ui, tokens, past, pos2(x_of(past.event.time), line));
    }
    let found = stops(history, ((plot.width() - 8.0) / STEP).max(1.0) as usize);
    let places = spread(&found.iter().map(|stop| x_of(stop.at)).collect::<Vec<_>>(), plot);
    for (stop, x) in found.iter().zip(places) {
        stop_tile(ui, cx, view, desk, stop, history, pos2(x, plot.top() + 2.0));
    }
    legend(ui, cx, view, Rect::from_min_max(pos2(room.left(), plot.bottom()), room.max));
}

fn head(ui: &mut Ui, cx: &PageContext<'_>, view: &RecommendView, desk: &Desk<'_>, history: &[Past]) {
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        let title = match (&view.customer, view.face) {
            (_, Face::Visitor) | (None, _) => words::visitor_named(cx.lang).to_owned(),
            (Some(id), _) => words::customer_named(cx.lang, id),
        };
        widget::heading(ui, &title);
        let customer = view.customer.as_deref().filter(|_| view.face == Face::Customer);
        let group = customer.and_then(|id| view.groups(cx, desk)?.of(id));
        if let Some(group) = group {
            let name = cx.lang.pick(&group.en, &group.zh);
            widget::chip::chip_with(ui, widget::Tone::Idle, None, name);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let own = history.iter().filter(|past| !past.added);
            let (bought, others): (Vec<&Past>, Vec<&Past>) =
                own.partition(|past| past.event.kind == EventKind::Purchase);
            let mut orders: Vec<(u32, i64)> = bought
                .iter()
                .map(|past| match past.event.basket {
                    crate::stage::recommend::NO_BASKET => (u32::MAX, day_of(past)),
                    basket => (basket, 0),
                })
                .collect();
            orders.sort_unstable();
            orders.dedup();
            let views = number::whole(others.len() as u64);
            let text = match orders.len() {
                0 => words::facts_views(cx.lang, views),
                1 => words::facts_one(cx.lang, views),
                n => words::facts(cx.lang, number::whole(n as u64), views),
            };
            if view.face == Face::Customer {
                widget::small(ui, text);
            } else {
                widget::caption(ui, words::visitor_lead(cx.lang));
            }
        });
    });
}

/// The whole months that the history lies in.
fn axis_of(history: &[Past]) -> (i64, i64) {
    let times = || history.iter().map(|past| past.event.time.0);
    let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    let margin = ((last - first) / 40).max(DAY);
    (first - margin, last + margin)
}

/// At most a dozen dates under the line.
fn months(ui: &Ui, lang: Lang, axis: (i64, i64), line: f32, x_of: impl Fn(Moment) -> f32) {
    let tokens = Tokens::of(ui);
    let days = ((axis.1 - axis.0) / DAY).max(1);
    let step = [1, 2, 7, 14, 31, 61, 92, 183, 365].into_iter().find(|step| days / step <= 9).unwrap_or(days / 9);
    let mut at = axis.0.div_euclid(DAY) + 1;
    while at * DAY < axis.1 {
        let moment = Moment(at * DAY);
        let (x, text) = (x_of(moment), number::short_date(lang, moment));
        ui.painter().vline(x, line..=line + 4.0, Stroke::new(1.0, tokens.axis));
        ui.painter().text(pos2(x, line + 8.0), Align2::CENTER_TOP, text, regular(text_size::TINY), tokens.text_3);
        at += step;
    }
}

fn mark(ui: &Ui, tokens: &Tokens, past: &Past, at: egui::Pos2) {
    let ink = tokens.series(0);
    if past.off {
        ui.painter().circle(at, 4.0, tokens.surface, Stroke::new(1.5, tokens.line_strong));
    } else if past.event.kind == EventKind::Purchase {
        ui.painter().circle_filled(at, 3.5, ink);
    } else {
        ui.painter().vline(at.x, at.y - 4.0..=at.y + 4.0, Stroke::new(2.0, tokens.tint(ink, 0.7)));
    }
}

/// Middles of tiles near where they belong, none over another.
fn spread(wanted: &[f32], plot: Rect) -> Vec<f32> {
    let (low, high) = (plot.left() + STEP / 2.0, plot.right() - STEP / 2.0);
    let mut places: Vec<f32> = Vec::with_capacity(wanted.len());
    for &x in wanted {
        let after = places.last().map_or(low, |last| last + STEP);
        places.push(x.clamp(low, high).max(after));
    }
    let mut most = high;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - STEP;
    }
    places
}

fn stop_tile(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    desk: &Desk<'_>,
    stop: &Stop,
    history: &[Past],
    top: egui::Pos2,
) {
    let tokens = Tokens::of(ui);
    let Some(&first) = stop.items.first() else { return };
    let zone = Rect::from_min_size(top - vec2(STEP / 2.0 - 2.0, 0.0), vec2(STEP - 4.0, 64.0));
    let id = ui.scope_id().with(("stop", stop.at.0, stop.bought, first, stop.added));
    let response = ui.interact(zone, id, Sense::click());
    let names: Vec<&str> = stop.items.iter().take(12).map(|item| desk.counter.name(*item)).collect();
    let date = number::short_date(cx.lang, stop.at);
    let label = words::leave_out(cx.lang, format!("{} ({date})", desk.counter.name(first)));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, stop.off, &label));
    let square = Rect::from_min_size(pos2(top.x - TILE / 2.0, top.y + 2.0), vec2(TILE, TILE));
    tile::tile(ui.painter(), tokens, desk.counter, first, square);
    if stop.off {
        ui.painter().rect_filled(square, CornerRadius::same(6), tokens.surface.gamma_multiply(0.6));
    }
    let edge = match (stop.off, stop.added, response.hovered() || response.has_focus()) {
        (true, ..) => Some(tokens.line_strong),
        (_, true, _) => Some(tokens.accent),
        (_, _, true) => Some(tokens.focus),
        _ => None,
    };
    if let Some(edge) = edge {
        let ring = Stroke::new(1.5, edge);
        ui.painter().rect_stroke(square, CornerRadius::same(size::RADIUS_CONTROL), ring, StrokeKind::Outside);
    }
    if stop.items.len() > 1 {
        let badge = Rect::from_center_size(square.right_top() + vec2(-2.0, 4.0), vec2(22.0, 16.0));
        ui.painter().rect_filled(badge, CornerRadius::same(8), tokens.raised);
        let more = format!("+{}", stop.items.len() - 1);
        ui.painter().text(badge.center(), Align2::CENTER_CENTER, more, regular(12.0), tokens.text_2);
    }
    let under = match (stop.off, stop.added) {
        (true, _) => words::left_out(cx.lang).to_owned(),
        (_, true) => words::added(cx.lang).to_owned(),
        _ => {
            let total: f64 = stop.items.iter().filter_map(|item| desk.counter.catalogue.price(*item)).sum();
            if total > 0.0 && stop.bought { tile::price(total) } else { date.clone() }
        }
    };
    let ink = if stop.off { tokens.warn } else { tokens.text_2 };
    ui.painter().text(pos2(top.x, square.bottom() + 10.0), Align2::CENTER_CENTER, under, regular(12.0), ink);
    let hover = format!("{date}\n{}", names.join("\n"));
    if response.on_hover_text(hover).clicked() {
        turn(view, desk, stop, history);
    }
}

/// Leaves a stop out of the history, or puts it back.
fn turn(view: &mut RecommendView, desk: &Desk<'_>, stop: &Stop, history: &[Past]) {
    let id = |item: u32| desk.counter.items.name(item).to_owned();
    if stop.added {
        let gone: Vec<String> = stop.items.iter().map(|item| id(*item)).collect();
        let list = if view.face == Face::Visitor { &mut view.visitor } else { &mut view.added };
        list.retain(|(item, _)| !gone.contains(item));
        return;
    }
    let day = stop.at.0.div_euclid(DAY);
    let own = history
        .iter()
        .filter(|past| day_of(past) == day && (past.event.kind == EventKind::Purchase) == stop.bought && !past.added);
    for past in own {
        let off = Off { item: id(past.event.item), time: Some(past.event.time.0) };
        if stop.off {
            view.off.retain(|other| other.item != off.item || other.time.is_some_and(|time| Some(time) != off.time));
        } else if !view.off.contains(&off) {
            view.off.push(off);
        }
    }
}

fn legend(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, room: Rect) {
    let tokens = Tokens::of(ui);
    let mut row = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("legend")
            .max_rect(room)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let key = |ui: &mut Ui, text: &str, draw: &dyn Fn(&egui::Painter, egui::Pos2)| {
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 16.0), Sense::hover());
        draw(ui.painter(), rect.center());
        widget::caption(ui, text);
    };
    row.spacing_mut().item_spacing.x = 6.0;
    let ink = tokens.series(0);
    key(&mut row, words::order(cx.lang), &|painter, at| {
        painter.circle_filled(at, 3.5, ink);
    });
    let pale = tokens.tint(ink, 0.7);
    key(&mut row, words::view(cx.lang), &|painter, at| {
        painter.vline(at.x, at.y - 4.0..=at.y + 4.0, Stroke::new(2.0, pale));
    });
    if view.edited() {
        key(&mut row, words::left_out_by_you(cx.lang), &|painter, at| {
            painter.circle(at, 4.0, tokens.surface, Stroke::new(1.5, tokens.line_strong));
        });
    }
    row.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| match view.face {
        Face::Visitor if !view.visitor.is_empty() => {
            if ui.add(Button::quiet(words::start_over(cx.lang))).clicked() {
                view.visitor.clear();
                view.chosen = None;
            }
        }
        Face::Visitor => {}
        _ if view.edited() => {
            if ui.add(Button::quiet(words::put_back(cx.lang))).clicked() {
                view.off.clear();
                view.added.clear();
            }
        }
        _ => drop(widget::caption(ui, words::click_order(cx.lang))),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_stand_apart_and_inside() {
        let plot = Rect::from_min_max(pos2(0.0, 0.0), pos2(620.0, 10.0));
        let places = spread(&[100.0, 101.0, 102.0, 600.0, 610.0], plot);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= STEP - 0.01), "{places:?}");
        assert!(places[0] >= STEP / 2.0 && places[4] <= 620.0 - STEP / 2.0 + 0.01, "{places:?}");
    }
}
