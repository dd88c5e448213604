//! Items that the same customers touch: `score(j) = Σ weight(i) · similarity(i, j)` over a customer's items.
//!
//! Similarity is the inner product of two items' columns, weighted first:
//! - cosine: the columns at length 1;
//! - TF-IDF: `√w · idf(customer)`, then at length 1, with `idf = 1 + ln((1 + n) / (1 + d))`, `n` items in all,
//!   `d` the customer's: who touches everything says little;
//! - BM25: `w·(k₁+1) / (w + k₁·(1 − b + b·total/mean total)) · idf` (Robertson and Zaragoza, 2009), items as
//!   documents, customers as terms, `idf = ln(1 + (n − d + ½) / (d + ½))`; not brought to length 1.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dense::{Scored, order};
use super::error::{count_within, within};
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::{Algorithm, Csr, History, Interactions, RecommendError};
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Similarity {
    Cosine,
    TfIdf,
    Bm25 { k1: f32, b: f32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NeighboursRecipe {
    pub similarity: Similarity,
    /// How many most similar items an item keeps.
    pub neighbours: usize,
    /// Added to the product of lengths: two items that one customer shares are not yet twins. Not for BM25.
    pub shrink: f32,
    /// A customer with more items than this counts with the heaviest ones only (dealers, test accounts).
    pub heavy_user: usize,
}

impl Default for NeighboursRecipe {
    fn default() -> Self {
        Self { similarity: Similarity::TfIdf, neighbours: 100, shrink: 0.0, heavy_user: 2000 }
    }
}

impl NeighboursRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        count_within("neighbours.neighbours", self.neighbours, 1, 10_000, "from 1 to 10000")?;
        count_within("neighbours.heavy_user", self.heavy_user, 2, 100_000, "from 2 to 100000")?;
        within("neighbours.shrink", self.shrink, 0.0, 1e6, "from 0 to 1000000")?;
        if let Similarity::Bm25 { k1, b } = self.similarity {
            within("neighbours.k1", k1, 0.01, 1e4, "from 0.01 to 10000")?;
            within("neighbours.b", b, 0.0, 1.0, "from 0 to 1")?;
        }
        Ok(())
    }
}

pub struct Neighbours {
    /// Item × item: each row an item's most similar ones, by item number; never the item itself.
    similar: Csr,
}

impl Neighbours {
    pub fn fit(data: &Interactions, recipe: &NeighboursRecipe, monitor: &Monitor) -> Result<Self, RecommendError> {
        recipe.check()?;
        monitor.check()?;
        let weighted = weighted(&lighter(&data.matrix, recipe.heavy_user), recipe.similarity);
        let (by_item, items) = (weighted.transpose(), weighted.cols);
        // Squared.
        let lengths: Vec<f32> = match recipe.similarity {
            Similarity::Bm25 { .. } => Vec::new(),
            _ => (0..items).map(|i| by_item.row(i).1.iter().map(|v| v * v).sum::<f32>()).collect(),
        };
        let similarity = |i: usize, j: usize, product: f32| match lengths.get(i) {
            Some(length) => product / ((length * lengths[j]).sqrt() + recipe.shrink),
            None => product,
        };
        let done = std::sync::atomic::AtomicU64::new(0);
        let rows: Result<Vec<Vec<(u32, f32)>>, RecommendError> = (0..items)
            .into_par_iter()
            .with_min_len(64)
            .map_init(
                || (vec![0f32; items], Vec::new()),
                |(sums, touched), i| {
                    monitor.check()?;
                    products_of(&weighted, &by_item, i, sums, touched);
                    let mut row: Vec<Scored> = touched
                        .drain(..)
                        .map(|j: u32| Scored {
                            item: j,
                            score: similarity(i, j as usize, std::mem::take(&mut sums[j as usize])),
                        })
                        .filter(|s| s.item as usize != i && s.score > 0.0 && s.score.is_finite())
                        .collect();
                    if row.len() > recipe.neighbours {
                        row.select_nth_unstable_by(recipe.neighbours - 1, order);
                        row.truncate(recipe.neighbours);
                    }
                    let mut row: Vec<(u32, f32)> = row.into_iter().map(|s| (s.item, s.score)).collect();
                    row.sort_unstable_by_key(|entry| entry.0);
                    let before = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if before.is_multiple_of(256) {
                        monitor.report(Step::Fitting, before, items as u64);
                    }
                    Ok(row)
                },
            )
            .collect();
        monitor.report(Step::Fitting, items as u64, items as u64);
        Ok(Self { similar: Csr::from_rows(items, &rows?) })
    }

