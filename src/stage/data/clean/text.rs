//! Steps that change a value wherever it stands: worked out once for each distinct value.

use super::change::{CellChange, Outcome};
use super::error::Stop;
use super::recipe::SpellingGroup;
use super::{StepError, spelling};
use crate::base::Monitor;
use crate::stage::data::cell::{Cells, Codes, MISSING, Value, cells, series_of};
use crate::stage::data::schema::ColumnType;
use polars::prelude::*;
use std::collections::{HashMap, HashSet};

/// The named columns, or every column that `fits`. A named one that doesn't is an error.
pub(super) fn chosen(
    frame: &DataFrame,
    columns: &[String],
    fits: impl Fn(&Cells) -> bool,
) -> Result<Vec<(String, Cells)>, StepError> {
    if columns.is_empty() {
        let all = frame.columns().iter().filter_map(|c| Some((c.name().to_string(), Cells::of(c)?)));
        return Ok(all.filter(|(_, cells)| fits(cells)).collect());
    }
    let mut found = Vec::with_capacity(columns.len());
    for name in columns {
        let cells = cells(frame, name)?;
        if !fits(&cells) {
            return Err(StepError::WrongType { column: name.clone(), found: cells.column_type() });
        }
        found.push((name.clone(), cells));
    }
    Ok(found)
}

/// Replaces each distinct value of a column by `change` of it; the new cells are of type `to`.
pub(super) fn change_values(
    outcome: &mut Outcome,
    (name, cells): (&str, &Cells),
    to: ColumnType,
    change: impl Fn(&Value) -> Option<Value>,
    monitor: &Monitor,
) -> Result<(), Stop> {
    let codes = Codes::of(cells, monitor)?;
    monitor.check()?;
    let after: Vec<Option<Value>> = codes.values.iter().map(change).collect();
    let palette = series_of(name, to, &after)
        .ok_or_else(|| StepError::WrongType { column: name.to_owned(), found: cells.column_type() })?;
    let series = codes.paint(&palette).map_err(StepError::from)?;
    outcome.repaint(series, &codes.of_row, &codes.values, &after, monitor)
}

pub(super) fn trim(frame: &DataFrame, columns: &[String], monitor: &Monitor) -> Result<Outcome, Stop> {
    let mut outcome = Outcome::unchanged(frame);
    for (name, cells) in chosen(frame, columns, |cells| matches!(cells, Cells::Text(_)))? {
        change_values(&mut outcome, (&name, &cells), ColumnType::Text, tidy, monitor)?;
    }
    Ok(outcome)
}

/// Single spaces between words, none around them; nothing for nothing.
fn tidy(value: &Value) -> Option<Value> {
    let Value::Text(text) = value else { return Some(value.clone()) };
    let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    // Line breaks inside a text belong to it.
    let inner = text.trim_matches(is_space);
    let tidied = if inner.contains(['\n', '\r']) { inner.to_owned() } else { words.join(" ") };
    (!tidied.is_empty()).then_some(Value::Text(tidied))
}

/// Also the marks without width that spreadsheets leave behind.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200D}' | '\u{FEFF}' | '\u{2060}')
}

/// Whether [`trim`] would change the text.
pub(crate) fn is_untidy(text: &str) -> bool {
    let plain = text.is_ascii() && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ");
    let plain = plain && !text.is_empty() && !text.bytes().any(|b| b.is_ascii_control());
    !plain && tidy(&Value::Text(text.to_owned())) != Some(Value::Text(text.to_owned()))
}

pub(super) fn map_values(
    frame: &DataFrame,
    column: &str,
    map: &[(Value, Option<Value>)],
    monitor: &Monitor,
) -> Result<Outcome, Stop> {
    let cells = cells(frame, column)?;
    let own = cells.column_type();
    let as_own = |value: &Value| match (value, own) {
        (Value::Integer(v), ColumnType::Decimal) => Some(Value::Decimal(*v as f64)),
        (value, own) => (value.column_type() == own).then(|| value.clone()),
    };
    let unfit = || StepError::WrongType { column: column.to_owned(), found: own };
    // The first entry for a value counts.
    let mut becomes: Vec<(Value, Option<Value>)> = Vec::with_capacity(map.len());
    for (from, to) in map {
        let from = as_own(from).ok_or_else(unfit)?;
        let to = to.as_ref().map(|to| as_own(to).ok_or_else(unfit)).transpose()?;
        becomes.push((from, to));
    }
    let texts: HashMap<String, Option<Value>> =
        becomes.iter().rev().map(|(from, to)| (from.to_string(), to.clone())).collect();
    let mut outcome = Outcome::unchanged(frame);
    let change = |value: &Value| texts.get(&value.to_string()).cloned().unwrap_or_else(|| Some(value.clone()));
    change_values(&mut outcome, (column, &cells), own, change, monitor)?;
    Ok(outcome)
}

