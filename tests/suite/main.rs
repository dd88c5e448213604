//! One test binary, a file a topic: linking everything once is enough.

mod architecture;
mod command_line;
mod copy;
mod crash;
mod history;
mod monkey;
mod predict;
mod project_file;
mod sources;
mod support;
mod window;
mod words;

#[cfg(feature = "snapshots")]
mod snapshots;
