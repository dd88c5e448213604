//! Studies of the predict stage over a project's tables: made, kept as a run, read back, applied to other tables.
//! Shared by both front doors.

use std::sync::Arc;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::blob::{Reader, frame_from_parquet, parquet_bytes};
use super::sources::{FeatureChoice, SourceError, Sources};
use crate::base::time::Moment;
use crate::base::{Cancelled, Monitor};
use crate::project::{InputRef, Project, Run, RunId};
use crate::stage::Stage;
use crate::stage::data::Role;
use crate::stage::data::features::{FeatureError, FeatureRecipe, USER};
use crate::stage::predict::events;
use crate::stage::predict::fit::{Partial, PredictRecipe};
use crate::stage::predict::model::{FitCheck, FittedModel, ModelKind};
use crate::stage::predict::report::Report;
use crate::stage::predict::study::{Study, score_name, score_table};
use crate::stage::predict::target::TargetRecipe;
use crate::stage::predict::{Frame, PredictError};

/// What a run of this stage is called: models compared and fitted.
pub const MODELS: &str = "models";
/// What a run is called that only applies a kept model to a table.
pub const SCORES: &str = "scores";
/// Parts of a run.
const STUDY: &str = "study";
const CUSTOMERS: &str = "customers";
/// [`USER`] and one column of scores: other stages read it as a feature.
pub const SCORES_PART: &str = "scores";

#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// No model has been kept yet, or not this one.
    #[error("no model is kept in this project; make a prediction first")]
    NoModel,
    #[error("the kept study has no model {}; it has {}", .asked.key(), .has.iter().map(|k| k.key()).collect::<Vec<_>>().join(", "))]
    OtherModels { asked: ModelKind, has: Vec<ModelKind> },
}

impl From<StoreError> for StudyError {
    fn from(error: StoreError) -> Self {
        Self::Source(error.into())
    }
}

impl From<PolarsError> for StudyError {
    fn from(error: PolarsError) -> Self {
        Self::Source(error.into())
    }
}

impl From<FeatureError> for StudyError {
    fn from(error: FeatureError) -> Self {
        Self::Source(error.into())
    }
}

impl From<Cancelled> for StudyError {
    fn from(_: Cancelled) -> Self {
        Self::Predict(PredictError::Cancelled)
    }
}

/// A run's recipe: which rows, and what is learned from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct StudyPlan {
    /// What a row is. A target built from events needs events.
    pub rows: FeatureChoice,
    pub learn: PredictRecipe,
}

impl StudyPlan {
    pub fn check(&self) -> Result<(), PredictError> {
        self.learn.check()?;
        match (&self.learn.target, &self.rows) {
            (TargetRecipe::Events { .. }, FeatureChoice::Table(_)) => {
                Err(PredictError::Recipe { field: "target".into(), message: "needs events, not a table".into() })
            }
            _ => Ok(()),
        }
    }

    pub fn inputs(&self, project: &Project) -> Vec<InputRef> {
        self.rows.inputs(project)
    }
}

/// A study with those it scores.
#[derive(Debug, Clone)]
pub struct KeptStudy {
    pub study: Study,
    /// [`USER`] and the features as of now (with the target, where that is a column).
    pub customers: DataFrame,
    /// The same, as models read it.
    pub frame: Frame,
    /// By the leader, one a customer.
    pub scores: Vec<f64>,
}

impl KeptStudy {
    pub fn leader(&self) -> Option<&Arc<FittedModel>> {
        self.study.result.best().map(|m| &m.model)
    }

    /// The customer of a row, as text.
    pub fn id(&self, row: usize) -> String {
        id_text(&self.customers, row)
    }

    /// The row of a customer.
    pub fn row_of(&self, id: &str) -> Option<usize> {
        (0..self.customers.height()).find(|row| self.id(*row) == id)
    }
}

/// The customer of a row of a table whose first column is [`USER`].
pub fn id_text(customers: &DataFrame, row: usize) -> String {
    match customers.column(USER).and_then(|ids| ids.get(row).map(|v| v.into_static())) {
        Ok(AnyValue::Null) | Err(_) => String::new(),
        Ok(AnyValue::StringOwned(text)) => text.to_string(),
        Ok(other) => other.to_string(),
    }
}

/// What is learned from, and who is scored.
struct Tables {
    learn: DataFrame,
    customers: DataFrame,
    /// The days asked about and how many of them the data covers.
    covered: Option<(u32, f64)>,
}

