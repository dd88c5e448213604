//! Shopwright: a desktop workbench for shop marketers.
//!
//! ```text
//! data → segment → predict → recommend → copy → campaign
//!   ↑       voice (what customers say) ───┘        │
//!   └──────────────── feedback ────────────────────┘
//! ```
//!
//! Each word is a *stage*: a typed recipe, inputs (other stages' results) and runs (recipe + fingerprint of
//! the inputs + result, immutable once made). When an input changes, later runs stay and are out of date.
//!
//! The floors; imports go down only (`tests/suite/architecture.rs` holds them to it):
//!
//! ```text
//! base      0  knows nothing of marketing: monitor (progress + cancel), fingerprint, time
//! stage     1  plain functions: typed recipe in, typed result out
//! project   2  the open document: decisions and runs; changed only by apply(Edit), which returns the inverse
//! store     3  the project file (SQLite), settings, exports
//! jobs      4  worker threads: start, progress, cancel, one slot a stage; the one writer
//! cli       5  front door for scripts: a verb a stage, JSON out
//! ui        5  front door for people: action, command, theme/, text/, widget/, page/
//! app       6  owns it all: logic (drain events, run commands, never draws), shell (draws, never decides)
//! ```
//!
//! Where does my line go? A number → `stage`. What the user decided → `project`. A row in a file → `store`.
//! Waiting → `jobs`. A pixel → `ui`. Words on the screen → `ui/text`. Who calls whom → `app`.
//!
//! Deliberately absent: any network connection, any C library to install, a Save button.

pub mod app;
pub mod base;
pub mod cli;
pub mod jobs;
pub mod project;
pub mod stage;
pub mod store;
pub mod ui;
