//! Text to tokens and back. Built from a GGUF file's metadata (`vocabulary`) or a tokenizer.json.

use super::error::{LmError, first_line};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;
use tokenizers::Tokenizer;

/// A model's tokenizer, with the bytes of every token at hand.
pub struct TextCodec {
    inner: Tokenizer,
    /// The same, blind to the names of special tokens; made when first needed.
    plain: OnceLock<Tokenizer>,
    pieces: Vec<Box<[u8]>>,
    special: Vec<bool>,
    /// Texts of special tokens, longest first: prompts must not contain them in what people wrote.
    special_texts: Vec<String>,
    begin: Option<u32>,
    adds_begin: bool,
    stops: BTreeSet<u32>,
}

/// The parts a tokenizer is made of.
pub struct Parts {
    pub inner: Tokenizer,
    pub pieces: Vec<Box<[u8]>>,
    pub special: Vec<bool>,
    pub begin: Option<u32>,
    pub adds_begin: bool,
    pub stops: BTreeSet<u32>,
}

/// Special tokens that end a turn, whatever the metadata call them.
const ENDS: [&str; 8] =
    ["<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<end_of_turn>", "<|end|>", "</s>", "<|user|>", "<|end_of_text|>"];

impl TextCodec {
    pub fn new(parts: Parts) -> Self {
        let Parts { inner, pieces, special, begin, adds_begin, mut stops } = parts;
        let texts = pieces.iter().zip(&special).filter(|(_, special)| **special).map(|(piece, _)| piece);
        let mut special_texts: Vec<String> =
            texts.filter_map(|piece| String::from_utf8(piece.to_vec()).ok()).filter(|t| t.len() > 1).collect();
        special_texts.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        for end in ENDS {
            if let Some(id) = inner.token_to_id(end)
                && special.get(id as usize) == Some(&true)
            {
                stops.insert(id);
            }
        }
        Self { inner, plain: OnceLock::new(), pieces, special, special_texts, begin, adds_begin, stops }
    }

    /// From a tokenizer.json. `named` are the texts of the begin and end tokens, from tokenizer_config.json.
    pub fn of_json(path: &Path, begin: Option<&str>, end: Option<&str>, adds_begin: bool) -> Result<Self, LmError> {
        let bytes =
            std::fs::read(path).map_err(|error| LmError::File { path: path.into(), what: error.to_string() })?;
        Self::of_json_bytes(&bytes, begin, end, adds_begin)
    }

    pub fn of_json_bytes(
        bytes: &[u8],
        begin: Option<&str>,
        end: Option<&str>,
        adds_begin: bool,
    ) -> Result<Self, LmError> {
        let inner = guarded(|| Tokenizer::from_bytes(bytes))?;
        let decoder = inner.get_decoder().and_then(|d| serde_json::to_string(d).ok()).unwrap_or_default();
        let byte_level = decoder.contains("ByteLevel");
        let added = inner.get_added_tokens_decoder();
        let vocabulary = inner.get_vocab(true);
        let size = vocabulary.values().max().map_or(0, |most| *most as usize + 1);
        if size > 1 << 22 {
            return Err(LmError::Tokenizer(format!("{size} entries")));
        }
        let mut pieces = vec![Box::<[u8]>::default(); size];
        let mut special = vec![false; size];
        for (text, id) in vocabulary {
            let at = id as usize;
            match added.get(&id) {
                Some(token) => {
                    pieces[at] = text.as_bytes().into();
                    special[at] = token.special;
                }
                None if byte_level => pieces[at] = byte_level_bytes(&text).into(),
                None => pieces[at] = sentence_piece_bytes(&text).into(),
            }
        }
        let begin = begin.and_then(|text| inner.token_to_id(text));
        let stops = end.and_then(|text| inner.token_to_id(text)).into_iter().collect();
        Ok(Self::new(Parts { inner, pieces, special, begin, adds_begin, stops }))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The bytes a token adds to the text; none for special tokens.
    pub fn bytes(&self, token: u32) -> &[u8] {
        match self.is_special(token) {
            true => &[],
            false => self.pieces.get(token as usize).map_or(&[], |piece| piece),
        }
    }

    pub fn is_special(&self, token: u32) -> bool {
        self.special.get(token as usize).copied().unwrap_or(false)
    }

    /// The text of a token as the vocabulary has it, special ones too.
    pub fn name(&self, token: u32) -> String {
        self.pieces.get(token as usize).map_or_else(String::new, |p| String::from_utf8_lossy(p).into_owned())
    }

    pub fn id(&self, text: &str) -> Option<u32> {
        self.inner.token_to_id(text)
    }

    /// Tokens that end a draft.
    pub fn stops(&self) -> &BTreeSet<u32> {
        &self.stops
    }

    pub fn begin(&self) -> Option<u32> {
        self.begin
    }

    /// Tokens of `text`, special ones recognised; with the begin token where the model wants one and the text
    /// has none.
    pub fn encode_prompt(&self, text: &str) -> Result<Vec<u32>, LmError> {
        let mut tokens = self.encode(text)?;
        if let (true, Some(begin)) = (self.adds_begin, self.begin)
            && tokens.first() != Some(&begin)
        {
            tokens.insert(0, begin);
        }
        Ok(tokens)
    }

    /// Tokens of `text` alone.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, LmError> {
        guarded(|| self.inner.encode(text, false)).map(|encoding| encoding.get_ids().to_vec())
    }

