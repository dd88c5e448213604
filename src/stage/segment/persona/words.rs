//! What a high or low feature means, as half-sentences in both languages, filled with the segment's own numbers.

use serde::{Deserialize, Serialize};

use super::Difference;
use crate::stage::data::features::{Feature, Unit};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bilingual {
    pub en: String,
    pub zh: String,
}

impl Bilingual {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }
}

/// Features that say much the same; a sentence uses one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Spending,
    Basket,
    Buying,
    Browsing,
    Recency,
    Tenure,
    Conversion,
    Carts,
    Wishes,
    Returns,
    Breadth,
    Hours,
    Days,
    Reviews,
    Mood,
    Other,
}

pub(crate) fn theme(feature: &str) -> Theme {
    use Feature as F;
    match Feature::from_key(feature) {
        Some(F::Monetary) => Theme::Spending,
        Some(F::AverageBasket) => Theme::Basket,
        Some(F::Orders | F::Purchases | F::PurchaseFrequency | F::Units) => Theme::Buying,
        Some(F::Events | F::Views | F::BrowsingTime | F::MeanBrowsingTime | F::ActiveDays) => Theme::Browsing,
        Some(F::Recency | F::LastSeen) => Theme::Recency,
        Some(F::Tenure) => Theme::Tenure,
        Some(F::PurchaseRate) => Theme::Conversion,
        Some(F::Carts | F::CartRate) => Theme::Carts,
        Some(F::Favourites) => Theme::Wishes,
        Some(F::Returns | F::ReturnRate) => Theme::Returns,
        Some(F::DistinctProducts | F::DistinctCategories) => Theme::Breadth,
        Some(F::ShareNight | F::ShareMorning | F::ShareAfternoon | F::ShareEvening) => Theme::Hours,
        Some(
            F::ShareMonday
            | F::ShareTuesday
            | F::ShareWednesday
            | F::ShareThursday
            | F::ShareFriday
            | F::ShareSaturday
            | F::ShareSunday,
        ) => Theme::Days,
        Some(F::ReviewCount) => Theme::Reviews,
        Some(F::ReviewSentiment) => Theme::Mood,
        Some(F::TopCategory) | None => Theme::Other,
    }
}

/// A number with the digits that mean something: 12,345 · 41 · 3.2 · 0.35.
pub(crate) fn digits(x: f64) -> String {
    let size = x.abs();
    let text = if size >= 10.0 {
        format!("{x:.0}")
    } else if size >= 1.0 {
        format!("{x:.1}")
    } else {
        format!("{x:.2}")
    };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    thousands(&text)
}

