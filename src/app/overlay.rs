//! What lies over the screen: menus, help, the palette.

use std::fmt;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use tui_input::Input;

use super::action::Action;
use super::cursor::Cursor;
use super::files::order::FileKey;
use super::form::Form;
use super::holders::Acts;
use super::monitor::By;
use super::wanted::{BackingUp, Deleting, Replacing, Restoring, Returning, Setting, Target};
use crate::domain::change::ChangeAsk;
use crate::domain::column::Column;
use crate::domain::files_news::FilesAsk;
use crate::domain::keep::{KeepAsk, Kept};
use crate::domain::lifecycle::Clearing;
use crate::domain::place::Place;
use crate::domain::prune::Asking;

/// One overlay. The newest is on top and has the keys.
#[derive(Debug)]
pub enum Overlay {
    /// The keys, scrolled to a line.
    Help {
        /// The first line shown.
        scroll: usize,
    },
    /// What the engine and volx warn of.
    Warnings {
        /// The first line shown.
        scroll: usize,
    },
    /// What rules can be made of.
    Words {
        /// The first line shown.
        scroll: usize,
    },
    /// Actions by name.
    Palette(Box<Palette>),
    /// A choice.
    Menu(Menu),
    /// A line that is asked for.
    Prompt(Box<Prompt>),
    /// The form that makes a volume.
    Form(Box<Form>),
    /// What can be done with a container.
    Acts(Acts),
    /// A question with its answers.
    Question(Question),
    /// The jobs.
    Jobs(Cursor),
}

impl Overlay {
    /// What Enter does with it, in a word or two.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Help { .. } | Self::Warnings { .. } | Self::Words { .. } | Self::Jobs(_) => {
                Action::Back.hint()
            }
            Self::Palette(_) | Self::Acts(_) | Self::Question(_) => "do",
            Self::Menu(menu) => match menu.items.first().map(|item| &item.choice) {
                Some(Choice::Sort(_) | Choice::SortFiles(_) | Choice::SortMonitor(_)) => "sort",
                Some(Choice::Copy(_) | Choice::Unavailable) => "copy",
                Some(Choice::Rules(_) | Choice::Restore(..)) => "choose",
                Some(Choice::Making(..)) => "change",
                Some(Choice::Keep(_) | Choice::Trash(_)) => "do",
                None => Action::Open.hint(),
            },
            Self::Prompt(prompt) => match prompt.purpose {
                Purpose::GoTo => "go",
                Purpose::Get(_) => "copy out",
                Purpose::Put(_) => "copy in",
                Purpose::Restore(_) | Purpose::Secret(_) => "restore",
                Purpose::ReplaceOf(_) => Action::Open.hint(),
                Purpose::Making(..) => "set",
                Purpose::CloneTo(_) => "clone",
                Purpose::RenameTo(_) => "rename",
                Purpose::BackAs(_) => "bring back",
                Purpose::Replace(_)
                | Purpose::Agree(_)
                | Purpose::Remove(_)
                | Purpose::Clear(_)
                | Purpose::Empty(..)
                | Purpose::ReplaceBy(_)
                | Purpose::Delete(_)
                | Purpose::Leave => "answer",
                Purpose::Overtaken => Action::Back.hint(),
            },
            Self::Form(_) => "next",
        }
    }
}

impl Overlay {
    /// Whether what follows from it cannot simply be taken back.
    #[must_use]
    pub const fn is_danger(&self) -> bool {
        matches!(self, Self::Prompt(prompt) if prompt.purpose.is_danger())
    }
}

/// A line that is asked for.
pub struct Prompt {
    /// What it is for, in a word or two.
    pub title: &'static str,
    /// What is to be typed.
    pub note: String,
    /// What is wrong with what was typed.
    pub trouble: Option<String>,
    /// What is typed.
    pub input: Input,
    /// What follows.
    pub purpose: Purpose,
}

/// Without what was typed: it may be a password.
impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt")
            .field("title", &self.title)
            .field("note", &self.note)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// What a line is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To go to that path inside the volume.
    GoTo,
    /// To copy this entry there.
    Get(Place),
    /// To copy that into this folder.
    Put(Place),
    /// To agree that what is there gives way to this copy.
    Replace(FilesAsk),
    /// To agree that this is changed.
    Agree(ChangeAsk),
    /// To agree that the volumes of the plan are removed.
    Remove(Asking),
    /// To agree that these containers are stopped and removed.
    Clear(Clearing),
    /// Nothing any more: what was asked about has changed. It stays for what is still being typed, which
    /// would be commands otherwise.
    Overtaken,
    /// To agree to stop what is under way and leave.
    Leave,
    /// To make a volume of this name of a backup.
    Restore(Restoring),
    /// To copy this volume to a new one of the name.
    CloneTo(String),
    /// To give this volume the name.
    RenameTo(String),
    /// To say what the backup has masked of the first option that is asked for.
    Secret(Restoring),
    /// To bring a volume back under this name.
    BackAs(Returning),
    /// To agree that these of the trash go for good.
    Empty(Vec<i64>, Asking),
    /// To name the volume whose content gives way to this backup's.
    ReplaceOf(Box<Kept>),
    /// To agree to that.
    ReplaceBy(Box<Replacing>),
    /// To set this for a backup.
    Making(Box<BackingUp>, Setting),
    /// To agree that these backups are deleted.
    Delete(Deleting),
}

