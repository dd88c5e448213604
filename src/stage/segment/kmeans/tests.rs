use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use ndarray::{Array2, array, s};
use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::stage::segment::agreement::adjusted_rand;

/// `n` points round `centres` in turn, normal with the given deviation.
fn blobs(n: usize, centres: &[Vec<f64>], deviation: f64, seed: u64) -> (Array2<f64>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let x = Array2::from_shape_fn((n, centres[0].len()), |(i, j)| {
        let noise: f64 = StandardNormal.sample(&mut rng);
        centres[i % centres.len()][j] + deviation * noise
    });
    (x, (0..n).map(|i| (i % centres.len()) as u32).collect())
}

fn corners() -> Vec<Vec<f64>> {
    vec![vec![0.0, 0.0, 0.0], vec![6.0, 0.0, 0.0], vec![0.0, 6.0, 0.0], vec![0.0, 0.0, 6.0]]
}

fn run(x: &Array2<f64>, k: usize) -> Result<KMeansFit, SegmentError> {
    fit(x.view(), &KMeansRecipe { k, ..KMeansRecipe::default() }, &Monitor::quiet())
}

#[test]
fn four_points_by_hand() {
    let x = array![[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 4.0], [10.0, 2.0]];
    let found = run(&x, 2).unwrap();
    assert_eq!(found.labels, [1, 1, 0, 0, 0]);
    assert_eq!(found.model.centres, [[10.0, 2.0], [0.0, 1.0]]);
    assert_eq!(found.sizes, [3, 2]);
    assert!((found.inertia - 10.0).abs() < 1e-12);
    assert!(found.converged);
}

#[test]
fn planted_corners_are_found_and_the_model_predicts_as_linfa_models_do() {
    let (x, truth) = blobs(30_000, &corners(), 1.0, 3);
    let found = run(&x, 4).unwrap();
    assert!(adjusted_rand(&found.labels, &truth) > 0.98);
    let predicted = found.model.predict(&x);
    assert!(predicted.iter().zip(&found.labels).all(|(a, b)| *a == *b as usize));
}

#[test]
fn the_same_as_linfa_from_the_same_start() {
    let (x, _) = blobs(3_000, &corners(), 2.5, 5);
    let start = x.slice(s![..4, ..]).to_owned();
    let recipe = KMeansRecipe { k: 4, tolerance: 0.0, ..KMeansRecipe::default() };
    let ours = fit_from(x.view(), start.view(), &recipe, &Monitor::quiet()).unwrap();
    let theirs = linfa_clustering::KMeans::params(4)
        .init_method(linfa_clustering::KMeansInit::Precomputed(start))
        .n_runs(1)
        .max_n_iterations(1000)
        .tolerance(1e-12)
        .fit(&DatasetBase::from(x.clone()))
        .unwrap();
    // linfa reports the mean squared distance.
    let inertia = theirs.inertia() * x.nrows() as f64;
    assert!((ours.inertia - inertia).abs() < 1e-6 * inertia, "{} {inertia}", ours.inertia);
}

#[test]
fn one_thread_or_three_give_the_same_bits() {
    let (x, _) = blobs(40_000, &corners(), 3.0, 8);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&x, 6).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn bad_input_is_told() {
    let x = array![[1.0], [1.0], [1.0], [2.0]];
    assert!(matches!(run(&x, 5), Err(SegmentError::TooFewCustomers { have: 4, need: 5 })));
    assert!(matches!(run(&x, 3), Err(SegmentError::TooFewDifferent { have: 2, need: 3 })));
    assert!(matches!(run(&x, 0), Err(SegmentError::Recipe { field: "k", .. })));
    assert_eq!(run(&x, 2).unwrap().sizes, [3, 1]);
    let monitor = Monitor::quiet();
    monitor.cancel();
    let cancelled = fit(x.view(), &KMeansRecipe { k: 2, ..KMeansRecipe::default() }, &monitor);
    assert!(matches!(cancelled, Err(SegmentError::Cancelled(_))));
}

#[test]
fn the_few_who_differ_are_found_outside_the_sample() {
    let mut x = Array2::zeros((20_000, 2));
    x[[7, 0]] = 5.0;
    x[[19_000, 1]] = 5.0;
    let recipe = KMeansRecipe { k: 3, start_sample: 100, ..KMeansRecipe::default() };
    let found = fit(x.view(), &recipe, &Monitor::quiet()).unwrap();
    assert_eq!(found.sizes, [19_998, 1, 1]);
    assert_eq!(found.inertia, 0.0);
}

#[test]
fn an_empty_cluster_takes_the_farthest_row() {
    let x = array![[0.0], [1.0], [2.0], [30.0]];
    let start = array![[1.0], [1000.0]];
    let found = fit_from(x.view(), start.view(), &KMeansRecipe::default(), &Monitor::quiet()).unwrap();
    assert_eq!(found.sizes, [3, 1]);
}