    /// The most similar items, best first.
    pub fn similar(&self, item: u32, n: usize) -> Vec<Scored> {
        if item as usize >= self.similar.rows() {
            return Vec::new();
        }
        let mut row: Vec<Scored> =
            self.similar.iter_row(item as usize).map(|(item, score)| Scored { item, score }).collect();
        row.sort_by(order);
        row.truncate(n);
        row
    }

    /// How similar `to` is to `from`; 0 when it is not among the neighbours that were kept.
    pub fn similarity(&self, from: u32, to: u32) -> f32 {
        if from as usize >= self.similar.rows() {
            return 0.0;
        }
        let (columns, values) = self.similar.row(from as usize);
        columns.binary_search(&to).map_or(0.0, |at| values[at])
    }
}

/// Row `i` of `XᵀX` into `sums`, with the list of the columns that are not zero in it.
fn products_of(x: &Csr, by_item: &Csr, i: usize, sums: &mut [f32], touched: &mut Vec<u32>) {
    for (user, left) in by_item.iter_row(i) {
        for (item, right) in x.iter_row(user as usize) {
            let sum = &mut sums[item as usize];
            if *sum == 0.0 {
                touched.push(item);
            }
            // Weights are above zero; the smallest step keeps an underflow from being listed twice.
            *sum += (left * right).max(f32::MIN_POSITIVE);
        }
    }
}

/// Rows longer than `most` keep their heaviest entries (the lower item first among equals).
fn lighter(matrix: &Csr, most: usize) -> Csr {
    if (0..matrix.rows()).all(|row| matrix.row_len(row) <= most) {
        return matrix.clone();
    }
    let rows: Vec<Vec<(u32, f32)>> = (0..matrix.rows())
        .map(|row| {
            let mut row: Vec<(u32, f32)> = matrix.iter_row(row).collect();
            if row.len() > most {
                row.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                row.truncate(most);
                row.sort_by_key(|entry| entry.0);
            }
            row
        })
        .collect();
    Csr::from_rows(matrix.cols, &rows)
}

/// The matrix with each weight replaced as the similarity asks; columns are not yet at length 1.
fn weighted(matrix: &Csr, similarity: Similarity) -> Csr {
    let mut out = matrix.clone();
    let items = matrix.column_counts().iter().filter(|count| **count > 0).count() as f32;
    match similarity {
        Similarity::Cosine => {}
        Similarity::TfIdf => {
            for user in 0..out.rows() {
                let idf = 1.0 + ((1.0 + items) / (1.0 + out.row_len(user) as f32)).ln();
                for value in &mut out.values[matrix.starts[user]..matrix.starts[user + 1]] {
                    *value = value.sqrt() * idf;
                }
            }
        }
        Similarity::Bm25 { k1, b } => {
            let mut totals = vec![0f32; matrix.cols];
            for (&item, &value) in matrix.columns.iter().zip(&matrix.values) {
                totals[item as usize] += value;
            }
            let mean = totals.iter().sum::<f32>() / items.max(1.0);
            for user in 0..out.rows() {
                let span = matrix.starts[user]..matrix.starts[user + 1];
                let own = span.len() as f32;
                let idf = (1.0 + (items - own + 0.5) / (own + 0.5)).ln();
                for (value, &item) in out.values[span.clone()].iter_mut().zip(&matrix.columns[span]) {
                    let length = 1.0 - b + b * totals[item as usize] / mean;
                    *value = *value * (k1 + 1.0) / (*value + k1 * length) * idf;
                }
            }
        }
    }
    out
}

