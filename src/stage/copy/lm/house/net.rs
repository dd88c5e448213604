//! The network: a decoder of the Llama shape (RMSNorm, RoPE, SwiGLU, tied embeddings), with its gradient written
//! out. candle multiplies the matrices; what lies between is in [`super::ops`].
//!
//! The gradient is written by hand because candle's own makes a dozen extra single-threaded passes over memory for
//! each layer. `tests` compares it with finite differences.

use candle_core::{CpuStorage, Device, Storage, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Normal};
use serde::{Deserialize, Serialize};

use super::LmError;
use super::attention::{self, Probabilities};
use super::linear::Products;
use super::ops::{self, Heads, RopeTable};
use super::rows::Batch;

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    pub vocab: usize,
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    pub ffn: usize,
    /// Longest sequence in tokens.
    pub context: usize,
    pub rope_base: f32,
}

impl Default for Shape {
    fn default() -> Self {
        Self { vocab: 8192, width: 256, layers: 8, heads: 4, ffn: 768, context: 768, rope_base: 10_000.0 }
    }
}

impl Shape {
    pub fn head_dim(&self) -> usize {
        self.width / self.heads
    }

    pub fn check(&self) -> Result<(), LmError> {
        let whole = self.heads > 0 && self.width.is_multiple_of(self.heads) && self.head_dim().is_multiple_of(2);
        if !whole || self.vocab == 0 || self.ffn == 0 || self.context == 0 || self.layers == 0 {
            return Err(LmError::Recipe("shape of the network"));
        }
        Ok(())
    }

    /// Name and dimensions of every parameter, in the order of [`Net::params`].
    pub fn params(&self) -> Vec<(String, Vec<usize>)> {
        let (d, f) = (self.width, self.ffn);
        let mut out = vec![("token_embd.weight".to_owned(), vec![self.vocab, d])];
        for layer in 0..self.layers {
            let parts: [(&str, Vec<usize>); PER_LAYER] = [
                ("attn_norm", vec![d]),
                ("attn_qkv", vec![3 * d, d]),
                ("attn_output", vec![d, d]),
                ("ffn_norm", vec![d]),
                ("ffn_gate_up", vec![2 * f, d]),
                ("ffn_down", vec![d, f]),
            ];
            out.extend(parts.into_iter().map(|(name, dims)| (format!("blk.{layer}.{name}.weight"), dims)));
        }
        out.push(("output_norm.weight".to_owned(), vec![d]));
        out
    }

    pub fn param_count(&self) -> usize {
        self.params().iter().map(|(_, dims)| dims.iter().product::<usize>()).sum()
    }
}

const PER_LAYER: usize = 6;

/// A network's weights.
#[derive(Debug, Clone)]
pub struct Net {
    pub shape: Shape,
    pub params: Vec<Tensor>,
}

/// What one layer keeps for its gradient.
struct Kept {
    x: Tensor,
    normed: Tensor,
    qkv: [Vec<f32>; 3],
    attention: Probabilities,
    mixed: Tensor,
    x2: Tensor,
    normed2: Tensor,
    gate_up: Tensor,
    active: Tensor,
}

/// Reads a contiguous f32 tensor in main memory.
pub fn with_slice<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> R) -> Result<R, LmError> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(CpuStorage::F32(values)) => Ok(f(&values[layout.start_offset()..][..layout.shape().elem_count()])),
        _ => Err(LmError::Net(candle_core::Error::Msg("not an f32 tensor in main memory".to_owned()))),
    }
}

pub(super) fn tensor(values: Vec<f32>, dims: &[usize]) -> Result<Tensor, LmError> {
    Ok(Tensor::from_vec(values, dims, &Device::Cpu)?)
}

/// Takes a tensor's values, without a copy if nobody else holds it.
fn values(t: Tensor) -> Result<Vec<f32>, LmError> {
    with_slice(&t, <[f32]>::to_vec)
}

impl Net {
    /// Fresh weights: normal with deviation 0.02, the two matrices that write into the residual stream less by
    /// √(2·layers) (GPT-2), norms 1.
    pub fn new(shape: Shape, seed: u64) -> Result<Self, LmError> {
        shape.check()?;
        let mut params = Vec::new();
        for (index, (name, dims)) in shape.params().into_iter().enumerate() {
            let count = dims.iter().product();
            let residual = name.contains("attn_output") || name.contains("ffn_down");
            let deviation = if residual { 0.02 / (2.0 * shape.layers as f32).sqrt() } else { 0.02 };
            let values = if dims.len() == 1 {
                vec![1.0; count]
            } else {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(index as u64);
                let normal = Normal::new(0.0, deviation).map_err(|_| LmError::Recipe("deviation"))?;
                (0..count).map(|_| normal.sample(&mut rng)).collect()
            };
            params.push(tensor(values, &dims)?);
        }
        Ok(Self { shape, params })
    }

    fn layer(&self, layer: usize) -> &[Tensor] {
        &self.params[1 + layer * PER_LAYER..][..PER_LAYER]
    }

