//! Which token comes next: penalties, cuts, temperature, and a draw from the draft's own random stream.
//!
//! The steps and their order are llama.cpp's: penalties, top-k, top-p, min-p, temperature. Repetition
//! penalties look at the draft alone, not at the prompt: the sheet's words should be used.

use super::error::LmError;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// 0 takes the best token always.
    pub temperature: f32,
    /// Only so many best tokens; 0 for all.
    pub top_k: usize,
    /// Only the best tokens that together have this probability; 1 for all.
    pub top_p: f32,
    /// Only tokens at least this share of the best one's probability; 0 for all.
    pub min_p: f32,
    /// Divides positive and multiplies negative logits of tokens in the draft; 1 for none.
    pub repetition: f32,
    /// Taken from the logit of each token in the draft.
    pub presence: f32,
    /// Taken from the logit for every time a token occurs in the draft.
    pub frequency: f32,
    /// How many of the draft's last tokens the penalties look at.
    pub look_back: usize,
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.8,
            top_k: 40,
            top_p: 0.95,
            min_p: 0.05,
            repetition: 1.05,
            presence: 0.0,
            frequency: 0.0,
            look_back: 128,
            seed: 0,
        }
    }
}

impl Sampling {
    /// Always the best token.
    pub fn greedy() -> Self {
        Self { temperature: 0.0, repetition: 1.0, ..Self::default() }
    }

    pub fn check(&self) -> Result<(), LmError> {
        let within = |field, value: f32, least: f32, most: f32, allowed| match value >= least && value <= most {
            true => Ok(()),
            false => Err(LmError::Setting { field, allowed }),
        };
        within("temperature", self.temperature, 0.0, 5.0, "0 to 5")?;
        within("top_p", self.top_p, 0.01, 1.0, "0.01 to 1")?;
        within("min_p", self.min_p, 0.0, 1.0, "0 to 1")?;
        within("repetition", self.repetition, 0.5, 2.0, "0.5 to 2")?;
        within("presence", self.presence, -2.0, 2.0, "-2 to 2")?;
        within("frequency", self.frequency, -2.0, 2.0, "-2 to 2")
    }
}

/// A token that may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub token: u32,
    pub logit: f32,
    /// Share of all candidates' probability.
    pub share: f64,
}

/// The sampler of one draft.
pub struct Sampler {
    settings: Sampling,
    random: ChaCha8Rng,
    candidates: Vec<Candidate>,
}

impl Sampler {
    /// `stream` is the draft's number in its batch: equal seed and stream, equal draws.
    pub fn new(settings: &Sampling, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
        random.set_stream(stream);
        Self { settings: settings.clone(), random, candidates: Vec::new() }
    }

    /// The next token after `draft`. Nothing when every logit is minus infinity.
    pub fn choose(&mut self, logits: &[f32], draft: &[u32]) -> Option<u32> {
        if self.settings.temperature == 0.0 {
            self.settings.top_k = 1;
        }
        self.distribution(logits, draft);
        if self.settings.temperature == 0.0 {
            return self.candidates.first().map(|best| best.token);
        }
        let draw = self.random.random::<f64>();
        pick(&self.candidates, draw)
    }

    /// The candidates, best first, with their shares.
    pub fn distribution(&mut self, logits: &[f32], draft: &[u32]) -> &[Candidate] {
        let penalties = Penalties::new(&self.settings, draft);
        let all = logits.iter().enumerate().map(|(token, logit)| {
            let token = token as u32;
            Candidate { token, logit: penalties.apply(token, *logit), share: 0.0 }
        });
        best(all, self.settings.top_k, &mut self.candidates);
        self.cut_top_p();
        self.cut_min_p();
        let temperature = if self.settings.temperature > 0.0 { self.settings.temperature } else { 1.0 };
        self.candidates.iter_mut().for_each(|c| c.logit /= temperature);
        shares(&mut self.candidates);
        &self.candidates
    }

    fn cut_top_p(&mut self) {
        if self.settings.top_p >= 1.0 {
            return;
        }
        shares(&mut self.candidates);
        let mut sum = 0.0;
        let reached = self.candidates.iter().position(|c| {
            sum += c.share;
            sum >= f64::from(self.settings.top_p)
        });
        if let Some(at) = reached {
            self.candidates.truncate(at + 1);
        }
    }

    fn cut_min_p(&mut self) {
        let Some(best) = self.candidates.first().map(|c| c.logit) else { return };
        if self.settings.min_p > 0.0 {
            let least = best + self.settings.min_p.ln();
            let kept = self.candidates.iter().position(|c| c.logit < least).unwrap_or(self.candidates.len());
            self.candidates.truncate(kept.max(1));
        }
    }
}

/// The first candidate at which the running sum of shares exceeds `draw` (0 to 1).
pub fn pick(candidates: &[Candidate], draw: f64) -> Option<u32> {
    let mut sum = 0.0;
    for candidate in candidates {
        sum += candidate.share;
        if draw < sum {
            return Some(candidate.token);
        }
    }
    candidates.last().map(|last| last.token)
}

/// Best first; equal logits by token number.
fn order(a: &Candidate, b: &Candidate) -> std::cmp::Ordering {
    b.logit.total_cmp(&a.logit).then(a.token.cmp(&b.token))
}

