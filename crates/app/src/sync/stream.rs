//! One device's stream: what it is told, and when it ends.

use std::sync::Arc;

use tessera_domain::{Error, Result};
use tessera_store::DeviceLife;
use tessera_wire::Serial;
use tokio::sync::watch;

use super::{Compiled, DeviceActor, device::Placement, manifests::compile};
use crate::{App, Pulse};

/// What a stream tells a device.
#[derive(Clone, Debug)]
pub enum Told {
    /// A newer manifest.
    Manifest(Arc<Compiled>),
    /// The device has been removed: the envelope of its tombstone. The stream ends.
    Tombstone(Vec<u8>),
}

/// A device that listens. It hears only the newest state: what it missed while it was slow is not repeated.
#[derive(Debug)]
pub struct Subscription {
    device: DeviceActor,
    pulses: watch::Receiver<Pulse>,
    placement: Option<Placement>,
    heard: i64,
    told: Option<Serial>,
}

impl Subscription {
    /// Begins to listen, before the present state is read, so that nothing falls in between.
    ///
    /// `last` is the serial that the device has (`Last-Event-ID`); only another one is told.
    pub fn open(app: &App, device: DeviceActor, last: Option<Serial>) -> Result<Self> {
        device.require_sync()?;
        let pulses = app.hub.pulses(device.org);
        Ok(Self {
            device,
            pulses,
            placement: None,
            heard: 0,
            told: last,
        })
    }

    /// Waits for the next thing to tell. Cancel-safe: what was not told yet is told by the next call.
    pub async fn next(&mut self, app: &App) -> Result<Told> {
        loop {
            let pulse = *self.pulses.borrow_and_update();
            let news = match self.ready(pulse) {
                Some(compiled) => self.unless_told(compiled),
                // In a box, so that a stream that idles is small.
                None => Box::pin(self.news(app, pulse)).await?,
            };
            if let Some(told) = news {
                return Ok(told);
            }
            self.pulses
                .changed()
                .await
                .map_err(|_| Error::unavailable("the hub is gone"))?;
        }
    }

    /// The manifest that the pulse speaks of, if it is there already.
    fn ready(&self, pulse: Pulse) -> Option<Arc<Compiled>> {
        let placement = self.placement.as_ref()?;
        let newest = placement.slot.newest()?;
        let fits = pulse.audience_epoch <= self.heard && newest.epoch <= placement.epoch;
        (fits && newest.serial >= pulse.serial).then_some(newest)
    }

    fn unless_told(&mut self, compiled: Arc<Compiled>) -> Option<Told> {
        let is_new = self.told != Some(compiled.serial);
        self.told = Some(compiled.serial);
        is_new.then_some(Told::Manifest(compiled))
    }

    async fn news(&mut self, app: &App, pulse: Pulse) -> Result<Option<Told>> {
        let mut least = pulse.serial;
        let compiled = loop {
            if let Some(placement) = &self.placement
                && pulse.audience_epoch <= self.heard
                && let Some(compiled) = compile(app, placement, least).await?
            {
                break compiled;
            }
            let mut tx = app.store.read().await?;
            let org = tx
                .org(self.device.org)
                .await?
                .ok_or_else(|| Error::not_found("organization"))?;
            let row = tx
                .device(org.id, self.device.device)
                .await?
                .ok_or_else(|| Error::not_found("device"))?;
            if row.life != DeviceLife::Active {
                let tombstone = row
                    .tombstone
                    .ok_or_else(|| Error::forbidden("This device was refused."))?;
                return Ok(Some(Told::Tombstone(tombstone)));
            }
            self.placement = Some(self.device.place(app, &mut tx, &org).await?);
            self.heard = org.audience_epoch.max(pulse.audience_epoch);
            least = least.max(Serial::new(org.last_serial));
        };
        Ok(self.unless_told(compiled))
    }
}
