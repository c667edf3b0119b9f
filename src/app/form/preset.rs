//! What kinds of volume the form makes, and what it asks for each.

use crate::domain::creation::{Part, Recipe};

/// A kind of volume that people make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// A folder of the engine.
    #[default]
    Plain,
    /// A file system of another machine by NFS.
    Nfs,
    /// A Windows or Samba share.
    Cifs,
    /// Memory.
    Tmpfs,
    /// A folder of the engine's machine.
    Bind,
    /// A folder of the engine that may hold only so much.
    Sized,
    /// Whatever another driver makes.
    Other,
}

impl Preset {
    /// Every one, in the order in which they are turned through.
    pub const ALL: [Self; 7] =
        [Self::Plain, Self::Nfs, Self::Cifs, Self::Tmpfs, Self::Bind, Self::Sized, Self::Other];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Nfs => "nfs",
            Self::Cifs => "cifs",
            Self::Tmpfs => "tmpfs",
            Self::Bind => "bind",
            Self::Sized => "sized",
            Self::Other => "driver",
        }
    }

    /// What it is, and what to know of it.
    #[must_use]
    pub const fn note(self) -> &'static str {
        match self {
            Self::Plain => "A folder that the engine keeps.",
            Self::Nfs => "A folder of another machine. It is mounted when a container first has it, not now.",
            Self::Cifs => {
                "A Windows or Samba share. The engine keeps the password in clear text, and shows it to \
                 everyone who may ask it."
            }
            Self::Tmpfs => "Memory: its files are gone when no running container has it.",
            Self::Bind => "A folder of the engine's machine. It has to be there when a container starts.",
            Self::Sized => {
                "A folder that may hold only so much. The engine's disk needs XFS with project quota."
            }
            Self::Other => "Another driver, such as a plugin's, or the local one with options of your own.",
        }
    }

    /// What is asked for it, in order.
    #[must_use]
    pub const fn keys(self) -> &'static [Key] {
        match self {
            Self::Plain => &[Key::Name, Key::Labels],
            Self::Nfs => &[Key::Name, Key::Server, Key::Export, Key::MountOptions, Key::Labels],
            Self::Cifs => &[Key::Name, Key::Share, Key::User, Key::Password, Key::MountOptions, Key::Labels],
            Self::Tmpfs | Self::Sized => &[Key::Name, Key::Size, Key::Labels],
            Self::Bind => &[Key::Name, Key::Folder, Key::Labels],
            Self::Other => &[Key::Name, Key::Driver, Key::Options, Key::Labels],
        }
    }

    /// The preset `steps` further, round the end.
    #[must_use]
    pub fn turned(self, steps: isize) -> Self {
        let count = Self::ALL.len();
        let here = Self::ALL.iter().position(|preset| *preset == self).unwrap_or(0);
        Self::ALL
            .get(here.saturating_add(count).saturating_add_signed(steps) % count)
            .copied()
            .unwrap_or_default()
    }

    /// What the local driver is told, from what was typed; nothing for another driver.
    #[must_use]
    pub fn recipe(self, text: impl Fn(Key) -> String) -> Option<Recipe> {
        Some(match self {
            Self::Plain => Recipe::Plain,
            Self::Nfs => Recipe::Nfs {
                server: text(Key::Server),
                path: text(Key::Export),
                more: text(Key::MountOptions),
            },
            Self::Cifs => Recipe::Cifs {
                share: text(Key::Share),
                user: text(Key::User),
                password: text(Key::Password),
                more: text(Key::MountOptions),
            },
            Self::Tmpfs => Recipe::Tmpfs { size: text(Key::Size) },
            Self::Bind => Recipe::Bind { path: text(Key::Folder) },
            Self::Sized => Recipe::Sized { size: text(Key::Size) },
            Self::Other => return None,
        })
    }
}

/// Something that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The volume's name.
    Name,
    /// The machine that exports.
    Server,
    /// What it exports.
    Export,
    /// The share.
    Share,
    /// The share's user.
    User,
    /// The share's password.
    Password,
    /// Further mount options.
    MountOptions,
    /// How much it may hold.
    Size,
    /// The folder of the engine's machine.
    Folder,
    /// The driver.
    Driver,
    /// What the driver is told, one a line.
    Options,
    /// Its labels, one a line.
    Labels,
}

impl Key {
    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Server => "Server",
            Self::Export => "Exported path",
            Self::Share => "Share",
            Self::User => "User",
            Self::Password => "Password",
            Self::MountOptions => "Mount options",
            Self::Size => "Size",
            Self::Folder => "Folder",
            Self::Driver => "Driver",
            Self::Options => "Option",
            Self::Labels => "Label",
        }
    }

    /// What is written there, as long as nothing is.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Name => "letters, digits, '_', '.' and '-'",
            Self::Server => "nas.local",
            Self::Export => "/export/media",
            Self::Share => "//server/share",
            Self::User => "none",
            Self::Password => "typed blind",
            Self::MountOptions => "none, or such as ro,vers=4.1",
            Self::Size => "such as 10G",
            Self::Folder => "/srv/data",
            Self::Driver => "its name",
            Self::Options => "KEY=VALUE",
            Self::Labels => "none, or KEY=VALUE",
        }
    }

    /// Whether it is typed blind.
    #[must_use]
    pub const fn is_blind(self) -> bool {
        matches!(self, Self::Password)
    }

    /// Whether there may be several.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Options | Self::Labels)
    }

    /// Where a part of a recipe is typed.
    #[must_use]
    pub const fn of(part: Part) -> Self {
        match part {
            Part::Server => Self::Server,
            Part::Export => Self::Export,
            Part::Share => Self::Share,
            Part::User => Self::User,
            Part::Password => Self::Password,
            Part::Folder => Self::Folder,
            Part::Size => Self::Size,
        }
    }
}
