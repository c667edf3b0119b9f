//! Everything the user can do, in one table: it feeds the keymap, the help, the hints, the palette,
//! `volx keys` and the README.

use std::str::FromStr;

use strsim::damerau_levenshtein;

/// Where keys are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// The screens.
    Main,
    /// The screen while no engine is reached; what is not bound here falls through to `Main`.
    Offline,
    /// The storage map; what is not bound here falls through to `Main`.
    Map,
    /// What is to be removed; what is not bound here falls through to `Main`.
    Prune,
    /// The backups; what is not bound here falls through to `Main`.
    Backups,
    /// Menus, help and other overlays.
    Menu,
    /// A line of text is being typed.
    Text,
    /// A form; what is not bound here falls through to `Text`.
    Form,
}

impl Context {
    /// Every context, in the order of the keymap file.
    pub const ALL: [Self; 8] = [
        Self::Main,
        Self::Offline,
        Self::Map,
        Self::Prune,
        Self::Backups,
        Self::Menu,
        Self::Text,
        Self::Form,
    ];

    /// The section's name in the keymap file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Offline => "offline",
            Self::Map => "map",
            Self::Prune => "prune",
            Self::Backups => "backups",
            Self::Menu => "menu",
            Self::Text => "text",
            Self::Form => "form",
        }
    }
}

/// What an action belongs to, for the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Moving about.
    Move,
    /// The list of volumes.
    List,
    /// The details of one volume.
    Details,
    /// The files of one volume.
    Files,
    /// The storage map.
    Map,
    /// Removing volumes.
    Remove,
    /// Backups and jobs.
    Keep,
    /// Screens and the program.
    General,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 8] = [
        Self::Move,
        Self::List,
        Self::Details,
        Self::Files,
        Self::Map,
        Self::Remove,
        Self::Keep,
        Self::General,
    ];

    /// The heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::List => "Volumes",
            Self::Details => "Details",
            Self::Files => "Files",
            Self::Map => "Map",
            Self::Remove => "Remove",
            Self::Keep => "Backups",
            Self::General => "General",
        }
    }
}

macro_rules! actions {
    ($($variant:ident, $name:literal, $group:ident, [$($context:ident),*], $hint:literal, $doc:literal;)*) => {
        /// Something the user can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $doc] $variant,)*
        }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in keymap files and the palette.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it does, in one line.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            /// The word for it in the hints line.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }

            /// What it belongs to.
            #[must_use]
            pub const fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)* }
            }

            /// Where keys may be bound to it.
            #[must_use]
            pub const fn contexts(self) -> &'static [Context] {
                match self { $(Self::$variant => &[$(Context::$context,)*],)* }
            }
        }
    };
}

