//! Drafts that go astray: running in circles, or slipping into another language.

use crate::stage::copy::facts::Language;

/// Where and why a draft went astray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Astray {
    /// The text repeats itself from byte `keep` on.
    Loop { keep: usize },
    /// The last letters are not the language that was asked for.
    Drift,
}

/// Letters looked at for the language.
const LETTERS: usize = 60;

/// Looks at the end of `text`. Cheap enough to be called for every token.
pub fn astray(text: &str, language: Option<Language>) -> Option<Astray> {
    let chars: Vec<(usize, char)> = last_chars(text, 480);
    if let Some(keep) = circle(&chars).or_else(|| refrain(text)) {
        return Some(Astray::Loop { keep });
    }
    language.filter(|language| drifted(&chars, *language)).map(|_| Astray::Drift)
}

fn last_chars(text: &str, count: usize) -> Vec<(usize, char)> {
    let mut chars: Vec<(usize, char)> = text.char_indices().rev().take(count).collect();
    chars.reverse();
    chars
}

/// The same run of up to 120 characters three times in a row, and at least 24 characters in all; where the
/// second begins. Runs without a letter (a dividing line) may go on for longer.
fn circle(chars: &[(usize, char)]) -> Option<usize> {
    for period in 1..=120.min(chars.len() / 3) {
        let matching = (period..chars.len()).rev().take_while(|i| chars[*i].1 == chars[i - period].1).count();
        let letters = chars[chars.len() - period..].iter().any(|(_, c)| c.is_alphanumeric());
        let least = if letters { 24 } else { 80 };
        if matching >= 2 * period && matching + period >= least {
            return Some(chars[chars.len() - matching].0);
        }
    }
    None
}

/// The sentence that has just ended stood twice before: where it begins. Short ones do not count.
fn refrain(text: &str) -> Option<usize> {
    let is_end = |c: char| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '\n');
    if !text.ends_with(is_end) {
        return None;
    }
    let body = text.trim_end_matches(is_end);
    let from = body.rfind(is_end).map_or(0, |at| at + body[at..].chars().next().map_or(1, char::len_utf8));
    let sentence = body[from..].trim();
    if sentence.chars().count() < 12 {
        return None;
    }
    let start = from + body[from..].find(sentence)?;
    (text[..start].matches(sentence).count() >= 2).then_some(start)
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// English: a fifth of the last letters are not Latin. Chinese: fewer than a tenth are Chinese, or a fifth
/// are neither Chinese nor Latin (brands are Latin).
fn drifted(chars: &[(usize, char)], language: Language) -> bool {
    let letters: Vec<char> = chars.iter().rev().map(|(_, c)| *c).filter(|c| c.is_alphabetic()).take(LETTERS).collect();
    let is_latin = |c: &&char| c.is_ascii_alphabetic() || matches!(**c, '\u{c0}'..='\u{24f}');
    let latin = letters.iter().filter(is_latin).count();
    let han = letters.iter().filter(|c| is_han(**c)).count();
    let other = letters.len() - latin - han;
    match language {
        // A Chinese letter is a word: fewer of them make the point.
        Language::English => letters.len() >= 12 && (han + other) * 5 >= letters.len().max(30),
        Language::Chinese => letters.len() == LETTERS && (han * 10 < LETTERS || other * 5 >= LETTERS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loops(text: &str) -> Option<&str> {
        match astray(text, None) {
            Some(Astray::Loop { keep }) => Some(&text[..keep]),
            _ => None,
        }
    }

    #[test]
    fn circles_are_found_and_good_text_is_not() {
        assert_eq!(loops("It is warm and soft and soft and soft and soft and soft"), Some("It is warm and soft"));
        assert_eq!(loops("好喝好喝好喝好喝好喝好喝好喝好喝好喝好喝好喝好喝"), Some("好喝"));
        assert_eq!(loops("aaaaaaaaaaaaaaaaaaaaaaaaaaaa"), Some("a"));
        assert_eq!(loops("Title\n----------------------------\nMore"), None);
        assert_eq!(loops("Ho, ho, ho! A cup of tea, a cup of tea, please."), None);
        assert_eq!(loops("- warm\n- soft\n- light\n- made for you\n- easy to wash"), None);
    }

    #[test]
    fn a_sentence_for_the_third_time_is_a_loop() {
        let text = "Keeps tea warm. A cup for you. Keeps tea warm. Nice. Keeps tea warm.";
        assert_eq!(loops(text), Some("Keeps tea warm. A cup for you. Keeps tea warm. Nice. "));
        assert_eq!(loops("Keeps tea warm. Nice. Keeps tea warm."), None);
        assert_eq!(loops("Yes. No. Yes. No. Yes."), None);
    }

    #[test]
    fn drift_is_found_in_both_languages() {
        let drifts = |text: &str, language| astray(text, Some(language)) == Some(Astray::Drift);
        assert!(drifts("A warm cup for every 早晨，温暖你的手心", Language::English));
        assert!(!drifts("A warm cup called 青山 for every morning you spend at home", Language::English));
        assert!(!drifts("Café crème, déjà vu: a warm cup for every morning", Language::English));
        assert!(drifts("Теплая чашка для каждого утра", Language::English));
        let english = "这款杯子 is a warm cup for every morning that you spend at home with friends and family";
        assert!(drifts(english, Language::Chinese));
        assert!(!drifts("North Hill 保温杯，陪你度过每一个清晨。North Hill 的杯身采用不锈钢", Language::Chinese));
        assert!(!drifts("杯", Language::Chinese));
    }
}
