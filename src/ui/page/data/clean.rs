//! The Cleaning tab: the steps in order with what each did, and the rows as they become.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};
use polars::prelude::DataFrame;

use super::problems::{profile_key, set_cleaning};
use super::step::{StepDraft, step_fields};
use super::{DataCommand, cell_text};
use crate::project::{Column, Table, TableId};
use crate::stage::data::cell::Value;
use crate::stage::data::clean::{CleanError, CleanRecipe, CleanStep, StepReport};
use crate::ui::failure::Worded;
use crate::ui::text::{Lang, clean as words, number, source};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::grid::{GridColumn, GridView, grid};
use crate::ui::widget::plot::shorten;
use crate::ui::widget::{self, Button, field, icon, toggle};
use crate::ui::{Command, Failure, PageContext};

/// What the steps did, and the first rows they leave.
pub struct Cleaned {
    pub table: TableId,
    /// The recipe that this is of.
    pub recipe: CleanRecipe,
    pub rows_before: u64,
    /// Or the step that could not be done.
    pub result: Result<CleanedRows, CleanFailure>,
}

pub struct CleanedRows {
    pub reports: Vec<StepReport>,
    pub rows: u64,
    pub first: DataFrame,
}

#[derive(Debug)]
pub enum CleanFailure {
    Step(CleanError),
    Other(Failure),
}

/// Rows of the result that are kept for looking at.
pub const PREVIEW: usize = 1000;

#[derive(Default)]
pub struct CleanView {
    /// The step whose examples are shown; the last one until the user chooses.
    open: Option<usize>,
    chosen: bool,
    adding: Option<StepDraft>,
    grid: GridView,
}

impl CleanView {
    pub fn is_adding(&self) -> bool {
        self.adding.is_some()
    }
}

pub fn cleaning_tab(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CleanView, id: TableId, table: &Table) {
    let key = profile_key(id, table);
    let fresh: Option<&Cleaned> = cx.shown.extra("cleaned", key);
    if fresh.is_none() && !table.cleaning.is_empty() {
        cx.send(Command::Data(DataCommand::WantCleaned(id)));
    }
    let stale = || cx.shown.stale_extra::<Cleaned>("cleaned").filter(|made| made.table == id);
    let made = fresh.or_else(stale).filter(|_| !table.cleaning.is_empty());
    let full = ui.available_rect_before_wrap();
    let rows = made.and_then(|made| made.result.as_ref().ok());
    let preview = if rows.is_some() && full.height() > 420.0 { (full.height() * 0.4).min(340.0) } else { 0.0 };
    let upper = Rect::from_min_max(full.min, pos2(full.right(), full.bottom() - preview));
    let mut child = ui.new_child(UiBuilder::new().id_salt("steps").max_rect(upper));
    steps(&mut child, cx, view, id, table, made, fresh.is_some());
    if let Some(rows) = rows.filter(|_| preview > 0.0) {
        let lower = Rect::from_min_max(pos2(full.left(), upper.bottom() + 8.0), full.max);
        rows_after(ui, cx, &mut view.grid, table, rows, lower);
    }
}

fn steps(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut CleanView,
    id: TableId,
    table: &Table,
    made: Option<&Cleaned>,
    fresh: bool,
) {
    widget::small(ui, words::lead(cx.lang));
    ui.horizontal(|ui| {
        let add = Button::plain(words::add(cx.lang)).icon(icon::PLUS).enabled(cx.can_write());
        if ui.add(add).clicked() {
            view.adding = match view.adding {
                Some(_) => None,
                None => Some(StepDraft::of(&table.columns_after())),
            };
        }
        if !fresh && !table.cleaning.is_empty() {
            ui.add(egui::Spinner::new().size(14.0));
            widget::small(ui, words::working(cx.lang));
        } else if let Some(Ok(rows)) = made.map(|made| made.result.as_ref()) {
            let before = number::whole(made.map_or(0, |made| made.rows_before));
            widget::small(ui, words::result(cx.lang, before, number::whole(rows.rows)));
        }
    });
    if let Some(Err(CleanFailure::Other(failure))) = made.map(|made| made.result.as_ref()) {
        field::field_error(ui, &failure.text(cx.lang));
    }
    egui::ScrollArea::vertical().id_salt("clean steps").auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width() - 10.0);
        adding(ui, cx, view, id, table);
        if table.cleaning.is_empty() && view.adding.is_none() {
            widget::small(ui, words::no_steps(cx.lang));
        }
        for (i, step) in table.cleaning.steps.iter().enumerate() {
            ui.push_id(("step", i), |ui| one(ui, cx, view, (id, table), (i, step), made));
            widget::hairline(ui);
        }
    });
}

