//! `import`: files into tables of a project.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::base::time::Moment;
use crate::project::{Edit, Project};
use crate::stage::data::read::{self, ReadError, ReadRecipe, ReadSummary, TextEncoding};
use crate::stage::data::{Role, TableKind};
use crate::store::ingest::{Ingest, table_name};
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// CSV, TSV, JSON, NDJSON, Parquet or XLSX; text may be in .gz or .zip
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    project: ProjectArgs,
    /// What one row is
    #[arg(long = "as", value_name = "KIND", value_parser = kind)]
    kind: Option<TableKind>,
    /// What a column means, such as user=CustomerID; may be given several times
    #[arg(long = "map", value_name = "ROLE=COLUMN", value_parser = mapping)]
    maps: Vec<(Role, String)>,
    /// utf-8, utf-16le, utf-16be, gb18030 or windows-1252
    #[arg(long, value_name = "E", value_parser = encoding)]
    encoding: Option<TextEncoding>,
    /// What stands between two cells; \t for a tab
    #[arg(long, value_name = "D")]
    delimiter: Option<String>,
    /// The first row holds data, not names
    #[arg(long)]
    no_header: bool,
    /// The sheet of a workbook
    #[arg(long, value_name = "S")]
    sheet: Option<String>,
    /// Dates like 01/02/2024 are the first of February
    #[arg(long, conflicts_with = "month_first")]
    day_first: bool,
    /// Dates like 01/02/2024 are the second of January
    #[arg(long)]
    month_first: bool,
    /// The zone that moments are turned into: Asia/Shanghai, UTC, +08:00
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Numbers are written 1.234,5
    #[arg(long)]
    decimal_comma: bool,
    /// The table's name; the file's when not given
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    output: OutArgs,
}

fn kind(text: &str) -> Result<TableKind, String> {
    TableKind::from_key(text).ok_or_else(|| format!("one of {}", TableKind::ALL.map(TableKind::key).join(", ")))
}

fn encoding(text: &str) -> Result<TextEncoding, String> {
    TextEncoding::from_key(text)
        .ok_or_else(|| format!("one of {}", TextEncoding::ALL.map(TextEncoding::key).join(", ")))
}

fn mapping(text: &str) -> Result<(Role, String), String> {
    let (role, column) = text.split_once('=').ok_or("expected ROLE=COLUMN, such as user=CustomerID")?;
    let roles = || format!("no role {role:?}; the roles are {}", Role::ALL.map(Role::key).join(", "));
    Ok((Role::from_key(role).ok_or_else(roles)?, column.to_owned()))
}

#[derive(Serialize)]
struct Imported {
    table: String,
    kind: &'static str,
    rows_read: u64,
    rows_kept: u64,
    rows_set_aside: serde_json::Value,
    columns: Vec<ImportedColumn>,
    encoding: Option<&'static str>,
    delimiter: Option<String>,
    /// For people only: of the rows kept, those that came out as returns.
    #[serde(skip)]
    returns: u64,
}

#[derive(Serialize)]
struct ImportedColumn {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
}

/// One file prints its object; several print one object that lists them.
#[derive(Serialize)]
#[serde(untagged)]
enum Report {
    One(Imported),
    Many { imported: Vec<Imported> },
}

pub fn import(args: &ImportArgs) -> Result<(), Failed> {
    let path = &args.project.project;
    let is_new = !path.exists();
    let (mut store, mut project) = super::open_or_create(path)?;
    let imported = import_all(args, &mut store, &mut project);
    store.close()?;
    if imported.is_err() && is_new {
        // What was not there before is not there after a failure.
        let _ = std::fs::remove_file(path);
    }
    let report = match <[Imported; 1]>::try_from(imported?) {
        Ok([one]) => Report::One(one),
        Err(imported) => Report::Many { imported },
    };
    Output::new(args.output).print(&report, |report| match report {
        Report::One(one) => lines(one),
        Report::Many { imported } => imported.iter().map(lines).collect(),
    })
}

/// All files or none: one that cannot be read leaves the project as it was.
fn import_all(args: &ImportArgs, store: &mut Store, project: &mut Project) -> Result<Vec<Imported>, Failed> {
    let mut edits = Vec::new();
    let mut imported = Vec::new();
    for file in &args.files {
        let (edit, one) = import_one(args, file, store, project)?;
        project.apply_all(std::slice::from_ref(&edit))?;
        edits.push(edit);
        imported.push(one);
    }
    store.write(&edits)?;
    Ok(imported)
}

fn recipe(args: &ImportArgs) -> ReadRecipe {
    ReadRecipe {
        encoding: args.encoding,
        delimiter: args.delimiter.as_ref().map(|text| text.replace("\\t", "\t")),
        header: args.no_header.then_some(false),
        sheet: args.sheet.clone(),
        decimal_comma: args.decimal_comma.then_some(true),
        day_first: (args.day_first || args.month_first).then_some(args.day_first),
        time_zone: args.time_zone.clone(),
        kind: args.kind,
        roles: args.maps.iter().map(|(role, column)| (column.clone(), *role)).collect(),
        ..ReadRecipe::default()
    }
}

