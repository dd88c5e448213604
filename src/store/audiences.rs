//! Segments put together by hand, or kept from a prediction, as the copy desk's audiences.

use crate::project::Project;
use crate::stage::copy::brief::Audience;
use crate::stage::copy::channel::CopyLang;
use crate::stage::segment::rule::{Compare, Rule};
use crate::stage::segment::saved::{Origin, SavedSegment};

/// Names, sizes and, where a prediction made them, what it says of them as a group.
pub fn saved(project: &Project, lang: CopyLang) -> Vec<Audience> {
    let audience = |(_, saved): (String, SavedSegment)| {
        let rule = match &saved.origin {
            Origin::Rule { rule } => Some(rule),
            Origin::Customers { .. } => saved.rule.as_ref(),
        };
        let habits = rule.map(|rule| predicted(rule, lang)).unwrap_or_default();
        Audience { name: saved.name, customers: saved.count, habits, ..Audience::default() }
    };
    project.items_of::<SavedSegment>().into_iter().map(audience).collect()
}

/// What a rule says of predictions that every one of its customers meets.
fn predicted(rule: &Rule, lang: CopyLang) -> Vec<String> {
    match rule {
        Rule::All { of } => of.iter().flat_map(|part| predicted(part, lang)).collect(),
        Rule::Feature { feature, compare, .. } => {
            let more = match compare {
                Compare::AtLeast | Compare::Above => true,
                Compare::AtMost | Compare::Below => false,
                Compare::Equal | Compare::NotEqual => return Vec::new(),
            };
            likelihood(feature, more, lang).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A score of the predict stage in words for a brief: no number of any single customer.
fn likelihood(score: &str, more: bool, lang: CopyLang) -> Option<String> {
    let days = |before: &str| score.strip_prefix(before)?.strip_suffix("_days")?.parse::<u32>().ok();
    let (en, zh) = if let Some(n) = days("chance_buys_within_") {
        (format!("likely than most to buy within {n} days"), format!("可能在 {n} 天内购买"))
    } else if let Some(n) = days("chance_quiet_for_") {
        (format!("likely than most to stay away for the next {n} days"), format!("可能在 {n} 天内不再到访"))
    } else if let Some(n) = days("expected_spends_within_") {
        let (en, zh) = if more { ("more", "多") } else { ("less", "少") };
        return Some(match lang {
            CopyLang::En => format!("expected to spend {en} than most within {n} days"),
            CopyLang::Zh => format!("{n} 天内的消费预计比多数人{zh}"),
        });
    } else {
        return None;
    };
    Some(match (lang, more) {
        (CopyLang::En, true) => format!("more {en}"),
        (CopyLang::En, false) => format!("less {en}"),
        (CopyLang::Zh, true) => format!("比多数人更{zh}"),
        (CopyLang::Zh, false) => format!("比多数人更不{zh}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(feature: &str, compare: Compare) -> Rule {
        Rule::Feature { feature: feature.into(), compare, value: 0.4 }
    }

    #[test]
    fn predictions_become_words_and_other_conditions_none() {
        let buys = score("chance_buys_within_30_days", Compare::AtLeast);
        assert_eq!(predicted(&buys, CopyLang::En), ["more likely than most to buy within 30 days"]);
        assert_eq!(predicted(&buys, CopyLang::Zh), ["比多数人更可能在 30 天内购买"]);
        let spends = score("expected_spends_within_7_days", Compare::Below);
        let both = Rule::All { of: vec![buys.clone(), score("recency", Compare::AtMost), spends] };
        assert_eq!(predicted(&both, CopyLang::En).len(), 2);
        assert_eq!(predicted(&both, CopyLang::En)[1], "expected to spend less than most within 7 days");
        // Of "any of" and "none of" nothing holds for everybody.
        assert!(predicted(&Rule::Any { of: vec![buys.clone()] }, CopyLang::En).is_empty());
        assert!(predicted(&Rule::Not { of: Box::new(buys) }, CopyLang::En).is_empty());
        assert!(predicted(&score("chance_colour", Compare::Above), CopyLang::En).is_empty());
    }
}
