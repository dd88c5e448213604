//! Points counted in a grid of cells.

use super::scatter::{Part, PointCloud, Window};
use crate::base::{Cancelled, Monitor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Points by cell. Cells are of one size as drawn: on a logarithmic axis by its logarithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Density {
    pub window: Window,
    /// Cells across and down.
    pub columns: u32,
    pub rows: u32,
    pub groups: u32,
    /// By group, then by row from the bottom, then by column from the left.
    pub counts: Vec<u32>,
    /// Points in the window.
    pub points: u64,
    /// The most in one cell, all groups together.
    pub most: u32,
}

impl Density {
    pub(super) fn new(window: Window, (columns, rows): (u32, u32), groups: usize, counts: Vec<u32>) -> Self {
        let cells = columns as usize * rows as usize;
        let together = |cell: usize| (0..groups).map(|g| counts[g * cells + cell]).sum::<u32>();
        let most = (0..cells).map(together).max().unwrap_or(0);
        let points = counts.iter().map(|n| u64::from(*n)).sum();
        Self { window, columns, rows, groups: groups as u32, counts, points, most }
    }

    pub fn count(&self, group: u32, row: u32, column: u32) -> u32 {
        let at = (group as usize * self.rows as usize + row as usize) * self.columns as usize + column as usize;
        self.counts.get(at).copied().unwrap_or(0)
    }
}

/// One axis of the grid: from place to cell.
#[derive(Clone, Copy)]
struct Cells {
    from: f32,
    per_place: f32,
    count: f32,
}

impl Cells {
    fn of((from, to): (f64, f64), count: u32) -> Self {
        let per_place = if to > from { f64::from(count) / (to - from) } else { 1.0 };
        Self { from: from as f32, per_place: per_place as f32, count: count as f32 }
    }

    /// NaN and places outside have no cell; the upper edge belongs to the last one.
    fn cell(self, place: f32) -> Option<usize> {
        let at = (place - self.from) * self.per_place;
        (at >= 0.0 && at <= self.count).then(|| at.min(self.count - 1.0) as usize)
    }
}

/// Points that one worker counts before it looks whether to go on.
const BLOCK: usize = 1 << 18;

/// Counts the cloud's points in a part of the picture. Whole numbers are added, so the order of the workers does not
/// matter.
pub(super) fn grid(
    cloud: &PointCloud,
    part: &Part,
    (columns, rows): (u32, u32),
    monitor: &Monitor,
) -> Result<Vec<u32>, Cancelled> {
    let (x, y) = (Cells::of(part.x, columns), Cells::of(part.y, rows));
    let cells = columns as usize * rows as usize;
    let size = cells * cloud.groups().len();
    let blocks = cloud.xs.len().div_ceil(BLOCK);
    let workers = rayon::current_num_threads().clamp(1, blocks.max(1));
    let share = blocks.div_ceil(workers);
    (0..workers)
        .into_par_iter()
        .map(|worker| {
            let mut counts = vec![0_u32; size];
            for block in worker * share..((worker + 1) * share).min(blocks) {
                monitor.check()?;
                let (from, to) = (block * BLOCK, ((block + 1) * BLOCK).min(cloud.xs.len()));
                let points = cloud.xs[from..to].iter().zip(&cloud.ys[from..to]);
                if cloud.group_of.is_empty() {
                    for (px, py) in points {
                        if let (Some(column), Some(row)) = (x.cell(*px), y.cell(*py)) {
                            counts[row * columns as usize + column] += 1;
                        }
                    }
                } else {
                    for ((px, py), group) in points.zip(&cloud.group_of[from..to]) {
                        if let (Some(column), Some(row)) = (x.cell(*px), y.cell(*py)) {
                            counts[usize::from(*group) * cells + row * columns as usize + column] += 1;
                        }
                    }
                }
            }
            Ok(counts)
        })
        .try_reduce(
            || vec![0; size],
            |mut all, one| {
                all.iter_mut().zip(one).for_each(|(sum, n)| *sum += n);
                Ok(all)
            },
        )
}

/// As [`grid`], of some points by exact places.
pub(super) fn grid_of(
    points: &[u32],
    place: impl Fn(usize) -> (f64, f64),
    group_of: &[u8],
    groups: usize,
    part: &Part,
    (columns, rows): (u32, u32),
) -> Vec<u32> {
    let cells = columns as usize * rows as usize;
    let mut counts = vec![0_u32; cells * groups];
    let cell = |v: f64, (from, to): (f64, f64), count: u32| {
        let at = if to > from { (v - from) / (to - from) * f64::from(count) } else { 0.0 };
        (at.max(0.0) as usize).min(count as usize - 1)
    };
    for &point in points {
        let (x, y) = place(point as usize);
        let group = group_of.get(point as usize).copied().unwrap_or(0);
        let at = cell(y, part.y, rows) * columns as usize + cell(x, part.x, columns);
        counts[usize::from(group) * cells + at] += 1;
    }
    counts
}
