//! Floor 1: plain functions, a folder a stage. No stage imports a sibling except `data`.

pub mod copy;
pub mod data;
pub mod predict;
pub mod recommend;
pub mod segment;

use serde::{Deserialize, Serialize};

/// The stages of the loop, in the order of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Data,
    Segment,
    Predict,
    Recommend,
    Voice,
    Copy,
    Campaign,
}

impl Stage {
    pub const ALL: [Self; 7] =
        [Self::Data, Self::Segment, Self::Predict, Self::Recommend, Self::Voice, Self::Copy, Self::Campaign];

    /// The name used in files, in JSON and on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Segment => "segment",
            Self::Predict => "predict",
            Self::Recommend => "recommend",
            Self::Voice => "voice",
            Self::Copy => "copy",
            Self::Campaign => "campaign",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.key() == key)
    }
}

/// One English word for a step, for the command line's bar and logs.
pub fn step_word(step: crate::base::Step) -> String {
    serde_json::to_value(step).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_key(stage.key()), Some(stage));
            assert_eq!(serde_json::to_value(stage).ok(), Some(stage.key().into()));
        }
    }
}
