//! Measures segmentation beside what a user would pick instead.
//! `cargo bench --bench segment_peers -- kmeans MATRIX.f64 [rows]` times one k-means fit (k-means++ once, k = 8, to
//! convergence) on the matrix that `kmeans_sklearn.py` writes, five times, and prints one JSON line with the best; run
//! the script in the same folder just before or after and divide.
//! `… -- rules [customers]` times a rule of events, features and groups on a made-up shop of ten events a customer.
//! `… -- noise [runs]` says on how many structureless clouds the search for k finds none (even and normal).
#![allow(clippy::print_stdout)]

use std::time::Instant;

use ndarray::Array2;
use polars::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use shopwright::base::Monitor;
use shopwright::stage::data::features::{EventColumns, EventKind, Feature, FeatureInput, FeatureRecipe};
use shopwright::stage::segment::choose_k::{ChooseKRecipe, Verdict, choose_k};
use shopwright::stage::segment::ground::Ground;
use shopwright::stage::segment::kmeans::{KMeansRecipe, fit};
use shopwright::stage::segment::rule::{self, Compare, Deed, Rule, RuleData, Within};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.first().map(String::as_str) {
        Some("kmeans") => kmeans(args.get(1).ok_or("no matrix")?, args.get(2).map_or(Ok(1_000_000), |n| n.parse())?),
        Some("noise") => noise(args.get(1).map_or(Ok(200), |n| n.parse())?),
        Some("rules") => rules(args.get(1).map_or(Ok(1_000_000), |n| n.parse())?),
        _ => Err("say kmeans MATRIX.f64, or noise".into()),
    }
}

fn kmeans(path: &str, rows: usize) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path)?;
    let numbers = bytes.chunks_exact(8).map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]));
    let values = Array2::from_shape_vec((rows, 8), numbers.collect())?;
    let (mut best, mut inertia, mut iterations) = (f64::INFINITY, 0.0, 0);
    for _ in 0..5 {
        let began = Instant::now();
        let recipe = KMeansRecipe { k: 8, starts: 1, max_iterations: 100, ..KMeansRecipe::default() };
        let found = fit(values.view(), &recipe, &Monitor::quiet())?;
        best = began.elapsed().as_secs_f64().min(best);
        (inertia, iterations) = (found.inertia, found.iterations);
    }
    let threads = rayon::current_num_threads();
    println!(
        "{}",
        serde_json::json!({"fit_s": best, "inertia": inertia, "iterations": iterations, "threads": threads})
    );
    Ok(())
}

fn rules(customers: u32) -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rows = customers as usize * 10;
    let kinds = ["view", "view", "view", "cart", "purchase"];
    let events = df![
        "user" => (0..rows).map(|_| rng.random_range(0..customers)).collect::<Vec<u32>>(),
        "item" => (0..rows).map(|_| rng.random_range(0..5_000_u32)).collect::<Vec<_>>(),
        "event" => (0..rows).map(|i| kinds[i % 5]).collect::<Vec<_>>(),
        "time" => (0..rows).map(|_| 1_700_000_000 + rng.random_range(0..15_552_000_i64)).collect::<Vec<_>>(),
        "price" => (0..rows).map(|_| rng.random_range(1.0..100.0)).collect::<Vec<f64>>(),
        "category" => (0..rows).map(|i| ["tea", "bowls", "lamps", "rugs"][i / 5 % 4]).collect::<Vec<_>>(),
    ]?;
    let some = |name: &str| Some(name.to_owned());
    let columns = EventColumns {
        user: "user".into(),
        item: "item".into(),
        time: "time".into(),
        event: some("event"),
        price: some("price"),
        category: some("category"),
        ..EventColumns::default()
    };
    let input = FeatureInput { events, columns, products: None, reviews: None };
    let began = Instant::now();
    let recipe = FeatureRecipe {
        features: Some(vec![Feature::Recency, Feature::Orders, Feature::Monetary]),
        ..Default::default()
    };
    let ground = Ground::from_events(&input, &recipe, None, &Monitor::quiet())?;
    let ready = began.elapsed().as_secs_f64();
    let events = ground.events.as_ref().ok_or("no events")?;
    let tea = Deed { event: Some(EventKind::Purchase), category: some("tea"), item: None };
    let feature = Rule::Feature { feature: "monetary".into(), compare: Compare::AtLeast, value: 50.0 };
    let rule = Rule::All {
        of: vec![
            Rule::Did { what: tea, least: 2, most: None, within: Within::AnyDays(60) },
            Rule::Any { of: vec![feature, Rule::StoppedBuying { orders: 1, quiet_days: 30 }] },
            Rule::Not { of: Box::new(Rule::Spent { least: Some(400.0), most: None, within: Within::LastDays(90) }) },
        ],
    };
    let data = RuleData {
        features: &ground.frame,
        events: Some((&events.index, &events.places)),
        properties: None,
        rfm: None,
        segments: &[],
        today: ground.today.unwrap_or_default(),
    };
    let mut best = f64::INFINITY;
    let mut count = 0;
    for _ in 0..5 {
        let began = Instant::now();
        count = rule::run(&rule, &data, &Monitor::quiet())?.count;
        best = began.elapsed().as_secs_f64().min(best);
    }
    println!(
        "{}",
        serde_json::json!({"customers": ground.frame.height(), "events": rows, "ready_s": ready, "rule_s": best, "met": count})
    );
    Ok(())
}

fn noise(runs: u64) -> Result<(), Box<dyn std::error::Error>> {
    for (name, even) in [("even", true), ("normal", false)] {
        let mut none = 0;
        for seed in 0..runs {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let columns = 2 + (seed % 7) as usize;
            let rows = [200, 600, 2000][(seed % 3) as usize];
            let draw = |rng: &mut ChaCha8Rng| if even { rng.random() } else { StandardNormal.sample(rng) };
            let values = Array2::from_shape_simple_fn((rows, columns), || draw(&mut rng));
            let recipe = ChooseKRecipe { seed, ..ChooseKRecipe::default() };
            let found = choose_k(values.view(), &recipe, &Monitor::quiet())?;
            none += u64::from(found.verdict == Verdict::None);
        }
        println!("{}", serde_json::json!({"cloud": name, "runs": runs, "told_none": none}));
    }
    Ok(())
}
