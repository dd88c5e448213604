//! Two segments side by side, and who moved where between two periods.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::matrix::numbers;
use super::sets::UserSet;
use super::{NO_SEGMENT, SegmentError};
use crate::stage::data::features::USER;

/// Means of one feature in two segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    pub feature: String,
    /// Means over the customers who have a value.
    pub left: f64,
    pub right: f64,
    /// (right − left) ÷ pooled deviation (Cohen's d); 0 when nobody varies.
    pub standardised: f64,
}

/// Two segments side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub left: u64,
    pub right: u64,
    pub both: u64,
    /// Largest difference first.
    pub contrasts: Vec<Contrast>,
}

/// Compares two sets of customers in the given features (all numeric columns when empty).
pub fn compare(
    frame: &DataFrame,
    left: &UserSet,
    right: &UserSet,
    features: &[String],
) -> Result<Comparison, SegmentError> {
    for set in [left, right] {
        if set.rows() != frame.height() {
            return Err(SegmentError::Unaligned { have: set.rows(), need: frame.height() });
        }
        if set.count() == 0 {
            return Err(SegmentError::TooFewCustomers { have: 0, need: 1 });
        }
    }
    let numeric = |column: &&Column| column.dtype().is_primitive_numeric() && column.name() != USER;
    let all = || frame.columns().iter().filter(numeric).map(|column| column.name().to_string()).collect();
    let features: Vec<String> = if features.is_empty() { all() } else { features.to_vec() };
    let mut contrasts = Vec::new();
    for feature in features {
        let values = numbers(frame, &feature)?;
        if let Some((l, r, d)) = contrast(&values, left, right) {
            contrasts.push(Contrast { feature, left: l, right: r, standardised: d });
        }
    }
    contrasts.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    Ok(Comparison { left: left.count(), right: right.count(), both: left.and(right).count(), contrasts })
}

/// Both means and Cohen's d; nothing where one side has no value at all.
fn contrast(values: &[f64], left: &UserSet, right: &UserSet) -> Option<(f64, f64, f64)> {
    let of =
        |set: &UserSet| -> Vec<f64> { set.iter().map(|row| values[row as usize]).filter(|x| x.is_finite()).collect() };
    let (l, r) = (of(left), of(right));
    if l.is_empty() || r.is_empty() {
        return None;
    }
    let (left, left_spread) = super::scale::mean_and_deviation(&l);
    let (right, right_spread) = super::scale::mean_and_deviation(&r);
    let freedom = (l.len() + r.len()) as f64 - 2.0;
    let squares = left_spread.powi(2) * l.len() as f64 + right_spread.powi(2) * r.len() as f64;
    let pooled = if freedom > 0.0 { (squares / freedom).sqrt() } else { 0.0 };
    Some((left, right, if pooled > 0.0 { (right - left) / pooled } else { 0.0 }))
}

/// Customers who went from one segment to another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// `None`: in no segment, or not a customer in that period.
    pub from: Option<u32>,
    pub to: Option<u32>,
    pub customers: u64,
    /// Of those who were in `from`.
    pub share: f64,
}

/// Who moved where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moves {
    /// `matrix[from][to]`; the last row and column stand for "in none".
    pub matrix: Vec<Vec<u64>>,
    /// Every pair with customers, most first.
    pub flows: Vec<Flow>,
    /// Customers in the same segment number in both periods, of those in a segment in both.
    pub stayed: u64,
    pub in_both: u64,
}

/// One period: its table and its labels, row for row.
#[derive(Clone, Copy)]
pub struct Period<'a> {
    pub frame: &'a DataFrame,
    pub labels: &'a [u32],
    pub segments: usize,
}

impl Period<'_> {
    /// Customer ids as text, with labels.
    fn labelled(&self, name: &str) -> Result<LazyFrame, SegmentError> {
        if self.labels.len() != self.frame.height() {
            return Err(SegmentError::Unaligned { have: self.labels.len(), need: self.frame.height() });
        }
        let missing = |_| SegmentError::UnknownFeature(USER.to_owned());
        let users = self.frame.column(USER).map_err(missing)?.cast(&DataType::String)?;
        let none = self.segments as u32;
        let known = |label: &u32| if *label == NO_SEGMENT || *label >= none { none } else { *label };
        let labels: Vec<u32> = self.labels.iter().map(known).collect();
        let columns = vec![users, Column::new(name.into(), labels)];
        Ok(DataFrame::new(self.frame.height(), columns)?.lazy())
    }
}

