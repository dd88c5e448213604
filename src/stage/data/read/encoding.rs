//! Bytes to text: finding the encoding, and turning everything into UTF-8.

use super::TextEncoding;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding};

pub const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

impl TextEncoding {
    fn codec(self) -> &'static Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }
}

/// The encoding of a text from a sample of it; `Err` with the line of the first byte that no text has.
pub fn detect(sample: &[u8], whole: bool) -> Result<TextEncoding, u64> {
    if sample.starts_with(UTF8_BOM) {
        return Ok(TextEncoding::Utf8);
    }
    if sample.starts_with(&[0xff, 0xfe]) {
        return Ok(TextEncoding::Utf16Le);
    }
    if sample.starts_with(&[0xfe, 0xff]) {
        return Ok(TextEncoding::Utf16Be);
    }
    if let Some(utf16) = utf16_without_mark(sample) {
        return Ok(utf16);
    }
    if let Some(nul) = sample.iter().position(|&b| b == 0) {
        return Err(line_of(sample, nul));
    }
    let control = |b: &u8| *b < 0x20 && !matches!(b, 1 | b'\t'..=b'\r' | 0x1b) || *b == 0x7f;
    if sample.iter().filter(|b| control(b)).count() * 50 > sample.len() {
        let first = sample.iter().position(control).unwrap_or(0);
        return Err(line_of(sample, first));
    }
    match std::str::from_utf8(sample) {
        Ok(_) => return Ok(TextEncoding::Utf8),
        // The sample may end within a character.
        Err(e) if e.error_len().is_none() && !whole => return Ok(TextEncoding::Utf8),
        Err(_) => {}
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess == encoding_rs::GBK || guess == encoding_rs::GB18030 {
        return Ok(TextEncoding::Gb18030);
    }
    // Of the encodings read here, these two remain; a single-byte guess means single bytes.
    let (text, _, broken) = encoding_rs::GB18030.decode(sample);
    let chinese = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let high = sample.iter().filter(|b| **b >= 0x80).count();
    let double = !guess.is_single_byte() && !broken && chinese * 3 > high;
    Ok(if double { TextEncoding::Gb18030 } else { TextEncoding::Windows1252 })
}

/// Every other byte of Western text, and of the digits and commas of any text, is zero.
fn utf16_without_mark(sample: &[u8]) -> Option<TextEncoding> {
    if sample.len() < 4 {
        return None;
    }
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    if odd * 5 > pairs && even * 20 < odd {
        Some(TextEncoding::Utf16Le)
    } else if even * 5 > pairs && odd * 20 < even {
        Some(TextEncoding::Utf16Be)
    } else {
        None
    }
}

/// The line, from 1, that the byte at `at` stands in.
pub fn line_of(bytes: &[u8], at: usize) -> u64 {
    1 + newlines(&bytes[..at.min(bytes.len())])
}

pub fn newlines(bytes: &[u8]) -> u64 {
    // In stretches short enough for one byte a lane, which the compiler turns into vector code.
    bytes.chunks(255).map(|c| u64::from(c.iter().fold(0_u8, |n, b| n + u8::from(*b == b'\n')))).sum()
}

/// Turns bytes into UTF-8 piece by piece.
pub struct ToUtf8 {
    decoder: Option<Decoder>,
    lossy: bool,
    at_start: bool,
}

impl ToUtf8 {
    pub fn new(encoding: TextEncoding, lossy: bool) -> Self {
        let decoder = (encoding != TextEncoding::Utf8).then(|| encoding.codec().new_decoder_with_bom_removal());
        Self { decoder, lossy, at_start: true }
    }

    /// Appends `bytes` as UTF-8 to `out`; `last` for the last piece. `Err` with the length that `out` had where
    /// the text breaks. UTF-8 itself passes unchecked: whoever cuts it into records checks it then.
    pub fn push(&mut self, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), usize> {
        let Some(decoder) = &mut self.decoder else {
            let bom = self.at_start && bytes.starts_with(UTF8_BOM);
            out.extend_from_slice(if bom { &bytes[3..] } else { bytes });
            self.at_start = false;
            return Ok(());
        };
        loop {
            let start = out.len();
            let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len().saturating_mul(3) + 16);
            out.resize(start + room, 0);
            if self.lossy {
                let (_, read, written, _) = decoder.decode_to_utf8(bytes, &mut out[start..], last);
                out.truncate(start + written);
                bytes = &bytes[read..];
                if bytes.is_empty() {
                    return Ok(());
                }
                continue;
            }
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut out[start..], last);
            out.truncate(start + written);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(_, _) => return Err(out.len()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHINESE: &str = "用户ID,商品,行为类型,时间\n1001,红茶,浏览,2024-01-01\n1002,绿茶,购买,2024-01-02\n";

    fn encode(text: &str, encoding: TextEncoding) -> Vec<u8> {
        match encoding {
            TextEncoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            TextEncoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => encoding.codec().encode(text).0.into_owned(),
        }
    }

    fn decode(bytes: &[u8], encoding: TextEncoding) -> Result<String, usize> {
        let mut to_utf8 = ToUtf8::new(encoding, false);
        let mut out = Vec::new();
        // In pieces of three bytes, so that characters are cut.
        for piece in bytes.chunks(3) {
            to_utf8.push(piece, false, &mut out)?;
        }
        to_utf8.push(&[], true, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn each_encoding_is_found_and_read() {
        for encoding in [TextEncoding::Utf8, TextEncoding::Utf16Le, TextEncoding::Utf16Be, TextEncoding::Gb18030] {
            let bytes = encode(CHINESE, encoding);
            assert_eq!(detect(&bytes, true), Ok(encoding));
            assert_eq!(decode(&bytes, encoding).as_deref(), Ok(CHINESE));
        }
        let french = "nom,prix\nthé glacé à la pêche,2.50\ncafé crème,3.00\nbrûlée,1.20\n";
        let bytes = encode(french, TextEncoding::Windows1252);
        assert_eq!(detect(&bytes, true), Ok(TextEncoding::Windows1252));
        assert_eq!(decode(&bytes, TextEncoding::Windows1252).as_deref(), Ok(french));
    }

    #[test]
    fn marks_are_taken_off() {
        let marked = format!("\u{feff}{CHINESE}");
        for encoding in [TextEncoding::Utf8, TextEncoding::Utf16Le, TextEncoding::Utf16Be] {
            let bytes = encode(&marked, encoding);
            assert_eq!(detect(&bytes, true), Ok(encoding));
            let mut out = Vec::new();
            ToUtf8::new(encoding, false).push(&bytes, true, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), CHINESE);
        }
    }

    #[test]
    fn a_wrong_encoding_is_noticed_where_it_breaks() {
        let bytes = encode("a,b\n1,2\n3,\u{20}", TextEncoding::Utf8);
        assert!(decode(&bytes, TextEncoding::Gb18030).is_ok());
        let mut broken = b"a,b\n1,2\n3,".to_vec();
        broken.push(0xff);
        assert_eq!(decode(&broken, TextEncoding::Gb18030), Err(10));
        let mut out = Vec::new();
        ToUtf8::new(TextEncoding::Gb18030, true).push(&broken, true, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,b\n1,2\n3,\u{fffd}");
    }

    #[test]
    fn binary_is_no_text() {
        assert_eq!(detect(b"a,b\n1,\0\0\0\x012\n", true), Err(2));
        let noise: Vec<u8> = (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert!(detect(&noise, true).is_err());
        assert_eq!(newlines(&[b'\n'; 1000]), 1000);
        assert_eq!(line_of(b"a\nb\nc", 4), 3);
    }
}
