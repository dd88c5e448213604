//! Matrix products: quantised weights × quantised activations, on all threads.
#![allow(unsafe_code)]

use super::acts::{Acts, PANEL};
use super::format::{Matrix, TILE};
use super::share::Shared;
use super::team::Crew;
use super::{Level, level};

/// One product of several over the same activations.
pub struct Product<'a> {
    matrix: &'a Matrix,
    out: Out<'a>,
}

/// Where a product goes.
enum Out<'a> {
    /// Number `r · rows + row`, for every row `r` of activations and row of the matrix.
    One(&'a mut [f32]),
    /// A slice for each row of activations.
    Each(Vec<&'a mut [f32]>),
}

impl<'a> Product<'a> {
    pub fn new(matrix: &'a Matrix, out: &'a mut [f32]) -> Self {
        Self { matrix, out: Out::One(out) }
    }

    /// Each row of activations has an output of its own, as long as the matrix has rows.
    pub fn apart(matrix: &'a Matrix, out: Vec<&'a mut [f32]>) -> Self {
        Self { matrix, out: Out::Each(out) }
    }
}

/// The same, for several threads: one slice and how far apart its rows are, or one for each row.
enum Places<'a> {
    One(Shared<'a, f32>, usize),
    Each(Vec<Shared<'a, f32>>),
}

impl<'a> Places<'a> {
    fn of(product: &'a mut Product<'_>) -> Self {
        match &mut product.out {
            Out::One(out) => Self::One(Shared::new(out), product.matrix.rows),
            Out::Each(outs) => Self::Each(outs.iter_mut().map(|out| Shared::new(out)).collect()),
        }
    }
    /// Numbers `from..from + len` of row `r`.
    ///
    /// # Safety
    /// As for [`Shared::part`].
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    unsafe fn part(&self, r: usize, from: usize, len: usize) -> &mut [f32] {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::One(all, width) => all.part(r * width + from, len),
                Self::Each(rows) => rows[r].part(from, len),
            }
        }
    }
}

/// Computes all `products` with `acts` in one parallel section. Each result is one chain of additions over
/// the blocks from left to right, so it depends neither on the threads nor on the other rows.
///
/// # Panics
/// When a matrix has other columns than the activations or an output is too short.
pub fn multiply(crew: &Crew<'_>, acts: &Acts, products: &mut [Product<'_>]) {
    multiply_at(level(), crew, acts, products);
}

