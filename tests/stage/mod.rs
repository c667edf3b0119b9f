//! A stage for the screen without terminal or task: real keys through the real keymap into the
//! real update, real effects carried out on the still demo, the real view on a buffer.

#![allow(unreachable_pub, reason = "shared by several test crates")]

mod changing;
mod files;
pub mod keeping;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use volx::app::message::{Effect, Message};
use volx::app::model::Model;
use volx::app::update::update;
use volx::config::Config;
use volx::domain::inventory::Inventory;
use volx::domain::layer::Told;
use volx::domain::live::Observation;
use volx::domain::map::Sources;
use volx::domain::mount::Source;
use volx::domain::usage::{Measured, Sized};
use volx::domain::volume::Volume;
use volx::engine::Engine;
use volx::engine::demo::Demo;
use volx::history::History;
use volx::ops::survey::made_up;
use volx::runtime::input;
use volx::ui;

/// The moment at which everything on stage happens.
pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

/// What measuring the demo finds.
#[allow(dead_code, reason = "each test crate uses its part")]
pub fn measured(demo: &Demo) -> Vec<Sized> {
    /// The demo's files are the same for every stage, and many.
    static KNOWN: Mutex<BTreeMap<(String, u64), Result<Measured, String>>> = Mutex::new(BTreeMap::new());
    let usage = block_on(demo.disk_usage()).expect("the demo measures");
    let inventory = block_on(demo.list()).expect("the demo lists");
    let sized = |volume: &Volume| Sized {
        name: volume.name.clone(),
        outcome: match usage.of(volume) {
            Ok(bytes) => KNOWN
                .lock()
                .expect("no panic")
                .entry((volume.name.clone(), bytes))
                .or_insert_with(|| made_up(demo, &volume.name, now()))
                .clone(),
            Err(unknown) => Err(unknown.reason().to_owned()),
        },
    };
    inventory.volumes.iter().map(sized).collect()
}

pub struct Stage {
    pub model: Model,
    pub config: Config,
    pub demo: Demo,
    pub size: (u16, u16),
    /// What the demo's past left behind.
    pub history: Arc<History>,
    /// Every effect so far.
    pub effects: Vec<Effect>,
    /// Whether asks about files and layers, and changes, are left without an answer, for the test to
    /// give.
    pub is_silent: bool,
    /// What there is of backups and jobs.
    pub keeping: keeping::Keeping,
    open: files::Open,
}

#[allow(dead_code, reason = "each test crate uses its part")]
impl Stage {
    /// A stage before anything is known.
    pub fn dark(width: u16, height: u16) -> Self {
        let config = Config::defaults().expect("the shipped configuration");
        let model = Model::new(config.settings.clone(), now());
        let demo = Demo::still(now());
        let history = volx::ops::observe::demo::history(now()).expect("a past");
        let mut stage = Self {
            model,
            config,
            demo,
            history,
            size: (width, height),
            effects: Vec::new(),
            is_silent: false,
            keeping: keeping::Keeping::default(),
            open: files::Open::default(),
        };
        stage.fit();
        stage
    }

    /// The demo, listed and measured.
    pub fn demo(width: u16, height: u16) -> Self {
        let mut stage = Self::dark(width, height);
        stage.connect();
        stage.remember();
        stage.list();
        stage.carry_out(Effect::Measure);
        stage
    }

    /// What is known of the time before.
    pub fn remember(&mut self) {
        let since = now() - jiff::SignedDuration::from_hours(24 * 11);
        let trails = self.history.trails(&self.demo.info().id, since, now()).expect("trails");
        self.observe(Observation::Trails(Arc::new(trails)));
    }

    /// A stage with an inventory of one's own.
    pub fn with(inventory: Inventory, width: u16, height: u16) -> Self {
        let mut stage = Self::dark(width, height);
        stage.connect();
        stage.observe(Observation::Listed { inventory: Arc::new(inventory), at: now() });
        stage
    }

    pub fn connect(&mut self) {
        let info = self.demo.info().clone();
        self.observe(Observation::Connected(Box::new(info)));
        self.protect(volx::domain::protection::Protection::default());
    }

    pub fn list(&mut self) {
        let inventory = block_on(self.demo.list()).expect("the demo lists");
        self.observe(Observation::Listed { inventory: Arc::new(inventory), at: now() });
    }

    /// What the demo tells of its layers; of the folders that are bound one is missing.
    pub fn survey(&mut self) {
        let inventory = self.model.listed();
        let ids = inventory.containers.iter().map(|c| c.id.clone());
        let told: Vec<(String, Option<Told>)> = ids
            .map(|id| {
                let layer = block_on(self.demo.layer(&id)).expect("the demo tells");
                (id, layer.map(Ok))
            })
            .collect();
        let of = told.len();
        self.observe(Observation::Layers { told, done: of, of });
        let paths = inventory.containers.iter().flat_map(|c| &c.mounts).filter_map(|m| match &m.source {
            Source::Bind(path) => Some((path.clone(), path != "/srv/shop/secrets")),
            _ => None,
        });
        let sources = Sources { found: paths.collect(), reason: None };
        self.observe(Observation::Sources(Arc::new(sources)));
    }

    /// One beat of the demo's story, with the events it tells and the listing after it.
    pub fn beat(&mut self) {
        use futures_util::{FutureExt, StreamExt};
        let mut events = block_on(self.demo.events(None)).expect("the demo tells");
        self.demo.step();
        while let Some(Some(Ok(event))) = events.next().now_or_never() {
            self.observe(Observation::Happened(Box::new(event)));
        }
        self.list();
    }

    pub fn observe(&mut self, observation: Observation) {
        self.tell(Message::Observed(observation));
    }

