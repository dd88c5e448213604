//! All texts of a batch in a table: filters, bulk approval, retry, and a click to edit.

use egui::{Rect, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use super::{CopyCommand, CopyView, Desk, editor, keep};
use crate::project::Item;
use crate::stage::copy::version::{CopyText, Status};
use crate::ui::text::copy as words;
use crate::ui::theme::{Tokens, regular, semibold, text_size};
use crate::ui::widget::{self, Button, bars, card_in, icon, toggle};
use crate::ui::{Command, PageContext};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Filter {
    #[default]
    All,
    Open,
    Approved,
    Findings,
    Clean,
    Failed,
}

#[derive(Default)]
pub struct TableView {
    filter: Filter,
}

const LINE: f32 = 52.0;

pub fn table_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, area: Rect) {
    let texts = desk.texts.clone();
    card_in(ui, area, |ui| {
        let failed = texts.iter().filter(|(_, text)| matches!(text.status, Status::Failed(_))).count();
        super::check::check_all(ui, view, desk);
        bar(ui, cx, view, desk, &texts, failed);
        if desk.writing {
            let shown = &cx.shown.copy;
            bars::progress(ui, (shown.all > 0).then(|| shown.done as f32 / shown.all as f32));
        }
        if let Some(editing) = view.editing.as_ref().map(|editing| editing.id.clone())
            && let Some((id, text)) = texts.iter().find(|(id, _)| *id == editing)
        {
            editor::editor_card(ui, cx, view, desk, id, text);
        }
        head(ui, cx);
        let fits = |(id, text): &&(String, CopyText)| fits(view.table.filter, text, counts(view, id, text));
        let shown: Vec<&(String, CopyText)> = texts.iter().filter(fits).collect();
        ScrollArea::vertical().id_salt("copy table").auto_shrink(false).show_rows(ui, LINE, shown.len(), |ui, rows| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (id, text) in shown.get(rows).unwrap_or_default() {
                line(ui, cx, view, desk, id, text);
            }
        });
    });
}

/// Faults and doubts by the report, where there is one already; else as they were counted last.
fn counts(view: &CopyView, id: &str, text: &CopyText) -> (usize, usize) {
    match view.known.get(id) {
        Some(known) => (keep::open_faults(&known.report, text), keep::open_doubts(&known.report, text)),
        None => (text.faults, text.doubts),
    }
}

fn fits(filter: Filter, text: &CopyText, counts: (usize, usize)) -> bool {
    match filter {
        Filter::All => true,
        Filter::Open => text.status == Status::Open,
        Filter::Approved => text.status == Status::Approved,
        Filter::Findings => counts != (0, 0),
        Filter::Clean => counts == (0, 0) && !matches!(text.status, Status::Failed(_)),
        Filter::Failed => matches!(text.status, Status::Failed(_)),
    }
}

fn bar(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut CopyView,
    desk: &Desk<'_>,
    texts: &[(String, CopyText)],
    failed: usize,
) {
    ui.horizontal(|ui| {
        let filters = [
            (Filter::All, words::all_statuses(cx.lang)),
            (Filter::Open, words::only_open(cx.lang)),
            (Filter::Approved, words::only_approved(cx.lang)),
            (Filter::Findings, words::only_findings(cx.lang)),
            (Filter::Clean, words::only_clean(cx.lang)),
            (Filter::Failed, words::only_failed(cx.lang)),
        ];
        toggle::segmented(ui, &mut view.table.filter, &filters);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            // Only what a report says is clean: words that came from a file may not have been looked at yet.
            let is_clean = |(id, text): &&(String, CopyText)| {
                let looked = view.known.contains_key(id) && text.status == Status::Open;
                looked && counts(view, id, text) == (0, 0) && !text.text().is_empty()
            };
            let clean: Vec<&(String, CopyText)> = texts.iter().filter(is_clean).collect();
            let approve = words::approve_clean(cx.lang, clean.len());
            let can = desk.can_write && !clean.is_empty();
            if ui.add(Button::suggested(&approve).icon(icon::CHECK).enabled(can)).clicked() {
                let edits = clean
                    .iter()
                    .filter_map(|(id, text)| CopyText { status: Status::Approved, ..text.clone() }.put(id).ok());
                cx.send(Command::Edit { label: keep::LABEL, edits: edits.collect(), merge: None });
            }
            if failed > 0
                && let Some((id, _)) = &desk.batch
            {
                let retry = words::retry_failed(cx.lang, failed);
                if ui.add(Button::plain(&retry).icon(icon::AGAIN).enabled(desk.can_write && !desk.writing)).clicked() {
                    cx.send(Command::Copy(CopyCommand::Retry(id.clone())));
                }
            }
        });
    });
}

