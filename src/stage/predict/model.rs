//! The models by name, their settings, and what is left after fitting: something to store and to score with.

use serde::{Deserialize, Serialize};

use super::boost::{Boost, BoostRecipe};
use super::coefficient::Coefficient;
use super::encode::{EncodeRecipe, Encoder, Style};
use super::error::{PredictError, Result, Warning};
use super::forest::{Forest, ForestRecipe};
use super::frame::Frame;
use super::gd::{Descent, GdRecipe, LossPoint};
use super::linear::Linear;
use super::logistic::{Logistic, LogisticRecipe};
use super::matrix::Matrix;
use super::penalised::{Path, PenalisedRecipe};
use super::svm::{Kernel, Svm, SvmRecipe};
use super::target::{Target, Task};
use super::tree::{Tree, TreeRecipe};
use super::{boost, forest, gd, linear, logistic, penalised, svm, tree};
use crate::base::monitor::Monitor;

pub use super::fit_check::{FitCheck, Unseen};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    Linear,
    Gd,
    Ridge,
    Lasso,
    Elastic,
    Logistic,
    Tree,
    Forest,
    SvmLinear,
    Svm,
    Boost,
}

impl ModelKind {
    pub const ALL: [Self; 11] = [
        Self::Linear,
        Self::Gd,
        Self::Ridge,
        Self::Lasso,
        Self::Elastic,
        Self::Logistic,
        Self::Tree,
        Self::Forest,
        Self::SvmLinear,
        Self::Svm,
        Self::Boost,
    ];

    /// The name in files, in JSON and on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Gd => "gd",
            Self::Ridge => "ridge",
            Self::Lasso => "lasso",
            Self::Elastic => "elastic",
            Self::Logistic => "logistic",
            Self::Tree => "tree",
            Self::Forest => "forest",
            Self::SvmLinear => "svm_linear",
            Self::Svm => "svm",
            Self::Boost => "boost",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The models worth comparing for a task: descent finds what the closed form finds, so it is left out.
    pub fn usual(task: Task) -> &'static [Self] {
        match task {
            Task::Classification => &[Self::Logistic, Self::Tree, Self::Forest, Self::Svm, Self::Boost],
            Task::Regression => &[
                Self::Linear,
                Self::Ridge,
                Self::Lasso,
                Self::Elastic,
                Self::Tree,
                Self::Forest,
                Self::Svm,
                Self::Boost,
            ],
        }
    }

    pub fn style(self) -> Style {
        match self {
            Self::Tree | Self::Forest | Self::Boost => Style::Trees,
            _ => Style::Linear,
        }
    }
}

/// A model's settings, complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum ModelRecipe {
    Linear,
    Gd(GdRecipe),
    Ridge(PenalisedRecipe),
    Lasso(PenalisedRecipe),
    Elastic(PenalisedRecipe),
    Logistic(LogisticRecipe),
    Tree(TreeRecipe),
    Forest(ForestRecipe),
    SvmLinear(SvmRecipe),
    Svm(SvmRecipe),
    Boost(BoostRecipe),
}

impl ModelRecipe {
    pub fn usual(kind: ModelKind, seed: u64) -> Self {
        let penalised = |l1_ratio| PenalisedRecipe { l1_ratio, seed, ..PenalisedRecipe::default() };
        let svm = |kernel| SvmRecipe { kernel, seed, ..SvmRecipe::default() };
        match kind {
            ModelKind::Linear => Self::Linear,
            ModelKind::Gd => Self::Gd(GdRecipe::default()),
            ModelKind::Ridge => Self::Ridge(penalised(0.0)),
            ModelKind::Lasso => Self::Lasso(penalised(1.0)),
            ModelKind::Elastic => Self::Elastic(penalised(0.5)),
            ModelKind::Logistic => Self::Logistic(LogisticRecipe::default()),
            ModelKind::Tree => Self::Tree(TreeRecipe::default()),
            ModelKind::Forest => Self::Forest(ForestRecipe { seed, ..ForestRecipe::default() }),
            // A line costs a pass over the rows; a Gaussian machine the square of their number.
            ModelKind::SvmLinear => Self::SvmLinear(SvmRecipe { row_limit: 200_000, ..svm(Kernel::Linear) }),
            ModelKind::Svm => Self::Svm(svm(Kernel::Rbf { gamma: None })),
            ModelKind::Boost => Self::Boost(BoostRecipe { seed, ..BoostRecipe::default() }),
        }
    }

