//! News that this process did not make: from other replicas, and what was missed of its own.

use std::time::Duration;

use tessera_app::Topic;
use tessera_ids::OrgId;
use tessera_store::{Heard, Listener};

use crate::site::Site;

/// How often what was missed is looked for.
const REPAIR: Duration = Duration::from_secs(2);
/// How long to wait before listening anew.
const AGAIN: Duration = Duration::from_secs(1);

/// Announces what was committed without being heard of, forever.
pub(super) async fn repair(site: Site) {
    let mut tick = tokio::time::interval(REPAIR);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        look_again(&site).await;
    }
}

/// Passes on what other replicas say, forever. The embedded engine has no other replicas.
pub(super) async fn listen(site: Site) {
    loop {
        match site.app.store.listen().await {
            Ok(None) => std::future::pending().await,
            Ok(Some(listener)) => follow(&site, listener).await,
            Err(error) => tracing::warn!(%error, "other replicas cannot be heard"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn follow(site: &Site, mut listener: Listener) {
    loop {
        match listener.next().await {
            Ok(Heard::Serial(org, _)) => {
                look_again(site).await;
                touch_pages(site, org);
            }
            Ok(Heard::Missed) => look_again(site).await,
            Err(error) => {
                tracing::warn!(%error, "the line to other replicas broke");
                return;
            }
        }
    }
}

async fn look_again(site: &Site) {
    if let Err(error) = site.app.repair().await {
        tracing::warn!(
            internal = error.internal.as_deref(),
            "what was missed could not be looked up"
        );
    }
}

fn touch_pages(site: &Site, org: OrgId) {
    for topic in Topic::ALL {
        site.app.hub.touch(org, topic);
    }
}
