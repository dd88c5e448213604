//! What was counted, ready to be drawn.

use super::{BarsData, BoxData, CohortData, FunnelData, HeatData, HistogramData, LineData, ScatterData};
use crate::stage::data::cell::Value;
use crate::stage::data::profile::Correlations;
use serde::{Deserialize, Serialize};

/// What a bar, box, line or colour stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Every row: there are no groups.
    All,
    Value(Value),
    /// The rarer values together.
    Others,
    /// Rows without a value.
    Missing,
}

impl std::fmt::Display for Label {
    /// For exports; the words of the window are in `ui/text`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Value(value) => value.fmt(f),
            Self::Others => f.write_str("others"),
            Self::Missing => f.write_str(""),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartData {
    Scatter(ScatterData),
    Line(LineData),
    Bars(BarsData),
    Histogram(HistogramData),
    Box(BoxData),
    Heat(HeatData),
    Funnel(FunnelData),
    Cohorts(CohortData),
    Correlation(Correlations),
}
