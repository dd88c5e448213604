//! Customers and features: one row a customer, each feature with its definition.

use egui::{Align2, CornerRadius, Rect, Sense, Ui, pos2, vec2};
use polars::prelude::DataFrame;

use super::clean::frame_columns;
use super::{DataCommand, cell_text};
use crate::base::time::Moment;
use crate::project::{Column, Project, Run, RunId};
use crate::stage::data::TableKind;
use crate::stage::data::clean::parse;
use crate::stage::data::features::{Definition, Feature, FeatureRecipe};
use crate::stage::data::profile::{ColumnProfile, Profile};
use crate::store::feature_run::FeatureSummary;
pub use crate::store::feature_run::newest;
use crate::store::sources::FeatureChoice;
use crate::ui::text::{common, feature, formula as words, number, profile as profile_words, stage as stage_words};
use crate::ui::theme::{Tokens, regular, semibold, size, text_size};
use crate::ui::widget::chip::{Tone, chip};
use crate::ui::widget::grid::{GridColumn, GridView, grid_marked};
use crate::ui::widget::{self, Button, card_in, field, icon, toggle};
use crate::ui::{Command, PageContext};

/// The columns of a features run.
pub fn columns(run: &Run) -> Vec<Column> {
    FeatureSummary::of_run(run).map(|summary| summary.columns).unwrap_or_default()
}

/// A features run loaded for drawing.
pub struct FeaturesShown {
    pub frame: DataFrame,
    pub profile: Profile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Definitions,
    Rows,
}

#[derive(Default)]
pub struct FeaturesView {
    tab: Tab,
    grid: GridView,
    draft: Option<Draft>,
}

/// The choice being changed.
struct Draft {
    /// What the project said when the draft was begun.
    from: FeatureChoice,
    choice: FeatureChoice,
    today: String,
}

impl Draft {
    fn of(project: &Project) -> Self {
        let from = FeatureChoice::of(project);
        let today = match &from {
            FeatureChoice::Events(FeatureRecipe { today: Some(at), .. }) => at.utc_text("%Y-%m-%d"),
            _ => String::new(),
        };
        Self { choice: from.clone(), from, today }
    }
}

/// Days as the user writes them.
fn day(text: &str) -> Option<Moment> {
    match parse::time(text.trim(), parse::DayOrder::MonthFirst) {
        Some(ms) if text.trim().len() >= 8 => Some(Moment(ms / 1000)),
        _ => None,
    }
}

/// The button of the page's head.
pub fn make_button(ui: &mut Ui, cx: &PageContext<'_>, view: &mut FeaturesView, project: &Project) {
    let draft = view.draft.get_or_insert_with(|| Draft::of(project));
    let dated = draft.today.trim().is_empty() || day(&draft.today).is_some();
    let checked = match &draft.choice {
        FeatureChoice::Events(recipe) => recipe.check().is_ok(),
        FeatureChoice::Table(_) => true,
    };
    let name = if newest(project).is_some() { words::make_again(cx.lang) } else { words::make(cx.lang) };
    let running = cx.job(crate::jobs::Slot::Stage(crate::stage::Stage::Data)).is_some();
    let button = Button::primary(name).icon(icon::PLAY).enabled(dated && checked && cx.can_write() && !running);
    if ui.add(button).clicked() {
        cx.send(Command::Data(DataCommand::MakeFeatures(Box::new(draft.choice.clone()))));
    }
}

pub fn features_room(ui: &mut Ui, cx: &PageContext<'_>, view: &mut FeaturesView, project: &Project, area: Rect) {
    if view.draft.as_ref().is_none_or(|draft| draft.from != FeatureChoice::of(project)) {
        view.draft = Some(Draft::of(project));
    }
    let side = size::RECIPE.min(area.width() * 0.34);
    let right = Rect::from_min_max(pos2(area.right() - side, area.top()), area.max);
    let middle = Rect::from_min_max(area.min, pos2(right.left() - size::S4, area.bottom()));
    card_in(ui, right, |ui| recipe_card(ui, cx, view, project));
    card_in(ui, middle, |ui| match newest(project) {
        Some((id, run)) => made(ui, cx, view, project, id, run),
        None => none(ui, cx),
    });
}

