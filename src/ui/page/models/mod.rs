//! Language models: which are on this computer, who writes which language, how fast each is; adding one.

mod about;
mod list;

pub use list::name_of;

use std::path::PathBuf;

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::page_head;
use crate::jobs::Slot;
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::lm::desk::ModelSource;
use crate::store::models::Shelved;
use crate::ui::shown::ModelOffer;
use crate::ui::text::{common, error, model as words, number};
use crate::ui::theme::size;
use crate::ui::widget::{self, Button, bars, card, field, icon};
use crate::ui::{Command, PageContext};

/// What the page asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelsCommand {
    /// The shelf is in sight and not read yet.
    Want,
    /// A dialog for a file, or for a folder.
    Ask {
        folder: bool,
    },
    /// A first look at a file that is to be added.
    Look(PathBuf),
    CloseOffer,
    Add {
        path: PathBuf,
        copy: bool,
    },
    /// Load it, let it write, measure it.
    Try(ModelSource),
    /// Compute its SHA-256.
    Hash(ModelSource),
    Unload,
    Remove(ModelSource),
    SetWriter(CopyLang, ModelSource),
}

#[derive(Default)]
pub struct ModelsView {
    chosen: Option<ModelSource>,
    /// The model whose deletion has been asked for once.
    doomed: Option<ModelSource>,
}

pub fn models_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ModelsView) {
    let send = |command| cx.send(Command::Models(command));
    let room = page_head(ui, words::title(cx.lang), words::lead(cx.lang), |ui| {
        let busy = cx.job(Slot::Models).is_some();
        if ui.add(Button::primary(words::add(cx.lang)).icon(icon::PLUS).enabled(!busy)).clicked() {
            send(ModelsCommand::Ask { folder: false });
        }
        if ui.add(Button::plain(words::add_folder(cx.lang)).icon(icon::FOLDER).enabled(!busy)).clicked() {
            send(ModelsCommand::Ask { folder: true });
        }
    });
    let Some(shelf) = &cx.shown.models.shelf else {
        if cx.job(Slot::Shelf).is_none() {
            send(ModelsCommand::Want);
        }
        return;
    };
    if view.chosen.as_ref().is_none_or(|chosen| shelf.iter().all(|model| model.source != *chosen)) {
        let usable = shelf.iter().find(|model| model.card.is_ok()).or(shelf.first());
        view.chosen = usable.map(|model| model.source.clone());
    }
    let mut body = ui.new_child(UiBuilder::new().id_salt("models").max_rect(room));
    if room.width() > 1020.0 {
        let recipe = Rect::from_min_max(room.min, pos2(room.left() + size::RECIPE, room.bottom()));
        let side = Rect::from_min_max(pos2(room.right() - size::SELECTION, room.top()), room.max);
        let middle = Rect::from_min_max(
            pos2(recipe.right() + size::S4, room.top()),
            pos2(side.left() - size::S4, room.bottom()),
        );
        column(&mut body, "left", recipe, |ui| left_cards(ui, cx, shelf));
        column(&mut body, "middle", middle, |ui| middle_cards(ui, cx, view, shelf));
        column(&mut body, "right", side, |ui| right_card(ui, cx, view, shelf));
    } else {
        column(&mut body, "all", room, |ui| {
            middle_cards(ui, cx, view, shelf);
            right_card(ui, cx, view, shelf);
            left_cards(ui, cx, shelf);
        });
    }
}

/// A column that scrolls by itself; its bar stands in the gap beside it.
fn column(ui: &mut Ui, name: &str, rect: Rect, add: impl FnOnce(&mut Ui)) {
    let with_bar = Rect::from_min_max(rect.min, rect.max + vec2(size::S3, 0.0));
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(with_bar));
    egui::ScrollArea::vertical().id_salt(name).auto_shrink(false).show(&mut child, |ui| {
        ui.set_max_width(rect.width());
        ui.spacing_mut().item_spacing = vec2(size::S2, size::S4);
        add(ui);
    });
}

