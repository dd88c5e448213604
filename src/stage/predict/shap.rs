//! Shapley values of trees in polynomial time (Lundberg et al. 2018, "Consistent individualized feature
//! attribution for tree ensembles", algorithm 2): what each column adds to the score of one row, against the
//! mean score of the training rows. They add up to the score exactly.

use super::tree::Tree;

/// One column on the path from the root, with the shares of subsets that let the row pass.
#[derive(Debug, Clone, Copy, Default)]
struct Element {
    column: u32,
    /// The share of training rows that go this way when the column is not known.
    zero: f64,
    /// 1 when the row itself goes this way, else 0.
    one: f64,
    weight: f64,
}

const NO_COLUMN: u32 = u32::MAX - 1;

/// Adds `scale` times the Shapley values of `tree` at `row` to `values` (one an encoded column).
pub(super) fn add(tree: &Tree, row: &[f64], scale: f64, values: &mut [f64]) {
    if !tree.is_empty() {
        let root = Element { column: NO_COLUMN, zero: 1.0, one: 1.0, weight: 0.0 };
        visit(tree, row, scale, values, 0, &[], root);
    }
}

/// The score expected when nothing is known of a row: the mean of the leaves, by their weight.
pub(super) fn expected(tree: &Tree) -> f64 {
    let mut mean = tree.value.clone();
    for node in (0..tree.len()).rev().filter(|&n| !tree.is_leaf(n)) {
        let (left, right) = (node + 1, tree.right[node] as usize);
        mean[node] = (mean[left] * tree.cover[left] + mean[right] * tree.cover[right]) / covers(tree, left, right);
    }
    mean.first().copied().unwrap_or(0.0)
}

fn covers(tree: &Tree, left: usize, right: usize) -> f64 {
    (tree.cover[left] + tree.cover[right]).max(f64::MIN_POSITIVE)
}

fn visit(tree: &Tree, row: &[f64], scale: f64, values: &mut [f64], node: usize, path: &[Element], next: Element) {
    let mut path = extend(path, next);
    if tree.is_leaf(node) {
        for i in 1..path.len() {
            let element = path[i];
            let weight = unwound_sum(&path, i);
            values[element.column as usize] += scale * weight * (element.one - element.zero) * tree.value[node];
        }
        return;
    }
    let column = tree.feature[node];
    let (left, right) = (node + 1, tree.right[node] as usize);
    let hot = tree.child(node, row[column as usize]);
    let cold = if hot == left { right } else { left };
    let (mut zero, mut one) = (1.0, 1.0);
    if let Some(known) = path.iter().position(|e| e.column == column) {
        (zero, one) = (path[known].zero, path[known].one);
        path = unwind(&path, known);
    }
    let total = covers(tree, left, right);
    let towards = |child: usize, one: f64| Element { column, zero: zero * tree.cover[child] / total, one, weight: 0.0 };
    visit(tree, row, scale, values, hot, &path, towards(hot, one));
    visit(tree, row, scale, values, cold, &path, towards(cold, 0.0));
}

fn extend(path: &[Element], next: Element) -> Vec<Element> {
    let depth = path.len();
    let mut longer = path.to_vec();
    longer.push(Element { weight: if depth == 0 { 1.0 } else { 0.0 }, ..next });
    let size = depth as f64 + 1.0;
    for i in (0..depth).rev() {
        longer[i + 1].weight += next.one * longer[i].weight * (i as f64 + 1.0) / size;
        longer[i].weight = next.zero * longer[i].weight * (depth - i) as f64 / size;
    }
    longer
}

/// Takes element `at` out again, as if it had never been there.
fn unwind(path: &[Element], at: usize) -> Vec<Element> {
    let last = path.len() - 1;
    let (zero, one) = (path[at].zero, path[at].one);
    let size = path.len() as f64;
    let mut shorter = path.to_vec();
    let mut carried = path[last].weight;
    for i in (0..last).rev() {
        if one != 0.0 {
            let before = shorter[i].weight;
            shorter[i].weight = carried * size / ((i as f64 + 1.0) * one);
            carried = before - shorter[i].weight * zero * (last - i) as f64 / size;
        } else if zero != 0.0 {
            shorter[i].weight = shorter[i].weight * size / (zero * (last - i) as f64);
        }
    }
    for i in at..last {
        let later = shorter[i + 1];
        shorter[i] = Element { weight: shorter[i].weight, ..later };
    }
    shorter.pop();
    shorter
}

/// The sum of the weights that [`unwind`] would leave.
fn unwound_sum(path: &[Element], at: usize) -> f64 {
    let last = path.len() - 1;
    let (zero, one) = (path[at].zero, path[at].one);
    let size = path.len() as f64;
    let mut carried = path[last].weight;
    let mut sum = 0.0;
    for i in (0..last).rev() {
        if one != 0.0 {
            let weight = carried * size / ((i as f64 + 1.0) * one);
            sum += weight;
            carried = path[i].weight - weight * zero * (last - i) as f64 / size;
        } else if zero != 0.0 {
            sum += path[i].weight * size / (zero * (last - i) as f64);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::target::Task;
    use super::super::testing::{arrays, near};
    use super::super::tree::{TreeRecipe, fit};
    use super::*;
    use crate::base::monitor::Monitor;

    /// The tree's mean score when only the columns in `known` are known: others are averaged by cover.
    fn value(tree: &Tree, row: &[f64], known: u32, node: usize) -> f64 {
        if tree.is_leaf(node) {
            return tree.value[node];
        }
        let column = tree.feature[node] as usize;
        if known & (1 << column) != 0 {
            return value(tree, row, known, tree.child(node, row[column]));
        }
        let (left, right) = (node + 1, tree.right[node] as usize);
        let mean = |child: usize| tree.cover[child] * value(tree, row, known, child);
        (mean(left) + mean(right)) / (tree.cover[left] + tree.cover[right])
    }

    /// Shapley's formula over all subsets of the five columns.
    fn by_definition(tree: &Tree, row: &[f64], column: usize) -> f64 {
        let factorial = [1.0, 1.0, 2.0, 6.0, 24.0, 120.0];
        (0..32u32)
            .filter(|s| s & (1 << column) == 0)
            .map(|s| {
                let size = s.count_ones() as usize;
                let weight = factorial[size] * factorial[4 - size] / factorial[5];
                weight * (value(tree, row, s | (1 << column), 0) - value(tree, row, s, 0))
            })
            .sum()
    }

    #[test]
    fn values_are_those_of_the_definition_and_add_up_to_the_score() {
        let (x, spend, _) = arrays();
        let recipe = TreeRecipe { max_depth: 8, min_leaf: 4, min_gain: 0.0 };
        let tree = fit(&x, &spend, &recipe, Task::Regression, &Monitor::quiet()).expect("fits");
        for i in [0, 7, 100, 239] {
            let row = x.row(i);
            let mut found = vec![0.0; 5];
            add(&tree, &row, 1.0, &mut found);
            for (column, found) in found.iter().enumerate() {
                near(*found, by_definition(&tree, &row, column), 1e-9);
            }
            near(expected(&tree) + found.iter().sum::<f64>(), tree.score(&row), 1e-9);
        }
        near(expected(&tree), spend.iter().sum::<f64>() / 240.0, 1e-9);
    }
}
