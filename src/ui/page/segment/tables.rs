//! Segments as a table, as profiles side by side, and RFM's five by five.

use egui::{Align2, CornerRadius, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{SegmentCommand, SegmentView, Sight, colour};
use crate::stage::segment::persona::Persona;
use crate::stage::segment::rfm::Cell;
use crate::ui::text::{common, feature, number, segment as words};
use crate::ui::theme::{Tokens, regular, semibold, text_size};
use crate::ui::widget;
use crate::ui::{Command, PageContext};

/// Figures above, the sentence below.
const ROW: f32 = 70.0;
const FIGURES: f32 = 30.0;
/// How far names over narrow columns lean.
const SLANT: f32 = -0.72;

/// A line of text no wider than its room.
pub(super) fn line(ui: &Ui, at: Rect, text: &str, strong: bool, right: bool, ink: egui::Color32) {
    let font = if strong { semibold(text_size::SMALL) } else { regular(text_size::SMALL) };
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(at.width());
    let galley = ui.painter().layout_job(job);
    let x = if right { at.right() - galley.size().x } else { at.left() };
    ui.painter().galley(pos2(x, at.center().y - galley.size().y / 2.0), galley, ink);
}

/// A few lines of text at most, in the middle of their room.
pub(super) fn block(ui: &Ui, at: Rect, text: &str, rows: usize, ink: egui::Color32) {
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), regular(text_size::TINY), ink, at.width());
    job.wrap.max_rows = rows;
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(at.left(), at.center().y - galley.size().y / 2.0), galley, ink);
}

/// Whether a name's longest word is wider than its column: broken words are hard to read, leaning ones are not.
pub(super) fn slants(ui: &Ui, name: &str, room: f32) -> bool {
    let wide = |word: &str| {
        let font = regular(text_size::TINY);
        ui.painter().layout_no_wrap(word.to_owned(), font, egui::Color32::WHITE).size().x
    };
    // Chinese may be broken anywhere.
    let whole = name.chars().all(|c| c < '\u{2e80}');
    (whole && name.split([' ', '-']).any(|word| wide(word) > room)) || wide(name) > room * 2.0
}

