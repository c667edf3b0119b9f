//! `volx put`.

use std::sync::Arc;

use super::arguments::Put;
use super::asking::confirm;
use super::within::{Opened, Within, report, watched};
use super::{Exit, Failure, Session};
use crate::access::walk::Progress;
use crate::ops::files::{self, Putting};

pub(super) async fn run(session: &Session, wanted: &Put) -> Result<Exit, Failure> {
    let within = Within::parse(&wanted.place)?;
    if session.config.is_read_only {
        return Err(files::Error::ReadOnly.into());
    }
    let Opened { engine, volume, content } = within.open(session, wanted.access).await?;
    files::kept(&engine, &volume).await?;
    let putting = Putting::plan(content.as_ref(), &wanted.source, &within.place, wanted.replace).await?;
    confirm(&question(&putting, &within.volume), wanted.yes).await?;
    let progress = Arc::new(Progress::default());
    let work = files::put(content.as_ref(), &putting, &progress);
    let copied = watched(session, &progress, work).await??;
    report(session, &copied, content.way())
}

fn question(putting: &Putting, volume: &str) -> String {
    let replaced = if putting.exists { ", over what is there" } else { "" };
    format!("Put {} into '{volume}' as {}{replaced}?", putting.source.display(), putting.target)
}
