//! Prompts read lately, so that a beginning that two prompts share is computed once.

use super::kernel::cache::Sequence;
use std::collections::VecDeque;

/// Prompts kept.
const KEPT: usize = 4;

#[derive(Default)]
pub struct Remembered {
    prompts: VecDeque<(Vec<u32>, Sequence)>,
}

impl Remembered {
    /// A sequence that has read the longest known beginning of `tokens`, but not its last token (whose output
    /// is needed); nothing when no beginning is known.
    pub fn beginning(&self, tokens: &[u32]) -> Option<Sequence> {
        let common = |known: &[u32]| known.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        let (known, sequence) = self.prompts.iter().max_by_key(|(known, _)| common(known))?;
        let shared = common(known).min(tokens.len().saturating_sub(1));
        if shared == 0 {
            return None;
        }
        let mut sequence = sequence.clone();
        sequence.truncate(shared);
        Some(sequence)
    }

    /// Keeps `sequence`, which has read `tokens`. Beginnings of it are dropped.
    pub fn keep(&mut self, tokens: &[u32], sequence: &Sequence) {
        self.prompts.retain(|(known, _)| !tokens.starts_with(known));
        self.prompts.push_back((tokens.to_vec(), sequence.clone()));
        while self.prompts.len() > KEPT {
            self.prompts.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::cache::Shape;
    use super::*;

    #[test]
    fn the_longest_shared_beginning_is_found() {
        let shape = Shape { layers: 1, heads: 1, dim: 16, traces: 0, width: 0 };
        let read = |count: usize| {
            let mut sequence = Sequence::new(shape);
            sequence.reserve(count);
            sequence.advance(count);
            sequence
        };
        let mut remembered = Remembered::default();
        assert!(remembered.beginning(&[1, 2]).is_none());
        remembered.keep(&[1, 2, 3], &read(3));
        remembered.keep(&[1, 2, 9, 9], &read(4));
        assert_eq!(remembered.beginning(&[1, 2, 9, 4]).map(|s| s.len()), Some(3));
        assert_eq!(remembered.beginning(&[1, 2, 3]).map(|s| s.len()), Some(2));
        assert!(remembered.beginning(&[7]).is_none());
        remembered.keep(&[1, 2, 3, 4], &read(4));
        assert_eq!(remembered.prompts.len(), 2);
        for i in 10..20 {
            remembered.keep(&[i], &read(1));
        }
        assert_eq!(remembered.prompts.len(), KEPT);
    }
}
