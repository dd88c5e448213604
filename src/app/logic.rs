//! Once a frame, before drawing: take in what happened elsewhere, carry out what was asked for.

use std::path::{Path, PathBuf};

use egui::ViewportCommand;

use super::App;
use super::desk::{Outcome, data as work};
use super::projects::Open;
use super::services::Ask;
use crate::jobs::{JobEvent, JobFailure, SaveEvent, Slot};
use crate::store::settings::{LanguageChoice, ThemeChoice};
use crate::ui::page::data::DataCommand;
use crate::ui::page::models::ModelsCommand;
use crate::ui::text::{self, Lang, error as error_words};
use crate::ui::{Action, Command, Failure, Page};

impl App {
    pub(super) fn step(&mut self, ctx: &egui::Context) {
        self.shortcuts(ctx);
        self.dropped_files(ctx);
        self.queue.extend(self.replies.1.try_iter());
        for command in std::mem::take(&mut self.queue) {
            self.carry_out(ctx, command);
        }
        for event in self.jobs.drain() {
            self.job_event(event);
        }
        self.save_events();
        self.note_loaded_model();
        self.window_title(ctx);
        self.remember_window(ctx);
        if std::mem::take(&mut self.quit) {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn shortcuts(&mut self, ctx: &egui::Context) {
        let typing = ctx.text_edit_focused();
        // The longer chords first: Ctrl+Shift+Z would else be taken for Ctrl+Z.
        let mut actions: Vec<_> = Action::all().filter_map(|action| Some((action, action.shortcut()?))).collect();
        actions.sort_by_key(|(_, keys)| std::cmp::Reverse(u8::from(keys.modifiers.shift)));
        for (action, keys) in actions {
            if typing && action.yields_to_text() {
                continue;
            }
            if ctx.input_mut(|input| input.consume_shortcut(&keys)) {
                self.queue.push(Command::Do(action));
            }
        }
    }

    fn dropped_files(&mut self, ctx: &egui::Context) {
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().filter_map(dropped_path).collect());
        for path in dropped {
            self.queue.push(command_for(path));
        }
    }

    fn carry_out(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::Do(action) => self.act(action),
            Command::Edit { label, edits, merge } => {
                if let Some(open) = &mut self.open
                    && let Err(error) = open.edit(label, edits, merge)
                {
                    self.notices.problem(error_words::edit(self.lang(), &error));
                }
            }
            Command::Open(path) => self.open_project(path),
            Command::Forget(path) => {
                self.settings.recents.retain(|recent| recent.path != path);
                self.save_settings();
            }
            Command::New(path) => {
                let name = stem(&path);
                self.jobs.start(Slot::Project, move |_| work::new_project(&path, &name));
            }
            Command::SaveCopyTo(path) => {
                if let Some(writer) = self.open.as_ref().and_then(Open::writer) {
                    writer.save_copy(path);
                } else if let Some(open) = &self.open {
                    self.copy_read_only(open.path.clone(), path);
                }
            }
            Command::Select(selection) => self.shown.selection = selection.map(std::sync::Arc::new),
            Command::Copy(command) => self.copy_command(command),
            Command::Data(command) => self.data_command(command),
            Command::Models(command) => self.models_command(command),
            Command::Recommend(command) => self.recommend_command(command),
            Command::Segment(command) => self.segment_command(command),
            Command::Predict(command) => self.predict_command(command),
            Command::Explore(command) => self.explore_command(command),
            Command::RetrySave => {
                if let Some(open) = &mut self.open {
                    open.retry();
                }
            }
            Command::Stop(slot) => {
                self.jobs.cancel(slot);
                self.forget_wanted(slot);
            }
            Command::DismissFailure(slot) => drop(self.failures.remove(&slot)),
            Command::SetTheme(theme) => self.change_settings(ctx, |settings| settings.theme = theme),
            Command::SetLanguage(language) => self.change_settings(ctx, |settings| settings.language = language),
            Command::SetZoom(zoom) => {
                self.change_settings(ctx, |settings| settings.zoom = zoom.clamp(0.5, 3.0));
            }
            Command::CopyText(text) => ctx.copy_text(text),
        }
        self.apply_zoom_action(ctx);
    }

    fn change_settings(&mut self, ctx: &egui::Context, change: impl FnOnce(&mut crate::store::settings::Settings)) {
        change(&mut self.settings);
        self.apply_look(ctx);
        self.save_settings();
    }

