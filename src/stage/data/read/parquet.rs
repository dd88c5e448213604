//! Parquet: its schema is looked at before any of its data, and its cells become text like those of every format.

use super::block::Block;
use super::source::Source;
use super::{ReadError, pages};
use crate::base::monitor::Monitor;
use jiff::Timestamp;
use polars::prelude::*;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows of a block.
const BLOCK_ROWS: usize = 16_384;
/// Rows decoded at once.
const SLICE_ROWS: usize = 1 << 20;

/// The columns of a file.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    pub names: Vec<String>,
    /// Columns of a type that cannot be read, and that type.
    pub left_out: Vec<(String, String)>,
}

fn damaged(source: &Source, what: impl ToString) -> ReadError {
    ReadError::ParquetDamaged { file: source.file.clone(), what: what.to_string() }
}

/// Runs `work` on the opened file. The decoder panics on some damaged files: that is an error too.
fn guarded<T, E: From<ReadError>>(
    source: &Source,
    work: impl FnOnce(&mut ParquetReader<File>) -> Result<T, E>,
) -> Result<T, E> {
    let io = |e: std::io::Error| ReadError::Io { file: source.file.clone(), what: e.to_string() };
    let file = File::open(&source.path).map_err(io)?;
    catch_unwind(AssertUnwindSafe(|| work(&mut ParquetReader::new(file))))
        .unwrap_or_else(|_| Err(damaged(source, "its parts contradict each other").into()))
}

/// Whether values of this type can be turned into text that says the same.
fn readable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::*;
    matches!(
        dtype,
        Null | Boolean
            | Int8
            | Int16
            | Int32
            | Int64
            | UInt8
            | UInt16
            | UInt32
            | UInt64
            | Float32
            | Float64
            | Date32
            | Timestamp(_, _)
            | Utf8
            | LargeUtf8
            | Utf8View
    )
}

/// The schema, from the file's end alone.
pub fn columns(source: &Source) -> Result<Columns, ReadError> {
    guarded(source, |reader| {
        let schema = reader.schema().map_err(|e| damaged(source, e))?;
        let mut columns = Columns::default();
        for (name, field) in schema.iter() {
            if readable(&field.dtype) {
                columns.names.push(name.to_string());
            } else {
                columns.left_out.push((name.to_string(), format!("{:?}", field.dtype)));
            }
        }
        Ok(columns)
    })
}

/// Tells the rows as blocks, until `tell` says no more, with the number of rows told and of all.
pub fn blocks<E: From<ReadError>>(
    source: &Source,
    names: &[String],
    monitor: &Monitor,
    mut tell: impl FnMut(Block, u64, u64) -> Result<bool, E>,
) -> Result<(), E> {
    let groups: Vec<usize> = guarded(source, |reader| -> Result<_, ReadError> {
        let metadata = reader.get_metadata().map_err(|e| damaged(source, e))?.clone();
        let file =
            File::open(&source.path).map_err(|e| ReadError::Io { file: source.file.clone(), what: e.to_string() })?;
        pages::check(file, &metadata, names).map_err(|e| damaged(source, e))?;
        Ok(metadata.row_groups.iter().map(|g| g.num_rows()).collect())
    })?;
    let total = groups.iter().sum::<usize>() as u64;
    let (mut before, mut told) = (0_usize, 0_u64);
    for group in groups {
        let mut from = 0;
        while from < group {
            monitor.check().map_err(ReadError::from)?;
            let count = (group - from).min(SLICE_ROWS);
            let frame = slice(source, names, before + from, count)?;
            for start in (0..frame.height()).step_by(BLOCK_ROWS) {
                let rows = BLOCK_ROWS.min(frame.height() - start);
                let block = block(source, &frame.slice(start as i64, rows), told + 1)?;
                told += rows as u64;
                if !tell(block, told, total)? {
                    return Ok(());
                }
            }
            from += count;
        }
        before += group;
    }
    Ok(())
}

fn slice(source: &Source, names: &[String], from: usize, count: usize) -> Result<DataFrame, ReadError> {
    guarded(source, |_| {
        let io = |e: std::io::Error| ReadError::Io { file: source.file.clone(), what: e.to_string() };
        let file = File::open(&source.path).map_err(io)?;
        let frame = ParquetReader::new(file)
            .with_columns(Some(names.to_vec()))
            .with_slice(Some((from, count)))
            .finish()
            .map_err(|e| damaged(source, e))?;
        if frame.height() != count {
            return Err(damaged(source, format!("{} rows where {count} were promised", frame.height())));
        }
        Ok(frame)
    })
}

/// The rows of a frame as text cells; lines are row numbers.
fn block(source: &Source, frame: &DataFrame, first: u64) -> Result<Block, ReadError> {
    let columns = frame.columns().iter().map(|c| texts(c.as_materialized_series()));
    let columns: Vec<StringChunked> = columns.collect::<PolarsResult<_>>().map_err(|e| damaged(source, e))?;
    let bytes: usize = columns.iter().map(|c| c.iter().flatten().map(str::len).sum::<usize>()).sum();
    if bytes > BLOCK_BYTES {
        let file = source.file.clone();
        return Err(ReadError::LineTooLong { file, line: first, limit: (BLOCK_BYTES / BLOCK_ROWS) as u64 });
    }
    let mut block = Block::for_columns(columns.len());
    for at in 0..frame.height() {
        let mut row = block.push_row(first + at as u64);
        for (i, column) in columns.iter().enumerate() {
            if let Some(text) = column.get(at) {
                row.cell(i, text);
            }
        }
    }
    Ok(block)
}

/// The most text in a block: places in it are 30-bit numbers.
const BLOCK_BYTES: usize = 1 << 29;

fn texts(series: &Series) -> PolarsResult<StringChunked> {
    let name = series.name().clone();
    match series.dtype() {
        DataType::Null => Ok(StringChunked::full_null(name, series.len())),
        DataType::Datetime(unit, zone) => {
            let per_milli = match unit {
                TimeUnit::Nanoseconds => 1_000_000,
                TimeUnit::Microseconds => 1000,
                TimeUnit::Milliseconds => 1,
            };
            let physical = series.to_physical_repr();
            let values = physical.i64()?.iter().map(|v| {
                let moment = Timestamp::from_millisecond(v?.div_euclid(per_milli)).ok()?.to_string();
                Some(if zone.is_some() { moment } else { moment.trim_end_matches('Z').to_owned() })
            });
            Ok(StringChunked::from_iter_options(name, values))
        }
        DataType::Float32 => {
            let values = series.f32()?.iter().map(|v| v.filter(|x| x.is_finite()).map(|x| x.to_string()));
            Ok(StringChunked::from_iter_options(name, values))
        }
        DataType::Float64 => {
            let values = series.f64()?.iter().map(|v| v.filter(|x| x.is_finite()).map(|x| x.to_string()));
            Ok(StringChunked::from_iter_options(name, values))
        }
        _ => Ok(series.cast(&DataType::String)?.str()?.clone()),
    }
}
