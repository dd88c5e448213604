//! How well a model writes: drafts for made-up sheets of categories, brands and names it never saw, judged by rules.
//!
//! What is judged can be checked against the sheet or counted; whether a text is good is for people to read, so
//! that a number of drafts, drawn with a fixed seed, comes along.

use super::desk::{self, Request};
use super::draft::End;
use super::error::LmError;
use super::judge::{Judge, Judged, distinct_2};
use super::load::Model;
use super::sampling::Sampling;
use crate::base::monitor::{Monitor, Step};
use crate::stage::copy::channel::{Channel, CopyLang, Tone};
use crate::stage::copy::corpus::sheets::{self, SheetPlan};
use crate::stage::copy::corpus::task::{Split, TaskMaker};
use crate::stage::copy::corpus::{Category, Corpus};
use crate::stage::copy::prompt::{Brief, Sheet, Special, prompt_pieces};
use rand::seq::{IndexedRandom, index};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvaluateRecipe {
    /// Made-up sheets of held-out categories; languages and channels take turns.
    pub sheets: usize,
    /// Drafts for each.
    pub drafts: usize,
    pub seed: u64,
    /// The fact lock.
    pub lock: bool,
    pub sampling: Sampling,
    /// Texts that perplexity is measured on.
    pub perplexity_texts: usize,
    /// Drafts shown, drawn from all.
    pub samples: usize,
}

impl Default for EvaluateRecipe {
    fn default() -> Self {
        let sampling = Sampling::default();
        Self { sheets: 300, drafts: 5, seed: 1, lock: true, sampling, perplexity_texts: 400, samples: 60 }
    }
}

impl EvaluateRecipe {
    pub fn check(&self) -> Result<(), LmError> {
        let within = |field, n: usize, most, allowed| {
            if (1..=most).contains(&n) { Ok(()) } else { Err(LmError::Setting { field, allowed }) }
        };
        within("sheets", self.sheets, 100_000, "1 to 100,000")?;
        within("drafts", self.drafts, 100, "1 to 100")?;
        self.sampling.check()
    }
}

/// Shares are of drafts, from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub drafts: usize,
    /// The product's name stands in it, letter for letter.
    pub name_right: f64,
    /// One more fact of the sheet at least: brand, price or the value of an attribute.
    pub fact_present: f64,
    /// Claims that the sheet does not support, in all drafts together.
    pub unsupported: usize,
    /// Length, number of lines and shape are the channel's, and the text has an end.
    pub length_met: f64,
    pub language_right: f64,
    /// Drafts that run in circles.
    pub loops: usize,
    /// Different pairs of neighbouring words (Chinese: characters) over all pairs, across one sheet's drafts; mean.
    pub distinct_2: f64,
    /// Shares a run of more than 12 words (24 Chinese characters) with the corpus, facts counting as one word.
    pub corpus_overlap: f64,
    /// Uses a word that the corpus forbids.
    pub forbidden: f64,
    /// Names a value that the category's attributes can have and this sheet has not; an upper bound, since some
    /// values are common words.
    pub other_values: f64,
}

/// One draft to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub sheet: Sheet,
    pub brief: Brief,
    pub text: String,
    pub end: End,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub model: String,
    pub recipe: EvaluateRecipe,
    pub all: Figures,
    pub english: Figures,
    pub chinese: Figures,
    /// Per token, on texts never trained on; only for models that read sheets, since others cut words otherwise.
    pub perplexity: Option<f64>,
    /// One draft alone: medians.
    pub tokens_per_s: f64,
    pub first_token_ms: f64,
    /// Claims that the fact lock kept out.
    pub prevented: usize,
    /// Unsupported claims as they stand in drafts, at most 50.
    pub unsupported_claims: Vec<String>,
    pub samples: Vec<Sample>,
}

/// The targets of the house model, by the name of the figure.
const TARGETS: [(&str, f64); 7] = [
    ("name_right", 0.99),
    ("fact_present", 0.90),
    ("length_met", 0.99),
    ("language_right", 1.0),
    ("distinct_2", 0.5),
    ("tokens_per_s", 150.0),
    ("no_corpus_overlap", 0.8),
];

