//! The weights of a model, packed for the kernels.

use crate::base::monitor::{Monitor, Step};
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::family::{Family, Spec};
use crate::stage::copy::lm::kernel::format::Matrix;
use std::ops::Range;

/// Attention. Matrices are outputs × inputs; heads are filled up with zeros to [`Spec::padded_head`].
pub struct Attention {
    pub query: Matrix,
    pub key: Matrix,
    pub value: Matrix,
    pub biases: Option<[Vec<f32>; 3]>,
    /// Norms of each head's query and key.
    pub head_norms: Option<[Vec<f32>; 2]>,
    pub output: Matrix,
}

/// A gated short convolution (LFM2).
pub struct Convolution {
    /// 3 · width outputs: gate before, gate after, input.
    pub input: Matrix,
    /// width × taps.
    pub kernel: Vec<f32>,
    pub output: Matrix,
}

pub enum Mixer {
    Attention(Box<Attention>),
    Convolution(Box<Convolution>),
}

pub struct Layer {
    pub norm: Vec<f32>,
    pub mixer: Mixer,
    /// Norm of what the mixer adds (gemma3, glm4).
    pub after_mixer: Option<Vec<f32>>,
    pub ffn_norm: Vec<f32>,
    pub gate: Matrix,
    pub up: Matrix,
    pub down: Matrix,
    pub after_ffn: Option<Vec<f32>>,
}

pub struct Weights {
    pub spec: Spec,
    pub embedding: Matrix,
    pub layers: Vec<Layer>,
    pub norm: Vec<f32>,
    /// The output head, where it is not the embedding.
    pub head: Option<Matrix>,
}

/// Rows of a tensor, as a matrix of `rows.len()` × `cols`.
pub struct Part<'a> {
    pub name: &'a str,
    /// Rows of the whole tensor, which is checked against the file.
    pub of: usize,
    pub rows: Range<usize>,
    pub cols: usize,
    pub fill: Fill,
}

impl<'a> Part<'a> {
    fn whole(name: &'a str, rows: usize, cols: usize) -> Self {
        Self { name, of: rows, rows: 0..rows, cols, fill: Fill::None }
    }
}

/// Where weights come from: a GGUF file or a folder of safetensors. Names are GGUF's.
pub trait Source {
    fn has(&self, name: &str) -> bool;
    /// A vector of `len` floats.
    fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, LmError>;
    fn matrix(&self, part: Part<'_>) -> Result<Matrix, LmError>;
}

/// How a matrix is widened for heads whose width is no multiple of 16: groups of `from` rows (or columns)
/// are filled up to `to` with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    None,
    Rows { from: usize, to: usize },
    Cols { from: usize, to: usize },
}

impl Fill {
    /// Where position `i` of the widened direction comes from; nothing for a zero.
    pub fn source(from: usize, to: usize, i: usize) -> Option<usize> {
        (i % to < from).then_some(i / to * from + i % to)
    }
}

impl Weights {
    /// Takes all weights from `source`, layer by layer.
    pub fn take(mut spec: Spec, source: &impl Source, monitor: &Monitor) -> Result<Self, LmError> {
        let steps = spec.layers as u64 + 2;
        monitor.report(Step::Loading, 0, steps);
        for name in ["rope_freqs.weight", "rope_factors_short.weight"] {
            if source.has(name) {
                spec.rope.factors = source.vector(name, spec.rope.dims / 2)?;
            }
        }
        spec.check()?;
        let embedding = source.matrix(Part::whole("token_embd.weight", spec.vocabulary, spec.width))?;
        let mut layers = Vec::new();
        for i in 0..spec.layers {
            monitor.check()?;
            layers.push(layer(&spec, source, i)?);
            monitor.report(Step::Loading, i as u64 + 1, steps);
        }
        let head = match source.has("output.weight") {
            true => Some(source.matrix(Part::whole("output.weight", spec.vocabulary, spec.width))?),
            false => None,
        };
        let norm = match spec.family {
            Family::Lfm2 if !source.has("output_norm.weight") => "token_embd_norm.weight",
            _ => "output_norm.weight",
        };
        let norm = source.vector(norm, spec.width)?;
        monitor.report(Step::Loading, steps, steps);
        Ok(Self { spec, embedding, layers, norm, head })
    }

    /// Bytes of all matrices.
    pub fn bytes(&self) -> usize {
        let layer = |l: &Layer| {
            let mixer = match &l.mixer {
                Mixer::Attention(a) => [&a.query, &a.key, &a.value, &a.output].iter().map(|m| m.bytes()).sum::<usize>(),
                Mixer::Convolution(c) => c.input.bytes() + c.output.bytes(),
            };
            mixer + l.gate.bytes() + l.up.bytes() + l.down.bytes()
        };
        let head = self.head.as_ref().map_or(0, Matrix::bytes);
        self.embedding.bytes() + head + self.layers.iter().map(layer).sum::<usize>()
    }
}

