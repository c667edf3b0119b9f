//! The rows of a plan, and what is known of the selected one.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::columns::Columns;
use super::{cell, cell_right};
use crate::app::model::Model;
use crate::app::removal::words::{counted, holders, mostly, why};
use crate::app::removal::{Group, Mode, Row};
use crate::config::theme::Role;
use crate::domain::age::{age, ago};
use crate::domain::inventory::Inventory;
use crate::domain::protection::Guard;
use crate::domain::prune::{Why, what_goes};
use crate::domain::status::Status;
use crate::domain::usage::Usage;
use crate::domain::volume::Kind;
use crate::ui::list::{say, select, unknown};
use crate::ui::paint::Paint;

/// Draws the heading and the rows, or says why there are none.
pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, titles: Rect, rows: Rect) {
    let columns = Columns::of(rows.width.saturating_sub(1), model.removal.is_prune());
    heading(model, paint, frame, titles, &columns);
    let removal = &model.removal;
    let Some(inventory) = model.inventory.value() else {
        return say(paint, frame, rows, &unknown(&model.inventory));
    };
    let top = removal.cursor.top;
    let shown = removal.rows.iter().enumerate().skip(top).take(usize::from(rows.height));
    let mut used = 0;
    for ((at, row), y) in shown.zip(0..) {
        let line = Rect { y: rows.y + y, height: 1, width: rows.width.saturating_sub(1), ..rows };
        match *row {
            Row::Heading(group, count) => group_row(model, paint, frame, line, group, count as usize),
            row => volume_row(model, inventory, paint, frame, (line, &columns), row),
        }
        if at == removal.cursor.at {
            select(model, paint, frame, line);
        }
        used = y + 1;
    }
    paint.scroll_bar(frame, rows, top, usize::from(rows.height), removal.rows.len());
    let is_empty = removal.plan.candidates.is_empty() && !removal.has_taken_out();
    let rest = Rect { y: rows.y + used, height: rows.height - used, ..rows };
    if is_empty && rest.height > 2 {
        say(paint, frame, rest, &nothing(model, paint));
    }
}

fn heading(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, line: Rect, columns: &Columns) {
    let last = if model.removal.is_prune() { "WHY" } else { "WHAT GOES" };
    cell(paint, frame, line, columns.name, "NAME", Role::Heading);
    cell_right(paint, frame, line, columns.size, "SIZE", Role::Heading);
    cell_right(paint, frame, line, columns.written, "WRITTEN", Role::Heading);
    cell(paint, frame, line, columns.project, "PROJECT", Role::Heading);
    cell(paint, frame, line, columns.user, "LAST USER", Role::Heading);
    cell(paint, frame, line, columns.why, last, Role::Heading);
}

fn group_row(
    model: &Model,
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    line: Rect,
    group: Group,
    count: usize,
) {
    let glyphs = paint.glyphs();
    let sign = if model.removal.is_open(group) { glyphs.unfolded } else { glyphs.folded };
    let verb = if count == 1 { "stays" } else { "stay" };
    let (text, role) = match group {
        Group::Refused => (format!("{count} cannot be removed"), Role::Warning),
        Group::Going => (format!("{} to be removed", counted(count, "volume")), Role::Group),
        Group::Kept => (format!("{} {verb}", counted(count, "volume")), Role::Group),
        Group::Used => (
            format!(
                "{} {verb}: containers have {}",
                counted(count, "volume"),
                if count == 1 { "it" } else { "them" }
            ),
            Role::Group,
        ),
    };
    let room = line.width.saturating_sub(1);
    cell(paint, frame, line, (1, room), &format!("{sign} {text}"), role);
}

