//! The models on this computer as rows, and the well-known open ones.

use egui::{Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::{ModelsCommand, ModelsView};
use crate::jobs::Slot;
use crate::stage::copy::lm::desk::ModelSource;
use crate::stage::copy::lm::known::{OPEN_MODELS, OpenModel};
use crate::stage::copy::lm::load::Card;
use crate::store::models::Shelved;
use crate::ui::failure::Worded;
use crate::ui::text::{common, model as words, number};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, Button, Tone, chip, icon};
use crate::ui::{Command, PageContext};

/// The name in the interface's language: the house model has one of its own.
pub fn name_of(cx: &PageContext<'_>, model: &Shelved) -> String {
    match model.source {
        ModelSource::House => words::house(cx.lang).to_owned(),
        ModelSource::File(_) => model.name(),
    }
}

/// `qwen3 · Q8_0 · 639 MB`.
pub fn facts_line(card: &Card) -> String {
    format!("{} · {} · {}", card.family.key(), card.quantisation, number::bytes(card.file_bytes))
}

pub fn shelf_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ModelsView, shelf: &[Shelved]) {
    ui.spacing_mut().item_spacing.y = size::S1;
    widget::heading(ui, words::on_shelf(cx.lang));
    for model in shelf {
        let chosen = view.chosen.as_ref() == Some(&model.source);
        if row(ui, cx, model, chosen) {
            view.chosen = Some(model.source.clone());
            view.doomed = None;
        }
    }
    ui.add_space(size::S1);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(icon::INFO).size(15.0).color(Tokens::of(ui).text_3));
        widget::small(ui, words::add_hint(cx.lang));
    });
    if cx.job(Slot::Models).is_some() && cx.shown.models.offer.is_none() {
        working(ui, cx);
    }
}

/// What goes on with a model, and the way to stop it.
fn working(ui: &mut Ui, cx: &PageContext<'_>) {
    let Some(job) = cx.job(Slot::Models) else { return };
    ui.add_space(size::S1);
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(15.0).color(Tokens::of(ui).accent));
        widget::small(ui, common::step(cx.lang, job.progress.step));
        if ui.add(Button::quiet(common::stop(cx.lang))).clicked() {
            cx.send(Command::Stop(Slot::Models));
        }
    });
    widget::bars::progress(ui, job.progress.fraction());
}

fn row(ui: &mut Ui, cx: &PageContext<'_>, model: &Shelved, chosen: bool) -> bool {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::click());
    let name = name_of(cx, model);
    let spoken = name.clone();
    response.widget_info(move || egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &spoken));
    let fill = match (chosen, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        _ => tokens.surface,
    };
    ui.painter().rect_filled(rect, 6.0, fill);
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.focus);
        ui.painter().rect_stroke(rect, 6.0, ring, egui::StrokeKind::Inside);
    }
    let chips = Rect::from_min_max(pos2(rect.center().x, rect.top()), rect.max - vec2(12.0, 0.0));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut right = ui.new_child(UiBuilder::new().id_salt(("chips", rect.top() as i32)).max_rect(chips).layout(layout));
    state_chips(&mut right, cx, model);
    let edge = right.min_rect().left() - 8.0;
    let clip = Rect::from_min_max(rect.min, pos2(edge, rect.bottom()));
    let clipped = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    let left = rect.left() + 12.0;
    let glyph = crate::ui::theme::regular(19.0);
    let middle = egui::Align2::LEFT_CENTER;
    clipped.text(pos2(left, rect.center().y), middle, icon::MODEL, glyph, tokens.text_2);
    let ink = crate::ui::theme::semibold(15.0);
    clipped.text(pos2(left + 34.0, rect.top() + 19.0), middle, name, ink, tokens.text);
    let facts = match (&model.card, &model.source) {
        (Ok(card), _) => facts_line(card),
        (Err(_), ModelSource::House) => words::house_text(cx.lang).to_owned(),
        (Err(error), _) => error.text(cx.lang),
    };
    let ink = crate::ui::theme::regular(12.0);
    clipped.text(pos2(left + 34.0, rect.top() + 39.0), middle, facts, ink, tokens.text_3);
    response.clicked()
}

fn state_chips(ui: &mut Ui, cx: &PageContext<'_>, model: &Shelved) {
    let loaded = cx.shown.models.loaded.as_ref().is_some_and(|(source, _)| *source == model.source);
    match (&model.card, &model.source) {
        (Err(_), ModelSource::House) => drop(chip::chip_with(ui, Tone::Idle, None, words::house_missing(cx.lang))),
        (Err(_), _) => drop(chip::chip(ui, Tone::Bad, words::unusable(cx.lang))),
        (Ok(_), _) if loaded => drop(chip::chip(ui, Tone::Ok, words::loaded(cx.lang))),
        _ => {}
    }
    if model.linked {
        chip::chip_with(ui, Tone::Idle, Some(icon::LINK), words::linked(cx.lang));
    }
    let speed = model.known.as_ref().and_then(|known| known.bench.as_ref());
    if let Some(bench) = speed {
        widget::caption(ui, words::speed_write(cx.lang, number::decimal(bench.decode_tokens_per_s)));
    }
}

/// Names, sizes, licences and addresses of models to fetch by oneself.
pub fn open_models_card(ui: &mut Ui, cx: &PageContext<'_>) {
    ui.spacing_mut().item_spacing.y = size::S1;
    widget::heading(ui, words::open_models(cx.lang));
    widget::small(ui, words::open_models_lead(cx.lang));
    ui.add_space(size::S1);
    for model in &OPEN_MODELS {
        widget::hairline(ui);
        open_model(ui, cx, model);
    }
}

fn open_model(ui: &mut Ui, cx: &PageContext<'_>, model: &OpenModel) {
    let tokens = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(48.0);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = format!("{}: {}", words::copy_address(cx.lang), model.name);
            if ui.add(Button::icon_only(icon::COPY, &name)).clicked() {
                cx.send(Command::CopyText(format!("https://{}", model.address)));
            }
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.add_space(4.0);
                let languages = if model.chinese { words::open_both(cx.lang) } else { words::open_english(cx.lang) };
                let mut size = number::bytes(model.bytes);
                if !model.size_seen {
                    size = words::open_about(cx.lang, size);
                }
                let licence = match model.licence_seen {
                    true => model.licence.to_owned(),
                    false => words::open_unchecked(cx.lang, model.licence),
                };
                let facts = format!("{} · {size} · {languages} · {licence}", model.quantisation);
                ui.horizontal(|ui| {
                    widget::small_strong(ui, model.name);
                    let text = egui::RichText::new(facts).size(12.0).color(tokens.text_2);
                    ui.add(egui::Label::new(text).truncate());
                });
                let address = egui::RichText::new(model.address).size(12.0).color(tokens.text_3);
                ui.add(egui::Label::new(address).truncate());
            });
        });
    });
}

/// Asks for what the row's buttons do; the about card has them.
pub fn send(cx: &PageContext<'_>, command: ModelsCommand) {
    cx.send(Command::Models(command));
}
