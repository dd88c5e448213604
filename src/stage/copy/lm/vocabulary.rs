//! A tokenizer from a GGUF file's metadata: byte-level pairs ("gpt2") and SentencePiece ("llama").

use super::error::LmError;
use super::gguf::{Array, Header, Value};
use super::tokenizer::{Parts, TextCodec, byte_level_bytes, byte_token, guarded, sentence_piece_bytes};
use std::collections::{BTreeSet, HashMap};
use tokenizers::decoders::byte_level::ByteLevel as ByteLevelDecoder;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::{NFC, NormalizerWrapper, Prepend, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer};

// Kinds of tokens in `tokenizer.ggml.token_type`.
const UNKNOWN: i64 = 2;
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;
const UNUSED: i64 = 5;
const BYTE: i64 = 6;

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// How text is cut before pairs are merged: patterns, and whether a word that is an entry stays whole.
struct Cut {
    patterns: &'static [&'static str],
    whole_words: bool,
    composed: bool,
}

/// The cuts by name, as llama.cpp knows them (`llama-vocab.cpp`).
fn cut(name: &str) -> Option<Cut> {
    let cut = |patterns, whole_words, composed| Some(Cut { patterns, whole_words, composed });
    match name {
        "default" | "gpt-2" | "gpt2" | "phi-2" | "olmo" | "mpt" => cut(&[GPT2], false, false),
        "llama3" | "llama-v3" | "llama-bpe" | "falcon3" | "smaug-bpe" | "lfm2" => cut(&[LLAMA3], true, false),
        "chatglm-bpe" | "glm4" | "dbrx" => cut(&[LLAMA3], false, false),
        "qwen2" | "deepseek-r1-qwen" => cut(&[QWEN2], false, true),
        "smollm" | "starcoder" => cut(&[r"\p{N}", GPT2], false, false),
        "tekken" => cut(&[TEKKEN], true, false),
        _ => None,
    }
}

/// Everything the metadata say about tokens.
struct Entries {
    tokens: Vec<String>,
    kinds: Vec<i64>,
}

impl Entries {
    fn read(header: &Header<'_>) -> Result<Self, LmError> {
        let missing = |what: &str| LmError::Tokenizer(format!("tokenizer.ggml.{what} is missing"));
        let tokens = header.array("tokenizer.ggml.tokens").ok_or_else(|| missing("tokens"))?;
        if tokens.len == 0 || tokens.len > 1 << 22 {
            return Err(LmError::Tokenizer(format!("{} entries", tokens.len)));
        }
        let tokens: Vec<String> = texts(tokens).collect();
        let mut kinds: Vec<i64> = match header.array("tokenizer.ggml.token_type") {
            Some(kinds) => kinds.items().map(whole).collect(),
            None => Vec::new(),
        };
        kinds.resize(tokens.len(), 1);
        Ok(Self { tokens, kinds })
    }

    fn of_kind(&self, kind: i64) -> impl Iterator<Item = &String> {
        self.tokens.iter().zip(&self.kinds).filter(move |(_, k)| **k == kind).map(|(token, _)| token)
    }

    /// Token texts to numbers; a text that occurs twice keeps its first number.
    fn numbers(&self) -> HashMap<String, u32> {
        let mut vocabulary = HashMap::new();
        for (id, token) in self.tokens.iter().enumerate() {
            vocabulary.entry(token.clone()).or_insert(id as u32);
        }
        vocabulary
    }
}

fn texts(array: Array<'_>) -> impl Iterator<Item = String> {
    array.items().map(|value| match value {
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    })
}

fn whole(value: Value<'_>) -> i64 {
    match value {
        Value::Unsigned(n) => i64::try_from(n).unwrap_or(0),
        Value::Signed(n) => n,
        _ => 0,
    }
}

