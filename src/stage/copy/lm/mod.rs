//! The local language model.

pub mod engine;
pub mod error;
pub mod family;
#[cfg(test)]
pub(crate) mod fixture;
pub mod gguf;
pub mod house;
pub mod kernel;
#[cfg(test)]
pub(crate) mod reference;
pub mod source;
pub mod tokenizer;
pub mod vocabulary;
