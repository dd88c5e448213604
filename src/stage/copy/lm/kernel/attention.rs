//! Attention of a batch's rows over their sequences' pages, causal, with grouped heads.
//!
//! Each query is computed as if it were alone: scores component by component, one softmax over all its
//! positions, values position by position. So its bits depend neither on the other rows of the batch nor
//! on how a prompt was cut into batches.
#![allow(unsafe_code)]

use super::cache::{PAGE, Sequence, Shape};
use super::math::exponentials;
use super::share::Shared;
use super::team::Crew;
use super::{Level, level};
use half::f16;
use half::slice::HalfFloatSliceExt;

/// Queries computed together at most; they share the conversion of keys and values to 32 bits.
const TOGETHER: usize = 8;

/// Where a row of the batch stands: in which sequence, at which position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub sequence: usize,
    pub position: usize,
}

/// Writes a layer's keys and values (`rows` × heads · dim, row by row) to their sequences' pages, rounded
/// to 16 bits. [`Sequence::reserve`] must have made room.
pub fn store(
    crew: &Crew<'_>,
    sequences: &mut [Sequence],
    layer: usize,
    places: &[Place],
    (keys, values): (&[f32], &[f32]),
) {
    let Some(shape) = sequences.first().map(Sequence::shape) else { return };
    let row_len = shape.heads * shape.dim;
    let pages: Vec<(usize, Vec<Shared<'_, f16>>)> = sequences
        .iter_mut()
        .map(|sequence| {
            let (first, pages) = sequence.writable();
            (first, pages.into_iter().map(Shared::new).collect())
        })
        .collect();
    let units = if places.len() > 4 { shape.heads } else { 1 };
    crew.parallel(units, |unit| {
        let heads = if units == 1 { 0..shape.heads } else { unit..unit + 1 };
        let mut converted = vec![f16::ZERO; shape.dim];
        for head in heads {
            for (row, place) in places.iter().enumerate() {
                let from = row * row_len + head * shape.dim;
                let (first, pages) = &pages[place.sequence];
                let page = &pages[place.position / PAGE - first];
                // SAFETY: the places of one head belong to one unit.
                let into = unsafe { page.part(shape.keys_at(layer, head), shape.head_len()) };
                to_halves(&keys[from..from + shape.dim], &mut converted);
                let at = shape.key_place(place.position, 0);
                for (c, number) in converted.iter().enumerate() {
                    into[at + c * super::cache::STRIPE] = *number;
                }
                // SAFETY: as above.
                let into = unsafe { page.part(shape.values_at(layer, head), shape.head_len()) };
                let at = shape.value_place(place.position);
                to_halves(&values[from..from + shape.dim], &mut into[at..at + shape.dim]);
            }
        }
    });
}

/// Rounds to 16 bits, held within what they can express: an infinity would spoil later sums.
pub fn to_halves(from: &[f32], into: &mut [f16]) {
    into.convert_from_f32_slice(from);
    for number in into {
        if !number.is_finite() && !number.is_nan() {
            *number = if number.is_sign_negative() { f16::MIN } else { f16::MAX };
        }
    }
}

/// The settings of a layer's attention: `heads` query heads share the cache's heads in equal groups.
#[derive(Debug, Clone, Copy)]
pub struct Attention {
    pub layer: usize,
    pub heads: usize,
    pub scale: f32,
    /// How many positions a row sees, its own among them.
    pub window: usize,
}

/// Attention of `queries` (a row of heads · dim for each place) over everything up to their own positions.
/// Rows of one sequence should follow one another.
pub fn attend(
    crew: &Crew<'_>,
    attention: Attention,
    sequences: &[Sequence],
    places: &[Place],
    queries: &[f32],
    out: &mut [f32],
) {
    let Some(shape) = sequences.first().map(Sequence::shape) else { return };
    let group = attention.heads / shape.heads;
    let runs = runs(places, (TOGETHER / group.max(1)).max(1));
    let shared = Shared::new(out);
    crew.parallel(runs.len() * shape.heads, |unit| {
        // The last rows have the longest way back: they are begun first.
        let (from, until) = runs[runs.len() - 1 - unit / shape.heads];
        let head = unit % shape.heads;
        let unit = Unit { attention, shape, head, sequence: &sequences[places[from].sequence] };
        let width = attention.heads * shape.dim;
        let heads =
            (from..until).flat_map(|row| (0..group).map(move |g| (row, row * width + (head * group + g) * shape.dim)));
        let heads: Vec<(usize, usize)> = heads.collect();
        for chunk in heads.chunks(TOGETHER) {
            let queries: Vec<&[f32]> = chunk.iter().map(|(_, at)| &queries[*at..*at + shape.dim]).collect();
            let lens: Vec<usize> = chunk.iter().map(|(row, _)| places[*row].position + 1).collect();
            // SAFETY: a row's head is in one unit and one chunk.
            let mut outs: Vec<&mut [f32]> =
                chunk.iter().map(|(_, at)| unsafe { shared.part(*at, shape.dim) }).collect();
            unit.attend(&queries, &lens, &mut outs);
        }
    });
}

/// Runs of at most `most` neighbouring rows of one sequence.
fn runs(places: &[Place], most: usize) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (row, place) in places.iter().enumerate() {
        match runs.last_mut() {
            Some((from, until)) if places[*from].sequence == place.sequence && *until - *from < most => *until += 1,
            _ => runs.push((row, row + 1)),
        }
    }
    runs
}

