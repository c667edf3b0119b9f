//! The ways into one volume's content.
//!
//! So far: which ways are open on an engine, the image that a helper runs from, and what runs in
//! a helper.

pub mod agent;
pub mod direct;
pub mod image;
pub mod walk;
pub mod ways;
