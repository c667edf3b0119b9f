//! Removing what was made: this run's at its end, also when it is interrupted, and what a dead run
//! left more than an hour ago. Every object by its own name; never a prune.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::signal::unix::{SignalKind, signal};

use sha2::{Digest, Sha256};

use crate::ground::{Ground, IMAGE, LABEL};

/// A run that began longer ago is dead.
const HOUR: u64 = 3600;
/// The name of the images that volx runs its helpers from.
const HELPER_IMAGE: &str = "localhost/volx-helper";
/// The image of the containers that it never starts.
const NOTHING: &str = "localhost/volx-nothing:1";

/// Removes what the run made, at the latest when it is dropped.
pub(crate) struct Guard {
    ground: Arc<Ground>,
    is_over: bool,
}

impl Guard {
    /// Sweeps dead runs and stands guard over this one.
    pub(crate) fn new(ground: Arc<Ground>) -> Self {
        for run in dead_runs(&ground) {
            println!("removing what the dead run {run} left");
            remove(&ground, &run);
        }
        let before = helper_images(&ground);
        helper_tags().into_iter().filter(|tag| !before.contains(tag)).for_each(|tag| ground.own_image(tag));
        // Weak: waiting for a signal must not keep the run's belongings.
        let interrupted = Arc::downgrade(&ground);
        std::thread::spawn(move || on_interrupt(&interrupted));
        Self { ground, is_over: false }
    }

    /// Removes everything and names what could not be removed.
    pub(crate) fn finish(mut self) -> Vec<String> {
        self.is_over = true;
        sweep(&self.ground)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.is_over {
            sweep(&self.ground);
        }
    }
}

/// The helper images of this program, which is the library's, and of volx, named by their content;
/// and the one for containers that are never started.
fn helper_tags() -> Vec<String> {
    let programs = [std::env::current_exe().unwrap_or_default(), env!("CARGO_BIN_EXE_volx").into()];
    let programs = programs.iter().filter_map(|program| std::fs::read(program).ok());
    programs.map(|bytes| helper_tag(&bytes)).chain([NOTHING.to_owned()]).collect()
}

/// The name of the helper image that a program makes of itself.
pub(crate) fn helper_tag(program: &[u8]) -> String {
    let digest = Sha256::digest(program);
    let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{HELPER_IMAGE}:{number:016x}")
}

/// The helper images that the engine has.
pub(crate) fn helper_images(ground: &Ground) -> Vec<String> {
    let mut images = lines(ground, &["images", "--format", "{{.Repository}}:{{.Tag}}"]);
    images.retain(|image| image.starts_with(HELPER_IMAGE) || image == NOTHING);
    images
}

fn sweep(ground: &Ground) -> Vec<String> {
    let images = ground.images();
    for image in &images {
        // A run that was killed may have left a helper that was never started.
        let of_image = format!("ancestor={image}");
        for id in lines(ground, &["ps", "--all", "--quiet", "--no-trunc", "--filter", &of_image]) {
            let _ = ground.docker(&["rm", "--force", "--volumes", &id]);
        }
        let _ = ground.docker(&["rmi", image]);
    }
    remove(ground, &ground.run);
    for volume in ground.unlabelled() {
        let _ = ground.docker(&["volume", "rm", &volume]);
    }
    let mut left = objects(ground, &ground.run);
    let volumes = lines(ground, &["volume", "ls", "--quiet"]);
    left.extend(ground.unlabelled().into_iter().filter(|v| volumes.contains(v)));
    left.extend(
        lines(ground, &["images", "--format", "{{.Repository}}:{{.Tag}}"])
            .into_iter()
            .filter(|i| *i == ground.image || images.contains(i)),
    );
    ground.end();
    left
}

/// An interrupted run removes what it made before it ends.
fn on_interrupt(ground: &Weak<Ground>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let asked = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut end = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = end.recv() => {}
        }
        Ok::<(), std::io::Error>(())
    });
    let (Ok(()), Some(ground)) = (asked, ground.upgrade()) else { return };
    eprintln!("interrupted: removing what was made");
    // Tests that are still running may make one more thing.
    remove(&ground, &ground.run);
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(500)).await });
    sweep(&ground);
    let _ = std::fs::remove_dir_all(ground.folder());
    #[allow(clippy::disallowed_methods, reason = "no terminal to restore, and the tests would go on")]
    std::process::exit(130);
}

/// Removes a run's containers with their anonymous volumes, its volumes and its image.
fn remove(ground: &Ground, run: &str) {
    let label = format!("label={LABEL}={run}");
    for id in lines(ground, &["ps", "--all", "--quiet", "--no-trunc", "--filter", &label]) {
        let _ = ground.docker(&["rm", "--force", "--volumes", &id]);
    }
    for name in lines(ground, &["volume", "ls", "--quiet", "--filter", &label]) {
        let _ = ground.docker(&["volume", "rm", &name]);
    }
    let _ = ground.docker(&["rmi", &format!("{IMAGE}:{run}")]);
}

/// What is there of a run.
fn objects(ground: &Ground, run: &str) -> Vec<String> {
    let label = format!("label={LABEL}={run}");
    let mut found = lines(ground, &["ps", "--all", "--format", "{{.Names}}", "--filter", &label]);
    found.extend(lines(ground, &["volume", "ls", "--quiet", "--filter", &label]));
    found
}

/// The runs that left something and cannot be alive any more.
fn dead_runs(ground: &Ground) -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let of_label = format!("label={LABEL}");
    let value = format!("{{{{.Label \"{LABEL}\"}}}}");
    let mut runs = lines(ground, &["ps", "--all", "--filter", &of_label, "--format", &value]);
    runs.extend(lines(ground, &["volume", "ls", "--filter", &of_label, "--format", &value]));
    runs.extend(lines(ground, &["images", IMAGE, "--format", "{{.Tag}}"]));
    runs.sort_unstable();
    runs.dedup();
    runs.retain(|run| {
        let began = run.split_once('-').and_then(|(second, _)| u64::from_str_radix(second, 16).ok());
        began.is_some_and(|began| began + HOUR < now)
    });
    runs
}

fn lines(ground: &Ground, arguments: &[&str]) -> Vec<String> {
    let Ok(output) = ground.docker(arguments) else { return Vec::new() };
    String::from_utf8_lossy(&output.stdout).lines().filter(|l| !l.is_empty()).map(str::to_owned).collect()
}
