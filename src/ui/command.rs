//! What a page asks the app to do. Actions say nothing more; these carry what they need.

use std::path::PathBuf;

use super::Action;
use crate::base::Fingerprint;
use crate::jobs::Slot;
use crate::project::document::{Label, Merge};
use crate::project::{Edit, TableId};
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
    Import(PathBuf),
    RemoveTable(TableId),
    /// Rows of a table are in sight that are not loaded.
    WantRows(Fingerprint),
    /// The figures of the Home page are in sight and not there for the project as it is.
    WantOverview,
    RetrySave,
    Stop(Slot),
    DismissFailure(Slot),
    SetTheme(ThemeChoice),
    SetLanguage(LanguageChoice),
    SetZoom(f32),
    /// Puts a text on the clipboard.
    CopyText(String),
}
