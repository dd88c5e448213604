//! The rows of a file that did not become rows of its table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Chunk;
use crate::stage::data::read::AsideReason;

/// Counted under their reasons; the first 10,000 kept as a Parquet blob with the columns `file`, `line`, `reason`
/// and `text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    pub rows_read: u64,
    pub counts: BTreeMap<AsideReason, u64>,
    pub kept: Option<Chunk>,
}

impl Aside {
    pub fn rows(&self) -> u64 {
        self.counts.values().sum()
    }
}
