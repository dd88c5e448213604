//! What cleaning does, as data.

use super::StepError;
use crate::stage::data::cell::{Condition, Value};
use crate::stage::data::schema::ColumnType;
use serde::{Deserialize, Serialize};

/// The steps, from first to last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CleanRecipe {
    pub steps: Vec<CleanStep>,
}

/// One step; `on` is false for a step that is kept but skipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanStep {
    pub on: bool,
    pub what: CleanAction,
}

impl From<CleanAction> for CleanStep {
    fn from(what: CleanAction) -> Self {
        Self { on: true, what }
    }
}

/// Which one of several equal rows stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    #[default]
    First,
    Last,
}

/// What goes where nothing is. NaN and infinity count as missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    Mean,
    Median,
    /// The most frequent value; of several the smallest.
    Mode,
    /// Must be of the column's type (an integer will do for a decimal, a date for a time).
    Constant(Value),
    /// The nearest one above it; cells before the first value stay missing.
    Previous,
}

/// From where on a number is an outlier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fence {
    /// Below Q1 - `times` × IQR or above Q3 + `times` × IQR (Tukey; 1.5 is usual, 3 is far out).
    Iqr { times: f64 },
    /// Below the quantile `low` or above the quantile `high`, both in 0..=1.
    Quantile { low: f64, high: f64 },
    /// More than `limit` standard deviations from the mean.
    ZScore { limit: f64 },
}

/// Spellings of one thing; `variants` become `keep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpellingGroup {
    pub keep: String,
    pub variants: Vec<String>,
}

/// One kind of repair. Where a list of columns is empty, every column that fits is meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CleanAction {
    /// No space (of any width) at the ends, single ones between words; text of nothing but space becomes missing.
    Trim {
        columns: Vec<String>,
    },
    /// What cannot be read as the type becomes missing; decimals made integers are rounded. Without `day_first` the
    /// order of day and month is found out.
    FixType {
        column: String,
        to: ColumnType,
        day_first: Option<bool>,
        decimal_comma: bool,
    },
    /// Each `from` becomes `to` (nothing: missing).
    MapValues {
        column: String,
        map: Vec<(Value, Option<Value>)>,
    },
    /// Of rows that are equal in `columns` one stays.
    DropDuplicates {
        columns: Vec<String>,
        keep: Keep,
    },
    /// Rows with a missing cell in any of `columns`.
    DropMissing {
        columns: Vec<String>,
    },
    FillMissing {
        column: String,
        with: Fill,
    },
    /// Outliers become the fence's value.
    ClipOutliers {
        column: String,
        fence: Fence,
    },
    /// Rows with an outlier.
    DropOutliers {
        column: String,
        fence: Fence,
    },
    /// Only rows that pass every condition stay.
    FilterRows {
        keep: Vec<Condition>,
    },
    /// (value - mean) / standard deviation, of a sample (n - 1); a constant column becomes 0.
    Standardise {
        columns: Vec<String>,
    },
    /// (value - least) / (greatest - least); a constant column becomes 0.
    MinMax {
        columns: Vec<String>,
    },
    Rename {
        column: String,
        to: String,
    },
    DropColumn {
        column: String,
    },
    /// Several spellings become one. Without groups they are found: equal but for case, spaces, width of
    /// characters, marks; with `places` (cities, countries) also Chinese and Latin names and slips of one letter.
    MergeSpellings {
        column: String,
        groups: Vec<SpellingGroup>,
        places: bool,
    },
    /// Every row of one `key` gets that key's most frequent value in `column` (of several the smallest).
    UnifyByKey {
        key: String,
        column: String,
    },
}

impl CleanAction {
    /// The columns it names, those that need not exist left out.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Trim { columns }
            | Self::DropDuplicates { columns, .. }
            | Self::DropMissing { columns }
            | Self::Standardise { columns }
            | Self::MinMax { columns } => columns.iter().map(String::as_str).collect(),
            Self::FixType { column, .. }
            | Self::MapValues { column, .. }
            | Self::FillMissing { column, .. }
            | Self::ClipOutliers { column, .. }
            | Self::DropOutliers { column, .. }
            | Self::Rename { column, .. }
            | Self::DropColumn { column }
            | Self::MergeSpellings { column, .. } => vec![column],
            Self::FilterRows { keep } => keep.iter().map(|c| c.column.as_str()).collect(),
            Self::UnifyByKey { key, column } => vec![key, column],
        }
    }

    /// What is wrong with the settings themselves, whatever the table.
    pub fn check(&self) -> Result<(), StepError> {
        let bad = |setting, value: String| Err(StepError::BadSetting { setting, value });
        if self.columns().iter().any(|column| column.is_empty()) {
            return bad("column", String::new());
        }
        match self {
            Self::ClipOutliers { fence, .. } | Self::DropOutliers { fence, .. } => fence.check(),
            Self::FillMissing { with: Fill::Constant(Value::Decimal(v)), .. } if !v.is_finite() => {
                bad("with", v.to_string())
            }
            Self::MapValues { map, .. } if map.is_empty() => bad("map", String::new()),
            Self::FilterRows { keep } if keep.is_empty() => bad("keep", String::new()),
            Self::Rename { to, .. } if to.trim().is_empty() => bad("to", to.clone()),
            Self::UnifyByKey { key, column } if key == column => bad("key", key.clone()),
            _ => Ok(()),
        }
    }
}

impl Fence {
    pub fn check(&self) -> Result<(), StepError> {
        let bad = |setting, value: f64| Err(StepError::BadSetting { setting, value: value.to_string() });
        match *self {
            Self::Iqr { times } if !(times.is_finite() && times >= 0.0) => bad("times", times),
            Self::ZScore { limit } if !(limit.is_finite() && limit > 0.0) => bad("limit", limit),
            Self::Quantile { low, .. } if !(0.0..=1.0).contains(&low) => bad("low", low),
            Self::Quantile { low, high } if !(low..=1.0).contains(&high) => bad("high", high),
            _ => Ok(()),
        }
    }
}

impl CleanRecipe {
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What a column is called when all steps are done; `None` when one drops it.
    pub fn name_after(&self, column: &str) -> Option<String> {
        let mut name = column.to_owned();
        for step in self.steps.iter().filter(|step| step.on) {
            match &step.what {
                CleanAction::Rename { column, to } if *column == name => name.clone_from(to),
                CleanAction::DropColumn { column } if *column == name => return None,
                _ => {}
            }
        }
        Some(name)
    }

    /// Every step with bad settings, by its place; steps switched off are not looked at.
    pub fn check(&self) -> Result<(), Vec<(usize, StepError)>> {
        let on = self.steps.iter().enumerate().filter(|(_, step)| step.on);
        let bad: Vec<_> = on.filter_map(|(i, step)| step.what.check().err().map(|e| (i, e))).collect();
        if bad.is_empty() { Ok(()) } else { Err(bad) }
    }
}
