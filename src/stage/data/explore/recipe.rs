//! What to draw.

use super::ChartError;
use crate::stage::data::cell::Condition;
use serde::{Deserialize, Serialize};

/// What is worked out of the rows that fall together. Missing and infinite numbers are passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How many rows.
    #[default]
    Count,
    Sum(String),
    Mean(String),
    Median(String),
    /// How many different values.
    Distinct(String),
}

impl Measure {
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Count => None,
            Self::Sum(c) | Self::Mean(c) | Self::Median(c) | Self::Distinct(c) => Some(c),
        }
    }
}

/// One colour a value; the `most` frequent ones, the others together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupBy {
    pub column: String,
    /// 1 to 12.
    pub most: u32,
}

impl GroupBy {
    pub fn new(column: impl Into<String>) -> Self {
        Self { column: column.into(), most: 6 }
    }
}

/// The steps of a time axis. Weeks begin on Monday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Hour,
    #[default]
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarOrder {
    /// The largest first.
    #[default]
    Value,
    /// By the category itself.
    Name,
}

/// Two columns of numbers, dates or times against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScatterRecipe {
    pub x: String,
    pub y: String,
    /// Numbers above 0 only, by their logarithm.
    pub log_x: bool,
    pub log_y: bool,
    pub group: Option<GroupBy>,
    pub filters: Vec<Condition>,
    /// Up to so many points in view are drawn one by one, more by density; 0 to 200,000.
    pub most_points: u32,
    /// Cells across and down of the density, 16 to 2,048.
    pub cells: (u32, u32),
}

impl Default for ScatterRecipe {
    fn default() -> Self {
        Self {
            x: String::new(),
            y: String::new(),
            log_x: false,
            log_y: false,
            group: None,
            filters: Vec::new(),
            most_points: 20_000,
            cells: (320, 200),
        }
    }
}

/// A measure over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineRecipe {
    pub time: String,
    pub grain: Grain,
    pub measure: Measure,
    pub group: Option<GroupBy>,
    pub filters: Vec<Condition>,
}

/// A measure by category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BarsRecipe {
    pub category: String,
    pub measure: Measure,
    /// Categories with a bar of their own, those with the largest values; 1 to 1,000. The rest is one bar.
    pub most: u32,
    pub order: BarOrder,
    pub group: Option<GroupBy>,
    pub filters: Vec<Condition>,
}

