//! Judges one draft by its sheet: rules that need no taste.

use super::draft::End;
use super::evaluate::Case;
use super::watch::{Astray, astray};
use crate::stage::copy::channel::{Channel, CopyLang};
use crate::stage::copy::corpus::validate::forbidden_word;
use crate::stage::copy::corpus::{AttributeKind, Corpus};
use crate::stage::copy::facts::{Allowed, Folded};
use crate::stage::copy::prompt::Sheet;
use std::collections::{HashMap, HashSet};

/// What the rules say of one draft.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    pub name_right: bool,
    pub fact_present: bool,
    pub unsupported: Vec<String>,
    pub length_met: bool,
    pub language_right: bool,
    pub looped: bool,
    pub overlaps: bool,
    pub forbidden: bool,
    pub other_value: bool,
    /// Different pairs of neighbouring units and all of them, for [`distinct_2`].
    pairs: Vec<(String, String)>,
}

/// Stands for a fact of the sheet in a draft, for a slot in an example.
const FACT: char = '\u{fffc}';
/// Longest run of units that a draft may share with the corpus.
const RUN: [usize; 2] = [12, 24];

/// Knows what the corpus says.
pub struct Judge {
    /// Runs of one unit more than may be shared, by language.
    runs: [HashSet<Vec<u32>>; 2],
    /// Numbers of the corpus's units; a run is short in them.
    units: HashMap<String, u32>,
}

impl Judge {
    pub fn new(corpus: &Corpus) -> Self {
        let mut judge = Self { runs: Default::default(), units: HashMap::new() };
        for example in &corpus.examples {
            let pieces = crate::stage::copy::corpus::parse::pieces(&example.text);
            let text: String = pieces.into_iter().map(|piece| piece.unwrap_or("\u{fffc}")).collect();
            let count = judge.units.len() as u32;
            let mut next = count;
            let mut numbers = Vec::new();
            for unit in units(&text, example.lang) {
                let number = *judge.units.entry(unit).or_insert(next);
                next = next.max(number + 1);
                numbers.push(number);
            }
            let length = RUN[example.lang as usize] + 1;
            judge.runs[example.lang as usize].extend(numbers.windows(length).map(<[u32]>::to_vec));
        }
        judge
    }

    pub fn draft(&self, case: &Case<'_>, text: &str, end: &End) -> Judged {
        let request = &case.request;
        let (sheet, lang) = (&request.sheet, request.brief.lang);
        let without_name = text.replace(sheet.name.as_str(), " ");
        let bare = without_facts(text, sheet);
        let allowed = Allowed::new(&request.facts);
        let folded = Folded::new(text);
        let claims = allowed.unsupported(text);
        Judged {
            name_right: text.contains(sheet.name.as_str()),
            fact_present: facts(sheet).any(|fact| stands_in(&without_name, fact)),
            unsupported: claims.iter().map(|claim| text[claim.bytes(&folded)].to_owned()).collect(),
            length_met: shape_met(text, request.brief.channel, lang) && matches!(end, End::Finished | End::StopWord(_)),
            language_right: language_right(&bare, lang),
            looped: *end == End::Loop || matches!(astray(text, None), Some(Astray::Loop { .. })),
            overlaps: self.overlaps(&bare, lang),
            forbidden: forbidden_word(&bare, lang).is_some(),
            other_value: other_value(&bare, case, lang),
            pairs: pairs(&units(text, lang)),
        }
    }

    fn overlaps(&self, bare: &str, lang: CopyLang) -> bool {
        let known = &self.runs[lang as usize];
        // Words that the corpus does not have break every run.
        let numbers: Vec<u32> =
            units(bare, lang).iter().map(|unit| self.units.get(unit).copied().unwrap_or(u32::MAX)).collect();
        numbers.windows(RUN[lang as usize] + 1).any(|run| known.contains(run))
    }
}

/// Different pairs over all pairs across one sheet's drafts; nothing when there are no pairs.
pub fn distinct_2(drafts: &[Judged]) -> Option<f64> {
    let all: Vec<&(String, String)> = drafts.iter().flat_map(|draft| &draft.pairs).collect();
    let different: HashSet<&(String, String)> = all.iter().copied().collect();
    (!all.is_empty()).then(|| different.len() as f64 / all.len() as f64)
}

