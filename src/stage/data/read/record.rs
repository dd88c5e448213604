//! Delimited text cut into records and cells.

/// How cells and records are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Not empty, without newline or quote.
    pub delimiter: String,
    /// An ASCII character.
    pub quote: Option<u8>,
}

/// Where a cell stands in its text. The flags tell what must be done to its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub start: u32,
    /// The length, with two flags in the top bits.
    length: u32,
}

const DOUBLED: u32 = 1 << 31;
const MISSING: u32 = 1 << 30;

impl Cell {
    pub const NOTHING: Self = Self { start: 0, length: MISSING };

    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, length: (end - start) as u32 }
    }

    fn with_doubled(self, doubled: bool) -> Self {
        Self { length: self.length | if doubled { DOUBLED } else { 0 }, ..self }
    }

    /// No cell at all, as a key that a JSON object lacks.
    pub fn is_nothing(self) -> bool {
        self.length & MISSING != 0
    }

    /// Holds doubled quotes, each of which stands for one.
    pub fn is_doubled(self) -> bool {
        self.length & DOUBLED != 0
    }

    pub fn range(self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start + (self.length & !(DOUBLED | MISSING)) as usize
    }
}

/// How a record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Where the next record begins.
    pub next: usize,
    /// Behind the record's last byte, before its newline.
    pub end: usize,
    /// Text stood after a closing quote.
    pub bad_quote: bool,
    /// A quote was still open at the end of the text: where it was opened.
    pub open_quote: Option<usize>,
    /// A newline ended it, not the end of the text.
    pub complete: bool,
}

impl Dialect {
    /// Reads the record that begins at `from`, telling `cell` each of its cells. A quote opens a quoted cell only
    /// as the cell's first character; within it two quotes stand for one, and newlines are text.
    #[inline]
    pub fn record(&self, text: &[u8], from: usize, mut cell: impl FnMut(Cell)) -> Ended {
        let delimiter = self.delimiter.as_bytes();
        let (first, single) = (delimiter.first().copied().unwrap_or(b','), delimiter.len() == 1);
        let mut at = from;
        let mut bad_quote = false;
        loop {
            if self.quote.is_some() && text.get(at).copied() == self.quote {
                let quoted = self.quoted(text, at);
                let Some((closing, doubled)) = quoted else {
                    cell(Cell::new(at, text.len()));
                    let (end, next) = (text.len(), text.len());
                    return Ended { next, end, bad_quote, open_quote: Some(at), complete: false };
                };
                cell(Cell::new(at + 1, closing).with_doubled(doubled));
                let after = closing + 1;
                at = self.cell_end(text, after, first, single);
                let rest = text[after..at].strip_suffix(b"\r").unwrap_or(&text[after..at]);
                bad_quote |= !rest.iter().all(|b| *b == b' ');
            } else {
                let start = at;
                at = self.cell_end(text, at, first, single);
                let returned = at > start && text[at - 1] == b'\r' && text.get(at).is_none_or(|b| *b == b'\n');
                cell(Cell::new(start, at - usize::from(returned)));
            }
            match text.get(at) {
                None => return Ended { next: at, end: at, bad_quote, open_quote: None, complete: false },
                Some(b'\n') => {
                    let end = if at > from && text[at - 1] == b'\r' { at - 1 } else { at };
                    return Ended { next: at + 1, end, bad_quote, open_quote: None, complete: true };
                }
                Some(_) => at += delimiter.len(),
            }
        }
    }

    /// The next delimiter or newline.
    #[inline]
    fn cell_end(&self, text: &[u8], from: usize, first: u8, single: bool) -> usize {
        let mut at = from;
        loop {
            match text[at..].iter().position(|&b| b == first || b == b'\n') {
                None => return text.len(),
                Some(n) => at += n,
            }
            if single || text[at] == b'\n' || text[at..].starts_with(self.delimiter.as_bytes()) {
                return at;
            }
            at += 1;
        }
    }

