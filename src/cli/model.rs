//! Verbs of the language model.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Failed, OutArgs, Output, out};
use crate::stage::copy::channel::CopyLang;
use crate::stage::copy::corpus::Corpus;
use crate::stage::copy::lm::bench::{Bench, bench};
use crate::stage::copy::lm::desk::{self, ModelSource};
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::evaluate::{EvaluateRecipe, Evaluation, evaluate};
use crate::stage::copy::lm::house::train::{self, TrainSummary};
use crate::stage::copy::lm::load::{Card, LoadOptions, Model, free_memory};
use crate::store::models::{self, ShelfError, Shelved};
use crate::store::settings::{self, Settings};

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

#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    #[command(subcommand)]
    verb: ModelVerb,
}

#[derive(Debug, clap::Subcommand)]
enum ModelVerb {
    /// List the house model and the models that were added
    List {
        #[command(flatten)]
        output: OutArgs,
    },
    /// Put a GGUF file (or a Hugging Face folder) on the list
    #[command(after_help = "Example:\n  shopwright model add Qwen3-1.7B-Q8_0.gguf --link")]
    Add {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Use it where it lies instead of copying it beside the settings
        #[arg(long)]
        link: bool,
        #[command(flatten)]
        output: OutArgs,
    },
    /// Read a whole model, write a few words with it, and say what it is
    #[command(after_help = "Example:\n  shopwright model check model.gguf --json")]
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        output: OutArgs,
    },
    /// Measure how fast a model is on this machine
    #[command(after_help = "Example:\n  shopwright model bench --model house --json")]
    Bench {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: OutArgs,
    },
    /// Judge how well a model writes: drafts for made-up sheets that it never saw
    #[command(after_help = "Example:\n  shopwright model evaluate --model house --sheets 300 --json")]
    Evaluate(EvaluateArgs),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// `house`, a file, or a name from `model list`
    #[arg(long, value_name = "M", default_value = "house")]
    model: String,
    /// Threads; as many as the machine has unless said
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Debug, clap::Args)]
struct EvaluateArgs {
    #[command(flatten)]
    which: Which,
    /// Made-up product sheets
    #[arg(long, value_name = "N", default_value_t = 300)]
    sheets: usize,
    /// Drafts for each
    #[arg(long, value_name = "N", default_value_t = 5)]
    drafts: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write without the fact lock
    #[arg(long)]
    no_lock: bool,
    /// The corpus of the house model; its held-out categories are what is asked for
    #[arg(long, value_name = "DIR", default_value = "assets/corpus")]
    corpus: PathBuf,
    #[command(flatten)]
    output: OutArgs,
}

pub fn model(args: &ModelArgs) -> Result<(), Failed> {
    match &args.verb {
        ModelVerb::List { output } => list(*output),
        ModelVerb::Add { file, link, output } => add(file, *link, *output),
        ModelVerb::Check { file, output } => check(file, *output),
        ModelVerb::Bench { which, output } => run_bench(which, *output),
        ModelVerb::Evaluate(args) => run_evaluate(args),
    }
}

/// A model of the list as it is printed.
#[derive(Serialize)]
struct Listed {
    name: String,
    /// `house` or the path.
    source: String,
    linked: bool,
    #[serde(flatten)]
    card: Option<Card>,
    sha256: Option<String>,
    decode_tokens_per_s: Option<f64>,
    /// Languages it writes unless another model is named.
    default_for: Vec<&'static str>,
    error: Option<String>,
}

#[derive(Serialize)]
struct List {
    folder: PathBuf,
    models: Vec<Listed>,
}

fn listed(model: &Shelved, settings: &Settings) -> Listed {
    let known = model.known.as_ref();
    let writes = |lang: &CopyLang| settings.models.writer_of(*lang) == model.source;
    Listed {
        name: model.name(),
        source: source_text(&model.source),
        linked: model.linked,
        card: model.card.as_ref().ok().cloned(),
        sha256: known.and_then(|known| known.sha256.clone()),
        decode_tokens_per_s: known.and_then(|known| Some(known.bench.as_ref()?.decode_tokens_per_s)),
        default_for: CopyLang::ALL.into_iter().filter(writes).map(CopyLang::key).collect(),
        error: model.card.as_ref().err().map(ToString::to_string),
    }
}

fn source_text(source: &ModelSource) -> String {
    match source {
        ModelSource::House => "house".into(),
        ModelSource::File(path) => path.display().to_string(),
    }
}

