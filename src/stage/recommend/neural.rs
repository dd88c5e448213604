//! What comes next, learned from the order of events: a small transformer ([`super::net`]) trained on this machine.
//!
//! Every position of a customer's sequence predicts the item that follows, by softmax over all items (or over a
//! thousand drawn for each batch where there are more, with the sum over the rest estimated from them). An event's
//! loss counts by its kind and age, as the weights say. A tenth of the customers is kept out to see when to stop.
//! Why: past event t adds what the score gained when it happened, `s_t − s_{t−1}`; the base is the score at the
//! start token; together they are the score.

use candle_core::{Device, Tensor};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::dense::{Factors, dot, products_into};
use super::error::{count_within, within};
use super::net::{Drop, Net, Sizes};
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::softmax::{Choice, choose};
use super::{Algorithm, EventKind, History, Interactions, RecommendError, WeightRecipe};
use crate::base::{Monitor, Step};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NeuralRecipe {
    pub width: usize,
    pub heads: usize,
    pub blocks: usize,
    /// Events of a customer that it reads, the newest.
    pub length: usize,
    /// At most; it stops before when customers it has not seen are no longer predicted better.
    pub epochs: usize,
    pub batch: usize,
    pub rate: f64,
    pub dropout: f32,
    /// Epochs without getting better before it stops.
    pub patience: usize,
    /// Only the most frequent items, so that a large catalogue fits memory.
    pub max_items: usize,
}

impl Default for NeuralRecipe {
    fn default() -> Self {
        Self {
            width: 64,
            heads: 2,
            blocks: 2,
            length: 50,
            epochs: 30,
            batch: 64,
            rate: 1e-3,
            dropout: 0.2,
            patience: 3,
            max_items: 50_000,
        }
    }
}

impl NeuralRecipe {
    pub fn check(&self) -> Result<(), RecommendError> {
        count_within("neural.width", self.width, 4, 512, "from 4 to 512")?;
        count_within("neural.heads", self.heads, 1, 16, "from 1 to 16")?;
        count_within("neural.blocks", self.blocks, 1, 8, "from 1 to 8")?;
        count_within("neural.length", self.length, 1, 500, "from 1 to 500")?;
        count_within("neural.epochs", self.epochs, 1, 1000, "from 1 to 1000")?;
        count_within("neural.batch", self.batch, 1, 1024, "from 1 to 1024")?;
        count_within("neural.patience", self.patience, 1, 1000, "from 1 to 1000")?;
        count_within("neural.max_items", self.max_items, 1, 1_000_000, "from 1 to 1000000")?;
        within("neural.rate", self.rate as f32, 1e-6, 0.1, "from 0.000001 to 0.1")?;
        within("neural.dropout", self.dropout, 0.0, 0.9, "from 0 to 0.9")?;
        if self.width % self.heads == 0 {
            Ok(())
        } else {
            Err(RecommendError::BadSetting { name: "neural.width", must_be: "a multiple of neural.heads" })
        }
    }
}

/// One point of the loss curve: nats a prediction (the logarithm of how many items it wavers between).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    pub epoch: usize,
    pub loss: f32,
    /// On customers kept out of training; nothing where there are too few to keep any out.
    pub held_out: Option<f32>,
}

pub struct Neural {
    pub(super) recipe: NeuralRecipe,
    pub(super) weights: WeightRecipe,
    pub(super) net: Net,
    /// The item of each of the network's numbers, ascending.
    pub(super) items: Vec<u32>,
    /// The network's number of an item, or `u32::MAX`.
    pub(super) numbers: Vec<u32>,
    outputs: Factors,
    bias: Vec<f32>,
    pub curve: Vec<Epoch>,
}

/// One step of a sequence: the network's number of the item, the kind of event, how much its loss counts.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    item: u32,
    kind: u32,
    weight: f32,
}

impl Neural {
    pub fn fit(
        data: &Interactions,
        recipe: &NeuralRecipe,
        seed: u64,
        monitor: &Monitor,
    ) -> Result<Self, RecommendError> {
        Self::fit_telling(data, recipe, seed, monitor, |_| {})
    }

