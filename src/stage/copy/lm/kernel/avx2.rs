//! Tile × panel products with AVX2, for processors without AVX-512 VNNI. A tile is done as two halves of
//! 8 rows.
#![allow(unsafe_code)]

use super::acts::Panel;
use super::format::{Line, Matrix, Scales, TILE};
use core::arch::x86_64::*;
use half::f16;

pub fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
}

/// Products of tile `tile` with all rows of `panel`: `out[m][lane]`.
///
/// # Safety
/// [`available`] must hold; `panel` must have as many blocks as `matrix`.
pub unsafe fn tile(matrix: &Matrix, tile: usize, panel: &Panel, out: &mut [[f32; TILE]]) {
    let mut m = 0;
    while m < panel.width {
        // SAFETY: rows m.. exist; the rest is the caller's promise.
        unsafe {
            match panel.width - m {
                1 => product::<1>(matrix, tile, panel, m, out),
                2 => product::<2>(matrix, tile, panel, m, out),
                3 => product::<3>(matrix, tile, panel, m, out),
                _ => product::<4>(matrix, tile, panel, m, out),
            }
        }
        m += 4;
    }
}

/// Rows `m0..m0 + M` of the panel.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn product<const M: usize>(matrix: &Matrix, tile: usize, panel: &Panel, m0: usize, out: &mut [[f32; TILE]]) {
    let blocks = matrix.blocks();
    let per = matrix.lines_per_block();
    let first = tile * blocks;
    // SAFETY: a tile has `blocks` blocks of lines and scales; lanes 0..8 and 8..16 are a line's halves.
    unsafe {
        let lines = matrix.lines.as_ptr().add(first * per);
        for side in 0..2 {
            let mut acc = [_mm256_setzero_ps(); M];
            for b in 0..blocks {
                let block = lines.add(b * per);
                let of = Block { panel, m0, b, side };
                match &matrix.scales {
                    Scales::Q8(d) => {
                        let sum = of.signed::<M>(block);
                        of.add(halves(&d[first + b], side), sum, &mut acc);
                    }
                    Scales::Q4(d) => {
                        let mut sum = of.start::<M, 3>(&panel.minus_sum);
                        of.nibbles(block, &mut sum);
                        of.add(halves(&d[first + b], side), sum, &mut acc);
                    }
                    Scales::Q4K(s) => {
                        let s = &s[(first + b) / 8];
                        let mut sum = [_mm256_setzero_si256(); M];
                        of.nibbles(block, &mut sum);
                        let d = _mm256_mul_ps(halves(&s.d, side), bytes(&s.scale[b % 8], side));
                        of.add(d, sum, &mut acc);
                        let min = _mm256_mul_ps(halves(&s.dmin, side), bytes(&s.min[b % 8], side));
                        for m in 0..M {
                            let weighted = _mm256_set1_ps(panel.weighted_sum[b * panel.width + m0 + m]);
                            acc[m] = _mm256_fnmadd_ps(min, weighted, acc[m]);
                        }
                    }
                    Scales::Q6K(s) => {
                        let s = &s[(first + b) / 8];
                        for half in 0..2 {
                            let minus = if half == 0 { &panel.minus_low } else { &panel.minus_high };
                            let mut sum = of.start::<M, 5>(minus);
                            of.sixes(block, half, &mut sum);
                            let scale = s.scale[2 * (b % 8) + half].as_ptr().add(8 * side);
                            let scale = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(scale.cast())));
                            of.add(_mm256_mul_ps(halves(&s.d, side), scale), sum, &mut acc);
                        }
                    }
                }
            }
            for m in 0..M {
                _mm256_storeu_ps(out[m0 + m].as_mut_ptr().add(8 * side), acc[m]);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn halves(d: &[f16; TILE], side: usize) -> __m256 {
    // SAFETY: 8 halves from 8 · side.
    unsafe { _mm256_cvtph_ps(_mm_loadu_si128(d.as_ptr().add(8 * side).cast())) }
}

#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn bytes(b: &[u8; TILE], side: usize) -> __m256 {
    // SAFETY: 8 bytes from 8 · side.
    unsafe { _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(b.as_ptr().add(8 * side).cast()))) }
}

/// Block `b` of rows `m0..` of a panel, against the lanes of one side of a tile.
struct Block<'a> {
    panel: &'a Panel,
    m0: usize,
    b: usize,
    side: usize,
}

