//! RFM: how recently, how often and for how much each customer bought, scored 1 to 5, and ten named groups.

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use super::matrix::{numbers, quantile};
use super::{NO_SEGMENT, SegmentError, wrong};
use crate::base::{Monitor, Step};
use crate::stage::data::features::Feature;

/// Where a measure is cut into five scores.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cuts {
    /// At the fifths of all buyers.
    #[default]
    Quantiles,
    /// Four rising values; a value above a cut is on its far side.
    Own([f64; 4]),
}

/// Scores from `from` to `to`, both in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    pub from: u8,
    pub to: u8,
}

impl Scores {
    pub const ANY: Self = Self { from: 1, to: 5 };

    pub const fn new(from: u8, to: u8) -> Self {
        Self { from, to }
    }

    fn holds(self, score: u8) -> bool {
        (self.from..=self.to).contains(&score)
    }
}

/// The ten groups marketers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfmGroup {
    Champions,
    Loyal,
    New,
    Promising,
    NeedsAttention,
    AboutToSleep,
    AtRisk,
    CantLose,
    Hibernating,
    Lost,
}

impl RfmGroup {
    pub const ALL: [Self; 10] = [
        Self::Champions,
        Self::Loyal,
        Self::New,
        Self::Promising,
        Self::NeedsAttention,
        Self::AboutToSleep,
        Self::AtRisk,
        Self::CantLose,
        Self::Hibernating,
        Self::Lost,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::Champions => "champions",
            Self::Loyal => "loyal",
            Self::New => "new",
            Self::Promising => "promising",
            Self::NeedsAttention => "needs_attention",
            Self::AboutToSleep => "about_to_sleep",
            Self::AtRisk => "at_risk",
            Self::CantLose => "cant_lose",
            Self::Hibernating => "hibernating",
            Self::Lost => "lost",
        }
    }
}

/// One line of the definition table. The first line that holds decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRule {
    pub group: RfmGroup,
    pub recency: Scores,
    pub frequency: Scores,
    pub monetary: Scores,
}

/// What decides an RFM table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RfmRecipe {
    /// Columns of the feature table; "today" belongs to the recipe that made it.
    pub recency: String,
    pub frequency: String,
    pub monetary: String,
    pub recency_cuts: Cuts,
    pub frequency_cuts: Cuts,
    pub monetary_cuts: Cuts,
    pub groups: Vec<GroupRule>,
}

impl Default for RfmRecipe {
    fn default() -> Self {
        let key = |feature: Feature| feature.key().to_owned();
        Self {
            recency: key(Feature::Recency),
            frequency: key(Feature::Orders),
            monetary: key(Feature::Monetary),
            recency_cuts: Cuts::Quantiles,
            frequency_cuts: Cuts::Quantiles,
            monetary_cuts: Cuts::Quantiles,
            groups: usual_groups(),
        }
    }
}

/// The usual definitions; every one of the 125 scores falls into a group.
pub fn usual_groups() -> Vec<GroupRule> {
    let rule = |group, (r0, r1): (u8, u8), (f0, f1): (u8, u8), monetary| GroupRule {
        group,
        recency: Scores::new(r0, r1),
        frequency: Scores::new(f0, f1),
        monetary,
    };
    let any = Scores::ANY;
    vec![
        rule(RfmGroup::Champions, (4, 5), (4, 5), Scores::new(4, 5)),
        rule(RfmGroup::Loyal, (3, 5), (4, 5), any),
        rule(RfmGroup::New, (4, 5), (1, 1), any),
        rule(RfmGroup::Promising, (4, 5), (2, 3), any),
        rule(RfmGroup::NeedsAttention, (3, 3), (2, 3), any),
        rule(RfmGroup::AboutToSleep, (3, 3), (1, 1), any),
        rule(RfmGroup::CantLose, (1, 2), (5, 5), any),
        rule(RfmGroup::CantLose, (1, 2), (4, 4), Scores::new(5, 5)),
        rule(RfmGroup::AtRisk, (1, 2), (3, 4), any),
        rule(RfmGroup::Hibernating, (2, 2), (1, 2), any),
        rule(RfmGroup::Lost, (1, 1), (1, 2), any),
    ]
}