    /// Tokens of `text` in which nothing is a special token, whatever it looks like.
    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>, LmError> {
        let plain = self.plain.get_or_init(|| {
            let mut plain = self.inner.clone();
            plain.set_encode_special_tokens(true);
            plain
        });
        guarded(|| plain.encode(text, false)).map(|encoding| encoding.get_ids().to_vec())
    }

    /// The text of `tokens`; special tokens give nothing, cut characters give U+FFFD.
    pub fn decode(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|token| self.bytes(*token).iter().copied()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What a person wrote, made harmless: the names of special tokens get a space after their first
    /// character, so that a product called `<|im_end|>` ends nothing.
    pub fn harmless(&self, text: &str) -> String {
        let mut text = text.to_string();
        for name in &self.special_texts {
            if text.contains(name.as_str()) {
                let first = name.chars().next().map_or(0, char::len_utf8);
                text = text.replace(name.as_str(), &format!("{} {}", &name[..first], &name[first..]));
            }
        }
        text
    }
}

/// Runs a call into the tokenizers crate; a panic in it on odd input becomes an error.
pub(super) fn guarded<T>(call: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, LmError> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(LmError::Tokenizer(first_line(&error.to_string()))),
        Err(_) => Err(LmError::Tokenizer("the tokenizer failed".into())),
    }
}

/// GPT-2's table: printable bytes stand for themselves, the others for characters from 256 on, in order.
pub fn byte_of_letter(letter: char) -> Option<u8> {
    let printable = |b: u32| matches!(b, 33..=126 | 161..=172 | 174..=255);
    let code = letter as u32;
    if printable(code) {
        return u8::try_from(code).ok();
    }
    let rank = code.checked_sub(256)?;
    (0..=255_u32).filter(|b| !printable(*b)).nth(rank as usize).and_then(|b| u8::try_from(b).ok())
}

/// The bytes of a byte-level token; characters outside the table stand for themselves.
pub fn byte_level_bytes(token: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(token.len());
    for letter in token.chars() {
        match byte_of_letter(letter) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(letter.to_string().bytes()),
        }
    }
    bytes
}

/// The bytes of a SentencePiece token: `▁` is a space, `<0x0A>` a byte.
pub fn sentence_piece_bytes(token: &str) -> Vec<u8> {
    match byte_token(token) {
        Some(byte) => vec![byte],
        None => token.replace('▁', " ").into_bytes(),
    }
}

pub fn byte_token(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() == 2 { u8::from_str_radix(digits, 16).ok() } else { None }
}

/// Bytes in, whole characters out.
#[derive(Default, Clone)]
pub struct CharStream {
    pending: Vec<u8>,
}

impl CharStream {
    /// Adds bytes; returns the characters that are complete now. Bytes that can begin no character become
    /// U+FFFD.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut out = String::new();
        loop {
            match std::str::from_utf8(&self.pending) {
                Ok(text) => {
                    out.push_str(text);
                    self.pending.clear();
                    return out;
                }
                Err(error) => {
                    let good = error.valid_up_to();
                    out.push_str(&String::from_utf8_lossy(&self.pending[..good]));
                    match error.error_len() {
                        // An unfinished character stays until its rest comes.
                        None => {
                            self.pending.drain(..good);
                            return out;
                        }
                        Some(bad) => {
                            out.push('\u{fffd}');
                            self.pending.drain(..good + bad);
                        }
                    }
                }
            }
        }
    }

    /// Bytes of a character that is not complete.
    pub fn pending(&self) -> &[u8] {
        &self.pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_out_whole() {
        let text = "茶 🍵 é";
        let mut stream = CharStream::default();
        let mut out = Vec::new();
        for byte in text.bytes() {
            let piece = stream.push(&[byte]);
            if !piece.is_empty() {
                out.push(piece);
            }
        }
        assert_eq!(out, ["茶", " ", "🍵", " ", "é"]);
        assert_eq!(stream.push(&[0xe8, 0x8c]), "");
        assert_eq!(stream.push(b"a"), "\u{fffd}a");
        assert_eq!(stream.push(&[0xff, b'b', 0xf0]), "\u{fffd}b");
        assert_eq!(stream.pending(), [0xf0]);
    }

    #[test]
    fn the_byte_table_is_gpt_2s() {
        assert_eq!(byte_level_bytes("Ġthe"), b" the");
        assert_eq!(byte_level_bytes("Ċ"), b"\n");
        assert_eq!(byte_level_bytes("èĮ¶"), "茶".as_bytes());
        assert_eq!(sentence_piece_bytes("▁tea"), b" tea");
        assert_eq!(sentence_piece_bytes("<0x0A>"), b"\n");
        assert_eq!(sentence_piece_bytes("<0x0A"), b"<0x0A");
        let all: BTreeSet<u8> = (0..400).filter_map(char::from_u32).filter_map(byte_of_letter).collect();
        assert_eq!(all.len(), 256);
    }
}
