//! The acts of the story: each changes the world and says so in Docker's own order of events.

use super::world::World;
use crate::domain::container::{Container, State};
use crate::domain::mount::{Mount, Source};

/// One thing that is done.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// `docker volume create`.
    Make {
        /// The volume.
        volume: String,
    },
    /// `docker volume rm`.
    Remove {
        /// The volumes.
        volumes: Vec<String>,
    },
    /// `docker run`.
    Run {
        /// The container to be.
        container: Box<Container>,
        /// The name of the volume that the engine makes for it, and where the image wants it.
        anonymous: Option<(String, String)>,
        /// The volume that it fills, and how many bytes a second.
        fills: Option<(String, u64)>,
    },
    /// A container starts that was there already.
    Start {
        /// Its name.
        container: String,
    },
    /// A container ends by itself.
    End {
        /// Its name.
        container: String,
        /// Its exit code.
        code: i64,
        /// The volume that it leaves fuller, and by how much.
        stores: Option<(String, u64)>,
    },
    /// `docker stop`.
    Stop {
        /// The container's name.
        container: String,
    },
    /// `docker rm`.
    Discard {
        /// The container's name.
        container: String,
        /// Its anonymous volume, where it goes with it (`docker rm --volumes`, `docker run --rm`).
        with: Option<String>,
    },
    /// `docker pause`.
    Pause {
        /// The container's name.
        container: String,
    },
    /// `docker unpause`.
    Unpause {
        /// The container's name.
        container: String,
    },
    /// `docker restart`.
    Restart {
        /// The container's name.
        container: String,
    },
    /// A container runs out of memory and is restarted.
    Crash {
        /// Its name.
        container: String,
    },
    /// A container is restarted in vain.
    Flap {
        /// Its name.
        container: String,
    },
}

impl Act {
    /// Does it. What it is about may be gone; then nothing happens.
    pub(super) fn play(self, world: &mut World) {
        match self {
            Self::Make { volume } => world.make_volume(&volume, false),
            Self::Remove { volumes } => volumes.iter().for_each(|volume| world.destroy_volume(volume)),
            Self::Run { container, anonymous, fills } => run(world, *container, anonymous, fills),
            Self::Discard { container, with } => discard(world, &container, with),
            Self::Start { container } => start(world, &container),
            Self::End { container, code, stores } => {
                end(world, &container, code, State::Exited);
                if let Some((volume, bytes)) = stores
                    && let Some(held) = world.volumes.get_mut(&volume)
                {
                    held.size.store(bytes, held.first);
                }
            }
            Self::Stop { container } => stop(world, &container),
            Self::Pause { container } => {
                set(world, &container, State::Paused);
                say(world, &container, "pause");
            }
            Self::Unpause { container } => {
                set(world, &container, State::Running);
                say(world, &container, "unpause");
            }
            Self::Restart { container } => {
                stop(world, &container);
                start(world, &container);
                say(world, &container, "restart");
            }
            Self::Crash { container } => {
                say(world, &container, "oom");
                end(world, &container, 137, State::Restarting);
                start(world, &container);
            }
            Self::Flap { container } => {
                start(world, &container);
                end(world, &container, 1, State::Restarting);
            }
        }
    }
}

fn run(
    world: &mut World,
    mut container: Container,
    anonymous: Option<(String, String)>,
    fills: Option<(String, u64)>,
) {
    if let Some((volume, destination)) = anonymous {
        world.make_volume(&volume, true);
        container.mounts.push(Mount { source: Source::Volume(volume), destination, read_only: false });
    }
    world.containers.insert(0, container.clone());
    world.say_container(&container, "create", None);
    start(world, &container.name);
    let now = world.now();
    if let Some((volume, per_second)) = fills
        && let Some(held) = world.volumes.get_mut(&volume)
    {
        held.size.pace(per_second, now);
    }
}

fn start(world: &mut World, name: &str) {
    let Some(container) = set(world, name, State::Running) else { return };
    for volume in volumes(&container) {
        world.say_volume(volume, "mount", Some(&container.id));
    }
    world.say_container(&container, "start", None);
}

fn end(world: &mut World, name: &str, code: i64, state: State) {
    let Some(container) = set(world, name, state) else { return };
    world.say_container(&container, "die", Some(code));
    let now = world.now();
    for volume in volumes(&container) {
        world.say_volume(volume, "unmount", Some(&container.id));
        // What the story made is filled by this container alone.
        if let Some(held) = world.volumes.get_mut(volume)
            && held.is_of_story
        {
            held.size.pace(0, now);
        }
    }
}

fn stop(world: &mut World, name: &str) {
    say(world, name, "kill");
    end(world, name, 0, State::Exited);
    say(world, name, "stop");
}

fn discard(world: &mut World, name: &str, with: Option<String>) {
    let Some(at) = world.containers.iter().position(|container| container.name == name) else { return };
    let container = world.containers.remove(at);
    if let Some(volume) = with {
        world.destroy_volume(&volume);
    }
    world.say_container(&container, "destroy", None);
}

fn set(world: &mut World, name: &str, state: State) -> Option<Container> {
    let container = world.containers.iter_mut().find(|container| container.name == name)?;
    container.state = state;
    Some(container.clone())
}

fn say(world: &mut World, name: &str, action: &str) {
    if let Some(container) = world.container(name).cloned() {
        world.say_container(&container, action, None);
    }
}

fn volumes(container: &Container) -> impl Iterator<Item = &str> {
    container.mounts.iter().filter_map(Mount::volume)
}
