//! One pass of tokens through a model of Llama's shape.
//!
//! Rows are tokens: a prompt, or one token of each of several drafts, or both. Every row's result has the
//! same bits whatever rows go with it and however many threads work (see `kernel`).

use super::weights::{Layer, Weights};
use crate::base::monitor::Monitor;
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::family::{Pairs, Spec};
use crate::stage::copy::lm::kernel::acts::Acts;
use crate::stage::copy::lm::kernel::attention::{Attention, Place, attend, store};
use crate::stage::copy::lm::kernel::cache::Sequence;
use crate::stage::copy::lm::kernel::math;
use crate::stage::copy::lm::kernel::product::{Product, multiply};
use crate::stage::copy::lm::kernel::share::chunks_mut;
use crate::stage::copy::lm::kernel::team::Crew;

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
    let outcome = rows(weights, sequences, feeds).and_then(|rows| passes(crew, weights, sequences, &rows, monitor));
    if outcome.is_err() {
        sequences.iter_mut().zip(before).for_each(|(sequence, len)| sequence.truncate(len));
    }
    outcome
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

/// The buffers of a pass; rows × width each.
struct Pass<'a> {
    crew: &'a Crew<'a>,
    weights: &'a Weights,
    places: Vec<Place>,
    /// Cosines and sines of the rows' angles, one a pair.
    turns: (Vec<f32>, Vec<f32>),
    x: Vec<f32>,
    y: Vec<f32>,
    acts: Acts,
}

fn pass(
    crew: &Crew<'_>,
    weights: &Weights,
    sequences: &mut [Sequence],
    rows: &[Row],
    logits: &mut Vec<Vec<f32>>,
) -> Result<(), LmError> {
    let width = weights.spec.width;
    let mut more = vec![0; sequences.len()];
    rows.iter().for_each(|row| more[row.place.sequence] += 1);
    sequences.iter_mut().zip(&more).for_each(|(sequence, more)| sequence.reserve(*more));
    let mut x = vec![0.0; rows.len() * width];
    chunks_mut(crew, &mut x, width, |r, x| weights.embedding.row(rows[r].token as usize, x));
    let places: Vec<Place> = rows.iter().map(|row| row.place).collect();
    let mut pass = Pass {
        crew,
        weights,
        turns: turns(&weights.spec, &places),
        places,
        x,
        y: vec![0.0; rows.len() * width],
        acts: Acts::default(),
    };
    let wanted: Vec<usize> = (0..rows.len()).filter(|r| rows[*r].wanted).collect();
    let last = weights.layers.len() - 1;
    for (i, layer) in weights.layers.iter().enumerate() {
        let queries = pass.read(i, layer, sequences);
        // Past the last layer's keys and values only wanted rows matter.
        let queries = if i == last { pass.keep(&wanted, queries) } else { queries };
        if pass.places.is_empty() {
            break;
        }
        pass.attention(i, layer, sequences, &queries);
        pass.feed_forward(layer);
    }
    sequences.iter_mut().zip(more).for_each(|(sequence, more)| sequence.advance(more));
    if !wanted.is_empty() {
        pass.logits(logits)?;
    }
    Ok(())
}

