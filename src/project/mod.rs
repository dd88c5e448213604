//! Floor 2: the open document: what the user decided and what was run. Changed only by [`Project::apply`],
//! which takes an [`Edit`] and returns its inverse. No file, no thread, no pixel.

pub mod aside;
pub mod chart;
pub mod document;
pub mod edit;
pub mod item;
pub mod run;
pub mod table;

pub use aside::Aside;
pub use chart::{ChartSource, KeptChart};
pub use document::{Document, Label, Merge};
pub use edit::{Edit, EditError};
pub use item::{Item, ItemKey};
pub use run::{Input, InputRef, Run, RunId, RunPart, StageState};
pub use table::{Chunk, Column, ColumnType, Table, TableId};

use std::collections::BTreeMap;

/// Everything a project file says, apart from the bytes of its tables and results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Project {
    /// Small named facts: `name`, `salt`, `made_at`, …
    meta: BTreeMap<String, String>,
    tables: BTreeMap<TableId, Table>,
    runs: BTreeMap<RunId, Run>,
    items: BTreeMap<ItemKey, serde_json::Value>,
}

impl Project {
    pub fn named(name: &str) -> Self {
        let mut project = Self::default();
        project.meta.insert("name".into(), name.into());
        project
    }

    pub fn name(&self) -> &str {
        self.meta("name").unwrap_or_default()
    }

    pub fn meta(&self, key: &str) -> Option<&str> {
        self.meta.get(key).map(String::as_str)
    }

    pub fn all_meta(&self) -> impl Iterator<Item = (&str, &str)> {
        self.meta.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn tables(&self) -> impl Iterator<Item = (TableId, &Table)> {
        self.tables.iter().map(|(id, table)| (*id, table))
    }

    pub fn table(&self, id: TableId) -> Option<&Table> {
        self.tables.get(&id)
    }

    /// The table with this name, as a script would say it.
    pub fn table_named(&self, name: &str) -> Option<(TableId, &Table)> {
        self.tables().find(|(_, table)| table.name == name)
    }

    /// Changes whenever any table's rows, columns or roles do.
    pub fn tables_fingerprint(&self) -> crate::base::Fingerprint {
        let all: Vec<_> = self.tables().map(|(id, table)| (id, table.fingerprint())).collect();
        crate::base::Fingerprint::of(&all)
    }

    pub fn next_table_id(&self) -> TableId {
        TableId(self.tables.keys().next_back().map_or(1, |id| id.0 + 1))
    }

    /// `name`, or `name 2`, `name 3`, … : the first that no table has.
    pub fn free_table_name(&self, name: &str) -> String {
        let taken = |candidate: &str| self.tables.values().any(|table| table.name == candidate);
        if !taken(name) {
            return name.to_owned();
        }
        (2..).map(|n| format!("{name} {n}")).find(|candidate| !taken(candidate)).unwrap_or_default()
    }

    pub fn runs(&self) -> impl DoubleEndedIterator<Item = (RunId, &Run)> {
        self.runs.iter().map(|(id, run)| (*id, run))
    }

    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.get(&id)
    }

    pub fn next_run_id(&self) -> RunId {
        RunId(self.runs.keys().next_back().map_or(1, |id| id.0 + 1))
    }

    pub fn raw_items(&self) -> impl Iterator<Item = (&ItemKey, &serde_json::Value)> {
        self.items.iter()
    }

    pub fn raw_item(&self, key: &ItemKey) -> Option<&serde_json::Value> {
        self.items.get(key)
    }

    /// Every blob that a table or run of this project points to.
    pub fn blobs(&self) -> impl Iterator<Item = crate::base::Fingerprint> + '_ {
        let of_tables = self.tables.values().flat_map(|table| table.chunks.iter().map(|chunk| chunk.blob));
        let of_runs = self.runs.values().flat_map(|run| run.parts.iter().map(|part| part.blob));
        let aside = self.tables.values().filter_map(|table| Some(table.aside.as_ref()?.kept?.blob));
        of_tables.chain(aside).chain(of_runs)
    }
}
