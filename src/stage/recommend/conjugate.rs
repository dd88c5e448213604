//! Conjugate gradients on many small systems that share most of their matrix: one side's half of an ALS sweep.

use faer::traits::pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::dense::{Factors, add1, add4, dot1, dot4};
use super::{Csr, RecommendError};
use crate::base::Monitor;

/// For each row: `(G + Σ αr y yᵀ) x = Σ (1 + αr) y` over the row's entries `r` and the fixed side's factors `y`.
pub(super) struct Normal<'a> {
    pub rows: &'a Csr,
    pub fixed: &'a Factors,
    /// G, width × width; the triangle below the diagonal by columns is enough.
    pub gram: &'a [f32],
    /// α.
    pub confidence: f32,
    pub steps: usize,
}

/// Improves every row of `out` from where it stands. Rows are independent: any thread count, same result.
pub(super) fn solve_rows(normal: &Normal<'_>, out: &mut Factors, monitor: &Monitor) -> Result<(), RecommendError> {
    const ROWS: usize = 32;
    let width = out.width;
    let mut gram = normal.gram.to_vec();
    for column in 0..width {
        for row in column + 1..width {
            gram[row * width + column] = gram[column * width + row];
        }
    }
    out.values.par_chunks_mut(ROWS * width).enumerate().try_for_each(|(block, rows)| {
        monitor.check()?;
        let first = block * ROWS;
        Arch::new().dispatch(Block { normal, gram: &gram, first, out: rows });
        Ok(())
    })
}

struct Block<'a> {
    normal: &'a Normal<'a>,
    gram: &'a [f32],
    first: usize,
    out: &'a mut [f32],
}

impl WithSimd for Block<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.normal.fixed.width;
        let mut scratch = vec![0f32; 3 * width];
        for (at, x) in self.out.chunks_exact_mut(width).enumerate() {
            solve_row(simd, self.normal, self.gram, self.first + at, x, &mut scratch);
        }
    }
}

#[inline(always)]
fn solve_row<S: Simd>(simd: S, normal: &Normal<'_>, gram: &[f32], row: usize, x: &mut [f32], scratch: &mut [f32]) {
    let (items, weights) = normal.rows.row(row);
    if items.is_empty() {
        x.fill(0.0);
        return;
    }
    let width = x.len();
    let (residual, rest) = scratch.split_at_mut(width);
    let (direction, image) = rest.split_at_mut(width);
    // residual = b − A x; the entries' share is Σ ((1 + αr) − αr·(y·x)) y.
    residual.fill(0.0);
    add_gram(simd, gram, -1.0, x, residual);
    add_entries(simd, normal, items, weights, x, residual, |extra, along| 1.0 + extra - extra * along);
    direction.copy_from_slice(residual);
    let mut length = dot1(simd, residual, residual);
    for _ in 0..normal.steps {
        // Also false for a length that is no number.
        if !(length > 1e-20) {
            break;
        }
        image.fill(0.0);
        add_gram(simd, gram, 1.0, direction, image);
        add_entries(simd, normal, items, weights, direction, image, |extra, along| extra * along);
        let step = length / dot1(simd, direction, image);
        add1(simd, step, direction, x);
        add1(simd, -step, image, residual);
        let next = dot1(simd, residual, residual);
        let keep = next / length;
        for (d, r) in direction.iter_mut().zip(residual.iter()) {
            *d = r + keep * *d;
        }
        length = next;
    }
}

/// `out += sign · G v`.
#[inline(always)]
fn add_gram<S: Simd>(simd: S, gram: &[f32], sign: f32, v: &[f32], out: &mut [f32]) {
    let width = v.len();
    let row = |k: usize| &gram[k * width..(k + 1) * width];
    let (fours, rest) = v.as_chunks::<4>();
    for (at, four) in fours.iter().enumerate() {
        let k = 4 * at;
        add4(simd, four.map(|value| sign * value), [row(k), row(k + 1), row(k + 2), row(k + 3)], out);
    }
    for (at, &value) in rest.iter().enumerate() {
        add1(simd, sign * value, row(4 * fours.len() + at), out);
    }
}

/// `out += Σ by(αr, y·v) · y` over the row's entries.
#[inline(always)]
fn add_entries<S: Simd>(
    simd: S,
    normal: &Normal<'_>,
    items: &[u32],
    weights: &[f32],
    v: &[f32],
    out: &mut [f32],
    by: impl Fn(f32, f32) -> f32,
) {
    let (fours, rest) = items.as_chunks::<4>();
    let (weight_fours, weight_rest) = weights.as_chunks::<4>();
    for (four, weight) in fours.iter().zip(weight_fours) {
        let rows = four.map(|item| normal.fixed.row(item as usize));
        let along = dot4(simd, rows, v);
        let factor = |k: usize| by(normal.confidence * weight[k], along[k]);
        add4(simd, [factor(0), factor(1), factor(2), factor(3)], rows, out);
    }
    for (&item, &weight) in rest.iter().zip(weight_rest) {
        let row = normal.fixed.row(item as usize);
        add1(simd, by(normal.confidence * weight, dot1(simd, row, v)), row, out);
    }
}
