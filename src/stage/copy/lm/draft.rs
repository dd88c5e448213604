//! One draft in the making: from logits to tokens to released text.

use super::fields::Fields;
use super::lock::{Lock, Verdict};
use super::sampling::{Sampler, Sampling};
use super::tokenizer::{CharStream, TextCodec};
use super::watch::{Astray, astray};
use crate::stage::copy::facts::{ClaimKind, Language};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// How a draft is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub sampling: Sampling,
    pub max_tokens: usize,
    /// The draft ends before any of these.
    pub stop_words: Vec<String>,
    /// The language it should be in; nothing to let it drift.
    pub language: Option<Language>,
    /// End a draft that runs in circles or drifts.
    pub watch: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { sampling: Sampling::default(), max_tokens: 256, stop_words: Vec::new(), language: None, watch: true }
    }
}

/// Why a draft ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The model said so.
    Finished,
    StopWord(String),
    MaxTokens,
    Loop,
    Drift,
    /// The fact lock left nothing to say.
    Locked,
}

/// A claim that the fact lock did not let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prevented {
    /// The claim's text as far as the model had come.
    pub claim: String,
    pub kind: ClaimKind,
    /// The words before it.
    pub context: String,
}

/// Steps that can be taken back.
const KEPT: usize = 12;
/// Refused tokens at one place before the draft goes back to where the claim began.
const STRIKES: usize = 3;
/// Times a draft may go back.
const MOST_REWINDS: usize = 200;
/// Bytes held back while a lock is on, so that a claim can be taken back before anybody reads it.
const HELD: usize = 32;

/// The state before one token was chosen.
struct Step {
    logits: Vec<f32>,
    chars: CharStream,
    text_len: usize,
    token: u32,
}

/// What the writer wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read this token. The sequence should stand at `tokens` tokens of the draft before it.
    Read {
        token: u32,
        tokens: usize,
    },
    End,
}

pub struct Writer {
    settings: Settings,
    lock: Option<Arc<Lock>>,
    fields: Option<Arc<Fields>>,
    sampler: Sampler,
    pub tokens: Vec<u32>,
    pub text: String,
    chars: CharStream,
    steps: VecDeque<Step>,
    rewinds: usize,
    pub released: usize,
    pub prevented: Vec<Prevented>,
    pub end: Option<End>,
}

impl Writer {
    pub fn new(settings: &Settings, stream: u64, lock: Option<Arc<Lock>>, fields: Option<Arc<Fields>>) -> Self {
        Self {
            sampler: Sampler::new(&settings.sampling, stream),
            settings: settings.clone(),
            lock,
            fields,
            tokens: Vec::new(),
            text: String::new(),
            chars: CharStream::default(),
            steps: VecDeque::new(),
            rewinds: 0,
            released: 0,
            prevented: Vec::new(),
            end: None,
        }
    }

    /// Chooses the next token from `logits`. Afterwards more of `text` may be released.
    pub fn advance(&mut self, logits: Vec<f32>, codec: &TextCodec) -> Next {
        let mut logits = logits;
        if let Some(fields) = &self.fields {
            fields.cut(&mut logits, &self.text);
        }
        let mut strikes = 0;
        loop {
            let Some(token) = self.sampler.choose(&logits, &self.tokens) else {
                match self.step_before(self.text.len()) {
                    Some(at) if self.rewinds < MOST_REWINDS => {
                        logits = self.rewind(at);
                        strikes = 0;
                        continue;
                    }
                    _ => return self.finish(End::Locked),
                }
            };
            let stops = codec.stops().contains(&token);
            let mut chars = self.chars.clone();
            let field = self.fields.as_ref().and_then(|fields| fields.text(token, &self.text));
            let piece = match field {
                Some(text) => chars.push(text.as_bytes()),
                None if stops => String::new(),
                None => chars.push(codec.bytes(token)),
            };
            let before = self.text.len();
            self.text.push_str(&piece);
            let verdict = self.verdict(stops, piece.is_empty());
            if let Verdict::Wrong { since, kind } = verdict {
                self.note(since, kind);
                self.text.truncate(before);
                logits[token as usize] = f32::NEG_INFINITY;
                strikes += 1;
                if since < before && strikes >= STRIKES && self.rewinds < MOST_REWINDS {
                    if let Some(at) = self.step_before(since) {
                        logits = self.rewind(at);
                        strikes = 0;
                    }
                } else if strikes > 512 || self.rewinds >= MOST_REWINDS && strikes > 64 {
                    return self.finish(End::Locked);
                }
                continue;
            }
            if stops {
                return self.finish(End::Finished);
            }
            self.remember(logits, before, token);
            self.chars = chars;
            self.tokens.push(token);
            return self.after_token(token);
        }
    }

