//! A run: recipe, what it was made from, and its result. Immutable once made.

use serde::{Deserialize, Serialize};

use super::{Project, TableId};
use crate::base::Fingerprint;
use crate::base::time::Moment;
use crate::stage::Stage;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// What a run may be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    Table(TableId),
    Run(RunId),
}

/// An input as it was when the run was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRef {
    pub input: Input,
    pub fingerprint: Fingerprint,
}

/// A large part of a result (assignments, factors, a fitted model), kept as a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPart {
    pub name: String,
    pub bytes: u64,
    pub blob: Fingerprint,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub stage: Stage,
    /// What was run within the stage: `kmeans`, `features`, `als`, …
    pub method: String,
    /// Complete: with seed and inputs it is enough to make the run again.
    pub recipe: serde_json::Value,
    pub seed: u64,
    pub inputs: Vec<InputRef>,
    pub made_at: Moment,
    pub seconds: f64,
    /// The small part of the result: figures and words, as JSON.
    pub summary: serde_json::Value,
    pub parts: Vec<RunPart>,
}

impl Run {
    /// Of recipe, seed and inputs: equal for two runs that must give the same result.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&(self.stage, &self.method, &self.recipe, self.seed, &self.inputs))
    }

    pub fn part(&self, name: &str) -> Option<&RunPart> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// How a stage stands, leaving aside whether it is running just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    NotRun,
    OutOfDate,
    Fresh,
}

impl Project {
    /// The newest run of a stage.
    pub fn latest_run(&self, stage: Stage) -> Option<(RunId, &Run)> {
        self.runs().rev().find(|(_, run)| run.stage == stage)
    }

    /// The newest run of one method of a stage.
    pub fn latest_run_of(&self, stage: Stage, method: &str) -> Option<(RunId, &Run)> {
        self.runs().rev().find(|(_, run)| run.stage == stage && run.method == method)
    }

    /// An input as it stands now, to be kept with a run.
    pub fn input(&self, input: Input) -> Option<InputRef> {
        let fingerprint = match input {
            Input::Table(id) => self.table(id)?.fingerprint(),
            Input::Run(id) => self.run(id)?.fingerprint(),
        };
        Some(InputRef { input, fingerprint })
    }

    /// Fresh when every input is still there, unchanged, and (for runs) fresh itself and not replaced by a newer
    /// run of its method.
    pub fn run_is_fresh(&self, run: &Run) -> bool {
        run.inputs.iter().all(|made_from| {
            self.input(made_from.input) == Some(*made_from)
                && match made_from.input {
                    Input::Table(_) => true,
                    // Inputs are older than the run, so this ends.
                    Input::Run(id) => self.run(id).is_some_and(|input| {
                        self.run_is_fresh(input)
                            && self.latest_run_of(input.stage, &input.method).map(|(newest, _)| newest) == Some(id)
                    }),
                }
        })
    }

    pub fn stage_state(&self, stage: Stage) -> StageState {
        match self.latest_run(stage) {
            Some((_, run)) if self.run_is_fresh(run) => StageState::Fresh,
            Some(_) => StageState::OutOfDate,
            None if stage == Stage::Data && self.tables().next().is_some() => StageState::Fresh,
            None => StageState::NotRun,
        }
    }
}
