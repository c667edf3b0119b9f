//! The files screen's worker on a real engine: opened, listed, weighed, read, copied.

use volx::domain::access::Way;
use volx::domain::files_news::{FilesAsk, FilesNews, Seen};
use volx::domain::live::Observation;
use volx::domain::place::Place;
use volx::ops::observe::Request;

use crate::files::mountpoint;
use crate::rig::{Rig, until};
use crate::watcher::{Watcher, listed};

/// Asks, and waits for the first news that `pick` takes.
async fn told<T>(watcher: &mut Watcher, ask: FilesAsk, mut pick: impl FnMut(&FilesNews) -> Option<T>) -> T {
    let what = format!("an answer to {ask:?}");
    watcher.mark();
    watcher.ask(Request::Files(1, ask)).await;
    let news = |o: &Observation| if let Observation::Files(1, news) = o { pick(news) } else { None };
    watcher.see(&what, news).await
}

pub(crate) async fn a_volume_is_walked_like_a_folder(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    let inside = mountpoint(&rig, &volume).await;
    std::fs::create_dir_all(inside.join("logs/old")).expect("folders");
    std::fs::write(inside.join("logs/old/a"), vec![b'x'; 300_000]).expect("a file");
    std::fs::write(inside.join("notes"), b"caf\xe9\n").expect("a file");
    std::os::unix::fs::symlink("/etc/passwd", inside.join("out")).expect("a link");
    let mut watcher = Watcher::begun(rig.target(), None).await;
    let found = |o: &Observation| {
        let inventory = listed(o)?;
        inventory.volumes.get(inventory.position(&volume)?).cloned()
    };
    let listed = watcher.see("the volume", found).await;

    let way = told(&mut watcher, FilesAsk::Open(Box::new(listed)), |news| match news {
        FilesNews::Opened(outcome) => Some(outcome.clone()),
        _ => None,
    });
    let way = way.await;
    assert!(matches!(way, Ok(Way::Direct | Way::Helper)), "{way:?}");
    let listing = told(&mut watcher, FilesAsk::List(Place::root()), |news| match news {
        FilesNews::Listed { outcome, .. } => Some(outcome.clone().expect("a listing")),
        _ => None,
    });
    let names: Vec<Vec<u8>> = listing.await.entries.iter().map(|entry| entry.name.clone()).collect();
    assert_eq!(names, [b"logs".to_vec(), b"notes".to_vec(), b"out".to_vec()], "in the order of their names");
    let weight = told(&mut watcher, FilesAsk::Weigh(Place::root()), |news| match news {
        FilesNews::Weighed { weights, .. } => weights.first().cloned(),
        _ => None,
    });
    let (name, weight) = weight.await;
    assert_eq!((name.as_slice(), weight.apparent, weight.files), (&b"logs"[..], 300_000, 1));

    let notes = Place::parse(b"notes").expect("a path");
    let seen = told(&mut watcher, FilesAsk::Preview { place: notes.clone(), from: 1 }, previewed);
    assert_eq!(seen.await, Ok(Seen::Bytes { from: 1, bytes: b"af\xe9\n"[..].into() }));
    let out = Place::parse(b"out").expect("a path");
    let seen = told(&mut watcher, FilesAsk::Preview { place: out.clone(), from: 0 }, previewed).await;
    assert!(matches!(seen, Ok(Seen::Described(_))), "a link is not followed: {seen:?}");

    let target = rig.home().join("notes");
    let get = FilesAsk::Get { place: notes.clone(), to: target.clone(), replace: false };
    let copied = told(&mut watcher, get.clone(), copied_or_not).await.expect("copied");
    assert_eq!((copied.entries, std::fs::read(&target).expect("a file")), (1, b"caf\xe9\n".to_vec()));
    let again = told(&mut watcher, get, copied_or_not).await;
    assert!(again.expect_err("it is there").cause.contains("there already"));
    std::fs::write(rig.home().join("new"), b"new").expect("a file");
    let put = FilesAsk::Put {
        from: rig.home().join("new"),
        place: Place::parse(b"logs").expect("a path"),
        replace: false,
    };
    told(&mut watcher, put, copied_or_not).await.expect("copied");
    assert_eq!(std::fs::read(inside.join("logs/new")).expect("a file"), b"new");
}

pub(crate) async fn what_cannot_be_mounted_or_put_is_told_in_plain_words(rig: Rig) {
    let options = ["--opt", "type=nfs", "--opt", "o=addr=127.0.0.1,nolock", "--opt", "device=:/nope"];
    let volume = rig.volume("nfs", &options).await;
    let ran = rig.run(&["files", &volume]).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    let first = ran.err.lines().next().unwrap_or_default();
    assert!(first.contains("this volume cannot be mounted: "), "{}", ran.err);
    let words = if rig.ground.is_podman { "mounting volume" } else { "error while mounting volume" };
    assert!(ran.err.contains(&format!("the engine: {words}")), "{}", ran.err);
    let mut watcher = Watcher::begun(rig.target(), None).await;
    let found = |o: &Observation| {
        let inventory = listed(o)?;
        inventory.volumes.get(inventory.position(&volume)?).cloned()
    };
    let there = watcher.see("the volume", found).await;
    let opened = told(&mut watcher, FilesAsk::Open(Box::new(there)), |news| match news {
        FilesNews::Opened(outcome) => Some(outcome.clone()),
        _ => None,
    });
    let listing = |news: &FilesNews| match news {
        FilesNews::Listed { outcome, .. } => Some(outcome.clone()),
        _ => None,
    };
    // A way may be open before anything is mounted: then the listing says it.
    let trouble = match opened.await {
        Err(trouble) => trouble,
        Ok(_) => told(&mut watcher, FilesAsk::List(Place::root()), listing).await.expect_err("not mounted"),
    };
    assert_eq!(trouble.summary, "this volume cannot be mounted", "{trouble}");
    for words in [&ran.err, &trouble.to_string()] {
        assert!(!words.contains("/containers/") && !words.contains("%2F"), "engine internals: {words}");
    }

    watcher.ask(Request::Files(1, FilesAsk::Close)).await;
    let filter = format!("volume={volume}");
    until("what looked into it is removed", || async {
        rig.docker(&["ps", "--all", "--quiet", "--filter", &filter]).await.is_empty().then_some(())
    })
    .await;

    let volume = rig.volume("v", &[]).await;
    std::fs::write(rig.home().join("new"), b"new").expect("a file");
    let new = rig.home().join("new").display().to_string();
    let ran = rig.run(&["put", &new, &format!("{volume}:/no/new"), "--yes"]).await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("it was not copied: /no is not there"), "{}", ran.err);
}

fn previewed(news: &FilesNews) -> Option<Result<Seen, volx::domain::trouble::Trouble>> {
    if let FilesNews::Previewed { outcome, .. } = news { Some(outcome.clone()) } else { None }
}

fn copied_or_not(
    news: &FilesNews,
) -> Option<Result<volx::domain::files_news::CopyReport, volx::domain::trouble::Trouble>> {
    match news {
        FilesNews::CopyEnded(outcome) => Some(outcome.clone()),
        FilesNews::CopyRefused { trouble, .. } => Some(Err(trouble.clone())),
        _ => None,
    }
}
