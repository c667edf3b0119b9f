//! A line that is typed and not shown.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::domain::text::clean;

/// A terminal that shows nothing of what is typed, until this is dropped; also when the program is
/// told to end meanwhile.
struct Blind {
    terminal: File,
    before: Termios,
}

impl Blind {
    fn on(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut blind = before.clone();
        blind.local_modes.remove(LocalModes::ECHO);
        blind.local_modes.insert(LocalModes::ECHONL);
        // What was typed before the question is no answer to it.
        tcsetattr(&terminal, OptionalActions::Flush, &blind)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Blind {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to mend.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Whether somebody can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line that is not shown.
///
/// # Errors
/// When there is no terminal, or it is closed.
pub(super) async fn ask(question: &str) -> io::Result<String> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let reading = terminal.try_clone()?;
    let blind = Blind::on(terminal)?;
    write!(io::stderr(), "{}", clean(question))?;
    let line = tokio::task::spawn_blocking(move || first_line(BufReader::new(reading))).await;
    drop(blind);
    line.map_err(io::Error::other)?
}

/// Reads one line of standard input.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn from_stdin() -> io::Result<String> {
    tokio::task::spawn_blocking(|| first_line(io::stdin().lock())).await.map_err(io::Error::other)?
}

fn first_line(mut from: impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\n', '\r']).len());
    Ok(line)
}
