//! What went wrong in a job, kept untranslated so that it follows a change of language.

use std::fmt::Debug;
use std::sync::Arc;

use super::text::{Lang, common, error};
use crate::base::Cancelled;
use crate::store::StoreError;

/// An error that can be told in both languages. Stages' errors hold no text; their words are in `ui/text`.
pub trait Worded: Debug + Send + Sync {
    /// One or two sentences: what, where, how to mend.
    fn text(&self, lang: Lang) -> String;
}

#[derive(Debug, Clone)]
pub enum Failure {
    Store(StoreError),
    Stage(Arc<dyn Worded>),
    /// A fault of the program: message and place.
    Panicked(String),
}

impl Failure {
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Store(error) => error::store(lang, error),
            Self::Stage(error) => error.text(lang),
            Self::Panicked(_) => common::unknown_fault(lang).to_owned(),
        }
    }

    /// For whoever mends the program.
    pub fn details(&self) -> Option<&str> {
        match self {
            Self::Panicked(text) => Some(text),
            _ => None,
        }
    }
}

/// Words made when they are said, in the language of that moment.
pub type Say = Box<dyn FnOnce(Lang) -> String + Send>;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<E: Worded + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Stage(Arc::new(error))
    }
}

/// Shown to nobody: jobs tell a cancelled run from a failed one by their monitor.
impl Worded for Cancelled {
    fn text(&self, lang: Lang) -> String {
        common::cancel(lang).to_owned()
    }
}
