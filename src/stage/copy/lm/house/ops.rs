//! The element-wise parts of the network and their gradients, each one pass over memory, on all threads.
//!
//! Every function works on fixed-size blocks, so that the result is the same on any number of threads.
//! Shapes are row-major: N tokens, d width, B rows of T tokens, H heads of D.

use rayon::prelude::*;

/// Rows of a block in the reductions.
const BLOCK: usize = 128;
pub const NORM_EPS: f32 = 1e-5;

/// `exp` to about 1e-7 relative (Cephes' `expf` polynomial), the same on every machine and friendly to SIMD.
/// Inputs below −87 give 0.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    let x = x.clamp(-87.3, 88.0);
    let rounded = x * std::f32::consts::LOG2_E + MAGIC;
    let n = rounded - MAGIC;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_5e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let value = (p * r) * r + r + 1.0;
    let exponent = rounded.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(127) << 23;
    value * f32::from_bits(exponent)
}

/// a + b.
pub fn add(a: &[f32], b: &[f32]) -> Vec<f32> {
    let mut out = a.to_vec();
    let blocks = out.par_chunks_mut(BLOCK * BLOCK).zip(b.par_chunks(BLOCK * BLOCK));
    blocks.for_each(|(out, b)| out.iter_mut().zip(b).for_each(|(out, b)| *out += b));
    out
}

/// `x / rms(x) · w` by row. x: (N, d), w: (d).
pub fn rms_norm(x: &[f32], w: &[f32]) -> Vec<f32> {
    let d = w.len();
    let mut out = vec![0.0; x.len()];
    out.par_chunks_mut(d * BLOCK).zip(x.par_chunks(d * BLOCK)).for_each(|(out, x)| {
        for (out, x) in out.chunks_exact_mut(d).zip(x.chunks_exact(d)) {
            let scale = inverse_rms(x);
            for ((o, x), w) in out.iter_mut().zip(x).zip(w) {
                *o = x * scale * w;
            }
        }
    });
    out
}

#[inline]
fn inverse_rms(x: &[f32]) -> f32 {
    1.0 / (dot(x, x) / x.len() as f32 + NORM_EPS).sqrt()
}

/// A sum in eight lanes, so that the compiler can use wide registers.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for i in 0..8 {
            lanes[i] += a[i] * b[i];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Gradient of [`rms_norm`]: returns (`through` + dx, dw), `through` being the gradient that goes around the norm.
pub fn rms_norm_back(x: &[f32], w: &[f32], dy: &[f32], through: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let d = w.len();
    let mut dx = vec![0.0; x.len()];
    let parts: Vec<Vec<f32>> = dx
        .par_chunks_mut(d * BLOCK)
        .zip(x.par_chunks(d * BLOCK))
        .zip(dy.par_chunks(d * BLOCK).zip(through.par_chunks(d * BLOCK)))
        .map(|((dx, x), (dy, through))| {
            let mut dw = vec![0.0; d];
            let mut dyw = vec![0.0; d];
            let rows =
                dx.chunks_exact_mut(d).zip(x.chunks_exact(d)).zip(dy.chunks_exact(d)).zip(through.chunks_exact(d));
            for (((dx, x), dy), through) in rows {
                let scale = inverse_rms(x);
                for i in 0..d {
                    dyw[i] = dy[i] * w[i];
                    dw[i] += dy[i] * x[i] * scale;
                }
                let pull = dot(&dyw, x) * scale * scale * scale / d as f32;
                for i in 0..d {
                    dx[i] = through[i] + dyw[i] * scale - x[i] * pull;
                }
            }
            dw
        })
        .collect();
    let mut dw = vec![0.0; d];
    for part in parts {
        dw.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    (dx, dw)
}

/// `silu(gate) · up`. x: (N, 2F), gate first. Returns (N, F).
pub fn swiglu(x: &[f32], f: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len() / 2];
    out.par_chunks_mut(f * BLOCK).zip(x.par_chunks(2 * f * BLOCK)).for_each(|(out, x)| {
        for (out, x) in out.chunks_exact_mut(f).zip(x.chunks_exact(2 * f)) {
            let (gate, up) = x.split_at(f);
            for i in 0..f {
                out[i] = gate[i] / (1.0 + exp(-gate[i])) * up[i];
            }
        }
    });
    out
}

