//! Bad luck for tests: chance with a seed, a disk that fills up, one that turns read-only, and a line that drops, slows down and
//! lies.

mod disk;
mod line;

pub use self::disk::{AilingDisk, SmallDisk};
pub use self::line::{Line, Mood};

/// How often a fault is tried: `few`, times `TESSERA_TEST_FAULTS` where that is set, for a longer run on request.
pub fn rounds(few: u64) -> u64 {
    let more = std::env::var("TESSERA_TEST_FAULTS")
        .ok()
        .and_then(|text| text.parse().ok());
    few * more.unwrap_or(1_u64).max(1)
}

/// Chance that is the same in every run, so that what it found can be found again.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Chance from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`, which is at least 1.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}
