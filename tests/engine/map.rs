//! The storage map of real containers: shared, missing, fleeting and written.

use serde_json::Value;

use crate::rig::Rig;

const WRITTEN: u64 = 5_000_000;
/// What an engine that counts blocks and folders may add.
const SLACK: u64 = 200_000;

fn by_name<'a>(projects: &'a Value, name: &str) -> &'a Value {
    let projects = projects.as_array().expect("map prints an array");
    let mut containers = projects.iter().flat_map(|p| p["containers"].as_array().expect("containers"));
    containers.find(|c| c["container_name"] == name).unwrap_or_else(|| panic!("{name} is in the map"))
}

fn mount<'a>(container: &'a Value, destination: &str) -> &'a Value {
    let mut mounts = container["mounts"].as_array().expect("mounts").iter();
    mounts.find(|m| m["destination"] == destination).unwrap_or_else(|| panic!("{destination} in {container}"))
}

/// What `volx map --json` prints. A container of another test that is being removed at that moment
/// may be known in part only.
async fn map(rig: &Rig, more: &[&str]) -> Value {
    let mut arguments = vec!["map", "--json"];
    arguments.extend_from_slice(more);
    let ran = rig.run(&arguments).await;
    assert!(matches!(ran.code, 0 | 3), "{}", ran.err);
    serde_json::from_str(&ran.out).expect("volx prints JSON")
}

pub(crate) async fn the_map_tells_what_is_shared_missing_and_written(rig: Rig) {
    let volume = rig.volume("shared", &[]).await;
    let free = rig.volume("free", &["--label", "com.docker.compose.project=volx-map-test"]).await;
    rig.fill(&volume, "file", 1_234_567).await;
    rig.run(&["du", &volume, &free]).await;
    let (there, gone) = (rig.home().join("there"), rig.home().join("gone"));
    for folder in [&there, &gone] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let (there, gone) = (there.display().to_string(), gone.display().to_string());
    let binds = [format!("{there}:/there:ro"), format!("{gone}:/gone"), format!("{volume}:/data")];
    let mut options: Vec<&str> = binds.iter().flat_map(|b| ["--volume", b.as_str()]).collect();
    options.extend(["--tmpfs", "/scratch", "--label", "com.docker.compose.project=volx-map-test"]);
    rig.container("create", "first", &options, &["agent", "hold"]).await;
    let read_only = format!("{volume}:/other:ro");
    rig.container("create", "second", &["--volume", &read_only], &["agent", "hold"]).await;
    rig.container("run", "writer", &[], &["agent", "fill", "/file", &WRITTEN.to_string()]).await;
    std::fs::remove_dir(&gone).expect("the folder goes");

    let projects = map(&rig, &["--layers"]).await;
    let (first, second) = (by_name(&projects, &rig.name("first")), by_name(&projects, &rig.name("second")));
    let data = mount(first, "/data");
    assert_eq!((&data["type"], &data["source"]), (&"volume".into(), &volume.clone().into()));
    assert_eq!(data["shared_with"], serde_json::json!([rig.name("second")]), "the other one is named");
    assert_eq!(data["fate"], "stays");
    assert!(data["size_bytes"].as_u64().is_some_and(|b| b >= 1_234_567), "as du measured it: {data}");
    assert_eq!((&mount(second, "/other")["read_only"], &data["read_only"]), (&true.into(), &false.into()));

    let report = rig.run(&["doctor", "--json"]).await.json();
    let is_ours = report["access"]
        .as_array()
        .expect("ways")
        .iter()
        .any(|w| w["way"] == "direct" && w["is_open"] == true);
    let known = |found: bool| if is_ours { Value::from(found) } else { Value::Null };
    assert_eq!(mount(first, "/there")["is_present"], known(true), "is it ours to look: {is_ours}");
    assert_eq!(mount(first, "/gone")["is_present"], known(false));
    assert_eq!(mount(first, "/there")["fate"], "host_folder");
    // Podman lists no tmpfs.
    if let Some(scratch) = first["mounts"].as_array().expect("mounts").iter().find(|m| m["type"] == "tmpfs") {
        assert_eq!(
            (&scratch["destination"], &scratch["fate"]),
            (&"/scratch".into(), &"dies_when_it_stops".into())
        );
    }

    let layer = &by_name(&projects, &rig.name("writer"))["layer"];
    assert_eq!((&layer["fate"], &layer["is_heavy"]), (&"dies_with_container".into(), &false.into()));
    match layer["writable_bytes"].as_u64() {
        Some(bytes) => assert!((WRITTEN..WRITTEN + SLACK).contains(&bytes), "what was written: {bytes}"),
        None => assert!(layer["unknown"].is_string(), "a driver that cannot tell is said: {layer}"),
    }

    let project = projects.as_array().expect("projects").iter().find(|p| p["project"] == "volx-map-test");
    let project = project.expect("the Compose project");
    assert_eq!(project["dangling"][0]["source"], free.as_str(), "what nobody has is with its project");
    assert_eq!(project["shared_bytes"], data["size_bytes"], "second has no project");

    let one = map(&rig, &["--filter", "project=volx-map-test"]).await;
    assert_eq!(one.as_array().map(Vec::len), Some(1));
    let layer = &one[0]["containers"][0]["layer"];
    assert_eq!((&layer["writable_bytes"], &layer["unknown"]), (&Value::Null, &"not asked for".into()));
    let text = rig.run(&["map", "--filter", "project=volx-map-test"]).await.out;
    assert_eq!(text.contains("MISSING"), is_ours, "{text}");
    assert!(text.contains(&format!("shared with {}", rig.name("second"))), "{text}");
}
