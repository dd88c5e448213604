//! `info`: what a project holds.

use serde::Serialize;

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::project::StageState;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct InfoArgs {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(flatten)]
    output: OutArgs,
}

#[derive(Serialize)]
struct Info {
    tables: Vec<TableInfo>,
    runs: Vec<RunInfo>,
}

#[derive(Serialize)]
struct TableInfo {
    name: String,
    kind: &'static str,
    rows: u64,
}

#[derive(Serialize)]
struct RunInfo {
    stage: &'static str,
    method: String,
    state: StageState,
    made_at: String,
}

pub fn info(args: &InfoArgs) -> Result<(), Failed> {
    let project = Store::open_to_read(&args.project.project)?.project;
    let tables = project
        .tables()
        .map(|(_, table)| TableInfo { name: table.name.clone(), kind: table.kind.key(), rows: table.rows() })
        .collect();
    let runs = project
        .runs()
        .map(|(_, run)| RunInfo {
            stage: run.stage.key(),
            method: run.method.clone(),
            state: if project.run_is_fresh(run) { StageState::Fresh } else { StageState::OutOfDate },
            made_at: run.made_at.iso(),
        })
        .collect();
    Output::new(args.output).print(&Info { tables, runs }, |info| {
        let mut lines = format!("{}\n", project.name());
        let wide = out::width(info.tables.iter().map(|table| table.name.as_str()));
        for table in &info.tables {
            let (name, rows) = (out::padded(&table.name, wide), out::grouped(table.rows));
            lines.push_str(&format!("  {name}  {:<10}{rows:>14} rows\n", table.kind));
        }
        for run in &info.runs {
            let state = serde_json::to_value(run.state).unwrap_or_default();
            let state = state.as_str().unwrap_or_default().replace('_', " ");
            lines.push_str(&format!("  {:<12}{:<12}{:<12}{}\n", run.stage, run.method, state, run.made_at));
        }
        lines
    })
}
