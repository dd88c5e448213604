//! Before a fitted model scores a new table: does the table have what the model needs, and what in it is new?

use serde::{Deserialize, Serialize};

use super::encode::{Encoder, How, Part};
use super::frame::{ColumnKind, Frame, NO_LEVEL, Values};

/// What a table lacks, and what a model will meet in it for the first time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FitCheck {
    pub rows: usize,
    /// Features that the table does not have.
    pub missing: Vec<String>,
    /// Features of another type: name, what the model learned from, what the table has.
    pub other_type: Vec<(String, ColumnKind, ColumnKind)>,
    /// Categories that the model never saw; they are scored as "other", or as the usual category.
    pub unseen: Vec<Unseen>,
    /// Numbers beyond the training rows': the feature and the share of the rows.
    pub out_of_range: Vec<(String, f64)>,
    /// Gaps, which are filled as in training: the feature and the share of the rows.
    pub gaps: Vec<(String, f64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    pub feature: String,
    pub level: String,
    pub rows: usize,
}

impl FitCheck {
    /// Whether the table can be scored.
    pub fn fits(&self) -> bool {
        self.missing.is_empty() && self.other_type.is_empty()
    }
}

/// At most so many new categories are listed by name for each feature.
const LISTED: usize = 20;

pub(super) fn check(encoder: &Encoder, frame: &Frame) -> FitCheck {
    let mut check = FitCheck { rows: frame.rows, ..FitCheck::default() };
    for part in &encoder.parts {
        let Some(column) = frame.find(&part.name) else {
            check.missing.push(part.name.clone());
            continue;
        };
        check_part(part, &column.values, frame.rows.max(1) as f64, &mut check);
    }
    check
}

fn check_part(part: &Part, values: &Values, rows: f64, check: &mut FitCheck) {
    let name = || part.name.clone();
    match (&part.how, values) {
        (How::Number { low, high, .. }, Values::Number(v) | Values::YesNo(v)) => {
            let gaps = v.iter().filter(|v| !v.is_finite()).count() as f64;
            let beyond = v.iter().filter(|v| v.is_finite() && (**v < *low || **v > *high)).count() as f64;
            push_share(&mut check.gaps, part, gaps / rows);
            push_share(&mut check.out_of_range, part, beyond / rows);
        }
        (How::Levels { .. }, Values::Category { levels, codes }) => unseen(part, levels, codes, rows, check),
        (How::Levels { .. }, Values::Number(_)) => {
            if let Values::Category { levels, codes } = values.as_category() {
                unseen(part, &levels, &codes, rows, check);
            }
        }
        _ => check.other_type.push((name(), part.kind, values.kind())),
    }
}

fn push_share(list: &mut Vec<(String, f64)>, part: &Part, share: f64) {
    if share > 0.0 {
        list.push((part.name.clone(), share));
    }
}

fn unseen(part: &Part, levels: &[String], codes: &[u32], rows: f64, check: &mut FitCheck) {
    let mut counts = vec![0; levels.len()];
    let mut gaps = 0.0;
    for &code in codes {
        match code {
            NO_LEVEL => gaps += 1.0,
            code => counts[code as usize] += 1,
        }
    }
    push_share(&mut check.gaps, part, gaps / rows);
    let new = levels.iter().zip(counts).filter(|(level, count)| *count > 0 && !part.knows(level));
    let list = new.map(|(level, rows)| Unseen { feature: part.name.clone(), level: level.clone(), rows });
    check.unseen.extend(list.take(LISTED));
}

#[cfg(test)]
mod tests {
    use super::super::encode::{EncodeRecipe, Style};
    use super::super::frame::Column;
    use super::*;

    #[test]
    fn what_is_missing_of_another_type_or_new_is_told() {
        let rows: Vec<u32> = (0..4).collect();
        let recipe = EncodeRecipe { min_level_rows: 1, ..EncodeRecipe::default() };
        let learned = Frame::new(vec![
            Column::number("age", vec![20.0, 30.0, 40.0, 50.0]),
            Column::text("city", ["a", "a", "b", "b"].into_iter()),
            Column::number("gone", vec![1.0, 2.0, 3.0, 4.0]),
            Column::number("typed", vec![1.0, 2.0, 3.0, 4.0]),
        ])
        .expect("a frame");
        let encoder = Encoder::learn(&learned, &rows, Style::Linear, &recipe);
        let new = Frame::new(vec![
            Column::number("age", vec![10.0, 30.0, f64::NAN, 60.0]),
            Column::text("city", ["a", "c", "c", "b"].into_iter()),
            Column::text("typed", ["x", "y", "x", "y"].into_iter()),
        ])
        .expect("a frame");
        let check = check(&encoder, &new);
        assert!(!check.fits());
        assert_eq!(check.missing, ["gone"]);
        assert_eq!(check.other_type, [("typed".to_string(), ColumnKind::Number, ColumnKind::Category)]);
        assert_eq!(check.unseen, [Unseen { feature: "city".into(), level: "c".into(), rows: 2 }]);
        assert_eq!(check.out_of_range, [("age".to_string(), 0.5)]);
        assert_eq!(check.gaps, [("age".to_string(), 0.25)]);
        assert!(super::check(&encoder, &learned).fits());
    }
}
