//! Engines for the real binary: the recorded ones, a failing one, a hostile one.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::fixtures;
use super::seat::{Home, Seat, holds};
use super::server::{Asked, Reply, Server};

/// An engine on threads of its own.
pub struct Engine {
    server: Option<Server>,
    runtime: Runtime,
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        drop(self.server.take());
    }
}

impl Engine {
    pub fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::make(|| Server::start(script))
    }

    pub fn start_at(socket: &Path, script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::make(|| Server::start_at(socket, script))
    }

    fn make(start: impl FnOnce() -> Server) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let inside = runtime.enter();
        let server = Some(start());
        drop(inside);
        Self { server, runtime }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    pub fn address(&self) -> String {
        format!("unix://{}", self.server().socket.display())
    }

    pub fn until_asked(&self, route: &str, times: usize) {
        self.runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(20), self.server().until_asked(route, times))
                .await
                .expect("asked in time");
        });
    }
}

/// volx at this engine.
fn seat(home: &Home, engine: &Engine) -> Seat {
    Seat::start(home, &["--host", &engine.address()], (100, 30), &[])
}

#[test]
fn docker_29_as_recorded() {
    let home = Home::new();
    let engine = Engine::start(|asked| fixtures::reply("d29", asked));
    let mut seat = seat(&home, &engine);
    let screen = seat.wait_for("sizes", |s| s.contains("fx-shop_db") && s.contains("1.0 kB"));
    assert!(screen.contains("Docker 29.7.2") && screen.contains("shop") && screen.contains('●'), "{screen}");
    seat.press("/fx-cifs\r]]\t\r");
    seat.wait_for("the description", |s| s.contains("password=*****"));
    seat.press("y");
    seat.wait_for("the menu", |s| s.contains(" Copy "));
    seat.press("\r");
    seat.wait_for_bytes("the name on the clipboard", b"\x1b]52;c;ZngtY2lmcw==");
    assert!(!holds(&seat.raw(), b"not-a-real-secret"), "the password never reaches the terminal");
}

#[test]
fn an_event_is_seen_at_once() {
    let home = Home::new();
    let engine = Engine::start(|asked| fixtures::reply("d28", asked));
    let mut seat = seat(&home, &engine);
    seat.wait_for("volumes", |s| s.contains("fx-shop_db"));
    seat.press("5");
    let line = r#"{"Type":"volume","Action":"create","Actor":{"ID":"brand-new","Attributes":{"driver":"local"}},"timeNano":1795241138294439087}"#;
    engine.server().send(format!("{line}\n"));
    seat.wait_for("the event", |s| s.contains("brand-new") && s.contains("create"));
}

