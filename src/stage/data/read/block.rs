//! A stretch of rows as text cells, whatever format they came from.

use super::AsideReason;
use super::encoding::newlines;
use super::record::{Cell, Dialect};
use std::borrow::Cow;

/// Rows of one stretch of a file. Every row has `columns` cells.
#[derive(Debug, Default)]
pub struct Block {
    /// What the cells point into.
    text: String,
    /// Row after row.
    cells: Vec<Cell>,
    pub columns: usize,
    rows: Vec<RowAt>,
    /// Rows whose cells could not be told apart.
    pub misfits: Vec<Misfit>,
    /// The line that the text begins with.
    first_line: u64,
    /// Lines by row, where they cannot be counted in the text.
    lines: Vec<u64>,
    /// The quote that doubled quotes are made of.
    quote: u8,
}

/// A row's place in the text, and in the order of all rows of the block.
#[derive(Debug, Clone, Copy)]
struct RowAt {
    start: u32,
    end: u32,
    order: u32,
}

/// A row that is set aside because of its form.
#[derive(Debug, Clone)]
pub struct Misfit {
    pub order: u32,
    pub line: u64,
    pub reason: AsideReason,
    pub text: String,
    /// How many cells it has.
    pub cells: u64,
}

/// How much of a row's text is kept.
const TEXT_KEPT: usize = 1000;

/// At most [`TEXT_KEPT`] bytes, cut between characters.
pub fn shortened(text: &str) -> String {
    if text.len() <= TEXT_KEPT {
        return text.to_owned();
    }
    let end = (0..=TEXT_KEPT).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    format!("{}…", &text[..end])
}

impl Block {
    /// Cuts delimited text, which begins and ends with whole records, into rows of `columns` cells.
    /// Lines without any text are no rows. Shorter than 4 GiB.
    pub fn from_delimited(text: String, first_line: u64, columns: usize, dialect: &Dialect) -> Self {
        let mut block = Self { columns, first_line, quote: dialect.quote.unwrap_or(0), ..Self::default() };
        let bytes = text.as_bytes();
        let guess = bytes.len() / (columns * 6).max(1) + 16;
        block.cells.reserve(guess.min(1 << 20) * columns);
        block.rows.reserve(guess.min(1 << 20));
        let (mut at, mut order, mut line_at, mut line) = (0, 0, 0, first_line);
        while at < bytes.len() {
            let (begun, mut found) = (block.cells.len(), 0);
            let ended = dialect.record(bytes, at, |cell| {
                found += 1;
                if found <= columns {
                    block.cells.push(cell);
                }
            });
            let raw = &text[at..ended.end];
            let fits = found == columns && !ended.bad_quote && ended.open_quote.is_none();
            if found <= 1 && raw.trim_ascii().is_empty() {
                block.cells.truncate(begun);
            } else if fits {
                block.rows.push(RowAt { start: at as u32, end: ended.end as u32, order });
                order += 1;
            } else {
                block.cells.truncate(begun);
                line += newlines(&bytes[line_at..at]);
                line_at = at;
                let reason = if ended.bad_quote { AsideReason::BadQuote } else { AsideReason::WrongColumns };
                block.misfits.push(Misfit { order, line, reason, text: shortened(raw), cells: found as u64 });
                order += 1;
            }
            at = ended.next;
        }
        block.text = text;
        block
    }

    /// An empty block to be filled row by row.
    pub fn for_columns(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Adds a row; its cells are those added by [`Row::cell`] until it is dropped.
    pub fn push_row(&mut self, line: u64) -> Row<'_> {
        let (start, begun) = (self.text.len(), self.cells.len());
        self.cells.resize(begun + self.columns, Cell::NOTHING);
        let order = self.len_read() as u32;
        Row { block: self, start, begun, line, order }
    }

    /// Adds a row that is no row.
    pub fn push_misfit(&mut self, line: u64, reason: AsideReason, text: &str) {
        let order = self.len_read() as u32;
        self.misfits.push(Misfit { order, line, reason, text: shortened(text), cells: 0 });
    }

    /// Rows of the right form.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// All rows, those of the wrong form too.
    pub fn len_read(&self) -> usize {
        self.rows.len() + self.misfits.len()
    }

