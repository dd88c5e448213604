//! The leaderboard: one row a recommender with every measure and its interval, and which differences are real.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::who;
use crate::stage::recommend::bootstrap::Interval;
use crate::stage::recommend::evaluate::{AtK, Difference, Evaluation, Worth};
use crate::ui::PageContext;
use crate::ui::text::{Lang, number, recommend as words};
use crate::ui::theme::{Tokens, regular, semibold, text_size};
use crate::ui::widget::{self, field, icon};

const NAME: f32 = 126.0;
const TRACK: f32 = 126.0;
const MEASURE: f32 = 80.0;
const SPREAD: f32 = 58.0;
const ROW: f32 = 46.0;

/// A column: its head, what it means, how wide it is.
struct Column {
    name: String,
    meaning: &'static str,
    width: f32,
    cell: fn(&Worth, &AtK) -> Cell,
}

/// A value and what stands small beneath it.
struct Cell {
    text: String,
    under: String,
}

fn measured(value: Interval) -> Cell {
    Cell { text: format!("{:.3}", value.mean), under: format!("{:.3}–{:.3}", value.low, value.high) }
}

fn plain(value: f64) -> Cell {
    Cell { text: number::decimal(value), under: String::new() }
}

fn columns(lang: Lang, k: usize) -> Vec<Column> {
    let measure = |name: &str, meaning: &'static str, cell: fn(&Worth, &AtK) -> Cell| Column {
        name: format!("{name}@{k}"),
        meaning,
        width: MEASURE,
        cell,
    };
    let spread = |name: &str, meaning: &'static str, cell: fn(&Worth, &AtK) -> Cell| Column {
        name: name.to_owned(),
        meaning,
        width: SPREAD,
        cell,
    };
    vec![
        measure("NDCG", words::about_ndcg(lang), |_, at| measured(at.ndcg)),
        measure("Recall", words::about_recall(lang), |_, at| measured(at.recall)),
        measure("Precision", words::about_precision(lang), |_, at| measured(at.precision)),
        measure("MAP", words::about_map(lang), |_, at| measured(at.map)),
        measure("MRR", words::about_mrr(lang), |_, at| measured(at.mrr)),
        spread(words::col_coverage(lang), words::about_coverage(lang), |_, at| plain(at.spread.coverage)),
        spread(words::col_gini(lang), words::about_gini(lang), |_, at| plain(at.spread.gini)),
        spread(words::col_novelty(lang), words::about_novelty(lang), |_, at| plain(at.spread.novelty)),
        spread(words::col_diversity(lang), words::about_diversity(lang), |_, at| plain(at.spread.diversity)),
        spread(words::col_seconds(lang), words::about_seconds(lang), |worth, _| Cell {
            text: format!("{:.2}", worth.fit_seconds),
            under: format!("+ {:.2}", worth.rank_seconds),
        }),
    ]
}

/// One row a recommender, the best first: the bar is what a marketer reads, the rest is for whoever knows the terms.
pub fn table(ui: &mut Ui, cx: &PageContext<'_>, found: &Evaluation, at: usize) {
    let hit = |worth: &Worth| worth.at.get(at).map_or(0.0, |at| at.hit.mean);
    let mut rows: Vec<&Worth> = found.algos.iter().filter(|worth| worth.failed.is_none()).collect();
    rows.sort_by(|a, b| hit(b).total_cmp(&hit(a)));
    let most = rows.iter().filter_map(|worth| worth.at.get(at)).map(|at| at.hit.high).fold(0.01, f64::max);
    let k = rows.iter().find_map(|worth| worth.at.get(at)).map_or(10, |at| at.k);
    let columns = columns(cx.lang, k);
    let needed = NAME + TRACK + columns.iter().map(|column| column.width).sum::<f32>();
    egui::ScrollArea::horizontal().id_salt("leaderboard").auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = ui.available_width().max(needed);
        let slack = (width - needed) / columns.len() as f32;
        head(ui, cx, &columns, width, slack);
        for worth in rows {
            widget::hairline(ui);
            if let Some(measures) = worth.at.get(at) {
                row(ui, cx, (worth, measures), &columns, (width, slack, most));
            }
        }
    });
    for worth in found.algos.iter().filter(|worth| worth.failed.is_some()) {
        let why = worth.failed.clone().unwrap_or_default();
        field::field_error(ui, &words::worth_failed(cx.lang, words::algorithm(cx.lang, worth.algo), why));
    }
}

fn head(ui: &mut Ui, cx: &PageContext<'_>, columns: &[Column], width: f32, slack: f32) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 30.0), Sense::hover());
    let y = rect.center().y;
    let small = regular(text_size::TINY);
    let left = Align2::LEFT_CENTER;
    ui.painter().text(pos2(rect.left(), y), left, words::col_way(cx.lang), small.clone(), tokens.text_3);
    ui.painter().text(pos2(rect.left() + NAME, y), left, words::col_hit(cx.lang), small.clone(), tokens.text_3);
    let mut right = rect.left() + NAME + TRACK;
    for (at, column) in columns.iter().enumerate() {
        let from = right;
        right += column.width + slack;
        let ink = tokens.text_3;
        ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, &column.name, small.clone(), ink);
        let zone = Rect::from_min_max(pos2(from, rect.top()), pos2(right, rect.bottom()));
        ui.interact(zone, ui.scope_id().with(("head", at)), Sense::hover()).on_hover_text(column.meaning);
    }
}

