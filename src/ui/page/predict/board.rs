//! The sentence that matters most, and the models side by side with the yardstick.

use egui::{Align2, CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::{PredictView, Seen};
use crate::stage::predict::compare::{Comparison, Method};
use crate::stage::predict::fit::{ModelResult, Tested};
use crate::stage::predict::score::{Confusion, Metric, Metrics};
use crate::stage::predict::target::Task;
use crate::ui::PageContext;
use crate::ui::text::{number, predict as words, predict_say as say};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, icon};

const ROW: f32 = size::ROW;
const HEAD: f32 = 44.0;

/// How high the board's card is: head, column names, a row a model, the yardstick.
pub fn height(seen: &Seen<'_>) -> f32 {
    let result = &seen.kept.study.result;
    HEAD + ROW * (result.leaderboard.len() + result.refused.len() + 2) as f32 + 8.0
}

/// How high the headline's card is: one line of text or two.
pub fn headline_height(ui: &Ui, cx: &PageContext<'_>, seen: &Seen<'_>, width: f32) -> f32 {
    let Some(m) = seen.kept.study.headline_of(seen.model.kind) else { return 88.0 };
    let text = seen.about().headline(cx.lang, m);
    let galley = ui.painter().layout(text, semibold(text_size::HEAD), egui::Color32::PLACEHOLDER, width - 32.0 - NOTES);
    64.0 + galley.size().y
}

/// Room for the chip of notes and the drawer's button.
const NOTES: f32 = 132.0;

pub fn headline(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>, narrow: bool) {
    ui.spacing_mut().item_spacing.y = 4.0;
    let about = seen.about();
    let study = &seen.kept.study;
    if let Some(job) = cx.job(crate::jobs::Slot::Stage(crate::stage::Stage::Predict)) {
        super::running(ui, cx, job, false);
        return;
    }
    ui.horizontal_top(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            if narrow && ui.add(Button::icon_only(icon::INFO, words::drawer(cx.lang))).clicked() {
                view.drawer_open = !view.drawer_open;
            }
            warnings(ui, cx, seen);
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                let told = study.headline_of(seen.model.kind);
                let text = match told {
                    Some(m) => about.headline(cx.lang, m),
                    None => words::no_headline(cx.lang).to_owned(),
                };
                let kind = told.map(|_| seen.model.kind);
                let tokens = Tokens::of(ui);
                let head = egui::RichText::new(&text).font(semibold(text_size::HEAD)).color(tokens.text);
                let response = ui.add(egui::Label::new(head).wrap());
                if let Some(kind) = kind {
                    response.on_hover_text(format!("{text}\n{}", statistics(cx, seen, kind)));
                }
            });
        });
    });
    if let Some(m) = study.headline_of(seen.model.kind) {
        let (before, after) = (about.score(cx.lang, m.before), about.score(cx.lang, m.after));
        let at = |setting| say::setting(cx.lang, &m.name, setting);
        let text = words::from_to(cx.lang, before, at(&m.from), after, at(&m.to));
        widget::small(ui, format!("{text} {}", words::link_not_cause(cx.lang)));
    }
}

/// The statistics behind the headline.
fn statistics(cx: &PageContext<'_>, seen: &Seen<'_>, kind: crate::stage::predict::model::ModelKind) -> String {
    let study = &seen.kept.study;
    let Some(m) = study.headline_of(kind) else { return String::new() };
    let mut text = say::model(cx.lang, kind).to_owned();
    if let Some(p) = m.p_value {
        text.push_str(&format!(", {}", p_text(cx.lang, p)));
    }
    text
}

pub fn p_text(lang: crate::ui::text::Lang, p: f64) -> String {
    if p < 0.001 { words::p_below(lang, "0.001") } else { words::p_is(lang, number::decimal((p * 1e3).round() / 1e3)) }
}

