//! The ways into one volume's content.
//!
//! `content` says what every way gives and `open` chooses one; `direct`, `helper` and `archive` are
//! the ways, `demo` the one into made-up content, `backup` the one into a backup. `tree` does the work
//! on files that are reached, `walk` measures them; `image` and `agent` are what a helper container is
//! made of.

pub mod agent;
pub mod archive;
pub mod backing;
pub mod backup;
pub mod content;
pub mod demo;
pub mod direct;
pub mod direct_content;
pub mod facts;
pub mod helper;
pub mod image;
pub mod keep;
pub mod open;
pub mod order;
pub mod restream;
pub mod same_file;
pub mod sources;
pub mod tape;
pub mod together;
pub mod tree;
pub mod walk;
pub mod ways;
