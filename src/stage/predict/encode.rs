//! Features to numbers: gaps filled, categories one-hot, all of it learned from the training rows alone.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::frame::{Column, ColumnKind, Frame, NO_LEVEL, Values};
use super::matrix::Matrix;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EncodeRecipe {
    pub fill: Fill,
    /// Adds a yes/no column for gaps where at least this share of the training rows has one; 1 never does.
    pub flag_gaps_from: f64,
    /// The most frequent categories that get a column of their own; the rest share one.
    pub max_levels: usize,
    /// Categories in fewer training rows than this join the shared column.
    pub min_level_rows: usize,
}

/// What a missing number becomes. Missing yes/no becomes the more frequent answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    #[default]
    Median,
    Mean,
}

impl Default for EncodeRecipe {
    fn default() -> Self {
        Self { fill: Fill::Median, flag_gaps_from: 0.01, max_levels: 20, min_level_rows: 5 }
    }
}

/// What the model needs: a linear model a reference category, trees every category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    Linear,
    Trees,
}

/// How one feature becomes columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub kind: ColumnKind,
    pub how: How,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The value, gaps filled; then whether it was a gap.
    Number { fill: f64, flag: bool, low: f64, high: f64 },
    /// One column a level, then one for other levels, then one for gaps. `rare` are the levels that share the
    /// column for others (the first 2,000 of `rare_count` are named).
    Levels {
        reference: Option<String>,
        levels: Vec<String>,
        others: bool,
        gaps: bool,
        rare: Vec<String>,
        rare_count: usize,
    },
}

/// What an encoded column stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoded {
    pub name: String,
    /// The feature it came from, by place in the feature list.
    pub feature: usize,
    pub meaning: Meaning,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    Value,
    YesNo,
    Level(String),
    OtherLevels,
    Gap,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    pub parts: Vec<Part>,
    pub columns: Vec<Encoded>,
}

impl Encoder {
    /// Learns fills, levels and ranges from the training rows of `frame` (whose columns are all usable features).
    pub fn learn(frame: &Frame, rows: &[u32], style: Style, recipe: &EncodeRecipe) -> Self {
        let parts: Vec<Part> = frame.columns.iter().map(|column| learn_part(column, rows, style, recipe)).collect();
        let columns = parts.iter().enumerate().flat_map(|(i, part)| part.columns(i)).collect();
        Self { parts, columns }
    }

    /// Whether the columns are those that the parts make; asked of a stored model.
    pub(super) fn is_sound(&self) -> bool {
        let made = self.parts.iter().enumerate().flat_map(|(i, part)| part.columns(i));
        made.eq(self.columns.iter().cloned())
    }

    pub fn width(&self) -> usize {
        self.columns.len()
    }

    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|c| c.name.clone()).collect()
    }

    /// `rows.len() × width()`. A feature that is absent or of another type is read as all gaps; check before.
    pub fn apply(&self, frame: &Frame, rows: &[u32]) -> Matrix {
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(self.width());
        for part in &self.parts {
            part.apply(frame.find(&part.name), rows, &mut columns);
        }
        Matrix::from_columns(rows.len(), columns)
    }

    /// Sums one value an encoded column into one value a feature.
    pub fn by_feature(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.parts.len()];
        for (column, value) in self.columns.iter().zip(values) {
            sums[column.feature] += value;
        }
        sums
    }
}

fn learn_part(column: &Column, rows: &[u32], style: Style, recipe: &EncodeRecipe) -> Part {
    let how = match &column.values {
        Values::Number(v) => learn_number(v, rows, recipe),
        Values::YesNo(v) => {
            let share = EncodeRecipe { fill: Fill::Mean, ..*recipe };
            match learn_number(v, rows, &share) {
                How::Number { fill, flag, .. } => How::Number { fill: fill.round(), flag, low: 0.0, high: 1.0 },
                other => other,
            }
        }
        Values::Category { levels, codes } => learn_levels(levels, codes, rows, style, recipe),
        _ => How::Number { fill: 0.0, flag: false, low: 0.0, high: 0.0 },
    };
    Part { name: column.name.clone(), kind: column.values.kind(), how }
}