fn layer(spec: &Spec, source: &impl Source, i: usize) -> Result<Layer, LmError> {
    let name = |part: &str| format!("blk.{i}.{part}.weight");
    let (width, ffn) = (spec.width, spec.ffn);
    let norm = |part: &str| source.vector(&name(part), width);
    let after = matches!(spec.family, Family::Gemma3 | Family::Glm4);
    let mixer = match spec.is_convolution(i) {
        true => Mixer::Convolution(Box::new(convolution(spec, source, i)?)),
        false => Mixer::Attention(Box::new(attention(spec, source, i)?)),
    };
    // phi3 and glm4 hold the gate in the first rows of `ffn_up`.
    let (gate, up) = match matches!(spec.family, Family::Phi3 | Family::Glm4) {
        true => {
            let name = name("ffn_up");
            let part = |rows| Part { name: &name, of: 2 * ffn, rows, cols: width, fill: Fill::None };
            (source.matrix(part(0..ffn))?, source.matrix(part(ffn..2 * ffn))?)
        }
        false => {
            let matrix = |part: &str| source.matrix(Part::whole(&name(part), ffn, width));
            (matrix("ffn_gate")?, matrix("ffn_up")?)
        }
    };
    Ok(Layer {
        norm: norm("attn_norm")?,
        mixer,
        after_mixer: if after { Some(norm("post_attention_norm")?) } else { None },
        ffn_norm: norm("ffn_norm")?,
        gate,
        up,
        down: source.matrix(Part::whole(&name("ffn_down"), width, ffn))?,
        after_ffn: if after { Some(norm("post_ffw_norm")?) } else { None },
    })
}

fn attention(spec: &Spec, source: &impl Source, i: usize) -> Result<Attention, LmError> {
    let name = |part: &str| format!("blk.{i}.{part}");
    let (dim, padded, width) = (spec.head_dim, spec.padded_head(), spec.width);
    let (rows, cols) = match dim == padded {
        true => (Fill::None, Fill::None),
        false => (Fill::Rows { from: dim, to: padded }, Fill::Cols { from: dim, to: padded }),
    };
    let (q, kv) = (spec.heads * dim, spec.kv_heads * dim);
    let matrices = match source.has(&name("attn_qkv.weight")) {
        true => {
            let name = name("attn_qkv.weight");
            let part =
                |range| source.matrix(Part { name: &name, of: q + 2 * kv, rows: range, cols: width, fill: rows });
            [part(0..q)?, part(q..q + kv)?, part(q + kv..q + 2 * kv)?]
        }
        false => {
            let part =
                |part: &str, of| source.matrix(Part { name: &name(part), of, rows: 0..of, cols: width, fill: rows });
            [part("attn_q.weight", q)?, part("attn_k.weight", kv)?, part("attn_v.weight", kv)?]
        }
    };
    let bias = |part: &str, heads: usize| -> Result<Vec<f32>, LmError> {
        let bias = source.vector(&name(part), heads * dim)?;
        Ok((0..heads * padded).map(|j| Fill::source(dim, padded, j).map_or(0.0, |j| bias[j])).collect())
    };
    let biases = match source.has(&name("attn_q.bias")) || spec.family == Family::Qwen2 {
        true => {
            let kv = spec.kv_heads;
            Some([bias("attn_q.bias", spec.heads)?, bias("attn_k.bias", kv)?, bias("attn_v.bias", kv)?])
        }
        false => None,
    };
    let normed = matches!(spec.family, Family::Qwen3 | Family::Gemma3 | Family::Lfm2);
    let head_norm = |part: &str| source.vector(&name(part), dim);
    let head_norms = match normed {
        true => Some([head_norm("attn_q_norm.weight")?, head_norm("attn_k_norm.weight")?]),
        false => None,
    };
    let output = Part { name: &name("attn_output.weight"), of: width, rows: 0..width, cols: q, fill: cols };
    let [query, key, value] = matrices;
    Ok(Attention { query, key, value, biases, head_norms, output: source.matrix(output)? })
}

fn convolution(spec: &Spec, source: &impl Source, i: usize) -> Result<Convolution, LmError> {
    let name = |part: &str| format!("blk.{i}.shortconv.{part}.weight");
    let taps = spec.convolution.as_ref().map_or(1, |c| c.taps);
    Ok(Convolution {
        input: source.matrix(Part::whole(&name("in_proj"), 3 * spec.width, spec.width))?,
        kernel: source.vector(&name("conv"), spec.width * taps)?,
        output: source.matrix(Part::whole(&name("out_proj"), spec.width, spec.width))?,
    })
}
