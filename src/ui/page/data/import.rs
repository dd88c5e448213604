//! Importing a file: how it is read and what its columns mean, with a look at its first rows.

use std::path::{Path, PathBuf};

use egui::{CornerRadius, Rect, Sense, Ui, pos2, vec2};

use super::DataCommand;
use super::imported::{ImportedView, Next, imported};
use super::roles::{self, preview, reasons};
use crate::stage::data::kind::TableKind;
use crate::stage::data::read::{ReadRecipe, Sniffed, TextEncoding};
use crate::ui::page::page_head;
use crate::ui::shown::Importing;
use crate::ui::text::{common, data as words, number};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::grid::GridView;
use crate::ui::widget::{self, Button, Tone, bars, card_in, chip, field, icon};
use crate::ui::{Command, PageContext};

#[derive(Default)]
pub struct ImportView {
    /// The file that the recipe is for.
    path: PathBuf,
    pub(super) recipe: ReadRecipe,
    remember: bool,
    /// A template decided how the file is read.
    remembered: bool,
    pub(super) preview: GridView,
    imported: ImportedView,
}

/// The wizard; after an import it says where the user wants to go on.
pub fn import_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, importing: &Importing) -> Option<Next> {
    let mut next = None;
    match importing {
        Importing::Looked { path, sniffed, remembered } => {
            if view.path != *path {
                // What a template says counts as chosen, so that changing one thing keeps the rest.
                let recipe = if *remembered { sniffed.recipe.clone() } else { kept_choices(&sniffed.recipe) };
                *view = ImportView { path: path.clone(), recipe, remembered: *remembered, ..ImportView::default() };
            }
            let room = page_head(ui, words::import_title(cx.lang), words::import_lead(cx.lang), |ui| {
                look_buttons(ui, cx, view, path, sniffed);
            });
            look(ui, cx, view, path, sniffed, room);
        }
        Importing::Done { summary } => imported(ui, cx, &mut view.imported, summary, &mut next),
    }
    if next.is_some() {
        *view = ImportView::default();
    }
    next
}

/// Only what a user would have chosen travels to the next look; what was found out is found out again.
fn kept_choices(found: &ReadRecipe) -> ReadRecipe {
    ReadRecipe { time_zone: found.time_zone.clone(), ..ReadRecipe::default() }
}

fn look_buttons(ui: &mut Ui, cx: &PageContext<'_>, view: &ImportView, path: &Path, sniffed: &Sniffed) {
    if let Some(job) = cx.job(crate::jobs::Slot::Import) {
        under_way(ui, cx, job);
        return;
    }
    let asked = sniffed.asks.is_empty() || view.recipe.day_first.is_some();
    let can = asked && sniffed.problem.is_none() && cx.can_write();
    let go = Button::primary(words::import_go(cx.lang)).icon(icon::IMPORT).enabled(can);
    if ui.add(go).clicked() {
        let recipe = Box::new(filled(&view.recipe, sniffed));
        cx.send(Command::Data(DataCommand::Import { path: path.to_owned(), recipe, remember: view.remember }));
    }
    if ui.add(Button::plain(words::import_back(cx.lang))).clicked() {
        cx.send(Command::Data(DataCommand::CloseImport));
    }
    steps(ui, cx, 1, 550.0);
}

/// How far the reading is and how long it will take, where the eye is; and a way out.
fn under_way(ui: &mut Ui, cx: &PageContext<'_>, job: &crate::jobs::JobStatus) {
    let lang = cx.lang;
    if ui.add(Button::plain(common::stop(lang))).clicked() {
        cx.send(Command::Stop(job.slot));
    }
    ui.add_space(size::S3);
    ui.allocate_ui_with_layout(vec2(260.0, 34.0), egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let share = job.progress.fraction();
        let mut text = common::step(lang, job.progress.step).to_owned();
        if let Some(share) = share {
            text = format!("{text}, {}", common::percent(lang, format!("{:.0}", share * 100.0)));
        }
        if let Some(left) = job.time_left {
            text = format!("{text}, {}", common::about_left(lang, number::span(lang, left)));
        }
        widget::small(ui, text);
        bars::progress(ui, share);
    });
}

