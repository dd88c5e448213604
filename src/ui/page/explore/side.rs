//! At the right: the selection, and the charts that are kept.

use egui::{Sense, Ui, vec2};

use super::{Draft, ExploreCommand, ExploreView, column_name, columns_of, user_column};
use crate::project::document::Label;
use crate::project::{ChartSource, Column, Item, KeptChart, Project};
use crate::ui::text::{common, explore as words, number};
use crate::ui::theme::{Tokens, regular, size, text_size};
use crate::ui::widget::{self, Button, icon};
use crate::ui::{Command, PageContext};

pub fn side_card(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut ExploreView,
    draft: &mut Draft,
    project: &Project,
    columns: &[Column],
) {
    selection(ui, cx, view, draft);
    ui.add_space(size::S4);
    widget::hairline(ui);
    ui.add_space(size::S2);
    kept(ui, cx, view, draft, project, columns);
}

const SHOWN: usize = 8;

fn selection(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ExploreView, draft: &Draft) {
    let lang = cx.lang;
    widget::heading(ui, words::selection(lang));
    let Some(chosen) = &cx.shown.selection else {
        let can = user_column(cx.project(), draft.source).is_some();
        widget::small(ui, if can { words::no_selection(lang) } else { words::no_user_here(lang) });
        return;
    };
    let n = chosen.customers.len();
    widget::small_strong(ui, words::customers_n(lang, number::whole(n as u64)));
    widget::caption(ui, chosen.label.clone());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for customer in chosen.customers.iter().take(SHOWN) {
            widget::small(ui, customer.clone());
        }
    });
    if n > SHOWN {
        widget::caption(ui, words::and_more(lang, number::whole((n - SHOWN) as u64)));
    }
    ui.horizontal(|ui| {
        if ui.add(Button::suggested(words::export_customers(lang))).clicked() {
            cx.send(Command::Explore(ExploreCommand::AskCustomers));
        }
        if ui.add(Button::quiet(words::clear(lang))).clicked() {
            view.place.outline = None;
            cx.send(Command::Select(None));
        }
    });
}

fn kept(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut ExploreView,
    draft: &mut Draft,
    project: &Project,
    columns: &[Column],
) {
    widget::heading(ui, words::draw_kept(cx.lang));
    let charts = project.items_of::<KeptChart>();
    if charts.is_empty() {
        widget::small(ui, words::none_kept(cx.lang));
        return;
    }
    egui::ScrollArea::vertical().id_salt("kept charts").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (name, chart) in charts {
            let shown = draft.source == chart.source && draft.recipe() == chart.recipe;
            let (open, remove) = kept_row(ui, cx, &name, shown, project, &chart);
            if open {
                let columns = if chart.source == draft.source {
                    columns.to_vec()
                } else {
                    columns_of(project, chart.source).unwrap_or_default()
                };
                *draft = Draft::of(chart.source, &columns);
                draft.load(&chart.recipe);
                view.filters = Default::default();
            }
            if remove {
                let edits = vec![KeptChart::remove(&name)];
                cx.send(Command::Edit { label: Label::RemoveChart(name), edits, merge: None });
            }
        }
    });
}

fn kept_row(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    name: &str,
    shown: bool,
    project: &Project,
    chart: &KeptChart,
) -> (bool, bool) {
    let t = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::click());
    let label = name.to_owned();
    response.widget_info(move || egui::WidgetInfo::selected(egui::Role::Button, true, shown, &label));
    let fill = if shown { t.selected } else { t.hover };
    if shown || response.hovered() {
        ui.painter().rect_filled(rect, 6.0, fill);
    }
    let clip = ui.painter().with_clip_rect(rect.with_max_x(rect.right() - 36.0).intersect(ui.clip_rect()));
    let left = rect.left() + 8.0;
    let middle = egui::Align2::LEFT_CENTER;
    clip.text(egui::pos2(left, rect.top() + 16.0), middle, name, regular(text_size::SMALL), t.text);
    let source = match chart.source {
        ChartSource::Table(id) => project.table(id).map_or_else(|| "–".to_owned(), |table| table.name.clone()),
        ChartSource::Customers => words::customers(cx.lang).to_owned(),
    };
    let facts = format!("{} · {source}", words::kind(cx.lang, super::ChartKind::of(&chart.recipe)));
    clip.text(egui::pos2(left, rect.top() + 34.0), middle, facts, regular(text_size::TINY), t.text_3);
    let corner = egui::Rect::from_min_size(rect.right_top() + vec2(-34.0, 8.0), vec2(size::CONTROL, size::CONTROL));
    let mut side = ui.new_child(egui::UiBuilder::new().id_salt(("forget", name)).max_rect(corner));
    let forget = Button::icon_only(icon::TRASH, words::forget(cx.lang)).enabled(cx.can_write());
    let remove = (response.hovered() || ui.rect_contains_pointer(rect)) && side.add(forget).clicked();
    (response.clicked() && !remove, remove)
}

/// A name for the chart as it is.
pub fn suggestion(cx: &PageContext<'_>, draft: &Draft) -> String {
    let name = |column: &str| column_name(cx.lang, draft.source, column);
    super::picture::title(cx.lang, &draft.recipe(), &name)
}

/// Asks for the name of the chart to be kept.
pub fn name_window(ui: &Ui, cx: &PageContext<'_>, view: &mut ExploreView, draft: &Draft) {
    let Some(mut name) = view.naming.take() else { return };
    let mut done = false;
    let window = egui::Window::new(words::keep(cx.lang))
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, vec2(0.0, 0.0))
        .show(ui.ctx(), |ui| {
            widget::small(ui, words::keep_name(cx.lang));
            let edit = egui::TextEdit::singleline(&mut name).desired_width(300.0).char_limit(80);
            let field = ui.add(edit.margin(vec2(8.0, 6.0)));
            let label = words::keep_name(cx.lang);
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, label));
            if !field.has_focus() && !field.lost_focus() {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            ui.add_space(size::S2);
            ui.horizontal(|ui| {
                let fits = !name.trim().is_empty();
                let keep = ui.add(Button::primary(common::ok(cx.lang)).enabled(fits)).clicked() || entered;
                if keep && fits {
                    keep_chart(cx, name.trim(), draft);
                    done = true;
                }
                if ui.add(Button::plain(common::cancel(cx.lang))).clicked() {
                    done = true;
                }
            });
        });
    let escaped = ui.input(|input| input.key_pressed(egui::Key::Escape));
    if window.is_some() && !done && !escaped {
        view.naming = Some(name);
    }
}

fn keep_chart(cx: &PageContext<'_>, name: &str, draft: &Draft) {
    let chart = KeptChart { source: draft.source, recipe: draft.recipe() };
    if let Ok(edit) = chart.put(name) {
        cx.send(Command::Edit { label: Label::KeepChart(name.to_owned()), edits: vec![edit], merge: None });
    }
}
