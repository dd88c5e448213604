//! Grows one regression tree on binned columns (Breiman et al. 1984): each split is the one that leaves the
//! smallest squared error. On 0/1 targets that is the Gini index, halved.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::bins::Bins;
use super::tree::{LEAF, Tree};
use crate::base::monitor::{Cancelled, Monitor};

#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    pub max_depth: usize,
    /// The least weight (rows, counted as often as drawn) of a leaf.
    pub min_leaf: f64,
    /// Columns tried at each split.
    pub tried: usize,
    /// A split must lower the squared error by this share of the root's.
    pub min_gain: f64,
}

/// A row of the sample: how often it was drawn, and that times its target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub row: u32,
    pub weight: f32,
    pub sum: f64,
}

/// Room for a bin's weight and sum, and which bins hold anything.
struct Histogram {
    weight: [f64; 256],
    sum: [f64; 256],
    filled: [u64; 4],
}

struct Split {
    gain: f64,
    column: usize,
    cut: usize,
}

pub(super) struct Grower<'a> {
    bins: &'a Bins,
    growth: Growth,
    histogram: Box<Histogram>,
    columns: Vec<u32>,
    spare: Vec<Item>,
    tree: Tree,
}

struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    /// The node whose right child this is.
    parent: Option<usize>,
}

impl<'a> Grower<'a> {
    pub fn new(bins: &'a Bins, growth: Growth) -> Self {
        Self {
            bins,
            growth,
            histogram: Box::new(Histogram { weight: [0.0; 256], sum: [0.0; 256], filled: [0; 4] }),
            columns: (0..bins.cols() as u32).collect(),
            spare: Vec::new(),
            tree: Tree::default(),
        }
    }

    /// Grows on `items`, which end up grouped by leaf. Nodes are laid out in preorder.
    pub fn grow(mut self, items: &mut [Item], rng: &mut ChaCha8Rng, monitor: &Monitor) -> Result<Tree, Cancelled> {
        let mut stack = vec![Pending { start: 0, end: items.len(), depth: 0, parent: None }];
        let mut floor = 0.0;
        while let Some(at) = stack.pop() {
            if at.end - at.start > 1000 {
                monitor.check()?;
            }
            let part = &mut items[at.start..at.end];
            let (weight, sum, squares, is_pure) = totals(part);
            if at.parent.is_none() && at.depth == 0 {
                floor = (self.growth.min_gain.max(1e-12)) * (squares - sum * sum / weight).max(0.0);
            }
            let node = self.tree.push(sum / weight, weight);
            if let Some(parent) = at.parent {
                self.tree.right[parent] = node as u32;
            }
            let can_split = !is_pure && at.depth < self.growth.max_depth && weight >= 2.0 * self.growth.min_leaf;
            let Some(split) = can_split.then(|| self.best(part, weight, sum, rng)).flatten() else { continue };
            if split.gain <= floor {
                continue;
            }
            let middle = at.start + self.divide(part, &split);
            self.tree.feature[node] = split.column as u32;
            self.tree.threshold[node] = self.bins.cuts[split.column][split.cut];
            let depth = at.depth + 1;
            stack.push(Pending { start: middle, end: at.end, depth, parent: Some(node) });
            stack.push(Pending { start: at.start, end: middle, depth, parent: None });
        }
        Ok(self.tree)
    }

    /// The best split of `tried` columns that vary here, drawn at random.
    fn best(&mut self, part: &[Item], weight: f64, sum: f64, rng: &mut ChaCha8Rng) -> Option<Split> {
        let p = self.columns.len();
        let mut best: Option<Split> = None;
        let mut tried = 0;
        for k in 0..p {
            if tried == self.growth.tried {
                break;
            }
            if self.growth.tried < p {
                let drawn = rng.random_range(k..p);
                self.columns.swap(k, drawn);
            }
            let column = self.columns[k] as usize;
            if self.bins.cuts[column].is_empty() {
                continue;
            }
            self.fill(part, column);
            let found = self.scan(weight, sum);
            tried += usize::from(found.is_some());
            if let Some((gain, cut)) = found
                && best.as_ref().is_none_or(|b| gain > b.gain)
            {
                best = Some(Split { gain, column, cut });
            }
        }
        best.filter(|b| b.gain > 0.0)
    }

    fn fill(&mut self, part: &[Item], column: usize) {
        let codes = self.bins.col(column);
        let h = &mut *self.histogram;
        for item in part {
            let code = codes[item.row as usize] as usize;
            h.weight[code] += f64::from(item.weight);
            h.sum[code] += item.sum;
            h.filled[code >> 6] |= 1 << (code & 63);
        }
    }

    /// Walks the filled bins in order and empties them: the best gain and cut, or nothing when all rows are in
    /// one bin. A gain of 0 says that no cut leaves enough rows on both sides.
    fn scan(&mut self, weight: f64, sum: f64) -> Option<(f64, usize)> {
        let least = self.growth.min_leaf;
        let base = sum * sum / weight;
        let h = &mut *self.histogram;
        let (mut left_weight, mut left_sum) = (0.0, 0.0);
        let mut last: Option<usize> = None;
        let (mut varies, mut best) = (false, (0.0, 0));
        for word in 0..4 {
            let mut bits = std::mem::take(&mut h.filled[word]);
            while bits != 0 {
                let bin = (word << 6) + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if let Some(last) = last {
                    varies = true;
                    let right_weight = weight - left_weight;
                    if left_weight >= least && right_weight >= least {
                        let right_sum = sum - left_sum;
                        let gain = left_sum * left_sum / left_weight + right_sum * right_sum / right_weight - base;
                        if gain > best.0 {
                            // Between two filled bins any cut divides the rows alike: take the middle one.
                            best = (gain, (last + bin - 1) / 2);
                        }
                    }
                }
                left_weight += h.weight[bin];
                left_sum += h.sum[bin];
                (h.weight[bin], h.sum[bin]) = (0.0, 0.0);
                last = Some(bin);
            }
        }
        varies.then_some(best)
    }

    /// Brings the rows at or below the cut to the front, keeping their order; returns how many.
    fn divide(&mut self, part: &mut [Item], split: &Split) -> usize {
        let codes = self.bins.col(split.column);
        self.spare.clear();
        let mut kept = 0;
        for i in 0..part.len() {
            let item = part[i];
            if codes[item.row as usize] as usize <= split.cut {
                part[kept] = item;
                kept += 1;
            } else {
                self.spare.push(item);
            }
        }
        part[kept..].copy_from_slice(&self.spare);
        kept
    }
}

/// Weight, weighted sum and sum of squares of the targets, and whether they are all one value.
fn totals(part: &[Item]) -> (f64, f64, f64, bool) {
    let (mut weight, mut sum, mut squares, mut is_pure) = (0.0, 0.0, 0.0, true);
    let first = part.first().map_or(0.0, |i| i.sum / f64::from(i.weight));
    for item in part {
        let w = f64::from(item.weight);
        let y = item.sum / w;
        weight += w;
        sum += item.sum;
        squares += item.sum * y;
        is_pure &= y == first;
    }
    (weight.max(f64::MIN_POSITIVE), sum, squares, is_pure)
}

impl Tree {
    /// Adds a leaf; a split is written into it later.
    pub(super) fn push(&mut self, value: f64, cover: f64) -> usize {
        self.feature.push(LEAF);
        self.threshold.push(0.0);
        self.right.push(0);
        self.value.push(value);
        self.cover.push(cover);
        self.feature.len() - 1
    }
}
