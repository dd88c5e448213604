//! Small models: each thread takes whole drafts.
//!
//! One token of a model that fits the processor's cache is some hundred sections of a few microseconds; on many
//! machines telling another core of a section, and fetching what it wrote, costs as much as the section. So one draft
//! is computed on the caller's thread alone, and of several drafts each thread takes some from the embedding to the
//! logits and meets the others once a token. A row's result has the same bits either way (see `forward`).

use super::Weights;
use super::forward::{Feed, together};
use crate::base::monitor::Monitor;
use crate::stage::copy::lm::error::LmError;
use crate::stage::copy::lm::kernel::cache::Sequence;
use crate::stage::copy::lm::kernel::share::chunks_mut;
use crate::stage::copy::lm::kernel::team::Crew;

/// Weights up to this many bytes stay in the cache, so that every thread may read all of them.
const CACHED: usize = 24 << 20;
/// From this many rows on (a prompt) a section is worth sharing.
const FEW: usize = 8;

/// The logits of each feed's wanted rows.
type Logits = Result<Vec<Vec<f32>>, LmError>;

/// Computes `feeds` with as few meetings of the threads as suits the model.
pub fn forward_rows(
    crew: &Crew<'_>,
    weights: &Weights,
    sequences: &mut [Sequence],
    feeds: &[Feed<'_>],
    monitor: &Monitor,
) -> Logits {
    let rows: usize = feeds.iter().map(|feed| feed.tokens.len()).sum();
    if crew.threads() == 1 || weights.bytes() > CACHED {
        return together(crew, weights, sequences, feeds, monitor);
    }
    let in_order = feeds.windows(2).all(|two| two[0].sequence < two[1].sequence);
    let even = feeds.iter().all(|feed| feed.tokens.len() * feeds.len() <= 2 * rows);
    if feeds.len() > 1 && in_order && even {
        return apart(crew, weights, sequences, feeds, monitor);
    }
    if rows < FEW {
        together(&Crew::alone(), weights, sequences, feeds, monitor)
    } else {
        together(crew, weights, sequences, feeds, monitor)
    }
}

/// What one thread computes.
struct Share<'a> {
    sequences: &'a mut [Sequence],
    feeds: Vec<Feed<'a>>,
    logits: Logits,
}

/// Contiguous feeds, with the sequences they read, for each thread.
fn apart(
    crew: &Crew<'_>,
    weights: &Weights,
    sequences: &mut [Sequence],
    feeds: &[Feed<'_>],
    monitor: &Monitor,
) -> Logits {
    let many = feeds.len().div_ceil(crew.threads());
    let (mut rest, mut before) = (sequences, 0);
    let mut shares = Vec::with_capacity(crew.threads());
    for part in feeds.chunks(many) {
        let until = part.last().map_or(before, |feed| feed.sequence + 1);
        let (own, others) = rest.split_at_mut(until - before);
        let feeds = part.iter().map(|feed| Feed { sequence: feed.sequence - before, ..*feed }).collect();
        shares.push(Share { sequences: own, feeds, logits: Ok(Vec::new()) });
        (rest, before) = (others, until);
    }
    chunks_mut(crew, &mut shares, 1, |_, share| {
        for share in share {
            share.logits = together(&Crew::alone(), weights, share.sequences, &share.feeds, monitor);
        }
    });
    let mut logits = Vec::with_capacity(feeds.len());
    for share in shares {
        logits.append(&mut share.logits?);
    }
    Ok(logits)
}
