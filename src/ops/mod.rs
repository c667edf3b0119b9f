//! One user verb, one file. Both faces, the screen and the scripts, call these.

pub mod audit;
pub mod browse;
pub mod create;
pub mod doctor;
pub mod files;
pub mod free;
pub mod lifecycle;
pub mod map;
pub mod measure;
pub mod metrics;
pub mod observe;
pub mod protect;
pub mod protection;
pub mod remove;
pub mod right;
pub mod snapshot;
pub mod survey;
mod watched;
pub mod watching;
