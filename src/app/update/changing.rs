//! What changes something: refused as a whole where volx was told to change nothing.

use super::copying::is_yes;
use super::{creating, holders, protecting, removing, say, say_trouble};
use crate::app::action::Action;
use crate::app::message::Effect;
use crate::app::model::{Model, Screen};
use crate::domain::change::ChangeAsk;

/// Carries out what changes something; `None` when the action is none of that.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action.is_changing() && model.is_read_only() {
        let how = "run volx without --read-only and read_only = true";
        say_trouble(model, format!("{} is off (read-only): {how}", action.hint()));
        return Some(Vec::new());
    }
    match action {
        Action::Create if model.inventory.value().is_none() => say(model, "no engine has been reached yet"),
        Action::Create => creating::open(model),
        Action::Protect if model.screen == Screen::Volumes => return Some(protecting::toggle(model)),
        Action::Protect => say(model, "not on this screen"),
        action => return holders::act(model, action),
    }
    Some(Vec::new())
}

/// Does what was asked for, if the answer is yes.
pub(super) fn answered(model: &mut Model, ask: ChangeAsk, line: &str) -> Vec<Effect> {
    if is_yes(line) {
        holders::begin(model, ask)
    } else {
        say(model, removing::NOT_AGREED);
        Vec::new()
    }
}
