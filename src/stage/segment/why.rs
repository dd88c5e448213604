//! "Why here": a shallow decision tree (linfa-trees) that tells one segment from everyone else, in conditions a person
//! can read, with how well they hold.

use std::collections::BTreeMap;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_trees::{DecisionTree, TreeNode};
use ndarray::{Array1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::choose_k::evidence::sample_rows;
use super::scale::ColumnScale;
use super::{SegmentError, wrong};
use crate::base::{Monitor, Step};

/// What decides the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhyRecipe {
    /// Conditions one after the other, at most.
    pub depth: usize,
    /// The tree is grown on at most so many customers; fidelity is measured on all.
    pub sample: usize,
    pub seed: u64,
}

impl Default for WhyRecipe {
    fn default() -> Self {
        Self { depth: 3, sample: 10_000, seed: 0 }
    }
}

/// One condition on a feature, in the feature's own unit: `from ≤ x` and `x < below`, where given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub feature: String,
    pub from: Option<f64>,
    pub below: Option<f64>,
}

/// One way to be in the segment: all conditions hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    pub conditions: Vec<Condition>,
    /// Customers who meet them, and how many of these are in the segment.
    pub customers: u64,
    pub inside: u64,
}

/// Why customers are in a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Why {
    pub segment: u32,
    /// Ways in, the one that covers most of the segment first; none when no condition tells the segment apart.
    pub paths: Vec<Path>,
    /// Share of all customers whom the paths put on the right side.
    pub fidelity: f64,
    /// Of those on the paths, the share in the segment; empty without paths.
    pub precision: Option<f64>,
    /// Of the segment, the share on the paths.
    pub coverage: f64,
}

/// Grows one tree for each of the segments on the scaled `values`; thresholds are told on the raw scale.
pub fn why(
    values: ArrayView2<'_, f64>,
    names: &[String],
    scales: &[ColumnScale],
    labels: &[u32],
    segments: usize,
    recipe: &WhyRecipe,
    monitor: &Monitor,
) -> Result<Vec<Why>, SegmentError> {
    if !(1..=6).contains(&recipe.depth) || recipe.sample < 10 {
        return wrong("depth", "must be from 1 to 6, on at least 10 customers");
    }
    let n = values.nrows();
    if labels.len() != n {
        return Err(SegmentError::Unaligned { have: labels.len(), need: n });
    }
    if names.len() != values.ncols() || scales.len() != values.ncols() {
        return Err(SegmentError::Unaligned { have: names.len().min(scales.len()), need: values.ncols() });
    }
    if n < 2 || values.ncols() == 0 {
        return Err(SegmentError::TooFewCustomers { have: n, need: 2 });
    }
    let rows = sample_rows(n, recipe.sample, recipe.seed, 31);
    let sample = values.select(Axis(0), &rows);
    let mut found = Vec::new();
    for segment in 0..segments as u32 {
        monitor.check()?;
        monitor.report(Step::Explaining, u64::from(segment), segments as u64);
        let inside: Array1<bool> = rows.iter().map(|row| labels[*row] == segment).collect();
        let share = inside.iter().filter(|is| **is).count();
        let leaves = if share == 0 || share == inside.len() {
            Vec::new()
        } else {
            let leaf = (inside.len() as f32 / 200.0).clamp(1.0, 50.0);
            let data = DatasetBase::new(sample.clone(), inside);
            let tree = DecisionTree::params()
                .max_depth(Some(recipe.depth))
                .min_weight_leaf(leaf)
                .min_weight_split(2.0 * leaf)
                .fit(&data)
                .map_err(|error| SegmentError::Fit(error.to_string()))?;
            let mut leaves = Vec::new();
            walk(tree.root_node(), &BTreeMap::new(), &mut leaves);
            leaves
        };
        found.push(measure(values, names, scales, labels, segment, &leaves));
    }
    Ok(found)
}

/// Bounds by column: from (in), below (out), on the scaled values.
type Bounds = BTreeMap<usize, (f64, f64)>;

/// All leaves' bounds. Which side a leaf is on is decided by counting all customers, not by the tree.
fn walk(node: &TreeNode<f64, bool>, bounds: &Bounds, leaves: &mut Vec<Bounds>) {
    if node.is_leaf() {
        leaves.push(bounds.clone());
        return;
    }
    let (column, split, _) = node.split();
    for (place, child) in node.children().into_iter().enumerate() {
        let Some(child) = child else { continue };
        let mut inner = bounds.clone();
        let range = inner.entry(column).or_insert((f64::NEG_INFINITY, f64::INFINITY));
        // linfa sends what is below the split to the left.
        *range = if place == 0 { (range.0, range.1.min(split)) } else { (range.0.max(split), range.1) };
        walk(child, &inner, leaves);
    }
}