/// Left edges and widths of the columns: product, text, status, findings, author.
fn columns(rect: Rect) -> [Rect; 5] {
    let fixed = [150.0, 0.0, 92.0, 120.0, 110.0];
    let free = (rect.width() - fixed.iter().sum::<f32>()).max(120.0);
    let mut x = rect.left();
    fixed.map(|width| {
        let width = if width == 0.0 { free } else { width };
        let cell = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
        x += width;
        cell.shrink2(vec2(8.0, 4.0))
    })
}

fn head(ui: &mut Ui, cx: &PageContext<'_>) {
    let tokens = Tokens::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    ui.painter().rect_filled(rect, 4.0, tokens.sunken);
    let names = [
        words::product(cx.lang),
        words::col_text(cx.lang),
        words::col_status(cx.lang),
        words::col_findings(cx.lang),
        words::col_by(cx.lang),
    ];
    for (cell, name) in columns(rect).into_iter().zip(names) {
        let font = semibold(text_size::TINY);
        ui.painter().text(cell.left_center(), egui::Align2::LEFT_CENTER, name, font, tokens.text_2);
    }
}

fn line(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CopyView, desk: &Desk<'_>, id: &str, text: &CopyText) {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    let label = format!("{} {}", text.product, text.text());
    let chosen = view.chosen.as_deref() == Some(id);
    response.widget_info(move || egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &label));
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 4.0, if chosen { tokens.selected } else { tokens.hover });
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, tokens.line));
    let name = desk.product_of(text).map_or(text.product.as_str(), |p| &p.name);
    let cells = columns(rect);
    let found = counts(view, id, text);
    let mut cell = |i: usize, add: &mut dyn FnMut(&mut Ui)| {
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut child = ui.new_child(UiBuilder::new().id_salt((id, i)).max_rect(cells[i]).layout(layout));
        child.set_clip_rect(cells[i].intersect(child.clip_rect()));
        add(&mut child);
    };
    cell(0, &mut |ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add_space(5.0);
            widget::small_strong(ui, name);
            let kind = format!("{} · {}", words::channel_name(cx.lang, text.channel), text.lang.key());
            widget::caption(ui, kind);
        });
    });
    cell(1, &mut |ui| {
        let shown = match &text.status {
            Status::Failed(why) => why.clone(),
            _ => text.text().replace('\n', " ↵ "),
        };
        let mut job =
            egui::text::LayoutJob::simple(shown, regular(text_size::SMALL), tokens.text, ui.available_width());
        job.wrap.max_rows = 2;
        ui.add(egui::Label::new(job).wrap());
    });
    cell(2, &mut |ui| drop(widget::small(ui, words::status_name(cx.lang, &text.status))));
    cell(3, &mut |ui| {
        let (mark, count) = match found {
            (0, 0) => (tokens.ok, words::only_clean(cx.lang).to_owned()),
            (0, n) => (tokens.warn, words::doubtful_n(cx.lang, n)),
            (n, _) => (tokens.bad, words::faults_n(cx.lang, n)),
        };
        if !matches!(text.status, Status::Failed(_)) {
            ui.label(egui::RichText::new(count).font(regular(text_size::SMALL)).color(mark));
        }
    });
    cell(4, &mut |ui| drop(widget::caption(ui, words::origin_name(cx.lang, text.origin()))));
    if response.clicked() && desk.can_write && !matches!(text.status, Status::Failed(_)) {
        editor::open(cx, view, desk, id, text);
    }
}
