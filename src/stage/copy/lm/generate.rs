//! Drafts from prompts: one, or several decoded together.

use super::draft::{End, Next, Prevented, Settings, Writer};
use super::engine::{Feed, Wanted, forward};
use super::error::LmError;
use super::fields::Fields;
use super::kernel::cache::Sequence;
use super::kernel::share::chunks_mut;
use super::kernel::team::Crew;
use super::load::Model;
use super::lock::Lock;
use crate::base::monitor::{Monitor, Step};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// What stands before a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// The whole text, as the chat template writes it; names of special tokens in it are special tokens.
    Text(String),
    /// Tokens already, as `desk` makes them for the house model.
    Tokens(Vec<u32>),
}

impl From<String> for Prompt {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Prompt {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Vec<u32>> for Prompt {
    fn from(tokens: Vec<u32>) -> Self {
        Self::Tokens(tokens)
    }
}

/// One draft to write.
#[derive(Clone)]
pub struct Job {
    pub prompt: Prompt,
    pub settings: Settings,
    /// The draft's random stream: with the same seed, drafts of different streams differ.
    pub stream: u64,
    pub lock: Option<Arc<Lock>>,
    /// What the house model's pointers stand for; nothing for other models.
    pub fields: Option<Arc<Fields>>,
}

impl Job {
    pub fn new(prompt: impl Into<Prompt>, settings: Settings) -> Self {
        Self { prompt: prompt.into(), settings, stream: 0, lock: None, fields: None }
    }
}

/// A written draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub text: String,
    pub end: End,
    /// Tokens written.
    pub tokens: usize,
    pub prompt_tokens: usize,
    /// Prompt tokens whose computation was reused.
    pub reused_tokens: usize,
    /// Seconds from the start of the work on this draft to its first token.
    pub first_token_s: f64,
    /// Tokens a second from the first token on; in a batch, of this draft alone.
    pub tokens_per_s: f64,
    pub prevented: Vec<Prevented>,
}

/// Drafts decoded together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub drafts: Vec<Draft>,
    pub seconds: f64,
    /// All drafts' tokens over all the time, prompts included.
    pub tokens_per_s: f64,
}

/// What happens while drafts are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event<'a> {
    /// Draft number `draft` goes on with `text`: whole characters, never taken back.
    Text {
        draft: usize,
        text: &'a str,
        tokens_per_s: f64,
    },
    Ended {
        draft: usize,
        end: &'a End,
    },
}

/// Drafts decoded together at most.
pub const WIDTH: usize = 8;

