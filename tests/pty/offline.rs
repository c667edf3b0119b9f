//! No engine: what was tried, why, what to do, and that it goes on by itself.

use std::time::{Duration, Instant};

use super::engines::Engine;
use super::fixtures;
use super::seat::{Home, Seat};
use super::server::Reply;

#[test]
fn the_screen_says_what_was_tried_why_and_what_to_do() {
    let home = Home::new();
    let seat = Seat::start(&home, &[], (100, 30), &[]);
    let screen = seat.wait_for("the reasons", |s| s.contains("The engine cannot be reached"));
    for text in ["/nonexistent.sock", "There is no socket", "systemctl start docker", "D ", "q quit"] {
        assert!(screen.contains(text), "{text} is on\n{screen}");
    }
    let at = |screen: &str, seconds: u32| screen.contains(&format!("Trying again in {seconds}s"));
    seat.wait_for("a countdown", |s| at(s, 3));
    seat.wait_for("that counts", |s| at(s, 2));
}

#[test]
fn a_context_that_is_not_there_is_named() {
    let home = Home::new();
    // Something is chosen here too: nothing chosen would probe the sockets of this machine.
    std::fs::create_dir_all(home.path("home/.docker")).expect("folders");
    std::fs::write(home.path("home/.docker/config.json"), r#"{"currentContext":"nas"}"#).expect("a file");
    let seat = Seat::start(&home, &[], (100, 30), &[("DOCKER_HOST", "")]);
    let screen = seat.wait_for("the reasons", |s| s.contains("There is no Docker context 'nas'"));
    assert!(screen.contains("config.json"), "says what named it:\n{screen}");
    assert!(screen.contains("docker context create"), "and what helps:\n{screen}");
}

#[test]
fn the_demo_is_a_key_away() {
    let home = Home::new();
    let mut seat = Seat::start(&home, &[], (80, 24), &[]);
    seat.wait_for("the reasons", |s| s.contains("cannot be reached"));
    seat.press("D");
    seat.wait_for("the demo", |s| s.contains("postgres-data") && s.contains("demo"));
}

#[test]
fn an_engine_that_appears_is_found() {
    let home = Home::new();
    let socket = home.path("run/engine.sock");
    let address = format!("unix://{}", socket.display());
    let mut seat = Seat::start(&home, &[], (80, 24), &[("DOCKER_HOST", &address)]);
    seat.wait_for("the reasons", |s| s.contains("cannot be reached"));
    let engine = Engine::start_at(&socket, |asked| fixtures::reply("d28", asked));
    let screen = seat.wait_for("its volumes", |s| s.contains("fx-shop_db") && s.contains("7 volumes"));
    assert!(screen.contains("Docker 28.5.2"), "{screen}");
    drop(engine);
    let lost = seat.wait_for("the loss", |s| s.contains("lost"));
    assert!(lost.contains("fx-shop_db"), "the last state stays:\n{lost}");
    let _engine = Engine::start_at(&socket, |asked| fixtures::reply("d28", asked));
    seat.wait_for("the engine again", |s| !s.contains("lost") && s.contains("fx-shop_db"));
    seat.press("q");
    assert_eq!(seat.end(), 0);
    assert!(home.path("state/volx/history.db").exists(), "what a real engine told is remembered");
}

#[test]
fn a_silent_engine_keeps_nobody_waiting() {
    let home = Home::new();
    let engine = Engine::start(|_| Reply::Silence);
    let began = Instant::now();
    let mut seat = Seat::start(&home, &["--host", &engine.address()], (80, 24), &[]);
    seat.wait_for("the first frame", |s| s.contains("volx") && s.contains("Reaching the engine"));
    // The engine has ten seconds; the screen does not take a part of them.
    assert!(began.elapsed() < Duration::from_secs(5), "painted after {:?}", began.elapsed());
    engine.until_asked("/version", 1);
    seat.press("?");
    seat.wait_for("the help", |s| s.contains(" Keys "));
    seat.press_esc("no help", |s| !s.contains(" Keys "));
    seat.wait_for("how long it takes", |s| s.contains("no answer for"));
    seat.press("q");
    assert_eq!(seat.end(), 0, "a question without answer does not keep the process");
    seat.check_restored();
}

#[test]
fn the_demo_does_not_wait_for_a_silent_engine() {
    let home = Home::new();
    let engine = Engine::start(|_| Reply::Silence);
    let mut seat = Seat::start(&home, &["--host", &engine.address()], (80, 24), &[]);
    seat.wait_for("the first frame", |s| s.contains("Reaching the engine"));
    seat.press("D");
    seat.wait_for("the demo", |s| s.contains("postgres-data"));
}

#[test]
fn a_socket_that_is_no_engine_s_is_named() {
    let home = Home::new();
    let engine = Engine::start(|_| Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n\x1b]0;pwned\x07".to_vec()));
    let seat = Seat::start(&home, &["--host", &engine.address()], (100, 30), &[]);
    let screen = seat.wait_for("the reason", |s| s.contains("does not speak the Docker API"));
    assert!(screen.contains("Check the address"), "{screen}");
}
