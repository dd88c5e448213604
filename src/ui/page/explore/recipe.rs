//! What to draw: source, kind of chart, columns, colours, filters.

use egui::Ui;

use super::draft::{ChartKind, Draft, Sum, is_number, is_time};
use super::filters::{FilterView, filters_of};
use super::{column_name, columns_of};
use crate::project::{ChartSource, Column, ColumnType, Project};
use crate::stage::data::Role;
use crate::stage::data::explore::{BarOrder, Grain, GroupBy};
use crate::ui::PageContext;
use crate::ui::text::explore as words;
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::{self, field};

pub fn recipe_card(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut FilterView,
    draft: &mut Draft,
    project: &Project,
    columns: &[Column],
) {
    egui::ScrollArea::vertical().id_salt("chart recipe").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 10.0;
        source(ui, cx, draft, project);
        kinds(ui, cx, draft);
        ui.add_space(2.0);
        widget::hairline(ui);
        let pick = Pick { cx, columns, source: draft.source };
        places(ui, &pick, draft);
        if draft.kind.has_group() {
            group(ui, &pick, draft);
        }
        ui.add_space(2.0);
        widget::hairline(ui);
        filters_of(ui, cx, view, draft, columns);
    });
}

fn source(ui: &mut Ui, cx: &PageContext<'_>, draft: &mut Draft, project: &Project) {
    let mut choices: Vec<_> = project.tables().map(|(id, t)| (ChartSource::Table(id), t.name.clone())).collect();
    choices.push((ChartSource::Customers, words::customers(cx.lang).to_owned()));
    let mut chosen = draft.source;
    if field::choice(ui, words::what(cx.lang), None, &mut chosen, &choices) {
        let columns = columns_of(project, chosen).unwrap_or_default();
        *draft = Draft::of(chosen, &columns);
    }
}

/// Nine buttons in three rows.
fn kinds(ui: &mut Ui, cx: &PageContext<'_>, draft: &mut Draft) {
    let t = Tokens::of(ui);
    ui.add_space(6.0);
    widget::small(ui, words::chart(cx.lang));
    let width = (ui.available_width() - 2.0 * 6.0) / 3.0;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        for row in ChartKind::ALL.chunks(3) {
            ui.horizontal(|ui| {
                for kind in row {
                    let chosen = draft.kind == *kind;
                    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, 30.0), egui::Sense::click());
                    let name = words::kind(cx.lang, *kind);
                    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, name));
                    let (fill, edge, ink) = match (chosen, response.hovered()) {
                        (true, _) => (t.selected, t.accent, t.accent_text),
                        (false, true) => (t.hover, t.line_input, t.text),
                        _ => (t.surface, t.line_input, t.text_2),
                    };
                    let line = egui::Stroke::new(1.0, edge);
                    ui.painter().rect(rect, 6.0, fill, line, egui::StrokeKind::Inside);
                    if response.has_focus() {
                        let ring = egui::Stroke::new(2.0, t.focus);
                        ui.painter().rect_stroke(rect, 6.0, ring, egui::StrokeKind::Inside);
                    }
                    let font = if chosen { semibold(text_size::TINY) } else { regular(text_size::TINY) };
                    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, name, font, ink);
                    if response.on_hover_text(words::kind_long(cx.lang, *kind)).clicked() {
                        draft.kind = *kind;
                    }
                }
            });
        }
    });
}

/// Choosing columns.
struct Pick<'a> {
    cx: &'a PageContext<'a>,
    columns: &'a [Column],
    source: ChartSource,
}

impl Pick<'_> {
    fn of(&self, fits: impl Fn(&Column) -> bool) -> Vec<(String, String)> {
        let name = |c: &Column| (c.name.clone(), column_name(self.cx.lang, self.source, &c.name));
        self.columns.iter().filter(|c| fits(c)).map(name).collect()
    }

    fn column(&self, ui: &mut Ui, label: &str, value: &mut String, fits: impl Fn(&Column) -> bool) {
        field::choice(ui, label, None, value, &self.of(fits));
    }
}

