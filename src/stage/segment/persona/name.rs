//! Names that a marketer would give: the type of customer that the segment's differences look like most, each type
//! given once, and what sets a segment apart added where two would be called the same.

use super::words::{Bilingual, Theme, days_of, theme};
use super::{Difference, Favourite};
use crate::stage::data::features::Feature;

/// A type of customer: how high (or low) which features stand in it.
struct Type {
    en: &'static str,
    zh: &'static str,
    /// Standardised differences are multiplied by these and averaged.
    signs: &'static [(Feature, f64)],
}

/// A segment looks like a type from this mean agreement on.
const ALIKE: f64 = 0.35;

const TYPES: &[Type] = {
    use Feature as F;
    &[
        Type {
            en: "Best customers",
            zh: "核心客户",
            signs: &[(F::Monetary, 1.0), (F::Orders, 1.0), (F::Recency, -1.0)],
        },
        Type { en: "Lapsed big spenders", zh: "流失的大客户", signs: &[(F::Recency, 1.0), (F::Monetary, 1.0)] },
        Type { en: "Big-basket buyers", zh: "大单买家", signs: &[(F::AverageBasket, 1.0)] },
        Type { en: "Regulars", zh: "常客", signs: &[(F::Orders, 1.0), (F::Recency, -1.0)] },
        Type { en: "Newcomers", zh: "新客", signs: &[(F::Tenure, -1.0)] },
        Type { en: "Window shoppers", zh: "爱逛少买的客户", signs: &[(F::Views, 1.0), (F::PurchaseRate, -1.0)] },
        Type {
            en: "Window shoppers", zh: "爱逛少买的客户", signs: &[(F::BrowsingTime, 1.0), (F::Orders, -1.0)]
        },
        Type { en: "Cart fillers", zh: "爱加购的客户", signs: &[(F::Carts, 1.0), (F::PurchaseRate, -1.0)] },
        Type { en: "Cart fillers", zh: "爱加购的客户", signs: &[(F::CartRate, 1.0)] },
        Type { en: "Quick deciders", zh: "果断买家", signs: &[(F::PurchaseRate, 1.0), (F::Views, -1.0)] },
        Type { en: "Sleeping customers", zh: "沉睡客户", signs: &[(F::Recency, 1.0)] },
        Type { en: "Sleeping customers", zh: "沉睡客户", signs: &[(F::LastSeen, 1.0)] },
        Type { en: "Recent buyers", zh: "近期买家", signs: &[(F::Recency, -1.0)] },
        Type { en: "Passers-by", zh: "过客", signs: &[(F::Events, -1.0), (F::ActiveDays, -1.0)] },
        Type { en: "Passers-by", zh: "过客", signs: &[(F::Views, -1.0), (F::Orders, -1.0)] },
        Type { en: "Small-basket buyers", zh: "小单买家", signs: &[(F::AverageBasket, -1.0)] },
        Type { en: "Occasional buyers", zh: "偶尔购买的客户", signs: &[(F::Orders, -1.0)] },
        Type { en: "Frequent returners", zh: "常退货的客户", signs: &[(F::ReturnRate, 1.0)] },
        Type {
            en: "Explorers",
            zh: "爱尝鲜的客户",
            signs: &[(F::DistinctCategories, 1.0), (F::DistinctProducts, 1.0)],
        },
        Type { en: "Wish-listers", zh: "爱收藏的客户", signs: &[(F::Favourites, 1.0)] },
        Type { en: "Reviewers", zh: "爱评价的客户", signs: &[(F::ReviewCount, 1.0)] },
        Type { en: "Unhappy reviewers", zh: "评价偏差的客户", signs: &[(F::ReviewSentiment, -1.0)] },
        Type { en: "Night owls", zh: "夜猫子", signs: &[(F::ShareNight, 1.0)] },
        Type { en: "Morning people", zh: "早起的客户", signs: &[(F::ShareMorning, 1.0)] },
        Type { en: "Evening shoppers", zh: "晚间客户", signs: &[(F::ShareEvening, 1.0)] },
        Type { en: "Weekend shoppers", zh: "周末客户", signs: &[(F::ShareSaturday, 1.0), (F::ShareSunday, 1.0)] },
        Type { en: "Long-time customers", zh: "老客户", signs: &[(F::Tenure, 1.0)] },
        Type { en: "Big spenders", zh: "高消费客户", signs: &[(F::Monetary, 1.0)] },
        Type { en: "Small spenders", zh: "低消费客户", signs: &[(F::Monetary, -1.0)] },
    ]
};

/// So few of a whole shop are no kind of customer, but customers to look at one by one.
const ODD: u64 = 4;
const OF_SO_MANY: f64 = 200.0;

