//! How many groups: silhouette with its interval, what is left of the spread, the gap; or the mixture's BIC.

use egui::{Align2, Color32, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::Sight;
use crate::stage::segment::choose_k::ChooseK;
use crate::stage::segment::run::Segmentation;
use crate::ui::PageContext;
use crate::ui::text::{number, segment as words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::cloud::ticks;
use crate::ui::widget::{self, card_in};

/// k, value, and the ends of its interval.
type CurvePoint = (usize, f64, Option<(f64, f64)>);

/// One line of a picture.
struct Curve {
    colour: Color32,
    points: Vec<CurvePoint>,
    /// Drawn on its own scale at the right.
    own_scale: bool,
}

pub(super) fn curves(ui: &mut Ui, cx: &PageContext<'_>, sight: &Sight<'_>, area: Rect) {
    let half = (area.width() - size::S4) / 2.0;
    let left = Rect::from_min_size(area.min, vec2(half, area.height()));
    let right = Rect::from_min_size(area.min + vec2(half + size::S4, 0.0), vec2(half, area.height()));
    let found = &sight.picture.found;
    // A number that was given leaves nothing to draw.
    if let Some(search) = found.search.as_ref().filter(|_| !drawn(found)) {
        card_in(ui, area, |ui| {
            let note = note(cx, found);
            head(ui, words::clear_title(cx.lang), &note);
            widget::small(ui, words::verdict_text(cx.lang, search.verdict, search.k));
            widget::caption(ui, words::fixed_note(cx.lang));
        });
        return;
    }
    if let Some(search) = &found.search {
        card_in(ui, left, |ui| clear(ui, cx, search, found));
    }
    if let Some(mixture) = found.mixture.as_ref().filter(|mixture| mixture.criteria.len() > 1) {
        card_in(ui, right, |ui| {
            let points: Vec<_> = mixture.criteria.iter().filter_map(|c| Some((c.k, c.bic?, None))).collect();
            let tokens = Tokens::of(ui);
            head(ui, words::bic_title(cx.lang), &words::bic_note(cx.lang, found.k));
            plot(ui, &[Curve { colour: tokens.chart[0], points, own_scale: false }], found.k, cx);
        });
    } else if let Some(search) = &found.search {
        card_in(ui, right, |ui| tight(ui, cx, search, found.k));
    }
}

fn head(ui: &mut Ui, title: &str, note: &str) {
    ui.spacing_mut().item_spacing.y = 3.0;
    let tokens = Tokens::of(ui);
    ui.add(egui::Label::new(egui::RichText::new(title).font(semibold(text_size::BODY)).color(tokens.text)).truncate());
    ui.add(egui::Label::new(egui::RichText::new(note).font(regular(text_size::TINY)).color(tokens.text_2)).truncate())
        .on_hover_text(note);
}

/// The silhouette with its interval and the size of its sample.
fn note(cx: &PageContext<'_>, found: &Segmentation) -> String {
    let short = |x: f64| format!("{x:.2}");
    let known = found.silhouette.zip(found.silhouette_ci).zip(found.search.as_ref());
    known.map_or_else(String::new, |((silhouette, (low, high)), search)| {
        let n = number::whole(search.silhouette_rows as u64);
        words::clear_note(cx.lang, found.k, short(silhouette), short(low), short(high), n)
    })
}

/// Whether there is more than one number of groups to look at.
pub(super) fn drawn(found: &Segmentation) -> bool {
    found.search.as_ref().is_some_and(|search| search.candidates.len() > 1)
        || found.mixture.as_ref().is_some_and(|mixture| mixture.criteria.len() > 1)
}

fn clear(ui: &mut Ui, cx: &PageContext<'_>, search: &ChooseK, found: &Segmentation) {
    let tokens = Tokens::of(ui);
    let k = found.k;
    let note = note(cx, found);
    let verdict = words::verdict_text(cx.lang, search.verdict, search.k);
    head(ui, words::clear_title(cx.lang), &note);
    widget::caption(ui, verdict);
    let points = search.candidates.iter().map(|c| (c.k, c.silhouette, Some((c.silhouette_low, c.silhouette_high))));
    plot(ui, &[Curve { colour: tokens.chart[0], points: points.collect(), own_scale: false }], k, cx);
}

fn tight(ui: &mut Ui, cx: &PageContext<'_>, search: &ChooseK, k: usize) {
    let tokens = Tokens::of(ui);
    let first = search.candidates.first().map_or(1.0, |c| c.inertia.max(f64::MIN_POSITIVE));
    let share = |inertia: f64| inertia / first * 100.0;
    let gain = |place: usize| {
        let pair = search.candidates.get(place).zip(search.candidates.get(place + 1));
        pair.map_or(0.0, |(a, b)| share(a.inertia) - share(b.inertia))
    };
    let at = search.candidates.iter().position(|c| c.k == k).unwrap_or(0);
    let most = (at..search.candidates.len()).map(gain).fold(0.0, f64::max);
    head(ui, words::tight_title(cx.lang), &words::tight_note(cx.lang, k, format!("{:.0}", most.ceil())));
    let inertia: Vec<_> = search.candidates.iter().map(|c| (c.k, share(c.inertia), None)).collect();
    let gap: Vec<_> = (search.candidates.iter())
        .filter_map(|c| Some((c.k, c.gap?, c.gap_error.map(|e| (c.gap.unwrap_or(0.0) - e, c.gap.unwrap_or(0.0) + e)))))
        .collect();
    if gap.is_empty() {
        widget::caption(ui, words::axis_spread(cx.lang));
    } else {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            dot(ui, tokens.chart[0]);
            widget::caption(ui, words::axis_spread(cx.lang));
            dot(ui, tokens.chart[2]);
            let gap = egui::RichText::new(words::gap_note(cx.lang)).size(text_size::TINY).color(tokens.text_3);
            ui.add(egui::Label::new(gap).truncate()).on_hover_text(words::gap_hint(cx.lang));
        });
    }
    let mut lines = vec![Curve { colour: tokens.chart[0], points: inertia, own_scale: false }];
    if !gap.is_empty() {
        lines.push(Curve { colour: tokens.chart[2], points: gap, own_scale: true });
    }
    plot(ui, &lines, k, cx);
}

