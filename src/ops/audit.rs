//! The audit log: what volx changed, on which engine, for whom, with what result. JSON lines.
//!
//! A line before each change says what is about to happen, one afterwards what came of it. What is
//! gone after a crash has its first line.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::engine::EngineInfo;
use crate::domain::secret::masked;
use crate::domain::text::harmless;
use crate::domain::trouble::Trouble;

/// A log that is larger becomes the old one; what was older is dropped.
const LARGE: u64 = 10 << 20;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Several things are going to be tried.
    Plan,
    /// One thing is tried now, or next.
    Intent,
    /// This came of it.
    Result,
}

/// Who acts: the process's user, and who `sudo` says it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The user's number.
    pub uid: u32,
    /// The user's name, where the system knows one.
    pub name: Option<String>,
    /// Who became that user, by the word of `sudo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sudo_user: Option<String>,
}

impl Actor {
    /// Whoever runs this process.
    #[must_use]
    pub fn of_process() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let sudo_user = std::env::var("SUDO_USER").ok().filter(|name| !name.is_empty());
        Self { uid, name: name_of(&users, uid), sudo_user }
    }
}

fn name_of(users: &str, uid: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// One line of the log, as far as the change itself decides it.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When it was so.
    #[serde(skip)]
    at: Timestamp,
    /// Which step of the change.
    pub step: Step,
    /// What is done: `remove_volume`, `create_volume`, `protect`, `stop_container`, …
    pub action: String,
    /// With what: the name of a volume or container; of a plan all names.
    pub subject: Vec<String>,
    /// What else is known of it. No secret is in it.
    pub details: Map<String, Value>,
    /// What came of it: `done`, `skipped`, `failed`; nothing before that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<&'static str>,
    /// Why that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Entry {
    pub(super) fn new(step: Step, action: &str, subject: Vec<String>) -> Self {
        let (details, action) = (Map::new(), action.to_owned());
        Self { at: Timestamp::now(), step, action, subject, details, result: None, reason: None }
    }

    /// Whether this is the first line of something.
    fn is_beginning(&self) -> bool {
        match self.step {
            Step::Plan => true,
            // Those of a removal stand below its plan.
            Step::Intent => self.action != "remove_volume",
            Step::Result => false,
        }
    }

    pub(super) fn with(self, details: Map<String, Value>) -> Self {
        Self { details, ..self }
    }

    pub(super) fn ended(self, result: &'static str, reason: Option<String>) -> Self {
        Self { result: Some(result), reason, ..self }
    }
}

/// Driver options as the log may hold them.
pub(super) fn options(options: &BTreeMap<String, String>) -> Value {
    options.iter().map(|(key, value)| (key.clone(), masked(key, value).into_owned())).collect()
}

#[derive(Serialize)]
struct Line<'a> {
    at: Timestamp,
    volx: Program,
    user: &'a Actor,
    engine: Place<'a>,
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Serialize)]
struct Program {
    version: &'static str,
    pid: u32,
}

#[derive(Serialize)]
struct Place<'a> {
    id: &'a str,
    name: &'a str,
    address: &'a str,
}

/// The log.
#[derive(Debug, Clone)]
pub struct Audit {
    path: PathBuf,
    actor: Actor,
}

impl Audit {
    /// The log at this path; nothing is opened yet.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path, actor: Actor::of_process() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends lines.
    ///
    /// # Errors
    /// Says that the log cannot be written, and what that means.
    pub fn write(&self, engine: &EngineInfo, entries: &[Entry]) -> Result<(), Trouble> {
        let is_beginning = entries.first().is_some_and(Entry::is_beginning);
        let lines = entries.iter().map(|entry| self.line(engine, entry)).collect::<io::Result<Vec<String>>>();
        lines.and_then(|lines| append(&self.path, &lines.join("\n"), is_beginning)).map_err(|error| {
            Trouble::new("the audit log cannot be written", format!("{}: {error}", self.path.display()))
                .with_remedy("what is changed is changed all the same; make room, or look who owns that file")
        })
    }

    fn line(&self, engine: &EngineInfo, entry: &Entry) -> io::Result<String> {
        let line = Line {
            at: entry.at,
            volx: Program { version: env!("CARGO_PKG_VERSION"), pid: std::process::id() },
            user: &self.actor,
            engine: Place { id: &engine.id, name: &engine.name, address: &engine.address },
            entry,
        };
        Ok(harmless(&serde_json::to_string(&line)?))
    }
}

