//! Decision trees: the tree itself, fitting one, and reading it out as rules.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::bins::Bins;
use super::cart::{Grower, Growth, Item};
use super::encode::{Encoded, Meaning};
use super::error::{PredictError, Result};
use super::matrix::Matrix;
use super::target::Task;
use crate::base::monitor::Monitor;

/// Marks a leaf in [`Tree::feature`].
pub const LEAF: u32 = u32::MAX;

/// Nodes in preorder: the left child of a split follows it, the right one is named.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tree {
    /// The encoded column that is asked about; [`LEAF`] for a leaf.
    pub feature: Vec<u32>,
    /// At or below it a row goes left.
    pub threshold: Vec<f64>,
    pub right: Vec<u32>,
    /// The mean target of the node's training rows, or a booster's weight.
    pub value: Vec<f64>,
    /// The weight of the node's training rows.
    pub cover: Vec<f64>,
}

impl Tree {
    pub fn len(&self) -> usize {
        self.feature.len()
    }

    pub fn is_empty(&self) -> bool {
        self.feature.is_empty()
    }

    pub fn leaves(&self) -> usize {
        self.feature.iter().filter(|&&f| f == LEAF).count()
    }

    pub fn is_leaf(&self, node: usize) -> bool {
        self.feature[node] == LEAF
    }

    /// The child that a value goes to.
    pub fn child(&self, node: usize, value: f64) -> usize {
        if value <= self.threshold[node] { node + 1 } else { self.right[node] as usize }
    }

    pub fn leaf_of(&self, row: &[f64]) -> usize {
        let mut node = 0;
        while self.feature[node] != LEAF {
            node = self.child(node, row[self.feature[node] as usize]);
        }
        node
    }

    pub fn score(&self, row: &[f64]) -> f64 {
        self.value[self.leaf_of(row)]
    }

    pub fn depth(&self) -> usize {
        let mut depth = vec![0; self.len()];
        for node in 0..self.len() {
            if !self.is_leaf(node) {
                depth[node + 1] = depth[node] + 1;
                depth[self.right[node] as usize] = depth[node] + 1;
            }
        }
        depth.into_iter().max().unwrap_or(0)
    }

    /// Whether every node is where it must be; a stored tree is checked before it is walked.
    pub fn is_sound(&self, columns: usize) -> bool {
        let n = self.len();
        let lengths = [self.threshold.len(), self.right.len(), self.value.len(), self.cover.len()];
        let node_ok = |i: usize| {
            let right = self.right[i] as usize;
            self.is_leaf(i) || ((self.feature[i] as usize) < columns && right > i + 1 && right < n)
        };
        n > 0 && lengths.iter().all(|&l| l == n) && (0..n).all(node_ok)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TreeRecipe {
    pub max_depth: usize,
    /// The fewest training rows of a leaf.
    pub min_leaf: usize,
    /// A split must lower the squared error by this share of the whole.
    pub min_gain: f64,
}

impl Default for TreeRecipe {
    fn default() -> Self {
        Self { max_depth: 5, min_leaf: 20, min_gain: 0.0005 }
    }
}

impl TreeRecipe {
    pub fn check(&self) -> Result<()> {
        if !(1..=64).contains(&self.max_depth) {
            return Err(PredictError::recipe("max_depth", "1 to 64"));
        }
        if self.min_leaf == 0 {
            return Err(PredictError::recipe("min_leaf", "1 or more"));
        }
        if !(0.0..1.0).contains(&self.min_gain) {
            return Err(PredictError::recipe("min_gain", "0 to below 1"));
        }
        Ok(())
    }
}

pub fn fit(x: &Matrix, y: &[f64], recipe: &TreeRecipe, task: Task, monitor: &Monitor) -> Result<Tree> {
    recipe.check()?;
    let bins = Bins::of(x, monitor)?;
    let growth = Growth {
        max_depth: recipe.max_depth,
        min_leaf: recipe.min_leaf as f64,
        tried: x.cols,
        min_gain: recipe.min_gain,
    };
    let middle = centre(y, task);
    let mut items: Vec<Item> =
        y.iter().enumerate().map(|(i, y)| Item { row: i as u32, weight: 1.0, sum: y - middle }).collect();
    // All columns are tried at every split, so that no number is drawn.
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut tree = Grower::new(&bins, growth).grow(&mut items, &mut rng, monitor)?;
    tree.value.iter_mut().for_each(|v| *v += middle);
    Ok(tree)
}

/// Numbers are centred before sums are squared, to keep their digits; 0 and 1 need no centring.
pub(super) fn centre(y: &[f64], task: Task) -> f64 {
    match task {
        Task::Regression => y.iter().sum::<f64>() / y.len().max(1) as f64,
        Task::Classification => 0.0,
    }
}

/// One leaf, told as the conditions on the way to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub conditions: Vec<Condition>,
    /// The mean target there (the share of "yes").
    pub value: f64,
    /// The share of the training rows that end here.
    pub share: f64,
}

/// What is asked of one feature (by place in the feature list).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub feature: usize,
    pub test: Test,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// `low < value <= high`; an open end is absent.
    Between {
        low: Option<f64>,
        high: Option<f64>,
    },
    Yes,
    No,
    Is(String),
    IsNot(String),
    IsOther,
    IsNotOther,
    IsMissing,
    IsKnown,
}

