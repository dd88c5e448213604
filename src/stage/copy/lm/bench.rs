//! How fast a model is on this machine.

use super::draft::Settings;
use super::engine::{Feed, Wanted, forward};
use super::error::LmError;
use super::generate::{Job, WIDTH};
use super::kernel::cache::Sequence;
use super::load::Model;
use crate::base::monitor::{Monitor, Step};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What `model bench` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    pub model: String,
    pub prompt_tokens_per_s: f64,
    pub decode_tokens_per_s: f64,
    pub batch8_tokens_per_s: f64,
    /// A prompt of 256 tokens read and the first token chosen.
    pub first_token_ms: f64,
    pub rss_mb: f64,
}

const PROMPT: usize = 256;
const DECODE: usize = 64;
const REPEATS: usize = 3;

/// Medians of three runs: a prompt of 256 tokens, then 64 tokens of one draft, then 32 tokens of each of 8.
/// Tokens come from a fixed generator, as in llama.cpp's measurement beside it, so that only the model is
/// timed; the first token is timed through the whole road of a draft.
pub fn bench(model: &Model, monitor: &Monitor) -> Result<Bench, LmError> {
    let spec = &model.weights.spec;
    let prompt = PROMPT.min(spec.context / 2).max(1);
    let decode = DECODE.min(spec.context - prompt).max(1);
    let mut state = 12_345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        (state >> 8) % spec.vocabulary as u32
    };
    let (mut prompts, mut decodes, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    model.team.session(|crew| -> Result<(), LmError> {
        for repeat in 0..=REPEATS {
            monitor.report(Step::Evaluating, repeat as u64, REPEATS as u64 + 1);
            let tokens: Vec<u32> = (0..prompt).map(|_| next()).collect();
            let mut one = vec![Sequence::new(spec.cache())];
            let run = |sequences: &mut [Sequence], feeds: &[Feed<'_>]| -> Result<f64, LmError> {
                let began = Instant::now();
                forward(crew, &model.weights, sequences, feeds, monitor)?;
                Ok(began.elapsed().as_secs_f64())
            };
            let read = run(&mut one, &[Feed { sequence: 0, tokens: &tokens, wanted: Wanted::Last }])?;
            let mut eight = vec![one[0].clone(); WIDTH];
            let mut single = 0.0;
            for _ in 0..decode {
                single += run(&mut one, &[Feed { sequence: 0, tokens: &[next()], wanted: Wanted::Last }])?;
            }
            let mut together = 0.0;
            for _ in 0..decode.div_ceil(2) {
                let tokens: Vec<[u32; 1]> = (0..WIDTH).map(|_| [next()]).collect();
                let feeds = tokens.iter().enumerate();
                let feeds: Vec<Feed<'_>> =
                    feeds.map(|(sequence, tokens)| Feed { sequence, tokens, wanted: Wanted::Last }).collect();
                together += run(&mut eight, &feeds)?;
            }
            // The first round only warms up.
            if repeat > 0 {
                prompts.push(prompt as f64 / read);
                decodes.push(decode as f64 / single);
                batches.push((WIDTH * decode.div_ceil(2)) as f64 / together);
            }
        }
        Ok(())
    })?;
    Ok(Bench {
        model: model.card.name.clone(),
        prompt_tokens_per_s: median(prompts),
        decode_tokens_per_s: median(decodes),
        batch8_tokens_per_s: median(batches),
        first_token_ms: first_token(model, prompt, monitor)? * 1e3,
        rss_mb: resident_mb(),
    })
}

/// Seconds from a prompt's text to the first token.
fn first_token(model: &Model, prompt: usize, monitor: &Monitor) -> Result<f64, LmError> {
    let settings = Settings { max_tokens: 1, ..Settings::default() };
    let words: Vec<String> = (0..prompt / 2).map(|i| format!("tea {}", i % 10)).collect();
    let mut times = Vec::new();
    for _ in 0..REPEATS {
        model.forget();
        let mut text = words.join(" ");
        // However the tokenizer cuts it, the prompt has about `prompt` tokens.
        let tokens = model.codec.encode(&text)?;
        text = model.codec.decode(&tokens[..tokens.len().min(prompt)]);
        let draft = model.draft(&Job::new(text, settings.clone()), monitor, &mut |_| {})?;
        times.push(draft.first_token_s);
    }
    Ok(median(times))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}

/// Memory of this process, in megabytes.
fn resident_mb() -> f64 {
    let Ok(own) = sysinfo::get_current_pid() else { return 0.0 };
    let mut system = sysinfo::System::new();
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[own]), false);
    system.process(own).map_or(0.0, |process| process.memory() as f64 / 1e6)
}
