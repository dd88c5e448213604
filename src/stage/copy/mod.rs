//! Product copy: channels, the prompt, the corpus the house model learned from, the language model.

pub mod batch;
pub mod brief;
pub mod channel;
pub mod chat;
pub mod check;
pub mod corpus;
pub mod facts;
pub mod lm;
pub mod pointers;
pub mod prompt;
pub mod version;
