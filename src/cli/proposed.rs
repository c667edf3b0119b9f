//! Showing a plan: what would be removed, what stays, and why.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::proposal::Ground;
use super::undoing::Undoing;
use super::{Failure, Session, print};
use crate::domain::age::ago;
use crate::domain::prune::{Candidate, Freed, Kept, PrunePlan, Why};
use crate::domain::size::{Units, human};

/// A plan for scripts. What is unknown is null.
#[derive(Debug, Serialize)]
struct Proposed<'a> {
    candidates: Vec<CandidateLine<'a>>,
    kept: Vec<KeptLine<'a>>,
    /// What removing the candidates frees, as far as that is known.
    total_bytes: u64,
    /// Whether that is all of it, measured just now.
    complete: bool,
}

#[derive(Debug, Serialize)]
struct CandidateLine<'a> {
    name: &'a str,
    reason: String,
    apparent_bytes: Option<u64>,
    allocated_bytes: Option<u64>,
    last_write: Option<Timestamp>,
    project: Option<&'a str>,
    last_user: Option<&'a str>,
    unused_since: Option<Timestamp>,
    /// Whether that moment was watched; it may be unused for longer otherwise.
    unused_since_exact: bool,
    kind: &'static str,
    anonymous: bool,
}

/// A volume that stays: why in words, and in one word.
#[derive(Debug, Serialize)]
struct KeptLine<'a> {
    name: &'a str,
    reason: String,
    why: &'static str,
}

/// Prints a plan as JSON.
pub(super) fn json(session: &Session, ground: &Ground, plan: &PrunePlan) -> Result<(), Failure> {
    let now = Timestamp::now();
    let freed = plan.freed();
    let candidate = |candidate: &Candidate| {
        let volume = ground.inventory.volumes.get(candidate.at)?;
        let usage = ground.usages.get(&volume.name);
        let last_user = ground.provenance.get(&volume.name).and_then(|known| known.last_user.as_deref());
        Some(CandidateLine {
            name: &volume.name,
            reason: candidate.because.words(now),
            apparent_bytes: usage.and_then(|usage| usage.apparent),
            allocated_bytes: usage.and_then(|usage| usage.allocated),
            last_write: usage.and_then(|usage| usage.newest_write),
            project: volume.project(),
            last_user,
            unused_since: candidate.because.unused_since,
            unused_since_exact: candidate.because.is_since_exact,
            kind: volume.kind().name(),
            anonymous: volume.is_anonymous(),
        })
    };
    let kept = |kept: &Kept| {
        let name = ground.inventory.volumes.get(kept.at)?.name.as_str();
        Some(KeptLine { name, reason: reason(session, ground, kept, now), why: kept.why.name() })
    };
    Ok(print::json(&Proposed {
        candidates: plan.candidates.iter().filter_map(candidate).collect(),
        kept: plan.kept.iter().filter_map(kept).collect(),
        total_bytes: freed.bytes,
        complete: freed.is_complete(),
    })?)
}

/// Why a volume stays; with who has it.
pub(super) fn reason(session: &Session, ground: &Ground, kept: &Kept, now: Timestamp) -> String {
    match kept.why {
        Why::Used(_) => {
            let guard = ground.inventory.volumes.get(kept.at).and_then(|volume| ground.protection.of(volume));
            let guard = guard.map_or_else(String::new, |guard| format!("{}; ", guard.words()));
            format!("{guard}{} by {}", kept.why.words(now, session.config.units), ground.holders(kept.at))
        }
        _ => kept.why.words(now, session.config.units),
    }
}

/// Prints a plan for people.
pub(super) fn text(
    session: &Session,
    ground: &Ground,
    plan: &PrunePlan,
    undoing: &Undoing,
) -> Result<(), Failure> {
    if session.is_quiet {
        for volume in plan.candidates.iter().filter_map(|c| ground.inventory.volumes.get(c.at)) {
            print::line(&volume.name)?;
        }
        return Ok(());
    }
    describe(session, ground, plan, undoing, &mut io::stdout().lock())
}

/// Shows a plan before it is carried out: beside the question where there is one, whatever becomes of
/// the output; else as output, where somebody wants that.
pub(super) fn before(
    session: &Session,
    ground: &Ground,
    plan: &PrunePlan,
    undoing: &Undoing,
    is_agreed: bool,
) -> Result<(), Failure> {
    match (is_agreed, session.is_json || session.is_quiet) {
        (false, _) => describe(session, ground, plan, undoing, &mut io::stderr().lock()),
        (true, false) => text(session, ground, plan, undoing),
        (true, true) => Ok(()),
    }
}

