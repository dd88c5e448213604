//! Copy on its way out to spreadsheets and shops, and edits on their way back.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use calamine::Reader as _;
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::export::{self, ExportError, ExportFormat, Exported};
use crate::base::Monitor;
use crate::base::time::Moment;
use crate::stage::copy::channel::{Channel, CopyLang};
use crate::stage::copy::version::{Author, CopyText, Origin, Status, Version};

/// How text files are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextCode {
    /// UTF-8 with its mark, so that Excel reads Chinese.
    #[default]
    Utf8Mark,
    Utf8,
    Gb18030,
}

/// A column of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyColumn {
    /// What re-import finds the row by.
    Key,
    Product,
    Name,
    Channel,
    Language,
    Variant,
    Text,
    /// `machine`, `human-edited` or `human`.
    WrittenBy,
    Status,
    Faults,
    Doubts,
    Model,
    Seed,
}

impl CopyColumn {
    pub const ALL: [Self; 13] = [
        Self::Key,
        Self::Product,
        Self::Name,
        Self::Channel,
        Self::Language,
        Self::Variant,
        Self::Text,
        Self::WrittenBy,
        Self::Status,
        Self::Faults,
        Self::Doubts,
        Self::Model,
        Self::Seed,
    ];

    /// The column's head in the file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Product => "product",
            Self::Name => "name",
            Self::Channel => "channel",
            Self::Language => "language",
            Self::Variant => "variant",
            Self::Text => "text",
            Self::WrittenBy => "written_by",
            Self::Status => "status",
            Self::Faults => "faults",
            Self::Doubts => "doubts",
            Self::Model => "model",
            Self::Seed => "seed",
        }
    }
}

/// What goes out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportPlan {
    pub columns: Vec<CopyColumn>,
    pub approved_only: bool,
    /// One row a product, its texts side by side; else one row a draft.
    pub by_product: bool,
    pub code: TextCode,
    /// A workbook is proposed instead of a CSV; what is written goes by the file's ending.
    pub workbook: bool,
}

impl Default for ExportPlan {
    fn default() -> Self {
        use CopyColumn as C;
        let columns = vec![C::Key, C::Product, C::Name, C::Channel, C::Language, C::Text, C::WrittenBy, C::Status];
        Self { columns, approved_only: true, by_product: false, code: TextCode::default(), workbook: false }
    }
}

/// A text with its key and its product's name.
pub struct Row<'a> {
    pub key: &'a str,
    pub name: &'a str,
    pub text: &'a CopyText,
}

pub fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Machine => "machine",
        Origin::HumanEdited => "human-edited",
        Origin::Human => "human",
    }
}

fn status_word(status: &Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Approved => "approved",
        Status::Rejected(_) => "rejected",
        Status::Failed(_) => "failed",
    }
}

fn value(row: &Row<'_>, column: CopyColumn) -> String {
    let text = row.text;
    match column {
        CopyColumn::Key => row.key.to_owned(),
        CopyColumn::Product => text.product.clone(),
        CopyColumn::Name => row.name.to_owned(),
        CopyColumn::Channel => text.channel.key().to_owned(),
        CopyColumn::Language => text.lang.key().to_owned(),
        CopyColumn::Variant => (text.variant + 1).to_string(),
        CopyColumn::Text => text.text().to_owned(),
        CopyColumn::WrittenBy => origin_word(text.origin()).to_owned(),
        CopyColumn::Status => status_word(&text.status).to_owned(),
        CopyColumn::Faults => text.faults.to_string(),
        CopyColumn::Doubts => text.doubts.to_string(),
        CopyColumn::Model => text.made().map(|made| made.model.clone()).unwrap_or_default(),
        CopyColumn::Seed => text.made().map(|made| made.request.sampling.seed.to_string()).unwrap_or_default(),
    }
}

/// The table of an export. Texts that failed are left out; all cells are text.
pub fn frame(rows: &[Row<'_>], plan: &ExportPlan) -> Result<DataFrame, ExportError> {
    let wanted = |row: &&Row<'_>| {
        !matches!(row.text.status, Status::Failed(_)) && (!plan.approved_only || row.text.status == Status::Approved)
    };
    let rows: Vec<&Row<'_>> = rows.iter().filter(wanted).collect();
    if plan.by_product {
        return by_product(&rows);
    }
    let column = |column: &CopyColumn| {
        let values: Vec<String> = rows.iter().map(|row| value(row, *column)).collect();
        Column::new(column.key().into(), values)
    };
    Ok(DataFrame::new(rows.len(), plan.columns.iter().map(column).collect())?)
}