fn measure(
    values: ArrayView2<'_, f64>,
    names: &[String],
    scales: &[ColumnScale],
    labels: &[u32],
    segment: u32,
    leaves: &[Bounds],
) -> Why {
    let mut counts = vec![(0_u64, 0_u64); leaves.len()];
    let (mut size, n) = (0, labels.len() as u64);
    for (row, label) in values.outer_iter().zip(labels) {
        let inside = *label == segment;
        size += u64::from(inside);
        let holds =
            |bounds: &Bounds| bounds.iter().all(|(column, (from, below))| (*from..*below).contains(&row[*column]));
        if let Some(leaf) = leaves.iter().position(holds) {
            counts[leaf].0 += 1;
            counts[leaf].1 += u64::from(inside);
        }
    }
    let mut paths = Vec::new();
    for (bounds, (customers, inside)) in leaves.iter().zip(&counts) {
        if 2 * inside > *customers && !bounds.is_empty() {
            let condition = |(column, (from, below)): (&usize, &(f64, f64))| {
                let told = |bound: f64| bound.is_finite().then(|| scales[*column].invert(bound));
                Condition { feature: names[*column].clone(), from: told(*from), below: told(*below) }
            };
            let conditions = bounds.iter().map(condition).collect();
            paths.push(Path { conditions, customers: *customers, inside: *inside });
        }
    }
    paths.sort_by_key(|path| std::cmp::Reverse(path.inside));
    let on: u64 = paths.iter().map(|path| path.customers).sum();
    let right: u64 = paths.iter().map(|path| path.inside).sum();
    let wrong = (on - right) + (size - right);
    Why {
        segment,
        fidelity: (n - wrong) as f64 / n.max(1) as f64,
        precision: (on > 0).then(|| right as f64 / on as f64),
        coverage: if size > 0 { right as f64 / size as f64 } else { 0.0 },
        paths,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn plain(columns: usize) -> (Vec<String>, Vec<ColumnScale>) {
        let names = (0..columns).map(|i| format!("f{i}")).collect();
        (names, vec![ColumnScale { log: false, unit: 1.0, centre: 10.0, spread: 2.0 }; columns])
    }

    #[test]
    fn a_rule_that_was_planted_is_told() {
        // Columns that know nothing of each other; on a lattice one column could tell another's rule.
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let x = Array2::from_shape_fn((800, 3), |_| rng.random_range(-1.0..1.0));
        // Segment 1: f0 at least 0.2 and f2 below 0.5, on the raw scale 10.4 and 11.
        let labels: Vec<u32> = x.outer_iter().map(|row| u32::from(row[0] >= 0.2 && row[2] < 0.5)).collect();
        let (names, scales) = plain(3);
        let found = why(x.view(), &names, &scales, &labels, 2, &WhyRecipe::default(), &Monitor::quiet()).unwrap();
        let one = &found[1];
        assert!(one.fidelity > 0.99 && one.coverage > 0.98 && one.precision.unwrap() > 0.98, "{one:?}");
        let told = |name: &str| one.paths[0].conditions.iter().find(|c| c.feature == name).unwrap();
        assert!((told("f0").from.unwrap() - 10.4).abs() < 0.05 && told("f0").below.is_none());
        assert!((told("f2").below.unwrap() - 11.0).abs() < 0.05 && told("f2").from.is_none(), "{one:?}");
        assert_eq!(
            one.paths.iter().map(|path| path.inside).sum::<u64>() as f64,
            one.coverage * labels.iter().filter(|l| **l == 1).count() as f64
        );
    }

    #[test]
    fn nothing_to_tell_is_no_path() {
        let x = Array2::from_shape_fn((60, 1), |(i, _)| (i % 2) as f64);
        let labels: Vec<u32> = (0..60).map(|i| i / 2 % 2).collect();
        let (names, scales) = plain(1);
        let found = why(x.view(), &names, &scales, &labels, 3, &WhyRecipe::default(), &Monitor::quiet()).unwrap();
        assert!(found[2].paths.is_empty() && found[2].fidelity == 1.0 && found[2].precision.is_none());
        assert!((found[0].fidelity - 0.5).abs() < 1e-12, "{found:?}");
        let short = why(x.view(), &names, &scales, &labels[1..], 2, &WhyRecipe::default(), &Monitor::quiet());
        assert!(matches!(short, Err(SegmentError::Unaligned { .. })));
    }
}