/// The candidates, those that stay although no container has them, and how many are used.
fn describe(
    session: &Session,
    ground: &Ground,
    plan: &PrunePlan,
    undoing: &Undoing,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    if !plan.candidates.is_empty() {
        let rows: Vec<Vec<String>> =
            plan.candidates.iter().filter_map(|c| row(session, ground, c, now)).collect();
        print::table_in(out, &["NAME", "SIZE", "LAST WRITE", "PROJECT", "LAST USER", "WHY"], &rows)?;
        print::line_in(out, "")?;
    }
    let (used, free): (Vec<&Kept>, Vec<&Kept>) =
        plan.kept.iter().partition(|kept| matches!(kept.why, Why::Used(_) | Why::Service));
    if !free.is_empty() {
        let rows: Vec<Vec<String>> = free
            .iter()
            .filter_map(|kept| {
                let volume = ground.inventory.volumes.get(kept.at)?;
                Some(vec![volume.name.clone(), kept.why.words(now, session.config.units)])
            })
            .collect();
        print::table_in(out, &["KEPT", "WHY"], &rows)?;
        print::line_in(out, "")?;
    }
    if !used.is_empty() {
        print::line_in(out, &format!("{} in use or attached, kept", volumes(used.len())))?;
    }
    let (candidates, units) = (plan.candidates.len(), session.config.units);
    Ok(print::line_in(out, &promise(plan.freed(), candidates, undoing.is_free_at_once(), units))?)
}

fn row(session: &Session, ground: &Ground, candidate: &Candidate, now: Timestamp) -> Option<Vec<String>> {
    let volume = ground.inventory.volumes.get(candidate.at)?;
    let usage = ground.usages.get(&volume.name);
    let known = ground.provenance.get(&volume.name);
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let size = match (candidate.frees, candidate.is_fresh) {
        (Some(bytes), true) => human(bytes, session.config.units),
        (Some(bytes), false) => format!("~{}", human(bytes, session.config.units)),
        (None, _) => "?".to_owned(),
    };
    Some(vec![
        volume.name.clone(),
        size,
        usage.and_then(|usage| usage.newest_write).map_or_else(|| "?".to_owned(), |at| ago(now, at)),
        or_dash(volume.project()),
        or_dash(known.and_then(|known| known.last_user.as_deref())),
        candidate.because.words(now),
    ])
}

/// What the plan removes and frees, at once or when the trash is emptied, in a sentence.
fn promise(freed: Freed, candidates: usize, is_free_at_once: bool, units: Units) -> String {
    let count = volumes(candidates);
    if candidates == 0 {
        return "nothing to remove".to_owned();
    }
    let is_free_at_once = is_free_at_once || (freed.bytes, freed.unknown) == (0, 0);
    let bytes = human(freed.bytes, units);
    let (about, doubt) = match (freed.unknown, freed.stale) {
        (unknown, _) if unknown == candidates => {
            return if is_free_at_once {
                format!("{count} to remove: what that frees is not known")
            } else {
                format!("{count} to remove, into the trash: what is free once that is emptied is not known")
            };
        }
        (0, 0) => ("", String::new()),
        (0, stale) => ("about ", format!("; the size of {stale} is from before")),
        (unknown, 0) => ("", format!("; the size of {unknown} is unknown")),
        (unknown, stale) => ("about ", format!("; the size of {unknown} is unknown, of {stale} from before")),
    };
    let more = if freed.unknown > 0 { " and more" } else { "" };
    if is_free_at_once {
        format!("{count} to remove: frees {about}{bytes}{more}{doubt}")
    } else {
        format!("{count} to remove: {about}{bytes}{more} into the trash, free once that is emptied{doubt}")
    }
}

/// So many volumes.
pub(super) fn volumes(count: usize) -> String {
    if count == 1 { "1 volume".to_owned() } else { format!("{count} volumes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_trash_keeps_is_not_said_to_be_free() {
        let said = |freed, is_free_at_once| promise(freed, 2, is_free_at_once, Units::Decimal);
        let exact = Freed { bytes: 4_200_000_000, ..Freed::default() };
        assert_eq!(said(exact, true), "2 volumes to remove: frees 4.2 GB");
        assert_eq!(
            said(exact, false),
            "2 volumes to remove: 4.2 GB into the trash, free once that is emptied"
        );
        let rough = Freed { unknown: 1, stale: 1, ..exact };
        assert_eq!(
            said(rough, false),
            "2 volumes to remove: about 4.2 GB and more into the trash, free once that is emptied; the size of \
             1 is unknown, of 1 from before"
        );
        let unknown = said(Freed { unknown: 2, ..Freed::default() }, false);
        assert!(unknown.contains("into the trash") && unknown.contains("not known"), "{unknown}");
        assert!(said(Freed::default(), false).ends_with("frees 0 B"), "nothing is free as soon as it goes");
        assert_eq!(promise(Freed::default(), 0, false, Units::Decimal), "nothing to remove");
    }
}
