//! The brief: products, for whom, where, in which language and tone, what to build on, what may and may not be said.

use egui::{Frame, Margin, Rect, ScrollArea, TextEdit, Ui, UiBuilder, pos2};

use super::{CopyView, Desk, Dialog, keep};
use crate::jobs::Slot;
use crate::stage::copy::brief::{Audience, BriefError, CopyBrief, Scope};
use crate::stage::copy::channel::{Channel, CopyLang, Tone};
use crate::stage::copy::lm::desk::ModelSource;
use crate::store::copydesk;
use crate::ui::page::models::{ModelsCommand, name_of};
use crate::ui::text::{copy as words, number};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, Button, field, icon};
use crate::ui::{Command, PageContext};

const FOOT: f32 = 44.0;

pub fn brief_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let before = view.brief().clone();
    let room = ui.available_rect_before_wrap();
    ui.horizontal(|ui| {
        widget::heading(ui, words::brief(cx.lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| templates(ui, cx, view, desk));
    });
    let list = Rect::from_min_max(ui.cursor().min, pos2(room.right(), room.bottom() - FOOT));
    let mut upper = ui.new_child(UiBuilder::new().id_salt("brief fields").max_rect(list));
    ScrollArea::vertical().id_salt("brief").auto_shrink(false).show(&mut upper, |ui| {
        ui.set_width(ui.available_width() - 4.0);
        ui.spacing_mut().item_spacing.y = size::S2;
        products(ui, cx, view, desk);
        whom(ui, cx, view, desk);
        shape(ui, cx, view, desk);
        facts(ui, cx, desk);
        lists(ui, cx, view);
        for_product(ui, cx, view, desk);
        also(ui, cx, view);
        advanced(ui, cx, view);
    });
    let foot = Rect::from_min_max(pos2(room.left(), room.bottom() - FOOT + size::S2), room.max);
    let mut foot = ui.new_child(UiBuilder::new().id_salt("brief foot").max_rect(foot));
    model_line(&mut foot, cx, view, desk);
    let after = view.brief().clone();
    if after != before {
        keep::save_brief(cx, &after);
    }
}

fn templates(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let kept = desk.project.items_of::<copydesk::Template>();
    ui.menu_button(egui::RichText::new(words::templates(cx.lang)).font(regular(text_size::SMALL)), |ui| {
        for (name, template) in &kept {
            if ui.button(name).clicked() {
                // A template brings everything but the products, unless it has some.
                let mut brief = template.0.clone();
                if brief.scope == Scope::Nothing {
                    brief.scope = view.brief().scope.clone();
                }
                keep::set_brief(view, brief);
            }
        }
        ui.separator();
        let hint = words::template_name(cx.lang);
        ui.add(TextEdit::singleline(&mut view.dialogs.template).hint_text(hint).desired_width(160.0));
        let name = view.dialogs.template.trim().to_owned();
        if ui.add_enabled(!name.is_empty(), egui::Button::new(words::template_save(cx.lang))).clicked() {
            use crate::project::Item;
            let template = copydesk::Template(CopyBrief { scope: Scope::Nothing, ..view.brief().clone() });
            if let Ok(edit) = template.put(&name) {
                keep::edit_one(cx, edit, None);
            }
            view.dialogs.template.clear();
            ui.close();
        }
    });
}

fn products(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let tokens = Tokens::of(ui);
    Frame::new().fill(tokens.sunken).corner_radius(6).inner_margin(Margin::same(10)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        match (&desk.product, desk.products) {
            (Some(product), 1) => {
                let name = egui::RichText::new(&product.name).font(semibold(text_size::SMALL)).color(tokens.text);
                ui.add(egui::Label::new(name).truncate());
                let line =
                    [Some(&product.id), product.price.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>();
                widget::caption(ui, line.join(" · "));
            }
            (Some(_), n) => {
                widget::small_strong(ui, words::products_n(cx.lang, number::whole(n as u64)));
                if let Scope::Filter(filter) = &view.brief().scope {
                    widget::caption(ui, filter.clone());
                }
            }
            _ => drop(widget::small(ui, words::check_products(cx.lang))),
        }
        let text = if desk.products > 0 { words::change(cx.lang) } else { words::choose_products(cx.lang) };
        if ui.add(Button::plain(text).icon(icon::PACKAGE)).clicked() {
            view.dialog = Dialog::Products;
        }
    });
    if let Some(product) = desk.product.as_ref().filter(|_| desk.products == 1) {
        if product.is_blank() {
            field::field_error(ui, &words::err_no_name(cx.lang, &product.id));
        }
        for label in product.contradictions() {
            field::field_error(ui, &words::contradicts(cx.lang, label));
        }
    }
}

