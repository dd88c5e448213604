//! What opens over the page: choosing products, the shop's voice, the prompt, the versions of a text.

use egui::{Modal, ScrollArea, TextEdit, Ui, vec2};

use super::{CopyCommand, CopyView, Desk, Dialog, brief::named, export, keep};
use crate::project::Item;
use crate::stage::copy::brief::{HouseStyle, Scope, assemble};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::check::Rules;
use crate::stage::copy::lm::desk::ModelSource;
use crate::stage::copy::prompt as prompt_text;
use crate::stage::copy::version::{Change, CopyText, difference};
use crate::store::copydesk::THE_ONE;
use crate::ui::text::{copy as words, number};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, field};
use crate::ui::{Command, PageContext};

#[derive(Default)]
pub struct DialogState {
    pub find: String,
    pub template: String,
    style: Option<HouseStyle>,
    lines: [String; 3],
}

pub fn show(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    if view.dialog == Dialog::None {
        return;
    }
    let which = view.dialog;
    let tokens = Tokens::of(ui);
    let frame = egui::Frame::new()
        .fill(tokens.raised)
        .stroke(egui::Stroke::new(1.0, tokens.line))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(egui::Margin::same(20));
    let response = Modal::new(egui::Id::unique(("copy dialog", which as u8))).frame(frame).show(ui.ctx(), |ui| {
        let room = ui.ctx().content_rect();
        ui.set_width((room.width() - 120.0).clamp(320.0, 640.0));
        ui.set_max_height((room.height() - 120.0).max(240.0));
        ui.spacing_mut().item_spacing = vec2(size::S2, size::S2);
        match which {
            Dialog::None => {}
            Dialog::Products => products(ui, cx, view, desk),
            Dialog::Voice => voice(ui, cx, view, desk),
            Dialog::Prompt => prompt(ui, cx, view, desk),
            Dialog::Versions => versions(ui, cx, view, desk),
            Dialog::Export => export::export_dialog(ui, cx, view, desk),
        }
    });
    if response.should_close() {
        close(view);
    }
}

pub fn close(view: &mut CopyView) {
    view.dialog = Dialog::None;
    let template = std::mem::take(&mut view.dialogs.template);
    view.dialogs = DialogState { template, ..DialogState::default() };
}

/// Rows that the list shows at most.
const MOST: usize = 200;

fn products(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    widget::heading(ui, words::pick_title(cx.lang));
    let edit = TextEdit::singleline(&mut view.dialogs.find).hint_text(words::pick_find(cx.lang));
    let response = ui.add(edit.desired_width(f32::INFINITY));
    named(&response, words::pick_find(cx.lang));
    let Some(catalogue) = desk.catalogue else { return };
    let find = view.dialogs.find.trim().to_owned();
    let rows = view.lookup.find(catalogue, desk.catalogue_key, &find);
    let found: Vec<_> = rows.iter().filter_map(|row| catalogue.products.get(*row)).collect();
    ui.horizontal(|ui| {
        let all = words::pick_all(cx.lang, number::whole(found.len() as u64));
        if ui.add(Button::suggested(&all).enabled(!found.is_empty())).clicked() {
            let scope = if find.is_empty() { Scope::All } else { Scope::Filter(find.clone()) };
            super::choose(view, scope);
            save(cx, view);
            close(view);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.add(Button::plain(words::done(cx.lang))).clicked() {
                close(view);
            }
        });
    });
    if found.is_empty() {
        widget::small(ui, words::pick_none(cx.lang));
    }
    let mut ids = match &view.brief().scope {
        Scope::Products(ids) => ids.clone(),
        _ => Vec::new(),
    };
    let before = ids.clone();
    ScrollArea::vertical().id_salt("pick").max_height(380.0).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let (chosen, rest): (Vec<_>, Vec<_>) = found.iter().copied().partition(|product| before.contains(&product.id));
        for product in chosen.into_iter().chain(rest).take(MOST) {
            let mut on = ids.contains(&product.id);
            let name = if product.is_blank() { product.id.clone() } else { product.name.clone() };
            let line = [Some(name), product.category.clone(), product.price.clone()];
            let line = line.into_iter().flatten().collect::<Vec<_>>().join("  ·  ");
            let text = egui::RichText::new(line).font(regular(text_size::SMALL));
            if ui.checkbox(&mut on, text).changed() {
                if on {
                    ids.push(product.id.clone());
                } else {
                    ids.retain(|id| *id != product.id);
                }
            }
        }
        if found.len() > MOST {
            widget::caption(ui, words::pick_more(cx.lang, found.len() - MOST));
        }
    });
    if ids != before {
        super::choose(view, Scope::Products(ids));
        save(cx, view);
    }
}

