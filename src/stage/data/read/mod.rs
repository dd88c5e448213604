//! Files in, a typed table out, and an account of every row.
//!
//! ```text
//! source    bytes: opened, unpacked, guarded           encoding   bytes → UTF-8
//! pieces    text, cut after whole records              record     text → cells (delimited)
//! json, workbook, parquet                              block      rows of text cells, from any format
//! table     a file as blocks, worked on in parallel    layout     delimiter, quote, header
//! sniff     the first look                             stats      what the cells can be read as
//! plan      what becomes of each column                build      text cells → typed frame
//! ```
//!
//! A file is read twice: once to count what every cell can be read as, so that types, decimal commas and the order of
//! day and month are decided by the whole file and every error comes before anything is written; and once to build
//! the table. Memory holds a few pieces of 2 MB and one chunk of the table, whatever the size of the file.

mod block;
mod build;
mod encoding;
mod error;
mod json;
mod layout;
mod pages;
mod parquet;
mod pieces;
mod plan;
mod recipe;
mod record;
mod sniff;
mod sniffed;
mod source;
mod stats;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod workbook;
mod zone;

pub use error::ReadError;
pub use recipe::{ReadRecipe, ReadTemplate, TextEncoding};
pub use sniffed::{Ask, Compression, FileFormat, PREVIEW_ROWS, SeenWord, Sniffed};
pub use summary::{ASIDE_KEPT, AsideReason, AsideRow, ColumnInfo, ReadSummary};

use crate::base::monitor::{Monitor, Step};
use crate::base::time::Moment;
use crate::stage::data::kind::Role;
use crate::stage::data::schema::{ColumnType, EventWord};
use build::Built;
use plan::{Columns, Plan};
use polars::prelude::*;
use sniff::Look;
use stats::{ColumnStats, Tests, stats_of};
use std::path::Path;

/// Rows of every chunk but the last.
pub const CHUNK_ROWS: usize = 131_072;

/// Looks at the beginning of a file and says what it seems to be. What the recipe says is taken as said.
pub fn sniff(path: &Path, recipe: &ReadRecipe, monitor: &Monitor) -> Result<Sniffed, ReadError> {
    Ok(sniff::look(path, recipe, monitor)?.sniffed(recipe))
}

/// Reads a file and passes the table on in chunks of [`CHUNK_ROWS`] rows, which all have the same columns.
///
/// An error after the first chunk is possible (the file changes, the disk fails, the monitor cancels): what was passed
/// on is worth nothing then.
pub fn read<E: From<ReadError>>(
    path: &Path,
    recipe: &ReadRecipe,
    monitor: &Monitor,
    mut sink: impl FnMut(DataFrame) -> Result<(), E>,
) -> Result<ReadSummary, E> {
    let look = sniff::look(path, recipe, monitor)?;
    let survey = survey(&look, recipe, monitor)?;
    let roles: Vec<Role> = look.guess.roles.iter().map(|g| g.role).collect();
    let columns = Columns { names: &look.table.names, roles: &roles, stats: &survey.stats };
    let plan = Plan::new(&look.table.source.file, look.guess.kind, &columns, recipe)?;
    check_future(&plan, &survey.stats)?;
    let mut summary = summary(&look, &plan, &survey.stats, recipe);
    let mut chunks = Chunks::default();
    let mut first_misfit = None;
    look.table.for_blocks(
        monitor,
        Step::Reading,
        |block| build::build(&block, &plan),
        |built: Built| -> Result<(), E> {
            first_misfit = first_misfit.or(built.first_misfit);
            let frame = numbered(&plan, built.frame, summary.rows_read)?;
            summary.rows_read += built.rows_read;
            summary.rows_kept += frame.height() as u64;
            summary.returns += returns(&plan, &frame);
            for (reason, count) in built.set_aside {
                *summary.set_aside.entry(reason).or_default() += count;
            }
            let room = ASIDE_KEPT - summary.aside.len();
            summary.aside.extend(built.aside.into_iter().take(room));
            chunks.push(&plan.file, frame, &mut sink)
        },
    )?;
    if summary.rows_read != survey.rows {
        return Err(ReadError::Changed { file: summary.file }.into());
    }
    if summary.rows_kept == 0 {
        return Err(nothing_kept(&summary, first_misfit, look.table.names.len()).into());
    }
    chunks.finish(&mut sink)?;
    Ok(summary)
}

