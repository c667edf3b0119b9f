//! The price of being open, counted, not timed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::Event;
use futures_util::StreamExt;
use ratatui::backend::TestBackend;
use ratatui::{Frame, Terminal};
use tokio::sync::mpsc;
use volx::app::model::Model;
use volx::config::Config;
use volx::domain::live::Observation;
use volx::engine::Engine;
use volx::engine::demo::Demo;
use volx::ops::observe::Request;
use volx::runtime::screen::{Counts, Device, End, Screen};

use super::stage::key;

struct Paper(Terminal<TestBackend>);

impl Device for Paper {
    fn draw(&mut self, view: &mut dyn FnMut(&mut Frame<'_>)) -> io::Result<()> {
        self.0.draw(|frame| view(frame)).map(|_| ()).map_err(io::Error::other)
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }
}

/// Runs the real loop over these events for an hour of tokio's clock, then quits by key.
async fn an_hour(observations: Vec<Observation>, first_keys: &str) -> (Counts, usize) {
    let config = Config::defaults().expect("shipped");
    let model = Model::new(config.settings.clone(), jiff::Timestamp::now());
    let (requests, mut asked) = mpsc::channel(1000);
    let (out, observed) = mpsc::channel(1000);
    for observation in observations {
        out.send(observation).await.expect("room");
    }
    let mut screen = Screen::new(model, config, requests, (100, 30));
    let early: Vec<io::Result<Event>> =
        first_keys.split_whitespace().map(|k| Ok(Event::Key(key(k)))).collect();
    let quit = futures_util::stream::once(async {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        Ok(Event::Key(key("q")))
    });
    let events = futures_util::stream::iter(early).chain(quit).boxed();
    let mut paper = Paper(Terminal::new(TestBackend::new(100, 30)).expect("a buffer"));
    let end = screen.run(&mut paper, events, observed).await.expect("drawn");
    assert_eq!(end, End::Quit);
    drop(out);
    let mut pulses = 0;
    while let Ok(request) = asked.try_recv() {
        pulses += usize::from(request == Request::Pulse);
    }
    (screen.counts(), pulses)
}

async fn a_listed_demo() -> Vec<Observation> {
    let at = jiff::Timestamp::now();
    let demo = Demo::still(at);
    vec![
        Observation::Connected(Box::new(demo.info().clone())),
        Observation::Listed { inventory: Arc::new(demo.list().await.expect("lists")), at },
        Observation::Measured(crate::stage::measured(&demo)),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_idle_hour_wakes_for_one_coarse_timer_and_draws_nothing() {
    let (counts, pulses) = an_hour(a_listed_demo().await, "").await;
    assert!(counts.wakes <= 3600 / 30 + 3, "one timer of half a minute: {counts:?}");
    assert!(counts.frames <= 2, "the first frame and the listed one: {counts:?}");
    assert!(pulses <= counts.wakes, "the engine is asked at most once a wake: {pulses}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_one_frame() {
    let mut observations = a_listed_demo().await;
    let last = observations.last().cloned().expect("one");
    observations.extend(std::iter::repeat_n(last, 400));
    let (counts, _) = an_hour(observations, "j j j k G g").await;
    assert!(counts.frames <= 4, "what waits is taken in before one frame: {counts:?}");
}

#[tokio::test(start_paused = true)]
async fn without_an_engine_seconds_are_told_while_waiting() {
    let (counts, _) = an_hour(Vec::new(), "").await;
    assert!(counts.wakes >= 3590, "seconds are on the screen: {counts:?}");
}
