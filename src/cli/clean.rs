//! `clean`: the steps that are done to a table whenever it is used.

use std::path::PathBuf;

use serde::Serialize;

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::base::time::Moment;
use crate::project::{Edit, Table};
use crate::stage::data::clean::{CleanAction, CleanRecipe, CleanStep, StepReport, clean as run};
use crate::stage::data::profile::ProfileRecipe;
use crate::store::{export, shape};

#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The table; the only one when not given
    #[arg(long, value_name = "T")]
    table: Option<String>,
    /// Put these steps in the place of the table's own: a JSON file, {"steps":[{"on":true,"what":{"trim":{"columns":[]}}}]}
    #[arg(long, value_name = "FILE", conflicts_with_all = ["repair", "clear"])]
    recipe: Option<PathBuf>,
    /// Add the repair of every problem that the profile finds
    #[arg(long)]
    repair: bool,
    /// Take all steps out
    #[arg(long, conflicts_with = "repair")]
    clear: bool,
    /// Write the rows as they are after cleaning: .csv, .xlsx or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    output: OutArgs,
}

#[derive(Serialize)]
struct Report {
    table: String,
    rows_before: u64,
    rows_after: u64,
    recipe: CleanRecipe,
    steps: Vec<StepReport>,
}

pub fn clean(args: &CleanArgs) -> Result<(), Failed> {
    let (mut store, mut project) = super::open_or_create(&args.project.project)?;
    let (id, name) = super::table_asked(&project, args.table.as_deref())?;
    let Some(table) = project.table(id).cloned() else { return Err(Failed(format!("no table {name:?}"))) };
    let monitor = out::monitor();
    let reader = store.reader()?;
    let mut recipe = table.cleaning.clone();
    if args.clear {
        recipe = CleanRecipe::default();
    }
    if let Some(path) = &args.recipe {
        let text = std::fs::read_to_string(path).map_err(|error| Failed(format!("{}: {error}", path.display())))?;
        recipe = serde_json::from_str(&text).map_err(|error| Failed(format!("{}: {error}", path.display())))?;
    }
    if args.repair {
        let how = ProfileRecipe { today: Some(Moment::now()), ..ProfileRecipe::default() };
        let profile = shape::profile_table(&project, &reader, id, &how, &monitor)?;
        let repairs = profile.findings.into_iter().flat_map(|finding| finding.repair);
        recipe.steps.extend(repairs.map(CleanStep::from));
    }
    let whole = reader.frame(&table, None)?;
    let (frame, steps) = run(&whole, &recipe, &monitor).map_err(|error| Failed(format!("{name}: {error}")))?;
    if let Some(path) = &args.out {
        export::write(&frame, path, &monitor)?;
    }
    if recipe != table.cleaning {
        let edits = [Edit::Table(id, Some(Table { cleaning: recipe.clone(), ..table }))];
        project.apply_all(&edits)?;
        store.write(&edits)?;
    }
    store.close()?;
    let report =
        Report { table: name, rows_before: whole.height() as u64, rows_after: frame.height() as u64, recipe, steps };
    Output::new(args.output).print(&report, lines)
}

fn lines(report: &Report) -> String {
    let mut text = format!("{}: {} rows become {}\n", report.table, report.rows_before, report.rows_after);
    for step in &report.steps {
        let what = report.recipe.steps.get(step.step).map(|step| kind_of(&step.what));
        let dropped = step.rows_before - step.rows_after;
        text.push_str(&format!(
            "  {:>2}. {}: {} cells changed, {dropped} rows left out\n",
            step.step + 1,
            what.unwrap_or_default(),
            step.cells_changed
        ));
    }
    text
}

/// The step's own word, as in the JSON, and its columns.
fn kind_of(action: &CleanAction) -> String {
    let json = serde_json::to_value(action).unwrap_or_default();
    let key = json.as_object().and_then(|map| map.keys().next()).map(|key| key.replace('_', " ")).unwrap_or_default();
    match action.columns().as_slice() {
        [] => key,
        columns => format!("{key} {}", columns.join(", ")),
    }
}
