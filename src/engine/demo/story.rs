//! The story: several plots at once, of one act each beat, for ever.

use std::collections::VecDeque;

use jiff::SignedDuration;

use super::act::Act;
use super::script::{Backup, Job, Script, Trial};
use super::world::World;
use crate::domain::container::{Container, State};

/// So many plots run at once.
const PLOTS: usize = 3;
/// So many leftovers of the story may lie about before somebody tidies up.
const LEFTOVERS: usize = 6;
/// So often another idea is tried when one does not fit the world as it is.
const IDEAS: u32 = 64;

/// The acts still to be played, of one little story.
type Plot = VecDeque<Act>;

/// What happens.
#[derive(Debug)]
pub(super) struct Story {
    script: Script,
    plots: Vec<Plot>,
}

impl Story {
    /// The story of this cast.
    pub(super) const fn new(script: Script) -> Self {
        Self { script, plots: Vec::new() }
    }

    /// How long nothing happens before the next beat.
    pub(super) fn pause(world: &mut World) -> SignedDuration {
        SignedDuration::from_millis(2000 + i64::try_from(world.dice.below(4000)).unwrap_or(0))
    }

    /// The next beat: the next act that does anything.
    pub(super) fn step(&mut self, world: &mut World) {
        let before = world.said();
        for _ in 0..IDEAS {
            self.beat(world);
            if world.said() > before {
                return;
            }
        }
    }

    fn beat(&mut self, world: &mut World) {
        let is_full = self.plots.len() >= PLOTS;
        let goes_on = is_full || (!self.plots.is_empty() && world.dice.chance(55));
        let mut plot = if goes_on {
            self.plots.swap_remove(world.dice.index(self.plots.len()))
        } else {
            self.invent(world).unwrap_or_default()
        };
        if let Some(act) = plot.pop_front() {
            act.play(world);
        }
        if !plot.is_empty() {
            self.plots.push(plot);
        }
    }

    /// A new plot, unless the idea does not fit.
    fn invent(&self, world: &mut World) -> Option<Plot> {
        let leftovers = world.leftovers();
        if leftovers.len() >= LEFTOVERS {
            return Some(tidy(world, leftovers));
        }
        let cast = &self.script;
        match world.dice.below(100) {
            0..30 => world.dice.pick(&cast.jobs).map(|job| run_job(job, world)),
            30..44 => {
                let container = find(&cast.restarts, &State::Running, world)?;
                Some([Act::Restart { container }].into())
            }
            44..58 => {
                let backup = world.dice.pick(&cast.backups)?;
                world.container(&backup.name).is_none().then(|| run_backup(backup, world))
            }
            58..68 => {
                let container = find(&cast.pauses, &State::Running, world)?;
                Some([Act::Pause { container: container.clone() }, Act::Unpause { container }].into())
            }
            68..76 => {
                let container = find(&cast.flaps, &State::Restarting, world)?;
                Some([Act::Flap { container }].into())
            }
            76..83 => {
                let container = find(&cast.reruns, &State::Exited, world)?;
                let end = Act::End { container: container.clone(), code: 0, stores: None };
                Some([Act::Start { container }, end].into())
            }
            83..91 => {
                let trial = world.dice.pick(&cast.trials)?;
                let is_free =
                    world.container(&trial.container).is_none() && !world.volumes.contains_key(&trial.volume);
                is_free.then(|| try_out(trial, world))
            }
            91..94 => {
                let container = find(&cast.crashes, &State::Running, world)?;
                Some([Act::Crash { container }].into())
            }
            _ => (leftovers.len() > 2).then(|| tidy(world, leftovers)),
        }
    }
}

/// One of them that is in this state, by name.
fn find(names: &[String], state: &State, world: &mut World) -> Option<String> {
    let name = world.dice.pick(names)?;
    world.container(name).filter(|container| container.state == *state).map(|c| c.name.clone())
}

/// The oldest leftovers go.
fn tidy(world: &mut World, mut leftovers: Vec<String>) -> Plot {
    leftovers.truncate(1 + world.dice.index(3));
    [Act::Remove { volumes: leftovers }].into()
}

/// A container with an anonymous volume, which stays behind more often than not.
fn run_job(job: &Job, world: &mut World) -> Plot {
    let volume = world.dice.hex(64);
    let container = Container {
        id: world.dice.hex(64),
        name: format!("{}-{}", job.name, world.dice.hex(12)),
        image: job.image.clone(),
        state: State::Created,
        project: job.project.clone(),
        service: job.service.clone(),
        is_helper: false,
        mounts: job.mounts.clone(),
    };
    let name = container.name.clone();
    let with = world.dice.chance(40).then(|| volume.clone());
    let code = i64::from(world.dice.chance(15));
    [
        Act::Run {
            container: Box::new(container),
            anonymous: Some((volume.clone(), job.anonymous.clone())),
            fills: Some((volume, job.per_second)),
        },
        Act::End { container: name.clone(), code, stores: None },
        Act::Discard { container: name, with },
    ]
    .into()
}

/// What the night does: read a volume, write an archive.
fn run_backup(backup: &Backup, world: &mut World) -> Plot {
    let container = plain(&backup.name, &backup.image, world);
    let name = container.name.clone();
    [
        Act::Run {
            container: Box::new(Container { mounts: backup.mounts.clone(), ..container }),
            anonymous: None,
            fills: None,
        },
        Act::End { container: name.clone(), code: 0, stores: Some((backup.target.clone(), backup.adds)) },
        Act::Discard { container: name, with: None },
    ]
    .into()
}

/// A volume made by hand, used once, and removed when its container is gone.
fn try_out(trial: &Trial, world: &mut World) -> Plot {
    let container = plain(&trial.container, &trial.image, world);
    let name = container.name.clone();
    [
        Act::Make { volume: trial.volume.clone() },
        Act::Run {
            container: Box::new(Container { mounts: trial.mounts.clone(), ..container }),
            anonymous: None,
            fills: Some((trial.volume.clone(), trial.per_second)),
        },
        Act::Stop { container: name.clone() },
        Act::Discard { container: name, with: None },
        Act::Remove { volumes: vec![trial.volume.clone()] },
    ]
    .into()
}

fn plain(name: &str, image: &str, world: &mut World) -> Container {
    Container {
        id: world.dice.hex(64),
        name: name.to_owned(),
        image: image.to_owned(),
        state: State::Created,
        project: None,
        service: None,
        is_helper: false,
        mounts: Vec::new(),
    }
}
