//! The whole shop: what comes out, that it is always the same, and that `sample-data/` is what it makes.

use std::fs;
use std::path::Path;

use polars::prelude::*;

use super::*;
use crate::stage::data::kind::{Role, TableKind};

fn small() -> SampleRecipe {
    SampleRecipe { users: 300, products: 90, events: 9_000, reviews: 400, seed: 7 }
}

fn bytes_in_pool(threads: usize, recipe: &SampleRecipe) -> Vec<(String, Vec<u8>)> {
    let dir = tempfile::tempdir().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let summary = pool.install(|| write_files(recipe, dir.path(), &Monitor::quiet())).unwrap();
    summary.files.iter().map(|f| (f.name.clone(), fs::read(dir.path().join(&f.name)).unwrap())).collect()
}

#[test]
fn same_bytes_on_one_thread_and_on_two() {
    let (one, two) = (bytes_in_pool(1, &small()), bytes_in_pool(2, &small()));
    assert_eq!(one.len(), 8);
    for ((name, a), (_, b)) in one.iter().zip(&two) {
        assert!(a == b, "{name} differs between 1 and 2 threads");
    }
    let other = bytes_in_pool(2, &SampleRecipe { seed: 8, ..small() });
    assert!(other.iter().zip(&two).all(|(a, b)| a.1 != b.1), "another seed gave the same file");
}

/// `SHOPWRIGHT_WRITE_SAMPLE=1 cargo test --release --lib sample_data` writes the folder anew.
#[test]
fn sample_data_is_what_the_generator_makes() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let recipe = SampleRecipe::default();
    if std::env::var_os("SHOPWRIGHT_WRITE_SAMPLE").is_some_and(|v| v == "1") {
        write_files(&recipe, &kept, &Monitor::quiet()).unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let summary = write_files(&recipe, dir.path(), &Monitor::quiet()).unwrap();
    let mut whole = 0;
    for file in &summary.files {
        let made = fs::read(dir.path().join(&file.name)).unwrap();
        let there = fs::read(kept.join(&file.name)).unwrap_or_default();
        assert!(made == there, "sample-data/{} is not what the generator makes", file.name);
        assert_eq!(made.len() as u64, file.bytes);
        if file.name.ends_with(".csv") && file.name != "messy_encoding.csv" {
            let lines = String::from_utf8(made).unwrap().lines().count() as u64;
            assert_eq!(lines, file.rows + 1, "{}", file.name);
        }
        whole += file.bytes;
    }
    assert!(whole < 8_000_000, "{whole} bytes");
}

fn table<'a>(tables: &'a [SampleTable], name: &str) -> &'a DataFrame {
    &tables.iter().find(|t| t.name == name).unwrap().frame
}