fn pairs(units: &[String]) -> Vec<(String, String)> {
    units.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

/// Lower-case words (English) or characters (Chinese), without punctuation.
fn units(text: &str, lang: CopyLang) -> Vec<String> {
    let lower = text.to_lowercase();
    match lang {
        CopyLang::En => {
            let parts = lower.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != FACT);
            parts.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        }
        CopyLang::Zh => lower.chars().filter(|c| c.is_alphanumeric() || *c == FACT).map(|c| c.to_string()).collect(),
    }
}

/// Brand, price, values.
fn facts(sheet: &Sheet) -> impl Iterator<Item = &str> {
    let values = sheet.attributes.iter().map(|(_, value)| value);
    sheet.brand.iter().chain(&sheet.price).chain(values).map(String::as_str).filter(|fact| !fact.trim().is_empty())
}

/// Whether a fact stands in a text, whatever the case and the spaces.
fn stands_in(text: &str, fact: &str) -> bool {
    let tight =
        |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect() };
    tight(text).contains(&tight(fact))
}

/// The text with every fact of the sheet replaced by one mark, the longest first.
fn without_facts(text: &str, sheet: &Sheet) -> String {
    let mut known: Vec<&str> = facts(sheet).chain([sheet.name.as_str()]).filter(|fact| !fact.is_empty()).collect();
    known.extend(sheet.category.as_deref());
    known.sort_by_key(|fact| std::cmp::Reverse(fact.len()));
    let mut text = text.to_owned();
    let mark = format!(" {FACT} ");
    for fact in known {
        text = text.replace(fact, &mark);
        let lower = fact.to_lowercase();
        if lower != fact {
            text = text.replace(&lower, &mark);
        }
    }
    text
}

