//! Rows as 64-bit hashes, the same on every machine and in every run.

use super::Cells;

const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
const MISSING_CELL: u64 = 0x6A09_E667_F3BC_C909;

/// The finaliser of MurmurHash3 (Appleby, public domain): every bit of the input moves every bit of the output.
pub(crate) fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    x ^= x >> 33;
    x = x.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    x ^ (x >> 33)
}

/// Both halves of a 128-bit product, folded.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

pub(crate) fn hash_text(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut state = fold(bytes.len() as u64 ^ MISSING_CELL, MULTIPLIER);
    let mut blocks = bytes.chunks_exact(8);
    for block in &mut blocks {
        let word = block.try_into().map_or(0, u64::from_le_bytes);
        state = fold(state ^ word, MULTIPLIER);
    }
    let mut last = [0_u8; 8];
    last[..blocks.remainder().len()].copy_from_slice(blocks.remainder());
    mix(state ^ u64::from_le_bytes(last))
}

/// Of a number that stands for the cell (see [`super::order_key`] for floats).
pub(crate) fn hash_number(bits: u64) -> u64 {
    mix(bits.wrapping_add(MULTIPLIER))
}

/// Floats as integers in the same order; -0 is 0. Not for NaN.
pub(crate) fn order_key(v: f64) -> u64 {
    let bits = (v + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The float that [`order_key`] made this of.
pub(crate) fn from_order_key(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

/// Adds a column to the rows' hashes; the order of columns matters. `hashes` has one entry a row.
pub(crate) fn hash_rows(cells: &Cells, hashes: &mut [u64]) {
    fn add<T>(hashes: &mut [u64], cells: impl Iterator<Item = Option<T>>, hash: impl Fn(T) -> u64) {
        for (state, cell) in hashes.iter_mut().zip(cells) {
            *state = fold(*state ^ cell.map_or(MISSING_CELL, &hash), MULTIPLIER);
        }
    }
    match cells {
        Cells::Text(c) => add(hashes, c.iter(), hash_text),
        Cells::Integer(c) | Cells::Time(c) => add(hashes, c.iter(), |v| hash_number(v as u64)),
        Cells::Decimal(c) => {
            add(hashes, c.iter().map(|v| v.filter(|v| !v.is_nan())), |v| hash_number(order_key(v)));
        }
        Cells::YesNo(c) => add(hashes, c.iter(), |v| hash_number(v.into())),
        Cells::Date(c) => add(hashes, c.iter(), |v| hash_number(v as u64)),
    }
}

/// What [`hash_rows`] starts with.
pub(crate) const ROW_SEED: u64 = 0xBB67_AE85_84CA_A73B;

/// Whether two rows hold the same; NaN counts as missing. Quick only on contiguous cells.
pub(crate) fn same_cell(cells: &Cells, a: usize, b: usize) -> bool {
    match cells {
        Cells::Text(c) => c.get(a) == c.get(b),
        Cells::Integer(c) | Cells::Time(c) => c.get(a) == c.get(b),
        Cells::Decimal(c) => {
            let at = |row| c.get(row).filter(|v| !v.is_nan());
            at(a) == at(b)
        }
        Cells::YesNo(c) => c.get(a) == c.get(b),
        Cells::Date(c) => c.get(a) == c.get(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::*;

    #[test]
    fn order_keys_keep_the_order_and_read_back() {
        let values = [f64::NEG_INFINITY, -2.5, -1e-300, 0.0, 1e-300, 1.0, 1.5, f64::INFINITY];
        assert!(values.windows(2).all(|w| order_key(w[0]) < order_key(w[1])));
        assert!(values.iter().all(|v| from_order_key(order_key(*v)) == *v));
        assert_eq!(order_key(-0.0), order_key(0.0));
    }

    #[test]
    fn equal_rows_hash_alike_and_others_do_not() {
        let frame = df!(
            "t" => ["ab", "ab", "a", "12345678", "123456789"],
            "u" => [Some("c"), Some("c"), Some("bc"), None, None],
            "x" => [0.0, -0.0, 0.0, f64::NAN, f64::NAN],
        )
        .unwrap();
        let mut hashes = vec![ROW_SEED; 5];
        let columns: Vec<_> = frame.columns().iter().filter_map(Cells::of).collect();
        columns.iter().for_each(|c| hash_rows(c, &mut hashes));
        assert_eq!(hashes[0], hashes[1]);
        assert!(columns.iter().all(|c| same_cell(c, 0, 1)) && same_cell(&columns[2], 3, 4));
        let distinct: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(distinct.len(), 4);
        // The order of columns matters.
        let mut other = vec![ROW_SEED; 5];
        columns.iter().rev().for_each(|c| hash_rows(c, &mut other));
        assert_ne!(hashes[2], other[2]);
    }
}
