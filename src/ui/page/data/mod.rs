//! Data: the tables of the project and their rows; `import` brings new ones in.

mod aside;
pub mod clean;
pub mod features;
mod import;
mod imported;
pub mod problems;
mod profile;
mod roles;
mod step;

use std::collections::HashMap;
use std::path::PathBuf;

use egui::{Rect, Sense, Ui, UiBuilder, pos2, vec2};
use polars::prelude::{AnyValue, DataFrame};

use super::page_head;
use crate::base::Fingerprint;
use crate::jobs::Slot;
use crate::project::document::Label;
use crate::project::{Column, ColumnType, Edit, Project, RunId, Table, TableId};
use crate::stage::data::read::ReadRecipe;
use crate::stage::data::{Role, TableKind};
use crate::store::sources::FeatureChoice;
use crate::ui::text::{Lang, common, formula, home as words, number, profile as profile_words};
use crate::ui::theme::{Tokens, size};
use crate::ui::widget::grid::{GridColumn, GridView, grid_marked};
use crate::ui::widget::{self, Button, card_in, icon, toggle};
use crate::ui::{Action, Command, PageContext};

/// What the Data and Home pages ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum DataCommand {
    /// A first look at a file, with the recipe as far as the user has changed it.
    Look {
        path: PathBuf,
        recipe: Box<ReadRecipe>,
    },
    Import {
        path: PathBuf,
        recipe: Box<ReadRecipe>,
        remember: bool,
    },
    /// Back from the import to the tables.
    CloseImport,
    /// Rows of a table are in sight that are not loaded.
    WantRows(Fingerprint),
    /// The profile of a table is in sight and not there.
    WantProfile(TableId),
    /// What a table's cleaning does is in sight and not there.
    WantCleaned(TableId),
    MakeFeatures(Box<FeatureChoice>),
    /// A features run is in sight and not loaded.
    WantFeatures(RunId),
    /// Where to write the rows set aside: of a table, or of the import just done.
    AskAside(Option<TableId>),
    AsideTo {
        of: Option<TableId>,
        path: PathBuf,
    },
    /// The figures of the Home page are in sight and not there for the project as it is.
    WantOverview,
}

impl DataCommand {
    /// A first look with everything found out.
    pub fn look(path: PathBuf) -> Self {
        Self::Look { path, recipe: Box::default() }
    }
}

#[derive(Default)]
pub struct DataView {
    import: import::ImportView,
    chosen: Option<Chosen>,
    tab: Tab,
    places: HashMap<TableId, GridView>,
    profile: profile::ProfileView,
    clean: clean::CleanView,
    features: features::FeaturesView,
    aside: GridView,
}

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    Table(TableId),
    /// One row a customer.
    Features,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Rows,
    Profile,
    Cleaning,
    Aside,
}

const TABLES: f32 = size::RECIPE;

pub fn data_page(ui: &mut Ui, cx: &PageContext<'_>, view: &mut DataView) {
    if let Some(importing) = &cx.shown.importing {
        let next = import::import_page(ui, cx, &mut view.import, importing);
        let newest = cx.project().and_then(|project| project.tables().map(|(id, _)| id).max());
        if let Some((next, id)) = next.zip(newest) {
            view.chosen = Some(Chosen::Table(id));
            view.tab = if next == imported::Next::Cleaning { Tab::Cleaning } else { Tab::Rows };
        }
        return;
    }
    let project = cx.project().filter(|project| project.tables().next().is_some());
    let any = project.is_some();
    let features = project.filter(|_| view.chosen == Some(Chosen::Features));
    let lead = match (features, any) {
        (Some(project), _) => features::lead(cx, project),
        (None, true) => words::data_lead(cx.lang).to_owned(),
        (None, false) => words::data_lead_none(cx.lang).to_owned(),
    };
    let title = if features.is_some() { formula::title(cx.lang) } else { words::data_title(cx.lang) };
    let room = page_head(ui, title, &lead, |ui| {
        if let Some(project) = features {
            return features::make_button(ui, cx, &mut view.features, project);
        }
        let can = cx.open.is_none() || cx.can_write();
        if ui.add(Button::primary(words::data_import(cx.lang)).icon(icon::IMPORT).enabled(can)).clicked() {
            cx.act(Action::ImportTable);
        }
    });
    if cx.job(Slot::Import).is_some() {
        import::looking(ui, cx, room);
        return;
    }
    match cx.project().filter(|_| any) {
        Some(project) => tables(ui, cx, view, project, room),
        None => card_in(ui, room, |ui| empty(ui, cx)),
    }
}