pub(super) fn merge_spellings(
    frame: &DataFrame,
    column: &str,
    groups: &[SpellingGroup],
    places: bool,
    monitor: &Monitor,
) -> Result<Outcome, Stop> {
    let (name, cells) = chosen(frame, &[column.to_owned()], |cells| matches!(cells, Cells::Text(_)))?.remove(0);
    let codes = Codes::of(&cells, monitor)?;
    let text = |value: &Value| value.to_string();
    let becomes: HashMap<String, String> = if groups.is_empty() {
        let texts: Vec<String> = codes.values.iter().map(text).collect();
        let counted: Vec<(&str, u64)> = texts.iter().map(String::as_str).zip(codes.counts()).collect();
        let found = spelling::find(&counted, places);
        let pairs = |group: spelling::Found| {
            group.variants.into_iter().map(move |(variant, _)| (variant, group.keep.0.clone()))
        };
        found.into_iter().flat_map(pairs).collect()
    } else {
        let kept: HashSet<&str> = groups.iter().map(|g| g.keep.as_str()).collect();
        let pairs = groups.iter().flat_map(|g| g.variants.iter().map(|v| (v.clone(), g.keep.clone())));
        // What one group keeps, another cannot take away: that would go in circles.
        pairs.filter(|(variant, _)| !kept.contains(variant.as_str())).collect()
    };
    let merged = |value: &Value| Some(becomes.get(&text(value)).cloned().map_or_else(|| value.clone(), Value::Text));
    let after: Vec<Option<Value>> = codes.values.iter().map(merged).collect();
    let mut outcome = Outcome::unchanged(frame);
    let palette = series_of(&name, ColumnType::Text, &after)
        .ok_or_else(|| StepError::WrongType { column: name.clone(), found: cells.column_type() })?;
    let series = codes.paint(&palette).map_err(StepError::from)?;
    outcome.repaint(series, &codes.of_row, &codes.values, &after, monitor)?;
    Ok(outcome)
}

pub(super) fn unify_by_key(frame: &DataFrame, key: &str, column: &str, monitor: &Monitor) -> Result<Outcome, Stop> {
    let keys = Codes::of(&cells(frame, key)?, monitor)?;
    let own = cells(frame, column)?;
    let codes = Codes::of(&own, monitor)?;
    let mut pairs: PlHashMap<(u32, u32), u64> = PlHashMap::default();
    for (&key, &code) in keys.of_row.iter().zip(&codes.of_row) {
        if key != MISSING && code != MISSING {
            *pairs.entry((key, code)).or_default() += 1;
        }
    }
    monitor.check()?;
    let mut best: Vec<Option<(u64, u32)>> = vec![None; keys.values.len()];
    for (&(key, code), &count) in &pairs {
        let slot = &mut best[key as usize];
        let better = slot.is_none_or(|(most, other)| {
            count > most || (count == most && smaller(&codes.values[code as usize], &codes.values[other as usize]))
        });
        if better {
            *slot = Some((count, code));
        }
    }
    let of_row: Vec<u32> = keys
        .of_row
        .iter()
        .zip(&codes.of_row)
        .map(|(&key, &code)| best.get(key as usize).copied().flatten().map_or(code, |(_, best)| best))
        .collect();
    let mut outcome = Outcome::unchanged(frame);
    let value = |code: u32| codes.values.get(code as usize).cloned();
    for (row, (&before, &after)) in codes.of_row.iter().zip(&of_row).enumerate() {
        if before != after {
            let change = || CellChange {
                row: row as u64,
                column: column.to_owned(),
                before: value(before),
                after: value(after),
            };
            outcome.count(false, change);
        }
    }
    if outcome.cells_changed > 0 {
        let values: Vec<Option<Value>> = codes.values.iter().cloned().map(Some).collect();
        let painted = series_of(column, own.column_type(), &values)
            .ok_or_else(|| StepError::WrongType { column: column.to_owned(), found: own.column_type() })?;
        let unified = Codes { of_row, values: Vec::new() };
        outcome.replace(unified.paint(&painted).map_err(StepError::from)?)?;
    }
    Ok(outcome)
}

/// The order that decides between equally frequent values of one column.
pub(super) fn smaller(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a < b,
        (Value::Integer(a), Value::Integer(b)) | (Value::Time(a), Value::Time(b)) => a < b,
        (Value::Decimal(a), Value::Decimal(b)) => a.total_cmp(b).is_lt(),
        (Value::YesNo(a), Value::YesNo(b)) => !a & b,
        (Value::Date(a), Value::Date(b)) => a < b,
        _ => false,
    }
}
