//! The whole run: target, features, folds; every model on every fold; the leaderboard; models on all rows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::encode::EncodeRecipe;
use super::error::{PredictError, Result, SetAside, Warning};
use super::explain::{self, Importance};
use super::frame::{Frame, NO_TIME, Values};
use super::gd::LossPoint;
use super::leaderboard::{Comparing, compare, sort};
use super::matrix::pick;
use super::model::{FittedModel, ModelKind, ModelRecipe, Training};
use super::score::{self, Confusion, Metric, Metrics, Residuals};
use super::split::{Fold, Rows, SplitRecipe, deal};
use super::survey::{ColumnsRecipe, Feature, survey};
use super::sweep::{BestThreshold, CalibrationBin, Sweep, calibration};
use super::target::{Target, TargetRecipe, Task, resolve};
use crate::base::monitor::{Monitor, Step};

pub use super::compare::Comparison;

/// Everything that decides the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PredictRecipe {
    pub target: TargetRecipe,
    pub columns: ColumnsRecipe,
    pub encode: EncodeRecipe,
    pub split: SplitRecipe,
    /// Empty: the usual models of the task.
    pub models: Vec<ModelRecipe>,
    /// From where on a chance counts as "yes"; left out: 0.5. For numbers: from where on they do; left out: 0.5
    /// where all of them lie between 0 and 1, as a chance does, else none does and there is no accuracy.
    pub threshold: Option<f64>,
    pub costs: Option<Costs>,
    /// Of the folds, and of the usual models.
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// What contacting one customer costs.
    pub contact: f64,
    /// What a sale to a contacted customer brings.
    pub sale: f64,
}

impl Default for PredictRecipe {
    fn default() -> Self {
        Self {
            target: TargetRecipe::default(),
            columns: ColumnsRecipe::default(),
            encode: EncodeRecipe::default(),
            split: SplitRecipe::default(),
            models: Vec::new(),
            threshold: None,
            costs: None,
            seed: 42,
        }
    }
}

impl PredictRecipe {
    /// For a column, with everything else as usual.
    pub fn of(column: &str) -> Self {
        let target = TargetRecipe::Column { name: column.into(), task: None, positive: None };
        Self { target, ..Self::default() }
    }

    /// The given models with their usual settings and this recipe's seed.
    pub fn with_models(mut self, kinds: &[ModelKind]) -> Self {
        self.models = kinds.iter().map(|&kind| ModelRecipe::usual(kind, self.seed)).collect();
        self
    }

    pub fn check(&self) -> Result<()> {
        self.target.check()?;
        self.split.check()?;
        self.models.iter().try_for_each(ModelRecipe::check)?;
        let kinds: Vec<ModelKind> = self.models.iter().map(ModelRecipe::kind).collect();
        if (1..kinds.len()).any(|i| kinds[..i].contains(&kinds[i])) {
            return Err(PredictError::recipe("models", "a model is listed twice"));
        }
        if self.threshold.is_some_and(|t| !t.is_finite()) {
            return Err(PredictError::recipe("threshold", "a number"));
        }
        if self.costs.is_some_and(|c| !(c.contact >= 0.0 && c.sale >= 0.0 && (c.contact + c.sale).is_finite())) {
            return Err(PredictError::recipe("costs", "0 or more"));
        }
        let encode = &self.encode;
        if !(1..=1000).contains(&encode.max_levels) || !(0.0..=1.0).contains(&encode.flag_gaps_from) {
            return Err(PredictError::recipe("encode", "1 to 1000 levels, a share from 0 to 1"));
        }
        Ok(())
    }

