//! The one-humped shape nearest to a column: its own values under the narrowest normal kernel that leaves one hump
//! (the critical bandwidth of Silverman 1981).

use super::super::scale::mean_and_deviation;

/// Places on which densities are computed.
const GRID: usize = 512;
/// A one-humped distribution, to be drawn from by its quantiles.
pub(crate) struct Hump {
    /// Quantiles at 0, 1/GRID, …, 1.
    quantiles: Vec<f64>,
    #[cfg(test)]
    pub width: f64,
}

impl Hump {
    pub fn learn(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (mean, deviation) = mean_and_deviation(&sorted);
        let width = critical_width(&sorted, deviation);
        let mut quantiles = inverse(&sorted, width);
        // The kernel widens the cloud; bring it back.
        let shrink = if deviation > 0.0 { 1.0 / (1.0 + (width / deviation).powi(2)).sqrt() } else { 1.0 };
        quantiles.iter_mut().for_each(|x| *x = mean + (*x - mean) * shrink);
        Self {
            quantiles,
            #[cfg(test)]
            width,
        }
    }

    /// The value below which the share `u` of the distribution lies.
    pub fn quantile(&self, u: f64) -> f64 {
        let place = u.clamp(0.0, 1.0) * (self.quantiles.len() - 1) as f64;
        let left = (place as usize).min(self.quantiles.len() - 2);
        self.quantiles[left] + (place - left as f64) * (self.quantiles[left + 1] - self.quantiles[left])
    }
}

/// The narrowest width with one hump. The outer half percent on each side is left out: lone customers are no humps.
fn critical_width(sorted: &[f64], deviation: f64) -> f64 {
    if deviation <= 0.0 || sorted.len() < 3 {
        return 0.0;
    }
    let cut = sorted.len() / 200;
    let inner = &sorted[cut..sorted.len() - cut];
    let (mut low, mut high) = (0.02 * deviation, 2.0 * deviation);
    // Humps only merge as the width grows, so halving finds the place (to 2 percent).
    while high > 1.02 * low {
        let middle = (low * high).sqrt();
        if humps(&density(inner, middle).1) > 1 { low = middle } else { high = middle }
    }
    high
}

/// Density on a grid: (first place, step), values.
fn density(sorted: &[f64], width: f64) -> ((f64, f64), Vec<f64>) {
    let (low, high) = (sorted[0] - 3.0 * width, sorted[sorted.len() - 1] + 3.0 * width);
    let step = (high - low) / (GRID - 1) as f64;
    let mut counts = vec![0.0; GRID];
    for x in sorted {
        // Each value is shared between its two neighbours on the grid.
        let place = (x - low) / step;
        let left = (place as usize).min(GRID - 2);
        counts[left] += 1.0 - (place - left as f64);
        counts[left + 1] += place - left as f64;
    }
    let reach = ((4.0 * width / step).ceil() as usize).min(GRID - 1);
    let kernel: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 * step / width).powi(2)).exp()).collect();
    let mut density = vec![0.0; GRID];
    for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        for to in place.saturating_sub(reach)..=(place + reach).min(GRID - 1) {
            density[to] += count * kernel[to.abs_diff(place)];
        }
    }
    ((low, step), density)
}

/// Humps that rise above the valley beside them by more than a hundredth of the highest.
pub(crate) fn humps(density: &[f64]) -> usize {
    let least = density.iter().copied().fold(0.0, f64::max) * 0.01;
    let (mut found, mut rising, mut top, mut bottom) = (0, true, 0.0_f64, 0.0_f64);
    for value in density {
        if rising {
            top = top.max(*value);
            if *value < top - least {
                (found, rising, bottom) = (found + 1, false, *value);
            }
        } else {
            bottom = bottom.min(*value);
            if *value > bottom + least {
                (rising, top) = (true, *value);
            }
        }
    }
    found
}

/// Quantiles of the values under a normal kernel.
fn inverse(sorted: &[f64], width: f64) -> Vec<f64> {
    if width <= 0.0 {
        return vec![sorted[0]; GRID + 1];
    }
    // A mixture of n normals: its quantile at u is near the value at rank u, moved by the kernel. Solved on the
    // distribution function at places as dense as the values themselves.
    let ((low, step), density) = density(sorted, width);
    let mut running = 0.0;
    let cumulative: Vec<f64> = density
        .iter()
        .map(|value| {
            running += value;
            running
        })
        .collect();
    let mut place = 0;
    (0..=GRID)
        .map(|i| {
            let target = running * i as f64 / GRID as f64;
            while place + 1 < GRID && cumulative[place] < target {
                place += 1;
            }
            let before = if place == 0 { 0.0 } else { cumulative[place - 1] };
            let part = if cumulative[place] > before { (target - before) / (cumulative[place] - before) } else { 0.0 };
            low + step * (place as f64 - 0.5 + part.clamp(0.0, 1.0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn normal(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    #[test]
    fn two_humps_need_a_wide_kernel_and_one_does_not() {
        let one = normal(800, 1);
        let two: Vec<f64> = one.iter().enumerate().map(|(i, x)| x + if i % 2 == 0 { 4.0 } else { -4.0 }).collect();
        let (_, spread) = mean_and_deviation(&two);
        let (one, two) = (Hump::learn(&one), Hump::learn(&two));
        assert!(one.width < 0.5, "{}", one.width);
        assert!(two.width > 0.7 * spread, "{}", two.width / spread);
        // Quartiles of a normal distribution: ±0.674; the two humps are merged into one with nothing missing inside.
        assert!((one.quantile(0.75) - 0.674).abs() < 0.12, "{}", one.quantile(0.75));
        assert!((two.quantile(0.55) - two.quantile(0.45)).abs() < 1.5);
    }
}
