//! The first look at a file: format, encoding, layout, names, types, kind and roles, each found or as the recipe says.

use super::block::Block;
use super::encoding::{self, ToUtf8};
use super::parquet;
use super::pieces::Decoding;
use super::plan::{Columns, Plan, day_first, decimal_comma, natural};
use super::record::Dialect;
use super::source::{Source, read_full};
use super::stats::{ColumnStats, Tests, stats_of};
use super::table::{Table, check_count};
use super::workbook;
use super::{Ask, FileFormat, PREVIEW_ROWS, ReadError, ReadRecipe, SeenWord, Sniffed, TextEncoding, layout};
use crate::base::monitor::Monitor;
use crate::stage::data::kind::Role;
use crate::stage::data::schema::{ColumnSample, ColumnType, EventWord, Given, Guess, guess};
use std::path::Path;
use std::sync::Arc;

/// How much of a text is looked at.
const SAMPLE_BYTES: usize = 1 << 20;
/// How many rows the guess looks at.
const SAMPLE_ROWS: usize = 2000;
/// How far into a file of plain ASCII the first other character is looked for, to find the encoding.
const ASCII_SEARCH: usize = 64 << 20;

/// What the first look found, for the reading that follows.
pub struct Look {
    pub table: Table,
    pub sample: Block,
    pub stats: Vec<ColumnStats>,
    pub types: Vec<ColumnType>,
    pub guess: Guess,
    sheets: Vec<String>,
    text: bool,
}

/// Looks at the beginning of a file.
pub fn look(path: &Path, recipe: &ReadRecipe, monitor: &Monitor) -> Result<Look, ReadError> {
    check_settings(path, recipe)?;
    let source = Source::open(path)?;
    let (mut table, sample, sheets) = if source.workbook {
        workbook_table(source, recipe)?
    } else {
        let head = head(&source)?;
        if head.starts_with(b"PAR1") {
            let (table, sample) = parquet_table(source, monitor)?;
            (table, sample, Vec::new())
        } else {
            let (table, sample) = text_table(source, head, recipe, monitor)?;
            (table, sample, Vec::new())
        }
    };
    if table.names.is_empty() {
        return Err(ReadError::Empty { file: table.source.file });
    }
    check_names(&table, recipe)?;
    let text = matches!(table.format, FileFormat::Delimited | FileFormat::JsonLines | FileFormat::JsonArray);
    let sample = match sample {
        Sample::Rows(block) => block,
        Sample::Text(text) => table.sample(text),
    };
    table.header &= matches!(table.format, FileFormat::Delimited | FileFormat::Workbook);
    let (stats, types, guess) = understand(&table, &sample, recipe);
    Ok(Look { table, sample, stats, types, guess, sheets, text })
}

enum Sample {
    Rows(Block),
    Text(String),
}

fn check_settings(path: &Path, recipe: &ReadRecipe) -> Result<(), ReadError> {
    let file = || path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let bad = |setting, value: &str| Err(ReadError::BadSetting { file: file(), setting, value: value.to_owned() });
    if let Some(delimiter) = &recipe.delimiter
        && (delimiter.is_empty() || delimiter.len() > 16 || delimiter.contains(['\n', '\r']))
    {
        return bad("delimiter", delimiter);
    }
    match recipe.quote {
        Some(quote) if !quote.is_ascii() || quote == '\n' || quote == '\r' || quote.is_ascii_alphanumeric() => {
            return bad("quote", &quote.to_string());
        }
        Some(quote) if quote != ' ' && recipe.delimiter.as_ref().is_some_and(|d| d.contains(quote)) => {
            return bad("quote", &quote.to_string());
        }
        _ => {}
    }
    Ok(())
}

/// The unpacked beginning of a file.
fn head(source: &Source) -> Result<Vec<u8>, ReadError> {
    source.with_bytes(&Arc::default(), |reader| {
        let mut head = vec![0; SAMPLE_BYTES];
        let n = read_full(reader, &mut head).map_err(|e| source.io_error(&e))?;
        head.truncate(n);
        if head.is_empty() {
            return Err(ReadError::Empty { file: source.file.clone() });
        }
        Ok(head)
    })
}

