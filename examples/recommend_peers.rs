//! Measures recommenders the way `rec_implicit.py` measures its peers: leave-last-out, seen or not, full ranking.
//! `recommend_peers EVENTS.csv ALGO [penalty] [confidence] [seed]`, one JSON line; the file's first columns are user and item.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use shopwright::base::Monitor;
use shopwright::base::time::Moment;
use shopwright::stage::recommend::als::AlsRecipe;
use shopwright::stage::recommend::ease::EaseRecipe;
use shopwright::stage::recommend::evaluate::{EvaluateRecipe, evaluate};
use shopwright::stage::recommend::popular::PopularRecipe;
use shopwright::stage::recommend::split::Split;
use shopwright::stage::recommend::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (path, algo) = (args.first().ok_or("no file")?, args.get(1).ok_or("no algorithm")?);
    let number = |at: usize, default: f32| args.get(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    let mut log = EventLog::default();
    for (row, line) in std::fs::read_to_string(path)?.lines().skip(1).enumerate() {
        let mut fields = line.split(',');
        let (user, item) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        let (kind, time) = (EventKind::View, Moment(row as i64));
        log.push(RawEvent { user, item, kind, time, quantity: None, order: None })?;
    }
    let weights = WeightRecipe::seen_or_not();
    let monitor = Monitor::quiet();
    let began = Instant::now();
    let data = Interactions::new(&log, weights, &monitor)?;
    let prepare = began.elapsed().as_secs_f64();
    // λ as the peer takes it, on the training part: one pair a customer is held out.
    let unit = AlsRecipe { penalty: 1.0, ..AlsRecipe::default() }.lambda(&data.matrix) - 1.0;
    let model = match Algorithm::from_key(algo).ok_or("unknown algorithm")? {
        Algorithm::Als => ModelRecipe::Als(AlsRecipe {
            factors: 64,
            iterations: 15,
            penalty: number(2, 10.0) / unit,
            confidence: number(3, 9.0),
            steps: 3,
        }),
        Algorithm::Ease => ModelRecipe::Ease(EaseRecipe { penalty: number(2, 250.0), ..EaseRecipe::default() }),
        Algorithm::Popular => ModelRecipe::Popular(PopularRecipe { half_life_days: None, by_category: 0.0 }),
        Algorithm::Bpr => ModelRecipe::Bpr(bpr::BprRecipe {
            epochs: number(2, 60.0) as usize,
            rate: number(3, 0.05),
            ..Default::default()
        }),
        other => ModelRecipe::of(other),
    };
    let entries = vec![Recipe { weights, model: model.clone(), seed: number(4, 0.0) as u64 }];
    let recipe = EvaluateRecipe { split: Split::LastOut, entries, ..EvaluateRecipe::default() };
    let got = evaluate(&data, &Catalogue::absent(), &recipe, &monitor)?;
    let row = got.algos[0].flat();
    let fitted = model.fit(&data, &Catalogue::absent(), 0, &monitor)?;
    let users: Vec<u32> = (0..data.user_count() as u32).collect();
    let began = Instant::now();
    let lists = rank_users(fitted.as_ref(), &data, &users, 20, skip_seen(&data), &monitor)?;
    let top20 = began.elapsed().as_secs_f64();
    let longest = users.iter().copied().max_by_key(|&user| data.matrix.row_len(user as usize)).unwrap_or(0);
    let mut history = data.history(longest).events().to_vec();
    history.pop();
    let began = Instant::now();
    let changed = data.imagine(history);
    let best = dense::top_n(&scores_of(fitted.as_ref(), &changed), 20);
    let fold_in = began.elapsed().as_secs_f64();
    println!(
        "{}",
        serde_json::json!({"name": algo, "ndcg10": row["ndcg@10"], "recall20": row["recall@20"],
            "coverage10": row["coverage@10"], "users": got.users, "items": got.items, "prepare": prepare,
            "fit": row["fit_seconds"], "rank": row["rank_seconds"], "top20_all": top20, "lists": lists.len(),
            "fold_in_ms_longest": fold_in * 1000.0, "events_longest": changed.events().len(), "best": best[0].item})
    );
    Ok(())
}
