//! Keys on the screen before and after a removal.

use tui_input::{Input, InputRequest};

use super::{actions, copy, overlays, removing, say, say_trouble};
use crate::app::action::Action;
use crate::app::cursor::Cursor;
use crate::app::message::Effect;
use crate::app::model::{Link, Model, Screen};
use crate::app::overlay::{Choice, Item, Menu, Overlay, Purpose};
use crate::app::removal::{Mode, Phase, Row, words};
use crate::domain::job::JobKind;
use crate::domain::map::What;
use crate::domain::prune::{Preset, Rules, Undo};

/// Rules to begin with.
const PRESETS: [(&str, &str); 7] = [
    ("", "own rules: unused anonymous volumes"),
    ("docker", "as 'docker volume prune'"),
    ("docker-all", "as 'docker volume prune -a'"),
    ("all", "everything unused, named too"),
    ("all unused:30d", "unused for 30 days, named too"),
    ("all written:90d", "unused, nothing written for 90 days"),
    ("all empty", "unused and empty, named too"),
];

/// Carries out an action about removing, wherever it was asked for.
pub(super) fn anywhere(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Remove => return remove(model),
        Action::Prune => return prune(model),
        Action::StopRemoving => return removing::stop(model),
        _ => say(model, "only in a plan (p or d)"),
    }
    Vec::new()
}

/// Shows what rules find, or the removal that is under way.
fn prune(model: &mut Model) -> Vec<Effect> {
    begin(model, Mode::Prune)
}

/// Shows what removing the marked volumes would do, or the selected one.
fn remove(model: &mut Model) -> Vec<Effect> {
    let inventory = model.listed();
    let name = |at: usize| inventory.volumes.get(at).map(|volume| volume.name.clone());
    let names = match model.screen {
        Screen::Volumes => model.home.chosen().into_iter().map(str::to_owned).collect(),
        Screen::Map => match model.map.selected_what() {
            Some(What::Volume(Some(at), _)) => name(at as usize).into_iter().collect(),
            _ => Vec::new(),
        },
        Screen::Monitor => model.monitor.selected().and_then(name).into_iter().collect(),
        Screen::Backups | Screen::Activity | Screen::Files | Screen::Prune => {
            say(model, "not on this screen");
            return Vec::new();
        }
    };
    if names.is_empty() && !model.changes.is_removing() {
        say_trouble(model, "no volume is selected");
        return Vec::new();
    }
    begin(model, Mode::Named(names.into_iter().collect()))
}

fn begin(model: &mut Model, mode: Mode) -> Vec<Effect> {
    if model.inventory.value().is_none() {
        say(model, "nothing is listed yet");
        return Vec::new();
    }
    let came_from = match model.screen {
        Screen::Prune => model.removal.came_from,
        // The files belong to the list.
        Screen::Files => Screen::Volumes,
        screen => screen,
    };
    if model.changes.is_removing() {
        if model.removal.phase != Phase::Report {
            model.removal.begin(mode, came_from);
            model.removal.phase = Phase::Report;
        }
        model.removal.came_from = came_from;
        model.removal.invalidate();
        actions::show(model, Screen::Prune);
        return Vec::new();
    }
    model.removal.begin(mode, came_from);
    actions::show(model, Screen::Prune);
    refresh(model);
    measure_first(model)
}

/// Asks for the sizes that the plan needs first; for all if nothing was measured in this run, or what
/// may go was perhaps written since.
fn measure_first(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    if model.link != Link::Live {
        return effects;
    }
    if !model.removal.wanted.is_empty() {
        model.preferred.clone_from(&model.removal.wanted);
        effects.push(Effect::Prefer(model.preferred.clone()));
    }
    let is_touched = model.removal.wanted.iter().any(|name| model.sizes.touched().contains_key(name));
    if (is_touched || !model.sizes.has_measured()) && model.sizes.measuring.is_none() {
        effects.push(Effect::Measure);
    }
    effects
}

/// Works the plan out anew where something has changed, and takes back a question that was asked of
/// another plan.
pub(super) fn refresh(model: &mut Model) {
    if model.screen != Screen::Prune || !model.removal.take_old() {
        return;
    }
    let inventory = model.listed();
    let mut screen = std::mem::take(&mut model.removal);
    let usage = |at: usize| model.sizes.of(at).ok();
    let facts = removing::facts(model, &inventory, &usage, screen.since);
    screen.refresh(&facts, model.changes.report.as_ref());
    let is_asked = matches!(model.overlays.last(), Some(Overlay::Prompt(prompt))
        if matches!(prompt.purpose, Purpose::Remove(_)));
    let is_other = is_asked && !screen.is_as_shown(&facts);
    model.removal = screen;
    removing::follow(model, &inventory, is_other);
}

