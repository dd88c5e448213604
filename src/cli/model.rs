//! Verbs of the language model.

use std::path::PathBuf;

use super::{Failed, OutArgs, Output, out};
use crate::stage::copy::lm::house::train::{self, TrainSummary};

#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// The folder for checkpoints, the log and the model; made when it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Stop after so long, with a checkpoint to go on from
    #[arg(long, value_name = "M")]
    minutes: Option<f64>,
    /// The same seed and corpus give the same model
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What it learns from
    #[arg(long, value_name = "DIR", default_value = "assets/corpus")]
    corpus: PathBuf,
    #[command(flatten)]
    output: OutArgs,
}

pub fn train(args: &TrainArgs) -> Result<(), Failed> {
    let summary = train::train_house_model(&args.out, args.minutes, args.seed, &args.corpus, &out::monitor())?;
    Output::new(args.output).print(&summary, |summary: &TrainSummary| format!("{summary:?}"))
}
