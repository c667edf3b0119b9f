//! What the screen asks to be kept, and what it is told: jobs from their beginning to their end.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use volx::domain::job::{Job, JobKind, JobState};
use volx::domain::keep::{KeepAsk, KeepNews, Kept, Making, Secrets, Writers};
use volx::domain::live::Observation;
use volx::history::History;
use volx::ops::observe::{Automatic, Request, Watch};
use volx::ops::right::Terms;

use crate::rig::Rig;
use crate::watcher::Watcher;

fn told(observation: &Observation) -> Option<&KeepNews> {
    if let Observation::Kept(news) = observation { Some(news) } else { None }
}

fn over(observation: &Observation, kind: JobKind) -> Option<Job> {
    match told(observation)? {
        KeepNews::Job(job) if job.kind == kind && !job.is_open() => Some(job.clone()),
        _ => None,
    }
}

fn folder(rig: &Rig) -> PathBuf {
    rig.home().join("backups")
}

fn watcher(rig: &Rig) -> Watcher {
    let history = Some(Arc::new(History::open(&rig.history()).expect("a history")));
    let terms = Terms {
        patterns: Vec::new(),
        audit: Some(rig.home().join("state/volx/audit.jsonl")),
        ..Terms::default()
    };
    let (target, backups) = (rig.target(), Some(folder(rig)));
    Watcher::of(Watch { target, history, automatic: Automatic::default(), terms, backups })
}

async fn job(watcher: &mut Watcher, ask: KeepAsk, kind: JobKind) -> Job {
    watcher.mark();
    watcher.ask(Request::Keep(ask)).await;
    watcher.see("the end of the job", |o| over(o, kind)).await
}

async fn backups(watcher: &mut Watcher) -> Arc<Vec<Kept>> {
    watcher.mark();
    watcher.ask(Request::Keep(KeepAsk::List)).await;
    let listed = |o: &Observation| match told(o)? {
        KeepNews::Backups(Ok((_, kept))) => Some(Arc::clone(kept)),
        _ => None,
    };
    watcher.see("the backups", listed).await
}

pub(crate) async fn the_screen_backs_up_proves_restores_and_copies(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "file", 3_000_000).await;
    let mut watcher = watcher(&rig);
    let offered = |o: &Observation| match told(o)? {
        KeepNews::Offered(kinds) => Some(kinds.clone()),
        _ => None,
    };
    let offered = watcher.see("what is offered", offered).await;
    assert!(offered.is_superset(&BTreeSet::from([JobKind::Backup, JobKind::Verify, JobKind::Restore])));
    assert!(backups(&mut watcher).await.is_empty(), "a folder that is not there has none");

    let ask =
        KeepAsk::BackUp { names: vec![volume.clone()], writers: Writers::Live, making: Making::default() };
    let done = job(&mut watcher, ask, JobKind::Backup).await;
    assert!(matches!(&done.state, JobState::Done(words) if words.contains("read back")), "{done:?}");
    let kept = backups(&mut watcher).await;
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((kept.volume.as_str(), kept.trouble.as_deref()), (volume.as_str(), None));
    assert!(kept.proven.as_ref().is_some_and(|(_, how)| how == "read back"), "{kept:?}");

    let ask = KeepAsk::Verify { paths: vec![kept.path.clone()], restoring: true };
    let done = job(&mut watcher, ask, JobKind::Verify).await;
    assert!(matches!(&done.state, JobState::Done(_)), "{done:?}");

    let name = rig.name("back");
    let ask = KeepAsk::Restore { path: kept.path.clone(), name: name.clone(), secrets: Secrets::default() };
    let done = job(&mut watcher, ask.clone(), JobKind::Restore).await;
    assert!(matches!(&done.state, JobState::Done(_)), "{done:?}");
    let was = rig.run(&["cat", &format!("{volume}:/file")]).await;
    let is = rig.run(&["cat", &format!("{name}:/file")]).await;
    assert!(was.code == 0 && was.out == is.out && was.out.len() == 3_000_000, "{}", is.err);

    // The name is taken by now: nothing is overwritten.
    let again = job(&mut watcher, ask, JobKind::Restore).await;
    assert!(matches!(&again.state, JobState::Failed(_)), "{again:?}");

    let (copy, new) = (rig.name("copy"), rig.name("new"));
    let ask = KeepAsk::Clone { from: name.clone(), to: copy.clone() };
    let done = job(&mut watcher, ask, JobKind::Clone).await;
    assert!(matches!(&done.state, JobState::Done(_)), "{done:?}");
    let done =
        job(&mut watcher, KeepAsk::Rename { from: copy.clone(), to: new.clone() }, JobKind::Rename).await;
    assert!(matches!(&done.state, JobState::Done(_)), "{done:?}");
    let there = rig.listed(&[]).await;
    assert!(there.contains_key(&new) && !there.contains_key(&copy), "{:?}", there.keys());
}

pub(crate) async fn whoever_leaves_meanwhile_leaves_nothing_half_done(rig: Rig) {
    let volume = rig.volume("v", &[]).await;
    rig.fill(&volume, "large", 400_000_000).await;
    let holder = rig.holder("h", &[&format!("{volume}:/data")]).await;
    let mut watcher = watcher(&rig);
    watcher.see("the first listing", |o| matches!(o, Observation::Listed { .. }).then_some(())).await;
    let ask =
        KeepAsk::BackUp { names: vec![volume.clone()], writers: Writers::Paused, making: Making::default() };
    watcher.ask(Request::Keep(ask)).await;
    let is_packing = |o: &Observation| match told(o)? {
        KeepNews::Job(job) => (job.progress.step == "packing").then_some(()),
        _ => None,
    };
    watcher.see("the packing", is_packing).await;
    watcher.end(Duration::from_secs(20)).await;
    let state = rig.docker(&["inspect", "-f", "{{.State.Status}}", &holder]).await;
    assert_eq!(state.trim(), "running", "it goes on");
    assert_eq!(files(&folder(&rig)), Vec::<String>::new(), "no file is left");
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
