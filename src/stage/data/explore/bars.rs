//! A measure by category.

use super::ChartError;
use super::aggregate::aggregate;
use super::groups::{Groups, codes, filtered, value_order};
use super::recipe::{BarOrder, BarsRecipe};
use super::result::Label;
use crate::base::Monitor;
use crate::stage::data::cell::MISSING;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub label: Label,
    pub rows: u64,
    /// The measure over all groups together, which for means and distinct values is not the sum of the parts.
    pub total: Option<f64>,
    /// One a group.
    pub values: Vec<Option<f64>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarsData {
    pub groups: Vec<Label>,
    /// In the recipe's order; the others and rows without a category last.
    pub bars: Vec<Bar>,
    /// Categories that went into the others.
    pub others: u64,
}

pub(super) fn bars(frame: &DataFrame, recipe: &BarsRecipe, monitor: &Monitor) -> Result<BarsData, ChartError> {
    let frame = filtered(frame, &recipe.filters, monitor)?;
    let codes = codes(&frame, &recipe.category, monitor)?;
    let each = aggregate(&frame, &recipe.measure, &codes.of_row, codes.values.len(), monitor)?;
    let value = |code: usize| each[code].value.unwrap_or(f64::NEG_INFINITY);
    let by_name = |a: &usize, b: &usize| value_order(&codes.values[*a], &codes.values[*b]);
    let mut order: Vec<usize> = (0..each.len()).collect();
    order.sort_by(|a, b| value(*b).total_cmp(&value(*a)).then_with(|| by_name(a, b)));
    let named = order.len().min(recipe.most as usize);
    let others = (order.len() - named) as u64;
    order.truncate(named);
    if recipe.order == BarOrder::Name {
        order.sort_by(by_name);
    }
    let mut labels: Vec<Label> = order.iter().map(|&code| Label::Value(codes.values[code].clone())).collect();
    let mut bar_of = vec![named as u32; each.len()];
    for (bar, &code) in order.iter().enumerate() {
        bar_of[code] = bar as u32;
    }
    if others > 0 {
        labels.push(Label::Others);
    }
    let missing = labels.len() as u32;
    if codes.of_row.contains(&MISSING) {
        labels.push(Label::Missing);
    }
    let of_row: Vec<u32> =
        codes.of_row.iter().map(|&code| bar_of.get(code as usize).copied().unwrap_or(missing)).collect();
    let totals = aggregate(&frame, &recipe.measure, &of_row, labels.len(), monitor)?;
    let groups = Groups::of(&frame, recipe.group.as_ref(), monitor)?;
    let width = groups.len();
    let split = |(row, bar): (usize, &u32)| *bar * width as u32 + groups.of_row(row) as u32;
    let of_row: Vec<u32> = of_row.iter().enumerate().map(split).collect();
    let parts = aggregate(&frame, &recipe.measure, &of_row, labels.len() * width, monitor)?;
    let bars = labels.into_iter().zip(totals).zip(parts.chunks(width)).map(|((label, total), parts)| Bar {
        label,
        rows: total.rows,
        total: total.value,
        values: parts.iter().map(|part| part.value).collect(),
    });
    Ok(BarsData { bars: bars.collect(), groups: groups.labels, others })
}
