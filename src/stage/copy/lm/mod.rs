//! The local language model: any GGUF of seven families, read, checked, and made to write drafts.
//!
//! Come in by [`desk`]: `ModelKeeper::model(&source)` loads the house model or a file once and keeps it;
//! `desk::drafts(&model, &[Request], &monitor, on_text)` writes product copy with it, facts locked.
//!
//! Behind it, `load` checks a file and makes a [`load::Model`]; `generate` writes drafts with it, one or several
//! together; `lock` keeps unsupported facts out of them; `evaluate` judges how well a model writes, `bench` how
//! fast. `house` trains the model that ships with the program. Below: `engine` (weights and one pass of tokens),
//! `kernel` (the arithmetic, and all that is `unsafe` but for mapping a file in `file` and a
//! processor's control word in `house::denormals`), `gguf` (the header), `tokenizer`, `chat`.

pub mod bench;
pub mod cache;
pub mod chat;
pub mod desk;
#[cfg(test)]
mod desk_tests;
pub mod draft;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod family;
pub mod fields;
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
pub mod judge;
pub mod kernel;
pub mod known;
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