/// `push_zh_1`: the head of a text's column where one row is a product.
fn kind(text: &CopyText) -> String {
    format!("{}_{}_{}", text.channel.key(), text.lang.key(), text.variant + 1)
}

/// The end of a text's key by such a head.
fn key_of_kind(head: &str) -> Option<String> {
    let mut parts = head.trim().split('_');
    let (channel, lang, variant) = (parts.next()?, parts.next()?, parts.next()?);
    let number = variant.parse::<u32>().ok()?.checked_sub(1)?;
    let sound = Channel::from_key(channel).is_some() && CopyLang::from_key(lang).is_some() && parts.next().is_none();
    sound.then(|| format!("{channel}/{lang}/{number}"))
}

/// One row a product and batch: a column for every channel, language and variant, each followed by who wrote it.
fn by_product(rows: &[&Row<'_>]) -> Result<DataFrame, ExportError> {
    fn batch_of<'a>(row: &Row<'a>) -> &'a str {
        row.key.split('/').next().unwrap_or_default()
    }
    let mut products: Vec<(&str, &str, &str)> = Vec::new();
    let mut kinds: Vec<String> = Vec::new();
    for row in rows {
        if !products.iter().any(|(batch, id, _)| *id == row.text.product && *batch == batch_of(row)) {
            products.push((batch_of(row), &row.text.product, row.name));
        }
        if !kinds.contains(&kind(row.text)) {
            kinds.push(kind(row.text));
        }
    }
    let mut columns = vec![
        Column::new("batch".into(), products.iter().map(|(batch, ..)| *batch).collect::<Vec<_>>()),
        Column::new("product".into(), products.iter().map(|(_, id, _)| *id).collect::<Vec<_>>()),
        Column::new("name".into(), products.iter().map(|(.., name)| *name).collect::<Vec<_>>()),
    ];
    for wanted in &kinds {
        let is = |row: &&&Row<'_>, batch: &str, id: &str| {
            row.text.product == id && batch_of(row) == batch && kind(row.text) == *wanted
        };
        let find = |(batch, id, _): &(&str, &str, &str)| rows.iter().rev().find(|row| is(row, batch, id));
        let texts = products.iter().map(|product| find(product).map(|row| row.text.text().to_owned()));
        columns.push(Column::new(wanted.as_str().into(), texts.collect::<Vec<Option<String>>>()));
        let authors = products.iter().map(|product| find(product).map(|row| origin_word(row.text.origin())));
        columns.push(Column::new(format!("{wanted}_written_by").into(), authors.collect::<Vec<Option<&str>>>()));
    }
    Ok(DataFrame::new(products.len(), columns)?)
}

/// Writes the table: CSV in the chosen code, XLSX or Parquet by the path's ending. Whole or not at all.
pub fn write(frame: &DataFrame, path: &Path, code: TextCode, monitor: &Monitor) -> Result<Exported, ExportError> {
    if ExportFormat::of(path) != Some(ExportFormat::Csv) || code == TextCode::Utf8Mark {
        return export::write(frame, path, monitor);
    }
    let io = |error: std::io::Error| ExportError::Store(StoreError::io(path, &error));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let part = tempfile::Builder::new().suffix(".csv").tempfile_in(folder).map_err(io)?;
    let told = export::write(frame, part.path(), monitor)?;
    let bytes = std::fs::read(part.path()).map_err(io)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let bytes = match code {
        TextCode::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        _ => text.as_bytes().to_vec(),
    };
    std::fs::write(part.path(), &bytes).map_err(io)?;
    part.persist(path).map_err(|error| ExportError::Store(StoreError::io(path, &error.error)))?;
    Ok(Exported { path: path.to_owned(), bytes: bytes.len() as u64, ..told })
}