/// Formats known by their first bytes that are not read.
fn foreign(head: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 14] = [
        (b"%PDF", "PDF"),
        (b"\xd0\xcf\x11\xe0", "XLS"),
        (b"\x89PNG", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"GIF8", "GIF"),
        (b"SQLite format 3", "SQLite"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!", "RAR"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"\xfd7zXZ", "XZ"),
        (b"BZh", "bzip2"),
        (b"ARROW1", "Arrow"),
        (b"PK\x03\x04", "ZIP in an archive"),
        (b"\x1f\x8b", "gzip in an archive"),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}

fn text_table(
    source: Source,
    head: Vec<u8>,
    recipe: &ReadRecipe,
    monitor: &Monitor,
) -> Result<(Table, Sample), ReadError> {
    let file = || source.file.clone();
    if let Some(format) = foreign(&head) {
        return Err(ReadError::UnknownFormat { file: file(), format: format.to_owned() });
    }
    let whole = head.len() < SAMPLE_BYTES;
    let encoding = match recipe.encoding {
        Some(encoding) => encoding,
        None => {
            let found = if !whole && head.is_ascii() { beyond_ascii(&source, monitor)? } else { None };
            let (sample, whole) = found.as_ref().map_or((&head, whole), |later| (later, false));
            encoding::detect(sample, whole).map_err(|line| ReadError::Binary { file: file(), line })?
        }
    };
    let mut decoding = Decoding { encoding, lossy: recipe.lossy, returns: false };
    let text = sample_text(&source, &head, decoding, whole)?;
    decoding.returns = text.contains('\r') && !text.contains('\n');
    let text = if decoding.returns { text.replace('\r', "\n") } else { text };
    if text.trim().is_empty() {
        return Err(ReadError::Empty { file: file() });
    }
    let no_table = |what: &str| ReadError::JsonDamaged { file: file(), line: 1, what: what.to_owned() };
    let format = format_of(&text, whole).map_err(no_table)?;
    let mut table = Table {
        format,
        decoding,
        dialect: Dialect { delimiter: ",".to_owned(), quote: Some(b'"') },
        header: false,
        sheet: String::new(),
        first_line: 1,
        first_column: 0,
        names: Vec::new(),
        left_out: Vec::new(),
        source,
    };
    if format == FileFormat::Delimited {
        lay_out(&mut table, &text, whole, recipe)?;
        let text = whole_sample(&table, text, whole)?;
        return Ok((table, Sample::Text(text)));
    }
    table.names = table.json_names(monitor)?;
    let text = first_lines(text, SAMPLE_ROWS);
    Ok((table, Sample::Text(text)))
}

/// Bytes from around the first one that is not ASCII, behind the sample.
fn beyond_ascii(source: &Source, monitor: &Monitor) -> Result<Option<Vec<u8>>, ReadError> {
    source.with_bytes(&Arc::default(), |reader| {
        let mut buffer = vec![0; SAMPLE_BYTES];
        for _ in 0..ASCII_SEARCH / SAMPLE_BYTES {
            monitor.check()?;
            let n = read_full(reader, &mut buffer).map_err(|e| source.io_error(&e))?;
            if let Some(at) = buffer[..n].iter().position(|b| !b.is_ascii()) {
                return Ok(Some(buffer[at..n.min(at + (64 << 10))].to_vec()));
            }
            if n < buffer.len() {
                break;
            }
        }
        Ok(None)
    })
}

/// The sample as text; characters cut at its end are left out.
fn sample_text(source: &Source, head: &[u8], decoding: Decoding, whole: bool) -> Result<String, ReadError> {
    let wrong = |line| ReadError::WrongEncoding {
        file: source.file.clone(),
        line,
        encoding: decoding.encoding.key().to_owned(),
    };
    let mut bytes = Vec::new();
    ToUtf8::new(decoding.encoding, decoding.lossy)
        .push(head, whole, &mut bytes)
        .map_err(|at| wrong(encoding::line_of(&bytes, at)))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(e) if decoding.lossy => Ok(String::from_utf8_lossy(e.as_bytes()).into_owned()),
        Err(e) if e.utf8_error().error_len().is_none() && !whole => {
            let good = e.utf8_error().valid_up_to();
            Ok(String::from_utf8_lossy(&e.as_bytes()[..good]).into_owned())
        }
        Err(e) => Err(wrong(encoding::line_of(e.as_bytes(), e.utf8_error().valid_up_to()))),
    }
}

