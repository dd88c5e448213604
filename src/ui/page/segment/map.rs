//! The map of customers: coloured by segment or feature, hover, a drawn line, odd customers, a close look.

use std::hash::{DefaultHasher, Hash, Hasher};

use egui::{Align2, Color32, Pos2, Rect, Stroke, Ui, UiBuilder, pos2, vec2};

use super::{CloseLook, Layout, OddOnes, SegmentCommand, SegmentView, Sight, colour, extra, run_key};
use crate::jobs::Slot;
use crate::project::RunId;
use crate::stage::Stage;
use crate::stage::data::features::{Feature, Unit};
use crate::stage::segment::NO_SEGMENT;
use crate::stage::segment::map::pca::Axis2;
use crate::stage::segment::picture::Picture;
use crate::ui::text::{Lang, feature, number, segment as words, segment_tools as tools};
use crate::ui::theme::Tokens;
use crate::ui::widget::cloud::{Cloud, CloudData, CloudEvent, CloudShown, tag};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

/// What the map remembers.
#[derive(Default)]
pub(super) struct MapView {
    layout: Layout,
    /// A feature to colour by; none: the segments.
    by: Option<String>,
    odd: bool,
    cloud: Cloud,
    cache: Option<Cache>,
    name: String,
    /// Customers outside the view as it opens.
    beyond: usize,
}

/// Made once a picture and colouring.
struct Cache {
    run: RunId,
    by: Option<String>,
    /// Where each segment's name stands on the plane.
    middles: Vec<(u32, [f32; 2])>,
    /// 0 to 1 by row, for colours by feature; empty otherwise.
    levels: Vec<f32>,
    /// The least and the greatest value of that feature.
    ends: Option<(f32, f32)>,
    /// Where frames of a close look come from: the row of each point.
    tsne_points: usize,
}

pub(super) fn note(cx: &PageContext<'_>, view: &SegmentView, sight: &Sight<'_>) -> String {
    let picture = sight.picture;
    if view.map.layout == Layout::Close {
        let shown = cx.shown.extra::<CloseLook>(extra::CLOSE, run_key(sight.id)).map_or(0, |look| look.points.len());
        return words::map_tsne(cx.lang, number::whole(shown as u64), number::whole(picture.len() as u64));
    }
    let share: f64 = picture.axes.iter().map(|axis| axis.share).sum();
    words::map_note(cx.lang, number::whole(picture.len() as u64), format!("{:.0}", share * 100.0))
}

pub(super) fn controls(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let small = |text: &str| egui::RichText::new(text).size(13.0);
    let by = view.map.by.as_ref();
    let named = by.map_or(words::colour_segment(cx.lang).to_owned(), |name| feature::column(cx.lang, name));
    let close = view.map.layout == Layout::Close;
    let shown = if close { words::close_look(cx.lang) } else { words::plane(cx.lang) };
    let wide = |text: &str| unicode_width::UnicodeWidthStr::width(text) as f32 * 6.6 + 40.0;
    // Little room: one menu for both.
    if ui.available_width() < wide(&named) + wide(words::colour_by(cx.lang)) + wide(shown) - 30.0 {
        ui.menu_button(small(&format!("{} {}", words::view(cx.lang), icon::DOWN)), |ui| {
            layouts(ui, cx, view);
            ui.separator();
            colours(ui, cx, view, sight);
        });
        return;
    }
    ui.menu_button(small(&format!("{}: {named} {}", words::colour_by(cx.lang), icon::DOWN)), |ui| {
        colours(ui, cx, view, sight);
    });
    ui.menu_button(small(&format!("{shown} {}", icon::DOWN)), |ui| layouts(ui, cx, view));
}

fn colours(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let by = view.map.by.clone();
    egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        if ui.selectable_label(by.is_none(), words::colour_segment(cx.lang)).clicked() {
            view.map.by = None;
            ui.close();
        }
        for name in sight.picture.columns.keys() {
            if ui.selectable_label(by.as_ref() == Some(name), feature::column(cx.lang, name)).clicked() {
                view.map.by = Some(name.clone());
                ui.close();
            }
        }
    });
}

