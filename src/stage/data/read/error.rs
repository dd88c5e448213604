//! What can be wrong with a file. The words for people live in `ui/text`; here is one short technical line each.

use super::AsideReason;
use crate::base::monitor::Cancelled;
use crate::stage::data::kind::{Role, TableKind};

/// Why a file could not be read. `file` is the file's name without its folder; `line` counts from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReadError {
    #[error("{file}: no such file")]
    NotFound { file: String },
    #[error("{file}: {what}")]
    Io { file: String, what: String },
    #[error("{file}: nothing in it")]
    Empty { file: String },
    /// Not text, although it is none of the binary formats that are read.
    #[error("{file}: binary data from line {line}, not a table")]
    Binary { file: String, line: u64 },
    /// A format that is recognised but not read: an old `.xls`, a PDF, a picture.
    #[error("{file}: {format} files are not read")]
    UnknownFormat { file: String, format: String },
    /// The recipe asks for an encoding, delimiter, quote, column, type or time zone that does not exist.
    #[error("{file}: bad setting {setting}: {value}")]
    BadSetting { file: String, setting: &'static str, value: String },
    /// No row has as many cells as the header; `line` is the first such row.
    #[error("{file}: line {line}: {found} cells where {expected} columns were expected, as in every other row")]
    UnequalColumns { file: String, line: u64, expected: u64, found: u64 },
    #[error("{file}: line {line}: longer than {} MiB", limit >> 20)]
    LineTooLong { file: String, line: u64, limit: u64 },
    #[error("{file}: line {line}: a quote is opened and never closed")]
    UnclosedQuote { file: String, line: u64 },
    #[error("{file}: line {line}: not {encoding} text")]
    WrongEncoding { file: String, line: u64, encoding: String },
    #[error("{file}: damaged archive: {what}")]
    ArchiveDamaged { file: String, what: String },
    #[error("{file}: {count} files in one archive: {names}")]
    ZipManyFiles { file: String, count: u64, names: String },
    /// It unpacks to over `unpacked` bytes from only `packed`.
    #[error("{file}: unpacks to over {} MB from {} kB", unpacked / 1_000_000, packed / 1_000)]
    ZipBomb { file: String, packed: u64, unpacked: u64 },
    #[error("{file}: line {line}: not JSON: {what}")]
    JsonDamaged { file: String, line: u64, what: String },
    #[error("{file}: damaged Parquet: {what}")]
    ParquetDamaged { file: String, what: String },
    #[error("{file}: damaged workbook: {what}")]
    WorkbookDamaged { file: String, what: String },
    #[error("{file}: a workbook without sheets")]
    NoSheets { file: String },
    #[error("{file}: no sheet named {sheet}")]
    NoSuchSheet { file: String, sheet: String },
    #[error("{file}: line {line}: two columns named {name}")]
    DuplicateColumns { file: String, line: u64, name: String },
    #[error("{file}: {count} columns, over the limit of {limit}")]
    TooManyColumns { file: String, count: u64, limit: u64 },
    #[error("{file}: no column named {name}")]
    NoSuchColumn { file: String, name: String },
    #[error("{file}: a table of {} needs a {} column", .kind.key(), .role.key())]
    MissingRole { file: String, kind: TableKind, role: Role },
    #[error("{file}: two columns for the role {}: {first} and {second}", .role.key())]
    DoubleRole { file: String, role: Role, first: String, second: String },
    /// Every date reads as day first and as month first; the recipe's `day_first` must say which.
    #[error("{file}: line {line}: {column}: {example} can be day or month first")]
    AmbiguousDates { file: String, line: u64, column: String, example: String },
    #[error("{file}: line {line}: every date in {column} is in the future, the first one {first}")]
    AllFuture { file: String, line: u64, column: String, first: String },
    /// Rows were read, but each of them was set aside, most for `reason`, the first of those in `line`.
    #[error("{file}: line {line}: none of {rows} rows can be kept, most of them: {}", .reason.key())]
    NothingKept { file: String, line: u64, rows: u64, reason: AsideReason },
    /// The file became another one while it was read.
    #[error("{file}: changed while it was read")]
    Changed { file: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
