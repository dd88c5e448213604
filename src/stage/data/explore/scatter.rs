//! Up to ten million points: few of them one by one, many by density, for any part of the picture.

use super::ChartError;
use super::density::{self, Density};
use super::groups::{Groups, unfit};
use super::recipe::ScatterRecipe;
use super::result::Label;
use crate::base::{Cancelled, Monitor};
use crate::stage::data::cell::{Cells, DAY_MS, LOOK_EVERY, cells, rows_that};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What the numbers of an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisKind {
    Number,
    /// Milliseconds since 1970-01-01.
    Time,
}

/// One axis over all points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    pub column: String,
    pub kind: AxisKind,
    /// Drawn by the logarithm; then every number is above 0.
    pub log: bool,
    pub min: f64,
    pub max: f64,
}

impl Axis {
    /// Where a number lies between the ends of the axis, as drawn: 0 to 1 for the points themselves.
    pub fn place(&self, v: f64) -> f64 {
        let scale = |v: f64| if self.log { v.max(f64::MIN_POSITIVE).log10() } else { v };
        let (low, high) = (scale(self.min), scale(self.max));
        let span = high - low;
        if span > 0.0 && span.is_finite() {
            (scale(v) - low) / span
        } else if span > 0.0 {
            // The ends are further apart than the largest float.
            (scale(v) / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
        } else {
            0.5 + (scale(v) - low)
        }
    }
}

/// A part of the picture in the numbers of the axes, the edges included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Window {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    /// Of the table.
    pub row: u32,
    /// Its place in the groups.
    pub group: u8,
}

/// What is drawn of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScatterView {
    /// In the order of the rows.
    Points(Vec<Point>),
    Density(Density),
}

/// A scatter chart as it is first shown, stored and exported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScatterData {
    pub x: Axis,
    pub y: Axis,
    pub groups: Vec<Label>,
    pub points: u64,
    /// Rows that pass the filters and have no finite number in one of the columns, or none above 0 on a
    /// logarithmic axis.
    pub left_out: u64,
    pub window: Window,
    pub view: ScatterView,
}

/// The points of a scatter chart in memory: eight bytes each, four more where some rows have no point, one more for
/// groups. Cells of the table are shared with it, not copied.
#[derive(Debug, Clone)]
pub struct PointCloud {
    x: Axis,
    y: Axis,
    groups: Vec<Label>,
    left_out: u64,
    most_points: usize,
    cells: (u32, u32),
    /// Places on the axes, 0 to 1.
    pub(super) xs: Vec<f32>,
    pub(super) ys: Vec<f32>,
    /// Empty: one group.
    pub(super) group_of: Vec<u8>,
    /// Each point's row; nothing when every row is a point.
    rows: Option<Vec<u32>>,
    exact: (Cells, Cells),
}

/// The cells as numbers: times as milliseconds.
fn number(cells: &Cells, row: usize) -> f64 {
    match cells {
        Cells::Integer(c) | Cells::Time(c) => c.get(row).map_or(f64::NAN, |v| v as f64),
        Cells::Decimal(c) => c.get(row).unwrap_or(f64::NAN),
        Cells::Date(c) => c.get(row).map_or(f64::NAN, |v| f64::from(v) * DAY_MS as f64),
        Cells::YesNo(c) => c.get(row).map_or(f64::NAN, |v| f64::from(u8::from(v))),
        Cells::Text(_) => f64::NAN,
    }
}

fn numbers(column: &str, cells: &Cells, log: bool) -> Result<(Vec<f64>, AxisKind), ChartError> {
    let nan = f64::NAN;
    let (mut numbers, kind) = match (cells.numbers(), cells) {
        (Some(numbers), _) => (numbers, AxisKind::Number),
        (None, Cells::Time(c)) => (c.iter().map(|v| v.map_or(nan, |v| v as f64)).collect(), AxisKind::Time),
        (None, Cells::Date(c)) => {
            (c.iter().map(|v| v.map_or(nan, |v| f64::from(v) * DAY_MS as f64)).collect(), AxisKind::Time)
        }
        (None, _) => return Err(unfit(column, cells, "number or time")),
    };
    let drawn = |v: f64| v.is_finite() && (!log || v > 0.0);
    numbers.par_iter_mut().filter(|v| !drawn(**v)).for_each(|v| *v = nan);
    Ok((numbers, kind))
}