fn layouts(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView) {
    for (layout, text) in [(Layout::Plane, words::plane(cx.lang)), (Layout::Close, words::close_look(cx.lang))] {
        if ui.selectable_label(view.map.layout == layout, text).clicked() {
            view.map.layout = layout;
            ui.close();
        }
    }
    ui.separator();
    if ui.selectable_label(view.map.odd, words::odd(cx.lang)).on_hover_text(words::odd_hint(cx.lang)).clicked() {
        view.map.odd = !view.map.odd;
        ui.close();
    }
}

pub(super) fn map(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let picture = sight.picture;
    let close = cx.shown.extra::<CloseLook>(extra::CLOSE, run_key(sight.id));
    if view.map.layout == Layout::Close && close.is_none() && cx.job(Slot::Stage(Stage::Segment)).is_none() {
        cx.send(Command::Segment(SegmentCommand::CloseLook(sight.id)));
    }
    let odd = cx.shown.extra::<OddOnes>(extra::ODD, run_key(sight.id)).filter(|_| view.map.odd);
    if view.map.odd && odd.is_none() {
        cx.send(Command::Segment(SegmentCommand::Odd(sight.id)));
    }
    let full = ui.available_rect_before_wrap();
    let foot = Rect::from_min_max(pos2(full.left(), full.bottom() - 36.0), full.max);
    let area = Rect::from_min_max(full.min, pos2(full.right(), foot.top() - 4.0));
    let close = close.filter(|_| view.map.layout == Layout::Close);
    refresh(&mut view.map, sight, close);
    let chosen = view.chosen;
    let event = {
        let MapView { cloud, cache, by, beyond, .. } = &mut view.map;
        let Some(cache) = cache.as_ref() else { return };
        let tokens = Tokens::of(ui);
        let row_of = |point: usize| close.map_or(point, |look| look.rows[point] as usize);
        let paint = |point: usize| Some(shade(tokens, picture, cache, row_of(point)));
        let points: &[[f32; 2]] = close.map_or(&picture.points, |look| &look.points);
        let (right, up) = axis_words(cx.lang, &picture.axes, area.height() - 48.0);
        let part = part_of(sight.id, close);
        let data = CloudData {
            key: key_of(part, by.as_ref(), close, tokens),
            points,
            colour: &paint,
            axes: close.is_none().then_some((right.as_str(), up.as_str())),
            name: words::map_of(cx.lang),
        };
        let mut child = ui.new_child(UiBuilder::new().id_salt("cloud").max_rect(area));
        let shown = cloud.show(&mut child, &data, part);
        *beyond = shown.beyond;
        if let Some(odd) = odd {
            ring_odd(&child, &shown, odd, close, picture, tokens);
        }
        let pressed = if by.is_none() { names(&mut child, cx, sight, cache, &shown, chosen) } else { None };
        if let Some(point) = shown.hovered {
            hover(&child, cx, sight, &shown, points[point], row_of(point));
        }
        match (pressed, shown.event) {
            (Some(segment), _) => Some(Done::Chose(segment)),
            (None, Some(CloudEvent::Clicked(point))) => Some(Done::Chose(picture.found.labels[row_of(point)])),
            (None, Some(CloudEvent::Drawn(line))) => Some(Done::Drew(line)),
            (None, None) => None,
        }
    };
    match event {
        Some(Done::Chose(segment)) if segment != NO_SEGMENT => view.chosen = Some(segment),
        Some(Done::Drew(line)) => {
            let (layout, label) = (view.map.layout, words::drawn_label(cx.lang).to_owned());
            cx.send(Command::Segment(SegmentCommand::Drawn { run: sight.id, layout, line, label }));
        }
        _ => {}
    }
    let mut child = ui.new_child(
        UiBuilder::new().id_salt("map foot").max_rect(foot).layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    under(&mut child, cx, view, sight, odd);
}

enum Done {
    Chose(u32),
    Drew(Vec<[f32; 2]>),
}

fn part_of(run: RunId, close: Option<&CloseLook>) -> u64 {
    let mut hash = DefaultHasher::new();
    (run, close.is_some()).hash(&mut hash);
    hash.finish()
}

/// Changes with everything that is stamped into the picture.
fn key_of(part: u64, by: Option<&String>, close: Option<&CloseLook>, tokens: &Tokens) -> u64 {
    let mut hash = DefaultHasher::new();
    (part, by, tokens.surface.to_array()).hash(&mut hash);
    // Frames of a close look differ in their points only.
    if let Some([x, y]) = close.and_then(|look| look.points.first()) {
        (x.to_bits(), y.to_bits()).hash(&mut hash);
    }
    hash.finish()
}

fn refresh(view: &mut MapView, sight: &Sight<'_>, close: Option<&CloseLook>) {
    let frames = close.map_or(0, |look| look.points.first().map_or(1, |p| (p[0].to_bits() as usize) | 1));
    let known = view.cache.as_ref();
    if known.is_some_and(|c| c.run == sight.id && c.by == view.by && c.tsne_points == frames) {
        return;
    }
    let picture = sight.picture;
    let points: &[[f32; 2]] = close.map_or(&picture.points, |look| &look.points);
    let row_of = |point: usize| close.map_or(point, |look| look.rows[point] as usize);
    let mut sums = vec![([0.0_f64; 2], 0_u64); picture.found.k];
    for (point, [x, y]) in points.iter().enumerate() {
        if let Some((sum, count)) = sums.get_mut(picture.found.labels[row_of(point)] as usize) {
            sum[0] += f64::from(*x);
            sum[1] += f64::from(*y);
            *count += 1;
        }
    }
    let middle = |(segment, ([x, y], n)): (usize, &([f64; 2], u64))| {
        (*n > 0).then(|| (segment as u32, [(x / *n as f64) as f32, (y / *n as f64) as f32]))
    };
    let middles = sums.iter().enumerate().filter_map(middle).collect();
    let column = view.by.as_ref().and_then(|name| picture.columns.get(name));
    let levels = column.map_or_else(Vec::new, |values| levels(values));
    let ends = column.and_then(|values| {
        let known = values.iter().copied().filter(|x| x.is_finite());
        known.fold(None, |ends: Option<(f32, f32)>, x| Some(ends.map_or((x, x), |(a, b)| (a.min(x), b.max(x)))))
    });
    view.cache = Some(Cache { run: sight.id, by: view.by.clone(), middles, levels, ends, tsne_points: frames });
}

/// Values as shares of their range, long tails by the logarithm.
fn levels(values: &[f32]) -> Vec<f32> {
    let even = |x: f32| x.signum() * x.abs().ln_1p();
    let known = values.iter().copied().filter(|x| x.is_finite()).map(even);
    let (low, high) = known.fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let span = if high > low { high - low } else { 1.0 };
    values.iter().map(|x| if x.is_finite() { (even(*x) - low) / span } else { f32::NAN }).collect()
}

fn shade(tokens: &Tokens, picture: &Picture, cache: &Cache, row: usize) -> Color32 {
    match cache.levels.get(row) {
        Some(level) if level.is_nan() => tokens.line_strong,
        Some(level) => tokens.tint(tokens.chart[0], 0.12).lerp_to_gamma(tokens.chart[0], *level),
        None => match picture.found.labels[row] {
            NO_SEGMENT => tokens.line_strong,
            segment => colour(tokens, segment),
        },
    }
}

/// "More to the right: more money spent, more orders".
fn axis_words(lang: Lang, axes: &[Axis2], upright: f32) -> (String, String) {
    let told = |axis: Option<&Axis2>, most: usize| {
        let strong = axis.into_iter().flat_map(|axis| axis.loadings.iter().take(most));
        let one = |loading: &crate::stage::segment::map::pca::Loading| {
            let name = feature::column(lang, &loading.feature);
            let name = if lang == Lang::En { lower(&name) } else { name };
            // Shares and averages are higher, counts and days are more.
            let level = Feature::from_key(&loading.feature).is_some_and(|feature| {
                matches!(feature.definition().unit, Unit::Share | Unit::Mood) || feature == Feature::AverageBasket
            });
            match (loading.correlation > 0.0, level) {
                (true, true) => words::is_higher(lang, name),
                (false, true) => words::is_lower(lang, name),
                (true, false) => words::is_more(lang, name),
                (false, false) => words::is_less(lang, name),
            }
        };
        let parts: Vec<String> = strong.filter(|loading| loading.correlation.abs() >= 0.3).map(one).collect();
        parts.join(lang.pick(", ", "、"))
    };
    let up = |most: usize| words::more_up(lang, told(axes.get(1), most));
    // Two reasons where there is room for them.
    let wide = |text: &str| unicode_width::UnicodeWidthStr::width(text) as f32 * 6.4;
    let both = up(2);
    (words::more_right(lang, told(axes.first(), 2)), if wide(&both) > upright { up(1) } else { both })
}

fn lower(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}

/// The segments' names where they are, not over one another; the one pressed.
fn names(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    sight: &Sight<'_>,
    cache: &Cache,
    shown: &CloudShown,
    chosen: Option<u32>,
) -> Option<u32> {
    let tokens = Tokens::of(ui);
    let mut taken: Vec<Rect> = Vec::new();
    let mut pressed = None;
    for (segment, middle) in &cache.middles {
        let mut at = shown.place(*middle);
        if !shown.plot.expand(40.0).contains(at) {
            continue;
        }
        // Down, up, further down, … until the name is free.
        let name = sight.name_of(cx.lang, *segment);
        let wide = 34.0 + unicode_width::UnicodeWidthStr::width(name.as_str()) as f32 * 7.2;
        for step in 0..12 {
            let shift = (step as f32 / 2.0).ceil() * 26.0 * if step % 2 == 0 { 1.0 } else { -1.0 };
            let tried = Rect::from_center_size(at + vec2(0.0, shift), vec2(wide, 24.0));
            if !taken.iter().any(|other| other.intersects(tried)) || step == 11 {
                at += vec2(0.0, shift);
                break;
            }
        }
        let (rect, clicked) = tag(ui, at, shown.plot, &name, colour(tokens, *segment), chosen == Some(*segment));
        taken.push(rect);
        if clicked {
            pressed = Some(*segment);
        }
    }
    pressed
}

fn ring_odd(ui: &Ui, shown: &CloudShown, odd: &OddOnes, close: Option<&CloseLook>, picture: &Picture, tokens: &Tokens) {
    for one in odd.odd.iter().take(300) {
        let at = match close {
            Some(look) => look.rows.binary_search(&one.row).ok().map(|point| look.points[point]),
            None => picture.points.get(one.row as usize).copied(),
        };
        let Some(at) = at.map(|point| shown.place(point)).filter(|at| shown.plot.contains(*at)) else { continue };
        ui.painter().circle_stroke(at, 6.0, Stroke::new(1.5, tokens.bad));
    }
}

fn hover(ui: &Ui, cx: &PageContext<'_>, sight: &Sight<'_>, shown: &CloudShown, point: [f32; 2], row: usize) {
    let tokens = Tokens::of(ui);
    let picture = sight.picture;
    let at = shown.place(point);
    let label = picture.found.labels[row];
    let ink = if label == NO_SEGMENT { tokens.line_strong } else { colour(tokens, label) };
    ui.painter().circle(at, 5.0, ink, Stroke::new(2.0, tokens.text));
    let mut lines = vec![(sight.name_of(cx.lang, label), String::new())];
    let core = [Feature::Orders, Feature::Monetary, Feature::Recency].map(|feature| feature.key().to_owned());
    let used = picture.found.features.iter().filter(|name| !core.contains(name)).take(2).cloned();
    for name in core.clone().into_iter().chain(used) {
        if let Some(value) = picture.columns.get(&name).map(|column| column[row]) {
            lines.push((feature::column(cx.lang, &name), value_text(cx.lang, &name, value)));
        }
    }
    if let Some(certainty) = picture.certainty(row) {
        lines.push((words::certainty(cx.lang, format!("{:.0}", certainty * 100.0)), String::new()));
    }
    let width = 236.0;
    let height = 34.0 + lines.len() as f32 * 20.0 + 8.0;
    let left = if at.x + width + 24.0 > shown.plot.right() { at.x - width - 14.0 } else { at.x + 14.0 };
    let top = (at.y - height / 2.0).clamp(shown.plot.top(), (shown.plot.bottom() - height).max(shown.plot.top()));
    let rect = Rect::from_min_size(pos2(left, top), vec2(width, height));
    let layer = egui::LayerId::new(egui::Order::Tooltip, ui.scope_id().with("customer"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect(rect, 8.0, tokens.raised, Stroke::new(1.0, tokens.line_input), egui::StrokeKind::Inside);
    let title = words::customer(cx.lang, &picture.ids[row]);
    let strong = crate::ui::theme::semibold(13.0);
    painter.circle_filled(pos2(rect.left() + 16.0, rect.top() + 18.0), 5.0, ink);
    painter.text(pos2(rect.left() + 28.0, rect.top() + 18.0), Align2::LEFT_CENTER, title, strong, tokens.text);
    let font = crate::ui::theme::regular(13.0);
    for (place, (name, value)) in lines.iter().enumerate() {
        let y = rect.top() + 42.0 + place as f32 * 20.0;
        let taken = ui.painter().layout_no_wrap(value.clone(), font.clone(), tokens.text).size().x;
        let name = clipped(ui, name, width - 32.0 - taken, &font, tokens.text_2);
        painter.galley(Pos2::new(rect.left() + 12.0, y - name.size().y / 2.0), name, tokens.text_2);
        painter.text(pos2(rect.right() - 12.0, y), Align2::RIGHT_CENTER, value, font.clone(), tokens.text);
    }
}

fn clipped(ui: &Ui, text: &str, room: f32, font: &egui::FontId, ink: Color32) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font.clone(), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    ui.painter().layout_job(job)
}

/// A feature's value as people say it.
pub(super) fn value_text(lang: Lang, name: &str, value: f32) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let x = f64::from(value);
    match Feature::from_key(name).map(|feature| feature.definition().unit) {
        Some(Unit::Share) => crate::ui::text::common::percent(lang, format!("{:.0}", x * 100.0)),
        Some(Unit::Days) => words::window_days(lang, number::whole(x.round().max(0.0) as u64)),
        _ => number::decimal(x),
    }
}

/// Under the map: what was drawn and what can be done with it, or how to draw.
fn under(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>, odd: Option<&OddOnes>) {
    if view.map.cloud.is_zoomed() && ui.add(Button::quiet(words::reset_view(cx.lang))).clicked() {
        view.map.cloud.show_all();
    }
    if cx.shown.selection.is_some() {
        selected(ui, cx, view, sight);
        return;
    }
    if let Some(odd) = odd {
        match odd.odd.first() {
            None => drop(widget::small(ui, words::odd_none(cx.lang))),
            Some(first) => {
                widget::small_strong(ui, words::odd_n(cx.lang, number::whole(odd.odd.len() as u64)));
                let name = sight.picture.found.features.get(first.column as usize);
                let why = name.map(|name| words::odd_why(cx.lang, feature::column(cx.lang, name))).unwrap_or_default();
                let id = sight.picture.ids.get(first.row as usize).cloned().unwrap_or_default();
                widget::caption(ui, format!("{} {why}", words::customer(cx.lang, id)));
            }
        }
    } else {
        let scale = view.map.cache.as_ref().and_then(|cache| Some((cache.by.as_ref()?, cache.ends?)));
        if let Some((name, (low, high))) = scale {
            let value = |x: f32| value_text(cx.lang, name, x);
            widget::caption(ui, words::colour_scale(cx.lang, feature::column(cx.lang, name), value(low), value(high)));
        }
        widget::caption(ui, words::map_hint(cx.lang));
    }
    if view.map.beyond > 0 {
        widget::caption(ui, words::beyond(cx.lang, number::whole(view.map.beyond as u64)));
    }
}

/// Who is selected, and what can be done with them.
pub(super) fn selected(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let Some(selection) = cx.shown.selection.as_deref() else { return };
    let n = number::whole(selection.customers.len() as u64);
    // A cell's name ends in the same number again.
    let named = selection.label.rsplit_once([':', '：']).filter(|(_, rest)| rest.trim_start().starts_with(&n));
    let label = named.map_or(selection.label.as_str(), |(label, _)| label);
    let text = format!("{} · {label}", words::drawn(cx.lang, n));
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if ui.add(Button::quiet(words::clear(cx.lang))).clicked() {
            cx.send(Command::Select(None));
        }
        let name = view.map.name.trim().to_owned();
        let free = !name.is_empty() && super::saved(sight.project).iter().all(|(_, known)| known.name != name);
        let keep = Button::suggested(words::keep_segment(cx.lang)).enabled(free && cx.can_write());
        if ui.add(keep).clicked() {
            cx.send(Command::Segment(SegmentCommand::KeepSelection { name }));
            view.map.name.clear();
        }
        let hint = tools::rule_name(cx.lang);
        let field = egui::TextEdit::singleline(&mut view.map.name)
            .hint_text(egui::RichText::new(hint).size(13.0))
            .font(crate::ui::theme::regular(13.0));
        let response = ui.add_sized([144.0, 28.0], field);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, hint));
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            let font = crate::ui::theme::semibold(13.0);
            let shown = egui::RichText::new(&text).font(font).color(Tokens::of(ui).text);
            ui.add(egui::Label::new(shown).truncate()).on_hover_text(&text);
        });
    });
}
