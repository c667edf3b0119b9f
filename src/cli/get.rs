//! `volx get`.

use std::sync::Arc;

use super::arguments::Get;
use super::within::{Within, report, watched};
use super::{Exit, Failure, Session};
use crate::access::walk::Progress;
use crate::ops::files;

pub(super) async fn run(session: &Session, wanted: &Get) -> Result<Exit, Failure> {
    let within = Within::parse(&wanted.place)?;
    let content = within.content(session, wanted.access).await?;
    let progress = Arc::new(Progress::default());
    let (destination, replace) = (&wanted.destination, wanted.replace);
    let work = files::get(content.as_ref(), &within.volume, &within.place, destination, replace, &progress);
    let copied = watched(session, &progress, work).await??;
    report(session, &copied, content.way())
}
