//! What can go wrong with a file. Worded for people in `ui/text`, in one line here for scripts.

use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("{0}: there is no such file")]
    NotFound(PathBuf),
    #[error("{0}: this is not a Shopwright project (its first bytes are of something else)")]
    NotAProject(PathBuf),
    #[error("{0}: the file is empty (0 bytes); take your last copy of it")]
    Empty(PathBuf),
    #[error("{path}: the file is damaged ({what}); take your last copy of it")]
    Damaged { path: PathBuf, what: String },
    #[error(
        "{path}: made by a newer Shopwright (file version {found}, this program reads up to {known}); update the program"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{0}: cannot write here: the file or its folder is read-only; save a copy elsewhere")]
    ReadOnly(PathBuf),
    #[error("{0}: open in another window or program; close it there first")]
    InUse(PathBuf),
    #[error("{0}: the disk is full; free some space, nothing was lost")]
    DiskFull(PathBuf),
    #[error("{0}: there is already a file of that name")]
    Exists(PathBuf),
    #[error("{path}: {what}")]
    Io { path: PathBuf, what: String },
    #[error("{path}: table data cannot be read: {what}")]
    Table { path: PathBuf, what: String },
}

impl StoreError {
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound(path),
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull(path),
            std::io::ErrorKind::AlreadyExists => Self::Exists(path),
            _ => Self::Io { path, what: error.to_string() },
        }
    }

    pub fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull(path),
            Some(Code::ReadOnly | Code::PermissionDenied) => Self::ReadOnly(path),
            Some(Code::CannotOpen) if !path.exists() => Self::NotFound(path),
            Some(Code::CannotOpen) => Self::ReadOnly(path),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::InUse(path),
            Some(Code::NotADatabase) => Self::NotAProject(path),
            Some(Code::DatabaseCorrupt) => Self::Damaged { path, what: error.to_string() },
            _ => Self::Io { path, what: error.to_string() },
        }
    }
}