    fn models_for(&self, task: Task) -> Vec<ModelRecipe> {
        if !self.models.is_empty() {
            return self.models.clone();
        }
        ModelKind::usual(task).iter().map(|&kind| ModelRecipe::usual(kind, self.seed)).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictResult {
    pub target: Target,
    /// Rows with a target value.
    pub rows: usize,
    pub features: Vec<Feature>,
    pub set_aside: Vec<SetAside>,
    pub warnings: Vec<Warning>,
    /// Training and test rows of each fold.
    pub folds: Vec<(usize, usize)>,
    /// What the leaderboard is sorted by.
    pub metric: Metric,
    /// The best first.
    pub leaderboard: Vec<ModelResult>,
    /// Models that could not be fitted, and why.
    pub refused: Vec<(ModelKind, PredictError)>,
    pub baseline: Baseline,
    /// The first of the leaderboard against each other model.
    pub comparisons: Vec<Comparison>,
    /// The first of the leaderboard, when it is better than every other model and the baseline beyond luck.
    pub winner: Option<ModelKind>,
}

/// What a guess that knows no feature achieves: the share of "yes", or the mean, of the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    pub metrics: Metrics,
    pub per_fold: Vec<Metrics>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelResult {
    pub kind: ModelKind,
    /// Means over the folds.
    pub metrics: Metrics,
    pub per_fold: Vec<Metrics>,
    /// Fitting and scoring, all folds and the fit on all rows.
    pub seconds: f64,
    /// What became of the test rows of all folds together.
    pub tested: Tested,
    /// How much worse the model gets when a feature's values are dealt to the wrong rows; of the first fold, on
    /// its test rows. The largest first.
    #[serde(default)]
    pub importance: Vec<Importance>,
    /// Fitted on all rows.
    pub model: Arc<FittedModel>,
}

impl PredictResult {
    /// The first of the leaderboard.
    pub fn best(&self) -> Option<&ModelResult> {
        self.leaderboard.first()
    }

    pub fn of(&self, kind: ModelKind) -> Option<&ModelResult> {
        self.leaderboard.iter().find(|m| m.kind == kind)
    }
}

/// A list of values, one a fold, for each metric; folds where it is not defined are left out.
pub fn by_metric(per_fold: &[Metrics]) -> BTreeMap<Metric, Vec<f64>> {
    let mut lists: BTreeMap<Metric, Vec<f64>> = BTreeMap::new();
    for (&metric, &value) in per_fold.iter().flatten() {
        lists.entry(metric).or_default().push(value);
    }
    lists
}

/// The test rows of all folds: pictures are drawn from this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Tested {
    Classification {
        /// At most about 1,000 thresholds.
        sweep: Sweep,
        calibration: Vec<CalibrationBin>,
        threshold: f64,
        confusion: Confusion,
        best_threshold: Option<BestThreshold>,
    },
    Regression {
        residuals: Residuals,
    },
}

/// What is known before the run ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Partial {
    Loss(LossPoint),
    Fitted(Box<ModelResult>),
}

/// Fits every model of the recipe on every fold and on all rows of the table.
pub fn fit(frame: &Frame, recipe: &PredictRecipe, monitor: &Monitor) -> Result<PredictResult> {
    fit_watched(frame, recipe, monitor, &mut |_| {})
}

/// As [`fit`]; `watch` hears each point of a loss curve and each model as soon as it is judged.
///
/// # Errors
/// When no model could be fitted, the first one's reason; other models' reasons are in the result.
pub fn fit_watched(
    frame: &Frame,
    recipe: &PredictRecipe,
    monitor: &Monitor,
    watch: &mut dyn FnMut(Partial),
) -> Result<PredictResult> {
    recipe.check()?;
    monitor.report(Step::Preparing, 0, 0);
    let run = Run::prepare(frame, recipe)?;
    let models = recipe.models_for(run.target.task);
    let mut fitted: Vec<(ModelResult, Vec<Vec<f64>>)> = Vec::new();
    let mut refused: Vec<(ModelKind, PredictError)> = Vec::new();
    for (m, model) in models.iter().enumerate() {
        monitor.check()?;
        match run.judge(model, (m, models.len()), monitor, watch) {
            Ok((result, scores)) => {
                watch(Partial::Fitted(Box::new(result.clone())));
                fitted.push((result, scores));
            }
            Err(PredictError::Cancelled) => return Err(PredictError::Cancelled),
            Err(error) => refused.push((model.kind(), error)),
        }
    }
    if fitted.is_empty() {
        let first = refused.into_iter().next().map(|(_, error)| error);
        return Err(first.unwrap_or_else(|| PredictError::recipe("models", "none")));
    }
    Ok(run.conclude(fitted, refused))
}

/// The table made ready: rows with a target, feature columns, folds.
struct Run<'a> {
    recipe: &'a PredictRecipe,
    frame: Frame,
    target: Target,
    y: Vec<f64>,
    /// Of a number that is a chance.
    usual_threshold: Option<f64>,
    folds: Vec<Fold>,
    features: Vec<Feature>,
    set_aside: Vec<SetAside>,
    warnings: Vec<Warning>,
}

