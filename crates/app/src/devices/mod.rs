//! Use cases of devices: see them, end them, and watch a revision arrive.

mod end;
mod leaving;
mod list;
mod rollout;

pub use self::{
    end::{end, send_again},
    leaving::why_kept,
    list::{DevicePage, Overdue, StateCounts, device, devices, is_too_old, overdue, own, states, unenrolled},
    rollout::{RolloutView, TILES, marked, marks, rollout},
};
pub(crate) use self::{
    end::{end_all_of, end_some_of_all, record_wipe},
    leaving::{answer as may_leave, require as require_may_leave},
};