fn learn_number(values: &[f64], rows: &[u32], recipe: &EncodeRecipe) -> How {
    let mut present: Vec<f64> = rows.iter().map(|&i| values[i as usize]).filter(|v| !v.is_nan()).collect();
    let low = present.iter().copied().fold(f64::INFINITY, f64::min);
    let high = present.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let gaps = rows.len() - present.len();
    if present.is_empty() {
        return How::Number { fill: 0.0, flag: false, low: 0.0, high: 0.0 };
    }
    let fill = match recipe.fill {
        Fill::Mean => present.iter().sum::<f64>() / present.len() as f64,
        Fill::Median => median(&mut present),
    };
    let flag = gaps > 0 && gaps as f64 >= recipe.flag_gaps_from * rows.len() as f64 && recipe.flag_gaps_from < 1.0;
    How::Number { fill, flag, low, high }
}

fn median(values: &mut [f64]) -> f64 {
    let mid = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(mid, f64::total_cmp);
    let upper = *upper;
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return lower + (upper - lower) / 2.0;
    }
    upper
}

fn learn_levels(levels: &[String], codes: &[u32], rows: &[u32], style: Style, recipe: &EncodeRecipe) -> How {
    let mut counts = vec![0usize; levels.len()];
    let mut missing = 0;
    for &i in rows {
        match codes[i as usize] {
            NO_LEVEL => missing += 1,
            code => counts[code as usize] += 1,
        }
    }
    let mut order: Vec<usize> = (0..levels.len()).filter(|&l| counts[l] > 0).collect();
    order.sort_by_key(|&l| (std::cmp::Reverse(counts[l]), l));
    let kept = order.iter().take_while(|&&l| counts[l] >= recipe.min_level_rows.max(1)).count();
    let kept = kept.min(recipe.max_levels);
    let others = kept < order.len();
    let reference = (style == Style::Linear && kept > 0).then(|| levels[order[0]].clone());
    let mut own: Vec<usize> = order[usize::from(reference.is_some()).min(kept)..kept].to_vec();
    own.sort_unstable();
    let mut shared: Vec<usize> = order[kept..].to_vec();
    let rare_count = shared.len();
    shared.truncate(NAMED_RARE);
    shared.sort_unstable();
    let named = |places: Vec<usize>| places.into_iter().map(|l| levels[l].clone()).collect();
    let (rare, levels) = (named(shared), named(own));
    How::Levels { reference, levels, others, gaps: missing > 0, rare, rare_count }
}

/// Rare levels kept by name, to tell a rare level from a new one.
const NAMED_RARE: usize = 2000;

impl Part {
    fn columns(&self, feature: usize) -> Vec<Encoded> {
        let name = &self.name;
        let encoded = |name: String, meaning| Encoded { name, feature, meaning };
        match &self.how {
            How::Number { flag, .. } => {
                let meaning = if self.kind == ColumnKind::YesNo { Meaning::YesNo } else { Meaning::Value };
                let mut columns = vec![encoded(name.clone(), meaning)];
                columns.extend(flag.then(|| encoded(format!("{name}=?"), Meaning::Gap)));
                columns
            }
            How::Levels { levels, others, gaps, .. } => {
                let own = levels.iter().map(|l| encoded(format!("{name}={l}"), Meaning::Level(l.clone())));
                own.chain(others.then(|| encoded(format!("{name}=…"), Meaning::OtherLevels)))
                    .chain(gaps.then(|| encoded(format!("{name}=?"), Meaning::Gap)))
                    .collect()
            }
        }
    }

