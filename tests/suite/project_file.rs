//! Files that are not as they should be: each has its own clear error, and none is changed by looking.

use std::fs;
use std::path::{Path, PathBuf};

use shopwright::base::time::Moment;
use shopwright::project::{Edit, Project};
use shopwright::store::{Access, Store, StoreError, schema};
use tempfile::TempDir;

fn folder() -> TempDir {
    TempDir::new().expect("temp folder")
}

fn project_with(items: usize) -> Project {
    let mut project = Project::named("Fixture");
    let edits: Vec<_> = (0..items).map(|i| Edit::Meta(format!("key {i}"), Some("x".repeat(400)))).collect();
    project.apply_all(&edits).expect("fits");
    project
}

fn made(path: &Path, items: usize) -> Project {
    let project = project_with(items);
    Store::create(path, &project).expect("created").close().expect("closed");
    project
}

/// Opening fails with `expected` and leaves every byte as it was.
fn refused(path: &Path, expected: impl Fn(&StoreError) -> bool) {
    let before = fs::read(path).expect("readable");
    for open in [Store::open, Store::open_to_read] {
        match open(path) {
            Ok(_) => panic!("{path:?} was opened"),
            Err(error) => assert!(expected(&error), "{error}"),
        }
    }
    assert_eq!(fs::read(path).expect("readable"), before);
    let name = path.file_name().expect("name");
    let others = fs::read_dir(path.parent().expect("folder")).expect("folder").map(|e| e.expect("entry").file_name());
    assert_eq!(others.filter(|other| other != name).count(), 0, "something was left beside {path:?}");
}

fn sql(path: &Path, statement: &str) {
    // Written as a user's other tool might: through the store's own library, outside of the program.
    let connection = rusqlite::Connection::open(path).expect("sqlite");
    connection.execute_batch(statement).expect("statement");
}

#[test]
fn what_was_written_is_read_back() {
    let folder = folder();
    let path = folder.path().join("a.shopwright");
    let project = made(&path, 20);
    let opened = Store::open(&path).expect("opens");
    assert_eq!(opened.project, project);
    assert_eq!(opened.store.access(), Access::Write);
    opened.store.close().expect("closes");
    assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1, "one file is left");
}

#[test]
fn files_that_are_no_projects_are_told_apart() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        let sub = folder.path().join(name);
        fs::create_dir(&sub).expect("folder");
        let path = sub.join("f.shopwright");
        fs::write(&path, bytes).expect("written");
        path
    };
    refused(&write("zero", b""), |e| matches!(e, StoreError::Empty(_)));
    refused(&write("text", b"order,user\n1,2\n"), |e| matches!(e, StoreError::NotAProject(_)));
    refused(&write("long text", &b"just words ".repeat(500)), |e| matches!(e, StoreError::NotAProject(_)));

    let whole = folder.path().join("whole.shopwright");
    made(&whole, 60);
    let bytes = fs::read(&whole).expect("readable");
    for share in [0.2, 0.5, 0.99] {
        let cut = (bytes.len() as f64 * share) as usize;
        refused(&write(&format!("cut {share}"), &bytes[..cut]), |e| matches!(e, StoreError::Damaged { .. }));
    }
    refused(&write("header", &bytes[..60]), |e| matches!(e, StoreError::Damaged { .. }));

    let other = write("other sqlite", b"");
    fs::remove_file(&other).expect("removed");
    sql(&other, "CREATE TABLE t (x); INSERT INTO t VALUES (1);");
    refused(&other, |e| matches!(e, StoreError::NotAProject(_)));
    assert!(matches!(Store::open(&folder.path().join("gone")), Err(StoreError::NotFound(_))));
}

#[test]
fn a_newer_file_is_refused_politely() {
    let folder = folder();
    let path = folder.path().join("newer.shopwright");
    made(&path, 3);
    sql(&path, &format!("PRAGMA user_version = {}", schema::VERSION + 1));
    refused(&path, |e| matches!(e, StoreError::Newer { found, known, .. } if found > known));
}

#[test]
fn a_damaged_page_never_panics() {
    let folder = folder();
    let path = folder.path().join("whole.shopwright");
    made(&path, 60);
    let bytes = fs::read(&path).expect("readable");
    for at in (100..bytes.len()).step_by(997) {
        let mut broken = bytes.clone();
        let end = (at + 64).min(broken.len());
        broken[at..end].fill(0xA5);
        let path = folder.path().join("broken.shopwright");
        fs::write(&path, &broken).expect("written");
        // Some damage lies where nothing is stored; what is told of must be a typed error.
        if let Ok(opened) = Store::open(&path) {
            let _ = opened.store.close();
        }
        let _ = fs::remove_file(&path);
    }
}

