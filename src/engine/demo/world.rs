//! The world as it is at a moment, its clock and its event stream.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;

use super::beginning::{GeneratedNames, held, local_mountpoint, whole_second};
use super::data::DataSet;
use super::dice::Dice;
use super::size::Size;
use crate::domain::container::Container;
use crate::domain::event::{EngineEvent, Subject};
use crate::domain::volume::{ANONYMOUS_LABEL, Volume};

/// As many events as Docker remembers for `since`.
const REMEMBERED: usize = 256;
/// As many as Docker queues for a slow listener.
const QUEUE: usize = 1024;

/// A volume and how large it is.
#[derive(Debug)]
pub(super) struct Held {
    /// The volume.
    pub(super) volume: Volume,
    /// How large it is.
    pub(super) size: Size,
    /// How large it was when it came into this world.
    pub(super) first: u64,
    /// Whether the story made it; only such ones are taken away again.
    pub(super) is_of_story: bool,
    /// What its files follow from, where that is not its own name: of a copy what it is a copy of.
    pub(super) like: Option<Like>,
}

/// What a volume's files follow from.
#[derive(Debug, Clone)]
pub(super) struct Like {
    /// The name that they are drawn by.
    pub(super) name: String,
    /// That, and what its containers run.
    pub(super) about: String,
}

/// Everything there is.
#[derive(Debug)]
pub(super) struct World {
    clock: Timestamp,
    /// Decides what happens next.
    pub(super) dice: Dice,
    /// The volumes by name.
    pub(super) volumes: BTreeMap<String, Held>,
    /// The containers, the newest first, as Docker lists them.
    pub(super) containers: Vec<Container>,
    /// What containers wrote beside their mounts, by id, where that is much.
    pub(super) wrote: HashMap<String, u64>,
    past: VecDeque<EngineEvent>,
    wire: broadcast::Sender<EngineEvent>,
    said: u64,
}

impl World {
    /// The data set's world at `now`.
    pub(super) fn new(data: DataSet, now: Timestamp) -> Self {
        let generated = GeneratedNames::of(&data);
        let volumes = data
            .volumes
            .into_iter()
            .map(|entry| held(entry, &generated, now))
            .map(|held| (held.volume.name.clone(), held))
            .collect();
        let mut wrote = HashMap::new();
        let containers = data
            .containers
            .into_iter()
            .map(|entry| {
                let much = entry.wrote;
                let container = generated.container(entry);
                wrote.extend(much.map(|bytes| (container.id.clone(), bytes)));
                container
            })
            .collect();
        Self {
            clock: now,
            dice: Dice::new(data.seed),
            volumes,
            containers,
            wrote,
            past: VecDeque::with_capacity(REMEMBERED),
            wire: broadcast::channel(QUEUE).0,
            said: 0,
        }
    }

    /// The world's own time.
    pub(super) const fn now(&self) -> Timestamp {
        self.clock
    }

    /// Lets time go by.
    pub(super) fn pass(&mut self, time: SignedDuration) {
        // Only at the end of year 9999 does it stand still.
        self.clock = self.clock.checked_add(time).unwrap_or(self.clock);
    }

    /// Sets the clock forward to `now`; never back, as events are in order.
    pub(super) fn catch_up(&mut self, now: Timestamp) {
        self.clock = self.clock.max(now);
    }

    /// How many events there were.
    pub(super) const fn said(&self) -> u64 {
        self.said
    }

    /// What happened from `since` on as far as it is remembered, and what will.
    pub(super) fn listen(
        &self,
        since: Option<Timestamp>,
    ) -> (Vec<EngineEvent>, broadcast::Receiver<EngineEvent>) {
        let past = since.map_or_else(Vec::new, |since| {
            self.past.iter().filter(|event| event.at >= since).cloned().collect()
        });
        (past, self.wire.subscribe())
    }

    /// Makes an empty volume, as `docker volume create` does, or the engine for an image's `VOLUME`.
    pub(super) fn make_volume(&mut self, name: &str, is_anonymous: bool) {
        let label = is_anonymous.then(|| (ANONYMOUS_LABEL.to_owned(), String::new()));
        let volume = Volume {
            name: name.to_owned(),
            driver: "local".to_owned(),
            scope: "local".to_owned(),
            mountpoint: Some(local_mountpoint(name)),
            created_at: Some(whole_second(self.clock)),
            labels: label.into_iter().collect(),
            options: BTreeMap::new(),
        };
        let held = Held { volume, size: Size::empty(self.clock), first: 0, is_of_story: true, like: None };
        self.volumes.insert(name.to_owned(), held);
        self.say_volume(name, "create", None);
    }

    /// Destroys a volume, unless a container has it or there is none of this name.
    pub(super) fn destroy_volume(&mut self, name: &str) {
        if !self.is_held(name) && self.volumes.remove(name).is_some() {
            self.say_volume(name, "destroy", None);
        }
    }

    /// Says that something happened to a volume.
    pub(super) fn say_volume(&mut self, name: &str, action: &str, container: Option<&str>) {
        let event = self.event(Subject::Volume, (name, name), action);
        // Docker's volume events name no project: they carry no labels.
        self.say(EngineEvent { actor: container.map(str::to_owned), ..event });
    }

    /// Says that something happened to a container.
    pub(super) fn say_container(&mut self, container: &Container, action: &str, exit_code: Option<i64>) {
        let event = self.event(Subject::Container, (&container.id, &container.name), action);
        self.say(EngineEvent {
            actor: Some(container.image.clone()),
            project: container.project.clone(),
            exit_code,
            ..event
        });
    }

    fn event(&mut self, subject: Subject, (id, name): (&str, &str), action: &str) -> EngineEvent {
        // No two events share a moment: those who reconnect tell them apart by it.
        let nanos = i64::try_from(1_000_000 + self.dice.below(38_000_000)).unwrap_or(1_000_000);
        self.pass(SignedDuration::from_nanos(nanos));
        EngineEvent {
            at: self.clock,
            subject,
            id: id.to_owned(),
            name: name.to_owned(),
            action: action.to_owned(),
            actor: None,
            project: None,
            exit_code: None,
            is_ours: false,
        }
    }

    fn say(&mut self, event: EngineEvent) {
        if self.past.len() >= REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back(event.clone());
        self.said += 1;
        // Nobody may be listening.
        let _ = self.wire.send(event);
    }
}
