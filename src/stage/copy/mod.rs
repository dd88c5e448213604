//! Product copy.

pub mod lm;
