//! The bottom line: what is being typed, else a notice, else the keys that fit the moment.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;

use super::paint::{Paint, put, put_right};
use super::prompt;
use crate::app::action::Action;
use crate::app::details::Tab;
use crate::app::model::{Model, Pane, Screen};
use crate::app::overlay::Overlay;
use crate::app::removal::{Phase, Row};
use crate::config::theme::Role;
use crate::domain::job::JobKind;
use crate::domain::prune::Why;
use crate::domain::text::{fit_end, width};

pub(super) fn draw(model: &Model, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    if let Some(filter) = filter(model).filter(|_| model.is_typing() && model.overlays.is_empty()) {
        return typing(model, &filter, paint, frame, area);
    }
    let chip = filter_chip(model, paint, usize::from(area.width) / 2);
    put(frame, area, 0, &chip);
    let used = u16::try_from(chip.width()).unwrap_or(area.width).min(area.width);
    let rest = Rect { x: area.x + used, width: area.width - used, ..area };
    if let Some(notice) = &model.notice {
        let role = if notice.is_trouble { Role::Error } else { Role::Good };
        let text = paint.fit(&notice.text, usize::from(rest.width.saturating_sub(1)));
        put(frame, rest, 0, &Line::from(vec![Span::raw(" "), Span::styled(text, paint.style(role))]));
    } else {
        let mut spans = vec![Span::raw(" ")];
        for hint in hints(model, paint, usize::from(rest.width)) {
            spans.extend(hint.spans(paint));
        }
        put(frame, rest, 0, &Line::from(spans));
    }
}

/// The filter of the list that is shown, and how much passes it.
struct Filter<'a> {
    input: &'a Input,
    passing: String,
}

fn filter(model: &Model) -> Option<Filter<'_>> {
    let (input, passing) = match model.screen {
        Screen::Volumes => {
            let passing = format!("{} of {}", model.home.listed().count(), model.listed().volumes.len());
            (&model.home.filter, passing)
        }
        Screen::Files => {
            let folder = model.files.folder()?;
            (&model.files.filter, format!("{} of {}", folder.rows.len(), folder.entries().len()))
        }
        Screen::Map => (&model.map.filter, format!("{} found", model.map.found)),
        Screen::Backups | Screen::Activity | Screen::Monitor | Screen::Prune => return None,
    };
    Some(Filter { input, passing })
}

fn typing(model: &Model, filter: &Filter<'_>, paint: &Paint<'_>, frame: &mut Frame<'_>, area: Rect) {
    let count = match &model.home.filter_trouble {
        Some(trouble) if model.home.is_filtering => {
            // What is typed keeps its room as far as half of the line, and what is cut has a mark.
            let typed = width(filter.input.value()) + 4;
            let room = usize::from(area.width).saturating_sub(typed).max(usize::from(area.width / 2));
            let text = paint.fit(trouble, room.saturating_sub(1));
            Line::from(paint.span(format!("{text} "), Role::Error))
        }
        _ => Line::from(paint.span(format!("{} ", filter.passing), Role::Dim)),
    };
    let right = u16::try_from(count.width()).unwrap_or(0).min(area.width.saturating_sub(4));
    put_right(frame, Rect { x: area.right() - right, width: right, ..area }, 0, &count);
    let room = usize::from(area.width - right).saturating_sub(3);
    let input = filter.input;
    let (shown, at) = prompt::typed(input, room + 1, paint.glyphs().ellipsis);
    put(frame, area, 0, &Line::from(vec![paint.span("/", Role::Accent), paint.span(shown, Role::Text)]));
    frame.set_cursor_position(Position::new((area.x + 1 + at).min(area.right() - 1), area.y));
}

/// The filter in force, so that a short list never looks like a whole one.
fn filter_chip<'a>(model: &Model, paint: &Paint<'_>, room: usize) -> Line<'a> {
    let Some(filter) = filter(model).filter(|filter| !filter.input.value().is_empty()) else {
        return Line::default();
    };
    let typed = filter.input.value();
    let count = format!(" {} ", filter.passing);
    let shown = fit_end(typed, room.saturating_sub(width(&count) + 2), paint.glyphs().ellipsis).into_owned();
    Line::from(vec![
        paint.span(" /", Role::Accent),
        paint.span(shown, Role::Accent),
        paint.span(count, Role::Dim),
    ])
}

/// A key and what it does.
pub(super) struct Hint {
    pub(super) action: Action,
    key: String,
    word: &'static str,
    /// Whether it may not be done here.
    is_off: bool,
}

