//! Attention of a batch whose rows hold several texts: each text sees its sheet and itself, so only those parts of the
//! square of scores are computed.
//!
//! Shapes: B rows of T tokens, H heads of D; a segment is a run of C tokens that see S shared ones before them and
//! themselves, n = S + C.

use rayon::prelude::*;

use super::ops::{Heads, Sight, dot, exp};
use crate::stage::copy::lm::kernel::small::{Left, SLACK, product};

/// Tokens `from..to` of a row, which all see `shared` and, of themselves, what stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub shared: (usize, usize),
    pub from: usize,
    pub to: usize,
}

impl Segment {
    /// (S, C).
    fn sizes(&self) -> (usize, usize) {
        (self.shared.1 - self.shared.0, self.to - self.from)
    }

    fn area(&self) -> usize {
        let (shared, own) = self.sizes();
        own * (shared + own)
    }
}

/// The segments of one row. A token's sight begins where its segment begins.
pub fn segments(sights: &[Sight]) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    for (t, sight) in sights.iter().enumerate() {
        let shared = (sight.shared.0 as usize, sight.shared.1.max(sight.shared.0) as usize);
        match out.last_mut() {
            Some(last) if last.from == sight.own as usize && last.shared == shared => last.to = t + 1,
            _ => out.push(Segment { shared, from: t, to: t + 1 }),
        }
    }
    out
}

/// The probabilities of each row and head (B·H lists), segment by segment, each (C, n).
pub type Probabilities = Vec<Vec<f32>>;

/// q, k, v (B, H, T, D) → what each token takes from those it sees, (B, H, T, D), and the probabilities.
pub fn attend(parts: [&[f32]; 3], s: Heads, sights: &[Sight]) -> (Vec<f32>, Probabilities) {
    let square = s.tokens * s.dim;
    let mut out = vec![0.0; parts[0].len()];
    let rows: Vec<Vec<Segment>> = sights.chunks(s.tokens).map(segments).collect();
    let kept = out
        .par_chunks_mut(square)
        .enumerate()
        .map(|(index, out)| {
            let [q, k, v] = parts.map(|part| &part[index * square..][..square]);
            attend_row(out, [q, k, v], s, &rows[index / s.heads])
        })
        .collect();
    (out, kept)
}

fn attend_row(out: &mut [f32], [q, k, v]: [&[f32]; 3], s: Heads, segments: &[Segment]) -> Vec<f32> {
    let (dim, tokens) = (s.dim, s.tokens);
    let scale = 1.0 / (dim as f32).sqrt();
    let turned = transposed(k, tokens, dim);
    let v = slack(v);
    let mut kept = vec![0.0; segments.iter().map(Segment::area).sum()];
    let mut rest = &mut kept[..];
    for segment in segments {
        let (p, after) = std::mem::take(&mut rest).split_at_mut(segment.area());
        rest = after;
        let (shared, own) = segment.sizes();
        let n = shared + own;
        let q = Left { values: &q[segment.from * dim..], row: dim, column: 1 };
        product((own, dim, shared), q, (&turned[segment.shared.0..], tokens), (p, n), false);
        product((own, dim, own), q, (&turned[segment.from..], tokens), (&mut p[shared..], n), false);
        for (t, line) in p.chunks_exact_mut(n).enumerate() {
            softmax(line, shared + t + 1, scale);
        }
        let to = &mut out[segment.from * dim..];
        let of_shared = Left { values: p, row: n, column: 1 };
        let of_own = Left { values: &p[shared..], row: n, column: 1 };
        product((own, own, dim), of_own, (&v[segment.from * dim..], dim), (to, dim), false);
        product((own, shared, dim), of_shared, (&v[segment.shared.0 * dim..], dim), (to, dim), true);
    }
    kept
}

/// Softmax of the first `seen` scores · scale; the rest is 0.
fn softmax(line: &mut [f32], seen: usize, scale: f32) {
    let (line, unseen) = line.split_at_mut(seen);
    unseen.fill(0.0);
    let most = line.iter().copied().fold(f32::NEG_INFINITY, f32::max) * scale;
    let mut sum = 0.0;
    for x in line.iter_mut() {
        *x = exp(*x * scale - most);
        sum += *x;
    }
    let inverse = 1.0 / sum;
    for x in line {
        let p = *x * inverse;
        *x = if p < 1e-12 { 0.0 } else { p };
    }
}

/// Gradient of [`attend`]: from dy (B, H, T, D) to dq, dk, dv, each (B, H, T, D).
pub fn attend_back(dy: &[f32], parts: [&[f32]; 3], kept: &Probabilities, s: Heads, sights: &[Sight]) -> [Vec<f32>; 3] {
    let square = s.tokens * s.dim;
    let rows: Vec<Vec<Segment>> = sights.chunks(s.tokens).map(segments).collect();
    let mut out = [0; 3].map(|_| vec![0.0; dy.len()]);
    let [dq, dk, dv] = &mut out;
    dq.par_chunks_mut(square).zip(dk.par_chunks_mut(square).zip(dv.par_chunks_mut(square))).enumerate().for_each(
        |(index, (dq, (dk, dv)))| {
            let parts = parts.map(|part| &part[index * square..][..square]);
            let dy = &dy[index * square..][..square];
            attend_row_back([dq, dk, dv], dy, parts, &kept[index], s, &rows[index / s.heads]);
        },
    );
    out
}