impl<'a> Run<'a> {
    fn prepare(frame: &Frame, recipe: &'a PredictRecipe) -> Result<Self> {
        let name = recipe.target.column();
        let (task, positive) = match &recipe.target {
            TargetRecipe::Column { task, positive, .. } => (*task, positive.as_deref()),
            TargetRecipe::Events { outcome, .. } => (Some(outcome.task()), None),
        };
        if frame.rows == 0 {
            return Err(PredictError::TooFewRows { rows: 0, needed: 2 });
        }
        let labels = resolve(frame.column(&name)?, task, positive)?;
        let mut warnings = Vec::new();
        let lost = frame.rows - labels.rows.len();
        let known = if lost > 0 { &frame.take_rows(&labels.rows) } else { frame };
        if lost > 0 {
            warnings.push(Warning::RowsWithoutTarget { rows: lost });
        }
        let task = labels.target.task;
        let (features, found) = survey(known, &name, task, &labels.values, &recipe.columns)?;
        warnings.extend(found.warnings);
        let folds = folds(known, &labels.rows, frame.rows, &labels.values, task, recipe)?;
        if let Some(classes) = &labels.target.classes {
            enough_of_each(classes, &labels.values, &folds)?;
        }
        Ok(Self {
            recipe,
            frame: features,
            target: labels.target,
            usual_threshold: labels.values.iter().all(|y| (0.0..=1.0).contains(y)).then_some(0.5),
            y: labels.values,
            folds,
            features: found.features,
            set_aside: found.set_aside,
            warnings,
        })
    }

    fn threshold(&self) -> f64 {
        self.recipe.threshold.unwrap_or(0.5)
    }

    fn metrics(&self, y: &[f64], scores: &[f64]) -> Metrics {
        match self.target.task {
            Task::Classification => score::classification(y, scores, self.threshold()),
            Task::Regression => score::regression(y, scores, self.recipe.threshold.or(self.usual_threshold)),
        }
    }

    /// One model (which, of how many) on every fold, then on all rows. Also gives the scores of each fold's test rows.
    fn judge(
        &self,
        recipe: &ModelRecipe,
        (place, models): (usize, usize),
        monitor: &Monitor,
        watch: &mut dyn FnMut(Partial),
    ) -> Result<(ModelResult, Vec<Vec<f64>>)> {
        let began = Instant::now();
        let mut per_fold = Vec::new();
        let mut scores = Vec::new();
        let mut first = None;
        let units = self.folds.len() + 1;
        let whole = monitor;
        let told = |part: usize| whole.report(Step::Fitting, (place * units + part) as u64, (models * units) as u64);
        // The bar is of the whole run: what a single fit has to tell would only make it jump.
        let monitor = &whole.part();
        for (part, fold) in self.folds.iter().enumerate() {
            told(part);
            monitor.check()?;
            let model = self.learn(&fold.train, recipe, monitor, &mut |_| {})?;
            let found = model.score_rows(&self.frame, &fold.test, monitor)?;
            if found.iter().any(|s| !s.is_finite()) {
                return Err(PredictError::Numerical);
            }
            per_fold.push(self.metrics(&pick(&self.y, &fold.test), &found));
            scores.push(found);
            first.get_or_insert(model);
        }
        told(self.folds.len());
        let all: Vec<u32> = (0..self.frame.rows as u32).collect();
        let model = self.learn(&all, recipe, monitor, &mut |point| watch(Partial::Loss(point)))?;
        let seconds = began.elapsed().as_secs_f64();
        let importance = match first.zip(self.folds.first()) {
            Some((model, fold)) => self.importance(&model, fold, monitor)?,
            None => Vec::new(),
        };
        let result = ModelResult {
            kind: recipe.kind(),
            metrics: score::mean(&per_fold),
            per_fold,
            seconds,
            tested: self.tested(&scores),
            importance,
            model: Arc::new(model),
        };
        Ok((result, scores))
    }

    fn importance(&self, model: &FittedModel, fold: &Fold, monitor: &Monitor) -> Result<Vec<Importance>> {
        // A Gaussian machine compares every row with every support vector.
        let most = if model.kind() == ModelKind::Svm { 200 } else { 1_000 };
        let rows: Vec<u32> = fold.test.iter().copied().step_by(fold.test.len().div_ceil(most).max(1)).collect();
        let y = pick(&self.y, &rows);
        explain::importance(model, &self.frame.take_rows(&rows), &y, (3, most), self.recipe.seed, monitor)
    }

    fn learn(
        &self,
        rows: &[u32],
        recipe: &ModelRecipe,
        monitor: &Monitor,
        watch: &mut dyn FnMut(LossPoint),
    ) -> Result<FittedModel> {
        let labels = pick(&self.y, rows);
        let (target, encode) = (&self.target, &self.recipe.encode);
        let training = Training { frame: &self.frame, rows, labels: &labels, target, encode };
        FittedModel::fit(&training, recipe, monitor, watch)
    }

