//! One user verb, one file. Both faces, the screen and the scripts, call these.

pub mod audit;
pub mod backup;
pub mod backups;
pub mod browse;
pub mod create;
pub mod doctor;
pub mod files;
pub mod free;
mod held;
pub mod hold;
pub mod lifecycle;
pub mod map;
pub mod measure;
pub mod metrics;
pub mod observe;
pub mod protect;
pub mod protection;
pub mod remove;
pub mod restore;
pub mod right;
pub mod snapshot;
pub mod survey;
pub mod verify;
pub mod watching;
pub mod work;
