//! The file system that the engine's volumes lie on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How full it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backing {
    /// Its size in bytes.
    #[serde(rename = "total_bytes")]
    pub total: u64,
    /// What may still be written, in bytes; what is kept for root is not counted, as in `df`.
    #[serde(rename = "available_bytes")]
    pub available: u64,
    /// When that was seen.
    #[serde(rename = "measured_at")]
    pub at: Timestamp,
}