    fn tested(&self, scores: &[Vec<f64>]) -> Tested {
        let y: Vec<f64> = self.folds.iter().flat_map(|f| pick(&self.y, &f.test)).collect();
        let scores = scores.concat();
        match self.target.task {
            Task::Classification => {
                let sweep = Sweep::of(&y, &scores);
                let threshold = self.threshold();
                Tested::Classification {
                    confusion: sweep.confusion(threshold),
                    best_threshold: self.recipe.costs.and_then(|c| sweep.best_threshold(c.contact, c.sale)),
                    calibration: calibration(&y, &scores, 10),
                    sweep: sweep.thinned(1000),
                    threshold,
                }
            }
            Task::Regression => Tested::Regression { residuals: score::residuals(&y, &scores) },
        }
    }

    fn baseline(&self) -> Baseline {
        let guess = |fold: &Fold| {
            let y = pick(&self.y, &fold.train);
            let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
            self.metrics(&pick(&self.y, &fold.test), &vec![mean; fold.test.len()])
        };
        let per_fold: Vec<Metrics> = self.folds.iter().map(guess).collect();
        Baseline { metrics: score::mean(&per_fold), per_fold }
    }

    fn conclude(
        self,
        mut fitted: Vec<(ModelResult, Vec<Vec<f64>>)>,
        refused: Vec<(ModelKind, PredictError)>,
    ) -> PredictResult {
        let metric = Metric::usual(self.target.task);
        sort(&mut fitted, metric);
        let baseline = self.baseline();
        let labels: Vec<Vec<f64>> = self.folds.iter().map(|f| pick(&self.y, &f.test)).collect();
        let sizes: Vec<(usize, usize)> = self.folds.iter().map(|f| (f.train.len(), f.test.len())).collect();
        let (comparisons, winner) =
            compare(&Comparing { fitted: &fitted, baseline: &baseline, metric, labels, sizes: &sizes });
        let leaderboard: Vec<ModelResult> = fitted.into_iter().map(|(result, _)| result).collect();
        let mut warnings = self.warnings;
        for warning in leaderboard.iter().flat_map(|r| &r.model.warnings) {
            if !warnings.contains(warning) {
                warnings.push(warning.clone());
            }
        }
        PredictResult {
            target: self.target,
            rows: self.y.len(),
            features: self.features,
            set_aside: self.set_aside,
            warnings,
            folds: sizes,
            metric,
            leaderboard,
            refused,
            baseline,
            comparisons,
            winner,
        }
    }
}

fn folds(
    known: &Frame,
    kept: &[u32],
    all_rows: usize,
    y: &[f64],
    task: Task,
    recipe: &PredictRecipe,
) -> Result<Vec<Fold>> {
    let times = match &recipe.split {
        SplitRecipe::ByTime { column, .. } => Some(times(known, column)?),
        _ => None,
    };
    let given = match &recipe.split {
        SplitRecipe::Given { fold_of } => {
            if fold_of.len() != all_rows {
                return Err(PredictError::recipe("fold_of", format!("{all_rows} rows, {} folds", fold_of.len())));
            }
            Some(SplitRecipe::Given { fold_of: kept.iter().map(|&i| fold_of[i as usize]).collect() })
        }
        _ => None,
    };
    let rows = Rows { n: known.rows, classes: (task == Task::Classification).then_some(y), times: times.as_deref() };
    deal(given.as_ref().unwrap_or(&recipe.split), &rows, recipe.seed)
}

fn times(frame: &Frame, column: &str) -> Result<Vec<f64>> {
    match &frame.column(column)?.values {
        Values::Time(t) => Ok(t.iter().map(|&t| if t == NO_TIME { f64::NAN } else { t as f64 }).collect()),
        Values::Number(v) => Ok(v.clone()),
        other => Err(PredictError::recipe("split.column", format!("{column:?} is {:?}", other.kind()))),
    }
}

/// Every training part needs two rows of each class.
fn enough_of_each(classes: &[String; 2], y: &[f64], folds: &[Fold]) -> Result<()> {
    for (value, class) in [(0.0, &classes[0]), (1.0, &classes[1])] {
        let in_part = |fold: &Fold| fold.train.iter().filter(|&&i| y[i as usize] == value).count();
        if folds.iter().any(|f| in_part(f) < 2) {
            let count = y.iter().filter(|v| **v == value).count();
            return Err(PredictError::TooFewOfClass { class: class.clone(), count, needed: count.max(2) + 1 });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
