//! Data: what the shop's customers did, read, checked, described and turned into features.

pub mod features;
pub mod kind;
pub mod sample;

pub use kind::{Role, TableKind};
