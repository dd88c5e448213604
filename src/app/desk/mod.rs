//! One file a stage: what its commands start, what its jobs bring back, how that enters the project.

pub mod copy;
mod copy_work;
pub mod data;
pub mod explore;
pub mod models;
mod pictures;
pub mod predict;
pub mod recommend;
pub mod run;
pub mod segment;
pub mod shape;

use crate::base::Fingerprint;
use crate::project::{Run, RunId};
use crate::store::Opened;
use crate::ui::shown::AnyResult;

/// What a job brings back.
pub enum Outcome {
    Opened(Box<Opened>),
    Copy(copy::CopyOutcome),
    Data(data::DataOutcome),
    Models(models::ModelsOutcome),
    /// A run was made; its typed result is kept for drawing.
    Run(Box<Run>, AnyResult),
    /// A run of the project was loaded for drawing.
    Result(RunId, AnyResult),
    /// Something a page asked for, under the page's own name.
    Extra(&'static str, Fingerprint, AnyResult),
    /// Customers were chosen on a chart.
    Selected(crate::ui::shown::Selection),
    /// Something was done and there is this to say.
    Said(crate::ui::failure::Say),
    /// Customers that become the selection of every page.
    Select(crate::ui::shown::Selection),
    /// A segment that the user keeps, under its number.
    KeepSegment(u64, Box<crate::stage::segment::saved::SavedSegment>),
    Nothing,
}