impl Block<'_> {
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn line(&self, line: *const Line) -> __m256i {
        // SAFETY: 32 bytes from 32 · side.
        unsafe { _mm256_load_si256(line.cast::<__m256i>().add(self.side)) }
    }

    /// 4 activations of group `g`, row `m`, in every lane.
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn four(&self, g: usize, m: usize) -> __m256i {
        let at = (self.b * 8 + g) * self.panel.width + self.m0 + m;
        // SAFETY: within the panel.
        unsafe { _mm256_set1_epi32(self.panel.numbers.as_ptr().add(at * 4).cast::<i32>().read_unaligned()) }
    }

    /// Sums that begin with the offset of the weights' numbers: 2^SHIFT times minus the activations' sum.
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn start<const M: usize, const SHIFT: i32>(&self, minus: &[i32]) -> [__m256i; M] {
        let mut sum = [_mm256_setzero_si256(); M];
        for m in 0..M {
            let minus = minus[self.b * self.panel.width + self.m0 + m];
            sum[m] = _mm256_slli_epi32::<SHIFT>(_mm256_set1_epi32(minus));
        }
        sum
    }

    /// 8-bit numbers: bytes times bytes overflow 16 bits unless the first are the weights' magnitudes.
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn signed<const M: usize>(&self, lines: *const Line) -> [__m256i; M] {
        let offset = _mm256_set1_epi8(-128);
        let mut sum = [_mm256_setzero_si256(); M];
        for g in 0..8 {
            // SAFETY: 8 lines and 8 groups.
            unsafe {
                let w = _mm256_xor_si256(self.line(lines.add(g)), offset);
                let magnitude = _mm256_abs_epi8(w);
                for m in 0..M {
                    sum[m] = add_dot(sum[m], magnitude, _mm256_sign_epi8(self.four(g, m), w));
                }
            }
        }
        sum
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn nibbles<const M: usize>(&self, lines: *const Line, sum: &mut [__m256i; M]) {
        let nibble = _mm256_set1_epi8(15);
        for i in 0..4 {
            // SAFETY: 4 lines and 8 groups.
            unsafe {
                let w = self.line(lines.add(i));
                let low = _mm256_and_si256(w, nibble);
                let high = _mm256_and_si256(_mm256_srli_epi16::<4>(w), nibble);
                for m in 0..M {
                    sum[m] = add_dot(sum[m], low, self.four(2 * i, m));
                    sum[m] = add_dot(sum[m], high, self.four(2 * i + 1, m));
                }
            }
        }
    }

    /// One half-block of 6-bit numbers.
    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn sixes<const M: usize>(&self, lines: *const Line, half: usize, sum: &mut [__m256i; M]) {
        let (nibble, upper) = (_mm256_set1_epi8(15), _mm256_set1_epi8(0x30));
        // SAFETY: 6 lines and 8 groups.
        unsafe {
            let twos = self.line(lines.add(4 + half));
            for i in 0..2 {
                let w = self.line(lines.add(2 * half + i));
                let (even, odd) = if i == 0 {
                    (_mm256_slli_epi16::<4>(twos), _mm256_slli_epi16::<2>(twos))
                } else {
                    (twos, _mm256_srli_epi16::<2>(twos))
                };
                let low = _mm256_or_si256(_mm256_and_si256(w, nibble), _mm256_and_si256(even, upper));
                let high = _mm256_and_si256(_mm256_srli_epi16::<4>(w), nibble);
                let high = _mm256_or_si256(high, _mm256_and_si256(odd, upper));
                let g = 4 * half + 2 * i;
                for m in 0..M {
                    sum[m] = add_dot(sum[m], low, self.four(g, m));
                    sum[m] = add_dot(sum[m], high, self.four(g + 1, m));
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn add<const M: usize>(&self, d: __m256, sum: [__m256i; M], acc: &mut [__m256; M]) {
        for m in 0..M {
            let scale = self.panel.scale[self.b * self.panel.width + self.m0 + m];
            let s = _mm256_mul_ps(d, _mm256_set1_ps(scale));
            acc[m] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[m]), s, acc[m]);
        }
    }
}

/// Adds, in every 32-bit lane, the dot product of 4 unsigned and 4 signed bytes.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
fn add_dot(sum: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i {
    let pairs = _mm256_maddubs_epi16(unsigned, signed);
    _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
}
