//! How the process ends: first softly (finish what runs, take nothing new), then hard.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long what runs may take to finish after a soft shutdown began.
const GRACE: Duration = Duration::from_secs(10);

/// Two tokens, the tasks that live as long as the process, and whether one of them died.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tasks: TaskTracker,
    died: Arc<AtomicBool>,
}

/// A task ended that should have lived as long as the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the server died; see the log")]
pub struct TaskDied;

impl Lifecycle {
    /// Starts a task that lives until the soft shutdown. If it ends or panics before, the whole
    /// process shuts down and [`Lifecycle::finish`] says so.
    pub fn keep(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let lifecycle = self.clone();
        self.tasks.spawn(async move {
            let running = tokio::spawn(task);
            let abort = running.abort_handle();
            tokio::select! {
                ended = running => lifecycle.note_death(name, ended.is_err()),
                () = lifecycle.soft.cancelled() => abort.abort(),
            }
        });
    }

    /// Starts a task that watches the soft token itself and finishes what it does.
    pub fn finish_softly(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let lifecycle = self.clone();
        self.tasks.spawn(async move {
            let running = tokio::spawn(task);
            let abort = running.abort_handle();
            tokio::select! {
                ended = running => {
                    if ended.is_err() || !lifecycle.soft.is_cancelled() {
                        lifecycle.note_death(name, ended.is_err());
                    }
                }
                () = lifecycle.hard.cancelled() => abort.abort(),
            }
        });
    }

    fn note_death(&self, name: &'static str, panicked: bool) {
        if self.soft.is_cancelled() && !panicked {
            return;
        }
        tracing::error!(task = name, panicked, "a task died; shutting down");
        self.died.store(true, Ordering::SeqCst);
        self.soft.cancel();
    }

    /// Ends softly: nothing new is taken.
    pub fn shut_down(&self) {
        self.soft.cancel();
    }

    /// Resolves when the soft shutdown begins.
    pub fn soft(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Resolves when what still runs must stop.
    pub fn hard(&self) -> CancellationToken {
        self.hard.clone()
    }

    /// Begins the soft shutdown at the first interrupt or termination signal, the hard one at the second.
    pub async fn obey_signals(self) {
        match signals().await {
            Ok(mut signals) => {
                signals.next().await;
                tracing::info!("shutting down");
                self.soft.cancel();
                signals.next().await;
                tracing::warn!("shutting down at once");
                self.hard.cancel();
            }
            Err(error) => tracing::error!(%error, "signals cannot be heard"),
        }
    }

    /// Waits for the soft shutdown, then for all tasks, and ends the rest after a grace.
    pub async fn finish(self) -> Result<(), TaskDied> {
        self.soft.cancelled().await;
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => {}
            () = self.hard.cancelled() => {}
            () = tokio::time::sleep(GRACE) => tracing::warn!("some work did not finish in time"),
        }
        self.hard.cancel();
        self.tasks.wait().await;
        if self.died.load(Ordering::SeqCst) {
            Err(TaskDied)
        } else {
            Ok(())
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unused_async, reason = "the other platforms' twin waits")]
async fn signals() -> std::io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    Ok(Signals {
        interrupt: signal(SignalKind::interrupt())?,
        terminate: signal(SignalKind::terminate())?,
    })
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn signals() -> std::io::Result<Signals> {
    Ok(Signals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_dies_ends_the_process_with_an_error() {
        let lifecycle = Lifecycle::default();
        lifecycle.keep("steady", std::future::pending());
        lifecycle.keep("frail", async {});
        assert_eq!(lifecycle.finish().await, Err(TaskDied));
    }

    #[tokio::test]
    async fn an_ordered_end_is_no_error() {
        let lifecycle = Lifecycle::default();
        let soft = lifecycle.soft();
        lifecycle.keep("steady", std::future::pending());
        lifecycle.finish_softly("polite", async move { soft.cancelled().await });
        lifecycle.shut_down();
        assert_eq!(lifecycle.finish().await, Ok(()));
    }
}
