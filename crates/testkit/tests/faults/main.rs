//! Bad luck of every kind, by real processes and real devices. After each: no saved revision is lost, no device is loosened, and
//! the portal tells the truth.
//!
//! Each story takes a bounded number of rounds; `TESSERA_TEST_FAULTS=20` takes twenty times as many. Such a run wants more time than
//! a test has otherwise: `cargo nextest run --profile faults -p tessera-testkit --test faults`.

mod clock;
mod damage;
mod disk;
mod kills;
mod network;
mod postgres;
mod promises;
mod streams;
mod twins;