fn empty(ui: &mut Ui, cx: &PageContext<'_>) {
    let tokens = Tokens::of(ui);
    ui.add_space((ui.available_height() * 0.28).max(0.0));
    ui.vertical_centered(|ui| {
        ui.label(egui::RichText::new(icon::TABLE).size(40.0).color(tokens.text_3));
        widget::heading(ui, words::data_empty_title(cx.lang));
        let text =
            if cx.open.is_some() { words::data_empty_text(cx.lang) } else { words::data_no_project_text(cx.lang) };
        widget::small(ui, text);
        ui.add_space(size::S3);
        let (action, glyph) = match cx.open {
            Some(_) => (Action::ImportTable, icon::IMPORT),
            None => (Action::OpenSample, icon::PLAY),
        };
        if ui.add(Button::suggested(action.name(cx.lang)).icon(glyph)).clicked() {
            cx.act(action);
        }
    });
}

fn tables(ui: &mut Ui, cx: &PageContext<'_>, view: &mut DataView, project: &Project, room: Rect) {
    let gone = |chosen| matches!(chosen, Chosen::Table(id) if project.table(id).is_none());
    if view.chosen.is_none_or(gone) {
        let largest = project.tables().max_by_key(|(_, table)| table.rows());
        view.chosen = largest.map(|(id, _)| Chosen::Table(id));
    }
    let list_width = if room.width() < 900.0 { 200.0 } else { TABLES };
    let list = Rect::from_min_max(room.min, pos2(room.left() + list_width, room.bottom()));
    card_in(ui, list, |ui| table_list(ui, cx, view, project));
    let (id, table) = match view.chosen {
        Some(Chosen::Features) => {
            let area = Rect::from_min_max(pos2(list.right() + size::S4, room.top()), room.max);
            return features::features_room(ui, cx, &mut view.features, project, area);
        }
        Some(Chosen::Table(id)) => match project.table(id) {
            Some(table) => (id, table),
            None => return,
        },
        None => return,
    };
    let wide = room.width() > 1100.0;
    let side = if wide { size::SELECTION + size::S4 } else { 0.0 };
    let middle =
        Rect::from_min_max(pos2(list.right() + size::S4, room.top()), pos2(room.right() - side, room.bottom()));
    if view.tab == Tab::Aside && table.aside.is_none() {
        view.tab = Tab::Rows;
    }
    let mends = matches!(view.tab, Tab::Profile | Tab::Cleaning);
    if mends && !wide {
        // The problems must be reachable in a narrow window too: they stand below.
        let upper = Rect::from_min_max(middle.min, pos2(middle.right(), middle.top() + middle.height() * 0.58));
        let lower = Rect::from_min_max(pos2(middle.left(), upper.bottom() + size::S4), middle.max);
        table_card(ui, cx, view, id, table, upper);
        card_in(ui, lower, |ui| problems::problems(ui, cx, id, table));
        return;
    }
    table_card(ui, cx, view, id, table, middle);
    if wide {
        let about = Rect::from_min_max(pos2(middle.right() + size::S4, room.top()), room.max);
        card_in(ui, about, |ui| match view.tab {
            Tab::Profile | Tab::Cleaning => problems::problems(ui, cx, id, table),
            Tab::Rows | Tab::Aside => about_table(ui, cx, id, table),
        });
    }
}

