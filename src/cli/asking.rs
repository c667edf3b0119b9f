//! Asking before something is changed, and hearing a signal meanwhile.

use std::io::{self, IsTerminal, Write};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Exit, Failure};
use crate::domain::prune::Asking;
use crate::domain::text::clean;
use crate::domain::trouble::Trouble;

/// Asks a question whose answer is no unless it is yes.
pub(super) async fn confirm(question: &str, is_agreed: bool) -> Result<(), Failure> {
    ask(&format!("{question} [y/N] "), &Asking::Yes, is_agreed).await
}

/// Asks for what the danger demands.
pub(super) async fn agree(question: &str, asking: &Asking, is_agreed: bool) -> Result<(), Failure> {
    agree_to(question, &asking.words(), asking, is_agreed).await
}

/// The same, with other words for what has to be typed.
pub(super) async fn agree_to(
    question: &str,
    words: &str,
    asking: &Asking,
    is_agreed: bool,
) -> Result<(), Failure> {
    match asking {
        Asking::Yes => confirm(question, is_agreed).await,
        more => ask(&format!("{question}\n{words}: "), more, is_agreed).await,
    }
}

async fn ask(prompt: &str, asking: &Asking, is_agreed: bool) -> Result<(), Failure> {
    let refused =
        |cause: &str| Failure { exit: Exit::Refused, trouble: Trouble::new("nothing was changed", cause) };
    if is_agreed {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let mut failure = refused("there is no terminal to ask on");
        failure.trouble = failure.trouble.with_remedy("--yes says so beforehand");
        return Err(failure);
    }
    let lines: Vec<_> = prompt.split('\n').map(clean).collect();
    write!(io::stderr(), "{}", lines.join("\n"))?;
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let answer = answer.await.map_err(io::Error::other)??;
    if asking.is_met(&answer) { Ok(()) } else { Err(refused("it was not agreed to")) }
}

/// The wish that volx ends.
pub(super) struct Ending {
    interrupt: Signal,
    terminate: Signal,
}

impl Ending {
    pub(super) fn heard() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for it.
    pub(super) async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Does what changes nothing; it ends at once.
    pub(super) async fn unless<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            () = self.come() => {
                let trouble = Trouble::new("nothing was changed", "it was told to end before");
                Err(Failure { exit: Exit::Failed, trouble })
            }
        }
    }
}