fn volume_row(
    model: &Model,
    inventory: &Inventory,
    paint: &Paint<'_>,
    frame: &mut Frame<'_>,
    (line, columns): (Rect, &Columns),
    row: Row,
) {
    let Some(at) = model.removal.volume_at(row) else { return };
    let Some(volume) = inventory.volumes.get(at) else { return };
    let is_greyed = model.removal.misread.is_some();
    let glyphs = paint.glyphs();
    let (mark, name_role) = match row {
        Row::Candidate(_) if is_greyed => ("[x]", Role::Dim),
        Row::Candidate(_) => ("[x]", Role::Text),
        Row::TakenOut(_) => ("[ ]", Role::Dim),
        _ => ("", Role::Dim),
    };
    let mark_role = if is_greyed { Role::Dim } else { Role::Mark };
    cell(paint, frame, line, (1, 3), mark, mark_role);
    cell(paint, frame, line, columns.name, &volume.name, name_role);
    let size_role = if name_role == Role::Text { Role::Size } else { Role::Dim };
    cell_right(paint, frame, line, columns.size, &size(model, row, at, paint), size_role);
    let written = model.sizes.of(at).ok().and_then(|usage| usage.newest_write);
    let written = written.map_or_else(|| glyphs.unknown.to_owned(), |then| age(model.now, then));
    cell_right(paint, frame, line, columns.written, &written, Role::Dim);
    let project = volume.project().unwrap_or(glyphs.none);
    cell(paint, frame, line, columns.project, project, Role::Dim);
    cell(paint, frame, line, columns.user, last_user(model, inventory, at, glyphs.none), Role::Dim);
    let (reason, role) = reason(model, inventory, row, at, paint);
    cell(paint, frame, line, columns.why, &reason, if is_greyed { Role::Dim } else { role });
}

/// The size; a stale one with the sign for about, an unknown one with its own.
fn size(model: &Model, row: Row, at: usize, paint: &Paint<'_>) -> String {
    let usage = model.sizes.of(at).ok();
    let is_judged_old = matches!(row, Row::Candidate(place)
        if model.removal.plan.candidates.get(place as usize).is_some_and(|candidate| !candidate.is_fresh));
    let is_old = |usage: &Usage| is_judged_old || !is_lately(model, at, usage);
    match usage.and_then(|usage| Some((usage.size()?, is_old(usage)))) {
        None => paint.glyphs().unknown.to_owned(),
        Some((bytes, false)) => paint.bytes(bytes),
        Some((bytes, true)) => format!("~{}", paint.bytes(bytes)),
    }
}

/// Whether a measurement was made in this run, and nothing may have been written since.
fn is_lately(model: &Model, at: usize, usage: &Usage) -> bool {
    let listed = model.listed();
    let name = listed.volumes.get(at).map_or("", |volume| volume.name.as_str());
    usage.measured_at >= model.removal.since && !model.sizes.touched().contains_key(name)
}

/// What goes with a volume; whether it is empty only counts where that was seen lately.
fn fate(model: &Model, row: Row, at: usize, kind: Kind) -> &'static str {
    let usage = match row {
        Row::Candidate(place) => model
            .removal
            .plan
            .candidates
            .get(place as usize)
            .filter(|candidate| candidate.is_fresh || candidate.is_rough)
            .and_then(|_| model.sizes.of(at).ok()),
        _ => model.sizes.of(at).ok().filter(|usage| is_lately(model, at, usage)),
    };
    what_goes(kind, usage)
}

/// Who had it last; of a used one who has it.
fn last_user<'a>(model: &'a Model, inventory: &'a Inventory, at: usize, none: &'a str) -> &'a str {
    if let Some(container) = inventory.holders(at).next() {
        return &container.name;
    }
    let name = inventory.volumes.get(at).map_or("", |volume| volume.name.as_str());
    model.provenance.get(name).and_then(|known| known.last_user.as_deref()).unwrap_or(none)
}

fn reason(model: &Model, inventory: &Inventory, row: Row, at: usize, paint: &Paint<'_>) -> (String, Role) {
    let removal = &model.removal;
    match row {
        Row::Candidate(place) => match removal.plan.candidates.get(place as usize) {
            Some(candidate) if removal.is_prune() => (candidate.because.words(model.now), Role::Text),
            Some(candidate) => {
                (goes(model, fate(model, row, at, candidate.because.kind)).to_owned(), Role::Text)
            }
            None => (String::new(), Role::Dim),
        },
        Row::Kept(place) => match removal.plan.kept.get(place as usize) {
            Some(kept) => {
                let role = if removal.is_prune() { Role::Dim } else { Role::Warning };
                let mut text = why(&kept.why, inventory, at, model.now, paint.config.units);
                // Freed of its containers it would stay all the same.
                if let (Why::Used(_), Some(guard)) = (&kept.why, guard(model, inventory, at)) {
                    text = format!("{}; {text}", guard.words());
                }
                (text, role)
            }
            None => (String::new(), Role::Dim),
        },
        Row::TakenOut(_) => ("taken out by you".to_owned(), Role::Dim),
        Row::Heading(..) | Row::Done(_) => (String::new(), Role::Dim),
    }
}

