//! Charts: made, refined, selected in, written to files.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use polars::prelude::{Column, DataFrame, DataType, PolarsError};

use super::Outcome;
use super::run::{Desk, shown};
use crate::app::App;
use crate::app::services::Ask;
use crate::base::{Fingerprint, Monitor};
use crate::jobs::Slot;
use crate::project::ChartSource;
use crate::stage::data::cell::{Condition, Test, Value};
use crate::stage::data::explore::{
    ChartData, ChartRecipe, PointCloud, ScatterView, Shape, Window, chart, rows_of, users_of, write_csv,
};
use crate::stage::data::features::USER;
use crate::stage::segment::ground::beside;
use crate::store::blob::Reader;
use crate::store::sources::{SourceError, Sources};
use crate::store::{StoreError, export, feature_run, study};
use crate::ui::Failure;
use crate::ui::page::explore::{
    ChartMade, ExploreCommand, Picture, ScatterShown, chart_key, column_name, columns_read, user_column,
};
use crate::ui::shown::Selection;
use crate::ui::text::{error as error_words, explore as words};

/// The columns of the source drawn last, so that another chart of it need not decode them again.
#[derive(Default)]
pub struct ColumnCache {
    of: Option<Fingerprint>,
    columns: Vec<Column>,
}

pub type SharedColumns = Arc<Mutex<ColumnCache>>;

impl App {
    pub(crate) fn explore_command(&mut self, command: ExploreCommand) {
        match command {
            ExploreCommand::Draw { source, recipe } => self.draw_chart(source, *recipe),
            ExploreCommand::Refine { chart, window, cells } => self.refine(chart, window, cells),
            ExploreCommand::Choose(shape) => self.choose(*shape),
            ExploreCommand::Pick { column, value } => self.pick(column, value),
            ExploreCommand::AskPicture => self.ask_file(Ask::ChartPicture, "png"),
            ExploreCommand::AskData => self.ask_file(Ask::ChartData, "csv"),
            ExploreCommand::AskCustomers => self.ask_file(Ask::Customers, "csv"),
            ExploreCommand::PictureTo(path) => self.picture_to(path),
            ExploreCommand::DataTo(path) => self.data_to(path),
            ExploreCommand::CustomersTo(path) => self.customers_to(path),
        }
    }

    fn ask_file(&mut self, ask: Ask, ending: &str) {
        let name = match ask {
            Ask::Customers => words::selection(self.lang()),
            _ => words::chart(self.lang()),
        };
        self.ask(ask, &format!("{name}.{ending}"));
    }

    fn draw_chart(&mut self, source: ChartSource, recipe: ChartRecipe) {
        let Some(open) = &self.open else { return };
        let Some(key) = chart_key(open.document.project(), source, &recipe) else { return };
        let columns = self.columns.clone();
        self.make_extra(Slot::Explore, "chart", key, move |desk, worker| {
            let read = columns_read(&recipe);
            let frame = source_frame(desk, source, &read, &columns, &worker.monitor)?;
            let picture = match &recipe {
                ChartRecipe::Scatter(scatter) => recipe.check().and_then(|()| {
                    let cloud = PointCloud::of(&frame, scatter, &worker.monitor)?;
                    Ok(Picture::Cloud(Arc::new(cloud)))
                }),
                _ => chart(&frame, &recipe, &worker.monitor).map(|data| Picture::Data(Box::new(data))),
            };
            worker.monitor.check()?;
            Ok(shown(ChartMade { source, recipe, picture }))
        });
    }

    fn cloud(&self) -> Option<(&ChartMade, Arc<PointCloud>)> {
        let made: &ChartMade = self.shown.stale_extra("chart")?;
        match &made.picture {
            Ok(Picture::Cloud(cloud)) => Some((made, cloud.clone())),
            _ => None,
        }
    }

