//! Silhouettes (Rousseeuw 1987) of a sample, for several groupings at once, without a table of all distances.

use ndarray::ArrayView2;
use rayon::prelude::*;

/// Rows handled by one task.
const CHUNK: usize = 64;

/// The silhouette of every row under each grouping: `result[grouping][row]`, from −1 to 1; 0 for a row alone in its
/// cluster. `k[grouping]` is the number of labels.
pub(crate) fn silhouettes(values: ArrayView2<'_, f64>, groupings: &[Vec<u32>], k: &[usize]) -> Vec<Vec<f64>> {
    let n = values.nrows();
    let rows: Vec<Vec<f64>> = values.outer_iter().map(|row| row.to_vec()).collect();
    let sizes: Vec<Vec<f64>> = (groupings.iter().zip(k))
        .map(|(labels, k)| {
            let mut sizes = vec![0.0; *k];
            labels.iter().for_each(|label| sizes[*label as usize] += 1.0);
            sizes
        })
        .collect();
    let chunks: Vec<usize> = (0..n.div_ceil(CHUNK)).collect();
    let parts: Vec<Vec<Vec<f64>>> = chunks
        .into_par_iter()
        .map(|chunk| {
            let mut sums: Vec<Vec<f64>> = k.iter().map(|k| vec![0.0; *k]).collect();
            let mut part = vec![Vec::with_capacity(CHUNK); groupings.len()];
            for i in chunk * CHUNK..((chunk + 1) * CHUNK).min(n) {
                sums.iter_mut().for_each(|sums| sums.fill(0.0));
                for j in 0..n {
                    let square: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| (a - b) * (a - b)).sum();
                    let distance = square.sqrt();
                    for (sums, labels) in sums.iter_mut().zip(groupings) {
                        sums[labels[j] as usize] += distance;
                    }
                }
                for (grouping, out) in part.iter_mut().enumerate() {
                    out.push(silhouette(groupings[grouping][i] as usize, &sums[grouping], &sizes[grouping]));
                }
            }
            part
        })
        .collect();
    let join = |grouping: usize| parts.iter().flat_map(|part| part[grouping].iter().copied()).collect();
    (0..groupings.len()).map(join).collect()
}

/// (b − a) ÷ max(a, b): `a` the mean distance to one's own, `b` to the nearest other cluster.
fn silhouette(own: usize, sums: &[f64], sizes: &[f64]) -> f64 {
    if sizes[own] < 2.0 {
        return 0.0;
    }
    let a = sums[own] / (sizes[own] - 1.0);
    let others = (0..sums.len()).filter(|cluster| *cluster != own && sizes[*cluster] > 0.0);
    let b = others.map(|cluster| sums[cluster] / sizes[cluster]).fold(f64::INFINITY, f64::min);
    let most = a.max(b);
    if most > 0.0 && most.is_finite() { (b - a) / most } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn four_points_by_hand() {
        let x = array![[0.0], [1.0], [10.0], [12.0]];
        let s = silhouettes(x.view(), &[vec![0, 0, 1, 1], vec![0, 1, 2, 2]], &[2, 3]);
        // Row 0: a = 1, b = (10 + 12) / 2 = 11. Row 3: a = 2, b = (12 + 11) / 2 = 11.5.
        assert!((s[0][0] - 10.0 / 11.0).abs() < 1e-12);
        assert!((s[0][3] - 9.5 / 11.5).abs() < 1e-12);
        assert_eq!(s[1][0], 0.0);
        // Row 2 of the second grouping: a = 2, nearest other cluster is row 1 at 9.
        assert!((s[1][2] - 7.0 / 9.0).abs() < 1e-12);
    }
}