fn warnings(ui: &mut Ui, cx: &PageContext<'_>, seen: &Seen<'_>) {
    let result = &seen.kept.study.result;
    let mut notes: Vec<String> = result.warnings.iter().map(|w| say::warning(cx.lang, w)).collect();
    let asked = |reason: &crate::stage::predict::Reason| *reason == crate::stage::predict::Reason::NotChosen;
    for aside in result.set_aside.iter().filter(|aside| !asked(&aside.reason)) {
        let name = crate::ui::text::feature::column(cx.lang, &aside.column);
        notes.push(say::not_used(cx.lang, name, say::reason(cx.lang, &aside.reason)));
    }
    if notes.is_empty() {
        return;
    }
    let leaks = result.warnings.iter().any(|w| matches!(w, crate::stage::predict::Warning::Leak { .. }));
    let tone = if leaks { widget::Tone::Bad } else { widget::Tone::Warn };
    let text = words::notes_n(cx.lang, notes.len());
    let response = widget::chip::chip_with(ui, tone, Some(icon::WARNING), &text).interact(Sense::click());
    let tokens = Tokens::of(ui);
    egui::Popup::menu(&response).width(360.0).show(|ui| {
        ui.set_max_width(360.0);
        widget::small_strong(ui, words::data_notes(cx.lang));
        for note in &notes {
            ui.add(
                egui::Label::new(egui::RichText::new(note).font(regular(text_size::SMALL)).color(tokens.text_2)).wrap(),
            );
        }
    });
}

/// Where the columns of the board begin, as shares of its width.
struct Columns {
    note: f32,
    first: f32,
    rest: [f32; 3],
}

const COLUMNS: Columns = Columns { note: 0.255, first: 0.425, rest: [0.775, 0.915, 0.995] };

pub fn board(ui: &mut Ui, cx: &PageContext<'_>, view: &mut PredictView, seen: &Seen<'_>, area: Rect) {
    let tokens = Tokens::of(ui);
    let result = &seen.kept.study.result;
    let edge = Stroke::new(1.0, tokens.line);
    ui.painter().rect(area, size::RADIUS_CARD, tokens.surface, edge, StrokeKind::Inside);
    let tested: usize = result.folds.iter().map(|(_, test)| test).sum();
    let head = Rect::from_min_size(area.min + vec2(16.0, 0.0), vec2(area.width() - 32.0, HEAD));
    let mut top = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("board head")
            .max_rect(head)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    widget::heading(&mut top, words::board(cx.lang));
    widget::small(&mut top, words::tested_on(cx.lang, number::whole(tested as u64)));
    let names = Rect::from_min_size(pos2(area.left() + 1.0, head.bottom()), vec2(area.width() - 2.0, ROW));
    ui.painter().rect_filled(names, 0.0, tokens.sunken);
    column_names(ui, cx, (seen.task(), seen.is_buying()), names);
    let mut y = names.bottom();
    for (place, entry) in result.leaderboard.iter().enumerate() {
        let rect = Rect::from_min_size(pos2(area.left() + 1.0, y), vec2(area.width() - 2.0, ROW));
        if model_row(ui, cx, view, seen, (place, entry), rect) {
            view.model = Some(entry.kind);
        }
        y += ROW;
    }
    for (kind, why) in &result.refused {
        let rect = Rect::from_min_size(pos2(area.left() + 1.0, y), vec2(area.width() - 2.0, ROW));
        refused_row(ui, cx, *kind, why, rect);
        y += ROW;
    }
    let rect = Rect::from_min_size(pos2(area.left() + 1.0, y), vec2(area.width() - 2.0, ROW));
    baseline_row(ui, cx, view, seen, rect);
}

