//! The only way to change a project.

use super::{ItemKey, Project, Run, RunId, Table, TableId};

/// Puts a thing (`Some`) or takes it out (`None`). Every edit has an inverse of the same form.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    Meta(String, Option<String>),
    Table(TableId, Option<Table>),
    Run(RunId, Option<Run>),
    Item(ItemKey, Option<serde_json::Value>),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("run {0} is already there: a run never changes once made")]
    RunChanged(i64),
    #[error("there is already a table named {0:?}")]
    TableNameTaken(String),
    #[error("a table needs a name")]
    TableNameEmpty,
}

impl Project {
    /// Makes the change and returns the edit that takes it back. On an error nothing is changed.
    pub fn apply(&mut self, edit: Edit) -> Result<Edit, EditError> {
        self.check(&edit)?;
        Ok(match edit {
            Edit::Meta(key, value) => Edit::Meta(key.clone(), put(&mut self.meta, key, value)),
            Edit::Table(id, table) => Edit::Table(id, put(&mut self.tables, id, table)),
            Edit::Run(id, run) => Edit::Run(id, put(&mut self.runs, id, run)),
            Edit::Item(key, value) => Edit::Item(key.clone(), put(&mut self.items, key, value)),
        })
    }

    /// All of the edits or none; returns the inverse group, in the order in which to apply it.
    pub fn apply_all(&mut self, edits: &[Edit]) -> Result<Vec<Edit>, EditError> {
        let mut inverse = Vec::with_capacity(edits.len());
        for edit in edits {
            match self.apply(edit.clone()) {
                Ok(back) => inverse.push(back),
                Err(error) => {
                    for back in inverse.into_iter().rev() {
                        // An inverse of what has just been applied always fits.
                        let undone = self.apply(back);
                        debug_assert!(undone.is_ok());
                    }
                    return Err(error);
                }
            }
        }
        inverse.reverse();
        Ok(inverse)
    }

    fn check(&self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Run(id, Some(_)) if self.runs.contains_key(id) => Err(EditError::RunChanged(id.0)),
            Edit::Table(_, Some(table)) if table.name.trim().is_empty() => Err(EditError::TableNameEmpty),
            Edit::Table(id, Some(table)) => {
                let taken = self.tables.iter().any(|(other, t)| other != id && t.name == table.name);
                if taken { Err(EditError::TableNameTaken(table.name.clone())) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }
}

fn put<K: Ord, V>(map: &mut std::collections::BTreeMap<K, V>, key: K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    }
}