    /// Zoom actions only say up or down; the context is needed to apply them.
    fn apply_zoom_action(&self, ctx: &egui::Context) {
        if (ctx.zoom_factor() - self.settings.zoom).abs() > 1e-3 {
            ctx.set_zoom_factor(self.settings.zoom);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Go(page) => {
                self.page = page;
                if page == Page::Models {
                    // A model may have come onto the shelf by the command line.
                    self.queue.push(Command::Models(ModelsCommand::Want));
                }
            }
            Action::NewProject => self.ask(Ask::NewProject, text::home::new_project(self.lang())),
            Action::OpenProject => self.ask(Ask::OpenProject, ""),
            Action::OpenSample => self.open_sample(),
            Action::ImportTable => self.ask(Ask::ImportTable, ""),
            Action::SaveCopy => {
                if let Some(open) = &self.open {
                    let name = stem(&open.path);
                    self.ask(Ask::SaveCopy, &text::common::copy_of(self.lang(), name));
                }
            }
            Action::CloseProject => self.close_project(),
            Action::Undo => self.turn_history(Open::undo),
            Action::Redo => self.turn_history(Open::redo),
            Action::Find => self.palette.toggle(),
            Action::Theme => {
                self.settings.theme = match self.settings.theme {
                    ThemeChoice::Dark => ThemeChoice::Light,
                    ThemeChoice::Light | ThemeChoice::System => ThemeChoice::Dark,
                };
                self.queue.push(Command::SetTheme(self.settings.theme));
            }
            Action::Language => {
                let other = if self.lang() == Lang::En { LanguageChoice::Chinese } else { LanguageChoice::English };
                self.queue.push(Command::SetLanguage(other));
            }
            Action::ZoomIn => self.queue.push(Command::SetZoom(self.settings.zoom + 0.1)),
            Action::ZoomOut => self.queue.push(Command::SetZoom(self.settings.zoom - 0.1)),
            Action::ZoomReset => self.queue.push(Command::SetZoom(1.0)),
            Action::StopJobs => {
                self.jobs.cancel_all();
                self.rows_wanted = None;
                self.overview_wanted = None;
            }
            Action::Quit => self.quit = true,
        }
        (self.wake)();
    }

    fn turn_history(&mut self, turn: fn(&mut Open) -> Result<(), crate::project::EditError>) {
        if let Some(open) = &mut self.open
            && let Err(error) = turn(open)
        {
            self.notices.problem(error_words::edit(self.lang(), &error));
        }
    }

    pub(super) fn ask(&mut self, what: Ask, name: &str) {
        let suggestion = self.services.projects_folder.join(name);
        let (reply, wake, lang) = (self.replies.0.clone(), self.wake.clone(), self.lang());
        self.services.dialogs.ask(what, &suggestion, lang, reply, wake);
    }

    fn open_project(&mut self, path: PathBuf) {
        if self.open.as_ref().is_some_and(|open| open.path == path) {
            return;
        }
        self.failures.remove(&Slot::Project);
        self.jobs.start(Slot::Project, move |worker| work::open(&path, &worker.monitor));
    }

    fn open_sample(&mut self) {
        let name = text::common::sample_name(self.lang()).to_owned();
        let path = free_path(&self.services.projects_folder, &name);
        let now = (self.services.clock)();
        self.failures.remove(&Slot::Project);
        self.jobs.start(Slot::Project, move |worker| work::sample_project(&path, &name, now, &worker.monitor));
    }

    fn copy_read_only(&mut self, from: PathBuf, to: PathBuf) {
        self.jobs.start(Slot::Export, move |_| {
            let opened = crate::store::Store::open_to_read(&from)?;
            opened.store.save_copy(&to)?;
            Ok(Outcome::Nothing)
        });
    }

    fn job_event(&mut self, event: JobEvent<Outcome, Failure>) {
        match event {
            JobEvent::Partial(slot, outcome) | JobEvent::Done { slot, result: Ok(outcome), .. } => {
                self.outcome(slot, outcome);
            }
            JobEvent::Done { slot, result: Err(failure), .. } => {
                self.forget_wanted(slot);
                match failure {
                    JobFailure::Cancelled => {}
                    JobFailure::Failed(failure) => drop(self.failures.insert(slot, failure)),
                    JobFailure::Panicked(text) => drop(self.failures.insert(slot, Failure::Panicked(text))),
                }
                if slot == Slot::Project {
                    self.import_next.clear();
                }
            }
        }
    }

    fn forget_wanted(&mut self, slot: Slot) {
        match slot {
            Slot::Rows => self.rows_wanted = None,
            Slot::Overview => self.overview_wanted = None,
            // A page asks again when it still needs it.
            Slot::Load(_) => self.loading.clear(),
            _ => {}
        }
        self.making.retain(|_, (of, _)| *of != slot);
    }

    fn outcome(&mut self, slot: Slot, outcome: Outcome) {
        match outcome {
            Outcome::Opened(opened) => self.opened(*opened),
            Outcome::Copy(outcome) => self.copy_outcome(outcome),
            Outcome::Data(outcome) => self.data_outcome(outcome),
            Outcome::Models(outcome) => self.models_outcome(outcome),
            Outcome::Run(run, shown) => self.run_made(*run, shown),
            Outcome::Result(id, result) => {
                self.loading.remove(&id);
                self.shown.put_result(id, result);
            }
            Outcome::Extra(name, key, value) => {
                self.making.remove(name);
                self.shown.put_extra(name, key, value);
            }
            Outcome::Select(selection) => self.shown.selection = Some(std::sync::Arc::new(selection)),
            Outcome::KeepSegment(id, segment) => self.segment_kept(id, *segment),
            Outcome::Selected(selection) => self.shown.selection = Some(std::sync::Arc::new(selection)),
            Outcome::Said(say) => self.notices.done(say(self.lang())),
            Outcome::Nothing => log::debug!("{slot:?} finished"),
        }
    }

