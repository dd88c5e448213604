//! Logistic regression by Newton's method (iteratively reweighted least squares), with standard errors,
//! odds ratios and intervals; perfect separation is found and answered with a penalty.

use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Mat, Side};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::coefficient::{Coefficient, OddsRatio, chi2_above, normal_quantile};
use super::encode::Encoded;
use super::error::{PredictError, Result};
use super::linear::{Band, Dropped, spreads};
use super::matrix::Matrix;
use super::moments::{cross_of, means, parts, total};
use super::qr;
use crate::base::monitor::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogisticRecipe {
    /// Half of this times the squared standardised weights is added to the negative log-likelihood
    /// (scikit-learn's `1/C`); 0 is plain maximum likelihood, with standard errors.
    pub l2: f64,
    pub iterations: usize,
}

impl Default for LogisticRecipe {
    fn default() -> Self {
        Self { l2: 0.0, iterations: 100 }
    }
}

impl LogisticRecipe {
    pub fn check(&self) -> Result<()> {
        if !(self.l2 >= 0.0 && self.l2.is_finite()) {
            return Err(PredictError::recipe("l2", "0 or more"));
        }
        if !(1..=10_000).contains(&self.iterations) {
            return Err(PredictError::recipe("iterations", "1 to 10,000"));
        }
        Ok(())
    }
}

/// `chance = 1 / (1 + exp(-(intercept + weights · columns)))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    pub intercept: f64,
    pub weights: Vec<f64>,
    pub means: Vec<f64>,
    /// The intercept first.
    pub table: Vec<Coefficient>,
    pub dropped: Vec<Dropped>,
    pub summary: LogisticSummary,
    pub separation: Option<Separation>,
    /// Of intercept and weights, `(p + 1)²` row after row; empty without standard errors or beyond 300 columns.
    pub covariance: Vec<f64>,
    /// A penalty was needed because there were no more rows than columns.
    pub is_short_of_rows: bool,
}

/// Columns (encoded) whose weight would grow for ever; they were fitted with a penalty of 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Separation {
    pub columns: Vec<usize>,
    /// The columns together tell yes from no without a mistake.
    pub complete: bool,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogisticSummary {
    pub rows: usize,
    pub columns: usize,
    pub log_likelihood: f64,
    /// Of the model that knows only the share of "yes".
    pub null_log_likelihood: f64,
    /// McFadden's: 1 - log-likelihood / null log-likelihood.
    pub pseudo_r2: f64,
    /// The likelihood-ratio test against the null model.
    pub lr_p_value: f64,
    pub aic: f64,
    pub bic: f64,
    pub iterations: usize,
    pub converged: bool,
}

pub fn fit(x: &Matrix, y: &[f64], columns: &[Encoded], recipe: &LogisticRecipe, monitor: &Monitor) -> Result<Logistic> {
    recipe.check()?;
    let (n, p) = (x.rows, x.cols);
    let centre = means(x, y);
    if centre[p] <= 0.0 || centre[p] >= 1.0 {
        return Err(PredictError::Numerical);
    }
    let scale = spreads(x, y, &centre);
    let is_short_of_rows = recipe.l2 == 0.0 && n <= p + 1;
    let mut penalty = vec![if is_short_of_rows { 1.0 } else { recipe.l2 }; p];
    let mut dropped = Vec::new();
    if recipe.l2 == 0.0 && !is_short_of_rows {
        let r = qr::triangle(x, y, &centre, &scale, monitor)?;
        let found = qr::independent(&r, p);
        dropped = found.dropped.into_iter().map(|(column, with)| Dropped { column, with }).collect();
    }
    let is_out = |j: usize| dropped.iter().any(|d: &Dropped| d.column == j);
    let used: Vec<usize> = (0..p).filter(|&j| scale[j].is_finite() && !is_out(j)).collect();
    let design = x.select(&used);
    let problem = Problem::new(&design, y, &used, &centre, &scale, monitor);
    let (fitted, separation) = problem.fit_through_separation(&mut penalty, recipe)?;
    let mut logistic = problem.finish(&fitted, &penalty, columns, p, separation)?;
    logistic.dropped = dropped;
    logistic.is_short_of_rows = is_short_of_rows;
    logistic.means = centre[..p].to_vec();
    Ok(logistic)
}