    fn output_norm(&self) -> &Tensor {
        &self.params[1 + self.shape.layers * PER_LAYER]
    }

    fn heads(&self, batch: &Batch) -> Heads {
        Heads { rows: batch.rows, tokens: batch.tokens_per_row, heads: self.shape.heads, dim: self.shape.head_dim() }
    }

    fn embed(&self, tokens: &[u32]) -> Result<Tensor, LmError> {
        let d = self.shape.width;
        let values = with_slice(&self.params[0], |table| {
            let mut out = Vec::with_capacity(tokens.len() * d);
            for &token in tokens {
                out.extend_from_slice(&table[token as usize * d..][..d]);
            }
            out
        })?;
        tensor(values, &[tokens.len(), d])
    }

    /// One layer forward; `x` is (N, d).
    fn layer_forward(
        &self,
        layer: usize,
        x: Tensor,
        batch: &Batch,
        rope: &[(f32, f32)],
        products: Products,
    ) -> Result<(Tensor, Kept), LmError> {
        let [norm, w_qkv, w_out, norm2, w_gate_up, w_down] = self.layer(layer) else {
            return Err(LmError::Recipe("layers"));
        };
        let s = self.heads(batch);
        let (n, d, f) = (s.rows * s.tokens, self.shape.width, self.shape.ffn);
        let normed = rms(&x, norm)?;
        let qkv = products.forward(&normed, w_qkv)?;
        let qkv = with_slice(&qkv, |qkv| ops::split_heads(qkv, s, &batch.positions, rope))?;
        let [q, k, v] = &qkv;
        let (mixed, attention) = attention::attend([q, k, v], s, &batch.sights);
        let mixed = tensor(ops::merge_heads(&mixed, s), &[n, d])?;
        let x2 = plus(&x, &products.forward(&mixed, w_out)?)?;
        let normed2 = rms(&x2, norm2)?;
        let gate_up = products.forward(&normed2, w_gate_up)?;
        let active = tensor(with_slice(&gate_up, |x| ops::swiglu(x, f))?, &[n, f])?;
        let out = plus(&x2, &products.forward(&active, w_down)?)?;
        Ok((out, Kept { x, normed, qkv, attention, mixed, x2, normed2, gate_up, active }))
    }

    /// Gradient of one layer: from `dy` (N, d) to dx, adding to `grads`.
    fn layer_back(
        &self,
        layer: usize,
        kept: Kept,
        dy: Tensor,
        batch: &Batch,
        (rope, products): (&[(f32, f32)], Products),
        grads: &mut Grads,
    ) -> Result<Tensor, LmError> {
        let [norm, w_qkv, w_out, norm2, w_gate_up, w_down] = self.layer(layer) else {
            return Err(LmError::Recipe("layers"));
        };
        let s = self.heads(batch);
        let (n, f) = (s.rows * s.tokens, self.shape.ffn);
        let at = 1 + layer * PER_LAYER;
        grads.add(at + 5, products.back_weights(&dy, &kept.active)?)?;
        let dactive = products.back(&dy, w_down)?;
        let dgate_up = with_two(&kept.gate_up, &dactive, |x, dy| ops::swiglu_back(x, dy, f))?;
        let dgate_up = tensor(dgate_up, &[n, 2 * f])?;
        grads.add(at + 4, products.back_weights(&dgate_up, &kept.normed2)?)?;
        let dx2 = rms_back(&kept.x2, norm2, &products.back(&dgate_up, w_gate_up)?, &dy, at + 3, grads)?;

        grads.add(at + 2, products.back_weights(&dx2, &kept.mixed)?)?;
        let dmixed = with_slice(&products.back(&dx2, w_out)?, |x| ops::unmerge_heads(x, s))?;
        let [q, k, v] = &kept.qkv;
        let [dq, dk, dv] = attention::attend_back(&dmixed, [q, k, v], &kept.attention, s, &batch.sights);
        let dqkv = ops::split_heads_back([&dq, &dk, &dv], s, &batch.positions, rope);
        let dqkv = tensor(dqkv, &[n, 3 * self.shape.width])?;
        grads.add(at + 1, products.back_weights(&dqkv, &kept.normed)?)?;
        rms_back(&kept.x, norm, &products.back(&dqkv, w_qkv)?, &dx2, at, grads)
    }

    /// The hidden states before the head, and what the layers kept.
    fn forward(
        &self,
        batch: &Batch,
        keep: bool,
        products: Products,
    ) -> Result<(Tensor, Vec<Kept>, RopeTable), LmError> {
        let rope = ops::rope_table(self.shape.context, self.shape.head_dim(), self.shape.rope_base);
        let mut x = self.embed(&batch.tokens)?;
        let mut kept = Vec::new();
        for layer in 0..self.shape.layers {
            let (out, layer_kept) = self.layer_forward(layer, x, batch, &rope, products)?;
            x = out;
            if keep {
                kept.push(layer_kept);
            }
        }
        Ok((x, kept, rope))
    }

