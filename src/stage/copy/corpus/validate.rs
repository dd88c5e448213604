//! Checks the corpus: slots, language, shape and length for the channel, forbidden words, near-duplicates, coverage.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::parse::{Attribute, AttributeKind, Category, Corpus, Example, Slot, pieces};
use crate::stage::copy::channel::{Channel, CopyLang, Tone};

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `LANG/ID.txt:LINE`, or the category's id.
    pub place: String,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    UnknownSlot(String),
    NoName,
    /// A number that is no slot is a fact that no sheet states.
    Digit(char),
    ForbiddenWord(String),
    TooLong {
        chars: usize,
        most: usize,
    },
    Lines {
        lines: usize,
        wanted: usize,
    },
    BulletsShape,
    WrongLanguage,
    /// Shares a run of words or characters with another example.
    Repeats {
        other: String,
        run: String,
    },
    MissingTone {
        lang: CopyLang,
        channel: Channel,
        tone: Tone,
    },
    SlotSeldomUsed {
        lang: CopyLang,
        key: String,
        times: usize,
    },
    FewWords(&'static str),
}

/// Words no text may use: absolutes that advertising law forbids, claims only a sheet could support, fake urgency,
/// customers' voices, worn-out phrases. Matched as whole words, without regard to case.
const FORBIDDEN_EN: &[&str] = &[
    "best",
    "perfect",
    "perfectly",
    "ultimate",
    "finest",
    "no 1",
    "number one",
    "guarantee",
    "guaranteed",
    "guarantees",
    "always",
    "never fails",
    "last chance",
    "hurry",
    "only today",
    "selling fast",
    "limited time",
    "while stock",
    "while stocks",
    "discount",
    "sale",
    "free shipping",
    "delivery",
    "award",
    "organic",
    "handmade",
    "hand-made",
    "natural",
    "waterproof",
    "durable",
    "long-lasting",
    "lightweight",
    "soft",
    "i love",
    "our customers",
    "elevate your",
    "say hello",
    "meet the",
    "not just",
    "dive into",
];
const FORBIDDEN_ZH: &[&str] = &[
    "最",
    "第一",
    "顶级",
    "极致",
    "完美",
    "国家级",
    "唯一",
    "首选",
    "万能",
    "百分百",
    "绝对",
    "永久",
    "仅限",
    "抢购",
    "手慢",
    "错过",
    "亲测",
    "回购",
    "包邮",
    "折扣",
    "优惠",
    "秒杀",
    "特价",
    "柔软",
    "轻便",
    "耐用",
    "纯天然",
    "有机",
    "手工",
    "防水",
    "为你带来",
    "开启",
    "尽享",
];
/// No two examples share so many words (English) or Chinese characters outside slots: of one category, of any two.
const RUN_EN: [usize; 2] = [6, 9];
const RUN_ZH: [usize; 2] = [12, 16];
/// Every attribute stands in at least so many examples of its category and language.
const LEAST_USES: usize = 5;

/// Everything wrong with a corpus; empty if it is sound.
pub fn validate(corpus: &Corpus) -> Vec<Finding> {
    let mut out = Vec::new();
    for example in &corpus.examples {
        let place = place(corpus, example);
        let category = &corpus.categories[example.category];
        let faults = example_faults(example, category);
        out.extend(faults.into_iter().map(|fault| Finding { place: place.clone(), fault }));
    }
    out.extend(repeats(corpus));
    for (index, category) in corpus.categories.iter().enumerate() {
        let faults = coverage(corpus, index).into_iter().chain(words(category));
        out.extend(faults.map(|fault| Finding { place: category.id.clone(), fault }));
    }
    out
}

fn place(corpus: &Corpus, example: &Example) -> String {
    format!("{}/{}.txt:{}", example.lang.key(), corpus.categories[example.category].id, example.line)
}

fn example_faults(example: &Example, category: &Category) -> Vec<Fault> {
    let mut out = Vec::new();
    for slot in example.slots() {
        if let Slot::Attribute(key) = slot
            && category.attribute(&key).is_none()
        {
            out.push(Fault::UnknownSlot(key));
        }
    }
    if !example.slots().contains(&Slot::Name) {
        out.push(Fault::NoName);
    }
    let literal: String = pieces(&example.text).into_iter().map(|piece| piece.unwrap_or("\u{0}")).collect();
    out.extend(literal.chars().find(|c| c.is_numeric()).map(Fault::Digit));
    out.extend(forbidden_word(&literal, example.lang).map(Fault::ForbiddenWord));
    let han = literal.chars().filter(|c| is_han(*c)).count();
    let latin = literal.chars().filter(char::is_ascii_alphabetic).count();
    let wrong = match example.lang {
        CopyLang::En => han > 0,
        CopyLang::Zh => latin > han,
    };
    if wrong {
        out.push(Fault::WrongLanguage);
    }
    out.extend(shape_faults(example, category));
    out
}

