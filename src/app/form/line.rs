//! The form as a command line that does the same.

use tui_input::Input;

use super::{Form, Key, Preset};
use crate::domain::secret::{is_secret_key, masked};
use crate::domain::shell::quoted;

/// The line with a star for each letter of a secret in it; nothing where there is none.
#[must_use]
pub fn blinded(asked: Key, text: &str) -> Option<String> {
    let (key, value) = match asked {
        Key::MountOptions => ("o", text),
        Key::Options => text.split_once('=')?,
        _ => return None,
    };
    if masked(key, value) == value {
        return None;
    }
    // A secret may hold commas: all from its sign on is hidden.
    let secret = |part: &str| {
        part.split_once('=').filter(|(key, _)| is_secret_key(key.trim())).map(|(key, _)| key.len() + 1)
    };
    let mut at = 0;
    let mut shown = 0;
    for part in text.split([',']) {
        let inner = if at == 0 && asked == Key::Options && !is_secret_key(key) { key.len() + 1 } else { 0 };
        if let Some(len) = part.get(inner..).and_then(secret) {
            shown = at + inner + len;
            break;
        }
        at += part.len() + 1;
    }
    let (plain, hidden) = text.split_at_checked(shown)?;
    Some(format!("{plain}{}", "*".repeat(hidden.chars().count())))
}

impl Form {
    /// The command that makes the same volume. A password is not in it: it is typed blind there, too,
    /// or read from standard input.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = vec!["volx".to_owned(), "create".to_owned()];
        let name = self.text(Key::Name).trim();
        words.push(if name.is_empty() { "NAME".to_owned() } else { quoted(name) });
        let text = |key: Key| self.text(key).trim();
        let mut say = |flag: &str, value: &str| {
            if !value.is_empty() {
                words.extend([flag.to_owned(), quoted(value)]);
            }
        };
        match self.preset {
            Preset::Plain => {}
            Preset::Nfs => say("--nfs", &format!("{}:{}", text(Key::Server), text(Key::Export))),
            Preset::Cifs => {
                say("--cifs", text(Key::Share));
                say("--user", text(Key::User));
            }
            Preset::Bind => say("--bind", text(Key::Folder)),
            Preset::Sized => say("--size", text(Key::Size)),
            Preset::Other => say("--driver", text(Key::Driver)),
            Preset::Tmpfs if text(Key::Size).is_empty() => words.push("--tmpfs".to_owned()),
            Preset::Tmpfs => words.push(format!("--tmpfs={}", quoted(text(Key::Size)))),
        }
        let keys = self.preset.keys();
        if keys.contains(&Key::Password) && !self.text(Key::Password).is_empty() {
            words.push("--password-stdin".to_owned());
        }
        if keys.contains(&Key::MountOptions) && !text(Key::MountOptions).is_empty() {
            words.extend(["--mount-options".to_owned(), quoted(&masked("o", text(Key::MountOptions)))]);
        }
        for (asked, flag) in [(Key::Options, "-o"), (Key::Labels, "--label")] {
            let lines = self.lines.get(&asked).filter(|_| keys.contains(&asked));
            let typed = lines.into_iter().flatten().map(Input::value).filter(|text| !text.trim().is_empty());
            for pair in typed {
                let shown = match pair.split_once('=') {
                    Some((key, value)) if asked == Key::Options => format!("{key}={}", masked(key, value)),
                    _ => pair.to_owned(),
                };
                words.extend([flag.to_owned(), quoted(&shown)]);
            }
        }
        words.join(" ")
    }
}
