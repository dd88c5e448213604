//! What drives a model, in steps that a person can picture: ten minutes more, one visit more, another city.

use serde::{Deserialize, Serialize};

use super::encode::How;
use super::error::Result;
use super::explain::{self, Setting};
use super::frame::{Frame, Values};
use super::linear::Band;
use super::model::{Fitted, FittedModel, ModelKind};
use crate::base::monitor::{Monitor, Step};

/// The mean score when a feature of every row is `from`, and when it is `to`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    pub feature: usize,
    pub name: String,
    pub from: Setting,
    pub to: Setting,
    pub before: f64,
    pub after: f64,
    /// Of the coefficient behind it, where the model gives one.
    pub p_value: Option<f64>,
}

impl Move {
    pub fn change(&self) -> f64 {
        self.after - self.before
    }

    /// Whether luck is an unlikely explanation; models without p-values are taken at their word.
    pub fn is_sure(&self) -> bool {
        self.p_value.is_none_or(|p| p < 0.05)
    }
}

/// Rows that effects are averaged over: enough for two digits.
const ROWS: usize = 1_000;
/// A Gaussian machine compares every row with every support vector.
const ROWS_SVM: usize = 200;

/// One step of every feature, the largest effect first.
pub fn moves(model: &FittedModel, frame: &Frame, monitor: &Monitor) -> Result<Vec<Move>> {
    let most = if model.kind() == ModelKind::Svm { ROWS_SVM } else { ROWS };
    let x = explain::encoded(model, frame, &explain::spread(frame.rows, most))?;
    let features = model.encoder.parts.len();
    let mut found = Vec::with_capacity(features);
    for feature in 0..features {
        monitor.check()?;
        monitor.report(Step::Explaining, feature as u64, features as u64);
        let Some((from, choices)) = steps(model, frame, feature) else { continue };
        let mean = |setting: &Setting| -> Result<f64> {
            let scores = model.predict(&explain::set(model, &x, feature, setting), monitor)?;
            Ok(scores.iter().sum::<f64>() / scores.len().max(1) as f64)
        };
        let before = mean(&from)?;
        let mut best: Option<(Setting, f64)> = None;
        for to in choices {
            let after = mean(&to)?;
            if best.as_ref().is_none_or(|(_, b)| (after - before).abs() > (b - before).abs()) {
                best = Some((to, after));
            }
        }
        let Some((to, after)) = best else { continue };
        let p_value = p_value(model, feature, &to);
        let name = model.encoder.parts[feature].name.clone();
        found.push(Move { feature, name, from, to, before, after, p_value });
    }
    found.sort_by(|a, b| b.change().abs().total_cmp(&a.change().abs()));
    Ok(found)
}

fn p_value(model: &FittedModel, feature: usize, to: &Setting) -> Option<f64> {
    let of_feature = model.coefficients().iter().filter(|c| c.feature == Some(feature));
    match to {
        Setting::Level(level) => {
            let name = model.encoder.columns.iter().find(|c| {
                c.feature == feature && matches!(&c.meaning, super::encode::Meaning::Level(own) if own == level)
            })?;
            of_feature.filter(|c| c.name == name.name).find_map(|c| c.p_value)
        }
        _ => of_feature.filter_map(|c| c.p_value).next(),
    }
}

/// Where a feature usually stands, and where to it might move.
fn steps(model: &FittedModel, frame: &Frame, feature: usize) -> Option<(Setting, Vec<Setting>)> {
    let part = &model.encoder.parts[feature];
    match (&part.how, &frame.find(&part.name)?.values) {
        (How::Number { .. }, Values::YesNo(_)) => Some((Setting::YesNo(false), vec![Setting::YesNo(true)])),
        (How::Number { .. }, Values::Number(values)) => {
            let (from, step) = usual_step(values)?;
            Some((Setting::Number(from), vec![Setting::Number(from + step)]))
        }
        (How::Levels { reference, levels, .. }, values) => {
            let usual = most_frequent(values);
            let known: Vec<&String> = reference.iter().chain(levels).collect();
            let from = known.iter().find(|level| Some(level.as_str()) == usual.as_deref()).or(known.first())?;
            let others = known.iter().filter(|level| *level != from).map(|l| Setting::Level((*l).clone())).collect();
            Some((Setting::Level((*from).clone()), others))
        }
        _ => None,
    }
}

