use rstest::rstest;
use tempfile::TempDir;

use super::*;

/// A Docker CLI folder with one context `nas`, made current when told.
fn docker_dir(host: &str, is_current: bool) -> TempDir {
    let dir = TempDir::new().expect("a folder");
    let hash = context::identity("nas");
    let meta = dir.path().join("contexts/meta").join(hash);
    std::fs::create_dir_all(&meta).expect("folders");
    std::fs::write(
        meta.join("meta.json"),
        format!(r#"{{"Name":"nas","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#),
    )
    .expect("a file");
    if is_current {
        std::fs::write(dir.path().join("config.json"), r#"{"currentContext":"nas","auths":{}}"#)
            .expect("a file");
    }
    dir
}

fn target(choice: Choice, variables: &[(&str, &str)], dir: &TempDir) -> Target {
    let dir = dir.path().display().to_string();
    let mut all = vec![("DOCKER_CONFIG", dir.as_str())];
    all.extend_from_slice(variables);
    Target { choice, environment: Environment::made_of(&all, Some(PathBuf::from("/home/me"))) }
}

fn host(value: &str) -> Choice {
    Choice { host: Some(value.to_owned()), ..Choice::default() }
}

fn context(value: &str) -> Choice {
    Choice { context: Some(value.to_owned()), ..Choice::default() }
}

#[rstest]
#[case(context("nas"), &[("DOCKER_HOST", "tcp://env:1")], "tcp://nas:2375", "--context")]
#[case(host("unix:///x.sock"), &[("DOCKER_HOST", "tcp://env:1"), ("DOCKER_CONTEXT", "nas")], "unix:///x.sock", "--host")]
#[case(Choice::default(), &[("DOCKER_HOST", "tcp://env:1"), ("DOCKER_CONTEXT", "nas")], "tcp://env:1", "DOCKER_HOST")]
#[case(Choice::default(), &[("DOCKER_HOST", "  "), ("DOCKER_CONTEXT", "nas")], "tcp://nas:2375", "DOCKER_CONTEXT")]
#[case(context("default"), &[], "unix:///var/run/docker.sock", "--context default")]
#[case(context("default"), &[("DOCKER_HOST", "env")], "tcp://env:2375", "--context default, DOCKER_HOST")]
fn the_docker_cli_s_order(
    #[case] choice: Choice,
    #[case] variables: &[(&str, &str)],
    #[case] address: &str,
    #[case] chosen_by: &str,
) {
    let dir = docker_dir("tcp://nas", true);
    let found = candidates(&target(choice, variables, &dir)).expect("a candidate");
    assert_eq!(found.len(), 1, "a choice is never widened by probing");
    assert_eq!(found[0].address.to_string(), address);
    assert_eq!(found[0].chosen_by, chosen_by);
}

#[test]
fn the_current_context_counts_before_the_default() {
    let dir = docker_dir("unix:///nas.sock", true);
    let found = candidates(&target(Choice::default(), &[], &dir)).expect("a candidate");
    assert_eq!(found[0].context.as_deref(), Some("nas"));
    assert!(found[0].chosen_by.starts_with("currentContext in "), "{}", found[0].chosen_by);
}

#[test]
fn nothing_chosen_probes_the_well_known_sockets() {
    let dir = docker_dir("tcp://nas", false);
    let found =
        candidates(&target(Choice::default(), &[("XDG_RUNTIME_DIR", "/run/user/7")], &dir)).expect("some");
    let shown: Vec<String> = found.iter().map(|c| c.address.to_string()).collect();
    assert_eq!(shown[0], "unix:///var/run/docker.sock");
    for expected in [
        "unix:///run/user/7/docker.sock",
        "unix:///home/me/.colima/default/docker.sock",
        "unix:///run/podman/podman.sock",
    ] {
        assert!(shown.iter().any(|s| s == expected), "{expected} is looked for");
    }
}

#[test]
fn choices_that_cannot_be_meant_are_errors() {
    let dir = docker_dir("tcp://nas", false);
    let error = candidates(&target(context("nsa"), &[], &dir)).expect_err("no such context");
    assert!(error.remedy().expect("a remedy").contains("did you mean 'nas'?"));
    let both = Choice { host: Some("tcp://a".to_owned()), ..context("nas") };
    assert!(matches!(candidates(&target(both, &[], &dir)), Err(Error::TwoChoices)));
    let error = candidates(&target(host("tcp://a:2376"), &[("DOCKER_TLS_VERIFY", "1")], &dir));
    assert!(matches!(error, Err(Error::NotSupported { what: "TLS", .. })));
    let error = candidates(&target(host("ssh://me@server"), &[], &dir));
    assert!(matches!(error, Err(Error::NotSupported { what: "ssh", .. })));
}

#[test]
fn a_broken_context_file_is_named() {
    let dir = docker_dir("tcp://nas", true);
    std::fs::write(dir.path().join("config.json"), "{ not json").expect("a file");
    let error = candidates(&target(Choice::default(), &[], &dir)).expect_err("broken");
    assert!(error.to_string().contains("config.json"), "{error}");
    let dir = docker_dir("", false);
    let error = candidates(&target(context("nas"), &[], &dir)).expect_err("no host");
    assert!(error.to_string().contains("has no Host"), "{error}");
}
