//! Trains the house model from the corpus; the same loop later learns a shop's own voice from its own groups.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::linear::Products;
use super::net::{Grads, Net, Shape};
use super::optimizer::{self, AdamW, Moments};
use super::rows::{self, Batch};
use super::tokenizer::HouseTokenizer;
use super::{LmError, checkpoint, denormals, gguf};
use crate::base::monitor::{Monitor, Step};
use crate::stage::copy::corpus::task::{Group, Split, TaskMaker};
use crate::stage::copy::corpus::{Corpus, names, parse};
use crate::stage::copy::prompt::Piece;

/// Everything that decides the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainRecipe {
    pub seed: u64,
    pub shape: Shape,
    pub adam: AdamW,
    pub products: Products,
    pub steps: u64,
    /// Rows a step.
    pub rows: usize,
    /// Rows computed at once; a step's gradient is the sum over its parts.
    pub rows_at_once: usize,
    pub tokens_per_row: usize,
    /// Groups that the tokenizer learns from.
    pub tokenizer_groups: usize,
}

impl Default for TrainRecipe {
    /// 5,000 steps of 4,096 positions: 20.5 M tokens.
    fn default() -> Self {
        Self {
            seed: 1,
            shape: Shape::default(),
            adam: AdamW::default(),
            products: Products::Half,
            steps: 5000,
            rows: 8,
            rows_at_once: 8,
            tokens_per_row: 512,
            tokenizer_groups: 20_000,
        }
    }
}

impl TrainRecipe {
    pub fn check(&self) -> Result<(), LmError> {
        self.shape.check()?;
        let whole = self.rows_at_once > 0 && self.rows.is_multiple_of(self.rows_at_once) && self.rows > 0;
        if !whole || self.steps == 0 {
            return Err(LmError::Recipe("rows and steps"));
        }
        if self.tokens_per_row < 64 || self.tokens_per_row > self.shape.context {
            return Err(LmError::Recipe("tokens_per_row must be 64 to the context"));
        }
        if !(self.adam.rate > 0.0 && self.adam.clip > 0.0 && self.adam.warm_up < self.steps) {
            return Err(LmError::Recipe("adam"));
        }
        Ok(())
    }

    fn tokens_per_step(&self) -> u64 {
        (self.rows * self.tokens_per_row) as u64
    }
}

/// Where a training stands when it returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainSummary {
    pub steps: u64,
    /// All steps are done and the GGUF is written.
    pub finished: bool,
    pub tokens: u64,
    pub parameters: usize,
    /// Mean loss a token (nats) on held-out examples in seen categories, and on held-out categories.
    pub held_out_loss: f64,
    pub new_category_loss: f64,
    pub tokens_per_second: f64,
    pub gguf: Option<PathBuf>,
}

const CHECKPOINT: &str = "checkpoint.safetensors";
/// How often a checkpoint is written.
const SAVE_EVERY: Duration = Duration::from_secs(240);
const EVALUATE_EVERY: u64 = 250;
const LOG_EVERY: u64 = 10;

/// Where training groups come from: drawn by an RNG, asked for a number of texts.
pub type GroupSource<'a> = dyn Fn(usize, &mut ChaCha8Rng) -> Group + Sync + 'a;

/// Trains with the default recipe, or goes on where `out` holds a checkpoint. Writes into `out`: `tokenizer.json`,
/// `recipe.json`, `checkpoint.safetensors`, `log.jsonl`, and at the end `house.gguf`. `minutes` stops it early, with
/// a checkpoint.
pub fn train_house_model(
    out: &Path,
    minutes: Option<f64>,
    seed: u64,
    corpus: &Path,
    monitor: &Monitor,
) -> Result<TrainSummary, LmError> {
    let recipe = TrainRecipe { seed, ..TrainRecipe::default() };
    train_with(&recipe, out, minutes, &Corpus::load(corpus)?, monitor)
}

/// [`train_house_model`] with a recipe of one's own.
pub fn train_with(
    recipe: &TrainRecipe,
    out: &Path,
    minutes: Option<f64>,
    corpus: &Corpus,
    monitor: &Monitor,
) -> Result<TrainSummary, LmError> {
    recipe.check()?;
    std::fs::create_dir_all(out).map_err(LmError::io(out))?;
    keep_recipe(recipe, out)?;
    let maker = TaskMaker::new(corpus, Split::Train);
    let tokenizer = house_tokenizer(recipe, out, &maker, corpus, monitor)?;
    let held_out = TaskMaker::new(corpus, Split::HeldOut);
    let all = TaskMaker::new(corpus, Split::All);
    let tests = [
        fixed_batches(&tokenizer, recipe, 3, &|copies, rng| held_out.group(copies, rng))?,
        fixed_batches(&tokenizer, recipe, 2, &|copies, rng| {
            all.held_out_group(copies, rng).unwrap_or_else(|| all.group(copies, rng))
        })?,
    ];
    let source = |copies: usize, rng: &mut ChaCha8Rng| maker.group(copies, rng);
    let run = Run { recipe, out, tokenizer: &tokenizer, source: &source, tests, monitor, stop_after: None };
    let mut state = run.start(None)?;
    let mut summary = run.go(&mut state, minutes)?;
    if summary.finished {
        let gguf = out.join("house.gguf");
        gguf::write(&gguf, &state.net, &tokenizer, "Shopwright house model")?;
        summary.gguf = Some(gguf);
    }
    Ok(summary)
}

