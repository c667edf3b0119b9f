//! volx, a terminal volume explorer for Docker.
pub mod access;
pub mod app;
pub mod config;
pub mod domain;
pub mod engine;
pub mod history;
pub mod ops;
