//! How good: recommenders measured on the shop's own past, beside popularity, with what is real and what is chance.

use egui::{Rect, Ui, vec2};

use super::view::{CURVE, RecommendCommand, RecommendView, decide};
use super::{Desk, board};
use crate::base::Fingerprint;
use crate::stage::Stage;
use crate::stage::recommend::Recipe;
use crate::stage::recommend::evaluate::EvaluateRecipe;
use crate::stage::recommend::neural::Epoch;
use crate::stage::recommend::split::Split;
use crate::store::recommend as shop;
use crate::ui::context::StageLook;
use crate::ui::text::{number, recommend as words};
use crate::ui::theme::{Tokens, size, text_size};
use crate::ui::widget::toggle::segmented;
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
    let mut shown = view.worth_at;
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
        let lengths: Vec<usize> = found.algos.iter().find_map(|worth| worth.lengths()).unwrap_or_default();
        shown = shown.min(lengths.len().saturating_sub(1));
        ui.horizontal(|ui| {
            widget::heading(ui, words::face_worth(cx.lang));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let choices: Vec<(usize, String)> =
                    lengths.iter().enumerate().map(|(at, k)| (at, words::first_k(cx.lang, k))).collect();
                let choices: Vec<(usize, &str)> = choices.iter().map(|(at, text)| (*at, text.as_str())).collect();
                if choices.len() > 1 {
                    segmented(ui, &mut shown, &choices);
                }
            });
        });
        widget::small(ui, words::worth_facts(cx.lang, users, items));
        ui.add_space(size::S2);
        egui::ScrollArea::vertical().id_salt("worth").auto_shrink(false).show(ui, |ui| {
            board::table(ui, cx, found, shown);
            ui.add_space(size::S4);
            board::differences(ui, cx, found);
            curve(ui, cx, desk);
        });
    });
    view.worth_at = shown;
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
