//! What the program remembers between starts, apart from projects: one small JSON file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::base::time::Moment;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LanguageChoice {
    #[default]
    System,
    English,
    Chinese,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    pub path: PathBuf,
    pub name: String,
    pub opened_at: Moment,
    pub bytes: u64,
    /// State of each stage when it was last closed, for the row of dots.
    #[serde(default)]
    pub stages: Vec<(crate::stage::Stage, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: ThemeChoice,
    pub language: LanguageChoice,
    pub zoom: f32,
    pub recents: Vec<Recent>,
    pub last_project: Option<PathBuf>,
    /// Outer position and inner size of the window, in points.
    pub window: Option<[f32; 4]>,
    pub maximised: bool,
    pub models: super::models::ModelSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            language: LanguageChoice::default(),
            zoom: 1.0,
            recents: Vec::new(),
            last_project: None,
            window: None,
            maximised: false,
            models: Default::default(),
        }
    }
}

const RECENTS_KEPT: usize = 12;

impl Settings {
    /// An unreadable file counts as none: settings are never a reason not to start.
    pub fn load(path: &Path) -> Self {
        let read = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut settings: Self = read.unwrap_or_default();
        settings.zoom = if settings.zoom.is_finite() { settings.zoom.clamp(0.5, 3.0) } else { 1.0 };
        settings
    }

    pub fn save(&self, path: &Path) -> Result<(), StoreError> {
        let fail = |error: std::io::Error| StoreError::io(path, &error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| StoreError::Io { path: path.to_owned(), what: error.to_string() })?;
        // Written beside and renamed, so that a crash leaves the old settings whole.
        let part = path.with_extension("part");
        std::fs::write(&part, text).map_err(fail)?;
        std::fs::rename(&part, path).map_err(fail)
    }

    pub fn remember(&mut self, recent: Recent) {
        self.recents.retain(|other| other.path != recent.path);
        self.recents.insert(0, recent);
        self.recents.truncate(RECENTS_KEPT);
    }
}

/// Where settings live on this system, and where new projects go by default.
pub fn config_file() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", "Shopwright")?.config_dir().join("settings.json"))
}

pub fn documents_folder() -> PathBuf {
    let user = directories::UserDirs::new();
    let folder = user.as_ref().and_then(|dirs| dirs.document_dir().or(Some(dirs.home_dir())).map(Path::to_owned));
    folder.unwrap_or_else(std::env::temp_dir)
}