    /// The same; each epoch's point of the curve is told when it is known.
    pub fn fit_telling(
        data: &Interactions,
        recipe: &NeuralRecipe,
        seed: u64,
        monitor: &Monitor,
        mut tell: impl FnMut(Epoch),
    ) -> Result<Self, RecommendError> {
        recipe.check()?;
        monitor.check()?;
        let items = most_frequent(&data.matrix.column_counts(), recipe.max_items);
        let numbers = numbers_of(&items, data.item_count());
        let sequences: Vec<Vec<Seen>> = (0..data.user_count() as u32)
            .map(|user| {
                let row = |item: u32| data.matrix.row(user as usize).0.binary_search(&item).is_ok();
                sequence(data.events_of(user), &numbers, &data.weights, data.as_of, row)
            })
            .filter(|sequence| !sequence.is_empty())
            .collect();
        let sizes = Sizes {
            items: items.len(),
            width: recipe.width,
            heads: recipe.heads,
            blocks: recipe.blocks,
            length: recipe.length,
        };
        let net = Net::new(sizes, seed)?;
        let curve = train(&net, recipe, &sequences, seed, monitor, &mut tell)?;
        Self::of(*recipe, data.weights, net, items, numbers, curve)
    }

    pub(super) fn of(
        recipe: NeuralRecipe,
        weights: WeightRecipe,
        net: Net,
        items: Vec<u32>,
        numbers: Vec<u32>,
        curve: Vec<Epoch>,
    ) -> Result<Self, RecommendError> {
        let mut values = net.items().flatten_all()?.to_vec1::<f32>()?;
        values.truncate(items.len() * recipe.width);
        let outputs = Factors { width: recipe.width, values };
        let bias = net.bias().to_vec1::<f32>()?;
        Ok(Self { recipe, weights, net, items, numbers, outputs, bias, curve })
    }

    fn number(&self, item: u32) -> Option<u32> {
        self.numbers.get(item as usize).copied().filter(|number| *number != u32::MAX)
    }

    /// The newest steps of a history that the network knows, with the items they are of.
    fn read(&self, history: &History) -> Vec<Seen> {
        let counts = |item: u32| history.weight_of(item) > 0.0;
        let as_of = history.events().last().map(|event| event.time).unwrap_or_default();
        let mut seen = sequence(history.events(), &self.numbers, &self.weights, as_of, counts);
        seen.drain(..seen.len().saturating_sub(self.recipe.length));
        seen
    }

    /// What the network makes of sequences, each at its own last position.
    fn last_states(&self, sequences: &[Vec<Seen>]) -> Result<Vec<Vec<f32>>, RecommendError> {
        let batch = Batch::of(sequences, self.items.len() as u32);
        let states = self.net.forward(&batch.items, &batch.kinds, sequences.len(), None)?;
        let width = self.recipe.width;
        let values = states.flatten_all()?.to_vec1::<f32>()?;
        let last = |(row, sequence): (usize, &Vec<Seen>)| {
            let at = (row * batch.steps + sequence.len()) * width;
            values[at..at + width].to_vec()
        };
        Ok(sequences.iter().enumerate().map(last).collect())
    }

    fn score_state(&self, state: &[f32], out: &mut [f32]) {
        let mut own = vec![0f32; self.items.len()];
        products_into(&mut own, &self.outputs, state);
        out.fill(NO_OPINION);
        for ((score, bias), item) in own.iter().zip(&self.bias).zip(&self.items) {
            out[*item as usize] = score + bias;
        }
    }

    /// Scores for several sequences, row by row; one that cannot be read has no opinion.
    fn score_sequences(&self, sequences: &[Vec<Seen>], out: &mut [f32]) {
        let width = self.numbers.len().max(1);
        let states = self.last_states(sequences).unwrap_or_default();
        for (at, row) in out.chunks_exact_mut(width).enumerate() {
            match (sequences.get(at).filter(|sequence| !sequence.is_empty()), states.get(at)) {
                (Some(_), Some(state)) => self.score_state(state, row),
                _ => row.fill(NO_OPINION),
            }
        }
    }
}

/// Items by how many customers have them, at most `most`; then ascending.
fn most_frequent(counts: &[u32], most: usize) -> Vec<u32> {
    let mut items: Vec<u32> = (0..counts.len() as u32).filter(|item| counts[*item as usize] > 0).collect();
    items.sort_by_key(|item| (std::cmp::Reverse(counts[*item as usize]), *item));
    items.truncate(most);
    items.sort_unstable();
    items
}

