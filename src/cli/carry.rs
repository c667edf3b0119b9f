//! Carrying out a plan that was agreed to, and telling what came of it.

use std::fmt::Write as _;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::asking::Ending;
use super::proposed::volumes;
use super::{Exit, Failure, Session, print};
use crate::domain::prune::ConfirmedPlan;
use crate::domain::removal::{Outcome, Report, Skip};
use crate::domain::size::human;
use crate::domain::trouble::Trouble;
use crate::ops::remove::{News, Removal, remove};
use crate::ops::right::Right;

/// What came of a removal, for scripts. What is unknown is null.
#[derive(Debug, Serialize)]
struct Carried<'a> {
    freed: Vec<FreedLine<'a>>,
    skipped: Vec<SkippedLine>,
    failed: Vec<FailedLine<'a>>,
    /// What is free now, as far as that is known.
    freed_bytes: u64,
    /// Names that were asked for and that no volume has.
    missing: &'a [String],
    /// Whether that is all of it, and measured lately.
    complete: bool,
    /// What 'volx undo' takes to bring it back; null where it is gone for good.
    undo_id: Option<i64>,
}

#[derive(Debug, Serialize)]
struct FreedLine<'a> {
    name: &'a str,
    bytes: Option<u64>,
}

/// A volume that stays: why in words, and in one word.
#[derive(Debug, Serialize)]
pub(super) struct SkippedLine {
    pub(super) name: String,
    pub(super) reason: String,
    pub(super) why: &'static str,
    /// The containers that have it.
    pub(super) holders: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FailedLine<'a> {
    name: &'a str,
    error: &'a str,
    remedy: Option<&'a str>,
}

/// Removes the volumes of a plan; told to end, after the one whose turn it is.
pub(super) async fn carry_out(
    right: &Right,
    plan: &ConfirmedPlan,
    ending: &mut Ending,
) -> Result<Removal, Failure> {
    let stop = CancellationToken::new();
    let mut meter = print::Meter::new();
    let (mut done, total) = (0_usize, plan.targets().len());
    let mut tell = |news: News| {
        if let News::Done(one) = news {
            done += 1;
            meter.say(&format!("{done} of {total}: {}", one.name));
        }
    };
    let work = remove(right, plan, &stop, &mut tell);
    tokio::pin!(work);
    loop {
        tokio::select! {
            removal = &mut work => return Ok(removal),
            () = ending.come() => {
                if stop.is_cancelled() {
                    let trouble = Trouble::new("the removal was left", "it was told to end twice")
                        .with_remedy("what was removed, and what was being removed, is in the audit log");
                    return Err(Failure { exit: Exit::Failed, trouble });
                }
                stop.cancel();
            }
        }
    }
}

/// Tells what came of it. `refused` are those that were asked for by name and not even
/// tried, `missing` the names that no volume has.
pub(super) fn tell(
    session: &Session,
    report: &Report,
    refused: Vec<SkippedLine>,
    missing: &[String],
    undo: Option<i64>,
) -> Result<(), Failure> {
    if let Some(trouble) = &report.unlogged {
        session.warn(&trouble.to_string());
    }
    let tally = report.tally();
    if session.is_json {
        print::json(&carried(report, refused, missing, undo))?;
        return Ok(());
    }
    for done in &report.done {
        match &done.outcome {
            Outcome::Freed(_) => print::line(&done.name)?,
            Outcome::Skipped(skip @ Skip::NoUndo(_)) => {
                session.warn(&format!(
                    "'{}' stays: {}; --no-undo removes it for good",
                    done.name,
                    skip.words()
                ));
            }
            Outcome::Skipped(skip) => session.warn(&format!("'{}' stays: {}", done.name, skip.words())),
            Outcome::Failed(trouble) => session.warn(&format!("'{}': {trouble}", done.name)),
        }
    }
    for line in refused {
        session.warn(&format!("'{}' stays: {}", line.name, line.reason));
    }
    if !session.is_quiet && report.total > 0 {
        let bytes = human(tally.bytes, session.config.units);
        let about = if tally.stale > 0 { "about " } else { "" };
        let more = if tally.unknown > 0 { " and more" } else { "" };
        let mut text = match undo {
            Some(_) => format!("{} removed, kept in the trash", volumes(tally.freed)),
            None => format!("{} removed, {about}{bytes}{more} freed", volumes(tally.freed)),
        };
        for (count, how) in [(tally.skipped, "skipped"), (tally.failed, "failed")] {
            if count > 0 {
                // A String never refuses.
                let _ = write!(text, ", {count} {how}");
            }
        }
        print::line(&text)?;
        if let Some(action) = undo {
            print::line(&format!("'volx undo {action}' brings back what was removed"))?;
        }
    }
    Ok(())
}