pub(super) fn multiply_at(level: Level, crew: &Crew<'_>, acts: &Acts, products: &mut [Product<'_>]) {
    let mut all_tiles = 0;
    for product in products.iter() {
        let rows = product.matrix.rows;
        assert_eq!(product.matrix.blocks(), acts.blocks, "columns");
        let fits = match &product.out {
            Out::One(out) => out.len() >= acts.rows * rows,
            Out::Each(outs) => outs.len() == acts.rows && outs.iter().all(|out| out.len() >= rows),
        };
        assert!(fits, "output");
        all_tiles += product.matrix.tiles();
    }
    let chunk = all_tiles.div_ceil(crew.threads() * 8).max(1);
    let outs: Vec<(&Matrix, Places<'_>)> = products.iter_mut().map(|p| (p.matrix, Places::of(p))).collect();
    crew.parallel(all_tiles.div_ceil(chunk), |unit| {
        let mut first = unit * chunk;
        let mut left = chunk;
        for (matrix, out) in &outs {
            let tiles = matrix.tiles();
            if first >= tiles {
                first -= tiles;
                continue;
            }
            let until = tiles.min(first + left);
            for tile in first..until {
                one_tile(level, matrix, tile, acts, out);
            }
            left -= until - first;
            first = 0;
            if left == 0 {
                break;
            }
        }
    });
}

fn one_tile(level: Level, matrix: &Matrix, tile: usize, acts: &Acts, out: &Places<'_>) {
    let rows = TILE.min(matrix.rows - tile * TILE);
    let mut sums = [[0.0_f32; TILE]; PANEL];
    for (p, panel) in acts.panels.iter().enumerate() {
        let sums = &mut sums[..panel.width];
        match level {
            // SAFETY: `level` says that the processor can; the blocks were compared in `multiply_at`.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { super::avx512::tile(matrix, tile, panel, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { super::avx2::tile(matrix, tile, panel, sums) },
            Level::Portable => super::portable::tile(matrix, tile, panel, sums),
        }
        for (m, sums) in sums.iter().enumerate() {
            // SAFETY: these places belong to this tile and row alone, and each tile is in one unit.
            let out = unsafe { out.part(p * PANEL + m, tile * TILE, rows) };
            // Almost all tiles are whole: a copy of known length is one instruction.
            match out.as_chunks_mut::<TILE>() {
                ([out], []) => *out = *sums,
                _ => out.copy_from_slice(&sums[..rows]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::Scales;
    use super::super::pack::{Kind, pack, pack_floats};
    use super::super::team::Team;
    use super::*;
    use candle_core::quantized::{GgmlDType, QTensor};
    use candle_core::{Device, Tensor};

    fn matrices(rows: usize, cols: usize) -> Vec<Matrix> {
        let value = |i: usize| ((i * 7919 % 2003) as f32 / 1001.0 - 1.0) * 0.1;
        let values: Vec<f32> = (0..rows * cols).map(value).collect();
        let tensor = Tensor::from_vec(values, (rows, cols), &Device::Cpu).unwrap();
        let of = |kind, dtype| {
            let quantised = QTensor::quantize(&tensor, dtype).unwrap();
            pack(kind, &quantised.data().unwrap(), rows, cols).unwrap()
        };
        vec![
            of(Kind::Q8_0, GgmlDType::Q8_0),
            of(Kind::Q4_0, GgmlDType::Q4_0),
            of(Kind::Q4K, GgmlDType::Q4K),
            of(Kind::Q6K, GgmlDType::Q6K),
        ]
    }

    fn name(matrix: &Matrix) -> &'static str {
        match matrix.scales {
            Scales::Q8(_) => "Q8",
            Scales::Q4(_) => "Q4",
            Scales::Q4K(_) => "Q4K",
            Scales::Q6K(_) => "Q6K",
        }
    }

    /// Against a product in f64 of the very numbers that are multiplied: only the sums' rounding is left.
    #[test]
    fn products_are_those_of_the_dequantised_numbers_on_every_processor() {
        let (rows, cols, count) = (37, 512, 19);
        for matrix in matrices(rows, cols) {
            let mut acts = Acts::default();
            let value = |r: usize, c: usize| ((r * 31 + c * 13) % 101) as f32 / 50.0 - 1.0;
            Team::new(2).session(|crew| {
                acts.quantise(crew, count, cols, |r, o| o.iter_mut().enumerate().for_each(|(c, v)| *v = value(r, c)));
                for level in Level::all_available() {
                    let mut out = vec![0.0; count * rows];
                    multiply_at(level, crew, &acts, &mut [Product::new(&matrix, &mut out)]);
                    check(&matrix, &acts, &out, level);
                }
            });
        }
    }

    fn check(matrix: &Matrix, acts: &Acts, out: &[f32], level: Level) {
        let mut weights = vec![0.0; matrix.cols];
        for row in 0..matrix.rows {
            matrix.row(row, &mut weights);
            for r in 0..acts.rows {
                let (panel, m) = (&acts.panels[r / PANEL], r % PANEL);
                let mut truth = 0.0_f64;
                let mut size = 0.0_f64;
                for (c, w) in weights.iter().enumerate() {
                    let number = f64::from(panel.numbers[(c / 4 * panel.width + m) * 4 + c % 4]);
                    let term = number * f64::from(panel.scale[c / 32 * panel.width + m]) * f64::from(*w);
                    truth += term;
                    size += term.abs();
                }
                let error = (f64::from(out[r * matrix.rows + row]) - truth).abs();
                assert!(error <= size * 2e-6, "{} {level:?}: row {row}, {r}: error {error}", name(matrix));
            }
        }
    }

    /// The replay of one draft of a batch rests on this.
    #[test]
    fn a_row_alone_has_the_same_bits_as_among_others_on_any_number_of_threads() {
        let (rows, cols, count) = (48, 256, 21);
        for matrix in matrices(rows, cols) {
            for level in Level::all_available() {
                let value = |r: usize, c: usize| ((r * 57 + c * 29) % 113) as f32 / 50.0 - 1.1;
                let mut together = vec![0.0; count * rows];
                let mut acts = Acts::default();
                Team::new(3).session(|crew| {
                    let fill = |r: usize, o: &mut [f32]| o.iter_mut().enumerate().for_each(|(c, v)| *v = value(r, c));
                    acts.quantise(crew, count, cols, fill);
                    multiply_at(level, crew, &acts, &mut [Product::new(&matrix, &mut together)]);
                });
                for r in 0..count {
                    let mut alone = vec![0.0; rows];
                    Team::new(1).session(|crew| {
                        acts.quantise(crew, 1, cols, |_, o| {
                            o.iter_mut().enumerate().for_each(|(c, v)| *v = value(r, c));
                        });
                        multiply_at(level, crew, &acts, &mut [Product::new(&matrix, &mut alone)]);
                    });
                    assert_eq!(alone, together[r * rows..(r + 1) * rows], "{} {level:?}", name(&matrix));
                }
            }
        }
    }

    #[test]
    fn several_products_share_one_section() {
        let (a, b) = (pack_floats(20, 64, ramp), pack_floats(50, 64, ramp));
        let mut acts = Acts::default();
        let (mut out_a, mut out_b, mut alone) = (vec![0.0; 60], vec![0.0; 150], vec![0.0; 150]);
        Team::new(2).session(|crew| {
            acts.quantise(crew, 3, 64, |r, o| o.fill(r as f32));
            multiply(crew, &acts, &mut [Product::new(&a, &mut out_a), Product::new(&b, &mut out_b)]);
            multiply(crew, &acts, &mut [Product::new(&b, &mut alone)]);
        });
        assert_eq!(out_b, alone);
        assert_eq!(out_a[40..60], out_b[100..120]);
        let mut apart = vec![vec![0.0; 50]; 3];
        Team::new(2).session(|crew| {
            multiply(crew, &acts, &mut [Product::apart(&b, apart.iter_mut().map(Vec::as_mut_slice).collect())]);
        });
        assert_eq!(apart.concat(), alone);
    }

    fn ramp(r: usize, row: &mut [f32]) {
        row.iter_mut().enumerate().for_each(|(c, v)| *v = (r + c) as f32 / 100.0);
    }
}
