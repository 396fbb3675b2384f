//! The agent against a portal made of its own wire format: real HTTP, real signatures, and every lie that a
//! network can tell.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot go on shall end, and say where"
)]

mod disk;
mod following;
mod front;
mod keys;
mod local;
mod portal;
mod refusing;
mod removal;
mod sightings;
mod trust;
mod world;