    /// Bytes of text held.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// The text of a cell; nothing where it has none.
    #[inline]
    pub fn cell(&self, row: usize, column: usize) -> Option<Cow<'_, str>> {
        let cell = *self.cells.get(row * self.columns + column)?;
        if cell.is_nothing() {
            return None;
        }
        let text = self.text.get(cell.range())?;
        if text.is_empty() {
            None
        } else if cell.is_doubled() {
            let quote = char::from(self.quote);
            Some(Cow::Owned(text.replace(&format!("{quote}{quote}"), &quote.to_string())))
        } else {
            Some(Cow::Borrowed(text))
        }
    }

    /// The place of a row among all rows of the block.
    pub fn order(&self, row: usize) -> u32 {
        self.rows.get(row).map_or(0, |r| r.order)
    }

    pub fn line(&self, row: usize) -> u64 {
        self.line_after(row, &mut (0, self.first_line))
    }

    /// Where counting lines begins, for [`Self::line_after`].
    pub fn line_cursor(&self) -> (usize, u64) {
        (0, self.first_line)
    }

    /// The line of a row at or behind the cursor's, so that asking row after row reads the text once.
    pub fn line_after(&self, row: usize, cursor: &mut (usize, u64)) -> u64 {
        if let Some(line) = self.lines.get(row) {
            return *line;
        }
        let start = self.rows.get(row).map_or(0, |at| at.start as usize);
        cursor.1 += newlines(self.text.as_bytes().get(cursor.0..start).unwrap_or_default());
        cursor.0 = start;
        cursor.1
    }

    /// The row as it is written, shortened.
    pub fn raw(&self, row: usize) -> String {
        if self.lines.is_empty() {
            let text = self.rows.get(row).and_then(|at| self.text.get(at.start as usize..at.end as usize));
            return shortened(text.unwrap_or_default());
        }
        let mut text = String::new();
        for column in 0..self.columns {
            if column > 0 {
                text.push(',');
            }
            text.push_str(&self.cell(row, column).unwrap_or_default());
            if text.len() > TEXT_KEPT {
                break;
            }
        }
        shortened(&text)
    }
}

/// A row that is being added.
pub struct Row<'a> {
    block: &'a mut Block,
    start: usize,
    begun: usize,
    line: u64,
    order: u32,
}

impl Row<'_> {
    pub fn cell(&mut self, column: usize, text: &str) {
        let start = self.block.text.len();
        self.block.text.push_str(text);
        if let Some(cell) = self.block.cells.get_mut(self.begun + column) {
            *cell = Cell::new(start, start + text.len());
        }
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        let end = self.block.text.len() as u32;
        self.block.rows.push(RowAt { start: self.start as u32, end, order: self.order });
        self.block.lines.push(self.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_misfits_and_their_lines() {
        let dialect = Dialect { delimiter: ",".into(), quote: Some(b'"') };
        let text = "1,\"a\n\"\"b\"\"\"\n\n2\n3,c,d\n4,\"e\"f\n5,\n";
        let block = Block::from_delimited(text.into(), 10, 2, &dialect);
        assert_eq!((block.len(), block.len_read()), (2, 5));
        assert_eq!(block.cell(0, 1).as_deref(), Some("a\n\"b\""));
        assert_eq!(block.cell(1, 1), None);
        assert_eq!((block.line(0), block.line(1), block.order(1)), (10, 16, 4));
        let misfits: Vec<_> = block.misfits.iter().map(|m| (m.order, m.line, m.reason, m.text.as_str())).collect();
        assert_eq!(
            misfits,
            [
                (1, 13, AsideReason::WrongColumns, "2"),
                (2, 14, AsideReason::WrongColumns, "3,c,d"),
                (3, 15, AsideReason::BadQuote, "4,\"e\"f"),
            ]
        );
        assert_eq!(block.raw(1), "5,");
    }

    #[test]
    fn rows_added_one_by_one() {
        let mut block = Block::for_columns(3);
        let mut row = block.push_row(7);
        row.cell(2, "z");
        row.cell(0, "x");
        drop(row);
        block.push_misfit(8, AsideReason::BadJson, "{");
        block.push_row(9).cell(1, "y");
        assert_eq!((block.len(), block.len_read(), block.line(1), block.order(1)), (2, 3, 9, 2));
        assert_eq!(block.raw(0), "x,,z");
        assert_eq!(block.cell(0, 1), None);
    }

    #[test]
    fn long_rows_are_cut_between_characters() {
        let long = "税".repeat(400);
        assert_eq!(shortened(&long).chars().count(), 333 + 1);
        assert_eq!(shortened("short"), "short");
    }
}