/// Reads a whole file into one frame.
pub fn read_all(path: &Path, recipe: &ReadRecipe, monitor: &Monitor) -> Result<(DataFrame, ReadSummary), ReadError> {
    let mut all: Option<DataFrame> = None;
    let summary = read(path, recipe, monitor, |chunk| -> Result<(), ReadError> {
        match &mut all {
            None => all = Some(chunk),
            Some(frame) => {
                frame.vstack_mut_owned(chunk).map_err(|e| odd(&path.to_string_lossy(), &e))?;
            }
        }
        Ok(())
    })?;
    let mut frame = all.unwrap_or_default();
    frame.rechunk_mut();
    Ok((frame, summary))
}

/// An error that no file should be able to cause.
fn odd(file: &str, error: &PolarsError) -> ReadError {
    ReadError::Io { file: file.to_owned(), what: error.to_string() }
}

/// The counts over the whole file.
struct Survey {
    stats: Vec<ColumnStats>,
    rows: u64,
}

fn survey(look: &Look, recipe: &ReadRecipe, monitor: &Monitor) -> Result<Survey, ReadError> {
    let tests: Vec<Tests> = (0..look.table.names.len()).map(|column| worth_testing(look, recipe, column)).collect();
    let mut survey = Survey { stats: vec![ColumnStats::default(); tests.len()], rows: 0 };
    look.table.for_blocks(
        monitor,
        Step::Checking,
        |block| Ok((stats_of(&block, &tests), block.len_read() as u64)),
        |(stats, rows)| -> Result<(), ReadError> {
            survey.rows += rows;
            survey.stats.iter_mut().zip(stats).for_each(|(sum, later)| sum.add(later));
            Ok(())
        },
    )?;
    if survey.rows == 0 {
        return Err(ReadError::Empty { file: look.table.source.file.clone() });
    }
    Ok(survey)
}

/// What a column's role, type and sample leave open.
fn worth_testing(look: &Look, recipe: &ReadRecipe, column: usize) -> Tests {
    let (role, stats) = (look.guess.roles[column].role, &look.stats[column]);
    let given = recipe.types.contains_key(&look.table.names[column]);
    let none = Tests::default();
    match role {
        Role::Event => Tests { words: true, ..none },
        Role::Time | Role::Registered => Tests { time: true, ..none },
        _ if plan::is_id(role) || plan::is_number(role) => Tests { number: true, ..none },
        // Dates are tested even if the type is given, since their order is not.
        _ if given => Tests { time: stats.times() > 0, ..none },
        _ => {
            let all = |n: u64| n == stats.filled;
            Tests { number: all(stats.numbers()), yes_no: all(stats.yes_no), time: all(stats.times()), words: false }
        }
    }
}

/// An error if every time of the table lies ahead: the clock, the unit or the column is wrong.
fn check_future(plan: &Plan, stats: &[ColumnStats]) -> Result<(), ReadError> {
    const DAY_MS: i64 = 86_400_000;
    let column = plan.columns.iter().find(|c| c.role == Role::Time);
    let Some((column, stats)) = column.map(|c| (c, &stats[c.source])) else { return Ok(()) };
    let (Some([day, month]), Some(first)) = (stats.earliest, &stats.first_time) else { return Ok(()) };
    let earliest = if plan.day_first == Some(false) { month } else { day };
    if earliest > Moment::now().0.saturating_mul(1000) + DAY_MS {
        let (file, column, first, line) = (plan.file.clone(), column.name.clone(), first.text.clone(), first.line);
        return Err(ReadError::AllFuture { file, line, column, first });
    }
    Ok(())
}

/// Turns row numbers within a block into numbers within the file.
fn numbered(plan: &Plan, mut frame: DataFrame, before: u64) -> Result<DataFrame, ReadError> {
    let Some(name) = &plan.add_number else { return Ok(frame) };
    let add = |numbers: &Column| numbers.i64().map(|n| (n + before as i64).into_column());
    let moved = frame.column(name).and_then(add).map_err(|e| odd(&plan.file, &e))?;
    frame.with_column(moved).map_err(|e| odd(&plan.file, &e))?;
    Ok(frame)
}