    fn apply(&self, column: Option<&Column>, rows: &[u32], out: &mut Vec<Vec<f64>>) {
        match &self.how {
            How::Number { fill, flag, .. } => {
                let gaps = vec![f64::NAN; rows.len()];
                let read: Vec<f64> = match column.map(|c| &c.values) {
                    Some(Values::Number(v) | Values::YesNo(v)) => rows.iter().map(|&i| v[i as usize]).collect(),
                    _ => gaps,
                };
                let is_gap = |v: &f64| !v.is_finite();
                let flags = flag.then(|| read.iter().map(|v| f64::from(is_gap(v))).collect());
                out.push(read.iter().map(|v| if is_gap(v) { *fill } else { *v }).collect());
                out.extend(flags);
            }
            How::Levels { reference, levels, others, gaps, .. } => {
                let first = out.len();
                let width = levels.len() + usize::from(*others) + usize::from(*gaps);
                out.extend(std::iter::repeat_with(|| vec![0.0; rows.len()]).take(width));
                let place = LevelPlaces { reference, levels, others: *others, gaps: *gaps };
                let found = column.map(|c| match &c.values {
                    number @ Values::Number(_) => Cow::Owned(number.as_category()),
                    other => Cow::Borrowed(other),
                });
                let Some(Values::Category { levels: named, codes }) = found.as_deref() else {
                    if let Some(slot) = place.gap() {
                        out[first + slot].fill(1.0);
                    }
                    return;
                };
                let slots: Vec<Option<usize>> = named.iter().map(|level| place.of(level)).collect();
                for (r, &i) in rows.iter().enumerate() {
                    let code = codes[i as usize];
                    let slot = if code == NO_LEVEL { place.gap() } else { slots[code as usize] };
                    if let Some(slot) = slot {
                        out[first + slot][r] = 1.0;
                    }
                }
            }
        }
    }

    /// Whether a level was seen in training. Beyond 2,000 rare levels every level passes for known.
    pub(super) fn knows(&self, level: &str) -> bool {
        match &self.how {
            How::Levels { reference, levels, rare, rare_count, .. } => {
                let is_in = |list: &[String]| list.binary_search_by(|l| l.as_str().cmp(level)).is_ok();
                reference.as_deref() == Some(level) || is_in(levels) || is_in(rare) || *rare_count > rare.len()
            }
            How::Number { .. } => true,
        }
    }

    /// How many levels there are and how many have a column of their own, when some do not.
    pub(super) fn levels_left_out(&self) -> Option<(usize, usize)> {
        match &self.how {
            How::Levels { reference, levels, rare_count, .. } if *rare_count > 0 => {
                let kept = levels.len() + usize::from(reference.is_some());
                Some((kept + rare_count, kept))
            }
            _ => None,
        }
    }
}

struct LevelPlaces<'a> {
    reference: &'a Option<String>,
    levels: &'a [String],
    others: bool,
    gaps: bool,
}

impl LevelPlaces<'_> {
    /// The column of a level. A new one joins the others; without such a column it counts as the reference.
    fn of(&self, level: &str) -> Option<usize> {
        if self.reference.as_deref() == Some(level) {
            return None;
        }
        let own = self.levels.binary_search_by(|l| l.as_str().cmp(level)).ok();
        own.or(self.others.then_some(self.levels.len()))
    }

    fn gap(&self) -> Option<usize> {
        let after = self.levels.len() + usize::from(self.others);
        if self.gaps { Some(after) } else { self.others.then_some(self.levels.len()) }
    }
}

/// Means and standard deviations (of the population) of columns, to bring them to one scale.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scaler {
    pub mean: Vec<f64>,
    /// 1 for a column that does not vary.
    pub sd: Vec<f64>,
}

impl Scaler {
    pub fn learn(x: &Matrix) -> Self {
        let n = x.rows.max(1) as f64;
        let mut scaler = Self::default();
        for column in x.columns() {
            let mean = column.iter().sum::<f64>() / n;
            let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            let sd = variance.sqrt();
            scaler.mean.push(mean);
            scaler.sd.push(if sd > mean.abs() * 1e-12 && sd.is_finite() { sd } else { 1.0 });
        }
        scaler
    }

