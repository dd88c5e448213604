//! Two segments side by side; two periods: who moved where, as a matrix and as a picture of flows.

use egui::{Align2, Color32, CornerRadius, Rect, ScrollArea, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::tables::line;
use super::{Pair, Periods, SegmentCommand, SegmentView, Sight, Whom, colour, extra, moves_key, pair_key};
use crate::jobs::Slot;
use crate::stage::Stage;
use crate::stage::segment::compare::Moves;
use crate::ui::text::{common, feature, number, segment_tools as tools};
use crate::ui::theme::{Tokens, regular, text_size};
use crate::ui::widget::{self, Button};
use crate::ui::{Command, PageContext};

pub(super) struct CompareView {
    periods: bool,
    flow: bool,
    left: Whom,
    right: Whom,
    days: u32,
}

impl Default for CompareView {
    fn default() -> Self {
        Self { periods: false, flow: false, left: Whom::Found(0), right: Whom::Everyone, days: 90 }
    }
}

pub(super) fn compare(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let choices = [(false, tools::side_by_side(cx.lang)), (true, tools::two_periods(cx.lang))];
    widget::toggle::segmented(ui, &mut view.compare.periods, &choices);
    if view.compare.periods { periods(ui, cx, view, sight) } else { pair(ui, cx, view, sight) }
}

fn whom_choices(cx: &PageContext<'_>, sight: &Sight<'_>) -> Vec<(Whom, String)> {
    let mut choices = vec![(Whom::Everyone, tools::everyone(cx.lang).to_owned())];
    let found = sight.picture.found.personas.iter().map(|card| (Whom::Found(card.segment), sight.name(cx.lang, card)));
    choices.extend(found);
    choices.extend(super::saved(sight.project).into_iter().map(|(id, segment)| (Whom::Saved(id), segment.name)));
    choices
}

fn pair(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    let t = Tokens::of(ui);
    let choices = whom_choices(cx, sight);
    let known = |whom: Whom| choices.iter().any(|(choice, _)| *choice == whom);
    let compare = &mut view.compare;
    if !known(compare.left) {
        compare.left = choices.get(1).map_or(Whom::Everyone, |choice| choice.0);
    }
    if !known(compare.right) {
        compare.right = Whom::Everyone;
    }
    ui.horizontal(|ui| {
        for (label, whom) in
            [(tools::left_segment(cx.lang), &mut compare.left), (tools::right_segment(cx.lang), &mut compare.right)]
        {
            let shown = choices.iter().find(|(choice, _)| choice == whom).map_or("", |(_, name)| name);
            let response = egui::ComboBox::from_id_salt(label)
                .width(200.0)
                .truncate()
                .icon(crate::ui::widget::field::caret)
                .selected_text(egui::RichText::new(shown).size(13.0))
                .show_ui(ui, |ui| {
                    for (choice, name) in &choices {
                        ui.selectable_value(whom, *choice, name);
                    }
                })
                .response;
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, label));
        }
    });
    let (left, right) = (compare.left, compare.right);
    let key = pair_key(sight.id, left, right);
    let Some(pair) = cx.shown.extra::<Pair>(extra::PAIR, key) else {
        if cx.job(Slot::Load(Stage::Segment)).is_none() {
            cx.send(Command::Segment(SegmentCommand::Compare { run: sight.id, left, right }));
        }
        widget::small(ui, tools::counting(cx.lang));
        return;
    };
    let name = |whom: Whom| choices.iter().find(|(choice, _)| *choice == whom).map_or("", |(_, name)| name.as_str());
    let width = ui.available_width();
    let cells = |row: Rect| {
        let at = |from: f32, to: f32| {
            let x = |share: f32| row.left() + width * share;
            Rect::from_min_max(pos2(x(from), row.top()), pos2(x(to) - 8.0, row.bottom()))
        };
        [at(0.0, 0.36), at(0.36, 0.52), at(0.52, 0.68), at(0.70, 1.0)]
    };
    let (head, _) = ui.allocate_exact_size(vec2(width, 46.0), Sense::hover());
    let [_, a, b, both] = cells(head);
    for (at, whom, n) in [(a, left, pair.left), (b, right, pair.right)] {
        let upper = Rect::from_min_max(at.min, pos2(at.right(), at.center().y));
        let lower = Rect::from_min_max(pos2(at.left(), at.center().y), at.max);
        line(ui, upper, name(whom), true, true, t.text);
        line(ui, lower, &number::whole(n), false, true, t.text_2);
    }
    // Which way a bar points, in its colour; who is in both where that is not everyone on one side.
    let upper = Rect::from_min_max(both.min, pos2(both.right(), both.center().y));
    let lower = Rect::from_min_max(pos2(both.left(), both.center().y), both.max);
    let told = match left == Whom::Everyone || right == Whom::Everyone {
        true => tools::bars_hint(cx.lang).to_owned(),
        false => tools::both_n(cx.lang, number::whole(pair.both)),
    };
    line(ui, upper, &told, false, false, t.text_3);
    for (side, whom, ink) in [(0, left, t.chart[1]), (1, right, t.chart[0])] {
        let half = Rect::from_min_size(
            lower.min + vec2(side as f32 * lower.width() / 2.0, 0.0),
            lower.size() * vec2(0.5, 1.0),
        );
        let dot = Rect::from_center_size(pos2(half.left() + 5.0, half.center().y), vec2(8.0, 8.0));
        ui.painter().rect_filled(dot, CornerRadius::same(2), ink);
        line(ui, half.with_min_x(half.left() + 14.0), name(whom), false, false, t.text_2);
    }
    let most = pair.contrasts.iter().map(|c| c.standardised.abs()).fold(0.5, f64::max);
    ScrollArea::vertical().id_salt("contrasts").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for contrast in &pair.contrasts {
            let (row, _) = ui.allocate_exact_size(vec2(width, 28.0), Sense::hover());
            ui.painter().hline(row.x_range(), row.bottom() - 0.5, Stroke::new(1.0, t.line));
            let [name, a, b, bars] = cells(row);
            let value = |x: f64| super::map::value_text(cx.lang, &contrast.feature, x as f32);
            line(ui, name, &feature::column(cx.lang, &contrast.feature), false, false, t.text_2);
            line(ui, a, &value(contrast.left), false, true, t.text);
            line(ui, b, &value(contrast.right), false, true, t.text);
            let share = (contrast.standardised / most).clamp(-1.0, 1.0) as f32;
            let middle = bars.center().x;
            let end = middle + share * (bars.width() / 2.0 - 4.0);
            let bar = Rect::from_two_pos(pos2(middle, row.center().y - 5.0), pos2(end, row.center().y + 5.0));
            ui.painter().rect_filled(bar, CornerRadius::same(2), if share > 0.0 { t.chart[0] } else { t.chart[1] });
            ui.painter().vline(middle, row.y_range(), Stroke::new(1.0, t.axis));
        }
    });
}

