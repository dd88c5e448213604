//! What is to be predicted: a column, or something that happens to a customer after a cut date.

use serde::{Deserialize, Serialize};

use super::error::{PredictError, Result};
use super::frame::{Column, Values, yes_no_word};
use crate::base::time::Moment;

const DAY: i64 = 86_400_000_000;
/// Larger numbers overflow when squared and summed.
pub(super) const LARGEST: f64 = 1e150;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    #[default]
    Regression,
    /// Of two classes; the score is the chance of "yes".
    Classification,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum TargetRecipe {
    Column {
        name: String,
        /// Left out: yes/no, two-category and 0/1 columns are classified, other numbers are regressed on.
        #[serde(default)]
        task: Option<Task>,
        /// The value that counts as "yes"; left out: a word for yes, 1, or the last in alphabetical order.
        #[serde(default)]
        positive: Option<String>,
    },
    /// Features are built from events strictly before `cut`, labels from events in `[cut, cut + days)`. Left out: the
    /// latest cut after which the data still covers the days.
    Events {
        #[serde(default)]
        cut: Option<Moment>,
        outcome: Outcome,
    },
}

impl Default for TargetRecipe {
    fn default() -> Self {
        Self::Column { name: String::new(), task: None, positive: None }
    }
}

/// What a customer does within `days` after the cut date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Buys at least once: yes or no.
    Buys { days: u32 },
    /// The amount spent: a number.
    Spends { days: u32 },
    /// No event of any kind: yes or no.
    GoesQuiet { days: u32 },
}

impl Outcome {
    pub fn days(self) -> u32 {
        match self {
            Self::Buys { days } | Self::Spends { days } | Self::GoesQuiet { days } => days,
        }
    }

    pub fn task(self) -> Task {
        match self {
            Self::Spends { .. } => Task::Regression,
            Self::Buys { .. } | Self::GoesQuiet { .. } => Task::Classification,
        }
    }

    /// The name of the column that holds the labels.
    pub fn column(self) -> String {
        match self {
            Self::Buys { days } => format!("buys_within_{days}_days"),
            Self::Spends { days } => format!("spends_within_{days}_days"),
            Self::GoesQuiet { days } => format!("quiet_for_{days}_days"),
        }
    }
}

/// One event of a customer, for building labels. `user` is a row of the feature table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelEvent {
    pub user: u32,
    /// Microseconds since 1970-01-01 UTC.
    pub time: i64,
    /// Money paid when the event is a purchase.
    pub paid: Option<f64>,
}

impl TargetRecipe {
    pub fn column(&self) -> String {
        match self {
            Self::Column { name, .. } => name.clone(),
            Self::Events { outcome, .. } => outcome.column(),
        }
    }

    pub fn check(&self) -> Result<()> {
        match self {
            Self::Column { name, .. } if name.is_empty() => Err(PredictError::recipe("target", "no column is named")),
            Self::Events { outcome, .. } if !(1..=3650).contains(&outcome.days()) => {
                Err(PredictError::recipe("days", "1 to 3650"))
            }
            _ => Ok(()),
        }
    }
}

/// The label of each of `users` customers: events before `cut` or after the window count for nothing.
/// An event exactly at the cut belongs to the labels, never to the features.
pub fn label_events(events: impl Iterator<Item = LabelEvent>, users: usize, cut: i64, outcome: Outcome) -> Column {
    let end = cut.saturating_add(i64::from(outcome.days()) * DAY);
    let mut seen = vec![0.0; users];
    for event in events.filter(|e| (cut..end).contains(&e.time)) {
        let Some(slot) = seen.get_mut(event.user as usize) else { continue };
        match (outcome, event.paid) {
            (Outcome::Buys { .. }, Some(_)) | (Outcome::GoesQuiet { .. }, _) => *slot = 1.0,
            (Outcome::Spends { .. }, Some(paid)) => *slot += paid,
            _ => {}
        }
    }
    let name = outcome.column();
    match outcome {
        Outcome::Spends { .. } => Column::number(&name, seen),
        Outcome::Buys { .. } => Column::yes_no(&name, seen.iter().map(|&s| s == 1.0)),
        Outcome::GoesQuiet { .. } => Column::yes_no(&name, seen.iter().map(|&s| s == 0.0)),
    }
}

/// The target as numbers: the value itself, or 1 for "yes" and 0 for "no".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    pub name: String,
    pub task: Task,
    /// What 0 and 1 stand for in a classification.
    pub classes: Option<[String; 2]>,
}

/// Resolves the target and the rows that have one: labels are of the length of `rows`.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    pub target: Target,
    pub values: Vec<f64>,
    pub rows: Vec<u32>,
}

pub fn resolve(column: &Column, task: Option<Task>, positive: Option<&str>) -> Result<Labels> {
    let name = &column.name;
    let (values, levels): (Vec<f64>, Vec<String>) = match &column.values {
        Values::YesNo(v) => (v.clone(), vec!["no".into(), "yes".into()]),
        Values::Number(v) => (v.clone(), vec![]),
        Values::Category { levels, codes } => {
            if levels.len() > 2 || (task == Some(Task::Regression) && levels.len() > 1) {
                return Err(PredictError::TargetManyClasses { column: name.clone(), classes: levels.len() });
            }
            (codes.iter().map(|&c| if c < 2 { f64::from(c) } else { f64::NAN }).collect(), levels.clone())
        }
        other => return Err(PredictError::TargetNotNumber { column: name.clone(), kind: other.kind() }),
    };
    let rows: Vec<u32> = (0..values.len() as u32).filter(|&i| values[i as usize].is_finite()).collect();
    let values: Vec<f64> = rows.iter().map(|&i| values[i as usize]).collect();
    let Some(&first) = values.first() else { return Err(PredictError::TargetEmpty { column: name.clone() }) };
    if values.iter().all(|&v| v == first) {
        let value = levels.get(first as usize).cloned().unwrap_or_else(|| first.to_string());
        return Err(PredictError::TargetConstant { column: name.clone(), value });
    }
    if values.iter().any(|v| v.abs() > LARGEST) {
        return Err(PredictError::TargetOutOfRange { column: name.clone() });
    }
    let is_binary = !levels.is_empty() || values.iter().all(|&v| v == 0.0 || v == 1.0);
    let task = task.unwrap_or(if is_binary { Task::Classification } else { Task::Regression });
    if task == Task::Regression {
        return Ok(Labels { target: Target { name: name.clone(), task, classes: None }, values, rows });
    }
    classify(name, values, rows, levels, positive)
}

