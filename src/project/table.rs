//! What the project knows of a source table. Its rows are in the file as Parquet chunks.

use serde::{Deserialize, Serialize};

use super::Aside;
use crate::base::time::Moment;
use crate::base::{Fingerprint, fingerprint};
use crate::stage::data::clean::CleanRecipe;
pub use crate::stage::data::schema::ColumnType;
use crate::stage::data::{Role, TableKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TableId(pub i64);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    pub role: Role,
}

/// A run of consecutive rows, kept as one Parquet blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub rows: u64,
    pub bytes: u64,
    pub blob: Fingerprint,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub kind: TableKind,
    pub columns: Vec<Column>,
    pub chunks: Vec<Chunk>,
    /// The file it came from, as the user knew it.
    pub source: String,
    pub made_at: Moment,
    /// What is done to the rows whenever they are read for a stage; the chunks themselves stay as they came.
    #[serde(default, skip_serializing_if = "CleanRecipe::is_empty")]
    pub cleaning: CleanRecipe,
    /// What of its file is not in it; nothing where every row was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<Aside>,
}

impl Table {
    pub fn rows(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.bytes).sum()
    }

    pub fn column_with(&self, role: Role) -> Option<&Column> {
        self.columns.iter().find(|column| column.role == role)
    }

    /// The column of a role by the name that it has after cleaning; none when a step drops it.
    pub fn name_of(&self, role: Role) -> Option<String> {
        self.cleaning.name_after(&self.column_with(role)?.name)
    }

    /// The columns as they are after cleaning.
    pub fn columns_after(&self) -> Vec<Column> {
        use crate::stage::data::clean::CleanAction;
        let mut columns = self.columns.clone();
        for step in self.cleaning.steps.iter().filter(|step| step.on) {
            match &step.what {
                CleanAction::Rename { column, to } => {
                    columns.iter_mut().filter(|c| c.name == *column).for_each(|c| c.name.clone_from(to));
                }
                CleanAction::DropColumn { column } => columns.retain(|c| c.name != *column),
                CleanAction::FixType { column, to, .. } => {
                    columns.iter_mut().filter(|c| c.name == *column).for_each(|c| c.kind = *to);
                }
                CleanAction::Standardise { columns: names } | CleanAction::MinMax { columns: names } => {
                    let scaled = |c: &&mut Column| names.contains(&c.name) && c.kind == ColumnType::Integer;
                    columns.iter_mut().filter(scaled).for_each(|c| c.kind = ColumnType::Decimal);
                }
                _ => {}
            }
        }
        columns
    }

    /// Changes when rows, columns, roles, cleaning or the kind change; not when the table is renamed.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut parts = fingerprint::Builder::default()
            .bytes(self.kind.key().as_bytes())
            .bytes(&serde_json::to_vec(&self.columns).unwrap_or_default());
        if !self.cleaning.is_empty() {
            parts = parts.bytes(&serde_json::to_vec(&self.cleaning).unwrap_or_default());
        }
        for chunk in &self.chunks {
            parts = parts.bytes(chunk.blob.to_string().as_bytes());
        }
        parts.finish()
    }
}
