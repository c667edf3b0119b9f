//! The ways into one volume's content.
//!
//! `content` says what every way gives; `direct`, `helper` and `archive` are the ways, `walk` the
//! measuring walk, `image` and `agent` what a helper container is made of.

pub mod agent;
pub mod backing;
pub mod content;
pub mod direct;
pub mod helper;
pub mod image;
pub mod walk;
pub mod ways;
