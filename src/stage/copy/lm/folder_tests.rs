//! A Hugging Face folder and a GGUF file with the same weights.

use super::error::LmError;
use super::fixture::{CONTEXT, FFN, Fixture, HEADS, KV_HEADS, VOCABULARY, WIDTH, layers};
use super::load::{LoadOptions, Model, inspect};
use super::reference::cosine;
use crate::base::monitor::Monitor;
use candle_core::Device;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize_to_file};
use serde_json::json;
use std::path::Path;

fn options() -> LoadOptions {
    LoadOptions { threads: Some(2), despite_memory: true }
}

/// Hugging Face's name and numbers of a GGUF tensor. Llama's queries and keys stand in another order there:
/// GGUF pairs neighbours, Hugging Face halves.
fn translated(family: &str, name: &str, shape: &[usize], numbers: Vec<f32>) -> (String, Vec<f32>) {
    let mut numbers = numbers;
    let dim = WIDTH / HEADS;
    if family == "llama" && (name.contains("attn_q.") || name.contains("attn_k.")) {
        let cols = shape[1];
        let old = numbers.clone();
        for row in 0..shape[0] {
            let (head, i) = (row / dim, row % dim);
            let from = head * dim + if i < dim / 2 { 2 * i } else { 2 * (i - dim / 2) + 1 };
            numbers[row * cols..(row + 1) * cols].copy_from_slice(&old[from * cols..(from + 1) * cols]);
        }
    }
    let pairs = [
        ("token_embd", "model.embed_tokens"),
        ("output_norm", "model.norm"),
        ("blk.", "model.layers."),
        ("attn_norm", "input_layernorm"),
        ("ffn_norm", "post_attention_layernorm"),
        ("attn_q_norm", "self_attn.q_norm"),
        ("attn_k_norm", "self_attn.k_norm"),
        ("attn_output", "self_attn.o_proj"),
        ("attn_q", "self_attn.q_proj"),
        ("attn_k", "self_attn.k_proj"),
        ("attn_v", "self_attn.v_proj"),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ];
    let mut name = if name == "output.weight" { "lm_head.weight".to_string() } else { name.to_string() };
    for (gguf, hugging_face) in pairs {
        name = name.replace(gguf, hugging_face);
    }
    (name, numbers)
}

fn write_folder(folder: &Path, family: &str) -> Vec<u8> {
    let fixture = Fixture::new(family, "f32");
    let mut held: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in &fixture.tensors {
        let shape = tensor.shape().dims().to_vec();
        let numbers = tensor.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (name, numbers) = translated(family, name, &shape, numbers);
        held.push((name, shape, numbers.iter().flat_map(|x| x.to_le_bytes()).collect()));
    }
    let views = held
        .iter()
        .map(|(name, shape, bytes)| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
    let config = json!({
        "model_type": family, "hidden_size": WIDTH, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
        "intermediate_size": FFN, "num_hidden_layers": layers(family), "vocab_size": VOCABULARY, "head_dim": WIDTH / HEADS,
        "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "tie_word_embeddings": family == "qwen2",
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let named =
        json!({ "eos_token": { "content": "e" }, "bos_token": null, "chat_template": super::fixture::TEMPLATE });
    std::fs::write(folder.join("tokenizer_config.json"), named.to_string()).unwrap();
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        "abcdefghijklmnopqrstuvwxyzĠ".chars().enumerate().map(|(i, c)| (c.to_string(), i.into())).collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
        "post_processor": null,
        "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        "model": { "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary, "merges": [] },
    });
    std::fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    fixture.bytes()
}

#[test]
fn a_folder_answers_as_the_gguf_file_with_its_weights() {
    for family in ["llama", "qwen2", "qwen3"] {
        let folder = tempfile::tempdir().unwrap();
        let file = write_folder(folder.path(), family);
        let quiet = Monitor::quiet();
        let model = Model::open(folder.path(), &options(), &quiet).unwrap();
        let gguf = Model::of_bytes(&file, &options(), &quiet).unwrap();
        let tokens: Vec<u32> = (0..20).map(|i| i * 13 % 380).collect();
        // Llama's heads add up in another order, so the last bits differ.
        let (ours, truth) = (model.logits(&tokens, &quiet).unwrap(), gguf.logits(&tokens, &quiet).unwrap());
        let close = cosine(&ours.concat(), &truth.concat());
        assert!(close > 0.9999, "{family}: cosine {close}");
        assert_eq!(model.codec().decode(&model.codec().encode("a warm cup").unwrap()), "a warm cup");
        assert!(model.codec().stops().contains(&4));
        let card = inspect(folder.path()).unwrap();
        assert_eq!((card.family.key(), card.quantisation.as_str(), card.context), (family, "F32", CONTEXT));
    }
}

#[test]
fn folders_that_lack_something_say_what() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Model::open(folder.path(), &options(), &Monitor::quiet()).err();
    assert!(matches!(open(), Some(LmError::File { path, .. }) if path.ends_with("config.json")));
    write_folder(folder.path(), "llama");
    assert_eq!(open(), None);
    let path = folder.path().join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 10]).unwrap();
    assert!(matches!(open(), Some(LmError::File { path, .. }) if path.ends_with("model.safetensors")));
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(open(), Some(LmError::File { .. })));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(open(), Some(LmError::File { what, .. }) if what.contains("safetensors")));
    std::fs::write(folder.path().join("config.json"), r#"{"model_type":"bert"}"#).unwrap();
    assert_eq!(open(), Some(LmError::Architecture("bert".into())));
    std::fs::write(folder.path().join("config.json"), r#"{"model_type":"llama"}"#).unwrap();
    assert!(matches!(open(), Some(LmError::Key { key, .. }) if key == "hidden_size"));
}