fn whom(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let lang = view.brief().lang;
    let mut choices: Vec<(Option<Audience>, String)> = vec![(None, words::for_everyone(cx.lang).to_owned())];
    for audience in copydesk::audiences(desk.project, lang) {
        let text = words::audience_of(cx.lang, &audience.name, number::whole(audience.customers));
        choices.push((Some(audience), text));
    }
    if let Some(own) = view.brief().audience.clone()
        && !choices.iter().any(|(choice, _)| choice.as_ref() == Some(&own))
    {
        choices.push((Some(own.clone()), words::audience_of(cx.lang, &own.name, number::whole(own.customers))));
    }
    field::choice(ui, words::for_whom(cx.lang), None, &mut view.brief().audience, &choices);
    if choices.len() == 1 {
        field::hint(ui, words::no_segments(cx.lang));
    }
}

fn shape(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let channels = Channel::ALL.map(|channel| (channel, words::channel_name(cx.lang, channel).to_owned()));
    field::choice(ui, words::channel(cx.lang), None, &mut view.brief().channel, &channels);
    ui.columns(2, |half| {
        language(&mut half[0], cx, view, desk);
        let counts: Vec<(usize, String)> = (1..=8).map(|n| (n, n.to_string())).collect();
        field::choice(&mut half[1], words::drafts(cx.lang), None, &mut view.brief().variants, &counts);
    });
    let tones = Tone::ALL.map(|tone| (tone, words::tone_name(cx.lang, tone).to_owned()));
    field::choice(ui, words::tone(cx.lang), None, &mut view.brief().tone, &tones);
    let mut points = vec![(String::new(), words::build_on_nothing(cx.lang).to_owned())];
    for (label, value) in
        desk.product.as_ref().map(|product| product.attributes.as_slice()).unwrap_or_default().iter().take(16)
    {
        let short: String = value.chars().take(24).collect();
        points.push((label.clone(), format!("{label}: {short}")));
    }
    let own = view.brief().selling_point.clone();
    if !points.iter().any(|(point, _)| *point == own) {
        points.push((own.clone(), own));
    }
    field::choice(ui, words::build_on(cx.lang), None, &mut view.brief().selling_point, &points);
}

fn language(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let langs = CopyLang::ALL.map(|lang| (lang, words::language_name(cx.lang, lang).to_owned()));
    if field::choice(ui, words::written_in(cx.lang), None, &mut view.brief().lang, &langs) {
        // Names of segments and attributes follow the copy's language.
        let name = view.brief().audience.as_ref().map(|audience| audience.name.clone());
        let lang = view.brief().lang;
        view.brief().audience = name.and_then(|name| copydesk::audience_named(desk.project, &name, lang).ok());
        view.brief().selling_point.clear();
    }
}

