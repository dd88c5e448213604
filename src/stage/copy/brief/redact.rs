//! Personal marks in free text: mail addresses and telephone numbers become blanks before a prompt is made.

/// `text` with mail addresses and telephone numbers taken out (an ellipsis stands in their place). What looks like a
/// quantity, a price or a size stays.
pub fn redact(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        if let Some(end) = mail_end(&chars, i).or_else(|| phone_end(&chars, i)) {
            out.push('…');
            i = end;
        } else {
            out.push(chars[i]);
            i += 1;
        }
    }
    out
}

fn is_mail(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._%+-".contains(c)
}

fn mail_end(chars: &[char], i: usize) -> Option<usize> {
    if i > 0 && is_mail(chars[i - 1]) {
        return None;
    }
    let user = chars[i..].iter().take_while(|c| is_mail(**c)).count();
    let at = i + user;
    if user == 0 || !matches!(chars.get(at), Some('@' | '＠')) {
        return None;
    }
    let host = chars[at + 1..].iter().take_while(|c| is_mail(**c)).count();
    let named: String = chars[at + 1..at + 1 + host].iter().collect();
    named.trim_end_matches('.').contains('.').then_some(at + 1 + host)
}

/// 7 digits or more in one run, or 9 and more in groups parted by single blanks, dashes, dots or brackets, with or
/// without a country code. A run that a unit or a decimal point follows is a quantity.
fn phone_end(chars: &[char], i: usize) -> Option<usize> {
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let starts = digit(chars[i]) || matches!(chars[i], '+' | '＋' | '(') && chars.get(i + 1).is_some_and(|c| digit(*c));
    if !starts || i > 0 && (chars[i - 1].is_ascii_alphanumeric() || digit(chars[i - 1])) {
        return None;
    }
    let (mut end, mut digits, mut last, mut groups, mut run, mut longest) = (i, 0, i, 1, 0, 0);
    while end < chars.len() {
        let c = chars[end];
        if digit(c) {
            digits += 1;
            run += 1;
            longest = longest.max(run);
            last = end + 1;
        } else if matches!(c, ' ' | '-' | '.' | '(' | ')' | '+' | '＋' | '－' | '–' | '\u{a0}') && end - last < 2 {
            groups += usize::from(run > 0);
            run = 0;
        } else {
            break;
        }
        end += 1;
    }
    let international = matches!(chars[i], '+' | '＋');
    let enough =
        longest >= 7 && digits <= 20 || digits >= 9 && groups >= 2 && longest >= 3 || international && digits >= 7;
    enough.then_some(last)
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn mails_and_phones_go_and_quantities_stay() {
        for (text, wanted) in [
            ("Call 13812345678 now", "Call … now"),
            ("电话：010-62345678。", "电话：…。"),
            ("+86 138 1234 5678", "…"),
            ("(021) 6234 5678, ask Li", "…, ask Li"),
            ("mail li.lei@example.com.", "mail …"),
            ("１３８１２３４５６７８", "…"),
            ("130 × 170 cm, 500 ml, 2024, ¥1,299.00", "130 × 170 cm, 500 ml, 2024, ¥1,299.00"),
            ("15 × 10 × 9 cm; model K15-20", "15 × 10 × 9 cm; model K15-20"),
            ("12-15 hours, 1500 W, 304 steel", "12-15 hours, 1500 W, 304 steel"),
            ("user@home is no mail", "user@home is no mail"),
        ] {
            assert_eq!(redact(text), wanted, "{text}");
        }
    }
}
