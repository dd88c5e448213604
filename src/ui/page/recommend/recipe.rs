//! How it learns: what counts how much, which recommenders, with which settings.

use egui::{DragValue, Rect, Ui, UiBuilder, pos2, vec2};

use super::Desk;
use super::view::{RecommendCommand, RecommendView, decide};
use crate::project::Project;
use crate::stage::Stage;
use crate::stage::recommend::blend::Mix;
use crate::stage::recommend::evaluate::EvaluateRecipe;
use crate::stage::recommend::fit::FitRecipe;
use crate::stage::recommend::neighbours::Similarity;
use crate::stage::recommend::search::SearchRecipe;
use crate::stage::recommend::{Algorithm, ModelRecipe, Recipe, Repeats, WeightRecipe};
use crate::store::recommend as shop;
use crate::ui::context::StageLook;
use crate::ui::failure::Worded;
use crate::ui::text::{Lang, number, recommend as words};
use crate::ui::theme::{Tokens, size, text_size};
use crate::ui::widget::{self, Button, field, icon};
use crate::ui::{Command, PageContext};

pub fn recipe_card(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut RecommendView,
    project: &Project,
    desk: Option<&Desk<'_>>,
) {
    let kept = desk.map_or_else(|| project.item(shop::ID).unwrap_or_default(), Desk::recipe);
    let mut next: FitRecipe = kept.clone();
    ui.horizontal(|ui| {
        ui.set_height(26.0);
        widget::heading(ui, words::how_it_learns(cx.lang));
        if desk.is_some() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.add(Button::quiet(words::back(cx.lang))).clicked() {
                    view.settings = false;
                }
            });
        }
    });
    let full = ui.available_rect_before_wrap();
    let foot = if desk.is_some() { size::CONTROL + size::S3 } else { 0.0 };
    let upper = Rect::from_min_max(full.min, pos2(full.right(), full.bottom() - foot));
    let mut top = ui.new_child(UiBuilder::new().id_salt("recipe").max_rect(upper));
    egui::ScrollArea::vertical().id_salt("recipe").auto_shrink(false).show(&mut top, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.set_width(ui.available_width() - 8.0);
        weights(ui, cx.lang, &mut next.weights);
        ui.add_space(6.0);
        models(ui, cx, view, &mut next);
        if let Err(why) = next.check() {
            field::field_error(ui, &why.text(cx.lang));
        }
        if desk.is_some() {
            super::worth::curve_now(ui, cx);
        }
    });
    if next != kept && cx.can_write() {
        decide(cx, &next, Some("recipe"));
    }
    if desk.is_some() {
        let lower = Rect::from_min_max(pos2(full.left(), full.bottom() - size::CONTROL), full.max);
        let mut row = ui.new_child(UiBuilder::new().id_salt("learn").max_rect(lower));
        let running = matches!(cx.look(Stage::Recommend), StageLook::Running(_));
        let can = cx.can_write() && next.check().is_ok() && !running;
        if row.add(Button::suggested(words::learn_again(cx.lang)).icon(icon::AGAIN).enabled(can).full_width()).clicked()
        {
            cx.send(Command::Recommend(RecommendCommand::Fit(Box::new(next))));
        }
    }
}

/// A label at the left and a number to drag at the right.
fn amount<N: egui::emath::Numeric>(
    ui: &mut Ui,
    label: &str,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    speed: f64,
) {
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        widget::small(ui, label);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().interact_size = vec2(64.0, 26.0);
            let response = ui.add(DragValue::new(value).range(range).speed(speed).max_decimals(3));
            let (name, shown) = (label.to_owned(), value.to_f64());
            response.widget_info(|| {
                let mut info = egui::WidgetInfo::labeled(egui::Role::SpinButton, true, &name);
                info.value = Some(shown);
                info
            });
        });
    });
}

