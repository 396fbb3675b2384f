//! What an agent can read, as a number that only grows. Within one [`crate::Format`] a newer server may say things
//! that an older agent refuses whole, keeping what it has; by this number the server knows that it does, and says so
//! to those who administer the organization.

/// What an agent can read that does not say so: everything of the first release.
pub const FIRST: u32 = 1;
/// A manifest with a layer that an admin tightened for one member (`acct_…`).
pub const READS_TIGHTENED: u32 = 2;
/// What this version can read.
pub const PRESENT: u32 = READS_TIGHTENED;

pub(crate) const fn first() -> u32 {
    FIRST
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(crate) const fn is_first(wire: &u32) -> bool {
    *wire == FIRST
}