fn tables(project: &Project, reader: &Reader, plan: &StudyPlan, monitor: &Monitor) -> Result<Tables, StudyError> {
    let sources = Sources::new(project, reader);
    match (&plan.learn.target, &plan.rows) {
        (TargetRecipe::Events { cut, outcome }, FeatureChoice::Events(recipe)) => {
            let input = sources.feature_input(monitor)?;
            let made = events::tables(&(&input).into(), recipe, *cut, *outcome, monitor)?;
            let covered = Some((outcome.days(), made.covered_days));
            Ok(Tables { learn: made.learn, customers: made.today, covered })
        }
        _ => {
            let set = sources.features(&plan.rows, monitor)?;
            Ok(Tables { learn: set.frame.clone(), customers: set.frame, covered: None })
        }
    }
}

/// Reads the tables, learns, scores everybody.
pub fn make(
    project: &Project,
    reader: &Reader,
    plan: &StudyPlan,
    monitor: &Monitor,
    watch: &mut dyn FnMut(Partial),
) -> Result<KeptStudy, StudyError> {
    plan.check()?;
    let tables = tables(project, reader, plan, monitor)?;
    let mut learn = plan.learn.clone();
    let learned = Frame::from_polars(&tables.learn)?;
    // Who somebody is says nothing about what they will do.
    learn.columns.without.push(USER.to_owned());
    let mut study = Study::make(&learned, &learn, monitor, watch)?;
    study.result.set_aside.retain(|aside| aside.column != USER);
    if let Some((days, covered)) = tables.covered {
        study = study.with_coverage(days, covered);
    }
    let frame = Frame::from_polars(&tables.customers)?;
    let scores = match study.result.best() {
        Some(leader) => leader.model.score(&frame, monitor)?,
        None => Vec::new(),
    };
    Ok(KeptStudy { study, customers: tables.customers, frame, scores })
}

/// Large parts by name.
pub type Parts = Vec<(String, Vec<u8>)>;

/// What the run keeps as JSON and as blobs.
pub fn parts(kept: &KeptStudy) -> Result<(serde_json::Value, Parts), StudyError> {
    let stored = |e: serde_json::Error| PredictError::Stored { message: e.to_string() };
    let summary = serde_json::to_value(Report::of(&kept.study.result)).map_err(stored)?;
    let mut parts = vec![
        (STUDY.to_owned(), kept.study.to_bytes()?),
        (CUSTOMERS.to_owned(), parquet_bytes(&mut kept.customers.clone())?),
    ];
    if let Some(leader) = kept.leader() {
        parts.push((SCORES_PART.to_owned(), parquet_bytes(&mut scored(&kept.customers, leader, &kept.scores)?)?));
    }
    Ok((summary, parts))
}

/// [`USER`] and the model's scores.
pub fn scored(customers: &DataFrame, model: &FittedModel, scores: &[f64]) -> Result<DataFrame, StudyError> {
    let ids = customers.column(USER)?.clone();
    let scores = Column::new(score_name(model.target.task, &model.target.name).into(), scores);
    Ok(DataFrame::new(customers.height(), vec![ids, scores])?)
}

/// A study as a run keeps it.
pub fn load(run: &Run, reader: &Reader) -> Result<KeptStudy, StudyError> {
    let study = Study::from_bytes(&blob(run, reader, STUDY)?)?;
    let customers = frame_from_parquet(blob(run, reader, CUSTOMERS)?, None)?;
    let frame = Frame::from_polars(&customers)?;
    let table = frame_from_parquet(blob(run, reader, SCORES_PART)?, None)?;
    let scores = match table.columns().get(1) {
        Some(column) => column.f64()?.iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
        None => Vec::new(),
    };
    Ok(KeptStudy { study, customers, frame, scores })
}

fn blob(run: &Run, reader: &Reader, name: &str) -> Result<Vec<u8>, StudyError> {
    let missing = || PredictError::Stored { message: format!("part {name} is missing") };
    Ok(reader.blob(run.part(name).ok_or_else(missing)?.blob)?)
}

/// The newest study that a project keeps.
pub fn newest(project: &Project) -> Option<(RunId, &Run)> {
    project.latest_run_of(Stage::Predict, MODELS)
}

/// A score that other stages read as a feature of customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScoreColumn {
    /// `chance_…` for yes/no, `expected_…` for numbers.
    pub name: String,
    pub run: RunId,
}

