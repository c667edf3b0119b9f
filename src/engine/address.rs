//! Where an engine listens.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::Error;

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP port, in clear.
    Tcp {
        /// Name or address, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

impl Address {
    /// Reads an address as the Docker CLI does: no scheme is `tcp`, no port is 2375.
    /// [docker/cli `opts/hosts.go`]
    ///
    /// # Errors
    /// When it cannot be meant, or means a way this version does not have.
    pub fn parse(text: &str, source_name: &str) -> Result<Self, Error> {
        let text = text.trim();
        let bad = |detail: &str| Error::BadAddress {
            source_name: source_name.to_owned(),
            value: text.to_owned(),
            detail: detail.to_owned(),
        };
        let not_supported = |what| Err(Error::NotSupported { what, address: text.to_owned() });
        let (scheme, rest) = text.split_once("://").unwrap_or(("tcp", text));
        match scheme {
            "unix" if rest.is_empty() => Err(bad("it names no socket")),
            "unix" => Ok(Self::Unix(PathBuf::from(rest))),
            "tcp" | "http" => {
                let authority = rest.split('/').next().unwrap_or_default();
                parse_tcp(authority).ok_or_else(|| bad("expected HOST or HOST:PORT"))
            }
            "https" => not_supported("TLS"),
            "ssh" => not_supported("ssh"),
            "npipe" => not_supported("a Windows named pipe"),
            "fd" => not_supported("an inherited file descriptor"),
            _ => Err(bad("unknown scheme; there are unix and tcp")),
        }
    }

    /// Whether there is anything at all to connect to; `true` where only trying can tell.
    #[must_use]
    pub fn may_exist(&self) -> bool {
        match self {
            Self::Unix(path) => path.symlink_metadata().is_ok(),
            Self::Tcp { .. } => true,
        }
    }

    /// The socket's path, when it is one.
    #[must_use]
    pub fn socket(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) => Some(path),
            Self::Tcp { .. } => None,
        }
    }
}

fn parse_tcp(authority: &str) -> Option<Address> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            (host, after.strip_prefix(':'))
        }
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port {
        None | Some("") => 2375,
        Some(port) => port.parse().ok()?,
    };
    let host = if host.is_empty() { "localhost" } else { host };
    let is_sane = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%'));
    is_sane.then(|| Address::Tcp { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("unix:///run/x.sock", "unix:///run/x.sock")]
    #[case("server", "tcp://server:2375")]
    #[case("tcp://server:99", "tcp://server:99")]
    #[case("tcp://server:99/path", "tcp://server:99")]
    #[case("tcp://[::1]:99", "tcp://[::1]:99")]
    #[case("tcp://[::1]", "tcp://[::1]:2375")]
    #[case("tcp://:99", "tcp://localhost:99")]
    fn addresses_as_the_docker_cli_reads_them(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Address::parse(text, "--host").expect("an address").to_string(), expected);
    }

    #[rstest]
    #[case("unix://")]
    #[case("gopher://x")]
    #[case("tcp://server:port")]
    #[case("tcp://a b:1")]
    #[case("tcp://server\r\nX: y:1")]
    fn addresses_that_cannot_be_meant(#[case] text: &str) {
        assert!(matches!(Address::parse(text, "--host"), Err(Error::BadAddress { .. })), "{text}");
    }
}
