//! The house model: tokenizer, network, training, GGUF writer.

mod attention;
pub mod checkpoint;
mod denormals;
pub mod gguf;
pub mod linear;
pub mod net;
pub mod ops;
pub mod optimizer;
pub mod rows;
pub mod tokenizer;
pub mod train;
pub mod tune;
pub mod write_text;

use std::path::PathBuf;

use crate::base::monitor::Cancelled;
use crate::stage::copy::corpus::CorpusError;

#[derive(Debug, thiserror::Error)]
pub enum LmError {
    #[error("cancelled")]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path}: {what}")]
    File { path: PathBuf, what: String },
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    #[error("recipe: {0}")]
    Recipe(&'static str),
    #[error("network: {0}")]
    Net(#[from] candle_core::Error),
    #[error("{found} texts, at least {least} are needed")]
    TooFewTexts { found: usize, least: usize },
    #[error("the loss is not a number at step {step}")]
    Diverged { step: u64 },
}

impl LmError {
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
