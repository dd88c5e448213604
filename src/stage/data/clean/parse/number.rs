//! Numbers and answers.

use super::plain;

const CURRENCIES: [&str; 17] =
    ["CN¥", "US$", "RMB", "CNY", "USD", "EUR", "GBP", "JPY", "HK$", "¥", "￥", "$", "€", "£", "元", "₹", "₩"];

/// `1,234.50`, `¥12`, `(3.5)` for -3.5, `1e3`, `１２`; with `decimal_comma` also `1.234,50`.
pub(crate) fn number(text: &str, decimal_comma: bool) -> Option<f64> {
    let text = plain(text);
    if let Ok(value) = text.parse::<f64>()
        && text.bytes().all(|b| b.is_ascii_digit() || b".+-eE".contains(&b))
        && !(decimal_comma && text.contains('.'))
    {
        return value.is_finite().then_some(value);
    }
    let value: f64 = ungrouped(&text, decimal_comma)?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// A whole number, exact to 19 digits; `3.0` is one.
pub(crate) fn integer(text: &str, decimal_comma: bool) -> Option<i64> {
    let text = plain(text);
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let bare = ungrouped(&text, decimal_comma)?;
    if let Ok(value) = bare.parse() {
        return Some(value);
    }
    let value: f64 = bare.parse().ok()?;
    (value.fract() == 0.0 && value.abs() < 2f64.powi(53)).then_some(value as i64)
}

/// Sign, digits, decimal point: what is left without currency signs, brackets and thousands marks.
fn ungrouped(text: &str, decimal_comma: bool) -> Option<String> {
    let mut rest = text;
    let bracketed = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let mut negative = bracketed.is_some();
    rest = bracketed.unwrap_or(rest).trim();
    let sign = |rest: &mut &str, negative: &mut bool| {
        if let Some(after) = rest.strip_prefix(['-', '+']) {
            *negative ^= rest.starts_with('-');
            *rest = after.trim_start();
        }
    };
    sign(&mut rest, &mut negative);
    for currency in CURRENCIES {
        if let Some(after) = rest.strip_prefix(currency).or_else(|| rest.strip_suffix(currency)) {
            rest = after.trim();
            sign(&mut rest, &mut negative);
            break;
        }
    }
    let (group, point) = if decimal_comma { ('.', ',') } else { (',', '.') };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (whole, fraction) = mantissa.split_once(point).unwrap_or((mantissa, ""));
    let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) || !is_exponent(exponent) {
        return None;
    }
    let mut bare = String::with_capacity(rest.len() + 1);
    if negative {
        bare.push('-');
    }
    if is_digits(whole) {
        bare.push_str(if whole.is_empty() { "0" } else { whole });
    } else {
        // Thousands marks stand between groups of three.
        let mark = whole.chars().find(|c| !c.is_ascii_digit()).filter(|c| [group, ' ', '\'', '’'].contains(c))?;
        for (i, part) in whole.split(mark).enumerate() {
            let fits = if i == 0 { (1..=3).contains(&part.len()) } else { part.len() == 3 };
            if !fits || !is_digits(part) {
                return None;
            }
            bare.push_str(part);
        }
    }
    if !fraction.is_empty() {
        bare.push('.');
        bare.push_str(fraction);
    }
    bare.push_str(exponent);
    Some(bare)
}

fn is_exponent(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return text.is_empty() };
    let digits = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Yes and no in the words that exports use.
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match plain(text).to_lowercase().as_str() {
        "true" | "yes" | "y" | "t" | "1" | "1.0" | "on" | "是" | "有" | "真" | "对" => Some(true),
        "false" | "no" | "n" | "f" | "0" | "0.0" | "off" | "否" | "无" | "假" | "错" | "不是" | "没有" => {
            Some(false)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, expected) in [
            ("12", Some(12.0)),
            (" -3.50 ", Some(-3.5)),
            ("1,234,567.8", Some(1_234_567.8)),
            ("1 234", Some(1234.0)),
            ("¥ 12.5", Some(12.5)),
            ("￥12", Some(12.0)),
            ("-$1,000", Some(-1000.0)),
            ("$-5", Some(-5.0)),
            ("99元", Some(99.0)),
            ("(3.5)", Some(-3.5)),
            ("１２．５", Some(12.5)),
            ("1e3", Some(1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("", None),
            ("-", None),
            (".", None),
            ("1,23", None),
            ("12,34,567", None),
            ("1.2.3", None),
            ("NaN", None),
            ("inf", None),
            ("1e999", None),
            ("two", None),
            ("1pc", None),
            ("0x10", None),
        ] {
            assert_eq!(number(text, false), expected, "{text:?}");
        }
        assert_eq!(number("1.234,5", true), Some(1234.5));
        assert_eq!(number("1.234", true), Some(1234.0));
        assert_eq!(number("12,5", true), Some(12.5));
        assert_eq!(number("1.23", true), None);
    }

    #[test]
    fn integers_keep_every_digit() {
        assert_eq!(integer("9007199254740993", false), Some(9_007_199_254_740_993));
        assert_eq!(integer("9,007,199,254,740,993", false), Some(9_007_199_254_740_993));
        assert_eq!(integer("3.0", false), Some(3));
        assert_eq!(integer("3.5", false), None);
        assert_eq!(integer("1e3", false), Some(1000));
    }

    #[test]
    fn answers() {
        assert_eq!((yes_no("TRUE"), yes_no(" 否 "), yes_no("maybe")), (Some(true), Some(false), None));
    }
}
