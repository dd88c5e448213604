//! One writer a project: a lock file beside it, held while the project is open for writing.
//!
//! The lock is the operating system's (`File::try_lock`), so that it ends with the process, however it ends;
//! a lock file left behind by a crash is no obstacle. Locking the project itself would hide it from SQLite on Windows.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct ProjectLock {
    file: File,
    path: PathBuf,
}

pub enum LockOutcome {
    Held(ProjectLock),
    /// Somebody else has the project open.
    Taken,
    /// No lock file can be made here: the folder is read-only.
    Unwritable,
}

pub fn lock_path(project: &Path) -> PathBuf {
    let mut name = project.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    project.with_file_name(name)
}

pub fn acquire(project: &Path) -> LockOutcome {
    let path = lock_path(project);
    let Ok(file) = OpenOptions::new().create(true).truncate(false).write(true).open(&path) else {
        return LockOutcome::Unwritable;
    };
    match file.try_lock() {
        Ok(()) => LockOutcome::Held(ProjectLock { file, path }),
        Err(std::fs::TryLockError::WouldBlock) => LockOutcome::Taken,
        // Some network file systems know no locks; better to work without one than not at all.
        Err(std::fs::TryLockError::Error(_)) => LockOutcome::Held(ProjectLock { file, path }),
    }
}

impl Drop for ProjectLock {
    fn drop(&mut self) {
        // Removed first, while still held: a newcomer then makes a file of its own.
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}
