//! Reads the corpus folder: `categories/ID.json`, `categories-held-out/ID.json`, `en/ID.txt`, `zh/ID.txt`,
//! `parts/LANG-facts.txt`, `parts/LANG-moods.txt`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::parts::Parts;
use crate::stage::copy::channel::{Channel, CopyLang, Tone};

#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{path}:{line}: {what}")]
    Text { path: PathBuf, line: usize, what: String },
    #[error("{path}: attribute {attribute}: {what}")]
    Attribute { path: PathBuf, attribute: String, what: &'static str },
    #[error("the corpus has no {0}")]
    Empty(&'static str),
}

/// The same thing in both languages.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Both<T> {
    pub en: T,
    pub zh: T,
}

impl<T> Both<T> {
    pub fn of(&self, lang: CopyLang) -> &T {
        match lang {
            CopyLang::En => &self.en,
            CopyLang::Zh => &self.zh,
        }
    }
}

/// The words of a category in one language.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CategoryWords {
    pub category: Vec<String>,
    pub nouns: Vec<String>,
    pub modifiers: Vec<String>,
}

/// What an attribute's values look like.
#[derive(Debug, Clone)]
pub enum AttributeKind {
    /// Parallel lists of noun phrases.
    Choice(Both<Vec<String>>),
    /// `min..=max` in steps, with a unit.
    Number { min: f64, max: f64, step: f64, unit: Both<String> },
    /// Two or three ranges, shown as "20 × 12 cm".
    Dimensions { ranges: Vec<[i64; 2]>, unit: Both<String> },
}

#[derive(Debug, Clone)]
pub struct Attribute {
    pub key: String,
    pub labels: Both<Vec<String>>,
    pub kind: AttributeKind,
}

#[derive(Debug, Clone)]
pub struct Category {
    pub id: String,
    pub words: Both<CategoryWords>,
    pub price: [f64; 2],
    pub attributes: Vec<Attribute>,
}

impl Category {
    pub fn attribute(&self, key: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.key == key)
    }
}

/// A named hole in an example.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    Name,
    Brand,
    Price,
    Attribute(String),
}

impl Slot {
    pub fn from_key(key: &str) -> Self {
        match key {
            "name" => Self::Name,
            "brand" => Self::Brand,
            "price" => Self::Price,
            other => Self::Attribute(other.to_owned()),
        }
    }
}

/// One written text with slots.
#[derive(Debug, Clone)]
pub struct Example {
    /// Index into [`Corpus::categories`].
    pub category: usize,
    pub lang: CopyLang,
    pub channel: Channel,
    pub tone: Tone,
    pub text: String,
    /// Line of its header in its file, from 1.
    pub line: usize,
}

impl Example {
    /// The slots used, each once.
    pub fn slots(&self) -> BTreeSet<Slot> {
        slots_of(&self.text)
    }

    /// The attribute keys used, each once, in order.
    pub fn attribute_keys(&self) -> Vec<String> {
        let keys = self.slots().into_iter();
        keys.filter_map(|slot| if let Slot::Attribute(key) = slot { Some(key) } else { None }).collect()
    }
}

pub fn slots_of(text: &str) -> BTreeSet<Slot> {
    pieces(text).into_iter().filter_map(|piece| piece.err()).map(Slot::from_key).collect()
}

/// A text cut into literal parts (`Ok`) and slot keys (`Err`).
pub fn pieces(text: &str) -> Vec<Result<&str, &str>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|at| at + open) else { break };
        if open > 0 {
            out.push(Ok(&rest[..open]));
        }
        out.push(Err(&rest[open + 1..close]));
        rest = &rest[close + 1..];
    }
    if !rest.is_empty() {
        out.push(Ok(rest));
    }
    out
}

#[derive(Debug, Clone, Default)]
pub struct Corpus {
    pub categories: Vec<Category>,
    /// Categories with sheets only, never trained on.
    pub held_out: Vec<Category>,
    pub examples: Vec<Example>,
    /// By language.
    pub parts: [Parts; 2],
}

impl Corpus {
    /// Reads the whole folder; files in alphabetical order, so that indices are stable.
    pub fn load(folder: &Path) -> Result<Self, CorpusError> {
        let categories = read_categories(&folder.join("categories"))?;
        let held_out = read_categories(&folder.join("categories-held-out"))?;
        let mut examples = Vec::new();
        for lang in CopyLang::ALL {
            for (index, category) in categories.iter().enumerate() {
                let path = folder.join(lang.key()).join(format!("{}.txt", category.id));
                examples.extend(parse_examples(&read(&path)?, &path, index, lang)?);
            }
        }
        if categories.is_empty() {
            return Err(CorpusError::Empty("category"));
        }
        if examples.is_empty() {
            return Err(CorpusError::Empty("example"));
        }
        let mut parts = <[Parts; 2]>::default();
        for lang in CopyLang::ALL {
            for name in ["facts", "moods"] {
                let path = folder.join("parts").join(format!("{}-{name}.txt", lang.key()));
                parts[lang as usize].read(&read(&path)?, &path)?;
            }
        }
        Ok(Self { categories, held_out, examples, parts })
    }
}