/// What a name is made from.
pub(crate) struct Traits<'a> {
    pub size: u64,
    /// Of all customers.
    pub share: f64,
    /// Strongest first.
    pub differences: &'a [Difference],
    pub categories: &'a [Favourite],
}

impl Traits<'_> {
    fn odd(&self) -> bool {
        (1..=ODD).contains(&self.size) && self.size as f64 > self.share * OF_SO_MANY
    }
}

/// A name for each segment, all different in both languages.
pub(crate) fn names(segments: &[Traits<'_>]) -> Vec<Bilingual> {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (segment, traits) in segments.iter().enumerate().filter(|(_, traits)| !traits.odd()) {
        for (kind, known) in TYPES.iter().enumerate() {
            if let Some(alike) = likeness(known, traits.differences).filter(|alike| *alike >= ALIKE) {
                pairs.push((alike, segment, kind));
            }
        }
    }
    // The best match first; a type's name is given once.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut named: Vec<Option<Bilingual>> = vec![None; segments.len()];
    for (_, segment, kind) in pairs {
        let name = Bilingual::new(TYPES[kind].en, TYPES[kind].zh);
        if named[segment].is_none() && !named.iter().flatten().any(|given| given.en == name.en) {
            named[segment] = Some(name);
        }
    }
    let mut result: Vec<Bilingual> = Vec::new();
    for (name, traits) in named.into_iter().zip(segments) {
        let name = name.unwrap_or_else(|| plain(traits));
        result.push(unlike(name, traits, &result));
    }
    result
}

/// Mean agreement of a segment with a type, each feature counted up to 2 deviations; more features weigh more than
/// one of the same mean. Nothing where a feature is missing or points the other way.
fn likeness(kind: &Type, differences: &[Difference]) -> Option<f64> {
    let mut sum = 0.0;
    for (feature, sign) in kind.signs {
        let found = differences.iter().find(|difference| difference.feature == feature.key())?;
        let agreement = (sign * found.standardised).clamp(-2.0, 2.0);
        if agreement < 0.2 {
            return None;
        }
        sum += agreement;
    }
    Some(sum / kind.signs.len() as f64 * (1.0 + 0.25 * (kind.signs.len() - 1) as f64))
}

/// For segments that look like no type.
fn plain(traits: &Traits<'_>) -> Bilingual {
    if traits.odd() {
        return match traits.size {
            1 => Bilingual::new("One odd customer", "一位异常顾客"),
            _ => Bilingual::new("A few odd customers", "少数异常顾客"),
        };
    }
    match traits.differences.first().filter(|d| d.standardised.abs() >= ALIKE) {
        Some(difference) if Feature::from_key(&difference.feature).is_none() => {
            let name = &difference.feature;
            if days_of(name, "chance_buys_within_").is_some() {
                return match difference.standardised > 0.0 {
                    true => Bilingual::new("Likely to buy", "可能购买的客户"),
                    false => Bilingual::new("Unlikely to buy", "不太可能购买的客户"),
                };
            }
            if difference.standardised > 0.0 {
                Bilingual::new(format!("High {name}"), format!("{name}偏高的客户"))
            } else {
                Bilingual::new(format!("Low {name}"), format!("{name}偏低的客户"))
            }
        }
        _ => Bilingual::new("Typical customers", "普通客户"),
    }
}

/// The name, with what sets the segment apart (or a number) where the name is taken.
fn unlike(name: Bilingual, traits: &Traits<'_>, given: &[Bilingual]) -> Bilingual {
    let free = |name: &Bilingual| given.iter().all(|other| other.en != name.en && other.zh != name.zh);
    if free(&name) {
        return name;
    }
    let favourite = traits.categories.iter().find(|favourite| favourite.lift >= 1.2);
    let favourite = favourite.map(|favourite| {
        let category = favourite.short();
        Bilingual::new(format!("{} who like {category}", name.en), format!("偏爱{category}的{}", name.zh))
    });
    let told = traits.differences.iter().filter(|d| d.standardised.abs() >= 0.2).filter_map(|difference| {
        let (en, zh) = addition(difference)?;
        Some(Bilingual::new(format!("{} {en}", name.en), format!("{zh}{}", name.zh)))
    });
    let numbered = (2..).map(|n| Bilingual::new(format!("{} {n}", name.en), format!("{}{n}", name.zh)));
    favourite.into_iter().chain(told).chain(numbered).find(free).unwrap_or(name)
}

