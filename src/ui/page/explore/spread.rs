//! Box plots and funnels as drawn.

use egui::{Align2, CornerRadius, Rect, Stroke, pos2};

use super::picture::{Drawing, Rows, rows_plot, shown};
use crate::stage::data::explore::{BoxData, ChartRecipe, FunnelData, Spread};
use crate::ui::text::{data, explore as words, number, profile};
use crate::ui::theme::{regular, semibold, text_size};
use crate::ui::widget::plot::{Scale, ScaleKind, shorten};

pub fn boxes(d: &Drawing<'_>, data: &BoxData) {
    let names: Vec<String> = data.groups.iter().map(|group| d.label(&group.label)).collect();
    // Far outliers must not press the boxes flat: the picture ends a little beyond the whiskers.
    let low = data.groups.iter().map(|g| g.low_whisker).fold(f64::INFINITY, f64::min);
    let high = data.groups.iter().map(|g| g.high_whisker).fold(f64::NEG_INFINITY, f64::max);
    let least = data.groups.iter().map(|g| g.min).fold(f64::INFINITY, f64::min);
    let greatest = data.groups.iter().map(|g| g.max).fold(f64::NEG_INFINITY, f64::max);
    let room = (high - low).max(f64::MIN_POSITIVE) * 0.6;
    let x = Scale::new(ScaleKind::Number, least.max(low - room), greatest.min(high + room));
    let rows = rows_plot(d, d.rect, &names, x);
    let column = match d.recipe {
        ChartRecipe::Box(r) => (d.name)(&r.column),
        _ => String::new(),
    };
    rows.frame(d, &names, &column);
    for (row, group) in data.groups.iter().enumerate() {
        one_box(d, &rows, row, group);
    }
    let Some((row, at)) = rows.under(d) else { return };
    let Some(g) = data.groups.get(row) else { return };
    let lang = d.lang;
    let lines = [
        (words::rows(lang), number::whole(g.count)),
        (words::median(lang), shown(g.median)),
        (words::mean(lang), shown(g.mean)),
        (words::first_quarter(lang), shown(g.q1)),
        (words::third_quarter(lang), shown(g.q3)),
        (words::smallest(lang), shown(g.min)),
        (words::greatest(lang), shown(g.max)),
        (words::outliers(lang), number::whole(g.outliers)),
    ];
    d.tooltip(at, &names[row], &lines.map(|(name, value)| (name.to_owned(), value)));
}

fn one_box(d: &Drawing<'_>, rows: &Rows, row: usize, group: &Spread) {
    let painter = d.painter.with_clip_rect(rows.plot.area.expand(3.0).intersect(d.painter.clip_rect()));
    let (middle, half) = (rows.middle(row), (rows.height * 0.3).min(28.0));
    let x = |v: f64| rows.plot.across(v);
    let colour = d.t.series(0);
    let line = Stroke::new(1.5, colour);
    for v in &group.shown {
        painter.circle_filled(pos2(x(*v), middle), 2.0, d.t.tint(colour, 0.5));
    }
    painter.hline(x(group.low_whisker)..=x(group.q1), middle, line);
    painter.hline(x(group.q3)..=x(group.high_whisker), middle, line);
    for end in [group.low_whisker, group.high_whisker] {
        painter.vline(x(end), middle - half * 0.6..=middle + half * 0.6, line);
    }
    let quarters =
        Rect::from_x_y_ranges(x(group.q1)..=x(group.q3).max(x(group.q1) + 1.0), middle - half..=middle + half);
    painter.rect(quarters, 3.0, d.t.tint(colour, 0.22), line, egui::StrokeKind::Inside);
    painter.vline(x(group.median), middle - half..=middle + half, Stroke::new(2.5, colour));
    painter.circle(pos2(x(group.mean), middle), 3.0, d.t.surface, line);
}

pub fn funnel(d: &Drawing<'_>, data: &FunnelData) {
    let most = data.steps.iter().map(|step| step.reached).max().unwrap_or(0).max(1) as f32;
    let height = (d.rect.height() / data.steps.len().max(1) as f32).min(190.0);
    let (left, right) = (d.rect.left() + 130.0, d.rect.right() - 170.0);
    let pointer = d.pointer.filter(|at| d.rect.contains(*at));
    for (i, step) in data.steps.iter().enumerate() {
        let top = d.rect.top() + i as f32 * height;
        let middle = top + height * 0.42;
        let width = (right - left).max(40.0) * step.reached as f32 / most;
        let bar = Rect::from_x_y_ranges(left..=left + width.max(2.0), middle - height * 0.24..=middle + height * 0.24);
        d.painter.rect_filled(bar, CornerRadius::same(4), d.t.tint(d.t.series(0), 1.0 - 0.13 * i as f32));
        let name = shorten(&event_name(d, &step.event), 16);
        d.painter.text(pos2(left - 14.0, middle), Align2::RIGHT_CENTER, name, regular(text_size::BODY), d.t.text);
        let count = number::whole(step.reached);
        let at = pos2(bar.right() + 12.0, middle - 8.0);
        d.painter.text(at, Align2::LEFT_CENTER, count, semibold(text_size::BODY), d.t.text);
        let share = |v: Option<f64>| v.map(|v| profile::percent(d.lang, v));
        let note = match (i, share(step.of_first)) {
            (0, _) | (_, None) => words::users(d.lang).to_owned(),
            (_, Some(share)) => format!("{share} {}", words::of_first(d.lang)),
        };
        let at = pos2(bar.right() + 12.0, middle + 10.0);
        d.painter.text(at, Align2::LEFT_CENTER, note, regular(text_size::TINY), d.t.text_2);
        if i > 0 {
            let wait = step.seconds_since_previous.map(|s| {
                let time = number::span(d.lang, std::time::Duration::from_secs_f64(s.max(0.0)));
                format!(" · {} {time}", words::wait(d.lang))
            });
            let text = format!(
                "↓ {} {}{}",
                share(step.of_previous).unwrap_or_else(|| "–".to_owned()),
                words::of_previous(d.lang),
                wait.unwrap_or_default()
            );
            d.painter.text(pos2(left, top), Align2::LEFT_CENTER, text, regular(text_size::TINY), d.t.text_3);
        }
        let zone = Rect::from_x_y_ranges(d.rect.x_range(), top..=top + height);
        if let Some(at) = pointer.filter(|at| zone.contains(*at)) {
            let lines = [
                (words::rows(d.lang).to_owned(), number::whole(step.events)),
                (words::users(d.lang).to_owned(), number::whole(step.users)),
            ];
            d.tooltip(at, &event_name(d, &step.event), &lines);
        }
    }
}

/// The shop's canonical words in the user's language, others as they are.
fn event_name(d: &Drawing<'_>, word: &str) -> String {
    use crate::stage::data::schema::EventWord;
    match EventWord::from_key(word) {
        Some(known) => data::event(d.lang, known).to_owned(),
        None => word.to_owned(),
    }
}
