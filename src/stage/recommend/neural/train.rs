//! How the network of the neural recommender is trained: batches, loss, gradient steps, and when to stop.

use candle_core::{Device, Tensor, Var};
use rand::seq::SliceRandom;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::super::dense::Factors;
use super::super::softmax::{Choice, choose};
use super::super::{Algorithm, RecommendError};
use super::net::{Drop, Net};
use super::{Epoch, NeuralRecipe};
use crate::base::{Monitor, Step};

/// One step of a sequence: the network's number of the item, the kind of event, how much its loss counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub item: u32,
    pub kind: u32,
    pub weight: f32,
}

/// Rows of equal length: start token, steps, and filling that no earlier position sees.
pub(super) struct Batch {
    pub items: Vec<u32>,
    pub kinds: Vec<u32>,
    /// Positions a row.
    pub steps: usize,
}

/// The start token's kind.
const START: u32 = 5;

impl Batch {
    pub fn of(rows: &[Vec<Seen>], start: u32) -> Self {
        let steps = 1 + rows.iter().map(Vec::len).max().unwrap_or(0);
        let (mut items, mut kinds) = (Vec::new(), Vec::new());
        for row in rows {
            items.push(start);
            kinds.push(START);
            items.extend(row.iter().map(|step| step.item));
            kinds.extend(row.iter().map(|step| step.kind));
            items.resize(items.len() + steps - 1 - row.len(), start);
            kinds.resize(kinds.len() + steps - 1 - row.len(), START);
        }
        Self { items, kinds, steps }
    }
}

/// Softmax over all items up to twice this many; beyond, over as many drawn for each batch.
const OUTPUTS: usize = 1024;

/// Weighted loss of predicting every step of the rows from those before it, weights in parts of `total`; and a
/// tensor whose gradient is the loss's, when it is asked for.
fn loss(
    net: &Net,
    rows: &[Vec<Seen>],
    drop: Option<&mut Drop>,
    rng: &mut ChaCha8Rng,
    total: f32,
    with_slope: bool,
) -> Result<(f64, Option<Tensor>), RecommendError> {
    let (known, width) = (net.sizes.items, net.sizes.width);
    let inputs: Vec<Vec<Seen>> = rows.iter().map(|row| row[..row.len() - 1].to_vec()).collect();
    let batch = Batch::of(&inputs, known as u32);
    let places: Vec<u32> = rows
        .iter()
        .enumerate()
        .flat_map(|(at, row)| (0..row.len()).map(move |step| (at * batch.steps + step) as u32))
        .collect();
    let weights: Vec<f32> = rows.iter().flatten().map(|step| step.weight / total).collect();
    let wanted: Vec<u32> = rows.iter().flatten().map(|step| step.item).collect();
    let drawn = Drawn::new(&wanted, known, rng);
    let numbers = |list: &[u32]| Tensor::from_slice(list, list.len(), &Device::Cpu);
    let states = net.forward(&batch.items, &batch.kinds, rows.len(), drop)?;
    let states = states.reshape((rows.len() * batch.steps, width))?.index_select(&numbers(&places)?, 0)?;
    let look_up = |list: &[u32]| -> Result<(Tensor, Tensor), RecommendError> {
        let list = numbers(list)?;
        Ok((net.items().index_select(&list, 0)?, net.bias().index_select(&list, 0)?))
    };
    let ((right, right_bias), (others, other_bias)) = (look_up(&wanted)?, look_up(&drawn.items)?);
    let factors = |tensor: &Tensor| -> Result<Factors, RecommendError> {
        Ok(Factors { width, values: tensor.flatten_all()?.to_vec1()? })
    };
    let slope = choose(&Choice {
        states: &factors(&states)?,
        right: &factors(&right)?,
        right_bias: &right_bias.to_vec1::<f32>()?,
        others: &factors(&others)?,
        other_bias: &other_bias.to_vec1::<f32>()?,
        own_place: &drawn.own_place,
        weights: &weights,
        stands_for: drawn.stands_for,
    });
    if !with_slope {
        return Ok((slope.loss, None));
    }
    // Σ x · ∂loss/∂x has the loss's gradient in x when the second factor is held fixed.
    let mut surrogate = Tensor::zeros((), candle_core::DType::F32, &Device::Cpu)?;
    for (x, values) in [
        (states, slope.states.values),
        (right, slope.right.values),
        (right_bias, slope.right_bias),
        (others, slope.others.values),
        (other_bias, slope.other_bias),
    ] {
        let held = Tensor::from_vec(values, x.shape(), &Device::Cpu)?;
        surrogate = surrogate.add(&x.mul(&held)?.sum_all()?)?;
    }
    Ok((slope.loss, Some(surrogate)))
}

