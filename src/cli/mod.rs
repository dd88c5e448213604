//! Floor 5: the front door for scripts. A verb a stage; the same stage functions and the same project file as the
//! window.
//!
//! Contract for every verb: `--json` prints exactly one JSON object on stdout and nothing else there; progress goes
//! to stderr (a bar on a terminal, silent otherwise); exit code 0 done, 1 failed with one line on stderr saying what,
//! where and how to mend, 2 wrong usage.

mod clean;
mod copy;
mod data;
mod features;
mod import;
mod info;
mod model;
mod out;
mod predict;
mod profile;
mod recommend;
mod segment;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use out::Output;
use profile::asked as table_asked;

use crate::project::Project;
use crate::store::{Access, Store, StoreError};

/// A workbench for shop marketers. Without a verb it opens the window.
#[derive(Debug, Parser)]
#[command(name = "shopwright", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  shopwright\n  shopwright shop.shopwright\n  shopwright sample --out shop-data\n  \
                        shopwright info --project shop.shopwright --json"
)]
pub struct Cli {
    /// A project to open in the window, or a table to import there
    #[arg(value_parser = project_file)]
    pub file: Option<PathBuf>,

    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make the sample shop's files
    #[command(after_help = "Example:\n  shopwright sample --out shop-data --users 2000 --events 120000 --seed 42")]
    Sample(data::SampleArgs),
    /// Bring files into a project as tables
    #[command(after_help = "Examples:\n  shopwright import orders.csv --project shop.shopwright --json\n  \
                            shopwright import 订单.csv --project shop.shopwright --as orders --map user=会员号 --encoding gb18030")]
    Import(import::ImportArgs),
    /// Find groups of customers and say who they are
    #[command(
        after_help = "Examples:\n  shopwright segment --project shop.shopwright --method kmeans --k auto --json\n  \
                            shopwright segment --project shop.shopwright --method rfm --out segments.xlsx --hash-ids"
    )]
    Segment(segment::SegmentArgs),
    /// Compare models for a target, keep them, and score rows
    #[command(
        after_help = "Examples:\n  shopwright predict --project shop.shopwright --table user_behavior --target purchase_probability \
                      --model linear --test-share 0.2 --json\n  \
                      shopwright predict --project shop.shopwright --outcome buys --days 30 --out scores.csv\n  \
                      shopwright predict --project shop.shopwright --kept --table new_customers --out scores.csv"
    )]
    Predict(Box<predict::PredictArgs>),
    /// Say what customers would be shown, why, and how good it is
    #[command(
        after_help = "Examples:\n  shopwright recommend --project shop.shopwright --algo als --user U0001 --json\n  \
                            shopwright recommend --project shop.shopwright --algo als,ease --evaluate --split last-out --json\n  \
                            shopwright recommend --project shop.shopwright --algo ease --all --top 20 --out lists.xlsx"
    )]
    Recommend(Box<recommend::RecommendArgs>),
    /// Say what stands in a table and what is wrong with it
    #[command(after_help = "Example:\n  shopwright profile --project shop.shopwright --table orders --json")]
    Profile(profile::ProfileArgs),
    /// Clean a table: add repairs, set or clear its steps, write the result
    #[command(
        after_help = "Examples:\n  shopwright clean --project shop.shopwright --table orders --repair --json\n  \
                            shopwright clean --project shop.shopwright --table orders --recipe steps.json --out clean.parquet"
    )]
    Clean(clean::CleanArgs),
    /// Make one row of features a customer
    #[command(
        after_help = "Example:\n  shopwright features --project shop.shopwright --window-days 90 --out features.csv --json"
    )]
    Features(features::FeaturesArgs),
    /// Train the house model from the corpus; goes on from the last checkpoint in DIR
    #[command(after_help = "Example:\n  shopwright train-house-model --out house-model --minutes 60")]
    TrainHouseModel(model::TrainArgs),
    /// The language models: list, add, check, bench, evaluate
    #[command(after_help = "Examples:\n  shopwright model list --json\n  shopwright model add model.gguf --link\n  \
                            shopwright model check model.gguf\n  shopwright model bench --model model.gguf --json")]
    Model(model::ModelArgs),
    /// Write product copy, check it, and export it
    #[command(
        after_help = "Examples:\n  shopwright copy --project shop.shopwright --product P001 --channel push --json\n  \
                      shopwright copy --project shop.shopwright --filter \"category:tea price<300\" --channel sms --lang zh \
                      --n 2 --approve-clean --out copy.csv"
    )]
    Copy(copy::CopyArgs),
    /// List a project's tables and runs
    #[command(after_help = "Example:\n  shopwright info --project shop.shopwright --json")]
    Info(info::InfoArgs),
}

