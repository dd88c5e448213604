//! Attention over one page with AVX-512: scores 16 positions at a time, values 16 components at a time.
#![allow(unsafe_code)]

use super::cache::PAGE;
use core::arch::x86_64::*;
use half::f16;

/// Numbers in a register.
const LANES: usize = 16;

/// Scores of up to 8 queries with the first `positions` of a page's keys (and some more, where it is
/// simpler); meanwhile `next` is fetched.
///
/// # Safety
/// AVX-512 must be there.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
pub unsafe fn page_scores(
    queries: &[&[f32]],
    keys: &[f16],
    next: &[f16],
    (scores, width, at): (&mut [f32], usize, usize),
    positions: usize,
) {
    let dim = keys.len() / PAGE;
    assert!(queries.iter().all(|q| q.len() == dim) && scores.len() >= (queries.len() - 1) * width + at + PAGE);
    assert!(next.len() >= keys.len());
    let keys = (keys.as_ptr(), next.as_ptr());
    // SAFETY: lengths checked above.
    unsafe {
        let out = scores.as_mut_ptr().add(at);
        let until = positions.div_ceil(LANES);
        match (queries.len(), until) {
            (1, 1) => stripes::<1, 1>(queries, keys, dim, out, width, until),
            (1, 2) => stripes::<1, 2>(queries, keys, dim, out, width, until),
            (1, _) => stripes::<1, 4>(queries, keys, dim, out, width, until),
            (2, 1 | 2) => stripes::<2, 2>(queries, keys, dim, out, width, until),
            (2, _) => stripes::<2, 4>(queries, keys, dim, out, width, until),
            (3, _) => stripes::<3, 2>(queries, keys, dim, out, width, until),
            (4, _) => stripes::<4, 2>(queries, keys, dim, out, width, until),
            (5, _) => stripes::<5, 2>(queries, keys, dim, out, width, until),
            (6, _) => stripes::<6, 2>(queries, keys, dim, out, width, until),
            (7, _) => stripes::<7, 2>(queries, keys, dim, out, width, until),
            _ => stripes::<8, 2>(queries, keys, dim, out, width, until),
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
unsafe fn stripes<const M: usize, const T: usize>(
    queries: &[&[f32]],
    (keys, next): (*const f16, *const f16),
    dim: usize,
    out: *mut f32,
    width: usize,
    until: usize,
) {
    let mut q = [std::ptr::null(); M];
    for m in 0..M {
        q[m] = queries[m].as_ptr();
    }
    // SAFETY: `dim` × 64 keys, queries of `dim`, rows of scores of `width`.
    unsafe {
        for first in (0..until).step_by(T) {
            let mut acc = [[_mm512_setzero_ps(); T]; M];
            for c in 0..dim {
                let mut k = [_mm512_setzero_ps(); T];
                for t in 0..T {
                    k[t] = _mm512_cvtph_ps(_mm256_loadu_si256(keys.add(c * PAGE + (first + t) * LANES).cast()));
                }
                for t in (0..T).step_by(2) {
                    _mm_prefetch::<_MM_HINT_T0>(next.add(c * PAGE + (first + t) * LANES).cast());
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
                    _mm512_storeu_ps(out.add(m * width + (first + t) * LANES), acc[m][t]);
                }
            }
        }
    }
}

/// Adds a page's values, weighted, to up to 8 outputs; meanwhile `next` is fetched.
///
/// # Safety
/// AVX-512 must be there.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
pub unsafe fn page_values(
    values: &[f16],
    next: &[f16],
    (scores, width, at): (&[f32], usize, usize),
    outs: &mut [&mut [f32]],
) {
    for line in next.chunks(32).take(2 * values.len() / 32) {
        _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
    }
    let dim = outs.first().map_or(0, |out| out.len());
    let positions = values.len() / dim.max(1);
    assert!(dim.is_multiple_of(LANES) && outs.iter().all(|out| out.len() == dim));
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
                acc[m][c] = _mm512_loadu_ps(outs[m].as_ptr().add(from + c * LANES));
            }
        }
        for position in 0..positions {
            let mut v = [_mm512_setzero_ps(); C];
            for c in 0..C {
                v[c] = _mm512_cvtph_ps(_mm256_loadu_si256(values.add(position * dim + c * LANES).cast()));
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
                _mm512_storeu_ps(outs[m].as_mut_ptr().add(from + c * LANES), acc[m][c]);
            }
        }
    }
}

/// Rounds to 16 bits (to even), held within what they can express.
///
/// # Safety
/// AVX-512 must be there.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
pub unsafe fn to_halves(from: &[f32], into: &mut [f16]) {
    assert_eq!(from.len(), into.len());
    let (least, most) = (_mm512_set1_ps(f16::MIN.to_f32_const()), _mm512_set1_ps(f16::MAX.to_f32_const()));
    let whole = from.len() / LANES * LANES;
    // SAFETY: `whole` is within both.
    unsafe {
        for i in (0..whole).step_by(LANES) {
            let x = _mm512_loadu_ps(from.as_ptr().add(i));
            let x = _mm512_min_ps(_mm512_max_ps(x, least), most);
            let halves = _mm512_cvtps_ph::<{ _MM_FROUND_TO_NEAREST_INT }>(x);
            _mm256_storeu_si256(into.as_mut_ptr().add(i).cast(), halves);
        }
    }
    for (into, from) in into[whole..].iter_mut().zip(&from[whole..]) {
        *into = f16::from_f32(from.clamp(f16::MIN.to_f32(), f16::MAX.to_f32()));
    }
}