fn thousands(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("−", rest));
    let (whole, part) = rest.split_once('.').map_or((rest, None), |(whole, part)| (whole, Some(part)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if grouped == "0" && part.is_none() {
        return grouped;
    }
    part.map_or_else(|| format!("{sign}{grouped}"), |part| format!("{sign}{grouped}.{part}"))
}

/// 0.418 → "42%"; what rounds to nothing is "under 1%", and a share of nothing is "0%".
pub(crate) fn percent(share: f64) -> Bilingual {
    if share > 0.0 && share < 0.005 {
        return Bilingual::new("under 1%", "不到1%");
    }
    if share < 0.0 && share > -0.005 {
        return Bilingual::new("less than 0%", "不到0%");
    }
    let text = format!("{:.0}%", share * 100.0).replace('-', "−");
    Bilingual::new(text.clone(), text)
}

/// What they do more or less of: (verb phrase, Chinese phrase) for counts and amounts.
fn doing(feature: Feature) -> Option<(&'static str, &'static str)> {
    use Feature as F;
    Some(match feature {
        F::Events => ("are active", "活跃次数"),
        F::Views => ("look at products", "浏览次数"),
        F::Carts => ("fill the cart", "加购次数"),
        F::Favourites => ("save favourites", "收藏次数"),
        F::Purchases | F::Orders | F::PurchaseFrequency => ("order", "下单次数"),
        F::Returns => ("return goods", "退货次数"),
        F::Units => ("buy", "购买件数"),
        F::BrowsingTime => ("browse", "浏览时间"),
        F::MeanBrowsingTime => ("stay on a page", "每页停留时间"),
        F::Monetary => ("spend", "消费额"),
        F::AverageBasket => ("spend per order", "每单消费额"),
        F::ActiveDays => ("come by", "到访天数"),
        F::ReviewCount => ("write reviews", "评价次数"),
        _ => return None,
    })
}

/// When the share features speak of.
fn when(feature: Feature) -> Option<(&'static str, &'static str)> {
    use Feature as F;
    Some(match feature {
        F::ShareNight => ("at night", "深夜"),
        F::ShareMorning => ("in the morning", "上午"),
        F::ShareAfternoon => ("in the afternoon", "下午"),
        F::ShareEvening => ("in the evening", "晚上"),
        F::ShareMonday => ("on Mondays", "周一"),
        F::ShareTuesday => ("on Tuesdays", "周二"),
        F::ShareWednesday => ("on Wednesdays", "周三"),
        F::ShareThursday => ("on Thursdays", "周四"),
        F::ShareFriday => ("on Fridays", "周五"),
        F::ShareSaturday => ("on Saturdays", "周六"),
        F::ShareSunday => ("on Sundays", "周日"),
        _ => return None,
    })
}

/// The days of a score's question: 30 of `chance_buys_within_30_days` after `chance_buys_within_`.
pub(crate) fn days_of(score: &str, question: &str) -> Option<u32> {
    score.strip_prefix(question)?.strip_suffix("_days")?.parse().ok()
}

/// What was predicted of the segment, for the scores of questions about customers.
fn predicted(difference: &Difference) -> Option<Bilingual> {
    let (mean, all) = (difference.mean, difference.overall);
    let chance = |en: String, zh: String| {
        let (share, average) = (percent(mean), percent(all));
        Bilingual::new(
            format!("{en} with a chance of {} (average {})", share.en, average.en),
            format!("{zh}的概率为{}（平均{}）", share.zh, average.zh),
        )
    };
    let score = difference.feature.as_str();
    if let Some(n) = days_of(score, "chance_buys_within_") {
        return Some(chance(format!("buy within {n} days"), format!("{n}天内购买")));
    }
    if let Some(n) = days_of(score, "chance_quiet_for_") {
        return Some(chance(format!("stay away for {n} days"), format!("{n}天内不再到访")));
    }
    let n = days_of(score, "expected_spends_within_")?;
    let (mean, all) = (digits(mean), digits(all));
    Some(Bilingual::new(
        format!("are expected to spend {mean} within {n} days (average {all})"),
        format!("预计{n}天内消费{mean}（平均{all}）"),
    ))
}

/// One half-sentence that says how the segment differs in a feature, to follow "they".
pub(crate) fn phrase(difference: &Difference) -> Bilingual {
    let (mean, all) = (difference.mean, difference.overall);
    let (mean_text, all_text) = (digits(mean), digits(all));
    let Some(feature) = Feature::from_key(&difference.feature) else {
        if let Some(told) = predicted(difference) {
            return told;
        }
        let name = &difference.feature;
        return Bilingual::new(
            format!("average {mean_text} in {name} (everyone {all_text})"),
            format!("{name}为{mean_text}（平均{all_text}）"),
        );
    };
    let unit = feature.definition().unit;
    if let Some((en, zh)) = when(feature) {
        let (share, average) = (percent(mean), percent(all));
        return Bilingual::new(
            format!("make {} of their visits {en} (average {})", share.en, average.en),
            format!("{}的访问在{zh}（平均{}）", share.zh, average.zh),
        );
    }
    match feature {
        Feature::Recency => Bilingual::new(
            format!("last bought {} ago (average {})", days(mean).en, days(all).en),
            format!("上次购买在{}前（平均{}）", days(mean).zh, days(all).zh),
        ),
        Feature::LastSeen => Bilingual::new(
            format!("were last seen {} ago (average {})", days(mean).en, days(all).en),
            format!("上次到访在{}前（平均{}）", days(mean).zh, days(all).zh),
        ),
        Feature::Tenure => Bilingual::new(
            format!("have been here for {} (average {})", days(mean).en, days(all).en),
            format!("成为顾客已有{}（平均{}）", days(mean).zh, days(all).zh),
        ),
        Feature::CartRate => share_of("put", "of what they see into the cart", "看过的商品有", "放进购物车", mean, all),
        Feature::PurchaseRate => share_of("buy", "of what they see", "看过的商品有", "会买下", mean, all),
        Feature::ReturnRate if mean >= 1.0 => Bilingual::new(
            format!("return as much as they buy (average {})", percent(all).en),
            format!("买多少退多少（平均{}）", percent(all).zh),
        ),
        Feature::ReturnRate => share_of("return", "of what they buy", "买下的商品有", "被退回", mean, all),
        Feature::DistinctProducts => range("products", "商品", mean, all),
        Feature::DistinctCategories => range("categories", "品类", mean, all),
        Feature::ReviewSentiment => mood(mean, all),
        _ => match doing(feature) {
            Some(doing) => amount(doing, unit, mean, all),
            None => Bilingual::new(
                format!("have {} at {mean_text} (average {all_text})", feature.key()),
                format!("{}为{mean_text}（平均{all_text}）", feature.key()),
            ),
        },
    }
}

fn days(x: f64) -> Bilingual {
    let whole = x.round().max(0.0);
    if whole < 1.0 {
        return Bilingual::new("less than a day", "不到1天");
    }
    let text = thousands(&format!("{whole:.0}"));
    Bilingual::new(if whole == 1.0 { "1 day".to_owned() } else { format!("{text} days") }, format!("{text}天"))
}

/// "3.1 times"; people say "twice".
fn times(ratio: f64) -> (String, String) {
    let text = digits(ratio);
    (if text == "2" { "twice".to_owned() } else { format!("{text} times") }, text)
}

/// "spend 3.1 times the average" or "spend 60% less than average".
fn amount((en, zh): (&str, &str), unit: Unit, mean: f64, all: f64) -> Bilingual {
    if all <= 0.0 || mean < 0.0 {
        let (mean, all) = (digits(mean), digits(all));
        if unit == Unit::Money {
            return Bilingual::new(
                format!("{en} {mean} once returns are counted (average {all})"),
                format!("计入退货后{zh}为{mean}（平均{all}）"),
            );
        }
        return Bilingual::new(format!("{en}: {mean} (average {all})"), format!("{zh}为{mean}（平均{all}）"));
    }
    let ratio = mean / all;
    let (more, less) = match unit {
        Unit::Money | Unit::Pieces => ("as much as", "less than"),
        Unit::Seconds => ("as long as", "less than"),
        _ => ("as often as", "less often than"),
    };
    if ratio >= 1.95 {
        let (times, zh_times) = times(ratio);
        return Bilingual::new(format!("{en} {times} {more} average"), format!("{zh}是平均的{zh_times}倍"));
    }
    if ratio < 0.005 {
        let never = match unit {
            Unit::Money | Unit::Pieces => format!("{en} next to nothing"),
            _ => format!("hardly ever {}", en.strip_prefix("are ").map_or(en.to_owned(), |rest| format!("are {rest}"))),
        };
        return Bilingual::new(never, format!("{zh}几乎为零"));
    }
    let change = format!("{:.0}%", (ratio - 1.0).abs() * 100.0);
    if unit == Unit::Seconds {
        let (less, more) = if ratio < 1.0 { ("shorter", "短") } else { ("longer", "长") };
        return Bilingual::new(
            format!("{en} for a {change} {less} time than average"),
            format!("{zh}比平均{more}{change}"),
        );
    }
    if ratio >= 1.0 {
        let more = match unit {
            Unit::Money | Unit::Pieces => "more than",
            _ => "more often than",
        };
        return Bilingual::new(format!("{en} {change} {more} average"), format!("{zh}比平均多{change}"));
    }
    Bilingual::new(format!("{en} {change} {less} average"), format!("{zh}比平均少{change}"))
}

/// "choose among 37% more products than average".
fn range(en: &str, zh: &str, mean: f64, all: f64) -> Bilingual {
    let (mean_text, all_text) = (digits(mean), digits(all));
    let ratio = if all > 0.0 { mean / all } else { 1.0 };
    if ratio >= 1.95 {
        let (times, zh_times) = times(ratio);
        return Bilingual::new(
            format!("choose among {times} as many {en} as average"),
            format!("涉及的{zh}种类是平均的{zh_times}倍"),
        );
    }
    let (more, zh_more) = if ratio >= 1.0 { ("more", "多") } else { ("fewer", "少") };
    let change = format!("{:.0}%", (ratio - 1.0).abs() * 100.0);
    if change == "0%" {
        return Bilingual::new(
            format!("choose among {mean_text} {en} (average {all_text})"),
            format!("涉及{mean_text}种{zh}（平均{all_text}种）"),
        );
    }
    Bilingual::new(
        format!("choose among {change} {more} {en} than average"),
        format!("涉及的{zh}种类比平均{zh_more}{change}"),
    )
}

/// False where the scaled means differ but the plain ones hardly do: "2% less" tells nothing.
pub(crate) fn worth_telling(difference: &Difference) -> bool {
    let (mean, all) = (difference.mean, difference.overall);
    match Feature::from_key(&difference.feature).map(|feature| feature.definition().unit) {
        Some(Unit::Share | Unit::Mood) => (mean - all).abs() >= 0.03,
        _ if all == 0.0 => mean != 0.0,
        _ => (mean / all - 1.0).abs() >= 0.1 && (mean < all) == (difference.standardised < 0.0),
    }
}

fn share_of(verb: &str, of: &str, zh_of: &str, zh_verb: &str, mean: f64, all: f64) -> Bilingual {
    let (share, average) = (percent(mean), percent(all));
    Bilingual::new(
        format!("{verb} {} {of} (average {})", share.en, average.en),
        format!("{zh_of}{}{zh_verb}（平均{}）", share.zh, average.zh),
    )
}

fn mood(mean: f64, all: f64) -> Bilingual {
    match (mean, mean < all) {
        (mean, true) if mean < 0.0 => Bilingual::new("write unhappy reviews", "评价偏差"),
        (_, true) => Bilingual::new("are less happy in their reviews than others", "评价不如其他人好"),
        (mean, false) if mean > 0.5 => Bilingual::new("write very happy reviews", "评价非常好"),
        _ => Bilingual::new("are happier in their reviews than others", "评价好于其他人"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(feature: Feature, mean: f64, overall: f64) -> (String, String) {
        let phrase = phrase(&Difference { feature: feature.key().into(), mean, overall, standardised: 1.0 });
        (phrase.en, phrase.zh)
    }

    #[test]
    fn numbers_have_sensible_digits() {
        let texts: Vec<String> = [12345.6, 1_000_000.0, 41.2, 3.24, 2.0, 0.351, 0.0, -5.04].map(digits).to_vec();
        assert_eq!(texts, ["12,346", "1,000,000", "41", "3.2", "2", "0.35", "0", "−5"]);
    }

    #[test]
    fn what_was_predicted_is_said_of_the_segment() {
        let of = |score: &str, mean: f64, overall: f64| {
            phrase(&Difference { feature: score.into(), mean, overall, standardised: 1.0 })
        };
        let buys = of("chance_buys_within_30_days", 0.66, 0.371);
        assert_eq!(buys.en, "buy within 30 days with a chance of 66% (average 37%)");
        assert_eq!(buys.zh, "30天内购买的概率为66%（平均37%）");
        let spends = of("expected_spends_within_7_days", 412.0, 210.0);
        assert_eq!(spends.en, "are expected to spend 412 within 7 days (average 210)");
        assert_eq!(of("chance_colour", 0.5, 0.2).en, "average 0.5 in chance_colour (everyone 0.2)");
    }

    #[test]
    fn phrases_read_naturally() {
        assert_eq!(says(Feature::Monetary, 620.0, 200.0).0, "spend 3.1 times as much as average");
        assert_eq!(says(Feature::Monetary, 620.0, 200.0).1, "消费额是平均的3.1倍");
        assert_eq!(says(Feature::Orders, 1.0, 4.0).0, "order 75% less often than average");
        assert_eq!(
            says(Feature::Orders, 6.0, 4.0),
            ("order 50% more often than average".into(), "下单次数比平均多50%".into())
        );
        assert_eq!(says(Feature::Recency, 1.2, 40.0).0, "last bought 1 day ago (average 40 days)");
        assert_eq!(says(Feature::ShareNight, 0.4, 0.1).1, "40%的访问在深夜（平均10%）");
        assert_eq!(says(Feature::ReturnRate, 0.3, 0.004).0, "return 30% of what they buy (average under 1%)");
        assert_eq!(says(Feature::Units, 0.0, 4.0).0, "buy next to nothing");
        assert_eq!(says(Feature::Carts, 8.0, 4.0).0, "fill the cart twice as often as average");
        assert_eq!(
            says(Feature::MeanBrowsingTime, 26.0, 100.0),
            ("stay on a page for a 74% shorter time than average".into(), "每页停留时间比平均短74%".into())
        );
        assert_eq!(percent(-0.0001).en, "less than 0%");
    }
}
