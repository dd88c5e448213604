//! After an import: what was kept, what was set aside and why, and where to go on.

use egui::{Color32, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::DataCommand;
use super::import::steps;
use crate::stage::data::read::{AsideReason, ReadSummary};
use crate::ui::page::page_head;
use crate::ui::text::{data as words, number, profile};
use crate::ui::theme::{Tokens, semibold, size, text_size};
use crate::ui::widget::grid::{GridColumn, GridView, grid};
use crate::ui::widget::{self, Button, bars, card_in};
use crate::ui::{Command, PageContext};

#[derive(Default)]
pub struct ImportedView {
    aside: GridView,
    columns: GridView,
    hide_aside: bool,
}

/// Where the user goes from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Rows,
    Cleaning,
}

pub fn imported(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut ImportedView,
    summary: &ReadSummary,
    next: &mut Option<Next>,
) {
    let lang = cx.lang;
    let title = words::rows_read(lang, number::whole(summary.rows_read));
    let room = page_head(ui, &title, &summary.file, |ui| {
        if ui.add(Button::primary(words::to_cleaning(lang))).clicked() {
            *next = Some(Next::Cleaning);
        }
        if ui.add(Button::plain(words::done(lang))).clicked() {
            *next = Some(Next::Rows);
        }
        steps(ui, cx, 3, 300.0);
    });
    if next.is_some() {
        cx.send(Command::Data(DataCommand::CloseImport));
    }
    let cut = (summary.aside.len() as u64) < summary.rows_aside();
    let height = 92.0 + 24.0 * summary.set_aside.len().max(2) as f32 + if cut { 20.0 } else { 0.0 };
    let top = Rect::from_min_size(room.min, vec2(room.width(), height.min(room.height())));
    card_in(ui, top, |ui| counts(ui, cx, view, summary));
    let below = Rect::from_min_max(pos2(room.left(), top.bottom() + size::S4), room.max);
    if below.height() < 120.0 {
        return;
    }
    match view.hide_aside || summary.aside.is_empty() {
        true => columns(ui, cx, view, summary, below),
        false => aside_rows(ui, cx, view, summary, below),
    }
}

fn counts(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportedView, summary: &ReadSummary) {
    let t = Tokens::of(ui);
    let total = summary.rows_read.max(1) as f32;
    let mut parts = vec![(summary.rows_kept as f32 / total, t.series(2))];
    parts.extend(summary.set_aside.iter().map(|(why, n)| (*n as f32 / total, reason_colour(t, *why))));
    bars::stacked(ui, &parts);
    ui.add_space(size::S2);
    let room = ui.available_rect_before_wrap();
    let half = Rect::from_min_max(room.min, pos2(room.left() + room.width() * 0.4, room.bottom()));
    let mut left = ui.new_child(UiBuilder::new().id_salt("kept").max_rect(half));
    kept(&mut left, cx, summary);
    let rest = Rect::from_min_max(pos2(half.right() + size::S4, room.top()), room.max);
    let mut right = ui.new_child(UiBuilder::new().id_salt("set aside").max_rect(rest));
    set_aside(&mut right, cx, view, summary);
}

fn share(cx: &PageContext<'_>, part: u64, summary: &ReadSummary) -> String {
    profile::percent(cx.lang, part as f64 / summary.rows_read.max(1) as f64)
}

fn kept(ui: &mut Ui, cx: &PageContext<'_>, summary: &ReadSummary) {
    let (lang, t) = (cx.lang, Tokens::of(ui));
    ui.spacing_mut().item_spacing.y = 4.0;
    head(ui, t.series(2), &words::rows_kept(lang, number::whole(summary.rows_kept)));
    widget::small(ui, words::kept_share(lang, share(cx, summary.rows_kept, summary)));
    if summary.returns > 0 {
        let bought = number::whole(summary.rows_kept - summary.returns);
        widget::small(ui, words::bought_and_returned(lang, bought, number::whole(summary.returns)));
    }
}

