//! What a cell's text is worth as a number or as yes or no.

/// Words that stand for "nothing" in a column of numbers, times or ids. In a column of text they are text.
pub fn is_missing(text: &str) -> bool {
    let text = text.trim();
    match text.len() {
        0 => true,
        1 => text == "-",
        2 => matches!(text, "\\N" | "NA" | "na" | "--"),
        3 => text.eq_ignore_ascii_case("nan") || text.eq_ignore_ascii_case("n/a"),
        4 => matches!(text, "#N/A") || text.eq_ignore_ascii_case("null") || text.eq_ignore_ascii_case("none"),
        _ => matches!(text, "<NA>" | "(null)" | "#VALUE!" | "#REF!"),
    }
}

/// A whole number: an optional sign and digits, in the range of `i64`.
pub fn integer(text: &str) -> Option<i64> {
    let bytes = text.trim_ascii().as_bytes();
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut magnitude: u64 = 0;
    for &b in digits {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// A whole number that reads back as the very same text, so that an id loses nothing by becoming a number:
/// no `+`, no leading zeros, no `-0`.
pub fn id_integer(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let canonical = matches!(text.as_bytes(), [b'0'] | [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..]);
    if canonical { integer(text) } else { None }
}

/// An id that went through a column of floats: `17850.0` is the id 17850.
pub fn float_id(text: &str) -> Option<i64> {
    let (whole, zeros) = text.trim_ascii().split_once('.')?;
    if zeros.is_empty() || !zeros.bytes().all(|b| b == b'0') { None } else { id_integer(whole) }
}

const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A finite number, written with a point or, if `comma`, with a comma before the decimals. A currency sign and
/// groups of three digits (`£1,234.50`) are understood; infinities and "not a number" are no numbers.
pub fn decimal(text: &str, comma: bool) -> Option<f64> {
    let text = text.trim_ascii();
    plain_decimal(text.as_bytes(), if comma { b',' } else { b'.' }).or_else(|| dressed_decimal(text, comma))
}

/// `[-+]digits[.digits]` of at most 15 digits: exact, since the digits and the power of ten are whole doubles
/// (Clinger's fast path).
fn plain_decimal(bytes: &[u8], point: u8) -> Option<f64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let (mut mantissa, mut count, mut decimals, mut seen_point) = (0_u64, 0_usize, 0_usize, false);
    for &b in digits {
        if b == point && !seen_point {
            seen_point = true;
            continue;
        }
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        mantissa = mantissa * 10 + u64::from(digit);
        count += 1;
        decimals += usize::from(seen_point);
    }
    if count == 0 || count > 15 {
        return None;
    }
    let value = mantissa as f64 / POWERS[decimals];
    Some(if negative { -value } else { value })
}

fn dressed_decimal(text: &str, comma: bool) -> Option<f64> {
    let is_sign = |c: char| matches!(c, '$' | '£' | '€' | '\u{a5}' | '\u{ffe5}' | '元' | '₹');
    let bare = text.trim_matches(|c: char| is_sign(c) || c.is_whitespace());
    // "-£5" and "£-5" both occur.
    let (minus, bare) = match bare.strip_prefix('-') {
        Some(rest) => ("-", rest.trim_start_matches(|c: char| is_sign(c) || c.is_whitespace())),
        None => ("", bare),
    };
    let (group, point) = if comma { (['.', ' ', '\u{a0}', '\''], ',') } else { ([',', ' ', '\u{a0}', '\''], '.') };
    let mut parts = bare.splitn(2, point);
    let whole = parts.next().unwrap_or_default();
    let rest = parts.next();
    let begins = whole.starts_with(|c: char| c.is_ascii_digit()) || whole.is_empty() && rest.is_some();
    if !begins {
        return None;
    }
    let whole = ungrouped(whole, group)?;
    if let Some(rest) = rest
        && !rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'e' | b'E' | b'-' | b'+'))
    {
        return None;
    }
    let number = format!("{minus}{whole}.{}", rest.unwrap_or("0"));
    // "1e5" has its exponent in the whole part.
    let number = if rest.is_none() && whole.contains(['e', 'E']) { format!("{minus}{whole}") } else { number };
    number.parse::<f64>().ok().filter(|v| v.is_finite())
}

