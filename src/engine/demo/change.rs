//! Changing the demo, in Docker's ways: what is used is not removed.

use futures_util::future::BoxFuture;

use super::act;
use super::{Demo, lock};
use crate::domain::container::State;
use crate::domain::creation::NewVolume;
use crate::domain::lifecycle;
use crate::domain::mount::Mount;
use crate::domain::volume::Volume;
use crate::engine::changes::{ByVolume, Changes, Removed, Stopping};
use crate::engine::{Error, Result};

impl Demo {
    fn holders_now(&self, volume: &str) -> Vec<String> {
        let play = self.present();
        let has_it = |mounts: &[Mount]| mounts.iter().any(|mount| mount.volume() == Some(volume));
        play.world.containers.iter().filter(|c| has_it(&c.mounts)).map(|c| c.name.clone()).collect()
    }

    fn remove_now(&self, name: &str) -> Removed {
        let holders = self.holders_now(name);
        if !holders.is_empty() {
            let message = format!("remove {name}: volume is in use - [{}]", holders.join(", "));
            return Removed::InUse(message);
        }
        let mut play = self.present();
        if !play.world.volumes.contains_key(name) {
            return Removed::Gone;
        }
        play.discard(name);
        Removed::Removed
    }

    fn make_now(&self, wanted: &NewVolume) {
        let mut play = self.present();
        if play.world.volumes.contains_key(&wanted.name) {
            return;
        }
        play.world.make_volume(&wanted.name, false);
        if let Some(held) = play.world.volumes.get_mut(&wanted.name) {
            held.is_of_story = false;
            held.volume.options.clone_from(&wanted.options);
            held.volume.labels.clone_from(&wanted.labels);
        }
    }

    fn act_now(&self, id: &str, wanted: lifecycle::Act) -> Result<()> {
        let mut play = self.present();
        let found = play.world.containers.iter().find(|c| c.id == id || c.name == id);
        let Some((name, state)) = found.map(|c| (c.name.clone(), c.state.clone())) else {
            return Err(Error::NotFound { message: format!("No such container: {id}") });
        };
        let is_so_already = match wanted {
            lifecycle::Act::Start => state == State::Running,
            lifecycle::Act::Stop => !state.is_live(),
            _ => false,
        };
        if is_so_already {
            return Ok(());
        }
        if let Some(why) = wanted.objection(&state) {
            let request = format!("/containers/{id}");
            return Err(Error::Refused { request, status: 409, message: format!("{name}: {why}") });
        }
        let container = name;
        let act = match wanted {
            lifecycle::Act::Start => act::Act::Start { container },
            lifecycle::Act::Stop => act::Act::Stop { container },
            lifecycle::Act::Pause => act::Act::Pause { container },
            lifecycle::Act::Unpause => act::Act::Unpause { container },
            lifecycle::Act::Restart => act::Act::Restart { container },
            lifecycle::Act::Remove => act::Act::Discard { container, with: None },
        };
        act.play(&mut play.world);
        Ok(())
    }
}

impl Changes for Demo {
    fn volume<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Volume>>> {
        Box::pin(async move { Ok(lock(&self.play).world.volumes.get(name).map(|held| held.volume.clone())) })
    }

    fn holders<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move { Ok(self.holders_now(volume)) })
    }

    fn holders_of<'a>(&'a self, volumes: &'a [&'a str]) -> BoxFuture<'a, Result<ByVolume>> {
        Box::pin(async move {
            let holders = volumes.iter().map(|volume| ((*volume).to_owned(), self.holders_now(volume)));
            Ok(holders.filter(|(_, holders)| !holders.is_empty()).collect())
        })
    }

    fn is_held_by_ours<'a>(&'a self, _volume: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    fn services_of<'a>(&'a self, _volumes: &'a [&'a str]) -> BoxFuture<'a, Result<ByVolume>> {
        Box::pin(async { Ok(ByVolume::new()) })
    }

    fn remove_volume<'a>(&'a self, name: &'a str, _is_forced: bool) -> BoxFuture<'a, Result<Removed>> {
        Box::pin(async move { Ok(self.remove_now(name)) })
    }

    fn make_volume<'a>(&'a self, wanted: &'a NewVolume) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.make_now(wanted);
            Ok(())
        })
    }

    fn leaving<'a>(&'a self, _container: &'a str) -> BoxFuture<'a, Result<Option<Vec<String>>>> {
        // No container of the demo was made to remove itself.
        Box::pin(async { Ok(None) })
    }

    fn stopping<'a>(&'a self, _container: &'a str) -> BoxFuture<'a, Result<Stopping>> {
        Box::pin(async { Ok(Stopping::Stays) })
    }

    fn act<'a>(&'a self, container: &'a str, act: lifecycle::Act) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.act_now(container, act) })
    }
}