fn adding(ui: &mut Ui, cx: &PageContext<'_>, view: &mut CleanView, id: TableId, table: &Table) {
    let Some(mut draft) = view.adding.take() else { return };
    let mut close = false;
    let t = Tokens::of(ui);
    egui::Frame::new().fill(t.sunken).corner_radius(8).inner_margin(12).show(ui, |ui| {
        let columns = table.columns_after();
        step_fields(ui, cx.lang, &mut draft, &columns);
        let action = draft.action(&columns);
        let problem = action.as_ref().and_then(|action| action.check().err());
        if let Some(why) = &problem {
            field::field_error(ui, &source::step_error(cx.lang, why));
        }
        ui.horizontal(|ui| {
            let fits = action.is_some() && problem.is_none() && cx.can_write();
            if ui.add(Button::suggested(words::apply(cx.lang)).enabled(fits)).clicked()
                && let Some(action) = action
            {
                let mut cleaning = table.cleaning.clone();
                cleaning.steps.push(CleanStep::from(action));
                set_cleaning(cx, id, table, cleaning);
                close = true;
            }
            close |= ui.add(Button::quiet(crate::ui::text::common::cancel(cx.lang))).clicked();
        });
    });
    ui.add_space(size::S2);
    if !close {
        view.adding = Some(draft);
    }
}

fn one(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut CleanView,
    (id, table): (TableId, &Table),
    (i, step): (usize, &CleanStep),
    made: Option<&Cleaned>,
) {
    let lang = cx.lang;
    let t = Tokens::of(ui);
    let report = made.and_then(|made| report_of(made, i, step));
    let mut cleaning = table.cleaning.clone();
    let mut changed = false;
    let unfolded = if view.chosen { view.open == Some(i) } else { i + 1 == table.cleaning.steps.len() };
    ui.horizontal(|ui| {
        ui.set_min_height(44.0);
        let mut on = step.on;
        let name = format!("{} {}", words::on(lang), i + 1);
        if ui.add_enabled_ui(cx.can_write(), |ui| toggle::toggle(ui, &mut on, &name).changed()).inner {
            cleaning.steps[i].on = on;
            changed = true;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let last = table.cleaning.steps.len() - 1;
            if ui.add(Button::icon_only(icon::TRASH, words::remove(lang)).enabled(cx.can_write())).clicked() {
                cleaning.steps.remove(i);
                changed = true;
            }
            if ui.add(Button::icon_only(icon::DOWN, words::down(lang)).enabled(i < last && cx.can_write())).clicked() {
                cleaning.steps.swap(i, i + 1);
                changed = true;
            }
            if ui.add(Button::icon_only(icon::UP, words::up(lang)).enabled(i > 0 && cx.can_write())).clicked() {
                cleaning.steps.swap(i, i - 1);
                changed = true;
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let text = format!("{}. {}", i + 1, words::action(lang, &step.what));
                let ink = if step.on { t.text } else { t.text_3 };
                let text = egui::RichText::new(text).font(regular(text_size::SMALL)).color(ink);
                let label = egui::Label::new(text).truncate().sense(egui::Sense::click());
                let pressed = ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.add_space(4.0);
                    let response = ui.add(label);
                    did(ui, lang, step, report, made, i);
                    response
                });
                let around = pressed.response.interact(egui::Sense::click());
                if pressed.inner.clicked() || around.clicked() {
                    view.open = if unfolded { None } else { Some(i) };
                    view.chosen = true;
                }
            });
        });
    });
    if let Some(report) = report.filter(|_| unfolded) {
        examples(ui, lang, report);
    }
    if changed {
        (view.open, view.chosen) = (None, false);
        set_cleaning(cx, id, table, cleaning);
    }
}

/// The report of the step, if it is of the same step at the same place.
fn report_of<'a>(made: &'a Cleaned, i: usize, step: &CleanStep) -> Option<&'a StepReport> {
    let same = made.recipe.steps.get(i).is_some_and(|was| was == step);
    let rows = made.result.as_ref().ok().filter(|_| same)?;
    rows.reports.iter().find(|report| report.step == i)
}

fn did(ui: &mut Ui, lang: Lang, step: &CleanStep, report: Option<&StepReport>, made: Option<&Cleaned>, i: usize) {
    let t = Tokens::of(ui);
    if !step.on {
        widget::caption(ui, words::off(lang));
        return;
    }
    if let Some(Err(CleanFailure::Step(CleanError::Step { step: at, why }))) = made.map(|made| &made.result)
        && *at == i
    {
        field::field_error(ui, &source::step_error(lang, why));
        return;
    }
    let Some(report) = report else { return };
    let mut parts = Vec::new();
    let dropped = report.rows_before - report.rows_after;
    if dropped > 0 {
        parts.push(words::rows_n(lang, number::whole(dropped)));
    }
    if report.cells_changed > 0 {
        parts.push(words::cells_n(lang, number::whole(report.cells_changed)));
    }
    if report.set_missing > 0 {
        parts.push(words::emptied_n(lang, number::whole(report.set_missing)));
    }
    if parts.is_empty() {
        parts.push(words::nothing(lang).to_owned());
    }
    let text = parts.join(lang.pick(", ", "，"));
    ui.label(egui::RichText::new(text).font(regular(text_size::TINY)).color(t.text_2));
}

