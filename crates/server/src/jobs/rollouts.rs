//! Looking after rollouts in stages: the next stage when its time has come, a halt when too many fail.

use std::time::Duration;

use tessera_app::rollouts;

use crate::site::Site;

/// How often. Failures are looked at as they come, too.
const EVERY: Duration = Duration::from_secs(2);

/// Looks after them, forever. Every replica does.
pub(super) async fn repeat(site: Site) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match site.run(|app| async move { rollouts::tick(&app).await }).await {
            Ok(0) => {}
            Ok(steps) => tracing::info!(steps, "rollouts went on"),
            Err(error) => tracing::warn!(
                internal = error.internal.as_deref(),
                "rollouts were not looked after"
            ),
        }
    }
}
