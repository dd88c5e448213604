//! Predict: who will buy, how much they will spend, and what drives it.
//!
//! A [`frame::Frame`] and a [`fit::PredictRecipe`] go in, a [`fit::PredictResult`] comes out: a leaderboard over
//! folds, always beside the naive baseline, and models fitted on all rows that can be stored and applied.

mod bins;
pub mod boost;
mod cart;
pub mod coefficient;
pub mod compare;
mod dcd;
pub mod drivers;
pub mod encode;
pub mod error;
pub mod events;
pub mod explain;
pub mod fit;
pub mod fit_check;
pub mod forest;
pub mod frame;
pub mod gd;
mod leaderboard;
mod leak;
pub mod linear;
pub mod logistic;
pub mod matrix;
pub mod model;
mod moments;
pub mod penalised;
mod qr;
pub mod report;
pub mod score;
mod shap;
mod smo;
pub mod split;
pub mod study;
pub mod survey;
pub mod svm;
pub mod sweep;
pub mod target;
#[cfg(test)]
mod testing;
pub mod tree;
mod walk;

pub use error::{Leak, PredictError, Reason, Result, SetAside, Warning};
pub use frame::{Column, ColumnKind, Frame, Values};
