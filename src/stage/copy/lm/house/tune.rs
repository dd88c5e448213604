//! Learns a shop's own voice: goes on training given weights on given texts.

use std::path::Path;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::LmError;
use super::net::Net;
use super::optimizer::AdamW;
use super::tokenizer::HouseTokenizer;
use super::train::{Run, TrainRecipe, TrainSummary, fixed_batches, keep_recipe};
use crate::base::monitor::Monitor;
use crate::stage::copy::corpus::task::Group;

/// Fewer groups than this are learned by heart rather than learned from.
pub const LEAST_GROUPS: usize = 10;

/// A recipe for going on from `net`: short, and with a tenth of the first training's rate.
pub fn tune_recipe(net: &Net, seed: u64) -> TrainRecipe {
    let adam = AdamW { rate: 1.5e-4, warm_up: 20, ..AdamW::default() };
    TrainRecipe { seed, shape: net.shape, adam, steps: 200, ..TrainRecipe::default() }
}

/// Trains `net` on `groups` (a product's sheet and the shop's own texts about it). Every tenth group is kept back
/// for measuring. `out` holds the checkpoint and the log; run again, it goes on where it was broken off.
pub fn tune(
    net: Net,
    tokenizer: &HouseTokenizer,
    groups: &[Group],
    recipe: &TrainRecipe,
    out: &Path,
    monitor: &Monitor,
) -> Result<(Net, TrainSummary), LmError> {
    recipe.check()?;
    let written: Vec<&Group> = groups.iter().filter(|group| !group.copies.is_empty()).collect();
    if written.len() < LEAST_GROUPS {
        return Err(LmError::TooFewTexts { found: written.len(), least: LEAST_GROUPS });
    }
    std::fs::create_dir_all(out).map_err(LmError::io(out))?;
    keep_recipe(recipe, out)?;
    let split = |kept_back: bool| -> Vec<&Group> {
        let own = written.iter().enumerate().filter(|(index, _)| (index % 10 == 9) == kept_back);
        own.map(|(_, group)| *group).collect()
    };
    let (learned, kept_back) = (split(false), split(true));
    let draw = |list: &[&Group], rng: &mut ChaCha8Rng| list[rng.random_range(0..list.len())].clone();
    let test = fixed_batches(tokenizer, recipe, 1, &|_, rng| draw(&kept_back, rng))?;
    let source = |_: usize, rng: &mut ChaCha8Rng| draw(&learned, rng);
    let tests = [test.clone(), test];
    let run = Run { recipe, out, tokenizer, source: &source, tests, monitor, stop_after: None };
    let mut state = run.start(Some(net))?;
    let summary = run.go(&mut state, None)?;
    Ok((state.net, summary))
}
