//! The ways to write an amount, so that a half-written one can be told from a wrong one.

use super::unit::{Dimension, SIGNS, UNITS, Unit};

/// All spellings of `value` with `unit`, folded.
pub fn forms(value: f64, unit: Option<&Unit>) -> Vec<String> {
    let numbers = numbers(value);
    let mut all: Vec<String> = Vec::new();
    match unit {
        None => all.extend(numbers),
        Some(unit) => {
            for spelling in alike(unit) {
                for number in &numbers {
                    let words = number.ends_with(|c: char| c.is_ascii_alphabetic());
                    let letters = spelling.starts_with(|c: char| c.is_ascii_alphabetic());
                    for gap in ["", " ", "-"].into_iter().filter(|gap| !(gap.is_empty() && words && letters)) {
                        all.push(format!("{number}{gap}{spelling}"));
                    }
                    if SIGNS.contains(&spelling) {
                        all.push(format!("{spelling}{number}"));
                        all.push(format!("{spelling} {number}"));
                    }
                }
            }
            if unit.dimension == Dimension::Percent {
                all.extend(numbers.iter().map(|number| format!("百分之{number}")));
            }
        }
    }
    all
}

/// The spellings that mean the same as `unit`.
fn alike(unit: &Unit) -> impl Iterator<Item = &'static str> {
    let (dimension, factor) = (unit.dimension, unit.factor);
    let any = dimension == Dimension::Currency("any");
    let same = UNITS.iter().filter(move |u| {
        let dimension = u.dimension == dimension || any && matches!(u.dimension, Dimension::Currency(_));
        dimension && u.factor == factor
    });
    same.flat_map(|u| u.spellings.iter().copied())
}

fn numbers(value: f64) -> Vec<String> {
    let plain = format!("{}", (value * 1e6).round() / 1e6);
    let mut all = vec![plain.clone()];
    if value.fract() != 0.0 {
        all.push(format!("{value:.2}"));
    }
    if value == 0.5 {
        all.extend(["half", "½", "半"].map(String::from));
    }
    if value == 2.0 {
        all.extend(["double", "twice", "两", "双"].map(String::from));
    }
    if value == 12.0 {
        all.push("a dozen".into());
    }
    if value.fract() == 0.0 && (0.0..10_000.0).contains(&value) {
        let whole = value as u32;
        if whole >= 1_000 {
            all.push(format!("{},{:03}", whole / 1_000, whole % 1_000));
        }
        let words = english(whole);
        if words.contains('-') {
            all.push(words.replace('-', " "));
        }
        if words.contains("hundred ") {
            all.push(words.replace("hundred ", "hundred and "));
        }
        all.push(words);
        all.push(chinese(whole));
        if whole / 100 == 2 || whole / 1_000 == 2 {
            all.push(chinese(whole).replacen('二', "两", 1));
        }
    } else if value.fract() == 0.0 && value >= 10_000.0 && value % 10_000.0 == 0.0 {
        all.push(format!("{}万", value / 10_000.0));
    }
    all
}

/// 250 → "two hundred fifty".
fn english(n: u32) -> String {
    const ONES: [&str; 20] = [
        "zero",
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
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let joined = |head: String, rest: u32, gap: &str| match rest {
        0 => head,
        rest => format!("{head}{gap}{}", english(rest)),
    };
    match n {
        0..20 => ONES[n as usize].into(),
        20..100 => joined(TENS[n as usize / 10].into(), n % 10, "-"),
        100..1_000 => joined(format!("{} hundred", ONES[n as usize / 100]), n % 100, " "),
        _ => joined(format!("{} thousand", english(n / 1_000)), n % 1_000, " "),
    }
}

/// 250 → 二百五十; up to 9999.
fn chinese(n: u32) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if n == 0 {
        return "零".into();
    }
    let (mut out, mut gap) = (String::new(), false);
    for (rank, name) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = (n / rank % 10) as usize;
        if digit == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('零');
            gap = false;
        }
        // 12 is 十二, but 112 一百一十二.
        if !(digit == 1 && rank == 10 && out.is_empty()) {
            out.push(DIGITS[digit]);
        }
        out.push_str(name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        assert_eq!(english(250), "two hundred fifty");
        assert_eq!(english(9_021), "nine thousand twenty-one");
        assert_eq!(
            ["十二", "二十", "二百零五", "一千零一十", "九千九百九十九"],
            [chinese(12), chinese(20), chinese(205), chinese(1_010), chinese(9_999)]
        );
    }

    /// Every form is read back as the amount it stands for.
    #[test]
    fn forms_are_claims_of_the_same_amount() {
        use super::super::{Folded, Quantity, claims};
        for (value, spelling) in [
            (500.0, "ml"),
            (12.0, "hours"),
            (2.0, "layers"),
            (29.9, "$"),
            (50.0, "%"),
            (1_200.0, "w"),
            (0.5, "kg"),
            (250.0, "克"),
        ] {
            let unit = UNITS.iter().find(|unit| unit.spellings.contains(&spelling)).unwrap();
            for form in forms(value, Some(unit)) {
                let folded = Folded::new(&form);
                let all = claims(&folded, &[]);
                let good = all.iter().any(|claim| match &claim.quantity {
                    Quantity::Amount { value: v, unit: Some(u), .. } => {
                        u.dimension == unit.dimension
                            && (v * u.factor - value * unit.factor).abs() < 0.006 * unit.factor
                    }
                    _ => false,
                });
                // "twice layers" and the like are no one's words.
                let odd = ["twice", "double", "a dozen", "双", "rmb-", "half"].iter().any(|w| form.contains(w));
                assert!(good || odd || form.contains('-'), "{form}: {all:?}");
            }
        }
    }
}