fn most_frequent(values: &Values) -> Option<String> {
    let Values::Category { levels, codes } = values else { return None };
    let mut counts = vec![0usize; levels.len()];
    for code in codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    let (place, _) = counts.iter().enumerate().max_by_key(|(i, count)| (**count, usize::MAX - i))?;
    levels.get(place).cloned()
}

/// The median and a round step of about one robust standard deviation (interquartile range / 1.35), both on the
/// step's grid. Nothing for a column of fewer than two values.
pub(super) fn usual_step(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    if first == last {
        return None;
    }
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let quartiles = (at(0.75) - at(0.25)) / 1.35;
    let spread = if quartiles > 0.0 { quartiles } else { (at(0.95) - at(0.05)).max((last - first) / 10.0) / 3.3 };
    let is_whole = sorted.iter().all(|v| v.fract() == 0.0);
    let step = round_step(spread);
    let step = if is_whole { step.max(1.0).round() } else { step };
    let grid = step / 10.0;
    let median = (at(0.5) / grid).round() * grid;
    Some((if is_whole { at(0.5) } else { tidy(median) }, step))
}

/// Cuts the dust that multiplying by 0.1 leaves.
fn tidy(v: f64) -> f64 {
    format!("{v:.9e}").parse().unwrap_or(v)
}

/// 1, 2 or 5 times a power of ten, the nearest below.
fn round_step(spread: f64) -> f64 {
    let power = 10f64.powf(spread.log10().floor());
    let lead = spread / power;
    let round = [5.0, 2.0, 1.0].into_iter().find(|r| *r <= lead * 1.000_001).unwrap_or(1.0);
    tidy(round * power)
}

/// About equally many rows with neighbouring values of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dot {
    /// The mean of the feature.
    pub x: f64,
    /// The line at `x` plus the mean residual of the rows (component plus residual; Larsen, McCleary 1972).
    pub y: f64,
    pub rows: usize,
}

/// A fitted line along one feature with the other features at their means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitLine {
    pub feature: usize,
    pub name: String,
    pub line: Vec<(f64, Band)>,
    pub dots: Vec<Dot>,
}

const DOTS: usize = 36;
const GRID: usize = 60;

/// A line for every number of a linear or logistic regression; nothing for models without a band.
pub fn fit_lines(model: &FittedModel, frame: &Frame, y: &[f64], monitor: &Monitor) -> Result<Vec<FitLine>> {
    if !matches!(model.fitted, Fitted::Linear(_) | Fitted::Logistic(_)) || y.len() != frame.rows {
        return Ok(Vec::new());
    }
    let scores = model.score(frame, monitor)?;
    let rest: Vec<f64> = y.iter().zip(&scores).map(|(y, s)| y - s).collect();
    let mut found = Vec::new();
    for (feature, part) in model.encoder.parts.iter().enumerate() {
        monitor.check()?;
        let line = explain::fit_line(model, frame, feature, GRID)?;
        let Some(Values::Number(x)) = frame.find(&part.name).map(|c| &c.values) else { continue };
        if line.len() < 2 {
            continue;
        }
        found.push(FitLine { feature, name: part.name.clone(), dots: dots(x, &rest, &line), line });
    }
    Ok(found)
}

fn dots(x: &[f64], rest: &[f64], line: &[(f64, Band)]) -> Vec<Dot> {
    let (low, high) = (line[0].0, line[line.len() - 1].0);
    let mut order: Vec<u32> = (0..x.len() as u32).filter(|&i| (low..=high).contains(&x[i as usize])).collect();
    order.sort_by(|&a, &b| x[a as usize].total_cmp(&x[b as usize]).then(a.cmp(&b)));
    let size = order.len().div_ceil(DOTS).max(1);
    let mut found: Vec<Dot> = Vec::new();
    let mut start = 0;
    while start < order.len() {
        let mut end = (start + size).min(order.len());
        // Equal values stay together, so that a dot never depends on the order of the rows.
        while end < order.len() && x[order[end] as usize] == x[order[end - 1] as usize] {
            end += 1;
        }
        let rows = &order[start..end];
        let mean = |v: &[f64]| rows.iter().map(|&i| v[i as usize]).sum::<f64>() / rows.len() as f64;
        let at = mean(x);
        found.push(Dot { x: at, y: height(line, at) + mean(rest), rows: rows.len() });
        start = end;
    }
    found
}

