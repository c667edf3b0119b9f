//! What can act on the screen that is shown: the palette offers nothing else.

use crate::app::action::Action;
use crate::app::details::Tab;
use crate::app::model::{Model, Screen};
use crate::app::removal::Phase;
use crate::domain::job::JobKind;

/// Everything that can act now, in the order of the help.
pub(super) fn all(model: &Model) -> Vec<Action> {
    Action::ALL.iter().copied().filter(|action| action.is_in_palette() && can_act(model, *action)).collect()
}

fn is_plan(model: &Model) -> bool {
    model.removal.phase == Phase::Plan
}

/// Whether a volume can be selected there.
const fn is_one_volume(model: &Model) -> bool {
    matches!(model.screen, Screen::Volumes | Screen::Map | Screen::Monitor)
        || (matches!(model.screen, Screen::Files) && model.files.kept.is_none())
}

/// Whether a backup can be selected there, or is open.
const fn is_one_backup(model: &Model) -> bool {
    matches!(model.screen, Screen::Backups)
        || (matches!(model.screen, Screen::Files) && model.files.kept.is_some())
}

fn can_act(model: &Model, action: Action) -> bool {
    let screen = model.screen;
    match action {
        Action::Mark | Action::MarkAll => {
            matches!(screen, Screen::Volumes | Screen::Backups) || (screen == Screen::Prune && is_plan(model))
        }
        Action::GroupByProject | Action::Protect => screen == Screen::Volumes,
        Action::NextTab | Action::PreviousTab => matches!(screen, Screen::Volumes | Screen::Monitor),
        Action::ToggleDetails => matches!(screen, Screen::Volumes | Screen::Map),
        Action::BackUp => {
            (is_one_volume(model) || screen == Screen::Backups)
                && model.jobs.offered.contains(&JobKind::Backup)
        }
        Action::Remove if screen == Screen::Backups => model.jobs.offered.contains(&JobKind::Delete),
        Action::Verify => screen == Screen::Backups && model.jobs.offered.contains(&JobKind::Verify),
        Action::Restore => {
            (is_one_volume(model) || is_one_backup(model)) && model.jobs.offered.contains(&JobKind::Restore)
        }
        Action::Clone => is_one_volume(model) && model.jobs.offered.contains(&JobKind::Clone),
        Action::Rename => is_one_volume(model) && model.jobs.offered.contains(&JobKind::Rename),
        Action::Undo => model.jobs.offered.contains(&JobKind::Undo),
        Action::NoUndo => {
            screen == Screen::Prune && is_plan(model) && model.jobs.offered.contains(&JobKind::Undo)
        }
        Action::Jobs => !model.jobs.all.is_empty(),
        Action::Sort => !matches!(screen, Screen::Activity | Screen::Prune | Screen::Backups),
        Action::Filter | Action::SortReverse => {
            matches!(screen, Screen::Volumes | Screen::Map | Screen::Files)
        }
        Action::NextPeriod => {
            screen == Screen::Monitor || (screen == Screen::Volumes && model.details.tab == Tab::History)
        }
        Action::Get => {
            screen == Screen::Files && model.files.selected().is_some() && model.files.job.is_none()
        }
        Action::Put => screen == Screen::Files && model.files.kept.is_none() && model.files.job.is_none(),
        Action::CancelCopy => screen == Screen::Files && model.files.job.is_some(),
        Action::GoTo | Action::GoToRoot => screen == Screen::Files,
        Action::Fold | Action::FoldAll => screen == Screen::Map,
        Action::Remove => matches!(screen, Screen::Volumes | Screen::Map | Screen::Monitor),
        Action::StopRemoving => model.changes.is_removing(),
        Action::RulesHelp => screen == Screen::Prune,
        Action::Rules | Action::Presets => {
            screen == Screen::Prune && is_plan(model) && model.removal.is_prune()
        }
        Action::FoldKept | Action::Force => screen == Screen::Prune && is_plan(model),
        Action::FreeVolumes => screen == Screen::Prune && is_plan(model) && !model.removal.is_prune(),
        Action::StopMeasuring => model.sizes.measuring.is_some(),
        Action::Warnings => !model.warnings().is_empty(),
        _ => true,
    }
}
