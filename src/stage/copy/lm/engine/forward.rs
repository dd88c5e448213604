//! One pass of tokens through a model.
//!
//! Rows are tokens: a prompt, or one token of each of several drafts, or both. Every row's result has the
//! same bits whatever rows go with it and however many threads work (see `kernel`).

use super::apart::forward_rows;
use super::weights::{Attention, Convolution, Layer, Mixer, Weights};
use crate::base::monitor::Monitor;
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::family::{Gate, Pairs, Rope, Spec};
use crate::stage::copy::lm::kernel::acts::Acts;
use crate::stage::copy::lm::kernel::attention::{self, Place, store};
use crate::stage::copy::lm::kernel::cache::{PAGE, Sequence};
use crate::stage::copy::lm::kernel::math;
use crate::stage::copy::lm::kernel::product::{Product, multiply};
use crate::stage::copy::lm::kernel::share::chunks_mut;
use crate::stage::copy::lm::kernel::team::Crew;
use std::sync::atomic::{AtomicBool, Ordering};

/// Numbers that one thread turns sooner than a second one would hear of it.
const SMALL: usize = 4_096;
/// Rows computed in one pass; longer prompts take several.
const PASS: usize = 256;

/// Which rows' logits the caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    None,
    Last,
    All,
}

/// Tokens that sequence number `sequence` reads next.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a> {
    pub sequence: usize,
    pub tokens: &'a [u32],
    pub wanted: Wanted,
}

struct Row {
    token: u32,
    place: Place,
    wanted: bool,
}

