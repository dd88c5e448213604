//! A file of any format as a row of blocks, several of which are worked on at once.

use super::block::Block;
use super::json;
use super::parquet;
use super::pieces::{Cut, Decoding, PIECE, Piece, pieces};
use super::record::Dialect;
use super::source::Source;
use super::workbook::{self, SheetRow};
use super::{AsideReason, FileFormat, ReadError};
use crate::base::monitor::{Monitor, Step};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Everything that turns the bytes of a file into rows of cells.
#[derive(Debug, Clone)]
pub struct Table {
    pub source: Source,
    pub format: FileFormat,
    pub decoding: Decoding,
    pub dialect: Dialect,
    pub header: bool,
    /// Of a workbook: the sheet, the row of the sheet that the table begins in, and its first column.
    pub sheet: String,
    pub first_line: u64,
    pub first_column: usize,
    pub names: Vec<String>,
    /// Columns that cannot be read.
    pub left_out: Vec<(String, String)>,
}

/// What a block is made of, before the work that can be shared out.
enum Raw {
    Text(Piece),
    Rows(Block),
}

/// Rows of a block made row by row.
const BLOCK_ROWS: usize = 16_384;

impl Table {
    /// Works on all blocks, several at once, and takes the results in the file's order.
    pub fn for_blocks<T: Send, E: From<ReadError>>(
        &self,
        monitor: &Monitor,
        step: Step,
        work: impl Fn(Block) -> Result<T, ReadError> + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let index = self.index();
        let count = Arc::new(AtomicU64::new(0));
        let at_once = (2 * rayon::current_num_threads()).clamp(4, 32);
        let mut waiting: Vec<Raw> = Vec::new();
        let mut work_off = |waiting: &mut Vec<Raw>| -> Result<(), E> {
            monitor.check().map_err(ReadError::from)?;
            let raws = std::mem::take(waiting);
            let done: Vec<Result<T, ReadError>> =
                raws.into_par_iter().map(|raw| work(self.block(raw, &index)?)).collect();
            done.into_iter().try_for_each(|result| take(result?))?;
            monitor.report(step, count.load(Ordering::Relaxed).min(self.source.bytes), self.source.bytes);
            Ok(())
        };
        self.raws(monitor, &count, &mut |raw| {
            waiting.push(raw);
            if waiting.len() >= at_once { work_off(&mut waiting) } else { Ok(()) }
        })?;
        work_off(&mut waiting)
    }

    /// The column names of JSON, which are known only when the whole file was seen.
    pub fn json_names(&self, monitor: &Monitor) -> Result<Vec<String>, ReadError> {
        let (count, array) = (Arc::new(AtomicU64::new(0)), self.format == FileFormat::JsonArray);
        let (mut names, mut known) = (Vec::new(), std::collections::HashSet::new());
        let mut waiting: Vec<Piece> = Vec::new();
        let mut work_off = |waiting: &mut Vec<Piece>| -> Result<(), ReadError> {
            let pieces = std::mem::take(waiting);
            let found: Vec<Vec<String>> = pieces.par_iter().map(|piece| json::names(piece, array)).collect();
            for name in found.into_iter().flatten() {
                if known.insert(name.clone()) {
                    names.push(name);
                }
            }
            monitor.report(Step::Preparing, count.load(Ordering::Relaxed), self.source.bytes);
            check_count(&self.source.file, names.len())
        };
        self.texts(monitor, &count, &mut |piece| {
            waiting.push(piece);
            if waiting.len() >= 8 { work_off(&mut waiting) } else { Ok(()) }
        })?;
        work_off(&mut waiting)?;
        Ok(names)
    }

    fn index(&self) -> HashMap<String, usize> {
        self.names.iter().enumerate().map(|(i, name)| (name.clone(), i)).collect()
    }

    fn block(&self, raw: Raw, index: &HashMap<String, usize>) -> Result<Block, ReadError> {
        Ok(match raw {
            Raw::Rows(block) => block,
            Raw::Text(piece) if self.format == FileFormat::Delimited => self.delimited(piece),
            Raw::Text(piece) => json::block(&piece, self.format == FileFormat::JsonArray, index),
        })
    }

