//! Applications that devices were asked about and that no list speaks of.

use std::time::Duration;

use tessera_domain::{Error, Result};
use tessera_wire::{SIGHTING_RULES, SIGHTINGS, SightingsReport};

use super::DeviceActor;
use crate::App;

/// How many are kept of an organization.
const KEPT: u64 = 1_000;
/// How long one is kept that is not seen again.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);

/// Notes what a device saw. That it was this device is not kept.
///
/// # Errors
/// *Invalid* for a report that is longer than one may be, *forbidden* for a device that has ended.
pub async fn sight(app: &App, device: &DeviceActor, report: &SightingsReport) -> Result<()> {
    device.require_sync()?;
    let of_size = |rules: usize| (1..=SIGHTING_RULES).contains(&rules);
    let fits = report.applications.iter().all(|seen| of_size(seen.rules.len()));
    if report.applications.len() > SIGHTINGS || !fits {
        return Err(Error::invalid("This report names more than a report may name."));
    }
    let seen: Vec<(String, String)> = (report.applications.iter())
        .map(|seen| {
            let mut rules: Vec<String> = seen.rules.iter().map(ToString::to_string).collect();
            rules.sort_unstable();
            rules.dedup();
            (rules.join("\n"), seen.name.as_str().to_owned())
        })
        .collect();
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    tx.see_applications(device.org, &seen, now, now.minus(KEPT_FOR), KEPT)
        .await?;
    tx.commit().await?;
    Ok(())
}