/// Reads all feeds and returns the wanted rows' logits, in the order of the feeds, each of
/// `spec.vocabulary` numbers. On an error the sequences are as they were.
pub fn forward(
    crew: &Crew<'_>,
    weights: &Weights,
    sequences: &mut [Sequence],
    feeds: &[Feed<'_>],
    monitor: &Monitor,
) -> Result<Vec<Vec<f32>>, LmError> {
    let before: Vec<usize> = sequences.iter().map(Sequence::len).collect();
    let outcome = forward_rows(crew, weights, sequences, feeds, monitor);
    if outcome.is_err() {
        sequences.iter_mut().zip(before).for_each(|(sequence, len)| sequence.truncate(len));
    }
    outcome
}

/// The same by all of `crew` together; on an error the sequences may have read some.
pub(super) fn together(
    crew: &Crew<'_>,
    weights: &Weights,
    sequences: &mut [Sequence],
    feeds: &[Feed<'_>],
    monitor: &Monitor,
) -> Result<Vec<Vec<f32>>, LmError> {
    let rows = rows(weights, sequences, feeds)?;
    passes(crew, weights, sequences, &rows, monitor)
}

/// Lays the feeds out as rows, and checks tokens and context.
fn rows(weights: &Weights, sequences: &[Sequence], feeds: &[Feed<'_>]) -> Result<Vec<Row>, LmError> {
    let mut next: Vec<usize> = sequences.iter().map(Sequence::len).collect();
    let mut rows = Vec::new();
    for feed in feeds {
        for (i, token) in feed.tokens.iter().enumerate() {
            if *token as usize >= weights.spec.vocabulary {
                return Err(LmError::Vocabulary { tokens: *token as usize + 1, rows: weights.spec.vocabulary });
            }
            let wanted = match feed.wanted {
                Wanted::None => false,
                Wanted::Last => i + 1 == feed.tokens.len(),
                Wanted::All => true,
            };
            let position = next[feed.sequence];
            next[feed.sequence] += 1;
            rows.push(Row { token: *token, place: Place { sequence: feed.sequence, position }, wanted });
        }
    }
    let context = weights.spec.context;
    match next.iter().max() {
        Some(longest) if *longest > context => {
            Err(LmError::Context { context, prompt: *longest, draft: 0, over: longest - context })
        }
        _ => Ok(rows),
    }
}

fn passes(
    crew: &Crew<'_>,
    weights: &Weights,
    sequences: &mut [Sequence],
    rows: &[Row],
    monitor: &Monitor,
) -> Result<Vec<Vec<f32>>, LmError> {
    let mut logits = Vec::new();
    for rows in rows.chunks(PASS) {
        monitor.check()?;
        pass(crew, weights, sequences, rows, &mut logits)?;
    }
    Ok(logits)
}

/// The buffers of a pass; rows × width each. Only the first `places.len()` rows count.
struct Pass<'a> {
    crew: &'a Crew<'a>,
    weights: &'a Weights,
    places: Vec<Place>,
    turns: Turns,
    window_turns: Option<Turns>,
    x: Vec<f32>,
    y: Vec<f32>,
    acts: Acts,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    mixed: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
}

fn pass(
    crew: &Crew<'_>,
    weights: &Weights,
    sequences: &mut [Sequence],
    rows: &[Row],
    logits: &mut Vec<Vec<f32>>,
) -> Result<(), LmError> {
    let mut more = vec![0; sequences.len()];
    rows.iter().for_each(|row| more[row.place.sequence] += 1);
    sequences.iter_mut().zip(&more).for_each(|(sequence, more)| sequence.reserve(*more));
    let mut pass = Pass::new(crew, weights, rows);
    let wanted: Vec<usize> = (0..rows.len()).filter(|r| rows[*r].wanted).collect();
    let last = weights.layers.len() - 1;
    for (i, layer) in weights.layers.iter().enumerate() {
        pass.norm(&layer.norm);
        match &layer.mixer {
            Mixer::Attention(attention) => {
                pass.read(i, attention, sequences);
                // Past the last layer's keys and values only wanted rows matter.
                if i == last {
                    pass.keep(&wanted);
                }
                pass.attend(i, attention, sequences);
            }
            Mixer::Convolution(convolution) => {
                pass.convolve(i, convolution, sequences);
                if i == last {
                    pass.keep(&wanted);
                }
            }
        }
        pass.add(layer.after_mixer.as_deref());
        pass.feed_forward(layer);
    }
    sequences.iter_mut().zip(more).for_each(|(sequence, more)| sequence.advance(more));
    if !wanted.is_empty() {
        pass.logits(logits)?;
    }
    Ok(())
}

impl<'a> Pass<'a> {
    fn new(crew: &'a Crew<'a>, weights: &'a Weights, rows: &[Row]) -> Self {
        let spec = &weights.spec;
        let places: Vec<Place> = rows.iter().map(|row| row.place).collect();
        let mut x = vec![0.0; rows.len() * spec.width];
        chunks_mut(crew, &mut x, spec.width, |r, x| {
            weights.embedding.row(rows[r].token as usize, x);
            if spec.embedding_scale != 1.0 {
                math::scale(x, spec.embedding_scale);
            }
        });
        let (q, kv) = (spec.heads * spec.padded_head(), spec.kv_heads * spec.padded_head());
        let buffer = |width: usize| vec![0.0; rows.len() * width];
        Self {
            crew,
            weights,
            turns: Turns::new(crew, &spec.rope, &places),
            window_turns: spec.window.as_ref().map(|window| Turns::new(crew, &window.rope, &places)),
            places,
            x,
            y: buffer(spec.width),
            acts: Acts::default(),
            queries: buffer(q),
            keys: buffer(kv),
            values: buffer(kv),
            mixed: buffer(q.max(3 * spec.width * usize::from(spec.convolution.is_some()))),
            gate: buffer(spec.ffn),
            up: buffer(spec.ffn),
        }
    }

    /// Norm of `x` with `weight`, quantised.
    fn norm(&mut self, weight: &[f32]) {
        let (x, width, eps) = (&self.x, self.weights.spec.width, self.weights.spec.eps);
        self.acts.quantise(self.crew, self.places.len(), width, |r, out| {
            math::rms_norm(&x[r * width..(r + 1) * width], weight, eps, out);
        });
    }

    /// x += y, or the norm of y with `after`.
    fn add(&mut self, after: Option<&[f32]>) {
        let (width, eps) = (self.weights.spec.width, self.weights.spec.eps);
        let len = self.places.len() * width;
        let (x, y) = (&mut self.x[..len], &mut self.y[..len]);
        if let Some(weight) = after {
            chunks_mut(self.crew, y, width, |_, y| math::rms_norm_in_place(y, weight, eps));
        }
        let chunk = if self.places.len() < 8 { len } else { width * 8 };
        chunks_mut(self.crew, x, chunk, |i, x| math::add(x, &y[i * chunk..]));
    }

    /// Queries, keys and values of all rows; keys and values go into the cache.
    fn read(&mut self, i: usize, attention: &Attention, sequences: &mut [Sequence]) {
        let spec = &self.weights.spec;
        let rows = self.places.len();
        let (q, kv) = (spec.heads * spec.padded_head(), spec.kv_heads * spec.padded_head());
        let (queries, keys) = (&mut self.queries[..rows * q], &mut self.keys[..rows * kv]);
        let values = &mut self.values[..rows * kv];
        let mut products = [
            Product::new(&attention.query, queries),
            Product::new(&attention.key, keys),
            Product::new(&attention.value, values),
        ];
        multiply(self.crew, &self.acts, &mut products);
        let turns = match (spec.window_of(i), &self.window_turns) {
            (Some(_), Some(turns)) => turns,
            _ => &self.turns,
        };
        let norm = |which: usize| attention.head_norms.as_ref().map(|norms| norms[which].as_slice());
        let bias = |which: usize| attention.biases.as_ref().map(|biases| biases[which].as_slice());
        turns.turn(self.crew, spec, queries, bias(0), norm(0));
        turns.turn(self.crew, spec, keys, bias(1), norm(1));
        if let Some(bias) = bias(2) {
            values.chunks_exact_mut(kv).for_each(|row| math::add(row, bias));
        }
        store(self.crew, sequences, spec.place_of(i), &self.places, (keys, values));
    }

    /// Keeps only the rows numbered in `wanted`.
    fn keep(&mut self, wanted: &[usize]) {
        if wanted.len() == self.places.len() {
            return;
        }
        let rows = self.places.len();
        for all in [&mut self.x, &mut self.y, &mut self.queries] {
            let width = all.len() / rows;
            for (to, from) in wanted.iter().enumerate() {
                all.copy_within(from * width..(from + 1) * width, to * width);
            }
            all.truncate(wanted.len() * width);
        }
        self.places = wanted.iter().map(|r| self.places[*r]).collect();
    }

    /// Attention of the rows' queries; the result is in `y`.
    fn attend(&mut self, i: usize, attention: &Attention, sequences: &[Sequence]) {
        let spec = &self.weights.spec;
        let width = spec.heads * spec.padded_head();
        let len = self.places.len() * width;
        let window = spec.window_of(i).map_or(usize::MAX, |window| window.positions);
        let of = attention::Attention { layer: spec.place_of(i), heads: spec.heads, scale: spec.score_scale, window };
        let mixed = &mut self.mixed[..len];
        attention::attend(self.crew, of, sequences, &self.places, &self.queries[..len], mixed);
        self.acts.quantise(self.crew, self.places.len(), width, |r, out| {
            out.copy_from_slice(&mixed[r * width..(r + 1) * width]);
        });
        multiply(self.crew, &self.acts, &mut [Product::new(&attention.output, &mut self.y)]);
    }

    /// LFM2's short convolution: `after · conv(before · input)`, the three being parts of one product. The
    /// inner products are the trace that later positions need.
    fn convolve(&mut self, i: usize, convolution: &Convolution, sequences: &mut [Sequence]) {
        let (spec, rows) = (&self.weights.spec, self.places.len());
        let (width, trace) = (spec.width, spec.place_of(i));
        let parts = &mut self.mixed[..rows * 3 * width];
        multiply(self.crew, &self.acts, &mut [Product::new(&convolution.input, parts)]);
        let taps = convolution.kernel.len() / width;
        // Row by row: a row's trace is read by the next ones.
        for (place, parts) in self.places.iter().zip(parts.chunks_exact_mut(3 * width)) {
            let sequence = &mut sequences[place.sequence];
            let (gates, input) = parts.split_at_mut(2 * width);
            let (before, after) = gates.split_at_mut(width);
            input.iter_mut().zip(before.iter()).for_each(|(x, b)| *x *= b);
            write_trace(sequence, trace, place.position, input);
            before.fill(0.0);
            for tap in 0..taps.min(place.position + 1) {
                let at = place.position - tap;
                let from = sequence.shape().trace_at(trace, at);
                let past = &sequence.page(at / PAGE)[from..from + width];
                let weights = convolution.kernel.iter().skip(taps - 1 - tap).step_by(taps);
                for ((sum, past), weight) in before.iter_mut().zip(past).zip(weights) {
                    *sum += past.to_f32() * weight;
                }
            }
            input.iter_mut().zip(before).zip(after).for_each(|((out, sum), after)| *out = *sum * *after);
        }
        let parts = &*parts;
        self.acts.quantise(self.crew, rows, width, |r, out| {
            out.copy_from_slice(&parts[(3 * r + 2) * width..(3 * r + 3) * width]);
        });
        multiply(self.crew, &self.acts, &mut [Product::new(&convolution.output, &mut self.y)]);
    }

    fn feed_forward(&mut self, layer: &Layer) {
        self.norm(&layer.ffn_norm);
        let (rows, ffn, kind) = (self.places.len(), self.weights.spec.ffn, self.weights.spec.gate);
        let (gate, up) = (&mut self.gate[..rows * ffn], &mut self.up[..rows * ffn]);
        multiply(self.crew, &self.acts, &mut [Product::new(&layer.gate, gate), Product::new(&layer.up, up)]);
        self.acts.quantise(self.crew, rows, ffn, |r, out| {
            let (gate, up) = (&gate[r * ffn..(r + 1) * ffn], &up[r * ffn..(r + 1) * ffn]);
            match kind {
                Gate::Silu => math::silu_times(gate, up, out),
                Gate::Gelu => math::gelu_times(gate, up, out),
            }
        });
        multiply(self.crew, &self.acts, &mut [Product::new(&layer.down, &mut self.y)]);
        self.add(layer.after_ffn.as_deref());
    }

    fn logits(&mut self, into: &mut Vec<Vec<f32>>) -> Result<(), LmError> {
        let weights = self.weights;
        self.norm(&weights.norm);
        let vocabulary = weights.spec.vocabulary;
        let mut all = vec![Vec::new(); self.places.len()];
        chunks_mut(self.crew, &mut all, 1, |_, row| row.iter_mut().for_each(|row| *row = vec![0.0; vocabulary]));
        let head = weights.head.as_ref().unwrap_or(&weights.embedding);
        let outs = all.iter_mut().map(Vec::as_mut_slice).collect();
        multiply(self.crew, &self.acts, &mut [Product::apart(head, outs)]);
        let wrong = AtomicBool::new(false);
        chunks_mut(self.crew, &mut all, 1, |_, row| {
            if !row.iter().all(|row| math::all_finite(row)) {
                wrong.store(true, Ordering::Relaxed);
            }
        });
        if wrong.into_inner() {
            return Err(LmError::NotFinite);
        }
        into.append(&mut all);
        Ok(())
    }
}

fn write_trace(sequence: &mut Sequence, trace: usize, position: usize, values: &[f32]) {
    let from = sequence.shape().trace_at(trace, position);
    let (first, mut pages) = sequence.writable();
    if let Some(page) = pages.get_mut(position / PAGE - first) {
        attention::to_halves(values, &mut page[from..from + values.len()]);
    }
}

/// The rows' rotations: for each row the cosines of all pairs, then their sines.
struct Turns {
    pairs: usize,
    kind: Pairs,
    numbers: Vec<f32>,
}

impl Turns {
    /// Angles (Su et al. 2021): position / stretch · base^(−2 i / dims) / factor.
    fn new(crew: &Crew<'_>, rope: &Rope, places: &[Place]) -> Self {
        let frequencies: Vec<f64> = (0..rope.dims / 2)
            .map(|i| {
                let factor = rope.factors.get(i).map_or(1.0, |f| f64::from(*f));
                rope.base.powf(-2.0 * i as f64 / rope.dims as f64) / factor / rope.stretch
            })
            .collect();
        let pairs = frequencies.len();
        let mut numbers = vec![0.0; places.len() * 2 * pairs];
        chunks_mut(crew, &mut numbers, 2 * pairs, |r, numbers| {
            let (cos, sin) = numbers.split_at_mut(pairs);
            for ((cos, sin), frequency) in cos.iter_mut().zip(sin).zip(&frequencies) {
                let angle = places[r].position as f64 * frequency;
                *cos = (angle.cos() * rope.magnitude) as f32;
                *sin = (angle.sin() * rope.magnitude) as f32;
            }
        });
        Self { pairs, kind: rope.pairs, numbers }
    }

    /// Bias, norm of each head, rotation, in place; `rows` holds whole heads of a row for each place.
    fn turn(&self, crew: &Crew<'_>, spec: &Spec, rows: &mut [f32], bias: Option<&[f32]>, norm: Option<&[f32]>) {
        let count = self.numbers.len() / (2 * self.pairs);
        let (dim, width) = (spec.padded_head(), rows.len() / count);
        // Little work is done sooner than shared.
        let together = if rows.len() <= SMALL { count } else { count.div_ceil(2 * crew.threads()).clamp(1, 4) };
        chunks_mut(crew, rows, width * together, |chunk, rows| {
            for (r, row) in rows.chunks_exact_mut(width).enumerate() {
                if let Some(bias) = bias {
                    math::add(row, bias);
                }
                let turn = (chunk * together + r) * 2 * self.pairs;
                let (cos, sin) = self.numbers[turn..turn + 2 * self.pairs].split_at(self.pairs);
                for head in row.chunks_exact_mut(dim) {
                    if let Some(norm) = norm {
                        math::rms_norm_in_place(&mut head[..spec.head_dim], norm, spec.eps);
                    }
                    match self.kind {
                        Pairs::Neighbours => math::rotate_neighbours(head, cos, sin),
                        Pairs::Halves => math::rotate_halves(head, cos, sin),
                    }
                }
            }
        });
    }
}
