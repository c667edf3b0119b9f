//! Which rows there are, and in which order.

use super::{Group, Mode, Removal, Row};
use crate::domain::inventory::Inventory;
use crate::domain::prune::Why;
use crate::domain::removal::{Outcome, Report};

/// What goes, then what stays. Of named volumes those that are refused come first.
pub(super) fn of_plan(removal: &Removal, inventory: &Inventory) -> Vec<Row> {
    let plan = &removal.plan;
    let mut rows = Vec::with_capacity(plan.candidates.len() + plan.kept.len() + 2);
    match &removal.mode {
        Mode::Named(_) => {
            heading(removal, Group::Refused, count(plan.kept.len()), &mut rows, |rows| {
                rows.extend((0..count(plan.kept.len())).map(Row::Kept));
            });
            let going = going(removal, inventory);
            if plan.kept.is_empty() {
                rows.extend(going);
            } else {
                heading(removal, Group::Going, count(plan.candidates.len()), &mut rows, |rows| {
                    rows.extend(going);
                });
            }
        }
        Mode::Prune => {
            rows.extend(going(removal, inventory));
            let is_used =
                |at: &u32| plan.kept.get(*at as usize).is_some_and(|kept| matches!(kept.why, Why::Used(_)));
            let is_out = |at: &u32| plan.kept.get(*at as usize).is_some_and(|kept| kept.why == Why::TakenOut);
            let (used, kept): (Vec<u32>, Vec<u32>) =
                (0..count(plan.kept.len())).filter(|at| !is_out(at)).partition(is_used);
            for (group, members) in [(Group::Kept, kept), (Group::Used, used)] {
                heading(removal, group, count(members.len()), &mut rows, |rows| {
                    rows.extend(members.into_iter().map(Row::Kept));
                });
            }
        }
    }
    rows
}

/// What came of each volume, as it came; once it is over, what did not go comes first.
pub(super) fn of_report(report: Option<&Report>) -> Vec<Row> {
    let Some(report) = report else { return Vec::new() };
    let mut order: Vec<u32> = (0..count(report.done.len())).collect();
    if report.is_over {
        order.sort_by_key(|at| match report.done.get(*at as usize).map(|done| &done.outcome) {
            Some(Outcome::Failed(_)) => 0,
            Some(Outcome::Skipped(_)) => 1,
            Some(Outcome::Freed(_)) | None => 2,
        });
    }
    order.into_iter().map(Row::Done).collect()
}

/// What goes and what was taken out of it, by name: nothing moves when it is taken out.
fn going(removal: &Removal, inventory: &Inventory) -> Vec<Row> {
    let plan = &removal.plan;
    let mut out: Vec<usize> = match &removal.mode {
        Mode::Prune => {
            plan.kept.iter().filter(|kept| kept.why == Why::TakenOut).map(|kept| kept.at).collect()
        }
        Mode::Named(names) => {
            names.intersection(&removal.taken_out).filter_map(|name| inventory.position(name)).collect()
        }
    };
    out.sort_unstable();
    let mut rows: Vec<Row> = (0..count(plan.candidates.len())).map(Row::Candidate).collect();
    if !out.is_empty() {
        rows.extend(out.into_iter().map(|at| Row::TakenOut(count(at))));
        rows.sort_by_key(|row| removal.volume_at(*row));
    }
    rows
}

fn heading(
    removal: &Removal,
    group: Group,
    len: u32,
    rows: &mut Vec<Row>,
    members: impl FnOnce(&mut Vec<Row>),
) {
    let first = rows.len();
    rows.push(Row::Heading(group, len));
    if removal.is_open(group) {
        members(rows);
    }
    // What has nothing below it needs no heading; what was taken out is below one, too.
    if len == 0 && rows.len() == first + 1 {
        rows.truncate(first);
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
