//! What happens is seen at once, without being asked for.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use volx::domain::event::Subject;
use volx::domain::live::Observation;
use volx::domain::status::Status;

use crate::rig::{PATIENCE, Rig};
use crate::watcher::{Watcher, listed, status_in};

/// A second is promised; a machine that also compiles may be slower.
const AT_ONCE: Duration = Duration::from_secs(2);

/// One change made with the CLI and what must be seen of it.
struct Change<'a> {
    docker: &'a [&'a str],
    subject: Subject,
    name: &'a str,
    action: &'a str,
    /// The status and reason of the volume afterwards; `None` when it is gone.
    status: Option<(Status, String)>,
}

/// The same in one line.
type Row<'a> = (&'a [&'a str], Subject, &'a str, &'a str, Option<(Status, String)>);

/// Makes the change; the answer is how long after the CLI's return it was listed.
async fn is_seen(rig: &Rig, watcher: &mut Watcher, volume: &str, change: Change<'_>) -> Duration {
    let Change { docker, subject, name, action, status } = change;
    watcher.mark();
    rig.docker(docker).await;
    let done = Instant::now();
    let what = format!("the event '{} {action}' of {name}", subject.name());
    let happened = |o: &Observation| match o {
        Observation::Happened(event) => {
            (event.subject == subject && event.name == name && event.action == action).then_some(())
        }
        _ => None,
    };
    let ((), told) = watcher.seen(&what, AT_ONCE, happened).await;
    let what = format!("a listing with {status:?} after {}", docker.join(" "));
    let expected = |o: &Observation| {
        let inventory = listed(o)?;
        let is_gone = inventory.position(volume).is_none();
        (if status.is_some() { status_in(o, volume) == status } else { is_gone }).then_some(())
    };
    let ((), seen) = watcher.seen(&what, AT_ONCE, expected).await;
    let (told, seen) = (told.saturating_duration_since(done), seen.saturating_duration_since(done));
    assert!(seen <= AT_ONCE && told <= AT_ONCE, "{what} comes within {AT_ONCE:?}");
    println!(
        "  {action:<8} {:<9} event +{:>3} ms, list +{:>3} ms",
        subject.name(),
        told.as_millis(),
        seen.as_millis()
    );
    seen
}

pub(crate) async fn a_change_is_seen_at_once(rig: Rig) {
    let mut watcher = Watcher::begun(rig.target(), None).await;
    let (volume, web, new) = (rig.name("v"), rig.name("web"), rig.name("new"));
    let (label, mount) = (rig.label(), format!("{volume}:/data"));
    let create = [
        "create",
        "--network",
        "none",
        "--label",
        &label,
        "--name",
        &web,
        "--volume",
        &mount,
        &rig.ground.image,
        "agent",
        "hold",
    ];
    let running = |name: &str| Some((Status::InUse, format!("{name} is running")));
    let kept = |name: &str, state: &str| {
        Some((Status::Attached, format!("{name} has it and does not run ({state})")))
    };
    let free = || Some((Status::Dangling, "no container has it".to_owned()));
    let (of_volume, of_container) = (Subject::Volume, Subject::Container);
    let rows: [Row<'_>; 9] = [
        (&["volume", "create", "--label", &label, &volume], of_volume, &volume, "create", free()),
        (&create, of_container, &web, "create", kept(&web, "created")),
        (&["start", &web], of_container, &web, "start", running(&web)),
        (&["pause", &web], of_container, &web, "pause", Some((Status::InUse, format!("{web} is paused")))),
        (&["unpause", &web], of_container, &web, "unpause", running(&web)),
        (&["rename", &web, &new], of_container, &new, "rename", running(&new)),
        (&["stop", &new], of_container, &new, "die", kept(&new, "exited")),
        (&["rm", &new], of_container, &new, "destroy", free()),
        (&["volume", "rm", &volume], of_volume, &volume, "destroy", None),
    ];
    let mut slowest = Duration::ZERO;
    for (docker, subject, name, action, status) in rows {
        let change = Change { docker, subject, name, action, status };
        slowest = slowest.max(is_seen(&rig, &mut watcher, &volume, change).await);
    }
    println!("live: the slowest change was listed {} ms after the CLI returned", slowest.as_millis());
    let died = watcher.all().find_map(|o| match o {
        Observation::Happened(e) if e.name == new && e.action == "die" => Some(e.exit_code),
        _ => None,
    });
    assert_eq!(died, Some(Some(0)), "the event of an end brings the exit code");
}

pub(crate) async fn events_are_printed_as_lines_of_json(rig: Rig) {
    let mut child = rig
        .volx()
        .args(["events", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("volx runs");
    let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
    // It tells nothing before the first event, so the volume is made again until it listens.
    let began = Instant::now();
    let mut round = 0;
    let line = 'made: loop {
        assert!(began.elapsed() < PATIENCE, "an event is printed within {PATIENCE:?}");
        round += 1;
        let name = rig.volume(&format!("v{round}"), &["--label", "com.docker.compose.project=shop"]).await;
        let next = tokio::time::Instant::now() + Duration::from_secs(1);
        while let Ok(line) = tokio::time::timeout_at(next, lines.next_line()).await {
            let line = line.expect("a readable line").expect("volx does not end by itself");
            let event: Value = serde_json::from_str(&line).expect("each line is JSON of its own");
            if event["name"] == json!(name) {
                break 'made event;
            }
        }
    };
    let keys: Vec<&str> = line.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = ["at", "subject", "id", "name", "action", "actor", "project", "exit_code"];
    assert_eq!(keys, expected, "an event has these keys and no others");
    assert_eq!(
        (&line["subject"], &line["action"]),
        (&json!("volume"), &json!("create")),
        "it says what happened"
    );
    assert!(line["at"].as_str().is_some_and(|at| at.ends_with('Z')), "and when: {}", line["at"]);
    assert!(child.try_wait().expect("its state").is_none(), "it goes on until it is told to end");
    child.kill().await.expect("it can be ended");
}
