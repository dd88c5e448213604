//! The small pattern language of the word lists: words, choices, gaps, and what may not stand beside.
//!
//! ```text
//! 最佳[4](期|温度)      literal, a gap of up to 4 pieces without punctuation, one of several
//! {8}                   a gap that may cross commas, but not the end of a sentence
//! #                     a number, in digits or in words
//! 最!(近|后)            not followed by one of these
//! ~(我们|本店)第一      not preceded by one of these (at the beginning of a pattern)
//! ^ $                   the beginning, the end of a clause
//! the *est              English: words with `*` for any ending or any beginning
//! ```
//!
//! A piece is a character in Chinese and a word in English; letter case, width and kind of dash don't matter.

use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::facts::Folded;

/// A piece of a text: a word or a character, with its bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub from: usize,
    pub to: usize,
}

/// A text in pieces.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    pub all: Vec<Piece>,
}

/// Punctuation that ends a sentence; ends at least a clause.
const ENDS: &str = "。！？；!?;\n";
const PAUSES: &str = "，、：,:—…（）()“”\"「」|｜·";

impl Pieces {
    pub fn new(text: &str, lang: CopyLang) -> Self {
        let folded = Folded::new(text);
        let mut all = Vec::new();
        let mut i = 0;
        while i < folded.len() {
            let Some(c) = folded.get(i) else { break };
            let start = i;
            i += 1;
            if lang == CopyLang::En && (c.is_alphanumeric() && !is_han(c)) {
                while folded.get(i).is_some_and(|c| {
                    let inner = c == '\'' && folded.get(i + 1).is_some_and(char::is_alphanumeric);
                    inner || c.is_alphanumeric() && !is_han(c)
                }) {
                    i += 1;
                }
            } else if c != '\n' && (c.is_whitespace() || c == '-' || c.is_control()) {
                continue;
            }
            all.push(Piece { text: folded.text(start, i), from: folded.byte(start), to: folded.byte(i) });
        }
        Self { all }
    }

    fn get(&self, i: usize) -> Option<&str> {
        self.all.get(i).map(|piece| piece.text.as_str())
    }

    fn is_end(&self, i: usize) -> bool {
        match self.get(i) {
            None => true,
            // A full stop within a number or "no. 1" ends nothing.
            Some(".") => self.all.get(i + 1).is_none_or(|next| next.from != self.all[i].to),
            Some(piece) => ENDS.contains(piece),
        }
    }

    fn is_break(&self, i: usize) -> bool {
        self.is_end(i) || self.get(i).is_some_and(|piece| PAUSES.contains(piece))
    }
}

pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// One of several rows of pieces.
    Words(Vec<Vec<String>>),
    Gap(usize),
    Wide(usize),
    Number,
    NotNext(Vec<Vec<String>>),
    NotBefore(Vec<Vec<String>>),
    Begins,
    Ends,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

