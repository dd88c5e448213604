//! Dense vectors: products that use the widest instructions the processor has, and the best n of many scores.

use faer::traits::pulp::{Arch, Simd, WithSimd};

/// Rows of `width` numbers each: one row a customer, an item, a word.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Factors {
    pub width: usize,
    pub values: Vec<f32>,
}

impl Factors {
    pub fn zeros(rows: usize, width: usize) -> Self {
        Self { width, values: vec![0.0; rows * width] }
    }

    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}

/// Four inner products at once: `v` is read once for all of them.
#[inline(always)]
pub(super) fn dot4<S: Simd>(simd: S, rows: [&[f32]; 4], v: &[f32]) -> [f32; 4] {
    let (head, tail) = S::as_simd_f32s(v);
    let [(a, at), (b, bt), (c, ct), (d, dt)] = rows.map(|row| S::as_simd_f32s(row));
    let zero = simd.splat_f32s(0.0);
    let (mut sa, mut sb, mut sc, mut sd) = (zero, zero, zero, zero);
    for ((((&x, &a), &b), &c), &d) in head.iter().zip(a).zip(b).zip(c).zip(d) {
        sa = simd.mul_add_e_f32s(a, x, sa);
        sb = simd.mul_add_e_f32s(b, x, sb);
        sc = simd.mul_add_e_f32s(c, x, sc);
        sd = simd.mul_add_e_f32s(d, x, sd);
    }
    let rest = |t: &[f32]| tail.iter().zip(t).map(|(x, y)| x * y).sum::<f32>();
    [
        simd.reduce_sum_f32s(sa) + rest(at),
        simd.reduce_sum_f32s(sb) + rest(bt),
        simd.reduce_sum_f32s(sc) + rest(ct),
        simd.reduce_sum_f32s(sd) + rest(dt),
    ]
}

#[inline(always)]
pub(super) fn dot1<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let ((ah, at), (bh, bt)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    let mut sum = simd.splat_f32s(0.0);
    for (&x, &y) in ah.iter().zip(bh) {
        sum = simd.mul_add_e_f32s(x, y, sum);
    }
    simd.reduce_sum_f32s(sum) + at.iter().zip(bt).map(|(x, y)| x * y).sum::<f32>()
}

/// `out += Σ by[k] · rows[k]`: `out` is read and written once for all four.
#[inline(always)]
pub(super) fn add4<S: Simd>(simd: S, by: [f32; 4], rows: [&[f32]; 4], out: &mut [f32]) {
    let (head, tail) = S::as_mut_simd_f32s(out);
    let [(a, at), (b, bt), (c, ct), (d, dt)] = rows.map(|row| S::as_simd_f32s(row));
    let (wa, wb) = (simd.splat_f32s(by[0]), simd.splat_f32s(by[1]));
    let (wc, wd) = (simd.splat_f32s(by[2]), simd.splat_f32s(by[3]));
    for ((((x, &a), &b), &c), &d) in head.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        let left = simd.mul_add_e_f32s(b, wb, simd.mul_add_e_f32s(a, wa, *x));
        *x = simd.mul_add_e_f32s(d, wd, simd.mul_add_e_f32s(c, wc, left));
    }
    for ((((x, a), b), c), d) in tail.iter_mut().zip(at).zip(bt).zip(ct).zip(dt) {
        *x += by[0] * a + by[1] * b + by[2] * c + by[3] * d;
    }
}

#[inline(always)]
pub(super) fn add1<S: Simd>(simd: S, by: f32, row: &[f32], out: &mut [f32]) {
    let ((head, tail), (rh, rt)) = (S::as_mut_simd_f32s(out), S::as_simd_f32s(row));
    let w = simd.splat_f32s(by);
    for (x, &y) in head.iter_mut().zip(rh) {
        *x = simd.mul_add_e_f32s(y, w, *x);
    }
    for (x, y) in tail.iter_mut().zip(rt) {
        *x += by * y;
    }
}

struct Dot<'a>(&'a [f32], &'a [f32]);

impl WithSimd for Dot<'_> {
    type Output = f32;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        dot1(simd, self.0, self.1)
    }
}

/// Inner product of two equally long slices.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    Arch::new().dispatch(Dot(a, b))
}

struct Combine<'a>(&'a mut [f32], &'a Factors, &'a [(u32, f32)]);

impl WithSimd for Combine<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self(out, rows, terms) = self;
        let (fours, rest) = terms.as_chunks::<4>();
        for four in fours {
            add4(simd, four.map(|t| t.1), four.map(|t| rows.row(t.0 as usize)), out);
        }
        for &(row, by) in rest {
            add1(simd, by, rows.row(row as usize), out);
        }
    }
}