/// The question that a split asks, as the test that sends a row left or right.
pub fn test_of(column: &Encoded, threshold: f64, goes_left: bool) -> Condition {
    let test = match (&column.meaning, goes_left) {
        (Meaning::Value, true) => Test::Between { low: None, high: Some(threshold) },
        (Meaning::Value, false) => Test::Between { low: Some(threshold), high: None },
        (Meaning::YesNo, true) => Test::No,
        (Meaning::YesNo, false) => Test::Yes,
        (Meaning::Level(level), true) => Test::IsNot(level.clone()),
        (Meaning::Level(level), false) => Test::Is(level.clone()),
        (Meaning::OtherLevels, true) => Test::IsNotOther,
        (Meaning::OtherLevels, false) => Test::IsOther,
        (Meaning::Gap, true) => Test::IsKnown,
        (Meaning::Gap, false) => Test::IsMissing,
    };
    Condition { feature: column.feature, test }
}

/// Every leaf of the tree as a rule, left to right. Bounds on one number are drawn together, and what a
/// positive answer makes superfluous is left out.
pub fn rules(tree: &Tree, columns: &[Encoded]) -> Vec<Rule> {
    let mut rules = Vec::with_capacity(tree.leaves());
    let all = tree.cover.first().copied().unwrap_or(1.0);
    let mut stack: Vec<(usize, Vec<Condition>)> = vec![(0, Vec::new())];
    while let Some((node, conditions)) = stack.pop() {
        if tree.is_leaf(node) {
            rules.push(Rule { conditions, value: tree.value[node], share: tree.cover[node] / all });
            continue;
        }
        let column = &columns[tree.feature[node] as usize];
        let with = |goes_left| {
            let mut path = conditions.clone();
            add(&mut path, test_of(column, tree.threshold[node], goes_left));
            path
        };
        stack.push((tree.right[node] as usize, with(false)));
        stack.push((node + 1, with(true)));
    }
    rules
}

