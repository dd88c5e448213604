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

/// What changed here since both were the same, else what the other side says.
pub(super) fn newer<T: Clone + PartialEq>(ours: &T, base: &T, theirs: &T) -> T {
    if ours == base { theirs.clone() } else { ours.clone() }
}

impl Settings {
    /// An unreadable file counts as none: settings are never a reason not to start.
    pub fn load(path: &Path) -> Self {
        Self::read(path).unwrap_or_default()
    }

    fn read(path: &Path) -> Option<Self> {
        let mut settings: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        settings.zoom = if settings.zoom.is_finite() { settings.zoom.clamp(0.5, 3.0) } else { 1.0 };
        Some(settings)
    }

    /// These settings together with what another program (a second window, the command line) has put into the file
    /// since it held `base`: each side's own changes stay, and what changed on both is as it is here. `base` becomes
    /// what the file holds now.
    pub fn take_changes_in(&mut self, path: &Path, base: &mut Self) {
        let Some(theirs) = Self::read(path) else { return };
        *self = Self {
            theme: newer(&self.theme, &base.theme, &theirs.theme),
            language: newer(&self.language, &base.language, &theirs.language),
            zoom: newer(&self.zoom, &base.zoom, &theirs.zoom),
            recents: newer(&self.recents, &base.recents, &theirs.recents),
            last_project: newer(&self.last_project, &base.last_project, &theirs.last_project),
            window: newer(&self.window, &base.window, &theirs.window),
            maximised: newer(&self.maximised, &base.maximised, &theirs.maximised),
            models: self.models.merged(&base.models, &theirs.models),
        };
        *base = theirs;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::copy::channel::CopyLang;
    use crate::stage::copy::lm::desk::ModelSource;

    #[test]
    fn two_programs_keep_each_others_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let link = |name: &str| folder.path().join(name);
        let mut base = Settings::default();
        base.models.links = vec![link("old.gguf"), link("stays.gguf")];
        base.save(&file).unwrap();

        // The command line adds a model and makes it the writer, while the window takes another off and turns dark.
        let mut theirs = Settings::load(&file);
        theirs.models.links.push(link("new.gguf"));
        theirs.models.set_writer(CopyLang::Zh, ModelSource::File(link("new.gguf")));
        theirs.save(&file).unwrap();
        let mut ours = base.clone();
        ours.theme = ThemeChoice::Dark;
        ours.models.forget(&ModelSource::File(link("old.gguf")));
        ours.models.add_link(&ModelSource::File(link("ours.gguf")));

        ours.take_changes_in(&file, &mut base);
        assert_eq!(ours.models.links, [link("stays.gguf"), link("new.gguf"), link("ours.gguf")]);
        assert_eq!(ours.models.writer_of(CopyLang::Zh), ModelSource::File(link("new.gguf")));
        assert_eq!((ours.theme, &base), (ThemeChoice::Dark, &theirs));
        // What came from the other side and goes there again goes here too.
        theirs.models.forget(&ModelSource::File(link("new.gguf")));
        theirs.save(&file).unwrap();
        ours.take_changes_in(&file, &mut base);
        assert_eq!(ours.models.links, [link("stays.gguf"), link("ours.gguf")]);
        // A file that is gone or broken takes nothing away.
        std::fs::write(&file, "{").unwrap();
        let before = ours.clone();
        ours.take_changes_in(&file, &mut base);
        assert_eq!(ours, before);
    }
}
