//! volx: arguments, then the screen or a subcommand, then an exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use volx::access::helper;
use volx::cli::arguments::Arguments;
use volx::cli::{self, Exit, Failure};
use volx::domain::trouble::Trouble;
use volx::runtime::{self, Leave};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(async {
                let ended = run(&arguments).await;
                helper::tidied().await;
                ended
            });
            // A question that the engine does not answer must not keep the process.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(Failure::from(error)),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            cli::complain(&failure);
            ExitCode::from(failure.exit.code())
        }
    }
}

async fn run(arguments: &Arguments) -> Result<u8, Failure> {
    if let Some(command) = &arguments.command {
        if cli::hears_signals(command) {
            return cli::run(arguments, command).await.map(Exit::code);
        }
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        // The containers that it made are removed before the process ends.
        return tokio::select! {
            ended = cli::run(arguments, command) => ended.map(Exit::code),
            _ = terminate.recv() => Ok(128 + 15),
            _ = interrupt.recv() => Ok(128 + 2),
        };
    }
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let trouble = Trouble::new("the screen needs a terminal", "input or output is none")
            .with_remedy("use a subcommand in scripts: volx ls --json, volx --help");
        return Err(Failure { exit: Exit::Usage, trouble });
    }
    let config = cli::configuration(arguments)?;
    let target = cli::target(arguments, &config);
    match runtime::run(config, target).await? {
        Leave::Quit => Ok(Exit::Done.code()),
        // As shells name an end by a signal.
        Leave::Signal(signal) => Ok(128 + signal),
    }
}
