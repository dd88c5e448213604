//! Rules a marketer builds: conditions joined by and, or, not. A rule is data; [`run`] turns it into the set of
//! customers who meet it, with a count at every condition, in a fraction of a second.

mod evaluate;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::rfm::{Rfm, RfmGroup};
use super::sets::UserSet;
use crate::base::time::Moment;
use crate::stage::data::features::EventKind;
use crate::stage::data::features::index::EventIndex;

pub use evaluate::{align, run};

/// A condition or a group of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Rule {
    /// Every one holds. An empty group is an error, not "everyone".
    All {
        of: Vec<Rule>,
    },
    Any {
        of: Vec<Rule>,
    },
    Not {
        of: Box<Rule>,
    },
    /// A feature compared with a number. A customer without a value never meets it.
    Feature {
        feature: String,
        compare: Compare,
        value: f64,
    },
    /// A property of the customer (city, channel, …) is one of these words.
    Property {
        column: String,
        values: Vec<String>,
    },
    /// Did something between `least` and `most` times.
    Did {
        what: Deed,
        least: u32,
        most: Option<u32>,
        within: Within,
    },
    /// Spent between these amounts (purchases less returns).
    Spent {
        least: Option<f64>,
        most: Option<f64>,
        within: Within,
    },
    /// Bought on at least `orders` different days before, but not in the last `quiet_days` days.
    StoppedBuying {
        orders: u32,
        quiet_days: u32,
    },
    Rfm {
        groups: Vec<RfmGroup>,
    },
    /// In another segment, by its name.
    Segment {
        name: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    Below,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Above,
}

/// Which events count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Deed {
    /// `None`: any event.
    pub event: Option<EventKind>,
    pub category: Option<String>,
    pub item: Option<String>,
}

/// When events count, seen from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    Ever,
    /// The last so many days up to today.
    LastDays(u32),
    /// Any stretch of so many days.
    AnyDays(u32),
    /// From the first moment up to, not including, the second.
    Between(Moment, Moment),
}

/// What a rule is asked about; all parts but the features may be missing.
#[derive(Clone, Copy)]
pub struct RuleData<'a> {
    /// The feature table, a row a customer.
    pub features: &'a DataFrame,
    /// Events, and each row's place in them ([`crate::stage::data::features::FeatureTable::places`]).
    pub events: Option<(&'a EventIndex, &'a [u32])>,
    /// Properties, row for row with the features (see [`align`]).
    pub properties: Option<&'a DataFrame>,
    pub rfm: Option<&'a Rfm>,
    /// Other segments by name, over the same rows.
    pub segments: &'a [(String, UserSet)],
    /// Events from this moment on are not seen.
    pub today: Moment,
}

/// Who meets the rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleResult {
    pub set: UserSet,
    pub count: u64,
    /// For every condition and group, outermost first: where it stands (the places to walk down from the outermost
    /// group) and how many customers meet it alone.
    pub counts: Vec<(Vec<usize>, u64)>,
    /// When nobody meets the rule: the first condition that nobody meets alone, or the group whose conditions nobody
    /// meets together.
    pub nobody: Option<Vec<usize>>,
}

/// Why a condition cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleProblem {
    UnknownFeature(String),
    /// The feature or property is not of the kind the condition needs.
    WrongKind(String),
    UnknownProperty(String),
    UnknownSegment(String),
    UnknownCategory(String),
    UnknownItem(String),
    EmptyGroup,
    NothingChosen,
    /// The number is missing, not a number, or the limits are crossed.
    BadNumber,
    NoEvents,
    NoPrices,
    NoProperties,
    NoRfm,
    /// Tables with different numbers of rows were put together.
    Unaligned,
    /// Groups are nested more than sixteen deep.
    TooDeep,
}

impl Rule {
    /// The parts of a group.
    pub fn parts(&self) -> &[Rule] {
        match self {
            Self::All { of } | Self::Any { of } => of,
            Self::Not { of } => std::slice::from_ref(of),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests;
