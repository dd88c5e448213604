//! The checks of a draft, each finding with its place, its reason and a mend.

mod learned;
pub mod length;
pub mod pattern;
pub mod rules;
pub mod style;
pub mod trace;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::brief::{CopyBrief, HouseStyle};
use super::channel::Channel;
use super::facts::FactSheet;
pub use learned::warm_up;
pub use length::Measure;
pub use rules::{Answer, Clause, Mend, RuleError, Rules};
pub use trace::{Fact, FactKind, Tracer};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Said for information: a word that is allowed here.
    Note,
    Doubt,
    /// Must be mended before the text is approved.
    Fault,
}

/// Which texts a draft is too close to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Near {
    OtherDraft,
    OldCopy,
    Corpus,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    Word {
        answer: Answer,
        clause: Clause,
    },
    /// A fact that the sheet does not support.
    Fact(FactKind),
    TooLong {
        counted: usize,
        most: usize,
    },
    Lines {
        found: usize,
        wanted: usize,
    },
    /// Bullets are three to five lines that begin with `- `.
    Bullets,
    Empty,
    Repeats,
    OtherLanguage,
    HardToRead {
        size: usize,
    },
    /// Percent of its runs of words.
    TooClose {
        near: Near,
        percent: u8,
    },
    MustSay(String),
    NeverSay,
    SearchWord(String),
    /// The sheet itself says different things under this label.
    SheetUnsure(String),
}

/// A finding: bytes `from..to` of the text, or the whole of it where both are 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub from: usize,
    pub to: usize,
    pub grade: Grade,
    pub problem: Problem,
    pub mend: Option<Mend>,
}

/// All that is known of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub findings: Vec<Finding>,
    pub facts: Vec<Fact>,
    pub measure: Measure,
}

impl Report {
    pub fn faults(&self) -> usize {
        self.findings.iter().filter(|finding| finding.grade == Grade::Fault).count()
    }

    pub fn doubts(&self) -> usize {
        self.findings.iter().filter(|finding| finding.grade == Grade::Doubt).count()
    }

    /// Nothing to mend and nothing to prove.
    pub fn is_clean(&self) -> bool {
        self.faults() + self.doubts() == 0
    }
}

/// Another text that a draft should differ from.
pub struct Other {
    pub near: Near,
    pub shingles: HashSet<u64>,
}

/// Characters of a text that are read.
const MOST_READ: usize = 4_000;
/// From this share on two texts count as too close.
const TOO_CLOSE: f64 = 0.4;

/// Everything that drafts about one product under one brief are held against.
pub struct Checker {
    brief: CopyBrief,
    tracer: Tracer,
    rules: Rules,
    name: String,
    /// Labels under which the sheet contradicts itself, in small letters.
    unsure: Vec<String>,
}

impl Checker {
    /// A list of the shop's own that cannot be read is an error of its field.
    pub fn new(brief: &CopyBrief, style: &HouseStyle, sheet: &FactSheet) -> Result<Self, RuleError> {
        let rules = Rules::with(brief.lang, style.words(brief.lang))?;
        Ok(Self {
            brief: brief.clone(),
            tracer: Tracer::new(sheet),
            rules,
            name: sheet.name.clone(),
            unsure: unsure(sheet),
        })
    }

