//! The tables of the file and the numbered steps that bring an older file up to date.

use std::sync::LazyLock;

use rusqlite_migration::{M, Migrations};

/// "SHOP" in ASCII: tells a project from any other SQLite file (`PRAGMA application_id`).
pub const APPLICATION_ID: i32 = 0x5348_4f50;

/// Step n brings a file from `user_version` n-1 to n. A step that has been released is never edited.
const STEPS: &[&str] = &[
    // 1: the first form.
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE source_table (id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL,
                                rows INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
     CREATE TABLE run (id INTEGER PRIMARY KEY, stage TEXT NOT NULL, method TEXT NOT NULL,
                       made_at INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
     CREATE TABLE item (kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL,
                        PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
     CREATE TABLE blob (fingerprint TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
];

/// The newest `user_version` that this program reads.
pub const VERSION: i64 = STEPS.len() as i64;

pub static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(STEPS.iter().map(|sql| M::up(sql)).collect()));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_sound() {
        assert_eq!(MIGRATIONS.validate(), Ok(()));
    }
}
