//! The house model's pointers while a draft is written: which may come next, and the text each one puts there.

use std::collections::BTreeMap;

use super::tokenizer::TextCodec;
use crate::stage::copy::pointers::{Pointers, in_place};
use crate::stage::copy::prompt::{SPECIALS, Sheet, Special};

/// A sheet's fields by the tokens that stand for them.
#[derive(Debug, Clone)]
pub struct Fields {
    texts: BTreeMap<u32, (Special, String)>,
    /// Control tokens that stand for nothing on this sheet.
    mute: Vec<u32>,
    stops: Vec<u32>,
    /// Longest draft, in characters.
    most: usize,
}

impl Fields {
    pub fn new(codec: &TextCodec, sheet: &Sheet, most: usize) -> Self {
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

    /// Rules out what cannot come after `before`: control tokens that point nowhere, fields that are longer than the
    /// room that is left, and the end before the product was named.
    pub fn cut(&self, logits: &mut [f32], before: &str) {
        let room = self.most.saturating_sub(before.chars().count());
        let longer = |(token, (_, text)): (&u32, &(Special, String))| (text.chars().count() > room).then_some(*token);
        let name = self.texts.values().find(|(special, _)| *special == Special::NAME);
        let unnamed = name.is_some_and(|(_, name)| !before.contains(name.as_str()) && name.chars().count() <= room);
        let ends = self.stops.iter().copied().filter(|_| unnamed);
        for token in self.mute.iter().copied().chain(self.texts.iter().filter_map(longer)).chain(ends) {
            if let Some(logit) = logits.get_mut(token as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }
}