    pub fn report(&self, text: &str, others: &[Other]) -> Report {
        let (channel, lang) = (self.brief.channel, self.brief.lang);
        let measure = Measure::of(text);
        // No channel takes as much; what is beyond is too long anyway.
        let text = text.char_indices().nth(MOST_READ).map_or(text, |(end, _)| &text[..end]);
        let facts = self.tracer.facts(text);
        let mut findings: Vec<Finding> = Vec::new();
        let mut add = |from: usize, to: usize, grade: Grade, problem: Problem, mend: Option<Mend>| {
            findings.push(Finding { from, to, grade, problem, mend });
        };
        if text.trim().is_empty() {
            add(0, 0, Grade::Fault, Problem::Empty, None);
            return Report { findings, facts, measure };
        }
        let name = self.name.to_lowercase();
        for word in self.rules.find(text) {
            let grade = match word.answer {
                Answer::Violation => Grade::Fault,
                Answer::Evidence => Grade::Doubt,
                Answer::Allowed => Grade::Note,
            };
            let inside = text[word.from..word.to].to_lowercase();
            // A word of the product's own name tells it from others; the sheet's own facts are proof.
            let proven = |fact: &Fact| fact.from < word.to && word.from < fact.to && fact.source.is_some();
            let (grade, clause) = match grade {
                Grade::Fault | Grade::Doubt if !name.is_empty() && name.contains(&inside) => {
                    (Grade::Note, Clause::GuideName)
                }
                Grade::Doubt if facts.iter().any(proven) => (Grade::Note, word.clause),
                grade => (grade, word.clause),
            };
            let answer = if grade == Grade::Note { Answer::Allowed } else { word.answer };
            add(word.from, word.to, grade, Problem::Word { answer, clause }, word.mend);
        }
        // What the law forbids is said once: "only 3 left" is no fact that could be traced.
        let forbidden: Vec<(usize, usize)> = (self.rules.find(text).into_iter())
            .filter(|word| word.answer == Answer::Violation)
            .map(|word| (word.from, word.to))
            .collect();
        let free = |fact: &&Fact| !forbidden.iter().any(|(from, to)| *from <= fact.from && fact.to <= *to);
        for fact in &facts {
            let label = fact.source.as_deref().and_then(|line| line.split_once(": ")).map(|(label, _)| label);
            if let Some(label) = label.filter(|label| self.unsure.contains(&label.to_lowercase())) {
                add(fact.from, fact.to, Grade::Doubt, Problem::SheetUnsure(label.to_owned()), None);
            }
        }
        for fact in facts.iter().filter(|fact| fact.source.is_none()).filter(free) {
            add(fact.from, fact.to, Grade::Fault, Problem::Fact(fact.kind), Some(Mend::Remove));
        }
        let (counted, most) = measure.of_channel(channel, lang);
        if counted > most {
            add(0, 0, Grade::Fault, Problem::TooLong { counted, most }, None);
        }
        if let Some(wanted) = channel.lines().filter(|wanted| *wanted != measure.lines) {
            add(0, 0, Grade::Fault, Problem::Lines { found: measure.lines, wanted }, None);
        }
        let listed = (3..=5).contains(&measure.lines) && text.lines().all(|line| line.starts_with("- "));
        if channel == Channel::Bullets && !listed {
            add(0, 0, Grade::Fault, Problem::Bullets, None);
        }
        for (from, to) in style::repetitions(text, lang) {
            add(from, to, Grade::Doubt, Problem::Repeats, None);
        }
        if style::is_other_language(text, lang) {
            add(0, 0, Grade::Fault, Problem::OtherLanguage, None);
        } else if let Some((from, to, size)) = style::hard_sentence(text, lang) {
            add(from, to, Grade::Doubt, Problem::HardToRead { size }, None);
        }
        let lower = text.to_lowercase();
        for word in self.brief.must.iter().filter(|word| !has(&lower, word)) {
            add(0, 0, Grade::Fault, Problem::MustSay(word.clone()), Some(Mend::Say(format!("{text} {word}"))));
        }
        for word in self.brief.must_not.iter().filter(|word| !word.trim().is_empty()) {
            for (from, found) in lower.match_indices(&word.trim().to_lowercase()) {
                let to = from + found.len();
                let said = forbidden.iter().any(|(a, b)| *a <= from && to <= *b);
                if lower.len() == text.len() && !said {
                    add(from, from + found.len(), Grade::Fault, Problem::NeverSay, Some(Mend::Remove));
                }
            }
        }
        for word in self.brief.search_words.iter().filter(|word| !has(&lower, word)) {
            add(0, 0, Grade::Doubt, Problem::SearchWord(word.clone()), None);
        }
        let own = style::shingles(text, lang);
        for near in [Near::OtherDraft, Near::OldCopy] {
            let same = others.iter().filter(|other| other.near == near);
            let closest = same.map(|other| style::closeness(&own, &other.shingles)).fold(0.0, f64::max);
            if closest >= TOO_CLOSE {
                let percent = (closest * 100.0).round() as u8;
                add(0, 0, Grade::Doubt, Problem::TooClose { near, percent }, None);
            }
        }
        if let Some((from, to, percent)) = learned::learned(text, lang) {
            let near = Near::Corpus;
            findings.push(Finding {
                from,
                to,
                grade: Grade::Doubt,
                problem: Problem::TooClose { near, percent },
                mend: None,
            });
        }
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.grade), finding.from));
        Report { findings, facts, measure }
    }
}

/// Labels of a sheet's lines that stand there with different values.
fn unsure(sheet: &FactSheet) -> Vec<String> {
    let lines = sheet.facts.iter().filter_map(|line| line.split_once(": "));
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut out = Vec::new();
    for (label, value) in lines {
        let label = label.to_lowercase();
        if seen.get(&label).is_some_and(|known| *known != value) && !out.contains(&label) {
            out.push(label.clone());
        }
        seen.entry(label).or_insert(value);
    }
    out
}

fn has(lower: &str, word: &str) -> bool {
    lower.contains(&word.trim().to_lowercase())
}

/// A text with one finding mended; nothing when it has no mend. Punctuation and blanks left over are taken along.
pub fn mended(text: &str, finding: &Finding) -> Option<String> {
    let (from, to) = (finding.from, finding.to);
    let whole = from == 0 && to == 0;
    match finding.mend.as_ref()? {
        Mend::Say(words) if whole => Some(words.clone()),
        Mend::Say(words) => Some(format!("{}{words}{}", text.get(..from)?, text.get(to..)?)),
        Mend::Remove => {
            let (before, after) = (text.get(..from)?, text.get(to..)?);
            let cut = |c: char| matches!(c, ' ' | ',' | '，' | '、');
            let opens = before.is_empty() || before.ends_with(['\n', ' ', '。', '.', '！', '，', ',']);
            let after = if opens { after.trim_start_matches(cut) } else { after };
            let ends =
                after.trim_start().starts_with(['.', '。', '!', '！', ',', '，', '\n']) || after.trim().is_empty();
            let before = if ends { before.trim_end_matches(cut) } else { before };
            Some(format!("{before}{after}").trim().to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