/// Further channels and the other language of the same batch.
fn also(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView) {
    widget::small(ui, words::channels_langs(cx.lang));
    let brief = view.brief();
    let more: Vec<Channel> = brief.channels().split_off(1);
    let shown = match more.as_slice() {
        [] => words::channels_more(cx.lang).to_owned(),
        more => {
            let names = more.iter().map(|channel| words::channel_name(cx.lang, *channel));
            words::channels_also(cx.lang, names.collect::<Vec<_>>().join(", "))
        }
    };
    let text = egui::RichText::new(shown).font(regular(text_size::SMALL));
    let menu = egui::containers::menu::MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let button = egui::Button::new(text).truncate();
    egui::containers::menu::MenuButton::from_button(button).config(menu).ui(ui, |ui| {
        for channel in Channel::ALL.into_iter().filter(|channel| *channel != brief.channel) {
            let mut on = brief.more_channels.contains(&channel);
            if ui.checkbox(&mut on, words::channel_name(cx.lang, channel)).changed() {
                match on {
                    true => brief.more_channels.push(channel),
                    false => brief.more_channels.retain(|known| *known != channel),
                }
            }
        }
    });
    field::switch(ui, words::both_languages(cx.lang), &mut view.brief().both_languages);
}

fn facts(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>) {
    ui.scope(|ui| fact_lines(ui, cx, desk));
}

fn fact_lines(ui: &mut Ui, cx: &PageContext<'_>, desk: &Desk<'_>) {
    let tokens = Tokens::of(ui);
    let Some(product) = desk.product.as_ref().filter(|_| desk.products == 1) else { return };
    ui.horizontal(|ui| {
        widget::small(ui, words::facts_may_use(cx.lang));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let count = words::facts_locked(cx.lang, product.attributes.len() + usize::from(product.price.is_some()));
            ui.label(egui::RichText::new(count).font(regular(text_size::SMALL)).color(tokens.ok));
        });
    });
    if product.is_bare() {
        widget::caption(ui, words::no_facts(cx.lang));
    }
    let lines = product.attributes.iter().map(|(label, value)| format!("{label}: {value}"));
    ui.spacing_mut().interact_size.y = 20.0;
    ui.spacing_mut().item_spacing.y = 2.0;
    for line in lines.chain(product.price.clone()).take(12) {
        ui.horizontal(|ui| {
            ui.label(egui::RichText::new(icon::LOCK).size(13.0).color(tokens.text_3));
            let line = egui::RichText::new(line).font(regular(text_size::SMALL)).color(tokens.text);
            ui.add(egui::Label::new(line).truncate());
        });
    }
}

/// Words parted by commas of either kind.
fn parted(text: &str) -> Vec<String> {
    let parts = text.split([',', '，', ';', '；', '\n']).map(|word| word.trim().to_owned());
    parts.filter(|word| !word.is_empty()).collect()
}

fn lists(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView) {
    let names = [words::must_say(cx.lang), words::never_say(cx.lang), words::search_words(cx.lang)];
    for (i, name) in names.into_iter().enumerate() {
        widget::small(ui, name);
        let edit = TextEdit::singleline(&mut view.lists[i]).hint_text(words::words_hint(cx.lang));
        let response = ui.add(edit.desired_width(f32::INFINITY));
        named(&response, name);
        if response.changed() {
            let list = parted(&view.lists[i]);
            let brief = view.brief();
            *[&mut brief.must, &mut brief.must_not, &mut brief.search_words][i] = list;
        }
    }
    widget::small(ui, words::instructions(cx.lang));
    let hint = words::instructions_hint(cx.lang);
    let edit = TextEdit::multiline(&mut view.brief().instructions).hint_text(hint).desired_rows(2);
    named(&ui.add(edit.desired_width(f32::INFINITY)), words::instructions(cx.lang));
    match view.brief().check() {
        Ok(()) | Err(BriefError::NoProducts) => {}
        Err(error) => drop(field::field_error(ui, words::brief_error(cx.lang, error))),
    }
}

/// What is asked for one product alone; it stays with the brief when others are chosen beside it.
fn for_product(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let Some(product) = desk.product.as_ref().filter(|_| desk.products == 1) else { return };
    widget::small(ui, words::for_this_product(cx.lang));
    let mut text = view.brief().for_product.get(&product.id).cloned().unwrap_or_default();
    let edit = TextEdit::singleline(&mut text).hint_text(words::for_this_hint(cx.lang));
    let response = ui.add(edit.desired_width(f32::INFINITY));
    named(&response, words::for_this_product(cx.lang));
    if response.changed() {
        let all = &mut view.brief().for_product;
        match text.is_empty() {
            true => drop(all.remove(&product.id)),
            false => drop(all.insert(product.id.clone(), text)),
        }
    }
}

