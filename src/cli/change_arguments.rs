//! The command line of what changes an engine.

use clap::{Args, Subcommand, ValueEnum};

/// What to remove, by rules.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Prune {
    /// Rules as the screen takes them: all unused:30d written:90d larger:1GB !label:keep name:ci-*
    #[arg(value_name = "RULE")]
    pub rules: Vec<String>,
    /// Named volumes too, not only anonymous ones
    #[arg(short, long)]
    pub all: bool,
    /// Volumes with driver options and of other drivers too
    #[arg(long)]
    pub with_options: bool,
    /// Only volumes that pass: name=, driver=, label=, label!=, project=, anonymous=
    #[arg(short, long, value_name = "KEY=VALUE")]
    pub filter: Vec<String>,
    /// No container had it for so long: 30d, 2w
    #[arg(long, value_name = "TIME")]
    pub unused_for: Option<String>,
    /// Nothing in it was written for so long: 90d
    #[arg(long, value_name = "TIME")]
    pub older_than: Option<String>,
    /// It takes more than this: 1GB
    #[arg(long, value_name = "SIZE")]
    pub larger_than: Option<String>,
    /// It takes less than this: 10MB
    #[arg(long, value_name = "SIZE")]
    pub smaller_than: Option<String>,
    /// It holds nothing
    #[arg(long)]
    pub empty: bool,
    /// Nobody named it
    #[arg(long)]
    pub anonymous: bool,
    /// Its name matches, with * and ?; of several one must
    #[arg(long, value_name = "GLOB")]
    pub name: Vec<String>,
    /// What the engine's own prune would remove, but for what is protected and what services mount
    #[arg(long = "as", value_enum, value_name = "WHOSE")]
    pub as_of: Option<AsOf>,
    /// Show what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Do not keep what is removed in the trash: it is gone for good
    #[arg(long)]
    pub no_undo: bool,
    /// Do not measure first; what is freed is told by the last known sizes
    #[arg(long)]
    pub no_measure: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Whose meaning of "prune".
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum AsOf {
    /// 'docker volume prune' on this engine
    Docker,
    /// 'docker volume prune -a' on this engine
    DockerAll,
}

/// What to remove, by name.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Rm {
    /// The volumes
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Let the engine forget a volume that its driver fails to remove. One in use stays, and so does one
    /// whose driver does not answer at all
    #[arg(short, long)]
    pub force: bool,
    /// First stop and remove the containers that have the volumes, after asking for that too
    #[arg(long)]
    pub remove_containers: bool,
    /// Do not keep what is removed in the trash: it is gone for good
    #[arg(long)]
    pub no_undo: bool,
    /// Do not measure first
    #[arg(long)]
    pub no_measure: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Which volume to copy, and what the new one is to be.
#[derive(Debug, Args)]
pub struct Clone {
    /// The volume
    #[arg(value_name = "NAME")]
    pub from: String,
    /// The name of the new one
    #[arg(value_name = "NEW")]
    pub to: String,
    /// A label that the new one has besides, or otherwise
    #[arg(short, long = "label", value_name = "KEY=VALUE")]
    pub labels: Vec<String>,
    /// The Compose project that the new one is of
    #[arg(long, value_name = "NAME")]
    pub compose_project: Option<String>,
    /// Taken for the sake of scripts: nothing is asked, as nothing that exists is changed
    #[arg(short, long, hide = true)]
    pub yes: bool,
}

/// Which volume gets which name.
#[derive(Debug, Args)]
pub struct Rename {
    /// The volume
    #[arg(value_name = "NAME")]
    pub from: String,
    /// Its new name
    #[arg(value_name = "NEW")]
    pub to: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// What to bring back.
#[derive(Debug, Args)]
pub struct Undo {
    /// The number of an action, as 'volx trash' has it in its column ACTION; the last one where none is named
    #[arg(value_name = "ACTION")]
    pub action: Option<i64>,
    /// The name under which a volume comes back; of several volumes NAME=OTHER, once for each that is to
    /// have another name
    #[arg(long = "as", value_name = "[NAME=]OTHER")]
    pub names: Vec<String>,
}

/// What to do with the trash.
#[derive(Debug, Args)]
pub struct Trash {
    /// What to do; to list it where nothing is said
    #[command(subcommand)]
    pub verb: Option<TrashVerb>,
}

/// What to do with the trash.
#[derive(Debug, Subcommand)]
pub enum TrashVerb {
    /// List what can be brought back
    List,
    /// Bring back one volume
    Restore {
        /// The number of a volume, as 'volx trash' has it in its column ID
        #[arg(value_name = "ID")]
        id: i64,
        /// The name under which it comes back
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
    /// Drop what is in it for good, after showing what
    Empty {
        /// Only what was removed so long ago: 7d
        #[arg(long, value_name = "TIME")]
        older_than: Option<String>,
        /// Only what is past its time, and the oldest while there is more than the trash may hold, as the
        /// settings say
        #[arg(long, conflicts_with = "older_than")]
        expired: bool,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// Which volumes to protect, or not any more.
#[derive(Debug, Args)]
pub struct Protect {
    /// The volumes
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
}
