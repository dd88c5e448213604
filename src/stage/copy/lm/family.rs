//! Which model a file holds: its family and its sizes.
//!
//! All families are variations of Llama's shape: where norms stand, which components a rotation pairs, how
//! far a layer looks back. LFM2 has short convolutions in place of most attention layers.

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

    fn pairs(self) -> Pairs {
        match self {
            Self::Llama | Self::Glm4 => Pairs::Neighbours,
            _ => Pairs::Halves,
        }
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
    /// Multiplies cosines and sines.
    pub magnitude: f64,
}

/// Layers that look back only so many positions, with a rotation of their own; every `every`-th sees all.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub positions: usize,
    pub every: usize,
    pub rope: Rope,
}

/// Short convolutions over `taps` positions, in the layers marked.
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution {
    pub taps: usize,
    pub layers: Vec<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Silu,
    /// GELU, approximated by tanh.
    Gelu,
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
    pub window: Option<Window>,
    pub convolution: Option<Convolution>,
    pub gate: Gate,
    /// Embeddings are multiplied by this, attention scores by that.
    pub embedding_scale: f32,
    pub score_scale: f32,
}

impl Spec {
    /// Whether layer `i` is a convolution.
    pub fn is_convolution(&self, i: usize) -> bool {
        self.convolution.as_ref().is_some_and(|c| c.layers.get(i).copied().unwrap_or(false))
    }

    /// The window of layer `i`, where it does not see everything.
    pub fn window_of(&self, i: usize) -> Option<&Window> {
        self.window.as_ref().filter(|w| !(i + 1).is_multiple_of(w.every))
    }

    /// The number of layer `i` among those of its kind (attention or convolution).
    pub fn place_of(&self, i: usize) -> usize {
        (0..i).filter(|j| self.is_convolution(*j) == self.is_convolution(i)).count()
    }

    /// Width of a head in the cache and in attention: filled up to a multiple of 16.
    pub fn padded_head(&self) -> usize {
        self.head_dim.next_multiple_of(16)
    }

    pub fn cache(&self) -> Shape {
        let convolutions = (0..self.layers).filter(|i| self.is_convolution(*i)).count();
        let layers = self.layers - convolutions;
        Shape { layers, heads: self.kv_heads, dim: self.padded_head(), traces: convolutions, width: self.width }
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
        keys.refuse_variants()?;
        let layers = keys.size("block_count")?;
        let (kv_heads, convolution) = keys.kv_heads(heads, layers)?;
        let rope = Rope {
            base: keys.float("rope.freq_base").unwrap_or(10_000.0),
            dims: keys.optional("rope.dimension_count")?.unwrap_or(head_dim),
            pairs: family.pairs(),
            factors: Vec::new(),
            stretch: keys.stretch()?,
            magnitude: keys.float("rope.scaling.attn_factor").unwrap_or(1.0),
        };
        let gemma = family == Family::Gemma3;
        let window = match keys.optional("attention.sliding_window")? {
            Some(positions) if gemma && positions > 0 => {
                let base = keys.float("rope.freq_base_swa").unwrap_or(10_000.0);
                let rope = Rope { base, stretch: 1.0, ..rope.clone() };
                Some(Window { positions, every: 6, rope })
            }
            _ => None,
        };
        let spec = Self {
            family,
            layers,
            width,
            heads,
            kv_heads,
            head_dim,
            ffn: keys.size("feed_forward_length")?,
            vocabulary: vocabulary.unwrap_or(0),
            context: keys.context()?,
            eps: keys.float("attention.layer_norm_rms_epsilon").unwrap_or(1e-5) as f32,
            rope,
            window,
            convolution,
            gate: if gemma { Gate::Gelu } else { Gate::Silu },
            embedding_scale: if gemma { (width as f32).sqrt() } else { 1.0 },
            // Gemma 3 27B (62 layers) scales by the width a head would have.
            score_scale: match gemma && layers == 62 {
                true => 1.0 / (width as f32 / heads.max(1) as f32).sqrt(),
                false => 1.0 / (head_dim as f32).sqrt(),
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

    fn refuse_variants(&self) -> Result<(), LmError> {
        if self.optional("expert_count")?.unwrap_or(0) > 0 {
            return Err(self.variant("a mixture of experts"));
        }
        for key in ["final_logit_softcapping", "attn_logit_softcapping"] {
            if self.float(key).is_some_and(|cap| cap != 0.0) {
                return Err(self.variant(key));
            }
        }
        Ok(())
    }

    /// Key-value heads, and which layers are convolutions: those with no such head (LFM2).
    fn kv_heads(&self, heads: usize, layers: usize) -> Result<(usize, Option<Convolution>), LmError> {
        if self.family != Family::Lfm2 {
            return Ok((self.optional("attention.head_count_kv")?.unwrap_or(heads), None));
        }
        let key = self.key("attention.head_count_kv");
        let missing = LmError::Key { key: key.clone(), what: "not one number a layer" };
        let counts = self.header.array(&key).filter(|a| a.len == layers as u64).ok_or(missing.clone())?;
        let whole = |value| match value {
            Value::Unsigned(n) => usize::try_from(n).ok(),
            Value::Signed(n) => usize::try_from(n).ok(),
            _ => None,
        };
        let counts: Vec<usize> = counts.items().map_while(whole).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        if counts.len() != layers || counts.iter().any(|n| *n != 0 && *n != most) {
            return Err(missing);
        }
        let taps = self.size("shortconv.l_cache")?;
        if !(1..=64).contains(&taps) {
            return Err(LmError::Key { key: self.key("shortconv.l_cache"), what: "not within 1 to 64" });
        }
        Ok((most, Some(Convolution { taps, layers: counts.iter().map(|n| *n == 0).collect() })))
    }

    /// Phi 3's long rotation factors are not used: its context is what it was trained on at first.
    fn context(&self) -> Result<usize, LmError> {
        let context = self.size("context_length")?;
        let first = self.optional("rope.scaling.original_context_length")?.unwrap_or(context);
        Ok(if self.family == Family::Phi3 { context.min(first) } else { context })
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
            Some("longrope") if self.family == Family::Phi3 => Ok(1.0),
            Some("linear") => Ok(factor),
            Some(other) => Err(self.variant(&format!("rope scaling {other:?}"))),
        }
    }
}
