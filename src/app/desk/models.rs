//! The Models page's wiring: the shelf, test runs, and the one model that is kept in memory.

use std::path::PathBuf;
use std::sync::Arc;

use super::Outcome;
use crate::app::App;
use crate::app::services::Ask;
use crate::base::Monitor;
use crate::jobs::Slot;
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::lm::bench::bench;
use crate::stage::copy::lm::desk::{self, ModelKeeper, ModelSource};
use crate::stage::copy::lm::load::{LoadOptions, free_memory};
use crate::store::models::{self, Known, Shelved};
use crate::ui::page::models::ModelsCommand;
use crate::ui::shown::{ModelOffer, ModelsShown};
use crate::ui::text::{Lang, model as words};
use crate::ui::{Failure, Page};

/// What the models' jobs bring back.
pub enum ModelsOutcome {
    Shelf(Vec<Shelved>),
    Offered(Box<ModelOffer>),
    Added(Box<Shelved>),
    Learned(Box<Known>),
    Removed(ModelSource, String),
}

impl App {
    pub(crate) fn models_command(&mut self, command: ModelsCommand) {
        match command {
            ModelsCommand::Want => self.list_models(),
            ModelsCommand::Ask { folder } => {
                let what = if folder { Ask::AddModelFolder } else { Ask::AddModel };
                self.ask(what, "");
            }
            ModelsCommand::Look(path) => self.look_at_model(path),
            ModelsCommand::CloseOffer => self.shown.models.offer = None,
            ModelsCommand::Add { path, copy } => self.add_model(path, copy),
            ModelsCommand::Try(source) => self.try_model(source),
            ModelsCommand::Hash(source) => self.start_models(move |monitor, _| {
                let sha256 = models::sha256(&source, monitor)?;
                let known = Known { stamp: models::stamp(&source), source, sha256, bench: None, sample: None };
                Ok(ModelsOutcome::Learned(Box::new(known)))
            }),
            ModelsCommand::Unload => {
                self.jobs.cancel(Slot::Models);
                let keeper = self.keeper.clone();
                // Freeing gigabytes takes a moment; the window does not wait for it.
                if let Err(error) = crate::jobs::spawn("unload", move || keeper.unload()) {
                    log::error!("unloading: {error}");
                }
            }
            ModelsCommand::Remove(source) => self.remove_model(source),
            ModelsCommand::SetWriter(lang, source) => {
                self.settings.models.set_writer(lang, source);
                self.save_settings();
            }
        }
    }

    pub(crate) fn models_outcome(&mut self, outcome: ModelsOutcome) {
        match outcome {
            ModelsOutcome::Shelf(shelf) => self.shown.models.shelf = Some(Arc::new(shelf)),
            ModelsOutcome::Offered(offer) => self.shown.models.offer = Some(Arc::new(*offer)),
            ModelsOutcome::Added(model) => {
                self.shown.models.offer = None;
                if model.linked {
                    self.settings.models.add_link(&model.source);
                }
                if let Some(known) = model.known.clone() {
                    self.settings.models.learn(known);
                }
                self.notices.done(words::added(self.lang(), model.name()));
                self.save_settings();
                self.list_models();
            }
            ModelsOutcome::Learned(known) => {
                self.settings.models.learn(*known);
                self.save_settings();
                self.list_models();
            }
            ModelsOutcome::Removed(source, name) => {
                self.settings.models.forget(&source);
                self.notices.done(words::removed(self.lang(), name));
                self.save_settings();
                self.list_models();
            }
        }
    }

    /// What the pages see of the model in memory.
    pub(crate) fn note_loaded_model(&mut self) {
        self.shown.models.loaded = self.keeper.loaded();
    }

    fn models_folder(&self) -> PathBuf {
        let beside = self.services.settings_file.as_deref().map(models::folder);
        beside.unwrap_or_else(|| self.services.projects_folder.join("models"))
    }

    fn list_models(&mut self) {
        self.refresh_settings();
        let (folder, settings) = (self.models_folder(), self.settings.models.clone());
        self.jobs
            .start(Slot::Shelf, move |_| Ok(Outcome::Models(ModelsOutcome::Shelf(models::shelf(&folder, &settings)))));
    }

    fn start_models(
        &mut self,
        work: impl FnOnce(&Monitor, &ModelKeeper) -> Result<ModelsOutcome, Failure> + Send + 'static,
    ) {
        self.failures.remove(&Slot::Models);
        let keeper = self.keeper.clone();
        self.jobs.start(Slot::Models, move |worker| work(&worker.monitor, &keeper).map(Outcome::Models));
    }

    fn look_at_model(&mut self, path: PathBuf) {
        self.page = Page::Models;
        self.shown.models.offer = None;
        self.start_models(move |_, _| {
            let card = ModelSource::File(path.clone()).inspect()?;
            let is_folder = path.is_dir();
            let free = free_memory();
            Ok(ModelsOutcome::Offered(Box::new(ModelOffer { path, card, is_folder, free })))
        });
    }

    fn add_model(&mut self, path: PathBuf, copy: bool) {
        let (folder, settings) = (self.models_folder(), self.settings.models.clone());
        self.start_models(move |monitor, _| {
            let added = match copy {
                true => models::copy(&folder, &path, monitor)?,
                false => models::link(&folder, &settings, &path)?,
            };
            Ok(ModelsOutcome::Added(Box::new(added)))
        });
    }

    fn remove_model(&mut self, source: ModelSource) {
        let (folder, settings) = (self.models_folder(), self.settings.models.clone());
        let shelf = self.shown.models.shelf.as_deref().into_iter().flatten();
        let name = shelf.into_iter().find(|model| model.source == source).map(Shelved::name).unwrap_or_default();
        self.start_models(move |_, keeper| {
            if keeper.loaded().is_some_and(|(loaded, _)| loaded == source) {
                keeper.unload();
            }
            models::delete_copy(&folder, &settings, &source)?;
            Ok(ModelsOutcome::Removed(source, name))
        });
    }

    /// Loads a model, lets it write something, and measures it.
    fn try_model(&mut self, source: ModelSource) {
        let lang = if self.lang() == Lang::En { CopyLang::En } else { CopyLang::Zh };
        self.start_models(move |monitor, keeper| {
            let model = keeper.model(&source, &LoadOptions::default(), monitor)?;
            let batch = desk::drafts(&model, &[desk::trial(lang)], monitor, &mut |_| {})?;
            let sample = batch.drafts.into_iter().next().map(|draft| draft.text);
            let figures = bench(&model, monitor)?;
            let stamp = models::stamp(&source);
            let known = Known { source, stamp, sha256: None, bench: Some(figures), sample };
            Ok(ModelsOutcome::Learned(Box::new(known)))
        });
    }

    /// Models survive a change of project.
    pub(crate) fn keep_models(&mut self) -> ModelsShown {
        std::mem::take(&mut self.shown.models)
    }
}
