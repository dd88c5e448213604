//! From a file's quantised rows to tiles. Block layouts follow ggml's `ggml-common.h`.

use super::format::{BLOCK, Line, Matrix, Scale4K, Scale6K, Scales, TILE};
use half::f16;
use rayon::prelude::*;

/// Formats of a file that are taken over number by number. All others become [`Kind::Q8_0`] first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Q8_0,
    Q4_0,
    Q4K,
    Q6K,
}

impl Kind {
    /// Weights in one of the file's blocks.
    pub fn block_len(self) -> usize {
        match self {
            Self::Q8_0 | Self::Q4_0 => BLOCK,
            Self::Q4K | Self::Q6K => 256,
        }
    }

    /// Bytes of one of the file's blocks.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::Q8_0 => 34,
            Self::Q4_0 => 18,
            Self::Q4K => 144,
            Self::Q6K => 210,
        }
    }

    fn lines_per_block(self) -> usize {
        match self {
            Self::Q8_0 => 8,
            Self::Q4_0 | Self::Q4K => 4,
            Self::Q6K => 6,
        }
    }
}

/// Packs `rows` × `cols` weights lying row by row in `bytes`. Nothing when `cols` is no multiple of the
/// format's block or `bytes` has another length.
pub fn pack(kind: Kind, bytes: &[u8], rows: usize, cols: usize) -> Option<Matrix> {
    let row_bytes = cols / kind.block_len() * kind.block_bytes();
    if !cols.is_multiple_of(kind.block_len()) || rows == 0 || cols == 0 || bytes.len() != rows.checked_mul(row_bytes)? {
        return None;
    }
    let tiles = rows.div_ceil(TILE);
    let blocks = cols / BLOCK;
    let mut lines = vec![Line::ZERO; tiles * blocks * kind.lines_per_block()];
    let by_tile = lines.par_chunks_mut(blocks * kind.lines_per_block());
    let row = |r: usize| bytes.get(r * row_bytes..(r + 1) * row_bytes);
    let scales = match kind {
        Kind::Q8_0 | Kind::Q4_0 => {
            let mut scales = vec![[f16::ZERO; TILE]; tiles * blocks];
            by_tile.zip(scales.par_chunks_mut(blocks)).enumerate().for_each(|(t, (lines, scales))| {
                for (lane, row) in (0..TILE).filter_map(|lane| Some((lane, row(t * TILE + lane)?))) {
                    for (b, block) in row.chunks_exact(kind.block_bytes()).enumerate() {
                        scales[b][lane] = half_at(block, 0);
                        match kind {
                            Kind::Q8_0 => put_bytes(&mut lines[b * 8..], lane, &block[2..]),
                            _ => put_nibbles(&mut lines[b * 4..], lane, &numbers_q4_0(&block[2..])),
                        }
                    }
                }
            });
            if kind == Kind::Q8_0 { Scales::Q8(scales) } else { Scales::Q4(scales) }
        }
        Kind::Q4K => {
            let zero =
                Scale4K { d: [f16::ZERO; TILE], dmin: [f16::ZERO; TILE], scale: [[0; TILE]; 8], min: [[0; TILE]; 8] };
            let mut scales = vec![zero; tiles * blocks / 8];
            by_tile.zip(scales.par_chunks_mut(blocks / 8)).enumerate().for_each(|(t, (lines, scales))| {
                for (lane, row) in (0..TILE).filter_map(|lane| Some((lane, row(t * TILE + lane)?))) {
                    for (s, block) in row.chunks_exact(kind.block_bytes()).enumerate() {
                        put_q4k(&mut lines[s * 32..], &mut scales[s], lane, block);
                    }
                }
            });
            Scales::Q4K(scales)
        }
        Kind::Q6K => {
            let mut scales = vec![Scale6K { d: [f16::ZERO; TILE], scale: [[0; TILE]; 16] }; tiles * blocks / 8];
            by_tile.zip(scales.par_chunks_mut(blocks / 8)).enumerate().for_each(|(t, (lines, scales))| {
                for (lane, row) in (0..TILE).filter_map(|lane| Some((lane, row(t * TILE + lane)?))) {
                    for (s, block) in row.chunks_exact(kind.block_bytes()).enumerate() {
                        put_q6k(&mut lines[s * 48..], &mut scales[s], lane, block);
                    }
                }
            });
            Scales::Q6K(scales)
        }
    };
    Some(Matrix { rows, cols, lines, scales })
}