fn read(path: &Path) -> Result<String, CorpusError> {
    std::fs::read_to_string(path).map_err(|source| CorpusError::Io { path: path.to_owned(), source })
}

fn read_categories(folder: &Path) -> Result<Vec<Category>, CorpusError> {
    let io = |source| CorpusError::Io { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|e| e == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| parse_category(&read(path)?, path)).collect()
}

#[derive(Deserialize)]
struct RawCategory {
    id: String,
    en: CategoryWords,
    zh: CategoryWords,
    price: [f64; 2],
    attributes: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct RawAttribute {
    label: Both<Vec<String>>,
    #[serde(default)]
    en: Option<Vec<String>>,
    #[serde(default)]
    zh: Option<Vec<String>>,
    #[serde(default)]
    number: Option<[f64; 3]>,
    #[serde(default)]
    dimensions: Option<Vec<[i64; 2]>>,
    #[serde(default)]
    unit: Option<Both<String>>,
}

/// Parses one `categories/ID.json`.
pub fn parse_category(json: &str, path: &Path) -> Result<Category, CorpusError> {
    let error = |source| CorpusError::Json { path: path.to_owned(), source };
    let raw: RawCategory = serde_json::from_str(json).map_err(error)?;
    let mut attributes = Vec::new();
    for (key, value) in raw.attributes {
        let raw: RawAttribute = serde_json::from_value(value).map_err(error)?;
        let kind = attribute_kind(&raw).map_err(|what| CorpusError::Attribute {
            path: path.to_owned(),
            attribute: key.clone(),
            what,
        })?;
        attributes.push(Attribute { key, labels: raw.label, kind });
    }
    Ok(Category { id: raw.id, words: Both { en: raw.en, zh: raw.zh }, price: raw.price, attributes })
}

fn attribute_kind(raw: &RawAttribute) -> Result<AttributeKind, &'static str> {
    if raw.label.en.is_empty() || raw.label.zh.is_empty() {
        return Err("no label");
    }
    if let (Some(en), Some(zh)) = (&raw.en, &raw.zh) {
        if en.is_empty() || en.len() != zh.len() {
            return Err("values are not parallel");
        }
        return Ok(AttributeKind::Choice(Both { en: en.clone(), zh: zh.clone() }));
    }
    let unit = raw.unit.clone().ok_or("no unit")?;
    if let Some([min, max, step]) = raw.number {
        let sound = min <= max && step > 0.0 && max.is_finite();
        return if sound { Ok(AttributeKind::Number { min, max, step, unit }) } else { Err("bad range") };
    }
    let ranges = raw.dimensions.clone().ok_or("no kind of value")?;
    if ranges.is_empty() || ranges.iter().any(|[low, high]| low > high) {
        return Err("bad range");
    }
    Ok(AttributeKind::Dimensions { ranges, unit })
}

/// Parses one `LANG/ID.txt`: `@channel tone` headers, each followed by its text.
pub fn parse_examples(text: &str, path: &Path, category: usize, lang: CopyLang) -> Result<Vec<Example>, CorpusError> {
    let error = |line, what: String| CorpusError::Text { path: path.to_owned(), line, what };
    let mut out: Vec<Example> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(header) = line.strip_prefix('@') {
            let mut words = header.split_whitespace();
            let channel = words.next().and_then(Channel::from_key);
            let tone = words.next().and_then(Tone::from_key);
            let (Some(channel), Some(tone), None) = (channel, tone, words.next()) else {
                return Err(error(index + 1, format!("header \"{header}\"")));
            };
            out.push(Example { category, lang, channel, tone, text: String::new(), line: index + 1 });
        } else if let Some(example) = out.last_mut() {
            example.text.push_str(line.trim_end());
            example.text.push('\n');
        } else if !line.trim().is_empty() {
            return Err(error(index + 1, "text before the first header".to_owned()));
        }
    }
    for example in &mut out {
        example.text = example.text.trim_matches(['\n', ' ']).to_owned();
        if example.text.is_empty() {
            return Err(error(example.line, "no text".to_owned()));
        }
    }
    Ok(out)
}
