//! What a step did: counted, with examples.

use super::error::Stop;
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, LOOK_EVERY, MISSING, Value};
use polars::prelude::*;
use serde::{Deserialize, Serialize};

/// How many changed cells and dropped rows are shown.
pub(super) const EXAMPLES: usize = 10;

/// A cell before and after; `row` counts from 0 in the table before the step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellChange {
    pub row: u64,
    pub column: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// A row that a step drops; `row` counts from 0 in the table before the step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedRow {
    pub row: u64,
    /// In the order of the table's columns.
    pub cells: Vec<Option<Value>>,
}

/// A step's result.
#[derive(Default)]
pub(super) struct Outcome {
    pub frame: DataFrame,
    pub cells_changed: u64,
    pub set_missing: u64,
    pub examples: Vec<CellChange>,
    pub dropped: Vec<DroppedRow>,
}

impl Outcome {
    pub fn unchanged(frame: &DataFrame) -> Self {
        Self { frame: frame.clone(), ..Self::default() }
    }

    /// Counts one changed cell; `change` is asked only when there is room for an example.
    pub fn count(&mut self, now_missing: bool, change: impl FnOnce() -> CellChange) {
        self.cells_changed += 1;
        self.set_missing += u64::from(now_missing);
        if self.examples.len() < EXAMPLES {
            self.examples.push(change());
        }
    }

    /// Puts `series` in its column's place; `new_code` says what a distinct value became, `None` if it stays.
    /// `before[code]` and `after[code]` are the two values.
    pub fn repaint(
        &mut self,
        series: Series,
        of_row: &[u32],
        before: &[Value],
        after: &[Option<Value>],
        monitor: &Monitor,
    ) -> Result<(), Stop> {
        let name = series.name().to_string();
        let changed: Vec<bool> = before.iter().zip(after).map(|(b, a)| a.as_ref() != Some(b)).collect();
        for (row, &code) in of_row.iter().enumerate() {
            if row % LOOK_EVERY == 0 {
                monitor.check()?;
            }
            if code == MISSING || !changed[code as usize] {
                continue;
            }
            let after = &after[code as usize];
            self.count(after.is_none(), || CellChange {
                row: row as u64,
                column: name.clone(),
                before: before.get(code as usize).cloned(),
                after: after.clone(),
            });
        }
        self.replace(series)
    }

    /// Puts `series` in the place of the column of its name.
    pub fn replace(&mut self, series: Series) -> Result<(), Stop> {
        self.frame.with_column(series.into()).map_err(super::StepError::from)?;
        Ok(())
    }
}

/// The rows where `keep` is true, and the first of the others as examples.
pub(super) fn keep_rows(frame: &DataFrame, keep: &BooleanChunked) -> Result<Outcome, Stop> {
    let columns: Vec<Option<Cells>> = frame.columns().iter().map(Cells::of).collect();
    let gone = keep.iter().enumerate().filter(|(_, keep)| *keep != Some(true)).map(|(row, _)| row);
    let dropped = gone
        .take(EXAMPLES)
        .map(|row| DroppedRow {
            row: row as u64,
            cells: columns.iter().map(|c| c.as_ref().and_then(|c| c.get(row))).collect(),
        })
        .collect();
    let frame = frame.filter(keep).map_err(super::StepError::from)?;
    Ok(Outcome { frame, dropped, ..Outcome::default() })
}