    /// The rows of x (N, d) at the batch's targets: (M, d).
    fn at_targets(&self, x: &Tensor, batch: &Batch) -> Result<Tensor, LmError> {
        let d = self.shape.width;
        let picked = with_slice(x, |x| {
            let mut out = Vec::with_capacity(batch.targets.len() * d);
            for target in &batch.targets {
                out.extend_from_slice(&x[target.at * d..][..d]);
            }
            out
        })?;
        tensor(picked, &[batch.targets.len(), d])
    }

    /// Sum of the weighted losses over the batch's targets; no gradient.
    pub fn loss(&self, batch: &Batch) -> Result<f64, LmError> {
        let (x, _, _) = self.forward(batch, false, Products::Full)?;
        let normed = rms(&self.at_targets(&x, batch)?, self.output_norm())?;
        let logits = values(normed.matmul(&self.params[0].t()?)?)?;
        Ok(ops::cross_entropy(logits, &batch.wanted(), self.shape.vocab, 1.0).0)
    }

    /// Logits after the token at `at` (an index into the batch's tokens).
    pub fn logits_at(&self, batch: &Batch, at: usize) -> Result<Vec<f32>, LmError> {
        let (x, _, _) = self.forward(batch, false, Products::Full)?;
        let normed = rms(&x.narrow(0, at, 1)?.contiguous()?, self.output_norm())?;
        values(normed.matmul(&self.params[0].t()?)?)
    }

    /// Sum of the weighted losses; adds the gradient of that sum times `scale` to `grads`.
    pub fn loss_and_grads(
        &self,
        batch: &Batch,
        scale: f32,
        products: Products,
        grads: &mut Grads,
    ) -> Result<f64, LmError> {
        let (x, kept, rope) = self.forward(batch, true, products)?;
        let (d, last) = (self.shape.width, self.params.len() - 1);
        let picked = self.at_targets(&x, batch)?;
        let normed = rms(&picked, self.output_norm())?;
        let logits = products.forward_values(&normed, &self.params[0])?;
        let (loss, dlogits) = ops::cross_entropy(logits, &batch.wanted(), self.shape.vocab, scale);
        let dlogits = tensor(dlogits, &[batch.targets.len(), self.shape.vocab])?;
        let mut dembed = products.back_weights_values(&dlogits, &normed)?;
        let zeros = picked.zeros_like()?;
        let dpicked =
            rms_back(&picked, self.output_norm(), &products.back(&dlogits, &self.params[0])?, &zeros, last, grads)?;
        let mut dx = vec![0.0; batch.tokens.len() * d];
        with_slice(&dpicked, |from| {
            for (target, from) in batch.targets.iter().zip(from.chunks_exact(d)) {
                dx[target.at * d..][..d].iter_mut().zip(from).for_each(|(to, x)| *to += x);
            }
        })?;
        let mut dx = tensor(dx, &[batch.tokens.len(), d])?;
        for (layer, kept) in kept.into_iter().enumerate().rev() {
            dx = self.layer_back(layer, kept, dx, batch, (&rope, products), grads)?;
        }
        with_slice(&dx, |dx| {
            for (&token, from) in batch.tokens.iter().zip(dx.chunks_exact(d)) {
                dembed[token as usize * d..][..d].iter_mut().zip(from).for_each(|(to, x)| *to += x);
            }
        })?;
        grads.add(0, tensor(dembed, &[self.shape.vocab, d])?)?;
        Ok(loss)
    }
}

fn plus(a: &Tensor, b: &Tensor) -> Result<Tensor, LmError> {
    tensor(with_two(a, b, ops::add)?, a.dims())
}

fn rms(x: &Tensor, w: &Tensor) -> Result<Tensor, LmError> {
    tensor(with_two(x, w, ops::rms_norm)?, x.dims())
}

fn rms_back(
    x: &Tensor,
    w: &Tensor,
    dy: &Tensor,
    through: &Tensor,
    at: usize,
    grads: &mut Grads,
) -> Result<Tensor, LmError> {
    let (dx, dw) = with_two(x, w, |x, w| with_two(dy, through, |dy, t| ops::rms_norm_back(x, w, dy, t)))??;
    grads.add(at, tensor(dw, w.dims())?)?;
    tensor(dx, x.dims())
}

pub(super) fn with_two<R>(a: &Tensor, b: &Tensor, f: impl FnOnce(&[f32], &[f32]) -> R) -> Result<R, LmError> {
    with_slice(a, |a| with_slice(b, |b| f(a, b)))?
}

/// Gradients by parameter, summed over the parts of a step.
#[derive(Debug, Default)]
pub struct Grads {
    sums: Vec<Option<Tensor>>,
}

impl Grads {
    fn add(&mut self, at: usize, grad: Tensor) -> Result<(), LmError> {
        if self.sums.len() <= at {
            self.sums.resize(at + 1, None);
        }
        let sum = match self.sums[at].take() {
            Some(sum) => (sum + grad)?,
            None => grad,
        };
        self.sums[at] = Some(sum);
        Ok(())
    }

    pub fn get(&self, at: usize) -> Option<&Tensor> {
        self.sums.get(at).and_then(Option::as_ref)
    }
}

#[cfg(test)]
mod tests;
