//! Keys, mouse and pastes as messages.

use crossterm::event::{Event, EventStream, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tui_input::backend::crossterm::to_input_request;

use crate::app::action::Context;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::config::Config;
use crate::config::keymap::Key;
use crate::ui;

/// Lines that one turn of the wheel moves.
const WHEEL: isize = 3;

/// The terminal's events.
pub(super) fn events() -> BoxStream<'static, std::io::Result<Event>> {
    EventStream::new().boxed()
}

/// What an event means for this screen; `None` when nothing.
#[must_use]
pub fn message(event: &Event, model: &Model, config: &Config) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_message(key, event, model, config),
        Event::Mouse(mouse) => mouse_message(*mouse, model, config),
        Event::Paste(text) => Some(Message::Pasted(text.clone())),
        _ => None,
    }
}

fn key_message(key: &KeyEvent, event: &Event, model: &Model, config: &Config) -> Option<Message> {
    let contexts = model.contexts();
    if let Some(action) = config.keymap.action(contexts, Key::of_event(key)) {
        return Some(Message::Action(action));
    }
    if contexts.contains(&Context::Text) {
        return to_input_request(event).map(Message::Typed);
    }
    None
}

fn mouse_message(mouse: MouseEvent, model: &Model, config: &Config) -> Option<Message> {
    let spot = || ui::spot(model, config, mouse.column, mouse.row);
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Message::Clicked(spot())),
        MouseEventKind::ScrollDown => Some(Message::Wheeled(spot(), WHEEL)),
        MouseEventKind::ScrollUp => Some(Message::Wheeled(spot(), -WHEEL)),
        _ => None,
    }
}
