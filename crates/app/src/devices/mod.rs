//! Use cases of devices: see them, end them, and watch a revision arrive.

mod end;
mod list;
mod rollout;

pub(crate) use self::end::{end_all_of, end_some_of_all, record_wipe};
pub use self::{
    end::{end, send_again},
    list::{DevicePage, StateCounts, device, devices, own, states, unenrolled},
    rollout::{RolloutView, TILES, marked, marks, rollout},
};
