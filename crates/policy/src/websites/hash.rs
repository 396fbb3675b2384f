//! Hashes of hosts, taken eight bytes at a time from the right, so that one pass gives the hash of every suffix.

use std::{
    hash::{BuildHasher, RandomState},
    ops::ControlFlow,
};

use super::word;

/// What makes hashes unguessable, so that nobody can write a list whose rules all collide. It has no
/// influence on any answer, which is why it needs no injected source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed {
    start: u64,
    factor: u64,
}

impl Seed {
    pub(super) fn fresh() -> Self {
        let random = RandomState::new();
        Self {
            start: random.hash_one(1_u8),
            factor: random.hash_one(2_u8) | 1,
        }
    }

    /// The hash of one host.
    pub(super) fn host(self, host: &[u8]) -> u64 {
        let (left, words) = word::from_right(host);
        let hash = words.fold(self.start, |hash, word| self.fold(hash, word));
        self.fold(hash, word::last_bytes(left, host.len() % 8))
    }

    /// Visits what a host lies under, the shortest first and the host itself at last, each by where it begins
    /// and its hash. The last label alone is left out unless it is the whole host: it has no subdomains.
    pub(super) fn suffixes(
        self,
        host: &[u8],
        mut visit: impl FnMut(usize, u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (left, mut words) = word::from_right(host);
        let mut hash = self.start;
        let mut end = host.len();
        let mut last_label = true;
        loop {
            let next = words.next();
            let word = next.unwrap_or(left);
            let mut dots = word::equal(word, b'.');
            while let Some(after) = word::bytes_after_last(&mut dots) {
                if !last_label {
                    visit(end - after, self.fold(hash, word::last_bytes(word, after)))?;
                }
                last_label = false;
            }
            if next.is_none() {
                return visit(0, self.fold(hash, word::last_bytes(left, end)));
            }
            hash = self.fold(hash, word);
            end -= 8;
        }
    }

    /// The hash of a host, a port and a path.
    pub(super) fn detail(self, host: u64, port: Option<u16>, path: &[u8]) -> u64 {
        segments(path).fold(self.port(host, port), |hash, segment| self.segment(hash, segment))
    }

    pub(super) fn port(self, host: u64, port: Option<u16>) -> u64 {
        self.fold(host, port.map_or(0x0001_0000, u64::from))
    }

    /// Hashes one segment of a path further.
    pub(super) fn segment(self, hash: u64, segment: &[u8]) -> u64 {
        let (left, words) = word::from_right(segment);
        let hash = words.fold(hash.rotate_left(5), |hash, word| self.fold(hash, word));
        self.fold(hash, left)
    }

    fn fold(self, hash: u64, word: u64) -> u64 {
        let product = u128::from(hash ^ word) * u128::from(self.factor);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        low ^ high
    }
}

/// A path's segments: `/a/b` has `a` and `b`.
pub(super) fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').skip(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pass_gives_every_suffix_the_hash_it_has_alone(host in "[a-z0-9-]{1,20}(\\.[a-z0-9-]{1,12}){0,6}") {
            let seed = Seed::fresh();
            let mut visited = Vec::new();
            let whole = seed.suffixes(host.as_bytes(), |begin, hash| {
                visited.push((begin, hash));
                ControlFlow::Continue(())
            });
            prop_assert!(whole.is_continue());
            let dots = host.match_indices('.').map(|(dot, _)| dot + 1);
            let mut begins: Vec<usize> = std::iter::once(0).chain(dots).collect();
            if begins.len() > 1 {
                begins.pop();
            }
            begins.reverse();
            let alone: Vec<_> = begins.into_iter().map(|begin| (begin, seed.host(&host.as_bytes()[begin..]))).collect();
            prop_assert_eq!(visited, alone);
        }
    }
}
