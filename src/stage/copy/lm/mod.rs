//! The local language model.

pub mod kernel;
