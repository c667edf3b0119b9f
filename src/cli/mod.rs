//! The scripts' face: one file a subcommand, the same verbs as the screen.

pub mod access_argument;
mod again;
mod agent;
pub mod arguments;
mod asking;
mod backup;
mod backups;
mod blind;
mod carry;
mod cat;
pub mod change_arguments;
mod clone;
mod create;
pub mod create_arguments;
mod delete;
mod docs;
mod doctor;
mod du;
mod events;
mod files;
mod get;
mod inspect;
pub mod keep_arguments;
mod ls;
mod map;
mod print;
mod proposal;
mod proposed;
mod protect;
mod prune;
mod put;
mod restore;
mod rm;
mod trash;
mod undoing;
mod watch;
mod within;
mod working;

use std::io;

use crate::config::file::Error as ConfigError;
use crate::config::{Config, Flags, Surroundings};
use crate::domain::access::Way;
use crate::domain::trouble::Trouble;
use crate::engine::connect::{Choice, Target, Unreached};
use crate::engine::environment::Environment;
use crate::engine::{Error as EngineError, SharedEngine};
use crate::history::History;
use crate::ops::hold;
use crate::ops::observe::history_for;
use crate::ops::right::Right;
use arguments::{Access, Arguments, Command};

/// How a run ended, as scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Done,
    /// It could not be done.
    Failed,
    /// It was asked for wrongly.
    Usage,
    /// Some of it was done.
    Partly,
    /// No engine was reached.
    Unreachable,
    /// It would overwrite something, or was not agreed to.
    Refused,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partly => 3,
            Self::Unreachable => 4,
            Self::Refused => 5,
        }
    }
}

/// Why a run ended badly.
#[derive(Debug)]
pub struct Failure {
    /// How scripts see it.
    pub exit: Exit,
    /// How people see it.
    pub trouble: Trouble,
}

impl Failure {
    fn usage(cause: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, trouble: Trouble::new("wrong usage", cause) }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let remedy = match &error {
            ConfigError::NoTheme { .. } => "choose calm, light or mono, or put that file there",
            ConfigError::NoHome(_) => "set HOME",
            _ => "mend it, or run with --config /dev/null to use the defaults",
        };
        let trouble = Trouble::new("the configuration cannot be used", error.to_string()).with_remedy(remedy);
        Self { exit: Exit::Usage, trouble }
    }
}

impl From<Unreached> for Failure {
    fn from(unreached: Unreached) -> Self {
        let mut trouble = unreached.error.trouble("the engine cannot be reached");
        if unreached.tried.len() > 1 {
            trouble.cause = format!("{}\n  tried: {}", trouble.cause, unreached.tried.join("\n  tried: "));
        }
        // No engine was looked for: the command line itself is wrong.
        let is_usage = matches!(unreached.error, EngineError::TwoChoices | EngineError::BadPin(_));
        Self { exit: if is_usage { Exit::Usage } else { Exit::Unreachable }, trouble }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let exit = if error.is_unreachable() { Exit::Unreachable } else { Exit::Failed };
        Self { exit, trouble: error.trouble("the engine did not do it") }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // `volx ls | head` closes our output on purpose.
        let exit = if error.kind() == io::ErrorKind::BrokenPipe { Exit::Done } else { Exit::Failed };
        Self { exit, trouble: Trouble::new("cannot write the output", error.to_string()) }
    }
}

/// What a subcommand needs of the command line and the configuration.
struct Session {
    config: Config,
    target: Target,
    is_json: bool,
    is_quiet: bool,
}

impl Session {
    async fn engine(&self) -> Result<SharedEngine, Failure> {
        let engine = crate::engine::connect::connect(&self.target).await?;
        self.resume(&engine).await;
        Ok(engine)
    }

    /// What an earlier volx held when it was killed goes on first, whatever is asked for.
    async fn resume(&self, engine: &SharedEngine) {
        if !hold::is_anything_left(&self.config.paths.state) {
            return;
        }
        // Where nothing may be changed it waits for a volx that may.
        let history = history_for(&self.target, &self.config.paths.history()).ok();
        let Ok(right) = Right::of(engine, history, &proposal::terms(self)) else { return };
        for told in hold::resume(&right).await {
            match told {
                Ok(done) => self.warn(&done),
                Err(trouble) => print::complain(&trouble.to_string()),
            }
        }
    }

    /// The history, or a word on standard error why there is none.
    fn history(&self) -> Option<std::sync::Arc<History>> {
        match history_for(&self.target, &self.config.paths.history()) {
            Ok(history) => Some(history),
            Err(error) => {
                self.warn(&error.trouble().to_string());
                None
            }
        }
    }

