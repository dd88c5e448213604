//! A model as Hugging Face keeps it: config.json, tokenizer.json, safetensors. Llama and Qwen 2 and 3.
//!
//! Weights are held as 8-bit numbers, like those of other wide formats.

use super::engine::Weights;
use super::engine::weights::{Part, Source};
use super::error::{LmError, first_line};
use super::family::{Family, Gate, Pairs, Rope, Spec};
use super::file::Bytes;
use super::kernel::format::Matrix;
use super::load::{Card, LoadOptions, Model, chat, memory};
use super::source::pack_filled;
use super::tokenizer::TextCodec;
use crate::base::monitor::Monitor;
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Opens a folder.
pub fn open(folder: &Path, options: &LoadOptions, monitor: &Monitor) -> Result<Model, LmError> {
    let config = json(&folder.join("config.json"))?;
    let spec = spec(&config)?;
    let files = files(folder)?;
    let parsed = parse(&files)?;
    let card = card(folder, &spec, &files, &parsed);
    let named = json(&folder.join("tokenizer_config.json")).unwrap_or_default();
    let text = |key: &str| {
        let value = &named[key];
        value.as_str().or(value["content"].as_str()).map(str::to_string)
    };
    let adds = named["add_bos_token"].as_bool().unwrap_or(false);
    let (begin, end) = (text("bos_token"), text("eos_token"));
    let codec = TextCodec::of_json(&folder.join("tokenizer.json"), begin.as_deref(), end.as_deref(), adds)?;
    let beside = std::fs::read_to_string(folder.join("chat_template.jinja")).ok();
    let chat = chat(beside.as_deref().or(named["chat_template"].as_str()), &codec)?;
    let source = FolderSource { parsed, tied: config["tie_word_embeddings"].as_bool().unwrap_or(false) };
    Model::assemble(card, codec, chat, options, || Weights::take(spec, &source, monitor))
}

/// What a folder says about its model.
pub fn inspect(folder: &Path) -> Result<Card, LmError> {
    let spec = spec(&json(&folder.join("config.json"))?)?;
    let files = files(folder)?;
    Ok(card(folder, &spec, &files, &parse(&files)?))
}

fn file_error(path: &Path, what: impl ToString) -> LmError {
    LmError::File { path: path.into(), what: first_line(&what.to_string()) }
}

fn json(path: &Path) -> Result<Value, LmError> {
    let text = std::fs::read(path).map_err(|error| file_error(path, error))?;
    serde_json::from_slice(&text).map_err(|error| file_error(path, error))
}

/// The folder's safetensors files, in order of name, each with its bytes.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Bytes)>, LmError> {
    let entries = std::fs::read_dir(folder).map_err(|error| file_error(folder, error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "safetensors"));
    paths.sort();
    if paths.is_empty() {
        return Err(file_error(folder, "no .safetensors file"));
    }
    paths.into_iter().map(|path| Ok((path.clone(), Bytes::open(&path)?))).collect()
}

fn parse(files: &[(PathBuf, Bytes)]) -> Result<Vec<SafeTensors<'_>>, LmError> {
    files.iter().map(|(path, bytes)| SafeTensors::deserialize(bytes).map_err(|error| file_error(path, error))).collect()
}

fn card(folder: &Path, spec: &Spec, files: &[(PathBuf, Bytes)], parsed: &[SafeTensors<'_>]) -> Card {
    let tensors = parsed.iter().flat_map(|file| file.tensors());
    let parameters = tensors.map(|(_, view)| view.shape().iter().product::<usize>() as u64).sum::<u64>();
    let kind = parsed.iter().flat_map(|file| file.tensors()).next().map(|(_, view)| format!("{:?}", view.dtype()));
    Card {
        name: folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        family: spec.family,
        file_bytes: files.iter().map(|(_, bytes)| bytes.len() as u64).sum(),
        parameters,
        quantisation: kind.unwrap_or_default(),
        context: spec.context,
        vocabulary: spec.vocabulary,
        licence: None,
        prompt_format: None,
        memory_bytes: memory(spec, parameters / 32 * 34),
    }
}

fn spec(config: &Value) -> Result<Spec, LmError> {
    let kind = config["model_type"].as_str().unwrap_or_default();
    let family = match kind {
        "llama" | "mistral" => Family::Llama,
        "qwen2" => Family::Qwen2,
        "qwen3" => Family::Qwen3,
        other => return Err(LmError::Architecture(other.chars().take(80).collect())),
    };
    let number = |key: &str| config[key].as_u64().and_then(|n| usize::try_from(n).ok());
    let size = |key: &str| number(key).ok_or(LmError::Key { key: key.into(), what: "missing" });
    let (width, heads) = (size("hidden_size")?, size("num_attention_heads")?);
    let head_dim = number("head_dim").unwrap_or(width / heads.max(1));
    let scaling = &config["rope_scaling"];
    let kind = scaling["rope_type"].as_str().or(scaling["type"].as_str()).unwrap_or("default");
    let stretch = match kind {
        "default" => 1.0,
        "linear" => scaling["factor"].as_f64().unwrap_or(1.0),
        "llama3" => 1.0,
        other => {
            let what = format!("rope scaling {other:?}");
            return Err(LmError::Variant { architecture: family.key().into(), what });
        }
    };
    let base = config["rope_theta"].as_f64().or(config["rope_parameters"]["rope_theta"].as_f64()).unwrap_or(10_000.0);
    let factors = if kind == "llama3" { llama3_factors(scaling, base, head_dim) } else { Vec::new() };
    let spec = Spec {
        family,
        layers: size("num_hidden_layers")?,
        width,
        heads,
        kv_heads: number("num_key_value_heads").unwrap_or(heads),
        head_dim,
        ffn: size("intermediate_size")?,
        vocabulary: size("vocab_size")?,
        context: size("max_position_embeddings")?,
        eps: config["rms_norm_eps"].as_f64().unwrap_or(1e-6) as f32,
        rope: Rope { base, dims: head_dim, pairs: Pairs::Halves, factors, stretch, magnitude: 1.0 },
        window: None,
        convolution: None,
        gate: Gate::Silu,
        embedding_scale: 1.0,
        score_scale: 1.0 / (head_dim as f32).sqrt(),
    };
    spec.check()?;
    Ok(spec)
}

/// Llama 3's stretching of slow rotations: divisors between 1 and `factor` for wavelengths beyond the
/// context it was first trained on (Dubey et al. 2024, and transformers' `_compute_llama3_parameters`).
fn llama3_factors(scaling: &Value, base: f64, dims: usize) -> Vec<f32> {
    let number = |key: &str, usual: f64| scaling[key].as_f64().unwrap_or(usual);
    let factor = number("factor", 8.0);
    let (low, high) = (number("low_freq_factor", 1.0), number("high_freq_factor", 4.0));
    let first = number("original_max_position_embeddings", 8_192.0);
    (0..dims / 2)
        .map(|i| {
            let wavelength = std::f64::consts::TAU * base.powf(2.0 * i as f64 / dims as f64);
            if wavelength < first / high {
                1.0
            } else if wavelength > first / low {
                factor as f32
            } else {
                let smooth = (first / wavelength - low) / (high - low);
                (1.0 / ((1.0 - smooth) / factor + smooth)) as f32
            }
        })
        .collect()
}

struct FolderSource<'a> {
    parsed: Vec<SafeTensors<'a>>,
    tied: bool,
}

