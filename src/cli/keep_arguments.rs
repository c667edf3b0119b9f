//! The command line of backups.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::access_argument::Access;
use crate::domain::keep::LEVEL;

/// What to back up, and how.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[expect(clippy::doc_markdown, reason = "the docs are the help text")]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub struct BackUp {
    /// The volumes
    #[arg(value_name = "NAME", group = "which")]
    pub names: Vec<String>,
    /// All volumes
    #[arg(short, long, group = "which", conflicts_with = "names")]
    pub all: bool,
    /// The volumes that pass: label=volx.backup=true, name=, driver=, project=, status=, anonymous=
    #[arg(short, long, value_name = "KEY=VALUE", group = "which", conflicts_with_all = ["names", "all"])]
    pub filter: Vec<String>,
    /// The folder to put the files into [default: ~/volx-backups, or the settings' backup_dir]
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// How hard to compress
    #[arg(long, value_name = "LEVEL", default_value_t = LEVEL, value_parser = clap::value_parser!(i32).range(1..=19))]
    pub level: i32,
    /// How many threads compress [default: as many as there are processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=8))]
    pub threads: Option<u16>,
    /// Leave entries out, with * and ?; with a slash it is of the whole path
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Pause the containers that use a volume meanwhile
    #[arg(long, conflicts_with = "stop")]
    pub pause: bool,
    /// Stop the containers that use a volume meanwhile, and start them again
    #[arg(long)]
    pub stop: bool,
    /// Do not read the file back when it is written
    #[arg(long)]
    pub no_verify: bool,
    /// The only way to take; otherwise the best that is open
    #[arg(long, value_enum)]
    pub access: Option<Access>,
}

/// Which backups to list, or what else to do with them.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the docs are the help text")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Backups {
    /// The folder, or one file [default: ~/volx-backups, or the settings' backup_dir]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// What else to do
    #[command(subcommand)]
    pub verb: Option<BackupsVerb>,
}

/// What to do with backups.
#[derive(Debug, Subcommand)]
pub enum BackupsVerb {
    /// Delete backups for good, after showing which, with what stands beside them
    Rm {
        /// The files; all of them have to be backups that volx made
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// What to prove.
#[derive(Debug, Args)]
pub struct Verify {
    /// The backups
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Also restore each into a volume that is made for it and removed, and compare
    #[arg(long)]
    pub restore: bool,
    /// The only way to take with --restore
    #[arg(long, value_enum, requires = "restore")]
    pub access: Option<Access>,
}

/// What to restore, and as what.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    after_help = "A tar of another program is taken too, as it is or compressed by gzip or zstd. The values \
                        of options that hold secrets are asked for on the terminal, or read with --password-stdin."
)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The name of the volume; otherwise the one it had
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Let the content of a volume that is there give way; what it was is kept as a backup
    #[arg(long)]
    pub replace: bool,
    /// Stop the containers that use the volume meanwhile, and start them again
    #[arg(long, requires = "replace")]
    pub stop: bool,
    /// What the driver is told: for options whose secrets no backup holds, or others than they were
    #[arg(short = 'o', long = "opt", value_name = "KEY=VALUE", conflicts_with = "replace")]
    pub options: Vec<String>,
    /// Read what no backup holds, an option's password, from standard input, a line each
    #[arg(long, conflicts_with = "replace")]
    pub password_stdin: bool,
    /// How many parts to take off the beginning of the names, of an archive of another program
    #[arg(long, value_name = "N")]
    pub strip: Option<u8>,
    /// The only way to take; otherwise the best that is open
    #[arg(long, value_enum)]
    pub access: Option<Access>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