/// The `k` best of `all` (all for 0), ordered, without those at minus infinity.
fn best(all: impl Iterator<Item = Candidate>, k: usize, out: &mut Vec<Candidate>) {
    out.clear();
    let all = all.filter(|c| c.logit > f32::NEG_INFINITY);
    if k == 0 {
        out.extend(all);
        out.sort_unstable_by(order);
        return;
    }
    // Candidates gather until there are twice as many as wanted; then the worse half goes.
    let (room, mut least) = (2 * k + 64, f32::NEG_INFINITY);
    for candidate in all {
        if candidate.logit < least {
            continue;
        }
        out.push(candidate);
        if out.len() >= room {
            out.select_nth_unstable_by(k - 1, order);
            out.truncate(k);
            least = out[k - 1].logit;
        }
    }
    out.sort_unstable_by(order);
    out.truncate(k);
}

/// Softmax of ordered candidates.
fn shares(candidates: &mut [Candidate]) {
    let Some(best) = candidates.first().map(|c| c.logit) else { return };
    let mut sum = 0.0;
    for c in candidates.iter_mut() {
        c.share = f64::from(c.logit - best).exp();
        sum += c.share;
    }
    candidates.iter_mut().for_each(|c| c.share /= sum);
}

struct Penalties<'a> {
    settings: &'a Sampling,
    counts: HashMap<u32, f32>,
}

impl<'a> Penalties<'a> {
    fn new(settings: &'a Sampling, draft: &[u32]) -> Self {
        let mut counts = HashMap::new();
        if settings.repetition != 1.0 || settings.presence != 0.0 || settings.frequency != 0.0 {
            for token in draft.iter().rev().take(settings.look_back) {
                *counts.entry(*token).or_insert(0.0) += 1.0;
            }
        }
        Self { settings, counts }
    }

    fn apply(&self, token: u32, logit: f32) -> f32 {
        if self.counts.is_empty() {
            return logit;
        }
        let Some(count) = self.counts.get(&token) else { return logit };
        let scaled = if logit > 0.0 { logit / self.settings.repetition } else { logit * self.settings.repetition };
        scaled - count * self.settings.frequency - self.settings.presence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The generator of `tests/fixtures/lm/sampling.py`.
    fn logits(seed: u64) -> Vec<f32> {
        let mut state = seed;
        (0..200)
            .map(|i| {
                state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
                (state >> 8) as f32 % 16_384.0 / 1_024.0 - 8.0 + i as f32 / 524_288.0
            })
            .collect()
    }

    fn settings(of: &Value) -> Sampling {
        serde_json::from_value(of.clone()).unwrap()
    }

    #[test]
    fn what_remains_and_what_is_drawn_is_llama_cpps() {
        let cases: Vec<Value> =
            serde_json::from_str(include_str!("../../../../tests/fixtures/lm/sampling.json")).unwrap();
        assert_eq!(cases.len(), 12);
        for (index, case) in cases.iter().enumerate() {
            let mut sampler = Sampler::new(&settings(&case["settings"]), 0);
            let draft: Vec<u32> = serde_json::from_value(case["draft"].clone()).unwrap();
            let candidates = sampler.distribution(&logits(index as u64 + 1), &draft).to_vec();
            let left: Vec<u32> = candidates.iter().map(|c| c.token).collect();
            assert_eq!(serde_json::json!(left), case["left"], "case {index}");
            for (candidate, share) in candidates.iter().zip(case["shares"].as_array().unwrap()) {
                assert!((candidate.share - share.as_f64().unwrap()).abs() < 2e-6, "case {index}");
            }
            for (draw, token) in case["draws"].as_array().unwrap().iter().zip(case["tokens"].as_array().unwrap()) {
                let picked = pick(&candidates, draw.as_f64().unwrap()).map(u64::from);
                assert_eq!(picked, token.as_u64(), "case {index}, draw {draw}");
            }
        }
    }

    #[test]
    fn streams_differ_and_repeat() {
        let settings = Sampling { top_k: 0, top_p: 1.0, min_p: 0.0, temperature: 2.0, ..Sampling::default() };
        let draw = |stream: u64| -> Vec<Option<u32>> {
            let mut sampler = Sampler::new(&settings, stream);
            (0..20).map(|_| sampler.choose(&logits(9), &[])).collect()
        };
        assert_eq!(draw(4), draw(4));
        assert_ne!(draw(4), draw(5));
    }

    #[test]
    fn what_is_impossible_is_never_chosen() {
        let mut logits = logits(2);
        let best = |logits: &[f32]| Sampler::new(&Sampling::greedy(), 0).choose(logits, &[]);
        let first = best(&logits).unwrap();
        logits[first as usize] = f32::NEG_INFINITY;
        assert_ne!(best(&logits), Some(first));
        assert_eq!(best(&[f32::NEG_INFINITY; 3]), None);
        assert_eq!(best(&[]), None);
    }

    /// The gathering of the k best agrees with sorting all, ties by number.
    #[test]
    fn the_best_are_the_best() {
        let all: Vec<Candidate> = (0..5_000_u32)
            .map(|token| Candidate { token, logit: ((token * 7_919) % 613) as f32, share: 0.0 })
            .collect();
        let mut sorted = all.clone();
        sorted.sort_by(order);
        for k in [1, 7, 40, 700] {
            let mut out = Vec::new();
            best(all.iter().copied(), k, &mut out);
            assert_eq!(out, sorted[..k]);
        }
    }
}
