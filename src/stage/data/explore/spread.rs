//! How numbers are spread: histogram and box plot.

use super::ChartError;
use super::aggregate::bucketed;
use super::groups::{Groups, filtered, numbers};
use super::recipe::{BoxRecipe, HistogramRecipe};
use super::result::Label;
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, cells, mix};
use crate::stage::data::clean::outliers::quantile;
use crate::stage::data::profile::{edges, usual_edges};
use polars::prelude::*;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistogramData {
    pub groups: Vec<Label>,
    /// A bin holds numbers from its edge up to but without the next one; the last one with it.
    pub edges: Vec<f64>,
    /// By group, then by bin.
    pub counts: Vec<Vec<u64>>,
    /// Numbers below the first and above the last edge.
    pub below: u64,
    pub above: u64,
    /// Rows without a finite number.
    pub left_out: u64,
}

/// Bars when the recipe does not say how many.
const MAX_BINS: usize = 60;

pub(super) fn histogram(
    frame: &DataFrame,
    recipe: &HistogramRecipe,
    monitor: &Monitor,
) -> Result<HistogramData, ChartError> {
    let frame = filtered(frame, &recipe.filters, monitor)?;
    let all = numbers(&frame, &recipe.column)?;
    let groups = Groups::of(&frame, recipe.group.as_ref(), monitor)?;
    let mut finite: Vec<f64> = all.iter().copied().filter(|v| !v.is_nan()).collect();
    if finite.is_empty() {
        return Err(ChartError::NoRows);
    }
    monitor.check()?;
    let n = finite.len() as u64;
    let ends = [0.0, 0.25, 0.75, 1.0].map(|q| quantile(&mut finite, q));
    let whole = matches!(cells(&frame, &recipe.column)?, Cells::Integer(_) | Cells::YesNo(_));
    let edges = match recipe.bins {
        None => usual_edges(ends, n, whole, MAX_BINS),
        Some(bins) => {
            let [least, _, _, greatest] = ends;
            edges(least, greatest, (greatest - least) / f64::from(bins), whole, bins as usize)
        }
    };
    // Numbers too large or too close to be told apart have no bins.
    let edges = edges.ok_or(ChartError::NoRows)?;
    monitor.check()?;
    let bins = edges.len() - 1;
    let (first, last) = (edges[0], edges[bins]);
    let mut data = HistogramData {
        counts: vec![vec![0; bins]; groups.len()],
        left_out: all.len() as u64 - n,
        groups: groups.labels.clone(),
        below: 0,
        above: 0,
        edges,
    };
    for (row, v) in all.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
        if *v < first {
            data.below += 1;
        } else if *v > last {
            data.above += 1;
        } else {
            let bin = data.edges.partition_point(|edge| edge <= v).saturating_sub(1).min(bins - 1);
            data.counts[groups.of_row(row)][bin] += 1;
        }
    }
    Ok(data)
}

/// The numbers of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub label: Label,
    pub count: u64,
    pub mean: f64,
    pub min: f64,
    pub q1: f64,
    pub median: f64,
    pub q3: f64,
    pub max: f64,
    /// The outermost numbers within 1.5 · IQR of the quartiles (Tukey).
    pub low_whisker: f64,
    pub high_whisker: f64,
    /// Numbers beyond the whiskers, and some of them: the extremes are always among them.
    pub outliers: u64,
    pub shown: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxData {
    /// Groups without a number are left out.
    pub groups: Vec<Spread>,
    /// Rows without a finite number.
    pub left_out: u64,
}

/// Outliers drawn for one group.
const SHOWN: usize = 200;

pub(super) fn boxes(frame: &DataFrame, recipe: &BoxRecipe, monitor: &Monitor) -> Result<BoxData, ChartError> {
    let frame = filtered(frame, &recipe.filters, monitor)?;
    let all = numbers(&frame, &recipe.column)?;
    let groups = Groups::of(&frame, recipe.group.as_ref(), monitor)?;
    let of_row: Vec<u32> = (0..all.len()).map(|row| groups.of_row(row) as u32).collect();
    let sorted = bucketed(&all, &of_row, groups.len());
    monitor.check()?;
    let left_out = all.iter().filter(|v| v.is_nan()).count() as u64;
    let spreads: Vec<Option<Spread>> =
        sorted.into_par_iter().zip(groups.labels).map(|(numbers, label)| spread(numbers, label)).collect();
    let groups: Vec<Spread> = spreads.into_iter().flatten().collect();
    if groups.is_empty() { Err(ChartError::NoRows) } else { Ok(BoxData { groups, left_out }) }
}

/// Nothing of no numbers.
fn spread(mut numbers: Vec<f64>, label: Label) -> Option<Spread> {
    let count = numbers.len() as u64;
    let first = *numbers.first()?;
    let mean = first + numbers.iter().map(|v| v / count as f64 - first / count as f64).sum::<f64>();
    let [min, q1, median, q3, max] = [0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&mut numbers, q));
    let (low, high) = (q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1));
    let (mut low_whisker, mut high_whisker) = (q1, q3);
    let mut beyond: Vec<f64> = Vec::new();
    for &v in &numbers {
        if v < low || v > high {
            beyond.push(v);
        } else {
            low_whisker = low_whisker.min(v);
            high_whisker = high_whisker.max(v);
        }
    }
    beyond.sort_unstable_by(f64::total_cmp);
    Some(Spread {
        label,
        count,
        mean,
        min,
        q1,
        median,
        q3,
        max,
        low_whisker,
        high_whisker,
        outliers: beyond.len() as u64,
        shown: some(beyond),
    })
}

/// Both ends, and those whose place hashes lowest between them; in order.
fn some(sorted: Vec<f64>) -> Vec<f64> {
    if sorted.len() <= SHOWN {
        return sorted;
    }
    let last = sorted.len() - 1;
    let mut places: Vec<(u64, usize)> = (1..last).map(|i| (mix(i as u64), i)).collect();
    places.select_nth_unstable(SHOWN - 2);
    places.truncate(SHOWN - 2);
    let mut places: Vec<usize> = places.into_iter().map(|(_, i)| i).chain([0, last]).collect();
    places.sort_unstable();
    places.into_iter().map(|i| sorted[i]).collect()
}
