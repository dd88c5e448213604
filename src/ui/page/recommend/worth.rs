//! How good: recommenders measured on the shop's own past, beside popularity, with what is real and what is chance.

use egui::{Rect, Sense, Ui, pos2, vec2};

use super::view::{CURVE, RecommendCommand, RecommendView, decide};
use super::{Desk, who};
use crate::base::Fingerprint;
use crate::stage::Stage;
use crate::stage::recommend::Recipe;
use crate::stage::recommend::bootstrap::Interval;
use crate::stage::recommend::evaluate::{EvaluateRecipe, Evaluation, Worth};
use crate::stage::recommend::neural::Epoch;
use crate::stage::recommend::split::Split;
use crate::store::recommend as shop;
use crate::ui::context::StageLook;
use crate::ui::text::{number, recommend as words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, bars, card_in, field, icon};
use crate::ui::{Command, PageContext};

/// What is measured: the test as decided, with the recommenders of the fit.
fn wanted(desk: &Desk<'_>) -> EvaluateRecipe {
    let kept: EvaluateRecipe = desk.project.item(shop::ID).unwrap_or_default();
    let recipe = desk.recipe();
    let entry = |model: &crate::stage::recommend::ModelRecipe| Recipe {
        weights: recipe.weights,
        model: model.clone(),
        seed: recipe.seed,
    };
    EvaluateRecipe { entries: recipe.models.iter().map(entry).collect(), ..kept }
}

/// The left card: what is hidden, and the button.
pub fn settings(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>) {
    let mut recipe: EvaluateRecipe = desk.project.item(shop::ID).unwrap_or_default();
    let before = recipe.clone();
    ui.spacing_mut().item_spacing.y = 8.0;
    widget::small(ui, words::worth_lead(cx.lang));
    let mut last = recipe.split == Split::LastOut;
    let ways = [(false, words::split_time(cx.lang).to_owned()), (true, words::split_last(cx.lang).to_owned())];
    if field::choice(ui, words::worth_split(cx.lang), None, &mut last, &ways) {
        recipe.split = if last { Split::LastOut } else { Split::default() };
    }
    let mut only_new = recipe.only_new;
    ui.horizontal(|ui| {
        let text = egui::RichText::new(words::worth_only_new(cx.lang)).size(text_size::SMALL);
        ui.checkbox(&mut only_new, text);
    });
    recipe.only_new = only_new;
    if recipe != before && cx.can_write() {
        recipe.entries.clear();
        decide(cx, &recipe, Some("evaluate"));
    }
    let measured = view.evaluation().is_some();
    let text = if measured { words::measure_again(cx.lang) } else { words::measure(cx.lang) };
    let running = matches!(cx.look(Stage::Recommend), StageLook::Running(_));
    let can = cx.can_write() && !running;
    if ui.add(Button::suggested(text).icon(icon::PLAY).enabled(can).full_width()).clicked() {
        let mut recipe = wanted(desk);
        recipe.split = if last { Split::LastOut } else { Split::default() };
        recipe.only_new = only_new;
        cx.send(Command::Recommend(RecommendCommand::Measure(Box::new(recipe))));
    }
    if let Some((id, _)) = view.evaluation()
        && let Some(run) = desk.project.run(*id)
    {
        let same = serde_json::to_value(wanted(desk)).ok().as_ref() == Some(&run.recipe);
        if !same || !shop::is_current(desk.project, run) {
            widget::chip(ui, widget::Tone::Warn, words::stale_measure(cx.lang));
        }
    }
}

pub fn worth(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, desk: &Desk<'_>, room: Rect) {
    card_in(ui, room, |ui| {
        let Some((_, found)) = view.evaluation() else {
            ui.add_space((ui.available_height() * 0.3).max(0.0));
            ui.vertical_centered(|ui| {
                widget::heading(ui, words::not_measured(cx.lang));
                widget::small(ui, words::worth_none(cx.lang));
                ui.add_space(size::S3);
                let running = matches!(cx.look(Stage::Recommend), StageLook::Running(_));
                let go =
                    Button::suggested(words::measure(cx.lang)).icon(icon::PLAY).enabled(cx.can_write() && !running);
                if ui.add(go).clicked() {
                    cx.send(Command::Recommend(RecommendCommand::Measure(Box::new(wanted(desk)))));
                }
            });
            return;
        };
        let (users, items) = (number::whole(found.users as u64), number::whole(found.items as u64));
        widget::heading(ui, words::face_worth(cx.lang));
        widget::small(ui, words::worth_facts(cx.lang, users, items));
        ui.add_space(size::S2);
        egui::ScrollArea::vertical().id_salt("worth").auto_shrink(false).show(ui, |ui| {
            table(ui, cx, found);
            ui.add_space(size::S4);
            differences(ui, cx, found);
            curve(ui, cx, desk);
        });
    });
}

