//! The project with its history: labelled steps that can be taken back and made again.

use std::time::{Duration, Instant};

use super::{Edit, EditError, Project};
use crate::stage::Stage;

/// What a step is called in the menu (worded in `ui/text`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    RenameProject,
    ImportTable(String),
    RemoveTable(String),
    RenameTable(String),
    ChangeRole(String),
    Run(Stage),
    RemoveRun(Stage),
    Change(&'static str),
    /// The settings of a stage.
    Decide(Stage),
    /// The cleaning of a table.
    Clean(String),
    KeepChart(String),
    RemoveChart(String),
}

/// Edits with the same key that follow each other within [`MERGE_WITHIN`] become one step: a drag, a typing burst.
pub type Merge = Option<&'static str>;

const MERGE_WITHIN: Duration = Duration::from_millis(1200);
const STEPS_KEPT: usize = 200;

#[derive(Debug, Clone)]
struct Step {
    label: Label,
    /// Brings back the state before (in `undo`) or after (in `redo`) the step.
    edits: Vec<Edit>,
    merge: Merge,
    at: Instant,
}

#[derive(Debug, Default)]
pub struct Document {
    project: Project,
    undo: Vec<Step>,
    redo: Vec<Step>,
    revision: u64,
}

impl Document {
    pub fn new(project: Project) -> Self {
        Self { project, ..Self::default() }
    }

    /// Another number after every change, so that what was read from the project is known to be old.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Applies a group as one labelled step. The caller passes the same edits on to the writer.
    pub fn apply(&mut self, label: Label, edits: &[Edit], merge: Merge) -> Result<(), EditError> {
        let inverse = self.project.apply_all(edits)?;
        self.revision += 1;
        let at = Instant::now();
        self.redo.clear();
        if let Some(last) = self.undo.last_mut()
            && merge.is_some()
            && last.merge == merge
            && last.label == label
            && at.duration_since(last.at) < MERGE_WITHIN
        {
            last.edits.splice(0..0, inverse);
            last.at = at;
            return Ok(());
        }
        self.undo.push(Step { label, edits: inverse, merge, at });
        if self.undo.len() > STEPS_KEPT {
            self.undo.remove(0);
        }
        Ok(())
    }

    pub fn undo_label(&self) -> Option<&Label> {
        self.undo.last().map(|step| &step.label)
    }

    pub fn redo_label(&self) -> Option<&Label> {
        self.redo.last().map(|step| &step.label)
    }

    /// Takes the last step back; returns the edits that did it, for the writer.
    pub fn undo(&mut self) -> Result<Option<Vec<Edit>>, EditError> {
        self.revision += 1;
        Self::turn(&mut self.project, &mut self.undo, &mut self.redo)
    }

    pub fn redo(&mut self) -> Result<Option<Vec<Edit>>, EditError> {
        self.revision += 1;
        Self::turn(&mut self.project, &mut self.redo, &mut self.undo)
    }

    fn turn(project: &mut Project, from: &mut Vec<Step>, to: &mut Vec<Step>) -> Result<Option<Vec<Edit>>, EditError> {
        let Some(step) = from.pop() else { return Ok(None) };
        let inverse = match project.apply_all(&step.edits) {
            Ok(inverse) => inverse,
            Err(error) => {
                from.push(step);
                return Err(error);
            }
        };
        to.push(Step { label: step.label, edits: inverse, merge: None, at: step.at });
        Ok(Some(step.edits))
    }
}
