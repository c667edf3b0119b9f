//! Cloning and renaming on a real engine, compared with the source by the system's own calls.

use crate::files::mountpoint;
use crate::rig::Rig;
use crate::undo::Immutable;
use crate::whole::{facts, fill};

/// Whether the Docker CLI knows a volume.
pub(crate) async fn is_there(rig: &Rig, volume: &str) -> bool {
    rig.try_docker(&["volume", "inspect", volume]).await.status.success()
}

pub(crate) async fn a_clone_is_its_source_in_every_fact(rig: Rig) {
    let source = rig.volume("v", &["--label", "com.docker.compose.project=shop", "--label", "team=a"]).await;
    fill(&mountpoint(&rig, &source).await);
    let before = facts(&mountpoint(&rig, &source).await);
    let copy = rig.name("copy");
    let ran = rig.run(&["clone", &source, &copy, "--label", "team=b", "--json"]).await.json();
    assert_eq!(
        (&ran["name"], ran["live"].as_array().map(Vec::len)),
        (&copy.as_str().into(), Some(0)),
        "{ran}"
    );
    assert_eq!(ran["entries"], before.len(), "all were compared");
    assert_eq!(facts(&mountpoint(&rig, &copy).await), before);
    assert_eq!(facts(&mountpoint(&rig, &source).await), before, "the source is as it was");
    let labels = rig.inspected(&copy).await["Labels"].clone();
    assert_eq!((&labels["team"], &labels["com.docker.compose.project"]), (&"b".into(), &"shop".into()));

    let ran = rig.run(&["clone", &source, &copy]).await;
    assert_eq!((ran.code, ran.err.contains("is there already")), (5, true), "{}", ran.err);
    assert_eq!(facts(&mountpoint(&rig, &copy).await), before, "what has the name is left alone");
    for verb in [&["clone", &source, "a b"][..], &["rename", &source, "a b", "--yes"]] {
        let ran = rig.run(verb).await;
        assert_eq!(ran.code, 2, "no volume can have that name: {}", ran.err);
    }
    let ran = rig.run(&["clone", &rig.name("missing"), &rig.name("x")]).await;
    assert_eq!((ran.code, ran.err.contains("no such volume")), (1, true), "{}", ran.err);
    assert!(!is_there(&rig, &rig.name("x")).await);
}

pub(crate) async fn a_volume_in_use_is_copied_live_and_that_is_said(rig: Rig) {
    let source = rig.volume("v", &[]).await;
    rig.fill(&source, "data", 100_000).await;
    rig.holder("user", &[&format!("{source}:/data")]).await;
    let ran = rig.run(&["clone", &source, &rig.name("copy")]).await;
    assert_eq!(
        (ran.code, ran.err.contains("copied live") && ran.err.contains(&rig.name("user"))),
        (0, true),
        "{}",
        ran.err
    );
    let (one, two) = (mountpoint(&rig, &source).await, mountpoint(&rig, &rig.name("copy")).await);
    assert_eq!(facts(&one), facts(&two));
}

pub(crate) async fn what_leads_to_the_same_data_is_not_copied_onto_itself(rig: Rig) {
    let data = rig.home().join("data");
    std::fs::create_dir(&data).expect("a folder");
    std::fs::write(data.join("file"), "x").expect("a file");
    let device = format!("device={}", data.display());
    let source = rig.volume("v", &["--opt", "type=none", "--opt", "o=bind", "--opt", &device]).await;
    let before = facts(&data);
    let ran = rig.run(&["clone", &source, &rig.name("copy")]).await;
    assert_eq!((ran.code, ran.err.contains("the same data")), (0, true), "{}", ran.err);
    assert_eq!(facts(&data), before);
    let (one, two) = (rig.inspected(&source).await, rig.inspected(&rig.name("copy")).await);
    assert_eq!(one["Options"], two["Options"]);
}

pub(crate) async fn a_volume_gets_another_name_whole(rig: Rig) {
    let (old, new) = (rig.volume("old", &["--label", "team=a"]).await, rig.name("new"));
    fill(&mountpoint(&rig, &old).await);
    let before = facts(&mountpoint(&rig, &old).await);
    let ran = rig.run(&["rename", &old, &new]).await;
    assert_eq!((ran.code, ran.err.contains("--yes")), (5, true), "{}", ran.err);
    assert!(is_there(&rig, &old).await && !is_there(&rig, &new).await);
    let ran = rig.run(&["rename", &old, &new, "--yes"]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!is_there(&rig, &old).await, "the old name is free");
    assert_eq!(facts(&mountpoint(&rig, &new).await), before);
    assert_eq!(rig.inspected(&new).await["Labels"]["team"], "a");
    let log = crate::removing::lines(&rig.home().join("state/volx/audit.jsonl"));
    assert!(crate::removing::has_intent(&log, &old), "the removal is in the log");
}

pub(crate) async fn a_volume_that_containers_refer_to_keeps_its_name(rig: Rig) {
    let old = rig.volume("old", &[]).await;
    rig.container("create", "user", &["--volume", &format!("{old}:/data")], &["agent", "hold"]).await;
    let ran = rig.run(&["rename", &old, &rig.name("new"), "--yes"]).await;
    assert_eq!((ran.code, ran.err.contains(&rig.name("user"))), (5, true), "{}", ran.err);
    assert!(is_there(&rig, &old).await && !is_there(&rig, &rig.name("new")).await);
    let guarded = rig.volume("guarded", &["--label", "volx.protect"]).await;
    let ran = rig.run(&["rename", &guarded, &rig.name("new"), "--yes"]).await;
    assert_eq!((ran.code, ran.err.contains("unprotect")), (5, true), "{}", ran.err);
    assert!(is_there(&rig, &guarded).await && !is_there(&rig, &rig.name("new")).await);
}

pub(crate) async fn another_volume_of_the_new_name_keeps_it(rig: Rig) {
    let (old, new) = (rig.volume("old", &[]).await, rig.name("new"));
    assert_eq!(rig.run(&["rename", &old, &new, "--yes"]).await.code, 0);
    rig.docker(&["volume", "rm", &new]).await;
    rig.volume("new", &["--label", "stranger=1"]).await;
    let ran = rig.run(&["undo"]).await;
    assert!(ran.code == 5 && ran.err.contains("another volume by now"), "{} {}", ran.code, ran.err);
    assert_eq!(rig.inspected(&new).await["Labels"]["stranger"], "1");
}

pub(crate) async fn where_the_old_name_cannot_be_removed_the_copy_stays(rig: Rig) {
    let (old, new) = (rig.volume("old", &[]).await, rig.name("new"));
    let root = mountpoint(&rig, &old).await;
    for name in ["a", "m", "z"] {
        std::fs::create_dir(root.join(name)).expect("a folder");
        std::fs::write(root.join(name).join("file"), name).expect("a file");
    }
    let immutable = Immutable::make(root.join("m/file"));
    let before = facts(&root);
    let ran = rig.run(&["rename", &old, &new, "--yes"]).await;
    assert!(ran.code != 0 && ran.err.contains("is a whole copy"), "{}", ran.err);
    assert_ne!(facts(&root), before, "the engine removed some of it");
    drop(immutable);
    assert_eq!(facts(&mountpoint(&rig, &new).await), before);
}
