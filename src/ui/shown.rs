//! Loaded data that pages draw from: decoded rows, figures, results of runs, the selection. Filled by the app, read
//! by pages, and never part of the project.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use polars::prelude::DataFrame;

use crate::base::Fingerprint;
use crate::project::RunId;
use crate::stage::copy::lm::desk::ModelSource;
use crate::stage::copy::lm::load::Card;
use crate::stage::data::overview::Overview;
use crate::stage::data::read::{ReadSummary, Sniffed};
use crate::store::models::Shelved;

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

/// Customers chosen on one page and shown on every other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Where it came from, in the user's words: a segment's name, "drawn on the map".
    pub label: String,
    pub customers: BTreeSet<String>,
}

/// A typed result kept for drawing.
pub type AnyResult = Arc<dyn Any + Send + Sync>;

/// A file on its way in: looked at, then read.
#[derive(Debug, Clone, PartialEq)]
pub enum Importing {
    /// What a first look found; the recipe is the user's to change.
    Looked {
        path: PathBuf,
        sniffed: Arc<Sniffed>,
        /// A file of this shape was imported before and is read as that one was.
        remembered: bool,
    },
    /// Read: what was kept and what was set aside.
    Done { summary: Arc<ReadSummary> },
}

/// A model file on its way onto the shelf: what it is, before it is added.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelOffer {
    pub path: PathBuf,
    pub card: Card,
    /// A folder can only be used where it is.
    pub is_folder: bool,
    /// Memory free when it was looked at, in bytes.
    pub free: u64,
}

/// The shelf of language models as it was last read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelsShown {
    pub shelf: Option<Arc<Vec<Shelved>>>,
    pub offer: Option<Arc<ModelOffer>>,
    /// Which model is in memory, and how many bytes it takes.
    pub loaded: Option<(ModelSource, u64)>,
}

#[derive(Default)]
pub struct Shown {
    pub importing: Option<Importing>,
    pub rows: RowCache,
    /// With the fingerprint of the tables it was made from.
    pub overview: Option<(Fingerprint, Arc<Overview>)>,
    pub copy: super::page::copy::CopyShown,
    pub selection: Option<Arc<Selection>>,
    pub models: ModelsShown,
    /// Results of runs, loaded when first looked at.
    results: HashMap<RunId, AnyResult>,
    /// Other things that pages need and jobs made, by a name that the page chooses.
    extras: HashMap<&'static str, (Fingerprint, AnyResult)>,
}

impl Shown {
    /// The result of a run, if it is loaded and of this type.
    pub fn result<T: Any + Send + Sync>(&self, run: RunId) -> Option<&T> {
        self.results.get(&run)?.downcast_ref()
    }

    /// The same, to be held on to by a job.
    pub fn shared<T: Any + Send + Sync>(&self, run: RunId) -> Option<Arc<T>> {
        self.results.get(&run)?.clone().downcast().ok()
    }

    pub fn forget_result(&mut self, run: RunId) {
        self.results.remove(&run);
    }

    pub fn put_result(&mut self, run: RunId, result: AnyResult) {
        self.results.insert(run, result);
    }

    /// Something made by a job, if it is there and was made for this `key` (a fingerprint of what it depends on).
    pub fn extra<T: Any + Send + Sync>(&self, name: &'static str, key: Fingerprint) -> Option<&T> {
        let (made_for, value) = self.extras.get(name)?;
        (*made_for == key).then(|| value.downcast_ref()).flatten()
    }

    /// The same, to be taken along into a job.
    pub fn shared_extra<T: Any + Send + Sync>(&self, name: &'static str, key: Fingerprint) -> Option<Arc<T>> {
        let (made_for, value) = self.extras.get(name)?;
        (*made_for == key).then(|| value.clone().downcast().ok()).flatten()
    }

    /// The same, even if what it depends on has changed since: the old value stays while the new one is made.
    pub fn stale_extra<T: Any + Send + Sync>(&self, name: &'static str) -> Option<&T> {
        self.extras.get(name)?.1.downcast_ref()
    }

    /// The same, to be taken along into a job.
    pub fn shared_stale_extra<T: Any + Send + Sync>(&self, name: &'static str) -> Option<Arc<T>> {
        self.extras.get(name)?.1.clone().downcast().ok()
    }

    pub fn put_extra(&mut self, name: &'static str, key: Fingerprint, value: AnyResult) {
        self.extras.insert(name, (key, value));
    }
}
