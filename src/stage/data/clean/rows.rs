//! Steps that drop rows.

use super::change::{Outcome, keep_rows};
use super::error::Stop;
use super::recipe::Keep;
use super::text::chosen;
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, Condition, ROW_SEED, hash_rows, rows_that, same_cell};
use polars::prelude::*;
use rayon::prelude::*;

pub(super) fn filter(frame: &DataFrame, keep: &[Condition], monitor: &Monitor) -> Result<Outcome, Stop> {
    keep_rows(frame, &rows_that(frame, keep, monitor)?)
}

/// Rows are compared cell by cell; missing equals missing.
pub(super) fn drop_duplicates(
    frame: &DataFrame,
    columns: &[String],
    keep: Keep,
    monitor: &Monitor,
) -> Result<Outcome, Stop> {
    let columns: Vec<Cells> = chosen(frame, columns, |_| true)?.into_iter().map(|(_, c)| c.contiguous()).collect();
    if columns.is_empty() {
        return Ok(Outcome::unchanged(frame));
    }
    let mut hashes = vec![ROW_SEED; frame.height()];
    for column in &columns {
        monitor.check()?;
        hash_rows(column, &mut hashes);
    }
    // Equal hashes side by side, rows in order within them.
    let mut rows: Vec<(u64, u32)> = hashes.into_iter().zip(0..).collect();
    rows.par_sort_unstable();
    monitor.check()?;
    let mut stays = vec![true; frame.height()];
    for group in rows.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        monitor.check()?;
        drop_within(group, &columns, keep, &mut stays);
    }
    keep_rows(frame, &BooleanChunked::from_iter_values(PlSmallStr::EMPTY, stays.into_iter()))
}

/// Among rows of one hash, different ones can only be there by a collision.
fn drop_within(group: &[(u64, u32)], columns: &[Cells], keep: Keep, stays: &mut [bool]) {
    let mut kept: Vec<usize> = Vec::new();
    let mut see = |row: usize| {
        if kept.iter().any(|&other| columns.iter().all(|c| same_cell(c, row, other))) {
            stays[row] = false;
        } else {
            kept.push(row);
        }
    };
    match keep {
        Keep::First => group.iter().for_each(|&(_, row)| see(row as usize)),
        Keep::Last => group.iter().rev().for_each(|&(_, row)| see(row as usize)),
    }
}
