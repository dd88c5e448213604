//! Product text into terms: words of any language, Chinese cut by jieba.

use jieba_rs::Jieba;
use unicode_segmentation::UnicodeSegmentation;

/// Cuts text into lower-case terms. The Chinese dictionary is loaded only when there is Chinese to cut.
#[derive(Default)]
pub struct Words {
    jieba: Option<Jieba>,
}

/// Text beyond this many characters adds nothing to what a product is.
const LONGEST: usize = 20_000;

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2fa1f}')
}

impl Words {
    /// The terms of a text, in order, repeats kept. A single Latin letter or digit is no term; a single Han
    /// character is.
    pub fn cut(&mut self, text: &str) -> Vec<String> {
        let text: String = text.chars().take(LONGEST).collect::<String>().to_lowercase();
        let mut terms = Vec::new();
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let han = is_han(first);
            let end = rest.find(|c| is_han(c) != han).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if han {
                let jieba = self.jieba.get_or_insert_with(Jieba::new);
                terms.extend(jieba.cut(run, false).into_iter().map(|token| token.word.to_owned()));
            } else {
                let words = run.unicode_words().filter(|word| word.chars().nth(1).is_some());
                terms.extend(words.map(str::to_owned));
            }
            rest = after;
        }
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_two_languages() {
        let mut words = Words::default();
        assert_eq!(words.cut("A Walnut TRAY, 30 cm!"), ["walnut", "tray", "30", "cm"]);
        assert_eq!(words.cut("北京大学 coffee 杯"), ["北京大学", "coffee", "杯"]);
        assert!(words.cut(" ,.! ").is_empty() && words.cut("").is_empty());
    }
}
