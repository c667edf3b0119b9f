//! volx: a terminal volume explorer for Docker and Podman.
//!
//! An arrow means "may be imported by"; `tests/architecture.rs` holds them:
//!
//! ```text
//! domain  -> engine, pax, vault, history, app
//! pax -> vault          engine, vault -> access
//! access, history, engine -> ops
//! app     -> config -> ui
//! ops, config, app -> cli, runtime        ui -> runtime        cli, runtime -> main
//! ```
//!
//! The arrows are transitive; nothing runs back. `domain` and `app` are pure: no IO, no async, no
//! clock, no terminal. bollard is seen in `engine` alone, widgets in `ui` alone.

pub mod access;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod history;
pub mod ops;
pub mod pax;
pub mod runtime;
pub mod ui;
pub mod vault;