fn examples(ui: &mut Ui, lang: Lang, report: &StepReport) {
    if report.examples.is_empty() && report.dropped.is_empty() {
        return;
    }
    let text = |value: &Option<Value>| {
        let text = value.as_ref().map_or_else(|| words::empty(lang).to_owned(), |value| visible(&value.to_string()));
        shorten(&text, 44)
    };
    egui::Frame::new().inner_margin(egui::Margin { left: 42, right: 8, top: 0, bottom: 10 }).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        if !report.examples.is_empty() {
            widget::caption(ui, words::changed(lang));
            egui::Grid::new("changes").num_columns(4).min_row_height(20.0).spacing(vec2(18.0, 3.0)).show(ui, |ui| {
                for head in [words::row(lang), words::column(lang), words::before(lang), words::after(lang)] {
                    widget::caption(ui, head);
                }
                ui.end_row();
                for change in &report.examples {
                    widget::small(ui, number::whole(change.row + 1));
                    widget::small(ui, change.column.clone());
                    widget::small(ui, text(&change.before));
                    widget::small_strong(ui, text(&change.after));
                    ui.end_row();
                }
            });
        }
        if !report.dropped.is_empty() {
            widget::caption(ui, words::dropped(lang));
            for row in report.dropped.iter().take(5) {
                let cells: Vec<_> = row.cells.iter().take(12).map(text).collect();
                let line = format!("{} {}:  {}", words::row(lang), number::whole(row.row + 1), cells.join(" · "));
                let t = Tokens::of(ui);
                let line = egui::RichText::new(line).font(regular(text_size::TINY)).color(t.text_2);
                ui.add(egui::Label::new(line).truncate());
            }
        }
    });
}

/// Spaces that a reader would miss, as dots: at either end, and all but one between words.
fn visible(text: &str) -> String {
    let inner = text.trim();
    let begin = text.len() - text.trim_start().len();
    let mut shown = String::new();
    let mut before = false;
    for (at, c) in text.char_indices() {
        let space = c.is_whitespace();
        let outside = inner.is_empty() || at < begin || at >= begin + inner.len();
        shown.push(if space && (outside || before || c != ' ') { '·' } else { c });
        before = space;
    }
    shown
}

fn rows_after(ui: &mut Ui, cx: &PageContext<'_>, view: &mut GridView, table: &Table, rows: &CleanedRows, area: Rect) {
    let head = Rect::from_min_size(area.min, vec2(area.width(), 20.0));
    let mut top = ui.new_child(UiBuilder::new().id_salt("after head").max_rect(head));
    widget::caption(&mut top, words::preview(cx.lang, number::whole(rows.first.height() as u64)));
    let body = Rect::from_min_max(pos2(area.left(), head.bottom() + 4.0), area.max);
    let after: Vec<Column> = table.columns_after();
    let columns: Vec<GridColumn> = frame_columns(cx.lang, &rows.first, &after);
    let mut child = ui.new_child(UiBuilder::new().id_salt("after").max_rect(body));
    grid(&mut child, view, &columns, rows.first.height() as u64, |row, column| {
        let series = rows.first.columns().get(column)?;
        let value = series.get(row as usize).ok()?;
        let known = after.iter().find(|c| c.name == series.name().as_str())?;
        Some(cell_text(&value, known))
    });
}

/// The columns of a frame as a grid shows them.
pub fn frame_columns(lang: Lang, frame: &DataFrame, known: &[Column]) -> Vec<GridColumn> {
    let one = |series: &polars::prelude::Column| {
        let name = series.name().to_string();
        let column = known.iter().find(|c| c.name == name);
        let texts = (0..series.len().min(30)).filter_map(|row| Some(cell_text(&series.get(row).ok()?, column?)));
        let width = |text: &str| unicode_width::UnicodeWidthStr::width(text);
        let longest = texts.map(|text| width(&text)).max().unwrap_or(4).max(width(&name)).clamp(6, 30);
        let note = column.map_or("", |c| super::type_name(lang, c.kind));
        GridColumn {
            width: (longest as f32 * 7.6 + 24.0).max(width(note) as f32 * 6.6 + 20.0),
            note: note.to_owned(),
            right_aligned: column.is_some_and(|c| matches!(c.kind.key(), "integer" | "decimal")),
            name,
        }
    };
    frame.columns().iter().map(one).collect()
}

impl CleanFailure {
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Step(why) => why.text(lang),
            Self::Other(why) => why.text(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn spaces_that_do_not_belong_are_seen() {
        assert_eq!(visible("red  tea "), "red ·tea·");
        assert_eq!(visible(" tea\u{3000}x"), "·tea·x");
        assert_eq!(visible("a b"), "a b");
        assert_eq!(visible("  "), "··");
        assert_eq!(visible(""), "");
    }
}
