//! The house model's tokenizer: byte-level BPE whose pre-tokenizer is exactly llama.cpp's `qwen2` (digits single).
//!
//! While it is trained, every Chinese character stands alone, so that no entry spans two of them: a name is then
//! cut the same way wherever it stands, and can be copied. Such merges never join bytes of neighbouring characters
//! (a character ends in a continuation byte and begins with a lead byte), so no special handling is needed later.

use std::collections::HashMap;
use std::path::Path;

use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer};

use super::LmError;
use crate::stage::copy::prompt::{Piece, SPECIALS};

/// llama.cpp's name of the pre-tokenizer.
pub const PRE_TOKENIZER: &str = "qwen2";
/// llama.cpp's `LLAMA_VOCAB_PRE_TYPE_QWEN2`.
const QWEN2: &str = r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const HAN: &str = r"[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}]";

fn error(e: impl std::fmt::Display) -> LmError {
    LmError::Tokenizer(e.to_string())
}

/// A tokenizer whose first ids are the control tokens of [`SPECIALS`].
#[derive(Debug, Clone)]
pub struct HouseTokenizer {
    inner: Tokenizer,
}

impl HouseTokenizer {
    /// Trains `vocab` entries (control tokens and the 256 bytes included) on texts.
    pub fn train(texts: &[String], vocab: usize) -> Result<Self, LmError> {
        let specials = SPECIALS.iter().map(|text| AddedToken::from(*text, true)).collect();
        let mut trainer = BpeTrainer::builder()
            .vocab_size(vocab)
            .min_frequency(2)
            .show_progress(false)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .special_tokens(specials)
            .build();
        let mut inner = tokenizers::TokenizerImpl::<
            BPE,
            tokenizers::NormalizerWrapper,
            tokenizers::PreTokenizerWrapper,
            tokenizers::PostProcessorWrapper,
            tokenizers::DecoderWrapper,
        >::new(BPE::default());
        let alone = Split::new(SplitPattern::Regex(HAN.to_owned()), SplitDelimiterBehavior::Isolated, false);
        let parts = vec![alone.map_err(error)?.into(), qwen2()?.into(), bytes().into()];
        inner.with_pre_tokenizer(Some(Sequence::new(parts)));
        inner.train(&mut trainer, texts.iter()).map_err(error)?;
        inner.with_pre_tokenizer(Some(Sequence::new(vec![qwen2()?.into(), bytes().into()])));
        inner.with_decoder(Some(bytes()));
        Self::from_json(&inner.to_string(false).map_err(error)?)
    }

    /// Reads a `tokenizer.json`.
    pub fn from_json(json: &str) -> Result<Self, LmError> {
        let mut inner: Tokenizer = json.parse().map_err(error)?;
        for (id, text) in SPECIALS.iter().enumerate() {
            if inner.token_to_id(text) != Some(id as u32) {
                return Err(LmError::Tokenizer(format!("{text} is not token {id}")));
            }
        }
        // From here on, text that looks like a control token is encoded as the text it is.
        inner.set_encode_special_tokens(true);
        Ok(Self { inner })
    }

    pub fn load(path: &Path) -> Result<Self, LmError> {
        Self::from_json(&std::fs::read_to_string(path).map_err(LmError::io(path))?)
    }

    /// The `tokenizer.json`.
    pub fn json(&self) -> Result<String, LmError> {
        self.inner.to_string(false).map_err(error)
    }

    pub fn size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Plain text in tokens; control tokens can't come out of it.
    pub fn encode_text(&self, text: &str) -> Result<Vec<u32>, LmError> {
        Ok(self.inner.encode_fast(text, false).map_err(error)?.get_ids().to_vec())
    }

    pub fn encode_pieces(&self, pieces: &[Piece]) -> Result<Vec<u32>, LmError> {
        let mut out = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Control(special) => out.push(special.0),
                Piece::Text(text) => out.extend(self.encode_text(text)?),
            }
        }
        Ok(out)
    }

    /// Tokens as text, without control tokens.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, LmError> {
        self.inner.decode(tokens, true).map_err(error)
    }

    /// Entries in the order of their ids, and merges as "left right", in the order of their rank.
    pub fn entries(&self) -> Result<(Vec<String>, Vec<String>), LmError> {
        let vocab: HashMap<String, u32> = self.inner.get_vocab(true);
        let mut tokens = vec![String::new(); vocab.len()];
        for (text, id) in vocab {
            *tokens.get_mut(id as usize).ok_or_else(|| error("ids have holes"))? = text;
        }
        let json: serde_json::Value = serde_json::from_str(&self.json()?).map_err(error)?;
        let merges = json["model"]["merges"].as_array().ok_or_else(|| error("no merges"))?;
        let merge = |value: &serde_json::Value| match value {
            serde_json::Value::String(pair) => Some(pair.clone()),
            serde_json::Value::Array(pair) => Some(format!("{} {}", pair.first()?.as_str()?, pair.get(1)?.as_str()?)),
            _ => None,
        };
        let merges: Option<Vec<String>> = merges.iter().map(merge).collect();
        Ok((tokens, merges.ok_or_else(|| error("merges of another form"))?))
    }
}

fn qwen2() -> Result<Split, LmError> {
    Split::new(SplitPattern::Regex(QWEN2.to_owned()), SplitDelimiterBehavior::Isolated, false).map_err(error)
}

fn bytes() -> ByteLevel {
    ByteLevel::new(false, false, false)
}