impl Hint {
    fn spans<'a>(&self, paint: &Paint<'_>) -> [Span<'a>; 4] {
        let (key, word) = if self.is_off { (Role::Dim, Role::Dim) } else { (Role::HintKey, Role::Hint) };
        // Without colours there is a sign, too.
        let open = if self.is_off { paint.span("-", word) } else { Span::raw(" ") };
        [paint.span(self.key.clone(), key), open, paint.span(self.word, word), Span::raw("  ")]
    }

    /// Columns that it takes.
    pub(super) fn width(&self) -> usize {
        width(&self.key) + 1 + width(self.word) + 2
    }
}

/// What can be done now, most useful first.
fn wanted(model: &Model) -> &'static [Action] {
    use Action::{
        Back, Copy, Filter, FocusNext, Fold, FoldAll, GroupByProject, Help, Mark, Measure, NextPeriod,
        NextTab, Open, OpenDemo, Palette, Prune, Quit, Remove, Retry, ShowActivity, ShowMonitor, ShowVolumes,
        Sort,
    };
    match model.overlays.last() {
        Some(Overlay::Help { .. } | Overlay::Warnings { .. } | Overlay::Words { .. }) => {
            &[Action::Down, Back, Quit]
        }
        Some(Overlay::Jobs(_)) => &[Action::CancelJob, Action::Down, Back, Quit],
        Some(Overlay::Form(_)) => &[Action::Submit, Action::NextField, Back, Quit],
        Some(_) => &[Open, Back, Quit],
        None if model.is_offline() => &[Retry, OpenDemo, Help, Quit],
        None if model.screen == Screen::Files && model.files.is_zoomed => {
            &[Help, Back, Action::Down, Action::PageDown, Action::Bottom, Copy, Action::Get, Quit]
        }
        None if model.screen == Screen::Files && model.pane == Pane::Details => {
            &[Help, FocusNext, Action::Down, Action::PageDown, Action::Bottom, Copy, Quit]
        }
        None if model.screen == Screen::Files && model.files.kept.is_some() => {
            &[Help, Open, Back, Action::Get, Action::Restore, Filter, Sort, Copy, Action::GoTo, Quit]
        }
        None if model.screen == Screen::Files => {
            &[Help, Open, Back, Filter, Sort, Copy, Action::Get, Action::Put, Action::GoTo, Measure, Quit]
        }
        None if model.removal.is_editing => &[Open, Back],
        None if model.screen == Screen::Prune => removal_hints(model),
        None if model.screen == Screen::Backups => &[
            Help,
            Open,
            Action::Restore,
            Action::Verify,
            Mark,
            Remove,
            Copy,
            Action::BackUp,
            Action::Jobs,
            Back,
            Palette,
            Quit,
        ],
        None if model.screen == Screen::Activity => &[Help, Open, ShowVolumes, Back, Palette, Quit],
        None if model.screen == Screen::Map => {
            &[Help, Open, Fold, FoldAll, Filter, Sort, Quit, Measure, Copy, ShowVolumes, Back, Palette]
        }
        None if model.screen == Screen::Monitor => {
            &[Help, Open, NextPeriod, Measure, ShowVolumes, Back, Palette, Quit]
        }
        None if model.details.is_zoomed && model.details.tab == Tab::History => {
            &[Help, Back, NextTab, NextPeriod, Copy, Palette, Quit]
        }
        None if model.details.tab == Tab::Backups && is_about_details(model) => {
            &[Help, Back, Action::Restore, Action::BackUp, NextTab, Palette, Quit]
        }
        None if model.details.is_zoomed => &[Help, Back, NextTab, Copy, Palette, Quit],
        None if model.pane == Pane::Details => &[Help, FocusNext, NextTab, Open, Copy, Quit],
        None if !model.home.marks.is_empty() => &[
            Help,
            Remove,
            Action::BackUp,
            Mark,
            Copy,
            Back,
            Filter,
            Sort,
            Open,
            NextTab,
            Quit,
            Measure,
            Palette,
        ],
        None => &[
            Help,
            Filter,
            Sort,
            Open,
            Mark,
            Remove,
            Prune,
            Action::BackUp,
            Copy,
            NextTab,
            Quit,
            GroupByProject,
            Measure,
            Action::Create,
            Action::Protect,
            ShowMonitor,
            ShowActivity,
            Palette,
        ],
    }
}

/// Whether the keys are about the details.
const fn is_about_details(model: &Model) -> bool {
    model.details.is_zoomed || matches!(model.pane, Pane::Details)
}