/// Gradient of [`swiglu`]: (N, 2F) from x (N, 2F) and dy (N, F).
pub fn swiglu_back(x: &[f32], dy: &[f32], f: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let blocks = out.par_chunks_mut(2 * f * BLOCK).zip(x.par_chunks(2 * f * BLOCK)).zip(dy.par_chunks(f * BLOCK));
    blocks.for_each(|((out, x), dy)| {
        for ((out, x), dy) in out.chunks_exact_mut(2 * f).zip(x.chunks_exact(2 * f)).zip(dy.chunks_exact(f)) {
            let (gate, up) = x.split_at(f);
            let (dgate, dup) = out.split_at_mut(f);
            for i in 0..f {
                let s = 1.0 / (1.0 + exp(-gate[i]));
                dgate[i] = dy[i] * up[i] * s * (1.0 + gate[i] * (1.0 - s));
                dup[i] = dy[i] * gate[i] * s;
            }
        }
    });
    out
}

/// Sizes of the attention of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    pub rows: usize,
    pub tokens: usize,
    pub heads: usize,
    pub dim: usize,
}

/// Cosine and sine by position and pair.
pub type RopeTable = Vec<(f32, f32)>;

/// Cosine and sine of each position: (positions, D/2) each. GGUF's "norm" convention for `llama`: pairs (2i, 2i+1)
/// turn by `position · base^(−2i/D)`.
pub fn rope_table(positions: usize, dim: usize, base: f32) -> RopeTable {
    let half = dim / 2;
    let mut out = Vec::with_capacity(positions * half);
    for position in 0..positions {
        for i in 0..half {
            let angle = position as f64 / f64::from(base).powf(2.0 * i as f64 / dim as f64);
            out.push((angle.cos() as f32, angle.sin() as f32));
        }
    }
    out
}

/// qkv (B·T, 3·H·D) → q, k (turned by position) and v, each (B, H, T, D).
pub fn split_heads(qkv: &[f32], s: Heads, positions: &[u32], table: &[(f32, f32)]) -> [Vec<f32>; 3] {
    let width = s.heads * s.dim;
    let make = |part: usize| {
        let mut out = vec![0.0; s.rows * s.tokens * width];
        out.par_chunks_mut(s.tokens * s.dim).enumerate().for_each(|(index, out)| {
            let (row, head) = (index / s.heads, index % s.heads);
            for (t, out) in out.chunks_exact_mut(s.dim).enumerate() {
                let token = row * s.tokens + t;
                let from = token * 3 * width + part * width + head * s.dim;
                out.copy_from_slice(&qkv[from..from + s.dim]);
                if part < 2 {
                    turn(out, positions[token] as usize, table, 1.0);
                }
            }
        });
        out
    };
    [make(0), make(1), make(2)]
}

#[inline]
fn turn(x: &mut [f32], position: usize, table: &[(f32, f32)], sign: f32) {
    let half = x.len() / 2;
    let angles = &table[position * half..(position + 1) * half];
    for (pair, &(cos, sin)) in x.chunks_exact_mut(2).zip(angles) {
        let (a, b, sin) = (pair[0], pair[1], sin * sign);
        pair[0] = a * cos - b * sin;
        pair[1] = a * sin + b * cos;
    }
}

/// Gradient of [`split_heads`]: dq, dk, dv (B, H, T, D) → (B·T, 3·H·D).
pub fn split_heads_back(parts: [&[f32]; 3], s: Heads, positions: &[u32], table: &[(f32, f32)]) -> Vec<f32> {
    let width = s.heads * s.dim;
    let mut out = vec![0.0; s.rows * s.tokens * 3 * width];
    out.par_chunks_mut(3 * width).enumerate().for_each(|(token, out)| {
        let (row, t) = (token / s.tokens, token % s.tokens);
        for (part, from) in parts.iter().enumerate() {
            for head in 0..s.heads {
                let at = ((row * s.heads + head) * s.tokens + t) * s.dim;
                let to = &mut out[part * width + head * s.dim..][..s.dim];
                to.copy_from_slice(&from[at..at + s.dim]);
                if part < 2 {
                    turn(to, positions[token] as usize, table, -1.0);
                }
            }
        }
    });
    out
}

/// (B, H, T, D) → (B·T, H·D).
pub fn merge_heads(x: &[f32], s: Heads) -> Vec<f32> {
    let width = s.heads * s.dim;
    let mut out = vec![0.0; x.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(token, out)| {
        let (row, t) = (token / s.tokens, token % s.tokens);
        for (head, to) in out.chunks_exact_mut(s.dim).enumerate() {
            let at = ((row * s.heads + head) * s.tokens + t) * s.dim;
            to.copy_from_slice(&x[at..at + s.dim]);
        }
    });
    out
}