fn table_list(ui: &mut Ui, cx: &PageContext<'_>, view: &mut DataView, project: &Project) {
    widget::heading(ui, words::data_tables(cx.lang));
    egui::ScrollArea::vertical().id_salt("tables").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        for (id, table) in project.tables() {
            let chosen = view.chosen == Some(Chosen::Table(id));
            let rows = common::rows_n(cx.lang, number::whole(table.rows()));
            let facts = format!("{rows} · {}", kind_name(cx.lang, table.kind));
            if entry(ui, &table.name, &facts, chosen) {
                view.chosen = Some(Chosen::Table(id));
            }
        }
        ui.add_space(size::S2);
        widget::hairline(ui);
        ui.add_space(size::S2);
        let chosen = view.chosen == Some(Chosen::Features);
        if entry(ui, formula::entry(cx.lang), &features::entry_note(cx, project), chosen) {
            view.chosen = Some(Chosen::Features);
        }
    });
}

fn entry(ui: &mut Ui, title: &str, facts: &str, chosen: bool) -> bool {
    let tokens = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::click());
    let name = title.to_owned();
    response.widget_info(move || egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &name));
    let fill = match (chosen, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        _ => tokens.surface,
    };
    ui.painter().rect_filled(rect, 6.0, fill);
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.focus);
        ui.painter().rect_stroke(rect, 6.0, ring, egui::StrokeKind::Inside);
    }
    let clip = ui.painter().with_clip_rect(rect.shrink(4.0).intersect(ui.clip_rect()));
    let left = rect.left() + 12.0;
    let ink = crate::ui::theme::semibold(15.0);
    clip.text(pos2(left, rect.top() + 19.0), egui::Align2::LEFT_CENTER, title, ink, tokens.text);
    let ink = crate::ui::theme::regular(12.0);
    clip.text(pos2(left, rect.top() + 39.0), egui::Align2::LEFT_CENTER, facts, ink, tokens.text_3);
    response.clicked()
}

fn table_card(ui: &mut Ui, cx: &PageContext<'_>, view: &mut DataView, id: TableId, table: &Table, area: Rect) {
    let tokens = Tokens::of(ui);
    let edge = egui::Stroke::new(1.0, tokens.line);
    ui.painter().rect(area, size::RADIUS_CARD, tokens.surface, edge, egui::StrokeKind::Inside);
    let head = Rect::from_min_size(area.min, vec2(area.width(), 52.0)).shrink2(vec2(16.0, 8.0));
    let mut top = ui.new_child(
        UiBuilder::new().id_salt("rows head").max_rect(head).layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    widget::heading(&mut top, &table.name);
    let columns = common::columns_n(cx.lang, table.columns.len());
    let wide = area.width() > 640.0;
    if wide {
        widget::small(&mut top, format!("{} · {columns}", common::rows_n(cx.lang, number::whole(table.rows()))));
    }
    if let Some(selection) = cx.shown.selection.as_ref().filter(|_| table.column_with(Role::User).is_some() && wide) {
        let n = crate::ui::text::explore::selected_n(cx.lang, number::whole(selection.customers.len() as u64));
        widget::chip::chip_with(&mut top, widget::Tone::Accent, None, &n).on_hover_text(&selection.label);
    }
    top.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| tabs(ui, cx, view, table));
    if view.tab != Tab::Rows {
        let mut area = area;
        if view.tab == Tab::Cleaning && table.cleaning.is_empty() && !view.clean.is_adding() && area.height() > 420.0 {
            // Without a step there are no rows after it: the rows as they came stand there.
            let upper = head.with_max_y(head.top() + 160.0);
            rows_of(ui, cx, view, id, table, area, upper);
            area = area.with_max_y(upper.bottom());
        }
        let inside = Rect::from_min_max(pos2(area.left() + 16.0, head.bottom() + 8.0), area.max - vec2(16.0, 12.0));
        let mut child = ui.new_child(UiBuilder::new().id_salt(("tab", id)).max_rect(inside));
        child.set_clip_rect(area.shrink(1.0).intersect(ui.clip_rect()));
        match (view.tab, &table.aside) {
            (Tab::Profile, _) => profile::profile_tab(&mut child, cx, &mut view.profile, id, table),
            (Tab::Cleaning, _) => clean::cleaning_tab(&mut child, cx, &mut view.clean, id, table),
            (Tab::Aside, Some(aside)) => aside::aside_tab(&mut child, cx, &mut view.aside, id, table, aside),
            _ => {}
        }
        return;
    }
    rows_of(ui, cx, view, id, table, area, head);
}

