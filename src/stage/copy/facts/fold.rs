//! Text as the rules read it: lower case, half-width, one kind of blank and dash.

/// Folded characters, each with the byte where it stood in the text.
pub struct Folded {
    pub chars: Vec<char>,
    /// One more than `chars`: the last is the text's length.
    at: Vec<usize>,
}

impl Folded {
    pub fn new(text: &str) -> Self {
        let mut chars = Vec::with_capacity(text.len());
        let mut at = Vec::with_capacity(text.len() + 1);
        for (byte, c) in text.char_indices() {
            chars.push(fold(c));
            at.push(byte);
        }
        at.push(text.len());
        Self { chars, at }
    }

    pub fn len(&self) -> usize {
        self.chars.len()
    }

    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// The byte of character `i` (the text's length for `len`).
    pub fn byte(&self, i: usize) -> usize {
        self.at[i.min(self.at.len() - 1)]
    }

    pub fn get(&self, i: usize) -> Option<char> {
        self.chars.get(i).copied()
    }

    /// Whether `words` stands at `i`.
    pub fn has(&self, i: usize, words: &str) -> bool {
        let mut at = i;
        words.chars().all(|c| {
            at += 1;
            self.get(at - 1) == Some(c)
        })
    }

    /// Whether a Latin word may begin at `i`: no letter or digit before it.
    pub fn begins_word(&self, i: usize) -> bool {
        i == 0 || !self.chars[i - 1].is_ascii_alphanumeric()
    }

    /// Whether a Latin word may end before `i`.
    pub fn ends_word(&self, i: usize) -> bool {
        self.get(i).is_none_or(|c| !c.is_ascii_alphanumeric())
    }

    /// The end of the run of ASCII letters that begins at `i`.
    pub fn letters(&self, i: usize) -> usize {
        i + self.chars[i.min(self.len())..].iter().take_while(|c| c.is_ascii_alphabetic()).count()
    }

    pub fn text(&self, from: usize, to: usize) -> String {
        self.chars[from.min(self.len())..to.min(self.len())].iter().collect()
    }
}

/// A character as the rules know it.
pub fn fold(c: char) -> char {
    match c {
        // Full-width forms lie 0xFEE0 above ASCII.
        '\u{ff01}'..='\u{ff5e}' => {
            let half = char::from_u32(c as u32 - 0xfee0).unwrap_or(c);
            half.to_ascii_lowercase()
        }
        '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        '\u{ffe5}' => '¥',
        '\u{2019}' => '\'',
        'A'..='Z' => c.to_ascii_lowercase(),
        c if c.is_ascii() => c,
        c => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        }
    }
}

/// A whole text, folded.
pub fn fold_text(text: &str) -> String {
    text.chars().map(fold).collect()
}