impl Model {
    /// Writes one draft.
    pub fn draft(&self, job: &Job, monitor: &Monitor, hear: &mut dyn FnMut(Event<'_>)) -> Result<Draft, LmError> {
        let mut batch = self.draft_batch(std::slice::from_ref(job), monitor, hear)?;
        batch.drafts.pop().ok_or(LmError::EmptyPrompt)
    }

    /// Writes all `jobs`, up to [`WIDTH`] at a time. A draft's text does not depend on the others: alone,
    /// with the same stream, it is the same, byte for byte.
    pub fn draft_batch(
        &self,
        jobs: &[Job],
        monitor: &Monitor,
        hear: &mut dyn FnMut(Event<'_>),
    ) -> Result<Batch, LmError> {
        let began = Instant::now();
        let prompts: Result<Vec<Vec<u32>>, LmError> = jobs.iter().map(|job| self.prompt_tokens(job)).collect();
        let prompts = prompts?;
        let mut drafts: Vec<Option<Draft>> = vec![None; jobs.len()];
        self.team.session(|crew| {
            let mut work =
                Work { model: self, crew, monitor, jobs, prompts: &prompts, active: Vec::new(), sequences: Vec::new() };
            work.all(&mut drafts, hear)
        })?;
        let drafts: Vec<Draft> = drafts.into_iter().flatten().collect();
        let seconds = began.elapsed().as_secs_f64();
        let tokens: usize = drafts.iter().map(|draft| draft.tokens).sum();
        Ok(Batch { drafts, seconds, tokens_per_s: tokens as f64 / seconds.max(1e-9) })
    }

    /// A job's prompt as tokens, after all that can be refused has been refused.
    pub fn prompt_tokens(&self, job: &Job) -> Result<Vec<u32>, LmError> {
        job.settings.sampling.check()?;
        if job.settings.max_tokens == 0 {
            return Err(LmError::Setting { field: "max_tokens", allowed: "at least 1" });
        }
        let (context, draft) = (self.context(), job.settings.max_tokens);
        let over = |prompt: usize| {
            let over = prompt.saturating_add(draft).saturating_sub(context);
            LmError::Context { context, prompt, draft, over }
        };
        let tokens = match &job.prompt {
            Prompt::Text(text) if text.trim().is_empty() => return Err(LmError::EmptyPrompt),
            // No tokenizer has entries of more than some hundred bytes: what is longer cannot fit.
            Prompt::Text(text) if text.len() / 256 > context => return Err(over(text.len() / 256)),
            Prompt::Text(text) => self.codec.encode_prompt(text)?,
            Prompt::Tokens(tokens) => match tokens.iter().find(|token| **token as usize >= self.codec.len()) {
                Some(token) => return Err(LmError::Tokenizer(format!("no entry {token}"))),
                None => tokens.clone(),
            },
        };
        match tokens.len().checked_add(draft) {
            _ if tokens.is_empty() => Err(LmError::EmptyPrompt),
            Some(sum) if sum <= context => Ok(tokens),
            _ => Err(over(tokens.len())),
        }
    }

    /// The logits after every token of `tokens`: what perplexity is computed from.
    pub fn logits(&self, tokens: &[u32], monitor: &Monitor) -> Result<Vec<Vec<f32>>, LmError> {
        let mut sequences = [Sequence::new(self.weights.spec.cache())];
        let feed = Feed { sequence: 0, tokens, wanted: Wanted::All };
        self.team.session(|crew| forward(crew, &self.weights, &mut sequences, &[feed], monitor))
    }
}

/// A draft that is being written; its sequence has the same place in `Work::sequences`.
struct Active {
    job: usize,
    writer: Writer,
    logits: Vec<f32>,
    next: Next,
    reused: usize,
    began: Instant,
    first: Option<Instant>,
    told: usize,
}

struct Work<'a> {
    model: &'a Model,
    crew: &'a Crew<'a>,
    monitor: &'a Monitor,
    jobs: &'a [Job],
    prompts: &'a [Vec<u32>],
    active: Vec<Active>,
    sequences: Vec<Sequence>,
}

impl Work<'_> {
    fn all(&mut self, drafts: &mut [Option<Draft>], hear: &mut dyn FnMut(Event<'_>)) -> Result<(), LmError> {
        let mut waiting: VecDeque<usize> = (0..self.jobs.len()).collect();
        let total: u64 = self.jobs.iter().map(|job| job.settings.max_tokens as u64).sum();
        let mut finished = 0;
        self.monitor.report(Step::Drafting, 0, total);
        loop {
            while self.active.len() < WIDTH
                && let Some(job) = waiting.pop_front()
            {
                self.admit(job)?;
            }
            if self.active.is_empty() {
                self.monitor.report(Step::Drafting, total, total);
                return Ok(());
            }
            self.monitor.check()?;
            self.choose();
            finished += self.tell(drafts, hear);
            self.read()?;
            let running: usize = self.active.iter().map(|active| active.writer.tokens.len()).sum();
            self.monitor.report(Step::Drafting, (finished + running as u64).min(total), total);
        }
    }

    /// Reads a job's prompt, as far as no other has had the same beginning.
    fn admit(&mut self, job: usize) -> Result<(), LmError> {
        let (model, tokens, began) = (self.model, &self.prompts[job], Instant::now());
        let known = {
            let remembered = model.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            remembered.beginning(tokens)
        };
        let sequence = known.unwrap_or_else(|| Sequence::new(model.weights.spec.cache()));
        let reused = sequence.len();
        let mut sequences = [sequence];
        let feed = Feed { sequence: 0, tokens: &tokens[reused..], wanted: Wanted::Last };
        let mut logits = forward(self.crew, &model.weights, &mut sequences, &[feed], self.monitor)?;
        let [sequence] = sequences;
        model.remembered.lock().unwrap_or_else(PoisonError::into_inner).keep(tokens, &sequence);
        let of = &self.jobs[job];
        self.sequences.push(sequence);
        self.active.push(Active {
            job,
            writer: Writer::new(&of.settings, of.stream, of.lock.clone(), of.fields.clone()),
            logits: logits.pop().unwrap_or_default(),
            next: Next::End,
            reused,
            began,
            first: None,
            told: 0,
        });
        Ok(())
    }

    /// Every active draft chooses its next token.
    fn choose(&mut self) {
        let codec = &self.model.codec;
        chunks_mut(self.crew, &mut self.active, 1, |_, active| {
            for active in active {
                let logits = std::mem::take(&mut active.logits);
                active.next = active.writer.advance(logits, codec);
                active.first.get_or_insert_with(Instant::now);
            }
        });
    }

    /// Passes on new text, and takes out the drafts that have ended. Returns the tokens they were allowed.
    fn tell(&mut self, drafts: &mut [Option<Draft>], hear: &mut dyn FnMut(Event<'_>)) -> u64 {
        let mut finished = 0;
        for i in (0..self.active.len()).rev() {
            let active = &mut self.active[i];
            let (draft, writer) = (active.job, &active.writer);
            let tokens_per_s = speed(active.first, writer.tokens.len());
            if writer.released > active.told {
                hear(Event::Text { draft, text: &writer.text[active.told..writer.released], tokens_per_s });
                active.told = writer.released;
            }
            if active.next != Next::End {
                continue;
            }
            let active = self.active.swap_remove(i);
            self.sequences.swap_remove(i);
            let end = active.writer.end.clone().unwrap_or(End::Locked);
            hear(Event::Ended { draft, end: &end });
            finished += self.jobs[draft].settings.max_tokens as u64;
            let first = active.first.unwrap_or(active.began);
            drafts[draft] = Some(Draft {
                end,
                tokens: active.writer.tokens.len(),
                prompt_tokens: self.prompts[draft].len(),
                reused_tokens: active.reused,
                first_token_s: (first - active.began).as_secs_f64(),
                tokens_per_s,
                text: active.writer.text,
                prevented: active.writer.prevented,
            });
        }
        finished
    }

    /// Reads the chosen tokens of all active drafts in one pass.
    fn read(&mut self) -> Result<(), LmError> {
        let mut chosen = Vec::with_capacity(self.active.len());
        for (active, sequence) in self.active.iter().zip(&mut self.sequences) {
            if let Next::Read { token, tokens } = active.next {
                // A draft that went back has read more than it has written.
                sequence.truncate(self.prompts[active.job].len() + tokens);
                chosen.push([token]);
            }
        }
        let feeds: Vec<Feed<'_>> = chosen
            .iter()
            .enumerate()
            .map(|(sequence, tokens)| Feed { sequence, tokens, wanted: Wanted::Last })
            .collect();
        if feeds.is_empty() {
            return Ok(());
        }
        let logits = forward(self.crew, &self.model.weights, &mut self.sequences, &feeds, self.monitor)?;
        self.active.iter_mut().zip(logits).for_each(|(active, logits)| active.logits = logits);
        Ok(())
    }
}

fn speed(first: Option<Instant>, tokens: usize) -> f64 {
    match first {
        Some(first) if tokens > 1 => (tokens - 1) as f64 / first.elapsed().as_secs_f64().max(1e-9),
        _ => 0.0,
    }
}
