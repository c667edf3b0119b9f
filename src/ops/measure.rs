//! Asking the engine for its disk usage, and waiting for one's turn.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::usage::DiskUsage;
use crate::engine::{Engine, Error};

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Up to half a second, different for each asker: those who wait in step collide for ever.
fn jitter() -> Duration {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    Duration::from_micros(u64::from(nanos / 1000 % 500_000))
}

/// Asks until the engine answers: Docker 20.10 refuses while it computes for somebody else.
///
/// `on_wait` is called each time it has to wait. Nothing but dropping the future ends it early.
///
/// # Errors
/// Whatever the engine says but "busy".
pub async fn disk_usage(engine: &dyn Engine, mut on_wait: impl FnMut()) -> Result<DiskUsage, Error> {
    let mut wait = FIRST_WAIT;
    loop {
        match engine.disk_usage().await {
            Err(Error::Busy) => {
                on_wait();
                tokio::time::sleep(wait + jitter()).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            other => return other,
        }
    }
}