/// Whether a text is one object with the rows in a list inside it.
fn is_wrapper(text: &str) -> bool {
    use serde_json::Value;
    let of_objects =
        |value: &Value| matches!(value, Value::Array(list) if matches!(list.first(), Some(Value::Object(_))));
    serde_json::from_str::<serde_json::Map<String, Value>>(text).is_ok_and(|map| map.values().any(of_objects))
}

/// `Err` if it is JSON of a shape that is no table.
fn format_of(text: &str, whole: bool) -> Result<FileFormat, &'static str> {
    let start = text.trim_start();
    let object = |text: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok();
    if let Some(inner) = start.strip_prefix('{') {
        // Some of the first lines may be broken, and lines of one big object may be objects by chance.
        let lines: Vec<&str> = start.lines().filter(|l| !l.trim().is_empty()).take(10).collect();
        if let [one] = lines.as_slice()
            && is_wrapper(one)
        {
            return Err("one object around the rows, not an array of objects");
        }
        if lines.iter().filter(|l| object(l)).count() * 2 >= lines.len() {
            return Ok(FileFormat::JsonLines);
        }
        if inner.trim_start().starts_with('"') || inner.trim().is_empty() {
            return Err("neither one object a line nor an array of objects");
        }
    }
    if let Some(inner) = start.strip_prefix('[') {
        let inner = inner.trim_start();
        if inner.starts_with('{') || whole && inner.trim_end() == "]" {
            return Ok(FileFormat::JsonArray);
        }
    }
    Ok(FileFormat::Delimited)
}

/// Delimiter, quote, header and names of delimited text.
fn lay_out(table: &mut Table, text: &str, whole: bool, recipe: &ReadRecipe) -> Result<(), ReadError> {
    let file = || table.source.file.clone();
    let asked = recipe.quote.map(|q| (q != ' ').then_some(q as u8));
    let first_quote = asked.unwrap_or(Some(b'"'));
    let delimiter = match &recipe.delimiter {
        Some(delimiter) => delimiter.clone(),
        None => layout::delimiter(text, first_quote, whole),
    };
    let quote = asked.unwrap_or_else(|| Some(layout::quote(text, &delimiter, whole)));
    table.dialect = Dialect { delimiter, quote };
    table.header = recipe.header.unwrap_or_else(|| layout::header(text, &table.dialect, whole));
    let ended = table.dialect.record(text.as_bytes(), 0, |_| {});
    if !ended.complete && !whole {
        // Not even the first record ends within the sample: it is too long, or a quote stays open.
        return match ended.open_quote {
            Some(at) => Err(ReadError::UnclosedQuote { file: file(), line: encoding::line_of(text.as_bytes(), at) }),
            None => Err(ReadError::LineTooLong { file: file(), line: 1, limit: SAMPLE_BYTES as u64 }),
        };
    }
    let first = layout::first_record(text, &table.dialect);
    table.names = names(&table.source.file, &first, table.header, 1)?;
    Ok(())
}

/// Column names from the first record, or made up. An error if one comes twice, or if there are too many.
fn names(file: &str, first: &[String], header: bool, line: u64) -> Result<Vec<String>, ReadError> {
    check_count(file, first.len())?;
    let mut names: Vec<String> = Vec::with_capacity(first.len());
    let mut known = std::collections::HashSet::new();
    for cell in first {
        let name = if header { cell.trim().trim_start_matches('\u{feff}') } else { "" };
        if !name.is_empty() && !known.insert(name.to_owned()) {
            return Err(ReadError::DuplicateColumns { file: file.to_owned(), line, name: name.to_owned() });
        }
        names.push(name.to_owned());
    }
    for (i, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
        *name = format!("column_{}", i + 1);
        while !known.insert(name.clone()) {
            name.push('_');
        }
    }
    Ok(names)
}

/// The sample up to the end of a whole record, of at most [`SAMPLE_ROWS`] of them.
fn whole_sample(table: &Table, mut text: String, whole: bool) -> Result<String, ReadError> {
    let mut at = 0;
    for _ in 0..=SAMPLE_ROWS {
        let ended = table.dialect.record(text.as_bytes(), at, |_| {});
        if let Some(open) = ended.open_quote
            && whole
        {
            let line = encoding::line_of(text.as_bytes(), open);
            return Err(ReadError::UnclosedQuote { file: table.source.file.clone(), line });
        }
        if !ended.complete {
            at = if whole { text.len() } else { at };
            break;
        }
        at = ended.next;
        if at >= text.len() {
            break;
        }
    }
    text.truncate(at);
    Ok(text)
}