pub(super) fn numbers_of(items: &[u32], all: usize) -> Vec<u32> {
    let mut numbers = vec![u32::MAX; all];
    for (number, &item) in items.iter().enumerate() {
        if let Some(slot) = numbers.get_mut(item as usize) {
            *slot = number as u32;
        }
    }
    numbers
}

/// Events that count, of items that are known, in time order; an item several times in a row is one step.
fn sequence(
    events: &[super::PastEvent],
    numbers: &[u32],
    weights: &WeightRecipe,
    as_of: crate::base::time::Moment,
    counts: impl Fn(u32) -> bool,
) -> Vec<Seen> {
    let mut steps: Vec<Seen> = Vec::new();
    for event in events {
        // However old, it counts for something: a batch of nothing has no mean.
        let weight = weights.of_event(event, as_of).max(1e-6);
        let item = numbers.get(event.item as usize).copied().unwrap_or(u32::MAX);
        if item == u32::MAX || weights.of_kind(event.kind) <= 0.0 || !counts(event.item) {
            continue;
        }
        let kind = EventKind::ALL.iter().position(|kind| *kind == event.kind).unwrap_or(0) as u32;
        let step = Seen { item, kind, weight };
        match steps.last_mut().filter(|last| last.item == item) {
            Some(last) if last.weight > weight => {}
            Some(last) => *last = step,
            None => steps.push(step),
        }
    }
    steps
}

/// Rows of equal length: start token, steps, and filling that no earlier position sees.
struct Batch {
    items: Vec<u32>,
    kinds: Vec<u32>,
    /// Positions a row.
    steps: usize,
}

/// The start token's kind.
const START: u32 = 5;

