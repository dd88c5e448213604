//! The Profile tab: every column with its figures and a small picture, then the table as a whole.

use egui::{Align2, CornerRadius, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::problems::profile_of;
use super::type_name;
use crate::project::{Table, TableId};
use crate::stage::data::profile::{ColumnProfile, NumberProfile, Profile, QUANTILES};
use crate::stage::data::{Role, cell::Value};
use crate::ui::PageContext;
use crate::ui::text::{Lang, data, number, profile as words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::plot::shorten;
use crate::ui::widget::{self, Button};

#[derive(Default)]
pub struct ProfileView {
    /// The column that is unfolded.
    open: Option<String>,
}

pub fn profile_tab(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ProfileView, id: TableId, table: &Table) {
    let (made, fresh) = profile_of(cx, id, table);
    match made {
        None => waiting(ui, cx),
        Some(Err(failure)) => drop(widget::body(ui, failure.text(cx.lang))),
        Some(Ok(profile)) => {
            if !fresh {
                ui.multiply_opacity(0.6);
            }
            egui::ScrollArea::vertical().id_salt("profile").auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.set_width(ui.available_width() - 10.0);
                for column in &profile.columns {
                    one(ui, cx, view, column);
                }
                ui.add_space(size::S4);
                whole(ui, cx, profile);
            });
        }
    }
}

fn waiting(ui: &mut Ui, cx: &PageContext<'_>) {
    let slot = crate::jobs::Slot::Profile;
    ui.add_space(ui.available_height() * 0.4);
    ui.vertical_centered(|ui| {
        ui.add(egui::Spinner::new().size(24.0));
        widget::small(ui, words::profiling(cx.lang));
        if let Some(share) = cx.job(slot).and_then(|job| job.progress.fraction()) {
            widget::caption(ui, words::percent(cx.lang, f64::from(share)));
        }
        if ui.add(Button::quiet(crate::ui::text::common::stop(cx.lang))).clicked() {
            cx.send(crate::ui::Command::Stop(slot));
        }
    });
}

const ROW: f32 = 60.0;

fn one(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ProfileView, column: &ColumnProfile) {
    let t = Tokens::of(ui);
    let open = view.open.as_deref() == Some(&column.name);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let label = column.name.clone();
    response.widget_info(move || egui::WidgetInfo::selected(egui::Role::Button, true, open, &label));
    if ui.is_rect_visible(rect) {
        if response.hovered() || open {
            ui.painter().rect_filled(rect, 6.0, if open { t.selected } else { t.hover });
        }
        if response.has_focus() {
            ui.painter().rect_stroke(rect, 6.0, Stroke::new(2.0, t.focus), egui::StrokeKind::Inside);
        }
        row(ui, cx.lang, t, rect, column);
    }
    if response.clicked() {
        view.open = if open { None } else { Some(column.name.clone()) };
    }
    if open {
        details(ui, cx, column);
    }
    widget::hairline(ui);
}

fn row(ui: &Ui, lang: Lang, t: &Tokens, rect: Rect, column: &ColumnProfile) {
    let names = (rect.width() * 0.28).clamp(120.0, 240.0);
    let clip = ui.painter().with_clip_rect(rect.with_max_x(rect.left() + names).intersect(ui.clip_rect()));
    let left = rect.left() + 8.0;
    let ink = semibold(text_size::SMALL);
    clip.text(pos2(left, rect.top() + 20.0), Align2::LEFT_CENTER, &column.name, ink, t.text);
    let kind = column.column_type.map_or("–", |kind| type_name(lang, kind));
    let facts = match column.role {
        Role::Other => kind.to_owned(),
        role => format!("{kind} · {}", data::role(lang, role)),
    };
    clip.text(pos2(left, rect.top() + 40.0), Align2::LEFT_CENTER, facts, regular(text_size::TINY), t.text_3);

    let figures = (rect.width() * 0.17).clamp(84.0, 150.0);
    let picture = Rect::from_min_max(
        pos2(rect.left() + names + 12.0, rect.top() + 8.0),
        pos2(rect.right() - 2.0 * figures - 8.0, rect.bottom() - 8.0),
    );
    if picture.width() > 60.0 {
        small_picture(ui, t, picture, column);
    }
    let share = if column.rows > 0 { column.missing as f64 / column.rows as f64 } else { 0.0 };
    let middle = |column: f32| rect.right() - figures * column + 8.0;
    let tint = if share >= 0.2 { t.warn } else { t.text };
    let lines = [
        (middle(2.0), words::percent(lang, share), words::missing(lang).to_owned(), tint),
        (middle(1.0), distinct(lang, column), words::distinct(lang).to_owned(), t.text),
    ];
    for (x, value, name, colour) in lines {
        ui.painter().text(pos2(x, rect.top() + 20.0), Align2::LEFT_CENTER, value, regular(text_size::SMALL), colour);
        ui.painter().text(pos2(x, rect.top() + 40.0), Align2::LEFT_CENTER, name, regular(text_size::TINY), t.text_3);
    }
}