    pub fn apply(&self, x: &mut Matrix) {
        for j in 0..x.cols {
            let (mean, sd) = (self.mean[j], self.sd[j]);
            x.col_mut(j).iter_mut().for_each(|v| *v = (*v - mean) / sd);
        }
    }

    pub fn apply_row(&self, row: &mut [f64]) {
        for ((v, mean), sd) in row.iter_mut().zip(&self.mean).zip(&self.sd) {
            *v = (*v - mean) / sd;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(n: u32) -> Vec<u32> {
        (0..n).collect()
    }

    fn frame() -> Frame {
        let size = Column::number("size", vec![1.0, f64::NAN, 3.0, 10.0, 500.0]);
        let city = Column::text("city", ["b", "a", "b", "c", "new"].into_iter());
        Frame::new(vec![size, city]).expect("a frame")
    }

    #[test]
    fn fills_and_levels_come_from_the_training_rows_alone() {
        let recipe = EncodeRecipe { min_level_rows: 1, ..EncodeRecipe::default() };
        let encoder = Encoder::learn(&frame(), &all(4), Style::Linear, &recipe);
        assert_eq!(encoder.names(), ["size", "size=?", "city=a", "city=c"], "b is most frequent: the reference");
        let x = encoder.apply(&frame(), &all(5));
        assert_eq!(x.col(0), [1.0, 3.0, 3.0, 10.0, 500.0], "the median of 1, 3 and 10, not of 500");
        assert_eq!(x.col(1), [0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(x.row(4), [500.0, 0.0, 0.0, 0.0], "a new city counts as the reference");
        assert!(!encoder.parts[1].knows("new") && encoder.parts[1].knows("b"));
    }

    #[test]
    fn rare_levels_share_a_column_that_new_levels_join() {
        let recipe = EncodeRecipe { min_level_rows: 2, ..EncodeRecipe::default() };
        let encoder = Encoder::learn(&frame(), &all(4), Style::Trees, &recipe);
        assert_eq!(encoder.names(), ["size", "size=?", "city=b", "city=…"]);
        let x = encoder.apply(&frame(), &all(5));
        assert_eq!(x.col(2), [1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(x.col(3), [0.0, 1.0, 0.0, 1.0, 1.0]);
        assert!(encoder.parts[1].knows("c") && !encoder.parts[1].knows("new"));
        assert_eq!(encoder.parts[1].levels_left_out(), Some((3, 1)));
        assert!(encoder.is_sound());
    }

    #[test]
    fn a_thousand_categories_are_capped() {
        let names: Vec<String> = (0..5000).map(|i| format!("c{:04}", i % 1000)).collect();
        let column = Column::text("city", names.iter().map(String::as_str));
        let frame = Frame::new(vec![column]).expect("a frame");
        let encoder = Encoder::learn(&frame, &all(5000), Style::Linear, &EncodeRecipe::default());
        assert_eq!(encoder.width(), 20, "19 beside the reference, and one for the others");
        let x = encoder.apply(&frame, &all(5000));
        assert_eq!(x.col(19).iter().sum::<f64>(), 4900.0);
    }

    #[test]
    fn scaled_columns_have_mean_0_and_deviation_1() {
        let mut x = Matrix::from_columns(4, vec![vec![1.0, 2.0, 3.0, 6.0], vec![5.0; 4]]);
        let scaler = Scaler::learn(&x);
        scaler.apply(&mut x);
        assert!((x.col(0).iter().sum::<f64>()).abs() < 1e-12);
        assert!((x.col(0).iter().map(|v| v * v).sum::<f64>() - 4.0).abs() < 1e-12);
        assert_eq!(x.col(1), [0.0; 4]);
    }

    #[test]
    fn medians_by_hand() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
