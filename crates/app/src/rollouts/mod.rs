//! Rollouts in stages: begun by a save, looked after by the worker, held, let go and undone by people.
//!
//! While one is under way every device is in the wave in which it gets the new settings (`sync::audience`). What
//! a wave has is decided where manifests are compiled, by the stage that was released last. So releasing a stage
//! moves no device; it takes one serial. See docs/adr/0020.

mod begin;
mod end;
mod look_after;
mod roll_back;
mod steer;
mod view;

use tessera_domain::{Error, Result};
use tessera_ids::{DeviceId, RolloutId};
use tessera_store::StagedRollout;
use tessera_wire::Digest;

pub(crate) use self::{begin::follow, end::settle, look_after::spawn_look_after};
pub use self::{
    look_after::{look_after, tick},
    roll_back::{Undoing, roll_back, undoing},
    steer::{pause, release, resume},
    view::{StageView, Staged, staged, under_way},
};
use crate::{Change, Topic};

/// The place of a device in a rollout: the same whenever it is asked for, and another in the next rollout.
pub(crate) fn place(rollout: RolloutId, device: DeviceId) -> u32 {
    let digest = Digest::of(format!("tessera place 1\n{rollout}\n{device}").as_bytes());
    let [a, b, c, d, ..] = *digest.as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// The rollout that a revision belongs to, under the organization's lock.
pub(crate) async fn load(change: &mut Change<'_>, revision: u64) -> Result<StagedRollout> {
    let org = change.org().id;
    let found = change.tx().rollout_of(org, revision).await?;
    found.ok_or_else(|| Error::not_found("rollout in stages"))
}

fn touch(change: &mut Change<'_>) {
    change.touch(Topic::Settings);
    change.touch(Topic::Devices);
}
