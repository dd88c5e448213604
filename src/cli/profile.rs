//! `profile`: what stands in a table and what is wrong with it.

use serde::Serialize;

use super::{Failed, OutArgs, Output, ProjectArgs, out};
use crate::base::time::Moment;
use crate::project::TableId;
use crate::stage::data::profile::{Problem, Profile, ProfileRecipe};
use crate::store::{Store, shape};

#[derive(Debug, clap::Args)]
pub struct ProfileArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The table; the only one when not given
    #[arg(long, value_name = "T")]
    table: Option<String>,
    #[command(flatten)]
    output: OutArgs,
}

#[derive(Serialize)]
struct Report {
    table: String,
    #[serde(flatten)]
    profile: Profile,
}

pub fn profile(args: &ProfileArgs) -> Result<(), Failed> {
    let opened = Store::open_to_read(&args.project.project)?;
    let (id, name) = super::table_asked(&opened.project, args.table.as_deref())?;
    let recipe = ProfileRecipe { today: Some(Moment::now()), ..ProfileRecipe::default() };
    let profile = shape::profile_table(&opened.project, &opened.store.reader()?, id, &recipe, &out::monitor())?;
    Output::new(args.output).print(&Report { table: name, profile }, lines)
}

fn lines(report: &Report) -> String {
    let profile = &report.profile;
    let (rows, columns) = (out::grouped(profile.rows), profile.columns.len());
    let mut text = format!("{}: {rows} rows, {columns} columns\n", report.table);
    let wide = out::width(profile.columns.iter().map(|column| column.name.as_str()));
    for column in &profile.columns {
        let kind = column.column_type.map_or("–", |kind| kind.key());
        let about = if column.distinct.exact { "" } else { "~" };
        text.push_str(&format!(
            "  {}  {kind:<10}{:>12} missing{:>12} different\n",
            out::padded(&column.name, wide),
            out::grouped(column.missing),
            format!("{about}{}", out::grouped(column.distinct.count))
        ));
    }
    for finding in &profile.findings {
        let column = finding.problem.column().map_or_else(String::new, |column| format!(" in {column}"));
        let rows = if finding.rows > 0 { format!(": {} rows", out::grouped(finding.rows)) } else { String::new() };
        let mends = if finding.repair.is_empty() { "" } else { ", can be repaired" };
        text.push_str(&format!("  ! {}{column}{rows}{mends}\n", kind_of(&finding.problem)));
    }
    text
}

/// The problem's own word: `exact_duplicates`, as in the JSON, written apart.
fn kind_of(problem: &Problem) -> String {
    let json = serde_json::to_value(problem).unwrap_or_default();
    json["what"].as_str().unwrap_or_default().replace('_', " ")
}

/// The table with this name, or the only one.
pub fn asked(project: &crate::project::Project, name: Option<&str>) -> Result<(TableId, String), Failed> {
    let names = || project.tables().map(|(_, table)| table.name.clone()).collect::<Vec<_>>().join(", ");
    let found = match name {
        Some(name) => project.table_named(name),
        None => {
            let mut tables = project.tables();
            match (tables.next(), tables.next()) {
                (Some(one), None) => Some(one),
                (None, _) => return Err(Failed("the project has no table; import one".to_owned())),
                (Some(_), Some(_)) => return Err(Failed(format!("say --table; the tables are {}", names()))),
            }
        }
    };
    let missing = || Failed(format!("no table {:?}; the tables are {}", name.unwrap_or_default(), names()));
    found.map(|(id, table)| (id, table.name.clone())).ok_or_else(missing)
}