fn list(output: OutArgs) -> Result<(), Failed> {
    let (file, settings) = kept()?;
    let folder = models::folder(&file);
    let shelf = models::shelf(&folder, &settings.models);
    let list = List { folder, models: shelf.iter().map(|model| listed(model, &settings)).collect() };
    Output::new(output).print(&list, |list| list.models.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn line(model: &Listed) -> String {
    let facts = match (&model.card, &model.error) {
        (Some(card), _) => format!("{}, {}, {} MB", card.family.key(), card.quantisation, card.file_bytes / 1_000_000),
        (None, error) => error.clone().unwrap_or_default(),
    };
    format!("{}  {facts}  ({})", model.name, model.source)
}

fn add(file: &Path, link: bool, output: OutArgs) -> Result<(), Failed> {
    let (settings_file, mut settings) = kept()?;
    let folder = models::folder(&settings_file);
    let added = match link {
        true => models::link(&folder, &settings.models, file),
        false => models::copy(&folder, file, &out::monitor()),
    };
    let added = added.map_err(|error| told(file, &error))?;
    if link {
        settings.models.add_link(&added.source);
    }
    if let Some(known) = added.known.clone() {
        settings.models.learn(known);
    }
    settings.save(&settings_file)?;
    Output::new(output).print(&listed(&added, &settings), |model| format!("added {}", line(model)))
}

/// What `check` found.
#[derive(Serialize)]
struct Checked {
    file: PathBuf,
    #[serde(flatten)]
    card: Card,
    sha256: Option<String>,
    free_bytes: u64,
    /// Whether the memory that is free now holds it; where it does not, it was not loaded.
    fits_memory: bool,
    /// What it wrote, as a sign of life.
    wrote: Option<String>,
}

fn check(file: &Path, output: OutArgs) -> Result<(), Failed> {
    let monitor = out::monitor();
    let source = ModelSource::File(file.to_owned());
    let told = |error: LmError| told(file, &error.into());
    let card = source.inspect().map_err(told)?;
    let wrote = match source.open(&LoadOptions::default(), &monitor) {
        Ok(model) => {
            let mut request = desk::trial(CopyLang::En);
            request.max_tokens = Some(16);
            let batch = desk::drafts(&model, &[request], &monitor, &mut |_| {}).map_err(told)?;
            batch.drafts.into_iter().next().map(|draft| draft.text)
        }
        Err(LmError::Memory { .. }) => None,
        Err(error) => return Err(told(error)),
    };
    let sha256 = models::sha256(&source, &monitor)?;
    let free_bytes = free_memory();
    let checked = Checked { file: file.into(), fits_memory: wrote.is_some(), card, sha256, free_bytes, wrote };
    Output::new(output).print(&checked, |checked| {
        let Card { name, family, quantisation, context, .. } = &checked.card;
        let fits = if checked.fits_memory { "fits" } else { "does not fit" };
        format!("{name}: {}, {quantisation}, context {context}; {fits} into memory", family.key())
    })
}

fn run_bench(which: &Which, output: OutArgs) -> Result<(), Failed> {
    let monitor = out::monitor();
    let model = which.open(&monitor)?;
    let figures = bench(&model, &monitor).map_err(|error| told(Path::new(&which.model), &error.into()))?;
    Output::new(output).print(&figures, |f: &Bench| {
        format!(
            "{}: reads {:.0} and writes {:.1} tokens a second, {:.1} with 8 drafts at once; first token {:.0} ms",
            f.model, f.prompt_tokens_per_s, f.decode_tokens_per_s, f.batch8_tokens_per_s, f.first_token_ms
        )
    })
}

/// The figures, and which of the house model's targets they miss.
#[derive(Serialize)]
struct Judgement {
    #[serde(flatten)]
    evaluation: Evaluation,
    misses: Vec<(&'static str, f64, f64)>,
}

fn run_evaluate(args: &EvaluateArgs) -> Result<(), Failed> {
    let monitor = out::monitor();
    let model = args.which.open(&monitor)?;
    let corpus = Corpus::load(&args.corpus)?;
    let recipe = EvaluateRecipe {
        sheets: args.sheets,
        drafts: args.drafts,
        seed: args.seed,
        lock: !args.no_lock,
        ..EvaluateRecipe::default()
    };
    let evaluation = evaluate(&model, &corpus, &recipe, &monitor)
        .map_err(|error| told(Path::new(&args.which.model), &error.into()))?;
    let judgement = Judgement { misses: evaluation.misses(), evaluation };
    Output::new(args.output).print(&judgement, |judgement| {
        let figures = serde_json::to_string(&judgement.evaluation.all).unwrap_or_default();
        format!("{}: {figures}\nbelow target: {:?}", judgement.evaluation.model, judgement.misses)
    })
}

impl Which {
    fn open(&self, monitor: &crate::base::Monitor) -> Result<Model, Failed> {
        let (file, settings) = kept()?;
        let shelf = models::shelf(&models::folder(&file), &settings.models);
        let missing = || Failed(format!("{}: no such model; `shopwright model list` names them", self.model));
        let source = models::find(&shelf, &self.model).ok_or_else(missing)?;
        let options = LoadOptions { threads: self.threads, despite_memory: false };
        source.open(&options, monitor).map_err(|error| told(Path::new(&self.model), &error.into()))
    }
}

pub(super) fn kept() -> Result<(PathBuf, Settings), Failed> {
    let missing = || Failed("no folder for settings: HOME is not set".into());
    let file = settings::config_file().ok_or_else(missing)?;
    let settings = Settings::load(&file);
    Ok((file, settings))
}

/// One line: which file, what, how to mend.
fn told(file: &Path, error: &ShelfError) -> Failed {
    let text = error.to_string();
    let name = file.display().to_string();
    let text = if text.contains(&name) { text } else { format!("{name}: {text}") };
    Failed(match mend(error) {
        "" => text,
        mend => format!("{text}; {mend}"),
    })
}

fn mend(error: &ShelfError) -> &'static str {
    let ShelfError::Model(error) = error else { return "" };
    match error {
        LmError::NotGguf => "take a file that ends in .gguf",
        LmError::Version(_) => "take a newer version of the file",
        LmError::HeaderCut { .. } | LmError::Incomplete { .. } => "download it again",
        LmError::Architecture(_) => "known are llama, qwen2, qwen3, phi3, gemma3, glm4 and lfm2",
        LmError::Quantisation { .. } => "take the model as Q8_0, Q4_K_M or Q4_0",
        LmError::Memory { .. } => "close other programs, or take a smaller model",
        LmError::NoHouseModel => "name a model with --model, or put assets/model/house.gguf there and build again",
        LmError::Context { .. } => "shorten the sheet",
        LmError::Header { .. } | LmError::MissingTensor(_) | LmError::Shape { .. } | LmError::Key { .. } => {
            "the file is damaged or unusual; download it again or take another"
        }
        _ => "",
    }
}