fn distinct(lang: Lang, column: &ColumnProfile) -> String {
    let n = number::whole(column.distinct.count);
    if column.distinct.exact { n } else { words::about_n(lang, n) }
}

/// A histogram, the days, or the most frequent values as one bar.
fn small_picture(ui: &Ui, t: &Tokens, rect: Rect, column: &ColumnProfile) {
    if let Some(numbers) = &column.numbers {
        return histogram(ui, t, rect, 28.0, numbers);
    }
    let coverage = column.times.as_ref().and_then(|times| times.coverage.as_ref());
    if let Some(coverage) = coverage.filter(|coverage| coverage.rows_by_day.len() > 1) {
        return days(ui, t, rect, &coverage.rows_by_day);
    }
    let total = (column.rows - column.missing).max(1) as f32;
    let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 22.0));
    let seen: u64 = column.top.iter().take(6).map(|value| value.count).sum();
    if (seen as f32) < total * 0.15 {
        // A bar of slivers says nothing: where nearly all values differ, some of them do.
        let some = column.examples.iter().take(4).map(|value| shorten(&value.to_string(), 30));
        let mut job = egui::text::LayoutJob::simple_singleline(
            some.collect::<Vec<_>>().join(", "),
            regular(text_size::TINY),
            t.text_3,
        );
        job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
        let galley = ui.painter().layout_job(job);
        let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, t.text_3);
        return;
    }
    let mut x = bar.left();
    for (i, value) in column.top.iter().take(6).enumerate() {
        let width = bar.width() * value.count as f32 / total;
        if width < 3.0 {
            break;
        }
        let part = Rect::from_min_size(pos2(x, bar.top()), vec2(width - 1.5, bar.height()));
        ui.painter().rect_filled(part, 3.0, t.tint(t.series(0), 0.62 - 0.09 * i as f32));
        let name = shorten(&value.value.to_string(), 24);
        let galley = ui.painter().layout_no_wrap(name, regular(11.0), t.text);
        if galley.size().x < width - 10.0 {
            ui.painter().galley(pos2(x + 5.0, bar.center().y - galley.size().y / 2.0), galley, t.text);
        }
        x += width;
    }
    if x < bar.right() - 1.0 {
        let rest = Rect::from_min_max(pos2(x, bar.top()), bar.max);
        ui.painter().rect_filled(rest, 3.0, t.idle_soft);
    }
}

/// The histogram with where it begins and ends, and how many lie beyond.
fn large_histogram(ui: &Ui, lang: Lang, rect: Rect, numbers: &NumberProfile) {
    const WIDEST: f32 = 64.0;
    let t = Tokens::of(ui);
    let shape = &numbers.histogram;
    let (Some(first), Some(last)) = (shape.bins.first(), shape.bins.last()) else { return };
    let bars = rect.with_max_y(rect.bottom() - 18.0);
    histogram(ui, t, bars, WIDEST, numbers);
    let right = rect.left() + (rect.width() / shape.bins.len() as f32).min(WIDEST) * shape.bins.len() as f32;
    let font = regular(text_size::TINY);
    let beyond = shape.below + shape.above;
    let most = |text: String| match beyond {
        0 => text,
        n => format!("{text}  ({})", crate::ui::text::explore::outside_n(lang, number::whole(n))),
    };
    let (from, to) = (number::decimal(first.from), most(number::decimal(last.to)));
    ui.painter().text(pos2(rect.left(), rect.bottom()), Align2::LEFT_BOTTOM, from, font.clone(), t.text_3);
    let end = ui.painter().layout_no_wrap(to, font, t.text_3);
    let at = pos2((right - end.size().x).max(rect.left() + 60.0), rect.bottom() - end.size().y);
    ui.painter().galley(at, end, t.text_3);
}