    fn opened(&mut self, opened: crate::store::Opened) {
        let backup = opened.backup.clone();
        match Open::new(opened, self.wake.clone()) {
            Ok(open) => {
                self.close_project();
                self.settings.last_project = Some(open.path.clone());
                self.settings.remember(open.recent((self.services.clock)()));
                self.save_settings();
                self.open = Some(open);
            }
            Err(error) => {
                self.failures.insert(Slot::Project, Failure::Panicked(error.to_string()));
                return;
            }
        }
        if let Some(backup) = backup {
            let name = error_words::file_name(&backup);
            self.notices.done(text::common::backup_made(self.lang(), name));
        }
        for path in std::mem::take(&mut self.import_next) {
            self.queue.push(Command::Data(DataCommand::look(path)));
        }
        (self.wake)();
    }

    fn save_events(&mut self) {
        let Some(open) = &mut self.open else { return };
        for event in open.drain() {
            let lang = self.lang();
            match event {
                SaveEvent::CopySaved(path) => {
                    let name = error_words::file_name(&path);
                    self.notices.done(text::common::copy_saved(lang, name));
                }
                SaveEvent::CopyFailed(error) => self.notices.problem(error_words::store(lang, &error)),
                SaveEvent::Saved { .. } | SaveEvent::Failed { .. } => {}
            }
        }
    }

    fn close_project(&mut self) {
        for slot in [
            Slot::Import,
            Slot::Export,
            Slot::Rows,
            Slot::Overview,
            Slot::Explore,
            Slot::Pick,
            Slot::Profile,
            Slot::Clean,
            Slot::Pictures,
        ] {
            self.jobs.cancel(slot);
        }
        for stage in crate::stage::Stage::ALL {
            self.jobs.cancel(Slot::Stage(stage));
            self.jobs.cancel(Slot::Load(stage));
            self.jobs.cancel(Slot::Answer(stage));
        }
        self.failures.retain(|slot, _| matches!(slot, Slot::Project | Slot::Models));
        self.rows_wanted = None;
        self.overview_wanted = None;
        self.loading.clear();
        self.making.clear();
        let models = self.keep_models();
        self.columns = Default::default();
        self.shown = Default::default();
        self.shown.models = models;
        let Some(open) = self.open.take() else { return };
        self.settings.last_project = None;
        self.settings.remember(open.recent((self.services.clock)()));
        self.save_settings();
        // Folding the log into the file can take a while; the window does not wait for it.
        let close = move || {
            if let Err(error) = open.close() {
                log::error!("closing: {error}");
            }
        };
        if let Err(error) = crate::jobs::spawn("close", close) {
            log::error!("closing: {error}");
        }
    }

    /// At the end of the program: nothing may be lost, so here it waits.
    pub(super) fn shut_down(&mut self) {
        self.jobs.cancel_all();
        if let Some(open) = self.open.take() {
            self.settings.last_project = Some(open.path.clone());
            self.settings.remember(open.recent((self.services.clock)()));
            if let Err(error) = open.close() {
                log::error!("closing: {error}");
            }
        }
        self.save_settings();
    }

    fn window_title(&mut self, ctx: &egui::Context) {
        let title = match &self.open {
            Some(open) => format!("{} – Shopwright", open.document.project().name()),
            None => "Shopwright".to_owned(),
        };
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn remember_window(&mut self, ctx: &egui::Context) {
        ctx.input(|input| {
            let viewport = input.viewport();
            self.settings.maximised = viewport.maximized.unwrap_or(false);
            if let (Some(outer), Some(inner)) = (viewport.outer_rect, viewport.inner_rect)
                && !self.settings.maximised
            {
                self.settings.window = Some([outer.min.x, outer.min.y, inner.width(), inner.height()]);
            }
        });
    }
}

/// What a file that somebody hands over is for: a project is opened, a model goes on the shelf, anything else is
/// looked at for import.
pub(super) fn command_for(path: PathBuf) -> Command {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(crate::store::EXTENSION) => Command::Open(path),
        Some("gguf") => Command::Models(ModelsCommand::Look(path)),
        _ => Command::Data(DataCommand::look(path)),
    }
}

fn dropped_path(file: &egui::DroppedFileHandle) -> Option<PathBuf> {
    Some(file.path().to_owned()).filter(|path| !path.as_os_str().is_empty())
}

/// The file's name without its ending, for people.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".csv").unwrap_or(&name).trim();
    if name.is_empty() { "Project".to_owned() } else { name.to_owned() }
}

/// `name.shopwright` in `folder`, or the first of `name 2`, `name 3`, … that is free.
pub(super) fn free_path(folder: &Path, name: &str) -> PathBuf {
    let file = |n: u32| match n {
        1 => folder.join(format!("{name}.{}", crate::store::EXTENSION)),
        n => folder.join(format!("{name} {n}.{}", crate::store::EXTENSION)),
    };
    (1..).map(file).find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}
