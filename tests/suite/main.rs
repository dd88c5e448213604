//! One test binary, a file a topic: linking everything once is enough.

mod architecture;
mod bad_files;
mod command_line;
mod copy;
mod crash;
mod explore;
mod history;
mod model;
mod monkey;
mod predict;
mod project_file;
mod recommend;
mod segment;
mod shape;
mod sources;
mod support;
mod whole;
mod window;
mod words;

#[cfg(feature = "snapshots")]
mod snapshots;
