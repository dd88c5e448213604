//! Opening, checking, loading and writing a project file.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::lock::{self, LockOutcome, ProjectLock};
use super::{StoreError, schema};
use crate::base::Fingerprint;
use crate::base::time::Moment;
use crate::project::{Edit, ItemKey, Project, Run, RunId, Table, TableId};

/// How a project came to be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Write,
    /// Another window or program has it.
    ReadBecauseInUse,
    /// File or folder cannot be written.
    ReadBecauseReadOnly,
    /// Only looking was asked for.
    ReadAsAsked,
}

impl Access {
    pub fn can_write(self) -> bool {
        self == Self::Write
    }
}

/// An open project file. One of these with [`Access::Write`] exists for a file at any time.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    access: Access,
    _lock: Option<ProjectLock>,
}

pub struct Opened {
    pub store: Store,
    pub project: Project,
    /// Where the copy from before a migration is, when one was needed.
    pub backup: Option<PathBuf>,
}

impl Store {
    /// Makes a new file holding `project`; refuses to replace an existing one.
    pub fn create(path: &Path, project: &Project) -> Result<Self, StoreError> {
        if path.exists() {
            return Err(StoreError::Exists(path.to_owned()));
        }
        let held = match lock::acquire(path) {
            LockOutcome::Held(held) => held,
            LockOutcome::Taken => return Err(StoreError::InUse(path.to_owned())),
            LockOutcome::Unwritable => return Err(cannot_create(path)),
        };
        let made = Self::fill_new(path, project, held);
        if made.is_err() {
            // What could not be made whole is not left lying about.
            remove_with_wal(path);
        }
        made
    }

    fn fill_new(path: &Path, project: &Project, held: ProjectLock) -> Result<Self, StoreError> {
        let fail = |error: &rusqlite::Error| StoreError::sqlite(path, error);
        let mut connection = Connection::open(path).map_err(|e| fail(&e))?;
        connection.pragma_update(None, "application_id", schema::APPLICATION_ID).map_err(|e| fail(&e))?;
        configure(&connection).map_err(|e| fail(&e))?;
        schema::MIGRATIONS.to_latest(&mut connection).map_err(|e| migration_error(path, e))?;
        let mut store = Self { connection, path: path.to_owned(), access: Access::Write, _lock: Some(held) };
        store.write(&everything(project))?;
        Ok(store)
    }

    /// Opens for writing where that is possible, else for reading; [`Opened::store`] says which.
    pub fn open(path: &Path) -> Result<Opened, StoreError> {
        check_header(path)?;
        if is_read_only(path) {
            return Self::open_reading(path, Access::ReadBecauseReadOnly);
        }
        match lock::acquire(path) {
            LockOutcome::Held(held) => Self::open_writing(path, held),
            LockOutcome::Taken => Self::open_reading(path, Access::ReadBecauseInUse),
            LockOutcome::Unwritable => Self::open_reading(path, Access::ReadBecauseReadOnly),
        }
    }

    /// Opens only to look; never writes, never waits for a writer.
    pub fn open_to_read(path: &Path) -> Result<Opened, StoreError> {
        check_header(path)?;
        Self::open_reading(path, Access::ReadAsAsked)
    }

    fn open_writing(path: &Path, held: ProjectLock) -> Result<Opened, StoreError> {
        let fail = |error: &rusqlite::Error| StoreError::sqlite(path, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|e| fail(&e))?;
        check_identity(&connection, path)?;
        check_integrity(&connection, path)?;
        let version = user_version(&connection).map_err(|e| fail(&e))?;
        let backup = if version < schema::VERSION {
            let copy = backup_path(path, version);
            copy_to(&connection, &copy)?;
            schema::MIGRATIONS.to_latest(&mut connection).map_err(|e| migration_error(path, e))?;
            Some(copy)
        } else {
            None
        };
        configure(&connection).map_err(|e| fail(&e))?;
        let mut store = Self { connection, path: path.to_owned(), access: Access::Write, _lock: Some(held) };
        let project = store.load()?;
        store.sweep(&project)?;
        Ok(Opened { store, project, backup })
    }

