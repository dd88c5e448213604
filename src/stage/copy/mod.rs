//! Product copy.

pub mod facts;
pub mod lm;