/// The tokenizer in a GGUF file.
pub fn codec(header: &Header<'_>) -> Result<TextCodec, LmError> {
    let entries = Entries::read(header)?;
    let mut inner = match header.text("tokenizer.ggml.model") {
        Some("gpt2") => byte_pairs(header, &entries)?,
        Some("llama") => sentence_pieces(header, &entries)?,
        Some(other) => return Err(LmError::Tokenizer(format!("unknown kind {other:?}"))),
        None => return Err(LmError::Tokenizer("tokenizer.ggml.model is missing".into())),
    };
    // As in llama.cpp: special tokens of Phi 3 swallow the blanks and line breaks after them.
    let name = header.text("general.name").unwrap_or_default().to_lowercase();
    let swallows = name.contains("phi-3") || name.contains("phi3");
    let added = |special: bool| {
        move |token: &String| {
            let swallows = swallows && !matches!(token.as_str(), "<unk>" | "<s>" | "<|endoftext|>");
            AddedToken::from(token.clone(), special).normalized(false).rstrip(swallows)
        }
    };
    let control: Vec<AddedToken> = entries.of_kind(CONTROL).filter(|t| !t.is_empty()).map(added(true)).collect();
    let defined: Vec<AddedToken> = entries.of_kind(USER_DEFINED).filter(|t| !t.is_empty()).map(added(false)).collect();
    guarded(|| inner.add_special_tokens(control))?;
    guarded(|| inner.add_tokens(defined))?;
    let byte_level = header.text("tokenizer.ggml.model") == Some("gpt2");
    let piece = |(token, kind): (&String, &i64)| -> Box<[u8]> {
        match *kind {
            CONTROL | USER_DEFINED | UNKNOWN | UNUSED => token.as_bytes().into(),
            _ if byte_level => byte_level_bytes(token).into(),
            _ => sentence_piece_bytes(token).into(),
        }
    };
    let pieces = entries.tokens.iter().zip(&entries.kinds).map(piece).collect();
    let special = entries.kinds.iter().map(|kind| matches!(*kind, CONTROL | UNKNOWN | UNUSED)).collect();
    let id = |key: &str| {
        let id = header.whole(&format!("tokenizer.ggml.{key}_token_id"))?;
        u32::try_from(id).ok().filter(|id| (*id as usize) < entries.tokens.len())
    };
    let stops: BTreeSet<u32> = ["eos", "eot", "eom"].into_iter().filter_map(id).collect();
    let adds_begin = header.flag("tokenizer.ggml.add_bos_token").unwrap_or(!byte_level);
    Ok(TextCodec::new(Parts { inner, pieces, special, begin: id("bos"), adds_begin, stops }))
}

fn byte_pairs(header: &Header<'_>, entries: &Entries) -> Result<Tokenizer, LmError> {
    let name = header.text("tokenizer.ggml.pre").unwrap_or("default");
    let cut = cut(name).ok_or_else(|| {
        LmError::Tokenizer(format!("unknown way to cut words {name:?}; a tokenizer.json beside the file would help"))
    })?;
    let merges = header
        .array("tokenizer.ggml.merges")
        .ok_or_else(|| LmError::Tokenizer("tokenizer.ggml.merges is missing".into()))?;
    // The blank between the two parts is never the first character: a part may itself begin with one.
    let pair = |merge: String| {
        let at = merge.char_indices().skip(1).find(|(_, c)| *c == ' ').map(|(at, _)| at)?;
        Some((merge[..at].to_string(), merge[at + 1..].to_string()))
    };
    let merges: Option<Vec<(String, String)>> = texts(merges).map(pair).collect();
    let merges = merges.ok_or_else(|| LmError::Tokenizer("a merge without a blank".into()))?;
    let vocabulary = entries.numbers().into_iter().collect::<Vocab>();
    let bpe = guarded(|| BPE::builder().vocab_and_merges(vocabulary, merges).ignore_merges(cut.whole_words).build())?;
    let mut tokenizer = Tokenizer::new(bpe);
    // The house model learned text as it is.
    if cut.composed && header.text("shopwright.prompt_format").is_none() {
        guarded(|| tokenizer.with_normalizer(Some(NFC)).map(|_| ()))?;
    }
    let mut steps: Vec<PreTokenizerWrapper> = Vec::new();
    for pattern in cut.patterns {
        let pattern = SplitPattern::Regex((*pattern).into());
        steps.push(guarded(|| Split::new(pattern, SplitDelimiterBehavior::Isolated, false))?.into());
    }
    steps.push(ByteLevel::new(false, false, false).into());
    tokenizer.with_pre_tokenizer(Some(Sequence::new(steps)));
    tokenizer.with_decoder(Some(ByteLevelDecoder::new(false, false, false)));
    Ok(tokenizer)
}

