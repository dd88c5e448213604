//! The whole shop: what comes out, and that it is always the same.

use std::fs;

use super::*;

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
