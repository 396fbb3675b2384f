//! The agent against a portal made of its own wire format: real HTTP, real signatures, and every lie that a
//! network can tell.

mod disk;
mod following;
mod local;
mod portal;
mod refusing;
mod removal;
mod world;
