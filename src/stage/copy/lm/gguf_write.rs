//! Writes a network as GGUF: `llama` architecture, Q8_0 matrices, F32 norms, tokenizer, prompt form and licence.

use std::io::BufWriter;
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

use super::LmError;
use super::net::Net;
use super::ops::NORM_EPS;
use super::tokenizer::{HouseTokenizer, PRE_TOKENIZER};
use crate::stage::copy::prompt::{PROMPT_FORMAT, SPECIALS, Special};

const LICENSE: &str = "MIT OR Apache-2.0";
/// llama.cpp's token types.
const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
/// llama.cpp's `LLAMA_FTYPE_MOSTLY_Q8_0`.
const MOSTLY_Q8_0: u32 = 7;

pub fn write(path: &Path, net: &Net, tokenizer: &HouseTokenizer, name: &str) -> Result<(), LmError> {
    let metadata = metadata(net, tokenizer, name)?;
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let mut tensors = Vec::new();
    for (name, tensor) in tensors_of(net)? {
        let kind = if tensor.rank() == 1 { GgmlDType::F32 } else { GgmlDType::Q8_0 };
        tensors.push((name, QTensor::quantize(&tensor, kind)?));
    }
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    let part = path.with_extension("part");
    let file = std::fs::File::create(&part).map_err(LmError::io(&part))?;
    let mut writer = BufWriter::new(file);
    gguf_file::write(&mut writer, &metadata, &tensors)?;
    writer.into_inner().map_err(|e| LmError::Io { path: part.clone(), source: e.into_error() })?;
    std::fs::rename(&part, path).map_err(LmError::io(path))
}

/// The weights under GGUF's names; fused matrices taken apart.
fn tensors_of(net: &Net) -> Result<Vec<(String, Tensor)>, LmError> {
    let (d, f) = (net.shape.width, net.shape.ffn);
    let mut out = Vec::new();
    for ((name, _), tensor) in net.shape.params().into_iter().zip(&net.params) {
        let parts: &[(&str, usize)] = if name.contains("attn_qkv") {
            &[("attn_q", d), ("attn_k", d), ("attn_v", d)]
        } else if name.contains("ffn_gate_up") {
            &[("ffn_gate", f), ("ffn_up", f)]
        } else {
            out.push((name, tensor.clone()));
            continue;
        };
        let mut from = 0;
        for (part, rows) in parts {
            let renamed = name.replace("attn_qkv", part).replace("ffn_gate_up", part);
            out.push((renamed, tensor.narrow(0, from, *rows)?.copy()?.to_device(&Device::Cpu)?));
            from += rows;
        }
    }
    Ok(out)
}

fn metadata(net: &Net, tokenizer: &HouseTokenizer, name: &str) -> Result<Vec<(&'static str, Value)>, LmError> {
    let shape = net.shape;
    let (tokens, merges) = tokenizer.entries()?;
    let kinds = (0..tokens.len()).map(|id| Value::I32(if id < SPECIALS.len() { CONTROL } else { NORMAL })).collect();
    let strings = |list: Vec<String>| Value::Array(list.into_iter().map(Value::String).collect());
    let text = |value: &str| Value::String(value.to_owned());
    let number = |value: usize| Value::U32(value as u32);
    Ok(vec![
        ("general.architecture", text("llama")),
        ("general.name", text(name)),
        ("general.license", text(LICENSE)),
        ("general.description", text("Writes product copy in English and Chinese from a product sheet.")),
        ("general.languages", strings(vec!["en".to_owned(), "zh".to_owned()])),
        ("general.file_type", Value::U32(MOSTLY_Q8_0)),
        ("general.quantization_version", Value::U32(2)),
        ("llama.vocab_size", number(shape.vocab)),
        ("llama.context_length", number(shape.context)),
        ("llama.embedding_length", number(shape.width)),
        ("llama.block_count", number(shape.layers)),
        ("llama.feed_forward_length", number(shape.ffn)),
        ("llama.attention.head_count", number(shape.heads)),
        ("llama.attention.head_count_kv", number(shape.heads)),
        ("llama.attention.layer_norm_rms_epsilon", Value::F32(NORM_EPS)),
        ("llama.rope.dimension_count", number(shape.head_dim())),
        ("llama.rope.freq_base", Value::F32(shape.rope_base)),
        ("tokenizer.ggml.model", text("gpt2")),
        ("tokenizer.ggml.pre", text(PRE_TOKENIZER)),
        ("tokenizer.ggml.tokens", strings(tokens)),
        ("tokenizer.ggml.token_type", Value::Array(kinds)),
        ("tokenizer.ggml.merges", strings(merges)),
        ("tokenizer.ggml.bos_token_id", Value::U32(Special::END.0)),
        ("tokenizer.ggml.eos_token_id", Value::U32(Special::END.0)),
        ("tokenizer.ggml.padding_token_id", Value::U32(Special::PAD.0)),
        ("tokenizer.ggml.add_bos_token", Value::Bool(false)),
        ("shopwright.prompt_format", text(PROMPT_FORMAT)),
    ])
}