impl Pattern {
    /// Nothing when brackets don't match or nothing is asked for.
    pub fn parse(source: &str, lang: CopyLang) -> Option<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut literal = String::new();
        let chars: Vec<char> = source.chars().collect();
        let mut i = 0;
        let flush = |literal: &mut String, parts: &mut Vec<Part>| {
            let row = row_of(literal, lang);
            if !row.is_empty() {
                parts.push(Part::Words(vec![row]));
            }
            literal.clear();
        };
        let closing = |from: usize, close: char| (from..chars.len()).find(|at| chars[*at] == close);
        while i < chars.len() {
            match chars[i] {
                '!' | '~' if chars.get(i + 1) == Some(&'(') => {
                    flush(&mut literal, &mut parts);
                    let end = closing(i, ')').filter(|end| is_plain(&chars[i + 2..*end]))?;
                    let rows = rows_of(&chars[i + 2..end], lang);
                    parts.push(if chars[i] == '!' { Part::NotNext(rows) } else { Part::NotBefore(rows) });
                    i = end + 1;
                }
                '(' => {
                    flush(&mut literal, &mut parts);
                    let end = closing(i, ')').filter(|end| is_plain(&chars[i + 1..*end]))?;
                    parts.push(Part::Words(rows_of(&chars[i + 1..end], lang)));
                    i = end + 1;
                }
                open @ ('[' | '{') => {
                    flush(&mut literal, &mut parts);
                    let end = closing(i, if open == '[' { ']' } else { '}' })?;
                    let size = chars[i + 1..end].iter().collect::<String>().trim().parse().ok()?;
                    parts.push(if open == '[' { Part::Gap(size) } else { Part::Wide(size) });
                    i = end + 1;
                }
                mark @ ('#' | '^' | '$') => {
                    flush(&mut literal, &mut parts);
                    parts.push(match mark {
                        '#' => Part::Number,
                        '^' => Part::Begins,
                        _ => Part::Ends,
                    });
                    i += 1;
                }
                c => {
                    literal.push(c);
                    i += 1;
                }
            }
        }
        flush(&mut literal, &mut parts);
        parts.iter().any(|part| matches!(part, Part::Words(_) | Part::Number)).then_some(Self { parts })
    }

    /// Every match, as ranges of pieces; overlapping ones of the same pattern are reported once.
    pub fn find(&self, pieces: &Pieces) -> Vec<std::ops::Range<usize>> {
        let mut out: Vec<std::ops::Range<usize>> = Vec::new();
        for i in 0..pieces.all.len() {
            if out.last().is_some_and(|last| i < last.end) {
                continue;
            }
            if let Some(end) = matches(&self.parts, pieces, i).filter(|end| *end > i) {
                out.push(i..end);
            }
        }
        out
    }
}

/// Choices hold words and numbers only.
fn is_plain(choices: &[char]) -> bool {
    !choices.iter().any(|c| "([{!~^$".contains(*c))
}

fn row_of(text: &str, lang: CopyLang) -> Vec<String> {
    // `*` is part of a word here.
    let marked = text.replace('*', "xstarx");
    let pieces = Pieces::new(&marked, lang).all;
    pieces.into_iter().map(|piece| piece.text.replace("xstarx", "*")).collect()
}

fn rows_of(chars: &[char], lang: CopyLang) -> Vec<Vec<String>> {
    let inner: String = chars.iter().collect();
    let mut rows: Vec<Vec<String>> = inner.split('|').map(|choice| row_of(choice, lang)).collect();
    // The longest first, so that a choice is as long as it can be.
    rows.sort_by_key(|row| std::cmp::Reverse(row.len()));
    rows
}

fn matches(parts: &[Part], pieces: &Pieces, i: usize) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else { return Some(i) };
    match part {
        Part::Words(rows) => rows.iter().find_map(|row| matches(rest, pieces, row_at(row, pieces, i)?)),
        Part::Number => {
            let end = number_end(pieces, i)?;
            (i + 1..=end).rev().find_map(|end| matches(rest, pieces, end))
        }
        Part::Gap(most) => gap(rest, pieces, i, *most, Pieces::is_break),
        Part::Wide(most) => gap(rest, pieces, i, *most, Pieces::is_end),
        Part::NotNext(rows) => {
            if rows.iter().any(|row| row_at(row, pieces, i).is_some()) {
                return None;
            }
            matches(rest, pieces, i)
        }
        Part::NotBefore(rows) => {
            let stands =
                |row: &Vec<String>| i.checked_sub(row.len()).is_some_and(|at| row_at(row, pieces, at).is_some());
            if rows.iter().any(stands) { None } else { matches(rest, pieces, i) }
        }
        Part::Begins => {
            if i > 0 && !pieces.is_break(i - 1) {
                return None;
            }
            matches(rest, pieces, i)
        }
        Part::Ends => {
            if !pieces.is_break(i) {
                return None;
            }
            matches(rest, pieces, i)
        }
    }
}

fn gap(rest: &[Part], pieces: &Pieces, i: usize, most: usize, stops: fn(&Pieces, usize) -> bool) -> Option<usize> {
    for skipped in 0..=most {
        if let Some(end) = matches(rest, pieces, i + skipped) {
            return Some(end);
        }
        if stops(pieces, i + skipped) {
            return None;
        }
    }
    None
}