/// One key-value head over one sequence.
struct Unit<'a> {
    attention: Attention,
    shape: Shape,
    head: usize,
    sequence: &'a Sequence,
}

impl Unit<'_> {
    /// Up to [`TOGETHER`] queries; query `m` sees the first `lens[m]` positions.
    fn attend(&self, queries: &[&[f32]], lens: &[usize], outs: &mut [&mut [f32]]) {
        let longest = lens.iter().copied().max().unwrap_or(0);
        let first = |len: usize| len.saturating_sub(self.attention.window);
        let start = lens.iter().map(|len| first(*len)).min().unwrap_or(0) / PAGE;
        let pages = start..longest.div_ceil(PAGE);
        let width = pages.len() * PAGE;
        let mut scores = vec![0.0_f32; queries.len() * width];
        for page in pages.clone() {
            let keys = &self.sequence.page(page)[self.shape.keys_at(self.attention.layer, self.head)..];
            page_scores(queries, &keys[..self.shape.head_len()], &mut scores, width, (page - start) * PAGE);
        }
        let mut inverse = [0.0_f32; TOGETHER];
        for (m, len) in lens.iter().enumerate() {
            let scores = &mut scores[m * width..(m + 1) * width];
            let (before, scores) = scores.split_at_mut(first(*len) - start * PAGE);
            let (seen, later) = scores.split_at_mut(*len - first(*len));
            seen.iter_mut().for_each(|s| *s *= self.attention.scale);
            let mut sum = [0.0];
            exponentials(seen, &mut sum);
            inverse[m] = 1.0 / sum[0];
            before.fill(0.0);
            later.fill(0.0);
        }
        for out in outs.iter_mut() {
            out.fill(0.0);
        }
        for page in pages {
            let values = &self.sequence.page(page)[self.shape.values_at(self.attention.layer, self.head)..];
            let positions = PAGE.min(longest - page * PAGE);
            page_values(&values[..positions * self.shape.dim], &scores, width, (page - start) * PAGE, outs);
        }
        for (out, inverse) in outs.iter_mut().zip(inverse) {
            out.iter_mut().for_each(|v| *v *= inverse);
        }
    }
}

/// Scores of all queries with a page's 64 keys: `scores[m · width + at ..][..64]`.
fn page_scores(queries: &[&[f32]], keys: &[f16], scores: &mut [f32], width: usize, at: usize) {
    match level() {
        // SAFETY: `level` says that the processor can.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { super::attention512::page_scores(queries, keys, scores, width, at) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { page_scores_avx2(queries, keys, scores, width, at) },
        Level::Portable => page_scores_portable(queries, keys, scores, width, at),
    }
}