/// The table as text for the clipboard: tabs between cells, so that a spreadsheet takes it apart again.
pub fn clipboard(frame: &DataFrame) -> String {
    let line = |cells: Vec<String>| cells.join("\t") + "\n";
    let cell = |text: &str| {
        let text = export::harmless(text).replace('\t', " ").replace('\r', "");
        // Lines stay within their cell.
        if text.contains('\n') || text.starts_with('"') { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let mut out = line(frame.columns().iter().map(|column| cell(column.name())).collect());
    for row in 0..frame.height() {
        let value =
            |column: &Column| column.get(row).ok().and_then(|v| v.get_str().map(str::to_owned)).unwrap_or_default();
        out.push_str(&line(frame.columns().iter().map(|column| cell(&value(column))).collect()));
    }
    out
}

/// Why a file of edits was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReimportError {
    #[error("{path}: there is no column {column:?}; the file must keep the columns key and text")]
    NoColumn { path: String, column: &'static str },
    #[error("{path}: {what}")]
    File { path: String, what: String },
}

/// What a re-import found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reimported {
    pub changed: usize,
    pub same: usize,
    /// Keys that are not in the project.
    pub unknown: Vec<String>,
}

/// Key and text of every row of an exported file that came back.
pub fn read_edits(path: &Path) -> Result<Vec<(String, String)>, ReimportError> {
    let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fail = |what: String| ReimportError::File { path: shown.clone(), what };
    let is_book = ExportFormat::of(path) == Some(ExportFormat::Xlsx);
    let table: Vec<Vec<String>> = if is_book {
        let mut book: calamine::Xlsx<_> =
            calamine::open_workbook(path).map_err(|error: calamine::XlsxError| fail(error.to_string()))?;
        let range = book.worksheet_range_at(0).ok_or_else(|| fail("no sheet".to_owned()))?;
        let range = range.map_err(|error| fail(error.to_string()))?;
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    } else {
        csv_rows(&decode(path).map_err(|error| fail(error.to_string()))?)
    };
    let head: Vec<String> = table.first().cloned().unwrap_or_default();
    let find = |column: &'static str| {
        let place = head.iter().position(|name| name.trim() == column);
        place.ok_or_else(|| ReimportError::NoColumn { path: shown.clone(), column })
    };
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    if let (Ok(batch), Ok(product), Err(_)) = (find("batch"), find("product"), find("key")) {
        let kinds: Vec<(usize, String)> =
            head.iter().enumerate().filter_map(|(at, name)| Some((at, key_of_kind(name)?))).collect();
        let of_row = |row: &Vec<String>| -> Vec<(String, String)> {
            let own = format!("{}/{}", cell(row, batch).trim(), cell(row, product).trim());
            let texts = kinds.iter().map(|(at, kind)| (format!("{own}/{kind}"), unguarded(&cell(row, *at))));
            // A product that has no such text has an empty cell.
            texts.filter(|(_, text)| !text.trim().is_empty()).collect()
        };
        return Ok(table.iter().skip(1).flat_map(of_row).collect());
    }
    let (key, text) = (find("key")?, find("text")?);
    let pairs = table.iter().skip(1).map(|row| (cell(row, key).trim().to_owned(), unguarded(&cell(row, text))));
    Ok(pairs.filter(|(key, _)| !key.is_empty()).collect())
}

/// UTF-8 with or without its mark, else GB18030.
fn decode(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(error) => encoding_rs::GB18030.decode(error.as_bytes()).0.into_owned(),
    })
}

/// The guard against formulas, taken off again.
fn unguarded(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    match text.strip_prefix('\'') {
        Some(rest) if export::harmless(rest) != rest => rest.to_owned(),
        _ => text,
    }
}

/// Rows of a CSV (RFC 4180); a quote within a plain cell stands for itself.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let first = text.lines().next().unwrap_or_default();
    let comma = [',', ';', '\t'].into_iter().max_by_key(|c| first.matches(*c).count()).unwrap_or(',');
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            c if c == comma && !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

/// Takes an edited text in as a new version by a human. Nothing when it is what stands there.
pub fn take_edit(text: &mut CopyText, edited: &str, at: Moment) -> bool {
    if edited.trim().is_empty() {
        return false;
    }
    text.save(Version { text: edited.trim().to_owned(), author: Author::Human, at, made: None, restored: None })
}

#[cfg(test)]
mod tests;
