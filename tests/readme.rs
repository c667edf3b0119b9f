//! What the README and the generated documents say is what the program does.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::process::Command;

fn volx(arguments: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_volx"))
        .args(arguments)
        .env_remove("DOCKER_HOST")
        .env("VOLX_CONFIG", "/dev/null")
        .output()
        .expect("volx runs");
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("a README")
}

#[test]
fn the_readme_has_the_keys_in_force() {
    let keys = volx(&["keys", "--markdown"]);
    assert!(readme().contains(keys.trim()), "put this between the README's key comments:\n{keys}");
}

#[test]
fn every_subcommand_of_the_help_is_in_the_readme_and_the_manual() {
    let help = volx(&["--help"]);
    let commands =
        help.split("Commands:").nth(1).expect("commands").split("Options:").next().expect("options after");
    let manual = volx(&["man"]);
    for line in commands.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   ")) {
        let name = line.split_whitespace().next().expect("a name");
        if name != "help" {
            assert!(readme().contains(&format!("volx {name}")), "'volx {name}' is in the README");
            assert!(manual.contains(&format!("volx\\-{name}")), "'volx {name}' is in the manual");
        }
    }
}

#[test]
fn what_every_command_takes_stands_apart_from_what_one_takes() {
    let help = volx(&["--help"]);
    let (own, global) = help.split_once("Global options:").expect("a heading of their own");
    assert!(own.contains("Commands:") && !own.contains("--host") && !own.contains("--json"), "{own}");
    assert!(global.contains("--host") && global.contains("--read-only") && global.contains("--json"));
    let help = volx(&["ls", "--help"]);
    let (own, global) = help.split_once("Global options:").expect("a heading of their own");
    assert!(own.contains("--filter") && !own.contains("--host"), "{own}");
    assert!(global.contains("--host") && !global.contains("--filter"), "{global}");
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(volx(&["completions", shell]).contains("volx"), "{shell}");
    }
}

#[test]
fn files_that_the_readme_names_exist() {
    let readme = readme();
    for part in readme.split("](").skip(1) {
        let target = part.split(')').next().unwrap_or_default();
        if !target.starts_with("http") {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + target;
            assert!(std::path::Path::new(&path).exists(), "{target} exists");
        }
    }
}