fn add(path: &mut Vec<Condition>, new: Condition) {
    if matches!(new.test, Test::Is(_) | Test::IsOther | Test::IsMissing) {
        let is_implied = |t: &Test| matches!(t, Test::IsNot(_) | Test::IsNotOther | Test::IsKnown);
        path.retain(|c| c.feature != new.feature || !is_implied(&c.test));
    }
    if let Test::Between { low, high } = new.test {
        for known in path.iter_mut().filter(|c| c.feature == new.feature) {
            if let Test::Between { low: old_low, high: old_high } = &mut known.test {
                *old_low = low.or(*old_low);
                *old_high = high.or(*old_high);
                return;
            }
        }
    }
    path.push(new);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NUMBERS, all_near, arrays, encoded, list, number};
    use super::*;

    #[test]
    fn trees_agree_with_scikit_learn() {
        let (x, spend, bought) = arrays();
        let recipe = TreeRecipe { max_depth: 4, min_leaf: 10, min_gain: 0.0 };
        for (name, y, task) in [("classify", &bought, Task::Classification), ("regress", &spend, Task::Regression)] {
            let tree = fit(&x, y, &recipe, task, &Monitor::quiet()).expect("fits");
            let scores: Vec<f64> = (0..x.rows).map(|i| tree.score(&x.row(i))).collect();
            all_near(&scores, &list(&["trees", name, "scores"]), 1e-9);
            assert_eq!(tree.leaves() as f64, number(&["trees", name, "leaves"]));
            assert!(tree.is_sound(5) && tree.depth() == 4);
        }
    }

    #[test]
    fn rules_say_the_planted_tree() {
        // y = 9 in York, else 5 for numbers above 2.5 and up to 6.5, else 1.
        let number: Vec<f64> = (0..120).map(|i| f64::from(i % 10)).collect();
        let york: Vec<f64> = (0..120).map(|i| f64::from(i % 3 == 0)).collect();
        let y: Vec<f64> = number
            .iter()
            .zip(&york)
            .map(|(&n, &k)| {
                if k == 1.0 {
                    9.0
                } else if (3.0..=6.0).contains(&n) {
                    5.0
                } else {
                    1.0
                }
            })
            .collect();
        let columns = [
            Encoded { name: "n".into(), feature: 0, meaning: Meaning::Value },
            Encoded { name: "city=York".into(), feature: 1, meaning: Meaning::Level("York".into()) },
        ];
        let x = Matrix::from_columns(120, vec![number, york]);
        let recipe = TreeRecipe { min_leaf: 1, ..TreeRecipe::default() };
        let tree = fit(&x, &y, &recipe, Task::Regression, &Monitor::quiet()).expect("fits");
        let rules = rules(&tree, &columns);
        let not_york = Condition { feature: 1, test: Test::IsNot("York".into()) };
        let between = |low, high| Condition { feature: 0, test: Test::Between { low, high } };
        let expected = |conditions, value, share| Rule { conditions, value, share };
        let mut found = rules.clone();
        found.iter_mut().for_each(|r| r.value = (r.value * 1e9).round() / 1e9);
        found.sort_by(|a, b| a.value.total_cmp(&b.value).then(b.share.total_cmp(&a.share)));
        assert_eq!(found.len(), 4);
        assert_eq!(found[2], expected(vec![not_york, between(Some(2.5), Some(6.5))], 5.0, 32.0 / 120.0));
        let york = Condition { feature: 1, test: Test::Is("York".into()) };
        assert_eq!(found[3], expected(vec![york], 9.0, 40.0 / 120.0));
        assert!((rules.iter().map(|r| r.share).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_tree_keeps_to_its_limits() {
        let (x, _, bought) = arrays();
        let recipe = TreeRecipe { max_depth: 3, min_leaf: 30, min_gain: 0.0 };
        let tree = fit(&x, &bought, &recipe, Task::Classification, &Monitor::quiet()).expect("fits");
        assert!(tree.depth() <= 3);
        assert!((0..tree.len()).filter(|&i| tree.is_leaf(i)).all(|i| tree.cover[i] >= 30.0));
        let columns = encoded(&NUMBERS);
        assert_eq!(rules(&tree, &columns).len(), tree.leaves());
        let refused = TreeRecipe { min_leaf: 0, ..recipe }.check();
        assert!(matches!(refused, Err(PredictError::Recipe { .. })));
    }

    #[test]
    fn a_damaged_tree_is_not_walked() {
        let leaf =
            Tree { feature: vec![LEAF], threshold: vec![0.0], right: vec![0], value: vec![1.0], cover: vec![1.0] };
        assert!(leaf.is_sound(0));
        let mut ring = leaf.clone();
        ring.feature[0] = 0;
        assert!(!ring.is_sound(1));
        assert!(!Tree { cover: vec![], ..leaf }.is_sound(1));
    }
}