impl RfmRecipe {
    pub fn check(&self) -> Result<(), SegmentError> {
        let cuts = [
            ("recency_cuts", self.recency_cuts),
            ("frequency_cuts", self.frequency_cuts),
            ("monetary_cuts", self.monetary_cuts),
        ];
        for (field, cuts) in cuts {
            if let Cuts::Own(cuts) = cuts
                && !(cuts.iter().all(|cut| cut.is_finite()) && cuts.is_sorted_by(|a, b| a < b))
            {
                return wrong(field, "four rising numbers are needed");
            }
        }
        if self.groups.is_empty() {
            return wrong("groups", "at least one group is needed");
        }
        let sound = |s: Scores| 1 <= s.from && s.from <= s.to && s.to <= 5;
        if self.groups.iter().any(|rule| ![rule.recency, rule.frequency, rule.monetary].into_iter().all(sound)) {
            return wrong("groups", "scores run from 1 to 5");
        }
        Ok(())
    }
}

/// Customers and money in one cell or group.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Cell {
    pub customers: u64,
    pub revenue: f64,
}

/// One named group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GroupSummary {
    pub group: RfmGroup,
    pub customers: u64,
    pub revenue: f64,
    /// Share of all buyers.
    pub share: f64,
    /// Share of all revenue; empty when there is none.
    pub revenue_share: Option<f64>,
}

/// Scores and groups of all customers, in the table's row order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rfm {
    /// The four cut points of each measure, also where they came from quantiles.
    pub recency_cuts: [f64; 4],
    pub frequency_cuts: [f64; 4],
    pub monetary_cuts: [f64; 4],
    /// Recency, frequency, monetary; zeros for customers who never bought.
    pub scores: Vec<[u8; 3]>,
    /// Index into `groups`, or [`NO_SEGMENT`].
    pub labels: Vec<u32>,
    /// In the order of the recipe, only those defined there.
    pub groups: Vec<GroupSummary>,
    /// `table[recency − 1][frequency − 1]`.
    pub table: [[Cell; 5]; 5],
    pub never_bought: u64,
    /// Buyers whom no line of the definitions holds.
    pub ungrouped: u64,
}

impl Rfm {
    /// The rows of the customers in a cell of the table (scores 1 to 5).
    pub fn in_cell(&self, recency: u8, frequency: u8) -> Vec<u32> {
        let inside = self.scores.iter().enumerate().filter(|(_, s)| s[0] == recency && s[1] == frequency);
        inside.map(|(row, _)| row as u32).collect()
    }
}

/// Scores every customer who has a recency, a frequency above 0 and a monetary value.
pub fn score(frame: &DataFrame, recipe: &RfmRecipe, monitor: &Monitor) -> Result<Rfm, SegmentError> {
    recipe.check()?;
    score_with(frame, recipe, monitor)
}

