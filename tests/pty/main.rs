//! The real binary in a pseudo-terminal: what a person sees, types, and is left with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    missing_docs,
    unreachable_pub,
    reason = "a test that meets what it does not expect must fail loudly"
)]

mod asking;
mod blind;
mod engines;
#[path = "../answers/fixtures.rs"]
#[allow(dead_code, reason = "the other test crate uses the rest")]
mod fixtures;
mod leaving;
mod looks;
mod offline;
mod picture;
mod scripts;
mod seat;
#[path = "../answers/server.rs"]
#[allow(dead_code, reason = "the other test crate uses the rest")]
mod server;
mod usage;
mod using;
mod watching;