    fn open_reading(path: &Path, access: Access) -> Result<Opened, StoreError> {
        let connection = reading_connection(path)?;
        check_identity(&connection, path)?;
        let version = user_version(&connection).map_err(|e| StoreError::sqlite(path, &e))?;
        if version < schema::VERSION {
            // An older form can be read only after it has been brought up to date.
            return Err(StoreError::ReadOnly(path.to_owned()));
        }
        let store = Self { connection, path: path.to_owned(), access, _lock: None };
        let project = store.load()?;
        Ok(Opened { store, project, backup: None })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn access(&self) -> Access {
        self.access
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn fail(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::sqlite(&self.path, error)
    }

    fn load(&self) -> Result<Project, StoreError> {
        load(&self.connection).map_err(|error| match error {
            LoadError::Sql(error) => StoreError::sqlite(&self.path, &error),
            LoadError::Json(what) => StoreError::Damaged { path: self.path.clone(), what },
        })
    }

    /// Writes a group of edits as one transaction: all of them or none.
    pub fn write(&mut self, edits: &[Edit]) -> Result<(), StoreError> {
        if !self.access.can_write() {
            return Err(StoreError::ReadOnly(self.path.clone()));
        }
        let result = write_group(&mut self.connection, edits);
        result.map_err(|error| StoreError::sqlite(&self.path, &error))
    }

    /// Limits the file's size; tests use it to fill the disk.
    pub fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        self.connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(|error| self.fail(&error))
    }

    pub fn page_count(&self) -> Result<u32, StoreError> {
        self.connection.pragma_query_value(None, "page_count", |row| row.get(0)).map_err(|e| self.fail(&e))
    }

    /// Writes a whole copy; the copy appears under its name only once complete.
    pub fn save_copy(&self, to: &Path) -> Result<(), StoreError> {
        if to.exists() {
            return Err(StoreError::Exists(to.to_owned()));
        }
        copy_to(&self.connection, to)
    }

    /// Removes blobs that nothing points to (a cancelled import, a removed table). Only at opening, so that undo
    /// always finds what it brings back.
    fn sweep(&mut self, project: &Project) -> Result<(), StoreError> {
        let wanted: std::collections::HashSet<String> = project.blobs().map(|blob| blob.to_string()).collect();
        let stale: Vec<String> = self
            .all_blobs()
            .map_err(|error| self.fail(&error))?
            .into_iter()
            .filter(|blob| !wanted.contains(blob))
            .collect();
        if stale.is_empty() {
            return Ok(());
        }
        let result = (|| {
            let transaction = self.connection.transaction()?;
            for blob in &stale {
                transaction.execute("DELETE FROM blob WHERE fingerprint = ?1", [blob])?;
            }
            transaction.commit()
        })();
        result.map_err(|error| StoreError::sqlite(&self.path, &error))
    }

    fn all_blobs(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare("SELECT fingerprint FROM blob")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    /// Folds the write-ahead log into the file, so that the project is one file again.
    pub fn close(self) -> Result<(), StoreError> {
        let path = self.path.clone();
        if self.access.can_write() {
            let fold = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            fold.map_err(|error| StoreError::sqlite(&path, &error))?;
        }
        self.connection.close().map_err(|(_, error)| StoreError::sqlite(&path, &error))
    }
}

/// A connection of its own for a worker that only reads tables and results.
pub fn reading_connection(path: &Path) -> Result<Connection, StoreError> {
    let fail = |error: &rusqlite::Error| StoreError::sqlite(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| fail(&e))?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(|e| fail(&e))?;
    if connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).is_ok() {
        return Ok(connection);
    }
    // In a read-only folder no shared-memory file can be made; a file that nobody writes can be read without.
    let uri = format!("file:{}?immutable=1", uri_path(&path.to_string_lossy(), cfg!(windows)));
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI).map_err(|e| fail(&e))
}

