//! Noticing what people are to be told of.

use std::time::Duration;

use tessera_app::alerts;

use crate::disk;
use crate::site::Site;

/// How often. A condition is told of within a minute, with room for a slow look.
const EVERY: Duration = Duration::from_secs(20);

/// Looks, forever. Every replica does; each alert is opened and told once.
pub(super) async fn repeat(site: Site) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let room = disk::of(&site.config.data);
        match site
            .run(|app| async move { alerts::look(&app, room).await })
            .await
        {
            Ok(looked) if looked == alerts::Looked::default() => {}
            Ok(looked) => {
                let (opened, closed, queued) = (looked.opened, looked.closed, looked.queued);
                tracing::info!(opened, closed, queued, "alerts were noticed");
            }
            Err(error) => tracing::warn!(
                internal = error.internal.as_deref(),
                "nobody looked whether somebody is to be alerted"
            ),
        }
    }
}
