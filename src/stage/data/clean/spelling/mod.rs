//! Spellings of one thing: 上海, 上海市 and Shanghai; "Tea ", "tea" and "ＴＥＡ"; in a column of places also slips
//! of one letter.

mod places;

use super::parse::half_width;
use std::collections::{BTreeMap, HashMap};

/// Spellings found in a column with how often each came; the first one is the one to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub keep: (String, u64),
    /// Most frequent first.
    pub variants: Vec<(String, u64)>,
}

impl Found {
    pub fn rows(&self) -> u64 {
        self.variants.iter().map(|(_, count)| count).sum()
    }
}

/// Groups of spellings among `values` (each once, with its count), the group with the most rows to change first.
/// `places`: the column holds cities or countries.
pub(crate) fn find(values: &[(&str, u64)], places: bool) -> Vec<Found> {
    let mut by_key: BTreeMap<String, Vec<(&str, u64)>> = BTreeMap::new();
    for &(text, count) in values {
        by_key.entry(key(text)).or_default().push((text, count));
    }
    if places {
        join_slips(&mut by_key);
        let mut by_name: BTreeMap<String, Vec<(&str, u64)>> = BTreeMap::new();
        for (key, group) in by_key {
            by_name.entry(places::name(key)).or_default().extend(group);
        }
        by_key = by_name;
    }
    let mut found: Vec<Found> = by_key.into_values().filter(|group| group.len() > 1).map(group).collect();
    found.sort_by(|a, b| b.rows().cmp(&a.rows()).then_with(|| a.keep.cmp(&b.keep)));
    found
}

/// The most frequent one is kept; of several the one without spaces around it, then the first by code point.
fn group(mut members: Vec<(&str, u64)>) -> Found {
    let untidy = |text: &str| text.trim() != text || text.chars().any(|c| half_width(c) != c);
    members.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| untidy(a.0).cmp(&untidy(b.0))).then_with(|| a.0.cmp(b.0)));
    let mut owned = members.into_iter().map(|(text, count)| (text.to_owned(), count));
    let keep = owned.next().unwrap_or_default();
    Found { keep, variants: owned.collect() }
}

/// Equal for spellings of one thing. Marks and spaces don't count, but between two digits (1.5 is not 15).
fn key(text: &str) -> String {
    let chars: Vec<char> = text.chars().map(half_width).flat_map(char::to_lowercase).map(bare_letter).collect();
    let mut key = String::with_capacity(text.len());
    for (i, &c) in chars.iter().enumerate() {
        if c.is_whitespace() || "-_.,'’`·".contains(c) {
            let digit = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_digit());
            if digit(i.checked_sub(1).and_then(|before| chars.get(before))) && digit(chars.get(i + 1)) {
                key.push(if c.is_whitespace() { ' ' } else { c });
            }
        } else {
            key.push(c);
        }
    }
    if key.is_empty() { text.trim().to_owned() } else { key }
}

/// Letters of Western Europe without their marks.
fn bare_letter(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' => 'n',
        'ò'..='ö' | 'ø' | 'ō' => 'o',
        'ù'..='ü' | 'ū' | 'ů' => 'u',
        'ý' | 'ÿ' => 'y',
        'ś' | 'š' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'ł' => 'l',
        _ => c,
    }
}

/// How much rarer a slip must be than the right word.
const RARER: u64 = 20;
/// Shorter words differ by one letter too often.
const SLIP_LENGTH: usize = 5;

