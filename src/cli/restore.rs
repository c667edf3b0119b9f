//! `volx restore`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::asking::{Ending, confirm};
use super::keep_arguments::Restore;
use super::proposal::terms;
use super::working::{far, finished};
use super::{Exit, Failure, Session, blind, print};
use crate::domain::creation::pair;
use crate::domain::keep::Secrets;
use crate::domain::secret::MASK;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::ops::replace::replace;
use crate::ops::restore::{Restored, Source, restore, source};
use crate::ops::right::Right;
use crate::ops::work::Work;

/// What came of it, for scripts.
#[derive(Debug, Serialize)]
struct Line<'a> {
    volume: &'a str,
    entries: u64,
    bytes: u64,
    method: &'static str,
    losses: &'a [String],
    skipped: &'a [String],
    /// Where what was replaced is kept.
    replaced: Option<&'a Path>,
    /// What 'volx undo' takes to bring that back.
    undo_id: Option<i64>,
}

pub(super) async fn run(session: &Session, wanted: &Restore) -> Result<Exit, Failure> {
    let access = session.way(wanted.access)?;
    let mut options = BTreeMap::new();
    for text in &wanted.options {
        let (key, value) = pair(text).map_err(Failure::usage)?;
        options.insert(key, value);
    }
    let failed = |trouble| Failure { exit: Exit::Failed, trouble };
    let mut ending = Ending::heard()?;
    let source = ending.unless(async { source(&wanted.file, wanted.strip).await.map_err(failed) }).await?;
    let engine = ending.unless(session.engine()).await?;
    let right = Right::of(&engine, session.history(), &terms(session))
        .map_err(|trouble| Failure { exit: Exit::Refused, trouble })?;
    tell_source(session, &source);
    let work = Arc::new(Work::default());
    let title = wanted.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (far, cancel) = (|| far(session, &title, &work.progress()), || work.cancel());
    let restored = if wanted.replace {
        let name = source.manifest.as_ref().map(|manifest| manifest.about.volume.clone());
        let name = wanted.name.clone().or(name);
        let name = name.ok_or_else(|| Failure::usage("--as says which volume is to be replaced"))?;
        let inventory = ending.unless(async { Ok(engine.list().await?) }).await?;
        let at = inventory.position(&name).ok_or_else(|| {
            let trouble = Trouble::new("nothing was replaced", format!("there is no volume '{name}'"));
            failed(trouble.with_remedy("without --replace it is made"))
        })?;
        refuse_users(&inventory, at, wanted)?;
        let question = format!("Replace all that is in '{name}'? What it is now is kept as a backup.");
        ending.unless(confirm(&question, wanted.yes)).await?;
        let work = Box::pin(replace(&right, &source, &name, wanted.stop, access, &work));
        finished(session, &mut ending, far, cancel, work).await??
    } else {
        let name = wanted.name.as_deref();
        let name_now = name.or(source.manifest.as_ref().map(|manifest| manifest.about.volume.as_str()));
        if let Some(taken) = name_now.filter(|name| !name.is_empty()) {
            refuse_taken(&engine, taken).await?;
        }
        secrets(&source, &mut options, wanted.password_stdin, &mut ending).await?;
        let volume = source.volume(name, &options).map_err(|cause| {
            let remedy = if source.manifest.is_some() {
                "--password-stdin reads it, and volx asks for it on a terminal"
            } else {
                "--as NAME"
            };
            Failure {
                exit: Exit::Usage,
                trouble: Trouble::new("nothing was restored", cause).with_remedy(remedy),
            }
        })?;
        volume.check_name().map_err(Failure::usage)?;
        let work = restore(&right, &source, &volume, access, &work);
        finished(session, &mut ending, far, cancel, work).await?.map_err(failed)?
    };
    tell(session, &restored)
}

/// Says what another program's archive is taken for.
fn tell_source(session: &Session, source: &Source) {
    let Some(foreign) = &source.foreign else { return };
    if let Some(prefix) = foreign.prefix.as_ref().filter(|_| foreign.strip > 0) {
        session.warn(&format!("another program made it: '{prefix}/' is taken off its names"));
    }
}