fn histogram(ui: &Ui, t: &Tokens, rect: Rect, widest: f32, numbers: &NumberProfile) {
    let bins = &numbers.histogram.bins;
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1) as f32;
    let width = (rect.width() / bins.len().max(1) as f32).min(widest);
    for (i, bin) in bins.iter().enumerate() {
        let height = (rect.height() * bin.count as f32 / most).max(if bin.count > 0 { 1.0 } else { 0.0 });
        let left = rect.left() + i as f32 * width;
        let bar =
            Rect::from_min_max(pos2(left, rect.bottom() - height), pos2(left + (width - 1.0).max(1.0), rect.bottom()));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, t.tint(t.series(0), 0.75));
    }
    ui.painter().hline(rect.left()..=rect.left() + width * bins.len() as f32, rect.bottom(), Stroke::new(1.0, t.axis));
}

fn days(ui: &Ui, t: &Tokens, rect: Rect, rows: &[(i32, u64)]) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1) as f32;
    let span = (last.0 - first.0 + 1).max(1) as f32;
    let width = (rect.width() / span).max(1.0);
    for (day, n) in rows {
        let x = rect.left() + (day - first.0) as f32 / span * rect.width();
        let height = rect.height() * *n as f32 / most;
        let bar = Rect::from_min_max(pos2(x, rect.bottom() - height), pos2(x + width, rect.bottom()));
        ui.painter().rect_filled(bar, 0.0, t.tint(t.series(2), 0.75));
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, t.axis));
}

fn details(ui: &mut Ui, cx: &PageContext<'_>, column: &ColumnProfile) {
    let lang = cx.lang;
    egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 10)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let mut figures: Vec<(String, String)> = Vec::new();
        if let Some(n) = &column.numbers {
            let dash = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), number::decimal);
            let add = |name: &str, value: String| (name.to_owned(), value);
            figures.extend([
                add(words::mean(lang), dash(n.moments.mean)),
                add(words::median(lang), number::decimal(n.quantiles[3])),
                add(words::deviation(lang), dash(n.moments.standard_deviation)),
                add(words::skew(lang), dash(n.moments.skewness)),
                add(words::least(lang), number::decimal(n.min)),
                add(words::greatest(lang), number::decimal(n.max)),
                add(words::zeros(lang), number::whole(n.zeros)),
                add(words::negative(lang), number::whole(n.negative)),
                add(words::outliers(lang), number::whole(n.outliers.below + n.outliers.above)),
            ]);
        }
        if let Some(texts) = &column.texts {
            figures.extend([
                (words::shortest(lang).to_owned(), words::characters(lang, texts.shortest)),
                (words::mean(lang).to_owned(), words::characters(lang, number::decimal(texts.mean_length))),
                (words::longest(lang).to_owned(), words::characters(lang, texts.longest)),
            ]);
        }
        if let Some(times) = &column.times {
            figures.push((words::first(lang).to_owned(), times.first.to_string()));
            figures.push((words::last(lang).to_owned(), times.last.to_string()));
            if let Some(coverage) = &times.coverage {
                figures.push((words::days_with(lang).to_owned(), number::whole(coverage.days_with_rows)));
                figures.push((words::days_without(lang).to_owned(), number::whole(coverage.days_without_rows)));
            }
        }
        figure_grid(ui, &figures);
        if let Some(n) = &column.numbers {
            let quantiles = QUANTILES.iter().zip(&n.quantiles);
            let text = quantiles.map(|(q, v)| format!("{} %: {}", number::decimal(q * 100.0), number::decimal(*v)));
            labelled(ui, words::quantiles(lang), &text.collect::<Vec<_>>().join("   "));
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 138.0), Sense::hover());
            large_histogram(ui, lang, rect, n);
        } else {
            top_values(ui, lang, column);
        }
        let examples: Vec<_> = column.examples.iter().map(words::short).collect();
        if !examples.is_empty() {
            labelled(ui, words::examples(lang), &examples.join(lang.pick(", ", "、")));
        }
        if !column.distinct.exact || !column.top_exact || column.numbers.as_ref().is_some_and(|n| !n.exact) {
            widget::caption(ui, words::approximate(lang));
        }
    });
}

/// Names over values, as many side by side as fit.
fn figure_grid(ui: &mut Ui, figures: &[(String, String)]) {
    let t = Tokens::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(size::S5, 6.0);
        for (name, value) in figures {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.label(egui::RichText::new(value).font(semibold(text_size::SMALL)).color(t.text));
                ui.label(egui::RichText::new(name).font(regular(text_size::TINY)).color(t.text_3));
            });
        }
    });
}

