//! Who uses a volume is held still, or it is refused before anybody is touched.

use crate::backup::{backed_up, folder, state_of};
use crate::files::text;
use crate::rig::Rig;

pub(crate) async fn what_would_not_survive_being_stopped_is_not_stopped(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let mount = format!("{volume}:/data");
    let plain = rig.holder("plain", &[&mount]).await;
    let fleeting =
        rig.container("run", "fleeting", &["--detach", "--rm", "--volume", &mount], &["agent", "hold"]).await;
    let task = ["com.docker.swarm.task.id=t", "com.docker.swarm.service.name=web"];
    let options = ["--detach", "--volume", &mount, "--label", task[0], "--label", task[1]];
    let task = rig.container("run", "task", &options, &["agent", "hold"]).await;
    let to = rig.home().join("b");
    let backup = backed_up(&rig, &volume, &to, &[]).await;
    let ran = rig.run(&["backup", &volume, "--stop", "--to", &text(&to)]).await;
    assert!(ran.code == 5 && ran.err.contains("--pause") && ran.err.contains("--rm"), "{}", ran.err);
    assert!(ran.err.contains(&rig.name("fleeting")) && ran.err.contains("service 'web'"), "{}", ran.err);
    std::fs::write(folder(&rig, &volume).await.join("file"), "now").expect("a file");
    let ran = rig.run(&["restore", &text(&backup), "--replace", "--stop", "--yes"]).await;
    assert!(ran.code == 5 && ran.err.contains(&rig.name("fleeting")), "{}", ran.err);
    assert_eq!(std::fs::read(folder(&rig, &volume).await.join("file")).expect("there"), b"now");
    for container in [&plain, &fleeting, &task] {
        assert_eq!(state_of(&rig, container).await, "running");
    }
    let log = std::fs::read_to_string(rig.home().join("state/volx/audit.jsonl")).unwrap_or_default();
    assert!(!log.contains("stop_container"), "none was even tried: {log}");
    let ran = rig.run(&["backup", &volume, "--pause", "--to", &text(rig.home().join("paused"))]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    for container in [&plain, &fleeting, &task] {
        assert_eq!(state_of(&rig, container).await, "running");
    }
}

pub(crate) async fn a_protected_volume_is_not_replaced(rig: Rig) {
    let volume = rig.volume("v", &["--label", "volx.protect"]).await;
    let backup = backed_up(&rig, &volume, &rig.home().join("b"), &[]).await;
    let file = folder(&rig, &volume).await.join("file");
    std::fs::write(&file, "now").expect("a file");
    let ran = rig.run(&["restore", &text(&backup), "--replace", "--yes"]).await;
    assert_eq!((ran.code, ran.err.contains("is protected by its label")), (5, true), "{}", ran.err);
    assert!(ran.err.contains(&format!("volx unprotect {volume}")), "{}", ran.err);
    assert_eq!(std::fs::read(&file).expect("there"), b"now");
    let ran = rig.run(&["rename", &volume, &rig.name("new"), "--yes"]).await;
    assert_eq!((ran.code, ran.err.contains("is protected by its label")), (5, true), "{}", ran.err);
    assert_eq!(rig.run(&["unprotect", &volume]).await.code, 0);
    let ran = rig.run(&["restore", &text(&backup), "--replace", "--yes"]).await;
    assert_eq!((ran.code, file.exists()), (0, false), "{}", ran.err);
}
