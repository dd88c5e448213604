//! Charts as drawn: line, bars, histogram. Others stand beside: [`super::matrix`], [`super::spread`],
//! [`super::scatter`].

use egui::{Align2, Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

use crate::stage::data::explore::{BarsData, ChartData, ChartRecipe, HistogramData, Label, LineData, Measure};
use crate::ui::text::{Lang, explore as words, number};
use crate::ui::theme::{Tokens, regular, text_size};
use crate::ui::widget::plot::{Plot, Scale, ScaleKind, legend, shorten, tooltip};

/// What drawing needs to know besides the data.
#[derive(Clone, Copy)]
pub struct Drawing<'a> {
    pub painter: &'a Painter,
    pub t: &'a Tokens,
    pub lang: Lang,
    pub rect: Rect,
    pub pointer: Option<Pos2>,
    pub recipe: &'a ChartRecipe,
    /// What a column is called.
    pub name: &'a dyn Fn(&str) -> String,
}

/// What was under the pointer, for a click.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Hit {
    #[default]
    Nothing,
    /// A bar, box or colour of this label.
    Bar(Label),
}

pub fn draw(d: &Drawing<'_>, data: &ChartData) -> Hit {
    match data {
        ChartData::Line(data) => line(d, data),
        ChartData::Bars(data) => return bars(d, data),
        ChartData::Histogram(data) => histogram(d, data),
        ChartData::Box(data) => super::spread::boxes(d, data),
        ChartData::Heat(data) => super::matrix::heat(d, data),
        ChartData::Funnel(data) => super::spread::funnel(d, data),
        ChartData::Cohorts(data) => super::matrix::cohorts(d, data),
        ChartData::Correlation(data) => super::matrix::correlation(d, data),
        ChartData::Scatter(data) => super::scatter::still(d, data),
    }
    Hit::Nothing
}

/// What a chart shows, in one line over it.
pub fn title(lang: Lang, recipe: &ChartRecipe, name: &dyn Fn(&str) -> String) -> String {
    let measured = || capital(&measure(lang, recipe, name));
    match recipe {
        ChartRecipe::Scatter(r) => words::title_by(lang, name(&r.y), name(&r.x)),
        ChartRecipe::Line(_) => words::title_over(lang, measured()),
        ChartRecipe::Bars(r) => words::title_by(lang, measured(), name(&r.category)),
        ChartRecipe::Heat(_) => words::title_week(lang, measured()),
        ChartRecipe::Histogram(r) => words::title_sizes(lang, name(&r.column)),
        ChartRecipe::Box(r) => words::title_spread(lang, name(&r.column)),
        _ => words::kind_long(lang, super::ChartKind::of(recipe)).to_owned(),
    }
}

/// With a capital; names of columns stay as they are.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn measure(lang: Lang, recipe: &ChartRecipe, name: &dyn Fn(&str) -> String) -> String {
    let measure = match recipe {
        ChartRecipe::Line(r) => &r.measure,
        ChartRecipe::Bars(r) => &r.measure,
        ChartRecipe::Heat(r) => &r.measure,
        _ => &Measure::Count,
    };
    let of = |word: &str, column: &str| format!("{word} {}", name(column));
    match measure {
        Measure::Count => words::rows(lang).to_owned(),
        Measure::Sum(c) => of(words::sum(lang), c),
        Measure::Mean(c) => of(words::mean(lang), c),
        Measure::Median(c) => of(words::median(lang), c),
        Measure::Distinct(c) => of(words::distinct(lang), c),
    }
}

impl Drawing<'_> {
    pub fn measure(&self) -> String {
        measure(self.lang, self.recipe, self.name)
    }

    pub fn label(&self, label: &Label) -> String {
        words::label(self.lang, label)
    }

    /// The colours of groups: the collective ones are grey.
    pub fn colours(&self, groups: &[Label]) -> Vec<Color32> {
        let colour = |(i, label): (usize, &Label)| match label {
            Label::Others => self.t.line_strong,
            Label::Missing => self.t.axis,
            _ => self.t.series(i),
        };
        groups.iter().enumerate().map(colour).collect()
    }

    /// The legend of the groups above, when there is more than one; the room below it.
    pub fn below_legend(&self, groups: &[Label]) -> Rect {
        if groups.len() < 2 {
            return self.rect;
        }
        let names = groups.iter().map(|group| self.label(group));
        let entries: Vec<_> = self.colours(groups).into_iter().zip(names).collect();
        let high = legend(self.painter, self.t, self.rect.min + vec2(4.0, 0.0), self.rect.width() - 8.0, &entries);
        Rect::from_min_max(self.rect.min + vec2(0.0, high + 2.0), self.rect.max)
    }

    pub fn tooltip(&self, at: Pos2, name: &str, lines: &[(String, String)]) {
        tooltip(self.painter, self.t, self.rect, at, &shorten(name, 48), lines);
    }
}

