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
    let (mut store, mut project) = super::open_or_create(&args.project.project)?;
    let mut imported = Vec::new();
    for file in &args.files {
        imported.push(import_one(args, file, &mut store, &mut project)?);
    }
    store.close()?;
    let report = match <[Imported; 1]>::try_from(imported) {
        Ok([one]) => Report::One(one),
        Err(imported) => Report::Many { imported },
    };
    Output::new(args.output).print(&report, |report| match report {
        Report::One(one) => lines(one),
        Report::Many { imported } => imported.iter().map(lines).collect(),
    })
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
            Stopped::Read(ReadError::AmbiguousDates { .. }) => {
                Self(format!("{}; say --day-first or --month-first", text(&stopped)))
            }
            Stopped::Read(ReadError::MissingRole { .. }) => Self(format!("{}; say --map ROLE=COLUMN", text(&stopped))),
            Stopped::Read(ReadError::WrongEncoding { .. }) => Self(format!("{}; say --encoding E", text(&stopped))),
            _ => Self(text(&stopped)),
        }
    }
}

fn text(stopped: &Stopped) -> String {
    match stopped {
        Stopped::Read(error) => error.to_string(),
        Stopped::Store(error) => error.to_string(),
    }
}

fn import_one(args: &ImportArgs, file: &Path, store: &mut Store, project: &mut Project) -> Result<Imported, Failed> {
    let mut ingest = Ingest::default();
    let summary = read::read(file, &recipe(args), &out::monitor(), |frame| -> Result<(), Stopped> {
        Ok(ingest.push(frame, file, &mut |blob| store.put_blob(&blob))?)
    })?;
    let name = project.free_table_name(&args.name.clone().unwrap_or_else(|| table_name(file)));
    let table = ingest.finish_read(&name, file, &summary, Moment::now(), &mut |blob| store.put_blob(&blob))?;
    let edits = [Edit::Table(project.next_table_id(), Some(table))];
    project.apply_all(&edits)?;
    store.write(&edits)?;
    Ok(report(name, &summary))
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
    }
}

fn lines(one: &Imported) -> String {
    let mut text = format!("{}: {}, {} rows read, {} kept\n", one.table, one.kind, one.rows_read, one.rows_kept);
    for (reason, count) in one.rows_set_aside.as_object().into_iter().flatten() {
        text.push_str(&format!("  set aside, {}: {count}\n", reason.replace('_', " ")));
    }
    for column in &one.columns {
        text.push_str(&format!("  {:<28}{:<10}{}\n", column.name, column.kind, column.role));
    }
    text
}
