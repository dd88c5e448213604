//! How many groups are there, and are there any?
//!
//! k-means cuts any cloud into pieces, and silhouette, elbow and gap then praise the pieces of an even or a skewed
//! cloud too. What tells groups from pieces is that customers are scarce where the cut runs. So for every k the depth
//! of the valleys between neighbouring clusters is measured ([`valley`]) and compared with what the very same
//! clustering finds in clouds without groups that look like the data: a normal cloud, even boxes, clouds with the
//! data's own shape smoothed to one hump ([`null`]). Only a depth that no such cloud reaches counts.

pub mod evidence;
mod hump;
pub mod null;
mod silhouette;
mod untie;
mod valley;

use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::kmeans::{KMeansRecipe, fit};
use super::{SegmentError, wrong};
use crate::base::{Monitor, Step};
use evidence::{Evidence, LEAST_SPREAD, gather, sample_rows};
use silhouette::silhouettes;

/// Fewer customers cannot be judged.
pub const FEWEST: usize = 50;
/// Smaller excess over groupless clouds is nothing to act on, however certain.
const WORTH: f64 = 0.2;
/// So many deviations above groupless clouds are no chance, if they are also this much more than the luckiest of the
/// clouds reached: with few customers luck goes further.
const CERTAIN: f64 = 3.5;
const BEYOND_LUCK: f64 = 1.2;
/// Mean size of a cluster below which densities cannot be judged.
const CLUSTER: usize = 25;
/// A group whose valley is flatter is a piece of another.
const WEAKEST: f64 = 0.3;
/// Where there are no groups, so many slices are still of use: two say little, more are hard to keep apart in the head.
pub const SLICES: std::ops::RangeInclusive<usize> = 4..=6;
/// From here on the groups stand apart for most customers.
const CLEAR: f64 = 0.5;

/// What decides the search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChooseKRecipe {
    pub from: usize,
    pub to: usize,
    pub seed: u64,
    /// k-means runs on at most so many customers here.
    pub fit_sample: usize,
    pub silhouette_sample: usize,
    /// Rows of the data, and of each groupless cloud, that valleys and gap are measured on.
    pub cloud_rows: usize,
    /// Clouds of each of the five kinds.
    pub clouds: usize,
}

impl Default for ChooseKRecipe {
    fn default() -> Self {
        Self { from: 2, to: 12, seed: 0, fit_sample: 20_000, silhouette_sample: 2_000, cloud_rows: 1_500, clouds: 10 }
    }
}

impl ChooseKRecipe {
    pub fn check(&self) -> Result<(), SegmentError> {
        if self.from < 2 || self.to < self.from || self.to > 30 {
            return wrong("to", "k runs from 2 to 30 at most, upwards");
        }
        if self.clouds < 4 || self.cloud_rows < FEWEST || self.silhouette_sample < FEWEST || self.fit_sample < FEWEST {
            return wrong("clouds", "at least 4 clouds and 50 rows in every sample");
        }
        Ok(())
    }
}

/// The honest answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Clear,
    Weak,
    None,
}

/// What was found for one k.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub k: usize,
    /// On `fit_rows` customers.
    pub inertia: f64,
    /// Mean over `silhouette_rows` customers, and the 95 % confidence interval of the mean.
    pub silhouette: f64,
    pub silhouette_low: f64,
    pub silhouette_high: f64,
    /// Gap statistic and its standard error; empty where no cloud like the data could be drawn.
    pub gap: Option<f64>,
    pub gap_error: Option<f64>,
    /// Mean depth of the valleys between groups, 0 to 1; what groupless data shows; the distance in deviations.
    pub valley: f64,
    pub valley_expected: Option<f64>,
    /// The valley round the group that stands apart least.
    pub weakest: f64,
    pub certainty: Option<f64>,
    /// Share of the smallest cluster.
    pub smallest: f64,
}

/// The search's result, to be drawn and worded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChooseK {
    pub verdict: Verdict,
    /// The k to take; without groups that of [`SLICES`] with the best silhouette, in case pieces are wanted anyway.
    pub k: usize,
    pub candidates: Vec<Candidate>,
    pub fit_rows: usize,
    pub silhouette_rows: usize,
    pub cloud_rows: usize,
    pub clouds: usize,
}