/// A value of a measure as text.
pub fn shown(v: f64) -> String {
    if v.fract() == 0.0 && v.abs() < 1e15 {
        let sign = if v < 0.0 { "−" } else { "" };
        return format!("{sign}{}", number::whole(v.abs() as u64));
    }
    number::decimal(v)
}

fn optional(v: Option<f64>) -> String {
    v.map_or_else(|| "–".to_owned(), shown)
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((0.0, 0.0), |(low, high), v| (low.min(v), high.max(v)))
}

fn line(d: &Drawing<'_>, data: &LineData) {
    let rect = d.below_legend(&data.groups);
    let (low, high) = ends(data.points.iter().flat_map(|point| point.values.iter().flatten().copied()));
    let (first, last) = match (data.points.first(), data.points.last()) {
        (Some(first), Some(last)) => (first.at as f64, last.at as f64),
        _ => return,
    };
    let plot = Plot::in_rect(rect, Scale::new(ScaleKind::Time, first, last), Scale::around(low, high));
    let time = match d.recipe {
        ChartRecipe::Line(r) => (d.name)(&r.time),
        _ => String::new(),
    };
    plot.frame(d.painter, d.t, d.lang, (&time, &d.measure()));
    for (group, colour) in d.colours(&data.groups).into_iter().enumerate() {
        let values = data.points.iter().map(|point| (point.at as f64, point.values.get(group).copied().flatten()));
        for run in runs(&plot, values) {
            match run.as_slice() {
                [one] => drop(d.painter.circle_filled(*one, 2.5, colour)),
                _ => drop(d.painter.add(Shape::line(run, Stroke::new(1.8, colour)))),
            }
        }
    }
    let Some(pointer) = d.pointer.filter(|at| plot.area.contains(*at)) else { return };
    let under = plot.value(pointer).0;
    let place = data.points.partition_point(|point| (point.at as f64) < under);
    let near = [place.checked_sub(1), Some(place)].into_iter().flatten().filter_map(|i| data.points.get(i));
    let Some(point) = near.min_by(|a, b| (a.at as f64 - under).abs().total_cmp(&(b.at as f64 - under).abs())) else {
        return;
    };
    let x = plot.across(point.at as f64);
    d.painter.vline(x, plot.area.y_range(), Stroke::new(1.0, d.t.line_strong));
    let lines: Vec<_> = data.groups.iter().zip(&point.values).map(|(g, v)| (d.label(g), optional(*v))).collect();
    for (colour, value) in d.colours(&data.groups).into_iter().zip(&point.values) {
        if let Some(value) = value {
            d.painter.circle(pos2(x, plot.up(*value)), 4.0, colour, Stroke::new(1.5, d.t.surface));
        }
    }
    d.tooltip(pos2(x, pointer.y), &moment(d.lang, point.at, data.grain), &lines);
}

/// A step of time in full.
pub fn moment(lang: Lang, at: i64, grain: crate::stage::data::explore::Grain) -> String {
    use crate::stage::data::explore::Grain;
    let at = crate::base::time::Moment(at.div_euclid(1000));
    let form = match grain {
        Grain::Hour => number::TimeForm::Clock,
        Grain::Month => number::TimeForm::Month,
        Grain::Day | Grain::Week => number::TimeForm::Day,
    };
    number::long_time(lang, at, form)
}

/// Values as lines on the screen, broken where there is none; of more points than pixels the least and greatest of
/// each pixel.
fn runs(plot: &Plot, values: impl Iterator<Item = (f64, Option<f64>)>) -> Vec<Vec<Pos2>> {
    let mut runs: Vec<Vec<Pos2>> = Vec::new();
    let mut open = false;
    for (x, value) in values {
        let Some(value) = value else {
            open = false;
            continue;
        };
        let at = plot.at(x, value);
        match runs.last_mut().filter(|_| open) {
            Some(run) => {
                let crowded = run.len() >= 3 && (at.x - run[run.len() - 3].x).abs() < 0.5;
                if crowded {
                    // Three points within half a pixel: the one between the other two in height says nothing.
                    let n = run.len();
                    let mut three = [run[n - 2], run[n - 1], at];
                    three.sort_by(|a, b| a.y.total_cmp(&b.y));
                    let (low, high) = (three[0], three[2]);
                    (run[n - 2], run[n - 1]) = if low.x <= high.x { (low, high) } else { (high, low) };
                } else {
                    run.push(at);
                }
            }
            None => runs.push(vec![at]),
        }
        open = true;
    }
    runs
}

