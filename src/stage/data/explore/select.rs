//! Points picked with the mouse, as rows of the table and as users.

use super::ChartError;
use super::groups::codes;
use super::scatter::{HAIR, Part, PointCloud, Window};
use crate::base::{Cancelled, Monitor};
use crate::stage::data::cell::{Condition, MISSING, rows_that};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// An outline in the numbers of the axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Its edges included.
    Rectangle(Window),
    /// A closed line through these points, straight between them as drawn. Where it crosses itself, parts inside
    /// an even number of turns are outside.
    Lasso(Vec<(f64, f64)>),
}

impl PointCloud {
    /// The table's rows whose points lie inside, in order.
    pub fn select(&self, shape: &Shape, monitor: &Monitor) -> Result<Vec<u32>, Cancelled> {
        monitor.check()?;
        match shape {
            Shape::Rectangle(window) => {
                let part = self.part(*window);
                let inner = Part { x: (part.x.0 + HAIR, part.x.1 - HAIR), y: (part.y.0 + HAIR, part.y.1 - HAIR) };
                let near = self.near(&part);
                monitor.check()?;
                Ok(self.rows_of(near, |place| inner.holds(place).then_some(true), |place| part.holds(place)))
            }
            Shape::Lasso(points) => {
                let (x, y) = self.axes();
                let corners: Vec<(f64, f64)> = points.iter().map(|(a, b)| (x.place(*a), y.place(*b))).collect();
                let Some(around) = around(&corners) else { return Ok(Vec::new()) };
                let near = self.near(&around);
                monitor.check()?;
                let mask = Mask::of(&corners, &around);
                monitor.check()?;
                Ok(self.rows_of(near, |place| mask.decides(place), |place| is_inside(&corners, place)))
            }
        }
    }

    /// `rough` decides by the `f32` place where a hair's breadth does not matter, `exact` by the table's numbers.
    fn rows_of(
        &self,
        near: Vec<u32>,
        rough: impl Fn((f64, f64)) -> Option<bool> + Sync,
        exact: impl Fn((f64, f64)) -> bool + Sync,
    ) -> Vec<u32> {
        let inside = |point: &u32| {
            let at = *point as usize;
            rough((self.xs[at].into(), self.ys[at].into())).unwrap_or_else(|| exact(self.exact_place(at)))
        };
        near.into_par_iter().filter(inside).map(|point| self.row(point as usize)).collect()
    }
}

/// What lies inside a lasso, in cells: all of a cell, nothing of it, or a part.
struct Mask {
    around: Part,
    cells: Vec<Option<bool>>,
}

/// Cells across and down.
const MASK: usize = 128;

impl Mask {
    fn of(corners: &[(f64, f64)], around: &Part) -> Self {
        let edges: Vec<[(f64, f64); 2]> =
            (0..corners.len()).map(|at| [corners[at], corners[(at + 1) % corners.len()]]).collect();
        let side = |(from, to): (f64, f64), at: usize| from + (to - from) * at as f64 / MASK as f64;
        let cell = |at: usize| {
            let ends = |range: (f64, f64), at: usize| (side(range, at) - HAIR, side(range, at + 1) + HAIR);
            let part = Part { x: ends(around.x, at % MASK), y: ends(around.y, at / MASK) };
            let crossed = edges.iter().any(|edge| crosses(edge, &part));
            let middle = ((part.x.0 + part.x.1) / 2.0, (part.y.0 + part.y.1) / 2.0);
            (!crossed).then(|| is_inside(corners, middle))
        };
        Self { around: *around, cells: (0..MASK * MASK).into_par_iter().map(cell).collect() }
    }

    fn decides(&self, (x, y): (f64, f64)) -> Option<bool> {
        let at = |v: f64, (from, to): (f64, f64)| (((v - from) / (to - from) * MASK as f64) as usize).min(MASK - 1);
        let (column, row) = (at(x, self.around.x), at(y, self.around.y));
        self.cells.get(row * MASK + column).copied().flatten()
    }
}

/// Whether any of a line may lie in a rectangle: their shadows on both axes and on the line's normal overlap.
fn crosses([(ax, ay), (bx, by)]: &[(f64, f64); 2], part: &Part) -> bool {
    let apart = |a: f64, b: f64, (low, high): (f64, f64)| a.max(b) < low || a.min(b) > high;
    if apart(*ax, *bx, part.x) || apart(*ay, *by, part.y) {
        return false;
    }
    let side = |x: f64, y: f64| (bx - ax) * (y - ay) - (by - ay) * (x - ax);
    let corners = [(part.x.0, part.y.0), (part.x.0, part.y.1), (part.x.1, part.y.0), (part.x.1, part.y.1)];
    let sides = corners.map(|(x, y)| side(x, y));
    !(sides.iter().all(|s| *s > 0.0) || sides.iter().all(|s| *s < 0.0))
}

/// The rectangle around a lasso; nothing for fewer than three points or places that are none.
fn around(corners: &[(f64, f64)]) -> Option<Part> {
    if corners.len() < 3 || corners.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return None;
    }
    let ends = |pick: fn(&(f64, f64)) -> f64| {
        let places = corners.iter().map(pick);
        places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    Some(Part { x: ends(|p| p.0), y: ends(|p| p.1) })
}

/// The even-odd rule: a ray to the right crosses the line an odd number of times.
fn is_inside(corners: &[(f64, f64)], (x, y): (f64, f64)) -> bool {
    let mut inside = false;
    let mut before = corners.len() - 1;
    for at in 0..corners.len() {
        let ((ax, ay), (bx, by)) = (corners[at], corners[before]);
        if (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax {
            inside = !inside;
        }
        before = at;
    }
    inside
}

/// The rows that pass every filter, in order.
pub fn rows_of(frame: &DataFrame, filters: &[Condition], monitor: &Monitor) -> Result<Vec<u32>, ChartError> {
    let mask = rows_that(frame, filters, monitor)?;
    Ok((0..).zip(mask.iter()).filter(|(_, pass)| *pass == Some(true)).map(|(row, _)| row).collect())
}

/// The different values of `column` in these rows as text, each where it first comes; rows without one are
/// passed over, and so are rows that the table does not have.
pub fn users_of(frame: &DataFrame, column: &str, rows: &[u32], monitor: &Monitor) -> Result<Vec<String>, ChartError> {
    let codes = codes(frame, column, monitor)?;
    let mut seen = vec![false; codes.values.len()];
    let mut users = Vec::new();
    for &row in rows {
        let code = codes.of_row.get(row as usize).copied().unwrap_or(MISSING) as usize;
        if let Some(seen) = seen.get_mut(code).filter(|seen| !**seen) {
            *seen = true;
            users.push(codes.values[code].to_string());
        }
    }
    Ok(users)
}
