//! Forbidden and doubtful words: lists as data, with three answers and the clause behind each.

use serde::{Deserialize, Serialize};

use super::pattern::{Pattern, Pieces};
use crate::stage::copy::channel::CopyLang;

/// What a rule says of the words it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Fine here, although it looks like something that isn't: says why.
    Allowed,
    /// Fine with proof at hand.
    Evidence,
    Violation,
}

/// Where an answer comes from; worded in `ui/text/copy.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    /// China's Advertising Law (2021), Art. 9 (2): names and images of state organs and officials.
    AdLaw9State,
    /// Art. 9 (3): "national level", "highest", "best" and the like.
    AdLaw9Superlative,
    /// Art. 11: data and quotations need a source.
    AdLaw11Source,
    /// Art. 12: patents with number and kind.
    AdLaw12Patent,
    /// Art. 13: no belittling of others.
    AdLaw13Belittling,
    /// Art. 17: no medical effects outside medicine.
    AdLaw17Medical,
    /// Art. 28: false or misleading, what cannot be proved.
    AdLaw28Misleading,
    /// Art. 38: endorsements need use and truth.
    AdLaw38Endorsement,
    /// Price Law Art. 14 (4) and the rules on price fraud (2022): false or pressing price claims.
    PriceLaw14,
    /// The 2023 guide on absolute terms: service attitude, ideas, wishes.
    GuideAttitude,
    /// …: what the business strives for.
    GuideAim,
    /// …: not about the goods' quality.
    GuideUnrelated,
    /// …: comparing a brand's own goods.
    GuideOwnRange,
    /// …: how, when and how long to use.
    GuideTips,
    /// …: grades by a standard.
    GuideGrade,
    /// …: part of a name, a model, a trade mark.
    GuideName,
    /// …: facts with time and place.
    GuideFacts,
    /// FTC policy on substantiation: objective claims need proof beforehand.
    FtcSubstantiation,
    /// FTC Act § 5: deceptive claims.
    FtcDeception,
    /// FTC Health Products Compliance Guidance (2022).
    FtcHealth,
    /// 16 CFR 255 and 465: endorsements, testimonials, reviews.
    FtcEndorsement,
    /// FTC "Bringing Dark Patterns to Light" (2022): fake urgency and scarcity.
    FtcUrgency,
    /// 16 CFR 233: former prices; 251: free.
    FtcPricing,
    /// 16 CFR 260: environmental claims.
    FtcGreen,
    /// Ordinary speech: no claim about the goods.
    PlainSpeech,
    /// The shop's own list.
    House,
}

impl Clause {
    fn from_key(key: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(key.to_owned())).ok()
    }
}

/// What can be done about it with one click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mend {
    /// Take the words out.
    Remove,
    /// Say this instead.
    Say(String),
}

#[derive(Debug, Clone)]
struct Rule {
    answer: Answer,
    /// Comes before what would forbid the same words.
    first: bool,
    clause: Clause,
    pattern: Pattern,
    mend: Option<Mend>,
}

/// Words found in a text: bytes `from..to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordFinding {
    pub from: usize,
    pub to: usize,
    pub answer: Answer,
    pub clause: Clause,
    pub mend: Option<Mend>,
}

/// A line of a list that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RuleError {
    pub line: usize,
    pub what: &'static str,
}

/// A list of one language, compiled.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    lang: Option<CopyLang>,
}

const ZH: &str = include_str!("../../../../assets/words/zh.txt");
const EN: &str = include_str!("../../../../assets/words/en.txt");

