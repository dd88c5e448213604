//! Parts of copy: openings, sentences that state a fact, closings. `assemble` joins them; see the corpus's README.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::parse::{Corpus, CorpusError, Slot, pieces, slots_of};
use super::validate::forbidden_word;
use crate::stage::copy::channel::{CopyLang, Tone};

/// What a part is for. The first ones are about an attribute, the others in a tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A sentence with the name and an attribute.
    Both,
    /// A sentence with an attribute, or (`@pair`) two.
    Fact,
    Bullet,
    Title,
    Open,
    Name,
    Close,
    /// First line of an e-mail or a push notification.
    Subject,
    Ad,
    Hook,
    Tags,
}

impl Kind {
    fn from_key(key: &str) -> Option<Self> {
        Some(match key {
            "both" => Self::Both,
            "fact" | "pair" => Self::Fact,
            "bullet" => Self::Bullet,
            "title" => Self::Title,
            "open" => Self::Open,
            "name" => Self::Name,
            "close" => Self::Close,
            "subject" => Self::Subject,
            "ad" => Self::Ad,
            "hook" => Self::Hook,
            "tags" => Self::Tags,
            _ => return None,
        })
    }

    fn is_about_an_attribute(self) -> bool {
        matches!(self, Self::Both | Self::Fact | Self::Bullet | Self::Title)
    }

    /// Whether the product's name must, or must not, stand in it.
    fn name(self) -> Option<bool> {
        match self {
            Self::Both | Self::Title | Self::Name | Self::Ad => Some(true),
            Self::Subject => None,
            _ => Some(false),
        }
    }
}

/// The parts of one language.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// By attribute key.
    facts: BTreeMap<(Kind, String), Vec<String>>,
    moods: BTreeMap<(Kind, Tone), Vec<String>>,
    /// In the order of the files, for checks.
    pub all: Vec<String>,
}

impl Parts {
    /// Parts about attribute `key`.
    pub fn about(&self, kind: Kind, key: &str) -> &[String] {
        self.facts.get(&(kind, key.to_owned())).map_or(&[], Vec::as_slice)
    }