#[test]
fn a_read_only_file_or_folder_is_opened_for_reading() {
    let folder = folder();
    let path = folder.path().join("a.shopwright");
    let project = made(&path, 5);
    let set = |path: &Path, read_only: bool| {
        let mut permissions = fs::metadata(path).expect("there").permissions();
        permissions.set_readonly(read_only);
        fs::set_permissions(path, permissions).expect("set");
    };
    set(&path, true);
    let mut opened = Store::open(&path).expect("opens");
    assert_eq!((opened.store.access(), &opened.project), (Access::ReadBecauseReadOnly, &project));
    let refused = opened.store.write(&[Edit::Meta("name".into(), Some("no".into()))]);
    assert!(matches!(refused, Err(StoreError::ReadOnly(_))));
    drop(opened);
    set(&path, false);

    if cfg!(unix) {
        let before = fs::read(&path).expect("readable");
        set(folder.path(), true);
        let opened = Store::open(&path).expect("opens");
        assert_eq!((opened.store.access(), &opened.project), (Access::ReadBecauseReadOnly, &project));
        drop(opened);
        set(folder.path(), false);
        assert_eq!(fs::read(&path).expect("readable"), before);
        let impossible = Store::create(Path::new("/proc/self/new.shopwright"), &project);
        assert!(matches!(impossible, Err(StoreError::ReadOnly(_) | StoreError::NotFound(_))));
    }
}

#[test]
fn a_full_disk_is_told_and_what_was_saved_stays() {
    let folder = folder();
    let path = folder.path().join("full.shopwright");
    let mut store = Store::create(&path, &Project::named("Full")).expect("created");
    store.limit_pages(store.page_count().expect("pages") + 4).expect("limited");
    let big = |i: usize| vec![Edit::Meta(format!("k{i}"), Some("y".repeat(3000)))];
    let mut saved = 0;
    let error = loop {
        match store.write(&big(saved)) {
            Ok(()) => saved += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::DiskFull(_)), "{error}");
    // With room again the same group goes in.
    store.limit_pages(100_000).expect("limit lifted");
    store.write(&big(saved)).expect("written on retry");
    store.close().expect("closed");
    let project = Store::open(&path).expect("opens").project;
    assert_eq!(project.all_meta().filter(|(key, _)| key.starts_with('k')).count(), saved + 1);
}

#[test]
fn one_writer_at_a_time() {
    let folder = folder();
    let path = folder.path().join("a.shopwright");
    made(&path, 1);
    let first = Store::open(&path).expect("opens");
    let second = Store::open(&path).expect("opens");
    assert_eq!(first.store.access(), Access::Write);
    assert_eq!(second.store.access(), Access::ReadBecauseInUse);
    drop((first, second));
    assert_eq!(Store::open(&path).expect("opens").store.access(), Access::Write);
}

#[test]
fn a_copy_is_whole_and_never_replaces() {
    let folder = folder();
    let path = folder.path().join("a.shopwright");
    let project = made(&path, 9);
    let opened = Store::open(&path).expect("opens");
    let copy = folder.path().join("b.shopwright");
    opened.store.save_copy(&copy).expect("copied");
    assert_eq!(Store::open_to_read(&copy).expect("opens").project, project);
    assert!(matches!(opened.store.save_copy(&copy), Err(StoreError::Exists(_))));
    let nowhere = opened.store.save_copy(&folder.path().join("no/such/folder/c.shopwright"));
    assert!(nowhere.is_err());
}

/// A project as each version of the file's schema wrote it, kept in `tests/fixtures/project`.
#[test]
fn a_file_of_every_schema_version_opens() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/project");
    for version in 1..=schema::VERSION {
        let fixture = fixtures.join(format!("version-{version}.shopwright"));
        if std::env::var_os("SHOPWRIGHT_WRITE_FIXTURE").is_some() && !fixture.exists() {
            fs::create_dir_all(&fixtures).expect("folder");
            Store::create(&fixture, &project_with(3)).expect("created").close().expect("closed");
        }
        let folder = folder();
        let path = folder.path().join("old.shopwright");
        fs::copy(&fixture, &path).unwrap_or_else(|error| panic!("{fixture:?}: {error}"));
        let opened = Store::open(&path).expect("an old file opens");
        assert_eq!(opened.project, project_with(3));
        assert_eq!(opened.backup.is_some(), version < schema::VERSION);
    }
}

#[test]
fn moments_have_a_plain_form() {
    assert_eq!(Moment(0).iso(), "1970-01-01T00:00:00Z");
}