/// A path as it stands in a `file:` URI. On Windows the drive comes after a slash, slashes lean forward, and a share
/// keeps its two.
fn uri_path(path: &str, windows: bool) -> String {
    let path = if windows { path.strip_prefix(r"\\?\").unwrap_or(path) } else { path };
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    if !windows {
        return escaped;
    }
    let forward = escaped.replace('\\', "/");
    match forward.strip_prefix("//") {
        // An empty authority, then the share's own two slashes.
        Some(share) => format!("////{share}"),
        None if forward.as_bytes().get(1) == Some(&b':') => format!("/{forward}"),
        None => forward,
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // FULL: what is reported as saved is on the disk, not in a cache.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))
}

fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migration_error(path: &Path, error: rusqlite_migration::Error) -> StoreError {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::sqlite(path, &err),
        other => StoreError::Io { path: path.to_owned(), what: other.to_string() },
    }
}

/// Looks at the first bytes before SQLite does, so that each kind of wrong file gets its own words.
fn check_header(path: &Path) -> Result<(), StoreError> {
    let mut file = fs::File::open(path).map_err(|error| StoreError::io(path, &error))?;
    let length = file.metadata().map_err(|error| StoreError::io(path, &error))?.len();
    if length == 0 {
        return Err(StoreError::Empty(path.to_owned()));
    }
    let mut header = [0; 100];
    let mut filled = 0;
    while filled < header.len() {
        match file.read(&mut header[filled..]).map_err(|error| StoreError::io(path, &error))? {
            0 => break,
            n => filled += n,
        }
    }
    const MAGIC: &[u8; 16] = b"SQLite format 3\0";
    if filled < MAGIC.len() || &header[..16] != MAGIC {
        return Err(StoreError::NotAProject(path.to_owned()));
    }
    if filled < header.len() {
        return Err(StoreError::Damaged { path: path.to_owned(), what: "it ends within its first page".into() });
    }
    // Told from the header alone, so that a foreign or newer file is not even opened.
    let word = |at: usize| i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if word(68) != schema::APPLICATION_ID {
        return Err(StoreError::NotAProject(path.to_owned()));
    }
    if i64::from(word(60)) > schema::VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found: word(60).into(), known: schema::VERSION });
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    if length < page * pages {
        let what = format!("{length} bytes of {} are there", page * pages);
        return Err(StoreError::Damaged { path: path.to_owned(), what });
    }
    Ok(())
}

fn check_identity(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let fail = |error: &rusqlite::Error| StoreError::sqlite(path, error);
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(|e| fail(&e))?;
    if id != schema::APPLICATION_ID {
        return Err(StoreError::NotAProject(path.to_owned()));
    }
    let found = user_version(connection).map_err(|e| fail(&e))?;
    if found > schema::VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: schema::VERSION });
    }
    Ok(())
}

/// The small tables are read whole at opening anyway; the structure of the file is checked without its blobs' content.
fn check_integrity(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    for table in ["meta", "source_table", "run", "item"] {
        let sql = format!("PRAGMA quick_check({table})");
        let verdict: rusqlite::Result<String> = connection.query_row(&sql, [], |row| row.get(0));
        match verdict {
            Ok(text) if text == "ok" => {}
            Ok(what) => return Err(StoreError::Damaged { path: path.to_owned(), what }),
            Err(error) => return Err(StoreError::sqlite(path, &error)),
        }
    }
    Ok(())
}

/// The permission bits are asked besides the attempt to write, because an administrator's attempt would succeed.
fn is_read_only(path: &Path) -> bool {
    let read_only = |p: &Path| fs::metadata(p).is_ok_and(|meta| meta.permissions().readonly());
    read_only(path) || folder_of(path).is_some_and(|folder| cfg!(unix) && read_only(folder))
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

fn cannot_create(path: &Path) -> StoreError {
    match folder_of(path) {
        Some(folder) if !folder.exists() => StoreError::NotFound(folder.to_owned()),
        _ => StoreError::ReadOnly(path.to_owned()),
    }
}

fn backup_path(path: &Path, version: i64) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let stamp = Moment::now().0;
    path.with_file_name(format!("{stem} (version {version}, {stamp}).{}", super::EXTENSION))
}

fn remove_with_wal(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let _ = fs::remove_file(name);
    }
}

fn copy_to(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let _ = fs::remove_file(&part);
    let Some(target) = part.to_str() else {
        return Err(StoreError::Io { path: to.to_owned(), what: "the path is not valid Unicode".into() });
    };
    let copied = connection
        .execute("VACUUM INTO ?1", [target])
        .map_err(|error| StoreError::sqlite(to, &error))
        .and_then(|_| fs::rename(&part, to).map_err(|error| StoreError::io(to, &error)));
    if copied.is_err() {
        let _ = fs::remove_file(&part);
    }
    copied
}

