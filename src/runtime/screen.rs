//! The loop: one message at a time, then what was waiting, then at most one frame.

use std::io;
use std::task::Poll;

use crossterm::event::Event;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use ratatui::Frame;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::{clock, input};
use crate::app::message::{Effect, Message};
use crate::app::model::Model;
use crate::app::update::update;
use crate::config::Config;
use crate::domain::live::Observation;
use crate::ops::observe::Request;
use crate::ui;

/// How much that waits is taken in before the next frame.
const BATCH: usize = 512;

/// What is drawn on: the terminal, or a test's own.
pub trait Device {
    /// Draws a frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn draw(&mut self, view: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()>;

    /// Puts a text on the user's clipboard.
    ///
    /// # Errors
    /// When it cannot be written.
    fn copy(&mut self, text: &str) -> io::Result<()>;
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The user left.
    Quit,
    /// Nobody watches the engine any more: a fault of ours.
    WatcherGone,
}

/// How often the loop woke and drew: the price of being open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Times the loop woke.
    pub wakes: usize,
    /// Frames it drew.
    pub frames: usize,
}

/// The running screen.
#[derive(Debug)]
pub struct Screen {
    model: Model,
    config: Config,
    requests: mpsc::Sender<Request>,
    size: (u16, u16),
    counts: Counts,
    is_over: bool,
}

impl Screen {
    /// A screen of this size.
    #[must_use]
    pub const fn new(
        model: Model,
        config: Config,
        requests: mpsc::Sender<Request>,
        size: (u16, u16),
    ) -> Self {
        Self { model, config, requests, size, counts: Counts { wakes: 0, frames: 0 }, is_over: false }
    }

    /// What is on the screen.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// The price so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Runs until the user leaves.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn run(
        &mut self,
        device: &mut dyn Device,
        mut events: BoxStream<'static, io::Result<Event>>,
        mut observed: mpsc::Receiver<Observation>,
    ) -> io::Result<End> {
        let mut tick = Instant::now() + self.model.tick();
        loop {
            self.draw_if_changed(device)?;
            // Waiting shortens the tick; it never lengthens one that is due.
            tick = tick.min(Instant::now() + self.model.tick());
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => self.take_event(&event?, device),
                    None => return Ok(End::Quit),
                },
                observation = observed.recv() => match observation {
                    Some(observation) => self.take_observation(observation, device),
                    None => return Ok(End::WatcherGone),
                },
                () = sleep_until(tick) => {
                    self.take(clock(), device);
                    tick = Instant::now() + self.model.tick();
                }
            }
            self.counts.wakes += 1;
            for _ in 0..BATCH {
                if let Ok(observation) = observed.try_recv() {
                    self.take_observation(observation, device);
                } else if let Poll::Ready(Some(event)) = futures_util::poll!(events.next()) {
                    // Polled as this task: crossterm keeps the waker of whoever found nothing, and
                    // a waker of nobody would leave the next key lying.
                    self.take_event(&event?, device);
                } else {
                    break;
                }
            }
            if self.is_over {
                return Ok(End::Quit);
            }
        }
    }

    fn draw_if_changed(&mut self, device: &mut dyn Device) -> io::Result<()> {
        self.fit_window();
        if self.model.take_dirty() {
            self.counts.frames += 1;
            device.draw(&mut |frame| ui::view(&self.model, &self.config, frame))?;
        }
        Ok(())
    }

    /// Tells the model what its window shows; what that moves may change what it shows once more.
    fn fit_window(&mut self) {
        for _ in 0..2 {
            let window = ui::window(&self.model, &self.config, self.size.0, self.size.1);
            if window == self.model.window {
                return;
            }
            for effect in update(&mut self.model, Message::Window(window)) {
                self.send(effect);
            }
        }
    }

    fn take_event(&mut self, event: &Event, device: &mut dyn Device) {
        if let Event::Resize(width, height) = event {
            self.size = (*width, *height);
            return;
        }
        if let Some(message) = input::message(event, &self.model, &self.config) {
            self.take(message, device);
        }
    }

    fn take_observation(&mut self, observation: Observation, device: &mut dyn Device) {
        self.take(Message::Observed(observation), device);
    }

    fn take(&mut self, message: Message, device: &mut dyn Device) {
        self.model.now = jiff::Timestamp::now();
        // What a key does may depend on what its window shows by now.
        self.fit_window();
        for effect in update(&mut self.model, message) {
            self.carry_out(effect, device);
        }
    }

    fn carry_out(&mut self, effect: Effect, device: &mut dyn Device) {
        match effect {
            Effect::Quit => self.is_over = true,
            Effect::Copy(text) => {
                if let Err(error) = device.copy(&text) {
                    update(&mut self.model, Message::Failed(format!("not copied: {error}")));
                }
            }
            effect => self.send(effect),
        }
    }

    /// Sends what the watcher has to do.
    fn send(&mut self, effect: Effect) {
        let request = match effect {
            Effect::Quit | Effect::Copy(_) => return,
            Effect::Refresh => Request::Refresh,
            Effect::Measure => Request::Measure,
            Effect::StopMeasuring => Request::StopMeasuring,
            Effect::Prefer(names) => Request::Prefer(names),
            Effect::Weigh(name) => Request::Weigh(name),
            Effect::Layers => Request::Layers,
            Effect::Inspect(name) => Request::Inspect(name),
            Effect::Past(name) => Request::Past(name),
            Effect::Files(visit, ask) => Request::Files(visit, ask),
            Effect::Retry => Request::Retry,
            Effect::Pulse => Request::Pulse,
            Effect::Keep(ask) => Request::Keep(ask),
            Effect::Change(ask) => Request::Change(ask),
            Effect::Demo => Request::Demo,
        };
        // A full channel means that the watcher is busy; a key must not wait for it.
        if self.requests.try_send(request).is_err() {
            update(&mut self.model, Message::Failed("the engine's watcher is busy; try again".to_owned()));
        }
    }
}