fn none(ui: &mut Ui, cx: &PageContext<'_>) {
    let t = Tokens::of(ui);
    ui.add_space(ui.available_height() * 0.3);
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::TABLE).size(36.0).color(t.text_3));
        widget::heading(ui, words::nothing(cx.lang));
        ui.set_max_width(420.0);
        widget::small(ui, words::nothing_text(cx.lang));
        running(ui, cx);
    });
}

fn running(ui: &mut Ui, cx: &PageContext<'_>) {
    let slot = crate::jobs::Slot::Stage(crate::stage::Stage::Data);
    let Some(job) = cx.job(slot) else { return };
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(14.0));
        let share = job.progress.fraction().map(|share| profile_words::percent(cx.lang, f64::from(share)));
        widget::small(ui, format!("{} {}", words::making(cx.lang), share.unwrap_or_default()));
        if ui.add(Button::quiet(common::stop(cx.lang))).clicked() {
            cx.send(Command::Stop(slot));
        }
    });
}

fn recipe_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut FeaturesView, project: &Project) {
    let lang = cx.lang;
    widget::heading(ui, words::recipe(lang));
    let Some(draft) = &mut view.draft else { return };
    egui::ScrollArea::vertical().id_salt("feature recipe").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 10.0;
        let events = match &draft.choice {
            FeatureChoice::Events(recipe) => recipe.clone(),
            FeatureChoice::Table(_) => FeatureRecipe::default(),
        };
        let mut choices = vec![(FeatureChoice::Events(events), words::from_events(lang).to_owned())];
        let tables = project.tables().filter(|(_, table)| table.kind == TableKind::Features);
        choices.extend(tables.map(|(id, table)| (FeatureChoice::Table(id), words::from_table(lang, &table.name))));
        field::choice(ui, words::from(lang), None, &mut draft.choice, &choices);
        let FeatureChoice::Events(recipe) = &mut draft.choice else { return };
        widget::small(ui, words::today(lang));
        let edit = egui::TextEdit::singleline(&mut draft.today).desired_width(ui.available_width());
        let response = ui.add(edit.char_limit(20).margin(vec2(8.0, 6.0)));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, words::today(lang)));
        recipe.today = day(&draft.today);
        if draft.today.trim().is_empty() || recipe.today.is_some() {
            field::hint(ui, words::today_hint(lang));
        } else {
            field::field_error(ui, words::today_bad(lang));
        }
        let days = [30, 60, 90, 180, 365].map(|n| (Some(n), words::window_days(lang, n)));
        let mut windows = vec![(None, words::window_all(lang).to_owned())];
        windows.extend(days);
        if recipe.window_days.is_some_and(|n| !windows.iter().any(|(w, _)| *w == Some(n))) {
            windows.push((recipe.window_days, words::window_days(lang, recipe.window_days.unwrap_or(0))));
        }
        field::choice(ui, words::window(lang), None, &mut recipe.window_days, &windows);
        let clocks: Vec<_> = (-12..=14).map(|h| (h * 3600, format!("UTC{h:+}").replace("UTC+0", "UTC"))).collect();
        field::choice(ui, words::clock(lang), None, &mut recipe.utc_offset, &clocks);
        let best = [5.0, 10.0, 100.0].map(|n: f64| (n, number::decimal(n)));
        field::choice(ui, words::best(lang), None, &mut recipe.best_rating, &best);
        which(ui, cx, recipe, project);
    });
}

