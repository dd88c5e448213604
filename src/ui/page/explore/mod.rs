//! Explore: any table as a picture, and customers picked on it.

mod draft;
pub mod filters;
mod matrix;
pub mod picture;
mod recipe;
pub mod scatter;
mod side;
mod spread;

pub use draft::{ChartKind, Draft, Sum, columns_read};

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::page_head;
use crate::base::Fingerprint;
use crate::jobs::Slot;
use crate::project::{ChartSource, Column, Project};
use crate::stage::data::Role;
use crate::stage::data::explore::{ChartData, ChartError, ChartRecipe, PointCloud, ScatterView, Shape, Window};
use crate::stage::data::schema::ColumnType;
use crate::store::study;
use crate::ui::failure::Worded;
use crate::ui::text::{Lang, explore as words, feature, number};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::{self, Button, card_in, icon, toggle};
use crate::ui::{Action, Command, PageContext};

/// What the Explore page asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum ExploreCommand {
    /// The chart of this recipe is in sight and not there.
    Draw {
        source: ChartSource,
        recipe: Box<ChartRecipe>,
    },
    /// A part of the scatter chart is in sight and not drawn.
    Refine {
        chart: Fingerprint,
        window: Window,
        cells: (u32, u32),
    },
    /// Customers inside an outline on the scatter chart become the selection.
    Choose(Box<Shape>),
    /// Customers of the rows with this value (none: without a value) become the selection.
    Pick {
        column: String,
        value: Option<crate::stage::data::cell::Value>,
    },
    AskPicture,
    AskData,
    AskCustomers,
    PictureTo(PathBuf),
    DataTo(PathBuf),
    CustomersTo(PathBuf),
}

/// A chart as a job made it. What cannot be drawn is told where the chart would stand.
pub struct ChartMade {
    pub source: ChartSource,
    pub recipe: ChartRecipe,
    pub picture: Result<Picture, ChartError>,
}

pub enum Picture {
    Data(Box<ChartData>),
    /// A scatter chart with all its points, to be zoomed and selected in.
    Cloud(Arc<PointCloud>),
}

/// A part of the scatter chart, ready to be drawn.
pub struct ScatterShown {
    pub key: Fingerprint,
    pub chart: Fingerprint,
    pub window: Window,
    /// The selection that `marked` is for; see [`scatter::selected`].
    pub selection: usize,
    pub view: ScatterView,
    /// Of the points in the view: whether their customer is selected. Empty without a selection.
    pub marked: Vec<bool>,
}

/// Names the chart of a recipe over a source as it is now.
pub fn chart_key(project: &Project, source: ChartSource, recipe: &ChartRecipe) -> Option<Fingerprint> {
    let of = match source {
        ChartSource::Table(id) => project.table(id)?.fingerprint(),
        ChartSource::Customers => {
            let features = super::data::features::newest(project)?.1.fingerprint();
            Fingerprint::of(&(features, study::score_columns(project)))
        }
    };
    Some(Fingerprint::of(&(of, source, recipe)))
}

/// The columns that can be drawn.
pub fn columns_of(project: &Project, source: ChartSource) -> Option<Vec<Column>> {
    match source {
        ChartSource::Table(id) => project.table(id).map(|table| table.columns_after()),
        ChartSource::Customers => {
            let mut columns = super::data::features::columns(super::data::features::newest(project)?.1);
            // What was predicted of customers can be looked at like everything else that is known of them.
            let scores = study::score_columns(project).into_iter();
            columns.extend(scores.map(|s| Column { name: s.name, kind: ColumnType::Decimal, role: Role::Other }));
            Some(columns)
        }
    }
}

/// What a column is called: features have names of their own.
pub fn column_name(lang: Lang, source: ChartSource, column: &str) -> String {
    match source {
        ChartSource::Table(_) => column.to_owned(),
        ChartSource::Customers => feature::column(lang, column),
    }
}

#[derive(Default)]
pub struct ExploreView {
    /// The project that the rest belongs to.
    project: Option<PathBuf>,
    draft: Option<Draft>,
    place: scatter::Place,
    filters: filters::FilterView,
    /// The name of the chart being kept, while it is typed.
    naming: Option<String>,
}

