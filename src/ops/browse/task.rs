//! Work that ends when nobody holds it any more.

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::access::walk::Progress;

/// A piece of work; dropping it ends it, and what it started on other threads.
#[derive(Debug)]
pub(super) struct Task {
    handle: JoinHandle<()>,
    progress: Option<Arc<Progress>>,
}

impl Task {
    pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { handle: tokio::spawn(work), progress: None }
    }

    /// Work that threads take part in, who look at the progress.
    pub(super) fn with(progress: Arc<Progress>, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { handle: tokio::spawn(work), progress: Some(progress) }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(progress) = &self.progress {
            progress.cancel();
        }
        self.handle.abort();
    }
}
