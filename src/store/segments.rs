//! Segments between the project and their stage: the customers they are made from, a run's parts, saved segments.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::StoreError;
use super::blob::{Reader, frame_from_parquet, parquet_bytes};
use super::sources::{FeatureChoice, SourceError, Sources, newest};
use super::study::{self, StudyError};
use crate::base::{Cancelled, Fingerprint, Monitor};
use crate::project::{Input, InputRef, Item, Project, Run};
use crate::stage::Stage;
use crate::stage::data::features::{FeatureRecipe, USER};
use crate::stage::data::{Role, TableKind};
use crate::stage::segment::SegmentError;
use crate::stage::segment::ground::Ground;
use crate::stage::segment::picture::Picture;
use crate::stage::segment::report::Report;
use crate::stage::segment::run::{Method, SegmentRecipe};
use crate::stage::segment::saved::{AudienceFloor, SavedSegment, SegmentNames};

/// Why segments could not be made, loaded or written.
#[derive(Debug, thiserror::Error)]
pub enum SegmentsError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Segment(#[from] SegmentError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Of scores that stand beside the features.
    #[error(transparent)]
    Study(#[from] StudyError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Everything that decides a run of the stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SegmentPlan {
    pub customers: FeatureChoice,
    pub segment: SegmentRecipe,
}

impl Default for SegmentPlan {
    fn default() -> Self {
        let segment = SegmentRecipe { method: Method::KMeans, ..SegmentRecipe::default() };
        Self { customers: FeatureChoice::default(), segment }
    }
}

impl Item for SavedSegment {
    const KIND: &'static str = "segment";
}

impl Item for SegmentNames {
    const KIND: &'static str = "segment_names";
}

impl Item for AudienceFloor {
    const KIND: &'static str = "audience_floor";
}

/// The project's one floor.
pub const THE_ONE: &str = "segment";

impl SegmentPlan {
    /// The plan of the newest run, or what a project without one starts with.
    pub fn of(project: &Project) -> Self {
        let last = latest(project).and_then(|(_, run)| plan_of(run));
        last.unwrap_or_else(|| Self { customers: FeatureChoice::of(project), ..Self::default() })
    }

    /// The tables it is made from, and the predictions that are among its features, as they are now.
    pub fn inputs(&self, project: &Project) -> Vec<InputRef> {
        let mut inputs = self.customers.inputs(project);
        let scores = study::score_columns(project).into_iter();
        let chosen = scores.filter(|score| self.segment.features.contains(&score.name));
        inputs.extend(chosen.filter_map(|score| project.input(Input::Run(score.run))));
        inputs
    }

    /// Equal for equal customers: the key of a [`Ground`].
    pub fn ground_key(&self, project: &Project) -> Fingerprint {
        let users = newest(project, TableKind::Users).and_then(|id| project.table(id)).map(|table| table.fingerprint());
        Fingerprint::of(&(&self.customers, self.inputs(project), users, study::score_columns(project)))
    }

    /// The name of the run's method.
    pub fn method(&self) -> &'static str {
        method_key(self.segment.method)
    }
}

pub fn method_key(method: Method) -> &'static str {
    match method {
        Method::Rfm => "rfm",
        Method::KMeans => "kmeans",
        Method::Gmm => "gmm",
    }
}

pub fn method_from_key(key: &str) -> Option<Method> {
    [Method::Rfm, Method::KMeans, Method::Gmm].into_iter().find(|method| method_key(*method) == key)
}

/// Reads the customers that segments are made from.
pub fn ground(
    project: &Project,
    reader: &Reader,
    choice: &FeatureChoice,
    monitor: &Monitor,
) -> Result<Ground, SegmentsError> {
    let sources = Sources::new(project, reader);
    let ground = match choice {
        FeatureChoice::Events(recipe) => {
            recipe.check().map_err(SourceError::from)?;
            let input = sources.feature_input(monitor)?;
            let users = newest(project, TableKind::Users)
                .and_then(|id| Some((id, project.table(id)?.name_of(Role::User)?)))
                .map(|(id, user)| Ok::<_, SourceError>((sources.frame(id, None, monitor)?, user)))
                .transpose()?;
            let users = users.as_ref().map(|(frame, user)| (frame, user.as_str()));
            Ground::from_events(&input, recipe, users, monitor)?
        }
        FeatureChoice::Table(_) => Ground::from_table(sources.features(choice, monitor)?.frame),
    };
    Ok(ground.with_scores(study::scores(project, reader)?))
}

