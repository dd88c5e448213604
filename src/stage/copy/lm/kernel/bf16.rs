//! Matrix products with bfloat16 factors and f32 sums, for training: twice as many multiplications an instruction as
//! f32 (AVX-512 BF16). Factors are rounded to nearest even; the sum of each element is made in the same order whatever
//! the number of threads.
#![allow(unsafe_code)]

use std::sync::OnceLock;

use rayon::prelude::*;

use super::share::Shared;

/// Rows and columns of a tile of the result: 24 of the 32 registers.
const HIGH: usize = 6;
const WIDE: usize = 64;
/// Pairs of the contraction in a pass: a panel of the right-hand matrix then fits the second cache.
const DEEP: usize = 128;
/// Pairs that are packed at a time.
const PART: usize = 16;
/// Most rows of the result in a unit of work.
const UNIT: usize = 20 * HIGH;

/// A matrix to read: element (i, j) stands at `i · row + j · column`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    pub values: &'a [f32],
    pub row: usize,
    pub column: usize,
}

impl<'a> Matrix<'a> {
    /// Row after row, `columns` each.
    pub fn rows(values: &'a [f32], columns: usize) -> Self {
        Self { values, row: columns, column: 1 }
    }

    pub fn turned(self) -> Self {
        Self { row: self.column, column: self.row, ..self }
    }

    fn holds(&self, rows: usize, columns: usize) -> bool {
        rows == 0 || columns == 0 || (rows - 1) * self.row + (columns - 1) * self.column < self.values.len()
    }
}

pub fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        return std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512bf16");
        #[cfg(not(target_arch = "x86_64"))]
        return false;
    })
}

/// a·b, sizes (m, k)·(k, n), row after row; nothing where the processor lacks the instructions or a matrix is too
/// short.
pub fn product((m, k, n): (usize, usize, usize), a: Matrix<'_>, b: Matrix<'_>) -> Option<Vec<f32>> {
    if !available() || !a.holds(m, k) || !b.holds(k, n) {
        return None;
    }
    let pairs = k.div_ceil(2);
    let mut right = vec![0u32; n.div_ceil(WIDE) * WIDE * pairs];
    right.par_chunks_mut((WIDE * pairs).max(1)).enumerate().for_each(|(panel, to)| {
        pack::<WIDE>(b.turned(), panel * WIDE, n, k, to);
    });
    let mut out = vec![0.0f32; m * n];
    let unit = (m.div_ceil(8).next_multiple_of(HIGH)).clamp(HIGH, UNIT);
    let shared = Shared::new(&mut out);
    (0..m.div_ceil(unit)).into_par_iter().for_each(|index| {
        let (from, high) = (index * unit, unit.min(m - index * unit));
        // SAFETY: units have rows of their own.
        let to = unsafe { shared.part(from * n, high * n) };
        let mut left = vec![0u32; high.div_ceil(HIGH) * HIGH * pairs];
        for (panel, to) in left.chunks_exact_mut((HIGH * pairs).max(1)).enumerate() {
            pack::<HIGH>(a, from + panel * HIGH, m, k, to);
        }
        multiply(&left, &right, pairs, high, n, to);
    });
    Some(out)
}

/// Two floats rounded to bfloat16, the first in the low half.
#[inline(always)]
fn pair(first: f32, second: f32) -> u32 {
    let round = |x: f32| {
        let bits = x.to_bits();
        bits.wrapping_add(0x7fff + (bits >> 16 & 1))
    };
    round(first) >> 16 | round(second) & 0xffff_0000
}

/// `LANES` rows of a matrix from row `first` (of `rows`) on, as pairs along its k columns: (k / 2, LANES), rows and
/// columns that are not there 0.
fn pack<const LANES: usize>(a: Matrix<'_>, first: usize, rows: usize, k: usize, to: &mut [u32]) {
    let lanes = LANES.min(rows - first);
    let base = &a.values[first * a.row..];
    if a.row == 1 && lanes == LANES {
        for (p, to) in to.chunks_exact_mut(LANES).enumerate() {
            let even = &base[2 * p * a.column..][..LANES];
            if 2 * p + 1 < k {
                let odd = &base[(2 * p + 1) * a.column..][..LANES];
                to.iter_mut().zip(even.iter().zip(odd)).for_each(|(to, (x, y))| *to = pair(*x, *y));
            } else {
                to.iter_mut().zip(even).for_each(|(to, x)| *to = pair(*x, 0.0));
            }
        }
        return;
    }
    // A few columns of all lanes at a time, so that what is written stays in the first cache.
    for (part, to) in to.chunks_mut(LANES * PART).enumerate() {
        let first = 2 * PART * part;
        for lane in 0..lanes {
            let line = &base[lane * a.row + first * a.column..];
            for (p, to) in to[lane..].iter_mut().step_by(LANES).enumerate() {
                let second = if first + 2 * p + 1 < k { line[(2 * p + 1) * a.column] } else { 0.0 };
                *to = pair(line[2 * p * a.column], second);
            }
        }
    }
}

