//! `predict`: models compared on a table's target, kept in the project, applied to its rows or to others.

use std::path::PathBuf;

use serde::Serialize;

use super::{Failed, OutArgs, Output, ProjectArgs, open_or_create, out};
use crate::base::time::Moment;
use crate::project::{Edit, Project, Run, TableId};
use crate::stage::Stage;
use crate::stage::predict::fit::{Costs, PredictRecipe};
use crate::stage::predict::model::{FitCheck, ModelKind, ModelRecipe};
use crate::stage::predict::report::Report;
use crate::stage::predict::score::Metric;
use crate::stage::predict::split::SplitRecipe;
use crate::stage::predict::target::{Outcome, TargetRecipe, Task};
use crate::stage::predict::{Frame, PredictError, Values, Warning};
use crate::store::sources::{FeatureChoice, Sources};
use crate::store::study::{self, StudyPlan};
use crate::store::{Store, export};

#[derive(Debug, clap::Args)]
pub struct PredictArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The table to learn from; without one, customers as made from the project's events
    #[arg(long, value_name = "T")]
    table: Option<String>,
    /// The column to predict: a number, yes/no, or two words
    #[arg(long, value_name = "COL", required_unless_present_any = ["outcome", "kept"], conflicts_with = "outcome")]
    target: Option<String>,
    /// Instead of a column: what customers do within --days after --cut
    #[arg(long, value_enum, conflicts_with = "table")]
    outcome: Option<OutcomeArg>,
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The day (2026-09-30) that the past ends with; left out: the latest after which the data covers --days
    #[arg(long, value_name = "DATE", requires = "outcome", value_parser = cut)]
    cut: Option<Moment>,
    /// Models to compare, comma between them; "all" for every one that suits the target. svm and svm_linear learn from
    /// 10,000 rows at most, drawn by the seed
    #[arg(long, value_name = "M", value_delimiter = ',', value_parser = model)]
    model: Vec<ModelArg>,
    /// Test on each of K parts in turn; 5 when nothing else is said
    #[arg(long, value_name = "K", group = "scheme", value_parser = clap::value_parser!(u32).range(2..=50))]
    folds: Option<u32>,
    /// Test on this share of the rows, drawn by the seed
    #[arg(long, value_name = "S", group = "scheme", value_parser = share)]
    test_share: Option<f64>,
    /// Learn from the past, test on the latest fifth; the column of times is found unless named
    #[arg(long, value_name = "COL", group = "scheme", num_args = 0..=1, default_missing_value = "")]
    by_time: Option<String>,
    /// A column that says which fold each row is in, from 0
    #[arg(long, value_name = "COL", group = "scheme")]
    fold_column: Option<String>,
    /// Take the target for a number or for yes/no, whatever it looks like
    #[arg(long, value_enum)]
    task: Option<TaskArg>,
    /// The value of the target that counts as yes
    #[arg(long, value_name = "VALUE")]
    positive: Option<String>,
    /// From which score on a row counts as yes
    #[arg(long, value_name = "X")]
    threshold: Option<f64>,
    /// With both, the threshold that earns most is told
    #[arg(long, value_name = "X", requires = "sale_value")]
    contact_cost: Option<f64>,
    #[arg(long, value_name = "X", requires = "contact_cost")]
    sale_value: Option<f64>,
    /// Columns not to learn from
    #[arg(long, value_name = "COL", value_delimiter = ',')]
    without: Vec<String>,
    /// Numbers that are codes, to be read as categories
    #[arg(long, value_name = "COL", value_delimiter = ',')]
    as_category: Vec<String>,
    /// Of the folds and the models
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Apply the model kept last to --table (or the customers as they are now) instead of learning
    #[arg(long, conflicts_with_all = ["target", "outcome", "scheme"])]
    kept: bool,
    /// Write a score for every row: .csv, .xlsx or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    output: OutArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OutcomeArg {
    /// Buys at least once
    Buys,
    /// The amount spent
    Spends,
    /// Does nothing at all
    Quiet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TaskArg {
    Regression,
    Classification,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModelArg {
    All,
    One(ModelKind),
}

fn model(text: &str) -> Result<ModelArg, String> {
    if text == "all" {
        return Ok(ModelArg::All);
    }
    let names: Vec<&str> = ModelKind::ALL.iter().map(|kind| kind.key()).collect();
    let found = ModelKind::from_key(text).map(ModelArg::One);
    found.ok_or_else(|| format!("no such model; there are {} and all", names.join(", ")))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().map_err(|_| "a share such as 0.2".to_owned())?;
    if (0.01..=0.9).contains(&share) { Ok(share) } else { Err("0.01 to 0.9".to_owned()) }
}

fn cut(text: &str) -> Result<Moment, String> {
    study::cut_of(text).ok_or_else(|| "a date such as 2026-09-30".to_owned())
}

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    best_threshold: Option<crate::stage::predict::sweep::BestThreshold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<PathBuf>,
}