/// A name leaning to the right, its beginning at `foot`.
pub(super) fn slanted(ui: &Ui, foot: egui::Pos2, name: &str, ink: egui::Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(name.to_owned(), regular(text_size::TINY), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(104.0);
    let galley = ui.painter().layout_job(job);
    let at = foot - vec2(0.0, galley.size().y);
    let text = egui::epaint::TextShape::new(at, galley, ink);
    ui.painter().add(text.with_angle_and_anchor(SLANT, Align2::LEFT_BOTTOM));
}

pub(super) fn table(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let t = Tokens::of(ui);
    let width = ui.available_width();
    // Name, customers, share of customers, revenue, share of revenue; the sentence stands below.
    let columns = [(0.36, false), (0.15, true), (0.13, true), (0.16, true), (0.20, true)];
    let cells = |row: Rect| {
        let mut x = row.left() + 8.0;
        columns.map(|(share, right)| {
            let wide = (width - 16.0) * share;
            let cell = Rect::from_min_size(pos2(x, row.top()), vec2(wide - 10.0, row.height().min(FIGURES)));
            x += wide;
            (cell, right)
        })
    };
    let heads = [
        words::col_segment(cx.lang),
        words::col_customers(cx.lang),
        words::col_share(cx.lang),
        words::col_revenue(cx.lang),
        words::col_revenue_share(cx.lang),
    ];
    let (head, _) = ui.allocate_exact_size(vec2(width, FIGURES), Sense::hover());
    ui.painter().rect_filled(head, CornerRadius::same(6), t.sunken);
    for ((cell, right), text) in cells(head).into_iter().zip(heads) {
        line(ui, cell, text, true, right, t.text_2);
    }
    ScrollArea::vertical().id_salt("segments table").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for card in &sight.picture.found.personas {
            let (row, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
            let name = sight.name(cx.lang, card);
            let chosen = view.chosen == Some(card.segment);
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
            let ground = if chosen {
                t.selected
            } else if response.hovered() {
                t.hover
            } else {
                t.surface
            };
            ui.painter().rect_filled(row, CornerRadius::same(4), ground);
            ui.painter().hline(row.x_range(), row.bottom() - 0.5, Stroke::new(1.0, t.line));
            let percent = |share: f64| common::percent(cx.lang, number::decimal((share * 1000.0).round() / 10.0));
            let sentence = sight.sentence(cx.lang, card);
            let texts = [
                name.clone(),
                number::whole(card.size),
                percent(card.share),
                card.revenue.map_or_else(|| "–".to_owned(), number::decimal),
                card.revenue_share.map_or_else(|| "–".to_owned(), percent),
            ];
            for (place, ((cell, right), text)) in cells(row).into_iter().zip(&texts).enumerate() {
                let cell = if place == 0 {
                    let dot = Rect::from_center_size(pos2(cell.left() + 5.0, cell.center().y), vec2(10.0, 10.0));
                    ui.painter().rect_filled(dot, CornerRadius::same(3), colour(t, card.segment));
                    Rect::from_min_max(cell.min + vec2(18.0, 0.0), cell.max)
                } else {
                    cell
                };
                line(ui, cell, text, place == 0, right, t.text);
            }
            let below = Rect::from_min_max(pos2(row.left() + 26.0, row.top() + FIGURES), row.max - vec2(18.0, 6.0));
            block(ui, below, &sentence, 2, t.text_2);
            if let Some(share) = card.revenue_share {
                let (cell, _) = cells(row)[4];
                let all = Rect::from_min_max(cell.left_bottom() - vec2(0.0, 4.0), cell.right_bottom() - vec2(0.0, 1.0));
                let part = Rect::from_min_max(
                    pos2(all.right() - all.width() * share.clamp(0.0, 1.0) as f32, all.top()),
                    all.max,
                );
                ui.painter().rect_filled(part, 1.0, colour(t, card.segment));
            }
            let response = response.on_hover_text(sentence);
            if response.clicked() {
                view.chosen = Some(card.segment);
            }
        }
    });
}

/// Every segment's strongest differences as a field of colours: rows features, columns segments.
pub(super) fn profiles(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let t = Tokens::of(ui);
    let cards = &sight.picture.found.personas;
    let features = strongest(cards, 14);
    let width = ui.available_width();
    let names = (width * 0.26).clamp(120.0, 220.0);
    let all: Vec<String> = cards.iter().map(|card| sight.name(cx.lang, card)).collect();
    let mut wide = ((width - names) / cards.len().max(1) as f32).min(150.0);
    let slant = all.iter().any(|name| slants(ui, name, wide - 8.0));
    if slant {
        // Room for the last name to lean into.
        wide = ((width - names - 52.0) / cards.len().max(1) as f32).min(150.0);
    }
    widget::caption(ui, words::profiles_hint(cx.lang));
    let high = if slant { 86.0 } else { 44.0 };
    let (head, _) = ui.allocate_exact_size(vec2(width, high), Sense::hover());
    for (place, card) in cards.iter().enumerate() {
        let at =
            Rect::from_min_size(pos2(head.left() + names + place as f32 * wide, head.top()), vec2(wide - 4.0, high));
        let name = &all[place];
        let response = ui.interact(at, ui.scope_id().with(("profile", place)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let bar = Rect::from_min_max(at.left_bottom() - vec2(0.0, 6.0), at.right_bottom() - vec2(0.0, 3.0));
        ui.painter().rect_filled(bar, 1.0, colour(t, card.segment));
        let ink = if view.chosen == Some(card.segment) { t.accent_text } else { t.text };
        if slant {
            slanted(ui, pos2(at.center().x - 4.0, at.bottom() - 10.0), name, ink);
        } else {
            block(ui, at.shrink2(vec2(2.0, 7.0)), name, 2, ink);
        }
        if response.on_hover_text(name).clicked() {
            view.chosen = Some(card.segment);
        }
    }
    ScrollArea::vertical().id_salt("profiles").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for name in features {
            let (row, _) = ui.allocate_exact_size(vec2(width, 30.0), Sense::hover());
            let label = Rect::from_min_size(row.min, vec2(names - 8.0, 30.0));
            line(ui, label, &feature::column(cx.lang, &name), false, false, t.text_2);
            for (place, card) in cards.iter().enumerate() {
                let left = row.left() + names + place as f32 * wide;
                let at = Rect::from_min_size(pos2(left, row.top()), vec2(wide - 4.0, 30.0));
                let Some(difference) = card.differences.iter().find(|d| d.feature == name) else { continue };
                let strength = (difference.standardised.abs() / 2.0).min(1.0) as f32;
                let ink = if difference.standardised > 0.0 { t.chart[0] } else { t.chart[1] };
                ui.painter().rect_filled(at, CornerRadius::same(4), t.tint(ink, 0.06 + 0.5 * strength));
                let text = short(cx.lang, &name, difference.mean, wide < 80.0);
                let inner = at.shrink2(vec2(4.0, 0.0));
                line(ui, inner, &text, difference.standardised.abs() >= 0.5, true, t.text);
            }
        }
    });
}

