//! What went wrong in a job, kept untranslated so that it follows a change of language.

use super::text::{Lang, error};
use crate::stage::data::read::ReadError;
use crate::stage::data::sample::SampleError;
use crate::store::StoreError;

#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    Store(StoreError),
    Read(ReadError),
    Sample(String),
    /// A fault of the program.
    Panicked(String),
}

impl Failure {
    /// One or two sentences: what, where, how to mend.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Store(error) => error::store(lang, error),
            Self::Read(error) => error::read(lang, error),
            Self::Sample(what) => what.clone(),
            Self::Panicked(_) => super::text::common::unknown_fault(lang).to_owned(),
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

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<SampleError> for Failure {
    fn from(error: SampleError) -> Self {
        Self::Sample(error.to_string())
    }
}
