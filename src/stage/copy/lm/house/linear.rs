//! The network's large matrix products and their gradients, in f32 or with bfloat16 factors.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::LmError;
use super::net::{tensor, with_slice, with_two};
use crate::stage::copy::lm::kernel::bf16::{self, Matrix};

/// How the products of a training are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Products {
    Full,
    /// Factors in bfloat16, sums in f32, where the processor has instructions for that; else full. The weights and
    /// their moments stay in f32 either way.
    Half,
}

impl Products {
    /// x (N, K) · wᵀ, w (M, K) → (N, M).
    pub fn forward(self, x: &Tensor, w: &Tensor) -> Result<Tensor, LmError> {
        tensor(self.forward_values(x, w)?, &[x.dim(0)?, w.dim(0)?])
    }

    /// [`Self::forward`] as numbers.
    pub fn forward_values(self, x: &Tensor, w: &Tensor) -> Result<Vec<f32>, LmError> {
        let ((n, k), (m, _)) = (x.dims2()?, w.dims2()?);
        let fast = |x: &[f32], w: &[f32]| bf16::product((n, k, m), Matrix::rows(x, k), Matrix::rows(w, k).turned());
        match self.try_half(x, w, fast)? {
            Some(values) => Ok(values),
            None => with_slice(&x.matmul(&w.t()?)?, <[f32]>::to_vec),
        }
    }

    /// The gradient of x: dy (N, M) · w (M, K) → (N, K).
    pub fn back(self, dy: &Tensor, w: &Tensor) -> Result<Tensor, LmError> {
        let ((n, m), (_, k)) = (dy.dims2()?, w.dims2()?);
        let fast = |dy: &[f32], w: &[f32]| bf16::product((n, m, k), Matrix::rows(dy, m), Matrix::rows(w, k));
        match self.try_half(dy, w, fast)? {
            Some(values) => tensor(values, &[n, k]),
            None => Ok(dy.matmul(w)?),
        }
    }

    /// The gradient of w: dyᵀ (M, N) · x (N, K) → (M, K).
    pub fn back_weights(self, dy: &Tensor, x: &Tensor) -> Result<Tensor, LmError> {
        tensor(self.back_weights_values(dy, x)?, &[dy.dim(1)?, x.dim(1)?])
    }

    /// [`Self::back_weights`] as numbers.
    pub fn back_weights_values(self, dy: &Tensor, x: &Tensor) -> Result<Vec<f32>, LmError> {
        let ((n, m), (_, k)) = (dy.dims2()?, x.dims2()?);
        let fast = |dy: &[f32], x: &[f32]| bf16::product((m, n, k), Matrix::rows(dy, m).turned(), Matrix::rows(x, k));
        match self.try_half(dy, x, fast)? {
            Some(values) => Ok(values),
            None => with_slice(&dy.t()?.matmul(x)?, <[f32]>::to_vec),
        }
    }

    fn try_half(
        self,
        a: &Tensor,
        b: &Tensor,
        product: impl FnOnce(&[f32], &[f32]) -> Option<Vec<f32>>,
    ) -> Result<Option<Vec<f32>>, LmError> {
        if self == Self::Full || !bf16::available() {
            return Ok(None);
        }
        with_two(a, b, product)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn both_ways_agree_to_the_precision_of_their_factors() {
        let random = |rows: usize, columns: usize, seed: usize| {
            let values = (0..rows * columns).map(|at| (((at + seed) * 7919 % 1009) as f32 / 504.0 - 1.0) * 0.7);
            Tensor::from_vec(values.collect::<Vec<f32>>(), (rows, columns), &Device::Cpu).unwrap()
        };
        let (x, w, dy) = (random(75, 48, 1), random(33, 48, 5), random(75, 33, 9));
        for way in [Products::Full, Products::Half] {
            let pairs = [
                (way.forward(&x, &w).unwrap(), x.matmul(&w.t().unwrap()).unwrap()),
                (way.back(&dy, &w).unwrap(), dy.matmul(&w).unwrap()),
                (way.back_weights(&dy, &x).unwrap(), dy.t().unwrap().matmul(&x).unwrap()),
            ];
            for (got, wanted) in pairs {
                assert_eq!(got.dims(), wanted.dims());
                let worst = (got - &wanted).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
                // 75 products of factors below 0.7, each off by less than 2⁻⁸.
                assert!(worst < 75.0 * 0.5 / 256.0 / 4.0, "{way:?} {worst}");
            }
        }
    }
}
