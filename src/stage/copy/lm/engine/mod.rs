//! Models on our own kernels: their weights, and one pass of tokens through them.

mod apart;
mod forward;
pub mod weights;

pub use forward::{Feed, Wanted, forward};
pub use weights::Weights;
