//! Waiting for work that takes its time: how far it is, and ending it in order.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::time::Duration;

use jiff::Timestamp;

use super::asking::Ending;
use super::{Exit, Failure, Session, print};
use crate::domain::age::span;
use crate::domain::job::Progress;
use crate::domain::size::human;
use crate::domain::trouble::Trouble;

/// How often it is said how far it is.
const TELL: Duration = Duration::from_millis(200);

/// Waits for work; told to end, it ends in order, told twice it is left.
pub(super) async fn finished<T>(
    session: &Session,
    ending: &mut Ending,
    far: impl Fn() -> String,
    cancel: impl Fn(),
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let is_shown = io::stderr().is_terminal() && !session.is_quiet;
    let mut meter = print::Meter::new();
    let mut is_told = false;
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return Ok(done),
            () = ending.come() => {
                if std::mem::replace(&mut is_told, true) {
                    let trouble = Trouble::new("it was left as it is", "it was told to end twice")
                        .with_remedy("the next volx puts in order what was held or half done");
                    return Err(Failure { exit: Exit::Failed, trouble });
                }
                cancel();
            }
            () = tokio::time::sleep(TELL), if is_shown => meter.say(&far()),
        }
    }
}

/// How far one piece of work is.
pub(super) fn far(session: &Session, title: &str, progress: &Progress) -> String {
    let size = |bytes| human(bytes, session.config.units);
    let mut text = format!("{title}: {}, {}", progress.step_words(), size(progress.bytes));
    if let Some(total) = progress.of() {
        let left = progress.since.and_then(|since| progress.left(since, Timestamp::now()));
        let share = progress.share().unwrap_or(0) / 10;
        // A String never refuses.
        let _ = write!(text, " of {}, {share} %", size(total));
        if let Some(left) = left.and_then(|left| i64::try_from(left).ok()) {
            let _ = write!(text, ", {} left", span(left));
        }
    }
    text
}
