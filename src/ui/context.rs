//! What a page may look at, and where it puts what it wants done.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use super::shown::Shown;
use super::text::Lang;
use super::{Action, Command, Failure};
use crate::base::time::Moment;
use crate::jobs::JobStatus;
use crate::jobs::Slot;
use crate::project::{Project, StageState};
use crate::stage::Stage;
use crate::store::Access;
use crate::store::settings::Settings;

/// How saving stands, for the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveState {
    Saved(Option<Moment>),
    Saving,
    Failed(crate::store::StoreError),
}

/// The open project as pages see it.
#[derive(Clone, Copy)]
pub struct OpenProject<'a> {
    pub project: &'a Project,
    pub path: &'a Path,
    /// Another number after every change of the project.
    pub revision: u64,
    pub access: Access,
    pub save: &'a SaveState,
    pub undo: Option<&'a crate::project::document::Label>,
    pub redo: Option<&'a crate::project::document::Label>,
}

pub struct PageContext<'a> {
    pub lang: Lang,
    pub now: Moment,
    pub open: Option<OpenProject<'a>>,
    pub jobs: &'a [JobStatus],
    pub failures: &'a BTreeMap<Slot, Failure>,
    pub settings: &'a Settings,
    pub shown: &'a Shown,
    pub commands: RefCell<Vec<Command>>,
}

impl PageContext<'_> {
    pub fn send(&self, command: Command) {
        self.commands.borrow_mut().push(command);
    }

    pub fn act(&self, action: Action) {
        self.send(Command::Do(action));
    }

    pub fn job(&self, slot: Slot) -> Option<&JobStatus> {
        self.jobs.iter().find(|job| job.slot == slot)
    }

    pub fn project(&self) -> Option<&Project> {
        self.open.map(|open| open.project)
    }

    pub fn can_write(&self) -> bool {
        self.open.is_some_and(|open| open.access.can_write())
    }

    /// How a stage looks right now, with what is running.
    pub fn look(&self, stage: Stage) -> StageLook {
        let slots: &[Slot] = match stage {
            Stage::Data => &[Slot::Import, Slot::Stage(Stage::Data)],
            _ => &[Slot::Stage(stage)],
        };
        if let Some(job) = slots.iter().find_map(|slot| self.job(*slot)) {
            return StageLook::Running(*job);
        }
        match self.project().map(|project| project.stage_state(stage)) {
            Some(StageState::Fresh) => StageLook::Fresh,
            Some(StageState::OutOfDate) => StageLook::OutOfDate,
            Some(StageState::NotRun) | None => StageLook::NotRun,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StageLook {
    NotRun,
    Fresh,
    OutOfDate,
    Running(JobStatus),
}
