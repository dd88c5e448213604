//! Recommenders beside the Python package `implicit` and a numpy EASE, in one run on the same split: leave-last-out,
//! seen or not, all items ranked. Ours and the peer's take turns, each round from its own seed, the same number for
//! both: one start of a factorisation is worth ±0.003 of Recall@20 by itself, for either. Printed, one JSON line a
//! file and algorithm: mean NDCG@10 and Recall@20, median seconds of the fit and of the top 20 for all customers,
//! differences and ratios (a time ratio under 1 and a difference above 0 are in our favour). Stops when the two did
//! not test the same number of customers.
//!
//! `cargo bench --bench recommend_peers -- EVENTS.csv… [--rounds 5] [--python PYTHON --script rec_implicit.py]
//! [--reg 40] [--alpha 10] [--lam 250] [--factors 64] [--iterations 15] [--algos als,ease]`; a file's first two
//! columns are user and item, in time order. `--reg` is λ of the least squares and `--lam` that of EASE, for both.
//! The generated shop: `shopwright sample --users 6000 --products 3700 --events 1000000`, its `events.csv`.
#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use shopwright::base::Monitor;
use shopwright::base::time::Moment;
use shopwright::stage::recommend::als::AlsRecipe;
use shopwright::stage::recommend::bpr::BprRecipe;
use shopwright::stage::recommend::ease::EaseRecipe;
use shopwright::stage::recommend::evaluate::{EvaluateRecipe, evaluate};
use shopwright::stage::recommend::popular::PopularRecipe;
use shopwright::stage::recommend::split::Split;
use shopwright::stage::recommend::*;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Options(HashMap<String, String>);