fn save(cx: &PageContext<'_>, view: &mut CopyView) {
    let brief = view.brief().clone();
    keep::save_brief(cx, &brief);
}

fn voice(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    widget::heading(ui, words::voice_title(cx.lang));
    widget::small(ui, words::voice_lead(cx.lang));
    let state = &mut view.dialogs;
    let style = state.style.get_or_insert_with(|| {
        let voice = &desk.style.voice;
        state.lines = [&voice.rules, &voice.like_this, &voice.not_like_this].map(|list| list.join("\n"));
        desk.style.clone()
    });
    let lines = &mut state.lines;
    ScrollArea::vertical().id_salt("voice").max_height(420.0).show(ui, |ui| {
        let names = [words::voice_rules(cx.lang), words::voice_like(cx.lang), words::voice_not(cx.lang)];
        for (text, name) in lines.iter_mut().zip(names) {
            widget::small(ui, name);
            named(&ui.add(TextEdit::multiline(text).desired_rows(2).desired_width(f32::INFINITY)), name);
        }
        let rest = [
            (words::voice_instructions(cx.lang), &mut style.instructions, None),
            (words::voice_currency(cx.lang), &mut style.currency, None),
            (words::voice_words_en(cx.lang), &mut style.words_en, Some(CopyLang::En)),
            (words::voice_words_zh(cx.lang), &mut style.words_zh, Some(CopyLang::Zh)),
        ];
        for (name, text, lang) in rest {
            widget::small(ui, name);
            named(&ui.add(TextEdit::multiline(text).desired_rows(1).desired_width(f32::INFINITY)), name);
            if let Some(Err(error)) = lang.map(|lang| Rules::parse(text, lang)) {
                field::field_error(ui, &words::rule_error(cx.lang, &error));
            }
        }
    });
    let sound =
        Rules::parse(&style.words_en, CopyLang::En).is_ok() && Rules::parse(&style.words_zh, CopyLang::Zh).is_ok();
    let mut done = false;
    ui.horizontal(|ui| {
        if ui.add(Button::suggested(words::save(cx.lang)).enabled(sound && desk.can_write)).clicked() {
            let list = |text: &str| text.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
            style.voice.rules = list(&lines[0]);
            style.voice.like_this = list(&lines[1]);
            style.voice.not_like_this = list(&lines[2]);
            if let Ok(edit) = style.put(THE_ONE) {
                keep::edit_one(cx, edit, None);
            }
            done = true;
        }
        done |= ui.add(Button::plain(words::close(cx.lang))).clicked();
    });
    if done {
        close(view);
    }
}

fn prompt(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    widget::heading(ui, words::prompt_title(cx.lang));
    widget::small(ui, words::prompt_note(cx.lang));
    let brief = view.brief().clone();
    let Some(product) = &desk.product else {
        widget::small(ui, words::check_products(cx.lang));
        return;
    };
    let asked = assemble(&brief, &desk.style, product);
    if reads_sheets(cx, &super::writer(cx, Some(&brief), brief.lang)) {
        widget::small(ui, words::prompt_house(cx.lang));
        let mut text = prompt_text::readable(&prompt_text::prompt_pieces(&asked.sheet, &asked.brief));
        ScrollArea::vertical().id_salt("prompt").max_height(400.0).show(ui, |ui| {
            let edit = TextEdit::multiline(&mut text).interactive(false).desired_width(f32::INFINITY);
            named(&ui.add(edit.font(regular(text_size::SMALL))), words::prompt_title(cx.lang));
        });
        if ui.add(Button::plain(words::close(cx.lang))).clicked() {
            close(view);
        }
        return;
    }
    let mut changed = brief.own_prompt.is_some();
    if field::switch(ui, words::prompt_own(cx.lang), &mut changed) {
        let [system, user] = asked.messages.clone();
        let task = user.rfind("\n\n{").map_or(user.as_str(), |at| &user[..at]);
        view.brief().own_prompt = changed.then(|| [system, format!("{task}\n\n{{sheet}}")]);
        save(cx, view);
    }
    let mut own = view.brief().own_prompt.clone();
    ScrollArea::vertical().id_salt("prompt").max_height(400.0).show(ui, |ui| {
        let names = [words::prompt_system(cx.lang), words::prompt_user(cx.lang)];
        for (i, name) in names.into_iter().enumerate() {
            widget::small(ui, name);
            match &mut own {
                Some(own) => {
                    named(&ui.add(TextEdit::multiline(&mut own[i]).desired_rows(4).desired_width(f32::INFINITY)), name);
                }
                None => {
                    let mut text = asked.messages[i].clone();
                    let edit = TextEdit::multiline(&mut text).interactive(false).desired_width(f32::INFINITY);
                    named(&ui.add(edit.font(regular(text_size::SMALL))), name);
                }
            }
        }
    });
    if own != view.brief().own_prompt {
        view.brief().own_prompt = own;
        save(cx, view);
    }
    if ui.add(Button::plain(words::close(cx.lang))).clicked() {
        close(view);
    }
}

