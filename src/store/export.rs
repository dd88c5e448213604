//! Tables on their way out: CSV, XLSX and Parquet, for spreadsheets, mail tools and ad platforms.
//!
//! What leaves the program is opened by others: text that a spreadsheet would run as a formula is made plain text,
//! and customers' ids can be replaced by hashes that only this project's salt makes.

use std::io::Write;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use sha2::{Digest, Sha256};

use super::StoreError;
use crate::base::{Cancelled, Monitor, Step};

/// What a sheet of a workbook can hold, its head included.
const SHEET_ROWS: usize = 1_048_576;
const SHEET_COLUMNS: usize = 16_384;
/// A cell of a workbook holds so many characters.
const CELL: usize = 32_767;
/// Rows between two looks at the monitor.
const BLOCK: usize = 8192;
const DAY: i64 = 86_400;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    Csv,
    Xlsx,
    Parquet,
}

impl ExportFormat {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::Parquet];

    /// The file's ending, without the dot.
    pub fn key(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// By the file's ending, in any case of letters.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|format| format.key() == ending)
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Exported {
    pub path: PathBuf,
    pub rows: u64,
    pub columns: usize,
    pub bytes: u64,
}

/// Why nothing was written. Worded for people in `ui/text/export.rs`.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{0}: the ending must be .csv, .xlsx or .parquet")]
    Ending(PathBuf),
    #[error(
        "{rows} rows and {columns} columns are more than a workbook holds (1,048,575 and 16,384); write .csv or .parquet"
    )]
    TooLarge { rows: usize, columns: usize },
    #[error("there is no column {0:?}")]
    NoColumn(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the workbook cannot be made: {0}")]
    Workbook(#[from] XlsxError),
    #[error("table engine: {0}")]
    Engine(#[from] PolarsError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Writes the table in the format that the path's ending names. The file is there whole or not at all; one of that
/// name is replaced.
pub fn write(frame: &DataFrame, path: &Path, monitor: &Monitor) -> Result<Exported, ExportError> {
    let format = ExportFormat::of(path).ok_or_else(|| ExportError::Ending(path.to_owned()))?;
    let io = |error: std::io::Error| StoreError::io(path, &error);
    let mut frame = frame.clone();
    frame.rechunk_mut();
    let frame = &frame;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Written beside its place and moved there when it is whole.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    match format {
        ExportFormat::Csv => csv(frame, path, &mut std::io::BufWriter::new(file.as_file_mut()), monitor)?,
        ExportFormat::Xlsx => {
            let bytes = workbook(frame, monitor)?;
            file.write_all(&bytes).map_err(io)?;
        }
        ExportFormat::Parquet => {
            monitor.report(Step::Writing, 0, 0);
            ParquetWriter::new(file.as_file_mut())
                .with_compression(ParquetCompression::Zstd(None))
                .finish(&mut frame.clone())?;
        }
    }
    monitor.check()?;
    let bytes = file.as_file().metadata().map_err(io)?.len();
    open_to_all(&file);
    file.persist(path).map_err(|error| StoreError::io(path, &error.error))?;
    Ok(Exported { path: path.to_owned(), rows: frame.height() as u64, columns: frame.width(), bytes })
}

/// A temporary file is its owner's alone; what is exported is an ordinary file.
fn open_to_all(file: &tempfile::NamedTempFile) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// The same table with `column` replaced by the first 32 hexadecimal digits of SHA-256(salt, id): the same customer
/// gets the same hash in every export of a project, and another in every other project.
pub fn hashed(frame: &DataFrame, column: &str, salt: &str) -> Result<DataFrame, ExportError> {
    let ids = frame.column(column).map_err(|_| ExportError::NoColumn(column.to_owned()))?.cast(&DataType::String)?;
    let hash = |id: &str| {
        let digest = Sha256::new().chain_update(salt.as_bytes()).chain_update([0]).chain_update(id.as_bytes());
        digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let ids: StringChunked = ids.str()?.iter().map(|id| id.map(hash)).collect();
    let mut frame = frame.clone();
    frame.replace(column, ids.with_name(column.into()).into_column())?;
    Ok(frame)
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection); a plain signed
/// number stays as it is.
pub fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if risky && text.parse::<f64>().is_err() { format!("'{text}").into() } else { text.into() }
}

/// UTF-8 with its mark, because Excel reads Chinese only so; comma, CRLF, quotes where needed.
fn csv(frame: &DataFrame, path: &Path, out: &mut impl Write, monitor: &Monitor) -> Result<(), ExportError> {
    let io = |error: std::io::Error| ExportError::Store(StoreError::io(path, &error));
    let rows = frame.height();
    let mut line = String::from("\u{feff}");
    for (place, column) in frame.columns().iter().enumerate() {
        field(&mut line, place, &harmless(column.name()));
    }
    line.push_str("\r\n");
    for row in 0..rows {
        if row.is_multiple_of(BLOCK) {
            monitor.check()?;
            monitor.report(Step::Writing, row as u64, rows as u64);
        }
        for (place, column) in frame.columns().iter().enumerate() {
            let text = cell_text(&column.get(row)?);
            let guard = matches!(column.dtype(), DataType::String | DataType::Categorical(..));
            field(&mut line, place, &if guard { harmless(&text) } else { text.as_str().into() });
        }
        line.push_str("\r\n");
        if line.len() > 1 << 16 {
            out.write_all(line.as_bytes()).map_err(io)?;
            line.clear();
        }
    }
    out.write_all(line.as_bytes()).map_err(io)?;
    out.flush().map_err(io)
}

fn field(line: &mut String, place: usize, text: &str) {
    if place > 0 {
        line.push(',');
    }
    if text.contains(['"', ',', '\n', '\r']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}

/// Whole seconds since 1970 of a time, and whether it is a date only.
fn seconds(value: &AnyValue<'_>) -> Option<(i64, bool)> {
    let whole = |at: i64, unit: TimeUnit| match unit {
        TimeUnit::Nanoseconds => at.div_euclid(1_000_000_000),
        TimeUnit::Microseconds => at.div_euclid(1_000_000),
        TimeUnit::Milliseconds => at.div_euclid(1_000),
    };
    match value {
        AnyValue::Date(days) => Some((i64::from(*days) * DAY, true)),
        AnyValue::Datetime(at, unit, _) | AnyValue::DatetimeOwned(at, unit, _) => Some((whole(*at, *unit), false)),
        _ => None,
    }
}

fn cell_text(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Float32(x) => x.to_string(),
        AnyValue::Float64(x) => x.to_string(),
        value => match seconds(value) {
            Some((at, true)) => crate::base::time::Moment(at).utc_text("%Y-%m-%d"),
            Some((at, false)) => crate::base::time::Moment(at).utc_text("%Y-%m-%d %H:%M:%S"),
            None => value.to_string(),
        },
    }
}

/// One sheet: bold head that stays in sight, numbers as numbers, ids and other text as text.
fn workbook(frame: &DataFrame, monitor: &Monitor) -> Result<Vec<u8>, ExportError> {
    let (rows, columns) = frame.shape();
    if rows >= SHEET_ROWS || columns > SHEET_COLUMNS {
        return Err(ExportError::TooLarge { rows, columns });
    }
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let head = Format::new().set_bold();
    let looks = Looks {
        date: Format::new().set_num_format("yyyy-mm-dd"),
        time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
    };
    sheet.set_freeze_panes(1, 0)?;
    for (place, column) in frame.columns().iter().enumerate() {
        sheet.write_string_with_format(0, place as u16, column.name().as_str(), &head)?;
        let wide = column.name().chars().count().clamp(8, 40) + 4;
        sheet.set_column_width(place as u16, wide as f64)?;
    }
    for row in 0..rows {
        if row.is_multiple_of(BLOCK) {
            monitor.check()?;
            monitor.report(Step::Writing, row as u64, rows as u64);
        }
        for (place, column) in frame.columns().iter().enumerate() {
            write_cell(sheet, row as u32 + 1, place as u16, &column.get(row)?, &looks)?;
        }
    }
    Ok(book.save_to_buffer()?)
}

struct Looks {
    date: Format,
    time: Format,
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: &AnyValue<'_>,
    looks: &Looks,
) -> Result<(), ExportError> {
    if let Some((at, date_only)) = seconds(value) {
        let format = if date_only { &looks.date } else { &looks.time };
        // Excel knows no time before 1900: those stay text.
        match ExcelDateTime::from_timestamp(at) {
            Ok(at) => sheet.write_datetime_with_format(row, column, at, format)?,
            Err(_) => sheet.write_string(row, column, cell_text(value))?,
        };
        return Ok(());
    }
    match value {
        AnyValue::Null => {}
        AnyValue::Boolean(yes) => drop(sheet.write_boolean(row, column, *yes)?),
        // A workbook's numbers are doubles: longer whole numbers (ids) would lose digits.
        value if value.is_primitive_numeric() => match value.extract::<f64>() {
            Some(x) if x.is_finite() && (value.is_float() || x.abs() < 1e15) => {
                sheet.write_number(row, column, x)?;
            }
            _ => drop(sheet.write_string(row, column, cell_text(value))?),
        },
        value => {
            let text: String = cell_text(value).chars().take(CELL).collect();
            sheet.write_string(row, column, text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xlsx};
    use polars::df;

    use super::*;

    fn shop() -> DataFrame {
        df![
            "customer" => ["017850", "李雷", "=2+3", "-12.5", "@SUM(A1)"],
            "spent, all" => [Some(12.5), None, Some(f64::NAN), Some(-3.0), Some(1e6)],
            "note" => [Some("says \"hi\", leaves\nagain"), None, Some("+86 138"), Some("-"), Some("plain")],
            "orders" => [1_i64, 9_007_199_254_740_993, 3, 4, 5],
        ]
        .unwrap()
    }

    #[test]
    fn csv_opens_in_a_spreadsheet_without_running_anything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.CSV");
        let told = write(&shop(), &path, &Monitor::quiet()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!((told.rows, told.bytes), (5, text.len() as u64));
        let expected = "\u{feff}customer,\"spent, all\",note,orders\r\n\
                        017850,12.5,\"says \"\"hi\"\", leaves\nagain\",1\r\n\
                        李雷,,,9007199254740993\r\n\
                        '=2+3,NaN,'+86 138,3\r\n\
                        -12.5,-3,'-,4\r\n\
                        '@SUM(A1),1000000,plain,5\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_workbook_keeps_numbers_as_numbers_and_ids_as_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.xlsx");
        write(&shop(), &path, &Monitor::quiet()).unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook(&path).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(range.get((1, 0)), Some(&Data::String("017850".into())));
        assert_eq!(range.get((3, 0)), Some(&Data::String("=2+3".into())));
        assert_eq!(range.get((1, 1)), Some(&Data::Float(12.5)));
        assert_eq!(range.get((2, 3)), Some(&Data::String("9007199254740993".into())));
        assert_eq!(range.get((1, 3)), Some(&Data::Float(1.0)));
    }

    #[test]
    fn parquet_reads_back_and_times_are_written_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let at = Series::new("at".into(), [1_700_000_000_i64]).cast(&DataType::Int64).unwrap();
        let at = at.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
        let frame = DataFrame::new(1, vec![at.into_column()]).unwrap();
        let parquet = folder.path().join("t.parquet");
        write(&frame, &parquet, &Monitor::quiet()).unwrap();
        let back = ParquetReader::new(std::fs::File::open(&parquet).unwrap()).finish().unwrap();
        assert!(back.equals(&frame));
        let csv = folder.path().join("t.csv");
        write(&frame, &csv, &Monitor::quiet()).unwrap();
        assert_eq!(std::fs::read_to_string(csv).unwrap(), "\u{feff}at\r\n1970-01-20 16:13:20\r\n");
    }

    #[test]
    fn hashes_are_steady_within_a_project_and_differ_between_two() {
        let frame = df!["customer" => [Some("a"), Some("b"), None]].unwrap();
        let text = |salt: &str| {
            let frame = hashed(&frame, "customer", salt).unwrap();
            let ids = frame.column("customer").unwrap().str().unwrap().clone();
            ids.iter().map(|id| id.map(str::to_owned)).collect::<Vec<_>>()
        };
        let one = text("salt");
        assert_eq!(one, text("salt"));
        // printf 'salt\0a' | sha256sum
        assert_eq!(one[0].as_deref(), Some("a344c1b6d82605932943c720731f9422"));
        assert!(one[0] != one[1] && one[2].is_none() && one[0] != text("other")[0]);
        assert!(matches!(hashed(&frame, "nix", "salt"), Err(ExportError::NoColumn(_))));
    }

    #[test]
    fn what_cannot_be_written_is_told_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = write(&shop(), &folder.path().join("out.doc"), &Monitor::quiet());
        assert!(matches!(wrong, Err(ExportError::Ending(_))));
        let nowhere = write(&shop(), &folder.path().join("no/such/out.csv"), &Monitor::quiet());
        assert!(matches!(nowhere, Err(ExportError::Store(_))));
        let stopped = Monitor::quiet();
        stopped.cancel();
        let cancelled = write(&shop(), &folder.path().join("out.csv"), &stopped);
        assert!(matches!(cancelled, Err(ExportError::Cancelled(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
