//! Scaling: so that no feature counts more only because its unit is small.

use ndarray::{Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, Notice, quantile};

/// How columns are made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Log where a column has a long tail (skewness above 1), then mean 0 and deviation 1. A column with negative
    /// values (money of customers who returned more than they bought) goes evenly around 0 up to its median size.
    #[default]
    Auto,
    /// Sign(x) · ln(1 + |x|) of every column, then mean 0 and deviation 1.
    Log,
    /// Mean 0, deviation 1.
    Standard,
    /// Median 0, interquartile range 1 (deviation 1 where the quartiles fall together).
    Robust,
    None,
}

/// One column's way there and back: scaled = (log?(x) − centre) ÷ spread, log(x) = sign(x) · ln(1 + |x| ÷ unit).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ColumnScale {
    pub log: bool,
    /// Below it the logarithm hardly bends.
    #[serde(default = "one")]
    pub unit: f64,
    pub centre: f64,
    pub spread: f64,
}

fn one() -> f64 {
    1.0
}

impl ColumnScale {
    pub fn apply(self, x: f64) -> f64 {
        let x = if self.log { x.signum() * (x.abs() / self.unit).ln_1p() } else { x };
        (x - self.centre) / self.spread
    }

    pub fn invert(self, z: f64) -> f64 {
        let x = z * self.spread + self.centre;
        if self.log { x.signum() * x.abs().exp_m1() * self.unit } else { x }
    }
}

/// Learns the scales of all columns.
pub fn learn(values: &Array2<f64>, scaling: Scaling) -> Vec<ColumnScale> {
    values.axis_iter(Axis(1)).map(|column| learn_column(column, scaling)).collect()
}

fn learn_column(column: ArrayView1<'_, f64>, scaling: Scaling) -> ColumnScale {
    if scaling == Scaling::None {
        return ColumnScale { log: false, unit: 1.0, centre: 0.0, spread: 1.0 };
    }
    let log = match scaling {
        Scaling::Log => true,
        Scaling::Auto => skewness(column.iter().copied()) > 1.0,
        _ => false,
    };
    let signed = scaling == Scaling::Auto && log && column.iter().any(|x| *x < 0.0);
    let unit = if signed { median_size(column) } else { 1.0 };
    let identity = ColumnScale { log, unit, centre: 0.0, spread: 1.0 };
    let mut values: Vec<f64> = column.iter().map(|x| identity.apply(*x)).collect();
    let (mean, deviation) = mean_and_deviation(&values);
    let (mut centre, mut spread) = (mean, deviation);
    if scaling == Scaling::Robust {
        centre = quantile(&mut values, 0.5);
        let range = quantile(&mut values, 0.75) - quantile(&mut values, 0.25);
        spread = if range > 0.0 { range } else { deviation };
    }
    // A column of one value has no spread; it is only moved to 0.
    ColumnScale { log, unit, centre, spread: if spread > 0.0 { spread } else { 1.0 } }
}

/// The median of the sizes that are not 0.
fn median_size(column: ArrayView1<'_, f64>) -> f64 {
    let mut sizes: Vec<f64> = column.iter().map(|x| x.abs()).filter(|x| *x > 0.0).collect();
    if sizes.is_empty() { 1.0 } else { quantile(&mut sizes, 0.5) }
}

/// Mean and population deviation, in two passes.
pub(crate) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, square.sqrt())
}

/// Third standardised moment (of the population); 0 of a constant.
fn skewness(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let (mean, deviation) = mean_and_deviation(&values);
    if deviation <= 0.0 {
        return 0.0;
    }
    values.iter().map(|x| ((x - mean) / deviation).powi(3)).sum::<f64>() / values.len() as f64
}

/// Scales in place and tells of columns that one customer rules.
pub fn scale(matrix: &mut Matrix, scaling: Scaling) -> Vec<ColumnScale> {
    let scales = learn(&matrix.values, scaling);
    for (mut column, scale) in matrix.values.axis_iter_mut(Axis(1)).zip(&scales) {
        column.mapv_inplace(|x| scale.apply(x));
    }
    for (place, scale) in scales.iter().enumerate() {
        if let Some((row, value)) = ruler(matrix.values.column(place)) {
            let (feature, value) = (matrix.names[place].clone(), scale.invert(value));
            matrix.notices.push(Notice::OutlierRules { feature, row, value });
        }
    }
    scales
}

/// The row that holds more than half of a column's sum of squares about the median, among at least ten.
fn ruler(column: ArrayView1<'_, f64>) -> Option<(u32, f64)> {
    if column.len() < 10 {
        return None;
    }
    let centre = quantile(&mut column.to_vec(), 0.5);
    let square = |x: f64| (x - centre) * (x - centre);
    let total: f64 = column.iter().map(|x| square(*x)).sum();
    let (row, value) = column.iter().enumerate().max_by(|a, b| square(*a.1).total_cmp(&square(*b.1)))?;
    (square(*value) > 0.5 * total).then_some((row as u32, *value))
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_scaling_by_hand() {
        let values = array![[1.0], [2.0], [3.0], [10.0]];
        // mean 4, population deviation sqrt(12.5); median 2.5, quartiles 1.75 and 4.75.
        let standard = learn(&values, Scaling::Standard)[0];
        assert!((standard.centre - 4.0).abs() < 1e-12 && (standard.spread - 12.5_f64.sqrt()).abs() < 1e-12);
        let robust = learn(&values, Scaling::Robust)[0];
        assert!((robust.centre - 2.5).abs() < 1e-12 && (robust.spread - 3.0).abs() < 1e-12);
        assert!((robust.apply(10.0) - 2.5).abs() < 1e-12);
        let log = learn(&array![[0.0], [1.0_f64.exp_m1()]], Scaling::Log)[0];
        assert!((log.centre - 0.5).abs() < 1e-12 && (log.spread - 0.5).abs() < 1e-12);
        assert_eq!(learn(&array![[5.0], [5.0]], Scaling::Standard)[0].spread, 1.0);
    }

    #[test]
    fn auto_takes_logs_of_long_tails_only() {
        let tail = Array2::from_shape_fn((200, 2), |(i, j)| if j == 0 { (i as f64 / 20.0).exp() } else { i as f64 });
        let scales = learn(&tail, Scaling::Auto);
        assert!(scales[0].log && !scales[1].log);
    }

    #[test]
    fn a_giant_is_named() {
        let mut values = Array2::from_shape_fn((50, 2), |(i, j)| (i * (j + 1)) as f64);
        values[[17, 1]] = 1e9;
        let mut matrix = Matrix { names: vec!["a".into(), "b".into()], values, notices: vec![] };
        scale(&mut matrix, Scaling::Standard);
        let [Notice::OutlierRules { feature, row: 17, value }] = matrix.notices.as_slice() else {
            panic!("{:?}", matrix.notices)
        };
        assert!(feature == "b" && (value - 1e9).abs() < 1.0);
    }

    proptest! {
        #[test]
        fn there_and_back(xs in prop::collection::vec(-1e6..1e6_f64, 3..40)) {
            let values = Array2::from_shape_vec((xs.len(), 1), xs.clone()).unwrap();
            for scaling in [Scaling::Auto, Scaling::Log, Scaling::Standard, Scaling::Robust, Scaling::None] {
                let scale = learn(&values, scaling)[0];
                for x in &xs {
                    let back = scale.invert(scale.apply(*x));
                    prop_assert!((back - x).abs() <= 1e-7 * x.abs().max(1.0), "{scaling:?}: {back} for {x}");
                }
            }
        }
    }
}