fn middle_cards(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ModelsView, shelf: &[Shelved]) {
    if let Some(offer) = &cx.shown.models.offer {
        card(ui, |ui| offer_card(ui, cx, offer));
    }
    card(ui, |ui| list::shelf_card(ui, cx, view, shelf));
    card(ui, |ui| list::open_models_card(ui, cx));
}

fn right_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ModelsView, shelf: &[Shelved]) {
    let chosen = view.chosen.clone();
    card(ui, |ui| match shelf.iter().find(|model| Some(&model.source) == chosen.as_ref()) {
        Some(model) => about::about_model(ui, cx, view, model),
        None => {
            widget::small(ui, words::none_chosen(cx.lang));
        }
    });
}

fn left_cards(ui: &mut Ui, cx: &PageContext<'_>, shelf: &[Shelved]) {
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::S2;
        widget::heading(ui, words::who_writes(cx.lang));
        for (lang, label) in
            [(CopyLang::En, words::writes_english(cx.lang)), (CopyLang::Zh, words::writes_chinese(cx.lang))]
        {
            let before = cx.settings.models.writer_of(lang);
            let mut writer = before.clone();
            let choices: Vec<(ModelSource, String)> = shelf
                .iter()
                .filter(|model| model.card.is_ok() || model.source == before)
                .map(|model| (model.source.clone(), list::name_of(cx, model)))
                .collect();
            if field::choice(ui, label, None, &mut writer, &choices) && writer != before {
                cx.send(Command::Models(ModelsCommand::SetWriter(lang, writer)));
            }
            let missing = shelf.iter().any(|model| model.source == before && model.card.is_err());
            if missing && before == ModelSource::House {
                field::hint(ui, words::house_missing(cx.lang));
            }
        }
        field::hint(ui, words::who_writes_note(cx.lang));
    });
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = size::S2;
        widget::heading(ui, words::in_memory(cx.lang));
        match &cx.shown.models.loaded {
            None => {
                widget::small(ui, words::in_memory_none(cx.lang));
            }
            Some((source, bytes)) => {
                let model = shelf.iter().find(|model| model.source == *source);
                let name = model.map(|model| list::name_of(cx, model)).unwrap_or_default();
                widget::small(ui, words::in_memory_is(cx.lang, name, number::bytes(*bytes)));
                if ui.add(Button::plain(words::unload(cx.lang))).clicked() {
                    cx.send(Command::Models(ModelsCommand::Unload));
                }
            }
        }
    });
}

/// A file that has been looked at: copy it, use it where it is, or leave it.
fn offer_card(ui: &mut Ui, cx: &PageContext<'_>, offer: &ModelOffer) {
    ui.spacing_mut().item_spacing.y = size::S2;
    let facts = &offer.card;
    widget::heading(ui, &words::offer_title(cx.lang, &facts.name));
    widget::small(ui, format!("{} · {}", error::file_name(&offer.path), list::facts_line(facts)));
    let (need, free) = (number::bytes(facts.memory_bytes), number::bytes(offer.free));
    widget::small(ui, words::offer_memory(cx.lang, need, free));
    if let Some(job) = cx.job(Slot::Models) {
        ui.spacing_mut().item_spacing.y = size::S1;
        widget::small(ui, words::copying(cx.lang));
        bars::progress(ui, job.progress.fraction());
        if ui.add(Button::quiet(common::stop(cx.lang))).clicked() {
            cx.send(Command::Stop(Slot::Models));
        }
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let add = |copy| cx.send(Command::Models(ModelsCommand::Add { path: offer.path.clone(), copy }));
        if !offer.is_folder && ui.add(Button::suggested(words::offer_copy(cx.lang)).icon(icon::COPY)).clicked() {
            add(true);
        }
        if ui.add(Button::plain(words::offer_link(cx.lang)).icon(icon::LINK)).clicked() {
            add(false);
        }
        if ui.add(Button::quiet(common::cancel(cx.lang))).clicked() {
            cx.send(Command::Models(ModelsCommand::CloseOffer));
        }
    });
    if !offer.is_folder {
        field::hint(ui, words::offer_note(cx.lang));
    }
}
