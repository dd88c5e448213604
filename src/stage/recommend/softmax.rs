//! The loss of choosing one item among many, with its gradient worked out by hand: one pass over the scores
//! instead of the twenty that differentiating operation by operation takes.
//!
//! For a state h with the right item t and others j, `z = h·e + b`, each other one standing for `m` items:
//! `loss = ln(exp z_t + m Σ exp z_j) − z_t`, `∂/∂z = share of the sum`, less 1 for the right one.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::dense::{Factors, dot};

/// What the loss is taken over.
pub(super) struct Choice<'a> {
    /// Rows × width.
    pub states: &'a Factors,
    /// By row: the right item's output. Rows × width.
    pub right: &'a Factors,
    pub right_bias: &'a [f32],
    /// The other items. Candidates × width.
    pub others: &'a Factors,
    pub other_bias: &'a [f32],
    /// By row: the place of the right item among the others, where it does not count; or `u32::MAX`.
    pub own_place: &'a [u32],
    /// By row, summing to 1.
    pub weights: &'a [f32],
    /// How many items each of the others stands for.
    pub stands_for: f32,
}

/// The weighted mean loss and its gradients.
pub(super) struct Slope {
    pub loss: f64,
    pub states: Factors,
    pub right: Factors,
    pub right_bias: Vec<f32>,
    pub others: Factors,
    pub other_bias: Vec<f32>,
}

/// Rows are always cut into this many parts, whatever the threads, so that sums come out the same.
const PARTS: usize = 8;

pub(super) fn choose(choice: &Choice<'_>) -> Slope {
    let (rows, width) = (choice.states.rows(), choice.states.width);
    let each = rows.div_ceil(PARTS).max(1);
    let mut slope = Slope {
        loss: 0.0,
        states: Factors::zeros(rows, width),
        right: Factors::zeros(rows, width),
        right_bias: vec![0.0; rows],
        others: Factors::zeros(choice.others.rows(), width),
        other_bias: vec![0.0; choice.others.rows()],
    };
    let part = (each * width).max(1);
    let parts: Vec<(f64, Vec<f32>, Vec<f32>)> = slope
        .states
        .values
        .par_chunks_mut(part)
        .zip(slope.right.values.par_chunks_mut(part))
        .zip(slope.right_bias.par_chunks_mut(each))
        .enumerate()
        .map(|(at, ((states, right), right_bias))| {
            choose_part(choice, at * each, &mut OwnSlope { states, right, right_bias })
        })
        .collect();
    for (loss, others, bias) in parts {
        slope.loss += loss;
        add(&mut slope.others.values, &others);
        add(&mut slope.other_bias, &bias);
    }
    slope
}

fn add(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Gradients of what belongs to some of the rows.
struct OwnSlope<'a> {
    states: &'a mut [f32],
    right: &'a mut [f32],
    right_bias: &'a mut [f32],
}

/// The rows from `first` on, as many as `own` holds: their loss, and the gradients of what all rows share.
fn choose_part(choice: &Choice<'_>, first: usize, own: &mut OwnSlope<'_>) -> (f64, Vec<f32>, Vec<f32>) {
    let (width, candidates, rows) = (choice.states.width, choice.others.rows(), own.right_bias.len());
    let states = &choice.states.values[first * width..(first + rows) * width];
    let states = MatRef::from_row_major_slice(states, rows, width);
    let others = MatRef::from_row_major_slice(&choice.others.values, candidates, width);
    let mut scores = vec![0f32; rows * candidates];
    let into = MatMut::from_row_major_slice_mut(&mut scores, rows, candidates);
    matmul(into, Accum::Replace, states, others.transpose(), 1.0, Par::Seq);
    let (mut loss, mut bias) = (0f64, vec![0f32; candidates]);
    for (at, row) in scores.chunks_exact_mut(candidates.max(1)).enumerate() {
        let (row_loss, slope) = choose_row(choice, first + at, row);
        loss += row_loss;
        own.right_bias[at] = slope;
        add(&mut bias, row);
    }
    let slopes = MatRef::from_row_major_slice(&scores, rows, candidates);
    let into = MatMut::from_row_major_slice_mut(own.states, rows, width);
    matmul(into, Accum::Replace, slopes, others, 1.0, Par::Seq);
    for at in 0..rows {
        let (state, right) = (choice.states.row(first + at), choice.right.row(first + at));
        for k in 0..width {
            own.states[at * width + k] += own.right_bias[at] * right[k];
            own.right[at * width + k] = own.right_bias[at] * state[k];
        }
    }
    let mut shared = vec![0f32; candidates * width];
    let into = MatMut::from_row_major_slice_mut(&mut shared, candidates, width);
    matmul(into, Accum::Replace, slopes.transpose(), states, 1.0, Par::Seq);
    (loss, shared, bias)
}

