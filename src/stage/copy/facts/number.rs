//! Numbers as people write them: digits, English words, Chinese numerals.

use super::fold::Folded;

/// A number in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Characters from and to.
    pub start: usize,
    pub end: usize,
    /// Nothing for what has digits, but is no quantity (a model's name, 18/8), or a vague count (dozens).
    pub value: Option<f64>,
    /// Only a number before a unit that measures: "one" and 一 are articles elsewhere.
    pub needs_unit: bool,
    /// A share, which may stand before an article: half a litre.
    pub is_share: bool,
}

impl Number {
    fn new(start: usize, end: usize, value: f64) -> Self {
        Self { start, end, value: Some(value), needs_unit: false, is_share: false }
    }

    fn code(start: usize, end: usize) -> Self {
        Self { start, end, value: None, needs_unit: false, is_share: false }
    }
}

/// The number that begins at `i`, if one does.
pub fn number_at(text: &Folded, i: usize) -> Option<Number> {
    let c = text.get(i)?;
    if c.is_ascii_digit() {
        // Letters before: a name such as k15 or usb3, claimed as a whole.
        let letters = text.chars[..i].iter().rev().take_while(|c| c.is_ascii_alphabetic()).count();
        return if letters > 0 { Some(name(text, i - letters, i)) } else { digits(text, i) };
    }
    if let Some(value) = small_fraction(c) {
        return Some(Number::new(i, i + 1, value));
    }
    if is_other_digit(c) {
        return Some(Number::code(i, i + 1));
    }
    if c.is_ascii_alphabetic() && text.begins_word(i) { english(text, i) } else { chinese(text, i) }
}

fn small_fraction(c: char) -> Option<f64> {
    Some(match c {
        '½' => 0.5,
        '¼' => 0.25,
        '¾' => 0.75,
        '⅓' => 1.0 / 3.0,
        '⅔' => 2.0 / 3.0,
        _ => return None,
    })
}

/// Digits of other scripts and in circles; no copy needs them.
fn is_other_digit(c: char) -> bool {
    (c.is_numeric() && !c.is_ascii() && !is_numeral(c)) || ('①'..='⒛').contains(&c)
}

/// The name from `start`, with digits from `i` on.
fn name(text: &Folded, start: usize, i: usize) -> Number {
    let mut end = name_end(text, i);
    while matches!(text.get(end), Some('.' | '-')) && text.get(end + 1).is_some_and(|c| c.is_ascii_digit()) {
        end = name_end(text, end + 1);
    }
    Number::code(start, end)
}

/// A number in digits at `i`, whatever stands before it.
pub fn digits(text: &Folded, i: usize) -> Option<Number> {
    let mut end = digit_run(text, i);
    if end == i {
        return None;
    }
    let mut written: String = text.text(i, end);
    // Thousands: groups of three after commas.
    if written.len() <= 3 {
        while text.get(end) == Some(',') && digit_run(text, end + 1) == end + 4 {
            written.push_str(&text.text(end + 1, end + 4));
            end += 4;
        }
    }
    if text.get(end) == Some('.') && digit_run(text, end + 1) > end + 1 {
        let to = digit_run(text, end + 1);
        written.push_str(&text.text(end, to));
        end = to;
        if text.get(end) == Some('.') && digit_run(text, end + 1) > end + 1 {
            return Some(Number::code(i, name_end(text, digit_run(text, end + 1))));
        }
    }
    if text.get(end) == Some('/') && digit_run(text, end + 1) > end + 1 {
        return Some(Number::code(i, digit_run(text, end + 1)));
    }
    let mut value: f64 = written.parse().ok()?;
    if let Some(fraction) = text.get(end).and_then(small_fraction) {
        value += fraction;
        end += 1;
    }
    let (factor, end) = scale(text, end);
    let value = value * factor;
    // Letters behind that are no unit: a name such as 304ss or 2nd.
    if text.get(end).is_some_and(|c| c.is_ascii_alphabetic()) && super::unit::unit_at(text, end).is_none() {
        return Some(Number::code(i, name_end(text, end)));
    }
    Some(Number::new(i, end, value))
}

fn digit_run(text: &Folded, i: usize) -> usize {
    i + text.chars.iter().skip(i).take_while(|c| c.is_ascii_digit()).count()
}

fn name_end(text: &Folded, i: usize) -> usize {
    i + text.chars.iter().skip(i).take_while(|c| c.is_ascii_alphanumeric()).count()
}

