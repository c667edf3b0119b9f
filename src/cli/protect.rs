//! `volx protect` and `volx unprotect`.

use std::collections::BTreeMap;

use super::change_arguments::Protect;
use super::proposal::terms;
use super::{Exit, Failure, Session, print};
use crate::ops::protect::protect;
use crate::ops::right::Right;

pub(super) async fn run(session: &Session, wanted: &Protect, is_on: bool) -> Result<Exit, Failure> {
    let engine = session.engine().await?;
    let right = Right::of(&engine, session.history(), &terms(session))
        .map_err(|trouble| Failure { exit: Exit::Refused, trouble })?;
    let done = protect(&right, &wanted.names, is_on).await;
    if let Some(trouble) = done.unlogged {
        session.warn(&trouble.to_string());
    }
    done.outcome.map_err(|trouble| Failure { exit: Exit::Failed, trouble })?;
    if session.is_json {
        let key = if is_on { "protected" } else { "unprotected" };
        print::json(&BTreeMap::from([(key, &wanted.names)]))?;
        return Ok(Exit::Done);
    }
    for name in &wanted.names {
        let how = if is_on { "protected" } else { "not protected any more" };
        print::line(&if session.is_quiet { name.clone() } else { format!("{name}: {how}") })?;
    }
    Ok(Exit::Done)
}