/// The wrong answers of a batch: all items, or some drawn evenly.
struct Drawn {
    items: Vec<u32>,
    /// By step of the batch: the place of the right one in `items`, or `u32::MAX`.
    own_place: Vec<u32>,
    /// How many items each of `items` stands for.
    stands_for: f32,
}

impl Drawn {
    fn new(wanted: &[u32], known: usize, rng: &mut ChaCha8Rng) -> Self {
        if known <= 2 * OUTPUTS {
            return Self { items: (0..known as u32).collect(), own_place: wanted.to_vec(), stands_for: 1.0 };
        }
        let drawn = rand::seq::index::sample(rng, known, OUTPUTS);
        let items: Vec<u32> = drawn.into_iter().map(|item| item as u32).collect();
        let mut places = vec![u32::MAX; known];
        for (at, &item) in items.iter().enumerate() {
            places[item as usize] = at as u32;
        }
        let own_place = wanted.iter().map(|item| places[*item as usize]).collect();
        Self { items, own_place, stands_for: known as f32 / OUTPUTS as f32 }
    }
}

fn weight_of(rows: &[Vec<Seen>]) -> f32 {
    rows.iter().flatten().map(|step| step.weight).sum()
}

/// Loss, and gradients by parameter.
type Slope = (f64, Vec<Vec<f32>>);

/// Loss and gradients of a batch. The batch is cut into parts small enough that candle keeps each
/// on one thread (its own threads wait in a loop, which costs more than it brings once the machine has other
/// work); the parts run side by side, each with a generator of its own, and are added up in order.
fn batch_slope(net: &Net, rows: &[Vec<Seen>], dropout: f32, seed: u64) -> Result<Slope, RecommendError> {
    const SMALL: usize = 64 * 1024;
    let steps = rows.iter().map(Vec::len).max().unwrap_or(1);
    let widest = steps * (2 * net.sizes.width).max(net.sizes.heads * steps);
    let total = weight_of(rows);
    let parts: Result<Vec<Slope>, RecommendError> = rows
        .par_chunks((SMALL / widest.max(1)).max(1))
        .enumerate()
        .map(|(part, rows)| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(2 * part as u64);
            let mut drop = Drop { share: dropout, rng: rng.clone() };
            drop.rng.set_stream(2 * part as u64 + 1);
            let (loss, slope) = loss(net, rows, Some(&mut drop), &mut rng, total, true)?;
            let gradients = slope.map(|slope| slope.backward()).transpose()?;
            let values = |var: &Var| -> Result<Vec<f32>, RecommendError> {
                match gradients.as_ref().and_then(|gradients| gradients.get(var.as_tensor())) {
                    Some(gradient) => Ok(gradient.flatten_all()?.to_vec1()?),
                    None => Ok(vec![0.0; var.elem_count()]),
                }
            };
            Ok((loss, net.vars().iter().map(values).collect::<Result<_, _>>()?))
        })
        .collect();
    let mut parts = parts?.into_iter();
    let (mut loss, mut sums) = parts.next().unwrap_or_default();
    for (more, gradients) in parts {
        loss += more;
        for (sum, gradient) in sums.iter_mut().zip(gradients) {
            for (sum, value) in sum.iter_mut().zip(gradient) {
                *sum += value;
            }
        }
    }
    Ok((loss, sums))
}

/// Adam (Kingma and Ba, ICLR 2015), with the usual constants.
struct Adam {
    rate: f32,
    steps: i32,
    /// By parameter: value, mean of the gradient, mean of its square.
    state: Vec<(Vec<f32>, Vec<f32>, Vec<f32>)>,
}

impl Adam {
    fn new(net: &Net, rate: f32) -> Result<Self, RecommendError> {
        let fresh = |(_, _, values): (String, Vec<usize>, Vec<f32>)| {
            let zeros = vec![0.0; values.len()];
            (values, zeros.clone(), zeros)
        };
        Ok(Self { rate, steps: 0, state: net.parts()?.into_iter().map(fresh).collect() })
    }