fn periods(ui: &mut Ui, cx: &PageContext<'_>, view: &mut SegmentView, sight: &Sight<'_>) {
    if sight.picture.today.is_none() {
        widget::small(ui, tools::no_periods(cx.lang));
        return;
    }
    ui.horizontal(|ui| {
        widget::small(ui, tools::before_days(cx.lang));
        for days in [30, 60, 90, 180] {
            let text = tools::days_ago(cx.lang, days);
            let chosen = view.compare.days == days;
            let button = if chosen { Button::suggested(&text) } else { Button::plain(&text) };
            if ui.add(button).clicked() {
                view.compare.days = days;
            }
        }
    });
    let days = view.compare.days;
    if sight.picture.found.k > 6 {
        let choices = [(false, tools::as_matrix(cx.lang)), (true, tools::as_flow(cx.lang))];
        widget::toggle::segmented(ui, &mut view.compare.flow, &choices);
    }
    let Some(found) = cx.shown.extra::<Periods>(extra::MOVES, moves_key(sight.id, days)) else {
        if cx.job(Slot::Load(Stage::Segment)).is_none() {
            cx.send(Command::Segment(SegmentCommand::Moves { run: sight.id, days }));
        }
        widget::small(ui, tools::counting(cx.lang));
        return;
    };
    let moves = &found.moves;
    let date = |at: Option<crate::base::time::Moment>| at.map(|at| at.utc_text("%Y-%m-%d")).unwrap_or_default();
    let stayed = moves.stayed as f64 / moves.in_both.max(1) as f64 * 100.0;
    let head = format!(
        "{} · {}",
        tools::moved(cx.lang, format!("{stayed:.0}")),
        tools::then_now(cx.lang, date(found.before), date(found.after))
    );
    widget::small_strong(ui, head);
    widget::caption(ui, tools::moves_hint(cx.lang));
    let full = ui.available_rect_before_wrap();
    // Few groups leave room for both pictures.
    if moves.matrix.len() <= 7 && full.width() > 620.0 {
        let split = full.left() + full.width() * 0.52;
        matrix(ui, cx, sight, moves, Rect::from_min_max(full.min, pos2(split - 10.0, full.bottom())));
        flows(ui, cx, sight, moves, Rect::from_min_max(pos2(split + 10.0, full.top()), full.max));
    } else if view.compare.flow {
        flows(ui, cx, sight, moves, full);
    } else {
        matrix(ui, cx, sight, moves, full);
    }
}