fn first_lines(text: String, most: usize) -> String {
    match text.match_indices('\n').nth(most) {
        Some((at, _)) => text[..at].to_owned(),
        None => text,
    }
}

fn parquet_table(source: Source, monitor: &Monitor) -> Result<(Table, Sample), ReadError> {
    let columns = parquet::columns(&source)?;
    check_count(&source.file, columns.names.len())?;
    let mut sample = Block::for_columns(columns.names.len());
    parquet::blocks(&source, &columns.names, monitor, |block, _, _| -> Result<bool, ReadError> {
        sample = block;
        Ok(false)
    })?;
    let table = plain_table(source, FileFormat::Parquet, columns.names, columns.left_out);
    Ok((table, Sample::Rows(sample)))
}

fn plain_table(source: Source, format: FileFormat, names: Vec<String>, left_out: Vec<(String, String)>) -> Table {
    Table {
        source,
        format,
        decoding: Decoding { encoding: TextEncoding::Utf8, lossy: false, returns: false },
        dialect: Dialect { delimiter: ",".to_owned(), quote: None },
        header: false,
        sheet: String::new(),
        first_line: 1,
        first_column: 0,
        names,
        left_out,
    }
}

fn workbook_table(source: Source, recipe: &ReadRecipe) -> Result<(Table, Sample, Vec<String>), ReadError> {
    let book = workbook::look(&source, recipe.sheet.as_deref(), SAMPLE_ROWS)?;
    let (sheets, sheet) = (book.sheets, book.sheet);
    let rows = &book.rows[workbook::title_rows(&book.rows)..];
    let Some(first) = rows.first() else { return Err(ReadError::Empty { file: source.file.clone() }) };
    let records: Vec<Vec<String>> =
        rows.iter().take(100).map(|r| r.cells.iter().map(|c| c.clone().unwrap_or_default()).collect()).collect();
    let header = recipe.header.unwrap_or_else(|| layout::header_of(&records));
    let of_table = if header { &rows[..1] } else { rows };
    let begins = of_table.iter().filter_map(|r| r.cells.iter().position(Option::is_some)).min().unwrap_or(0);
    let ends = of_table.iter().map(|r| r.cells.len()).max().unwrap_or(0);
    let cell = |i: usize| first.cells.get(i).cloned().flatten().unwrap_or_default();
    let heads: Vec<String> = (begins..ends).map(cell).collect();
    let names = names(&source.file, &heads, header, first.line)?;
    let first_line = first.line;
    let mut table = plain_table(source, FileFormat::Workbook, names, Vec::new());
    table.header = header;
    table.sheet = sheet;
    table.first_line = first_line;
    table.first_column = begins;
    let mut sample = Block::for_columns(table.names.len());
    rows.iter().for_each(|row| table.push_sheet_row(&mut sample, row));
    Ok((table, Sample::Rows(sample), sheets))
}

/// Every column that the recipe names must be there.
fn check_names(table: &Table, recipe: &ReadRecipe) -> Result<(), ReadError> {
    match recipe.roles.keys().chain(recipe.types.keys()).find(|name| !table.names.contains(name)) {
        Some(name) => Err(ReadError::NoSuchColumn { file: table.source.file.clone(), name: name.clone() }),
        None => Ok(()),
    }
}

