//! Features of customers as a run of the project: made by either front door, read by whoever needs one row a customer.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::blob::{Reader, frame_from_parquet, parquet_bytes};
use super::ingest::column_type;
use super::sources::{FeatureChoice, FeatureSet, SourceError, Sources};
use crate::base::Monitor;
use crate::base::time::Moment;
use crate::project::{self, Project, Run, RunId};
use crate::stage::Stage;
use crate::stage::data::Role;
use crate::stage::data::features::{Definition, Skipped, USER};

/// The method's name among the runs of the data stage.
pub const METHOD: &str = "features";
/// The part of the run with the table.
pub const PART: &str = "features";

/// The small part of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureSummary {
    pub customers: u64,
    pub today: Option<Moment>,
    pub last_event: Option<Moment>,
    pub columns: Vec<project::Column>,
    pub definitions: Vec<Definition>,
    pub skipped: Vec<Skipped>,
}

impl FeatureSummary {
    fn of(set: &FeatureSet) -> Self {
        let column = |column: &Column| project::Column {
            name: column.name().to_string(),
            kind: column_type(column.dtype()),
            role: if column.name() == USER { Role::User } else { Role::Other },
        };
        Self {
            customers: set.frame.height() as u64,
            today: set.today,
            last_event: set.last_event,
            columns: set.frame.columns().iter().map(column).collect(),
            definitions: set.definitions.clone(),
            skipped: set.skipped.clone(),
        }
    }

    /// Nothing for a run that another version wrote in another form.
    pub fn of_run(run: &Run) -> Option<Self> {
        Self::deserialize(&run.summary).ok()
    }
}

/// The features made, their summary, and the table as it is kept.
pub fn make(
    project: &Project,
    reader: &Reader,
    choice: &FeatureChoice,
    monitor: &Monitor,
) -> Result<(FeatureSet, FeatureSummary, Vec<u8>), SourceError> {
    let mut set = Sources::new(project, reader).features(choice, monitor)?;
    let summary = FeatureSummary::of(&set);
    let bytes = parquet_bytes(&mut set.frame)?;
    Ok((set, summary, bytes))
}

/// The newest features of the project.
pub fn newest(project: &Project) -> Option<(RunId, &Run)> {
    project.latest_run_of(Stage::Data, METHOD)
}

/// The table of a run: some of its columns, or all.
pub fn frame(run: &Run, reader: &Reader, columns: Option<&[&str]>) -> Result<DataFrame, StoreError> {
    let Some(part) = run.part(PART) else { return Ok(DataFrame::empty()) };
    let bytes = reader.blob(part.blob)?;
    frame_from_parquet(bytes, columns).map_err(|error| reader.table_error(&error))
}
