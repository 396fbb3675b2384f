//! Waiting as an argument: the agent never sleeps on its own, so that no test has to.

use std::{fmt::Debug, future::Future, pin::Pin, time::Duration};

/// A wait that can be handed around.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Lets time pass.
pub trait Timer: Debug + Send + Sync {
    /// Completes when that much time has passed.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// The runtime's own timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The wait was over before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elapsed;

/// Runs the work, but no longer than `limit`.
pub(crate) async fn within<T>(
    timer: &dyn Timer,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Elapsed> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = timer.sleep(limit) => Err(Elapsed),
    }
}
