//! The inner loop of everything that asks "which centre is nearest": vectorised over customers, sixteen at a time.
//!
//! The matrix is kept a second time with sixteen customers side by side, so that one instruction works on several of
//! them. The code is plain loops; `pulp` compiles them for each instruction set and picks at run time. No fused
//! multiply-add is used, so every instruction set gives the same bits.

use faer::traits::pulp;
use ndarray::ArrayView2;
use rayon::prelude::*;

/// Customers side by side in a block.
const LANES: usize = 16;
/// Customers handled by one task; fixed, so that sums don't depend on the number of threads. A multiple of `LANES`.
pub(crate) const CHUNK: usize = 8192;

/// A matrix in blocks: value (row, column) stands at `[row / 16][column][row % 16]`.
pub(crate) struct Blocks {
    data: Vec<f64>,
    pub rows: usize,
    pub columns: usize,
}

impl Blocks {
    pub fn new(values: ArrayView2<'_, f64>) -> Self {
        let (rows, columns) = values.dim();
        let width = columns * LANES;
        let mut data = vec![0.0; rows.div_ceil(LANES) * width];
        data.par_chunks_mut(width * CHUNK / LANES).enumerate().for_each(|(chunk, part)| {
            for (place, block) in part.chunks_exact_mut(width).enumerate() {
                let first = chunk * CHUNK + place * LANES;
                for lane in 0..LANES.min(rows - first) {
                    for (column, value) in values.row(first + lane).iter().enumerate() {
                        block[column * LANES + lane] = *value;
                    }
                }
            }
        });
        Self { data, rows, columns }
    }

    /// Rows rounded up to whole blocks: the length of label and distance buffers.
    pub fn padded(&self) -> usize {
        self.rows.div_ceil(LANES) * LANES
    }

    /// The blocks of one chunk.
    fn chunk(&self, chunk: usize) -> &[f64] {
        let width = self.columns * CHUNK;
        &self.data[chunk * width..((chunk + 1) * width).min(self.data.len())]
    }

    /// For every row of the chunk the nearest of the centres (`centres[centre * columns + column]`), the first of
    /// equals, and the squared distance to it.
    pub fn nearest(&self, chunk: usize, centres: &[f64], labels: &mut [u32], squares: &mut [f64]) {
        let blocks = self.chunk(chunk);
        pulp::Arch::new().dispatch(Nearest { blocks, columns: self.columns, centres, labels, squares });
    }

    /// Squared distances of all rows to a centre, into `squares` (padded to whole blocks).
    pub fn squares_to(&self, centre: &[f64], squares: &mut Vec<f64>) {
        squares.resize(self.padded(), 0.0);
        pulp::Arch::new().dispatch(Squares { blocks: &self.data, centre, squares });
    }

    /// Lowers `squares` to the squared distance to `centre` where that is smaller, into `lowered`.
    pub fn lower(&self, chunk: usize, centre: &[f64], squares: &[f64], lowered: &mut [f64]) {
        let blocks = self.chunk(chunk);
        pulp::Arch::new().dispatch(Lower { blocks, centre, squares, lowered });
    }
}

struct Nearest<'a> {
    blocks: &'a [f64],
    columns: usize,
    centres: &'a [f64],
    labels: &'a mut [u32],
    squares: &'a mut [f64],
}

impl pulp::WithSimd for Nearest<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let outputs = self.labels.as_chunks_mut::<LANES>().0.iter_mut().zip(self.squares.as_chunks_mut::<LANES>().0);
        for (block, (labels, squares)) in self.blocks.chunks_exact(self.columns * LANES).zip(outputs) {
            let mut least = [f64::INFINITY; LANES];
            let mut nearest = [0_u64; LANES];
            for (label, centre) in self.centres.chunks_exact(self.columns).enumerate() {
                let square = squares_to(block, centre);
                for lane in 0..LANES {
                    let closer = square[lane] < least[lane];
                    least[lane] = if closer { square[lane] } else { least[lane] };
                    nearest[lane] = if closer { label as u64 } else { nearest[lane] };
                }
            }
            *squares = least;
            *labels = nearest.map(|label| label as u32);
        }
    }
}

struct Lower<'a> {
    blocks: &'a [f64],
    centre: &'a [f64],
    squares: &'a [f64],
    lowered: &'a mut [f64],
}

impl pulp::WithSimd for Lower<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let buffers = self.squares.as_chunks::<LANES>().0.iter().zip(self.lowered.as_chunks_mut::<LANES>().0);
        for (block, (squares, lowered)) in self.blocks.chunks_exact(self.centre.len() * LANES).zip(buffers) {
            let square = squares_to(block, self.centre);
            for lane in 0..LANES {
                lowered[lane] = if square[lane] < squares[lane] { square[lane] } else { squares[lane] };
            }
        }
    }
}

struct Squares<'a> {
    blocks: &'a [f64],
    centre: &'a [f64],
    squares: &'a mut [f64],
}

impl pulp::WithSimd for Squares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let outputs = self.squares.as_chunks_mut::<LANES>().0;
        for (block, squares) in self.blocks.chunks_exact(self.centre.len() * LANES).zip(outputs) {
            *squares = squares_to(block, self.centre);
        }
    }
}

/// Squared distances of a block's sixteen customers to one centre.
#[inline(always)]
fn squares_to(block: &[f64], centre: &[f64]) -> [f64; LANES] {
    let mut square = [0.0; LANES];
    for (values, middle) in block.as_chunks::<LANES>().0.iter().zip(centre) {
        for lane in 0..LANES {
            let difference = values[lane] - middle;
            square[lane] += difference * difference;
        }
    }
    square
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_the_plain_loop_finds(n in 1_usize..70, d in 1_usize..6, k in 1_usize..5, seed in 0_u64..1000) {
            let value = |i: usize| ((i as f64 + seed as f64) * 12.9898).sin() * 3.0;
            let x = Array2::from_shape_fn((n, d), |(i, j)| value(i * 7 + j));
            let centres: Vec<f64> = (0..k * d).map(|i| value(i + 5000)).collect();
            let blocks = Blocks::new(x.view());
            let (mut labels, mut squares) = (vec![9; blocks.padded()], vec![0.0; blocks.padded()]);
            blocks.nearest(0, &centres, &mut labels, &mut squares);
            for i in 0..n {
                let square = |c: usize| (0..d).map(|j| (x[[i, j]] - centres[c * d + j]).powi(2)).sum::<f64>();
                let best = (0..k).min_by(|a, b| square(*a).total_cmp(&square(*b))).unwrap();
                prop_assert_eq!(labels[i] as usize, best);
                prop_assert!((squares[i] - square(best)).abs() < 1e-12);
            }
        }
    }
}