/// The first forbidden word in a text, if any.
pub fn forbidden_word(text: &str, lang: CopyLang) -> Option<String> {
    match lang {
        CopyLang::Zh => FORBIDDEN_ZH.iter().find(|word| text.contains(**word)).map(|word| (*word).to_owned()),
        CopyLang::En => {
            let line = format!(" {} ", words_of(text).join(" "));
            FORBIDDEN_EN.iter().find(|word| line.contains(&format!(" {word} "))).map(|word| (*word).to_owned())
        }
    }
}

/// Length and lines, with a long but not the longest value in each slot.
fn shape_faults(example: &Example, category: &Category) -> Vec<Fault> {
    let mut out = Vec::new();
    let filled: String = pieces(&example.text)
        .into_iter()
        .map(|piece| piece.map(str::to_owned).unwrap_or_else(|key| long_value(category, key, example.lang)))
        .collect();
    let (chars, most) = (filled.chars().count(), example.channel.max_chars(example.lang));
    if chars > most {
        out.push(Fault::TooLong { chars, most });
    }
    let lines: Vec<&str> = example.text.lines().collect();
    if let Some(wanted) = example.channel.lines().filter(|wanted| *wanted != lines.len()) {
        out.push(Fault::Lines { lines: lines.len(), wanted });
    }
    let listed = (3..=5).contains(&lines.len()) && lines.iter().all(|line| line.starts_with("- "));
    if example.channel == Channel::Bullets && !listed {
        out.push(Fault::BulletsShape);
    }
    out
}

fn long_value(category: &Category, key: &str, lang: CopyLang) -> String {
    let longest = |list: &[String]| list.iter().max_by_key(|text| text.chars().count()).cloned().unwrap_or_default();
    match (Slot::from_key(key), lang) {
        (Slot::Name, _) => {
            let words = category.words.of(lang);
            let gap = if lang == CopyLang::En { " " } else { "" };
            format!("{}{gap}{}", longest(&words.modifiers), longest(&words.nouns))
        }
        (Slot::Brand, CopyLang::En) => "Halvorsen".to_owned(),
        (Slot::Brand, CopyLang::Zh) => "云汀".to_owned(),
        (Slot::Price, _) => "¥319".to_owned(),
        (Slot::Attribute(_), _) => category.attribute(key).map(|a| middle_value(a, lang)).unwrap_or_default(),
    }
}

fn middle_value(attribute: &Attribute, lang: CopyLang) -> String {
    let gap = if lang == CopyLang::En { " " } else { "" };
    match &attribute.kind {
        AttributeKind::Choice(values) => {
            let mut values = values.of(lang).clone();
            values.sort_by_key(|value| value.chars().count());
            values.get(values.len() / 2).cloned().unwrap_or_default()
        }
        AttributeKind::Number { max, unit, .. } => format!("{max}{gap}{}", unit.of(lang)),
        AttributeKind::Dimensions { ranges, unit } => {
            let highs: Vec<String> = ranges.iter().map(|[_, high]| high.to_string()).collect();
            format!("{} {}", highs.join(" × "), unit.of(lang))
        }
    }
}

/// Lower-case words; anything else parts them.
fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '-');
    parts.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Runs of so many words (English) or characters (Chinese) of the text between slots.
fn runs(example: &Example, length: usize) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for literal in pieces(&example.text).into_iter().filter_map(Result::ok) {
        match example.lang {
            CopyLang::En => {
                out.extend(words_of(literal).windows(length).map(|run| run.join(" ")));
            }
            CopyLang::Zh => {
                let han: Vec<char> = literal.chars().filter(|c| is_han(*c)).collect();
                out.extend(han.windows(length).map(String::from_iter));
            }
        }
    }
    out
}

/// Examples that share a run with an earlier one of the same language.
fn repeats(corpus: &Corpus) -> Vec<Finding> {
    let mut seen: HashMap<(CopyLang, Option<usize>, String), usize> = HashMap::new();
    let mut out = Vec::new();
    for (index, example) in corpus.examples.iter().enumerate() {
        let lengths = if example.lang == CopyLang::En { RUN_EN } else { RUN_ZH };
        let within = runs(example, lengths[0]).into_iter().map(|run| (example.lang, Some(example.category), run));
        let anywhere = runs(example, lengths[1]).into_iter().map(|run| (example.lang, None, run));
        let keys: Vec<_> = within.chain(anywhere).collect();
        if let Some(key) = keys.iter().find(|key| seen.contains_key(*key)) {
            let other = place(corpus, &corpus.examples[seen[key]]);
            let run = key.2.clone();
            out.push(Finding { place: place(corpus, example), fault: Fault::Repeats { other, run } });
        }
        seen.extend(keys.into_iter().map(|key| (key, index)));
    }
    out
}

