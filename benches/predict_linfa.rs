//! The predict stage's own fits beside linfa's on the same made-up rows: why they are our own.
//!
//! `cargo bench --bench predict_linfa`: least squares, logistic regression, elastic net and a tree on 100,000 x 20, a
//! Gaussian support vector machine on 3,000 x 20. Each line tells both times and, on rows that neither has seen, both
//! mistakes (root mean squared error, or share of wrong classes at a half).
#![allow(clippy::print_stdout)]

use std::time::Instant;

use linfa::prelude::*;
use ndarray::{Array1, Array2, Ix1};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shopwright::base::Monitor;
use shopwright::stage::predict::encode::{Encoded, Meaning};
use shopwright::stage::predict::linear;
use shopwright::stage::predict::logistic::{self, LogisticRecipe};
use shopwright::stage::predict::matrix::Matrix;
use shopwright::stage::predict::penalised::{self, PenalisedRecipe};
use shopwright::stage::predict::svm::{self, SvmRecipe};
use shopwright::stage::predict::target::Task;
use shopwright::stage::predict::tree::{self, TreeRecipe};

type Outcome = Result<(), Box<dyn std::error::Error>>;
const COLUMNS: usize = 20;

/// The same rows for both: columns, rows, numbers to fit and classes.
struct Data {
    ours: Matrix,
    theirs: Array2<f64>,
    number: Vec<f64>,
    class: Vec<f64>,
}

impl Data {
    /// A line of half of the columns with noise; the class is whether it is above 0.
    fn make(rows: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut even = || rng.random::<f64>() * 2.0 - 1.0;
        let columns: Vec<Vec<f64>> = (0..COLUMNS).map(|_| (0..rows).map(|_| even()).collect()).collect();
        let line = |i: usize| (0..COLUMNS / 2).map(|j| columns[j][i] * (1.0 + j as f64 / 5.0)).sum::<f64>();
        let number: Vec<f64> = (0..rows).map(|i| line(i) + even() + even()).collect();
        let class = number.iter().map(|v| f64::from(*v > 0.0)).collect();
        let theirs = Array2::from_shape_fn((rows, COLUMNS), |(i, j)| columns[j][i]);
        Self { ours: Matrix::from_columns(rows, columns), theirs, number, class }
    }

    fn numbers(&self) -> Dataset<f64, f64, Ix1> {
        Dataset::new(self.theirs.clone(), Array1::from(self.number.clone()))
    }

    fn classes(&self) -> Dataset<f64, usize, Ix1> {
        Dataset::new(self.theirs.clone(), self.class.iter().map(|c| *c as usize).collect())
    }
}