impl Pass<'_> {
    fn rows(&self) -> usize {
        self.places.len()
    }

    /// Norm of `x` with `weight`, quantised.
    fn norm(&mut self, weight: &[f32]) {
        let (x, width, eps) = (&self.x, self.weights.spec.width, self.weights.spec.eps);
        self.acts.quantise(self.crew, self.places.len(), width, |r, out| {
            math::rms_norm(&x[r * width..(r + 1) * width], weight, eps, out);
        });
    }

    /// x += y.
    fn add(&mut self) {
        let (y, width) = (&self.y, self.weights.spec.width);
        let len = if self.places.len() < 8 { self.x.len() } else { width * 8 };
        chunks_mut(self.crew, &mut self.x, len, |i, x| math::add(x, &y[i * len..]));
    }

    /// Keys and values of all rows into the cache; returns their queries.
    fn read(&mut self, i: usize, layer: &Layer, sequences: &mut [Sequence]) -> Vec<f32> {
        let spec = &self.weights.spec;
        self.norm(&layer.attention_norm);
        let rows = self.rows();
        let (q_width, k_width) = (spec.heads * spec.padded_head(), spec.kv_heads * spec.padded_head());
        let mut queries = vec![0.0; rows * q_width];
        let mut keys = vec![0.0; rows * k_width];
        let mut values = vec![0.0; rows * k_width];
        let mut products = [
            Product::new(&layer.query, &mut queries),
            Product::new(&layer.key, &mut keys),
            Product::new(&layer.value, &mut values),
        ];
        multiply(self.crew, &self.acts, &mut products);
        let norm = |which: usize| layer.head_norms.as_ref().map(|norms| norms[which].as_slice());
        let bias = |which: usize| layer.biases.as_ref().map(|biases| biases[which].as_slice());
        self.turn(&mut queries, q_width, bias(0), norm(0));
        self.turn(&mut keys, k_width, bias(1), norm(1));
        if let Some(bias) = bias(2) {
            values.chunks_exact_mut(k_width).for_each(|row| math::add(row, bias));
        }
        store(self.crew, sequences, i, &self.places, (&keys, &values));
        queries
    }

    /// Bias, norm of each head, rotary embedding, in place.
    fn turn(&self, rows: &mut [f32], width: usize, bias: Option<&[f32]>, norm: Option<&[f32]>) {
        let spec = &self.weights.spec;
        let (dim, pairs) = (spec.padded_head(), spec.rope.dims / 2);
        let (cos, sin) = &self.turns;
        let together = if self.rows() < 4 { self.rows() } else { 4 };
        chunks_mut(self.crew, rows, width * together, |chunk, rows| {
            for (r, row) in rows.chunks_exact_mut(width).enumerate() {
                if let Some(bias) = bias {
                    math::add(row, bias);
                }
                let turn = (chunk * together + r) * pairs;
                let (cos, sin) = (&cos[turn..turn + pairs], &sin[turn..turn + pairs]);
                for head in row.chunks_exact_mut(dim) {
                    if let Some(norm) = norm {
                        math::rms_norm_in_place(&mut head[..spec.head_dim], norm, spec.eps);
                    }
                    match spec.rope.pairs {
                        Pairs::Neighbours => math::rotate_neighbours(head, cos, sin),
                        Pairs::Halves => math::rotate_halves(head, cos, sin),
                    }
                }
            }
        });
    }

    /// Keeps only the rows numbered in `wanted`.
    fn keep(&mut self, wanted: &[usize], queries: Vec<f32>) -> Vec<f32> {
        if wanted.len() == self.rows() {
            return queries;
        }
        let pick = |all: &[f32], width: usize| -> Vec<f32> {
            wanted.iter().flat_map(|r| all[r * width..(r + 1) * width].iter().copied()).collect()
        };
        let queries = pick(&queries, queries.len() / self.rows());
        self.x = pick(&self.x, self.weights.spec.width);
        self.y.truncate(self.x.len());
        self.places = wanted.iter().map(|r| self.places[*r]).collect();
        queries
    }

    fn attention(&mut self, i: usize, layer: &Layer, sequences: &[Sequence], queries: &[f32]) {
        let spec = &self.weights.spec;
        let width = spec.heads * spec.padded_head();
        let scale = 1.0 / (spec.head_dim as f32).sqrt();
        let mut mixed = vec![0.0; queries.len()];
        attend(
            self.crew,
            Attention { layer: i, heads: spec.heads, scale },
            sequences,
            &self.places,
            queries,
            &mut mixed,
        );
        self.acts.quantise(self.crew, self.places.len(), width, |r, out| {
            out.copy_from_slice(&mixed[r * width..(r + 1) * width]);
        });
        multiply(self.crew, &self.acts, &mut [Product::new(&layer.output, &mut self.y)]);
        self.add();
    }

    fn feed_forward(&mut self, layer: &Layer) {
        self.norm(&layer.ffn_norm);
        let ffn = self.weights.spec.ffn;
        let (mut gate, mut up) = (vec![0.0; self.rows() * ffn], vec![0.0; self.rows() * ffn]);
        let mut products = [Product::new(&layer.gate, &mut gate), Product::new(&layer.up, &mut up)];
        multiply(self.crew, &self.acts, &mut products);
        self.acts.quantise(self.crew, self.places.len(), ffn, |r, out| {
            math::silu_times(&gate[r * ffn..(r + 1) * ffn], &up[r * ffn..(r + 1) * ffn], out);
        });
        multiply(self.crew, &self.acts, &mut [Product::new(&layer.down, &mut self.y)]);
        self.add();
    }

    fn logits(&mut self, into: &mut Vec<Vec<f32>>) -> Result<(), LmError> {
        let weights = self.weights;
        self.norm(&weights.norm);
        let vocabulary = weights.spec.vocabulary;
        let mut all = vec![0.0; self.rows() * vocabulary];
        let head = weights.head.as_ref().unwrap_or(&weights.embedding);
        multiply(self.crew, &self.acts, &mut [Product::new(head, &mut all)]);
        if all.iter().any(|logit| !logit.is_finite()) {
            return Err(LmError::NotFinite);
        }
        if self.rows() == 1 {
            into.push(all);
        } else {
            into.extend(all.chunks_exact(vocabulary).map(<[f32]>::to_vec));
        }
        Ok(())
    }
}

/// Cosine and sine of every row's angles (Su et al. 2021): position / stretch · base^(−2 i / dims) / factor.
fn turns(spec: &Spec, places: &[Place]) -> (Vec<f32>, Vec<f32>) {
    let rope = &spec.rope;
    let frequencies: Vec<f64> = (0..rope.dims / 2)
        .map(|i| {
            let factor = rope.factors.get(i).map_or(1.0, |f| f64::from(*f));
            rope.base.powf(-2.0 * i as f64 / rope.dims as f64) / factor / rope.stretch
        })
        .collect();
    let angles = || places.iter().flat_map(|place| frequencies.iter().map(|f| place.position as f64 * f));
    angles().map(|angle| (angle.cos() as f32, angle.sin() as f32)).unzip()
}
