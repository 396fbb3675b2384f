//! What the agent keeps: where, how, and what must never be lost half-way.

pub(crate) mod home;
mod keyring;
mod ledger;
mod lock;
mod org;
mod profile;
pub(crate) mod storage;

pub(crate) use keyring::{
    available as keyring_available, forget as forget_in_keyring, keep as keep_in_keyring,
};
pub(crate) use ledger::{Ledger, Reported};
pub(crate) use lock::Lock;
pub(crate) use org::{Journal, OrgState, Unusable};
pub(crate) use storage::Storage;

pub use home::{Home, LocalAddress};
pub use profile::Machine;
pub(crate) use profile::{DeviceKeys, Profile};