impl Default for BarsRecipe {
    fn default() -> Self {
        Self {
            category: String::new(),
            measure: Measure::Count,
            most: 12,
            order: BarOrder::Value,
            group: None,
            filters: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistogramRecipe {
    pub column: String,
    /// How many bars, 1 to 1,000; by Freedman and Diaconis when not given.
    pub bins: Option<u32>,
    pub group: Option<GroupBy>,
    pub filters: Vec<Condition>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoxRecipe {
    pub column: String,
    pub group: Option<GroupBy>,
    pub filters: Vec<Condition>,
}

/// A measure by hour of the day and day of the week.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeatRecipe {
    pub time: String,
    pub measure: Measure,
    pub filters: Vec<Condition>,
}

/// How many users went from step to step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FunnelRecipe {
    pub user: String,
    pub event: String,
    pub time: String,
    /// Given: a user goes on with the same product only.
    pub item: Option<String>,
    /// Words of the event column, 2 to 10, each once.
    pub steps: Vec<String>,
    pub filters: Vec<Condition>,
}

impl Default for FunnelRecipe {
    fn default() -> Self {
        Self {
            user: String::new(),
            event: String::new(),
            time: String::new(),
            item: None,
            steps: ["view", "cart", "purchase"].map(str::to_owned).to_vec(),
            filters: Vec::new(),
        }
    }
}

/// Users by the month or week of their first row, and how many of them come back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CohortRecipe {
    pub user: String,
    pub time: String,
    /// `Month` or `Week`.
    pub grain: Grain,
    /// The newest cohorts shown, 2 to 120.
    pub most: u32,
    /// For instance only purchases.
    pub filters: Vec<Condition>,
}

impl Default for CohortRecipe {
    fn default() -> Self {
        Self { user: String::new(), time: String::new(), grain: Grain::Month, most: 24, filters: Vec::new() }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorrelationRecipe {
    /// Columns of numbers; all when empty.
    pub columns: Vec<String>,
    pub filters: Vec<Condition>,
}

/// A chart as it is kept in a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "chart")]
pub enum ChartRecipe {
    Scatter(ScatterRecipe),
    Line(LineRecipe),
    Bars(BarsRecipe),
    Histogram(HistogramRecipe),
    Box(BoxRecipe),
    Heat(HeatRecipe),
    Funnel(FunnelRecipe),
    Cohorts(CohortRecipe),
    Correlation(CorrelationRecipe),
}

impl Default for ChartRecipe {
    fn default() -> Self {
        Self::Scatter(ScatterRecipe::default())
    }
}

impl ChartRecipe {
    pub fn filters(&self) -> &[Condition] {
        match self {
            Self::Scatter(r) => &r.filters,
            Self::Line(r) => &r.filters,
            Self::Bars(r) => &r.filters,
            Self::Histogram(r) => &r.filters,
            Self::Box(r) => &r.filters,
            Self::Heat(r) => &r.filters,
            Self::Funnel(r) => &r.filters,
            Self::Cohorts(r) => &r.filters,
            Self::Correlation(r) => &r.filters,
        }
    }

    /// What is wrong with the settings themselves, whatever the table.
    pub fn check(&self) -> Result<(), ChartError> {
        match self {
            Self::Scatter(r) => {
                named("x", &r.x)?;
                named("y", &r.y)?;
                within("most_points", r.most_points.into(), 0, 200_000)?;
                within("cells", r.cells.0.into(), 16, 2048)?;
                within("cells", r.cells.1.into(), 16, 2048)?;
                group(r.group.as_ref())
            }
            Self::Line(r) => {
                named("time", &r.time)?;
                measure(&r.measure)?;
                group(r.group.as_ref())
            }
            Self::Bars(r) => {
                named("category", &r.category)?;
                within("most", r.most.into(), 1, 1000)?;
                measure(&r.measure)?;
                group(r.group.as_ref())
            }
            Self::Histogram(r) => {
                named("column", &r.column)?;
                within("bins", r.bins.unwrap_or(1).into(), 1, 1000)?;
                group(r.group.as_ref())
            }
            Self::Box(r) => {
                named("column", &r.column)?;
                group(r.group.as_ref())
            }
            Self::Heat(r) => {
                named("time", &r.time)?;
                measure(&r.measure)
            }
            Self::Funnel(r) => {
                named("user", &r.user)?;
                named("event", &r.event)?;
                named("time", &r.time)?;
                within("steps", r.steps.len() as u64, 2, 10)?;
                let twice = r.steps.iter().enumerate().find(|(i, step)| r.steps[..*i].contains(step));
                match twice {
                    Some((_, step)) => Err(ChartError::BadSetting { setting: "steps", value: step.clone() }),
                    None => Ok(()),
                }
            }
            Self::Cohorts(r) => {
                named("user", &r.user)?;
                named("time", &r.time)?;
                within("most", r.most.into(), 2, 120)?;
                match r.grain {
                    Grain::Month | Grain::Week => Ok(()),
                    Grain::Hour | Grain::Day => {
                        Err(ChartError::BadSetting { setting: "grain", value: format!("{:?}", r.grain) })
                    }
                }
            }
            Self::Correlation(r) => r.columns.iter().try_for_each(|column| named("columns", column)),
        }
    }
}

fn named(setting: &'static str, column: &str) -> Result<(), ChartError> {
    if column.is_empty() { Err(ChartError::NotChosen { setting }) } else { Ok(()) }
}

fn within(setting: &'static str, value: u64, low: u64, high: u64) -> Result<(), ChartError> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(ChartError::BadSetting { setting, value: value.to_string() })
    }
}

fn measure(measure: &Measure) -> Result<(), ChartError> {
    measure.column().map_or(Ok(()), |column| named("measure", column))
}

fn group(group: Option<&GroupBy>) -> Result<(), ChartError> {
    let Some(group) = group else { return Ok(()) };
    named("group", &group.column)?;
    within("group", group.most.into(), 1, 12)
}
