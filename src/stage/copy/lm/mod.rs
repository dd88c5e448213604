//! The local language model: any GGUF of seven families, read, checked, and made to write drafts.
//!
//! `load` checks a file and makes a [`load::Model`]; `generate` writes drafts with it, one or several
//! together; `lock` keeps unsupported facts out of them. Below: `engine` (weights and one pass of tokens),
//! `kernel` (the arithmetic, where everything `unsafe` is), `gguf` (the header), `tokenizer`, `chat`.

pub mod bench;
pub mod cache;
pub mod chat;
pub mod draft;
pub mod engine;
pub mod error;
pub mod family;
pub mod file;
#[cfg(test)]
pub(crate) mod fixture;
pub mod folder;
#[cfg(test)]
mod folder_tests;
pub mod generate;
#[cfg(test)]
mod generate_tests;
pub mod gguf;
pub mod house;
pub mod kernel;
pub mod load;
#[cfg(test)]
mod load_tests;
pub mod lock;
#[cfg(test)]
pub(crate) mod reference;
pub mod sampling;
pub mod source;
pub mod tokenizer;
pub mod vocabulary;
pub mod watch;
