//! The same clusterings of the data and of groupless clouds like it, side by side.

use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::SegmentError;
use super::super::kmeans::{KMeansRecipe, fit};
use super::null::{Clouds, Null};
use super::untie::untie;
use super::valley::valleys;
use crate::base::{Monitor, Step};

/// Deviations smaller than this would make certainty of nothing.
pub(crate) const LEAST_SPREAD: f64 = 0.02;

/// What is looked at, for one k.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Natural logarithm of the inertia.
    pub log_inertia: f64,
    /// Mean depth of the valleys between neighbouring clusters, 0 to 1.
    pub valley: f64,
    /// The valley round the cluster that stands apart least.
    pub weakest: f64,
}

/// By kind of cloud, cloud and place of k.
pub type CloudLooks = Vec<(Null, Vec<Vec<Look>>)>;

/// Looks at the data and at clouds of every kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub ks: Vec<usize>,
    /// Rows of the data, and of each cloud.
    pub rows: usize,
    pub of_data: Vec<Look>,
    /// `of_clouds[kind].1[cloud][place of k]`; only the kind that the gap needs when the data has no valley worth a
    /// question.
    pub of_clouds: CloudLooks,
}

/// Rows chosen for a sample, sorted; all when there are no more.
pub(crate) fn sample_rows(n: usize, most: usize, seed: u64, stream: u64) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let mut rows = index::sample(&mut rng, n, most).into_vec();
    rows.sort_unstable();
    rows
}

/// Clusters a cloud with every k.
fn look(values: ArrayView2<'_, f64>, ks: &[usize], seed: u64, monitor: &Monitor) -> Result<Vec<Look>, SegmentError> {
    let look = |k: &usize| {
        monitor.check()?;
        let recipe =
            KMeansRecipe { k: *k, seed, starts: 3, start_sample: usize::MAX, max_iterations: 60, tolerance: 1e-3 };
        let fit = fit(values, &recipe, &Monitor::quiet())?;
        let found = valleys(values, &fit.labels, &fit.model.centres);
        let log_inertia = fit.inertia.max(f64::MIN_POSITIVE).ln();
        Ok(Look { log_inertia, valley: found.mean, weakest: found.weakest })
    };
    ks.iter().map(look).collect()
}

/// Looks at a sample of at most `rows` rows and at `clouds` clouds: of every kind when any valley is at least `worth`
/// deep, else only of the kind that the gap statistic is drawn from.
pub(crate) fn gather(
    values: ArrayView2<'_, f64>,
    ks: &[usize],
    (rows, clouds, worth): (usize, usize, f64),
    seed: u64,
    monitor: &Monitor,
) -> Result<Evidence, SegmentError> {
    let chosen = sample_rows(values.nrows(), rows, seed, 11);
    let mut sample: Array2<f64> = values.select(Axis(0), &chosen);
    untie(&mut sample, seed);
    let of_data = look(sample.view(), ks, seed, monitor)?;
    let deep = of_data.iter().any(|look| look.valley >= worth);
    let kinds: &[Null] = if deep { &Null::ALL } else { &[Null::TurnedBox] };
    let of_clouds = match look_at_clouds(sample.view(), ks, (kinds, clouds), seed, monitor) {
        // The answer does not hang on a gap.
        Err(error) if !deep && !matches!(error, SegmentError::Cancelled(_)) => Vec::new(),
        other => other?,
    };
    Ok(Evidence { ks: ks.to_vec(), rows: chosen.len(), of_data, of_clouds })
}

/// The same looks at clouds like the data, so many of each kind.
fn look_at_clouds(
    sample: ArrayView2<'_, f64>,
    ks: &[usize],
    (kinds, clouds): (&[Null], usize),
    seed: u64,
    monitor: &Monitor,
) -> Result<CloudLooks, SegmentError> {
    let shape = Clouds::new(sample)?;
    let all: Vec<(usize, Null)> = kinds.iter().flat_map(|null| (0..clouds).map(move |cloud| (cloud, *null))).collect();
    let done = std::sync::atomic::AtomicU64::new(0);
    let mut looks = all
        .par_iter()
        .enumerate()
        .map(|(stream, (_, null))| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(1000 + stream as u64);
            let looks = look(shape.draw(*null, &mut rng).view(), ks, seed, monitor)?;
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            monitor.report(Step::Searching, done, all.len() as u64);
            Ok(looks)
        })
        .collect::<Result<Vec<_>, SegmentError>>()?;
    let mut of_clouds = Vec::new();
    for null in kinds {
        let rest = looks.split_off(clouds.min(looks.len()));
        of_clouds.push((*null, std::mem::replace(&mut looks, rest)));
    }
    Ok(of_clouds)
}

impl Evidence {
    /// For each k: the mean valley of the kind of cloud with the deepest, and the deviation between clouds of one
    /// kind (pooled over the kinds).
    pub fn expected(&self, place: usize) -> Option<(f64, f64)> {
        let mut deepest: Option<f64> = None;
        let (mut squares, mut freedom) = (0.0, 0.0);
        for (_, clouds) in &self.of_clouds {
            let n = clouds.len() as f64;
            let mean = clouds.iter().map(|looks| looks[place].valley).sum::<f64>() / n;
            squares += clouds.iter().map(|looks| (looks[place].valley - mean).powi(2)).sum::<f64>();
            freedom += n - 1.0;
            deepest = Some(deepest.map_or(mean, |known| known.max(mean)));
        }
        Some((deepest?, (squares / freedom.max(1.0)).sqrt()))
    }

    /// How many deviations above its kind's mean the luckiest cloud got with any k.
    pub fn luckiest(&self) -> f64 {
        let mut luckiest: f64 = 0.0;
        for (_, clouds) in &self.of_clouds {
            for place in 0..self.ks.len() {
                let mean = clouds.iter().map(|looks| looks[place].valley).sum::<f64>() / clouds.len() as f64;
                let spread = self.expected(place).map_or(1.0, |(_, deviation)| deviation.max(LEAST_SPREAD));
                let highest = clouds.iter().map(|looks| looks[place].valley).fold(0.0, f64::max);
                luckiest = luckiest.max((highest - mean) / spread);
            }
        }
        luckiest
    }

    /// The gap statistic (Tibshirani et al. 2001, boxes along the components) and its standard error.
    pub fn gap(&self, place: usize) -> Option<(f64, f64)> {
        let (_, clouds) = self.of_clouds.iter().find(|(null, _)| *null == Null::TurnedBox)?;
        let n = clouds.len() as f64;
        let mean = clouds.iter().map(|looks| looks[place].log_inertia).sum::<f64>() / n;
        let square = clouds.iter().map(|looks| (looks[place].log_inertia - mean).powi(2)).sum::<f64>() / n;
        Some((mean - self.of_data[place].log_inertia, (square * (1.0 + 1.0 / n)).sqrt()))
    }
}
