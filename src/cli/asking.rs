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
    gone: Vec<String>,
}

impl Ending {
    pub(super) fn heard() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            gone: Vec::new(),
        })
    }

    /// Remembers containers that were removed: from then on something was changed.
    pub(super) fn remember(&mut self, containers: Vec<String>) {
        self.gone.extend(containers);
    }

    /// Why it ends, with what was changed before.
    pub(super) fn told(&self, failure: Failure) -> Failure {
        if self.gone.is_empty() {
            return failure;
        }
        let Failure { trouble, .. } = failure;
        let (noun, verb) = if self.gone.len() == 1 { ("container", "is") } else { ("containers", "are") };
        let summary = format!("the {noun} {} {verb} gone, but no volume was removed", self.gone.join(", "));
        let cause = match trouble.summary.as_str() {
            "nothing was changed" | "nothing was removed" => trouble.cause,
            other => format!("{other}: {}", trouble.cause),
        };
        Failure {
            exit: Exit::Partly,
            trouble: Trouble { remedy: trouble.remedy, ..Trouble::new(summary, cause) },
        }
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
        let done = tokio::select! {
            done = work => done,
            () = self.come() => {
                let trouble = Trouble::new("nothing was changed", "it was told to end before");
                Err(Failure { exit: Exit::Failed, trouble })
            }
        };
        done.map_err(|failure| self.told(failure))
    }
}