/// All features, or those switched on.
fn which(ui: &mut Ui, cx: &PageContext<'_>, recipe: &mut FeatureRecipe, project: &Project) {
    let lang = cx.lang;
    let mut all = recipe.features.is_none();
    let known = newest(project).and_then(|(_, run)| FeatureSummary::of_run(run));
    let possible: Vec<Feature> = match known.filter(|summary| !summary.definitions.is_empty()) {
        Some(summary) => {
            let skipped = |feature: &Feature| summary.skipped.iter().any(|skipped| skipped.feature == *feature);
            Feature::ALL.into_iter().filter(|feature| !skipped(feature)).collect()
        }
        None => Feature::ALL.to_vec(),
    };
    if field::switch(ui, words::which_all(lang), &mut all) {
        recipe.features = (!all).then(|| possible.clone());
    }
    let Some(chosen) = &mut recipe.features else { return };
    for feature in possible {
        let mut on = chosen.contains(&feature);
        if field::switch(ui, feature::name(lang, feature), &mut on) {
            chosen.retain(|other| *other != feature);
            if on {
                chosen.push(feature);
            }
            let place = |f: &Feature| Feature::ALL.iter().position(|other| other == f);
            chosen.sort_by_key(place);
        }
    }
}

fn made(ui: &mut Ui, cx: &PageContext<'_>, view: &mut FeaturesView, project: &Project, id: RunId, run: &Run) {
    let lang = cx.lang;
    let Some(summary) = FeatureSummary::of_run(run) else { return };
    let shown: Option<&FeaturesShown> = cx.shown.result(id);
    if shown.is_none() {
        cx.send(Command::Data(DataCommand::WantFeatures(id)));
    }
    ui.horizontal(|ui| {
        widget::heading(ui, &words::customers_n(lang, number::whole(summary.customers)));
        if let Some(today) = summary.today {
            widget::small(ui, words::as_of(lang, today.utc_text("%Y-%m-%d")));
        }
        if !project.run_is_fresh(run) {
            chip(ui, Tone::Warn, stage_words::out_of_date(lang)).on_hover_text(words::out_of_date(lang));
        }
        running(ui, cx);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let tabs = [(Tab::Definitions, words::definitions(lang)), (Tab::Rows, words::rows(lang))];
            toggle::segmented(ui, &mut view.tab, &tabs);
        });
    });
    ui.add_space(size::S2);
    match view.tab {
        Tab::Definitions => definitions(ui, cx, &summary, shown),
        Tab::Rows => rows(ui, cx, &mut view.grid, &summary, shown),
    }
}

fn definitions(ui: &mut Ui, cx: &PageContext<'_>, summary: &FeatureSummary, shown: Option<&FeaturesShown>) {
    egui::ScrollArea::vertical().id_salt("definitions").auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width() - 10.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        for column in summary.columns.iter().skip(1) {
            let definition = summary.definitions.iter().find(|d| d.feature.key() == column.name);
            let profile = shown.and_then(|shown| shown.profile.columns.iter().find(|p| p.name == column.name));
            one(ui, cx, column, definition, profile);
            widget::hairline(ui);
        }
        if summary.skipped.is_empty() {
            return;
        }
        ui.add_space(size::S4);
        widget::heading(ui, words::skipped(cx.lang));
        ui.add_space(size::S2);
        for skipped in &summary.skipped {
            let t = Tokens::of(ui);
            ui.horizontal(|ui| {
                ui.set_height(26.0);
                let name = feature::name(cx.lang, skipped.feature);
                let text = egui::RichText::new(name).font(regular(text_size::SMALL)).color(t.text);
                let left = egui::Layout::left_to_right(egui::Align::Center);
                ui.allocate_ui_with_layout(vec2(230.0, 24.0), left, |ui| {
                    ui.set_min_width(230.0);
                    ui.add(egui::Label::new(text).truncate());
                });
                widget::small(ui, words::skipped_why(cx.lang, feature::need(cx.lang, skipped.need)));
            });
        }
    });
}

const ROW: f32 = 56.0;

