//! `volx create`.

use super::create_arguments::Create;
use super::ls::{Entry, guarded};
use super::proposal::terms;
use super::{Exit, Failure, Session, blind, print};
use crate::domain::trouble::Trouble;
use crate::engine::Error;
use crate::ops::create::create;
use crate::ops::right::Right;
use crate::ops::snapshot;

pub(super) async fn run(session: &Session, wanted: &Create) -> Result<Exit, Failure> {
    // What is wrong with the line is told before anybody is asked for anything.
    let meant = wanted.volume("").map_err(Failure::usage)?;
    let engine = session.engine().await?;
    let history = session.history();
    let right = Right::of(&engine, history.clone(), &terms(session))
        .map_err(|trouble| Failure { exit: Exit::Refused, trouble })?;
    match engine.inspect_volume(&meant.name).await {
        Err(Error::NotFound { .. }) => {}
        Ok(_) => return Err(taken(&meant.name)),
        Err(error) => return Err(error.into()),
    }
    let password = if wanted.password_stdin {
        blind::from_stdin().await.map_err(|error| unread(&error))?
    } else if wanted.wants_password() && blind::can_ask() {
        let share = wanted.cifs.as_deref().unwrap_or_default();
        blind::ask(&format!("Password of {} at {share}, empty for none: ", wanted.user))
            .await
            .map_err(|error| unread(&error))?
    } else {
        String::new()
    };
    let volume = wanted.volume(&password).map_err(Failure::usage)?;
    let made = create(&right, &volume).await;
    if let Some(trouble) = made.unlogged {
        session.warn(&trouble.to_string());
    }
    made.outcome.map_err(|trouble| Failure { exit: Exit::Failed, trouble })?;
    if session.is_json {
        let snapshot = snapshot::take(&engine, history.as_deref(), None).await?;
        let snapshot = guarded(session, &engine, history.as_ref(), snapshot).await;
        let at = snapshot.inventory.position(&volume.name);
        let gone = || {
            let cause = "it was made, and removed by somebody else since";
            Failure { exit: Exit::Failed, trouble: Trouble::new("there is nothing to describe", cause) }
        };
        print::json(&at.and_then(|at| Entry::of(&snapshot, at)).ok_or_else(gone)?)?;
    } else {
        print::line(&volume.name)?;
    }
    Ok(Exit::Done)
}

fn unread(error: &std::io::Error) -> Failure {
    let trouble = Trouble::new("nothing was made", format!("the password cannot be read: {error}"));
    Failure { exit: Exit::Failed, trouble }
}

fn taken(name: &str) -> Failure {
    let cause = format!("a volume '{name}' exists already: the engine would silently hand out that one");
    let trouble = Trouble::new("nothing was made", cause)
        .with_remedy("choose another name, or look at that one: volx inspect");
    Failure { exit: Exit::Refused, trouble }
}
