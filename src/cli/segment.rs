//! `segment`: customers into groups, from the project's tables to personas.

use std::path::PathBuf;
use std::time::Instant;

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::base::Monitor;
use crate::base::time::Moment;
use crate::project::{Edit, Run, RunPart};
use crate::stage::Stage;
use crate::stage::segment::SegmentError;
use crate::stage::segment::choose_k::Verdict;
use crate::stage::segment::matrix::{Notice, Useless};
use crate::stage::segment::picture::{self, Picture};
use crate::stage::segment::report::Report;
use crate::stage::segment::rfm::Cuts;
use crate::stage::segment::run::{GroupCount, Method};
use crate::stage::segment::saved::AudienceFloor;
use crate::stage::segment::scale::Scaling;
use crate::store::blob::NewBlob;
use crate::store::export;
use crate::store::segments::{self, SegmentPlan, SegmentsError};
use crate::store::sources::FeatureChoice;

#[derive(Debug, clap::Args)]
pub struct SegmentArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// rfm: recency, frequency, money; kmeans: groups that resemble each other; gmm: a mixture, with how surely each belongs
    #[arg(long, value_name = "M", value_parser = method, default_value = "kmeans")]
    method: Method,
    /// How many groups: auto looks for them, from 2 to 12
    #[arg(long, value_name = "auto|N", value_parser = groups, default_value = "auto")]
    k: GroupCount,
    /// Features to look at, by column; the usual ones when not given
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    features: Vec<String>,
    /// How features are made comparable: auto, log, standard, robust, none
    #[arg(long, value_name = "S", value_parser = scaling, default_value = "auto")]
    scaling: Scaling,
    /// RFM: four rising numbers of days since the last purchase that part the scores; fifths of the buyers when not given
    #[arg(long, value_name = "A,B,C,D", value_parser = cuts)]
    recency_cuts: Option<Cuts>,
    /// RFM: the same for the number of orders
    #[arg(long, value_name = "A,B,C,D", value_parser = cuts)]
    frequency_cuts: Option<Cuts>,
    /// RFM: the same for the money spent
    #[arg(long, value_name = "A,B,C,D", value_parser = cuts)]
    monetary_cuts: Option<Cuts>,
    /// The day features look back from, such as 2024-06-30; just after the last event when not given
    #[arg(long, value_name = "DATE", value_parser = day)]
    today: Option<Moment>,
    /// The same seed gives the same groups
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Write the customers with their segment and features: .csv, .xlsx or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only this segment (its id) goes into FILE
    #[arg(long, value_name = "ID", requires = "out")]
    only: Option<u32>,
    /// Replace customers' ids in FILE by hashes that only this project makes
    #[arg(long, requires = "out")]
    hash_ids: bool,
    /// Write FILE although fewer customers are in it than the project's floor (20)
    #[arg(long, requires = "out")]
    small: bool,
    #[command(flatten)]
    output: OutArgs,
}

fn method(text: &str) -> Result<Method, String> {
    segments::method_from_key(text).ok_or_else(|| "one of rfm, kmeans, gmm".to_owned())
}

fn groups(text: &str) -> Result<GroupCount, String> {
    if text == "auto" {
        return Ok(GroupCount::Auto { from: 2, to: 12 });
    }
    match text.parse() {
        Ok(k) if (2..=30).contains(&k) => Ok(GroupCount::Fixed(k)),
        _ => Err("auto, or a number from 2 to 30".to_owned()),
    }
}

fn scaling(text: &str) -> Result<Scaling, String> {
    let wrong = || "one of auto, log, standard, robust, none".to_owned();
    serde_json::from_value(text.into()).map_err(|_| wrong())
}

fn cuts(text: &str) -> Result<Cuts, String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    let four = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
    let sound = |four: &[f64; 4]| four.iter().all(|cut| cut.is_finite()) && four.is_sorted_by(|a, b| a < b);
    four.filter(sound).map(Cuts::Own).ok_or_else(|| "four rising numbers such as 14,30,90,180".to_owned())
}

fn day(text: &str) -> Result<Moment, String> {
    Moment::parse_date(text).ok_or_else(|| "a date such as 2024-06-30".to_owned())
}

pub fn segment(args: &SegmentArgs) -> Result<(), Failed> {
    if let Some(file) = &args.out
        && export::ExportFormat::of(file).is_none()
    {
        return Err(export::ExportError::Ending(file.clone()).into());
    }
    let (mut store, mut project) = super::open_to_write(&args.project.project)?;
    let monitor = out::monitor();
    let began = Instant::now();
    let mut plan = SegmentPlan { customers: FeatureChoice::of(&project), ..SegmentPlan::default() };
    if let (FeatureChoice::Events(recipe), Some(today)) = (&mut plan.customers, args.today) {
        recipe.today = Some(today);
    }
    plan.segment.method = args.method;
    plan.segment.groups = args.k;
    plan.segment.features = args.features.clone();
    plan.segment.scaling = args.scaling;
    plan.segment.seed = args.seed;
    plan.segment.rfm.recency_cuts = args.recency_cuts.unwrap_or_default();
    plan.segment.rfm.frequency_cuts = args.frequency_cuts.unwrap_or_default();
    plan.segment.rfm.monetary_cuts = args.monetary_cuts.unwrap_or_default();
    let picture = find(&store, &project, &plan, &monitor)?;
    let seconds = began.elapsed().as_secs_f64();

    let mut parts = Vec::new();
    for (name, bytes) in segments::parts(&picture)? {
        let blob = NewBlob::new(bytes);
        store.put_blob(&blob)?;
        parts.push(RunPart { name, bytes: blob.bytes.len() as u64, blob: blob.fingerprint });
    }
    let run = Run {
        stage: Stage::Segment,
        method: plan.method().to_owned(),
        recipe: serde_json::to_value(&plan)?,
        seed: args.seed,
        inputs: plan.inputs(&project),
        made_at: Moment::now(),
        seconds,
        summary: segments::summary(&picture, seconds),
        parts,
    };
    let edits = [Edit::Run(project.next_run_id(), Some(run))];
    project.apply_all(&edits)?;
    store.write(&edits)?;
    if args.out.is_some() {
        write_customers(args, &picture, &mut store, &mut project, &monitor)?;
    }
    store.close()?;
    Output::new(args.output).print(&Report::new(&picture.found, seconds), lines)
}

