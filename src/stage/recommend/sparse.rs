//! A sparse matrix by rows, and the two products the recommenders need.

use rayon::prelude::*;

/// Compressed sparse rows; columns ascend within a row and occur once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Csr {
    pub cols: usize,
    /// `rows + 1` offsets into the other two.
    pub starts: Vec<usize>,
    pub columns: Vec<u32>,
    pub values: Vec<f32>,
}

impl Csr {
    /// From rows whose entries are sorted by column.
    pub fn from_rows(cols: usize, rows: &[Vec<(u32, f32)>]) -> Self {
        let entries = rows.iter().map(Vec::len).sum();
        let mut matrix = Self {
            cols,
            starts: Vec::with_capacity(rows.len() + 1),
            columns: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
        };
        matrix.starts.push(0);
        for row in rows {
            matrix.columns.extend(row.iter().map(|entry| entry.0));
            matrix.values.extend(row.iter().map(|entry| entry.1));
            matrix.starts.push(matrix.columns.len());
        }
        matrix
    }

    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn entries(&self) -> usize {
        self.columns.len()
    }

    /// Columns and values of a row.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let span = self.starts[row]..self.starts[row + 1];
        (&self.columns[span.clone()], &self.values[span])
    }

    pub fn row_len(&self, row: usize) -> usize {
        self.starts[row + 1] - self.starts[row]
    }

    pub fn iter_row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> {
        let (columns, values) = self.row(row);
        columns.iter().copied().zip(values.iter().copied())
    }

    pub fn transpose(&self) -> Self {
        let mut starts = vec![0usize; self.cols + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for i in 0..self.cols {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let (mut columns, mut values) = (vec![0u32; self.entries()], vec![0f32; self.entries()]);
        for row in 0..self.rows() {
            for (column, value) in self.iter_row(row) {
                let at = &mut next[column as usize];
                columns[*at] = row as u32;
                values[*at] = value;
                *at += 1;
            }
        }
        Self { cols: self.rows(), starts, columns, values }
    }

    /// How many rows have an entry in each column.
    pub fn column_counts(&self) -> Vec<u32> {
        let mut counts = vec![0u32; self.cols];
        for &column in &self.columns {
            counts[column as usize] += 1;
        }
        counts
    }
}

/// Row `i` of `XᵀX`, added into `out` (length: columns of X), when `by_column` is X transposed.
/// Sums run in a fixed order, so the result is the same on any thread count.
pub fn gram_row(x: &Csr, by_column: &Csr, i: usize, out: &mut [f32]) {
    for (row, left) in by_column.iter_row(i) {
        let (columns, values) = x.row(row as usize);
        for (&column, &right) in columns.iter().zip(values) {
            out[column as usize] += left * right;
        }
    }
}

/// The same in f64, for the part of the row from column `i` on: the upper triangle.
pub fn gram_row_upper(x: &Csr, by_column: &Csr, i: usize, out: &mut [f64]) {
    for (row, left) in by_column.iter_row(i) {
        let (columns, values) = x.row(row as usize);
        let from = columns.partition_point(|&c| (c as usize) < i);
        for (&column, &right) in columns[from..].iter().zip(&values[from..]) {
            out[column as usize] += f64::from(left) * f64::from(right);
        }
    }
}

/// `XᵀX` in full, dense, row by row, `cols × cols`.
pub fn gram(x: &Csr) -> Vec<f64> {
    let (n, by_column) = (x.cols, x.transpose());
    let mut out = vec![0f64; n * n];
    if n == 0 {
        return out;
    }
    out.par_chunks_mut(n).enumerate().for_each(|(i, row)| gram_row_upper(x, &by_column, i, row));
    mirror_upper(&mut out, n);
    out
}

/// Copies the upper triangle into the lower one, in blocks that stay in cache.
pub fn mirror_upper(square: &mut [f64], n: usize) {
    const BLOCK: usize = 64;
    for top in (0..n).step_by(BLOCK) {
        for left in (top..n).step_by(BLOCK) {
            for i in top..(top + BLOCK).min(n) {
                for j in left.max(i + 1)..(left + BLOCK).min(n) {
                    square[j * n + i] = square[i * n + j];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Csr {
        // 1 0 2
        // 0 3 0
        // 4 0 5
        Csr::from_rows(3, &[vec![(0, 1.0), (2, 2.0)], vec![(1, 3.0)], vec![(0, 4.0), (2, 5.0)]])
    }

    #[test]
    fn transposing_twice_gives_the_matrix_back() {
        let x = small();
        let t = x.transpose();
        assert_eq!(t.row(0), (&[0u32, 2][..], &[1.0f32, 4.0][..]));
        assert_eq!(t.transpose(), x);
        assert_eq!(x.column_counts(), [2, 1, 2]);
    }

    #[test]
    fn gram_by_hand() {
        // columns: (1,0,4), (0,3,0), (2,0,5)
        let want = [17.0, 0.0, 22.0, 0.0, 9.0, 0.0, 22.0, 0.0, 29.0];
        assert_eq!(gram(&small()), want);
        let mut row = vec![0.0; 3];
        gram_row(&small(), &small().transpose(), 0, &mut row);
        assert_eq!(row, [17.0, 0.0, 22.0]);
    }
}
