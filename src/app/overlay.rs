//! What lies over the screen: menus, help, the palette.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use tui_input::Input;

use super::action::Action;
use super::cursor::Cursor;
use super::files::order::FileKey;
use super::monitor::By;
use crate::domain::column::Column;
use crate::domain::place::Place;

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
    /// Actions by name.
    Palette(Box<Palette>),
    /// A choice.
    Menu(Menu),
    /// A line that is asked for.
    Prompt(Box<Prompt>),
}

/// A line that is asked for.
#[derive(Debug)]
pub struct Prompt {
    /// What it is for, in a word or two.
    pub title: &'static str,
    /// What is to be typed.
    pub note: &'static str,
    /// What is typed.
    pub input: Input,
    /// What follows.
    pub purpose: Purpose,
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
    /// Nothing can follow; the note says why.
    Unavailable,
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
}

impl Palette {
    /// All actions, before anything is typed.
    #[must_use]
    pub fn new() -> Self {
        let mut palette = Self { input: Input::default(), found: Vec::new(), cursor: Cursor::default() };
        palette.search();
        palette
    }

    /// Finds what is typed in names and descriptions.
    pub fn search(&mut self) {
        let all = Action::ALL.iter().copied().filter(|a| a.is_in_palette());
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

impl Default for Palette {
    fn default() -> Self {
        Self::new()
    }
}
