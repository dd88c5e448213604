//! What a person decided about segments: names given by hand, segments built by rule, drawn, or joined from others.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::persona::Bilingual;
use super::rule::Rule;
use crate::base::time::Moment;

/// Names and sentences of one run's segments, where somebody wrote their own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SegmentNames {
    pub names: BTreeMap<u32, Bilingual>,
    pub sentences: BTreeMap<u32, Bilingual>,
}

/// How a saved segment's customers are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Origin {
    /// Live: asked again whenever the data changes.
    Rule { rule: Rule },
    /// Static: these customers, whatever happens.
    Customers { ids: BTreeSet<String> },
}

/// A segment that the user keeps, beside those that a run finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedSegment {
    pub name: String,
    pub origin: Origin,
    /// The rule that a static segment was frozen from, to be changed again.
    pub rule: Option<Rule>,
    pub made_at: Moment,
    /// How many there were when it was last counted.
    pub count: u64,
}

impl SavedSegment {
    pub fn is_live(&self) -> bool {
        matches!(self.origin, Origin::Rule { .. })
    }
}

/// The smallest audience that is shown or exported without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AudienceFloor(pub u64);

impl Default for AudienceFloor {
    fn default() -> Self {
        Self(20)
    }
}
