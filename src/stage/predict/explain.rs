//! What drives a model: which features it leans on, how its scores move with one, and what pushed one row's
//! score up and down.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::encode::{How, Meaning};
use super::error::{PredictError, Result};
use super::frame::{Frame, Values};
use super::linear::Band;
use super::matrix::Matrix;
use super::model::{Fitted, FittedModel};
use super::score::{self, Metric};
use super::shap;
use super::svm::Svm;
use super::target::Task;
use crate::base::monitor::{Monitor, Step};

/// How much worse the model gets when a feature's values are dealt to the wrong rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    pub feature: usize,
    /// The mean loss of the metric (of AUC, or the rise of RMSE) over the repeats, and its deviation.
    pub loss: f64,
    pub sd: f64,
}

/// At most so many rows an effect is averaged over; more give the same picture more slowly.
const ROWS: usize = 20_000;

/// Permutation importance on at most `most_rows` rows of `frame`, whose labels are `y`; the largest first. On rows that the
/// model has not seen it tells what helps it there.
pub fn importance(
    model: &FittedModel,
    frame: &Frame,
    y: &[f64],
    (repeats, most_rows): (usize, usize),
    seed: u64,
    monitor: &Monitor,
) -> Result<Vec<Importance>> {
    if y.len() != frame.rows {
        return Err(PredictError::LabelCount { labels: y.len(), rows: frame.rows });
    }
    let rows: Vec<u32> = spread(frame.rows, most_rows.max(1));
    let y: Vec<f64> = rows.iter().map(|&i| y[i as usize]).collect();
    let x = encoded(model, frame, &rows)?;
    let metric = Metric::usual(model.target.task);
    let judge = |x: &Matrix| -> Result<f64> {
        let scores = model.predict(x, monitor)?;
        let metrics = match model.target.task {
            Task::Classification => score::classification(&y, &scores, 0.5),
            Task::Regression => score::regression(&y, &scores, None),
        };
        let value = metrics.get(&metric).copied().unwrap_or(0.0);
        Ok(if metric.is_better_high() { value } else { -value })
    };
    let usual = judge(&x)?;
    let features = model.encoder.parts.len();
    let mut found = Vec::with_capacity(features);
    for feature in 0..features {
        monitor.report(Step::Explaining, feature as u64, features as u64);
        let columns = columns_of(model, feature);
        let mut losses = Vec::with_capacity(repeats);
        for repeat in 0..repeats.max(1) {
            monitor.check()?;
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream((feature * repeats.max(1) + repeat) as u64 + 1);
            let mut order: Vec<u32> = (0..x.rows as u32).collect();
            order.shuffle(&mut rng);
            let mut dealt = x.clone();
            for &j in &columns {
                let from = x.col(j);
                dealt.col_mut(j).iter_mut().zip(&order).for_each(|(v, &i)| *v = from[i as usize]);
            }
            losses.push(usual - judge(&dealt)?);
        }
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        let variance = losses.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / losses.len() as f64;
        found.push(Importance { feature, loss: mean, sd: variance.sqrt() });
    }
    found.sort_by(|a, b| b.loss.total_cmp(&a.loss));
    Ok(found)
}

fn columns_of(model: &FittedModel, feature: usize) -> Vec<usize> {
    let columns = model.encoder.columns.iter().enumerate();
    columns.filter(|(_, c)| c.feature == feature).map(|(j, _)| j).collect()
}

/// At most `most` row numbers, evenly over the table.
pub(super) fn spread(rows: usize, most: usize) -> Vec<u32> {
    let count = rows.min(most);
    (0..count).map(|k| (k as u64 * rows as u64 / count as u64) as u32).collect()
}

pub(super) fn encoded(model: &FittedModel, frame: &Frame, rows: &[u32]) -> Result<Matrix> {
    let check = model.check(frame);
    if !check.fits() {
        return Err(PredictError::DoesNotFit { check: Box::new(check) });
    }
    Ok(model.encoder.apply(frame, rows))
}

/// A value that a feature is set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    Number(f64),
    YesNo(bool),
    Level(String),
    OtherLevels,
    Missing,
}

