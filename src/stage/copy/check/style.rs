//! What can be said of a text without its sheet: repetition, language, ease of reading, closeness to other texts.

use std::collections::{BTreeMap, HashSet};

use super::pattern::{Pieces, is_han};
use crate::stage::copy::channel::CopyLang;

/// Words so common that saying them often is no fault.
const COMMON: &str = " the a an and or of to in on for with it is its as at by from that this you your be are if one \
                      not no so up out all our we they he she when what which into than then but ";

/// Words, or runs of Chinese characters, that stand too often: bytes of the last place of each.
pub fn repetitions(text: &str, lang: CopyLang) -> Vec<(usize, usize)> {
    let pieces = Pieces::new(text, lang).all;
    let mut seen: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    match lang {
        CopyLang::En => {
            for piece in &pieces {
                let word = piece.text.as_str();
                if word.len() > 2 && word.chars().all(char::is_alphabetic) && !COMMON.contains(&format!(" {word} ")) {
                    seen.entry(word.to_owned()).or_default().push((piece.from, piece.to));
                }
            }
            for pair in pieces.windows(2) {
                if pair[0].text == pair[1].text && pair[0].text.chars().all(char::is_alphabetic) {
                    // "the the"
                    seen.insert(format!("\0{}", pair[1].from), vec![(pair[1].from, pair[1].to); 9]);
                }
            }
        }
        CopyLang::Zh => {
            for run in pieces.windows(4) {
                if run.iter().all(|piece| piece.text.chars().all(is_han)) {
                    let key: String = run.iter().map(|piece| piece.text.as_str()).collect();
                    seen.entry(key).or_default().push((run[0].from, run[3].to));
                }
            }
        }
    }
    let words = pieces.len().max(1);
    let most = match lang {
        // Once more for every forty words.
        CopyLang::En => 3 + words / 40,
        CopyLang::Zh => 2 + words / 150,
    };
    let mut out: Vec<(usize, usize)> = Vec::new();
    for places in seen.values().filter(|places| places.len() >= most) {
        let Some((from, to)) = places.last().copied() else { continue };
        match out.iter_mut().find(|(a, b)| *a < to && from < *b) {
            Some(known) => *known = (known.0.min(from), known.1.max(to)),
            None => out.push((from, to)),
        }
    }
    out.sort_unstable();
    out
}

/// Whether a text is not in the language asked for. Brands and units may be Latin in Chinese copy.
pub fn is_other_language(text: &str, lang: CopyLang) -> bool {
    let han = text.chars().filter(|c| is_han(*c)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    let other = text.chars().filter(|c| c.is_alphabetic() && !is_han(*c) && (*c as u32) > 0x24f).count();
    let letters = han + latin + other;
    match lang {
        _ if letters < 6 => false,
        CopyLang::En => (han + other) * 5 > letters,
        CopyLang::Zh => han * 3 < latin || other * 5 > letters,
    }
}

/// The longest sentence that is hard to read: more than 28 words or 60 Chinese characters.
pub fn hard_sentence(text: &str, lang: CopyLang) -> Option<(usize, usize, usize)> {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '\n' | ';' | '；');
    let mut from = 0;
    let mut hardest: Option<(usize, usize, usize)> = None;
    for part in text.split_inclusive(ends) {
        let to = from + part.trim_end().len();
        let size = match lang {
            CopyLang::En => part.split_whitespace().count(),
            CopyLang::Zh => part.chars().filter(|c| is_han(*c)).count(),
        };
        let most = if lang == CopyLang::En { 28 } else { 60 };
        if size > most && hardest.is_none_or(|(_, _, known)| size > known) {
            hardest = Some((from, to, size));
        }
        from += part.len();
    }
    hardest
}

/// Runs of five words or eight Chinese characters that a text is made of.
pub fn shingles(text: &str, lang: CopyLang) -> HashSet<u64> {
    use std::hash::{Hash, Hasher};
    let length = if lang == CopyLang::En { 5 } else { 8 };
    let pieces = Pieces::new(text, lang).all;
    let words: Vec<&str> =
        pieces.iter().map(|p| p.text.as_str()).filter(|p| p.chars().any(char::is_alphanumeric)).collect();
    let hash = |run: &[&str]| {
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    words.windows(length.min(words.len().max(1))).map(hash).collect()
}

/// Share of the runs of `text` that stand in the other text too, 0 to 1.
pub fn closeness(text: &HashSet<u64>, other: &HashSet<u64>) -> f64 {
    if text.is_empty() {
        return 0.0;
    }
    text.intersection(other).count() as f64 / text.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_words_are_found_and_common_ones_are_not() {
        let en = |text: &str| {
            let found = repetitions(text, CopyLang::En);
            found.into_iter().map(|(from, to)| text[from..to].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(en("Soft linen, soft colour, soft light."), ["soft"]);
        assert_eq!(en("A cup for the the table"), ["the"]);
        assert_eq!(en("The cup and the pot and the tray"), [""; 0]);
        let text = "柔软的亚麻盖毯，送你柔软的亚麻盖毯";
        let zh = repetitions(text, CopyLang::Zh);
        assert_eq!(zh.iter().map(|(a, b)| &text[*a..*b]).collect::<Vec<_>>(), ["柔软的亚麻盖毯"]);
        assert!(repetitions("一只杯子，一壶茶", CopyLang::Zh).is_empty());
    }

    #[test]
    fn languages_and_long_sentences() {
        assert!(is_other_language("这是一条中文短信", CopyLang::En));
        assert!(!is_other_language("青窑 teapot, holds 260 ml, glazed by hand", CopyLang::En));
        assert!(is_other_language("A teapot for two people 青窑", CopyLang::Zh));
        assert!(!is_other_language("Qingyao 青瓷茶壶，260 ml，冰裂釉", CopyLang::Zh));
        assert!(is_other_language("Чайник для дома", CopyLang::En));
        let long = format!("Short. {}end.", "word ".repeat(30));
        assert_eq!(hard_sentence(&long, CopyLang::En).map(|(from, _, size)| (from, size)), Some((6, 31)));
        assert_eq!(hard_sentence("短句。也短。", CopyLang::Zh), None);
    }

    #[test]
    fn copies_are_close_and_others_are_not() {
        let of = |text: &str| shingles(text, CopyLang::En);
        let one = of("A linen throw for slow mornings and long evenings at home");
        assert_eq!(closeness(&one, &one), 1.0);
        assert_eq!(closeness(&one, &of("A lamp that stands by the window and reads with you")), 0.0);
        let half = closeness(&of("A linen throw for slow mornings and then a cup of tea"), &one);
        assert!(half > 0.2 && half < 0.6, "{half}");
        assert_eq!(closeness(&of(""), &one), 0.0);
    }
}
