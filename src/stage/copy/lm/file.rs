//! A model's bytes: a mapped file, or bytes inside the program.
#![allow(unsafe_code)]

use super::error::LmError;
use crate::base::monitor::{Monitor, Step};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A whole file as a slice. Mapped into memory while it is read, so that weights are copied once, from the
/// system's cache into their place; read into memory where mapping fails.
pub enum Bytes {
    Mapped(memmap2::Mmap),
    Held(Vec<u8>),
}

impl Bytes {
    pub fn open(path: &Path) -> Result<Self, LmError> {
        let failed = |error: std::io::Error| LmError::File { path: path.into(), what: error.to_string() };
        let mut file = File::open(path).map_err(failed)?;
        let facts = file.metadata().map_err(failed)?;
        if !facts.is_file() {
            return Err(LmError::File { path: path.into(), what: "not a file".into() });
        }
        if facts.len() == 0 {
            return Ok(Self::Held(Vec::new()));
        }
        // SAFETY: the mapping is read-only and lives only while a model is being loaded. Who cuts the file
        // short in that moment gets a bus error, as with every mapped file.
        match unsafe { memmap2::Mmap::map(&file) } {
            Ok(map) => Ok(Self::Mapped(map)),
            Err(_) => {
                let mut held = Vec::new();
                file.read_to_end(&mut held).map_err(failed)?;
                Ok(Self::Held(held))
            }
        }
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Held(held) => held,
        }
    }
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn sha256(path: &Path, monitor: &Monitor) -> Result<String, LmError> {
    let failed = |error: std::io::Error| LmError::File { path: path.into(), what: error.to_string() };
    let mut file = File::open(path).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let (mut hash, mut buffer, mut done) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        monitor.check()?;
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..read]);
        done += read as u64;
        monitor.report(Step::Checking, done, total);
    }
}