impl Options {
    fn number(&self, name: &str, default: f32) -> f32 {
        self.0.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench").peekable();
    let mut paths = Vec::new();
    while let Some(path) = args.next_if(|arg| !arg.starts_with("--")) {
        paths.push(path);
    }
    if paths.is_empty() {
        println!("no events file given, nothing measured");
    }
    let mut options = Options(HashMap::new());
    while let (Some(name), Some(value)) = (args.next(), args.next()) {
        options.0.insert(name.trim_start_matches("--").to_owned(), value);
    }
    let rounds = options.number("rounds", 5.0).max(1.0) as u64;
    let algos = options.0.get("algos").cloned().unwrap_or_else(|| "als,ease".to_owned());
    for path in &paths {
        let data = read(path)?;
        for algo in algos.split(',') {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for seed in 0..rounds {
                ours.push(measure(&data, algo, seed, &options)?);
                theirs.extend(peer(path, algo, seed, &options)?);
            }
            let mut row = report(algo, &ours, &theirs)?;
            row["file"] = path.as_str().into();
            println!("{row}");
        }
    }
    Ok(())
}

fn read(path: &str) -> Result<Interactions> {
    let mut log = EventLog::default();
    for (row, line) in std::fs::read_to_string(path)?.lines().skip(1).enumerate() {
        let mut fields = line.split(',');
        let (user, item) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        let (kind, time) = (EventKind::View, Moment(row as i64));
        log.push(RawEvent { user, item, kind, time, quantity: None, order: None })?;
    }
    Ok(Interactions::new(&log, WeightRecipe::seen_or_not(), &Monitor::quiet())?)
}

fn model(data: &Interactions, algo: &str, options: &Options) -> Result<ModelRecipe> {
    let (factors, iterations) = (options.number("factors", 64.0) as usize, options.number("iterations", 15.0) as usize);
    Ok(match Algorithm::from_key(algo).ok_or("unknown algorithm")? {
        Algorithm::Als => {
            let recipe = AlsRecipe {
                factors,
                iterations,
                penalty: 1.0,
                confidence: options.number("alpha", 10.0) - 1.0,
                steps: options.number("steps", 3.0) as usize,
            };
            // λ is the same for both; ours is said in parts of the pairs that there are.
            let penalty = options.number("reg", 40.0) / recipe.lambda(&data.matrix);
            ModelRecipe::Als(AlsRecipe { penalty, ..recipe })
        }
        Algorithm::Ease => {
            ModelRecipe::Ease(EaseRecipe { penalty: options.number("lam", 250.0), ..EaseRecipe::default() })
        }
        Algorithm::Bpr => ModelRecipe::Bpr(BprRecipe { factors, ..BprRecipe::default() }),
        Algorithm::Popular => ModelRecipe::Popular(PopularRecipe { half_life_days: None, by_category: 0.0 }),
        other => ModelRecipe::of(other),
    })
}

fn measure(data: &Interactions, algo: &str, seed: u64, options: &Options) -> Result<Value> {
    let (weights, monitor) = (WeightRecipe::seen_or_not(), Monitor::quiet());
    let model = model(data, algo, options)?;
    let entries = vec![Recipe { weights, model: model.clone(), seed }];
    let recipe = EvaluateRecipe { split: Split::LastOut, entries, resamples: 0, ..EvaluateRecipe::default() };
    let got = evaluate(data, &Catalogue::absent(), &recipe, &monitor)?;
    let row = got.algos[0].flat();
    let fitted = model.fit(data, &Catalogue::absent(), 0, &monitor)?;
    let users: Vec<u32> = (0..data.user_count() as u32).collect();
    let began = Instant::now();
    let lists = rank_users(fitted.as_ref(), data, &users, 20, skip_seen(data), &monitor)?;
    let top20 = began.elapsed().as_secs_f64();
    let longest = users.iter().copied().max_by_key(|&user| data.matrix.row_len(user as usize)).unwrap_or(0);
    let mut history = data.history(longest).events().to_vec();
    history.pop();
    let began = Instant::now();
    let best = dense::top_n(&scores_of(fitted.as_ref(), &data.imagine(history)), 20);
    let fold_in = began.elapsed().as_secs_f64() * 1000.0;
    Ok(json!({"ndcg10": row["ndcg@10"], "recall20": row["recall@20"], "seconds": row["fit_seconds"], "eval_s": top20,
        "users": got.users, "items": got.items, "lists": lists.len(), "fold_in_ms": fold_in, "best": best.len()}))
}

fn peer(path: &str, algo: &str, seed: u64, options: &Options) -> Result<Option<Value>> {
    let (Some(python), Some(script)) = (options.0.get("python"), options.0.get("script")) else { return Ok(None) };
    let mut command = Command::new(python);
    command.args([script.as_str(), path, "--algo", if algo == "popular" { "pop" } else { algo }]);
    command.args(["--seed".to_owned(), seed.to_string()]);
    for (name, default) in [("reg", 40.0), ("alpha", 10.0), ("lam", 250.0), ("factors", 64.0), ("iterations", 15.0)] {
        let value = options.number(name, default);
        command.args([format!("--{name}"), value.to_string()]);
    }
    let output = command.output()?;
    let text = String::from_utf8(output.stdout)?;
    let Some(line) = text.lines().rev().find(|line| line.starts_with('{')) else {
        return Err(format!("the peer said nothing: {}", String::from_utf8_lossy(&output.stderr)).into());
    };
    Ok(Some(serde_json::from_str(line)?))
}

fn median(rows: &[Value], key: &str) -> f64 {
    let mut values: Vec<f64> = rows.iter().filter_map(|row| row[key].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn mean(rows: &[Value], key: &str) -> f64 {
    let values: Vec<f64> = rows.iter().filter_map(|row| row[key].as_f64()).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn report(algo: &str, ours: &[Value], theirs: &[Value]) -> Result<Value> {
    let users = &ours[0]["users"];
    if let Some(other) = theirs.iter().find(|row| row["users"] != *users) {
        return Err(format!("not the same split: {users} customers tested here, {} there", other["users"]).into());
    }
    let mut row = json!({"algo": algo, "users": users, "items": ours[0]["items"], "rounds": ours.len(),
        "fold_in_ms": median(ours, "fold_in_ms")});
    type Middle = fn(&[Value], &str) -> f64;
    let told: [(&str, Middle); 4] = [("ndcg10", mean), ("recall20", mean), ("seconds", median), ("eval_s", median)];
    for (key, middle) in told {
        row[format!("our_{key}")] = middle(ours, key).into();
        if !theirs.is_empty() {
            row[format!("their_{key}")] = middle(theirs, key).into();
        }
    }
    if !theirs.is_empty() {
        for key in ["ndcg10", "recall20"] {
            row[format!("{key}_difference")] = (mean(ours, key) - mean(theirs, key)).into();
        }
        for (name, key) in [("fit_ratio", "seconds"), ("top20_ratio", "eval_s")] {
            row[name] = (median(ours, key) / median(theirs, key)).into();
        }
    }
    Ok(row)
}