/// Rows with a name at the left and a scale below; the height of one and where the first begins.
pub struct Rows {
    pub plot: Plot,
    pub height: f32,
}

/// Room for names left of rows, from what they are.
pub fn rows_plot(d: &Drawing<'_>, rect: Rect, names: &[String], x: Scale) -> Rows {
    let font = regular(text_size::SMALL);
    let width = |name: &String| d.painter.layout_no_wrap(shorten(name, 26), font.clone(), d.t.text).size().x;
    let left = names.iter().map(width).fold(40.0, f32::max).min(rect.width() * 0.4) + 20.0;
    let area = Rect::from_min_max(
        pos2(rect.left() + left, rect.top() + 6.0),
        pos2(rect.right() - 70.0, (rect.bottom() - 46.0).max(rect.top() + 40.0)),
    );
    let height = (area.height() / names.len().max(1) as f32).min(100.0);
    let area = Rect::from_min_size(area.min, vec2(area.width(), height * names.len() as f32));
    Rows { plot: Plot { area, x, y: Scale::new(ScaleKind::Number, 0.0, 1.0) }, height }
}

impl Rows {
    /// Gridlines, ticks below, the names, and the name of the scale.
    pub fn frame(&self, d: &Drawing<'_>, names: &[String], scale: &str) {
        let area = self.plot.area;
        let fit = (area.width() / 100.0).clamp(2.0, 7.0) as usize;
        for (at, text) in self.plot.x.ticks(d.lang, fit) {
            let x = self.plot.across(at);
            d.painter.vline(x, area.y_range(), Stroke::new(1.0, d.t.grid));
            self.plot.tick_below(d.painter, d.t, x, &text);
        }
        self.plot.name_below(d.painter, d.t, scale);
        for (row, name) in names.iter().enumerate().filter(|_| self.height >= 11.0) {
            let size = if self.height >= 18.0 { text_size::SMALL } else { 11.0 };
            let at = pos2(area.left() - 10.0, self.middle(row));
            d.painter.text(at, Align2::RIGHT_CENTER, shorten(name, 26), regular(size), d.t.text);
        }
        let base = self.plot.across(self.plot.x.from.max(0.0));
        d.painter.vline(base, area.y_range(), Stroke::new(1.0, d.t.axis));
    }

    pub fn middle(&self, row: usize) -> f32 {
        self.plot.area.top() + (row as f32 + 0.5) * self.height
    }

    pub fn under(&self, d: &Drawing<'_>) -> Option<(usize, Pos2)> {
        let whole = Rect::from_min_max(
            pos2(d.rect.left(), self.plot.area.top()),
            pos2(d.rect.right(), self.plot.area.bottom()),
        );
        let at = d.pointer.filter(|at| whole.contains(*at))?;
        Some((((at.y - whole.top()) / self.height) as usize, at))
    }
}

