//! Floor 0: what every other floor may use. Nothing here knows of shops or marketing.

pub mod fingerprint;
pub mod monitor;
pub mod time;

pub use fingerprint::Fingerprint;
pub use monitor::{Cancelled, Monitor, Step};