/// Packed panels → `high` rows of the result.
fn multiply(left: &[u32], right: &[u32], pairs: usize, high: usize, n: usize, out: &mut [f32]) {
    let mut tile = [0.0f32; HIGH * WIDE];
    for deep in (0..pairs).step_by(DEEP) {
        let depth = DEEP.min(pairs - deep);
        for (column, right) in right.chunks_exact(WIDE * pairs).enumerate() {
            let right = &right[deep * WIDE..][..depth * WIDE];
            let (at, wide) = (column * WIDE, WIDE.min(n - column * WIDE));
            for (row, left) in left.chunks_exact(HIGH * pairs).enumerate() {
                let left = &left[deep * HIGH..][..depth * HIGH];
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `product` has asked for the instructions; both panels hold `depth` pairs.
                unsafe {
                    tile_avx512(left, right, depth, &mut tile);
                }
                for (i, tile) in tile.chunks_exact(WIDE).enumerate().take(high - (row * HIGH).min(high)) {
                    let to = &mut out[(row * HIGH + i) * n + at..][..wide];
                    to.iter_mut().zip(tile).for_each(|(to, x)| *to += x);
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn tile_avx512(left: &[u32], right: &[u32], depth: usize, tile: &mut [f32; HIGH * WIDE]) {
    use std::arch::x86_64::*;
    const REGISTERS: usize = WIDE / 16;
    assert!(left.len() >= depth * HIGH && right.len() >= depth * WIDE);
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; HIGH];
    // SAFETY: within the lengths asserted above.
    unsafe {
        let (mut l, mut r) = (left.as_ptr(), right.as_ptr());
        for _ in 0..depth {
            let mut b = [_mm512_setzero_si512(); REGISTERS];
            for j in 0..REGISTERS {
                b[j] = _mm512_loadu_si512(r.add(16 * j).cast());
            }
            for i in 0..HIGH {
                let a: __m512bh = std::mem::transmute(_mm512_set1_epi32(*l.add(i) as i32));
                for j in 0..REGISTERS {
                    sums[i][j] = _mm512_dpbf16_ps(sums[i][j], a, std::mem::transmute::<__m512i, __m512bh>(b[j]));
                }
            }
            l = l.add(HIGH);
            r = r.add(WIDE);
        }
        for (i, line) in sums.iter().enumerate() {
            for (j, sum) in line.iter().enumerate() {
                _mm512_storeu_ps(tile.as_mut_ptr().add(i * WIDE + 16 * j), *sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers are exact in bfloat16, and so are their sums in f32.
    #[test]
    fn products_agree_with_the_definition() {
        if !available() {
            return;
        }
        let value = |at: usize| ((at * 37) % 19) as f32 - 9.0;
        for (m, k, n) in [(1, 1, 1), (6, 2, 64), (7, 5, 65), (130, 301, 70), (250, 513, 192)] {
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..k * n).map(|at| value(at * 3 + 5)).collect();
            let a_turned: Vec<f32> = (0..k * m).map(|at| a[at % m * k + at / m]).collect();
            let b_turned: Vec<f32> = (0..k * n).map(|at| b[at % k * n + at / k]).collect();
            let wanted = |i: usize, j: usize| (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum::<f32>();
            let lefts = [Matrix::rows(&a, k), Matrix::rows(&a_turned, m).turned()];
            let rights = [Matrix::rows(&b, n), Matrix::rows(&b_turned, k).turned()];
            for left in lefts {
                for right in rights {
                    let c = product((m, k, n), left, right).unwrap();
                    for (at, got) in c.iter().enumerate() {
                        assert_eq!(*got, wanted(at / n, at % n), "{m} {k} {n} at {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn factors_are_rounded_to_nearest_even_and_short_matrices_refused() {
        let bits = |x: f32| (pair(x, 0.0) & 0xffff) as u16;
        for x in [0.0, 1.0, -2.5, 3.140_625, 1.003_906_3, 1.011_718_8, -1e-30, 3e38] {
            assert_eq!(bits(x), half::bf16::from_f32(x).to_bits(), "{x}");
        }
        assert_eq!(pair(0.0, 1.0), 0x3f80_0000);
        assert_eq!(product((2, 2, 2), Matrix::rows(&[1.0; 3], 2), Matrix::rows(&[1.0; 4], 2)), None);
    }
}