    pub fn kind(&self) -> ModelKind {
        match self {
            Self::Linear => ModelKind::Linear,
            Self::Gd(_) => ModelKind::Gd,
            Self::Ridge(_) => ModelKind::Ridge,
            Self::Lasso(_) => ModelKind::Lasso,
            Self::Elastic(_) => ModelKind::Elastic,
            Self::Logistic(_) => ModelKind::Logistic,
            Self::Tree(_) => ModelKind::Tree,
            Self::Forest(_) => ModelKind::Forest,
            Self::SvmLinear(_) => ModelKind::SvmLinear,
            Self::Svm(_) => ModelKind::Svm,
            Self::Boost(_) => ModelKind::Boost,
        }
    }

    pub fn check(&self) -> Result<()> {
        match self {
            Self::Linear => Ok(()),
            Self::Gd(r) => r.check(),
            Self::Ridge(r) | Self::Lasso(r) | Self::Elastic(r) => r.check(),
            Self::Logistic(r) => r.check(),
            Self::Tree(r) => r.check(),
            Self::Forest(r) => r.check(),
            Self::SvmLinear(r) | Self::Svm(r) => r.check(),
            Self::Boost(r) => r.check(),
        }
    }
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fitted", rename_all = "snake_case")]
pub enum Fitted {
    Linear(Linear),
    Gd { linear: Linear, descent: Descent },
    Penalised { linear: Linear, path: Path },
    Logistic(Logistic),
    Tree(Tree),
    Forest(Forest),
    Svm(Svm),
    Boost(Boost),
}

/// A model with all that is needed to score new rows, to store, and to say what it is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedModel {
    pub recipe: ModelRecipe,
    pub target: Target,
    pub encoder: Encoder,
    pub fitted: Fitted,
    pub rows: usize,
    pub warnings: Vec<Warning>,
}

/// The training rows of a table whose columns are all features, their labels, and what they stand for.
pub struct Training<'a> {
    pub frame: &'a Frame,
    pub rows: &'a [u32],
    /// One a training row.
    pub labels: &'a [f64],
    pub target: &'a Target,
    pub encode: &'a EncodeRecipe,
}

impl FittedModel {
    /// Learns encoding and model from the training rows; `watch` hears the loss curve of a descent.
    pub fn fit(
        training: &Training<'_>,
        recipe: &ModelRecipe,
        monitor: &Monitor,
        watch: &mut dyn FnMut(LossPoint),
    ) -> Result<Self> {
        let kind = recipe.kind();
        let task = training.target.task;
        if task == Task::Regression && kind == ModelKind::Logistic {
            return Err(PredictError::NeedsYesNo { kind });
        }
        let y = training.labels;
        if y.len() < 2 || y.iter().all(|v| *v == y[0]) {
            let value = y.first().map_or(String::new(), f64::to_string);
            return Err(PredictError::TargetConstant { column: training.target.name.clone(), value });
        }
        let encoder = Encoder::learn(training.frame, training.rows, kind.style(), training.encode);
        let x = encoder.apply(training.frame, training.rows);
        let columns = &encoder.columns;
        let fitted = match recipe {
            ModelRecipe::Linear => Fitted::Linear(linear::fit(&x, y, columns, monitor)?),
            ModelRecipe::Gd(r) => {
                let (linear, descent) = gd::fit(&x, y, columns, r, monitor, watch)?;
                Fitted::Gd { linear, descent }
            }
            ModelRecipe::Ridge(r) | ModelRecipe::Lasso(r) | ModelRecipe::Elastic(r) => {
                let (linear, path) = penalised::fit(&x, y, columns, r, monitor)?;
                Fitted::Penalised { linear, path }
            }
            ModelRecipe::Logistic(r) => Fitted::Logistic(logistic::fit(&x, y, columns, r, monitor)?),
            ModelRecipe::Tree(r) => Fitted::Tree(tree::fit(&x, y, r, task, monitor)?),
            ModelRecipe::Forest(r) => Fitted::Forest(forest::fit(&x, y, r, task, monitor)?),
            ModelRecipe::SvmLinear(r) | ModelRecipe::Svm(r) => Fitted::Svm(svm::fit(&x, y, columns, r, task, monitor)?),
            ModelRecipe::Boost(r) => Fitted::Boost(boost::fit(&x, y, r, task, monitor)?),
        };
        let target = training.target.clone();
        let warnings = warnings(kind, &fitted, &encoder);
        Ok(Self { recipe: recipe.clone(), target, encoder, fitted, rows: y.len(), warnings })
    }