fn classify(
    name: &str,
    values: Vec<f64>,
    rows: Vec<u32>,
    levels: Vec<String>,
    positive: Option<&str>,
) -> Result<Labels> {
    let mut distinct: Vec<f64> = Vec::new();
    for &v in &values {
        if !distinct.contains(&v) {
            distinct.push(v);
            if distinct.len() > 2 {
                let mut all = values.clone();
                all.sort_by(f64::total_cmp);
                all.dedup();
                return Err(PredictError::TargetManyClasses { column: name.into(), classes: all.len() });
            }
        }
    }
    distinct.sort_by(f64::total_cmp);
    let label = |v: f64| levels.get(v as usize).filter(|_| v >= 0.0).cloned().unwrap_or_else(|| v.to_string());
    let names = [label(distinct[0]), label(distinct[1])];
    let yes = match positive {
        Some(wanted) => names
            .iter()
            .position(|n| n == wanted)
            .ok_or_else(|| PredictError::TargetNoClass { column: name.into(), class: wanted.into() })?,
        None => names.iter().position(|n| yes_no_word(n) == Some(1.0)).unwrap_or(1),
    };
    let values = values.iter().map(|&v| f64::from(v == distinct[yes])).collect();
    let classes = Some([names[1 - yes].clone(), names[yes].clone()]);
    Ok(Labels { target: Target { name: name.into(), task: Task::Classification, classes }, values, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_look_strictly_after_the_cut() {
        let event = |user, day: i64, paid| LabelEvent { user, time: day * DAY, paid };
        let events = [
            event(0, 9, Some(5.0)),  // the day before
            event(0, 10, Some(7.0)), // exactly at the cut
            event(1, 16, Some(3.0)),
            event(1, 17, Some(9.0)), // the first moment after the window
            event(2, 12, None),
            event(9, 12, None), // a customer that is not in the table
        ];
        let label = |outcome| label_events(events.into_iter(), 4, 10 * DAY, outcome).values;
        assert_eq!(label(Outcome::Buys { days: 7 }), Values::YesNo(vec![1.0, 1.0, 0.0, 0.0]));
        assert_eq!(label(Outcome::Spends { days: 7 }), Values::Number(vec![7.0, 3.0, 0.0, 0.0]));
        assert_eq!(label(Outcome::GoesQuiet { days: 7 }), Values::YesNo(vec![0.0, 0.0, 0.0, 1.0]));
    }

    #[test]
    fn the_positive_class_is_chosen_or_found() {
        let column = Column::text("left", ["stayed", "left", "stayed"].into_iter());
        let labels = resolve(&column, None, None).expect("two classes");
        assert_eq!(labels.target.classes, Some(["left".into(), "stayed".into()]));
        let labels = resolve(&column, None, Some("left")).expect("two classes");
        assert_eq!(labels.values, vec![0.0, 1.0, 0.0]);
        let missing = resolve(&column, None, Some("gone"));
        assert_eq!(missing, Err(PredictError::TargetNoClass { column: "left".into(), class: "gone".into() }));
    }

    #[test]
    fn the_task_follows_the_values() {
        let task = |values: Vec<f64>| resolve(&Column::number("y", values), None, None).map(|l| l.target.task);
        assert_eq!(task(vec![0.0, 1.0, 1.0]), Ok(Task::Classification));
        assert_eq!(task(vec![0.0, 1.0, 1.5]), Ok(Task::Regression));
        let forced = resolve(&Column::number("y", vec![0.0, 1.0, f64::NAN]), Some(Task::Regression), None);
        assert_eq!(forced.map(|l| (l.values, l.rows)), Ok((vec![0.0, 1.0], vec![0, 1])));
    }

    #[test]
    fn targets_that_cannot_be_learned_are_refused() {
        let column: String = "y".into();
        let refused = |values: Vec<f64>, task| resolve(&Column::number("y", values), task, None).err();
        assert_eq!(refused(vec![f64::NAN; 3], None), Some(PredictError::TargetEmpty { column: column.clone() }));
        let constant = PredictError::TargetConstant { column: column.clone(), value: "4".into() };
        assert_eq!(refused(vec![4.0, 4.0, f64::NAN], None), Some(constant));
        let many = PredictError::TargetManyClasses { column: column.clone(), classes: 3 };
        assert_eq!(refused(vec![1.0, 2.0, 3.0], Some(Task::Classification)), Some(many));
        assert_eq!(refused(vec![1.0, 1e200, 3.0], None), Some(PredictError::TargetOutOfRange { column }));
        let cities = Column::text("city", ["a", "b", "c"].into_iter());
        assert!(matches!(resolve(&cities, None, None), Err(PredictError::TargetManyClasses { classes: 3, .. })));
    }
}
