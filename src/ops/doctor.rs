//! What volx finds here: which engine and why, what it can do, and what each way in can do.

use serde::Serialize;

use crate::access::{helper, ways};
use crate::domain::access::WayReport;
use crate::domain::engine::EngineInfo;
use crate::engine::connect::{Target, candidates, connect};
use crate::engine::context;
use crate::engine::environment::VARIABLES;

/// Everything a person or a bug report needs.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The variables that choose an engine, as set.
    pub environment: Vec<(String, String)>,
    /// The Docker contexts that there are, with their addresses.
    pub contexts: Vec<(String, String)>,
    /// The places that are tried, in order, and what chose them; or why there are none.
    pub candidates: Vec<String>,
    /// The engine that answered.
    pub engine: Option<EngineReport>,
    /// Why none did.
    pub trouble: Option<TroubleReport>,
    /// The ways into a volume.
    pub access: Vec<WayReport>,
    /// How many helper containers dead volx left; the next measuring removes them.
    pub leftovers: Option<usize>,
    /// How many volumes and containers it listed, or why it did not.
    pub listing: Option<Listing>,
}

/// An engine, for scripts.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the engine")]
#[expect(missing_docs, reason = "the names say what they are; they are the JSON keys")]
pub struct EngineReport {
    pub product: &'static str,
    pub version: String,
    pub address: String,
    pub context: Option<String>,
    pub chosen_by: String,
    pub host_name: String,
    pub root_dir: Option<String>,
    pub api: String,
    pub api_min: String,
    pub api_max: String,
    pub os: String,
    pub arch: String,
    pub is_swarm_manager: bool,
    pub read_only: bool,
    pub df_by_type: bool,
    pub df_shared: bool,
    pub labels_anonymous: bool,
}

/// A failure, for scripts.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names say what they are; they are the JSON keys")]
pub struct TroubleReport {
    pub cause: String,
    pub remedy: Option<String>,
    pub tried: Vec<String>,
}

/// What a listing found.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the names say what they are; they are the JSON keys")]
pub struct Listing {
    pub volumes: Option<usize>,
    pub containers: Option<usize>,
    pub warnings: Vec<String>,
    pub error: Option<String>,
}

/// Looks around. Changes nothing anywhere.
pub async fn examine(target: &Target) -> Report {
    let environment = &target.environment;
    let set =
        VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), environment.get(name)?.to_owned())));
    let contexts = environment.docker_config_dir().map(|dir| context::list(&dir)).unwrap_or_default();
    let mut report = Report {
        environment: set.collect(),
        contexts: contexts.into_iter().map(|c| (c.name, c.host)).collect(),
        candidates: Vec::new(),
        engine: None,
        trouble: None,
        access: Vec::new(),
        leftovers: None,
        listing: None,
    };
    if !target.choice.is_demo {
        match candidates(target) {
            Ok(list) => {
                report.candidates = list
                    .iter()
                    .map(|c| {
                        let absent = if c.address.may_exist() { "" } else { ", not there" };
                        format!("{} ({}{absent})", c.address, c.chosen_by)
                    })
                    .collect();
            }
            Err(error) => report.candidates = vec![error.to_string()],
        }
    }
    match connect(target).await {
        Ok(engine) => {
            report.access = ways::report(engine.info()).await;
            report.engine = Some(describe(engine.info()));
            // Where nothing may be changed nobody looks for what would be removed.
            let left = helper::leftovers(&engine).await.ok().map(|left| left.len());
            report.leftovers = left.filter(|_| !engine.info().is_read_only);
            report.listing = Some(match engine.list().await {
                Ok(inventory) => Listing {
                    volumes: Some(inventory.volumes.len()),
                    containers: Some(inventory.containers.len()),
                    warnings: inventory.warnings,
                    error: None,
                },
                Err(error) => Listing {
                    volumes: None,
                    containers: None,
                    warnings: Vec::new(),
                    error: Some(error.to_string()),
                },
            });
        }
        Err(unreached) => {
            report.trouble = Some(TroubleReport {
                cause: unreached.error.to_string(),
                remedy: unreached.error.remedy(),
                tried: unreached.tried,
            });
        }
    }
    report
}

fn describe(info: &EngineInfo) -> EngineReport {
    let can = &info.capabilities;
    EngineReport {
        product: can.product.name(),
        version: can.version.clone(),
        address: info.address.clone(),
        context: info.context.clone(),
        chosen_by: info.chosen_by.clone(),
        host_name: info.name.clone(),
        root_dir: info.root_dir.clone(),
        api: can.api.to_string(),
        api_min: can.api_min.to_string(),
        api_max: can.api_max.to_string(),
        os: can.os.clone(),
        arch: can.arch.clone(),
        is_swarm_manager: info.is_swarm_manager,
        read_only: info.is_read_only,
        df_by_type: can.df_by_type,
        df_shared: can.df_shared,
        labels_anonymous: can.labels_anonymous,
    }
}