/// Half a name for a difference.
fn addition(difference: &Difference) -> Option<(&'static str, &'static str)> {
    let high = difference.standardised > 0.0;
    Some(match (theme(&difference.feature), high) {
        (Theme::Spending, true) => ("who spend much", "高消费"),
        (Theme::Spending, false) => ("who spend little", "低消费"),
        (Theme::Basket, true) => ("with big baskets", "大单"),
        (Theme::Basket, false) => ("with small baskets", "小单"),
        (Theme::Buying, true) => ("who order often", "下单频繁的"),
        (Theme::Buying, false) => ("who seldom order", "很少下单的"),
        (Theme::Browsing, true) => ("who browse a lot", "浏览较多的"),
        (Theme::Browsing, false) => ("who browse little", "浏览较少的"),
        (Theme::Recency, true) => ("gone quiet", "久未出现的"),
        (Theme::Recency, false) => ("seen lately", "近期活跃的"),
        (Theme::Tenure, true) => ("of long standing", "老资格的"),
        (Theme::Tenure, false) => ("new to the shop", "新来的"),
        (Theme::Carts, true) => ("with full carts", "加购较多的"),
        (Theme::Wishes, true) => ("with wish lists", "收藏较多的"),
        (Theme::Returns, true) => ("who return goods", "退货较多的"),
        (Theme::Breadth, true) => ("with wide tastes", "兴趣广泛的"),
        (Theme::Breadth, false) => ("with narrow tastes", "兴趣专一的"),
        (Theme::Reviews, true) => ("who write reviews", "常写评价的"),
        (Theme::Mood, true) => ("with praise", "好评较多的"),
        (Theme::Mood, false) => ("with complaints", "差评较多的"),
        _ => return None,
    })
}

/// One sentence from the numbers: share and money, then up to three differences, each of another theme, then taste.
pub(crate) fn sentence(revenue_share: Option<f64>, traits: &Traits<'_>) -> Bilingual {
    use super::words::{percent, phrase, worth_telling};
    let mut themes: Vec<Theme> = Vec::new();
    let mut phrases: Vec<Bilingual> = Vec::new();
    // Money, orders and recency are what marketers look for first.
    let core = |d: &Difference| matches!(theme(&d.feature), Theme::Spending | Theme::Buying | Theme::Recency);
    let weight = |d: &Difference| d.standardised.abs() * if core(d) { 1.5 } else { 1.0 };
    let mut told: Vec<&Difference> = traits.differences.iter().filter(|d| worth_telling(d)).collect();
    told.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    // Groups in the middle differ little in anything: then where they stand with their last purchase is told.
    let middling = told.iter().find(|d| core(d)).map(|d| phrase(d));
    for difference in told.into_iter().filter(|d| d.standardised.abs() >= 0.25) {
        let theme = theme(&difference.feature);
        if phrases.len() < 3 && (theme == Theme::Other || !themes.contains(&theme)) {
            themes.push(theme);
            phrases.push(phrase(difference));
        }
    }
    if let Some(favourite) = traits.categories.iter().find(|c| c.lift >= 1.2 && c.share >= 0.1) {
        phrases
            .push(Bilingual::new(format!("like {} most", favourite.short()), format!("最喜欢{}", favourite.short())));
    }
    if phrases.is_empty() {
        phrases.push(match middling {
            Some(_) => Bilingual::new("otherwise do much as everyone does", "其余与整体顾客相差不大"),
            None => Bilingual::new("do much as everyone does", "与整体顾客相差不大"),
        });
        phrases.splice(0..0, middling);
    }
    if traits.odd() {
        let en = if traits.size == 1 {
            "One customer who is like no other".to_owned()
        } else {
            format!("{} customers who are like no others", traits.size)
        };
        return told_of(&en, &format!("{}位与众不同的顾客", traits.size), &phrases);
    }
    let share = percent(traits.share);
    let (en, zh) = match revenue_share {
        Some(revenue) => {
            let revenue = percent(revenue);
            (
                format!("{} of customers who bring {} of revenue", share.en, revenue.en),
                format!("占顾客的{}，贡献{}的销售额", share.zh, revenue.zh),
            )
        }
        None => (format!("{} of customers", share.en), format!("占顾客的{}", share.zh)),
    };
    told_of(&en, &zh, &phrases)
}

/// "Who: they do this, that and the other."
fn told_of(en: &str, zh: &str, phrases: &[Bilingual]) -> Bilingual {
    let last = phrases.len().saturating_sub(1);
    let mut told = String::new();
    for (place, phrase) in phrases.iter().enumerate() {
        told += match place {
            0 => "",
            _ if place == last => " and ",
            _ => ", ",
        };
        told += &phrase.en;
    }
    let zh_told = phrases.iter().map(|phrase| phrase.zh.as_str()).collect::<Vec<_>>().join("，");
    Bilingual::new(format!("{en}: they {told}."), format!("{zh}：{zh_told}。"))
}