pub fn explore_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ExploreView) {
    let project = cx.project().filter(|project| project.tables().next().is_some());
    let Some(project) = project else {
        let room = page_head(ui, words::title(cx.lang), words::lead(cx.lang), |_| {});
        card_in(ui, room, |ui| empty(ui, cx));
        return;
    };
    let path = cx.open.map(|open| open.path.to_owned());
    if view.project != path {
        *view = ExploreView { project: path, ..ExploreView::default() };
    }
    let gone = |draft: &Draft| columns_of(project, draft.source).is_none() && draft.source != ChartSource::Customers;
    if view.draft.as_ref().is_none_or(gone) {
        let largest = project.tables().max_by_key(|(_, table)| table.rows());
        let Some((id, table)) = largest else { return };
        view.draft = Some(Draft::of(ChartSource::Table(id), &table.columns_after()));
    }
    let Some(mut draft) = view.draft.take() else { return };
    let recipe = draft.recipe();
    let key = chart_key(project, draft.source, &recipe);
    let made: Option<&ChartMade> = key.and_then(|key| cx.shown.extra("chart", key));
    let drawn = made.is_some_and(|made| made.picture.is_ok());
    let room = page_head(ui, words::title(cx.lang), words::kind_long(cx.lang, draft.kind), |ui| {
        head_buttons(ui, cx, view, &draft, drawn);
    });

    let wide = room.width() > 1060.0;
    let left = Rect::from_min_max(room.min, pos2(room.left() + size::RECIPE, room.bottom()));
    let side = if wide { 248.0 + size::S4 } else { 0.0 };
    let middle =
        Rect::from_min_max(pos2(left.right() + size::S4, room.top()), pos2(room.right() - side, room.bottom()));
    let columns = columns_of(project, draft.source).unwrap_or_default();
    card_in(ui, left, |ui| recipe::recipe_card(ui, cx, &mut view.filters, &mut draft, project, &columns));
    card_in(ui, middle, |ui| picture_card(ui, cx, view, &draft, &recipe, key));
    if wide {
        let area = Rect::from_min_max(pos2(middle.right() + size::S4, room.top()), room.max);
        card_in(ui, area, |ui| side::side_card(ui, cx, view, &mut draft, project, &columns));
    }
    view.draft = Some(draft);
}

fn head_buttons(ui: &mut Ui, cx: &PageContext<'_>, view: &mut ExploreView, draft: &Draft, drawn: bool) {
    let lang = cx.lang;
    let keep = Button::primary(words::keep(lang)).icon(icon::PLUS).enabled(drawn && cx.can_write());
    if ui.add(keep).clicked() {
        view.naming = Some(side::suggestion(cx, draft));
    }
    if ui.add(Button::plain(words::csv(lang)).icon(icon::TABLE).enabled(drawn)).clicked() {
        cx.send(Command::Explore(ExploreCommand::AskData));
    }
    if ui.add(Button::plain(words::png(lang)).icon(icon::FILE).enabled(drawn)).clicked() {
        cx.send(Command::Explore(ExploreCommand::AskPicture));
    }
    side::name_window(ui, cx, view, draft);
}

fn empty(ui: &mut Ui, cx: &PageContext<'_>) {
    let tokens = Tokens::of(ui);
    ui.add_space((ui.available_height() * 0.28).max(0.0));
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::EXPLORE).size(40.0).color(tokens.text_3));
        widget::heading(ui, words::nothing_title(cx.lang));
        widget::small(ui, words::nothing_text(cx.lang));
        ui.add_space(size::S3);
        let action = if cx.open.is_some() { Action::ImportTable } else { Action::OpenSample };
        if ui.add(Button::suggested(action.name(cx.lang)).icon(icon::IMPORT)).clicked() {
            cx.act(action);
        }
    });
}

/// Room for a chart's title.
const TITLE: f32 = 32.0;

