//! Loaded data that pages draw from: decoded rows and figures. Filled by the app, read by pages.

use std::sync::Arc;

use polars::prelude::DataFrame;

use crate::base::Fingerprint;
use crate::stage::data::overview::Overview;

/// The chunks of rows seen last, newest at the end.
#[derive(Default)]
pub struct RowCache {
    chunks: Vec<(Fingerprint, Arc<DataFrame>)>,
}

/// Enough that scrolling back and forth over a chunk's edge decodes nothing again.
const CHUNKS_KEPT: usize = 6;

impl RowCache {
    pub fn get(&self, chunk: Fingerprint) -> Option<&Arc<DataFrame>> {
        self.chunks.iter().find(|(key, _)| *key == chunk).map(|(_, frame)| frame)
    }

    pub fn put(&mut self, chunk: Fingerprint, frame: Arc<DataFrame>) {
        self.chunks.retain(|(key, _)| *key != chunk);
        self.chunks.push((chunk, frame));
        if self.chunks.len() > CHUNKS_KEPT {
            self.chunks.remove(0);
        }
    }
}

#[derive(Default)]
pub struct Shown {
    pub rows: RowCache,
    /// With the fingerprint of the tables it was made from.
    pub overview: Option<(Fingerprint, Arc<Overview>)>,
}