    pub fn tell(&mut self, message: Message) {
        let effects = update(&mut self.model, message);
        self.fit();
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        self.effects.push(effect.clone());
        match effect {
            Effect::Inspect(name) => {
                let answer = block_on(self.demo.inspect_volume(&name))
                    .map(Box::new)
                    .map_err(|e| e.trouble("the volume cannot be inspected"));
                self.observe(Observation::Inspected(name, answer));
            }
            Effect::Measure => {
                let sizes = measured(&self.demo);
                self.observe(Observation::Measured(sizes));
                self.observe(Observation::Backing(self.demo.backing()));
                self.observe(Observation::MeasureEnded(Ok(())));
            }
            Effect::Past(name) => {
                let past = self.history.past(&self.demo.info().id, &name, now());
                let past = past.map(Box::new).map_err(|e| e.trouble());
                self.observe(Observation::Past(name, past));
            }
            Effect::Files(visit, ask) if !self.is_silent => {
                for news in self.open.answer(&self.demo, ask) {
                    self.observe(Observation::Files(visit, news));
                }
            }
            Effect::Refresh => self.list(),
            Effect::Layers | Effect::Change(_) | Effect::Keep(_) if self.is_silent => {}
            Effect::Layers => self.survey(),
            Effect::Change(ask) => self.change(ask),
            Effect::Keep(ask) => self.answer_keeping(ask),
            Effect::Files(..)
            | Effect::Copy(_)
            | Effect::Demo
            | Effect::Prefer(_)
            | Effect::Weigh(_)
            | Effect::Pulse
            | Effect::Quit
            | Effect::Retry
            | Effect::StopMeasuring => {}
        }
    }

    /// Presses keys, written as in the keymap and separated by spaces: `j j / d b enter`.
    pub fn press(&mut self, keys: &str) {
        for word in keys.split_whitespace() {
            let event = Event::Key(key(word));
            if let Some(message) = input::message(&event, &self.model, &self.config) {
                self.tell(message);
            }
        }
    }

    /// Types text as it is, spaces too.
    pub fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            let event = Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE));
            if let Some(message) = input::message(&event, &self.model, &self.config) {
                self.tell(message);
            }
        }
    }

    pub fn click(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    }

    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        let event = Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
        if let Some(message) = input::message(&event, &self.model, &self.config) {
            self.tell(message);
        }
    }

    /// Clicks on the first place where this text is on the screen.
    pub fn click_on(&mut self, text: &str) {
        let (column, row) =
            self.find(text).unwrap_or_else(|| panic!("'{text}' is on the screen:\n{}", self.text()));
        self.click(column, row);
    }

    /// Where this text is on the screen.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        self.text().lines().enumerate().find_map(|(row, line)| {
            let at = line.find(text)?;
            let column = line[..at].chars().count();
            Some((u16::try_from(column).expect("small"), u16::try_from(row).expect("small")))
        })
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
        self.fit();
    }

    fn fit(&mut self) {
        for _ in 0..3 {
            let window = ui::window(&self.model, &self.config, self.size.0, self.size.1);
            for effect in update(&mut self.model, Message::Window(window)) {
                self.carry_out(effect);
            }
        }
    }

    pub fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a buffer");
        terminal.draw(|frame| ui::view(&self.model, &self.config, frame)).expect("drawn");
        terminal.backend().buffer().clone()
    }

    /// What is on the screen, one line a row, without styles.
    pub fn text(&self) -> String {
        let buffer = self.buffer();
        let mut lines = Vec::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..buffer.area.width {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            lines.push(line.trim_end().to_owned());
        }
        lines.join("\n")
    }

    /// What is on the screen, then a letter for the style of each cell, then what the letters mean.
    pub fn picture(&self) -> String {
        let buffer = self.buffer();
        let mut legend: Vec<Style> = Vec::new();
        let mut rows = Vec::new();
        for y in 0..buffer.area.height {
            let mut row = String::new();
            for x in 0..buffer.area.width {
                let style = buffer[(x, y)].style();
                row.push(if is_plain(style) {
                    '.'
                } else {
                    let at = legend.iter().position(|s| *s == style).unwrap_or_else(|| {
                        legend.push(style);
                        legend.len() - 1
                    });
                    char::from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[at])
                });
            }
            rows.push(row.trim_end_matches('.').to_owned());
        }
        let meanings: Vec<String> = legend
            .iter()
            .enumerate()
            .map(|(at, style)| {
                let letter = char::from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[at]);
                format!("{letter}: {}", words(*style))
            })
            .collect();
        format!("{}\n\n{}\n\n{}\n", self.text(), rows.join("\n"), meanings.join("\n"))
    }
}

fn is_plain(style: Style) -> bool {
    let reset = |color: Option<Color>| color.is_none_or(|c| c == Color::Reset);
    reset(style.fg) && reset(style.bg) && style.add_modifier.is_empty()
}

fn words(style: Style) -> String {
    let mut words = Vec::new();
    let set = |color: Option<Color>| color.filter(|c| *c != Color::Reset);
    words.extend(set(style.fg).map(|c| format!("fg {c}")));
    words.extend(set(style.bg).map(|c| format!("bg {c}")));
    for (modifier, name) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::ITALIC, "italic"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ] {
        if style.add_modifier.contains(modifier) {
            words.push(name.to_owned());
        }
    }
    words.join(", ")
}

/// A key as the keymap writes it.
pub fn key(word: &str) -> KeyEvent {
    let mut letters = word.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
    }
    crokey::parse(word).expect("a key").into()
}

/// The still demo answers at once; nothing here waits.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("the still demo answers at once")
}