impl Evaluation {
    /// The house model's targets that are not met: figure, what it is, what it should be at least.
    pub fn misses(&self) -> Vec<(&'static str, f64, f64)> {
        let value = |name: &str| match name {
            "name_right" => self.all.name_right,
            "fact_present" => self.all.fact_present,
            "length_met" => self.all.length_met,
            "language_right" => self.all.language_right,
            "distinct_2" => self.all.distinct_2,
            "tokens_per_s" => self.tokens_per_s,
            _ => 1.0 - self.all.corpus_overlap,
        };
        let mut out: Vec<_> = TARGETS.iter().map(|(name, least)| (*name, value(name), *least)).collect();
        out.retain(|(_, value, least)| value < least);
        // Nothing of these at all, written as what may remain: minus as many.
        for (name, count) in [("no_unsupported", self.all.unsupported), ("no_loops", self.all.loops)] {
            if count > 0 {
                out.push((name, -(count as f64), 0.0));
            }
        }
        if self.first_token_ms > 150.0 {
            out.push(("first_token_ms", -self.first_token_ms, -150.0));
        }
        out
    }
}

/// A sheet, what is asked for, and the category it was made of.
pub struct Case<'a> {
    pub request: Request,
    pub category: &'a Category,
}

/// The cases of a recipe: held-out categories, made-up names and brands; languages, channels and tones take turns.
pub fn cases<'a>(corpus: &'a Corpus, recipe: &EvaluateRecipe) -> Vec<Case<'a>> {
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed ^ 0x5eed_0e7a_1a7e_0001);
    let mut out = Vec::new();
    for i in 0..recipe.sheets {
        let Some(category) = corpus.held_out.choose(&mut rng) else { break };
        let lang = CopyLang::ALL[i % 2];
        let made = sheets::make(&SheetPlan::of(category, lang), &mut rng);
        let labels: Vec<&String> = made.sheet.attributes.iter().map(|(label, _)| label).collect();
        let focus = if rng.random_bool(0.5) { labels.choose(&mut rng).map(|label| (*label).clone()) } else { None };
        let channel = Channel::ALL[i / 2 % Channel::ALL.len()];
        let tone = Tone::ALL[rng.random_range(0..Tone::ALL.len())];
        let mut request = Request::new(made.sheet, Brief { lang, channel, tone, focus });
        request.lock = recipe.lock;
        request.sampling = Sampling { seed: recipe.seed, ..recipe.sampling.clone() };
        request.stream = (i * recipe.drafts) as u64;
        out.push(Case { request, category });
    }
    out
}

