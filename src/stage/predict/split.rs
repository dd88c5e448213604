//! Which rows a model learns from and which it is judged on.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::error::{PredictError, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "split", rename_all = "snake_case")]
pub enum SplitRecipe {
    /// One test part of `test_share` of the rows, drawn at random.
    Holdout { test_share: f64, stratified: bool },
    /// Every row is in the test part of exactly one of `folds`.
    KFold { folds: usize, stratified: bool },
    /// The latest `test_share` of the rows in `folds` consecutive test parts; each is predicted from all rows
    /// strictly before its first. Rows without a time are left out.
    ByTime { column: String, test_share: f64, folds: usize },
    /// The fold of each row of the table, counted from 0, as another program dealt them.
    Given { fold_of: Vec<u32> },
}

impl Default for SplitRecipe {
    fn default() -> Self {
        Self::KFold { folds: 5, stratified: true }
    }
}

impl SplitRecipe {
    pub fn check(&self) -> Result<()> {
        let bad = PredictError::recipe;
        let is_share = |s: &f64| (0.01..=0.9).contains(s);
        match self {
            Self::Holdout { test_share, .. } if !is_share(test_share) => Err(bad("test_share", "0.01 to 0.9")),
            Self::KFold { folds, .. } if !(2..=50).contains(folds) => Err(bad("folds", "2 to 50")),
            Self::ByTime { test_share, .. } if !is_share(test_share) => Err(bad("test_share", "0.01 to 0.9")),
            Self::ByTime { folds, .. } if !(1..=50).contains(folds) => Err(bad("folds", "1 to 50")),
            Self::Given { fold_of } if fold_of.iter().any(|&f| f >= 1000) => Err(bad("fold_of", "below 1000")),
            Self::Given { fold_of } if fold_of.iter().max().is_none_or(|&f| f == 0) => {
                Err(bad("fold_of", "at least two folds"))
            }
            _ => Ok(()),
        }
    }
}

/// Row numbers, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    pub train: Vec<u32>,
    pub test: Vec<u32>,
}

/// What a split looks at: `n` rows, their classes (to keep their shares equal in every part), their times.
pub struct Rows<'a> {
    pub n: usize,
    pub classes: Option<&'a [f64]>,
    /// NaN where a row has none.
    pub times: Option<&'a [f64]>,
}

/// Deals the rows. The same rows, recipe and seed give the same folds.
pub fn deal(recipe: &SplitRecipe, rows: &Rows<'_>, seed: u64) -> Result<Vec<Fold>> {
    recipe.check()?;
    if let SplitRecipe::KFold { folds, .. } = recipe
        && rows.n < *folds
    {
        return Err(PredictError::TooFewRows { rows: rows.n, needed: *folds });
    }
    let folds = match recipe {
        SplitRecipe::Holdout { test_share, stratified } => {
            let is_test = holdout(rows.n, *test_share, rows.classes.filter(|_| *stratified), seed);
            vec![part(rows.n, |i| is_test[i])]
        }
        SplitRecipe::KFold { folds, stratified } => {
            let fold_of = match rows.classes.filter(|_| *stratified) {
                Some(classes) => stratified_folds(classes, *folds, seed),
                None => shuffled_folds(rows.n, *folds, seed),
            };
            by_fold(&fold_of)
        }
        SplitRecipe::Given { fold_of } => by_fold(fold_of),
        SplitRecipe::ByTime { test_share, folds, .. } => by_time(rows.times.unwrap_or(&[]), *test_share, *folds),
    };
    let needed = 2 * folds.len().max(1);
    if folds.is_empty() || folds.iter().any(|f| f.train.len() < 2 || f.test.is_empty()) {
        return Err(PredictError::TooFewRows { rows: rows.n, needed });
    }
    Ok(folds)
}

fn part(n: usize, is_test: impl Fn(usize) -> bool) -> Fold {
    let (test, train) = (0..n as u32).partition(|&i| is_test(i as usize));
    Fold { train, test }
}

fn by_fold(fold_of: &[u32]) -> Vec<Fold> {
    let most = fold_of.iter().max().map_or(0, |m| m + 1);
    (0..most).filter(|f| fold_of.contains(f)).map(|f| part(fold_of.len(), |i| fold_of[i] == f)).collect()
}

fn shuffled(mut rows: Vec<u32>, rng: &mut ChaCha8Rng) -> Vec<u32> {
    rows.shuffle(rng);
    rows
}

/// A fold for each of `n` rows; sizes differ by one at most.
pub(super) fn shuffled_folds(n: usize, folds: usize, seed: u64) -> Vec<u32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut fold_of = vec![0; n];
    for (place, row) in shuffled((0..n as u32).collect(), &mut rng).into_iter().enumerate() {
        fold_of[row as usize] = (place % folds.max(1)) as u32;
    }
    fold_of
}

/// As [`shuffled_folds`], with the rows of each class dealt out evenly.
pub(super) fn stratified_folds(classes: &[f64], folds: usize, seed: u64) -> Vec<u32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut fold_of = vec![0; classes.len()];
    let mut place = 0;
    for class in [1.0, 0.0] {
        let rows = (0..classes.len() as u32).filter(|&i| classes[i as usize] == class).collect();
        for row in shuffled(rows, &mut rng) {
            fold_of[row as usize] = (place % folds.max(1)) as u32;
            place += 1;
        }
    }
    fold_of
}

