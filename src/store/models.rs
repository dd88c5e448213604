//! The shelf of language models: a folder beside the settings, links to files elsewhere, and who writes which
//! language. The window and the command line share it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::StoreError;
use super::settings::newer;
use crate::base::Monitor;
use crate::base::monitor::{Cancelled, Step};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::lm::bench::Bench;
use crate::stage::copy::lm::desk::{ModelSource, house_file};
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::load::Card;

/// What the settings keep about models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelSettings {
    /// Files and folders used where they lie.
    pub links: Vec<PathBuf>,
    /// Who writes each language; nothing for the house model.
    pub english: Option<ModelSource>,
    pub chinese: Option<ModelSource>,
    /// What took long to find out.
    pub known: Vec<Known>,
}

/// What is known of a model besides what its header says; true while the file is as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub source: ModelSource,
    pub stamp: Stamp,
    #[serde(default)]
    pub sha256: Option<String>,
    #[serde(default)]
    pub bench: Option<Bench>,
    /// What it wrote when it was tried.
    #[serde(default)]
    pub sample: Option<String>,
}

/// Size and time of a file: when they change, it is another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub bytes: u64,
    pub modified: u64,
}

/// One model of the shelf.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelved {
    pub source: ModelSource,
    /// Used where it lies; a copy otherwise (or inside the program).
    pub linked: bool,
    pub card: Result<Card, LmError>,
    pub known: Option<Known>,
}

