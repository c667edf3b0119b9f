//! Journeys: keys in, effects and screen out, on the still demo.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says what it expected"
)]

#[path = "../stage/mod.rs"]
mod stage;

mod copying;
mod creating;
mod details;
mod engine;
mod files;
mod holders;
mod honest;
mod hostile;
mod idle;
mod keeping;
mod list;
mod map;
mod monitor;
mod mouse;
mod names;
mod overlays;
mod protecting;
mod prune;
mod read_only;
mod removing;
mod restoring;
mod words;

use stage::Stage;

/// The names of the listed volumes, from the top.
fn listed(stage: &Stage) -> Vec<String> {
    let inventory = stage.model.listed();
    stage.model.home.listed().map(|at| inventory.volumes[at].name.clone()).collect()
}

fn selected(stage: &Stage) -> String {
    stage.model.home.selected_name().expect("a volume is selected").to_owned()
}