fn name(cx: &PageContext<'_>, sight: &Sight<'_>, moves: &Moves, place: usize) -> String {
    if place + 1 == moves.matrix.len() { tools::gone(cx.lang).to_owned() } else { sight.name_of(cx.lang, place as u32) }
}

fn ink(t: &Tokens, moves: &Moves, place: usize) -> Color32 {
    if place + 1 == moves.matrix.len() { t.line_strong } else { colour(t, place as u32) }
}

fn matrix(ui: &Ui, cx: &PageContext<'_>, sight: &Sight<'_>, moves: &Moves, area: Rect) {
    let t = Tokens::of(ui);
    let n = moves.matrix.len();
    let names = (area.width() * 0.34).clamp(70.0, 150.0);
    let called: Vec<String> = (0..n).map(|place| name(cx, sight, moves, place)).collect();
    let slant = called.iter().any(|name| super::tables::slants(ui, name, (area.width() - names) / n as f32 - 8.0));
    let (head, lean) = if slant { (84.0, 46.0) } else { (44.0, 0.0) };
    let cell = vec2((area.width() - names - lean) / n as f32, ((area.height() - head) / n as f32).min(44.0));
    for place in 0..n {
        let x = area.left() + names + place as f32 * cell.x;
        let at = Rect::from_min_size(pos2(x, area.top()), vec2(cell.x - 2.0, head - 4.0));
        let dot =
            Rect::from_min_max(pos2(at.left() + 2.0, at.bottom() - 5.0), pos2(at.right() - 2.0, at.bottom() - 2.0));
        ui.painter().rect_filled(dot, 1.0, ink(t, moves, place));
        if slant {
            super::tables::slanted(ui, pos2(at.center().x - 4.0, at.bottom() - 8.0), &called[place], t.text_2);
        } else {
            super::tables::block(ui, at.with_max_y(at.bottom() - 6.0), &called[place], 2, t.text_2);
        }
    }
    for (from, row) in moves.matrix.iter().enumerate() {
        let y = area.top() + head + from as f32 * cell.y;
        let all: u64 = row.iter().sum();
        let label = Rect::from_min_size(pos2(area.left(), y), vec2(names - 8.0, cell.y));
        line(ui, label, &called[from], false, false, t.text);
        for (to, count) in row.iter().enumerate() {
            let at = Rect::from_min_size(pos2(area.left() + names + to as f32 * cell.x, y), cell).shrink(1.0);
            let share = *count as f32 / all.max(1) as f32;
            let base = if from == to { t.ok } else { t.chart[0] };
            ui.painter().rect_filled(at, CornerRadius::same(3), t.tint(base, 0.04 + 0.5 * share));
            if *count > 0 {
                let text = number::whole(*count);
                ui.painter().text(at.center(), Align2::CENTER_CENTER, text, regular(text_size::TINY), t.text);
                let told = tools::n_moved(cx.lang, number::whole(*count), &called[from], &called[to]);
                let told = format!("{told} ({})", common::percent(cx.lang, format!("{:.0}", share * 100.0)));
                ui.interact(at, ui.scope_id().with(("move", from, to)), Sense::hover()).on_hover_text(told);
            }
        }
    }
}

