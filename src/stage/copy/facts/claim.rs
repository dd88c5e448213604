//! Finding the claims in a text.

use super::ClaimKind;
use super::fold::Folded;
use super::number::{Number, digits, number_at};
use super::unit::{Dimension, Unit, currency_at, unit_at};
use super::word::{brand_at, certification_at};

/// What a claim says.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// A number, with its unit where it has one.
    Amount { value: f64, unit: Option<&'static Unit> },
    /// Digits that are no amount (K15, 18/8), or a vague count (dozens): folded text.
    Code(String),
    /// The number of a group of certifications.
    Certification(usize),
    /// A brand, folded.
    Brand(String),
}

/// A claim of fact, from character `from` to `to` of the folded text.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    pub kind: ClaimKind,
    pub from: usize,
    pub to: usize,
    pub quantity: Quantity,
}

impl Claim {
    /// Its bytes in the text that was folded.
    pub fn bytes(&self, text: &Folded) -> std::ops::Range<usize> {
        text.byte(self.from)..text.byte(self.to)
    }
}

/// All claims in `text`, in order. `brands` are folded names that count as brands besides the well-known.
pub fn claims(text: &Folded, brands: &[String]) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    let mut i = 0;
    while i < text.len() {
        match claim_at(text, i, brands) {
            Some(claim) => {
                i = claim.to.max(i + 1);
                claims.push(claim);
            }
            None => i += 1,
        }
    }
    share_units(text, &mut claims);
    claims
}

fn claim_at(text: &Folded, i: usize, brands: &[String]) -> Option<Claim> {
    // Words first: 3C is a seal before it is a number.
    if let Some((group, to)) = certification_at(text, i) {
        return Some(Claim { kind: ClaimKind::Certification, from: i, to, quantity: Quantity::Certification(group) });
    }
    if let Some(to) = brand_at(text, i, brands) {
        return Some(Claim { kind: ClaimKind::Brand, from: i, to, quantity: Quantity::Brand(text.text(i, to)) });
    }
    if let Some((unit, after)) = currency_at(text, i)
        && let Some(number) = digits(text, after)
        && let Some(value) = number.value
    {
        let quantity = Quantity::Amount { value, unit: Some(unit) };
        return Some(Claim { kind: ClaimKind::Price, from: i, to: number.end, quantity });
    }
    if text.has(i, "百分之")
        && let Some(number) = number_at(text, i + 3)
        && let Some(value) = number.value
    {
        return Some(percent(i, number.end, value));
    }
    amount(text, number_at(text, i)?)
}

fn percent(from: usize, to: usize, value: f64) -> Claim {
    let unit = super::unit::UNITS.iter().find(|unit| unit.dimension == Dimension::Percent);
    Claim { kind: ClaimKind::Percent, from, to, quantity: Quantity::Amount { value, unit } }
}

/// A number with the unit behind it.
fn amount(text: &Folded, number: Number) -> Option<Claim> {
    let Some(value) = number.value else {
        let quantity = Quantity::Code(text.text(number.start, number.end));
        return Some(Claim { kind: ClaimKind::Number, from: number.start, to: number.end, quantity });
    };
    // 八折: what is left to pay, in tenths (or hundredths).
    if text.get(number.end) == Some('折') && !text.get(number.end + 1).is_some_and(|c| "叠扣痕页".contains(c)) {
        let off = if value < 10.0 { 100.0 - 10.0 * value } else { 100.0 - value };
        return Some(percent(number.start, number.end + 1, off));
    }
    let gap = match number.is_share.then(|| [" of a ", " an ", " a "].into_iter().find(|gap| text.has(number.end, gap)))
    {
        // Half a litre.
        Some(Some(gap)) => gap.len(),
        _ => usize::from(matches!(text.get(number.end), Some(' ' | '-'))),
    };
    let unit = unit_at(text, number.end + gap).or_else(|| unit_at(text, number.end));
    // 30 × 40 cm: the cross stands between two numbers.
    let unit = unit.filter(|(unit, end)| unit.dimension != Dimension::Times || !factor_follows(text, *end));
    if number.needs_unit && unit.is_none_or(|(unit, _)| matches!(unit.dimension, Dimension::Count(_))) {
        return None;
    }
    let to = unit.map_or(number.end, |(_, end)| end);
    let kind = match unit.map(|(unit, _)| unit.dimension) {
        Some(Dimension::Currency(_)) => ClaimKind::Price,
        Some(Dimension::Percent) => ClaimKind::Percent,
        _ => ClaimKind::Number,
    };
    let quantity = Quantity::Amount { value, unit: unit.map(|(unit, _)| unit) };
    Some(Claim { kind, from: number.start, to, quantity })
}

