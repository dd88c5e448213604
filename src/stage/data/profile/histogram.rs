//! Bars of equal width.

use super::counts::Sorted;
use serde::{Deserialize, Serialize};

/// Numbers from `from` up to but without `to`; in the last bin with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub from: f64,
    pub to: f64,
    pub count: u64,
}

/// Bins side by side. Numbers far outside are only counted, so that the bins show the others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    pub bins: Vec<Bin>,
    /// Numbers below the first and above the last bin.
    pub below: u64,
    pub above: u64,
}

pub(super) fn histogram(numbers: &Sorted, whole: bool, max_bins: usize) -> Histogram {
    let at = |q| numbers.quantile(q);
    let (Some(least), Some(greatest), Some(q1), Some(q3)) = (at(0.0), at(1.0), at(0.25), at(0.75)) else {
        return Histogram::default();
    };
    let edges = usual_edges([least, q1, q3, greatest], numbers.total(), whole, max_bins);
    edges.map_or_else(Histogram::default, |edges| count(numbers, &edges))
}

/// Freedman and Diaconis: a width of 2 · IQR / ∛n; of at least 1 and between whole numbers when all are whole.
/// Where that takes more than `max_bins`, the range ends 3 · IQR beyond the quartiles, and the bins get wider.
/// Without a spread between the quartiles: Sturges' log2(n) + 1 bins.
/// `ends`: least, lower quartile, upper quartile, greatest of `n` numbers.
pub(crate) fn usual_edges(ends: [f64; 4], n: u64, whole: bool, max_bins: usize) -> Option<Vec<f64>> {
    let [least, q1, q3, greatest] = ends;
    let (iqr, max_bins, n) = (q3 - q1, max_bins.max(1), n.max(1) as f64);
    let sturges = (n.log2() + 1.0).ceil().max(1.0);
    let wished = if iqr > 0.0 { 2.0 * iqr / n.cbrt() } else { (greatest - least) / sturges };
    let wished = if whole { wished.round().max(1.0) } else { wished };
    let (mut low, mut high) = (least, greatest);
    if iqr > 0.0 && (high - low) / wished > max_bins as f64 {
        low = low.max(q1 - 3.0 * iqr);
        high = high.min(q3 + 3.0 * iqr);
    }
    edges(low, high, wished, whole, max_bins)
}

/// Rising edges from `low` to `high`; nothing when the numbers are too large to be told apart.
pub(crate) fn edges(low: f64, high: f64, width: f64, whole: bool, max_bins: usize) -> Option<Vec<f64>> {
    if !(low.is_finite() && high.is_finite() && (high - low).is_finite()) {
        return None;
    }
    if whole {
        // Each bin holds as many whole numbers; the last edge lies one beyond the last of them.
        let (low, span) = (low.floor(), high.ceil() - low.floor() + 1.0);
        let width = width.max((span / max_bins as f64).ceil()).max(1.0);
        let bins = (span / width).ceil() as usize;
        return rising((0..=bins).map(|i| low + i as f64 * width).collect());
    }
    if low == high {
        let half = if low == 0.0 { 0.5 } else { low.abs() * 0.005 };
        return rising(vec![low - half, low + half]);
    }
    let bins = ((high - low) / width).ceil();
    let bins = if bins.is_finite() { (bins as usize).clamp(1, max_bins) } else { max_bins };
    let mut edges: Vec<f64> = (0..bins).map(|i| low + (high - low) * (i as f64 / bins as f64)).collect();
    edges.push(high);
    rising(edges)
}

fn rising(edges: Vec<f64>) -> Option<Vec<f64>> {
    edges.windows(2).all(|pair| pair[0] < pair[1]).then_some(edges)
}

fn count(numbers: &Sorted, edges: &[f64]) -> Histogram {
    let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else { return Histogram::default() };
    let mut bins: Vec<Bin> = edges
        .windows(2)
        .map(|pair| Bin {
            from: pair[0],
            to: pair[1],
            count: numbers.below(pair[1]).saturating_sub(numbers.below(pair[0])),
        })
        .collect();
    let above = numbers.above(last);
    if let Some(bin) = bins.last_mut() {
        // Those that equal the last edge.
        bin.count += numbers.total() - above - numbers.below(last);
    }
    Histogram { bins, below: numbers.below(first), above }
}

#[cfg(test)]
mod tests {
    use super::super::counts::{Counts, Scale, float_key, whole_key};
    use super::*;
    use proptest::prelude::*;

    fn floats(values: &[f64]) -> Sorted {
        let mut counts = Counts::new(Scale::Float, 1 << 16);
        counts.add_all(values.iter().map(|v| float_key(*v)));
        counts.finish()
    }

    #[test]
    fn widths_follow_freedman_and_diaconis() {
        // 0, 1, … 999: IQR 499.5, width 999 / 10 = 99.9: ten bins of 100 numbers.
        let hundreds: Vec<f64> = (0..1000).map(f64::from).collect();
        let histogram = histogram(&floats(&hundreds), false, 60);
        assert_eq!(histogram.bins.iter().map(|b| b.count).collect::<Vec<_>>(), [100; 10]);
        assert_eq!((histogram.bins[0].from, histogram.bins[9].to), (0.0, 999.0));
    }

    #[test]
    fn whole_numbers_stand_in_whole_bins() {
        let mut counts = Counts::new(Scale::Whole, 100);
        counts.add_all([1, 1, 2, 3, 3, 3, 4, 5].into_iter().map(whole_key));
        let histogram = histogram(&counts.finish(), true, 60);
        let bars: Vec<_> = histogram.bins.iter().map(|b| (b.from, b.to, b.count)).collect();
        assert_eq!(bars, [(1.0, 3.0, 3), (3.0, 5.0, 4), (5.0, 7.0, 1)]);
    }

    #[test]
    fn far_numbers_are_left_outside_and_counted() {
        let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 10.0).collect();
        values.extend([1e9, -1e9, 2e9]);
        let histogram = histogram(&floats(&values), false, 50);
        assert_eq!((histogram.below, histogram.above), (1, 2));
        assert!(histogram.bins.len() <= 50);
    }

    proptest! {
        #[test]
        fn every_number_is_counted_once(values in prop::collection::vec(-1e6..1e6_f64, 1..300), max in 1..40_usize) {
            let numbers = floats(&values);
            let histogram = histogram(&numbers, false, max);
            let counted: u64 = histogram.bins.iter().map(|b| b.count).sum();
            prop_assert_eq!(counted + histogram.below + histogram.above, values.len() as u64);
            prop_assert!(histogram.bins.len() <= max);
        }
    }
}