impl PointCloud {
    /// One pass over the columns; the recipe must have been checked.
    pub fn of(frame: &DataFrame, recipe: &ScatterRecipe, monitor: &Monitor) -> Result<Self, ChartError> {
        let exact = (cells(frame, &recipe.x)?, cells(frame, &recipe.y)?);
        let (x_numbers, x_kind) = numbers(&recipe.x, &exact.0, recipe.log_x)?;
        monitor.check()?;
        let (y_numbers, y_kind) = numbers(&recipe.y, &exact.1, recipe.log_y)?;
        monitor.check()?;
        let pass: Option<BooleanChunked> = match recipe.filters.as_slice() {
            [] => None,
            filters => Some(rows_that(frame, filters, monitor)?),
        };
        let there = |row: usize| !x_numbers[row].is_nan() && !y_numbers[row].is_nan();
        let mut left_out = 0;
        let mut picked: Vec<u32> = Vec::new();
        let mut whole = true;
        let mut passes = pass.iter().flat_map(|mask| mask.iter().map(|pass| pass == Some(true)));
        for row in 0..frame.height() {
            if row % LOOK_EVERY == 0 {
                monitor.check()?;
            }
            let passes = pass.is_none() || passes.next() == Some(true);
            left_out += u64::from(passes && !there(row));
            if passes && there(row) {
                if !whole {
                    picked.push(row as u32);
                }
            } else if whole {
                // The first row without a point: from here on the rows must be remembered.
                whole = false;
                picked.extend(0..row as u32);
            }
        }
        let rows = if whole { None } else { Some(picked) };
        let count = rows.as_ref().map_or(frame.height(), Vec::len);
        if count == 0 {
            return Err(ChartError::NoRows);
        }
        let row_of = |i: usize| rows.as_ref().map_or(i, |rows| rows[i] as usize);
        let axis = |column: &str, kind, log, numbers: &[f64]| {
            let ends = (0..count)
                .into_par_iter()
                .map(|i| (numbers[row_of(i)], numbers[row_of(i)]))
                .reduce(|| (f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)));
            Axis { column: column.to_owned(), kind, log, min: ends.0, max: ends.1 }
        };
        let x = axis(&recipe.x, x_kind, recipe.log_x, &x_numbers);
        let y = axis(&recipe.y, y_kind, recipe.log_y, &y_numbers);
        monitor.check()?;
        let places = |axis: &Axis, numbers: &[f64]| -> Vec<f32> {
            (0..count).into_par_iter().map(|i| axis.place(numbers[row_of(i)]) as f32).collect()
        };
        let (xs, ys) = (places(&x, &x_numbers), places(&y, &y_numbers));
        monitor.check()?;
        let (groups, of_row) = Groups::of(frame, recipe.group.as_ref(), monitor)?.into_rows();
        let group_of = match (&rows, of_row.is_empty()) {
            (_, true) | (None, _) => of_row,
            (Some(rows), false) => rows.iter().map(|row| of_row[*row as usize]).collect(),
        };
        let most_points = recipe.most_points as usize;
        Ok(Self { x, y, groups, left_out, most_points, cells: recipe.cells, xs, ys, group_of, rows, exact })
    }

    pub fn len(&self) -> usize {
        self.xs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.xs.is_empty()
    }

    pub fn axes(&self) -> (&Axis, &Axis) {
        (&self.x, &self.y)
    }

    pub fn groups(&self) -> &[Label] {
        &self.groups
    }

    /// Of all points.
    pub fn window(&self) -> Window {
        Window { x: (self.x.min, self.x.max), y: (self.y.min, self.y.max) }
    }

    /// The whole picture, as it is stored.
    pub fn data(&self, monitor: &Monitor) -> Result<ScatterData, Cancelled> {
        let window = self.window();
        Ok(ScatterData {
            x: self.x.clone(),
            y: self.y.clone(),
            groups: self.groups.clone(),
            points: self.len() as u64,
            left_out: self.left_out,
            window,
            view: self.view(window, self.cells, monitor)?,
        })
    }

    /// What is drawn of a window: points while they are few, else `cells` across and down.
    pub fn view(&self, window: Window, cells: (u32, u32), monitor: &Monitor) -> Result<ScatterView, Cancelled> {
        monitor.check()?;
        let part = self.part(window);
        let cells = (cells.0.clamp(1, 4096), cells.1.clamp(1, 4096));
        let groups = self.groups.len();
        let deep = part.x.1 - part.x.0 < DEEP || part.y.1 - part.y.0 < DEEP;
        let few = self.len() <= self.most_points;
        if !deep && !few {
            let counts = density::grid(self, &part, cells, monitor)?;
            let density = Density::new(window, cells, groups, counts);
            if density.points > self.most_points as u64 {
                return Ok(ScatterView::Density(density));
            }
        }
        // Few points, or so close together that only the exact numbers tell them apart.
        let mut near = self.near(&part);
        monitor.check()?;
        let inside = |i: &u32| part.holds(self.exact_place(*i as usize));
        near = near.into_par_iter().filter(inside).collect();
        if near.len() > self.most_points {
            let counts = density::grid_of(&near, |i| self.exact_place(i), &self.group_of, groups, &part, cells);
            return Ok(ScatterView::Density(Density::new(window, cells, groups, counts)));
        }
        let point = |i: u32| {
            let i = i as usize;
            let row = self.row(i);
            let (x, y) = (number(&self.exact.0, row as usize), number(&self.exact.1, row as usize));
            Point { x, y, row, group: self.group_of.get(i).copied().unwrap_or(0) }
        };
        Ok(ScatterView::Points(near.into_iter().map(point).collect()))
    }

    /// The table's row of a point.
    pub fn row(&self, point: usize) -> u32 {
        self.rows.as_ref().map_or(point as u32, |rows| rows[point])
    }

    /// A window's edges as places on the axes, in rising order.
    pub(super) fn part(&self, window: Window) -> Part {
        let rising = |axis: &Axis, (a, b): (f64, f64)| {
            let (a, b) = (axis.place(a), axis.place(b));
            if a <= b { (a, b) } else { (b, a) }
        };
        Part { x: rising(&self.x, window.x), y: rising(&self.y, window.y) }
    }

    /// Place on the axes, from the table's own numbers.
    pub(super) fn exact_place(&self, point: usize) -> (f64, f64) {
        let row = self.row(point) as usize;
        (self.x.place(number(&self.exact.0, row)), self.y.place(number(&self.exact.1, row)))
    }

    /// Every point of a part and a few around it, in order: `f32` places are right to a hair's breadth only.
    pub(super) fn near(&self, part: &Part) -> Vec<u32> {
        let wide = |(low, high): (f64, f64)| ((low - HAIR) as f32, (high + HAIR) as f32);
        let (x, y) = (wide(part.x), wide(part.y));
        let blocks = self.xs.par_chunks(LOOK_EVERY).zip(self.ys.par_chunks(LOOK_EVERY)).enumerate();
        blocks
            .flat_map_iter(|(block, (xs, ys))| {
                let first = block * LOOK_EVERY;
                let close = move |(px, py): (&f32, &f32)| x.0 <= *px && *px <= x.1 && y.0 <= *py && *py <= y.1;
                let places = xs.iter().zip(ys).enumerate().filter(move |(_, p)| close(*p));
                places.map(move |(i, _)| (first + i) as u32).collect::<Vec<u32>>()
            })
            .collect()
    }
}

/// Narrower windows are counted from the exact numbers: cells of 1/1,000 of it would near the steps of an `f32`.
const DEEP: f64 = 1.0 / 4096.0;
/// More than the steps of an `f32` between 0 and 1.
pub(super) const HAIR: f64 = 1e-6;

/// A rectangle of places on the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Part {
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }
}
