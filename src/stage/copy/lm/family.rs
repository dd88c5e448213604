//! Which model a file holds: its family and its sizes.
//!
//! Three families, all of Llama's shape, run on our own kernels (`engine`); the rest goes through
//! candle-transformers (`foreign`).

use super::error::LmError;
use super::gguf::{Header, Value};
use super::kernel::cache::Shape;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    Llama,
    Qwen2,
    Qwen3,
    Phi3,
    Gemma3,
    Glm4,
    Lfm2,
}

impl Family {
    pub const ALL: [Self; 7] =
        [Self::Llama, Self::Qwen2, Self::Qwen3, Self::Phi3, Self::Gemma3, Self::Glm4, Self::Lfm2];

    /// The name in `general.architecture`, and the prefix of the family's keys.
    pub fn key(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Phi3 => "phi3",
            Self::Gemma3 => "gemma3",
            Self::Glm4 => "glm4",
            Self::Lfm2 => "lfm2",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.key() == key)
    }

    /// Whether our own kernels run it: several drafts at once, and any prompt's beginning is reused.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Llama | Self::Qwen2 | Self::Qwen3)
    }
}

/// Which components of a head the rotary embedding pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// (2 i, 2 i + 1): Llama as GGUF files hold it.
    Neighbours,
    /// (i, i + n / 2): Qwen, and Llama as Hugging Face holds it.
    Halves,
}

/// Rotary embedding: `dims` components of each head turn by position · base^(−2 i / dims) / factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Rope {
    pub base: f64,
    pub dims: usize,
    pub pairs: Pairs,
    /// One divisor a pair; empty for 1.
    pub factors: Vec<f32>,
    /// Divides all positions (linear scaling).
    pub stretch: f64,
}

/// The sizes of a model of Llama's shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    pub family: Family,
    pub layers: usize,
    pub width: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub ffn: usize,
    pub vocabulary: usize,
    pub context: usize,
    pub eps: f32,
    pub rope: Rope,
}

impl Spec {
    /// Width of a head in the cache and in attention: filled up to a multiple of 16.
    pub fn padded_head(&self) -> usize {
        self.head_dim.next_multiple_of(16)
    }

    pub fn cache(&self) -> Shape {
        Shape { layers: self.layers, heads: self.kv_heads, dim: self.padded_head() }
    }

    /// Refuses sizes that cannot be meant.
    pub fn check(&self) -> Result<(), LmError> {
        let key = |key: &str, what| LmError::Key { key: format!("{}.{key}", self.family.key()), what };
        let within = |n: usize, most: usize, name: &str| match n {
            0 => Err(key(name, "zero or missing")),
            n if n > most => Err(key(name, "implausibly large")),
            _ => Ok(()),
        };
        within(self.layers, 1_024, "block_count")?;
        within(self.width, 1 << 17, "embedding_length")?;
        within(self.ffn, 1 << 19, "feed_forward_length")?;
        within(self.heads, 1_024, "attention.head_count")?;
        within(self.kv_heads, self.heads, "attention.head_count_kv")?;
        within(self.head_dim, 1_024, "attention.key_length")?;
        within(self.context, 1 << 24, "context_length")?;
        within(self.vocabulary, 1 << 22, "vocab_size")?;
        if !self.heads.is_multiple_of(self.kv_heads) {
            return Err(key("attention.head_count_kv", "does not divide head_count"));
        }
        if self.rope.dims == 0 || self.rope.dims > self.head_dim || !self.rope.dims.is_multiple_of(2) {
            return Err(key("rope.dimension_count", "not an even number up to the head's width"));
        }
        if !self.rope.factors.is_empty() && self.rope.factors.len() != self.rope.dims / 2 {
            return Err(key("rope_freqs", "not one factor a pair"));
        }
        if !(self.rope.base.is_finite() && self.rope.base > 0.0 && self.rope.stretch > 0.0) {
            return Err(key("rope.freq_base", "not positive"));
        }
        if !(self.eps.is_finite() && self.eps >= 0.0) {
            return Err(key("attention.layer_norm_rms_epsilon", "negative"));
        }
        Ok(())
    }