/// File, roles, import, cleaning: where the user is on the way, if the title's words leave room. Painted, since they
/// say it too.
pub fn steps(ui: &mut Ui, cx: &PageContext<'_>, at: usize, words_need: f32) {
    let t = Tokens::of(ui);
    let names = [
        words::step_file(cx.lang),
        words::step_roles(cx.lang),
        words::step_import(cx.lang),
        words::step_cleaning(cx.lang),
    ];
    let galley = |name: &str, i: usize| {
        let font = if i == at { semibold(text_size::SMALL) } else { regular(text_size::SMALL) };
        ui.painter().layout_no_wrap(name.to_owned(), font, if i == at { t.text } else { t.text_2 })
    };
    let drawn: Vec<_> = names.iter().enumerate().map(|(i, name)| galley(name, i)).collect();
    let (dot, gap, line) = (11.0, 8.0, 24.0);
    let wide = drawn.iter().map(|g| 2.0 * dot + gap + g.size().x + gap).sum::<f32>() + 3.0 * (line + gap) + size::S4;
    if ui.available_width() < wide + words_need {
        return;
    }
    let (rect, _) = ui.allocate_exact_size(vec2(wide, 28.0), Sense::hover());
    let (mut x, y) = (rect.left(), rect.center().y);
    for (i, name) in drawn.into_iter().enumerate() {
        let middle = pos2(x + dot, y);
        let (fill, ink) = match i.cmp(&at) {
            std::cmp::Ordering::Less => (t.ok_soft, t.ok),
            std::cmp::Ordering::Equal => (t.accent, t.on_accent),
            std::cmp::Ordering::Greater => (t.idle_soft, t.text_2),
        };
        ui.painter().circle_filled(middle, dot, fill);
        let mark = if i < at { icon::CHECK.to_owned() } else { (i + 1).to_string() };
        ui.painter().text(middle, egui::Align2::CENTER_CENTER, mark, semibold(text_size::TINY), ink);
        x += 2.0 * dot + gap;
        let width = name.size().x;
        ui.painter().galley(pos2(x, y - name.size().y / 2.0), name, t.text);
        x += width + gap;
        if i < 3 {
            ui.painter().hline(x..=x + line, y, egui::Stroke::new(1.0, t.line_input));
            x += line + gap;
        }
    }
}

/// The sniffed recipe with the user's choices over it: what is shown is what is read.
fn filled(chosen: &ReadRecipe, sniffed: &Sniffed) -> ReadRecipe {
    let mut recipe = sniffed.recipe.clone();
    recipe.day_first = chosen.day_first.or(recipe.day_first);
    recipe.time_zone.clone_from(&chosen.time_zone);
    recipe.kind = chosen.kind.or(recipe.kind);
    recipe.roles.extend(chosen.roles.clone());
    recipe.event_words.extend(chosen.event_words.clone());
    recipe
}

fn look(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, path: &Path, sniffed: &Sniffed, room: Rect) {
    let left = Rect::from_min_max(room.min, pos2(room.left() + size::RECIPE, room.bottom()));
    let before = view.recipe.clone();
    card_in(ui, left, |ui| how_read(ui, cx, view, sniffed));
    let middle = Rect::from_min_max(pos2(left.right() + size::S4, room.top()), room.max);
    let foot = roles::height(view, sniffed).clamp(150.0, (middle.height() * 0.46).max(150.0));
    let table = Rect::from_min_max(middle.min, pos2(middle.right(), middle.bottom() - foot - size::S4));
    preview(ui, cx, view, sniffed, table);
    let why = Rect::from_min_max(pos2(middle.left(), table.bottom() + size::S4), middle.max);
    card_in(ui, why, |ui| reasons(ui, cx, view, sniffed));
    if view.recipe != before {
        let recipe = Box::new(view.recipe.clone());
        cx.send(Command::Data(DataCommand::Look { path: path.to_owned(), recipe }));
    }
}

fn how_read(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, sniffed: &Sniffed) {
    let lang = cx.lang;
    widget::heading(ui, words::how_read(lang));
    file_box(ui, cx, sniffed);
    if view.remembered {
        chip(ui, Tone::Ok, words::remembered(lang));
    }
    egui::ScrollArea::vertical().id_salt("how read").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 10.0;
        if let Some(found) = sniffed.encoding {
            let choices: Vec<_> = TextEncoding::ALL.map(|e| (e, e.key().to_uppercase())).to_vec();
            let mut value = found;
            let note = view.recipe.encoding.is_none().then(|| words::detected(lang));
            if field::choice(ui, words::encoding(lang), note, &mut value, &choices) {
                view.recipe.encoding = Some(value);
            }
        }
        if let Some(found) = &sniffed.delimiter {
            let mut choices: Vec<_> =
                [",", ";", "\t", "|", "::"].map(|d| (d.to_owned(), words::delimiter_name(lang, d))).to_vec();
            if !choices.iter().any(|(delimiter, _)| delimiter == found) {
                choices.push((found.clone(), words::delimiter_name(lang, found)));
            }
            let mut value = found.clone();
            let note = view.recipe.delimiter.is_none().then(|| words::detected(lang));
            if field::choice(ui, words::delimiter(lang), note, &mut value, &choices) {
                view.recipe.delimiter = Some(value);
            }
        }
        if sniffed.sheets.len() > 1 {
            let choices: Vec<_> = sniffed.sheets.iter().map(|sheet| (sheet.clone(), sheet.clone())).collect();
            let mut value = sniffed.recipe.sheet.clone().unwrap_or_default();
            if field::choice(ui, words::sheet(lang), None, &mut value, &choices) {
                view.recipe.sheet = Some(value);
            }
        }
        dates(ui, cx, view, sniffed);
        numbers(ui, cx, view, sniffed);
        let zones = [
            (None, words::zone_utc(lang)),
            (Some("Asia/Shanghai"), "Asia/Shanghai"),
            (Some("Europe/London"), "Europe/London"),
            (Some("Europe/Berlin"), "Europe/Berlin"),
            (Some("America/New_York"), "America/New York"),
            (Some("America/Los_Angeles"), "America/Los Angeles"),
            (Some("Asia/Tokyo"), "Asia/Tokyo"),
        ];
        let zones = zones.map(|(zone, name)| (zone.map(str::to_owned), name.to_owned()));
        field::choice(ui, words::zone(lang), None, &mut view.recipe.time_zone, &zones);
        let kinds = TableKind::ALL.map(|kind| (kind, words::row_is(lang, kind).to_owned()));
        let mut kind = view.recipe.kind.unwrap_or(sniffed.guess.kind);
        if field::choice(ui, words::one_row_is(lang), None, &mut kind, &kinds) {
            view.recipe.kind = Some(kind);
        }
        if sniffed.delimiter.is_some() {
            let mut header = sniffed.header;
            if field::switch(ui, words::first_row_names(lang), &mut header) {
                view.recipe.header = Some(header);
            }
        }
        field::switch(ui, words::remember(lang), &mut view.remember);
        ui.add_space(size::S2);
        field::hint(ui, words::never_changed(lang));
    });
}