/// Tries every k on the scaled rows.
pub fn choose_k(
    values: ArrayView2<'_, f64>,
    recipe: &ChooseKRecipe,
    monitor: &Monitor,
) -> Result<ChooseK, SegmentError> {
    recipe.check()?;
    let n = values.nrows();
    if n < FEWEST {
        return Err(SegmentError::TooFewCustomers { have: n, need: FEWEST });
    }
    let ks: Vec<usize> = (recipe.from..=recipe.to).filter(|k| k * CLUSTER <= n).collect();
    if ks.is_empty() {
        return Err(SegmentError::TooFewCustomers { have: n, need: recipe.from * CLUSTER });
    }
    let evidence = gather(values, &ks, (recipe.cloud_rows, recipe.clouds, WORTH), recipe.seed, monitor)?;
    let rows = sample_rows(n, recipe.fit_sample, recipe.seed, 12);
    let sample = values.select(Axis(0), &rows);
    let looked = sample_rows(rows.len(), recipe.silhouette_sample, recipe.seed, 13);
    let (mut candidates, mut groupings) = (Vec::new(), Vec::new());
    for (place, &k) in ks.iter().enumerate() {
        monitor.check()?;
        monitor.report(Step::Fitting, place as u64, ks.len() as u64);
        let fit = match fit(sample.view(), &KMeansRecipe { k, seed: recipe.seed, ..KMeansRecipe::default() }, monitor) {
            // No more different customers than this: the smaller k still have an answer.
            Err(SegmentError::TooFewDifferent { .. }) if place > 0 => break,
            other => other?,
        };
        groupings.push(looked.iter().map(|row| fit.labels[*row]).collect());
        let smallest = fit.sizes.iter().min().map_or(0.0, |size| *size as f64 / rows.len() as f64);
        candidates.push(candidate(&evidence, place, fit.inertia, smallest));
    }
    monitor.check()?;
    let looked_at = sample.select(Axis(0), &looked);
    for (candidate, of_rows) in
        candidates.iter_mut().zip(silhouettes(looked_at.view(), &groupings, &ks[..groupings.len()]))
    {
        (candidate.silhouette, candidate.silhouette_low, candidate.silhouette_high) = interval(&of_rows);
    }
    let (verdict, k) = judge(&candidates, CERTAIN.max(BEYOND_LUCK * evidence.luckiest()));
    monitor.report(Step::Fitting, 1, 1);
    Ok(ChooseK {
        verdict,
        k,
        candidates,
        fit_rows: rows.len(),
        silhouette_rows: looked.len(),
        cloud_rows: evidence.rows,
        clouds: recipe.clouds,
    })
}

fn candidate(evidence: &Evidence, place: usize, inertia: f64, smallest: f64) -> Candidate {
    let valley = evidence.of_data[place].valley;
    let expected = evidence.expected(place);
    let gap = evidence.gap(place);
    Candidate {
        k: evidence.ks[place],
        inertia,
        silhouette: 0.0,
        silhouette_low: 0.0,
        silhouette_high: 0.0,
        gap: gap.map(|gap| gap.0),
        gap_error: gap.map(|gap| gap.1),
        valley,
        weakest: evidence.of_data[place].weakest,
        valley_expected: expected.map(|expected| expected.0),
        certainty: expected.map(|(mean, deviation)| (valley - mean) / deviation.max(LEAST_SPREAD)),
        smallest,
    }
}

/// The silhouette of groups made elsewhere, on a sample, with its 95 % confidence interval; nothing for a single group.
pub fn silhouette_of(values: ArrayView2<'_, f64>, labels: &[u32], k: usize, seed: u64) -> Option<(f64, f64, f64)> {
    let rows = sample_rows(values.nrows(), ChooseKRecipe::default().silhouette_sample, seed, 13);
    let grouping: Vec<u32> = rows.iter().map(|row| labels[*row]).collect();
    let several = grouping.first().is_some_and(|first| grouping.iter().any(|label| label != first));
    if !several || grouping.iter().any(|label| *label as usize >= k) {
        return None;
    }
    let looked_at = values.select(Axis(0), &rows);
    Some(interval(&silhouettes(looked_at.view(), &[grouping], &[k])[0]))
}

/// Mean and the ends of its 95 % confidence interval.
fn interval(of_rows: &[f64]) -> (f64, f64, f64) {
    let (mean, deviation) = super::scale::mean_and_deviation(of_rows);
    let half = 1.96 * deviation / (of_rows.len() as f64).sqrt();
    (mean, mean - half, mean + half)
}

/// Among the k whose valleys no groupless cloud explains, the largest with a valley round every single cluster: fewer
/// clusters than groups leave valleys between them too, more cut through a group.
fn judge(candidates: &[Candidate], certain: f64) -> (Verdict, usize) {
    let sure = |c: &&Candidate| {
        c.certainty.is_some_and(|z| z >= certain) && c.valley - c.valley_expected.unwrap_or(1.0) >= WORTH
    };
    let whole = |c: &&Candidate| c.weakest >= WEAKEST;
    let largest = candidates.iter().filter(sure).filter(whole).max_by_key(|c| c.k);
    let deepest = candidates.iter().filter(sure).max_by(|a, b| a.valley.total_cmp(&b.valley));
    let found = largest.or(deepest);
    match found {
        Some(found) if found.valley >= CLEAR => (Verdict::Clear, found.k),
        Some(found) => (Verdict::Weak, found.k),
        None => {
            let best = |few: &&Candidate| SLICES.contains(&few.k) || !candidates.iter().any(|c| SLICES.contains(&c.k));
            let better = |a: &&Candidate, b: &&Candidate| a.silhouette.total_cmp(&b.silhouette).then(b.k.cmp(&a.k));
            let best = candidates.iter().filter(best).max_by(better);
            (Verdict::None, best.map_or(2, |best| best.k))
        }
    }
}

#[cfg(test)]
mod tests;