/// Matches the customers of two periods by id.
pub fn moves(before: Period<'_>, after: Period<'_>) -> Result<Moves, SegmentError> {
    let (from_none, to_none) = (before.segments, after.segments);
    let left = before.labelled("from")?;
    let right = after.labelled("to")?;
    let mut args = JoinArgs::new(JoinType::Full);
    args.coalesce = JoinCoalesce::CoalesceColumns;
    let pairs = left
        .join(right, [col(USER)], [col(USER)], args)
        .select([col("from").fill_null(lit(from_none as u32)), col("to").fill_null(lit(to_none as u32))])
        .collect()?;
    let mut matrix = vec![vec![0_u64; to_none + 1]; from_none + 1];
    for (from, to) in
        pairs.column("from")?.u32()?.into_no_null_iter().zip(pairs.column("to")?.u32()?.into_no_null_iter())
    {
        matrix[from as usize][to as usize] += 1;
    }
    let name = |place: usize, none: usize| (place < none).then_some(place as u32);
    let mut flows = Vec::new();
    for (from, row) in matrix.iter().enumerate() {
        let all: u64 = row.iter().sum();
        for (to, customers) in row.iter().enumerate().filter(|(_, customers)| **customers > 0) {
            let share = *customers as f64 / all as f64;
            flows.push(Flow { from: name(from, from_none), to: name(to, to_none), customers: *customers, share });
        }
    }
    flows.sort_by(|a, b| b.customers.cmp(&a.customers).then((a.from, a.to).cmp(&(b.from, b.to))));
    let stayed = (0..from_none.min(to_none)).map(|place| matrix[place][place]).sum();
    let in_both = matrix[..from_none].iter().map(|row| row[..to_none].iter().sum::<u64>()).sum();
    Ok(Moves { matrix, flows, stayed, in_both })
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::*;

    #[test]
    fn two_segments_by_hand() {
        let frame =
            df![USER => ["a", "b", "c", "d"], "x" => [1.0, 3.0, 6.0, 8.0], "y" => [Some(1.0), None, None, None]]
                .unwrap();
        let (left, right) = (UserSet::from_rows(4, &[0, 1]), UserSet::from_rows(4, &[2, 3]));
        let found = compare(&frame, &left, &right, &[]).unwrap();
        assert_eq!((found.left, found.right, found.both), (2, 2, 0));
        // Means 2 and 7, both variances (n − 1) are 2: d = 5 / √2.
        let [only] = found.contrasts.as_slice() else { panic!("{:?}", found.contrasts) };
        assert_eq!((only.left, only.right), (2.0, 7.0));
        assert!((only.standardised - 5.0 / 2.0_f64.sqrt()).abs() < 1e-12);
        let nobody = compare(&frame, &left, &UserSet::none(4), &[]);
        assert!(matches!(nobody, Err(SegmentError::TooFewCustomers { .. })));
        assert!(matches!(compare(&frame, &left, &right, &["z".into()]), Err(SegmentError::UnknownFeature(_))));
    }

    #[test]
    fn who_moved_where() {
        let spring = df![USER => ["a", "b", "c"]].unwrap();
        let summer = df![USER => ["d", "c", "b"]].unwrap();
        let found = moves(
            Period { frame: &spring, labels: &[0, 0, 1], segments: 2 },
            Period { frame: &summer, labels: &[0, NO_SEGMENT, 1], segments: 2 },
        )
        .unwrap();
        // a: 0 → gone; b: 0 → 1; c: 1 → none; d: new → 0.
        assert_eq!(found.matrix, [[0, 1, 1], [0, 0, 1], [1, 0, 0]]);
        assert_eq!((found.stayed, found.in_both), (0, 1));
        assert!(found.flows.contains(&Flow { from: Some(0), to: Some(1), customers: 1, share: 0.5 }));
        assert!(found.flows.contains(&Flow { from: None, to: Some(0), customers: 1, share: 1.0 }));
    }
}