/// What applying a kept model tells.
#[derive(Serialize)]
struct Applied {
    task: Task,
    target: String,
    model: ModelKind,
    rows: usize,
    fits: bool,
    check: FitCheck,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<PathBuf>,
}

pub fn predict(args: &PredictArgs) -> Result<(), Failed> {
    let (mut store, mut project) = open_or_create(&args.project.project)?;
    if args.kept { apply(args, &mut store, &mut project) } else { learn(args, &mut store, &mut project) }
}

fn learn(args: &PredictArgs, store: &mut Store, project: &mut Project) -> Result<(), Failed> {
    let rows = rows(args, project)?;
    let plan = StudyPlan { learn: recipe(args, project, store, &rows)?, rows };
    let monitor = out::monitor();
    let began = std::time::Instant::now();
    let kept = study::make(project, &store.reader()?, &plan, &monitor, &mut |_| {})?;
    if let Some(path) = &args.out
        && let Some(leader) = kept.leader()
    {
        export::write(&study::scored(&kept.customers, leader, &kept.scores)?, path, &monitor)?;
    }
    let (summary, parts) = study::parts(&kept)?;
    let recipe = serde_json::to_value(&plan)?;
    let seconds = began.elapsed().as_secs_f64();
    let run = Run {
        stage: Stage::Predict,
        method: study::MODELS.to_owned(),
        recipe,
        seed: plan.learn.seed,
        inputs: plan.inputs(project),
        made_at: Moment::now(),
        seconds,
        summary,
        parts: Vec::new(),
    };
    keep(store, project, run, parts)?;
    let report = Report::of(&kept.study.result).ok_or_else(|| Failed("no model could be fitted".into()))?;
    let best_threshold = kept.study.result.best().and_then(|best| match &best.tested {
        crate::stage::predict::fit::Tested::Classification { best_threshold, .. } => *best_threshold,
        crate::stage::predict::fit::Tested::Regression { .. } => None,
    });
    let told = Told { report, best_threshold, scores: args.out.clone() };
    Output::new(args.output).print(&told, lines)
}

fn keep(store: &mut Store, project: &mut Project, mut run: Run, parts: Vec<(String, Vec<u8>)>) -> Result<(), Failed> {
    for (name, bytes) in parts {
        let blob = crate::store::blob::NewBlob::new(bytes);
        let (bytes, fingerprint) = (blob.bytes.len() as u64, blob.fingerprint);
        store.put_blob(&blob)?;
        run.parts.push(crate::project::RunPart { name, bytes, blob: fingerprint });
    }
    let edits = [Edit::Run(project.next_run_id(), Some(run))];
    project.apply_all(&edits)?;
    store.write(&edits)?;
    Ok(())
}