/// How many rows the reader called returns.
fn returns(plan: &Plan, frame: &DataFrame) -> u64 {
    let events = plan.add_event.as_ref().and_then(|name| frame.column(name).ok());
    let events = events.and_then(|column| column.str().ok());
    events.map_or(0, |events| events.iter().flatten().filter(|word| *word == EventWord::Return.key()).count() as u64)
}

/// The error of a file of which no row is any good, by the most frequent reason.
fn nothing_kept(summary: &ReadSummary, misfit: Option<(u64, u64)>, columns: usize) -> ReadError {
    let file = summary.file.clone();
    let most = summary.set_aside.iter().max_by_key(|(_, count)| **count).map(|(reason, _)| *reason);
    let reason = most.unwrap_or(AsideReason::WrongColumns);
    let line = summary.aside.iter().find(|a| a.reason == reason).map_or(1, |a| a.line);
    match (reason, misfit) {
        (AsideReason::WrongColumns, Some((line, found))) => {
            ReadError::UnequalColumns { file, line, expected: columns as u64, found }
        }
        _ => ReadError::NothingKept { file, line, rows: summary.rows_read, reason },
    }
}

/// The summary before any row is read.
fn summary(look: &Look, plan: &Plan, stats: &[ColumnStats], recipe: &ReadRecipe) -> ReadSummary {
    let table = &look.table;
    let mut columns: Vec<ColumnInfo> = Vec::new();
    let made = |name: &String, column_type, role| ColumnInfo { name: name.clone(), column_type, role, added: true };
    columns.extend(plan.add_number.iter().map(|name| made(name, ColumnType::Integer, Role::Session)));
    columns.extend(plan.columns.iter().map(|c| {
        let column_type = c.convert.column_type();
        ColumnInfo { name: c.name.clone(), column_type, role: c.role, added: false }
    }));
    columns.extend(plan.add_event.iter().map(|name| made(name, ColumnType::Text, Role::Event)));
    let mut filled = look.filled(recipe);
    filled.decimal_comma = Some(plan.decimal_comma);
    filled.day_first = plan.day_first;
    filled.time_zone = Some(recipe.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()));
    filled.types = plan.columns.iter().map(|c| (c.name.clone(), c.convert.column_type())).collect();
    filled.event_words = plan.event_words.clone();
    let event = plan.columns.iter().find(|c| c.role == Role::Event);
    ReadSummary {
        file: table.source.file.clone(),
        kind: plan.kind,
        rows_read: 0,
        rows_kept: 0,
        set_aside: Default::default(),
        returns: 0,
        aside: Vec::new(),
        columns,
        columns_left_out: table.left_out.clone(),
        encoding: filled.encoding.filter(|_| look.is_text()),
        delimiter: look.delimiter(),
        event_words: event.map(|c| stats[c.source].words.clone()).unwrap_or_default(),
        recipe: filled,
    }
}

/// Gathers frames into chunks of [`CHUNK_ROWS`] rows.
#[derive(Default)]
struct Chunks {
    held: Option<DataFrame>,
}

impl Chunks {
    fn push<E: From<ReadError>>(
        &mut self,
        file: &str,
        frame: DataFrame,
        sink: &mut impl FnMut(DataFrame) -> Result<(), E>,
    ) -> Result<(), E> {
        if frame.height() == 0 {
            return Ok(());
        }
        let mut held = match self.held.take() {
            None => frame,
            Some(mut held) => {
                held.vstack_mut_owned(frame).map_err(|e| odd(file, &e))?;
                held
            }
        };
        while held.height() >= CHUNK_ROWS {
            let (mut chunk, rest) = held.split_at(CHUNK_ROWS as i64);
            chunk.rechunk_mut();
            sink(chunk)?;
            held = rest;
        }
        self.held = (held.height() > 0).then_some(held);
        Ok(())
    }

    fn finish<E>(self, sink: &mut impl FnMut(DataFrame) -> Result<(), E>) -> Result<(), E> {
        match self.held {
            None => Ok(()),
            Some(mut held) => {
                held.rechunk_mut();
                sink(held)
            }
        }
    }
}
