//! What the presets say is what the engine's own prune does. On an engine whose volumes are nobody's:
//! one of our own, or the one under test where `VOLX_TEST_THROWAWAY=1` says so (this test alone then).

use std::collections::BTreeSet;
use std::fs::File;

use serde_json::{Value, json};

use crate::many::private;
use crate::needs::is_thrown_away;
use crate::private::Private;
use crate::raw;
use crate::rig::{Rig, ended};

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct Bench<'a> {
    rig: &'a Rig,
    host: String,
    image: String,
}

impl Bench<'_> {
    async fn docker(&self, arguments: &[&str]) -> String {
        let ran =
            ended(tokio::process::Command::new("docker").args(["-H", &self.host]).args(arguments)).await;
        assert_eq!(ran.code, 0, "docker {arguments:?}: {}", ran.err);
        ran.out.trim().to_owned()
    }

    async fn volumes(&self) -> BTreeSet<String> {
        self.docker(&["volume", "ls", "--quiet"]).await.lines().map(str::to_owned).collect()
    }

    /// Volumes of every kind, and what a preset takes of them by the engine and by volx.
    async fn make(&self) {
        for (name, options) in [
            ("preset-named", &[][..]),
            ("preset-labelled", &["--label", "com.docker.volume.anonymous="]),
            ("preset-other", &["--label", "a=b"]),
            (HEX, &[]),
            ("preset-tmpfs", &["--opt", "type=tmpfs", "--opt", "device=tmpfs"]),
            ("preset-bound", &["--opt", "type=none", "--opt", "o=bind", "--opt", "device=/tmp"]),
            ("preset-held", &[]),
        ] {
            self.docker(&[&["volume", "create"], options, &[name]].concat()).await;
        }
        // Of the engine's own making, with its label where it sets one.
        raw::post(&self.host, "/volumes/create", "{}").expect("made");
        let create = ["create", "--network", "none", "--name", "preset-holder"];
        let held = ["--volume", "preset-held:/data", "--volume", "/anonymous"];
        self.docker(&[&create[..], &held[..], &[self.image.as_str(), "agent", "hold"]].concat()).await;
    }

    async fn clear(&self) {
        self.docker(&["rm", "--force", "preset-holder"]).await;
        for volume in self.volumes().await {
            self.docker(&["volume", "rm", &volume]).await;
        }
    }

    async fn said(&self, preset: &str) -> BTreeSet<String> {
        let words = ["--host", &self.host, "prune", "--as", preset, "--dry-run", "--json", "--no-measure"];
        let plan = self.rig.run(&words).await.json();
        let names = plan["candidates"].as_array().expect("candidates").iter();
        names.map(|line| line["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// What the engine's own prune removes, as the newest Docker CLI asks for it; nothing where it refuses.
    async fn done(&self, is_all: bool, newest: &str) -> BTreeSet<String> {
        let before = self.volumes().await;
        let filters = if is_all { "?filters=%7B%22all%22%3A%5B%22true%22%5D%7D" } else { "" };
        let path = format!("/v{newest}/volumes/prune{filters}");
        let (status, body) = raw::post(&self.host, &path, "").expect("an answer");
        println!("presets: {path} {status} {}", body.chars().take(300).collect::<String>());
        let after = self.volumes().await;
        before.difference(&after).cloned().collect()
    }
}

pub(crate) async fn a_preset_is_what_the_engine_s_own_prune_does(rig: Rig) {
    let own = if is_thrown_away() { None } else { Some(private().await) };
    let host = own.as_ref().map_or_else(|| rig.ground.host.clone(), Private::host);
    let bench = Bench { rig: &rig, host: host.clone(), image: rig.ground.image.clone() };
    if own.is_some() {
        let archive = rig.home().join("image.tar");
        let packed = File::create(&archive).expect("a file");
        let packing = rig.volx().args(["agent", "image", &bench.image]).stdout(packed).status().await;
        assert!(packing.expect("volx runs").success());
        bench.docker(&["load", "--quiet", "--input", &archive.display().to_string()]).await;
    }
    assert_eq!(bench.volumes().await, BTreeSet::new(), "nobody has volumes on this engine");
    let version: Value = raw::json(&host, "/version").expect("a version");
    let newest = version["ApiVersion"].as_str().expect("a version").to_owned();
    for (preset, is_all) in [("docker", false), ("docker-all", true)] {
        bench.make().await;
        assert_eq!(bench.volumes().await.len(), 9, "one of every kind");
        let said = bench.said(preset).await;
        let done = bench.done(is_all, &newest).await;
        assert_eq!(said, done, "'{preset}' on {}", json!(version["Version"]));
        assert!(is_all || !done.is_empty(), "the engine does something");
        bench.clear().await;
    }
    tokio::task::spawn_blocking(move || drop(own)).await.expect("it ends");
}