    fn step(&mut self, net: &Net, gradients: &[Vec<f32>]) -> Result<(), RecommendError> {
        const MEAN: f32 = 0.9;
        const SQUARE: f32 = 0.999;
        self.steps = self.steps.saturating_add(1);
        let rate = self.rate * (1.0 - SQUARE.powi(self.steps)).sqrt() / (1.0 - MEAN.powi(self.steps));
        for (((values, means, squares), gradient), var) in self.state.iter_mut().zip(gradients).zip(net.vars()) {
            for (((value, mean), square), g) in values.iter_mut().zip(means).zip(squares).zip(gradient) {
                *mean = MEAN * *mean + (1.0 - MEAN) * g;
                *square = SQUARE * *square + (1.0 - SQUARE) * g * g;
                *value -= rate * *mean / (square.sqrt() + 1e-8);
            }
            var.set(&Tensor::from_slice(values, var.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }
}

/// Trains until customers kept out are no longer predicted better; leaves the best parameters in the net.
pub(super) fn train(
    net: &Net,
    recipe: &NeuralRecipe,
    sequences: &[Vec<Seen>],
    seed: u64,
    monitor: &Monitor,
    tell: &mut dyn FnMut(Epoch),
) -> Result<Vec<Epoch>, RecommendError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1000);
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.shuffle(&mut rng);
    let kept_out = if order.len() < 20 { 0 } else { (order.len() / 10).min(1000) };
    let (held, own) = order.split_at(kept_out);
    let held: Vec<Vec<Seen>> = held
        .iter()
        .map(|at| {
            let whole = &sequences[*at];
            whole[whole.len().saturating_sub(recipe.length)..].to_vec()
        })
        .collect();
    let mut adam = Adam::new(net, recipe.rate as f32)?;
    let (mut curve, mut best, mut best_net) = (Vec::new(), f32::INFINITY, None);
    let mut since_best = 0;
    for epoch in 0..recipe.epochs {
        let batches = batches(sequences, own, recipe, &mut rng);
        let total = (batches.len() * recipe.epochs) as u64;
        let (mut sum, mut steps) = (0f64, 0usize);
        for (at, rows) in batches.iter().enumerate() {
            monitor.check()?;
            monitor.report(Step::Training, (epoch * batches.len() + at) as u64, total);
            let (loss, slopes) = batch_slope(net, rows, recipe.dropout, rng.next_u64())?;
            adam.step(net, &slopes)?;
            let count: usize = rows.iter().map(Vec::len).sum();
            sum += loss * count as f64;
            steps += count;
        }
        let mean = (sum / steps.max(1) as f64) as f32;
        let held_out = held_out_loss(net, &held, recipe.batch, seed, monitor)?;
        let point = Epoch { epoch: epoch + 1, loss: mean, held_out };
        curve.push(point);
        tell(point);
        if !mean.is_finite() {
            return Err(RecommendError::Unstable { algorithm: Algorithm::Neural });
        }
        let Some(now) = held_out else { continue };
        if now < best {
            (best, best_net, since_best) = (now, Some(net.snapshot()?), 0);
        } else {
            since_best += 1;
            if since_best >= recipe.patience {
                break;
            }
        }
    }
    if let Some(best) = best_net {
        net.restore(&best)?;
    }
    Ok(curve)
}

/// The same items drawn every time, so that epochs compare.
fn held_out_loss(
    net: &Net,
    held: &[Vec<Seen>],
    batch: usize,
    seed: u64,
    monitor: &Monitor,
) -> Result<Option<f32>, RecommendError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1002);
    let (mut sum, mut steps) = (0f64, 0usize);
    for rows in held.chunks(batch.max(1)) {
        monitor.check()?;
        let count: usize = rows.iter().map(Vec::len).sum();
        sum += loss(net, rows, None, &mut rng, weight_of(rows), false)?.0 * count as f64;
        steps += count;
    }
    Ok((steps > 0).then(|| (sum / steps as f64) as f32))
}

/// Windows of the customers' sequences: long ones give one for each length that fits, at random places.
/// Windows of like length share a batch, so that little is filling.
fn batches(sequences: &[Vec<Seen>], own: &[usize], recipe: &NeuralRecipe, rng: &mut ChaCha8Rng) -> Vec<Vec<Vec<Seen>>> {
    let mut windows: Vec<Vec<Seen>> = Vec::new();
    for &at in own {
        let whole = &sequences[at];
        for _ in 0..whole.len().div_ceil(recipe.length) {
            let from = rng.random_range(0..=whole.len().saturating_sub(recipe.length));
            windows.push(whole[from..(from + recipe.length).min(whole.len())].to_vec());
        }
    }
    windows.shuffle(rng);
    let mut batches = Vec::new();
    for some in windows.chunks_mut(recipe.batch * 16) {
        some.sort_by_key(Vec::len);
        batches.extend(some.chunks(recipe.batch).map(<[_]>::to_vec));
    }
    batches.shuffle(rng);
    batches
}
