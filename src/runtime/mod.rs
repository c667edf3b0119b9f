//! Tasks and the terminal: input becomes messages, effects become work, changes become frames.
//!
//! The loop sleeps until a key, news of the engine, or the one timer for the ages on screen; it
//! draws only when the model says that something changed.

mod device;
pub mod input;
pub mod screen;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::app::message::Message;
use crate::app::model::Model;
use crate::config::Config;
use crate::config::trash::TrashSettings;
use crate::domain::keep::Trash;
use crate::domain::live::Observation;
use crate::engine::connect::Target;
use crate::ops::observe::{Automatic, Request, Watch, history_for, watch};
use crate::ops::right::Terms;

use device::Terminal;
use screen::{End, Screen};

/// How long the removal of one volume may keep a volx that is left.
const LEAVING: Duration = Duration::from_secs(10);
/// News that may wait before the watcher does. Frames take a millisecond; it rarely does.
const BACKLOG: usize = 256;

/// How the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// By the user.
    Quit,
    /// By this signal.
    Signal(u8),
}

/// Opens the screen and runs it until it is left. The terminal is restored in every case.
///
/// # Errors
/// When the terminal cannot be used, or the watcher broke.
pub async fn run(config: Config, target: Target) -> std::io::Result<Leave> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminal = Terminal::open(config.has_mouse)?;
    let mut model = Model::new(config.settings.clone(), Timestamp::now());
    if let Ok(folder) = std::env::current_dir() {
        model.folder = folder.to_string_lossy().into_owned();
    }
    let (observed_sender, observed) = mpsc::channel(BACKLOG);
    let (requests, asked) = mpsc::channel(BACKLOG);
    let watcher = begin_watch(&config, target, observed_sender, asked);
    let size = crossterm::terminal::size()?;
    let mut screen = Screen::new(model, config, requests, size);
    let leave = {
        let ui = screen.run(&mut terminal, input::events(), observed);
        tokio::pin!(ui);
        tokio::select! {
            end = &mut ui => match end? {
                End::Quit => Leave::Quit,
                End::WatcherGone => return Err(std::io::Error::other("the watcher of the engine ended")),
            },
            _ = terminate.recv() => Leave::Signal(15),
            _ = hang_up.recv() => Leave::Signal(1),
            _ = interrupt.recv() => Leave::Signal(2),
        }
    };
    // It ends when nobody can ask it anything any more, but not before what is being removed is removed.
    drop((screen, terminal));
    let _ = tokio::time::timeout(LEAVING, watcher).await;
    Ok(leave)
}

/// Starts the watcher, away from the screen: opening the history may wait for a disk.
fn begin_watch(
    config: &Config,
    target: Target,
    out: mpsc::Sender<Observation>,
    requests: mpsc::Receiver<Request>,
) -> tokio::task::JoinHandle<()> {
    let path: PathBuf = config.paths.history();
    let measuring = config.measuring;
    let automatic = Automatic { is_on: measuring.is_on, limit: measuring.limit, forced: measuring.forced };
    let backups = Some(config.backups.clone());
    let TrashSettings { is_on, dir, keep, limit } = config.trash.clone();
    let trash = is_on.then_some(Trash { dir, limit, keep });
    let terms = Terms { patterns: config.protect.clone(), audit: Some(config.paths.audit()), trash };
    tokio::spawn(async move {
        let opened = tokio::task::spawn_blocking({
            let target = target.clone();
            move || history_for(&target, &path)
        })
        .await;
        let history = match opened {
            Ok(Ok(history)) => Some(Arc::clone(&history)),
            Ok(Err(error)) => {
                let _ = out.send(Observation::HistoryFailed(error.trouble())).await;
                None
            }
            Err(_) => None,
        };
        watch(Watch { target, history, automatic, terms, backups }, out, requests).await;
    })
}

/// The message that tells the time.
fn clock() -> Message {
    Message::Clock(Timestamp::now())
}
