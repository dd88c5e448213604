//! What a page asks the app to do. Actions say nothing more; these carry what they need.

use std::path::PathBuf;

use super::Action;
use super::page::copy::CopyCommand;
use super::page::data::DataCommand;
use super::page::explore::ExploreCommand;
use super::page::models::ModelsCommand;
use super::page::predict::PredictCommand;
use super::page::recommend::RecommendCommand;
use super::page::segment::SegmentCommand;
use super::shown::Selection;
use crate::jobs::Slot;
use crate::project::Edit;
use crate::project::document::{Label, Merge};
use crate::store::settings::{LanguageChoice, ThemeChoice};

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Do(Action),
    /// A group of edits as one labelled step.
    Edit {
        label: Label,
        edits: Vec<Edit>,
        merge: Merge,
    },
    Open(PathBuf),
    Forget(PathBuf),
    New(PathBuf),
    SaveCopyTo(PathBuf),
    /// Customers to show on every page; nothing clears the selection.
    Select(Option<Selection>),
    Copy(CopyCommand),
    Data(DataCommand),
    Models(ModelsCommand),
    Recommend(RecommendCommand),
    Segment(SegmentCommand),
    Predict(PredictCommand),
    Explore(ExploreCommand),
    RetrySave,
    Stop(Slot),
    DismissFailure(Slot),
    SetTheme(ThemeChoice),
    SetLanguage(LanguageChoice),
    SetZoom(f32),
    /// Puts a text on the clipboard.
    CopyText(String),
}
