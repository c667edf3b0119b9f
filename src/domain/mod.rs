//! Pure rules and nouns of the volume world.
//!
//! Nothing here reads a clock, touches a file, speaks to an engine or knows a
//! terminal: every function is a fact about its arguments.

pub mod access;
pub mod age;
pub mod backing;
pub mod change;
pub mod column;
pub mod container;
pub mod creation;
pub mod decode;
pub mod engine;
pub mod entry;
pub mod event;
pub mod exclude;
pub mod files_news;
pub mod filter;
pub mod growth;
pub mod inventory;
pub mod job;
pub mod keep;
pub mod layer;
pub mod lifecycle;
pub mod live;
pub mod map;
pub mod mount;
pub mod place;
pub mod product;
pub mod protection;
pub mod provenance;
pub mod prune;
pub mod query;
pub mod remote;
pub mod removal;
pub mod secret;
pub mod shell;
pub mod size;
pub mod sort;
pub mod status;
pub mod text;
pub mod threshold;
pub mod trouble;
pub mod usage;
pub mod volume;
