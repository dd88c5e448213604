//! A process that writes is killed at random moments: the file stays whole and holds every edit reported saved.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use shopwright::project::{Edit, Project};
use shopwright::store::Store;
use shopwright::store::blob::NewBlob;

const ROLE: &str = "SHOPWRIGHT_TEST_WRITES_TO";

/// Not a test of its own: what the killed process runs. Prints the number of each edit after it is saved.
#[test]
fn writer_to_be_killed() {
    let Some(path) = std::env::var_os(ROLE) else { return };
    let path = Path::new(&path);
    let opened = Store::open(path).expect("opens");
    let mut store = opened.store;
    let first: u64 = opened.project.meta("count").and_then(|n| n.parse().ok()).unwrap_or(0);
    for n in first + 1.. {
        if n % 5 == 0 {
            store.put_blob(&NewBlob::new(vec![n as u8; 40_000])).expect("written");
        }
        let group = [
            Edit::Meta("count".into(), Some(n.to_string())),
            Edit::Meta(format!("edit {n}"), Some("z".repeat((n % 7) as usize * 300))),
        ];
        store.write(&group).expect("written");
        println!("saved {n}");
    }
}

fn run_and_kill(path: &Path, after: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "crash::writer_to_be_killed", "--nocapture", "--test-threads=1"])
        .env(ROLE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    // The clock starts at the first saved edit, so that every round is killed while writing.
    let mut last = 0;
    let number = |line: &str| line.split("saved ").nth(1).and_then(|n| n.trim().parse().ok());
    for line in lines.by_ref() {
        if let Some(n) = number(&line.expect("text")) {
            last = n;
            break;
        }
    }
    std::thread::sleep(after);
    // SIGKILL on Unix: nothing of the process runs any more.
    child.kill().expect("killed");
    child.wait().expect("ended");
    for line in lines.map_while(Result::ok) {
        last = number(&line).unwrap_or(last);
    }
    last
}

#[test]
fn a_hundred_kills_lose_nothing_that_was_reported_saved() {
    let folder = tempfile::TempDir::new().expect("temp folder");
    let path = folder.path().join("killed.shopwright");
    Store::create(&path, &Project::named("Killed")).expect("created").close().expect("closed");
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut total = 0;
    for round in 0..100 {
        let reported = run_and_kill(&path, Duration::from_micros(random.random_range(0..15_000)));
        let connection = rusqlite::Connection::open(&path).expect("sqlite");
        let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(verdict, "ok", "round {round}");
        drop(connection);
        let project = Store::open_to_read(&path).expect("opens").project;
        let count: u64 = project.meta("count").and_then(|n| n.parse().ok()).unwrap_or(0);
        assert!(count >= reported, "round {round}: {reported} reported, {count} there");
        // Groups are whole: the counter and its edit came together.
        for n in 1..=count {
            assert!(project.meta(&format!("edit {n}")).is_some(), "round {round}: edit {n} of {count} is missing");
        }
        total = count;
    }
    assert!(total > 100, "only {total} edits in all");
}