fn main() -> Outcome {
    let monitor = Monitor::quiet();
    let name = |j: usize| Encoded { name: format!("x{j}"), feature: j, meaning: Meaning::Value };
    let names: Vec<Encoded> = (0..COLUMNS).map(name).collect();
    let (data, unseen) = (Data::make(100_000, 1), Data::make(20_000, 2));
    let (numbers, classes) = (data.numbers(), data.classes());

    let (ours, a) = timed(|| linear::fit(&data.ours, &data.number, &names, &monitor))?;
    let (theirs, b) = timed(|| linfa_linear::LinearRegression::default().fit(&numbers))?;
    tell("least squares", (a, rmse(&ours.predict(&unseen.ours), &unseen.number)), {
        (b, rmse(&theirs.predict(&unseen.theirs).to_vec(), &unseen.number))
    });

    let (ours, a) = timed(|| logistic::fit(&data.ours, &data.class, &names, &LogisticRecipe::default(), &monitor))?;
    let model = linfa_logistic::LogisticRegression::default().alpha(0.0).max_iterations(200);
    let (theirs, b) = timed(|| model.fit(&classes))?;
    let found: Vec<f64> = theirs.predict(&unseen.theirs).iter().map(|c| *c as f64).collect();
    tell("logistic", (a, wrong(&ours.predict(&unseen.ours), &unseen.class)), (b, wrong(&found, &unseen.class)));

    // One penalty; ours also computes the whole path of 60 that is drawn, and five folds of it.
    let recipe = PenalisedRecipe { l1_ratio: 0.5, penalty: Some(0.05), ..PenalisedRecipe::default() };
    let ((ours, _), a) = timed(|| penalised::fit(&data.ours, &data.number, &names, &recipe, &monitor))?;
    let net = linfa_elasticnet::ElasticNet::params().penalty(0.05).l1_ratio(0.5);
    let (theirs, b) = timed(|| net.fit(&numbers))?;
    tell("elastic net", (a, rmse(&ours.predict(&unseen.ours), &unseen.number)), {
        (b, rmse(&theirs.predict(&unseen.theirs).to_vec(), &unseen.number))
    });

    let recipe = TreeRecipe { max_depth: 6, min_leaf: 20, min_gain: 0.0 };
    let (ours, a) = timed(|| tree::fit(&data.ours, &data.class, &recipe, Task::Classification, &monitor))?;
    let params = linfa_trees::DecisionTree::params().max_depth(Some(6)).min_weight_leaf(20.0);
    let (theirs, b) = timed(|| params.fit(&classes))?;
    let own: Vec<f64> = (0..unseen.ours.rows).map(|i| ours.score(&unseen.ours.row(i))).collect();
    let found: Vec<f64> = theirs.predict(&unseen.theirs).iter().map(|c| *c as f64).collect();
    tell("tree", (a, wrong(&own, &unseen.class)), (b, wrong(&found, &unseen.class)));

    let data = Data::make(3_000, 3);
    let recipe = SvmRecipe::default();
    let (ours, a) = timed(|| svm::fit(&data.ours, &data.class, &names, &recipe, Task::Classification, &monitor))?;
    let targets: Array1<bool> = data.class.iter().map(|c| *c > 0.5).collect();
    let classes = Dataset::new(data.theirs.clone(), targets);
    let variance = 1.0 / 3.0;
    let machine =
        linfa_svm::Svm::<f64, bool>::params().gaussian_kernel(COLUMNS as f64 * variance).pos_neg_weights(1.0, 1.0);
    let (theirs, b) = timed(|| machine.fit(&classes))?;
    let own = ours.predict(&unseen.ours, &monitor)?;
    let found: Vec<f64> = theirs.predict(&unseen.theirs).iter().map(|c: &bool| f64::from(*c)).collect();
    tell("Gaussian SVM", (a, wrong(&own, &unseen.class)), (b, wrong(&found, &unseen.class)));
    Ok(())
}

fn timed<T, E>(work: impl Fn() -> Result<T, E>) -> Result<(T, f64), E> {
    let began = Instant::now();
    let first = work()?;
    let mut least = began.elapsed().as_secs_f64();
    // What is quick is timed thrice.
    for _ in 0..if least < 1.0 { 2 } else { 0 } {
        let began = Instant::now();
        work()?;
        least = least.min(began.elapsed().as_secs_f64());
    }
    Ok((first, least))
}

fn tell(what: &str, (ours, mistake): (f64, f64), (theirs, mistakes): (f64, f64)) {
    let line = serde_json::json!({ "fit": what, "our_seconds": ours, "linfa_seconds": theirs, "ratio": ours / theirs,
        "our_mistake": mistake, "linfa_mistake": mistakes });
    println!("{line}");
}

fn rmse(found: &[f64], wanted: &[f64]) -> f64 {
    let squares: f64 = found.iter().zip(wanted).map(|(a, b)| (a - b).powi(2)).sum();
    (squares / wanted.len() as f64).sqrt()
}

fn wrong(chances: &[f64], classes: &[f64]) -> f64 {
    let wrong = chances.iter().zip(classes).filter(|(chance, class)| (**chance >= 0.5) != (**class >= 0.5)).count();
    wrong as f64 / classes.len() as f64
}
