//! Text read as numbers, answers and times, the way people write them.

mod number;
mod time;

pub(crate) use number::{integer, number, yes_no};
pub(crate) use time::{DayOrder, day_order, time};

/// Full-width letters, digits and marks (U+FF01–U+FF5E) as their usual forms, the wide space as a space.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{A0}' | '\u{2007}' | '\u{202F}' => ' ',
        '\u{2212}' => '-',
        _ => c,
    }
}

/// Trimmed, in usual width; borrowed when that changes nothing.
fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        text.into()
    } else {
        text.chars().map(half_width).collect::<String>().trim().to_owned().into()
    }
}
