//! What the demo keeps: backups and a trash, in memory like all of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{Span, SpanRelativeTo, Timestamp};

use super::act::Act;
use super::beginning::local_mountpoint;
use super::data::BackupEntry;
use super::files::Node;
use super::size::Size;
use super::world::{Held, Like, World};
use super::{Demo, Play, answers, lock};
use crate::domain::container::State;
use crate::domain::keep::{Discarded, Kept, Writers};
use crate::domain::volume::Volume;

/// Where it pretends to keep its backups.
const FOLDER: &str = "/srv/backups";
/// What of its content a new backup takes, in percent.
const PACKED: u64 = 38;

/// What a volume was at a moment.
#[derive(Debug, Clone)]
struct Copy {
    volume: Volume,
    like: Like,
    seed: u64,
    bytes: u64,
    at: Timestamp,
}

impl Copy {
    fn of(world: &World, name: &str, bytes: u64, at: Timestamp) -> Option<Self> {
        let held = world.volumes.get(name)?;
        let (volume, like) = (held.volume.clone(), world.like(name)?);
        Some(Self { volume, like, seed: held.first, bytes, at })
    }

    fn now(world: &World, name: &str) -> Option<Self> {
        let bytes = world.volumes.get(name)?.size.at(world.now());
        Self::of(world, name, bytes, world.now())
    }

    fn files(&self) -> Node {
        Node::tree(self.seed, &self.like.name, &self.like.about, self.bytes, self.at)
    }

    /// The same as a volume of this name.
    fn held(&self, name: &str, now: Timestamp) -> Held {
        let volume =
            Volume { name: name.to_owned(), mountpoint: Some(local_mountpoint(name)), ..self.volume.clone() };
        Held {
            volume,
            size: Size::new(self.bytes, 0, None, now),
            first: self.seed,
            is_of_story: false,
            like: Some(self.like.clone()),
        }
    }
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    backups: Vec<(Kept, Copy)>,
    trash: Vec<(Discarded, Copy)>,
    /// What removes volumes now, if they go to the trash.
    removing: Option<(i64, &'static str)>,
    actions: i64,
}

impl Shelf {
    /// What was backed up before the demo was opened.
    pub(super) fn new(entries: &[BackupEntry], world: &World) -> Self {
        let now = world.now();
        let ago = |span: &Span| {
            let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
            now.checked_add(span).ok()
        };
        let mut backups = Vec::new();
        for entry in entries {
            let Some(at) = ago(&entry.taken_ago) else { continue };
            let seconds = now.duration_since(at).as_secs().unsigned_abs();
            let Some(bytes) = world.volumes.get(&entry.volume).map(|held| held.size.before(seconds)) else {
                continue;
            };
            let Some(copy) = Copy::of(world, &entry.volume, bytes, at) else { continue };
            let proven_at = entry.proven_ago.as_ref().map_or(Some(at), ago);
            let proven = entry.proven.clone().and_then(|how| Some((proven_at?, how)));
            backups.push((Kept { proven, ..kept(&copy, &entry.taken, entry.packed) }, copy));
        }
        Self { backups, ..Self::default() }
    }
}

/// A backup of it.
fn kept(copy: &Copy, taken: &str, packed: u64) -> Kept {
    let name = &copy.volume.name;
    let stamp = copy.at.strftime("%Y%m%dT%H%M%SZ");
    Kept {
        path: PathBuf::from(format!("{FOLDER}/{name}-{stamp}.tar.zst")),
        volume: name.clone(),
        at: copy.at,
        bytes: copy.bytes / 100 * packed + 1_100,
        content: Some(copy.bytes),
        entries: Some(copy.files().below().len() as u64 + 1),
        taken: Some(taken.to_owned()),
        engine: Some(answers::info().name),
        access: Some("demo".to_owned()),
        losses: Vec::new(),
        masked: Vec::new(),
        proven: None,
        trouble: None,
    }
}

impl Play {
    /// Takes a volume away; into the trash where that is wanted now.
    pub(super) fn discard(&mut self, name: &str) {
        if let (Some((action, verb)), Some(copy)) = (self.shelf.removing, Copy::now(&self.world, name)) {
            let id = self.shelf.trash.iter().map(|(one, _)| one.id).max().unwrap_or(0) + 1;
            let discarded = Discarded {
                id,
                action,
                verb: verb.to_owned(),
                at: self.world.now(),
                volume: copy.volume.clone(),
                path: None,
                bytes: copy.bytes / 100 * PACKED,
                root: None,
            };
            self.shelf.trash.insert(0, (discarded, copy));
        }
        self.world.destroy_volume(name);
    }