/// (B·T, H·D) → (B, H, T, D): the gradient of [`merge_heads`].
pub fn unmerge_heads(x: &[f32], s: Heads) -> Vec<f32> {
    let width = s.heads * s.dim;
    let mut out = vec![0.0; x.len()];
    out.par_chunks_mut(s.tokens * s.dim).enumerate().for_each(|(index, out)| {
        let (row, head) = (index / s.heads, index % s.heads);
        for (t, to) in out.chunks_exact_mut(s.dim).enumerate() {
            let at = (row * s.tokens + t) * width + head * s.dim;
            to.copy_from_slice(&x[at..at + s.dim]);
        }
    });
    out
}

/// What a token may look at, in tokens of its row: `shared.0..shared.1` (the sheet) and `own..=itself`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    pub shared: (u32, u32),
    pub own: u32,
}

/// Cross entropy of logits (M, V), which become the gradient. Returns the weighted sum of the losses and the
/// gradient of that sum times `scale`.
pub fn cross_entropy(mut logits: Vec<f32>, targets: &[(u32, f32)], vocab: usize, scale: f32) -> (f64, Vec<f32>) {
    let losses: Vec<f64> = logits
        .par_chunks_mut(vocab)
        .zip(targets)
        .map(|(line, &(target, weight))| {
            let most = line.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let correct = line[target as usize] - most;
            let mut lanes = [0.0f32; 8];
            let mut lines = line.chunks_exact_mut(8);
            for eight in &mut lines {
                for (x, lane) in eight.iter_mut().zip(&mut lanes) {
                    *x = exp(*x - most);
                    *lane += *x;
                }
            }
            let mut sum: f32 = lanes.iter().sum();
            for x in lines.into_remainder() {
                *x = exp(*x - most);
                sum += *x;
            }
            let factor = weight * scale / sum;
            for x in line.iter_mut() {
                *x *= factor;
                *x = if *x < 1e-20 { 0.0 } else { *x };
            }
            line[target as usize] -= weight * scale;
            f64::from(weight) * f64::from(sum.ln() - correct)
        })
        .collect();
    (losses.iter().sum(), logits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exact_to_a_few_parts_in_ten_million() {
        for step in -8700..8800 {
            let x = step as f32 / 100.0;
            let wanted = f64::from(x).exp();
            let error = (f64::from(exp(x)) - wanted).abs() / wanted;
            assert!(error < 3e-7, "{x}: {error}");
        }
        assert!(exp(-1e9) < 1e-37);
        assert_eq!(exp(0.0), 1.0);
    }

    /// By hand: rms of (3, 4) is √12.5.
    #[test]
    fn rms_norm_by_hand() {
        let out = rms_norm(&[3.0, 4.0], &[1.0, 2.0]);
        assert!((out[0] - 0.848_528).abs() < 1e-5 && (out[1] - 2.262_741).abs() < 1e-5, "{out:?}");
    }

    /// By hand: logits ln 1, ln 2, ln 5 have the probabilities 1/8, 2/8, 5/8.
    #[test]
    fn cross_entropy_by_hand() {
        let logits = vec![0.0, 2.0f32.ln(), 5.0f32.ln()];
        let (loss, gradient) = cross_entropy(logits, &[(1, 0.5)], 3, 2.0);
        assert!((loss - 0.5 * 4.0f64.ln()).abs() < 1e-6, "{loss}");
        for (got, wanted) in gradient.iter().zip([0.125, -0.75, 0.625]) {
            assert!((got - wanted).abs() < 1e-6, "{gradient:?}");
        }
    }

    #[test]
    fn heads_are_split_and_joined_without_loss() {
        let s = Heads { rows: 2, tokens: 3, heads: 2, dim: 4 };
        let qkv: Vec<f32> = (0..2 * 3 * 24).map(|x| x as f32).collect();
        let positions: Vec<u32> = (0..6).map(|t| t % 3).collect();
        let table = rope_table(8, 4, 100.0);
        let parts = split_heads(&qkv, s, &positions, &table);
        let back = split_heads_back([&parts[0], &parts[1], &parts[2]], s, &positions, &table);
        for (got, wanted) in back.iter().zip(&qkv) {
            assert!((got - wanted).abs() < 1e-3);
        }
        assert_eq!(unmerge_heads(&merge_heads(&parts[2], s), s), parts[2]);
    }
}
