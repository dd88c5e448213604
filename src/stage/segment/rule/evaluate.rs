//! From a rule to the customers who meet it: one bit set a condition, joined as the groups say.

use std::ops::Range;

use polars::prelude::*;

use super::super::matrix::numbers;
use super::super::sets::UserSet;
use super::super::{NO_SEGMENT, SegmentError};
use super::{Compare, Deed, Rule, RuleData, RuleProblem, RuleResult, Within};
use crate::base::Monitor;
use crate::stage::data::features::index::EventIndex;
use crate::stage::data::features::{EventKind, USER};

const DAY: i64 = 86_400;
const DEEPEST: usize = 16;

/// Asks the rule of every customer.
pub fn run(rule: &Rule, data: &RuleData<'_>, monitor: &Monitor) -> Result<RuleResult, SegmentError> {
    let mut asked = Asked { data, monitor, path: Vec::new(), counts: Vec::new() };
    let set = asked.ask(rule)?;
    let count = set.count();
    let nobody = (count == 0 && data.features.height() > 0).then(|| first_empty(&asked.counts));
    Ok(RuleResult { set, count, counts: asked.counts, nobody })
}

/// The condition (not group) that nobody meets, or else the innermost group that is empty.
fn first_empty(counts: &[(Vec<usize>, u64)]) -> Vec<usize> {
    let empty = |path: &&(Vec<usize>, u64)| path.1 == 0;
    let leaf = |path: &&(Vec<usize>, u64)| {
        !counts.iter().any(|other| other.0.len() > path.0.len() && other.0.starts_with(&path.0))
    };
    let found =
        counts.iter().filter(empty).find(leaf).or_else(|| counts.iter().filter(empty).max_by_key(|c| c.0.len()));
    found.map(|found| found.0.clone()).unwrap_or_default()
}

struct Asked<'a> {
    data: &'a RuleData<'a>,
    monitor: &'a Monitor,
    path: Vec<usize>,
    counts: Vec<(Vec<usize>, u64)>,
}