fn carried<'a>(
    report: &'a Report,
    mut skipped: Vec<SkippedLine>,
    missing: &'a [String],
    undo_id: Option<i64>,
) -> Carried<'a> {
    let tally = report.tally();
    let (mut freed, mut failed) = (Vec::new(), Vec::new());
    for done in &report.done {
        let name = done.name.as_str();
        match &done.outcome {
            Outcome::Freed(bytes) => freed.push(FreedLine { name, bytes: *bytes }),
            Outcome::Skipped(skip) => skipped.push(SkippedLine {
                name: done.name.clone(),
                reason: skip.words(),
                why: skip.name(),
                holders: if let Skip::InUse(holders) = skip { holders.clone() } else { Vec::new() },
            }),
            Outcome::Failed(trouble) => {
                failed.push(FailedLine { name, error: &trouble.cause, remedy: trouble.remedy.as_deref() });
            }
        }
    }
    Carried {
        freed,
        skipped,
        failed,
        freed_bytes: tally.bytes,
        missing,
        complete: report.is_exact(),
        undo_id,
    }
}

/// How a removal ended, as scripts see it. `refused` of those that were named were not tried because
/// they are used or protected, `missing` do not exist.
pub(super) fn exit(report: &Report, refused: usize, missing: usize) -> Exit {
    let tally = report.tally();
    let is_refusal = |outcome: &Outcome| {
        matches!(
            outcome,
            Outcome::Skipped(Skip::InUse(_) | Skip::Service(_) | Skip::Protected(_) | Skip::NoUndo(_))
        )
    };
    let all_refused = report.done.iter().all(|done| is_refusal(&done.outcome));
    let tried = report.done.len() + refused;
    match tally.freed {
        0 if tried + missing == 0 => Exit::Done,
        0 if missing == 0 && all_refused => Exit::Refused,
        0 if tally.failed > 0 || missing > 0 => Exit::Failed,
        freed if freed == report.total && refused + missing == 0 => Exit::Done,
        _ => Exit::Partly,
    }
}

/// Says why it ended before its end, where it did.
pub(super) fn ended(session: &Session, removal: &Removal, exit: Exit) -> Result<Exit, Failure> {
    match &removal.lost {
        None => Ok(exit),
        Some(trouble) if removal.report.tally().freed == 0 => {
            Err(Failure { exit: Exit::Unreachable, trouble: trouble.clone() })
        }
        Some(trouble) => {
            session.warn(&trouble.to_string());
            Ok(Exit::Partly)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::removal::Done;

    fn report(outcomes: Vec<Outcome>) -> Report {
        let done = |outcome| Done { name: "v".to_owned(), outcome, is_fresh: true };
        Report {
            total: outcomes.len(),
            done: outcomes.into_iter().map(done).collect(),
            unlogged: None,
            is_over: true,
        }
    }

    #[test]
    fn what_was_measured_long_ago_is_not_promised() {
        let mut report = report(vec![Outcome::Freed(Some(1))]);
        let missing = ["none".to_owned()];
        let json = |report: &Report| {
            serde_json::to_value(carried(report, Vec::new(), &missing, None)).expect("JSON")
        };
        assert_eq!(
            (&json(&report)["complete"], &json(&report)["missing"][0]),
            (&true.into(), &"none".into())
        );
        report.done[0].is_fresh = false;
        assert_eq!(json(&report)["complete"], false);
    }

    #[test]
    fn scripts_see_how_it_ended() {
        let freed = || Outcome::Freed(Some(1));
        let used = || Outcome::Skipped(Skip::InUse(vec!["web".to_owned()]));
        let gone = || Outcome::Skipped(Skip::Gone);
        let failed = || Outcome::Failed(Trouble::new("not removed", "disk"));
        assert_eq!(exit(&report(vec![]), 0, 0), Exit::Done, "nothing to do is done");
        assert_eq!(exit(&report(vec![freed(), freed()]), 0, 0), Exit::Done);
        assert_eq!(exit(&report(vec![freed(), used()]), 0, 0), Exit::Partly);
        assert_eq!(exit(&report(vec![freed()]), 1, 0), Exit::Partly);
        assert_eq!(exit(&report(vec![freed()]), 0, 1), Exit::Partly);
        assert_eq!(exit(&report(vec![used()]), 1, 0), Exit::Refused);
        assert_eq!(exit(&report(vec![]), 1, 0), Exit::Refused);
        assert_eq!(exit(&report(vec![gone()]), 0, 0), Exit::Partly);
        assert_eq!(exit(&report(vec![failed(), gone()]), 0, 0), Exit::Failed);
        assert_eq!(exit(&report(vec![]), 0, 1), Exit::Failed);
    }
}
