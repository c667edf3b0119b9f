//! Several volumes on their way into the trash: noted, copied and read back, brought onto the disk together.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::bin::{Bin, Taken};
use super::copy::{self, Copy};
use super::on_thread;
use crate::access::content::Content;
use crate::access::helper::Rights;
use crate::access::together::open_together;
use crate::access::walk::Progress;
use crate::domain::keep::Discarded;
use crate::domain::removal::Skip;
use crate::domain::trouble::Trouble;
use crate::domain::volume::Volume;
use crate::ops::right::Right;

/// So many are copied at once.
const AT_ONCE: usize = 4;

/// A volume on its way into the trash.
struct Going {
    row: Discarded,
    content: Option<Arc<dyn Content>>,
    /// Nothing where there is only what it is to be noted.
    copy: Option<Copy>,
}

impl Bin {
    pub(super) async fn note(
        &self,
        volumes: Vec<(Volume, Option<PathBuf>)>,
        at: Timestamp,
    ) -> Result<Vec<Discarded>, Trouble> {
        let (history, action, verb) = (Arc::clone(&self.history), self.action, self.verb.to_owned());
        on_thread(move || {
            let all = volumes.iter().map(|(volume, path)| (volume, path.as_deref()));
            let ids = history.discard(action, all, at).map_err(|error| error.trouble())?;
            let row = |(id, (volume, path))| Discarded {
                id,
                action,
                verb: verb.clone(),
                at,
                volume,
                path,
                bytes: 0,
                root: None,
            };
            Ok(ids.into_iter().zip(volumes).map(row).collect())
        })
        .await
    }

    /// Copies what was noted. What could not be copied is noted no more.
    pub(super) async fn fill(
        &mut self,
        right: &Right,
        rows: Vec<Discarded>,
        began: Timestamp,
        stop: &CancellationToken,
    ) -> Vec<Result<Taken, Skip>> {
        let skip = |why: String| if stop.is_cancelled() { Skip::Stopped } else { Skip::NoUndo(why) };
        let copied = self.copy(right, rows.clone(), began, stop).await;
        let (mut going, mut failed) = (Vec::new(), Vec::new());
        for (row, copied) in rows.iter().zip(copied) {
            match copied.and_then(|one| self.fits(one, &going)) {
                Ok(one) => going.push(one),
                Err(why) => failed.push((row.clone(), why)),
            }
        }
        let mut whole = match self.settle_copies(going).await {
            Ok(whole) => whole,
            Err(trouble) => {
                let why = trouble.to_string();
                let is_failed = |row: &&Discarded| failed.iter().any(|(known, _)| known.id == row.id);
                let rest: Vec<_> = rows.iter().filter(|row| !is_failed(row)).cloned().collect();
                failed.extend(rest.into_iter().map(|row| (row, why.clone())));
                Vec::new()
            }
        };
        self.drop(failed.iter().map(|(row, _)| row.clone()).collect()).await;
        let outcome = |row: Discarded| {
            let of_it = |(known, _): &(Discarded, String)| known.id == row.id;
            match whole.iter().position(|(known, _)| known.id == row.id) {
                Some(at) => {
                    let (discarded, content) = whole.swap_remove(at);
                    Ok(Taken { discarded, content, began, was_held: false })
                }
                None => Err(skip(
                    failed.iter().find(|one| of_it(one)).map_or_else(String::new, |(_, why)| why.clone()),
                )),
            }
        };
        rows.into_iter().map(outcome).collect()
    }

    async fn copy(
        &self,
        right: &Right,
        rows: Vec<Discarded>,
        began: Timestamp,
        stop: &CancellationToken,
    ) -> Vec<Result<Going, String>> {
        let files = rows.iter().filter(|row| row.path.is_some()).map(|row| row.volume.clone());
        let files: Vec<Volume> = files.collect();
        let mut contents = open_together(right.engine(), &files, Rights::ReadAll).await.into_iter();
        let (progress, engine) = (Arc::new(Progress::default()), right.engine().info().name.clone());
        let one = |row: Discarded| {
            let content = row.path.is_some().then(|| contents.next()).flatten();
            let (engine, progress) = (&engine, &progress);
            async move {
                let folder = row.path.as_ref().and_then(|path| path.parent());
                let (Some(content), Some(folder)) = (content, folder) else {
                    return Ok(Going { row, content: None, copy: None });
                };
                let content = content.map_err(|error| error.to_string())?;
                let copy =
                    copy::write(content.as_ref(), &row.volume, engine, began, folder, progress).await?;
                Ok(Going { row, content: Some(content), copy: Some(copy) })
            }
        };
        let work: Vec<_> = rows.into_iter().map(one).collect();
        let copying = stream::iter(work).buffered(AT_ONCE).collect::<Vec<_>>();
        tokio::pin!(copying);
        tokio::select! {
            copied = &mut copying => copied,
            () = stop.cancelled() => {
                progress.cancel();
                copying.await
            }
        }
    }

    /// That the trash may hold it beside these.
    fn fits(&self, one: Going, beside: &[Going]) -> Result<Going, String> {
        let bytes = |one: &Going| match &one.copy {
            Some(Copy::File(file)) => file.bytes,
            Some(Copy::Root(_)) | None => 0,
        };
        let held = beside.iter().chain([&one]).map(bytes).fold(self.room.held, u64::saturating_add);
        match self.room.limit.filter(|limit| held > *limit) {
            Some(limit) => Err(format!("the trash may hold {limit} bytes, and there would be more")),
            None => Ok(one),
        }
    }

    /// Brings copies onto the disk, and notes that they are whole.
    async fn settle_copies(
        &mut self,
        going: Vec<Going>,
    ) -> Result<Vec<(Discarded, Option<Arc<dyn Content>>)>, Trouble> {
        let history = Arc::clone(&self.history);
        let settled = on_thread(move || {
            let (mut rows, mut contents, mut files) = (Vec::new(), Vec::new(), Vec::new());
            for Going { mut row, content, copy } in going {
                match copy {
                    Some(Copy::File(file)) => {
                        row.bytes = file.bytes;
                        files.push(*file);
                    }
                    Some(Copy::Root(root)) => (row.path, row.root) = (None, Some(root)),
                    None => {}
                }
                rows.push(row);
                contents.push(content);
            }
            let unwritten = |error: std::io::Error| Trouble::new("it is not in the trash", error.to_string());
            copy::name(files).map_err(unwritten)?;
            history.discards_are_whole(&rows).map_err(|error| error.trouble())?;
            Ok(rows.into_iter().zip(contents).collect::<Vec<_>>())
        });
        let settled = settled.await?;
        let bytes = settled.iter().map(|(row, _)| row.bytes).fold(0, u64::saturating_add);
        self.room.held = self.room.held.saturating_add(bytes);
        self.room.free = self.room.free.map(|free| free.saturating_sub(bytes));
        Ok(settled)
    }
}