impl Shelved {
    /// The name in the file, else the file's own.
    pub fn name(&self) -> String {
        match (&self.card, &self.source) {
            (Ok(card), _) => card.name.clone(),
            (Err(_), ModelSource::File(path)) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            (Err(_), ModelSource::House) => "Shopwright house model".into(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShelfError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Model(#[from] LmError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is on the shelf already, under this path.
    #[error("{0} is on the shelf already")]
    Twice(PathBuf),
    /// Only files are copied.
    #[error("{0} is a folder; link it instead")]
    Folder(PathBuf),
}

impl ModelSettings {
    pub fn writer_of(&self, lang: CopyLang) -> ModelSource {
        let chosen = match lang {
            CopyLang::En => &self.english,
            CopyLang::Zh => &self.chinese,
        };
        chosen.clone().unwrap_or(ModelSource::House)
    }

    pub fn set_writer(&mut self, lang: CopyLang, source: ModelSource) {
        let chosen = Some(source).filter(|source| *source != ModelSource::House);
        match lang {
            CopyLang::En => self.english = chosen,
            CopyLang::Zh => self.chinese = chosen,
        }
    }

    /// Keeps what was found out; what `new` does not say stays if the file is still the same.
    pub fn learn(&mut self, new: Known) {
        let at = self.known.iter().position(|known| known.source == new.source);
        let old = at.map(|at| self.known.remove(at)).filter(|old| old.stamp == new.stamp);
        let (sha256, bench, sample) = old.map_or((None, None, None), |old| (old.sha256, old.bench, old.sample));
        self.known.push(Known {
            sha256: new.sha256.or(sha256),
            bench: new.bench.or(bench),
            sample: new.sample.or(sample),
            ..new
        });
    }

    pub fn known(&self, source: &ModelSource) -> Option<&Known> {
        let stamp = stamp(source);
        self.known.iter().find(|known| known.source == *source && known.stamp == stamp)
    }

    pub fn add_link(&mut self, source: &ModelSource) {
        if let ModelSource::File(path) = source
            && !self.links.contains(path)
        {
            self.links.push(path.clone());
        }
    }

    /// Both sides' changes since `base`; see [`super::settings::Settings::take_changes_in`].
    pub fn merged(&self, base: &Self, theirs: &Self) -> Self {
        let mut out = theirs.clone();
        out.english = newer(&self.english, &base.english, &theirs.english);
        out.chinese = newer(&self.chinese, &base.chinese, &theirs.chinese);
        out.links.retain(|link| self.links.contains(link) || !base.links.contains(link));
        for link in self.links.iter().filter(|link| !base.links.contains(link)) {
            out.add_link(&ModelSource::File(link.clone()));
        }
        let forgot = |known: &Known| self.known.iter().all(|ours| ours.source != known.source);
        out.known.retain(|known| !(forgot(known) && base.known.contains(known)));
        for known in self.known.iter().filter(|known| !base.known.contains(known)) {
            out.learn(known.clone());
        }
        out
    }

    /// Forgets all about a model, as when it leaves the shelf.
    pub fn forget(&mut self, source: &ModelSource) {
        self.known.retain(|known| known.source != *source);
        if let ModelSource::File(path) = source {
            self.links.retain(|link| link != path);
        }
        for chosen in [&mut self.english, &mut self.chinese] {
            if chosen.as_ref() == Some(source) {
                *chosen = None;
            }
        }
    }
}

/// Where copies of models lie: beside the settings file.
pub fn folder(settings_file: &Path) -> PathBuf {
    settings_file.with_file_name("models")
}

/// Size and time of a model now; zeros for what is not there. Inside the program only the size counts.
pub fn stamp(source: &ModelSource) -> Stamp {
    let ModelSource::File(path) = source else {
        return Stamp { bytes: house_file().map_or(0, |file| file.len() as u64), modified: 0 };
    };
    let Ok(facts) = std::fs::metadata(path) else { return Stamp::default() };
    let modified = facts.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Stamp { bytes: facts.len(), modified: modified.map_or(0, |time| time.as_secs()) }
}

/// All models, the house model first, then copies by name, then links. Reads every file's header.
pub fn shelf(folder: &Path, settings: &ModelSettings) -> Vec<Shelved> {
    let mut copies: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    copies.retain(|path| path.extension().is_some_and(|ending| ending == "gguf") || is_model_folder(path));
    copies.sort();
    let copies = copies.into_iter().map(|path| (ModelSource::File(path), false));
    let links = settings.links.iter().map(|path| (ModelSource::File(path.clone()), true));
    let all = [(ModelSource::House, false)].into_iter().chain(copies).chain(links);
    all.map(|(source, linked)| {
        let (card, known) = (source.inspect(), settings.known(&source).cloned());
        Shelved { source, linked, card, known }
    })
    .collect()
}

fn is_model_folder(path: &Path) -> bool {
    path.join("config.json").is_file()
}

/// The model that a user means by `name`: `house`, a path, a file's name, or the name in the file.
pub fn find(shelf: &[Shelved], name: &str) -> Option<ModelSource> {
    if name == "house" {
        return Some(ModelSource::House);
    }
    let path = Path::new(name);
    if path.exists() {
        return Some(ModelSource::File(path.to_owned()));
    }
    let is = |model: &&Shelved| match &model.source {
        ModelSource::House => false,
        ModelSource::File(path) => path.file_name().is_some_and(|file| file == name) || model.name() == name,
    };
    shelf.iter().find(is).map(|model| model.source.clone())
}

/// Looks at a file or folder that is to be used where it lies; [`ModelSettings::add_link`] then puts it on the shelf.
pub fn link(folder: &Path, settings: &ModelSettings, path: &Path) -> Result<Shelved, ShelfError> {
    let path = std::path::absolute(path).map_err(|error| StoreError::io(path, &error))?;
    let source = ModelSource::File(path.clone());
    let card = source.inspect()?;
    if settings.links.contains(&path) || path.parent() == Some(folder) {
        return Err(ShelfError::Twice(path));
    }
    Ok(Shelved { known: settings.known(&source).cloned(), source, linked: true, card: Ok(card) })
}

/// Copies a file into the shelf's folder, taking its SHA-256 on the way. Checks it first; what is broken off leaves
/// nothing behind.
pub fn copy(folder: &Path, path: &Path, monitor: &Monitor) -> Result<Shelved, ShelfError> {
    if path.is_dir() {
        return Err(ShelfError::Folder(path.to_owned()));
    }
    let card = ModelSource::File(path.to_owned()).inspect()?;
    let name = path.file_name().unwrap_or_default();
    let target = folder.join(name).with_extension("gguf");
    if target.exists() {
        return Err(ShelfError::Twice(target));
    }
    std::fs::create_dir_all(folder).map_err(|error| StoreError::io(folder, &error))?;
    let part = target.with_extension("part");
    let copied = copy_to(path, &part, monitor).and_then(|sha256| {
        std::fs::rename(&part, &target).map_err(|error| StoreError::io(&target, &error))?;
        Ok(sha256)
    });
    let sha256 = match copied {
        Ok(sha256) => sha256,
        Err(error) => {
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
    };
    let source = ModelSource::File(target);
    let known =
        Known { stamp: stamp(&source), source: source.clone(), sha256: Some(sha256), bench: None, sample: None };
    Ok(Shelved { source, linked: false, card: Ok(card), known: Some(known) })
}

fn copy_to(from: &Path, to: &Path, monitor: &Monitor) -> Result<String, ShelfError> {
    let mut source = File::open(from).map_err(|error| StoreError::io(from, &error))?;
    let mut target = File::create(to).map_err(|error| StoreError::io(to, &error))?;
    let total = source.metadata().map_or(0, |facts| facts.len());
    let (mut hash, mut buffer, mut done) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        monitor.check()?;
        let read = source.read(&mut buffer).map_err(|error| StoreError::io(from, &error))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read]).map_err(|error| StoreError::io(to, &error))?;
        done += read as u64;
        monitor.report(Step::Writing, done, total);
    }
    target.sync_all().map_err(|error| StoreError::io(to, &error))?;
    Ok(hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of a model's file; of a folder's weights there are several, so none.
pub fn sha256(source: &ModelSource, monitor: &Monitor) -> Result<Option<String>, ShelfError> {
    match source {
        ModelSource::House => Ok(house_file().map(|file| hex(&Sha256::digest(file)))),
        ModelSource::File(path) if path.is_dir() => Ok(None),
        ModelSource::File(path) => Ok(Some(crate::stage::copy::lm::file::sha256(path, monitor)?)),
    }
}

/// Deletes the file of a copy; what is linked stays where it is. [`ModelSettings::forget`] takes it off the shelf.
pub fn delete_copy(folder: &Path, settings: &ModelSettings, source: &ModelSource) -> Result<(), ShelfError> {
    match source {
        ModelSource::File(path) if path.parent() == Some(folder) && !settings.links.contains(path) => {
            if path.is_dir() {
                return Err(ShelfError::Folder(path.clone()));
            }
            Ok(std::fs::remove_file(path).map_err(|error| StoreError::io(path, &error))?)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::copy::lm::fixture::Fixture;

    fn model_file(folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, Fixture::new("llama", "q4_0").bytes()).unwrap();
        path
    }

    #[test]
    fn copies_and_links_come_onto_the_shelf_once_and_leave_it() {
        let home = tempfile::tempdir().unwrap();
        let shelf_folder = folder(&home.path().join("settings.json"));
        let (file, monitor) = (model_file(home.path(), "a.gguf"), Monitor::quiet());
        let mut settings = ModelSettings::default();

        let copied = copy(&shelf_folder, &file, &monitor).unwrap();
        let sum = copied.known.clone().and_then(|known| known.sha256).unwrap();
        assert_eq!(sha256(&ModelSource::File(file.clone()), &monitor).unwrap(), Some(sum.clone()));
        settings.learn(copied.known.clone().unwrap());
        assert!(matches!(copy(&shelf_folder, &file, &monitor), Err(ShelfError::Twice(_))));

        let linked = link(&shelf_folder, &settings, &file).unwrap();
        settings.add_link(&linked.source);
        assert!(matches!(link(&shelf_folder, &settings, &file), Err(ShelfError::Twice(_))));

        let all = shelf(&shelf_folder, &settings);
        assert_eq!(all.iter().map(|model| model.linked).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(all[1].known.as_ref().and_then(|known| known.sha256.as_ref()), Some(&sum));
        assert_eq!(all[1].card.as_ref().map(|card| card.context), Ok(512));
        assert_eq!(find(&all, "house"), Some(ModelSource::House));
        assert_eq!(find(&all, "Fixture"), Some(copied.source.clone()));
        assert_eq!(find(&all, "a.gguf"), Some(copied.source.clone()));
        assert_eq!(find(&all, "b.gguf"), None);

        settings.set_writer(CopyLang::Zh, copied.source.clone());
        assert_eq!(settings.writer_of(CopyLang::Zh), copied.source);
        for source in [&copied.source, &linked.source] {
            delete_copy(&shelf_folder, &settings, source).unwrap();
            settings.forget(source);
        }
        assert!(file.exists(), "a linked file is not ours to delete");
        assert_eq!(shelf(&shelf_folder, &settings).len(), 1);
        assert_eq!(settings, ModelSettings::default());
    }

    #[test]
    fn a_broken_or_interrupted_file_leaves_the_shelf_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let shelf_folder = home.path().join("models");
        let cut = home.path().join("cut.gguf");
        let whole = Fixture::new("llama", "q4_0").bytes();
        std::fs::write(&cut, &whole[..whole.len() - 5_000]).unwrap();
        let settings = ModelSettings::default();
        for result in [copy(&shelf_folder, &cut, &Monitor::quiet()), link(&shelf_folder, &settings, &cut)] {
            assert!(matches!(result, Err(ShelfError::Model(LmError::Incomplete { .. }))), "{result:?}");
        }
        let cancelled = Monitor::quiet();
        cancelled.cancel();
        let good = model_file(home.path(), "good.gguf");
        assert!(matches!(copy(&shelf_folder, &good, &cancelled), Err(ShelfError::Cancelled(_))));
        assert_eq!(std::fs::read_dir(&shelf_folder).unwrap().count(), 0);
        assert!(matches!(copy(&shelf_folder, home.path(), &Monitor::quiet()), Err(ShelfError::Folder(_))));
    }

    /// What was found out of a file is forgotten when the file changes, and kept when only more is found out.
    #[test]
    fn what_is_known_belongs_to_the_file_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let source = ModelSource::File(model_file(home.path(), "a.gguf"));
        let known = |sha256: Option<&str>, sample: Option<&str>| Known {
            source: source.clone(),
            stamp: stamp(&source),
            sha256: sha256.map(str::to_owned),
            bench: None,
            sample: sample.map(str::to_owned),
        };
        let mut settings = ModelSettings::default();
        settings.learn(known(Some("00"), None));
        settings.learn(known(None, Some("Tea.")));
        assert_eq!(settings.known(&source), Some(&known(Some("00"), Some("Tea."))));
        let ModelSource::File(path) = &source else { unreachable!() };
        std::fs::write(path, "other").unwrap();
        assert_eq!(settings.known(&source), None);
        settings.learn(known(None, Some("Cup.")));
        assert_eq!(settings.known(&source), Some(&known(None, Some("Cup."))));
    }
}