fn tabs(ui: &mut Ui, cx: &PageContext<'_>, view: &mut DataView, table: &Table) {
    let lang = cx.lang;
    let mut tabs = vec![
        (Tab::Rows, profile_words::tab_rows(lang)),
        (Tab::Profile, profile_words::tab_profile(lang)),
        (Tab::Cleaning, profile_words::tab_cleaning(lang)),
    ];
    if table.aside.is_some() {
        tabs.push((Tab::Aside, profile_words::tab_aside(lang)));
    }
    toggle::segmented(ui, &mut view.tab, &tabs);
}

fn rows_of(ui: &mut Ui, cx: &PageContext<'_>, view: &mut DataView, id: TableId, table: &Table, area: Rect, head: Rect) {
    let body = Rect::from_min_max(pos2(area.left() + 1.0, head.bottom() + 8.0), area.max - vec2(1.0, 34.0));
    let first = table.chunks.first().and_then(|chunk| cx.shown.rows.get(chunk.blob));
    let columns = grid_columns(cx.lang, table, first.map(AsRef::as_ref));
    let place = view.places.entry(id).or_default();
    let mut child = ui.new_child(UiBuilder::new().id_salt(("rows", id)).max_rect(body));
    let user = table.columns.iter().position(|column| column.role == Role::User);
    let chosen = cx.shown.selection.as_ref().map(|selection| &selection.customers);
    let marked = |row| {
        let (Some(user), Some(chosen)) = (user, chosen) else { return false };
        cell(cx, table, row, user).is_some_and(|customer| chosen.contains(&customer))
    };
    let cells = |row, column| cell(cx, table, row, column);
    let seen = grid_marked(&mut child, place, &columns, table.rows(), cells, marked);
    if let Some(blob) = table.chunks.first().map(|chunk| chunk.blob).filter(|_| first.is_none()) {
        cx.send(Command::Data(DataCommand::WantRows(blob)));
    } else if let Some(missing) = missing_chunk(cx, table, &seen) {
        cx.send(Command::Data(DataCommand::WantRows(missing)));
    }
    let foot = Rect::from_min_max(pos2(area.left() + 16.0, area.bottom() - 30.0), area.max - vec2(16.0, 6.0));
    let mut foot = ui.new_child(UiBuilder::new().id_salt("rows foot").max_rect(foot));
    let (a, b) = (number::whole((seen.start + 1).min(seen.end)), number::whole(seen.end));
    widget::caption(&mut foot, words::data_row_of(cx.lang, a, b, number::whole(table.rows())));
}

/// The chunk that holds a row, and the row's number within it.
fn chunk_of(table: &Table, row: u64) -> Option<(Fingerprint, usize)> {
    let mut start = 0;
    for chunk in &table.chunks {
        if row < start + chunk.rows {
            return Some((chunk.blob, (row - start) as usize));
        }
        start += chunk.rows;
    }
    None
}

fn missing_chunk(cx: &PageContext<'_>, table: &Table, seen: &std::ops::Range<u64>) -> Option<Fingerprint> {
    [seen.start, seen.end.saturating_sub(1)]
        .into_iter()
        .filter_map(|row| chunk_of(table, row))
        .map(|(blob, _)| blob)
        .find(|blob| cx.shown.rows.get(*blob).is_none())
}

fn cell(cx: &PageContext<'_>, table: &Table, row: u64, column: usize) -> Option<String> {
    let (blob, within) = chunk_of(table, row)?;
    let frame = cx.shown.rows.get(blob)?;
    let series = frame.columns().get(column)?;
    let value = series.get(within).ok()?;
    Some(cell_text(&value, table.columns.get(column)?))
}

/// A value as a cell shows it: identifiers without separators, times to the second, nothing for missing.
pub fn cell_text(value: &AnyValue<'_>, column: &Column) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Float64(x) => match column.role {
            Role::Price | Role::Amount => format!("{x:.2}"),
            _ if x.fract() == 0.0 && x.abs() < 1e15 => format!("{x:.0}"),
            _ => {
                let text = format!("{x:.4}");
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
        },
        AnyValue::Datetime(..) | AnyValue::DatetimeOwned(..) => {
            let text = value.to_string();
            text.split('.').next().unwrap_or(&text).trim_end_matches(" UTC").to_owned()
        }
        other => other.to_string(),
    }
}