/// Whether a model writes from the sheet alone, as the house model does; a file says so in its header.
fn reads_sheets(cx: &PageContext<'_>, source: &ModelSource) -> bool {
    let shelf = cx.shown.models.shelf.iter().flat_map(|shelf| shelf.iter());
    let card = shelf.into_iter().find(|model| model.source == *source).and_then(|model| model.card.as_ref().ok());
    *source == ModelSource::House
        || card.is_some_and(|card| card.prompt_format.as_deref() == Some(prompt_text::PROMPT_FORMAT))
}

fn versions(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let tokens = Tokens::of(ui);
    widget::heading(ui, words::versions(cx.lang));
    let Some((id, text)) = view.chosen.clone().and_then(|id| Some((id.clone(), desk.project.item::<CopyText>(&id)?)))
    else {
        return;
    };
    let mut back = None;
    ScrollArea::vertical().id_salt("versions").max_height(420.0).auto_shrink(false).show(ui, |ui| {
        let newest = text.versions.iter().rposition(|version| version.made.is_some());
        for (i, version) in text.versions.iter().enumerate().rev() {
            ui.horizontal(|ui| {
                let by = match version.author {
                    crate::stage::copy::version::Author::Human => words::by_human(cx.lang),
                    crate::stage::copy::version::Author::Model => words::by_model(cx.lang),
                };
                let line = format!("{} · {by} · {}", i + 1, number::moment(cx.lang, version.at, cx.now));
                ui.label(egui::RichText::new(line).font(semibold(text_size::SMALL)).color(tokens.text));
                if let Some(from) = version.restored {
                    widget::caption(ui, words::restored_from(cx.lang, from + 1));
                }
                if newest == Some(i) {
                    let can = desk.has_model && !desk.writing;
                    let replay = ui.add(Button::quiet(words::replay(cx.lang)).enabled(can));
                    if replay.on_hover_text(words::replay_hover(cx.lang)).clicked() {
                        cx.send(Command::Copy(CopyCommand::Replay(id.clone())));
                    }
                }
                let last = i + 1 == text.versions.len();
                if !last && ui.add(Button::quiet(words::restore(cx.lang)).enabled(desk.can_write)).clicked() {
                    back = Some(i);
                }
            });
            let before = i.checked_sub(1).and_then(|i| text.versions.get(i)).map_or("", |before| before.text.as_str());
            let mut job = egui::text::LayoutJob::default();
            job.wrap.max_width = ui.available_width();
            for (change, words) in difference(before, &version.text, text.lang) {
                let mut format = egui::TextFormat {
                    font_id: regular(text_size::SMALL),
                    color: tokens.text,
                    ..egui::TextFormat::default()
                };
                match change {
                    Change::Same => {}
                    Change::New => format.background = tokens.ok_soft,
                    Change::Gone => {
                        format.color = tokens.bad;
                        format.strikethrough = egui::Stroke::new(1.0, tokens.bad);
                    }
                }
                job.append(&words, 0.0, format);
            }
            ui.add(egui::Label::new(job).wrap());
            widget::hairline(ui);
        }
    });
    if let Some(index) = back {
        let mut text = text;
        if text.restore(index, cx.now) {
            keep::save_text(cx, &id, &text);
        }
        view.editing = None;
        close(view);
    }
    if ui.add(Button::plain(words::close(cx.lang))).clicked() {
        close(view);
    }
}
