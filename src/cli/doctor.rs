//! `volx doctor`.

use serde::Serialize;

use super::{Exit, Failure, Session, print};
use crate::ops::doctor::{Report, examine};

/// The report with the paths in use.
#[derive(Debug, Serialize)]
struct Printed {
    volx: &'static str,
    config: String,
    keymap: String,
    history: String,
    #[serde(flatten)]
    report: Report,
}

pub(super) async fn run(session: &Session) -> Result<Exit, Failure> {
    let report = examine(&session.target).await;
    let paths = &session.config.paths;
    let exit = match (&report.engine, &report.listing) {
        (None, _) => Exit::Unreachable,
        (Some(_), Some(listing)) if listing.error.is_some() => Exit::Failed,
        (Some(_), _) => Exit::Done,
    };
    let printed = Printed {
        volx: env!("CARGO_PKG_VERSION"),
        config: paths.config.display().to_string(),
        keymap: paths.keymap.display().to_string(),
        history: paths.history().display().to_string(),
        report,
    };
    if session.is_json {
        print::json(&printed)?;
    } else {
        text(&printed)?;
    }
    Ok(exit)
}

fn text(printed: &Printed) -> Result<(), Failure> {
    let report = &printed.report;
    let heading = |text: &str| print::line(text);
    let fact = |name: &str, value: &str| print::line(&format!("  {name:<18}{value}"));
    heading("volx")?;
    fact("version", printed.volx)?;
    fact("config", &with_presence(&printed.config))?;
    fact("keymap", &with_presence(&printed.keymap))?;
    fact("history", &with_presence(&printed.history))?;
    heading("which engine")?;
    if report.environment.is_empty() {
        fact("environment", "nothing set that chooses one")?;
    }
    for (name, value) in &report.environment {
        fact(name, value)?;
    }
    for (name, host) in &report.contexts {
        fact("context", &format!("{name} ({host})"))?;
    }
    for candidate in &report.candidates {
        fact("would try", candidate)?;
    }
    match (&report.engine, &report.trouble) {
        (Some(engine), _) => {
            heading("the engine")?;
            fact("product", &format!("{} {}", engine.product, engine.version))?;
            fact("address", &format!("{} (chosen by {})", engine.address, engine.chosen_by))?;
            fact("host", &engine.host_name)?;
            fact("platform", &format!("{}/{}", engine.os, engine.arch))?;
            fact(
                "API",
                &format!("{}, the engine speaks {} to {}", engine.api, engine.api_min, engine.api_max),
            )?;
            fact("data", engine.root_dir.as_deref().unwrap_or("not told"))?;
            let yes = |is: bool| if is { "yes" } else { "no" };
            fact(
                "df of volumes",
                &format!("alone: {}, by several at once: {}", yes(engine.df_by_type), yes(engine.df_shared)),
            )?;
            fact("anonymous", &format!("labelled by the engine: {}", yes(engine.labels_anonymous)))?;
            fact("swarm manager", yes(engine.is_swarm_manager))?;
            let cost = if engine.read_only {
                "yes: nothing is changed, sizes come directly or from df"
            } else {
                "no"
            };
            fact("read-only", cost)?;
        }
        (None, Some(trouble)) => {
            heading("the engine cannot be reached")?;
            fact("cause", &trouble.cause)?;
            if let Some(remedy) = &trouble.remedy {
                fact("remedy", remedy)?;
            }
            for tried in &trouble.tried {
                fact("tried", tried)?;
            }
        }
        (None, None) => {}
    }
    if let Some(listing) = &report.listing {
        match (&listing.error, listing.volumes, listing.containers) {
            (None, Some(volumes), Some(containers)) => {
                fact("listing", &format!("{volumes} volumes, {containers} containers"))?;
            }
            (error, ..) => {
                fact("listing", &format!("failed: {}", error.as_deref().unwrap_or("nothing was listed")))?;
            }
        }
        for warning in &listing.warnings {
            fact("warning", warning)?;
        }
    }
    match report.leftovers {
        None | Some(0) => {}
        Some(1) => fact("left behind", "1 helper container of a dead volx; the next measuring removes it")?,
        Some(many) => {
            fact(
                "left behind",
                &format!("{many} helper containers of dead volx; the next measuring removes them"),
            )?;
        }
    }
    if !report.access.is_empty() {
        heading("ways into a volume, the best first")?;
    }
    for way in &report.access {
        let open = if way.is_open { "open" } else { "closed" };
        fact(way.way.name(), &format!("{open}: {}", way.why))?;
        fact("", &format!("gives {}", way.way.gives()))?;
    }
    Ok(())
}

fn with_presence(path: &str) -> String {
    if std::path::Path::new(path).exists() { path.to_owned() } else { format!("{path} (not there yet)") }
}
