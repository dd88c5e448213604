//! Data: what the shop's customers did, read, checked, described and turned into features.

pub mod cell;
pub mod clean;
pub mod explore;
pub mod features;
pub mod kind;
pub mod overview;
pub mod profile;
pub mod read;
pub mod sample;
pub mod schema;

pub use kind::{Role, TableKind};
