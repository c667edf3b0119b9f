//! Every way in which an engine can fail, with its cause and what helps.

use std::io;
use std::path::PathBuf;

use crate::domain::trouble::Trouble;

/// Why an engine did not answer as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The socket file does not exist.
    #[error("there is no socket at {}", path.display())]
    NoSocket {
        /// Where one was looked for.
        path: PathBuf,
    },
    /// The socket may not be opened by this user.
    #[error("permission denied on {}", path.display())]
    Permission {
        /// The socket.
        path: PathBuf,
        /// The group that may open it, when one may.
        group: Option<String>,
        /// Whether the user is in that group since this login began.
        is_new_member: bool,
    },
    /// Nobody listens.
    #[error("cannot connect to {address}: {source}")]
    Unreachable {
        /// Where.
        address: String,
        /// The system's word.
        source: io::Error,
    },
    /// Something answers that is no Docker or Podman.
    #[error("{address} does not speak the Docker API: {detail}")]
    NotAnEngine {
        /// Where.
        address: String,
        /// What it said instead.
        detail: String,
    },
    /// It accepts the connection and says nothing.
    #[error("no answer to {request} within {seconds} seconds")]
    Silent {
        /// The question.
        request: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The answer ended in the middle.
    #[error("the answer to {request} broke off: {detail}")]
    CutShort {
        /// The question.
        request: String,
        /// What is known of the end.
        detail: String,
    },
    /// The answer is not what the API promises.
    #[error("the answer to {request} cannot be understood: {detail}")]
    Garbage {
        /// The question.
        request: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The answer is larger than any honest one.
    #[error("the answer to {request} is larger than {limit_mib} MiB")]
    TooLarge {
        /// The question.
        request: String,
        /// Where reading stopped.
        limit_mib: u64,
    },
    /// The engine answered with an error of its own.
    #[error("the engine answered {status} to {request}: {message}")]
    Refused {
        /// The question.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The engine's own message.
        message: String,
    },
    /// The object asked for does not exist.
    #[error("{message}")]
    NotFound {
        /// The engine's own message.
        message: String,
    },
    /// Docker 20.10 computes one disk usage at a time and refuses the second.
    #[error("the engine is already computing disk usage for somebody else")]
    Busy,
    /// The engine and this program share no API version.
    #[error("the engine speaks API {min} to {max}, this volx speaks up to {ours}")]
    VersionGap {
        /// The engine's oldest.
        min: String,
        /// The engine's newest.
        max: String,
        /// Our newest.
        ours: String,
    },
    /// An address that cannot be meant.
    #[error("'{value}' from {source_name} is no engine address: {detail}")]
    BadAddress {
        /// Where it was read.
        source_name: String,
        /// What was read.
        value: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A way of connecting that this version does not have.
    #[error("{what} is not supported by this version of volx ({address})")]
    NotSupported {
        /// The way.
        what: &'static str,
        /// The address that asks for it.
        address: String,
    },
    /// A named context does not exist.
    #[error("there is no Docker context '{name}' (named by {chosen_by})")]
    NoContext {
        /// The name.
        name: String,
        /// What named it.
        chosen_by: String,
        /// The contexts that there are.
        known: Vec<String>,
    },
    /// A file of the Docker CLI that cannot be read.
    #[error("cannot read {}: {detail}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// `DOCKER_API_VERSION` asks for what the engine does not speak.
    #[error("DOCKER_API_VERSION asks for {pinned}, the engine speaks {min} to {max}")]
    PinOutside {
        /// What is asked for.
        pinned: String,
        /// The engine's oldest.
        min: String,
        /// The engine's newest.
        max: String,
    },
    /// `DOCKER_API_VERSION` is no version.
    #[error("DOCKER_API_VERSION is '{0}', which is no API version such as 1.41")]
    BadPin(String),
    /// Something would change the engine, and volx was told to change nothing.
    #[error("volx was told to change nothing (read-only): {request}")]
    ReadOnly {
        /// What would have changed something.
        request: String,
    },
    /// Two choices exclude each other.
    #[error("--host and --context exclude each other")]
    TwoChoices,
}

impl Error {
    /// What helps, in a sentence.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::NoSocket { .. } => "start the engine (sudo systemctl start docker), or name another with \
                                      --host, --context or DOCKER_HOST"
                .to_owned(),
            Self::Permission { group: Some(group), is_new_member: true, .. } => {
                format!(
                    "you are in the group '{group}' since after this login: log in again, or run: newgrp {group}"
                )
            }
            Self::Permission { group: Some(group), .. } => {
                format!("join the group that owns it: sudo usermod -aG {group} \"$USER\", then log in again")
            }
            Self::Permission { group: None, .. } => {
                "no group of users may open it: run volx as its owner (sudo volx)".to_owned()
            }
            Self::Unreachable { .. } => {
                "start the engine there, or name another with --host, --context or DOCKER_HOST".to_owned()
            }
            Self::NotAnEngine { .. } => "check the address: it must be the engine's API socket".to_owned(),
            Self::Silent { .. } => "the engine hangs or is overloaded; volx keeps trying. On its machine: \
                                    sudo systemctl status docker"
                .to_owned(),
            Self::CutShort { .. } => {
                "the engine stopped or the connection broke; volx tries again".to_owned()
            }
            Self::Garbage { .. } | Self::TooLarge { .. } => {
                "ask 'volx doctor' what was found; a proxy in between, or an unknown engine?".to_owned()
            }
            Self::Refused { status, .. } if *status >= 500 => {
                "the engine's own log has more: sudo journalctl -u docker".to_owned()
            }
            Self::VersionGap { .. } => "update the older of the two".to_owned(),
            Self::BadAddress { .. } => "write unix:///path/to/docker.sock or tcp://host:2375".to_owned(),
            Self::NotSupported { what, .. } => format!(
                "reach it through a local socket instead of {what}: \
                 ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST, then --host unix:///tmp/engine.sock"
            ),
            Self::NoContext { known, .. } if known.is_empty() => {
                "there are none besides 'default'; make one with: docker context create".to_owned()
            }
            Self::NoContext { name, known, .. } => {
                let nearest = known.iter().min_by_key(|k| strsim::damerau_levenshtein(k, name));
                let hint = nearest
                    .filter(|n| strsim::damerau_levenshtein(n, name) <= 2)
                    .map_or_else(String::new, |n| format!("did you mean '{n}'? "));
                format!("{hint}There are: default, {}", known.join(", "))
            }
            Self::BadFile { .. } => "mend or remove that file, or choose an engine with --host".to_owned(),
            Self::PinOutside { .. } | Self::BadPin(_) => {
                "unset it (unset DOCKER_API_VERSION): the version is agreed upon by itself".to_owned()
            }
            Self::TwoChoices => "give one of them".to_owned(),
            Self::ReadOnly { .. } => {
                "run volx without --read-only, and without read_only = true in its settings".to_owned()
            }
            Self::Busy => "it will be asked again when the other one is done".to_owned(),
            Self::Refused { .. } | Self::NotFound { .. } => return None,
        })
    }

    /// The failure as it is shown, under a heading of what was wanted.
    #[must_use]
    pub fn trouble(&self, summary: &str) -> Trouble {
        let trouble = Trouble::new(summary, self.to_string());
        match self.remedy() {
            Some(remedy) => trouble.with_remedy(remedy),
            None => trouble,
        }
    }

    /// Whether the engine itself is out of reach, rather than unwilling.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::NoSocket { .. }
                | Self::Permission { .. }
                | Self::Unreachable { .. }
                | Self::NotAnEngine { .. }
                | Self::Silent { .. }
                | Self::CutShort { .. }
                | Self::NotSupported { .. }
                | Self::NoContext { .. }
                | Self::BadFile { .. }
                | Self::BadAddress { .. }
                | Self::VersionGap { .. }
                | Self::PinOutside { .. }
                | Self::BadPin(_)
                | Self::TwoChoices
        )
    }

    /// Why an answer ended in the middle: the connection broke, or we broke it off.
    pub(super) fn broken(error: &(dyn std::error::Error + 'static), request: &str) -> Self {
        let request = request.to_owned();
        let mut source = Some(error);
        while let Some(error) = source {
            // What an `io::Error` wraps is not its source.
            let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            if let Some(Excess { limit }) = wrapped.and_then(|wrapped| wrapped.downcast_ref()) {
                return Self::TooLarge { request, limit_mib: *limit >> 20 };
            }
            source = error.source();
        }
        Self::CutShort { request, detail: chain(error) }
    }

    /// Reads back what our transport put through bollard, or says in our words what bollard met.
    #[must_use]
    pub fn from_bollard(error: bollard::errors::Error, request: &str) -> Self {
        use bollard::errors::Error as Bollard;
        let request = request.to_owned();
        match error {
            Bollard::IOError { err } => match err.downcast::<Self>() {
                Ok(ours) => ours,
                Err(other) => Self::CutShort { request, detail: other.to_string() },
            },
            Bollard::DockerResponseServerError { status_code: 404, message } => Self::NotFound { message },
            Bollard::DockerResponseServerError { status_code, message } => {
                Self::Refused { request, status: status_code, message }
            }
            Bollard::RequestTimeoutError => Self::Silent { request, seconds: 0 },
            Bollard::HyperResponseError { err } => Self::broken(&err, &request),
            other => Self::Garbage { request, detail: other.to_string() },
        }
    }
}

/// An answer that our transport broke off.
#[derive(Debug, thiserror::Error)]
#[error("the answer is larger than any honest one")]
pub(super) struct Excess {
    /// How many bytes it might have weighed.
    pub(super) limit: u64,
}

/// An error with its sources in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = error.source();
    }
    text
}
