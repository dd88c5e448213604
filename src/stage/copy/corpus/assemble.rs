//! Copy from parts: an opening, sentences that state facts of the sheet, a closing, in the forms of each channel. There
//! are so many ways to join them that a model learns the joining, not texts by heart.

use std::collections::BTreeSet;

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::parse::{Example, Slot, slots_of};
use super::parts::{Kind, Parts};
use super::sheets::MadeSheet;
use crate::stage::copy::channel::{Channel, CopyLang, Tone};

/// Draws parts for one text; no attribute is stated twice.
struct Draw<'a> {
    parts: &'a Parts,
    made: &'a MadeSheet,
    tone: Tone,
    keys: Vec<&'a str>,
    used: BTreeSet<Slot>,
    rng: &'a mut ChaCha8Rng,
}

/// A text with slots for a sheet; nothing if its facts, or the parts, don't suffice.
pub fn assemble(
    parts: &Parts,
    made: &MadeSheet,
    channel: Channel,
    tone: Tone,
    rng: &mut ChaCha8Rng,
) -> Option<Example> {
    if parts.is_empty() {
        return None;
    }
    let mut keys: Vec<&str> = made.labels.keys().map(String::as_str).collect();
    keys.shuffle(rng);
    let mut draw = Draw { parts, made, tone, keys, used: BTreeSet::new(), rng };
    let text = draw.text(channel)?;
    slots_of(&text).contains(&Slot::Name).then_some(Example {
        category: 0,
        lang: made.lang,
        channel,
        tone,
        text,
        line: 0,
    })
}

