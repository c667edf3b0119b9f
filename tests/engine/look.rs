//! How `volx ls` is told what to show.

use crate::rig::Rig;

/// The test's own volumes among the lines, by their short names.
fn own(rig: &Rig, text: &str) -> Vec<String> {
    let mut names: Vec<String> =
        text.lines().filter(|l| l.starts_with(rig.prefix())).map(|l| rig.short(l).to_owned()).collect();
    names.sort();
    names
}

async fn ours(rig: &Rig, filters: &[&str]) -> Vec<String> {
    let mut arguments = vec!["ls", "--quiet"];
    arguments.extend(filters.iter().flat_map(|filter| ["--filter", *filter]));
    let ran = rig.run(&arguments).await;
    assert_eq!(ran.code, 0, "volx ls {filters:?} succeeds: {}", ran.err);
    own(rig, &ran.out)
}

async fn theirs(rig: &Rig, filters: &[&str]) -> Vec<String> {
    let mut arguments = vec!["volume", "ls", "--quiet"];
    arguments.extend(filters.iter().flat_map(|filter| ["--filter", *filter]));
    own(rig, &rig.docker(&arguments).await)
}

pub(crate) async fn filters_choose_what_the_docker_cli_chooses(rig: Rig) {
    rig.volume("apple", &["--label", "env=prod", "--label", "tier"]).await;
    rig.volume("bread", &["--label", "env=dev"]).await;
    let used = rig.volume("cheese", &["--label", "tier=gold"]).await;
    rig.container("create", "c", &["--volume", &format!("{used}:/data")], &["agent", "hold"]).await;
    let exact = format!("name={}", rig.name("apple"));
    let regexp = format!("name=^{}.[ab]", rig.prefix());
    let (apple, cheese) = (exact.as_str(), format!("name={used}"));
    let all: [(&[&str], &[&str]); 11] = [
        (&[], &["apple", "bread", "cheese"]),
        (&[apple], &["apple"]),
        (&[&regexp], &["apple", "bread"]),
        (&[apple, &cheese], &["apple", "cheese"]),
        (&["label=env"], &["apple", "bread"]),
        (&["label=env=prod"], &["apple"]),
        (&["label=nobody"], &[]),
        (&["driver=local"], &["apple", "bread", "cheese"]),
        (&["driver=nobody"], &[]),
        (&["dangling=true"], &["apple", "bread"]),
        (&["dangling=false"], &["cheese"]),
    ];
    for (filters, expected) in all {
        assert_eq!(ours(&rig, filters).await, expected, "volx ls {filters:?} chooses these");
        assert_eq!(theirs(&rig, filters).await, expected, "docker volume ls {filters:?} chooses the same");
    }
    let joined: [(&[&str], &[&str]); 4] = [
        (&["label=env", "label=tier"], &["apple"]),
        (&["label=tier", "dangling=true"], &["apple"]),
        (&[&regexp, "label=env=dev"], &["bread"]),
        (&[apple, "dangling=0"], &[]),
    ];
    for (filters, expected) in joined {
        assert_eq!(ours(&rig, filters).await, expected, "volx ls {filters:?}: all keys must hold");
        // Podman joins its filters with OR.
        if !rig.ground.is_podman {
            assert_eq!(theirs(&rig, filters).await, expected, "docker volume ls {filters:?} means the same");
        }
    }
    // The engines' lists do not have these.
    let own_words: [(&[&str], &[&str]); 4] = [
        (&["label!=tier"], &["bread"]),
        (&["label!=tier=gold"], &["apple", "bread"]),
        (&["status=attached"], &["cheese"]),
        (&["anonymous=false", "label!=env"], &["cheese"]),
    ];
    for (filters, expected) in own_words {
        assert_eq!(ours(&rig, filters).await, expected, "volx ls {filters:?} chooses these");
    }
}

pub(crate) async fn columns_order_and_quiet_shape_the_list(rig: Rig) {
    for (name, bytes) in [("large", 300_000), ("small", 10), ("middle", 50_000)] {
        let volume = rig.volume(name, &[]).await;
        rig.fill(&volume, "file", bytes).await;
    }
    // Nothing can mount it: there is no such server, nor such a folder.
    let nowhere = ["--opt", "type=nfs", "--opt", "o=addr=127.0.0.1,port=1,soft", "--opt", "device=:/nowhere"];
    rig.volume("option", &nowhere).await;
    let only = format!("name=^{}", rig.prefix());
    let order = |text: &str| -> Vec<String> { text.lines().map(|l| rig.short(l).to_owned()).collect() };
    let ran = rig.run(&["ls", "--quiet", "--measure", "--sort", "-size", "--filter", &only]).await;
    assert_eq!(
        order(&ran.out),
        ["large", "middle", "small", "option"],
        "the largest first, the unknown last"
    );
    let ran = rig.run(&["ls", "--quiet", "--sort", "+size", "--filter", &only]).await;
    assert_eq!(
        order(&ran.out),
        ["small", "middle", "large", "option"],
        "the smallest first, the unknown last"
    );
    let ran = rig.run(&["ls", "--quiet", "--filter", &only]).await;
    assert_eq!(order(&ran.out), ["large", "middle", "option", "small"], "else by name");
    let ran = rig.run(&["ls", "--columns", "driver,status,name,size", "--filter", &only]).await;
    let table: Vec<Vec<&str>> = ran.out.lines().map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(table[0], ["DRIVER", "STATUS", "NAME", "SIZE"], "the columns asked for, in that order");
    let large = rig.name("large");
    assert_eq!(table[1][..3], ["local", "dangling", large.as_str()], "and their cells");
    assert_eq!(table[3][3], "?", "an unknown size is no zero: {}", ran.out);
    assert_eq!(table.len(), 5, "a heading and four volumes");
}

pub(crate) async fn wrong_words_are_wrong_usage(rig: Rig) {
    let wrong: [(&[&str], &str); 7] = [
        (&["ls", "--filter", "colour=red"], "colour"),
        (&["ls", "--filter", "dangling"], "KEY=VALUE"),
        (&["ls", "--filter", "dangling=maybe"], "true or false"),
        (&["ls", "--columns", "name,naem"], "did you mean 'name'"),
        (&["ls", "--sort", "-weight"], "weight"),
        (&["ls", "--no-such-flag"], "no-such-flag"),
        (&["inspect"], "NAME"),
    ];
    for (arguments, word) in wrong {
        let ran = rig.run(arguments).await;
        assert_eq!(ran.code, 2, "volx {arguments:?} is wrong usage: {}", ran.err);
        assert!(ran.err.contains(word), "volx {arguments:?} says what is wrong: {}", ran.err);
        assert!(ran.out.is_empty(), "volx {arguments:?} prints nothing else: {}", ran.out);
    }
}