pub fn named(response: &egui::Response, name: &str) {
    let name = name.to_owned();
    response.widget_info(move || egui::WidgetInfo::labeled(egui::Role::TextInput, true, &name));
}

fn advanced(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView) {
    ui.horizontal(|ui| {
        if ui.add(Button::quiet(words::advanced(cx.lang)).icon(icon::DOWN)).clicked() {
            view.advanced = !view.advanced;
        }
    });
    if !view.advanced {
        return;
    }
    let brief = view.brief();
    which_model(ui, cx, brief);
    field::switch(ui, words::lock_facts(cx.lang), &mut brief.lock);
    ui.horizontal(|ui| {
        widget::small(ui, words::temperature(cx.lang)).on_hover_text(words::temperature_hover(cx.lang));
        let slider = egui::Slider::new(&mut brief.temperature, 0.0..=1.5).show_value(true).fixed_decimals(1);
        ui.add(slider);
    });
    ui.horizontal(|ui| {
        widget::small(ui, words::top_p(cx.lang)).on_hover_text(words::top_p_hover(cx.lang));
        ui.add(egui::Slider::new(&mut brief.top_p, 0.1..=1.0).show_value(true).fixed_decimals(2));
    });
    ui.horizontal(|ui| {
        widget::small(ui, words::seed(cx.lang));
        ui.add(egui::DragValue::new(&mut brief.seed).range(1..=999_999));
    });
    ui.horizontal(|ui| {
        if ui.add(Button::plain(words::see_prompt(cx.lang))).clicked() {
            view.dialog = Dialog::Prompt;
        }
        if ui.add(Button::plain(words::voice_button(cx.lang))).clicked() {
            view.dialog = Dialog::Voice;
        }
    });
}

/// The models of the shelf; the language's own writer unless another is chosen.
fn which_model(ui: &mut Ui, cx: &PageContext<'_>, brief: &mut CopyBrief) {
    let Some(shelf) = &cx.shown.models.shelf else {
        if cx.job(Slot::Shelf).is_none() {
            cx.send(Command::Models(ModelsCommand::Want));
        }
        return;
    };
    let mut choices = vec![(None, words::model_usual(cx.lang).to_owned())];
    let usable = shelf.iter().filter(|model| model.card.is_ok());
    choices.extend(usable.map(|model| (Some(model.source.clone()), name_of(cx, model))));
    if !choices.iter().any(|(choice, _)| *choice == brief.model) {
        choices.push((brief.model.clone(), words::model_gone(cx.lang).to_owned()));
    }
    field::choice(ui, words::model(cx.lang), None, &mut brief.model, &choices);
}

fn model_line(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    let tokens = Tokens::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = 20.0;
    let lang = view.brief().lang;
    let line = match super::writer(cx, view.brief.as_ref(), lang) {
        _ if !desk.has_model => words::model_none_title(cx.lang).to_owned(),
        ModelSource::House => words::model_house(cx.lang).to_owned(),
        ModelSource::File(path) => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            words::model_own(cx.lang, name)
        }
    };
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(icon::LOCK).size(13.0).color(tokens.text_3));
        let line = egui::RichText::new(line).font(regular(text_size::TINY)).color(tokens.text_3);
        ui.add(egui::Label::new(line).truncate());
    });
    let shown = &cx.shown.copy;
    if shown.tokens_per_s > 0.0 {
        let mut line = words::speed(cx.lang, number::decimal(shown.tokens_per_s));
        if let Some(each) = shown.seconds_each.filter(|_| desk.writing) {
            let left = (shown.all.saturating_sub(shown.done)) as f64 * each;
            let time = number::span(cx.lang, std::time::Duration::from_secs_f64(left.min(1e6)));
            line = format!("{line} · {}", words::time_left(cx.lang, time));
        }
        widget::caption(ui, line);
    }
}