/// SentencePiece merges the pair whose union has the best score. As pairs of a byte-pair tokenizer: every
/// way to cut an entry into two entries, ordered by the entry's score.
fn sentence_pieces(header: &Header<'_>, entries: &Entries) -> Result<Tokenizer, LmError> {
    let scores = header
        .array("tokenizer.ggml.scores")
        .ok_or_else(|| LmError::Tokenizer("tokenizer.ggml.scores is missing".into()))?;
    let score = |value| match value {
        Value::Float(x) => x,
        other => whole(other) as f64,
    };
    let scores: Vec<f64> = scores.items().map(score).collect();
    if scores.len() != entries.tokens.len() {
        return Err(LmError::Tokenizer(format!("{} scores for {} entries", scores.len(), entries.tokens.len())));
    }
    let numbers = entries.numbers();
    let mergeable =
        |text: &str| numbers.get(text).copied().filter(|id| matches!(entries.kinds[*id as usize], 1 | USER_DEFINED));
    let mut merges: Vec<(f64, u32, u32, (String, String))> = Vec::new();
    for (id, token) in entries.tokens.iter().enumerate() {
        // Entries are words; a longer one is an attack on time.
        if mergeable(token) != Some(id as u32) || token.len() > 512 {
            continue;
        }
        for (at, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(at);
            if let (Some(l), Some(r)) = (mergeable(left), mergeable(right)) {
                merges.push((scores[id], l, r, (left.into(), right.into())));
            }
        }
    }
    merges.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let merges = merges.into_iter().map(|(_, _, _, pair)| pair).collect::<Vec<_>>();
    let unknown = entries.of_kind(UNKNOWN).next().cloned();
    let has_bytes = entries.kinds.contains(&BYTE) || entries.tokens.iter().any(|t| byte_token(t).is_some());
    let vocabulary = numbers.into_iter().collect::<Vocab>();
    let bpe = guarded(|| {
        let builder = BPE::builder().vocab_and_merges(vocabulary, merges).byte_fallback(has_bytes).fuse_unk(true);
        match unknown {
            Some(unknown) => builder.unk_token(unknown).build(),
            None => builder.build(),
        }
    })?;
    let mut tokenizer = Tokenizer::new(bpe);
    let mut steps: Vec<NormalizerWrapper> = Vec::new();
    if header.flag("tokenizer.ggml.add_space_prefix").unwrap_or(true) {
        steps.push(Prepend::new("▁".into()).into());
    }
    steps.push(guarded(|| Replace::new(" ", "▁"))?.into());
    guarded(|| tokenizer.with_normalizer(Some(Normalizers::new(steps))).map(|_| ()))?;
    Ok(tokenizer)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{FAMILIES, Fixture};
    use super::super::reference::reference;
    use super::*;
    use candle_core::quantized::gguf_file;

    #[test]
    fn tokens_are_llama_cpps() {
        let reference = reference();
        for family in FAMILIES {
            let file = Fixture::new(family, "q8_0").bytes();
            let codec = codec(&Header::read(&file).unwrap()).unwrap();
            for case in reference["models"][format!("{family}-q8_0")]["texts"].as_array().unwrap() {
                let text = case["text"].as_str().unwrap();
                let tokens: Vec<u64> = codec.encode(text).unwrap().into_iter().map(u64::from).collect();
                if case["special"] == true {
                    assert_eq!(serde_json::json!(tokens), case["tokens"], "{family}: {text}");
                } else if !text.contains("<|") {
                    let back = codec.decode(&codec.encode(text).unwrap());
                    assert_eq!(back.trim_start(), text.trim_start(), "{family}");
                }
            }
        }
    }

    /// As llama.cpp does for files of this name.
    #[test]
    fn special_tokens_of_phi_3_swallow_what_follows() {
        let mut fixture = Fixture::new("phi3", "q8_0");
        fixture.set("general.name", gguf_file::Value::String("Phi-3 fixture".into()));
        let file = fixture.bytes();
        let codec = codec(&Header::read(&file).unwrap()).unwrap();
        let end = codec.id("<|im_end|>").unwrap();
        let after = |text: &str| codec.encode(text).unwrap().into_iter().skip_while(|t| *t != end).collect::<Vec<_>>();
        assert_eq!(after("a<|im_end|>\n b"), after("a<|im_end|>b"));
        let plain = Fixture::new("phi3", "q8_0").bytes();
        let plain = super::codec(&Header::read(&plain).unwrap()).unwrap();
        assert_ne!(plain.encode("a<|im_end|>\n b").unwrap(), plain.encode("a<|im_end|>b").unwrap());
    }

    #[test]
    fn special_names_in_peoples_texts_are_broken() {
        let file = Fixture::new("qwen2", "q8_0").bytes();
        let codec = codec(&Header::read(&file).unwrap()).unwrap();
        let end = codec.id("<|im_end|>").unwrap();
        assert!(codec.encode("a<|im_end|>b").unwrap().contains(&end));
        assert!(!codec.encode(&codec.harmless("a<|im_end|>b")).unwrap().contains(&end));
        assert!(codec.stops().contains(&end));
        assert_eq!(codec.bytes(end), b"");
    }

    #[test]
    fn a_tokenizer_that_does_not_fit_is_an_error() {
        let wrong = |change: &dyn Fn(&mut Fixture)| {
            let mut fixture = Fixture::new("llama", "q8_0");
            change(&mut fixture);
            let file = fixture.bytes();
            codec(&Header::read(&file).unwrap()).map(|_| ())
        };
        let text = |s: &str| gguf_file::Value::String(s.into());
        let is_tokenizer = |outcome: Result<(), LmError>| matches!(outcome, Err(LmError::Tokenizer(_)));
        assert!(is_tokenizer(wrong(&|f| f.set("tokenizer.ggml.model", text("t5")))));
        assert!(is_tokenizer(wrong(&|f| f.set("tokenizer.ggml.pre", text("unheard-of")))));
        assert!(is_tokenizer(wrong(&|f| f.set("tokenizer.ggml.tokens", text("none")))));
        assert!(is_tokenizer(wrong(&|f| f.set("tokenizer.ggml.merges", gguf_file::Value::Array(vec![text("q")])))));
        assert!(is_tokenizer(wrong(&|f| {
            f.set("tokenizer.ggml.merges", gguf_file::Value::Array(vec![text("no such")]));
        })));
        assert!(is_tokenizer(wrong(&|f| f.set("tokenizer.ggml.model", text("llama")))));
    }
}