/// `out += Σ by · rows[row]` over `(row, by)`: a sparse row times a dense matrix.
pub fn combine_into(out: &mut [f32], rows: &Factors, terms: &[(u32, f32)]) {
    Arch::new().dispatch(Combine(out, rows, terms));
}

struct Products<'a>(&'a mut [f32], &'a Factors, &'a [f32]);

impl WithSimd for Products<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self(out, rows, v) = self;
        let (fours, rest) = out.as_chunks_mut::<4>();
        let mut at = 0;
        for four in fours {
            *four = dot4(simd, [rows.row(at), rows.row(at + 1), rows.row(at + 2), rows.row(at + 3)], v);
            at += 4;
        }
        for one in rest {
            *one = dot1(simd, rows.row(at), v);
            at += 1;
        }
    }
}

/// `out[i] = rows[i] · v` for all rows.
pub fn products_into(out: &mut [f32], rows: &Factors, v: &[f32]) {
    Arch::new().dispatch(Products(out, rows, v));
}

/// An item and its score.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Scored {
    pub item: u32,
    pub score: f32,
}

/// The best `n` finite scores, highest first, the lower item first among equals; into `best`.
pub fn top_n_into(scores: &[f32], n: usize, best: &mut Vec<Scored>) {
    best.clear();
    let n = n.min(scores.len());
    if n == 0 {
        return;
    }
    // A buffer of 2n candidates, cut back to n when full: every score below the bar is one comparison.
    let room = 2 * n.max(8);
    let mut bar = f32::NEG_INFINITY;
    for (item, &score) in scores.iter().enumerate() {
        if score > bar && score < f32::INFINITY {
            best.push(Scored { item: item as u32, score });
            if best.len() == room {
                bar = cut(best, n);
            }
        }
    }
    best.sort_unstable_by(order);
    best.truncate(n);
}

pub fn top_n(scores: &[f32], n: usize) -> Vec<Scored> {
    let mut best = Vec::new();
    top_n_into(scores, n, &mut best);
    best
}

/// Highest score first, the lower item first among equals.
pub fn order(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(a.item.cmp(&b.item))
}

/// Keeps the best `n`; returns the lowest score among them. Items come in ascending order, so a later
/// score equal to the bar loses its tie and may be skipped.
fn cut(best: &mut Vec<Scored>, n: usize) -> f32 {
    best.select_nth_unstable_by(n - 1, order);
    best.truncate(n);
    best[n - 1].score
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn products_agree_with_plain_loops_at_every_width() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for width in [1, 3, 4, 7, 8, 15, 16, 31, 64, 65] {
            let rows = Factors { width, values: (0..9 * width).map(|_| rng.random::<f32>() - 0.5).collect() };
            let v: Vec<f32> = (0..width).map(|_| rng.random::<f32>() - 0.5).collect();
            let plain = |i: usize| rows.row(i).iter().zip(&v).map(|(a, b)| a * b).sum::<f32>();
            let mut out = vec![0.0; 9];
            products_into(&mut out, &rows, &v);
            for (i, got) in out.iter().enumerate() {
                assert!((got - plain(i)).abs() < 1e-5, "width {width}");
                assert!((dot(rows.row(i), &v) - plain(i)).abs() < 1e-5);
            }
            let terms: Vec<(u32, f32)> = [(8, 0.5), (1, -2.0), (1, 1.0), (4, 3.0), (0, 0.25), (7, 1.5)].to_vec();
            let mut sum = vec![1.0; width];
            combine_into(&mut sum, &rows, &terms);
            for k in 0..width {
                let want = 1.0 + terms.iter().map(|t| t.1 * rows.row(t.0 as usize)[k]).sum::<f32>();
                assert!((sum[k] - want).abs() < 1e-5, "width {width}");
            }
        }
    }

    #[test]
    fn the_best_n_are_those_of_a_full_sort() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for n in [1, 2, 7, 20, 500] {
            // Few different values, so that ties are common; some scores that no list may show.
            let scores: Vec<f32> = (0..300)
                .map(|i| match i % 37 {
                    0 => f32::NEG_INFINITY,
                    1 => f32::NAN,
                    2 => f32::INFINITY,
                    _ => rng.random_range(0..40) as f32 - 20.0,
                })
                .collect();
            let mut want: Vec<Scored> = scores
                .iter()
                .enumerate()
                .filter(|(_, s)| s.is_finite())
                .map(|(item, &score)| Scored { item: item as u32, score })
                .collect();
            want.sort_by(order);
            want.truncate(n);
            assert_eq!(top_n(&scores, n), want);
        }
        assert!(top_n(&[1.0], 0).is_empty() && top_n(&[], 3).is_empty());
    }
}