/// The line's height at `x`, straight between its points.
pub fn height(line: &[(f64, Band)], x: f64) -> f64 {
    let right = line.partition_point(|(at, _)| *at < x).clamp(1, line.len() - 1);
    let ((x0, a), (x1, b)) = (line[right - 1], line[right]);
    let share = if x1 > x0 { ((x - x0) / (x1 - x0)).clamp(0.0, 1.0) } else { 0.0 };
    a.fit + share * (b.fit - a.fit)
}

#[cfg(test)]
mod tests {
    use super::super::fit::{PredictRecipe, fit};
    use super::super::testing::{customers, near};
    use super::*;

    fn model(kind: ModelKind, target: &str, without: &str) -> FittedModel {
        let mut recipe = PredictRecipe::of(target).with_models(&[kind]);
        recipe.columns.without.push(without.into());
        let result = fit(&customers(), &recipe, &Monitor::quiet()).expect("fits");
        FittedModel::clone(&result.leaderboard[0].model)
    }

    #[test]
    fn steps_are_round_and_start_at_the_middle() {
        let minutes: Vec<f64> = (0..=400).map(|i| f64::from(i) / 10.0).collect();
        assert_eq!(usual_step(&minutes), Some((20.0, 10.0)));
        let visits: Vec<f64> = (0..50).map(|i| f64::from(i % 4)).collect();
        assert_eq!(usual_step(&visits).map(|(_, step)| step), Some(1.0));
        let rare: Vec<f64> = (0..100).map(|i| f64::from(i == 7)).collect();
        assert!(usual_step(&rare).is_some_and(|(from, step)| from == 0.0 && step == 1.0));
        assert_eq!(usual_step(&[3.0, 3.0, f64::NAN]), None);
        assert_eq!(round_step(0.037), 0.02);
        assert_eq!(round_step(7.0), 5.0);
    }

    #[test]
    fn a_step_of_a_line_moves_the_score_by_its_coefficient() {
        let model = model(ModelKind::Linear, "spend", "bought");
        let moves = moves(&model, &customers(), &Monitor::quiet()).expect("moves");
        assert_eq!(moves.len(), model.encoder.parts.len());
        let minutes = moves.iter().find(|m| m.name == "minutes").expect("a move");
        let (Setting::Number(from), Setting::Number(to)) = (&minutes.from, &minutes.to) else { panic!("numbers") };
        let slope = model.coefficients().iter().find(|c| c.name == "minutes").expect("a line");
        near(minutes.change(), slope.estimate * (to - from), 1e-9);
        assert_eq!(minutes.p_value, slope.p_value);
        assert!(minutes.is_sure());
        let city = moves.iter().find(|m| m.name == "city").expect("a move");
        assert!(matches!((&city.from, &city.to), (Setting::Level(a), Setting::Level(b)) if a == "Bath" && b != a));
        assert!(moves.windows(2).all(|w| w[0].change().abs() >= w[1].change().abs()));
    }

    #[test]
    fn dots_lie_on_the_line_where_the_model_is_right() {
        let model = model(ModelKind::Linear, "spend", "bought");
        let spend = super::super::testing::numbers(&customers(), "spend");
        let lines = fit_lines(&model, &customers(), &spend, &Monitor::quiet()).expect("lines");
        assert_eq!(lines.len(), 5);
        for line in &lines {
            // Residuals of least squares add up to 0 over all rows; a few rows lie beyond the line's ends.
            let rows: usize = line.dots.iter().map(|d| d.rows).sum();
            let mean = line.dots.iter().map(|d| (d.y - height(&line.line, d.x)) * d.rows as f64).sum::<f64>();
            assert!(rows > 230 && (mean / rows as f64).abs() < 1.0, "{} {rows} {mean}", line.name);
            assert!(line.dots.len() <= DOTS && line.line.iter().all(|(_, b)| b.low <= b.fit && b.fit <= b.high));
        }
        let tree = self::model(ModelKind::Tree, "spend", "bought");
        assert!(fit_lines(&tree, &customers(), &spend, &Monitor::quiet()).expect("none").is_empty());
    }
}
