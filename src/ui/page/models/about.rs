//! One model: what it is, how fast it is here, what it wrote; trying, unloading, removing it.

use egui::Ui;

use super::list::{name_of, send};
use super::{ModelsCommand, ModelsView};
use crate::jobs::Slot;
use crate::stage::copy::lm::desk::ModelSource;
use crate::stage::copy::lm::load::Card;
use crate::store::models::{Known, Shelved};
use crate::ui::failure::Worded;
use crate::ui::text::{Lang, model as words, number};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

pub fn about_model(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ModelsView, model: &Shelved) {
    ui.spacing_mut().item_spacing.y = size::S1;
    widget::heading(ui, &name_of(cx, model));
    match &model.card {
        Err(_) if model.source == ModelSource::House => {
            widget::small(ui, words::house_missing_text(cx.lang));
            return;
        }
        Err(error) => {
            widget::field::field_error(ui, &error.text(cx.lang));
        }
        Ok(card) => facts(ui, cx, model, card),
    }
    if let Some(known) = &model.known {
        speed(ui, cx.lang, known);
    }
    ui.add_space(size::S2);
    buttons(ui, cx, view, model);
}

fn facts(ui: &mut Ui, cx: &PageContext<'_>, model: &Shelved, card: &Card) {
    let lang = cx.lang;
    let licence = card.licence.clone().unwrap_or_else(|| words::licence_unknown(lang).to_owned());
    fact(ui, words::size(lang), &number::bytes(card.file_bytes), None);
    fact(ui, words::architecture(lang), card.family.key(), None);
    fact(ui, words::parameters(lang), &parameters(card.parameters), None);
    fact(ui, words::quantisation(lang), &card.quantisation, Some(words::quantisation_hover(lang)));
    let context = words::context_n(lang, number::whole(card.context as u64));
    fact(ui, words::context(lang), &context, Some(words::context_hover(lang)));
    fact(ui, words::memory(lang), &number::bytes(card.memory_bytes), None);
    fact(ui, words::licence(lang), &licence, None);
    let place = match &model.source {
        ModelSource::House => words::place_house(lang).to_owned(),
        ModelSource::File(path) => path.display().to_string(),
    };
    fact(ui, words::place(lang), &place, Some(&place));
    checksum(ui, cx, model);
}

/// A label at the left, its value at the right; what is too long is cut and stands whole in the hover.
fn fact(ui: &mut Ui, label: &str, value: &str, hover: Option<&str>) {
    let tokens = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        widget::small(ui, label);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = egui::RichText::new(value).size(13.0).color(tokens.text);
            let response = ui.add(egui::Label::new(text).truncate());
            response.on_hover_text(hover.unwrap_or(value));
        });
    });
}

fn checksum(ui: &mut Ui, cx: &PageContext<'_>, model: &Shelved) {
    let lang = cx.lang;
    let sum = model.known.as_ref().and_then(|known| known.sha256.as_deref());
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        widget::small(ui, words::checksum(lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| match sum {
            Some(sum) => {
                if ui.add(Button::icon_only(icon::COPY, words::checksum_copy(lang))).clicked() {
                    cx.send(Command::CopyText(sum.to_owned()));
                }
                let short = format!("{}…{}", &sum[..sum.len().min(8)], &sum[sum.len().saturating_sub(6)..]);
                widget::small_strong(ui, short).on_hover_text(sum);
            }
            None => {
                let busy = cx.job(Slot::Models).is_some();
                let button = Button::quiet(words::checksum_take(lang)).enabled(!busy);
                if ui.add(button).clicked() {
                    send(cx, ModelsCommand::Hash(model.source.clone()));
                }
            }
        });
    });
}

/// `1.7 B` and `12 M`, as model names have it.
fn parameters(n: u64) -> String {
    match n {
        0..1_000_000_000 => format!("{} M", number::decimal(n as f64 / 1e6)),
        _ => format!("{} B", number::decimal(n as f64 / 1e9)),
    }
}

fn speed(ui: &mut Ui, lang: Lang, known: &Known) {
    let Some(bench) = &known.bench else { return };
    ui.add_space(size::S2);
    widget::small_strong(ui, words::speed(lang));
    widget::small(ui, words::speed_write(lang, number::decimal(bench.decode_tokens_per_s)));
    widget::small(ui, words::speed_batch(lang, number::decimal(bench.batch8_tokens_per_s)));
    widget::small(ui, words::speed_read(lang, number::decimal(bench.prompt_tokens_per_s)));
    widget::small(ui, words::speed_first(lang, number::decimal(bench.first_token_ms)));
    if let Some(sample) = known.sample.as_ref().filter(|sample| !sample.trim().is_empty()) {
        ui.add_space(size::S2);
        widget::small_strong(ui, words::it_wrote(lang));
        let tokens = Tokens::of(ui);
        let frame = egui::Frame::new().fill(tokens.sunken).corner_radius(6).inner_margin(10);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            let text = egui::RichText::new(sample.trim()).size(13.0).color(tokens.text);
            ui.add(egui::Label::new(text).wrap());
        });
    }
}

fn buttons(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ModelsView, model: &Shelved) {
    let lang = cx.lang;
    let busy = cx.job(Slot::Models).is_some();
    let loaded = cx.shown.models.loaded.as_ref().is_some_and(|(source, _)| *source == model.source);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(size::S2, size::S2);
        if model.card.is_ok() {
            let button = Button::suggested(words::try_it(lang)).icon(icon::PLAY).enabled(!busy);
            if ui.add(button).on_hover_text(words::try_hover(lang)).clicked() {
                send(cx, ModelsCommand::Try(model.source.clone()));
            }
        }
        if loaded && ui.add(Button::plain(words::unload(lang))).clicked() {
            send(cx, ModelsCommand::Unload);
        }
        if model.source == ModelSource::House {
            return;
        }
        let doomed = view.doomed.as_ref() == Some(&model.source);
        let name = match (model.linked, doomed) {
            (true, _) => words::remove(lang),
            (false, false) => words::remove_copy(lang),
            (false, true) => words::remove_sure(lang),
        };
        if ui.add(Button::plain(name).icon(icon::TRASH).enabled(!busy)).clicked() {
            // A link costs nothing to lose; a file is asked for twice.
            if model.linked || doomed {
                view.doomed = None;
                send(cx, ModelsCommand::Remove(model.source.clone()));
            } else {
                view.doomed = Some(model.source.clone());
            }
        }
    });
}