/// The hints that fit the moment and the room, most useful first.
pub(super) fn hints(model: &Model, paint: &Paint<'_>, room: usize) -> Vec<Hint> {
    use Action::{Filter, Mark, Open, Warnings};
    let wanted = wanted(model);
    let is_list = model.screen != Screen::Files && wanted.contains(&Filter);
    let mut used = 1;
    let mut hints = Vec::new();
    // What is warned of comes first while the list is seen.
    let warned = (is_list && !model.warnings().is_empty()).then_some(&Warnings);
    for action in warned.into_iter().chain(wanted) {
        let Some(key) = paint.config.keymap.first(model.contexts(), *action) else { continue };
        if model.screen == Screen::Prune && model.overlays.is_empty() && is_idle(model, *action) {
            continue;
        }
        // What lies over the screen says itself what Enter does there.
        let word = match model.overlays.last() {
            Some(overlay) if *action == Open => overlay.verb(),
            None if model.screen == Screen::Prune && *action == Open => enter_word(model),
            None if model.screen == Screen::Prune && *action == Mark => "in/out",
            None if model.screen == Screen::Backups && *action == Action::Remove => "delete",
            None if model.screen == Screen::Backups && *action == Open => "files",
            _ => action.hint(),
        };
        if is_not_offered(model, *action) {
            continue;
        }
        let is_off = action.is_changing() && model.is_read_only();
        let hint = Hint { action: *action, key, word, is_off };
        used += hint.width();
        if used > room {
            break;
        }
        hints.push(hint);
    }
    hints
}

/// Whether it is nothing that can be done on this engine.
fn is_not_offered(model: &Model, action: Action) -> bool {
    let kind = match action {
        Action::BackUp => JobKind::Backup,
        Action::Verify => JobKind::Verify,
        Action::Restore => JobKind::Restore,
        Action::Clone => JobKind::Clone,
        Action::Rename => JobKind::Rename,
        Action::Undo | Action::NoUndo => JobKind::Undo,
        Action::Jobs => return model.jobs.all.is_empty(),
        Action::Remove if model.screen == Screen::Backups => JobKind::Delete,
        _ => return false,
    };
    !model.jobs.offered.contains(&kind)
}

/// The hints of a plan or a report.
fn removal_hints(model: &Model) -> &'static [Action] {
    use Action::{
        Back, Copy, FoldKept, FreeVolumes, Help, Mark, Measure, Open, Presets, Prune, Quit, Rules, RulesHelp,
        StopRemoving,
    };
    match (model.removal.phase, model.changes.is_removing(), model.removal.is_prune()) {
        (Phase::Report, true, _) => &[Help, StopRemoving, Back, Quit],
        (Phase::Report, false, _) => &[Help, Back, Action::Undo, Prune, Quit],
        (Phase::Plan, _, true) => &[
            Help,
            Open,
            Rules,
            Presets,
            Mark,
            Action::NoUndo,
            Back,
            FoldKept,
            RulesHelp,
            Copy,
            Measure,
            Quit,
        ],
        (Phase::Plan, _, false) => {
            &[Help, Open, Mark, FreeVolumes, Action::NoUndo, Back, FoldKept, Copy, Measure, Quit]
        }
    }
}

/// Whether this would do nothing on the plan that is shown.
fn is_idle(model: &Model, action: Action) -> bool {
    let (removal, plan) = (&model.removal, &model.removal.plan);
    let is_heading = matches!(removal.selected(), Some(Row::Heading(..)));
    match action {
        Action::Open if removal.phase == Phase::Plan && !removal.is_editing => {
            !is_heading && (plan.candidates.is_empty() || model.is_read_only())
        }
        Action::FreeVolumes => !plan.kept.iter().any(|kept| matches!(kept.why, Why::Used(_))),
        _ => false,
    }
}

/// What Enter does in a plan.
fn enter_word(model: &Model) -> &'static str {
    match model.removal.selected() {
        _ if model.removal.is_editing => "take",
        Some(Row::Heading(..)) => "fold",
        _ => "remove",
    }
}

/// Which hint is at this column.
pub(super) fn hint_at(model: &Model, paint: &Paint<'_>, area: Rect, x: u16) -> Option<Action> {
    if model.is_typing() || model.notice.is_some() {
        return None;
    }
    let used = u16::try_from(filter_chip(model, paint, usize::from(area.width) / 2).width()).unwrap_or(0);
    let mut left = area.x + used.min(area.width) + 1;
    for hint in hints(model, paint, usize::from(area.width - used.min(area.width))) {
        let right = left + u16::try_from(hint.width()).unwrap_or(0);
        if (left..right).contains(&x) {
            return Some(hint.action);
        }
        left = right;
    }
    None
}