impl Asked<'_> {
    fn ask(&mut self, rule: &Rule) -> Result<UserSet, SegmentError> {
        self.monitor.check()?;
        if self.path.len() > DEEPEST {
            return Err(self.problem(RuleProblem::TooDeep));
        }
        let place = self.counts.len();
        self.counts.push((self.path.clone(), 0));
        let set = match rule {
            Rule::All { of } => self.group(of, |a, b| a.and(b))?,
            Rule::Any { of } => self.group(of, |a, b| a.or(b))?,
            Rule::Not { of } => self.group(std::slice::from_ref(of), |_, b| b.clone())?.not(),
            condition => self.condition(condition)?,
        };
        self.counts[place].1 = set.count();
        Ok(set)
    }

    fn group(&mut self, of: &[Rule], join: impl Fn(&UserSet, &UserSet) -> UserSet) -> Result<UserSet, SegmentError> {
        let mut joined: Option<UserSet> = None;
        for (place, part) in of.iter().enumerate() {
            self.path.push(place);
            let set = self.ask(part)?;
            self.path.pop();
            joined = Some(joined.map_or_else(|| set.clone(), |so_far| join(&so_far, &set)));
        }
        joined.ok_or_else(|| self.problem(RuleProblem::EmptyGroup))
    }

    fn problem(&self, problem: RuleProblem) -> SegmentError {
        SegmentError::Rule { path: self.path.clone(), problem }
    }

    fn condition(&self, rule: &Rule) -> Result<UserSet, SegmentError> {
        let rows = self.data.features.height();
        match rule {
            Rule::Feature { feature, compare, value } => self.feature(feature, *compare, *value),
            Rule::Property { column, values } => self.property(column, values),
            Rule::Did { what, least, most, within } => self.did(what, *least, *most, *within),
            Rule::Spent { least, most, within } => self.spent(*least, *most, *within),
            Rule::StoppedBuying { orders, quiet_days } => self.stopped(*orders, *quiet_days),
            Rule::Rfm { groups } => {
                let rfm = self.data.rfm.ok_or_else(|| self.problem(RuleProblem::NoRfm))?;
                if groups.is_empty() {
                    return Err(self.problem(RuleProblem::NothingChosen));
                }
                self.aligned(rfm.labels.len())?;
                let chosen: Vec<bool> = rfm.groups.iter().map(|known| groups.contains(&known.group)).collect();
                let holds = |label: u32| label != NO_SEGMENT && chosen.get(label as usize).copied().unwrap_or(false);
                Ok(UserSet::from_fn(rows, |row| holds(rfm.labels[row])))
            }
            Rule::Segment { name } => {
                let found = self.data.segments.iter().find(|(known, _)| known == name);
                let (_, set) = found.ok_or_else(|| self.problem(RuleProblem::UnknownSegment(name.clone())))?;
                self.aligned(set.rows())?;
                Ok(set.clone())
            }
            Rule::All { .. } | Rule::Any { .. } | Rule::Not { .. } => Err(self.problem(RuleProblem::EmptyGroup)),
        }
    }

    fn aligned(&self, rows: usize) -> Result<(), SegmentError> {
        if rows == self.data.features.height() { Ok(()) } else { Err(self.problem(RuleProblem::Unaligned)) }
    }

    fn feature(&self, feature: &str, compare: Compare, value: f64) -> Result<UserSet, SegmentError> {
        if !value.is_finite() {
            return Err(self.problem(RuleProblem::BadNumber));
        }
        let values = numbers(self.data.features, feature).map_err(|error| match error {
            SegmentError::UnknownFeature(name) => self.problem(RuleProblem::UnknownFeature(name)),
            SegmentError::NotNumeric(name) => self.problem(RuleProblem::WrongKind(name)),
            other => other,
        })?;
        Ok(UserSet::from_fn(values.len(), |row| {
            let x = values[row];
            match compare {
                Compare::Below => x < value,
                Compare::AtMost => x <= value,
                Compare::Equal => x == value,
                // A customer without a value meets no condition on it.
                Compare::NotEqual => !x.is_nan() && x != value,
                Compare::AtLeast => x >= value,
                Compare::Above => x > value,
            }
        }))
    }

    fn property(&self, column: &str, values: &[String]) -> Result<UserSet, SegmentError> {
        if values.is_empty() {
            return Err(self.problem(RuleProblem::NothingChosen));
        }
        // Words of the feature table (the top category) can be asked for like properties.
        let tables = [self.data.properties, Some(self.data.features)];
        let found = tables.into_iter().flatten().find_map(|table| table.column(column).ok());
        let Some(found) = found else {
            let none = self.data.properties.is_none();
            let unknown = RuleProblem::UnknownProperty(column.to_owned());
            return Err(self.problem(if none { RuleProblem::NoProperties } else { unknown }));
        };
        self.aligned(found.len())?;
        let text =
            found.cast(&DataType::String).map_err(|_| self.problem(RuleProblem::WrongKind(column.to_owned())))?;
        let text = text.str()?.rechunk().into_owned();
        let wanted: std::collections::HashSet<&str> = values.iter().map(String::as_str).collect();
        Ok(UserSet::from_fn(text.len(), |row| text.get(row).is_some_and(|word| wanted.contains(word))))
    }

    fn events(&self) -> Result<(&EventIndex, &[u32]), SegmentError> {
        let (index, places) = self.data.events.ok_or_else(|| self.problem(RuleProblem::NoEvents))?;
        self.aligned(places.len())?;
        Ok((index, places))
    }

    /// The events of a customer that lie in the window; all of them for a window that may lie anywhere.
    fn window(&self, index: &EventIndex, place: u32, within: Within) -> Range<usize> {
        let today = self.data.today.0;
        let (past, _) = index.split(place as usize, today);
        let from = |moment: i64| index.split(place as usize, moment).1.start.min(past.end);
        match within {
            Within::Ever | Within::AnyDays(_) => past,
            Within::LastDays(days) => from(today.saturating_sub(i64::from(days) * DAY))..past.end,
            Within::Between(start, end) => {
                let start = from(start.0);
                start..from(end.0).max(start)
            }
        }
    }

    fn check_window(&self, within: Within) -> Result<(), SegmentError> {
        let wrong = match within {
            Within::Ever => false,
            Within::LastDays(days) | Within::AnyDays(days) => days == 0,
            Within::Between(start, end) => start >= end,
        };
        if wrong { Err(self.problem(RuleProblem::BadNumber)) } else { Ok(()) }
    }

    fn did(&self, what: &Deed, least: u32, most: Option<u32>, within: Within) -> Result<UserSet, SegmentError> {
        self.check_window(within)?;
        if most.is_some_and(|most| most < least) {
            return Err(self.problem(RuleProblem::BadNumber));
        }
        let (index, places) = self.events()?;
        let unknown = |problem: fn(String) -> RuleProblem, name: &String| self.problem(problem(name.clone()));
        let category = what
            .category
            .as_ref()
            .map(|name| index.category_code(name).ok_or_else(|| unknown(RuleProblem::UnknownCategory, name)));
        let category = category.transpose()?;
        let item =
            what.item.as_ref().map(|name| index.item_key(name).ok_or_else(|| unknown(RuleProblem::UnknownItem, name)));
        let item = item.transpose()?;
        let kind = what.event.map(|kind| kind as u8);
        let counts = |at: usize| {
            kind.is_none_or(|kind| index.kind(at) == kind)
                && (category.is_none() || index.event(at).category == category)
                && item.is_none_or(|item| index.event(at).item == item)
        };
        let enough = |n: u32| n >= least && most.is_none_or(|most| n <= most);
        Ok(UserSet::from_fn(places.len(), |row| {
            let window = self.window(index, places[row], within);
            let met = window.filter(|at| counts(*at));
            match within {
                Within::AnyDays(days) => enough(busiest(met.map(|at| index.time(at)), i64::from(days) * DAY)),
                _ => enough(met.count() as u32),
            }
        }))
    }

    fn spent(&self, least: Option<f64>, most: Option<f64>, within: Within) -> Result<UserSet, SegmentError> {
        self.check_window(within)?;
        let sound = least.unwrap_or(0.0).is_finite() && most.unwrap_or(0.0).is_finite();
        let crossed = least.zip(most).is_some_and(|(least, most)| most < least);
        if !sound || crossed || (least.is_none() && most.is_none()) || matches!(within, Within::AnyDays(_)) {
            return Err(self.problem(RuleProblem::BadNumber));
        }
        let (index, places) = self.events()?;
        if !index.has_prices() {
            return Err(self.problem(RuleProblem::NoPrices));
        }
        Ok(UserSet::from_fn(places.len(), |row| {
            let spent: f64 = self.window(index, places[row], within).map(|at| index.event(at).net_value()).sum();
            least.is_none_or(|least| spent >= least) && most.is_none_or(|most| spent <= most)
        }))
    }

    fn stopped(&self, orders: u32, quiet_days: u32) -> Result<UserSet, SegmentError> {
        if orders == 0 || quiet_days == 0 {
            return Err(self.problem(RuleProblem::BadNumber));
        }
        let (index, places) = self.events()?;
        let quiet_from = self.data.today.0.saturating_sub(i64::from(quiet_days) * DAY);
        Ok(UserSet::from_fn(places.len(), |row| {
            let past = self.window(index, places[row], Within::Ever);
            let bought = past.rev().filter(|at| index.kind(*at) == EventKind::Purchase as u8);
            let (mut days, mut last_day) = (0, None);
            for at in bought {
                let time = index.time(at);
                if time >= quiet_from {
                    return false;
                }
                if last_day.replace(time.div_euclid(DAY)) != Some(time.div_euclid(DAY)) {
                    days += 1;
                }
                if days >= orders {
                    return true;
                }
            }
            false
        }))
    }
}

