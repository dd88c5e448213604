//! Mean, spread and skew in one pass, put together from parts (Chan et al. 1979; Pébay 2008).

/// Count, mean, and sums of the second and third powers of the differences from the mean.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub n: f64,
    pub mean: f64,
    m2: f64,
    m3: f64,
    pub least: f64,
    pub greatest: f64,
    pub zeros: u64,
    pub negative: u64,
}

impl Sums {
    /// Of finite numbers.
    pub fn of(numbers: &[f64]) -> Self {
        let n = numbers.len() as f64;
        let Some(&origin) = numbers.first() else { return Self::default() };
        let mean = origin + numbers.iter().map(|v| v - origin).sum::<f64>() / n;
        let (mut m2, mut m3) = (0.0, 0.0);
        let (mut least, mut greatest) = (origin, origin);
        let (mut zeros, mut negative) = (0, 0);
        for &v in numbers {
            let d = v - mean;
            m2 += d * d;
            m3 += d * d * d;
            least = least.min(v);
            greatest = greatest.max(v);
            zeros += u64::from(v == 0.0);
            negative += u64::from(v < 0.0);
        }
        Self { n, mean, m2, m3, least, greatest, zeros, negative }
    }

    pub fn join(&mut self, other: &Self) {
        if other.n == 0.0 {
            return;
        }
        if self.n == 0.0 {
            *self = *other;
            return;
        }
        let n = self.n + other.n;
        let d = other.mean - self.mean;
        let (a, b) = (self.n / n, other.n / n);
        self.m3 += other.m3 + d * d * d * self.n * b * (a - b) + 3.0 * d * (a * other.m2 - b * self.m2);
        self.m2 += other.m2 + d * d * self.n * b;
        self.mean += d * b;
        self.n = n;
        self.zeros += other.zeros;
        self.negative += other.negative;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    /// Of a sample (n - 1).
    pub fn deviation(&self) -> Option<f64> {
        (self.n >= 2.0).then(|| (self.m2 / (self.n - 1.0)).sqrt()).filter(|v| v.is_finite())
    }

    /// The adjusted Fisher–Pearson coefficient, as in Excel and pandas. Not of fewer than three numbers or
    /// of a constant.
    pub fn skewness(&self) -> Option<f64> {
        let n = self.n;
        if n < 3.0 || self.m2 <= 0.0 {
            return None;
        }
        let g1 = (self.m3 / n) / (self.m2 / n).powf(1.5);
        Some(g1 * (n * (n - 1.0)).sqrt() / (n - 2.0)).filter(|v| v.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand_whole_and_in_parts() {
        // 1, 2, 3, 4, 10: mean 4, sum of squares 50, of cubes 27·(-1) + 8·(-1) - 1 + 0 + 216 = 180.
        // sd = sqrt(12.5); g1 = 36 / 10^1.5; G1 = g1 · sqrt(20) / 3 = 1.6970563 (pandas says the same).
        let whole = Sums::of(&[1.0, 2.0, 3.0, 4.0, 10.0]);
        assert_eq!((whole.mean, whole.least, whole.greatest), (4.0, 1.0, 10.0));
        assert!((whole.deviation().unwrap() - 12.5_f64.sqrt()).abs() < 1e-12);
        assert!((whole.skewness().unwrap() - 1.697_056_274_847_714).abs() < 1e-12);
        let mut parts = Sums::default();
        for part in [&[1.0, 2.0][..], &[], &[3.0], &[4.0, 10.0]] {
            parts.join(&Sums::of(part));
        }
        assert!((parts.mean - 4.0).abs() < 1e-12);
        assert!((parts.deviation().unwrap() - whole.deviation().unwrap()).abs() < 1e-12);
        assert!((parts.skewness().unwrap() - whole.skewness().unwrap()).abs() < 1e-12);
    }

    #[test]
    fn too_few_constant_and_huge() {
        assert_eq!(Sums::of(&[1.0]).deviation(), None);
        assert_eq!(Sums::of(&[2.0, 2.0, 2.0]).skewness(), None);
        let huge = Sums::of(&[-f64::MAX, f64::MAX, 0.0]);
        assert_eq!((huge.deviation(), huge.skewness()), (None, None));
    }
}
