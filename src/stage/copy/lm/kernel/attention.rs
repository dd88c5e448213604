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
        let mut converted = vec![f16::ZERO; heads.len() * shape.dim];
        for (row, place) in places.iter().enumerate() {
            let from = row * row_len + heads.start * shape.dim;
            let (first, pages) = &pages[place.sequence];
            let page = &pages[place.position / PAGE - first];
            to_halves(&keys[from..from + converted.len()], &mut converted);
            for (head, converted) in heads.clone().zip(converted.chunks_exact(shape.dim)) {
                // SAFETY: the places of one head belong to one unit.
                let into = unsafe { page.part(shape.keys_at(layer, head), shape.head_len()) };
                let at = shape.key_place(place.position, 0);
                for (into, number) in into[at..].iter_mut().step_by(PAGE).zip(converted) {
                    *into = *number;
                }
            }
            for head in heads.clone() {
                // SAFETY: as above.
                let into = unsafe { page.part(shape.values_at(layer, head), shape.head_len()) };
                let at = shape.value_place(place.position);
                let from = row * row_len + head * shape.dim;
                to_halves(&values[from..from + shape.dim], &mut into[at..at + shape.dim]);
            }
        }
    });
}

/// Rounds to 16 bits, held within what they can express: an infinity would spoil later sums.
pub fn to_halves(from: &[f32], into: &mut [f16]) {
    #[cfg(target_arch = "x86_64")]
    if level() == Level::Avx512 {
        // SAFETY: `level` says that the processor can.
        return unsafe { super::attention512::to_halves(from, into) };
    }
    let (least, most) = (f16::MIN.to_f32(), f16::MAX.to_f32());
    for (from, into) in from.chunks(64).zip(into.chunks_mut(64)) {
        let mut held = [0.0_f32; 64];
        held[..from.len()].iter_mut().zip(from).for_each(|(held, x)| *held = x.clamp(least, most));
        into.convert_from_f32_slice(&held[..from.len()]);
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
    let rows = (TOGETHER / group.max(1)).max(1);
    let runs = places.len().div_ceil(rows);
    let shared = Shared::new(out);
    crew.parallel(runs * shape.heads, |unit| {
        // The last rows have the longest way back: they are begun first.
        let run = runs - 1 - unit / shape.heads;
        let head = unit % shape.heads;
        let unit = Unit { attention, shape, head };
        let width = attention.heads * shape.dim;
        let rows = run * rows..places.len().min((run + 1) * rows);
        let all: Vec<(usize, usize)> =
            rows.flat_map(|row| (0..group).map(move |g| (row, row * width + (head * group + g) * shape.dim))).collect();
        for chunk in all.chunks(TOGETHER) {
            let queries: Vec<Query<'_>> = chunk
                .iter()
                .map(|(row, at)| Query {
                    values: &queries[*at..*at + shape.dim],
                    sequence: &sequences[places[*row].sequence],
                    len: places[*row].position + 1,
                })
                .collect();
            // SAFETY: a row's head is in one unit and one chunk.
            let mut outs: Vec<&mut [f32]> =
                chunk.iter().map(|(_, at)| unsafe { shared.part(*at, shape.dim) }).collect();
            unit.attend(&queries, &mut outs);
        }
    });
}

/// One head of one row.
#[derive(Clone, Copy)]
struct Query<'a> {
    values: &'a [f32],
    sequence: &'a Sequence,
    /// Positions it may see.
    len: usize,
}