fn column_names(ui: &mut Ui, cx: &PageContext<'_>, (task, buying): (Task, bool), row: Rect) {
    let tokens = Tokens::of(ui);
    let lang = cx.lang;
    let (names, hovers) = match task {
        Task::Classification if !buying => (
            [words::col_auc_any(lang), words::col_right(lang), words::col_found_any(lang), words::col_time(lang)],
            [words::hover_auc_any(lang), words::hover_right(lang), words::hover_found_any(lang), ""],
        ),
        Task::Classification => (
            [words::col_auc(lang), words::col_right(lang), words::col_found(lang), words::col_time(lang)],
            [words::hover_auc(lang), words::hover_right(lang), words::hover_found(lang), ""],
        ),
        Task::Regression => (
            [words::col_r2(lang), words::col_rmse(lang), words::col_mae(lang), words::col_time(lang)],
            [words::hover_r2(lang), words::hover_rmse(lang), words::hover_mae(lang), ""],
        ),
    };
    let font = || regular(text_size::SMALL);
    let at = |share: f32| row.left() + 15.0 + (row.width() - 30.0) * share;
    let middle = row.center().y;
    ui.painter().text(pos2(at(0.0), middle), Align2::LEFT_CENTER, words::model(lang), font(), tokens.text_2);
    let ends = [COLUMNS.first, COLUMNS.rest[0], COLUMNS.rest[1], COLUMNS.rest[2]];
    for (i, (name, hover)) in names.into_iter().zip(hovers).enumerate() {
        let align = if i == 0 { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
        let rect = ui.painter().text(pos2(at(ends[i]), middle), align, name, font(), tokens.text_2);
        if !hover.is_empty() {
            let id = ui.scope_id().with(("board head", i));
            ui.interact(rect, id, Sense::hover()).on_hover_text(hover);
        }
    }
}

/// The figures of a row: share of the bar, its number, two more.
fn figures(view: &PredictView, metrics: &Metrics, tested: Option<&Tested>) -> (f64, String, [String; 2]) {
    let of = |metric| metrics.get(&metric).copied();
    let percent =
        |v: Option<f64>| v.map_or("–".to_owned(), |v| format!("{} %", number::decimal((v * 1e3).round() / 10.0)));
    if let Some(Tested::Classification { sweep, .. }) = tested {
        let c: Confusion = sweep.confusion(view.threshold);
        let ratio = |a: u64, b: u64| (b > 0).then(|| a as f64 / b as f64);
        let auc = of(Metric::Auc).unwrap_or(0.5);
        let bar = ((auc - 0.5) * 2.0).clamp(0.0, 1.0);
        let right = percent(ratio(c.found + c.spared, c.rows()));
        return (bar, format!("{auc:.3}"), [right, percent(ratio(c.found, c.found + c.missed))]);
    }
    let number = |metric| of(metric).map_or("–".to_owned(), number::decimal);
    let r2 = of(Metric::R2);
    (
        r2.unwrap_or(0.0).clamp(0.0, 1.0),
        r2.map_or("–".to_owned(), three_places),
        [number(Metric::Rmse), number(Metric::Mae)],
    )
}

/// Three places, without a minus before nothing.
fn three_places(v: f64) -> String {
    if v.abs() < 5e-4 { "0.000".to_owned() } else { format!("{v:.3}").replace('-', "−") }
}

fn model_row(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &PredictView,
    seen: &Seen<'_>,
    (place, entry): (usize, &ModelResult),
    row: Rect,
) -> bool {
    let tokens = Tokens::of(ui);
    let lang = cx.lang;
    let chosen = entry.kind == seen.model.kind;
    let id = ui.scope_id().with(("board row", entry.kind));
    let response = ui.interact(row, id, Sense::click());
    let name = say::model(lang, entry.kind);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, name));
    let fill = match (chosen, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        _ => tokens.surface,
    };
    ui.painter().rect_filled(row, 0.0, fill);
    ui.painter().hline(row.x_range(), row.top(), Stroke::new(1.0, tokens.line));
    if response.has_focus() {
        ui.painter().rect_stroke(row, 0.0, Stroke::new(2.0, tokens.focus), StrokeKind::Inside);
    }
    let result = &seen.kept.study.result;
    let note = match (result.winner, place) {
        (Some(kind), _) if kind == entry.kind => words::note_winner(lang),
        (None, 0) if result.leaderboard.len() > 1 => words::note_first(lang),
        _ if seen.kept.study.plain() == Some(entry.kind) => words::note_plain(lang),
        _ => "",
    };
    let (bar, first, rest) = figures(view, &entry.metrics, Some(&entry.tested));
    let seconds = crate::ui::text::common::seconds_n(lang, number::decimal((entry.seconds * 10.0).round() / 10.0));
    draw_row(ui, row, (name, note), (Some(bar), &first), [&rest[0], &rest[1], &seconds], chosen);
    let clicked = response.clicked();
    response.on_hover_ui(|ui| {
        ui.set_max_width(340.0);
        widget::small_strong(ui, name);
        widget::small(ui, say::about(lang, entry.kind));
        if let Some(c) = result.comparisons.iter().find(|c| c.other == entry.kind) {
            widget::small(ui, against(cx, c, result.metric));
        }
        for (metric, value) in &entry.metrics {
            widget::caption(ui, format!("{}  {}", say::metric(lang, *metric), number::decimal(*value)));
        }
    });
    clicked
}