/// 万 and million after digits: the factor and the end.
fn scale(text: &Folded, end: usize) -> (f64, usize) {
    let next = text.get(end + 1);
    match text.get(end) {
        Some('万') if next == Some('亿') => (1e12, end + 2),
        Some('万') if !text.has(end, "万像素") => (1e4, end + 1),
        Some('亿') => (1e8, end + 1),
        Some('百') => (1e2, end + 1),
        Some('千') if !next.is_some_and(|c| "克米瓦卡焦".contains(c)) => (1e3, end + 1),
        Some('k') if text.ends_word(end + 1) => (1e3, end + 1),
        Some(' ' | '-') => {
            let words = [("hundred", 1e2), ("thousand", 1e3), ("million", 1e6), ("billion", 1e9)];
            let of = words.iter().find(|(word, _)| text.has(end + 1, word) && text.ends_word(end + 1 + word.len()));
            of.map_or((1.0, end), |(word, factor)| (*factor, end + 1 + word.len()))
        }
        _ => (1.0, end),
    }
}

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
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const VAGUE: [&str; 10] =
    ["dozens", "hundreds", "thousands", "millions", "billions", "tens", "countless", "numerous", "umpteen", "zillions"];

/// Words that stand for a number by themselves.
fn lone_word(word: &str) -> Option<f64> {
    Some(match word {
        "half" => 0.5,
        "quarter" => 0.25,
        "double" | "twice" | "doubles" | "doubled" | "twofold" | "twin" => 2.0,
        "triple" | "thrice" | "tripled" | "threefold" => 3.0,
        "quadruple" | "fourfold" => 4.0,
        "tenfold" => 10.0,
        "dozen" => 12.0,
        _ => return None,
    })
}

fn english(text: &Folded, i: usize) -> Option<Number> {
    let end = text.letters(i);
    if !text.ends_word(end) {
        return None;
    }
    let word = text.text(i, end);
    if VAGUE.contains(&word.as_str()) && !matches!(word.as_str(), "countless" | "numerous") {
        return Some(Number::code(i, end));
    }
    if let Some(value) = lone_word(&word) {
        if word == "half" && text.has(end, " a dozen") {
            return Some(Number::new(i, end + 8, 6.0));
        }
        return Some(Number { is_share: matches!(word.as_str(), "half" | "quarter"), ..Number::new(i, end, value) });
    }
    let (value, end) = cardinal(text, i)?;
    let needs_unit = value == 1.0;
    Some(Number { needs_unit, ..Number::new(i, end, value) })
}

/// "two hundred and fifty-five": words joined by blanks, hyphens and "and".
fn cardinal(text: &Folded, i: usize) -> Option<(f64, usize)> {
    let (mut total, mut group, mut end, mut at) = (0.0, 0.0, None, i);
    loop {
        let to = text.letters(at);
        let word = text.text(at, to);
        if let Some(n) = ONES.iter().position(|w| **w == word) {
            group += n as f64;
        } else if let Some(n) = TENS.iter().position(|w| **w == word) {
            group += 10.0 * (n as f64 + 2.0);
        } else {
            let factor = match word.as_str() {
                "hundred" => 1e2,
                "thousand" => 1e3,
                "million" => 1e6,
                "billion" => 1e9,
                "dozen" if end.is_some() => 12.0,
                _ => break,
            };
            let count = if group == 0.0 { 1.0 } else { group };
            if factor < 1e3 {
                group = count * factor;
            } else {
                total += count * factor;
                group = 0.0;
            }
        }
        end = Some(to);
        at = match text.get(to) {
            Some(' ' | '-') if text.has(to + 1, "and ") && group >= 100.0 => to + 5,
            Some(' ' | '-') => to + 1,
            _ => break,
        };
    }
    end.map(|end| (total + group, end))
}

pub fn is_numeral(c: char) -> bool {
    "零〇一二三四五六七八九十百千万亿两".contains(c)
}

fn numeral(c: char) -> Option<f64> {
    match c {
        '两' => Some(2.0),
        '〇' => Some(0.0),
        _ => "零一二三四五六七八九".chars().position(|n| n == c).map(|n| n as f64),
    }
}