fn picture_card(
    ui: &mut Ui,
    cx: &PageContext<'_>,
    view: &mut ExploreView,
    draft: &Draft,
    recipe: &ChartRecipe,
    key: Option<Fingerprint>,
) {
    if let Err(error) = recipe.check() {
        return told(ui, &error.text(cx.lang));
    }
    let Some(key) = key else { return no_customers(ui, cx) };
    let fresh: Option<&ChartMade> = cx.shown.extra("chart", key);
    if fresh.is_none() {
        let recipe = Box::new(recipe.clone());
        cx.send(Command::Explore(ExploreCommand::Draw { source: draft.source, recipe }));
    }
    let stale = || cx.shown.stale_extra::<ChartMade>("chart").filter(|made| ChartKind::of(&made.recipe) == draft.kind);
    let Some(made) = fresh.or_else(stale) else { return waiting(ui, cx) };
    let picture = match &made.picture {
        Ok(picture) => picture,
        Err(error) => return told(ui, &error.text(cx.lang)),
    };
    if fresh.is_none() {
        ui.multiply_opacity(0.45);
    }
    let full = ui.available_rect_before_wrap();
    let foot = Rect::from_min_max(pos2(full.left(), full.bottom() - 22.0), full.max);
    let name = |column: &str| column_name(cx.lang, made.source, column);
    let head = Rect::from_min_size(full.min, vec2(full.width(), TITLE));
    let mut top = ui.new_child(UiBuilder::new().id_salt("chart title").max_rect(head));
    widget::heading(&mut top, &picture::title(cx.lang, &made.recipe, &name));
    let tools = if matches!(picture, Picture::Cloud(_)) { 40.0 } else { 0.0 };
    let rect = Rect::from_min_max(pos2(full.left(), head.bottom() + tools), pos2(full.right(), foot.top() - 6.0));
    if tools > 0.0 {
        let bar = Rect::from_min_size(head.left_bottom(), vec2(full.width(), size::CONTROL));
        tool_bar(ui, cx, &mut view.place, bar, can_choose(cx, draft));
    }
    let painter = ui.painter().clone();
    let pointer =
        ui.input(|input| input.pointer.hover_pos()).filter(|at| rect.contains(*at) && ui.rect_contains_pointer(rect));
    let t = Tokens::of(ui);
    let d = picture::Drawing { painter: &painter, t, lang: cx.lang, rect, pointer, recipe: &made.recipe, name: &name };
    let note = match picture {
        Picture::Cloud(cloud) => {
            if fresh.is_some() {
                scatter::live(ui, cx, &mut view.place, &d, cloud, key, can_choose(cx, draft));
            }
            cloud_note(cx, cloud)
        }
        Picture::Data(data) => {
            let hit = picture::draw(&d, data);
            pick(ui, cx, &made.recipe, rect, &hit, can_choose(cx, draft));
            data_note(cx, data)
        }
    };
    let mut foot = ui.new_child(UiBuilder::new().id_salt("chart foot").max_rect(foot));
    widget::caption(&mut foot, note);
}

fn tool_bar(ui: &mut Ui, cx: &PageContext<'_>, place: &mut scatter::Place, bar: Rect, can_choose: bool) {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().id_salt("tools").max_rect(bar).layout(layout));
    let lang = cx.lang;
    if can_choose {
        let tools = [
            (scatter::Tool::Move, words::tool_move(lang)),
            (scatter::Tool::Rectangle, words::tool_rectangle(lang)),
            (scatter::Tool::Lasso, words::tool_lasso(lang)),
        ];
        toggle::segmented(&mut ui, &mut place.tool, &tools);
    }
    if place.is_zoomed() && ui.add(Button::quiet(words::whole(lang))).clicked() {
        place.show_all();
    }
    let hint = if place.tool == scatter::Tool::Move { words::scroll_hint(lang) } else { words::draw_hint(lang) };
    widget::caption(&mut ui, hint);
}

/// Whether the rows have a customer.
fn can_choose(cx: &PageContext<'_>, draft: &Draft) -> bool {
    user_column(cx.project(), draft.source).is_some()
}

/// The column of customers in a source.
pub fn user_column(project: Option<&Project>, source: ChartSource) -> Option<String> {
    match source {
        ChartSource::Table(id) => project?.table(id)?.name_of(Role::User),
        ChartSource::Customers => Some(crate::stage::data::features::USER.to_owned()),
    }
}