/// Writes the recipe into `out`; one that differs from what a checkpoint there was made with is refused.
pub fn keep_recipe(recipe: &TrainRecipe, out: &Path) -> Result<(), LmError> {
    let path = out.join("recipe.json");
    if out.join(CHECKPOINT).exists() {
        let text = std::fs::read_to_string(&path).map_err(LmError::io(&path))?;
        let begun: Result<TrainRecipe, _> = serde_json::from_str(&text);
        if begun.ok().as_ref() != Some(recipe) {
            return Err(LmError::Recipe("differs from the one this training was begun with"));
        }
    }
    let text = serde_json::to_string_pretty(recipe).unwrap_or_default();
    std::fs::write(&path, text).map_err(LmError::io(&path))
}

/// The tokenizer in `out`, or a new one trained on generated texts and every common Chinese character.
fn house_tokenizer(
    recipe: &TrainRecipe,
    out: &Path,
    maker: &TaskMaker,
    corpus: &Corpus,
    monitor: &Monitor,
) -> Result<HouseTokenizer, LmError> {
    let path = out.join("tokenizer.json");
    if path.exists() {
        return HouseTokenizer::load(&path);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    let literals = corpus.examples.iter().flat_map(|example| parse::pieces(&example.text)).filter_map(Result::ok);
    let mut texts: Vec<String> = literals.map(str::to_owned).collect();
    for done in 0..recipe.tokenizer_groups {
        monitor.check()?;
        monitor.report(Step::Generating, done as u64, recipe.tokenizer_groups as u64);
        let group = maker.group(4, &mut rng);
        let sheet = group.sheet;
        texts.push(sheet.name);
        texts.extend(sheet.attributes.into_iter().flat_map(|(label, value)| [label, value]));
        let literals = group.copies.into_iter().flat_map(|(_, copy)| copy);
        texts.extend(literals.filter_map(|piece| if let Piece::Text(text) = piece { Some(text) } else { None }));
    }
    let common: String = names::all_common_hanzi().into_iter().collect();
    texts.extend(std::iter::repeat_n(common, 25));
    let tokenizer = HouseTokenizer::train(&texts, recipe.shape.vocab)?;
    if tokenizer.size() != recipe.shape.vocab {
        return Err(LmError::Tokenizer(format!("{} entries, not {}", tokenizer.size(), recipe.shape.vocab)));
    }
    std::fs::write(&path, tokenizer.json()?).map_err(LmError::io(&path))?;
    Ok(tokenizer)
}

/// Batches that are the same in every run, for measuring.
pub fn fixed_batches(
    tokenizer: &HouseTokenizer,
    recipe: &TrainRecipe,
    count: u64,
    source: &GroupSource,
) -> Result<Vec<Batch>, LmError> {
    (0..count).map(|index| draw(tokenizer, recipe, source, u64::MAX / 2 + index, recipe.rows_at_once)).collect()
}

fn draw(
    tokenizer: &HouseTokenizer,
    recipe: &TrainRecipe,
    source: &GroupSource,
    stream: u64,
    rows: usize,
) -> Result<Batch, LmError> {
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    rng.set_stream(stream);
    rows::pack(rows, recipe.tokens_per_row, &mut rng, |copies, rng| rows::encode_group(tokenizer, &source(copies, rng)))
}

/// A training in progress: what stays the same from step to step.
pub struct Run<'a> {
    pub recipe: &'a TrainRecipe,
    pub out: &'a Path,
    pub tokenizer: &'a HouseTokenizer,
    pub source: &'a GroupSource<'a>,
    /// Held-out batches: seen categories, new categories.
    pub tests: [Vec<Batch>; 2],
    pub monitor: &'a Monitor,
    /// Leave off after so many steps of this run, with a checkpoint.
    pub stop_after: Option<u64>,
}

#[derive(Serialize)]
struct LogLine {
    step: u64,
    tokens: u64,
    loss: f64,
    gradient: f64,
    rate: f64,
    tokens_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_category: Option<f64>,
}

