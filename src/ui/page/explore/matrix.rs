//! Charts of cells as drawn: heat map, cohorts, correlations.

use egui::{Align2, Color32, Rect, pos2, vec2};

use super::picture::{Drawing, moment, shown};
use crate::base::time::Moment;
use crate::stage::data::explore::{CohortData, HeatData};
use crate::stage::data::profile::Correlations;
use crate::ui::text::{common, explore as words, number};
use crate::ui::theme::{regular, text_size};
use crate::ui::widget::plot::shorten;

/// Cells with names at the left and above.
struct Matrix {
    area: Rect,
    rows: usize,
    columns: usize,
}

impl Matrix {
    fn cell(&self, row: usize, column: usize) -> Rect {
        let size = vec2(self.area.width() / self.columns.max(1) as f32, self.area.height() / self.rows.max(1) as f32);
        let at = self.area.min + vec2(column as f32 * size.x, row as f32 * size.y);
        Rect::from_min_size(at, size)
    }

    fn under(&self, d: &Drawing<'_>) -> Option<(usize, usize)> {
        let at = d.pointer.filter(|at| self.area.contains(*at))?;
        let place =
            |v: f32, length: f32, count: usize| ((v / length * count as f32) as usize).min(count.saturating_sub(1));
        let row = place(at.y - self.area.top(), self.area.height(), self.rows);
        Some((row, place(at.x - self.area.left(), self.area.width(), self.columns)))
    }

    fn fill(&self, d: &Drawing<'_>, row: usize, column: usize, colour: Color32, text: Option<&str>, dark: bool) {
        let cell = self.cell(row, column).shrink(1.0);
        d.painter.rect_filled(cell, 3.0, colour);
        let Some(text) = text.filter(|_| cell.height() >= 13.0) else { return };
        let ink = if dark { d.t.surface } else { d.t.text };
        let galley = d.painter.layout_no_wrap(text.to_owned(), regular(11.0), ink);
        if galley.size().x <= cell.width() - 2.0 {
            d.painter.galley(cell.center() - galley.size() / 2.0, galley, ink);
        }
    }

    fn row_name(&self, d: &Drawing<'_>, row: usize, name: &str) {
        let cell = self.cell(row, 0);
        if cell.height() >= 12.0 {
            let at = pos2(self.area.left() - 10.0, cell.center().y);
            d.painter.text(at, Align2::RIGHT_CENTER, name, regular(text_size::TINY), d.t.text_2);
        }
    }

    fn column_name(&self, d: &Drawing<'_>, column: usize, name: &str) {
        let cell = self.cell(0, column);
        let at = pos2(cell.center().x, self.area.top() - 6.0);
        d.painter.text(at, Align2::CENTER_BOTTOM, name, regular(text_size::TINY), d.t.text_2);
    }
}

/// From the ground to the first colour of charts.
fn shade(d: &Drawing<'_>, share: f64) -> Color32 {
    d.t.sunken.lerp_to_gamma(d.t.series(0), (0.06 + 0.94 * share.clamp(0.0, 1.0)) as f32)
}

pub fn heat(d: &Drawing<'_>, data: &HeatData) {
    let area = Rect::from_min_max(d.rect.min + vec2(60.0, 28.0), d.rect.max - vec2(12.0, 56.0));
    let area = Rect::from_min_size(area.min, vec2(area.width(), area.height().min(area.width() / 24.0 * 7.0 * 2.2)));
    let matrix = Matrix { area, rows: 7, columns: 24 };
    let most = data.values.iter().flatten().flatten().copied().fold(0.0, f64::max);
    for (row, day) in data.values.iter().enumerate() {
        matrix.row_name(d, row, words::weekday(d.lang, row));
        for (hour, value) in day.iter().enumerate() {
            let share = value.map_or(0.0, |v| if most > 0.0 { v / most } else { 0.0 });
            let text = value.map(|v| number::compact(d.lang, v));
            let colour = if value.is_some() { shade(d, share) } else { d.t.sunken };
            matrix.fill(d, row, hour, colour, text.as_deref().filter(|_| area.width() > 760.0), share > 0.55);
        }
    }
    for hour in 0..24 {
        matrix.column_name(d, hour, &hour.to_string());
    }
    let below = pos2(area.center().x, area.bottom() + 8.0);
    let name = words::hour_of_day(d.lang);
    d.painter.text(below, Align2::CENTER_TOP, name, regular(text_size::TINY), d.t.text_2);
    scale(d, pos2(area.left(), area.bottom() + 30.0), &d.measure(), most);
    let (Some((row, hour)), Some(at)) = (matrix.under(d), d.pointer) else { return };
    let value = data.values[row][hour].map_or_else(|| "–".to_owned(), shown);
    let lines = [(d.measure(), value), (words::rows(d.lang).to_owned(), number::whole(data.rows[row][hour]))];
    d.tooltip(at, &format!("{} {hour}:00", words::weekday(d.lang, row)), &lines);
}

/// What the shades mean.
fn scale(d: &Drawing<'_>, at: egui::Pos2, name: &str, most: f64) {
    let font = regular(text_size::TINY);
    let text = d.painter.text(at + vec2(0.0, 6.0), Align2::LEFT_CENTER, name, font.clone(), d.t.text_2);
    let zero =
        d.painter.text(pos2(text.right() + 12.0, at.y + 6.0), Align2::LEFT_CENTER, "0", font.clone(), d.t.text_3);
    for i in 0..8 {
        let part = Rect::from_min_size(pos2(zero.right() + 6.0 + i as f32 * 16.0, at.y), vec2(16.0, 12.0));
        d.painter.rect_filled(part, 0.0, shade(d, f64::from(i) / 7.0));
    }
    let end = pos2(zero.right() + 6.0 + 8.0 * 16.0 + 6.0, at.y + 6.0);
    d.painter.text(end, Align2::LEFT_CENTER, shown(most), font, d.t.text_3);
}