/// As [`score`], also with cut points that fall together, as quantiles may.
pub(super) fn score_with(frame: &DataFrame, recipe: &RfmRecipe, monitor: &Monitor) -> Result<Rfm, SegmentError> {
    monitor.report(Step::Scoring, 0, 0);
    let recency = numbers(frame, &recipe.recency)?;
    let frequency = numbers(frame, &recipe.frequency)?;
    let monetary = numbers(frame, &recipe.monetary)?;
    let bought = |row: usize| {
        recency[row].is_finite() && frequency[row].is_finite() && frequency[row] > 0.0 && monetary[row].is_finite()
    };
    let buyers: Vec<usize> = (0..frame.height()).filter(|row| bought(*row)).collect();
    if buyers.is_empty() {
        return Err(SegmentError::TooFewCustomers { have: 0, need: 1 });
    }
    monitor.check()?;
    let of = |values: &[f64]| buyers.iter().map(|row| values[*row]).collect::<Vec<_>>();
    let recency_cuts = cut_points(recipe.recency_cuts, of(&recency));
    let frequency_cuts = cut_points(recipe.frequency_cuts, of(&frequency));
    let monetary_cuts = cut_points(recipe.monetary_cuts, of(&monetary));
    let mut scores = vec![[0; 3]; frame.height()];
    for &row in &buyers {
        // Few days ago is good.
        let recent = 6 - rank(recency[row], &recency_cuts);
        scores[row] = [recent, rank(frequency[row], &frequency_cuts), rank(monetary[row], &monetary_cuts)];
    }
    monitor.check()?;
    let (labels, groups, ungrouped) = group(&scores, &buyers, &monetary, &recipe.groups);
    let mut table = [[Cell::default(); 5]; 5];
    for &row in &buyers {
        let cell = &mut table[usize::from(scores[row][0]) - 1][usize::from(scores[row][1]) - 1];
        cell.customers += 1;
        cell.revenue += monetary[row];
    }
    let never_bought = (frame.height() - buyers.len()) as u64;
    monitor.report(Step::Scoring, 1, 1);
    Ok(Rfm { recency_cuts, frequency_cuts, monetary_cuts, scores, labels, groups, table, never_bought, ungrouped })
}

fn cut_points(cuts: Cuts, mut values: Vec<f64>) -> [f64; 4] {
    match cuts {
        Cuts::Own(cuts) => cuts,
        Cuts::Quantiles => [0.2, 0.4, 0.6, 0.8].map(|q| quantile(&mut values, q)),
    }
}

/// 1 + the number of cuts below the value: equal values always get equal scores.
fn rank(value: f64, cuts: &[f64; 4]) -> u8 {
    1 + cuts.iter().filter(|cut| value > **cut).count() as u8
}