/// `1,234,567` → `1234567`; nothing if the groups are not of three digits.
fn ungrouped(whole: &str, group: [char; 4]) -> Option<String> {
    if !whole.contains(group) {
        let fine = whole.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'e' | b'E' | b'-' | b'+'));
        return fine.then(|| whole.to_owned());
    }
    let mut out = String::with_capacity(whole.len());
    for (i, part) in whole.split(group).enumerate() {
        let fits = if i == 0 { (1..=3).contains(&part.len()) } else { part.len() == 3 };
        if !fits || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        out.push_str(part);
    }
    Some(out)
}

/// Yes or no, by the usual words; `0` and `1` are numbers.
pub fn yes_no(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|w| text.eq_ignore_ascii_case(w));
    if is(&["true", "t", "yes", "y", "是", "真"]) {
        Some(true)
    } else if is(&["false", "f", "no", "n", "否", "假"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_in_range_only() {
        assert_eq!(integer(" -42 "), Some(-42));
        assert_eq!(integer("+7"), Some(7));
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
        for bad in ["", "-", "9223372036854775808", "-9223372036854775809", "1.0", "1e3", "1 2", "99999999999999999999"]
        {
            assert_eq!(integer(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_id_is_a_number_only_if_it_reads_back() {
        assert_eq!(id_integer("536365"), Some(536_365));
        assert_eq!(id_integer("0"), Some(0));
        for text in ["007", "+7", "-0", "85123A", "", "-07"] {
            assert_eq!(id_integer(text), None, "{text}");
        }
        assert_eq!(float_id("17850.0"), Some(17_850));
        assert_eq!(float_id("17850.00"), Some(17_850));
        for text in ["17850", "17850.5", "17850.", "007.0", ".0"] {
            assert_eq!(float_id(text), None, "{text}");
        }
    }

    #[test]
    fn decimals_agree_with_the_standard_parser() {
        for text in
            ["0", "2.55", "-0.1", "123456789012345", "0.000001", ".5", "5.", "1e5", "1.5e-7", "3.14159265358979311600"]
        {
            assert_eq!(decimal(text, false), text.parse().ok(), "{text}");
        }
        // 16 and 17 digits go the slow way.
        assert_eq!(decimal("0.1234567890123456", false), Some(0.123_456_789_012_345_6));
    }

    #[test]
    fn commas_groups_and_currencies() {
        assert_eq!(decimal("1,234.50", false), Some(1234.5));
        assert_eq!(decimal("1.234,50", true), Some(1234.5));
        assert_eq!(decimal("12,5", true), Some(12.5));
        assert_eq!(decimal("£2.55", false), Some(2.55));
        assert_eq!(decimal("-£2.55", false), Some(-2.55));
        assert_eq!(decimal("12 元", false), Some(12.0));
        assert_eq!(decimal("1 234,5 €", true), Some(1234.5));
        for bad in
            ["12,5", "1,23,456", "NaN", "inf", "infinity", "abc", "", "-", ".", "1.2.3", "$", "1e999", "12%", "e5"]
        {
            assert_eq!(decimal(bad, false), None, "{bad}");
        }
    }

    #[test]
    fn yes_and_no() {
        assert_eq!(yes_no("TRUE"), Some(true));
        assert_eq!(yes_no(" no "), Some(false));
        assert_eq!(yes_no("是"), Some(true));
        assert_eq!(yes_no("1"), None);
        assert!(
            is_missing("NULL") && is_missing(" ") && is_missing("NaN") && !is_missing("0") && !is_missing("none left")
        );
    }
}
