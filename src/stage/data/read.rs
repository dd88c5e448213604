use super::{Role, TableKind};
use crate::base::Monitor;
use polars::prelude::DataFrame;
use std::path::Path;
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReadError {
    #[error("{0}")]
    Other(String),
}
#[derive(Default)]
pub struct ReadRecipe;
pub struct ReadColumn {
    pub name: String,
    pub role: Role,
}
pub struct ReadSummary {
    pub kind: TableKind,
    pub columns: Vec<ReadColumn>,
}
pub fn read_all(path: &Path, _: &ReadRecipe, _: &Monitor) -> Result<(DataFrame, ReadSummary), ReadError> {
    use polars::prelude::*;
    let frame = CsvReadOptions::default()
        .try_into_reader_with_file_path(Some(path.to_owned()))
        .and_then(|r| r.finish())
        .map_err(|e| ReadError::Other(e.to_string()))?;
    let columns =
        frame.columns().iter().map(|c| ReadColumn { name: c.name().to_string(), role: Role::Other }).collect();
    Ok((frame, ReadSummary { kind: TableKind::Features, columns }))
}
