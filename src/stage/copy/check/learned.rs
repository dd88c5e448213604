//! Closeness to the texts that the house model learned from: long runs of their very words.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::pattern::Pieces;
use crate::stage::copy::channel::CopyLang;

macro_rules! written {
    ($lang:literal) => {
        [
            include_str!(concat!("../../../../assets/corpus/", $lang, "/baby.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/bags.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/bedding.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/candles.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/coffee.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/cookware.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/desk-tech.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/fitness.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/furniture.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/general.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/haircare.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/headphones.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/kitchen-appliances.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/lighting.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/menswear.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/outdoor.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/pets.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/phone-accessories.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/shoes.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/skincare.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/snacks.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/stationery.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/storage.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/tea.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/tea-ware.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/throws.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/toys.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/watches.txt")),
            include_str!(concat!("../../../../assets/corpus/", $lang, "/womenswear.txt")),
        ]
    };
}

/// Units of a run that is told: one more than 12 words, or than 24 Chinese characters.
fn run(lang: CopyLang) -> usize {
    match lang {
        CopyLang::En => 13,
        CopyLang::Zh => 25,
    }
}

fn hash(words: &[&str]) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    words.hash(&mut hasher);
    hasher.finish()
}

/// The words of a text with their places, punctuation left out.
fn words(text: &str, lang: CopyLang) -> Vec<(String, usize, usize)> {
    let pieces = Pieces::new(text, lang).all.into_iter();
    let word = |text: &str| text.chars().any(char::is_alphanumeric);
    pieces.filter(|piece| word(&piece.text)).map(|piece| (piece.text, piece.from, piece.to)).collect()
}

/// All runs of the corpus. Facts stand there as slots in braces, which break a run.
fn runs(lang: CopyLang) -> &'static HashSet<u64> {
    static BOTH: [OnceLock<HashSet<u64>>; 2] = [OnceLock::new(), OnceLock::new()];
    BOTH[lang as usize].get_or_init(|| {
        let files: &[&str] = match lang {
            CopyLang::En => &written!("en"),
            CopyLang::Zh => &written!("zh"),
        };
        let length = run(lang);
        let mut out = HashSet::new();
        for example in files.iter().flat_map(|file| examples(file)) {
            for part in example.split(['{', '}']).step_by(2) {
                let words = words(part, lang);
                let words: Vec<&str> = words.iter().map(|(word, ..)| word.as_str()).collect();
                out.extend(words.windows(length).map(hash));
            }
        }
        out
    })
}

/// Reads the corpus ahead of the first check: a tenth of a second that no window should wait for.
pub fn warm_up() {
    for lang in CopyLang::ALL {
        runs(lang);
    }
}

/// Examples of a file of the corpus: what stands between lines that begin with `@`.
fn examples(file: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in file.lines() {
        if line.starts_with('@') {
            out.push(String::new());
        } else if let Some(example) = out.last_mut() {
            example.push_str(line);
            example.push('\n');
        }
    }
    out
}

/// The first long run of a text that stands in the corpus: bytes, and how much of the text such runs are, in percent.
pub fn learned(text: &str, lang: CopyLang) -> Option<(usize, usize, u8)> {
    let (words, length) = (words(text, lang), run(lang));
    if words.len() < length {
        return None;
    }
    let known = runs(lang);
    let plain: Vec<&str> = words.iter().map(|(word, ..)| word.as_str()).collect();
    let mut inside = vec![false; words.len()];
    for (at, window) in plain.windows(length).enumerate() {
        if known.contains(&hash(window)) {
            inside[at..at + length].fill(true);
        }
    }
    let first = inside.iter().position(|hit| *hit)?;
    let last = inside[first..].iter().position(|hit| !hit).map_or(words.len(), |end| first + end) - 1;
    let share = inside.iter().filter(|hit| **hit).count() as f64 / words.len() as f64;
    Some((words[first].1, words[last].2, (share * 100.0).round() as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_corpus_is_known_and_long_runs_of_it_are_found() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus");
        for (lang, files) in [(CopyLang::En, &written!("en")[..]), (CopyLang::Zh, &written!("zh")[..])] {
            let there = std::fs::read_dir(folder.join(lang.key())).unwrap().count();
            assert_eq!(files.len(), there, "{lang:?}: a file of the corpus is not listed here");
            assert!(runs(lang).len() > 1_000, "{lang:?}: {}", runs(lang).len());
            // What stands between two slots of the corpus, with other words before it.
            let all: Vec<String> = files.iter().flat_map(|file| examples(file)).collect();
            let long = |part: &&str| words(part, lang).len() > run(lang) + 2;
            let mut parts = all.iter().flat_map(|text| text.split(['{', '}']).step_by(2));
            let copied = parts.find(long).unwrap().trim();
            let text = format!("Xyz. {copied}");
            let (from, to, percent) = learned(&text, lang).unwrap();
            assert!(from >= 5 && to <= text.len() && percent > 50, "{lang:?}: {from} {to} {percent}");
        }
        assert_eq!(
            learned("A teapot of celadon holds 260 ml and pours a cup for two, slowly, after lunch.", CopyLang::En),
            None
        );
        assert_eq!(learned("", CopyLang::Zh), None);
    }
}
