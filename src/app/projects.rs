//! The open project: document, writer, and how saving stands.

use std::path::PathBuf;

use crate::base::time::Moment;
use crate::jobs::{SaveEvent, Wake, Writer};
use crate::project::document::{Document, Label, Merge};
use crate::project::{Edit, EditError};
use crate::stage::Stage;
use crate::store::settings::Recent;
use crate::store::{Access, Opened};
use crate::ui::context::{OpenProject, SaveState};

pub struct Open {
    pub document: Document,
    pub path: PathBuf,
    pub access: Access,
    /// None when only reading.
    writer: Option<Writer>,
    pub save: SaveState,
}

impl Open {
    pub fn new(opened: Opened, wake: Wake) -> std::io::Result<Self> {
        let Opened { store, project, .. } = opened;
        let (path, access) = (store.path().to_owned(), store.access());
        let writer = if access.can_write() { Some(Writer::start(store, wake)?) } else { None };
        Ok(Self { document: Document::new(project), path, access, writer, save: SaveState::Saved(None) })
    }

    pub fn as_context(&self) -> OpenProject<'_> {
        OpenProject {
            project: self.document.project(),
            path: &self.path,
            revision: self.document.revision(),
            access: self.access,
            save: &self.save,
            undo: self.document.undo_label(),
            redo: self.document.redo_label(),
        }
    }

    pub fn is_saved(&self) -> bool {
        matches!(self.save, SaveState::Saved(_))
    }

    /// Changes the document at once and the file soon after. Does nothing in a project opened for reading.
    pub fn edit(&mut self, label: Label, edits: Vec<Edit>, merge: Merge) -> Result<(), EditError> {
        if self.writer.is_none() {
            return Ok(());
        }
        self.document.apply(label, &edits, merge)?;
        self.write(edits);
        Ok(())
    }

    pub fn undo(&mut self) -> Result<(), EditError> {
        let edits = self.document.undo()?;
        self.write(edits.unwrap_or_default());
        Ok(())
    }

    pub fn redo(&mut self) -> Result<(), EditError> {
        let edits = self.document.redo()?;
        self.write(edits.unwrap_or_default());
        Ok(())
    }

    fn write(&mut self, edits: Vec<Edit>) {
        if let Some(writer) = self.writer.as_mut().filter(|_| !edits.is_empty()) {
            writer.write(edits);
            if self.is_saved() {
                self.save = SaveState::Saving;
            }
        }
    }

    pub fn writer(&self) -> Option<&Writer> {
        self.writer.as_ref()
    }

    pub fn retry(&mut self) {
        if let Some(writer) = &self.writer {
            self.save = SaveState::Saving;
            writer.retry();
        }
    }

    /// Takes in what the writer reports; returns what should be told to the user.
    pub fn drain(&mut self) -> Vec<SaveEvent> {
        let Some(writer) = &self.writer else { return Vec::new() };
        let given = writer.given();
        let mut told = Vec::new();
        for event in writer.drain() {
            match event {
                SaveEvent::Saved { group, at } => {
                    if group == given {
                        self.save = SaveState::Saved(Some(at));
                    }
                }
                SaveEvent::Failed { error, .. } => self.save = SaveState::Failed(error),
                other => told.push(other),
            }
        }
        told
    }

    pub fn recent(&self, now: Moment) -> Recent {
        let project = self.document.project();
        let state = |stage: Stage| serde_json::to_value(project.stage_state(stage)).unwrap_or_default();
        let stages = Stage::ALL
            .into_iter()
            .filter(|stage| *stage != Stage::Voice)
            .map(|stage| (stage, state(stage).as_str().unwrap_or_default().to_owned()))
            .collect();
        Recent {
            path: self.path.clone(),
            name: project.name().to_owned(),
            opened_at: now,
            bytes: file_bytes(&self.path),
            stages,
        }
    }

    /// Waits until everything is written and the file is closed.
    pub fn close(self) -> Result<(), crate::store::StoreError> {
        self.writer.map_or(Ok(()), Writer::close)
    }
}

/// With the write-ahead log, which holds what has not been folded in yet.
fn file_bytes(path: &std::path::Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let length = |path: &std::path::Path| std::fs::metadata(path).map(|meta| meta.len()).unwrap_or(0);
    length(path) + length(std::path::Path::new(&log))
}
