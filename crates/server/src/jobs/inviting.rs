//! The worker that invites the people of lists, some hundred at a time.

use std::time::Duration;

use tessera_app::invitations::batch;

use crate::site::Site;

/// How often it is looked whether a list is to be sent.
const TICK: Duration = Duration::from_millis(250);
/// How long to wait after a failure.
const AGAIN: Duration = Duration::from_secs(5);

/// Works until the soft shutdown; the chunk under way is finished, and the rest waits for the next start.
pub(super) async fn work(site: Site) {
    let soft = site.lifecycle.soft();
    while !soft.is_cancelled() {
        let pause = match batch::work(&site.app).await {
            Ok(true) => continue,
            Ok(false) => TICK,
            Err(error) => {
                let internal = error.internal.as_deref();
                tracing::warn!(%error, internal, "a list of people could not be invited");
                AGAIN
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = soft.cancelled() => {}
        }
    }
}
