//! Floor 5: the front door for people. Context in, commands out; nothing here changes a project or starts a job.

pub mod action;
pub mod command;
pub mod context;
pub mod failure;
pub mod page;
pub mod raster;
pub mod shown;
pub mod text;
pub mod theme;
pub mod widget;

pub use action::Action;
pub use command::Command;
pub use context::PageContext;
pub use failure::Failure;
pub use page::{Page, Views};
