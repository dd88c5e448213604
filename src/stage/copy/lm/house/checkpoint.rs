//! Saves and restores a training: weights, moments and step in one safetensors file, put in place by a rename, so
//! that a kill at any moment leaves the last whole one.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};

use super::LmError;
use super::net::{Net, Shape, with_slice};
use super::optimizer::Moments;

/// Where a training stands. Data are drawn from (seed, step), so the step is all their state.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    pub net: Net,
    pub moments: Moments,
    /// Steps done.
    pub step: u64,
    /// Token positions processed.
    pub tokens: u64,
}

pub fn save(path: &Path, net: &Net, moments: &Moments, step: u64, tokens: u64) -> Result<(), LmError> {
    let mut all = HashMap::new();
    for (at, (name, dims)) in net.shape.params().into_iter().enumerate() {
        let moment = |values: &[f32]| Tensor::from_slice(values, dims.as_slice(), &Device::Cpu);
        all.insert(format!("m.{name}"), moment(&moments.m[at])?);
        all.insert(format!("v.{name}"), moment(&moments.v[at])?);
        all.insert(name, net.params[at].clone());
    }
    all.insert("state".to_owned(), Tensor::from_slice(&[step as i64, tokens as i64], 2, &Device::Cpu)?);
    let part = path.with_extension("part");
    candle_core::safetensors::save(&all, &part)?;
    std::fs::rename(&part, path).map_err(LmError::io(path))
}

pub fn load(path: &Path, shape: Shape) -> Result<Checkpoint, LmError> {
    let all = candle_core::safetensors::load(path, &Device::Cpu)?;
    let wrong = |what: String| LmError::File { path: path.to_owned(), what };
    let get = |name: &str, dims: &[usize]| {
        let found = all.get(name).ok_or_else(|| wrong(format!("no {name}")))?;
        if found.dims() != dims || found.dtype() != candle_core::DType::F32 {
            return Err(wrong(format!("{name} has the shape {:?}", found.dims())));
        }
        Ok(found.clone())
    };
    let (mut params, mut m, mut v) = (Vec::new(), Vec::new(), Vec::new());
    for (name, dims) in shape.params() {
        params.push(get(&name, &dims)?);
        m.push(with_slice(&get(&format!("m.{name}"), &dims)?, <[f32]>::to_vec)?);
        v.push(with_slice(&get(&format!("v.{name}"), &dims)?, <[f32]>::to_vec)?);
    }
    let state = all.get("state").ok_or_else(|| wrong("no state".to_owned()))?.to_vec1::<i64>()?;
    let [step, tokens] = state[..] else { return Err(wrong("state of another form".to_owned())) };
    Ok(Checkpoint { net: Net { shape, params }, moments: Moments { m, v }, step: step as u64, tokens: tokens as u64 })
}