fn factor_follows(text: &Folded, end: usize) -> bool {
    let at = if text.get(end) == Some(' ') { end + 1 } else { end };
    text.get(at).is_some_and(|c| c.is_ascii_digit())
}

/// In "12–15 hours" and "30 × 40 cm" the last unit belongs to all numbers.
fn share_units(text: &Folded, claims: &mut [Claim]) {
    for i in (1..claims.len()).rev() {
        let between = text.text(claims[i - 1].to, claims[i].from);
        let joined = matches!(between.trim(), "-" | "~" | "to" | "x" | "×" | "*" | "至" | "到" | "或" | "—");
        let (earlier, later) = claims.split_at_mut(i);
        let (Some(before), Some(after)) = (earlier.last_mut(), later.first()) else { continue };
        if !joined {
            continue;
        }
        if let (Quantity::Amount { unit: before_unit @ None, .. }, Quantity::Amount { unit: Some(shared), .. }) =
            (&mut before.quantity, &after.quantity)
        {
            *before_unit = Some(shared);
            before.kind = after.kind;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Claims as "text = value dimension".
    fn found(text: &str) -> Vec<String> {
        let folded = Folded::new(text);
        claims(&folded, &[])
            .iter()
            .map(|claim| {
                let words = &text[claim.bytes(&folded)];
                match &claim.quantity {
                    Quantity::Amount { value, unit: None, .. } => format!("{words} = {value}"),
                    Quantity::Amount { value, unit: Some(unit), .. } => {
                        let base = (value * unit.factor * 1e6).round() / 1e6;
                        format!("{words} = {base} {:?}", unit.dimension)
                    }
                    Quantity::Code(code) => format!("{words} = code {code}"),
                    Quantity::Certification(_) => format!("{words} = seal"),
                    Quantity::Brand(brand) => format!("{words} = brand {brand}"),
                }
            })
            .collect()
    }

    #[test]
    fn english_numbers_and_units() {
        assert_eq!(found("Holds 500 ml, weighs 1.2kg."), ["500 ml = 0.5 Volume", "1.2kg = 1.2 Mass"]);
        assert_eq!(found("a 12-hour day, 1,200 W"), ["12-hour = 43200 Time", "1,200 W = 1200 Power"]);
        assert_eq!(found("12–15 hours"), ["12 = 43200 Time", "15 hours = 54000 Time"]);
        assert_eq!(found("30 x 40 cm"), ["30 = 0.3 Length", "40 cm = 0.4 Length"]);
        assert_eq!(found("twice as light, 2x the room"), ["twice = 2", "2x = 2 Times"]);
        assert_eq!(found("twenty-four hours"), ["twenty-four hours = 86400 Time"]);
        assert_eq!(found("one hundred and five cups"), ["one hundred and five cups = 105 Count(\"cup\")"]);
        assert_eq!(found("half a dozen pieces"), ["half a dozen pieces = 6 Count(\"piece\")"]);
        assert_eq!(found("double-walled"), ["double-walled = 2 Count(\"layer\")"]);
        assert_eq!(found("two million fans, dozens of uses"), ["two million = 2000000", "dozens = code dozens"]);
        assert_eq!(found("1½ litres, 3 million"), ["1½ litres = 1.5 Volume", "3 million = 3000000"]);
        assert_eq!(
            found("18/8 steel, model K15, v1.2.3"),
            ["18/8 = code 18/8", "K15 = code k15", "v1.2.3 = code v1.2.3"]
        );
    }

    #[test]
    fn english_words_that_count_nothing() {
        let none: [&str; 0] = [];
        assert_eq!(found("One of a kind, for someone who often weighs the height of stone"), none);
        assert_eq!(found("tender, often, tension, canine, lonely"), none);
        assert_eq!(found("one hour"), ["one hour = 3600 Time"]);
        assert_eq!(found("one-year promise"), ["one-year = 31556952 Time"]);
    }

    #[test]
    fn prices_and_percentages() {
        let price = |n: &str, c: &str| format!("{n} Currency(\"{c}\")");
        assert_eq!(found("Only $29.90!"), [format!("$29.90 = {}", price("29.9", "usd"))]);
        assert_eq!(
            found("￥１９９ 或 199元"),
            [format!("￥１９９ = {}", price("199", "cny")), format!("199元 = {}", price("199", "cny"))]
        );
        assert_eq!(
            found("RMB 88, 5 euros"),
            [format!("RMB 88 = {}", price("88", "cny")), format!("5 euros = {}", price("5", "eur"))]
        );
        assert_eq!(found("20% off, twenty percent"), ["20% = 20 Percent", "twenty percent = 20 Percent"]);
        assert_eq!(
            found("百分之二十，八折，85折"),
            ["百分之二十 = 20 Percent", "八折 = 20 Percent", "85折 = 15 Percent"]
        );
    }

    #[test]
    fn chinese_numbers_and_units() {
        assert_eq!(found("容量五百毫升，重1.2公斤"), ["五百毫升 = 0.5 Volume", "1.2公斤 = 1.2 Mass"]);
        assert_eq!(found("十二小时保温，双层杯壁"), ["十二小时 = 43200 Time", "双层 = 2 Count(\"layer\")"]);
        assert_eq!(found("两层纱布，半斤茶叶"), ["两层 = 2 Count(\"layer\")", "半斤 = 0.25 Mass"]);
        assert_eq!(found("两百五十个小时"), ["两百五十个小时 = 900000 Time"]);
        assert_eq!(found("一万二千次，3万步"), ["一万二千次 = 12000 Count(\"use\")", "3万步 = 30000 Count(\"step\")"]);
        assert_eq!(found("一年质保"), ["一年 = 31556952 Time", "质保 = seal"]);
        assert_eq!(found("五千克装"), ["五千克 = 5 Mass"]);
        assert_eq!(found("三点五升"), ["三点五升 = 3.5 Volume"]);
        assert_eq!(found("上千位妈妈的选择"), ["上千 = code 上千"]);
    }

    #[test]
    fn chinese_words_that_count_nothing() {
        let none: [&str; 0] = [];
        assert_eq!(found("十分柔软，四季可用，百搭，一款好杯，一起度过，万能，千变"), none);
        assert_eq!(found("香气四溢，五颜六色，独一无二，周五见，双手捧着"), none);
    }

    #[test]
    fn seals_and_brands() {
        assert_eq!(found("Certified organic, BPA-free"), ["Certified = seal", "organic = seal", "BPA-free = seal"]);
        assert_eq!(found("有机棉，3C认证，食品级"), ["有机 = seal", "3C认证 = seal", "食品级 = seal"]);
        assert_eq!(found("as good as Nike or 戴森"), ["Nike = brand nike", "戴森 = brand 戴森"]);
        let none: [&str; 0] = [];
        assert_eq!(found("a snikey organism, 有机会再来, 小米粥"), none);
        let folded = Folded::new("better than Haolin");
        assert_eq!(claims(&folded, &["haolin".into()]).len(), 1);
    }
}
