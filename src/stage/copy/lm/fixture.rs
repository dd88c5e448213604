//! Small GGUF files with seeded random weights, for tests: one of every family.

use candle_core::quantized::gguf_file::{Value, write};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub const WIDTH: usize = 256;
pub const HEADS: usize = 4;
pub const KV_HEADS: usize = 2;
pub const FFN: usize = 512;
pub const CONTEXT: usize = 512;
/// Entries of both tokenizers.
pub const VOCABULARY: usize = 384;

pub const FAMILIES: [&str; 7] = ["llama", "qwen2", "qwen3", "phi3", "gemma3", "glm4", "lfm2"];

/// Quantisation of the matrices: `q4_k` holds values and down-projections as Q6_K, like llama.cpp's mixes.
pub const QUANTISATIONS: [&str; 3] = ["q8_0", "q4_0", "q4_k"];

/// A file's parts, to be changed before they are written.
pub struct Fixture {
    pub metadata: Vec<(String, Value)>,
    pub tensors: Vec<(String, QTensor)>,
}

impl Fixture {
    pub fn new(family: &str, quantisation: &str) -> Self {
        let mut parts = Parts { family, quantisation, random: ChaCha8Rng::seed_from_u64(7), tensors: Vec::new() };
        parts.model();
        let mut metadata = sizes(family);
        metadata.extend(tokenizer(family));
        let tensors = parts.tensors;
        Self { metadata, tensors }
    }

    pub fn set(&mut self, key: &str, value: Value) {
        self.metadata.retain(|(k, _)| k != key);
        self.metadata.push((key.into(), value));
    }

    #[allow(dead_code)]
    pub fn drop_tensor(&mut self, name: &str) {
        self.tensors.retain(|(n, _)| n != name);
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut file = std::io::Cursor::new(Vec::new());
        let metadata: Vec<(&str, &Value)> = self.metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
        let tensors: Vec<(&str, &QTensor)> = self.tensors.iter().map(|(n, t)| (n.as_str(), t)).collect();
        write(&mut file, &metadata, &tensors).unwrap();
        file.into_inner()
    }
}

pub fn layers(family: &str) -> usize {
    // Gemma's sixth layer sees everything; LFM2 gets conv, attention, conv.
    match family {
        "gemma3" => 6,
        "lfm2" => 3,
        _ => 2,
    }
}

fn sizes(family: &str) -> Vec<(String, Value)> {
    let key = |name: &str| format!("{family}.{name}");
    let number = |n: usize| Value::U32(n as u32);
    let dim = WIDTH / HEADS;
    let mut all = vec![
        ("general.architecture".to_string(), Value::String(family.into())),
        // llama.cpp changes the tokenizer of models whose name contains "phi-3".
        ("general.name".into(), Value::String("Fixture".into())),
        ("general.license".into(), Value::String("CC0".into())),
        (key("block_count"), number(layers(family))),
        (key("embedding_length"), number(WIDTH)),
        (key("feed_forward_length"), number(FFN)),
        (key("context_length"), number(CONTEXT)),
        (key("attention.head_count"), number(HEADS)),
        (key("attention.layer_norm_rms_epsilon"), Value::F32(1e-5)),
        (key("rope.freq_base"), Value::F32(if family == "gemma3" { 1_000_000.0 } else { 10_000.0 })),
        (key("vocab_size"), number(VOCABULARY)),
    ];
    let kv = match family {
        "lfm2" => Value::Array(vec![Value::I32(0), Value::I32(KV_HEADS as i32), Value::I32(0)]),
        _ => number(KV_HEADS),
    };
    all.push((key("attention.head_count_kv"), kv));
    match family {
        "llama" => all.push((key("rope.dimension_count"), number(dim))),
        "phi3" => {
            all.push((key("rope.dimension_count"), number(dim)));
            all.push((key("rope.scaling.original_context_length"), number(CONTEXT)));
        }
        "glm4" => all.push((key("rope.dimension_count"), number(dim / 2))),
        "gemma3" => all.push((key("attention.sliding_window"), number(16))),
        "lfm2" => all.push((key("shortconv.l_cache"), number(3))),
        _ => {}
    }
    if matches!(family, "qwen3" | "gemma3" | "glm4") {
        all.push((key("attention.key_length"), number(dim)));
        all.push((key("attention.value_length"), number(dim)));
    }
    all
}

struct Parts<'a> {
    family: &'a str,
    quantisation: &'a str,
    random: ChaCha8Rng,
    tensors: Vec<(String, QTensor)>,
}