    pub fn in_tone(&self, kind: Kind, tone: Tone) -> &[String] {
        self.moods.get(&(kind, tone)).map_or(&[], Vec::as_slice)
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds a file: `@kind key` or `@kind tone`, then a part a line.
    pub fn read(&mut self, text: &str, path: &Path) -> Result<(), CorpusError> {
        let mut head: Option<(Kind, &str)> = None;
        for (number, line) in text.lines().enumerate() {
            let wrong = |what: String| CorpusError::Text { path: path.to_owned(), line: number + 1, what };
            let line = line.trim();
            if let Some(rest) = line.strip_prefix('@') {
                let (kind, of) = rest.split_once(' ').unwrap_or((rest, ""));
                let kind = Kind::from_key(kind).ok_or_else(|| wrong(format!("no kind of part is named {kind}")))?;
                head = Some((kind, of.trim()));
                continue;
            }
            if line.is_empty() {
                continue;
            }
            let (kind, of) = head.ok_or_else(|| wrong("a part before the first header".to_owned()))?;
            self.all.push(line.to_owned());
            if kind.is_about_an_attribute() {
                // A pair is found under both of its keys.
                for key in of.split_whitespace() {
                    self.facts.entry((kind, key.to_owned())).or_default().push(line.to_owned());
                }
                continue;
            }
            let tones = match Tone::from_key(of) {
                Some(tone) => vec![tone],
                None if of == "all" => Tone::ALL.to_vec(),
                None => return Err(wrong(format!("no tone is named {of}"))),
            };
            for tone in tones {
                self.moods.entry((kind, tone)).or_default().push(line.to_owned());
            }
        }
        Ok(())
    }
}

/// The longest part: words in English, characters outside slots in Chinese. Shorter than the run that a draft may
/// share with the corpus, so that what the model learns by heart is a sentence at most.
const LONGEST: [usize; 2] = [12, 24];

/// Everything wrong with the parts of a corpus, a line each.
pub fn faults(corpus: &Corpus) -> Vec<String> {
    let mut out = Vec::new();
    for lang in CopyLang::ALL {
        let mut known: Labels<'_> = BTreeMap::new();
        for attribute in corpus.categories.iter().flat_map(|category| &category.attributes) {
            known.entry(&attribute.key).or_default().extend(attribute.labels.of(lang).iter().map(String::as_str));
        }
        let parts = &corpus.parts[lang as usize];
        let mut seen = BTreeSet::new();
        for ((kind, of), lines) in &parts.facts {
            for line in lines {
                let own = slots_of(line).contains(&Slot::Attribute(of.clone()));
                out.extend((!own).then(|| format!("{kind:?} {of}: its slot is missing: {line}")));
                out.extend(fault(line, *kind, lang, &known));
            }
        }
        for ((kind, tone), lines) in &parts.moods {
            for line in lines {
                let bare = !slots_of(line).iter().any(|slot| matches!(slot, Slot::Attribute(_)));
                out.extend((!bare).then(|| format!("{kind:?} {}: an attribute: {line}", tone.key())));
                out.extend(fault(line, *kind, lang, &known));
            }
        }
        out.extend(parts.all.iter().filter(|line| !seen.insert(*line)).map(|line| format!("twice: {line}")));
    }
    out
}

/// The labels of each attribute key.
type Labels<'a> = BTreeMap<&'a str, Vec<&'a str>>;

fn fault(line: &str, kind: Kind, lang: CopyLang, known: &Labels<'_>) -> Option<String> {
    let literal: String = pieces(line).into_iter().map(|piece| piece.unwrap_or(" \u{fffc} ")).collect();
    let bare = literal.replace('\u{fffc}', " ");
    let words = literal.split_whitespace().count();
    let chars = bare.chars().filter(|c| !c.is_whitespace()).count();
    let long = if lang == CopyLang::En { words } else { chars } > LONGEST[lang as usize];
    let stranger = slots_of(line).into_iter().find_map(|slot| match slot {
        Slot::Attribute(key) if !known.contains_key(key.as_str()) => Some(key),
        _ => None,
    });
    let name = slots_of(line).contains(&Slot::Name);
    // "防水深度：{water_resistance}" says no more than the sheet's own label.
    let labelled = |word: &String| {
        slots_of(line).iter().any(|slot| {
            let Slot::Attribute(key) = slot else { return false };
            known.get(key.as_str()).is_some_and(|labels| labels.iter().any(|label| label.contains(word.as_str())))
        })
    };
    let what = if let Some(key) = stranger {
        format!("unknown slot {key}")
    } else if bare.contains(['{', '}', '@']) {
        "a stray sign".to_owned()
    } else if let Some(digit) = bare.chars().find(|c| c.is_numeric()) {
        format!("a number that is no slot: {digit}")
    } else if let Some(word) = forbidden_word(&bare, lang).filter(|word| !labelled(word)) {
        format!("forbidden: {word}")
    } else if long && kind != Kind::Tags {
        "too long".to_owned()
    } else if kind.name().is_some_and(|wanted| wanted != name) {
        "the name is missing, or out of place".to_owned()
    } else {
        return None;
    };
    Some(format!("{kind:?}: {what}: {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Corpus {
        Corpus::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus")).unwrap()
    }

    #[test]
    fn the_parts_are_sound_and_there_are_enough_of_them() {
        let corpus = corpus();
        assert_eq!(faults(&corpus), Vec::<String>::new());
        let keys: BTreeSet<&String> = corpus.categories.iter().flat_map(|c| &c.attributes).map(|a| &a.key).collect();
        for parts in &corpus.parts {
            assert!(parts.all.len() >= 2000, "{}", parts.all.len());
            for kind in [Kind::Both, Kind::Fact, Kind::Bullet, Kind::Title] {
                assert!(keys.iter().all(|key| parts.about(kind, key).len() >= 3), "{kind:?}");
            }
            for kind in [Kind::Open, Kind::Name, Kind::Close, Kind::Subject, Kind::Ad, Kind::Hook, Kind::Tags] {
                assert!(Tone::ALL.iter().all(|tone| parts.in_tone(kind, *tone).len() >= 10), "{kind:?}");
            }
        }
    }

    #[test]
    fn planted_faults_are_found() {
        let mut corpus = corpus();
        let bad = "@both colour\n{name} is {material}.\n{name} has 3 of {colour}.\nThe best {colour} of {name}.\n\
            In {colour}.\n@open warm\nTea in {colour}.\n\
            one two three four five six seven eight nine ten eleven twelve thirteen\nTwice.\nTwice.\n@fact nothing\n{nothing}.\n";
        corpus.parts = Default::default();
        corpus.parts[0].read(bad, Path::new("x")).unwrap();
        let found = faults(&corpus).join("\n");
        for wanted in [
            "slot is missing",
            "no slot: 3",
            "forbidden: best",
            "out of place",
            "an attribute",
            "too long",
            "twice",
            "unknown slot",
        ] {
            assert!(found.contains(wanted), "{wanted} in {found}");
        }
        let wrong = |text: &str| corpus.parts[1].clone().read(text, Path::new("x")).is_err();
        assert!(wrong("A part\n") && wrong("@open loud\nA part\n") && wrong("@shout warm\n"));
    }
}
