//! Some rows of a table whose length is not known beforehand.

use crate::stage::data::cell::mix;

/// The rows whose number hashes lowest: the same ones however the table is cut into chunks.
#[derive(Debug)]
pub(super) struct RowSample {
    /// Hash of each sampled row's number.
    hashes: Vec<u64>,
    /// The sampled rows' numbers, a list a column.
    pub columns: Vec<Vec<f64>>,
    /// Higher hashes are left out.
    highest: u64,
    limit: usize,
    rows: u64,
}

impl RowSample {
    pub fn new(columns: usize, limit: usize) -> Self {
        Self { hashes: Vec::new(), columns: vec![Vec::new(); columns], highest: u64::MAX, limit, rows: 0 }
    }

    /// The next `height` rows; each of `columns` has as many numbers.
    pub fn add(&mut self, columns: &[Vec<f64>], height: usize) {
        let hash = |row: usize| mix(self.rows + row as u64 + 1);
        let picked: Vec<usize> = (0..height).filter(|&row| hash(row) <= self.highest).collect();
        self.hashes.extend(picked.iter().map(|&row| hash(row)));
        for (sampled, numbers) in self.columns.iter_mut().zip(columns) {
            sampled.extend(picked.iter().map(|&row| numbers[row]));
        }
        self.rows += height as u64;
        if self.hashes.len() > 2 * self.limit {
            self.shrink();
        }
    }

    /// To the limit.
    fn shrink(&mut self) {
        if self.hashes.len() <= self.limit || self.limit == 0 {
            return;
        }
        let mut order = self.hashes.clone();
        let (_, highest, _) = order.select_nth_unstable(self.limit - 1);
        self.highest = *highest;
        let keep: Vec<bool> = self.hashes.iter().map(|h| h <= highest).collect();
        for column in &mut self.columns {
            let mut kept = keep.iter();
            column.retain(|_| kept.next().copied().unwrap_or(false));
        }
        self.hashes.retain(|h| *h <= self.highest);
    }

    /// In the order of the rows.
    pub fn finish(mut self) -> Vec<Vec<f64>> {
        self.shrink();
        self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tables_whole_long_ones_in_part_however_cut() {
        let numbers: Vec<f64> = (0..5000).map(f64::from).collect();
        let sampled = |limit, cut| {
            let mut sample = RowSample::new(1, limit);
            numbers.chunks(cut).for_each(|part| sample.add(&[part.to_vec()], part.len()));
            sample.finish().remove(0)
        };
        assert_eq!(sampled(5000, 700), numbers);
        let some = sampled(400, 700);
        assert_eq!((some.len(), &some), (400, &sampled(400, 33)));
        let mean = some.iter().sum::<f64>() / 400.0;
        // 5000 / sqrt(12 · 400) = 72 is one standard error.
        assert!((mean - 2499.5).abs() < 216.0, "{mean}");
    }
}
