//! Least squares on 1,000,000 x 20 and a random forest of 200 trees on 100,000 x 20, beside numpy and scikit-learn.
//!
//! `python benches/predict_peers.py make DIR`, then in turn `PEERS=DIR cargo bench --bench predict_peers -- ols` and
//! `python benches/predict_peers.py ols DIR` (the same with `forest`). One JSON line a run.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use shopwright::base::Monitor;
use shopwright::stage::predict::encode::{Encoded, Meaning};
use shopwright::stage::predict::forest::{self, ForestRecipe};
use shopwright::stage::predict::linear;
use shopwright::stage::predict::matrix::Matrix;
use shopwright::stage::predict::target::Task;

const COLUMNS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let what = std::env::args().skip(1).find(|a| !a.starts_with("--")).unwrap_or_else(|| "ols".into());
    let folder = std::env::var("PEERS").map_err(|_| "say PEERS=DIR; see the head of this file")?;
    let (x, y) = read(&std::path::Path::new(&folder).join(format!("{what}.f64")))?;
    let monitor = Monitor::quiet();
    for _ in 0..if what == "ols" { 3 } else { 1 } {
        let began = Instant::now();
        let told = if what == "ols" {
            let name = |j: usize| Encoded { name: format!("x{j}"), feature: j, meaning: Meaning::Value };
            let names: Vec<Encoded> = (0..COLUMNS).map(name).collect();
            serde_json::json!({ "first": linear::fit(&x, &y, &names, &monitor)?.weights[0] })
        } else {
            let forest = forest::fit(&x, &y, &ForestRecipe::default(), Task::Classification, &monitor)?;
            let leaves: usize = forest.trees.iter().map(|t| t.leaves()).sum();
            serde_json::json!({ "leaves": leaves as f64 / forest.trees.len() as f64 })
        };
        println!("{}", serde_json::json!({ "ours": what, "seconds": began.elapsed().as_secs_f64(), "told": told }));
    }
    Ok(())
}

fn read(path: &std::path::Path) -> std::io::Result<(Matrix, Vec<f64>)> {
    let bytes = std::fs::read(path)?;
    let numbers: Vec<f64> =
        bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap_or_default())).collect();
    let rows = numbers.len() / (COLUMNS + 1);
    let column = |j: usize| (0..rows).map(|i| numbers[i * (COLUMNS + 1) + j]).collect();
    Ok((Matrix::from_columns(rows, (0..COLUMNS).map(column).collect()), column(COLUMNS)))
}