thread_local! {
    /// Room for scores, kept from unit to unit.
    static SCRATCH: std::cell::RefCell<Vec<f32>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// One key-value head.
struct Unit {
    attention: Attention,
    shape: Shape,
    head: usize,
}

impl Unit {
    fn keys<'a>(&self, query: &Query<'a>, page: usize) -> &'a [f16] {
        let from = self.shape.keys_at(self.attention.layer, self.head);
        &query.sequence.page(page)[from..from + self.shape.head_len()]
    }

    fn values<'a>(&self, query: &Query<'a>, page: usize) -> &'a [f16] {
        let from = self.shape.values_at(self.attention.layer, self.head);
        &query.sequence.page(page)[from..from + self.shape.head_len()]
    }

    /// Up to [`TOGETHER`] queries. Those that read the same page (rows of one prompt, drafts of one prompt)
    /// read it together.
    fn attend(&self, queries: &[Query<'_>], outs: &mut [&mut [f32]]) {
        let longest = queries.iter().map(|q| q.len).max().unwrap_or(0);
        let first = |len: usize| len.saturating_sub(self.attention.window);
        let start = queries.iter().map(|q| first(q.len)).min().unwrap_or(0) / PAGE;
        let pages = start..longest.div_ceil(PAGE);
        let width = pages.len() * PAGE;
        SCRATCH.with_borrow_mut(|scratch| {
            // What an earlier unit left is written over: scores are computed up to each query's length and
            // filled with zeros beyond.
            scratch.resize(scratch.len().max(queries.len() * width), 0.0);
            self.attend_with(queries, outs, (&mut scratch[..queries.len() * width], width, pages));
        });
    }

    /// [`Self::attend`] with room for the scores of `pages` (`width` numbers a query).
    fn attend_with(
        &self,
        queries: &[Query<'_>],
        outs: &mut [&mut [f32]],
        (scores, width, pages): (&mut [f32], usize, std::ops::Range<usize>),
    ) {
        let first = |len: usize| len.saturating_sub(self.attention.window);
        let start = pages.start;
        let numbers: Vec<&[f32]> = queries.iter().map(|q| q.values).collect();
        for page in pages.clone() {
            for (from, until) in shared_runs(queries, page) {
                let query = &queries[from];
                let more = (page + 1) * PAGE < query.len;
                let next = if more { self.keys(query, page + 1) } else { self.values(query, start) };
                let into = (&mut scores[from * width..], width, (page - start) * PAGE);
                let longest = queries[from..until].iter().map(|q| q.len).max().unwrap_or(0);
                let positions = PAGE.min(longest - page * PAGE);
                page_scores(&numbers[from..until], (self.keys(query, page), next), into, positions);
            }
        }
        let mut inverse = [0.0_f32; TOGETHER];
        for (m, Query { len, .. }) in queries.iter().enumerate() {
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
            for (from, until) in shared_runs(queries, page) {
                let query = &queries[from];
                let longest = queries[from..until].iter().map(|q| q.len).max().unwrap_or(0);
                let positions = PAGE.min(longest - page * PAGE);
                let next = if (page + 1) * PAGE < query.len { self.values(query, page + 1) } else { &[] };
                let values = &self.values(query, page)[..positions * self.shape.dim];
                let of = (&scores[from * width..], width, (page - start) * PAGE);
                page_values(values, next, of, &mut outs[from..until]);
            }
        }
        for (out, inverse) in outs.iter_mut().zip(inverse) {
            out.iter_mut().for_each(|v| *v *= inverse);
        }
    }
}

/// Runs of neighbouring queries that have the same page at number `page`; those that do not reach it are in
/// none.
fn shared_runs(queries: &[Query<'_>], page: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let reaches = |q: &Query<'_>| q.len > page * PAGE;
        from += queries[from..].iter().take_while(|q| !reaches(q)).count();
        let first = queries.get(from)?;
        let same = |q: &&Query<'_>| reaches(q) && std::ptr::eq(q.sequence.page(page), first.sequence.page(page));
        let run = (from, from + queries[from..].iter().take_while(same).count());
        from = run.1;
        Some(run)
    })
}

/// Scores of all queries with a page's first `positions` keys go to `scores[m · width + at ..]`, for `into` =
/// (scores, width, at); up to the page's 64 may be written. `next` will be read next.
fn page_scores(queries: &[&[f32]], (keys, next): (&[f16], &[f16]), into: (&mut [f32], usize, usize), positions: usize) {
    match level() {
        // SAFETY: `level` says that the processor can.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { super::attention512::page_scores(queries, keys, next, into, positions) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { page_scores_avx2(queries, keys, into) },
        Level::Portable => page_scores_portable(queries, keys, into),
    }
}

/// Adds the values of a page's positions, weighted with `scores[m · width + at + position]`, to `outs[m]`,
/// for `from` = (scores, width, at). `next` will be read next.
fn page_values(values: &[f16], next: &[f16], from: (&[f32], usize, usize), outs: &mut [&mut [f32]]) {
    match level() {
        // SAFETY: `level` says that the processor can.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { super::attention512::page_values(values, next, from, outs) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { page_values_avx2(values, from, outs) },
        Level::Portable => page_values_portable(values, from, outs),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn page_scores_avx2(queries: &[&[f32]], keys: &[f16], into: (&mut [f32], usize, usize)) {
    page_scores_portable(queries, keys, into);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn page_values_avx2(values: &[f16], from: (&[f32], usize, usize), outs: &mut [&mut [f32]]) {
    page_values_portable(values, from, outs);
}

/// A finite half as a float, by shifts and one product, which compilers turn into vectors.
#[inline(always)]
fn widen(half: f16) -> f32 {
    let bits = u32::from(half.to_bits());
    let magnitude = f32::from_bits((bits & 0x7fff) << 13) * f32::from_bits(0x7780_0000);
    f32::from_bits(magnitude.to_bits() | (bits & 0x8000) << 16)
}

#[inline(always)]
fn page_scores_portable(queries: &[&[f32]], keys: &[f16], (scores, width, at): (&mut [f32], usize, usize)) {
    for (m, query) in queries.iter().enumerate() {
        let mut acc = [0.0_f32; PAGE];
        for (keys, q) in keys.as_chunks::<PAGE>().0.iter().zip(*query) {
            for (acc, key) in acc.iter_mut().zip(keys) {
                *acc += widen(*key) * q;
            }
        }
        scores[m * width + at..][..PAGE].copy_from_slice(&acc);
    }
}

#[inline(always)]
fn page_values_portable(values: &[f16], (scores, width, at): (&[f32], usize, usize), outs: &mut [&mut [f32]]) {
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
        page_scores(&queries, (&keys, &keys), (&mut fast, 128, 64), PAGE);
        page_scores_portable(&queries, &keys, (&mut plain, 128, 64));
        assert!(fast.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-5));
        let (mut a, mut b) = (vec![vec![0.0_f32; 48]; 5], vec![vec![0.0_f32; 48]; 5]);
        let mut outs: Vec<&mut [f32]> = a.iter_mut().map(Vec::as_mut_slice).collect();
        page_values(&keys[..48 * 50], &[], (&plain, 128, 64), &mut outs);
        let mut outs: Vec<&mut [f32]> = b.iter_mut().map(Vec::as_mut_slice).collect();
        page_values_portable(&keys[..48 * 50], (&plain, 128, 64), &mut outs);
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
