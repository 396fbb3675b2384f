//! How Tessera is reached: the portal.

pub mod portal;
