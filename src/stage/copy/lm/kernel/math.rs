//! Element-wise arithmetic, compiled for each instruction set and left to the compiler to vectorise.
//! Sums run in 16 lanes that are added pairwise at the end, so that the order is the same everywhere.
#![allow(unsafe_code)]

/// A function compiled for each instruction set, and the call of the best this processor has.
macro_rules! vectorised {
    ($(#[$doc:meta])* $visible:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $visible fn $name($($arg: $type),*) {
            #[inline(always)]
            fn body($($arg: $type),*) $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma,f16c")]
            fn avx512($($arg: $type),*) {
                body($($arg),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,f16c")]
            fn avx2($($arg: $type),*) {
                body($($arg),*);
            }
            match $crate::stage::copy::lm::kernel::level() {
                // SAFETY: `level` says that the processor has these instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::stage::copy::lm::kernel::Level::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::stage::copy::lm::kernel::Level::Avx2 => unsafe { avx2($($arg),*) },
                $crate::stage::copy::lm::kernel::Level::Portable => body($($arg),*),
            }
        }
    };
}
pub(super) use vectorised;

/// Sum of 16 lanes, pairwise.
#[inline(always)]
pub fn sum16(lanes: [f32; 16]) -> f32 {
    let mut lanes = lanes;
    let mut width = 8;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// e^x within 2e-7 of the true value, relatively; 0 below -87.3. (Cephes' `expf`: reduction by ln 2 in two
/// parts, then a polynomial of degree 6.)
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let clamped = x.clamp(-87.3, 88.3);
    // Adding 1.5 · 2²³ rounds to a whole number.
    let shifted = clamped * std::f32::consts::LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let r = clamped - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 5e-1;
    let p = p * r * r + r + 1.0;
    let power = f32::from_bits((((shifted.to_bits() as i32) << 23).wrapping_add(127 << 23)) as u32);
    if x < -87.3 { 0.0 } else { p * power }
}

vectorised! {
    /// RMS norm: `out = x / sqrt(mean(x²) + eps) · weight` (Zhang & Sennrich 2019). All of one length.
    pub fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
        let scale = norm_scale(x, eps);
        for ((out, x), w) in out.iter_mut().zip(x).zip(weight) {
            *out = x * scale * w;
        }
    }
}

vectorised! {
    /// [`rms_norm`] in place.
    pub fn rms_norm_in_place(x: &mut [f32], weight: &[f32], eps: f32) {
        let scale = norm_scale(x, eps);
        for (x, w) in x.iter_mut().zip(weight) {
            *x = *x * scale * w;
        }
    }
}

#[inline(always)]
fn norm_scale(x: &[f32], eps: f32) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (chunks, rest) = x.as_chunks::<16>();
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane += v * v;
        }
    }
    for (lane, v) in lanes.iter_mut().zip(rest) {
        *lane += v * v;
    }
    1.0 / (sum16(lanes) / x.len() as f32 + eps).sqrt()
}

vectorised! {
    /// SwiGLU: `out = gate · sigmoid(gate) · up`.
    pub fn silu_times(gate: &[f32], up: &[f32], out: &mut [f32]) {
        for ((out, g), u) in out.iter_mut().zip(gate).zip(up) {
            *out = g / (1.0 + exp(-g)) * u;
        }
    }
}

vectorised! {
    /// `out = gelu(gate) · up`, with gelu(x) = x · sigmoid(1.595769 (x + 0.044715 x³)), which is the tanh
    /// approximation (Hendrycks & Gimpel 2016).
    pub fn gelu_times(gate: &[f32], up: &[f32], out: &mut [f32]) {
        for ((out, g), u) in out.iter_mut().zip(gate).zip(up) {
            let inner = 1.595_769_1 * g * (1.0 + 0.044_715 * g * g);
            *out = g / (1.0 + exp(-inner)) * u;
        }
    }
}

vectorised! {
    /// `x *= factor`.
    pub fn scale(x: &mut [f32], factor: f32) {
        for x in x {
            *x *= factor;
        }
    }
}

vectorised! {
    /// `x += y`.
    pub fn add(x: &mut [f32], y: &[f32]) {
        for (x, y) in x.iter_mut().zip(y) {
            *x += y;
        }
    }
}

vectorised! {
    /// Rotary embedding of one head, pairs (2 i, 2 i + 1). `cos` and `sin` have one value a pair.
    pub fn rotate_neighbours(head: &mut [f32], cos: &[f32], sin: &[f32]) {
        let (pairs, _) = head.as_chunks_mut::<2>();
        for ((pair, c), s) in pairs.iter_mut().zip(cos).zip(sin) {
            let [a, b] = *pair;
            *pair = [a * c - b * s, a * s + b * c];
        }
    }
}

