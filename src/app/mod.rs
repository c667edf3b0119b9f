//! The pure core of the screen: what is shown, what can happen, and what follows.
//!
//! `update(model, message) -> effects` has no IO, no async and no clock: time comes in as a
//! message, work goes out as data. Everything a key can do is tested on this module alone.

pub mod action;
pub mod activity;
pub mod backups;
pub mod changes;
pub mod cursor;
pub mod details;
pub mod files;
pub mod form;
pub mod growth;
pub mod holders;
pub mod home;
pub mod jobs;
pub mod map;
pub mod message;
pub mod model;
pub mod monitor;
pub mod overlay;
pub mod question;
pub mod removal;
pub mod screen;
pub mod sizes;
pub mod update;
pub mod wanted;

#[cfg(test)]
mod tests;
