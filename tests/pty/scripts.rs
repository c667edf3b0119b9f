//! What volx says to scripts that ask for something that is not there, or of the demo.

use std::process::Output;

use super::seat::Home;

fn run(home: &Home, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = home.command(args, &[]).output().expect("volx");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("an end"), text(stdout), text(stderr))
}

#[test]
fn what_is_wrong_with_a_backup_stands_beside_the_table() {
    let home = Home::new();
    let folder = home.path("kept");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("db-20261121T120000Z.tar.zst"), b"half of it").expect("written");
    let (code, out, err) = run(&home, &["backups", "kept"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("PROVEN") && out.contains("unusable"), "{out}");
    assert!(!out.contains("it is not whole"), "{out}");
    assert!(err.contains("kept/db-20261121T120000Z.tar.zst cannot be used: it is not whole"), "{err}");
}

#[test]
fn the_demo_lists_its_own_backups_and_keeps_nothing_between_runs() {
    let home = Home::new();
    let mine = home.path("home/volx-backups");
    std::fs::create_dir_all(&mine).expect("a folder");
    std::fs::write(mine.join("mine-20261121T120000Z.tar.zst"), b"half of it").expect("written");
    let (code, out, err) = run(&home, &["--demo", "backups"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("/srv/backups/") && !out.contains("mine-"), "{out}");
    let (code, out, err) = run(&home, &["--demo", "trash"]);
    assert!(code == 0 && out.contains("the trash is empty") && err.contains("keeps nothing"), "{out}{err}");
    let (code, out, _) = run(&home, &["--demo", "trash", "--json"]);
    assert_eq!((code, out.trim()), (0, "[]"));
    for args in [&["--demo", "undo"][..], &["--demo", "trash", "restore", "1"]] {
        let (code, _, err) = run(&home, args);
        assert!(code == 5 && err.contains("the demo keeps nothing from one run to the next"), "{code} {err}");
    }
}

#[test]
fn a_file_that_is_no_backup_is_not_called_a_volume() {
    let home = Home::new();
    for name in ["other.tar.gz", "other.tar.zst"] {
        std::fs::write(home.path(name), b"something else").expect("written");
        let (code, _, err) = run(&home, &["--demo", "files", name]);
        assert!(
            code == 1 && err.contains(&format!("{name} is a file, and no backup that volx made")),
            "{err}"
        );
        assert!(err.contains("'volx restore FILE --as NAME'") && !err.contains("no such volume"), "{err}");
        // That takes no engine.
        let (code, _, err) = run(&home, &["files", name]);
        assert!(code == 1 && err.contains("no backup that volx made"), "{code} {err}");
    }
    let (code, _, err) = run(&home, &["--demo", "files", "gone.tgz:/etc"]);
    assert!(code == 1 && err.contains("there is no file gone.tgz, and no volume of that name"), "{err}");
    let (code, _, err) = run(&home, &["--demo", "files", "nextcloud_dat"]);
    assert!(
        code == 1 && err.contains("no such volume: nextcloud_dat; did you mean 'nextcloud_data'?"),
        "{err}"
    );
}

#[test]
fn a_name_that_no_volume_can_have_is_wrong_usage_for_every_verb() {
    let home = Home::new();
    for args in [&["clone", "scratch", "a b"][..], &["rename", "scratch", "a b", "--yes"], &["create", "a b"]]
    {
        let (code, _, err) = run(&home, &[&["--demo"], args].concat());
        assert_eq!(code, 2, "{args:?}: {err}");
    }
}

#[test]
fn backups_are_deleted_when_that_is_agreed_to_and_nothing_else_is() {
    let home = Home::new();
    let write = |name: &str| std::fs::write(home.path(name), b"half of it").expect("written");
    let is_there = |name: &str| home.path(name).exists();
    let backup = "db-20261121T120000Z.tar.zst";
    let beside = ["json", "sha256"].map(|ending| format!("{backup}.{ending}"));
    for name in [backup, &beside[0], &beside[1], "notes.txt", "other.tar.zst"] {
        write(name);
    }
    for (args, code, word) in [
        (&["backups", "rm", backup][..], 5, "--yes"),
        (&["backups", "rm", backup, "other.tar.zst", "--yes"], 5, "it is no backup that volx made"),
        (&["backups", "rm", backup, "notes.txt", "--yes"], 5, "it is no backup that volx made"),
        (&["backups", "rm", backup, "gone.tar.zst", "--yes"], 1, "No such file"),
        (&["--read-only", "backups", "rm", backup, "--yes"], 5, "read-only"),
        (&["--demo", "backups", "rm", backup, "--yes"], 5, "the demo"),
    ] {
        let (was, _, err) = run(&home, args);
        assert!(was == code && err.contains(word) && is_there(backup), "{args:?}: {was} {err}");
    }
    let (code, out, err) = run(&home, &["backups", "rm", backup, backup, "--yes"]);
    assert!(code == 0 && out.contains("1 backup deleted for good, 10 B freed"), "{code} {out}{err}");
    assert!(out.contains("unusable") && out.contains(backup), "what goes is shown: {out}");
    assert!(!is_there(backup) && !beside.iter().any(|name| is_there(name)), "what stood beside it, too");
    assert!(is_there("notes.txt") && is_there("other.tar.zst"));
    write(backup);
    let (code, out, _) = run(&home, &["backups", "rm", backup, "--yes", "--json"]);
    assert!(code == 0 && out.contains("\"deleted\": true") && !is_there(backup), "{out}");
}
