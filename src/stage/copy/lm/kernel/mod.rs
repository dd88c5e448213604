//! The arithmetic of decoding: quantised matrix products, attention, and a team of threads.
//!
//! What is `unsafe` in decoding is in this folder: reading slices through SIMD registers,
//! and threads that write to disjoint parts of one slice. What it offers outside is safe to call.

// Lanes of a register and rows of a block are counted together; an iterator would hide which is which.
#![allow(clippy::needless_range_loop)]

pub mod acts;
pub mod attention;
#[cfg(target_arch = "x86_64")]
mod attention512;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod bf16;
pub mod cache;
pub mod format;
pub mod math;
pub mod pack;
mod portable;
pub mod product;
pub mod share;
pub mod small;
pub mod team;

use std::sync::OnceLock;

/// Which instructions the products use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Level {
    /// Best first.
    pub fn all_available() -> Vec<Self> {
        let mut levels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if avx512::available() {
                levels.push(Self::Avx512);
            }
            if avx2::available() {
                levels.push(Self::Avx2);
            }
        }
        levels.push(Self::Portable);
        levels
    }
}

/// The best level this processor has.
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| Level::all_available()[0])
}
