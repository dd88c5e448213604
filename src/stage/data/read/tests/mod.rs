//! Files written by hand, read back; what must come out is worked out beside each.

mod bad;
mod big;
mod formats;
mod mutate;
mod tables;

use super::*;
use crate::stage::data::kind::TableKind;
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder for the files of one test.
pub struct Files(TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("packed");
    packer.finish().expect("packed")
}

pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        packer.start_file(*name, ::zip::write::SimpleFileOptions::default()).expect("started");
        packer.write_all(bytes).expect("packed");
    }
    packer.finish().expect("packed").into_inner()
}

pub fn all(path: &Path) -> Result<(DataFrame, ReadSummary), ReadError> {
    read_all(path, &ReadRecipe::default(), &Monitor::quiet())
}

pub fn ok(path: &Path) -> (DataFrame, ReadSummary) {
    with(path, &ReadRecipe::default())
}

/// Reads with a recipe, and checks what must hold of every reading.
pub fn with(path: &Path, recipe: &ReadRecipe) -> (DataFrame, ReadSummary) {
    let (frame, summary) = read_all(path, recipe, &Monitor::quiet()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(summary.rows_read, summary.rows_kept + summary.rows_aside());
    assert_eq!(summary.rows_kept, frame.height() as u64);
    let names: Vec<&str> = summary.columns.iter().map(|c| c.name.as_str()).collect();
    let made: Vec<&str> = frame.get_column_names().iter().map(|n| n.as_str()).collect();
    assert_eq!(made, names);
    for column in &summary.columns {
        let dtype = match column.column_type {
            ColumnType::Text => DataType::String,
            ColumnType::Integer => DataType::Int64,
            ColumnType::Decimal => DataType::Float64,
            ColumnType::YesNo => DataType::Boolean,
            ColumnType::Date => DataType::Date,
            ColumnType::Time => DataType::Datetime(TimeUnit::Milliseconds, None),
        };
        assert_eq!(frame.column(&column.name).expect("there").dtype(), &dtype, "{}", column.name);
    }
    // The filled recipe makes the same table again.
    let (again, second) = read_all(path, &summary.recipe, &Monitor::quiet()).unwrap_or_else(|e| panic!("again: {e}"));
    assert!(again.equals_missing(&frame), "the filled recipe reads otherwise: {again:?} {frame:?}");
    assert_eq!((second.set_aside.clone(), &second.recipe), (summary.set_aside.clone(), &summary.recipe));
    (frame, summary)
}

/// A column as text, missing cells as `·`.
pub fn texts(frame: &DataFrame, name: &str) -> Vec<String> {
    let column = frame.column(name).unwrap_or_else(|e| panic!("{e}"));
    (0..frame.height())
        .map(|i| match column.get(i).expect("in range") {
            AnyValue::Null => "·".to_owned(),
            value => value.get_str().map_or_else(|| value.to_string(), str::to_owned),
        })
        .collect()
}

pub fn role_of(summary: &ReadSummary, name: &str) -> Role {
    summary.columns.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no column {name}")).role
}

pub fn type_of(summary: &ReadSummary, name: &str) -> ColumnType {
    summary.columns.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no column {name}")).column_type
}

pub const EVENTS: &str = "user_id,item_id,category_id,behavior,timestamp\n\
    1,2268318,2520377,pv,1511544070\n\
    1,2333346,2520771,cart,1511561733\n\
    2,2576651,149192,fav,1511572885\n\
    2,2576651,149192,buy,1511593493\n";

/// [`EVENTS`] as every format must give it.
pub fn check_events(frame: &DataFrame, summary: &ReadSummary) {
    assert_eq!(summary.kind, TableKind::Events);
    assert_eq!((summary.rows_read, summary.rows_kept), (4, 4));
    assert_eq!(texts(frame, "user_id"), ["1", "1", "2", "2"]);
    assert_eq!(texts(frame, "behavior"), ["view", "cart", "favourite", "purchase"]);
    // 1511544070 is 2017-11-24 17:21:10 UTC (`date -u -d @1511544070`).
    assert_eq!(texts(frame, "timestamp")[0], "2017-11-24 17:21:10");
    let roles = ["user_id", "item_id", "category_id", "behavior", "timestamp"].map(|n| role_of(summary, n));
    assert_eq!(roles, [Role::User, Role::Item, Role::Category, Role::Event, Role::Time]);
    let words: Vec<_> = summary.event_words.iter().map(|(w, n)| (w.as_str(), *n)).collect();
    assert_eq!(words, [("buy", 1), ("cart", 1), ("fav", 1), ("pv", 1)]);
}
