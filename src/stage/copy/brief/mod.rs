//! What the marketer asks for: products, for whom, where it is shown, how it sounds, what must and must not be said.

mod facts;
mod prompt;
mod redact;
#[cfg(test)]
mod tests;

pub use facts::{product_facts, product_sheet};
pub use prompt::{Asked, Rewrite, assemble, rewrite_messages};
pub use redact::redact;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::channel::{Channel, CopyLang, Tone};
use super::lm::desk::ModelSource;
use super::lm::sampling::Sampling;

/// Longest free text of a brief, in characters.
pub const MOST_TEXT: usize = 2_000;
/// Most words in one of its lists.
pub const MOST_WORDS: usize = 40;
/// Drafts that can be asked for at once.
pub const MOST_VARIANTS: usize = 8;

/// Which products.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    #[default]
    Nothing,
    Products(Vec<String>),
    /// Words joined by blanks that must all stand in a product, such as `category:throws price<200 linen`.
    Filter(String),
    All,
}

/// A segment as plain facts. Nothing of any single customer: names of categories, what the segment's reviews praise or
/// miss as whole words of the shop's own list, its habits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    pub name: String,
    pub customers: u64,
    pub likes: Vec<String>,
    pub complaints: Vec<String>,
    pub habits: Vec<String>,
}

/// How a shop speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Voice {
    pub rules: Vec<String>,
    pub like_this: Vec<String>,
    pub not_like_this: Vec<String>,
}

/// One request for copy; also what a template is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CopyBrief {
    pub scope: Scope,
    /// Nothing for everyone.
    pub audience: Option<Audience>,
    pub channel: Channel,
    pub tone: Tone,
    pub lang: CopyLang,
    /// What to build on, such as an attribute's name; may be empty.
    pub selling_point: String,
    pub must: Vec<String>,
    pub must_not: Vec<String>,
    /// Words that people search with.
    pub search_words: Vec<String>,
    /// Instructions for this batch.
    pub instructions: String,
    /// Instructions for single products, by id.
    pub for_product: BTreeMap<String, String>,
    pub variants: usize,
    pub seed: u64,
    /// Keep claims out that the sheet doesn't support, while the model writes.
    pub lock: bool,
    pub temperature: f32,
    /// Only the likeliest words that together have this probability.
    pub top_p: f32,
    /// Channels that a batch writes for besides [`Self::channel`].
    pub more_channels: Vec<Channel>,
    /// A batch writes in both languages.
    pub both_languages: bool,
    /// Who writes; the language's own writer when nothing is said.
    pub model: Option<ModelSource>,
    /// System and user message in place of the assembled ones; `{sheet}` stands for the product's facts.
    pub own_prompt: Option<[String; 2]>,
}

impl Default for CopyBrief {
    fn default() -> Self {
        Self {
            scope: Scope::Nothing,
            audience: None,
            channel: Channel::Push,
            tone: Tone::Warm,
            lang: CopyLang::En,
            selling_point: String::new(),
            must: Vec::new(),
            must_not: Vec::new(),
            search_words: Vec::new(),
            instructions: String::new(),
            for_product: BTreeMap::new(),
            variants: 3,
            seed: 1,
            lock: true,
            temperature: 0.8,
            top_p: Sampling::default().top_p,
            more_channels: Vec::new(),
            both_languages: false,
            model: None,
            own_prompt: None,
        }
    }
}

/// What the shop decides once for all its copy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HouseStyle {
    pub voice: Voice,
    /// Instructions for everything.
    pub instructions: String,
    /// The sign before prices that the catalogue gives as bare numbers; may be empty.
    pub currency: String,
    /// The shop's own lines of the word lists ([`super::check::rules::Rules::parse`]).
    pub words_en: String,
    pub words_zh: String,
}

impl HouseStyle {
    pub fn words(&self, lang: CopyLang) -> &str {
        match lang {
            CopyLang::En => &self.words_en,
            CopyLang::Zh => &self.words_zh,
        }
    }
}

