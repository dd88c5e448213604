//! How good one list is, and how the lists of a shop look together. Ranks count from 1; relevance is 0 or 1.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// The measures of one list at one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Found of those to be found.
    Recall,
    /// Found of those shown.
    Precision,
    /// `Σ 1/log₂(rank + 1)` of the hits, over the same of a perfect list (Järvelin and Kekäläinen, 2002).
    Ndcg,
    /// Mean of the precision at each hit, over the hits that a perfect list would have.
    Map,
    /// One over the rank of the first hit; 0 without one.
    Mrr,
    /// 1 with a hit, else 0.
    Hit,
}

impl Metric {
    pub const ALL: [Self; 6] = [Self::Recall, Self::Precision, Self::Ndcg, Self::Map, Self::Mrr, Self::Hit];

    pub fn key(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::Ndcg => "ndcg",
            Self::Map => "map",
            Self::Mrr => "mrr",
            Self::Hit => "hit",
        }
    }
}

/// All metrics at `k`, in the order of [`Metric::ALL`], for a list (best first) and the items to be found
/// (ascending, at least one).
pub fn measure(list: &[u32], wanted: &[u32], k: usize) -> [f32; 6] {
    let perfect = wanted.len().min(k).max(1);
    let (mut hits, mut gain, mut precisions, mut first) = (0usize, 0f64, 0f64, 0usize);
    for (at, item) in list.iter().take(k).enumerate() {
        if wanted.binary_search(item).is_ok() {
            let rank = at + 1;
            hits += 1;
            gain += 1.0 / (rank as f64 + 1.0).log2();
            precisions += hits as f64 / rank as f64;
            first = if first == 0 { rank } else { first };
        }
    }
    let best: f64 = (1..=perfect).map(|rank| 1.0 / (rank as f64 + 1.0).log2()).sum();
    [
        hits as f64 / wanted.len().max(1) as f64,
        hits as f64 / k.max(1) as f64,
        gain / best,
        precisions / perfect as f64,
        if first == 0 { 0.0 } else { 1.0 / first as f64 },
        if hits > 0 { 1.0 } else { 0.0 },
    ]
    .map(|value| value as f32)
}

/// How the lists of all customers look together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The part of the items that is on somebody's list.
    pub coverage: f64,
    /// 0: every item is shown equally often; towards 1: all lists show the same few.
    pub gini: f64,
    /// Mean of `−log₂` of the part of customers who know the item: how far from the obvious.
    pub novelty: f64,
    /// Mean of 1 − likeness over the pairs within a list; 0 for lists of one.
    pub diversity: f64,
}

/// How often each item stands on a list: `shown` has a count for every item that could be shown.
/// `G = Σ (2i − n − 1) x_i / (n Σ x)` over ascending counts x.
pub fn gini(shown: &[u32]) -> f64 {
    let mut counts = shown.to_vec();
    counts.sort_unstable();
    let n = counts.len() as f64;
    let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    if total == 0.0 {
        return 0.0;
    }
    let uneven: f64 =
        counts.iter().enumerate().map(|(at, count)| (2.0 * (at as f64 + 1.0) - n - 1.0) * f64::from(*count)).sum();
    uneven / (n * total)
}

/// The part of `possible` items that stands on any of the lists.
pub fn coverage<'a>(lists: impl Iterator<Item = &'a [u32]>, possible: usize) -> f64 {
    let shown: HashSet<u32> = lists.flatten().copied().collect();
    shown.len() as f64 / possible.max(1) as f64
}

/// Mean `−log₂(customers with the item / customers)` over all places of all lists. An item that nobody
/// has counts as one that half a customer has.
pub fn novelty<'a>(lists: impl Iterator<Item = &'a [u32]>, holders: &[u32], users: usize) -> f64 {
    let (mut sum, mut places) = (0.0, 0usize);
    for item in lists.flatten() {
        let known = f64::from(holders.get(*item as usize).copied().unwrap_or(0)).max(0.5);
        sum -= (known / users.max(1) as f64).log2();
        places += 1;
    }
    if places == 0 { 0.0 } else { sum / places as f64 }
}

/// Mean `1 − alike(a, b)` over the pairs of one list; nothing for a list without a pair.
pub fn diversity(list: &[u32], alike: impl Fn(u32, u32) -> f64) -> Option<f64> {
    let (mut sum, mut pairs) = (0.0, 0usize);
    for (at, &a) in list.iter().enumerate() {
        for &b in &list[at + 1..] {
            sum += 1.0 - alike(a, b);
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum / pairs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-6, "{got} is not {want}");
    }

    #[test]
    fn two_hits_of_three_by_hand() {
        // List 7 1 9 4 5; wanted 1 4 8: hits at ranks 2 and 4.
        let got = measure(&[7, 1, 9, 4, 5], &[1, 4, 8], 5).map(f64::from);
        close(got[0], 2.0 / 3.0);
        close(got[1], 2.0 / 5.0);
        let gain = 1.0 / 3f64.log2() + 1.0 / 5f64.log2();
        close(got[2], gain / (1.0 + 1.0 / 3f64.log2() + 0.5));
        close(got[3], (1.0 / 2.0 + 2.0 / 4.0) / 3.0);
        close(got[4], 0.5);
        close(got[5], 1.0);
        // At 2 only the first hit counts, and a perfect list would have two.
        let got = measure(&[7, 1, 9, 4, 5], &[1, 4, 8], 2).map(f64::from);
        close(got[0], 1.0 / 3.0);
        close(got[1], 0.5);
        close(got[2], (1.0 / 3f64.log2()) / (1.0 + 1.0 / 3f64.log2()));
        close(got[3], 0.25);
    }

    #[test]
    fn perfect_and_hopeless_lists() {
        assert_eq!(measure(&[3, 5], &[3, 5], 2), [1.0; 6]);
        assert_eq!(measure(&[1, 2], &[3], 2), [0.0; 6]);
        assert_eq!(measure(&[], &[3], 10), [0.0; 6]);
    }

    #[test]
    fn gini_by_hand() {
        close(gini(&[2, 2, 2]), 0.0);
        // 0 0 3: (1·... ) Σ(2i − 4)x = 2·3 = 6; over 3·3.
        close(gini(&[3, 0, 0]), 2.0 / 3.0);
        // 1 2 3: −2·1 + 0·2 + 2·3 = 4; over 3·6.
        close(gini(&[2, 1, 3]), 4.0 / 18.0);
        close(gini(&[]), 0.0);
        close(gini(&[0, 0]), 0.0);
    }

    #[test]
    fn coverage_novelty_and_diversity_by_hand() {
        let lists: [&[u32]; 2] = [&[0, 1], &[1, 2]];
        close(coverage(lists.into_iter(), 4), 0.75);
        // Of 8 customers 4 have item 0, 2 have item 1, nobody item 2: 1 + 2 + 2 + 4 bits.
        close(novelty(lists.into_iter(), &[4, 2, 0, 1], 8), 9.0 / 4.0);
        let alike = |a: u32, b: u32| if a + b == 3 { 0.5 } else { 0.0 };
        // Pairs 0-1: 1, 0-2: 1, 1-2: ½.
        close(diversity(&[0, 1, 2], alike).unwrap(), 2.5 / 3.0);
        assert_eq!(diversity(&[0], alike), None);
    }
}
