//! The weights of a model of Llama's shape, packed for the kernels.

use crate::base::monitor::{Monitor, Step};
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::family::{Family, Spec};
use crate::stage::copy::lm::kernel::format::Matrix;

/// One layer. Matrices are outputs × inputs. Heads are filled up with zeros to [`Spec::padded_head`].
pub struct Layer {
    pub attention_norm: Vec<f32>,
    pub query: Matrix,
    pub key: Matrix,
    pub value: Matrix,
    pub biases: Option<[Vec<f32>; 3]>,
    /// Norms of each head's query and key (qwen3).
    pub head_norms: Option<[Vec<f32>; 2]>,
    pub output: Matrix,
    pub ffn_norm: Vec<f32>,
    pub gate: Matrix,
    pub up: Matrix,
    pub down: Matrix,
}

pub struct Weights {
    pub spec: Spec,
    pub embedding: Matrix,
    pub layers: Vec<Layer>,
    pub norm: Vec<f32>,
    /// The output head, where it is not the embedding.
    pub head: Option<Matrix>,
}

/// Where weights come from: a GGUF file or a folder of safetensors. Names are GGUF's.
pub trait Source {
    fn has(&self, name: &str) -> bool;
    /// A vector of `len` floats.
    fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, LmError>;
    /// A matrix of `rows` × `cols`, whose rows come in groups of `from` that are filled up with zero rows to
    /// `to`; or its columns, for `Fill::Cols`.
    fn matrix(&self, name: &str, rows: usize, cols: usize, fill: Fill) -> Result<Matrix, LmError>;
}

/// How a matrix is widened for heads whose width is no multiple of 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    None,
    Rows { from: usize, to: usize },
    Cols { from: usize, to: usize },
}

impl Fill {
    /// Where position `i` of the filled-up direction comes from; nothing for a zero.
    pub fn source(from: usize, to: usize, i: usize) -> Option<usize> {
        (i % to < from).then_some(i / to * from + i % to)
    }
}

impl Weights {
    /// Takes all weights from `source`, layer by layer.
    pub fn take(spec: Spec, source: &impl Source, monitor: &Monitor) -> Result<Self, LmError> {
        let steps = spec.layers as u64 + 2;
        monitor.report(Step::Loading, 0, steps);
        let embedding = source.matrix("token_embd.weight", spec.vocabulary, spec.width, Fill::None)?;
        let mut layers = Vec::new();
        for i in 0..spec.layers {
            monitor.check()?;
            layers.push(layer(&spec, source, i)?);
            monitor.report(Step::Loading, i as u64 + 1, steps);
        }
        let head = match source.has("output.weight") {
            true => Some(source.matrix("output.weight", spec.vocabulary, spec.width, Fill::None)?),
            false => None,
        };
        let norm = source.vector("output_norm.weight", spec.width)?;
        monitor.report(Step::Loading, steps, steps);
        Ok(Self { spec, embedding, layers, norm, head })
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let layer = |l: &Layer| {
            let all = [&l.query, &l.key, &l.value, &l.output, &l.gate, &l.up, &l.down];
            all.iter().map(|m| m.bytes()).sum::<usize>()
        };
        let head = self.head.as_ref().map_or(0, Matrix::bytes);
        self.embedding.bytes() + head + self.layers.iter().map(layer).sum::<usize>()
    }
}

fn layer(spec: &Spec, source: &impl Source, i: usize) -> Result<Layer, LmError> {
    let name = |part: &str| format!("blk.{i}.{part}");
    let (dim, padded, width) = (spec.head_dim, spec.padded_head(), spec.width);
    let (rows, cols) = match dim == padded {
        true => (Fill::None, Fill::None),
        false => (Fill::Rows { from: dim, to: padded }, Fill::Cols { from: dim, to: padded }),
    };
    let (query, key) = (spec.heads * dim, spec.kv_heads * dim);
    let bias = |part: &str, heads: usize| -> Result<Vec<f32>, LmError> {
        let bias = source.vector(&name(part), heads * dim)?;
        Ok((0..heads * padded).map(|j| Fill::source(dim, padded, j).map_or(0.0, |j| bias[j])).collect())
    };
    let biases = match source.has(&name("attn_q.bias")) || spec.family == Family::Qwen2 {
        true => Some([
            bias("attn_q.bias", spec.heads)?,
            bias("attn_k.bias", spec.kv_heads)?,
            bias("attn_v.bias", spec.kv_heads)?,
        ]),
        false => None,
    };
    let head_norms = match spec.family {
        Family::Qwen3 => {
            Some([source.vector(&name("attn_q_norm.weight"), dim)?, source.vector(&name("attn_k_norm.weight"), dim)?])
        }
        _ => None,
    };
    Ok(Layer {
        attention_norm: source.vector(&name("attn_norm.weight"), width)?,
        query: source.matrix(&name("attn_q.weight"), query, width, rows)?,
        key: source.matrix(&name("attn_k.weight"), key, width, rows)?,
        value: source.matrix(&name("attn_v.weight"), key, width, rows)?,
        biases,
        head_norms,
        output: source.matrix(&name("attn_output.weight"), width, query, cols)?,
        ffn_norm: source.vector(&name("ffn_norm.weight"), width)?,
        gate: source.matrix(&name("ffn_gate.weight"), spec.ffn, width, Fill::None)?,
        up: source.matrix(&name("ffn_up.weight"), spec.ffn, width, Fill::None)?,
        down: source.matrix(&name("ffn_down.weight"), width, spec.ffn, Fill::None)?,
    })
}
