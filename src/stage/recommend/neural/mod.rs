//! What comes next, learned from the order of events: a small transformer ([`net`]) trained on this machine.
//!
//! Every position of a customer's sequence predicts the item that follows, by softmax over all items (or over a
//! thousand drawn for each batch where there are more, with the sum over the rest estimated from them). An event's
//! loss counts by its kind and age, as the weights say. A tenth of the customers is kept out to see when to stop.
//! Why: past event t adds what the score gained when it happened, `s_t − s_{t−1}`; the base is the score at the
//! start token; together they are the score.

pub(super) mod net;
mod train;

use serde::{Deserialize, Serialize};

use super::dense::{Factors, dot, products_into};
use super::error::{count_within, within};
use super::recommender::{Contribution, Explanation, NO_OPINION, Recommender};
use super::{Algorithm, EventKind, History, Interactions, RecommendError, WeightRecipe};
use crate::base::Monitor;
use net::{Net, Sizes};
use train::{Batch, Seen, train};

impl From<candle_core::Error> for RecommendError {
    fn from(error: candle_core::Error) -> Self {
        Self::Net(error.to_string())
    }
}

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
        if self.width.is_multiple_of(self.heads) {
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
        self.explain_all(history, &[item]).pop().unwrap_or_else(|| Explanation::none(item))
    }

    fn explain_all(&self, history: &History, items: &[u32]) -> Vec<Explanation> {
        let steps = self.read(history);
        let batch = Batch::of(std::slice::from_ref(&steps), self.items.len() as u32);
        let states = self.net.forward(&batch.items, &batch.kinds, 1, None);
        let states = states.and_then(|states| Ok(states.flatten_all()?.to_vec1::<f32>()?)).unwrap_or_default();
        let explain = |item: &u32| match self.number(*item) {
            Some(number) if !steps.is_empty() && !states.is_empty() => self.gains(&steps, &states, number, *item),
            _ => Explanation::none(*item),
        };
        items.iter().map(explain).collect()
    }

    fn to_bytes(&self) -> Option<Result<Vec<u8>, RecommendError>> {
        Some(self.keep())
    }
}

impl Neural {
    /// What the score gained with each step, from the states after it.
    fn gains(&self, steps: &[Seen], states: &[f32], number: u32, item: u32) -> Explanation {
        let (output, bias) = (self.outputs.row(number as usize), self.bias[number as usize]);
        let scores: Vec<f32> = states.chunks_exact(self.recipe.width).map(|state| dot(output, state) + bias).collect();
        let mut sums = std::collections::BTreeMap::new();
        for (step, gained) in steps.iter().zip(scores.windows(2)) {
            *sums.entry(self.items[step.item as usize]).or_insert(0.0) += gained[1] - gained[0];
        }
        let parts = sums.into_iter().map(|(item, value)| Contribution { item, value }).collect();
        let (first, last) = (scores.first().copied().unwrap_or(0.0), scores.last().copied().unwrap_or(0.0));
        Explanation::new(item, last, first, parts)
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