fn group(
    scores: &[[u8; 3]],
    buyers: &[usize],
    monetary: &[f64],
    rules: &[GroupRule],
) -> (Vec<u32>, Vec<GroupSummary>, u64) {
    let mut named: Vec<RfmGroup> = Vec::new();
    for rule in rules {
        if !named.contains(&rule.group) {
            named.push(rule.group);
        }
    }
    let place = |group: RfmGroup| named.iter().position(|known| *known == group);
    let mut labels = vec![NO_SEGMENT; scores.len()];
    let mut cells = vec![Cell::default(); named.len()];
    let (mut ungrouped, mut revenue) = (0, 0.0);
    for &row in buyers {
        let [r, f, m] = scores[row];
        revenue += monetary[row];
        let rule = rules.iter().find(|x| x.recency.holds(r) && x.frequency.holds(f) && x.monetary.holds(m));
        let Some(label) = rule.and_then(|rule| place(rule.group)) else {
            ungrouped += 1;
            continue;
        };
        labels[row] = label as u32;
        cells[label].customers += 1;
        cells[label].revenue += monetary[row];
    }
    let summary = |(group, cell): (&RfmGroup, &Cell)| GroupSummary {
        group: *group,
        customers: cell.customers,
        revenue: cell.revenue,
        share: cell.customers as f64 / buyers.len() as f64,
        revenue_share: (revenue > 0.0).then(|| cell.revenue / revenue),
    };
    (labels, named.iter().zip(&cells).map(summary).collect(), ungrouped)
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::*;

    fn quiet() -> Monitor {
        Monitor::quiet()
    }

    #[test]
    fn ten_customers_by_hand() {
        // Recency 1..10 days: fifths at 2.8, 4.6, 6.4, 8.2, so pairs share a score.
        let frame = df![
            "recency" => [Some(1.0), Some(2.0), Some(3.0), Some(4.0), Some(5.0), Some(6.0), Some(7.0), Some(8.0), Some(9.0), Some(10.0), None],
            "orders" => [9_i64, 1, 1, 1, 1, 1, 1, 1, 9, 2, 0],
            "monetary" => [100.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 72.0, 0.0, 0.0],
        ]
        .unwrap();
        let rfm = score(&frame, &RfmRecipe::default(), &quiet()).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(rfm.recency_cuts.iter().zip([2.8, 4.6, 6.4, 8.2]).all(|(a, b)| close(*a, b)));
        // Seven tens bought once, so the first three cuts are 1; the fourth lies between 2 and 9 (2 + 0.2 * 7).
        assert!(
            rfm.frequency_cuts.iter().zip([1.0, 1.0, 1.0, 3.4]).all(|(a, b)| close(*a, b)),
            "{:?}",
            rfm.frequency_cuts
        );
        assert_eq!(rfm.scores[0], [5, 5, 5]);
        assert_eq!(rfm.scores[1][..2], [5, 1]);
        assert_eq!(rfm.scores[9][..2], [1, 4]);
        assert_eq!(rfm.scores[10], [0, 0, 0]);
        assert_eq!(rfm.never_bought, 1);
        let name = |row: usize| rfm.groups[rfm.labels[row] as usize].group;
        assert_eq!(name(0), RfmGroup::Champions);
        assert_eq!(name(1), RfmGroup::New);
        assert_eq!(name(8), RfmGroup::CantLose);
        assert_eq!(name(9), RfmGroup::AtRisk);
        assert_eq!(name(7), RfmGroup::Hibernating);
        assert_eq!(rfm.labels[10], NO_SEGMENT);
        assert_eq!(rfm.in_cell(5, 1), [1]);
        assert_eq!(rfm.table[4][4], Cell { customers: 1, revenue: 100.0 });
        let champions = rfm.groups[0];
        assert!((champions.revenue_share.unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_usual_groups_cover_every_score_and_every_name() {
        let rules = usual_groups();
        let mut met = std::collections::BTreeSet::new();
        for code in 0..125_u8 {
            let (r, f, m) = (code / 25 + 1, code / 5 % 5 + 1, code % 5 + 1);
            let rule = rules.iter().find(|x| x.recency.holds(r) && x.frequency.holds(f) && x.monetary.holds(m));
            met.insert(rule.unwrap_or_else(|| panic!("{r}{f}{m}")).group);
        }
        assert_eq!(met.len(), 10);
    }

    #[test]
    fn own_cuts_and_bad_ones() {
        let frame = df!["recency" => [1.0, 40.0, 100.0], "orders" => [1, 2, 3], "monetary" => [1.0, 2.0, 3.0]].unwrap();
        let mut recipe = RfmRecipe { recency_cuts: Cuts::Own([7.0, 30.0, 60.0, 90.0]), ..RfmRecipe::default() };
        let rfm = score(&frame, &recipe, &quiet()).unwrap();
        assert_eq!(rfm.scores.iter().map(|s| s[0]).collect::<Vec<_>>(), [5, 3, 1]);
        recipe.recency_cuts = Cuts::Own([7.0, 7.0, 60.0, 90.0]);
        assert!(matches!(score(&frame, &recipe, &quiet()), Err(SegmentError::Recipe { field: "recency_cuts", .. })));
        recipe = RfmRecipe { monetary: "nix".into(), ..RfmRecipe::default() };
        assert!(matches!(score(&frame, &recipe, &quiet()), Err(SegmentError::UnknownFeature(_))));
        recipe = RfmRecipe::default();
        recipe.groups.truncate(1);
        let rfm = score(&frame, &recipe, &quiet()).unwrap();
        assert_eq!(rfm.ungrouped + rfm.groups[0].customers, 3);
        let nobody = df!["recency" => [None::<f64>], "orders" => [0], "monetary" => [0.0]].unwrap();
        let error = score(&nobody, &RfmRecipe::default(), &quiet());
        assert!(matches!(error, Err(SegmentError::TooFewCustomers { .. })));
    }
}