fn row(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    (worth, measures): (&Worth, &AtK),
    columns: &[Column],
    (width, slack, most): (f32, f32, f64),
) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let (y, upper, lower) = (rect.center().y, rect.center().y - 8.0, rect.center().y + 9.0);
    let (left, tiny) = (Align2::LEFT_CENTER, regular(12.0));
    let title = words::algorithm(cx.lang, worth.algo);
    ui.painter().text(pos2(rect.left(), y), left, title, semibold(text_size::SMALL), tokens.text);
    let from = rect.left() + NAME;
    let track = Rect::from_min_max(pos2(from, y - 5.0), pos2(from + TRACK - 68.0, y + 5.0));
    let at = |share: f64| track.left() + track.width() * (share / most).clamp(0.0, 1.0) as f32;
    ui.painter().rect_filled(track, 3, tokens.sunken);
    let done = Rect::from_min_max(track.min, pos2(at(measures.hit.mean), track.bottom()));
    ui.painter().rect_filled(done, 3, tokens.series(0));
    let whisker = egui::Stroke::new(1.5, tokens.text_2);
    ui.painter().hline(at(measures.hit.low)..=at(measures.hit.high), y, whisker);
    let hundred = |share: f64| who::rounded(cx.lang, share * 100.0);
    let value = hundred(measures.hit.mean);
    let beside = track.right() + 8.0;
    ui.painter().text(pos2(beside, upper), left, &value, semibold(text_size::SMALL), tokens.text);
    let span = format!("{}–{}", hundred(measures.hit.low), hundred(measures.hit.high));
    ui.painter().text(pos2(beside, lower), left, span, tiny.clone(), tokens.text_3);
    let mut right = from + TRACK;
    for column in columns {
        right += column.width + slack;
        let cell = (column.cell)(worth, measures);
        let (end, middle) = (Align2::RIGHT_CENTER, if cell.under.is_empty() { y } else { upper });
        ui.painter().text(pos2(right, middle), end, cell.text, regular(text_size::SMALL), tokens.text);
        ui.painter().text(pos2(right, lower), end, cell.under, tiny.clone(), tokens.text_3);
    }
    let label = format!("{title}: {value}");
    let response = ui.interact(rect, ui.scope_id().with(("row", worth.algo)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
}

/// A line a recommender, the best first: whom it surely beats, and whom only by chance.
pub fn differences(ui: &mut Ui, cx: &PageContext<'_>, found: &Evaluation) {
    if found.differences.is_empty() {
        return;
    }
    widget::small_strong(ui, words::differences(cx.lang));
    let k = found.algos.iter().find_map(|worth| worth.at.first()).map_or(10, |at| at.k);
    widget::caption(ui, words::differences_by(cx.lang, k));
    ui.spacing_mut().item_spacing.y = 4.0;
    let ndcg = |at: &usize| found.algos[*at].at.first().map_or(0.0, |at| at.ndcg.mean);
    let mut order: Vec<usize> = (0..found.algos.len()).filter(|at| found.algos[*at].failed.is_none()).collect();
    order.sort_by(|a, b| ndcg(b).total_cmp(&ndcg(a)));
    for me in order {
        let better = || found.differences.iter().filter(|pair| pair.a == me);
        for real in [true, false] {
            let pairs: Vec<&Difference> = better().filter(|pair| pair.real == real).collect();
            if !pairs.is_empty() {
                line(ui, cx, found, me, &pairs, real);
            }
        }
    }
}

fn line(ui: &mut Ui, cx: &PageContext<'_>, found: &Evaluation, me: usize, pairs: &[&Difference], real: bool) {
    let tokens = Tokens::of(ui);
    let name = |at: usize| found.algos.get(at).map_or("", |worth| words::algorithm(cx.lang, worth.algo));
    let others: Vec<&str> = pairs.iter().map(|pair| name(pair.b)).collect();
    let others = others.join(cx.lang.pick(", ", "、"));
    let text = match real {
        true => words::surely_better(cx.lang, name(me), others),
        false => words::perhaps_better(cx.lang, name(me), others),
    };
    let told = |pair: &&Difference| {
        let by = number::decimal(pair.difference.mean);
        let (low, high) = (number::decimal(pair.difference.low), number::decimal(pair.difference.high));
        let (interval, p) = (words::interval_hover(cx.lang, low, high), number::decimal(pair.p));
        format!("{}: +{by}, {interval}, p {p}", name(pair.b))
    };
    let hover = pairs.iter().map(told).collect::<Vec<_>>().join("\n");
    ui.horizontal_top(|ui| {
        let (glyph, ink) = if real { (icon::CHECK, tokens.ok) } else { (icon::INFO, tokens.text_3) };
        ui.label(egui::RichText::new(glyph).size(14.0).color(ink));
        let text = egui::RichText::new(text).font(regular(text_size::SMALL)).color(tokens.text_2);
        ui.add(egui::Label::new(text).wrap()).on_hover_text(hover);
    });
}
