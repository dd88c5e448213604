//! AdamW with decoupled weight decay (Loshchilov & Hutter 2019), gradient clipping, warm-up and cosine.

use candle_core::{Device, Tensor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::LmError;
use super::net::{Grads, Net, with_slice};

/// Floats of a block in the sums.
const BLOCK: usize = 1 << 16;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdamW {
    /// Highest learning rate, reached after `warm_up` steps.
    pub rate: f64,
    /// The rate at the end, as a share of the highest.
    pub last_share: f64,
    pub warm_up: u64,
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    /// Pulls matrices, not norms, towards 0.
    pub decay: f64,
    /// Gradients longer than this are shortened to it.
    pub clip: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        Self {
            rate: 1.5e-3,
            last_share: 0.04,
            warm_up: 200,
            beta1: 0.9,
            beta2: 0.98,
            epsilon: 1e-8,
            decay: 0.1,
            clip: 1.0,
        }
    }
}

impl AdamW {
    /// The learning rate of a step (from 0) of `total`: linear warm-up, then a half cosine.
    pub fn rate_at(&self, step: u64, total: u64) -> f64 {
        if step < self.warm_up {
            return self.rate * (step + 1) as f64 / self.warm_up as f64;
        }
        let span = total.saturating_sub(self.warm_up).max(1);
        let share = ((step - self.warm_up) as f64 / span as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * share).cos());
        self.rate * (self.last_share + (1.0 - self.last_share) * cosine)
    }
}

/// Running means of the gradient and its square, by parameter.
#[derive(Debug, Clone)]
pub struct Moments {
    pub m: Vec<Vec<f32>>,
    pub v: Vec<Vec<f32>>,
}

impl Moments {
    pub fn zeros(net: &Net) -> Self {
        let zeros: Vec<Vec<f32>> = net.params.iter().map(|p| vec![0.0; p.elem_count()]).collect();
        Self { m: zeros.clone(), v: zeros }
    }
}

/// Length of the whole gradient.
pub fn norm(grads: &Grads, count: usize) -> Result<f64, LmError> {
    let mut sum = 0.0;
    for grad in (0..count).filter_map(|at| grads.get(at)) {
        let parts: Vec<f64> = with_slice(grad, |g| {
            g.par_chunks(BLOCK).map(|part| part.iter().map(|&x| f64::from(x) * f64::from(x)).sum()).collect()
        })?;
        sum += parts.iter().sum::<f64>();
    }
    Ok(sum.sqrt())
}

/// One step (counted from 0) with a learning rate; returns the gradient's length before clipping.
pub fn step(
    net: &mut Net,
    moments: &mut Moments,
    grads: &Grads,
    adam: &AdamW,
    step: u64,
    rate: f64,
) -> Result<f64, LmError> {
    let length = norm(grads, net.params.len())?;
    if !length.is_finite() {
        return Err(LmError::Diverged { step });
    }
    let shorten = if length > adam.clip { adam.clip / length } else { 1.0 } as f32;
    let power = (step + 1).min(1 << 30) as i32;
    let correct1 = (1.0 / (1.0 - adam.beta1.powi(power))) as f32;
    let correct2 = (1.0 / (1.0 - adam.beta2.powi(power))) as f32;
    let (beta1, beta2, epsilon) = (adam.beta1 as f32, adam.beta2 as f32, adam.epsilon as f32);
    for (at, param) in net.params.iter_mut().enumerate() {
        let Some(grad) = grads.get(at) else { continue };
        let decay = if param.rank() > 1 { (rate * adam.decay) as f32 } else { 0.0 };
        let dims = param.dims().to_vec();
        let mut values = with_slice(param, <[f32]>::to_vec)?;
        with_slice(grad, |grad| {
            let moments = moments.m[at].par_chunks_mut(BLOCK).zip(moments.v[at].par_chunks_mut(BLOCK));
            let blocks = values.par_chunks_mut(BLOCK).zip(moments).zip(grad.par_chunks(BLOCK));
            blocks.for_each(|((values, (m, v)), grad)| {
                for i in 0..values.len() {
                    let g = grad[i] * shorten;
                    m[i] = beta1 * m[i] + (1.0 - beta1) * g;
                    v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
                    // Denormal numbers are slow and say nothing.
                    if m[i].abs() < 1e-30 {
                        m[i] = 0.0;
                    }
                    if v[i] < 1e-30 {
                        v[i] = 0.0;
                    }
                    let update = m[i] * correct1 / ((v[i] * correct2).sqrt() + epsilon);
                    values[i] -= rate as f32 * update + decay * values[i];
                }
            });
        })?;
        *param = Tensor::from_vec(values, dims, &Device::Cpu)?;
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::super::linear::Products;
    use super::super::net::Shape;
    use super::super::rows::Batch;
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let adam = AdamW { rate: 1.0, last_share: 0.1, warm_up: 10, ..AdamW::default() };
        assert!((adam.rate_at(0, 110) - 0.1).abs() < 1e-12);
        assert!((adam.rate_at(9, 110) - 1.0).abs() < 1e-12);
        assert!((adam.rate_at(60, 110) - 0.55).abs() < 1e-12);
        assert!((adam.rate_at(110, 110) - 0.1).abs() < 1e-12);
        assert!((adam.rate_at(500, 110) - 0.1).abs() < 1e-12);
    }

    /// The first corrected step is `rate` in the gradient's direction, whatever its size; matrices decay as well.
    #[test]
    fn the_first_step_has_the_length_of_the_rate() {
        let shape = Shape { vocab: 12, width: 8, layers: 1, heads: 1, ffn: 8, context: 8, rope_base: 100.0 };
        let before = Net::new(shape, 1).unwrap();
        let mut after = before.clone();
        let mut grads = Grads::default();
        before.loss_and_grads(&Batch::sequence(&[1, 5, 3, 9]), 1.0, Products::Full, &mut grads).unwrap();
        let adam = AdamW { decay: 0.5, epsilon: 0.0, clip: 1e9, ..AdamW::default() };
        let mut moments = Moments::zeros(&before);
        step(&mut after, &mut moments, &grads, &adam, 0, 0.01).unwrap();
        let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for (at, (old, new)) in before.params.iter().zip(&after.params).enumerate() {
            let decay = if old.rank() > 1 { 0.01 * 0.5 } else { 0.0 };
            let grad = values(grads.get(at).unwrap());
            for ((old, new), grad) in values(old).iter().zip(values(new)).zip(grad) {
                if grad.abs() > 1e-9 {
                    let wanted = old - 0.01 * grad.signum() - decay * old;
                    assert!((new - wanted).abs() < 1e-5, "{at}: {old} {new} {wanted}");
                }
            }
        }
    }
}
