//! What engines answer: the recorded answers of eight of them, and engines that misbehave.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test that meets what it does not expect must fail loudly"
)]

mod bounds;
mod fixtures;
mod happenings;
mod layers;
mod leftovers;
mod losing;
mod odd;
mod reach;
mod read_only;
mod recorded;
mod refusing;
mod removing;
mod server;
mod usage;
mod watching;
