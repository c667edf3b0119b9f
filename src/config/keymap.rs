//! Which key does what where.

use std::collections::{BTreeMap, HashMap};

use crokey::{KeyCombination, KeyCombinationFormat, OneToThree};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;

use super::file::{Error, Source};
use crate::app::action::{Action, Context};

/// A key with its modifiers, one for each way in which terminals report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Key {
    /// The key of an event. Terminals differ in whether Shift comes with a capital letter or a
    /// sign: the letter itself tells it.
    #[must_use]
    pub fn of_event(event: &KeyEvent) -> Self {
        Self::normal(event.code, event.modifiers)
    }

    fn normal(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = KeyModifiers::SHIFT | KeyModifiers::CONTROL | KeyModifiers::ALT;
        let modifiers = modifiers & known;
        match code {
            KeyCode::Char(letter) => {
                let is_capital = modifiers.contains(KeyModifiers::SHIFT) && letter.is_ascii_lowercase();
                let letter = if is_capital { letter.to_ascii_uppercase() } else { letter };
                Self { code: KeyCode::Char(letter), modifiers: modifiers - KeyModifiers::SHIFT }
            }
            KeyCode::BackTab => Self { code: KeyCode::BackTab, modifiers: modifiers - KeyModifiers::SHIFT },
            code => Self { code, modifiers },
        }
    }

    /// Reads a key as people write it: `j`, `G`, `?`, `ctrl-r`, `space`, `f5`, `pagedown`.
    ///
    /// # Errors
    /// When it is no key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut letters = text.chars();
        if let (Some(letter), None) = (letters.next(), letters.next())
            && !letter.is_whitespace()
        {
            return Ok(Self::normal(KeyCode::Char(letter), KeyModifiers::NONE));
        }
        let combination = crokey::parse(text)
            .map_err(|e| format!("'{text}' is no key ({e}); write for example j, G, ctrl-r, space, f5"))?;
        match combination.codes {
            OneToThree::One(code) => Ok(Self::normal(code, combination.modifiers)),
            OneToThree::Two(..) | OneToThree::Three(..) => {
                Err(format!("'{text}' is several keys at once, which terminals cannot report"))
            }
        }
    }

    /// The key as the help shows it: `j`, `G`, `Ctrl+r`, `Space`, `F5`.
    #[must_use]
    pub fn shown(&self) -> String {
        let format = KeyCombinationFormat::default()
            .with_control("Ctrl+")
            .with_alt("Alt+")
            .with_shift("Shift+")
            .with_implicit_shift();
        match (self.code, self.modifiers) {
            (KeyCode::Char(' '), KeyModifiers::NONE) => "Space".to_owned(),
            (KeyCode::Char(letter), KeyModifiers::NONE) => letter.to_string(),
            (KeyCode::PageDown, _) => "PgDn".to_owned(),
            (KeyCode::BackTab, _) => "Shift+Tab".to_owned(),
            (KeyCode::PageUp, _) => "PgUp".to_owned(),
            (code, modifiers) => {
                let combination = KeyCombination::new(OneToThree::One(code), modifiers);
                // crokey writes control letters in capitals only when they are capitals.
                format.to_string(combination)
            }
        }
    }
}

/// The bindings in force.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    keys: BTreeMap<(Context, Action), Vec<Key>>,
    actions: HashMap<(Context, Key), Action>,
}

type Section = HashMap<toml::Spanned<String>, Vec<toml::Spanned<String>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeymapFile {
    #[serde(default)]
    main: Section,
    #[serde(default)]
    offline: Section,
    #[serde(default)]
    map: Section,
    #[serde(default)]
    prune: Section,
    #[serde(default)]
    backups: Section,
    #[serde(default)]
    menu: Section,
    #[serde(default)]
    text: Section,
    #[serde(default)]
    form: Section,
}

impl Keymap {
    /// The shipped keys.
    ///
    /// # Errors
    /// When they are broken, which a test excludes.
    pub fn defaults() -> Result<Self, Error> {
        let mut keymap = Self::default();
        keymap.overlay(&Source::shipped("keymap.toml", include_str!("../../assets/keymap.toml")))?;
        Ok(keymap)
    }

    /// Takes over what a keymap file sets: each line replaces the keys of its action there.
    ///
    /// # Errors
    /// With file, line and the nearest action, or the two actions that want one key.
    pub fn overlay(&mut self, source: &Source) -> Result<(), Error> {
        let file: KeymapFile = source.parse()?;
        let sections = [
            (Context::Main, file.main),
            (Context::Offline, file.offline),
            (Context::Map, file.map),
            (Context::Prune, file.prune),
            (Context::Backups, file.backups),
            (Context::Menu, file.menu),
            (Context::Text, file.text),
            (Context::Form, file.form),
        ];
        let mut new: HashMap<(Context, Key), (Action, usize)> = HashMap::new();
        for (context, section) in sections {
            for (name, words) in section {
                let at = name.span().start;
                let action: Action = name.get_ref().parse().map_err(|e: String| source.wrong(at, e))?;
                if !action.contexts().contains(&context) {
                    let places: Vec<&str> = action.contexts().iter().map(|c| c.name()).collect();
                    let detail = format!(
                        "'{}' has no meaning in [{}], only in {}",
                        action.name(),
                        context.name(),
                        places.join(", ")
                    );
                    return Err(source.wrong(at, detail));
                }
                let mut keys = Vec::new();
                for word in words {
                    let at = word.span().start;
                    let key = Key::parse(word.get_ref()).map_err(|e| source.wrong(at, e))?;
                    if let Some((other, _)) =
                        new.insert((context, key), (action, at)).filter(|(o, _)| *o != action)
                    {
                        let detail = format!(
                            "'{}' is bound to both '{}' and '{}'",
                            key.shown(),
                            other.name(),
                            action.name()
                        );
                        return Err(source.wrong(at, detail));
                    }
                    keys.push(key);
                }
                self.keys.insert((context, action), keys);
            }
        }
        self.settle(&new);
        Ok(())
    }

    /// Builds the look-up. A key that a later file gives to another action is taken from the first.
    fn settle(&mut self, new: &HashMap<(Context, Key), (Action, usize)>) {
        for ((context, action), keys) in &mut self.keys {
            keys.retain(|key| new.get(&(*context, *key)).is_none_or(|(owner, _)| owner == action));
        }
        self.actions = self
            .keys
            .iter()
            .flat_map(|((context, action), keys)| keys.iter().map(move |key| ((*context, *key), *action)))
            .collect();
    }

    /// What a key does in the first of these contexts that knows it.
    #[must_use]
    pub fn action(&self, contexts: &[Context], key: Key) -> Option<Action> {
        contexts.iter().find_map(|context| self.actions.get(&(*context, key)).copied())
    }

    /// The keys of an action in a context, as the help shows them.
    #[must_use]
    pub fn shown(&self, context: Context, action: Action) -> Vec<String> {
        self.keys.get(&(context, action)).into_iter().flatten().map(Key::shown).collect()
    }

    /// The first key of an action in the first of these contexts that binds it.
    #[must_use]
    pub fn first(&self, contexts: &[Context], action: Action) -> Option<String> {
        contexts.iter().find_map(|context| self.keys.get(&(*context, action))?.first().map(Key::shown))
    }
}
