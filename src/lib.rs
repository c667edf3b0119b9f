//! volx, a terminal volume explorer for Docker.
pub mod domain;
pub mod engine;
pub mod history;
