//! Looks at every column before anything is learned: which can be a feature, which are set aside and why,
//! and whether one of them gives the target away.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::{PredictError, Reason, Result, SetAside, Warning};
use super::frame::{Column, ColumnKind, Frame, NO_LEVEL, Values};
use super::leak;
use super::target::{LARGEST, Task};

/// Which columns of the table to learn from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnsRecipe {
    /// Only these; empty means every usable column.
    pub only: Vec<String>,
    pub without: Vec<String>,
    /// Numbers that are codes, such as a region's: read as categories.
    pub as_category: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    pub name: String,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    pub features: Vec<Feature>,
    pub set_aside: Vec<SetAside>,
    pub warnings: Vec<Warning>,
}

/// Below this many rows a column may well be all different, or separate the classes, by chance.
pub(super) const FEW_ROWS: usize = 20;

/// Surveys `frame`, whose rows all have a target value in `y`. Returns the feature columns, ready to be encoded.
pub fn survey(frame: &Frame, target: &str, task: Task, y: &[f64], recipe: &ColumnsRecipe) -> Result<(Frame, Survey)> {
    for name in recipe.only.iter().chain(&recipe.without).chain(&recipe.as_category) {
        frame.column(name)?;
    }
    let judged: Vec<_> = frame
        .columns
        .par_iter()
        .filter(|column| column.name != target)
        .map(|column| judge(column, task, y, recipe))
        .collect();
    let mut survey = Survey::default();
    let mut columns = Vec::new();
    for (column, warnings) in judged {
        survey.warnings.extend(warnings);
        match column {
            Ok(column) => {
                survey.features.push(Feature { name: column.name.clone(), kind: column.values.kind() });
                columns.push(column);
            }
            Err(aside) => survey.set_aside.push(aside),
        }
    }
    if columns.is_empty() {
        return Err(PredictError::NoFeatures { set_aside: survey.set_aside });
    }
    Ok((Frame { rows: frame.rows, columns }, survey))
}

type Judged = (std::result::Result<Column, SetAside>, Vec<Warning>);

fn judge(column: &Column, task: Task, y: &[f64], recipe: &ColumnsRecipe) -> Judged {
    let mut warnings = Vec::new();
    let name = &column.name;
    let aside = |reason| Err(SetAside { column: name.clone(), reason });
    let is_listed = recipe.only.contains(name);
    if (!recipe.only.is_empty() && !is_listed) || recipe.without.contains(name) {
        return (aside(Reason::NotChosen), warnings);
    }
    let as_category = recipe.as_category.contains(name);
    let column = ready(column, as_category, &mut warnings);
    let reason = match &column.values {
        Values::Number(v) => unusable_number(name, v, is_listed),
        Values::YesNo(v) => unusable_number(name, v, true),
        Values::Category { levels, codes } => unusable_category(levels, codes, as_category),
        Values::Time(_) => Some(Reason::Time),
        Values::Unsupported { dtype } => Some(Reason::Unsupported { dtype: dtype.clone() }),
    };
    if let Some(reason) = reason {
        return (aside(reason), warnings);
    }
    if let Some(how) = leak::find(&column.values, task, y) {
        warnings.push(Warning::Leak { column: name.clone(), how });
    }
    (Ok(column), warnings)
}

/// Infinite numbers become missing; numbers listed as categories become categories.
fn ready(column: &Column, as_category: bool, warnings: &mut Vec<Warning>) -> Column {
    let mut column = column.clone();
    if let Values::Number(values) = &mut column.values {
        let mut infinite = 0;
        for v in values.iter_mut().filter(|v| v.is_infinite()) {
            *v = f64::NAN;
            infinite += 1;
        }
        if infinite > 0 {
            warnings.push(Warning::Infinite { column: column.name.clone(), values: infinite });
        }
    }
    if as_category {
        column.values = column.values.as_category();
    }
    column
}

fn unusable_number(name: &str, values: &[f64], keep_ids: bool) -> Option<Reason> {
    let present = || values.iter().copied().filter(|v| !v.is_nan());
    let count = present().count();
    let low = present().fold(f64::INFINITY, f64::min);
    let high = present().fold(f64::NEG_INFINITY, f64::max);
    let biggest = low.abs().max(high.abs());
    if count == 0 {
        return Some(Reason::Empty);
    }
    if low == high && count == values.len() {
        return Some(Reason::Constant);
    }
    if biggest > LARGEST {
        return Some(Reason::OutOfRange);
    }
    if keep_ids || count < FEW_ROWS || present().any(|v| v.fract() != 0.0) {
        return None;
    }
    let mut sorted: Vec<f64> = present().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let distinct = sorted.len();
    let is_counter = distinct == count && high - low + 1.0 == count as f64;
    let is_named_so = sounds_like_id(name) && distinct * 10 >= count * 9;
    (is_counter || is_named_so).then_some(Reason::IdLike)
}

fn sounds_like_id(name: &str) -> bool {
    let lower = name.to_lowercase();
    let ends_so = ["_id", " id", "-id", ".id", "编号", "_no", "_key", "uuid"].iter().any(|end| lower.ends_with(end));
    lower == "id" || lower == "key" || ends_so || (name.ends_with("Id") || name.ends_with("ID"))
}