/// Appends the text in one write, so that lines of several volx never mix.
///
/// A log that is too large is put away where something begins: a removal stands in one file, whole.
fn append(path: &Path, line: &str, is_beginning: bool) -> io::Result<()> {
    let mut file = open(path)?;
    if is_beginning && file.metadata()?.len() > LARGE {
        put_away(path, &file)?;
        file = open(path)?;
    }
    // Who looks at the last letter must not see half a line of another volx.
    flock(&file, FlockOperation::LockExclusive)?;
    let mut text = String::with_capacity(line.len() + 2);
    if ends_within_a_line(&mut file)? {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    match file.write(text.as_bytes())? {
        all if all == text.len() => Ok(()),
        _ => Err(io::ErrorKind::StorageFull.into()),
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)
}

/// Whether a full disk cut the last line short.
fn ends_within_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Makes it the old log, unless another volx did so just now.
fn put_away(path: &Path, file: &File) -> io::Result<()> {
    flock(file, FlockOperation::LockExclusive)?;
    let (ours, now) = (file.metadata()?, std::fs::metadata(path)?);
    if (ours.dev(), ours.ino()) != (now.dev(), now.ino()) {
        return Ok(());
    }
    let mut old = path.as_os_str().to_owned();
    old.push(".1");
    std::fs::rename(path, old)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn lines(path: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(path).expect("a log");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn it_is_the_user_s_alone_and_grows_line_by_line() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("state/audit.jsonl");
        append(&path, "{\"a\":1}", true).expect("written");
        append(&path, "{\"a\":2}", true).expect("written");
        assert_eq!(lines(&path), ["{\"a\":1}", "{\"a\":2}"]);
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
    }

    #[test]
    fn a_line_that_was_cut_short_spoils_no_other() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, "{\"a\":1}\n{\"a\"").expect("written");
        append(&path, "{\"a\":3}", true).expect("written");
        assert_eq!(lines(&path), ["{\"a\":1}", "{\"a\"", "{\"a\":3}"]);
    }

    #[test]
    fn a_large_log_becomes_the_old_one_once() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let old = folder.path().join("audit.jsonl.1");
        std::fs::write(&path, format!("{}\n", "x".repeat(usize::try_from(LARGE).expect("a size"))))
            .expect("written");
        let late = open(&path).expect("another volx has it open");
        append(&path, "{\"a\":0}", false).expect("written");
        assert!(!old.exists(), "not in the middle of a removal");
        append(&path, "{\"a\":1}", true).expect("written");
        assert_eq!(lines(&path), ["{\"a\":1}"]);
        put_away(&path, &late).expect("looked");
        assert_eq!(lines(&path), ["{\"a\":1}"], "the new one stays where it is");
        assert!(std::fs::metadata(old).expect("kept").len() > LARGE);
    }

    #[test]
    fn several_at_once_never_mix_their_lines() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    let line = format!("{{\"writer\":{writer},\"text\":\"{}\"}}", "y".repeat(5_000));
                    for _ in 0..50 {
                        append(path, &line, true).expect("written");
                    }
                });
            }
        });
        let lines = lines(&path);
        assert_eq!(lines.len(), 200);
        for line in lines {
            serde_json::from_str::<Value>(&line).expect("a whole line");
        }
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let engine = crate::engine::demo::Demo::still(Timestamp::now());
        let audit = Audit::at(PathBuf::from("/dev/null/audit.jsonl"));
        let entry = Entry::new(Step::Intent, "remove_volume", vec!["v".to_owned()]);
        let trouble = audit.write(crate::engine::Engine::info(&engine), &[entry]).expect_err("no folder");
        assert!(trouble.cause.contains("/dev/null/audit.jsonl"), "{trouble}");
    }

    #[test]
    fn no_password_is_kept() {
        let cifs = BTreeMap::from([("o".to_owned(), "username=ann,password=open".to_owned())]);
        assert_eq!(options(&cifs)["o"], "username=ann,password=*****");
    }

    #[test]
    fn users_are_named_as_the_system_does() {
        let users = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(name_of(users, 1000).as_deref(), Some("ann"));
        assert_eq!(name_of(users, 7), None);
    }
}