impl Purpose {
    /// Whether something on the engine follows.
    #[must_use]
    pub const fn is_change(&self) -> bool {
        matches!(self, Self::Remove(_) | Self::Clear(_) | Self::Overtaken | Self::Leave)
    }

    /// Whether something goes, or gives way.
    #[must_use]
    pub const fn is_danger(&self) -> bool {
        matches!(self, Self::Remove(_) | Self::Clear(_) | Self::ReplaceBy(_) | Self::Delete(_))
    }

    /// Whether it is about backups and copies.
    #[must_use]
    pub const fn is_keeping(&self) -> bool {
        matches!(
            self,
            Self::Restore(_)
                | Self::Secret(_)
                | Self::CloneTo(_)
                | Self::RenameTo(_)
                | Self::ReplaceOf(_)
                | Self::ReplaceBy(_)
                | Self::Making(..)
                | Self::Delete(_)
        )
    }

    /// Whether something leaves the trash.
    #[must_use]
    pub const fn is_of_trash(&self) -> bool {
        matches!(self, Self::BackAs(_) | Self::Empty(..))
    }

    /// Whether what is typed must not be seen.
    #[must_use]
    pub const fn is_blind(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// A choice of a few things.
#[derive(Debug)]
pub struct Menu {
    /// What is chosen.
    pub title: &'static str,
    /// The choices.
    pub items: Vec<Item>,
    /// The selected one.
    pub cursor: Cursor,
}

/// A question with its answers.
#[derive(Debug)]
pub struct Question {
    /// What it is about, in a word or two.
    pub title: &'static str,
    /// What is known, in lines.
    pub note: String,
    /// The answers.
    pub items: Vec<Item>,
    /// The selected one.
    pub cursor: Cursor,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// More about it.
    pub note: String,
    /// What follows.
    pub choice: Choice,
}

/// What follows from a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Sort by a column.
    Sort(Column),
    /// Sort the Monitor.
    SortMonitor(By),
    /// Sort files by a key.
    SortFiles(FileKey),
    /// Copy a text.
    Copy(String),
    /// Prune by these rules.
    Rules(String),
    /// Keep something.
    Keep(KeepAsk),
    /// Take something out of the trash.
    Trash(OfTrash),
    /// Restore a backup.
    Restore(Box<Kept>, Target),
    /// Set something for a backup; or choose what.
    Making(Box<BackingUp>, Option<Setting>),
    /// Nothing can follow; the note says why.
    Unavailable,
}

/// What can be done with the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfTrash {
    /// Take an action back.
    Undo(i64),
    /// Choose one of its volumes.
    Volumes,
    /// Bring one of its volumes back, under a name that is asked for.
    Volume(i64),
    /// Drop what is past its time, or more than the trash may hold.
    Expired,
    /// Drop all of it.
    All,
}

/// What a fitting name weighs more than any fitting description.
const NAME_BONUS: u32 = 10_000;

/// Actions found by name.
#[derive(Debug)]
pub struct Palette {
    /// What is typed.
    pub input: Input,
    /// What was found, best first.
    pub found: Vec<Action>,
    /// The selected one.
    pub cursor: Cursor,
    offered: Vec<Action>,
}

impl Palette {
    /// What can act now, before anything is typed.
    #[must_use]
    pub fn new(offered: Vec<Action>) -> Self {
        let found = offered.clone();
        Self { input: Input::default(), found, cursor: Cursor::default(), offered }
    }

    /// Finds what is typed in names and descriptions.
    pub fn search(&mut self) {
        let all = self.offered.iter().copied();
        let typed = self.input.value().trim();
        self.cursor = Cursor::default();
        if typed.is_empty() {
            self.found = all.collect();
            return;
        }
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        let mut scored: Vec<(u32, Action)> = all
            .filter_map(|action| {
                let mut score = |text: &str| {
                    pattern.score(nucleo_matcher::Utf32Str::new(text, &mut letters), &mut matcher)
                };
                // A name that fits says more than a description that does.
                let by_name = score(action.name()).map(|score| score + NAME_BONUS);
                Some((by_name.or_else(|| score(action.doc()))?, action))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = scored.into_iter().map(|(_, action)| action).collect();
    }
}