    fn verdict(&self, ended: bool, nothing_new: bool) -> Verdict {
        match &self.lock {
            Some(lock) if ended || !nothing_new => lock.verdict(&self.text, ended),
            _ => Verdict::Fine,
        }
    }

    fn remember(&mut self, logits: Vec<f32>, text_len: usize, token: u32) {
        if self.lock.is_some() {
            self.steps.push_back(Step { logits, chars: self.chars.clone(), text_len, token });
            if self.steps.len() > KEPT {
                self.steps.pop_front();
            }
        }
    }

    /// The step that wrote the byte at `since`, unless that has been read already.
    fn step_before(&self, since: usize) -> Option<usize> {
        if since < self.released {
            return None;
        }
        self.steps.iter().rposition(|step| step.text_len <= since)
    }

    /// Goes back to before step `at` and returns its logits without the token that was chosen there.
    fn rewind(&mut self, at: usize) -> Vec<f32> {
        self.rewinds += 1;
        let mut steps = self.steps.split_off(at);
        let back = steps.len();
        self.tokens.truncate(self.tokens.len().saturating_sub(back));
        let Some(step) = steps.pop_front() else { return Vec::new() };
        self.text.truncate(step.text_len);
        self.chars = step.chars;
        let mut logits = step.logits;
        logits[step.token as usize] = f32::NEG_INFINITY;
        logits
    }

    fn note(&mut self, since: usize, kind: ClaimKind) {
        let claim: String = self.text[since..].trim().to_string();
        let context: String = self.text[..since].chars().rev().take(40).collect();
        let context = context.chars().rev().collect();
        if !claim.is_empty() && !self.prevented.iter().any(|p| p.claim == claim && p.context == context) {
            self.prevented.push(Prevented { claim, kind, context });
        }
    }

    /// Stop words, length, circles and drift, after a token has been taken.
    fn after_token(&mut self, token: u32) -> Next {
        let found = self.settings.stop_words.iter().filter(|w| !w.is_empty());
        let found = found.filter_map(|word| Some((self.text[self.released..].find(word.as_str())?, word))).min();
        if let Some((at, word)) = found {
            let (at, word) = (self.released + at, word.clone());
            self.text.truncate(at);
            return self.finish(End::StopWord(word));
        }
        if self.settings.watch {
            match astray(&self.text, self.settings.language) {
                Some(Astray::Loop { keep }) => {
                    self.text.truncate(keep.max(self.released));
                    return self.finish(End::Loop);
                }
                Some(Astray::Drift) => return self.finish(End::Drift),
                None => {}
            }
        }
        if self.tokens.len() >= self.settings.max_tokens {
            return self.finish(End::MaxTokens);
        }
        self.released = self.releasable().max(self.released);
        Next::Read { token, tokens: self.tokens.len() - 1 }
    }

    /// Up to where nothing can be taken back any more.
    fn releasable(&self) -> usize {
        let mut until = self.text.len();
        if let Some(lock) = &self.lock {
            until = until.saturating_sub(HELD);
            if let Verdict::Pending { since } = lock.verdict(&self.text, false) {
                until = until.min(since);
            }
        }
        let longest = self.settings.stop_words.iter().map(String::len).max().unwrap_or(0);
        until = until.min(self.text.len().saturating_sub(longest.saturating_sub(1)));
        floor_char(&self.text, until)
    }

    /// Ends the draft; a claim that is not complete goes.
    fn finish(&mut self, end: End) -> Next {
        if let Some(lock) = &self.lock {
            // Cutting may lay bare another unfinished claim before it.
            while let Verdict::Wrong { since, .. } = lock.verdict(&self.text, true) {
                self.text.truncate(since);
                let kept = self.text.trim_end().len();
                self.text.truncate(kept);
            }
        }
        self.released = self.text.len();
        self.end = Some(end);
        Next::End
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
