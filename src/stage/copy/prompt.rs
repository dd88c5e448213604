//! The prompt of the house model: one form, used by training, by the runtime and by the copy desk.
//!
//! A prompt is a row of [`Piece`]s: control tokens and plain text. Plain text is encoded with the parsing of
//! control tokens switched off, so nothing in a product's fields can pose as one.
//!
//! ```text
//! <|sheet|><|name|>Hillside Teapot<|name|> Hillside Teapot<|brand|>Orrin<|brand|> Orrin<|category|> Tea ware
//! <|price|> $24.90<|attr|>Material<|is|> celadon<|attr|>Capacity<|is|> 500 ml
//! <|brief|><|focus|>Material<|en|><|push|><|warm|><|copy|>…<|end|>
//! ```
//!
//! Name and brand stand there twice when they begin with a Latin letter or digit: byte-level BPE has one token for
//! "Hillside" at the start of a line and another for " Hillside" within it, and the model copies tokens.

use serde::{Deserialize, Serialize};

use super::channel::{Channel, CopyLang, Tone};

/// Written into the GGUF, so that a runtime knows which prompt a model was trained with.
pub const PROMPT_FORMAT: &str = "shopwright-sheet-1";

/// Control tokens in the order of their ids. New ones take a reserved place, so that ids never move.
pub const SPECIALS: [&str; 40] = [
    "<|end|>",
    "<|pad|>",
    "<|sheet|>",
    "<|name|>",
    "<|brand|>",
    "<|category|>",
    "<|price|>",
    "<|attr|>",
    "<|is|>",
    "<|brief|>",
    "<|focus|>",
    "<|copy|>",
    "<|en|>",
    "<|zh|>",
    "<|title|>",
    "<|short|>",
    "<|long|>",
    "<|bullets|>",
    "<|ad|>",
    "<|social|>",
    "<|note|>",
    "<|push|>",
    "<|sms|>",
    "<|email|>",
    "<|plain|>",
    "<|warm|>",
    "<|playful|>",
    "<|premium|>",
    "<|urgent|>",
    "<|expert|>",
    "<|voice|>",
    "<|audience|>",
    "<|r0|>",
    "<|r1|>",
    "<|r2|>",
    "<|r3|>",
    "<|r4|>",
    "<|r5|>",
    "<|r6|>",
    "<|r7|>",
];

/// A control token, by its place in [`SPECIALS`] (which is its token id).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Special(pub u32);

impl Special {
    pub const END: Self = Self(0);
    pub const PAD: Self = Self(1);
    pub const SHEET: Self = Self(2);
    pub const NAME: Self = Self(3);
    pub const BRAND: Self = Self(4);
    pub const CATEGORY: Self = Self(5);
    pub const PRICE: Self = Self(6);
    pub const ATTR: Self = Self(7);
    pub const IS: Self = Self(8);
    pub const BRIEF: Self = Self(9);
    pub const FOCUS: Self = Self(10);
    pub const COPY: Self = Self(11);

    pub fn lang(lang: CopyLang) -> Self {
        Self(12 + lang as u32)
    }

    pub fn channel(channel: Channel) -> Self {
        Self(14 + channel as u32)
    }

    pub fn tone(tone: Tone) -> Self {
        Self(24 + tone as u32)
    }

    pub fn text(self) -> &'static str {
        SPECIALS[self.0 as usize]
    }
}

/// A product as the model sees it: the only source of facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    pub name: String,
    pub brand: Option<String>,
    pub category: Option<String>,
    pub price: Option<String>,
    /// Label and value, in the order of the sheet.
    pub attributes: Vec<(String, String)>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    pub lang: CopyLang,
    pub channel: Channel,
    pub tone: Tone,
    /// The label of the attribute that the text should build on.
    pub focus: Option<String>,
}

/// A part of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Control(Special),
    Text(String),
}

