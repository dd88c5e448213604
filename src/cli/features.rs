//! `features`: one row a customer, from what customers did.

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::base::time::Moment;
use crate::project::{Edit, Item, Run, RunPart};
use crate::stage::Stage;
use crate::stage::data::features::{Feature, FeatureRecipe};
use crate::store::blob::NewBlob;
use crate::store::export;
use crate::store::feature_run::{self, FeatureSummary};
use crate::store::sources::FeatureChoice;

#[derive(Debug, clap::Args)]
pub struct FeaturesArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The day features look back from, such as 2024-06-30; just after the last event when not given
    #[arg(long, value_name = "DATE", value_parser = day)]
    today: Option<Moment>,
    /// How many days before today to look at; all when not given
    #[arg(long, value_name = "N")]
    window_days: Option<u32>,
    /// The shop's clock in hours east of UTC, such as 8
    #[arg(long, value_name = "H", default_value_t = 0.0, allow_hyphen_values = true)]
    utc_offset: f64,
    /// Features by column; all that the tables allow when not given
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', value_parser = feature)]
    features: Vec<Feature>,
    /// A table with one row a customer, in the place of what customers did
    #[arg(long, value_name = "T", conflicts_with_all = ["today", "window_days", "features"])]
    table: Option<String>,
    /// Write the rows: .csv, .xlsx or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    output: OutArgs,
}

fn day(text: &str) -> Result<Moment, String> {
    let date: jiff::civil::Date = text.parse().map_err(|_| "a day such as 2024-06-30".to_owned())?;
    let at = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?;
    Ok(Moment(at.timestamp().as_second()))
}

fn feature(text: &str) -> Result<Feature, String> {
    Feature::from_key(text).ok_or_else(|| format!("one of {}", Feature::ALL.map(Feature::key).join(", ")))
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    summary: FeatureSummary,
    out: Option<PathBuf>,
    seconds: f64,
}

pub fn features(args: &FeaturesArgs) -> Result<(), Failed> {
    let began = Instant::now();
    let (mut store, mut project) = super::open_or_create(&args.project.project)?;
    let choice = match &args.table {
        Some(name) => FeatureChoice::Table(super::table_asked(&project, Some(name))?.0),
        None => FeatureChoice::Events(FeatureRecipe {
            features: (!args.features.is_empty()).then(|| args.features.clone()),
            today: args.today,
            window_days: args.window_days,
            utc_offset: (args.utc_offset * 3600.0) as i32,
            ..FeatureRecipe::default()
        }),
    };
    let (set, summary, bytes) = feature_run::make(&project, &store.reader()?, &choice, &out::monitor())?;
    if let Some(path) = &args.out {
        export::write(&set.frame, path, &out::monitor())?;
    }
    let blob = NewBlob::new(bytes);
    let part = RunPart { name: feature_run::PART.to_owned(), bytes: blob.bytes.len() as u64, blob: blob.fingerprint };
    store.put_blob(&blob)?;
    let run = Run {
        stage: Stage::Data,
        method: feature_run::METHOD.to_owned(),
        recipe: serde_json::to_value(&choice)?,
        seed: 0,
        inputs: choice.inputs(&project),
        made_at: Moment::now(),
        seconds: began.elapsed().as_secs_f64(),
        summary: serde_json::to_value(&summary)?,
        parts: vec![part],
    };
    let edits = [choice.put(FeatureChoice::ID)?, Edit::Run(project.next_run_id(), Some(run))];
    project.apply_all(&edits)?;
    store.write(&edits)?;
    store.close()?;
    let report = Report { summary, out: args.out.clone(), seconds: began.elapsed().as_secs_f64() };
    Output::new(args.output).print(&report, lines)
}

fn lines(report: &Report) -> String {
    let summary = &report.summary;
    let customers = out::grouped(summary.customers);
    let mut text = format!("{customers} customers, {} features\n", summary.columns.len().saturating_sub(1));
    let wide = out::width(summary.columns.iter().skip(1).map(|column| column.name.as_str()));
    for column in summary.columns.iter().skip(1) {
        text.push_str(&format!("  {}  {}\n", out::padded(&column.name, wide), column.kind.key()));
    }
    let wide = out::width(summary.skipped.iter().map(|skipped| skipped.feature.key()));
    for skipped in &summary.skipped {
        let need = serde_json::to_value(skipped.need).unwrap_or_default();
        let name = out::padded(skipped.feature.key(), wide);
        text.push_str(&format!("  left out: {name}  needs {}\n", need.as_str().unwrap_or("")));
    }
    text
}