    /// Makes a volume of a copy; `false` when the name is taken.
    fn put(&mut self, copy: &Copy, name: &str) -> bool {
        if self.world.volumes.contains_key(name) {
            return false;
        }
        let created_at = copy.volume.created_at;
        self.world.make_volume(name, false);
        let mut held = copy.held(name, self.world.now());
        let made = self.world.volumes.get(name).and_then(|held| held.volume.created_at);
        held.volume.created_at = made.or(created_at);
        self.world.volumes.insert(name.to_owned(), held);
        true
    }

    fn backup(&self, path: &Path) -> Option<&(Kept, Copy)> {
        self.shelf.backups.iter().find(|(kept, _)| kept.path == path)
    }
}

/// What the demo keeps, for jobs that go on by themselves.
#[derive(Debug, Clone)]
pub struct Keeping {
    play: Arc<Mutex<Play>>,
    is_living: bool,
}

impl Demo {
    /// What it keeps.
    #[must_use]
    pub fn keeping(&self) -> Keeping {
        Keeping { play: Arc::clone(&self.play), is_living: self.is_living }
    }
}

impl Keeping {
    /// The play at the present moment.
    fn present(&self) -> MutexGuard<'_, Play> {
        let mut play = lock(&self.play);
        if self.is_living {
            play.world.catch_up(Timestamp::now());
        }
        play
    }

