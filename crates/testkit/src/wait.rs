//! Waiting on what can be observed. Tests never sleep for a guessed time: they name a condition, and a
//! deadline after which it is a failure.

use std::fmt::Display;
use std::time::{Duration, Instant};

use anyhow::bail;

/// How long a test waits for something that should happen at once. Generous: a busy machine is no bug.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until the answer is `Some`, or fails once [`PATIENCE`] is used up.
pub async fn until<T, F>(what: impl Display, mut ask: F) -> anyhow::Result<T>
where
    F: AsyncFnMut() -> anyhow::Result<Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        let late = Instant::now() > deadline;
        match ask().await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) if late => bail!("waited {PATIENCE:?} for {what}"),
            Err(error) if late => bail!("waited {PATIENCE:?} for {what}; the last try failed: {error:#}"),
            Ok(None) | Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until a condition holds.
pub async fn until_true<F>(what: impl Display, mut holds: F) -> anyhow::Result<()>
where
    F: AsyncFnMut() -> anyhow::Result<bool>,
{
    until(what, async || Ok(holds().await?.then_some(()))).await
}