fn file_box(ui: &mut Ui, cx: &PageContext<'_>, sniffed: &Sniffed) {
    let t = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(6), t.sunken);
    let middle = egui::Align2::LEFT_CENTER;
    ui.painter().text(rect.left_center() + vec2(12.0, 0.0), middle, icon::FILE, regular(20.0), t.accent);
    let clip = ui.painter().with_clip_rect(rect.shrink(4.0).intersect(ui.clip_rect()));
    let at = |y: f32| pos2(rect.left() + 44.0, y);
    clip.text(at(rect.top() + 19.0), middle, &sniffed.file, regular(text_size::SMALL), t.text);
    let facts = words::file_facts(cx.lang, number::bytes(sniffed.bytes), sniffed.columns.len());
    clip.text(at(rect.top() + 38.0), middle, facts, regular(text_size::TINY), t.text_3);
    ui.interact(rect, ui.scope_id().with("file box"), Sense::hover()).on_hover_text(&sniffed.file);
}

fn dates(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, sniffed: &Sniffed) {
    let lang = cx.lang;
    if sniffed.asks.is_empty() && view.recipe.day_first.is_none() {
        return;
    }
    let ask = !sniffed.asks.is_empty();
    let choices = [
        (None, if ask { words::dates_choose(lang) } else { words::dates_as_written(lang) }.to_owned()),
        (Some(true), words::dates_day_first(lang).to_owned()),
        (Some(false), words::dates_month_first(lang).to_owned()),
    ];
    field::choice(ui, words::dates(lang), None, &mut view.recipe.day_first, &choices);
    if view.recipe.day_first.is_none() {
        for crate::stage::data::read::Ask::DayFirst { column, example } in &sniffed.asks {
            field::field_error(ui, &words::dates_ask(lang, column, example));
        }
    }
}

/// How decimals are written, where the file is text and has some.
fn numbers(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportView, sniffed: &Sniffed) {
    let mut comma = sniffed.recipe.decimal_comma.unwrap_or(false);
    let any = comma || sniffed.types.iter().any(|kind| kind.key() == "decimal") || view.recipe.decimal_comma.is_some();
    if sniffed.encoding.is_none() || !any {
        return;
    }
    let choices = [(false, words::numbers_point(cx.lang).to_owned()), (true, words::numbers_comma(cx.lang).to_owned())];
    let note = view.recipe.decimal_comma.is_none().then(|| words::detected(cx.lang));
    if field::choice(ui, words::numbers(cx.lang), note, &mut comma, &choices) {
        view.recipe.decimal_comma = Some(comma);
    }
}

/// While the first look is on its way there is nothing to draw yet but what happens.
pub fn looking(ui: &mut Ui, cx: &PageContext<'_>, room: Rect) {
    card_in(ui, room, |ui| {
        ui.add_space(ui.available_height() * 0.4);
        ui.vertical_centered(|ui| {
            ui.add(egui::Spinner::new().size(24.0));
            widget::small(ui, words::looking(cx.lang));
            let job = cx.job(crate::jobs::Slot::Import);
            if let Some(share) = job.and_then(|job| job.progress.fraction()) {
                widget::small(ui, common::percent(cx.lang, format!("{:.0}", share * 100.0)));
            }
            if ui.add(Button::quiet(common::stop(cx.lang))).clicked() {
                cx.send(Command::Stop(crate::jobs::Slot::Import));
            }
        });
    });
}
