//! Keys and values of what a sequence has read so far, in pages that sequences share.
//!
//! Drafts made from one prompt share its pages; a sequence that goes on writing in a shared page gets its
//! own copy first. Numbers are 16-bit floats.

use half::f16;
use half::vec::HalfBitsVecExt;
use std::sync::Arc;

/// Positions in a page.
pub const PAGE: usize = 64;
/// What a cache must hold: keys and values of `layers` × `heads` (key-value heads) × `dim` (head width, a
/// multiple of 16), and for each of `traces` convolution layers `width` numbers a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub layers: usize,
    pub heads: usize,
    pub dim: usize,
    pub traces: usize,
    pub width: usize,
}

impl Shape {
    /// Numbers in the keys (or the values) of one head in one page.
    pub fn head_len(&self) -> usize {
        PAGE * self.dim
    }

    fn page_len(&self) -> usize {
        self.layers * 2 * self.heads * self.head_len() + self.traces * PAGE * self.width
    }

    /// Where in a page the trace of convolution `trace` at `position` begins.
    pub fn trace_at(&self, trace: usize, position: usize) -> usize {
        self.layers * 2 * self.heads * self.head_len() + (trace * PAGE + position % PAGE) * self.width
    }

    /// Bytes a sequence of `positions` takes.
    pub fn bytes(&self, positions: usize) -> usize {
        positions.div_ceil(PAGE).saturating_mul(self.page_len()).saturating_mul(size_of::<f16>())
    }

    /// Where in a page the keys of `head` in `layer` begin; the values of all heads follow all keys.
    pub fn keys_at(&self, layer: usize, head: usize) -> usize {
        (layer * 2 * self.heads + head) * self.head_len()
    }

    pub fn values_at(&self, layer: usize, head: usize) -> usize {
        ((layer * 2 + 1) * self.heads + head) * self.head_len()
    }

    /// Place of component `c` of the key at `position`, within the head's keys of its page: all positions
    /// side by side for each component.
    pub fn key_place(&self, position: usize, c: usize) -> usize {
        c * PAGE + position % PAGE
    }

    /// Place of the first component of the value at `position`, within the head's values of its page.
    pub fn value_place(&self, position: usize) -> usize {
        position % PAGE * self.dim
    }
}

/// The positions read so far, of one sequence. Cloning shares the pages.
#[derive(Clone)]
pub struct Sequence {
    shape: Shape,
    pages: Vec<Arc<Vec<f16>>>,
    len: usize,
}

impl Sequence {
    pub fn new(shape: Shape) -> Self {
        Self { shape, pages: Vec::new(), len: 0 }
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Positions read.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all positions from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.pages.truncate(self.len.div_ceil(PAGE));
    }

    /// Page number `page`.
    pub fn page(&self, page: usize) -> &[f16] {
        &self.pages[page]
    }

    /// Makes room for `more` positions: the pages they fall in exist and belong to this sequence alone.
    pub fn reserve(&mut self, more: usize) {
        if more == 0 {
            return;
        }
        let last = (self.len + more - 1) / PAGE;
        while self.pages.len() <= last {
            // Zeroed by the system: f16 zeros would be written one by one.
            self.pages.push(Arc::new(vec![0_u16; self.shape.page_len()].reinterpret_into()));
        }
        for page in &mut self.pages[self.len / PAGE..] {
            Arc::make_mut(page);
        }
    }

    /// The pages from the one that position `self.len()` falls in, for writing; with the first one's number.
    pub fn writable(&mut self) -> (usize, Vec<&mut [f16]>) {
        let first = self.len / PAGE;
        let pages = self.pages.iter_mut().skip(first).map(|page| Arc::make_mut(page).as_mut_slice()).collect();
        (first, pages)
    }

    /// Counts `more` positions, whose keys and values have been written in every layer, as read.
    pub fn advance(&mut self, more: usize) {
        self.len = (self.len + more).min(self.pages.len() * PAGE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_pages_are_copied_on_write_and_truncated_ones_dropped() {
        let shape = Shape { layers: 2, heads: 3, dim: 16, traces: 0, width: 0 };
        let mut a = Sequence::new(shape);
        a.reserve(100);
        a.writable().1[1][7] = f16::ONE;
        a.advance(100);
        let mut b = a.clone();
        b.reserve(1);
        b.writable().1[0][7] = f16::NEG_ONE;
        assert_eq!((a.page(1)[7], b.page(1)[7]), (f16::ONE, f16::NEG_ONE));
        assert!(Arc::ptr_eq(&a.pages[0], &b.pages[0]) && !Arc::ptr_eq(&a.pages[1], &b.pages[1]));
        b.truncate(64);
        assert_eq!((b.len(), b.pages.len()), (64, 1));
        assert_eq!(shape.bytes(65), 2 * 2 * 2 * 3 * 64 * 16 * 2);
    }

    #[test]
    fn no_two_numbers_share_a_place() {
        let shape = Shape { layers: 2, heads: 2, dim: 32, traces: 0, width: 0 };
        let mut seen = vec![false; shape.page_len()];
        for layer in 0..2 {
            for head in 0..2 {
                for position in 0..PAGE {
                    for c in 0..32 {
                        for place in [
                            shape.keys_at(layer, head) + shape.key_place(position, c),
                            shape.values_at(layer, head) + shape.value_place(position) + c,
                        ] {
                            assert!(!std::mem::replace(&mut seen[place], true));
                        }
                    }
                }
            }
        }
        assert!(seen.iter().all(|s| *s));
    }
}
