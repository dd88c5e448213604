//! Kind and roles, each with a confidence and a reason that `ui/text` puts into words.

use crate::stage::data::kind::{Role, TableKind};
use serde::{Deserialize, Serialize};

/// Why a column seems to have its role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum RoleReason {
    /// The user said so.
    Given,
    /// The name is a known word for it.
    NameIs { word: String },
    /// The name holds a known word for it.
    NameHolds { word: String },
    /// This share of the values are known event words, such as `example`.
    EventWords { share: f32, example: String },
    /// Every value is a time, such as `example`.
    Times { example: String },
    /// Whole numbers from `low` to `high`, few of them distinct.
    SmallScale { low: i64, high: i64 },
    /// A table without names: whole numbers in this place are usually it.
    Place { place: u32 },
    /// Yes or no in the last column of a table of measures.
    LastYesNo,
    /// Long texts.
    LongTexts { mean_length: u32 },
    /// Made by the reader.
    Added,
    /// Nothing speaks for a role.
    NoSign,
}

/// Why a table seems to be of its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum KindReason {
    /// The user said so.
    Given,
    /// It has these roles, which together make the kind.
    HasRoles { roles: Vec<Role> },
    /// Most columns are measures and none of the other kinds fits.
    MostlyMeasures { measures: u32, columns: u32 },
    /// Nothing fits better.
    NothingElse,
}

/// What one column seems to mean. `confidence` is in 0..=1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleGuess {
    pub role: Role,
    pub confidence: f32,
    pub reason: RoleReason,
}

/// What a table seems to be. `roles` has one entry a column, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    pub kind: TableKind,
    pub kind_confidence: f32,
    pub kind_reason: KindReason,
    pub roles: Vec<RoleGuess>,
}