fn row_at(row: &[String], pieces: &Pieces, i: usize) -> Option<usize> {
    let mut at = i;
    for wanted in row {
        if wanted == "#" {
            at = number_end(pieces, at)?;
            continue;
        }
        let found = pieces.get(at)?;
        let fits = match (wanted.strip_suffix('*'), wanted.strip_prefix('*')) {
            (Some(beginning), _) => found.starts_with(beginning),
            (_, Some(ending)) => found.len() > ending.len() + 1 && found.ends_with(ending),
            _ => found == wanted,
        };
        if !fits {
            return None;
        }
        at += 1;
    }
    Some(at)
}

const NUMBERS_ZH: &str = "0123456789.〇零一二三四五六七八九十百千万亿两几数半多";
const NUMBERS_EN: [&str; 32] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "fifteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "millions",
    "billion",
    "dozen",
    "dozens",
    "half",
    "several",
];

fn number_end(pieces: &Pieces, i: usize) -> Option<usize> {
    let is_number = |piece: &str| {
        NUMBERS_EN.contains(&piece)
            || piece.chars().next().is_some_and(|c| c.is_ascii_digit())
            || piece.chars().all(|c| NUMBERS_ZH.contains(c) && c != '.')
    };
    let mut end = i;
    while pieces.get(end).is_some_and(is_number)
        || (end > i && pieces.get(end) == Some(".") && pieces.get(end + 1).is_some_and(is_number))
    {
        end += 1;
    }
    (end > i).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str, lang: CopyLang) -> Vec<String> {
        let pieces = Pieces::new(text, lang);
        let pattern = Pattern::parse(pattern, lang).unwrap();
        let words =
            |range: std::ops::Range<usize>| text[pieces.all[range.start].from..pieces.all[range.end - 1].to].to_owned();
        pattern.find(&pieces).into_iter().map(words).collect()
    }

    #[test]
    fn chinese_patterns() {
        let zh = |pattern: &str, text: &str| found(pattern, text, CopyLang::Zh);
        assert_eq!(zh("最佳[4](期|温度)", "最佳食用期，最佳的水温度；最佳，温度"), ["最佳食用期", "最佳的水温度"]);
        assert_eq!(zh("最佳{4}(期|温度)", "最佳，温度。最佳。温度"), ["最佳，温度"]);
        assert_eq!(zh("最!(近|后)", "最近最好最后"), ["最"]);
        assert_eq!(zh("~(安全|时间)第一", "安全第一，品牌第一"), ["第一"]);
        assert_eq!(zh("最后#(件|小时)", "最后三件，最后12小时，最后一步"), ["最后三件", "最后12小时"]);
        assert_eq!(zh("^第一$", "第一，是第一。第一名"), ["第一"]);
        assert_eq!(zh("NO.1", "ＮＯ．1 的锅 no. 1"), ["ＮＯ．1", "no. 1"]);
    }

    #[test]
    fn english_patterns() {
        let en = |pattern: &str, text: &str| found(pattern, text, CopyLang::En);
        assert_eq!(en("best !(before|served)", "The Best mug; best before May; bestow"), ["Best"]);
        assert_eq!(en("the *est", "the softest throw, the nest-like rest"), ["the softest"]);
        assert_eq!(en("number one", "Number-one, number one, numbers one"), ["Number-one", "number one"]);
        assert_eq!(en("clinical*", "Clinically tested"), ["Clinically"]);
        assert_eq!(en("# %", "100% and ninety % or 1.5 %"), ["100%", "ninety %", "1.5 %"]);
        assert_eq!(en("world's [2] (best|finest)", "The world’s very finest linen"), ["world’s very finest"]);
        assert_eq!(en("don't miss", "Don't miss, don’t miss."), ["Don't miss", "don’t miss"]);
    }

    #[test]
    fn broken_patterns_are_nothing() {
        for source in ["(a|b", "(a(b|c)|d)", "(a[2]b)", "[x]", "", "[3]", "!(a)", "{"] {
            assert_eq!(Pattern::parse(source, CopyLang::En), None, "{source}");
        }
    }
}