fn places(ui: &mut Ui, pick: &Pick<'_>, draft: &mut Draft) {
    let lang = pick.cx.lang;
    let drawn = |c: &Column| is_number(c) || is_time(c);
    match draft.kind {
        ChartKind::Scatter => {
            pick.column(ui, words::across(lang), &mut draft.x, drawn);
            pick.column(ui, words::up(lang), &mut draft.y, drawn);
            field::switch(ui, words::log_across(lang), &mut draft.log_x);
            field::switch(ui, words::log_up(lang), &mut draft.log_y);
        }
        ChartKind::Line => {
            measure(ui, pick, draft);
            pick.column(ui, words::time(lang), &mut draft.time, is_time);
            let grains = [Grain::Hour, Grain::Day, Grain::Week, Grain::Month];
            let grains = grains.map(|grain| (grain, words::grain_of(lang, grain).to_owned()));
            field::choice(ui, words::grain(lang), None, &mut draft.grain, &grains);
        }
        ChartKind::Bars => {
            measure(ui, pick, draft);
            pick.column(ui, words::category(lang), &mut draft.category, |_| true);
            let most = [5, 8, 12, 20, 40].map(|n| (n, n.to_string()));
            field::choice(ui, words::most(lang), None, &mut draft.most, &most);
            let orders = [(BarOrder::Value, words::order_value(lang)), (BarOrder::Name, words::order_name(lang))];
            let orders = orders.map(|(order, name)| (order, name.to_owned()));
            field::choice(ui, words::order(lang), None, &mut draft.order, &orders);
        }
        ChartKind::Histogram => {
            pick.column(ui, words::column(lang), &mut draft.number, is_number);
            let bins = [10, 20, 40, 80, 160].map(|n| (Some(n), n.to_string()));
            let bins: Vec<_> = [(None, words::bins_auto(lang).to_owned())].into_iter().chain(bins).collect();
            field::choice(ui, words::bins(lang), None, &mut draft.bins, &bins);
        }
        ChartKind::Box => pick.column(ui, words::column(lang), &mut draft.number, is_number),
        ChartKind::Heat => {
            measure(ui, pick, draft);
            pick.column(ui, words::time(lang), &mut draft.time, |c| c.kind == ColumnType::Time);
        }
        ChartKind::Funnel => {
            pick.column(ui, words::user(lang), &mut draft.user, |_| true);
            pick.column(ui, words::event(lang), &mut draft.event, |c| c.kind == ColumnType::Text);
            pick.column(ui, words::time(lang), &mut draft.time, is_time);
            steps(ui, pick, draft);
        }
        ChartKind::Cohorts => {
            pick.column(ui, words::user(lang), &mut draft.user, |_| true);
            pick.column(ui, words::time(lang), &mut draft.time, is_time);
            let grains = [Grain::Month, Grain::Week].map(|grain| (grain, words::grain_of(lang, grain).to_owned()));
            field::choice(ui, words::grain(lang), None, &mut draft.cohort_grain, &grains);
        }
        ChartKind::Correlation => {}
    }
}

fn measure(ui: &mut Ui, pick: &Pick<'_>, draft: &mut Draft) {
    let lang = pick.cx.lang;
    let sums = Sum::ALL.map(|sum| (sum, words::sum_of(lang, sum).to_owned()));
    field::choice(ui, words::measure(lang), None, &mut draft.sum, &sums);
    match draft.sum {
        Sum::Count => {}
        Sum::Distinct => pick.column(ui, words::measured(lang), &mut draft.measured, |_| true),
        Sum::Sum | Sum::Mean | Sum::Median => pick.column(ui, words::measured(lang), &mut draft.measured, is_number),
    }
}

fn group(ui: &mut Ui, pick: &Pick<'_>, draft: &mut Draft) {
    // Words first; whole numbers may be few. A colour for each customer tells nothing.
    let word = |c: &Column| matches!(c.kind, ColumnType::Text | ColumnType::YesNo) && c.role != Role::User;
    let few = |c: &Column| c.kind == ColumnType::Integer && c.role != Role::User;
    let mut choices = vec![(None, words::no_group(pick.cx.lang).to_owned())];
    let columns = pick.of(word).into_iter().chain(pick.of(few));
    choices.extend(columns.map(|(column, name)| (Some(column), name)));
    let mut chosen = draft.group.as_ref().map(|group| group.column.clone());
    if field::choice(ui, words::group(pick.cx.lang), None, &mut chosen, &choices) {
        draft.group = chosen.map(GroupBy::new);
    }
}

/// The words of a funnel in one line each.
fn steps(ui: &mut Ui, pick: &Pick<'_>, draft: &mut Draft) {
    let lang = pick.cx.lang;
    ui.add_space(6.0);
    widget::small(ui, words::steps(lang));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = size::S1;
        for step in &mut draft.steps {
            let field = egui::TextEdit::singleline(step).desired_width(ui.available_width()).char_limit(60);
            ui.add(field.margin(egui::vec2(8.0, 6.0)));
        }
    });
    let item = pick.columns.iter().find(|c| c.role == Role::Item);
    if let Some(item) = item {
        let mut same = draft.item.is_some();
        if field::switch(ui, words::same_item(lang), &mut same) {
            draft.item = same.then(|| item.name.clone());
        }
    }
}