struct Problem<'a> {
    x: &'a Matrix,
    y: &'a [f64],
    ones: Vec<f64>,
    /// Places of the design's columns among all encoded columns.
    used: &'a [usize],
    /// Mean and deviation of the design's columns, and (0, 1) for the column of ones that stands last.
    centre: Vec<f64>,
    scale: Vec<f64>,
    /// Highest less lowest value of each column, in deviations.
    range: Vec<f64>,
    monitor: &'a Monitor,
}

struct Fitted {
    /// Weights of the standardised columns, then the intercept.
    beta: Vec<f64>,
    hessian: Mat<f64>,
    log_likelihood: f64,
    iterations: usize,
    end: End,
}

#[derive(PartialEq)]
enum End {
    Converged,
    OutOfIterations,
    /// Every row is on its side.
    Separated,
    /// These weights grow though the likelihood hardly does.
    Diverging(Vec<usize>),
}

impl<'a> Problem<'a> {
    fn new(
        x: &'a Matrix,
        y: &'a [f64],
        used: &'a [usize],
        centre: &[f64],
        scale: &[f64],
        monitor: &'a Monitor,
    ) -> Self {
        let pick = |values: &[f64], last: f64| used.iter().map(|&j| values[j]).chain([last]).collect::<Vec<f64>>();
        let scale = pick(scale, 1.0);
        let width = |column: &[f64]| {
            let low = column.iter().copied().fold(f64::INFINITY, f64::min);
            column.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low
        };
        let range = x.columns().zip(&scale).map(|(c, sd)| width(c) / sd).chain([1.0]).collect();
        Self { x, y, ones: vec![1.0; y.len()], used, centre: pick(centre, 0.0), scale, range, monitor }
    }

    /// Log odds of every row.
    fn odds(&self, beta: &[f64]) -> Vec<f64> {
        let p = self.used.len();
        let weights: Vec<f64> = (0..p).map(|j| beta[j] / self.scale[j]).collect();
        let shift: f64 = weights.iter().zip(&self.centre).map(|(w, m)| w * m).sum();
        self.x.times(beta[p] - shift, &weights)
    }

    fn log_likelihood(&self, odds: &[f64]) -> f64 {
        // ln p = -ln(1 + e^-s) for the side s that the row is on.
        self.y.iter().zip(odds).map(|(y, o)| -softplus(if *y == 1.0 { -o } else { *o })).sum()
    }

    fn objective(&self, beta: &[f64], penalty: &[f64], odds: &[f64]) -> f64 {
        let cost: f64 = self.used.iter().zip(beta).map(|(&j, b)| penalty[j] * b * b).sum();
        self.log_likelihood(odds) - cost / 2.0
    }

    /// Gradient and negative Hessian of the penalised log-likelihood in the standardised columns.
    fn derivatives(&self, beta: &[f64], penalty: &[f64], odds: &[f64]) -> Result<(Vec<f64>, Mat<f64>)> {
        let k = self.used.len() + 1;
        let chance: Vec<f64> = odds.iter().map(|o| sigmoid(*o)).collect();
        let weights: Vec<f64> = chance.iter().map(|p| (p * (1.0 - p)).max(1e-300)).collect();
        let error: Vec<f64> = self.y.iter().zip(&chance).map(|(y, p)| y - p).collect();
        let sums = parts(self.x.rows, k)
            .into_par_iter()
            .map(|part| {
                self.monitor.check()?;
                Ok(cross_of(self.x, &self.ones, &self.centre, Some(&weights), part))
            })
            .collect::<Result<Vec<_>>>()?;
        let cross = total(&sums, k);
        let cost = |j: usize| if j + 1 < k { penalty[self.used[j]] } else { 0.0 };
        let hessian = Mat::from_fn(k, k, |a, b| {
            cross[a * k + b] / (self.scale[a] * self.scale[b]) + if a == b { cost(a) } else { 0.0 }
        });
        let gradient = (0..k)
            .into_par_iter()
            .map(|j| {
                let column = if j + 1 < k { self.x.col(j) } else { &self.ones };
                let middle = self.centre[j];
                let sum: f64 = column.iter().zip(&error).map(|(x, e)| (x - middle) * e).sum();
                sum / self.scale[j] - cost(j) * beta[j]
            })
            .collect();
        Ok((gradient, hessian))
    }