/// Scores when a feature of every row is set to each value in turn (Friedman 2001), and the curves of single
/// rows (Goldstein et al. 2015).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartialDependence {
    pub feature: usize,
    pub settings: Vec<Setting>,
    pub mean: Vec<f64>,
    /// A curve for each of some rows: row number, and a score for each setting.
    pub curves: Vec<(u32, Vec<f64>)>,
}

/// Over at most `rows` rows and `grid` values; `curves` single rows are kept.
pub fn partial_dependence(
    model: &FittedModel,
    frame: &Frame,
    feature: usize,
    (rows, grid, curves): (usize, usize, usize),
    monitor: &Monitor,
) -> Result<PartialDependence> {
    let settings = settings(model, frame, feature, grid)?;
    let taken = spread(frame.rows, rows.max(1));
    let x = encoded(model, frame, &taken)?;
    let kept = spread(taken.len(), curves);
    let mut found = PartialDependence {
        feature,
        settings,
        mean: Vec::new(),
        curves: kept.iter().map(|&k| (taken[k as usize], Vec::new())).collect(),
    };
    for (i, setting) in found.settings.iter().enumerate() {
        monitor.check()?;
        monitor.report(Step::Explaining, i as u64, found.settings.len() as u64);
        let scores = model.predict(&set(model, &x, feature, setting), monitor)?;
        found.mean.push(scores.iter().sum::<f64>() / scores.len().max(1) as f64);
        for (k, (_, curve)) in kept.iter().zip(&mut found.curves) {
            curve.push(scores[*k as usize]);
        }
    }
    Ok(found)
}

/// The mean score when the feature of every row is `from`, and when it is `to`: "from 24 in 100 at 20 minutes to
/// 30 in 100 at 30 minutes".
pub fn effect(
    model: &FittedModel,
    frame: &Frame,
    feature: usize,
    (from, to): (&Setting, &Setting),
    monitor: &Monitor,
) -> Result<(f64, f64)> {
    if feature >= model.encoder.parts.len() {
        return Err(PredictError::recipe("feature", "no such feature"));
    }
    let x = encoded(model, frame, &spread(frame.rows, ROWS))?;
    let mean = |setting: &Setting| -> Result<f64> {
        let scores = model.predict(&set(model, &x, feature, setting), monitor)?;
        Ok(scores.iter().sum::<f64>() / scores.len().max(1) as f64)
    };
    Ok((mean(from)?, mean(to)?))
}

/// The score along one feature and its 95 % band: the fit line of a linear or logistic regression. Everything else
/// stays as it is with each customer, and the mean is taken, so that the line says what [`effect`] says. Empty for
/// models that have no band, and for features that are not numbers.
pub fn fit_line(model: &FittedModel, frame: &Frame, feature: usize, grid: usize) -> Result<Vec<(f64, Band)>> {
    const ROWS: usize = 1_000;
    let x = match &model.fitted {
        // The mean over rows of a line is the line at the mean of the rows.
        Fitted::Linear(l) => Matrix { rows: 1, cols: l.means.len(), data: l.means.clone() },
        Fitted::Logistic(_) => encoded(model, frame, &spread(frame.rows, ROWS))?,
        _ => return Ok(Vec::new()),
    };
    let band = |x: &Matrix| match &model.fitted {
        Fitted::Linear(l) => l.band(&x.row(0)),
        Fitted::Logistic(l) => l.mean_band(x),
        _ => None,
    };
    let at = |setting: &Setting| match setting {
        Setting::Number(v) => band(&set(model, &x, feature, setting)).map(|b| (*v, b)),
        _ => None,
    };
    Ok(settings(model, frame, feature, grid)?.iter().filter_map(at).collect())
}

