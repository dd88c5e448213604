//! The house model's pointers while a draft is written: which may come next, and the text each one puts there.

use std::collections::BTreeMap;

use super::tokenizer::TextCodec;
use super::watch::is_han;
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::pointers::{Pointers, in_place};
use crate::stage::copy::prompt::{SPECIALS, Sheet, Special};

/// A sheet's fields by the tokens that stand for them.
#[derive(Debug, Clone)]
pub struct Fields {
    texts: BTreeMap<u32, (Special, String)>,
    /// Control tokens that stand for nothing on this sheet, and words of the other language: what the sheet has in it
    /// comes by its pointers.
    mute: Vec<u32>,
    stops: Vec<u32>,
    /// Longest draft, in characters.
    most: usize,
}

impl Fields {
    pub fn new(codec: &TextCodec, sheet: &Sheet, lang: CopyLang, most: usize) -> Self {
        let mut fields = Self::in_any_language(codec, sheet, most);
        fields.mute.extend((0..codec.len() as u32).filter(|token| foreign(codec.bytes(*token), lang)));
        fields
    }

    pub(super) fn in_any_language(codec: &TextCodec, sheet: &Sheet, most: usize) -> Self {
        let pointers = Pointers::of(sheet);
        let (mut texts, mut mute) = (BTreeMap::new(), Vec::new());
        for special in (0..SPECIALS.len() as u32).map(Special) {
            match (codec.id(special.text()), pointers.text(special)) {
                (Some(token), Some(text)) => {
                    texts.insert(token, (special, text.to_owned()));
                }
                (Some(token), None) if !codec.stops().contains(&token) => mute.push(token),
                _ => {}
            }
        }
        Self { texts, mute, stops: codec.stops().iter().copied().collect(), most }
    }

    /// What `token` puts after `before`, if it stands for a field.
    pub fn text(&self, token: u32, before: &str) -> Option<String> {
        self.texts.get(&token).map(|(special, text)| in_place(before, *special, text))
    }

    /// Rules out what cannot come after `before`: what is mute, fields that are longer than the room that is left, values
    /// that were stated already, and the end before the product was named.
    pub fn cut(&self, logits: &mut [f32], before: &str) {
        let room = self.most.saturating_sub(before.chars().count());
        let folded = before.to_lowercase();
        let again = |special: Special, text: &str| special.is_value() && folded.contains(&text.to_lowercase());
        let not_now = |(token, (special, text)): (&u32, &(Special, String))| {
            (text.chars().count() > room || again(*special, text)).then_some(*token)
        };
        let name = self.texts.values().find(|(special, _)| *special == Special::NAME);
        let unnamed = name.is_some_and(|(_, name)| !before.contains(name.as_str()) && name.chars().count() <= room);
        let ends = self.stops.iter().copied().filter(|_| unnamed);
        for token in self.mute.iter().copied().chain(self.texts.iter().filter_map(not_now)).chain(ends) {
            if let Some(logit) = logits.get_mut(token as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }
}

/// Whether a piece of text belongs to the language that is not asked for: Chinese characters (or the bytes that one
/// begins with) in English copy, a word of Latin letters in Chinese copy.
fn foreign(bytes: &[u8], lang: CopyLang) -> bool {
    match lang {
        CopyLang::En => match std::str::from_utf8(bytes) {
            Ok(text) => {
                text.chars().any(|c| is_han(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}'))
            }
            Err(_) => bytes.iter().any(|byte| (0xe3..=0xef).contains(byte)),
        },
        CopyLang::Zh => bytes.windows(2).any(|two| two.iter().all(u8::is_ascii_alphabetic)),
    }
}
