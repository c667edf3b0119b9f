//! The form that makes a volume: what is asked for, what was typed, and what is wrong with it.

mod line;
mod preset;

use std::collections::BTreeMap;
use std::fmt;

use tui_input::{Input, InputRequest};

pub use line::blinded;
pub use preset::{Key, Preset};

use crate::domain::creation::{Flaw, NewVolume, label, pair};
use crate::domain::inventory::Inventory;
use crate::domain::trouble::Trouble;

/// A row of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// Which kind of volume.
    Preset,
    /// A line to be typed; of several for the same thing the number tells which.
    Line(Key, usize),
    /// Makes it.
    Make,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// It is being typed.
    #[default]
    Typing,
    /// The engine was asked for a volume of this name.
    Making(String),
    /// It did not make it.
    Refused(Trouble),
}

/// The form that makes a volume.
#[derive(Clone, Default)]
pub struct Form {
    /// Which kind of volume.
    pub preset: Preset,
    /// The row that has the keys, by position.
    pub at: usize,
    /// How far it is.
    pub stage: Stage,
    /// Whether it was to be made already: then what is missing is told, too.
    pub is_tried: bool,
    lines: BTreeMap<Key, Vec<Input>>,
}

/// Without what was typed: a password may be among it.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("preset", &self.preset)
            .field("at", &self.at)
            .field("name", &self.text(Key::Name))
            .finish_non_exhaustive()
    }
}

/// What the form amounts to.
#[derive(Debug)]
pub struct Checked {
    /// The volume, as far as it can be told.
    pub volume: NewVolume,
    /// What is wrong, and where.
    pub flaws: Vec<(Row, String)>,
}