/// Writes and judges all drafts. `corpus` is the one the house model learned from; its held-out categories and
/// texts are what is asked for.
pub fn evaluate(
    model: &Model,
    corpus: &Corpus,
    recipe: &EvaluateRecipe,
    monitor: &Monitor,
) -> Result<Evaluation, LmError> {
    recipe.check()?;
    let cases = cases(corpus, recipe);
    let judge = Judge::new(corpus);
    let (tokens_per_s, first_token_ms) = speed(model, &cases, monitor)?;
    let mut judged: Vec<(CopyLang, Vec<Judged>)> = Vec::new();
    let mut texts = Vec::new();
    let mut prevented = 0;
    // A few sheets at a time: their drafts are decoded together, and progress moves.
    for (done, group) in cases.chunks(8).enumerate() {
        monitor.check()?;
        monitor.report(Step::Evaluating, done as u64 * 8, cases.len() as u64);
        let requests: Vec<Request> = group.iter().flat_map(|case| case.request.variants(recipe.drafts)).collect();
        let batch = desk::drafts(model, &requests, &monitor.part(), &mut |_| {})?;
        for (case, drafts) in group.iter().zip(batch.drafts.chunks(recipe.drafts)) {
            prevented += drafts.iter().map(|draft| draft.prevented.len()).sum::<usize>();
            let of_sheet = drafts.iter().map(|draft| judge.draft(case, &draft.text, &draft.end)).collect();
            judged.push((case.request.brief.lang, of_sheet));
            texts.extend(drafts.iter().map(|draft| (case, draft.text.clone(), draft.end.clone())));
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    let mut shown: Vec<usize> = index::sample(&mut rng, texts.len(), recipe.samples.min(texts.len())).into_vec();
    shown.sort_unstable();
    let sample = |i: usize| {
        let (case, text, end) = &texts[i];
        let Request { sheet, brief, .. } = &case.request;
        Sample { sheet: sheet.clone(), brief: brief.clone(), text: text.clone(), end: end.clone() }
    };
    let of = |lang: Option<CopyLang>| {
        let drafts = judged.iter().filter(|(of, _)| lang.is_none_or(|lang| lang == *of));
        figures(&drafts.map(|(_, drafts)| drafts.as_slice()).collect::<Vec<_>>())
    };
    let claims = judged.iter().flat_map(|(_, drafts)| drafts).flat_map(|draft| draft.unsupported.iter().cloned());
    Ok(Evaluation {
        model: model.card.name.clone(),
        recipe: recipe.clone(),
        all: of(None),
        english: of(Some(CopyLang::En)),
        chinese: of(Some(CopyLang::Zh)),
        perplexity: perplexity(model, corpus, recipe, monitor)?,
        tokens_per_s,
        first_token_ms,
        prevented,
        unsupported_claims: claims.take(50).collect(),
        samples: shown.into_iter().map(sample).collect(),
    })
}

/// Sums up judged drafts, grouped by sheet.
fn figures(sheets: &[&[Judged]]) -> Figures {
    let drafts: Vec<&Judged> = sheets.iter().copied().flatten().collect();
    let share = |is: &dyn Fn(&Judged) -> bool| match drafts.len() {
        0 => 0.0,
        n => drafts.iter().filter(|draft| is(draft)).count() as f64 / n as f64,
    };
    let diversity: Vec<f64> = sheets.iter().filter_map(|drafts| distinct_2(drafts)).collect();
    Figures {
        drafts: drafts.len(),
        name_right: share(&|d| d.name_right),
        fact_present: share(&|d| d.fact_present),
        unsupported: drafts.iter().map(|d| d.unsupported.len()).sum(),
        length_met: share(&|d| d.length_met),
        language_right: share(&|d| d.language_right),
        loops: drafts.iter().filter(|d| d.looped).count(),
        distinct_2: diversity.iter().sum::<f64>() / diversity.len().max(1) as f64,
        corpus_overlap: share(&|d| d.overlaps),
        forbidden: share(&|d| d.forbidden),
        other_values: share(&|d| d.other_value),
    }
}

/// Medians of single drafts, each with its prompt read anew: tokens a second, milliseconds to the first token.
fn speed(model: &Model, cases: &[Case<'_>], monitor: &Monitor) -> Result<(f64, f64), LmError> {
    let (mut speeds, mut waits) = (Vec::new(), Vec::new());
    for case in cases.iter().take(21) {
        model.forget();
        let batch = desk::drafts(model, std::slice::from_ref(&case.request), &monitor.part(), &mut |_| {})?;
        for draft in batch.drafts {
            waits.push(draft.first_token_s * 1e3);
            speeds.extend((draft.tokens > 4).then_some(draft.tokens_per_s));
        }
    }
    Ok((median(speeds), median(waits)))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

/// exp of the mean negative log-likelihood per token of held-out texts (with their end) after their prompts.
fn perplexity(
    model: &Model,
    corpus: &Corpus,
    recipe: &EvaluateRecipe,
    monitor: &Monitor,
) -> Result<Option<f64>, LmError> {
    if !model.reads_sheets() {
        return Ok(None);
    }
    let maker = TaskMaker::new(corpus, Split::HeldOut);
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed ^ 0x9e37);
    let (mut nats, mut tokens, mut texts) = (0.0, 0_usize, 0);
    // Held-out examples are few a category: some groups come out empty.
    for _ in 0..recipe.perplexity_texts * 4 {
        if texts >= recipe.perplexity_texts {
            break;
        }
        monitor.check()?;
        monitor.report(Step::Scoring, texts as u64, recipe.perplexity_texts as u64);
        let group = maker.group(2, &mut rng);
        for (brief, copy) in &group.copies {
            let prompt = model.piece_tokens(&prompt_pieces(&group.sheet, brief))?;
            let mut all = prompt.clone();
            all.extend(model.piece_tokens(copy)?);
            all.extend(model.codec.id(Special::END.text()));
            if all.len() > model.context() {
                continue;
            }
            let logits = model.logits(&all[..all.len() - 1], &monitor.part())?;
            for (i, token) in all.iter().enumerate().skip(prompt.len()) {
                nats -= log_probability(&logits[i - 1], *token as usize);
                tokens += 1;
            }
            texts += 1;
        }
    }
    Ok((tokens > 0).then(|| (nats / tokens as f64).exp()))
}

fn log_probability(logits: &[f32], token: usize) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|x| f64::from(x - most).exp()).sum();
    f64::from(logits.get(token).copied().unwrap_or(f32::NEG_INFINITY) - most) - sum.ln()
}