    fn newton(&self, penalty: &[f64], recipe: &LogisticRecipe) -> Result<Fitted> {
        let k = self.used.len() + 1;
        let share = self.y.iter().sum::<f64>() / self.y.len() as f64;
        let mut beta = vec![0.0; k];
        beta[k - 1] = (share / (1.0 - share)).ln();
        let mut odds = self.odds(&beta);
        let mut value = self.objective(&beta, penalty, &odds);
        let mut end = End::OutOfIterations;
        let mut iterations = 0;
        for iteration in 1..=recipe.iterations {
            iterations = iteration;
            self.monitor.report(Step::Training, iteration as u64, recipe.iterations as u64);
            let (gradient, hessian) = self.derivatives(&beta, penalty, &odds)?;
            let Ok(factor) = hessian.llt(Side::Lower) else {
                end = End::Diverging(self.largest(&beta));
                break;
            };
            let solved = factor.solve(&Mat::from_fn(k, 1, |i, _| gradient[i]));
            let step: Vec<f64> = (0..k).map(|i| solved[(i, 0)]).collect();
            if step.iter().any(|s| !s.is_finite()) {
                return Err(PredictError::Numerical);
            }
            let before = value;
            let taken = self.walk(&mut beta, &step, penalty, &mut odds, &mut value);
            let reach = |j: usize| (taken * step[j] * self.range[j]).abs();
            let is_free = |j: usize| j + 1 == k || penalty[self.used[j]] == 0.0;
            if self.used.iter().all(|&j| penalty[j] == 0.0) && self.is_separated(&odds) {
                end = End::Separated;
                break;
            }
            if (0..k).all(|j| reach(j) < 1e-9) {
                end = End::Converged;
                break;
            }
            if (value - before).abs() < 1e-10 * (before.abs() + 0.1) {
                let growing: Vec<usize> = (0..k - 1).filter(|&j| is_free(j) && reach(j) > 0.1).collect();
                end = if growing.is_empty() { End::Converged } else { End::Diverging(growing) };
                if end != End::Converged || (0..k).all(|j| reach(j) < 1e-6) {
                    break;
                }
                end = End::OutOfIterations;
            }
        }
        let (_, hessian) = self.derivatives(&beta, penalty, &odds)?;
        let log_likelihood = self.log_likelihood(&odds);
        Ok(Fitted { beta, hessian, log_likelihood, iterations, end })
    }

    /// Takes the step, halved until the objective doesn't fall. Returns the share taken.
    fn walk(&self, beta: &mut Vec<f64>, step: &[f64], penalty: &[f64], odds: &mut Vec<f64>, value: &mut f64) -> f64 {
        let mut share = 1.0;
        for _ in 0..30 {
            let next: Vec<f64> = beta.iter().zip(step).map(|(b, s)| b + share * s).collect();
            let next_odds = self.odds(&next);
            let next_value = self.objective(&next, penalty, &next_odds);
            if next_value >= *value - 1e-12 * value.abs() {
                (*beta, *odds, *value) = (next, next_odds, next_value);
                return share;
            }
            share /= 2.0;
        }
        0.0
    }

