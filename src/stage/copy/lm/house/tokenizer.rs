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

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::stage::copy::prompt::Special;

    /// A small tokenizer of a few lines in both languages, `vocab` entries.
    pub fn small(vocab: usize) -> HouseTokenizer {
        let lines =
            ["The Hillside Teapot holds 500 ml.", "青山茶壶，容量500毫升。", "白瓷的青山茶壶，给慢下来的午后。"];
        let letter = |n: u32| char::from(b'a' + (n % 26) as u8);
        let word = |i: u32| [i, i / 3, i * 7 / 5, i / 11 + 4].map(letter).iter().collect::<String>();
        let words = (0..900).map(|i| format!("{0} {0} {0}", word(i)));
        let texts: Vec<String> = lines.iter().flat_map(|line| vec![(*line).to_owned(); 30]).chain(words).collect();
        HouseTokenizer::train(&texts, vocab).unwrap()
    }

    #[test]
    fn any_text_comes_back() {
        let tokenizer = small(480);
        for text in ["", " ", "Hillside Teapot", "青山茶壶 M3", "🫖✨\n- 20 × 12 cm\n\nçà et là", "\t\u{0}\u{200d}龘"]
        {
            assert_eq!(tokenizer.decode(&tokenizer.encode_text(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn digits_stand_alone() {
        let tokenizer = small(480);
        let tokens = tokenizer.encode_text("500").unwrap();
        assert_eq!(tokens.len(), 3);
        assert_eq!(tokens[1], tokens[2]);
    }

    /// No entry holds more than one Chinese character, so a name is cut alike wherever it stands.
    #[test]
    fn a_chinese_name_is_cut_the_same_everywhere() {
        let tokenizer = small(480);
        for id in 0..tokenizer.size() as u32 {
            let text = tokenizer.decode(&[id]).unwrap();
            let han = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
            assert!(han <= 1, "{text}");
        }
        let name = tokenizer.encode_text("青山茶壶").unwrap();
        for around in ["白瓷的青山茶壶，好", "，青山茶壶。\n", "A青山茶壶5"] {
            let all = tokenizer.encode_text(around).unwrap();
            assert!(all.windows(name.len()).any(|part| part == name), "{around}");
        }
    }

    #[test]
    fn product_text_cannot_pose_as_a_control_token() {
        let tokenizer = small(480);
        for special in SPECIALS {
            let tokens = tokenizer.encode_text(&format!("x {special} y")).unwrap();
            assert!(tokens.iter().all(|&token| token as usize >= SPECIALS.len()), "{special}");
        }
        let pieces = [Piece::Control(Special::COPY), Piece::Text("<|copy|>".to_owned())];
        let tokens = tokenizer.encode_pieces(&pieces).unwrap();
        assert_eq!(tokens.iter().filter(|&&token| token == Special::COPY.0).count(), 1);
    }

    #[test]
    fn training_is_repeatable_and_json_reads_back() {
        let (one, two) = (small(480), small(480));
        assert_eq!(one.json().unwrap(), two.json().unwrap());
        let again = HouseTokenizer::from_json(&one.json().unwrap()).unwrap();
        assert_eq!(again.encode_text("青山 Teapot 500").unwrap(), one.encode_text("青山 Teapot 500").unwrap());
        let (tokens, merges) = one.entries().unwrap();
        assert_eq!(tokens.len(), 480);
        assert_eq!(merges.len(), 480 - 256 - SPECIALS.len());
        assert!(HouseTokenizer::from_json("{}").is_err());
    }
}