/// Adds the values of a page's positions, weighted with `scores[m · width + at + position]`, to `outs[m]`.
fn page_values(values: &[f16], scores: &[f32], width: usize, at: usize, outs: &mut [&mut [f32]]) {
    match level() {
        // SAFETY: `level` says that the processor can.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { super::attention512::page_values(values, scores, width, at, outs) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { page_values_avx2(values, scores, width, at, outs) },
        Level::Portable => page_values_portable(values, scores, width, at, outs),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn page_scores_avx2(queries: &[&[f32]], keys: &[f16], scores: &mut [f32], width: usize, at: usize) {
    page_scores_portable(queries, keys, scores, width, at);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn page_values_avx2(values: &[f16], scores: &[f32], width: usize, at: usize, outs: &mut [&mut [f32]]) {
    page_values_portable(values, scores, width, at, outs);
}

/// A finite half as a float, by shifts and one product, which compilers turn into vectors.
#[inline(always)]
fn widen(half: f16) -> f32 {
    let bits = u32::from(half.to_bits());
    let magnitude = f32::from_bits((bits & 0x7fff) << 13) * f32::from_bits(0x7780_0000);
    f32::from_bits(magnitude.to_bits() | (bits & 0x8000) << 16)
}

#[inline(always)]
fn page_scores_portable(queries: &[&[f32]], keys: &[f16], scores: &mut [f32], width: usize, at: usize) {
    let dim = keys.len() / PAGE;
    for (stripe, keys) in keys.as_chunks::<16>().0.chunks_exact(dim).enumerate() {
        for (m, query) in queries.iter().enumerate() {
            let mut acc = [0.0_f32; 16];
            for (keys, q) in keys.iter().zip(*query) {
                for (acc, key) in acc.iter_mut().zip(keys) {
                    *acc += widen(*key) * q;
                }
            }
            scores[m * width + at + stripe * 16..][..16].copy_from_slice(&acc);
        }
    }
}

#[inline(always)]
fn page_values_portable(values: &[f16], scores: &[f32], width: usize, at: usize, outs: &mut [&mut [f32]]) {
    for (m, out) in outs.iter_mut().enumerate() {
        let dim = out.len();
        for (value, p) in values.chunks_exact(dim).zip(&scores[m * width + at..]) {
            for (o, v) in out.iter_mut().zip(value) {
                *o += widen(*v) * p;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::team::Team;
    use super::*;

    const SHAPE: Shape = Shape { layers: 2, heads: 2, dim: 32, traces: 0, width: 0 };

    fn number(seed: usize) -> f32 {
        ((seed.wrapping_mul(2_654_435_761) >> 7) % 1_000) as f32 / 500.0 - 1.0
    }

    /// Two sequences, 4 query heads on 2 key-value heads, against softmax attention in f64.
    #[test]
    fn attention_is_softmax_of_products_over_earlier_positions() {
        let (heads, layer) = (4, 1);
        let lens = [90, 10];
        let places: Vec<Place> =
            (0..2).flat_map(|sequence| (0..lens[sequence]).map(move |position| Place { sequence, position })).collect();
        let row = SHAPE.heads * SHAPE.dim;
        let keys: Vec<f32> = (0..places.len() * row).map(|i| f16::from_f32(number(i)).to_f32()).collect();
        let values: Vec<f32> = (0..places.len() * row).map(|i| f16::from_f32(number(i + 77)).to_f32()).collect();
        let queries: Vec<f32> = (0..places.len() * heads * SHAPE.dim).map(|i| number(i + 5)).collect();
        let mut sequences = vec![Sequence::new(SHAPE); 2];
        sequences.iter_mut().zip(lens).for_each(|(s, len)| s.reserve(len));
        let mut out = vec![0.0; queries.len()];
        let attention = Attention { layer, heads, scale: 0.25, window: usize::MAX };
        Team::new(2).session(|crew| {
            store(crew, &mut sequences, layer, &places, (&keys, &values));
            attend(crew, attention, &sequences, &places, &queries, &mut out);
        });
        for (r, place) in places.iter().enumerate() {
            let first = r - place.position;
            for h in 0..heads {
                let q = &queries[(r * heads + h) * SHAPE.dim..][..SHAPE.dim];
                let kv = |rows: &[f32], at: usize, c: usize| f64::from(rows[at * row + h / 2 * SHAPE.dim + c]);
                let weights: Vec<f64> = (first..=r)
                    .map(|at| (0..SHAPE.dim).map(|c| f64::from(q[c]) * kv(&keys, at, c)).sum::<f64>() * 0.25)
                    .map(f64::exp)
                    .collect();
                let total: f64 = weights.iter().sum();
                for c in 0..SHAPE.dim {
                    let truth: f64 = weights.iter().zip(first..).map(|(w, at)| w * kv(&values, at, c)).sum();
                    let got = f64::from(out[(r * heads + h) * SHAPE.dim + c]);
                    assert!((got - truth / total).abs() < 1e-5, "row {r} head {h}: {got} for {}", truth / total);
                }
            }
        }
        // One row alone has the same bits as among the others.
        let r = 83;
        let mut alone = vec![0.0; heads * SHAPE.dim];
        let query = &queries[r * heads * SHAPE.dim..][..heads * SHAPE.dim];
        Team::new(1).session(|crew| attend(crew, attention, &sequences, &places[r..=r], query, &mut alone));
        assert_eq!(alone, out[r * heads * SHAPE.dim..][..heads * SHAPE.dim]);
    }

    /// With window 3, a row gets what it would get if its sequence began two positions before it.
    #[test]
    fn a_window_hides_what_lies_further_back() {
        let row = SHAPE.heads * SHAPE.dim;
        let (len, window) = (150, 3);
        let numbers = |seed: usize, from: usize, to: usize| (from * row..to * row).map(|i| number(i + seed)).collect();
        let run = |from: usize, window: usize| {
            let places: Vec<Place> = (0..len - from).map(|position| Place { sequence: 0, position }).collect();
            let (keys, values): (Vec<f32>, Vec<f32>) = (numbers(1, from, len), numbers(2, from, len));
            let queries: Vec<f32> = numbers(3, from, len);
            let mut sequences = vec![Sequence::new(SHAPE)];
            sequences[0].reserve(len - from);
            let mut out = vec![0.0; queries.len()];
            let attention = Attention { layer: 0, heads: SHAPE.heads, scale: 1.0, window };
            Team::new(2).session(|crew| {
                store(crew, &mut sequences, 0, &places, (&keys, &values));
                attend(crew, attention, &sequences, &places, &queries, &mut out);
            });
            out
        };
        let windowed = run(0, window);
        for r in [2, 63, 64, 65, 100, 149] {
            let short = run(r - 2, usize::MAX);
            let pairs = windowed[r * row..(r + 1) * row].iter().zip(&short[2 * row..3 * row]);
            assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-5), "row {r}");
        }
    }

    #[test]
    fn plain_and_fast_paths_agree() {
        let keys: Vec<f16> = (0..PAGE * 48).map(|i| f16::from_f32(number(i))).collect();
        let rows: Vec<Vec<f32>> = (0..5).map(|m| (0..48).map(|c| number(m * 48 + c)).collect()).collect();
        let queries: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let (mut fast, mut plain) = (vec![0.0; 5 * 128], vec![0.0; 5 * 128]);
        page_scores(&queries, &keys, &mut fast, 128, 64);
        page_scores_portable(&queries, &keys, &mut plain, 128, 64);
        assert!(fast.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-5));
        let (mut a, mut b) = (vec![vec![0.0_f32; 48]; 5], vec![vec![0.0_f32; 48]; 5]);
        let mut outs: Vec<&mut [f32]> = a.iter_mut().map(Vec::as_mut_slice).collect();
        page_values(&keys[..48 * 50], &plain, 128, 64, &mut outs);
        let mut outs: Vec<&mut [f32]> = b.iter_mut().map(Vec::as_mut_slice).collect();
        page_values_portable(&keys[..48 * 50], &plain, 128, 64, &mut outs);
        assert!(a.concat().iter().zip(b.concat()).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn numbers_beyond_16_bits_are_held() {
        let mut out = [f16::ZERO; 3];
        to_halves(&[1e6, -1e6, 0.5], &mut out);
        assert_eq!(out, [f16::MAX, f16::MIN, f16::from_f32(0.5)]);
        assert_eq!((widen(f16::MIN), widen(f16::from_f32(1e-6))), (-65504.0, f16::from_f32(1e-6).to_f32()));
    }
}
