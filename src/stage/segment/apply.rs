//! A finished segmentation asked of other customers, or of the same ones on another day: the same cut points, centres
//! and scales, so that whoever moved did so by what they did.

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::matrix::{filler, numbers};
use super::rfm::{self, Cuts, RfmRecipe};
use super::run::{SegmentRecipe, Segmentation};
use super::{NO_SEGMENT, SegmentError, mixture};
use crate::base::Monitor;

/// A label for every row of `frame`.
pub fn apply(
    found: &Segmentation,
    recipe: &SegmentRecipe,
    frame: &DataFrame,
    monitor: &Monitor,
) -> Result<Vec<u32>, SegmentError> {
    if let Some(known) = &found.rfm {
        return by_cuts(known, &recipe.rfm, frame, monitor);
    }
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let values = scaled(found, recipe, frame)?;
    if let Some(model) = &found.kmeans {
        return Ok(model.nearest(values.view()).0);
    }
    match &found.mixture {
        Some(mixture) => Ok(mixture::judge(&mixture.components, values.view(), monitor)?.0),
        None => Ok(vec![NO_SEGMENT; frame.height()]),
    }
}

/// The rows on the scales that the segmentation learned; a gap, or a column that is empty, takes what the recipe says.
pub fn scaled(found: &Segmentation, recipe: &SegmentRecipe, frame: &DataFrame) -> Result<Array2<f64>, SegmentError> {
    let mut columns = Vec::with_capacity(found.features.len());
    for (name, scale) in found.features.iter().zip(&found.scales) {
        let mut column = numbers(frame, name)?;
        let fill = filler(name, &column, recipe.missing).unwrap_or(0.0);
        column.iter_mut().for_each(|x| *x = scale.apply(if x.is_nan() { fill } else { *x }));
        columns.push(column);
    }
    Ok(Array2::from_shape_fn((frame.height(), columns.len()), |(row, column)| columns[column][row]))
}

fn by_cuts(
    known: &rfm::Rfm,
    recipe: &RfmRecipe,
    frame: &DataFrame,
    monitor: &Monitor,
) -> Result<Vec<u32>, SegmentError> {
    let recipe = RfmRecipe {
        recency_cuts: Cuts::Own(known.recency_cuts),
        frequency_cuts: Cuts::Own(known.frequency_cuts),
        monetary_cuts: Cuts::Own(known.monetary_cuts),
        ..recipe.clone()
    };
    match rfm::score_with(frame, &recipe, monitor) {
        Ok(scored) => Ok(scored.labels),
        // Nobody had bought yet.
        Err(SegmentError::TooFewCustomers { .. }) => Ok(vec![NO_SEGMENT; frame.height()]),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::super::run::{GroupCount, Method, run};
    use super::*;
    use crate::stage::data::features::USER;

    #[test]
    fn every_method_gives_its_own_customers_their_own_labels() {
        let of = |values: [f64; 3]| -> Vec<f64> {
            (0..300).map(|i| values[i % 3] * (1.0 + 0.2 * ((i * 37 % 101) as f64 / 101.0))).collect()
        };
        let frame = df![
            USER => (0..300_i64).collect::<Vec<_>>(),
            "monetary" => of([900.0, 150.0, 30.0]), "orders" => of([12.0, 4.0, 1.0]), "recency" => of([4.0, 200.0, 30.0]),
        ]
        .unwrap();
        for method in [Method::Rfm, Method::KMeans, Method::Gmm] {
            let recipe = SegmentRecipe { method, groups: GroupCount::Fixed(3), ..Default::default() };
            let found = run(&frame, None, &recipe, &Monitor::quiet()).unwrap();
            let again = apply(&found, &recipe, &frame, &Monitor::quiet()).unwrap();
            assert_eq!(again, found.labels, "{method:?}");
            let one = apply(&found, &recipe, &frame.slice(1, 1), &Monitor::quiet()).unwrap();
            assert_eq!(one, found.labels[1..2], "{method:?}");
        }
    }
}
