//! Products of small matrices, on one thread: what attention within one text needs. Fused multiply-add in 256-bit
//! registers where the processor has them.

/// Columns of a tile.
const WIDE: usize = 16;
/// Rows of a tile.
const HIGH: usize = 6;
/// Most products in a sum that need no list of their own.
const USUAL: usize = 192;
/// Floats that must stand behind the last row of a right-hand matrix: tiles read whole.
pub const SLACK: usize = WIDE;

/// A left-hand matrix: element (i, p) stands at `i · row + p · column`, so that a transposed one is read in place.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    pub values: &'a [f32],
    pub row: usize,
    pub column: usize,
}

/// c = a·b, or c += a·b. Sizes (m, k)·(k, n); `b` and `c` row by row with `b_row` and `c_row` floats from one row to the
/// next. `b` must go on for [`SLACK`] floats behind its last element, unless n is a multiple of it.
pub fn product(
    sizes: (usize, usize, usize),
    a: Left<'_>,
    (b, b_row): (&[f32], usize),
    (c, c_row): (&mut [f32], usize),
    add: bool,
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        #[allow(unsafe_code)]
        // SAFETY: the processor has what the function is compiled for.
        unsafe {
            product_fma(sizes, a, (b, b_row), (c, c_row), add);
        }
        return;
    }
    tiles::<false>(sizes, a, (b, b_row), (c, c_row), add);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn product_fma(sizes: (usize, usize, usize), a: Left<'_>, b: (&[f32], usize), c: (&mut [f32], usize), add: bool) {
    tiles::<true>(sizes, a, b, c, add);
}

#[inline(always)]
fn tiles<const FUSED: bool>(
    (m, k, n): (usize, usize, usize),
    a: Left<'_>,
    (b, b_row): (&[f32], usize),
    (c, c_row): (&mut [f32], usize),
    add: bool,
) {
    let mut packed = [0.0f32; HIGH * USUAL];
    let mut long = Vec::new();
    let packed = if k <= USUAL {
        &mut packed[..HIGH * k]
    } else {
        long.resize(HIGH * k, 0.0f32);
        &mut long[..]
    };
    for top in (0..m).step_by(HIGH) {
        let high = HIGH.min(m - top);
        for (p, rows) in packed.chunks_exact_mut(HIGH).enumerate() {
            for (i, value) in rows.iter_mut().enumerate() {
                *value = if i < high { a.values[(top + i) * a.row + p * a.column] } else { 0.0 };
            }
        }
        for left in (0..n).step_by(WIDE) {
            let sums = tile::<FUSED>(packed, &b[left..], b_row);
            let wide = WIDE.min(n - left);
            for (i, sums) in sums.iter().enumerate().take(high) {
                let to = &mut c[(top + i) * c_row + left..][..wide];
                for (to, sum) in to.iter_mut().zip(sums) {
                    *to = if add { *to + sum } else { *sum };
                }
            }
        }
    }
}

#[inline(always)]
fn tile<const FUSED: bool>(packed: &[f32], b: &[f32], b_row: usize) -> [[f32; WIDE]; HIGH] {
    let mut sums = [[0.0f32; WIDE]; HIGH];
    for (p, left) in packed.chunks_exact(HIGH).enumerate() {
        let right = &b[p * b_row..][..WIDE];
        for i in 0..HIGH {
            for j in 0..WIDE {
                sums[i][j] =
                    if FUSED { left[i].mul_add(right[j], sums[i][j]) } else { left[i] * right[j] + sums[i][j] };
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, so that any order of adding gives the same sum.
    #[test]
    fn products_agree_with_the_definition() {
        let value = |at: usize| ((at * 37) % 19) as f32 - 9.0;
        for (m, k, n) in [(1, 1, 1), (6, 3, 16), (7, 5, 17), (13, 64, 40), (45, 130, 64)] {
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..k * n + SLACK).map(|at| value(at + 5)).collect();
            let turned: Vec<f32> = (0..k * m).map(|at| a[at % m * k + at / m]).collect();
            let wanted = |i: usize, j: usize| (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum::<f32>();
            let forms = [(&a, k, 1), (&turned, 1, m)];
            for (values, row, column) in forms {
                let mut c = vec![1.0; m * n];
                product((m, k, n), Left { values, row, column }, (&b, n), (&mut c, n), false);
                product((m, k, n), Left { values, row, column }, (&b, n), (&mut c, n), true);
                for (at, got) in c.iter().enumerate() {
                    assert_eq!(*got, 2.0 * wanted(at / n, at % n), "{m} {k} {n} at {at}");
                }
                tiles::<false>((m, k, n), Left { values, row, column }, (&b, n), (&mut c, n), false);
                assert_eq!(c[m * n - 1], wanted(m - 1, n - 1));
            }
        }
    }
}
