//! Large content by fingerprint: Parquet chunks of tables, parts of results.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use rusqlite::{Connection, OptionalExtension};

use super::StoreError;
use super::file::{Store, blob_key, reading_connection};
use crate::base::Fingerprint;
use crate::project::{Chunk, Table};

/// Rows a chunk: small enough to decode within a frame or two, large enough to compress well.
pub const CHUNK_ROWS: usize = 131_072;

/// A blob on its way into the file.
#[derive(Debug, Clone)]
pub struct NewBlob {
    pub fingerprint: Fingerprint,
    pub bytes: Vec<u8>,
}

impl NewBlob {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { fingerprint: Fingerprint::of_bytes(&bytes), bytes }
    }
}

impl Store {
    pub fn put_blob(&mut self, blob: &NewBlob) -> Result<(), StoreError> {
        if !self.access().can_write() {
            return Err(StoreError::ReadOnly(self.path().to_owned()));
        }
        self.connection()
            .execute(
                "INSERT OR IGNORE INTO blob VALUES (?1, ?2)",
                rusqlite::params![blob_key(blob.fingerprint), blob.bytes],
            )
            .map(drop)
            .map_err(|error| self.fail(&error))
    }

    pub fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(self.path())
    }
}

/// Reads tables and results on any thread, beside the one writer.
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: reading_connection(path)?, path: path.to_owned() })
    }

    pub fn blob(&self, fingerprint: Fingerprint) -> Result<Vec<u8>, StoreError> {
        let bytes: Option<Vec<u8>> = self
            .connection
            .query_row("SELECT bytes FROM blob WHERE fingerprint = ?1", [blob_key(fingerprint)], |row| row.get(0))
            .optional()
            .map_err(|error| StoreError::sqlite(&self.path, &error))?;
        let damaged =
            |what| StoreError::Damaged { path: self.path.clone(), what: format!("part {fingerprint} is {what}") };
        let bytes = bytes.ok_or_else(|| damaged("missing"))?;
        // The decoder trusts the counts that it reads: bytes that are not what was written must not reach it.
        if Fingerprint::of_bytes(&bytes) != fingerprint {
            return Err(damaged("not what was saved"));
        }
        Ok(bytes)
    }

    pub fn chunk(&self, chunk: &Chunk) -> Result<DataFrame, StoreError> {
        frame_from_parquet(self.blob(chunk.blob)?, None).map_err(|error| self.table_error(&error))
    }

    /// The whole table, or some of its columns, in the order of its rows.
    pub fn frame(&self, table: &Table, columns: Option<&[&str]>) -> Result<DataFrame, StoreError> {
        let mut whole: Option<DataFrame> = None;
        for chunk in &table.chunks {
            let part = frame_from_parquet(self.blob(chunk.blob)?, columns).map_err(|e| self.table_error(&e))?;
            match &mut whole {
                Some(frame) => {
                    frame.vstack_mut(&part).map_err(|error| self.table_error(&error))?;
                }
                None => whole = Some(part),
            }
        }
        Ok(whole.unwrap_or_default())
    }

    pub(super) fn table_error(&self, error: &PolarsError) -> StoreError {
        StoreError::Table { path: self.path.clone(), what: error.to_string() }
    }
}

/// zstd-compressed Parquet with statistics.
pub fn parquet_bytes(frame: &mut DataFrame) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_row_group_size(Some(CHUNK_ROWS))
        .finish(frame)?;
    Ok(bytes)
}

pub fn frame_from_parquet(bytes: Vec<u8>, columns: Option<&[&str]>) -> PolarsResult<DataFrame> {
    let reader = ParquetReader::new(Cursor::new(bytes));
    match columns {
        Some(names) => reader.with_columns(Some(names.iter().map(|name| (*name).to_owned()).collect())).finish(),
        None => reader.finish(),
    }
}