struct Cell {
    text: String,
    hover: String,
}

fn cells(cx: &PageContext<'_>, worth: &Worth) -> Vec<Cell> {
    let cell = |value: Option<Interval>| {
        let Some(value) = value else { return Cell { text: "–".to_owned(), hover: String::new() } };
        let hover = words::interval_hover(cx.lang, number::decimal(value.low), number::decimal(value.high));
        Cell { text: format!("{:.3}", value.mean), hover }
    };
    let plain = |value: Option<f64>| Cell {
        text: value.map_or_else(|| "–".to_owned(), number::decimal),
        hover: String::new(),
    };
    let (first, last) = (worth.at.first(), worth.at.last());
    let spread = first.map(|at| at.spread);
    vec![
        cell(first.map(|at| at.ndcg)),
        cell(last.map(|at| at.recall)),
        cell(first.map(|at| at.precision)),
        cell(first.map(|at| at.map)),
        cell(first.map(|at| at.mrr)),
        plain(spread.map(|spread| spread.coverage)),
        plain(spread.map(|spread| spread.gini)),
        plain(spread.map(|spread| spread.novelty)),
        plain(spread.map(|spread| spread.diversity)),
        plain(Some(worth.fit_seconds)),
    ]
}

/// One row a recommender, the best first: the bar is what a marketer reads, the rest is for whoever knows the terms.
fn table(ui: &mut Ui, cx: &PageContext<'_>, found: &Evaluation) {
    let tokens = Tokens::of(ui);
    let mut rows: Vec<&Worth> = found.algos.iter().collect();
    let hit = |worth: &Worth| worth.at.first().map_or(0.0, |at| at.hit.mean);
    rows.sort_by(|a, b| hit(b).total_cmp(&hit(a)));
    let most = rows.iter().map(|worth| hit(worth)).fold(0.01, f64::max);
    let heads = [
        words::col_ndcg(cx.lang),
        words::col_recall(cx.lang),
        words::col_precision(cx.lang),
        words::col_map(cx.lang),
        words::col_mrr(cx.lang),
        words::col_coverage(cx.lang),
        words::col_gini(cx.lang),
        words::col_novelty(cx.lang),
        words::col_diversity(cx.lang),
        words::col_seconds(cx.lang),
    ];
    let width = ui.available_width();
    let (name, track) = (132.0, 150.0);
    // What there is room for, the most telling first.
    let shown = (((width - name - track) / 84.0) as usize).clamp(2, heads.len());
    let step = (width - name - track) / shown as f32;
    let line = |ui: &mut Ui, height: f32| ui.allocate_exact_size(vec2(width, height), Sense::hover()).0;
    let head = line(ui, 30.0);
    let small = regular(text_size::TINY);
    let middle = egui::Align2::LEFT_CENTER;
    let y = head.center().y;
    ui.painter().text(pos2(head.left(), y), middle, words::col_way(cx.lang), small.clone(), tokens.text_3);
    ui.painter().text(pos2(head.left() + name, y), middle, words::col_hit(cx.lang), small.clone(), tokens.text_3);
    for (at, text) in heads.iter().take(shown).enumerate() {
        let x = head.left() + name + track + (at + 1) as f32 * step;
        ui.painter().text(pos2(x, y), egui::Align2::RIGHT_CENTER, *text, small.clone(), tokens.text_3);
    }
    for worth in rows {
        widget::hairline(ui);
        let rect = line(ui, 38.0);
        let y = rect.center().y;
        let title = words::algorithm(cx.lang, worth.algo);
        ui.painter().text(pos2(rect.left(), y), middle, title, semibold(text_size::SMALL), tokens.text);
        if let Some(why) = &worth.failed {
            let place = pos2(rect.left() + name, y);
            ui.painter().text(place, middle, why, small.clone(), tokens.warn);
            continue;
        }
        let whole =
            Rect::from_min_max(pos2(rect.left() + name, y - 5.0), pos2(rect.left() + name + track - 50.0, y + 5.0));
        ui.painter().rect_filled(whole, 3, tokens.sunken);
        let length = whole.width() * (hit(worth) / most) as f32;
        ui.painter().rect_filled(Rect::from_min_size(whole.min, vec2(length, 10.0)), 3, tokens.series(0));
        let value = who::rounded(cx.lang, hit(worth) * 100.0);
        ui.painter().text(pos2(whole.right() + 8.0, y), middle, value, semibold(text_size::SMALL), tokens.text);
        for (at, cell) in cells(cx, worth).into_iter().take(shown).enumerate() {
            let right = rect.left() + name + track + (at + 1) as f32 * step;
            let zone = Rect::from_min_max(pos2(right - step, rect.top()), pos2(right, rect.bottom()));
            let align = egui::Align2::RIGHT_CENTER;
            ui.painter().text(pos2(right, y), align, cell.text, regular(text_size::SMALL), tokens.text);
            if !cell.hover.is_empty() {
                let id = ui.scope_id().with((worth.algo, at));
                ui.interact(zone, id, Sense::hover()).on_hover_text(cell.hover);
            }
        }
        let label = format!("{title}: {}", who::rounded(cx.lang, hit(worth) * 100.0));
        let response = ui.interact(whole, ui.scope_id().with(("row", worth.algo)), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
    }
    for worth in found.algos.iter().filter(|worth| worth.failed.is_some()) {
        let why = worth.failed.clone().unwrap_or_default();
        field::field_error(ui, &words::worth_failed(cx.lang, words::algorithm(cx.lang, worth.algo), why));
    }
}

fn differences(ui: &mut Ui, cx: &PageContext<'_>, found: &Evaluation) {
    widget::small_strong(ui, words::differences(cx.lang));
    ui.spacing_mut().item_spacing.y = 3.0;
    for pair in &found.differences {
        let name = |at: usize| found.algos.get(at).map_or("", |worth| words::algorithm(cx.lang, worth.algo));
        let (a, b) = (name(pair.a), name(pair.b));
        let text = if pair.real {
            words::real(cx.lang, a, b, number::decimal(pair.difference.mean))
        } else {
            words::chance(cx.lang, a, b)
        };
        let (low, high) = (number::decimal(pair.difference.low), number::decimal(pair.difference.high));
        let hover = format!(
            "NDCG@{} · p {}\n{}",
            found.algos.first().and_then(|a| a.at.first()).map_or(10, |at| at.k),
            number::decimal(pair.p),
            words::interval_hover(cx.lang, low, high)
        );
        ui.horizontal(|ui| {
            let tokens = Tokens::of(ui);
            let (glyph, ink) = if pair.real { (icon::CHECK, tokens.ok) } else { (icon::INFO, tokens.text_3) };
            ui.label(egui::RichText::new(glyph).size(14.0).color(ink));
            widget::small(ui, text).on_hover_text(hover);
        });
    }
}

/// How the network's loss fell, where there is one.
fn curve(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>) {
    let Some(fitted) = desk.counter.fit.models.iter().find(|fitted| !fitted.curve.is_empty()) else { return };
    ui.add_space(size::S4);
    widget::small_strong(ui, words::learned_curve(cx.lang));
    draw_curve(ui, cx, &fitted.curve);
}

/// The curve of the network that is learning just now.
pub fn curve_now(ui: &mut Ui, cx: &PageContext<'_>) {
    let key = Fingerprint::of(&CURVE);
    let StageLook::Running(job) = cx.look(Stage::Recommend) else { return };
    ui.add_space(size::S4);
    let width = ui.available_width().min(420.0);
    ui.allocate_ui(vec2(width, 8.0), |ui| bars::progress(ui, job.progress.fraction()));
    if let Some(epochs) = cx.shown.extra::<Vec<Epoch>>(CURVE, key).filter(|epochs| !epochs.is_empty()) {
        draw_curve(ui, cx, epochs);
    }
}

fn draw_curve(ui: &mut Ui, cx: &PageContext<'_>, epochs: &[Epoch]) {
    use egui_plot::{Legend, Line, Plot, PlotPoints};
    let tokens = Tokens::of(ui);
    let training: PlotPoints<'_> = epochs.iter().map(|e| [e.epoch as f64, f64::from(e.loss)]).collect();
    let held: PlotPoints<'_> = epochs.iter().filter_map(|e| Some([e.epoch as f64, f64::from(e.held_out?)])).collect();
    widget::caption(ui, words::curve_axis(cx.lang));
    Plot::new("curve")
        .height(160.0)
        .width(ui.available_width().min(640.0))
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .show_axes([true, true])
        .legend(Legend::default())
        .show(ui, |plot| {
            plot.line(Line::new(words::curve_training(cx.lang), training).color(tokens.series(0)).width(2.0));
            plot.line(Line::new(words::curve_held_out(cx.lang), held).color(tokens.series(5)).width(2.0));
        });
    if let Some(last) = epochs.last() {
        widget::caption(ui, words::curve_now(cx.lang, last.epoch, number::decimal(f64::from(last.loss))));
    }
}