#[test]
fn an_engine_that_cannot_list_is_no_empty_engine() {
    let home = Home::new();
    let engine = Engine::start(|asked| match asked.route.as_str() {
        "/volumes" => Reply::status(500, r#"{"message":"the store is locked"}"#),
        _ => fixtures::reply("d28", asked),
    });
    let seat = seat(&home, &engine);
    let screen = seat.wait_for("the reason", |s| s.contains("the store is locked"));
    assert!(!screen.contains("0 volumes"), "{screen}");
}

/// What an attacker would like the terminal to hear.
const TRAPS: [&[u8]; 7] = [
    b"\x1b]0;pwned",
    b"\x1b[5;13HX",
    b"\x1b]52;c;cHduZWQ=",
    b"\x1b[?2031h",
    b"\x1bPpwned",
    "\u{9b}31mpwned".as_bytes(),
    "\u{202e}".as_bytes(),
];

fn trap() -> String {
    let all: Vec<String> = TRAPS.iter().map(|t| String::from_utf8(t.to_vec()).expect("text")).collect();
    serde_json::to_string(&format!("evil{}\u{7}end", all.concat()))
        .expect("json")
        .trim_matches('"')
        .to_owned()
}

fn hostile(asked: &Asked) -> Reply {
    let t = trap();
    let body = match asked.route.as_str() {
        "/version" => format!(
            r#"{{"Version":"28{t}","ApiVersion":"1.51","MinAPIVersion":"1.24","Os":"{t}","Arch":"{t}"}}"#
        ),
        "/info" => format!(r#"{{"ID":"{t}","Name":"host{t}","DockerRootDir":"/{t}"}}"#),
        "/volumes" => format!(
            r#"{{"Volumes":[{{"Name":"{t}","Driver":"{t}","Mountpoint":"/{t}","Labels":{{"com.docker.compose.project":"{t}","{t}":"{t}"}},"Options":{{"{t}":"{t}"}},"Scope":"{t}"}}],"Warnings":["{t}"]}}"#
        ),
        "/containers/json" => format!(
            r#"[{{"Id":"1{t}","Names":["/web{t}"],"Image":"{t}","State":"{t}","Labels":{{"com.docker.compose.service":"{t}"}},"Mounts":[{{"Type":"volume","Name":"{t}","Destination":"/{t}","RW":true}}]}}]"#
        ),
        "/events" => {
            let line = format!(
                r#"{{"Type":"container","Action":"start{t}","Actor":{{"ID":"1","Attributes":{{"name":"{t}","image":"{t}"}}}},"timeNano":1795241138294439087}}"#
            );
            return Reply::Events(format!("{line}\n").into_bytes());
        }
        "/system/df" => return Reply::status(500, format!(r#"{{"message":"df {t}"}}"#)),
        _ => format!(r#"{{"Name":"{t}","{t}":["{t}"],"Options":{{"{t}":"{t}"}}}}"#),
    };
    Reply::json(body)
}

#[track_caller]
fn check_untrapped(raw: &[u8]) {
    for trap in TRAPS {
        assert!(!holds(raw, trap), "{:?} reached the terminal", String::from_utf8_lossy(trap));
    }
}

#[test]
fn hostile_words_stay_words() {
    let home = Home::new();
    let engine = Engine::start(hostile);
    let mut seat = Seat::start(&home, &["--host", &engine.address()], (140, 40), &[]);
    seat.wait_for("the volume", |s| s.contains("evil"));
    for _ in 0..6 {
        seat.press("]");
    }
    seat.press("]]");
    seat.wait_for("its description", |s| s.contains("\"Options\""));
    seat.press("!");
    seat.wait_for("the warnings", |s| s.contains(" Warnings "));
    seat.press_esc("no warnings", |s| !s.contains(" Warnings "));
    seat.press("y");
    let menu = seat.wait_for("the menu", |s| s.contains(" Copy "));
    assert!(menu.contains("control characters"), "what would run in a shell is not copied:\n{menu}");
    seat.press("\r");
    seat.press_esc("no menu", |s| !s.contains(" Copy "));
    seat.press("/evil");
    seat.wait_for("the filter", |s| s.contains("1 of 1"));
    seat.press("\r5");
    seat.wait_for("the activity", |s| s.contains("start"));
    seat.press("q");
    assert_eq!(seat.end(), 0);
    check_untrapped(&seat.raw());
    seat.check_restored();
}

#[test]
fn hostile_words_stay_words_in_scripts_too() {
    let home = Home::new();
    let engine = Engine::start(hostile);
    let address = engine.address();
    let runs: [&[&str]; 6] = [
        &["ls"],
        &["ls", "--columns", "name,labels,options,mountpoint,driver,scope,containers,project"],
        &["ls", "--json"],
        &["ls", "--quiet"],
        &["ls", "--measure"],
        &["doctor"],
    ];
    for args in runs {
        let output = home.command(args, &[("DOCKER_HOST", &address)]).output().expect("volx");
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{args:?} says something");
        check_untrapped(&output.stdout);
        check_untrapped(&output.stderr);
    }
}

#[test]
fn on_a_calm_engine_every_key_is_taken_at_once() {
    let home = Home::new();
    let engine = Engine::start(|asked| fixtures::reply("d28", asked));
    let mut seat = seat(&home, &engine);
    seat.wait_for("sizes", |s| s.contains("1.0 kB"));
    // Nothing else wakes it: a key that is not noticed would lie for half a minute.
    for _ in 0..5 {
        seat.press("?");
        seat.wait_for("the help", |s| s.contains(" Keys "));
        seat.press("q");
        seat.wait_for("no help", |s| !s.contains(" Keys "));
    }
}
