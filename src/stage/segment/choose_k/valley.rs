//! Is there a valley between neighbouring clusters? k-means cuts any cloud into pieces; only between real groups
//! are customers scarce where it cuts.

use ndarray::ArrayView2;

/// Half the width of the bands in which customers are counted, in units of half the distance between two centres.
const BAND: f64 = 0.25;
/// A cluster with fewer rows is not judged.
const FEWEST: usize = 10;

/// How well each cluster stands apart, and all together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Valleys {
    /// 1 − (density halfway to the least parted neighbour ÷ density at the thinner of the two centres), 0 to 1.
    pub of_cluster: Vec<f64>,
    /// Mean over the rows.
    pub mean: f64,
    /// That of the cluster which stands apart least.
    pub weakest: f64,
}

/// Looks along the line between every two centres at the rows of these two clusters.
pub(crate) fn valleys(values: ArrayView2<'_, f64>, labels: &[u32], centres: &[Vec<f64>]) -> Valleys {
    let k = centres.len();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); k];
    labels.iter().enumerate().for_each(|(row, label)| members[*label as usize].push(row));
    let mut filled = vec![0.0_f64; k];
    for a in 0..k {
        for b in a + 1..k {
            let ratio = filling(values, &members[a], &members[b], &centres[a], &centres[b]);
            filled[a] = filled[a].max(ratio);
            filled[b] = filled[b].max(ratio);
        }
    }
    let of_cluster: Vec<f64> = filled.iter().map(|ratio| 1.0 - ratio).collect();
    let sum: f64 = of_cluster.iter().zip(&members).map(|(v, rows)| v * rows.len() as f64).sum();
    let weakest = of_cluster.iter().copied().fold(1.0, f64::min);
    Valleys { of_cluster, mean: sum / labels.len().max(1) as f64, weakest }
}

/// Customers halfway, against those at the thinner end; held at 1.
fn filling(values: ArrayView2<'_, f64>, a: &[usize], b: &[usize], from: &[f64], to: &[f64]) -> f64 {
    if a.len() < FEWEST || b.len() < FEWEST {
        return 1.0;
    }
    let square: f64 = from.iter().zip(to).map(|(x, y)| (y - x) * (y - x)).sum();
    // −1 at the first centre, 0 halfway, 1 at the second.
    let place = |row: usize| -> f64 {
        let along: f64 = values.row(row).iter().zip(from).zip(to).map(|((v, x), y)| (v - x) * (y - x)).sum();
        2.0 * along / square - 1.0
    };
    let (mut start, mut middle, mut end) = (0.0, 0.0, 0.0);
    for row in a.iter().chain(b) {
        let place = place(*row);
        start += f64::from((place + 1.0).abs() < BAND);
        middle += f64::from(place.abs() < BAND);
        end += f64::from((place - 1.0).abs() < BAND);
    }
    // One customer more in every band, so that bands with next to nobody decide nothing.
    ((middle + 1.0) / (f64::min(start, end) + 1.0)).min(1.0)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn an_even_line_has_no_valley_and_two_heaps_have() {
        let even = Array2::from_shape_fn((400, 1), |(i, _)| i as f64 / 400.0);
        let labels: Vec<u32> = (0..400).map(|i| u32::from(i >= 200)).collect();
        let flat = valleys(even.view(), &labels, &[vec![0.25], vec![0.75]]);
        assert!(flat.mean < 0.05, "{flat:?}");
        let heaps =
            Array2::from_shape_fn((400, 1), |(i, _)| (i % 200) as f64 / 400.0 + if i >= 200 { 5.0 } else { 0.0 });
        let deep = valleys(heaps.view(), &labels, &[vec![0.25], vec![5.25]]);
        // Nobody halfway, all two hundred within the bands at both ends: 1 − 1/201.
        assert!((deep.mean - (1.0 - 1.0 / 201.0)).abs() < 1e-12, "{deep:?}");
    }
}
