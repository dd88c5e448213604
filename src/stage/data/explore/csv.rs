//! A chart's data as CSV: comma, UTF-8, quotes where needed, times in ISO form.

use super::result::ChartData;
use super::scatter::{Axis, AxisKind, ScatterData, ScatterView};
use super::{Grain, calendar};
use crate::stage::data::cell::Value;
use crate::stage::data::profile::Correlations;
use std::io::{self, Write};

/// A header and one line a mark of the chart.
pub fn write_csv(data: &ChartData, out: &mut impl Write) -> io::Result<()> {
    match data {
        ChartData::Scatter(data) => scatter(data, out),
        ChartData::Line(data) => {
            row(out, head(&["at", "rows"], &data.groups))?;
            for point in &data.points {
                let start = [moment(point.at, data.grain), point.rows.to_string()];
                row(out, start.into_iter().chain(point.values.iter().map(optional)))?;
            }
            Ok(())
        }
        ChartData::Bars(data) => {
            row(out, head(&["category", "rows", "total"], &data.groups))?;
            for bar in &data.bars {
                let start = [bar.label.to_string(), bar.rows.to_string(), optional(&bar.total)];
                row(out, start.into_iter().chain(bar.values.iter().map(optional)))?;
            }
            Ok(())
        }
        ChartData::Histogram(data) => {
            row(out, head(&["from", "to"], &data.groups))?;
            for (bin, edges) in data.edges.windows(2).enumerate() {
                let start = [edges[0].to_string(), edges[1].to_string()];
                let counts = data.counts.iter().map(|counts| counts.get(bin).map_or_else(String::new, u64::to_string));
                row(out, start.into_iter().chain(counts))?;
            }
            Ok(())
        }
        ChartData::Box(data) => {
            let names = ["group", "count", "mean", "min", "low_whisker", "q1", "median", "q3", "high_whisker", "max"];
            row(out, names.map(str::to_owned).into_iter().chain(["outliers".to_owned()]))?;
            for s in &data.groups {
                let numbers = [s.mean, s.min, s.low_whisker, s.q1, s.median, s.q3, s.high_whisker, s.max];
                let start = [s.label.to_string(), s.count.to_string()].into_iter();
                row(out, start.chain(numbers.map(|v| v.to_string())).chain([s.outliers.to_string()]))?;
            }
            Ok(())
        }
        ChartData::Heat(data) => {
            row(out, ["weekday", "hour", "rows", "value"].map(str::to_owned))?;
            for (day, (values, rows)) in data.values.iter().zip(&data.rows).enumerate() {
                for (hour, (value, rows)) in values.iter().zip(rows).enumerate() {
                    row(out, [(day + 1).to_string(), hour.to_string(), rows.to_string(), optional(value)])?;
                }
            }
            Ok(())
        }
        ChartData::Funnel(data) => {
            let names = ["step", "events", "users", "reached", "of_first", "of_previous", "seconds_since_previous"];
            row(out, names.map(str::to_owned))?;
            for s in &data.steps {
                let counts = [s.events, s.users, s.reached].map(|n| n.to_string());
                let shares = [s.of_first, s.of_previous, s.seconds_since_previous].map(|v| optional(&v));
                row(out, [s.event.clone()].into_iter().chain(counts).chain(shares))?;
            }
            Ok(())
        }
        ChartData::Cohorts(data) => {
            let most = data.cohorts.iter().map(|cohort| cohort.active.len()).max().unwrap_or(0);
            let later = (0..most).map(|later| later.to_string());
            row(out, ["cohort".to_owned(), "users".to_owned()].into_iter().chain(later))?;
            for cohort in &data.cohorts {
                let start = [moment(cohort.at, data.grain), cohort.size.to_string()];
                row(out, start.into_iter().chain(cohort.active.iter().map(u64::to_string)))?;
            }
            Ok(())
        }
        ChartData::Correlation(data) => correlation(data, out),
    }
}

fn scatter(data: &ScatterData, out: &mut impl Write) -> io::Result<()> {
    let group = |place: usize| data.groups.get(place).map_or_else(String::new, ToString::to_string);
    match &data.view {
        ScatterView::Points(points) => {
            row(out, ["row".to_owned(), data.x.column.clone(), data.y.column.clone(), "group".to_owned()])?;
            for p in points {
                row(out, [p.row.to_string(), on(&data.x, p.x), on(&data.y, p.y), group(p.group.into())])?;
            }
        }
        ScatterView::Density(density) => {
            let ends = |axis: &Axis| [format!("{} from", axis.column), format!("{} to", axis.column)];
            let names = ends(&data.x).into_iter().chain(ends(&data.y));
            row(out, names.chain(["group".to_owned(), "points".to_owned()]))?;
            let edge = |axis: &Axis, (a, b): (f64, f64), at: u32, of: u32| {
                let share = f64::from(at) / f64::from(of);
                let between = |a: f64, b: f64| a * (1.0 - share) + b * share;
                on(axis, if axis.log { 10f64.powf(between(a.log10(), b.log10())) } else { between(a, b) })
            };
            for g in 0..density.groups {
                for r in 0..density.rows {
                    for c in 0..density.columns {
                        let count = density.count(g, r, c);
                        if count == 0 {
                            continue;
                        }
                        let x = [c, c + 1].map(|at| edge(&data.x, density.window.x, at, density.columns));
                        let y = [r, r + 1].map(|at| edge(&data.y, density.window.y, at, density.rows));
                        let rest = [group(g as usize), count.to_string()];
                        row(out, x.into_iter().chain(y).chain(rest))?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn correlation(data: &Correlations, out: &mut impl Write) -> io::Result<()> {
    row(out, ["a", "b", "pearson", "spearman"].map(str::to_owned))?;
    for (i, a) in data.columns.iter().enumerate() {
        for (j, b) in data.columns.iter().enumerate().skip(i + 1) {
            let at = |matrix: &[Vec<Option<f64>>]| optional(&matrix.get(i).and_then(|r| r.get(j)).copied().flatten());
            row(out, [a.clone(), b.clone(), at(&data.pearson), at(&data.spearman)])?;
        }
    }
    Ok(())
}

fn head(first: &[&str], groups: &[super::Label]) -> Vec<String> {
    let only = groups.len() == 1;
    let name = |group: &super::Label| if only { "value".to_owned() } else { group.to_string() };
    first.iter().map(|name| (*name).to_owned()).chain(groups.iter().map(name)).collect()
}

fn optional(v: &Option<f64>) -> String {
    v.map_or_else(String::new, |v| v.to_string())
}

fn on(axis: &Axis, v: f64) -> String {
    match axis.kind {
        AxisKind::Number => v.to_string(),
        AxisKind::Time => Value::Time(v.round() as i64).to_string(),
    }
}

fn moment(at: i64, grain: Grain) -> String {
    match grain {
        Grain::Hour => Value::Time(at).to_string(),
        _ => i32::try_from(at.div_euclid(24 * calendar::HOUR_MS))
            .map_or_else(|_| at.to_string(), |day| Value::Date(day).to_string()),
    }
}

/// One line; a cell with a comma, quote or line break stands in quotes.
fn row(out: &mut impl Write, cells: impl IntoIterator<Item = String>) -> io::Result<()> {
    for (i, cell) in cells.into_iter().enumerate() {
        if i > 0 {
            out.write_all(b",")?;
        }
        if cell.contains([',', '"', '\n', '\r']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}
