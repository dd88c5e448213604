//! The local language model.

pub mod engine;
pub mod error;
pub mod family;
pub mod gguf;
pub mod kernel;
pub mod source;
