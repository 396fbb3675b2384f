//! A device in service: its components are set going, told of every event, and stopped.

use std::{sync::Arc, time::Duration};

use tessera_policy::Leaf;
use tessera_wire::{Envelope, LeaveAnswer, Tombstone, Verified, verify_envelope};
use tokio::sync::oneshot;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Awake, Life};
use crate::{
    agent::SignedOut,
    apply::{self, Apply},
    bus::{Bus, Component, Event},
    device::Device,
    keys::Keys,
    report::Report,
    session::SessionError,
    sightings::Sightings,
    sync::Sync,
    timer::within,
};

/// Why a device was no longer served.
pub(super) enum End {
    /// The agent is to stop.
    Stopped,
    /// The device is to go: by the org's word, or because somebody on the machine asked.
    Removed(
        Option<Arc<Verified<Tombstone>>>,
        Option<oneshot::Sender<SignedOut>>,
    ),
}

impl Life {
    /// Serves a device until it is removed or the agent is stopped.
    pub(super) async fn serve(&mut self, awake: Awake) -> End {
        let Awake {
            device,
            loaded,
            newest,
        } = awake;
        let (bus, mut heard) = Bus::new();
        let (tasks, stop) = (TaskTracker::new(), self.shared.stop.child_token());
        let ledger = device.state.ledger(self.config.ambient.clock.now());
        let (session, enforcement) = (Arc::clone(&device.session), Arc::clone(&device.enforcement));
        let hurry = Arc::clone(&self.shared.hurry);
        let mut components: [Box<dyn Component>; 5] = [
            Box::new(Apply::new(Arc::clone(&device), newest)),
            Box::new(Keys::new(Arc::clone(&device))),
            Box::new(Report::new(Arc::clone(&device), ledger)),
            Box::new(Sightings::new(Arc::clone(&device), Arc::clone(&self.shared.seen))),
            Box::new(Sync::new(
                session,
                enforcement,
                self.config.ambient.clone(),
                hurry,
            )),
        ];
        for component in &mut components {
            component.start(&tasks, &bus, &stop);
        }
        let mut first = loaded.map(|it| apply::in_force(&it.manifest));
        let end = loop {
            let event = if let Some(event) = first.take() {
                event
            } else {
                tokio::select! {
                    Some(event) = heard.recv() => judge(event, &device),
                    Some(asked) = self.sign_outs.recv() => match kept(&device).await {
                        None => break End::Removed(None, Some(asked)),
                        Some(why) => {
                            let _ = asked.send(SignedOut::Refused { why });
                            continue;
                        }
                    },
                    () = stop.cancelled() => break End::Stopped,
                }
            };
            self.note(|status| {
                status.note(&event);
                if matches!(event, Event::Applied(_)) {
                    status.keys = device.ring.list();
                }
            });
            for component in &mut components {
                component.handle(&event);
            }
            if let Event::Removed(tombstone) = event {
                break End::Removed(Some(tombstone), None);
            }
        };
        finish(&stop, &tasks, &device).await;
        self.shared.seen.clear();
        end
    }
}

/// How long the portal has to say whether this machine may be signed out; whoever asked waits a little longer.
const LEAVE_PATIENCE: Duration = Duration::from_secs(25);

/// Why this machine stays signed in although somebody asks: the organization lets only administrators sign
/// machines out, by the settings in force here, and its portal does not say otherwise now.
async fn kept(device: &Device) -> Option<String> {
    let in_force = device.enforcement.now();
    let effective = in_force.settings()?.effective()?;
    if effective.is_on(Leaf::MemberSignOut) {
        return None;
    }
    let org = &device.profile.org_name;
    match within(&*device.ambient.timer, LEAVE_PATIENCE, device.session.may_leave()).await {
        Ok(Ok(LeaveAnswer { allowed: true, .. }) | Err(SessionError::Removed(_))) => None,
        Ok(Ok(LeaveAnswer { why, .. })) => Some(why.as_str().trim_end_matches('.').to_owned()),
        Ok(Err(_)) | Err(_) => Some(format!(
            "{org} lets only administrators sign machines out, and its portal cannot be asked now. \
             Ask an administrator of {org}"
        )),
    }
}

/// Believes a tombstone only if the pinned key signed it for this very device.
fn judge(event: Event, device: &Device) -> Event {
    let Event::TombstoneOffered(envelope) = event else {
        return event;
    };
    match believed(&envelope, device) {
        Ok(tombstone) => Event::Removed(Arc::new(tombstone)),
        Err(why) => Event::Alarm {
            what: format!("a removal arrived that is not the organization's word ({why})"),
        },
    }
}

fn believed(envelope: &Envelope, device: &Device) -> Result<Verified<Tombstone>, String> {
    let profile = &device.profile;
    let tombstone: Verified<Tombstone> =
        verify_envelope(envelope, &profile.org_key).map_err(|error| error.to_string())?;
    if tombstone.payload().org != profile.org || tombstone.payload().device != profile.device {
        return Err("it is about another device".to_owned());
    }
    Ok(tombstone)
}

/// Waits until nothing of the device runs any more, so that nothing writes after what comes next.
async fn finish(stop: &CancellationToken, tasks: &TaskTracker, device: &Device) {
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    device.settle().await;
}
