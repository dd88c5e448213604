//! Profile, cleaning, features and the rows set aside: what starts them and what they bring back.

use std::path::PathBuf;

use super::explore::write;
use super::run::{Desk, RunRequest, RunResult, shown};
use crate::app::App;
use crate::app::services::Ask;
use crate::base::Monitor;
use crate::base::time::Moment;
use crate::jobs::Slot;
use crate::project::document::Label;
use crate::project::{Item, RunId, Table, TableId};
use crate::stage::Stage;
use crate::stage::data::clean::{CleanError, clean};
use crate::stage::data::profile::{Profile, ProfileRecipe, profile_frame};
use crate::store::blob::Reader;
use crate::store::feature_run;
use crate::store::ingest::aside_frame;
use crate::store::shape;
use crate::store::sources::{FeatureChoice, SourceError};
use crate::ui::Failure;
use crate::ui::page::data::clean::{CleanFailure, Cleaned, CleanedRows, PREVIEW};
use crate::ui::page::data::features::FeaturesShown;
use crate::ui::page::data::problems::{ProfileMade, profile_key};
use crate::ui::shown::Importing;
use crate::ui::text::data as words;

impl App {
    pub(crate) fn want_profile(&mut self, id: TableId) {
        let Some(key) = self.table_of(id).map(|table| profile_key(id, table)) else { return };
        let today = (self.services.clock)();
        self.make_extra(Slot::Profile, "profile", key, move |desk, worker| {
            let made: (TableId, ProfileMade) = (id, profile_of(desk, id, today, &worker.monitor));
            worker.monitor.check()?;
            Ok(shown(made))
        });
    }

    pub(crate) fn want_cleaned(&mut self, id: TableId) {
        let Some(key) = self.table_of(id).map(|table| profile_key(id, table)) else { return };
        self.make_extra(Slot::Clean, "cleaned", key, move |desk, worker| {
            let table = desk.project.table(id).ok_or(SourceError::NoTable(id.0))?;
            let made = cleaned(&desk.reader()?, id, table, &worker.monitor)?;
            worker.monitor.check()?;
            Ok(shown(made))
        });
    }

    fn table_of(&self, id: TableId) -> Option<&Table> {
        self.open.as_ref()?.document.project().table(id)
    }

    /// Keeps the choice, when it is another one, and makes the features that it says.
    pub(crate) fn make_features(&mut self, choice: FeatureChoice) {
        let Some(open) = &mut self.open else { return };
        if FeatureChoice::of(open.document.project()) != choice
            && let Ok(edit) = choice.put(FeatureChoice::ID)
            && let Err(error) = open.edit(Label::Change("features"), vec![edit], None)
        {
            let text = crate::ui::text::error::edit(self.lang(), &error);
            self.notices.problem(text);
            return;
        }
        let Some(open) = &self.open else { return };
        let request = RunRequest {
            stage: Stage::Data,
            method: feature_run::METHOD.to_owned(),
            recipe: serde_json::to_value(&choice).unwrap_or_default(),
            seed: 0,
            inputs: choice.inputs(open.document.project()),
        };
        let today = (self.services.clock)();
        self.start_run(request, move |desk, worker| {
            let (set, summary, bytes) = feature_run::make(&desk.project, &desk.reader()?, &choice, &worker.monitor)?;
            let profile = feature_profile(&set.frame, today, &worker.monitor)?;
            Ok(RunResult {
                summary: serde_json::to_value(&summary).unwrap_or_default(),
                parts: vec![(feature_run::PART.to_owned(), bytes)],
                shown: shown(FeaturesShown { frame: set.frame, profile }),
            })
        });
    }

    pub(crate) fn want_features(&mut self, id: RunId) {
        let today = (self.services.clock)();
        self.load_result(id, move |run, reader, monitor| {
            let frame = feature_run::frame(run, reader, None)?;
            let profile = feature_profile(&frame, today, monitor)?;
            Ok(shown(FeaturesShown { frame, profile }))
        });
    }

    pub(crate) fn ask_aside(&mut self, of: Option<TableId>) {
        let name = crate::ui::text::profile::tab_aside(self.lang());
        self.ask(Ask::Aside(of), &format!("{name}.csv"));
    }

    /// Rows of a table from the project, or of the import just done from memory.
    pub(crate) fn aside_to(&mut self, of: Option<TableId>, path: PathBuf) {
        match of {
            Some(id) => {
                let Some(desk) = self.desk() else { return };
                self.jobs.start(Slot::Export, move |worker| {
                    let table = desk.project.table(id).ok_or(SourceError::NoTable(id.0))?;
                    let rows = shape::aside_of(&desk.reader()?, table)?;
                    write(&rows, path, words::aside_saved, &worker.monitor)
                });
            }
            None => {
                let Some(Importing::Done { summary }) = &self.shown.importing else { return };
                let summary = summary.clone();
                self.jobs.start(Slot::Export, move |worker| {
                    let rows = aside_frame(&summary.file, &summary.aside).map_err(SourceError::from)?;
                    write(&rows, path, words::aside_saved, &worker.monitor)
                });
            }
        }
    }
}

fn profile_of(desk: &Desk, id: TableId, today: Moment, monitor: &Monitor) -> ProfileMade {
    let recipe = ProfileRecipe { today: Some(today), ..ProfileRecipe::default() };
    Ok(shape::profile_table(&desk.project, &desk.reader()?, id, &recipe, monitor)?)
}

fn feature_profile(frame: &polars::prelude::DataFrame, today: Moment, monitor: &Monitor) -> Result<Profile, Failure> {
    use crate::stage::data::{Role, TableKind, features::USER};
    let recipe = ProfileRecipe { today: Some(today), max_bins: 24, ..ProfileRecipe::default() };
    let roles = [(USER.to_owned(), Role::User)];
    Ok(profile_frame(frame, TableKind::Features, &roles, &recipe, monitor)?)
}

fn cleaned(reader: &Reader, id: TableId, table: &Table, monitor: &Monitor) -> Result<Cleaned, Failure> {
    let whole = reader.frame(table, None)?;
    monitor.check()?;
    let result = match clean(&whole, &table.cleaning, monitor) {
        Ok((frame, reports)) => {
            let rows = frame.height() as u64;
            Ok(CleanedRows { reports, rows, first: frame.head(Some(PREVIEW)) })
        }
        Err(CleanError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(error) => Err(CleanFailure::Step(error)),
    };
    Ok(Cleaned { table: id, recipe: table.cleaning.clone(), rows_before: whole.height() as u64, result })
}