fn holdout(n: usize, share: f64, classes: Option<&[f64]>, seed: u64) -> Vec<bool> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let groups: Vec<Vec<u32>> = match classes {
        Some(classes) => {
            let of = |class: f64| (0..n as u32).filter(|&i| classes[i as usize] == class).collect();
            vec![of(0.0), of(1.0)]
        }
        None => vec![(0..n as u32).collect()],
    };
    let mut is_test = vec![false; n];
    for group in groups {
        let count = (group.len() as f64 * share).round() as usize;
        for row in shuffled(group, &mut rng).into_iter().take(count) {
            is_test[row as usize] = true;
        }
    }
    is_test
}

fn by_time(times: &[f64], share: f64, folds: usize) -> Vec<Fold> {
    let mut order: Vec<u32> = (0..times.len() as u32).filter(|&i| times[i as usize].is_finite()).collect();
    order.sort_by(|&a, &b| times[a as usize].total_cmp(&times[b as usize]).then(a.cmp(&b)));
    let tested = ((order.len() as f64 * share).round() as usize).min(order.len());
    let first = order.len() - tested;
    let edge = |f: usize| first + tested * f / folds;
    let fold = |f: usize| {
        let mut test = order[edge(f)..edge(f + 1)].to_vec();
        let since = test.first().map_or(f64::NEG_INFINITY, |&i| times[i as usize]);
        let mut train: Vec<u32> = order[..edge(f)].iter().copied().filter(|&i| times[i as usize] < since).collect();
        test.sort_unstable();
        train.sort_unstable();
        Fold { train, test }
    };
    (0..folds).map(fold).filter(|f| !f.test.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize) -> Rows<'static> {
        Rows { n, classes: None, times: None }
    }

    #[test]
    fn every_row_is_tested_once_and_never_trained_on_then() {
        let folds = deal(&SplitRecipe::KFold { folds: 7, stratified: false }, &rows(100), 3).expect("deals");
        let mut seen = vec![0; 100];
        for fold in &folds {
            assert!((14..=15).contains(&fold.test.len()));
            assert_eq!(fold.train.len() + fold.test.len(), 100);
            assert!(fold.test.iter().all(|i| fold.train.binary_search(i).is_err()));
            fold.test.iter().for_each(|&i| seen[i as usize] += 1);
        }
        assert_eq!(seen, vec![1; 100]);
    }

    #[test]
    fn seeds_decide_the_folds() {
        let deal = |seed| deal(&SplitRecipe::default(), &rows(50), seed).expect("deals");
        assert_eq!(deal(1), deal(1));
        assert_ne!(deal(1), deal(2));
    }

    #[test]
    fn classes_keep_their_shares() {
        let classes: Vec<f64> = (0..100).map(|i| f64::from(i % 10 == 0)).collect();
        let rows = Rows { n: 100, classes: Some(&classes), times: None };
        for recipe in [
            SplitRecipe::KFold { folds: 5, stratified: true },
            SplitRecipe::Holdout { test_share: 0.2, stratified: true },
        ] {
            for fold in deal(&recipe, &rows, 9).expect("deals") {
                assert_eq!(fold.test.len(), 20);
                assert_eq!(fold.test.iter().filter(|&&i| classes[i as usize] == 1.0).count(), 2);
            }
        }
    }

    #[test]
    fn by_time_the_past_predicts_the_future() {
        let times: Vec<f64> = (0..40).map(|i| f64::from((i * 7) % 20)).collect();
        let rows = Rows { n: 40, classes: None, times: Some(&times) };
        let recipe = SplitRecipe::ByTime { column: "t".into(), test_share: 0.5, folds: 4 };
        let folds = deal(&recipe, &rows, 0).expect("deals");
        assert_eq!(folds.len(), 4);
        for fold in &folds {
            let latest = fold.train.iter().map(|&i| times[i as usize]).fold(f64::NEG_INFINITY, f64::max);
            let earliest = fold.test.iter().map(|&i| times[i as usize]).fold(f64::INFINITY, f64::min);
            assert!(latest < earliest);
        }
        assert!(folds[3].train.len() > folds[0].train.len());
    }

    #[test]
    fn given_folds_are_taken_as_they_are() {
        let recipe = SplitRecipe::Given { fold_of: vec![0, 1, 0, 2, 1, 2] };
        let folds = deal(&recipe, &rows(6), 0).expect("deals");
        assert_eq!(folds[1], Fold { train: vec![0, 2, 3, 5], test: vec![1, 4] });
    }

    #[test]
    fn too_few_rows_and_settings_out_of_range_are_refused() {
        let few = deal(&SplitRecipe::KFold { folds: 5, stratified: false }, &rows(3), 0);
        assert!(matches!(few, Err(PredictError::TooFewRows { rows: 3, .. })));
        for recipe in [
            SplitRecipe::KFold { folds: 1, stratified: false },
            SplitRecipe::Holdout { test_share: 1.0, stratified: false },
            SplitRecipe::Given { fold_of: vec![0, 0] },
            SplitRecipe::Given { fold_of: vec![] },
        ] {
            assert!(matches!(recipe.check(), Err(PredictError::Recipe { .. })));
        }
    }
}
