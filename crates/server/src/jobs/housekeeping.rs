//! Sweeping out what has expired, deleted organizations after their seven days included.

use std::time::Duration;

use tessera_app::orgs;

use crate::site::Site;

/// How often.
const EVERY: Duration = Duration::from_mins(10);
/// How long refused attempts are remembered; longer than any limit looks back.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(48);

/// How long alerts are shown that ended.
const ALERTS_KEPT: Duration = Duration::from_hours(90 * 24);

/// Sweeps, forever.
pub(super) async fn repeat(site: Site) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        match sweep(&site).await {
            Ok(swept) => tracing::debug!(?swept, "swept"),
            Err(error) => tracing::warn!(%error, "sweeping failed"),
        }
        match orgs::purge_due(&site.app).await {
            Ok(0) => {}
            Ok(purged) => tracing::info!(purged, "deleted organizations are gone for good"),
            Err(error) => tracing::warn!(
                internal = error.internal.as_deref(),
                "deleted organizations were not looked for"
            ),
        }
    }
}

async fn sweep(site: &Site) -> tessera_store::Result<tessera_store::Swept> {
    let now = site.app.clock.now();
    let mut tx = site.app.store.begin().await?;
    let swept = tx.sweep(now, now.minus(ATTEMPTS_KEPT)).await?;
    tx.forget_alerts(now.minus(ALERTS_KEPT)).await?;
    tx.commit().await?;
    Ok(swept)
}
