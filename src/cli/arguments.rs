//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use super::access_argument::Access;
use super::change_arguments::{Clone, Protect, Prune, Rename, Rm, Trash, Undo};
use super::create_arguments::Create;
use super::keep_arguments::{BackUp, Backups, Restore, Verify};
use crate::domain::age::parse_span;
use crate::domain::threshold::Threshold;

/// A terminal volume explorer for Docker and Podman.
///
/// Without a command it opens the screen.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[expect(clippy::doc_markdown, reason = "the docs are the help text")]
#[command(name = "volx", version, about, max_term_width = 100, next_help_heading = "Global options")]
pub struct Arguments {
    /// The engine's address: unix:///path or tcp://host:port
    #[arg(short = 'H', long, global = true, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// The Docker context to use
    #[arg(short = 'c', long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Use the built-in demo instead of an engine
    #[arg(long, global = true, conflicts_with_all = ["host", "context"])]
    pub demo: bool,
    /// Change nothing on any engine
    #[arg(long, global = true)]
    pub read_only: bool,
    /// The settings file [default: ~/.config/volx/config.toml, or VOLX_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The theme: calm, light, mono, or one of your own
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII alone
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Print names only, and no warnings
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of opening the screen.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the volumes
    Ls(Ls),
    /// Measure volumes
    Du(Du),
    /// Show what holds the disk and what dies with what, by project and container
    Map(MapWanted),
    /// Measure volumes again and again, and tell what changed
    Watch(Watch),
    /// Describe volumes
    Inspect {
        /// The volumes
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// List a folder of a volume
    Files(Files),
    /// Print a file of a volume or a backup
    Cat(Cat),
    /// Copy out of a volume or a backup, as 'cp -a' does
    Get(Get),
    /// Copy into a volume, as 'cp -a' does
    Put(Put),
    /// Remove volumes that nobody uses, by rules, after showing which
    Prune(Prune),
    /// Make a volume; a name that exists is refused
    Create(Create),
    /// Remove volumes by name
    Rm(Rm),
    /// Copy a volume with all that it is and holds, on the engine's side
    Clone(Clone),
    /// Give a volume another name; refused while containers refer to it
    Rename(Rename),
    /// Back volumes up into files that stock tar unpacks
    Backup(BackUp),
    /// List the backups
    Backups(Backups),
    /// Read backups back, every byte
    Verify(Verify),
    /// Make a volume of a backup
    Restore(Restore),
    /// Bring back what was removed, or give a renamed volume its old name
    Undo(Undo),
    /// List what was removed and can be brought back
    Trash(Trash),
    /// Protect volumes from being removed or replaced
    Protect(Protect),
    /// Lift what protects volumes, also a label or a pattern
    Unprotect(Protect),
    /// Print what happens on the engine, as it happens
    Events,
    /// Tell which engine is used and why, and what works here
    Doctor,
    /// Print the keys in force
    Keys {
        /// As a Markdown table
        #[arg(long, hide = true)]
        markdown: bool,
    },
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// What runs inside a container
    #[command(hide = true)]
    Agent {
        /// What to do there
        #[command(subcommand)]
        verb: Agent,
    },
}

/// How to list.
#[derive(Debug, Args)]
pub struct Ls {
    /// Only volumes that pass: name=, driver=, label=, label!=, dangling=, project=, status=, anonymous=
    #[arg(short, long, value_name = "KEY=VALUE")]
    pub filter: Vec<String>,
    /// The order: a column, with - before it for the greatest first
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true, default_value = "+name")]
    pub sort: String,
    /// The columns, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Measure the listed volumes first, instead of printing the last known sizes
    #[arg(long)]
    pub measure: bool,
}

/// What to measure, and how.
#[derive(Debug, Args)]
pub struct Du {
    /// The volumes; all of them where none is named
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The only way to take; otherwise the best that is open: direct, helper, the engine's own
    #[arg(long, value_enum)]
    pub access: Option<Access>,
}