/// Carries out an action; `None` when it means here what it means everywhere.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let is_report = model.removal.phase == Phase::Report;
    match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::PageDown | Action::ScrollDown => step(model, page(model)),
        Action::PageUp | Action::ScrollUp => step(model, -page(model)),
        Action::Top => step(model, isize::MIN),
        Action::Bottom => step(model, isize::MAX),
        Action::Open if model.removal.is_editing => accept_rules(model),
        Action::Open => return Some(open(model)),
        Action::Back if model.removal.is_editing => drop_rules(model),
        Action::Back => {
            let screen = model.removal.came_from;
            actions::show(model, screen);
        }
        Action::Copy if !is_report => match copy_menu(model) {
            Some(menu) => model.overlays.push(menu),
            None => say(model, "the plan has no volume"),
        },
        Action::StopRemoving => return Some(removing::stop(model)),
        Action::Prune if !model.changes.is_removing() => {
            let screen = model.removal.came_from;
            model.removal.begin(Mode::Prune, screen);
            refresh(model);
            return Some(measure_first(model));
        }
        Action::Prune => {}
        Action::RulesHelp => model.overlays.push(Overlay::Words { scroll: 0 }),
        Action::Mark
        | Action::MarkAll
        | Action::Rules
        | Action::Presets
        | Action::FoldKept
        | Action::FreeVolumes
        | Action::Force
        | Action::NoUndo
        | Action::Copy
            if is_report =>
        {
            say(model, "this is what came of it; Esc leaves, p begins a new plan");
        }
        Action::Mark => {
            if model.removal.toggle(&model.listed()) {
                refresh(model);
                step(model, 1);
            } else {
                say(model, "this one stays; only what goes can be taken out");
            }
        }
        Action::MarkAll => {
            model.removal.toggle_all(&model.listed());
            refresh(model);
        }
        Action::Rules | Action::Presets if !model.removal.is_prune() => {
            say(model, "these volumes were named; rules are for p");
        }
        Action::Rules => {
            model.removal.before = model.removal.typed.value().to_owned();
            // What is typed next is a word of its own.
            if !model.removal.typed.value().is_empty() && !model.removal.typed.value().ends_with(' ') {
                model.removal.typed = Input::new(format!("{} ", model.removal.typed.value()));
            }
            model.removal.is_editing = true;
        }
        Action::Presets => model.overlays.push(presets(model)),
        Action::FoldKept => fold_all(model),
        Action::FreeVolumes => return Some(removing::ask_to_clear(model)),
        Action::Force => force(model),
        Action::NoUndo if model.jobs.offered.contains(&JobKind::Undo) => {
            let (undo, how) = match model.removal.undo {
                Undo::Kept => (Undo::None, "past the trash: for good"),
                Undo::None => (Undo::Kept, "to the trash first"),
            };
            model.removal.undo = undo;
            say(model, how);
        }
        Action::NoUndo => say(model, "there is no trash here: what goes is gone for good"),
        Action::Filter | Action::Sort | Action::SortReverse | Action::FocusNext | Action::ToggleDetails => {
            say(model, "not on this screen");
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn page(model: &Model) -> isize {
    isize::try_from(model.window.list_rows.saturating_sub(1).max(1)).unwrap_or(1)
}

/// Moves by rows.
pub(super) fn step(model: &mut Model, steps: isize) {
    let mut cursor = model.removal.cursor;
    cursor.step(steps, model.removal.rows.len());
    go_to(model, cursor.at);
}

fn go_to(model: &mut Model, row: usize) {
    let inventory = model.listed();
    model.removal.go_to(row, &inventory, model.changes.report.as_ref());
}

/// Selects a row; a click on the selected one folds it, or takes its volume out or in.
pub(super) fn click_row(model: &mut Model, row: usize) -> Vec<Effect> {
    if model.removal.cursor.at != row {
        go_to(model, row);
        return Vec::new();
    }
    match model.removal.selected() {
        Some(Row::Heading(..)) => open(model),
        Some(Row::Candidate(_) | Row::TakenOut(_)) => {
            model.removal.toggle(&model.listed());
            refresh(model);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Folds a heading, or asks whether the plan is to be carried out.
fn open(model: &mut Model) -> Vec<Effect> {
    match (model.removal.phase, model.removal.selected()) {
        (Phase::Report, _) => {
            if !model.changes.is_removing() {
                say(model, "it is over; Esc leaves, p begins a new plan");
            }
        }
        (Phase::Plan, Some(Row::Heading(group, _))) => {
            model.removal.fold(group);
            lay_out(model);
        }
        (Phase::Plan, _) => removing::ask(model),
    }
    Vec::new()
}

fn fold_all(model: &mut Model) {
    let headings: Vec<_> = model
        .removal
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::Heading(group, _) => Some(*group),
            _ => None,
        })
        .collect();
    // All open, or all folded.
    let is_all = headings.iter().all(|group| model.removal.is_open(*group));
    for group in headings {
        if model.removal.is_open(group) == is_all {
            model.removal.fold(group);
        }
    }
    lay_out(model);
}

fn lay_out(model: &mut Model) {
    let inventory = model.listed();
    model.removal.lay_out(&inventory, model.changes.report.as_ref());
}

fn force(model: &mut Model) {
    let inventory = model.listed();
    if !model.removal.can_be_forced(&inventory, model.changes.report.as_ref()) {
        return say(model, "nothing to force: that is for plans of nothing but volumes whose driver fails");
    }
    model.removal.is_forced = !model.removal.is_forced;
    let how = if model.removal.is_forced { "forced" } else { "not forced" };
    say(model, format!("{how}: let the engine forget it when its driver fails; a volume in use stays"));
}

/// Edits the rules; the plan follows.
pub(super) fn typed(model: &mut Model, request: InputRequest) {
    model.removal.typed.handle(request);
    model.removal.read();
    refresh(model);
}

fn accept_rules(model: &mut Model) {
    // Rules that cannot be read are not in force; leaving them would look as if they were.
    let misread = model.removal.misread.as_ref().map(ToString::to_string);
    model.removal.is_editing = misread.is_some();
    match misread {
        Some(why) => say_trouble(model, format!("not a rule, {why}")),
        None => model.removal.typed = Input::new(model.removal.typed.value().trim().to_owned()),
    }
    refresh(model);
}

fn drop_rules(model: &mut Model) {
    let before = std::mem::take(&mut model.removal.before);
    model.removal.is_editing = false;
    set_rules(model, before);
}

/// Puts rules in force.
pub(super) fn set_rules(model: &mut Model, rules: String) {
    model.removal.typed = Input::new(rules);
    model.removal.read();
    refresh(model);
}

fn presets(model: &Model) -> Overlay {
    let habit = model.prunes();
    let items = PRESETS.map(|(rules, label)| {
        let read = Rules::parse(rules).unwrap_or_default();
        let note = if read.preset == Preset::Volx {
            if rules.is_empty() { "no words".to_owned() } else { rules.to_owned() }
        } else {
            words::meaning(&read, habit).to_owned()
        };
        Item { label: label.to_owned(), note, choice: Choice::Rules(rules.to_owned()) }
    });
    let now = model.removal.rules.to_string();
    let at = PRESETS.iter().position(|(rules, _)| *rules == now).unwrap_or(0);
    Overlay::Menu(Menu { title: "Rules", items: items.into(), cursor: Cursor { at, top: 0 } })
}

fn copy_menu(model: &Model) -> Option<Overlay> {
    let inventory = model.listed();
    let candidates = &model.removal.plan.candidates;
    let names: Vec<&str> = candidates
        .iter()
        .filter_map(|candidate| inventory.volumes.get(candidate.at))
        .map(|volume| volume.name.as_str())
        .collect();
    let command = words::command(&model.removal, &inventory);
    let mut items = Vec::new();
    if !names.is_empty() {
        items.push(copy::item("names", names.join("\n"), names.len()));
    }
    if !names.is_empty() || model.removal.is_prune() {
        items.push(copy::item("command", command, 1));
    }
    (!items.is_empty()).then(|| Overlay::Menu(Menu { title: "Copy", items, cursor: Cursor::default() }))
}

/// Leaves the screen's own state when another is shown.
pub(super) fn left(model: &mut Model) {
    if model.removal.is_editing {
        drop_rules(model);
    }
    if matches!(model.overlays.last(), Some(Overlay::Prompt(prompt)) if prompt.purpose.is_change()) {
        overlays::act(model, Action::Back);
    }
}