/// Quantiles of a number from the 1st to the 99th hundredth; every level of a category.
fn settings(model: &FittedModel, frame: &Frame, feature: usize, grid: usize) -> Result<Vec<Setting>> {
    let part = model.encoder.parts.get(feature).ok_or_else(|| PredictError::recipe("feature", "no such feature"))?;
    match (&part.how, &frame.column(&part.name)?.values) {
        (How::Number { .. }, Values::YesNo(_)) => Ok(vec![Setting::YesNo(false), Setting::YesNo(true)]),
        (How::Number { .. }, Values::Number(v)) => {
            let mut present: Vec<f64> = v.iter().copied().filter(|v| v.is_finite()).collect();
            present.sort_by(f64::total_cmp);
            let last = present.len().saturating_sub(1) as f64;
            let steps = grid.max(2) - 1;
            let at = |k: usize| present.get((last * (0.01 + 0.98 * k as f64 / steps as f64)).round() as usize).copied();
            let mut values: Vec<f64> = (0..=steps).filter_map(at).collect();
            values.dedup();
            Ok(values.into_iter().map(Setting::Number).collect())
        }
        (How::Levels { reference, levels, others, gaps, .. }, _) => {
            let named = reference.iter().chain(levels).cloned().map(Setting::Level);
            let rest = others.then_some(Setting::OtherLevels).into_iter().chain(gaps.then_some(Setting::Missing));
            Ok(named.chain(rest).collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// The rows with the feature's columns as they are for `setting`.
pub(super) fn set(model: &FittedModel, x: &Matrix, feature: usize, setting: &Setting) -> Matrix {
    let mut x = x.clone();
    for j in columns_of(model, feature) {
        let value = match (&model.encoder.columns[j].meaning, setting) {
            (Meaning::Value, Setting::Number(v)) => *v,
            (Meaning::YesNo, Setting::YesNo(yes)) => f64::from(*yes),
            (Meaning::Level(own), Setting::Level(level)) => f64::from(own == level),
            (Meaning::OtherLevels, Setting::OtherLevels) | (Meaning::Gap, Setting::Missing) => 1.0,
            (Meaning::Value | Meaning::YesNo, _) => match &model.encoder.parts[feature].how {
                How::Number { fill, .. } => *fill,
                How::Levels { .. } => 0.0,
            },
            _ => 0.0,
        };
        x.col_mut(j).fill(value);
    }
    x
}

/// In which units a row's contributions add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Units {
    /// The target's own, or the chance of yes.
    Score,
    /// Log odds: the chance is `1 / (1 + exp(-sum))`.
    LogOdds,
    /// A support vector machine's decision value.
    Decision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exactness {
    /// Weight times distance from the mean.
    Linear,
    /// Shapley values of trees, against the training rows.
    Trees,
    /// Shapley values over 400 sampled orders, against a row of the training means; the sum is exact.
    Sampled,
}

/// What pushed one row's score up and down: `base + Σ contributions = total`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    pub row: usize,
    pub units: Units,
    pub exactness: Exactness,
    pub base: f64,
    /// One a feature.
    pub contributions: Vec<f64>,
    pub total: f64,
    /// The score that the total stands for.
    pub score: f64,
}

pub fn explain(model: &FittedModel, frame: &Frame, row: usize, monitor: &Monitor) -> Result<Explanation> {
    if row >= frame.rows {
        return Err(PredictError::NoRow { row, rows: frame.rows });
    }
    monitor.check()?;
    let x = encoded(model, frame, &[row as u32])?;
    let values = x.row(0);
    let score = model.predict(&x, monitor)?[0];
    let (units, exactness, base, by_column) = by_column(model, &values);
    let contributions = model.encoder.by_feature(&by_column);
    let total = base + contributions.iter().sum::<f64>();
    Ok(Explanation { row, units, exactness, base, contributions, total, score })
}

fn by_column(model: &FittedModel, row: &[f64]) -> (Units, Exactness, f64, Vec<f64>) {
    let trees = |trees: &[super::tree::Tree], start: f64, scale: f64| {
        // Trees are explained side by side and added up in their order.
        let parts: Vec<(f64, Vec<f64>)> = trees
            .par_iter()
            .map(|tree| {
                let mut values = vec![0.0; row.len()];
                shap::add(tree, row, scale, &mut values);
                (scale * shap::expected(tree), values)
            })
            .collect();
        let mut sum = vec![0.0; row.len()];
        let mut base = start;
        for (expected, values) in parts {
            base += expected;
            sum.iter_mut().zip(values).for_each(|(s, v)| *s += v);
        }
        (base, sum)
    };
    match &model.fitted {
        Fitted::Linear(l) | Fitted::Gd { linear: l, .. } | Fitted::Penalised { linear: l, .. } => {
            (Units::Score, Exactness::Linear, l.average(), l.contributions(row))
        }
        Fitted::Logistic(l) => (Units::LogOdds, Exactness::Linear, l.average(), l.contributions(row)),
        Fitted::Tree(tree) => {
            let (base, values) = trees(std::slice::from_ref(tree), 0.0, 1.0);
            (Units::Score, Exactness::Trees, base, values)
        }
        Fitted::Forest(forest) => {
            let (base, values) = trees(&forest.trees, 0.0, 1.0 / forest.trees.len().max(1) as f64);
            (Units::Score, Exactness::Trees, base, values)
        }
        Fitted::Boost(boost) => {
            let (base, values) = trees(&boost.trees, boost.start, boost.scale);
            let units = if boost.is_chance { Units::LogOdds } else { Units::Score };
            (units, Exactness::Trees, base, values)
        }
        Fitted::Svm(svm) => by_svm(model, svm, row),
    }
}

fn by_svm(model: &FittedModel, svm: &Svm, row: &[f64]) -> (Units, Exactness, f64, Vec<f64>) {
    let scale = if svm.platt.is_some() { 1.0 } else { svm.target_scale.1 };
    let start = if svm.platt.is_some() { 0.0 } else { svm.target_scale.0 };
    let units = if svm.platt.is_some() { Units::Decision } else { Units::Score };
    let means = svm.scaler.mean.clone();
    if !svm.slopes.is_empty() {
        let slope = |j: usize| scale * svm.slopes[j] / svm.scaler.sd[j];
        let values = (0..row.len()).map(|j| slope(j) * (row[j] - means[j])).collect();
        return (units, Exactness::Linear, start + scale * svm.decision(&means), values);
    }
    // From the mean row to this one, a feature at a time in a random order: what each step adds is its share.
    let features = model.encoder.parts.len();
    let columns: Vec<Vec<usize>> = (0..features).map(|f| columns_of(model, f)).collect();
    let walks: Vec<Vec<f64>> = (0..400u64)
        .into_par_iter()
        .map(|k| {
            let mut rng = ChaCha8Rng::seed_from_u64(k / 2);
            let mut order: Vec<usize> = (0..features).collect();
            order.shuffle(&mut rng);
            // Every order is walked back as well, which evens out much of the chance.
            if k % 2 == 1 {
                order.reverse();
            }
            let mut at = means.clone();
            let mut before = svm.decision(&at);
            let mut added = vec![0.0; row.len()];
            for feature in order {
                columns[feature].iter().for_each(|&j| at[j] = row[j]);
                let after = svm.decision(&at);
                if let Some(&first) = columns[feature].first() {
                    added[first] = scale * (after - before);
                }
                before = after;
            }
            added
        })
        .collect();
    let mut values = vec![0.0; row.len()];
    for walk in &walks {
        values.iter_mut().zip(walk).for_each(|(v, w)| *v += w / walks.len() as f64);
    }
    (units, Exactness::Sampled, start + scale * svm.decision(&means), values)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fit::{PredictRecipe, fit};
    use super::super::logistic::sigmoid;
    use super::super::model::ModelKind;
    use super::super::split::SplitRecipe;
    use super::super::testing::{customers, near, numbers};
    use super::*;

    fn model(target: &str, kind: ModelKind) -> (Frame, Arc<FittedModel>) {
        let frame = customers();
        let other = if target == "spend" { "bought" } else { "spend" };
        let mut recipe = PredictRecipe::of(target).with_models(&[kind]);
        recipe.columns.without.push(other.into());
        recipe.split = SplitRecipe::Holdout { test_share: 0.2, stratified: false };
        let mut result = fit(&frame, &recipe, &Monitor::quiet()).expect("fits");
        (frame, result.leaderboard.remove(0).model)
    }

    #[test]
    fn contributions_of_every_model_add_up_to_the_score() {
        for target in ["spend", "bought"] {
            for kind in ModelKind::ALL.into_iter().filter(|k| target == "bought" || *k != ModelKind::Logistic) {
                let (frame, model) = model(target, kind);
                for row in [0, 99] {
                    let found = explain(&model, &frame, row, &Monitor::quiet()).expect("explains");
                    assert_eq!(found.contributions.len(), model.encoder.parts.len());
                    let score = match (found.units, &model.fitted) {
                        (Units::Score, _) if target == "bought" => found.total.clamp(0.0, 1.0),
                        (Units::Score, _) => found.total,
                        (Units::LogOdds, _) => sigmoid(found.total),
                        (Units::Decision, Fitted::Svm(svm)) => svm.finish(found.total),
                        (Units::Decision, _) => panic!("{kind:?}"),
                    };
                    near(score, found.score, 1e-9);
                }
            }
        }
    }

    #[test]
    fn importance_finds_what_the_target_was_made_of() {
        let (frame, model) = model("spend", ModelKind::Linear);
        let y = numbers(&frame, "spend");
        let found = importance(&model, &frame, &y, (3, 1_000), 1, &Monitor::quiet()).expect("judges");
        let name = |i: &Importance| model.encoder.parts[i.feature].name.clone();
        assert_eq!(name(&found[0]), "minutes");
        assert!(found[0].loss > 5.0);
        let city = found.iter().find(|i| name(i) == "city").expect("listed");
        assert!(city.loss.abs() < 0.5);
        assert_eq!(found, importance(&model, &frame, &y, (3, 1_000), 1, &Monitor::quiet()).expect("judges"));
    }

    #[test]
    fn the_partial_dependence_of_a_line_is_the_line() {
        let (frame, model) = model("spend", ModelKind::Linear);
        let found = partial_dependence(&model, &frame, 0, (200, 21, 5), &Monitor::quiet()).expect("draws");
        assert_eq!((found.curves.len(), found.mean.len()), (5, found.settings.len()));
        let slope = model.coefficients()[1].estimate;
        let Setting::Number(first) = found.settings[0] else { panic!("a number") };
        for (setting, mean) in found.settings.iter().zip(&found.mean) {
            let Setting::Number(v) = setting else { panic!("a number") };
            near(*mean, found.mean[0] + slope * (v - first), 1e-9);
        }
        let ends = (&Setting::Number(20.0), &Setting::Number(30.0));
        let (from, to) = effect(&model, &frame, 0, ends, &Monitor::quiet()).expect("scores");
        near(to - from, 10.0 * slope, 1e-9);
    }

    #[test]
    fn the_fit_line_runs_through_the_middle_of_its_band() {
        for (target, kind) in [("spend", ModelKind::Linear), ("bought", ModelKind::Logistic)] {
            let (frame, model) = model(target, kind);
            let line = fit_line(&model, &frame, 0, 15).expect("a number");
            assert!(line.len() >= 10);
            assert!(line.iter().all(|(_, b)| b.low < b.fit && b.fit < b.high));
            assert!(line.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1.fit < w[1].1.fit));
            let width = |i: usize| line[i].1.high - line[i].1.low;
            assert!(kind == ModelKind::Logistic || width(line.len() - 1) > width(line.len() / 2));
            // The line says what a step of the feature is said to do.
            let (a, b) = (&line[2], &line[9]);
            let ends = (&Setting::Number(a.0), &Setting::Number(b.0));
            let (from, to) = effect(&model, &frame, 0, ends, &Monitor::quiet()).expect("scores");
            near(b.1.fit - a.1.fit, to - from, 1e-9);
        }
        let (frame, model) = model("spend", ModelKind::Tree);
        assert_eq!(fit_line(&model, &frame, 0, 15), Ok(vec![]));
    }

    #[test]
    fn categories_are_set_level_by_level() {
        let (frame, model) = model("spend", ModelKind::Linear);
        let city = model.encoder.parts.iter().position(|p| p.name == "city").expect("a feature");
        let found = partial_dependence(&model, &frame, city, (50, 20, 0), &Monitor::quiet()).expect("draws");
        assert_eq!(found.settings.len(), 4);
        let of = |name: &str| {
            let at = found.settings.iter().position(|s| *s == Setting::Level(name.into())).expect("a level");
            found.mean[at]
        };
        let york = model.coefficients().iter().find(|c| c.name == "city=York").expect("a coefficient");
        near(of("York") - of("Bath"), york.estimate, 1e-9);
    }

    #[test]
    fn a_row_or_a_table_that_is_not_there_is_refused() {
        let (frame, model) = model("spend", ModelKind::Linear);
        let far = explain(&model, &frame, 999, &Monitor::quiet());
        assert_eq!(far, Err(PredictError::NoRow { row: 999, rows: 240 }));
        let empty = Frame::new(vec![super::super::frame::Column::number("a", vec![1.0])]).expect("a frame");
        assert!(matches!(explain(&model, &empty, 0, &Monitor::quiet()), Err(PredictError::DoesNotFit { .. })));
    }
}
