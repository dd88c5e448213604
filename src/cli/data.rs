//! Verbs of the data stage.

use std::path::PathBuf;

use super::{Failed, OutArgs, Output, out};
use crate::stage::data::sample::{self, SampleRecipe, SampleSummary};

#[derive(Debug, clap::Args)]
pub struct SampleArgs {
    /// The folder to write into; made when it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Customers
    #[arg(long, default_value_t = SampleRecipe::default().users)]
    users: u32,
    /// Products
    #[arg(long, default_value_t = SampleRecipe::default().products)]
    products: u32,
    /// Events: views, carts, favourites, purchases
    #[arg(long, default_value_t = SampleRecipe::default().events)]
    events: u64,
    /// Reviews
    #[arg(long, default_value_t = SampleRecipe::default().reviews)]
    reviews: u32,
    /// The same seed makes the same shop
    #[arg(long, default_value_t = SampleRecipe::default().seed)]
    seed: u64,
    #[command(flatten)]
    output: OutArgs,
}

pub fn sample(args: &SampleArgs) -> Result<(), Failed> {
    let recipe = SampleRecipe {
        users: args.users,
        products: args.products,
        events: args.events,
        reviews: args.reviews,
        seed: args.seed,
    };
    let summary = sample::write_files(&recipe, &args.out, &out::monitor())?;
    Output::new(args.output).print(&summary, |summary: &SampleSummary| {
        let line =
            |file: &sample::FileSummary| format!("{:<22}{:>12} rows{:>14} bytes\n", file.name, file.rows, file.bytes);
        summary.files.iter().map(line).collect()
    })
}
