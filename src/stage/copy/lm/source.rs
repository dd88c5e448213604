//! Tensors of a GGUF file, packed for the kernels or as floats.

use super::engine::weights::{Fill, Part, Source};
use super::error::LmError;
use super::gguf::{Header, NumberType, Tensor};
use super::kernel::format::Matrix;
use super::kernel::pack::{Kind, pack, pack_floats};
use candle_core::Device;
use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use half::{bf16, f16};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

/// A header and the whole file it is the head of.
pub struct GgufSource<'a> {
    pub header: &'a Header<'a>,
    pub file: &'a [u8],
}

impl GgufSource<'_> {
    fn tensor(&self, name: &str) -> Result<(&Tensor<'_>, &[u8]), LmError> {
        let tensor = self.header.tensors.get(name).ok_or_else(|| LmError::MissingTensor(name.into()))?;
        // `Header::read` has compared the places with the file's size.
        let bytes = usize::try_from(tensor.start)
            .ok()
            .and_then(|start| self.file.get(start..start.checked_add(tensor.bytes as usize)?))
            .ok_or(LmError::Incomplete { missing: tensor.bytes, expected: self.header.expected_size })?;
        Ok((tensor, bytes))
    }
}

impl Source for GgufSource<'_> {
    fn has(&self, name: &str) -> bool {
        self.header.tensors.contains_key(name)
    }

    fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, LmError> {
        let (tensor, bytes) = self.tensor(name)?;
        if tensor.elements() != len as u64 {
            return Err(wrong_shape(tensor, &[len as u64]));
        }
        let mut out = vec![0.0; len];
        floats(tensor.kind, bytes, &mut out)?;
        Ok(out)
    }

    fn matrix(&self, part: Part<'_>) -> Result<Matrix, LmError> {
        let (tensor, bytes) = self.tensor(part.name)?;
        let shape = [part.cols as u64, part.of as u64];
        if tensor.dims != shape || part.rows.end > part.of {
            return Err(wrong_shape(tensor, &shape));
        }
        let row_bytes = bytes.len() / part.of;
        let bytes = &bytes[part.rows.start * row_bytes..part.rows.end * row_bytes];
        let kind = match tensor.kind.name {
            "Q8_0" => Some(Kind::Q8_0),
            "Q4_0" => Some(Kind::Q4_0),
            "Q4_K" => Some(Kind::Q4K),
            "Q6_K" => Some(Kind::Q6K),
            _ => None,
        };
        if let (Some(kind), Fill::None) = (kind, part.fill) {
            return pack(kind, bytes, part.rows.len(), part.cols).ok_or_else(|| wrong_shape(tensor, &shape));
        }
        let failed = AtomicBool::new(false);
        let read = |row: usize, out: &mut [f32]| {
            if floats(tensor.kind, &bytes[row * row_bytes..(row + 1) * row_bytes], out).is_err() {
                failed.store(true, Ordering::Relaxed);
            }
        };
        let matrix = pack_filled(part.rows.len(), part.cols, part.fill, read);
        match failed.into_inner() {
            true => Err(unread(tensor.name, tensor.kind)),
            false => Ok(matrix),
        }
    }
}

/// Packs floats as 8-bit numbers; `read` writes a row of the file's matrix (`rows` × `cols`), which is
/// widened as `fill` says.
pub fn pack_filled(rows: usize, cols: usize, fill: Fill, read: impl Fn(usize, &mut [f32]) + Sync) -> Matrix {
    match fill {
        Fill::None => pack_floats(rows, cols, read),
        Fill::Rows { from, to } => pack_floats(rows / from * to, cols, |r, out| match Fill::source(from, to, r) {
            Some(source) => read(source, out),
            None => out.fill(0.0),
        }),
        Fill::Cols { from, to } => pack_floats(rows, cols / from * to, |r, out| {
            let mut narrow = vec![0.0; cols];
            read(r, &mut narrow);
            for (c, out) in out.iter_mut().enumerate() {
                *out = Fill::source(from, to, c).map_or(0.0, |c| narrow[c]);
            }
        }),
    }
}

fn wrong_shape(tensor: &Tensor<'_>, expected: &[u64]) -> LmError {
    LmError::Shape { tensor: tensor.name.into(), expected: expected.to_vec(), found: tensor.dims.clone() }
}

fn unread(tensor: &str, kind: NumberType) -> LmError {
    LmError::Quantisation { tensor: tensor.into(), kind: kind.name.into() }
}

/// Numbers of any type that the runtime reads, as floats.
pub fn floats(kind: NumberType, bytes: &[u8], out: &mut [f32]) -> Result<(), LmError> {
    match kind.name {
        "F32" => {
            out.iter_mut().zip(bytes.as_chunks::<4>().0).for_each(|(o, b)| *o = f32::from_le_bytes(*b));
        }
        "F16" => {
            out.iter_mut().zip(bytes.as_chunks::<2>().0).for_each(|(o, b)| *o = f16::from_le_bytes(*b).to_f32());
        }
        "BF16" => {
            out.iter_mut().zip(bytes.as_chunks::<2>().0).for_each(|(o, b)| *o = bf16::from_le_bytes(*b).to_f32());
        }
        _ => {
            let storage = QStorage::from_data(Cow::Borrowed(bytes), &Device::Cpu, dtype(kind)?)?;
            let tensor = QTensor::new(storage, (1, out.len()))?.dequantize(&Device::Cpu)?;
            out.copy_from_slice(&tensor.flatten_all()?.to_vec1::<f32>()?);
        }
    }
    Ok(())
}

fn dtype(kind: NumberType) -> Result<GgmlDType, LmError> {
    Ok(match kind.name {
        "Q4_0" => GgmlDType::Q4_0,
        "Q4_1" => GgmlDType::Q4_1,
        "Q5_0" => GgmlDType::Q5_0,
        "Q5_1" => GgmlDType::Q5_1,
        "Q8_0" => GgmlDType::Q8_0,
        "Q2_K" => GgmlDType::Q2K,
        "Q3_K" => GgmlDType::Q3K,
        "Q4_K" => GgmlDType::Q4K,
        "Q5_K" => GgmlDType::Q5K,
        "Q6_K" => GgmlDType::Q6K,
        "Q8_K" => GgmlDType::Q8K,
        _ => return Err(unread("", kind)),
    })
}
