//! Activations on their way into a product: 8-bit numbers with one scale per 32, in panels of up to 8 rows.
#![allow(unsafe_code)]

use super::format::BLOCK;
use super::math::vectorised;
use super::share::Shared;
use super::team::Crew;

/// Rows in a full panel; the last panel holds the rest.
pub const PANEL: usize = 8;

/// Up to 8 rows, interleaved so that a kernel reads them in one direction. With `w` rows, 4 columns of
/// each row follow one another: number of row `m`, column `k` is at `(k / 4 · w + m) · 4 + k % 4`; the
/// per-block values of row `m`, block `b` are at `b · w + m`.
///
/// The kernels read it without checks; only [`Acts::quantise`] makes one.
#[derive(Default, Clone)]
pub struct Panel {
    pub(super) width: usize,
    pub(super) numbers: Vec<i8>,
    pub(super) scale: Vec<f32>,
    /// Scale times the sum of the block's numbers.
    pub(super) weighted_sum: Vec<f32>,
    /// Minus the sum of the block's numbers, and of its first and last 16.
    pub(super) minus_sum: Vec<i32>,
    pub(super) minus_low: Vec<i32>,
    pub(super) minus_high: Vec<i32>,
}

/// Quantised activations: `rows` × `blocks` · 32.
#[derive(Default, Clone)]
pub struct Acts {
    pub(super) rows: usize,
    pub(super) blocks: usize,
    pub(super) panels: Vec<Panel>,
}

impl Acts {
    /// Quantises `rows` rows of `cols` values that `fill(row, out)` writes. Columns up to the next multiple
    /// of 32 count as zero.
    pub fn quantise(&mut self, crew: &Crew<'_>, rows: usize, cols: usize, fill: impl Fn(usize, &mut [f32]) + Sync) {
        self.rows = rows;
        self.blocks = cols.div_ceil(BLOCK);
        self.panels.resize_with(rows.div_ceil(PANEL), Panel::default);
        let blocks = self.blocks;
        for (p, panel) in self.panels.iter_mut().enumerate() {
            panel.shape(PANEL.min(rows - p * PANEL), blocks);
        }
        let shares: Vec<PanelShare<'_>> = self.panels.iter_mut().map(PanelShare::new).collect();
        // Long prompts go panel by panel, the few rows of a batch one by one.
        let together = if rows >= PANEL * crew.threads() { PANEL } else { 1 };
        crew.parallel(rows.div_ceil(together), |unit| {
            let mut row = vec![0.0_f32; blocks * BLOCK];
            for r in unit * together..rows.min((unit + 1) * together) {
                fill(r, &mut row[..cols]);
                put(&shares[r / PANEL], r % PANEL, &row);
            }
        });
    }
}

/// A panel whose rows are written by several threads.
struct PanelShare<'a> {
    width: usize,
    numbers: Shared<'a, i8>,
    scale: Shared<'a, f32>,
    weighted_sum: Shared<'a, f32>,
    minus_sum: Shared<'a, i32>,
    minus_low: Shared<'a, i32>,
    minus_high: Shared<'a, i32>,
}

impl<'a> PanelShare<'a> {
    fn new(panel: &'a mut Panel) -> Self {
        Self {
            width: panel.width,
            numbers: Shared::new(&mut panel.numbers),
            scale: Shared::new(&mut panel.scale),
            weighted_sum: Shared::new(&mut panel.weighted_sum),
            minus_sum: Shared::new(&mut panel.minus_sum),
            minus_low: Shared::new(&mut panel.minus_low),
            minus_high: Shared::new(&mut panel.minus_high),
        }
    }
}

impl Panel {
    fn shape(&mut self, width: usize, blocks: usize) {
        self.width = width;
        self.numbers.resize(width * blocks * BLOCK, 0);
        self.scale.resize(width * blocks, 0.0);
        self.weighted_sum.resize(width * blocks, 0.0);
        self.minus_sum.resize(width * blocks, 0);
        self.minus_low.resize(width * blocks, 0);
        self.minus_high.resize(width * blocks, 0);
    }
}

/// The largest of 16 numbers; which are no numbers do not count.
#[inline(always)]
fn largest16(mut lanes: [f32; 16]) -> f32 {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            let other = lanes[i + half];
            lanes[i] = if other > lanes[i] { other } else { lanes[i] };
        }
    }
    lanes[0]
}

vectorised! {
    /// Quantises `row` as row `m` of `panel`: a block's scale is its largest magnitude / 127, numbers are
    /// rounded to even.
    fn put(panel: &PanelShare<'_>, m: usize, row: &[f32]) {
        let w = panel.width;
        let (blocks, _) = row.as_chunks::<BLOCK>();
        for (b, values) in blocks.iter().enumerate() {
            let mut largest = [0.0_f32; 16];
            for sixteen in values.as_chunks::<16>().0 {
                for (l, v) in largest.iter_mut().zip(sixteen) {
                    *l = if v.abs() > *l { v.abs() } else { *l };
                }
            }
            let largest = largest16(largest);
            // A block with a number that is no number must not spoil its neighbours' integers.
            let scale = if largest.is_finite() { largest / 127.0 } else { 0.0 };
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            let mut numbers = [0_i8; BLOCK];
            for (n, v) in numbers.iter_mut().zip(values) {
                // Adding 1.5 · 2²³ leaves the rounded number in the lowest bits (ties to even).
                *n = (v * inverse + 12_582_912.0).to_bits() as i8;
            }
            let mut sums = [0_i32; 2];
            for (sum, half) in sums.iter_mut().zip(numbers.as_chunks::<16>().0) {
                *sum = half.iter().map(|n| i32::from(*n)).sum();
            }
            for (g, four) in numbers.as_chunks::<4>().0.iter().enumerate() {
                // SAFETY: here and below: no two rows of a panel share a place, and each row is in one unit.
                unsafe { panel.numbers.write(((b * 8 + g) * w + m) * 4, *four) };
            }
            let at = b * w + m;
            let sum = sums[0] + sums[1];
            // SAFETY: as above.
            unsafe {
                panel.scale.write(at, [scale]);
                panel.weighted_sum.write(at, [scale * sum as f32]);
                panel.minus_sum.write(at, [-sum]);
                panel.minus_low.write(at, [-sums[0]]);
                panel.minus_high.write(at, [-sums[1]]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::team::Team;
    use super::*;

    #[test]
    fn numbers_times_scale_are_the_values_within_half_a_step() {
        let (rows, cols) = (11, 70);
        let value = |r: usize, c: usize| ((r * 131 + c * 17) % 255) as f32 / 64.0 - 2.0;
        let mut acts = Acts::default();
        Team::new(2).session(|crew| {
            acts.quantise(crew, rows, cols, |r, out| out.iter_mut().enumerate().for_each(|(c, v)| *v = value(r, c)));
        });
        assert_eq!((acts.blocks, acts.panels.len(), acts.panels[1].width), (3, 2, 3));
        for r in 0..rows {
            let (panel, m) = (&acts.panels[r / PANEL], r % PANEL);
            let mut sums = [0; 3];
            for c in 0..96 {
                let number = panel.numbers[(c / 4 * panel.width + m) * 4 + c % 4];
                let scale = panel.scale[c / 32 * panel.width + m];
                let truth = if c < cols { value(r, c) } else { 0.0 };
                assert!((f32::from(number) * scale - truth).abs() <= scale * 0.5001);
                sums[c / 32] += i32::from(number);
            }
            for (b, sum) in sums.iter().enumerate() {
                assert_eq!(panel.minus_sum[b * panel.width + m], -sum);
            }
        }
    }
}