fn set_aside(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportedView, summary: &ReadSummary) {
    let (lang, t) = (cx.lang, Tokens::of(ui));
    ui.spacing_mut().item_spacing.y = 4.0;
    if summary.set_aside.is_empty() {
        widget::small(ui, words::aside_none(lang));
        return;
    }
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        let aside = words::rows_aside(lang, number::whole(summary.rows_aside()));
        ui.label(egui::RichText::new(aside).font(semibold(text_size::BODY)).color(t.text));
        widget::small(ui, words::aside_note(lang, share(cx, summary.rows_aside(), summary)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if summary.aside.is_empty() {
                return;
            }
            let name = if view.hide_aside { words::aside_show(lang) } else { words::aside_hide(lang) };
            if ui.add(Button::quiet(name)).clicked() {
                view.hide_aside = !view.hide_aside;
            }
            if ui.add(Button::quiet(words::aside_export(lang))).clicked() {
                cx.send(Command::Data(DataCommand::AskAside(None)));
            }
        });
    });
    for (why, n) in &summary.set_aside {
        count_row(ui, reason_colour(t, *why), words::aside(lang, *why), Some(number::whole(*n)));
    }
    if (summary.aside.len() as u64) < summary.rows_aside() {
        widget::caption(ui, words::aside_first(lang, number::whole(summary.aside.len() as u64)));
    }
}

pub fn reason_colour(t: &Tokens, reason: AsideReason) -> Color32 {
    let place = AsideReason::ALL.iter().position(|other| *other == reason).unwrap_or(0);
    t.series([1, 5, 6, 1, 5, 6, 3, 7, 4, 6, 3, 0][place % 12])
}

fn head(ui: &mut Ui, colour: Color32, text: &str) {
    let t = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        let (dot, _) = ui.allocate_exact_size(vec2(11.0, 11.0), Sense::hover());
        ui.painter().rect_filled(dot, 3.0, colour);
        ui.label(egui::RichText::new(text).font(semibold(text_size::BODY)).color(t.text));
    });
}

pub fn count_row(ui: &mut Ui, colour: Color32, text: &str, count: Option<String>) {
    let row = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 20.0), row, |ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        let (dot, _) = ui.allocate_exact_size(vec2(11.0, 11.0), Sense::hover());
        ui.painter().rect_filled(dot, 3.0, colour);
        widget::small(ui, text);
        if let Some(count) = count {
            widget::small_strong(ui, count);
        }
    });
}

/// The width that the text column needs: all of the room, or more where the first rows are longer.
pub fn text_width<'a>(texts: impl Iterator<Item = &'a str>, room: f32) -> f32 {
    let longest = texts.take(200).map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0).min(200);
    (longest as f32 * 7.4 + 24.0).max(room).max(240.0)
}

/// The table as it came in: its columns, their types and what they are.
fn columns(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportedView, summary: &ReadSummary, area: Rect) {
    let lang = cx.lang;
    let names = summary.columns.iter().map(|column| column.name.as_str());
    let heads = [
        (words::column_name(lang), text_width(names, 0.0).min(420.0)),
        (words::column_kind(lang), 180.0),
        (words::column_role(lang), 220.0),
    ];
    let heads = heads.map(|(name, width)| head_of(name, width, false));
    let mut child = framed(ui, "columns", area);
    grid(&mut child, &mut view.columns, &heads, summary.columns.len() as u64, |row, place| {
        let column = summary.columns.get(row as usize)?;
        Some(match place {
            0 => column.name.clone(),
            1 => super::type_name(lang, column.column_type).to_owned(),
            _ => words::role(lang, column.role).to_owned(),
        })
    });
}

fn head_of(name: &str, width: f32, right_aligned: bool) -> GridColumn {
    GridColumn { name: name.to_owned(), note: String::new(), width, right_aligned }
}

/// A card whose content goes to its edges.
fn framed(ui: &mut Ui, name: &str, area: Rect) -> Ui {
    let t = Tokens::of(ui);
    let edge = egui::Stroke::new(1.0, t.line);
    ui.painter().rect(area, size::RADIUS_CARD, t.surface, edge, egui::StrokeKind::Inside);
    ui.new_child(UiBuilder::new().id_salt(name).max_rect(area.shrink(1.0)))
}

fn aside_rows(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ImportedView, summary: &ReadSummary, area: Rect) {
    let wide = text_width(summary.aside.iter().map(|row| row.text.as_str()), area.width() - 300.0);
    let columns = [
        head_of(words::aside_line(cx.lang), 90.0, true),
        head_of(words::aside_why(cx.lang), 190.0, false),
        head_of(words::aside_text(cx.lang), wide, false),
    ];
    let mut child = framed(ui, "aside", area);
    grid(&mut child, &mut view.aside, &columns, summary.aside.len() as u64, |row, column| {
        let aside = summary.aside.get(row as usize)?;
        Some(match column {
            0 => aside.line.to_string(),
            1 => words::aside(cx.lang, aside.reason).to_owned(),
            _ => aside.text.clone(),
        })
    });
}
