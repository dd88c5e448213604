//! Tile × panel products with AVX-512 VNNI.
#![allow(unsafe_code)]

use super::acts::Panel;
use super::format::{Line, Matrix, Scale4K, Scale6K, Scales, TILE};
use core::arch::x86_64::*;
use half::f16;

pub fn available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vnni")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c")
}

/// Products of tile `tile` with all rows of `panel`: `out[m][lane]`.
///
/// # Safety
/// [`available`] must hold; `panel` must have as many blocks as `matrix`.
pub unsafe fn tile(matrix: &Matrix, tile: usize, panel: &Panel, out: &mut [[f32; TILE]]) {
    // SAFETY: the widths match the panel's; the rest is the caller's promise.
    unsafe {
        match panel.width {
            1 => product::<1>(matrix, tile, panel, out),
            2 => product::<2>(matrix, tile, panel, out),
            3 => product::<3>(matrix, tile, panel, out),
            4 => product::<4>(matrix, tile, panel, out),
            5 => product::<5>(matrix, tile, panel, out),
            6 => product::<6>(matrix, tile, panel, out),
            7 => product::<7>(matrix, tile, panel, out),
            _ => product::<8>(matrix, tile, panel, out),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn product<const M: usize>(matrix: &Matrix, tile: usize, panel: &Panel, out: &mut [[f32; TILE]]) {
    debug_assert_eq!(panel.width, M);
    let blocks = matrix.blocks();
    let first = tile * blocks;
    // SAFETY: a tile has `blocks` blocks of lines and scales; see `Matrix`.
    unsafe {
        let lines = matrix.lines.as_ptr().add(first * matrix.lines_per_block());
        let sums = match &matrix.scales {
            Scales::Q8(d) => q8::<M>(lines, d.as_ptr().add(first), blocks, panel),
            Scales::Q4(d) => q4::<M>(lines, d.as_ptr().add(first), blocks, panel),
            Scales::Q4K(s) => q4k::<M>(lines, s.as_ptr().add(first / 8), blocks, panel),
            Scales::Q6K(s) => q6k::<M>(lines, s.as_ptr().add(first / 8), blocks, panel),
        };
        for m in 0..M {
            _mm512_storeu_ps(out[m].as_mut_ptr(), sums[m]);
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn load(line: *const Line) -> __m512i {
    // SAFETY: a line is 64 aligned bytes.
    unsafe { _mm512_load_si512(line.cast()) }
}

/// 4 activations in every lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn four(numbers: *const i8, at: usize) -> __m512i {
    // SAFETY: the caller stays within the panel.
    unsafe { _mm512_set1_epi32(numbers.add(at * 4).cast::<i32>().read_unaligned()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn halves(d: *const [f16; TILE]) -> __m512 {
    // SAFETY: 16 halves are 32 bytes.
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(d.cast())) }
}

/// 16 unsigned bytes as floats.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn bytes(b: *const u8) -> __m512 {
    // SAFETY: the caller hands 16 bytes.
    unsafe { _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(b.cast()))) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn q8<const M: usize>(lines: *const Line, d: *const [f16; TILE], blocks: usize, panel: &Panel) -> [__m512; M] {
    let (numbers, scale, minus) = (panel.numbers.as_ptr(), panel.scale.as_ptr(), panel.minus_sum.as_ptr());
    let mut acc = [_mm512_setzero_ps(); M];
    // SAFETY: `blocks` blocks of 8 lines and of panel values.
    unsafe {
        for b in 0..blocks {
            let mut sum = [_mm512_setzero_si512(); M];
            for m in 0..M {
                sum[m] = _mm512_slli_epi32::<7>(_mm512_set1_epi32(*minus.add(b * M + m)));
            }
            for g in 0..8 {
                let w = load(lines.add(b * 8 + g));
                for m in 0..M {
                    sum[m] = _mm512_dpbusd_epi32(sum[m], w, four(numbers, (b * 8 + g) * M + m));
                }
            }
            let d = halves(d.add(b));
            for m in 0..M {
                let s = _mm512_mul_ps(d, _mm512_set1_ps(*scale.add(b * M + m)));
                acc[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[m]), s, acc[m]);
            }
        }
    }
    acc
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn q4<const M: usize>(lines: *const Line, d: *const [f16; TILE], blocks: usize, panel: &Panel) -> [__m512; M] {
    let (numbers, scale, minus) = (panel.numbers.as_ptr(), panel.scale.as_ptr(), panel.minus_sum.as_ptr());
    let nibble = _mm512_set1_epi8(15);
    let mut acc = [_mm512_setzero_ps(); M];
    // SAFETY: `blocks` blocks of 4 lines and of panel values.
    unsafe {
        for b in 0..blocks {
            let mut sum = [_mm512_setzero_si512(); M];
            for m in 0..M {
                sum[m] = _mm512_slli_epi32::<3>(_mm512_set1_epi32(*minus.add(b * M + m)));
            }
            nibbles::<M>(lines.add(b * 4), numbers, b, nibble, &mut sum);
            let d = halves(d.add(b));
            for m in 0..M {
                let s = _mm512_mul_ps(d, _mm512_set1_ps(*scale.add(b * M + m)));
                acc[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[m]), s, acc[m]);
            }
        }
    }
    acc
}

/// Adds a block of 4-bit numbers times activations to `sum`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn nibbles<const M: usize>(
    lines: *const Line,
    numbers: *const i8,
    b: usize,
    nibble: __m512i,
    sum: &mut [__m512i; M],
) {
    // SAFETY: 4 lines and 8 groups of activations.
    unsafe {
        for i in 0..4 {
            let w = load(lines.add(i));
            let low = _mm512_and_si512(w, nibble);
            let high = _mm512_and_si512(_mm512_srli_epi16::<4>(w), nibble);
            for m in 0..M {
                sum[m] = _mm512_dpbusd_epi32(sum[m], low, four(numbers, (b * 8 + 2 * i) * M + m));
                sum[m] = _mm512_dpbusd_epi32(sum[m], high, four(numbers, (b * 8 + 2 * i + 1) * M + m));
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn q4k<const M: usize>(lines: *const Line, s: *const Scale4K, blocks: usize, panel: &Panel) -> [__m512; M] {
    let (numbers, scale, weighted) = (panel.numbers.as_ptr(), panel.scale.as_ptr(), panel.weighted_sum.as_ptr());
    let nibble = _mm512_set1_epi8(15);
    let mut acc = [_mm512_setzero_ps(); M];
    // SAFETY: `blocks` blocks of 4 lines and of panel values, a scale for every 8 blocks.
    unsafe {
        for b in 0..blocks {
            let mut sum = [_mm512_setzero_si512(); M];
            nibbles::<M>(lines.add(b * 4), numbers, b, nibble, &mut sum);
            let of = &*s.add(b / 8);
            let d = _mm512_mul_ps(halves(&of.d), bytes(of.scale[b % 8].as_ptr()));
            let min = _mm512_mul_ps(halves(&of.dmin), bytes(of.min[b % 8].as_ptr()));
            for m in 0..M {
                let s = _mm512_mul_ps(d, _mm512_set1_ps(*scale.add(b * M + m)));
                acc[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[m]), s, acc[m]);
                acc[m] = _mm512_fnmadd_ps(min, _mm512_set1_ps(*weighted.add(b * M + m)), acc[m]);
            }
        }
    }
    acc
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,f16c")]
unsafe fn q6k<const M: usize>(lines: *const Line, s: *const Scale6K, blocks: usize, panel: &Panel) -> [__m512; M] {
    let (numbers, scale) = (panel.numbers.as_ptr(), panel.scale.as_ptr());
    let nibble = _mm512_set1_epi8(15);
    let upper = _mm512_set1_epi8(0x30);
    let mut acc = [_mm512_setzero_ps(); M];
    // SAFETY: `blocks` blocks of 6 lines and of panel values, a scale for every 8 blocks.
    unsafe {
        for b in 0..blocks {
            let of = &*s.add(b / 8);
            let d = halves(&of.d);
            for half in 0..2 {
                let minus = if half == 0 { panel.minus_low.as_ptr() } else { panel.minus_high.as_ptr() };
                let mut sum = [_mm512_setzero_si512(); M];
                for m in 0..M {
                    sum[m] = _mm512_slli_epi32::<5>(_mm512_set1_epi32(*minus.add(b * M + m)));
                }
                let twos = load(lines.add(b * 6 + 4 + half));
                for i in 0..2 {
                    let w = load(lines.add(b * 6 + 2 * half + i));
                    let (even, odd) = if i == 0 {
                        (_mm512_slli_epi16::<4>(twos), _mm512_slli_epi16::<2>(twos))
                    } else {
                        (twos, _mm512_srli_epi16::<2>(twos))
                    };
                    let low = _mm512_or_si512(_mm512_and_si512(w, nibble), _mm512_and_si512(even, upper));
                    let high = _mm512_and_si512(_mm512_srli_epi16::<4>(w), nibble);
                    let high = _mm512_or_si512(high, _mm512_and_si512(odd, upper));
                    let g = b * 8 + 4 * half + 2 * i;
                    for m in 0..M {
                        sum[m] = _mm512_dpbusd_epi32(sum[m], low, four(numbers, g * M + m));
                        sum[m] = _mm512_dpbusd_epi32(sum[m], high, four(numbers, (g + 1) * M + m));
                    }
                }
                let sc = _mm_loadu_si128(of.scale[2 * (b % 8) + half].as_ptr().cast());
                let d = _mm512_mul_ps(d, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(sc)));
                for m in 0..M {
                    let s = _mm512_mul_ps(d, _mm512_set1_ps(*scale.add(b * M + m)));
                    acc[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[m]), s, acc[m]);
                }
            }
        }
    }
    acc
}