/// Why an import stopped, from either side.
enum Stopped {
    Read(ReadError),
    Store(StoreError),
}

impl From<ReadError> for Stopped {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Stopped> for Failed {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Store(error) => error.into(),
            Stopped::Read(error) => match mend(&error) {
                Some(how) => Self(format!("{error}; {how}")),
                None => Self(error.to_string()),
            },
        }
    }
}

/// How to mend it, where the line itself does not say.
fn mend(error: &ReadError) -> Option<&'static str> {
    Some(match error {
        ReadError::Empty { .. } => "export it again, with rows",
        ReadError::Binary { .. } | ReadError::UnknownFormat { .. } => "save it as CSV, XLSX, JSON or Parquet",
        ReadError::UnequalColumns { .. } => "mend that line, or say --delimiter D",
        ReadError::LineTooLong { .. } => "a line break or a quote is missing there; export it again",
        ReadError::UnclosedQuote { .. } => "close it there, or export it again",
        ReadError::WrongEncoding { .. } => "say --encoding E",
        ReadError::ZipManyFiles { .. } => "unpack it and give one of them",
        ReadError::ZipBomb { .. } => "if you trust it, unpack it yourself and give that file",
        ReadError::ArchiveDamaged { .. }
        | ReadError::JsonDamaged { .. }
        | ReadError::ParquetDamaged { .. }
        | ReadError::WorkbookDamaged { .. } => "copy or export it again",
        ReadError::NoSheets { .. } => "save it again with a sheet in it",
        ReadError::NoSuchSheet { .. } => "say --sheet S with a name that it has",
        ReadError::DuplicateColumns { .. } => "rename one of them, or say --no-header if that line holds data",
        ReadError::TooManyColumns { .. } => "leave some out, or say --delimiter D",
        ReadError::MissingRole { .. } | ReadError::DoubleRole { .. } => "say --map ROLE=COLUMN",
        ReadError::AmbiguousDates { .. } => "say --day-first or --month-first",
        ReadError::AllFuture { .. } => "mend the dates, or say --map time=COLUMN for another column",
        ReadError::NothingKept { .. } => "mend those rows, or say --map ROLE=COLUMN",
        _ => return None,
    })
}

/// One file's table, not yet written down, and what is told of it.
fn import_one(
    args: &ImportArgs,
    file: &Path,
    store: &mut Store,
    project: &Project,
) -> Result<(Edit, Imported), Failed> {
    let mut ingest = Ingest::default();
    let summary = read::read(file, &recipe(args), &out::monitor(), |frame| -> Result<(), Stopped> {
        Ok(ingest.push(frame, file, &mut |blob| store.put_blob(&blob))?)
    })?;
    let name = project.free_table_name(&args.name.clone().unwrap_or_else(|| table_name(file)));
    let table = ingest.finish_read(&name, file, &summary, Moment::now(), &mut |blob| store.put_blob(&blob))?;
    Ok((Edit::Table(project.next_table_id(), Some(table)), report(name, &summary)))
}

fn report(table: String, summary: &ReadSummary) -> Imported {
    let aside = summary.set_aside.iter().map(|(reason, count)| (reason.key().to_owned(), (*count).into())).collect();
    let column = |column: &read::ColumnInfo| ImportedColumn {
        name: column.name.clone(),
        kind: column.column_type.key(),
        role: column.role.key(),
    };
    Imported {
        table,
        kind: summary.kind.key(),
        rows_read: summary.rows_read,
        rows_kept: summary.rows_kept,
        rows_set_aside: serde_json::Value::Object(aside),
        columns: summary.columns.iter().map(column).collect(),
        encoding: summary.encoding.map(TextEncoding::key),
        delimiter: summary.delimiter.clone(),
        returns: summary.returns,
    }
}

fn lines(one: &Imported) -> String {
    let (read, kept) = (out::grouped(one.rows_read), out::grouped(one.rows_kept));
    let mut text = format!("{}: {}, {read} rows read, {kept} kept\n", one.table, one.kind);
    if one.returns > 0 {
        let (bought, returned) = (out::grouped(one.rows_kept - one.returns), out::grouped(one.returns));
        text.push_str(&format!("  {bought} purchases, {returned} returns\n"));
    }
    for (reason, count) in one.rows_set_aside.as_object().into_iter().flatten() {
        let count = out::grouped(count.as_u64().unwrap_or_default());
        text.push_str(&format!("  set aside, {}: {count}\n", reason.replace('_', " ")));
    }
    let wide = out::width(one.columns.iter().map(|column| column.name.as_str()));
    for column in &one.columns {
        text.push_str(&format!("  {}  {:<10}{}\n", out::padded(&column.name, wide), column.kind, column.role));
    }
    text
}