/// `Boosted trees is first. Ahead in 9 of 10 parts, by 0.006 AUC on average, p = 0.03, more than luck.`
pub fn against(cx: &PageContext<'_>, c: &Comparison, metric: Metric) -> String {
    format!("{} {}", words::against(cx.lang, say::model(cx.lang, c.leader)), ahead(cx, c, metric))
}

/// `Ahead in 9 of 10 parts, by 0.006 AUC on average, p = 0.03, more than luck.`
pub fn ahead(cx: &PageContext<'_>, c: &Comparison, metric: Metric) -> String {
    let lang = cx.lang;
    let ahead = match c.method {
        Method::CorrectedFolds => words::ahead_folds(lang, c.wins, c.of),
        Method::Rows => words::ahead_rows(lang, number::whole(c.wins as u64), number::whole(c.of as u64)),
    };
    let amount = words::by_average(lang, number::decimal(c.advantage), say::metric(lang, metric));
    let luck = if c.p_value < 0.05 { words::not_luck(lang) } else { words::could_be_luck(lang) };
    let comma = words::comma(lang);
    let stop = words::stop(lang);
    format!("{ahead}{comma}{amount}{comma}{}{comma}{luck}{stop}", p_text(lang, c.p_value))
}

fn draw_row(
    ui: &Ui,
    row: Rect,
    (name, note): (&str, &str),
    (bar, first): (Option<f64>, &str),
    rest: [&str; 3],
    strong: bool,
) {
    let tokens = Tokens::of(ui);
    let at = |share: f32| row.left() + 15.0 + (row.width() - 30.0) * share;
    let middle = row.center().y;
    let font = if strong { semibold(text_size::SMALL) } else { regular(text_size::SMALL) };
    let room = Rect::from_min_max(row.min, pos2(at(COLUMNS.note) - 6.0, row.bottom()));
    let ink = tokens.text;
    ui.painter().with_clip_rect(room).text(pos2(at(0.0), middle), Align2::LEFT_CENTER, name, font.clone(), ink);
    let room = Rect::from_min_max(pos2(at(COLUMNS.note) - 2.0, row.top()), pos2(at(COLUMNS.first) - 6.0, row.bottom()));
    let quiet = regular(text_size::SMALL);
    ui.painter().with_clip_rect(room).text(
        pos2(at(COLUMNS.note), middle),
        Align2::LEFT_CENTER,
        note,
        quiet,
        tokens.text_2,
    );
    if let Some(share) = bar {
        let track = Rect::from_min_size(pos2(at(COLUMNS.first), middle - 4.0), vec2(64.0, 8.0));
        ui.painter().rect_filled(track, CornerRadius::same(3), tokens.idle_soft);
        let full = Rect::from_min_size(track.min, vec2(track.width() * share as f32, track.height()));
        let colour = if strong { tokens.accent } else { tokens.chart[0] };
        ui.painter().rect_filled(full, CornerRadius::same(3), colour);
    }
    ui.painter().text(pos2(at(COLUMNS.first) + 74.0, middle), Align2::LEFT_CENTER, first, font.clone(), ink);
    for (share, text) in COLUMNS.rest.into_iter().zip(rest) {
        ui.painter().text(pos2(at(share), middle), Align2::RIGHT_CENTER, text, font.clone(), tokens.text_2);
    }
}