fn attend_row_back(
    [dq, dk, dv]: [&mut [f32]; 3],
    dy: &[f32],
    [q, k, v]: [&[f32]; 3],
    kept: &[f32],
    s: Heads,
    segments: &[Segment],
) {
    let (dim, tokens) = (s.dim, s.tokens);
    let scale = 1.0 / (dim as f32).sqrt();
    let turned = transposed(v, tokens, dim);
    let (q, k, dy) = (slack(q), slack(k), slack(dy));
    let mut rest = kept;
    let mut ds = Vec::new();
    for segment in segments {
        let (p, after) = rest.split_at(segment.area());
        rest = after;
        let (shared, own) = segment.sizes();
        let (n, from, to) = (shared + own, segment.from * dim, segment.shared.0 * dim);
        let left = Left { values: &dy[from..], row: dim, column: 1 };
        ds.clear();
        ds.resize(segment.area(), 0.0);
        product((own, dim, shared), left, (&turned[segment.shared.0..], tokens), (&mut ds, n), false);
        product((own, dim, own), left, (&turned[segment.from..], tokens), (&mut ds[shared..], n), false);
        for (ds, p) in ds.chunks_exact_mut(n).zip(p.chunks_exact(n)) {
            let mean = dot(p, ds);
            ds.iter_mut().zip(p).for_each(|(ds, p)| *ds = p * (*ds - mean) * scale);
        }
        let row = |values, row, column| Left { values, row, column };
        product((own, own, dim), row(&ds[shared..], n, 1), (&k[from..], dim), (&mut dq[from..], dim), false);
        product((own, shared, dim), row(&ds, n, 1), (&k[to..], dim), (&mut dq[from..], dim), true);
        product((own, own, dim), row(&ds[shared..], 1, n), (&q[from..], dim), (&mut dk[from..], dim), true);
        product((shared, own, dim), row(&ds, 1, n), (&q[from..], dim), (&mut dk[to..], dim), true);
        product((own, own, dim), row(&p[shared..], 1, n), (&dy[from..], dim), (&mut dv[from..], dim), true);
        product((shared, own, dim), row(p, 1, n), (&dy[from..], dim), (&mut dv[to..], dim), true);
    }
}

/// (T, D) → (D, T), with room behind for whole tiles.
fn transposed(x: &[f32], tokens: usize, dim: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len() + SLACK];
    for (t, line) in x.chunks_exact(dim).enumerate() {
        for (i, value) in line.iter().enumerate() {
            out[i * tokens + t] = *value;
        }
    }
    out
}

/// With room behind for whole tiles.
fn slack(x: &[f32]) -> Vec<f32> {
    let mut out = Vec::with_capacity(x.len() + SLACK);
    out.extend_from_slice(x);
    out.resize(x.len() + SLACK, 0.0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(shared: (u32, u32), own: u32) -> Sight {
        Sight { shared, own }
    }

    #[test]
    fn segments_are_runs_of_one_sight() {
        let sights = [sight((0, 0), 0), sight((0, 0), 0), sight((0, 2), 2), sight((0, 2), 2), sight((0, 2), 4)];
        let segment = |shared, from, to| Segment { shared, from, to };
        assert_eq!(segments(&sights), [segment((0, 0), 0, 2), segment((0, 2), 2, 4), segment((0, 2), 4, 5)]);
    }

    /// One head of dimension 1, q = 1: scores are k. The shared token has k = 0, the two others of the last text ln 1
    /// and ln 3; the text between is unseen.
    #[test]
    fn a_text_sees_the_sheet_and_itself_only() {
        let s = Heads { rows: 1, tokens: 4, heads: 1, dim: 1 };
        let sights = [sight((0, 0), 0), sight((0, 1), 1), sight((0, 1), 2), sight((0, 1), 2)];
        let (q, k, v) = ([1.0; 4], [0.0, 9.0, 0.0, 3.0f32.ln()], [10.0, 1e6, 20.0, 30.0]);
        let (out, kept) = attend([&q, &k, &v], s, &sights);
        let wanted = [10.0, 1e6, 15.0, (10.0 + 20.0 + 90.0) / 5.0];
        for (got, wanted) in out.iter().zip(wanted) {
            assert!((got / wanted - 1.0).abs() < 1e-3, "{out:?}");
        }
        assert_eq!(kept[0].len(), 1 + 2 + 2 * 3);
        assert_eq!(kept[0][5], 0.0, "a token does not see those after it");
    }
}
