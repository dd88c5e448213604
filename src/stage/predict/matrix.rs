//! A dense matrix of numbers, column after column: what the models learn from.

use faer::{Mat, MatRef};

/// `rows × cols` numbers in column-major order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    pub rows: usize,
    pub cols: usize,
    pub data: Vec<f64>,
}

impl Matrix {
    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self { rows, cols, data: vec![0.0; rows * cols] }
    }

    /// From columns of equal length; with no columns the matrix has `rows` rows and nothing in them.
    pub fn from_columns(rows: usize, columns: Vec<Vec<f64>>) -> Self {
        let cols = columns.len();
        let mut data = Vec::with_capacity(rows * cols);
        for column in columns {
            data.extend_from_slice(&column);
        }
        debug_assert_eq!(data.len(), rows * cols);
        Self { rows, cols, data }
    }

    pub fn col(&self, j: usize) -> &[f64] {
        &self.data[j * self.rows..(j + 1) * self.rows]
    }

    pub fn col_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.data[j * self.rows..(j + 1) * self.rows]
    }

    pub fn columns(&self) -> impl Iterator<Item = &[f64]> {
        (0..self.cols).map(|j| self.col(j))
    }

    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.data[j * self.rows + i]
    }

    /// Copies row `i` into `out` (of length `cols`).
    pub fn row_into(&self, i: usize, out: &mut [f64]) {
        for (j, slot) in out.iter_mut().enumerate() {
            *slot = self.data[j * self.rows + i];
        }
    }

    pub fn row(&self, i: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.cols];
        self.row_into(i, &mut out);
        out
    }

    /// The given columns, in the given order.
    pub fn select(&self, columns: &[usize]) -> Self {
        let mut data = Vec::with_capacity(self.rows * columns.len());
        for &j in columns {
            data.extend_from_slice(self.col(j));
        }
        Self { rows: self.rows, cols: columns.len(), data }
    }

    /// The given rows, in the given order.
    pub fn take_rows(&self, rows: &[u32]) -> Self {
        let mut data = Vec::with_capacity(rows.len() * self.cols);
        for column in self.columns() {
            data.extend(rows.iter().map(|&i| column[i as usize]));
        }
        Self { rows: rows.len(), cols: self.cols, data }
    }

    pub fn faer(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.data, self.rows, self.cols)
    }

    /// `intercept + X·weights`, one value a row.
    pub fn times(&self, intercept: f64, weights: &[f64]) -> Vec<f64> {
        let mut out = vec![intercept; self.rows];
        for (column, &w) in self.columns().zip(weights) {
            if w != 0.0 {
                out.iter_mut().zip(column).for_each(|(o, x)| *o += w * x);
            }
        }
        out
    }
}

/// A square matrix kept row after row (`k × k`), as a faer matrix.
pub(super) fn square(data: &[f64], k: usize) -> Mat<f64> {
    Mat::from_fn(k, k, |i, j| data[i * k + j])
}

/// Values picked by row number.
pub(super) fn pick(values: &[f64], rows: &[u32]) -> Vec<f64> {
    rows.iter().map(|&i| values[i as usize]).collect()
}