fn one(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    column: &Column,
    definition: Option<&Definition>,
    profile: Option<&ColumnProfile>,
) {
    let t = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let picture = (rect.width() * 0.22).clamp(80.0, 190.0);
    let figures = 92.0;
    let text = rect.with_max_x(rect.right() - picture - figures - 20.0);
    let clip = ui.painter().with_clip_rect(text.intersect(ui.clip_rect()));
    let name = feature::column(cx.lang, &column.name);
    clip.text(text.min + vec2(4.0, 18.0), Align2::LEFT_CENTER, name, semibold(text_size::SMALL), t.text);
    if let Some(definition) = definition {
        let how = words::definition(cx.lang, definition);
        let unit = feature::unit(cx.lang, definition.unit);
        let line = format!("{how} · {unit}");
        clip.text(text.min + vec2(4.0, 38.0), Align2::LEFT_CENTER, &line, regular(text_size::TINY), t.text_2);
        response.on_hover_text(format!("{line}\n{}", column.name));
    }
    let Some(profile) = profile else { return };
    let at = Rect::from_min_max(
        pos2(text.right() + 8.0, rect.top() + 10.0),
        pos2(rect.right() - figures, rect.bottom() - 10.0),
    );
    let Some(numbers) = &profile.numbers else {
        let top = profile.top.first().map(|top| top.value.to_string()).unwrap_or_default();
        let top = crate::ui::widget::plot::shorten(&top, 24);
        ui.painter().text(at.left_center(), Align2::LEFT_CENTER, top, regular(text_size::TINY), t.text_2);
        return;
    };
    let bins = &numbers.histogram.bins;
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1) as f32;
    // Even one bar is a bar and no block.
    let width = (at.width() / bins.len().max(1) as f32).min(14.0);
    for (i, bin) in bins.iter().enumerate() {
        let height = at.height() * bin.count as f32 / most;
        let left = at.left() + i as f32 * width;
        let bar =
            Rect::from_min_max(pos2(left, at.bottom() - height), pos2(left + (width - 1.0).max(1.0), at.bottom()));
        ui.painter().rect_filled(bar, CornerRadius::ZERO, t.tint(t.series(0), 0.7));
    }
    let x = rect.right() - figures + 12.0;
    let mean = numbers.moments.mean.map_or_else(|| "–".to_owned(), number::decimal);
    ui.painter().text(pos2(x, rect.top() + 18.0), Align2::LEFT_CENTER, mean, regular(text_size::SMALL), t.text);
    let caption = profile_words::mean(cx.lang);
    ui.painter().text(pos2(x, rect.top() + 38.0), Align2::LEFT_CENTER, caption, regular(text_size::TINY), t.text_3);
}

fn rows(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut GridView,
    summary: &FeatureSummary,
    shown: Option<&FeaturesShown>,
) {
    let Some(shown) = shown else {
        ui.add(egui::Spinner::new());
        return;
    };
    let mut columns: Vec<GridColumn> = frame_columns(cx.lang, &shown.frame, &summary.columns);
    for column in &mut columns {
        let name = feature::column(cx.lang, &column.name);
        column.width = column.width.max(unicode_width::UnicodeWidthStr::width(name.as_str()) as f32 * 7.2 + 22.0);
        column.name = name;
    }
    let cells = |row: u64, column: usize| {
        let value = shown.frame.columns().get(column)?.get(row as usize).ok()?;
        Some(cell_text(&value, summary.columns.get(column)?))
    };
    let chosen = cx.shown.selection.as_ref().map(|selection| &selection.customers);
    let marked = |row| chosen.is_some_and(|chosen| cells(row, 0).is_some_and(|customer| chosen.contains(&customer)));
    grid_marked(ui, view, &columns, shown.frame.height() as u64, cells, marked);
}

/// What stands under the entry in the list of tables.
pub fn entry_note(cx: &PageContext<'_>, project: &Project) -> String {
    match newest(project).and_then(|(_, run)| FeatureSummary::of_run(run)) {
        Some(summary) => words::customers_n(cx.lang, number::whole(summary.customers)),
        None => words::entry_none(cx.lang).to_owned(),
    }
}

/// The head's lead.
pub fn lead(cx: &PageContext<'_>, project: &Project) -> String {
    match newest(project).and_then(|(_, run)| FeatureSummary::of_run(run)) {
        Some(summary) => words::lead(cx.lang, summary.columns.len().saturating_sub(1)),
        None => words::nothing_text(cx.lang).to_owned(),
    }
}
