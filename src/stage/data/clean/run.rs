//! Runs a recipe.

use super::change::{CellChange, DroppedRow, Outcome};
use super::error::Stop;
use super::recipe::{CleanAction, CleanRecipe};
use super::{CleanError, StepError, missing, outliers, rows, scale, text, types};
use crate::base::{Monitor, Step};
use crate::stage::data::cell::WrongColumn;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

/// What one step did. Rows: `rows_before` = `rows_after` + the rows dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Its place in the recipe, from 0, steps switched off included.
    pub step: usize,
    pub rows_before: u64,
    pub rows_after: u64,
    /// Cells that hold something else now. A dropped column counts every cell, a renamed one none.
    pub cells_changed: u64,
    /// Of these, how many are missing now.
    pub set_missing: u64,
    /// The first few changed cells.
    pub examples: Vec<CellChange>,
    /// The first few rows dropped.
    pub dropped: Vec<DroppedRow>,
}

/// The cleaned table and a report for each step that is on. `frame` itself is left as it is.
///
/// The steps run in order, each on the result of the one before. NaN is treated as a missing cell; infinity is a
/// value that means and scales leave out.
pub fn clean(
    frame: &DataFrame,
    recipe: &CleanRecipe,
    monitor: &Monitor,
) -> Result<(DataFrame, Vec<StepReport>), CleanError> {
    let mut now = frame.clone();
    let mut reports = Vec::with_capacity(recipe.steps.len());
    let total = recipe.steps.len() as u64;
    for (i, step) in recipe.steps.iter().enumerate().filter(|(_, step)| step.on) {
        monitor.check()?;
        monitor.report(Step::Checking, i as u64, total);
        let outcome = run_step(&now, &step.what, monitor).map_err(|stop| stop.at(i))?;
        let (rows_before, rows_after) = (now.height() as u64, outcome.frame.height() as u64);
        if (rows_before > 0 && rows_after == 0) || (now.width() > 0 && outcome.frame.width() == 0) {
            return Err(CleanError::Step { step: i, why: StepError::NothingLeft });
        }
        reports.push(StepReport {
            step: i,
            rows_before,
            rows_after,
            cells_changed: outcome.cells_changed,
            set_missing: outcome.set_missing,
            examples: outcome.examples,
            dropped: outcome.dropped,
        });
        now = outcome.frame;
    }
    monitor.report(Step::Checking, total, total);
    Ok((now, reports))
}

fn run_step(frame: &DataFrame, what: &CleanAction, monitor: &Monitor) -> Result<Outcome, Stop> {
    what.check()?;
    match what {
        CleanAction::Trim { columns } => text::trim(frame, columns, monitor),
        CleanAction::FixType { column, to, day_first, decimal_comma } => {
            types::fix(frame, column, *to, *day_first, *decimal_comma, monitor)
        }
        CleanAction::MapValues { column, map } => text::map_values(frame, column, map, monitor),
        CleanAction::MergeSpellings { column, groups, places } => {
            text::merge_spellings(frame, column, groups, *places, monitor)
        }
        CleanAction::UnifyByKey { key, column } => text::unify_by_key(frame, key, column, monitor),
        CleanAction::DropDuplicates { columns, keep } => rows::drop_duplicates(frame, columns, *keep, monitor),
        CleanAction::FilterRows { keep } => rows::filter(frame, keep, monitor),
        CleanAction::DropMissing { columns } => missing::drop_rows(frame, columns, monitor),
        CleanAction::FillMissing { column, with } => missing::fill(frame, column, with, monitor),
        CleanAction::ClipOutliers { column, fence } => outliers::clip(frame, column, fence, monitor),
        CleanAction::DropOutliers { column, fence } => outliers::drop_rows(frame, column, fence, monitor),
        CleanAction::Standardise { columns } => scale::standardise(frame, columns, monitor),
        CleanAction::MinMax { columns } => scale::min_max(frame, columns, monitor),
        CleanAction::Rename { column, to } => rename(frame, column, to),
        CleanAction::DropColumn { column } => drop_column(frame, column),
    }
}

fn rename(frame: &DataFrame, column: &str, to: &str) -> Result<Outcome, Stop> {
    must_exist(frame, column)?;
    if column != to && frame.column(to).is_ok() {
        return Err(StepError::NameTaken { name: to.to_owned() }.into());
    }
    let mut outcome = Outcome::unchanged(frame);
    outcome.frame.rename(column, PlSmallStr::from_str(to)).map_err(StepError::from)?;
    Ok(outcome)
}

fn drop_column(frame: &DataFrame, column: &str) -> Result<Outcome, Stop> {
    must_exist(frame, column)?;
    let frame = frame.drop(column).map_err(StepError::from)?;
    Ok(Outcome { cells_changed: frame.height() as u64, frame, ..Outcome::default() })
}

/// It need not be of a type that can be read.
fn must_exist(frame: &DataFrame, column: &str) -> Result<(), StepError> {
    match frame.column(column) {
        Ok(_) => Ok(()),
        Err(_) => Err(WrongColumn::Missing(column.to_owned()).into()),
    }
}