impl Rules {
    /// The list that comes with the program.
    pub fn house(lang: CopyLang) -> &'static Self {
        static BOTH: std::sync::OnceLock<[Rules; 2]> = std::sync::OnceLock::new();
        let both = BOTH.get_or_init(|| {
            [(EN, CopyLang::En), (ZH, CopyLang::Zh)]
                // A test holds that the lists of the program are sound.
                .map(|(text, lang)| Self::parse(text, lang).unwrap_or_default())
        });
        &both[lang as usize]
    }

    /// The program's list and then the shop's own lines.
    pub fn with(lang: CopyLang, own: &str) -> Result<Self, RuleError> {
        let mut rules = Self::house(lang).clone();
        rules.rules.extend(Self::parse(own, lang)?.rules);
        Ok(rules)
    }

    /// Lines `answer clause | pattern ; pattern ; … | mend`; `evidence_first` hides violations in the same words. The mend is `-` (take it out), other words, or missing; `#`
    /// begins a comment. Clause may be left out in a shop's own list.
    pub fn parse(text: &str, lang: CopyLang) -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let error = |what| RuleError { line: index + 1, what };
            let line = line.trim();
            if line.is_empty() || line.starts_with("# ") || line == "#" {
                continue;
            }
            let mut fields = line.split(" | ").map(str::trim);
            let mut head = fields.next().unwrap_or_default().split_whitespace();
            let word = head.next();
            let first = matches!(word, Some("evidence_first"));
            let answer = match word {
                Some("violation" | "违规") => Answer::Violation,
                Some("evidence" | "evidence_first" | "待证") => Answer::Evidence,
                Some("allowed" | "可用") => Answer::Allowed,
                _ => return Err(error("begin with violation, evidence or allowed")),
            };
            let clause = match head.next() {
                Some(key) => Clause::from_key(key).ok_or_else(|| error("no such clause"))?,
                None => Clause::House,
            };
            let patterns = fields.next().filter(|patterns| !patterns.is_empty());
            let patterns = patterns.ok_or_else(|| error("no words after the bar"))?;
            let mend = fields.next().map(|mend| match mend {
                "-" => Mend::Remove,
                words => Mend::Say(words.to_owned()),
            });
            for source in patterns.split(" ; ") {
                let pattern = Pattern::parse(source.trim(), lang).ok_or_else(|| error("brackets do not match"))?;
                rules.push(Rule { answer, first, clause, pattern, mend: mend.clone() });
            }
        }
        Ok(Self { rules, lang: Some(lang) })
    }

    /// What the list says of a text, in order of place. Words that are allowed here hide what else would be said of
    /// them; a violation hides doubts about the same words.
    pub fn find(&self, text: &str) -> Vec<WordFinding> {
        let Some(lang) = self.lang else { return Vec::new() };
        let pieces = Pieces::new(text, lang);
        let of = |answer: Answer, first: bool| -> Vec<WordFinding> {
            let rules = self.rules.iter().filter(|rule| rule.answer == answer && rule.first == first);
            let found = rules.flat_map(|rule| {
                let place = |range: std::ops::Range<usize>| WordFinding {
                    from: pieces.all[range.start].from,
                    to: pieces.all[range.end - 1].to,
                    answer,
                    clause: rule.clause,
                    mend: rule.mend.clone(),
                };
                rule.pattern.find(&pieces).into_iter().map(place)
            });
            found.collect()
        };
        let mut out = of(Answer::Allowed, false);
        for (answer, first) in [(Answer::Evidence, true), (Answer::Violation, false), (Answer::Evidence, false)] {
            for finding in of(answer, first) {
                let meets = |other: &&mut WordFinding| other.from < finding.to && finding.from < other.to;
                match out.iter_mut().find(meets) {
                    // Two doubts about one place are one, as long as both together.
                    Some(known) if known.answer == answer => {
                        known.from = known.from.min(finding.from);
                        known.to = known.to.max(finding.to);
                    }
                    Some(_) => {}
                    None => out.push(finding),
                }
            }
        }
        out.sort_by_key(|finding| finding.from);
        out
    }

    /// The gravest answer in a text.
    pub fn verdict(&self, text: &str) -> Answer {
        self.find(text).iter().map(|finding| finding.answer).max().unwrap_or(Answer::Allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_of_the_program_are_sound() {
        for (text, lang) in [(EN, CopyLang::En), (ZH, CopyLang::Zh)] {
            let rules = Rules::parse(text, lang);
            assert!(rules.as_ref().is_ok_and(|rules| rules.rules.len() > 100), "{lang:?}: {:?}", rules.err());
        }
    }

    #[test]
    fn the_two_sentences_of_the_law() {
        let rules = Rules::house(CopyLang::Zh);
        assert_eq!(rules.verdict("最佳食用期见瓶身。"), Answer::Allowed);
        let found = rules.find("全网最佳保温杯");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].answer, found[0].clause), (Answer::Violation, Clause::AdLaw9Superlative));
        let tips = rules.find("最佳食用期见瓶身。");
        assert_eq!((tips[0].answer, tips[0].clause), (Answer::Allowed, Clause::GuideTips));
    }

    #[test]
    fn a_shop_adds_its_own_words() {
        let rules = Rules::with(CopyLang::En, "# ours\nviolation | cheap | affordable\nallowed | cheap talk").unwrap();
        let found = rules.find("A cheap mug. Cheap talk.");
        let said: Vec<_> = found.iter().map(|f| (f.answer, f.clause, f.mend.clone())).collect();
        let mend = Some(Mend::Say("affordable".to_owned()));
        assert_eq!(said, [(Answer::Violation, Clause::House, mend), (Answer::Allowed, Clause::House, None)]);
        let wrong = |text| Rules::with(CopyLang::En, text).unwrap_err();
        assert_eq!(wrong("violation | a\nnever | b").line, 2);
        assert_eq!(wrong("violation nix | b").what, "no such clause");
        assert_eq!(wrong("violation | (b").what, "brackets do not match");
        assert_eq!(wrong("violation").what, "no words after the bar");
    }
}