fn coverage(corpus: &Corpus, index: usize) -> Vec<Fault> {
    let mut out = Vec::new();
    for lang in CopyLang::ALL {
        let own: Vec<&Example> = corpus.examples.iter().filter(|e| e.category == index && e.lang == lang).collect();
        for channel in Channel::ALL {
            for tone in Tone::ALL {
                if !own.iter().any(|example| example.channel == channel && example.tone == tone) {
                    out.push(Fault::MissingTone { lang, channel, tone });
                }
            }
        }
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for key in own.iter().flat_map(|example| example.attribute_keys()) {
            *times.entry(key).or_default() += 1;
        }
        for attribute in &corpus.categories[index].attributes {
            let times = times.get(&attribute.key).copied().unwrap_or(0);
            if times < LEAST_USES {
                out.push(Fault::SlotSeldomUsed { lang, key: attribute.key.clone(), times });
            }
        }
    }
    out
}

fn words(category: &Category) -> Vec<Fault> {
    let mut out = Vec::new();
    for lang in CopyLang::ALL {
        let words = category.words.of(lang);
        for (list, least, what) in
            [(&words.nouns, 14, "nouns"), (&words.modifiers, 30, "modifiers"), (&words.category, 1, "category names")]
        {
            if list.len() < least {
                out.push(Fault::FewWords(what));
            }
        }
    }
    if !(8..=14).contains(&category.attributes.len()) {
        out.push(Fault::FewWords("attributes"));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse::parse_examples;
    use super::*;

    fn corpus() -> Corpus {
        Corpus::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus")).unwrap()
    }

    #[test]
    fn the_corpus_is_sound_and_as_large_as_promised() {
        let corpus = corpus();
        let findings = validate(&corpus);
        assert!(findings.is_empty(), "{} findings: {:#?}", findings.len(), &findings[..findings.len().min(40)]);
        assert!(corpus.categories.len() >= 24);
        assert!(corpus.held_out.len() >= 8);
        for lang in CopyLang::ALL {
            assert!(corpus.examples.iter().filter(|example| example.lang == lang).count() >= 2000);
        }
        let known: BTreeSet<&str> = corpus.categories.iter().map(|category| category.id.as_str()).collect();
        assert!(corpus.held_out.iter().all(|category| !known.contains(category.id.as_str())));
    }

    /// Each planted fault is found, and nothing else.
    #[test]
    fn planted_faults_are_found() {
        let corpus = corpus();
        let tea = corpus.categories.iter().position(|category| category.id == "tea-ware").unwrap();
        let faults = |lang, text: &str| {
            let example = parse_examples(text, Path::new("x.txt"), tea, lang).unwrap();
            example_faults(&example[0], &corpus.categories[tea])
        };
        let en = |text: &str| faults(CopyLang::En, text);
        let zh = |text: &str| faults(CopyLang::Zh, text);
        assert_eq!(en("@sms warm\nTea with {name}, in {colour}."), vec![]);
        assert_eq!(en("@sms warm\nTea with {name}, in {speed}."), vec![Fault::UnknownSlot("speed".to_owned())]);
        assert_eq!(en("@sms warm\nTea in {colour}."), vec![Fault::NoName]);
        assert_eq!(en("@sms warm\n{name} for 2 people."), vec![Fault::Digit('2')]);
        assert_eq!(en("@sms warm\nThe Best {name}."), vec![Fault::ForbiddenWord("best".to_owned())]);
        assert_eq!(en("@sms warm\nA softer {name}, bestowed."), vec![]);
        assert_eq!(zh("@sms warm\n最好的{name}。"), vec![Fault::ForbiddenWord("最".to_owned())]);
        assert_eq!(zh("@sms warm\nA cup of tea 与{name}"), vec![Fault::WrongLanguage]);
        assert_eq!(en("@push warm\n{name}"), vec![Fault::Lines { lines: 1, wanted: 2 }]);
        assert_eq!(en("@bullets warm\n- {name}\n- a\nb"), vec![Fault::BulletsShape]);
        let long = format!("@ad warm\n{{name}} {}", "tea ".repeat(15));
        assert!(matches!(en(&long)[..], [Fault::TooLong { most: 60, .. }]));
    }

    #[test]
    fn a_shared_run_is_found_across_categories() {
        let mut corpus = corpus();
        let copied = corpus.examples.iter().find(|e| !runs(e, RUN_EN[1]).is_empty()).unwrap().clone();
        corpus.examples.push(Example { category: 3, line: 9999, ..copied });
        let found = repeats(&corpus);
        assert!(found.iter().any(|finding| finding.place.ends_with(":9999")), "{found:?}");
    }
}