/// A value; in little room thousands as k, and days without their word.
fn short(lang: crate::ui::text::Lang, name: &str, value: f64, little_room: bool) -> String {
    if !little_room {
        return super::map::value_text(lang, name, value as f32);
    }
    match value.abs() {
        x if x >= 1e6 => format!("{}M", number::decimal(value / 1e6)),
        x if x >= 1e4 => format!("{:.0}k", value / 1e3),
        x if x >= 1e3 => format!("{:.1}k", value / 1e3),
        _ => {
            let text = super::map::value_text(lang, name, value as f32);
            let (figure, unit) = text.split_once(' ').unwrap_or((text.as_str(), ""));
            match unit {
                "%" => format!("{figure}%"),
                "" if value.abs() < 1.0 => number::decimal((value * 100.0).round() / 100.0),
                _ => figure.to_owned(),
            }
        }
    }
}

/// The features in which any segment differs most.
fn strongest(cards: &[Persona], most: usize) -> Vec<String> {
    let mut found: Vec<(f64, &str)> = Vec::new();
    for difference in cards.iter().flat_map(|card| &card.differences) {
        match found.iter_mut().find(|(_, name)| *name == difference.feature) {
            Some((known, _)) => *known = known.max(difference.standardised.abs()),
            None => found.push((difference.standardised.abs(), &difference.feature)),
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    found.into_iter().take(most).map(|(_, name)| name.to_owned()).collect()
}

/// Five by five: recency up, frequency right; customers and revenue in every cell, cut points along the edges.
pub(super) fn heat(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let Some(rfm) = &sight.picture.found.rfm else { return };
    let t = Tokens::of(ui);
    let by_money = view.heat_by_money;
    let (rect, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let grid = Rect::from_min_max(rect.min + vec2(92.0, 6.0), rect.max - vec2(8.0, 74.0));
    let cell = vec2(grid.width() / 5.0, grid.height() / 5.0);
    let weight = |cell: &Cell| if by_money { cell.revenue.max(0.0) } else { cell.customers as f64 };
    let most = rfm.table.iter().flatten().map(weight).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let revenue: f64 = rfm.table.iter().flatten().map(|cell| cell.revenue).sum();
    let selected = cx.shown.selection.as_deref().map(|selection| selection.label.as_str());
    for recency in 1..=5_u8 {
        for frequency in 1..=5_u8 {
            let found = rfm.table[usize::from(recency) - 1][usize::from(frequency) - 1];
            let at = grid.min + vec2(cell.x * f32::from(frequency - 1), cell.y * f32::from(5 - recency));
            let at = Rect::from_min_size(at, cell).shrink(2.0);
            let strength = (weight(&found) / most).sqrt() as f32;
            let label = words::cell(cx.lang, recency, frequency, number::whole(found.customers));
            let response = ui.interact(at, ui.scope_id().with(("cell", recency, frequency)), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
            let ground = t.tint(t.chart[0], 0.05 + 0.45 * strength);
            let edge = if selected == Some(label.as_str()) {
                t.accent
            } else if response.hovered() || response.has_focus() {
                t.focus
            } else {
                ground
            };
            ui.painter().rect(at, CornerRadius::same(6), ground, Stroke::new(2.0, edge), StrokeKind::Inside);
            let share = (revenue > 0.0)
                .then(|| common::percent(cx.lang, number::decimal((found.revenue / revenue * 1000.0).round() / 10.0)));
            let count = number::whole(found.customers);
            let (large, small) = match (by_money, share) {
                (true, Some(share)) => (share, words::n_customers(cx.lang, count)),
                (false, Some(share)) => (count, words::n_of_revenue(cx.lang, share)),
                (_, None) => (count, String::new()),
            };
            ui.painter().text(at.center() - vec2(0.0, 9.0), Align2::CENTER_CENTER, large, semibold(17.0), t.text);
            let below = Rect::from_center_size(at.center() + vec2(0.0, 12.0), vec2(at.width() - 6.0, 16.0));
            ui.painter().with_clip_rect(below.intersect(ui.clip_rect())).text(
                below.center(),
                Align2::CENTER_CENTER,
                small,
                regular(text_size::TINY),
                t.text_2,
            );
            let told = words::cell_hint(cx.lang, &label, number::decimal(found.revenue));
            let response = response.on_hover_text(told);
            if response.clicked() && found.customers > 0 {
                cx.send(Command::Segment(SegmentCommand::SelectCell { run: sight.id, recency, frequency, label }));
            }
        }
    }
    edges(ui, cx, grid, cell, rfm.recency_cuts, rfm.frequency_cuts, t);
    let money = rfm.monetary_cuts.map(number::decimal).join(" · ");
    let text = format!("{}: {money}", words::cut_m(cx.lang));
    let foot = Rect::from_min_max(pos2(grid.left(), grid.bottom() + 24.0), pos2(rect.right() - 8.0, rect.bottom()));
    block(ui, foot, &format!("{}\n{}", words::heat_axes(cx.lang), words::heat_money(cx.lang, text)), 3, t.text_2);
}

fn edges(
    ui: &Ui,
    cx: &PageContext<'_>,
    grid: Rect,
    cell: egui::Vec2,
    recency: [f64; 4],
    frequency: [f64; 4],
    t: &Tokens,
) {
    let font = regular(text_size::TINY);
    let painter = ui.painter();
    for score in 1..=5_usize {
        let y = grid.bottom() - cell.y * (score as f32 - 0.5);
        painter.text(pos2(grid.left() - 10.0, y), Align2::RIGHT_CENTER, score, semibold(text_size::SMALL), t.text_2);
        let x = grid.left() + cell.x * (score as f32 - 0.5);
        painter.text(pos2(x, grid.bottom() + 12.0), Align2::CENTER_CENTER, score, semibold(text_size::SMALL), t.text_2);
    }
    for (place, cut) in recency.iter().rev().enumerate() {
        let y = grid.bottom() - cell.y * (place as f32 + 1.0);
        let text = words::window_days(cx.lang, number::decimal(*cut));
        painter.text(pos2(grid.left() - 26.0, y), Align2::RIGHT_CENTER, text, font.clone(), t.text_3);
    }
    for (place, cut) in frequency.iter().enumerate() {
        let x = grid.left() + cell.x * (place as f32 + 1.0);
        let text = number::decimal(*cut);
        painter.text(pos2(x, grid.bottom() + 12.0), Align2::CENTER_CENTER, text, font.clone(), t.text_3);
    }
}
