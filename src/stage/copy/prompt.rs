//! The prompt of the house model: one form, used by training, by the runtime and by the copy desk.
//!
//! A prompt is a row of [`Piece`]s: control tokens and plain text. Plain text is encoded with the parsing of
//! control tokens switched off, so nothing in a product's fields can pose as one.
//!
//! ```text
//! <|sheet|>Hillside Teapot<|name|>Orrin<|brand|>Tea ware<|category|>$24.90<|price|>
//! Material<|is|>celadon<|f0|>Capacity<|is|>500 ml<|f1|>
//! <|brief|><|focus|><|f0|><|en|><|push|><|warm|><|copy|>The <|name|>, in <|f0|><|end|>
//! ```
//!
//! The model never spells a fact. Each field of the sheet ends in a token of its own, and where the copy is to state
//! the field it writes that token, a *pointer*; who reads the draft puts the field's text in its place
//! ([`super::pointers::Pointers`]). So a small network can get every name and number right, and has all its room for language.

use serde::{Deserialize, Serialize};

use super::channel::{Channel, CopyLang, Tone};

/// Written into the GGUF, so that a runtime knows which prompt a model was trained with.
pub const PROMPT_FORMAT: &str = "shopwright-sheet-2";

/// Control tokens in the order of their ids. New ones take a reserved place (`r`), so that ids never move.
pub const SPECIALS: [&str; 72] = [
    "<|end|>",
    "<|pad|>",
    "<|sheet|>",
    "<|name|>",
    "<|brand|>",
    "<|category|>",
    "<|price|>",
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
    "<|f0|>",
    "<|f1|>",
    "<|f2|>",
    "<|f3|>",
    "<|f4|>",
    "<|f5|>",
    "<|f6|>",
    "<|f7|>",
    "<|f8|>",
    "<|f9|>",
    "<|f10|>",
    "<|f11|>",
    "<|f12|>",
    "<|f13|>",
    "<|f14|>",
    "<|f15|>",
    "<|l0|>",
    "<|l1|>",
    "<|l2|>",
    "<|l3|>",
    "<|l4|>",
    "<|l5|>",
    "<|l6|>",
    "<|l7|>",
    "<|l8|>",
    "<|l9|>",
    "<|l10|>",
    "<|l11|>",
    "<|l12|>",
    "<|l13|>",
    "<|l14|>",
    "<|l15|>",
    "<|r1|>",
    "<|r2|>",
    "<|r3|>",
    "<|r4|>",
    "<|r5|>",
    "<|r6|>",
    "<|r7|>",
    "<|r8|>",
];

