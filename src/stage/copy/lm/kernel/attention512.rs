//! Attention over one page with AVX-512: scores 16 positions at a time, values 16 components at a time.
#![allow(unsafe_code)]

use super::cache::{PAGE, STRIPE};
use core::arch::x86_64::*;
use half::f16;

/// Scores of up to 8 queries with a page's keys.
///
/// # Safety
/// AVX-512 must be there.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
pub unsafe fn page_scores(queries: &[&[f32]], keys: &[f16], scores: &mut [f32], width: usize, at: usize) {
    let dim = keys.len() / PAGE;
    assert!(queries.iter().all(|q| q.len() == dim) && scores.len() >= (queries.len() - 1) * width + at + PAGE);
    // SAFETY: lengths checked above.
    unsafe {
        let out = scores.as_mut_ptr().add(at);
        match queries {
            [_] => stripes::<1, 4>(queries, keys, dim, out, width),
            [_, _] => stripes::<2, 4>(queries, keys, dim, out, width),
            [_, _, _] => stripes::<3, 2>(queries, keys, dim, out, width),
            [_, _, _, _] => stripes::<4, 2>(queries, keys, dim, out, width),
            [_, _, _, _, _] => stripes::<5, 2>(queries, keys, dim, out, width),
            [_, _, _, _, _, _] => stripes::<6, 2>(queries, keys, dim, out, width),
            [_, _, _, _, _, _, _] => stripes::<7, 2>(queries, keys, dim, out, width),
            _ => stripes::<8, 2>(queries, keys, dim, out, width),
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
unsafe fn stripes<const M: usize, const T: usize>(
    queries: &[&[f32]],
    keys: &[f16],
    dim: usize,
    out: *mut f32,
    width: usize,
) {
    let mut q = [std::ptr::null(); M];
    for m in 0..M {
        q[m] = queries[m].as_ptr();
    }
    // SAFETY: 4 stripes of `dim` × 16 keys, queries of `dim`, rows of scores of `width`.
    unsafe {
        for first in (0..PAGE / STRIPE).step_by(T) {
            let keys = keys.as_ptr().add(first * dim * STRIPE);
            let mut acc = [[_mm512_setzero_ps(); T]; M];
            for c in 0..dim {
                let mut k = [_mm512_setzero_ps(); T];
                for t in 0..T {
                    k[t] = _mm512_cvtph_ps(_mm256_loadu_si256(keys.add((t * dim + c) * STRIPE).cast()));
                }
                for m in 0..M {
                    let q = _mm512_set1_ps(*q[m].add(c));
                    for t in 0..T {
                        acc[m][t] = _mm512_fmadd_ps(k[t], q, acc[m][t]);
                    }
                }
            }
            for m in 0..M {
                for t in 0..T {
                    _mm512_storeu_ps(out.add(m * width + (first + t) * STRIPE), acc[m][t]);
                }
            }
        }
    }
}

/// Adds a page's values, weighted, to up to 8 outputs.
///
/// # Safety
/// AVX-512 must be there.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
pub unsafe fn page_values(values: &[f16], scores: &[f32], width: usize, at: usize, outs: &mut [&mut [f32]]) {
    let dim = outs.first().map_or(0, |out| out.len());
    let positions = values.len() / dim.max(1);
    assert!(dim.is_multiple_of(STRIPE) && outs.iter().all(|out| out.len() == dim));
    assert!(scores.len() >= (outs.len() - 1) * width + at + positions);
    let mut from = 0;
    while from < dim {
        let wide = dim - from >= 64;
        // SAFETY: lengths checked above; `from` plus 16 or 64 components are within `dim`.
        unsafe {
            let (v, p) = (values.as_ptr().add(from), scores.as_ptr().add(at));
            let run = (v, p, dim, width, from, positions);
            match (outs.len(), wide) {
                (1, true) => components::<1, 4>(run, outs),
                (2, true) => components::<2, 4>(run, outs),
                (3, true) => components::<3, 4>(run, outs),
                (4, true) => components::<4, 4>(run, outs),
                (5, true) => components::<5, 4>(run, outs),
                (6, true) => components::<6, 4>(run, outs),
                (7, true) => components::<7, 2>(run, outs),
                (8, true) => components::<8, 2>(run, outs),
                (count, _) => (0..count).for_each(|m| {
                    components::<1, 1>((v, p.add(m * width), dim, width, from, positions), &mut outs[m..m + 1])
                }),
            }
        }
        from += match (outs.len(), wide) {
            (..=6, true) => 64,
            (_, true) => 32,
            _ => 16,
        };
    }
}

type Run = (*const f16, *const f32, usize, usize, usize, usize);

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
unsafe fn components<const M: usize, const C: usize>(
    (values, scores, dim, width, from, positions): Run,
    outs: &mut [&mut [f32]],
) {
    // SAFETY: see `page_values`.
    unsafe {
        let mut acc = [[_mm512_setzero_ps(); C]; M];
        for m in 0..M {
            for c in 0..C {
                acc[m][c] = _mm512_loadu_ps(outs[m].as_ptr().add(from + c * STRIPE));
            }
        }
        for position in 0..positions {
            let mut v = [_mm512_setzero_ps(); C];
            for c in 0..C {
                v[c] = _mm512_cvtph_ps(_mm256_loadu_si256(values.add(position * dim + c * STRIPE).cast()));
            }
            for m in 0..M {
                let p = _mm512_set1_ps(*scores.add(m * width + position));
                for c in 0..C {
                    acc[m][c] = _mm512_fmadd_ps(v[c], p, acc[m][c]);
                }
            }
        }
        for m in 0..M {
            for c in 0..C {
                _mm512_storeu_ps(outs[m].as_mut_ptr().add(from + c * STRIPE), acc[m][c]);
            }
        }
    }
}
