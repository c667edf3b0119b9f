//! Opening several volumes at once, by ways that keep everything.

use std::sync::Arc;

use super::content::{Content, Error};
use super::direct::Direct;
use super::direct_content::DirectContent;
use super::helper::{self, HelperContent, Rights};
use super::tree::Tree;
use super::ways;
use crate::domain::access::Way;
use crate::domain::volume::Volume;
use crate::engine::SharedEngine;

/// Plain volumes that one helper has: to start one takes longer than what is done with a small volume.
const IN_ONE: usize = 32;

/// A volume that was opened, or why it was not.
type Opened = Result<Arc<dyn Content>, Error>;

/// Opens volumes, in their order: directly by one proof, the others by helpers that have many of them with
/// these rights. The engine's own archive calls lose too much to be a way here.
pub async fn open_together(engine: &SharedEngine, volumes: &[Volume], rights: Rights) -> Vec<Opened> {
    if engine.demo().is_some() {
        return volumes.iter().map(|_| Err(closed(Way::Demo, "the demo's files are made up"))).collect();
    }
    let directly = directly(engine, volumes).await;
    let (mut plain, mut alone) = (Vec::new(), Vec::new());
    let mut opened: Vec<Option<Opened>> = Vec::new();
    for (at, tried) in directly.into_iter().enumerate() {
        let left = match tried {
            Ok(content) => {
                opened.push(Some(Ok(content)));
                continue;
            }
            Err(why) => Left { at, why },
        };
        opened.push(None);
        match volumes.get(at) {
            Some(volume) if helper::is_shareable(volume, engine) => plain.push(left),
            _ => alone.push(left),
        }
    }
    let mut put = |at: usize, content: Opened| {
        if let Some(slot) = opened.get_mut(at) {
            *slot = Some(content);
        }
    };
    let report = ways::helper(engine.info());
    if report.is_open {
        while !plain.is_empty() {
            let rest = plain.split_off(plain.len().min(IN_ONE));
            for (at, content) in
                by_helpers(engine, volumes, std::mem::replace(&mut plain, rest), rights).await
            {
                put(at, content);
            }
        }
        for left in alone {
            let Some(volume) = volumes.get(left.at) else { continue };
            let opened = HelperContent::open(engine, volume).await;
            let opened = opened.map(|content| Arc::new(content) as Arc<dyn Content>);
            put(left.at, opened.map_err(|error| left.refused(&error)));
        }
    } else {
        for left in plain.into_iter().chain(alone) {
            put(left.at, Err(left.refused(&report.why)));
        }
    }
    let gone = || Err(Error::Engine("it was not opened".to_owned()));
    opened.into_iter().map(|content| content.unwrap_or_else(gone)).collect()
}

/// A volume that is not open yet, by its place among them, and why it is not.
struct Left {
    at: usize,
    why: String,
}

impl Left {
    fn refused(&self, why: &dyn std::fmt::Display) -> Error {
        Error::Engine(format!("{}; {}", self.why, closed(Way::Helper, &why.to_string())))
    }
}

async fn directly(engine: &SharedEngine, volumes: &[Volume]) -> Vec<Result<Arc<dyn Content>, String>> {
    let no = |why: String| closed(Way::Direct, &why).to_string();
    let direct = match Direct::prove(engine.info()).await {
        Ok(direct) => direct,
        Err(error) => return volumes.iter().map(|_| Err(no(error.to_string()))).collect(),
    };
    let theirs = volumes.to_vec();
    let opening = tokio::task::spawn_blocking(move || {
        let open = |volume: &Volume| {
            let folder = direct.folder(volume).map_err(|error| no(error.to_string()))?;
            let tree = Tree::open(&folder).map_err(|error| no(format!("{}: {error}", folder.display())))?;
            Ok(Arc::new(DirectContent::new(tree)) as Arc<dyn Content>)
        };
        theirs.iter().map(open).collect()
    });
    let broken = |error: tokio::task::JoinError| volumes.iter().map(|_| Err(error.to_string())).collect();
    opening.await.unwrap_or_else(broken)
}

/// One that a failure names is left out; where none is named, the group is halved. The same failure twice
/// is the engine's, and no group's.
async fn by_helpers(
    engine: &SharedEngine,
    volumes: &[Volume],
    group: Vec<Left>,
    rights: Rights,
) -> Vec<(usize, Opened)> {
    let (mut opened, mut groups, mut last) = (Vec::new(), vec![group], None);
    while let Some(mut group) = groups.pop() {
        let theirs: Vec<Volume> = group.iter().filter_map(|left| volumes.get(left.at).cloned()).collect();
        let failure = match HelperContent::open_together(engine, &theirs, rights).await {
            Ok(contents) => {
                let contents = contents.into_iter().map(|content| Arc::new(content) as Arc<dyn Content>);
                opened.extend(group.iter().map(|left| left.at).zip(contents.map(Ok)));
                continue;
            }
            Err(failure) => failure,
        };
        let words = failure.to_string();
        if let Some(culprit) = failure.culprit(&theirs) {
            let left = group.remove(culprit);
            opened.push((left.at, Err(left.refused(&words))));
            groups.extend((!group.is_empty()).then_some(group));
        } else if group.len() > 1 && last.as_ref() != Some(&words) {
            let rest = group.split_off(group.len() / 2);
            groups.extend([rest, group]);
        } else {
            opened.extend(group.iter().map(|left| (left.at, Err(left.refused(&words)))));
        }
        last = Some(words);
    }
    opened
}

fn closed(way: Way, why: &str) -> Error {
    Error::NotThisWay { way, what: "open this volume", why: why.to_owned() }
}