impl Form {
    /// The rows, in order.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let lines = self.preset.keys().iter().flat_map(|key| {
            let count =
                if key.is_list() { self.lines.get(key).map_or(1, |lines| lines.len().max(1)) } else { 1 };
            (0..count).map(|nth| Row::Line(*key, nth))
        });
        std::iter::once(Row::Preset).chain(lines).chain([Row::Make]).collect()
    }

    /// The row that has the keys.
    #[must_use]
    pub fn row(&self) -> Row {
        self.rows().get(self.at).copied().unwrap_or(Row::Make)
    }

    /// What was typed in a line.
    #[must_use]
    pub fn line(&self, key: Key, nth: usize) -> Option<&Input> {
        self.lines.get(&key)?.get(nth)
    }

    fn text(&self, key: Key) -> &str {
        self.line(key, 0).map_or("", Input::value)
    }

    /// Moves by rows.
    pub fn step(&mut self, steps: isize) {
        let last = self.rows().len() - 1;
        self.at = self.at.saturating_add_signed(steps).min(last);
    }

    /// Takes another preset. What was typed stays for those that ask for it, too.
    pub fn turn(&mut self, steps: isize) {
        self.preset = self.preset.turned(steps);
        self.stage = Stage::Typing;
        self.is_tried = false;
    }

    /// Edits the line that has the keys, or turns the presets.
    pub fn typed(&mut self, request: InputRequest) {
        if matches!(self.stage, Stage::Making(_)) {
            return;
        }
        match self.row() {
            Row::Preset => match request {
                InputRequest::GoToPrevChar => self.turn(-1),
                InputRequest::GoToNextChar | InputRequest::InsertChar(' ') => self.turn(1),
                _ => {}
            },
            Row::Line(key, nth) => {
                self.stage = Stage::Typing;
                let lines = self.lines.entry(key).or_default();
                if lines.len() <= nth {
                    lines.resize_with(nth + 1, Input::default);
                }
                if let Some(line) = lines.get_mut(nth) {
                    line.handle(request);
                }
                if key.is_list() {
                    leave_one_free(lines);
                }
            }
            Row::Make => {}
        }
    }

    /// Forgets the password, and every line that holds one.
    pub fn forget_secrets(&mut self) {
        self.lines.remove(&Key::Password);
        for (key, lines) in &mut self.lines {
            lines.retain(|line| blinded(*key, line.value()).is_none());
        }
    }

    /// What it amounts to, where these volumes are.
    #[must_use]
    pub fn checked(&self, inventory: &Inventory) -> Checked {
        let mut flaws = Vec::new();
        let driver = match self.preset {
            Preset::Other => self.text(Key::Driver).trim().to_owned(),
            _ => "local".to_owned(),
        };
        if driver.is_empty() {
            flaws.push((Row::Line(Key::Driver, 0), "the driver is missing".to_owned()));
        }
        let options = match self.preset.recipe(|key| self.text(key).to_owned()).map(|recipe| recipe.options())
        {
            Some(Ok(options)) => options,
            Some(Err(Flaw { part, why })) => {
                flaws.push((Row::Line(Key::of(part), 0), why));
                BTreeMap::new()
            }
            None => self.pairs(Key::Options, pair, &mut flaws),
        };
        let labels = self.pairs(Key::Labels, label, &mut flaws);
        let name = self.text(Key::Name).trim().to_owned();
        let volume = NewVolume { name, driver, options, labels };
        if let Err(why) = volume.check_name() {
            flaws.push((Row::Line(Key::Name, 0), why));
        } else if inventory.position(&volume.name).is_some() {
            let why = "exists already: the engine would silently hand out that one";
            flaws.push((Row::Line(Key::Name, 0), why.to_owned()));
        }
        Checked { volume, flaws }
    }

    fn pairs(
        &self,
        asked: Key,
        read: impl Fn(&str) -> Result<(String, String), String>,
        flaws: &mut Vec<(Row, String)>,
    ) -> BTreeMap<String, String> {
        let mut pairs = BTreeMap::new();
        let lines = self.lines.get(&asked).map_or(&[][..], Vec::as_slice);
        for (nth, line) in lines.iter().enumerate().filter(|(_, line)| !line.value().trim().is_empty()) {
            match read(line.value()) {
                Ok((key, value)) => {
                    if pairs.insert(key.clone(), value).is_some() {
                        flaws.push((Row::Line(asked, nth), format!("'{key}' is there twice")));
                    }
                }
                Err(why) => flaws.push((Row::Line(asked, nth), why)),
            }
        }
        pairs
    }

    /// What is wrong with a row and worth telling now: what nothing was typed in yet is no mistake
    /// before it is to be made.
    #[must_use]
    pub fn shown_flaw<'a>(&self, row: Row, checked: &'a Checked) -> Option<&'a str> {
        let is_touched = match row {
            Row::Line(key, nth) => self.line(key, nth).is_some_and(|line| !line.value().is_empty()),
            Row::Preset | Row::Make => false,
        };
        let flaw = checked.flaws.iter().find(|(at, _)| *at == row)?;
        (is_touched || self.is_tried).then_some(flaw.1.as_str())
    }
}