fn weights(ui: &mut Ui, lang: Lang, weights: &mut WeightRecipe) {
    widget::small_strong(ui, words::weights_title(lang));
    let range = -20.0..=50.0;
    amount(ui, words::weight_view(lang), &mut weights.view, range.clone(), 0.1);
    amount(ui, words::weight_cart(lang), &mut weights.cart, range.clone(), 0.1);
    amount(ui, words::weight_favourite(lang), &mut weights.favourite, range.clone(), 0.1);
    amount(ui, words::weight_purchase(lang), &mut weights.purchase, range.clone(), 0.1);
    amount(ui, words::weight_return(lang), &mut weights.returned, range, 0.1);
    let mut days: Vec<(Option<u32>, String)> = vec![(None, words::fading_never(lang).to_owned())];
    days.extend([7u32, 14, 30, 60, 90, 180, 365].map(|n| (Some(n), words::fading_days(lang, n))));
    let now = weights.half_life_days.map(|days| days.round() as u32);
    if !days.iter().any(|(n, _)| *n == now) {
        days.push((now, words::fading_days(lang, number::decimal(f64::from(weights.half_life_days.unwrap_or(0.0))))));
    }
    let mut chosen = now;
    if field::choice(ui, words::fading(lang), None, &mut chosen, &days) {
        weights.half_life_days = chosen.map(|days| days as f32);
    }
    let repeats = [
        (Repeats::Once, words::repeats_once(lang).to_owned()),
        (Repeats::Log, words::repeats_log(lang).to_owned()),
        (Repeats::Sum, words::repeats_sum(lang).to_owned()),
    ];
    field::choice(ui, words::repeats(lang), None, &mut weights.repeats, &repeats);
    field::switch(ui, words::by_quantity(lang), &mut weights.by_quantity);
}

fn models(ui: &mut Ui, cx: &PageContext<'_>, view: &mut RecommendView, recipe: &mut FitRecipe) {
    let lang = cx.lang;
    widget::small_strong(ui, words::learned_from(lang));
    for algorithm in Algorithm::ALL {
        let mut on = recipe.model(algorithm).is_some();
        ui.horizontal(|ui| {
            ui.set_height(26.0);
            let text = egui::RichText::new(words::algorithm(lang, algorithm)).size(text_size::SMALL);
            if ui.checkbox(&mut on, text).on_hover_text(words::term(lang, algorithm)).changed() {
                recipe.set(algorithm, on);
            }
            if on {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let open = view.tune == Some(algorithm);
                    let name = words::settings_of(lang, words::algorithm(lang, algorithm));
                    let glyph = if open { icon::DOWN } else { icon::SETTINGS };
                    if ui.add(Button::icon_only(glyph, &name)).clicked() {
                        view.tune = if open { None } else { Some(algorithm) };
                    }
                });
            }
        });
        if on && view.tune == Some(algorithm) {
            let weights = recipe.weights;
            let seed = recipe.seed;
            if let Some(model) = recipe.models.iter_mut().find(|model| model.algorithm() == algorithm) {
                egui::Frame::new().fill(Tokens::of(ui).sunken).corner_radius(6).inner_margin(10).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    settings(ui, lang, model);
                    better(ui, cx, view, model, Recipe { weights, model: model.clone(), seed });
                });
            }
        }
    }
}