    fn refine(&mut self, chart: Fingerprint, window: Window, cells: (u32, u32)) {
        let Some((made, cloud)) = self.cloud() else { return };
        let (source, columns) = (made.source, self.columns.clone());
        let selection = self.shown.selection.clone();
        let mark = selection.as_ref().map_or(0, |selection| Arc::as_ptr(selection) as usize);
        let key = Fingerprint::of(&(chart, window, cells, mark));
        self.make_extra(Slot::Explore, "chart view", key, move |desk, worker| {
            let view = cloud.view(window, cells, &worker.monitor)?;
            let marked = match (&selection, &view) {
                (Some(selection), ScatterView::Points(points)) => {
                    let rows: Vec<u32> = points.iter().map(|point| point.row).collect();
                    marked(desk, source, &rows, selection, &columns, &worker.monitor)?
                }
                _ => Vec::new(),
            };
            Ok(shown(ScatterShown { key, chart, window, selection: mark, view, marked }))
        });
    }

    fn choose(&mut self, shape: Shape) {
        let Some((made, cloud)) = self.cloud() else { return };
        let (x, y) = cloud.axes();
        let name = |column: &str| column_name(self.lang(), made.source, column);
        let label = words::drawn_on(self.lang(), name(&x.column), name(&y.column));
        let (source, columns) = (made.source, self.columns.clone());
        let Some(desk) = self.desk() else { return };
        self.jobs.start(Slot::Pick, move |worker| {
            let rows = cloud.select(&shape, &worker.monitor)?;
            selected(&desk, source, &rows, label, &columns, &worker.monitor)
        });
    }

    fn pick(&mut self, column: String, value: Option<Value>) {
        let made: Option<&ChartMade> = self.shown.stale_extra("chart");
        let Some(made) = made else { return };
        let (source, columns) = (made.source, self.columns.clone());
        let mut filters = made.recipe.filters().to_vec();
        let text = value.as_ref().map_or_else(|| words::empty(self.lang()).to_owned(), Value::to_string);
        let label = words::picked(self.lang(), column_name(self.lang(), source, &column), text);
        filters.push(Condition::new(column, value.map_or(Test::Missing, |value| Test::Is(vec![value]))));
        let Some(desk) = self.desk() else { return };
        self.jobs.start(Slot::Pick, move |worker| {
            let read: Vec<String> = filters.iter().map(|filter| filter.column.clone()).collect();
            let frame = source_frame(&desk, source, &read, &columns, &worker.monitor)?;
            let rows = rows_of(&frame, &filters, &worker.monitor)?;
            selected(&desk, source, &rows, label, &columns, &worker.monitor)
        });
    }

    fn data_to(&mut self, path: PathBuf) {
        let Some(made) = self.shown.shared_stale_extra::<ChartMade>("chart") else { return };
        self.jobs.start(Slot::Export, move |worker| {
            let cloud;
            let data: &ChartData = match &made.picture {
                Ok(Picture::Data(data)) => data,
                Ok(Picture::Cloud(points)) => {
                    cloud = ChartData::Scatter(points.data(&worker.monitor)?);
                    &cloud
                }
                Err(_) => return Ok(Outcome::Nothing),
            };
            let file = std::fs::File::create(&path).map_err(|error| StoreError::io(&path, &error))?;
            let mut out = std::io::BufWriter::new(file);
            let written = write_csv(data, &mut out).and_then(|()| std::io::Write::flush(&mut out));
            written.map_err(|error| StoreError::io(&path, &error))?;
            Ok(said(words::csv_saved, path))
        });
    }