/// Bands from the left (then) to the right (now), as high as there are customers.
fn flows(ui: &Ui, cx: &PageContext<'_>, sight: &Sight<'_>, moves: &Moves, area: Rect) {
    let t = Tokens::of(ui);
    let n = moves.matrix.len();
    let out: Vec<u64> = moves.matrix.iter().map(|row| row.iter().sum()).collect();
    let into: Vec<u64> = (0..n).map(|to| moves.matrix.iter().map(|row| row[to]).sum()).collect();
    let all: u64 = out.iter().sum::<u64>().max(1);
    let gap = 6.0;
    let room = (area.height() - gap * (n as f32 - 1.0) - 8.0).max(40.0);
    let high = |count: u64| room * count as f32 / all as f32;
    let starts = |sizes: &[u64]| {
        let mut y = area.top();
        sizes
            .iter()
            .map(|size| {
                let from = y;
                y += high(*size) + if *size > 0 { gap } else { 0.0 };
                from
            })
            .collect::<Vec<f32>>()
    };
    let (left, right) = (starts(&out), starts(&into));
    let (mut used_left, mut used_right) = (left.clone(), right.clone());
    let (x0, x1) = (area.left() + 10.0, area.right() - 10.0);
    for from in 0..n {
        for to in 0..n {
            let count = moves.matrix[from][to];
            if count == 0 {
                continue;
            }
            let h = high(count);
            let band = t.tint(ink(t, moves, from), if from == to { 0.22 } else { 0.42 });
            ribbon(ui, (x0, used_left[from]), (x1, used_right[to]), h, band);
            used_left[from] += h;
            used_right[to] += h;
        }
    }
    for (x, starts, sizes) in [(area.left(), &left, &out), (area.right() - 10.0, &right, &into)] {
        for place in (0..n).filter(|place| sizes[*place] > 0) {
            let bar = Rect::from_min_size(pos2(x, starts[place]), vec2(10.0, high(sizes[place]).max(1.0)));
            ui.painter().rect_filled(bar, CornerRadius::same(2), ink(t, moves, place));
            if bar.height() > 11.0 {
                let inner = x > area.center().x;
                let wide = area.width() / 2.0 - 30.0;
                let left = if inner { bar.left() - wide - 6.0 } else { bar.right() + 6.0 };
                let at = Rect::from_min_size(pos2(left, bar.center().y - 8.0), vec2(wide, 16.0));
                line(ui, at, &name(cx, sight, moves, place), false, inner, t.text);
            }
        }
    }
}

fn ribbon(ui: &Ui, (x0, y0): (f32, f32), (x1, y1): (f32, f32), height: f32, fill: Color32) {
    let mut mesh = egui::Mesh::default();
    const STEPS: u32 = 24;
    for step in 0..=STEPS {
        let share = step as f32 / STEPS as f32;
        let ease = share * share * (3.0 - 2.0 * share);
        let (x, y) = (egui::lerp(x0..=x1, share), egui::lerp(y0..=y1, ease));
        mesh.colored_vertex(pos2(x, y), fill);
        mesh.colored_vertex(pos2(x, y + height.max(0.7)), fill);
        if step > 0 {
            let at = step * 2;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
}