/// The edits that make this project out of nothing.
fn everything(project: &Project) -> Vec<Edit> {
    let meta = project.all_meta().map(|(key, value)| Edit::Meta(key.into(), Some(value.into())));
    let tables = project.tables().map(|(id, table)| Edit::Table(id, Some(table.clone())));
    let runs = project.runs().map(|(id, run)| Edit::Run(id, Some(run.clone())));
    let items = project.raw_items().map(|(key, value)| Edit::Item(key.clone(), Some(value.clone())));
    meta.chain(tables).chain(runs).chain(items).collect()
}

fn write_group(connection: &mut Connection, edits: &[Edit]) -> rusqlite::Result<()> {
    let json_error = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let transaction = connection.transaction()?;
    for edit in edits {
        match edit {
            Edit::Meta(key, Some(value)) => {
                transaction.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [key, value])?
            }
            Edit::Meta(key, None) => transaction.execute("DELETE FROM meta WHERE key = ?1", [key])?,
            Edit::Table(id, Some(table)) => transaction.execute(
                "INSERT OR REPLACE INTO source_table VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    id.0,
                    table.name,
                    table.kind.key(),
                    table.rows() as i64,
                    serde_json::to_string(table).map_err(json_error)?
                ],
            )?,
            Edit::Table(id, None) => transaction.execute("DELETE FROM source_table WHERE id = ?1", [id.0])?,
            Edit::Run(id, Some(run)) => transaction.execute(
                "INSERT OR REPLACE INTO run VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    id.0,
                    run.stage.key(),
                    run.method,
                    run.made_at.0,
                    serde_json::to_string(run).map_err(json_error)?
                ],
            )?,
            Edit::Run(id, None) => transaction.execute("DELETE FROM run WHERE id = ?1", [id.0])?,
            Edit::Item(key, Some(value)) => transaction
                .execute("INSERT OR REPLACE INTO item VALUES (?1, ?2, ?3)", [&key.kind, &key.id, &value.to_string()])?,
            Edit::Item(key, None) => {
                transaction.execute("DELETE FROM item WHERE kind = ?1 AND id = ?2", [&key.kind, &key.id])?
            }
        };
    }
    transaction.commit()
}

enum LoadError {
    Sql(rusqlite::Error),
    Json(String),
}

impl From<rusqlite::Error> for LoadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

fn load(connection: &Connection) -> Result<Project, LoadError> {
    let mut edits = Vec::new();
    let mut statement = connection.prepare("SELECT key, value FROM meta")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        edits.push(Edit::Meta(row.get(0)?, Some(row.get(1)?)));
    }
    let mut statement = connection.prepare("SELECT id, json FROM source_table")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let table: Table = parse("table", &row.get::<_, String>(1)?)?;
        edits.push(Edit::Table(TableId(row.get(0)?), Some(table)));
    }
    let mut statement = connection.prepare("SELECT id, json FROM run")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let run: Run = parse("run", &row.get::<_, String>(1)?)?;
        edits.push(Edit::Run(RunId(row.get(0)?), Some(run)));
    }
    let mut statement = connection.prepare("SELECT kind, id, json FROM item")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = ItemKey { kind: row.get(0)?, id: row.get(1)? };
        edits.push(Edit::Item(key, Some(parse("item", &row.get::<_, String>(2)?)?)));
    }
    let mut project = Project::default();
    project.apply_all(&edits).map_err(|error| LoadError::Json(error.to_string()))?;
    Ok(project)
}

fn parse<T: serde::de::DeserializeOwned>(what: &str, json: &str) -> Result<T, LoadError> {
    serde_json::from_str(json).map_err(|error| LoadError::Json(format!("{what}: {error}")))
}

/// A fingerprint of a blob in the text form used as its key.
pub(super) fn blob_key(blob: Fingerprint) -> String {
    blob.to_string()
}

#[cfg(test)]
mod tests {
    use super::uri_path;

    /// As sqlite.org/uri.html writes them.
    #[test]
    fn paths_become_uris() {
        assert_eq!(uri_path("/home/a b/50% #1?.shopwright", false), "/home/a b/50%25 %231%3f.shopwright");
        assert_eq!(uri_path(r"C:\shop\a.shopwright", true), "/C:/shop/a.shopwright");
        assert_eq!(uri_path(r"\\?\C:\shop\a.shopwright", true), "/C:/shop/a.shopwright");
        assert_eq!(uri_path(r"\\server\share\a.shopwright", true), "////server/share/a.shopwright");
        assert_eq!(uri_path(r"a\b.shopwright", true), "a/b.shopwright");
    }
}