impl Recommender for Neighbours {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Neighbours
    }

    fn item_count(&self) -> usize {
        self.similar.cols
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        out.fill(0.0);
        for &(item, weight) in history.row() {
            if (item as usize) < self.similar.rows() {
                let (columns, values) = self.similar.row(item as usize);
                for (&column, &value) in columns.iter().zip(values) {
                    out[column as usize] += weight * value;
                }
            }
        }
        for score in out {
            if *score == 0.0 {
                *score = NO_OPINION;
            }
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        let parts: Vec<Contribution> = history
            .row()
            .iter()
            .map(|&(past, weight)| Contribution { item: past, value: weight * self.similarity(past, item) })
            .collect();
        let score = parts.iter().map(|part| part.value).sum();
        Explanation::new(item, score, 0.0, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, shop};
    use super::super::{EventKind, WeightRecipe, scores_of};
    use super::*;

    /// ann: a b; bob: a b c; cat: c.
    fn data() -> Interactions {
        let rows: Vec<_> = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2)]
            .iter()
            .map(|&(user, item)| (user, event(item, EventKind::Purchase, 0)))
            .collect();
        shop(3, 3, &rows, WeightRecipe::seen_or_not())
    }

    fn fit(recipe: NeighboursRecipe) -> Neighbours {
        Neighbours::fit(&data(), &recipe, &Monitor::quiet()).unwrap()
    }

    fn close(got: f32, want: f64) {
        assert!((f64::from(got) - want).abs() < 1e-6, "{got} is not {want}");
    }

    #[test]
    fn cosine_by_hand() {
        let model = fit(NeighboursRecipe { similarity: Similarity::Cosine, ..Default::default() });
        close(model.similarity(0, 1), 1.0);
        close(model.similarity(0, 2), 0.5);
        close(model.similarity(2, 1), 0.5);
        close(model.similarity(0, 0), 0.0);
        // cat has c only: a and b score ½ each, c nothing.
        assert_eq!(scores_of(&model, &data().history(2)), [0.5, 0.5, NO_OPINION]);
        // ann has a and b: c gets ½ from each.
        let why = model.explain(&data().history(0), 2);
        close(why.score, 1.0);
        assert_eq!(why.parts.len(), 2);
        let shrunk = fit(NeighboursRecipe { similarity: Similarity::Cosine, shrink: 2.0, ..Default::default() });
        close(shrunk.similarity(0, 1), 0.5);
    }

    #[test]
    fn tf_idf_by_hand() {
        let model = fit(NeighboursRecipe { similarity: Similarity::TfIdf, ..Default::default() });
        // idf: ann 1 + ln(4/3), bob 1 + ln(4/4) = 1, cat 1 + ln(4/2).
        let (ann, bob, cat) = (1.0 + (4f64 / 3.0).ln(), 1.0, 1.0 + 2f64.ln());
        close(model.similarity(0, 1), 1.0);
        close(model.similarity(0, 2), bob * bob / ((ann * ann + bob * bob).sqrt() * (bob * bob + cat * cat).sqrt()));
    }

    #[test]
    fn bm25_by_hand() {
        let (k1, b) = (1.2, 0.75);
        let model = fit(NeighboursRecipe { similarity: Similarity::Bm25 { k1, b }, ..Default::default() });
        // Every item has total 2 = the mean, so the length term is 1 and the tf term 2.2 / 2.2 = 1.
        // idf: ann ln(1 + 1.5/2.5), bob ln(1 + .5/3.5).
        let (ann, bob) = (1.6f64.ln(), (1.0f64 + 0.5 / 3.5).ln());
        close(model.similarity(0, 1), ann * ann + bob * bob);
        close(model.similarity(0, 2), bob * bob);
    }

    #[test]
    fn bm25_length_term_by_hand() {
        // One customer, item 0 with weight 1, item 1 with weight 3: totals 1 and 3, mean 2.
        let matrix = Csr::from_rows(2, &[vec![(0, 1.0), (1, 3.0)]]);
        let got = weighted(&matrix, Similarity::Bm25 { k1: 2.0, b: 0.5 });
        let idf = (1.0f64 + 0.5 / 2.5).ln();
        close(got.values[0], 3.0 / (1.0 + 2.0 * 0.75) * idf);
        close(got.values[1], 9.0 / (3.0 + 2.0 * 1.25) * idf);
    }

    #[test]
    fn only_the_nearest_are_kept_and_heavy_customers_are_cut() {
        let model = fit(NeighboursRecipe { similarity: Similarity::Cosine, neighbours: 1, ..Default::default() });
        assert_eq!(model.similar(0, 9), [Scored { item: 1, score: 1.0 }]);
        let matrix = Csr::from_rows(4, &[vec![(0, 1.0), (1, 5.0), (2, 1.0), (3, 2.0)]]);
        assert_eq!(lighter(&matrix, 3).row(0), (&[0u32, 1, 3][..], &[1.0f32, 5.0, 2.0][..]));
    }
}