fn shape_met(text: &str, channel: Channel, lang: CopyLang) -> bool {
    let lines: Vec<&str> = text.trim().lines().collect();
    let fits = !lines.is_empty() && text.chars().count() <= channel.max_chars(lang);
    let counted = channel.lines().is_none_or(|wanted| lines.len() == wanted);
    let listed = (3..=5).contains(&lines.len()) && lines.iter().all(|line| line.starts_with("- "));
    fits && counted && (channel != Channel::Bullets || listed)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// Of a text without its facts: no Chinese in English; Chinese with at most half as many Latin letters.
fn language_right(bare: &str, lang: CopyLang) -> bool {
    let han = bare.chars().filter(|c| is_han(*c)).count();
    let latin = bare.chars().filter(char::is_ascii_alphabetic).count();
    match lang {
        CopyLang::En => han == 0,
        CopyLang::Zh => han > 0 && latin * 2 <= han,
    }
}

/// Names a listed value of the category's attributes that this sheet does not have.
fn other_value(bare: &str, case: &Case<'_>, lang: CopyLang) -> bool {
    let lower = format!(" {} ", bare.to_lowercase());
    case.category.attributes.iter().any(|attribute| match &attribute.kind {
        AttributeKind::Choice(values) => values.of(lang).iter().any(|value| match lang {
            CopyLang::En => lower.contains(&format!(" {} ", value.to_lowercase())),
            CopyLang::Zh => lower.contains(value.as_str()),
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::{EvaluateRecipe, cases};
    use super::*;
    use crate::stage::copy::corpus::parse::pieces;
    use crate::stage::copy::prompt::Brief;
    use std::path::Path;

    fn corpus() -> Corpus {
        Corpus::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus")).unwrap()
    }

    /// A case whose sheet is set by hand.
    fn case(corpus: &Corpus, lang: CopyLang, channel: Channel) -> Case<'_> {
        let mut case = cases(corpus, &EvaluateRecipe { sheets: 1, ..EvaluateRecipe::default() }).remove(0);
        let (name, material) = match lang {
            CopyLang::En => ("Vornel Cup", ("Material", "celadon")),
            CopyLang::Zh => ("云岫杯", ("材质", "青瓷")),
        };
        let sheet = Sheet {
            name: name.into(),
            price: Some("¥319".into()),
            attributes: vec![(material.0.into(), material.1.into()), ("Capacity".into(), "500 ml".into())],
            ..Sheet::default()
        };
        let brief = Brief { lang, channel, ..case.request.brief.clone() };
        case.request = super::super::desk::Request::new(sheet, brief);
        case
    }

    #[test]
    fn drafts_are_judged_by_their_sheet() {
        let corpus = corpus();
        let judge = Judge::new(&corpus);
        let case = case(&corpus, CopyLang::En, Channel::Short);
        let good = judge.draft(&case, "The Vornel Cup in celadon: a quiet start.", &End::Finished);
        assert!(good.name_right && good.fact_present && good.length_met && good.language_right, "{good:?}");
        assert!(good.unsupported.is_empty() && !good.looped && !good.overlaps && !good.forbidden, "{good:?}");
        let bad = judge.draft(&case, "The best Vornell cup, 700 ml of 茶 for ¥199.", &End::MaxTokens);
        assert!(!bad.name_right && !bad.fact_present && !bad.length_met && !bad.language_right, "{bad:?}");
        assert_eq!((bad.unsupported.as_slice(), bad.forbidden), (&["700 ml".to_string(), "¥199".into()][..], true));
        // The name alone is no further fact, even where a value is part of it.
        assert!(!judge.draft(&case, "The Vornel Cup.", &End::Finished).fact_present);
        assert!(judge.draft(&case, "The Vornel Cup holds 500ml.", &End::Finished).fact_present);
        let circle = "warm and soft and soft and soft and soft and soft and soft and soft";
        assert!(judge.draft(&case, circle, &End::Finished).looped);
    }

    #[test]
    fn shape_and_language_are_the_channels() {
        let list = "- one\n- two\n- three";
        assert!(shape_met(list, Channel::Bullets, CopyLang::En));
        assert!(!shape_met("- one\n- two", Channel::Bullets, CopyLang::En));
        assert!(
            !shape_met("one\ntwo", Channel::Title, CopyLang::En) && shape_met("one\ntwo", Channel::Push, CopyLang::En)
        );
        assert!(!shape_met("", Channel::Short, CopyLang::En));
        assert!(!shape_met(&"字".repeat(29), Channel::Ad, CopyLang::Zh));
        assert!(language_right("清晨，一杯好茶 OK", CopyLang::Zh) && !language_right("a cup of tea", CopyLang::Zh));
    }

    /// Every long example, filled from any sheet, is a copy of the corpus; with its words turned round it is not.
    #[test]
    fn what_is_copied_from_the_corpus_is_found_whatever_fills_the_slots() {
        let corpus = corpus();
        let judge = Judge::new(&corpus);
        for lang in CopyLang::ALL {
            let case = case(&corpus, lang, Channel::Long);
            let long = corpus.examples.iter().filter(|e| e.lang == lang && e.channel == Channel::Long).take(40);
            for example in long {
                let value = if lang == CopyLang::En { "celadon" } else { "青瓷" };
                let fill = |slot: &str| if slot == "name" { case.request.sheet.name.clone() } else { value.into() };
                let text: String =
                    pieces(&example.text).into_iter().map(|p| p.map_or_else(fill, str::to_owned)).collect();
                assert!(judge.draft(&case, &text, &End::Finished).overlaps, "{text}");
                let turned: Vec<String> = units(&text, lang).into_iter().rev().collect();
                assert!(!judge.draft(&case, &turned.join(" "), &End::Finished).overlaps, "{turned:?}");
            }
        }
    }

    #[test]
    fn distinct_pairs_are_counted_across_drafts() {
        let judged = |text: &str| Judged { pairs: pairs(&units(text, CopyLang::En)), ..Judged::default() };
        // Pairs: a b, b c | a b, b d: three different of four.
        assert_eq!(distinct_2(&[judged("a b c"), judged("A, b d")]), Some(0.75));
        assert_eq!(distinct_2(&[judged("a")]), None);
    }
}