vectorised! {
    /// Rotary embedding of one head, pairs (i, i + n) for `n` = `cos.len()`.
    pub fn rotate_halves(head: &mut [f32], cos: &[f32], sin: &[f32]) {
        let (low, high) = head.split_at_mut(cos.len().min(head.len()));
        for (((a, b), c), s) in low.iter_mut().zip(high).zip(cos).zip(sin) {
            let (x, y) = (*a, *b);
            *a = x * c - y * s;
            *b = x * s + y * c;
        }
    }
}

vectorised! {
    /// Softmax of `scores` in place, unnormalised: values become e^(x − max), `sum[0]` their sum.
    pub fn exponentials(scores: &mut [f32], sum: &mut [f32; 1]) {
        let mut largest = [f32::NEG_INFINITY; 16];
        let (chunks, rest) = scores.as_chunks_mut::<16>();
        for chunk in chunks.iter() {
            for (l, v) in largest.iter_mut().zip(chunk) {
                *l = if *v > *l { *v } else { *l };
            }
        }
        let max = largest.iter().chain(rest.iter()).fold(f32::NEG_INFINITY, |m, v| if *v > m { *v } else { m });
        let mut lanes = [0.0_f32; 16];
        for chunk in chunks {
            for (lane, v) in lanes.iter_mut().zip(chunk) {
                *v = exp(*v - max);
                *lane += *v;
            }
        }
        for (lane, v) in lanes.iter_mut().zip(rest) {
            *v = exp(*v - max);
            *lane += *v;
        }
        sum[0] = sum16(lanes);
    }
}

/// Whether no number is infinite or none.
pub fn all_finite(numbers: &[f32]) -> bool {
    // As bits without sign, infinity and what is no number are the largest.
    let largest = numbers.iter().fold(0, |most: u32, x| most.max(x.to_bits() & 0x7fff_ffff));
    largest < f32::INFINITY.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_that_is_none_is_found() {
        assert!(all_finite(&[]) && all_finite(&[0.0, -1e38, f32::MIN_POSITIVE, f32::MAX]));
        for wrong in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(!all_finite(&[1.0, wrong, 2.0]));
        }
    }

    #[test]
    fn exp_is_the_exponential() {
        for i in -8_700..8_800 {
            let x = i as f32 / 100.0;
            let truth = f64::from(x).exp();
            let error = (f64::from(exp(x)) - truth).abs() / truth;
            assert!(error < 3e-7, "e^{x}: {error}");
        }
        assert_eq!((exp(0.0), exp(-100.0), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(1e9).is_finite());
    }

    /// By hand: x = (3, 4), mean square 12.5.
    #[test]
    fn norm_softmax_and_gate_by_hand() {
        let mut out = [0.0; 2];
        rms_norm(&[3.0, 4.0], &[1.0, 2.0], 0.0, &mut out);
        let root = 12.5_f32.sqrt();
        assert!((out[0] - 3.0 / root).abs() < 1e-6 && (out[1] - 8.0 / root).abs() < 1e-6);
        let (mut scores, mut sum) = ([0.0, 3.0_f32.ln(), f32::NEG_INFINITY], [0.0]);
        exponentials(&mut scores, &mut sum);
        assert!((scores[0] / sum[0] - 0.25).abs() < 1e-6 && (scores[1] / sum[0] - 0.75).abs() < 1e-6);
        assert_eq!(scores[2], 0.0);
        silu_times(&[0.0, 100.0], &[5.0, 2.0], &mut out);
        assert_eq!(out, [0.0, 200.0]);
        // 0.5 · 1 · (1 + tanh(0.7978846 · 1.044715)) = 0.841192.
        gelu_times(&[1.0, -1.0], &[1.0, 1.0], &mut out);
        assert!((out[0] - 0.841_192).abs() < 1e-5 && (out[1] + 0.158_808).abs() < 1e-5);
    }

    /// A quarter turn takes (1, 0) to (0, 1) and (0, 1) to (−1, 0).
    #[test]
    fn rotations_pair_neighbours_or_halves() {
        let mut head = [1.0, 2.0, 3.0, 4.0];
        rotate_neighbours(&mut head, &[0.0, 1.0], &[1.0, 0.0]);
        assert_eq!(head, [-2.0, 1.0, 3.0, 4.0]);
        let mut head = [1.0, 2.0, 3.0, 4.0];
        rotate_halves(&mut head, &[0.0, 1.0], &[1.0, 0.0]);
        assert_eq!(head, [-3.0, 2.0, 1.0, 4.0]);
    }
}