impl Parts<'_> {
    /// Even numbers around `mean`: exact arithmetic, so that the files are the same on every machine.
    fn numbers(&mut self, count: usize, mean: f32, deviation: f32) -> Vec<f32> {
        let even = |random: &mut ChaCha8Rng| (random.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0;
        (0..count).map(|_| mean + deviation * 1.75 * even(&mut self.random)).collect()
    }

    fn push(&mut self, name: &str, shape: (usize, usize), numbers: Vec<f32>, dtype: GgmlDType) {
        let tensor = match shape.0 {
            0 => Tensor::from_vec(numbers, shape.1, &Device::Cpu),
            _ => Tensor::from_vec(numbers, shape, &Device::Cpu),
        };
        self.tensors.push((name.into(), QTensor::quantize(&tensor.unwrap(), dtype).unwrap()));
    }

    fn vector(&mut self, name: &str, len: usize, mean: f32) {
        let numbers = self.numbers(len, mean, 0.1);
        self.push(name, (0, len), numbers, GgmlDType::F32);
    }

    fn matrix(&mut self, name: &str, rows: usize, cols: usize) {
        let wide = name.contains("ffn_down") || name.contains("attn_v");
        let dtype = match self.quantisation {
            "q4_0" => GgmlDType::Q4_0,
            "q4_k" if wide => GgmlDType::Q6K,
            "q4_k" => GgmlDType::Q4K,
            "f32" => GgmlDType::F32,
            "q5_0" => GgmlDType::Q5_0,
            _ => GgmlDType::Q8_0,
        };
        let numbers = self.numbers(rows * cols, 0.0, 1.5 / (cols as f32).sqrt());
        self.push(name, (rows, cols), numbers, dtype);
    }

    fn model(&mut self) {
        self.matrix("token_embd.weight", VOCABULARY, WIDTH);
        for i in 0..layers(self.family) {
            self.layer(i);
        }
        let norm = if self.family == "lfm2" { "token_embd_norm.weight" } else { "output_norm.weight" };
        self.vector(norm, WIDTH, 1.0);
        if !matches!(self.family, "lfm2" | "qwen2") {
            self.matrix("output.weight", VOCABULARY, WIDTH);
        }
    }

    fn layer(&mut self, i: usize) {
        let name = |part: &str| format!("blk.{i}.{part}");
        let (dim, family) = (WIDTH / HEADS, self.family);
        self.vector(&name("attn_norm.weight"), WIDTH, 1.0);
        self.vector(&name("ffn_norm.weight"), WIDTH, 1.0);
        let kv = KV_HEADS * dim;
        if family == "lfm2" && i != 1 {
            self.matrix(&name("shortconv.in_proj.weight"), 3 * WIDTH, WIDTH);
            let kernel = self.numbers(3 * WIDTH, 0.0, 0.6);
            self.push(&name("shortconv.conv.weight"), (WIDTH, 3), kernel, GgmlDType::F32);
            self.matrix(&name("shortconv.out_proj.weight"), WIDTH, WIDTH);
        } else {
            if family == "phi3" {
                self.matrix(&name("attn_qkv.weight"), WIDTH + 2 * kv, WIDTH);
            } else {
                self.matrix(&name("attn_q.weight"), WIDTH, WIDTH);
                self.matrix(&name("attn_k.weight"), kv, WIDTH);
                self.matrix(&name("attn_v.weight"), kv, WIDTH);
            }
            if matches!(family, "qwen2" | "glm4") {
                self.vector(&name("attn_q.bias"), WIDTH, 0.0);
                self.vector(&name("attn_k.bias"), kv, 0.0);
                self.vector(&name("attn_v.bias"), kv, 0.0);
            }
            if matches!(family, "qwen3" | "gemma3" | "lfm2") {
                self.vector(&name("attn_q_norm.weight"), dim, 1.0);
                self.vector(&name("attn_k_norm.weight"), dim, 1.0);
            }
            self.matrix(&name("attn_output.weight"), WIDTH, WIDTH);
        }
        if matches!(family, "gemma3" | "glm4") {
            self.vector(&name("post_attention_norm.weight"), WIDTH, 1.0);
            self.vector(&name("post_ffw_norm.weight"), WIDTH, 1.0);
        }
        if matches!(family, "phi3" | "glm4") {
            self.matrix(&name("ffn_up.weight"), 2 * FFN, WIDTH);
        } else {
            self.matrix(&name("ffn_gate.weight"), FFN, WIDTH);
            self.matrix(&name("ffn_up.weight"), FFN, WIDTH);
        }
        self.matrix(&name("ffn_down.weight"), WIDTH, FFN);
    }
}

/// Families whose fixture has a SentencePiece tokenizer; the others have byte-level pairs.
pub fn is_sentence_piece(family: &str) -> bool {
    matches!(family, "phi3" | "gemma3")
}