    fn is_separated(&self, odds: &[f64]) -> bool {
        self.y.iter().zip(odds).all(|(y, o)| if *y == 1.0 { *o > 0.0 } else { *o < 0.0 })
    }

    fn largest(&self, beta: &[f64]) -> Vec<usize> {
        let large: Vec<usize> = (0..self.used.len()).filter(|&j| (beta[j] * self.range[j]).abs() > 8.0).collect();
        if large.is_empty() { (0..self.used.len()).collect() } else { large }
    }

    /// Where weights would grow for ever, a penalty of 1 is put on them; `penalty` is changed to say so.
    fn fit_through_separation(
        &self,
        penalty: &mut [f64],
        recipe: &LogisticRecipe,
    ) -> Result<(Fitted, Option<Separation>)> {
        let mut separation: Option<Separation> = None;
        for _ in 0..self.used.len() + 2 {
            let fitted = self.newton(penalty, recipe)?;
            let (growing, complete) = match &fitted.end {
                End::Separated => ((0..self.used.len()).collect(), true),
                End::Diverging(growing) => (growing.clone(), false),
                _ => return Ok((fitted, separation)),
            };
            let found = separation.get_or_insert(Separation { columns: Vec::new(), complete });
            found.complete |= complete;
            for j in growing {
                let column = self.used[j];
                penalty[column] = if penalty[column] > 0.0 { penalty[column] * 10.0 } else { 1.0 };
                if !found.columns.contains(&column) {
                    found.columns.push(column);
                }
            }
            found.columns.sort_unstable();
        }
        Err(PredictError::Numerical)
    }

    fn finish(
        &self,
        fitted: &Fitted,
        penalty: &[f64],
        columns: &[Encoded],
        p: usize,
        separation: Option<Separation>,
    ) -> Result<Logistic> {
        let m = self.used.len();
        let mut weights = vec![0.0; p];
        for (a, &j) in self.used.iter().enumerate() {
            weights[j] = fitted.beta[a] / self.scale[a];
        }
        let shift: f64 = (0..m).map(|a| fitted.beta[a] / self.scale[a] * self.centre[a]).sum();
        let intercept = fitted.beta[m] - shift;
        let covariance = fitted.hessian.llt(Side::Lower).map_err(|_| PredictError::Numerical)?.inverse();
        let has_errors = penalty.iter().all(|c| *c == 0.0) || separation.as_ref().is_some_and(|s| !s.complete);

        let covariance = self.in_units(&covariance, p);
        let q = p + 1;
        let error = |i: usize| covariance[i * q + i].max(0.0).sqrt();
        let first = Coefficient { name: "(intercept)".into(), estimate: intercept, ..Coefficient::default() };
        let mut table = vec![if has_errors { first.with_error(error(0), None) } else { first }];
        for (a, &j) in self.used.iter().enumerate() {
            let line = Coefficient {
                name: columns[j].name.clone(),
                feature: Some(columns[j].feature),
                estimate: weights[j],
                standardised: Some(fitted.beta[a]),
                ..Coefficient::default()
            };
            let line = if has_errors && penalty[j] == 0.0 { line.with_error(error(j + 1), None) } else { line };
            table.push(with_odds(line));
        }
        let summary = self.summarise(fitted);
        let means = Vec::new();
        let dropped = Vec::new();
        let covariance = if has_errors && p <= 300 { covariance } else { Vec::new() };
        let is_short_of_rows = false;
        Ok(Logistic { intercept, weights, means, table, dropped, summary, separation, covariance, is_short_of_rows })
    }