/// A product as the catalogue has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    pub id: String,
    pub name: String,
    pub brand: Option<String>,
    pub category: Option<String>,
    pub price: Option<String>,
    pub description: Option<String>,
    /// Label and value, in the order of the sheet.
    pub attributes: Vec<(String, String)>,
}

/// What is wrong with a brief, beside which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BriefError {
    #[error("choose at least one product")]
    NoProducts,
    #[error("ask for 1 to 8 drafts")]
    Variants,
    #[error("{0} is longer than 2,000 characters")]
    TooLong(&'static str),
    #[error("{0} has more than 40 entries")]
    TooMany(&'static str),
    #[error("{0:?} stands among the words that must and must not be said")]
    Contradiction(&'static str),
    #[error("temperature must be from 0 to 2")]
    Temperature,
}

impl CopyBrief {
    pub fn check(&self) -> Result<(), BriefError> {
        if matches!(&self.scope, Scope::Nothing) || matches!(&self.scope, Scope::Products(ids) if ids.is_empty()) {
            return Err(BriefError::NoProducts);
        }
        if !(1..=MOST_VARIANTS).contains(&self.variants) {
            return Err(BriefError::Variants);
        }
        let top_p = self.top_p > 0.0 && self.top_p <= 1.0;
        if !(0.0..=2.0).contains(&self.temperature) || !top_p {
            return Err(BriefError::Temperature);
        }
        let own = self.own_prompt.iter().flatten();
        let texts = [("selling_point", &self.selling_point), ("instructions", &self.instructions)];
        let texts = texts.into_iter().chain(own.map(|text| ("prompt", text)));
        let texts = texts.chain(self.for_product.values().map(|text| ("instructions", text)));
        for (field, text) in texts {
            if text.chars().count() > MOST_TEXT {
                return Err(BriefError::TooLong(field));
            }
        }
        let lists = [("must", &self.must), ("must_not", &self.must_not), ("search_words", &self.search_words)];
        for (field, list) in lists {
            if list.len() > MOST_WORDS {
                return Err(BriefError::TooMany(field));
            }
        }
        let same = |a: &String, b: &String| a.trim().to_lowercase() == b.trim().to_lowercase();
        if self.must.iter().any(|word| self.must_not.iter().any(|not| same(word, not))) {
            return Err(BriefError::Contradiction("must"));
        }
        Ok(())
    }

    /// All channels of a batch, the brief's own first.
    pub fn channels(&self) -> Vec<Channel> {
        let more = self.more_channels.iter().copied().filter(|channel| *channel != self.channel);
        [self.channel].into_iter().chain(more).collect()
    }

    /// All languages of a batch, the brief's own first.
    pub fn langs(&self) -> Vec<CopyLang> {
        let both = |lang: &CopyLang| *lang == self.lang || self.both_languages;
        let mut langs: Vec<CopyLang> = CopyLang::ALL.into_iter().filter(both).collect();
        langs.sort_by_key(|lang| *lang != self.lang);
        langs
    }

    /// Texts that a batch of so many products has.
    pub fn texts_of(&self, products: usize) -> usize {
        products * self.channels().len() * self.langs().len() * self.variants
    }

    /// The narrow brief that the house model was trained with.
    pub fn narrow(&self, product: &Product) -> super::prompt::Brief {
        let point = self.selling_point.trim().to_lowercase();
        let hit = |text: &str| !point.is_empty() && (text.to_lowercase() == point);
        let near = |text: &str| !point.is_empty() && point.contains(&text.to_lowercase());
        let labels = || product.attributes.iter().filter(|(label, value)| !label.is_empty() && !value.is_empty());
        let focus = labels()
            .find(|(label, value)| hit(label) || hit(value))
            .or_else(|| labels().find(|(label, value)| near(label) || near(value)));
        super::prompt::Brief {
            lang: self.lang,
            channel: self.channel,
            tone: self.tone,
            focus: focus.map(|(label, _)| label.clone()),
        }
    }
}
