//! Floor 3: the project file, the settings file, exports. Rows in, rows out; no decisions.

pub mod audiences;
pub mod blob;
pub mod catalogue;
pub mod copydesk;
pub mod copyfile;
pub mod error;
pub mod export;
pub mod feature_run;
pub mod file;
pub mod groups;
pub mod ingest;
pub mod lock;
pub mod models;
pub mod recommend;
pub mod schema;
pub mod segments;
pub mod settings;
pub mod shape;
pub mod sources;
pub mod study;

pub use error::StoreError;
pub use file::{Access, Opened, Store};

/// The ending of project files, without the dot.
pub const EXTENSION: &str = "shopwright";
