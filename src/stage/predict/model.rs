//! tmp
use serde::{Deserialize, Serialize};
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind { Linear }
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitCheck {}