fn guard(model: &Model, inventory: &Inventory, at: usize) -> Option<Guard> {
    model.changes.guard(inventory.volumes.get(at)?)
}

/// What is known of the selected volume: its name, then everything else.
pub(super) fn about(model: &Model, paint: &Paint<'_>) -> Vec<String> {
    let inventory = model.listed();
    let Some(row) = model.removal.selected() else { return Vec::new() };
    let Some(at) = model.removal.volume_at(row) else {
        let fold = "Enter folds or unfolds it".to_owned();
        return if matches!(row, Row::Heading(..)) { vec![String::new(), fold] } else { Vec::new() };
    };
    let Some(volume) = inventory.volumes.get(at) else { return Vec::new() };
    let mut parts = vec![volume.name.clone()];
    parts.push(reason(model, &inventory, row, at, paint).0);
    parts.push(match model.sizes.of(at) {
        Ok(usage) => {
            let size = usage.size().map_or_else(|| "size unknown".to_owned(), |bytes| paint.bytes(bytes));
            format!("{size}, measured {}", ago(model.now, usage.measured_at))
        }
        Err(reason) => format!("size unknown: {reason}"),
    });
    if let Some(then) = model.sizes.of(at).ok().and_then(|usage| usage.newest_write) {
        parts.push(format!("written {}", ago(model.now, then)));
    }
    let known = model.provenance.get(&volume.name);
    if inventory.status(at) == Status::Dangling {
        let user = known.and_then(|known| known.last_user.as_deref());
        let image = known.and_then(|known| known.last_image.as_deref());
        parts.push(match (user, image) {
            (Some(user), Some(image)) => format!("last used by {user} ({image})"),
            (Some(user), None) => format!("last used by {user}"),
            _ => "nobody knows who used it last".to_owned(),
        });
    } else if matches!(row, Row::Candidate(_) | Row::TakenOut(_)) {
        parts.push(format!("used by {}", holders(&inventory, at)));
    }
    if let Some(project) = volume.project() {
        parts.push(format!("project {project}"));
    }
    if volume.driver != "local" || !volume.options.is_empty() {
        parts.push(format!("driver {}, {}", volume.driver, volume.kind().name()));
    }
    if model.removal.is_prune() {
        parts.push(format!("would go: {}", goes(model, fate(model, row, at, volume.kind()))));
    }
    parts
}

/// Why nothing goes.
fn nothing(model: &Model, paint: &Paint<'_>) -> Vec<String> {
    let removal = &model.removal;
    if model.listed().volumes.is_empty() {
        return vec!["Nothing to remove: this engine has no volumes.".to_owned()];
    }
    if let (Mode::Named(names), true) = (&removal.mode, removal.plan.kept.is_empty()) {
        let these = if names.len() == 1 { "This volume is" } else { "These volumes are" };
        return vec![format!("{these} gone.")];
    }
    let mut lines = vec!["Nothing to remove.".to_owned()];
    if let Some(mostly) = mostly(&removal.plan, model.now, paint.config.units) {
        lines.push(match removal.plan.kept.len() {
            1 => format!("1 volume stays: {mostly}."),
            many => format!("{many} volumes stay, {mostly}."),
        });
    }
    if removal.is_prune() {
        lines.push("/ changes the rules, s offers some.".to_owned());
    }
    lines
}

/// What goes, where it can be brought back without the words for what cannot.
fn goes(model: &Model, what: &'static str) -> &'static str {
    if model.goes_to_trash() { what.trim_end_matches(", for good") } else { what }
}