fn dot(ui: &mut Ui, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 12.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, colour);
}

fn plot(ui: &mut Ui, lines: &[Curve], k: usize, cx: &PageContext<'_>) {
    let t = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(ui.available_size().max(vec2(60.0, 60.0)), Sense::hover());
    let right = if lines.iter().any(|line| line.own_scale) { 38.0 } else { 8.0 };
    let plot = Rect::from_min_max(rect.min + vec2(44.0, 8.0), pos2(rect.right() - right, rect.bottom() - 34.0));
    let ks: Vec<usize> = lines.iter().flat_map(|line| line.points.iter().map(|p| p.0)).collect();
    let (Some(low), Some(high)) = (ks.iter().min().copied(), ks.iter().max().copied()) else { return };
    let x = |k: usize| egui::lerp(plot.x_range(), (k - low) as f32 / (high - low).max(1) as f32);
    let font = regular(text_size::TINY);
    // In little room every second number, and none beside the chosen one.
    let every = (18.0 * (high - low) as f32 / plot.width().max(1.0)).ceil().max(1.0) as usize;
    let told = |tick: usize| tick == k || ((tick - low).is_multiple_of(every) && tick.abs_diff(k) >= every);
    for tick in (low..=high).filter(|tick| told(*tick)) {
        let chosen = tick == k;
        let (ink, font) = if chosen { (t.accent_text, semibold(text_size::TINY)) } else { (t.text_3, font.clone()) };
        ui.painter().text(pos2(x(tick), plot.bottom() + 4.0), Align2::CENTER_TOP, tick.to_string(), font, ink);
    }
    let label = words::axis_k(cx.lang);
    let at = pos2(plot.center().x, rect.bottom());
    ui.painter().text(at, Align2::CENTER_BOTTOM, label, font.clone(), t.text_3);
    if (low..=high).contains(&k) {
        let line = [pos2(x(k), plot.top()), pos2(x(k), plot.bottom())];
        ui.painter().extend(Shape::dashed_line(&line, Stroke::new(1.0, t.accent), 3.0, 3.0));
    }
    for line in lines {
        let ends = line.points.iter().flat_map(|(_, y, between)| {
            let (a, b) = between.unwrap_or((*y, *y));
            [a, b]
        });
        let (bottom, top) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let pad = ((top - bottom) * 0.1).max(1e-9);
        let (bottom, top) = (bottom - pad, top + pad);
        let y = |v: f64| egui::lerp(plot.bottom()..=plot.top(), ((v - bottom) / (top - bottom)) as f32);
        for tick in ticks((bottom as f32, top as f32), plot.height() / 15.0) {
            let value = f64::from(tick);
            let text = number::decimal((value * 1000.0).round() / 1000.0);
            if line.own_scale {
                let at = pos2(plot.right() + 6.0, y(value));
                ui.painter().text(at, Align2::LEFT_CENTER, text, font.clone(), t.text_3);
            } else {
                ui.painter().hline(plot.x_range(), y(value), Stroke::new(1.0, t.grid));
                let at = pos2(plot.left() - 6.0, y(value));
                ui.painter().text(at, Align2::RIGHT_CENTER, text, font.clone(), t.text_3);
            }
        }
        let band = line.points.iter().filter_map(|(k, _, between)| Some((*k, (*between)?)));
        for (k, (a, b)) in band {
            ui.painter().vline(x(k), y(b)..=y(a), Stroke::new(3.0, t.tint(line.colour, 0.45)));
        }
        let points: Vec<_> = line.points.iter().map(|(k, v, _)| pos2(x(*k), y(*v))).collect();
        ui.painter().add(Shape::line(points.clone(), Stroke::new(2.0, line.colour)));
        for ((tick, _, _), at) in line.points.iter().zip(points) {
            let chosen = *tick == k && !line.own_scale;
            let (radius, fill) = if chosen { (5.0, t.accent) } else { (3.0, line.colour) };
            ui.painter().circle(at, radius, fill, Stroke::new(1.0, t.surface));
        }
    }
}
