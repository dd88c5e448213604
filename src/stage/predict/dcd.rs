//! Linear support vector machines by dual coordinate descent: Hsieh et al. 2008 for classes (hinge loss), Ho and
//! Lin 2012 for numbers (epsilon-insensitive loss). A pass costs as much as reading the rows once. The bias is
//! the weight of a further column of ones, penalised like the others, as in scikit-learn's `LinearSVC`: a larger
//! column would hold the bias back less, but takes many times the passes.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::error::Result;
use crate::base::monitor::{Monitor, Step};

pub(super) const BIAS_COLUMN: f64 = 1.0;
/// Looks at single rows before it gives up, and the passes they are dealt out to.
const LOOKS: usize = 200_000_000;
const PASSES: (usize, usize) = (200, 100_000);

pub(super) struct Rows<'a> {
    /// Row after row.
    pub data: &'a [f64],
    pub width: usize,
    /// -1 and 1, or numbers.
    pub goal: &'a [f64],
}

pub(super) struct Settings {
    pub c: f64,
    /// Nothing for classes; for numbers, errors below it cost nothing.
    pub epsilon: Option<f64>,
    pub tolerance: f64,
    pub seed: u64,
}

pub(super) struct Line {
    pub slopes: Vec<f64>,
    pub bias: f64,
    pub passes: usize,
    pub converged: bool,
}

pub(super) fn solve(rows: &Rows<'_>, settings: &Settings, monitor: &Monitor) -> Result<Line> {
    let n = rows.goal.len();
    let row = |i: usize| &rows.data[i * rows.width..(i + 1) * rows.width];
    let own: Vec<f64> = (0..n).map(|i| row(i).iter().map(|v| v * v).sum::<f64>() + BIAS_COLUMN * BIAS_COLUMN).collect();
    let mut line = Line { slopes: vec![0.0; rows.width], bias: 0.0, passes: 0, converged: false };
    let mut dual = vec![0.0; n];
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    // Rows that rest at a bound and would be pushed further are skipped until the others have settled.
    let mut active: Vec<u32> = (0..n as u32).collect();
    let mut bar = f64::INFINITY;
    let most = (LOOKS / n.max(1)).clamp(PASSES.0, PASSES.1);
    while line.passes < most {
        monitor.check()?;
        monitor.report(Step::Training, line.passes as u64, most as u64);
        line.passes += 1;
        active.shuffle(&mut rng);
        let mut worst: f64 = 0.0;
        active.retain(|&i| {
            let i = i as usize;
            let x = row(i);
            let score = line.bias + x.iter().zip(&line.slopes).map(|(x, w)| x * w).sum::<f64>();
            let turn = match settings.epsilon {
                None => turn_class(dual[i], rows.goal[i], score, own[i], settings.c),
                Some(epsilon) => turn_number(dual[i], rows.goal[i] - score, own[i], settings.c, epsilon),
            };
            worst = worst.max(turn.violation);
            if turn.violation == 0.0 && turn.rest > bar {
                return false;
            }
            let change = turn.change;
            if change != 0.0 {
                dual[i] += change;
                line.slopes.iter_mut().zip(x).for_each(|(w, x)| *w += change * x);
                line.bias += change * BIAS_COLUMN * BIAS_COLUMN;
            }
            true
        });
        bar = worst.max(settings.tolerance);
        if worst <= settings.tolerance {
            if active.len() == n {
                line.converged = true;
                break;
            }
            active = (0..n as u32).collect();
            bar = f64::INFINITY;
        }
    }
    Ok(line)
}

/// What a look at one row says: how to change its dual value, how much it violates optimality, and how firmly
/// it rests at its bound if it does not.
struct Turn {
    change: f64,
    violation: f64,
    rest: f64,
}

/// The dual value carries the sign of the class: it lies between 0 and `c` times it.
fn turn_class(dual: f64, sign: f64, score: f64, own: f64, c: f64) -> Turn {
    let gradient = sign * score - 1.0;
    let a = dual * sign;
    let next = (a - gradient / own).clamp(0.0, c);
    let violation = if a <= 0.0 {
        (-gradient).max(0.0)
    } else if a >= c {
        gradient.max(0.0)
    } else {
        gradient.abs()
    };
    Turn { change: sign * (next - a), violation, rest: if violation == 0.0 { gradient.abs() } else { 0.0 } }
}

/// The dual value lies between `-c` and `c`; `error` is what the score lacks.
fn turn_number(dual: f64, error: f64, own: f64, c: f64, epsilon: f64) -> Turn {
    let (up, down) = (-error + epsilon, -error - epsilon);
    let step = if up < own * dual {
        -up / own
    } else if down > own * dual {
        -down / own
    } else {
        -dual
    };
    let next = (dual + step).clamp(-c, c);
    let violation = if dual == 0.0 {
        (-up).max(down).max(0.0)
    } else if dual >= c {
        up.max(0.0)
    } else if dual <= -c {
        (-down).max(0.0)
    } else if dual > 0.0 {
        up.abs()
    } else {
        down.abs()
    };
    let rest = if violation > 0.0 {
        0.0
    } else if dual == 0.0 {
        up.min(-down)
    } else {
        up.abs().min(down.abs())
    };
    Turn { change: next - dual, violation, rest }
}
