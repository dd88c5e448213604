//! How any stage's run is made: a job computes, large parts go into the file, and an edit adds the run.

#![allow(dead_code, reason = "the stages' pages, which make runs, come one by one")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::Outcome;
use crate::app::App;
use crate::base::Monitor;
use crate::jobs::{Slot, Worker};
use crate::project::document::Label;
use crate::project::{Edit, InputRef, Project, Run, RunId, RunPart};
use crate::stage::Stage;
use crate::store::blob::Reader;
use crate::ui::Failure;
use crate::ui::shown::AnyResult;
use crate::ui::text::{common, error as error_words};

/// Everything that decides a run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    pub stage: Stage,
    pub method: String,
    pub recipe: Value,
    pub seed: u64,
    pub inputs: Vec<InputRef>,
}

/// What a run came to.
pub struct RunResult {
    /// Figures and words, kept as JSON.
    pub summary: Value,
    /// Large parts by name, kept as blobs.
    pub parts: Vec<(String, Vec<u8>)>,
    /// The typed result for drawing now.
    pub shown: AnyResult,
}

/// What a job works with: the project as it was when the job began, and its file.
pub struct Desk {
    pub project: Project,
    pub path: PathBuf,
}

impl Desk {
    pub fn reader(&self) -> Result<Reader, Failure> {
        Ok(Reader::open(&self.path)?)
    }
}

impl App {
    /// The open project for a job: a copy of its decisions and the path of its file.
    pub(crate) fn desk(&self) -> Option<Desk> {
        let open = self.open.as_ref()?;
        Some(Desk { project: open.document.project().clone(), path: open.path.clone() })
    }

    /// Starts a run in its stage's slot. When it is done it is added to the project as one step.
    pub(crate) fn start_run(
        &mut self,
        request: RunRequest,
        work: impl FnOnce(&Desk, &Worker<Outcome>) -> Result<RunResult, Failure> + Send + 'static,
    ) {
        let slot = Slot::Stage(request.stage);
        self.failures.remove(&slot);
        let Some(desk) = self.desk() else { return };
        let Some(sink) = self.open.as_ref().and_then(|open| open.writer()).map(|writer| writer.blobs()) else {
            self.notices.problem(common::read_only_file(self.lang()));
            return;
        };
        let made_at = (self.services.clock)();
        self.jobs.start(slot, move |worker| {
            let began = Instant::now();
            let result = work(&desk, worker)?;
            let mut parts = Vec::with_capacity(result.parts.len());
            for (name, bytes) in result.parts {
                let length = bytes.len() as u64;
                parts.push(RunPart { name, bytes: length, blob: sink.put(bytes)? });
            }
            let run = Run {
                stage: request.stage,
                method: request.method,
                recipe: request.recipe,
                seed: request.seed,
                inputs: request.inputs,
                made_at,
                seconds: began.elapsed().as_secs_f64(),
                summary: result.summary,
                parts,
            };
            Ok(Outcome::Run(Box::new(run), result.shown))
        });
    }

    pub(crate) fn run_made(&mut self, run: Run, shown: AnyResult) {
        let lang = self.lang();
        let Some(open) = &mut self.open else { return };
        let id = open.document.project().next_run_id();
        // A fit is large: one in memory is enough. An older one is loaded again when undo brings it back.
        if run.stage == Stage::Recommend && run.method == crate::store::recommend::FIT {
            let older = open.document.project().runs().filter(|(_, run)| run.stage == Stage::Recommend);
            older.for_each(|(id, _)| self.shown.forget_result(id));
        }
        let label = Label::Run(run.stage);
        match open.edit(label, vec![Edit::Run(id, Some(run))], None) {
            Ok(()) => self.shown.put_result(id, shown),
            Err(error) => self.notices.problem(error_words::edit(lang, &error)),
        }
    }

    /// Loads the result of a run for drawing, unless it is there or on its way.
    pub(crate) fn load_result(
        &mut self,
        id: RunId,
        load: impl FnOnce(&Run, &Reader, &Monitor) -> Result<AnyResult, Failure> + Send + 'static,
    ) {
        let Some(desk) = self.desk() else { return };
        let Some(run) = desk.project.run(id).cloned() else { return };
        if !self.loading.insert(id) {
            return;
        }
        self.jobs.start(Slot::Load(run.stage), move |worker| {
            let result = load(&run, &desk.reader()?, &worker.monitor)?;
            Ok(Outcome::Result(id, result))
        });
    }

    /// Makes something that a page asked for under `name`, unless it is on its way for the same `key`.
    pub(crate) fn make_extra(
        &mut self,
        slot: Slot,
        name: &'static str,
        key: crate::base::Fingerprint,
        work: impl FnOnce(&Desk, &Worker<Outcome>) -> Result<AnyResult, Failure> + Send + 'static,
    ) {
        if self.making.get(name) == Some(&(slot, key)) || self.failures.contains_key(&slot) {
            return;
        }
        let Some(desk) = self.desk() else { return };
        // What was on its way in this slot is cancelled by what starts now, and never comes.
        self.making.retain(|_, (other, _)| *other != slot);
        self.making.insert(name, (slot, key));
        self.jobs.start(slot, move |worker| Ok(Outcome::Extra(name, key, work(&desk, worker)?)));
    }
}

/// A typed result as the pages keep it.
pub fn shown<T: Send + Sync + 'static>(value: T) -> AnyResult {
    Arc::new(value)
}