fn refuse_users(
    inventory: &crate::domain::inventory::Inventory,
    at: usize,
    wanted: &Restore,
) -> Result<(), Failure> {
    let users = inventory.holders(at).filter(|container| container.state.is_live());
    let users: Vec<&str> = users.map(|container| container.name.as_str()).collect();
    if users.is_empty() || wanted.stop {
        return Ok(());
    }
    let trouble = Trouble::new("nothing was replaced", format!("it is in use by {}", users.join(", ")))
        .with_remedy("--stop stops them first and starts them again afterwards");
    Err(Failure { exit: Exit::Refused, trouble })
}

async fn refuse_taken(engine: &crate::engine::SharedEngine, name: &str) -> Result<(), Failure> {
    match engine.inspect_volume(name).await {
        Err(crate::engine::Error::NotFound { .. }) => Ok(()),
        Ok(_) => {
            let trouble = Trouble::new("nothing was restored", format!("a volume '{name}' is there already"))
                .with_remedy("--as NAME gives it another name; --replace lets what is in it give way");
            Err(Failure { exit: Exit::Refused, trouble })
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks for the secrets that no backup holds.
async fn secrets(
    source: &Source,
    options: &mut BTreeMap<String, String>,
    is_read: bool,
    ending: &mut Ending,
) -> Result<(), Failure> {
    if !is_read && !blind::can_ask() {
        return Ok(());
    }
    for key in source.masked() {
        if options.contains_key(key) {
            continue;
        }
        let shown = source.manifest.as_ref().and_then(|manifest| manifest.about.options.get(key));
        let shown = shown.map_or("", String::as_str);
        let secret = if is_read {
            ending.unless(async { blind::from_stdin().await.map_err(Failure::from) }).await?
        } else {
            let prompt = format!("What {MASK} stands for in the option '{key}' ({shown}): ");
            ending.unless(async { blind::ask(&prompt).await.map_err(Failure::from) }).await?
        };
        if secret.is_empty() {
            return Err(Failure::usage(format!("what {MASK} stands for in the option '{key}' is missing")));
        }
        let secrets = Secrets(BTreeMap::from([(key.clone(), secret)]));
        options.insert(key.clone(), secrets.unmasked(key, shown));
    }
    Ok(())
}

fn tell(session: &Session, restored: &Restored) -> Result<Exit, Failure> {
    let copied = &restored.copied;
    if session.is_json {
        print::json(&Line {
            volume: &restored.volume,
            entries: copied.entries,
            bytes: copied.bytes,
            method: restored.way.name(),
            losses: &restored.losses,
            skipped: &copied.skipped,
            replaced: restored.replaced.as_deref(),
            undo_id: restored.undo,
        })?;
    } else {
        print::line(&restored.volume)?;
        if !session.is_quiet {
            let size = human(copied.bytes, session.config.units);
            let noun = if copied.entries == 1 { "entry" } else { "entries" };
            print::line(&format!("  {} {noun}, {size}, the {} way", copied.entries, restored.way.name()))?;
            if let Some(path) = &restored.replaced {
                print::line(&format!("  what it was is kept: {}", path.display()))?;
            }
            if let Some(action) = restored.undo {
                print::line(&format!("  'volx undo {action}' brings back what it was"))?;
            }
        }
    }
    for loss in &restored.losses {
        session.warn(&format!("the {} way does not give back {loss}", restored.way.name()));
    }
    for what in &copied.skipped {
        session.warn(&format!("left out: {what}"));
    }
    if copied.more_skipped > 0 {
        session.warn(&format!("left out: {} more", copied.more_skipped));
    }
    for trouble in &restored.troubles {
        print::complain(&trouble.to_string());
    }
    let is_all = copied.skipped.is_empty() && restored.troubles.is_empty();
    Ok(if is_all { Exit::Done } else { Exit::Partly })
}