/// The most scores that stand beside the features at once.
const SCORES_AT_ONCE: usize = 8;

/// Of every question about customers the newest scores, the newest question first. Rows without an id of their own
/// are nobody's.
pub fn score_columns(project: &Project) -> Vec<ScoreColumn> {
    let mut found: Vec<ScoreColumn> = Vec::new();
    for (id, run) in project.runs().rev() {
        if run.stage != Stage::Predict || run.part(SCORES_PART).is_none() || !is_about_customers(project, run) {
            continue;
        }
        if let Some(name) = score_column_of(project, run)
            && found.iter().all(|known| known.name != name)
        {
            found.push(ScoreColumn { name, run: id });
        }
        if found.len() == SCORES_AT_ONCE {
            break;
        }
    }
    found
}

fn is_about_customers(project: &Project, run: &Run) -> bool {
    let rows = serde_json::from_value::<FeatureChoice>(run.recipe["rows"].clone());
    rows.is_ok_and(|rows| names_customers(project, &rows))
}

/// Whether the rows have customers' ids; without a column of them they are called by their numbers.
pub fn names_customers(project: &Project, rows: &FeatureChoice) -> bool {
    match rows {
        FeatureChoice::Table(id) => project.table(*id).is_some_and(|table| table.name_of(Role::User).is_some()),
        FeatureChoice::Events(_) => true,
    }
}

/// What the scores of a run are called; a run that applied a kept model answers that model's question.
fn score_column_of(project: &Project, run: &Run) -> Option<String> {
    if run.method == SCORES {
        let plan: ScorePlan = serde_json::from_value(run.recipe.clone()).ok()?;
        return project.run(plan.study).and_then(|study| score_column_of(project, study));
    }
    let target = run.summary["target"].as_str()?;
    let task = serde_json::from_value(run.summary["task"].clone()).ok()?;
    Some(score_name(task, target))
}

/// [`USER`] and one column of scores, of every [`score_columns`].
pub fn scores(project: &Project, reader: &Reader) -> Result<Vec<DataFrame>, StudyError> {
    let read = |column: &ScoreColumn| {
        let run = project.run(column.run).ok_or(StudyError::NoModel)?;
        Ok(frame_from_parquet(blob(run, reader, SCORES_PART)?, None)?)
    };
    score_columns(project).iter().map(read).collect()
}

/// A recipe of a run that applies a kept model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScorePlan {
    pub study: RunId,
    pub model: ModelKind,
    pub rows: FeatureChoice,
}

/// Rows scored by a kept model.
#[derive(Debug, Clone)]
pub struct Scored {
    pub check: FitCheck,
    pub customers: DataFrame,
    pub scores: Vec<f64>,
    pub model: Arc<FittedModel>,
}

/// The model of a study: the leader, or the one asked for.
pub fn model_of(study: &Study, asked: Option<ModelKind>) -> Result<Arc<FittedModel>, StudyError> {
    let board = &study.result.leaderboard;
    match asked {
        None => board.first().map(|m| m.model.clone()).ok_or(StudyError::NoModel),
        Some(kind) => study
            .result
            .of(kind)
            .map(|m| m.model.clone())
            .ok_or_else(|| StudyError::OtherModels { asked: kind, has: board.iter().map(|m| m.kind).collect() }),
    }
}

/// Checks that the rows fit a kept model, and scores them.
pub fn apply(
    project: &Project,
    reader: &Reader,
    model: Arc<FittedModel>,
    rows: &FeatureChoice,
    monitor: &Monitor,
) -> Result<Scored, StudyError> {
    let customers = Sources::new(project, reader).features(rows, monitor)?.frame;
    let (scores, check) = score_table(&model, &Frame::from_polars(&customers)?, monitor)?;
    Ok(Scored { check, customers, scores, model })
}

/// The recipe that a project without any decision starts with: who buys in the next 30 days.
pub fn usual_rows(project: &Project) -> FeatureChoice {
    match FeatureChoice::of(project) {
        FeatureChoice::Events(recipe) => FeatureChoice::Events(FeatureRecipe { today: None, ..recipe }),
        table => table,
    }
}

/// A moment from a date, `2026-09-30`, in UTC.
pub fn cut_of(date: &str) -> Option<Moment> {
    let date: jiff::civil::Date = date.trim().parse().ok()?;
    Some(Moment(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second()))
}