fn tokenizer(family: &str) -> Vec<(String, Value)> {
    let text = |s: &str| Value::String(s.into());
    let (tokens, kinds, scores, merges) = if is_sentence_piece(family) { sentence_pieces() } else { byte_pairs() };
    let id = |token: &str| Value::U32(tokens.iter().position(|t| t == token).unwrap() as u32);
    let key = |name: &str| format!("tokenizer.ggml.{name}");
    let mut all = vec![
        (key("bos_token_id"), id("<s>")),
        (key("eos_token_id"), id("<|im_end|>")),
        (key("add_bos_token"), Value::Bool(is_sentence_piece(family))),
        (key("model"), text(if is_sentence_piece(family) { "llama" } else { "gpt2" })),
        ("tokenizer.chat_template".into(), text(TEMPLATE)),
    ];
    if is_sentence_piece(family) {
        all.push((key("scores"), Value::Array(scores.iter().map(|s| Value::F32(*s)).collect())));
        all.push((key("add_space_prefix"), Value::Bool(family == "phi3")));
        all.push((key("unknown_token_id"), id("<unk>")));
    } else {
        all.push((key("merges"), Value::Array(merges.iter().map(|m| text(m)).collect())));
        let pre = match family {
            "llama" => "llama-bpe",
            "glm4" => "chatglm-bpe",
            "lfm2" => "lfm2",
            _ => "qwen2",
        };
        all.push((key("pre"), text(pre)));
    }
    all.push((key("token_type"), Value::Array(kinds.iter().map(|k| Value::I32(*k)).collect())));
    all.push((key("tokens"), Value::Array(tokens.iter().map(|t| text(t)).collect())));
    all
}

pub const TEMPLATE: &str = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>\n{% endfor %}\
{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

const SPECIAL: [&str; 4] = ["<s>", "</s>", "<|im_start|>", "<|im_end|>"];

/// Pairs as a trainer would find them in English and Chinese shop copy, in order of rank.
const WORDS: [&str; 24] = [
    "the", "and", "tea", "cup", "warm", "with", "for", "water", "that", "soft", "cotton", "kettle", "light", "your",
    "made", "every", "day", "morning", "杯", "水", "茶", "的", "温", "棉",
];

type Vocabulary = (Vec<String>, Vec<i32>, Vec<f32>, Vec<String>);

/// The character that stands for a byte in byte-level vocabularies (GPT-2's table).
fn letter(byte: u8) -> char {
    let printable = |b: u8| matches!(b, 33..=126 | 161..=172 | 174..=255);
    if printable(byte) {
        return char::from(byte);
    }
    let rank = (0..byte).filter(|b| !printable(*b)).count() as u32;
    char::from_u32(256 + rank).unwrap()
}

fn byte_pairs() -> Vocabulary {
    let mut tokens: Vec<String> = (0..=255).map(|b| letter(b).to_string()).collect();
    let mut merges = Vec::new();
    'all: for word in WORDS {
        for word in [format!(" {word}"), word.to_string()] {
            let letters: Vec<String> = word.bytes().map(|b| letter(b).to_string()).collect();
            let mut left = letters[0].clone();
            for right in &letters[1..] {
                let merge = format!("{left} {right}");
                left.push_str(right);
                if !tokens.contains(&left) {
                    tokens.push(left.clone());
                    merges.push(merge);
                }
                if tokens.len() == VOCABULARY - SPECIAL.len() {
                    break 'all;
                }
            }
        }
    }
    assert_eq!(tokens.len(), VOCABULARY - SPECIAL.len());
    let mut kinds = vec![1; tokens.len()];
    tokens.extend(SPECIAL.map(String::from));
    kinds.extend([3; 4]);
    (tokens, kinds, Vec::new(), merges)
}

fn sentence_pieces() -> Vocabulary {
    let mut tokens: Vec<String> = vec!["<unk>".into()];
    let (mut kinds, mut scores) = (vec![2], vec![0.0]);
    let mut add = |token: String, kind: i32, score: f32| {
        if !tokens.contains(&token) && tokens.len() < VOCABULARY {
            tokens.push(token);
            kinds.push(kind);
            scores.push(score);
        }
    };
    SPECIAL.iter().for_each(|s| add((*s).into(), 3, 0.0));
    (0..=255_u8).for_each(|b| add(format!("<0x{b:02X}>"), 6, 0.0));
    let mut rank = 0.0;
    for word in WORDS.iter().take(8) {
        for word in [format!("▁{word}"), (*word).to_string()] {
            let letters: Vec<char> = word.chars().collect();
            for len in 2..=letters.len() {
                rank -= 1.0;
                add(letters[..len].iter().collect(), 1, rank);
            }
        }
    }
    for c in "▁abcdefghijklmnopqrstuvwxyzABCDETW.,!0123456789杯水茶的温棉，。".chars() {
        rank -= 1.0;
        add(c.to_string(), 1, rank);
    }
    let mut spare = 0;
    while tokens.len() < VOCABULARY {
        tokens.push(format!("<spare{spare}>"));
        kinds.push(5);
        scores.push(-1_000.0);
        spare += 1;
    }
    (tokens, kinds, scores, Vec::new())
}

/// Writes every fixture as a file, for the script that asks llama.cpp (tests/fixtures/lm/README.md).
#[test]
#[ignore = "only to make the reference files anew"]
fn write_fixture_files() {
    let folder = std::path::PathBuf::from(std::env::var("LM_FIXTURES").unwrap());
    for family in FAMILIES {
        for quantisation in QUANTISATIONS {
            let path = folder.join(format!("{family}-{quantisation}.gguf"));
            std::fs::write(path, Fixture::new(family, quantisation).bytes()).unwrap();
        }
    }
}