/// The most events in any stretch of `length` seconds; the times rise.
fn busiest(times: impl Iterator<Item = i64>, length: i64) -> u32 {
    let mut recent = std::collections::VecDeque::new();
    let mut most = 0;
    for time in times {
        recent.push_back(time);
        while recent.front().is_some_and(|first| time - first >= length) {
            recent.pop_front();
        }
        most = most.max(recent.len());
    }
    most as u32
}

/// The rows of `table` in the order of the feature table's customers; empty where a customer is missing there. Of
/// several rows for one customer the first counts.
pub fn align(features: &DataFrame, table: &DataFrame, user: &str) -> Result<DataFrame, SegmentError> {
    let missing = || SegmentError::UnknownFeature(user.to_owned());
    let id = features.column(USER).map_err(|_| SegmentError::UnknownFeature(USER.to_owned()))?.dtype().clone();
    table.column(user).map_err(|_| missing())?;
    let others: Vec<PlSmallStr> =
        table.get_column_names_owned().into_iter().filter(|name| name.as_str() != user).collect();
    let columns: Vec<Expr> = std::iter::once(col(user).cast(id).alias("__user"))
        .chain(others.iter().map(|name| col(name.clone())))
        .collect();
    let firsts: Vec<Expr> = others.iter().map(|name| col(name.clone()).first()).collect();
    let right = table.clone().lazy().select(columns).group_by_stable([col("__user")]).agg(firsts);
    let left = features.clone().lazy().select([col(USER).alias("__user")]).with_row_index("__row", None);
    let joined = left.join(right, [col("__user")], [col("__user")], JoinArgs::new(JoinType::Left));
    let columns: Vec<Expr> = others.iter().map(|name| col(name.clone())).collect();
    Ok(joined.sort(["__row"], SortMultipleOptions::default()).select(columns).collect()?)
}
