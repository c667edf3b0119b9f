//! The screen on a real engine: what goes there comes back there.

use crate::clone::is_there;
use crate::files::mountpoint;
use crate::rig::{Rig, until};
use crate::seat::{Home, Seat};
use crate::whole::{facts, fill};

/// The screen at the one volume of this name.
fn at(rig: &Rig, home: &Home, volume: &str) -> Seat {
    let mut seat = Seat::start(home, &[], (160, 45), &[("DOCKER_HOST", rig.ground.host.as_str())]);
    seat.wait_for("the engine's volumes", |screen| screen.contains("Last write"));
    seat.press("/");
    seat.press(volume);
    seat.press("\r");
    seat.wait_for("what it holds", |screen| screen.contains(" 1 of ") && screen.contains("Holds"));
    seat
}

pub(crate) async fn what_is_removed_there_comes_back_there(rig: Rig) {
    let volume = rig.volume("v", &["--label", "team=a"]).await;
    fill(&mountpoint(&rig, &volume).await);
    let before = facts(&mountpoint(&rig, &volume).await);
    let home = Home::new();
    let mut seat = at(&rig, &home, &volume);
    seat.press("d");
    seat.wait_for("the plan", |screen| screen.contains("1 of 1 volume goes"));
    seat.press("\r");
    seat.wait_for("the question", |screen| screen.contains("Type the volume's name"));
    seat.press(&volume);
    seat.press("\r");
    seat.wait_for("the report", |screen| screen.contains("1 removed, "));
    assert!(!is_there(&rig, &volume).await);

    seat.press_esc("the list", |screen| screen.contains("passes the filter"));
    seat.press("u");
    seat.wait_for("what can be taken back", |screen| screen.contains(&format!("{volume} (")));
    seat.press("\r");
    until("it is back", async || is_there(&rig, &volume).await.then_some(())).await;
    seat.press("B");
    seat.wait_for("the end of the job", |screen| screen.contains("done  just now"));
    assert_eq!(facts(&mountpoint(&rig, &volume).await), before);
    assert_eq!(rig.inspected(&volume).await["Labels"]["team"], "a");
}

pub(crate) async fn what_is_backed_up_there_is_restored_there(rig: Rig) {
    let (volume, copy) = (rig.volume("v", &[]).await, rig.name("copy"));
    fill(&mountpoint(&rig, &volume).await);
    let before = facts(&mountpoint(&rig, &volume).await);
    let home = Home::new();
    let mut seat = at(&rig, &home, &volume);
    seat.press("b");
    seat.wait_for("what is to be backed up", |screen| screen.contains("read back afterwards"));
    seat.press("\r");
    seat.wait_for("the proof", |screen| screen.contains("read back just now"));

    seat.press("4");
    seat.wait_for("the backup", |screen| screen.contains("1 backup,") && screen.contains("read back"));
    seat.press("r");
    seat.wait_for("the ways of restoring", |screen| screen.contains("new volume"));
    seat.press("\r");
    seat.wait_for("the name that is proposed", |screen| screen.contains(&format!("{volume}-restored")));
    // Ctrl-U empties the line.
    seat.press("\x15");
    seat.press(&copy);
    seat.press("\r");
    until("it is made", async || is_there(&rig, &copy).await.then_some(())).await;
    seat.press("B");
    seat.wait_for("the end of both jobs", |screen| screen.matches("  done  ").count() == 2);
    assert_eq!(facts(&mountpoint(&rig, &copy).await), before);
}
