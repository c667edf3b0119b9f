//! Keys while something lies over the screen.

use super::actions;
use super::{backing_up, changing, copy, copying, creating, growth, holders, keeping};
use super::{removal, removing, restoring, say, trash};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{Choice, Item, Menu, Overlay, Purpose};
use crate::domain::column::Column;
use crate::domain::lifecycle::Act;
use crate::domain::sort::Sort;

/// Carries out an action on the topmost overlay.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if matches!(model.overlays.last(), Some(Overlay::Form(_))) {
        return creating::act(model, action);
    }
    let page = isize::try_from(model.window.overlay_rows.saturating_sub(1).max(1)).unwrap_or(1);
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::PageDown => step(model, page),
        Action::PageUp => step(model, -page),
        Action::Top => step(model, isize::MIN),
        Action::Bottom => step(model, isize::MAX),
        Action::Open => return accept(model),
        Action::CancelJob => return keeping::cancel(model),
        // Whatever opened an overlay closes it.
        Action::Back | Action::Help => {
            model.overlays.pop();
        }
        _ => {}
    }
    Vec::new()
}

/// Moves in the topmost overlay.
pub(super) fn step(model: &mut Model, steps: isize) {
    match model.overlays.last_mut() {
        Some(Overlay::Help { scroll } | Overlay::Warnings { scroll } | Overlay::Words { scroll }) => {
            *scroll = scroll.saturating_add_signed(steps);
        }
        Some(Overlay::Palette(palette)) => {
            let len = palette.found.len();
            palette.cursor.step(steps, len);
        }
        Some(Overlay::Menu(menu)) => {
            let len = menu.items.len();
            menu.cursor.step(steps, len);
        }
        Some(Overlay::Acts(acts)) => acts.cursor.step(steps, Act::ALL.len()),
        Some(Overlay::Question(question)) => {
            let len = question.items.len();
            question.cursor.step(steps, len);
        }
        Some(Overlay::Jobs(cursor)) => cursor.step(steps, model.jobs.all.len()),
        Some(Overlay::Form(form)) => form.step(steps.signum()),
        Some(Overlay::Prompt(_)) | None => {}
    }
}

/// Goes to a row of the topmost overlay and accepts it.
pub(super) fn choose(model: &mut Model, row: usize) -> Vec<Effect> {
    if matches!(model.overlays.last(), Some(Overlay::Form(_))) {
        return creating::choose(model, row);
    }
    let is_row = match model.overlays.last_mut() {
        Some(Overlay::Palette(palette)) if row < palette.found.len() => {
            palette.cursor.at = row;
            true
        }
        Some(Overlay::Menu(menu)) if row < menu.items.len() => {
            menu.cursor.at = row;
            true
        }
        Some(Overlay::Acts(acts)) if row < Act::ALL.len() => {
            acts.cursor.at = row;
            true
        }
        Some(Overlay::Question(question)) if row < question.items.len() => {
            question.cursor.at = row;
            true
        }
        Some(Overlay::Jobs(cursor)) => {
            cursor.at = row;
            false
        }
        _ => false,
    };
    if is_row { accept(model) } else { Vec::new() }
}

fn accept(model: &mut Model) -> Vec<Effect> {
    // A question that was asked of something else by now is taken back, not answered.
    let before = model.overlays.len();
    removal::refresh(model);
    if model.overlays.len() < before {
        return Vec::new();
    }
    match model.overlays.pop() {
        Some(Overlay::Palette(palette)) => match palette.found.get(palette.cursor.at) {
            Some(action) => actions::act(model, *action),
            None => Vec::new(),
        },
        Some(Overlay::Menu(menu)) => match menu.items.into_iter().nth(menu.cursor.at) {
            Some(item) => carry_out(model, item),
            None => Vec::new(),
        },
        Some(Overlay::Question(question)) => match question.items.into_iter().nth(question.cursor.at) {
            Some(item) => carry_out(model, item),
            None => Vec::new(),
        },
        Some(Overlay::Prompt(prompt)) => {
            let line = prompt.input.value().to_owned();
            match prompt.purpose {
                Purpose::Agree(ask) => changing::answered(model, ask, &line),
                purpose if purpose.is_of_trash() => trash::typed(model, purpose, &line),
                purpose if purpose.is_keeping() => keeping::typed(model, purpose, &line),
                purpose if purpose.is_change() => removing::answered(model, purpose, &line),
                purpose => copying::typed(model, purpose, &line),
            }
        }
        Some(Overlay::Acts(acts)) => holders::chosen(model, &acts),
        Some(
            Overlay::Help { .. }
            | Overlay::Warnings { .. }
            | Overlay::Words { .. }
            | Overlay::Form(_)
            | Overlay::Jobs(_),
        )
        | None => Vec::new(),
    }
}

fn carry_out(model: &mut Model, item: Item) -> Vec<Effect> {
    match item.choice {
        Choice::Sort(column) => {
            actions::choose_column(model, column);
            Vec::new()
        }
        Choice::SortMonitor(by) => {
            growth::sort_by(model, by);
            Vec::new()
        }
        Choice::SortFiles(key) => {
            model.files.sort_by(model.files.order.chosen(key));
            Vec::new()
        }
        Choice::Copy(text) => {
            say(model, copy::sent(&text));
            vec![Effect::Copy(text)]
        }
        Choice::Rules(rules) => {
            removal::set_rules(model, rules);
            Vec::new()
        }
        Choice::Keep(ask) => vec![Effect::Keep(ask)],
        Choice::Trash(what) => trash::chosen(model, what),
        Choice::Restore(kept, target) => restoring::to(model, *kept, target),
        Choice::Making(wanted, setting) => backing_up::choose(model, *wanted, setting),
        Choice::Unavailable => {
            say(model, item.note);
            Vec::new()
        }
    }
}

/// What the menu says beside a column.
pub(super) fn sort_note(sort: Sort, column: Column) -> &'static str {
    match (sort.column == column, sort.is_descending) {
        (true, true) => "greatest first now; again turns it round",
        (true, false) => "least first now; again turns it round",
        (false, _) => "",
    }
}

/// The columns to sort by, the present one selected.
pub(super) fn sort_menu(model: &Model) -> Overlay {
    let sort = model.home.sort;
    let items = Column::ALL
        .into_iter()
        .map(|column| {
            let note = sort_note(sort, column).to_owned();
            Item { label: column.name().to_owned(), note, choice: Choice::Sort(column) }
        })
        .collect();
    let at = Column::ALL.into_iter().position(|c| c == sort.column).unwrap_or(0);
    Overlay::Menu(Menu { title: "Sort by", items, cursor: Cursor { at, top: 0 } })
}
