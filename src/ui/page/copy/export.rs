//! Export: which texts, which columns, how a row is made, as a file or on the clipboard; and edits on their way back.

use egui::{ScrollArea, Ui};

use super::{CopyCommand, CopyView, Desk, dialogs};
use crate::stage::copy::version::Status;
use crate::store::copyfile::{CopyColumn, ExportPlan, TextCode};
use crate::ui::text::copy as words;
use crate::ui::theme::{regular, text_size};
use crate::ui::widget::{self, Button, icon, toggle};
use crate::ui::{Command, PageContext};

pub fn export_dialog(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>) {
    widget::heading(ui, words::export_title(cx.lang));
    let texts = desk.texts.clone();
    let plan = &mut view.plan;
    widget::small(ui, words::export_what(cx.lang));
    let which = [(true, words::export_approved(cx.lang)), (false, words::export_all(cx.lang))];
    toggle::segmented(ui, &mut plan.approved_only, &which);
    widget::small(ui, words::export_rows(cx.lang));
    let rows = [(false, words::export_row_draft(cx.lang)), (true, words::export_row_product(cx.lang))];
    toggle::segmented(ui, &mut plan.by_product, &rows);
    widget::small(ui, words::export_as(cx.lang));
    let kinds = [(false, words::export_csv(cx.lang)), (true, words::export_xlsx(cx.lang))];
    toggle::segmented(ui, &mut plan.workbook, &kinds);
    if !plan.workbook {
        codes(ui, cx, plan);
    }
    if !plan.by_product {
        widget::small(ui, words::export_columns(cx.lang));
        columns(ui, cx, &mut plan.columns);
    }
    let wanted = texts.iter().filter(|(_, text)| match &text.status {
        Status::Failed(_) => false,
        Status::Approved => true,
        _ => !plan.approved_only,
    });
    let count = wanted.count();
    if count == 0 {
        widget::small(ui, words::export_nothing(cx.lang));
    }
    let Some((batch, _)) = desk.batch.clone() else { return };
    let plan = Box::new(plan.clone());
    let ready = count > 0 && (plan.by_product || !plan.columns.is_empty());
    let mut done = false;
    ui.horizontal(|ui| {
        if ui.add(Button::suggested(words::export_file(cx.lang)).icon(icon::FILE).enabled(ready)).clicked() {
            cx.send(Command::Copy(CopyCommand::Export { plan: plan.clone(), batch: batch.clone() }));
            done = true;
        }
        if ui.add(Button::plain(words::export_clipboard(cx.lang)).enabled(ready)).clicked() {
            cx.send(Command::Copy(CopyCommand::Clipboard { plan: plan.clone(), batch: batch.clone() }));
            done = true;
        }
        if ui.add(Button::plain(words::reimport(cx.lang)).icon(icon::IMPORT).enabled(desk.can_write)).clicked() {
            cx.send(Command::Copy(CopyCommand::AskEdits));
            done = true;
        }
        done |= ui.add(Button::quiet(words::close(cx.lang))).clicked();
    });
    if done {
        dialogs::close(view);
    }
}

fn codes(ui: &mut Ui, cx: &PageContext<'_>, plan: &mut ExportPlan) {
    widget::small(ui, words::export_code(cx.lang));
    let codes = [
        (TextCode::Utf8Mark, words::code_mark(cx.lang)),
        (TextCode::Utf8, words::code_plain(cx.lang)),
        (TextCode::Gb18030, words::code_gb(cx.lang)),
    ];
    toggle::segmented(ui, &mut plan.code, &codes);
}

/// Chosen columns first, in their order; a click on a chosen one takes it out, the arrow moves it up.
fn columns(ui: &mut Ui, cx: &PageContext<'_>, chosen: &mut Vec<CopyColumn>) {
    ScrollArea::vertical().id_salt("columns").max_height(220.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let rest = CopyColumn::ALL.into_iter().filter(|column| !chosen.contains(column));
        let all: Vec<CopyColumn> = chosen.iter().copied().chain(rest).collect();
        for column in all {
            ui.horizontal(|ui| {
                let place = chosen.iter().position(|known| *known == column);
                let mut on = place.is_some();
                let text = egui::RichText::new(words::column_name(cx.lang, column)).font(regular(text_size::SMALL));
                if ui.checkbox(&mut on, text).changed() {
                    match place {
                        Some(at) => drop(chosen.remove(at)),
                        None => chosen.push(column),
                    }
                } else if let Some(at) = place.filter(|at| *at > 0) {
                    let name = format!("{} ↑", words::column_name(cx.lang, column));
                    if ui.add(Button::icon_only(icon::UP, &name)).clicked() {
                        chosen.swap(at - 1, at);
                    }
                }
            });
        }
    });
}
