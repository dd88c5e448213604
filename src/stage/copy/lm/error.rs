//! What can go wrong with a model, its file, its prompt.

use crate::base::monitor::Cancelled;
use std::path::PathBuf;

/// Texts here are short and technical; `ui/text` has the words for people.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LmError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{path}: {what}")]
    File { path: PathBuf, what: String },
    /// The program was built before the house model was there.
    #[error("this build has no house model")]
    NoHouseModel,
    #[error("not a GGUF file")]
    NotGguf,
    #[error("GGUF version {0}; known are 2 and 3")]
    Version(u32),
    /// The header contradicts itself; `at` is the byte where it does.
    #[error("GGUF header, byte {at}: {what}")]
    Header { what: &'static str, at: u64 },
    /// The file ends within its header.
    #[error("the file ends within its header, after {size} bytes")]
    HeaderCut { size: u64 },
    /// The tensor table promises more than there is: a half download.
    #[error("incomplete: {missing} of {expected} bytes are missing")]
    Incomplete { missing: u64, expected: u64 },
    #[error("unknown architecture {0:?}")]
    Architecture(String),
    /// The architecture is known, this variant of it is not.
    #[error("{architecture}: {what} is not supported")]
    Variant { architecture: String, what: String },
    #[error("tensor {tensor}: unknown quantisation {kind}")]
    Quantisation { tensor: String, kind: String },
    #[error("metadata {key}: {what}")]
    Key { key: String, what: &'static str },
    #[error("tensor {0} is missing")]
    MissingTensor(String),
    #[error("tensor {tensor} has shape {found:?}, not {expected:?}")]
    Shape { tensor: String, expected: Vec<u64>, found: Vec<u64> },
    #[error("needs {need} bytes of memory, {free} are free")]
    Memory { need: u64, free: u64 },
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// The tokenizer's entries and the model's do not match.
    #[error("the tokenizer has {tokens} entries, the model {rows}")]
    Vocabulary { tokens: usize, rows: usize },
    #[error("chat template: {0}")]
    Template(String),
    #[error("the prompt is empty")]
    EmptyPrompt,
    /// Prompt and draft do not fit. Shorten the prompt by `over` tokens, or ask for a shorter draft.
    #[error("context of {context} tokens: prompt {prompt} + draft {draft} are {over} too many")]
    Context { context: usize, prompt: usize, draft: usize, over: usize },
    #[error("{field} must be {allowed}")]
    Setting { field: &'static str, allowed: &'static str },
    /// The model's output is no number.
    #[error("the model's output is not finite")]
    NotFinite,
    #[error("candle: {0}")]
    Candle(String),
}

impl From<candle_core::Error> for LmError {
    fn from(error: candle_core::Error) -> Self {
        Self::Candle(first_line(&error.to_string()))
    }
}

/// An error's first line; candle appends back traces.
pub fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}