    /// The rows of a piece, without the names in its first record.
    pub fn delimited(&self, piece: Piece) -> Block {
        let (mut text, mut line) = (piece.text, piece.line);
        if self.header && piece.first {
            let mut at = 0;
            while at < text.len() {
                let ended = self.dialect.record(text.as_bytes(), at, |_| {});
                let blank = text[at..ended.end.max(at)].trim_ascii().is_empty();
                at = ended.next;
                if !blank {
                    break;
                }
            }
            line += super::encoding::newlines(&text.as_bytes()[..at]);
            text.drain(..at);
        }
        Block::from_delimited(text, line, self.names.len(), &self.dialect)
    }

    /// The rows of a sample of the file's text.
    pub fn sample(&self, text: String) -> Block {
        let piece = Piece { text, line: 1, first: true };
        match self.format {
            FileFormat::Delimited => self.delimited(piece),
            _ => json::block(&piece, self.format == FileFormat::JsonArray, &self.index()),
        }
    }

    fn texts<E: From<ReadError>>(
        &self,
        monitor: &Monitor,
        count: &Arc<AtomicU64>,
        emit: &mut dyn FnMut(Piece) -> Result<(), E>,
    ) -> Result<(), E> {
        let cut = match self.format {
            FileFormat::Delimited => Cut::Records(self.dialect.clone()),
            FileFormat::JsonArray => Cut::Elements,
            _ => Cut::Lines,
        };
        self.source.with_bytes(count, |reader| pieces(&self.source, reader, self.decoding, &cut, monitor, emit))
    }

    fn raws<E: From<ReadError>>(
        &self,
        monitor: &Monitor,
        count: &Arc<AtomicU64>,
        emit: &mut dyn FnMut(Raw) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.format {
            FileFormat::Delimited | FileFormat::JsonLines | FileFormat::JsonArray => {
                self.texts(monitor, count, &mut |piece| emit(Raw::Text(piece)))
            }
            FileFormat::Parquet => parquet::blocks(&self.source, &self.names, monitor, |block, told, total| {
                count.store(self.source.bytes * told / total.max(1), Ordering::Relaxed);
                emit(Raw::Rows(block)).map(|()| true)
            }),
            FileFormat::Workbook => {
                let mut block = Block::for_columns(self.names.len());
                workbook::rows(&self.source, &self.sheet, |row| -> Result<bool, E> {
                    self.push_sheet_row(&mut block, &row);
                    if block.len_read() >= BLOCK_ROWS || block.text_len() >= 4 * PIECE {
                        monitor.check().map_err(ReadError::from)?;
                        let next = Block::for_columns(self.names.len());
                        emit(Raw::Rows(std::mem::replace(&mut block, next)))?;
                    }
                    Ok(true)
                })?;
                emit(Raw::Rows(block))
            }
        }
    }

    /// Adds a row of a sheet, unless it stands above the table.
    pub fn push_sheet_row(&self, block: &mut Block, row: &SheetRow) {
        if row.line < self.first_line + u64::from(self.header) {
            return;
        }
        let (outside, inside) = row.cells.split_at(self.first_column.min(row.cells.len()));
        let beside = outside.iter().any(Option::is_some) || inside.iter().skip(self.names.len()).any(Option::is_some);
        if beside {
            let cells: Vec<&str> = row.cells.iter().map(|c| c.as_deref().unwrap_or_default()).collect();
            block.push_misfit(row.line, AsideReason::WrongColumns, &cells.join(","));
            return;
        }
        let mut made = block.push_row(row.line);
        for (column, cell) in inside.iter().enumerate() {
            if let Some(text) = cell {
                made.cell(column, text);
            }
        }
    }
}

/// An error if a table has more columns than can be worked with.
pub fn check_count(file: &str, count: usize) -> Result<(), ReadError> {
    let limit = workbook::COLUMNS_MOST;
    if count > limit {
        return Err(ReadError::TooManyColumns { file: file.to_owned(), count: count as u64, limit: limit as u64 });
    }
    Ok(())
}