    pub fn kind(&self) -> ModelKind {
        self.recipe.kind()
    }

    /// Numbers, or chances of "yes" (those of a least-squares line are cut off at 0 and 1).
    pub fn predict(&self, x: &Matrix, monitor: &Monitor) -> Result<Vec<f64>> {
        let scores = match &self.fitted {
            Fitted::Linear(linear) | Fitted::Gd { linear, .. } | Fitted::Penalised { linear, .. } => {
                let mut scores = linear.predict(x);
                if self.target.task == Task::Classification {
                    scores.iter_mut().for_each(|s| *s = s.clamp(0.0, 1.0));
                }
                scores
            }
            Fitted::Logistic(logistic) => logistic.predict(x),
            Fitted::Tree(tree) => super::walk::sum_of_trees(std::slice::from_ref(tree), x, 0.0, 1.0, monitor)?,
            Fitted::Forest(forest) => forest.predict(x, monitor)?,
            Fitted::Svm(svm) => svm.predict(x, monitor)?,
            Fitted::Boost(boost) => boost.predict(x, monitor)?,
        };
        monitor.check()?;
        Ok(scores)
    }

    /// Scores the given rows of a table without checking that it fits.
    pub(super) fn score_rows(&self, frame: &Frame, rows: &[u32], monitor: &Monitor) -> Result<Vec<f64>> {
        self.predict(&self.encoder.apply(frame, rows), monitor)
    }

    /// Scores every row of a new table.
    ///
    /// # Errors
    /// [`PredictError::DoesNotFit`] when a feature is absent or of another type; see [`FittedModel::check`].
    pub fn score(&self, frame: &Frame, monitor: &Monitor) -> Result<Vec<f64>> {
        let check = self.check(frame);
        if !check.fits() {
            return Err(PredictError::DoesNotFit { check: Box::new(check) });
        }
        // In blocks, so that the encoded table of a large shop need not stand in memory at once.
        const BLOCK: u32 = 100_000;
        let mut scores = Vec::with_capacity(frame.rows);
        for start in (0..frame.rows as u32).step_by(BLOCK as usize) {
            let rows: Vec<u32> = (start..(start + BLOCK).min(frame.rows as u32)).collect();
            monitor.report(crate::base::monitor::Step::Scoring, u64::from(start), frame.rows as u64);
            scores.extend(self.score_rows(frame, &rows, monitor)?);
        }
        Ok(scores)
    }

    /// Whether a table has what the model needs, and what in it is new to the model.
    pub fn check(&self, frame: &Frame) -> FitCheck {
        super::fit_check::check(&self.encoder, frame)
    }

    /// The coefficient table, intercept first; empty for models without one.
    pub fn coefficients(&self) -> &[Coefficient] {
        match &self.fitted {
            Fitted::Linear(linear) | Fitted::Gd { linear, .. } | Fitted::Penalised { linear, .. } => &linear.table,
            Fitted::Logistic(logistic) => &logistic.table,
            _ => &[],
        }
    }

