//! Tile × panel products in plain Rust, for any processor.

use super::acts::Panel;
use super::format::{Line, Matrix, Scales, TILE};

/// Products of tile `tile` with all rows of `panel`: `out[m][lane]`.
pub fn tile(matrix: &Matrix, tile: usize, panel: &Panel, out: &mut [[f32; TILE]]) {
    let blocks = matrix.blocks();
    let per = matrix.lines_per_block();
    out.fill([0.0; TILE]);
    let mut unpacked = [Line::ZERO; 8];
    for b in 0..blocks {
        let at = tile * blocks + b;
        let super_block = tile * (blocks / 8) + b / 8;
        unpack(&matrix.scales, &matrix.lines[at * per..][..per], &mut unpacked);
        for (m, out) in out.iter_mut().enumerate().take(panel.width) {
            let w = panel.width;
            let of_block = b * w + m;
            let numbers = |g: usize| &panel.numbers[((b * 8 + g) * w + m) * 4..][..4];
            let scale = panel.scale[of_block];
            match &matrix.scales {
                Scales::Q8(d) => {
                    let sum = dot(&unpacked, 0..8, numbers, panel.minus_sum[of_block] * 128);
                    (0..TILE).for_each(|r| out[r] += sum[r] as f32 * (d[at][r].to_f32() * scale));
                }
                Scales::Q4(d) => {
                    let sum = dot(&unpacked, 0..8, numbers, panel.minus_sum[of_block] * 8);
                    (0..TILE).for_each(|r| out[r] += sum[r] as f32 * (d[at][r].to_f32() * scale));
                }
                Scales::Q4K(s) => {
                    let s = &s[super_block];
                    let sum = dot(&unpacked, 0..8, numbers, 0);
                    for r in 0..TILE {
                        let d = s.d[r].to_f32() * f32::from(s.scale[b % 8][r]);
                        let min = s.dmin[r].to_f32() * f32::from(s.min[b % 8][r]);
                        out[r] += sum[r] as f32 * (d * scale) - min * panel.weighted_sum[of_block];
                    }
                }
                Scales::Q6K(s) => {
                    let s = &s[super_block];
                    for (half, minus) in [(0, panel.minus_low[of_block]), (1, panel.minus_high[of_block])] {
                        let sum = dot(&unpacked, 4 * half..4 * half + 4, numbers, minus * 32);
                        for r in 0..TILE {
                            let d = s.d[r].to_f32() * f32::from(s.scale[2 * (b % 8) + half][r]);
                            out[r] += sum[r] as f32 * (d * scale);
                        }
                    }
                }
            }
        }
    }
}

/// A block's lines with one number a byte: 8 lines of 4 columns.
fn unpack(scales: &Scales, lines: &[Line], out: &mut [Line; 8]) {
    if let Scales::Q8(_) = scales {
        out.copy_from_slice(lines);
        return;
    }
    for (i, line) in lines[..4].iter().enumerate() {
        for j in 0..64 {
            out[2 * i].0[j] = line.0[j] & 15;
            out[2 * i + 1].0[j] = line.0[j] >> 4;
        }
    }
    if let Scales::Q6K(_) = scales {
        for (g, out) in out.iter_mut().enumerate() {
            for j in 0..64 {
                out.0[j] |= ((lines[4 + g / 4].0[j] >> (2 * (g % 4))) & 3) << 4;
            }
        }
    }
}

fn dot<'a>(
    lines: &[Line; 8],
    groups: std::ops::Range<usize>,
    numbers: impl Fn(usize) -> &'a [i8],
    start: i32,
) -> [i32; TILE] {
    let mut sum = [start; TILE];
    for g in groups {
        let n = numbers(g);
        let n = [i32::from(n[0]), i32::from(n[1]), i32::from(n[2]), i32::from(n[3])];
        for (r, sum) in sum.iter_mut().enumerate() {
            let u = &lines[g].0[4 * r..4 * r + 4];
            *sum += i32::from(u[0]) * n[0] + i32::from(u[1]) * n[1] + i32::from(u[2]) * n[2] + i32::from(u[3]) * n[3];
        }
    }
    sum
}
