//! XLSX: the cells of one sheet, row by row.

use super::ReadError;
use super::source::Source;
use calamine::{Data, DataRef, Reader, SheetType, Xlsx, XlsxError};
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Sheets hold 16,384 columns; a table of so many is none.
pub const COLUMNS_MOST: usize = 2000;

/// One row of a sheet: its number as the spreadsheet shows it, and its cells as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetRow {
    pub line: u64,
    pub cells: Vec<Option<String>>,
}

impl SheetRow {
    pub fn filled(&self) -> usize {
        self.cells.iter().flatten().count()
    }
}

fn damaged(source: &Source, error: &XlsxError) -> ReadError {
    ReadError::WorkbookDamaged { file: source.file.clone(), what: error.to_string() }
}

/// Runs `work` on the opened workbook. The crate that reads it may panic on a damaged one: that is an error too.
fn with_book<T, E: From<ReadError>>(
    source: &Source,
    work: impl FnOnce(&mut Xlsx<BufReader<File>>) -> Result<T, E>,
) -> Result<T, E> {
    let io = |e: std::io::Error| ReadError::Io { file: source.file.clone(), what: e.to_string() };
    let file = File::open(&source.path).map_err(io)?;
    let read = || -> Result<T, E> {
        let mut book = Xlsx::new(BufReader::new(file)).map_err(|e| damaged(source, &e))?;
        work(&mut book)
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let what = "its parts contradict each other".to_owned();
        Err(ReadError::WorkbookDamaged { file: source.file.clone(), what }.into())
    })
}

/// What a first look at a workbook shows.
pub struct BookLook {
    pub sheets: Vec<String>,
    /// The sheet asked for, or else the first one that holds something.
    pub sheet: String,
    /// Its first rows.
    pub rows: Vec<SheetRow>,
}

/// Looks at up to `most` rows of a sheet. An error if there is no sheet, or none of that name.
pub fn look(source: &Source, sheet: Option<&str>, most: usize) -> Result<BookLook, ReadError> {
    source.check_workbook_size()?;
    with_book(source, |book| {
        let found = book.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet);
        let sheets: Vec<String> = found.map(|s| s.name.clone()).collect();
        if sheets.is_empty() {
            return Err(ReadError::NoSheets { file: source.file.clone() });
        }
        for name in sheet.map_or(sheets.clone(), |sheet| vec![sheet.to_owned()]) {
            let mut rows = Vec::new();
            rows_of(source, book, &name, |row| -> Result<bool, ReadError> {
                rows.push(row);
                Ok(rows.len() < most)
            })?;
            if !rows.is_empty() {
                return Ok(BookLook { sheets, sheet: name, rows });
            }
        }
        Err(ReadError::Empty { file: source.file.clone() })
    })
}

/// Tells every row of a sheet that holds something, until `tell` says no more.
pub fn rows<E: From<ReadError>>(
    source: &Source,
    sheet: &str,
    tell: impl FnMut(SheetRow) -> Result<bool, E>,
) -> Result<(), E> {
    with_book(source, |book| rows_of(source, book, sheet, tell))
}

fn rows_of<E: From<ReadError>>(
    source: &Source,
    book: &mut Xlsx<BufReader<File>>,
    sheet: &str,
    mut tell: impl FnMut(SheetRow) -> Result<bool, E>,
) -> Result<(), E> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|e| match e {
        XlsxError::WorksheetNotFound(_) => {
            ReadError::NoSuchSheet { file: source.file.clone(), sheet: sheet.to_owned() }
        }
        e => damaged(source, &e),
    })?;
    let mut row = SheetRow::default();
    while let Some(cell) = cells.next_cell().map_err(|e| damaged(source, &e))? {
        let (at, column) = cell.get_position();
        let line = u64::from(at) + 1;
        let Some(text) = text(cell.get_value()) else { continue };
        if column as usize >= COLUMNS_MOST {
            let (count, limit) = (u64::from(column) + 1, COLUMNS_MOST as u64);
            return Err(ReadError::TooManyColumns { file: source.file.clone(), count, limit }.into());
        }
        if line != row.line {
            let done = std::mem::replace(&mut row, SheetRow { line, cells: Vec::new() });
            if done.line > 0 && !tell(done)? {
                return Ok(());
            }
        }
        if row.cells.len() <= column as usize {
            row.cells.resize(column as usize + 1, None);
        }
        row.cells[column as usize] = Some(text);
    }
    if row.line > 0 {
        tell(row)?;
    }
    Ok(())
}

/// A cell's value as text; nothing for an empty one. Whole numbers lose their ".0", dates are ISO.
fn text(value: &DataRef<'_>) -> Option<String> {
    let text = match Data::from(value.clone()) {
        Data::Empty => return None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Int(n) => n.to_string(),
        Data::Float(x) => x.to_string(),
        Data::Bool(b) => b.to_string(),
        Data::Error(e) => e.to_string(),
        Data::DateTime(t) if t.is_duration() => (t.as_f64() * 86_400.0).to_string(),
        // A time of day without a date.
        Data::DateTime(t) => {
            let (year, month, day, hour, minute, second, milli) = t.to_ymd_hms_milli();
            let clock = format!("{hour:02}:{minute:02}:{second:02}");
            match (t.as_f64(), milli) {
                (serial, _) if serial < 1.0 => clock,
                (serial, _) if serial.fract() == 0.0 => format!("{year:04}-{month:02}-{day:02}"),
                (_, 0) => format!("{year:04}-{month:02}-{day:02} {clock}"),
                (_, milli) => format!("{year:04}-{month:02}-{day:02} {clock}.{milli:03}"),
            }
        }
    };
    (!text.is_empty()).then_some(text)
}

/// How many of the first rows are a title above the table: those before the first row that has at least half as
/// many cells as the fullest of the first twenty.
pub fn title_rows(rows: &[SheetRow]) -> usize {
    let most = rows.iter().take(20).map(SheetRow::filled).max().unwrap_or(0);
    rows.iter().position(|r| r.filled() * 2 >= most).unwrap_or(0)
}
