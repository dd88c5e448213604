//! Charts of a table: what to draw as a recipe, what was counted as data that can be drawn, stored and exported.
//!
//! [`chart`] makes any chart; a scatter chart that is zoomed and selected in keeps a [`PointCloud`] instead.

mod aggregate;
mod bars;
mod calendar;
mod cohort;
mod csv;
mod density;
mod error;
mod funnel;
mod groups;
mod heat;
mod line;
mod recipe;
mod result;
mod scatter;
mod select;
mod spread;

pub use bars::{Bar, BarsData};
pub use cohort::{Cohort, CohortData};
pub use csv::write_csv;
pub use density::Density;
pub use error::ChartError;
pub use funnel::{FunnelData, FunnelStep};
pub use heat::HeatData;
pub use line::{LineData, LinePoint};
pub use recipe::{
    BarOrder, BarsRecipe, BoxRecipe, ChartRecipe, CohortRecipe, CorrelationRecipe, FunnelRecipe, Grain, GroupBy,
    HeatRecipe, HistogramRecipe, LineRecipe, Measure, ScatterRecipe,
};
pub use result::{ChartData, Label};
pub use scatter::{Axis, AxisKind, Point, PointCloud, ScatterData, ScatterView, Window};
pub use select::{Shape, rows_of, users_of};
pub use spread::{BoxData, HistogramData, Spread};

use crate::base::Monitor;
use crate::stage::data::profile::{MOST_COLUMNS, correlations};
use polars::prelude::*;

/// Makes the chart's data. The recipe is checked first.
pub fn chart(frame: &DataFrame, recipe: &ChartRecipe, monitor: &Monitor) -> Result<ChartData, ChartError> {
    recipe.check()?;
    monitor.check()?;
    Ok(match recipe {
        ChartRecipe::Scatter(recipe) => ChartData::Scatter(PointCloud::of(frame, recipe, monitor)?.data(monitor)?),
        ChartRecipe::Line(recipe) => ChartData::Line(line::line(frame, recipe, monitor)?),
        ChartRecipe::Bars(recipe) => ChartData::Bars(bars::bars(frame, recipe, monitor)?),
        ChartRecipe::Histogram(recipe) => ChartData::Histogram(spread::histogram(frame, recipe, monitor)?),
        ChartRecipe::Box(recipe) => ChartData::Box(spread::boxes(frame, recipe, monitor)?),
        ChartRecipe::Heat(recipe) => ChartData::Heat(heat::heat(frame, recipe, monitor)?),
        ChartRecipe::Funnel(recipe) => ChartData::Funnel(funnel::funnel(frame, recipe, monitor)?),
        ChartRecipe::Cohorts(recipe) => ChartData::Cohorts(cohort::cohorts(frame, recipe, monitor)?),
        ChartRecipe::Correlation(recipe) => ChartData::Correlation(correlation(frame, recipe, monitor)?),
    })
}

fn correlation(
    frame: &DataFrame,
    recipe: &CorrelationRecipe,
    monitor: &Monitor,
) -> Result<crate::stage::data::profile::Correlations, ChartError> {
    let mut columns = recipe.columns.clone();
    for name in &columns {
        groups::numbers(frame, name)?;
    }
    if columns.is_empty() {
        let numeric = frame.columns().iter().filter(|c| c.dtype().is_primitive_numeric() || c.dtype().is_bool());
        columns = numeric.map(|c| c.name().to_string()).take(MOST_COLUMNS).collect();
    }
    let frame = groups::filtered(frame, &recipe.filters, monitor)?;
    Ok(correlations(&frame, &columns, monitor)?)
}

#[cfg(test)]
mod tests;