/// Rare keys that are one edit (a letter more, less, other, or two swapped) from a frequent one join it.
fn join_slips(by_key: &mut BTreeMap<String, Vec<(&str, u64)>>) {
    let total = |group: &[(&str, u64)]| group.iter().map(|(_, count)| count).sum::<u64>();
    let words: Vec<(String, u64)> = by_key
        .iter()
        .filter(|(key, _)| key.chars().count() >= SLIP_LENGTH && !key.chars().any(|c| c.is_ascii_digit()))
        .map(|(key, group)| (key.clone(), total(group)))
        .collect();
    // One edit apart means: equal after leaving out at most one letter of each.
    let mut near: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, (word, _)) in words.iter().enumerate() {
        for short in shortened(word) {
            near.entry(short).or_default().push(i);
        }
    }
    let right_word = |i: usize| -> Option<usize> {
        let (word, count) = &words[i];
        shortened(word)
            .filter_map(|short| near.get(&short))
            .flatten()
            .copied()
            .filter(|&j| words[j].1 / RARER >= (*count).max(1) && one_edit(word, &words[j].0))
            .max_by(|&a, &b| words[a].1.cmp(&words[b].1).then_with(|| b.cmp(&a)))
    };
    for i in 0..words.len() {
        if let Some(j) = right_word(i)
            && let Some(group) = by_key.remove(&words[i].0)
        {
            by_key.entry(words[j].0.clone()).or_default().extend(group);
        }
    }
}

/// The word, and the word without each one of its letters.
fn shortened(word: &str) -> impl Iterator<Item = String> + '_ {
    let without = word.char_indices().map(|(at, c)| format!("{}{}", &word[..at], &word[at + c.len_utf8()..]));
    std::iter::once(word.to_owned()).chain(without)
}

/// Optimal string alignment distance of exactly 1.
fn one_edit(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let Some(i) = (0..short.len()).find(|&i| short[i] != long[i]) else { return long.len() == short.len() + 1 };
    match long.len() - short.len() {
        0 if short[i + 1..] == long[i + 1..] => true,
        0 => {
            i + 1 < short.len() && short[i] == long[i + 1] && short[i + 1] == long[i] && short[i + 2..] == long[i + 2..]
        }
        1 => short[i..] == long[i + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(values: &[(&str, u64)], places: bool) -> Vec<(String, Vec<String>)> {
        find(values, places).into_iter().map(|f| (f.keep.0, f.variants.into_iter().map(|v| v.0).collect())).collect()
    }

    #[test]
    fn a_city_in_two_languages_is_one() {
        let values = [("上海", 90), ("上海市", 30), ("Shanghai", 20), ("shang hai ", 1), ("北京", 50), ("山海", 2)];
        assert_eq!(
            groups(&values, true),
            [("上海".to_owned(), vec!["上海市".into(), "Shanghai".into(), "shang hai ".into()])]
        );
        // Elsewhere only the spelling counts, not the meaning.
        assert!(groups(&values[..3], false).is_empty());
    }

    #[test]
    fn case_space_width_and_marks() {
        let values = [
            ("Tea pots", 3),
            ("tea-pots", 3),
            ("ＴＥＡ　ＰＯＴＳ", 9),
            ("1.5 L", 2),
            ("15 L", 2),
            ("Café", 1),
            ("cafe", 1),
        ];
        assert_eq!(
            groups(&values, false),
            [
                ("ＴＥＡ　ＰＯＴＳ".to_owned(), vec!["Tea pots".into(), "tea-pots".into()]),
                ("Café".to_owned(), vec!["cafe".into()]),
            ]
        );
    }

    #[test]
    fn slips_join_the_frequent_word_of_a_place_only() {
        let values = [("Berlin", 100), ("Berlim", 2), ("Brelin", 1), ("Berlinn", 1), ("Berl1n", 1), ("Merlin", 90)];
        assert_eq!(
            groups(&values, true),
            [("Berlin".to_owned(), vec!["Berlim".into(), "Berlinn".into(), "Brelin".into()])]
        );
        assert!(groups(&values, false).is_empty());
    }

    #[test]
    fn one_edit_is_one_of_four() {
        for (a, b, expected) in [
            ("abcd", "abxd", true),
            ("abcd", "abd", true),
            ("abcd", "abcde", true),
            ("abcd", "acbd", true),
            ("abcd", "abcd", false),
            ("abcd", "badc", false),
            ("abcd", "ab", false),
            ("", "a", true),
        ] {
            assert_eq!((one_edit(a, b), one_edit(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn nothing_but_marks_keeps_its_own_key() {
        assert_ne!(key("-"), key("..."));
        assert_eq!(key(" "), "");
    }
}