pub fn cohorts(d: &Drawing<'_>, data: &CohortData) {
    let wide = data.cohorts.iter().map(|cohort| cohort.active.len()).max().unwrap_or(0);
    let area = Rect::from_min_max(d.rect.min + vec2(150.0, 30.0), d.rect.max - vec2(12.0, 12.0));
    let height = (area.height() / data.cohorts.len().max(1) as f32).min(62.0);
    let width = (area.width() / wide.max(1) as f32).min(120.0);
    let size = vec2(width * wide as f32, height * data.cohorts.len() as f32);
    let matrix = Matrix { area: Rect::from_min_size(area.min, size), rows: data.cohorts.len(), columns: wide };
    for (row, cohort) in data.cohorts.iter().enumerate() {
        let month = match data.grain {
            crate::stage::data::explore::Grain::Month => {
                number::axis_time(d.lang, Moment(cohort.at.div_euclid(1000)), number::TimeForm::Month)
            }
            grain => moment(d.lang, cohort.at, grain),
        };
        matrix.row_name(d, row, &format!("{month} · {}", number::whole(cohort.size)));
        for (later, active) in cohort.active.iter().enumerate() {
            let share = if cohort.size > 0 { *active as f64 / cohort.size as f64 } else { 0.0 };
            let text = (cohort.size > 0).then(|| common::percent(d.lang, format!("{:.0}", share * 100.0)));
            matrix.fill(d, row, later, shade(d, share), text.as_deref(), share > 0.55);
        }
    }
    let every = (30.0 / width.max(1.0)).ceil().max(1.0) as usize;
    for later in (0..wide).step_by(every) {
        matrix.column_name(d, later, &later.to_string());
    }
    let head = pos2(matrix.area.left() - 10.0, matrix.area.top() - 6.0);
    let name = format!("{} · {}", words::cohort(d.lang), words::users(d.lang));
    d.painter.text(head, Align2::RIGHT_BOTTOM, name, regular(text_size::TINY), d.t.text_3);
    let (Some((row, later)), Some(at)) = (matrix.under(d), d.pointer) else { return };
    let Some(cohort) = data.cohorts.get(row) else { return };
    let Some(active) = cohort.active.get(later) else { return };
    let lines =
        [(words::users(d.lang).to_owned(), format!("{} / {}", number::whole(*active), number::whole(cohort.size)))];
    let head = format!("{} · {}", moment(d.lang, cohort.at, data.grain), words::later(d.lang, later));
    d.tooltip(at, &head, &lines);
}

/// Below the diagonal straight-line correlations, above it those of ranks.
pub fn correlation(d: &Drawing<'_>, data: &Correlations) {
    let count = data.columns.len();
    let names: Vec<String> = data.columns.iter().map(|column| (d.name)(column)).collect();
    let area = Rect::from_min_max(d.rect.min + vec2(150.0, 30.0), d.rect.max - vec2(12.0, 34.0));
    let size = vec2((area.width() / count.max(1) as f32).min(130.0), (area.height() / count.max(1) as f32).min(72.0));
    let area = Rect::from_min_size(area.min, size * count as f32);
    let matrix = Matrix { area, rows: count, columns: count };
    let at = |matrix: &[Vec<Option<f64>>], a: usize, b: usize| matrix.get(a).and_then(|r| r.get(b)).copied().flatten();
    for row in 0..count {
        matrix.row_name(d, row, &shorten(&names[row], 20));
        let fits = (size.x / 6.6).max(1.0) as usize;
        matrix.column_name(d, row, &shorten(&names[row], fits));
        for column in 0..count {
            let value = if column < row { at(&data.pearson, row, column) } else { at(&data.spearman, row, column) };
            if row == column {
                matrix.fill(d, row, column, d.t.idle_soft, None, false);
                continue;
            }
            let strength = value.unwrap_or(0.0).abs() as f32;
            let colour = if value.unwrap_or(0.0) < 0.0 { d.t.series(5) } else { d.t.series(0) };
            let text = value.map_or_else(|| "–".to_owned(), |v| format!("{v:.2}").replace('-', "−"));
            matrix.fill(d, row, column, d.t.sunken.lerp_to_gamma(colour, strength), Some(&text), strength > 0.6);
        }
    }
    let note = format!("↙ {}    ↗ {}", words::pearson(d.lang), words::spearman(d.lang));
    let below = pos2(area.left(), area.bottom() + 12.0);
    d.painter.text(below, Align2::LEFT_TOP, note, regular(text_size::TINY), d.t.text_3);
    let (Some((row, column)), Some(pointer)) = (matrix.under(d), d.pointer) else { return };
    let text = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}").replace('-', "−"));
    let lines = [
        (words::pearson(d.lang).to_owned(), text(at(&data.pearson, row, column))),
        (words::spearman(d.lang).to_owned(), text(at(&data.spearman, row, column))),
    ];
    d.tooltip(pointer, &format!("{} · {}", names[row], names[column]), &lines);
}
