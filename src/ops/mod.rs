//! One user verb, one file. Both faces, the screen and the scripts, call these.

pub mod browse;
pub mod doctor;
pub mod files;
pub mod free;
pub mod map;
pub mod measure;
pub mod metrics;
pub mod observe;
pub mod snapshot;
pub mod survey;
pub mod watching;
