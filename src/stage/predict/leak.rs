//! Finds a column that alone predicts the target perfectly: too good to be known beforehand.

use super::error::Leak;
use super::frame::{NO_LEVEL, Values};
use super::survey::FEW_ROWS;
use super::target::Task;

/// How `values` gives `y` away, if it does. Nothing is said of fewer than 20 rows.
pub(super) fn find(values: &Values, task: Task, y: &[f64]) -> Option<Leak> {
    if y.len() < FEW_ROWS {
        return None;
    }
    match values {
        Values::Number(x) | Values::YesNo(x) => match task {
            Task::Classification => threshold(x, y).or_else(|| missing(x, y)),
            Task::Regression => line(x, y).or_else(|| order(x, y)),
        },
        Values::Category { levels, codes } => pure_levels(levels.len(), codes, y),
        _ => None,
    }
}

/// A number separates the classes when the ranges of "yes" and "no" do not touch.
fn threshold(x: &[f64], y: &[f64]) -> Option<Leak> {
    let mut range = [(f64::INFINITY, f64::NEG_INFINITY); 2];
    for (&x, &y) in x.iter().zip(y) {
        if x.is_nan() {
            return None;
        }
        let (low, high) = &mut range[usize::from(y == 1.0)];
        *low = low.min(x);
        *high = high.max(x);
    }
    let [no, yes] = range;
    (no.1 < yes.0 || yes.1 < no.0).then_some(Leak::Threshold)
}

fn missing(x: &[f64], y: &[f64]) -> Option<Leak> {
    let gap = |class: f64| x.iter().zip(y).filter(move |(_, y)| **y == class).map(|(x, _)| x.is_nan());
    let all_or_none = gap(1.0).all(|m| m) && gap(0.0).all(|m| !m) || gap(1.0).all(|m| !m) && gap(0.0).all(|m| m);
    all_or_none.then_some(Leak::Missing)
}

fn pure_levels(levels: usize, codes: &[u32], y: &[f64]) -> Option<Leak> {
    if levels < 2 || levels * 5 > codes.len() {
        return None;
    }
    let mut outcome: Vec<Option<f64>> = vec![None; levels + 1];
    for (&code, &y) in codes.iter().zip(y) {
        let slot = if code == NO_LEVEL { levels } else { code as usize };
        match outcome[slot] {
            None => outcome[slot] = Some(y),
            Some(seen) if seen != y => return None,
            _ => {}
        }
    }
    Some(Leak::Levels)
}

/// |correlation| of 1, to nine digits.
fn line(x: &[f64], y: &[f64]) -> Option<Leak> {
    if x.iter().any(|v| v.is_nan()) {
        return None;
    }
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xx += (x - mx).powi(2);
        yy += (y - my).powi(2);
        xy += (x - mx) * (y - my);
    }
    let r = xy / (xx.sqrt() * yy.sqrt());
    (r.abs() > 1.0 - 1e-9).then_some(Leak::Line)
}

/// Sorted by the column, the target only rises (or only falls), and equal values have equal targets.
/// A column or a target of few values is in order too easily to mean anything.
fn order(x: &[f64], y: &[f64]) -> Option<Leak> {
    if x.iter().any(|v| v.is_nan()) || !is_ordered(&x[..FEW_ROWS], &y[..FEW_ROWS]) {
        return None;
    }
    let mut distinct = y.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    (distinct.len() >= FEW_ROWS && is_ordered(x, y)).then_some(Leak::Order)
}

fn is_ordered(x: &[f64], y: &[f64]) -> bool {
    let mut rows: Vec<u32> = (0..x.len() as u32).collect();
    rows.sort_by(|&a, &b| x[a as usize].total_cmp(&x[b as usize]));
    let (mut rises, mut falls) = (true, true);
    for pair in rows.windows(2) {
        let (a, b) = (pair[0] as usize, pair[1] as usize);
        if x[a] == x[b] && y[a] != y[b] {
            return false;
        }
        rises &= y[a] <= y[b];
        falls &= y[a] >= y[b];
    }
    rises || falls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes_no(n: u32) -> Vec<f64> {
        (0..n).map(|i| f64::from(i % 3 == 0)).collect()
    }

    #[test]
    fn each_way_of_giving_the_target_away_is_found() {
        let y = yes_no(30);
        let class = |values: Values| find(&values, Task::Classification, &y);
        let below = y.iter().enumerate().map(|(i, y)| i as f64 - 100.0 * y).collect();
        assert_eq!(class(Values::Number(below)), Some(Leak::Threshold));
        let filled = y.iter().map(|&y| if y == 1.0 { 2.0 } else { f64::NAN }).collect();
        assert_eq!(class(Values::Number(filled)), Some(Leak::Missing));
        let codes = (0..30).map(|i| if i % 3 == 0 { i % 2 } else { 2 }).collect();
        let levels = vec!["a".into(), "b".into(), "c".into()];
        assert_eq!(class(Values::Category { levels, codes }), Some(Leak::Levels));

        let x: Vec<f64> = (0..30).map(|i| f64::from((i * 7) % 31)).collect();
        let number = |y: Vec<f64>| find(&Values::Number(x.clone()), Task::Regression, &y);
        assert_eq!(number(x.iter().map(|x| 4.0 - 3.0 * x).collect()), Some(Leak::Line));
        assert_eq!(number(x.iter().map(|x| (-x).exp()).collect()), Some(Leak::Order));
        assert_eq!(number(x.iter().map(|x| (x - 15.0).powi(2)).collect()), None);
    }

    #[test]
    fn one_mistake_is_enough_to_be_no_leak() {
        let y = yes_no(30);
        let mut x = y.clone();
        x[4] = 1.0;
        assert_eq!(find(&Values::YesNo(x), Task::Classification, &y), None);
        let few = yes_no(10);
        assert_eq!(find(&Values::YesNo(few.clone()), Task::Classification, &few), None);
    }
}