actions! {
    Down, "down", Move, [Main, Menu, Text], "down", "Next row, or scroll down";
    Up, "up", Move, [Main, Menu, Text], "up", "Previous row, or scroll up";
    PageDown, "page-down", Move, [Main, Menu, Text], "page down", "One page down";
    PageUp, "page-up", Move, [Main, Menu, Text], "page up", "One page up";
    Top, "top", Move, [Main, Menu], "top", "First row";
    Bottom, "bottom", Move, [Main, Menu], "bottom", "Last row";
    Open, "open", Move, [Main, Menu, Text], "open", "Open what is selected, or accept";
    Back, "back", Move, [Main, Menu, Text], "back", "Step back: close, leave the pane, drop the filter, then the marks";
    FocusNext, "focus-next", Move, [Main], "pane", "Go to the other pane";
    Mark, "mark", List, [Main], "mark", "Mark or unmark the volume and go on";
    MarkAll, "mark-all", List, [Main], "mark all", "Mark all listed volumes, or unmark them when all are";
    Filter, "filter", List, [Main], "filter", "Filter by words and fields, such as status:dangling";
    Sort, "sort", List, [Main], "sort", "Choose the column to sort by";
    SortReverse, "sort-reverse", List, [Main], "reverse", "Turn the order round";
    GroupByProject, "group-by-project", List, [Main], "group", "Group by Compose project, or stop grouping";
    Copy, "copy", List, [Main], "copy", "Copy the name, the mountpoint, or a ready --mount or -v";
    Create, "create", List, [Main], "create", "Make a volume";
    Protect, "protect", List, [Main], "protect", "Protect the marked or selected volumes, or lift it";
    Measure, "measure", List, [Main], "measure", "Measure the sizes again; on the map the writable layers too";
    StopMeasuring, "stop-measuring", List, [Main], "stop", "Stop measuring";
    Refresh, "refresh", List, [Main], "refresh", "List everything again";
    NextTab, "next-tab", Details, [Main], "tab", "Next tab of the details";
    PreviousTab, "previous-tab", Details, [Main], "tab", "Previous tab of the details";
    ScrollDown, "scroll-down", Details, [Main], "scroll", "Scroll the details down from the list";
    ScrollUp, "scroll-up", Details, [Main], "scroll", "Scroll the details up from the list";
    NextPeriod, "next-period", Details, [Main], "period", "History and Monitor: look further back, or round to the last hour";
    ToggleDetails, "toggle-details", Details, [Main], "details", "Hide or show the details pane";
    Get, "get", Files, [Main], "get", "Copy the file or folder out of the volume";
    Put, "put", Files, [Main], "put", "Copy a file or folder of this machine into the volume";
    CancelCopy, "cancel-copy", Files, [Main], "end copy", "End the copying that is under way";
    GoTo, "go-to", Files, [Main], "go to", "Go to a path inside the volume";
    GoToRoot, "go-to-root", Files, [Main], "root", "Go to the volume's root folder";
    Fold, "fold", Map, [Map], "fold", "On the map: fold, or go to what the row is in";
    FoldAll, "fold-all", Map, [Map], "fold all", "On the map: unfold everything, or fold down to the projects";
    Remove, "remove", Remove, [Main], "remove", "Remove the marked volumes or the selected one: first shows what goes";
    Prune, "prune", Remove, [Main], "prune", "Find by rules what can go: shows it, and why the rest stays";
    Rules, "rules", Remove, [Prune], "rules", "In a plan: type the rules";
    Presets, "presets", Remove, [Prune], "presets", "In a plan: choose ready rules, such as the engine's own";
    RulesHelp, "rules-help", Remove, [Prune], "words", "In a plan: show what rules can be made of";
    FoldKept, "fold-kept", Remove, [Prune], "fold", "In a plan: fold or unfold what stays";
    FreeVolumes, "free-volumes", Remove, [Prune], "free them", "In a plan: stop and remove the containers of refused volumes; asks first";
    Force, "force", Remove, [Prune], "force", "In a plan: let the engine forget a volume whose driver fails, or not";
    NoUndo, "no-undo", Remove, [Prune], "no undo", "In a plan: remove for good, past the trash, or not";
    Undo, "undo", Remove, [Main], "undo", "Take back a removal, replacing or renaming; empty the trash";
    StopRemoving, "stop-removing", Remove, [Prune], "stop", "Stop removing after the volume that is being removed";
    BackUp, "backup", Keep, [Main], "back up", "Back up the marked volumes or the selected one: first asks how";
    Verify, "verify", Keep, [Backups], "verify", "Among the backups: prove the marked ones or the selected one";
    Restore, "restore", Keep, [Main, Backups], "restore", "Restore a backup into a new volume, or into one that is there";
    Clone, "clone", Keep, [Main], "clone", "Copy the selected volume, with all that is in it, to a new one";
    Rename, "rename", Keep, [Main], "rename", "Give the selected volume another name: copied, compared, removed";
    Jobs, "jobs", Keep, [Main], "jobs", "Show the jobs that are under way and those that are over";
    CancelJob, "cancel-job", Keep, [Menu], "cancel", "Among the jobs: cancel the selected one";
    ShowVolumes, "volumes-screen", General, [Main], "volumes", "The volumes";
    ShowMap, "map-screen", General, [Main], "map", "What holds the disk, and what dies with what";
    ShowMonitor, "monitor-screen", General, [Main], "monitor", "What grows: the monitor";
    ShowBackups, "backups-screen", General, [Main], "backups", "What is backed up, and when it was proven";
    ShowActivity, "activity-screen", General, [Main], "activity", "What happens on the engine";
    Warnings, "warnings", General, [Main], "warnings", "Read what the engine and volx warn of";
    Palette, "palette", General, [Main], "palette", "Find an action by name";
    Help, "help", General, [Main, Menu], "help", "Show or hide the keys";
    Retry, "retry", General, [Offline], "retry now", "Without an engine: try to reach it now";
    OpenDemo, "open-demo", General, [Offline], "demo", "Without an engine: open the built-in demo";
    NextField, "next-field", General, [Form], "next", "In a form: the next line";
    PreviousField, "previous-field", General, [Form], "previous", "In a form: the line before";
    Submit, "submit", General, [Form], "make", "In a form: make it";
    Quit, "quit", General, [Main, Menu, Text], "quit", "Leave volx";
}

impl Action {
    /// Whether the palette offers it: what moves a cursor makes no sense there.
    #[must_use]
    pub const fn is_in_palette(self) -> bool {
        !matches!(self.group(), Group::Move)
            && !matches!(
                self,
                Self::Palette
                    | Self::ScrollDown
                    | Self::ScrollUp
                    | Self::Retry
                    | Self::OpenDemo
                    | Self::NextField
                    | Self::PreviousField
                    | Self::Submit
                    | Self::CancelJob
            )
    }

    /// Whether it changes volumes, their files or what protects them: not when volx was told to
    /// change nothing.
    #[must_use]
    pub const fn is_changing(self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::Protect
                | Self::Put
                | Self::Remove
                | Self::FreeVolumes
                | Self::Force
                | Self::NoUndo
                | Self::Undo
                | Self::Restore
                | Self::Clone
                | Self::Rename
        )
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|a| a.name() == text).ok_or_else(|| {
            let nearest = Self::ALL.iter().min_by_key(|a| damerau_levenshtein(a.name(), text));
            match nearest {
                Some(near) => format!("no action '{text}', did you mean '{}'?", near.name()),
                None => format!("no action '{text}'"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(*action));
            assert!(!action.contexts().is_empty(), "{} can be bound somewhere", action.name());
            assert!(action.doc().len() < 80, "{} fits a line", action.name());
        }
        assert!("filtre".parse::<Action>().expect_err("a typo").contains("'filter'"));
    }
}
