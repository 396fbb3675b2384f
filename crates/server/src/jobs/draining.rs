//! Retiring keys whose time to drain is over.

use std::time::Duration;

use tessera_app::credentials;

use crate::site::Site;

/// How often.
const EVERY: Duration = Duration::from_secs(20);

/// Looks, forever.
pub(super) async fn repeat(site: Site) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        match credentials::retire_due(&site.app).await {
            Ok(0) => {}
            Ok(retired) => tracing::info!(retired, "keys were retired"),
            Err(error) => tracing::warn!(
                internal = error.internal.as_deref(),
                "drained keys were not looked for"
            ),
        }
    }
}
