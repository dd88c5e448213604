//! How far two groupings of the same customers agree.

use std::collections::BTreeMap;

/// Adjusted Rand index (Hubert & Arabie 1985): 1 for equal groupings, about 0 for unrelated ones. Labels are names only.
/// Groupings of different length, of nobody or of one customer agree as far as they go: 1.
pub fn adjusted_rand(a: &[u32], b: &[u32]) -> f64 {
    let mut cells: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let (mut rows, mut columns): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) = Default::default();
    for (x, y) in a.iter().zip(b) {
        *cells.entry((*x, *y)).or_default() += 1.0;
        *rows.entry(*x).or_default() += 1.0;
        *columns.entry(*y).or_default() += 1.0;
    }
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let both: f64 = cells.values().map(|n| pairs(*n)).sum();
    let of_rows: f64 = rows.values().map(|n| pairs(*n)).sum();
    let of_columns: f64 = columns.values().map(|n| pairs(*n)).sum();
    let all = pairs(a.len().min(b.len()) as f64);
    let expected = if all > 0.0 { of_rows * of_columns / all } else { 0.0 };
    let most = f64::midpoint(of_rows, of_columns);
    if most - expected == 0.0 { 1.0 } else { (both - expected) / (most - expected) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(adjusted_rand(&[0, 0, 1, 1], &[7, 7, 3, 3]), 1.0);
        // From scikit-learn: adjusted_rand_score([0, 0, 1, 2], [0, 0, 1, 1]) = 0.5714…, ([0,0,1,1],[0,1,0,1]) = −0.5
        assert!((adjusted_rand(&[0, 0, 1, 2], &[0, 0, 1, 1]) - 4.0 / 7.0).abs() < 1e-12);
        assert!((adjusted_rand(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
        assert_eq!(adjusted_rand(&[], &[]), 1.0);
    }
}
