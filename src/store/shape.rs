//! Profiles of a project's tables, and the rows set aside, for both front doors.

use polars::prelude::DataFrame;

use super::StoreError;
use super::blob::Reader;
use super::sources::{SourceError, Sources};
use crate::base::Monitor;
use crate::project::{Project, Table, TableId};
use crate::stage::data::Role;
use crate::stage::data::profile::{Profile, ProfileError, ProfileRecipe, profile, profile_frame};

/// Why a table has no profile.
#[derive(Debug, thiserror::Error)]
pub enum ShapeError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl From<StoreError> for ShapeError {
    fn from(error: StoreError) -> Self {
        Self::Source(error.into())
    }
}

/// The profile of a table as it is after cleaning. A table without cleaning is read chunk by chunk, so that memory
/// does not grow with its rows.
pub fn profile_table(
    project: &Project,
    reader: &Reader,
    id: TableId,
    recipe: &ProfileRecipe,
    monitor: &Monitor,
) -> Result<Profile, ShapeError> {
    let table = project.table(id).ok_or(SourceError::NoTable(id.0))?;
    let columns = table.columns_after();
    let roles: Vec<(String, Role)> = columns.into_iter().map(|column| (column.name, column.role)).collect();
    if table.cleaning.steps.iter().any(|step| step.on) {
        let frame = Sources::new(project, reader).frame(id, None, monitor)?;
        return Ok(profile_frame(&frame, table.kind, &roles, recipe, monitor)?);
    }
    let chunks = table.chunks.iter().map(|chunk| reader.chunk(chunk));
    Ok(profile(chunks, table.rows(), table.kind, &roles, recipe, monitor)?)
}

/// The rows of its file that are not in the table, as far as they were kept: `file`, `line`, `reason`, `text`.
pub fn aside_of(reader: &Reader, table: &Table) -> Result<DataFrame, StoreError> {
    match table.aside.as_ref().and_then(|aside| aside.kept) {
        Some(kept) => reader.chunk(&kept),
        None => Ok(DataFrame::empty()),
    }
}