/// What every verb that works on a project takes.
#[derive(Debug, clap::Args)]
pub struct ProjectArgs {
    /// The project file; verbs that write create it when it is missing
    #[arg(long, value_name = "FILE")]
    pub project: PathBuf,
}

/// What every verb takes.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct OutArgs {
    /// Print one JSON object on stdout and nothing else there
    #[arg(long)]
    pub json: bool,
}

/// One line for stderr: what, where, how to mend.
#[derive(Debug)]
pub struct Failed(pub String);

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The project of a verb that writes: opened, or made when it is missing.
fn open_or_create(path: &Path) -> Result<(Store, Project), Failed> {
    if !path.exists() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let project = Project::named(&name);
        return Ok((Store::create(path, &project)?, project));
    }
    open_to_write(path)
}

/// The project of a verb that has nothing to do in an empty one.
fn open_to_write(path: &Path) -> Result<(Store, Project), Failed> {
    let opened = Store::open(path)?;
    match opened.store.access() {
        Access::Write => Ok((opened.store, opened.project)),
        Access::ReadBecauseInUse => Err(StoreError::InUse(path.to_owned()).into()),
        Access::ReadBecauseReadOnly | Access::ReadAsAsked => Err(StoreError::ReadOnly(path.to_owned()).into()),
    }
}

/// Reads the arguments; on wrong usage prints why and gives the exit code.
pub fn parse(args: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(args).map_err(|error| {
        let _ = error.print();
        ExitCode::from(if error.use_stderr() { 2 } else { 0 })
    })
}

pub fn run(verb: Verb) -> ExitCode {
    let done = match verb {
        Verb::Copy(args) => copy::copy(&args),
        Verb::Sample(args) => data::sample(&args),
        Verb::Import(args) => import::import(&args),
        Verb::Segment(args) => segment::segment(&args),
        Verb::Predict(args) => predict::predict(&args),
        Verb::Recommend(args) => recommend::recommend(&args),
        Verb::Profile(args) => profile::profile(&args),
        Verb::Clean(args) => clean::clean(&args),
        Verb::Features(args) => features::features(&args),
        Verb::TrainHouseModel(args) => model::train(&args),
        Verb::Model(args) => model::model(&args),
        Verb::Info(args) => info::info(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(line)) => {
            out::complain(&line);
            ExitCode::from(1)
        }
    }
}

/// A path is taken for a project when it looks or is like one; anything else is a verb mistyped.
fn project_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let looks = path.extension().is_some_and(|ending| ending == crate::store::EXTENSION);
    if looks || path.exists() {
        return Ok(path);
    }
    let command = Cli::command();
    let verbs: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let nearest = verbs.iter().min_by_key(|verb| distance(text, verb));
    Err(match nearest.filter(|verb| distance(text, verb) <= 2) {
        Some(verb) => format!("no such verb or file; did you mean '{verb}'?"),
        None => format!("no such verb or file; the verbs are {}", verbs.join(", ")),
    })
}

/// Edits between two words (optimal string alignment: swaps of neighbours count once).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, j) => j,
                (i, 0) => i,
                _ => {
                    let same = usize::from(a[i - 1] != b[j - 1]);
                    let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        best = best.min(rows[i - 2][j - 2] + 1);
                    }
                    best
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_mistyped_verb_is_told_the_nearest() {
        let error = project_file("smaple").expect_err("no such verb");
        assert!(error.contains("'sample'"), "{error}");
        assert!(project_file("shop.shopwright").is_ok());
        assert_eq!(distance("smaple", "sample"), 1);
        assert_eq!(distance("", "info"), 4);
    }
}