    /// The folder of its backups, and these, the newest first.
    #[must_use]
    pub fn backups(&self) -> (PathBuf, Vec<Kept>) {
        let mut all: Vec<Kept> =
            lock(&self.play).shelf.backups.iter().map(|(kept, _)| kept.clone()).collect();
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.path.cmp(&b.path)));
        (PathBuf::from(FOLDER), all)
    }

    /// What is in its trash, what was removed last first.
    #[must_use]
    pub fn trash(&self) -> Vec<Discarded> {
        lock(&self.play).shelf.trash.iter().map(|(discarded, _)| discarded.clone()).collect()
    }

    /// The files of a backup; `None` when there is no such backup.
    #[must_use]
    pub fn files_of_backup(&self, path: &Path) -> Option<Node> {
        lock(&self.play).backup(path).map(|(_, copy)| copy.files())
    }

    /// The bytes and entries of a volume as it is now; `None` when there is no such volume.
    #[must_use]
    pub fn weigh(&self, name: &str) -> Option<(u64, u64)> {
        let play = self.present();
        let copy = Copy::now(&play.world, name)?;
        Some((copy.bytes, copy.files().below().len() as u64))
    }

    /// Pauses or stops the containers that run with a volume; answers which.
    #[must_use]
    pub fn hold(&self, volume: &str, writers: Writers) -> Vec<String> {
        let mut play = self.present();
        let is_running = |c: &&crate::domain::container::Container| c.state == State::Running;
        let has_it = |c: &&crate::domain::container::Container| {
            c.mounts.iter().any(|mount| mount.volume() == Some(volume))
        };
        let users: Vec<String> = play
            .world
            .containers
            .iter()
            .filter(|container| writers != Writers::Live && is_running(container) && has_it(container))
            .map(|container| container.name.clone())
            .collect();
        for container in users.iter().cloned() {
            let act =
                if writers == Writers::Paused { Act::Pause { container } } else { Act::Stop { container } };
            act.play(&mut play.world);
        }
        users
    }

    /// Lets them go on.
    pub fn release(&self, users: Vec<String>, writers: Writers) {
        let mut play = self.present();
        for container in users {
            let act = if writers == Writers::Paused {
                Act::Unpause { container }
            } else {
                Act::Start { container }
            };
            act.play(&mut play.world);
        }
    }

    /// Backs a volume up; `None` when there is none of this name.
    #[must_use]
    pub fn back_up(&self, name: &str, writers: Writers, is_read_back: bool) -> Option<Kept> {
        let mut play = self.present();
        let has_users = !play.world.inventory().position(name).is_none_or(|at| {
            let inventory = play.world.inventory();
            !inventory.holders(at).any(|container| container.state.is_live())
        });
        let taken = match writers {
            _ if !has_users => "unused",
            Writers::Live => "live",
            Writers::Paused => "paused",
            Writers::Stopped => "stopped",
        };
        let copy = Copy::now(&play.world, name)?;
        let proven = is_read_back.then(|| (play.world.now(), "read back".to_owned()));
        let kept = Kept { proven, ..kept(&copy, taken, PACKED) };
        play.shelf.backups.retain(|(one, _)| one.path != kept.path);
        play.shelf.backups.push((kept.clone(), copy));
        Some(kept)
    }

    /// Notes that a backup was proven.
    pub fn prove(&self, path: &Path, how: &str) {
        let mut play = self.present();
        let now = play.world.now();
        if let Some((kept, _)) = play.shelf.backups.iter_mut().find(|(kept, _)| kept.path == path) {
            kept.proven = Some((now, how.to_owned()));
        }
    }

    /// Makes a volume of a backup; `false` when the name is taken or the backup is gone.
    #[must_use]
    pub fn restore(&self, path: &Path, name: &str) -> bool {
        let mut play = self.present();
        let copy = play.backup(path).map(|(_, copy)| copy.clone());
        copy.is_some_and(|copy| play.put(&copy, name))
    }

    /// Lets the content of a volume give way to a backup's; `false` when one of them is gone.
    #[must_use]
    pub fn replace(&self, path: &Path, name: &str) -> bool {
        let mut play = self.present();
        let now = play.world.now();
        let Some(copy) = play.backup(path).map(|(_, copy)| copy.clone()) else { return false };
        let Some(held) = play.world.volumes.get_mut(name) else { return false };
        let volume = held.volume.clone();
        *held = Held { volume, ..copy.held(name, now) };
        true
    }

    /// Copies a volume to a new one; `false` when the name is taken or the volume is gone.
    #[must_use]
    pub fn copy(&self, from: &str, to: &str) -> bool {
        let mut play = self.present();
        Copy::now(&play.world, from).is_some_and(|copy| play.put(&copy, to))
    }

    /// Gives a volume another name; `false` when that cannot be.
    #[must_use]
    pub fn rename(&self, from: &str, to: &str) -> bool {
        if lock(&self.play).world.is_held(from) || !self.copy(from, to) {
            return false;
        }
        let _ = self.removing(Some("rename"));
        lock(&self.play).discard(from);
        let _ = self.removing(None);
        true
    }

    /// Deletes backups.
    pub fn delete(&self, paths: &[PathBuf]) {
        lock(&self.play).shelf.backups.retain(|(kept, _)| !paths.contains(&kept.path));
    }

    /// From now on what is removed goes to the trash, as one action by this verb; or does not any more.
    /// Answers the action's number.
    #[must_use]
    pub fn removing(&self, verb: Option<&'static str>) -> Option<i64> {
        let kept = &mut lock(&self.play).shelf;
        kept.removing = verb.map(|verb| {
            kept.actions += 1;
            (kept.actions, verb)
        });
        kept.removing.map(|(action, _)| action)
    }

    /// Brings back what is meant of the trash, named so; answers the names, and those that are taken by
    /// now.
    #[must_use]
    pub fn undo(
        &self,
        is_meant: impl Fn(&Discarded) -> bool,
        named: impl Fn(&str) -> String,
    ) -> (Vec<String>, Vec<String>) {
        let mut play = self.present();
        let (mut back, mut taken) = (Vec::new(), Vec::new());
        let trash = std::mem::take(&mut play.shelf.trash);
        for (discarded, copy) in trash {
            let name = named(&copy.volume.name);
            if !is_meant(&discarded) {
                play.shelf.trash.push((discarded, copy));
            } else if play.put(&copy, &name) {
                back.push(name);
            } else {
                taken.push(name);
                play.shelf.trash.push((discarded, copy));
            }
        }
        (back, taken)
    }

    /// Drops these of the trash for good; answers how many there were.
    #[must_use]
    pub fn empty(&self, ids: &[i64]) -> usize {
        let mut play = self.present();
        let before = play.shelf.trash.len();
        play.shelf.trash.retain(|(one, _)| !ids.contains(&one.id));
        before - play.shelf.trash.len()
    }

    /// Waits, where somebody looks.
    pub async fn pause(&self, time: Duration) {
        if self.is_living {
            tokio::time::sleep(time).await;
        }
    }
}