fn find(
    store: &crate::store::Store,
    project: &crate::project::Project,
    plan: &SegmentPlan,
    monitor: &Monitor,
) -> Result<Picture, Failed> {
    let ground = segments::ground(project, &store.reader()?, &plan.customers, monitor)?;
    picture::make(&ground, &plan.segment, monitor).map_err(|error| match error {
        SegmentError::UnknownFeature(name) => {
            Failed(format!("there is no feature {name:?}; there are {}", ground.numeric().join(", ")))
        }
        SegmentError::TooFewCustomers { have, need } if args_auto(plan) => Failed(format!(
            "{have} customers are too few to look for groups ({need} are needed); say --k N or --method rfm"
        )),
        error => SegmentsError::from(error).into(),
    })
}

fn args_auto(plan: &SegmentPlan) -> bool {
    plan.segment.method != Method::Rfm && matches!(plan.segment.groups, GroupCount::Auto { .. })
}

fn write_customers(
    args: &SegmentArgs,
    picture: &Picture,
    store: &mut crate::store::Store,
    project: &mut crate::project::Project,
    monitor: &Monitor,
) -> Result<(), Failed> {
    let Some(file) = &args.out else { return Ok(()) };
    let inside = |row: &u32| match args.only {
        Some(only) => picture.found.labels[*row as usize] == only,
        None => true,
    };
    let rows: Vec<u32> = (0..picture.len() as u32).filter(inside).collect();
    let floor = project.item::<AudienceFloor>(segments::THE_ONE).unwrap_or_default().0;
    if (rows.len() as u64) < floor && !args.small {
        let count = rows.len();
        return Err(Failed(format!(
            "{count} customers are fewer than the floor of {floor}; say --small to write them"
        )));
    }
    let names = picture.found.personas.iter().map(|card| (card.segment, card.name.en.clone())).collect();
    let columns: Vec<String> = picture.columns.keys().cloned().collect();
    let mut frame = segments::export_frame(picture, &rows, &columns, &names)?;
    if args.hash_ids {
        let (salt, edit) = segments::salt(project);
        if let Some(edit) = edit {
            project.apply(edit.clone())?;
            store.write(&[edit])?;
        }
        frame = export::hashed(&frame, crate::stage::data::features::USER, &salt)?;
    }
    export::write(&frame, file, monitor)?;
    Ok(())
}

fn note(notice: &Notice) -> String {
    match notice {
        Notice::LeftOut { feature, why: Useless::AllMissing } => format!("{feature} is empty for everyone; left out"),
        Notice::LeftOut { feature, why: Useless::Constant } => format!("{feature} is the same for everyone; left out"),
        Notice::Filled { feature, rows: 1 } => format!("{feature}: 1 gap filled"),
        Notice::Filled { feature, rows } => format!("{feature}: {rows} gaps filled"),
        Notice::OutlierRules { feature, row, value } => {
            let value = if value.abs() >= 100.0 { value.round() } else { (value * 100.0).round() / 100.0 };
            format!("row {} alone makes most of {feature} ({value}); look at it before you trust the shares", row + 1)
        }
    }
}

fn lines(report: &Report) -> String {
    let verdict = match report.verdict {
        Some(Verdict::Clear) => "clear groups",
        Some(Verdict::Weak) => "weak groups",
        Some(Verdict::None) => "no clear groups; these are pieces of one cloud",
        None if report.method == Method::Rfm => "groups by definition",
        None => "too few customers to say whether there are groups at all",
    };
    let mut text = format!("{} segments, {verdict}", report.segments.len());
    if let (Some(silhouette), Some((low, high))) = (report.silhouette, report.silhouette_ci) {
        text.push_str(&format!(", silhouette {silhouette:.2} ({low:.2} to {high:.2})"));
    }
    text.push('\n');
    if let Some(cuts) = &report.cuts {
        let join = |cuts: [f64; 4]| cuts.map(|cut| format!("{}", (cut * 100.0).round() / 100.0)).join(" · ");
        let (days, orders, money) = (join(cuts.recency), join(cuts.frequency), join(cuts.monetary));
        text.push_str(&format!("  cut points: days since last purchase {days}; orders {orders}; money {money}\n"));
    }
    for notice in &report.notices {
        text.push_str(&format!("  note: {}\n", note(notice)));
    }
    for line in &report.segments {
        let share = line
            .revenue_share
            .map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", (share * 100.0).round() + 0.0));
        text.push_str(&format!("{:>4}  {:<36}{:>9}  {share:>5}  {}\n", line.id, line.name, line.size, line.sentence));
    }
    text
}