/// What to list, and how.
#[derive(Debug, Args)]
pub struct Files {
    /// The volume, or the file of a backup, and where in it
    #[arg(value_name = "NAME[:PATH]")]
    pub place: OsString,
    /// The order; the largest or the newest first
    #[arg(long, value_enum, default_value_t = FilesOrder::Name)]
    pub sort: FilesOrder,
    /// Do not find out what is in each folder
    #[arg(long)]
    pub no_sizes: bool,
    /// The only way to take; otherwise the best that is open
    #[arg(long, value_enum)]
    pub access: Option<Access>,
}

/// The order of a folder's entries.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum FilesOrder {
    /// By name
    Name,
    /// The largest first
    Size,
    /// The newest first
    Modified,
}

/// What to print.
#[derive(Debug, Args)]
pub struct Cat {
    /// The volume, or the file of a backup, and the file in it
    #[arg(value_name = "NAME:PATH")]
    pub place: OsString,
    /// The only way to take; otherwise the best that is open
    #[arg(long, value_enum)]
    pub access: Option<Access>,
}

/// What to copy out of a volume.
#[derive(Debug, Args)]
pub struct Get {
    /// The volume, or the file of a backup, and what in it
    #[arg(value_name = "NAME[:PATH]")]
    pub place: OsString,
    /// A folder to copy it into, or what it is to become
    #[arg(value_name = "DEST")]
    pub destination: PathBuf,
    /// Replace files that are there; folders are merged
    #[arg(long)]
    pub replace: bool,
    /// The only way to take; otherwise the best that is open
    #[arg(long, value_enum)]
    pub access: Option<Access>,
}

/// What to copy into a volume.
#[derive(Debug, Args)]
pub struct Put {
    /// A file or folder of this machine
    #[arg(value_name = "SRC")]
    pub source: PathBuf,
    /// The volume, and a folder in it, or what it is to become
    #[arg(value_name = "NAME[:PATH]")]
    pub place: OsString,
    /// Replace files that are there; folders are merged
    #[arg(long)]
    pub replace: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// The only way to take; otherwise the best that is open
    #[arg(long, value_enum)]
    pub access: Option<Access>,
}

/// What the map shows.
#[derive(Debug, Args)]
pub struct MapWanted {
    /// Ask the engine for what each container wrote into its own layer; it walks them all
    #[arg(long)]
    pub layers: bool,
    /// Only these projects: project=NAME, or project= for what has none
    #[arg(short, long, value_name = "project=NAME")]
    pub filter: Vec<String>,
    /// Measure the volumes first, instead of showing the last known sizes
    #[arg(long)]
    pub measure: bool,
}

/// What to watch, how often, and what for.
#[derive(Debug, Args)]
pub struct Watch {
    /// The volumes; all of them where none is named
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// How often to measure: 30s, 5m, 1h; less often where measuring takes long
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_span)]
    pub interval: i64,
    /// Measure once, print all, and end
    #[arg(long)]
    pub once: bool,
    /// How large volumes may be, such as 50GB or 'backup-*=1TB'; of several that match the first counts
    #[arg(long, value_name = "[GLOB=]SIZE", value_parser = Threshold::parse)]
    pub threshold: Vec<Threshold>,
    /// Warn when the file system will be full within this time, such as 7d
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    pub full_within: Option<i64>,
    /// The only way to take; otherwise the best that is open
    #[arg(long, value_enum)]
    pub access: Option<Access>,
    /// Write the figures to this file each time, for Prometheus' node exporter
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// What runs inside a container.
#[derive(Debug, Subcommand)]
pub enum Agent {
    /// Answer volx through standard input and output
    Serve,
    /// Stay until told to end
    Hold,
    /// Write a new file
    Fill {
        /// Where
        path: PathBuf,
        /// How many bytes
        bytes: u64,
    },
    /// Write the image that helpers run from to standard output
    Image {
        /// Its name
        tag: String,
    },
}