    /// From a GGUF header. `rope.factors` are the caller's to fill from the tensor `rope_freqs.weight`.
    pub fn of_gguf(header: &Header<'_>, family: Family) -> Result<Self, LmError> {
        let keys = Keys { header, family };
        let width = keys.size("embedding_length")?;
        let heads = keys.size("attention.head_count")?;
        let head_dim = match keys.optional("attention.key_length")? {
            Some(dim) => dim,
            None => width / heads.max(1),
        };
        let tokens = header.array("tokenizer.ggml.tokens").map(|tokens| tokens.len as usize);
        let embedding = header.tensors.get("token_embd.weight").and_then(|t| t.dims.get(1)).map(|rows| *rows as usize);
        let vocabulary = embedding.or(tokens).or(keys.optional("vocab_size")?);
        if keys.optional("expert_count")?.unwrap_or(0) > 0 {
            return Err(keys.variant("a mixture of experts"));
        }
        let spec = Self {
            family,
            layers: keys.size("block_count")?,
            width,
            heads,
            kv_heads: keys.optional("attention.head_count_kv")?.unwrap_or(heads),
            head_dim,
            ffn: keys.size("feed_forward_length")?,
            vocabulary: vocabulary.unwrap_or(0),
            context: keys.size("context_length")?,
            eps: keys.float("attention.layer_norm_rms_epsilon").unwrap_or(1e-5) as f32,
            rope: Rope {
                base: keys.float("rope.freq_base").unwrap_or(10_000.0),
                dims: keys.optional("rope.dimension_count")?.unwrap_or(head_dim),
                pairs: if family == Family::Llama { Pairs::Neighbours } else { Pairs::Halves },
                factors: Vec::new(),
                stretch: keys.stretch()?,
            },
        };
        if keys.optional("attention.value_length")?.is_some_and(|dim| dim != head_dim) {
            return Err(keys.variant("values of another width than keys"));
        }
        spec.check()?;
        Ok(spec)
    }
}

/// A family's keys in a header.
struct Keys<'a> {
    header: &'a Header<'a>,
    family: Family,
}

impl Keys<'_> {
    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.family.key())
    }

    fn variant(&self, what: &str) -> LmError {
        LmError::Variant { architecture: self.family.key().into(), what: what.into() }
    }

    fn size(&self, name: &str) -> Result<usize, LmError> {
        self.optional(name)?.ok_or(LmError::Key { key: self.key(name), what: "missing" })
    }

    fn optional(&self, name: &str) -> Result<Option<usize>, LmError> {
        let key = self.key(name);
        match self.header.metadata.get(key.as_str()) {
            None => Ok(None),
            Some(Value::Array(array)) => {
                let mut items = array.items();
                let first = items.next();
                if items.all(|item| Some(item) == first) {
                    match first {
                        Some(Value::Unsigned(n)) => Ok(usize::try_from(n).ok()),
                        Some(Value::Signed(n)) => Ok(usize::try_from(n).ok()),
                        _ => Err(LmError::Key { key, what: "no whole number" }),
                    }
                } else {
                    Err(self.variant(&format!("{name} that differs between layers")))
                }
            }
            Some(_) => match self.header.whole(&key) {
                Some(n) => Ok(Some(usize::try_from(n).unwrap_or(usize::MAX))),
                None => Err(LmError::Key { key, what: "no whole number" }),
            },
        }
    }

    fn float(&self, name: &str) -> Option<f64> {
        self.header.float(&self.key(name))
    }

    /// Positions are divided by this. Only linear scaling is known (Llama 3's is in `rope_freqs.weight`).
    fn stretch(&self) -> Result<f64, LmError> {
        let factor = self.float("rope.scaling.factor").or(self.float("rope.scale_linear")).unwrap_or(1.0);
        match self.header.text(&self.key("rope.scaling.type")) {
            None if self.float("rope.scale_linear").is_some() => Ok(factor),
            None | Some("none") => Ok(1.0),
            Some("linear") => Ok(factor),
            Some(other) => Err(self.variant(&format!("rope scaling {other:?}"))),
        }
    }
}
