//! The hosts that rules are about, laid out so that a question goes to the slow memory once: the records of a
//! bucket lie side by side, and beside the bucket's place stands a filter that most hosts without a rule end at.

use super::record::{self, Record, Said};

/// How many records a bucket has on average: a word per bucket has to fit the fast memory, a bucket's records a
/// few of its lines.
const PER_BUCKET: usize = 4;

/// Where records are to lie: hosts are counted first.
#[derive(Debug)]
pub(super) struct Plan {
    buckets: Vec<u64>,
    bytes: u32,
}

impl Plan {
    pub(super) fn of(rows: usize) -> Self {
        Self {
            // One more to say where the last one ends.
            buckets: vec![0; rows / PER_BUCKET + 2],
            bytes: 0,
        }
    }

    /// Makes room for a host. False where there is none: whoever asks then denies everything.
    pub(super) fn reserve(&mut self, hash: u64, host: &[u8]) -> bool {
        let size = record::size(host);
        let Some((size, bytes)) = size.and_then(|size| Some((size, self.bytes.checked_add(size)?))) else {
            return false;
        };
        self.bytes = bytes;
        let bucket = bucket(&self.buckets, hash);
        self.buckets[bucket] += u64::from(size) << 32;
        true
    }

    /// Gives every bucket its place. It is filled from its end on, so what remains of it where hosts were counted
    /// twice lies before its records, empty.
    pub(super) fn lay_out(mut self) -> Hosts {
        let mut end = 0;
        for word in &mut self.buckets {
            end += *word >> 32;
            *word = end << 32;
        }
        Hosts {
            buckets: self.buckets,
            arena: vec![0; self.bytes as usize],
        }
    }
}

/// Records by host.
#[derive(Debug)]
pub(super) struct Hosts {
    /// Where its records begin, in the upper half; in the lower half the marks of their hashes.
    buckets: Vec<u64>,
    arena: Vec<u8>,
}

impl Hosts {
    /// The host's record.
    pub(super) fn find(&self, hash: u64, host: &[u8]) -> Option<Record<'_>> {
        let place = self.place(hash, host)?;
        Record::first(&self.arena[place..])
    }

    /// Notes what a rule says about a host, for which room was reserved.
    pub(super) fn insert(&mut self, hash: u64, host: &[u8], said: Said) {
        if let Some(place) = self.place(hash, host) {
            return record::add(&mut self.arena[place..], said);
        }
        let bucket = bucket(&self.buckets, hash);
        let size = record::size(host).map_or(0, u64::from);
        self.buckets[bucket] -= size << 32;
        self.buckets[bucket] |= marks(hash);
        record::write(&mut self.arena[begin(self.buckets[bucket])..], host, said);
    }

    /// How many bytes it takes.
    pub(super) fn memory(&self) -> usize {
        self.buckets.capacity() * size_of::<u64>() + self.arena.capacity()
    }

    // Asked several times in every verdict.
    #[inline]
    fn place(&self, hash: u64, host: &[u8]) -> Option<usize> {
        let bucket = bucket(&self.buckets, hash);
        let (word, marks) = (self.buckets[bucket], marks(hash));
        if word & marks != marks {
            return None;
        }
        let (mut place, end) = (begin(word), begin(self.buckets[bucket + 1]));
        while let Some(record) = Record::first(&self.arena[place..end]) {
            if record.host() == host {
                return Some(place);
            }
            place += record.length();
        }
        None
    }
}

fn begin(word: u64) -> usize {
    usize::try_from(word >> 32).unwrap_or(usize::MAX)
}

/// The bucket of a hash, from its upper half.
fn bucket(buckets: &[u64], hash: u64) -> usize {
    let count = buckets.len() as u64 - 1;
    usize::try_from(((hash >> 32) * count) >> 32).unwrap_or(usize::MAX)
}

/// Two bits of 32, from the hash's lower half.
fn marks(hash: u64) -> u64 {
    1 << (hash % 32) | 1 << (hash / 32 % 32)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{
        collection::{btree_set, vec},
        prelude::*,
    };

    use super::*;
    use crate::websites::hash::Seed;

    /// Hosts that were put in, some of them noted twice, so that room is left over.
    fn filled(listed: &BTreeSet<String>, buckets_for: usize, hash: impl Fn(&[u8]) -> u64) -> Hosts {
        let twice = || {
            listed
                .iter()
                .chain(listed.iter().step_by(3))
                .map(String::as_bytes)
        };
        let mut plan = Plan::of(buckets_for);
        assert!(twice().all(|host| plan.reserve(hash(host), host)));
        let mut hosts = plan.lay_out();
        for (number, host) in (0..).zip(twice()) {
            hosts.insert(hash(host), host, Said::plain(number));
        }
        hosts
    }

    fn assert_exact(
        listed: &BTreeSet<String>,
        asked: &[String],
        buckets_for: usize,
        hash: impl Fn(&[u8]) -> u64,
    ) {
        let hosts = filled(listed, buckets_for, &hash);
        for host in listed.iter().chain(asked) {
            let found = hosts.find(hash(host.as_bytes()), host.as_bytes());
            let number = listed.iter().position(|other| other == host);
            assert_eq!(found.map(|record| usize::from(record.plain())), number, "{host}");
            assert!(found.is_none_or(|record| record.host() == host.as_bytes()));
        }
    }

    proptest! {
        #[test]
        fn only_what_was_put_in_is_found(
            listed in btree_set("[a-c.]{1,9}", 0..300),
            asked in vec("[a-c.]{1,9}", 0..100),
        ) {
            let seed = Seed::fresh();
            assert_exact(&listed, &asked, listed.len(), |host| seed.host(host));
            // One bucket, whose filter holds nobody back.
            assert_exact(&listed, &asked, 0, |host| seed.host(host));
            // Hashes that tell only a few hosts apart.
            assert_exact(&listed, &asked, listed.len(), |host| host.len() as u64 * 0x5555_5555_5555);
        }
    }

    #[test]
    fn the_filter_ends_most_questions_about_others() {
        let seed = Seed::fresh();
        let listed = (0..10_000)
            .map(|number| format!("listed{number}.example"))
            .collect();
        let hosts = filled(&listed, listed.len(), |host| seed.host(host));
        let passed = (0..10_000).filter(|number| {
            let hash = seed.host(format!("other{number}.example").as_bytes());
            hosts.buckets[bucket(&hosts.buckets, hash)] & marks(hash) == marks(hash)
        });
        let passed = passed.count();
        // About 4 of 100 pass: the index stays exact for them, and is fast since they are few.
        assert!((50..1_000).contains(&passed), "{passed}");
    }

    #[test]
    fn a_host_without_bytes_or_with_too_many_has_no_room() {
        let mut plan = Plan::of(1);
        assert!(!plan.reserve(1, b""));
        assert!(!plan.reserve(1, &[b'a'; 256]));
        assert!(plan.reserve(1, &[b'a'; 255]));
    }
}
