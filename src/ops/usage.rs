//! Measuring volumes: directly where that is proven, else by asking the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::measure;
use crate::access::direct::Direct;
use crate::access::walk::{Progress, Walked};
use crate::domain::access::Way;
use crate::domain::inventory::Inventory;
use crate::domain::usage::{DiskUsage, Largest, Method, Usage};
use crate::domain::volume::Volume;
use crate::engine::{Engine, Error};

/// What was measured of one volume.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The sums.
    pub usage: Usage,
    /// Its largest files, where the way tells them.
    pub largest: Vec<Largest>,
}

/// By volume name: what was measured, or why nothing was.
pub type Outcome = BTreeMap<String, Result<Measured, String>>;

/// Measures the volumes at these positions; `forced` allows one way only.
///
/// # Errors
/// When the engine is asked and does not answer. What a single volume lacks is told beside it.
pub async fn measure_volumes(
    engine: &dyn Engine,
    inventory: &Inventory,
    wanted: &[usize],
    forced: Option<Way>,
) -> Result<Outcome, Error> {
    let volumes: Vec<&Volume> = wanted.iter().filter_map(|at| inventory.volumes.get(*at)).collect();
    let mut outcome = Outcome::new();
    let mut left = Vec::new();
    match Direct::prove(engine.info()).await {
        Ok(direct) => {
            let direct = Arc::new(direct);
            for volume in volumes {
                match directly(&direct, volume).await {
                    Ok(measured) => drop(outcome.insert(volume.name.clone(), Ok(measured))),
                    Err(why) => left.push((volume, why)),
                }
            }
        }
        Err(why) => left.extend(volumes.into_iter().map(|volume| (volume, why.to_string()))),
    }
    let answer = if left.is_empty() || forced.is_some() {
        DiskUsage::default()
    } else {
        measure::disk_usage(engine, || {}).await?
    };
    let at = Timestamp::now();
    for (volume, why) in left {
        let measured = match (forced, answer.of(volume)) {
            (Some(_), _) => Err(why),
            (None, Ok(bytes)) => Ok(Measured { usage: Usage::from_engine(bytes, at), largest: Vec::new() }),
            (None, Err(unknown)) => Err(format!("{why}; {}", unknown.reason())),
        };
        outcome.insert(volume.name.clone(), measured);
    }
    Ok(outcome)
}

async fn directly(direct: &Arc<Direct>, volume: &Volume) -> Result<Measured, String> {
    let (direct, volume) = (Arc::clone(direct), volume.clone());
    let walked = tokio::task::spawn_blocking(move || direct.measure(&volume, &Progress::default())).await;
    match walked {
        Ok(Ok(walked)) => Ok(measured(walked, Timestamp::now())),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn measured(walked: Walked, at: Timestamp) -> Measured {
    Measured {
        usage: Usage {
            apparent: Some(walked.apparent),
            allocated: Some(walked.allocated),
            files: Some(walked.files),
            dirs: Some(walked.dirs),
            newest_write: walked.newest_write,
            errors: Some(walked.errors),
            method: Method::Direct,
            measured_at: at,
        },
        largest: walked.largest,
    }
}
