//! `volx inspect` against `docker volume inspect`.

use serde_json::{Value, json};

use crate::rig::Rig;

/// `null` and an empty map are both "none".
fn or_none(value: &Value) -> &Value {
    if value.as_object().is_some_and(serde_json::Map::is_empty) { &Value::Null } else { value }
}

pub(crate) async fn a_volume_is_described_as_the_docker_cli_does(rig: Rig) {
    let options = ["--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1m"];
    let tmpfs = rig.volume("tmpfs", &options).await;
    let plain = rig.volume("plain", &["--label", "env=prod"]).await;
    rig.holder("web", &[&format!("{plain}:/data:ro")]).await;
    let json = rig.run(&["inspect", "--json", &tmpfs, &plain]).await.json();
    let found = json.as_array().expect("an array");
    assert_eq!(found.len(), 2, "both are described");
    for (entry, name) in found.iter().zip([&tmpfs, &plain]) {
        assert_eq!(entry["name"], json!(name), "in the order of the arguments");
        let theirs = rig.inspected(name).await;
        for key in ["Name", "Driver", "Scope", "Mountpoint", "CreatedAt", "Labels", "Options"] {
            let (ours, theirs) = (or_none(&entry["raw"][key]), or_none(&theirs[key]));
            assert_eq!(ours, theirs, "{name}: raw {key} is what the engine says");
        }
        let listed = rig.listed(&[]).await.remove(name).expect("it is listed");
        for (key, value) in listed.as_object().expect("an object") {
            assert_eq!(&entry[key], value, "{name}: {key} is as ls has it");
        }
    }
    assert_eq!(
        (&found[0]["kind"], &found[1]["kind"]),
        (&json!("tmpfs"), &json!("plain")),
        "the kind is told"
    );
    let reason = format!("{} is running", rig.name("web"));
    assert_eq!(found[1]["reason"], json!(reason), "and why it has its status");

    let one = rig.run(&["inspect", "--json", &plain]).await.json();
    assert_eq!(one.as_array().map(Vec::len), Some(1), "one volume is an array too");
    let text = rig.run(&["inspect", &plain]).await;
    assert_eq!(text.code, 0, "the text is printed: {}", text.err);
    let wanted = [
        plain.clone(),
        format!("in use: {reason}"),
        "env=prod".to_owned(),
        format!("{} (running, {}) at /data, read-only", rig.name("web"), rig.ground.image),
        "unknown: not measured yet".to_owned(),
    ];
    for words in wanted {
        assert!(text.out.contains(&words), "the text has '{words}':\n{}", text.out);
    }
}

pub(crate) async fn unknown_names_are_told_and_counted(rig: Rig) {
    let known = rig.volume("known", &[]).await;
    let unknown = rig.name("unknown");
    let none = rig.run(&["inspect", &unknown]).await;
    assert_eq!(none.code, 1, "nothing was described");
    assert!(none.err.contains(&unknown) && none.err.contains("no such volume"), "a sentence: {}", none.err);
    assert!(none.out.is_empty(), "and nothing is printed: {}", none.out);
    let partly = rig.run(&["inspect", "--json", &known, &unknown]).await;
    assert_eq!(partly.code, 3, "one of two is done in part");
    assert!(partly.err.contains(&unknown), "who is missing is named: {}", partly.err);
    let found: Value = serde_json::from_str(&partly.out).expect("what was found is printed");
    assert_eq!(found[0]["name"], json!(known), "the known one is described");
    assert_eq!(found.as_array().map(Vec::len), Some(1), "and no other");
    let odd = rig.run(&["inspect", "../containers/json"]).await;
    assert_eq!(odd.code, 1, "a name is a name, never a path: {}", odd.out);
}