fn apply(args: &PredictArgs, store: &mut Store, project: &mut Project) -> Result<(), Failed> {
    let monitor = out::monitor();
    let reader = store.reader()?;
    let (id, run) = study::newest(project).ok_or(study::StudyError::NoModel)?;
    let kept = study::load(run, &reader)?;
    let asked = match args.model.as_slice() {
        [ModelArg::One(kind)] => Some(*kind),
        _ => None,
    };
    let model = study::model_of(&kept.study, asked)?;
    let rows = rows(args, project)?;
    let began = std::time::Instant::now();
    let scored = study::apply(project, &reader, model, &rows, &monitor)
        .map_err(|error| Failed(refusal(&error).unwrap_or_else(|| error.to_string())))?;
    let mut frame = study::scored(&scored.customers, &scored.model, &scored.scores)?;
    if let Some(path) = &args.out {
        export::write(&frame, path, &monitor)?;
    }
    let plan = study::ScorePlan { study: id, model: scored.model.kind(), rows };
    let mut inputs = plan.rows.inputs(project);
    inputs.extend(project.input(crate::project::Input::Run(id)));
    let told = Applied {
        task: scored.model.target.task,
        target: scored.model.target.name.clone(),
        model: scored.model.kind(),
        rows: scored.scores.len(),
        fits: scored.check.fits(),
        check: scored.check.clone(),
        scores: args.out.clone(),
    };
    let run = Run {
        stage: Stage::Predict,
        method: study::SCORES.to_owned(),
        recipe: serde_json::to_value(&plan)?,
        seed: 0,
        inputs,
        made_at: Moment::now(),
        seconds: began.elapsed().as_secs_f64(),
        summary: serde_json::to_value(&told)?,
        parts: Vec::new(),
    };
    let bytes = crate::store::blob::parquet_bytes(&mut frame)?;
    keep(store, project, run, vec![(study::SCORES_PART.to_owned(), bytes)])?;
    Output::new(args.output).print(&told, |told| {
        const SHOWN: usize = 8;
        let mut text = format!("{} scored by {}\n", counted(told.rows, "row"), told.model.key());
        for new in told.check.unseen.iter().take(SHOWN) {
            let (feature, level, rows) = (&new.feature, &new.level, counted(new.rows, "row"));
            text.push_str(&format!("  new to the model: {feature} {level:?} in {rows}\n"));
        }
        if let Some(more) = told.check.unseen.len().checked_sub(SHOWN + 1) {
            text.push_str(&format!("  and {} more\n", more + 1));
        }
        text
    })
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// What a table lacks, in one line.
fn refusal(error: &study::StudyError) -> Option<String> {
    let study::StudyError::Predict(PredictError::DoesNotFit { check }) = error else { return None };
    let mut lacks: Vec<String> = check.missing.iter().map(|name| format!("no column {name:?}")).collect();
    for (name, learned, has) in &check.other_type {
        lacks.push(format!("{name:?} is {has:?}, the model learned from {learned:?}"));
    }
    Some(format!("the table does not fit the model: {}", lacks.join("; ")))
}

fn rows(args: &PredictArgs, project: &Project) -> Result<FeatureChoice, Failed> {
    match &args.table {
        Some(name) => table_named(project, name).map(FeatureChoice::Table),
        None => Ok(match (study::usual_rows(project), args.outcome) {
            (FeatureChoice::Table(_), Some(_)) => FeatureChoice::default(),
            (rows, _) => rows,
        }),
    }
}

fn table_named(project: &Project, name: &str) -> Result<TableId, Failed> {
    project.tables().find(|(_, table)| table.name == name).map(|(id, _)| id).ok_or_else(|| {
        let names: Vec<&str> = project.tables().map(|(_, table)| table.name.as_str()).collect();
        let there = if names.is_empty() { "none; import one".to_owned() } else { names.join(", ") };
        Failed(format!("no table named {name:?} in the project; there is {there}"))
    })
}

fn recipe(args: &PredictArgs, project: &Project, store: &Store, rows: &FeatureChoice) -> Result<PredictRecipe, Failed> {
    let task = args.task.map(|task| match task {
        TaskArg::Regression => Task::Regression,
        TaskArg::Classification => Task::Classification,
    });
    let target = match (&args.target, args.outcome) {
        (_, Some(outcome)) => {
            let days = args.days;
            let outcome = match outcome {
                OutcomeArg::Buys => Outcome::Buys { days },
                OutcomeArg::Spends => Outcome::Spends { days },
                OutcomeArg::Quiet => Outcome::GoesQuiet { days },
            };
            TargetRecipe::Events { cut: args.cut, outcome }
        }
        (name, None) => {
            TargetRecipe::Column { name: name.clone().unwrap_or_default(), task, positive: args.positive.clone() }
        }
    };
    let mut recipe = PredictRecipe { target, threshold: args.threshold, seed: args.seed, ..PredictRecipe::default() };
    recipe.columns.without = args.without.clone();
    recipe.columns.as_category = args.as_category.clone();
    recipe.costs = args.contact_cost.zip(args.sale_value).map(|(contact, sale)| Costs { contact, sale });
    recipe.split = split(args, project, store, rows, &mut recipe.columns.without)?;
    let kinds: Vec<ModelKind> = args.model.iter().flat_map(|model| kinds(*model)).collect();
    for kind in kinds {
        if recipe.models.iter().all(|m| m.kind() != kind) {
            recipe.models.push(ModelRecipe::usual(kind, args.seed));
        }
    }
    Ok(recipe)
}

/// "all" leaves the straight-line machine out, which answers about as the logistic regression does.
fn kinds(model: ModelArg) -> Vec<ModelKind> {
    match model {
        ModelArg::One(kind) => vec![kind],
        ModelArg::All => ModelKind::ALL.into_iter().filter(|kind| *kind != ModelKind::SvmLinear).collect(),
    }
}

fn split(
    args: &PredictArgs,
    project: &Project,
    store: &Store,
    rows: &FeatureChoice,
    without: &mut Vec<String>,
) -> Result<SplitRecipe, Failed> {
    if let Some(test_share) = args.test_share {
        return Ok(SplitRecipe::Holdout { test_share, stratified: false });
    }
    let wanted = args.by_time.as_ref().or(args.fold_column.as_ref());
    let Some(name) = wanted else {
        return Ok(SplitRecipe::KFold { folds: args.folds.unwrap_or(5) as usize, stratified: true });
    };
    let FeatureChoice::Table(id) = rows else {
        return Err(Failed("this scheme needs --table: customers made from events have no column for it".into()));
    };
    let reader = store.reader()?;
    let frame = Sources::new(project, &reader).frame(*id, None, &out::monitor())?;
    let frame = Frame::from_polars(&frame)?;
    if args.fold_column.is_some() {
        without.push(name.clone());
        return Ok(SplitRecipe::Given { fold_of: fold_numbers(&frame, name)? });
    }
    let found = frame.columns.iter().find(|c| matches!(c.values, Values::Time(_))).map(|c| c.name.clone());
    let column = if name.is_empty() {
        found.ok_or_else(|| Failed("the table has no column of times; name one: --by-time COL".into()))?
    } else {
        name.clone()
    };
    Ok(SplitRecipe::ByTime { column, test_share: 0.2, folds: 1 })
}

fn fold_numbers(frame: &Frame, name: &str) -> Result<Vec<u32>, Failed> {
    let refused = || Failed(format!("column {name:?} holds no fold numbers (0, 1, 2, …)"));
    match &frame.column(name)?.values {
        Values::Number(v) if v.iter().all(|v| v.fract() == 0.0 && (0.0..1000.0).contains(v)) => {
            Ok(v.iter().map(|v| *v as u32).collect())
        }
        Values::YesNo(v) if v.iter().all(|v| v.is_finite()) => Ok(v.iter().map(|v| *v as u32).collect()),
        _ => Err(refused()),
    }
}

/// For people: the board, the baseline, what was set aside and warned of.
fn lines(told: &Told) -> String {
    let report = &told.report;
    let mut text = format!(
        "{} of {}, {}, {}\n",
        word(&report.task),
        report.target,
        counted(report.rows, "row"),
        counted(report.features.len(), "feature")
    );
    let shown: &[Metric] = match report.task {
        Task::Classification => &[Metric::Auc, Metric::Accuracy, Metric::Recall, Metric::LogLoss],
        Task::Regression => &[Metric::R2, Metric::Rmse, Metric::Mae, Metric::Accuracy],
    };
    let row = |name: &str, metrics: &crate::stage::predict::score::Metrics| {
        let cells: String =
            shown.iter().map(|m| metrics.get(m).map_or("           -".to_owned(), |v| format!("{v:>12.4}"))).collect();
        format!("  {name:<12}{cells}\n")
    };
    text.push_str(&format!("  {:<12}{}\n", "", shown.iter().map(|m| format!("{:>12}", m.key())).collect::<String>()));
    for line in &report.leaderboard {
        text.push_str(&row(line.model.key(), &line.metrics));
    }
    text.push_str(&row("baseline", &report.baseline));
    if let Some(kind) = report.coefficients_of {
        text.push_str(&format!("  coefficients of {}\n", kind.key()));
    }
    for c in report.coefficients.iter().take(40) {
        let p = c.p_value.map_or(String::new(), |p| format!("  p {p:.3}"));
        let range = c.low.zip(c.high).map_or(String::new(), |(low, high)| format!("  {low:.4} to {high:.4}"));
        let planted = c.planted.map_or(String::new(), |planted| format!("  planted {planted}"));
        text.push_str(&format!("    {:<28}{:>12.5}{range}{p}{planted}\n", c.name, c.estimate));
    }
    match report.winner {
        Some(kind) if report.leaderboard.len() == 1 => {
            text.push_str(&format!("  {} is better than guessing, beyond luck\n", kind.key()));
        }
        None if report.leaderboard.len() == 1 => text.push_str("  it is not proved better than guessing\n"),
        Some(kind) => text.push_str(&format!("  {} is better than the others beyond luck\n", kind.key())),
        None => text.push_str("  no model is proved better than all others\n"),
    }
    for aside in &report.set_aside {
        text.push_str(&format!("  not used: {} ({})\n", aside.column, word(&aside.reason)));
    }
    for warning in &report.warnings {
        text.push_str(&format!("  {}\n", warned(warning)));
    }
    for (kind, why) in &report.refused {
        text.push_str(&format!("  {} could not be fitted: {why}\n", kind.key()));
    }
    text
}

fn word<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    let word = value.as_str().or_else(|| value.get("reason").and_then(|r| r.as_str()));
    word.unwrap_or_default().replace('_', " ")
}

