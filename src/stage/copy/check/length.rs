//! How long a text is, as its channel counts: characters, width in Chinese characters, segments of a text message.

use serde::{Deserialize, Serialize};

use crate::stage::copy::channel::{Channel, CopyLang};

/// Lengths of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Characters as a person counts them: letters with their accents, emoji as one.
    pub chars: usize,
    /// In Chinese characters: two Latin ones count as one, halves rounded up.
    pub width: usize,
    pub lines: usize,
    pub sms: Sms,
}

/// A text message (3GPP TS 23.038): 160 seven-bit or 70 sixteen-bit units in one segment, 153 or 67 in each of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sms {
    pub unicode: bool,
    pub units: usize,
    pub segments: usize,
    /// Units that the segments hold.
    pub room: usize,
}

impl Measure {
    pub fn of(text: &str) -> Self {
        use unicode_segmentation::UnicodeSegmentation;
        let halves: usize = text.lines().map(unicode_width::UnicodeWidthStr::width).sum();
        Self {
            chars: text.graphemes(true).filter(|g| *g != "\n" && *g != "\r\n").count(),
            width: halves.div_ceil(2),
            lines: text.lines().count(),
            sms: sms(text),
        }
    }

    /// What the channel counts, and its most.
    pub fn of_channel(&self, channel: Channel, lang: CopyLang) -> (usize, usize) {
        let counted = if lang == CopyLang::Zh { self.width } else { self.chars };
        (counted, channel.max_chars(lang))
    }
}

/// The basic alphabet of GSM 03.38, and the ten signs that take two units.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                   abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_TWO: &str = "^{}\\[~]|€\u{c}";

fn sms(text: &str) -> Sms {
    let unicode = !text.chars().all(|c| GSM.contains(c) || GSM_TWO.contains(c));
    let size = |c: char| match unicode {
        true => c.len_utf16(),
        false => 1 + usize::from(GSM_TWO.contains(c)),
    };
    let units: usize = text.chars().map(size).sum();
    let (one, each) = if unicode { (70, 67) } else { (160, 153) };
    if units <= one {
        return Sms { unicode, units, segments: usize::from(units > 0), room: one };
    }
    // A character of two units is not cut in two: it begins the next segment.
    let (mut segments, mut filled) = (1, 0);
    for size in text.chars().map(size) {
        if filled + size > each {
            segments += 1;
            filled = 0;
        }
        filled += size;
    }
    Sms { unicode, units, segments, room: segments * each }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_count_as_the_standard_says() {
        let of = |text: &str| (sms(text).unicode, sms(text).units, sms(text).segments);
        assert_eq!(of(&"a".repeat(160)), (false, 160, 1));
        assert_eq!(of(&"a".repeat(161)), (false, 161, 2));
        assert_eq!(of(&"a".repeat(307)), (false, 307, 3));
        assert_eq!(of("€5 {x}"), (false, 9, 1));
        assert_eq!(of(&"€".repeat(80)), (false, 160, 1));
        // 76 signs of two units fill a segment of 153 but for one.
        assert_eq!(of(&"€".repeat(153)), (false, 306, 3));
        assert_eq!(of(&"茶".repeat(70)), (true, 70, 1));
        assert_eq!(of(&"茶".repeat(71)), (true, 71, 2));
        assert_eq!(of("Café 🙂"), (true, 7, 1));
        assert_eq!(of(""), (false, 0, 0));
        assert_eq!(of("it’s"), (true, 4, 1));
    }

    #[test]
    fn characters_and_widths() {
        let measure = Measure::of("亚麻 linen\n👩‍👩‍👧 e\u{301}");
        assert_eq!((measure.chars, measure.lines), (11, 2));
        assert_eq!(Measure::of("亚麻ab").width, 3);
        assert_eq!(Measure::of("亚麻abc").width, 4);
        assert_eq!(Measure::of("亚麻abc").of_channel(Channel::Sms, CopyLang::Zh), (4, 68));
        assert_eq!(Measure::of("abc").of_channel(Channel::Sms, CopyLang::En), (3, 155));
    }
}
