//! Scores many rows with many trees, fast: nodes packed together, several rows walking at a time.

use rayon::prelude::*;

use super::error::{PredictError, Result};
use super::matrix::Matrix;
use super::tree::Tree;
use crate::base::monitor::Monitor;

/// Rows scored together: they stay in the cache while tree after tree walks over them.
const BLOCK: usize = 2048;
/// Rows that take their steps in turn, so that the processor waits for one while it looks at the next.
const LANES: usize = 8;
/// Below this many rows packing costs more than it saves.
const FEW: usize = 512;

/// A leaf leads to itself.
#[derive(Clone, Copy)]
struct Node {
    threshold: f64,
    feature: u32,
    left: u32,
    right: u32,
}

/// `start + scale · Σ trees`, one value a row of `x`; the sum runs in the order of the trees.
pub(super) fn sum_of_trees(trees: &[Tree], x: &Matrix, start: f64, scale: f64, monitor: &Monitor) -> Result<Vec<f64>> {
    let mut scores = vec![0.0; x.rows];
    let packed: Vec<Vec<Node>> = if x.rows < FEW { Vec::new() } else { trees.par_iter().map(pack).collect() };
    scores.par_chunks_mut(BLOCK).enumerate().try_for_each(|(block, scores)| {
        let rows = row_major(x, block * BLOCK, scores.len());
        for (t, tree) in trees.iter().enumerate() {
            monitor.check()?;
            match packed.get(t) {
                Some(nodes) => walk(nodes, &tree.value, &rows, x.cols, scores),
                None => {
                    for (row, score) in rows.chunks(x.cols.max(1)).zip(scores.iter_mut()) {
                        *score += tree.score(row);
                    }
                }
            }
        }
        scores.iter_mut().for_each(|s| *s = start + scale * *s);
        Ok::<(), PredictError>(())
    })?;
    Ok(scores)
}

fn row_major(x: &Matrix, first: usize, count: usize) -> Vec<f64> {
    let mut rows = vec![0.0; count * x.cols];
    for (j, column) in x.columns().enumerate() {
        for (i, value) in column[first..first + count].iter().enumerate() {
            rows[i * x.cols + j] = *value;
        }
    }
    rows
}

fn pack(tree: &Tree) -> Vec<Node> {
    let node = |i: usize| {
        let own = i as u32;
        if tree.is_leaf(i) {
            return Node { threshold: 0.0, feature: 0, left: own, right: own };
        }
        Node { threshold: tree.threshold[i], feature: tree.feature[i], left: own + 1, right: tree.right[i] }
    };
    (0..tree.len()).map(node).collect()
}

fn walk(nodes: &[Node], values: &[f64], rows: &[f64], cols: usize, scores: &mut [f64]) {
    for (lane_rows, lane_scores) in rows.chunks(cols * LANES).zip(scores.chunks_mut(LANES)) {
        let mut at = [0u32; LANES];
        let lanes = lane_scores.len();
        loop {
            let mut moved = false;
            for (lane, place) in at.iter_mut().enumerate().take(lanes) {
                let node = &nodes[*place as usize];
                let value = lane_rows[lane * cols + node.feature as usize];
                let next = if value <= node.threshold { node.left } else { node.right };
                moved |= next != *place;
                *place = next;
            }
            if !moved {
                break;
            }
        }
        for (score, place) in lane_scores.iter_mut().zip(at) {
            *score += values[place as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::Task;
    use super::super::testing::arrays;
    use super::super::tree::{TreeRecipe, fit};
    use super::*;

    #[test]
    fn packed_trees_score_as_the_tree_does() {
        let (x, spend, _) = arrays();
        let recipe = TreeRecipe { max_depth: 9, min_leaf: 2, min_gain: 0.0 };
        let monitor = Monitor::quiet();
        let deep = fit(&x, &spend, &recipe, Task::Regression, &monitor).expect("fits");
        let flat = fit(&x, &spend, &TreeRecipe { max_depth: 1, ..recipe }, Task::Regression, &monitor).expect("fits");
        let many: Vec<u32> = (0..3001).map(|i| i * 7 % 240).collect();
        let x = x.take_rows(&many);
        let trees = [deep, flat];
        let found = sum_of_trees(&trees, &x, 1.0, 0.5, &monitor).expect("scores");
        for (i, found) in found.iter().enumerate() {
            let row = x.row(i);
            assert_eq!(*found, 1.0 + 0.5 * (trees[0].score(&row) + trees[1].score(&row)));
        }
    }
}