fn warned(warning: &Warning) -> String {
    match warning {
        Warning::Leak { column, .. } => {
            format!("{column:?}: this column alone predicts the target perfectly; is it known beforehand? (--without)")
        }
        Warning::RowsWithoutTarget { rows } => format!("{rows} rows without a target were left out"),
        Warning::Infinite { column, values } => format!("{column:?}: {values} infinite numbers read as missing"),
        Warning::ManyLevels { column, levels, kept } => {
            format!("{column:?}: {levels} categories, the {kept} most frequent have a column of their own")
        }
        Warning::Collinear { model, column, with } if with.is_empty() => {
            format!("{}: {column:?} is the same for everybody and was left out", model.key())
        }
        Warning::Collinear { model, column, with } => {
            format!("{}: {column:?} says nothing beyond {} and was left out", model.key(), with.join(", "))
        }
        Warning::Separation { model, columns, .. } => {
            format!("{}: {} separate yes from no perfectly; no standard errors", model.key(), columns.join(", "))
        }
        Warning::Penalised { model, columns, rows } => {
            format!("{}: {columns} columns for {rows} rows; fitted with a penalty, no standard errors", model.key())
        }
        Warning::NotConverged { model, after } => format!("{}: not settled after {after} steps", model.key()),
        Warning::Sampled { model, rows, of } => format!("{}: learned from {rows} of {of} rows", model.key()),
        Warning::NotCovered { days, covered } => {
            format!("the data covers {covered:.0} of the {days} days; late ones are not known yet")
        }
    }
}
