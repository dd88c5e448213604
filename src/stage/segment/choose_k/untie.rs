//! Counts and rounded numbers pile customers up on single values. Such piles are no groups, but to distances and
//! densities they look like ones, so tied values are spread evenly over the room between their neighbours first.

use ndarray::{Array2, Axis};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Spreads tied values of every column, halfway to the next values at most.
pub(crate) fn untie(values: &mut Array2<f64>, seed: u64) {
    for (place, mut column) in values.axis_iter_mut(Axis(1)).enumerate() {
        let mut steps = column.to_vec();
        steps.sort_by(f64::total_cmp);
        let tied = steps.windows(2).any(|pair| pair[0] == pair[1]);
        steps.dedup();
        if !tied || steps.len() < 2 {
            continue;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(500 + place as u64);
        for value in &mut column {
            let at = steps.partition_point(|step| *step < *value);
            let below = if at > 0 { steps[at] - steps[at - 1] } else { f64::INFINITY };
            let above = if at + 1 < steps.len() { steps[at + 1] - steps[at] } else { f64::INFINITY };
            // At the ends of the scale the one room there is serves both sides.
            let (below, above) = (below.min(above.max(f64::MIN_POSITIVE)), above.min(below));
            let below = if below.is_finite() { below } else { above };
            *value += (rng.random::<f64>() - 0.5) * below.min(above);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn tied_values_keep_their_order_and_untied_columns_stay() {
        let before = array![[0.0, 0.1], [0.0, 0.7], [1.0, 0.3], [3.0, 0.5]];
        let mut after = before.clone();
        untie(&mut after, 4);
        assert_eq!(before.column(1), after.column(1));
        assert!(after[[0, 0]] != after[[1, 0]]);
        for (b, a) in before.column(0).iter().zip(after.column(0)) {
            assert!((b - a).abs() <= 1.0, "{b} {a}");
        }
        assert!(after[[0, 0]].max(after[[1, 0]]) <= after[[2, 0]]);
    }
}