/// Packs weights that are no such format as Q8_0: `fill(r, row)` writes row `r` (`cols` floats). A block's
/// scale is its largest magnitude / 127, as in ggml. Columns are filled up with zeros.
pub fn pack_floats(rows: usize, cols: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Matrix {
    let (tiles, blocks) = (rows.div_ceil(TILE), cols.div_ceil(BLOCK));
    let mut lines = vec![Line::ZERO; tiles * blocks * 8];
    let mut scales = vec![[f16::ZERO; TILE]; tiles * blocks];
    let by_tile = lines.par_chunks_mut(blocks * 8).zip(scales.par_chunks_mut(blocks));
    by_tile.enumerate().for_each_init(
        || vec![0.0_f32; blocks * BLOCK],
        |row, (t, (lines, scales))| {
            for lane in (0..TILE).filter(|lane| t * TILE + lane < rows) {
                row[cols..].fill(0.0);
                fill(t * TILE + lane, &mut row[..cols]);
                for (b, values) in row.chunks_exact(BLOCK).enumerate() {
                    let (d, numbers) = quantise_block(values);
                    scales[b][lane] = d;
                    put_bytes(&mut lines[b * 8..], lane, &numbers);
                }
            }
        },
    );
    Matrix { rows, cols, lines, scales: Scales::Q8(scales) }
}

/// ggml's `quantize_row_q8_0_ref`: d = max |x| / 127, numbers rounded half away from zero.
fn quantise_block(values: &[f32]) -> (f16, [u8; BLOCK]) {
    let largest = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let d = largest / 127.0;
    let inverse = if d > 0.0 { 1.0 / d } else { 0.0 };
    let mut numbers = [0; BLOCK];
    for (n, v) in numbers.iter_mut().zip(values) {
        *n = (v * inverse).round().clamp(-127.0, 127.0) as i8 as u8;
    }
    (f16::from_f32(d), numbers)
}

fn half_at(bytes: &[u8], at: usize) -> f16 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// 32 signed bytes, stored as numbers from 0 to 255 with 128 for zero.
fn put_bytes(lines: &mut [Line], lane: usize, numbers: &[u8]) {
    for (line, four) in lines.iter_mut().zip(numbers.chunks_exact(4)) {
        for j in 0..4 {
            line.0[4 * lane + j] = four[j] ^ 0x80;
        }
    }
}

/// 32 numbers of 4 bits: even groups of four go to the low nibbles, odd ones to the high nibbles.
fn put_nibbles(lines: &mut [Line], lane: usize, numbers: &[u8; BLOCK]) {
    for (line, eight) in lines.iter_mut().zip(numbers.chunks_exact(8)) {
        for j in 0..4 {
            line.0[4 * lane + j] = (eight[j] & 15) | eight[j + 4] << 4;
        }
    }
}

/// Q4_0 keeps the first 16 numbers of a block in the low nibbles and the last 16 in the high ones.
fn numbers_q4_0(qs: &[u8]) -> [u8; BLOCK] {
    std::array::from_fn(|k| if k < 16 { qs[k] & 15 } else { qs[k - 16] >> 4 })
}

/// Q4_K: d, dmin, 12 bytes with eight 6-bit scales and eight 6-bit minima, 128 bytes of nibbles.
fn put_q4k(lines: &mut [Line], scale: &mut Scale4K, lane: usize, block: &[u8]) {
    scale.d[lane] = half_at(block, 0);
    scale.dmin[lane] = half_at(block, 2);
    let (packed, qs) = (&block[4..16], &block[16..144]);
    for b in 0..8 {
        let (s, m) = if b < 4 {
            (packed[b] & 63, packed[b + 4] & 63)
        } else {
            let low = packed[b + 4];
            ((low & 15) | (packed[b - 4] >> 6) << 4, (low >> 4) | (packed[b] >> 6) << 4)
        };
        scale.scale[b][lane] = s;
        scale.min[b][lane] = m;
        let pair = &qs[b / 2 * 32..][..32];
        let numbers = std::array::from_fn(|k| if b % 2 == 0 { pair[k] & 15 } else { pair[k] >> 4 });
        put_nibbles(&mut lines[b * 4..], lane, &numbers);
    }
}

/// Q6_K: 128 bytes of low nibbles, 64 bytes of upper bits, 16 scales, d; in halves of 128 weights.
fn put_q6k(lines: &mut [Line], scale: &mut Scale6K, lane: usize, block: &[u8]) {
    scale.d[lane] = half_at(block, 208);
    for (s, from) in scale.scale.iter_mut().zip(&block[192..208]) {
        s[lane] = *from as i8;
    }
    let number = |i: usize| {
        let (half, i) = (i / 128, i % 128);
        let (quarter, j) = (i / 32, i % 32);
        let low = block[half * 64 + (quarter % 2) * 32 + j];
        let low = if quarter < 2 { low & 15 } else { low >> 4 };
        low | ((block[128 + half * 32 + j] >> (2 * quarter)) & 3) << 4
    };
    for b in 0..8 {
        let numbers: [u8; BLOCK] = std::array::from_fn(|k| number(b * 32 + k));
        let lines = &mut lines[b * 6..][..6];
        put_nibbles(lines, lane, &numbers);
        for (k, n) in numbers.iter().enumerate() {
            lines[4 + k / 16].0[4 * lane + k % 4] |= (n >> 4) << (2 * (k / 4 % 4));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::quantized::{GgmlDType, QStorage, QTensor};
    use candle_core::{Device, Tensor};

    /// Every format unpacks to what candle's own dequantisation says, also where rows fill no tile.
    #[test]
    fn packed_weights_are_the_files_weights() {
        let (rows, cols) = (19, 512);
        let values: Vec<f32> = (0..rows * cols).map(|i| ((i * 37 % 1009) as f32 / 504.0 - 1.0) * 0.05).collect();
        let tensor = Tensor::from_vec(values, (rows, cols), &Device::Cpu).unwrap();
        let formats = [
            (Kind::Q8_0, GgmlDType::Q8_0),
            (Kind::Q4_0, GgmlDType::Q4_0),
            (Kind::Q4K, GgmlDType::Q4K),
            (Kind::Q6K, GgmlDType::Q6K),
        ];
        for (kind, dtype) in formats {
            let quantised = QTensor::quantize(&tensor, dtype).unwrap();
            let truth: Vec<Vec<f32>> = quantised.dequantize(&Device::Cpu).unwrap().to_vec2().unwrap();
            let packed = pack(kind, &quantised.data().unwrap(), rows, cols).unwrap();
            let mut row = vec![0.0; cols];
            for (r, truth) in truth.iter().enumerate() {
                packed.row(r, &mut row);
                for (a, b) in row.iter().zip(truth) {
                    assert!((a - b).abs() <= 1e-6, "{kind:?} row {r}: {a} for {b}");
                }
            }
        }
    }

    #[test]
    fn floats_become_q8_0_as_candle_makes_it() {
        let (rows, cols) = (5, 70);
        let value = |r: usize, c: usize| ((r * 70 + c) as f32 * 0.7).sin();
        let packed = pack_floats(rows, cols, |r, row| row.iter_mut().enumerate().for_each(|(c, v)| *v = value(r, c)));
        let mut row = vec![0.0; cols];
        packed.row(3, &mut row);
        let bytes: Vec<f32> = (0..64).map(|c| value(3, c)).collect();
        let candle = Tensor::from_vec(bytes, (1, 64), &Device::Cpu).unwrap();
        let candle = QTensor::quantize(&candle, GgmlDType::Q8_0).unwrap();
        assert!(QStorage::from_data(candle.data().unwrap(), &Device::Cpu, GgmlDType::Q8_0).is_ok());
        let candle: Vec<Vec<f32>> = candle.dequantize(&Device::Cpu).unwrap().to_vec2().unwrap();
        assert_eq!(&row[..64], candle[0].as_slice());
        assert!((row[69] - value(3, 69)).abs() < 0.005);
    }

    #[test]
    fn wrong_lengths_are_no_matrix() {
        assert!(pack(Kind::Q8_0, &[0; 34], 1, 33).is_none());
        assert!(pack(Kind::Q8_0, &[0; 33], 1, 32).is_none());
        assert!(pack(Kind::Q4K, &[0; 144], usize::MAX, 256).is_none());
        assert!(pack(Kind::Q6K, &[], 0, 256).is_none());
    }
}
