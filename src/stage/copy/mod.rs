//! Product copy: channels, the prompt, the corpus the house model learned from, the language model.

pub mod channel;
pub mod chat;
pub mod corpus;
pub mod facts;
pub mod lm;
pub mod pointers;
pub mod prompt;
