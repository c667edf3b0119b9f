//! Keys in the form that makes a volume, and what came of it.

use super::{say, settle};
use crate::app::action::Action;
use crate::app::form::{Row, Stage};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::domain::change::ChangeAsk;
use crate::domain::trouble::Trouble;

/// Opens the form as it was left.
pub(super) fn open(model: &mut Model) {
    let mut form = model.changes.draft.take().unwrap_or_default();
    // The name is what people come to type.
    form.at = 1;
    model.overlays.push(Overlay::Form(form));
}

/// Carries out an action in the form.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = model.overlays.last_mut() else { return Vec::new() };
    match action {
        Action::Up | Action::PreviousField => form.step(-1),
        Action::PageUp => form.at = 0,
        Action::PageDown => form.step(isize::MAX),
        Action::Open if form.row() == Row::Make => return make(model),
        Action::Open | Action::Down | Action::NextField => form.step(1),
        Action::Submit => return make(model),
        Action::Back => leave(model),
        _ => {}
    }
    Vec::new()
}

/// Goes to a row of the form by pointing; what is no line of text is done at once.
pub(super) fn choose(model: &mut Model, row: usize) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = model.overlays.last_mut() else { return Vec::new() };
    let was_there = form.at == row;
    form.at = row.min(form.rows().len() - 1);
    match form.row() {
        Row::Preset if was_there => form.turn(1),
        Row::Make => return make(model),
        Row::Preset | Row::Line(..) => {}
    }
    Vec::new()
}

/// Closes the form; what was typed stays for the next time, but for the password.
fn leave(model: &mut Model) {
    if let Some(Overlay::Form(mut form)) = model.overlays.pop() {
        form.forget_secrets();
        form.stage = Stage::Typing;
        form.is_tried = false;
        model.changes.draft = Some(form);
    }
}

/// Asks the engine for the volume, if it can be meant; else goes to what is wrong.
fn make(model: &mut Model) -> Vec<Effect> {
    let inventory = model.listed();
    let Some(Overlay::Form(form)) = model.overlays.last_mut() else { return Vec::new() };
    if matches!(form.stage, Stage::Making(_)) {
        return Vec::new();
    }
    let checked = form.checked(&inventory);
    if let Some(row) = checked.flaws.iter().map(|(row, _)| *row).min() {
        form.is_tried = true;
        form.at = form.rows().iter().position(|at| *at == row).unwrap_or(form.at);
        return Vec::new();
    }
    form.stage = Stage::Making(checked.volume.name.clone());
    vec![Effect::Change(ChangeAsk::Make(checked.volume))]
}

/// Takes in what came of it: the form closes, and the list goes to what is new; or the form says why
/// not. Whether that told the user enough.
pub(super) fn made(model: &mut Model, name: &str, outcome: &Result<(), Trouble>) -> bool {
    let is_awaited = |overlay: &Overlay| matches!(overlay, Overlay::Form(form) if form.stage == Stage::Making(name.to_owned()));
    let place = model.overlays.iter().position(is_awaited);
    match (outcome, place) {
        (Ok(()), _) => {
            if let Some(place) = place {
                model.overlays.remove(place);
            }
            // The next one is another volume.
            model.changes.draft = None;
            let inventory = model.listed();
            model.home.expect(name.to_owned(), &inventory);
            settle(model);
            say(model, format!("{name} is made"));
            true
        }
        (Err(trouble), Some(place)) => {
            if let Some(Overlay::Form(form)) = model.overlays.get_mut(place) {
                form.stage = Stage::Refused(trouble.clone());
            }
            true
        }
        (Err(_), None) => false,
    }
}