#[test]
fn tables_hold_what_the_files_hold() {
    let recipe = small();
    let dir = tempfile::tempdir().unwrap();
    write_files(&recipe, dir.path(), &Monitor::quiet()).unwrap();
    let tables = tables(&recipe, &Monitor::quiet()).unwrap();
    assert_eq!(tables.len(), 5);
    for table in &tables {
        let text = fs::read_to_string(dir.path().join(format!("{}.csv", table.name))).unwrap();
        let header = text.lines().next().unwrap();
        let names: Vec<String> = table.frame.get_column_names().iter().map(|n| n.to_string()).collect();
        assert_eq!(header, names.join(","), "{}", table.name);
        assert_eq!(names, table.roles.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
        assert_eq!(text.lines().count(), table.frame.height() + 1, "{}", table.name);
        // Read by somebody else's reader, every cell says the same.
        let read = CsvReadOptions::default()
            .with_parse_options(CsvParseOptions::default().with_missing_is_null(table.name != "user_behavior"))
            .try_into_reader_with_file_path(Some(dir.path().join(format!("{}.csv", table.name))))
            .unwrap()
            .finish()
            .unwrap();
        for name in &names {
            let ours = table.frame.column(name).unwrap();
            if matches!(ours.dtype(), DataType::Datetime(..) | DataType::Date) {
                let text = read.column(name).unwrap().str().unwrap().clone();
                let ours = ours.cast(&DataType::String).unwrap();
                let same = ours.str().unwrap().iter().zip(text.iter()).all(|(a, b)| a.unwrap().starts_with(b.unwrap()));
                assert!(same, "{}.{name}", table.name);
            } else {
                let theirs = read.column(name).unwrap().cast(ours.dtype()).unwrap();
                assert!(ours.equals_missing(&theirs), "{}.{name}", table.name);
            }
        }
    }
    assert_eq!(tables[2].kind, TableKind::Events);
    assert!(tables[2].roles.contains(&("dwell_seconds".to_owned(), Role::Dwell)));
    let time = table(&tables, "events").column("time").unwrap();
    assert_eq!(time.dtype(), &DataType::Datetime(TimeUnit::Milliseconds, None));
    assert_eq!(table(&tables, "users").height(), 300);
}

#[test]
fn the_main_events_are_clean() {
    let shop = Shop::make(&small(), &Monitor::quiet()).unwrap();
    assert_eq!(shop.events.len(), 9_000);
    assert!(shop.events.is_sorted());
    let mut bought = 0;
    for event in &shop.events {
        assert!(event.second < calendar::DAYS as u32 * calendar::DAY_SECONDS);
        assert!((event.user as usize) < 300 && (event.product as usize) < 90);
        let first = i64::from(shop.people[event.user as usize].registered) * 86_400;
        assert!(i64::from(event.second) >= first, "an event before its user registered");
        assert_eq!(event.dwell > 0, event.kind == events::VIEW);
        assert_eq!(event.pieces > 0 && event.price > 0, event.kind == events::PURCHASE);
        bought += u32::from(event.kind == events::PURCHASE);
    }
    assert!((400..1_500).contains(&bought), "{bought} purchases");
    for review in &shop.reviews {
        assert!((1..=5).contains(&review.stars) && !review.text.is_empty() && !review.text.contains('{'));
    }
}

#[test]
fn cancelled_work_leaves_nothing() {
    let monitor = Monitor::quiet();
    monitor.cancel();
    let dir = tempfile::tempdir().unwrap();
    let result = write_files(&small(), dir.path(), &monitor);
    assert!(matches!(result, Err(SampleError::Cancelled(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    assert!(matches!(tables(&small(), &monitor), Err(SampleError::Cancelled(_))));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("taken");
    fs::write(&file, "x").unwrap();
    let result = write_files(&small(), &file, &Monitor::quiet());
    assert!(matches!(result, Err(SampleError::Io { path, .. }) if path == file));
    assert_eq!(fs::read(&file).unwrap(), b"x");
}

#[test]
fn odd_sizes_work_too() {
    for (users, products, events, reviews) in [(1, 1, 1, 1), (1, 401, 50, 0), (50, 3, 10, 10), (5, 900, 4_000, 10)] {
        let recipe = SampleRecipe { users, products, events, reviews, seed: 0 };
        let tables = tables(&recipe, &Monitor::quiet()).unwrap();
        let rows: Vec<usize> = tables.iter().map(|t| t.frame.height()).collect();
        let expected = [u64::from(products), u64::from(users), events, u64::from(reviews), u64::from(users)];
        assert_eq!(rows, expected.map(|n| n as usize));
        let dir = tempfile::tempdir().unwrap();
        write_files(&recipe, dir.path(), &Monitor::quiet()).unwrap();
    }
    assert!(tables(&SampleRecipe { users: 0, ..small() }, &Monitor::quiet()).is_err());
}

#[test]
fn the_truth_is_json_and_names_every_user_and_product() {
    let files = bytes_in_pool(2, &small());
    let (_, text) = files.iter().find(|(name, _)| name == "truth.json").unwrap();
    let truth: serde_json::Value = serde_json::from_slice(text).unwrap();
    assert_eq!(truth["recipe"]["users"], 300);
    let users = truth["user_type"].as_object().unwrap();
    assert_eq!((users.len(), truth["product_style"].as_object().unwrap().len()), (300, 90));
    for (kind, profile) in truth["types"].as_array().unwrap().iter().enumerate() {
        let count = users.values().filter(|key| **key == profile["key"]).count();
        assert_eq!(profile["users"], count, "type {kind}");
        assert_eq!(profile["taste"].as_array().unwrap().len(), 8);
    }
}