    /// The coefficients that were planted, for a line through the sample shop's own `user_behavior`.
    pub fn planted(&self) -> Option<&'static [(&'static str, f64)]> {
        let Fitted::Linear(linear) = &self.fitted else { return None };
        let names = self.encoder.columns.iter().map(|column| column.name.as_str());
        let columns: Vec<(&str, f64)> = names.zip(linear.means.iter().copied()).collect();
        crate::stage::data::sample::planted(&columns, linear.summary.as_ref()?.rows)
    }

    /// As JSON, compressed: what a project keeps.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        let stored = |message: String| PredictError::Stored { message };
        serde_json::to_writer(&mut writer, self).map_err(|e| stored(e.to_string()))?;
        writer.finish().map_err(|e| stored(e.to_string()))
    }

    /// # Errors
    /// [`PredictError::Stored`] when the bytes are not a model, or one that would point outside of itself.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let reader = std::io::BufReader::new(flate2::read::DeflateDecoder::new(bytes));
        let model: Self =
            serde_json::from_reader(reader).map_err(|e| PredictError::Stored { message: e.to_string() })?;
        if !model.is_sound() {
            return Err(PredictError::Stored { message: "its parts do not fit together".into() });
        }
        Ok(model)
    }

    pub(super) fn is_sound(&self) -> bool {
        let width = self.encoder.width();
        let features = self.encoder.parts.len();
        let line = |weights: &[f64], means: &[f64]| weights.len() == width && means.len() == width;
        let is_learned = match &self.fitted {
            Fitted::Linear(l) | Fitted::Gd { linear: l, .. } | Fitted::Penalised { linear: l, .. } => {
                line(&l.weights, &l.means)
            }
            Fitted::Logistic(l) => line(&l.weights, &l.means),
            Fitted::Tree(tree) => tree.is_sound(width),
            Fitted::Forest(forest) => !forest.trees.is_empty() && forest.trees.iter().all(|t| t.is_sound(width)),
            Fitted::Svm(s) => {
                let is_scaled = s.scaler.mean.len() == width && s.scaler.sd.len() == width;
                is_scaled && (s.slopes.len() == width || s.vectors.len() == s.weights.len() * width)
            }
            Fitted::Boost(boost) => boost.trees.iter().all(|t| t.is_sound(width)),
        };
        is_learned && self.encoder.is_sound() && self.encoder.columns.iter().all(|c| c.feature < features)
    }
}

fn warnings(kind: ModelKind, fitted: &Fitted, encoder: &Encoder) -> Vec<Warning> {
    let name = |column: usize| encoder.columns[column].name.clone();
    let names = |columns: &[usize]| columns.iter().map(|&c| name(c)).collect::<Vec<_>>();
    let mut warnings = Vec::new();
    let dropped = match fitted {
        Fitted::Linear(linear) | Fitted::Gd { linear, .. } => linear.dropped.as_slice(),
        Fitted::Logistic(logistic) => logistic.dropped.as_slice(),
        _ => &[],
    };
    for d in dropped {
        warnings.push(Warning::Collinear { model: kind, column: name(d.column), with: names(&d.with) });
    }
    match fitted {
        Fitted::Gd { descent, .. } if !descent.converged => {
            warnings.push(Warning::NotConverged { model: kind, after: descent.epochs });
        }
        Fitted::Logistic(logistic) => {
            if let Some(s) = &logistic.separation {
                let columns = names(&s.columns);
                warnings.push(Warning::Separation { model: kind, columns, complete: s.complete });
            }
            if logistic.is_short_of_rows {
                let (columns, rows) = (encoder.width(), logistic.summary.rows);
                warnings.push(Warning::Penalised { model: kind, columns, rows });
            }
            if !logistic.summary.converged {
                warnings.push(Warning::NotConverged { model: kind, after: logistic.summary.iterations });
            }
        }
        Fitted::Svm(svm) => {
            if svm.trained_on < svm.of_rows {
                warnings.push(Warning::Sampled { model: kind, rows: svm.trained_on, of: svm.of_rows });
            }
            if !svm.converged {
                warnings.push(Warning::NotConverged { model: kind, after: svm.iterations });
            }
        }
        _ => {}
    }
    for part in &encoder.parts {
        if let Some((levels, kept)) = part.levels_left_out() {
            warnings.push(Warning::ManyLevels { column: part.name.clone(), levels, kept });
        }
    }
    warnings
}
