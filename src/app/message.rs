//! What can happen, and what can follow.

use jiff::Timestamp;
use tui_input::InputRequest;

use super::action::Action;
use super::details::Tab;
pub use super::screen::{Screen, Window};
use crate::app::files::order::FileKey;
use crate::domain::change::ChangeAsk;
use crate::domain::column::Column;
use crate::domain::files_news::FilesAsk;
use crate::domain::keep::KeepAsk;
use crate::domain::live::Observation;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// The user wants something.
    Action(Action),
    /// The user edits the line that is being typed.
    Typed(InputRequest),
    /// The user pasted.
    Pasted(String),
    /// The user clicked on something.
    Clicked(Spot),
    /// The user turned the wheel over something, by lines; negative is up.
    Wheeled(Spot, isize),
    /// There is news of the engine.
    Observed(Observation),
    /// Time has passed.
    Clock(Timestamp),
    /// The window has another shape, or what is in it has another length.
    Window(Window),
    /// Something outside could not be done.
    Failed(String),
}

/// Something on the screen that can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// A row of the main list.
    Row(usize),
    /// A heading of the main list.
    Heading(Column),
    /// A heading of the list of files.
    FileHeading(FileKey),
    /// The main list beside its rows.
    List,
    /// A tab of the details.
    Tab(Tab),
    /// The details.
    Details,
    /// A row of the topmost overlay.
    Item(usize),
    /// The topmost overlay beside its rows.
    Overlay,
    /// The screen's name in the header.
    Screen(Screen),
    /// A hint.
    Hint(Action),
    /// Nothing.
    Nowhere,
}

/// Something that has to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// List again.
    Refresh,
    /// Measure again.
    Measure,
    /// Stop measuring.
    StopMeasuring,
    /// Measure these volumes first: they are seen.
    Prefer(Vec<String>),
    /// Measure this volume soon: what was measured of it is of what it was.
    Weigh(String),
    /// Ask for the writable layers, and look for bound folders.
    Layers,
    /// Describe a volume.
    Inspect(String),
    /// Tell what is remembered of a volume.
    Past(String),
    /// Reach the engine now.
    Retry,
    /// See whether the engine still answers.
    Pulse,
    /// Something about a volume's files, for the visit with this number.
    Files(u64, FilesAsk),
    /// Something with backups, copies or the trash.
    Keep(KeepAsk),
    /// Change something on the engine.
    Change(ChangeAsk),
    /// Watch the demo instead.
    Demo,
    /// Put a text on the user's clipboard.
    Copy(String),
    /// Leave.
    Quit,
}