impl Run<'_> {
    /// Where to begin: at the checkpoint in `out`; else with the given weights (to go on learning from other texts);
    /// else with fresh ones.
    pub fn start(&self, weights: Option<Net>) -> Result<checkpoint::Checkpoint, LmError> {
        let path = self.out.join(CHECKPOINT);
        if path.exists() {
            return checkpoint::load(&path, self.recipe.shape);
        }
        let net = match weights {
            Some(net) if net.shape == self.recipe.shape => net,
            Some(_) => return Err(LmError::Recipe("the weights have another shape")),
            None => Net::new(self.recipe.shape, self.recipe.seed)?,
        };
        Ok(checkpoint::Checkpoint { moments: Moments::zeros(&net), net, step: 0, tokens: 0 })
    }

    /// Trains `state` to the recipe's last step, or until the time is up or the monitor is cancelled (then with a
    /// checkpoint).
    pub fn go(&self, state: &mut checkpoint::Checkpoint, minutes: Option<f64>) -> Result<TrainSummary, LmError> {
        let _fast = denormals::FlushToZero::everywhere();
        let began = Instant::now();
        let limit = minutes.filter(|m| m.is_finite()).map(|m| Duration::from_secs_f64(m.max(0.0) * 60.0));
        let (mut saved, first) = (Instant::now(), state.step);
        let (mut sum, mut count) = (0.0, 0u64);
        while state.step < self.recipe.steps {
            let late = limit.is_some_and(|limit| began.elapsed() >= limit);
            let enough = self.stop_after.is_some_and(|most| state.step - first >= most);
            if late || enough || self.monitor.is_cancelled() {
                break;
            }
            self.monitor.report(Step::Training, state.step, self.recipe.steps);
            let rate = self.recipe.adam.rate_at(state.step, self.recipe.steps);
            let (loss, gradient) = self.step(state, rate)?;
            sum += loss;
            count += 1;
            if state.step.is_multiple_of(LOG_EVERY) || state.step == self.recipe.steps {
                let measure = state.step.is_multiple_of(EVALUATE_EVERY) || state.step == self.recipe.steps;
                let measured = measure.then(|| self.evaluate(&state.net)).transpose()?;
                let tokens_per_second = speed(state.step - first, self.recipe, began);
                let (held_out, new_category) = measured.map_or((None, None), |[a, b]| (Some(a), Some(b)));
                let loss = sum / count as f64;
                let (step, tokens) = (state.step, state.tokens);
                self.log(&LogLine { step, tokens, loss, gradient, rate, tokens_per_second, held_out, new_category })?;
                (sum, count) = (0.0, 0);
            }
            if saved.elapsed() >= SAVE_EVERY {
                self.save(state)?;
                saved = Instant::now();
            }
        }
        self.save(state)?;
        self.monitor.check()?;
        let [held_out_loss, new_category_loss] = self.evaluate(&state.net)?;
        Ok(TrainSummary {
            steps: state.step,
            finished: state.step >= self.recipe.steps,
            tokens: state.tokens,
            parameters: self.recipe.shape.param_count(),
            held_out_loss,
            new_category_loss,
            tokens_per_second: speed(state.step - first, self.recipe, began),
            gguf: None,
        })
    }

    /// One step: mean loss and length of the gradient.
    fn step(&self, state: &mut checkpoint::Checkpoint, rate: f64) -> Result<(f64, f64), LmError> {
        let parts = self.recipe.rows / self.recipe.rows_at_once;
        let mut batches = Vec::with_capacity(parts);
        for part in 0..parts {
            let stream = 1 + state.step * parts as u64 + part as u64;
            batches.push(draw(self.tokenizer, self.recipe, self.source, stream, self.recipe.rows_at_once)?);
        }
        let weight: f64 = batches.iter().map(Batch::weight).sum::<f64>().max(1.0);
        let mut grads = Grads::default();
        let mut loss = 0.0;
        for batch in &batches {
            loss += state.net.loss_and_grads(batch, (1.0 / weight) as f32, self.recipe.products, &mut grads)?;
        }
        loss /= weight;
        if !loss.is_finite() {
            return Err(LmError::Diverged { step: state.step });
        }
        let adam = &self.recipe.adam;
        let gradient = optimizer::step(&mut state.net, &mut state.moments, &grads, adam, state.step, rate)?;
        state.step += 1;
        state.tokens += self.recipe.tokens_per_step();
        Ok((loss, gradient))
    }

    /// Mean loss a token on each of the two sets of held-out batches.
    pub fn evaluate(&self, net: &Net) -> Result<[f64; 2], LmError> {
        let mean = |batches: &[Batch]| -> Result<f64, LmError> {
            let weight: f64 = batches.iter().map(Batch::weight).sum();
            let losses: Result<Vec<f64>, LmError> = batches.iter().map(|batch| net.loss(batch)).collect();
            Ok(losses?.iter().sum::<f64>() / weight.max(1.0))
        };
        Ok([mean(&self.tests[0])?, mean(&self.tests[1])?])
    }

    fn save(&self, state: &checkpoint::Checkpoint) -> Result<(), LmError> {
        let path = self.out.join(CHECKPOINT);
        checkpoint::save(&path, &state.net, &state.moments, state.step, state.tokens)
    }

    fn log(&self, line: &LogLine) -> Result<(), LmError> {
        let path = self.out.join("log.jsonl");
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(LmError::io(&path))?;
        let text = serde_json::to_string(line).unwrap_or_default();
        writeln!(file, "{text}").map_err(LmError::io(&path))
    }
}

fn speed(steps: u64, recipe: &TrainRecipe, began: Instant) -> f64 {
    (steps * recipe.tokens_per_step()) as f64 / began.elapsed().as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests;