    /// The covariance of the standardised weights (intercept last) in the columns' own units, intercept first;
    /// zeros for columns that are not used.
    fn in_units(&self, standardised: &Mat<f64>, p: usize) -> Vec<f64> {
        let (m, q) = (self.used.len(), p + 1);
        let mut covariance = vec![0.0; q * q];
        // intercept = beta_m - Σ beta_a centre_a / scale_a
        let shift: Vec<f64> = (0..=m).map(|a| if a < m { -self.centre[a] / self.scale[a] } else { 1.0 }).collect();
        let with: Vec<f64> = (0..=m).map(|a| (0..=m).map(|b| standardised[(a, b)] * shift[b]).sum()).collect();
        covariance[0] = with.iter().zip(&shift).map(|(w, s)| w * s).sum();
        for (a, &i) in self.used.iter().enumerate() {
            covariance[i + 1] = with[a] / self.scale[a];
            covariance[(i + 1) * q] = covariance[i + 1];
            for (b, &j) in self.used.iter().enumerate() {
                covariance[(i + 1) * q + j + 1] = standardised[(a, b)] / (self.scale[a] * self.scale[b]);
            }
        }
        covariance
    }

    fn summarise(&self, fitted: &Fitted) -> LogisticSummary {
        let n = self.y.len() as f64;
        let yes = self.y.iter().sum::<f64>();
        let null = yes * (yes / n).ln() + (n - yes) * (1.0 - yes / n).ln();
        let k = self.used.len() as f64;
        let log_likelihood = fitted.log_likelihood;
        LogisticSummary {
            rows: self.y.len(),
            columns: self.used.len(),
            log_likelihood,
            null_log_likelihood: null,
            pseudo_r2: 1.0 - log_likelihood / null,
            lr_p_value: if k > 0.0 { chi2_above(2.0 * (log_likelihood - null), k) } else { 1.0 },
            aic: 2.0 * (k + 1.0) - 2.0 * log_likelihood,
            bic: n.ln() * (k + 1.0) - 2.0 * log_likelihood,
            iterations: fitted.iterations,
            converged: fitted.end == End::Converged,
        }
    }
}

/// Odds ratios beyond 1e300 are kept as that, so that they can be written as JSON.
fn with_odds(mut line: Coefficient) -> Coefficient {
    let exp = |v: f64| v.exp().min(1e300);
    if let (Some(low), Some(high)) = (line.low, line.high) {
        line.odds_ratio = Some(OddsRatio { ratio: exp(line.estimate), low: exp(low), high: exp(high) });
    }
    line
}

pub(super) fn sigmoid(odds: f64) -> f64 {
    if odds >= 0.0 {
        1.0 / (1.0 + (-odds).exp())
    } else {
        let e = odds.exp();
        e / (1.0 + e)
    }
}

/// `ln(1 + e^v)` without overflow.
fn softplus(v: f64) -> f64 {
    v.max(0.0) + (-v.abs()).exp().ln_1p()
}

impl Logistic {
    /// Log odds, one a row of `x`.
    pub fn odds(&self, x: &Matrix) -> Vec<f64> {
        x.times(self.intercept, &self.weights)
    }

    /// The chance of "yes", one a row of `x`.
    pub fn predict(&self, x: &Matrix) -> Vec<f64> {
        self.odds(x).into_iter().map(sigmoid).collect()
    }

    /// The chance at a row of encoded columns with its 95 % interval; nothing without a covariance.
    pub fn band(&self, row: &[f64]) -> Option<Band> {
        let q = self.weights.len() + 1;
        if self.covariance.len() != q * q || row.len() + 1 != q {
            return None;
        }
        let at = |i: usize| if i == 0 { 1.0 } else { row[i - 1] };
        let variance: f64 = (0..q * q).map(|i| at(i / q) * self.covariance[i] * at(i % q)).sum();
        let odds = self.intercept + row.iter().zip(&self.weights).map(|(x, w)| x * w).sum::<f64>();
        let half = normal_quantile(0.975) * variance.max(0.0).sqrt();
        let (low, high) = (sigmoid(odds - half), sigmoid(odds + half));
        // A single row is yes or no: there is no interval for it.
        Some(Band { fit: sigmoid(odds), low, high, single_low: 0.0, single_high: 1.0 })
    }

