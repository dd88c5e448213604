//! Text read piece by piece, each piece cut after a whole record, so that memory stays bounded.

use super::encoding::{ToUtf8, newlines};
use super::source::Source;
use super::{ReadError, TextEncoding, json, record::Dialect};
use crate::base::monitor::Monitor;
use std::io::{self, Read};

/// About how long a piece is.
pub const PIECE: usize = 2 << 20;
/// The longest record: one that needs more is no record.
pub const RECORD_MOST: usize = 16 << 20;

/// Text that begins and ends with whole records, and the line it begins in.
#[derive(Debug)]
pub struct Piece {
    pub text: String,
    pub line: u64,
    /// The beginning of the file.
    pub first: bool,
}

/// Where text may be cut.
#[derive(Debug, Clone)]
pub enum Cut {
    /// After a record of delimited text.
    Records(Dialect),
    /// After a line.
    Lines,
    /// After an element of a JSON array.
    Elements,
}

/// How the bytes become text.
#[derive(Debug, Clone, Copy)]
pub struct Decoding {
    pub encoding: TextEncoding,
    pub lossy: bool,
    /// Lines end with a carriage return alone.
    pub returns: bool,
}

/// Reads all of `reader` as pieces.
pub fn pieces<E: From<ReadError>>(
    source: &Source,
    reader: &mut (dyn Read + Send),
    decoding: Decoding,
    cut: &Cut,
    monitor: &Monitor,
    emit: &mut dyn FnMut(Piece) -> Result<(), E>,
) -> Result<(), E> {
    let mut text = TextReader::new(source, reader, decoding);
    let (mut held, mut line, mut want, mut first) = (Vec::new(), 1, PIECE, true);
    let mut array = matches!(cut, Cut::Elements).then(json::ArrayCut::default);
    loop {
        monitor.check().map_err(ReadError::from)?;
        text.fill(&mut held, want, line)?;
        let found = match (&mut array, cut) {
            (Some(array), _) => array.whole(&held, text.ended).map_err(|e| e.at(source, &held, line))?,
            (None, Cut::Records(dialect)) => dialect.whole_records(&held).map_err(|open| open.map_or(0, |at| at + 1)),
            (None, _) => held.iter().rposition(|b| *b == b'\n').map(|n| n + 1).ok_or(0),
        };
        let whole = match found {
            _ if text.ended => {
                if let Cut::Records(dialect) = cut {
                    closed(source, dialect, &held, found.unwrap_or(0), line)?;
                }
                held.len()
            }
            Ok(whole) => whole,
            Err(open) if held.len() >= RECORD_MOST => {
                let file = source.file.clone();
                let error = match open.checked_sub(1) {
                    Some(at) => ReadError::UnclosedQuote { file, line: line + newlines(&held[..at]) },
                    None => ReadError::LineTooLong { file, line, limit: RECORD_MOST as u64 },
                };
                return Err(error.into());
            }
            Err(_) => {
                want = held.len() * 2;
                continue;
            }
        };
        let rest = held.split_off(whole);
        let piece = std::mem::replace(&mut held, rest);
        let lines = newlines(&piece);
        let piece = Piece { text: text.checked(piece, line)?, line, first };
        line += lines;
        first = false;
        want = PIECE;
        if !piece.text.is_empty() {
            emit(piece)?;
        }
        if text.ended && held.is_empty() {
            return Ok(());
        }
    }
}

/// An error if the text ends within a quote.
fn closed(source: &Source, dialect: &Dialect, text: &[u8], whole: usize, line: u64) -> Result<(), ReadError> {
    let from = if text.is_empty() || dialect.quote.is_none_or(|q| !text.contains(&q)) { text.len() } else { whole };
    if from == text.len() {
        return Ok(());
    }
    match dialect.record(text, from, |_| {}).open_quote {
        Some(at) => Err(ReadError::UnclosedQuote { file: source.file.clone(), line: line + newlines(&text[..at]) }),
        None => Ok(()),
    }
}

/// Reads bytes as UTF-8.
pub struct TextReader<'a> {
    source: &'a Source,
    reader: &'a mut (dyn Read + Send),
    decoding: Decoding,
    to_utf8: ToUtf8,
    buffer: Vec<u8>,
    pub ended: bool,
}

impl<'a> TextReader<'a> {
    pub fn new(source: &'a Source, reader: &'a mut (dyn Read + Send), decoding: Decoding) -> Self {
        let to_utf8 = ToUtf8::new(decoding.encoding, decoding.lossy);
        Self { source, reader, decoding, to_utf8, buffer: vec![0; 1 << 18], ended: false }
    }

    /// Adds text to `held`, which begins in `line`, until it has `want` bytes or the file ends.
    pub fn fill(&mut self, held: &mut Vec<u8>, want: usize, line: u64) -> Result<(), ReadError> {
        while held.len() < want && !self.ended {
            let n = match self.reader.read(&mut self.buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|e| self.source.io_error(&e))?,
            };
            self.ended = n == 0;
            let begun = held.len();
            let bytes = &self.buffer[..n];
            self.to_utf8.push(bytes, self.ended, held).map_err(|at| self.wrong(line + newlines(&held[..at])))?;
            if self.decoding.returns {
                held[begun..].iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
            }
        }
        Ok(())
    }

    fn wrong(&self, line: u64) -> ReadError {
        let encoding = self.decoding.encoding.key().to_owned();
        ReadError::WrongEncoding { file: self.source.file.clone(), line, encoding }
    }

    /// The bytes as text, if they are.
    pub fn checked(&self, bytes: Vec<u8>, line: u64) -> Result<String, ReadError> {
        String::from_utf8(bytes).or_else(|e| {
            if self.decoding.lossy {
                return Ok(String::from_utf8_lossy(e.as_bytes()).into_owned());
            }
            let good = e.utf8_error().valid_up_to();
            Err(self.wrong(line + newlines(&e.as_bytes()[..good])))
        })
    }
}
