//! A text and all it has been: every save is a version with its author; nothing is ever overwritten.

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

use super::channel::{Channel, CopyLang};
use super::lm::desk::Request;
use super::lm::draft::{End, Prevented};
use crate::base::Fingerprint;
use crate::base::time::Moment;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Model,
    Human,
}

/// How a draft was made: all that is needed to make it again, byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The model's name and the SHA-256 of its file.
    pub model: String,
    pub model_hash: String,
    /// Sheet, brief, sampling with seed, stream, lock.
    pub request: Request,
    /// The exact prompt, for reading.
    pub prompt: String,
    /// The product's row as it was.
    pub row: Fingerprint,
    pub tokens: usize,
    pub seconds: f64,
    pub end: End,
    /// Claims that the fact lock kept out.
    pub prevented: Vec<Prevented>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub text: String,
    pub author: Author,
    pub at: Moment,
    #[serde(default)]
    pub made: Option<Made>,
    /// The version that this one brought back.
    #[serde(default)]
    pub restored: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Open,
    Approved,
    Rejected(String),
    /// The model gave nothing; why. Retry writes it.
    Failed(String),
}

/// Who wrote what is shown, for people who must say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Machine,
    HumanEdited,
    Human,
}

/// One text of the shop: a product in a channel and a language, one of several variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyText {
    pub product: String,
    pub channel: Channel,
    pub lang: CopyLang,
    pub variant: u32,
    pub versions: Vec<Version>,
    #[serde(default)]
    pub status: Status,
    #[serde(default)]
    pub favourite: bool,
    /// Counted when it was last checked.
    #[serde(default)]
    pub faults: usize,
    #[serde(default)]
    pub doubts: usize,
    /// Findings that a person has looked at and keeps, with the note why; by the words they stand on.
    #[serde(default)]
    pub kept: Vec<(String, String)>,
}

impl CopyText {
    pub fn new(product: &str, channel: Channel, lang: CopyLang, variant: u32) -> Self {
        Self {
            product: product.to_owned(),
            channel,
            lang,
            variant,
            versions: Vec::new(),
            status: Status::Open,
            favourite: false,
            faults: 0,
            doubts: 0,
            kept: Vec::new(),
        }
    }

    /// What is shown now.
    pub fn text(&self) -> &str {
        self.versions.last().map_or("", |version| &version.text)
    }

    pub fn origin(&self) -> Origin {
        let by = |author| self.versions.iter().any(|version| version.author == author && !version.text.is_empty());
        match (by(Author::Model), self.versions.last().map(|version| version.author)) {
            (false, _) => Origin::Human,
            (true, Some(Author::Human)) => Origin::HumanEdited,
            _ => Origin::Machine,
        }
    }

    pub fn has_human_words(&self) -> bool {
        self.versions.iter().any(|version| version.author == Author::Human)
    }

    /// Adds a version; the same text again adds none. An approval was for the words that stood there.
    pub fn save(&mut self, version: Version) -> bool {
        if !self.versions.is_empty() && self.text() == version.text {
            return false;
        }
        self.versions.push(version);
        self.status = Status::Open;
        true
    }

    /// Brings an earlier version back as a new one.
    pub fn restore(&mut self, index: usize, at: Moment) -> bool {
        let Some(old) = self.versions.get(index) else { return false };
        let (text, author, made) = (old.text.clone(), old.author, old.made.clone());
        self.save(Version { text, author, at, made, restored: Some(index) })
    }

    /// How the newest machine-made version was made.
    pub fn made(&self) -> Option<&Made> {
        self.versions.iter().rev().find_map(|version| version.made.as_ref())
    }
}

/// A piece of a comparison of two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Same,
    Gone,
    New,
}

/// Two texts word by word (character by character in Chinese), neighbours of one kind joined.
pub fn difference(old: &str, new: &str, lang: CopyLang) -> Vec<(Change, String)> {
    let diff = match lang {
        CopyLang::En => TextDiff::from_words(old, new),
        CopyLang::Zh => TextDiff::from_chars(old, new),
    };
    let mut out: Vec<(Change, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => Change::Same,
            ChangeTag::Delete => Change::Gone,
            ChangeTag::Insert => Change::New,
        };
        let text = change.value().to_string();
        match out.last_mut() {
            Some((last, words)) if *last == kind => words.push_str(&text),
            _ => out.push((kind, text)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str, author: Author) -> Version {
        Version { text: text.to_owned(), author, at: Moment(0), made: None, restored: None }
    }

    #[test]
    fn every_save_is_a_version_and_nothing_is_overwritten() {
        let mut text = CopyText::new("P1", Channel::Push, CopyLang::En, 0);
        assert_eq!((text.text(), text.origin()), ("", Origin::Human));
        assert!(text.save(version("One", Author::Model)));
        assert_eq!(text.origin(), Origin::Machine);
        text.status = Status::Approved;
        assert!(!text.save(version("One", Author::Human)));
        assert_eq!(text.status, Status::Approved);
        assert!(text.save(version("Two", Author::Human)));
        assert_eq!((text.origin(), &text.status), (Origin::HumanEdited, &Status::Open));
        assert!(text.has_human_words());
        assert!(text.restore(0, Moment(9)));
        assert_eq!((text.text(), text.versions.len(), text.versions[2].restored), ("One", 3, Some(0)));
        assert!(!text.restore(7, Moment(9)));
        let kept: CopyText = serde_json::from_str(&serde_json::to_string(&text).unwrap()).unwrap();
        assert_eq!(kept, text);
    }

    #[test]
    fn differences_put_together_give_both_texts() {
        for (old, new, lang) in [
            ("A soft linen throw.", "A linen throw, boxed.", CopyLang::En),
            ("最柔软的盖毯", "柔软亲肤的盖毯", CopyLang::Zh),
            ("", "new", CopyLang::En),
        ] {
            let parts = difference(old, new, lang);
            let side =
                |leave: Change| parts.iter().filter(|(c, _)| *c != leave).map(|(_, t)| t.as_str()).collect::<String>();
            assert_eq!((side(Change::New).as_str(), side(Change::Gone).as_str()), (old, new));
        }
        let parts = difference("A soft throw", "A warm throw", CopyLang::En);
        assert!(parts.contains(&(Change::Gone, "soft".to_owned())), "{parts:?}");
    }
}