fn labelled(ui: &mut Ui, name: &str, text: &str) {
    widget::caption(ui, name);
    let t = Tokens::of(ui);
    ui.add(egui::Label::new(egui::RichText::new(text).font(regular(text_size::TINY)).color(t.text_2)).wrap());
}

fn top_values(ui: &mut Ui, lang: Lang, column: &ColumnProfile) {
    let t = Tokens::of(ui);
    if column.top.is_empty() {
        return;
    }
    widget::caption(ui, words::top(lang));
    let most = column.top.first().map_or(1, |value| value.count).max(1) as f32;
    for value in column.top.iter().take(10) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
        let room = (rect.width() - 190.0 - 80.0).max(40.0);
        let name = shorten(&value.value.to_string(), 26);
        let font = regular(text_size::TINY);
        ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, name, font.clone(), t.text);
        let width = room * value.count as f32 / most;
        let bar = Rect::from_min_size(pos2(rect.left() + 190.0, rect.center().y - 6.0), vec2(width.max(1.0), 12.0));
        ui.painter().rect_filled(bar, 3.0, t.tint(t.series(0), 0.7));
        let at = pos2(bar.right() + 8.0, rect.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, number::whole(value.count), font, t.text_2);
    }
}

fn whole(ui: &mut Ui, cx: &PageContext<'_>, profile: &Profile) {
    let lang = cx.lang;
    ui.spacing_mut().item_spacing.y = 6.0;
    widget::heading(ui, words::about(lang));
    let n = number::whole(profile.duplicates.rows);
    let duplicates = if profile.duplicates.exact { n } else { words::about_n(lang, n) };
    figure_grid(ui, &[(words::duplicates(lang).to_owned(), duplicates)]);
    widget::small_strong(ui, words::related(lang));
    let pairs = strongest(profile);
    if pairs.is_empty() {
        widget::small(ui, words::related_none(lang));
    }
    if !pairs.is_empty() {
        egui::Grid::new("related").num_columns(3).min_row_height(22.0).spacing(vec2(24.0, 2.0)).show(ui, |ui| {
            widget::caption(ui, words::columns(lang));
            widget::caption(ui, words::pearson(lang)).on_hover_text(words::pearson_says(lang));
            widget::caption(ui, words::spearman(lang)).on_hover_text(words::spearman_says(lang));
            ui.end_row();
            for (a, b, pearson, spearman) in pairs {
                widget::small(ui, format!("{} · {}", shorten(a, 30), shorten(b, 30)));
                widget::small_strong(ui, correlation(pearson));
                widget::small_strong(ui, correlation(spearman));
                ui.end_row();
            }
        });
    }
    for column in &profile.columns {
        let coverage = column.times.as_ref().and_then(|times| times.coverage.as_ref());
        let Some(coverage) = coverage.filter(|coverage| !coverage.gaps.is_empty()) else { continue };
        widget::small_strong(ui, &column.name);
        for gap in coverage.gaps.iter().take(5) {
            let day = |day: i32| Value::Date(day).to_string();
            widget::small(ui, words::gap(lang, day(gap.from), day(gap.to)));
        }
    }
    ui.add_space(size::S4);
}

fn correlation(r: Option<f64>) -> String {
    let Some(r) = r else { return "–".to_owned() };
    match format!("{r:.2}").as_str() {
        "-0.00" => "0.00".to_owned(),
        text => text.replace('-', "−"),
    }
}

type Pair<'a> = (&'a str, &'a str, Option<f64>, Option<f64>);

/// Pairs of columns with a correlation of 0.3 or more either way, the strongest first, at most eight.
fn strongest(profile: &Profile) -> Vec<Pair<'_>> {
    let c = &profile.correlations;
    let at = |matrix: &[Vec<Option<f64>>], a: usize, b: usize| matrix.get(a).and_then(|r| r.get(b)).copied().flatten();
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for a in 0..c.columns.len() {
        for b in a + 1..c.columns.len() {
            pairs.push((&c.columns[a], &c.columns[b], at(&c.pearson, a, b), at(&c.spearman, a, b)));
        }
    }
    let size = |pair: &Pair<'_>| pair.2.unwrap_or(0.0).abs().max(pair.3.unwrap_or(0.0).abs());
    pairs.retain(|pair| size(pair) >= 0.3);
    pairs.sort_by(|a, b| size(b).total_cmp(&size(a)));
    pairs.truncate(8);
    pairs
}
