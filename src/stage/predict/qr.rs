//! The triangle R of a tall, thin matrix: QR of blocks of rows, then QR of their triangles stacked
//! (tall-skinny QR, Demmel et al. 2012). Squares nothing, so it keeps twice the digits of normal equations.

use faer::Mat;
use rayon::prelude::*;

use super::error::Result;
use super::matrix::Matrix;
use super::moments::parts;
use crate::base::monitor::Monitor;

/// A column whose remainder, after the columns before it are taken out, is shorter than this share of it
/// counts as a combination of them (R's `lm` draws the line at the same place).
const DEPENDENT: f64 = 1e-7;

/// R of `[X | y]`, each column centred by `centre` and divided by `scale`; `k × k` with `k = cols + 1`.
/// With fewer rows than columns the lower rows are 0.
pub(super) fn triangle(x: &Matrix, y: &[f64], centre: &[f64], scale: &[f64], monitor: &Monitor) -> Result<Mat<f64>> {
    let k = x.cols + 1;
    // A block of rows is put under the triangle of those before it; its size bounds the memory.
    let rows_a_block = (4 * k).max(4096);
    let triangles = parts(x.rows, k)
        .into_par_iter()
        .map(|part| {
            monitor.check()?;
            let mut upper = Mat::<f64>::zeros(k, k);
            for start in part.clone().step_by(rows_a_block) {
                let rows = start..(start + rows_a_block).min(part.end);
                let mut block = Mat::<f64>::zeros(k + rows.len(), k);
                for j in 0..k {
                    let source = if j < x.cols { &x.col(j)[rows.clone()] } else { &y[rows.clone()] };
                    let (middle, by) = (centre[j], 1.0 / scale[j]);
                    let (above, below) = block.col_as_slice_mut(j).split_at_mut(k);
                    above.iter_mut().enumerate().for_each(|(i, v)| *v = upper[(i, j)]);
                    below.iter_mut().zip(source).for_each(|(b, s)| *b = (s - middle) * by);
                }
                upper = block.qr().thin_R().to_owned();
            }
            Ok(upper)
        })
        .collect::<Result<Vec<Mat<f64>>>>()?;
    let stacked = Mat::from_fn(triangles.len() * k, k, |i, j| triangles[i / k][(i % k, j)]);
    Ok(stacked.qr().thin_R().to_owned())
}

/// Which columns are independent of those before them, and which earlier ones make up the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Independent {
    pub kept: Vec<usize>,
    pub dropped: Vec<(usize, Vec<usize>)>,
}

/// Goes through the first `p` columns of `r` in order, taking out of each what the kept ones already say
/// (modified Gram–Schmidt, twice). A column of 0 is dropped with an empty list.
pub(super) fn independent(r: &Mat<f64>, p: usize) -> Independent {
    let mut found = Independent::default();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for j in 0..p {
        let column: Vec<f64> = (0..r.nrows()).map(|i| r[(i, j)]).collect();
        let length = norm(&column);
        let mut rest = column;
        let mut shares = vec![0.0; basis.len()];
        for _ in 0..2 {
            for (q, share) in basis.iter().zip(&mut shares) {
                let dot: f64 = q.iter().zip(&rest).map(|(a, b)| a * b).sum();
                rest.iter_mut().zip(q).for_each(|(r, q)| *r -= dot * q);
                *share += dot;
            }
        }
        let left = norm(&rest);
        if length > 0.0 && left > DEPENDENT * length && basis.len() < r.nrows() {
            rest.iter_mut().for_each(|v| *v /= left);
            basis.push(rest);
            found.kept.push(j);
        } else {
            let with = combined_of(r, &found.kept, &basis, &shares);
            found.dropped.push((j, with));
        }
    }
    found
}

/// The kept columns with a part in the combination whose coordinates in the basis are `shares`.
fn combined_of(r: &Mat<f64>, kept: &[usize], basis: &[Vec<f64>], shares: &[f64]) -> Vec<usize> {
    let m = kept.len();
    let dot = |q: &[f64], j: usize| q.iter().enumerate().map(|(i, q)| q * r[(i, j)]).sum::<f64>();
    let mut weights = shares.to_vec();
    for a in (0..m).rev() {
        let known: f64 = (a + 1..m).map(|b| dot(&basis[a], kept[b]) * weights[b]).sum();
        weights[a] = (weights[a] - known) / dot(&basis[a], kept[a]);
    }
    kept.iter().zip(&weights).filter(|(_, w)| w.abs() > 1e-6).map(|(&j, _)| j).collect()
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// `R⁻¹` of an upper triangle (`m × m`), which must have no zero on its diagonal.
pub(super) fn inverse_upper(r: &Mat<f64>, m: usize) -> Mat<f64> {
    let mut inverse = Mat::<f64>::zeros(m, m);
    for j in 0..m {
        inverse[(j, j)] = 1.0 / r[(j, j)];
        for i in (0..j).rev() {
            let sum: f64 = (i + 1..=j).map(|l| r[(i, l)] * inverse[(l, j)]).sum();
            inverse[(i, j)] = -sum / r[(i, i)];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triangle_has_the_cross_products_of_the_matrix() {
        let n = 20_000;
        let column = |a: usize| (0..n).map(|i| ((i * a) % 97) as f64).collect::<Vec<f64>>();
        let x = Matrix::from_columns(n, vec![column(3), column(11)]);
        let y = column(31);
        let r = triangle(&x, &y, &[1.0, 2.0, 3.0], &[1.0; 3], &Monitor::quiet()).expect("not cancelled");
        let product = r.transpose() * &r;
        let by_hand: f64 = x.col(0).iter().zip(&y).map(|(a, b)| (a - 1.0) * (b - 3.0)).sum();
        assert!((product[(0, 2)] / by_hand - 1.0).abs() < 1e-12);
    }

    #[test]
    fn combinations_are_found_with_what_they_are_made_of() {
        let n = 50;
        let column = |a: usize| (0..n).map(|i| ((i * a) % 17) as f64).collect::<Vec<f64>>();
        let (a, b, c) = (column(3), column(5), column(7));
        let sum: Vec<f64> = a.iter().zip(&c).map(|(a, c)| 2.0 * a - c).collect();
        let y = column(2);
        let x = Matrix::from_columns(n, vec![a, b, c, sum, vec![0.0; n], column(9)]);
        let r = triangle(&x, &y, &[0.0; 7], &[1.0; 7], &Monitor::quiet()).expect("not cancelled");
        let found = independent(&r, 6);
        assert_eq!(found.kept, [0, 1, 2, 5]);
        assert_eq!(found.dropped, [(3, vec![0, 2]), (4, vec![])]);
    }
}