/// Hugging Face's name for GGUF's.
fn translate(name: &str) -> String {
    match name {
        "token_embd.weight" => "model.embed_tokens.weight".into(),
        "output_norm.weight" => "model.norm.weight".into(),
        "output.weight" => "lm_head.weight".into(),
        _ => {
            let mut parts = name.splitn(3, '.').skip(1);
            let (layer, part) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let (part, kind) = part.rsplit_once('.').unwrap_or((part, ""));
            let part = match part {
                "attn_norm" => "input_layernorm",
                "ffn_norm" => "post_attention_layernorm",
                "attn_q" => "self_attn.q_proj",
                "attn_k" => "self_attn.k_proj",
                "attn_v" => "self_attn.v_proj",
                "attn_output" => "self_attn.o_proj",
                "attn_q_norm" => "self_attn.q_norm",
                "attn_k_norm" => "self_attn.k_norm",
                "ffn_gate" => "mlp.gate_proj",
                "ffn_up" => "mlp.up_proj",
                "ffn_down" => "mlp.down_proj",
                other => other,
            };
            format!("model.layers.{layer}.{part}.{kind}")
        }
    }
}

impl FolderSource<'_> {
    /// A tensor's bytes and number type, after its shape has been compared.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<(Dtype, &[u8]), LmError> {
        let name = translate(name);
        let view = self.parsed.iter().find_map(|file| file.tensor(&name).ok());
        let view = view.ok_or_else(|| LmError::MissingTensor(name.clone()))?;
        if view.shape() != shape {
            let whole = |shape: &[usize]| shape.iter().map(|n| *n as u64).collect();
            return Err(LmError::Shape { tensor: name, expected: whole(shape), found: whole(view.shape()) });
        }
        match view.dtype() {
            Dtype::F32 | Dtype::F16 | Dtype::BF16 => Ok((view.dtype(), view.data())),
            other => Err(LmError::Quantisation { tensor: name, kind: format!("{other:?}") }),
        }
    }
}

fn floats(kind: Dtype, bytes: &[u8], out: &mut [f32]) {
    match kind {
        Dtype::F32 => out.iter_mut().zip(bytes.as_chunks::<4>().0).for_each(|(o, b)| *o = f32::from_le_bytes(*b)),
        Dtype::F16 => {
            out.iter_mut().zip(bytes.as_chunks::<2>().0).for_each(|(o, b)| *o = f16::from_le_bytes(*b).to_f32());
        }
        _ => out.iter_mut().zip(bytes.as_chunks::<2>().0).for_each(|(o, b)| *o = bf16::from_le_bytes(*b).to_f32()),
    }
}

impl Source for FolderSource<'_> {
    fn has(&self, name: &str) -> bool {
        let tied = name == "output.weight" && self.tied;
        !tied && self.parsed.iter().any(|file| file.tensor(&translate(name)).is_ok())
    }

    fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, LmError> {
        let (kind, bytes) = self.tensor(name, &[len])?;
        let mut out = vec![0.0; len];
        floats(kind, bytes, &mut out);
        Ok(out)
    }

    fn matrix(&self, part: Part<'_>) -> Result<Matrix, LmError> {
        let (kind, bytes) = self.tensor(part.name, &[part.of, part.cols])?;
        let row_bytes = bytes.len() / part.of;
        let first = part.rows.start;
        Ok(pack_filled(part.rows.len(), part.cols, part.fill, |row, out| {
            let from = (first + row) * row_bytes;
            floats(kind, &bytes[from..from + row_bytes], out);
        }))
    }
}
