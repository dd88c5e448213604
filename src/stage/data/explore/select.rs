//! Points picked with the mouse, as rows of the table and as users.

use super::ChartError;
use super::groups::codes;
use super::scatter::{Part, PointCloud, Window};
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
                Ok(self.rows_of(self.near(&part), |place| part.holds(place)))
            }
            Shape::Lasso(points) => {
                let (x, y) = self.axes();
                let corners: Vec<(f64, f64)> = points.iter().map(|(a, b)| (x.place(*a), y.place(*b))).collect();
                let Some(around) = around(&corners) else { return Ok(Vec::new()) };
                let near = self.near(&around);
                monitor.check()?;
                Ok(self.rows_of(near, |place| is_inside(&corners, place)))
            }
        }
    }

    fn rows_of(&self, near: Vec<u32>, inside: impl Fn((f64, f64)) -> bool + Sync) -> Vec<u32> {
        let picked = near.into_par_iter().filter(|point| inside(self.exact_place(*point as usize)));
        picked.map(|point| self.row(point as usize)).collect()
    }
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