    /// The only way to take, unless it needs what was forbidden.
    fn way(&self, access: Option<Access>) -> Result<Option<Way>, Failure> {
        let way = access.map(Way::from);
        match way.filter(|way| self.config.is_read_only && matches!(way, Way::Helper | Way::Archive)) {
            Some(way) => {
                let cause = format!(
                    "the {} way makes a container, and volx was told to change nothing (read-only)",
                    way.name()
                );
                let trouble = Trouble::new("nothing was done", cause)
                    .with_remedy("leave --access out, or run volx without --read-only and read_only = true");
                Err(Failure { exit: Exit::Refused, trouble })
            }
            None => Ok(way),
        }
    }

    fn warn(&self, text: &str) {
        if !self.is_quiet {
            print::complain(text);
        }
    }
}

/// Reads the configuration that the arguments ask for.
///
/// # Errors
/// When it is wrong.
pub fn configuration(arguments: &Arguments) -> Result<Config, Failure> {
    let flags = Flags {
        config: arguments.config.clone(),
        theme: arguments.theme.clone(),
        ascii: arguments.ascii,
        read_only: arguments.read_only,
    };
    Ok(Config::load(&flags, &Surroundings::of_process())?)
}

/// The engine that the arguments and the configuration ask for.
#[must_use]
pub fn target(arguments: &Arguments, config: &Config) -> Target {
    Target {
        choice: Choice {
            host: arguments.host.clone(),
            context: arguments.context.clone(),
            is_demo: arguments.demo,
            is_read_only: config.is_read_only,
        },
        environment: Environment::of_process(),
    }
}

/// Whether a subcommand ends its own work on a signal.
#[must_use]
pub const fn hears_signals(command: &Command) -> bool {
    matches!(
        command,
        Command::Get { .. }
            | Command::Put { .. }
            | Command::Clone(_)
            | Command::Rename(_)
            | Command::Undo(_)
            | Command::Trash(_)
            | Command::Prune(_)
            | Command::Rm(_)
            | Command::Backup(_)
            | Command::Verify(_)
            | Command::Restore(_)
            | Command::Watch(_)
            | Command::Events
            | Command::Agent { .. }
    )
}

/// Runs a subcommand.
///
/// # Errors
/// When it could not do all it was asked for.
pub async fn run(arguments: &Arguments, command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Completions { shell } => return docs::completions(*shell),
        Command::Man => return docs::man(),
        Command::Agent { verb } => return agent::run(verb).await,
        _ => {}
    }
    let config = configuration(arguments)?;
    let session = Session {
        target: target(arguments, &config),
        config,
        is_json: arguments.json,
        is_quiet: arguments.quiet,
    };
    match command {
        Command::Ls(wanted) => ls::run(&session, wanted).await,
        Command::Du(wanted) => du::run(&session, wanted).await,
        Command::Map(wanted) => map::run(&session, wanted).await,
        Command::Watch(wanted) => watch::run(&session, wanted).await,
        Command::Inspect { names } => inspect::run(&session, names).await,
        Command::Files(wanted) => files::run(&session, wanted).await,
        Command::Cat(wanted) => cat::run(&session, wanted).await,
        Command::Get(wanted) => get::run(&session, wanted).await,
        Command::Put(wanted) => put::run(&session, wanted).await,
        Command::Prune(wanted) => Box::pin(prune::run(&session, wanted)).await,
        Command::Rm(wanted) => Box::pin(rm::run(&session, wanted)).await,
        Command::Create(wanted) => create::run(&session, wanted).await,
        Command::Clone(wanted) => Box::pin(clone::run(&session, wanted)).await,
        Command::Rename(wanted) => Box::pin(clone::run_rename(&session, wanted)).await,
        Command::Backup(wanted) => Box::pin(backup::run(&session, wanted)).await,
        Command::Backups(wanted) => backups::run(&session, wanted).await,
        Command::Verify(wanted) => Box::pin(backups::prove(&session, wanted)).await,
        Command::Restore(wanted) => Box::pin(restore::run(&session, wanted)).await,
        Command::Undo(wanted) => Box::pin(trash::undo(&session, wanted)).await,
        Command::Trash(wanted) => Box::pin(trash::run(&session, wanted)).await,
        Command::Protect(wanted) => protect::run(&session, wanted, true).await,
        Command::Unprotect(wanted) => protect::run(&session, wanted, false).await,
        Command::Events => events::run(&session).await,
        Command::Doctor => doctor::run(&session).await,
        Command::Keys { markdown } => docs::keys(&session, *markdown),
        Command::Completions { .. } | Command::Man | Command::Agent { .. } => Ok(Exit::Done),
    }
}

/// Says why a run ended badly, unless nobody needs to know.
pub fn complain(failure: &Failure) {
    if failure.exit != Exit::Done {
        print::complain(&failure.trouble.to_string());
    }
}