/// One row: its scores of the others turn into their slopes; returns the loss and the slope of the right one.
fn choose_row(choice: &Choice<'_>, at: usize, row: &mut [f32]) -> (f64, f32) {
    let right = dot(choice.states.row(at), choice.right.row(at)) + choice.right_bias[at];
    for (score, bias) in row.iter_mut().zip(choice.other_bias) {
        *score += bias;
    }
    if let Some(own) = row.get_mut(choice.own_place[at] as usize) {
        *own = f32::NEG_INFINITY;
    }
    let highest = row.iter().copied().fold(right, f32::max);
    let mut sum = 0f32;
    for score in row.iter_mut() {
        *score = choice.stands_for * (*score - highest).exp();
        sum += *score;
    }
    let own = (right - highest).exp();
    sum += own;
    let weight = choice.weights[at];
    for score in row.iter_mut() {
        *score *= weight / sum;
    }
    (f64::from(weight) * f64::from(highest + sum.ln() - right), weight * (own / sum - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn random(rng: &mut ChaCha8Rng, rows: usize, width: usize) -> Factors {
        Factors { width, values: (0..rows * width).map(|_| rng.random::<f32>() - 0.5).collect() }
    }

    /// Everything that has a gradient, in one list of lists.
    type Parts = [Factors; 5];

    /// The loss as the definition says, in double precision.
    fn loss_at(parts: &Parts, own_place: &[u32], weights: &[f32]) -> f64 {
        let [states, right, right_bias, others, other_bias] = parts;
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        (0..states.rows())
            .map(|row| {
                let z = product(states.row(row), right.row(row)) + f64::from(right_bias.values[row]);
                let rest: f64 = (0..others.rows())
                    .filter(|j| *j != own_place[row] as usize)
                    .map(|j| (product(states.row(row), others.row(j)) + f64::from(other_bias.values[j])).exp())
                    .sum();
                f64::from(weights[row]) * ((z.exp() + 2.5 * rest).ln() - z)
            })
            .sum()
    }

    #[test]
    fn loss_and_gradients_by_definition() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let sizes = [(11, 5), (11, 5), (11, 1), (7, 5), (7, 1)];
        let parts: Parts = sizes.map(|(rows, width)| random(&mut rng, rows, width));
        let own_place: Vec<u32> = (0..11).map(|row| if row % 2 == 0 { row * 3 % 7 } else { u32::MAX }).collect();
        let weights: Vec<f32> = (0..11).map(|row| (row + 1) as f32 / 66.0).collect();
        let slope = choose(&Choice {
            states: &parts[0],
            right: &parts[1],
            right_bias: &parts[2].values,
            others: &parts[3],
            other_bias: &parts[4].values,
            own_place: &own_place,
            weights: &weights,
            stands_for: 2.5,
        });
        assert!((slope.loss - loss_at(&parts, &own_place, &weights)).abs() < 1e-6);
        let got = [slope.states.values, slope.right.values, slope.right_bias, slope.others.values, slope.other_bias];
        for (part, got) in got.iter().enumerate() {
            assert_eq!(got.len(), parts[part].values.len());
            for (at, got) in got.iter().enumerate() {
                let moved = |by: f32| {
                    let mut moved = parts.clone();
                    moved[part].values[at] += by;
                    loss_at(&moved, &own_place, &weights)
                };
                let want = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                assert!((f64::from(*got) - want).abs() < 1e-5, "part {part}, {at}: {got} {want}");
            }
        }
    }
}
