//! Models of Llama's shape (llama, qwen2, qwen3) on our own kernels.

mod forward;
pub mod weights;

pub use forward::{Feed, Wanted, forward};
pub use weights::Weights;
