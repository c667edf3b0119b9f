//! A person at a terminal: a pseudo-terminal with volx in it, a screen to read and keys to press.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// How long anything may take before it counts as not happening.
const PATIENCE: Duration = Duration::from_secs(20);

/// A frame is whole when nothing has followed it for this long.
const SETTLED: Duration = Duration::from_millis(50);

/// Folders of a user who has nothing yet.
pub struct Home {
    dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        let home = Self { dir: TempDir::new().expect("a folder") };
        for (_, folder) in home.folders() {
            std::fs::create_dir_all(folder).expect("folders");
        }
        home
    }

    /// Where `name` would be in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes the user's settings.
    pub fn write_config(&self, text: &str) -> PathBuf {
        let folder = self.path("config/volx");
        std::fs::create_dir_all(&folder).expect("folders");
        std::fs::write(folder.join("config.toml"), text).expect("a file");
        folder.join("config.toml")
    }

    fn folders(&self) -> [(&'static str, PathBuf); 6] {
        [
            ("HOME", self.path("home")),
            ("XDG_CONFIG_HOME", self.path("config")),
            ("XDG_STATE_HOME", self.path("state")),
            ("XDG_DATA_HOME", self.path("data")),
            ("XDG_CACHE_HOME", self.path("cache")),
            ("XDG_RUNTIME_DIR", self.path("run")),
        ]
    }

    /// The environment of a process: this home, no engine but the one that is named, and `env`.
    fn environment(&self, env: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> =
            self.folders().into_iter().map(|(k, v)| (k.to_owned(), v.display().to_string())).collect();
        let path = std::env::var("PATH").unwrap_or_default();
        let fixed = [
            ("PATH", path.as_str()),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            // Never the machine's own engine.
            ("DOCKER_HOST", "unix:///nonexistent.sock"),
        ];
        all.extend(fixed.iter().chain(env).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        all
    }

    /// The binary without a terminal.
    pub fn command(&self, args: &[&str], env: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_volx"));
        command.args(args).env_clear().envs(self.environment(env)).current_dir(self.dir.path());
        command
    }
}

struct Seen {
    raw: Vec<u8>,
    parser: vt100::Parser,
    is_over: bool,
}

/// A running volx.
pub struct Seat {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    before: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Seat {
    /// Starts volx in a terminal of `width` by `height`.
    pub fn start(home: &Home, args: &[&str], (width, height): (u16, u16), env: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(width, height)).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_volx"));
        command.env_clear();
        command.args(args);
        command.cwd(home.path(""));
        for (name, value) in home.environment(env) {
            command.env(name, value);
        }
        let before = modes(pair.master.as_ref());
        let child = pair.slave.spawn_command(command).expect("volx");
        drop(pair.slave);
        let parser = vt100::Parser::new(cells(height), cells(width), 0);
        let seen = Arc::new((Mutex::new(Seen { raw: Vec::new(), parser, is_over: false }), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 16 << 10];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = kept.0.lock().unwrap();
                seen.raw.extend_from_slice(&buffer[..read]);
                seen.parser.process(&buffer[..read]);
                seen.is_over = read == 0;
                kept.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().expect("a writer");
        Self { seen, master: pair.master, keys, child, before }
    }

    /// The demo at 80 by 24, when its volumes are listed.
    pub fn demo(home: &Home, args: &[&str], env: &[(&str, &str)]) -> Self {
        let seat = Self::start(home, &[&["--demo"], args].concat(), (80, 24), env);
        seat.wait_for("the demo's volumes", |screen| screen.contains("postgres-data"));
        seat
    }

    /// Waits until the screen is as wanted, and gives it.
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        self.wait(what, |seen| {
            let screen = seen.parser.screen().contents();
            is_so(&screen).then_some(screen)
        })
    }

    /// Waits until these bytes have been written.
    #[track_caller]
    pub fn wait_for_bytes(&self, what: &str, bytes: &[u8]) {
        self.wait(what, |seen| holds(&seen.raw, bytes).then_some(()));
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, wanted: impl Fn(&Seen) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        loop {
            let found = wanted(&seen);
            let left = end.saturating_duration_since(Instant::now());
            if let Some(found) = found {
                let (newer, pause) = self.seen.1.wait_timeout(seen, SETTLED).unwrap();
                if pause.timed_out() || newer.is_over || left.is_zero() {
                    return found;
                }
                seen = newer;
                continue;
            }
            if left.is_zero() || seen.is_over {
                let end = if seen.is_over { "volx ended and left" } else { "the screen is" };
                let screen = seen.parser.screen().contents();
                drop(seen);
                panic!("waited for {what}; {end}\n{screen}");
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap()
    }

    /// What `look` makes of the screen.
    pub fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.seen().parser.screen())
    }

    /// Every byte written so far.
    pub fn raw(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("keys");
        self.keys.flush().expect("keys");
    }

    /// Presses Esc and waits for what follows: at once with the next key it would be Alt with it.
    #[track_caller]
    pub fn press_esc(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        self.press("\x1b");
        self.wait_for(what, is_so);
    }

    /// Makes the window larger or smaller.
    pub fn resize(&self, width: u16, height: u16) {
        self.seen().parser.set_size(cells(height), cells(width));
        self.master.resize(size(width, height)).expect("another size");
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("an id").to_string();
        let status = Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill");
        assert!(status.success());
    }

    /// Waits until volx ends; gives its exit code.
    #[track_caller]
    pub fn end(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        while !seen.is_over {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let screen = seen.parser.screen().contents();
                drop(seen);
                panic!("volx does not end; the screen is\n{screen}");
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        drop(seen);
        self.child.wait().expect("an exit").exit_code()
    }

    /// Checks that lines are typed as before, for what never opened the screen: after [`Seat::end`].
    #[track_caller]
    pub fn check_lines(&self) {
        assert_eq!(modes(self.master.as_ref()), self.before, "the line discipline is as before");
    }

    /// Checks that the terminal is as it was: after [`Seat::end`].
    #[track_caller]
    pub fn check_restored(&self) {
        assert_eq!(modes(self.master.as_ref()), self.before, "the line discipline is as before");
        let seen = self.seen();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pastes are plain");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is free");
        let tail = String::from_utf8_lossy(&seen.raw).into_owned();
        let opened = tail.rfind("\x1b[?1049h").expect("the alternate screen was entered");
        for code in ["\x1b[?1049l", "\x1b[?25h", "\x1b[?1006l", "\x1b[?1000l", "\x1b[?2004l"] {
            assert!(tail.rfind(code).is_some_and(|at| at > opened), "{code:?} is sent at the end");
        }
    }
}

/// Whether `bytes` stand in `all`.
pub fn holds(all: &[u8], bytes: &[u8]) -> bool {
    all.windows(bytes.len()).any(|window| window == bytes)
}

fn size(width: u16, height: u16) -> PtySize {
    PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a size")
}

/// The terminal's modes in words that can be compared.
fn modes(master: &dyn MasterPty) -> String {
    let mut words = String::new();
    if let Some(modes) = master.get_termios() {
        let _ = write!(words, "{:?} {:?} {:?}", modes.input_flags, modes.output_flags, modes.local_flags);
    }
    words
}