    fn picture_to(&mut self, path: PathBuf) {
        let Some(made) = self.shown.shared_stale_extra::<ChartMade>("chart") else { return };
        let (lang, dark) = (self.lang(), self.settings.theme == crate::store::settings::ThemeChoice::Dark);
        self.jobs.start(Slot::Export, move |worker| {
            let cloud;
            let data: &ChartData = match &made.picture {
                Ok(Picture::Data(data)) => data,
                Ok(Picture::Cloud(points)) => {
                    cloud = ChartData::Scatter(points.data(&worker.monitor)?);
                    &cloud
                }
                Err(_) => return Ok(Outcome::Nothing),
            };
            let image = crate::ui::page::explore::still(&made, data, lang, dark);
            worker.monitor.check()?;
            let [width, height] = image.size;
            let pixels: Vec<u8> = image.pixels.iter().flat_map(|colour| colour.to_srgba_unmultiplied()).collect();
            let format = image::ColorType::Rgba8;
            image::save_buffer_with_format(
                &path,
                &pixels,
                width as u32,
                height as u32,
                format,
                image::ImageFormat::Png,
            )
            .map_err(|error| StoreError::Io { path: path.clone(), what: error.to_string() })?;
            Ok(said(words::png_saved, path))
        });
    }

    fn customers_to(&mut self, path: PathBuf) {
        let Some(selection) = self.shown.selection.clone() else { return };
        self.jobs.start(Slot::Export, move |worker| {
            let ids: Vec<&str> = selection.customers.iter().map(String::as_str).collect();
            let column = Column::new(crate::stage::data::features::USER.into(), &ids);
            let frame = DataFrame::new(ids.len(), vec![column]).map_err(SourceError::from)?;
            write(&frame, path, words::customers_saved, &worker.monitor)
        });
    }
}

/// A table into a file of the kind that its name asks for; CSV when it asks for none.
pub fn write(
    frame: &DataFrame,
    mut path: PathBuf,
    words: impl FnOnce(crate::ui::text::Lang, String) -> String + Send + 'static,
    monitor: &Monitor,
) -> Result<Outcome, Failure> {
    if export::ExportFormat::of(&path).is_none() {
        path.as_mut_os_string().push(".csv");
    }
    export::write(frame, &path, monitor).map_err(|error| match error {
        export::ExportError::Store(error) => Failure::from(error),
        export::ExportError::Cancelled(cancelled) => cancelled.into(),
        other => StoreError::Io { path: path.clone(), what: other.to_string() }.into(),
    })?;
    Ok(said(words, path))
}

/// What was written where, in the language of the moment.
fn said(words: impl FnOnce(crate::ui::text::Lang, String) -> String + Send + 'static, path: PathBuf) -> Outcome {
    Outcome::Said(Box::new(move |lang| words(lang, error_words::file_name(&path))))
}

/// Some columns of a source after cleaning, from memory where they were read before.
fn source_frame(
    desk: &Desk,
    source: ChartSource,
    columns: &[String],
    cache: &SharedColumns,
    monitor: &Monitor,
) -> Result<DataFrame, Failure> {
    let of = match source {
        ChartSource::Table(id) => desk.project.table(id).map(|table| Fingerprint::of(&(id, table.fingerprint()))),
        ChartSource::Customers => feature_run::newest(&desk.project)
            .map(|(id, run)| Fingerprint::of(&(id, run.fingerprint(), study::score_columns(&desk.project)))),
    };
    // A job that panicked while it held the lock left whole columns behind.
    let mut cache = cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if cache.of != of {
        *cache = ColumnCache { of, columns: Vec::new() };
    }
    let all = columns.is_empty();
    let wanted: Vec<&str> = columns.iter().map(String::as_str).collect();
    let missing: Vec<&str> =
        wanted.iter().copied().filter(|name| !cache.columns.iter().any(|c| c.name() == name)).collect();
    if all || !missing.is_empty() {
        let reader = desk.reader()?;
        let names = if all { None } else { Some(missing.as_slice()) };
        let read = match source {
            ChartSource::Table(id) => Sources::new(&desk.project, &reader).frame(id, names, monitor)?,
            ChartSource::Customers => customers_frame(desk, &reader, names)?,
        };
        if all {
            return Ok(read);
        }
        // Only what the newest chart needs stays, so that memory is bounded by what is drawn.
        cache.columns.retain(|column| wanted.contains(&column.name().as_str()));
        cache.columns.extend(read.columns().iter().cloned());
    }
    let chosen: Vec<Column> = cache.columns.iter().filter(|c| wanted.contains(&c.name().as_str())).cloned().collect();
    let height = chosen.first().map_or(0, Column::len);
    DataFrame::new(height, chosen).map_err(|error| Failure::Panicked(error.to_string()))
}