fn pick(ui: &Ui, cx: &PageContext<'_>, recipe: &ChartRecipe, rect: Rect, hit: &picture::Hit, can_choose: bool) {
    use crate::stage::data::explore::Label;
    let (picture::Hit::Bar(label), ChartRecipe::Bars(bars)) = (hit, recipe) else { return };
    let value = match label {
        Label::Value(value) => Some(value.clone()),
        Label::Missing => None,
        Label::All | Label::Others => return,
    };
    let response = ui.interact(rect, ui.scope_id().with("bars"), egui::Sense::click());
    if can_choose && response.clicked() {
        cx.send(Command::Explore(ExploreCommand::Pick { column: bars.category.clone(), value }));
    }
}

fn cloud_note(cx: &PageContext<'_>, cloud: &PointCloud) -> String {
    let n = number::whole(cloud.len() as u64);
    let shown: Option<&ScatterShown> = cx.shown.stale_extra("chart view");
    match shown.map(|shown| &shown.view) {
        Some(ScatterView::Density(_)) => words::points_dense(cx.lang, n),
        _ => words::points_n(cx.lang, n),
    }
}

fn data_note(cx: &PageContext<'_>, data: &ChartData) -> String {
    let left_out = match data {
        ChartData::Line(data) => data.left_out,
        ChartData::Histogram(data) => data.left_out,
        ChartData::Box(data) => data.left_out,
        ChartData::Heat(data) => data.left_out,
        ChartData::Funnel(data) => data.left_out,
        ChartData::Cohorts(data) => data.left_out,
        ChartData::Correlation(data) => data.left_out,
        ChartData::Scatter(data) => data.left_out,
        ChartData::Bars(data) if data.others > 0 => {
            return words::others_n(cx.lang, number::whole(data.others));
        }
        ChartData::Bars(_) => 0,
    };
    if left_out > 0 { words::left_out_n(cx.lang, number::whole(left_out)) } else { String::new() }
}

fn told(ui: &mut Ui, text: &str) {
    let t = Tokens::of(ui);
    ui.add_space(ui.available_height() * 0.36);
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::INFO).size(30.0).color(t.text_3));
        ui.set_max_width(420.0);
        widget::body(ui, text);
    });
}

fn no_customers(ui: &mut Ui, cx: &PageContext<'_>) {
    told(ui, words::e_customers(cx.lang));
}

fn waiting(ui: &mut Ui, cx: &PageContext<'_>) {
    ui.add_space(ui.available_height() * 0.42);
    ui.vertical_centered(|ui| {
        ui.add(egui::Spinner::new().size(24.0));
        widget::small(ui, words::drawing(cx.lang));
        if cx.job(Slot::Explore).is_some() && ui.add(Button::quiet(crate::ui::text::common::stop(cx.lang))).clicked() {
            cx.send(Command::Stop(Slot::Explore));
        }
    });
}

/// Pixels of a chart saved as a picture, in points and pixels a point.
const STILL: egui::Vec2 = egui::vec2(960.0, 600.0);
const STILL_SCALE: f32 = 2.0;

/// The chart as a picture file shows it: title, all of it, no pointer.
pub fn still(made: &ChartMade, data: &ChartData, lang: Lang, dark: bool) -> egui::ColorImage {
    crate::ui::raster::picture(STILL, STILL_SCALE, dark, |ui| {
        let t = Tokens::for_mode(dark);
        let rect = Rect::from_min_size(pos2(0.0, 0.0), STILL).shrink(24.0);
        let name = |column: &str| column_name(lang, made.source, column);
        let title = picture::title(lang, &made.recipe, &name);
        let font = crate::ui::theme::semibold(crate::ui::theme::text_size::HEAD);
        ui.painter().text(rect.min, egui::Align2::LEFT_TOP, title, font, t.text);
        let painter = ui.painter().clone();
        let rect = rect.with_min_y(rect.top() + 38.0);
        let d = picture::Drawing { painter: &painter, t, lang, rect, pointer: None, recipe: &made.recipe, name: &name };
        picture::draw(&d, data);
    })
}