/// Attributes of a sheet that the model can point to; it does not see those after them.
pub const MOST_ATTRIBUTES: usize = 16;
/// Characters of a field that the model sees. A pointer stands for the whole field.
const MOST_SEEN: usize = 60;

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
    pub const IS: Self = Self(7);
    pub const BRIEF: Self = Self(8);
    pub const FOCUS: Self = Self(9);
    pub const COPY: Self = Self(10);

    pub fn lang(lang: CopyLang) -> Self {
        Self(11 + lang as u32)
    }

    pub fn channel(channel: Channel) -> Self {
        Self(13 + channel as u32)
    }

    pub fn tone(tone: Tone) -> Self {
        Self(23 + tone as u32)
    }

    /// The value of attribute `index`, below [`MOST_ATTRIBUTES`].
    pub fn value(index: usize) -> Self {
        Self(32 + index.min(MOST_ATTRIBUTES - 1) as u32)
    }

    /// The price or an attribute's value: what copy states once.
    pub fn is_value(self) -> bool {
        self == Self::PRICE || (Self::value(0).0..Self::label(0).0).contains(&self.0)
    }

    /// The label of attribute `index`.
    pub fn label(index: usize) -> Self {
        Self(48 + index.min(MOST_ATTRIBUTES - 1) as u32)
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
pub(super) fn clean(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn seen(text: &str) -> Piece {
    Piece::Text(clean(text).chars().take(MOST_SEEN).collect())
}

/// The sheet's part of the prompt. Empty fields are left out.
pub fn sheet_pieces(sheet: &Sheet) -> Vec<Piece> {
    let mut out = vec![Piece::Control(Special::SHEET)];
    for (mark, text) in heads(sheet) {
        out.extend([seen(text), Piece::Control(mark)]);
    }
    for (index, (label, value)) in attributes(sheet) {
        out.extend([seen(label), Piece::Control(Special::IS), seen(value), Piece::Control(Special::value(index))]);
    }
    out
}

/// The fields that every sheet may have.
pub(super) fn heads(sheet: &Sheet) -> impl Iterator<Item = (Special, &str)> {
    let fields = [
        (Special::NAME, Some(&sheet.name)),
        (Special::BRAND, sheet.brand.as_ref()),
        (Special::CATEGORY, sheet.category.as_ref()),
        (Special::PRICE, sheet.price.as_ref()),
    ];
    fields
        .into_iter()
        .filter_map(|(mark, text)| Some((mark, text?.as_str())))
        .filter(|(_, text)| !clean(text).is_empty())
}

/// The attributes that the model sees, by their number.
pub(super) fn attributes(sheet: &Sheet) -> impl Iterator<Item = (usize, (&str, &str))> {
    let filled = sheet.attributes.iter().filter(|(label, value)| !clean(label).is_empty() && !clean(value).is_empty());
    filled.map(|(label, value)| (label.as_str(), value.as_str())).enumerate().take(MOST_ATTRIBUTES)
}

/// The number of the attribute with this label.
pub fn attribute_number(sheet: &Sheet, label: &str) -> Option<usize> {
    attributes(sheet).find(|(_, (known, _))| clean(known) == clean(label)).map(|(index, _)| index)
}

/// The brief's part of the prompt, up to and with `<|copy|>`; the text follows. A focus that is no attribute of the
/// sheet is left out.
pub fn brief_pieces(sheet: &Sheet, brief: &Brief) -> Vec<Piece> {
    let mut out = vec![Piece::Control(Special::BRIEF)];
    let focus = brief.focus.as_ref().and_then(|focus| attribute_number(sheet, focus));
    out.extend(focus.into_iter().flat_map(|index| [Special::FOCUS, Special::value(index)]).map(Piece::Control));
    let rest = [Special::lang(brief.lang), Special::channel(brief.channel), Special::tone(brief.tone), Special::COPY];
    out.extend(rest.map(Piece::Control));
    out
}

/// The whole prompt.
pub fn prompt_pieces(sheet: &Sheet, brief: &Brief) -> Vec<Piece> {
    let mut out = sheet_pieces(sheet);
    out.extend(brief_pieces(sheet, brief));
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

    fn brief(focus: &str) -> Brief {
        Brief { lang: CopyLang::En, channel: Channel::Push, tone: Tone::Warm, focus: Some(focus.to_owned()) }
    }

    #[test]
    fn the_prompt_has_its_documented_form() {
        let wanted = "<|sheet|>Hillside Teapot<|name|>云汀<|brand|>Tea ware<|category|>$24.90<|price|>\
                      Material<|is|>celadon<|f0|>产地<|is|>景德镇<|f1|>\
                      <|brief|><|focus|><|f1|><|en|><|push|><|warm|><|copy|>";
        assert_eq!(readable(&prompt_pieces(&sheet(), &brief("产地"))), wanted);
        let unknown = readable(&prompt_pieces(&sheet(), &brief("Weight")));
        assert!(unknown.ends_with("<|f1|><|brief|><|en|><|push|><|warm|><|copy|>"), "{unknown}");
    }

    #[test]
    fn a_long_sheet_is_seen_as_far_as_there_are_pointers() {
        let mut sheet = sheet();
        sheet.attributes = (0..40).map(|i| (format!("L{i}"), "v".repeat(500))).collect();
        sheet.attributes[3].1 = " ".to_owned();
        let text = readable(&sheet_pieces(&sheet));
        assert!(text.ends_with(&format!("L16<|is|>{}<|f15|>", "v".repeat(60))), "{text}");
        assert_eq!(attribute_number(&sheet, "L4"), Some(3));
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
        let named = [
            (Special::COPY, "copy"),
            (Special::IS, "is"),
            (Special::END, "end"),
            (Special::PAD, "pad"),
            (Special::value(0), "f0"),
            (Special::value(15), "f15"),
            (Special::label(3), "l3"),
        ];
        for (special, name) in named {
            assert_eq!(special.text(), format!("<|{name}|>"));
        }
    }

    #[test]
    fn control_characters_and_line_breaks_of_product_text_are_spaces() {
        let sheet = Sheet { name: " a\u{1b}[31m\n\nb\u{0} ".to_owned(), ..Sheet::default() };
        assert_eq!(readable(&sheet_pieces(&sheet)), "<|sheet|>a [31m b<|name|>");
    }
}