const WORDS: &str = "segmentation";
const ROWS: &str = "customers";

/// The large parts of a run.
pub fn parts(picture: &Picture) -> Result<Vec<(String, Vec<u8>)>, SegmentsError> {
    let (json, mut rows) = picture.to_parts()?;
    let rows = parquet_bytes(&mut rows).map_err(SegmentError::from)?;
    Ok(vec![(WORDS.to_owned(), json), (ROWS.to_owned(), rows)])
}

/// The small part of a run.
pub fn summary(picture: &Picture, seconds: f64) -> Value {
    serde_json::to_value(Report::new(&picture.found, seconds)).unwrap_or_default()
}

/// What a run keeps, ready to draw. Nothing is computed.
pub fn load(run: &Run, reader: &Reader) -> Result<Picture, SegmentsError> {
    let bytes = |name: &str| -> Result<Vec<u8>, SegmentsError> {
        let missing = || SegmentError::Fit(format!("the run has no part {name}"));
        Ok(reader.blob(run.part(name).ok_or_else(missing)?.blob)?)
    };
    let rows = frame_from_parquet(bytes(ROWS)?, None).map_err(SegmentError::from)?;
    Ok(Picture::from_parts(&bytes(WORDS)?, &rows)?)
}

/// The newest run that found segments.
pub fn latest(project: &Project) -> Option<(crate::project::RunId, &Run)> {
    project.latest_run(Stage::Segment)
}

/// The plan that a run was made with.
pub fn plan_of(run: &Run) -> Option<SegmentPlan> {
    serde_json::from_value(run.recipe.clone()).ok()
}

/// How features look back when nothing else is said.
pub fn feature_recipe(choice: &FeatureChoice) -> FeatureRecipe {
    match choice {
        FeatureChoice::Events(recipe) => recipe.clone(),
        FeatureChoice::Table(_) => FeatureRecipe::default(),
    }
}

/// The salt that this project hashes customers' ids with; a project without one gets one by this edit.
pub fn salt(project: &Project) -> (String, Option<crate::project::Edit>) {
    if let Some(salt) = project.meta(SALT) {
        return (salt.to_owned(), None);
    }
    let chance: [u8; 32] = rand::random();
    let salt: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    (salt.clone(), Some(crate::project::Edit::Meta(SALT.to_owned(), Some(salt))))
}

const SALT: &str = "salt";

/// The table of an export: customer, segment, and the chosen features. `names[segment]` in the reader's language.
pub fn export_frame(
    picture: &Picture,
    rows: &[u32],
    columns: &[String],
    names: &std::collections::BTreeMap<u32, String>,
) -> Result<polars::prelude::DataFrame, SegmentsError> {
    use polars::prelude::{Column, DataFrame};
    let at = |row: &u32| *row as usize;
    let ids: Vec<&str> = rows.iter().map(|row| picture.ids[at(row)].as_str()).collect();
    let segment = |row: &u32| names.get(&picture.found.labels[at(row)]).map(String::as_str);
    let mut table = vec![
        Column::new(USER.into(), ids),
        Column::new("segment".into(), rows.iter().map(segment).collect::<Vec<Option<&str>>>()),
    ];
    for name in columns {
        let values = picture.columns.get(name).ok_or_else(|| SegmentError::UnknownFeature(name.clone()))?;
        // Twelve digits of a 32-bit float would tell of nothing but rounding.
        let tidy = |x: f32| x.is_finite().then(|| format!("{x}").parse::<f64>().unwrap_or(f64::from(x)));
        table.push(Column::new(name.as_str().into(), rows.iter().map(|row| tidy(values[at(row)])).collect::<Vec<_>>()));
    }
    Ok(DataFrame::new(rows.len(), table).map_err(SegmentError::from)?)
}