fn bars(d: &Drawing<'_>, data: &BarsData) -> Hit {
    let rect = d.below_legend(&data.groups);
    let names: Vec<String> = data.bars.iter().map(|bar| d.label(&bar.label)).collect();
    let ChartRecipe::Bars(recipe) = d.recipe else { return Hit::Nothing };
    let adds_up = matches!(recipe.measure, Measure::Count | Measure::Sum(_));
    let parts = || data.bars.iter().flat_map(|bar| bar.values.iter().flatten().copied());
    let stacked = data.groups.len() > 1 && adds_up && parts().all(|v| v >= 0.0);
    let totals = data.bars.iter().filter_map(|bar| bar.total);
    let (low, high) = if stacked || data.groups.len() < 2 { ends(totals) } else { ends(parts()) };
    let rows = rows_plot(d, rect, &names, Scale::around(low, high));
    rows.frame(d, &names, &d.measure());
    let colours = d.colours(&data.groups);
    let under = rows.under(d);
    let zero = rows.plot.across(0.0);
    for (row, bar) in data.bars.iter().enumerate() {
        let (middle, thick) = (rows.middle(row), (rows.height * 0.68).min(64.0));
        if under.is_some_and(|(at, _)| at == row) {
            let line = Rect::from_x_y_ranges(d.rect.x_range(), middle - rows.height / 2.0..=middle + rows.height / 2.0);
            d.painter.rect_filled(line, 4.0, d.t.hover);
        }
        let round = CornerRadius { nw: 0, ne: 3, sw: 0, se: 3 };
        if stacked {
            let mut from = 0.0;
            for (value, colour) in bar.values.iter().zip(&colours) {
                let to = from + value.unwrap_or(0.0);
                let part = Rect::from_x_y_ranges(
                    rows.plot.across(from)..=rows.plot.across(to),
                    middle - thick / 2.0..=middle + thick / 2.0,
                );
                d.painter.rect_filled(part, 0.0, *colour);
                from = to;
            }
        } else {
            let each = thick / bar.values.len().max(1) as f32;
            for (i, (value, colour)) in bar.values.iter().zip(&colours).enumerate() {
                let Some(value) = value else { continue };
                let x = rows.plot.across(*value);
                let top = middle - thick / 2.0 + i as f32 * each;
                let part = Rect::from_x_y_ranges(zero.min(x)..=zero.max(x), top..=top + each.max(1.0));
                let grey = matches!(bar.label, Label::Others | Label::Missing) && data.groups.len() < 2;
                d.painter.rect_filled(part, round, if grey { d.t.line_strong } else { *colour });
            }
        }
        let end = bar.total.map_or(zero, |total| rows.plot.across(total).max(zero));
        if rows.height >= 12.0 && (stacked || data.groups.len() < 2) {
            let at = pos2(end + 8.0, middle);
            d.painter.text(at, Align2::LEFT_CENTER, optional(bar.total), regular(text_size::TINY), d.t.text_2);
        }
    }
    let Some((row, at)) = under else { return Hit::Nothing };
    let Some(bar) = data.bars.get(row) else { return Hit::Nothing };
    let mut lines: Vec<_> = if data.groups.len() > 1 {
        data.groups.iter().zip(&bar.values).map(|(g, v)| (d.label(g), optional(*v))).collect()
    } else {
        vec![(d.measure(), optional(bar.total))]
    };
    if !matches!(recipe.measure, Measure::Count) {
        lines.push((words::rows(d.lang).to_owned(), number::whole(bar.rows)));
    }
    d.tooltip(at, &names[row], &lines);
    Hit::Bar(bar.label.clone())
}

fn histogram(d: &Drawing<'_>, data: &HistogramData) {
    let rect = d.below_legend(&data.groups);
    let (Some(first), Some(last)) = (data.edges.first(), data.edges.last()) else { return };
    let bins = data.edges.len() - 1;
    let total = |bin: usize| data.counts.iter().map(|counts| counts[bin]).sum::<u64>();
    let top = (0..bins).map(total).max().unwrap_or(0);
    let plot = Plot::in_rect(rect, Scale::new(ScaleKind::Number, *first, *last), Scale::from_zero(top as f64));
    let column = match d.recipe {
        ChartRecipe::Histogram(r) => (d.name)(&r.column),
        _ => String::new(),
    };
    plot.frame(d.painter, d.t, d.lang, (&column, words::rows(d.lang)));
    let colours = d.colours(&data.groups);
    let under = d.pointer.filter(|at| plot.area.contains(*at));
    let chosen = under.map(|at| data.edges.partition_point(|edge| *edge <= plot.value(at).0).saturating_sub(1));
    for bin in 0..bins {
        let (left, right) = (plot.across(data.edges[bin]), plot.across(data.edges[bin + 1]));
        let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
        let mut from = 0;
        for (counts, colour) in data.counts.iter().zip(&colours) {
            let to = from + counts[bin];
            let part = Rect::from_x_y_ranges(left + gap..=right, plot.up(to as f64)..=plot.up(from as f64));
            let colour = if chosen == Some(bin) { *colour } else { d.t.tint(*colour, 0.85) };
            d.painter.rect_filled(part, 0.0, colour);
            from = to;
        }
    }
    let beyond = data.below + data.above;
    if beyond > 0 {
        let note = words::outside_n(d.lang, number::whole(beyond));
        let at = pos2(plot.area.right(), plot.area.top() - 8.0);
        d.painter.text(at, Align2::RIGHT_BOTTOM, note, regular(text_size::TINY), d.t.text_3);
    }
    let (Some(bin), Some(at)) = (chosen.filter(|bin| *bin < bins), under) else { return };
    let mut lines: Vec<_> = vec![(words::rows(d.lang).to_owned(), number::whole(total(bin)))];
    if data.groups.len() > 1 {
        lines = data.groups.iter().zip(&data.counts).map(|(g, n)| (d.label(g), number::whole(n[bin]))).collect();
    }
    d.tooltip(at, &format!("{} – {}", shown(data.edges[bin]), shown(data.edges[bin + 1])), &lines);
}