impl Draw<'_> {
    fn text(&mut self, channel: Channel) -> Option<String> {
        use Kind::{Both, Close, Fact, Name, Open};
        match channel {
            Channel::Title => self.title(),
            Channel::Ad => {
                if self.rng.random_bool(0.6) {
                    self.mood(Kind::Ad)
                } else {
                    self.about(Kind::Title)
                }
            }
            Channel::Short => {
                let forms: [&[Kind]; 8] = [
                    &[Open, Both],
                    &[Both, Fact],
                    &[Name, Fact],
                    &[Both, Close],
                    &[Open, Both, Fact],
                    &[Both, Fact, Close],
                    &[Name, Fact, Fact],
                    &[Open, Name, Fact],
                ];
                self.one_of(&forms)
            }
            Channel::Sms => self.one_of(&[&[Both, Close], &[Open, Both], &[Name, Fact], &[Both, Fact]]),
            Channel::Social => {
                let forms: [&[Kind]; 6] = [
                    &[Open, Both, Fact, Close],
                    &[Open, Name, Fact, Close],
                    &[Open, Both, Close],
                    &[Both, Fact, Close],
                    &[Name, Fact, Fact, Close],
                    &[Open, Both, Fact],
                ];
                self.one_of(&forms)
            }
            Channel::Push => {
                let body: [&[Kind]; 3] = [&[Both], &[Name, Fact], &[Both, Fact]];
                self.under_subject(&body)
            }
            Channel::Email => {
                let body: [&[Kind]; 5] =
                    [&[Both, Fact], &[Name, Fact], &[Both, Close], &[Open, Both], &[Name, Fact, Fact]];
                self.under_subject(&body)
            }
            Channel::Long => {
                let first =
                    self.one_of(&[&[Open, Both, Fact], &[Open, Name, Fact, Fact], &[Both, Fact, Fact], &[Open, Both]])?;
                let second = self.one_of(&[&[Fact, Fact, Close], &[Fact, Close], &[Fact, Fact, Fact, Close]])?;
                Some(format!("{first}\n\n{second}"))
            }
            Channel::Bullets => self.bullets(),
            Channel::Note => self.note(),
        }
    }

    fn title(&mut self) -> Option<String> {
        let mut title = self.about(Kind::Title)?;
        if title.starts_with("{name}") && self.has(&Slot::Brand) && self.rng.random_bool(0.4) {
            title =
                if self.rng.random_bool(0.8) { format!("{{brand}} {title}") } else { format!("{{brand}} · {title}") };
        }
        if self.rng.random_bool(0.4) {
            let more = self.keys.iter().find(|key| !self.used.contains(&Slot::Attribute((**key).to_owned())));
            if let Some(key) = more {
                let glue = match (self.made.lang, title.contains(" | "), title.contains('｜')) {
                    (_, true, _) => " | ",
                    (_, _, true) => "｜",
                    (CopyLang::En, ..) => ", ",
                    (CopyLang::Zh, ..) => " ",
                };
                title = format!("{title}{glue}{{{key}}}");
            }
        }
        Some(title)
    }

    fn bullets(&mut self) -> Option<String> {
        let first = if self.rng.random_bool(0.5) { self.about(Kind::Title) } else { self.mood(Kind::Ad) }?;
        let mut lines = vec![format!("- {first}")];
        for _ in 0..self.rng.random_range(2..=4) {
            let Some(line) = self.about(Kind::Bullet) else { break };
            lines.push(format!("- {line}"));
        }
        (lines.len() > 2).then(|| lines.join("\n"))
    }

    fn note(&mut self) -> Option<String> {
        let mut lines = vec![self.mood(Kind::Hook)?];
        let middle: [&[Kind]; 4] = [
            &[Kind::Both, Kind::Fact],
            &[Kind::Name, Kind::Fact, Kind::Fact],
            &[Kind::Open, Kind::Both, Kind::Fact],
            &[Kind::Both, Kind::Fact, Kind::Close],
        ];
        for kind in *middle.choose(self.rng)? {
            lines.push(self.part(*kind)?);
        }
        lines.push(self.mood(Kind::Tags)?);
        Some(lines.join("\n"))
    }

    fn under_subject(&mut self, forms: &[&[Kind]]) -> Option<String> {
        let subject = self.mood(Kind::Subject)?;
        Some(format!("{subject}\n{}", self.one_of(forms)?))
    }

    /// Sentences of one of the forms, joined.
    fn one_of(&mut self, forms: &[&[Kind]]) -> Option<String> {
        let mut out = String::new();
        for kind in *forms.choose(self.rng)? {
            let part = self.part(*kind)?;
            if self.made.lang == CopyLang::En && !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&part);
        }
        Some(out)
    }

    fn part(&mut self, kind: Kind) -> Option<String> {
        match kind {
            Kind::Both | Kind::Fact | Kind::Bullet | Kind::Title => self.about(kind),
            _ => self.mood(kind),
        }
    }

    fn has(&self, slot: &Slot) -> bool {
        self.made.values.contains_key(slot)
    }

    /// A part about the next attribute whose slots the sheet can fill and no part before has stated.
    fn about(&mut self, kind: Kind) -> Option<String> {
        let keys = self.keys.clone();
        for key in keys {
            let fitting: Vec<&String> =
                self.parts.about(kind, key).iter().filter(|part| self.may_state(part)).collect();
            if let Some(part) = fitting.choose(self.rng) {
                let part = (*part).clone();
                self.note_used(&part);
                return Some(part);
            }
        }
        None
    }

    fn mood(&mut self, kind: Kind) -> Option<String> {
        let fitting: Vec<&String> =
            self.parts.in_tone(kind, self.tone).iter().filter(|part| self.may_state(part)).collect();
        let part = (*fitting.choose(self.rng)?).clone();
        self.note_used(&part);
        Some(part)
    }

    fn may_state(&self, part: &str) -> bool {
        slots_of(part).iter().all(|slot| self.has(slot) && (*slot == Slot::Name || !self.used.contains(slot)))
    }

    fn note_used(&mut self, part: &str) {
        self.used.extend(slots_of(part));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rand_chacha::rand_core::SeedableRng;

    use super::super::parse::Corpus;
    use super::super::sheets::{self, SheetPlan};
    use super::super::task::answer;
    use super::*;
    use crate::stage::copy::pointers::Pointers;

    #[test]
    fn every_channel_gets_texts_that_fit_it_and_state_no_attribute_twice() {
        let corpus = Corpus::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus")).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let mut texts = BTreeSet::new();
        let mut tries = 0;
        for category in corpus.categories.iter().chain(&corpus.held_out) {
            for lang in CopyLang::ALL {
                let mut plan = SheetPlan::of(category, lang);
                plan.needed = category.attributes.iter().take(6).collect();
                let made = sheets::make(&plan, &mut rng);
                for channel in Channel::ALL {
                    tries += 1;
                    let parts = &corpus.parts[lang as usize];
                    let tone = Tone::ALL[tries % 6];
                    let found = (0..12).find_map(|_| {
                        let example = assemble(parts, &made, channel, tone, &mut rng)?;
                        answer(&example, &made, &mut rng).map(|answered| (example, answered))
                    });
                    let Some((example, (_, pieces))) = found else { continue };
                    let text = Pointers::of(&made.sheet).fill(&pieces);
                    assert!(text.contains(made.sheet.name.as_str()) && !text.contains(['{', '}']), "{text}");
                    assert!(channel.lines().is_none_or(|lines| text.lines().count() == lines), "{channel:?}: {text}");
                    let slots: Vec<&str> =
                        super::super::parse::pieces(&example.text).into_iter().filter_map(Result::err).collect();
                    let facts: Vec<&&str> = slots.iter().filter(|slot| **slot != "name").collect();
                    assert_eq!(facts.len(), facts.iter().collect::<BTreeSet<_>>().len(), "{}", example.text);
                    texts.insert(text);
                }
            }
        }
        assert!(texts.len() * 10 > tries * 8, "{} of {tries}", texts.len());
    }
}