fn grid_columns(lang: Lang, table: &Table, first: Option<&DataFrame>) -> Vec<GridColumn> {
    let width = |i: usize, column: &Column| {
        let longest = first.and_then(|frame| frame.columns().get(i)).map_or(10, |series| {
            let texts = (0..series.len().min(40)).filter_map(|row| series.get(row).ok());
            texts.map(|value| text_width(&cell_text(&value, column))).max().unwrap_or(4)
        });
        let characters = longest.max(text_width(&column.name)).clamp(6, 34);
        let note = text_width(type_name(lang, column.kind)) as f32 * 6.6 + 20.0;
        (characters as f32 * 7.6 + 22.0).max(note)
    };
    table
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| GridColumn {
            name: column.name.clone(),
            note: type_name(lang, column.kind).to_owned(),
            width: width(i, column),
            right_aligned: matches!(column.kind, ColumnType::Integer | ColumnType::Decimal),
        })
        .collect()
}

fn text_width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn about_table(ui: &mut Ui, cx: &PageContext<'_>, id: TableId, table: &Table) {
    let tokens = Tokens::of(ui);
    widget::heading(ui, words::data_about(cx.lang));
    widget::small(ui, words::data_from(cx.lang, &table.source));
    widget::small(ui, words::data_imported(cx.lang, number::moment(cx.lang, table.made_at, cx.now)));
    widget::small(ui, words::data_size(cx.lang, number::bytes(table.bytes())));
    ui.add_space(size::S2);
    widget::small_strong(ui, words::data_columns(cx.lang));
    let foot = size::CONTROL + size::S3;
    let list = ui.available_rect_before_wrap();
    let list = Rect::from_min_max(list.min, pos2(list.right(), list.bottom() - foot));
    let mut upper = ui.new_child(UiBuilder::new().id_salt("columns").max_rect(list));
    egui::ScrollArea::vertical().id_salt("columns").auto_shrink(false).show(&mut upper, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for column in &table.columns {
            ui.horizontal(|ui| {
                ui.set_height(24.0);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    widget::caption(ui, role_or_type(cx.lang, column)).on_hover_text(type_name(cx.lang, column.kind));
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        let name = egui::RichText::new(&column.name).size(13.0).color(tokens.text);
                        ui.add(egui::Label::new(name).truncate());
                    });
                });
            });
        }
    });
    let below = Rect::from_min_max(pos2(list.left(), list.bottom() + size::S3), list.max + vec2(0.0, foot));
    let mut lower = ui.new_child(UiBuilder::new().id_salt("remove").max_rect(below));
    let remove = Button::plain(words::data_remove(cx.lang)).icon(icon::TRASH).enabled(cx.can_write());
    if lower.add(remove).clicked() {
        let label = Label::RemoveTable(table.name.clone());
        cx.send(Command::Edit { label, edits: vec![Edit::Table(id, None)], merge: None });
    }
}

/// What a column is for, or of which type where it is for nothing special.
fn role_or_type(lang: Lang, column: &Column) -> &'static str {
    match column.role {
        Role::Other => type_name(lang, column.kind),
        role => crate::ui::text::data::role(lang, role),
    }
}

pub fn kind_name(lang: Lang, kind: TableKind) -> &'static str {
    match kind {
        TableKind::Events => words::kind_events(lang),
        TableKind::Orders => words::kind_orders(lang),
        TableKind::Products => words::kind_products(lang),
        TableKind::Users => words::kind_users(lang),
        TableKind::Reviews => words::kind_reviews(lang),
        TableKind::Features => words::kind_features(lang),
    }
}

pub fn type_name(lang: Lang, kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => words::type_text(lang),
        ColumnType::Integer => words::type_integer(lang),
        ColumnType::Decimal => words::type_decimal(lang),
        ColumnType::YesNo => words::type_yes_no(lang),
        ColumnType::Date => words::type_date(lang),
        ColumnType::Time => words::type_time(lang),
    }
}