fn unusable_category(levels: &[String], codes: &[u32], was_number: bool) -> Option<Reason> {
    let present = codes.iter().filter(|&&c| c != NO_LEVEL).count();
    if present == 0 {
        return Some(Reason::Empty);
    }
    if levels.len() == 1 && present == codes.len() {
        return Some(Reason::Constant);
    }
    if was_number {
        return None;
    }
    let count = levels.len() as f64;
    let numbers = levels.iter().filter(|l| l.parse::<f64>().is_ok()).count() as f64 / count;
    if levels.len() > 20 && numbers >= 0.9 {
        return Some(Reason::NumbersAsText { share: numbers });
    }
    let mean_chars = levels.iter().map(|l| l.chars().count()).sum::<usize>() as f64 / count;
    let mean_words = levels.iter().map(|l| l.split_whitespace().count()).sum::<usize>() as f64 / count;
    let hardly_repeats = present >= FEW_ROWS && levels.len() * 10 >= present * 9;
    let often_new = present >= FEW_ROWS && levels.len() * 2 >= present;
    if mean_chars > 60.0 || (often_new && (mean_chars > 25.0 || mean_words > 3.5)) {
        return Some(Reason::Text);
    }
    hardly_repeats.then_some(Reason::IdLike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::predict::error::Leak;

    fn reason(column: Column) -> Option<Reason> {
        let y: Vec<f64> = (0..40).map(|i| f64::from(i % 2)).collect();
        let other = Column::number("other", (0..40).map(|i| f64::from(i * i % 7) + 0.5).collect());
        let frame = Frame::new(vec![other, column]).expect("a frame");
        let (_, survey) =
            survey(&frame, "y", Task::Classification, &y, &ColumnsRecipe::default()).expect("other stays");
        survey.set_aside.into_iter().next().map(|s| s.reason)
    }

    #[test]
    fn columns_that_cannot_be_features_are_set_aside_with_a_reason() {
        let texts: Vec<String> = (0..40).map(|i| format!("I liked the cup number {i} very much")).collect();
        let codes: Vec<String> = (0..40).map(|i| format!("C{i:05}")).collect();
        let prices: Vec<String> = (0..40).map(|i| format!("{}.5", i % 30)).collect();
        let text = |v: &[String]| Column::text("c", v.iter().map(String::as_str));
        assert_eq!(reason(text(&texts)), Some(Reason::Text));
        assert_eq!(reason(text(&codes)), Some(Reason::IdLike));
        assert_eq!(reason(text(&prices)), Some(Reason::NumbersAsText { share: 1.0 }));
        assert_eq!(reason(Column::text("c", ["a"; 40].into_iter())), Some(Reason::Constant));
        let count = |f: fn(f64) -> f64| Column::number("c", (0..40).map(|i| f(f64::from(i))).collect());
        assert_eq!(reason(count(|i| i + 7.0)), Some(Reason::IdLike), "a row number");
        assert_eq!(reason(count(|_| 3.0)), Some(Reason::Constant));
        assert_eq!(reason(count(|_| f64::NAN)), Some(Reason::Empty));
        assert_eq!(reason(count(|i| i * 1e160)), Some(Reason::OutOfRange));
        assert_eq!(reason(count(|i| (i * 13.0) % 11.0)), None);
        let user = Column::number("user_id", (0..40).map(|i| f64::from((i * 37) % 1009)).collect());
        assert_eq!(reason(user), Some(Reason::IdLike));
        assert_eq!(reason(Column { name: "t".into(), values: Values::Time(vec![0; 40]) }), Some(Reason::Time));
        let list = Values::Unsupported { dtype: "list".into() };
        let dtype = "list".into();
        assert_eq!(reason(Column { name: "l".into(), values: list }), Some(Reason::Unsupported { dtype }));
    }

    #[test]
    fn infinite_numbers_are_read_as_missing_and_a_leak_is_told() {
        let y: Vec<f64> = (0..40).map(|i| f64::from(i % 2)).collect();
        let mut odd: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 13)).collect();
        odd[3] = f64::INFINITY;
        let leak = y.iter().map(|v| v * 10.0 + 0.25).collect();
        let frame = Frame::new(vec![Column::number("odd", odd), Column::number("paid", leak)]).expect("a frame");
        let (columns, survey) =
            survey(&frame, "y", Task::Classification, &y, &ColumnsRecipe::default()).expect("usable");
        let Values::Number(v) = &columns.columns[0].values else { panic!("number") };
        assert!(v[3].is_nan());
        let expected = vec![
            Warning::Infinite { column: "odd".into(), values: 1 },
            Warning::Leak { column: "paid".into(), how: Leak::Threshold },
        ];
        assert_eq!(survey.warnings, expected);
    }

    #[test]
    fn a_recipe_that_names_an_absent_column_is_refused() {
        let frame = Frame::new(vec![Column::number("a", vec![1.0, 2.0])]).expect("a frame");
        let recipe = ColumnsRecipe { only: vec!["b".into()], ..ColumnsRecipe::default() };
        let missing = survey(&frame, "y", Task::Regression, &[1.0, 2.0], &recipe);
        assert_eq!(missing.err(), Some(PredictError::NoColumn { column: "b".into() }));
        let none = ColumnsRecipe { without: vec!["a".into()], ..ColumnsRecipe::default() };
        let empty = survey(&frame, "y", Task::Regression, &[1.0, 2.0], &none);
        assert!(matches!(empty, Err(PredictError::NoFeatures { set_aside }) if set_aside.len() == 1));
    }
}