/// Features of customers, and what was predicted of them.
fn customers_frame(desk: &Desk, reader: &Reader, names: Option<&[&str]>) -> Result<DataFrame, Failure> {
    let Some((_, run)) = feature_run::newest(&desk.project) else { return Ok(DataFrame::empty()) };
    let known: Vec<String> = study::score_columns(&desk.project).into_iter().map(|score| score.name).collect();
    let is_score = |name: &str| known.iter().any(|score| score == name);
    if known.is_empty() || names.is_some_and(|names| !names.iter().any(|name| is_score(name))) {
        return Ok(feature_run::frame(run, reader, names)?);
    }
    let features: Option<Vec<&str>> = names.map(|names| {
        let plain = names.iter().copied().filter(|name| *name != USER && !is_score(name));
        std::iter::once(USER).chain(plain).collect()
    });
    let features = feature_run::frame(run, reader, features.as_deref())?;
    let mut whole = beside(&features, &study::scores(&desk.project, reader)?);
    let failed = |error: PolarsError| Failure::Panicked(error.to_string());
    for name in &known {
        // Scores of people who are not among these customers: nobody has one.
        if !whole.schema().contains(name) {
            let empty = Column::full_null(name.as_str().into(), whole.height(), &DataType::Float64);
            whole.with_column(empty).map_err(failed)?;
        }
    }
    match names {
        Some(names) => whole.select(names.iter().copied()).map_err(failed),
        None => Ok(whole),
    }
}

/// The customers of these rows as the project's selection.
fn selected(
    desk: &Desk,
    source: ChartSource,
    rows: &[u32],
    label: String,
    columns: &SharedColumns,
    monitor: &Monitor,
) -> Result<Outcome, Failure> {
    let Some(user) = user_column(Some(&desk.project), source) else { return Ok(Outcome::Nothing) };
    let frame = user_frame(desk, source, &user, columns, monitor)?;
    let customers = users_of(&frame, &user, rows, monitor)?.into_iter().collect();
    Ok(Outcome::Selected(Selection { label, customers }))
}

/// The column of customers beside those in memory.
fn user_frame(
    desk: &Desk,
    source: ChartSource,
    user: &str,
    columns: &SharedColumns,
    monitor: &Monitor,
) -> Result<DataFrame, Failure> {
    let mut wanted: Vec<String> = {
        let cache = columns.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        cache.columns.iter().map(|column| column.name().to_string()).collect()
    };
    if !wanted.iter().any(|name| name == user) {
        wanted.push(user.to_owned());
    }
    source_frame(desk, source, &wanted, columns, monitor)
}

/// Whether the customer of each row is selected.
fn marked(
    desk: &Desk,
    source: ChartSource,
    rows: &[u32],
    selection: &Selection,
    columns: &SharedColumns,
    monitor: &Monitor,
) -> Result<Vec<bool>, Failure> {
    let Some(user) = user_column(Some(&desk.project), source) else { return Ok(Vec::new()) };
    let frame = user_frame(desk, source, &user, columns, monitor)?;
    let Ok(column) = frame.column(&user) else { return Ok(Vec::new()) };
    let picked = polars::prelude::IdxCa::from_vec("rows".into(), rows.to_vec());
    let Ok(part) = column.take(&picked) else { return Ok(Vec::new()) };
    let Ok(part) = DataFrame::new(part.len(), vec![part]) else { return Ok(Vec::new()) };
    let cells = crate::stage::data::cell::cells(&part, &user).map_err(crate::stage::data::explore::ChartError::from)?;
    let inside = |row| cells.get(row).is_some_and(|value| selection.customers.contains(&value.to_string()));
    Ok((0..rows.len()).map(inside).collect())
}
