//! Sequential minimal optimisation for support vector machines: Platt 1998, with the second-order choice of the
//! working pair of Fan, Chen, Lin 2005. Minimises `½ aᵀQa + pᵀa` with `sᵀa = 0` and `0 <= a <= C`, where
//! `Q_ij = s_i s_j K_ij`.
//!
//! `linfa-svm` solves the same problem, but holds the whole kernel in memory as f64, runs up to ten million
//! iterations and cannot be cancelled meanwhile.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::error::Result;
use crate::base::monitor::{Monitor, Step};

/// Rows of numbers to compare, `n × width`, row after row.
pub(super) struct Points<'a> {
    pub data: &'a [f64],
    pub width: usize,
    /// Nothing for the linear kernel, else `exp(-gamma |a - b|²)`.
    pub gamma: Option<f64>,
}

impl Points<'_> {
    pub fn len(&self) -> usize {
        self.data.len() / self.width.max(1)
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.width..(i + 1) * self.width]
    }

    pub fn kernel(&self, a: &[f64], b: &[f64]) -> f64 {
        match self.gamma {
            None => a.iter().zip(b).map(|(a, b)| a * b).sum(),
            Some(gamma) => (-gamma * a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()).exp(),
        }
    }
}

pub(super) struct Problem<'a> {
    pub points: Points<'a>,
    /// The point of each variable (for regression every point has two) and its sign.
    pub point: Vec<u32>,
    pub sign: Vec<f64>,
    pub linear: Vec<f64>,
    pub c: f64,
    pub tolerance: f64,
    pub iterations: usize,
}

pub(super) struct Solution {
    /// `s_i a_i`, summed a point.
    pub weights: Vec<f64>,
    pub bias: f64,
    pub iterations: usize,
    pub converged: bool,
}

/// Kernel rows that were needed before, up to about 200 MB of them.
struct Cache {
    rows: Vec<Option<Vec<f32>>>,
    order: VecDeque<u32>,
    most: usize,
}

impl Cache {
    fn new(n: usize) -> Self {
        let most = (50_000_000 / n.max(1)).max(2);
        Self { rows: vec![None; n], order: VecDeque::new(), most }
    }

    fn ensure(&mut self, points: &Points<'_>, i: usize, keep: usize) {
        if self.rows[i].is_some() {
            return;
        }
        while self.order.len() >= self.most {
            let Some(oldest) = self.order.pop_front() else { break };
            if oldest as usize == keep {
                self.order.push_back(oldest);
                continue;
            }
            self.rows[oldest as usize] = None;
        }
        let a = points.row(i);
        let row = (0..points.len()).into_par_iter().with_min_len(512).map(|j| points.kernel(a, points.row(j)) as f32);
        self.rows[i] = Some(row.collect());
        self.order.push_back(i as u32);
    }

    fn row(&self, i: usize) -> &[f32] {
        self.rows[i].as_deref().unwrap_or(&[])
    }
}

/// Keeps a curvature above 0 when two points coincide.
const FLAT: f64 = 1e-12;

pub(super) fn solve(problem: &Problem<'_>, monitor: &Monitor) -> Result<Solution> {
    let n = problem.point.len();
    let points = &problem.points;
    let own: Vec<f64> = (0..points.len()).map(|i| points.kernel(points.row(i), points.row(i))).collect();
    let mut cache = Cache::new(points.len());
    let mut a = vec![0.0; n];
    let mut gradient = problem.linear.clone();
    let mut iterations = 0;
    let mut converged = false;
    while iterations < problem.iterations {
        if iterations.is_multiple_of(256) {
            monitor.check()?;
            monitor.report(Step::Training, iterations as u64, 0);
        }
        let Some(i) = first(problem, &a, &gradient) else {
            converged = true;
            break;
        };
        let point_i = problem.point[i] as usize;
        cache.ensure(points, point_i, point_i);
        let (j, violation) = second(problem, &a, &gradient, i, cache.row(point_i), &own);
        let Some(j) = j.filter(|_| violation >= problem.tolerance) else {
            converged = true;
            break;
        };
        let point_j = problem.point[j] as usize;
        cache.ensure(points, point_j, point_i);
        let (row_i, row_j) = (cache.row(point_i), cache.row(point_j));
        let (step_i, step_j) = step(problem, &a, &gradient, (i, j), f64::from(row_i[point_j]), &own);
        a[i] += step_i;
        a[j] += step_j;
        let (scale_i, scale_j) = (problem.sign[i] * step_i, problem.sign[j] * step_j);
        for (k, g) in gradient.iter_mut().enumerate() {
            let point = problem.point[k] as usize;
            *g += problem.sign[k] * (scale_i * f64::from(row_i[point]) + scale_j * f64::from(row_j[point]));
        }
        iterations += 1;
    }
    let mut weights = vec![0.0; points.len()];
    for k in 0..n {
        weights[problem.point[k] as usize] += problem.sign[k] * a[k];
    }
    Ok(Solution { weights, bias: bias(problem, &a, &gradient), iterations, converged })
}