    /// The mean chance of these rows and its 95 % interval, by the delta method on the log odds of the mean.
    pub fn mean_band(&self, x: &Matrix) -> Option<Band> {
        let q = self.weights.len() + 1;
        if self.covariance.len() != q * q || x.cols + 1 != q || x.rows == 0 {
            return None;
        }
        let n = x.rows as f64;
        let chances = self.predict(x);
        let slopes: Vec<f64> = chances.iter().map(|p| p * (1.0 - p)).collect();
        let mut gradient = Vec::with_capacity(q);
        gradient.push(slopes.iter().sum::<f64>() / n);
        gradient.extend(x.columns().map(|column| column.iter().zip(&slopes).map(|(x, s)| x * s).sum::<f64>() / n));
        let variance: f64 = (0..q * q).map(|i| gradient[i / q] * self.covariance[i] * gradient[i % q]).sum();
        let fit = chances.iter().sum::<f64>() / n;
        // Far out, where every chance is 0 or 1, there is nothing left to vary.
        let steep = (fit * (1.0 - fit)).max(1e-12);
        let odds = (fit.max(1e-12) / (1.0 - fit).max(1e-12)).ln();
        let half = normal_quantile(0.975) * variance.max(0.0).sqrt() / steep;
        let (low, high) = (sigmoid(odds - half).min(fit), sigmoid(odds + half).max(fit));
        Some(Band { fit, low, high, single_low: 0.0, single_high: 1.0 })
    }

