//! What goes on without a request: queued mails and alerts, lists of people to invite, rollouts, keys that drain, clean-up, the
//! repair poll, news from other replicas.

mod alerts;
mod draining;
mod housekeeping;
mod inviting;
pub mod mail;
mod news;
mod outbox;
mod rollouts;
mod webhooks;

use tessera_store::JobKind;

use crate::site::Site;

pub use mail::Postman;

/// Starts everything that runs beside the requests, for as long as the process lives.
pub fn start(site: &Site) {
    let lifecycle = &site.lifecycle;
    for (name, kind) in [
        ("mails", JobKind::Mail),
        ("webhooks", JobKind::Webhook),
        ("tasks", JobKind::Task),
    ] {
        lifecycle.finish_softly(name, outbox::work(site.clone(), kind));
    }
    lifecycle.finish_softly("inviting", inviting::work(site.clone()));
    lifecycle.keep("alerts", alerts::repeat(site.clone()));
    lifecycle.keep("draining keys", draining::repeat(site.clone()));
    lifecycle.keep("rollouts", rollouts::repeat(site.clone()));
    lifecycle.keep("housekeeping", housekeeping::repeat(site.clone()));
    lifecycle.keep("repair poll", news::repair(site.clone()));
    lifecycle.keep("news of other replicas", news::listen(site.clone()));
    lifecycle.keep("paces", site.paces.clone().upkeep());
    lifecycle.keep("metrics", site.metrics.clone().upkeep());
}
