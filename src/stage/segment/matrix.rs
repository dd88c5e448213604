//! From chosen columns of the feature table to a matrix: one row a customer, no gaps, no column without information.

use ndarray::Array2;
use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::SegmentError;
use crate::stage::data::features::{Feature, Unit};

/// Larger values overflow when squared and summed.
const LARGEST: f64 = 1e150;

/// What stands in for a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// By what the feature means: days since something that never happened are the longest seen, a mean or share of
    /// nothing is 0; a column that is no known feature takes its median.
    #[default]
    Natural,
    Median,
    Zero,
}

/// Why a chosen column was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Useless {
    AllMissing,
    Constant,
}

/// What a person should know about the data that went in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "notice")]
pub enum Notice {
    LeftOut {
        feature: String,
        why: Useless,
    },
    Filled {
        feature: String,
        rows: u64,
    },
    /// One customer alone makes up most of the spread of a feature; clusters would be "them and the rest".
    OutlierRules {
        feature: String,
        row: u32,
        value: f64,
    },
}

/// The numbers of all customers: `values[[row, column]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    pub names: Vec<String>,
    pub values: Array2<f64>,
    pub notices: Vec<Notice>,
}

/// A numeric column as f64, NaN where missing.
pub(crate) fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<f64>, SegmentError> {
    let column = frame.column(name).map_err(|_| SegmentError::UnknownFeature(name.to_owned()))?;
    if !column.dtype().is_primitive_numeric() && *column.dtype() != DataType::Boolean {
        return Err(SegmentError::NotNumeric(name.to_owned()));
    }
    let column = column.cast(&DataType::Float64)?;
    Ok(column.f64()?.iter().map(|x| x.filter(|x| !x.is_nan()).unwrap_or(f64::NAN)).collect())
}

/// Reads the chosen columns, fills gaps and leaves out columns that tell nothing.
pub fn read(frame: &DataFrame, features: &[String], missing: Missing) -> Result<Matrix, SegmentError> {
    if features.is_empty() {
        return Err(SegmentError::NothingChosen);
    }
    if let Some((_, name)) = features.iter().enumerate().find(|(i, name)| features[..*i].contains(name)) {
        return Err(SegmentError::Twice(name.clone()));
    }
    let (mut names, mut columns, mut notices) = (Vec::new(), Vec::new(), Vec::new());
    for name in features {
        let mut column = numbers(frame, name)?;
        if column.iter().any(|x| x.abs() > LARGEST) {
            return Err(SegmentError::TooLarge(name.clone()));
        }
        let left_out = |why| Notice::LeftOut { feature: name.clone(), why };
        let Some(fill) = filler(name, &column, missing) else {
            notices.push(left_out(Useless::AllMissing));
            continue;
        };
        let mut gaps = 0;
        for value in column.iter_mut().filter(|x| x.is_nan()) {
            *value = fill;
            gaps += 1;
        }
        if column.iter().all(|x| *x == column[0]) {
            notices.push(left_out(Useless::Constant));
            continue;
        }
        if gaps > 0 {
            notices.push(Notice::Filled { feature: name.clone(), rows: gaps });
        }
        names.push(name.clone());
        columns.push(column);
    }
    if frame.height() == 0 {
        return Err(SegmentError::TooFewCustomers { have: 0, need: 2 });
    }
    if columns.is_empty() {
        return Err(SegmentError::NoInformation(features.to_vec()));
    }
    let values = Array2::from_shape_fn((frame.height(), columns.len()), |(row, column)| columns[column][row]);
    Ok(Matrix { names, values, notices })
}

/// The value for gaps; nothing when the column has no value at all.
pub(super) fn filler(name: &str, column: &[f64], missing: Missing) -> Option<f64> {
    let known = column.iter().copied().filter(|x| !x.is_nan());
    known.clone().next()?;
    let natural = Feature::from_key(name).map(|feature| feature.definition().unit);
    Some(match (missing, natural) {
        (Missing::Zero, _) => 0.0,
        (Missing::Natural, Some(Unit::Days)) => known.fold(f64::NEG_INFINITY, f64::max),
        (Missing::Natural, Some(_)) => 0.0,
        (Missing::Median, _) | (Missing::Natural, None) => {
            let mut known: Vec<f64> = known.collect();
            quantile(&mut known, 0.5)
        }
    })
}

/// The `q` quantile, linear between neighbours (type 7, as numpy and R have it). Reorders `values`; NaN of nothing.
pub(crate) fn quantile(values: &mut [f64], q: f64) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let place = q.clamp(0.0, 1.0) * (values.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let (_, at, above) = values.select_nth_unstable_by(low, f64::total_cmp);
    let at = *at;
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(at);
    at + part * (next - at)
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn gaps_are_filled_by_meaning() {
        let frame = df![
            "recency" => [Some(3.0), None, Some(40.0)],
            "orders" => [Some(1_i64), None, Some(3)],
            "height" => [Some(1.0), Some(9.0), None],
            "empty" => [None::<f64>, None, None],
            "same" => [2, 2, 2],
            "word" => ["a", "b", "c"],
        ]
        .unwrap();
        let chosen = names(&["recency", "orders", "height", "empty", "same"]);
        let matrix = read(&frame, &chosen, Missing::Natural).unwrap();
        assert_eq!(matrix.names, ["recency", "orders", "height"]);
        assert_eq!(matrix.values, ndarray::array![[3.0, 1.0, 1.0], [40.0, 0.0, 9.0], [40.0, 3.0, 5.0]]);
        assert_eq!(matrix.notices.len(), 5);
        assert!(matrix.notices.contains(&Notice::LeftOut { feature: "same".into(), why: Useless::Constant }));
        assert!(matches!(read(&frame, &names(&["word"]), Missing::Zero), Err(SegmentError::NotNumeric(_))));
        assert!(matches!(read(&frame, &names(&["nix"]), Missing::Zero), Err(SegmentError::UnknownFeature(_))));
        assert!(matches!(read(&frame, &names(&["same"]), Missing::Zero), Err(SegmentError::NoInformation(_))));
        assert!(matches!(read(&frame, &[], Missing::Zero), Err(SegmentError::NothingChosen)));
        let twice = names(&["orders", "orders"]);
        assert!(matches!(read(&frame, &twice, Missing::Zero), Err(SegmentError::Twice(_))));
        let huge = df!["x" => [1.0, f64::INFINITY]].unwrap();
        assert!(matches!(read(&huge, &names(&["x"]), Missing::Zero), Err(SegmentError::TooLarge(_))));
    }

    #[test]
    fn quantiles_as_numpy_has_them() {
        // numpy.quantile([7, 1, 3, 10], [0, .25, .5, .75, 1]) = [1, 2.5, 5, 7.75, 10]
        for (q, expected) in [(0.0, 1.0), (0.25, 2.5), (0.5, 5.0), (0.75, 7.75), (1.0, 10.0)] {
            assert_eq!(quantile(&mut [7.0, 1.0, 3.0, 10.0], q), expected);
        }
    }
}