fn can_rise(problem: &Problem<'_>, a: &[f64], k: usize) -> bool {
    if problem.sign[k] > 0.0 { a[k] < problem.c } else { a[k] > 0.0 }
}

fn can_fall(problem: &Problem<'_>, a: &[f64], k: usize) -> bool {
    if problem.sign[k] > 0.0 { a[k] > 0.0 } else { a[k] < problem.c }
}

/// The variable whose rise along its sign helps most.
fn first(problem: &Problem<'_>, a: &[f64], gradient: &[f64]) -> Option<usize> {
    let mut best: Option<(f64, usize)> = None;
    for k in 0..a.len() {
        let pull = -problem.sign[k] * gradient[k];
        if can_rise(problem, a, k) && best.is_none_or(|b| pull > b.0) {
            best = Some((pull, k));
        }
    }
    best.map(|b| b.1)
}

/// The partner that lowers the objective most, and by how much the worst pair still violates optimality.
fn second(
    problem: &Problem<'_>,
    a: &[f64],
    gradient: &[f64],
    i: usize,
    row_i: &[f32],
    own: &[f64],
) -> (Option<usize>, f64) {
    let top = -problem.sign[i] * gradient[i];
    let own_i = own[problem.point[i] as usize];
    let (mut best, mut most) = ((0.0, None), f64::NEG_INFINITY);
    for k in 0..a.len() {
        if !can_fall(problem, a, k) {
            continue;
        }
        let pull = -problem.sign[k] * gradient[k];
        most = most.max(top - pull);
        let gap = top - pull;
        if gap > 0.0 {
            let point = problem.point[k] as usize;
            let curvature = (own_i + own[point] - 2.0 * f64::from(row_i[point])).max(FLAT);
            let gain = gap * gap / curvature;
            if gain > best.0 {
                best = (gain, Some(k));
            }
        }
    }
    (best.1, most)
}

/// The changes of a pair that minimise the objective, kept within 0 and C.
fn step(
    problem: &Problem<'_>,
    a: &[f64],
    gradient: &[f64],
    (i, j): (usize, usize),
    between: f64,
    own: &[f64],
) -> (f64, f64) {
    let (s_i, s_j) = (problem.sign[i], problem.sign[j]);
    let (own_i, own_j) = (own[problem.point[i] as usize], own[problem.point[j] as usize]);
    let curvature = (own_i + own_j - 2.0 * between).max(FLAT);
    // Along the direction that raises s_i a_i and lowers s_j a_j by the same amount.
    let wanted = (-s_i * gradient[i] + s_j * gradient[j]) / curvature;
    let room_i = if s_i > 0.0 { problem.c - a[i] } else { a[i] };
    let room_j = if s_j > 0.0 { a[j] } else { problem.c - a[j] };
    let taken = wanted.min(room_i).min(room_j).max(0.0);
    // Exactly to the bound, so that rounding leaves no variable a hair away from it.
    let to = |k: usize, sign: f64, room: f64| {
        let bound = if sign > 0.0 { problem.c - a[k] } else { -a[k] };
        if taken == room { bound } else { sign * taken }
    };
    (to(i, s_i, room_i), to(j, -s_j, room_j))
}

/// From the variables between their bounds; without any, the middle of what the bounds allow.
fn bias(problem: &Problem<'_>, a: &[f64], gradient: &[f64]) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for k in 0..a.len() {
        let pull = -problem.sign[k] * gradient[k];
        let (rises, falls) = (can_rise(problem, a, k), can_fall(problem, a, k));
        if rises && falls {
            sum += pull;
            count += 1;
        } else if rises {
            low = low.max(pull);
        } else if falls {
            high = high.min(pull);
        }
    }
    if count > 0 {
        return sum / f64::from(count);
    }
    match (low.is_finite(), high.is_finite()) {
        (true, true) => (low + high) / 2.0,
        (true, false) => low,
        (false, true) => high,
        (false, false) => 0.0,
    }
}