/// Below what is typed there is one free line.
fn leave_one_free(lines: &mut Vec<Input>) {
    let is_free = |line: Option<&Input>| line.is_none_or(|line| line.value().is_empty());
    if !is_free(lines.last()) {
        lines.push(Input::default());
    }
    while lines.len() > 1 && is_free(lines.last()) && is_free(lines.get(lines.len() - 2)) {
        lines.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::volume::Volume;

    fn typed(form: &mut Form, key: Key, text: &str) {
        let is_it = |row: &Row| matches!(row, Row::Line(asked, _) if *asked == key);
        form.at = form.rows().iter().rposition(is_it).expect("asked for");
        text.chars().for_each(|letter| form.typed(InputRequest::InsertChar(letter)));
    }

    fn cifs() -> Form {
        let mut form = Form { preset: Preset::Cifs, ..Form::default() };
        typed(&mut form, Key::Name, "media");
        typed(&mut form, Key::Share, "//nas/media");
        typed(&mut form, Key::User, "me");
        typed(&mut form, Key::Password, "hunter2");
        form
    }

    #[test]
    fn what_is_typed_becomes_a_volume_and_its_command() {
        let mut form = cifs();
        typed(&mut form, Key::Labels, "team=a b");
        typed(&mut form, Key::Labels, "volx.protect");
        let checked = form.checked(&Inventory::default());
        assert_eq!(checked.flaws, []);
        assert_eq!(checked.volume.options["o"], "addr=nas,username=me,password=hunter2");
        assert_eq!(checked.volume.labels.len(), 2);
        assert_eq!(
            form.command(),
            "volx create media --cifs //nas/media --user me --password-stdin --label 'team=a b' --label volx.protect"
        );
        assert_eq!(form.rows().len(), 1 + 5 + 3 + 1, "one label's line is free");
    }

    #[test]
    fn a_password_is_nowhere_but_in_what_the_engine_is_told() {
        let mut form = cifs();
        assert!(!format!("{form:?}").contains("hunter2"));
        assert!(!form.command().contains("hunter2"));
        assert!(!format!("{:?}", form.checked(&Inventory::default())).contains("hunter2"));
        form.forget_secrets();
        assert!(!form.checked(&Inventory::default()).volume.options["o"].contains("password"));
    }

    #[test]
    fn a_password_among_options_is_seen_nowhere_and_not_kept() {
        let mut form = cifs();
        typed(&mut form, Key::MountOptions, "ro,password=hunter2");
        assert_eq!(blinded(Key::MountOptions, "ro,password=hunter2").as_deref(), Some("ro,password=*******"));
        assert_eq!(blinded(Key::Options, "o=ro,password=a").as_deref(), Some("o=ro,password=*"));
        assert_eq!(blinded(Key::Options, "token=abc").as_deref(), Some("token=***"));
        assert_eq!(blinded(Key::Options, "device=https://me:pw@host"), Some("*".repeat(25)));
        assert_eq!(blinded(Key::Options, "type=nfs"), None);
        assert_eq!(blinded(Key::Name, "password=x"), None, "a name is no option");
        form.forget_secrets();
        assert_eq!(form.text(Key::MountOptions), "");
        assert_eq!(form.text(Key::User), "me", "the rest stays");
    }

    #[test]
    fn a_name_that_is_taken_is_refused() {
        let there = Volume { name: "media".to_owned(), ..Volume::default() };
        let inventory = Inventory::join(vec![there], Vec::new(), Vec::new());
        let form = cifs();
        let checked = form.checked(&inventory);
        let row = Row::Line(Key::Name, 0);
        assert!(form.shown_flaw(row, &checked).expect("a flaw").contains("exists already"));
    }

    #[test]
    fn what_is_missing_is_no_mistake_before_it_is_to_be_made() {
        let mut form = Form { preset: Preset::Nfs, ..Form::default() };
        let checked = form.checked(&Inventory::default());
        assert!(!checked.flaws.is_empty());
        assert!(form.rows().into_iter().all(|row| form.shown_flaw(row, &checked).is_none()));
        form.is_tried = true;
        assert!(form.shown_flaw(Row::Line(Key::Server, 0), &checked).is_some());
    }

    #[test]
    fn the_same_option_twice_and_half_a_pair_are_told_where_they_stand() {
        let mut form = Form { preset: Preset::Other, ..Form::default() };
        typed(&mut form, Key::Name, "v1");
        typed(&mut form, Key::Driver, "local");
        for option in ["type=nfs", "type=tmpfs", "device"] {
            typed(&mut form, Key::Options, option);
        }
        let flaws = form.checked(&Inventory::default()).flaws;
        let rows: Vec<Row> = flaws.iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [Row::Line(Key::Options, 1), Row::Line(Key::Options, 2)], "{flaws:?}");
        assert_eq!(form.command(), "volx create v1 --driver local -o type=nfs -o type=tmpfs -o device");
    }
}
