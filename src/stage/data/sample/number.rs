//! Random numbers and functions that give the same bits on every machine.
//!
//! The committed `sample-data/` is compared byte for byte, so nothing here calls the platform's `exp` or `ln`
//! (their last bit differs between systems): only `+ - * /`, which IEEE 754 fixes.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a random stream is for: each purpose and item has a stream of its own, so that the work can be split
/// over any number of threads.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    Products = 1,
    Users,
    Events,
    Reviews,
    Behaviour,
    Dirty,
}

/// One ChaCha8 stream.
pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(8).wrapping_add(purpose as u64));
        rng.set_stream(index);
        Self(rng)
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0..n by Lemire's multiplication (bias below n / 2^32); 0 for n = 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// Uniform whole number in low..=high.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Standard normal to good approximation: the sum of twelve uniforms less six (Irwin–Hall).
    pub fn normal(&mut self) -> f64 {
        let mut sum = -6.0;
        for _ in 0..6 {
            let bits = self.0.next_u64();
            sum += (bits >> 32) as f64 / 4_294_967_296.0 + (bits & 0xffff_ffff) as f64 / 4_294_967_296.0;
        }
        sum
    }

    /// Lognormal with this median and this sigma of the logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * exp(sigma * self.normal())
    }

    /// A position in a running sum, drawn in proportion to the steps. 0 for an empty one.
    pub fn pick(&mut self, running: &[f64]) -> usize {
        let Some(total) = running.last() else { return 0 };
        let x = self.unit() * total;
        running.partition_point(|&sum| sum <= x).min(running.len() - 1)
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Running sums of weights, for [`Dice::pick`].
pub fn running(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .into_iter()
        .map(|w| {
            sum += w;
            sum
        })
        .collect()
}

/// e^x for |x| < 700: x = k ln 2 + r, a Taylor series in r, then k doublings.
pub fn exp(x: f64) -> f64 {
    let k = (x / std::f64::consts::LN_2).round().clamp(-1000.0, 1000.0);
    let r = x - k * std::f64::consts::LN_2;
    let mut sum = 1.0;
    for n in (1..=16).rev() {
        sum = 1.0 + sum * r / f64::from(n);
    }
    let step = if k < 0.0 { 0.5 } else { 2.0 };
    for _ in 0..k.abs() as u32 {
        sum *= step;
    }
    sum
}

/// ln x for x > 0: x = m 2^k with m in [2/3, 4/3), then 2 artanh((m − 1) / (m + 1)).
pub fn ln(x: f64) -> f64 {
    if x <= 0.0 {
        return f64::MIN;
    }
    let (mut m, mut k) = (x, 0.0);
    while m >= 4.0 / 3.0 {
        m *= 0.5;
        k += 1.0;
    }
    while m < 2.0 / 3.0 {
        m *= 2.0;
        k -= 1.0;
    }
    let t = (m - 1.0) / (m + 1.0);
    let mut sum = 0.0;
    for n in (0..24).rev() {
        sum = sum * t * t + 1.0 / f64::from(2 * n + 1);
    }
    2.0 * t * sum + k * std::f64::consts::LN_2
}

/// x^y for x > 0.
pub fn pow(x: f64, y: f64) -> f64 {
    exp(y * ln(x))
}

/// To `digits` significant decimal digits, for numbers that people read.
pub fn significant(x: f64, digits: i32) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return 0.0;
    }
    format!("{:.*e}", (digits - 1).max(0) as usize, x).parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_ln_agree_with_the_platform_to_1e_13() {
        for i in -400..400 {
            let x = f64::from(i) * 0.137;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13, "exp {x}");
            let y = x.exp();
            assert!((ln(y) - y.ln()).abs() < 1e-13 * (1.0 + x.abs()), "ln {y}");
        }
        assert!((pow(7.0, -0.9) - 7f64.powf(-0.9)).abs() < 1e-14);
    }

    #[test]
    fn normal_has_mean_0_and_variance_1() {
        let mut dice = Dice::new(1, Purpose::Users, 0);
        let draws: Vec<f64> = (0..40_000).map(|_| dice.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 40_000.0;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 40_000.0;
        assert!(mean.abs() < 0.02, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.03, "variance {variance}");
    }

    #[test]
    fn pick_follows_the_weights_and_streams_differ() {
        let mut dice = Dice::new(1, Purpose::Users, 0);
        let sums = running([1.0, 0.0, 3.0]);
        let mut seen = [0; 3];
        for _ in 0..8_000 {
            seen[dice.pick(&sums)] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((5_800..6_200).contains(&seen[2]), "{seen:?}");
        assert_ne!(Dice::new(1, Purpose::Users, 0).unit().to_bits(), Dice::new(1, Purpose::Users, 1).unit().to_bits());
        assert_eq!(dice.pick(&[]), 0);
    }

    #[test]
    fn significant_keeps_the_leading_digits() {
        assert_eq!(significant(0.012_345, 2), 0.012);
        assert_eq!(significant(-98_765.0, 2), -99_000.0);
        assert_eq!(significant(0.0, 2), 0.0);
    }
}
