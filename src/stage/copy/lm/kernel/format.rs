//! How weights lie in memory: tiles of 16 rows by 32 columns, quantised.
//!
//! One 64-byte [`Line`] holds, for each of a tile's 16 rows, 4 neighbouring columns of 8 bits; one
//! AVX-512 VNNI instruction multiplies it with 4 activations and adds into 16 sums. Narrower weights put
//! two lines into one (the even line's values in the low nibbles). A tile's blocks follow one another,
//! so that a product walks through memory in one direction.

use half::f16;

/// Rows in a tile.
pub const TILE: usize = 16;
/// Columns in a block.
pub const BLOCK: usize = 32;

/// 16 rows × 4 columns of bytes: byte `4 r + j` is row `r`, column `j`.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Line(pub [u8; 64]);

impl Line {
    pub const ZERO: Self = Self([0; 64]);
}

/// Scales of a super-block (8 blocks) of 16 rows in the Q4_K format.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Scale4K {
    pub d: [f16; TILE],
    pub dmin: [f16; TILE],
    pub scale: [[u8; TILE]; 8],
    pub min: [[u8; TILE]; 8],
}

/// Scales of a super-block (16 half-blocks) of 16 rows in the Q6_K format.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Scale6K {
    pub d: [f16; TILE],
    pub scale: [[i8; TILE]; 16],
}

/// The scales, and with them the meaning of the lines. `u` is the unsigned number in a line.
pub enum Scales {
    /// 8 lines a block; weight = d · (u − 128).
    Q8(Vec<[f16; TILE]>),
    /// 4 lines a block; weight = d · (u − 8).
    Q4(Vec<[f16; TILE]>),
    /// 4 lines a block; weight = d · scale · u − dmin · min.
    Q4K(Vec<Scale4K>),
    /// 4 lines with the low nibbles and 2 with the upper two bits a block; weight = d · scale · (u − 32).
    Q6K(Vec<Scale6K>),
}

/// A matrix of `rows` × `cols` weights. Rows are filled up to a multiple of 16 and columns to a multiple of
/// 32 (256 for the K formats, whose rows are such multiples anyway) with zeros.
///
/// The kernels read it without checks; only `pack` makes one, and nothing outside this folder changes it.
pub struct Matrix {
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) lines: Vec<Line>,
    pub(super) scales: Scales,
}

impl Matrix {
    pub fn tiles(&self) -> usize {
        self.rows.div_ceil(TILE)
    }

    /// Blocks in a row.
    pub fn blocks(&self) -> usize {
        self.cols.div_ceil(BLOCK)
    }

    pub fn lines_per_block(&self) -> usize {
        self.scales.lines_per_block()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let scales = match &self.scales {
            Scales::Q8(d) | Scales::Q4(d) => size_of_val(d.as_slice()),
            Scales::Q4K(s) => size_of_val(s.as_slice()),
            Scales::Q6K(s) => size_of_val(s.as_slice()),
        };
        size_of_val(self.lines.as_slice()) + scales
    }

    /// The weights of one row, `out.len()` = `cols`. Rows beyond the matrix give zeros.
    pub fn row(&self, row: usize, out: &mut [f32]) {
        out.fill(0.0);
        if row >= self.rows {
            return;
        }
        let (tile, lane) = (row / TILE, row % TILE);
        let mut block = [0.0; BLOCK];
        for b in 0..self.blocks() {
            self.block(tile, lane, b, &mut block);
            let from = b * BLOCK;
            let len = BLOCK.min(out.len().saturating_sub(from));
            out[from..from + len].copy_from_slice(&block[..len]);
        }
    }

    /// The 32 weights of block `b` in row `16 tile + lane`.
    pub fn block(&self, tile: usize, lane: usize, b: usize, out: &mut [f32; BLOCK]) {
        let blocks = self.blocks();
        let per = self.lines_per_block();
        let lines = &self.lines[(tile * blocks + b) * per..][..per];
        for (k, value) in out.iter_mut().enumerate() {
            let u = self.scales.number(lines, lane, k);
            *value = self.scales.weight(tile * blocks + b, (blocks, b), lane, k, u);
        }
    }
}

impl Scales {
    pub fn lines_per_block(&self) -> usize {
        match self {
            Self::Q8(_) => 8,
            Self::Q4(_) | Self::Q4K(_) => 4,
            Self::Q6K(_) => 6,
        }
    }

    /// The unsigned number of column `k` (0..32) of row `lane` in a block's lines.
    fn number(&self, lines: &[Line], lane: usize, k: usize) -> u8 {
        let (group, j) = (k / 4, k % 4);
        let nibble = |lines: &[Line]| (lines[group / 2].0[4 * lane + j] >> (4 * (group % 2))) & 15;
        match self {
            Self::Q8(_) => lines[group].0[4 * lane + j],
            Self::Q4(_) | Self::Q4K(_) => nibble(lines),
            Self::Q6K(_) => nibble(lines) | ((lines[4 + group / 4].0[4 * lane + j] >> (2 * (group % 4))) & 3) << 4,
        }
    }

    /// The weight that number `u` stands for; `at` is the block's place over all tiles, `(blocks, b)` the
    /// blocks in a row and which of them it is.
    fn weight(&self, at: usize, (blocks, b): (usize, usize), lane: usize, k: usize, u: u8) -> f32 {
        let super_block = at / blocks * (blocks / 8) + b / 8;
        let u = f32::from(u);
        match self {
            Self::Q8(d) => d[at][lane].to_f32() * (u - 128.0),
            Self::Q4(d) => d[at][lane].to_f32() * (u - 8.0),
            Self::Q4K(s) => {
                let s = &s[super_block];
                let scale = s.d[lane].to_f32() * f32::from(s.scale[b % 8][lane]);
                scale * u - s.dmin[lane].to_f32() * f32::from(s.min[b % 8][lane])
            }
            Self::Q6K(s) => {
                let s = &s[super_block];
                let half = 2 * (b % 8) + k / 16;
                s.d[lane].to_f32() * f32::from(s.scale[half][lane]) * (u - 32.0)
            }
        }
    }
}