/// One line, no control characters, no doubled spaces.
fn clean(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The value as it stands after a word: with a space before Latin letters and other non-Chinese text.
fn spaced(text: &str) -> String {
    match text.chars().next() {
        Some(first) if is_latin_start(first) => format!(" {text}"),
        _ => text.to_owned(),
    }
}

fn is_latin_start(first: char) -> bool {
    first.is_ascii() || (first.is_alphabetic() && (first as u32) < 0x2E80)
}

/// The sheet's part of the prompt.
pub fn sheet_pieces(sheet: &Sheet) -> Vec<Piece> {
    let mut out = vec![Piece::Control(Special::SHEET)];
    push_twice(&mut out, Special::NAME, &sheet.name);
    if let Some(brand) = &sheet.brand {
        push_twice(&mut out, Special::BRAND, brand);
    }
    for (mark, value) in [(Special::CATEGORY, &sheet.category), (Special::PRICE, &sheet.price)] {
        if let Some(value) = value {
            out.push(Piece::Control(mark));
            out.push(Piece::Text(spaced(&clean(value))));
        }
    }
    for (label, value) in &sheet.attributes {
        out.push(Piece::Control(Special::ATTR));
        out.push(Piece::Text(clean(label)));
        out.push(Piece::Control(Special::IS));
        out.push(Piece::Text(spaced(&clean(value))));
    }
    out
}

fn push_twice(out: &mut Vec<Piece>, mark: Special, value: &str) {
    let value = clean(value);
    let again = spaced(&value);
    let differs = again != value;
    out.push(Piece::Control(mark));
    out.push(Piece::Text(value));
    if differs {
        out.push(Piece::Control(mark));
        out.push(Piece::Text(again));
    }
}

/// The brief's part of the prompt, up to and with `<|copy|>`; the text follows.
pub fn brief_pieces(brief: &Brief) -> Vec<Piece> {
    let mut out = vec![Piece::Control(Special::BRIEF)];
    if let Some(focus) = &brief.focus {
        out.push(Piece::Control(Special::FOCUS));
        out.push(Piece::Text(clean(focus)));
    }
    out.push(Piece::Control(Special::lang(brief.lang)));
    out.push(Piece::Control(Special::channel(brief.channel)));
    out.push(Piece::Control(Special::tone(brief.tone)));
    out.push(Piece::Control(Special::COPY));
    out
}

/// The whole prompt.
pub fn prompt_pieces(sheet: &Sheet, brief: &Brief) -> Vec<Piece> {
    let mut out = sheet_pieces(sheet);
    out.extend(brief_pieces(brief));
    out
}

/// The prompt as a person may read it. Not for encoding: product text could pose as control tokens here.
pub fn readable(pieces: &[Piece]) -> String {
    let parts = pieces.iter().map(|piece| match piece {
        Piece::Control(special) => special.text(),
        Piece::Text(text) => text.as_str(),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            name: "Hillside Teapot".to_owned(),
            brand: Some("云汀".to_owned()),
            category: Some("Tea ware".to_owned()),
            price: Some("$24.90".to_owned()),
            attributes: vec![("Material".to_owned(), "celadon".to_owned()), ("产地".to_owned(), "景德镇".to_owned())],
        }
    }

    #[test]
    fn the_prompt_has_its_documented_form() {
        let brief =
            Brief { lang: CopyLang::En, channel: Channel::Push, tone: Tone::Warm, focus: Some("Material".to_owned()) };
        let wanted = "<|sheet|><|name|>Hillside Teapot<|name|> Hillside Teapot<|brand|>云汀<|category|> Tea ware\
                      <|price|> $24.90<|attr|>Material<|is|> celadon<|attr|>产地<|is|>景德镇\
                      <|brief|><|focus|>Material<|en|><|push|><|warm|><|copy|>";
        assert_eq!(readable(&prompt_pieces(&sheet(), &brief)), wanted);
    }

    #[test]
    fn control_tokens_have_their_names() {
        for lang in CopyLang::ALL {
            assert_eq!(Special::lang(lang).text(), format!("<|{}|>", lang.key()));
        }
        for channel in Channel::ALL {
            assert_eq!(Special::channel(channel).text(), format!("<|{}|>", channel.key()));
        }
        for tone in Tone::ALL {
            assert_eq!(Special::tone(tone).text(), format!("<|{}|>", tone.key()));
        }
        let named = [(Special::COPY, "copy"), (Special::IS, "is"), (Special::END, "end"), (Special::PAD, "pad")];
        for (special, name) in named {
            assert_eq!(special.text(), format!("<|{name}|>"));
        }
    }

    #[test]
    fn control_characters_and_line_breaks_of_product_text_are_spaces() {
        let sheet = Sheet { name: " a\u{1b}[31m\n\nb\u{0} ".to_owned(), ..Sheet::default() };
        assert_eq!(readable(&sheet_pieces(&sheet)), "<|sheet|><|name|>a [31m b<|name|> a [31m b");
    }
}