/// The few settings of a recommender that are worth turning.
fn settings(ui: &mut Ui, lang: Lang, model: &mut ModelRecipe) {
    match model {
        ModelRecipe::Popular(own) => {
            let mut days = own.half_life_days.unwrap_or(0.0);
            amount(ui, words::half_life(lang), &mut days, 0.0..=3650.0, 1.0);
            own.half_life_days = (days > 0.0).then_some(days.max(0.5));
            amount(ui, words::own_categories(lang), &mut own.by_category, 0.0..=1.0, 0.01);
        }
        ModelRecipe::Neighbours(own) => {
            let kinds = [
                (Similarity::Cosine, "Cosine".to_owned()),
                (Similarity::TfIdf, "TF-IDF".to_owned()),
                (Similarity::Bm25 { k1: 1.2, b: 0.75 }, "BM25".to_owned()),
            ];
            field::choice(ui, words::similarity(lang), None, &mut own.similarity, &kinds);
            amount(ui, words::neighbours_n(lang), &mut own.neighbours, 1..=2000, 1.0);
        }
        ModelRecipe::Als(own) => {
            amount(ui, words::factors(lang), &mut own.factors, 1..=512, 1.0);
            amount(ui, words::iterations(lang), &mut own.iterations, 1..=100, 0.2);
            amount(ui, words::penalty(lang), &mut own.penalty, 0.001..=100.0, 0.01);
            amount(ui, words::confidence(lang), &mut own.confidence, 0.0..=1000.0, 0.05);
        }
        ModelRecipe::Bpr(own) => {
            amount(ui, words::factors(lang), &mut own.factors, 1..=512, 1.0);
            amount(ui, words::epochs(lang), &mut own.epochs, 1..=1000, 0.5);
            amount(ui, words::penalty(lang), &mut own.penalty, 0.0001..=1.0, 0.001);
        }
        ModelRecipe::Ease(own) => amount(ui, words::penalty(lang), &mut own.penalty, 0.1..=100_000.0, 5.0),
        ModelRecipe::Content(own) => {
            amount(ui, words::text_weight(lang), &mut own.text, 0.0..=10.0, 0.05);
            amount(ui, words::category_weight(lang), &mut own.category, 0.0..=10.0, 0.05);
            amount(ui, words::attribute_weight(lang), &mut own.attributes, 0.0..=10.0, 0.05);
        }
        ModelRecipe::Neural(own) => {
            amount(ui, words::epochs(lang), &mut own.epochs, 1..=500, 0.3);
            let mut dropout = own.dropout;
            amount(ui, words::dropout(lang), &mut dropout, 0.0..=0.9, 0.01);
            own.dropout = dropout;
        }
        ModelRecipe::Blend(own) => {
            let by_rank = matches!(own.mix, Mix::ReciprocalRank { .. });
            let mut chosen = by_rank;
            let ways = [(true, words::mix_rank(lang).to_owned()), (false, words::mix_scores(lang).to_owned())];
            if field::choice(ui, words::mix(lang), None, &mut chosen, &ways) {
                own.mix = if chosen { Mix::ReciprocalRank { k: 60.0 } } else { Mix::Scores };
            }
            for part in &mut own.parts {
                amount(ui, words::algorithm(lang, part.model.algorithm()), &mut part.weight, 0.0..=10.0, 0.05);
            }
        }
    }
}

/// A search over settings, and its winner to take over.
fn better(ui: &mut Ui, cx: &PageContext<'_>, view: &RecommendView, model: &mut ModelRecipe, start: Recipe) {
    let running = matches!(cx.look(Stage::Recommend), StageLook::Running(_));
    let button = Button::quiet(words::find_better(cx.lang)).icon(icon::SEARCH).enabled(!running && cx.can_write());
    if ui.add(button).clicked() {
        let evaluate = cx.project().and_then(|project| project.item::<EvaluateRecipe>(shop::ID)).unwrap_or_default();
        let recipe = SearchRecipe { start, trials: 12, evaluate, ..SearchRecipe::default() };
        cx.send(Command::Recommend(RecommendCommand::Tune(Box::new(recipe))));
    }
    let Some((_, found)) = view.search() else { return };
    let (Some(best), Some(first)) = (found.trials.get(found.best), found.trials.first()) else { return };
    if best.recipe.model.algorithm() != model.algorithm() {
        return;
    }
    if found.best == 0 || best.recipe.model == *model {
        widget::caption(ui, words::nothing_better(cx.lang));
        return;
    }
    let score = |score: Option<f64>| number::decimal(score.unwrap_or(0.0));
    let text = words::found_better(cx.lang, score(first.score), score(best.score));
    if ui.add(Button::quiet(&text)).clicked() {
        *model = best.recipe.model.clone();
    }
}