fn refused_row(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    kind: crate::stage::predict::model::ModelKind,
    why: &crate::stage::predict::PredictError,
    row: Rect,
) {
    use crate::ui::failure::Worded;
    let tokens = Tokens::of(ui);
    ui.painter().hline(row.x_range(), row.top(), Stroke::new(1.0, tokens.line));
    let text = why.text(cx.lang);
    let left = row.left() + 15.0;
    let font = regular(text_size::SMALL);
    let middle = row.center().y;
    ui.painter().text(pos2(left, middle), Align2::LEFT_CENTER, say::model(cx.lang, kind), font.clone(), tokens.text_3);
    let from = left + (row.width() - 30.0) * COLUMNS.note;
    let clip = Rect::from_min_max(pos2(from, row.top()), row.max - vec2(8.0, 0.0));
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    painter.text(pos2(from, middle), Align2::LEFT_CENTER, &text, font, tokens.bad);
    let id = ui.scope_id().with(("refused", kind));
    let response = ui.interact(row, id, Sense::hover());
    let label = text.clone();
    response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
    response.on_hover_text(text);
}

fn baseline_row(ui: &mut Ui, cx: &PageContext<'_>, view: &PredictView, seen: &Seen<'_>, row: Rect) {
    let tokens = Tokens::of(ui);
    ui.painter().hline(row.x_range(), row.top(), Stroke::new(1.0, tokens.line));
    let result = &seen.kept.study.result;
    let lang = cx.lang;
    let name = match (&result.target.classes, &seen.model.tested) {
        (Some(classes), Tested::Classification { sweep, .. }) => {
            let word = &classes[usize::from(sweep.yes > sweep.no)];
            let word = match word.as_str() {
                "yes" => say::yes(lang),
                "no" => say::no(lang),
                other => other,
            };
            words::guess_no(lang, word)
        }
        _ => words::guess_mean(lang).to_owned(),
    };
    let (_, first, mut rest) = figures(view, &result.baseline.metrics, None);
    let mut first = first;
    if let Tested::Classification { sweep, .. } = &seen.model.tested {
        first = result.baseline.metrics.get(&Metric::Auc).map_or("–".to_owned(), |v| format!("{v:.3}"));
        let most = sweep.yes.max(sweep.no) as f64 / (sweep.yes + sweep.no).max(1) as f64;
        let found = if sweep.yes > sweep.no { 100 } else { 0 };
        rest = [format!("{} %", number::decimal((most * 1e3).round() / 10.0)), format!("{found} %")];
    }
    let seconds = crate::ui::text::common::seconds_n(lang, "0");
    let id = ui.scope_id().with("board yardstick");
    ui.interact(row, id, Sense::hover()).on_hover_ui(|ui| {
        ui.set_max_width(340.0);
        widget::small_strong(ui, &name);
        for (metric, value) in &result.baseline.metrics {
            widget::caption(ui, format!("{}  {}", say::metric(lang, *metric), number::decimal(*value)));
        }
    });
    draw_row(ui, row, (&name, words::note_yardstick(lang)), (Some(0.0), &first), [&rest[0], &rest[1], &seconds], false);
}
