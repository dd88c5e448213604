//! Writes a network as GGUF: `llama` architecture, Q8_0 matrices, F32 norms, tokenizer, prompt form and licence.
//! And reads such a file back, so that a shop's own voice can be learned from the shipped model.

use std::io::BufWriter;
use std::path::Path;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

use super::LmError;
use super::net::{Net, Shape, with_slice};
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
    let mut out = Vec::new();
    for ((name, dims), tensor) in net.shape.params().into_iter().zip(&net.params) {
        let parts = parts_of(&name);
        let mut dims = dims;
        dims[0] /= parts.len();
        for (index, part) in parts.into_iter().enumerate() {
            // A tensor of its own: quantizing reads a storage from its beginning, wherever a view begins.
            let values = with_slice(&tensor.narrow(0, index * dims[0], dims[0])?, <[f32]>::to_vec)?;
            out.push((part, Tensor::from_vec(values, dims.as_slice(), &Device::Cpu)?));
        }
    }
    Ok(out)
}

/// Reads the weights of a file that [`write`] made.
pub fn read(path: &Path) -> Result<Net, LmError> {
    let wrong = |what: String| LmError::File { path: path.to_owned(), what };
    let mut file = std::fs::File::open(path).map_err(LmError::io(path))?;
    let content = gguf_file::Content::read(&mut file)?;
    let number = |key: &str| {
        let found = content.metadata.get(key).and_then(|value| value.to_u32().ok());
        found.map(|n| n as usize).ok_or_else(|| wrong(format!("no {key}")))
    };
    let base = content.metadata.get("llama.rope.freq_base").and_then(|value| value.to_f32().ok());
    let shape = Shape {
        vocab: number("llama.vocab_size")?,
        width: number("llama.embedding_length")?,
        layers: number("llama.block_count")?,
        heads: number("llama.attention.head_count")?,
        ffn: number("llama.feed_forward_length")?,
        context: number("llama.context_length")?,
        rope_base: base.unwrap_or(10_000.0),
    };
    shape.check()?;
    if content.tensor_infos.len() != 2 + shape.layers * 9 {
        return Err(wrong(format!("{} tensors for {} layers", content.tensor_infos.len(), shape.layers)));
    }
    let mut params = Vec::new();
    for (name, dims) in shape.params() {
        let mut parts = Vec::new();
        for part in parts_of(&name) {
            parts.push(content.tensor(&mut file, &part, &Device::Cpu)?.dequantize(&Device::Cpu)?);
        }
        let whole = Tensor::cat(&parts, 0)?;
        if whole.dims() != dims {
            return Err(wrong(format!("{name} has the shape {:?}", whole.dims())));
        }
        params.push(whole);
    }
    Ok(Net { shape, params })
}

/// The names under which a parameter stands in the file.
fn parts_of(name: &str) -> Vec<String> {
    let split = |whole: &str, parts: &[&str]| parts.iter().map(|part| name.replace(whole, part)).collect();
    if name.contains("attn_qkv") {
        split("attn_qkv", &["attn_q", "attn_k", "attn_v"])
    } else if name.contains("ffn_gate_up") {
        split("ffn_gate_up", &["ffn_gate", "ffn_up"])
    } else {
        vec![name.to_owned()]
    }
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

#[cfg(test)]
mod tests {
    use candle_transformers::models::quantized_llama::ModelWeights;

    use super::super::rows::Batch;
    use super::super::tokenizer::tests::small;
    use super::*;

    /// candle's own GGUF reader and llama model, an implementation not ours, give the training network's logits but
    /// for the rounding to eight bits.
    #[test]
    fn the_file_computes_what_was_trained() {
        let shape = Shape { vocab: 480, width: 64, layers: 2, heads: 2, ffn: 96, context: 64, rope_base: 10_000.0 };
        let mut net = Net::new(shape, 5).unwrap();
        for param in &mut net.params {
            if param.rank() > 1 {
                *param = (&*param * 6.0).unwrap();
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tiny.gguf");
        write(&path, &net, &small(480), "tiny").unwrap();

        let mut file = std::fs::File::open(&path).unwrap();
        let content = gguf_file::Content::read(&mut file).unwrap();
        assert_eq!(content.metadata["general.license"].to_string().unwrap(), LICENSE);
        assert_eq!(content.metadata["tokenizer.ggml.tokens"].to_vec().unwrap().len(), 480);
        assert_eq!(content.metadata["tokenizer.ggml.token_type"].to_vec().unwrap()[3].to_i32().unwrap(), CONTROL);
        assert_eq!(content.tensor_infos["blk.0.attn_q.weight"].ggml_dtype, GgmlDType::Q8_0);
        assert_eq!(content.tensor_infos["output_norm.weight"].ggml_dtype, GgmlDType::F32);

        let mut model = ModelWeights::from_gguf(content, &mut file, &Device::Cpu).unwrap();
        let tokens: Vec<u32> = (0..40).map(|i| (i * 53 + 7) % 480).collect();
        let input = Tensor::from_slice(&tokens, (1, tokens.len()), &Device::Cpu).unwrap();
        let theirs = model.forward(&input, 0).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let ours = net.logits_at(&Batch::sequence(&tokens), tokens.len() - 1).unwrap();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let cosine = dot(&ours, &theirs) / (dot(&ours, &ours) * dot(&theirs, &theirs)).sqrt();
        assert!(cosine > 0.9995, "{cosine}");

        // Read back and written again it is the same file: rounding to eight bits twice is rounding once.
        let again = folder.path().join("again.gguf");
        let back = read(&path).unwrap();
        assert_eq!(back.shape, shape);
        write(&again, &back, &small(480), "tiny").unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes == std::fs::read(&again).unwrap());
        for keep in [0, 3, 50, bytes.len() / 2, bytes.len() - 64] {
            std::fs::write(&again, &bytes[..keep]).unwrap();
            assert!(read(&again).is_err(), "{keep}");
        }
    }
}