    /// What each column adds to the log odds of an average row.
    pub fn contributions(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.weights).zip(&self.means).map(|((x, w), m)| w * (x - m)).collect()
    }

    /// The log odds of a row with the mean of every column.
    pub fn average(&self) -> f64 {
        self.intercept + self.weights.iter().zip(&self.means).map(|(w, m)| w * m).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NUMBERS, all_near, arrays, encoded, list, near, number};
    use super::*;

    fn run(x: &Matrix, y: &[f64], names: &[&str], l2: f64) -> Logistic {
        let recipe = LogisticRecipe { l2, ..LogisticRecipe::default() };
        fit(x, y, &encoded(names), &recipe, &Monitor::quiet()).expect("fits")
    }

    #[test]
    fn the_table_agrees_with_statsmodels() {
        let (x, _, bought) = arrays();
        let fitted = run(&x, &bought, &NUMBERS, 0.0);
        assert!(fitted.summary.converged && fitted.separation.is_none());
        let of = |get: fn(&Coefficient) -> Option<f64>| -> Vec<f64> {
            fitted.table.iter().map(|c| get(c).expect("a statistic")).collect()
        };
        all_near(&of(|c| Some(c.estimate)), &list(&["logistic", "params"]), 1e-6);
        all_near(&of(|c| c.std_error), &list(&["logistic", "bse"]), 1e-6);
        all_near(&of(|c| c.statistic), &list(&["logistic", "z"]), 1e-6);
        all_near(&of(|c| c.p_value), &list(&["logistic", "p"]), 1e-6);
        all_near(&of(|c| c.low), &list(&["logistic", "low"]), 1e-6);
        all_near(&of(|c| c.high), &list(&["logistic", "high"]), 1e-6);
        let s = &fitted.summary;
        near(s.log_likelihood, number(&["logistic", "llf"]), 1e-8);
        near(s.null_log_likelihood, number(&["logistic", "llnull"]), 1e-8);
        near(s.pseudo_r2, number(&["logistic", "pseudo_r2"]), 1e-8);
        near(s.lr_p_value / number(&["logistic", "llr_p"]), 1.0, 1e-6);
        all_near(&fitted.predict(&x)[..8], &list(&["logistic", "scores"]), 1e-6);
        let band = super::super::testing::reference(&["logistic", "band"]);
        for i in 0..3 {
            let b = fitted.band(&x.row(i)).expect("a band");
            for (j, found) in [b.fit, b.low, b.high].into_iter().enumerate() {
                near(found, band[j][i].as_f64().expect("a number"), 1e-6);
            }
            // The mean of one row is the row.
            let one = fitted.mean_band(&x.take_rows(&[i as u32])).expect("a band");
            near(one.fit, b.fit, 1e-12);
            near(one.low, b.low, 1e-9);
            near(one.high, b.high, 1e-9);
        }
        let odds = fitted.table[1].odds_ratio.expect("odds");
        near(odds.ratio, fitted.table[1].estimate.exp(), 1e-12);
    }

    #[test]
    fn with_a_penalty_it_agrees_with_scikit_learn() {
        let (x, _, bought) = arrays();
        let fitted = run(&x, &bought, &NUMBERS, 1.0);
        let expected = list(&["logistic", "l2"]);
        let found: Vec<f64> = fitted.table[1..].iter().filter_map(|c| c.standardised).collect();
        all_near(&found, &expected[1..], 1e-5);
        near(fitted.average(), expected[0], 1e-5);
        assert!(fitted.table.iter().all(|c| c.std_error.is_none()));
    }

    #[test]
    fn complete_separation_is_found_and_answered_with_a_penalty() {
        let (x, _, _) = arrays();
        let y: Vec<f64> = x.col(0).iter().map(|&m| f64::from(m > 20.0)).collect();
        let fitted = run(&x, &y, &NUMBERS, 0.0);
        assert!(fitted.separation.as_ref().is_some_and(|s| s.complete));
        assert!(fitted.weights.iter().all(|w| w.is_finite() && w.abs() < 100.0));
        assert!(fitted.table.iter().all(|c| c.std_error.is_none()));
        let right = fitted.predict(&x).iter().zip(&y).filter(|(p, y)| (**p > 0.5) == (**y == 1.0)).count();
        assert!(right > 230, "{right} of 240");
    }

    #[test]
    fn a_category_with_one_outcome_is_found_and_the_rest_keeps_its_errors() {
        let (x, _, bought) = arrays();
        let always: Vec<f64> = bought.iter().enumerate().map(|(i, &b)| f64::from(b == 1.0 && i % 10 == 0)).collect();
        assert!(always.iter().sum::<f64>() >= 5.0);
        let mut columns: Vec<Vec<f64>> = x.columns().map(<[f64]>::to_vec).collect();
        columns.push(always);
        let wide = Matrix::from_columns(x.rows, columns);
        let names = ["minutes", "visits", "age", "basket", "discount", "always"];
        let fitted = run(&wide, &bought, &names, 0.0);
        assert_eq!(fitted.separation, Some(Separation { columns: vec![5], complete: false }));
        assert!(fitted.table[6].std_error.is_none() && fitted.table[6].estimate > 1.0);
        assert!(fitted.table[1..6].iter().all(|c| c.std_error.is_some()));
    }

    #[test]
    fn collinear_columns_are_dropped_and_too_few_rows_get_a_penalty() {
        let (x, _, bought) = arrays();
        let doubled = Matrix::from_columns(x.rows, vec![x.col(0).to_vec(), x.col(0).iter().map(|v| 2.0 * v).collect()]);
        let fitted = run(&doubled, &bought, &["a", "b"], 0.0);
        assert_eq!(fitted.dropped, [Dropped { column: 1, with: vec![0] }]);
        let rows: Vec<u32> = (0..5).collect();
        let short = run(&x.take_rows(&rows), &[1.0, 0.0, 1.0, 0.0, 0.0], &NUMBERS, 0.0);
        assert!(short.is_short_of_rows && short.weights.iter().all(|w| w.is_finite()));
    }

    #[test]
    fn contributions_add_up_to_the_log_odds() {
        let (x, _, bought) = arrays();
        let fitted = run(&x, &bought, &NUMBERS, 0.0);
        let sum = fitted.average() + fitted.contributions(&x.row(9)).iter().sum::<f64>();
        near(sum, fitted.odds(&x)[9], 1e-12);
    }
}