/// Types, kind and roles from the sample.
fn understand(table: &Table, sample: &Block, recipe: &ReadRecipe) -> (Vec<ColumnStats>, Vec<ColumnType>, Guess) {
    let stats = stats_of(sample, &vec![Tests { words: true, ..Tests::ALL }; table.names.len()]);
    let comma = recipe.decimal_comma.unwrap_or_else(|| decimal_comma(&stats));
    let order = recipe.day_first.or_else(|| day_first(&stats));
    let types: Vec<ColumnType> = table
        .names
        .iter()
        .zip(&stats)
        .map(|(name, stats)| recipe.types.get(name).copied().unwrap_or(natural(stats, comma, order).column_type()))
        .collect();
    let texts: Vec<Vec<Option<String>>> = (0..table.names.len())
        .map(|c| (0..sample.len().min(SAMPLE_ROWS)).map(|r| sample.cell(r, c).map(|t| t.into_owned())).collect())
        .collect();
    let named = table.header || table.format != FileFormat::Delimited && table.format != FileFormat::Workbook;
    let samples: Vec<ColumnSample<'_>> = (0..table.names.len())
        .map(|c| ColumnSample {
            name: named.then_some(table.names[c].as_str()),
            column_type: types[c],
            cells: texts[c].iter().map(Option::as_deref).collect(),
        })
        .collect();
    let roles = table.names.iter().map(|name| recipe.roles.get(name).copied()).collect();
    let guess = guess(&samples, &Given { kind: recipe.kind, roles });
    (stats, types, guess)
}

impl Look {
    pub fn is_text(&self) -> bool {
        self.text
    }

    /// Of delimited text only.
    pub fn delimiter(&self) -> Option<String> {
        (self.table.format == FileFormat::Delimited).then(|| self.table.dialect.delimiter.clone())
    }

    /// The recipe with what was found filled in, as far as the sample tells.
    pub fn filled(&self, recipe: &ReadRecipe) -> ReadRecipe {
        let mut filled = recipe.clone();
        let table = &self.table;
        if self.text {
            filled.encoding = Some(table.decoding.encoding);
        }
        if table.format == FileFormat::Delimited {
            filled.delimiter = Some(table.dialect.delimiter.clone());
            filled.quote = Some(table.dialect.quote.map_or(' ', char::from));
        }
        if matches!(table.format, FileFormat::Delimited | FileFormat::Workbook) {
            filled.header = Some(table.header);
        }
        if table.format == FileFormat::Workbook {
            filled.sheet = Some(table.sheet.clone());
        }
        filled.kind = Some(self.guess.kind);
        filled.roles = table.names.iter().cloned().zip(self.guess.roles.iter().map(|g| g.role)).collect();
        filled
    }

    /// The look as the user sees it.
    pub fn sniffed(&self, recipe: &ReadRecipe) -> Sniffed {
        let table = &self.table;
        let roles: Vec<Role> = self.guess.roles.iter().map(|g| g.role).collect();
        let columns = Columns { names: &table.names, roles: &roles, stats: &self.stats };
        let plan = Plan::new(&table.source.file, self.guess.kind, &columns, recipe);
        let mut filled = self.filled(recipe);
        let (mut event_words, mut types) = (Vec::new(), self.types.clone());
        if let Ok(plan) = &plan {
            types = plan.columns.iter().map(|c| c.convert.column_type()).collect();
            filled.decimal_comma = Some(plan.decimal_comma);
            filled.day_first = plan.day_first;
            filled.event_words = plan.event_words.clone();
            let column = roles.iter().position(|r| *r == Role::Event);
            for (word, count) in column.into_iter().flat_map(|i| &self.stats[i].words) {
                let meaning = plan.event_words.get(&word.to_lowercase()).copied().unwrap_or(EventWord::Other);
                event_words.push(SeenWord { word: word.clone(), count: *count, meaning });
            }
            event_words.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.word.cmp(&b.word)));
        }
        let (asks, problem) = match plan {
            Err(ReadError::AmbiguousDates { column, example, .. }) => (vec![Ask::DayFirst { column, example }], None),
            Err(problem) => (Vec::new(), Some(problem)),
            Ok(_) => (Vec::new(), None),
        };
        let row = |r: usize| (0..table.names.len()).map(|c| self.sample.cell(r, c).map(|t| t.into_owned())).collect();
        let delimited = table.format == FileFormat::Delimited;
        Sniffed {
            file: table.source.file.clone(),
            bytes: table.source.bytes,
            compression: table.source.compression,
            format: table.format,
            sheets: self.sheets.clone(),
            encoding: self.text.then_some(table.decoding.encoding),
            delimiter: self.delimiter(),
            quote: table.dialect.quote.map(char::from).filter(|_| delimited),
            header: table.header,
            columns: table.names.clone(),
            columns_left_out: table.left_out.clone(),
            types,
            guess: self.guess.clone(),
            event_words,
            asks,
            problem,
            rows: (0..self.sample.len().min(PREVIEW_ROWS)).map(row).collect(),
            recipe: filled,
        }
    }
}