    /// The closing quote of the cell that opens at `at`, and whether doubled quotes stand before it.
    fn quoted(&self, text: &[u8], at: usize) -> Option<(usize, bool)> {
        let quote = self.quote?;
        let (mut from, mut doubled) = (at + 1, false);
        loop {
            let found = from + text.get(from..)?.iter().position(|b| *b == quote)?;
            if text.get(found + 1) != Some(&quote) {
                return Some((found, doubled));
            }
            doubled = true;
            from = found + 2;
        }
    }

    /// How much of `text`, which begins with a record, is whole records. `Err` with the place of a quote that is
    /// still open if not even one record is whole.
    pub fn whole_records(&self, text: &[u8]) -> Result<usize, Option<usize>> {
        let plain = self.quote.is_none_or(|quote| !text.contains(&quote));
        if plain {
            return text.iter().rposition(|b| *b == b'\n').map(|n| n + 1).ok_or(None);
        }
        let mut whole = 0;
        let mut open = None;
        while whole < text.len() {
            let ended = self.record(text, whole, |_| {});
            if !ended.complete {
                open = ended.open_quote;
                break;
            }
            whole = ended.next;
        }
        if whole > 0 { Ok(whole) } else { Err(open) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(delimiter: &str) -> Dialect {
        Dialect { delimiter: delimiter.into(), quote: Some(b'"') }
    }

    /// All records of a text, each with its cells, and the last record's end.
    fn split(delimiter: &str, text: &str) -> (Vec<Vec<String>>, Ended) {
        let dialect = dialect(delimiter);
        let (mut records, mut at) = (Vec::new(), 0);
        loop {
            let mut cells = Vec::new();
            let ended = dialect.record(text.as_bytes(), at, |c| {
                let cell = &text[c.range()];
                cells.push(if c.is_doubled() { cell.replace("\"\"", "\"") } else { cell.to_owned() });
            });
            records.push(cells);
            at = ended.next;
            if at >= text.len() {
                return (records, ended);
            }
        }
    }

    #[test]
    fn cells_of_every_delimiter() {
        for delimiter in [",", ";", "\t", "|", "::", "，"] {
            let text = ["a", "b", ""].join(delimiter) + "\r\n" + &["", "2", "x y"].join(delimiter) + "\n";
            let (records, ended) = split(delimiter, &text);
            assert_eq!(records, [["a", "b", ""], ["", "2", "x y"]], "{delimiter}");
            assert!(ended.complete);
        }
        // A part of a delimiter is text.
        assert_eq!(split("::", "a:b::c").0, [["a:b", "c"]]);
    }

    #[test]
    fn quotes_hold_delimiters_newlines_and_doubled_quotes() {
        let (records, _) = split(",", "1,\"a, b\",\"5'8\"\"\"\n2,\"two\nlines\",\"\"\n3,it's 5\" long,x\r\n");
        assert_eq!(records, [["1", "a, b", "5'8\""], ["2", "two\nlines", ""], ["3", "it's 5\" long", "x"]]);
    }

    #[test]
    fn broken_quotes_are_told() {
        let (_, ended) = split(",", "1,\"a\"b,2\n");
        assert!(ended.bad_quote && ended.complete);
        let (_, ended) = split(",", "1,\"a\" ,2\r\n");
        assert!(!ended.bad_quote);
        let (_, ended) = split(",", "1,\"a\n2,b\n");
        assert_eq!((ended.open_quote, ended.complete), (Some(2), false));
    }

    #[test]
    fn whole_records_end_after_a_newline_outside_quotes() {
        let d = dialect(",");
        assert_eq!(d.whole_records(b"a,b\nc,d\ne"), Ok(8));
        assert_eq!(d.whole_records(b"a,b\nc,\"d\ne\"\nf,\"g\n"), Ok(12));
        assert_eq!(d.whole_records(b"a,\"b\n"), Err(Some(2)));
        assert_eq!(d.whole_records(b"abc"), Err(None));
    }
}