/// Words in which a numeral counts nothing.
const IDIOMS: &[&str] = &[
    "十分",
    "十足",
    "十全十美",
    "四季",
    "四周",
    "四溢",
    "四射",
    "四方",
    "四面八方",
    "四肢",
    "五彩",
    "五颜六色",
    "五官",
    "五谷",
    "五香",
    "五味",
    "七彩",
    "七夕",
    "八方",
    "八宝",
    "八角",
    "九州",
    "三明治",
    "三餐",
    "三五",
    "三两",
    "三心二意",
    "三角",
    "三国",
    "二手",
    "独一无二",
    "说一不二",
    "两全其美",
    "两者",
    "两端",
    "两侧",
    "两边",
    "两旁",
    "两岸",
    "两难",
    "五一",
    "六一",
    "十一假期",
    "双十一",
    "双十二",
    "三八节",
    "十字",
    "万一",
    "千万别",
    "千万不",
    "一五一十",
    "乱七八糟",
    "七上八下",
    "接二连三",
    "周一",
    "周二",
    "周三",
    "周四",
    "周五",
    "周六",
    "星期一",
    "星期二",
    "星期三",
    "星期四",
    "星期五",
    "星期六",
    "第一",
    "第二",
    "第三",
    "不三不四",
    "朝九晚五",
    "丢三落四",
    "五湖四海",
    "半夜",
    "大半",
    "多半",
    "半空",
    "半生",
    "夜半",
    "半晌",
    "半信半疑",
    "事半功倍",
    "半推半就",
    "千篇一律",
    "百里挑一",
    "一举两得",
    "三三两两",
    "两小无猜",
];

/// Vague counts.
const VAGUE_CHINESE: &[&str] =
    &["成千上万", "数十", "数百", "数千", "数万", "几十", "几百", "几千", "几万", "上百", "上千", "上万"];

fn chinese(text: &Folded, i: usize) -> Option<Number> {
    if let Some(vague) = VAGUE_CHINESE.iter().find(|vague| text.has(i, vague)) {
        return Some(Number::code(i, i + vague.chars().count()));
    }
    let c = text.get(i)?;
    if c == '双' {
        let doubled = text.get(i + 1).is_some_and(|c| "层面头口管重效排芯核壁".contains(c));
        return doubled.then(|| Number::new(i, i + 1, 2.0));
    }
    if !is_numeral(c) && c != '半' || in_idiom(text, i) {
        return None;
    }
    if c == '半' {
        return Some(Number { is_share: true, ..Number::new(i, i + 1, 0.5) });
    }
    let mut end = i + text.chars[i..].iter().take_while(|c| is_numeral(**c)).count();
    // 千 before 克 and its like, and 两 after a numeral, are units.
    if end > i + 1 && text.chars[end - 1] == '千' && text.get(end).is_some_and(|c| "克米瓦卡焦".contains(c)) {
        end -= 1;
    }
    if end > i + 1 && text.chars[end - 1] == '两' {
        end -= 1;
    }
    let run = &text.chars[i..end];
    let mut value = numerals(run);
    if text.get(end) == Some('点') && text.get(end + 1).is_some_and(|c| numeral(c).is_some()) {
        let (mut share, mut at) = (0.1, end + 1);
        while let Some(digit) = text.get(at).and_then(numeral) {
            value += digit * share;
            share /= 10.0;
            at += 1;
        }
        end = at;
    }
    // 一 and bare 百千万 count only before a unit that measures.
    let counts = run.iter().any(|c| !"一百千万亿零".contains(*c)) || end > i + run.len();
    Some(Number { needs_unit: !counts, ..Number::new(i, end, value) })
}

/// Whether the numeral at `i` lies within an idiom.
fn in_idiom(text: &Folded, i: usize) -> bool {
    IDIOMS.iter().any(|idiom| {
        idiom.chars().enumerate().any(|(place, c)| text.get(i) == Some(c) && i >= place && text.has(i - place, idiom))
    })
}

/// 二百五十, 两百五, 一万二千, 二〇二四.
fn numerals(run: &[char]) -> f64 {
    if run.len() > 1 && run.iter().all(|c| numeral(*c).is_some()) {
        return run.iter().filter_map(|c| numeral(*c)).fold(0.0, |value, digit| value * 10.0 + digit);
    }
    let (mut total, mut section, mut digit, mut last) = (0.0, 0.0, None, 1.0);
    for c in run {
        if let Some(n) = numeral(*c) {
            if n > 0.0 {
                digit = Some(n);
            } else {
                last = 10.0;
            }
            continue;
        }
        let factor = match c {
            '十' => 10.0,
            '百' => 100.0,
            '千' => 1e3,
            '万' => 1e4,
            _ => 1e8,
        };
        if factor < 1e4 {
            section += digit.take().unwrap_or(1.0) * factor;
        } else {
            let whole = section + digit.take().unwrap_or(0.0);
            total = (total + if whole == 0.0 { 1.0 } else { whole }) * factor;
            section = 0.0;
        }
        last = factor;
    }
    // A last digit without its rank is a tenth of the rank before: 两百五 is 250.
    let rest = digit.map_or(0.0, |n| if last > 10.0 { n * last / 10.0 } else { n });
    total + section + rest
}