impl Batch {
    fn of(rows: &[Vec<Seen>], start: u32) -> Self {
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

/// Mean weighted loss of predicting every step of the rows from those before it; and a tensor whose gradient is
/// the loss's, when it is asked for.
fn loss(
    net: &Net,
    rows: &[Vec<Seen>],
    drop: Option<&mut Drop>,
    rng: &mut ChaCha8Rng,
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
    let total: f32 = rows.iter().flatten().map(|step| step.weight).sum();
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

/// Trains until customers kept out are no longer predicted better; leaves the best parameters in the net.
fn train(
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
    let params = ParamsAdamW { lr: recipe.rate, weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut optimizer = AdamW::new(net.vars(), params)?;
    let mut drop = Drop { share: recipe.dropout, rng: rng.clone() };
    drop.rng.set_stream(1001);
    let (mut curve, mut best, mut best_net) = (Vec::new(), f32::INFINITY, None);
    let mut since_best = 0;
    for epoch in 0..recipe.epochs {
        let batches = batches(sequences, own, recipe, &mut rng);
        let total = (batches.len() * recipe.epochs) as u64;
        let (mut sum, mut steps) = (0f64, 0usize);
        for (at, rows) in batches.iter().enumerate() {
            monitor.check()?;
            monitor.report(Step::Training, (epoch * batches.len() + at) as u64, total);
            let (loss, slope) = loss(net, rows, Some(&mut drop), &mut rng, true)?;
            if let Some(slope) = slope {
                optimizer.backward_step(&slope)?;
            }
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
        sum += loss(net, rows, None, &mut rng, false)?.0 * count as f64;
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

impl Recommender for Neural {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Neural
    }

    fn item_count(&self) -> usize {
        self.numbers.len()
    }

    fn score(&self, history: &History, out: &mut [f32]) {
        self.score_sequences(&[self.read(history)], out);
    }

    fn score_users(&self, data: &Interactions, users: &[u32], out: &mut [f32]) {
        let width = self.numbers.len().max(1);
        for (some, out) in users.chunks(64).zip(out.chunks_mut(64 * width)) {
            let sequences: Vec<Vec<Seen>> = some.iter().map(|user| self.read(&data.history(*user))).collect();
            self.score_sequences(&sequences, out);
        }
    }

    fn explain(&self, history: &History, item: u32) -> Explanation {
        let (Some(number), steps) = (self.number(item), self.read(history)) else {
            return Explanation::none(item);
        };
        let batch = Batch::of(std::slice::from_ref(&steps), self.items.len() as u32);
        let states = self.net.forward(&batch.items, &batch.kinds, 1, None);
        let Ok(states) = states.and_then(|states| Ok(states.flatten_all()?.to_vec1::<f32>()?)) else {
            return Explanation::none(item);
        };
        if steps.is_empty() {
            return Explanation::none(item);
        }
        let (output, bias) = (self.outputs.row(number as usize), self.bias[number as usize]);
        let scores: Vec<f32> = states.chunks_exact(self.recipe.width).map(|state| dot(output, state) + bias).collect();
        let mut sums = std::collections::BTreeMap::new();
        for (step, gained) in steps.iter().zip(scores.windows(2)) {
            *sums.entry(self.items[step.item as usize]).or_insert(0.0) += gained[1] - gained[0];
        }
        let parts = sums.into_iter().map(|(item, value)| Contribution { item, value }).collect();
        Explanation::new(item, scores[scores.len() - 1], scores[0], parts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, planted, shop};
    use super::super::{EventKind, scores_of};
    use super::*;

    #[test]
    fn what_follows_what_is_learned() {
        // Everybody walks round a circle of eight items, from a place of their own.
        let rows: Vec<_> = (0..120u32)
            .flat_map(|user| (0..7).map(move |day| (user, event((user + day) % 8, EventKind::View, i64::from(day)))))
            .collect();
        let data = shop(120, 8, &rows, WeightRecipe::default());
        let recipe = NeuralRecipe {
            width: 16,
            length: 8,
            epochs: 60,
            patience: 60,
            rate: 5e-3,
            dropout: 0.0,
            ..Default::default()
        };
        let model = Neural::fit(&data, &recipe, 2, &Monitor::quiet()).unwrap();
        for user in 0..8u32 {
            // Seven steps from `user`: the last is user + 6, the next user + 7.
            let scores = scores_of(&model, &data.history(user));
            let best = super::super::dense::top_n(&scores, 1)[0].item;
            assert_eq!(best, (user + 7) % 8, "{scores:?}");
        }
        let (first, last) = (model.curve[0], model.curve[model.curve.len() - 1]);
        // The first step cannot be known: an eighth of the guesses at ln 8, the others near 0.
        assert!(first.loss > 1.5 && last.loss < 0.8, "{:?}", model.curve);
        assert!(last.held_out.is_some());
    }

    #[test]
    fn it_stops_when_customers_kept_out_get_no_better() {
        let data = planted(60, 40, 52);
        let recipe = NeuralRecipe { width: 16, epochs: 200, patience: 1, rate: 2e-2, ..NeuralRecipe::default() };
        let mut told = Vec::new();
        let model = Neural::fit_telling(&data, &recipe, 1, &Monitor::quiet(), |epoch| told.push(epoch)).unwrap();
        assert!(model.curve.len() < 200);
        assert_eq!(told, model.curve);
    }

    #[test]
    fn steps_in_a_row_are_one_and_returns_are_none() {
        let numbers = [0, 1, u32::MAX];
        let events = [
            event(0, EventKind::View, 1),
            event(0, EventKind::Purchase, 2),
            event(0, EventKind::View, 3),
            event(2, EventKind::View, 3),
            event(1, EventKind::Return, 4),
            event(1, EventKind::View, 5),
            event(0, EventKind::View, 6),
        ];
        let as_of = events[6].time;
        let steps = sequence(&events, &numbers, &WeightRecipe::default(), as_of, |_| true);
        let seen: Vec<(u32, u32)> = steps.iter().map(|step| (step.item, step.kind)).collect();
        assert_eq!(seen, [(0, 3), (1, 0), (0, 0)]);
    }

    #[test]
    fn a_large_catalogue_is_drawn_from() {
        // Three thousand items: more than the softmax takes whole.
        let rows: Vec<_> = (0..600u32)
            .flat_map(|user| {
                (0..5u32).map(move |day| (user, event((user * 5 + day) % 3000, EventKind::View, i64::from(day))))
            })
            .collect();
        let data = shop(600, 3000, &rows, WeightRecipe::default());
        let recipe = NeuralRecipe { width: 8, length: 5, epochs: 1, dropout: 0.0, ..NeuralRecipe::default() };
        let model = Neural::fit(&data, &recipe, 1, &Monitor::quiet()).unwrap();
        // Knowing nothing yet, it wavers between about 3000 items: ln 3000 = 8.006.
        assert!((model.curve[0].loss - 3000f32.ln()).abs() < 0.1, "{:?}", model.curve);
    }
}
